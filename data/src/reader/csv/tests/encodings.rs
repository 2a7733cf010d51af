//! R06: which encoding was found, and what it makes of the bytes.

use super::{read, read_with};
use crate::error::DataError;
use crate::reader::{Encoding, open_csv_bytes};
use crate::source::{Malformed, Source};

const TEXT: &str = "姓名,公民身份号码\n王小明,99010119900307001X\n买买提·吐尔逊,990101199003070023\n";

fn gb(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
}

fn given(encoding: &str) -> Source {
    Source { encoding: Some(encoding.to_owned()), ..Source::default() }
}

fn replacing() -> Source {
    Source { malformed: Some(Malformed::Replace), ..Source::default() }
}

#[test]
fn each_encoding_is_found_and_gives_the_same_rows() {
    let marked = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
    for (bytes, encoding, bom) in [
        (TEXT.as_bytes().to_vec(), Encoding::Utf8, false),
        (marked(b"\xEF\xBB\xBF", TEXT.as_bytes().to_vec()), Encoding::Utf8, true),
        (gb(TEXT), Encoding::Gb18030, false),
        (marked(b"\x84\x31\x95\x33", gb(TEXT)), Encoding::Gb18030, true),
        (marked(b"\xFF\xFE", utf16(TEXT, true)), Encoding::Utf16Le, true),
        (utf16(TEXT, true), Encoding::Utf16Le, false),
        (marked(b"\xFE\xFF", utf16(TEXT, false)), Encoding::Utf16Be, true),
        (utf16(TEXT, false), Encoding::Utf16Be, false),
    ] {
        let table = read(bytes).unwrap();
        assert_eq!(table.found.encoding, Some(encoding));
        assert_eq!(table.found.bom, bom, "{encoding:?}");
        assert_eq!(table.columns, ["姓名", "公民身份号码"]);
        assert_eq!(table.rows[0], ["王小明", "99010119900307001X"]);
        assert_eq!(table.rows[1][0], "买买提·吐尔逊");
        assert!(!table.found.big5_suspected);
        assert_eq!(table.found.private_use, 0);
    }
}

#[test]
fn the_2022_edition_of_gb18030() {
    // 𬭎 U+2CB4E takes four bytes; A6 D9 is U+FE10, which the 2005 edition had as private use U+E78D.
    assert_eq!(gb("𬭎").len(), 4);
    let table = read([b"a,b\n".as_slice(), &gb("𬭎"), b",\xA6\xD9\n"].concat()).unwrap();
    assert_eq!(table.rows[0], ["𬭎", "\u{FE10}"]);
    assert_eq!(table.found.private_use, 0);
}

#[test]
fn private_use_code_points_are_counted() {
    let table = read("姓名,x\n张\u{E000}\u{F8FF}，（）,1\n李\u{E863},2\n").unwrap();
    assert_eq!(table.found.private_use, 3);
    // The user-defined area of GB 18030 begins with AA A1 for U+E000.
    let table = read([gb("姓名,x\n").as_slice(), b"\xD5\xC5\xAA\xA1,1\n"].concat()).unwrap();
    assert_eq!((table.found.private_use, table.rows[0][0].as_str()), (1, "张\u{E000}"));
}

#[test]
fn big5_is_suspected_and_read_on_request() {
    let text = "姓名,地址\n陳小明,臺北市中正區重慶南路一段\n林志玲,高雄市苓雅區四維三路\n";
    let bytes = encoding_rs::BIG5.encode(text).0.into_owned();
    match read(bytes.clone()) {
        Ok(table) => assert!(table.found.big5_suspected),
        Err(e) => assert!(matches!(e, DataError::Encoding { try_encoding, .. } if try_encoding == "big5")),
    }
    let table = read_with(bytes, &given("big5")).unwrap();
    assert_eq!(table.rows[0], ["陳小明", "臺北市中正區重慶南路一段"]);
}

#[test]
fn ascii_for_long_and_gb18030_then() {
    let mut bytes = b"key,name\n".to_vec();
    for i in 0..200_000 {
        bytes.extend_from_slice(format!("{i},abcdefgh\n").as_bytes());
    }
    assert!(bytes.len() > 2 << 20, "the sample is ASCII alone");
    bytes.extend_from_slice(&gb("1,王小明\n"));
    let table = read(bytes).unwrap();
    assert_eq!(table.found.encoding, Some(Encoding::Gb18030));
    assert_eq!(table.rows.last().unwrap()[1], "王小明");
}

#[test]
fn utf8_that_fails_late_names_the_byte_and_the_line() {
    let mut bytes = "键,值\n".as_bytes().to_vec();
    while bytes.len() < (2 << 20) {
        bytes.extend_from_slice("1,中文\n".as_bytes());
    }
    let line = bytes.iter().filter(|&&b| b == b'\n').count() as u64 + 1;
    let offset = bytes.len() as u64 + 2;
    bytes.extend_from_slice(b"2,\xD6\xD0\n3,x\n");
    let error = read(bytes.clone()).unwrap_err();
    let (path, encoding, try_encoding) = ("t.csv".into(), "utf-8".into(), "gb18030".into());
    assert!(error.to_string().contains("encoding = \"gb18030\""));
    assert_eq!(error, DataError::Encoding { path, encoding, offset, line, try_encoding });
    let table = read_with(bytes, &replacing()).unwrap();
    assert!(table.found.malformed_replaced >= 1);
    assert_eq!(table.rows.last().unwrap(), &["3", "x"]);
}

#[test]
fn rows_before_a_bad_byte_are_given_out() {
    let bytes = [gb("姓名,x\n王,1\n"), b"1,2\n".repeat(400_000), b"\xFF\xFF\n".to_vec()].concat();
    let mut reader = open_csv_bytes(bytes, "t.csv", &Source::default()).unwrap();
    let mut rows = 0;
    let error = loop {
        match reader.next_batch() {
            Ok(batch) => rows += batch.expect("an error comes first").row_numbers.len(),
            Err(e) => break e,
        }
    };
    assert_eq!(error.code(), 2007);
    assert!(rows > 350_000, "{rows}");
    assert!(reader.next_batch().unwrap().is_none());
}

#[test]
fn half_a_character_does_not_swallow_the_delimiter() {
    // A field cut in the middle of 中 (D6 D0) by a fixed-width export.
    let bytes = [gb("姓名,x\n").as_slice(), b"\xCD\xF5\xD6,1\n"].concat();
    assert_eq!(read(bytes.clone()).unwrap_err().code(), 2007);
    let table = read_with(bytes, &replacing()).unwrap();
    assert_eq!(table.rows, [["王\u{FFFD}", "1"]]);
    assert_eq!(table.found.malformed_replaced, 1);
}

#[test]
fn what_is_given_is_obeyed_or_refused() {
    let table = read_with(gb(TEXT), &given("GBK")).unwrap();
    assert_eq!(table.found.encoding, Some(Encoding::Gb18030));
    assert_eq!(read_with(gb(TEXT), &given("utf-8")).unwrap_err().code(), 2007);
    assert_eq!(read_with(TEXT, &given("latin-1")).unwrap_err().code(), 2018);
    assert_eq!(read_with(format!("\u{FEFF}{TEXT}"), &given("gb18030")).unwrap_err().code(), 2018);
}
