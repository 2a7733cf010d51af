//! Which comparisons of arithmetic there may be: such as cut something off on one side, and not out of the middle.
//!
//! `(age - 30) * (age - 41) * (age - 41) > 0` is `age > 30 AND age <> 41` in one comparison, and on how many it decides says
//! nothing of those of 41. So what is compared has to go one way, up or down, in every column that it is made of, and
//! where several are multiplied none of them may be below nought, and what is divided by not nought either:
//! `weight / (height * height) > 20` may be asked, `100 * paid / cost > 50` where costs may be nought as `100 * paid > 50 * cost`. What stands in a list of texts and parts of
//! dates are taken as they are. Remainders (`MOD(age, 10) = 0`) may be compared with a number and with nothing else.
//!
//! What goes one way in several columns still cuts a corner off (`1000 * insured + age > 1041`): how large that is, is
//! not looked at here.

use super::settled::range;
use crate::dataset::Dataset;
use crate::question::{Comparison, Part, Question, Value};
use std::cell::Cell;

/// Which way a value goes with each of what it is made of: up where it is true.
type Ways = Vec<(Value, bool)>;

/// Whether a comparison of two values cuts off one side.
pub(super) fn one_sided(a: &Value, b: &Value, question: &Question, dataset: &Dataset) -> bool {
    match (a, b) {
        (whole, Value::Number(_)) | (Value::Number(_), whole) if remainder(whole) => true,
        _ => Shapes { question, dataset }.subtracted(a, b).is_some(),
    }
}

/// Whether a divisor, of which it is asked whether it is nought, is looked at as a comparison with it would be.
pub(super) fn divides(by: &Value, question: &Question, dataset: &Dataset) -> bool {
    one_sided(by, &Value::Number(0), question, dataset)
}

/// What is left of a value that goes one way: `x - x / n * n`.
fn remainder(value: &Value) -> bool {
    let Value::Subtract(whole, times) = value else { return false };
    let Value::Multiply(quotient, by) = &**times else { return false };
    let Value::Divide(of, n) = &**quotient else { return false };
    let plain = |value: &Value| !matches!(value, Value::Compare(..) | Value::Case(..) | Value::Divide(..));
    let Value::Number(2..) = **by else { return false };
    by == n && of == whole && plain(whole)
}

struct Shapes<'a> {
    question: &'a Question,
    dataset: &'a Dataset,
}

impl Shapes<'_> {
    fn ways(&self, value: &Value) -> Option<Ways> {
        let alone = || Some(vec![(value.clone(), true)]);
        match value {
            Value::Number(_) | Value::Truth(_) | Value::Missing | Value::Unknown => Some(Ways::new()),
            Value::Column(..) | Value::Person(_) => alone(),
            Value::Calendar(Part::Year, day) => self.ways(day),
            Value::Calendar(_, day) => matches!(**day, Value::Column(..)).then(alone)?,
            Value::Lookup(at, _) if matches!(**at, Value::Column(..)) => alone(),
            Value::Lookup(at, table) => {
                // Lists that go up with their places; others are of texts of texts.
                let rises = table.is_sorted() && !table.contains(&None);
                if rises || matches!(**at, Value::Lookup(..)) { self.ways(at) } else { None }
            }
            Value::Add(a, b) => {
                let mut terms = Vec::new();
                match linear(value, 1, &mut terms) {
                    Some(()) => Some(terms.into_iter().map(|(of, by)| (of, by > 0)).collect()),
                    None => joined(self.ways(a)?, self.ways(b)?),
                }
            }
            Value::Subtract(a, b) => self.subtracted(a, b),
            Value::Multiply(a, b) => match (&**a, &**b) {
                (Value::Number(by), of) | (of, Value::Number(by)) => {
                    let ways = self.ways(of)?;
                    Some(if *by < 0 { turned(ways) } else { ways })
                }
                _ => joined(self.above(a, 0)?, self.above(b, 0)?),
            },
            Value::Divide(a, b) => match **b {
                Value::Number(0) => Some(Ways::new()),
                Value::Number(by) => {
                    let ways = self.ways(a)?;
                    Some(if by < 0 { turned(ways) } else { ways })
                }
                _ => joined(self.above(a, 0)?, turned(self.above(b, 1)?)),
            },
            // Conditions within are looked at by themselves.
            Value::Compare(..) | Value::And(..) | Value::Or(..) | Value::Not(_) => None,
            Value::IsMissing(_) | Value::Case(..) => None,
        }
    }

    fn subtracted(&self, a: &Value, b: &Value) -> Option<Ways> {
        let mut terms = Vec::new();
        // What is there several times is there once, times a number.
        match linear(a, 1, &mut terms).and_then(|()| linear(b, -1, &mut terms)) {
            Some(()) => {
                Some(terms.into_iter().filter(|term| term.1 != 0).map(|(of, by)| (of, by > 0)).collect())
            }
            None => joined(self.ways(a)?, turned(self.ways(b)?)),
        }
    }

    /// The ways of what is never less than so much.
    fn above(&self, value: &Value, least: i128) -> Option<Ways> {
        let (from, _) = range(value, self.question, self.dataset)?;
        if from >= least { self.ways(value) } else { None }
    }
}

