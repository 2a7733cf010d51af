//! Ten columns of 100,000 rows, split among three parties: correlations and a regression against the same in the clear.

use super::lines;
use crate::contract::StatsTerms;
use crate::run::stats::compute::layout::Layout;
use crate::run::stats::compute::tests::three;
use crate::run::stats::own::Own;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::fmt::Write as _;
use yinshu_mpc::release::Rule;
use yinshu_mpc::release::pattern::Shape;
use yinshu_mpc::{Role, Security};

const COLUMNS: usize = 10;
const ROWS: usize = 100_000;

/// The last column is a multiple of the first, with a constant; the others have more and more in common with it.
fn table(seed: u64) -> Vec<Vec<i64>> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut row = || {
        let mut values: Vec<i64> = (0..COLUMNS).map(|_| i64::from(rng.next_u32() >> 12) - 300_000).collect();
        (1..COLUMNS - 1).for_each(|at| values[at] = (values[at] * 10 + values[0] * at as i64) / 10);
        values[COLUMNS - 1] = 7 - 2 * values[0];
        values
    };
    (0..ROWS).map(|_| row()).collect()
}

fn terms() -> StatsTerms {
    let names: Vec<String> = (0..COLUMNS).map(|at| format!("c{at}")).collect();
    let mut text = "person = \"id\"\nreceivers = []\nmax_rows = 100000\nmax_runs = 1\n".to_owned();
    for name in &names {
        let _ =
            write!(text, "[[measure]]\ncolumn = \"{name}\"\nmin = -3000000\nmax = 3000000\ndecimals = 1\n");
    }
    let _ = write!(text, "[[correlation]]\ncolumns = {names:?}\n");
    let explaining = &names[..3];
    let _ = write!(text, "[[regression]]\nexplained = \"c8\"\nexplaining = {explaining:?}\n");
    toml::from_str(&text).expect("terms")
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// In two passes.
fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let (p, q) = (mean(a), mean(b));
    a.iter().zip(b).map(|(x, y)| (x - p) * (y - q)).sum::<f64>() / (a.len() - 1) as f64
}

#[test]
fn correlations_and_regressions_are_those_in_the_clear() {
    let (stats, rows) = (terms(), table(11));
    let own: Vec<Own> = [0..20_000, 20_000..70_000, 70_000..ROWS]
        .map(|part| Own::of_rows(&stats, rows[part].iter().cloned()))
        .into();
    // Tenths, so that products need more than a word: 60 million² · 300,000 rows.
    let layout = Layout::of(&stats, Shape { rows: 1, columns: 1 }, Rule::at_least(10), vec![Role::First]);
    let words = [0, 1, 2].map(|at| own[at].words(&layout));
    let none = |_: usize, _: &[(usize, i64)]| Vec::new();
    let opened = three(&layout, &words, &none, Security::Malicious, 5);
    let line = lines(&stats, &opened[0]).expect("the first receives").remove(0);
    let figure = |name: String| -> f64 {
        line.figures[&name].as_deref().expect("it has a value").parse().expect("a number")
    };
    let columns: Vec<Vec<f64>> =
        (0..COLUMNS).map(|at| rows.iter().map(|row| row[at] as f64 / 10.0).collect()).collect();
    let near =
        |found: f64, truth: f64| assert!((found - truth).abs() <= 1e-9 * truth.abs(), "{found} for {truth}");
    for (i, j) in (0..COLUMNS).flat_map(|i| (i + 1..COLUMNS).map(move |j| (i, j))) {
        let [both, a, b] = [(i, j), (i, i), (j, j)].map(|(i, j)| covariance(&columns[i], &columns[j]));
        let (found, truth) = (figure(format!("correlation.c{i}.c{j}")), both / (a.sqrt() * b.sqrt()));
        // Where nothing is in common what is left is cancelled, in the clear too.
        assert!((found - truth).abs() <= 1e-9 * truth.abs().max(1e-3), "{found} for {truth}");
        if truth.abs() > 0.1 {
            near(figure(format!("covariance.c{i}.c{j}")), both);
        }
    }
    assert_eq!(figure("correlation.c0.c9".to_owned()), -1.0, "of a multiple, exactly");
    // The residuals have nothing in common with what explains.
    let slopes = ["intercept", "c0", "c1", "c2"].map(|name| figure(format!("regression.c8.{name}")));
    let residuals: Vec<f64> = (0..ROWS)
        .map(|row| {
            columns[8][row] - slopes[0] - (0..3).map(|at| slopes[at + 1] * columns[at][row]).sum::<f64>()
        })
        .collect();
    assert!(mean(&residuals).abs() < 1e-6);
    (0..3).for_each(|at| assert!(covariance(&residuals, &columns[at]).abs() < 1e-3));
    let explained = 1.0 - covariance(&residuals, &residuals) / covariance(&columns[8], &columns[8]);
    near(figure("regression.c8.r2".to_owned()), explained);
    assert!(line.figures.keys().all(|name| !name.contains("NaN")));
}
