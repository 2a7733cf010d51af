//! What the figures of a question could say of single rows together, by their form alone.
//!
//! Three things are looked at where the rule hides anything.
//!
//! *Conditions.* A truth inside an expression divides the rows of a group, and sums of different truths can be subtracted. So
//! all different truths of all figures are collected ([`truths`]): conditions, whether a value is there, and everything that
//! takes one of two values. [`super::cells`] checks every cell of their common partition, which has 2^[`MOST`] at most.
//!
//! *Sums.* Of as many sums as there are rows the values can follow, as with the sums of powers. What an owner works out of its
//! columns alone comes as a column of its own, so that values of one owner are counted together: fewer sums of them open than
//! the least group has rows ([`sums`]). Who knows all columns of others still has fewer equations than unknowns.
//!
//! *Products.* A column times itself stands in a variance and a correlation alone, and nothing of a higher degree than two
//! anywhere ([`power`]).

use super::bounds::{Bounds, Scope};
use super::figures::Summand;
use super::{ColumnAt, Expr, Figure, Function, Op, Plan};
use crate::error::MpcError;
use std::collections::{BTreeMap, BTreeSet};

/// Different truths in the figures of a question, at most.
pub(super) const MOST: usize = 4;

/// Whether a value is one of two that are known.
fn is_two(bounds: Bounds) -> bool {
    i128::from(bounds.max) - i128::from(bounds.min) <= 1
}

/// All different truths in the figures.
///
/// # Errors
/// [`MpcError::TooManyConditions`].
pub(super) fn truths(scope: &Scope<'_>, figures: &[Figure]) -> Result<Vec<Expr>, MpcError> {
    let mut found = Vec::new();
    for figure in figures {
        for of in figure.of.iter().chain(&figure.with).chain(&figure.squares) {
            match figure.function {
                Function::Count => presence(scope, of, &mut found)?,
                _ => walk(scope, of, &mut found)?,
            }
        }
    }
    match found.len() {
        0..=MOST => Ok(found),
        found => Err(MpcError::TooManyConditions { found, max: MOST }),
    }
}

/// The outermost truths of an expression.
fn walk(scope: &Scope<'_>, expr: &Expr, into: &mut Vec<Expr>) -> Result<(), MpcError> {
    let bounds = scope.of(expr)?;
    if is_two(bounds) {
        if bounds.min < bounds.max {
            truth(scope, expr, into)?;
        }
        return presence(scope, expr, into);
    }
    match expr {
        Expr::Column(_) => presence(scope, expr, into),
        Expr::Case { when, then, otherwise } => {
            truth(scope, when, into)?;
            walk(scope, then, into)?;
            walk(scope, otherwise, into)
        }
        Expr::Binary { left, right, .. } => {
            walk(scope, left, into)?;
            walk(scope, right, into)
        }
        Expr::Integer(_) | Expr::Missing | Expr::Not(_) | Expr::Present(_) => Ok(()),
    }
}

/// What takes one of two values, as a truth; its opposite is the same.
fn truth(scope: &Scope<'_>, expr: &Expr, into: &mut Vec<Expr>) -> Result<(), MpcError> {
    let bounds = scope.of(expr)?;
    let truth = match expr {
        Expr::Not(of) => return truth(scope, of, into),
        Expr::Present(of) => return presence(scope, of, into),
        Expr::Case { when, then, otherwise }
            if matches!((&**then, &**otherwise), (Expr::Integer(_), Expr::Integer(_))) =>
        {
            return truth(scope, when, into);
        }
        _ if bounds.min == 0 || !is_two(bounds) => expr.clone(),
        // Where it is missing it is 0, and less its least value not a truth: that of one equal to its greatest is.
        _ => Expr::Binary {
            op: Op::Equal,
            left: Box::new(expr.clone()),
            right: Box::new(Expr::Integer(bounds.max)),
        },
    };
    if !into.contains(&truth) {
        into.push(truth);
    }
    Ok(())
}

/// The truths that decide whether a value is there.
fn presence(scope: &Scope<'_>, expr: &Expr, into: &mut Vec<Expr>) -> Result<(), MpcError> {
    if !scope.of(expr)?.nullable {
        return Ok(());
    }
    match expr {
        Expr::Column(_) => {
            let there = Expr::Present(Box::new(expr.clone()));
            if !into.contains(&there) {
                into.push(there);
            }
            Ok(())
        }
        Expr::Case { when, then, otherwise } => {
            truth(scope, when, into)?;
            presence(scope, then, into)?;
            presence(scope, otherwise, into)
        }
        Expr::Binary { left, right, .. } => {
            presence(scope, left, into)?;
            presence(scope, right, into)
        }
        Expr::Integer(_) | Expr::Missing | Expr::Not(_) | Expr::Present(_) => Ok(()),
    }
}

