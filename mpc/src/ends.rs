//! The two channels of a party: frames in and out, blame, and parting.

use crate::error::{Misstep, MpcError};
use crate::msg::{self, Culprit, DATA_HEAD, ELEMENT_BYTES, Hello};
use crate::ring::Ring;
use crate::role::Role;
use yinshu_crypto::hash::Digest;
use yinshu_net::{Channel, Fault, MAX_FRAME, NetError, PartyId};

/// Frames that may lie before a refusal: what a party sends before it waits.
const UNDERWAY: usize = 16;

/// The code of a channel that failed, as another party tells it.
const CHANNEL: u16 = 9201;

/// Whose they are, and the channels to the party before and the party after.
pub(crate) struct Ends {
    pub(crate) role: Role,
    pub(crate) previous: Box<dyn Channel>,
    pub(crate) next: Box<dyn Channel>,
    /// Those that provide and do not compute, in an order that all three have.
    pub(crate) providers: Vec<PartyId>,
    failed: Option<MpcError>,
}

impl Ends {
    pub(crate) fn new(role: Role, previous: Box<dyn Channel>, next: Box<dyn Channel>) -> Self {
        Self { role, previous, next, providers: Vec::new(), failed: None }
    }

    /// Notes an error after which nothing is sent or received any more, whatever becomes of it in the computation.
    pub(crate) fn fail(&mut self, error: MpcError) -> MpcError {
        self.failed.get_or_insert_with(|| error.clone());
        error
    }

    /// The error that was noted, if there is one.
    pub(crate) fn alive(&self) -> Result<(), MpcError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    pub(crate) fn channel(&mut self, with: Role) -> &mut dyn Channel {
        debug_assert_ne!(with, self.role, "nobody talks to itself");
        if with == self.role.next() { &mut *self.next } else { &mut *self.previous }
    }

    /// Greets both others, the one before with the first hello, and takes theirs.
    pub(crate) fn meet(&mut self, ours: &[Hello; 2], terms: &Digest) -> Result<[Hello; 2], MpcError> {
        self.previous.send(msg::encode_hello(&ours[0]))?;
        self.next.send(msg::encode_hello(&ours[1]))?;
        Ok([self.greeted(self.role.previous(), terms)?, self.greeted(self.role.next(), terms)?])
    }

    fn greeted(&mut self, by: Role, terms: &Digest) -> Result<Hello, MpcError> {
        let frame = self.recv_frame(by, msg::HELLO_BYTES)?;
        let checked = msg::decode_hello(&frame).and_then(|hello| match &hello {
            hello if hello.role != by => Err(Misstep::WrongRole { expected: by, found: hello.role }),
            hello if hello.terms != *terms => Err(Misstep::OtherTerms),
            _ => Ok(hello),
        });
        checked.map_err(|misstep| self.blame(by, misstep))
    }

    pub(crate) fn send<R: Ring>(&mut self, to: Role, step: u32, elements: &[R]) -> Result<(), MpcError> {
        self.alive()?;
        let sent = self.channel(to).send(msg::encode_data(step, elements));
        sent.map_err(|cause| self.fail(cause.into()))
    }

    pub(crate) fn recv<R: Ring>(
        &mut self,
        from: Role,
        step: u32,
        elements: &mut [R],
    ) -> Result<(), MpcError> {
        self.alive()?;
        let frame = self.recv_frame(from, DATA_HEAD + ELEMENT_BYTES * elements.len());
        let frame = frame.map_err(|error| self.fail(error))?;
        msg::decode_data(&frame, step, elements).map_err(|misstep| self.blame(from, misstep))
    }

    /// The next frame, unless it says that the run is over.
    fn recv_frame(&mut self, from: Role, max: usize) -> Result<Vec<u8>, MpcError> {
        let frame = self.channel(from).recv(max.max(msg::REFUSAL_BYTES))?;
        match msg::decode_refusal(&frame) {
            Some((reason, culprit)) => Err(self.elsewhere(from, reason, culprit)),
            None => Ok(frame),
        }
    }

    /// Puts the name of the party with this role to a misstep, which ends the run.
    pub(crate) fn blame(&mut self, role: Role, misstep: Misstep) -> MpcError {
        let error = misstep.by(self.channel(role).peer());
        self.fail(error)
    }

