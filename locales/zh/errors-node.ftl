# 配置整体、节点和运行的错误：11xx 至 19xx

e1101-what = { $path } 无法读取：{ $reason }
e1101-try = 用 -C 指定节点文件夹；还没有节点时先运行 yinshu init。
e1102-what = { $person } 同时担任了管理、审计、操作中的两种角色。
e1102-try = 在 [people] 中为每种角色指定不同的人。
e1103-what = 参与方代号 { $name } 用了两次。
e1103-try = 在 yinshu.toml 中改正其中一个。
e1104-what = 目录编码 { $catalogue } 用了两次。
e1104-try = 在 yinshu.toml 中改正其中一个。
e1105-what = { $path } 里没有私钥。
e1105-try = 恢复备份的密钥文件。
e1106-what = { $path } 可被本机其他用户读取。
e1106-try = 运行 chmod 600 { $path }；如怀疑已泄露，换新密钥。
e1107-what = 没有代号为 { $name } 的 [[peer]]。
e1107-try = 检查代号，或在 yinshu.toml 中加上对方。
e1108-what = 对方 { $name } 没有可连接的地址。
e1108-try = 在其 [[peer]] 中写 address，或由对方发起连接。
e1109-what = [node] 没有写 listen 地址。
e1109-try = 写上 listen = "0.0.0.0:7443"，或不运行 yinshu node，只由本方发起。
e1110-what = { $path } 第 { $line } 行：{ $reason }
e1110-try = { $nearest ->
        [none] 改正该行；写法见 yinshu init 生成的配置文件。
       *[other] 是不是想写 { $nearest }？
    }
e1901-what = { $path } 无法写入：{ $reason }
e1901-try = 检查写入权限和磁盘空间，或用 --out 换一个文件夹。
e1902-what = 演示不能以 { $day } 为截止日。
e1902-try = 选 2000 至 2099 年之间的日子；检查系统时钟。
e1911-what = { $path } 不完整（{ $why }），整个包未接收。
e1911-try = 等它写完，或重新获取；如果文件确实完整，改正旁边的 .sha256。
e1912-what = { $path } 第 { $row } 行：“{ $found }”既不是新增也不是删除，整个包未接收。
e1912-try = 写 insert 或 delete（“新增”“删除”），或用 --change-column 指明正确的列。
e1913-what = { $path } 已损坏：{ $reason }
e1913-try = 重建基线：双方都删除节点 bases/ 下该合同的文件夹。
