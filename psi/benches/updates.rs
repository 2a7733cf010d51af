//! Joins and updates of a base: what they add to the protocol under them.
//!
//! `cargo bench -p yinshu-psi --bench updates`. Set `RAYON_NUM_THREADS=1` for one core.

use divan::Bencher;
use divan::counter::ItemsCount;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::path::Path;
use yinshu_net::{PartyId, memory};
use yinshu_psi::delta::{self, Base, Room};
use yinshu_psi::join::{Alternative, Duplicates, Plan, Side};
use yinshu_psi::partition::Role;
use yinshu_psi::{Entry, Item, Learns, Terms};

fn main() {
    divan::main();
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// Rows of a number, a name and a day of birth; a fifth has no number, and every third comes twice.
fn rows(n: u64) -> Vec<[Option<Vec<u8>>; 3]> {
    let row = |at: u64| {
        let person = at - u64::from(at % 3 == 2);
        let id = (person % 5 != 4).then(|| person.to_le_bytes().to_vec());
        [id, Some(format!("name {person}").into_bytes()), Some((person % 20_000).to_le_bytes().to_vec())]
    };
    (0..n).map(row).collect()
}

fn plan() -> Plan {
    let alternative =
        |name: &str, columns: &[usize]| Alternative { name: name.into(), columns: columns.into() };
    let alternatives = vec![alternative("id", &[0]), alternative("name and day", &[1, 2])];
    Plan { domain: "bench".into(), alternatives }
}

/// Rows to entries and back, for a match that counts up to four of a key.
#[divan::bench(args = [1u64 << 16, 1 << 18], sample_count = 3)]
fn matching(bencher: Bencher<'_, '_>, n: u64) {
    let (plan, rows) = (plan(), rows(n));
    bencher.counter(ItemsCount::new(n)).bench_local(|| {
        let matching = plan
            .matching(Side::Receiver, Duplicates::Counted { cap: 4 }, &rows)
            .expect("rows of three columns");
        matching.rows(&vec![true; matching.entries.len()])
    });
}

/// Rows to entries, for the sizes of joins.
#[divan::bench(args = [1u64 << 14, 1 << 16], sample_count = 3)]
fn counting(bencher: Bencher<'_, '_>, n: u64) {
    let (plan, rows) = (plan(), rows(n));
    bencher
        .counter(ItemsCount::new(n))
        .bench_local(|| plan.counting(Side::Receiver, 4, &rows).expect("rows of three columns"));
}

fn entries(values: std::ops::Range<u64>) -> Vec<Entry> {
    values.map(|value| Entry::from(Item::new("bench", &[&value.to_le_bytes()]))).collect()
}

/// One update of both sides.
fn update(bases: &mut [Base; 2], x: &[Entry], y: &[Entry], terms: &Terms) {
    let party = |name| PartyId::new(name).expect("a name");
    let (mut here, mut there) = memory::pair(party("receiver"), party("sender"));
    let [receiver, sender] = bases;
    let none = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut asked = |_: &delta::msg::Ask| Ok(());
            delta::update_sender(&mut there, sender, (y, &none[..]), terms, &mut rng(1), &mut asked)
                .expect("it runs");
        });
        delta::update_receiver(&mut here, receiver, (x, &none[..]), terms, &mut rng(2)).expect("it runs");
    });
}

fn bases(folder: &Path, room: u64, terms: &Terms) -> [Base; 2] {
    [("receiver", Role::Receiver), ("sender", Role::Sender)].map(|(name, role)| {
        let room = Room { own: room, peer: room };
        Base::create(&folder.join(name), role, terms, room, &mut rng(3)).expect("a base")
    })
}

/// A base of so many, and changes of so many: the second number is what it costs.
#[divan::bench(args = [(1u64 << 12, 1u64 << 8), (1 << 14, 1 << 8), (1 << 14, 1 << 11)], sample_count = 3)]
fn changes(bencher: Bencher<'_, '_>, (base, changes): (u64, u64)) {
    let folder = tempfile::tempdir().expect("a folder");
    let terms = Terms::single(Learns::Receiver, 1 << 24);
    let mut bases = bases(folder.path(), 1 << 16, &terms);
    update(&mut bases, &entries(0..base), &entries(base / 2..base / 2 + base), &terms);
    let mut from = 1 << 32;
    bencher.counter(ItemsCount::new(2 * changes)).bench_local(|| {
        let new = entries(from..from + changes);
        update(&mut bases, &new, &new, &terms);
        from += changes;
    });
}
