//! From rows to entries and back.

use crate::error::PsiError;
use crate::terms::{MAX_ENTRIES, MAX_SECTIONS};
use crate::{Entry, Item, Section};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use yinshu_crypto::hash::Digest;

/// The largest cap on the rows of one key.
pub const MAX_CAP: u32 = 1024;

/// One way to match a row: all of these columns must be there and equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// Its name, which is part of every key; the same on both sides.
    pub name: String,
    /// The columns of the own rows, in an order that is the same on both sides.
    pub columns: Vec<usize>,
}

/// Which party's rows: the receiver's of a run are the left table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who asks and learns.
    Receiver,
    /// Who answers.
    Sender,
}

/// What becomes of several rows of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Duplicates {
    /// They are one: only whether a key is held is learnt.
    Once,
    /// How many rows the other party has of each key that both hold is learnt.
    Counted {
        /// The most rows of one key that count, 1 to [`MAX_CAP`].
        cap: u32,
    },
}

/// How rows are matched; the same on both sides but for the places of columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The domain of the keys' items.
    pub domain: String,
    /// In the order in which they are tried.
    pub alternatives: Vec<Alternative>,
}

/// The entries of one party for a run of [`crate::intersect`].
#[derive(Clone, Debug)]
pub struct Matching {
    /// The entries, in the order in which the run must be given them.
    pub entries: Vec<Entry>,
    /// How many keys of rows were left out because of the cap: the sender's, as the receiver's all take part.
    pub over: u64,
    /// For each entry its key.
    keys: Vec<u32>,
    /// For each row its key in each alternative.
    rows: Vec<Vec<Option<u32>>>,
}

/// What a run says of one own row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The first alternative by which the other party holds it.
    pub alternative: usize,
    /// With how many of the other's rows it makes a pair, up to the cap; 1 where duplicates are not counted.
    pub pairs: u64,
}

/// The entries of one party for a run of [`crate::size`].
#[derive(Clone, Debug)]
pub struct Counting {
    /// The entries, in any order.
    pub entries: Vec<Entry>,
    /// How many keys of rows were left out because of the cap.
    pub over: u64,
}

/// What the three sections of an alternative count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Pairs of rows with equal keys: the inner join.
    pub pairs: u64,
    /// Left rows with a partner: the semi join.
    pub left: u64,
    /// Right rows with a partner.
    pub right: u64,
}

impl Counts {
    /// From the sizes of an alternative's three sections.
    pub fn of(sizes: &[u64; 3]) -> Self {
        Self { pairs: sizes[0], left: sizes[1], right: sizes[2] }
    }

    /// Rows of the left outer join of a left table of `rows` rows.
    pub fn left_outer(&self, rows: u64) -> u64 {
        self.pairs + rows.saturating_sub(self.left)
    }

    /// Rows of the right outer join with a right table of `rows` rows.
    pub fn right_outer(&self, rows: u64) -> u64 {
        self.pairs + rows.saturating_sub(self.right)
    }

    /// Rows of the full outer join of tables of `left` and `right` rows.
    pub fn full_outer(&self, left: u64, right: u64) -> u64 {
        self.left_outer(left) + right.saturating_sub(self.right)
    }
}

/// Which of a key's entries: how the same key makes different items.
#[derive(Clone, Copy)]
enum Tag {
    Once,
    Occurrence(u32),
    Pair(u32, u32),
}

impl Plan {
    /// The sections of a run of [`crate::intersect`], one for each alternative, with room for `max` entries.
    pub fn sections(&self, max: u64) -> Vec<Section> {
        self.alternatives.iter().map(|one| Section { name: one.name.clone(), max }).collect()
    }

    /// The sections of a run of [`crate::size`], three for each alternative.
    pub fn counting_sections(&self, max: u64) -> Vec<Section> {
        let three = |one: &Alternative| {
            ["pairs", "left", "right"].map(|what| Section { name: format!("{} {what}", one.name), max })
        };
        self.alternatives.iter().flat_map(three).collect()
    }

    /// What both sides must agree on beside the terms of a run of [`crate::intersect`]: the domain, the names of the
    /// alternatives and how many columns each has (not their places, which are each side's own), and what becomes of
    /// duplicates. It belongs in [`crate::Terms::context`]: sides that differ in it would find nothing, or count wrongly.
    pub fn digest(&self, duplicates: Duplicates) -> Digest {
        self.digest_of(match duplicates {
            Duplicates::Once => [0, 0],
            Duplicates::Counted { cap } => [1, cap],
        })
    }

