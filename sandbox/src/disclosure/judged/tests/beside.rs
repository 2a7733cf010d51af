//! What may be seen beside what is hidden: amounts, and counts by a condition, with the totals that may be asked for next.

use super::world::*;
use crate::disclosure::{Computed, Measure, Rules};

/// Shops of about this turnover.
fn shops(from: u32, shops: u32, each: i64) -> Lines {
    (from..from + shops).map(|p| (p, each + i64::from(p % 7))).collect()
}

/// The sums by town that are seen, where one town has a works.
fn towns_beside(works: i64) -> Vec<String> {
    let mut with = shops(0, 20, 50);
    with.push((900, works));
    let cells: [(&[&str], Lines); 4] = [
        (&["a"], shops(200, 30, 3000)),
        (&["b"], shops(300, 40, 2500)),
        (&["c"], shops(100, 21, 50)),
        (&["x"], with),
    ];
    let by = table(&[Measure::Sum], &cells);
    first(&alone(&by, &Rules::default())).into_iter().map(|(town, _)| town).collect()
}

#[test]
fn what_is_hidden_together_is_not_mostly_one_persons() {
    assert_eq!(towns_beside(57), ["a", "b", "c", "x"]);
    // With the least town beside it, the total less a and b would be the works and little else: 30,000 of 32,000.
    assert_eq!(towns_beside(30_000), ["b", "c"]);
    // The total is mostly the works itself, and so it is never released.
    assert_eq!(towns_beside(10_000_000), ["a", "b"]);
}

#[test]
fn along_every_line_of_a_table_too() {
    let mut cells: Vec<(&[&str], Lines)> = vec![
        (&["p", "x"], shops(0, 20, 50)),
        (&["p", "y"], shops(30, 22, 60)),
        (&["p", "z"], shops(60, 30, 3000)),
        (&["q", "x"], shops(100, 25, 900)),
        (&["q", "y"], shops(130, 26, 900)),
        (&["q", "z"], shops(160, 27, 900)),
    ];
    let seen = |cells: &[(&[&str], Lines)]| {
        let released = alone(&table(&[Measure::Sum], cells), &Rules::default());
        let labels = released.table.cells.into_iter().map(|cell| cell.labels);
        labels.map(|labels| labels.into_iter().flatten().collect::<String>()).collect::<Vec<_>>()
    };
    assert_eq!(seen(&cells).len(), 6);
    cells[0].1.push((900, 30_000));
    let seen = seen(&cells);
    // Of p, what is hidden beside px must be more than the little py.
    assert!(!seen.contains(&"px".to_owned()) && !seen.contains(&"pz".to_owned()), "{seen:?}");
    assert!(!seen.is_empty());
}

/// Towns with so many who have it and so many who have not: all of them, those who have it, those who have not.
fn by_condition(towns: &[(&str, u32, u32)]) -> Computed {
    let mut next = 0;
    let mut groups = Vec::new();
    for (name, have, have_not) in towns {
        let all: Lines = (next..next + have + have_not).map(|p| (p, 1)).collect();
        next += have + have_not;
        groups.push(([*name], all, *have as usize));
    }
    let cells: Vec<(&[&str], Lines)> = groups.iter().map(|(name, all, _)| (&name[..], all.clone())).collect();
    let mut table = table(&[Measure::Rows; 3], &cells);
    for figure in &mut table.figures[1..] {
        *figure = under_condition(Measure::Rows);
    }
    for (cell, (_, all, have)) in table.cells.iter_mut().zip(&groups) {
        cell.parts[1] = part(&all[..*have]);
        cell.parts[2] = part(&all[*have..]);
    }
    table
}

#[test]
fn two_conditions_together_do_not_give_away_what_each_hides() {
    let towns = [("c", 11, 30), ("d", 30, 11), ("e", 60, 60), ("f", 70, 70), ("x", 2, 30)];
    let released = alone(&by_condition(&towns), &Rules::default());
    let of = |town: &str| {
        let cell = released.table.cells.iter().find(|c| c.labels[0].as_deref() == Some(town));
        cell.map_or([false; 3], |c| [0, 1, 2].map(|f| c.values[f].is_some()))
    };
    // Two of x have it: what c and d would say by their totals and the other condition gives the two away, since the
    // total of those who have it, less all that is seen, is the two and those of c.
    assert!(!of("x")[1] && !of("x")[2], "{:?}", of("x"));
    let [all, have, have_not] = of("c");
    assert!(!(have || all && have_not), "{:?}", of("c"));
    // Nothing needs to be hidden of the large towns.
    assert_eq!((of("e"), of("f")), ([true; 3], [true; 3]));
    // Where twenty have it in x, all is seen.
    let enough = [("c", 11, 30), ("d", 30, 11), ("e", 60, 60), ("f", 70, 70), ("x", 20, 30)];
    let released = alone(&by_condition(&enough), &Rules::default());
    assert!(released.trace.is_empty(), "{:?}", released.trace);
}

#[test]
fn of_more_new_sets_than_there_is_room_for_none_is_seen() {
    let (_folder, history) = fresh();
    let rules = Rules::default();
    let four = counts(&[("a", 0..20), ("b", 20..40), ("c", 40..60), ("d", 60..80)]);
    let mut history = history.with_room(3);
    let refused = see(&four, &rules, &mut history);
    assert!(nothing(&refused));
    assert!(history.is_empty());
    assert_eq!(history.added(), 0);
    let two = see(&counts(&[("a", 0..20), ("b", 20..40)]), &rules, &mut history);
    assert_eq!((two.table.cells.len(), history.added()), (2, 2));
    // What is known takes no room.
    let mut history = history.with_room(0);
    let known = see(&counts(&[("a", 0..20), ("b", 20..40)]), &rules, &mut history);
    assert_eq!((known.table.cells.len(), history.added()), (2, 2));
}
