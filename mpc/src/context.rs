//! What a protocol is given: who it is, which step it is in, randomness shared with the others, and the two channels.
//!
//! The three parties take the same steps in the same order. Each step has a number of its own, which stands in every
//! frame and names the streams of shared randomness: neither can be used twice or confused.

use crate::ends::Ends;
use crate::error::{Misstep, MpcError};
use crate::msg::Hello;
use crate::pool;
use crate::products::Products;
use crate::prss::Prss;
use crate::ring::{B64, Ring};
use crate::role::Role;
use crate::shares::Shares;
use crate::verified::record::Record;
use crate::verified::{Place, Security, claim};
use rand_core::CryptoRng;
use std::collections::VecDeque;
use std::ops::Range;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_net::{Channel, Meter, PartyId};

/// Elements in a frame (512 KiB).
pub const CHUNK: usize = 1 << 16;

/// Frames on their way before one is awaited: half of what a channel takes.
const AHEAD: usize = 8;

/// Values whose bits are worked on at a time, so that memory does not grow with vectors: a multiple of 64.
const BLOCK: usize = 1 << 18;

/// A vector in blocks.
pub(crate) fn blocks(len: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len).step_by(BLOCK).map(move |from| from..len.min(from + BLOCK))
}

/// One party's side of a computation.
pub struct Context {
    ends: Ends,
    prss: Prss,
    step: u32,
    security: Security,
    /// Claims that are not proved yet: about bits, and about integers.
    records: [Record; 2],
    inputs: Inputs,
    #[cfg(test)]
    pub(crate) deviation: Option<crate::tests::Deviation>,
}

/// Digests of what was sent as input to the party before, and of what came from the party after.
struct Inputs {
    compared: bool,
    sent: Digest,
    received: Digest,
}

