# yinshu-joint: help, and what its commands print.
joint-commands = Commands
joint-options = Options
joint-cmd = Plans over large tables, on this machine or on a cluster
joint-arg-lang = The language: zh or en; that of the locale where left out
joint-arg-json = One JSON object instead of text
joint-arg-verbose = Log to stderr
joint-arg-help = This text
joint-arg-version = The version
joint-cmd-prepare = Prepare the keys of many tables for an intersection: cleaned, each once, divided into files
joint-cmd-prepare-long = The folder takes the place of the table in yinshu psi run --input, and of the path of a data set of the node. The keys are the same as of the tables themselves, and are not parsed and cleaned again. Give --contract, so that they are cleaned as it says.
joint-arg-prepare-input = Tables: files, folders of files, or .toml descriptions of sources; any number
joint-arg-prepare-column = The column of keys, by its name in the tables
joint-arg-prepare-kind = What the column holds, where there is no contract
joint-arg-prepare-contract = The contract that says how both sides clean
joint-arg-prepare-provider = Prepare the provider's table of the contract, not the recipient's
joint-arg-prepare-out = The folder to make
joint-arg-prepare-parts = Into how many files the keys are divided
joint-arg-prepare-memory = Memory for keys on this machine: more of them go to disk
joint-arg-prepare-cores = How many tasks at once on this machine; all its cores where left out
joint-arg-prepare-cluster = The scheduler of a cluster whose executors share the tables and the folder under the same paths
joint-arg-prepare-dir = A node's folder: the cluster that its configuration names is used
joint-cmd-scheduler = Hand out the tasks of a cluster
joint-cmd-scheduler-long = A cluster proves nobody's identity and encrypts nothing. Keep it within one department, on a network of its own.
joint-arg-scheduler-listen = Where to listen
joint-arg-scheduler-patience = Seconds of silence after which an executor is taken for dead, and its tasks are done again by others
joint-cmd-executor = Do tasks of a cluster
joint-cmd-executor-long = It reads and writes whatever its user can. Give it a user that can read the tables and nothing else.
joint-arg-executor-scheduler = The scheduler
joint-arg-executor-address = The address under which the others reach this one
joint-arg-executor-port = Its port; 0 for any that is free
joint-arg-executor-cores = How many tasks at once; all cores where left out
joint-arg-executor-memory = Memory for keys, all tasks together: more of them go to disk
joint-arg-executor-work = The folder for keys between tasks
joint-listening = Listening at { $place }
joint-prepared = { $rows } rows of { $tables } { $tables ->
    [one] table
   *[other] tables
 }, { $rejected } of them unusable: { $keys } different keys in { $parts } { $parts ->
    [one] file
   *[other] files
 }, in { $path }
joint-error = Error { $code }: { $what }
joint-error-try = Try: { $remedy }
