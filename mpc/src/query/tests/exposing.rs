//! Questions that would open one person's value, all of honest parties: each is refused, or its group hidden.

use super::*;

fn case(when: Expr, then: Expr, otherwise: Expr) -> Expr {
    Expr::Case { when: Box::new(when), then: Box::new(then), otherwise: Box::new(otherwise) }
}

fn integers(values: impl Iterator<Item = i64>) -> Plain {
    Plain::Integers(values.map(Some).collect())
}

fn names(numbers: impl Iterator<Item = usize>) -> Plain {
    Plain::Texts(numbers.map(|n| Some(format!("p{n}"))).collect())
}

/// People of one party with an age, a mark and what it worked out beforehand; incomes of another. Of 24, one is of age 50, and one
/// alone has the mark.
fn people() -> (Plan, Vec<Vec<Plain>>) {
    let inputs = vec![
        input(
            "people",
            0,
            vec![
                key("id"),
                integer("age", 18, 67, false),
                integer("mark", 0, 1, false),
                integer("some", 0, 90, false),
                integer("most", 0, 90, false),
                integer("all", 0, 90, false),
            ],
        ),
        input("incomes", 1, vec![key("id"), integer("income", 1, 70_000, false)]),
    ];
    let age = |n: usize| if n == 7 { 50 } else { [30, 60][n % 2] };
    let tables = vec![
        vec![
            names(0..24),
            integers((0..24).map(age)),
            integers((0..24).map(|n| i64::from(n == 7))),
            integers((0..24).map(|n| if n == 7 { 70 } else { 0 })),
            integers((0..24).map(|n| if n == 7 { 0 } else { 70 + n % 3 })),
            integers((0..24).map(|n| 70 + n % 3)),
        ],
        vec![names(0..24), integers((0..24).map(|n| 1000 + 7 * n))],
    ];
    let from = From::Join {
        one: Box::new(From::Input(0)),
        many: Box::new(From::Input(1)),
        on: vec![[at(0, 0), at(1, 0)]],
        kind: Join::Inner,
    };
    let tell = Tell::Groups { keys: Vec::new(), figures: Vec::new(), having: None, rows: None };
    (Plan { inputs, from, filter: None, tell, layout: None }, tables)
}

fn sum(of: Expr) -> Figure {
    figure(Function::Sum, Some(of), None)
}

fn ask(plan: &mut Plan, figures: Vec<Figure>) {
    plan.tell = Tell::Groups { keys: Vec::new(), figures, having: None, rows: None };
}

/// How many groups are told, and hidden.
fn seen(plan: &Plan, tables: &[Vec<Plain>], terms: &Terms) -> (usize, usize) {
    let [first, second, third] = answers(Security::SemiHonest, plan, tables, terms).map(Result::unwrap);
    assert!(first.hidden == second.hidden && second.hidden == third.hidden);
    (first.told.unwrap().len(), first.hidden)
}

fn below(age: i64) -> Expr {
    binary(Op::Less, column(0, 1), Expr::Integer(age))
}

fn income() -> Expr {
    column(1, 1)
}

fn none() -> Expr {
    Expr::Integer(0)
}

#[test]
fn conditions_are_looked_at_together() {
    let (mut plan, tables) = people();
    let one = || case(below(51), income(), none());
    let other = || case(below(50), income(), none());
    let truth = |when: Expr| case(when, Expr::Integer(1), none());
    let product = binary(Op::Times, truth(Expr::Not(Box::new(below(50)))), income());
    let asked = [
        vec![sum(case(below(50), none(), one()))],
        vec![sum(binary(Op::Minus, one(), other()))],
        vec![sum(case(below(51), case(below(50), none(), income()), none()))],
        vec![sum(binary(Op::Times, truth(below(51)), product))],
        vec![sum(one()), sum(other())],
        vec![sum(one()), figure(Function::Count, Some(case(below(50), none(), Expr::Missing)), None)],
        vec![sum(income()), sum(column(0, 2))],
        vec![sum(binary(Op::Times, column(0, 2), income()))],
        vec![sum(binary(Op::Plus, column(0, 2), Expr::Integer(1)))],
        // What the owner worked out beforehand: zero but for one, and of all but one.
        vec![sum(column(0, 3))],
        vec![sum(binary(Op::Times, column(0, 3), income()))],
        vec![sum(column(0, 4)), sum(column(0, 5))],
    ];
    for figures in asked {
        ask(&mut plan, figures);
        assert_eq!(seen(&plan, &tables, &terms(5)), (0, 1), "{:?}", plan.tell);
    }
    ask(&mut plan, vec![sum(other()), sum(income())]);
    assert_eq!(seen(&plan, &tables, &terms(5)), (1, 0));
}

