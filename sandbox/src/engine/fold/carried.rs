//! What was folded of some persons as bytes, group by group: from where their rows were to where all are put together.
//!
//! Bytes are of whoever worked on it, and nothing of them is believed that is not looked at here or when all of it is a
//! table: a group that there cannot be, one that comes twice, one of other persons than were asked for ends it.

use super::{Folding, Group, NONE};
use crate::error::SandboxError;

impl Folding {
    /// Every group as bytes. Nobody in it has more rows.
    pub(in crate::engine) fn carried(&self) -> impl Iterator<Item = Result<Vec<u8>, SandboxError>> {
        let written =
            |group: &Group| postcard::to_allocvec(group).map_err(|error| SandboxError::engine(&error));
        self.groups.iter().map(written)
    }

    /// Adds a group of these persons, which came as bytes, where no group of theirs was added before it that comes after it.
    pub(in crate::engine) fn take(&mut self, bytes: &[u8], [from, to]: [u64; 2]) -> Result<(), SandboxError> {
        let group: Group = postcard::from_bytes(bytes).map_err(|error| SandboxError::engine(&error))?;
        if group.index >= self.slots.len() || group.parts.len() != self.layout.sums.len() {
            return Err(SandboxError::engine(&"a group is none"));
        }
        let persons = group.whole.persons.known();
        if persons.min() < u32::try_from(from).ok() || persons.max().is_none_or(|last| u64::from(last) >= to)
        {
            return Err(SandboxError::engine(&"a group is of other persons"));
        }
        if self.slots[group.index] != NONE
            && !self.groups[self.slots[group.index] as usize].whole.persons.known().is_disjoint(persons)
        {
            return Err(SandboxError::engine(&"a group comes twice"));
        }
        self.merge(group);
        Ok(())
    }
}
