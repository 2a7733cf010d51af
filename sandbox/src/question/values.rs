//! Expressions, built anew from operators that are total.

use super::bounds::{Number, boxed};
use super::conditions::{compare, comparison};
use super::dates::{day, days_between, named, part};
use super::limits::{bounded, repeated};
use super::lists::{absolute, extreme};
use super::read::{Scope, unsupported};
use super::texts::{self, mapped};
use super::{Comparison, Meaning, Typed, Value};
use crate::error::SandboxError;
use crate::policy::Use;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator as Op, CaseWhen, CastKind, CeilFloorKind, DataType, DateTimeField, Expr, UnaryOperator,
    Value as Literal,
};
use std::fmt::Display;
use std::sync::Arc;

/// Buckets of a histogram at most.
const MOST_BUCKETS: i64 = 1000;

pub(super) type Read<T> = Result<T, SandboxError>;

impl Scope<'_> {
    /// A value; columns in it must be granted for this use, those in conditions within it for comparing.
    pub(super) fn value(&self, expr: &Expr, wanted: Use) -> Read<Typed> {
        let _inside = self.reading.enter(expr)?;
        let typed = self.built(expr, wanted)?;
        bounded(&typed.value, expr)?;
        Ok(typed)
    }

    fn built(&self, expr: &Expr, wanted: Use) -> Read<Typed> {
        let missing = || Typed { value: Value::Missing, meaning: Meaning::Nothing };
        match expr {
            Expr::Identifier(name) => self.column(None, name, wanted),
            Expr::CompoundIdentifier(names) => match &names[..] {
                [table, name] => self.column(Some(table), name, wanted),
                _ => Err(SandboxError::NoSuch { name: expr.to_string() }),
            },
            Expr::Nested(inner) => self.value(inner, wanted),
            Expr::Value(literal) => match &literal.value {
                Literal::Number(digits, false) => Ok(number(digits, expr)?.typed()),
                Literal::SingleQuotedString(text) => Ok(texts::literal(text)),
                Literal::Boolean(truth) => Ok(truth_of(Value::Truth(*truth))),
                Literal::Null => Ok(missing()),
                _ => Err(unsupported("literal", expr)),
            },
            Expr::TypedString(typed) if matches!(typed.data_type, DataType::Date) => {
                let text = typed.value.value.clone().into_string();
                day(&text.unwrap_or_default(), expr)
            }
            Expr::UnaryOp { op: UnaryOperator::Minus, expr: inner } => {
                Ok(self.number(inner, wanted)?.negated(expr)?.typed())
            }
            Expr::UnaryOp { op: UnaryOperator::Plus, expr: inner } => Ok(self.number(inner, wanted)?.typed()),
            Expr::BinaryOp { left, op, right } => match op {
                Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo => {
                    let first = self.value(left, wanted)?;
                    if matches!((op, &first.meaning), (Op::Minus, Meaning::Day { .. })) {
                        return Ok(days_between(first, self.value(right, wanted)?, expr)?.typed());
                    }
                    let (left, right) = (as_number(first, left.as_ref())?, self.number(right, wanted)?);
                    Ok(arithmetic(op, left, right, expr)?.typed())
                }
                Op::And | Op::Or => self.condition(expr).map(truth_of),
                _ if comparison(op).is_some() => self.condition(expr).map(truth_of),
                _ => Err(unsupported("expression", expr)),
            },
            Expr::Case { case_token: _, end_token: _, operand, conditions, else_result } => {
                self.case((operand.as_deref(), conditions, else_result.as_deref()), wanted, expr)
            }
            Expr::Cast {
                kind: CastKind::Cast | CastKind::DoubleColon,
                expr: inner,
                data_type,
                array: false,
                format: None,
            } => self.cast(inner, data_type, wanted, expr),
            Expr::Extract { field, syntax: _, expr: inner } => {
                let part = part(field).ok_or_else(|| unsupported("function", expr))?;
                self.calendar(part, inner, wanted)
            }
            Expr::Floor { expr: inner, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                Ok(self.number(inner, wanted)?.floor(0, expr)?.typed())
            }
            Expr::Ceil { expr: inner, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                let negated = self.number(inner, wanted)?.negated(expr)?;
                Ok(negated.floor(0, expr)?.negated(expr)?.typed())
            }
            Expr::Substring { expr: inner, substring_from, substring_for, special: _, shorthand: _ } => {
                let from = substring_from.as_deref().map_or(Ok(1), whole)?;
                let length = substring_for.as_deref().map(whole).transpose()?;
                self.changed(inner, wanted, &|text| Some(texts::part(text, from, length)))
            }
            Expr::Trim { trim_where: None, trim_what: None, expr: inner, trim_characters: None } => {
                self.changed(inner, wanted, &|text| Some(text.trim().to_owned()))
            }
            Expr::Function(function) => {
                let (name, arguments) = super::figures::plain(function)?;
                self.function(&name, &arguments, wanted, expr)
            }
            Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::IsTrue(_) | Expr::IsNotTrue(_) => {
                self.condition(expr).map(truth_of)
            }
            Expr::IsFalse(_) | Expr::IsNotFalse(_) | Expr::InList { .. } | Expr::Between { .. } => {
                self.condition(expr).map(truth_of)
            }
            Expr::Like { .. } | Expr::UnaryOp { op: UnaryOperator::Not, .. } => {
                self.condition(expr).map(truth_of)
            }
            Expr::InSubquery { .. } | Expr::Exists { .. } | Expr::Subquery(_) => {
                Err(unsupported("subquery", expr))
            }
            _ => Err(unsupported("expression", expr)),
        }
    }

    fn number(&self, expr: &Expr, wanted: Use) -> Read<Number> {
        as_number(self.value(expr, wanted)?, expr)
    }

    /// A text of the list put through a function.
    fn changed(&self, expr: &Expr, wanted: Use, change: &dyn Fn(&str) -> Option<String>) -> Read<Typed> {
        let text = self.value(expr, wanted)?;
        match &text.meaning {
            Meaning::Text(list) => Ok(mapped(text.value, list, change)),
            _ => Err(mixed(expr)),
        }
    }

    fn cast(&self, inner: &Expr, to: &DataType, wanted: Use, expr: &Expr) -> Read<Typed> {
        let value = self.value(inner, wanted)?;
        match (to, &value.meaning) {
            (DataType::Int(None) | DataType::Integer(None) | DataType::BigInt(None), _) => {
                let number = match value.meaning {
                    Meaning::Truth => zero_or_one(value.value),
                    _ => as_number(value, expr)?,
                };
                Ok(number.round(0, expr)?.typed())
            }
            (DataType::Double(_) | DataType::Real | DataType::Float(_), Meaning::Number { .. }) => Ok(value),
            (DataType::Numeric(_) | DataType::Decimal(_), Meaning::Number { .. }) => Ok(value),
            (DataType::Varchar(None) | DataType::Text, Meaning::Text(_)) => Ok(value),
            (DataType::Date, Meaning::Day { .. }) => Ok(value),
            (DataType::Date, _) => match texts::as_literal(&value) {
                Some(text) => day(text, expr),
                None => Err(unsupported("cast", expr)),
            },
            _ => Err(unsupported("cast", expr)),
        }
    }

    fn case(
        &self,
        (operand, conditions, otherwise): (Option<&Expr>, &[CaseWhen], Option<&Expr>),
        wanted: Use,
        expr: &Expr,
    ) -> Read<Typed> {
        let mut tests = Vec::new();
        let mut results = Vec::new();
        let operand =
            operand.map(|text| self.value(text, Use::Compare).map(|value| (value, text))).transpose()?;
        if let Some((operand, _)) = &operand {
            repeated(&operand.value, conditions.len(), expr)?;
        }
        for CaseWhen { condition, result } in conditions {
            tests.push(match &operand {
                Some((operand, text)) => {
                    let with = self.value(condition, Use::Compare)?;
                    self.possible(Comparison::Equal, (operand, text), (&with, condition))?;
                    compare(Comparison::Equal, operand.clone(), with, expr)?
                }
                None => self.condition(condition)?,
            });
            results.push(self.value(result, wanted)?);
        }
        results.push(match otherwise {
            Some(otherwise) => self.value(otherwise, wanted)?,
            None => Typed { value: Value::Missing, meaning: Meaning::Nothing },
        });
        let (mut values, meaning) = alike(results, expr)?;
        let last = values.pop().unwrap_or(Value::Missing);
        Ok(Typed { value: Value::Case(tests.into_iter().zip(values).collect(), boxed(last)), meaning })
    }

    fn function(&self, name: &str, arguments: &[&Expr], wanted: Use, expr: &Expr) -> Read<Typed> {
        match (name, arguments) {
            ("coalesce" | "ifnull" | "nvl", [_, ..]) => {
                let values = arguments.iter().map(|argument| self.value(argument, wanted));
                let (mut values, meaning) = alike(values.collect::<Read<Vec<_>>>()?, expr)?;
                let last = values.pop().unwrap_or(Value::Missing);
                let there = |value: Value| (Value::Not(boxed(Value::IsMissing(boxed(value.clone())))), value);
                let value = Value::Case(values.into_iter().map(there).collect(), boxed(last));
                Ok(Typed { value, meaning })
            }
            ("nullif", [value, other]) => {
                let value = self.value(value, wanted)?;
                self.compared(&value.value)?;
                let other = self.value(other, Use::Compare)?;
                let same = compare(Comparison::Equal, value.clone(), other, expr)?;
                let case = Value::Case(vec![(same, Value::Missing)], boxed(value.value));
                Ok(Typed { value: case, meaning: value.meaning })
            }
            ("greatest" | "least", [_, ..]) => {
                let how = if name == "least" { Comparison::AtMost } else { Comparison::AtLeast };
                let numbers = arguments.iter().map(|argument| self.number(argument, wanted));
                let numbers = numbers.collect::<Read<Vec<_>>>()?;
                numbers.iter().try_for_each(|number| self.compared(&number.value))?;
                Ok(extreme(how, numbers, expr)?.typed())
            }
            ("abs", [value]) => {
                let number = self.number(value, wanted)?;
                if number.min < 0 {
                    self.compared(&number.value)?;
                }
                Ok(absolute(number, expr)?.typed())
            }
            ("round", [value]) => Ok(self.number(value, wanted)?.round(0, expr)?.typed()),
            ("round", [value, digits]) => {
                let digits = u32::try_from(whole(digits)?).map_err(|_| unsupported("function", expr))?;
                Ok(self.number(value, wanted)?.round(digits, expr)?.typed())
            }
            ("mod", [left, right]) => {
                let (left, right) = (self.number(left, wanted)?, self.number(right, wanted)?);
                Ok(arithmetic(&Op::Modulo, left, right, expr)?.typed())
            }
            ("upper", [text]) => self.changed(text, wanted, &|text| Some(text.to_uppercase())),
            ("lower", [text]) => self.changed(text, wanted, &|text| Some(text.to_lowercase())),
            ("left", [text, letters]) => {
                let letters = whole(letters)?;
                self.changed(text, wanted, &|text| Some(texts::part(text, 1, Some(letters))))
            }
            ("substr", [text, from]) => {
                let from = whole(from)?;
                self.changed(text, wanted, &|text| Some(texts::part(text, from, None)))
            }
            ("substr", [text, from, letters]) => {
                let (from, letters) = (whole(from)?, whole(letters)?);
                self.changed(text, wanted, &|text| Some(texts::part(text, from, Some(letters))))
            }
            ("year" | "quarter" | "month" | "day", [day]) => {
                self.calendar(named(name).ok_or_else(|| unsupported("function", expr))?, day, wanted)
            }
            ("date_part", [field, day]) => {
                let field = self.value(field, wanted)?;
                let part = texts::as_literal(&field).and_then(named);
                self.calendar(part.ok_or_else(|| unsupported("function", expr))?, day, wanted)
            }
            ("date_trunc", [field, day]) => self.begun(field, day, wanted),
            ("width_bucket", [value, low, high, buckets]) => {
                let buckets = whole(buckets)?;
                let [value, low, high] = [value, low, high].map(|part| self.number(part, wanted));
                Ok(bucket(value?, low?, high?, buckets, expr)?.typed())
            }
            _ => Err(unsupported("function", expr)),
        }
    }
}

