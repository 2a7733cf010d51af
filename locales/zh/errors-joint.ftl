# 9xxx：yinshu-joint。
e9001-what = 命令行有误：{ $reason }
e9001-try = yinshu-joint --help 列出各命令，命令后加 --help 列出其选项。
e9002-what = { $path } 不是空目录。
e9002-try = 在 --out 中另指定目录，或清空它。
e9003-what = { $path } 中没有表（*.csv、*.tsv、*.txt、*.xlsx、*.parquet）。
e9003-try = 写明各文件，或写明它们所在的目录。
e9004-what = { $path }：{ $reason }
e9004-try = 检查它是否存在、读写权限以及磁盘是否已满。
e9005-what = { $path } 不能使用：{ $reason }
e9005-try = 改正该文件。
e9006-what = 有一张表不能使用：{ $english }
e9006-try = 用 yinshu errors { $inner } 查看说明。
e9007-what = { $source_kind } 数据库只能经一条连接读取，不能放到集群上读。
e9007-try = 去掉 --cluster，或把查询结果导出成文件。
e9010-what = { $scheduler } 没有应答：{ $reason }
e9010-try = 在那里启动 yinshu-joint scheduler，并检查地址和中间的防火墙。
e9011-what = { $scheduler } 的集群未能完成：{ $reason }
e9011-try = 检查执行器是否在运行、版本是否一致，然后重新执行；未留下任何结果。
e9012-what = 找不到 { $path }：执行器没有共享这个目录。
e9012-try = 把表和 --out 放在每个执行器都能以相同路径访问的存储上。
e9020-what = 计划执行失败：{ $reason }
e9020-try = 加 --verbose 重新执行；若仍失败，请告诉维护人员。
e9021-what = 给的内存太少：{ $reason }
e9021-try = 加大 --memory，或减少 --parts。
e9022-what = 已中断。
e9022-try = 从头重新执行：未留下任何结果。
e9500-what = 合同中的 { $place } 不能使用：{ $reason }
e9500-try = 改正后重新签署合同。
e9501-what = 看不懂查询：{ $reason }
e9501-try = 改正合同 [query] 中的 SQL；表和列以 [[query.table]] 为准。
e9502-what = 不支持{ $construct ->
    [rows] 逐行输出
    [no-figure] 没有聚合值的查询
    [window] 窗口函数
    [distinct] DISTINCT
    [full-join] FULL JOIN
    [cross-join] 没有键相等条件的连接
    [join-condition] 左连接、EXISTS 或 NOT EXISTS 中涉及两侧的条件
    [join-key] 按算出的值连接
    [inner-aggregate] 对多方的表在查询内部聚合
    [inner-function] 查询内部的这个聚合
    [limit-inside] 查询内部的 LIMIT
    [subquery] 此处的子查询
    [not-in-missing] 键可缺时的 NOT IN
    [union-parts] UNION ALL 中由多张表连接而成的部分
    [union-columns] UNION ALL 中含义不同的列
    [union-of-figures] 聚合值的 UNION ALL
    [figure-expression] 对聚合值再做运算
    [aggregate-function] 这个聚合函数
    [aggregate-distinct] 聚合中的 DISTINCT 或 ORDER BY
    [group-function] ROLLUP、CUBE、GROUPING SETS
    [group-decimal] 按带小数的数分组
    [min-by-group] 分组的 MIN、MAX、MEDIAN
    [having] HAVING 中的这个条件
    [division] 逐行的除法
    [function] 跨表计算中的这个函数
    [volatile] 随时刻变化的函数
    [texts] 由不同取值列表的列拼成的值
    [order-of-texts] 未按顺序声明的文字的大小比较
    [literal] 这个常量
    [constant] 不涉及任何列的条件或分组
    [statement] 不是查询的语句
    [analysis-order] 分析旁边的 ORDER BY 或 LIMIT
    [analysis-unused] 分析没有用到的 SELECT 列
    [analysis-column] 分析所写、而 SELECT 没有给出（或给出两次）的列
    [analysis-across] 分析中由多张表算出的值
    [keys-of-tables] 一侧的键取自多张表的连接
   *[other] 这种写法
 }（{ $found }）
