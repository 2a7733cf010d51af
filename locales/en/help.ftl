# Texts of commands and options. cmd-<command>: one line; cmd-<command>-long: more;
# arg-<command>-<option>, or arg-<option> where an option means the same everywhere.

help-usage = Usage:
help-commands = Commands
help-command-value = COMMAND
help-arguments = Arguments
help-options = Options
help-options-value = [OPTIONS]
help-global = Options of every command
help-list-separator = {", "}
help-choices = {" "}(one of: { $choices })
help-default = {" "}(default: { $value })
help-after = Exit codes: 0 done; 1 a check found something; 2 wrong command line or configuration;
    3 the data cannot be used; 4 the network or the peer failed; 5 not allowed by a contract or policy;
    6 files or disk of this machine; 70 a defect in this program; 130 interrupted.
    Every error has a four-digit code: yinshu errors CODE says what it means and what to try.

arg-lang = Language; that of the locale if not given
arg-json = One JSON object on standard output, for programs; errors as JSON on standard error
arg-quiet = Only what was asked for, and errors
arg-verbose = Log to standard error
arg-dir = The node's folder
arg-no-progress = No progress bars
arg-help = Show help
arg-version = Show the version

cmd = Yinshu: government data, used and never seen
cmd-long = Yinshu: government data, used and never seen.
    Departments each run a node beside their own data, sign a contract together, compute and release only what the contract allows, and leave a record that can be checked offline.
    New here? Run yinshu demo: it plays a whole verification of returned data on this machine.

cmd-init = Make a node's folder: configuration, keys, certificate, empty data folders
cmd-init-long = Makes a node's folder (where -C says) with yinshu.toml, the node's and the administrator's signing keys and a TLS certificate.
    A folder that holds a node is never overwritten. Prints this node's public card: give it to the other side for their yinshu.toml.
    No person may hold two of the roles administrator, auditor and operator.
arg-init-name = Party name: 1 to 64 of a-z, 0-9 and hyphen, such as county-data
arg-init-title = What people call the party; the party name if not given
arg-init-listen = Address to listen on, such as 0.0.0.0:7443; without it the node only dials out and needs no open port
arg-init-address = Address at which peers reach this node, where it is not the one it listens on
arg-init-administrator = Who administrates: name or staff number
arg-init-auditor = Who audits: name or staff number
arg-init-operator = Who operates: name or staff number

cmd-node = Run the node and serve peers
cmd-node-long = Runs the node by the yinshu.toml of its folder, until Ctrl-C.
    It runs only contracts signed by every party, in date, and within this node's own catalogue; refusals are recorded too.
arg-node-sessions = Stop after this many sessions; never if not given

cmd-demo = Play it all on this machine: data, two nodes, contract, verification, report, audit
cmd-demo-long = Makes residents' data with known defects (all invented), starts two real nodes on this machine (mutual TLS),
    signs a contract, verifies the returned data, writes the report (page and JSON), and checks both audit logs.
arg-demo-profile = Size: 1 %, 10 % or 100 % of a prefecture city
arg-demo-out = Folder for the results
arg-demo-seed = Seed of the data; the same seed gives the same data

cmd-contract = Write, sign and show contracts
cmd-contract-new = Write a contract from a template
cmd-contract-new-long = Writes an unsigned contract. Go through its six elements (content, scope, period, transport, controls, review)
    before signing: a change after that makes every signature void.
arg-contract-new-from = Template: origin verifies returned data, psi intersects privately, several counts all intersections of three to five parties, stats computes over the rows of three, reports adds up many small reports at two aggregators
arg-contract-new-out = File to write
arg-contract-new-id = The parties' own number for the contract; made up if not given
arg-contract-new-title = Its title; that of the template if not given
arg-contract-new-peer = The other party's name in yinshu.toml, needed where there are several; with the templates several and stats, all others separated by commas, the recipient first where this node is a provider
arg-contract-new-until = Last day on which it may run, such as 2027-03-31; that of the template if not given
cmd-contract-sign = Sign a contract as this node's administrator
cmd-contract-sign-long = Shows the contract's points and signs with the administrator's key. The signature goes into the same file; hand that to the other side.
arg-contract-sign-file = The contract
arg-contract-sign-key = The administrator's key file; keys/admin.key of the node's folder if not given
cmd-contract-show = Show a contract, its digest, its signatures and whether it may run
arg-contract-show-file = The contract

