//! The description of a data set: its tables, what each column holds, and who a row is about.
//!
//! ```toml
//! [dataset]
//! name = "housing"
//! title = "住房与社保"
//! owner = "990100"                  # who answers for it: budgets and what was released are counted by it
//! catalogue = "RK-2026-01"
//! release = { profile = "uk-tre-10" }   # what every policy over it keeps to at least
//! level = "敏感"                    # 密级: on the label of every result, or that of a stricter column
//! mode = "dp"                       # or this: noise in every answer, paid of
//! privacy_budget = "1"              # so much (crate::private)
//!
//! [[table]]
//! name = "residents"
//! source = { path = "residents.csv" }
//! entity = "id"                     # the column that says whom a row is about
//! single = true                     # nobody has a second row in it
//! columns = [
//!   { name = "id", kind = "citizen-id" },
//!   { name = "town", kind = "division", values = ["990101", "990102"], nullable = true },
//!   { name = "wage", kind = "decimal", decimals = 2, min = 0, max = 1000000, nullable = true },
//!   { name = "born", kind = "date", from = "1900-01-01", to = "2026-12-31" },
//! ]
//!
//! [[join]]
//! left = "residents.id"
//! right = "homes.owner"
//! ```
//!
//! Bounds, values and kinds are declared here and never learnt from rows: everything that is public of a data set stands in
//! its description. A value outside is missing, and its owner is told how many there are.

use crate::disclosure::Rules;
use crate::error::SandboxError;
use crate::masks::{Coarse, Form, Mask};
use crate::private::{Allowance, Mode};
use crate::question::Value;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use yinshu_data::{ColumnKind, ColumnSpec, Source, TableSpec};

/// Values in units of the last digit stay below this.
pub(crate) const MOST: i128 = 1 << 53;

/// Digits after the point at most.
const DECIMALS: u32 = 9;

/// A data set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// What it is.
    pub dataset: About,
    /// Its tables.
    #[serde(rename = "table")]
    pub tables: Vec<Table>,
    /// Which columns may be joined by.
    #[serde(rename = "join", default)]
    pub joins: Vec<Join>,
}

/// `[dataset]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Its name.
    pub name: String,
    /// What it is for people.
    pub title: String,
    /// The body that answers for it.
    pub owner: String,
    /// Its code in the catalogue.
    pub catalogue: String,
    /// Rules that every policy over it keeps to at least.
    #[serde(default)]
    pub release: Rules,
    /// How sensitive it is, which stands on every result: 公开, 内部, 敏感, 一般-1 to 一般-4, 重要 or 核心.
    #[serde(default = "usual")]
    pub level: String,
    /// How every policy over it makes answers safe at least.
    #[serde(default)]
    pub mode: Mode,
    /// How much about single persons may come out of it with noise, ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_budget: Option<Allowance>,
    /// Which share of the population it has, where it is a sample: for the estimate of re-identification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<f64>,
    /// Made-up divisions (99xxxx) are taken for real: demonstrations and tests only.
    #[serde(default)]
    pub test_region: bool,
}

/// `[[table]]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name in questions.
    pub name: String,
    /// Where its rows are.
    pub source: Source,
    /// The column that says whom a row is about.
    pub entity: String,
    /// Whether nobody has more than one row in it: registering refuses another.
    #[serde(default)]
    pub single: bool,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// What the table calls it, where that is not its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Digits after the point.
    #[serde(default)]
    pub decimals: u32,
    /// The least number there can be, without digits after the point.
    #[serde(default)]
    pub min: Option<i64>,
    /// The greatest.
    #[serde(default)]
    pub max: Option<i64>,
    /// The texts there can be.
    #[serde(default)]
    pub values: Vec<String>,
    /// The first date there can be.
    #[serde(default)]
    pub from: Option<Date>,
    /// The last.
    #[serde(default)]
    pub to: Option<Date>,
    /// Whether values may be missing.
    #[serde(default)]
    pub nullable: bool,
    /// Its level, as of a data set, such as 一般-2; that of the data set where it has none.
    #[serde(default)]
    pub level: String,
    /// A name that it has in common with columns of the same amounts, or of so many times them: gross and net.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amounts: Option<String>,
    /// What is registered in the place of each value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<Mask>,
    /// No policy shows more of it than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Coarse>,
    /// Whether a program gives it, so that each of its values is judged where it is summed up.
    #[serde(skip)]
    pub scored: bool,
}