fn arithmetic(op: &Op, left: Number, right: Number, text: &dyn Display) -> Read<Number> {
    match op {
        Op::Plus => left.add(right, text),
        Op::Minus => left.subtract(right, text),
        Op::Multiply => left.multiply(right, text),
        Op::Divide => left.divide(right, text),
        _ => {
            let (left, right) = Number::aligned(left, right, text)?;
            let most = right.min.abs().max(right.max.abs());
            let times = Value::Divide(boxed(left.value.clone()), boxed(right.value.clone()));
            let back = Value::Multiply(boxed(times), boxed(right.value));
            let value = Value::Subtract(boxed(left.value), boxed(back));
            // What is left is less than the divisor.
            let most = (most - 1).max(0);
            let (min, max) = (if left.min < 0 { -most } else { 0 }, most);
            Number { value, decimals: left.decimals, min, max }.fit(text)
        }
    }
}

/// Which of the buckets of one width a value is in, from 1 on: 0 below them and one more above, as PostgreSQL has it.
fn bucket(value: Number, low: Number, high: Number, buckets: i64, text: &dyn Display) -> Read<Number> {
    let (value, low) = Number::aligned(value, low, text)?;
    let (value, high) = Number::aligned(value, high, text)?;
    let (low, value) = Number::aligned(low, value, text)?;
    let (Value::Number(from), Value::Number(to), 1..=MOST_BUCKETS) = (low.value, high.value, buckets) else {
        return Err(unsupported("buckets", text));
    };
    if from >= to {
        return Err(unsupported("buckets", text));
    }
    let is = |how, at| Value::Compare(how, boxed(value.value.clone()), boxed(Value::Number(at)));
    let (below, above) = (is(Comparison::Less, from), is(Comparison::AtLeast, to));
    let missing = Value::IsMissing(boxed(value.value.clone()));
    let ahead = value.subtract(Number::constant(from, high.decimals), text)?;
    let times = ahead.multiply(Number::constant(buckets, 0), text)?;
    let at = Value::Divide(boxed(times.value), boxed(Value::Number(to - from)));
    let one_more = Value::Add(boxed(at), boxed(Value::Number(1)));
    let cases =
        vec![(missing, Value::Missing), (below, Value::Number(0)), (above, Value::Number(buckets + 1))];
    Ok(Number { value: Value::Case(cases, boxed(one_more)), decimals: 0, min: 0, max: (buckets + 1).into() })
}

