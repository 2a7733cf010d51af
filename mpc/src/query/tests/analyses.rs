//! Analyses over joined and filtered rows, against the same in the clear over those rows alone.

use super::*;
use crate::plain;
use crate::stats::Moments;

/// People with an age and a group, and their incomes with a mark; of some nothing is known. Joined rows in the clear; -1 where
/// the income is missing.
fn people() -> (Plan, Vec<Vec<Plain>>, Vec<[i64; 4]>) {
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    let mut rows = Vec::new();
    let (mut names, mut ages, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut others, mut incomes, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..160u64 {
        let (age, kind) = (18 + (rng.next_u64() % 50) as i64, (rng.next_u64() % 3) as i64);
        let income = (rng.next_u64() % 9000) as i64 + 100 * age;
        let mark = i64::from(rng.next_u64() % 6000 < income as u64 / 2);
        let missing = rng.next_u64().is_multiple_of(10);
        names.push(Some(format!("p{n}")));
        ages.push(Some(age));
        kinds.push(Some(kind));
        others.push(Some(format!("p{}", if n % 8 == 0 { n + 1000 } else { n })));
        incomes.push((!missing).then_some(income));
        marks.push(Some(mark));
        if n % 8 != 0 && age < 60 {
            rows.push([age, kind, if missing { -1 } else { income }, mark]);
        }
    }
    let inputs = vec![
        input("people", 0, vec![key("id"), integer("age", 18, 67, false), integer("kind", 0, 2, false)]),
        input(
            "incomes",
            2,
            vec![key("id"), integer("income", 0, 20_000, true), integer("mark", 0, 1, false)],
        ),
    ];
    let from = From::Join {
        one: Box::new(From::Input(0)),
        many: Box::new(From::Input(1)),
        on: vec![[at(0, 0), at(1, 0)]],
        kind: Join::Inner,
    };
    let filter = Some(binary(Op::Less, column(0, 1), Expr::Integer(60)));
    let tell = Tell::Analysis(Analysis::Correlations(Vec::new()));
    let plan = Plan { inputs, from, filter, tell, layout: None };
    let tables = vec![
        vec![Plain::Texts(names), Plain::Integers(ages), Plain::Integers(kinds)],
        vec![Plain::Texts(others), Plain::Integers(incomes), Plain::Integers(marks)],
    ];
    (plan, tables, rows)
}

fn asked(analysis: Analysis, security: Security) -> Answer {
    let (mut plan, tables, _) = people();
    plan.tell = Tell::Analysis(analysis);
    let [first, second, third] = answers(security, &plan, &tables, &terms(5)).map(Result::unwrap);
    assert!(first == second && second == third);
    first.analysis.unwrap()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1e-6), "{found} for {expected}");
}

fn part(of: usize) -> Vec<f64> {
    people().2.iter().filter(|row| row[2] >= 0).map(|row| row[of] as f64).collect()
}

const AGE: ColumnAt = ColumnAt { input: 0, column: 1 };
const KIND: ColumnAt = ColumnAt { input: 0, column: 2 };
const INCOME: ColumnAt = ColumnAt { input: 1, column: 1 };
const MARK: ColumnAt = ColumnAt { input: 1, column: 2 };

