//! What is said before is what comes out: looked at over many draws.

use super::*;
use crate::dataset::Dataset;
use crate::engine::{Total, Totals};
use crate::policy::Policy;
use crate::private::{Mode, Terms, lines};
use crate::world::{DATASET, POLICY};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;

const SQL: &str =
    "SELECT COUNT(*), SUM(wage), AVG(wage), VAR_SAMP(wage), STDDEV_SAMP(wage), MEDIAN(wage) FROM residents";

/// Draws of noise.
const DRAWS: usize = 400;

#[test]
fn figures_are_as_far_off_as_is_said_before() {
    let dataset = Dataset::parse(DATASET).unwrap();
    let mut policy = Policy::parse(POLICY).unwrap();
    policy.policy.mode = Mode::Dp;
    let question = crate::question::read(SQL, &dataset, &policy).unwrap();
    let measured = Measured::of(&question, &dataset, &Terms::default());
    let scales = measured.scales("0.05".parse().unwrap()).unwrap();
    // In units of a hundredth, over most of the bounds.
    let values: Vec<i64> = (0..5000).map(|n| n * n / 3 % 9_000_000 - 50_000).collect();
    let mut total = Total { place: 0, sums: Vec::new(), ranges: Vec::new() };
    for measurement in &measured.measurements {
        let mut counts = Vec::new();
        values.iter().for_each(|value| measurement.put(*value, &mut counts));
        total.sums.push(values.iter().map(|value| measurement.adds(*value)).sum());
        total.ranges.push(counts);
    }
    let totals = Totals { groups: vec![total] };
    let (n, mut wages) = (values.len() as f64, values.iter().map(|v| *v as f64 / 100.0).collect::<Vec<_>>());
    wages.sort_unstable_by(f64::total_cmp);
    let sum: f64 = wages.iter().sum();
    let variance = wages.iter().map(|wage| (wage - sum / n).powi(2)).sum::<f64>() / (n - 1.0);
    let exact = [n, sum, sum / n, variance, variance.sqrt()];
    let said: Vec<Off> = measured.noise(&question, &scales).into_iter().map(|(_, off)| off).collect();
    let seed = 41;
    println!("seed {seed}");
    let mut dice = ChaCha20Rng::seed_from_u64(seed);
    let mut errors = vec![Vec::new(); said.len()];
    for _ in 0..DRAWS {
        let answer = lines(&question, &dataset, (&measured, &scales), &totals, &mut dice);
        for (at, figure) in answer[0].figures.iter().enumerate() {
            let found = figure.unwrap();
            errors[at].push(match exact.get(at) {
                Some(exact) => (found - exact).abs(),
                None => (wages.partition_point(|wage| *wage < found) as f64 - n / 2.0).abs(),
            });
        }
    }
    for (at, (off, mut errors)) in said.into_iter().zip(errors).enumerate() {
        errors.sort_unstable_by(f64::total_cmp);
        let most = match off {
            Off::By(off) => off,
            Off::OverRows(off) => off / n,
            Off::OverRowsAndItself(off) => off / n / variance.sqrt(),
            Off::Rank { rows, steps } => {
                assert!((steps - 2.56).abs() < 1e-9, "{steps}");
                rows + 1.0
            }
        };
        let within = errors.partition_point(|error| *error <= most);
        assert!(within * 100 >= DRAWS * 93, "figure {at}: {within} of {DRAWS} within {most}");
        // And not by saying more than any use is of.
        let usual = errors[DRAWS / 2];
        assert!(usual > 0.0 && most < 40.0 * usual, "figure {at}: {most} is said, {usual} is usual");
        if matches!(off, Off::By(_)) {
            assert!(within < DRAWS, "figure {at}: it is 95 of 100 and not all");
        }
    }
}
