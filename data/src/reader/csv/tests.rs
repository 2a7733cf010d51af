//! Bytes in, batches out.

use arrow_array::cast::AsArray;

use crate::error::DataError;
use crate::reader::{Found, Ragged, TableReader, open_csv_bytes};
use crate::source::Source;

mod bad_input;
mod dialects;
mod encodings;
mod properties;

/// A whole table.
#[derive(Debug)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    numbers: Vec<u64>,
    ragged: Vec<Ragged>,
    found: Found,
}

fn drain(mut reader: Box<dyn TableReader + Send>) -> Result<Table, DataError> {
    let mut table = Table {
        columns: reader.columns().to_vec(),
        rows: Vec::new(),
        numbers: Vec::new(),
        ragged: Vec::new(),
        found: Found::default(),
    };
    while let Some(raw) = reader.next_batch()? {
        assert_eq!(raw.batch.num_rows(), raw.row_numbers.len());
        assert_eq!(raw.batch.num_columns(), table.columns.len());
        for row in 0..raw.batch.num_rows() {
            let cell = |c: &arrow_array::ArrayRef| c.as_string::<i32>().value(row).to_owned();
            table.rows.push(raw.batch.columns().iter().map(cell).collect());
        }
        table.numbers.extend(raw.row_numbers);
        table.ragged.extend(raw.ragged);
    }
    assert!(reader.next_batch()?.is_none(), "the end stays the end");
    table.found = reader.found().clone();
    assert_eq!(table.found.rows, table.rows.len() as u64);
    assert_eq!(table.found.ragged_rows, table.ragged.len() as u64);
    Ok(table)
}

fn read_with(bytes: impl Into<Vec<u8>>, source: &Source) -> Result<Table, DataError> {
    drain(open_csv_bytes(bytes.into(), "t.csv", source)?)
}

fn read(bytes: impl Into<Vec<u8>>) -> Result<Table, DataError> {
    read_with(bytes, &Source::default())
}
