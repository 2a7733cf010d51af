//! The same question in the clear: the oracle of [`super::run()`], row by row.

use super::{Cells, ColumnAt, Expr, Figure, From, Function, Join, Number, Op, Plan, Table, Tell, Values};
use crate::plain;
use std::collections::BTreeMap;

type Row = BTreeMap<ColumnAt, Cell>;

#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Integer(Option<i64>),
    Text(Option<String>),
}

/// A group with its figures, whether it may be told or not.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainGroup {
    /// What its rows agree in.
    pub keys: Vec<Option<i64>>,
    /// How many rows.
    pub rows: u64,
    /// Its figures.
    pub figures: Vec<Number>,
    /// Of how many values each figure is.
    pub behind: Vec<u64>,
    /// Whether it passes the condition on groups.
    pub passes: bool,
}

/// All groups, in the order of their keys; nothing for an analysis. What owners added up beforehand is taken row by row.
pub fn groups(plan: &Plan, tables: &[Table]) -> Vec<PlainGroup> {
    let Tell::Groups { keys, figures, having, .. } = &plan.tell else { return Vec::new() };
    let mut rows = from(plan, tables, &plan.from);
    rows.retain(|row| plan.filter.as_ref().is_none_or(|filter| value(row, filter) == Some(1)));
    let mut groups: BTreeMap<Vec<Option<i64>>, Vec<Row>> = BTreeMap::new();
    if keys.is_empty() {
        groups.insert(Vec::new(), Vec::new());
    }
    for row in rows {
        let key = keys.iter().rev().map(|key| value(&row, &key.of)).collect();
        groups.entry(key).or_default().push(row);
    }
    let group = |(mut key, rows): (Vec<Option<i64>>, Vec<Row>)| {
        key.reverse();
        let numbers: Vec<Number> = figures.iter().map(|figure| number(figure, &rows)).collect();
        let exact = |number: &Number| match number {
            Number::Exact { value, .. } => Some(*value as i64),
            _ => Some(0),
        };
        let row = (0..)
            .zip(&numbers)
            .map(|(column, number)| (ColumnAt { input: 0, column }, Cell::Integer(exact(number))));
        let row: Row = row.collect();
        let passes = having.as_ref().is_none_or(|having| value(&row, having) == Some(1));
        let behind = figures.iter().map(|figure| behind(figure, &rows).len() as u64).collect();
        PlainGroup { keys: key, rows: rows.len() as u64, figures: numbers, behind, passes }
    };
    groups.into_iter().map(group).collect()
}

fn from(plan: &Plan, tables: &[Table], from_what: &From) -> Vec<Row> {
    match from_what {
        From::Input(at) => input(tables, *at, *at),
        From::Union(_) => {
            let mut inputs = Vec::new();
            leaves(from_what, &mut inputs);
            inputs.iter().flat_map(|&at| input(tables, at, inputs[0])).collect()
        }
        From::Join { one, many, on, kind } => {
            let (ones, manies) = (from(plan, tables, one), from(plan, tables, many));
            let matches = |left: &Row, right: &Row| {
                on.iter().all(|[a, b]| text(plan, *a, left).is_some_and(|t| Some(t) == text(plan, *b, right)))
            };
            let mut out = Vec::new();
            for mut row in manies {
                let found = ones.iter().find(|left| matches(left, &row));
                match (kind, found) {
                    (Join::Inner | Join::Left, Some(left)) => row.extend(left.clone()),
                    (Join::Semi, Some(_)) | (Join::Anti | Join::Left, None) => {}
                    _ => continue,
                }
                out.push(row);
            }
            out
        }
    }
}

fn leaves(from: &From, into: &mut Vec<usize>) {
    match from {
        From::Input(at) => into.push(*at),
        From::Union(parts) => parts.iter().for_each(|part| leaves(part, into)),
        From::Join { .. } => {}
    }
}

fn input(tables: &[Table], at: usize, named_by: usize) -> Vec<Row> {
    let table = &tables[at];
    let cell = |cells: &Cells, row: usize| match cells {
        Cells::Integers(_) => Cell::Integer(cells.integer(row)),
        Cells::Texts(_) => Cell::Text(cells.text(row).map(str::to_owned)),
    };
    let row = |row: usize| {
        let columns = (0..).zip(&table.columns);
        columns.map(|(column, cells)| (ColumnAt { input: named_by, column }, cell(cells, row))).collect()
    };
    (0..table.rows).map(row).collect()
}

