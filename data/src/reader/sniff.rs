//! What the first bytes of a file say: which format it is, and which character separates its fields.

use csv_core::{ReadRecordResult, ReaderBuilder};

use crate::error::DataError;
use crate::source::Format;

/// Bytes looked at before anything is decided.
pub(super) const SAMPLE: usize = 1 << 20;

/// Records looked at to choose a delimiter.
const RECORDS: usize = 200;

/// Delimiters that are tried, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// File signatures, from the formats' own specifications.
const MAGIC: [(&[u8], &str); 11] = [
    (b"PAR1", "parquet"),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "old Excel or Word (.xls, .doc)"),
    (b"\x1F\x8B", "gzip"),
    (b"%PDF-", "pdf"),
    (b"7z\xBC\xAF\x27\x1C", "7z"),
    (b"Rar!\x1A\x07", "rar"),
    (b"\x28\xB5\x2F\xFD", "zstd"),
    (b"ARROW1", "arrow"),
    (b"SQLite format 3\0", "sqlite"),
    (b"\x89PNG\r\n\x1A\n", "png"),
    (b"\x7FELF", "a program"),
];

/// What well-known thing the bytes are, if any.
pub(super) fn known_as(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        let xlsx = memchr::memmem::find(head, b"xl/").is_some()
            || memchr::memmem::find(head, b"[Content_Types].xml").is_some();
        return Some(if xlsx { "xlsx" } else { "zip" });
    }
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| *name)
}

pub(super) fn format_of_bytes(head: &[u8]) -> Option<Format> {
    match known_as(head)? {
        "xlsx" => Some(Format::Xlsx),
        // A CSV may have a column called PAR1.
        "parquet" if head.contains(&0) => Some(Format::Parquet),
        _ => None,
    }
}

/// Refuses a file that lacks the signature of its format.
pub(super) fn expect_magic(path: &str, head: &[u8], format: Format) -> Result<(), DataError> {
    if format_of_bytes(head) == Some(format) {
        return Ok(());
    }
    let text = !head.contains(&0);
    let found = known_as(head).unwrap_or(if text { "text" } else { "binary data" });
    Err(DataError::WrongFormat {
        path: path.to_owned(),
        expected: format.name().to_owned(),
        found: found.to_owned(),
    })
}

/// Chooses the delimiter that cuts the sample's records into the most equal parts. A text that no delimiter cuts is
/// a table of one column, with `,`.
pub(super) fn delimiter(sample: &[u8], quote: Option<u8>) -> u8 {
    let mut best = (b',', 0.0);
    for delimiter in DELIMITERS.into_iter().filter(|d| Some(*d) != quote) {
        let score = score(&field_counts(sample, delimiter, quote));
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

/// Fields in the most usual record, weighed by the square of how usual it is; 0 where that is one field.
fn score(counts: &[usize]) -> f64 {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let mut best = (0, 0); // (records, fields)
    for run in sorted.chunk_by(|a, b| a == b).filter(|run| run[0] > 1) {
        best = best.max((run.len(), run[0]));
    }
    let share = best.0 as f64 / counts.len().max(1) as f64;
    best.1 as f64 * share * share
}

/// The number of fields in each of the first records, the last (perhaps cut) one left out when there are others.
fn field_counts(sample: &[u8], delimiter: u8, quote: Option<u8>) -> Vec<usize> {
    let mut reader = parser(delimiter, quote);
    let (mut out, mut ends) = (vec![0; 64 << 10], vec![0; 1024]);
    let (mut counts, mut fields, mut rest) = (Vec::new(), 0, sample);
    while counts.len() < RECORDS {
        let (result, nin, _, nend) = reader.read_record(rest, &mut out, &mut ends);
        rest = &rest[nin..];
        fields += nend;
        match result {
            ReadRecordResult::Record => counts.push(std::mem::take(&mut fields)),
            ReadRecordResult::InputEmpty | ReadRecordResult::End => break,
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
        }
    }
    if counts.is_empty() {
        counts.push(fields + 1);
    }
    counts
}

/// A parser for one dialect.
pub(super) fn parser(delimiter: u8, quote: Option<u8>) -> csv_core::Reader {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(delimiter).quoting(quote.is_some());
    if let Some(quote) = quote {
        builder.quote(quote);
    }
    builder.build()
}
