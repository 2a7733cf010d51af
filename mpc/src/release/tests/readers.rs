//! Readers who have rows of their own and subtract them.

use super::{State, figures, tables};
use crate::release::pattern::{Pattern, Room, Shape};
use crate::release::{Rule, settle, states};
use crate::tests::agreed;
use crate::tests::given::integers;
use std::collections::{BTreeMap, BTreeSet};

/// In the clear: all that somebody learns of a table besides how many rows there are that are not its own. First whether the
/// states may open, then these, then whether there is room, then the figures shown.
pub(super) type View = (Option<(Vec<u8>, bool)>, Vec<Option<i64>>);

/// Of the counts as each reader sees them, first without rows of its own.
pub(super) fn view(shape: Shape, groups: &[Vec<i64>], rule: &Rule) -> View {
    let (minimum, floor) = (rule.minimum as i64, rule.floor() as i64);
    let cells = groups[0].len();
    let state = |at: usize| {
        let any = |range: std::ops::Range<i64>| groups.iter().any(|counts| range.contains(&counts[at]));
        match () {
            () if any(1..minimum) => State::Hidden,
            () if any(0..1) => State::Empty,
            () if any(minimum..floor) => State::Tight,
            () => State::Shown,
        }
    };
    let states: Vec<State> = (0..cells).map(state).collect();
    let count = |of: State| states.iter().filter(|state| **state == of).count() as i64;
    let spread = if groups.len() > 3 { 2 } else { 1 };
    let least = count(State::Hidden) + spread * (minimum * count(State::Tight) + floor * count(State::Shown));
    let most = if groups.len() == 1 {
        (minimum - 1) * count(State::Hidden) + (floor - 1) * count(State::Tight) + (count(State::Shown) << 20)
    } else {
        count(State::Shown) << 20
    };
    let none = count(State::Hidden) == 0;
    let nothing = vec![None; figures(shape, &groups[0]).len()];
    let settled = groups.iter().any(|counts| {
        let grand: i64 = counts.iter().sum();
        grand - least < minimum - 1 || most - grand < minimum - 2
    });
    if !none && settled {
        return (None, nothing);
    }
    let pattern = Pattern::under_known_total(shape, &states);
    let holds = groups.iter().all(|counts| {
        let sum = |room: &Room| -> i64 {
            room.terms.iter().map(|&(at, against)| if against { -counts[at] } else { counts[at] }).sum()
        };
        pattern
            .rooms(shape, rule.minimum, spread as u64 * rule.floor())
            .iter()
            .all(|room| sum(room) >= room.least)
    });
    let shown = figures(shape, &groups[0]).into_iter().zip(&pattern.hidden);
    let shown = shown.map(|(figure, hidden)| (!hidden && holds).then_some(figure)).collect();
    (Some((states.iter().map(|state| *state as u8).collect(), holds)), shown)
}

/// Who looks on: how many receivers there are, and whether this one is the first of them or has no rows.
const READERS: [(usize, bool, &[i64]); 5] = [
    (1, true, &[20, 22]),
    (1, false, &[20, 22]),
    (2, false, &[20, 23]),
    (3, false, &[24, 26, 28]),
    (3, true, &[26]),
];

/// The counts that are seen, of three parties' rows: of all, and without each receiver's.
fn groups(receivers: usize, parties: &[&[i64]; 3]) -> Vec<Vec<i64>> {
    let without = |one: Option<usize>| {
        let parties = (0..3).filter(|party| Some(*party) != one).map(|party| parties[party]);
        parties.fold(vec![0; 3], |sum, part| sum.iter().zip(part).map(|(a, b)| a + b).collect())
    };
    std::iter::once(None).chain((0..receivers).map(Some)).map(without).collect()
}

/// A receiver that knows its own rows, the rule, how many rows the others have and all that opens, and tries every way in which
/// the others can have these rows, finds for each hidden cell in which the others have few all counts from 1 to the minimum
/// less one; where not even the states open, more than one for each. So does somebody who has no rows and does not know
/// who has them.
#[test]
fn every_hidden_cell_could_have_every_small_count_for_whoever_subtracts_its_own() {
    let (shape, rule) = (Shape { rows: 1, columns: 3 }, Rule::at_least(3));
    let small: BTreeSet<i64> = [1, 2].into();
    let mut open = 0;
    for (receivers, outside, totals) in READERS {
        for (seed, &all) in
            (0..if outside { 1u64 } else { 2 }).flat_map(|s| totals.iter().map(move |t| (s, t)))
        {
            let own = crate::tests::given::random(seed, 3, 62);
            let own: Vec<i64> = own.iter().map(|v| if outside { 0 } else { (v & 15).pow(2) / 20 }).collect();
            let mut values: BTreeMap<View, Vec<BTreeSet<i64>>> = BTreeMap::new();
            for others in tables(6, all) {
                let (b, c) = others.split_at(3);
                // Somebody without rows: the receivers' and the others' are all unknown.
                let mut groups = groups(receivers, &if outside { [b, c, &own] } else { [&own, b, c] });
                if outside && receivers == 3 {
                    groups.pop();
                }
                let mine = groups[usize::from(!outside)].clone();
                let sets =
                    values.entry(view(shape, &groups, &rule)).or_insert_with(|| vec![BTreeSet::new(); 3]);
                sets.iter_mut().zip(mine).for_each(|(set, count)| set.extend([count]));
            }
            for ((states, shown), sets) in values {
                for (at, set) in sets.iter().enumerate().filter(|(_, set)| !set.is_disjoint(&small)) {
                    let case =
                        format!("{receivers} {outside} own {own:?} of {all}: {states:?} {shown:?} {set:?}");
                    match &states {
                        None => assert!(set.len() > 1, "{case}"),
                        Some((states, _)) if states[at] == State::Hidden as u8 => {
                            assert!(set.is_superset(&small), "{case}");
                            open += usize::from(shown.iter().any(Option::is_some));
                        }
                        Some(_) => {}
                    }
                }
            }
        }
    }
    assert!(open > 300, "{open}");
}

/// What is decided on shares is what [`view`] says in the clear.
#[test]
fn several_readers_are_looked_at_on_shares() {
    for seed in 0..40u64 {
        let shape = Shape { rows: 1, columns: 3 };
        let part = |party: u64| -> Vec<i64> {
            let values = crate::tests::given::random(3 * seed + party, 3, 62);
            values.iter().map(|v| (v & 15).pow(2) / 12).collect()
        };
        let parts = [part(0), part(1), part(2)];
        let seen = groups(1 + seed as usize % 3, &parts.each_ref().map(Vec::as_slice));
        let (rule, rows) = (Rule::at_least(3 + seed % 2), 200);
        let found = agreed(seed, |context| {
            let shared: Vec<_> =
                seen.iter().map(|counts| integers(context, counts)).collect::<Result<_, _>>()?;
            let shared: Vec<&_> = shared.iter().collect();
            let found = states(context, &shared, &[], &rule, rows)?;
            let pattern = settle(context, shape, &shared, found.as_deref(), (&rule, rows))?;
            Ok((found.map(|states| states.iter().map(|state| *state as u8).collect()), pattern.hidden))
        });
        let (states, shown) = view(shape, &seen, &rule);
        let hidden: Vec<bool> = shown.iter().map(Option::is_none).collect();
        assert_eq!(found, (states.map(|(states, _)| states), hidden), "{seen:?}");
    }
}
