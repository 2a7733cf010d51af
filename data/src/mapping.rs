//! Renamed columns: rule R15.
//!
//! A header is compared after blanks, case, full-width forms, byte order marks and marks such as `_` and `（）` are
//! off. First come the names and aliases of the table description, then those of a mapping file, then the built-in
//! groups below. A mapping file names a column and its headers:
//!
//! ```toml
//! [columns]
//! aac002 = ["证件号", "居民身份证"]
//! ```

use crate::DataError;
use crate::ident::whitespace;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// Headers that mean the same, in their usual spelling. The three sources of such names are 户籍 (public
/// security), 人社 (LB/T 社会保险指标) and what people type.
pub const GROUPS: &[&[&str]] = &[
    &[
        "身份证号",
        "身份证号码",
        "公民身份号码",
        "公民身份证号码",
        "居民身份证号",
        "居民身份证号码",
        "身份证",
        "身份号码",
        "证件号码",
        "证件号",
        "社会保障号码",
        "社会保障号",
        "SFZHM",
        "SFZH",
        "GMSFHM",
        "GMSFZHM",
        "ZJHM",
        "ZJH",
        "SHBZHM",
        "aac002",
        "IDCARD",
        "ID_CARD",
        "ID_NO",
        "IDNO",
        "ID_NUMBER",
    ],
    &["姓名", "人员姓名", "公民姓名", "XM", "aac003", "FULL_NAME", "PERSON_NAME"],
    &["性别", "性别代码", "XB", "XBDM", "aac004", "SEX", "GENDER"],
    &["出生日期", "出生年月日", "生日", "CSRQ", "CSNYR", "aac006", "BIRTHDAY", "BIRTH_DATE", "DATE_OF_BIRTH"],
    &[
        "统一社会信用代码",
        "社会信用代码",
        "信用代码",
        "TYSHXYDM",
        "SHXYDM",
        "TYXYDM",
        "XYDM",
        "USCC",
        "CREDIT_CODE",
    ],
    &["组织机构代码", "机构代码", "ZZJGDM", "ORG_CODE"],
    &["工商注册号", "注册号", "营业执照注册号", "ZCH", "REG_NO"],
    &["企业名称", "单位名称", "公司名称", "机构名称", "QYMC", "DWMC", "aab004", "COMPANY_NAME"],
    &["行政区划", "行政区划代码", "区划代码", "所属区划", "XZQH", "XZQHDM", "XZQDM", "DIVISION_CODE"],
    &["参保地", "参保地区划", "参保地行政区划", "参保区划", "CBD", "CBDQH", "aab301"],
    &["居委会", "居村委会", "村居委会", "JWH", "JCWH"],
    &["险种", "险种类型", "XZLX", "aae140"],
    &["参保状态", "CBZT", "aac008"],
    &["起始年月", "开始年月", "QSNY", "aae041"],
    &["终止年月", "结束年月", "ZZNY", "aae042"],
    &["更新时间", "最后更新时间", "数据更新时间", "GXSJ", "UPDATE_TIME", "UPDATED_AT"],
];

/// A header as it is compared: folded, lower case, letters and digits only.
pub fn comparable(header: &str) -> String {
    header
        .chars()
        .map(|c| whitespace::ascii_twin(c).unwrap_or(c))
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    columns: BTreeMap<String, Vec<String>>,
}

/// The headers by which columns may be called.
#[derive(Clone, Debug)]
pub struct Aliases {
    groups: HashMap<String, usize>,
    own: HashMap<String, Vec<String>>,
}

impl Default for Aliases {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Aliases {
    /// The built-in groups.
    pub fn built_in() -> Self {
        let groups = GROUPS
            .iter()
            .enumerate()
            .flat_map(|(at, names)| names.iter().map(move |name| (comparable(name), at)))
            .collect();
        Self { groups, own: HashMap::new() }
    }

    /// No aliases but those of the table description.
    pub fn none() -> Self {
        Self { groups: HashMap::new(), own: HashMap::new() }
    }

