//! Points in chunks: of one section each, so that one key evaluates and one proof covers a chunk.

use super::msg::POINTS_CHUNK;
use std::ops::Range;

/// Where a run is among its points.
#[derive(Clone)]
pub(super) struct Chunks {
    /// Where each section ends.
    ends: Vec<usize>,
    at: usize,
}

impl Chunks {
    /// `counts` are below 2^32 together.
    pub(super) fn new(counts: &[u64]) -> Self {
        let mut total = 0;
        let add = |&count: &u64| {
            total += usize::try_from(count).expect("checked to be below 2^32");
            total
        };
        Self { ends: counts.iter().map(add).collect(), at: 0 }
    }

    /// How many are done.
    pub(super) fn done(&self) -> usize {
        self.at
    }

    /// The section and the places of the next chunk; `None` after the last.
    pub(super) fn due(&self) -> Option<(usize, Range<usize>)> {
        let section = self.ends.partition_point(|&end| end <= self.at);
        let end = *self.ends.get(section)?;
        Some((section, self.at..end.min(self.at + POINTS_CHUNK)))
    }

    /// On to the chunk after the one that is due.
    pub(super) fn advance(&mut self) {
        if let Some((_, range)) = self.due() {
            self.at = range.end;
        }
    }
}
