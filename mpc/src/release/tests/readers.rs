//! Readers who have rows of their own and subtract them.

use super::{State, figures, tables};
use crate::release::pattern::{Pattern, Room, Shape};
use crate::release::readers::Readers;
use crate::release::{Rule, settle, states};
use crate::role::Role;
use crate::tests::agreed;
use crate::tests::given::integers;
use std::collections::{BTreeMap, BTreeSet};

/// In the clear: all that somebody learns of a table besides how many rows there are that are not its own. First whether the
/// states may open, then these, then whether there is room, then the figures shown.
pub(super) type View = (Option<(Vec<u8>, bool)>, Vec<Option<i64>>);

/// Of the counts as each reader sees them, first without rows of its own.
pub(super) fn view(shape: Shape, (groups, spread): (&[Vec<i64>], u64), rule: &Rule) -> View {
    let spread = spread.cast_signed();
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
            .rooms(shape, rule.minimum, spread.cast_unsigned() * rule.floor())
            .iter()
            .all(|room| sum(room) >= room.least)
    });
    let shown = figures(shape, &groups[0]).into_iter().zip(&pattern.hidden);
    let shown = shown.map(|(figure, hidden)| (!hidden && holds).then_some(figure)).collect();
    (Some((states.iter().map(|state| *state as u8).collect(), holds)), shown)
}

/// Who looks on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    /// Somebody without rows.
    Nobody,
    /// The first receiver.
    First,
    /// The same, in league with a fourth party that does not compute.
    League,
}

/// How many receivers there are, who looks on, and how many rows there are that are not its own.
const READERS: [(usize, Who, &[i64]); 7] = [
    (1, Who::Nobody, &[20, 22]),
    (1, Who::First, &[20, 22]),
    (2, Who::First, &[20, 23]),
    (3, Who::First, &[24, 26, 28]),
    (3, Who::Nobody, &[26]),
    (1, Who::League, &[22]),
    (3, Who::League, &[28]),
];

/// The counts that are seen, of parties' rows: of all, and without those that each reader subtracts.
fn groups(readers: &Readers, parties: &[&[i64]]) -> Vec<Vec<i64>> {
    let without = |set: &[u8]| {
        let parties = (0..).zip(parties).filter(|(party, _)| !set.contains(party));
        parties.fold(vec![0; 3], |sum, (_, part)| sum.iter().zip(*part).map(|(a, b)| a + b).collect())
    };
    std::iter::once(&Vec::new()).chain(readers.sets()).map(|set| without(set)).collect()
}

#[test]
fn whoever_reads_is_looked_at_with_all_that_can_be_in_league_with_it() {
    let of = |owners: &[u8], receivers: &[Role]| {
        let readers = Readers::of(owners.iter().copied(), receivers);
        (readers.sets().to_vec(), readers.spread())
    };
    let (first, all) = ([Role::First], Role::ALL);
    assert_eq!(of(&[0, 1, 2], &first), (vec![vec![0]], 1));
    assert_eq!(of(&[0, 1, 2], &all[..2]), (vec![vec![0], vec![1]], 1));
    assert_eq!(of(&[0, 1, 2], &all), (vec![vec![0], vec![1], vec![2]], 2));
    assert_eq!(of(&[1], &first), (vec![], 1));
    // Who has all rows has nobody else's to see.
    assert_eq!(of(&[0], &all), (vec![], 1));
    assert_eq!(of(&[1, 3], &first), (vec![vec![3]], 1));
    // Without rows in a cell it sees that each of both has enough.
    assert_eq!(of(&[0, 3, 4], &first), (vec![vec![0], vec![0, 3], vec![0, 4]], 2));
    assert_eq!(of(&[1, 3, 4], &first), (vec![vec![3], vec![4], vec![3, 4]], 1));
    // The third has no rows, and sees that each of the two others has enough.
    assert_eq!(of(&[0, 1], &all), (vec![vec![0], vec![1]], 2));
    // The first sees so of the second, and of both that only provide.
    assert_eq!(of(&[0, 1, 3, 4], &all).1, 3);
    assert_eq!(of(&[0, 1, 2, 3, 4], &all), {
        let leagues = |own: u8| [vec![own], vec![own, 3], vec![own, 4], vec![own, 3, 4]];
        ([0, 1, 2].map(leagues).concat(), 2)
    });
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
    for (receivers, who, totals) in READERS {
        let outside = who == Who::Nobody;
        // With three receivers somebody without rows is one of them.
        let owners = match (who, receivers) {
            (Who::Nobody, 3) => 0..2,
            (Who::League, _) => 0..4,
            _ => 0..3,
        };
        let readers = Readers::of(owners, &Role::ALL[..receivers]);
        let water = [4, 0, 2];
        for (seed, &all) in
            (0..if outside { 1u64 } else { 2 }).flat_map(|s| totals.iter().map(move |t| (s, t)))
        {
            let own = crate::tests::given::random(seed, 3, 62);
            let own: Vec<i64> = own.iter().map(|v| if outside { 0 } else { (v & 15).pow(2) / 20 }).collect();
            let mut values: BTreeMap<View, Vec<BTreeSet<i64>>> = BTreeMap::new();
            for others in tables(6, all) {
                let (b, c) = others.split_at(3);
                // Somebody without rows: the receivers' and the others' are all unknown.
                let parties: &[&[i64]] = match who {
                    Who::Nobody => &[b, c, &own],
                    Who::First => &[&own, b, c],
                    Who::League => &[&own, b, c, &water],
                };
                let groups = groups(&readers, parties);
                let seen = view(shape, (&groups, readers.spread()), &rule);
                let sets = values.entry(seen).or_insert_with(|| vec![BTreeSet::new(); 3]);
                let mine = b.iter().zip(c).map(|(b, c)| b + c);
                sets.iter_mut().zip(mine).for_each(|(set, count)| set.extend([count]));
            }
            for ((states, shown), sets) in values {
                for (at, set) in sets.iter().enumerate().filter(|(_, set)| !set.is_disjoint(&small)) {
                    let case =
                        format!("{receivers} {who:?} own {own:?} of {all}: {states:?} {shown:?} {set:?}");
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
            let values = crate::tests::given::random(5 * seed + party, 3, 62);
            values.iter().map(|v| (v & 15).pow(2) / 12).collect()
        };
        let parts = [part(0), part(1), part(2), part(3), part(4)];
        let owners = 3 + (seed / 3) as u8 % 3;
        let readers = Readers::of(0..owners, &Role::ALL[..1 + seed as usize % 3]);
        let spread = readers.spread();
        let seen = groups(&readers, &parts.each_ref().map(Vec::as_slice)[..owners.into()]);
        let (rule, rows) = (Rule::at_least(3 + seed % 2), 200);
        let found = agreed(seed, |context| {
            let shared: Vec<_> =
                seen.iter().map(|counts| integers(context, counts)).collect::<Result<_, _>>()?;
            let shared: Vec<&_> = shared.iter().collect();
            let found = states(context, (&shared, spread), &[], &rule, rows)?;
            let pattern = settle(context, shape, (&shared, spread), found.as_deref(), (&rule, rows))?;
            Ok((found.map(|states| states.iter().map(|state| *state as u8).collect()), pattern.hidden))
        });
        let (states, shown) = view(shape, (&seen, spread), &rule);
        let hidden: Vec<bool> = shown.iter().map(Option::is_none).collect();
        assert_eq!(found, (states.map(|(states, _)| states), hidden), "{seen:?}");
    }
}
