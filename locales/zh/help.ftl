# 命令与选项的说明。cmd-<命令> 一行说明；cmd-<命令>-long 详细说明；arg-<命令>-<选项> 或通用的 arg-<选项>。

help-usage = 用法：
help-commands = 命令
help-command-value = 命令
help-arguments = 参数
help-options = 选项
help-options-value = [选项]
help-global = 通用选项
help-list-separator = 、
help-choices = （可选：{ $choices }）
help-default = （默认：{ $value }）
help-after = 退出码：0 完成；1 核验发现问题；2 命令行或配置有误；3 数据无法使用；4 网络或对方故障；
    5 未获合同或策略允许；6 本机文件或磁盘故障；70 程序缺陷；130 被中断。
    出错时会给出四位错误码，用 yinshu errors 错误码 查看含义和处理办法。

arg-lang = 显示语言；不指定时按系统区域设置
arg-json = 标准输出只给出一个 JSON 对象，供程序读取；错误以 JSON 写到标准错误
arg-quiet = 只输出所要的内容和错误，不作说明
arg-verbose = 把运行日志写到标准错误
arg-dir = 节点文件夹
arg-no-progress = 不显示进度条
arg-help = 显示帮助
arg-version = 显示版本号

cmd = 隐数：政务数据可用不可见
cmd-long = 隐数：政务数据可用不可见。
    两个以上的部门各自在数据旁边运行一个节点，共同签署合同，只按合同计算和给出结果，并留下可离线核查的审计记录。
    第一次使用请运行 yinshu demo，它会在本机演示属地返还核验的全过程。

cmd-init = 建立节点文件夹：配置、密钥、证书和空的数据目录
cmd-init-long = 建立节点文件夹（由 -C 指定），写入 yinshu.toml、节点签名密钥、管理员签名密钥和 TLS 证书。
    已有节点的文件夹不会被覆盖。完成后显示本节点的公开名片，把它交给对方，写入对方的 yinshu.toml。
    管理、审计、操作三种角色不得由同一人担任。
arg-init-name = 参与方代号：1 至 64 个小写字母、数字或连字符，例如 county-data
arg-init-title = 参与方名称，例如 县大数据中心；不指定时用代号
arg-init-listen = 监听地址，例如 0.0.0.0:7443；不指定时本节点只向外连接，不需要开放端口
arg-init-address = 对方连接本节点用的地址（与监听地址不同时）
arg-init-administrator = 管理员姓名或工号
arg-init-auditor = 审计员姓名或工号
arg-init-operator = 操作员姓名或工号

cmd-node = 运行节点，等候对方发起计算
cmd-node-long = 按节点文件夹里的 yinshu.toml 运行节点，直到按 Ctrl-C。
    只执行各方都已签署、未过期、不超出本节点目录许可的合同；拒绝也会记入审计日志。
arg-node-sessions = 完成这么多次会话后退出；不指定时一直运行

cmd-demo = 在本机演示全过程：造数、两个节点、签合同、核验、报告、审计
cmd-demo-long = 生成一批带有预设问题的居民参保数据（均为虚构），在本机启动两个真实节点（双向 TLS），
    签署合同，执行属地返还核验，给出报告（网页和 JSON），并核查双方的审计日志。
arg-demo-profile = 数据规模，分别为地级市的 1%、10%、100%
arg-demo-out = 结果写到这个文件夹
arg-demo-seed = 造数所用的随机种子；同一种子得到同样的数据

cmd-contract = 起草、签署、查看合同
cmd-contract-new = 按模板起草一份合同
cmd-contract-new-long = 按模板写出一份待签的合同，六项审批要素（数据内容、数据范围、时间周期、传输方式、安全管控手段、审核流程）
    请在签署前逐项核对修改。签署之后再改动，原有签名即失效。
