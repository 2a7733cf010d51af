//! Questions drawn at random, against the same in the clear.

use super::*;
use crate::query::plain;

fn pick<T: Clone>(rng: &mut impl Rng, of: &[T]) -> T {
    of[(rng.next_u64() % of.len() as u64) as usize].clone()
}

/// A small expression over the columns that there are.
fn expression(rng: &mut ChaCha20Rng, columns: &[Expr], depth: u32) -> Expr {
    if depth == 0 || rng.next_u64().is_multiple_of(3) {
        return if rng.next_u64().is_multiple_of(4) {
            Expr::Integer(rng.next_u64() as i64 % 50)
        } else {
            pick(rng, columns)
        };
    }
    match rng.next_u64() % 4 {
        0 => Expr::Case {
            when: Box::new(truth(rng, columns, depth - 1)),
            then: Box::new(expression(rng, columns, depth - 1)),
            otherwise: Box::new(expression(rng, columns, depth - 1)),
        },
        _ => {
            let op = pick(rng, &[Op::Plus, Op::Minus, Op::Times]);
            binary(op, expression(rng, columns, depth - 1), expression(rng, columns, depth - 1))
        }
    }
}

fn truth(rng: &mut ChaCha20Rng, columns: &[Expr], depth: u32) -> Expr {
    if depth > 0 && rng.next_u64().is_multiple_of(2) {
        return match rng.next_u64() % 4 {
            0 => Expr::Not(Box::new(truth(rng, columns, depth - 1))),
            1 => Expr::Present(Box::new(expression(rng, columns, depth - 1))),
            _ => {
                let op = pick(rng, &[Op::And, Op::Or]);
                binary(op, truth(rng, columns, depth - 1), truth(rng, columns, depth - 1))
            }
        };
    }
    let op = pick(rng, &[Op::Equal, Op::Less, Op::AtMost]);
    binary(op, expression(rng, columns, depth.min(1)), expression(rng, columns, depth.min(1)))
}

/// The example with other joins, filters, groups and figures.
pub(super) fn question(rng: &mut ChaCha20Rng, seed: u64) -> (Plan, Vec<Vec<Plain>>) {
    let hidden = rng.next_u64().is_multiple_of(3);
    let people = [0, 1, 30, 45][(seed % 4) as usize];
    let (mut plan, mut tables) = example(rng, people, hidden);
    let kind = pick(rng, &[Join::Inner, Join::Left, Join::Semi, Join::Anti]);
    let outer = pick(rng, &[Join::Semi, Join::Anti]);
    let mut columns = vec![column(1, 1)];
    if matches!(kind, Join::Inner | Join::Left) {
        columns.extend([column(0, 2), column(0, 1)]);
    }
    let mut second = From::Input(1);
    if rng.next_u64().is_multiple_of(3) {
        let mut more = plan.inputs[1].clone();
        (more.table, more.owner) = ("more".to_owned(), 2);
        plan.inputs.push(more);
        tables.push(tables[1].iter().rev().cloned().collect::<Vec<_>>().into_iter().rev().collect());
        second = From::Union(vec![From::Input(1), From::Input(3)]);
    }
    let inner = From::Join {
        one: Box::new(From::Input(0)),
        many: Box::new(second),
        on: vec![[at(0, 0), at(1, 0)]],
        kind,
    };
    // The list is on the one side, or the joined rows are looked up in it by the other table's key.
    let by = if kind == Join::Inner && rng.next_u64().is_multiple_of(2) { at(0, 0) } else { at(1, 0) };
    plan.from = From::Join {
        one: Box::new(From::Input(2)),
        many: Box::new(inner),
        on: vec![[at(2, 0), by]],
        kind: outer,
    };
    plan.filter = (rng.next_u64().is_multiple_of(2)).then(|| truth(rng, &columns, 2));
    let (keys, ranked): (Vec<Key>, bool) = match rng.next_u64() % 3 {
        0 => (Vec::new(), true),
        1 if columns.len() > 1 => (kinds(), false),
        _ => {
            let less = binary(Op::Less, column(1, 1), Expr::Integer(30_000));
            let mut keys = vec![Key { name: "low".to_owned(), of: less, min: 0, max: 1, texts: Vec::new() }];
            if columns.len() > 1 {
                keys.push(Key {
                    name: "age".to_owned(),
                    of: column(0, 2),
                    min: 10,
                    max: 70,
                    texts: Vec::new(),
                });
            }
            (keys, false)
        }
    };
    let mut figures = vec![figure(Function::Count, None, None)];
    let mut functions = vec![
        Function::Count,
        Function::Sum,
        Function::Mean,
        Function::Variance,
        Function::Sd,
        Function::Correlation,
    ];
    if ranked {
        functions.extend([Function::Min, Function::Max, Function::Median]);
    }
    for function in functions {
        let of =
            if rng.next_u64().is_multiple_of(2) { pick(rng, &columns) } else { expression(rng, &columns, 1) };
        let with = (function == Function::Correlation).then(|| pick(rng, &columns));
        figures.push(figure(function, Some(of), with));
    }
    let having = (rng.next_u64().is_multiple_of(3)).then(|| {
        let few = binary(Op::AtMost, Expr::Integer(3), column(0, 0));
        binary(Op::And, few, binary(Op::Less, Expr::Integer(0), column(0, 2)))
    });
    plan.tell = Tell::Groups { keys, figures, having, rows: None };
    (plan, tables)
}

