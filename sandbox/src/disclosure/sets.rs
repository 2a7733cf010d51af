//! Which sets of rows stand behind a figure.

use roaring::RoaringBitmap;
use sha2::{Digest as _, Sha256};

use super::cells::{Computed, Figure, Measure, Part};

/// What a set is known by.
pub(super) type Digest = [u8; 32];

/// What the members of a set are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Space {
    /// Persons by number.
    Persons,
    /// Rows by number, each somebody's.
    Lines,
}

/// A set that a figure gives the size or a sum of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    /// What its members are.
    pub(super) space: Space,
    /// Its members.
    pub(super) members: &'a RoaringBitmap,
    /// How many persons.
    pub(super) persons: u64,
    /// What it is known by.
    pub(super) digest: Digest,
}

/// What a set is known by: its members decide alone, not how they came to be stored.
pub(super) fn digest(space: Space, members: &RoaringBitmap) -> Digest {
    let mut hash = Sha256::new();
    hash.update([space as u8]);
    hash.update(members.len().to_le_bytes());
    let mut chunk = Vec::with_capacity(4096);
    for member in members {
        chunk.extend_from_slice(&member.to_le_bytes());
        if chunk.len() == 4096 {
            hash.update(&chunk);
            chunk.clear();
        }
    }
    hash.update(&chunk);
    hash.finalize().into()
}

/// Whether the values of a part are zeros and ones, so that their sum counts those who have something.
pub(super) fn zeros_and_ones(figure: &Figure, part: &Part) -> bool {
    // x·x ≥ x for whole numbers, and equal only of nought and one.
    !counts(figure) && figure.decimals == 0 && part.sum == part.squares
}

/// Whether the figure is a number of rows or persons.
pub(super) fn counts(figure: &Figure) -> bool {
    matches!(figure.measure, Measure::Rows | Measure::Persons)
}

/// The sets that the figures of one group tell of. Most are the same, and each is hashed once.
pub(super) struct Sets<'a> {
    lines: bool,
    hashed: Vec<(Space, &'a RoaringBitmap, Digest)>,
}

impl<'a> Sets<'a> {
    /// Of a group of this table.
    pub(super) fn new(computed: &Computed) -> Self {
        Sets { lines: computed.owners.is_some(), hashed: Vec::new() }
    }

    /// The sets that this figure of the group tells of.
    pub(super) fn of(&mut self, figure: &Figure, part: &'a Part) -> Vec<Told<'a>> {
        let mut sets = Vec::new();
        if part.persons.is_empty() {
            return sets;
        }
        self.push(&mut sets, figure.measure, &part.persons, &part.lines);
        if zeros_and_ones(figure, part) {
            self.push(&mut sets, figure.measure, &part.telling, &part.telling_lines);
        }
        // What has few values says who has which, whatever it is multiplied by.
        if !counts(figure) {
            for same in &part.few {
                let digest = self.digest(Space::Persons, same);
                sets.push(Told { space: Space::Persons, members: same, persons: same.len(), digest });
            }
        }
        sets
    }

    fn push(
        &mut self,
        sets: &mut Vec<Told<'a>>,
        measure: Measure,
        persons: &'a RoaringBitmap,
        lines: &'a RoaringBitmap,
    ) {
        // A number of persons adds up over persons, all else over rows; where each has one row, it is the same.
        let single = !self.lines || persons.len() == lines.len();
        let both = [
            (Space::Persons, persons, measure == Measure::Persons || single),
            (Space::Lines, lines, self.lines && (measure != Measure::Persons || single)),
        ];
        for (space, members, _) in both.into_iter().filter(|(_, _, told)| *told) {
            sets.push(Told { space, members, persons: persons.len(), digest: self.digest(space, members) });
        }
    }

    fn digest(&mut self, space: Space, members: &'a RoaringBitmap) -> Digest {
        if let Some((_, _, digest)) = self.hashed.iter().find(|(s, m, _)| *s == space && *m == members) {
            return *digest;
        }
        let digest = digest(space, members);
        self.hashed.push((space, members, digest));
        digest
    }
}
