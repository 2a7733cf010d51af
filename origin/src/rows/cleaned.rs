//! Tables read and cleaned by [`yinshu_data`], as the verification takes them.

use super::{Noted, Rows};
use crate::error::VerifyError;
use crate::here::{ReturnedFile, RowStream};
use yinshu_data::{CleanBatch, CleanReport, Cleaner, DataError, Source, TableReader, TableSpec};

impl From<CleanBatch> for Rows {
    fn from(clean: CleanBatch) -> Self {
        let noted = |row, column, rule: yinshu_data::ident::Rule, masked| Noted {
            row,
            column,
            rule: rule.to_string(),
            masked,
        };
        Self {
            batch: clean.batch,
            row_numbers: clean.row_numbers,
            rejected: clean.rejected.into_iter().map(|r| noted(r.row, r.column, r.rule, r.masked)).collect(),
            flagged: clean.flagged.into_iter().map(|f| noted(f.row, f.column, f.rule, f.masked)).collect(),
        }
    }
}

/// The rows of a table, cleaned as they are read. At its end `done` is given the cleaning report.
pub fn cleaned<'a>(
    table: &str,
    mut reader: Box<dyn TableReader + Send>,
    mut cleaner: Cleaner,
    done: impl FnOnce(&CleanReport) + 'a,
) -> RowStream<'a> {
    let table = table.to_owned();
    let mut done = Some(done);
    let mut over = false;
    Box::new(std::iter::from_fn(move || {
        if over {
            return None;
        }
        let next = reader.next_batch().and_then(|raw| raw.map(|raw| cleaner.clean(&raw)).transpose());
        over = !matches!(next, Ok(Some(_)));
        match next {
            Ok(Some(clean)) => Some(Ok(clean.into())),
            Ok(None) => {
                if let Some(done) = done.take() {
                    done(cleaner.report());
                }
                None
            }
            Err(error) => Some(Err(failed(&table, &error))),
        }
    }))
}

/// Opens one file of a package for verification: its columns by the names of `spec`, those that
/// `spec` does not know by their own, and its rows cleaned by it.
///
/// Columns other than the key's should not be `required` in `spec`: a missing one is then a defect
/// that is reported, and not an error that ends the verification.
pub fn returned_file<'a>(
    name: &str,
    source: &Source,
    spec: &TableSpec,
    done: impl FnOnce(&CleanReport) + 'a,
) -> Result<ReturnedFile<'a>, VerifyError> {
    let reader = yinshu_data::open(source).map_err(|error| failed(name, &error))?;
    let cleaner = Cleaner::new(spec, reader.columns()).map_err(|error| failed(name, &error))?;
    let report = cleaner.report();
    let present = spec.columns.iter().map(|c| &c.name).filter(|c| !report.missing_columns.contains(c));
    let columns = present.chain(cleaner.extra_columns()).cloned().collect();
    Ok(ReturnedFile { name: name.to_owned(), columns, rows: cleaned(name, reader, cleaner, done) })
}

fn failed(table: &str, error: &DataError) -> VerifyError {
    VerifyError::Table { table: table.to_owned(), reading: error.code(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use yinshu_data::{ColumnKind, ColumnSpec};

    #[test]
    fn a_file_is_read_cleaned_and_its_columns_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        let text = "公民身份号码,aac003,手机号\n990101199003070015,甲,13900000000\n11010519491231,乙,1\n";
        std::fs::write(&path, text).expect("written");
        let mut spec = TableSpec::new(vec![
            ColumnSpec::new("aac002", ColumnKind::CitizenId).required(),
            ColumnSpec::new("aac003", ColumnKind::Name),
            ColumnSpec::new("aac006", ColumnKind::Date),
        ]);
        spec.test_region = true;
        spec.columns[0].aliases.push("公民身份号码".into());
        let source: Source = serde_json::from_value(serde_json::json!({ "path": path })).expect("a source");
        let kept = Cell::new(0);
        let file =
            returned_file("a.csv", &source, &spec, |report| kept.set(report.rows_out)).expect("opened");
        assert_eq!(file.columns, ["aac002", "aac003", "手机号"]);
        let rows: Vec<Rows> = file.rows.collect::<Result<_, _>>().expect("read");
        assert_eq!(kept.get(), 1);
        assert_eq!(rows[0].row_numbers, [2]);
        assert_eq!((rows[0].rejected[0].row, rows[0].rejected[0].column.as_str()), (3, "aac002"));
        let nowhere = serde_json::json!({ "path": folder.path().join("none.csv") });
        let source: Source = serde_json::from_value(nowhere).expect("a source");
        assert_eq!(returned_file("none.csv", &source, &spec, |_| {}).err().expect("no file").code(), 5115);
    }
}
