//! Intersection: both parties in one process over a memory channel, sharing the cores; then the parts.
//!
//! `cargo bench -p yinshu-psi --bench ecdh -- whole` for the first, `-- part` for the second. Set
//! `RAYON_NUM_THREADS=1` for one core.

use divan::Bencher;
use divan::counter::ItemsCount;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::hint::black_box;
use yinshu_crypto::group::{
    BATCH, Base, Blinds, Element, Exponent, Hasher, decode_raise_encode_each, decode_unblind_encode_each,
    hash_blind_encode_each, hash_raise_encode_each,
};
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

/// A million against a million, for comparison with other libraries. Run it by name.
#[divan::bench(sample_count = 1, ignore)]
fn whole_million(bencher: Bencher<'_, '_>) {
    whole(bencher, (1 << 20, 1 << 20));
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

fn messages() -> Vec<[u8; 34]> {
    let message = |value: u64| {
        let mut message = [0; 34];
        message[2..].copy_from_slice(entry(value).item.as_bytes());
        message
    };
    (0..BATCH as u64).map(message).collect()
}

fn blinded(hasher: &Hasher, blinds: &Blinds) -> Vec<[u8; 32]> {
    hash_blind_encode_each(hasher, &messages(), Base::generator(), blinds.part(0..BATCH))
}

#[divan::bench]
fn part_receiver_blinds(bencher: Bencher<'_, '_>) {
    let (hasher, messages) = (Hasher::new(yinshu_psi::ecdh::token::DST), messages());
    bencher.counter(BATCH).bench_local(|| {
        let blinds = Blinds::random(BATCH, &mut rng(4));
        hash_blind_encode_each(&hasher, black_box(&messages), Base::generator(), blinds.part(0..BATCH))
    });
}

#[divan::bench]
fn part_sender_raises(bencher: Bencher<'_, '_>) {
    let hasher = Hasher::new(yinshu_psi::ecdh::token::DST);
    let (points, by) = (blinded(&hasher, &Blinds::random(BATCH, &mut rng(4))), Exponent::random(&mut rng(5)));
    bencher.counter(BATCH).bench(|| decode_raise_encode_each(black_box(&points), &by));
}

#[divan::bench]
fn part_receiver_unblinds(bencher: Bencher<'_, '_>) {
    let hasher = Hasher::new(yinshu_psi::ecdh::token::DST);
    let blinds = Blinds::random(BATCH, &mut rng(4));
    let (points, base) = (blinded(&hasher, &blinds), Base::new(&Element::random(&mut rng(5))));
    bencher
        .counter(BATCH)
        .bench(|| decode_unblind_encode_each(black_box(&points), &base, blinds.part(0..BATCH)));
}

#[divan::bench]
fn part_sender_evaluates_its_own(bencher: Bencher<'_, '_>) {
    let (hasher, messages) = (Hasher::new(yinshu_psi::ecdh::token::DST), messages());
    let by = Exponent::random(&mut rng(5));
    bencher.counter(BATCH).bench(|| hash_raise_encode_each(&hasher, black_box(&messages), &by));
}
