# 节点、核验、求交与演示

ui-node-listening = 正在 { $address } 上等待对方连接。按 Ctrl-C 停止。
ui-node-answered = 完成了一次会话，已留痕。

ui-origin-packed = 返还包已生成：{ $path }（{ $files } 个文件，{ $rows } 行），清单已签名。
ui-origin-opened = 返还包完好：来自 { $provider }，{ $files } 个文件，{ $rows } 行，数据期 { $from } 至 { $to }。
ui-origin-verified =
    共发现问题 { $defects } 处，已生成异议 { $objections } 份。
    结果目录  { $folder }
    报告网页  { $html }
ui-objections-moved = { $count } 份异议已转为“{ $state }”。

ui-psi-done = 本方 { $own } 个，对方 { $peer } 个，共有 { $shared } 个。已写到 { $path }。
ui-psi-withheld = 共有的不足 { $smallest } 个，按合同的最小分组不予给出。

ui-demo-data = 【1】造数据：一个省、一个县，居民全是虚构的；返还的数据里埋了十二类问题。
ui-demo-made = 省里源表 { $source } 行，返还给县里 { $returned } 行；县里自有人口 { $residents } 人。
ui-demo-nodes = 【2】双方各建一个节点，交换名片。
ui-demo-contract = 【3】双方管理员签署合同；不签不算，签后改动即失效。
ui-demo-package = 【4】省里打包并签名；县里验包。（清单上的一个行数被故意写错了。）
ui-demo-verify = 【5】县里核验：先在本地查，再与省里的节点加密比对；双方都看不到对方的行。
ui-demo-audit = 【6】核查双方的审计日志：只用公钥，离线。
ui-demo-score =
    【7】对照埋下的问题：埋了 { $planted } 处，找到 { $found } 处；误报 { $wrong } 处。
ui-demo-next =
    接下来可以试试：
      打开 { $html }
      yinshu audit export { $dir }/county-990100/audit/log.jsonl --format csv --out 审计.csv
      改动 { $dir }/county-990100/audit/log.jsonl 里的任意一个字节，再运行 yinshu audit verify
      改动 { $dir }/exchange/batch-1/files 里的任意一个字节，再运行 yinshu -C { $dir }/county-990100 origin open { $dir }/exchange/batch-1
      yinshu demo --profile county
      yinshu help origin verify

