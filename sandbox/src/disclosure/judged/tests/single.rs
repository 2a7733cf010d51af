//! One table, one rule: what it hides, and that it is this rule that does.

use super::world::*;
use crate::disclosure::{Computed, Dominance, Measure, Released, Rule, Rules, Shares};

/// Rules of which none hides anything.
fn loose() -> Rules {
    let (dominance, closeness) = (Vec::new(), 0);
    Rules { least: 2, numerator: 1, class: false, dominance, closeness, freedom: 0, ..Rules::default() }
}

fn one(measure: Measure, values: impl IntoIterator<Item = i64>) -> Computed {
    let lines: Lines = (0..).zip(values).collect();
    table(&[measure], &[(&[], lines)])
}

/// That the rule hides it, and that it is seen without the rule.
fn hidden_by(rule: Rule, computed: &Computed, rules: &Rules) {
    assert!(!nothing(&alone(computed, &loose())), "seen without the rule");
    let released = alone(computed, rules);
    assert!(nothing(&released), "hidden by the rule");
    assert_eq!(released.trace[0].rule, rule);
}

fn value(released: &Released) -> f64 {
    released.table.cells[0].values[0].unwrap()
}

#[test]
fn few_persons_are_hidden_however_many_rows() {
    let rules = Rules { least: 10, ..loose() };
    hidden_by(Rule::Least, &count(0..9), &rules);
    assert_eq!(value(&alone(&count(0..10), &rules)), 10.0);
    let mut visits = table(&[Measure::Rows], &[(&[], (0..50).map(|i| (i % 9, 1)).collect())]);
    visits.owners = Some((0..50).map(|i| i % 9).collect());
    visits.cells[0].parts[0].lines = members(0..50);
    hidden_by(Rule::Least, &visits, &rules);
}

#[test]
fn a_group_without_a_label_is_a_group() {
    let lines = |from, to| (from..to).map(|p| (p, 1)).collect::<Lines>();
    let by =
        table(&[Measure::Rows], &[(&["a"], lines(0, 30)), (&[""], lines(30, 34)), (&["b"], lines(40, 80))]);
    let released = alone(&by, &Rules::default());
    assert_eq!(first(&released), [("b".to_owned(), Some(40.0))]);
    assert_eq!(released.trace.iter().map(|h| h.rule).collect::<Vec<_>>(), [Rule::Complement, Rule::Least]);
}

/// Of so many how many have it.
fn share(have: u32, of: u32) -> Computed {
    let mut computed = table(&[Measure::Rows], &[(&[], (0..of).map(|p| (p, 1)).collect())]);
    computed.figures[0] = under_condition(Measure::Rows);
    computed.cells[0].parts[0] = part(&(0..have).map(|p| (p, 1)).collect::<Lines>());
    computed
}

#[test]
fn few_who_have_it_or_have_not_are_hidden() {
    let rules = Rules { numerator: 10, ..loose() };
    hidden_by(Rule::Numerator, &share(9, 40), &rules);
    hidden_by(Rule::Numerator, &share(31, 40), &rules);
    assert_eq!(value(&alone(&share(10, 40), &rules)), 10.0);
    assert_eq!(value(&alone(&share(30, 40), &rules)), 30.0);
    let rate = |ones: usize| {
        one(Measure::Mean, std::iter::repeat_n(1, ones).chain(std::iter::repeat_n(0, 40 - ones)))
    };
    hidden_by(Rule::Numerator, &rate(9), &rules);
    hidden_by(Rule::Numerator, &rate(31), &rules);
    assert_eq!(value(&alone(&rate(10), &rules)), 0.25);
    // All but nine have the income in the middle, each of the others another one.
    let around = |others: i64| {
        (0..40).map(move |i| if i < others { 1500 + (i % 2 * 2 - 1) * (20 + 7 * i) } else { 1500 })
    };
    hidden_by(Rule::Numerator, &one(Measure::Sum, around(9)), &rules);
    hidden_by(Rule::Numerator, &one(Measure::Variance, around(9)), &rules);
    assert!(!nothing(&alone(&one(Measure::Sum, around(10)), &rules)));
    // All but nine have the same income.
    hidden_by(
        Rule::Numerator,
        &one(Measure::Sum, (0..40).map(|i| if i < 9 { 2000 + i } else { 1500 })),
        &rules,
    );
}

#[test]
fn what_is_the_same_for_all_is_hidden() {
    let rules = Rules { class: true, ..loose() };
    hidden_by(Rule::Class, &share(40, 40), &rules);
    hidden_by(Rule::Class, &one(Measure::Mean, [1; 40]), &rules);
    hidden_by(Rule::Class, &one(Measure::Mean, [0; 40]), &rules);
    hidden_by(Rule::Class, &one(Measure::Sum, [1500; 40]), &rules);
    assert_eq!(value(&alone(&one(Measure::Rows, [1; 40]), &rules)), 40.0, "a count without a condition");
}

