//! What is on disk: written and read, cut off, changed.

use super::*;
use crate::kind::Kind;
use crate::seal::OpenKey;
use crate::task::Terms;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use yinshu_crypto::hash::Digest;

fn task() -> Task {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let mut key = || OpenKey::generate(&mut rng).public();
    let agreement = Digest([1; 32]);
    let terms =
        Terms { agreement, kind: Kind::Count, smallest: 3, from: 0, until: 9, leader: key(), helper: key() };
    Task::new(terms).expect("a good task")
}

#[test]
fn states_are_read_as_they_were_written_and_damage_is_found() {
    let mut state = State::new(&task(), Role::Helper);
    state.key = Some([9; 32]);
    state.begun = Some(Digest([8; 32]));
    state.last = vec![1, 2, 3];
    state.sum = Zeroizing::new(vec![4; 40]);
    state.tally.count(Outcome::Invalid);
    let (sum, figures) = (Zeroizing::new(vec![5; 40]), Zeroizing::new(vec![6, u64::MAX]));
    state.closed = Some(Closed { batch: 1, tally: state.tally, sum, figures });
    let bytes = state.to_bytes();
    // A copy would stay behind where it had grown.
    assert!(bytes.len() <= 1024);
    assert!(State::parse(&bytes) == Ok(state));
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 0x10;
        assert!(State::parse(&altered).is_err(), "byte {at}");
        assert!(State::parse(&bytes[..at]).is_err(), "cut to {at}");
    }
}

#[test]
fn what_was_judged_is_known_after_opening_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (task, path) = (task(), folder.path().join("a"));
    let open = || Ledger::open(&path, &task, Role::Leader);
    let mut ledger = open().expect("new");
    assert!(matches!(open(), Err(ReportsError::InUse { .. })));
    ledger.settle(&[([1; 16], Outcome::Accepted), ([2; 16], Outcome::Invalid)]).expect("written");
    drop(ledger);
    // What was appended without being settled does not count, and is overwritten.
    let judged = path.join("judged");
    let mut torn = fs::read(&judged).expect("read");
    torn.extend_from_slice(&[3; 25]);
    fs::write(&judged, &torn).expect("written");
    let mut ledger = open().expect("opens");
    assert!(ledger.was_judged(&[1; 16]) && ledger.was_judged(&[2; 16]) && !ledger.was_judged(&[3; 16]));
    assert_eq!(ledger.rejected(), Ok(vec![([2; 16], Outcome::Invalid)]));
    ledger.settle(&[([4; 16], Outcome::Repeated)]).expect("written");
    drop(ledger);
    assert_eq!(open().expect("opens").rejected().expect("read").len(), 2);
    assert!(matches!(Ledger::open(&path, &task, Role::Helper), Err(ReportsError::OtherTask { .. })));
    // A change among what counts, and a loss, are found.
    let good = fs::read(&judged).expect("read");
    let mut altered = good.clone();
    altered[16] = 0;
    altered[33] ^= 1;
    for bad in [&altered, &good[..40]] {
        fs::write(&judged, bad).expect("written");
        assert!(matches!(open(), Err(ReportsError::Damaged { .. })));
    }
}
