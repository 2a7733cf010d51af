//! How far a run is, and an honest estimate of what is left.

use std::time::Duration;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many partitions are complete, those of earlier attempts among them.
    pub complete: u32,
    /// How many there are.
    pub partitions: u32,
    /// The partition that reports, and how far it is; `None` when it is complete.
    pub inner: Option<(u32, crate::Progress)>,
    /// How long the rest takes if each partition takes as long as the quickest or the slowest so far;
    /// `None` before the first is complete in this attempt.
    pub left: Option<(Duration, Duration)>,
}

/// Measures completed partitions.
pub(super) struct Clock {
    partitions: u32,
    left: u32,
    workers: u32,
    quickest: Duration,
    slowest: Duration,
    measured: bool,
}

impl Clock {
    pub(super) fn new(partitions: u32, left: u32, workers: u32) -> Self {
        let (quickest, slowest) = (Duration::MAX, Duration::ZERO);
        Self { partitions, left, workers: workers.max(1), quickest, slowest, measured: false }
    }

    pub(super) fn complete(&mut self, took: Duration) {
        self.left = self.left.saturating_sub(1);
        (self.quickest, self.slowest) = (self.quickest.min(took), self.slowest.max(took));
        self.measured = true;
    }

    pub(super) fn progress(&self, partition: u32, inner: Option<crate::Progress>) -> Progress {
        // The workers take turns in step: the last turn is a whole one even if not all have work in it.
        let turns = self.left.div_ceil(self.workers);
        let after = |one: Duration| one.saturating_mul(turns);
        Progress {
            complete: self.partitions - self.left,
            partitions: self.partitions,
            inner: inner.map(|inner| (partition, inner)),
            left: self.measured.then(|| (after(self.quickest), after(self.slowest))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_only_what_was_measured() {
        let seconds = Duration::from_secs;
        let mut clock = Clock::new(10, 7, 2);
        let progress = clock.progress(3, None);
        assert_eq!((progress.complete, progress.left), (3, None));
        clock.complete(seconds(4));
        clock.complete(seconds(6));
        let progress = clock.progress(4, None);
        assert_eq!((progress.complete, progress.left), (5, Some((seconds(12), seconds(18)))));
        (0..5).for_each(|_| clock.complete(seconds(5)));
        assert_eq!(clock.progress(9, None).left, Some((Duration::ZERO, Duration::ZERO)));
    }
}
