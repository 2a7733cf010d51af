//! What is added up over the rows of each group so that its figures follow, and the figures themselves.

use super::bounds::{Bounds, Scope};
use super::rank::{Rank, ranked};
use super::values::{Rows, Value};
use super::{Expr, Figure, Function};
use crate::araki16::multiply;
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::bits_of;
use crate::ring::Z64;
use crate::shares::Shares;
use crate::stats::{Column, limb_bits};

/// What is added up, of each row that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Summand {
    /// 1 where the value is there.
    Present(Expr),
    /// The value.
    Of(Expr),
    /// Its square.
    Square(Expr),
    /// 1 where both are there.
    Both(Expr, Expr),
    /// The first where the second is there.
    Beside(Expr, Expr),
    /// The square of the first where the second is there.
    SquareBeside(Expr, Expr),
    /// The product.
    Product(Expr, Expr),
    /// Not added up: the value of a rank.
    Ranked(Expr, Rank),
}

/// What is known of how many values are behind a figure: those of all rows, without this.
fn presence(scope: &Scope<'_>, figure: &Figure) -> Result<Option<Summand>, MpcError> {
    if let Some(counted) = &figure.counted {
        return Ok(Some(Summand::Of(counted.clone())));
    }
    let Some(of) = &figure.of else { return Ok(None) };
    let nullable = scope.of(of)?.nullable;
    let paired = match &figure.with {
        Some(with) => scope.of(with)?.nullable,
        None => false,
    };
    Ok(match (&figure.with, nullable || paired) {
        (_, false) => None,
        (Some(with), true) => Some(Summand::Both(of.clone(), with.clone())),
        (None, true) => Some(Summand::Present(of.clone())),
    })
}

impl Figure {
    pub(super) fn operand(&self) -> Result<&Expr, MpcError> {
        self.of.as_ref().ok_or_else(|| MpcError::Senseless { what: self.name.clone() })
    }

    fn partner(&self) -> Result<&Expr, MpcError> {
        self.with.as_ref().ok_or_else(|| MpcError::Senseless { what: self.name.clone() })
    }

    /// What squares are added up.
    fn square(&self) -> Result<Summand, MpcError> {
        match (&self.counted, &self.squares) {
            (Some(_), Some(squares)) => Ok(Summand::Of(squares.clone())),
            (None, None) => Ok(Summand::Square(self.operand()?.clone())),
            _ => Err(MpcError::Senseless { what: self.name.clone() }),
        }
    }

    /// What has to be added up for it, and opens, where each row stands for so many.
    pub(super) fn needs(&self, scope: &Scope<'_>, weight: Option<&Expr>) -> Result<Vec<Summand>, MpcError> {
        let added_up = matches!(
            self.function,
            Function::Count | Function::Sum | Function::Mean | Function::Variance | Function::Sd
        );
        let fits = self.counted.is_none() || added_up;
        if !fits || weight.is_some() && self.counted.is_none() && self.function != Function::Count {
            return Err(MpcError::Senseless { what: self.name.clone() });
        }
        let presence = presence(scope, self)?;
        let mut opened = Vec::new();
        match self.function {
            Function::Count => {}
            Function::Sum | Function::Mean => opened.push(Summand::Of(self.operand()?.clone())),
            Function::Variance | Function::Sd => {
                let of = self.operand()?;
                opened.extend([Summand::Of(of.clone()), self.square()?]);
            }
            Function::Min => opened.push(Summand::Ranked(self.operand()?.clone(), Rank::Least)),
            Function::Max => opened.push(Summand::Ranked(self.operand()?.clone(), Rank::Greatest)),
            Function::Median => opened.push(Summand::Ranked(self.operand()?.clone(), Rank::Middle)),
            Function::Correlation => {
                let (a, b) = (self.operand()?.clone(), self.partner()?.clone());
                opened.extend([
                    Summand::Beside(a.clone(), b.clone()),
                    Summand::Beside(b.clone(), a.clone()),
                    Summand::SquareBeside(a.clone(), b.clone()),
                    Summand::SquareBeside(b.clone(), a.clone()),
                    Summand::Product(a, b),
                ]);
            }
        }
        opened.extend(presence);
        Ok(opened)
    }
}

impl Summand {
    /// What is multiplied and added up; nothing where rows are counted.
    pub(super) fn values(&self) -> Vec<&Expr> {
        match self {
            Self::Present(_) | Self::Both(..) => Vec::new(),
            Self::Of(of) | Self::Square(of) | Self::Ranked(of, _) => vec![of],
            Self::Beside(of, _) | Self::SquareBeside(of, _) => vec![of],
            Self::Product(a, b) => vec![a, b],
        }
    }

