//! Intersection: both parties in one process over a memory channel, sharing the cores; then the parts.
//!
//! `cargo bench -p yinshu-psi --bench ecdh -- whole` for the first, `-- part` for the second. Set
//! `RAYON_NUM_THREADS=1` for one core.

use divan::Bencher;
use divan::counter::ItemsCount;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::hint::black_box;
use yinshu_crypto::group::{Element, Exponent, Hasher, raise_and_encode};
use yinshu_net::{PartyId, memory};
use yinshu_psi::{Entry, Item, Learns, Terms, intersect};

fn main() {
    divan::main();
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn entry(value: u64) -> Entry {
    Entry::from(Item::new("bench", &[&value.to_le_bytes()]))
}

/// Receiver's and sender's entries, half of the smaller set shared.
const SIZES: [(u64, u64); 3] = [(1 << 12, 1 << 12), (1 << 16, 1 << 16), (1 << 14, 1 << 20)];

/// A county's verification: 330,000 tokens against 2.9 million. Run it by name.
#[divan::bench(sample_count = 1, ignore)]
fn whole_county(bencher: Bencher<'_, '_>) {
    whole(bencher, (330_000, 2_900_000));
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn whole(bencher: Bencher<'_, '_>, (x, y): (u64, u64)) {
    let party = |name: &str| PartyId::new(name).expect("a name");
    let terms = Terms::single(Learns::Receiver, 1 << 24);
    let own: Vec<Entry> = (0..x).map(entry).collect();
    bencher.counter(ItemsCount::new(x + y)).bench_local(|| {
        let (mut receiver, mut sender) = memory::pair(party("receiver"), party("sender"));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let table = (x / 2..x / 2 + y).map(|value| Ok::<_, String>(entry(value)));
                intersect::send(&mut sender, table, &terms, &mut rng(1), &mut |_| {}).expect("it runs")
            });
            intersect::receive(&mut receiver, &own, &terms, &mut rng(2), &mut |_| {}).expect("it runs")
        })
    });
}

/// As many as share one inversion in the protocol.
const BATCH: usize = 128;

fn elements() -> Vec<Element> {
    let mut rng = rng(3);
    (0..BATCH).map(|_| Element::random(&mut rng)).collect()
}

#[divan::bench]
fn part_hash_to_group(bencher: Bencher<'_, '_>) {
    let hasher = Hasher::new(yinshu_psi::ecdh::token::DST);
    let items: Vec<Entry> = (0..BATCH as u64).map(entry).collect();
    let hash = |entry: &Entry| hasher.hash(&[&entry.section.to_le_bytes(), entry.item.as_bytes()]);
    bencher.counter(BATCH).bench(|| black_box(&items).iter().map(hash).collect::<Vec<_>>());
}

#[divan::bench]
fn part_raise(bencher: Bencher<'_, '_>) {
    let (elements, by) = (elements(), Exponent::random(&mut rng(4)));
    bencher.counter(BATCH).bench(|| black_box(&elements).iter().map(|e| e.raise(&by)).collect::<Vec<_>>());
}

#[divan::bench]
fn part_raise_and_encode(bencher: Bencher<'_, '_>) {
    let (elements, by) = (elements(), Exponent::random(&mut rng(4)));
    bencher.counter(BATCH).bench(|| raise_and_encode(black_box(&elements), &by));
}

#[divan::bench]
fn part_decode(bencher: Bencher<'_, '_>) {
    let encoded: Vec<_> = elements().iter().map(Element::encode).collect();
    bencher.counter(BATCH).bench(|| black_box(&encoded).iter().map(Element::decode).collect::<Vec<_>>());
}
