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
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    /// What its members are.
    pub(super) space: Space,
    /// Its members.
    pub(super) members: RoaringBitmap,
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

/// The sets that a figure tells of.
pub(super) fn of(computed: &Computed, figure: &Figure, part: &Part) -> Vec<Told> {
    let mut sets = Vec::new();
    let lines = computed.owners.is_some();
    push(&mut sets, figure.measure, lines, (&part.persons, &part.lines));
    if zeros_and_ones(figure, part) {
        push(&mut sets, figure.measure, lines, (&part.telling, &part.telling_lines));
    }
    sets
}

fn push(sets: &mut Vec<Told>, measure: Measure, with_lines: bool, of: (&RoaringBitmap, &RoaringBitmap)) {
    let (persons, lines) = of;
    let mut add = |space, members: &RoaringBitmap| {
        let digest = digest(space, members);
        sets.push(Told { space, members: members.clone(), persons: persons.len(), digest });
    };
    // A number of persons adds up over persons, all else over rows; where each has one row, it is the same.
    let single = !with_lines || persons.len() == lines.len();
    if measure == Measure::Persons || single {
        add(Space::Persons, persons);
    }
    if with_lines && (measure != Measure::Persons || single) {
        add(Space::Lines, lines);
    }
}