    /// Refuses what could become too large over so many rows.
    pub(super) fn fits(&self, scope: &Scope<'_>, rows: usize) -> Result<(), MpcError> {
        let squared = |a: &Expr, b: &Expr| {
            let bits = scope.of(a)?.bits().max(scope.of(b)?.bits());
            let found = 2 * (bits + bits_of(rows)) + 1;
            let expression = || format!("{} * {}", scope.describe(a), scope.describe(b));
            if found <= 125 {
                Ok(())
            } else {
                Err(MpcError::Overflow { expression: expression(), found, max: 125 })
            }
        };
        match self {
            Self::Present(_) | Self::Both(..) | Self::Ranked(..) => Ok(()),
            Self::Of(of) | Self::Beside(of, _) => {
                scope.of(of)?.with_zero().summed(rows, || scope.describe(of))
            }
            Self::Square(of) | Self::SquareBeside(of, _) => squared(of, of),
            Self::Product(a, b) => squared(a, b),
        }
    }

    /// For each row what is added up, in parts that are so many bits apart (of which there is one where values are short).
    pub(super) fn of_rows(
        &self,
        context: &mut Context,
        rows: &Rows<'_>,
        valid: &Shares<Z64>,
    ) -> Result<Vec<Shares<Z64>>, MpcError> {
        match self {
            Self::Present(of) => Ok(vec![rows.evaluate(context, of)?.presence(context)]),
            Self::Of(of) => Ok(vec![rows.evaluate(context, of)?.shares]),
            Self::Square(of) => {
                let of = rows.evaluate(context, of)?;
                products(context, &of, &of)
            }
            Self::Both(a, b) => {
                let (a, b) = (rows.evaluate(context, a)?, rows.evaluate(context, b)?);
                let (a, b) = (a.presence(context), b.presence(context));
                Ok(vec![multiply(context, &a, &b)?])
            }
            Self::Beside(a, b) => Ok(vec![beside(context, rows, a, b)?.shares]),
            Self::SquareBeside(a, b) => {
                let of = beside(context, rows, a, b)?;
                products(context, &of, &of)
            }
            Self::Product(a, b) => {
                let (a, b) = (rows.evaluate(context, a)?, rows.evaluate(context, b)?);
                products(context, &a, &b)
            }
            Self::Ranked(of, rank) => {
                let of = rows.evaluate(context, of)?;
                let among = match &of.present {
                    Some(present) => multiply(context, valid, present)?,
                    None => valid.clone(),
                };
                Ok(vec![ranked(context, &of, &among, *rank)?])
            }
        }
    }
}

/// One value where another is there.
fn beside(context: &mut Context, rows: &Rows<'_>, a: &Expr, b: &Expr) -> Result<Value, MpcError> {
    let (mut value, other) = (rows.evaluate(context, a)?, rows.evaluate(context, b)?);
    if let Some(present) = &other.present {
        value.shares = multiply(context, &value.shares, present)?;
    }
    Ok(value)
}

/// Products, in parts [`limb_bits`] apart.
fn products(context: &mut Context, a: &Value, b: &Value) -> Result<Vec<Shares<Z64>>, MpcError> {
    let [a, b] = [a, b].map(|side| (side.shares.clone(), side.bounds.bits()));
    let (a, b) = (Column::of(context, a.0, a.1)?, Column::of(context, b.0, b.1)?);
    let pairs = || (0..a.limbs.len()).flat_map(|i| (0..b.limbs.len()).map(move |j| (i, j)));
    let left: Vec<_> = pairs().map(|(i, _)| &a.limbs[i]).collect();
    let right: Vec<_> = pairs().map(|(_, j)| &b.limbs[j]).collect();
    let all = multiply(context, &Shares::concat(left), &Shares::concat(right))?;
    let each = all.split(pairs().map(|_| a.len()));
    let mut parts = vec![Shares::zeros(a.len()); a.limbs.len() + b.limbs.len() - 1];
    for ((i, j), product) in pairs().zip(&each) {
        parts[i + j].add_at(0, product);
    }
    Ok(parts)
}

/// Bits between the parts of sums over so many rows.
pub(super) fn part_bits(rows: usize) -> u32 {
    limb_bits(rows)
}

