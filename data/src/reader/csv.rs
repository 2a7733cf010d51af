//! Delimited text: any dialect and encoding that offices produce, at the speed of the disk.
//!
//! A line without a quote is cut at its delimiters; whatever holds a quote, or straddles two chunks, goes through
//! `csv-core` (RFC 4180 with the usual leniency: CR, LF or CRLF ends a record). Both ways give the same fields, which a
//! property test asserts. Blank lines count as rows in the numbering, as Excel shows them, and are not given out.

use std::collections::VecDeque;
use std::io::{Chain, Cursor, Read};

use csv_core::ReadRecordResult;

use super::columns::Columns;
use super::encoding::TextStream;
use super::layout::{HEADER_AMONG, HeldRow, Layout, Verdict};
use super::{BATCH_BYTES, COLUMN_LIMIT, FIELD_LIMIT, Found, RawBatch, TableReader, sniff};
use crate::error::DataError;
use crate::source::Source;

/// A CSV file, read as a stream.
pub struct CsvReader<R> {
    path: String,
    records: Records<R>,
    layout: Layout,
    /// Rows read while the header was looked for, still to be given out.
    held: VecDeque<HeldRow>,
    columns: Columns,
    found: Found,
    /// An error to report after the rows before it.
    failed: Option<DataError>,
    ended: bool,
}

impl<R: Read> CsvReader<Chain<Cursor<Vec<u8>>, R>> {
    /// Reads the first 1 MiB of `input`, decides on the encoding and the delimiter, and finds the header. `path` is
    /// what errors call the input.
    ///
    /// # Errors
    /// [`DataError::Empty`], [`DataError::WrongFormat`], [`DataError::Encoding`], [`DataError::NoHeader`] and the
    /// other refusals of a CSV file, when its first rows earn them.
    pub fn new(mut input: R, path: String, source: &Source) -> Result<Self, DataError> {
        let mut sample = Vec::new();
        Read::by_ref(&mut input)
            .take(sniff::SAMPLE as u64)
            .read_to_end(&mut sample)
            .map_err(|e| DataError::Read { path: path.clone(), reason: e.to_string() })?;
        if sample.is_empty() {
            return Err(DataError::Empty { path });
        }
        let sampled = sample.clone();
        let stream = TextStream::new(Cursor::new(sample).chain(input), &path, &sampled, source)?;
        drop(sampled);
        let mut found = Found { format: "csv".to_owned(), ..Found::default() };
        let mut records = Records::new(stream, path.clone(), source)?;
        found.delimiter = Some(char::from(records.delimiter));
        let held = hold(&mut records, &mut found)?;
        let layout = Layout::decide(&path, &held, source, true, &mut found)?;
        let held = held.into_iter().filter(|row| row.number >= layout.first_data_row).collect();
        let columns = Columns::new(&layout.columns);
        let mut reader = Self { path, records, layout, held, columns, found, failed: None, ended: false };
        reader.note();
        Ok(reader)
    }
}

/// Reads all of a CSV held in memory, the way [`CsvReader`] does, and says what was found.
///
/// # Errors
/// Any refusal of a CSV file.
pub fn scan(bytes: &[u8]) -> Result<Found, DataError> {
    let mut reader = CsvReader::new(bytes, "(memory)".to_owned(), &Source::default())?;
    while reader.next_batch()?.is_some() {}
    Ok(reader.found)
}

/// The first rows with content.
fn hold<R: Read>(records: &mut Records<R>, found: &mut Found) -> Result<Vec<HeldRow>, DataError> {
    let (mut held, mut bytes) = (Vec::new(), 0);
    while held.len() < HEADER_AMONG && bytes < BATCH_BYTES {
        let Some(record) = records.next()? else { break };
        let cell = |span: &(usize, usize)| {
            String::from_utf8_lossy(record.text.get(span.0..span.1).unwrap_or_default()).into_owned()
        };
        let cells: Vec<String> = record.spans.iter().map(cell).collect();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            found.blank_rows_skipped += 1;
            continue;
        }
        bytes += record.text.len();
        held.push(HeldRow { number: record.number, cells });
    }
    Ok(held)
}

