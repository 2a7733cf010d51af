//! Moves messages over a channel and decides nothing.

use super::Asks;
use super::msg::{COUNT, OutcomePackage, ROWS, SHUFFLED, SharesPackage, SumsPackage};
use super::receiver::{self, Blinding, Raising, Received};
use super::sender::{self, Evaluating, Matching, Sealing, Sent};
use super::value::Row;
use crate::ecdh::Asked;
use crate::ecdh::msg::{Kind, OpenPackage, PointsPackage};
use crate::error::PsiError;
use crate::stream::{Message, number, read};
use crate::wire::{blame, part, recv};
use crate::{Entry, Learns, Phase, Progress, Terms};
use rand_core::CryptoRng;
use std::fmt::Display;
use yinshu_net::Channel;

/// How many frames of the peer may lie before its refusal.
const UNDERWAY: usize = 64;

type Report<'a> = &'a mut dyn FnMut(Progress);

/// Owns the values: learns how many entries both hold, and opens the sums where these are enough.
///
/// The channel is left open; close it to be sure that the peer has everything.
///
/// # Errors
/// [`PsiError`]: a failure of the channel, of `rows`, of the own terms, or a misstep of the peer. The peer is
/// told that the run is over.
pub fn send<E: Display>(
    channel: &mut dyn Channel,
    rows: impl IntoIterator<Item = Result<Row, E>>,
    terms: &Terms,
    asks: &Asks,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sent, PsiError> {
    send_recorded(channel, rows, (terms, asks), rng, &mut |_| Ok(()), progress)
}

/// As [`send`], and tells `asked` what the receiver opened the run with, before anything is answered. If
/// `asked` fails, nothing is answered.
///
/// # Errors
/// As [`send`], and [`PsiError::Unrecorded`].
pub fn send_recorded<E: Display>(
    channel: &mut dyn Channel,
    rows: impl IntoIterator<Item = Result<Row, E>>,
    agreed: (&Terms, &Asks),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sent, PsiError> {
    let result = sending(channel, rows, agreed, rng, asked, progress);
    result.map_err(|error| part(channel, error, UNDERWAY))
}

/// Asks: learns the sums of the sender's values over the entries that both hold, where these are enough.
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
    asks: &Asks,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Received, PsiError> {
    let result = receiving(channel, entries, (terms, asks), rng, progress);
    result.map_err(|error| part(channel, error, UNDERWAY))
}

fn sending<E: Display>(
    channel: &mut dyn Channel,
    rows: impl IntoIterator<Item = Result<Row, E>>,
    (terms, asks): (&Terms, &Asks),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: Report<'_>,
) -> Result<Sent, PsiError> {
    terms.check()?;
    channel.phase("open");
    let frame = recv(channel, OpenPackage::MAX_BYTES)?;
    let open = blame(channel, OpenPackage::decode(&frame, &asks.bind(terms)))?;
    let slots = asks.columns.slots();
    let frame = recv(channel, SharesPackage::bytes(slots))?;
    let shares = blame(channel, SharesPackage::decode(&frame, slots))?;
    let accepted = sender::accept(open.clone(), &shares, terms, asks, rng);
    let (mut evaluating, shares) = blame(channel, accepted)?;
    asked(&open).map_err(|detail| PsiError::Unrecorded { detail })?;
    channel.phase("points");
    evaluate(channel, &mut evaluating, progress)?;
    channel.phase("rows");
    let mut sealing = evaluating.finish(read(rows)?, terms, rng)?;
    channel.send(shares.encode())?;
    seal(channel, &mut sealing, rng, progress)?;
    channel.phase("shuffled rows");
    let mut matching = sealing.finish()?;
    match_rows(channel, &mut matching, progress)?;
    channel.phase("outcome");
    let (settled, outcome) = matching.finish(rng)?;
    channel.send(outcome.encode())?;
    let due = settled.due();
    if terms.learns == Learns::Receiver || due == 0 {
        return Ok(settled.finish());
    }
    let frame = recv(channel, SumsPackage::bytes(due))?;
    let sums = SumsPackage::decode(&frame, due);
    blame(channel, sums.and_then(|sums| settled.absorb(sums)))
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

fn seal(
    channel: &mut dyn Channel,
    state: &mut Sealing,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<(), PsiError> {
    channel.send(COUNT.frame(&state.count().to_le_bytes()))?;
    let per_frame = Message::per_frame(state.width());
    while let Some(rows) = state.next_rows(per_frame, rng) {
        channel.send(ROWS.frame(&rows))?;
        progress(Progress { phase: Phase::Tokens, done: state.done(), total: Some(state.count()) });
    }
    Ok(())
}

fn match_rows(channel: &mut dyn Channel, state: &mut Matching, progress: Report<'_>) -> Result<(), PsiError> {
    let (rows, width) = (state.rows(), state.width());
    SHUFFLED.recv_records(channel, rows, width, |first, records| {
        state.absorb(records)?;
        let done = (first + records.len() / width) as u64;
        progress(Progress { phase: Phase::Match, done, total: Some(rows as u64) });
        Ok(())
    })
}

fn receiving(
    channel: &mut dyn Channel,
    entries: &[Entry],
    (terms, asks): (&Terms, &Asks),
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Received, PsiError> {
    terms.check()?;
    channel.phase("open");
    let (mut blinding, open, shares) = receiver::open(entries, terms, asks, rng)?;
    channel.send(open.encode())?;
    channel.send(shares.encode())?;
    channel.phase("points");
    blind(channel, &mut blinding, rng, progress)?;
    channel.phase("rows");
    let slots = asks.columns.slots();
    let frame = recv(channel, SharesPackage::bytes(slots))?;
    let shares = blame(channel, SharesPackage::decode(&frame, slots))?;
    let rows = number(&COUNT.recv(channel, 8)?);
    let mut raising = blame(channel, blinding.finish(&shares, rows))?;
    raise(channel, &mut raising, rng, progress)?;
    channel.phase("shuffled rows");
    let width = raising.width();
    let (rows, awaiting) = raising.finish(rng)?.finish();
    SHUFFLED.send_records(channel, &rows, width)?;
    drop(rows);
    channel.phase("outcome");
    let frame = recv(channel, OutcomePackage::max_bytes(slots))?;
    let outcome = OutcomePackage::decode(&frame, slots);
    let received = blame(channel, outcome.and_then(|outcome| awaiting.vartime_open(&outcome)))?;
    if let Some(told) = received.told().filter(|_| terms.learns == Learns::Both) {
        channel.send(told.encode())?;
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

fn raise(
    channel: &mut dyn Channel,
    state: &mut Raising,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<(), PsiError> {
    let (rows, width) = (state.rows(), state.width());
    ROWS.recv_records(channel, rows, width, |first, records| {
        state.absorb(records, rng)?;
        let done = (first + records.len() / width) as u64;
        progress(Progress { phase: Phase::Tokens, done, total: Some(rows as u64) });
        Ok(())
    })
}
