//! Tables as they come in, and as they are put together.

use super::bounds::Bounds;
use super::owner::Owner;
use super::values::{Value, ones};
use super::{ColumnAt, Input, Plan, Values};
use crate::araki16::{multiply, open};
use crate::bits::{compose, count, sign};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::bits_of;
use crate::outside::{Intake, Provider};
use crate::release::readers::Readers;
use crate::ring::{B64, Z64};
use crate::role::Role;
use crate::shares::Shares;
use crate::verified::verify;
use std::collections::BTreeMap;
use zeroize::Zeroize;

/// A column of a party's own table, in the clear. Wiped on drop.
pub enum Cells {
    /// Of [`Values::Integer`] and [`Values::Code`].
    Integers(Vec<Option<i64>>),
    /// Of [`Values::Key`]: texts in their canonical form.
    Texts(Vec<Option<String>>),
}

impl Drop for Cells {
    fn drop(&mut self) {
        match self {
            Self::Integers(cells) => cells.iter_mut().for_each(Zeroize::zeroize),
            Self::Texts(cells) => cells.iter_mut().for_each(Zeroize::zeroize),
        }
    }
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Integers(cells) => cells.len(),
            Self::Texts(cells) => cells.len(),
        }
    }

    pub(super) fn integer(&self, row: usize) -> Option<i64> {
        match self {
            Self::Integers(cells) => cells.get(row).copied().flatten(),
            Self::Texts(_) => None,
        }
    }

    pub(super) fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Texts(cells) => cells.get(row).and_then(|cell| cell.as_deref()),
            Self::Integers(_) => None,
        }
    }

    fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Integers(cells) => cells[row].is_none(),
            Self::Texts(cells) => cells[row].is_none(),
        }
    }
}

/// A party's own table, in the clear: the columns of its [`Input`], of one length.
pub struct Table {
    /// How many rows.
    pub rows: usize,
    /// The columns.
    pub columns: Vec<Cells>,
}

impl Input {
    /// Who of the three owns it; nobody, where a provider does that does not compute.
    pub(super) fn role(&self) -> Option<Role> {
        Role::ALL.get(usize::from(self.owner)).copied()
    }

    /// How many rows are shared, of so many that there are.
    fn shared_rows(&self, rows: usize) -> usize {
        if self.hidden { self.max_rows as usize } else { rows }
    }

    /// Whether a table of its owner is what is declared, before anything of it is shared.
    ///
    /// # Errors
    /// [`MpcError::CellOutOfRange`], [`MpcError::CellMissing`] or [`MpcError::TooManyRows`], naming table, column and row;
    /// [`MpcError::Senseless`]: other columns than declared.
    pub fn check(&self, table: &Table) -> Result<(), MpcError> {
        let found = table.rows;
        if found as u64 > self.max_rows {
            return Err(MpcError::TooManyRows { table: self.table.clone(), found, max: self.max_rows });
        }
        let fits = |cells: &Cells| cells.len() == found;
        if table.columns.len() != self.columns.len() || !table.columns.iter().all(fits) {
            return Err(MpcError::Senseless { what: self.table.clone() });
        }
        for (column, cells) in self.columns.iter().zip(&table.columns) {
            let place = |row| (self.table.clone(), column.name.clone(), row);
            if !matches!(
                (&column.values, cells),
                (Values::Key, Cells::Texts(_))
                    | (Values::Integer { .. } | Values::Code { .. }, Cells::Integers(_))
            ) {
                return Err(MpcError::Senseless { what: format!("{}.{}", self.table, column.name) });
            }
            if !column.nullable
                && let Some(row) = (0..found).find(|&row| cells.is_missing(row))
            {
                let (table, column, row) = place(row);
                return Err(MpcError::CellMissing { table, column, row });
            }
            let Some(bounds) = column.bounds() else { continue };
            let beyond =
                |row: &usize| cells.integer(*row).is_some_and(|value| value < bounds[0] || value > bounds[1]);
            if let Some(row) = (0..found).find(beyond) {
                let (table, column, row) = place(row);
                return Err(MpcError::CellOutOfRange { table, column, row });
            }
        }
        Ok(())
    }
}

impl super::Column {
    /// The least and the greatest value that is declared.
    pub(super) fn bounds(&self) -> Option<[i64; 2]> {
        match &self.values {
            Values::Key => None,
            Values::Integer { min, max, .. } => Some([*min, *max]),
            Values::Code { of } => Some([0, (of.len() as i64 - 1).max(0)]),
        }
    }
}

/// Which side of which join keys are for.
pub(super) type KeyOf = (usize, usize);