fn usual() -> String {
    crate::airlock::label::USUAL.to_owned()
}

/// Columns that may be joined by, each as `table.column`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// One.
    pub left: String,
    /// The other.
    pub right: String,
}

/// What the values of a column are to the engine, which knows whole numbers alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Domain {
    /// Numbers in units of 10^-decimals, from the least to the greatest.
    Number {
        /// Digits after the point.
        decimals: u32,
        /// The least, in units.
        min: i64,
        /// The greatest, in units.
        max: i64,
    },
    /// Texts of a list, by their numbers in it.
    Text(Vec<String>),
    /// Days since 1970-01-01.
    Day {
        /// The first.
        from: i64,
        /// The last.
        to: i64,
    },
    /// Whom a row is about: a number that says nothing.
    Person,
    /// Numbers that stand for what identifies somebody, and look like it.
    Pseudonym(Form),
}

impl Column {
    /// What its values are to the engine; a sentence about what is wrong with it otherwise.
    ///
    /// # Errors
    /// What stands in the description and does not go together.
    pub fn domain(&self) -> Result<Domain, &'static str> {
        match self.mask {
            Some(mask) => mask.domain(self, || self.plain()),
            None => self.plain(),
        }
    }

    /// What its values are before they are masked.
    pub(crate) fn plain(&self) -> Result<Domain, &'static str> {
        let number = matches!(self.kind, ColumnKind::Integer | ColumnKind::Decimal) && self.values.is_empty();
        let day = self.kind == ColumnKind::Date && self.values.is_empty();
        if !number && (self.min.is_some() || self.max.is_some() || self.decimals > 0) {
            return Err("min, max and decimals are for numbers");
        }
        if !day && (self.from.is_some() || self.to.is_some()) {
            return Err("from and to are for dates");
        }
        match (self.min, self.max, self.from, self.to) {
            (Some(min), Some(max), ..) => self.bounded(min, max),
            (.., Some(from), Some(to)) if from <= to => {
                Ok(Domain::Day { from: day_number(from), to: day_number(to) })
            }
            _ if number => Err("a number has min and max"),
            _ if day => Err("a date has from and to, in this order"),
            _ if self.values.is_empty() => Err("a text has values: the list of what it can be"),
            _ if self.values.iter().any(|value| value.trim().is_empty()) => Err("a value is blank"),
            _ if self.values.iter().collect::<BTreeSet<_>>().len() < self.values.len() => {
                Err("a value stands twice")
            }
            _ => Ok(Domain::Text(self.values.clone())),
        }
    }

    fn bounded(&self, min: i64, max: i64) -> Result<Domain, &'static str> {
        if self.decimals > DECIMALS {
            return Err("it has more than 9 digits after the point");
        }
        if self.kind == ColumnKind::Integer && self.decimals > 0 {
            return Err("an integer has no digits after the point: its kind is decimal");
        }
        if min > max {
            return Err("min is greater than max");
        }
        let unit = 10i128.pow(self.decimals);
        let units = |bound: i64| {
            let bound = i128::from(bound) * unit;
            i64::try_from(bound).ok().filter(|_| bound.abs() < MOST)
        };
        match (units(min), units(max)) {
            (Some(min), Some(max)) => Ok(Domain::Number { decimals: self.decimals, min, max }),
            _ => Err("min and max, in units of the last digit, stay below 2^53"),
        }
    }
}

/// The date of a day since 1970-01-01.
pub(crate) fn date(day: i64) -> Date {
    let days = jiff::Span::new().try_days(day).unwrap_or_default();
    jiff::civil::date(1970, 1, 1).saturating_add(days)
}

/// Days since 1970-01-01.
pub(crate) fn day_number(date: Date) -> i64 {
    let since = date - jiff::civil::date(1970, 1, 1);
    i64::from(since.get_days())
}

