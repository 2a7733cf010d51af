//! The names of the rules and of the reasons.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! rules {
    ($($name:ident $text:literal $doc:literal,)*) => {
        /// A cleaning rule. Written as `R04`; the last two are not catalogue rules but what is left:
        /// a value that must be there and is not, and a value that no rule can make good.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Rule { $(#[doc = $doc] #[serde(rename = $text)] $name,)* }

        impl Rule {
            /// All rules, in order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// `R04`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

rules! {
    R01 "R01" "Old 15-digit citizen id made 18.",
    R02 "R02" "Full-width characters and a lower-case x.",
    R03 "R03" "Blanks, invisible characters, a leading apostrophe.",
    R04 "R04" "Digits lost in a spreadsheet.",
    R05 "R05" "Leading zeros lost.",
    R06 "R06" "Encoding (found by the reader).",
    R07 "R07" "The dot in a name.",
    R08 "R08" "Private-use characters and placeholders.",
    R09 "R09" "Bracketed notes and possible variants in a name.",
    R10 "R10" "Dates.",
    R11 "R11" "Birth date that differs from the id.",
    R12 "R12" "Duplicates.",
    R13 "R13" "Credit code, organisation code, registration number.",
    R14 "R14" "CSV dialect (found by the reader).",
    R15 "R15" "Renamed column.",
    R16 "R16" "Sex code.",
    R17 "R17" "A word that means null.",
    R18 "R18" "Text decoded in the wrong encoding.",
    Missing "MISSING" "A required value is not there.",
    Invalid "INVALID" "The value is not of its kind and no rule applies.",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleSet(u32);

impl RuleSet {
    /// Adds a rule.
    pub fn insert(&mut self, rule: Rule) {
        self.0 |= 1 << rule as u32;
    }

    /// Is the rule in it?
    pub fn contains(self, rule: Rule) -> bool {
        self.0 & (1 << rule as u32) != 0
    }

    /// Is it empty?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The rules in it, in order.
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.iter().copied().filter(move |&rule| self.contains(rule))
    }
}

macro_rules! reasons {
    ($($name:ident $rule:ident $text:literal $english:literal $chinese:literal,)*) => {
        /// Why a value was refused, made null, or flagged. In JSON and in the file of rejected rows
        /// the kebab-case name stands; sentences are by [`Reason::english`] and [`Reason::chinese`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Reason { $(#[doc = $english] #[serde(rename = $text)] $name,)* }

        impl Reason {
            /// All reasons.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The rule under which the value was treated.
            pub fn rule(self) -> Rule {
                match self { $(Self::$name => Rule::$rule,)* }
            }

            /// The kebab-case name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// One English sentence.
            pub fn english(self) -> &'static str {
                match self { $(Self::$name => $english,)* }
            }

            /// One Chinese sentence.
            pub fn chinese(self) -> &'static str {
                match self { $(Self::$name => $chinese,)* }
            }
        }
    };
}

reasons! {
    PrecisionLost R04 "precision-lost"
        "A spreadsheet kept only 15 digits of the number." "Excel 精度丢失:号码只剩前 15 位有效数字,无法还原",
    PrecisionSuspect R04 "precision-suspect"
        "The number ends in 000 and passes its check, in a column not known to have lost digits."
        "号码以 000 结尾但校验位正确,疑似 Excel 精度丢失,暂予保留",
    MissingValue Missing "missing-value" "A required value is missing." "必填项为空",
    Length Invalid "length" "The value does not have the length of its kind." "长度不符",
    Characters Invalid "characters" "The value holds characters its kind does not have." "含有不允许的字符",
    CheckDigit Invalid "check-digit" "The check digit is wrong." "校验位错误",
    BirthDate Invalid "birth-date" "The birth date in the id is not a possible date." "号码中的出生日期不存在或不合理",
    Province Invalid "province" "The first two digits are no province." "号码前两位不是有效的省级行政区划代码",
    TestRegion Invalid "test-region"
        "The id is of the made-up region 99, which is only valid in tests." "99 开头为测试用虚构区划,仅测试模式下有效",
    ForeignResident Invalid "foreign-resident"
        "A foreign permanent resident's number in a column of citizen ids."
        "外国人永久居留身份证号码,不是公民身份号码",
    UnknownDivision Invalid "unknown-division"
        "The division code is of no known province." "行政区划代码的省级部分未知",
    NotNumber Invalid "not-number" "The value is no number." "不是数字",
    CreditCodeCheck R13 "credit-code-check"
        "The check character of the credit code is wrong." "统一社会信用代码校验位错误",
    OrgCodeCheck R13 "org-code-check"
        "The check character of the organisation code is wrong." "组织机构代码校验位错误",
    RegistrationCheck R13 "registration-check"
        "The check digit of the registration number is wrong." "工商注册号校验位错误",
    RegistrationNumber R13 "registration-number"
        "An old 15-digit registration number, which is another kind of identifier."
        "15 位工商注册号,与本列标识种类不同",
    OrgCodeHere R13 "org-code-here"
        "An organisation code in a column of credit codes." "组织机构代码,不是统一社会信用代码",
    LookAlikeFixed R13 "look-alike-fixed"
        "O, I, Z or S was read as 0, 1, 2 or 5, which makes the check character right."
        "形近字符(O/I/Z/S)已改为数字(0/1/2/5),改后校验位正确",
    CreditCodeForm R13 "credit-code-form" "The value is no credit code." "不是统一社会信用代码",
    Date R10 "date" "The value is no date." "不是有效日期",
    Sex R16 "sex" "The value is no sex code." "不是有效的性别代码",
    PrivateUse R08 "private-use"
        "The text holds private-use characters without a mapping: it cannot be compared by name."
        "含未映射的自造字(PUA),不能按姓名比对",
    Placeholder R08 "placeholder"
        "The text holds placeholders for characters: it cannot be compared by name."
        "含占位符(? □ *),不能按姓名比对",
    PossibleVariant R09 "possible-variant"
        "The name holds a variant or traditional character; it is kept as it is." "含异体字或繁体字,保持原样,仅提示",
    BirthMismatch R11 "birth-mismatch"
        "The birth date differs from the one in the id." "出生日期与身份证号不一致",
    Ragged R14 "ragged" "The row has too few or too many fields." "字段数与表头不符",
    Mojibake R18 "mojibake" "The text was decoded in the wrong encoding." "乱码:文本曾用错误的编码读取",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