/// The columns whose values stand in an expression, but for what is a truth.
fn values(scope: &Scope<'_>, expr: &Expr, into: &mut BTreeSet<ColumnAt>) -> Result<(), MpcError> {
    if is_two(scope.of(expr)?) {
        return Ok(());
    }
    match expr {
        Expr::Column(at) => {
            into.insert(*at);
            Ok(())
        }
        Expr::Case { then, otherwise, .. } => {
            values(scope, then, into)?;
            values(scope, otherwise, into)
        }
        Expr::Binary { left, right, .. } => {
            values(scope, left, into)?;
            values(scope, right, into)
        }
        Expr::Integer(_) | Expr::Missing | Expr::Not(_) | Expr::Present(_) => Ok(()),
    }
}

/// Of how many columns an expression is a product at most; nothing where a column is multiplied with itself.
fn degree(scope: &Scope<'_>, expr: &Expr) -> Result<Option<u32>, MpcError> {
    if is_two(scope.of(expr)?) {
        return Ok(Some(0));
    }
    let both = |a: &Expr, b: &Expr| Ok::<_, MpcError>(degree(scope, a)?.zip(degree(scope, b)?));
    Ok(match expr {
        Expr::Column(_) => Some(1),
        Expr::Integer(_) | Expr::Missing | Expr::Not(_) | Expr::Present(_) => Some(0),
        Expr::Case { then, otherwise, .. } => both(then, otherwise)?.map(|(a, b)| a.max(b)),
        Expr::Binary { op: Op::Times, left, right } => {
            let (mut these, mut those) = (BTreeSet::new(), BTreeSet::new());
            values(scope, left, &mut these)?;
            values(scope, right, &mut those)?;
            both(left, right)?.filter(|_| these.is_disjoint(&those)).map(|(a, b)| a + b)
        }
        Expr::Binary { left, right, .. } => both(left, right)?.map(|(a, b)| a.max(b)),
    })
}

/// Refuses higher powers.
///
/// # Errors
/// [`MpcError::PowerOfColumn`].
pub(super) fn power(scope: &Scope<'_>, figure: &Figure) -> Result<(), MpcError> {
    let most = match figure.function {
        Function::Count => return Ok(()),
        Function::Variance | Function::Sd | Function::Correlation => 1,
        _ => 2,
    };
    for of in figure.of.iter().chain(&figure.with).chain(&figure.squares) {
        if degree(scope, of)?.is_none_or(|degree| degree > most) {
            return Err(MpcError::PowerOfColumn { figure: figure.name.clone() });
        }
    }
    Ok(())
}

/// The owners of a column: of several where tables of several are put one after the other.
fn owners(plan: &Plan, named_by: &[usize], at: ColumnAt) -> Result<BTreeSet<u8>, MpcError> {
    let inputs = plan.inputs.iter().zip(named_by).filter(|(_, by)| **by == at.input);
    Ok(inputs.map(|(input, _)| input.owner).collect())
}

/// A value that is always there goes without saying.
fn plainly(scope: &Scope<'_>, summand: &Summand) -> Result<Summand, MpcError> {
    Ok(match summand {
        Summand::Beside(a, b) if !scope.of(b)?.nullable => Summand::Of(a.clone()),
        Summand::SquareBeside(a, b) if !scope.of(b)?.nullable => Summand::Square(a.clone()),
        other => other.clone(),
    })
}

/// Refuses as many sums of one owner's values as the least group has rows.
///
/// # Errors
/// [`MpcError::TooManySums`].
pub(super) fn sums(
    scope: &Scope<'_>,
    (plan, named_by): (&Plan, &[usize]),
    (figures, weight): (&[Figure], Option<&Expr>),
    minimum: u64,
) -> Result<(), MpcError> {
    let mut opened = Vec::new();
    for figure in figures.iter().filter(|figure| !figure.hidden) {
        let counts = figure.counted.clone().map(Summand::Of);
        for summand in figure.needs(scope, weight)? {
            let summand = plainly(scope, &summand)?;
            if Some(&summand) != counts.as_ref() && !opened.contains(&summand) {
                opened.push(summand);
            }
        }
    }
    let mut each = BTreeMap::new();
    for summand in &opened {
        let mut columns = BTreeSet::new();
        for of in summand.values() {
            values(scope, of, &mut columns)?;
        }
        let mut of = BTreeSet::new();
        for at in columns {
            of.extend(owners(plan, named_by, at)?);
        }
        of.into_iter().for_each(|owner| *each.entry(owner).or_insert(0usize) += 1);
    }
    let max = usize::try_from(minimum.saturating_sub(1)).unwrap_or(usize::MAX);
    match each.into_iter().find(|(_, found)| *found > max) {
        None => Ok(()),
        Some((owner, found)) => {
            let own = plan.inputs.iter().filter(|input| input.owner == owner);
            let tables = own.map(|input| input.table.as_str()).collect::<BTreeSet<_>>();
            let tables = tables.into_iter().collect::<Vec<_>>().join(", ");
            Err(MpcError::TooManySums { tables, found, max })
        }
    }
}
