//! Rows added up by group for differential privacy: of one person so many groups count, and so many rows in each.
//!
//! # What counts of somebody who has more
//! The groups, and in each the rows, of which a keyed digest is the least: of the operator's secret, what identifies the person
//! (by a digest of its own, [`Whose`]), the group, and what the row says. So the choice is as good as random, the same for every
//! figure and every question, and **depends on that person's rows alone**, in whatever order they come and were registered: with
//! all rows of one person left out, what counts of all others stays the same, and a sum moves by what that person counts for,
//! which is bounded. Rows that say the same have the same digest, and it does not matter which of them counts. A choice by the
//! order of rows would not do: after a join it follows from how batches fell, and so from others' rows. Nor would one by the
//! person's number: it says how many others were registered before.
//!
//! Somebody within the bounds is not looked at further. Of heavy persons rows that cannot count any more are dropped as they
//! go by, so that nobody fills the memory.
//!
//! # What it needs
//! Whether there is room enough would be an exact answer about rows. So it follows from the question: sums and counts of ranges
//! of all groups there can be, and as many rows of one person as wait at most, are held against the policy's memory before
//! anything is charged ([`Measured::fits`]), and rows are added up in as many parts at once as there is room for
//! ([`Counting::parts`]).

use super::fold::{Fold, column, places};
use super::stored::PERSON;
use super::whose::{Who, Whose};
use crate::error::SandboxError;
use crate::private::{Bounding, Kind, Measured, Measurement, PUT_TOGETHER, Size};
use crate::question::{MOST_GROUPS, Question};
use datafusion::arrow::array::{Array as _, Int64Array};
use datafusion::arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Rows of one person that wait at most.
pub(crate) const WAITING: usize = 1 << 16;

/// Sums by group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// The groups that any row fell into, by their places.
    pub groups: Vec<Total>,
}

/// Sums of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// Its place among the groups that there can be.
    pub place: u64,
    /// Of each measurement its sum.
    pub sums: Vec<i128>,
    /// Of each measurement of ranges how many rows are in each of the smallest; nothing where none is, and of others.
    pub ranges: Vec<Vec<u64>>,
}

impl Totals {
    /// Groups of several parts, of different persons each.
    pub(super) fn together(groups: impl Iterator<Item = Total>) -> Self {
        let mut all: BTreeMap<u64, Total> = BTreeMap::new();
        for group in groups {
            match all.entry(group.place) {
                Entry::Vacant(place) => drop(place.insert(group)),
                Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    known.sums.iter_mut().zip(&group.sums).for_each(|(known, sum)| *known += sum);
                    for (known, more) in known.ranges.iter_mut().zip(group.ranges) {
                        known.resize(known.len().max(more.len()), 0);
                        known.iter_mut().zip(more).for_each(|(known, more)| *known += more);
                    }
                }
            }
        }
        Self { groups: all.into_values().collect() }
    }
}

/// What is added up, and how much of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counting {
    /// The sums, each by group.
    pub measurements: Vec<Measurement>,
    /// How much of one person counts.
    pub bounding: Bounding,
    /// What decides on who has more: of this room, and of no use for anything else.
    pub salt: [u8; 32],
}

impl Counting {
    /// In how many parts rows may be added up at once in so many bytes, by what all groups that there can be come to.
    #[must_use]
    pub fn parts(&self, groups: u64, bytes: u64) -> usize {
        let Size { all, waiting } = Size::of(&self.measurements, self.bounding, groups);
        let left = bytes.saturating_sub(all.saturating_mul(PUT_TOGETHER));
        usize::try_from(left / all.saturating_add(waiting).max(1)).unwrap_or(usize::MAX).max(1)
    }

    /// For what a question measures, in the room of this secret.
    #[must_use]
    pub fn of(measured: &Measured, secret: &[u8; 32]) -> Self {
        let salt =
            Sha256::new().chain_update(b"yinshu sandbox who has more\0").chain_update(secret).finalize();
        Self { measurements: measured.measurements.clone(), bounding: measured.bounding, salt: salt.into() }
    }
}

