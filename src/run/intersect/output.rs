//! What is written of an intersection: the shared keys, or the columns asked for of every row that has one.

use super::keys::{Keys, domain};
use super::{IntersectJob, psi_terms};
use crate::contract::Draft;
use crate::problem::Problem;
use crate::tables::Out;
use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, ArrayRef, RecordBatch};
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use yinshu_data::{DataError, RawBatch};
use yinshu_psi::Item;

/// The column of the provider's payloads.
const PAYLOAD: &str = "payload";

/// Keys in one batch of output.
const BATCH: usize = 1 << 16;

/// Refuses columns that the table does not have.
pub(super) fn check(headers: &[String], columns: &[String]) -> Result<(), DataError> {
    match columns.iter().find(|column| !headers.contains(column)) {
        Some(column) => Err(DataError::MissingColumn {
            column: column.clone(),
            near: near(column, headers),
            present: headers.iter().take(100).cloned().collect(),
        }),
        None => Ok(()),
    }
}

fn near(column: &str, headers: &[String]) -> Vec<String> {
    let found = crate::problem::nearest(column, headers.iter().map(String::as_str));
    found.map(str::to_owned).into_iter().collect()
}

pub(super) fn batch<'a>(
    columns: impl IntoIterator<Item = (&'a str, ArrayRef)>,
) -> Result<RecordBatch, Problem> {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns)
        .map_err(|_| Problem::internal("columns of unequal length in the output"))
}

/// Writes one column of keys.
pub(in crate::run) fn keys<'a>(
    path: &Path,
    column: &str,
    keys: impl Iterator<Item = &'a str>,
) -> Result<(), Problem> {
    let mut out = Out::create(path, &[column])?;
    let mut builder = StringBuilder::new();
    let mut keys = keys.peekable();
    while keys.peek().is_some() {
        keys.by_ref().take(BATCH).for_each(|key| builder.append_value(key));
        out.write(&batch([(column, Arc::new(builder.finish()) as ArrayRef)])?)?;
    }
    out.finish()
}

/// Writes the shared keys, each with the provider's payload as text; none where it does not open.
pub(super) fn labelled(
    path: &Path,
    column: &str,
    keys: &Keys,
    (matched, payloads): (&[bool], &[Option<Vec<u8>>]),
) -> Result<(), Problem> {
    let mut out = Out::create(path, &[column, PAYLOAD])?;
    let (mut left, mut right) = (StringBuilder::new(), StringBuilder::new());
    for at in (0..matched.len()).filter(|&at| matched[at]) {
        left.append_option(keys.pick([at]).next());
        right.append_option(payloads[at].as_deref().map(String::from_utf8_lossy));
    }
    let columns = [(column, Arc::new(left.finish()) as ArrayRef), (PAYLOAD, Arc::new(right.finish()))];
    out.write(&batch(columns)?)?;
    out.finish()
}

/// Writes the columns asked for of every row whose key is shared, repeats included, as they stand in the
/// table: it is read a second time.
pub(super) fn rows(job: &IntersectJob, draft: &Draft, shared: &HashSet<Item>) -> Result<(), Problem> {
    let (psi, domain) = (psi_terms(draft), domain(psi_terms(draft)));
    let names: Vec<&str> = job.columns.iter().map(String::as_str).collect();
    let mut out = Out::create(&job.out, &names)?;
    let mut table = job.table(draft)?;
    while let Some((raw, clean)) = table.next_both()? {
        let Some(keys) = clean.batch.column_by_name(&psi.column) else { continue };
        let keys = keys.as_string::<i32>();
        let kept = (0..keys.len()).filter(|&row| {
            keys.is_valid(row) && shared.contains(&domain.item(&[keys.value(row).as_bytes()]))
        });
        let kept: Vec<u64> = kept.map(|row| clean.row_numbers[row]).collect();
        if !kept.is_empty() {
            out.write(&pick(&raw, &kept, &names)?)?;
        }
    }
    out.finish()
}

/// The named columns of the rows with these numbers, which ascend in both.
pub(super) fn pick(raw: &RawBatch, numbers: &[u64], names: &[&str]) -> Result<RecordBatch, Problem> {
    let mut wanted = numbers.iter().peekable();
    let place = |(at, number): (usize, &u64)| (wanted.next_if(|next| *next == number)).map(|_| at);
    let places: Vec<usize> = raw.row_numbers.iter().enumerate().filter_map(place).collect();
    let column = |name: &&str| {
        let from = raw.batch.column_by_name(name)?.as_string::<i32>();
        let mut to = StringBuilder::new();
        for &place in &places {
            to.append_option(from.is_valid(place).then(|| from.value(place)));
        }
        Some(Arc::new(to.finish()) as ArrayRef)
    };
    let arrays: Option<Vec<ArrayRef>> = names.iter().map(column).collect();
    let arrays = arrays.ok_or_else(|| Problem::internal("a column that was there is not in a batch"))?;
    batch(names.iter().copied().zip(arrays))
}
