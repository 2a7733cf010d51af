//! The columns of a table without a description, by the names they go by (R15).

use yinshu_data::mapping::Aliases;
use yinshu_data::{ColumnKind, ColumnSpec, TableSpec};

/// One usual name of each group of names whose kind is known; the others are text.
const KNOWN: &[(&str, ColumnKind)] = &[
    ("公民身份号码", ColumnKind::CitizenId),
    ("姓名", ColumnKind::Name),
    ("性别", ColumnKind::Sex),
    ("出生日期", ColumnKind::Date),
    ("统一社会信用代码", ColumnKind::CreditCode),
    ("组织机构代码", ColumnKind::OrgCode),
    ("企业名称", ColumnKind::CompanyName),
    ("行政区划", ColumnKind::Division),
    ("参保地", ColumnKind::Division),
    ("起始年月", ColumnKind::Month),
    ("终止年月", ColumnKind::Month),
    ("更新时间", ColumnKind::Timestamp),
];

/// A description that keeps every column under its own name, in order. The first column of citizen
/// numbers is required, and a column of birth dates is compared with it.
pub(super) fn spec(headers: &[String]) -> TableSpec {
    let aliases = Aliases::built_in();
    let kind = |header: &str| {
        let known = KNOWN.iter().find(|(name, _)| aliases.rank(name, &[], header).is_some());
        known.map_or(ColumnKind::Text, |(_, kind)| *kind)
    };
    let mut columns: Vec<ColumnSpec> =
        headers.iter().map(|header| ColumnSpec::new(header, kind(header))).collect();
    let Some(id) = columns.iter_mut().find(|column| column.kind == ColumnKind::CitizenId) else {
        return TableSpec::new(columns);
    };
    id.required = true;
    let id = id.name.clone();
    for column in columns.iter_mut().filter(|column| column.kind == ColumnKind::Date) {
        column.birth_of = Some(id.clone());
    }
    TableSpec::new(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_columns_of_insured_persons_and_of_residents() {
        let headers = ["aac002", "aac003", "aac004", "aac006", "aab301", "aae140", "gxsj", "备注"];
        let spec = spec(&headers.map(str::to_owned));
        spec.check().expect("a sound description");
        let kinds: Vec<_> = spec.columns.iter().map(|c| c.kind).collect();
        use ColumnKind::{CitizenId, Date, Division, Name, Sex, Text, Timestamp};
        assert_eq!(kinds, [CitizenId, Name, Sex, Date, Division, Text, Timestamp, Text]);
        assert!(spec.columns[0].required && !spec.columns[1].required);
        assert_eq!(spec.columns[3].birth_of.as_deref(), Some("aac002"));
    }

    #[test]
    fn a_table_without_a_known_name_is_all_text() {
        let spec = spec(&["a".to_owned(), "b".to_owned()]);
        spec.check().expect("a sound description");
        assert!(spec.columns.iter().all(|c| c.kind == ColumnKind::Text && !c.required));
    }
}
