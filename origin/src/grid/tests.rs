use super::*;
use proptest::prelude::*;

const PRIME: u64 = 2_147_483_647;

fn power(mut base: u64, mut exponent: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent >>= 1;
    }
    result
}

/// The hidden cells that follow from the shown ones, by solving the sums: an oracle that knows
/// nothing of graphs. Arithmetic modulo a large prime stands for the rationals.
fn derivable(shown: &[Vec<Option<u64>>]) -> Vec<(usize, usize)> {
    let (rows, columns) = (shown.len(), shown[0].len());
    let mut unknowns = Vec::new();
    for (r, row) in shown.iter().enumerate() {
        unknowns.extend((0..columns).filter(|&c| row[c].is_none()).map(|c| (r, c)));
    }
    let number = |cell: (usize, usize)| unknowns.iter().position(|u| *u == cell);
    let line = |cells: Vec<(usize, usize)>| {
        let mut equation = vec![0u64; unknowns.len()];
        for (i, cell) in cells.iter().enumerate() {
            if let Some(at) = number(*cell) {
                equation[at] = if i + 1 == cells.len() { PRIME - 1 } else { 1 };
            }
        }
        equation
    };
    let mut equations: Vec<Vec<u64>> =
        (0..rows).map(|r| line((0..columns).map(|c| (r, c)).collect())).collect();
    equations.extend((0..columns).map(|c| line((0..rows).map(|r| (r, c)).collect())));
    let mut rank = 0;
    for column in 0..unknowns.len() {
        let Some(pivot) = (rank..equations.len()).find(|&e| equations[e][column] != 0) else { continue };
        equations.swap(rank, pivot);
        let inverse = power(equations[rank][column], PRIME - 2);
        for value in &mut equations[rank] {
            *value = *value * inverse % PRIME;
        }
        let pivot = equations[rank].clone();
        for (e, equation) in equations.iter_mut().enumerate() {
            let factor = equation[column];
            if e != rank && factor != 0 {
                for (value, p) in equation.iter_mut().zip(&pivot) {
                    *value = (*value + (PRIME - factor) * p) % PRIME;
                }
            }
        }
        rank += 1;
    }
    // In reduced form, an unknown is determined exactly if some equation holds it alone.
    let alone = |e: &Vec<u64>| {
        let mut set = e.iter().enumerate().filter(|(_, v)| **v != 0).map(|(at, _)| at);
        set.next().filter(|_| set.next().is_none())
    };
    equations.iter().filter_map(alone).map(|at| unknowns[at]).collect()
}

#[test]
fn the_oracle_knows_a_derivable_cell() {
    let shown = |rows: [[Option<u64>; 3]; 3]| rows.map(|r| r.to_vec()).to_vec();
    let one = shown([[None, Some(5), Some(7)], [Some(4), Some(4), Some(8)], [Some(6), Some(9), Some(15)]]);
    assert_eq!(derivable(&one), [(0, 0)]);
    let ring = shown([[None, None, Some(7)], [None, None, Some(8)], [Some(6), Some(9), Some(15)]]);
    assert_eq!(derivable(&ring), []);
}

#[test]
fn large_counts_are_shown_and_totals_kept() {
    let mut grid = Grid::default();
    for division in ["990101", "990102", "990103"] {
        for band in 0..6 {
            for person in 0..20 {
                grid.add(division, band, person % 2 == 0);
            }
        }
    }
    assert_eq!(grid.release(5).suppressed, 0);
    assert_eq!(grid.total(), Pair { whole: 360, part: 180 });
    grid.add("990101", 6, true);
    let released = grid.release(5);
    assert!(released.whole[0][6].is_none(), "one person");
    assert!(released.whole.concat().iter().filter(|c| c.is_none()).count() >= 4);
    assert!(released.whole[3][7].is_some(), "the grand total stays");
    let empty = Grid::default().release(5);
    assert_eq!((empty.whole, empty.suppressed), (vec![vec![Some(0)]], 0));
}

#[test]
fn a_single_small_cell_hides_everything() {
    let mut grid = Grid::default();
    grid.add("990101", 3, true);
    let released = grid.release(5);
    assert!(released.whole.concat().iter().chain(&released.part.concat()).all(Option::is_none));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn nothing_hidden_follows_from_the_totals(
        counts in (1usize..6, 1usize..6).prop_flat_map(|(r, c)| {
            let cell = prop_oneof![Just((0u64, 0u64)), (0u64..6, 0u64..6), (0u64..60, 0u64..60)];
            proptest::collection::vec(proptest::collection::vec(cell, c), r)
        }),
        minimum in 1u64..8,
    ) {
        let mut grid = Grid::default();
        for (r, row) in counts.iter().enumerate() {
            for (c, &(with, without)) in row.iter().enumerate() {
                (0..with).for_each(|_| grid.add(&format!("99010{r}"), c as u8, true));
                (0..without).for_each(|_| grid.add(&format!("99010{r}"), c as u8, false));
            }
        }
        let released = grid.release(minimum);
        for (r, row) in released.whole.iter().enumerate() {
            for (c, &whole) in row.iter().enumerate() {
                let part = released.part[r][c];
                let fine = |count: Option<u64>| count.is_none_or(|n| n == 0 || n >= minimum);
                prop_assert!(fine(whole) && fine(part), "{:?}", released);
                if let (Some(whole), Some(part)) = (whole, part) {
                    prop_assert!(fine(Some(whole - part)), "{:?}", released);
                }
            }
        }
        prop_assert_eq!(derivable(&released.whole), vec![]);
        prop_assert_eq!(derivable(&released.part), vec![]);
    }
}