/// A truth as 0 or 1.
pub(super) fn zero_or_one(truth: Value) -> Number {
    let missing = Value::IsMissing(boxed(truth.clone()));
    let cases = vec![(truth, Value::Number(1)), (missing, Value::Missing)];
    Number { value: Value::Case(cases, boxed(Value::Number(0))), decimals: 0, min: 0, max: 1 }
}

fn as_number(typed: Typed, text: &dyn Display) -> Read<Number> {
    match typed.meaning {
        Meaning::Number { decimals, min, max } => Ok(Number { value: typed.value, decimals, min, max }),
        Meaning::Nothing => Ok(Number { value: Value::Missing, decimals: 0, min: 0, max: 0 }),
        _ => Err(mixed(text)),
    }
}

pub(super) fn truth_of(value: Value) -> Typed {
    Typed { value, meaning: Meaning::Truth }
}

/// Values made alike: numbers with the same digits, texts as places in one list, dates out of texts beside dates.
pub(super) fn alike(all: Vec<Typed>, text: &dyn Display) -> Read<(Vec<Value>, Meaning)> {
    let days = all.iter().any(|one| matches!(one.meaning, Meaning::Day { .. }));
    let dated = |one: Typed| match texts::as_literal(&one) {
        Some(written) if days => day(written, text),
        _ => Ok(one),
    };
    let all = all.into_iter().map(dated).collect::<Read<Vec<_>>>()?;
    let some = all.iter().find(|one| one.meaning != Meaning::Nothing);
    let kind = some.map(|one| std::mem::discriminant(&one.meaning));
    let same =
        |one: &Typed| one.meaning == Meaning::Nothing || Some(std::mem::discriminant(&one.meaning)) == kind;
    if !all.iter().all(same) {
        return Err(mixed(text));
    }
    let first = some.map_or(Meaning::Nothing, |one| one.meaning.clone());
    match first {
        Meaning::Number { .. } => numbers(all, text),
        Meaning::Text(_) => {
            let none: Arc<[String]> = Arc::new([]);
            let listed = all.into_iter().map(|one| match one.meaning {
                Meaning::Text(list) => (one.value, list),
                _ => (Value::Missing, Arc::clone(&none)),
            });
            let (values, list) = texts::merged(listed.collect());
            Ok((values, Meaning::Text(list)))
        }
        Meaning::Day { .. } => {
            let bounds = all.iter().filter_map(|one| match one.meaning {
                Meaning::Day { from, to } => Some((from, to)),
                _ => None,
            });
            let (from, to) = bounds.fold((i64::MAX, i64::MIN), |(a, b), (from, to)| (a.min(from), b.max(to)));
            Ok((all.into_iter().map(|one| one.value).collect(), Meaning::Day { from, to }))
        }
        Meaning::Truth => {
            let truth = |one: Typed| match one.meaning {
                Meaning::Nothing => Value::Unknown,
                _ => one.value,
            };
            Ok((all.into_iter().map(truth).collect(), Meaning::Truth))
        }
        other => Ok((all.into_iter().map(|one| one.value).collect(), other)),
    }
}

