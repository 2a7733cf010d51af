//! A contract for a question in SQL over tables of three to five departments.

use super::{Blanks, head};
use std::fmt::Write as _;

/// What the tables of providers are called.
const TABLES: [&str; 4] = ["first", "second", "third", "fourth"];

/// A contract for insured persons and their incomes, by kind of insurance (scenario S5).
pub(super) fn query(blanks: &Blanks<'_>) -> String {
    let mut text = head(blanks, blanks.title.unwrap_or("跨部门 SQL 统计"), "stats");
    // Columns are those of each party's own table.
    text = text.replace(
        "columns = { id = \"id\", xzqh = \"xzqh\" }    # 该方表中的列名\n",
        "# columns = { id = \"sfzh\" }    # 该方表中的列名，与下面 query.table 所写不同时\n",
    );
    let test = if blanks.test_region {
        "test_region = true    # 仅用于样例数据 · made data only\n"
    } else {
        ""
    };
    let providers: Vec<_> = std::iter::once(blanks.provider).chain(blanks.more).collect();
    let receivers = format!("{:?}", blanks.recipient.name.as_str());
    let outside = blanks.outside();
    let joins: String = TABLES[2..]
        .iter()
        .zip(providers.iter().skip(2))
        .map(|(name, _)| format!(" JOIN {name} ON {name}.id = b.id"))
        .collect();
    let _ = write!(
        text,
        r#"
[data.table]          # 清洗规则；列写在各 [[query.table]] 里
{test}columns = []

[query]               # 由 yinshu-joint 生成计划；yinshu stats plan 说明各方各得到什么、花费多少
sql = """
SELECT a.kind, COUNT(*) AS persons, SUM(b.income) AS income, AVG(b.income) AS mean
FROM first a JOIN second b USING (id){joins}
GROUP BY a.kind
HAVING COUNT(*) >= 10
ORDER BY persons DESC
"""
receivers = [{receivers}]             # 谁得到结果，须含使用方
{outside}security = "malicious"            # 有一方不守协议时：semi-honest（可能泄密、结果可能有误）或 malicious（打开结果之前必被发现）
max_runs = 12                     # 本合同总共至多应答几次：两次之间只变一个人，就说出了这个人
# dominance_percent = 80          # 某组中一行占合计超过此百分比时，隐去该组（各列须不小于零）
# extremes = true                 # 允许给出最小值与最大值（它们是某一行的值）
# [query.analysis]                # 以一项分析代替汇总：sql 写成不带汇总的 SELECT，列名写在这里；三个计算方都须是接收方
# linear = {{ target = "income", features = ["age", "wage"] }}    # 另有 logistic（target 为 0/1）、correlations = ["income", "age"]、
#                                 # weighted-mean = {{ of, weight }}、difference = {{ of, group }}（t 检验）、two-way = ["a", "b"]（卡方）、
#                                 # survival = {{ time, event }}、quantiles = {{ of, per_mille = [250, 500] }}、histogram = {{ of, bounds = [1000] }}、
#                                 # inequality = {{ of, greatest = 10 }}（基尼系数，最大的 10 个所占份额；0 为不问）
"#
    );
    // Of those that only bring a table, who is in it counts.
    let listed = r#"    { name = "id", kind = "citizen-id", unique = true, use = "join-key" },            # 只用于对人"#;
    let columns = [
        r#"    { name = "id", kind = "citizen-id", unique = true, use = "join-key" },            # 只用于对人
    { name = "kind", kind = "text", values = ["职工", "居民"], use = "group-key" },    # 只用于分组"#,
        r#"    { name = "id", kind = "citizen-id", use = "join-key" },
    { name = "income", kind = "decimal", decimals = 2, min = 0, max = 1000000, use = "aggregate" },    # 只能汇总"#,
        listed,
        listed,
    ];
    for ((party, name), columns) in providers.iter().zip(TABLES).zip(columns) {
        let _ = write!(
            text,
            r#"
[[query.table]]       # use：plaintext 任意、join-key 对人、group-key 分组、aggregate 汇总、compare 比较、never 不用
name = "{name}"
party = "{party}"
max_rows = 1000000
columns = [
{columns}
]
"#,
            party = party.name,
        );
    }
    text
}
