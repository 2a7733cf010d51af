//! A table as jobs read it: opened and cleaned by the contract's rules, batch by batch.

mod keys;
mod out;

pub use keys::KeyTable;
pub use out::{Out, beside as file_beside};

use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, StringArray};
use std::path::Path;
use yinshu_data::clean::{CleanBatch, CleanReport, Cleaner};
use yinshu_data::table::TableSpec;
use yinshu_data::{DataError, RawBatch, Source, TableReader};
use yinshu_origin::here::RowStream;
use yinshu_origin::here::counts::{Cell, Counts, Tally};
use yinshu_origin::package::{DivisionCounts, FileCount, PackageError, Roles};
use yinshu_origin::rows::cleaned;

use crate::config::{ConfigError, parse_toml};
use crate::problem::Problem;

/// An open table and its cleaner.
pub struct CleanTable {
    reader: Box<dyn TableReader + Send>,
    cleaner: Cleaner,
}

impl CleanTable {
    /// Opens `source` and finds the columns of `spec` in it.
    pub fn open(source: &Source, spec: &TableSpec) -> Result<Self, DataError> {
        let reader = yinshu_data::open(source)?;
        let cleaner = Cleaner::new(spec, reader.columns())?;
        Ok(Self { reader, cleaner })
    }

    /// The next cleaned rows; none at the end.
    pub fn next_batch(&mut self) -> Result<Option<CleanBatch>, DataError> {
        match self.reader.next_batch()? {
            Some(raw) => self.cleaner.clean(&raw).map(Some),
            None => Ok(None),
        }
    }

    /// The next rows as they stand in the source, and cleaned; none at the end.
    pub fn next_both(&mut self) -> Result<Option<(RawBatch, CleanBatch)>, DataError> {
        let Some(raw) = self.reader.next_batch()? else { return Ok(None) };
        let clean = self.cleaner.clean(&raw)?;
        Ok(Some((raw, clean)))
    }

    /// Judges every value by itself, whatever other rows hold: each identifier that may have lost digits is refused, and not
    /// only those of a column in which another was found to have (R04). Asked for before the first row is read.
    pub fn judge_alone(&mut self) {
        let columns = self.cleaner.report().columns.iter().map(|column| column.name.clone());
        for column in columns.collect::<Vec<_>>() {
            // Of a column that is no identifier there is nothing to judge.
            self.cleaner.condemn(&column);
        }
    }

    /// Whether it is text whose encoding is guessed from its rows: neither a byte-order mark says it nor `source`.
    pub fn encoding_guessed(&self, source: &Source) -> bool {
        let found = self.reader.found();
        source.encoding.is_none() && found.encoding.is_some() && !found.bom
    }

    /// The headers of the source.
    pub fn headers(&self) -> &[String] {
        self.reader.columns()
    }

    /// The columns there are: those of the description that were found, by their names there, and those
    /// that nobody asked for, by their headers.
    pub fn columns(&self) -> Vec<String> {
        let found = self.cleaner.report().columns.iter().filter(|c| c.header.is_some());
        found.map(|c| c.name.clone()).chain(self.cleaner.extra_columns().iter().cloned()).collect()
    }

    /// What was done so far.
    pub fn report(&self) -> &CleanReport {
        self.cleaner.report()
    }

    /// The rest of the table as the verification reads it.
    pub fn rows<'a>(self, name: &str) -> RowStream<'a> {
        cleaned(name, self.reader, self.cleaner, |_| {})
    }
}

/// Counts one file of a package as the recipient will: cleaned rows, by division and day.
pub fn count_cleaned(
    spec: &TableSpec,
    source: &Source,
    name: &str,
    roles: &Roles,
) -> Result<FileCount, PackageError> {
    let failed = |e: DataError| PackageError::Table {
        file: name.to_owned(),
        reading: e.code(),
        detail: e.to_string(),
    };
    let mut table = CleanTable::open(source, spec).map_err(failed)?;
    let columns = table.columns();
    let place = |column: &String| spec.columns.iter().position(|c| &c.name == column);
    let absent = |column: &String| PackageError::NoColumn { file: name.to_owned(), column: column.clone() };
    let division = place(&roles.division).ok_or_else(|| absent(&roles.division))?;
    let update = roles.update_time.as_ref().map(|c| place(c).ok_or_else(|| absent(c))).transpose()?;
    let (mut tally, mut newest) = (Tally::default(), None::<jiff::civil::Date>);
    while let Some(batch) = table.next_batch().map_err(failed)? {
        let division = batch.batch.column(division).as_string::<i32>();
        let update = update.map(|at| batch.batch.column(at).as_string::<i32>());
        for row in 0..batch.batch.num_rows() {
            let time = update.and_then(|column| batch_value(column, row));
            tally.add(batch_value(division, row), time);
            newest = newest.max(time.and_then(|t| t.get(..10)).and_then(|day| day.parse().ok()));
        }
    }
    let counts = nested(tally.counts());
    let rows = table.report().rows_in;
    Ok(FileCount { columns, rows, newest, counts })
}

/// Counts as a manifest writes them.
fn nested(counts: Counts) -> DivisionCounts {
    let mut nested = DivisionCounts::new();
    for (Cell { division, day }, rows) in counts {
        nested.entry(division).or_default().insert(day, rows);
    }
    nested
}

/// A manifest's counts as the verification compares them.
pub fn flat(counts: &DivisionCounts) -> Counts {
    let cells = counts.iter().flat_map(|(division, days)| {
        days.iter().map(|(day, rows)| (Cell { division: division.clone(), day: day.clone() }, *rows))
    });
    cells.collect()
}

fn batch_value(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

/// The table a person names: a file, or a `.toml` that says where it is and how to read it. Paths in
/// it are relative to it.
pub fn named_source(path: &Path) -> Result<Source, Problem> {
    if path.extension().is_none_or(|e| e != "toml") {
        return Ok(Source::file(path));
    }
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|e| ConfigError::Unreadable { path: shown.clone(), reason: e.to_string() })?;
    let source: Source = parse_toml(&text, &shown)?;
    Ok(beside(source, path.parent().unwrap_or(Path::new("."))))
}

/// Whether both say where the same rows are and how they are read, or the other only names the file.
pub fn same_place(one: &Source, other: &Source) -> bool {
    let whole = |mut source: Source| {
        for path in [&mut source.path, &mut source.password_file].into_iter().flatten() {
            *path = path.canonicalize().unwrap_or_else(|_| path.clone());
        }
        source
    };
    // Of a database what may be secret is left out.
    let said = |source: &Source| serde_json::to_value(source).ok();
    let (one, other) = (whole(one.clone()), whole(other.clone()));
    let file = one.path.as_ref().map(Source::file);
    [Some(&one), file.as_ref()].into_iter().flatten().any(|one| said(one) == said(&other))
}

/// The same source with its relative paths taken from `folder`.
pub fn beside(mut source: Source, folder: &Path) -> Source {
    for path in [&mut source.path, &mut source.password_file].into_iter().flatten() {
        *path = folder.join(&*path);
    }
    source
}
