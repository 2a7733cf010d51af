//! Curve operations by kernel, on one core. `cargo bench -p yinshu-crypto --bench curves`.

use divan::Bencher;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use std::hint::black_box;
use yinshu_crypto::lanes::Kernel;
use yinshu_crypto::x25519;

fn main() {
    divan::main();
}

/// As many elements as share one inversion in the protocols.
const BATCH: usize = 128;

fn random<const N: usize>() -> Vec<[u8; N]> {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut one = || {
        let mut bytes = [0; N];
        rng.fill_bytes(&mut bytes);
        bytes
    };
    (0..BATCH).map(|_| one()).collect()
}

#[divan::bench(args = Kernel::ALL)]
fn x25519_multiply(bencher: Bencher<'_, '_>, kernel: Kernel) {
    let points = random();
    bencher
        .counter(BATCH)
        .bench(|| x25519::multiply_each_with(kernel, black_box(&points), black_box(&[0x5a; 32])));
}
