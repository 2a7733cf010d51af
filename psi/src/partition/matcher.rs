//! The two-party protocol that runs in each partition.

use crate::{Entry, Progress, PsiError, Terms, ecdh, rr22};
use chacha20::ChaCha20Rng;
use yinshu_net::Channel;

/// A two-party intersection of sets that fit into memory. Entries are distinct and padded, so that their
/// number is public. The `context` of the terms is fresh for every partition and attempt, and the protocol
/// must refuse a peer with another.
///
/// `runs` is how many partitions there are: the same on both sides, and a bound on a wrong match must hold over as
/// many runs together.
pub trait Matcher: Sync {
    /// The name: part of what both sides must agree on.
    fn name(&self) -> &'static str;

    /// How much memory one entry takes at most, on either side, the entry itself included.
    fn bytes_per_entry(&self) -> u64;

    /// How many values a receiver can test that announces so many: what is held against its quota.
    fn askable(&self, announced: u64) -> u64 {
        announced
    }

    /// Shows the sender's entries; where both learn, returns the positions of those that matched, ascending.
    ///
    /// # Errors
    /// Those of the protocol; it has told the peer.
    fn send(
        &self,
        channel: &mut dyn Channel,
        entries: Vec<Entry>,
        terms: &Terms,
        runs: u32,
        rng: &mut ChaCha20Rng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<Vec<u64>>, PsiError>;

    /// For each of the receiver's entries: does the sender hold it?
    ///
    /// # Errors
    /// Those of the protocol; it has told the peer.
    fn receive(
        &self,
        channel: &mut dyn Channel,
        entries: &[Entry],
        terms: &Terms,
        runs: u32,
        rng: &mut ChaCha20Rng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<bool>, PsiError>;
}

impl<M: Matcher + Send + ?Sized> Matcher for Box<M> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn bytes_per_entry(&self) -> u64 {
        (**self).bytes_per_entry()
    }

    fn askable(&self, announced: u64) -> u64 {
        (**self).askable(announced)
    }

    fn send(
        &self,
        channel: &mut dyn Channel,
        entries: Vec<Entry>,
        terms: &Terms,
        runs: u32,
        rng: &mut ChaCha20Rng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<Vec<u64>>, PsiError> {
        (**self).send(channel, entries, terms, runs, rng, progress)
    }

    fn receive(
        &self,
        channel: &mut dyn Channel,
        entries: &[Entry],
        terms: &Terms,
        runs: u32,
        rng: &mut ChaCha20Rng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<bool>, PsiError> {
        (**self).receive(channel, entries, terms, runs, rng, progress)
    }
}

/// [`ecdh`] in each partition.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ecdh;

impl Matcher for Ecdh {
    fn name(&self) -> &'static str {
        "ecdh"
    }

    fn bytes_per_entry(&self) -> u64 {
        // 34 for the entry and 8 for the room to look for repeats; the receiver's state of an entry is 40 and
        // as much again while it is filled, the sender's 20 and as much again while it is sorted.
        128
    }

    fn send(
        &self,
        channel: &mut dyn Channel,
        entries: Vec<Entry>,
        terms: &Terms,
        runs: u32,
        rng: &mut ChaCha20Rng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<Vec<u64>>, PsiError> {
        let source = entries.into_iter().map(Ok::<_, std::convert::Infallible>);
        Ok(ecdh::send_one_of(channel, source, (terms, runs), rng, progress)?.matched)
    }

    fn receive(
        &self,
        channel: &mut dyn Channel,
        entries: &[Entry],
        terms: &Terms,
        runs: u32,
        rng: &mut ChaCha20Rng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<bool>, PsiError> {
        Ok(ecdh::receive_one_of(channel, entries, (terms, runs), rng, progress)?.matched)
    }
}

/// [`rr22`] in each partition: both sides under the same settings, which are part of the name.
#[derive(Clone, Copy, Debug)]
pub struct Rr22(pub rr22::Settings);

impl Matcher for Rr22 {
    fn name(&self) -> &'static str {
        use rr22::{Security, Wire};
        match (self.0.security, self.0.wire) {
            (Security::SemiHonest, Wire::Fast) => "rr22",
            (Security::SemiHonest, Wire::Compact) => "rr22 compact",
            (Security::Malicious, Wire::Fast) => "rr22 malicious",
            (Security::Malicious, Wire::Compact) => "rr22 malicious compact",
        }
    }

    fn bytes_per_entry(&self) -> u64 {
        // 34 for the entry and 8 for the room to look for repeats.
        42 + rr22::bytes_per_entry(&self.0)
    }

    fn askable(&self, announced: u64) -> u64 {
        rr22::charged(announced, &self.0)
    }

    fn send(
        &self,
        channel: &mut dyn Channel,
        entries: Vec<Entry>,
        terms: &Terms,
        runs: u32,
        rng: &mut ChaCha20Rng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<Vec<u64>>, PsiError> {
        // The run's own `asked` heard of the whole set before its first partition.
        let agreed = (terms, self.0, runs);
        Ok(rr22::send_one_of(channel, &entries, agreed, rng, &mut |_| Ok(()), progress)?.matched)
    }

    fn receive(
        &self,
        channel: &mut dyn Channel,
        entries: &[Entry],
        terms: &Terms,
        runs: u32,
        rng: &mut ChaCha20Rng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<bool>, PsiError> {
        Ok(rr22::receive_one_of(channel, entries, (terms, self.0, runs), rng, progress)?.matched)
    }
}
