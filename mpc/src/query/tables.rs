//! Tables as they come in, and as they are put together.

use super::bounds::Bounds;
use super::values::{Value, ones};
use super::{ColumnAt, Input, Plan, Values};
use crate::araki16::{input, multiply, open};
use crate::bits::{compose, count, sign};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::bits_of;
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
    /// Who of the three owns it.
    pub(super) fn role(&self) -> Result<Role, MpcError> {
        let owner = Role::ALL.get(usize::from(self.owner)).copied();
        owner.ok_or_else(|| MpcError::Senseless { what: self.table.clone() })
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
    /// Who brought how many of them, one after the other.
    pub(super) owners: Vec<(Role, usize)>,
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

    /// Whether a party has some of the rows and not all.
    pub(super) fn shares_rows(&self, owner: Role) -> bool {
        let own: usize = self.owners.iter().filter(|(role, _)| *role == owner).map(|(_, rows)| rows).sum();
        own > 0 && own < self.rows
    }

    /// Of a value in each row, zero in those of a party; nothing where it has none or all of the rows.
    pub(super) fn without(&self, owner: Role, values: &Shares<Z64>) -> Option<Shares<Z64>> {
        if !self.shares_rows(owner) {
            return None;
        }
        let mut rest = values.clone();
        let mut from = 0;
        for &(role, rows) in &self.owners {
            if role == owner {
                rest.set_at(from, &Shares::zeros(rows));
            }
            from += rows;
        }
        Some(rest)
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

/// Bits that an owner has, as integers 0 or 1, which they are whatever the owner does.
fn bits(
    context: &mut Context,
    owner: Role,
    bits: Option<&dyn Fn(usize) -> bool>,
    len: usize,
) -> Result<Shares<Z64>, MpcError> {
    let words = bits.map(|bit| {
        let mut words = vec![B64(0); len.div_ceil(64)];
        (0..len).filter(|&row| bit(row)).for_each(|row| words[row / 64].0 |= 1 << (row % 64));
        words
    });
    let words = input(context, owner, words.as_deref(), len.div_ceil(64))?;
    compose(context, &words, len)
}

/// Shares the columns of an input that are used, of so many rows.
pub(super) fn share(
    context: &mut Context,
    plan: &Plan,
    (at, own): (usize, Option<&Table>),
    rows: usize,
    wanted: &[ColumnAt],
) -> Result<Relation, MpcError> {
    let table = &plan.inputs[at];
    let owner = table.role()?;
    let len = if table.hidden { table.max_rows as usize } else { rows };
    let (columns, keys) = (BTreeMap::new(), BTreeMap::new());
    let mut relation = Relation {
        rows: len,
        owners: vec![(owner, len)],
        valid: None,
        there: None,
        first: None,
        columns,
        keys,
    };
    if table.hidden {
        let there = own.map(|own| move |row| row < own.rows);
        let there = there.as_ref().map(|there| there as &dyn Fn(usize) -> bool);
        relation.valid = Some(bits(context, owner, there, len)?);
        relation.there = relation.valid.clone();
    }
    for &column_at in wanted.iter().filter(|column| column.input == at) {
        let column = &table.columns[column_at.column];
        let Some([min, max]) = column.bounds() else { continue };
        let bounds = Bounds::new(min, max, column.nullable);
        let cells = own.map(|own| &own.columns[column_at.column]);
        let values: Option<Vec<Z64>> =
            cells.map(|cells| (0..len).map(|row| Z64::from(cells.integer(row).unwrap_or(0))).collect());
        let mut shares = input(context, owner, values.as_deref(), len)?;
        let mut present = None;
        if column.nullable {
            let there = cells.map(|cells| move |row| cells.integer(row).is_some());
            let there = there.as_ref().map(|there| there as &dyn Fn(usize) -> bool);
            let there = bits(context, owner, there, len)?;
            if context.checked() {
                shares = multiply(context, &shares, &there)?;
            }
            present = Some(there);
        }
        relation.columns.insert(column_at, Value { shares, present, bounds });
    }
    within_bounds(context, &relation, (table, owner))?;
    Ok(relation)
}

/// Where parties may cheat, whether all that an owner shared lies within what is declared: else its rows could count for more
/// than they are, or sums run over. Only that opens.
fn within_bounds(
    context: &mut Context,
    relation: &Relation,
    (table, owner): (&Input, Role),
) -> Result<(), MpcError> {
    if !context.checked() || relation.columns.is_empty() || relation.rows == 0 {
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
        Some(_) => Err(MpcError::SharedOutOfRange { table: table.table.clone(), owner }),
    }
}

/// How many rows each input has: told by its owner where that is not hidden.
pub(super) fn row_counts(
    context: &mut Context,
    plan: &Plan,
    own: &[Option<&Table>],
) -> Result<Vec<usize>, MpcError> {
    let mut rows = Vec::with_capacity(plan.inputs.len());
    for (table, own) in plan.inputs.iter().zip(own) {
        if table.hidden {
            rows.push(table.max_rows as usize);
            continue;
        }
        let owner = table.role()?;
        let told = own.map(|own| vec![Z64(own.rows as u64)]);
        let told = input(context, owner, told.as_deref(), 1)?;
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
