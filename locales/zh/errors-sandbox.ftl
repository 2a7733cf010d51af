# yinshu-sandbox 的错误，9680 至 9799。
e9690-what = { $user } 是数据集 { $dataset } 某一策略的用户：由真实行得出的估计只供数据所有者查看
e9690-try = 请由登记 { $dataset } 的人以其本人名义运行。
e9691-what = { $table }：没有录入任何一行{ $left_out ->
    [0] 。
   *[other] ，剔除 { $left_out } 行。
 }{ $cause ->
    [test-region] { $column }：{ $reason }（{ $values }）
    [unread] { $column }：{ $reason }（{ $values }）
    [undeclared] { $column }：{ $values } 个取值不在描述之内
    [missing] { $column }：{ $values } 行没有取值，而该列不可为空
    [nobody] { $values } 行没有写明所涉何人
    [ragged] { $values } 行的字段过多或过少
   *[other] 数据源中没有行
 }
e9691-try = { $cause ->
    [test-region] 99 开头的号码为虚构；如确为测试数据，请在 [dataset] 中写 test_region = true。
    [unread] 请核对该列的 kind：类型写错时取值无法识别。
    [undeclared] 请核对该列的 values，或 min 与 max、from 与 to。
    [missing] 如允许缺失，请写 nullable = true。
    [nobody] 请核对 entity：它指明哪一列写着所涉何人。
    [ragged] 请核对数据源的分隔符与引号。
   *[other] 请核对数据源。
 }
e9692-what = { $path } 处没有沙箱
e9692-try = 用 yinshu-sandbox -C { $path } init 新建，或用 -C 指定另一处。
e9693-what = 此处没有批准过名为 { $policy } 的策略
e9693-try = 由数据所有方批准：yinshu-sandbox approve 加策略文件。
e9700-what = 无法按 SQL 读懂：{ $reason }
e9700-try = 请写一条 SELECT 语句；文字用半角单引号，符号与空格用半角。
e9701-what = { $text }：这里不能这样问
e9701-try = { $construct ->
    [statement] 只能提一条 SELECT；有哪些表请看 yinshu-sandbox tables。
    [statements] 一次只提一个问题。
    [call] 评分程序写 CALL 程序('SELECT …')，汇总程序写 CALL 程序()，已放行的结果写 CALL yinshu.fetch('编号')。文本中的单引号写两个。
    [own] 对 yinshu.budget、yinshu.grants、yinshu.requests 只能这样查：SELECT *（或若干列）FROM yinshu.budget，至多加 LIMIT。
    [rows] 不输出明细行。请按组求数：SELECT town, COUNT(*) … GROUP BY town。
    [subquery] FROM 或 WITH 中只可用 SELECT * FROM 一张表 WHERE …，或在分组结果之外再选列、筛选、排序（里层不带 LIMIT）。IN 与 EXISTS 请改为按所涉之人 JOIN 另一张表；求占比请另问总数。
    [hidden-figure] 缺失的数是被隐藏或没有取值，并不是 0：请去掉 COALESCE，按结果原样查看。
    [afterwards] 对汇总数与分组可用 + - * /、比较、AND、OR、NOT、IN、BETWEEN、IS NULL、CASE、CAST、ROUND、FLOOR、CEIL、ABS、NULLIF，对分组还可用 COALESCE。对列用其他函数，请按该函数分组。
    [union] 请分开逐个提问。
    [clause] 请去掉这个子句。
    [group-all] 请在 GROUP BY 后写明各列。
    [grouping-sets] 请逐个分组提问：以前放行过的结果会一并考虑。
    [position] 请写结果列的序号，从 1 起。
    [from] 请写已授予的表，其余用 JOIN 连接。
    [join] 请用 JOIN 或 LEFT JOIN。
    [self-join] 一张表在问题中只出现一次。
    [many-to-many] 两张表中同一人都可能有多行，连接后会重复计算。请一次只问其中一张。
    [nonlinear] 汇总的值只能是各列（每列一次、可乘常数）之和以及 CASE。列的乘积、商、取整、日期的部分请放进条件或分组，或对汇总结果取整、相除：写 SUM(wage) / 12，不写 SUM(wage / 12)。
    [two-ways] 比较的值须随每一列单向变化：一列、各列之和、非负数之积。请以乘积代替商（100 * paid > 50 * cost），以区间代替平方与余数（age BETWEEN 40 AND 50）。
    [fan-out] 所连接的表中同一人可能有多行，这个值会被重复相加。请不连接该表单独提问。
    [person-of-another] 请计 FROM 之后第一张表的人数。
    [long] 太长了：请分几次提问。
    [buckets] width_bucket(值, 下限, 上限, 段数)：上下限是数字且下限小于上限，最多 1000 段。
    [wide-group] 取值太多：请分段，如 width_bucket(wage, 0, 20000, 20)、floor(wage / 1000)、date_trunc('year', born)，或用 CASE。
    [person] 行所涉及的人既不显示也不比较：用 COUNT(DISTINCT …) 计人数。
    [pseudonym] 假名代表能识别个人的内容：不显示、不比较、不计数，只供程序使用。
    [extreme] 最大最小值就是某个人的值。请按数值分段计数。
    [collect] 不逐个输出取值。请按组计数。
    [quantile] 分位数写作 MEDIAN(x)、PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY x)、PERCENTILE_DISC 或 APPROX_PERCENTILE_CONT(x, 0.25)，其中的数在 0 与 1 之间，至多六位小数。
    [quantile-rounded] 这里的计数经过舍入，分位点只能取二十分之一的倍数：0.05、0.1、0.25、0.5、0.95。
    [window] 请按组求数，不用 OVER；求占比请另问总数。
    [distinct] 只有人可以去重计数：COUNT(DISTINCT id)。其他列请用来分组。
    [figure-inside] 汇总函数独立使用，不能放在取值之内。
    [many-figures] 一次最多问 64 个数。
    [pattern] LIKE 之后写一段文字：LIKE '城%'。
    [cast] 只支持数字之间的转换，以及文字转日期。
    [literal] 支持数字、单引号文字、TRUE、FALSE、NULL、DATE '2026-01-01'。
    [function] 支持 abs、ceil、coalesce、date_part、date_trunc、day、extract、floor、greatest、least、left、lower、mod、month、nullif、quarter、round、substr、trim、upper、width_bucket、year，以及汇总函数 count、sum、avg、var_samp、stddev_samp、median、percentile_cont。
    [expression] 支持列、数字、文字、+ - * / %、比较、AND、OR、NOT、IN、BETWEEN、LIKE、IS NULL、CASE。
   *[other] 能问什么见 docs/sandbox.md。
 }
