use super::*;
use crate::release::Rule;
use crate::tests::{sent, three_under};
use crate::{Context, MpcError, Role, Security};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

mod analyses;
mod cheating;
mod exposing;
mod joins;
mod outside;
mod random;
mod stops;

/// Cells in the clear, to make tables of at each party.
#[derive(Clone, Debug)]
pub(super) enum Plain {
    Integers(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
}

pub(super) fn table(columns: &[Plain]) -> Table {
    let rows = match &columns[0] {
        Plain::Integers(cells) => cells.len(),
        Plain::Texts(cells) => cells.len(),
    };
    let cells = columns.iter().map(|column| match column {
        Plain::Integers(cells) => Cells::Integers(cells.clone()),
        Plain::Texts(cells) => Cells::Texts(cells.clone()),
    });
    Table { rows, columns: cells.collect() }
}

pub(super) fn terms(minimum: u64) -> Terms {
    Terms { rule: Rule::at_least(minimum), extremes: true, receivers: Role::ALL.to_vec() }
}

/// One party's side of a run.
pub(super) fn side(
    context: &mut Context,
    plan: &Plan,
    tables: &[Vec<Plain>],
    terms: &Terms,
) -> Result<Outcome, MpcError> {
    let own: Vec<Option<Table>> = plan
        .inputs
        .iter()
        .zip(tables)
        .map(|(input, columns)| (usize::from(input.owner) == context.role().number()).then(|| table(columns)))
        .collect();
    let mut rng = ChaCha20Rng::seed_from_u64(context.role() as u64);
    run(context, plan, (&own, &mut [], &mut |_| Ok(())), terms, &mut rng)
}

pub(super) fn answers(
    security: Security,
    plan: &Plan,
    tables: &[Vec<Plain>],
    terms: &Terms,
) -> [Result<Outcome, MpcError>; 3] {
    three_under(security, 5, |context| side(context, plan, tables, terms))
}

pub(super) fn integer(name: &str, min: i64, max: i64, nullable: bool) -> Column {
    Column { name: name.to_owned(), values: Values::Integer { min, max, decimals: 0 }, nullable }
}

pub(super) fn key(name: &str) -> Column {
    Column { name: name.to_owned(), values: Values::Key, nullable: true }
}

pub(super) fn input(name: &str, owner: u8, columns: Vec<Column>) -> Input {
    Input { table: name.to_owned(), owner, local: String::new(), max_rows: 1000, hidden: false, columns }
}

pub(super) fn at(input: usize, column: usize) -> ColumnAt {
    ColumnAt { input, column }
}

pub(super) fn column(input: usize, column: usize) -> Expr {
    Expr::Column(at(input, column))
}

pub(super) fn binary(op: Op, left: Expr, right: Expr) -> Expr {
    Expr::Binary { op, left: Box::new(left), right: Box::new(right) }
}

pub(super) fn figure(function: Function, of: Option<Expr>, with: Option<Expr>) -> Figure {
    Figure {
        name: format!("{function:?}"),
        function,
        of,
        with,
        decimals: 0,
        with_decimals: 0,
        hidden: false,
        counted: None,
        squares: None,
    }
}

/// Insured people of one department, incomes of another, a list of the third.
pub(super) fn example(rng: &mut impl Rng, people: usize, hidden: bool) -> (Plan, Vec<Vec<Plain>>) {
    let name = |number: u64| Some(format!("id{number}"));
    let mut maybe = |value: i64, often: u64| (!rng.next_u64().is_multiple_of(often)).then_some(value);
    let insured = vec![
        Plain::Texts((0..people as u64).map(|n| maybe(0, 30).and_then(|_| name(3 * n))).collect()),
        Plain::Integers((0..people).map(|n| maybe((n * 7 % 4) as i64, 9)).collect()),
        Plain::Integers((0..people).map(|n| Some(18 + (n * 31 % 50) as i64)).collect()),
    ];
    let incomes = vec![
        Plain::Texts((0..2 * people as u64).map(|n| maybe(0, 30).and_then(|_| name(n * 2))).collect()),
        Plain::Integers((0..2 * people).map(|n| maybe(-500 + (n * n * 97 % 70_000) as i64, 8)).collect()),
    ];
    let listed = vec![Plain::Texts((0..people as u64).map(|n| name(n * 6)).collect())];
    let texts = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let mut inputs = vec![
        input(
            "insured",
            0,
            vec![
                key("id"),
                Column { name: "kind".to_owned(), values: Values::Code { of: texts }, nullable: true },
                integer("age", 18, 67, false),
            ],
        ),
        input("incomes", 1, vec![key("id"), integer("income", -500, 70_000, true)]),
        input("listed", 2, vec![key("id")]),
    ];
    inputs.iter_mut().for_each(|input| input.hidden = hidden);
    inputs.iter_mut().for_each(|input| input.max_rows = 2 * people as u64 + 5);
    let from = From::Join {
        one: Box::new(From::Input(0)),
        many: Box::new(From::Input(1)),
        on: vec![[at(0, 0), at(1, 0)]],
        kind: Join::Inner,
    };
    let from = From::Join {
        one: Box::new(From::Input(2)),
        many: Box::new(from),
        on: vec![[at(2, 0), at(0, 0)]],
        kind: Join::Semi,
    };
    let tell = Tell::Groups {
        keys: Vec::new(),
        figures: vec![figure(Function::Count, None, None)],
        having: None,
        rows: None,
    };
    (Plan { inputs, from, filter: None, tell, layout: None }, vec![insured, incomes, listed])
}

pub(super) fn kinds() -> Vec<Key> {
    vec![Key { name: "kind".to_owned(), of: column(0, 1), min: 0, max: 3, texts: Vec::new() }]
}

#[test]
fn what_a_plan_refuses_names_it() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (mut plan, _) = example(&mut rng, 20, false);
    let code =
        |plan: &Plan, terms: &Terms| plan.check(terms).map_err(|error| (error.code(), error.to_string()));
    let figures = |plan: &mut Plan, new: Vec<Figure>, by: Vec<Key>| {
        plan.tell = Tell::Groups { keys: by, figures: new, having: None, rows: None };
    };
    assert_eq!(code(&plan, &terms(5)), Ok(()));
    // Overflow of a product, of a sum.
    let mut product = column(1, 1);
    for _ in 0..3 {
        product = binary(Op::Times, product.clone(), product);
    }
    figures(&mut plan, vec![figure(Function::Sum, Some(product), None)], Vec::new());
    let (number, text) = code(&plan, &terms(5)).unwrap_err();
    assert!(number == 9401 && text.contains("incomes.income"), "{text}");
    figures(&mut plan, vec![figure(Function::Median, Some(column(1, 1)), None)], kinds());
    assert_eq!(code(&plan, &terms(5)).unwrap_err().0, 9406);
    figures(&mut plan, vec![figure(Function::Max, Some(column(1, 1)), None)], Vec::new());
    assert_eq!(code(&plan, &Terms { extremes: false, ..terms(5) }).unwrap_err().0, 9407);
    figures(&mut plan, vec![figure(Function::Sum, Some(column(1, 1)), None)], kinds());
    let dominance = Terms { rule: Rule { minimum: 5, percent: Some(80) }, ..terms(5) };
    assert_eq!(code(&plan, &dominance).unwrap_err().0, 9408);
    figures(&mut plan, vec![figure(Function::Sum, Some(column(0, 0)), None)], kinds());
    assert_eq!(code(&plan, &terms(5)).unwrap_err().0, 9400);
    assert_eq!(code(&plan, &terms(2)).unwrap_err().0, 9212);
}

