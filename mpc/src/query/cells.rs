//! Into what the figures of a question divide the rows of a group: each part is of nobody, or of enough persons.
//!
//! Checked on shares, of each group, as all see it and as each receiver does without rows of its own and of owners in league with
//! it ([`crate::release::readers`]):
//!
//! * every cell of the common partition by all truths in figures ([`super::exposure`]): each sum over some cells then is of
//!   nobody or of enough, and so is each difference of two;
//! * the rows where a value that is added up is not zero, and where two columns of one table that are added up differ: an owner may
//!   have worked out a condition before it shared its columns;
//! * where owners added up beforehand, the values behind a figure, and the rows without one.
//!
//! *Persons.* A row whose key another row of the same side of a join has before it adds nobody
//! ([`Relation::first`](super::tables::Relation)). There are at least as many different keys in a group as there are first
//! rows of a key in it; parts that are of some rows have enough of these.
//!
//! *Learnt:* before any group, whether the rows that do not count are too few; no group opens then.

use super::bounds::Bounds;
use super::tables::Relation;
use super::values::{Rows, Value, not, ones};
use super::{Expr, Op};
use crate::araki16::multiply;
use crate::bits::{compose, decompose, equal_public, less};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::{bits_of, within};
use crate::release::open_bits;
use crate::release::readers::Readers;
use crate::ring::Z64;
use crate::shares::Shares;

/// What is looked at, by its form.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) truths: Vec<Expr>,
    /// Of which the rows are counted where all of them are not zero.
    pub(super) sometimes: Vec<Vec<Expr>>,
    /// How many values rows stand for, where they were added up beforehand.
    pub(super) counted: Vec<Expr>,
}

/// Places of two columns: rows, and those of them that are first of their keys.
type Pair = (usize, usize);

/// A group as somebody sees it.
struct View {
    all: Pair,
    /// All cells but the last.
    cells: Vec<Pair>,
    others: Vec<Pair>,
}

/// Columns to add up by group, and what they are.
pub(super) struct Cells {
    pub(super) columns: Vec<Shares<Z64>>,
    views: Vec<View>,
}