impl Context {
    /// Meets the two others: compares `terms`, the digest of all that was agreed on, with the security that is due, and makes the shared keys from what
    /// both holders contribute.
    ///
    /// # Errors
    /// [`MpcError`]: other terms, another role than due, or a failure of a channel. The others are told.
    pub fn join(
        role: Role,
        previous: Box<dyn Channel>,
        next: Box<dyn Channel>,
        terms: &Digest,
        security: Security,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, MpcError> {
        let terms = &Digest::of_parts("yinshu mpc terms v1", &[&terms.0, &[security as u8]]);
        let mut hello = || {
            let mut contribution = [0; 32];
            rng.fill_bytes(&mut contribution);
            Hello { role, terms: *terms, contribution: Secret::new(contribution) }
        };
        let ours = [hello(), hello()];
        let mut ends = Ends::new(role, previous, next);
        match ends.meet(&ours, terms) {
            Ok([before, after]) => {
                let own = [&before.contribution, &ours[0].contribution];
                let next = [&ours[1].contribution, &after.contribution];
                Ok(Self {
                    ends,
                    prss: Prss::new(terms, own, next),
                    step: 0,
                    security,
                    records: Default::default(),
                    inputs: Inputs { compared: true, sent: Digest::ZERO, received: Digest::ZERO },
                    #[cfg(test)]
                    deviation: None,
                })
            }
            Err(error) => Err(ends.part(error)),
        }
    }

    /// Which of the three this party is.
    pub fn role(&self) -> Role {
        self.ends.role
    }

    /// What the others are assumed to do.
    pub fn security(&self) -> Security {
        self.security
    }

    /// Who provides and does not compute, in an order that all three have: said before any of them is met
    /// ([`Intake::meet`](crate::outside::Intake::meet)), so that all hear which of them ended a run.
    pub fn provided_by(&mut self, providers: Vec<PartyId>) {
        self.ends.providers = providers;
    }

    /// Whether others may do what they want.
    pub(crate) fn checked(&self) -> bool {
        self.security == Security::Malicious
    }

    /// Runs a computation to its end and closes the channels. Where it fails, the others are told who is at fault. A check
    /// that failed, a channel or a misstep of a peer ends it whatever the job makes of the error: nothing is sent or received
    /// after it, and what would send or receive gives that error.
    ///
    /// # Errors
    /// That of the computation; or the reason that another party gave, where a channel was closed.
    pub fn run<T>(mut self, job: impl FnOnce(&mut Self) -> Result<T, MpcError>) -> Result<T, MpcError> {
        let outcome = job(&mut self);
        match outcome.and_then(|outcome| self.alive().map(|()| outcome)) {
            Ok(outcome) => {
                self.ends.previous.close()?;
                self.ends.next.close()?;
                Ok(outcome)
            }
            Err(error) => Err(self.ends.part(error)),
        }
    }

    /// What went over the channels to the party before and to the one after.
    pub fn meters(&self) -> [Meter; 2] {
        [self.ends.previous.meter(), self.ends.next.meter()]
    }

    /// How many steps were taken.
    pub fn steps(&self) -> u32 {
        self.step
    }

    /// Starts a named phase: see [`Channel::phase`].
    pub fn phase(&mut self, name: &'static str) {
        self.ends.previous.phase(name);
        self.ends.next.phase(name);
    }

    /// The error that ended the computation, if there was one.
    pub(crate) fn alive(&self) -> Result<(), MpcError> {
        self.ends.alive()
    }

    /// The number of the next step. There is no step twice: after the last one nothing is sent any more.
    pub(crate) fn advance(&mut self) -> u32 {
        match self.step.checked_add(1) {
            Some(step) => self.step = step,
            None => drop(self.ends.fail(MpcError::TooManySteps { max: u32::MAX })),
        }
        self.step
    }

    /// The shared randomness. Streams are named by the numbers of [`Self::advance`].
    pub(crate) fn prss(&self) -> &Prss {
        &self.prss
    }

    /// A sharing of `len` random elements that nobody knows.
    pub fn random<R: Ring>(&mut self, len: usize) -> Shares<R> {
        let step = self.advance();
        self.prss.random(step.into(), len)
    }

    /// Makes a sharing of a vector of which each party has a summand: a sharing of zero is added, the party before gets
    /// this party's part, the party after gives its own. One element sent for each.
    ///
    /// # Errors
    /// [`MpcError`]: a failure of a channel or a misstep of a peer.
    pub(crate) fn reshare<R: Ring>(&mut self, products: &impl Products<R>) -> Result<Shares<R>, MpcError> {
        self.alive()?;
        if products.width() == 0 {
            // Sums of nothing, of which there is nothing to claim.
            return Ok(Shares::zeros(products.outputs()));
        }
        if self.checked() {
            return claim::claim(self, products);
        }
        let len = products.outputs();
        let step = self.advance();
        let (to, from) = (self.ends.role.previous(), self.ends.role.next());
        let (mut own, mut next) = (pool::zeros(len), pool::zeros(len));
        let mut underway = VecDeque::new();
        for range in chunks(len) {
            let part = &mut own[range.clone()];
            products.summands(range.clone(), part);
            self.prss.mask(step.into(), range.start, part);
            self.ends.send(to, step, part)?;
            underway.push_back(range);
            if underway.len() == AHEAD {
                let range = underway.pop_front().expect("it was just filled");
                self.ends.recv(from, step, &mut next[range])?;
            }
        }
        underway.into_iter().try_for_each(|range| self.ends.recv(from, step, &mut next[range]))?;
        Ok(Shares::new(own, next))
    }

    /// Sends a vector to one party and receives one from the same or the other; both have the length of `ours`.
    pub(crate) fn exchange<R: Ring>(&mut self, to: Role, ours: &[R], from: Role) -> Result<Vec<R>, MpcError> {
        let step = self.advance();
        self.exchange_at(step, to, ours, from)
    }

    /// [`Self::exchange`] in a step that all parties take.
    pub(crate) fn exchange_at<R: Ring>(
        &mut self,
        step: u32,
        to: Role,
        ours: &[R],
        from: Role,
    ) -> Result<Vec<R>, MpcError> {
        self.alive()?;
        let mut theirs = pool::zeros(ours.len());
        let mut underway = VecDeque::new();
        for range in chunks(ours.len()) {
            self.ends.send(to, step, &ours[range.clone()])?;
            underway.push_back(range);
            if underway.len() == AHEAD {
                let range = underway.pop_front().expect("it was just filled");
                self.ends.recv(from, step, &mut theirs[range])?;
            }
        }
        underway.into_iter().try_for_each(|range| self.ends.recv(from, step, &mut theirs[range]))?;
        Ok(theirs)
    }

    /// Sends a vector in a step that all parties take; the others must not all be sending.
    pub(crate) fn send<R: Ring>(&mut self, to: Role, step: u32, ours: &[R]) -> Result<(), MpcError> {
        chunks(ours.len()).try_for_each(|range| self.ends.send(to, step, &ours[range]))
    }

    /// The other side of [`Self::send`].
    pub(crate) fn recv<R: Ring>(&mut self, from: Role, step: u32, len: usize) -> Result<Vec<R>, MpcError> {
        let mut theirs = pool::zeros(len);
        self.recv_into(from, step, &mut theirs)?;
        Ok(theirs)
    }

    /// [`Self::recv`] into a vector that is there.
    pub(crate) fn recv_into<R: Ring>(
        &mut self,
        from: Role,
        step: u32,
        theirs: &mut [R],
    ) -> Result<(), MpcError> {
        chunks(theirs.len()).try_for_each(|range| self.ends.recv(from, step, &mut theirs[range]))
    }

    /// What is claimed and not proved, and leaves nothing in its place.
    pub(crate) fn take_record(&mut self, integers: bool) -> Record {
        std::mem::take(&mut self.records[usize::from(integers)])
    }

    /// Gives back what [`Self::take_record`] took.
    pub(crate) fn put_record(&mut self, integers: bool, record: Record) {
        self.records[usize::from(integers)] = record;
    }

    /// One of two parties cheated, which ends the run: whose claim it was, and who helped to check it.
    pub(crate) fn suspect(&mut self, check: &'static str, first: Role, second: Role) -> MpcError {
        let mut name = |role| self.ends.channel(role).peer().clone();
        let error = MpcError::Cheated { check, first: name(first), second: name(second) };
        self.ends.fail(error)
    }

    /// An error ends the run.
    pub(crate) fn end(&mut self, error: MpcError) -> MpcError {
        self.ends.fail(error)
    }

    /// A provider or one of the three cheated, which ends the run.
    pub(crate) fn doubt(&mut self, check: &'static str, first: PartyId, second: Role) -> MpcError {
        let second = self.ends.channel(second).peer().clone();
        self.ends.fail(MpcError::Cheated { check, first, second })
    }

    /// A party broke the protocol in a way that everybody sees, which ends the run.
    pub(crate) fn blame(&mut self, role: Role, misstep: Misstep) -> MpcError {
        self.ends.blame(role, misstep)
    }

    /// Notes what was sent or received as an input, where others may cheat.
    pub(crate) fn note_input<R: Ring>(&mut self, sent: &[R], received: &[R]) {
        if !self.checked() {
            return;
        }
        self.inputs.compared = false;
        let both = [(&mut self.inputs.sent, sent), (&mut self.inputs.received, received)];
        for (digest, elements) in both.into_iter().filter(|(_, elements)| !elements.is_empty()) {
            *digest = Digest::of_parts("yinshu mpc input v1", &[&digest.0, &digest_of(elements).0]);
        }
    }

    /// Compares what was sent as inputs with what came.
    pub(crate) fn compare_inputs(&mut self) -> Result<(), MpcError> {
        if self.inputs.compared || !self.checked() {
            return Ok(());
        }
        let (role, sent) = (self.ends.role, words_of(&self.inputs.sent));
        let told = self.exchange(role.previous(), &sent, role.next())?;
        if told == words_of(&self.inputs.received) {
            self.inputs.compared = true;
            return Ok(());
        }
        Err(self.ends.blame(role.next(), Misstep::OtherInput))
    }

    /// As if so many steps were taken.
    #[cfg(test)]
    pub(crate) fn skip_to(&mut self, step: u32) {
        self.step = step;
    }

    /// Where a test has a party deviate, changes what it says.
    #[cfg(test)]
    pub(crate) fn twist<R: Ring>(&mut self, place: Place, words: &mut [R]) {
        let frames = crate::tests::frames_sent(self);
        let (prss, step) = (&self.prss, u64::from(self.step));
        if let Some(deviation) = &mut self.deviation {
            deviation.apply(place, words, (frames, |out: &mut [u64]| prss.with_next_words(step, 0, out)));
        }
    }

    /// Nothing, but in tests.
    #[cfg(not(test))]
    #[inline(always)]
    pub(crate) fn twist<R: Ring>(&mut self, _place: Place, _words: &mut [R]) {}
}

/// Of elements as they travel.
pub(crate) fn digest_of<R: Ring>(elements: &[R]) -> Digest {
    let mut bytes = Vec::with_capacity(8 * CHUNK.min(elements.len()));
    let length = (elements.len() as u64).to_le_bytes();
    // Some at a time, each with the digest of those before: a vector is not copied whole.
    elements.chunks(CHUNK).fold(Digest::of_parts("yinshu mpc elements v2", &[&length]), |before, some| {
        bytes.clear();
        some.iter().for_each(|element| bytes.extend_from_slice(&element.word().to_le_bytes()));
        Digest::of_parts("yinshu mpc elements v2", &[&before.0, &bytes])
    })
}

/// A digest as elements, to travel.
pub(crate) fn words_of(digest: &Digest) -> [B64; 4] {
    let (words, _) = digest.0.as_chunks::<8>();
    std::array::from_fn(|at| B64(u64::from_le_bytes(words[at])))
}

fn chunks(len: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len).step_by(CHUNK).map(move |from| from..len.min(from + CHUNK))
}