impl<R: Read> CsvReader<R> {
    /// Fills the batch until it is full or the file ends; `true` at the end.
    fn fill(&mut self) -> Result<bool, DataError> {
        while let Some(row) = self.held.pop_front() {
            let (text, spans) = row.flat();
            place(&self.layout, &mut self.columns, &mut self.found, row.number, &text, &spans);
        }
        while !self.columns.full() {
            match self.records.next()? {
                None => return Ok(true),
                Some(r) => {
                    place(&self.layout, &mut self.columns, &mut self.found, r.number, r.text, r.spans);
                }
            }
        }
        Ok(false)
    }

    fn note(&mut self) {
        let stream = &self.records.stream;
        self.found.encoding = Some(stream.encoding());
        self.found.bom = stream.bom;
        self.found.big5_suspected = stream.big5_suspected;
        self.found.private_use = stream.private_use;
        self.found.malformed_replaced = stream.replaced;
        self.found.blank_rows_skipped += std::mem::take(&mut self.records.blank_lines);
    }
}

#[inline]
fn place(
    layout: &Layout,
    columns: &mut Columns,
    found: &mut Found,
    row: u64,
    text: &[u8],
    spans: &[(usize, usize)],
) {
    match layout.judge(row, text, spans, found) {
        Verdict::Keep => columns.push_row(row, text, &spans[..spans.len().min(columns.width())]),
        Verdict::Ragged(ragged) => columns.push_ragged(ragged),
        Verdict::Skip => {}
    }
}

impl<R: Read> TableReader for CsvReader<R> {
    fn columns(&self) -> &[String] {
        &self.layout.columns
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>, DataError> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        if self.ended {
            return Ok(None);
        }
        let filled = self.fill();
        self.note();
        match filled {
            Ok(ended) => self.ended = ended,
            Err(e) => {
                self.ended = true;
                self.failed = Some(e);
            }
        }
        if self.columns.is_empty() {
            return self.failed.take().map_or(Ok(None), Err);
        }
        self.columns.take().map(Some)
    }

    fn found(&self) -> &Found {
        &self.found
    }
}

impl<R> std::fmt::Debug for CsvReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CsvReader")
            .field("path", &self.path)
            .field("found", &self.found)
            .finish_non_exhaustive()
    }
}

/// One record: where its fields stand in `text`.
struct Record<'a> {
    number: u64,
    text: &'a [u8],
    spans: &'a [(usize, usize)],
}

/// The records of a text.
struct Records<R> {
    stream: TextStream<R>,
    path: String,
    delimiter: u8,
    quote: Option<u8>,
    parser: csv_core::Reader,
    /// Where in the chunk the next record begins.
    at: usize,
    /// The last record ended in CR, so that an LF now belongs to it.
    after_cr: bool,
    /// The number of the record read last.
    row: u64,
    blank_lines: u64,
    /// A record that went through the parser.
    record: Vec<u8>,
    ends: Vec<usize>,
    spans: Vec<(usize, usize)>,
}

impl<R: Read> Records<R> {
    fn new(mut stream: TextStream<R>, path: String, source: &Source) -> Result<Self, DataError> {
        stream.advance()?;
        let quote = match &source.quote {
            None => Some(b'"'),
            Some(text) => text.bytes().next(),
        };
        let delimiter = match source.delimiter {
            Some(delimiter) => delimiter as u8,
            None => sniff::delimiter(stream.text(), quote),
        };
        Ok(Self {
            stream,
            path,
            delimiter,
            quote,
            parser: sniff::parser(delimiter, quote),
            at: 0,
            after_cr: false,
            row: 0,
            blank_lines: 0,
            record: vec![0; 4 << 10],
            ends: vec![0; COLUMN_LIMIT + 1],
            spans: Vec::new(),
        })
    }