/// Adds a value, so many times, to columns each times a number; nothing where it is more than that.
fn linear(value: &Value, times: i128, terms: &mut Vec<(Value, i128)>) -> Option<()> {
    match value {
        Value::Number(_) => Some(()),
        Value::Column(..) => {
            match terms.iter_mut().find(|(known, _)| known == value) {
                Some((_, by)) => *by = by.checked_add(times)?,
                None => terms.push((value.clone(), times)),
            }
            Some(())
        }
        Value::Add(a, b) => linear(a, times, terms).and_then(|()| linear(b, times, terms)),
        Value::Subtract(a, b) => {
            linear(a, times, terms).and_then(|()| linear(b, times.checked_neg()?, terms))
        }
        Value::Multiply(a, b) => match (&**a, &**b) {
            (Value::Number(by), of) | (of, Value::Number(by)) => {
                linear(of, times.checked_mul((*by).into())?, terms)
            }
            _ => None,
        },
        _ => None,
    }
}

fn turned(ways: Ways) -> Ways {
    ways.into_iter().map(|(of, up)| (of, !up)).collect()
}

/// Both, where they go the same way in what is in both.
fn joined(mut a: Ways, b: Ways) -> Option<Ways> {
    for (of, up) in b {
        match a.iter().find(|(known, _)| *known == of) {
            Some((_, way)) if *way != up => return None,
            Some(_) => {}
            None => a.push((of, up)),
        }
    }
    Some(a)
}

/// The value with choices taken out of comparisons: whatever is chosen is compared by itself. Nothing where that is too long.
pub(super) fn lifted(value: &Value, most: usize) -> Option<Value> {
    let left = Cell::new(most);
    let lifted = value.rebuilt(&|part| {
        let Value::Compare(how, a, b) = part else { return None };
        chosen(a).or_else(|| chosen(b))?;
        Some(compared(*how, a, b, &left))
    });
    (left.get() > 0).then_some(lifted)
}

/// The first choice in what is compared.
fn chosen(value: &Value) -> Option<&Value> {
    match value {
        Value::Case(..) => Some(value),
        Value::Add(a, b) | Value::Subtract(a, b) | Value::Multiply(a, b) | Value::Divide(a, b) => {
            chosen(a).or_else(|| chosen(b))
        }
        Value::Lookup(a, _) | Value::Calendar(_, a) => chosen(a),
        _ => None,
    }
}

fn compared(how: Comparison, a: &Value, b: &Value, left: &Cell<usize>) -> Value {
    let whole = Value::Compare(how, Box::new(a.clone()), Box::new(b.clone()));
    // What is too long is refused, and not made longer.
    left.set(left.get().saturating_sub(1));
    let choice = chosen(a).or_else(|| chosen(b)).filter(|_| left.get() > 0).cloned();
    let Some(Value::Case(cases, last)) = &choice else { return whole };
    let with = |value: &Value| {
        let put = |side: &Value| side.rebuilt(&|part| (Some(part) == choice.as_ref()).then(|| value.clone()));
        compared(how, &put(a), &put(b), left)
    };
    let cases = cases.iter().map(|(test, value)| (test.clone(), with(value)));
    Value::Case(cases.collect(), Box::new(with(last)))
}
