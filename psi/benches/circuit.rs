//! The parts of [`yinshu_psi::circuit`] and whole runs. `cargo bench -p yinshu-psi --bench circuit`
#![allow(missing_docs, reason = "benches")]

use divan::Bencher;
use divan::counter::ItemsCount;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::hash::Digest;
use yinshu_net::{PartyId, memory};
use yinshu_ot::{products, sixteen};
use yinshu_psi::circuit::{self, cuckoo, tag_bits};
use yinshu_psi::{Entry, Item, Learns, Terms};

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [1 << 12, 1 << 16, 1 << 20];

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn party(name: &str) -> PartyId {
    PartyId::new(name).expect("a name")
}

fn entry(value: u64) -> Entry {
    Entry::from(Item::new("bench", &[&value.to_le_bytes()]))
}

/// Both parties in one process, half of the entries shared.
fn whole<const P: usize>(bencher: Bencher<'_, '_>, count: usize) {
    let terms = Terms::single(Learns::Receiver, 1 << 24);
    let count = count as u64;
    let x: Vec<Entry> = (0..count).map(entry).collect();
    let y: Vec<(Entry, [u8; P])> = (count / 2..count / 2 + count).map(|at| (entry(at), [1; P])).collect();
    bencher.counter(ItemsCount::new(2 * count)).bench_local(|| {
        let (mut receiver, mut sender) = memory::pair(party("receiver"), party("sender"));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                circuit::send(&mut sender, &y, &terms, P, &mut rng(1), &mut |_| {})
                    .map(drop)
                    .expect("it runs");
            });
            circuit::receive(&mut receiver, &x, &terms, P, &mut rng(2), &mut |_| {})
                .map(drop)
                .expect("it runs");
        });
    });
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn run_bits(bencher: Bencher<'_, '_>, count: usize) {
    whole::<0>(bencher, count);
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn run_payloads(bencher: Bencher<'_, '_>, count: usize) {
    whole::<8>(bencher, count);
}

/// The transfers of a run alone: of words of 61 bits twenty for each bin.
#[divan::bench(args = SIZES, sample_count = 3)]
fn transfers(bencher: Bencher<'_, '_>, count: usize) {
    let bins = cuckoo::bins(count as u64);
    let groups = bins.div_ceil(64) * (tag_bits(bins) as usize - 1).div_ceil(3);
    let context = Digest::sha256(b"bench");
    bencher.counter(ItemsCount::new(2 * count)).bench_local(|| {
        let (mut receiver, mut sender) = memory::pair(party("receiver"), party("sender"));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                sixteen::receive(&mut sender, &context, groups, &mut rng(1)).map(drop).expect("it runs");
            });
            sixteen::send(&mut receiver, &context, groups, &mut rng(2)).map(drop).expect("it runs");
        });
    });
}

/// What makes zeros of payloads that do not match: half of it, as it is done each way.
#[divan::bench(args = SIZES, sample_count = 3)]
fn products_one_way(bencher: Bencher<'_, '_>, count: usize) {
    let bins = cuckoo::bins(count as u64);
    let (bits, strings) = (vec![5; bins.div_ceil(64)], vec![7; 8 * bins]);
    let context = Digest::sha256(b"bench");
    bencher.counter(ItemsCount::new(2 * count)).bench_local(|| {
        let (mut one, mut two) = memory::pair(party("receiver"), party("sender"));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                products::choose(&mut two, &context, (&bits, bins), 8, &mut rng(1))
                    .map(drop)
                    .expect("it runs");
            });
            products::give(&mut one, &context, &strings, 8, &mut rng(2)).map(drop).expect("it runs");
        });
    });
}
