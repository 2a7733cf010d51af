//! Contract files to start from: every key is there, with what it means, for people to edit.

mod query;
mod reports;
mod stats;

use super::Party;
use jiff::civil::Date;
use std::fmt::Write as _;

/// What a new contract starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Template {
    /// Verification of returned data.
    Origin,
    /// Private set intersection.
    Psi,
    /// Sizes of all intersections among three to five parties.
    Several,
    /// Statistics over the rows of three to five parties, of which three compute.
    Stats,
    /// Reports of many to two aggregators.
    Reports,
    /// A question in SQL over tables of three to five parties, of which three compute.
    Query,
}

impl Template {
    /// Whether a contract of it can have so many parties.
    pub fn fits(self, parties: usize) -> bool {
        match self {
            Self::Origin | Self::Psi | Self::Reports => parties == 2,
            Self::Several | Self::Stats | Self::Query => yinshu_psi::several::PARTIES.contains(&parties),
        }
    }

    /// Whether it is for two parties alone.
    pub fn of_two(self) -> bool {
        matches!(self, Self::Origin | Self::Psi | Self::Reports)
    }
}

/// The parts of a template that `contract new` fills in.
#[derive(Debug, Clone)]
pub struct Blanks<'a> {
    /// 合同编号.
    pub id: &'a str,
    /// Its title; that of the scenario where left out.
    pub title: Option<&'a str>,
    /// The provider.
    pub provider: &'a Party,
    /// The recipient.
    pub recipient: &'a Party,
    /// Further providers, among several.
    pub more: &'a [Party],
    /// The provider's catalogue code.
    pub catalogue: &'a str,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_until: Date,
    /// Accept the division 99xxxx that no real person has (made data only).
    pub test_region: bool,
    /// For reports: the recipient's key and the provider's.
    pub report_keys: Option<[yinshu_reports::SealKey; 2]>,
}

impl Blanks<'_> {
    /// The line that names those that only bring rows.
    fn outside(&self) -> String {
        let outside: Vec<String> =
            self.more.iter().skip(1).map(|party| format!("\"{}\"", party.name)).collect();
        if outside.is_empty() {
            return "# outside = [\"water\"]            # 只提供数据、不参与计算的单位，排在最后；前三方计算\n"
                .to_owned();
        }
        format!("outside = [{}]    # 只提供数据、不参与计算的单位；前三方计算\n", outside.join(", "))
    }

    /// The text of a contract.
    pub fn fill(&self, template: Template) -> String {
        match template {
            Template::Origin => origin(self),
            Template::Psi => psi(self),
            Template::Several => several(self),
            Template::Stats => stats::stats(self),
            Template::Reports => reports::reports(self),
            Template::Query => query::query(self),
        }
    }
}

/// A contract for the verification of returned data, over the social insurance table of scenario S1.
fn origin(blanks: &Blanks<'_>) -> String {
    let mut text = head(blanks, blanks.title.unwrap_or("属地返还核验"), "origin-verify");
    let test = if blanks.test_region {
        "test_region = true    # 仅用于样例数据 · made data only\n"
    } else {
        ""
    };
    let _ = write!(
        text,
        r#"
[data.captions]       # 报告中的名称 · what reports call columns and divisions
aac002 = "公民身份号码"
aac003 = "姓名"
aac004 = "性别"
aac006 = "出生日期"
aab301 = "参保地区划"
aac008 = "参保状态"
gxsj = "更新时间"
990101 = "青石街道"
990102 = "柳河镇"
990104 = "白塔镇"
990105 = "云岭民族乡"
990106 = "东湖镇"

[data.table]          # 返还表 · the returned table, cleaned alike by both sides
{test}columns = [
    {{ name = "aac002", kind = "citizen-id", required = true }},    # 公民身份号码
    {{ name = "aac003", kind = "name" }},                           # 姓名
    {{ name = "aac004", kind = "sex" }},                            # 性别
    {{ name = "aac006", kind = "date", birth_of = "aac002" }},      # 出生日期
    {{ name = "aab301", kind = "division" }},                       # 参保地区划
    {{ name = "aae140", kind = "text" }},                           # 险种
    {{ name = "aac008", kind = "text" }},                           # 参保状态
    {{ name = "aae041", kind = "text" }},                           # 起始年月
    {{ name = "aae042", kind = "text" }},                           # 终止年月
    {{ name = "gxsj", kind = "timestamp" }},                        # 更新时间
]

[origin]
key = ["aac002"]                                                   # 主键
private_fields = ["aac003", "aac004", "aac006", "aab301", "aac008"] # 与源系统逐项比对（密文）
division_column = "aab301"                                         # 属地依据（不是户籍）
divisions = ["990101", "990102", "990104", "990105", "990106"]     # 本地现行区划代码
division_aliases = {{ "990103" = "990102" }}                         # 旧代码 → 现行代码（撤并）
update_column = "gxsj"
cadence_days = 1                                                   # 更新周期（天）；1 即期末当日须有更新
scope = "whole-table"                                              # 与提供方全表比对；或 our-divisions
max_keys = 2000000                                                 # 一次核验最多询问的人数
max_source_rows = 20000000                                         # 提供方表的行数上限
local_division_column = "xzqh"
same_as = {{ aac002 = "gmsfhm", aac003 = "xm", aac004 = "xb", aac006 = "csrq" }}

[origin.local]        # 本地人口表 · the recipient's own table
{test}columns = [
    {{ name = "gmsfhm", kind = "citizen-id", required = true }},
    {{ name = "xm", kind = "name" }},
    {{ name = "xb", kind = "sex" }},
    {{ name = "csrq", kind = "date", birth_of = "gmsfhm" }},
    {{ name = "xzqh", kind = "division" }},
    {{ name = "jwh", kind = "text" }},
    {{ name = "gxsj", kind = "timestamp" }},
]
"#
    );
    text
}