arg-contract-new-from = 模板：origin 属地返还核验，psi 隐私求交，several 三至五方各种交集的人数，stats 三方联合统计，reports 多端填报、双方汇总，query 三方的表上的 SQL 查询
arg-contract-new-out = 写到这个文件
arg-contract-new-id = 合同编号；不指定时自动编号
arg-contract-new-title = 合同名称；不指定时用模板里的名称
arg-contract-new-peer = 对方的代号（见 yinshu.toml），只有一个时可省略；模板 several、stats、query 时写其他各方，逗号分隔，本节点为提供方时第一个是使用方
arg-contract-new-until = 有效期最后一天，例如 2027-03-31；不指定时用模板的期限
cmd-contract-sign = 以本节点管理员的身份签署合同
cmd-contract-sign-long = 显示合同要点并用管理员密钥签署。签名写在同一文件里；签完把文件交给对方签署。
arg-contract-sign-file = 合同文件
arg-contract-sign-key = 管理员密钥文件；不指定时用节点文件夹里的 keys/admin.key
cmd-contract-show = 查看合同内容、摘要、签署情况和是否可以执行
arg-contract-show-file = 合同文件

cmd-origin = 返还包：打包、查收、核验、提出异议
cmd-origin-pack = 把返还的文件连同签名清单打成返还包
cmd-origin-pack-long = 清单写明目录编码、来源系统、区划、按区划和日期的行数、列、摘要、期间、接收方和有效期，并由本节点签名。
arg-origin-pack-contract = 合同文件
arg-origin-pack-files = 要返还的文件，可以有多个
arg-origin-pack-out = 返还包写到这个文件夹；它必须尚不存在
arg-origin-pack-period = 数据所属期间，例如 2026-10-01..2026-10-31
arg-origin-pack-batch = 这一批的名称；不指定时用所属期间
arg-origin-pack-expires = 返还包有效期最后一天，例如 2026-12-31
cmd-origin-open = 查收返还包：核对签名、接收方、有效期和每个文件的摘要
arg-origin-open-package = 返还包文件夹
cmd-origin-verify = 核验返还包：对照合同、本地数据，并与提供方隐私核对
cmd-origin-verify-long = 报告分完整性、一致性、准确性、时效性四部分。
    本地部分对照清单、合同和本地表；隐私部分与提供方核对：哪些人未返还，哪些行在源头已不存在，哪些字段已与源头不同。
    提供方不会得知它原本没有的居民，本方不会得知其他地方的居民和本方没有的值。
arg-origin-verify-package = 返还包文件夹
arg-origin-verify-contract = 合同文件
arg-origin-verify-local = 本地居民表：CSV、XLSX、Parquet 文件，或写明数据来源的 .toml 文件
arg-origin-verify-offline = 只做本地部分，不连接提供方
arg-origin-verify-html = 报告网页写到这个文件
arg-origin-verify-out = 报告、问题清单和异议文件写到这个文件夹
arg-origin-verify-previous = 上一批的索引文件，用于比较增、改、删
arg-origin-verify-fail-on-defects = 发现问题时以退出码 1 结束
cmd-origin-objection = 查看异议、登记办理进展
cmd-origin-objection-list = 列出异议及其状态
arg-origin-objection-list-file = 异议文件
cmd-origin-objection-advance = 登记异议的办理进展
arg-origin-objection-advance-file = 异议文件
arg-origin-objection-advance-state = 新的状态
arg-origin-objection-advance-note = 说明，写入状态记录
arg-origin-objection-advance-only = 只办理这些编号的异议；不指定时办理全部

cmd-psi = 隐私求交
cmd-psi-run = 按合同与对方求一列标识的交集，不暴露交集以外的内容
cmd-psi-run-long = 双方的标识都经过清洗再比对。结果文件列出交集中的行；双方的条数会被对方知道。
    很大的集合先用 yinshu-joint prepare 预处理会读得更快：把得到的目录给 --input。
arg-psi-run-contract = 合同文件
arg-psi-run-input = 本方的表，或预处理得到的目录
arg-psi-run-column = 标识所在的列；不给则与合同中同名
arg-psi-run-map = 合同有多个键时，合同中的列名与本表的列名：id=身份证号,name=姓名
arg-psi-run-out = 结果写到这个文件
arg-psi-run-columns = 要写出的本方各列，逗号分隔；不给则只写标识
arg-psi-run-protocol = 协议；不给则用合同允许的最快的
cmd-psi-interconn = 与其他厂商的平台按互联互通标准做 ECDH-PSI 求交（隐语 SecretFlow、PPCA）
cmd-psi-interconn-long = 按表中原样逐字节比对，只去掉两端的 ASCII 空白：双方须先商定写法。对方须能在 --peer 处连到，并从 --listen 处连到本方。
    标准的传输不验证身份、不加密，须放在两端认证的加密通道里。它不绑定合同，散列不分域；双方都用隐数时，psi run 更安全。
    有节点目录（-C）时，运行记入审计日志。
