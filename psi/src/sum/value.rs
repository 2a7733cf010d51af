//! From values to limbs and from sums of limbs to sums.

use crate::Entry;
use crate::error::PsiError;
use serde::{Deserialize, Serialize};
use yinshu_crypto::group::lifted::SLOT_BITS;
use yinshu_crypto::hash::Digest;

/// The most columns of a run.
pub const MAX_COLUMNS: usize = 8;

/// A column of the sender's values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name; the same on both sides.
    pub name: String,
    /// The width of its values, 1 to 64 bits: each 16 cost a multiplication and 64 bytes a row.
    pub bits: u32,
    /// Whether values lie in -2^(bits-1) .. 2^(bits-1) and not in 0 .. 2^bits.
    pub signed: bool,
}

impl Column {
    fn limbs(&self) -> usize {
        self.bits.div_ceil(SLOT_BITS) as usize
    }

    /// What is added to each value so that none is below zero.
    fn offset(&self) -> i128 {
        if self.signed { 1 << (self.bits - 1) } else { 0 }
    }

    /// The largest value of a limb.
    fn most(&self, limb: usize) -> u64 {
        let width = (self.bits - SLOT_BITS * limb as u32).min(SLOT_BITS);
        (1 << width) - 1
    }
}

/// The columns of a run: 1 to 8, each of 1 to 64 bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Column>", into = "Vec<Column>")]
pub struct Columns(Vec<Column>);

impl TryFrom<Vec<Column>> for Columns {
    type Error = PsiError;

    fn try_from(columns: Vec<Column>) -> Result<Self, PsiError> {
        let bad = |detail| Err(PsiError::BadColumns { detail });
        if columns.is_empty() || columns.len() > MAX_COLUMNS {
            return bad("1 to 8 columns are possible");
        }
        if !columns.iter().all(|column| (1..=64).contains(&column.bits)) {
            return bad("a column has 1 to 64 bits");
        }
        let mut names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return bad("two columns have one name");
        }
        Ok(Self(columns))
    }
}

impl From<Columns> for Vec<Column> {
    fn from(columns: Columns) -> Self {
        columns.0
    }
}

/// An entry of the sender with a value for each column.
#[derive(Clone)]
pub struct Row {
    /// The entry.
    pub entry: Entry,
    /// Its values.
    pub values: Vec<i128>,
}

/// Which column and which of its limbs a slot holds.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) column: usize,
    pub(super) limb: usize,
}

impl Columns {
    /// The columns.
    pub fn list(&self) -> &[Column] {
        &self.0
    }

    /// How many limbs all columns have together.
    pub fn slots(&self) -> usize {
        self.0.iter().map(Column::limbs).sum()
    }

    pub(super) fn layout(&self) -> Vec<Slot> {
        let limbs = |(column, one): (usize, &Column)| (0..one.limbs()).map(move |limb| Slot { column, limb });
        self.0.iter().enumerate().flat_map(limbs).collect()
    }

    pub(super) fn digest(&self) -> Digest {
        let mut parts = Vec::new();
        for column in &self.0 {
            parts.push(column.name.as_bytes().to_vec());
            parts.push(vec![column.bits as u8, u8::from(column.signed)]);
        }
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        Digest::of_parts("yinshu psi columns", &parts)
    }

    /// Refuses values that are not one for each column, in its range. `index` is the row's.
    pub(super) fn check(&self, index: u64, values: &[i128]) -> Result<(), PsiError> {
        if values.len() != self.0.len() {
            return Err(PsiError::BadValues { index, detail: "one value for each column is needed" });
        }
        let fits = |(column, &value): (&Column, &i128)| {
            value.checked_add(column.offset()).is_some_and(|from| (0..1 << column.bits).contains(&from))
        };
        if self.0.iter().zip(values).all(fits) {
            Ok(())
        } else {
            Err(PsiError::BadValues { index, detail: "a value is outside of its column's range" })
        }
    }

    /// The limbs of a row's checked values, lowest first, column after column; as many zeros for what fills up, so
    /// that encrypting it takes as long.
    pub(super) fn limbs(&self, row: Option<&Row>) -> Vec<u16> {
        let limb = |slot: Slot| {
            let value = row.map_or(0, |row| row.values[slot.column] + self.0[slot.column].offset());
            (value as u128 >> (SLOT_BITS as usize * slot.limb)) as u16
        };
        self.layout().into_iter().map(limb).collect()
    }

    /// The largest sum of a slot over `count` values.
    pub(super) fn bound(&self, slot: Slot, count: u64) -> u64 {
        self.0[slot.column].most(slot.limb).saturating_mul(count)
    }

    /// The sums of the columns, from those of their limbs over `count` values.
    pub(super) fn sums(&self, limbs: &[u64], count: u64) -> Vec<i128> {
        let taken = |column: &Column| -i128::from(count) * column.offset();
        let mut sums: Vec<i128> = self.0.iter().map(taken).collect();
        for (slot, &sum) in self.layout().into_iter().zip(limbs) {
            sums[slot.column] += i128::from(sum) << (SLOT_BITS as usize * slot.limb);
        }
        sums
    }

    /// Whether `sum` is possible in a column over `count` values.
    pub(super) fn possible(&self, column: usize, sum: i128, count: u64) -> bool {
        let (one, count) = (&self.0[column], i128::from(count));
        let (least, most) = (-one.offset() * count, ((1i128 << one.bits) - 1 - one.offset()) * count);
        (least..=most).contains(&sum)
    }
}
