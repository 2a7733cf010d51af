//! Several tables, one after the other.

use super::world::*;
use crate::disclosure::{Computed, History, Measure, Profile, Rule, Rules, judge};

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

/// Visits: of each person in these months one row a month, numbered.
fn visits(months: &[u32], keep: &dyn Fn(u32, u32) -> bool, by_month: bool) -> Computed {
    let names: Vec<String> = (0..12).map(|m| format!("{m:02}")).collect();
    let labels: Vec<[&str; 1]> = names.iter().map(|n| [n.as_str()]).collect();
    let rows = |m: u32| (0..30).filter(move |p| keep(m, *p)).map(move |p| (m * 30 + p, p));
    let groups: Vec<Vec<u32>> =
        if by_month { months.iter().map(|m| vec![*m]).collect() } else { vec![months.to_vec()] };
    let of = |group: &Vec<u32>| group.iter().flat_map(|m| rows(*m)).collect::<Vec<_>>();
    let groups: Vec<(u32, Vec<(u32, u32)>)> = groups.iter().map(|g| (g[0], of(g))).collect();
    let groups: Vec<_> = groups.into_iter().filter(|(_, rows)| !rows.is_empty()).collect();
    let none: &[&str] = &[];
    let cells: Vec<(&[&str], Lines)> = groups
        .iter()
        .map(|(m, rows)| {
            let labels = if by_month { &labels[*m as usize][..] } else { none };
            (labels, rows.iter().map(|(_, p)| (*p, 1)).collect())
        })
        .collect();
    let mut table = table(&[Measure::Rows], &cells);
    table.owners = Some((0..360).map(|row| row % 30).collect());
    for (cell, (_, rows)) in table.cells.iter_mut().zip(&groups) {
        cell.parts[0].lines = rows.iter().map(|(row, _)| *row).collect();
        cell.parts[0].telling_lines = cell.parts[0].lines.clone();
    }
    table
}

#[test]
fn rows_of_the_same_persons_are_told_apart() {
    let (_folder, mut history) = fresh();
    let rules = Rules::default();
    let all: Vec<u32> = (0..12).collect();
    // In December four persons came; a total less eleven months would be theirs, though all have come before.
    let came = |m: u32, p: u32| m < 11 || p < 4;
    let year = see(&visits(&all, &came, false), &rules, &mut history);
    assert_eq!(year.table.cells[0].values, [Some(334.0)]);
    for month in 0..11 {
        let seen = !nothing(&see(&visits(&[month], &came, false), &rules, &mut history));
        assert_eq!(seen, month < 10, "the eleventh month would leave December");
    }
    // All of March's, less one row of somebody who came in other months as well.
    let less = visits(&[0, 1, 2], &|m, p| came(m, p) && (m, p) != (2, 5), false);
    let whole = visits(&[0, 1, 2], &came, false);
    assert_eq!(less.cells[0].persons, whole.cells[0].persons);
    assert!(!nothing(&see(&whole, &rules, &mut history)));
    assert!(nothing(&see(&less, &rules, &mut history)));
}

#[test]
fn one_of_many_questions_for_the_same_is_enough_to_be_remembered() {
    let (folder, mut one) = fresh();
    let mut other = History::open(&folder.path().join("history")).unwrap();
    let rules = Rules::default();
    assert!(!nothing(&see(&count(0..60), &rules, &mut one)));
    assert!(nothing(&see(&count(0..55), &rules, &mut other)), "another user, another process");
    assert!(!nothing(&see(&count(0..50), &rules, &mut other)));
    assert!(nothing(&see(&count((0..48).chain(50..60)), &rules, &mut one)));
}

#[test]
fn rounding_is_not_undone_by_means() {
    let rules = Rules { round: 10, ..Rules::default() };
    // Sums and means of the same 20 to 29 persons each: what is seen fits every number of persons there can be.
    for n in 21..30u32 {
        let lines: Lines = (0..n).map(|p| (p, i64::from(p * p % 23) + 3)).collect();
        let by = table(&[Measure::Rows, Measure::Sum, Measure::Mean], &[(&[], lines)]);
        let values = alone(&by, &rules).table.cells[0].values.clone();
        let (count, sum, mean) = (values[0].unwrap(), values[1].unwrap(), values[2].unwrap());
        assert_eq!(count % 10.0, 0.0);
        assert_eq!(sum, mean * count, "the sum says no more than the two others");
        for other in (count as i64 - 9).max(10)..=count as i64 + 9 {
            let near = (mean * other as f64).round() / other as f64;
            assert!((near - mean).abs() <= 0.05 + 1e-9, "{other} persons are possible too");
        }
    }
}

