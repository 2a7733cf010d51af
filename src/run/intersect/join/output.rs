//! The rows that are matched, by which key, and with how many of the provider's.

use super::super::output::{batch, pick};
use super::{Counted, Joining, rows};
use crate::contract::Draft;
use crate::problem::Problem;
use crate::run::intersect::{IntersectJob, psi_terms};
use crate::tables::Out;
use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use std::collections::HashMap;
use std::sync::Arc;
use yinshu_psi::join::Found;

/// The first key that matches a row, and how many pairs it makes.
const BY: &str = "matched_by";
const PAIRS: &str = "pairs";

/// Rows in one batch of output.
const BATCH: usize = 1 << 16;

/// Writes the columns asked for, as they stand in the table, of every row that has a partner; the cleaned
/// columns of its keys where none were asked for.
pub(super) fn write(
    job: &IntersectJob,
    draft: &Draft,
    joining: &Joining,
    found: &[Option<Found>],
) -> Result<(), Problem> {
    let psi = psi_terms(draft);
    let counted = psi.duplicates == Counted::Counted;
    let keys = rows::columns(psi);
    let names: Vec<&str> =
        if job.columns.is_empty() { &keys } else { &job.columns }.iter().map(String::as_str).collect();
    let more = if counted { &[BY, PAIRS][..] } else { &[BY] };
    let mut out = Out::create(&job.out, &[&names, more].concat())?;
    let append = |columns: RecordBatch, found: &[Found]| {
        let arrays = names.iter().copied().zip(columns.columns().to_vec());
        let (mut by, mut pairs) = (StringBuilder::new(), StringBuilder::new());
        for one in found {
            by.append_value(joining.name(one.alternative));
            pairs.append_value(one.pairs.to_string());
        }
        let added = [(BY, Arc::new(by.finish()) as ArrayRef), (PAIRS, Arc::new(pairs.finish()))];
        batch(arrays.chain(added.into_iter().take(more.len())))
    };
    if job.columns.is_empty() {
        let matched: Vec<(usize, Found)> =
            found.iter().enumerate().filter_map(|(at, one)| Some((at, (*one)?))).collect();
        for chunk in matched.chunks(BATCH) {
            let column = |at: usize| {
                let mut column = StringBuilder::new();
                chunk
                    .iter()
                    .for_each(|(row, _)| column.append_option(joining.rows.cells[*row][at].as_deref()));
                Arc::new(column.finish()) as ArrayRef
            };
            let columns = batch(names.iter().enumerate().map(|(at, name)| (*name, column(at))))?;
            let found: Vec<Found> = chunk.iter().map(|(_, found)| *found).collect();
            out.write(&append(columns, &found)?)?;
        }
        return out.finish();
    }
    let numbered = joining.rows.numbers.iter().zip(found);
    let found: HashMap<u64, Found> = numbered.filter_map(|(number, one)| Some((*number, (*one)?))).collect();
    let mut table = job.keyed(draft)?;
    while let Some((raw, clean)) = table.next_both()? {
        let kept: Vec<u64> =
            clean.row_numbers.iter().copied().filter(|number| found.contains_key(number)).collect();
        if !kept.is_empty() {
            let of: Vec<Found> = kept.iter().map(|number| found[number]).collect();
            out.write(&append(pick(&raw, &kept, &names)?, &of)?)?;
        }
    }
    out.finish()
}
