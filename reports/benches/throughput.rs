//! Reports a second: the crate's own loop on one core, ours on one core, and both aggregators whole, with sealed shares,
//! journals and messages, on all cores.
//!
//! `cargo bench -p yinshu-reports`
#![allow(clippy::print_stdout, reason = "a bench talks to whoever runs it")]

use prio::field::{Field64, Field128};
use prio::flp::Type;
use prio::flp::gadgets::{Mul, ParallelSum};
use prio::flp::types::{Histogram, Sum, SumVec};
use prio::vdaf::prio3::{Prio3, optimal_chunk_length};
use prio::vdaf::xof::XofTurboShake128;
use prio::vdaf::{Aggregator as _, Client as _, VerifyTransition};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use std::time::Instant;
use yinshu_crypto::hash::Digest;
use yinshu_net::memory;
use yinshu_reports::scheme::Bare;
use yinshu_reports::{Aggregator, Kind, Ledger, Measurement, OpenKey, Reporter, Role, Task, Terms};

const KEY: [u8; 32] = [7; 32];

/// The best of several times, in seconds.
fn best(times: usize, mut work: impl FnMut()) -> f64 {
    let one = |()| {
        let begun = Instant::now();
        work();
        begun.elapsed().as_secs_f64()
    };
    std::iter::repeat_n((), times).map(one).fold(f64::INFINITY, f64::min)
}

/// Seconds a report in the crate: sharding, and what both aggregators do.
fn crates<T: Type>(circuit: T, algorithm: u32, measured: &T::Measurement, count: u32) -> [f64; 2] {
    let prio: Prio3<T, XofTurboShake128, 32> = Prio3::new(2, 1, algorithm, circuit).expect("it fits");
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut nonce = || {
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        nonce
    };
    let nonces: Vec<[u8; 16]> = (0..count).map(|_| nonce()).collect();
    let mut shards = Vec::new();
    let shard = best(3, || {
        shards = nonces.iter().map(|n| prio.shard(b"context", measured, n).expect("it fits")).collect();
    });
    let verify = best(3, || {
        let mut sums = [prio.aggregate_init(&()), prio.aggregate_init(&())];
        for (nonce, (public, inputs)) in nonces.iter().zip(&shards) {
            let begin = |at: usize| {
                prio.verify_init(&KEY, b"context", at, &(), nonce, public, &inputs[at]).expect("valid")
            };
            let [(leader, first), (helper, second)] = [begin(0), begin(1)];
            let message = prio.verifier_shares_to_message(b"context", &(), [first, second]).expect("valid");
            for (state, sum) in [leader, helper].into_iter().zip(&mut sums) {
                let next = prio.verify_next(b"context", state, message.clone()).expect("valid");
                let VerifyTransition::Finish(out) = next else { panic!("one round") };
                prio::vdaf::Aggregatable::accumulate(sum, &out).expect("it fits");
            }
        }
    });
    [shard, verify].map(|seconds| seconds / f64::from(count))
}

/// The same in ours.
fn ours(kind: Kind, measured: &Measurement, count: u32) -> [f64; 2] {
    let bare = Bare::new(kind, b"context");
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let mut random = || {
        let (mut nonce, mut random) = ([0; 16], vec![0; bare.sizes().random]);
        rng.fill_bytes(&mut nonce);
        rng.fill_bytes(&mut random);
        (nonce, random)
    };
    let randoms: Vec<_> = (0..count).map(|_| random()).collect();
    let mut shards = Vec::new();
    let shard = best(3, || {
        shards = randoms.iter().map(|(n, r)| bare.shard(measured, n, r).expect("it fits")).collect();
    });
    let verify = best(3, || {
        let all = randoms.iter().zip(&shards).map(|((nonce, _), shares)| (nonce, shares));
        assert_eq!(bare.aggregate(&KEY, all).1, u64::from(count));
    });
    [shard, verify].map(|seconds| seconds / f64::from(count))
}