    /// The next record that is not an empty line.
    #[inline]
    fn next(&mut self) -> Result<Option<Record<'_>>, DataError> {
        if !self.skip_line_ends()? {
            return Ok(None);
        }
        self.row += 1;
        self.spans.clear();
        let rest = &self.stream.text()[self.at..];
        let stop = match self.quote {
            Some(quote) => memchr::memchr3(b'\n', b'\r', quote, rest),
            None => memchr::memchr2(b'\n', b'\r', rest),
        };
        match stop {
            Some(stop) if Some(rest[stop]) != self.quote => {
                let (line, ended_by) = (&rest[..stop], rest[stop]);
                let mut start = 0;
                for end in memchr::memchr_iter(self.delimiter, line) {
                    self.spans.push((start, end));
                    start = end + 1;
                }
                self.spans.push((start, stop));
                if self.spans.len() > COLUMN_LIMIT {
                    return Err(self.too_many_columns());
                }
                let from = self.at;
                self.at += stop + 1;
                self.after_cr = ended_by == b'\r';
                let text = &self.stream.text()[from..from + stop];
                Ok(Some(Record { number: self.row, text, spans: &self.spans }))
            }
            _ => {
                let len = self.parse_one()?;
                Ok(Some(Record { number: self.row, text: &self.record[..len], spans: &self.spans }))
            }
        }
    }

    /// Moves to the first byte of a record; `false` at the end of the file.
    #[inline]
    fn skip_line_ends(&mut self) -> Result<bool, DataError> {
        loop {
            let Some(&byte) = self.stream.text().get(self.at) else {
                self.at = 0;
                if !self.stream.advance()? {
                    return Ok(false);
                }
                continue;
            };
            let rest_of_crlf = std::mem::take(&mut self.after_cr) && byte == b'\n';
            if !rest_of_crlf {
                if byte != b'\n' && byte != b'\r' {
                    return Ok(true);
                }
                self.row += 1;
                self.blank_lines += 1;
                self.after_cr = byte == b'\r';
            }
            self.at += 1;
        }
    }

    /// Reads one record with `csv-core` into `record` and `spans`; gives the record's length.
    fn parse_one(&mut self) -> Result<usize, DataError> {
        let (mut len, mut fields, mut at_end) = (0, 0, false);
        loop {
            // At the end of the file a line break ends the last record, unless it is inside quotes.
            let rest = if at_end { b"\n" } else { &self.stream.text()[self.at..] };
            let (result, nin, nout, nend) =
                self.parser.read_record(rest, &mut self.record[len..], &mut self.ends[fields..]);
            let last = nin.checked_sub(1).and_then(|i| rest.get(i)).copied();
            self.at += nin;
            len += nout;
            fields += nend;
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => {
                    self.after_cr = last == Some(b'\r');
                    break;
                }
                ReadRecordResult::OutputFull => self.grow(len, fields)?,
                ReadRecordResult::OutputEndsFull => return Err(self.too_many_columns()),
                ReadRecordResult::InputEmpty if at_end => {
                    return Err(DataError::OpenQuote { path: self.path.clone(), row: self.row });
                }
                ReadRecordResult::InputEmpty => {
                    self.at = 0;
                    at_end = !self.stream.advance()?;
                }
            }
        }
        let mut start = 0;
        for &end in &self.ends[..fields] {
            self.spans.push((start, end));
            start = end;
        }
        if fields > COLUMN_LIMIT {
            return Err(self.too_many_columns());
        }
        if self.spans.iter().any(|(start, end)| end - start > FIELD_LIMIT) {
            return Err(self.too_long(FIELD_LIMIT));
        }
        Ok(len)
    }

    /// Makes room for a longer record, up to the limits.
    fn grow(&mut self, len: usize, fields: usize) -> Result<(), DataError> {
        let field = len - fields.checked_sub(1).map_or(0, |last| self.ends[last]);
        if field > FIELD_LIMIT {
            return Err(self.too_long(FIELD_LIMIT));
        }
        if len >= BATCH_BYTES {
            return Err(self.too_long(BATCH_BYTES));
        }
        self.record.resize((self.record.len() * 2).min(BATCH_BYTES), 0);
        Ok(())
    }

    fn too_long(&self, limit: usize) -> DataError {
        DataError::FieldTooLong { path: self.path.clone(), row: self.row, limit }
    }

    fn too_many_columns(&self) -> DataError {
        DataError::TooManyColumns { path: self.path.clone(), row: self.row, limit: COLUMN_LIMIT }
    }
}

#[cfg(test)]
mod tests;