arg-psi-interconn-rank = 本方编号，0 或 1，对方为另一个
arg-psi-interconn-listen = 监听地址，如 0.0.0.0:9530
arg-psi-interconn-peer = 对方地址，主机:端口
arg-psi-interconn-input = 本方的表，或说明表在何处的 .toml
arg-psi-interconn-column = 要比对的列；多列按双方相同的顺序用逗号连接
arg-psi-interconn-out = 本方交集行写到这个文件（.csv 或 .parquet）；只有对方得到结果时不写
arg-psi-interconn-result-rank = 谁得到结果
arg-psi-interconn-profile = 对方依照的规范；spu 指隐语库 0.9.3b0 及以后的版本
arg-psi-interconn-suite = 本方提供的曲线，最想用的在前；不写则为该规范的全部
arg-psi-interconn-no-handshake = 不握手直接开始，隐语库即如此；双方须事先知道首个组合和结果归属
arg-psi-interconn-max-items = 最多接受对方多少条
arg-psi-run-bandwidth = 网络带宽，用于选择协议：10mbit、1gbit
arg-psi-run-memory = 键所用内存，如 512mib、4gib；超出的集合在磁盘上分块，逐块求交
arg-psi-run-workers = 分担磁盘分块的工作单元数，各用一路通道与提供方的一个单元配对；提供方可限制得更少（[limits] 的 psi_workers），--memory 为全部单元合计
arg-psi-run-fresh = 丢弃本合同未完成的运行，不再接续
cmd-psi-query = 用一张小表查询提供方预编码的大表
cmd-psi-query-long = 提供方已用 yinshu psi prepare 把大表编码一次；查询的开销只与本方小表有关。用 --copy 时编码取回一次、之后只取变化，提供方只知道查询条数。用 --buckets 时只取所需的桶，提供方看得到是哪些桶：每个桶里都有一群它自己的标识。
arg-psi-query-contract = 合同，其协议为 unbalanced
arg-psi-query-input = 本方的表
arg-psi-query-column = 标识所在的列
arg-psi-query-out = 共有的标识写到这个文件；提供方有附带内容的一并写出
arg-psi-query-copy = 编码副本所在的文件夹；查询前先取回或更新
arg-psi-query-buckets = 只取所查标识的桶，不留副本
cmd-psi-update = 给出自上次更新以来交集的增减
cmd-psi-update-long = 双方在各自节点中保留基线，更新的代价只与变化有关。变化人数少于合同规定时，并入以后的更新。
arg-psi-update-contract = 合同，其 [psi] 为增量
arg-psi-update-input = 现在的整张表；与基线相比求出变化
arg-psi-update-changes = 变化包。行内有时间的，迟到、重复、乱序都可以；没有写完的包整个拒收。两个选项都不给：只取对方的变化，并接着做完中断的更新
arg-psi-update-change-column = 变化包中说明新增或删除的列（insert、delete，或“新增”“删除”）
arg-psi-update-time-column = 变化包中说明何时变化的列；同一标识有多行的，以最晚的为准。不给则以先后次序为准
arg-psi-update-column = 标识所在的列
arg-psi-update-out = 变化写到这个文件：标识，以及新增或消失
cmd-psi-plan = 运行之前先看：用哪个协议、多久、多少流量、双方将知道什么
cmd-psi-plan-long = 按双方条数与网络，列出每个协议的预计时间、流量、轮次与内存，说明会选哪个、为什么，以及双方各将知道什么。计算速度在本机现场测量，不到一秒；不发送任何数据。
arg-psi-plan-contract = 合同：允许哪些协议、允许知道什么
arg-psi-plan-own = 使用方条数；不给则取合同上限
arg-psi-plan-peer = 提供方条数；不给则取合同上限
arg-psi-plan-bandwidth = 网络带宽：10mbit、1gbit
arg-psi-plan-latency = 网络往返时间：20ms
cmd-stats = 对三方的行作联合统计
cmd-stats-run = 按合同对各方的行一并计算人数、合计、均值与标准差
cmd-stats-run-long = 各方先按合同的单元汇总自己的表；只有这些汇总数以随机数的形式共享，没有一方拿到全部。小分组及能推出它们的数在打开之前就已隐去；只有合同写明的接收方得到结果。提供方用 yinshu node 应答。
arg-stats-run-contract = 合同
arg-stats-run-input = 本方的表
arg-stats-run-out = 结果文件：.csv、.xlsx、.parquet、.json 或 .html（带图的报告）；没有扩展名时为文件夹，内含表、JSON 与报告
cmd-stats-sql = 按合同对三至五方的表作 SQL 查询
cmd-stats-sql-long = 合同的 [query] 写明查询、各方的表和每列的用法。各方由 yinshu-joint（与 yinshu 放在一起）各自生成同一计划；表的连接、过滤、分组都在秘密份额上进行，小分组在打开之前已隐去，只有合同写明的接收方得到结果。写 [query.analysis] 时，查询给出行，对它们作一项分析。提供方用 yinshu node 应答。
arg-stats-sql-contract = 合同
arg-stats-sql-input = 本方的表；合同中本方没有表时省略
arg-stats-sql-fresh = 丢弃本合同未完成的运行，不再接续
arg-stats-sql-out = 结果文件：.csv、.xlsx、.parquet、.json 或 .html（带图的报告）；没有扩展名时为文件夹，内含表、JSON 与报告
cmd-stats-plan = 发送任何内容之前，说明一次运行的花费与各方所得
cmd-stats-plan-long = 用假想的数在本机演练一遍：字节数与轮数是准确的，时间按本机与所写网络计。然后说明各方将知道什么。
arg-stats-plan-contract = 合同
arg-stats-plan-bandwidth = 网络带宽：10mbit、1gbit
arg-stats-plan-latency = 网络往返时间：20ms
cmd-psi-prepare = 生成、更新或查看大表的已存编码
cmd-psi-prepare-long = 大表只编码一次，密钥保存在该文件夹内；此后查询方以与表大小无关的代价查到双方共有的项。键按合同清洗。最后显示的密钥摘要应写入合同。
arg-psi-prepare-store = 编码所在的文件夹
arg-psi-prepare-contract = 规定键的种类及清洗方式的合同
arg-psi-prepare-input = 整张表，由其生成编码
arg-psi-prepare-insert = 待插入各行的表
arg-psi-prepare-delete = 待删除各行的表
arg-psi-prepare-column = 键所在的列（列名与合同不同时）
arg-psi-prepare-label = 合同 psi.payload 所指的列（列名与合同不同时）
arg-psi-prepare-label-bytes = 该列的值最多多少字节
arg-psi-prepare-rotate = 更换编码及其密钥；此前给出的副本随之失效
arg-psi-prepare-show = 校验每一个字节并显示概况

