//! Whose tables come in: those of the three that compute, and those of providers that do not.
//!
//! A provider does what an owner among the three does, in the same order, and no more: it tells how many rows it has, hears the
//! salt of the keys, which the three drew, and shares its columns and keys. Of what comes of it nobody tells it anything.

use super::keys::{self, SALT};
use super::tables::{self, Table};
use super::{Input, Plan, Terms};
use crate::araki16::input;
use crate::context::Context;
use crate::error::MpcError;
use crate::outside::{Intake, Provider};
use crate::ring::{B64, Ring};
use crate::role::Role;
use crate::shares::Shares;
use rand_core::CryptoRng;

/// Who shares a table.
pub(super) enum Owner<'a> {
    /// One of the three.
    Computing(Role),
    /// A provider that does not compute.
    Outside(&'a mut Intake),
}

impl<'a> Owner<'a> {
    /// The owner of a table.
    pub(super) fn of(table: &Input, outside: &'a mut [Intake]) -> Result<Self, MpcError> {
        if let Some(role) = table.role() {
            return Ok(Self::Computing(role));
        }
        let provider = outside.get_mut(usize::from(table.owner) - Role::ALL.len());
        let provider = provider.ok_or_else(|| MpcError::Senseless { what: table.table.clone() })?;
        Ok(Self::Outside(provider))
    }

    /// Shares of a vector that it has.
    pub(super) fn share<R: Ring>(
        &mut self,
        context: &mut Context,
        own: Option<&[R]>,
        len: usize,
    ) -> Result<Shares<R>, MpcError> {
        match self {
            Self::Computing(role) => input(context, *role, own, len),
            Self::Outside(provider) => provider.shares(context, len),
        }
    }
}

/// Whether each table is of one of the three, or of one of so many providers: before anybody is asked for anything.
pub(super) fn known(plan: &Plan, outside: usize) -> Result<(), MpcError> {
    let unknown = |input: &&Input| usize::from(input.owner) >= Role::ALL.len() + outside;
    match plan.inputs.iter().find(unknown) {
        Some(input) => Err(MpcError::Senseless { what: input.table.clone() }),
        None => Ok(()),
    }
}

/// An owner's own tables, at its inputs and at no others: each is looked at.
pub(super) fn own<'a>(
    plan: &Plan,
    own: &'a [Option<Table>],
    owner: u8,
) -> Result<Vec<Option<&'a Table>>, MpcError> {
    let found = plan.inputs.iter().enumerate().map(|(at, input)| {
        let ours = own.get(at).and_then(Option::as_ref);
        if ours.is_some() != (input.owner == owner) {
            return Err(MpcError::Senseless { what: input.table.clone() });
        }
        ours.map_or(Ok(()), |ours| input.check(ours))?;
        Ok(ours)
    });
    found.collect()
}

/// As the owner with this number, which does not compute: shares its tables of a question with the three.
///
/// # Errors
/// [`MpcError`]: what the question or a table of ours is refused for, before anything is sent; then a failure of a channel, a
/// misstep of one of the three, or the reason for which one of them ended the run.
pub fn provide(
    provider: &mut Provider,
    plan: &Plan,
    (owner, tables): (u8, &[Option<Table>]),
    terms: &Terms,
    rng: &mut impl CryptoRng,
) -> Result<(), MpcError> {
    let checked = plan.checked(terms)?;
    let own = own(plan, tables, owner)?;
    tables::tell_rows(provider, plan, &own)?;
    let salt: Vec<B64> = if checked.keys.is_empty() { Vec::new() } else { provider.hear(SALT)? };
    for (at, own) in own.into_iter().enumerate() {
        let Some(own) = own else { continue };
        let rows = tables::hand_over(provider, plan, (at, own), &checked.wanted)?;
        keys::hand_over(provider, plan, (at, own, rows), &checked.keys_of(at), (&salt, rng))?;
    }
    Ok(())
}
