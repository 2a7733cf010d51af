use super::*;

fn made(all: &Path, name: &str) -> Work {
    let work = Work::at(all.join("work").join(name), Duration::ZERO).expect("held");
    work.renew().expect("a folder");
    fs::create_dir(work.spill()).expect("a folder");
    fs::write(work.key(), [7; 32]).expect("a file");
    work
}

#[test]
fn who_comes_second_waits_or_is_refused_and_deletes_nothing() {
    let all = tempfile::tempdir().expect("a folder");
    let first = made(all.path(), "aa");
    let second = || Work::at(first.folder.clone(), Duration::ZERO);
    assert_eq!(second().expect_err("in use").code(), 4086);
    // It is held whatever becomes of the folder.
    first.renew().expect("a folder");
    assert_eq!(second().expect_err("in use").code(), 4086);
    first.discard().expect("deleted");
    assert_eq!(second().expect_err("in use").code(), 4086);
    let folder = first.folder.clone();
    drop(first);
    Work::at(folder, Duration::ZERO).expect("free");
}

#[test]
#[cfg(unix)]
fn folders_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let all = tempfile::tempdir().expect("a folder");
    let work = made(all.path(), "aa");
    for (path, mode) in [
        (all.path().join("work"), 0o700),
        (work.folder.clone(), 0o700),
        (work.folder.with_extension("lock"), 0o600),
    ] {
        let found = fs::metadata(&path).expect("its mode").permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}", path.display());
    }
}

#[test]
fn what_stands_still_for_too_long_is_deleted_unless_it_is_in_use() {
    let all = tempfile::tempdir().expect("a folder");
    let works = ["aa", "bb", "cc"].map(|name| made(all.path(), name));
    let made = fs::metadata(&works[0].folder).and_then(|data| data.modified()).expect("its time");
    let long_ago = made - KEPT - Duration::from_secs(60);
    for work in &works[..2] {
        for folder in [work.folder.clone(), work.spill()] {
            File::open(folder).expect("a folder").set_modified(long_ago).expect("its time");
        }
    }
    assert!(aged(&works[0].folder) && !aged(&works[2].folder));
    // Progress in a partition changes the folder of the spill alone.
    fs::write(works[1].spill().join("run"), []).expect("a file");
    assert!(!aged(&works[1].folder));
    File::open(works[1].spill()).expect("a folder").set_modified(long_ago).expect("its time");
    let folders = works.each_ref().map(|work| work.folder.clone());
    let [aa, bb, cc] = works;
    drop((aa, cc));
    sweep(&folders[2]);
    assert_eq!(folders.each_ref().map(|folder| folder.exists()), [false, true, true], "one is in use");
    drop(bb);
    sweep(&folders[2]);
    assert_eq!(folders.map(|folder| folder.exists()), [false, false, true]);
}