#[test]
fn rounding_is_not_undone_by_values_of_many_digits() {
    let rules = Profile::Opensafely75.rules();
    // All are multiples of a thousand, in which a mean would tell which of all numbers of persons it is of.
    for n in 21..30u32 {
        let lines: Lines = (0..n).map(|p| (p, (i64::from(p * p % 23) + 3) * 1000)).collect();
        let by =
            table(&[Measure::Rows, Measure::Sum, Measure::Mean, Measure::Variance], &[(&[], lines.clone())]);
        let values = alone(&by, &rules).table.cells[0].values.clone();
        let (count, mean, variance) = (values[0].unwrap(), values[2].unwrap(), values[3].unwrap());
        for other in (count as i64 - 4).max(8)..=count as i64 + 4 {
            let near = (mean * other as f64 / 1000.0).round() * 1000.0 / other as f64;
            assert!((near - mean).abs() <= 500.0 / (count - 4.0) + 1e-6, "{other} persons are possible too");
        }
        // As many digits as if they were counted in thousands.
        let small: Lines = lines.iter().map(|(p, value)| (*p, value / 1000)).collect();
        let small = alone(&table(&[Measure::Mean, Measure::Variance], &[(&[], small)]), &rules);
        let small = &small.table.cells[0].values;
        let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        assert!(close(mean, small[0].unwrap() * 1000.0) && close(variance, small[1].unwrap() * 1e6));
    }
}

#[test]
fn rounding_is_right_on_average_and_sticks() {
    let rules = Rules { round: 10, ..Rules::default() };
    let mut sum = 0.0;
    for start in 0..400u32 {
        let counted = count(start..start + 53);
        let released = alone(&counted, &rules);
        let value = released.table.cells[0].values[0].unwrap();
        assert!(value == 50.0 || value == 60.0);
        sum += value;
    }
    // Of 400 the mean is within four standard errors (0.23) of 53.
    assert!((sum / 400.0 - 53.0).abs() < 0.92, "{}", sum / 400.0);
    let other = judge(&count(0..53), &rules, &mut fresh().1, &[8; 32]).unwrap();
    assert!(other.table.cells[0].values[0].is_some());
}

/// `cargo test -p yinshu-sandbox --release session::speed -- --ignored --nocapture`
#[test]
#[ignore = "measures"]
fn speed() {
    let (_folder, mut history) = fresh();
    let names: Vec<String> = (0..50).map(|n| format!("{n:02}")).collect();
    let key =
        |p: u32, k: u32| ((p.wrapping_mul(2_654_435_761).wrapping_add(k * 977) >> (3 * k)) % 40) as usize;
    for keys in [[0, 1], [0, 2], [1, 2], [0, 3]] {
        let mut groups = std::collections::BTreeMap::<[usize; 2], Lines>::new();
        for p in 0..200_000 {
            let [a, b] = keys.map(|k| key(p, k));
            groups.entry([a, b + 5]).or_default().push((p, i64::from(p % 1000)));
        }
        let labels: Vec<[&str; 2]> = groups.keys().map(|l| l.map(|i| names[i].as_str())).collect();
        let cells: Vec<(&[&str], Lines)> = labels.iter().map(|l| &l[..]).zip(groups.into_values()).collect();
        let by = table(&[Measure::Rows, Measure::Sum, Measure::Mean], &cells);
        for _ in 0..2 {
            let start = std::time::Instant::now();
            let released = see(&by, &Rules::default(), &mut history);
            let seconds = start.elapsed().as_secs_f64();
            println!("{keys:?}: {} of {} seen, {seconds:.3} s", released.table.cells.len(), by.cells.len());
        }
    }
}
