# Nodes, verification, intersection and the demonstration

ui-node-listening = Waiting for peers on { $address }. Ctrl-C stops.
ui-node-answered = A session ended and is on record.

ui-origin-packed = Package made: { $path } ({ $files } files, { $rows } rows); its manifest is signed.
ui-origin-opened = The package is whole: from { $provider }, { $files } files, { $rows } rows, for { $from } to { $to }.
ui-origin-verified =
    { $defects } defects found, { $objections } objections raised.
    results  { $folder }
    report   { $html }
ui-objections-moved = { $count } objections are now “{ $state }”.

ui-psi-done = { $own } of ours, { $peer } of theirs, { $shared } in common; written to { $path }.
ui-psi-withheld = Fewer than { $smallest } are shared: the contract's smallest group withholds them.

ui-demo-data = [1] Making data: a province and a county, every resident invented; twelve kinds of defect are planted in what is returned.
ui-demo-made = The province's table has { $source } rows, { $returned } of them returned to the county, which has { $residents } residents of its own.
ui-demo-nodes = [2] Each side makes a node, and they exchange cards.
ui-demo-contract = [3] Both administrators sign the contract; unsigned or changed afterwards, it is worth nothing.
ui-demo-package = [4] The province packs and signs; the county opens. (One row count of the manifest was made wrong on purpose.)
ui-demo-verify = [5] The county verifies: first alone, then with the province's node, privately; neither sees the other's rows.
ui-demo-audit = [6] Verifying both audit logs, offline, with the public keys alone.
ui-demo-score = [7] Against what was planted: { $planted } planted, { $found } found; { $wrong } reported that were not there.
ui-demo-next =
    What to try next:
      open { $html }
      yinshu audit export { $dir }/county-990100/audit/log.jsonl --format csv --out audit.csv
      change any byte of { $dir }/county-990100/audit/log.jsonl, then run yinshu audit verify on it
      change any byte in { $dir }/exchange/batch-1/files, then run yinshu -C { $dir }/county-990100 origin open { $dir }/exchange/batch-1
      yinshu demo --profile county
      yinshu help origin verify