e9502-try = { $construct ->
    [rows] 只能告知聚合值：用 COUNT、SUM、AVG 等，并可加 GROUP BY；或在 [query.analysis] 中写明一项分析。
    [no-figure] 在 SELECT 中写至少一个聚合值，如 COUNT(*)。
    [window] 改用 GROUP BY 的聚合值。
    [distinct] 改用 GROUP BY。
    [full-join] 分成两个 LEFT JOIN 的查询。
    [cross-join] 用 JOIN … USING (键) 或 ON a.键 = b.键。
    [join-condition] 把左表的条件写到 WHERE，或改用 JOIN。
    [join-key] 只能按列连接；先在子查询中按该列分组或命名。
    [inner-aggregate] 查询内部的 GROUP BY 只能针对一方的一张表；把聚合写在最外层。
    [inner-function] 查询内部可用 COUNT、SUM、MIN、MAX。
    [limit-inside] LIMIT 只能写在最外层。
    [subquery] 子查询可用于 FROM，或作为 WHERE 中与其他条件以 AND 相连的 [NOT] EXISTS、[NOT] IN。
    [not-in-missing] 改用 NOT EXISTS。
    [union-parts] UNION ALL 的每一部分只能是一方的一张表。
    [union-columns] 让各部分的列为同类：都是数字，或都有 values。
    [union-of-figures] 每次只问一个查询，或先 UNION ALL 再 GROUP BY。
    [figure-expression] 在 SELECT 中列出各聚合值，结果出来后再算。
    [aggregate-function] 可用 COUNT、SUM、AVG、MIN、MAX、VAR_SAMP、STDDEV_SAMP、MEDIAN、CORR。
    [aggregate-distinct] 先在子查询中 GROUP BY 该列，再 COUNT(*)。
    [group-function] 每种分组各问一次。
    [group-decimal] 用 CASE WHEN 分成几段。
    [min-by-group] 不分组问，或改用 AVG。
    [having] HAVING 可比较 COUNT、SUM、AVG 与数；只涉及分组列的条件单独成项。
    [division] 用 0.01 * 值 之类的乘法，或对聚合值另行计算。
    [function] 可用 +、-、*、CASE、COALESCE、比较、IN、BETWEEN、IS NULL；其他函数只可用于只涉及一张表的条件。
    [volatile] 写出确定的日期或数。
    [texts] 让两列的 values 相同，或只用常量。
    [order-of-texts] 把 values 按顺序列出，或改用 = 和 IN。
    [literal] 用整数、带小数点的数或文字。
    [constant] 去掉它。
    [statement] 写一个 SELECT。
    [analysis-order] 去掉它：分析涉及全部行。
    [analysis-unused] 去掉该列，或写进 [query.analysis]。
    [analysis-column] 在 SELECT 中以此名给出；算出来的用 AS 命名。
    [analysis-across] 分析的每一列取自一张表；条件可以跨表。
    [keys-of-tables] 逐表连接，每次的键取自一张表。
   *[other] 看 docs/sql.md 中可用的 SQL。
 }
e9503-what = { $owner } 只许 { $column } 用作 { $constraint }，而查询用它作 { $wanted }。
e9503-try = 查询中不用它，或与所有方商定合同中的其他用法。
e9504-what = { $left } 与 { $right } 都未声明在各自表中不重复。
e9504-try = 在一侧的键上声明 unique = true，或在子查询中按键对该侧分组。
e9505-what = { $expression } 可能超出 64 位：{ $least } 到 { $greatest }。
e9505-try = 声明更窄的 min 与 max、更少的小数位，或更小的 max_rows。
e9506-what = { $column } 没有 min 与 max，却参与计算。
e9506-try = 在合同中声明 min 与 max，以保证不会溢出。
e9507-what = { $expression } 不能跨表计算。
e9507-try = 数字须有 min 与 max，文字须有 values；日期和没有 values 的文字只能用于只涉及一张表的条件，或作键。
e9508-what = { $value } 不在 { $column } 的取值之中。
e9508-try = 照合同所列书写，或把它加进 values。
e9509-what = { $key } 可能分出 { $groups } 组；至多 { $most } 组。
e9509-try = 少用几列分组，或用 CASE WHEN 分段。
e9510-what = { $left } 与 { $right } 种类不同：相等的值看上去也不相等。
e9510-try = 两列声明相同的 kind 与 decimals，使双方按同一规则清洗。
e9511-what = 这里没有表 { $table }；有：{ $known }。
e9511-try = 用 [[query.table]] 中、且查询用到的名字。
e9512-what = { $table } 多次参与：{ $inputs }。
e9512-try = 用 --input 说明是哪一个。
e9520-what = { $table }：第 { $row } 行的 { $column } 为空。
e9520-try = 补齐，或在合同中声明 nullable = true。
e9521-what = { $table }：第 { $row } 行的 { $column } 不在 { $least } 与 { $greatest } 之间。
e9521-try = 改正这一行，或在合同中声明别的上下界。
e9522-what = { $table }：第 { $row } 行的 { $column } 不合其种类（不是数、无穷大、小数位太多、不是有效的证件号或日期）。
e9522-try = 改正这一行，或合同中该列的 kind 与 decimals。
e9523-what = { $table }：第 { $row } 行的 { $column } 不在合同所列的取值之中。
e9523-try = 改正这一行，或把该值加进合同。
e9524-what = { $table } 的行数超过合同所许的 { $most }。
e9524-try = 减少行数，或商定更大的 max_rows。
e9525-what = { $table } 的本方部分没有算成：{ $reason }
e9525-try = 检查该表，并看计划在其上执行什么（yinshu-joint explain）。