#[test]
fn a_few_who_make_up_most_are_hidden() {
    let two = |largest, percent| Rules { dominance: vec![Dominance { largest, percent }], ..loose() };
    let sum = |large: &[i64]| one(Measure::Sum, large.iter().copied().chain([10; 40]));
    // 500 of 900, and 700 of 1100 by two
    hidden_by(Rule::Dominance, &sum(&[500]), &two(1, 50));
    hidden_by(Rule::Dominance, &sum(&[-500]), &two(1, 50));
    assert_eq!(value(&alone(&sum(&[400]), &two(1, 50))), 800.0);
    hidden_by(Rule::Dominance, &sum(&[350, 350]), &two(2, 60));
    assert!(!nothing(&alone(&sum(&[350, 350]), &two(1, 60))));
    hidden_by(Rule::Dominance, &sum(&[i64::MAX / 2, 3]), &two(1, 50));
}

#[test]
fn rows_that_are_mostly_one_persons_are_hidden() {
    // Of 100 rows 61 are of person 0.
    let owners: Vec<u32> = (0..100u32).map(|row| row.saturating_sub(60)).collect();
    let mut visits = table(&[Measure::Rows], &[(&[], owners.iter().map(|p| (*p, 1)).collect())]);
    visits.owners = Some(owners.into());
    visits.cells[0].parts[0].lines = members(0..100);
    let rules = Rules { dominance: vec![Dominance { largest: 1, percent: 60 }], ..loose() };
    hidden_by(Rule::Dominance, &visits, &rules);
}

#[test]
fn every_way_of_looking_is_looked_at_by_every_rule() {
    let rules = Rules { dominance: vec![Dominance { largest: 1, percent: 60 }], ..loose() };
    let mut sum = one(Measure::Sum, 10..50);
    assert!(!nothing(&alone(&sum, &rules)));
    let way = |first: u128| Shares { largest: vec![first, 1], absolute: 100 };
    for others in [vec![way(61), way(5)], vec![way(5), way(61)], vec![way(5), way(5), way(61)]] {
        sum.cells[0].parts[0].others = others;
        hidden_by(Rule::Dominance, &sum, &rules);
    }
    sum.cells[0].parts[0].others = vec![way(5), way(60)];
    assert!(!nothing(&alone(&sum, &rules)));
}

#[test]
fn an_amount_that_another_could_work_out_is_hidden() {
    let rules = Rules { closeness: 10, ..loose() };
    // Whoever has 900 knows the largest within 40 of 1000.
    hidden_by(Rule::Closeness, &one(Measure::Sum, [1000, 900].into_iter().chain([1; 40])), &rules);
    assert!(!nothing(&alone(&one(Measure::Sum, [1000, 900].into_iter().chain([3; 40])), &rules)));
}

#[test]
fn a_variance_of_few_is_hidden() {
    let rules = Rules { freedom: 10, ..loose() };
    hidden_by(Rule::Freedom, &one(Measure::Variance, 0..10), &rules);
    assert_eq!(value(&alone(&one(Measure::Variance, 0..11), &rules)), 11.0);
    assert_eq!(value(&alone(&one(Measure::Deviation, 0..11), &rules)), 11f64.sqrt());
    assert_eq!(value(&alone(&one(Measure::Mean, 0..10), &rules)), 4.5);
}

#[test]
fn hidden_groups_are_never_alone_in_a_line() {
    let sizes = [[20u32, 30, 40], [25, 4, 35], [22, 33, 44]];
    let (mut cells, mut next) = (Vec::new(), 0);
    let names = [
        ["a", "x"],
        ["a", "y"],
        ["a", "z"],
        ["b", "x"],
        ["b", "y"],
        ["b", "z"],
        ["c", "x"],
        ["c", "y"],
        ["c", "z"],
    ];
    for (name, size) in names.iter().zip(sizes.iter().flatten()) {
        cells.push((&name[..], (next..next + size).map(|p| (p, 1)).collect::<Lines>()));
        next += size;
    }
    let seen = |cells: &[(&[&str], Lines)]| {
        let released = alone(&table(&[Measure::Rows], cells), &Rules::default());
        released
            .table
            .cells
            .iter()
            .map(|c| c.labels.iter().flatten().cloned().collect::<String>())
            .collect::<Vec<_>>()
    };
    // b/y is too small; its row and its column each lose one more, and where those meet a fourth.
    assert_eq!(seen(&cells), ["az", "bz", "cx", "cy", "cz"]);
    cells.reverse();
    assert_eq!(seen(&cells), ["az", "bz", "cx", "cy", "cz"], "whatever the order of rows");
}

