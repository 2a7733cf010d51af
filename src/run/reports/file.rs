//! As a reporter: a table becomes a file of reports.

use super::reports_terms;
use crate::cli::Ui;
use crate::contract::{Draft, ReportKind, ReportsTerms, Scenario};
use crate::node::{now, randomness};
use crate::problem::{CliError, Problem};
use crate::run::intersect::sums::there;
use crate::tables::{CleanTable, file_beside};
use arrow_array::cast::AsArray;
use arrow_array::{Array as _, StringArray};
use serde::Serialize;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use yinshu_crypto::hash::Digest;
use yinshu_data::Source;
use yinshu_data::clean::CleanBatch;
use yinshu_data::table::{OnInvalid, TableSpec};
use yinshu_reports::{Measurement, Reporter, ReportsError};

/// What to report.
#[derive(Debug, Clone)]
pub struct FileJob {
    /// The contract.
    pub contract: PathBuf,
    /// A table, each row of which is a report.
    pub input: Option<Source>,
    /// One report: the values of the contract's columns.
    pub values: Vec<String>,
    /// The file to write.
    pub out: PathBuf,
}

/// What was reported.
#[derive(Debug, Clone, Serialize)]
pub struct Filed {
    /// How many reports there are.
    pub reports: u64,
    /// Bytes of each.
    pub bytes: usize,
    /// The contract's digest, which whoever reports compares.
    pub contract: Digest,
    /// The file written.
    pub out: PathBuf,
}

/// An hour, to which times are rounded down: it tells less of a reporter.
const HOUR: u64 = 3600;

/// Makes a file of reports, whole or not at all.
pub fn file_reports(job: &FileJob, ui: &Ui) -> Result<Filed, Problem> {
    let draft = Draft::read(&job.contract)?.only(Scenario::Reports)?;
    for party in &draft.terms.parties {
        draft.check_signature(&party.name)?;
    }
    if job.out.exists() {
        return Err(CliError::Exists { path: job.out.display().to_string() }.into());
    }
    let task = draft.task()?;
    let time = u64::try_from(now().as_second()).unwrap_or(0) / HOUR * HOUR;
    if !task.in_time(time) {
        return Err(ReportsError::NotNow.into());
    }
    let reporter = Reporter::new(&task);
    let mut out = Writing::new(&job.out, &reporter)?;
    let terms = reports_terms(&draft);
    match &job.input {
        None => out.write(&[measured(terms, &job.values, 1)?], (&reporter, time))?,
        Some(source) => {
            let mut table = CleanTable::open(source, &columns(&draft))?;
            there(&table, &terms.columns.iter().map(String::as_str).collect::<Vec<_>>())?;
            let bar = ui.progress("reports-file", 0);
            while let Some(batch) = table.next_batch()? {
                ui.go_on()?;
                out.write(&rows(terms, &batch)?, (&reporter, time))?;
                bar.set(table.report().rows_in);
            }
        }
    }
    let reports = out.finish(&job.out)?;
    Ok(Filed { reports, bytes: reporter.report_bytes(), contract: draft.digest, out: job.out.clone() })
}

/// The columns that are read; what cannot be used of them is refused, with its row, and not left out.
fn columns(draft: &Draft) -> TableSpec {
    let mut spec = draft.terms.data.table.clone();
    spec.columns.retain(|column| reports_terms(draft).columns.contains(&column.name));
    for column in &mut spec.columns {
        (column.required, column.on_invalid, column.birth_of) = (false, Some(OnInvalid::Null), None);
    }
    spec
}

/// The measurements of some rows.
fn rows(terms: &ReportsTerms, batch: &CleanBatch) -> Result<Vec<Measurement>, Problem> {
    let column = |name: &String| batch.batch.column_by_name(name).map(AsArray::as_string::<i32>);
    let columns: Vec<Option<&StringArray>> = terms.columns.iter().map(column).collect();
    let mut measurements = Vec::with_capacity(batch.batch.num_rows());
    for row in 0..batch.batch.num_rows() {
        let value = |column: &Option<&StringArray>| {
            column
                .filter(|column| column.is_valid(row))
                .map_or(String::new(), |column| column.value(row).to_owned())
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        measurements.push(measured(terms, &values, batch.row_numbers[row])?);
    }
    Ok(measurements)
}

/// What is reported for these values of the contract's columns.
fn measured(terms: &ReportsTerms, values: &[String], row: u64) -> Result<Measurement, Problem> {
    let number = |value: &String| value.trim().parse::<u64>().ok();
    let one = || values.first().filter(|_| values.len() == 1);
    let found = match terms.kind {
        ReportKind::Count => one().and_then(number).filter(|n| *n < 2).map(|n| Measurement::Yes(n == 1)),
        ReportKind::Sum => one().and_then(number).map(Measurement::Number),
        ReportKind::Histogram => one()
            .and_then(|value| terms.buckets.iter().position(|bucket| bucket == value.trim()))
            .and_then(|at| u32::try_from(at).ok())
            .map(Measurement::Bucket),
        ReportKind::Vector => values.iter().map(number).collect::<Option<_>>().map(Measurement::Numbers),
    };
    let found = found.filter(|found| terms.admits(found));
    Ok(found.ok_or_else(|| ReportsError::BadRow { row, wanted: terms.wanted() })?)
}

/// A file in the making.
struct Writing {
    file: BufWriter<tempfile::NamedTempFile>,
    reports: u64,
}

impl Writing {
    fn new(path: &Path, reporter: &Reporter<'_>) -> Result<Self, Problem> {
        let failed = |e: std::io::Error| Problem::writing(path, &e);
        let mut file = BufWriter::new(file_beside(path).map_err(failed)?);
        file.write_all(&reporter.head()).map_err(failed)?;
        Ok(Self { file, reports: 0 })
    }

    fn write(
        &mut self,
        measurements: &[Measurement],
        (reporter, time): (&Reporter<'_>, u64),
    ) -> Result<(), Problem> {
        let reports = reporter.reports(measurements, time, &mut randomness()).map_err(|(_, error)| error)?;
        for report in &reports {
            self.file.write_all(report).map_err(|e| Problem::writing(self.file.get_ref().path(), &e))?;
        }
        self.reports += reports.len() as u64;
        Ok(())
    }

    fn finish(self, path: &Path) -> Result<u64, Problem> {
        let failed = |e: std::io::Error| Problem::writing(path, &e);
        let file = self.file.into_inner().map_err(|e| failed(e.into_error()))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist_noclobber(path).map_err(|e| failed(e.error))?;
        Ok(self.reports)
    }
}
