//! Values of a row, from the engine's expressions to those of a plan. What is about one table alone its owner works out.

use super::tables::{MOST, Meaning, Table, checked, named, place, tables};
use super::uses::{Origin, Use, permit};
use super::{Planner, refuse, shown};
use crate::error::JointError;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::logical_expr::{BinaryExpr, Case, Expr, Operator};
use std::collections::BTreeSet;
use yinshu_mpc::query::{ColumnAt, Expr as Planned, Op, Values};

/// A value or a truth of a row.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) what: What,
    pub(super) meaning: Meaning,
    pub(super) nullable: bool,
    /// The columns whose values it tells of.
    pub(super) origins: BTreeSet<Origin>,
    /// Where it is about one table alone: what its owner works out.
    pub(super) source: Option<(usize, Expr)>,
}

/// How a [`Value`] is made.
#[derive(Debug, Clone)]
pub(super) enum What {
    Column(usize, String),
    Integer(i128),
    Missing,
    Binary(Op, Box<Value>, Box<Value>),
    Not(Box<Value>),
    Present(Box<Value>),
    Case(Box<[Value; 3]>),
    /// Only its owner can work it out.
    Own,
}

impl Value {
    pub(super) fn new(what: What, meaning: Meaning) -> Self {
        Self { what, meaning, nullable: false, origins: BTreeSet::new(), source: None }
    }

    pub(super) fn integer(value: i128) -> Self {
        Self::new(What::Integer(value), Meaning::Number { decimals: 0, min: value, max: value })
    }

    pub(super) fn missing() -> Self {
        Self { nullable: true, ..Self::new(What::Missing, Meaning::Nothing) }
    }

    pub(super) fn truth(what: What) -> Self {
        Self::new(what, Meaning::Truth)
    }

    pub(super) fn constant(truth: bool) -> Self {
        Self::truth(What::Integer(truth.into()))
    }

    pub(super) fn and(self, other: Self) -> Self {
        match (&self.what, &other.what) {
            (What::Integer(1), _) => other,
            (_, What::Integer(1)) => self,
            _ => Self::truth(What::Binary(Op::And, self.into(), other.into())),
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self::truth(What::Binary(Op::Or, self.into(), other.into()))
    }

    /// Whether it is there.
    pub(super) fn present(self) -> Self {
        if self.nullable { Self::truth(What::Present(self.into())) } else { Self::constant(true) }
    }

    /// The value, or nothing where the truth does not hold.
    pub(super) fn only_if(self, truth: Self) -> Self {
        let (meaning, origins) = (self.meaning.clone(), self.origins.clone());
        let what = What::Case(Box::new([truth, self, Self::missing()]));
        Self { origins, nullable: true, ..Self::new(what, meaning) }
    }

    /// As it is, in units of 10^-`to`.
    pub(super) fn scaled(self, to: u32) -> Self {
        let Meaning::Number { decimals, min, max } = self.meaning else { return self };
        let unit = 10i128.pow(to.saturating_sub(decimals));
        let meaning = Meaning::Number { decimals: to.max(decimals), min: min * unit, max: max * unit };
        let what = match self.what.clone() {
            what if unit == 1 => what,
            What::Integer(value) => What::Integer(value * unit),
            _ => What::Binary(Op::Times, Box::new(self.clone()), Box::new(Self::integer(unit))),
        };
        // Its owner can bring it so.
        let source = match (self.source, self.what) {
            (None, What::Column(table, column)) => Some((table, named(table, &column))),
            (source, _) => source,
        };
        Self { what, meaning, nullable: self.nullable, origins: self.origins, source }
    }
}

/// What the result of a function of two numbers is.
fn interval(op: Op, left: &Meaning, right: &Meaning) -> Option<Meaning> {
    let (&Meaning::Number { decimals: d, min: a, max: b }, &Meaning::Number { decimals: e, min: c, max: f }) =
        (left, right)
    else {
        return None;
    };
    Some(match op {
        Op::Plus => Meaning::Number { decimals: d, min: a + c, max: b + f },
        Op::Minus => Meaning::Number { decimals: d, min: a - f, max: b - c },
        _ => {
            let all = [a * c, a * f, b * c, b * f];
            let (min, max) = (all.iter().min()?, all.iter().max()?);
            Meaning::Number { decimals: d + e, min: *min, max: *max }
        }
    })
}

impl Planner<'_> {
    /// The table an expression is about, where it is about one and its owner can work it out.
    pub(super) fn own(&self, expr: &Expr) -> Option<usize> {
        let about = tables(expr);
        let table = *about.first()?;
        let alone = about.len() == 1 && !self.tables[table].outer && !self.tables[table].arms.is_empty();
        alone.then_some(table)
    }

