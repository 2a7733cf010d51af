//! Sets of persons or rows while they are put together.

use crate::disclosure::FEW;
use roaring::RoaringBitmap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Numbers that wait to be put away.
const FRESH: usize = 1 << 14;

/// Numbers as they come, those before them put away: where they are many that is some bits for each, and not four bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Members {
    fresh: Vec<u32>,
    kept: RoaringBitmap,
    last: Option<u32>,
}

impl Members {
    pub(super) fn push(&mut self, number: u32) {
        if self.fresh.len() == FRESH {
            self.put_away();
        }
        self.fresh.push(number);
        self.last = Some(number);
    }

    /// The one that came last.
    pub(super) fn last(&self) -> Option<u32> {
        self.last
    }

    /// All but the one that came last.
    fn but_last(&self) -> Self {
        let mut others = self.clone();
        others.fresh.pop();
        others
    }

    /// With all of another.
    pub(super) fn extend(&mut self, other: Self) {
        self.put_away();
        self.kept |= other.set();
    }

    /// Those put away.
    pub(super) fn known(&self) -> &RoaringBitmap {
        &self.kept
    }

    /// All of them.
    pub(super) fn set(mut self) -> RoaringBitmap {
        self.put_away();
        self.kept
    }

    fn put_away(&mut self) {
        self.fresh.sort_unstable();
        self.fresh.dedup();
        let sorted = RoaringBitmap::from_sorted_iter(self.fresh.drain(..));
        self.kept |= sorted.expect("they are sorted, each once");
    }
}

/// As a set: who came last is of nobody any longer who puts others beside it.
impl Serialize for Members {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (&self.kept | self.fresh.iter().copied().collect::<RoaringBitmap>()).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self { fresh: Vec::new(), kept: RoaringBitmap::deserialize(from)?, last: None })
    }
}

/// A part of members, as long as it is all of them: nothing is put away twice.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) enum Of {
    /// All so far.
    #[default]
    All,
    /// These.
    These(Members),
}

impl Of {
    /// One that belongs to it, and to the whole.
    pub(super) fn push(&mut self, member: u32) {
        if let Self::These(members) = self {
            members.push(member);
        }
    }

    /// From now on it is told apart from the whole, which had these so far.
    pub(super) fn part(&mut self, whole: &Members) {
        if matches!(self, Self::All) {
            *self = Self::These(whole.clone());
        }
    }

    /// The same where the last one of the whole does not belong to it.
    pub(super) fn part_without_last(&mut self, whole: &Members) {
        if matches!(self, Self::All) {
            *self = Self::These(whole.but_last());
        }
    }

    /// Its members, of a whole with these.
    pub(super) fn so_far<'a>(&'a self, whole: &'a Members) -> &'a Members {
        match self {
            Self::All => whole,
            Self::These(members) => members,
        }
    }

    /// With another part of another whole; both wholes are put together after this.
    pub(super) fn join(&mut self, whole: &Members, mut other: Self, others: &Members) {
        if matches!((&*self, &other), (Self::All, Self::All)) {
            return;
        }
        self.part(whole);
        other.part(others);
        if let (Self::These(members), Self::These(more)) = (self, other) {
            members.extend(more);
        }
    }

    /// All of them, of a whole with these.
    pub(super) fn set(self, whole: &RoaringBitmap) -> RoaringBitmap {
        match self {
            Self::All => whole.clone(),
            Self::These(members) => members.set(),
        }
    }
}

/// Members by their value, as long as there are few different ones.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Few {
    pub(super) of: Vec<(i128, Members)>,
    many: bool,
}

impl Few {
    /// This one has this value.
    pub(super) fn push(&mut self, value: i128, member: u32) {
        if let Some(alike) = self.alike(value) {
            alike.push(member);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        if other.many {
            *self = other;
            return;
        }
        for (value, members) in other.of {
            if let Some(alike) = self.alike(value) {
                alike.extend(members);
            }
        }
    }

    fn alike(&mut self, value: i128) -> Option<&mut Members> {
        if self.many {
            return None;
        }
        let at = match self.of.iter().position(|(known, _)| *known == value) {
            Some(at) => at,
            None if self.of.len() < FEW => {
                self.of.push((value, Members::default()));
                self.of.len() - 1
            }
            None => {
                *self = Self { of: Vec::new(), many: true };
                return None;
            }
        };
        Some(&mut self.of[at].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_came_is_there_once() {
        let numbers: Vec<u32> =
            (0..3 * FRESH as u32).map(|n| n.wrapping_mul(2_654_435_761) % 70_000).collect();
        let (mut one, mut other) = (Members::default(), Members::default());
        for (at, number) in numbers.iter().enumerate() {
            if at % 3 == 0 { other.push(*number) } else { one.push(*number) }
        }
        assert_eq!(one.last(), numbers.last().copied());
        one.extend(other);
        assert_eq!(one.set(), numbers.into_iter().collect());
    }
}
