//! Parquet files of every plain type, and of one that is not.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array, Float64Array,
    Int64Array, ListArray, RecordBatch, StringArray, TimestampMicrosecondArray, TimestampMillisecondArray,
};
use parquet::arrow::ArrowWriter;

use crate::error::DataError;
use crate::reader::open;
use crate::source::Source;

fn write(columns: Vec<(&str, ArrayRef)>) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    (folder, path)
}

#[test]
fn every_plain_type_has_its_text() {
    let dictionary: DictionaryArray<Int32Type> = [Some("甲"), None].into_iter().collect();
    let columns: Vec<(&str, ArrayRef, [Option<&str>; 2])> = vec![
        ("文", Arc::new(StringArray::from(vec![Some("王"), None])), [Some("王"), None]),
        ("整", Arc::new(Int64Array::from(vec![Some(-7), None])), [Some("-7"), None]),
        ("真", Arc::new(BooleanArray::from(vec![true, false])), [Some("true"), Some("false")]),
        ("日", Arc::new(Date32Array::from(vec![0, 7_370])), [Some("1970-01-01"), Some("1990-03-07")]),
        ("双", Arc::new(Float64Array::from(vec![1.0, 0.25])), [Some("1"), Some("0.25")]),
        (
            "失",
            Arc::new(Float64Array::from(vec![1.101_051_949_123_1E17, 1e15])),
            [Some("110105194912310000"), Some("1000000000000000")],
        ),
        ("单", Arc::new(Float32Array::from(vec![0.1, 2.0])), [Some("0.1"), Some("2")]),
        (
            "额",
            Arc::new(Decimal128Array::from(vec![1_050, -5]).with_precision_and_scale(10, 2).unwrap()),
            [Some("10.50"), Some("-0.05")],
        ),
        (
            "时",
            Arc::new(TimestampMicrosecondArray::from(vec![0, 1_500_000])),
            [Some("1970-01-01 00:00:00"), Some("1970-01-01 00:00:01.500")],
        ),
        (
            "区",
            Arc::new(TimestampMillisecondArray::from(vec![0, 1_000]).with_timezone("UTC")),
            [Some("1970-01-01 08:00:00"), Some("1970-01-01 08:00:01")],
        ),
        ("典", Arc::new(dictionary), [Some("甲"), None]),
    ];
    let (_folder, path) = write(columns.iter().map(|(n, c, _)| (*n, c.clone())).collect());
    let mut reader = open(&Source::file(&path)).unwrap();
    assert_eq!(reader.columns(), columns.iter().map(|(n, ..)| (*n).to_owned()).collect::<Vec<_>>());
    let raw = reader.next_batch().unwrap().unwrap();
    for (i, (name, _, expected)) in columns.iter().enumerate() {
        let texts = raw.batch.column(i).as_string::<i32>();
        for (row, expected) in expected.iter().enumerate() {
            let text = (!texts.is_null(row)).then(|| texts.value(row));
            assert_eq!(text, *expected, "{name}");
        }
    }
    assert_eq!(raw.row_numbers, [1, 2]);
    assert!(reader.next_batch().unwrap().is_none());
    assert_eq!(reader.found().rows, 2);
}

#[test]
fn batches_follow_each_other() {
    let (_folder, path) = write(vec![("n", Arc::new(Int64Array::from_iter_values(0..20_000)))]);
    let mut reader = open(&Source::file(&path)).unwrap();
    let mut next = 1;
    while let Some(raw) = reader.next_batch().unwrap() {
        for number in raw.row_numbers {
            assert_eq!(number, next);
            next += 1;
        }
    }
    assert_eq!(next, 20_001);
}

#[test]
fn refusals() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)])]);
    let (folder, path) = write(vec![("列表", Arc::new(list))]);
    let error = open(&Source::file(&path)).err().unwrap();
    assert!(matches!(error, DataError::ColumnType { column, .. } if column == "列表"));
    let header = Source { header_row: Some(1), ..Source::file(&path) };
    assert_eq!(open(&header).err().unwrap().code(), 2017);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 9);
    let cut = folder.path().join("cut.parquet");
    std::fs::write(&cut, bytes).unwrap();
    assert_eq!(open(&Source::file(&cut)).err().unwrap().code(), 2006);
}

#[test]
fn a_changed_byte_is_an_error_or_another_text_and_never_a_panic() {
    let texts = StringArray::from_iter_values((0..50).map(|i| format!("值{}", i % 7)));
    let (folder, path) = write(vec![("t", Arc::new(texts))]);
    let bytes = std::fs::read(&path).unwrap();
    let changed = folder.path().join("changed.parquet");
    for i in (4..bytes.len()).step_by(3) {
        let mut bytes = bytes.clone();
        bytes[i] ^= 0x55;
        std::fs::write(&changed, bytes).unwrap();
        if let Ok(mut reader) = open(&Source::file(&changed)) {
            while let Ok(Some(_)) = reader.next_batch() {}
        }
    }
}