impl Table {
    /// The number of its column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Whether this column says whom a row is about.
    #[must_use]
    pub fn is_entity(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|column| column.name == self.entity)
    }

    /// What the values of a column are to the engine.
    #[must_use]
    pub fn domain(&self, column: usize) -> Domain {
        if self.is_entity(column) {
            return Domain::Person;
        }
        self.columns[column].domain().expect("looked at when the description was read")
    }

    /// How it is read and cleaned.
    #[must_use]
    pub fn cleaning(&self, test_region: bool) -> TableSpec {
        let spec = |column: &Column| ColumnSpec {
            aliases: column.aliases.clone(),
            ..ColumnSpec::new(&column.name, column.kind)
        };
        TableSpec { test_region, ..TableSpec::new(self.columns.iter().map(spec).collect()) }
    }
}

impl Dataset {
    /// Reads the description of `path`; sources in it are found from its folder.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn read(path: &Path) -> Result<Self, SandboxError> {
        let text = std::fs::read_to_string(path).map_err(SandboxError::files(path))?;
        let mut read = Self::parse(&text).map_err(|error| in_file(path, error))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for table in &mut read.tables {
            if let Some(path) = &mut table.source.path {
                *path = folder.join(&*path);
            }
        }
        Ok(read)
    }

    /// Reads a description.
    ///
    /// # Errors
    /// [`SandboxError::Description`].
    pub fn parse(text: &str) -> Result<Self, SandboxError> {
        let read: Self = toml::from_str(text).map_err(|error| no_toml(text, &error))?;
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<(), SandboxError> {
        plain_name("dataset.name", &self.dataset.name)?;
        for (place, text) in
            [("dataset.owner", &self.dataset.owner), ("dataset.catalogue", &self.dataset.catalogue)]
        {
            if text.trim().is_empty() {
                return Err(wrong(place, "it is blank"));
            }
        }
        level("dataset.level", &self.dataset.level)?;
        match &self.dataset.privacy_budget {
            Some(budget) => drop(budget.total()?),
            None if self.dataset.mode == Mode::Dp => {
                return Err(wrong("dataset.mode", "differential privacy needs a privacy_budget"));
            }
            None => {}
        }
        if self.dataset.sample.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
            return Err(wrong("dataset.sample", "it is a share: more than 0, and 1 at most"));
        }
        let mut names = BTreeSet::new();
        for table in &self.tables {
            let place = format!("table.{}", table.name);
            plain_name(&place, &table.name)?;
            if !names.insert(&table.name) {
                return Err(wrong(&place, "tables have different names"));
            }
            table.check(&place)?;
        }
        if self.tables.is_empty() {
            return Err(wrong("table", "there is none"));
        }
        for join in &self.joins {
            let ends = [self.end(&join.left)?, self.end(&join.right)?];
            if ends.iter().any(|&(table, column)| !self.tables[table].is_entity(column)) {
                let place = format!("join.{}", join.left);
                return Err(wrong(&place, "tables are joined by the columns that say whom a row is about"));
            }
            if ends[0].0 == ends[1].0 {
                return Err(wrong(&format!("join.{}", join.left), "a table is not joined with itself"));
            }
        }
        Ok(())
    }

    /// The table and the column that `table.column` names.
    ///
    /// # Errors
    /// [`SandboxError::Description`]: there is none.
    pub fn end(&self, name: &str) -> Result<(usize, usize), SandboxError> {
        let found = name.split_once('.').and_then(|(table, column)| {
            let at = self.tables.iter().position(|known| known.name == table)?;
            Some((at, self.tables[at].column(column)?))
        });
        found.ok_or_else(|| wrong(&format!("join.{name}"), "it is table.column, both of this data set"))
    }

    /// The number of the table of this name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<usize> {
        self.tables.iter().position(|table| table.name == name)
    }

    /// Whether nobody has more than one row in any table.
    #[must_use]
    pub fn single(&self) -> bool {
        self.tables.iter().all(|table| table.single)
    }

    /// The number under which amounts of a column are compared with others: that of the first column of the same amounts.
    #[must_use]
    pub fn amounts(&self, table: usize, column: usize) -> u32 {
        let name = self.tables[table].columns.get(column).and_then(|column| column.amounts.as_ref());
        let of = |table: usize, column: usize| (table << 16 | column) as u32;
        let same =
            |at: usize| self.tables[at].columns.iter().position(|column| column.amounts.as_ref() == name);
        let first =
            name.and_then(|_| (0..self.tables.len()).find_map(|at| same(at).map(|column| (at, column))));
        first.map_or(of(table, column), |(table, column)| of(table, column))
    }

    /// Whether two tables may be joined.
    #[must_use]
    pub fn joinable(&self, left: usize, right: usize) -> bool {
        let ends = |join: &Join| match (self.end(&join.left), self.end(&join.right)) {
            (Ok((a, _)), Ok((b, _))) => [(a, b), (b, a)].contains(&(left, right)),
            _ => false,
        };
        self.joins.iter().any(ends)
    }

    /// The folder under `root` in which its registered tables lie.
    #[must_use]
    pub fn folder(&self, root: &Path) -> PathBuf {
        root.join("data").join(&self.dataset.name)
    }
}

