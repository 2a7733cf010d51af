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
ui-init-next = 下一步：在 { $config } 中写明对方（[[peer]]）和本方数据（[[dataset]]），然后运行 yinshu -C { $dir } node
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
