//! Which sets of rows stand behind a figure.

use roaring::RoaringBitmap;
use sha2::{Digest as _, Sha256};

use super::cells::{Computed, Figure, Measure, Owned, Part};

/// What a set is known by.
pub(super) type Digest = [u8; 32];

/// What the members of a set are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Space {
    /// Persons by number.
    Persons,
    /// Rows by number, each somebody's.
    Lines,
    /// What somebody, or somebody's row, has in the column of this number.
    ///
    /// Amounts of one column add up and cancel among themselves, and with no count and no other column; where they are
    /// noughts and ones they are counts, too.
    Amounts(u32),
    /// The same by persons, where rows have numbers and each has one row of the set: rows of one table stand for those of
    /// another that it is joined to.
    AmountsOfPersons(u32),
}

impl Space {
    /// Its number in the history and in digests.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Persons => 0,
            Self::Lines => 1,
            Self::Amounts(column) => 2 + u64::from(column),
            Self::AmountsOfPersons(column) => (1 << 40) + u64::from(column),
        }
    }

    /// The space of this number.
    pub(super) fn of(number: u64) -> Option<Self> {
        match number {
            0 => Some(Self::Persons),
            1 => Some(Self::Lines),
            _ => match number.checked_sub(1 << 40) {
                Some(column) => u32::try_from(column).ok().map(Self::AmountsOfPersons),
                None => u32::try_from(number - 2).ok().map(Self::Amounts),
            },
        }
    }

    /// Whether its members are rows, where rows have numbers.
    pub(super) fn of_rows(self) -> bool {
        matches!(self, Self::Lines | Self::Amounts(_))
    }
}

/// A set that a figure gives the size or a sum of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    /// What its members are.
    pub(super) space: Space,
    /// Its members.
    pub(super) members: &'a RoaringBitmap,
    /// Those who count twice, three times and so on.
    pub(super) layers: &'a [RoaringBitmap],
    /// How many persons.
    pub(super) persons: u64,
    /// What it is known by.
    pub(super) digest: Digest,
}

/// What a set is known by: its members decide alone, not how they came to be stored.
pub(super) fn digest(space: Space, members: &RoaringBitmap, layers: &[RoaringBitmap]) -> Digest {
    let mut hash = Sha256::new();
    hash.update(space.number().to_le_bytes());
    for layer in std::iter::once(members).chain(layers) {
        absorbed(&mut hash, layer);
    }
    hash.finalize().into()
}

fn absorbed(hash: &mut Sha256, members: &RoaringBitmap) {
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
        // How many they are is told by a mean or a variance beside a sum, and by the sum where their values are known about.
        let near = !counts(figure) && super::near::tells_number(part);
        if figure.measure != Measure::Sum || !near {
            self.push(&mut sets, figure.measure, &part.persons, &part.lines);
        }
        if near {
            self.push(&mut sets, figure.measure, &part.telling, &part.telling_lines);
        }
        // It is that of those who have something: nobody is hidden among others who have nothing.
        if !counts(figure) && !part.telling.is_empty() {
            let space = Space::Amounts(figure.column.unwrap_or(u32::MAX));
            let members = if self.lines { &part.telling_lines } else { &part.telling };
            let digest = self.digest(space, members);
            sets.push(Told { space, members, layers: &[], persons: part.telling.len(), digest });
            if self.lines && part.telling.len() == part.telling_lines.len() {
                let space = Space::AmountsOfPersons(figure.column.unwrap_or(u32::MAX));
                let digest = self.digest(space, &part.telling);
                let (members, persons) = (&part.telling, part.telling.len());
                sets.push(Told { space, members, layers: &[], persons, digest });
            }
        }
        // The place of a quantile says how many are below the rows around it, and how many above.
        for side in &part.sides {
            self.push(&mut sets, Measure::Rows, &side.persons, &side.lines);
        }
        // Who has the one value around it is not said, and the others have others.
        if part.level.is_some() {
            return sets;
        }
        if zeros_and_ones(figure, part) {
            self.push(&mut sets, figure.measure, &part.telling, &part.telling_lines);
        }
        // A number of rows is one of persons, too, of whom some count several times.
        if figure.measure.tells_rows() && self.lines {
            self.weighted(&mut sets, &part.owned);
        }
        for same in &part.few_lines {
            let digest = self.digest(Space::Lines, &same.lines);
            let persons = same.owned.persons.len();
            sets.push(Told { space: Space::Lines, members: &same.lines, layers: &[], persons, digest });
            self.weighted(&mut sets, &same.owned);
        }
        // What has few values says who has which, whatever it is multiplied by.
        if !counts(figure) {
            for same in &part.few {
                let digest = self.digest(Space::Persons, same);
                sets.push(Told {
                    space: Space::Persons,
                    members: same,
                    layers: &[],
                    persons: same.len(),
                    digest,
                });
            }
        }
        sets
    }

    /// Persons, each as often as he has rows.
    fn weighted(&mut self, sets: &mut Vec<Told<'a>>, owned: &'a Owned) {
        let Owned { persons: members, layers, more: _ } = owned;
        if members.is_empty() {
            return;
        }
        let digest = match &layers[..] {
            [] => self.digest(Space::Persons, members),
            layers => digest(Space::Persons, members, layers),
        };
        sets.push(Told { space: Space::Persons, members, layers, persons: members.len(), digest });
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
            let digest = self.digest(space, members);
            sets.push(Told { space, members, layers: &[], persons: persons.len(), digest });
        }
    }

    fn digest(&mut self, space: Space, members: &'a RoaringBitmap) -> Digest {
        if let Some((_, _, digest)) = self.hashed.iter().find(|(s, m, _)| *s == space && *m == members) {
            return *digest;
        }
        let digest = digest(space, members, &[]);
        self.hashed.push((space, members, digest));
        digest
    }
}
