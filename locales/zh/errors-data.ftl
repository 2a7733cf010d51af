# 读写与清洗数据的错误：2xxx

e2001-what = 无法打开 { $path }：{ $reason }
e2001-try = 检查路径是否写对、文件是否存在、本用户有无读取权限。
e2002-what = 读取 { $path } 中途失败：{ $reason }
e2002-try = 检查磁盘或网络盘，再试一次。
e2003-what = 写入 { $path } 失败，原有文件未受影响：{ $reason }
e2003-try = 检查磁盘空间和写入权限。
e2004-what = { $path } 是空文件。
e2004-try = 向提供方索取完整的文件。
e2005-what = { $path } 应为 { $expected }，但内容像是 { $found }。
e2005-try = 改用正确的扩展名，或在来源里写明 format。
e2006-what = { $path } 是损坏的 { $format } 文件：{ $reason }
e2006-try = 重新传输或重新导出该文件。
e2007-what = { $path } 在第 { $offset } 字节（第 { $line } 行）处不是有效的 { $encoding } 文本。
e2007-try = 在来源里写 encoding = "{ $try_encoding }"；如要用替代字符继续，写 malformed = "replace"。
e2008-what = { $path } 没有表头：第 { $row } 行看起来已是数据。
e2008-try = 用 header_row 指明表头所在行；确无表头时写 header_row = 0 并用 columns 列出列名。
e2009-what = { $path } 的第 { $row } 行没有表头，而 header_row 说在那里。
e2009-try = 改正 header_row（从 1 起算）。
e2010-what = { $path } 有两列都叫 { $column }（第 { $first } 列和第 { $second } 列）。
e2010-try = 改名其中一列，或用 columns 给出全部列名。
e2011-what = { $path } 第 { $row } 行有一个字段超过 { $limit } 字节。
e2011-try = 多半是引号没有成对；检查该行，或写 quote = ""。
e2012-what = { $path } 第 { $row } 行超过 { $limit } 列。
e2012-try = 检查分隔符是否正确，可用 delimiter 指明。
e2013-what = { $path } 在第 { $row } 行开始的引号内就结束了。
e2013-try = 文件可能不完整；如果引号没有特殊含义，写 quote = ""。
e2014-what = { $path } 没有名为 { $sheet } 的工作表，只有 { $present }。
e2014-try = 改正 sheet。
e2015-what = { $path } 的列 { $column } 类型为 { $data_type }，不是普通的值。
e2015-try = 导出前把该列转成文本、数字或日期。
e2016-what = 数据来源必须恰好写 path、postgres、mysql 之一，现在有 { $present } 个。
e2016-try = 只保留一个。
e2017-what = { $source_kind } 来源用不到 { $option }。
e2017-try = 删去 { $option }。
e2018-what = { $option } 不能是 { $value }：{ $reason }
e2018-try = 改正 { $option }。
e2019-what = { $source_kind } 来源缺少 query。
e2019-try = 写上一条只读查询：query = "select …"。
e2020-what = 查询没有发出：{ $reason }
e2020-try = 只能用一条 select 查询，不能改动数据。
e2021-what = { $source_kind } 来源的连接串不可用：{ $reason }
e2021-try = 检查主机、端口、库名和用户名的写法。
e2022-what = { $option } 要求用 TLS 连接数据库，本程序没有此功能。
e2022-try = 改用本机套接字、本机回环地址或加密隧道。
e2023-what = 无法连接 { $server }：{ $reason }
e2023-try = 检查数据库是否在运行、地址和账号是否正确、防火墙是否放行。
e2024-what = { $server } 拒绝了查询：{ $reason }
e2024-try = 检查表名、列名和账号的只读权限。
e2025-what = 查询结果超过 max_rows = { $limit } 行。
e2025-try = 缩小查询范围，或增大 max_rows。
e2026-what = 无法组成一批数据：{ $reason }
e2026-try = 请把错误码和文件情况告诉维护人员。
e2027-what = { $path } 的读取意外停止。
e2027-try = 再试一次；如再发生，请告诉维护人员。
e2028-what = { $path } 中的集合是按另外的规则预处理的，与所要求的不同：{ $what }。
e2028-try = 带上 --contract 重新预处理，使清洗与合同一致。
e2100-what = 列的规格有误（{ $column }）：{ $reason }
e2100-try = 改正列的规格（--spec 或合同中的 [[data.table.columns]]）。
e2101-what = 文件里没有列 { $column }，也没有它的任何别名；文件里有：{ $present }
e2101-try = 相近的列名：{ $near }。如果就是它，在 --mapping 或规格的 aliases 中写明。
e2102-what = 文件中的 { $first } 和 { $second } 都可作列 { $column }。
e2102-try = 在 --mapping 中指明用哪一个。
e2103-what = 列名对照文件不可用：{ $reason }
e2103-try = 写成 [columns] 下的 标准名 = ["别名", …]。
e2104-what = 区划对照表不可用：{ $reason }
e2104-try = 改正该表：旧代码和现行代码各为 6 位数字。
e2105-what = 列 { $column } 是乱码（{ $damage }）：到第 { $row } 行为止，{ $seen } 个值中有 { $damaged } 个。
e2105-try = 该文件曾按错误的编码转换过；请提供方按 UTF-8 或 GB18030 重新导出。
e2106-what = 一批数据有 { $found } 列，表头有 { $expected } 列，或其中有的不是文本。
e2106-try = 这是程序缺陷，请把错误码和版本号告诉维护人员。
