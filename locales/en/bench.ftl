# yinshu bench

cmd-bench-long =
    Measure the speed and memory of this machine: cleaning on one core, private set intersection on all of them, and a whole verification between two nodes. Figures depend on what else the machine is doing, so its load is printed too.
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