    pub(super) fn table_of<'a>(&self, expr: &'a Expr) -> Option<(&Table, usize, &'a str)> {
        let Expr::Column(name) = expr else { return None };
        let (table, column) = place(name)?;
        Some((&self.tables[table], table, column))
    }

    /// Two values in the same units, or of the same list.
    pub(super) fn alike(&self, a: Value, b: Value, whole: &Expr) -> Result<(Value, Value), JointError> {
        let (a, b) = match (&a.meaning, &b.meaning) {
            (&Meaning::Number { decimals: d, .. }, &Meaning::Number { decimals: e, .. }) => {
                (a.scaled(d.max(e)), b.scaled(d.max(e)))
            }
            (Meaning::Code(texts), Meaning::Code(more)) if texts == more => (a, b),
            (Meaning::Code(texts), Meaning::Code(_)) if matches!(b.what, What::Integer(_)) => {
                let b = self.coded(texts.clone(), b, whole)?;
                (a, b)
            }
            (Meaning::Code(_), Meaning::Code(more)) if matches!(a.what, What::Integer(_)) => {
                (self.coded(more.clone(), a, whole)?, b)
            }
            (Meaning::Nothing, _) | (_, Meaning::Nothing) => (a, b),
            _ if self.over_groups(&a) || self.over_groups(&b) => return Err(refuse("having", whole)),
            _ => return Err(JointError::NotSecure { expression: shown(self, whole) }),
        };
        self.bounded(&a, whole)?;
        self.bounded(&b, whole)?;
        Ok((a, b))
    }

    /// A text by its number in a column's list.
    fn coded(&self, texts: Vec<String>, text: Value, whole: &Expr) -> Result<Value, JointError> {
        let Meaning::Code(own) = &text.meaning else { return Ok(text) };
        let at = own.first().and_then(|own| texts.iter().position(|text| text == own));
        let at = at.ok_or_else(|| JointError::NoSuchValue {
            value: own.first().cloned().unwrap_or_default(),
            column: shown(self, whole),
        })?;
        Ok(Value::new(What::Integer(at as i128), Meaning::Code(texts)))
    }

    fn bounded(&self, value: &Value, expr: &Expr) -> Result<(), JointError> {
        match value.meaning {
            Meaning::Number { min, max, .. } if min <= -MOST || max >= MOST => Err(JointError::Overflow {
                expression: shown(self, expr),
                least: min.to_string(),
                greatest: max.to_string(),
            }),
            _ => Ok(()),
        }
    }

    /// The value of an expression.
    pub(super) fn value(&self, expr: &Expr) -> Result<Value, JointError> {
        let mut made = match expr {
            Expr::Alias(alias) => return self.value(&alias.expr),
            Expr::Cast(cast) => return self.cast(&cast.expr, cast.field.data_type(), expr),
            Expr::Column(_) => return self.column(expr),
            Expr::Literal(literal, _) => {
                return literal_value(literal).ok_or_else(|| refuse("literal", expr));
            }
            Expr::Negative(inner) => {
                let zero = datafusion::prelude::lit(0i64);
                self.arithmetic(&zero, Op::Minus, inner, expr)?
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match op {
                Operator::Plus => self.arithmetic(left, Op::Plus, right, expr)?,
                Operator::Minus => self.arithmetic(left, Op::Minus, right, expr)?,
                Operator::Multiply => self.arithmetic(left, Op::Times, right, expr)?,
                Operator::Divide | Operator::Modulo => return Err(refuse("division", expr)),
                _ => self.known_truth(expr)?,
            },
            Expr::Case(case) => self.case_value(case, expr)?,
            Expr::ScalarFunction(function) if function.name() == "coalesce" => {
                self.first_there(&function.args, expr)?
            }
            Expr::ScalarFunction(_) | Expr::TryCast(_) => {
                checked(expr)?;
                return Err(refuse("function", expr));
            }
            Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) => {
                return Err(refuse("subquery", expr));
            }
            _ => self.known_truth(expr)?,
        };
        self.bounded(&made, expr)?;
        made.source = self.own(expr).map(|table| (table, exact(expr)));
        Ok(made)
    }

    /// A condition as a value: missing where it is neither.
    fn known_truth(&self, expr: &Expr) -> Result<Value, JointError> {
        let (holds, contrary) = (self.truth(expr, true)?, self.truth(expr, false)?);
        let otherwise = Value::constant(false).only_if(contrary);
        let what = What::Case(Box::new([holds, Value::constant(true), otherwise]));
        Ok(Value { nullable: true, ..Value::truth(what) })
    }

    fn cast(&self, inner: &Expr, to: &DataType, whole: &Expr) -> Result<Value, JointError> {
        let value = self.value(inner)?;
        let Meaning::Number { decimals, .. } = value.meaning else { return Err(refuse("function", whole)) };
        match to {
            DataType::Float64 => Ok(value),
            DataType::Int64 if decimals == 0 => Ok(value),
            DataType::Decimal128(_, scale) if i64::from(*scale) >= i64::from(decimals) => Ok(value),
            _ => Err(refuse("function", whole)),
        }
    }

    fn column(&self, expr: &Expr) -> Result<Value, JointError> {
        let (table, at, name) = self.table_of(expr).ok_or_else(|| refuse("other", expr))?;
        let base = table.base(name).ok_or_else(|| refuse("other", expr))?;
        if base.meaning == Meaning::Unbounded {
            return Err(JointError::NoBounds { column: shown(self, expr) });
        }
        let nullable = base.nullable || (table.outer && !table.arms.is_empty());
        let what = What::Column(at, name.to_owned());
        Ok(Value { nullable, origins: base.origins.clone(), ..Value::new(what, base.meaning.clone()) })
    }

    fn arithmetic(&self, left: &Expr, op: Op, right: &Expr, whole: &Expr) -> Result<Value, JointError> {
        let (mut a, mut b) = (self.value(left)?, self.value(right)?);
        if matches!(op, Op::Plus | Op::Minus) {
            (a, b) = self.alike(a, b, whole)?;
        }
        if matches!(a.meaning, Meaning::Nothing) || matches!(b.meaning, Meaning::Nothing) {
            return Ok(Value::missing());
        }
        let meaning = interval(op, &a.meaning, &b.meaning)
            .ok_or_else(|| JointError::NotSecure { expression: shown(self, whole) })?;
        let nullable = a.nullable || b.nullable;
        let origins = a.origins.union(&b.origins).copied().collect();
        let what = match (&a.what, &b.what, op) {
            (What::Integer(a), What::Integer(b), Op::Plus) => What::Integer(a + b),
            (What::Integer(a), What::Integer(b), Op::Minus) => What::Integer(a - b),
            _ => What::Binary(op, a.into(), b.into()),
        };
        Ok(Value { nullable, origins, ..Value::new(what, meaning) })
    }

    fn first_there(&self, args: &[Expr], whole: &Expr) -> Result<Value, JointError> {
        let mut values = args.iter().rev();
        let last = values.next().ok_or_else(|| refuse("function", whole))?;
        let mut made = self.value(last)?;
        for arg in values {
            let value = self.value(arg)?;
            let there = value.clone().present();
            permit(self.terms, &value.origins, Use::Compare)?;
            made = self.either(there, value, made, whole)?;
        }
        Ok(made)
    }

    fn case_value(&self, case: &Case, whole: &Expr) -> Result<Value, JointError> {
        let mut made = match &case.else_expr {
            Some(other) => self.value(other)?,
            None => Value::missing(),
        };
        for (when, then) in case.when_then_expr.iter().rev() {
            let when = self.truth(&condition(case, when), true)?;
            made = self.either(when, self.value(then)?, made, whole)?;
        }
        Ok(made)
    }

    /// One of two values.
    fn either(&self, when: Value, a: Value, b: Value, whole: &Expr) -> Result<Value, JointError> {
        let (a, b) = match (&a.meaning, &b.meaning) {
            (Meaning::Code(one), Meaning::Code(other)) if one != other => {
                together(a.clone(), b.clone()).ok_or_else(|| refuse("texts", whole))?
            }
            (Meaning::Truth, Meaning::Truth) => (a, b),
            _ => self.alike(a, b, whole)?,
        };
        let meaning = match (&a.meaning, &b.meaning) {
            (&Meaning::Number { decimals, min, max }, &Meaning::Number { min: least, max: greatest, .. }) => {
                Meaning::Number { decimals, min: min.min(least), max: max.max(greatest) }
            }
            (Meaning::Nothing, other) | (other, _) => other.clone(),
        };
        let nullable = a.nullable || b.nullable;
        let origins = a.origins.union(&b.origins).copied().collect();
        Ok(Value { nullable, origins, ..Value::new(What::Case(Box::new([when, a, b])), meaning) })
    }

    /// The plan's expression, with the columns it needs coming in.
    pub(super) fn compile(&mut self, value: &Value) -> Result<Planned, JointError> {
        match (&value.what, &value.source) {
            (What::Integer(value), _) => Ok(Planned::Integer(
                i64::try_from(*value).map_err(|_| super::refused("literal", &value.to_string()))?,
            )),
            (What::Missing, _) => Ok(Planned::Missing),
            // Figures have no owner.
            (_, Some((table, expr))) if !self.tables[*table].arms.is_empty() => {
                self.coming(*table, &expr.clone(), value)
            }
            (What::Column(table, column), _) => self.coming(*table, &named(*table, column), value),
            (What::Binary(op, a, b), _) => {
                let (left, right) = (self.compile(a)?.into(), self.compile(b)?.into());
                Ok(Planned::Binary { op: *op, left, right })
            }
            (What::Not(inner), _) => Ok(Planned::Not(self.compile(inner)?.into())),
            (What::Present(inner), _) => self.there(inner),
            (What::Case(parts), _) => {
                let [when, then, otherwise] = &**parts;
                Ok(Planned::Case {
                    when: self.compile(when)?.into(),
                    then: self.compile(then)?.into(),
                    otherwise: self.compile(otherwise)?.into(),
                })
            }
            (What::Own, _) => Err(super::refused("other", "…")),
        }
    }

    fn there(&mut self, inner: &Value) -> Result<Planned, JointError> {
        if let What::Column(table, column) = &inner.what
            && self.tables[*table].arms.is_empty()
        {
            return self.figure_there(column);
        }
        Ok(Planned::Present(self.compile(inner)?.into()))
    }

    /// A column of a table, or one that its owner works out.
    fn coming(&mut self, table: usize, expr: &Expr, value: &Value) -> Result<Planned, JointError> {
        if self.tables[table].arms.is_empty() {
            return self.figure_named(expr);
        }
        let values = match &value.meaning {
            Meaning::Number { decimals, min, max } => Values::Integer {
                min: i64::try_from(*min).unwrap_or(i64::MIN),
                max: i64::try_from(*max).unwrap_or(i64::MAX),
                decimals: *decimals,
            },
            Meaning::Truth => Values::Integer { min: 0, max: 1, decimals: 0 },
            Meaning::Code(of) => Values::Code { of: of.clone() },
            _ => return Err(JointError::NotSecure { expression: shown(self, expr) }),
        };
        let nullable = match &value.what {
            // Where a join finds no row is the plan's affair.
            What::Column(_, column) => self.tables[table].base(column).is_some_and(|base| base.nullable),
            _ => value.nullable,
        };
        let column = self.tables[table].want(expr, &values, nullable)?;
        Ok(Planned::Column(ColumnAt { input: table, column }))
    }
}

