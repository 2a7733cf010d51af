# 返还包与核验的错误：5xxx

e5101-what = 合同以 { $column } 作为 { $role }，但该列不在合同的列里。
e5101-try = 在合同的列中加上它，或改正 [origin]；改后需重新签署。
e5102-what = 合同没有写明 { $what }。
e5102-try = 补上后重新签署。
e5103-what = 合同中 { $what } 写的是 { $value }，这不可能。
e5103-try = 改正后重新签署。
e5111-what = { $table } 没有列 { $column }。
e5111-try = 检查列名，或在合同中给该列加上别名。
e5112-what = { $table } 的列 { $column } 不是文本。
e5112-try = 这是程序缺陷，请把错误码和版本号告诉维护人员。
e5113-what = { $table } 的一批数据有 { $rows } 行，却有 { $numbers } 个行号。
e5113-try = 这是程序缺陷，请把错误码和版本号告诉维护人员。
e5114-what = { $what }：{ $found }，超过能够处理的 { $limit }。
e5114-try = 分批核验。
e5115-what = { $table } 无法读取：{ $reason }
e5115-try = 用 yinshu errors { $reading } 查看具体原因。
e5121-what = { $path }：{ $reason }
e5121-try = 检查路径、权限和磁盘空间。
e5122-what = { $path } 不是本节点写出的上一批索引：{ $reason }
e5122-try = 不用 --previous，或换成正确的索引文件。
e5131-what = 分段 { $section } 需要询问 { $asked } 项，合同只允许 { $quota } 项。
e5131-try = 减少返还的行或约定更大的配额，改后重新签署。
e5132-what = 隐私核对失败：{ $reason }
e5132-try = 用 yinshu errors { $matching } 查看具体原因；本地部分不受影响，可加 --offline。