#[test]
fn powers_many_sums_and_many_conditions_are_refused() {
    let (mut plan, _) = people();
    let x = || column(0, 5);
    let times = |a: Expr, b: Expr| binary(Op::Times, a, b);
    let less = |n: i64| binary(Op::Minus, x(), Expr::Integer(n));
    let variance = |of: Expr| figure(Function::Variance, Some(of), None);
    let code = |plan: &Plan, least: u64| plan.check(&terms(least)).map_err(|error| error.code());
    let mut asked = |figures: Vec<Figure>, least: u64| {
        ask(&mut plan, figures);
        code(&plan, least)
    };
    assert_eq!(asked(vec![variance(x()), sum(times(x(), times(x(), x())))], 3), Err(9432));
    assert_eq!(asked(vec![sum(times(x(), times(less(1), less(2))))], 5), Err(9432));
    assert_eq!(asked(vec![variance(times(x(), income()))], 5), Err(9432));
    // The owner can have cubed its values beforehand.
    assert_eq!(asked(vec![variance(x()), sum(column(0, 4))], 3), Err(9431));
    assert_eq!(asked(vec![variance(x()), sum(column(0, 4))], 4), Ok(()));
    assert_eq!(asked(vec![variance(x()), sum(income())], 3), Ok(()));
    assert_eq!(asked(vec![sum(times(x(), income()))], 3), Ok(()));
    let by = |age: i64| sum(case(below(age), income(), none()));
    assert_eq!(asked((30..34).map(by).collect(), 20), Ok(()));
    assert_eq!(asked((30..35).map(by).collect(), 20), Err(9430));
    assert_eq!(asked((30..35).map(by).collect(), 0), Ok(()));
    let share = Terms { rule: Rule { minimum: 5, percent: Some(80) }, ..terms(5) };
    ask(&mut plan, vec![figure(Function::Correlation, Some(x()), Some(income()))]);
    assert_eq!(plan.check(&terms(5)).map_err(|error| error.code()), Ok(()));
    assert_eq!(plan.check(&share).unwrap_err().code(), 9412);
    plan.tell = Tell::Analysis(Analysis::Correlations(vec![at(0, 1), at(1, 1)]));
    assert_eq!(plan.check(&share).unwrap_err().code(), 9412);
}

#[test]
fn rows_that_do_not_count_are_a_part_too() {
    let (mut plan, mut tables) = people();
    ask(&mut plan, vec![sum(income())]);
    for (out, expected) in [(0, (1, 0)), (1, (0, 1)), (4, (0, 1)), (5, (1, 0))] {
        tables[0][0] = names((0..24).map(|n| if n < out { n + 100 } else { n }));
        for hidden in [false, true] {
            plan.inputs.iter_mut().for_each(|input| (input.hidden, input.max_rows) = (hidden, 40));
            assert_eq!(seen(&plan, &tables, &terms(5)), expected, "{out} {hidden}");
        }
    }
}

