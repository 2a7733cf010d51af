use super::*;
use crate::table::{ColumnKind, ColumnSpec};
use arrow_array::cast::AsArray as _;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use std::sync::Arc;

fn rules() -> TableSpec {
    TableSpec::new(vec![ColumnSpec::new("aac002", ColumnKind::CitizenId).required()])
}

fn part(folder: &Path, file: &str, keys: &[Option<&str>]) -> Part {
    let array: ArrayRef = Arc::new(StringArray::from(keys.to_vec()));
    let batch = RecordBatch::try_from_iter_with_nullable([("aac002", array, true)]).unwrap();
    let path = folder.join(file);
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    Part { file: file.to_owned(), keys: keys.len() as u64, sha256: sha256(&path).unwrap() }
}

fn write(folder: &Path, parts: Vec<Part>) {
    let keys = parts.iter().map(|part| part.keys).sum();
    let report = CleanReport { files: 2, rows_in: 9, rows_out: 7, rows_rejected: 2, ..Default::default() };
    let manifest =
        Manifest { version: VERSION, column: "aac002".into(), rules: rules(), keys, parts, report };
    std::fs::write(folder.join(MANIFEST), serde_json::to_vec(&manifest).unwrap()).unwrap();
}

fn read(folder: &Path) -> Result<Vec<String>, DataError> {
    let mut prepared = Prepared::open(folder, &rules(), "aac002")?;
    let mut keys = Vec::new();
    while let Some(batch) = prepared.next_batch()? {
        assert_eq!(batch.row_numbers[0], keys.len() as u64 + 1);
        keys.extend(batch.batch.column(0).as_string::<i32>().iter().flatten().map(str::to_owned));
    }
    Ok(keys)
}

#[test]
fn parts_are_read_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!is_prepared(folder.path()));
    let first = part(folder.path(), "part-00000.parquet", &[Some("b"), Some("a")]);
    let empty = part(folder.path(), "part-00001.parquet", &[]);
    let last = part(folder.path(), "part-00002.parquet", &[Some("c")]);
    write(folder.path(), vec![first, empty, last]);
    assert!(is_prepared(folder.path()));
    assert_eq!(read(folder.path()).unwrap(), ["b", "a", "c"]);
    let mut aliased = rules();
    aliased.columns[0].aliases.push("身份证号".into());
    assert!(Prepared::open(folder.path(), &aliased, "aac002").is_ok());
}

#[test]
fn other_rules_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Vec::new());
    let kind = TableSpec::new(vec![ColumnSpec::new("aac002", ColumnKind::PersonId).required()]);
    let more = TableSpec::new(vec![
        rules().columns.remove(0),
        ColumnSpec::new("aac003", ColumnKind::Name).required(),
    ]);
    let words = TableSpec { null_words: vec!["待补".into()], ..rules() };
    let region = TableSpec { test_region: true, ..rules() };
    let others = [(kind, "columns"), (more, "columns"), (words, "null_words"), (region, "test_region")];
    for (spec, expected) in others {
        match Prepared::open(folder.path(), &spec, "aac002").err() {
            Some(DataError::PreparedOtherwise { what, .. }) => assert_eq!(what, expected),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(Prepared::open(folder.path(), &rules(), "aac003").err().unwrap().code(), 2028);
}

#[test]
fn what_was_changed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let good = part(at, "part-00000.parquet", &[Some("a"), Some("b")]);
    let refused = |parts: Vec<Part>| {
        write(at, parts);
        assert_eq!(read(at).unwrap_err().code(), 2006);
    };
    refused(vec![Part { keys: 3, ..good.clone() }]);
    refused(vec![Part { keys: 1, ..good.clone() }]);
    refused(vec![Part { sha256: "00".repeat(32), ..good.clone() }]);
    refused(vec![Part { file: "../part-00000.parquet".into(), ..good.clone() }]);
    refused(vec![part(at, "part-00001.parquet", &[Some("a"), None])]);
    std::fs::write(at.join(MANIFEST), "{}").unwrap();
    assert_eq!(read(at).unwrap_err().code(), 2006);
    write(at, vec![good]);
    std::fs::remove_file(at.join("part-00000.parquet")).unwrap();
    assert_eq!(read(at).unwrap_err().code(), 2001);
}