phase-origin-here = Looking here
phase-psi-points = Blinding our items
phase-psi-tokens = The peer computes
phase-psi-match = Matching privately
phase-psi-return = Returning matches
phase-psi-parts = Intersecting part by part
ui-psi-updated = { $count } changes, written to { $path }.
ui-psi-by = Matched by { $key }: { $rows } rows.
ui-psi-join = By { $key }: inner join { $inner } rows, left { $left }, right { $right }, full { $full }; without a partner { $lonely } own rows and { $others } of the provider's.
ui-psi-join-withheld = By { $key }: too few to be shown.
ui-psi-unchanged = Nothing changed.
ui-psi-update-withheld = Too few changes to be shown: they join those of the next update.
phase-psi-prepare = Encoding
phase-pack = Packing and counting
phase-generate = Making data
ui-psi-counted = Ours { $own }, theirs { $peer }, shared { $shared }. Which ones is not told.
ui-psi-about = About { $count } are shared; noise hides single persons.
ui-psi-sum = Sum of { $column }: { $sum }
ui-interconn-helped = Ours { $own }, theirs { $peer }. The result went to the other side alone.
ui-interconn-unrecorded = There is no node's folder here (-C): this run is not recorded.
ui-psi-plan-head-way = protocol
ui-psi-plan-head-time = expected time
ui-psi-plan-head-bytes = traffic
ui-psi-plan-head-rounds = rounds
ui-psi-plan-head-memory = memory
ui-psi-plan-head-allowed = allowed
ui-psi-plan-yes = yes
ui-psi-plan-no = no
ui-psi-way-ecdh = ecdh: Diffie–Hellman on ristretto255
ui-psi-way-rr22 = rr22: VOLE and key-value store
ui-psi-way-rr22-compact = rr22-compact: the same, fewest bytes
ui-psi-way-rr22-malicious = rr22-malicious: the same, catches a cheating party
ui-psi-plan-chosen = Chosen: { $way }, the quickest that is allowed ({ $time }; next: { $other }, { $more }).
ui-psi-plan-only = Chosen: { $way }, the only one that is allowed ({ $time }).
ui-psi-plan-recipient-keys = The recipient will learn: which of its keys the provider holds, and how many keys the provider has.
ui-psi-plan-recipient-rows = The recipient will learn: of each of its rows, key by key, whether the provider holds it (also of keys behind the first that matches), and how many keys the provider has.
ui-psi-plan-recipient-pairs = The recipient will learn: of each of its rows, key by key, how many of the provider's rows have it, up to the cap, and how many keys the provider has.
ui-psi-plan-recipient-counts = The recipient will learn: for each key, how many pairs of rows have it and how many rows of each side have a partner (not which), and how many rows the provider has.
ui-psi-plan-recipient-size = The recipient will learn: how many keys are shared (not which), and how many keys the provider has.
ui-psi-plan-recipient-noisy = The recipient will learn: about how many keys are shared, with noise that hides single persons, and how many keys the provider has.
ui-psi-plan-recipient-sums = The recipient will learn: how many keys are shared and the sums over them (not which), where enough are shared, and how many rows the provider has.
ui-psi-plan-provider-nothing = The provider will learn: how many keys the recipient has.
ui-psi-plan-provider-count = The provider will learn: how many keys the recipient has, and how many are shared.
ui-psi-plan-provider-same = The provider will learn: the same result as the recipient tells it, and how many keys the recipient has.
ui-psi-plan-provider-same-count = The provider will learn: how many keys the recipient has, how many are shared, and where enough are the sums, as the recipient tells them.
ui-psi-plan-privacy = Noise: ε = { $each } a run; at most { $runs } runs are ever answered, ε = { $all } in all.
ui-psi-plan-runs = At most { $runs } runs of this contract are ever answered.
ui-psi-prepared = { $rows } rows read, { $unusable } without a usable key; { $inserted } inserted, { $replaced } replaced, { $deleted } deleted, { $unchanged } as before or repeated.
ui-psi-stored = { $entries } entries in { $bytes } bytes, version { $version }, key { $epoch }: { $key }
ui-psi-several-sizes = Keys brought: { $sizes }
ui-psi-several-head-parties = parties
ui-psi-several-head-exactly = these and no others
ui-psi-several-head-all = all of these
ui-psi-several-head-any = any of these
ui-psi-several-table = Written to { $path }, with all cells. Hidden (×): { $hidden } figures, so that no group of fewer than { $smallest } follows.
ui-psi-several-keys = All parties hold { $shared } of our keys; written to { $path }.
ui-psi-several-outside = { $rows } rows are in none of the contract's cells and were not brought.
ui-psi-several-joined = The run is over and on record.
ui-psi-plan-several-cost = { $parties } parties, { $cells } cells: about { $time }; a party sends up to { $bytes } in { $rounds } rounds and needs about { $memory } of memory.
ui-psi-plan-several-regions = { $recipient } compares and will learn the sizes of all intersections in all cells, small ones too. What is written and told hides groups of fewer than { $smallest }, and whatever they would follow from.
ui-psi-plan-several-keys = { $recipient } will learn: which of its keys all others hold, where these are at least { $smallest }; of a key that one of them lacks, not which, nor how many.
ui-psi-plan-several-others-same = The others will learn: the same table, with what is hidden hidden.
ui-psi-plan-several-others-nothing = The others will learn: nothing of the intersections.
ui-psi-plan-several-all = Every party will learn: how many keys each of the others brings in each cell.
ui-psi-plan-several-together-regions = Two parties that collude can learn the sizes that are hidden from each alone. Up to { $others } parties together, that follow the protocol, learn no more than the sizes of all intersections.
ui-psi-plan-several-together-keys = Providers together, that follow the protocol, learn nothing more; the recipient with some of them learns which of its keys all other providers hold.
ui-psi-unreadable = The provider's payloads of { $count } of them do not open. The provider does not know which; have it check its stored encoding without telling it more.
ui-psi-way-copy = copy: stored encoding, in a copy (first fetch)
ui-psi-way-buckets = buckets: stored encoding, in buckets
ui-psi-plan-copy = Against a stored encoding, in a copy: the recipient also learns which entries come and go with each update, unreadable without asking; the provider learns nothing more.
ui-psi-plan-buckets = Against a stored encoding, in buckets: the provider also learns which buckets are asked for, each shared by a crowd of at least 128 of its entries on average.
ui-psi-several-open = { $count } small groups stand in cells so sparse that a party may conclude more about them from the sizes of the sets than a reader of the table.

