//! A contract for reports of many.

use super::{Blanks, head};
use jiff::ToSpan as _;
use std::fmt::Write as _;

/// A contract for minutes that people waited at a service window. A contract without the
/// keys does not parse: they come first.
pub(super) fn reports(blanks: &Blanks<'_>) -> String {
    let mut text = head(blanks, blanks.title.unwrap_or("窗口等候时长填报"), "reports");
    let [leader, helper] =
        blanks.report_keys.map_or([String::new(), String::new()], |keys| keys.map(|key| key.to_string()));
    // A week to judge and collect the last; what is too short for that does not become a contract.
    let until = blanks.valid_until.checked_sub(7.days()).unwrap_or(blanks.valid_until).max(blanks.valid_from);
    let _ = write!(
        text,
        r#"
[data.table]          # 填报方的表，每行一份填报；列名如不同，可写 aliases
columns = [{{ name = "minutes", kind = "integer" }}]

[reports]             # 使用方主汇总（得到结果），提供方协助；任何一方都看不到单份填报
kind = "sum"                      # 一份填报是什么：count（0 或 1）、sum（整数）、histogram（选项）、vector（多个整数）
columns = ["minutes"]             # data.table 中的列；vector 每个整数一列，其余只有一列
max = 480                         # sum：最大值；超出的填报会被拒绝
# bits = 16                       # vector：每个整数的位数
# buckets = ["很满意", "满意", "不满意"]  # histogram：选项；各选项一并打开，哪怕只有一份：min_group_size 只管整批份数
from = "{valid_from}"               # 哪些天的填报有效
until = "{until}"              # 早于合同到期日：留出判定和汇总的时间
leader_key = "{leader}"    # 使用方的填报密钥（yinshu reports key）
helper_key = "{helper}"    # 提供方的填报密钥
"#,
        valid_from = blanks.valid_from,
    );
    text
}