phase-origin-here = 本地核查
phase-psi-points = 盲化本方条目
phase-psi-tokens = 等待对方计算
phase-psi-match = 加密比对
phase-psi-return = 回传结果
phase-psi-parts = 分块求交
ui-psi-updated = 变化 { $count } 项，已写到 { $path }。
ui-psi-by = 按 { $key } 匹配：{ $rows } 行。
ui-psi-join = 按 { $key }：内连接 { $inner } 行，左连接 { $left } 行，右连接 { $right } 行，全连接 { $full } 行；本方无匹配 { $lonely } 行，对方无匹配 { $others } 行。
ui-psi-join-withheld = 按 { $key }：人数太少，不予显示。
ui-psi-unchanged = 没有变化。
ui-psi-update-withheld = 变化太少，暂不给出，并入下次更新。
phase-psi-prepare = 正在编码
phase-pack = 打包计数
phase-generate = 造数据
ui-psi-counted = 本方 { $own } 个，对方 { $peer } 个，共有 { $shared } 个；是哪些不予给出。
ui-psi-about = 共有约 { $count } 个；加了噪声，看不出任何一个人。
ui-psi-sum = { $column } 合计：{ $sum }
ui-interconn-helped = 本方 { $own } 个，对方 { $peer } 个。结果只给了对方。
ui-interconn-unrecorded = 此处没有节点目录（-C）：本次运行不记入审计日志。
ui-psi-plan-head-way = 协议
ui-psi-plan-head-time = 预计时间
ui-psi-plan-head-bytes = 流量
ui-psi-plan-head-rounds = 轮次
ui-psi-plan-head-memory = 内存
ui-psi-plan-head-allowed = 是否允许
ui-psi-plan-yes = 允许
ui-psi-plan-no = 不允许
ui-psi-way-ecdh = ecdh：ristretto255 上的 Diffie–Hellman
ui-psi-way-rr22 = rr22：VOLE 加键值编码
ui-psi-way-rr22-compact = rr22-compact：同上，流量最少
ui-psi-way-rr22-malicious = rr22-malicious：同上，作弊必被发现
ui-psi-plan-chosen = 选用 { $way }：允许的协议中最快（{ $time }；其次 { $other }，{ $more }）。
ui-psi-plan-only = 选用 { $way }：唯一允许的协议（{ $time }）。
ui-psi-plan-recipient-keys = 使用方将知道：本方标识中哪些对方也有，以及对方的条数。
ui-psi-plan-recipient-rows = 使用方将知道：本方每一行按每个键，对方是否也有（第一个匹配之后的键也会知道），以及对方的键数。
ui-psi-plan-recipient-pairs = 使用方将知道：本方每一行按每个键，对方有几行（至多到上限），以及对方的键数。
ui-psi-plan-recipient-counts = 使用方将知道：按每个键，有多少对行相同、双方各有多少行有匹配（不知道是哪些），以及对方的行数。
ui-psi-plan-recipient-size = 使用方将知道：共有多少个（不知道是哪些），以及对方的条数。
ui-psi-plan-recipient-noisy = 使用方将知道：大约共有多少个（加噪声，看不出任何一个人），以及对方的条数。
ui-psi-plan-recipient-sums = 使用方将知道：共有人数足够时的人数与合计（不知道是哪些人），以及对方的行数。
ui-psi-plan-provider-nothing = 提供方将知道：使用方的条数。
ui-psi-plan-provider-count = 提供方将知道：使用方的条数，以及共有多少个。
ui-psi-plan-provider-same = 提供方将知道：使用方告知的同一结果，以及使用方的条数。
ui-psi-plan-provider-same-count = 提供方将知道：使用方的条数，共有多少个，以及人数足够时使用方告知的合计。
ui-psi-plan-privacy = 噪声：每次运行 ε = { $each }；本合同至多应答 { $runs } 次，合计 ε = { $all }。
ui-psi-plan-runs = 本合同至多应答 { $runs } 次。
ui-psi-prepared = 读取 { $rows } 行，其中 { $unusable } 行的键不可用；插入 { $inserted } 项，替换 { $replaced } 项，删除 { $deleted } 项，{ $unchanged } 项未变或重复。
ui-psi-stored = 共 { $entries } 项、{ $bytes } 字节，第 { $version } 版，第 { $epoch } 期密钥：{ $key }
ui-psi-several-sizes = 各方提供的标识数：{ $sizes }
ui-psi-several-head-parties = 各方
ui-psi-several-head-exactly = 仅在这些方
ui-psi-several-head-all = 同在这些方
ui-psi-several-head-any = 在任一方
ui-psi-several-table = 已写入 { $path }，含全部单元。隐去（×）{ $hidden } 个数，使少于 { $smallest } 人的分组无法推出。
ui-psi-several-keys = 各方共有 { $shared } 个我方标识；已写入 { $path }。
ui-psi-several-outside = { $rows } 行不属于合同所列的任何单元，未参与。
ui-psi-several-joined = 运行已结束并留痕。
ui-psi-plan-several-cost = { $parties } 方，{ $cells } 个单元：约 { $time }；一方至多发出 { $bytes }，{ $rounds } 轮，内存约 { $memory }。
ui-psi-plan-several-regions = { $recipient }负责比对，将知道每个单元里各种交集的人数，小的也知道；写出和告知的表隐去少于 { $smallest } 人的分组，以及能推出它们的数。
ui-psi-plan-several-keys = { $recipient }将知道：自己的哪些标识为其他各方共有（不少于 { $smallest } 个时）；对并非各方都有的标识，不知道谁没有、几方没有。
ui-psi-plan-several-others-same = 其他各方将知道：同一张表，隐去的同样隐去。
ui-psi-plan-several-others-nothing = 其他各方将知道：关于交集，什么也不知道。
ui-psi-plan-several-all = 各方都将知道：其他每一方在每个单元里的标识个数。
ui-psi-plan-several-together-regions = 两方合谋可以知道对单独一方隐去的人数。守协议的任意至多 { $others } 方合谋，也只知道各种交集的人数。
ui-psi-plan-several-together-keys = 守协议的各提供方合谋，得不到更多；使用方与其中几方合谋，知道自己的哪些标识为其余提供方共有。
ui-psi-unreadable = 其中 { $count } 个的附带数据无法解开。提供方不知道是哪些；请其检查已存编码，不要告知更多。
ui-psi-way-copy = copy：已存编码，查副本（首次获取）
ui-psi-way-buckets = buckets：已存编码，查分桶
ui-psi-plan-copy = 查已存编码的副本：使用方还会知道每次更新增删了多少项（不查询则不知是哪些）；提供方不多知道什么。
ui-psi-plan-buckets = 查已存编码的分桶：提供方还会知道查了哪些桶，每个桶平均至少有它的 128 项。
ui-psi-several-open = 有 { $count } 个小分组所在的单元人数太少：各方由各集合的大小，可能比表的读者多推知一些。