fn numbers(all: Vec<Typed>, text: &dyn Display) -> Read<(Vec<Value>, Meaning)> {
    let all = all.into_iter().map(|one| as_number(one, text)).collect::<Read<Vec<_>>>()?;
    let decimals = all.iter().map(|number| number.decimals).max().unwrap_or(0);
    let with = |number| Ok(Number::aligned(number, Number::constant(0, decimals), text)?.0);
    let all = all.into_iter().map(with).collect::<Read<Vec<_>>>()?;
    let min = all.iter().map(|number| number.min).min().unwrap_or(0);
    let max = all.iter().map(|number| number.max).max().unwrap_or(0);
    let values = all.into_iter().map(|number| number.value).collect();
    Ok((values, Meaning::Number { decimals, min, max }))
}

fn number(digits: &str, text: &dyn Display) -> Read<Number> {
    let (whole, point) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let value = (plain(whole) && plain(point)).then(|| format!("{whole}{point}").parse::<i64>().ok());
    match (value.flatten(), u32::try_from(point.len())) {
        (Some(value), Ok(decimals)) => Number::constant(value, decimals).fit(text),
        _ => Err(SandboxError::TooLarge { text: text.to_string() }),
    }
}

/// A whole number that stands there as it is.
fn whole(expr: &Expr) -> Read<i64> {
    match expr {
        Expr::Value(literal) => match &literal.value {
            Literal::Number(digits, false) => digits.parse().map_err(|_| unsupported("literal", expr)),
            _ => Err(unsupported("literal", expr)),
        },
        _ => Err(unsupported("literal", expr)),
    }
}

pub(super) fn mixed(text: &dyn Display) -> SandboxError {
    SandboxError::Mixed { text: text.to_string() }
}
