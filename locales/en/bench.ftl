# yinshu bench

cmd-bench-long =
    Measure the speed and memory of this machine: cleaning on one core, private set intersection on all of them, joint computation of three parties, and a whole verification between two nodes. Figures depend on what else the machine is doing, so its load is printed too.
arg-bench-profile = How large the verification is; county if not said, small under --quick
arg-bench-file = Clean this CSV of the ten columns instead of made rows

ui-bench-clean = Cleaning: making a table, then reading and cleaning it in a process of its own…
ui-bench-parts = The parts, one core each…
ui-bench-psi = Private set intersection: both sides in this process…
ui-bench-origin = Verification: two nodes on this machine, as yinshu demo plays it…
ui-bench-done = Measured:
ui-bench-head-what = measured
ui-bench-head-size = size
ui-bench-head-speed = speed
ui-bench-head-memory = peak memory
ui-bench-head-traffic = traffic
ui-bench-head-target = target
ui-bench-what-clean = GB18030 CSV of { $columns } columns: read, decoded, cleaned on one core
ui-bench-size-clean = { $rows } rows, { $bytes }
ui-bench-what-psi = ECDH-PSI on { $cores } cores, both sides
ui-bench-what-origin = Verification, two nodes ({ $profile })
ui-bench-size-origin =
    { $returned } returned, { $local } residents
    { $tokens } match tokens
ui-bench-peaks =
    county { $county }
    provider { $provider }
ui-bench-traffic = { $bytes }, { $rounds } rounds
ui-bench-under = under { $bytes }
ui-bench-rate-rows = { $n } rows/s
ui-bench-rate-items = { $n } items/s
ui-bench-rate-times = { $n } /s
ui-bench-seconds = { $n } s
ui-bench-times = { $seconds } s ({ $cpu } s CPU)
ui-bench-part-hash-to-group = Hash to the group, one core
ui-bench-part-raise = Raise and encode, one core
ui-bench-part-audit-append = Audit record, signed and on disk
ui-bench-machine = { $cores } cores, { $processor }; load average { $before } before, { $after } after.

phase-bench-psi = Intersecting

arg-bench-peers = Run the same sets through other programs too (SecretFlow, OpenMined), and print ratios
arg-bench-venv = Folder in which the other programs are installed; a temporary one where left out
ui-bench-peers-install = Installing the other programs into { $path }…
ui-bench-peers-absent = The other programs could not be installed (they need Python 3.10 or 3.11 and its package index): our figures stand alone.
ui-bench-peers-case = Side by side: { $case }…
ui-bench-peers-head-case = run
ui-bench-peers-head-items = items
ui-bench-peers-head-ours = Yinshu
ui-bench-peers-head-peer = other program
ui-bench-peers-head-theirs = took
ui-bench-peers-head-ratio = quicker by
ui-bench-peers-head-target = target
arg-bench-networks = Run every protocol over slow networks too, made in this process
ui-bench-shaped-head-network = network
ui-bench-shaped-head-items = items a side
ui-bench-shaped-head-ecdh = ecdh
ui-bench-shaped-head-rr22 = rr22
ui-bench-shaped-head-compact = rr22-compact
ui-bench-shaped-head-chosen = chosen
ui-bench-shaped-head-floor = wire alone
ui-bench-shaped-head-ratio = took / wire alone
ui-bench-growth-head-items = items a side
ui-bench-growth-head-way = protocol
ui-bench-growth-head-time = time
ui-bench-growth-head-cpu = CPU, both
ui-bench-growth-head-bytes = bytes
ui-bench-growth-head-each = bytes an item
ui-bench-growth-head-memory = memory
ui-bench-growth-panel-time = time (s)
ui-bench-growth-panel-bytes = bytes on the wire (MB)
ui-bench-growth-panel-memory = memory of a party (MB)
ui-bench-growth-chart = Chart: { $path }

ui-bench-mpc = Joint computation: three parties, each a process of its own, over TLS…
arg-bench-large = Joint computation of larger tables too: a join of 500,000 and 500,000 rows
arg-bench-party = Plays one of the three parties of a joint computation: this program starts itself so
ui-bench-mpc-share = Share 64-bit values
ui-bench-mpc-moments = Sum, mean, variance
ui-bench-mpc-multiply = Multiply
ui-bench-mpc-less64 = Compare, 64 bits
ui-bench-mpc-less32 = Compare, 32 bits
ui-bench-mpc-sort = Sort by 32-bit keys
ui-bench-mpc-median = Median
ui-bench-mpc-groups = Sum by 100 secret groups
ui-bench-mpc-released-groups = Sum by 100 secret groups, sizes released
ui-bench-mpc-join = Join two tables by secret keys
ui-bench-mpc-correlation = Correlation of ten columns
ui-bench-mpc-logistic = Logistic regression, 10 epochs of 8 batches
ui-bench-mpc-semi-honest = semi-honest
ui-bench-mpc-malicious = malicious
ui-bench-mpc-head-work = work
ui-bench-mpc-head-rows = rows
ui-bench-mpc-head-security = security
ui-bench-mpc-head-time = time
ui-bench-mpc-head-cpu = CPU, all three
ui-bench-mpc-head-bytes = sent, most by one
ui-bench-mpc-head-steps = rounds
ui-bench-mpc-head-memory = memory of a party
ui-bench-mpc-head-aim = aim
ui-bench-mpc-head-met = met
ui-bench-mpc-case = { $case }…
ui-bench-mpc-error = largest error { $n }
ui-bench-mpc-itself = a column with itself: { $n }
ui-bench-mpc-auc = AUC { $n }
ui-bench-mpc-met = met
ui-bench-mpc-missed = { $n } × aim
ui-bench-mpc-times = { $n } × semi-honest
