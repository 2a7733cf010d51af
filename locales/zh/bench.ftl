# yinshu bench

cmd-bench-long =
    测量本机的速度和内存：单核清洗、全部核心的隐私求交、三方联合计算、两个节点之间的一次完整核验。数字受机器上其他工作影响，因此同时给出负载。
arg-bench-profile = 核验的规模；不写为 county，--quick 时为 small
arg-bench-file = 清洗这个十列 CSV，而不是造的数据

ui-bench-clean = 清洗：先造一张表，再在单独的进程里读取并清洗……
ui-bench-parts = 基本运算，各用一个核……
ui-bench-psi = 隐私求交：双方都在本进程……
ui-bench-origin = 核验：本机两个节点，过程同 yinshu demo……
ui-bench-done = 测得：
ui-bench-head-what = 项目
ui-bench-head-size = 规模
ui-bench-head-speed = 速度
ui-bench-head-memory = 内存峰值
ui-bench-head-traffic = 通信量
ui-bench-head-target = 目标
ui-bench-what-clean = GB18030 CSV { $columns } 列：读取、解码、清洗，单核
ui-bench-size-clean = { $rows } 行，{ $bytes }
ui-bench-what-psi = ECDH-PSI，{ $cores } 核，双方同机
ui-bench-what-origin = 两个节点的核验（{ $profile }）
ui-bench-size-origin =
    返还 { $returned } 行，本地 { $local } 人
    { $tokens } 个匹配令牌
ui-bench-peaks =
    县 { $county }
    省 { $provider }
ui-bench-traffic = { $bytes }，{ $rounds } 轮
ui-bench-under = 低于 { $bytes }
ui-bench-rate-rows = { $n } 行/秒
ui-bench-rate-items = { $n } 项/秒
ui-bench-rate-times = { $n } 次/秒
ui-bench-seconds = { $n } 秒
ui-bench-times = { $seconds } 秒（CPU { $cpu } 秒）
ui-bench-part-hash-to-group = 哈希到群，单核
ui-bench-part-raise = 群上求幂并编码，单核
ui-bench-part-audit-append = 审计记录，签名并落盘
ui-bench-machine = { $cores } 核，{ $processor }；平均负载：测前 { $before }，测后 { $after }。

phase-bench-psi = 求交

arg-bench-peers = 用同样的集合在同一台机器上也运行其他软件（SecretFlow、OpenMined），并给出倍数
arg-bench-venv = 其他软件安装到哪个文件夹；不给则用临时文件夹
ui-bench-peers-install = 正在把其他软件安装到 { $path }……
ui-bench-peers-absent = 其他软件装不上（需要 Python 3.10 或 3.11 及其软件包索引）：只给出本软件的数字。
ui-bench-peers-case = 并排测量：{ $case }……
ui-bench-peers-head-case = 项目
ui-bench-peers-head-items = 条目
ui-bench-peers-head-ours = 隐数
ui-bench-peers-head-peer = 其他软件
ui-bench-peers-head-theirs = 用时
ui-bench-peers-head-ratio = 快几倍
ui-bench-peers-head-target = 目标
arg-bench-networks = 各协议也在慢网络上运行（网络由本进程模拟）
ui-bench-shaped-head-network = 网络
ui-bench-shaped-head-items = 每方条目
ui-bench-shaped-head-ecdh = ecdh
ui-bench-shaped-head-rr22 = rr22
ui-bench-shaped-head-compact = rr22-compact
ui-bench-shaped-head-chosen = 选用
ui-bench-shaped-head-floor = 仅传输
ui-bench-shaped-head-ratio = 用时 / 仅传输
ui-bench-growth-head-items = 每方项数
ui-bench-growth-head-way = 协议
ui-bench-growth-head-time = 用时
ui-bench-growth-head-cpu = 双方处理器时间
ui-bench-growth-head-bytes = 通信量
ui-bench-growth-head-each = 每项字节
ui-bench-growth-head-memory = 内存
ui-bench-growth-panel-time = 用时（秒）
ui-bench-growth-panel-bytes = 通信量（MB）
ui-bench-growth-panel-memory = 单方内存（MB）
ui-bench-growth-chart = 图：{ $path }

ui-bench-mpc = 联合计算：三方各为一个进程，经 TLS 通信……
arg-bench-large = 联合计算也测更大的表：50 万行与 50 万行连接
arg-bench-party = 充当联合计算的三方之一：本程序以此启动自己
ui-bench-mpc-share = 共享 64 位数值
ui-bench-mpc-moments = 合计、均值、方差
ui-bench-mpc-multiply = 乘法
ui-bench-mpc-less64 = 比较，64 位
ui-bench-mpc-less32 = 比较，32 位
ui-bench-mpc-sort = 按 32 位键排序
ui-bench-mpc-median = 中位数
ui-bench-mpc-groups = 按 100 个秘密分组求和
ui-bench-mpc-released-groups = 按 100 个秘密分组求和，组的大小公开
ui-bench-mpc-join = 两表按秘密键连接
ui-bench-mpc-correlation = 十列的相关系数
ui-bench-mpc-logistic = 逻辑回归，10 轮、每轮 8 批
ui-bench-mpc-semi-honest = 半诚实
ui-bench-mpc-malicious = 恶意
ui-bench-mpc-head-work = 项目
ui-bench-mpc-head-rows = 行数
ui-bench-mpc-head-security = 安全性
ui-bench-mpc-head-time = 用时
ui-bench-mpc-head-cpu = 三方处理器时间
ui-bench-mpc-head-bytes = 单方发送（最多者）
ui-bench-mpc-head-steps = 轮数
ui-bench-mpc-head-memory = 单方内存
ui-bench-mpc-head-aim = 目标
ui-bench-mpc-head-met = 是否达到
ui-bench-mpc-case = { $case }……
ui-bench-mpc-error = 最大误差 { $n }
ui-bench-mpc-itself = 一列与自身：{ $n }
ui-bench-mpc-auc = AUC { $n }
ui-bench-mpc-met = 达到
ui-bench-mpc-missed = 目标的 { $n } 倍
ui-bench-mpc-times = 半诚实的 { $n } 倍
