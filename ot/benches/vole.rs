//! Each side's parts alone, and both sides together.
#![allow(missing_docs, reason = "benches")]

use divan::Bencher;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::field::{F2, F64, F128, Subfield};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::permutation::Permutation;
use yinshu_net::{PartyId, memory};
use yinshu_ot::{Security, sixteen, vole};

fn main() {
    divan::main();
}

#[divan::bench(args = [8192])]
fn grow(bencher: Bencher<'_, '_>, n: usize) {
    let permutation = Permutation::new([3; 16]);
    let parents: Vec<F128> = (0..n as u128).map(F128).collect();
    let mut children = vec![F128::ZERO; 2 * n];
    bencher
        .counter(divan::counter::ItemsCount::new(n))
        .bench_local(|| permutation.grow(&parents, &mut children));
}

#[divan::bench(types = [F64, F128], args = [8192])]
fn mul_add_each<A: Subfield>(bencher: Bencher<'_, '_>, n: usize) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let a: Vec<A> = (0..n).map(|_| A::random(&mut rng)).collect();
    let mut out = vec![F128::ZERO; n];
    let by = F128::random(&mut rng);
    bencher.counter(divan::counter::ItemsCount::new(n)).bench_local(|| A::mul_add_each(&mut out, &a, by));
}

fn both<A: Subfield>(n: usize, security: Security) {
    let context = Digest::sha256(b"bench");
    let name = |name| PartyId::new(name).expect("a valid name");
    let (mut sender, mut receiver) = memory::pair(name("province"), name("county"));
    std::thread::scope(|scope| {
        scope.spawn(move || {
            vole::send::<A>(&mut sender, &context, n, security, &mut ChaCha20Rng::seed_from_u64(1)).map(drop)
        });
        vole::receive::<A>(&mut receiver, &context, n, security, &mut ChaCha20Rng::seed_from_u64(2)).map(drop)
    })
    .expect("nobody deviates");
}

#[divan::bench(types = [F2, F64, F128], args = [1, 1 << 20, 1_300_000], sample_count = 5)]
fn semi_honest<A: Subfield>(n: usize) {
    both::<A>(n, Security::SemiHonest);
}

#[divan::bench(types = [F64, F128], args = [1_300_000], sample_count = 5)]
fn malicious<A: Subfield>(n: usize) {
    both::<A>(n, Security::Malicious);
}

/// Groups of 64 transfers: those of 2^20 items against as many take 416,000.
#[divan::bench(args = [1, 1 << 14, 1 << 17], sample_count = 3)]
fn one_of_sixteen(bencher: Bencher<'_, '_>, groups: usize) {
    let context = Digest::sha256(b"bench");
    let name = |name| PartyId::new(name).expect("a valid name");
    bencher.counter(divan::counter::ItemsCount::new(64 * groups)).bench_local(|| {
        let (mut sender, mut receiver) = memory::pair(name("province"), name("county"));
        std::thread::scope(|scope| {
            scope.spawn(move || {
                sixteen::send(&mut sender, &context, groups, &mut ChaCha20Rng::seed_from_u64(1)).map(drop)
            });
            sixteen::receive(&mut receiver, &context, groups, &mut ChaCha20Rng::seed_from_u64(2)).map(drop)
        })
        .expect("nobody deviates");
    });
}
