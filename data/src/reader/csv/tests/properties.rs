//! Whatever is written reads back, and both ways of cutting records agree with the `csv` crate.

use std::io::Cursor;

use proptest::prelude::*;

use super::super::{Records, TextStream};
use super::read_with;
use crate::source::{Source, TotalRows};

fn encode(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "gb18030" => encoding_rs::GB18030.encode(text).0.into_owned(),
        "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

fn write(rows: &[Vec<String>], delimiter: char, always: bool, crlf: bool) -> String {
    let mut out = csv::WriterBuilder::new()
        .delimiter(delimiter as u8)
        .quote_style(if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
        .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
        .flexible(true)
        .from_writer(Vec::new());
    for row in rows {
        out.write_record(row).unwrap();
    }
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

fn rows(cell: &'static str) -> impl Strategy<Value = Vec<Vec<String>>> {
    (1_usize..6).prop_flat_map(move |width| prop::collection::vec(prop::collection::vec(cell, width), 0..40))
}

/// The records as our reader cuts them, and whether it refused an open quote at the end.
fn ours(text: &str, chunk: usize) -> (Vec<Vec<String>>, bool) {
    let source = Source { delimiter: Some(','), ..Source::default() };
    let input = Cursor::new(text.as_bytes().to_vec());
    let stream = TextStream::with_chunk(input, "t", text.as_bytes(), &source, chunk).unwrap();
    let mut records = Records::new(stream, "t".to_owned(), &source).unwrap();
    let mut all = Vec::new();
    loop {
        match records.next() {
            Ok(Some(record)) => {
                let cell = |span: &(usize, usize)| record.text[span.0..span.1].to_vec();
                let cells = record.spans.iter().map(|span| String::from_utf8(cell(span)).unwrap());
                all.push(cells.collect());
            }
            Ok(None) => return (all, false),
            Err(_) => return (all, true),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_reads_back(
        body in rows("[a-z,;|\t\"\r\n 一-龥𬭎·，Ａ0-9]{0,9}"),
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        encoding in prop::sample::select(vec!["utf-8", "gb18030", "utf-16le", "utf-16be"]),
        always: bool,
        crlf: bool,
    ) {
        let width = body.first().map_or(2, Vec::len);
        let mut all: Vec<Vec<String>> = vec![(0..width).map(|i| format!("列{i}")).collect()];
        all.extend(body.clone());
        let source = Source {
            delimiter: Some(delimiter),
            encoding: Some(encoding.to_owned()),
            header_row: Some(1),
            total_rows: Some(TotalRows::Keep),
            ..Source::default()
        };
        let table = read_with(encode(&write(&all, delimiter, always, crlf), encoding), &source).unwrap();
        let content = |row: &Vec<String>| row.iter().any(|cell| !cell.trim().is_empty());
        let kept = || body.iter().zip(2_u64..).filter(|(row, _)| content(row));
        prop_assert_eq!(&table.rows, &kept().map(|(row, _)| row.clone()).collect::<Vec<_>>());
        prop_assert_eq!(&table.numbers, &kept().map(|(_, number)| number).collect::<Vec<_>>());
    }

    #[test]
    fn a_plain_table_is_found_out(
        body in rows("[一-龥]{1,4}[a-z0-9]{1,3}"),
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        encoding in prop::sample::select(vec!["utf-8", "gb18030", "utf-16le"]),
        titles in 0_usize..3,
        total: bool,
        always: bool,
    ) {
        let width = body.first().map_or(2, Vec::len).max(2);
        let full = |row: &[String]| {
            let mut row = row.to_vec();
            row.resize(width, "补".to_owned());
            row
        };
        let body: Vec<Vec<String>> = body.iter().map(|row| full(row)).collect();
        let mut all = vec![vec!["某县参保名单".to_owned()]; titles];
        all.push((0..width).map(|i| format!("列{i}")).collect());
        all.extend(body.clone());
        if total {
            all.push(full(&["合计".to_owned()]));
        }
        let bytes = encode(&write(&all, delimiter, always, true), encoding);
        let table = read_with(bytes, &Source::default()).unwrap();
        prop_assert_eq!(&table.rows, &body);
        prop_assert_eq!(table.found.encoding.unwrap().name(), encoding);
        prop_assert_eq!(table.found.delimiter, Some(delimiter));
        prop_assert_eq!(table.found.title_rows_skipped, titles as u64);
        prop_assert_eq!(table.found.total_rows_dropped, u64::from(total));
    }

    #[test]
    fn records_are_those_of_the_csv_crate(
        text in "[ab,\"\r\n]{0,60}中?[ab,\"\r\n]{0,60}",
        chunk in 8_usize..40,
    ) {
        let (ours, open_quote) = ours(&text, chunk);
        let mut oracle = csv::ReaderBuilder::new();
        let oracle = oracle.has_headers(false).flexible(true).from_reader(text.as_bytes()).into_records();
        let mut theirs: Vec<Vec<String>> =
            oracle.map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
        if open_quote {
            theirs.pop();
        }
        prop_assert_eq!(ours, theirs);
    }
}