/// Both aggregators whole, on all cores, over a channel in memory: reports a second.
fn whole(kind: Kind, measured: &Measurement, count: usize) -> f64 {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let keys = [OpenKey::generate(&mut rng), OpenKey::generate(&mut rng)];
    let agreement = Digest([1; 32]);
    let (leader, helper) = (keys[0].public(), keys[1].public());
    let terms = Terms { agreement, kind, smallest: 3, from: 0, until: 100, leader, helper };
    let task = Task::new(terms).expect("a good task");
    let reports =
        Reporter::new(&task).reports(&vec![measured.clone(); count], 5, &mut rng).expect("they fit");
    let folder = tempfile::tempdir().expect("a folder");
    let mut seconds = f64::INFINITY;
    for at in 0..3 {
        let open =
            |role| Ledger::open(&folder.path().join(format!("{at}{role:?}")), &task, role).expect("new");
        let (mut ours, mut theirs) = (open(Role::Leader), open(Role::Helper));
        let (a, b) = memory::pair("leader".parse().expect("a name"), "helper".parse().expect("a name"));
        let reports = reports.clone();
        let begun = Instant::now();
        std::thread::scope(|scope| {
            let (task, key) = (&task, &keys[1]);
            scope.spawn(move || {
                let mut rng = ChaCha20Rng::seed_from_u64(4);
                let mut helper = Aggregator::meet(b, task, key, &mut theirs, &mut rng).expect("they meet");
                helper.answer(&mut |_, _| Ok(()), &mut |_| {}).expect("it runs");
            });
            let mut leader = Aggregator::meet(a, task, &keys[0], &mut ours, &mut rng).expect("they meet");
            leader.judge(reports.into_iter().map(Ok), &mut |_| {}).expect("it runs");
            leader.end().expect("it ends");
        });
        seconds = seconds.min(begun.elapsed().as_secs_f64());
    }
    count as f64 / seconds
}

fn line<T: Type>(name: &str, circuit: (T, u32, T::Measurement), own: &(Kind, Measurement), count: u32) {
    let [shard, verify] = crates(circuit.0, circuit.1, &circuit.2, count);
    let [own_shard, own_verify] = ours(own.0, &own.1, count);
    let whole = whole(own.0, &own.1, 2 * count as usize);
    println!(
        "{name:<22} {:>9.0} {:>9.0} {:>5.2}x {:>9.0} {:>9.0} {:>5.2}x {whole:>9.0} {:>5.2}x",
        1.0 / shard,
        1.0 / own_shard,
        shard / own_shard,
        1.0 / verify,
        1.0 / own_verify,
        verify / own_verify,
        whole * verify,
    );
}

fn main() {
    println!(
        "{:<22} {:>9} {:>9} {:>6} {:>9} {:>9} {:>6} {:>9} {:>6}",
        "reports a second", "shard", "ours", "", "verify", "ours", "", "whole", ""
    );
    let sum = Sum::<Field64>::new(u32::MAX.into()).expect("it fits");
    let own = (Kind::Sum { max: u32::MAX.into() }, Measurement::Number(123_456_789));
    line("Sum 32 bit", (sum, 2, 123_456_789), &own, 2000);
    let histogram: Histogram<Field128, ParallelSum<Field128, Mul>> =
        Histogram::new(100, optimal_chunk_length(100)).expect("it fits");
    line(
        "Histogram 100",
        (histogram, 4, 42),
        &(Kind::Histogram { buckets: 100 }, Measurement::Bucket(42)),
        2000,
    );
    let vector: SumVec<Field128, ParallelSum<Field128, Mul>> =
        SumVec::new(65_535, 100, optimal_chunk_length(1600)).expect("it fits");
    let own = (Kind::Vector { length: 100, bits: 16 }, Measurement::Numbers(vec![12_345; 100]));
    line("SumVec 100 x 16 bit", (vector, 3, vec![12_345; 100]), &own, 300);
    let count = prio::flp::types::Count::<Field64>::new();
    line("Count", (count, 1, true), &(Kind::Count, Measurement::Yes(true)), 5000);
    println!(
        "shard, verify: one core, both aggregators; whole: both aggregators with everything, all cores, to the crate's verify"
    );
}