phase-stats-share = 与其他各方共享汇总数
phase-stats-check = 核对各方共享的数
phase-stats-suppress = 判断隐去哪些
phase-stats-noise = 加上谁也不知道的噪声，并记预算
phase-stats-open = 打开其余的
phase-stats-ranks = 按位次求值
phase-query-compute = 与其他各方一起计算
ui-stats-rows = 本方读入 { $read } 行，计入 { $counted } 行。
ui-stats-left = 未计入：{ $outside } 行不属于合同所列的任何单元，{ $unusable } 行的人或单元无法识别，{ $left } 行被去掉（人重复、缺值或超出上下界）。
ui-stats-head-count = 人数
ui-stats-written-noise = 已写入 { $path }，含全部单元。隐去（×）{ $hidden } 个单元与合计：加噪声后的人数少于 { $smallest } 的，以及能推出它们的。± 是隐去之前 100 次中有 95 次与真值相差不超过的数；合计的误差是其全部单元的误差之和；均值的为一阶近似，人数太少时不给出。
ui-stats-noise = 噪声：本次运行从各所有方数据集的隐私预算中各花费 ρ = { $rho }（ε = { $epsilon }）。
ui-stats-noise-figure = { $figure }：离散拉普拉斯，ε = { $epsilon }；一个人至多影响 { $sensitivity }；一个单元 ± { $width }。
ui-stats-written = 已写入 { $path }，含全部单元。隐去（×）{ $hidden } 个单元与合计，使少于 { $smallest } 人的分组无法推出，接收方减去自己的行也不行。
ui-stats-plan-cost = 三方，{ $cells } 个单元：读表之外约 { $time }；一方至多发出 { $bytes }，至多 { $rounds } 轮，与行数无关。由本机演练测得。
ui-stats-plan-noise = 三方都将知道每个单元加噪声后的人数是否少于 { $smallest }，少于的隐去，能推出它们的也隐去。任何数不加噪声就不打开，噪声没有一方知道；各所有方都记下预算支出之后才打开。
ui-stats-plan-all = 三方都将知道每个单元是否隐去；未隐去的，是否空的或全是某个接收方自己的；不知道为何隐去。隐去的是少于 { $smallest } 人的分组（全部，或除去某个接收方自己的行之后），以及能推出它们的数。隐去的数不对任何人打开。
ui-stats-plan-dominance = 还会隐去：一个人占某个度量合计超过 { $percent }% 的单元。
ui-stats-plan-receivers = { $parties }将知道给出的单元与合计的：{ $figures }。均值与标准差由此算出。
ui-stats-plan-others = { $parties }不会知道任何数。
ui-stats-plan-outside = { $parties }除本方案外什么也不知道：只提供数据，不参与计算。
ui-stats-plan-semi-honest = 可防一方查看其所得而守协议。两方合谋可以算出第三方的汇总数。
ui-stats-plan-malicious = 可防一方任意妄为：在打开任何结果之前必被发现。两方合谋可以算出第三方的汇总数。一方对自己的行怎么说，不作核对。
ui-written-before = 结果已写入 { $path }，是完整的；出错的是其后的步骤：
ui-query-resumed = 已接续本合同未完成的运行（已完成 { $joins } 次连接）：各方均未重新共享其表，两次合计为一次运行。
ui-query-written = 给出 { $groups } 行，已写入 { $path }。隐去 { $hidden } 组（不足 { $smallest } 行，或某个数只涉及几行，或一行占得过多），另有 { $withheld } 组一并不给出，使它们无法推出；{ $failed } 组不满足 HAVING。
ui-query-plan-cost = 每表至多 { $rows } 行：读表之外约 { $time }；一方至多发出 { $bytes }，约 { $rounds } 轮。由本机以较小的表演练并按比例推算。
ui-query-plan-local = { $party } 对自己的表 { $table } 单独执行：{ $sql }
ui-query-plan-learns = { $party }：{ $what }
ui-query-plan-all = 三方：{ $what }
ui-query-plan-rule = 不给出少于 { $smallest } 行的组、某个数只涉及少于 { $smallest } 行（或除去它们只剩少于 { $smallest } 行）的组，以及能推出它们的组；接收方减去自己的行也推不出。
ui-query-plan-dominance = 还不给出：一行占某项合计超过 { $percent }% 的组。
ui-query-plan-semi-honest = 可防一方查看其所得而守协议。两方合谋可以得到第三方的行。
ui-query-plan-malicious = 可防一方任意妄为：在打开任何结果之前必被发现。两方合谋可以得到第三方的行。一方对自己的行怎么说，除上下界外不作核对。
ui-query-page-plan = 计划
ui-query-page-question = 查询
ui-query-page-rule = 在打开任何结果之前就已隐去少于 { $smallest } 行的组、某个数只涉及少数行的组，以及能推出它们的组；它们的键与数不对任何人打开。
ui-query-page-counts = 隐去 { $hidden } 组，另有 { $withheld } 组一并不给出，{ $failed } 组不满足 HAVING。
ui-stats-page-title = 联合统计
ui-stats-page-contract = 合同
ui-stats-page-run = 运行
ui-stats-page-parties = 各方
ui-stats-page-receivers = 接收方
ui-stats-page-figures = 结果
ui-stats-page-charts = 按 { $cut }
ui-stats-page-protected = 如何保护
ui-stats-page-protection = 保护
ui-stats-page-shown = 给出
ui-stats-page-noised = 加噪声
ui-stats-page-rule = 太小
ui-stats-page-complement = 连带隐去
ui-stats-page-rule-long = 太小：全部人数，或除去某个接收方自己的行之后，少于 { $smallest } 人。这是在密文上判断的，该数未对任何人打开。
ui-stats-page-histograms = 直方图
ui-stats-page-tests = 检验
ui-stats-page-ranked-long = 中位数与分位数是位于该位次的某个人自己的值。min 与 max 去掉最极端的若干人，连同所给值的那个人共 { $smallest } 人。
ui-stats-page-dominance-long = 或一个人占某个度量合计超过 { $percent }%；究竟因为哪一条，没有人知道。
ui-stats-page-complement-long = 连带隐去：否则由它相减可得出太小的数。未对任何人打开。
ui-stats-page-shown-long = 给出：只对接收方打开，且是准确的；均值与标准差（n − 1）由准确的人数、合计与平方和算出。
ui-stats-page-rows = 各方在本地汇总自己的行；只有这些汇总数以随机数的形式共享，没有一方拿到全部。
ui-stats-page-semi-honest = 安全性：有一方可以查看其所得，而守协议。
ui-stats-page-malicious = 安全性：有一方可以任意妄为；打开任何结果之前，全部核验过。
ui-stats-page-noise-title = 噪声
ui-stats-page-noise-long = 每个统计量都加了没有一方知道的噪声：本次运行从各所有方数据集的隐私预算中各花费 ρ = { $rho }（ε = { $epsilon }），按零集中差分隐私计，相邻指一个人在一方表中的各行全在或全不在。
ui-stats-page-noise-figure = 统计量
ui-stats-page-noise-mechanism = 机制
ui-stats-page-noise-sensitivity = 一个人至多影响
ui-stats-page-noise-width = 一个单元，95%
ui-stats-page-noised-long = 加噪声：在密文上加了噪声之后，只对接收方打开；合计是其各单元加噪声后的数之和，均值是两者之商。± 是隐去之前 100 次中有 95 次与真值相差不超过的数；均值的为一阶近似，人数太少时不给出。是否太小由加噪声后的人数判断：少于 { $smallest }。没有任何准确的数对任何人打开。
ui-stats-page-empty = 空单元未列入本表。
phase-reports-judge = 判定填报
phase-reports-file = 生成填报
ui-reports-filed = 已把 { $reports } 份填报写入 { $path }，所依合同的摘要为 { $digest }。请把该文件交给使用方。
ui-reports-judged = 第 { $batch } 批：有效 { $accepted } 份，拒绝 { $rejected } 份；读入的填报中有 { $passed } 份先前已判定。有效填报达到 { $smallest } 份后方可打开结果。
ui-reports-cut-off = 拒绝：{ $count } 份不完整。
ui-reports-out-of-time = 拒绝：{ $count } 份的时间不在合同所定的日期之内。
ui-reports-unopened = 拒绝：{ $count } 份无法解开：被改动，或属于另一合同、另一汇总方。
ui-reports-malformed = 拒绝：{ $count } 份的份额格式不对。
ui-reports-invalid = 拒绝：{ $count } 份的证明不成立：超界或被改动。
ui-reports-repeated = 拒绝：{ $count } 份的编号先前已判定。
ui-reports-passed-over = 跳过：{ $why }
ui-reports-head-name = 项目
ui-reports-head-total = 合计
ui-reports-head-each = 每份平均
ui-reports-collected = 第 { $batch } 批，{ $accepted } 份填报，已写入 { $path }。该批已结束，下一批从零开始。
ui-query-page-shown = 给出
ui-query-page-in-part = 部分给出
ui-query-page-untold = 不给出
ui-query-page-untold-long = 不给出：按规则隐去的组，为使隐去的组推不出而一并不给出的组，不满足 HAVING 的组，或没有人的组。哪个组属于哪一种，没有人知道；其中的数不对任何人打开。
ui-query-page-analysis-rule = 三方所知道的仅限合同方案中所列。打开之前已在秘密份额上查明：至少 { $smallest } 行计入，未计入的要么没有、要么也有这么多；除按位次的值外，单行的值不对任何人打开。标 × 的计数按规则隐去，或能推出隐去的数。
ui-query-page-too-few = 计入的行太少、未计入的行太少，或某一列几乎所有行都是同一个值：什么也没有给出。
ui-query-too-few = 什么也没有给出：计入的行太少（少于 { $smallest } 行，或少于该分析所需）、未计入的行太少，或某一列几乎都是同一个值。已写入 { $path }。
ui-query-analysed = 已写入 { $path }。
ui-query-plan-rule-analysis = 计入的行不足 { $smallest } 行（或不足该分析所需），或未计入的行有而不足，则什么也不给出。少于此数的计数隐去，能推出它们的计数一并隐去。
