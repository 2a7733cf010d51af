//! Sums by group, from a worker to the room: a frame that says how many groups come, and a frame for each.
//!
//! # Security
//! Whoever reads believes nothing: groups are those of the question, in their order, each once; every sum is within what all
//! persons there are can come to, each with the rows and groups that count of one. Noise is drawn for what one person moves a
//! sum by, which a worker that was taken over need not keep to: what it was promised is kept by the walls.

use super::frames::{Broken, Reply};
use crate::engine::{Counting, Total, Totals};
use crate::question::Question;

/// Writes sums.
pub(super) fn written(
    totals: &Totals,
    mut send: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    send(&(totals.groups.len() as u64).to_le_bytes())?;
    for Total { place, sums } in &totals.groups {
        let mut out = place.to_le_bytes().to_vec();
        for sum in sums {
            out.extend_from_slice(&sum.to_le_bytes());
        }
        send(&out)?;
    }
    Ok(())
}

/// Sums while they come.
pub(crate) struct Sums {
    groups: u64,
    /// Of each measurement the most that all together can come to.
    most: Vec<u128>,
    /// How many groups are still to come, once that is known.
    left: Option<u64>,
    /// Groups from here on may come.
    next: u64,
    totals: Totals,
}

impl Sums {
    /// None came yet of those of a question over so many persons.
    pub(super) fn new(question: &Question, counting: &Counting, persons: u64) -> Self {
        let groups = question.keys.iter().fold(1, |all, key| all * (key.labels.len() as u64 + 1));
        let rows = if counting.bounding.single { 1 } else { counting.bounding.rows };
        let most = |measurement: &crate::private::Measurement| {
            measurement.most(rows).saturating_mul(u128::from(persons)).min(i128::MAX.unsigned_abs())
        };
        let most = counting.measurements.iter().map(most).collect();
        Self { groups, most, left: None, next: 0, totals: Totals::default() }
    }
}

impl Reply for Sums {
    type Whole = Totals;

    fn most(&self) -> usize {
        if self.left.is_none() { 8 } else { 4 + 16 * self.most.len() }
    }

    fn take(&mut self, frame: &[u8]) -> Result<bool, Broken> {
        let Some(left) = self.left else {
            let count = <[u8; 8]>::try_from(frame).map_err(|_| Broken::Unfit("groups are not counted"))?;
            let count = u64::from_le_bytes(count);
            if count > self.groups {
                return Err(Broken::Unfit("more groups than there can be"));
            }
            self.left = Some(count);
            return Ok(count == 0);
        };
        let after = left.checked_sub(1).ok_or(Broken::Unfit("more came than was counted"))?;
        let (place, sums) = frame.split_first_chunk().ok_or(Broken::Short)?;
        let place = u32::from_le_bytes(*place);
        let (sums, rest) = sums.as_chunks();
        if sums.len() != self.most.len() || !rest.is_empty() {
            return Err(Broken::Unfit("a group has not one sum a measurement"));
        }
        if u64::from(place) < self.next || u64::from(place) >= self.groups {
            return Err(Broken::Unfit("a group is none, or came before"));
        }
        let sums: Vec<i128> = sums.iter().map(|sum| i128::from_le_bytes(*sum)).collect();
        if sums.iter().zip(&self.most).any(|(sum, most)| sum.unsigned_abs() > *most) {
            return Err(Broken::Unfit("a sum is not within its bounds"));
        }
        self.next = u64::from(place) + 1;
        self.totals.groups.push(Total { place, sums });
        self.left = Some(after);
        Ok(after == 0)
    }

    fn whole(self) -> Result<Totals, Broken> {
        if self.left == Some(0) { Ok(self.totals) } else { Err(Broken::Short) }
    }
}
