//! A sum of whatever comes about in several ways, taken apart into sums of single columns and counts of rows.
//!
//! `SUM(wage + bonus)` less `SUM(wage)` is the sum of bonuses, `SUM(CASE WHEN age = 111 THEN 2 * wage ELSE wage END)` less it
//! the sum of those of 111 years, and `SUM(turnover + 1000000)` looks less dominated than `SUM(turnover)`. None of it is
//! judged as it stands: adding up is linear, so each is worked out from released sums of one bare column over the rows of one
//! condition, and from numbers of rows, all of which are judged by every rule. What has a hidden part is missing.
//!
//! What is no sum of columns is refused: a product of columns would be a weight that singles somebody out, quotients,
//! roundings and parts of dates and texts conditions in disguise (`age / 111` is 1 from 111 years on). They may stand in
//! conditions and groups.

use super::Value;
use super::bounds::boxed;
use std::collections::BTreeMap;

/// Ways in which one value comes about at most.
const MOST: usize = 16;

/// A column: the number of its source, and its own.
pub(super) type Column = (usize, usize);

/// What a value is under a condition.
#[derive(Clone)]
struct Outcome {
    /// Holds where it is so; always where there is none.
    guard: Option<Value>,
    /// Nothing where the value is missing.
    form: Option<Form>,
}

/// Columns times factors, and a constant.
#[derive(Clone, Default)]
struct Form {
    columns: BTreeMap<Column, i128>,
    constant: i128,
}

/// A part of a sum: so many times the sum of a column, or the number of rows, where the condition holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// The column; rows are counted where there is none.
    pub(super) column: Option<Column>,
    /// How many times.
    pub(super) factor: i128,
    /// Where.
    pub(super) guard: Option<Value>,
    /// Whether that is a condition of the question's own, and not only that other columns have a value.
    pub(super) condition: bool,
}

/// A value that is one column everywhere, or missing.
pub(super) struct Plain {
    /// The column.
    pub(super) column: Column,
    /// How many times.
    pub(super) factor: i128,
    /// What is added to it.
    pub(super) constant: i128,
    /// Where it is not missing.
    pub(super) guard: Option<Value>,
}

/// The parts of the sum of a value, where some columns may be missing; nothing where it is no sum of columns.
pub(super) fn parts(value: &Value, missing: &dyn Fn(&Column) -> bool) -> Option<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    // In how many outcomes each of them is, whatever else is there.
    let mut within: Vec<usize> = Vec::new();
    let outcomes = of(value)?;
    let all = outcomes.len();
    for Outcome { guard, form } in outcomes {
        let Some(Form { columns, constant }) = form else { continue };
        let sums = columns.iter().map(|(column, factor)| (Some(*column), *factor));
        for (column, factor) in sums.chain([(None, constant)]).filter(|(_, factor)| *factor != 0) {
            // A column's own sum leaves out by itself where it is missing.
            let own = column.as_ref().map(present);
            let guard = guard.clone().filter(|guard| Some(guard) != own.as_ref());
            let condition = guard.is_some();
            let others: Vec<&Column> =
                columns.keys().filter(|other| Some(**other) != column && missing(other)).collect();
            let alone = usize::from(others.is_empty());
            let guard = others.into_iter().fold(guard, |all, other| and(all, Some(present(other))));
            match parts.iter().position(|known| (known.column, known.factor) == (column, factor)) {
                Some(at) => {
                    parts[at].guard = either(parts[at].guard.take(), guard);
                    parts[at].condition &= parts[at].guard.is_some();
                    within[at] += alone;
                }
                None => {
                    parts.push(Part { column, factor, guard, condition });
                    within.push(alone);
                }
            }
        }
    }
    // What is there whichever it is, is there always.
    for (part, _) in parts.iter_mut().zip(within).filter(|(_, within)| *within == all) {
        (part.guard, part.condition) = (None, false);
    }
    Some(parts)
}

/// Whether the value is missing under a condition of the question's own.
pub(super) fn left_out(value: &Value) -> bool {
    // That a column itself is missing is none.
    let own = |guard: &Value| matches!(guard, Value::IsMissing(of) if matches!(**of, Value::Column(..)));
    let left = |outcome: &Outcome| outcome.form.is_none() && outcome.guard.as_ref().is_some_and(|g| !own(g));
    of(value).is_some_and(|all| all.iter().any(left))
}