    /// Adds the headers of a mapping file.
    ///
    /// # Errors
    /// [`DataError::Mapping`]: no TOML, an unknown key, or one header for two columns.
    pub fn extend_from_toml(&mut self, text: &str) -> Result<(), DataError> {
        let refuse = |reason: String| DataError::Mapping { reason };
        let file: File = toml::from_str(text).map_err(|error| refuse(error.message().to_owned()))?;
        let mut owner: HashMap<String, String> = HashMap::new();
        for (column, headers) in file.columns {
            for header in headers {
                let key = comparable(&header);
                if key.is_empty() {
                    return Err(refuse(format!("a header of {column} is blank")));
                }
                if let Some(other) = owner.insert(key.clone(), column.clone())
                    && other != column
                {
                    return Err(refuse(format!("{header} is given to both {other} and {column}")));
                }
                self.own.entry(comparable(&column)).or_default().push(key);
            }
        }
        Ok(())
    }

    /// How well `header` names a column called `name` with these own aliases: 0 is its very name, greater is
    /// farther, `None` is not at all.
    pub fn rank(&self, name: &str, aliases: &[String], header: &str) -> Option<u8> {
        if header == name {
            return Some(0);
        }
        let (name, key) = (comparable(name), comparable(header));
        if key.is_empty() {
            return None;
        }
        if key == name {
            return Some(1);
        }
        if aliases.iter().any(|alias| comparable(alias) == key) {
            return Some(2);
        }
        if self.own.get(&name).is_some_and(|headers| headers.contains(&key)) {
            return Some(3);
        }
        let group = self.groups.get(&key)?;
        let of_column = std::iter::once(name).chain(aliases.iter().map(|alias| comparable(alias)));
        of_column.into_iter().any(|name| self.groups.get(&name) == Some(group)).then_some(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_groups_do_not_overlap() {
        let total: usize = GROUPS.iter().map(|group| group.len()).sum();
        let mut keys: Vec<String> =
            GROUPS.iter().flat_map(|g| g.iter().map(|name| comparable(name))).collect();
        keys.sort();
        keys.dedup();
        // ID_CARD and IDCARD compare alike on purpose; so do ID_NO and IDNO.
        assert_eq!(keys.len(), total - 2);
    }

    #[test]
    fn knows_renamed_columns() {
        let aliases = Aliases::built_in();
        for header in [
            "身份证号",
            "公民身份号码",
            "SFZHM",
            "gmsfhm",
            "ZJHM",
            "aac002",
            "\u{feff}身份证号 ",
            "身份证号（必填）",
        ] {
            let known = aliases.rank("aac002", &[], header).is_some();
            assert_eq!(known, !header.contains("必填"), "{header}");
        }
        assert_eq!(aliases.rank("aac002", &[], "aac002"), Some(0));
        assert_eq!(aliases.rank("aac002", &[], "AAC002"), Some(1));
        assert_eq!(aliases.rank("aac002", &["卡号".into()], "卡号"), Some(2));
        assert_eq!(aliases.rank("aac002", &[], "aac003"), None);
        assert_eq!(Aliases::none().rank("aac002", &[], "身份证号"), None);
        // The column may be known only by one of its own aliases.
        assert_eq!(aliases.rank("key", &["身份证号".into()], "GMSFHM"), Some(4));
    }

    #[test]
    fn mapping_files() {
        let mut aliases = Aliases::built_in();
        aliases.extend_from_toml("[columns]\naac002 = [\"居民号\"]\nkey = [\"编号\"]").unwrap();
        assert_eq!(aliases.rank("AAC002", &[], "居民号"), Some(3));
        for text in [
            "columns = 1",
            "[column]\na = [\"b\"]",
            "[columns]\na = [\"x\"]\nb = [\"X\"]",
            "[columns]\na = [\" \"]",
        ] {
            assert_eq!(aliases.extend_from_toml(text).unwrap_err().code(), 2103, "{text}");
        }
    }
}
