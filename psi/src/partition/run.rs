//! Moves messages, starts the workers, and keeps the checkpoint.

use super::checkpoint::Checkpoint;
use super::load;
use super::matcher::Matcher;
use super::matches::{self, Matches};
use super::msg::{End, Ready};
use super::plan::{self, Role};
use super::progress::{Clock, Progress};
use super::share::{Stop, Together, dealt};
use super::spill::Spill;
use crate::error::{Misstep, PsiError, Refusal};
use crate::wire::{blame, part, recv, refuse};
use crate::{Learns, Terms};
use chacha20::ChaCha20Rng;
use rand_core::{CryptoRng, SeedableRng};
use std::sync::{Mutex, PoisonError};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_net::{Channel, NetError};
use yinshu_ot::OtError;

/// What the receiver opens a run or resumes it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// How many entries it says it has in each section.
    pub counts: Vec<u64>,
    /// How many it can ask about in each section: padding is not to be told from entries.
    pub askable: Vec<u64>,
    /// Its commitment to its set ([`Spill::commitment`]).
    pub commitment: Digest,
    /// How many partitions are asked about now: fewer than all where a run resumes.
    pub partitions: u32,
}

/// Told what the receiver asks, before anything is answered; an error ends the run.
pub type Asked<'a> = &'a mut dyn FnMut(&Opening) -> Result<(), String>;

/// Told how far the run is, from any of its threads.
pub type Report<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// What the sender learns.
#[derive(Debug)]
pub struct Sent<'a> {
    /// What the receiver asked about.
    pub opening: Opening,
    /// Where both learn: the positions of the own entries that the receiver says it holds.
    pub matched: Option<Matches<'a>>,
}

/// What the receiver learns.
#[derive(Debug)]
pub struct Received<'a> {
    /// The positions of the own entries that the sender holds.
    pub matched: Matches<'a>,
    /// How many entries the sender says it shows.
    pub peer_items: u64,
    /// The commitment to the own set that the sender holds.
    pub commitment: Digest,
    /// What opens the commitment; to be kept, and kept secret until then.
    pub salt: Secret<[u8; 32]>,
}

/// Shows the set in `spill` to the receiver, which runs [`receive`] over the other ends of the same channels
/// in the same order. A run that was killed resumes with the same spill: only partitions that either side has
/// not completed are run, with fresh keys.
///
/// # Errors
/// [`PsiError`]: of a channel, the disk, the own terms or spill, or a misstep of the peer, which is told. What
/// was completed stays; [`PsiError::ResumeDiffers`] where it belongs to another peer, set or terms.
pub fn send<'a, C: Channel>(
    channels: &mut [C],
    spill: &'a Spill,
    matcher: &impl Matcher,
    terms: &Terms,
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: Report<'_>,
) -> Result<Sent<'a>, PsiError> {
    let mut opening = None;
    let mut meet = |ready: &Ready, partitions| {
        let plan = spill.plan();
        let (counts, askable) = (plan.asked.clone(), plan.askable(matcher));
        let told = Opening { counts, askable, commitment: ready.commitment, partitions };
        asked(&told).map_err(|detail| PsiError::Unrecorded { detail })?;
        opening = Some(told);
        Ok(())
    };
    let run = Run { spill, matcher, terms, role: Role::Sender };
    let checkpoint = run.go(channels, rng, &mut meet, progress)?;
    let opening = opening.ok_or(PsiError::OutOfStep { step: "the opening" })?;
    let matched = match terms.learns {
        Learns::Receiver => None,
        Learns::Both => Some(Matches::open(spill, &checkpoint)?),
    };
    Ok(Sent { opening, matched })
}

/// Learns which entries of `spill` the sender holds, which runs [`send`] over the other ends of the same
/// channels in the same order. Resumes as that does.
///
/// # Errors
/// As [`send`].
pub fn receive<'a, C: Channel>(
    channels: &mut [C],
    spill: &'a Spill,
    matcher: &impl Matcher,
    terms: &Terms,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Received<'a>, PsiError> {
    let run = Run { spill, matcher, terms, role: Role::Receiver };
    let checkpoint = run.go(channels, rng, &mut |_, _| Ok(()), progress)?;
    let matched = Matches::open(spill, &checkpoint)?;
    let (peer_items, commitment) = (spill.plan().shown, spill.commitment());
    Ok(Received { matched, peer_items, commitment, salt: spill.salt() })
}