/// The same, laid out for rows that go by.
pub(super) struct Shape {
    keys: Vec<usize>,
    measurements: Vec<Measurement>,
    bounding: Bounding,
    /// The columns of values that are needed.
    columns: Vec<usize>,
    /// For each measurement, its column among those.
    of_column: Vec<Option<usize>>,
    salt: [u8; 32],
}

impl Shape {
    pub(super) fn of(question: &Question, counting: &Counting) -> Self {
        let Counting { measurements, bounding, salt } = counting;
        let mut columns: Vec<usize> = measurements.iter().filter_map(|m| m.column).collect();
        columns.sort_unstable();
        columns.dedup();
        let place = |m: &Measurement| columns.iter().position(|column| Some(*column) == m.column);
        Self {
            keys: question.keys.iter().map(|key| key.labels.len()).collect(),
            of_column: measurements.iter().map(place).collect(),
            measurements: measurements.clone(),
            bounding: *bounding,
            columns,
            salt: *salt,
        }
    }
}

/// A row of the person that is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    place: u64,
    values: Vec<Option<i64>>,
}

/// Rows added up.
pub(super) struct Bounded {
    shape: Arc<Shape>,
    slots: Slots,
    groups: Vec<Total>,
    /// Who persons are, where somebody may have more rows than count.
    whose: Option<Whose>,
    /// Whose rows wait.
    person: i64,
    waiting: Vec<Row>,
}

/// For each group there can be, or that was met, where it is among `groups`.
enum Slots {
    All(Vec<u32>),
    Met(HashMap<usize, u32>),
}

/// No group yet.
const NONE: u32 = u32::MAX;

impl Fold for Bounded {
    fn add(&mut self, batch: &RecordBatch) -> Result<(), SandboxError> {
        let shape = Arc::clone(&self.shape);
        let persons = column(batch, PERSON)?;
        let places = places(batch, &shape.keys)?;
        let named = |at: &usize| column(batch, &format!("f{at}"));
        let values = shape.columns.iter().map(named).collect::<Result<Vec<_>, _>>()?;
        if shape.bounding.single {
            self.straight(&places, &values);
            return Ok(());
        }
        for (row, place) in places.into_iter().enumerate() {
            let person = persons.value(row);
            if person != self.person {
                self.settle()?;
                self.person = person;
            }
            if self.waiting.len() == WAITING {
                self.bound()?;
            }
            let of_row = |values: &&Int64Array| values.is_valid(row).then(|| values.value(row));
            let values = values.iter().map(of_row).collect();
            self.waiting.push(Row { place: place as u64, values });
        }
        Ok(())
    }
}

impl Bounded {
    pub(super) fn new(shape: Arc<Shape>, whose: Option<Whose>) -> Self {
        let groups: usize = shape.keys.iter().map(|labels| labels + 1).product();
        let slots = match groups as u64 <= MOST_GROUPS {
            true => Slots::All(vec![NONE; groups]),
            false => Slots::Met(HashMap::new()),
        };
        Self { shape, slots, groups: Vec::new(), whose, person: -1, waiting: Vec::new() }
    }

    /// Where nobody has a second row, every row counts.
    fn straight(&mut self, places: &[usize], values: &[&Int64Array]) {
        let shape = Arc::clone(&self.shape);
        let slots: Vec<usize> = places.iter().map(|place| self.slot(*place)).collect();
        for (at, (measurement, column)) in shape.measurements.iter().zip(&shape.of_column).enumerate() {
            match column.map(|column| values[column]) {
                None => slots.iter().for_each(|slot| self.groups[*slot].sums[at] += 1),
                Some(values) => {
                    for (row, slot) in slots.iter().enumerate() {
                        if values.is_valid(row) {
                            let (group, value) = (&mut self.groups[*slot], values.value(row));
                            group.sums[at] += measurement.adds(value);
                            measurement.put(value, &mut group.ranges[at]);
                        }
                    }
                }
            }
        }
    }