    fn elsewhere(&mut self, from: Role, reason: u16, culprit: Option<Culprit>) -> MpcError {
        let peer = self.channel(from).peer().clone();
        let culprit = match culprit {
            Some(Culprit::Computing(role)) if role == self.role => {
                return MpcError::Accused { peer, reason };
            }
            Some(Culprit::Computing(role)) => Some(self.channel(role).peer().clone()),
            Some(Culprit::Provider(place)) => self.providers.get(usize::from(place)).cloned(),
            None => None,
        };
        match culprit {
            Some(culprit) => MpcError::Elsewhere { peer, culprit, reason },
            None => MpcError::Unproven { peer, reason },
        }
    }

    /// Tells both others that the run is over and because of whom. Where a channel was closed, looks for the reason
    /// that was given before. Of a party that computes and is silent nobody knows whether it waits for another: none is
    /// named then, least of all this one.
    pub(crate) fn part(mut self, error: MpcError) -> MpcError {
        let third = match &error {
            MpcError::Unproven { peer, reason: CHANNEL } => self.third_of(&peer.clone()),
            _ => None,
        };
        let asked = third.is_some();
        let error = third.unwrap_or(error);
        let closed = match &error {
            MpcError::Channel { cause: NetError::Closed { peer } | NetError::Unreachable { peer, .. } } => {
                self.culprit(peer)
            }
            // Of a provider only this party hears that nothing came.
            MpcError::Channel { cause: NetError::Timeout { peer, .. } } => {
                self.culprit(peer).filter(|culprit| asked || matches!(culprit, Culprit::Provider(_)))
            }
            _ => None,
        };
        let told = match closed {
            Some(Culprit::Computing(role)) if !asked => self.reason_of(role),
            _ => None,
        };
        let error = told.unwrap_or(error);
        // What was heard is passed on as it was.
        let (reason, culprit) = match &error {
            MpcError::Elsewhere { culprit, reason, .. } => (*reason, self.culprit(culprit)),
            MpcError::Accused { reason, .. } => (*reason, Some(Culprit::Computing(self.role))),
            MpcError::Cheated { .. } | MpcError::KeptDiffers => (error.code(), None),
            // Who told may be honest, and named nobody.
            MpcError::Unproven { reason, .. } => (*reason, None),
            error => match error.fault() {
                Some(Fault::Peer(peer)) => (error.code(), self.culprit(&peer)),
                Some(Fault::Network) => (error.code(), closed),
                _ => (error.code(), Some(Culprit::Computing(self.role))),
            },
        };
        let refusal = msg::encode_refusal(reason, culprit);
        for channel in [&mut self.previous, &mut self.next] {
            // The run is over either way: who cannot be told hears it from its own channel.
            let _ = channel.send(refusal.clone());
            let _ = channel.close();
        }
        error
    }

    /// Which of the other two or of the providers a party is.
    fn culprit(&self, party: &PartyId) -> Option<Culprit> {
        let both = [(&self.next, self.role.next()), (&self.previous, self.role.previous())];
        let role = both.into_iter().find(|(channel, _)| channel.peer() == party).map(|(_, role)| role);
        let place = self.providers.iter().position(|provider| provider == party);
        let place = place.and_then(|place| u8::try_from(place).ok());
        role.map(Culprit::Computing).or(place.map(Culprit::Provider))
    }

    fn reason_of(&mut self, role: Role) -> Option<MpcError> {
        self.last_of(role).ok()?
    }

    /// The reason that a party gave, after what was underway; the failure of its channel where that gives none.
    fn last_of(&mut self, role: Role) -> Result<Option<MpcError>, NetError> {
        for _ in 0..=UNDERWAY {
            let frame = self.channel(role).recv(MAX_FRAME)?;
            if let Some((reason, culprit)) = msg::decode_refusal(&frame) {
                return Ok(Some(self.elsewhere(role, reason, culprit)));
            }
        }
        Ok(None)
    }

    /// Who heard nothing more and names nobody may have waited for the third party. That one is told that the run is over: if
    /// it is there, it answers, and may say more; if not, it is the one that is gone.
    fn third_of(&mut self, peer: &PartyId) -> Option<MpcError> {
        let role = if self.next.peer() == peer { self.role.previous() } else { self.role.next() };
        let refusal = msg::encode_refusal(CHANNEL, None);
        let heard = self.channel(role).send(refusal).and_then(|()| self.last_of(role));
        match heard {
            Err(
                cause @ (NetError::Closed { .. } | NetError::Unreachable { .. } | NetError::Timeout { .. }),
            ) => Some(cause.into()),
            Ok(Some(error @ MpcError::Elsewhere { .. })) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
