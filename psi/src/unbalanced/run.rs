//! Moves messages over a channel and decides nothing.

use super::encoding::Encoding;
use super::msg::{BucketsPackage, Kind, Lookup, NumbersPackage, OpenPackage, PointsPackage, StatePackage};
use super::receiver::{self, Asked, Blinded, Blinding, Found, Query};
use super::sender::{self, Answered, AwaitingBuckets, Evaluated, Evaluating};
use crate::error::{Misstep, PsiError};
use crate::wire::{blame, part, recv};
use crate::{Entry, Phase, Progress, Terms};
use rand_core::CryptoRng;
use yinshu_net::Channel;

/// How many chunks of points the asker has under way.
const UNDERWAY: usize = 4;

type Report<'a> = &'a mut dyn FnMut(Progress);

/// Told what the asker asks, after it was checked and before anything is answered; an error ends the run.
pub type Record<'a> = &'a mut dyn FnMut(&OpenPackage) -> Result<(), Declined>;

/// Why what was asked is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declined {
    /// It could not be recorded, as the recorder says.
    Unrecorded(String),
    /// The asker would have asked about more entries in all its runs under this key than it may.
    TotalQuota {
        /// The most that it may.
        max: u64,
        /// How many there would be with those of this run.
        found: u64,
    },
}

impl From<String> for Declined {
    fn from(detail: String) -> Self {
        Self::Unrecorded(detail)
    }
}

