use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, RecordBatch, StringArray};

use super::{CsvStyle, CsvWriter};
use crate::error::DataError;

fn batch() -> RecordBatch {
    let key: ArrayRef = Arc::new(StringArray::from(vec![Some("a,b"), None, Some("引\"号")]));
    RecordBatch::try_from_iter_with_nullable([("键", key, true)]).unwrap()
}

#[test]
fn rows_come_back_and_excel_gets_its_mark() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    let mut out = CsvWriter::create(&path, &["键"], CsvStyle::EXCEL).unwrap();
    out.batch(&batch()).unwrap();
    out.row(["最后\n一行"]).unwrap();
    assert!(!path.exists(), "nothing is there before the end");
    assert_eq!(out.finish().unwrap(), 4);
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes, "\u{FEFF}键\r\n\"a,b\"\r\n\"\"\r\n\"引\"\"号\"\r\n\"最后\n一行\"\r\n".as_bytes());
}

#[test]
fn a_writer_given_up_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    std::fs::write(&path, "old").unwrap();
    let mut out = CsvWriter::create(&path, &["键"], CsvStyle::default()).unwrap();
    out.row(["new"]).unwrap();
    assert!(matches!(out.row(["two", "fields"]), Err(DataError::Write { .. })));
    drop(out);
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn refusals() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent/out.csv");
    let refused = CsvWriter::create(&absent, &["键"], CsvStyle::default()).unwrap_err();
    assert_eq!(refused.code(), 2003);
    let mut out = CsvWriter::create(folder.path().join("x.csv"), &["键"], CsvStyle::default()).unwrap();
    let number: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let numbers = RecordBatch::try_from_iter([("n", number.clone())]).unwrap();
    assert!(matches!(out.batch(&numbers), Err(DataError::Batch { .. })));
    let two = RecordBatch::try_from_iter([("a", number.clone()), ("b", number)]).unwrap();
    assert!(matches!(out.batch(&two), Err(DataError::Batch { .. })));
    // A folder in the destination's place: the rename fails, nothing is left beside it.
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    let out = CsvWriter::create(&taken, &["键"], CsvStyle::default()).unwrap();
    assert!(matches!(out.finish(), Err(DataError::Write { .. })));
}
