//! What operators cost, three parties on three threads.

#[path = "parties/three.rs"]
mod parties;

use divan::Bencher;
use parties::three;
use yinshu_mpc::bits::{Planes, less, sign};
use yinshu_mpc::{B64, Context, Role, Security, Shares, Z64, araki16, group, sort};

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 3, args = [1 << 20])]
fn multiplications(bencher: Bencher<'_, '_>, n: usize) {
    bencher.bench(|| {
        three(Security::SemiHonest, |context| {
            let (x, y): (Shares<Z64>, Shares<Z64>) = (context.random(n), context.random(n));
            let start = std::time::Instant::now();
            araki16::multiply(context, &x, &y)?;
            report(context, "multiplications", start);
            Ok(())
        });
    });
}

#[divan::bench(sample_count = 3, args = [32, 64])]
fn signs_of_a_million(bencher: Bencher<'_, '_>, bits: usize) {
    bencher.bench(|| {
        three(Security::SemiHonest, |context| {
            let x: Shares<Z64> = context.random(1 << 20);
            let start = std::time::Instant::now();
            sign(context, &x, bits)?;
            report(context, "signs", start);
            Ok(())
        });
    });
}

#[divan::bench(sample_count = 1, args = [100_000, 1_000_000])]
fn sorting(bencher: Bencher<'_, '_>, n: usize) {
    bencher.bench(|| {
        three(Security::SemiHonest, |context| {
            let keys: Shares<B64> = context.random(n);
            let start = std::time::Instant::now();
            sort::order(context, &Planes::of_words(&keys, 32))?;
            report(context, "sort", start);
            Ok(())
        });
    });
}

#[divan::bench(sample_count = 1, args = [100_000])]
fn groups(bencher: Bencher<'_, '_>, n: usize) {
    bencher.bench(|| {
        three(Security::SemiHonest, |context| {
            let keys: Shares<B64> = context.random(n);
            let values: Shares<Z64> = context.random(n);
            let start = std::time::Instant::now();
            group::sums(context, &Planes::of_words(&keys, 7), &[&values])?;
            report(context, "groups", start);
            Ok(())
        });
    });
}

#[divan::bench(sample_count = 3)]
fn comparisons_of_a_million(bencher: Bencher<'_, '_>) {
    bencher.bench(|| {
        three(Security::SemiHonest, |context| {
            let (x, y): (Shares<Z64>, Shares<Z64>) = (context.random(1 << 20), context.random(1 << 20));
            less(context, &x, &y, 64)?;
            Ok(())
        });
    });
}

/// Says what one party sent, beside the time without the making of inputs.
#[expect(clippy::print_stderr, reason = "a bench reports")]
fn report(context: &Context, what: &str, start: std::time::Instant) {
    if context.role() == Role::First {
        let sent: u64 = context.meters().iter().map(|meter| meter.total.bytes_sent).sum();
        eprintln!(
            "{what}: {:?}, {:.1} MB from the first party, {} steps",
            start.elapsed(),
            sent as f64 / 1e6,
            context.steps()
        );
    }
}