    fn slot(&mut self, place: usize) -> usize {
        let next = self.groups.len();
        let slot = match &mut self.slots {
            Slots::All(slots) => &mut slots[place],
            Slots::Met(slots) => slots.entry(place).or_insert(NONE),
        };
        if *slot == NONE {
            *slot = next as u32;
            let many = self.shape.measurements.len();
            let (sums, ranges) = (vec![0; many], vec![Vec::new(); many]);
            self.groups.push(Total { place: place as u64, sums, ranges });
        }
        *slot as usize
    }

    /// Keeps what counts of the rows that wait, those of a group together.
    fn bound(&mut self) -> Result<(), SandboxError> {
        let whose = self.whose.as_mut().ok_or_else(|| SandboxError::engine(&"nobody has several rows"))?;
        bound(&mut self.waiting, &whose.digest(self.person)?, &self.shape);
        Ok(())
    }

    /// The person has no more rows.
    fn settle(&mut self) -> Result<(), SandboxError> {
        if self.waiting.len() > 1 {
            self.bound()?;
        }
        let mut rows = std::mem::take(&mut self.waiting);
        let shape = Arc::clone(&self.shape);
        // Rows of a group lie together.
        let mut start = 0;
        while start < rows.len() {
            let place = rows[start].place;
            let end = start + rows[start..].iter().take_while(|row| row.place == place).count();
            let slot = self.slot(place as usize);
            let group = &mut self.groups[slot];
            for (at, (measurement, column)) in shape.measurements.iter().zip(&shape.of_column).enumerate() {
                let value = |row: &Row| column.map_or(Some(1), |column| row.values[column]);
                let values = rows[start..end].iter().filter_map(value);
                values.clone().for_each(|value| measurement.put(value, &mut group.ranges[at]));
                group.sums[at] += match measurement.kind {
                    Kind::Persons => i128::from(values.count() > 0),
                    _ => values.map(|value| measurement.adds(value)).sum(),
                };
            }
            start = end;
        }
        rows.clear();
        self.waiting = rows;
        Ok(())
    }

    /// Everything together: no person is in two of them.
    pub(super) fn totals(parts: Vec<Self>) -> Result<Totals, SandboxError> {
        let settled = |mut part: Self| {
            part.settle()?;
            Ok(part.groups)
        };
        let groups = parts.into_iter().map(settled).collect::<Result<Vec<_>, SandboxError>>()?;
        Ok(Totals::together(groups.into_iter().flatten()))
    }
}

/// Keeps what counts of a person's rows, those of a group together.
fn bound(rows: &mut Vec<Row>, who: &Who, shape: &Shape) {
    rows.sort_unstable_by_key(|row| row.place);
    let most = shape.bounding.groups as usize;
    let mut places: Vec<u64> = rows.iter().map(|row| row.place).collect();
    places.dedup();
    if places.len() > most {
        places.sort_by_cached_key(|place| (digest(shape, who, *place, None), *place));
        places.truncate(most);
        places.sort_unstable();
        rows.retain(|row| places.binary_search(&row.place).is_ok());
    }
    let most = shape.bounding.rows as usize;
    let mut kept = Vec::with_capacity(rows.len());
    for group in rows.chunk_by_mut(|a, b| a.place == b.place) {
        if group.len() > most {
            group.sort_by_cached_key(|row| digest(shape, who, row.place, Some(&row.values)));
        }
        kept.extend(
            group
                .iter_mut()
                .take(most)
                .map(|row| Row { place: row.place, values: std::mem::take(&mut row.values) }),
        );
    }
    *rows = kept;
}

/// What is chosen by: of a group, or of a row in it.
fn digest(shape: &Shape, who: &Who, place: u64, values: Option<&[Option<i64>]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"yinshu sandbox counts\0");
    hash.update(shape.salt);
    hash.update(who);
    hash.update(place.to_le_bytes());
    for value in values.into_iter().flatten() {
        hash.update([u8::from(value.is_some())]);
        hash.update(value.unwrap_or(0).to_le_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