/// The one column that a value is everywhere, if it is.
pub(super) fn plain(value: &Value) -> Option<Plain> {
    let mut there = of(value)?.into_iter().filter_map(|outcome| Some((outcome.guard, outcome.form?)));
    let (guard, form) = there.next()?;
    let mut columns = form.columns.into_iter().filter(|(_, factor)| *factor != 0);
    match (columns.next(), columns.next(), there.next()) {
        (Some((column, factor)), None, None) => {
            Some(Plain { column, factor, constant: form.constant, guard })
        }
        _ => None,
    }
}

fn of(value: &Value) -> Option<Vec<Outcome>> {
    let one = |form| Some(vec![Outcome { guard: None, form }]);
    match value {
        Value::Column(source, column) => {
            one(Some(Form { columns: [((*source, *column), 1)].into(), constant: 0 }))
        }
        Value::Number(number) => one(Some(Form { constant: (*number).into(), ..Form::default() })),
        Value::Missing | Value::Unknown => one(None),
        Value::Add(a, b) => both(&of(a)?, &of(b)?, |a, b| added(a, b, 1)),
        Value::Subtract(a, b) => both(&of(a)?, &of(b)?, |a, b| added(a, b, -1)),
        Value::Multiply(a, b) => {
            both(&of(a)?, &of(b)?, |a, b| match (a.columns.is_empty(), b.columns.is_empty()) {
                (_, true) => scaled(a, b.constant),
                (true, _) => scaled(b, a.constant),
                _ => None,
            })
        }
        Value::Case(cases, _) if cases.len() >= MOST => None,
        Value::Case(cases, last) => {
            let mut all = Vec::new();
            let mut before: Option<Value> = None;
            for (test, value) in cases {
                let holds = and(before.clone(), Some(is_true(test)));
                all.extend(under(holds, of(value)?));
                before = and(before, Some(Value::Not(boxed(is_true(test)))));
            }
            all.extend(under(before, of(last)?));
            (all.len() <= MOST).then_some(all)
        }
        _ => None,
    }
}

fn under(guard: Option<Value>, all: Vec<Outcome>) -> impl Iterator<Item = Outcome> {
    all.into_iter()
        .map(move |Outcome { guard: inner, form }| Outcome { guard: and(guard.clone(), inner), form })
}

/// Every outcome of one with every outcome of the other.
fn both(
    left: &[Outcome],
    right: &[Outcome],
    together: impl Fn(&Form, &Form) -> Option<Form>,
) -> Option<Vec<Outcome>> {
    if left.len() * right.len() > MOST {
        return None;
    }
    let mut all = Vec::new();
    for a in left {
        for b in right {
            let form = match (&a.form, &b.form) {
                (Some(a), Some(b)) => Some(together(a, b)?),
                _ => None,
            };
            all.push(Outcome { guard: and(a.guard.clone(), b.guard.clone()), form });
        }
    }
    Some(all)
}

fn added(a: &Form, b: &Form, times: i128) -> Option<Form> {
    let b = scaled(b, times)?;
    let mut sum = a.clone();
    for (column, factor) in b.columns {
        let known = sum.columns.entry(column).or_default();
        *known = known.checked_add(factor)?;
    }
    sum.constant = sum.constant.checked_add(b.constant)?;
    Some(sum)
}

fn scaled(form: &Form, times: i128) -> Option<Form> {
    let columns = form.columns.iter().map(|(column, factor)| Some((*column, factor.checked_mul(times)?)));
    Some(Form { columns: columns.collect::<Option<_>>()?, constant: form.constant.checked_mul(times)? })
}

/// Both hold.
pub(super) fn and(a: Option<Value>, b: Option<Value>) -> Option<Value> {
    match (a, b) {
        (Some(a), Some(b)) => Some(Value::And(boxed(a), boxed(b))),
        (a, b) => a.or(b),
    }
}

/// One holds: always, where one of them always does.
fn either(a: Option<Value>, b: Option<Value>) -> Option<Value> {
    Some(Value::Or(boxed(a?), boxed(b?)))
}

fn present((source, column): &Column) -> Value {
    Value::Not(boxed(Value::IsMissing(boxed(Value::Column(*source, *column)))))
}

/// Whether a condition is known to hold.
fn is_true(test: &Value) -> Value {
    // That something is missing is itself never missing.
    if let Value::IsMissing(_) = test {
        return test.clone();
    }
    if matches!(test, Value::Not(inner) if matches!(**inner, Value::IsMissing(_))) {
        return test.clone();
    }
    let there = Value::Not(boxed(Value::IsMissing(boxed(test.clone()))));
    Value::And(boxed(there), boxed(test.clone()))
}
