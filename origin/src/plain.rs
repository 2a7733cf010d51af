//! The whole verification in the clear: what the two halves must find, from all three tables at once.
//! For tests and benches: nobody who holds all three tables needs a protocol.
//!
//! Written the slow and obvious way, with nothing of the other modules but the terms, so that a
//! mistake there is not repeated here.

use crate::defect::DefectKind;
use crate::here::counts::{Cell, Counts};
use crate::rows::{Noted, Rows};
use crate::terms::{Scope, Terms};
use crate::truth::Planted;
use arrow_array::{Array, StringArray};
use std::collections::{BTreeMap, BTreeSet};

/// A file as the oracle takes it.
pub struct PlainFile {
    /// Its name within the package.
    pub name: String,
    /// The columns it has.
    pub columns: Vec<String>,
    /// Its cleaned rows.
    pub batches: Vec<Rows>,
}

type Row = BTreeMap<String, Option<String>>;

struct Returned<'a> {
    file: &'a str,
    number: u64,
    row: Row,
    birth: Option<&'a Noted>,
}

/// Everything that is wrong, by the names of [`crate::truth`]; row-level defects that have a key name
/// it too.
pub fn verify(
    terms: &Terms,
    promised: &Counts,
    files: &[PlainFile],
    local: &[Rows],
    source: &[Rows],
) -> BTreeSet<Planted> {
    let mut wrong = BTreeSet::new();
    let mut returned = Vec::new();
    for file in files {
        columns(terms, file, &mut wrong);
        freshness(terms, file, &mut wrong);
        for batch in &file.batches {
            for noted in batch.rejected.iter().filter(|n| terms.key.contains(&n.column)) {
                wrong.insert(Planted::row(DefectKind::InvalidKey, &file.name, noted.row));
            }
            for (row, &number) in rows_of(batch).into_iter().zip(&batch.row_numbers) {
                let birth = batch.flagged.iter().find(|flag| flag.row == number && flag.rule == "R11");
                returned.push(Returned { file: &file.name, number, row, birth });
            }
        }
    }
    counts(terms, promised, &returned, &mut wrong);
    let people = people(terms, &returned, &mut wrong);
    let local = residents(terms, local);
    let source: Vec<Row> = source.iter().flat_map(rows_of).filter(|row| in_scope(terms, row)).collect();
    let held = |key: &String| source.iter().any(|row| key_of(row, &terms.key).as_ref() == Some(key));
    for (key, one) in &people {
        if let Some(resident) = local.get(key) {
            for (column, theirs) in &terms.local.fields {
                let (a, b) = (value(terms, &one.row, column), resident.get(theirs).cloned().flatten());
                let b = b.map(|b| now(terms, column, &b));
                if a.is_some() && b.is_some() && a != b {
                    wrong.insert(at(one, Planted::field(DefectKind::FieldDiffersLocal, key, column)));
                }
            }
        }
        if !held(key) {
            wrong.insert(at(one, Planted::key(DefectKind::GoneFromSource, key)));
            continue;
        }
        for column in &terms.private_fields {
            let asked = value(terms, &one.row, column);
            let mut rows = source.iter().filter(|row| key_of(row, &terms.key).as_ref() == Some(key));
            if !rows.any(|row| value(terms, row, column) == asked) {
                wrong.insert(at(one, Planted::field(DefectKind::FieldDiffersSource, key, column)));
            }
        }
    }
    for key in local.keys().filter(|key| !people.contains_key(*key) && held(key)) {
        wrong.insert(Planted::key(DefectKind::MissingResident, key));
    }
    wrong
}

fn at(one: &Returned<'_>, planted: Planted) -> Planted {
    Planted { file: Some(one.file.to_owned()), row: Some(one.number), ..planted }
}

fn rows_of(rows: &Rows) -> Vec<Row> {
    let schema = rows.batch.schema();
    let cell = |row: usize, column: usize| {
        let text = rows.batch.column(column).as_any().downcast_ref::<StringArray>()?;
        text.is_valid(row).then(|| text.value(row).to_owned())
    };
    let row = |row| {
        let names = schema.fields().iter().enumerate();
        names.map(|(column, field)| (field.name().clone(), cell(row, column))).collect()
    };
    (0..rows.batch.num_rows()).map(row).collect()
}

fn key_of(row: &Row, columns: &[String]) -> Option<String> {
    let parts = columns.iter().map(|column| row.get(column).cloned().flatten().filter(|v| !v.is_empty()));
    let parts: Vec<String> = parts.collect::<Option<_>>()?;
    match &parts[..] {
        [one] => Some(one.clone()),
        many => {
            let escaped: Vec<String> =
                many.iter().map(|p| p.replace('\\', "\\\\").replace('|', "\\|")).collect();
            Some(escaped.join("|"))
        }
    }
}