phase-stats-share = Sharing aggregates with the others
phase-stats-check = Checking what each has shared
phase-stats-suppress = Deciding what is hidden
phase-stats-noise = Adding noise that nobody knows, and charging the budgets
phase-stats-open = Opening the rest
phase-stats-ranks = Finding values by rank
phase-query-compute = Computing with the others
ui-stats-rows = Our rows: { $read } read, { $counted } counted.
ui-stats-left = Not counted: { $outside } in none of the contract's cells, { $unusable } whose person or cell cannot be read, { $left } left out (a person again, no value, or one out of bounds).
ui-stats-head-count = persons
ui-stats-written-noise = Written to { $path }, with all cells. Hidden (×): { $hidden } cells and totals whose count with noise is below { $smallest }, or from which these would follow. ± is how far a figure is from the truth at most in 95 of 100 runs, before anything is hidden; of totals, that of all their cells together; of means to the first order, and none where there are few persons.
ui-stats-noise = Noise: this run costs each owner's data set ρ = { $rho } of its privacy budget (ε = { $epsilon }).
ui-stats-noise-figure = { $figure }: discrete Laplace, ε = { $epsilon }; one person adds at most { $sensitivity }; ± { $width } in a cell.
ui-stats-written = Written to { $path }, with all cells. Hidden (×): { $hidden } cells and totals, so that no group of fewer than { $smallest } follows, not even for a receiver who subtracts its own rows.
ui-stats-plan-cost = Three parties, { $cells } cells: about { $time } beside reading the tables; a party sends up to { $bytes } in at most { $rounds } rounds, however many rows there are. Measured by a rehearsal on this machine.
ui-stats-plan-noise = All three parties will learn of each cell whether its count with noise is below { $smallest }; then it is hidden, and with it what it would follow from. Nothing is opened without noise, which no party knows, and nothing opens before every owner has charged its budget.
ui-stats-plan-all = All three parties will learn of each cell whether it is hidden, and if not, whether it is empty or all one receiver's own; not why it is hidden. Hidden are groups of fewer than { $smallest } persons, in all or beside the rows of a receiver, who knows these, and whatever they would follow from. What is hidden is opened to nobody.
ui-stats-plan-dominance = Also hidden: cells in which one person has more than { $percent } % of the sum of a measure.
ui-stats-plan-receivers = { $parties } will learn of the cells and totals that are shown: { $figures }. Means and deviations are worked out from these.
ui-stats-plan-others = { $parties } will learn no figures.
ui-stats-plan-outside = { $parties } will learn nothing but this plan: they bring their rows, and do not compute.
ui-stats-plan-semi-honest = Secure against one party that looks at all it gets and follows the protocol. Two parties that collude can compute the aggregates of the third.
ui-stats-plan-malicious = Secure against one party that does what it wants: it is caught before anything opens. Two parties that collude can compute the aggregates of the third. What a party says of its own rows is not checked.
ui-written-before = The result was written to { $path } before what follows failed: it is whole.
ui-query-resumed = Went on with an unfinished run of this contract, after { $joins } joins; nobody shared its table again, and both count as one run.
ui-query-written = { $groups } rows told, written to { $path }. { $hidden } groups are hidden (fewer than { $smallest } rows, a figure of a few rows, or one row with too much), and { $withheld } more withheld so that these do not follow; { $failed } fail HAVING.
ui-query-plan-cost = Up to { $rows } rows a table: about { $time } beside reading the tables; a party sends up to { $bytes } in about { $rounds } rounds. Rehearsed on this machine with smaller tables, and reckoned from these.
ui-query-plan-local = { $party } runs alone, over its own table { $table }: { $sql }
ui-query-plan-learns = { $party }: { $what }
ui-query-plan-all = All three: { $what }
ui-query-plan-rule = Not told: groups of fewer than { $smallest } rows; groups in which a figure is of fewer than { $smallest } rows, or of all but so few; and groups from which these would follow, for a receiver who subtracts its own rows, too.
ui-query-plan-dominance = Not told either: groups in which one row has more than { $percent } % of a sum.
ui-query-plan-semi-honest = Secure against one party that looks at all it gets and follows the protocol. Two parties that collude get the rows of the third.
ui-query-plan-malicious = Secure against one party that does what it wants: it is caught before anything opens. Two parties that collude get the rows of the third. What a party says of its own rows is not checked beyond their bounds.
ui-query-page-plan = Plan
ui-query-page-question = Question
ui-query-page-rule = Hidden before anything was opened: groups of fewer than { $smallest } rows, groups in which a figure is of few rows, and groups from which these would follow; their keys and figures open to nobody.
ui-query-page-counts = { $hidden } groups are hidden, { $withheld } more withheld, and { $failed } fail HAVING.
ui-stats-page-title = Joint statistics
ui-stats-page-contract = Contract
ui-stats-page-run = Run
ui-stats-page-parties = Parties
ui-stats-page-receivers = Receivers
ui-stats-page-figures = Figures
ui-stats-page-charts = By { $cut }
ui-stats-page-protected = How they are protected
ui-stats-page-protection = protection
ui-stats-page-shown = shown
ui-stats-page-noised = with noise
ui-stats-page-rule = too small
ui-stats-page-complement = goes with another
ui-stats-page-rule-long = Too small: fewer than { $smallest } persons, in all or beside the rows of a receiver, who knows these. This was found on secret shares; the figure was opened to nobody.
ui-stats-page-histograms = Histograms
ui-stats-page-tests = Tests
ui-stats-page-ranked-long = A median or quantile is the value of some person at its rank. min and max leave out the most extreme persons, so that with the one whose value is told they are { $smallest }.
ui-stats-page-dominance-long = Or one person has more than { $percent } % of the sum of a measure; which of the reasons holds, nobody learnt.
ui-stats-page-complement-long = Goes with another: a figure that is too small would follow from it by subtraction. It was opened to nobody.
ui-stats-page-shown-long = Shown: opened to the receivers alone, exactly; means and deviations (n − 1) are worked out from exact counts, sums and sums of squares.
ui-stats-page-rows = Each party aggregated its own rows at home; only these aggregates were shared, as random numbers of which no party has all.
ui-stats-page-semi-honest = Security: one party may look at all it gets and follows the protocol.
ui-stats-page-malicious = Security: one party may do what it wants; all was checked before anything was opened.
ui-stats-page-noise-title = Noise
ui-stats-page-noise-long = Of each figure, noise was added that no party knows: this run cost each owner's data set ρ = { $rho } of its privacy budget (ε = { $epsilon }), by zero-concentrated differential privacy, where all rows of one person in one owner's table are there or not.
ui-stats-page-noise-figure = figure
ui-stats-page-noise-mechanism = mechanism
ui-stats-page-noise-sensitivity = one person adds at most
ui-stats-page-noise-width = in a cell, 95 %
ui-stats-page-noised-long = With noise: opened to the receivers alone, after noise was added on secret shares; totals are the sums of their cells with noise, and means are quotients of both. ± is how far a figure is from the truth at most in 95 of 100 runs, before anything is hidden; of means it holds to the first order, and where there are few persons none is told. What is too small was decided by the count with noise: below { $smallest }. No exact figure was opened to anybody.
ui-stats-page-empty = Empty cells are left out of this table.
phase-reports-judge = Judging reports
phase-reports-file = Making reports
ui-reports-filed = { $reports } reports in { $path }, under the contract with the digest { $digest }. Hand the file to the recipient.
ui-reports-judged = Batch { $batch }: { $accepted } reports accepted, { $rejected } rejected; { $passed } of those read had been judged before. Figures come out from { $smallest } accepted reports on.
ui-reports-cut-off = Rejected: { $count } cut off.
ui-reports-out-of-time = Rejected: { $count } of a time that the contract does not take.
ui-reports-unopened = Rejected: { $count } that do not open: altered, or for another contract or aggregator.
ui-reports-malformed = Rejected: { $count } with a malformed share.
ui-reports-invalid = Rejected: { $count } whose proof does not hold: out of range, or altered.
ui-reports-repeated = Rejected: { $count } with an id that was judged before.
ui-reports-passed-over = Passed over: { $why }
ui-reports-head-name = of
ui-reports-head-total = total
ui-reports-head-each = for each report
ui-reports-collected = Batch { $batch }, { $accepted } reports, written to { $path }. It is closed; the next begins empty.
ui-query-page-shown = shown
ui-query-page-in-part = shown in part
ui-query-page-untold = not told
ui-query-page-untold-long = Not told: a group that the rule hides, one withheld so that a hidden one does not follow, one that fails HAVING, or one with nobody. Which of these holds for which group nobody learnt; its figures opened to nobody.
ui-query-page-analysis-rule = What the three parties learnt, and no more, stands in the plan of the contract. It was found on secret shares, before it opened, that at least { $smallest } rows count and that the others are nobody or as many; single rows opened to nobody, but for values by rank. Counts marked × are hidden by the rule, or would give a hidden one away.
ui-query-page-too-few = Too few rows count, too few do not, or in some column nearly all rows have one value: nothing was told.
ui-query-too-few = Nothing is told: too few rows count (fewer than { $smallest }, or than this analysis needs), too few do not, or in some column nearly all have one value. Written to { $path }.
ui-query-analysed = Written to { $path }.
ui-query-plan-rule-analysis = Nothing is told unless at least { $smallest } rows count, or as many as this analysis needs, and those that do not are nobody or as many. Counts of fewer are hidden, and others so that these do not follow.
