mod declared;
mod readers;

use super::*;
use crate::tests::given::{integers, random};
use crate::tests::{agreed, sent, three};
use proptest::prelude::*;
use readers::View;

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
        states(context, (&[&counts], 1), &[of], &rule, 1000)
    });
    use State::{Empty, Hidden, Shown, Tight};
    assert_eq!(found.unwrap(), [Empty, Hidden, Hidden, Tight, Hidden, Shown, Tight, Hidden]);
}

#[test]
fn what_is_hidden_is_never_sent() {
    let counts = [200, 3, 30, 40, 50, 60, 25, 26, 27];
    let ends = three(2, |context| {
        let (counts, shape) = (integers(context, &counts)?, Shape { rows: 3, columns: 3 });
        let states = states(context, (&[&counts], 1), &[], &Rule::at_least(10), 1000)?.unwrap();
        let before = sent(context);
        let pattern = Pattern::under_known_total(shape, &states);
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
        assert_eq!(released.counts[15], Some(461));
        assert_eq!(released.sums[0][15], Some(461));
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

fn view(shape: Shape, cells: &[i64], rule: &Rule) -> View {
    readers::view(shape, (&[cells.to_vec()], 1), rule)
}

/// All tables of so many cells with so many rows.
fn tables(cells: usize, rows: i64) -> Vec<Vec<i64>> {
    if cells == 1 {
        return vec![vec![rows]];
    }
    let with = |first: i64| {
        tables(cells - 1, rows - first).into_iter().map(move |rest| [vec![first], rest].concat())
    };
    (0..=rows).flat_map(with).collect()
}

/// Who knows the rule, the shape, how many rows there are and all that opens, and tries every table that fits, finds for
/// each hidden cell all counts from 1 to the minimum less one; where not even the states open, more than one for each cell.
#[test]
fn every_hidden_cell_could_have_every_small_count() {
    use std::collections::{BTreeMap, BTreeSet};
    let cases = [
        (1, 2, 3, 24),
        (1, 3, 3, 22),
        (1, 4, 3, 22),
        (2, 2, 3, 26),
        (2, 2, 4, 30),
        (2, 2, 5, 34),
        (1, 3, 5, 36),
        (2, 3, 3, 16),
        (1, 5, 3, 17),
        (3, 2, 3, 15),
        (1, 4, 4, 26),
    ];
    let mut open = 0;
    for (rows, columns, minimum, most) in cases {
        let (shape, rule) = (Shape { rows, columns }, Rule::at_least(minimum));
        // The far end and some before it.
        for all in (1..=most).filter(|all| rows * columns < 5 || *all > most - 3) {
            let mut values: BTreeMap<View, Vec<BTreeSet<i64>>> = BTreeMap::new();
            for cells in tables(rows * columns, all) {
                let entry = values.entry(view(shape, &cells, &rule));
                let sets = entry.or_insert_with(|| vec![BTreeSet::new(); cells.len()]);
                sets.iter_mut().zip(&cells).for_each(|(set, &count)| {
                    set.insert(count);
                });
            }
            for ((states, shown), sets) in values {
                let Some((states, _)) = states else {
                    assert!(sets.iter().all(|set| set.len() > 1), "{shape:?} {minimum} {all} {sets:?}");
                    continue;
                };
                open += usize::from(
                    shown.iter().flatten().count() > 0 && states.contains(&(State::Hidden as u8)),
                );
                for (_, set) in states.iter().zip(&sets).filter(|(of, _)| **of == State::Hidden as u8) {
                    let expected: BTreeSet<i64> = (1..minimum as i64).collect();
                    assert_eq!(set, &expected, "{shape:?} {minimum} {all} {states:?} {shown:?}");
                }
            }
        }
    }
    assert!(open > 1000, "{open}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn of_every_small_cell_other_tables_show_the_same(
        seed: u64, rows in 1usize..6, columns in 1usize..6, minimum in 3u64..8,
    ) {
        let (shape, rule) = (Shape { rows, columns }, Rule::at_least(minimum));
        let cells: Vec<i64> = random(seed, rows * columns, 62).iter().map(|v| (v & 31).pow(2) / 30).collect();
        let truth = view(shape, &cells, &rule);
        for figure in truth.1.iter().flatten() {
            prop_assert!(*figure == 0 || *figure >= minimum as i64);
        }
        let Some((states, true)) = &truth.0 else { return Ok(()) };
        let hidden = |at: &usize| states[*at] == State::Hidden as u8;
        let of: Vec<State> = states.iter().map(|&state| match state {
            state if state == State::Empty as u8 => State::Empty,
            state if state == State::Hidden as u8 => State::Hidden,
            state if state == State::Tight as u8 => State::Tight,
            _ => State::Shown,
        }).collect();
        let pattern = Pattern::under_known_total(shape, &of);
        if pattern.moves.is_empty() {
            // Everything is hidden.
            return Ok(());
        }
        // All hidden cells at 1 but one, each at each count, by their moves.
        for at in (0..cells.len()).filter(hidden) {
            for count in 1..minimum as i64 {
                let mut moved = cells.clone();
                for found in &pattern.moves {
                    let place = |(row, column): (usize, usize)| row * columns + column;
                    let own = place(found[0]);
                    let by = if own == at { count } else { 1 } - cells[own];
                    for (number, &cell) in found.iter().enumerate() {
                        moved[place(cell)] += if number == 0 || number == 3 { by } else { -by };
                    }
                }
                prop_assert_eq!(moved[at], count);
                prop_assert_eq!(&view(shape, &moved, &rule), &truth);
            }
        }
    }

    #[test]
    fn tables_open_as_in_the_clear(seed: u64, rows in 1usize..4, columns in 2usize..5, minimum in 3u64..6) {
        let (shape, rule) = (Shape { rows, columns }, Rule::at_least(minimum));
        let cells: Vec<i64> = random(seed, rows * columns, 62).iter().map(|v| (v & 15).pow(2) / 8).collect();
        let found = agreed(seed & 0xffff, |context| {
            let counts = integers(context, &cells)?;
            table(context, shape, &counts, &[], None, (&rule, cells.iter().sum::<i64>() as usize))
        });
        let found: Vec<_> = found.counts.into_iter().map(|count| count.map(u64::cast_signed)).collect();
        prop_assert_eq!(found, view(shape, &cells, &rule).1);
    }
}

#[test]
fn neither_a_total_nor_the_number_of_rows_gives_a_cell_away() {
    // 6 rows: the states alone would say 1 and 5. 53 rows: beside 50 the other cell would be 3. In [1, 5, 200] a single
    // cell could take up all differences; of four, 200 keeps 1 company, for which 5 has no room.
    let cases = [
        ((1, 2), vec![1, 5], vec![None; 3]),
        ((2, 2), vec![3, 0, 0, 50], vec![None; 9]),
        ((1, 3), vec![1, 5, 200], vec![None; 4]),
        ((1, 4), vec![1, 5, 200, 300], vec![None, Some(5), None, Some(300), Some(506)]),
    ];
    for ((rows, columns), cells, expected) in cases {
        let (shape, all) = (Shape { rows, columns }, cells.iter().sum::<i64>() as usize);
        let found = agreed(5, |context| {
            let counts = integers(context, &cells)?;
            table(context, shape, &counts, &[], None, (&Rule::at_least(5), all))
        });
        assert_eq!(found.counts, expected, "{cells:?}");
    }
}

#[test]
fn tables_that_hide_too_little_are_refused() {
    three(4, |context| {
        let counts = integers(context, &[20, 30])?;
        states(context, (&[&counts], 1), &[], &Rule::at_least(u64::MAX), 50)
    })
    .into_iter()
    .for_each(|end| assert_eq!(end.unwrap_err().code(), 9207));
    for rule in [Rule::at_least(2), Rule { minimum: 1, percent: Some(85) }] {
        three(4, |context| {
            let counts = integers(context, &[20, 30])?;
            states(context, (&[&counts], 1), &[], &rule, 50)
        })
        .into_iter()
        .for_each(|end| assert_eq!(end.unwrap_err().code(), 9212));
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
