//! Three to five parties in one process over memory channels, sharing the cores.
//!
//! `cargo bench -p yinshu-psi --bench several`. Set `RAYON_NUM_THREADS=1` for one core.

use divan::Bencher;
use divan::counter::ItemsCount;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::hash::Digest;
use yinshu_net::memory::{self, MemoryChannel};
use yinshu_net::{Channel, PartyId};
use yinshu_psi::several::release::{Shape, release};
use yinshu_psi::several::{self, Agreement, Circle, Opens, Regions};
use yinshu_psi::{Entry, Item, Section};

fn main() {
    divan::main();
}

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
/// Twelve districts and twenty age groups.
const CELLS: u16 = 240;

fn party(number: usize) -> PartyId {
    PartyId::new(NAMES[number]).expect("a name")
}

fn entry(value: u64, cells: u16) -> Entry {
    let section = (value % u64::from(cells)) as u16;
    Entry { section, item: Item::new("bench", &[&value.to_le_bytes()]) }
}

/// A full mesh: for each party its channels to the others, in order.
fn mesh(parties: usize) -> Vec<Vec<MemoryChannel>> {
    let mut all: Vec<Vec<MemoryChannel>> = (0..parties).map(|_| Vec::new()).collect();
    for (one, other) in (0..parties).flat_map(|one| (one + 1..parties).map(move |other| (one, other))) {
        let (here, there) = memory::pair(party(one), party(other));
        all[one].push(here);
        all[other].push(there);
    }
    all
}

/// All parties at once, each with its circle and its set.
fn all(parties: usize, n: u64, cells: u16, run: impl Fn(&mut Circle<'_>, &[Entry], &Agreement, u64) + Sync) {
    let agreement = Agreement {
        parties: (0..parties).map(party).collect(),
        sections: (0..cells).map(|cell| Section { name: cell.to_string(), max: n }).collect(),
        most: Vec::new(),
        context: Digest::ZERO,
    };
    std::thread::scope(|scope| {
        for (number, mut channels) in mesh(parties).into_iter().enumerate() {
            let (agreement, run) = (&agreement, &run);
            scope.spawn(move || {
                let first = number as u64 * n / 8;
                let set: Vec<Entry> = (first..first + n).map(|value| entry(value, cells)).collect();
                let borrowed = channels.iter_mut().map(|channel| channel as &mut dyn Channel);
                let mut circle =
                    Circle::new(&party(number), &agreement.parties, borrowed).expect("a channel to each");
                run(&mut circle, &set, agreement, number as u64);
            });
        }
    });
}

#[divan::bench(args = [(3, 1u64 << 14, 1), (3, 1 << 14, CELLS), (4, 1 << 16, CELLS)], sample_count = 3)]
fn whole_sizes(bencher: Bencher<'_, '_>, (parties, n, cells): (usize, u64, u16)) {
    let opens = Opens { comparer: 0, only: Some(Vec::new()) };
    bencher.counter(ItemsCount::new(parties as u64 * n)).bench_local(|| {
        all(parties, n, cells, |circle, set, agreement, seed| {
            let mut rng = ChaCha20Rng::seed_from_u64(seed);
            let agreed = (agreement, &opens);
            several::sizes(circle, set, agreed, &mut rng, &mut |_, _| Ok(()), &mut |_| {}).expect("it runs");
        });
    });
}

#[divan::bench(args = [(3, 1u64 << 14), (4, 1 << 16)], sample_count = 3)]
fn whole_intersection(bencher: Bencher<'_, '_>, (parties, n): (usize, u64)) {
    bencher.counter(ItemsCount::new(parties as u64 * n)).bench_local(|| {
        all(parties, n, 1, |circle, set, agreement, seed| {
            let mut rng = ChaCha20Rng::seed_from_u64(seed);
            let agreed = (agreement, 0);
            several::intersection(circle, set, agreed, &mut rng, &mut |_, _| Ok(()), &mut |_| {})
                .expect("it runs");
        });
    });
}

/// Small groups among 240 cells, by the share of regions that are small in a hundred.
#[divan::bench(args = [(3, 2u64), (4, 2), (4, 20), (5, 20)], sample_count = 3)]
fn hide(bencher: Bencher<'_, '_>, (parties, small): (u32, u64)) {
    let masks = (1u64 << parties) - 1;
    let size = |at: u64| {
        let drawn = (at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        if drawn % 100 < small { 1 + drawn / 100 % 9 } else { 10 + drawn / 100 % 30_000 }
    };
    let cell = |cell: u64| {
        Regions::from_numbers(&(0..masks).map(|mask| size(cell * masks + mask)).collect::<Vec<_>>())
    };
    let cells: Vec<Regions> = (0..u64::from(CELLS)).map(cell).collect();
    bencher.bench_local(|| release(&cells, Shape { rows: 12, columns: 20 }, parties as usize, 10));
}