cmd-origin = Return packages: pack, open, verify, object
cmd-origin-pack = Pack files for return under a signed manifest
cmd-origin-pack-long = The manifest states catalogue code, source system, divisions, rows by division and day, columns, digests, period, recipient and expiry, signed by this node.
arg-origin-pack-contract = The contract
arg-origin-pack-files = The files to return
arg-origin-pack-out = Folder of the package, which must not exist yet
arg-origin-pack-period = Days the rows are from, such as 2026-10-01..2026-10-31
arg-origin-pack-batch = The provider's name for this batch; its period if not given
arg-origin-pack-expires = Last day on which the package may be opened, such as 2026-12-31
cmd-origin-open = Check a package: signature, recipient, expiry and every file's digest
arg-origin-open-package = The package's folder
cmd-origin-verify = Verify a package against the contract and the local table, and privately with the provider
cmd-origin-verify-long = The report has four headings: completeness, consistency, accuracy, timeliness.
    Here: the package against manifest, contract and local table. With the provider, privately: who was not returned, which rows are gone at the source, which fields differ from it.
    The provider learns no resident it did not hold; this side learns nothing of other places' residents and no value it does not hold.
arg-origin-verify-package = The package's folder
arg-origin-verify-contract = The contract
arg-origin-verify-local = The local residents' table: a CSV, XLSX or Parquet file, or a .toml that says where the data are
arg-origin-verify-offline = Only the half that needs no provider
arg-origin-verify-html = File for the report as a page
arg-origin-verify-out = Folder for report, defects and objections
arg-origin-verify-previous = Index of the batch before, to compare rows added, changed and gone
arg-origin-verify-fail-on-defects = End with exit code 1 where defects were found
cmd-origin-objection = See objections and note their progress
cmd-origin-objection-list = List objections and their states
arg-origin-objection-list-file = The objection file
cmd-origin-objection-advance = Move objections to their next state
arg-origin-objection-advance-file = The objection file
arg-origin-objection-advance-state = The new state
arg-origin-objection-advance-note = Why, for the record of states
arg-origin-objection-advance-only = Only these objections, by id; all if not given

cmd-psi = Private set intersection
cmd-psi-run = Intersect one column of identifiers with a peer's, under a contract, and show nothing else
cmd-psi-run-long = Both sides' identifiers are cleaned before they are compared. The result lists the rows in common; each side learns how many items the other brought.
    A very large set is read more quickly once yinshu-joint prepare has made it ready: the folder that it makes is given to --input.
arg-psi-run-contract = The contract
arg-psi-run-input = This side's table, or the folder of a prepared set
arg-psi-run-column = The column of identifiers; as the contract calls it where left out
arg-psi-run-map = Where the contract has several keys: names of columns in the contract and in the table, id=citizen_no,name=full_name
arg-psi-run-out = File for the result
arg-psi-run-columns = Columns of the table to write, separated by commas; the keys alone where left out
arg-psi-run-protocol = The protocol; the quickest that the contract allows where left out
cmd-psi-interconn = Intersect with a party of another make, by the standard ECDH-PSI interconnection (SecretFlow, PPCA)
cmd-psi-interconn-long = Values are compared byte for byte as they stand in the table, without ASCII blanks around them: agree on their form first. The peer must be reachable at --peer, and reaches this side at --listen.
    The standard's transport proves nobody's identity and is not encrypted: run it through a tunnel that does both. It binds to no contract and hashes without a domain; where both sides run yinshu, psi run is safer.
    With a node's folder (-C) the run is recorded in its log.