#[test]
fn rows_of_one_person_are_no_group() {
    let (mut plan, mut tables) = people();
    ask(&mut plan, vec![sum(column(0, 1))]);
    // Twelve rows of one, and six others that nobody has.
    tables[1] =
        vec![names((0..18).map(|n| if n < 12 { 3 } else { 100 + n })), integers((0..18).map(|n| 1000 + n))];
    assert_eq!(seen(&plan, &tables, &terms(5)), (0, 1));
    // Rows of five persons are a group, and a part of one person's is none.
    tables[1][0] = names((0..18).map(|n| if n < 12 { n % 5 } else { 100 + n }));
    assert_eq!(seen(&plan, &tables, &terms(5)), (1, 0));
    tables[1][0] = names((0..18).map(|n| if n < 7 { 7 } else { n - 7 }));
    ask(&mut plan, vec![sum(column(0, 1))]);
    assert_eq!(seen(&plan, &tables, &terms(5)), (1, 0));
    let fifty = binary(Op::Equal, column(0, 1), Expr::Integer(50));
    ask(&mut plan, vec![sum(case(fifty, income(), none()))]);
    assert_eq!(seen(&plan, &tables, &terms(5)), (0, 1));
    plan.tell = Tell::Analysis(Analysis::Quantiles { of: at(1, 1), per_mille: vec![500] });
    let [first, ..] = answers(Security::SemiHonest, &plan, &tables, &terms(3));
    assert_eq!(first.unwrap_err().code(), 9435);
}

/// Rows of two parties, one after the other: a value, and a mark.
fn two(values: [Vec<i64>; 2], marks: [Vec<i64>; 2]) -> (Plan, Vec<Vec<Plain>>) {
    let columns = || vec![integer("value", 1, 70_000, false), integer("mark", 0, 1, false)];
    let inputs = (0..2).map(|owner| input(&format!("part{owner}"), owner, columns())).collect();
    let tables = values
        .into_iter()
        .zip(marks)
        .map(|(values, marks)| vec![integers(values.into_iter()), integers(marks.into_iter())])
        .collect();
    let from = From::Union((0..2).map(From::Input).collect());
    let tell = Tell::Groups { keys: Vec::new(), figures: Vec::new(), having: None, rows: None };
    (Plan { inputs, from, filter: None, tell, layout: None }, tables)
}

#[test]
fn a_reader_subtracts_its_own_part_and_its_own_values() {
    let marked = case(column(0, 1), column(0, 0), none());
    let part = |often: usize| (0..20).map(|n| i64::from(n < often)).collect::<Vec<_>>();
    let reader = Terms { receivers: vec![Role::First], ..terms(5) };
    for (often, expected) in [(1, (0, 1)), (6, (1, 0))] {
        let (mut plan, tables) = two([vec![100; 20], vec![100; 20]], [part(10), part(often)]);
        ask(&mut plan, vec![sum(marked.clone())]);
        assert_eq!(seen_by_first(&plan, &tables, &reader), expected, "{often}");
    }
    // Most of what is left without the reader's own is one row's.
    let share = Terms { rule: Rule { minimum: 5, percent: Some(60) }, ..reader };
    for (one, expected) in [(2000, (0, 1)), (300, (1, 0))] {
        let theirs = (0..20).map(|n| if n == 3 { one } else { 20 }).collect();
        let (mut plan, tables) = two([vec![5000; 20], theirs], [part(10), part(10)]);
        ask(&mut plan, vec![sum(column(0, 0))]);
        assert_eq!(seen_by_first(&plan, &tables, &share), expected, "{one}");
    }
}

fn seen_by_first(plan: &Plan, tables: &[Vec<Plain>], terms: &Terms) -> (usize, usize) {
    let [first, ..] = answers(Security::Malicious, plan, tables, terms).map(Result::unwrap);
    (first.told.unwrap().len(), first.hidden)
}

#[test]
fn tables_of_several_owners_are_refused_where_nobody_looks_at_what_is_left() {
    let (mut plan, _) = two([vec![1], vec![2]], [vec![0], vec![1]]);
    plan.tell = Tell::Analysis(Analysis::Quantiles { of: at(0, 0), per_mille: vec![500] });
    assert_eq!(plan.check(&terms(5)).unwrap_err().code(), 9412);
    assert_eq!(plan.check(&terms(0)), Ok(()));
    // On the side that is looked up, too; and decimals that differ are never the same column.
    let (mut plan, _) = people();
    let mut more = plan.inputs[0].clone();
    (more.table, more.owner) = ("more".to_owned(), 2);
    plan.inputs.push(more);
    if let From::Join { one, .. } = &mut plan.from {
        **one = From::Union(vec![From::Input(0), From::Input(2)]);
    }
    ask(&mut plan, vec![sum(income())]);
    assert_eq!(plan.check(&terms(5)).unwrap_err().code(), 9412);
    if let From::Join { kind, .. } = &mut plan.from {
        *kind = Join::Semi;
    }
    assert_eq!(plan.check(&terms(5)), Ok(()));
    plan.inputs[2].columns[1].values = Values::Integer { min: 18, max: 67, decimals: 2 };
    assert_eq!(plan.check(&terms(5)).unwrap_err().code(), 9400);
}

