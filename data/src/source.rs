//! What a party writes in its configuration to say where a table is and how to read it.
//!
//! ```toml
//! [tables.insured]
//! path = "sb_cbxx.csv"          # CSV, XLSX or Parquet; everything else is found out
//! encoding = "gb18030"          # … unless it is said
//!
//! [tables.residents]
//! postgres = "host=/run/postgresql dbname=population user=reader"
//! password_file = "/etc/yinshu/population.password"
//! query = "SELECT gmsfhm, xm FROM syrk WHERE xzqh LIKE '9901%'"
//! ```
//!
//! Nothing is accepted and ignored: an option that means nothing for the kind of source given is refused by
//! [`Source::validate`], which [`open`](crate::open) calls first.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::DataError;

mod dsn;

pub use dsn::Dsn;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Delimited text.
    Csv,
    /// Office Open XML workbook.
    Xlsx,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// The name used in configuration and errors.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }
}

/// What to do with rows such as 合计 and 小计.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TotalRows {
    /// Leave them out and count them.
    #[default]
    Drop,
    /// Pass them on as rows.
    Keep,
}

/// What to do with bytes that are not text in the file's encoding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Malformed {
    /// Stop with [`DataError::Encoding`].
    #[default]
    Refuse,
    /// Put U+FFFD in their place and count them.
    Replace,
}

/// Where a table is and how to read it. Exactly one of `path`, `postgres`, `mysql` is given; every other key is
/// optional, and an absent one means: find out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A CSV, XLSX or Parquet file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// A PostgreSQL connection string (`host=… dbname=… user=…` or `postgres://…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<Dsn>,
    /// A MySQL or MariaDB URL (`mysql://user@host:3306/database`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mysql: Option<Dsn>,

    /// Files: the format, when neither the file's name nor its first bytes say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// CSV: `utf-8`, `gb18030` (also `gbk`, `gb2312`), `utf-16le`, `utf-16be` or `big5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// CSV: bytes that are not text; refused by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub malformed: Option<Malformed>,
    /// CSV: one ASCII character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// CSV: one ASCII character (`"` by default), or the empty string where quotes mean nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// XLSX: the sheet's name; the first visible sheet by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// CSV and XLSX: the 1-based row with the column names; 0 where there is none, and then `columns` is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_row: Option<u64>,
    /// CSV and XLSX: the column names, in place of those in the header row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// CSV and XLSX: rows such as 合计; dropped by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_rows: Option<TotalRows>,

    /// Databases: one `SELECT`, `WITH … SELECT`, `VALUES` or `TABLE` statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Databases: a file whose first line is the password, so that it stands in no configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// Databases: the name under which the database's own audit sees this reader; `yinshu` by default. 1 to 63
    /// characters of `[A-Za-z0-9._:-]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_name: Option<String>,
    /// Databases: seconds after which the server breaks off a statement (1 to 86,400); none by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Databases: more rows than this is an error, never a silent cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rows: Option<u64>,
}

/// The kinds of source, and the option groups each understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File(Format),
    Postgres,
    Mysql,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::File(format) => format.name(),
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }
}