cmd-clean = 清洗一张表：规范标识、日期、编码，并列出被剔除的行
cmd-clean-long = 按规则 R01 至 R18 清洗 CSV、XLSX、Parquet 或数据库中的表。
    结果为 UTF-8 CSV 或 Parquet（按扩展名）；丢失了数字的标识一律剔除，不作猜测；剔除清单里的标识已经遮盖。
arg-clean-input = 表：CSV、XLSX、Parquet 文件，或写明数据来源的 .toml 文件
arg-clean-spec = 列的规格（TOML）：名称、别名、类型、是否必有
arg-clean-out = 清洗后的表写到这个文件（.csv 或 .parquet）；不指定时只检查不写出
arg-clean-rejects = 被剔除的行写到这个 CSV 文件：行号、列、规则、遮盖后的值
arg-clean-report = 清洗报告（JSON）写到这个文件
arg-clean-mapping = 列名对照（TOML）：标准名 = [别名, …]
arg-clean-test-region = 接受测试区划 99 开头的虚构身份号码

cmd-audit = 审计日志：核查、导出、存证、隐私预算
cmd-audit-verify = 只凭公钥离线核查审计日志是否被改动
cmd-audit-verify-long = 逐条核对签名和前后衔接：任何一条被修改、删除、插入、调换都会指出是第几条。
    尾部被截断要对照另存的检查点才能发现。发现问题时退出码为 1。