impl Table {
    fn check(&self, place: &str) -> Result<(), SandboxError> {
        let mut names = BTreeSet::new();
        for (at, column) in self.columns.iter().enumerate() {
            let place = format!("{place}.{}", column.name);
            plain_name(&place, &column.name)?;
            if !names.insert(&column.name) {
                return Err(wrong(&place, "columns have different names"));
            }
            if !column.level.is_empty() {
                level(&format!("{place}.level"), &column.level)?;
            }
            if self.is_entity(at) {
                let bounds = [column.min.is_some(), column.from.is_some(), !column.values.is_empty()];
                if bounds.contains(&true) || column.mask.is_some() || column.shown.is_some() {
                    let why =
                        "whom a row is about has neither bounds nor values, and is a number in any case";
                    return Err(wrong(&place, why));
                }
                continue;
            }
            let domain = column.domain().map_err(|why| wrong(&place, why))?;
            if let Some(amounts) = &column.amounts {
                plain_name(&place, amounts)?;
                if !matches!(domain, Domain::Number { .. }) {
                    return Err(wrong(&place, "amounts are numbers"));
                }
            }
            if let Some(shown) = &column.shown {
                shown.of(&domain, Value::Missing).map_err(|why| wrong(&place, why))?;
            }
        }
        match self.column(&self.entity) {
            Some(_) => Ok(()),
            None => Err(wrong(&format!("{place}.entity"), "it is the name of one of the columns")),
        }
    }
}

fn level(place: &str, level: &str) -> Result<(), SandboxError> {
    match crate::airlock::label::rank(level) {
        Some(_) => Ok(()),
        None => Err(wrong(place, "a level is 公开, 内部, 敏感, 一般-1 to 一般-4, 重要 or 核心")),
    }
}

/// Names go into folders, SQL and messages: they are letters, digits and underscores.
pub(crate) fn plain_name(place: &str, name: &str) -> Result<(), SandboxError> {
    let allowed = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    match !name.is_empty() && name.chars().count() <= 64 && name.chars().all(allowed) {
        true => Ok(()),
        false => Err(wrong(place, "a name is 1 to 64 letters, digits, hyphens and underscores")),
    }
}

/// What is wrong with a text, and in which line.
pub(crate) fn no_toml(text: &str, error: &toml::de::Error) -> SandboxError {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let reason = error.message();
    wrong(&format!("line {line}"), reason.trim_end())
}

/// The same refusal, with the file in which it stands.
pub(crate) fn in_file(path: &Path, error: SandboxError) -> SandboxError {
    match error {
        SandboxError::Description { place, reason } => {
            let file = path.file_name().unwrap_or(path.as_os_str()).display();
            SandboxError::Description { place: format!("{file}: {place}"), reason }
        }
        other => other,
    }
}

pub(crate) fn wrong(place: &str, reason: &str) -> SandboxError {
    SandboxError::Description { place: place.to_owned(), reason: reason.to_owned() }
}