impl Source {
    /// A file, everything about it to be found out.
    #[must_use]
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self { path: Some(path.as_ref().to_path_buf()), ..Self::default() }
    }

    /// One query to a PostgreSQL server.
    #[must_use]
    pub fn postgres(dsn: impl Into<String>, query: impl Into<String>) -> Self {
        Self { postgres: Some(Dsn::new(dsn)), query: Some(query.into()), ..Self::default() }
    }

    /// One query to a MySQL or MariaDB server.
    #[must_use]
    pub fn mysql(url: impl Into<String>, query: impl Into<String>) -> Self {
        Self { mysql: Some(Dsn::new(url)), query: Some(query.into()), ..Self::default() }
    }

    /// Refuses what contradicts itself: no place or several, a database without a query, a value out of range.
    /// Options that do not fit a file's format are refused when the format is known, by [`open`](crate::open).
    ///
    /// # Errors
    /// [`DataError::SourcePlace`], [`DataError::QueryMissing`], [`DataError::OptionUnused`],
    /// [`DataError::OptionValue`].
    pub fn validate(&self) -> Result<(), DataError> {
        let present = usize::from(self.path.is_some())
            + usize::from(self.postgres.is_some())
            + usize::from(self.mysql.is_some());
        if present != 1 {
            return Err(DataError::SourcePlace { present });
        }
        self.check_values()?;
        if self.postgres.is_some() {
            return self.fits(Kind::Postgres);
        }
        if self.mysql.is_some() {
            return self.fits(Kind::Mysql);
        }
        match self.format {
            Some(format) => self.fits(Kind::File(format)),
            None => self.refuse_all(&self.database_options(), "file"),
        }
    }

    /// Refuses options that mean nothing for `kind`.
    pub(crate) fn fits(&self, kind: Kind) -> Result<(), DataError> {
        let name = kind.name();
        match kind {
            Kind::File(format) => {
                self.refuse_all(&self.database_options(), name)?;
                if format != Format::Csv {
                    self.refuse_all(&self.csv_options(), name)?;
                }
                if format != Format::Xlsx {
                    self.refuse_all(&[("sheet", self.sheet.is_some())], name)?;
                }
                if format == Format::Parquet {
                    self.refuse_all(&self.layout_options(), name)?;
                }
                Ok(())
            }
            Kind::Postgres | Kind::Mysql => {
                self.refuse_all(&[("format", self.format.is_some()), ("sheet", self.sheet.is_some())], name)?;
                self.refuse_all(&self.csv_options(), name)?;
                self.refuse_all(&self.layout_options(), name)?;
                match self.query {
                    Some(_) => Ok(()),
                    None => Err(DataError::QueryMissing { source_kind: name.to_owned() }),
                }
            }
        }
    }

    /// The first line of `password_file`, if one is given.
    pub(crate) fn password_from_file(&self) -> Result<Option<Zeroizing<String>>, DataError> {
        let Some(path) = &self.password_file else { return Ok(None) };
        let mut text = std::fs::read_to_string(path)
            .map(Zeroizing::new)
            .map_err(|e| DataError::CannotOpen { path: path.display().to_string(), reason: e.to_string() })?;
        let end = text.find(['\r', '\n']).unwrap_or(text.len());
        text.truncate(end);
        Ok(Some(text))
    }

    fn csv_options(&self) -> [(&'static str, bool); 4] {
        [
            ("encoding", self.encoding.is_some()),
            ("malformed", self.malformed.is_some()),
            ("delimiter", self.delimiter.is_some()),
            ("quote", self.quote.is_some()),
        ]
    }

    fn layout_options(&self) -> [(&'static str, bool); 3] {
        [
            ("header_row", self.header_row.is_some()),
            ("columns", self.columns.is_some()),
            ("total_rows", self.total_rows.is_some()),
        ]
    }

    fn database_options(&self) -> [(&'static str, bool); 5] {
        [
            ("query", self.query.is_some()),
            ("password_file", self.password_file.is_some()),
            ("application_name", self.application_name.is_some()),
            ("timeout_seconds", self.timeout_seconds.is_some()),
            ("max_rows", self.max_rows.is_some()),
        ]
    }

    fn refuse_all(&self, options: &[(&str, bool)], source_kind: &str) -> Result<(), DataError> {
        match options.iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(DataError::OptionUnused {
                option: (*option).to_owned(),
                source_kind: source_kind.to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn check_values(&self) -> Result<(), DataError> {
        if let Some(delimiter) = self.delimiter {
            let fits = delimiter.is_ascii() && !matches!(delimiter, '\r' | '\n' | '"' | '\0');
            check(
                fits,
                "delimiter",
                format!("{delimiter:?}"),
                "it is one ASCII character, no quote or line end",
            )?;
        }
        if let Some(quote) = &self.quote {
            let mut chars = quote.chars();
            let fits = match (chars.next(), chars.next()) {
                (None, _) => true,
                (Some(c), None) => {
                    c.is_ascii() && !matches!(c, '\r' | '\n' | '\0') && Some(c) != self.delimiter
                }
                _ => false,
            };
            check(
                fits,
                "quote",
                format!("{quote:?}"),
                "it is empty or one ASCII character, not the delimiter",
            )?;
        }
        if let Some(columns) = &self.columns {
            let fits = !columns.is_empty() && columns.iter().all(|name| !name.trim().is_empty());
            check(fits, "columns", format!("{columns:?}"), "it needs at least one name, none of them blank")?;
        }
        if self.header_row == Some(0) {
            check(
                self.columns.is_some(),
                "header_row",
                "0".to_owned(),
                "without a header `columns` is needed",
            )?;
        }
        if let Some(name) = &self.application_name {
            let fits = (1..=63).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b));
            check(fits, "application_name", format!("{name:?}"), "it is 1 to 63 of [A-Za-z0-9._:-]")?;
        }
        if let Some(seconds) = self.timeout_seconds {
            check(
                (1..=86_400).contains(&seconds),
                "timeout_seconds",
                seconds.to_string(),
                "it is 1 to 86400",
            )?;
        }
        if let Some(rows) = self.max_rows {
            check(rows > 0, "max_rows", rows.to_string(), "it is at least 1")?;
        }
        Ok(())
    }
}

fn check(fits: bool, option: &str, value: String, reason: &str) -> Result<(), DataError> {
    if fits {
        return Ok(());
    }
    Err(DataError::OptionValue { option: option.to_owned(), value, reason: reason.to_owned() })
}

#[cfg(test)]
mod tests;