e9702-what = 这里没有 { $name }
e9702-try = yinshu-sandbox tables 或 SELECT * FROM yinshu.grants 显示你可用的表与列。文字须用半角单引号，如 '女'；逗号、括号与引号都用半角。
e9703-what = 多张表都有 { $name }
e9703-try = 请在前面写上表名。
e9704-what = { $column } 未授予 { $wanted } 用途
e9704-try = yinshu-sandbox tables 显示每列可作何用；如需更多请找数据所有者。
e9705-what = { $text }：这些值不能放在一起
e9705-try = 数字与数字、文字与文字、日期与日期（写作 '2026-01-31'，须是存在的日期）比较；运算只用数字。
e9706-what = 按各列的上下界，{ $text } 可能超出 64 位
e9706-try = 请用较小的系数，或先 ROUND 再相乘。
e9707-what = 可能有 { $groups } 组，最多区分 { $most } 组
e9707-try = 请减少分组列，或分段。
e9708-what = { $text } 既不是汇总数，也不在分组之中
e9708-try = 请写进 GROUP BY，或放入 SUM、AVG 等汇总函数。
e9709-what = { $text }：不能这样连接表
e9709-try = 请按行所涉及的人连接，依数据集声明：ON residents.id = homes.owner。
e9710-what = { $of } 不会是 { $text }
e9710-try = 可以是：{ $values }
e9720-what = { $user } 不能在 { $policy } 之下提问
e9720-try = 请数据所有者批准写有你名字的策略。
e9721-what = 策略 { $policy } 已于 { $expires } 到期
e9721-try = 请向数据所有者申请新的策略。
e9722-what = 今天在 { $policy } 之下已提问 { $most } 次，达到每日上限
e9722-try = 请明天继续，或在一个问题里多问几个数。
e9723-what = 问题在得出结果前被终止；限额为 { $seconds } 秒、{ $memory_mib } MiB
e9723-try = 减少涉及的列或分组。原因由管理人员在日志中查看，不向提问者显示。
e9724-what = 无法连接运行查询的集群，因此未运行
e9724-try = 请稍后再试。原因由管理人员在日志中查看：room.toml 所写的调度器应处于运行状态（yinshu-joint scheduler）。
e9730-what = 策略 { $policy } 尚缺签名：{ $missing }
e9730-try = 请把文件交给上述人员，由其执行 yinshu-sandbox policy sign 签名，再执行 yinshu-sandbox approve 使其生效。
e9731-what = 策略 { $policy } 上 { $by } 的签名不符：签名后内容被改动，或并非本人所签
e9731-try = 请重新审阅并签名。策略签名之后一个字符也不能改。
e9732-what = { $by } 不能在这里签名：本沙箱没有此名的审批人，或密钥不符，或其职责不含此项
e9732-try = yinshu-sandbox approver list 可查看各审批人及其职责。数据持有方的审批人可用 yinshu-sandbox approver add 增加审批人。
e9733-what = 策略 { $policy } 已被撤回，或已被同名策略替换：这份文本不再生效
e9733-try = 请使用现行策略。数据持有方如需恢复，须改动文本（哪怕一个字）后重新签名。
e9734-what = 策略 { $policy } 在这里没有生效：{ $what ->
    [room] 它是为另一个沙箱签的
    [dataset] 签名之后数据集的说明已改变
    [nothing] 还没有人把它与沙箱、数据集绑定
   *[other] 它不是最近一次批准生效的那一份
  }
