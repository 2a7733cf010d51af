//! What is seen of a population with and without one person.

use super::world::*;
use crate::disclosure::{Measure, Released, Rules, Seen};

/// All that is seen of a session: groups, then shares of groups, then sums, then all again.
fn session(persons: &[u32], rules: &Rules) -> Vec<Seen> {
    let (_folder, mut history) = fresh();
    let of = |keep: &dyn Fn(u32) -> bool| persons.iter().copied().filter(|p| keep(*p)).collect::<Vec<_>>();
    let value = |p: u32| i64::from(p * 37 % 101);
    let by = |groups: u32| {
        let labels: Vec<String> = (0..groups).map(|g| g.to_string()).collect();
        let labels: Vec<[&str; 1]> = labels.iter().map(|l| [l.as_str()]).collect();
        let lines = |g: u32| of(&|p| p % groups == g).into_iter().map(|p| (p, value(p))).collect::<Lines>();
        let cells: Vec<(&[&str], Lines)> = (0..groups).map(|g| (&labels[g as usize][..], lines(g))).collect();
        let cells: Vec<_> = cells.into_iter().filter(|(_, lines)| !lines.is_empty()).collect();
        table(&[Measure::Rows, Measure::Sum, Measure::Mean], &cells)
    };
    let mut seen = Vec::new();
    for computed in [by(3), by(1), by(4), by(2), by(7), by(3)] {
        let Released { table, .. } = see(&computed, rules, &mut history);
        seen.push(table);
    }
    seen
}

#[test]
fn one_person_changes_only_figures_of_groups_they_are_in() {
    let everybody: Vec<u32> = (0..200).collect();
    let with = session(&everybody, &Rules::default());
    for missing in [0, 17, 100, 199] {
        let others: Vec<u32> = everybody.iter().copied().filter(|p| *p != missing).collect();
        let without = session(&others, &Rules::default());
        for (groups, (with, without)) in [3, 1, 4, 2, 7, 3].into_iter().zip(with.iter().zip(&without)) {
            assert_eq!(with.cells.len(), without.cells.len(), "no group comes or goes");
            for (a, b) in with.cells.iter().zip(&without.cells) {
                let group: u32 = a.labels[0].as_ref().unwrap().parse().unwrap();
                assert_eq!(a.labels, b.labels);
                assert!(a == b || missing % groups == group);
            }
        }
    }
}

#[test]
fn somebody_in_a_group_that_is_too_small_leaves_no_trace() {
    // Nine of group 6 or eight, or none of them: what is seen is the same.
    let of = |few: u32| {
        let (_folder, mut history) = fresh();
        let rules = Rules::default();
        let table = counts(&[("a", 0..40), ("b", 40..80), ("c", 100..100 + few)]);
        let seen = see(&table, &rules, &mut history).table;
        (
            seen,
            see(&count(40..80), &rules, &mut history).table,
            see(&count(0..40), &rules, &mut history).table,
        )
    };
    assert_eq!(of(9), of(8));
    assert_eq!(of(9), of(1));
}

#[test]
fn hidden_and_absent_groups_look_the_same() {
    let rules = Rules::default();
    let small = alone(&counts(&[("a", 0..4), ("b", 10..50), ("c", 50..99)]), &rules).table;
    assert_eq!(small.cells.len(), 1);
    let hidden = alone(&counts(&[("a", 0..4)]), &rules).table;
    let absent = alone(&counts(&[]), &rules).table;
    assert_eq!(hidden.cells, absent.cells);
}