    /// The same for a run of [`crate::size`] over [`Plan::counting`] entries.
    pub fn counting_digest(&self, cap: u32) -> Digest {
        self.digest_of([2, cap])
    }

    fn digest_of(&self, kind: [u32; 2]) -> Digest {
        let kind = kind.map(u32::to_le_bytes).concat();
        let widths: Vec<[u8; 8]> =
            self.alternatives.iter().map(|one| (one.columns.len() as u64).to_le_bytes()).collect();
        let alternatives = self.alternatives.iter().zip(&widths);
        let parts = alternatives.flat_map(|(one, width)| [one.name.as_bytes(), width.as_slice()]);
        let parts: Vec<&[u8]> = [kind.as_slice(), self.domain.as_bytes()].into_iter().chain(parts).collect();
        Digest::of_parts("yinshu psi join plan v1", &parts)
    }

    /// The entries of `rows` for a run of [`crate::intersect`]; a row is its columns, `None` where one is missing.
    ///
    /// # Errors
    /// [`PsiError::BadColumns`] for a plan that cannot be, or a row without one of its columns;
    /// [`PsiError::TooManyEntries`] where the rows make more entries than a run takes, before any is made.
    pub fn matching<K: AsRef<[u8]>, R: AsRef<[Option<K>]>>(
        &self,
        side: Side,
        duplicates: Duplicates,
        rows: &[R],
    ) -> Result<Matching, PsiError> {
        self.check(rows)?;
        if let Duplicates::Counted { cap } = duplicates {
            checked_cap(cap)?;
        }
        let groups: Vec<Groups<'_>> = self.alternatives.iter().map(|one| vartime_groups(one, rows)).collect();
        room(groups.iter().flat_map(|one| &one.keys).map(|(_, count)| duplicates.shown(side, *count)))?;
        let mut matching = Matching { entries: Vec::new(), over: 0, keys: Vec::new(), rows: Vec::new() };
        matching.rows = rows.iter().map(|_| Vec::with_capacity(self.alternatives.len())).collect();
        let mut known = 0u32;
        for ((section, alternative), groups) in (0u16..).zip(&self.alternatives).zip(groups) {
            for (row, group) in groups.of_row.iter().enumerate() {
                matching.rows[row].push(group.map(|group| known + group));
            }
            for (group, (parts, count)) in (known..).zip(&groups.keys) {
                let tags: Vec<Tag> = match duplicates {
                    Duplicates::Once => vec![Tag::Once],
                    Duplicates::Counted { cap } => {
                        // The receiver's rows beyond the cap are matched like the others.
                        let over = count.saturating_sub(cap);
                        matching.over += if side == Side::Sender { over.into() } else { 0 };
                        let shown = if side == Side::Receiver { cap } else { cap.min(*count) };
                        (1..=shown).map(Tag::Occurrence).collect()
                    }
                };
                for tag in tags {
                    matching.entries.push(self.entry(section, alternative, parts, tag));
                    matching.keys.push(group);
                }
            }
            known += u32::try_from(groups.keys.len()).expect("no more than rows");
        }
        Ok(matching)
    }

    /// The entries of `rows` for a run of [`crate::size`] with [`crate::size::Opens::Sections`].
    ///
    /// # Errors
    /// As [`Plan::matching`].
    pub fn counting<K: AsRef<[u8]>, R: AsRef<[Option<K>]>>(
        &self,
        side: Side,
        cap: u32,
        rows: &[R],
    ) -> Result<Counting, PsiError> {
        self.check(rows)?;
        checked_cap(cap)?;
        let groups: Vec<Groups<'_>> = self.alternatives.iter().map(|one| vartime_groups(one, rows)).collect();
        room(groups.iter().flat_map(|one| &one.keys).map(|(_, count)| counted(*count, cap)))?;
        let mut counting = Counting { entries: Vec::new(), over: 0 };
        for ((at, alternative), groups) in (0u16..).zip(&self.alternatives).zip(groups) {
            for (parts, count) in groups.keys {
                counting.over += u64::from(count.saturating_sub(cap));
                let own = count.min(cap);
                let (left, right) = if side == Side::Receiver { (own, cap) } else { (cap, own) };
                let mut add = |section, tag| {
                    counting.entries.push(self.entry(3 * at + section, alternative, &parts, tag));
                };
                (1..=left).for_each(|i| (1..=right).for_each(|j| add(0, Tag::Pair(i, j))));
                (1..=left).for_each(|i| add(1, Tag::Occurrence(i)));
                (1..=right).for_each(|j| add(2, Tag::Occurrence(j)));
            }
        }
        Ok(counting)
    }

