//! What a table should hold: its columns, their kinds, and what is done about bad values.
//!
//! ```toml
//! test_region = false          # accept the made-up divisions 99xxxx
//! latest_birth = "2026-11-21"  # no one is born later
//! null_words = ["待补"]         # beside the built-in ones (R17)
//! pua = { E863 = "㛃" }         # private-use characters of the source (R08)
//!
//! [[columns]]
//! name = "aac002"
//! kind = "citizen-id"
//! required = true
//!
//! [[columns]]
//! name = "aac006"
//! kind = "date"
//! birth_of = "aac002"          # checked against the id (R11)
//! ```

use crate::DataError;
use crate::ident::name::PuaTable;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// The description of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// The columns, in the order in which they are wanted.
    pub columns: Vec<ColumnSpec>,
    /// Accepts the made-up divisions 99xxxx, in ids and division codes. For tests and demonstrations only.
    #[serde(default)]
    pub test_region: bool,
    /// A birth date in an id after this day is impossible. None: after 2099.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_birth: Option<Date>,
    /// Words that mean null, beside [`crate::ident::null::WORDS`] (R17).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub null_words: Vec<String>,
    /// Private-use characters (four to six hexadecimal digits) and what they stand for (R08).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pua: BTreeMap<String, String>,
}

/// One column of a [`TableSpec`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// Its name in the cleaned table.
    pub name: String,
    /// Other headers it may have in the file, beside the built-in ones (R15).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// What it holds.
    pub kind: ColumnKind,
    /// The column must be in the file, and a row without a value in it is rejected.
    #[serde(default)]
    pub required: bool,
    /// The number of characters: codes and divisions only. Digits that are too few get leading zeros (R05).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u8>,
    /// What is done about a value that is not of the kind. None: `reject` if the column is required, else `null`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_invalid: Option<OnInvalid>,
    /// The column of citizen ids whose birth dates this column of dates repeats (R11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_of: Option<String>,
}

/// What is done about a value that is not of its column's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnInvalid {
    /// The row goes to the rejected rows.
    Reject,
    /// The value becomes null, and the row is flagged.
    Null,
}

/// What a column holds, and with that the form of its canonical values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKind {
    /// Citizen ids and residence permits: 18 characters, upper case (GB 11643).
    CitizenId,
    /// Those and foreign permanent residents' numbers (18 characters, or 15 of the old form).
    PersonId,
    /// Unified social credit codes: 18 characters, upper case (GB 32100).
    CreditCode,
    /// Organisation codes: 9 characters, upper case, no hyphen (GB 11714).
    OrgCode,
    /// Credit codes, organisation codes and 15-digit registration numbers.
    OrgId,
    /// People's names.
    Name,
    /// Companies' names.
    CompanyName,
    /// `0`, `1`, `2` or `9` (GB/T 2261.1).
    Sex,
    /// `YYYY-MM-DD`.
    Date,
    /// `YYYY-MM`.
    Month,
    /// `YYYY-MM-DD HH:MM:SS`, Beijing time.
    Timestamp,
    /// Division codes: 6 digits, or 9 or 12 if that is the width (GB/T 2260).
    Division,
    /// Whole numbers, plain ASCII.
    Integer,
    /// Decimal numbers, plain ASCII, exact.
    Decimal,
    /// Codes: upper-case, no blanks.
    Code,
    /// Anything else: outer blanks off.
    Text,
}

impl ColumnKind {
    /// Does the kind identify a person or a body?
    pub fn is_identifier(self) -> bool {
        matches!(self, Self::CitizenId | Self::PersonId | Self::CreditCode | Self::OrgCode | Self::OrgId)
    }
}

impl ColumnSpec {
    /// An optional column without aliases.
    pub fn new(name: &str, kind: ColumnKind) -> Self {
        let name = name.to_owned();
        Self {
            name,
            aliases: Vec::new(),
            kind,
            required: false,
            width: None,
            on_invalid: None,
            birth_of: None,
        }
    }

    /// The same column, required.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What is done about a value that is not of the kind.
    pub fn action(&self) -> OnInvalid {
        self.on_invalid.unwrap_or(if self.required { OnInvalid::Reject } else { OnInvalid::Null })
    }