arg-audit-verify-log = 审计日志文件
arg-audit-verify-key = 节点公钥（ed25519:…），或写有公钥的文件
arg-audit-verify-checkpoint = 事先另存的检查点文件
cmd-audit-export = 把审计日志导出为 CSV 或 JSONL
cmd-audit-export-long = 导出前先核查全部记录；有问题的日志不会导出。
arg-audit-export-log = 审计日志文件
arg-audit-export-key = 节点公钥（ed25519:…），或写有公钥的文件；不指定时用本节点的公钥
arg-audit-export-format = 格式
arg-audit-export-out = 写到这个文件
cmd-audit-checkpoint = 为当前日志生成签名的检查点，交由另一方或检查人员保存
arg-audit-checkpoint-out = 检查点写到这个文件；不指定时显示在屏幕上
cmd-audit-budget = 由日志计算每个数据集的隐私预算花费了多少
arg-audit-budget-delta = 换算 ε 时所用的 δ

cmd-bench = 测量本机的速度和内存
arg-bench-what = 测什么
arg-bench-growth = 用越来越大的集合求交，或用越来越大的表联合计算，看用时、通信量和内存如何增长
arg-bench-to = --growth 的最大规模：2 的这个次方；不写为 20，联合计算为 24
arg-bench-chart = --growth 的图写到哪里（SVG）
arg-bench-quick = 用十分之一的规模，较快但不够准

cmd-sandbox = 数据沙箱：提问的人看不到数据
arg-sandbox-args = 要做什么；yinshu-sandbox --help 有说明

cmd-errors = 解释错误码，或列出全部错误码
arg-errors-code = 四位错误码；不指定时列出全部

cmd-help = 显示某个命令的帮助
arg-help-command = 命令，例如 origin verify

cmd-peer = 登记和查看对方
cmd-peer-add = 按对方的名片登记对方，写入 yinshu.toml
arg-peer-add-card = 对方 yinshu init 生成的 card.toml
arg-peer-add-address = 连接对方的地址（与名片上的不同时）
cmd-peer-list = 列出已登记的对方
arg-contract-new-role = 本节点在合同中的角色：provider 提供方，recipient 接收方
arg-contract-new-catalogue = 提供方数据的目录编码
arg-contract-new-test-region = 接受测试区划 99 开头的虚构身份号码
cmd-psi-join = 以只能拨出的提供方身份参加三至五方的运行
cmd-psi-join-long = 用于合同里写明 listens = false 的那一个提供方：它拨号给使用方（使用方在 yinshu psi run 中等它）和其他提供方，按本方目录提供数据。其他提供方用 yinshu node 参加。
arg-psi-join-contract = 合同文件
arg-contract-new-reports-key = 模板 reports 用：对方的填报密钥，即其“yinshu reports key”所显示的
cmd-reports = 多端填报：对许多份填报计数、求和、作分布，谁也看不到其中任何一份
cmd-reports-key = 显示本节点的填报密钥，交给本节点的份额用它加密；首次使用时生成
cmd-reports-file = 把一张表（每行一份）或一个值做成填报文件
cmd-reports-file-long = 只需已签合同，不需要节点。每份填报拆成两个份额，附上“在合同上下界之内”的证明；两个份额分别加密给两个汇总方。请把显示的合同摘要与公布的核对；填报文件交给使用方。填报中不含填报者身份。
arg-reports-file-contract = 合同
arg-reports-file-input = 表，含合同所列各列；每行一份填报
arg-reports-file-value = 只报一份：一个值，向量则写各个值
arg-reports-file-out = 要写的填报文件；命名为 *.reports，放进文件夹即可被找到
cmd-reports-judge = 作为使用方，与提供方共同判定填报
cmd-reports-judge-long = 被改动、超界、过期或格式不对的填报逐份拒绝并说明原因，不影响其余；重复送来的只计一次。中断后用同一命令继续，不丢失、不重计。提供方用 yinshu node 应答。
arg-reports-judge-contract = 合同
arg-reports-judge-input = 填报文件，或含 *.reports 的文件夹
arg-reports-judge-rejected = 要写的表（.csv 或 .parquet）：至今被拒绝的全部填报及原因，以编号标识；编号不可信的以摘要开头标识
cmd-reports-collect = 作为使用方，打开上次汇总以来有效填报的结果
cmd-reports-collect-long = 提供方只给出够大的一批的份额，且每批只给一次：若两批重叠，其差只有几份填报，就说出了这几份的内容。下一批从零开始。
arg-reports-collect-contract = 合同
arg-reports-collect-out = 结果文件：.csv、.parquet 或 .json
arg-reports-collect-again = 把上次汇总那一批的结果再写出一次（取自本节点所存，不再打开任何数据）
