//! Values of a provider that does not compute: it shares them among the three, and takes no other part.
//!
//! x = x0 + x1 + x2. The provider draws a key for x1 and one for x2, and gives each to the two parties that hold this
//! part; x0 is what is left, and goes to the two that hold it.
//!
//! # Cost
//! 8 bytes a value to the first party and to the third, none to the second; 65 or 97 bytes at the start. Between the three,
//! one round of digests for each vector. What the three tell the provider takes 8 bytes a word of each.
//!
//! # Security
//!
//! *Adversary.* One of the three, as in [`crate::verified`], and any number of providers, in league with it or not. A party
//! has two of three parts, of which any two are independent of x (AES as a pseudorandom function): it learns how
//! many values there are. A provider learns nothing, but for what the three tell it, all the same
//! ([`Provider::hear`]): of three that say something else one after the other, the one that differs is named. *What it gives* is not checked here, but for this: both holders of a part have
//! the same. They compare digests before they go on, in semi-honest runs too, since the provider is none of those
//! that were agreed to be trusted. A holder knows the part of which it gets a digest, unless the provider gave two, and
//! then what it learns is the provider's own. Whether values are what their owner declared is for those to check who compute
//! with them, in semi-honest runs, too; and so is what opens to a party that is in league with providers and subtracts
//! their rows ([`crate::release::readers`]).
//!
//! *Faults.* A provider that is lost, or breaks the protocol, is named to all three by whoever sees it, by its place among
//! the providers ([`Context::provided_by`]).

use crate::context::{CHUNK, Context, digest_of, words_of};
use crate::error::{Misstep, MpcError};
use crate::msg::{self, Offer};
use crate::ring::Ring;
use crate::role::Role;
use crate::shares::Shares;
use rand_core::CryptoRng;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::keystream::KeyStream;
use yinshu_crypto::secret::Secret;
use yinshu_net::{Channel, NetError, PartyId};

/// The provider's side.
pub struct Provider {
    /// To the three, in the order of their roles.
    channels: [Box<dyn Channel>; 3],
    /// Of x1 and x2.
    streams: [KeyStream; 2],
    step: u32,
}

fn stream(key: &Secret<[u8; 16]>) -> KeyStream {
    KeyStream::new(key)
}

/// A part of a vector, from its key.
fn part<R: Ring>(stream: &KeyStream, step: u32, len: usize) -> Vec<R> {
    let mut words = vec![0; len];
    stream.words(step.into(), 0, &mut words);
    words.into_iter().map(R::of).collect()
}

/// The number of the next step.
fn next(step: &mut u32) -> Result<u32, MpcError> {
    let now = *step;
    *step = now.checked_add(1).ok_or(MpcError::TooManySteps { max: u32::MAX })?;
    Ok(now)
}

/// The next frame, unless it says that the run is over.
fn receive(channel: &mut dyn Channel, max: usize) -> Result<Vec<u8>, MpcError> {
    let frame = channel.recv(max.max(msg::REFUSAL_BYTES))?;
    match msg::decode_refusal(&frame) {
        Some((reason, _)) => Err(MpcError::Unproven { peer: channel.peer().clone(), reason }),
        None => Ok(frame),
    }
}

/// A provider that ends the run does so for reasons of its own.
fn its_own(error: MpcError) -> MpcError {
    match error {
        MpcError::Unproven { peer, reason } => MpcError::Elsewhere { culprit: peer.clone(), peer, reason },
        error => error,
    }
}

/// Why a channel was closed, where a reason was given before.
fn reason_of(channel: &mut dyn Channel, cause: NetError) -> MpcError {
    match receive(channel, msg::REFUSAL_BYTES) {
        Err(error @ MpcError::Unproven { .. }) => error,
        _ => cause.into(),
    }
}