e9734-try = { $what ->
    [room] 请删去 [bound] 和签名，为本沙箱重新签名。
    [dataset] 请核对说明的变化，删去 [bound] 和签名，重新签名。
    [nothing] 请第一位签名人在沙箱中签名：yinshu-sandbox -C 目录 policy sign 文件。
   *[other] 请由审批人使其生效：yinshu-sandbox approve 文件。
  }
e9735-what = { $user } 是本策略的使用者，不能代表数据持有方签名
e9735-try = 请由数据持有方的其他人签名。策略若点名，使用者可以为用途签名。
e9736-what = { $name }：{ $reason ->
    [first] 本沙箱已有首位审批人
    [name] 名字最多 64 个字符，只能是字母、数字、点、连字符和下划线
    [there] 已有或曾有审批人用此名
    [key] 已有或曾有审批人用此密钥
   *[last] 数据持有方的最后一位审批人不能移除
  }
e9736-try = yinshu-sandbox approver list 可查看现有审批人。已移除者的名字和密钥不再给别人使用。
e9737-what = { $by } 已经签过 { $policy }
e9737-try = 无需再做什么；yinshu-sandbox policy verify 可查看还缺谁的签名。
e9740-what = { $place }：{ $reason }
e9740-try = 请在描述或策略中改正。
e9741-what = { $path }：{ $reason }
e9741-try = 请检查路径与读写权限。
e9742-what = { $dataset } 没有按现在的描述登记
e9742-try = 请用 yinshu-sandbox register 登记。
e9743-what = 以前放行的记录无法使用，因此什么都不放行：{ $reason }
e9743-try = 请从备份恢复该文件；没有它就无法判断这个数据集的任何结果。
e9744-what = 无法记入日志，因此没有执行：{ $reason }
e9744-try = 请检查日志所在磁盘，以及是否有其他进程占用。
e9745-what = 问题无法运行
e9745-try = 原因由管理人员在日志中查看，不向提问者显示。
e9746-what = { $reason ->
    [user] 没有说明是谁在操作
   *[other] 看不懂命令行：{ $reason }
 }
e9746-try = { $reason ->
    [user] 请在命令前写 --user 名字，名字须与策略 users 中的一致。
   *[other] yinshu-sandbox --help
 }
