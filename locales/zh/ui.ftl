# 命令所显示的文字。

ui-error = 错误 { $code }：{ $what }
ui-error-try = 试试：{ $remedy }
ui-error-fault = 问题出在：{ $whose }
ui-error-exit = 退出码：{ $exit }
ui-fault-local = 本方
ui-fault-network = 网络
ui-fault-peer = 对方（{ $peer }）
ui-interrupted = 已中断。
ui-time-left = 剩余
ui-total = 合计

ui-audit-verified = { $log }：{ $records } 条记录全部有效，前后衔接完整。
ui-audit-span = 时间：{ $first } 至 { $last }
ui-audit-root = 摘要根：{ $root }
ui-audit-checkpointed = 与检查点（{ $records } 条）相符。
ui-audit-no-checkpoint = 未提供检查点：无法发现尾部被截断。请用 --checkpoint 给出另存的检查点。
ui-audit-backwards = 注意：{ $records } 条记录的时间早于前一条（系统时钟被调回过）。
ui-audit-exported = 已导出 { $records } 条记录：{ $out }
ui-audit-checkpoint-saved = { $records } 条记录的检查点已写到 { $out }；请交由另一方或检查人员保存。

ui-init-done = 节点 { $name } 已建立：{ $dir }
ui-init-card = 名片 { $path } 只含公开内容：请交给对方，并与对方交换名片。
ui-init-fingerprint = 名片指纹（可电话核对）：{ $fingerprint }
ui-init-admin-key = 管理员密钥在 { $path }：平时请另行保管，签合同时才放回。
ui-init-next = 下一步：用 yinshu -C { $dir } peer add 名片 登记对方，在 { $config } 中写明本方数据（[[dataset]]），然后运行 yinshu -C { $dir } node
ui-init-administrator = 管理员
ui-init-auditor = 审计员
ui-init-operator = 操作员

ui-clean-source = { $input }：{ $format }，编码 { $encoding }，表头在第 { $header } 行
ui-clean-rows = 读入 { $rows } 行，保留 { $kept } 行，剔除 { $rejected } 行
ui-clean-flagged = { $flagged } 处存疑但保留
ui-clean-extra = 规格之外的列（未输出）：{ $columns }
ui-clean-written = 清洗结果：{ $out }
ui-clean-rejects-written = 剔除清单：{ $out }
ui-clean-report-written = 清洗报告：{ $out }
ui-clean-rule-rule = 规则
ui-clean-rule-text = 说明
ui-clean-rule-count = 次数

phase-clean = 清洗
phase-read = 读取
phase-audit = 核查审计日志
phase-export = 导出

# 操作系统和配置解析器常给出的原因。os-<errno> 按 POSIX 编号。
os-1 = 不允许此操作
os-2 = 没有这个文件或文件夹
os-13 = 没有权限
os-17 = 已经存在
os-18 = 不在同一个磁盘上
os-20 = 不是文件夹
os-21 = 是文件夹，不是文件
os-22 = 参数无效
os-24 = 打开的文件太多
os-26 = 文件正在使用
os-28 = 磁盘已满
os-30 = 磁盘只读
os-32 = 对方已关闭管道
os-36 = 文件名太长
os-98 = 地址已被占用
os-99 = 本机没有这个地址
os-101 = 网络不通
os-104 = 对方断开了连接
os-110 = 连接超时
os-111 = 对方拒绝连接
os-113 = 找不到通往对方的路由
os-122 = 超出磁盘配额
toml-unknown-field = 没有 { $name } 这个键；可用的键：{ $known }
toml-unknown-variant = 没有“{ $name }”这个取值；可用的取值：{ $known }
toml-missing-field = 缺少键 { $name }
toml-duplicate-key = 键重复
toml-invalid-type = 类型不对：写的是 { $found }，应为 { $expected }

ui-contract-written = 合同已写到 { $path }；请逐项核对后由各方签署。
ui-contract-signed = { $by } 已签署合同 { $contract }。
ui-contract-complete = 各方均已签署。
ui-contract-missing = 尚未签署：{ $parties }
ui-peer-added = 已登记 { $name }。名片指纹：{ $fingerprint }，请与对方电话核对。
ui-show-contract = 合同
ui-show-digest = 摘要
ui-show-scenario = 用途
ui-show-valid = 有效期
ui-show-elements-content = 数据内容
ui-show-elements-scope = 数据范围
ui-show-elements-period = 时间周期
ui-show-elements-transport = 传输方式
ui-show-elements-controls = 安全管控手段
ui-show-elements-review = 审核流程
ui-show-catalogue = 目录编码
ui-show-purpose = 目的
ui-show-group = 最小分组
ui-show-columns = 列
ui-show-party = 参与方
ui-show-signed-by = { $by } 已于 { $at } 签署
