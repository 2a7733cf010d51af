//! Sums by group, from a worker to the room: a frame that says how many groups come, and a frame for each.
//!
//! # Security
//! Whoever reads believes nothing: groups are those of the question, in their order, each once; every sum is within what all
//! persons there are can come to, each with the rows and groups that count of one. Noise is drawn for what one person moves a
//! sum by, which a worker that was taken over need not keep to: what it was promised is kept by the walls.

use super::frames::{Broken, Reply};
use crate::engine::{Counting, Total, Totals};
use crate::question::Question;

/// Writes sums: of every group as many bytes, whatever is in it.
pub(super) fn written(
    totals: &Totals,
    counting: &Counting,
    mut send: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    send(&(totals.groups.len() as u64).to_le_bytes())?;
    for Total { place, sums, ranges } in &totals.groups {
        let mut out = place.to_le_bytes().to_vec();
        for sum in sums {
            out.extend_from_slice(&sum.to_le_bytes());
        }
        for (measurement, counts) in counting.measurements.iter().zip(ranges) {
            let all = counts.iter().chain(std::iter::repeat(&0)).take(measurement.ranges().max(counts.len()));
            all.for_each(|count| out.extend_from_slice(&count.to_le_bytes()));
        }
        send(&out)?;
    }
    Ok(())
}

/// Sums while they come.
pub(crate) struct Sums {
    groups: u64,
    /// Of each measurement the most that all together can come to, and how many ranges it has.
    most: Vec<(u128, usize)>,
    /// Bytes of all frames that are still to come at most.
    bytes: usize,
    /// How many groups are still to come, once that is known.
    left: Option<u64>,
    /// Groups from here on may come.
    next: u64,
    totals: Totals,
}

impl Sums {
    /// None came yet of those of a question over so many persons.
    pub(super) fn new(question: &Question, counting: &Counting, persons: u64, bytes: usize) -> Self {
        let groups = question.keys.iter().fold(1, |all, key| all * (key.labels.len() as u64 + 1));
        let rows = if counting.bounding.single { 1 } else { counting.bounding.rows };
        let most = |measurement: &crate::private::Measurement| {
            let all = measurement.most(rows).saturating_mul(u128::from(persons));
            (all.min(i128::MAX.unsigned_abs()), measurement.ranges())
        };
        let most = counting.measurements.iter().map(most).collect();
        Self { groups, most, bytes, left: None, next: 0, totals: Totals::default() }
    }
}

/// The ranges behind the sums of a group: of each measurement of ranges as many rows as its sum says.
fn ranges(rest: &[u8], sums: &[i128], most: &[(u128, usize)]) -> Result<Vec<Vec<u64>>, Broken> {
    let (numbers, odd) = rest.as_chunks();
    let many: usize = most.iter().map(|(_, ranges)| ranges).sum();
    if numbers.len() != many || !odd.is_empty() {
        return Err(Broken::Unfit("a group has not as many ranges as there are"));
    }
    let mut numbers = numbers.iter().map(|number| u64::from_le_bytes(*number));
    let mut all = Vec::with_capacity(most.len());
    for (sum, (_, ranges)) in sums.iter().zip(most) {
        let counts: Vec<u64> = numbers.by_ref().take(*ranges).collect();
        let rows: i128 = counts.iter().map(|count| i128::from(*count)).sum();
        if *ranges > 0 && rows != *sum {
            return Err(Broken::Unfit("ranges are not of as many rows as there are"));
        }
        all.push(counts);
    }
    Ok(all)
}

impl Reply for Sums {
    type Whole = Totals;

    fn most(&self) -> usize {
        match self.left {
            None => 8,
            Some(_) => 8 + self.most.iter().map(|(_, ranges)| 16 + 8 * ranges).sum::<usize>(),
        }
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
        let place = u64::from_le_bytes(*place);
        self.bytes =
            self.bytes.checked_sub(frame.len()).ok_or(Broken::Unfit("sums are larger than memory"))?;
        let many = 16 * self.most.len();
        let Some((sums, rest)) = sums.split_at_checked(many) else {
            return Err(Broken::Unfit("a group has not one sum a measurement"));
        };
        let sums = sums.as_chunks().0;
        if place < self.next || place >= self.groups {
            return Err(Broken::Unfit("a group is none, or came before"));
        }
        let sums: Vec<i128> = sums.iter().map(|sum| i128::from_le_bytes(*sum)).collect();
        if sums.iter().zip(&self.most).any(|(sum, (most, _))| sum.unsigned_abs() > *most) {
            return Err(Broken::Unfit("a sum is not within its bounds"));
        }
        let ranges = ranges(rest, &sums, &self.most)?;
        self.next = place + 1;
        self.totals.groups.push(Total { place, sums, ranges });
        self.left = Some(after);
        Ok(after == 0)
    }

    fn whole(self) -> Result<Totals, Broken> {
        if self.left == Some(0) { Ok(self.totals) } else { Err(Broken::Short) }
    }
}

#[cfg(test)]
mod tests;