/// Holds the large set: answers the asker's points from its stored encoding, and hands out buckets where the
/// asker wants them. What this computes and sends does not depend on the size of the large set.
///
/// `asked` is told how many entries the asker asks about and its commitment to them. If it fails, nothing is
/// answered: who counts quotas over several runs refuses here. The channel is left open; close it to be sure
/// that the peer has everything.
///
/// # Errors
/// [`PsiError`]: a failure of the channel or the disk, terms that the encoding is not for, a refusal of
/// `asked`, or a misstep of the peer. The peer is told that the run is over.
pub fn answer(
    channel: &mut dyn Channel,
    encoding: &Encoding,
    terms: &Terms,
    rng: &mut impl CryptoRng,
    asked: Record<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Answered, PsiError> {
    let result = answering(channel, encoding, terms, rng, asked, progress);
    result.map_err(|error| part(channel, error, UNDERWAY))
}

/// Holds the small set: learns which of its entries the holder has, and their payloads.
///
/// # Errors
/// [`PsiError`]: a failure of the channel or of the copy, entries outside the own terms, or a misstep of the
/// peer. The peer is told that the run is over.
pub fn ask(
    channel: &mut dyn Channel,
    entries: &[Entry],
    terms: &Terms,
    query: &Query<'_>,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Asked, PsiError> {
    let result = asking(channel, entries, terms, query, rng, progress);
    result.map_err(|error| part(channel, error, UNDERWAY))
}

fn answering(
    channel: &mut dyn Channel,
    encoding: &Encoding,
    terms: &Terms,
    rng: &mut impl CryptoRng,
    asked: Record<'_>,
    progress: Report<'_>,
) -> Result<Answered, PsiError> {
    encoding.fits(terms)?;
    channel.phase("open");
    let frame = recv(channel, OpenPackage::MAX_BYTES)?;
    let open = blame(channel, OpenPackage::decode(&frame, terms))?;
    let mut evaluating = blame(channel, sender::accept(&open, encoding, terms))?;
    asked(&open).map_err(|declined| match declined {
        Declined::Unrecorded(detail) => PsiError::Unrecorded { detail },
        Declined::TotalQuota { max, found } => Misstep::TotalQuota { max, found }.by(channel.peer()),
    })?;
    channel.phase("points");
    channel.send(evaluating.state().encode())?;
    evaluate(channel, &mut evaluating, open.counts.iter().sum(), rng, progress)?;
    match evaluating.finish()? {
        Evaluated::Done(answered) => Ok(answered),
        Evaluated::Awaiting(awaiting) => {
            channel.phase("buckets");
            show(channel, awaiting, progress)
        }
    }
}

fn evaluate(
    channel: &mut dyn Channel,
    state: &mut Evaluating<'_>,
    total: u64,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<(), PsiError> {
    while state.due() > 0 {
        let frame = recv(channel, PointsPackage::bytes(state.due(), false))?;
        let blinded = blame(channel, state.decode(&frame))?;
        let evaluated = state.evaluate(&blinded, rng).map_err(|fault| fault.on(channel))?;
        channel.send(evaluated.encode(Kind::Evaluated))?;
        progress(Progress { phase: Phase::Points, done: state.done(), total: Some(total) });
    }
    Ok(())
}

fn show(
    channel: &mut dyn Channel,
    awaiting: AwaitingBuckets<'_>,
    progress: Report<'_>,
) -> Result<Answered, PsiError> {
    let frame = recv(channel, BucketsPackage::BYTES)?;
    let mut naming = blame(channel, awaiting.decode(&frame))?;
    while naming.due() > 0 {
        let frame = recv(channel, NumbersPackage::bytes(naming.due()))?;
        blame(channel, naming.absorb(&frame))?;
    }
    let mut showing = naming.finish()?;
    while let Some(sizes) = showing.next_sizes() {
        channel.send(sizes.encode(Kind::Sizes))?;
    }
    while let Some(rows) = showing.next_rows()? {
        channel.send(rows.encode())?;
        let (done, total) = showing.progress();
        progress(Progress { phase: Phase::Match, done, total: Some(total) });
    }
    showing.finish()
}

fn asking(
    channel: &mut dyn Channel,
    entries: &[Entry],
    terms: &Terms,
    query: &Query<'_>,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Asked, PsiError> {
    let (mut blinding, open) = receiver::open(entries, terms, query, rng)?;
    channel.phase("open");
    channel.send(open.encode())?;
    channel.phase("points");
    blind(channel, &mut blinding, terms, entries.len() as u64, rng, progress)?;
    match blinding.finish()? {
        Blinded::InCopy(found, copy) => {
            debug_assert_eq!(open.lookup, Lookup::Copy);
            found.vartime_look_up(copy)
        }
        Blinded::InBuckets(found, least) => {
            channel.phase("buckets");
            look_up(channel, found, least, rng, progress)
        }
    }
}

fn blind(
    channel: &mut dyn Channel,
    state: &mut Blinding<'_>,
    terms: &Terms,
    total: u64,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<(), PsiError> {
    let mut heard = false;
    loop {
        while state.underway() < UNDERWAY {
            let Some(points) = state.next_points(rng) else { break };
            channel.send(points.encode(Kind::Blinded))?;
        }
        if !heard {
            let frame = recv(channel, StatePackage::bytes(terms.sections.len()))?;
            let told = blame(channel, StatePackage::decode(&frame, terms))?;
            state.state(told).map_err(|fault| fault.on(channel))?;
            heard = true;
        }
        if state.underway() == 0 {
            return Ok(());
        }
        let frame = recv(channel, state.max_bytes())?;
        state.absorb(&frame).map_err(|fault| fault.on(channel))?;
        progress(Progress { phase: Phase::Points, done: state.done(), total: Some(total) });
    }
}

fn look_up(
    channel: &mut dyn Channel,
    found: Found<'_>,
    least: u32,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Asked, PsiError> {
    let mut naming = found.name_buckets(least, rng);
    channel.send(naming.buckets().encode())?;
    while let Some(numbers) = naming.next_numbers() {
        channel.send(numbers.encode(Kind::Numbers))?;
    }
    let mut sizing = naming.finish()?;
    while sizing.due() > 0 {
        let frame = recv(channel, NumbersPackage::bytes(sizing.due()))?;
        blame(channel, sizing.absorb(&frame))?;
    }
    let mut matching = sizing.finish()?;
    while matching.due() > 0 {
        let frame = recv(channel, matching.bytes())?;
        blame(channel, matching.vartime_absorb(&frame))?;
        let (done, total) = matching.progress();
        progress(Progress { phase: Phase::Match, done, total: Some(total) });
    }
    matching.finish()
}
