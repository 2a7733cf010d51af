//! `[query]` of a contract: the question, the tables, and what each owner allows of each column.
//!
//! Only what a plan needs is read here; `yinshu` checks the contract as a whole, its signatures and its dates.

use super::uses::Use;
use crate::error::JointError;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use yinshu_data::{ColumnKind, ColumnSpec, TableSpec};
use yinshu_mpc::query::Analysis;

/// What follows the first line that is this is no part of what was agreed.
const MARK: &str = "[[signature]]";

/// The most rows of a table.
const MAX_ROWS: u64 = 1 << 40;

/// The most digits after the point.
const MAX_DECIMALS: u32 = 9;

/// Scaled values stay below this.
const MAX_SCALED: i128 = 1 << 53;

/// What of a contract a plan is made from.
#[derive(Debug, Clone, Deserialize)]
pub struct Terms {
    /// The parties, by whose order owners are numbered.
    #[serde(rename = "party")]
    pub parties: Vec<Party>,
    /// The question.
    pub query: Query,
    #[serde(default)]
    data: Data,
}

/// `[[party]]`.
#[derive(Debug, Clone, Deserialize)]
pub struct Party {
    /// Its name.
    pub name: String,
    /// What its own table calls columns, where it is not the same.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Data {
    #[serde(default)]
    table: Option<TableSpec>,
}

/// `[query]`.
#[derive(Debug, Clone, Deserialize)]
pub struct Query {
    /// The question.
    pub sql: String,
    /// The tables it is asked of.
    #[serde(rename = "table")]
    pub tables: Vec<Table>,
    /// An analysis of the rows that the question gives, by the names of its columns.
    #[serde(default)]
    pub analysis: Option<Analysis<String>>,
    /// Where a cell is hidden for one great contribution, nothing is added up beforehand.
    #[serde(default)]
    pub dominance_percent: Option<u8>,
}

/// `[[query.table]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name, in the question and at its owner.
    pub name: String,
    /// Its owner.
    pub party: String,
    /// Its rows at most.
    pub max_rows: u64,
    /// Whether the number of rows is hidden from the others.
    #[serde(default)]
    pub hidden: bool,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Digits after the point.
    #[serde(default)]
    pub decimals: u32,
    /// The least value, without digits after the point.
    #[serde(default)]
    pub min: Option<i64>,
    /// The greatest.
    #[serde(default)]
    pub max: Option<i64>,
    /// The texts it can be.
    #[serde(default)]
    pub values: Vec<String>,
    /// Whether values may be missing.
    #[serde(default)]
    pub nullable: bool,
    /// Whether no value occurs twice.
    #[serde(default)]
    pub unique: bool,
    /// What its owner allows: one word or a list.
    #[serde(rename = "use", deserialize_with = "super::uses::one_or_more")]
    pub uses: Vec<Use>,
}

impl Column {
    /// Whether it holds numbers.
    pub fn is_number(&self) -> bool {
        matches!(self.kind, ColumnKind::Integer | ColumnKind::Decimal) && self.values.is_empty()
    }

    /// The bounds in units of the last digit.
    pub fn bounds(&self) -> Option<[i128; 2]> {
        let unit = 10i128.pow(self.decimals);
        Some([i128::from(self.min?) * unit, i128::from(self.max?) * unit])
    }

