//! How large and how deep a question may be: what is read, planned and worked out by calls inside calls has an end.
//!
//! A text of 64 KiB holds a chain of thousands of sums, each inside the next, and calls that go down it would leave the
//! stack. So words are counted before they are parsed, calls while expressions are read, and parts and their depth of
//! whatever was built: a chain of `AND` or `OR` is built as a tree of little depth, everything else that is too deep
//! is refused as `long`. All of it follows from the words alone.

use super::read::unsupported;
use super::{Formula, Question, Value};
use crate::error::SandboxError;
use std::cell::Cell;
use std::fmt::Display;

/// Words and signs of a question at most.
pub(super) const MOST_WORDS: usize = 8192;

/// Expressions that are looked at for one question at most.
const MOST_STEPS: usize = 20_000;

/// How deeply expressions are inside each other at most, a chain of operators counted by its links.
const MOST_INSIDE: usize = 64;

/// Parts that a value is made of at most.
pub(super) const MOST_PARTS: usize = 4096;

/// How deeply the parts of a value are inside each other at most.
const MOST_DEEP: usize = 96;

/// Parts of all values of a question at most.
const MOST_ALTOGETHER: usize = 1 << 16;

/// Parts of all formulas over released figures at most: each is worked out for every group.
const MOST_FORMULAS: usize = 2048;

/// How far the reading of a question has come.
#[derive(Debug, Default)]
pub(super) struct Reading {
    steps: Cell<usize>,
    inside: Cell<usize>,
}

impl Reading {
    /// One expression further in, until what this returns is dropped.
    pub(super) fn enter(&self, text: &dyn Display) -> Result<Inside<'_>, SandboxError> {
        // Some parts are read twice, and what is nested in them as often again.
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MOST_STEPS || self.inside.get() >= MOST_INSIDE {
            return Err(unsupported("long", text));
        }
        self.inside.set(self.inside.get() + 1);
        Ok(Inside(&self.inside))
    }
}

/// Within an expression.
pub(super) struct Inside<'a>(&'a Cell<usize>);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Refuses a value that is too large or too deep.
pub(super) fn bounded(value: &Value, text: &dyn Display) -> Result<(), SandboxError> {
    match value.size(MOST_PARTS) {
        Some(_) if deep(value) <= MOST_DEEP => Ok(()),
        _ => Err(unsupported("long", text)),
    }
}

/// Refuses what is about to hold a value so many times, before it is built.
pub(super) fn repeated(value: &Value, times: usize, text: &dyn Display) -> Result<(), SandboxError> {
    let size = value.size(MOST_PARTS).unwrap_or(MOST_PARTS);
    match size.saturating_mul(times) <= 2 * MOST_PARTS {
        true => Ok(()),
        false => Err(unsupported("long", text)),
    }
}

/// Refuses a question of which all values and formulas together are too large.
pub(super) fn whole(question: &Question) -> Result<(), SandboxError> {
    let mut left = MOST_ALTOGETHER;
    let keys = question.keys.iter().map(|key| &key.value);
    let figures = question.figures.iter().flat_map(|asked| asked.value.iter().chain(&asked.filter));
    let rows = question.tables.iter().filter_map(|source| source.rows.as_ref());
    for value in keys.chain(figures).chain(&question.filter).chain(rows) {
        bounded(value, &"SELECT")?;
        let size = value.size(left).ok_or_else(|| unsupported("long", &"SELECT"))?;
        left = left.saturating_sub(size);
    }
    let shown = question.columns.iter().map(|column| &column.formula);
    let after = question.having.iter().chain(question.order.iter().map(|order| &order.by));
    match shown.chain(after).map(parts).sum::<usize>() <= MOST_FORMULAS {
        true => Ok(()),
        false => Err(unsupported("long", &"SELECT, HAVING, ORDER BY")),
    }
}

/// Values or formulas put together two by two, so that none is far inside.
pub(super) fn joined<T>(mut all: Vec<T>, join: fn(Box<T>, Box<T>) -> T) -> Option<T> {
    while all.len() > 1 {
        let mut pairs = all.into_iter();
        let mut next = Vec::new();
        while let Some(first) = pairs.next() {
            next.push(match pairs.next() {
                Some(second) => join(Box::new(first), Box::new(second)),
                None => first,
            });
        }
        all = next;
    }
    all.pop()
}

/// How deeply its parts are inside each other.
fn deep(value: &Value) -> usize {
    let below = match value {
        Value::Column(..) | Value::Person(_) | Value::Number(_) | Value::Truth(_) => 0,
        Value::Missing | Value::Unknown => 0,
        Value::Lookup(a, _) | Value::Calendar(_, a) | Value::Not(a) | Value::IsMissing(a) => deep(a),
        Value::Add(a, b) | Value::Subtract(a, b) | Value::Multiply(a, b) => deep(a).max(deep(b)),
        Value::Compare(_, a, b) | Value::And(a, b) | Value::Or(a, b) => deep(a).max(deep(b)),
        // The divisor stands in a condition of its own.
        Value::Divide(a, b) => deep(a).max(deep(b) + 1),
        Value::Case(cases, last) => {
            let cases = cases.iter().map(|(test, value)| deep(test).max(deep(value)));
            cases.max().unwrap_or(0).max(deep(last))
        }
    };
    below + 1
}

/// How many parts a formula has; how deep it is was looked at when it was read.
fn parts(formula: &Formula) -> usize {
    1 + match formula {
        Formula::Key(_) | Formula::Figure(_) | Formula::Number(_) => 0,
        Formula::Text(_) | Formula::Missing => 0,
        Formula::Round(a, _) | Formula::Floor(a) | Formula::Not(a) | Formula::IsMissing(a) => parts(a),
        Formula::Case(cases, last) => {
            parts(last) + cases.iter().map(|(test, value)| parts(test) + parts(value)).sum::<usize>()
        }
        Formula::Arithmetic(_, a, b) | Formula::Compare(_, a, b) => parts(a) + parts(b),
        Formula::And(a, b) | Formula::Or(a, b) => parts(a) + parts(b),
    }
}