/// Shared rows.
pub(super) struct Relation {
    pub(super) rows: usize,
    /// Which owner brought how many of them, one after the other; from the fourth on they do not compute.
    pub(super) owners: Vec<(u8, usize)>,
    /// Which rows count: all, without this.
    pub(super) valid: Option<Shares<Z64>>,
    /// Which rows came in, and are not there to hide how many do: all, without this.
    pub(super) there: Option<Shares<Z64>>,
    /// Which rows are the first with their key on their side of each join: all, without this.
    pub(super) first: Option<Shares<Z64>>,
    pub(super) columns: BTreeMap<ColumnAt, Value>,
    /// Hashed keys, two words for each row.
    pub(super) keys: BTreeMap<KeyOf, [Shares<B64>; 2]>,
}

impl Relation {
    /// 1 where a row counts.
    pub(super) fn validity(&self, context: &Context) -> Shares<Z64> {
        self.valid.clone().unwrap_or_else(|| ones(context, self.rows))
    }

    /// Who subtracts which rows, of these receivers.
    pub(super) fn readers(&self, receivers: &[Role]) -> Readers {
        let owners = self.owners.iter().filter(|(_, rows)| *rows > 0);
        Readers::of(owners.map(|(owner, _)| *owner), receivers)
    }

    /// Whether some of the rows are of owners that do not compute.
    pub(super) fn is_of_outside(&self) -> bool {
        self.owners.iter().any(|(owner, _)| usize::from(*owner) >= Role::ALL.len())
    }

    /// Of a value in each row, zero in those of these owners.
    pub(super) fn without(&self, owners: &[u8], values: &Shares<Z64>) -> Shares<Z64> {
        let mut rest = values.clone();
        let mut from = 0;
        for (owner, rows) in &self.owners {
            if owners.contains(owner) {
                rest.set_at(from, &Shares::zeros(*rows));
            }
            from += rows;
        }
        rest
    }

    /// Keeps as first rows those that are by another key, too.
    pub(super) fn add_first(&mut self, context: &mut Context, first: Shares<Z64>) -> Result<(), MpcError> {
        self.first = Some(match &self.first {
            Some(before) => multiply(context, before, &first)?,
            None => first,
        });
        Ok(())
    }

    /// Leaves out rows where this is 0.
    pub(super) fn keep(&mut self, context: &mut Context, bits: &Shares<Z64>) -> Result<(), MpcError> {
        self.valid = Some(match &self.valid {
            Some(valid) => multiply(context, valid, bits)?,
            None => bits.clone(),
        });
        Ok(())
    }
}

/// Bits of rows, 64 in a word.
fn packed(len: usize, bit: impl Fn(usize) -> bool) -> Vec<B64> {
    let mut words = vec![B64(0); len.div_ceil(64)];
    (0..len).filter(|&row| bit(row)).for_each(|row| words[row / 64].0 |= 1 << (row % 64));
    words
}

/// Which of so many rows are there, and not padding.
fn there(own: &Table, len: usize) -> Vec<B64> {
    packed(len, |row| row < own.rows)
}

/// The values of a column, 0 where there is none.
fn values(cells: &Cells, len: usize) -> Vec<Z64> {
    (0..len).map(|row| Z64::from(cells.integer(row).unwrap_or(0))).collect()
}

/// Which rows of a column have a value.
fn present(cells: &Cells, len: usize) -> Vec<B64> {
    packed(len, |row| cells.integer(row).is_some())
}

/// Bits that an owner has, as integers 0 or 1, which they are whatever the owner does.
fn bits(
    context: &mut Context,
    owner: &mut Owner<'_>,
    words: Option<&[B64]>,
    len: usize,
) -> Result<Shares<Z64>, MpcError> {
    let words = owner.share(context, words, len.div_ceil(64))?;
    compose(context, &words, len)
}