    fn check(&self, table: &TableSpec) -> Result<(), String> {
        let widths: &[u8] = match self.kind {
            ColumnKind::Division => &[6, 9, 12],
            _ => &[],
        };
        match (self.kind, self.width) {
            (_, None) | (ColumnKind::Code, Some(1..=64)) => {}
            (ColumnKind::Division, Some(width)) if widths.contains(&width) => {}
            (ColumnKind::Division, Some(_)) => return Err("the width of a division is 6, 9 or 12".into()),
            (ColumnKind::Code, Some(_)) => return Err("the width of a code is 1 to 64".into()),
            _ => return Err("`width` is for the kinds code and division".into()),
        }
        if let Some(id) = &self.birth_of {
            if self.kind != ColumnKind::Date {
                return Err("`birth_of` is for the kind date".into());
            }
            let is_id = |c: &&ColumnSpec| matches!(c.kind, ColumnKind::CitizenId | ColumnKind::PersonId);
            if !table.columns.iter().filter(is_id).any(|c| c.name == *id) {
                return Err(format!(
                    "`birth_of` names {id}, which is no column of kind citizen-id or person-id"
                ));
            }
        }
        if self.required && self.on_invalid == Some(OnInvalid::Null) {
            return Err("a required value cannot be made null: take out `required` or `on_invalid`".into());
        }
        Ok(())
    }
}

impl TableSpec {
    /// A table of these columns, everything else as it is by default.
    pub fn new(columns: Vec<ColumnSpec>) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Reads a description.
    ///
    /// # Errors
    /// [`DataError::Spec`]: no TOML, an unknown key (the message lists the known ones), or [`Self::check`].
    pub fn from_toml(text: &str) -> Result<Self, DataError> {
        let spec: Self = toml::from_str(text)
            .map_err(|error| DataError::Spec { column: String::new(), reason: error.message().to_owned() })?;
        spec.check()?;
        Ok(spec)
    }

    /// Looks for options that contradict each other.
    ///
    /// # Errors
    /// [`DataError::Spec`], which names the column.
    pub fn check(&self) -> Result<(), DataError> {
        let refuse =
            |column: &str, reason: String| Err(DataError::Spec { column: column.to_owned(), reason });
        if self.columns.is_empty() {
            return refuse("", "the table has no columns".into());
        }
        let mut names = HashSet::new();
        for column in &self.columns {
            if column.name.trim().is_empty() {
                return refuse(&column.name, "the name is blank".into());
            }
            if !names.insert(column.name.as_str()) {
                return refuse(&column.name, "the name stands twice".into());
            }
            if let Err(reason) = column.check(self) {
                return refuse(&column.name, reason);
            }
        }
        self.pua_table().map(|_| ())
    }

    /// The mapping of private-use characters.
    pub(crate) fn pua_table(&self) -> Result<PuaTable, DataError> {
        let refuse = |key: &str, why: &str| DataError::Spec {
            column: String::new(),
            reason: format!("pua {key}: {why}"),
        };
        let mut pairs = Vec::with_capacity(self.pua.len());
        for (key, value) in &self.pua {
            let digits = key.trim_start_matches("U+");
            let from = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
            let mut chars = value.chars();
            match (from, chars.next(), chars.next()) {
                (Some(from), Some(to), None) => pairs.push((from, to)),
                (None, ..) => return Err(refuse(key, "the key is no hexadecimal code point")),
                _ => return Err(refuse(key, "the value is not one character")),
            }
        }
        PuaTable::new(pairs).map_err(|(from, _)| {
            refuse(
                &format!("{:X}", u32::from(from)),
                "not from the private-use area to a character outside it",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_description() {
        let spec = TableSpec::from_toml(
            r#"
            test_region = true
            pua = { E863 = "㛃" }
            [[columns]]
            name = "aac002"
            kind = "citizen-id"
            required = true
            [[columns]]
            name = "aac006"
            kind = "date"
            birth_of = "aac002"
            [[columns]]
            name = "aab301"
            kind = "division"
            width = 6
            "#,
        )
        .unwrap();
        assert_eq!(spec.columns[0].action(), OnInvalid::Reject);
        assert_eq!(spec.columns[1].action(), OnInvalid::Null);
        assert_eq!(TableSpec::from_toml(&toml::to_string(&spec).unwrap()).unwrap(), spec);
    }

    #[test]
    fn refuses_contradictions() {
        let column = |rest: &str| format!("[[columns]]\nname = \"a\"\n{rest}");
        for text in [
            column("kind = \"citizen-id\"\nwidth = 18"),
            column("kind = \"division\"\nwidth = 7"),
            column("kind = \"code\"\nwidth = 0"),
            column("kind = \"text\"\nbirth_of = \"a\""),
            column("kind = \"date\"\nbirth_of = \"b\""),
            column("kind = \"date\"\nrequired = true\non_invalid = \"null\""),
            column("kind = \"dates\""),
            column("kind = \"date\"\nrequird = true"),
            column("kind = \"date\"\n[[columns]]\nname = \"a\"\nkind = \"text\""),
            format!("pua = {{ \"4E00\" = \"一\" }}\n{}", column("kind = \"name\"")),
            format!("pua = {{ E863 = \"一二\" }}\n{}", column("kind = \"name\"")),
            "columns = []".to_owned(),
        ] {
            let error = TableSpec::from_toml(&text).unwrap_err();
            assert_eq!(error.code(), 2100, "{text}");
        }
    }
}
