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
phase-pack = 打包计数
phase-generate = 造数据
ui-psi-counted = 本方 { $own } 个，对方 { $peer } 个，共有 { $shared } 个；是哪些不予给出。
ui-psi-about = 共有约 { $count } 个；加了噪声，看不出任何一个人。
ui-psi-sum = { $column } 合计：{ $sum }
ui-interconn-helped = 本方 { $own } 个，对方 { $peer } 个。结果只给了对方。
ui-interconn-unrecorded = 此处没有节点目录（-C）：本次运行不记入审计日志。
