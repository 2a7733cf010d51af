use super::*;
use datafusion::arrow::array::{ArrayRef, Int64Array};
use datafusion::parquet::arrow::ArrowWriter;

/// A file whose parts hold rows of these persons.
fn file(path: &Path, parts: &[&[i64]]) -> ArrowReaderMetadata {
    let schema = Arc::new(schema([0].into_iter()));
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), Arc::clone(&schema), None).unwrap();
    for part in parts {
        let persons: ArrayRef = Arc::new(Int64Array::from_iter_values(part.iter().copied()));
        let columns = vec![Arc::clone(&persons), Arc::clone(&persons), persons];
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), columns).unwrap()).unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
    ArrowReaderMetadata::load(&File::open(path).unwrap(), ArrowReaderOptions::new()).unwrap()
}

/// All ranges of persons over all kinds of gaps: what is read is what is there of them, and no part of the file more than needed.
#[test]
fn rows_of_some_persons_are_found_wherever_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let tables: [&[&[i64]]; 4] =
        [&[], &[&[0, 0, 1]], &[&[1, 1], &[2, 4, 4], &[5], &[9, 9, 9]], &[&[3], &[4], &[7, 8]]];
    for parts in tables {
        let metadata = file(&path, parts);
        for (from, to) in (0..12u64).flat_map(|from| (from..12).map(move |to| (from, to))) {
            let groups = within(&path, &metadata, [from, to]).unwrap();
            let inside = |person: &i64| (from..to).contains(&(*person as u64));
            for (at, part) in parts.iter().enumerate() {
                assert!(
                    groups.contains(&at) || !part.iter().any(inside),
                    "{parts:?} {from}..{to}: {groups:?}"
                );
            }
            let spare = groups.clone().filter(|at| !parts[*at].iter().any(inside)).count();
            assert!(spare <= 1, "{parts:?} {from}..{to}: {groups:?}");
            for part in &parts[groups] {
                let persons: ArrayRef = Arc::new(Int64Array::from_iter_values(part.iter().copied()));
                let found = of(&RecordBatch::try_from_iter([("person", persons)]).unwrap(), [from, to]);
                let expected: Vec<i64> = part.iter().copied().filter(inside).collect();
                assert_eq!(found.column(0).as_primitive::<Int64Type>().values()[..], expected[..]);
            }
        }
    }
}
