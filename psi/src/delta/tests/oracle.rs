//! Random histories against the sets in the clear.

use super::*;
use rand::RngExt;

fn step(rng: &mut ChaCha20Rng, sections: u16, values: u64, most: usize) -> Step {
    let mut some = || -> Vec<Entry> {
        let count = rng.random_range(0..=most);
        (0..count).map(|_| entry(rng.random_range(0..sections), rng.random_range(0..values))).collect()
    };
    (some(), some())
}

fn history(seed: u64) {
    let mut rng = rng(seed);
    let sections = 1 + seed as usize % 3;
    let learns = if seed.is_multiple_of(2) { Learns::Both } else { Learns::Receiver };
    let terms = terms(learns, sections);
    let values = [8, 60, 2_000][seed as usize % 3];
    let disk = Disk::new(&terms);
    let (mut x, mut y) = (BTreeSet::new(), BTreeSet::new());
    let (mut base_x, mut base_y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    for round in 0..6 {
        let most = if round == 0 { 150 } else { 30 };
        let (step_x, step_y) =
            (step(&mut rng, sections as u16, values, most), step(&mut rng, sections as u16, values, most));
        let before = shared(&x, &y);
        apply(&mut x, &step_x);
        apply(&mut y, &step_y);
        let expected = change(&before, &shared(&x, &y));
        let (received, sent) =
            update((&mut base_x, &mut base_y), (&step_x, &step_y), &terms, 1_000 * seed + round);
        println!("seed {seed} round {round}: {} appeared, {} vanished", expected.0.len(), expected.1.len());
        assert_eq!(changes(&received.changes), expected);
        let told = if learns == Learns::Both { expected } else { (Vec::new(), Vec::new()) };
        assert_eq!(changes(&sent.changes), told);
        assert_eq!((base_x.len(), base_y.len()), (x.len() as u64, y.len() as u64));
        assert_eq!(base_x.state.peer, y.len() as u64);
        assert!(received.resumed.is_none() && sent.resumed.is_none());
        if round % 2 == 0 {
            // A new process.
            drop((base_x, base_y));
            (base_x, base_y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
        }
    }
}

#[test]
fn a_hundred_random_histories() {
    (0..100).for_each(history);
}

#[test]
fn late_repeated_and_contradicting_changes() {
    let terms = terms(Learns::Both, 1);
    let disk = Disk::new(&terms);
    let (mut x, mut y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    let nothing: Step = (vec![], vec![]);
    let base = (entries(0..20), vec![]);
    let (first, _) = update((&mut x, &mut y), (&base, &base), &terms, 1);
    assert_eq!((first.changes.appeared.len(), first.net), (20, (20, 0)));
    // The same again: nothing is asked, nothing changes.
    let (again, sent) = update((&mut x, &mut y), (&base, &base), &terms, 2);
    assert_eq!((changes(&again.changes), again.net, sent.net), ((vec![], vec![]), (0, 0), (0, 0)));
    assert_eq!(x.asked(), [20]);
    // Deleted and inserted at once stays; what is not there cannot go; twice is once.
    let step =
        ([entries(3..5), entries(3..5)].concat(), [entries(3..5), entries(90..95), entries(7..9)].concat());
    let (received, sent) = update((&mut x, &mut y), (&step, &nothing), &terms, 3);
    assert_eq!(
        (changes(&received.changes), received.net),
        ((vec![], entries(7..9).into_iter().collect::<BTreeSet<_>>().into_iter().collect()), (0, 2))
    );
    assert_eq!(
        changes(&sent.changes).1.len(),
        2,
        "the sender hears that its entries are not shared any more"
    );
    // Gone and come again on the other side.
    let (gone, _) = update((&mut x, &mut y), (&nothing, &(vec![], entries(0..20))), &terms, 4);
    assert_eq!(gone.changes.vanished.len(), 18);
    let (come, _) = update((&mut x, &mut y), (&nothing, &(entries(0..20), vec![])), &terms, 5);
    assert_eq!((come.changes.appeared.len(), come.changes.version), (18, 5));
}

#[test]
fn a_base_larger_than_a_chunk_and_than_its_first_memory() {
    let terms = terms(Learns::Receiver, 1);
    let disk = Disk::new(&terms);
    let (mut x, mut y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    let steps = ((entries(0..4_300), vec![]), (entries(4_200..9_000), vec![]));
    let (received, _) = update((&mut x, &mut y), (&steps.0, &steps.1), &terms, 1);
    assert_eq!(received.changes.appeared.len(), 100);
}
