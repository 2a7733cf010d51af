//! An oracle that knows nothing of atoms, spans or packings: over tiny populations, every set of fewer than `least`
//! persons is tried against the rational row space of everything that was seen.

use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::world::*;
use crate::disclosure::{Computed, Measure, Released, Rules};

/// A fraction in lowest terms.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Fraction(i128, i128);

impl Fraction {
    fn of(a: i128, b: i128) -> Self {
        let (mut x, mut y) = (a.abs(), b.abs());
        while y != 0 {
            (x, y) = (y, x % y);
        }
        let sign = b.signum();
        Fraction(sign * a / x, sign * b / x)
    }

    fn minus_times(self, k: Fraction, other: Fraction) -> Self {
        Fraction::of(self.0 * k.1 * other.1 - k.0 * other.0 * self.1, self.1 * k.1 * other.1)
    }

    fn over(self, other: Fraction) -> Self {
        Fraction::of(self.0 * other.1, self.1 * other.0)
    }
}

/// How many of these vectors are independent.
fn rank(mut rows: Vec<Vec<Fraction>>) -> usize {
    let (mut rank, columns) = (0, rows.first().map_or(0, Vec::len));
    for column in 0..columns {
        let Some(pivot) = (rank..rows.len()).find(|r| rows[*r][column].0 != 0) else { continue };
        rows.swap(rank, pivot);
        let head = rows[rank].clone();
        for row in &mut rows[rank + 1..] {
            let k = row[column].over(head[column]);
            for (value, h) in row.iter_mut().zip(&head) {
                *value = value.minus_times(k, *h);
            }
        }
        rank += 1;
    }
    rank
}

fn matrix(sets: &[RoaringBitmap], persons: &[u32]) -> Vec<Vec<Fraction>> {
    let one = |set: &RoaringBitmap, p: &u32| Fraction(i128::from(set.contains(*p)), 1);
    sets.iter().map(|set| persons.iter().map(|p| one(set, p)).collect()).collect()
}

/// Few persons of whom some combination of the sets says something and of nobody else: some combination is nought
/// on all others but not on them exactly if leaving them out lowers the rank.
fn given_away(sets: &[RoaringBitmap], population: u32, least: u32) -> Option<Vec<u32>> {
    let all: Vec<u32> = (0..population).collect();
    let whole = rank(matrix(sets, &all));
    (1u32..1 << population).filter(|few| few.count_ones() < least).find_map(|few| {
        let (inside, others): (Vec<u32>, Vec<u32>) = all.iter().partition(|p| few >> **p & 1 == 1);
        (rank(matrix(sets, &others)) < whole).then_some(inside)
    })
}

/// The sets of which a count is seen.
fn seen(computed: &Computed, released: &Released) -> Vec<RoaringBitmap> {
    let mut sets = Vec::new();
    for shown in &released.table.cells {
        let cell = computed.cells.iter().find(|c| c.labels == shown.labels).unwrap();
        for (part, value) in cell.parts.iter().zip(&shown.values) {
            if value.is_some() {
                sets.push(part.persons.clone());
            }
        }
    }
    sets
}

/// Whether all that was seen at first is seen again, and the same. Something hidden beside another may be seen
/// then, since what else is seen is known by now.
fn shows_all_of(again: &Released, first: &Released) -> bool {
    first.table.cells.iter().all(|cell| {
        let same = again.table.cells.iter().find(|c| c.labels == cell.labels);
        same.is_some_and(|c| cell.values.iter().zip(&c.values).all(|(a, b)| a.is_none() || a == b))
    })
}

/// Of each person the values of both keys, if in the table at all.
type Places = Vec<Option<(u8, u8)>>;

/// A table by one or two keys of some of the persons.
fn a_table(population: u32) -> impl Strategy<Value = (bool, Places)> {
    let person = proptest::option::weighted(0.85, (0u8..3, 0u8..2));
    (any::<bool>(), proptest::collection::vec(person, population as usize))
}

fn computed(two: bool, of: &Places) -> Computed {
    let mut groups: std::collections::BTreeMap<Vec<String>, Lines> = std::collections::BTreeMap::new();
    for (person, place) in of.iter().enumerate() {
        let Some((a, b)) = place else { continue };
        let labels = if two { vec![a.to_string(), b.to_string()] } else { vec![a.to_string()] };
        groups.entry(labels).or_default().push((person as u32, 1));
    }
    let cells: Vec<(Vec<&str>, Lines)> =
        groups.iter().map(|(l, lines)| (l.iter().map(String::as_str).collect(), lines.clone())).collect();
    let cells: Vec<(&[&str], Lines)> = cells.iter().map(|(l, lines)| (&l[..], lines.clone())).collect();
    let mut computed = table(&[Measure::Rows, Measure::Rows], &cells);
    // The second figure counts those of whom the second key is nought.
    computed.figures[1].condition = true;
    for cell in &mut computed.cells {
        let has = |p: &u32| of[*p as usize].is_some_and(|(_, b)| b == 0);
        let lines: Lines = cell.persons.iter().filter(has).map(|p| (p, 1)).collect();
        cell.parts[1] = part(&lines);
    }
    computed
}

/// Rules that leave all to what is tested here.
fn only(least: u64) -> Rules {
    Rules { least, numerator: 1, class: false, dominance: Vec::new(), closeness: 0, ..Rules::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_given_away_in_any_session(
        least in 2u32..4,
        tables in (6u32..10).prop_flat_map(|n| proptest::collection::vec(a_table(n), 1..6)),
    ) {
        let population = tables[0].1.len() as u32;
        let rules = only(u64::from(least));
        let (_folder, mut history) = fresh();
        let mut sets = Vec::new();
        for (two, of) in &tables {
            let computed = computed(*two, of);
            let released = see(&computed, &rules, &mut history);
            let again = see(&computed, &rules, &mut history);
            prop_assert!(shows_all_of(&again, &released), "asked again");
            sets.extend(seen(&computed, &again));
            sets.extend(seen(&computed, &released));
            prop_assert_eq!(given_away(&sets, population, least), None);
        }
    }

    #[test]
    fn what_is_hidden_as_linked_would_have_given_somebody_away(
        tables in (8u32..10).prop_flat_map(|n| proptest::collection::vec(a_table(n), 1..6)),
    ) {
        // One set at a time, so that what is hidden is to blame itself.
        let population = tables[0].1.len() as u32;
        let rules = only(2);
        let (_folder, mut history) = fresh();
        let mut sets: Vec<RoaringBitmap> = Vec::new();
        for (_, of) in &tables {
            let members: Vec<u32> = (0..population).filter(|p| of[*p as usize].is_some_and(|(a, _)| a > 0)).collect();
            if members.len() < 2 {
                continue;
            }
            let shown = !nothing(&see(&count(members.clone()), &rules, &mut history));
            sets.push(members.into_iter().collect());
            prop_assert_eq!(given_away(&sets, population, 2).is_none(), shown);
            if !shown {
                sets.pop();
            }
        }
    }
}

#[test]
fn the_oracle_sees_a_difference() {
    let sets: Vec<RoaringBitmap> = vec![(0..8).collect(), (0..7).collect()];
    assert_eq!(given_away(&sets, 8, 2), Some(vec![7]));
    assert_eq!(given_away(&sets[..1], 8, 2), None);
}