impl Provider {
    /// Gives each of the three the keys of its parts.
    ///
    /// # Errors
    /// A failure of a channel.
    pub fn meet(
        mut channels: [Box<dyn Channel>; 3],
        terms: &Digest,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, MpcError> {
        let mut key = || {
            let mut key = [0; 16];
            rng.fill_bytes(&mut key);
            key
        };
        let (first, second) = (key(), key());
        let keys: [&[[u8; 16]]; 3] = [&[first], &[first, second], &[second]];
        for (channel, keys) in channels.iter_mut().zip(keys) {
            let keys = keys.iter().copied().map(Secret::new).collect();
            channel.send(msg::encode_offer(&Offer { terms: *terms, keys }))?;
        }
        let streams = [stream(&Secret::new(first)), stream(&Secret::new(second))];
        Ok(Self { channels, streams, step: 0 })
    }

    /// Shares a vector.
    ///
    /// # Errors
    /// A failure of a channel, or the reason that a party gave for ending the run.
    pub fn share<R: Ring>(&mut self, values: &[R]) -> Result<(), MpcError> {
        let step = next(&mut self.step)?;
        let [x1, x2]: [Vec<R>; 2] = self.streams.each_ref().map(|stream| part(stream, step, values.len()));
        let x0: Vec<R> = values.iter().zip(x1.iter().zip(&x2)).map(|(&x, (&x1, &x2))| x - x1 - x2).collect();
        for chunk in x0.chunks(CHUNK) {
            for role in [Role::First, Role::Third] {
                let channel = &mut *self.channels[role.number()];
                channel.send(msg::encode_data(step, chunk)).map_err(|cause| reason_of(channel, cause))?;
            }
        }
        Ok(())
    }

    /// Hears what all three know, such as a salt: the same of each.
    ///
    /// # Errors
    /// [`Misstep::Dissents`] of the one that says something else than the two others, [`MpcError::Cheated`] where all three
    /// differ; a failure of a channel, or the reason that a party gave for ending the run.
    pub fn hear<R: Ring>(&mut self, len: usize) -> Result<Vec<R>, MpcError> {
        let step = next(&mut self.step)?;
        let mut hear = |role: Role| {
            let channel = &mut *self.channels[role.number()];
            let frame = receive(channel, msg::DATA_HEAD + msg::ELEMENT_BYTES * len)?;
            let mut words = vec![R::ZERO; len];
            let decoded = msg::decode_data(&frame, step, &mut words);
            decoded.map_err(|misstep| misstep.by(channel.peer())).map(|()| words)
        };
        let told = [hear(Role::First)?, hear(Role::Second)?, hear(Role::Third)?];
        let peer = |role: Role| self.channels[role.number()].peer().clone();
        for role in Role::ALL {
            let [one, other] = [role.next(), role.previous()].map(|role| &told[role.number()]);
            if one == other && *one != told[role.number()] {
                return Err(Misstep::Dissents.by(&peer(role)));
            }
        }
        let [first, second, _] = told;
        if first == second {
            return Ok(first);
        }
        let check = "what the three say to a provider";
        Err(MpcError::Cheated { check, first: peer(Role::First), second: peer(Role::Second) })
    }

    /// Tells all three that nothing more will come, and because of what.
    pub fn refuse(mut self, reason: u16) {
        for channel in &mut self.channels {
            // The run is over either way.
            let _ = channel.send(msg::encode_refusal(reason, None));
            let _ = channel.close();
        }
    }

    /// Waits until all three are done, however long they compute: as long as none of them is, a channel that is alive and says
    /// nothing for as long as it has patience is asked again, after the two others.
    ///
    /// # Errors
    /// [`MpcError`]: the first of the three that ended the run, and its reason; or a failure of a channel.
    pub fn finish(mut self) -> Result<(), MpcError> {
        let mut awaited = VecDeque::from(Role::ALL);
        while let Some(role) = awaited.pop_front() {
            let (begun, all) = (Instant::now(), awaited.len() + 1 == Role::ALL.len());
            let channel = &mut *self.channels[role.number()];
            match receive(channel, msg::REFUSAL_BYTES) {
                Err(MpcError::Channel { cause }) if all && was_waited_out(&cause, begun.elapsed()) => {
                    awaited.push_back(role);
                }
                frame => msg::decode_done(&frame?).map_err(|misstep| misstep.by(channel.peer()))?,
            }
        }
        self.channels.iter_mut().try_for_each(|channel| Ok(channel.close()?))
    }
}

/// Whether a channel said nothing for all of its patience, of a second at least: one that was lost says so at once.
fn was_waited_out(cause: &NetError, waited: Duration) -> bool {
    matches!(cause, NetError::Timeout { seconds, .. } if *seconds > 0 && waited >= Duration::from_secs(*seconds))
}

/// The side of each of the three.
pub struct Intake {
    channel: Box<dyn Channel>,
    role: Role,
    /// Of its own part and of the next one, where they come from keys.
    streams: [Option<KeyStream>; 2],
    step: u32,
}

impl Intake {
    /// Takes the keys that a provider gives to the party with this role.
    ///
    /// # Errors
    /// A failure of the channel or a misstep of the provider: other terms, or another message than is due.
    pub fn meet(mut channel: Box<dyn Channel>, role: Role, terms: &Digest) -> Result<Self, MpcError> {
        let keys = if role == Role::Second { 2 } else { 1 };
        let frame = receive(&mut *channel, msg::offer_bytes(keys)).map_err(its_own)?;
        let offer = msg::decode_offer(&frame, keys, terms).map_err(|misstep| misstep.by(channel.peer()))?;
        let mut streams = offer.keys.iter().map(stream);
        let streams = match role {
            Role::First => [None, streams.next()],
            Role::Second | Role::Third => [streams.next(), streams.next()],
        };
        Ok(Self { channel, role, streams, step: 0 })
    }

