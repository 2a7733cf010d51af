//! Figures with their names, as tables.

use super::CollectRun;
use crate::contract::ReportsTerms;
use crate::problem::Problem;
use crate::tables::{Out, file_beside};
use arrow_array::{RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use serde::Serialize;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use yinshu_reports::ledger::Mark;
use yinshu_reports::{Figures, Outcome, Tally};

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// What of: a bucket of a histogram, else a column.
    pub name: String,
    /// How many said so, or the sum; exact.
    pub total: u64,
    /// For each accepted report.
    pub per_report: f64,
}

/// Figures by the names that the contract has for them.
pub(super) fn named(terms: &ReportsTerms, figures: &Figures, tally: &Tally) -> Vec<Figure> {
    let reports = tally.of(Outcome::Accepted);
    let names = terms.names().iter().zip(&figures.0);
    let figure = |(name, &total): (&String, &u64)| Figure {
        name: name.clone(),
        total,
        per_report: total as f64 / reports as f64,
    };
    names.map(figure).collect()
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"))
}

/// Refuses a file in no format that we write.
pub(super) fn check(path: &Path) -> Result<(), Problem> {
    if is_json(path) { Ok(()) } else { Out::check(path) }
}

/// Writes the figures of a batch.
pub(super) fn write(path: &Path, done: &CollectRun) -> Result<(), Problem> {
    if is_json(path) {
        let text = serde_json::to_vec_pretty(done).map_err(|e| Problem::internal(e.to_string()))?;
        let failed = |e: std::io::Error| Problem::writing(path, &e);
        let mut file = file_beside(path).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        file.persist(path).map_err(|e| failed(e.error))?;
        return Ok(());
    }
    let column = |text: fn(&Figure) -> String| done.figures.iter().map(text).collect::<Vec<_>>();
    let columns = [
        column(|figure| figure.name.clone()),
        column(|figure| figure.total.to_string()),
        column(|figure| format!("{:.6}", figure.per_report)),
    ];
    table(path, &["name", "total", "per_report"], columns.to_vec())
}

/// Writes what was rejected: by what it is known, and why.
pub(super) fn rejected(path: &Path, rejected: &[(Mark, Outcome)]) -> Result<(), Problem> {
    let marks = rejected.iter().map(|(mark, _)| hex::encode(mark)).collect();
    let words = rejected.iter().map(|(_, outcome)| outcome.word().to_owned()).collect();
    table(path, &["report", "why"], vec![marks, words])
}

fn table(path: &Path, names: &[&str], columns: Vec<Vec<String>>) -> Result<(), Problem> {
    let fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    let columns = columns.into_iter().map(|column| Arc::new(StringArray::from(column)) as _).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns);
    let mut out = Out::create(path, names)?;
    out.write(&batch.map_err(|e| Problem::internal(e.to_string()))?)?;
    out.finish()
}