/// The same without casts to floating point: numbers stay exact.
pub(super) fn exact(expr: &Expr) -> Expr {
    let plain = expr.clone().transform_up(|inner| {
        Ok(match inner {
            Expr::Cast(cast) if *cast.field.data_type() == DataType::Float64 => Transformed::yes(*cast.expr),
            other => Transformed::no(other),
        })
    });
    plain.map_or_else(|_| expr.clone(), |plain| plain.data)
}

/// `CASE x WHEN 1` is `CASE WHEN x = 1`.
pub(super) fn condition(case: &Case, when: &Expr) -> Expr {
    case.expr.as_ref().map_or_else(|| when.clone(), |of| (**of).clone().eq(when.clone()))
}

fn literal_value(literal: &ScalarValue) -> Option<Value> {
    let number = |value: i128, scale: i8| {
        let decimals = u32::try_from(scale).ok()?;
        let meaning = Meaning::Number { decimals, min: value, max: value };
        Some(Value::new(What::Integer(value), meaning))
    };
    match literal {
        ScalarValue::Null => Some(Value::missing()),
        ScalarValue::Int64(Some(value)) => number((*value).into(), 0),
        ScalarValue::UInt64(Some(value)) => number((*value).into(), 0),
        ScalarValue::Decimal128(Some(value), _, scale) => number(*value, *scale),
        ScalarValue::Boolean(Some(truth)) => Some(Value::constant(*truth)),
        ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)) => {
            Some(Value::new(What::Integer(0), Meaning::Code(vec![text.clone()])))
        }
        _ => None,
    }
}

