use super::*;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::collect;
use std::os::unix::fs::PermissionsExt as _;

/// What a script does as the program of an executor, all parts of the job `job` together.
async fn done(script: &str, parts: usize) -> Result<Vec<RecordBatch>> {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let leaf = Arc::clone(planned(Vec::new(), parts).unwrap().children()[0]);
    let place = Place { program, folder: folder.path().to_owned() };
    let work = Work::new(leaf, b"job".as_slice().into(), Some(place));
    collect(Arc::new(work), Arc::new(TaskContext::default())).await
}

#[tokio::test]
async fn parts_are_done_by_the_program_of_the_executor() {
    let rows =
        done("read -r job; echo $1 $2 $3 $job ${PATH:-none}; head -c 600000 /dev/zero", 3).await.unwrap();
    let mut parts = vec![Vec::new(); 3];
    for batch in &rows {
        let at = batch.column(0).as_primitive::<UInt32Type>().value(0) as usize;
        parts[at].extend_from_slice(batch.column(3).as_binary::<i32>().value(0));
    }
    for (at, bytes) in parts.iter().enumerate() {
        let said = String::from_utf8_lossy(&bytes[..bytes.len() - 600_000]);
        // Where nothing is said of the path, the shell has one of its own; nothing of this process is in it.
        assert!(said.starts_with(&format!("task {at} 3 job ")), "{said}");
    }
    let failed = done("echo no table >&2; exit 1", 1).await.unwrap_err().to_string();
    assert!(failed.contains("no table"), "{failed}");
}

#[tokio::test]
async fn where_no_program_is_named_no_part_is_done() {
    let plan = planned(b"job".to_vec(), 1).unwrap();
    let error = collect(plan, Arc::new(TaskContext::default())).await.unwrap_err().to_string();
    assert!(error.contains("--sandbox"), "{error}");
}

#[test]
fn what_arrives_is_whole_and_no_more_than_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut arrived = Arrived { out: folder.path().to_owned(), parts: vec![None; 2], left: 10 };
    assert_eq!(arrived.take(1, 7, 0, b"abc").unwrap(), Ok(()));
    // Of another attempt, or once more: what came first counts.
    assert_eq!(arrived.take(1, 8, 0, b"xyz").unwrap(), Ok(()));
    assert_eq!(arrived.take(1, 7, 1, b"def").unwrap(), Ok(()));
    assert_eq!(arrived.take(1, 8, 1, b"uvw").unwrap(), Ok(()));
    assert_eq!(arrived.take(1, 7, 0, b"abc").unwrap(), Ok(()));
    assert_eq!(std::fs::read(folder.path().join("1")).unwrap(), b"abcdef");
    assert!(arrived.take(1, 7, 3, b"g").unwrap().is_err(), "one is missing");
    assert!(arrived.take(2, 7, 0, b"g").unwrap().is_err(), "there is no such part");
    assert!(arrived.take(0, 7, 0, b"12345").unwrap().is_err(), "it is too much");
    assert!(read(&mut std::io::repeat(0)).is_err());
    assert_eq!(read(&mut &b"job"[..]).unwrap(), b"job");
}