e9747-what = { $table }：有人不止一行
e9747-try = 请从描述中去掉 single = true，或先给表去重。
e9748-what = { $dataset } 已有内容放行，而现在的描述与当时不同
e9748-try = 按原描述登记（列、类型、小数位、上下限、取值顺序均不变）；确需改动，请换一个数据集名称，新名称下的放行不与旧值对照。
e9680-what = { $id } 已有决定：决定是终局的
e9680-try = yinshu-sandbox review 列出等待审核的结果。
e9681-what = { $id } 与存入时不一致，因此不交给任何人
e9681-try = 请驳回并让提问者重新提问，并查明谁能写入沙箱目录。
e9682-what = 决定须附 1 至 { $most } 字的理由
e9682-try = 请写明理由：--reason "…"。
e9795-what = 结果等待审核：{ $id }
e9795-try = yinshu-sandbox results 显示进展；放行后用 yinshu-sandbox fetch { $id } 领取，或再次提问。
e9796-what = 答复不予交出：其中有形似个人或单位号码的内容，或会误导阅读者的内容
e9796-try = 请检查列名与问题中的文字。该策略没有指定可以审核此类结果的人，或规定一律拒绝。
e9797-what = 审核人已驳回这个问题的答复
e9797-try = 请向数据所有者了解可以答复什么，换一个问题。
e9798-what = 没有编号为 { $id } 的结果
e9798-try = yinshu-sandbox results 显示你的结果。
e9799-what = { $user } 不能在 { $policy } 之下决定这个结果
e9799-try = 由策略指定的审核人决定，提问者本人除外。
e9749-what = 演示没有如期结束，步骤为 { $step }：应隐藏的出现了，或应显示的缺失了
e9749-try = 不要用这套安装处理真实数据。用 --out DIR 再演示一次，把最后几行和该文件夹交给维护人员；其中的人都是虚构的。
e9750-what = { $of } 的隐私预算 ρ 共 { $total }，尚余 { $left }，而此问花费 { $asked }
e9750-try = 用 --spend 少花一些（噪声更大），或与数据所有者商量。已得到的结果可以一直使用。
e9751-what = 此策略下一问至多花费 ρ { $most }，而出价 { $price }
e9751-try = 用 --spend 少花一些，或少分几组，使噪声影响更小。
e9752-what = ρ { $price } 太少，所需噪声超出可抽取的范围
e9752-try = 用 --spend 多花一些，或少问几个数值。
e9753-what = { $policy } 没有价格：其结果不含噪声
e9753-try = 提问时不要加 --price 与 --spend。
e9754-what = 关于 { $of } 的全部问题合计至多使 δ 增加 { $total }，尚余 { $left }，而此问增加 { $asked }
e9754-try = 少分几组，使各组都能给出：至多 65536 组。
e9755-what = { $dataset } 登记时没有 privacy_budget，一人的行可能影响他人的行如何读入，噪声掩盖不了
e9755-try = 请所有方写明 privacy_budget 后重新登记。
e9756-what = 可能有的各组之和需要 { $needs_mib } MiB，而策略给 { $memory_mib } MiB
e9756-try = 请少分几组，或一次少要几项；或由所有方调高 limits.memory_mib。未扣预算。
e9785-what = 用户名或密钥不对
e9785-try = 请核对；管理人员可用 yinshu-sandbox user renew 换发密钥。
e9786-what = 未登录，或登录已失效
e9786-try = 请用用户名与密钥重新连接。
e9787-what = 近来登录失败次数过多
e9787-try = 请等一分钟。
e9788-what = 没有这张{ $what ->
    [ticket] 取件票
   *[other] 预备语句
 }，或已失效
e9788-try = 请重新提问：每张票只能由领票人及时领取一次。
e9789-what = { $user } 已有 { $most } 个请求同时进行
e9789-try = 请等结果出来再提问。
e9790-what = 现在办不了
e9790-try = 请联系管理人员，原因只有管理人员可见。
e9791-what = 您有多个策略，尚未选定：{ $policies }
e9791-try = 请把其中一个设为连接的目录（catalog），或用请求头 x-yinshu-policy 指定。
e9792-what = 本服务不支持：{ $what ->
    [put] 写入，或预备语句的参数
    [transaction] 事务
    [list] 这种列表
    [message] 无法读懂的消息
   *[other] { $what }
 }
e9792-try = 请把取值直接写进 SELECT；见 docs/sandbox.md。
e9793-what = { $address }：{ $reason }
e9793-try = 请核对地址、服务是否在运行以及证书。
e9794-what = { $user }：{ $reason ->
    [name] 用户名为 1 至 64 个字母、数字、点、连字符或下划线
    [there] 已在用户名单中
   *[other] 不在用户名单中
 }
e9794-try = yinshu-sandbox user list 可查看名单。
e9760-what = 本机无法隔离工作进程，因此未运行：{ $reason }
e9760-try = 请使用支持 Landlock（5.13 或更新）和 seccomp 的 Linux 内核。仅在无数据风险的机器上，可在 room.toml 中写入 walls = "where-there-are"。
e9761-what = 无法启动工作进程：{ $reason }
e9761-try = 请检查程序能否启动，以及文件夹 work/ 能否写入。
e9770-what = 没有程序 { $program }
e9770-try = 用 yinshu-sandbox program list 查看已批准的程序。程序或其策略改变后，须重新批准。
e9771-what = 策略 { $policy } 不允许程序读取 { $table }
e9771-try = 请数据所有者在该表的授权中写入 programs = true。
e9772-what = 这不是可用的程序：{ $reason }
e9772-try = 按 wit/yinshu.wit 中的接口构建为组件；见 docs/programs.md。
e9773-what = { $user } 登记了此程序或可以使用它，不能批准
e9773-try = 由其他人查看并批准：yinshu-sandbox program review，然后 program approve。
e9774-what = { $program }：打分程序须用 SQL 提问，汇总程序则不用
e9774-try = 提交打分程序时附上问题，提交汇总程序时不附。
e9775-what = 策略 { $policy } 之下无人审核程序给出的结果，或答案加噪：结果无法放行
e9775-try = 请数据所有者提供设有审核人、发现问题时留待审核的披露控制策略。
e9776-what = { $program } 不是所指的组件：它已被重新放入，或摘要写得太短
e9776-try = 请用 yinshu-sandbox program review 重新查看，并写出那里所示的摘要，不少于 24 位。