/// Texts of two lists, of which at least one is made of constants, by one list.
fn together(a: Value, b: Value) -> Option<(Value, Value)> {
    let (Meaning::Code(one), Meaning::Code(other)) = (&a.meaning, &b.meaning) else { return None };
    let (kept, moved) = if constant(&a) { (other, one) } else { (one, other) };
    let mut texts = kept.clone();
    for text in moved {
        if !texts.contains(text) {
            texts.push(text.clone());
        }
    }
    Some((recoded(a, &texts)?, recoded(b, &texts)?))
}

fn constant(value: &Value) -> bool {
    match &value.what {
        What::Integer(_) | What::Missing => true,
        What::Case(parts) => constant(&parts[1]) && constant(&parts[2]),
        _ => false,
    }
}

/// The same texts by their numbers in another list.
fn recoded(value: Value, texts: &[String]) -> Option<Value> {
    let Meaning::Code(own) = &value.meaning else { return Some(value) };
    let what = match &value.what {
        _ if texts.starts_with(own) => value.what.clone(),
        What::Integer(at) => {
            let text = own.get(usize::try_from(*at).ok()?)?;
            What::Integer(texts.iter().position(|other| other == text)? as i128)
        }
        What::Case(parts) => {
            let [when, a, b] = (**parts).clone();
            What::Case(Box::new([when, recoded(a, texts)?, recoded(b, texts)?]))
        }
        _ => return None,
    };
    // The list is longer now: what its owner works out comes by the new one.
    Some(Value { what, meaning: Meaning::Code(texts.to_vec()), ..value })
}
