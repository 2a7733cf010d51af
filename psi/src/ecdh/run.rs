//! Moves messages over a channel and decides nothing.

use super::msg::{
    CountPackage, KeysPackage, Kind, MatchesPackage, OpenPackage, POINTS_CHUNK, PointsPackage, TokensPackage,
    WORKING_EVERY, WhileWorking, WorkingPackage,
};
use super::receiver::{self, AwaitingTokens, Matched, Matching, Unblinding};
use super::sender::{self, AwaitingCount, Collecting, Evaluating, Showing, Shown};
use crate::error::PsiError;
use crate::outcome::{Received, Sent};
use crate::wire::{blame, part, recv};
use crate::{Entry, Phase, Progress, Terms};
use rand_core::CryptoRng;
use std::fmt::Display;
use yinshu_net::Channel;

/// How many points the receiver has under way: four chunks.
const UNDERWAY: usize = 4 * POINTS_CHUNK;

/// How many frames the peer may have sent before it reads that the run is over: the points, and the keys.
const IN_FLIGHT: usize = UNDERWAY / POINTS_CHUNK + 1;

/// How many of the sender's entries are read while as many are computed.
const BLOCK: usize = 1 << 14;

type Report<'a> = &'a mut dyn FnMut(Progress);

/// Told what the receiver asks, after it was checked; an error ends the run.
pub type Asked<'a> = &'a mut dyn FnMut(&OpenPackage) -> Result<(), String>;

