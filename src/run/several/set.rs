//! A party's keys, by cell.

use super::psi_terms;
use crate::contract::{Cut, Draft, Party};
use crate::problem::Problem;
use crate::tables::CleanTable;
use arrow_array::cast::AsArray;
use arrow_array::{Array as _, RecordBatch, StringArray};
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};
use yinshu_data::table::{ColumnSpec, TableSpec};
use yinshu_origin::band::band_of;
use yinshu_psi::Entry;

/// The columns of its own table that a party brings: the key, and those by which sets are cut. `key` is what a
/// recipient calls the key.
pub(super) fn columns(draft: &Draft, party: &Party, key: Option<&str>) -> TableSpec {
    let psi = psi_terms(draft);
    let mut spec = party.table(&draft.terms.data.table);
    let own = party.own(&psi.column).to_owned();
    let cuts: Vec<&str> =
        psi.by.iter().filter_map(|cut| cut.column.as_deref()).map(|column| party.own(column)).collect();
    spec.columns.retain(|column| column.name == own || cuts.contains(&column.name.as_str()));
    for column in &mut spec.columns {
        column.required = true;
        column.birth_of = None;
        if column.name == own {
            let aliases = std::mem::take(&mut column.aliases);
            *column = ColumnSpec { aliases, ..ColumnSpec::new(&own, psi.kind).required() };
            column.aliases.extend(key.filter(|key| *key != own).map(str::to_owned));
        }
    }
    spec
}

/// How the part of a row in a cut is found.
pub(in crate::run) enum Finder {
    /// By the value in a column of the party's own.
    Column(String, HashMap<String, usize>),
    /// By the age that the key says.
    Age(Date),
}

impl Finder {
    /// For the table of a party.
    pub(in crate::run) fn new(cut: &Cut, party: &Party) -> Self {
        match (&cut.column, cut.age_on) {
            (_, Some(on)) => Self::Age(on),
            (column, None) => {
                let places = cut.values.iter().cloned().zip(0..).collect();
                Self::Column(party.own(column.as_deref().unwrap_or_default()).to_owned(), places)
            }
        }
    }

    /// The column it looks at, beside the key.
    pub(in crate::run) fn column<'a>(&self, batch: &'a RecordBatch) -> Option<&'a StringArray> {
        match self {
            Self::Column(name, _) => batch.column_by_name(name).map(AsArray::as_string::<i32>),
            Self::Age(_) => None,
        }
    }

    /// The part of a row, if it is in one.
    pub(in crate::run) fn part(&self, key: &str, column: Option<&StringArray>, row: usize) -> Option<usize> {
        match self {
            Self::Age(on) => Some(usize::from(band_of(key, None, *on))),
            Self::Column(_, places) => {
                let column = column.filter(|column| column.is_valid(row))?;
                places.get(column.value(row)).copied()
            }
        }
    }
}

/// The different keys of a table with their cells: one that repeats stays in the cell where it stood first.
pub(super) struct Set {
    /// What is compared.
    pub(super) entries: Vec<Entry>,
    /// The keys themselves, where they are to be written.
    keys: Vec<Box<str>>,
    /// Rows read.
    pub(super) rows: u64,
    /// Rows whose key could not be used.
    pub(super) unusable: u64,
    /// Rows in none of the cells.
    pub(super) outside: u64,
}

impl Set {
    /// Reads a table to its end; `keep`s the keys where they are to be written.
    pub(super) fn read(
        mut table: CleanTable,
        draft: &Draft,
        party: &Party,
        keep: bool,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, Problem> {
        let psi = psi_terms(draft);
        let (domain, cells) = (crate::run::key_domain(psi), psi.cells());
        let finders: Vec<Finder> = psi.by.iter().map(|cut| Finder::new(cut, party)).collect();
        let mut set = Self { entries: Vec::new(), keys: Vec::new(), rows: 0, unusable: 0, outside: 0 };
        let mut seen = HashSet::new();
        while let Some(batch) = table.next_batch()? {
            let keys = batch.batch.column_by_name(party.own(&psi.column)).map(AsArray::as_string::<i32>);
            let Some(keys) = keys else { continue };
            let places: Vec<_> = finders.iter().map(|finder| finder.column(&batch.batch)).collect();
            for row in (0..keys.len()).filter(|&row| keys.is_valid(row)) {
                let key = keys.value(row);
                let parts =
                    finders.iter().zip(&places).map(|(finder, column)| finder.part(key, *column, row));
                let parts: Option<Vec<usize>> = parts.collect();
                let Some(parts) = parts else {
                    set.outside += 1;
                    continue;
                };
                let item = domain.item(&[key.as_bytes()]);
                if seen.insert(item) {
                    let at = |cut: usize| parts.get(cut).copied().unwrap_or(0);
                    let cell = at(0) * cells.columns.len() + at(1);
                    let section = u16::try_from(cell).expect("cells are fewer than sections may be");
                    set.entries.push(Entry { section, item });
                    if keep {
                        set.keys.push(key.into());
                    }
                }
            }
            progress(table.report().rows_in);
        }
        (set.rows, set.unusable) = (table.report().rows_in, table.report().rows_rejected);
        Ok(set)
    }

    /// The keys at these places.
    pub(super) fn pick(&self, places: impl Iterator<Item = usize>) -> impl Iterator<Item = &str> {
        places.filter_map(|place| self.keys.get(place).map(|key| &**key))
    }
}
