# What commands print.

ui-error = error[{ $code }]: { $what }
ui-error-try = {"  "}try: { $remedy }
ui-error-fault = {"  "}where: { $whose }
ui-error-exit = {"  "}exit code: { $exit }
ui-fault-local = this side
ui-fault-network = the network
ui-fault-peer = the peer ({ $peer })
ui-interrupted = Interrupted.
ui-time-left = left
ui-total = Total

ui-audit-verified = { $log }: { $records ->
        [one] the one record holds
       *[other] all { $records } records hold
    }, and nothing between them is missing.
ui-audit-span = Times: { $first } to { $last }
ui-audit-root = Root: { $root }
ui-audit-checkpointed = Agrees with the checkpoint of { $records } records.
ui-audit-no-checkpoint = No checkpoint was given: a tail cut off cannot be seen. Give one kept elsewhere with --checkpoint.
ui-audit-backwards = Note: { $records } records claim a time before the one before them (the clock was set back).
ui-audit-exported = { $records } records exported: { $out }
ui-audit-checkpoint-saved = Checkpoint of { $records } records written to { $out }; let the other side or an inspector keep it.
ui-audit-no-budget = No [[dataset]] of this node has a privacy_budget: nothing can be told of them with noise.
ui-audit-budget-catalogue = data set
ui-audit-budget-total = budget ρ
ui-audit-budget-spent = spent ρ
ui-audit-budget-left = left ρ
ui-audit-budget-charges = releases
ui-audit-budget-epsilon = spent as ε
ui-audit-budget-long = Counted from the log. ε: all that was told so far is (ε, { $delta })-differentially private.

ui-init-done = Node { $name } made: { $dir }
ui-init-card = The card { $path } holds nothing secret: hand it to the other side and ask for theirs.
ui-init-fingerprint = Fingerprint of the card (to compare over the telephone): { $fingerprint }
ui-init-admin-key = The administrator's key is { $path }: keep it elsewhere except to sign.
ui-init-next = Next: enter the other side with yinshu -C { $dir } peer add CARD and your own data ([[dataset]]) in { $config }, then run yinshu -C { $dir } node
ui-init-administrator = administrator
ui-init-auditor = auditor
ui-init-operator = operator

ui-clean-source = { $input }: { $format }, encoding { $encoding }, header in row { $header }
ui-clean-rows = { $rows } rows read, { $kept } kept, { $rejected } rejected
ui-clean-flagged = { $flagged } doubtful values kept
ui-clean-extra = Columns outside the specification (not written): { $columns }
ui-clean-written = Cleaned table: { $out }
ui-clean-rejects-written = Rejected rows: { $out }
ui-clean-report-written = Report: { $out }

phase-clean = Cleaning
phase-read = Reading
phase-audit = Verifying the audit log
phase-export = Exporting

# Reasons that the operating system and the configuration parser give: in English they already are.
os-1 = Operation not permitted
os-2 = No such file or directory
os-13 = Permission denied
os-17 = File exists
os-18 = Not on the same disk
os-20 = Not a directory
os-21 = Is a directory
os-22 = Invalid argument
os-24 = Too many open files
os-26 = File in use
os-28 = No space left on device
os-30 = Read-only file system
os-32 = Broken pipe
os-36 = File name too long
os-98 = Address already in use
os-99 = Cannot assign requested address
os-101 = Network is unreachable
os-104 = Connection reset by peer
os-110 = Connection timed out
os-111 = Connection refused
os-113 = No route to host
os-122 = Disk quota exceeded
toml-unknown-field = unknown key { $name }; known keys: { $known }
toml-unknown-variant = unknown value { $name }; known values: { $known }
toml-missing-field = missing key { $name }
toml-duplicate-key = duplicate key
toml-invalid-type = wrong type: { $found } was given, { $expected } is needed

ui-contract-written = Contract written to { $path }; go through it, then let every party sign.
ui-contract-signed = { $by } has signed contract { $contract }.
ui-contract-complete = Every party has signed.
ui-contract-missing = Not yet signed by: { $parties }
ui-peer-added = { $name } added. Fingerprint of its card: { $fingerprint }; compare it over the telephone.
ui-show-contract = Contract
ui-show-digest = Digest
ui-show-scenario = Scenario
ui-show-valid = Valid
ui-show-elements-content = Content
ui-show-elements-scope = Scope
ui-show-elements-period = Period
ui-show-elements-transport = Transport
ui-show-elements-controls = Controls
ui-show-elements-review = Review
ui-show-catalogue = Catalogue code
ui-show-purpose = Purpose
ui-show-group = Smallest group
ui-show-columns = Columns
ui-show-party = Party
ui-show-signed-by = signed by { $by } at { $at }

ui-clean-rules = { $table }
ui-clean-head-rule = Rule
ui-clean-head-text = What
ui-clean-head-normalised = Normalised
ui-clean-head-flagged = Doubtful
ui-clean-head-rejected = Rejected
ui-rule-r01 = Old 15-digit citizen number made 18
ui-rule-r02 = Full-width characters, lower-case x
ui-rule-r03 = Blanks, invisible characters, leading apostrophe
ui-rule-r04 = Digits lost in a spreadsheet
ui-rule-r05 = Leading zeros lost
ui-rule-r06 = Encoding
ui-rule-r07 = The dot in a name
ui-rule-r08 = Private-use characters, placeholders
ui-rule-r09 = Notes and possible variants in a name
ui-rule-r10 = Dates
ui-rule-r11 = Birth date differs from the number
ui-rule-r12 = Duplicates
ui-rule-r13 = Credit, organisation and registration codes
ui-rule-r14 = CSV dialect
ui-rule-r15 = Renamed column
ui-rule-r16 = Sex code
ui-rule-r17 = A word that means null
ui-rule-r18 = Text decoded in the wrong encoding
ui-rule-missing = A required value is missing
ui-rule-invalid = The value is not of its kind