arg-psi-interconn-rank = This side's rank, 0 or 1; the peer has the other
arg-psi-interconn-listen = Address to listen on, such as 0.0.0.0:9530
arg-psi-interconn-peer = Address of the peer, host:port
arg-psi-interconn-input = This side's table, or a .toml that says where it is
arg-psi-interconn-column = A column to compare; several, in the same order on both sides, are joined with commas
arg-psi-interconn-out = File for this side's rows in common (.csv or .parquet); not written where the other side alone learns
arg-psi-interconn-result-rank = Who learns the result
arg-psi-interconn-profile = How the peer reads the standard; spu is SecretFlow's library from 0.9.3b0 on
arg-psi-interconn-suite = A curve to offer, the most wanted first; all of the profile's if not given
arg-psi-interconn-no-handshake = Start without a handshake, as SecretFlow's library does; both sides must then know the first suite and who learns
arg-psi-interconn-max-items = The most items accepted from the peer
arg-psi-run-bandwidth = The network's bandwidth, for the choice of the protocol: 10mbit, 1gbit
arg-psi-run-memory = Memory for the keys, such as 512mib or 4gib: sets that need more are divided on disk and intersected part by part
arg-psi-run-workers = Workers that share the parts of sets divided on disk, each over a channel of its own to a worker of the provider; the provider may have fewer ([limits] psi_workers), and --memory is for all together
arg-psi-run-fresh = Discard an unfinished run of this contract rather than resume it
cmd-psi-query = Ask a provider's stored encoding about a small table
cmd-psi-query-long = The provider has prepared its large table once (yinshu psi prepare); asking costs in proportion to this side's table alone. With --copy the encoding is fetched once and updated by what changed, and the provider sees nothing but how many keys are asked about. With --buckets only parts of it are fetched, and the provider sees which: each is shared by a crowd of its keys.
arg-psi-query-contract = The contract, whose protocol is unbalanced
arg-psi-query-input = This side's table
arg-psi-query-column = The column of identifiers
arg-psi-query-out = File for the keys in common, with the provider's payloads where it has any
arg-psi-query-copy = Folder in which the copy of the encoding is kept; it is fetched or updated first
arg-psi-query-buckets = Fetch only the buckets of the keys asked about, and keep no copy
cmd-psi-update = Say what entered or left an intersection since the last update
cmd-psi-update-long = Each side keeps a base under its node; an update costs what changed. Changes about fewer persons than the contract allows join those of later updates.
arg-psi-update-contract = The contract, whose [psi] is incremental
arg-psi-update-input = The whole table as it is now; what changed is found in the base
arg-psi-update-changes = Packages of changed rows. They may come late, twice and in any order where rows have a time; one that was cut short is refused. With neither option: what the provider changed, and the rest of an update that was broken off
arg-psi-update-change-column = The column of a package that says what became of a row: insert or delete (新增, 删除)
arg-psi-update-time-column = The column of a package that says when; of several rows about one key the latest holds. Left out: the order in which they stand
arg-psi-update-column = The column of identifiers
arg-psi-update-out = File for the changes: key, and appeared or vanished
cmd-psi-plan = Say what a run would cost and tell, before anything is sent
cmd-psi-plan-long = Every protocol with its expected time, bytes, rounds and memory for these sizes over this network, the one that would be chosen and why, and what each side would learn. Computing is measured on this machine in a fraction of a second.
arg-psi-plan-contract = The contract: which protocols it allows and what it lets be learnt
arg-psi-plan-own = The recipient's items; the contract's most where left out
arg-psi-plan-peer = The provider's items; the contract's most where left out
arg-psi-plan-bandwidth = The network's bandwidth: 10mbit, 1gbit
arg-psi-plan-latency = The network's time there and back: 20ms
cmd-stats = Joint statistics over the rows of three parties
cmd-stats-run = Compute counts, sums, means and deviations over all parties' rows together, under a contract
cmd-stats-run-long = Each party aggregates its own table by the contract's cells; only these aggregates are shared, as random numbers of which no party has all. Small groups, and whatever they would follow from, are hidden before anything opens; only the contract's receivers get the figures. Providers answer with yinshu node.
arg-stats-run-contract = The contract
arg-stats-run-input = This side's table
arg-stats-run-out = File for the figures: .csv, .xlsx, .parquet, .json or .html (a report with charts); without an extension, a folder for table, JSON and report
cmd-stats-sql = A question in SQL over the tables of three to five parties, under a contract
cmd-stats-sql-long = The contract's [query] says the question, the parties' tables, and what each column may be used for. Each party has yinshu-joint, beside yinshu, make the same plan; tables are joined, filtered and grouped on secret shares, small groups are hidden before anything is opened, and only the receivers of the contract get the answer. With [query.analysis] the question gives rows, and one analysis of them is told. Providers answer with yinshu node.
arg-stats-sql-contract = The contract
arg-stats-sql-input = Our table; left out where the contract has none of ours
arg-stats-sql-fresh = Discard an unfinished run of this contract rather than go on with it
arg-stats-sql-out = The answer: .csv, .xlsx, .parquet, .json or .html (a report with charts); without an extension a folder with the table, JSON and the report
cmd-stats-plan = Say what a run would cost and tell, before anything is sent
cmd-stats-plan-long = The computation is rehearsed on this machine with made-up figures: its bytes and rounds are exact, its time is that of this machine and the network named. Then what each party would learn.
arg-stats-plan-contract = The contract
arg-stats-plan-bandwidth = The network's bandwidth: 10mbit, 1gbit
arg-stats-plan-latency = The network's time there and back: 20ms
cmd-psi-prepare = Make, update or show the stored encoding of a large table
cmd-psi-prepare-long = A large table is encoded once under a key that stays in the folder; askers then find in it what they hold at a cost that does not depend on its size. Keys are cleaned as the contract says. The key's digest, shown at the end, belongs into the contract.
arg-psi-prepare-store = The folder of the encoding
arg-psi-prepare-contract = The contract that says what the key is and how it is cleaned
arg-psi-prepare-input = The whole table: the encoding is made from it
arg-psi-prepare-insert = A table of rows to insert
arg-psi-prepare-delete = A table of rows to delete
arg-psi-prepare-column = The column that holds the key, where it is not named as in the contract
arg-psi-prepare-label = The column of the contract's psi.payload, where it is not named as in the contract
arg-psi-prepare-label-bytes = The longest value of that column in bytes
arg-psi-prepare-rotate = Replace the encoding and its key; copies given out are of no use afterwards
arg-psi-prepare-show = Check every byte and say what is there

