//! Conditions: truths about a row, of which some are missing, as SQL has them.

use super::bounds::boxed;
use super::limits::{bounded, joined};
use super::read::{Held, Scope, told, unsupported};
use super::texts::{self, like};
use super::values::{Read, alike, mixed};
use super::{Comparison, Meaning, Typed, Value};
use crate::error::SandboxError;
use crate::policy::Use;
use datafusion::sql::sqlparser::ast::{BinaryOperator as Op, Expr, UnaryOperator};
use std::fmt::Display;

impl Scope<'_> {
    /// A condition: its columns must be granted for comparing.
    pub(super) fn condition(&self, expr: &Expr) -> Read<Value> {
        let _inside = self.reading.enter(expr)?;
        let value = self.decided(expr)?;
        bounded(&value, expr)?;
        Ok(value)
    }

    fn decided(&self, expr: &Expr) -> Read<Value> {
        let value = |expr: &Expr| self.value(expr, Use::Compare);
        match expr {
            Expr::Nested(inner) => self.condition(inner),
            Expr::BinaryOp { op: Op::And, .. } => self.chain(expr, &Op::And, Value::And),
            Expr::BinaryOp { op: Op::Or, .. } => self.chain(expr, &Op::Or, Value::Or),
            Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } => {
                Ok(Value::Not(boxed(self.condition(inner)?)))
            }
            Expr::BinaryOp { left, op, right } if comparison(op).is_some() => {
                let how = comparison(op).unwrap_or(Comparison::Equal);
                let (of, with) = (value(left)?, value(right)?);
                self.possible(how, (&of, left), (&with, right))?;
                self.possible(how, (&with, right), (&of, left))?;
                compare(how, of, with, expr)
            }
            Expr::IsNull(inner) => Ok(Value::IsMissing(boxed(self.maybe_missing(inner)?))),
            Expr::IsNotNull(inner) => {
                Ok(Value::Not(boxed(Value::IsMissing(boxed(self.maybe_missing(inner)?)))))
            }
            Expr::IsTrue(inner) => Ok(known(self.condition(inner)?, true)),
            Expr::IsNotTrue(inner) => Ok(Value::Not(boxed(known(self.condition(inner)?, true)))),
            Expr::IsFalse(inner) => Ok(known(self.condition(inner)?, false)),
            Expr::IsNotFalse(inner) => Ok(Value::Not(boxed(known(self.condition(inner)?, false)))),
            Expr::Between { expr: inner, negated, low, high } => {
                let of = value(inner)?;
                let (low_end, high_end) = (value(low)?, value(high)?);
                self.possible(Comparison::AtLeast, (&of, inner), (&low_end, low))?;
                self.possible(Comparison::AtMost, (&of, inner), (&high_end, high))?;
                let least = compare(Comparison::AtLeast, of.clone(), low_end, expr)?;
                let most = compare(Comparison::AtMost, of, high_end, expr)?;
                Ok(maybe_not(*negated, Value::And(boxed(least), boxed(most))))
            }
            Expr::InList { expr: inner, list, negated } => {
                Ok(maybe_not(*negated, self.among(inner, list, expr)?))
            }
            Expr::Like { negated, any: false, expr: inner, pattern, escape_char: None } => {
                self.alike_texts(inner, pattern, &str::to_owned, expr).map(|like| maybe_not(*negated, like))
            }
            Expr::ILike { negated, any: false, expr: inner, pattern, escape_char: None } => self
                .alike_texts(inner, pattern, &str::to_lowercase, expr)
                .map(|like| maybe_not(*negated, like)),
            _ => match self.value(expr, Use::Compare)? {
                Typed { value, meaning: Meaning::Truth } => Ok(value),
                Typed { meaning: Meaning::Nothing, .. } => Ok(Value::Unknown),
                _ => Err(mixed(expr)),
            },
        }
    }

    /// Conditions of one chain, however long: parsed they lie one inside the other, and here beside each other.
    fn chain(&self, expr: &Expr, of: &Op, join: fn(Box<Value>, Box<Value>) -> Value) -> Read<Value> {
        let (mut links, mut rest) = (Vec::new(), expr);
        while let Expr::BinaryOp { left, op, right } = rest
            && op == of
        {
            links.push(&**right);
            rest = left;
        }
        links.push(rest);
        let links = links.into_iter().rev().map(|link| self.condition(link));
        Ok(joined(links.collect::<Read<Vec<_>>>()?, join).unwrap_or(Value::Unknown))
    }

    /// Whether a text is like a pattern once both were put through a function.
    fn alike_texts(
        &self,
        inner: &Expr,
        pattern: &Expr,
        change: &dyn Fn(&str) -> String,
        expr: &Expr,
    ) -> Read<Value> {
        let pattern = self.value(pattern, Use::Compare)?;
        let pattern = texts::as_literal(&pattern).ok_or_else(|| unsupported("pattern", expr))?;
        let pattern: Vec<char> = change(pattern).chars().collect();
        let inner = self.value(inner, Use::Compare)?;
        let Meaning::Text(list) = &inner.meaning else { return Err(mixed(expr)) };
        Ok(texts::holds(inner.value, list, &|text| like(&change(text), &pattern)))
    }

    /// Refuses to compare a value with a constant that it can never be, by what is declared of it: texts and bounds that
    /// whoever asks may see.
    pub(super) fn possible(
        &self,
        how: Comparison,
        (of, text): (&Typed, &Expr),
        (with, constant): (&Typed, &Expr),
    ) -> Read<()> {
        let equal = matches!(how, Comparison::Equal | Comparison::Unequal);
        if self.held == Held::None || self.held == Held::Texts && !matches!(of.meaning, Meaning::Text(_)) {
            return Ok(());
        }
        let values = match (&of.meaning, &of.value) {
            // Of two constants nothing is declared.
            (_, Value::Number(_)) => return Ok(()),
            (Meaning::Text(list), _) => match texts::as_literal(with) {
                Some(word) if equal && !list.iter().any(|known| known == word) => list.join(", "),
                _ => return Ok(()),
            },
            (Meaning::Number { decimals, min, max }, _) => match (&with.meaning, &with.value) {
                (Meaning::Number { decimals: digits, .. }, Value::Number(number)) => {
                    // Both in units of the last digit that either has.
                    let (ours, theirs) = (10i128.checked_pow(*digits), 10i128.checked_pow(*decimals));
                    let number = theirs.and_then(|unit| i128::from(*number).checked_mul(unit));
                    let bounds = ours.and_then(|unit| min.checked_mul(unit).zip(max.checked_mul(unit)));
                    match number.zip(bounds) {
                        Some((number, (min, max))) if number < min || number > max => {}
                        _ => return Ok(()),
                    }
                    let written = |bound: i128| crate::answer::written(bound, *decimals);
                    format!("{} – {}", written(*min), written(*max))
                }
                _ => return Ok(()),
            },
            (Meaning::Day { from, to }, _) => {
                let number = match texts::as_literal(with) {
                    Some(word) => super::dates::day(word, constant)?,
                    None => with.clone(),
                };
                match (number.meaning, number.value) {
                    (Meaning::Day { .. }, Value::Number(day)) if day < *from || day > *to => {}
                    _ => return Ok(()),
                }
                format!("{} – {}", crate::answer::date(*from), crate::answer::date(*to))
            }
            _ => return Ok(()),
        };
        let (text, of) = (told(constant.to_string()), told(text.to_string()));
        Err(SandboxError::NoValue { text, of, values: told(values) })
    }

    /// What may be asked whether it is missing: whom a row is about, too, which no condition compares.
    fn maybe_missing(&self, expr: &Expr) -> Read<Value> {
        match self.person(expr)? {
            Some(value) => Ok(value),
            None => Ok(self.value(expr, Use::Compare)?.value),
        }
    }
}

