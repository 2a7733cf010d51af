//! The parts of [`yinshu_psi::rr22`] and whole runs. `cargo bench -p yinshu-psi --bench rr22`

use divan::Bencher;
use divan::counter::ItemsCount;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng};
use yinshu_net::{PartyId, memory};
use yinshu_psi::okvs::{self, Key, Params, Sorted, Width, Word};
use yinshu_psi::rr22::{self, Security, Settings, Wire};
use yinshu_psi::{Entry, Item, Learns, Terms};

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [1 << 12, 1 << 16, 1 << 20];

fn width(bits: u64) -> Width {
    if bits == Width::Narrow.bits() { Width::Narrow } else { Width::Wide }
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn keys(count: usize, rng: &mut ChaCha20Rng) -> Vec<Key> {
    (0..count).map(|_| Key { place: rng.next_u64(), row: rng.next_u64() }).collect()
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn okvs_sort(bencher: Bencher<'_, '_>, count: usize) {
    let keys = keys(count, &mut rng(1));
    bencher.counter(ItemsCount::new(count)).bench(|| Sorted::new(&keys));
}

fn encode<W: Word>(bencher: Bencher<'_, '_>, count: usize, width: Width) {
    let mut rng = rng(1);
    let keys = keys(count, &mut rng);
    let values = W::random(count, &mut rng);
    let params = Params::new(count as u64, width);
    let sorted = Sorted::new(&keys);
    bencher
        .counter(ItemsCount::new(count))
        .bench_local(|| okvs::vartime_encode(&params, &sorted, &values, &mut rng).expect("it encodes"));
}

#[divan::bench(args = SIZES, consts = [128, 256], sample_count = 10)]
fn okvs_encode_64<const BITS: u64>(bencher: Bencher<'_, '_>, count: usize) {
    encode::<u64>(bencher, count, width(BITS));
}

#[divan::bench(args = SIZES, consts = [128, 256], sample_count = 10)]
fn okvs_encode_128<const BITS: u64>(bencher: Bencher<'_, '_>, count: usize) {
    encode::<u128>(bencher, count, width(BITS));
}

#[divan::bench(args = SIZES, consts = [128, 256], sample_count = 10)]
fn okvs_decode_128<const BITS: u64>(bencher: Bencher<'_, '_>, count: usize) {
    let mut rng = rng(1);
    let params = Params::new(count as u64, width(BITS));
    let sorted = Sorted::new(&keys(count, &mut rng));
    let encoding = u128::random(params.columns(), &mut rng);
    bencher.counter(ItemsCount::new(count)).bench(|| okvs::vartime_decode(&params, &sorted, &encoding));
}

fn entry(value: u64) -> Entry {
    Entry::from(Item::new("bench", &[&value.to_le_bytes()]))
}

/// Both parties in one process, half of the items shared.
fn whole(bencher: Bencher<'_, '_>, count: usize, security: Security, wire: Wire) {
    let party = |name: &str| PartyId::new(name).expect("a name");
    let (terms, settings) = (Terms::single(Learns::Receiver, 1 << 27), Settings { security, wire });
    let count = count as u64;
    let x: Vec<Entry> = (0..count).map(entry).collect();
    let y: Vec<Entry> = (count / 2..count / 2 + count).map(entry).collect();
    bencher.counter(ItemsCount::new(2 * count)).bench_local(|| {
        let (mut receiver, mut sender) = memory::pair(party("receiver"), party("sender"));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let rng = &mut rng(1);
                rr22::send(&mut sender, &y, &terms, &settings, rng, &mut |_| Ok(()), &mut |_| {})
                    .expect("it runs")
            });
            rr22::receive(&mut receiver, &x, &terms, &settings, &mut rng(2), &mut |_| {}).expect("it runs")
        })
    });
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn run_fast(bencher: Bencher<'_, '_>, count: usize) {
    whole(bencher, count, Security::SemiHonest, Wire::Fast);
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn run_compact(bencher: Bencher<'_, '_>, count: usize) {
    whole(bencher, count, Security::SemiHonest, Wire::Compact);
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn run_malicious(bencher: Bencher<'_, '_>, count: usize) {
    whole(bencher, count, Security::Malicious, Wire::Fast);
}