fn alike(found: &Number, expected: &Number) -> bool {
    match (found, expected) {
        (Number::Real(a), Number::Real(b)) => (a - b).abs() <= 1e-9 * b.abs().max(1e-3),
        _ => found == expected,
    }
}

#[test]
fn answers_are_those_in_the_clear() {
    for seed in 0..24 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let (plan, tables) = question(&mut rng, seed);
        let clear: Vec<Table> = tables.iter().map(|columns| table(columns)).collect();
        let all = plain::groups(&plan, &clear);
        let security = if seed % 3 == 0 { Security::Malicious } else { Security::SemiHonest };
        let terms = terms(0);
        if let Err(error) = plan.check(&terms) {
            assert_eq!(error.code(), 9401, "{seed} {error}");
            continue;
        }
        let [first, second, third] = answers(security, &plan, &tables, &terms).map(Result::unwrap);
        assert!(first == second && second == third);
        let told = first.told.unwrap();
        let expected: Vec<_> = all.iter().filter(|group| group.passes && group.rows > 0).collect();
        assert_eq!(
            told.iter().map(|group| (&group.keys, group.rows)).collect::<Vec<_>>(),
            expected.iter().map(|group| (&group.keys, group.rows)).collect::<Vec<_>>(),
            "{seed} {plan:?}"
        );
        assert_eq!((first.hidden, first.withheld), (0, 0));
        assert_eq!(first.failed, all.iter().filter(|group| !group.passes && group.rows > 0).count());
        let Tell::Groups { figures, .. } = &plan.tell else { unreachable!() };
        for (group, expected) in told.iter().zip(expected) {
            for ((found, expected), figure) in group.figures.iter().zip(&expected.figures).zip(figures) {
                assert!(alike(found, expected), "{seed} {figure:?}: {found:?} for {expected:?}");
            }
        }
    }
}

#[test]
fn what_is_told_keeps_the_rule() {
    let mut hidden = 0;
    let mut refused = std::collections::BTreeMap::new();
    for seed in 100..116 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let (mut plan, tables) = question(&mut rng, seed);
        // What must be refused is; then fewer figures are asked.
        while let Err(error) = plan.check(&terms(4)) {
            assert!(matches!(error.code(), 9401 | 9430..=9432), "{error}");
            *refused.entry(error.code()).or_insert(0) += 1;
            let Tell::Groups { figures, having, .. } = &mut plan.tell else { unreachable!() };
            *having = None;
            figures.pop();
        }
        let clear: Vec<Table> = tables.iter().map(|columns| table(columns)).collect();
        let all = plain::groups(&plan, &clear);
        let [first, ..] = answers(Security::SemiHonest, &plan, &tables, &terms(4)).map(Result::unwrap);
        hidden += first.hidden;
        for group in first.told.unwrap() {
            let truth = all.iter().find(|other| other.keys == group.keys).unwrap();
            assert!(truth.passes && truth.rows == group.rows && group.rows >= 4, "{seed}");
            for ((found, expected), behind) in group.figures.iter().zip(&truth.figures).zip(&truth.behind) {
                assert!(alike(found, expected), "{seed} {found:?} {expected:?}");
                assert!(*behind == 0 || *behind >= 4);
                assert!(group.rows - behind == 0 || group.rows - behind >= 4);
            }
        }
    }
    assert!(hidden > 0);
    for code in 9431..=9432 {
        assert!(refused.contains_key(&code), "{refused:?}");
    }
}

#[test]
fn a_sum_that_is_mostly_of_one_row_is_hidden() {
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    let (mut plan, mut tables) = example(&mut rng, 60, false);
    plan.inputs[1].columns[1] = integer("income", 0, 70_000, false);
    tables[1][1] = Plain::Integers((0..120).map(|n| Some(if n == 3 { 70_000 } else { 10 })).collect());
    let from = From::Join {
        one: Box::new(From::Input(0)),
        many: Box::new(From::Input(1)),
        on: vec![[at(0, 0), at(1, 0)]],
        kind: Join::Left,
    };
    plan.from = From::Join {
        one: Box::new(From::Input(2)),
        many: Box::new(from),
        on: vec![[at(2, 0), at(1, 0)]],
        kind: Join::Left,
    };
    let terms = Terms { rule: Rule { minimum: 3, percent: Some(60) }, ..terms(3) };
    for keys in [Vec::new(), kinds()] {
        let whole = keys.is_empty();
        let figures = vec![figure(Function::Sum, Some(column(1, 1)), None)];
        plan.tell = Tell::Groups { keys, figures, having: None, rows: None };
        let [first, second, _] = answers(Security::Malicious, &plan, &tables, &terms).map(Result::unwrap);
        assert_eq!(first, second);
        assert!(first.hidden >= 1, "{first:?}");
        let told = first.told.unwrap();
        assert!(
            told.iter()
                .all(|group| matches!(group.figures[0], Number::Exact { value, .. } if value < 70_000))
        );
        assert_eq!(told.is_empty(), whole);
    }
}
