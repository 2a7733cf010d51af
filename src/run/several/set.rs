//! A party's keys, by cell.

use super::psi_terms;
use crate::contract::{Cut, Draft, Party};
use crate::problem::Problem;
use crate::tables::CleanTable;
use arrow_array::cast::AsArray;
use arrow_array::{Array as _, StringArray};
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
enum Finder {
    /// By the value in a column of the party's own.
    Column(String, HashMap<String, usize>),
    /// By the age that the key says.
    Age(Date),
}

impl Finder {
    fn new(cut: &Cut, party: &Party) -> Self {
        match (&cut.column, cut.age_on) {
            (_, Some(on)) => Self::Age(on),
            (column, None) => {
                let places = cut.values.iter().cloned().zip(0..).collect();
                Self::Column(party.own(column.as_deref().unwrap_or_default()).to_owned(), places)
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
            let column = |name: &str| batch.batch.column_by_name(name).map(AsArray::as_string::<i32>);
            let Some(keys) = column(party.own(&psi.column)) else { continue };
            let places: Vec<Option<&StringArray>> = finders
                .iter()
                .map(|finder| match finder {
                    Finder::Column(name, _) => column(name),
                    Finder::Age(_) => None,
                })
                .collect();
            for row in (0..keys.len()).filter(|&row| keys.is_valid(row)) {
                let key = keys.value(row);
                let part = |(finder, column): (&Finder, &Option<&StringArray>)| match finder {
                    Finder::Age(on) => Some(usize::from(band_of(key, None, *on))),
                    Finder::Column(_, places) => {
                        let column = column.filter(|column| column.is_valid(row))?;
                        places.get(column.value(row)).copied()
                    }
                };
                let parts: Option<Vec<usize>> = finders.iter().zip(&places).map(part).collect();
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
