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

ui-init-done = Node { $name } made: { $dir }
ui-init-card = The card { $path } holds nothing secret: hand it to the other side and ask for theirs.
ui-init-fingerprint = Fingerprint of the card (to compare over the telephone): { $fingerprint }
ui-init-admin-key = The administrator's key is { $path }: keep it elsewhere except to sign.
ui-init-next = Next: enter the other side ([[peer]]) and your own data ([[dataset]]) in { $config }, then run yinshu -C { $dir } node
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
ui-clean-rule-rule = Rule
ui-clean-rule-text = What it does
ui-clean-rule-count = Times

phase-clean = Cleaning
phase-read = Reading
phase-audit = Verifying the audit log
phase-export = Exporting