#[test]
fn orders_and_products_of_few_rows_are_not_told() {
    let (mut plan, mut tables) = people();
    let quantiles = |per_mille: Vec<u32>| Tell::Analysis(Analysis::Quantiles { of: at(1, 1), per_mille });
    for all in [(1..11).map(|n| 90 * n).collect(), vec![500, 500], Vec::new(), vec![0], vec![1000]] {
        plan.tell = quantiles(all);
        assert_eq!(plan.check(&terms(5)).unwrap_err().code(), 9433);
    }
    let answer = |plan: &Plan, tables: &[Vec<Plain>]| {
        let [first, ..] = answers(Security::SemiHonest, plan, tables, &terms(5)).map(Result::unwrap);
        first.analysis.unwrap()
    };
    // The least and the greatest of 24; neighbours with fewer than five between them.
    for all in [vec![1, 999], vec![500, 600], vec![100]] {
        plan.tell = quantiles(all);
        assert_eq!(answer(&plan, &tables), Answer::TooFew);
    }
    plan.tell = quantiles(vec![250, 500, 750]);
    assert!(matches!(answer(&plan, &tables), Answer::Quantiles(_)));
    // The mark of one row opens its income among the products.
    plan.tell = Tell::Analysis(Analysis::Correlations(vec![at(0, 2), at(1, 1)]));
    assert_eq!(answer(&plan, &tables), Answer::TooFew);
    plan.tell = Tell::Analysis(Analysis::Linear { target: at(1, 1), features: vec![at(0, 1), at(0, 3)] });
    assert_eq!(answer(&plan, &tables), Answer::TooFew);
    plan.tell = Tell::Analysis(Analysis::Linear { target: at(1, 1), features: vec![at(0, 1)] });
    assert!(matches!(answer(&plan, &tables), Answer::Linear { .. }));
    // More sums than rows: nothing opens, before it fails.
    for table in &mut tables {
        for column in table {
            match column {
                Plain::Integers(cells) => cells.truncate(8),
                Plain::Texts(cells) => cells.truncate(8),
            }
        }
    }
    plan.tell = Tell::Analysis(Analysis::Linear { target: at(1, 1), features: vec![at(0, 1), at(0, 5)] });
    assert_eq!(answer(&plan, &tables), Answer::TooFew);
}

#[test]
fn what_owners_added_up_beforehand_is_held_to_its_rows() {
    let columns =
        vec![integer("rows", 0, 100, false), integer("values", 0, 100, false), integer("sum", 0, 900, false)];
    let inputs = (0..2).map(|owner| input(&format!("part{owner}"), owner, columns.clone())).collect();
    let mean = Figure { counted: Some(column(0, 1)), ..figure(Function::Mean, Some(column(0, 2)), None) };
    let tell = Tell::Groups { keys: Vec::new(), figures: vec![mean], having: None, rows: Some(column(0, 0)) };
    let from = From::Union((0..2).map(From::Input).collect());
    let mut plan = Plan { inputs, from, filter: None, tell, layout: None };
    let one = |values: [i64; 3]| values.map(|value| integers(std::iter::once(value))).to_vec();
    let tables = |values: i64| vec![one([20, values, 700]), one([30, 30, 800])];
    assert_eq!(seen(&plan, &tables(20), &terms(5)), (1, 0));
    assert_eq!(seen(&plan, &tables(19), &terms(5)), (0, 1));
    let [first, ..] = answers(Security::SemiHonest, &plan, &tables(21), &terms(5));
    assert_eq!(first.unwrap_err().code(), 9434);
    plan.inputs.iter_mut().for_each(|input| input.columns[1] = integer("values", -1, 100, false));
    assert_eq!(plan.check(&terms(5)).unwrap_err().code(), 9400);
}
