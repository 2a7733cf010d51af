//! What is refused, with which code.

use super::{read, read_with};
use crate::error::DataError;
use crate::reader::{FIELD_LIMIT, csv::scan, open};
use crate::source::Source;

#[test]
fn empty_files() {
    for text in ["", "\n\r\n\n", ",,,\n , \n", "\u{FEFF}"] {
        assert_eq!(read(text).unwrap_err(), DataError::Empty { path: "t.csv".to_owned() }, "{text:?}");
    }
}

#[test]
fn binary_renamed_says_what_it_is() {
    for (bytes, name) in [
        (b"PK\x03\x04\x14\0\0\0 xl/workbook.xml".as_slice(), "xlsx"),
        (b"PK\x03\x04\x14\0\0\0 word/document.xml", "zip"),
        (b"PAR1\x15\0\x15\0", "parquet"),
        (b"\x1F\x8B\x08\0\0\0\0\0", "gzip"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0", "old Excel or Word (.xls, .doc)"),
        (b"\0\x01\x02\x03\x04\x05", "binary data"),
        (b"a,b\n1,\0\n", "binary data"),
        (b"\x01\x02\x03\x04\x05\x06\x07", "binary data"),
    ] {
        let error = read(bytes).unwrap_err();
        assert_eq!(error.code(), 2005, "{name}");
        assert!(matches!(error, DataError::WrongFormat { found, .. } if found == name));
        let given = Source { encoding: Some("gb18030".to_owned()), ..Source::default() };
        assert!(read_with(bytes, &given).is_err(), "{name}");
    }
}

#[test]
fn headers_that_are_none() {
    let error = read("990101199003070015,王\n990101199003070023,李\n").unwrap_err();
    assert_eq!(error, DataError::NoHeader { path: "t.csv".to_owned(), row: 1 });
    let ninth = Source { header_row: Some(9), ..Source::default() };
    assert_eq!(read_with("a,b\n1,2\n", &ninth).unwrap_err().code(), 2009);
    let (path, column) = ("t.csv".to_owned(), "姓名".to_owned());
    let twice = read("姓名,年龄,姓名\n王,1,李\n").unwrap_err();
    assert_eq!(twice, DataError::DuplicateColumn { path, column, first: 1, second: 3 });
}

#[test]
fn limits() {
    let code = |text: String| read(text).unwrap_err().code();
    assert_eq!(code(format!("a,b\n1,{}\n", "x".repeat(FIELD_LIMIT + 1))), 2011);
    let longest = format!("a,b\n1,{}\n", "x".repeat(FIELD_LIMIT));
    assert_eq!(read(longest).unwrap().rows[0][1].len(), FIELD_LIMIT);
    assert_eq!(code(format!("a{}\n", ",b".repeat(5_000))), 2012);
    assert_eq!(code(format!("a,b\n1,2\n\"1\"{}\n", ",b".repeat(5_000))), 2012);
    assert_eq!(code(format!("a,b\n{}\n", vec!["x".repeat(FIELD_LIMIT); 20].join(","))), 2011);
}

#[test]
fn a_quote_left_open() {
    let error = read("a,b\n1,2\n3,\"4\n5,6\n").unwrap_err();
    assert_eq!(error, DataError::OpenQuote { path: "t.csv".to_owned(), row: 3 });
    assert!(read("a,b\n1,2\n3,\"4\"").is_ok());
    assert!(read("a,b\n1,2\n3,4\"").is_ok());
    let swallowed = format!("a,b\n1,\"2\n{}", "3,4\n".repeat(FIELD_LIMIT));
    assert_eq!(read(swallowed).unwrap_err().code(), 2011);
}

#[test]
fn places() {
    assert_eq!(open(&Source::file("/absent/t.csv")).err().unwrap().code(), 2001);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(open(&Source::file(folder.path())).err().unwrap().code(), 2001);
    for name in ["t.csv", "t.xlsx", "t.parquet", "t"] {
        let path = folder.path().join(name);
        std::fs::write(&path, b"").unwrap();
        assert_eq!(open(&Source::file(&path)).err().unwrap().code(), 2004, "{name}");
        std::fs::write(&path, "a,b\n1,2\n").unwrap();
        match open(&Source::file(&path)) {
            Ok(mut reader) => assert_eq!(reader.next_batch().unwrap().unwrap().row_numbers, [2]),
            Err(e) => assert!(matches!(e, DataError::WrongFormat { found, .. } if found == "text")),
        }
    }
}

#[test]
fn a_scan_never_panics() {
    // SplitMix-like steps from a fixed seed; the fuzz target goes further.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for length in 0..2_000_usize {
        let mut bytes = Vec::with_capacity(length);
        for _ in 0..length % 97 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let byte = (state >> 33) as u8;
            let shaped = b",\"\r\n;\t|1a\xD6\xD0"[usize::from(byte) % 11];
            bytes.push(if length % 2 == 0 { byte } else { shaped });
        }
        let _ = scan(&bytes);
    }
}
