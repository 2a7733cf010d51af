//! Moves messages over a channel and decides nothing.

use super::Opens;
use super::msg::SizesPackage;
use super::receiver::{self, AwaitingTokens, Blinding, Counting, Received, Unblinding};
use super::sender::{self, Collecting, Evaluating, Returning, Sent, Showing, Shown};
use crate::ecdh::Asked;
use crate::ecdh::msg::{
    CountPackage, Kind, OpenPackage, PointsPackage, TokensPackage, WORKING_EVERY, WhileWorking,
    WorkingPackage,
};
use crate::error::PsiError;
use crate::stream::read;
use crate::wire::{blame, part, recv};
use crate::{Entry, Phase, Progress, Terms};
use rand_core::CryptoRng;
use std::fmt::Display;
use yinshu_net::Channel;

/// How many frames of the peer may lie before its refusal.
const UNDERWAY: usize = 64;

type Report<'a> = &'a mut dyn FnMut(Progress);

/// Holds the larger table: shuffles the receiver's points and shows tokens of its own entries.
///
/// The channel is left open; close it to be sure that the peer has everything.
///
/// # Errors
/// [`PsiError`]: a failure of the channel, of `entries`, of the own terms, or a misstep of the peer. The peer
/// is told that the run is over.
pub fn send<E: Display>(
    channel: &mut dyn Channel,
    entries: impl IntoIterator<Item = Result<Entry, E>>,
    terms: &Terms,
    opens: Opens,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sent, PsiError> {
    send_recorded(channel, entries, (terms, opens), rng, &mut |_| Ok(()), progress)
}

/// As [`send`], and tells `asked` what the receiver opened the run with, before anything is answered. If
/// `asked` fails, nothing is answered.
///
/// # Errors
/// As [`send`], and [`PsiError::Unrecorded`].
pub fn send_recorded<E: Display>(
    channel: &mut dyn Channel,
    entries: impl IntoIterator<Item = Result<Entry, E>>,
    (terms, opens): (&Terms, Opens),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sent, PsiError> {
    let result = sending(channel, entries, (terms, opens), rng, asked, progress);
    result.map_err(|error| part(channel, error, UNDERWAY))
}

/// Holds the smaller table: learns how many entries both hold.
///
/// The channel is left open; close it to be sure that the peer has everything.
///
/// # Errors
/// [`PsiError`]: a failure of the channel, entries outside the own terms, or a misstep of the peer. The peer
/// is told that the run is over.
pub fn receive(
    channel: &mut dyn Channel,
    entries: &[Entry],
    terms: &Terms,
    opens: Opens,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Received, PsiError> {
    let result = receiving(channel, entries, terms, opens, rng, progress);
    result.map_err(|error| part(channel, error, UNDERWAY))
}

fn sending<E: Display>(
    channel: &mut dyn Channel,
    entries: impl IntoIterator<Item = Result<Entry, E>>,
    (terms, opens): (&Terms, Opens),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: Report<'_>,
) -> Result<Sent, PsiError> {
    terms.check()?;
    opens.bound()?;
    channel.phase("open");
    let frame = recv(channel, OpenPackage::MAX_BYTES)?;
    let open = blame(channel, OpenPackage::decode(&frame, &opens.bind(terms)))?;
    let mut evaluating = blame(channel, sender::accept(open.clone(), terms, opens, rng))?;
    asked(&open).map_err(|detail| PsiError::Unrecorded { detail })?;
    channel.phase("points");
    evaluate(channel, &mut evaluating, progress)?;
    let mut returning = evaluating.finish(rng)?;
    give_back(channel, &mut returning)?;
    channel.phase("tokens");
    let entries = read(entries)?;
    let mut collecting = returning.finish(&entries, terms, rng)?;
    collect(channel, &mut collecting, rng, progress)?;
    let mut showing = collecting.finish(rng)?;
    show(channel, &mut showing, progress)?;
    match showing.finish()? {
        Shown::Done(sent) => Ok(sent),
        Shown::Awaiting(awaiting) => {
            channel.phase("sizes");
            let frame = recv(channel, SizesPackage::bytes(awaiting.due()))?;
            let sizes = SizesPackage::decode(&frame, awaiting.due());
            blame(channel, sizes.and_then(|sizes| awaiting.absorb(&sizes)))
        }
    }
}

fn evaluate(channel: &mut dyn Channel, state: &mut Evaluating, progress: Report<'_>) -> Result<(), PsiError> {
    let total = state.total() as u64;
    while state.due() > 0 {
        let frame = recv(channel, PointsPackage::bytes(state.due()))?;
        let blinded = PointsPackage::decode(&frame, Kind::Blinded, state.due());
        blame(channel, blinded.and_then(|blinded| state.absorb(&blinded)))?;
        progress(Progress { phase: Phase::Points, done: state.done() as u64, total: Some(total) });
    }
    Ok(())
}

fn give_back(channel: &mut dyn Channel, state: &mut Returning) -> Result<(), PsiError> {
    while let Some(points) = state.next_points() {
        channel.send(points.encode(Kind::Evaluated))?;
    }
    Ok(())
}

fn collect(
    channel: &mut dyn Channel,
    state: &mut Collecting,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<(), PsiError> {
    let (total, mut told) = (state.total(), 0);
    while state.step(rng) {
        while told + WORKING_EVERY <= state.done() {
            told += WORKING_EVERY;
            channel.send(WhileWorking::Working(WorkingPackage { done: told }).encode())?;
        }
        progress(Progress { phase: Phase::Tokens, done: state.done(), total: Some(total) });
    }
    Ok(())
}

fn show(channel: &mut dyn Channel, state: &mut Showing, progress: Report<'_>) -> Result<(), PsiError> {
    let count = state.count();
    channel.send(WhileWorking::Ready(count).encode())?;
    let mut done = 0;
    while let Some(tokens) = state.next_tokens() {
        channel.send(tokens.encode(state.token_bytes()))?;
        done += tokens.tokens.len() as u64;
        progress(Progress { phase: Phase::Match, done, total: Some(count.count) });
    }
    Ok(())
}

fn receiving(
    channel: &mut dyn Channel,
    entries: &[Entry],
    terms: &Terms,
    opens: Opens,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Received, PsiError> {
    terms.check()?;
    channel.phase("open");
    let (mut blinding, open) = receiver::open(entries, terms, opens, rng)?;
    channel.send(open.encode())?;
    channel.phase("points");
    blind(channel, &mut blinding, rng, progress)?;
    let mut unblinding = blinding.finish()?;
    unblind(channel, &mut unblinding)?;
    channel.phase("tokens");
    let mut counting = wait(channel, unblinding.finish()?, progress)?;
    count(channel, &mut counting, progress)?;
    let (received, sizes) = counting.finish(rng)?.finish();
    if let Some(sizes) = sizes {
        channel.phase("sizes");
        channel.send(sizes.encode())?;
    }
    Ok(received)
}

fn blind(
    channel: &mut dyn Channel,
    state: &mut Blinding,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<(), PsiError> {
    while let Some(points) = state.next_points(rng) {
        channel.send(points.encode(Kind::Blinded))?;
        progress(Progress { phase: Phase::Points, done: state.done(), total: None });
    }
    Ok(())
}

fn unblind(channel: &mut dyn Channel, state: &mut Unblinding) -> Result<(), PsiError> {
    while state.due() > 0 {
        let frame = recv(channel, PointsPackage::bytes(state.due()))?;
        let evaluated = PointsPackage::decode(&frame, Kind::Evaluated, state.due());
        blame(channel, evaluated.and_then(|evaluated| state.absorb(&evaluated)))?;
    }
    Ok(())
}

fn wait(
    channel: &mut dyn Channel,
    mut state: AwaitingTokens,
    progress: Report<'_>,
) -> Result<Counting, PsiError> {
    loop {
        let frame = recv(channel, CountPackage::BYTES)?;
        match blame(channel, WhileWorking::decode(&frame))? {
            WhileWorking::Ready(count) => return blame(channel, state.count(count)),
            WhileWorking::Working(working) => {
                blame(channel, state.still_working(working))?;
                progress(Progress { phase: Phase::Tokens, done: state.working(), total: None });
            }
        }
    }
}

fn count(channel: &mut dyn Channel, state: &mut Counting, progress: Report<'_>) -> Result<(), PsiError> {
    while state.due() > 0 {
        let frame = recv(channel, TokensPackage::bytes(state.due(), state.token_bytes()))?;
        blame(channel, state.vartime_absorb(&frame))?;
        progress(Progress { phase: Phase::Match, done: state.seen(), total: Some(state.count()) });
    }
    Ok(())
}
