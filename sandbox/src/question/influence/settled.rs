//! What is known of a value before any row is looked at: from what the data set declares, and from what is missing.

use crate::dataset::{Dataset, Domain};
use crate::question::bounds::boxed;
use crate::question::{Comparison, Part, Question, Value};

/// The value with comparisons put in of which it is known how they come out, and what is void without them left out.
pub(super) fn settled(value: &Value, question: &Question, dataset: &Dataset) -> Value {
    folded(value, &|leaf| constant(leaf, question, dataset))
}

/// The value where this one is missing.
pub(super) fn without(value: &Value, missing: &Value) -> Value {
    let put = value.rebuilt(&|part| match part {
        part if part == missing => Some(if truth(part) { Value::Unknown } else { Value::Missing }),
        _ => None,
    });
    folded(&put, &|_| None)
}

/// Whether a value is a truth.
fn truth(value: &Value) -> bool {
    match value {
        Value::Truth(_) | Value::Unknown | Value::Compare(..) | Value::And(..) | Value::Or(..) => true,
        Value::Not(_) | Value::IsMissing(_) => true,
        Value::Case(cases, last) => truth(last) || cases.iter().any(|(_, value)| truth(value)),
        _ => false,
    }
}

fn folded(value: &Value, known: &dyn Fn(&Value) -> Option<bool>) -> Value {
    let of = |value: &Value| folded(value, known);
    let absent = |value: &Value| matches!(value, Value::Missing | Value::Unknown);
    if let Some(truth) = known(value) {
        return Value::Truth(truth);
    }
    match value {
        Value::Compare(how, a, b) => match (of(a), of(b)) {
            (a, b) if absent(&a) || absent(&b) => Value::Unknown,
            (Value::Number(a), Value::Number(b)) => Value::Truth(how.holds(a.into(), b.into())),
            (a, b) => Value::Compare(*how, boxed(a), boxed(b)),
        },
        Value::And(a, b) => match (of(a), of(b)) {
            (Value::Truth(true), other) | (other, Value::Truth(true)) => other,
            (Value::Truth(false), _) | (_, Value::Truth(false)) => Value::Truth(false),
            (a, b) => Value::And(boxed(a), boxed(b)),
        },
        Value::Or(a, b) => match (of(a), of(b)) {
            (Value::Truth(false), other) | (other, Value::Truth(false)) => other,
            (Value::Truth(true), _) | (_, Value::Truth(true)) => Value::Truth(true),
            (a, b) => Value::Or(boxed(a), boxed(b)),
        },
        Value::Not(a) => match of(a) {
            Value::Truth(truth) => Value::Truth(!truth),
            Value::Unknown => Value::Unknown,
            a => Value::Not(boxed(a)),
        },
        Value::IsMissing(a) => match of(a) {
            a if absent(&a) => Value::Truth(true),
            Value::Number(_) | Value::Truth(_) => Value::Truth(false),
            a => Value::IsMissing(boxed(a)),
        },
        Value::Case(cases, last) => {
            let mut left = Vec::new();
            for (test, value) in cases {
                match of(test) {
                    Value::Truth(false) | Value::Unknown => {}
                    Value::Truth(true) if left.is_empty() => return of(value),
                    test => left.push((test, of(value))),
                }
            }
            if left.is_empty() { of(last) } else { Value::Case(left, boxed(of(last))) }
        }
        Value::Lookup(..) | Value::Calendar(..) => whole(value, &of),
        Value::Add(..) | Value::Subtract(..) | Value::Multiply(..) | Value::Divide(..) => whole(value, &of),
        Value::Column(..) | Value::Person(_) | Value::Number(_) | Value::Truth(_) => value.clone(),
        Value::Missing | Value::Unknown => value.clone(),
    }
}

/// What is worked out of values that were folded: missing where one of them is.
fn whole(value: &Value, of: &dyn Fn(&Value) -> Value) -> Value {
    let top = std::cell::Cell::new(true);
    // The value itself comes first, and then what it is made of.
    let folded = value.rebuilt(&|part| if top.replace(false) { None } else { Some(of(part)) });
    let mut missing = false;
    folded.parts(&mut |part| missing |= matches!(part, Value::Missing | Value::Unknown));
    if missing { Value::Missing } else { folded }
}

