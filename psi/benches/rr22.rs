//! The parts of [`yinshu_psi::rr22`] and whole runs. `cargo bench -p yinshu-psi --bench rr22`

use divan::Bencher;
use divan::counter::ItemsCount;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng};
use yinshu_psi::okvs::{self, Key, Params, Sorted, Width, Word};

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
