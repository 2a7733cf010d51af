//! Several tables, one after the other.

use super::world::*;
use crate::disclosure::{Rule, Rules};

#[test]
fn a_set_and_the_same_without_a_few_are_not_both_seen() {
    let (_folder, mut history) = fresh();
    let rules = Rules::default();
    assert_eq!(first(&see(&count(0..50), &rules, &mut history)), [(String::new(), Some(50.0))]);
    let less = see(&count(0..49), &rules, &mut history);
    assert!(nothing(&less));
    assert_eq!(less.trace[0].rule, Rule::Linked);
    assert!(!nothing(&see(&count(0..40), &rules, &mut history)), "ten may be told apart");
}

#[test]
fn the_same_set_is_free_and_the_same() {
    let (_folder, mut history) = fresh();
    let rules = Rules { round: 5, ..Rules::default() };
    let once = see(&count(0..53), &rules, &mut history);
    for _ in 0..5 {
        assert_eq!(see(&count((0..53).rev()), &rules, &mut history), once);
    }
}

#[test]
fn a_group_that_is_hidden_cannot_be_had_from_the_total() {
    let (_folder, mut history) = fresh();
    let rules = Rules::default();
    let table = counts(&[("a", 0..30), ("b", 30..60), ("c", 60..64)]);
    // c is too small, and one more is hidden with it: the total is safe then.
    assert_eq!(first(&see(&table, &rules, &mut history)), [("b".to_owned(), Some(30.0))]);
    assert!(!nothing(&see(&count(0..64), &rules, &mut history)));
    // With the total, a alone would give c away.
    assert!(nothing(&see(&count(0..30), &rules, &mut history)));
    assert!(!nothing(&see(&count(30..60), &rules, &mut history)));
}

#[test]
fn three_sets_in_a_ring_do_not_give_a_few_away() {
    // A + B − C: what is left over are persons 100..103.
    let (_folder, mut history) = fresh();
    let rules = Rules::default();
    assert!(!nothing(&see(&count(0..40), &rules, &mut history)));
    assert!(!nothing(&see(&count(40..80), &rules, &mut history)));
    let all = see(&count((0..80).chain(100..103)), &rules, &mut history);
    assert!(nothing(&all));
}

#[test]
fn shifted_bands_do_not_add_up_to_one_year() {
    // Ages in bands of five, then shifted by one: persons 20 a year, but three of age 30.
    let (_folder, mut history) = fresh();
    let rules = Rules::default();
    let year = |y: u32| (y * 100)..(y * 100 + if y == 30 { 3 } else { 20 });
    let band = |from: u32, to: u32| count((from..to).flat_map(year));
    assert!(!nothing(&see(&band(25, 31), &rules, &mut history)));
    assert!(nothing(&see(&band(25, 30), &rules, &mut history)));
    assert!(!nothing(&see(&band(31, 35), &rules, &mut history)));
    assert!(nothing(&see(&band(30, 35), &rules, &mut history)));
    assert!(!nothing(&see(&band(25, 35), &rules, &mut history)), "two seen ones together");
}
