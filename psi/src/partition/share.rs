//! Which channel runs which partition, and how the failure of one ends the others.

use crate::PsiError;
use crate::error::Refusal;
use crate::wire::{refusal, refuse};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use yinshu_net::{Channel, Meter, NetError, PartyId};

/// The share of channel `at` of `channels` in the partitions that are left: one to each in turn. Both sides know
/// which are left, and so deal alike.
pub(super) fn dealt(left: &[u32], at: usize, channels: usize) -> Vec<u32> {
    left.iter().copied().skip(at).step_by(channels.max(1)).collect()
}

/// What ended a run, whichever channel it came from.
#[derive(Default)]
pub(super) struct Stop {
    stopped: AtomicBool,
    /// What failed first, and what the peer said of a failure elsewhere.
    first: Mutex<(Option<PsiError>, Option<PsiError>)>,
}

impl Stop {
    /// Ends the run. A peer that only says that another of its channels failed is telling why over that one, where we
    /// find out: such an error counts if there is no other.
    pub(super) fn because(&self, error: PsiError) {
        let echo = matches!(error, PsiError::Refused { reason: Refusal::Stopped, .. });
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if echo {
            first.1.get_or_insert(error);
        } else {
            first.0.get_or_insert(error);
            self.stopped.store(true, Ordering::Release);
        }
    }

    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Why the run ended, if it did before its end.
    pub(super) fn into_error(self) -> Option<PsiError> {
        let (first, echo) = self.first.into_inner().unwrap_or_else(PoisonError::into_inner);
        first.or(echo)
    }
}

/// A channel that ends at its next message once another has failed.
pub(super) struct Together<'a> {
    channel: &'a mut dyn Channel,
    stop: &'a Stop,
    told: bool,
}

impl<'a> Together<'a> {
    pub(super) fn new(channel: &'a mut dyn Channel, stop: &'a Stop) -> Self {
        Self { channel, stop, told: false }
    }

    /// Goes on unless another channel has failed; then the peer is told, which waits for what we owed it.
    pub(super) fn goes_on(&mut self) -> Result<(), NetError> {
        if !self.stop.stopped() {
            return Ok(());
        }
        if !self.told {
            self.told = true;
            // If it cannot be told, its own channel tells it.
            let _ = self.channel.send(refuse(Refusal::Stopped));
        }
        Err(NetError::Closed { peer: self.channel.peer().clone() })
    }
}

impl Channel for Together<'_> {
    fn peer(&self) -> &PartyId {
        self.channel.peer()
    }

    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        if refusal(&frame).is_some() {
            // The protocol's own reason says more.
            self.told = true;
        } else {
            self.goes_on()?;
        }
        self.channel.send(frame)
    }

    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        self.goes_on()?;
        let frame = self.channel.recv(max)?;
        if refusal(&frame).is_none() {
            self.goes_on()?;
        }
        Ok(frame)
    }

    fn phase(&mut self, name: &'static str) {
        self.channel.phase(name);
    }

    fn meter(&self) -> Meter {
        self.channel.meter()
    }

    fn close(&mut self) -> Result<(), NetError> {
        self.channel.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_partition_is_dealt_once(done in prop::collection::vec(any::<bool>(), 0..300), channels in 1usize..70) {
            let left: Vec<u32> = (0..).zip(&done).filter(|(_, done)| !**done).map(|(at, _)| at).collect();
            let shares: Vec<Vec<u32>> = (0..channels).map(|at| dealt(&left, at, channels)).collect();
            let mut all: Vec<u32> = shares.concat();
            all.sort_unstable();
            prop_assert_eq!(&all, &left, "each once, and none that is complete");
            let sizes = || shares.iter().map(Vec::len);
            prop_assert!(sizes().max() <= sizes().min().map(|least| least + 1), "no channel has two more than another");
        }
    }

    fn refused(reason: Refusal) -> PsiError {
        PsiError::Refused { peer: PartyId::new("peer").unwrap(), reason }
    }

    #[test]
    fn what_failed_first_counts_and_an_echo_only_where_there_is_nothing_else() {
        let stop = Stop::default();
        assert!(!stop.stopped());
        stop.because(refused(Refusal::Stopped));
        assert!(!stop.stopped(), "the channel that failed may still say why");
        stop.because(refused(Refusal::Malformed));
        stop.because(refused(Refusal::Failed));
        assert!(stop.stopped());
        assert_eq!(stop.into_error(), Some(refused(Refusal::Malformed)));
        let stop = Stop::default();
        stop.because(refused(Refusal::Stopped));
        assert_eq!(stop.into_error(), Some(refused(Refusal::Stopped)));
        assert_eq!(Stop::default().into_error(), None);
    }
}
