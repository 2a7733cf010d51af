//! Rows of a table by the columns of its keys, cleaned alike by both sides.

use crate::contract::{Draft, PsiTerms};
use crate::problem::{Problem, nearest};
use crate::tables::CleanTable;
use arrow_array::Array as _;
use yinshu_data::table::{ColumnSpec, OnInvalid, TableSpec};
use yinshu_data::{DataError, Source};
use yinshu_psi::join::{Alternative, Plan};

/// The values of one row's key columns.
pub(super) type Cells = Vec<Option<String>>;

/// All rows of a table.
pub(super) struct Rows {
    pub(super) cells: Vec<Cells>,
    /// Their numbers in the table, ascending.
    pub(super) numbers: Vec<u64>,
    pub(super) read: u64,
    /// Rows that have no key whole.
    pub(super) unusable: u64,
}

/// The columns of all keys, each once.
pub(super) fn columns(psi: &PsiTerms) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for column in psi.alternatives().into_iter().flatten() {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns
}

/// How rows are matched; the names of keys are those of their columns.
pub(super) fn plan(psi: &PsiTerms) -> Plan {
    let columns = columns(psi);
    let place = |column: &String| columns.iter().position(|one| one == column).expect("all are there");
    let alternative =
        |key: &Vec<String>| Alternative { name: key.join(" + "), columns: key.iter().map(place).collect() };
    let alternatives = psi.alternatives().iter().map(alternative).collect();
    Plan { domain: "yinshu/psi/join/1".to_owned(), alternatives }
}

/// Opens a table whose key columns may have other names. A value that cannot be used leaves its row to the
/// other keys.
pub(super) fn open(
    source: &Source,
    draft: &Draft,
    psi: &PsiTerms,
    map: &[(String, String)],
) -> Result<CleanTable, Problem> {
    let wanted = columns(psi);
    let table = &draft.terms.data.table;
    let specs = table.columns.iter().filter(|column| wanted.contains(&column.name)).cloned();
    let spec = |mut spec: ColumnSpec| {
        (spec.required, spec.on_invalid) = (false, Some(OnInvalid::Null));
        spec.birth_of = spec.birth_of.filter(|id| wanted.contains(id));
        spec.aliases.extend(map.iter().filter(|(name, _)| *name == spec.name).map(|(_, ours)| ours.clone()));
        spec
    };
    let spec = TableSpec { columns: specs.map(spec).collect(), ..table.clone() };
    let opened = CleanTable::open(source, &spec)?;
    let found = opened.columns();
    if let Some(column) = wanted.iter().find(|column| !found.contains(column)) {
        let ours = map.iter().find(|(name, _)| name == column).map_or(column, |(_, ours)| ours);
        let present: Vec<String> = opened.headers().iter().take(100).cloned().collect();
        let near = nearest(ours, present.iter().map(String::as_str)).map(str::to_owned);
        let near = near.into_iter().collect();
        return Err(DataError::MissingColumn { column: ours.clone(), near, present }.into());
    }
    Ok(opened)
}

impl Rows {
    /// Reads a table to its end.
    pub(super) fn read(mut table: CleanTable, psi: &PsiTerms) -> Result<Self, Problem> {
        let (names, plan) = (columns(psi), plan(psi));
        let mut rows = Self { cells: Vec::new(), numbers: Vec::new(), read: 0, unusable: 0 };
        while let Some(batch) = table.next_batch()? {
            let column = |name: &String| {
                batch.batch.column_by_name(name).map(arrow_array::cast::AsArray::as_string::<i32>)
            };
            let columns: Option<Vec<_>> = names.iter().map(column).collect();
            let columns = columns.ok_or_else(|| Problem::internal("a key column is not in a batch"))?;
            for (row, number) in batch.row_numbers.iter().enumerate() {
                let cell = |column: &&arrow_array::StringArray| {
                    (column.is_valid(row) && !column.value(row).is_empty())
                        .then(|| column.value(row).to_owned())
                };
                let cells: Cells = columns.iter().map(cell).collect();
                let whole = |one: &Alternative| one.columns.iter().all(|&at| cells[at].is_some());
                rows.unusable += u64::from(!plan.alternatives.iter().any(whole));
                rows.cells.push(cells);
                rows.numbers.push(*number);
            }
        }
        rows.read = table.report().rows_in;
        Ok(rows)
    }

    /// How many there are.
    pub(super) fn len(&self) -> u64 {
        self.cells.len() as u64
    }
}