#[test]
fn a_mean_is_hidden_where_its_sum_is() {
    let lines = |from: u32, first: i64| {
        (from..from + 20)
            .map(|p| (p, if p == from { first } else { 5 + i64::from(p % 7) }))
            .collect::<Lines>()
    };
    let cells: [(&[&str], Lines); 3] =
        [(&["a"], lines(0, 100_000)), (&["b"], lines(20, 5)), (&["c"], lines(40, 5))];
    let by = table(&[Measure::Rows, Measure::Sum, Measure::Mean], &cells);
    let released = alone(&by, &Rules::default());
    let seen: Vec<Vec<bool>> =
        released.table.cells.iter().map(|c| c.values.iter().map(Option::is_some).collect()).collect();
    assert_eq!(seen, [[true, false, false], [true, false, false], [true, true, true]]);
}

#[test]
fn a_table_that_is_not_whole_is_an_error() {
    let wrong = |change: fn(&mut Computed)| {
        let mut computed = count(0..40);
        change(&mut computed);
        crate::disclosure::judge(&computed, &Rules::default(), &mut fresh().1, &SECRET).is_err()
    };
    assert!(wrong(|c| c.cells[0].parts.clear()));
    assert!(wrong(|c| c.cells.push(c.cells[0].clone())));
    assert!(wrong(|c| c.cells[0].parts[0].rows = 41), "several rows of a person, without their numbers");
    assert!(wrong(|c| c.cells[0].persons = members(0..39)));
    assert!(wrong(|c| c.owners = Some((0..40).collect())), "no numbers of rows");
    assert!(!wrong(|_| ()));
}

/// Those who have nothing are nobody's cover: the sum of all is the sum of those who have something.
#[test]
fn nobody_hides_among_those_who_have_nothing() {
    let rules = Rules { least: 10, ..loose() };
    let amount = |person: u32| if (20..40).contains(&person) { 0 } else { i64::from(100 + person) };
    let sum = |persons: std::ops::Range<u32>, more: &[u32]| {
        let lines: Lines = persons.chain(more.iter().copied()).map(|p| (p, amount(p))).collect();
        table(&[Measure::Sum], &[(&[], lines)])
    };
    let (_folder, mut history) = fresh();
    assert!(!nothing(&see(&sum(0..20, &[]), &rules, &mut history)));
    // The same sum of more people, and then with one who has something.
    assert!(!nothing(&see(&sum(0..40, &[]), &rules, &mut history)));
    assert!(nothing(&see(&sum(0..40, &[50]), &rules, &mut history)));
    assert!(!nothing(&see(&sum(0..60, &[]), &rules, &mut history)));
}

/// Of persons with several rows, numbers of rows and of persons are taken together: everybody has one row a year.
#[test]
fn rows_of_one_year_stand_for_those_of_another() {
    let rules = Rules { least: 10, ..loose() };
    // Line 1000 · year + person.
    let owners: std::sync::Arc<[u32]> = (0..3000).map(|line| line % 1000).collect();
    let rows = |lines: Vec<u32>| {
        let of: Lines = lines.iter().map(|line| (line % 1000, 1)).collect();
        let mut computed = table(&[Measure::Rows], &[(&[], of.clone())]);
        let part = &mut computed.cells[0].parts[0];
        part.lines = lines.iter().copied().collect();
        part.telling_lines = part.lines.clone();
        computed.owned(Some(owners.clone()))
    };
    let year = |year: u32, persons: std::ops::Range<u32>| persons.map(move |p| 1000 * year + p);
    let whole = rows(year(2, 0..30).collect());
    let less = |last| rows(year(1, 0..last).chain(year(0, 15..60)).collect());
    let other = rows(year(0, 15..60).collect());
    for (last, seen) in [(29, false), (20, true), (30, true)] {
        let (_folder, mut history) = fresh();
        assert!(!nothing(&see(&whole, &rules, &mut history)));
        assert!(!nothing(&see(&other, &rules, &mut history)));
        assert_eq!(!nothing(&see(&less(last), &rules, &mut history)), seen, "{last}");
    }
}

/// Two tables of which each has one row a person, joined in one order and in the other: the rows are others, the amounts the same.
#[test]
fn amounts_are_the_same_by_whichever_table_rows_are_numbered() {
    let rules = Rules { least: 10, ..loose() };
    let owners: std::sync::Arc<[u32]> = (0..2000).map(|line| line % 1000).collect();
    let sum = |persons: std::ops::Range<u32>, table_of: u32| {
        let lines: Lines = persons.clone().map(|p| (p, i64::from(100 + 7 * p))).collect();
        let mut computed = table(&[Measure::Sum], &[(&[], lines)]);
        computed.owners = Some(owners.clone());
        let part = &mut computed.cells[0].parts[0];
        part.lines = persons.map(|p| 1000 * table_of + p).collect();
        part.telling_lines = part.lines.clone();
        computed
    };
    for (last, seen) in [(31, false), (45, true), (30, true)] {
        let (_folder, mut history) = fresh();
        assert!(!nothing(&see(&sum(0..30, 0), &rules, &mut history)));
        assert_eq!(!nothing(&see(&sum(0..last, 1), &rules, &mut history)), seen, "{last}");
    }
}