    fn check(&self) -> Result<(), &'static str> {
        let bounds = self.min.is_some() || self.max.is_some();
        match () {
            () if self.uses.is_empty() => Err("it says no use"),
            () if !self.is_number() && (bounds || self.decimals > 0) => {
                Err("min, max and decimals are for numbers")
            }
            () if self.kind == ColumnKind::Integer && self.decimals > 0 => {
                Err("an integer has no digits after the point: its kind is decimal")
            }
            () if self.decimals > MAX_DECIMALS => Err("it has more than 9 digits after the point"),
            () if self.min.is_some() != self.max.is_some() => Err("min and max go together"),
            () if self.min > self.max => Err("min is greater than max"),
            () if self.bounds().is_some_and(|b| b.iter().any(|b| b.abs() >= MAX_SCALED)) => {
                Err("min and max, in units of the last digit, stay below 2^53")
            }
            () if self.unique && self.nullable => Err("what is unique is never missing"),
            () if self.values.iter().any(|value| value.trim().is_empty()) => Err("a value is blank"),
            () if self.values.iter().collect::<BTreeSet<_>>().len() < self.values.len() => {
                Err("a value stands twice")
            }
            () => Ok(()),
        }
    }
}

impl Terms {
    /// Reads the contract of `path`.
    ///
    /// # Errors
    /// [`JointError::Files`], [`JointError::Terms`].
    pub fn read(path: &Path) -> Result<Self, JointError> {
        Self::parse(&std::fs::read_to_string(path).map_err(JointError::files(path))?)
    }

    /// Reads a contract.
    ///
    /// # Errors
    /// [`JointError::Terms`].
    pub fn parse(text: &str) -> Result<Self, JointError> {
        let signed = text.split_inclusive('\n').take_while(|line| line.trim() != MARK);
        let terms: Self =
            toml::from_str(&signed.collect::<String>()).map_err(|error| wrong("query", error.message()))?;
        terms.check().map(|()| terms)
    }

    fn check(&self) -> Result<(), JointError> {
        let mut names = BTreeSet::new();
        for table in &self.query.tables {
            let place = |rest: &str| format!("query.table.{}{rest}", table.name);
            if table.name.trim().is_empty() || !names.insert(&table.name) {
                return Err(wrong(&place(""), "tables have different names, none of them blank"));
            }
            if self.owner(table).is_none() {
                return Err(wrong(&place(".party"), "it is the name of a party"));
            }
            if !(1..=MAX_ROWS).contains(&table.max_rows) {
                return Err(wrong(&place(".max_rows"), "it is at least 1 and at most 2^40"));
            }
            let mut columns = BTreeSet::new();
            for column in &table.columns {
                let place = place(&format!(".{}", column.name));
                if column.name.trim().is_empty() || !columns.insert(&column.name) {
                    return Err(wrong(&place, "columns have different names, none of them blank"));
                }
                column.check().map_err(|why| wrong(&place, why))?;
            }
        }
        Ok(())
    }

    /// The number of a table's owner among the parties.
    pub fn owner(&self, table: &Table) -> Option<u8> {
        let at = self.parties.iter().position(|party| party.name == table.party)?;
        u8::try_from(at).ok()
    }

    /// The table of this name, and its number.
    ///
    /// # Errors
    /// [`JointError::NoSuchTable`].
    pub fn table(&self, name: &str) -> Result<&Table, JointError> {
        let tables = &self.query.tables;
        let found = tables.iter().find(|table| table.name == name);
        found.ok_or_else(|| JointError::NoSuchTable {
            table: name.to_owned(),
            known: tables.iter().map(|table| table.name.clone()).collect(),
        })
    }

    /// How a table is read and cleaned, of these columns alone.
    pub fn cleaning(&self, table: &Table, needed: &BTreeSet<String>) -> TableSpec {
        let party = self.parties.iter().find(|party| party.name == table.party);
        let spec = |column: &Column| {
            let mut spec = ColumnSpec::new(&column.name, column.kind);
            spec.aliases.extend(party.and_then(|party| party.columns.get(&column.name)).cloned());
            spec.required = !column.nullable;
            spec
        };
        let needed = table.columns.iter().filter(|column| needed.contains(&column.name));
        TableSpec { columns: needed.map(spec).collect(), ..self.data.table.clone().unwrap_or_default() }
    }
}

fn wrong(place: &str, reason: &str) -> JointError {
    JointError::Terms { place: place.to_owned(), reason: reason.to_owned() }
}