cmd-clean = Clean a table: identifiers, dates, encoding; and list the rows rejected
cmd-clean-long = Cleans a table from CSV, XLSX, Parquet or a database by rules R01 to R18.
    The result is UTF-8 CSV or Parquet (by its extension). An identifier that lost digits is rejected, never guessed; identifiers in the list of rejected rows are masked.
arg-clean-input = The table: a CSV, XLSX or Parquet file, or a .toml that says where the data are
arg-clean-spec = What the columns are (TOML): name, aliases, kind, required
arg-clean-out = File for the cleaned table (.csv or .parquet); only checked if not given
arg-clean-rejects = CSV file for rejected rows: row, column, rule, masked value
arg-clean-report = File for the report (JSON)
arg-clean-mapping = Column aliases (TOML): name = [alias, …]
arg-clean-test-region = Accept invented citizen numbers of the test divisions 99…

cmd-audit = The audit log: verify, export, checkpoint, privacy budgets
cmd-audit-verify = Check offline, with the public key alone, that a log was not changed
cmd-audit-verify-long = Checks every signature and link: whatever was changed, removed, inserted or moved is named by its record number.
    A tail cut off is seen only against a checkpoint kept elsewhere. Exit code 1 where something was found.
arg-audit-verify-log = The audit log
arg-audit-verify-key = The node's public key (ed25519:…), or a file that holds it
arg-audit-verify-checkpoint = A checkpoint kept elsewhere
cmd-audit-export = Export a log as CSV or JSONL
cmd-audit-export-long = Every record is checked first; a log that breaks is not exported.
arg-audit-export-log = The audit log
arg-audit-export-key = The node's public key (ed25519:…), or a file that holds it; this node's if not given
arg-audit-export-format = Format
arg-audit-export-out = File to write
cmd-audit-checkpoint = Sign a checkpoint of the log as it is, for the other side or an inspector to keep
arg-audit-checkpoint-out = File for the checkpoint; shown if not given
cmd-audit-budget = Say how much of each data set's privacy budget is spent, counted from the log
arg-audit-budget-delta = The δ for which ε is said