fn now(terms: &Terms, column: &str, value: &str) -> String {
    let mut code = value.to_owned();
    while let Some(next) = terms.aliases.0.get(&code).filter(|_| column == terms.division) {
        code.clone_from(next);
    }
    code
}

fn value(terms: &Terms, row: &Row, column: &str) -> Option<String> {
    row.get(column).cloned().flatten().map(|value| now(terms, column, &value))
}

fn in_scope(terms: &Terms, row: &Row) -> bool {
    terms.scope == Scope::WholeTable || !is_surplus(terms, row)
}

fn is_surplus(terms: &Terms, row: &Row) -> bool {
    value(terms, row, &terms.division).is_some_and(|code| !terms.divisions.contains(&code))
}

fn columns(terms: &Terms, file: &PlainFile, wrong: &mut BTreeSet<Planted>) {
    let mut insert = |kind, column: &String| {
        wrong.insert(Planted { file: Some(file.name.clone()), ..Planted::column(kind, column) });
    };
    for column in file.columns.iter().filter(|c| !terms.columns.contains(c)) {
        insert(DefectKind::SurplusColumn, column);
    }
    for column in terms.columns.iter().filter(|c| !file.columns.contains(c)) {
        insert(DefectKind::MissingColumn, column);
    }
}

fn freshness(terms: &Terms, file: &PlainFile, wrong: &mut BTreeSet<Planted>) {
    let Some(column) = &terms.update_time else { return };
    let rows = file.batches.iter().flat_map(rows_of);
    let day = |row: Row| row.get(column).cloned().flatten().map(|time| time[..10].to_owned());
    let newest = rows.filter_map(day).max();
    let end = terms.period.to.tomorrow().unwrap_or(terms.period.to);
    let limit = end - jiff::Span::new().days(terms.cadence_days);
    if newest.is_none_or(|newest| newest < limit.to_string()) {
        wrong.insert(Planted::stale(&file.name));
    }
}

fn counts(terms: &Terms, promised: &Counts, returned: &[Returned<'_>], wrong: &mut BTreeSet<Planted>) {
    let mut found = Counts::new();
    for one in returned {
        let division = one.row.get(&terms.division).cloned().flatten().unwrap_or_default();
        let time = terms.update_time.as_ref().and_then(|c| one.row.get(c).cloned().flatten());
        let day = time.map(|time| time[..10].to_owned()).unwrap_or_default();
        *found.entry(Cell { division, day }).or_default() += 1;
    }
    for (a, b) in [(promised, &found), (&found, promised)] {
        for (cell, _) in a.iter().filter(|(cell, count)| b.get(cell) != Some(count)) {
            wrong.insert(Planted::count(&cell.division, &cell.day));
        }
    }
}

/// The first row of each key that is ours; says what is wrong with rows on the way.
fn people<'a, 'b>(
    terms: &Terms,
    returned: &'b [Returned<'a>],
    wrong: &mut BTreeSet<Planted>,
) -> BTreeMap<String, &'b Returned<'a>> {
    let mut firsts: BTreeMap<String, &Returned<'_>> = BTreeMap::new();
    for one in returned {
        let surplus = is_surplus(terms, &one.row);
        let key = key_of(&one.row, &terms.key);
        let named = |kind| Planted { key: key.clone(), ..Planted::row(kind, one.file, one.number) };
        if surplus {
            wrong.insert(named(DefectKind::SurplusRow));
        }
        let Some(key) = &key else {
            wrong.insert(named(DefectKind::InvalidKey));
            continue;
        };
        if let Some(first) = firsts.get(key) {
            let same = first.row == one.row;
            wrong.insert(named(if same { DefectKind::DuplicateRow } else { DefectKind::DuplicateKey }));
            if surplus || !is_surplus(terms, &first.row) {
                continue;
            }
        }
        if let Some(birth) = one.birth {
            wrong.insert(Planted { column: Some(birth.column.clone()), ..named(DefectKind::BirthMismatch) });
        }
        firsts.insert(key.clone(), one);
    }
    firsts.retain(|_, one| !is_surplus(terms, &one.row));
    firsts
}

fn residents(terms: &Terms, local: &[Rows]) -> BTreeMap<String, Row> {
    let mut residents = BTreeMap::new();
    for row in local.iter().flat_map(rows_of) {
        if let Some(key) = key_of(&row, &terms.local.key) {
            residents.entry(key).or_insert(row);
        }
    }
    residents
}
