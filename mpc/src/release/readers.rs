//! Who reads what opens, and which rows each of them subtracts: its own, and those of owners in league with it.
//!
//! Owners go by their numbers: the first three compute ([`Role`]), the others only provide ([`crate::outside`]). Each
//! receiver may be in league with any of those that only provide, so that its own rows are looked at with those of each set
//! of them: of two there are four. Parties that compute are not in league with each other.

use crate::role::Role;

/// Owners that do not compute, at most.
pub const OUTSIDE: usize = 2;

/// What may be subtracted from figures before they are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readers {
    /// Whose rows: some, and not of all owners.
    sets: Vec<Vec<u8>>,
    spread: u64,
}

/// The elements of `all` by the bits of a number.
fn chosen(all: &[u8], bits: u32) -> Vec<u8> {
    (0..).zip(all).filter(|(at, _)| bits >> at & 1 == 1).map(|(_, &one)| one).collect()
}

/// Those of `all` that are in none of these.
fn others(all: &[u8], these: &[u8], those: &[u8]) -> Vec<u8> {
    all.iter().copied().filter(|owner| !these.contains(owner) && !those.contains(owner)).collect()
}

impl Readers {
    /// Of rows of these owners, where these of the three receive the figures. Of owners that do not compute there are [`OUTSIDE`]
    /// at most.
    pub fn of(owners: impl IntoIterator<Item = u8>, receivers: &[Role]) -> Self {
        let mut all: Vec<u8> = owners.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        let outside: Vec<u8> =
            all.iter().copied().filter(|owner| usize::from(*owner) >= Role::ALL.len()).collect();
        debug_assert!(outside.len() <= OUTSIDE, "plans and contracts have no more");
        let mut known = Vec::new();
        for &receiver in receivers {
            let own = Some(receiver as u8).filter(|own| all.contains(own));
            for bits in 0..1 << outside.len() {
                let set: Vec<u8> = own.into_iter().chain(chosen(&outside, bits)).collect();
                if set.len() < all.len() && !known.contains(&set) {
                    known.push(set);
                }
            }
        }
        let spread = spread(&all, &known);
        let sets = known.into_iter().filter(|set| !set.is_empty()).collect();
        Self { sets, spread }
    }

    /// For each reader that subtracts rows, of whom.
    pub fn sets(&self) -> &[Vec<u8>] {
        &self.sets
    }

    /// How many times the least rows of a state a reader may see: one that has none in a cell that is shown sees that others
    /// have enough without each of the sets that other readers subtract. That many owners with the least each can be all
    /// there are.
    pub fn spread(&self) -> u64 {
        self.spread
    }
}

/// The least number of owners such that, whoever reads, one of them is left by each other reader.
fn spread(all: &[u8], known: &[Vec<u8>]) -> u64 {
    let nobody = Vec::new();
    let of = |reader: &Vec<u8>| {
        let left = known.iter().chain([&nobody]).map(|other| others(all, reader, other));
        let left: Vec<_> = left.filter(|left| !left.is_empty()).collect();
        let hit = |some: &[u8]| left.iter().all(|left| left.iter().any(|owner| some.contains(owner)));
        let some = (0..1u32 << all.len()).map(|bits| chosen(all, bits));
        some.filter(|some| hit(some)).map(|some| some.len() as u64).min().unwrap_or(1)
    };
    known.iter().map(of).max().unwrap_or(1).max(1)
}