    /// Who provides.
    pub fn provider(&self) -> &PartyId {
        self.channel.peer()
    }

    /// Takes a vector of `len` values; all three do.
    ///
    /// # Errors
    /// [`MpcError::Cheated`]: two parties were not given the same part, or one of them says otherwise; else a
    /// failure of a channel or a misstep.
    pub fn shares<R: Ring>(&mut self, context: &mut Context, len: usize) -> Result<Shares<R>, MpcError> {
        let step = next(&mut self.step)?;
        let mut rest = vec![R::ZERO; if self.role == Role::Second { 0 } else { len }];
        for chunk in rest.chunks_mut(CHUNK) {
            let taken = self.take(step, chunk);
            taken.map_err(|error| context.end(error))?;
        }
        let mut rest = Some(rest);
        let [own, next] = self.streams.each_ref().map(|stream| match stream {
            Some(stream) => part(stream, step, len),
            None => rest.take().unwrap_or_default(),
        });
        let shares = Shares::new(own, next);
        self.compare(context, &shares)?;
        Ok(shares)
    }

    /// Tells the provider what all three know; all three do, and say the same.
    ///
    /// # Errors
    /// A failure of the channel, or the reason that the provider gave for ending the run.
    pub fn tell<R: Ring>(&mut self, context: &mut Context, values: &[R]) -> Result<(), MpcError> {
        let step = next(&mut self.step)?;
        let channel = &mut *self.channel;
        let sent = channel.send(msg::encode_data(step, values)).map_err(|cause| reason_of(channel, cause));
        sent.map_err(|error| context.end(its_own(error)))
    }

    fn take<R: Ring>(&mut self, step: u32, elements: &mut [R]) -> Result<(), MpcError> {
        let len = msg::DATA_HEAD + msg::ELEMENT_BYTES * elements.len();
        let frame = receive(&mut *self.channel, len).map_err(its_own)?;
        msg::decode_data(&frame, step, elements).map_err(|misstep| misstep.by(self.channel.peer()))
    }

    /// Whether the party after us has the same next part.
    fn compare<R: Ring>(&self, context: &mut Context, shares: &Shares<R>) -> Result<(), MpcError> {
        let role = context.role();
        let told = context.exchange(role.previous(), &words_of(&digest_of(&shares.own)), role.next())?;
        if told == words_of(&digest_of(&shares.next)) {
            return Ok(());
        }
        Err(context.doubt("the parts that a provider gave", self.provider().clone(), role.next()))
    }

    /// Tells the provider how the run ended.
    pub fn part<T>(mut self, outcome: &Result<T, MpcError>) {
        let frame = match outcome {
            Ok(_) => msg::encode_done(),
            Err(error) => msg::encode_refusal(error.code(), None),
        };
        // The run is over either way: who cannot be told hears it from its channel.
        let _ = self.channel.send(frame);
        let _ = self.channel.close();
    }
}

#[cfg(test)]
mod tests;