/// May a run that ended so go on where it stopped? Not after a misstep or a refusal, which would come again, nor where
/// what this side has on disk is of no use. What failed without being anybody's doing (the connection, a process
/// that was restarted, a full disk, here or at the peer) changes nothing about what both have.
pub fn resumable(error: &PsiError) -> bool {
    match error {
        PsiError::Peer { .. }
        | PsiError::Overfull { .. }
        | PsiError::ResumeDiffers { .. }
        | PsiError::Damaged { .. }
        | PsiError::Correlation { cause: OtError::Peer { .. } }
        | PsiError::Channel { cause: NetError::FrameTooLong { .. } } => false,
        PsiError::Refused { reason, .. } => {
            matches!(reason, Refusal::Failed | Refusal::Stopped | Refusal::Unknown)
        }
        _ => true,
    }
}

struct Run<'a, M> {
    spill: &'a Spill,
    matcher: &'a M,
    terms: &'a Terms,
    role: Role,
}

/// What the workers of one attempt share.
struct Shared<'a> {
    attempt: Digest,
    checkpoint: Mutex<Checkpoint>,
    clock: Mutex<Clock>,
    report: Mutex<Report<'a>>,
    stop: Stop,
}

type Meet<'a> = &'a mut dyn FnMut(&Ready, u32) -> Result<(), PsiError>;

