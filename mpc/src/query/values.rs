//! Expressions over shared columns, for all rows at once.
//!
//! A value is an integer and, where it may be missing, whether it is there (1 or 0); missing ones are 0. Truths are never
//! missing: a comparison with what is missing is 0.
//!
//! # Cost
//! A product for each multiplication, selection and connective, one more where both sides may be missing; a comparison for
//! each `<` and `<=`, two for each `=`.

use super::bounds::{Bounds, Scope};
use super::{ColumnAt, Expr, Op};
use crate::araki16::multiply;
use crate::bits::{compose, sign};
use crate::context::Context;
use crate::error::MpcError;
use crate::ring::Z64;
use crate::shares::Shares;
use std::collections::BTreeMap;

/// A value for each row.
#[derive(Clone)]
pub(super) struct Value {
    /// 0 where it is missing.
    pub(super) shares: Shares<Z64>,
    /// Whether it is there; always, without this.
    pub(super) present: Option<Shares<Z64>>,
    pub(super) bounds: Bounds,
}

impl Value {
    /// One after the other.
    pub(super) fn concat(context: &Context, parts: &[Self]) -> Option<Self> {
        let bounds = parts.iter().map(|part| part.bounds).reduce(Bounds::either)?;
        let shares = Shares::concat(parts.iter().map(|part| &part.shares).collect::<Vec<_>>());
        let present = parts.iter().any(|part| part.present.is_some()).then(|| {
            let each = parts.iter().map(|part| part.presence(context));
            Shares::concat(&each.collect::<Vec<_>>())
        });
        Some(Self { shares, present, bounds })
    }

    /// Whether it is there, as shares in any case.
    pub(super) fn presence(&self, context: &Context) -> Shares<Z64> {
        match &self.present {
            Some(present) => present.clone(),
            None => ones(context, self.shares.len()),
        }
    }
}

/// Ones that all know.
pub(super) fn ones(context: &Context, len: usize) -> Shares<Z64> {
    Shares::public(context.role(), &vec![Z64(1); len])
}

/// 1 less each.
pub(super) fn not(context: &Context, bits: &Shares<Z64>) -> Shares<Z64> {
    bits.linear(|bit| -bit).plus_public(context.role(), Z64(1))
}

/// Rows with columns, to evaluate expressions over.
pub(super) struct Rows<'a> {
    pub(super) len: usize,
    pub(super) columns: &'a BTreeMap<ColumnAt, Value>,
    pub(super) name: &'a dyn Fn(ColumnAt) -> String,
}

impl Rows<'_> {
    fn scope(&self) -> Scope<'_> {
        let columns = self.columns.iter().map(|(&at, value)| (at, value.bounds)).collect();
        Scope { columns, name: self.name }
    }

    /// The value of an expression in each row.
    pub(super) fn evaluate(&self, context: &mut Context, expr: &Expr) -> Result<Value, MpcError> {
        let bounds = self.scope().of(expr)?;
        match expr {
            Expr::Column(at) => {
                self.columns.get(at).cloned().ok_or_else(|| MpcError::Senseless { what: (self.name)(*at) })
            }
            Expr::Integer(value) => {
                let shares = Shares::public(context.role(), &vec![Z64::from(*value); self.len]);
                Ok(Value { shares, present: None, bounds })
            }
            Expr::Missing => {
                let nothing = Shares::zeros(self.len);
                Ok(Value { shares: nothing.clone(), present: Some(nothing), bounds })
            }
            Expr::Present(of) => {
                let of = self.evaluate(context, of)?;
                Ok(Value { shares: of.presence(context), present: None, bounds })
            }
            Expr::Not(of) => {
                let of = self.evaluate(context, of)?;
                Ok(Value { shares: not(context, &of.shares), present: None, bounds })
            }
            Expr::Case { when, then, otherwise } => {
                let [when, then, otherwise] = [
                    self.evaluate(context, when)?,
                    self.evaluate(context, then)?,
                    self.evaluate(context, otherwise)?,
                ];
                choose(context, &when, &then, &otherwise, bounds)
            }
            Expr::Binary { op, left, right } => {
                let (left, right) = (self.evaluate(context, left)?, self.evaluate(context, right)?);
                binary(context, *op, &left, &right, bounds)
            }
        }
    }

    /// Where an expression is true: 0 or 1.
    pub(super) fn truths(&self, context: &mut Context, expr: &Expr) -> Result<Shares<Z64>, MpcError> {
        self.scope().truth(expr)?;
        Ok(self.evaluate(context, expr)?.shares)
    }
}

fn choose(
    context: &mut Context,
    when: &Value,
    then: &Value,
    otherwise: &Value,
    bounds: Bounds,
) -> Result<Value, MpcError> {
    let len = when.shares.len();
    let mut differences = vec![then.shares.minus(&otherwise.shares)];
    let some = then.present.is_some() || otherwise.present.is_some();
    let other = otherwise.presence(context);
    if some {
        differences.push(then.presence(context).minus(&other));
    }
    let whens = vec![&when.shares; differences.len()];
    let products = multiply(context, &Shares::concat(whens), &Shares::concat(&differences))?;
    let products = products.split(vec![len; differences.len()]);
    let shares = otherwise.shares.plus(&products[0]);
    let present = some.then(|| other.plus(&products[1]));
    Ok(Value { shares, present, bounds })
}

fn binary(
    context: &mut Context,
    op: Op,
    left: &Value,
    right: &Value,
    bounds: Bounds,
) -> Result<Value, MpcError> {
    let shares = match op {
        Op::Plus => left.shares.plus(&right.shares),
        Op::Minus => left.shares.minus(&right.shares),
        Op::Times | Op::And => multiply(context, &left.shares, &right.shares)?,
        Op::Or => {
            let both = multiply(context, &left.shares, &right.shares)?;
            left.shares.plus(&right.shares).minus(&both)
        }
        Op::Less => below(context, left, right)?,
        Op::AtMost => {
            let greater = below(context, right, left)?;
            not(context, &greater)
        }
        Op::Equal => same(context, left, right)?,
    };
    if matches!(op, Op::And | Op::Or) {
        return Ok(Value { shares, present: None, bounds });
    }
    let present = match (&left.present, &right.present) {
        (Some(left), Some(right)) => Some(multiply(context, left, right)?),
        (one, other) => one.clone().or_else(|| other.clone()),
    };
    // A product is 0 where a side is missing; the others are made so.
    let shares = match &present {
        Some(present) if op != Op::Times => multiply(context, &shares, present)?,
        _ => shares,
    };
    let truth = matches!(op, Op::Equal | Op::Less | Op::AtMost);
    Ok(Value { shares, present: present.filter(|_| !truth), bounds })
}

fn below(context: &mut Context, left: &Value, right: &Value) -> Result<Shares<Z64>, MpcError> {
    let bits = left.bounds.difference_bits(right.bounds);
    let less = sign(context, &left.shares.minus(&right.shares), bits)?;
    compose(context, &less, left.shares.len())
}

fn same(context: &mut Context, left: &Value, right: &Value) -> Result<Shares<Z64>, MpcError> {
    let bits = left.bounds.difference_bits(right.bounds).max(right.bounds.difference_bits(left.bounds));
    let difference = left.shares.minus(&right.shares);
    let both = Shares::concat([&difference, &difference.linear(|value| -value)]);
    let apart = sign(context, &both, bits)?;
    let apart = compose(context, &apart, both.len())?;
    let len = difference.len();
    Ok(not(context, &apart.slice(0..len).plus(&apart.slice(len..2 * len))))
}
