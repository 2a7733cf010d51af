//! `IN`, `GREATEST`, `LEAST` and `ABS`: what is said of several values at once, built so that it is neither deep nor
//! repeats more than it must.

use super::bounds::{Number, boxed};
use super::conditions::compare;
use super::limits::{joined, repeated};
use super::read::{Scope, unsupported};
use super::texts;
use super::values::Read;
use super::{Comparison, Meaning, Value};
use crate::policy::Use;
use datafusion::sql::sqlparser::ast::Expr;
use std::collections::BTreeSet;
use std::fmt::Display;

/// Comparisons that a list is looked through for at most.
const MOST_COMPARED: usize = 1 << 16;

impl Scope<'_> {
    /// Whether a value is one of a list: texts are looked up, numbers beside each other are one range.
    pub(super) fn among(&self, inner: &Expr, list: &[Expr], expr: &Expr) -> Read<Value> {
        let of = inner;
        let inner = self.value(of, Use::Compare)?;
        let size = inner.value.size(MOST_COMPARED).unwrap_or(MOST_COMPARED);
        if size.saturating_mul(list.len()) > MOST_COMPARED {
            return Err(unsupported("long", expr));
        }
        let mut written: BTreeSet<String> = BTreeSet::new();
        let mut numbers: Vec<(Box<Value>, BTreeSet<i64>)> = Vec::new();
        let mut any = Vec::new();
        for one in list {
            let item = self.value(one, Use::Compare)?;
            self.possible(Comparison::Equal, (&inner, of), (&item, one))?;
            if let (Meaning::Text(_), Some(text)) = (&inner.meaning, texts::as_literal(&item)) {
                written.insert(text.to_owned());
                continue;
            }
            match compare(Comparison::Equal, inner.clone(), item, expr)? {
                Value::Compare(how, left, right) => match *right {
                    // How many digits the number has decides what it is compared with.
                    Value::Number(number) => match numbers.iter_mut().find(|(known, _)| *known == left) {
                        Some((_, known)) => _ = known.insert(number),
                        None => numbers.push((left, [number].into())),
                    },
                    right => any.push(Value::Compare(how, left, boxed(right))),
                },
                other => any.push(other),
            }
        }
        if let (Meaning::Text(list), false) = (&inner.meaning, written.is_empty()) {
            any.push(texts::holds(inner.value.clone(), list, &|text| written.contains(text)));
        }
        for (value, numbers) in numbers {
            let ranges = ranges(&numbers);
            repeated(&value, ranges.len(), expr)?;
            any.extend(ranges.into_iter().map(|range| within(&value, range)));
        }
        Ok(joined(any, Value::Or).unwrap_or(Value::Truth(false)))
    }
}

/// Whole numbers that follow each other, from the first to the last.
fn ranges(numbers: &BTreeSet<i64>) -> Vec<(i64, i64)> {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*number) => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    ranges
}

fn within(value: &Value, (first, last): (i64, i64)) -> Value {
    let is = |how, number| Value::Compare(how, boxed(value.clone()), boxed(Value::Number(number)));
    match first == last {
        true => is(Comparison::Equal, first),
        false => Value::And(boxed(is(Comparison::AtLeast, first)), boxed(is(Comparison::AtMost, last))),
    }
}

/// The greatest or the least of several numbers; those that are missing are left out.
///
/// Each is compared with those after it alone: had one before it been greater still, that one would have been taken.
pub(super) fn extreme(how: Comparison, numbers: Vec<Number>, text: &dyn Display) -> Read<Number> {
    let decimals = numbers.iter().map(|number| number.decimals).max().unwrap_or(0);
    let aligned = |number| Ok(Number::aligned(number, Number::constant(0, decimals), text)?.0);
    let numbers = numbers.into_iter().map(aligned).collect::<Read<Vec<_>>>()?;
    for number in &numbers {
        repeated(&number.value, 2 * numbers.len(), text)?;
    }
    let min = numbers.iter().map(|number| number.min).min().unwrap_or(0);
    let max = numbers.iter().map(|number| number.max).max().unwrap_or(0);
    let mut values: Vec<Value> = numbers.into_iter().map(|number| number.value).collect();
    let missing = |value: &Value| Value::IsMissing(boxed(value.clone()));
    let mut cases = Vec::new();
    for (at, value) in values.iter().enumerate().take(values.len().saturating_sub(1)) {
        let mut holds = vec![Value::Not(boxed(missing(value)))];
        holds.extend(values[at + 1..].iter().map(|other| {
            let better = Value::Compare(how, boxed(value.clone()), boxed(other.clone()));
            Value::Or(boxed(missing(other)), boxed(better))
        }));
        cases.push((joined(holds, Value::And).unwrap_or(Value::Truth(true)), value.clone()));
    }
    let last = values.pop().unwrap_or(Value::Missing);
    let value = if cases.is_empty() { last } else { Value::Case(cases, boxed(last)) };
    Number { value, decimals, min, max }.fit(text)
}

/// The number without its sign.
pub(super) fn absolute(number: Number, text: &dyn Display) -> Read<Number> {
    let (min, max) = (number.min, number.max);
    if min >= 0 {
        return Ok(number);
    }
    let same = Number { value: number.value.clone(), ..number };
    let turned = same.negated(text)?;
    if max <= 0 {
        return Ok(turned);
    }
    let negative = Value::Compare(Comparison::Less, boxed(number.value.clone()), boxed(Value::Number(0)));
    let value = Value::Case(vec![(negative, turned.value)], boxed(number.value));
    Ok(Number { value, decimals: turned.decimals, min: 0, max: min.abs().max(max) })
}
