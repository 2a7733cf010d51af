//! Conditions: truths about a row, of which some are missing, as SQL has them.

use super::bounds::boxed;
use super::limits::{bounded, joined};
use super::read::{Scope, unsupported};
use super::texts::{self, like};
use super::values::{Read, alike, mixed};
use super::{Comparison, Meaning, Typed, Value};
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
                compare(how, value(left)?, value(right)?, expr)
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
                let inner = value(inner)?;
                let least = compare(Comparison::AtLeast, inner.clone(), value(low)?, expr)?;
                let most = compare(Comparison::AtMost, inner, value(high)?, expr)?;
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
