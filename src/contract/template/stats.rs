//! A contract for joint statistics.

use super::{Blanks, head};
use std::fmt::Write as _;

/// A contract for counts and wages by town and age over the residents of three departments.
pub(super) fn stats(blanks: &Blanks<'_>) -> String {
    let mut text = head(blanks, blanks.title.unwrap_or("工资联合统计"), "stats");
    let test = if blanks.test_region {
        "test_region = true    # 仅用于样例数据 · made data only\n"
    } else {
        ""
    };
    let computing = [blanks.provider, blanks.recipient].into_iter().chain(blanks.more.first());
    let outside = blanks.outside();
    let _ = write!(
        text,
        r#"
[data.table]          # 各方按同一规则清洗；列名不同的，写在各方 [[party]] 的 columns 里
{test}columns = [
    {{ name = "id", kind = "citizen-id", required = true }},
    {{ name = "xzqh", kind = "division" }},
    {{ name = "wage", kind = "decimal" }},
]

[stats]
person = "id"                     # 人；一方的表中一人一行，且一人只在一方的表中（在两方的人会算两次）
receivers = ["{recipient}"]       # 谁得到结果，须含使用方；可选：{parties}
{outside}security = "semi-honest"          # 有一方不守协议时：semi-honest（可能泄密、结果可能有误）或 malicious（打开结果之前必被发现）
max_rows = 1000000                # 每一方至多多少行；与上下界一起保证 64 位合计不溢出
max_runs = 12                     # 本合同总共至多应答几次：两次之间只变一个人，就说出了这个人
unusable = "refuse"               # 表中有重复的人、缺值或超出上下界的值：refuse（不计算）或 leave-out（去掉这些行并计数）
# dominance_percent = 80          # 某单元中一个人占合计超过此百分比时，隐去该单元

[[stats.group_by]]                # 单元：合同约定的区划 × 五岁年龄组，至多两项
column = "xzqh"
values = ["990101", "990102", "990104", "990105", "990106"]

[[stats.group_by]]
age_on = "{valid_from}"             # 按标识中的出生日期，算到这一天

[[stats.measure]]                 # 人数总会给出
column = "wage"
statistics = ["sum", "mean"]      # count、sum（均精确）、mean、variance、sd（n - 1，使接收方得知平方和）；median、min、max（三方都须是接收方；min、max 去掉最极端的若干人，连同此人共最小分组那么多）
# quantiles = [250, 750]          # 分位数，千分之几（三方都须是接收方）
# histogram = [3000, 5000, 8000]  # 全体的直方图：除第一段外各段的起点
decimals = 2                      # 小数位数
min = 0                           # 上下界（整数，如元）；超出的值按 unusable 处理
max = 1000000

# [stats.noise]                   # 差分隐私：给出加噪声的人数、合计、均值、直方图，其他统计量不得并列；unusable 须为 leave-out；各方（含使用方）的数据集须写明 privacy_budget
# epsilon = "1"                   # 每次运行各统计量合计的 ε，至多 4；相邻：一个人在一方表中的各行全在或全不在；CSV 文件须有字节序标记或在来源中写明 encoding；yinshu stats plan 给出价格
# weights = {{ count = 1, "wage.sum" = 2 }}    # ε 如何分给各统计量；不写则均分
# [[stats.correlation]]           # 协方差与相关系数；scope = "all"（全体）或 "cells"（各单元与合计）
# columns = ["wage", "hours"]
# [[stats.regression]]            # 线性回归：系数、标准误、p、R²
# explained = "wage"
# explaining = ["hours"]
# [[stats.weighted_mean]]         # 加权均值
# column = "wage"
# weight = "hours"
# [[stats.t_test]]                # 某项划分的两部分，均值是否不同；cut 为列名，年龄组为 "age"
# column = "wage"
# cut = "xzqh"
# parts = ["990101", "990102"]
"#,
        recipient = blanks.recipient.name,
        parties = computing.map(|party| party.name.as_str()).collect::<Vec<_>>().join("、"),
        valid_from = blanks.valid_from,
    );
    text
}