#[test]
fn moments_regressions_and_differences() {
    let (age, income, mark) = (part(0), part(2), part(3));
    let Answer::Moments(found) = asked(Analysis::Correlations(vec![AGE, INCOME]), Security::Malicious) else {
        panic!("no moments")
    };
    let check = |found: &Moments| {
        assert_eq!(found.count, age.len() as u64);
        close(found.correlation(0, 1), plain::correlation(&age, &income));
    };
    check(&found);
    let linear = Analysis::Linear { target: INCOME, features: vec![AGE, MARK] };
    let Answer::Linear { fit, .. } = asked(linear, Security::SemiHonest) else { panic!("no fit") };
    let (values, errors, r_squared) = plain::least_squares(&[age.clone(), mark.clone()], &income);
    close(fit.r_squared, r_squared);
    for (found, (value, error)) in fit.coefficients.iter().zip(values.iter().zip(&errors)) {
        close(found.value, *value);
        close(found.error, *error);
    }
    let logistic = Analysis::Logistic { target: MARK, features: vec![AGE, INCOME] };
    let Answer::Logistic(found) = asked(logistic, Security::SemiHonest) else { panic!("no fit") };
    let (values, errors) = plain::logistic(&[age.clone(), income.clone()], &mark);
    for (found, (value, error)) in found.iter().zip(values.iter().zip(&errors)) {
        assert!((found.value - value).abs() < 1e-3 * error, "{found:?} for {value} ± {error}");
        assert!((found.error - error).abs() < 1e-3 * error, "{found:?} for {value} ± {error}");
    }
    let difference = Analysis::Difference { of: INCOME, group: MARK };
    let Answer::Difference(found) = asked(difference, Security::SemiHonest) else { panic!("no difference") };
    let of = |mark: i64| {
        people()
            .2
            .iter()
            .filter(|row| row[3] == mark && row[2] >= 0)
            .map(|row| row[2] as f64)
            .collect::<Vec<_>>()
    };
    close(found.difference, plain::mean(&of(1)) - plain::mean(&of(0)));
    let weighted = Analysis::WeightedMean { of: INCOME, weight: AGE };
    let Answer::WeightedMean { mean, .. } = asked(weighted, Security::SemiHonest) else { panic!("no mean") };
    let sum: f64 = age.iter().zip(&income).map(|(weight, value)| weight * value).sum();
    close(mean, sum / age.iter().sum::<f64>());
}

#[test]
fn counts_curves_and_orders() {
    let rows = people().2;
    let Answer::TwoWay(found) = asked(Analysis::TwoWay([KIND, MARK]), Security::Malicious) else {
        panic!("no table")
    };
    for kind in 0..3 {
        for mark in 0..2 {
            let count = rows.iter().filter(|row| row[1] == kind && row[3] == mark).count() as u64;
            assert_eq!(found.table.counts[(kind * 3 + mark) as usize], Some(count));
        }
    }
    let histogram = Analysis::Histogram { of: AGE, bounds: vec![30, 45] };
    let Answer::Histogram(found) = asked(histogram, Security::SemiHonest) else { panic!("no histogram") };
    let count =
        |range: std::ops::Range<i64>| Some(rows.iter().filter(|row| range.contains(&row[0])).count() as u64);
    assert_eq!(found, [count(0..30), count(30..45), count(45..99)]);
    let quantiles = Analysis::Quantiles { of: INCOME, per_mille: vec![250, 750] };
    let Answer::Quantiles(found) = asked(quantiles, Security::SemiHonest) else { panic!("no quantiles") };
    let mut sorted: Vec<i64> = rows.iter().map(|row| row[2]).filter(|income| *income >= 0).collect();
    sorted.sort_unstable();
    let rank = |p: f64| sorted[(p * sorted.len() as f64).ceil() as usize - 1] as f64;
    assert_eq!(found, [rank(0.25), rank(0.75)]);
    let inequality = Analysis::Inequality { of: INCOME, greatest: 20 };
    let Answer::Inequality(found) = asked(inequality, Security::SemiHonest) else { panic!("no inequality") };
    close(found.gini, plain::gini(&part(2)));
    let top: i64 = sorted.iter().rev().take(20).sum();
    close(found.concentration[0].unwrap(), top as f64 / sorted.iter().sum::<i64>() as f64);
    let survival = Analysis::Survival { time: AGE, event: MARK };
    let Answer::Survival(found) = asked(survival, Security::SemiHonest) else { panic!("no curve") };
    let first = found.first().unwrap();
    let events = rows.iter().filter(|row| (row[0] as u64) < first.until && row[3] == 1).count() as u64;
    assert_eq!((first.events, first.at_risk), (events, rows.len() as u64));
}

#[test]
fn an_analysis_of_few_rows_is_not_answered_and_one_for_some_only_is_refused() {
    let (mut plan, tables, _) = people();
    plan.tell = Tell::Analysis(Analysis::Correlations(vec![AGE, INCOME]));
    plan.filter = Some(binary(Op::Less, column(0, 1), Expr::Integer(18)));
    let [first, ..] = answers(Security::SemiHonest, &plan, &tables, &terms(5)).map(Result::unwrap);
    assert_eq!((first.analysis, first.hidden), (Some(Answer::TooFew), 1));
    let some = Terms { receivers: vec![Role::First], ..terms(5) };
    assert_eq!(plan.check(&some).unwrap_err().code(), 9412);
    plan.tell = Tell::Analysis(Analysis::Difference { of: INCOME, group: AGE });
    assert_eq!(plan.check(&terms(5)).unwrap_err().code(), 9400);
}