    fn entry(&self, section: u16, alternative: &Alternative, key: &[&[u8]], tag: Tag) -> Entry {
        let tag: Vec<u8> = match tag {
            Tag::Once => Vec::new(),
            Tag::Occurrence(i) => i.to_le_bytes().to_vec(),
            Tag::Pair(i, j) => [i.to_le_bytes(), j.to_le_bytes()].concat(),
        };
        let parts = [&[alternative.name.as_bytes(), &tag], key].concat();
        Entry { section, item: Item::new(&self.domain, &parts) }
    }

    fn check<K, R: AsRef<[Option<K>]>>(&self, rows: &[R]) -> Result<(), PsiError> {
        let bad = |detail| Err(PsiError::BadColumns { detail });
        if self.alternatives.is_empty() || 3 * self.alternatives.len() > MAX_SECTIONS {
            return bad("a plan has 1 to 341 alternatives");
        }
        if self.alternatives.iter().any(|alternative| alternative.columns.is_empty()) {
            return bad("an alternative has at least one column");
        }
        let last = self.alternatives.iter().flat_map(|one| &one.columns).max().copied().unwrap_or(0);
        if rows.iter().any(|row| row.as_ref().len() <= last) {
            return bad("a row has fewer columns than the plan names");
        }
        Ok(())
    }
}

impl Duplicates {
    /// How many entries a key of `count` rows makes.
    pub(super) fn shown(self, side: Side, count: u32) -> u64 {
        match self {
            Self::Once => 1,
            Self::Counted { cap } if side == Side::Receiver => cap.into(),
            Self::Counted { cap } => cap.min(count).into(),
        }
    }
}

/// How many entries a key of `count` rows makes where pairs are counted.
pub(super) fn counted(count: u32, cap: u32) -> u64 {
    let (own, cap) = (u64::from(count.min(cap)), u64::from(cap));
    own * cap + own + cap
}

/// Refuses more entries than a run takes before any is made.
pub(super) fn room(entries: impl Iterator<Item = u64>) -> Result<(), PsiError> {
    let found = entries.fold(0, u64::saturating_add);
    if found > MAX_ENTRIES { Err(PsiError::TooManyEntries { found, max: MAX_ENTRIES }) } else { Ok(()) }
}

fn checked_cap(cap: u32) -> Result<(), PsiError> {
    if (1..=MAX_CAP).contains(&cap) {
        Ok(())
    } else {
        Err(PsiError::BadColumns { detail: "the cap on the rows of one key is 1 to 1,024" })
    }
}

/// The rows of a table by their keys in one alternative.
struct Groups<'a> {
    /// The keys in the order of their first rows, and how many rows each has.
    keys: Vec<(Vec<&'a [u8]>, u32)>,
    /// For each row its key.
    of_row: Vec<Option<u32>>,
}

/// Its time depends on the own rows.
fn vartime_groups<'a, K: AsRef<[u8]> + 'a, R: AsRef<[Option<K>]>>(
    alternative: &Alternative,
    rows: &'a [R],
) -> Groups<'a> {
    let mut known: HashMap<Vec<&[u8]>, u32> = HashMap::new();
    let mut groups = Groups { keys: Vec::new(), of_row: Vec::with_capacity(rows.len()) };
    for row in rows {
        let part = |&column: &usize| row.as_ref()[column].as_ref().map(AsRef::as_ref);
        let key: Option<Vec<&[u8]>> = alternative.columns.iter().map(part).collect();
        let group = key.map(|key| {
            let next = u32::try_from(groups.keys.len()).expect("no more than rows");
            let group = *known.entry(key.clone()).or_insert(next);
            if group == next {
                groups.keys.push((key, 0));
            }
            groups.keys[group as usize].1 += 1;
            group
        });
        groups.of_row.push(group);
    }
    groups
}

impl Matching {
    /// What a run's result for the entries, in their order, says of each row.
    ///
    /// # Panics
    /// Where `matched` is not of these entries.
    pub fn rows(&self, matched: &[bool]) -> Vec<Option<Found>> {
        assert_eq!(matched.len(), self.entries.len(), "one result for each entry");
        let mut pairs: HashMap<u32, u64> = HashMap::new();
        for (key, _) in self.keys.iter().zip(matched).filter(|(_, matched)| **matched) {
            *pairs.entry(*key).or_default() += 1;
        }
        let found = |row: &Vec<Option<u32>>| {
            let hit = |(alternative, key): (usize, &Option<u32>)| {
                let pairs = *pairs.get(&(*key)?)?;
                Some(Found { alternative, pairs })
            };
            row.iter().enumerate().find_map(hit)
        };
        self.rows.iter().map(found).collect()
    }
}