/// Holds the larger table: answers the receiver's points and shows tokens of its own entries.
///
/// Entries are read once, while the cores compute; each costs 20 bytes until the end. An `Err` among them
/// ends the run. The channel is left open; close it to be sure that the peer has everything.
///
/// # Errors
/// [`PsiError`]: a failure of the channel, of `entries`, of the own terms, or a misstep of the peer. The peer
/// is told that the run is over.
pub fn send<E: Display>(
    channel: &mut dyn Channel,
    entries: impl IntoIterator<Item = Result<Entry, E>>,
    terms: &Terms,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sent, PsiError> {
    send_recorded(channel, entries, terms, rng, &mut |_| Ok(()), progress)
}

/// As [`send`], and tells `asked` what the receiver opened the run with, before anything is answered: how
/// many entries it asks about and its commitment to them. If `asked` fails, nothing is answered.
///
/// A receiver that breaks off just before the end has seen most of the tokens, and this side then has no
/// [`Sent`]: who has to hold the receiver to its commitment records it here.
///
/// # Errors
/// As [`send`], and [`PsiError::Unrecorded`].
pub fn send_recorded<E: Display>(
    channel: &mut dyn Channel,
    entries: impl IntoIterator<Item = Result<Entry, E>>,
    terms: &Terms,
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sent, PsiError> {
    let result = sending(channel, entries.into_iter(), (terms, 1), rng, asked, progress);
    result.map_err(|error| part(channel, error, IN_FLIGHT))
}

/// As [`send`], in one of `runs` runs whose wrong matches add up.
pub(crate) fn send_one_of<E: Display>(
    channel: &mut dyn Channel,
    entries: impl IntoIterator<Item = Result<Entry, E>>,
    (terms, runs): (&Terms, u32),
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sent, PsiError> {
    let result = sending(channel, entries.into_iter(), (terms, runs), rng, &mut |_| Ok(()), progress);
    result.map_err(|error| part(channel, error, IN_FLIGHT))
}

/// Holds the smaller table: learns which of its entries the sender holds.
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
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Received, PsiError> {
    receive_one_of(channel, entries, (terms, 1), rng, progress)
}

/// As [`receive`], in one of `runs` runs whose wrong matches add up.
pub(crate) fn receive_one_of(
    channel: &mut dyn Channel,
    entries: &[Entry],
    (terms, runs): (&Terms, u32),
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Received, PsiError> {
    let result = receiving(channel, entries, (terms, runs), rng, progress);
    result.map_err(|error| part(channel, error, IN_FLIGHT))
}

fn sending<E: Display>(
    channel: &mut dyn Channel,
    entries: impl Iterator<Item = Result<Entry, E>>,
    (terms, runs): (&Terms, u32),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: Report<'_>,
) -> Result<Sent, PsiError> {
    terms.check()?;
    channel.phase("open");
    let frame = recv(channel, OpenPackage::MAX_BYTES)?;
    let open = blame(channel, OpenPackage::decode(&frame, terms))?;
    let mut evaluating = blame(channel, sender::accept(open.clone(), terms, rng))?.one_of(runs);
    asked(&open).map_err(|detail| PsiError::Unrecorded { detail })?;
    channel.phase("points");
    evaluate(channel, &mut evaluating, progress)?;
    channel.phase("tokens");
    let mut collecting = evaluating.finish()?;
    collect(channel, &mut collecting, entries, terms, progress)?;
    let mut showing = collecting.finish(terms, rng)?;
    show(channel, &mut showing, progress)?;
    match showing.finish()? {
        Shown::Done(sent) => Ok(sent),
        Shown::Awaiting(awaiting) => {
            channel.phase("matches");
            hear(channel, awaiting, progress)
        }
    }
}

fn evaluate(channel: &mut dyn Channel, state: &mut Evaluating, progress: Report<'_>) -> Result<(), PsiError> {
    let total = state.left() as u64;
    // The keys go with the first answer.
    let mut keys = Some(state.keys().encode());
    while state.due() > 0 {
        let frame = recv(channel, PointsPackage::bytes(state.due()))?;
        let blinded = PointsPackage::decode(&frame, Kind::Blinded, state.due());
        let evaluated = blame(channel, blinded.and_then(|blinded| state.evaluate(&blinded)))?;
        if let Some(keys) = keys.take() {
            channel.send(keys)?;
        }
        channel.send(evaluated.encode(Kind::Evaluated))?;
        let done = total - state.left() as u64;
        progress(Progress { phase: Phase::Points, done, total: Some(total) });
    }
    keys.map_or(Ok(()), |keys| Ok(channel.send(keys)?))
}

fn collect<E: Display>(
    channel: &mut dyn Channel,
    state: &mut Collecting,
    mut entries: impl Iterator<Item = Result<Entry, E>>,
    terms: &Terms,
    progress: Report<'_>,
) -> Result<(), PsiError> {
    let hint = entries.size_hint();
    let total = terms.own_items.or(hint.1.filter(|&upper| upper == hint.0).map(|upper| upper as u64));
    let mut told = 0;
    let mut block = read(&mut entries)?;
    while !block.is_empty() {
        let (mut added, mut following) = (Ok(()), Ok(Vec::new()));
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| added = state.add(&block, terms));
            following = read(&mut entries);
        });
        added?;
        block = following?;
        while told + WORKING_EVERY <= state.used() {
            told += WORKING_EVERY;
            channel.send(WhileWorking::Working(WorkingPackage { done: told }).encode())?;
        }
        progress(Progress { phase: Phase::Tokens, done: state.used(), total });
    }
    Ok(())
}

fn read<E: Display>(entries: &mut impl Iterator<Item = Result<Entry, E>>) -> Result<Vec<Entry>, PsiError> {
    let block: Result<_, E> = entries.take(BLOCK).collect();
    block.map_err(|error| PsiError::Source { detail: error.to_string() })
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

/// Hears of matches, in every protocol that shows tokens.
pub(crate) fn hear(
    channel: &mut dyn Channel,
    state: AwaitingCount,
    progress: Report<'_>,
) -> Result<Sent, PsiError> {
    let frame = recv(channel, CountPackage::BYTES)?;
    let count = CountPackage::decode(&frame, Kind::MatchCount);
    let mut awaiting = blame(channel, count.and_then(|count| state.count(count)))?;
    let mut done = 0;
    while awaiting.due() > 0 {
        let frame = recv(channel, MatchesPackage::max_bytes(awaiting.due()))?;
        let matches = awaiting.decode(&frame);
        done += blame(channel, matches.and_then(|matches| awaiting.absorb(&matches)))?;
        progress(Progress { phase: Phase::Return, done, total: None });
    }
    // Nothing is sent any more, a refusal neither: the receiver must not learn that it hit a random token.
    blame(channel, awaiting.check())?;
    awaiting.finish()
}

fn receiving(
    channel: &mut dyn Channel,
    entries: &[Entry],
    (terms, runs): (&Terms, u32),
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Received, PsiError> {
    terms.check()?;
    channel.phase("open");
    let (blinding, open) = receiver::open(entries, terms, rng)?;
    let mut blinding = blinding.one_of(runs);
    channel.send(open.encode())?;
    channel.phase("points");
    while blinding.underway() < UNDERWAY {
        let Some(points) = blinding.next_points(rng) else { break };
        channel.send(points.encode(Kind::Blinded))?;
    }
    let frame = recv(channel, KeysPackage::bytes(terms.sections.len()))?;
    let keys = KeysPackage::decode(&frame, terms.sections.len());
    let mut unblinding = blame(channel, keys.and_then(|keys| blinding.keys(keys)))?;
    unblind(channel, &mut unblinding, entries.len() as u64, rng, progress)?;
    channel.phase("tokens");
    let mut matching = wait(channel, unblinding.finish()?, progress)?;
    look_up(channel, &mut matching, progress)?;
    tell(channel, matching.finish()?, progress)
}

/// Tells the sender of matches where it learns them, in every protocol that shows tokens.
pub(crate) fn tell(
    channel: &mut dyn Channel,
    mut matched: Matched,
    progress: Report<'_>,
) -> Result<Received, PsiError> {
    if let Some(count) = matched.count() {
        channel.phase("matches");
        channel.send(count.encode(Kind::MatchCount))?;
        while let Some(frame) = matched.next_matches() {
            channel.send(frame)?;
        }
        progress(Progress { phase: Phase::Return, done: count.count, total: Some(count.count) });
    }
    matched.finish()
}

fn unblind(
    channel: &mut dyn Channel,
    state: &mut Unblinding<'_>,
    total: u64,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<(), PsiError> {
    while state.underway() > 0 {
        let frame = recv(channel, PointsPackage::bytes(state.due()))?;
        let evaluated = PointsPackage::decode(&frame, Kind::Evaluated, state.due());
        blame(channel, evaluated.and_then(|evaluated| state.absorb(&evaluated)))?;
        progress(Progress { phase: Phase::Points, done: state.done(), total: Some(total) });
        if let Some(points) = state.next_points(rng) {
            channel.send(points.encode(Kind::Blinded))?;
        }
    }
    Ok(())
}

fn wait(
    channel: &mut dyn Channel,
    mut state: AwaitingTokens,
    progress: Report<'_>,
) -> Result<Matching, PsiError> {
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

fn look_up(channel: &mut dyn Channel, state: &mut Matching, progress: Report<'_>) -> Result<(), PsiError> {
    while state.due() > 0 {
        let frame = recv(channel, TokensPackage::bytes(state.due(), state.token_bytes()))?;
        let tokens = blame(channel, state.decode(&frame))?;
        state.vartime_absorb(&tokens);
        progress(Progress { phase: Phase::Match, done: state.seen(), total: Some(state.count()) });
    }
    Ok(())
}