/// How a truth comes out, if that is the same whatever is declared.
fn constant(leaf: &Value, question: &Question, dataset: &Dataset) -> Option<bool> {
    let nullable = |source: usize, column: usize| question.nullable(dataset, source, column);
    let (how, a, number) = match leaf {
        Value::IsMissing(inner) => {
            let always = match &**inner {
                Value::Person(source) => !question.tables[*source].outer,
                inner => !inner.may_be_missing(&nullable),
            };
            return always.then_some(false);
        }
        Value::Compare(how, a, b) => match **b {
            Value::Number(number) => (how, a, i128::from(number)),
            _ => return None,
        },
        _ => return None,
    };
    if worked_out(a) || a.may_be_missing(&|source, column| nullable(source, column)) && !listed(a, &nullable)
    {
        return None;
    }
    let (least, greatest) = range(a, question, dataset)?;
    let apart = matches!(how, Comparison::Equal | Comparison::Unequal) && least != greatest;
    match (apart, number < least || number > greatest) {
        (true, true) => Some(*how == Comparison::Unequal),
        (true, false) => None,
        (false, _) => Some(how.holds(least, number)).filter(|same| *same == how.holds(greatest, number)),
    }
}

/// Whether it is an entry of a list without gaps of what is never missing.
fn listed(value: &Value, nullable: &dyn Fn(usize, usize) -> bool) -> bool {
    match value {
        Value::Lookup(at, table) => {
            !table.contains(&None) && (listed(at, nullable) || !at.may_be_missing(nullable))
        }
        _ => false,
    }
}

/// Whether it may be missing where all its columns are there.
pub(super) fn worked_out(value: &Value) -> bool {
    match value {
        Value::Divide(_, by) if !matches!(**by, Value::Number(1..)) => true,
        Value::Missing | Value::Unknown => true,
        Value::Lookup(inner, table) => table.contains(&None) || worked_out(inner),
        _ => {
            let mut any = false;
            let tests: &[(Value, Value)] = if let Value::Case(cases, _) = value { cases } else { &[] };
            // A test that is missing does not hold.
            value.parts(&mut |inner| {
                any |= !tests.iter().any(|(test, _)| test == inner) && worked_out(inner);
            });
            any
        }
    }
}

/// The least and the greatest there can be of what is there.
pub(super) fn range(value: &Value, question: &Question, dataset: &Dataset) -> Option<(i128, i128)> {
    let of = |value: &Value| range(value, question, dataset);
    let corners = |a: (i128, i128), b: (i128, i128), with: fn(i128, i128) -> Option<i128>| {
        let all = [with(a.0, b.0)?, with(a.0, b.1)?, with(a.1, b.0)?, with(a.1, b.1)?];
        Some((*all.iter().min()?, *all.iter().max()?))
    };
    match value {
        Value::Number(number) => Some(((*number).into(), (*number).into())),
        Value::Column(source, column) => {
            let table = &dataset.tables[question.tables[*source].table];
            // What a program made of it has no declaration here.
            table.columns.get(*column)?;
            match table.domain(*column) {
                Domain::Number { min, max, .. } => Some((min.into(), max.into())),
                Domain::Day { from, to } => Some((from.into(), to.into())),
                Domain::Text(list) => Some((0, i128::try_from(list.len()).ok()? - 1)),
                Domain::Person | Domain::Pseudonym(_) => None,
            }
        }
        Value::Lookup(_, table) => {
            let all = || table.iter().flatten().copied();
            Some((all().min()?.into(), all().max()?.into()))
        }
        Value::Calendar(Part::Month, _) => Some((1, 12)),
        Value::Calendar(Part::Quarter, _) => Some((1, 4)),
        Value::Calendar(Part::Day, _) => Some((1, 31)),
        Value::Calendar(Part::Weekday, _) => Some((0, 6)),
        Value::Add(a, b) => corners(of(a)?, of(b)?, i128::checked_add),
        Value::Subtract(a, b) => corners(of(a)?, of(b)?, i128::checked_sub),
        Value::Multiply(a, b) => corners(of(a)?, of(b)?, i128::checked_mul),
        Value::Divide(a, b) => {
            let (a, b) = (of(a)?, of(b)?);
            if b.0 > 0 || b.1 < 0 { corners(a, b, i128::checked_div) } else { None }
        }
        _ => None,
    }
}