#[test]
fn what_owners_added_up_beforehand_counts_for_as_many_rows() {
    // Of each kind, how many people, the sum of their ages and of the squares.
    let texts = ["x", "y", "z"].map(str::to_owned).to_vec();
    let columns = vec![
        Column { name: "kind".to_owned(), values: Values::Code { of: texts }, nullable: false },
        integer("rows", 0, 1000, false),
        integer("ages", 0, 100_000, false),
        integer("squares", 0, 10_000_000, false),
    ];
    let inputs: Vec<Input> =
        (0..3).map(|owner| input(&format!("part{owner}"), owner, columns.clone())).collect();
    let some = |values: [i64; 3]| Plain::Integers(values.map(Some).to_vec());
    let tables: Vec<Vec<Plain>> = (0..3)
        .map(|n| vec![some([0, 1, 2]), some([10 + n, 1, 0]), some([300 + n, 40, 0]), some([9100, 1600, 0])])
        .collect();
    let mean = |function| Figure {
        counted: Some(column(0, 1)),
        squares: Some(column(0, 3)),
        ..figure(function, Some(column(0, 2)), None)
    };
    let key = Key { name: "kind".to_owned(), of: column(0, 0), min: 0, max: 2, texts: Vec::new() };
    let tell = Tell::Groups {
        keys: vec![key],
        figures: vec![figure(Function::Count, None, None), mean(Function::Mean), mean(Function::Variance)],
        having: None,
        rows: Some(column(0, 1)),
    };
    let from = From::Union((0..3).map(From::Input).collect());
    let plan = Plan { inputs, from, filter: None, tell, layout: None };
    for minimum in [0, 5] {
        let [first, ..] = answers(Security::Malicious, &plan, &tables, &terms(minimum)).map(Result::unwrap);
        let told = first.told.unwrap();
        // Where the rule hides the three of the second kind, the first would follow from the total.
        if minimum == 0 {
            assert_eq!(told.iter().map(|group| group.rows).collect::<Vec<_>>(), [33, 3]);
            let Number::Real(mean) = told[0].figures[1] else { panic!("no mean") };
            close(mean, 903.0 / 33.0);
            let Number::Real(variance) = told[0].figures[2] else { panic!("no variance") };
            close(variance, (27_300.0 - 903.0 * 903.0 / 33.0) / 32.0);
        } else {
            assert!(told.is_empty() && first.hidden > 0);
        }
    }
}

#[test]
fn a_receiver_with_rows_of_its_own_cannot_subtract_them() {
    // How many rows of five groups each of three owners has.
    let counts = [[20, 20, 20, 0, 25], [20, 20, 1, 20, 25], [20, 30, 1, 0, 25]];
    let inputs: Vec<Input> = (0..3)
        .map(|owner| input(&format!("part{owner}"), owner, vec![integer("kind", 0, 4, false)]))
        .collect();
    let tables: Vec<Vec<Plain>> = counts
        .iter()
        .map(|counts| {
            let rows = (0..5i64).flat_map(|kind| vec![Some(kind); counts[kind as usize]]);
            vec![Plain::Integers(rows.collect())]
        })
        .collect();
    let tell = Tell::Groups {
        keys: vec![Key { name: "kind".to_owned(), of: column(0, 0), min: 0, max: 4, texts: Vec::new() }],
        figures: vec![figure(Function::Count, None, None)],
        having: None,
        rows: None,
    };
    let from = From::Union((0..3).map(From::Input).collect());
    let plan = Plan { inputs, from, filter: None, tell, layout: None };
    let told = |receivers: Vec<Role>| {
        let terms = Terms { receivers, ..terms(3) };
        let [first, ..] = answers(Security::Malicious, &plan, &tables, &terms).map(Result::unwrap);
        (first.told.unwrap().iter().map(|group| group.keys[0].unwrap()).collect::<Vec<_>>(), first.hidden)
    };
    // Without the first party's rows the third group has two: hidden, and another withheld.
    let (groups, hidden) = told(Role::ALL.to_vec());
    assert!(hidden == 1 && !groups.contains(&2) && !groups.contains(&3), "{groups:?}");
    // Where only the first receives, the fourth is another's, and told or withheld as any other.
    let (groups, hidden) = told(vec![Role::First]);
    assert!(hidden == 1 && !groups.contains(&2) && groups.len() >= 3, "{groups:?}");
}
