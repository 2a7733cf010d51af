//! Curve operations by kernel, on one core. `cargo bench -p yinshu-crypto --bench curves`.

use divan::Bencher;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use std::hint::black_box;
use yinshu_crypto::group::{
    Base, Blinds, Element, Exponent, Hasher, decode_raise_encode_each_with, decode_unblind_encode_each,
    hash_blind_encode_each, hash_raise_encode_each, hash_raise_encode_each_with, raise_and_encode,
};
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

fn hasher() -> Hasher {
    Hasher::new(b"YINSHU-BENCH-with-ristretto255_XMD:SHA-512_R255MAP_RO_")
}

fn exponent() -> Exponent {
    Exponent::random(&mut ChaCha20Rng::seed_from_u64(2))
}

fn encoded() -> Vec<[u8; 32]> {
    hash_raise_encode_each(&hasher(), &random::<34>(), &exponent())
}

#[divan::bench(args = Kernel::ALL)]
fn group_hash_raise_encode(bencher: Bencher<'_, '_>, kernel: Kernel) {
    let (messages, by) = (random::<34>(), exponent());
    bencher
        .counter(BATCH)
        .bench(|| hash_raise_encode_each_with(kernel, &hasher(), black_box(&messages), &by));
}

#[divan::bench(args = Kernel::ALL)]
fn group_decode_raise_encode(bencher: Bencher<'_, '_>, kernel: Kernel) {
    let (encoded, by) = (encoded(), exponent());
    bencher.counter(BATCH).bench(|| decode_raise_encode_each_with(kernel, black_box(&encoded), &by));
}

/// As `group_decode_raise_encode`, without lanes.
#[divan::bench]
fn group_decode_raise_encode_singly(bencher: Bencher<'_, '_>) {
    let (encoded, by) = (encoded(), exponent());
    bencher.counter(BATCH).bench(|| {
        let decode = |point| Element::decode(point).expect("an element");
        raise_and_encode(&black_box(&encoded).iter().map(decode).collect::<Vec<_>>(), &by)
    });
}

#[divan::bench(args = Kernel::ALL)]
fn group_hash_blind_encode(bencher: Bencher<'_, '_>, kernel: Kernel) {
    let (messages, blinds) = (random::<34>(), Blinds::random(BATCH, &mut ChaCha20Rng::seed_from_u64(3)));
    let base = Base::new_with(kernel, &Element::generator());
    let blinds = blinds.part(0..BATCH);
    bencher.counter(BATCH).bench(|| hash_blind_encode_each(&hasher(), black_box(&messages), &base, blinds));
}

#[divan::bench(args = Kernel::ALL)]
fn group_decode_unblind_encode(bencher: Bencher<'_, '_>, kernel: Kernel) {
    let (encoded, blinds) = (encoded(), Blinds::random(BATCH, &mut ChaCha20Rng::seed_from_u64(3)));
    let base = Base::new_with(kernel, &Element::generator());
    let blinds = blinds.part(0..BATCH);
    bencher.counter(BATCH).bench(|| decode_unblind_encode_each(black_box(&encoded), &base, blinds));
}

#[divan::bench(args = Kernel::ALL)]
fn group_base_table(bencher: Bencher<'_, '_>, kernel: Kernel) {
    bencher.bench(|| Base::new_with(kernel, &Element::generator()));
}

#[divan::bench]
fn group_hash_alone(bencher: Bencher<'_, '_>) {
    let messages = random::<34>();
    let hash = |message: &[u8; 34]| hasher().hash(&[message]);
    bencher.counter(BATCH).bench(|| black_box(&messages).iter().map(hash).collect::<Vec<_>>());
}