/// A part of a key.
fn text(plan: &Plan, at: ColumnAt, row: &Row) -> Option<String> {
    match (&plan.inputs[at.input].columns[at.column].values, row.get(&at)?) {
        (Values::Key, Cell::Text(text)) => text.clone(),
        (Values::Code { of }, Cell::Integer(code)) => of.get((*code)? as usize).cloned(),
        (Values::Integer { .. }, Cell::Integer(value)) => value.map(|value| value.to_string()),
        _ => None,
    }
}

/// The value of an expression.
fn value(row: &Row, expr: &Expr) -> Option<i64> {
    let truth = |truth: bool| Some(i64::from(truth));
    match expr {
        Expr::Column(at) => match row.get(at) {
            Some(Cell::Integer(value)) => *value,
            _ => None,
        },
        Expr::Integer(value) => Some(*value),
        Expr::Missing => None,
        Expr::Present(of) => truth(value(row, of).is_some()),
        Expr::Not(of) => truth(value(row, of) != Some(1)),
        Expr::Case { when, then, otherwise } => match value(row, when) {
            Some(1) => value(row, then),
            _ => value(row, otherwise),
        },
        Expr::Binary { op, left, right } => {
            let (left, right) = (value(row, left), value(row, right));
            let some = |side: Option<i64>| side == Some(1);
            let compared = |compare: fn(&i64, &i64) -> bool| {
                truth(left.zip(right).is_some_and(|(left, right)| compare(&left, &right)))
            };
            match op {
                Op::Plus => Some(left? + right?),
                Op::Minus => Some(left? - right?),
                Op::Times => Some(left? * right?),
                Op::And => truth(some(left) && some(right)),
                Op::Or => truth(some(left) || some(right)),
                Op::Equal => compared(i64::eq),
                Op::Less => compared(i64::lt),
                Op::AtMost => compared(i64::le),
            }
        }
    }
}

/// The values behind a figure, and beside each its partner.
fn behind(figure: &Figure, rows: &[Row]) -> Vec<(i64, i64)> {
    let each = rows.iter().filter_map(|row| {
        let of = figure.of.as_ref().map_or(Some(0), |of| value(row, of))?;
        let with = figure.with.as_ref().map_or(Some(0), |with| value(row, with))?;
        Some((of, with))
    });
    each.collect()
}

fn number(figure: &Figure, rows: &[Row]) -> Number {
    let values = behind(figure, rows);
    let exact = |value: i64| Number::Exact { value: value.into(), decimals: figure.decimals };
    let unit = 10f64.powi(-(figure.decimals as i32));
    let x: Vec<f64> = values.iter().map(|(value, _)| *value as f64 * unit).collect();
    let y: Vec<f64> = values.iter().map(|(_, with)| *with as f64).collect();
    let least = if matches!(figure.function, Function::Variance | Function::Sd | Function::Correlation) {
        2
    } else {
        1
    };
    if figure.function == Function::Count {
        return Number::Exact { value: values.len() as i128, decimals: 0 };
    }
    if values.len() < least {
        return Number::Missing;
    }
    let mut sorted: Vec<i64> = values.iter().map(|(value, _)| *value).collect();
    sorted.sort_unstable();
    let n = sorted.len();
    match figure.function {
        Function::Count => Number::Missing,
        Function::Sum => exact(sorted.iter().sum()),
        Function::Mean => Number::Real(plain::mean(&x)),
        Function::Variance => Number::Real(plain::covariance(&x, &x)),
        Function::Sd => Number::Real(plain::covariance(&x, &x).sqrt()),
        Function::Min => exact(sorted[0]),
        Function::Max => exact(sorted[n - 1]),
        Function::Median => match sorted[(n - 1) / 2] + sorted[n / 2] {
            even if even % 2 == 0 => exact(even / 2),
            odd => Number::Exact { value: i128::from(odd) * 5, decimals: figure.decimals + 1 },
        },
        Function::Correlation => match plain::correlation(&x, &y) {
            some if some.is_finite() => Number::Real(some),
            _ => Number::Missing,
        },
    }
}
