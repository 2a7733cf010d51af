//! What statistics cost, three parties on three threads.

#[path = "parties/three.rs"]
mod parties;

use divan::Bencher;
use parties::three;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use yinshu_mpc::bits::Planes;
use yinshu_mpc::quantile::{Among, by_rank};
use yinshu_mpc::release::Rule;
use yinshu_mpc::stats::{Column, logistic, moments};
use yinshu_mpc::{B64, Context, MpcError, Role, Security, Shares, Z64, araki16, join};

fn main() {
    divan::main();
}

const RULE: Rule = Rule { minimum: 10, percent: None };

/// Random integers below 2^bits that the first party shares.
fn given(context: &mut Context, n: usize, bits: u32, seed: u64) -> Result<Shares<Z64>, MpcError> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let values: Vec<Z64> = (0..n).map(|_| Z64(rng.next_u64() >> (64 - bits))).collect();
    araki16::input(context, Role::First, (context.role() == Role::First).then_some(&values[..]), n)
}

#[divan::bench(sample_count = 3, args = [Security::SemiHonest, Security::Malicious])]
fn median_of_a_million(bencher: Bencher<'_, '_>, security: &Security) {
    bencher.bench(|| {
        three(*security, |context| {
            let bits: Shares<B64> = context.random(1 << 20);
            let planes = Planes::of_words(&bits, 32);
            let rank = Shares::public(context.role(), &[Z64(1 << 19)]);
            let start = std::time::Instant::now();
            by_rank(context, &planes, Among::default(), &rank)?;
            report(context, "median, 32 bits, shared bit by bit", start);
            Ok(())
        });
    });
}

#[divan::bench(sample_count = 3)]
fn median_of_a_million_integers(bencher: Bencher<'_, '_>) {
    bencher.bench(|| {
        three(Security::SemiHonest, |context| {
            let values = given(context, 1 << 20, 31, 1)?;
            let rank = Shares::public(context.role(), &[Z64(1 << 19)]);
            let start = std::time::Instant::now();
            yinshu_mpc::quantile::of_integers(context, &values, 32, Among::default(), &rank)?;
            report(context, "median, 32 bits, integers", start);
            Ok(())
        });
    });
}

#[divan::bench(sample_count = 5, args = [Security::SemiHonest, Security::Malicious])]
fn moments_of_a_million(bencher: Bencher<'_, '_>, security: &Security) {
    bencher.bench(|| {
        three(*security, |context| {
            let values = given(context, 1_000_000, 20, 1)?;
            let column = Column::of(context, values, 20)?;
            let start = std::time::Instant::now();
            moments(context, &[&column], None, &RULE)?.expect("enough rows");
            report(context, "sum, mean, variance of 1 M", start);
            Ok(())
        });
    });
}

#[divan::bench(sample_count = 3, args = [Security::SemiHonest, Security::Malicious])]
fn correlation_of_ten_columns(bencher: Bencher<'_, '_>, security: &Security) {
    bencher.bench(|| {
        three(*security, |context| {
            let mut columns = Vec::new();
            for seed in 0..10 {
                let shares = given(context, 100_000, 20, seed)?;
                columns.push(Column::of(context, shares, 20)?);
            }
            let columns: Vec<&Column> = columns.iter().collect();
            let start = std::time::Instant::now();
            let found = moments(context, &columns, None, &RULE)?.expect("enough rows");
            report(context, "correlation of 100,000 × 10", start);
            assert!((found.correlation(3, 3) - 1.0).abs() == 0.0);
            Ok(())
        });
    });
}

#[divan::bench(sample_count = 2, args = [Security::SemiHonest, Security::Malicious])]
fn logistic_training(bencher: Bencher<'_, '_>, security: &Security) {
    bencher.bench(|| {
        three(*security, |context| {
            let mut columns = Vec::new();
            for seed in 0..30 {
                columns.push(given(context, 569, 17, seed)?);
            }
            let labels = given(context, 569, 1, 99)?;
            let rows = logistic::Rows::new(context, &columns.iter().collect::<Vec<_>>(), &labels, 1)?;
            let start = std::time::Instant::now();
            logistic::train(context, &rows, logistic::Schedule { epochs: 10, batches: 8, rate: 0.5 })?;
            report(context, "logistic regression, 569 × 30, 10 epochs of 8 batches", start);
            Ok(())
        });
    });
}

#[divan::bench(sample_count = 1, args = [100_000])]
fn joins(bencher: Bencher<'_, '_>, n: usize) {
    bencher.bench(|| {
        three(Security::SemiHonest, |context| {
            // Distinct keys on the left: the numbers of rows.
            let numbers: Vec<B64> = (0..n as u64).map(B64).collect();
            let left = Planes::of_words(&Shares::public(context.role(), &numbers), 32);
            let right: Shares<B64> = context.random(n);
            let column = given(context, n, 30, 7)?;
            let start = std::time::Instant::now();
            join::join(context, &left, &[&column], &Planes::of_words(&right, 32))?;
            report(context, "join of two tables", start);
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