impl<M: Matcher> Run<'_, M> {
    fn go<C: Channel>(
        &self,
        channels: &mut [C],
        rng: &mut impl CryptoRng,
        meet: Meet<'_>,
        progress: Report<'_>,
    ) -> Result<Checkpoint, PsiError> {
        let workers = channels.len();
        let first = channels.first_mut().ok_or(PsiError::OutOfStep { step: "the opening of channels" })?;
        let met = self.meet(first, workers as u32, rng, meet);
        let (checkpoint, attempt) = met.map_err(|error| part(first, error, 0))?;
        let left: Vec<u32> =
            (0..).zip(&checkpoint.parts).filter(|(_, p)| p.is_none()).map(|(at, _)| at).collect();
        let clock = Mutex::new(Clock::new(checkpoint.parts.len() as u32, left.len() as u32, workers as u32));
        let shared = Shared {
            attempt,
            checkpoint: Mutex::new(checkpoint),
            clock,
            report: Mutex::new(progress),
            stop: Stop::default(),
        };
        std::thread::scope(|scope| {
            for (at, channel) in channels.iter_mut().enumerate() {
                let mine = dealt(&left, at, workers);
                let mut seed = [0; 32];
                rng.fill_bytes(&mut seed);
                let (mut rng, shared) = (ChaCha20Rng::from_seed(seed), &shared);
                scope.spawn(move || self.work(channel, &mine, &mut rng, shared));
            }
        });
        if let Some(error) = shared.stop.into_error() {
            // The peer's first channel may already await the end; if it cannot be told, its channel tells it.
            let _ = channels[0].send(refuse(Refusal::Failed));
            return Err(error);
        }
        let channel = &mut channels[0];
        self.end(channel, attempt).map_err(|error| part(channel, error, 0))?;
        Ok(shared.checkpoint.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Both sides say where they stand; partitions that either lacks are run again by both.
    fn meet(
        &self,
        channel: &mut dyn Channel,
        workers: u32,
        rng: &mut impl CryptoRng,
        meet: Meet<'_>,
    ) -> Result<(Checkpoint, Digest), PsiError> {
        let plan = self.spill.plan();
        self.terms.check()?;
        if plan::bound(self.terms, self.matcher) != plan.bound || self.spill.role() != self.role {
            return Err(PsiError::ResumeDiffers { what: "the terms, the role or the protocol" });
        }
        channel.phase("meet");
        let kept = Checkpoint::load(self.spill, channel.peer())?;
        let complete = match &kept {
            Some(kept) => kept.parts.iter().map(Option::is_some).collect(),
            None => vec![false; plan.partitions as usize],
        };
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        let own =
            Ready { session: plan.session, commitment: self.spill.commitment(), nonce, workers, complete };
        if self.role == Role::Receiver {
            channel.send(own.encode())?;
        }
        let frame = recv(channel, Ready::bytes(plan.partitions))?;
        let theirs = blame(channel, Ready::decode(&frame, plan.session, plan.partitions, workers))?;
        let checkpoint =
            kept.unwrap_or_else(|| Checkpoint::begin(self.spill, channel.peer(), theirs.commitment));
        if checkpoint.theirs != theirs.commitment {
            return blame(channel, Err(Misstep::SetChanged));
        }
        let checkpoint = narrowed(checkpoint, &theirs.complete);
        let left = checkpoint.parts.iter().filter(|part| part.is_none()).count();
        meet(&theirs, left as u32)?;
        checkpoint.save(self.spill)?;
        if self.role == Role::Sender {
            channel.send(own.encode())?;
        }
        let nonces = if self.role == Role::Receiver { [nonce, theirs.nonce] } else { [theirs.nonce, nonce] };
        let parts: [&[u8]; 3] = [&plan.session.0, &nonces[0], &nonces[1]];
        Ok((checkpoint, Digest::of_parts("yinshu psi partition attempt v1", &parts)))
    }

    /// One channel's share of the partitions, until one fails or another worker stops.
    fn work(&self, channel: &mut dyn Channel, mine: &[u32], rng: &mut ChaCha20Rng, shared: &Shared<'_>) {
        let mut channel = Together::new(channel, &shared.stop);
        for &partition in mine {
            // The peer's worker waits, and is told.
            let goes_on = channel.goes_on().map_err(PsiError::from);
            let done = goes_on.and_then(|()| self.one(&mut channel, partition, rng, shared));
            if let Err(error) = done {
                shared.stop.because(error);
                return;
            }
        }
    }

    fn one(
        &self,
        channel: &mut dyn Channel,
        partition: u32,
        rng: &mut ChaCha20Rng,
        shared: &Shared<'_>,
    ) -> Result<(), PsiError> {
        let began = std::time::Instant::now();
        let plan = self.spill.plan();
        let (terms, runs) =
            (plan.terms(self.terms, self.matcher, shared.attempt, partition), plan.partitions);
        let entries = load::padded(self.spill, partition, rng).map_err(|error| part(channel, error, 0))?;
        let mut tell = |inner| shared.tell(partition, Some(inner));
        let (entries, matched) = match (self.role, terms.learns) {
            (Role::Receiver, _) => {
                let matched = self.matcher.receive(channel, &entries, &terms, runs, rng, &mut tell)?;
                (entries, matched)
            }
            (Role::Sender, Learns::Receiver) => {
                self.matcher.send(channel, entries, &terms, runs, rng, &mut tell)?;
                (Vec::new(), Vec::new())
            }
            (Role::Sender, Learns::Both) => {
                let hits = self.matcher.send(channel, entries.clone(), &terms, runs, rng, &mut tell)?;
                let mut matched = vec![false; entries.len()];
                for hit in hits.unwrap_or_default() {
                    let at = usize::try_from(hit).ok().and_then(|at| matched.get_mut(at));
                    *at.ok_or(PsiError::OutOfStep { step: "the matches" })? = true;
                }
                (entries, matched)
            }
        };
        let keep = || {
            let complete = matches::write(self.spill, partition, shared.attempt, &entries, &matched)?;
            let mut checkpoint = shared.checkpoint.lock().unwrap_or_else(PoisonError::into_inner);
            checkpoint.parts[partition as usize] = Some(complete);
            checkpoint.save(self.spill)
        };
        keep().map_err(|error| part(channel, error, 0))?;
        shared.clock.lock().unwrap_or_else(PoisonError::into_inner).complete(began.elapsed());
        shared.tell(partition, None);
        Ok(())
    }

    /// Neither side ends before both have everything.
    fn end(&self, channel: &mut dyn Channel, attempt: Digest) -> Result<(), PsiError> {
        channel.phase("end");
        if self.role == Role::Receiver {
            channel.send(End { attempt }.encode())?;
        }
        let frame = recv(channel, End::BYTES)?;
        blame(channel, End::decode(&frame, attempt))?;
        if self.role == Role::Sender {
            channel.send(End { attempt }.encode())?;
        }
        Ok(())
    }
}

impl Shared<'_> {
    fn tell(&self, partition: u32, inner: Option<crate::Progress>) {
        let progress = self.clock.lock().unwrap_or_else(PoisonError::into_inner).progress(partition, inner);
        (self.report.lock().unwrap_or_else(PoisonError::into_inner))(progress);
    }
}

/// Drops what the peer has not completed.
fn narrowed(mut checkpoint: Checkpoint, theirs: &[bool]) -> Checkpoint {
    for (part, &complete) in checkpoint.parts.iter_mut().zip(theirs) {
        if !complete {
            *part = None;
        }
    }
    checkpoint
}
