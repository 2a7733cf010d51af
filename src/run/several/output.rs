//! What is written of an intersection of several: the keys that all hold, or the figures that may be shown.

use super::files::TOTAL;
use super::psi_terms;
use crate::contract::{Cut, Draft};
use crate::problem::Problem;
use crate::tables::Out;
use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use std::path::Path;
use std::sync::Arc;
use yinshu_psi::several::release::Released;

pub(super) use crate::run::intersect::written_keys as keys;

/// The names of the parties of a mask.
pub(super) fn names(draft: &Draft, mask: usize) -> String {
    let parties = draft.terms.parties.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1);
    parties.map(|(_, party)| party.name.as_str()).collect::<Vec<_>>().join("+")
}

/// Writes a line for each cell and choice of parties: how many exactly these hold, how many they all do, how many any
/// does. What is hidden stays empty.
pub(super) fn table(path: &Path, draft: &Draft, released: &Released) -> Result<(), Problem> {
    let psi = psi_terms(draft);
    let cuts: Vec<&str> = psi.by.iter().map(Cut::name).collect();
    let heads: Vec<&str> = cuts.iter().copied().chain(["parties", "exactly", "all", "any"]).collect();
    let mut columns: Vec<StringBuilder> = heads.iter().map(|_| StringBuilder::new()).collect();
    let (cells, all) = (psi.cells(), released.shape.with_totals());
    let part = |parts: &[String], at: usize| parts.get(at).map_or(TOTAL.to_owned(), Clone::clone);
    for (row, column) in (0..all.rows).flat_map(|row| (0..all.columns).map(move |column| (row, column))) {
        let Some(figures) = released.at(row, column) else { continue };
        let place = [part(&cells.rows, row), part(&cells.columns, column)];
        for at in 0..figures.exactly.len() {
            let figure = |figure: &Vec<Option<u64>>| figure.get(at).copied().flatten().map(|n| n.to_string());
            let said = place.iter().take(cuts.len()).cloned().map(Some);
            let said = said.chain([Some(names(draft, at + 1))]);
            let said = said.chain([figure(&figures.exactly), figure(&figures.all), figure(&figures.any)]);
            columns.iter_mut().zip(said).for_each(|(column, value)| column.append_option(value));
        }
    }
    let arrays = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
    let batch =
        RecordBatch::try_from_iter_with_nullable(heads.iter().zip(arrays).map(|(h, a)| (*h, a, true)));
    let batch = batch.map_err(|_| Problem::internal("columns of unequal length in the output"))?;
    let mut out = Out::create(path, &heads)?;
    out.write(&batch)?;
    out.finish()
}
