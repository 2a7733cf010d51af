use super::*;
use crate::tests::given::{integers, random};
use crate::tests::{agreed, sent, three};
use proptest::prelude::*;

#[test]
fn cells_are_empty_hidden_or_shown() {
    let counts = [0, 1, 9, 10, 11, 500, 10, 20];
    let greatest = [0, 5, 100, 85, 86, 1, 0, 900];
    let totals = [0, 5, 100, 100, 100, 100, 0, 1000];
    let found = agreed(1, |context| {
        let [counts, greatest, totals] = [counts, greatest, totals].map(|values| integers(context, &values));
        let (counts, greatest, totals) = (counts?, greatest?, totals?);
        let of = Contributions { greatest: &greatest, totals: &totals, bits: 10 };
        let rule = Rule { minimum: 10, percent: Some(85) };
        states(context, &counts, Some(of), &rule, 1000)
    });
    use State::{Empty, Hidden, Shown};
    assert_eq!(found, [Empty, Hidden, Hidden, Shown, Hidden, Shown, Shown, Hidden]);
}

#[test]
fn what_is_hidden_is_never_sent() {
    let counts = [20, 3, 30, 40, 50, 60, 25, 26, 27];
    let ends = three(2, |context| {
        let (counts, shape) = (integers(context, &counts)?, Shape { rows: 3, columns: 3 });
        let states = states(context, &counts, None, &Rule::at_least(10), 1000)?;
        let before = sent(context);
        let pattern = Pattern::of(shape, &states);
        assert_eq!(sent(context), before);
        let step = context.steps();
        let released = table(context, shape, &counts, &[&counts], None, (&Rule::at_least(10), 1000))?;
        Ok((pattern, released, context.steps() - step))
    });
    for end in ends {
        let (pattern, released, _) = end.unwrap();
        // Four corners.
        assert_eq!(pattern.hidden.iter().filter(|hidden| **hidden).count(), 4);
        assert_eq!(released.counts.iter().filter(|count| count.is_none()).count(), 4);
        assert_eq!(released.counts[1], None);
        assert_eq!(released.counts[15], Some(281));
        assert_eq!(released.sums[0][15], Some(281));
    }
}

/// Figures with totals.
fn figures(shape: Shape, cells: &[i64]) -> Vec<i64> {
    let all = shape.with_totals();
    let line = |at: usize, lines: usize| if at < lines { at..at + 1 } else { 0..lines };
    (0..all.rows * all.columns)
        .map(|at| {
            let (rows, columns) = (line(at / all.columns, shape.rows), line(at % all.columns, shape.columns));
            rows.flat_map(|row| columns.clone().map(move |column| cells[row * shape.columns + column])).sum()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn of_every_small_cell_another_table_shows_the_same(
        seed: u64, rows in 1usize..6, columns in 1usize..6, minimum in 2i64..8,
    ) {
        let shape = Shape { rows, columns };
        let cells: Vec<i64> = random(seed, rows * columns, 62).iter().map(|v| (v & 31).pow(2) / 30).collect();
        let states: Vec<State> = cells
            .iter()
            .map(|&count| match count {
                0 => State::Empty,
                count if count < minimum => State::Hidden,
                _ => State::Shown,
            })
            .collect();
        let pattern = Pattern::of(shape, &states);
        let truth = figures(shape, &cells);
        for (at, &count) in cells.iter().enumerate() {
            if states[at] != State::Hidden {
                continue;
            }
            let (row, column) = (at / columns, at % columns);
            let all = shape.with_totals();
            prop_assert!(pattern.hidden[row * all.columns + column]);
            // Some move changes it, up and down, within what a cell of its state can hold.
            let found = pattern.moves.iter().find(|cells| cells[0] == (row, column)).unwrap();
            for up in [1, -1] {
                let mut moved = cells.clone();
                for (number, &(r, c)) in found.iter().enumerate() {
                    moved[r * columns + c] += if number == 0 || number == 3 { up } else { -up };
                }
                prop_assert!(moved[at] != count && moved.iter().all(|count| *count >= 0));
                let figures = figures(shape, &moved);
                for (place, (a, b)) in truth.iter().zip(&figures).enumerate() {
                    prop_assert!(pattern.hidden[place] || a == b);
                }
            }
        }
        // No total that is small is shown.
        for (place, &figure) in truth.iter().enumerate() {
            prop_assert!(pattern.hidden[place] || figure == 0 || figure >= minimum);
        }
    }
}
