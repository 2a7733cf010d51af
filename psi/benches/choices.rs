//! Sizes and sums: both parties in one process over a memory channel, sharing the cores.
//!
//! `cargo bench -p yinshu-psi --bench choices`. Set `RAYON_NUM_THREADS=1` for one core.

use divan::Bencher;
use divan::counter::ItemsCount;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_net::{PartyId, memory};
use yinshu_psi::size::{self, Opens};
use yinshu_psi::sum::{self, Asks, Column, Row};
use yinshu_psi::{Entry, Item, Learns, Terms};

fn main() {
    divan::main();
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn entry(value: u64) -> Entry {
    Entry::from(Item::new("bench", &[&value.to_le_bytes()]))
}

fn party(name: &str) -> PartyId {
    PartyId::new(name).expect("a name")
}

#[divan::bench(args = [1u64 << 12, 1 << 16], sample_count = 3)]
fn whole_size(bencher: Bencher<'_, '_>, n: u64) {
    let terms = Terms::single(Learns::Receiver, 1 << 24);
    let own: Vec<Entry> = (0..n).map(entry).collect();
    bencher.counter(ItemsCount::new(2 * n)).bench_local(|| {
        let (mut receiver, mut sender) = memory::pair(party("receiver"), party("sender"));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let table = (n / 2..n / 2 + n).map(|value| Ok::<_, String>(entry(value)));
                size::send(&mut sender, table, &terms, Opens::Total, &mut rng(1), &mut |_| {})
                    .expect("it runs")
            });
            size::receive(&mut receiver, &own, &terms, Opens::Total, &mut rng(2), &mut |_| {})
                .expect("it runs")
        })
    });
}

/// Numbers of entries, and the width of the one column.
#[divan::bench(args = [(1u64 << 10, 16u32), (1 << 12, 16), (1 << 12, 64)], sample_count = 3)]
fn whole_sum(bencher: Bencher<'_, '_>, (n, bits): (u64, u32)) {
    let terms = Terms::single(Learns::Receiver, 1 << 24);
    let column = Column { name: "value".into(), bits, signed: false };
    let asks = Asks { columns: vec![column].try_into().expect("one column"), least: 10 };
    let own: Vec<Entry> = (0..n).map(entry).collect();
    bencher.counter(ItemsCount::new(2 * n)).bench_local(|| {
        let (mut receiver, mut sender) = memory::pair(party("receiver"), party("sender"));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let row = |value| Row { entry: entry(value), values: vec![i128::from(value & 0xffff)] };
                let table = (n / 2..n / 2 + n).map(|value| Ok::<_, String>(row(value)));
                sum::send(&mut sender, table, &terms, &asks, &mut rng(1), &mut |_| {}).expect("it runs")
            });
            sum::receive(&mut receiver, &own, &terms, &asks, &mut rng(2), &mut |_| {}).expect("it runs")
        })
    });
}