/// What a figure comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number of 10^-decimals.
    Exact {
        /// The number.
        value: i128,
        /// Digits after the point.
        decimals: u32,
    },
    /// In double precision.
    Real(f64),
    /// There is none: of no values.
    Missing,
    /// The figure is only asked about, and not told.
    Untold,
}

/// A figure from what was added up, of a group of so many rows.
pub(super) fn number(
    figure: &Figure,
    scope: &Scope<'_>,
    rows: u64,
    sum: &dyn Fn(&Summand) -> i128,
) -> Result<Number, MpcError> {
    if figure.hidden {
        return Ok(Number::Untold);
    }
    let count = match presence(scope, figure)? {
        Some(present) => sum(&present),
        None => i128::from(rows),
    };
    let exact = |value, decimals| Number::Exact { value, decimals };
    if figure.function == Function::Count {
        return Ok(exact(count, 0));
    }
    if count < 1 {
        return Ok(Number::Missing);
    }
    let of = figure.operand()?;
    let unit = 10f64.powi(-(figure.decimals as i32));
    let total = || sum(&Summand::Of(of.clone()));
    let n = count as f64;
    let variance = || {
        let centred = count * sum(&figure.square()?) - total() * total();
        Ok::<_, MpcError>(centred as f64 / n / (n - 1.0) * unit * unit)
    };
    Ok(match figure.function {
        Function::Count => exact(count, 0),
        Function::Sum => exact(total(), figure.decimals),
        Function::Mean => Number::Real(total() as f64 / n * unit),
        Function::Variance | Function::Sd if count < 2 => Number::Missing,
        Function::Variance => Number::Real(variance()?),
        Function::Sd => Number::Real(variance()?.sqrt()),
        Function::Min => exact(sum(&Summand::Ranked(of.clone(), Rank::Least)), figure.decimals),
        Function::Max => exact(sum(&Summand::Ranked(of.clone(), Rank::Greatest)), figure.decimals),
        Function::Median => {
            let both = sum(&Summand::Ranked(of.clone(), Rank::Middle));
            if both % 2 == 0 {
                exact(both / 2, figure.decimals)
            } else {
                exact(both * 5, figure.decimals + 1)
            }
        }
        Function::Correlation => correlation(figure, count, sum)?,
    })
}

fn correlation(figure: &Figure, n: i128, sum: &dyn Fn(&Summand) -> i128) -> Result<Number, MpcError> {
    let (a, b) = (figure.operand()?.clone(), figure.partner()?.clone());
    let sums = [sum(&Summand::Beside(a.clone(), b.clone())), sum(&Summand::Beside(b.clone(), a.clone()))];
    let [x, y] = sums;
    let xx = n * sum(&Summand::SquareBeside(a.clone(), b.clone())) - x * x;
    let yy = n * sum(&Summand::SquareBeside(b.clone(), a.clone())) - y * y;
    let xy = n * sum(&Summand::Product(a, b)) - x * y;
    if xx <= 0 || yy <= 0 {
        return Ok(Number::Missing);
    }
    let exact = xy.checked_mul(xy).is_some_and(|square| Some(square) == xx.checked_mul(yy));
    if exact {
        return Ok(Number::Real(if xy > 0 { 1.0 } else { -1.0 }));
    }
    Ok(Number::Real((xy as f64 / (xx as f64).sqrt() / (yy as f64).sqrt()).clamp(-1.0, 1.0)))
}

/// The bounds of what a figure can be in a condition on groups: of no values it is 0.
pub(super) fn having_bounds(
    figure: &Figure,
    scope: &Scope<'_>,
    (rows, weight): (usize, Option<&Expr>),
) -> Result<Bounds, MpcError> {
    let of = match figure.function {
        Function::Count => match figure.counted.as_ref().or(weight) {
            Some(counted) => scope.of(counted)?,
            None => Bounds::TRUTH,
        },
        Function::Sum => scope.of(figure.operand()?)?,
        _ => return Err(MpcError::NotInHaving { figure: figure.name.clone() }),
    };
    let of = of.with_zero();
    let most = |size: i64| i128::from(size).saturating_mul(rows as i128);
    let fits = |value: i128| match i64::try_from(value) {
        Ok(value) if value.unsigned_abs() <= 1 << 60 => Ok(value),
        _ => {
            let found = u128::BITS - value.unsigned_abs().leading_zeros();
            Err(MpcError::Overflow { expression: figure.name.clone(), found, max: 60 })
        }
    };
    Ok(Bounds::new(fits(most(of.min))?, fits(most(of.max))?, false))
}
