# 命令行、文件和配置文本的错误：10xx

e1001-what = 没有 { $given } 这个选项。
e1001-try = { $nearest ->
        [none] 用 --help 查看可用的选项。
       *[other] 是不是想写 { $nearest }？用法：{ $usage }
    }
e1002-what = 没有 { $given } 这个命令。
e1002-try = { $nearest ->
        [none] 用 --help 查看可用的命令。
       *[other] 是不是想写 { $nearest }？
    }
e1003-what = { $option } 不能取值“{ $given }”。
e1003-try = 应为：{ $expected }
e1004-what = 缺少必需的参数：{ $missing }
e1004-try = 用法：{ $usage }
e1005-what = 还缺一个命令。
e1005-try = 加上其中一个：{ $commands }
e1006-what = { $option } 与 { $other } 不能同时使用，也不能重复。
e1006-try = 去掉其中一个。
e1007-what = { $option } 的值的个数不对。
e1007-try = 用法：{ $usage }
e1008-what = 命令行无法识别：{ $reason }
e1008-try = 用 --help 查看用法。
e1009-what = 没有 { $given } 这个错误码。
e1009-try = 运行 yinshu errors 列出全部错误码。
e1021-what = { $place }：没有 { $key } 这个键。
e1021-try = { $nearest ->
        [none] 这里可用的键：{ $known }
       *[other] 是不是想写 { $nearest }？这里可用的键：{ $known }
    }
e1022-what = { $place }：缺少键 { $key }。
e1022-try = 在该处补上 { $key } = …。
e1023-what = { $place }：{ $reason }
e1023-try = 改正该行；写法见 yinshu init 生成的配置文件。
e1024-what = { $place }：不是有效的 TOML：{ $reason }
e1024-try = 检查该行的引号、括号和等号；文件应为 UTF-8 编码。
e1025-what = { $place }：没有“{ $value }”这个取值。
e1025-try = { $nearest ->
        [none] 可用的取值：{ $known }
       *[other] 是不是想写 { $nearest }？可用的取值：{ $known }
    }
e1031-what = { $path } 已经存在，没有改动它。
e1031-try = 换一个位置；或者先把原有的移走。
e1032-what = “{ $name }”不能作参与方代号。
e1032-try = 用 1 至 64 个小写字母、数字或连字符，例如 county-data。
e1033-what = { $first }和{ $second }不能是同一个人。
e1033-try = 管理、审计、操作三种角色分别指定不同的人。
e1034-what = “{ $given }”不是公钥，也不是写有公钥的文件。
e1034-try = 公钥形如 ed25519: 加 64 位十六进制；见节点名片里的 node_key。
e1061-what = { $path } 无法读取：{ $reason }
e1061-try = 检查路径是否写对、文件是否存在、本用户有无读取权限。
e1062-what = { $path } 无法写入：{ $reason }
e1062-try = 检查文件夹是否存在、本用户有无写入权限。
e1063-what = 磁盘已满，{ $path } 没有写成；原有文件未受影响。
e1063-try = 清理磁盘，或改写到另一个磁盘。
e1064-what = { $path } 会被覆盖：输入和输出是同一个文件。
e1064-try = 为每个文件指定不同的路径。
e1065-what = { $path } 没有程序 { $program }。
e1065-try = 把它放在 yinshu 旁边（cargo build -p yinshu-sandbox 可构建），或用环境变量 YINSHU_SANDBOX 指明位置。
e1098-what = 已被中断，没有留下写了一半的文件。
e1098-try = 重新运行同一命令即可。
e1099-what = 程序缺陷：{ $what }
e1099-try = 请把错误码、命令和版本号（yinshu --version）告诉维护人员。

e1097-what = 演示的一步没有成功：yinshu { $command }
e1097-try = 上面是这一步自己的说明。