/// A contract for a private set intersection on citizen numbers.
fn psi(blanks: &Blanks<'_>) -> String {
    let mut text = head(blanks, blanks.title.unwrap_or("隐私求交"), "psi");
    let test = if blanks.test_region {
        "test_region = true    # 仅用于样例数据 · made data only\n"
    } else {
        ""
    };
    let _ = write!(
        text,
        r#"
[data.table]
{test}columns = [{{ name = "id", kind = "citizen-id", required = true }}]

[psi]
column = "id"                     # 求交的列
kind = "citizen-id"               # 双方按同一规则清洗
learn = "recipient"               # 谁得到交集：recipient（仅使用方）或 both（双方）
result = "keys"                   # 得到什么：keys（共有的标识）、size（只有个数）、sums（个数与合计）、counts（连接行数）
protocol = "auto"                 # 协议：auto（按规模与网络自选）、rr22、ecdh、unbalanced（提供方预编码）
security = "semi-honest"          # 对方不守协议时：semi-honest（结果可能被骗）或 malicious（必被发现）
# max_runs = 12                   # 本合同总共至多应答几次；sums 与加噪声时必填
# keys = [["id"], ["name", "born"]] # 依次按哪几列匹配（列都须在 data.table 中）；省略则只按 column
# duplicates = "counted"          # 同一标识有多行：once（算一行）或 counted（逐行计数，须写 cap）
# cap = 16                        # 每个标识至多计多少行；result = "counts"（各种连接的行数）时也须写
# incremental = true              # 保留底库，以后只比对变化（yinshu psi update），须写 max_total_keys
# max_total_keys = 20000000       # 底库或预编码（unbalanced）存续期内，使用方总共至多问多少个标识
# payload = "level"               # unbalanced：随共有标识一并给出的列
# partitioned = true              # 总是分区落盘；不写则内存放不下时自动分区
max_recipient_keys = 10000000
max_provider_keys = 100000000
"#
    );
    text
}

/// A contract for the sizes of all intersections of the residents that several departments hold (scenario S4).
fn several(blanks: &Blanks<'_>) -> String {
    let mut text = head(blanks, blanks.title.unwrap_or("人口底数联合统计"), "psi");
    let test = if blanks.test_region {
        "test_region = true    # 仅用于样例数据 · made data only\n"
    } else {
        ""
    };
    let _ = write!(
        text,
        r#"
[data.table]          # 各方按同一规则清洗；列名不同的，写在各方 [[party]] 的 columns 里
{test}columns = [
    {{ name = "id", kind = "citizen-id", required = true }},
    {{ name = "xzqh", kind = "division" }},
]

[psi]
column = "id"                     # 求交的列
kind = "citizen-id"               # 各方按同一规则清洗
result = "regions"                # 得到什么：regions（各种交集的人数）；或 keys（各方共有的标识，只给使用方，去掉 psi.by）
# max_runs = 12                   # 本合同总共至多应答几次
learn = "both"                    # 谁得到：recipient（仅使用方）或 both（各方都得到隐去小分组后的表）
                                  # 使用方负责比对，隐去之前的全部人数它都看得到；各方都知道每方每个单元的人数
max_recipient_keys = 10000000
max_provider_keys = 10000000

[[psi.by]]                        # 单元：合同约定的区划 × 五岁年龄组；区划不同的记录不会相遇
column = "xzqh"
values = ["990101", "990102", "990104", "990105", "990106"]

[[psi.by]]
age_on = "{valid_from}"             # 按标识中的出生日期，算到这一天
"#,
        valid_from = blanks.valid_from,
    );
    text
}

fn head(blanks: &Blanks<'_>, title: &str, scenario: &str) -> String {
    let Blanks { id, provider, recipient, catalogue, valid_from, valid_until, .. } = blanks;
    let mut text = format!(
        r#"# 隐数合同 · a Yinshu contract. 双方管理员各自用 `yinshu contract sign` 签名；签名后不得改动本文件。

[contract]
format = 1
id = {id}
title = {title}
scenario = "{scenario}"
valid_from = "{valid_from}"
valid_until = "{valid_until}"

[elements]            # 审批六要素 · the six elements of approval
content = "见 data.table 所列各列"                       # 数据内容
scope = "使用方本行政区划内的人员"                       # 数据范围
period = "{valid_from} 至 {valid_until}"                 # 时间周期
transport = "双向认证 TLS 1.3，证书固定，单端口"         # 传输方式
controls = "原始数据不出域；密文求交；最小分组；全程留痕" # 安全管控手段
review = "双方管理员签名审批；审计员事后核验日志"        # 审核流程
"#,
        id = quoted(id),
        title = quoted(title),
    );
    let more = blanks.more.iter().map(|party| (party, "provider"));
    for (party, role) in [(*provider, "provider"), (*recipient, "recipient")].into_iter().chain(more) {
        let _ = write!(
            text,
            "\n[[party]]\nname = \"{}\"\ntitle = {}\nrole = \"{role}\"\nadmin_key = \"{}\"\n",
            party.name,
            quoted(&party.title),
            party.admin_key
        );
        if !blanks.more.is_empty() {
            let _ = write!(
                text,
                "catalogue = {}    # 该方的目录编码\ncolumns = {{ id = \"id\", xzqh = \"xzqh\" }}    # 该方表中的列名\n",
                quoted(catalogue)
            );
        }
    }
    let _ = write!(
        text,
        "\n[data]\ncatalogue = {}    # 提供方目录编码\npurpose = {}\nmin_group_size = 10\n",
        quoted(catalogue),
        quoted(title),
    );
    text
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
