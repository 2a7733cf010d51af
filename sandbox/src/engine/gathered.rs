//! All granted rows of a table, given to an aggregate.

use super::plan::Means;
use super::register::Registered;
use super::rows::rows;
use crate::dataset::Dataset;
use crate::error::SandboxError;
use crate::program::gathered::{Gathered, Gathering};
use crate::program::{Failed, MISSING, Machine, Rows};
use crate::question::{Source, Value};
use std::time::{Duration, Instant};

/// What an aggregate comes to over the rows that are granted of a source. That it fails is no error here.
///
/// # Errors
/// [`SandboxError::Engine`].
pub(crate) async fn gathered(
    dataset: &Dataset,
    (registered, means): (&Registered, &Means<'_>),
    source: &Source,
    of: &Gathering,
) -> Result<Gathered, SandboxError> {
    let table = &dataset.tables[source.table];
    let until = Instant::now() + Duration::from_secs(of.seconds);
    let mut found = Gathered { sheet: None, rows: 0, persons: 0, reason: None };
    let mut running = match Machine::new().and_then(|machine| of.started(&machine, until)) {
        Ok(running) => running,
        Err(failed) => return Ok(Gathered { reason: Some(failed.to_string()), ..found }),
    };
    let own: Vec<usize> = of.reads.iter().copied().filter(|column| !table.is_entity(*column)).collect();
    let values: Vec<Value> = own.iter().map(|column| Value::Column(0, *column)).collect();
    let mut taken: Result<(), Failed> = Ok(());
    let mut last = None;
    let mut tell = |persons: &[i64], columns: &[Vec<Option<i64>>]| {
        if taken.is_err() {
            return;
        }
        // Whom rows are about, as running numbers: their own mean something in the room.
        let mut numbers = Vec::with_capacity(persons.len());
        for person in persons {
            found.persons += u64::from(last != Some(*person));
            last = Some(*person);
            numbers.push(found.persons as i64 - 1);
        }
        found.rows += persons.len() as u64;
        let raw = |values: &Vec<Option<i64>>| values.iter().map(|value| value.unwrap_or(MISSING)).collect();
        let raw: Vec<Vec<i64>> = columns.iter().map(raw).collect();
        let column = |column: &usize| match own.iter().position(|known| known == column) {
            Some(at) => &raw[at][..],
            None => &numbers[..],
        };
        let all: Vec<&[i64]> = of.reads.iter().map(column).collect();
        taken = match Rows::of(&numbers, &all) {
            Some(rows) => running.take(&rows),
            None => Err(Failed::Machine("columns are not equally long".to_owned())),
        };
    };
    rows(dataset, (registered, means), (source.table, source.rows.as_ref()), &values, &mut tell).await?;
    match taken.and_then(|()| running.finish()) {
        Ok(sheet) => Ok(Gathered { sheet: Some(sheet), ..found }),
        Err(failed) => Ok(Gathered { reason: Some(failed.to_string()), ..found }),
    }
}
