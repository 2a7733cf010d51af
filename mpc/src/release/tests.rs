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

#[test]
fn groups_by_secret_keys_hide_what_is_small_or_dominated() {
    // Keys 0 … 5 with 30, 3, 40, 20, 50, 12 rows; in group 3 one row has nearly everything.
    let sizes = [30, 3, 40, 20, 50, 12];
    let keys: Vec<u64> = (0..6).flat_map(|key| vec![key as u64; sizes[key]]).collect();
    let mut values: Vec<i64> = (0..keys.len() as i64).map(|at| 10 + at * 7 % 11).collect();
    values[80] = 100_000;
    let found = agreed(3, |context| {
        let keys = crate::tests::given::planes(context, &keys, 10)?;
        let column = integers(context, &values)?;
        let greatest = Some(crate::group::Greatest { of: &column, bits: 17 });
        let groups_found = crate::group::sums_and_greatest(context, &keys, &[&column], greatest)?;
        let rule = Rule { minimum: 10, percent: Some(85) };
        groups::groups(context, &groups_found, Some((0, 30)), (&rule, 155))
    });
    // The small one and the dominated one; the first of the others keeps them company.
    assert_eq!((found.hidden, found.withheld), (2, vec![0]));
    let expected = [(2, 40), (4, 50), (5, 12)].map(|(key, count)| {
        let sum = values.iter().zip(&keys).filter(|(_, of)| **of == key).map(|(value, _)| *value).sum();
        groups::Group { key, count, sums: vec![sum] }
    });
    assert_eq!(found.groups, expected);
    assert_eq!(found.totals, Some(vec![values.iter().sum()]));
}