/// Whether a condition is known to be so.
fn known(value: Value, truth: bool) -> Value {
    let there = Value::Not(boxed(Value::IsMissing(boxed(value.clone()))));
    let value = if truth { value } else { Value::Not(boxed(value)) };
    Value::And(boxed(there), boxed(value))
}

fn maybe_not(negated: bool, value: Value) -> Value {
    if negated { Value::Not(boxed(value)) } else { value }
}

pub(super) fn comparison(op: &Op) -> Option<Comparison> {
    Some(match op {
        Op::Eq => Comparison::Equal,
        Op::NotEq => Comparison::Unequal,
        Op::Lt => Comparison::Less,
        Op::LtEq => Comparison::AtMost,
        Op::Gt => Comparison::Greater,
        Op::GtEq => Comparison::AtLeast,
        _ => return None,
    })
}

pub(super) fn compare(how: Comparison, left: Typed, right: Typed, text: &dyn Display) -> Read<Value> {
    let (mut values, meaning) = alike(vec![left, right], text)?;
    if matches!(meaning, Meaning::Person) {
        return Err(unsupported("person", text));
    }
    match (values.pop(), values.pop()) {
        (Some(right), Some(left)) => Ok(Value::Compare(how, boxed(left), boxed(right))),
        _ => Err(mixed(text)),
    }
}
