//! Which conditions a value depends on, so that what they divide a group into is judged, too.
//!
//! `SUM(wage * CASE WHEN age = 111 THEN 2 ELSE 1 END)` less `SUM(wage)` is the sum of those of 111 years, though both are over
//! everybody. So every *outcome* of the conditions in a value, here those of 111 years and the others, counts as a set of
//! rows that is told of: it is judged as a count of them would be, and the figure is hidden where any of them is.
//!
//! What is not a condition is a sum of columns, each once and times a constant. A product of columns would be a weight that
//! singles somebody out, quotients, roundings and parts of dates and texts conditions in disguise (`age / 111` is 1 from 111
//! years on), and of a column that stands there twice no close bounds are known, which dominance rules need. All of them may
//! stand in conditions and groups.

use super::Value;
use super::bounds::boxed;
use std::collections::BTreeSet;

/// Outcomes of one value at most.
const MOST: usize = 16;

/// What a value is under a condition.
struct Outcome {
    /// Holds where it is so; always where there is none.
    guard: Option<Value>,
    /// The columns in it, or nothing where the value is missing.
    columns: Option<BTreeSet<(usize, usize)>>,
}

/// The conditions under which a value comes about in different ways, nothing where there is one way only; `None` where
/// something else than a sum of columns comes about.
pub(super) fn outcomes(value: &Value) -> Option<Vec<Value>> {
    let mut all = of(value)?;
    all.retain(|outcome| outcome.columns.is_some());
    match all.len() {
        0 | 1 => Some(Vec::new()),
        _ => Some(all.into_iter().map(|outcome| outcome.guard.unwrap_or(Value::Truth(true))).collect()),
    }
}

/// The columns that a value is made of, those in conditions aside; nothing where it is no sum of columns.
pub(super) fn columns(value: &Value) -> Option<BTreeSet<(usize, usize)>> {
    Some(of(value)?.into_iter().filter_map(|outcome| outcome.columns).flatten().collect())
}

fn of(value: &Value) -> Option<Vec<Outcome>> {
    let one = |columns| Some(vec![Outcome { guard: None, columns }]);
    match value {
        Value::Column(source, column) => one(Some([(*source, *column)].into())),
        Value::Number(_) => one(Some(BTreeSet::new())),
        Value::Missing | Value::Unknown => one(None),
        Value::Add(a, b) | Value::Subtract(a, b) => both(&of(a)?, &of(b)?, BTreeSet::is_disjoint),
        Value::Multiply(a, b) => both(&of(a)?, &of(b)?, |a, b| a.is_empty() || b.is_empty()),
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
        .map(move |Outcome { guard: inner, columns }| Outcome { guard: and(guard.clone(), inner), columns })
}

type Columns = BTreeSet<(usize, usize)>;

fn both(
    left: &[Outcome],
    right: &[Outcome],
    together: fn(&Columns, &Columns) -> bool,
) -> Option<Vec<Outcome>> {
    if left.len() * right.len() > MOST {
        return None;
    }
    let mut all = Vec::new();
    for a in left {
        for b in right {
            let columns = match (&a.columns, &b.columns) {
                (Some(a), Some(b)) if together(a, b) => Some(a | b),
                (Some(_), Some(_)) => return None,
                _ => None,
            };
            all.push(Outcome { guard: and(a.guard.clone(), b.guard.clone()), columns });
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
