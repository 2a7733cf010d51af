//! Files of reports: good ones, bad ones beside them, and what is cut off.

use super::*;
use crate::kind::Kind;
use crate::seal::OpenKey;
use crate::task::Terms;

fn task(agreement: u8) -> Task {
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let mut key = || OpenKey::generate(&mut rng).public();
    let agreement = Digest([agreement; 32]);
    let terms =
        Terms { agreement, kind: Kind::Count, smallest: 3, from: 0, until: 9, leader: key(), helper: key() };
    Task::new(terms).expect("a good task")
}

fn file(task: &Task, count: usize) -> Vec<u8> {
    let reporter = Reporter::new(task);
    let mut rng = ChaCha20Rng::from_seed([4; 32]);
    let reports = reporter.reports(&vec![Measurement::Yes(true); count], 5, &mut rng).expect("they fit");
    [reporter.head(), reports.concat()].concat()
}

#[test]
fn a_bad_file_of_a_folder_is_passed_over_and_listed() {
    let (task, folder) = (task(1), tempfile::tempdir().expect("a folder"));
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("written");
    let good = file(&task, 2);
    write("a.reports", &good);
    write("b.reports", b"yinshu");
    write("c.reports", &[b"yinshu reports 9\n".as_slice(), &good[17..]].concat());
    write("d.reports", &file(&self::task(2), 2));
    std::fs::create_dir(folder.path().join("e.reports")).expect("made");
    write("f.reports", &good[..good.len() - 1]);
    write("g.other", b"not of these");
    let mut reports = Reports::open(folder.path(), &task).expect("opens");
    let read: Vec<_> = reports.by_ref().map(|report| report.expect("no error").len()).collect();
    let length = Reporter::new(&task).report_bytes();
    assert_eq!(read, [length, length, length, length - 1]);
    let passed = |passed: &PassedOver| {
        (passed.file.file_name().expect("a name").to_str().expect("text").to_owned(), passed.why.code())
    };
    let passed: Vec<_> = reports.passed_over().iter().map(passed).collect();
    let expected = [("b", 9604), ("c", 9604), ("d", 9605), ("e", 9602)];
    assert_eq!(passed, expected.map(|(name, code)| (format!("{name}.reports"), code)));
    // One that was named is not passed over.
    let mut named = Reports::open(&folder.path().join("b.reports"), &task).expect("opens");
    assert!(matches!(named.next(), Some(Err(ReportsError::NotReports { .. }))));
    assert!(named.next().is_none() && named.passed_over().is_empty());
}

/// The id is a digest of both encapsulated keys: an id of one's choice is none.
#[test]
fn an_id_follows_from_the_sealed_shares() {
    let task = task(1);
    let reporter = Reporter::new(&task);
    let report =
        reporter.report(&Measurement::Yes(true), 5, &mut ChaCha20Rng::from_seed([5; 32])).expect("it fits");
    let layout = Layout::of(&reporter.sizes);
    assert!(layout.whole(&report).expect("whole").has_its_id());
    let leader = HEAD + layout.public;
    for at in [0, NONCE - 1, leader, leader + 31, leader + layout.leader, leader + layout.leader + 31] {
        let mut altered = report.clone();
        altered[at] ^= 1;
        assert!(!layout.whole(&altered).expect("whole").has_its_id(), "byte {at}");
    }
}