#[test]
fn a_table_is_looked_at_before_anything_is_sent() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let (plan, mut tables) = example(&mut rng, 20, false);
    if let Plain::Integers(ages) = &mut tables[0][2] {
        ages[7] = Some(17);
    }
    let [first, ..] = answers(Security::SemiHonest, &plan, &tables, &terms(5));
    let expected = MpcError::CellOutOfRange { table: "insured".to_owned(), column: "age".to_owned(), row: 7 };
    assert_eq!(first.unwrap_err(), expected);
    if let Plain::Integers(ages) = &mut tables[0][2] {
        ages[7] = None;
    }
    let [first, ..] = answers(Security::SemiHonest, &plan, &tables, &terms(5));
    assert_eq!(first.unwrap_err().code(), 9403);
}

#[test]
fn a_key_that_stands_twice_on_the_one_side_ends_the_run_and_names_the_table() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let (plan, mut tables) = example(&mut rng, 20, false);
    if let Plain::Texts(ids) = &mut tables[0][0] {
        (ids[3], ids[9]) = (Some("x".to_owned()), Some("x".to_owned()));
    }
    for end in answers(Security::Malicious, &plan, &tables, &terms(5)) {
        assert_eq!(end.unwrap_err(), MpcError::RepeatedKeys { table: "insured".to_owned() });
    }
}

#[test]
fn only_receivers_learn_the_groups() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let (plan, tables) = example(&mut rng, 40, true);
    let some = Terms { receivers: vec![Role::Third], ..terms(5) };
    let [first, second, third] = answers(Security::Malicious, &plan, &tables, &some).map(Result::unwrap);
    assert_eq!((first.told, second.told), (None, None));
    assert_eq!(third.told.unwrap().len(), 1);
}

#[test]
fn what_a_question_costs_is_known() {
    // Two tables of n rows joined, filtered and added up by a key of four values.
    let cost = |people: usize| {
        let mut rng = ChaCha20Rng::seed_from_u64(6);
        let (mut plan, tables) = example(&mut rng, people, false);
        let figures =
            vec![figure(Function::Count, None, None), figure(Function::Sum, Some(column(1, 1)), None)];
        plan.tell = Tell::Groups { keys: kinds(), figures, having: None, rows: None };
        plan.filter = Some(binary(Op::Less, Expr::Integer(100), column(1, 1)));
        let ends = three_under(Security::SemiHonest, 5, |context| {
            side(context, &plan, &tables, &terms(3))?;
            Ok((sent(context), context.steps()))
        });
        let ends = ends.map(Result::unwrap);
        assert!(ends.iter().all(|end| end.1 == ends[0].1));
        (ends.iter().map(|end| end.0).sum::<u64>() / 3, ends[0].1)
    };
    let ((bytes, _), (more, steps)) = (cost(100), cost(200));
    // A row more costs so many bytes at each party, of 400 rows that are sorted twice.
    let row = (more - bytes) / 400;
    assert!(row < 1100 && steps < 800, "{row} bytes a row, {steps} steps");
}
