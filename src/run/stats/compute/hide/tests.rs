//! Whether what is hidden beside small counts with noise follows from what is shown: by elimination over all figures.

use super::*;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

/// Remainders of this many.
const PRIME: i128 = (1 << 61) - 1;

/// The remainder of 1 by division.
fn inverse(of: i128) -> i128 {
    let (mut result, mut base, mut left) = (1, of, PRIME - 2);
    while left > 0 {
        if left & 1 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        left >>= 1;
    }
    result
}

/// A figure as a sum of cells.
fn cells_of(shape: Shape, figure: usize) -> Vec<i128> {
    let across = shape.with_totals().columns;
    let (row, column) = (figure / across, figure % across);
    let in_row = |at: usize| row == shape.rows || at / shape.columns == row;
    let in_column = |at: usize| column == shape.columns || at % shape.columns == column;
    (0..shape.rows * shape.columns).map(|at| i128::from(in_row(at) && in_column(at))).collect()
}

/// Takes from a figure what others before it explain, and keeps what is left of it among them; none where nothing is.
fn explained(basis: &mut Vec<(usize, Vec<i128>)>, mut figure: Vec<i128>, keep: bool) -> bool {
    for (pivot, other) in &*basis {
        let times = figure[*pivot];
        figure.iter_mut().zip(other).for_each(|(a, b)| *a = (*a + (PRIME - times) * b) % PRIME);
    }
    let Some(pivot) = figure.iter().position(|value| *value != 0) else { return true };
    if keep {
        let scale = inverse(figure[pivot]);
        basis.push((pivot, figure.iter().map(|value| value * scale % PRIME).collect()));
    }
    false
}

#[test]
fn nothing_hidden_beside_noise_follows_by_subtraction() {
    let mut partly = 0;
    for seed in 0..2_000 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let shape = Shape { rows: rng.random_range(1..6), columns: rng.random_range(1..6) };
        let all = shape.with_totals();
        // Totals may be small though no cell is: noise has both signs.
        let (cells, totals) = (rng.random_range(0..90), [0, 0, 5, 40][rng.random_range(0..4)]);
        let small = |at: usize| {
            let cell = at / all.columns < shape.rows && at % all.columns < shape.columns;
            rng.random_range(0..100) < if cell { cells } else { totals }
        };
        let few: Vec<bool> = (0..all.rows * all.columns).map(small).collect();
        let hidden = beside(shape, &few);
        assert!(few.iter().zip(&hidden).all(|(few, hidden)| hidden >= few), "seed {seed}");
        let shown: Vec<usize> = (0..hidden.len()).filter(|&at| !hidden[at]).collect();
        let mut basis = Vec::new();
        for &at in &shown {
            explained(&mut basis, cells_of(shape, at), true);
        }
        for at in (0..hidden.len()).filter(|&at| hidden[at]) {
            assert!(!explained(&mut basis, cells_of(shape, at), false), "seed {seed}: {at} of {few:?}");
        }
        partly += usize::from(!shown.is_empty() && shown.len() < hidden.len());
        assert!(few.contains(&true) || shown.len() == hidden.len(), "where nothing is small all is shown");
    }
    assert!(partly > 300, "in many tables something is shown and something is hidden: {partly}");
}

#[test]
fn one_small_cell_takes_another_with_it() {
    let shape = Shape { rows: 1, columns: 4 };
    assert_eq!(beside(shape, &[false, false, true, false, false]), [true, false, true, false, false]);
    // Of two that are small none follows; but one more is withheld that has room for both.
    assert_eq!(beside(shape, &[true, true, false, false, false]), [true, true, true, false, false]);
}