/// Shares the columns of an input that are used, of so many rows.
pub(super) fn share(
    context: &mut Context,
    plan: &Plan,
    (at, own, owner): (usize, Option<&Table>, &mut Owner<'_>),
    rows: usize,
    wanted: &[ColumnAt],
) -> Result<Relation, MpcError> {
    let table = &plan.inputs[at];
    let len = table.shared_rows(rows);
    let (columns, keys) = (BTreeMap::new(), BTreeMap::new());
    let mut relation = Relation {
        rows: len,
        owners: vec![(table.owner, len)],
        valid: None,
        there: None,
        first: None,
        columns,
        keys,
    };
    if table.hidden {
        let there = own.map(|own| there(own, len));
        relation.valid = Some(bits(context, owner, there.as_deref(), len)?);
        relation.there = relation.valid.clone();
    }
    for &column_at in wanted.iter().filter(|column| column.input == at) {
        let column = &table.columns[column_at.column];
        let Some([min, max]) = column.bounds() else { continue };
        let bounds = Bounds::new(min, max, column.nullable);
        let cells = own.map(|own| &own.columns[column_at.column]);
        let own = cells.map(|cells| values(cells, len));
        let mut shares = owner.share(context, own.as_deref(), len)?;
        let mut there = None;
        if column.nullable {
            let own = cells.map(|cells| present(cells, len));
            let present = bits(context, owner, own.as_deref(), len)?;
            if untrusted(context, table) {
                shares = multiply(context, &shares, &present)?;
            }
            there = Some(present);
        }
        relation.columns.insert(column_at, Value { shares, present: there, bounds });
    }
    within_bounds(context, &relation, table)?;
    Ok(relation)
}

/// The same, by an owner that does not compute: how many rows were shared.
pub(super) fn hand_over(
    provider: &mut Provider,
    plan: &Plan,
    (at, own): (usize, &Table),
    wanted: &[ColumnAt],
) -> Result<usize, MpcError> {
    let table = &plan.inputs[at];
    let len = table.shared_rows(own.rows);
    if table.hidden {
        provider.share(&there(own, len))?;
    }
    for column_at in wanted.iter().filter(|column| column.input == at) {
        let (column, cells) = (&table.columns[column_at.column], &own.columns[column_at.column]);
        if column.bounds().is_some() {
            provider.share(&values(cells, len))?;
            if column.nullable {
                provider.share(&present(cells, len))?;
            }
        }
    }
    Ok(len)
}

/// Whether an owner may cheat: those that do not compute are never among those that were agreed to be trusted.
fn untrusted(context: &Context, table: &Input) -> bool {
    context.checked() || table.role().is_none()
}

/// Where an owner may cheat, whether all that it shared lies within what is declared: else its rows could count for more
/// than they are, or sums run over. Only that opens.
fn within_bounds(context: &mut Context, relation: &Relation, table: &Input) -> Result<(), MpcError> {
    if !untrusted(context, table) || relation.columns.is_empty() || relation.rows == 0 {
        return Ok(());
    }
    let mut parts = Vec::new();
    for Value { shares, present, bounds } in relation.columns.values() {
        // 0 where there is no value, and within the bounds where there is one.
        let there = match (present, &relation.valid) {
            (Some(present), Some(valid)) => multiply(context, present, valid)?,
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => ones(context, relation.rows),
        };
        parts.push(shares.minus(&there.times(Z64::from(bounds.min))));
        parts.push(there.times(Z64::from(bounds.max)).minus(shares));
    }
    let parts = Shares::concat(&parts);
    let beyond = sign(context, &parts, 64)?;
    let beyond = count(context, &[beyond], parts.len())?;
    let any = sign(context, &beyond.linear(|value| -value), bits_of(parts.len()) as usize + 2)?;
    let any = verify(context, any.linear(|word| B64(word.0 & 1)))?;
    match open(context, &any)?.first() {
        Some(B64(0)) | None => Ok(()),
        Some(_) => Err(MpcError::SharedOutOfRange { table: table.table.clone() }),
    }
}

/// How many rows each input has: told by its owner where that is not hidden.
pub(super) fn row_counts(
    context: &mut Context,
    plan: &Plan,
    (own, outside): (&[Option<&Table>], &mut [Intake]),
) -> Result<Vec<usize>, MpcError> {
    let mut rows = Vec::with_capacity(plan.inputs.len());
    for (table, own) in plan.inputs.iter().zip(own) {
        if table.hidden {
            rows.push(table.max_rows as usize);
            continue;
        }
        let told = own.map(|own| vec![Z64(own.rows as u64)]);
        let told = Owner::of(table, outside)?.share(context, told.as_deref(), 1)?;
        let told = verify(context, told)?;
        let found = open(context, &told)?[0].0;
        if found > table.max_rows {
            let found = usize::try_from(found).unwrap_or(usize::MAX);
            return Err(MpcError::TooManyRows { table: table.table.clone(), found, max: table.max_rows });
        }
        rows.push(found as usize);
    }
    Ok(rows)
}

/// The same, by an owner that does not compute.
pub(super) fn tell_rows(
    provider: &mut Provider,
    plan: &Plan,
    own: &[Option<&Table>],
) -> Result<(), MpcError> {
    let told = plan.inputs.iter().zip(own).filter(|(table, _)| !table.hidden);
    let mut told = told.filter_map(|(_, own)| own.map(|own| Z64(own.rows as u64)));
    told.try_for_each(|rows| provider.share(&[rows]))
}