impl Cells {
    /// The columns from this place on.
    pub(super) fn of(
        context: &mut Context,
        (relation, rows): (&Relation, &Rows<'_>),
        (parts, weight): (&Parts, Option<&Expr>),
        (readers, from): (&Readers, usize),
    ) -> Result<Self, MpcError> {
        let len = relation.rows;
        let weight = weight.map(|weight| rows.evaluate(context, weight)).transpose()?;
        let mut each = partition(context, rows, &parts.truths)?;
        let cells = each.len();
        for product in &parts.sometimes {
            each.push(sometimes(context, rows, product)?);
        }
        each.push(ones(context, len));
        if let Some(weight) = &weight {
            let weights = vec![&weight.shares; each.len()];
            each = multiply(context, &Shares::concat(&each), &Shares::concat(weights))?
                .split(vec![len; each.len()]);
        }
        let all = each.pop().unwrap_or_default();
        for counted in &parts.counted {
            let counted = rows.evaluate(context, counted)?.shares;
            each.extend([counted.clone(), all.minus(&counted)]);
        }
        each.push(all);
        let firsts = match &relation.first {
            Some(first) => {
                let masks = vec![first; each.len()];
                let firsts = multiply(context, &Shares::concat(&each), &Shares::concat(masks))?;
                Some(firsts.split(vec![len; each.len()]))
            }
            None => None,
        };
        let mut found = Self { columns: Vec::new(), views: Vec::new() };
        for reader in std::iter::once(None).chain(readers.sets().iter().map(Some)) {
            found.view((relation, reader.map(Vec::as_slice)), (&each, firsts.as_deref()), (cells, from));
        }
        Ok(found)
    }

    fn view(
        &mut self,
        (relation, reader): (&Relation, Option<&[u8]>),
        (each, firsts): (&[Shares<Z64>], Option<&[Shares<Z64>]>),
        (cells, from): (usize, usize),
    ) {
        let mut add = |column: &Shares<Z64>| {
            self.columns
                .push(reader.map_or_else(|| column.clone(), |reader| relation.without(reader, column)));
            from + self.columns.len() - 1
        };
        let mut pairs: Vec<Pair> = Vec::with_capacity(each.len());
        for (at, column) in each.iter().enumerate() {
            let rows = add(column);
            pairs.push((rows, firsts.map_or(rows, |firsts| add(&firsts[at]))));
        }
        let all = pairs.pop().unwrap_or((from, from));
        let others = pairs.split_off(cells);
        self.views.push(View { all, cells: pairs, others });
    }

    /// Where the rows of groups are, as those see them who subtract some.
    pub(super) fn rests(&self) -> Vec<usize> {
        self.views[1..].iter().map(|view| view.all.0).collect()
    }

    /// How many faults each group has, and how many it can have.
    pub(super) fn faults(
        &self,
        context: &mut Context,
        sums: &[Shares<Z64>],
        (minimum, most): (u64, usize),
    ) -> Result<(Shares<Z64>, usize), MpcError> {
        let (mut rows, mut persons) = (Vec::new(), Vec::new());
        for view in &self.views {
            let mut last = (sums[view.all.0].clone(), sums[view.all.1].clone());
            rows.push(last.0.clone());
            persons.push(last.1.clone());
            for &(a, b) in &view.cells {
                last = (last.0.minus(&sums[a]), last.1.minus(&sums[b]));
            }
            for &(a, b) in view.cells.iter().chain(&view.others) {
                rows.push(sums[a].clone());
                persons.push(sums[b].clone());
            }
            rows.push(last.0);
            persons.push(last.1);
        }
        let len = rows.first().map_or(0, Shares::len);
        let few = few(context, [&Shares::concat(&rows), &Shares::concat(&persons)], (minimum, most))?;
        let faults = few.split(vec![len; rows.len()]);
        Ok((faults.iter().fold(Shares::zeros(len), |sum, one| sum.plus(one)), rows.len()))
    }
}

/// 1 where there are some rows, and too few persons; none is above `most`.
pub(super) fn few(
    context: &mut Context,
    [rows, persons]: [&Shares<Z64>; 2],
    (minimum, most): (u64, usize),
) -> Result<Shares<Z64>, MpcError> {
    let (role, len) = (context.role(), rows.len());
    let limit = |value: u64| Shares::public(role, &vec![Z64(value); len]);
    let bits = bits_of(most.max(usize::try_from(minimum).unwrap_or(usize::MAX)).saturating_add(1)) + 2;
    within("a minimum", bits, 61)?;
    let values = Shares::concat([persons, rows]);
    let below = less(context, &values, &Shares::concat([&limit(minimum), &limit(1)]), bits as usize)?;
    let below = compose(context, &below, 2 * len)?;
    Ok(below.slice(0..len).minus(&below.slice(len..2 * len)))
}

/// Of all cells but the last, 1 in each row that is in it.
fn partition(context: &mut Context, rows: &Rows<'_>, truths: &[Expr]) -> Result<Vec<Shares<Z64>>, MpcError> {
    let mut cells = vec![ones(context, rows.len)];
    for truth in truths {
        let truth = rows.truths(context, truth)?;
        let masks = vec![&truth; cells.len()];
        let inside = multiply(context, &Shares::concat(&cells), &Shares::concat(masks))?;
        let inside = inside.split(vec![rows.len; cells.len()]);
        let outside: Vec<_> = cells.iter().zip(&inside).map(|(cell, part)| cell.minus(part)).collect();
        cells = inside.into_iter().chain(outside).collect();
    }
    cells.pop();
    Ok(cells)
}

/// 1 where none of these is zero, or missing.
fn sometimes(context: &mut Context, rows: &Rows<'_>, product: &[Expr]) -> Result<Shares<Z64>, MpcError> {
    let mut all: Option<Shares<Z64>> = None;
    for expr in product {
        let Value { shares, bounds, .. } = rows.evaluate(context, expr)?;
        let planes = decompose(context, &shares, bounds.difference_bits(Bounds::new(0, 0, false)))?;
        let zero = equal_public(context, &planes, 0)?;
        let zero = compose(context, &zero, rows.len)?;
        let some = not(context, &zero);
        all = Some(match all {
            Some(all) => multiply(context, &all, &some)?,
            None => some,
        });
    }
    Ok(all.unwrap_or_else(|| ones(context, rows.len)))
}

/// The difference of two columns that are added up.
pub(super) fn difference(a: &Expr, b: &Expr) -> Expr {
    Expr::Binary { op: Op::Minus, left: Box::new(a.clone()), right: Box::new(b.clone()) }
}

/// Whether the rows that came in and do not count are nobody or enough, as all see it and as readers do: their figures would follow
/// from those told and those of all. Only this opens.
pub(super) fn others_are_enough(
    context: &mut Context,
    (relation, counting): (&Relation, Option<&Shares<Z64>>),
    (weight, readers): (Option<&Shares<Z64>>, &Readers),
    (minimum, most): (u64, usize),
) -> Result<bool, MpcError> {
    let Some(counting) = counting else { return Ok(true) };
    if minimum < 2 || relation.rows == 0 {
        return Ok(true);
    }
    let there = relation.there.clone().unwrap_or_else(|| ones(context, relation.rows));
    let mut others = there.minus(counting);
    if let Some(weight) = weight {
        others = multiply(context, &others, weight)?;
    }
    let firsts = match &relation.first {
        Some(first) => multiply(context, &others, first)?,
        None => others.clone(),
    };
    let (mut rows, mut persons) = (vec![others.sum()], vec![firsts.sum()]);
    for reader in readers.sets() {
        rows.push(relation.without(reader, &others).sum());
        persons.push(relation.without(reader, &firsts).sum());
    }
    let few = few(context, [&Shares::concat(&rows), &Shares::concat(&persons)], (minimum, most))?;
    none_opens(context, &few.sum(), rows.len())
}

/// Whether a sum of so many bits is zero: only that opens.
pub(super) fn none_opens(context: &mut Context, sum: &Shares<Z64>, most: usize) -> Result<bool, MpcError> {
    let one = Shares::public(context.role(), &[Z64(1)]);
    let none = less(context, sum, &one, bits_of(most + 1) as usize + 2)?;
    Ok(open_bits(context, &none, 1)?[0])
}
