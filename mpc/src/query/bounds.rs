//! Between which bounds values lie, worked out from what is declared of columns before anything is shared. What could
//! become too large is refused by name.

use super::{ColumnAt, Expr, Op, Plan};
use crate::error::MpcError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bits of a value that is computed, beside its sign: two of them can still be compared.
const MOST: u32 = 60;

/// What is known of values that are there. Missing ones are 0, and in rows that do not count there may be anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bounds {
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) nullable: bool,
}

impl Bounds {
    /// 0 or 1, always there.
    pub(super) const TRUTH: Self = Self { min: 0, max: 1, nullable: false };

    pub(super) fn new(min: i64, max: i64, nullable: bool) -> Self {
        Self { min, max, nullable }
    }

    /// With 0, which stands for what is missing.
    pub(super) fn with_zero(self) -> Self {
        Self { min: self.min.min(0), max: self.max.max(0), ..self }
    }

    /// Values lie in -2^bits … 2^bits.
    pub(super) fn bits(self) -> u32 {
        let size = self.min.unsigned_abs().max(self.max.unsigned_abs());
        u64::BITS - size.saturating_sub(1).leading_zeros()
    }

    /// Bits of a two's complement that holds a value less another, or 0 in the place of either.
    pub(super) fn difference_bits(self, other: Self) -> usize {
        let (this, other) = (self.with_zero(), other.with_zero());
        let highest = (i128::from(this.max) - i128::from(other.min)).max(0).cast_unsigned();
        let lowest = (i128::from(other.max) - i128::from(this.min)).max(0).cast_unsigned();
        (u128::BITS - highest.max(lowest).leading_zeros()) as usize + 1
    }

    pub(super) fn is_truth(self) -> bool {
        self.min >= 0 && self.max <= 1
    }

    /// That of values of the one or of the other.
    pub(super) fn either(self, other: Self) -> Self {
        Self::new(self.min.min(other.min), self.max.max(other.max), self.nullable || other.nullable)
    }

    /// Refuses values of which so many added up could need more than 62 bits.
    pub(super) fn summed(self, rows: usize, name: impl FnOnce() -> String) -> Result<(), MpcError> {
        let size = u128::from(self.min.unsigned_abs().max(self.max.unsigned_abs()));
        overflow(size.saturating_mul(rows.max(1) as u128), 62, name)
    }
}

fn overflow(size: u128, max: u32, name: impl FnOnce() -> String) -> Result<(), MpcError> {
    if size <= 1 << max {
        return Ok(());
    }
    Err(MpcError::Overflow { expression: name(), found: u128::BITS - size.leading_zeros(), max })
}

/// The columns that an expression may name.
pub(super) struct Scope<'a> {
    pub(super) columns: BTreeMap<ColumnAt, Bounds>,
    pub(super) name: &'a dyn Fn(ColumnAt) -> String,
}

impl Scope<'_> {
    /// The bounds of an expression.
    pub(super) fn of(&self, expr: &Expr) -> Result<Bounds, MpcError> {
        match expr {
            Expr::Column(at) => self.columns.get(at).copied().ok_or_else(|| self.senseless(expr)),
            Expr::Integer(value) => self.within(expr, (*value).into(), (*value).into(), false),
            Expr::Missing => Ok(Bounds::new(0, 0, true)),
            Expr::Present(of) => self.of(of).map(|_| Bounds::TRUTH),
            Expr::Not(of) => self.truth(of).map(|_| Bounds::TRUTH),
            Expr::Case { when, then, otherwise } => {
                self.truth(when)?;
                let missing = |bounds| Bounds { nullable: true, ..bounds };
                match (&**then, &**otherwise) {
                    (Expr::Missing, other) | (other, Expr::Missing) => self.of(other).map(missing),
                    (then, otherwise) => Ok(self.of(then)?.either(self.of(otherwise)?)),
                }
            }
            Expr::Binary { op: Op::And | Op::Or, left, right } => {
                self.truth(left)?;
                self.truth(right).map(|_| Bounds::TRUTH)
            }
            Expr::Binary { op: Op::Equal | Op::Less | Op::AtMost, left, right } => {
                self.of(left)?;
                self.of(right).map(|_| Bounds::TRUTH)
            }
            Expr::Binary { op, left, right } => {
                let (a, b) = (self.of(left)?, self.of(right)?);
                let nullable = a.nullable || b.nullable;
                let [min, max] = match op {
                    Op::Plus => [a.min, a.max].into_iter().zip([b.min, b.max]).map(sum).collect(),
                    Op::Minus => [a.min, a.max].into_iter().zip([b.max, b.min]).map(difference).collect(),
                    Op::Times => extremes(a, b),
                    _ => vec![0, 1],
                }
                .try_into()
                .expect("two ends");
                self.within(expr, min, max, nullable)
            }
        }
    }

    /// The bounds of what must be a truth.
    pub(super) fn truth(&self, expr: &Expr) -> Result<Bounds, MpcError> {
        let bounds = self.of(expr)?;
        if bounds.is_truth() { Ok(bounds) } else { Err(self.senseless(expr)) }
    }

    fn within(&self, expr: &Expr, min: i128, max: i128, nullable: bool) -> Result<Bounds, MpcError> {
        overflow(min.unsigned_abs().max(max.unsigned_abs()), MOST, || self.describe(expr))?;
        Ok(Bounds::new(min as i64, max as i64, nullable))
    }

    fn senseless(&self, expr: &Expr) -> MpcError {
        MpcError::Senseless { what: self.describe(expr) }
    }

    /// An expression as people write it.
    pub(super) fn describe(&self, expr: &Expr) -> String {
        match expr {
            Expr::Column(at) => (self.name)(*at),
            Expr::Integer(value) => value.to_string(),
            Expr::Missing => "NULL".to_owned(),
            Expr::Not(of) => format!("NOT {}", self.describe(of)),
            Expr::Present(of) => format!("{} IS NOT NULL", self.describe(of)),
            Expr::Case { when, then, otherwise } => {
                let [when, then, otherwise] = [when, then, otherwise].map(|part| self.describe(part));
                format!("CASE WHEN {when} THEN {then} ELSE {otherwise} END")
            }
            Expr::Binary { op, left, right } => {
                let sign = op.sign();
                format!("({} {sign} {})", self.describe(left), self.describe(right))
            }
        }
    }
}

fn sum((a, b): (i64, i64)) -> i128 {
    i128::from(a) + i128::from(b)
}

fn difference((a, b): (i64, i64)) -> i128 {
    i128::from(a) - i128::from(b)
}

/// The least and the greatest product.
fn extremes(a: Bounds, b: Bounds) -> Vec<i128> {
    let ends = [a.min, a.max].map(|x| [b.min, b.max].map(|y| i128::from(x) * i128::from(y)));
    let ends = ends.as_flattened();
    let least = ends.iter().copied().min().unwrap_or(0);
    let greatest = ends.iter().copied().max().unwrap_or(0);
    vec![least, greatest]
}

impl Plan {
    /// The name of a column, with that of its table.
    pub(super) fn column_name(&self, at: ColumnAt) -> String {
        let named = self.inputs.get(at.input).and_then(|input| {
            let column = input.columns.get(at.column)?;
            Some(format!("{}.{}", input.table, column.name))
        });
        named.unwrap_or_else(|| format!("column {} of table {}", at.column, at.input))
    }
}