cmd-bench = Measure the speed and memory of this machine
arg-bench-what = What to measure
arg-bench-growth = Run an intersection of larger and larger sets, or joint computation of larger and larger tables, and show how time, bytes and memory grow
arg-bench-to = The largest sets or tables of --growth: 2 to this power; 20 if not said, 24 for joint computation
arg-bench-chart = Where the chart of --growth is written, as SVG
arg-bench-quick = A tenth of the size: sooner and less exact

cmd-sandbox = The data sandbox: questions over data that nobody who asks sees
arg-sandbox-args = What to do there: yinshu-sandbox --help says it

cmd-errors = Explain an error code, or list them all
arg-errors-code = Four-digit code; all of them if not given

cmd-help = Show the help of a command
arg-help-command = The command, such as origin verify

cmd-peer = Enter and list the parties this node knows
cmd-peer-add = Enter a party by its card, into yinshu.toml
arg-peer-add-card = The card.toml that the party's yinshu init made
arg-peer-add-address = Where to dial it, where that is not the address of its card
cmd-peer-list = List the parties this node knows
arg-contract-new-role = What this node is in it: provider or recipient
arg-contract-new-catalogue = The provider's catalogue code of the data
arg-contract-new-test-region = Accept invented citizen numbers of the test divisions 99…
cmd-psi-join = Take part in a run of three to five parties as a provider that nobody can dial
cmd-psi-join-long = For the one provider whose [[party]] says listens = false: it dials the recipient, which waits for it in yinshu psi run, and the other providers. What it brings is what its catalogue holds under the contract. All other providers take part by yinshu node.
arg-psi-join-contract = The contract
arg-contract-new-reports-key = With the template reports: the other party's key for reports, as its “yinshu reports key” shows it
cmd-reports = Counts, sums, histograms and vectors of many small reports, of which nobody sees one
cmd-reports-key = Show this node's key for reports, to which its shares are encrypted; made when first asked for
cmd-reports-file = Make a file of reports from a table, one a row, or of one value
cmd-reports-file-long = Needs the signed contract and no node. Each report is split in two shares with a proof that it is within the contract's bounds; each share is encrypted to its aggregator. Compare the contract's digest, which is shown, with the one that was published; hand the file to the recipient. Reports do not say who made them.
arg-reports-file-contract = The contract
arg-reports-file-input = The table, with the contract's columns; every row is a report
arg-reports-file-value = One report: the value, or the values of a vector
arg-reports-file-out = File of reports to write; name it *.reports to have it found in a folder
cmd-reports-judge = Judge reports together with the provider, as the recipient
cmd-reports-judge-long = Reports that are altered, out of range, out of time or malformed are rejected, each for its reason, and spoil nothing; one that comes again counts once. A run that was stopped goes on with the same command: nothing is lost or counted twice. The provider answers with yinshu node.
arg-reports-judge-contract = The contract
arg-reports-judge-input = A file of reports, or a folder of *.reports
arg-reports-judge-rejected = Table to write (.csv or .parquet) of all reports rejected so far: by id, or by the beginning of their digest where the id cannot be trusted, and why
cmd-reports-collect = Open the figures of the reports accepted since the last time, as the recipient
cmd-reports-collect-long = The provider tells its share only of a batch that is large enough, and of each batch once: batches that overlapped would differ by a few reports, and their difference would tell what these say. The next batch begins empty.
arg-reports-collect-contract = The contract
arg-reports-collect-out = File for the figures: .csv, .parquet or .json
arg-reports-collect-again = Write the figures of the batch that was collected last once more, from what this node keeps; nothing is opened
