//! Which conditions a value depends on, so that what they divide a group into is judged, too.
//!
//! `SUM(wage * CASE WHEN age = 111 THEN 2 ELSE 1 END)` less `SUM(wage)` is the sum of those of 111 years, though both are over
//! everybody. So every *outcome* of the conditions in a value, here those of 111 years and the others, counts as a set of
//! rows that is told of: it is judged as a count of them would be, and the figure is hidden where any of them is.
//!
//! What is not a condition is a polynomial of columns, of degree two at most. Quotients, roundings, parts of dates and of
//! texts as factors would be conditions in disguise (`age / 111` is 1 from 111 years on), and stand in conditions and
//! groups alone.

use super::Value;
use super::bounds::boxed;

/// Outcomes of one value at most.
const MOST: usize = 16;

/// The degree of a polynomial at most: what sums of squares and products need.
const DEGREE: u32 = 2;

/// What a value is under a condition.
struct Outcome {
    /// Holds where it is so; always where there is none.
    guard: Option<Value>,
    /// The degree, or nothing where the value is missing.
    degree: Option<u32>,
}

/// The conditions under which a value comes about in different ways, nothing where there is one way only; `None` where
/// something else than a polynomial of columns comes about.
pub(super) fn outcomes(value: &Value) -> Option<Vec<Value>> {
    let mut all = of(value)?;
    all.retain(|outcome| outcome.degree.is_some());
    if all.iter().any(|outcome| outcome.degree > Some(DEGREE)) {
        return None;
    }
    match all.len() {
        0 | 1 => Some(Vec::new()),
        _ => Some(all.into_iter().map(|outcome| outcome.guard.unwrap_or(Value::Truth(true))).collect()),
    }
}

fn of(value: &Value) -> Option<Vec<Outcome>> {
    let one = |degree| Some(vec![Outcome { guard: None, degree }]);
    match value {
        Value::Column(..) => one(Some(1)),
        Value::Number(_) => one(Some(0)),
        Value::Missing | Value::Unknown => one(None),
        Value::Add(a, b) | Value::Subtract(a, b) => both(&of(a)?, &of(b)?, u32::max),
        Value::Multiply(a, b) => both(&of(a)?, &of(b)?, |a, b| a + b),
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
        .map(move |Outcome { guard: inner, degree }| Outcome { guard: and(guard.clone(), inner), degree })
}

fn both(left: &[Outcome], right: &[Outcome], degree: impl Fn(u32, u32) -> u32) -> Option<Vec<Outcome>> {
    if left.len() * right.len() > MOST {
        return None;
    }
    let mut all = Vec::new();
    for a in left {
        for b in right {
            let degree = a.degree.zip(b.degree).map(|(a, b)| degree(a, b));
            all.push(Outcome { guard: and(a.guard.clone(), b.guard.clone()), degree });
        }
    }
    Some(all)
}

fn and(a: Option<Value>, b: Option<Value>) -> Option<Value> {
    match (a, b) {
        (Some(a), Some(b)) => Some(Value::And(boxed(a), boxed(b))),
        (a, b) => a.or(b),
    }
}

/// Whether a condition is known to hold.
fn is_true(test: &Value) -> Value {
    let there = Value::Not(boxed(Value::IsMissing(boxed(test.clone()))));
    Value::And(boxed(there), boxed(test.clone()))
}
