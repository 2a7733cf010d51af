//! Moves messages over a channel and decides nothing. What needs nothing from the peer is computed while the
//! correlation is made.

use super::coding::TOKENS_CHUNK;
use super::hash::Value;
use super::msg::{AcceptPackage, CoinPackage, Kind, OpenPackage, WordsPackage};
use super::receiver::{self, AwaitingAccept, Encoded, Encoding, Evaluating, Matching};
use super::sender::{self, Preparing, Showing};
use super::settings::{Security, Settings};
use crate::ecdh::sender::Shown;
use crate::error::PsiError;
use crate::outcome::{Received, Sent};
use crate::wire::{blame, part, recv};
use crate::{Entry, Phase, Progress, Terms, ecdh};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, SeedableRng};
use yinshu_crypto::field::{F64, F128};
use yinshu_net::{Channel, MAX_FRAME};
use yinshu_ot::vole;

/// How many frames of the protocol may lie before a refusal: a window's worth.
const UNDERWAY: usize = yinshu_net::WINDOW / TOKENS_CHUNK;

type Report<'a> = &'a mut dyn FnMut(Progress);

/// Told what the receiver asks, after it was checked; an error ends the run.
pub type Asked<'a> = &'a mut dyn FnMut(&OpenPackage) -> Result<(), String>;

/// Answers the receiver: shows tokens of its own entries. Tells `asked` what the receiver opened the run with,
/// before anything is answered: how many entries it asks about and its commitment to them.
///
/// The channel is left open; close it to be sure that the peer has everything.
///
/// # Errors
/// [`PsiError`]: a failure of the channel, of `asked`, of the own terms (which must have one section), or a
/// misstep of the peer. The peer is told that the run is over.
pub fn send(
    channel: &mut dyn Channel,
    entries: &[Entry],
    terms: &Terms,
    settings: &Settings,
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sent, PsiError> {
    send_one_of(channel, entries, (terms, *settings, 1), rng, asked, progress)
}

/// As [`send`], in one of `runs` runs whose errors add up.
pub(crate) fn send_one_of(
    channel: &mut dyn Channel,
    entries: &[Entry],
    agreed: (&Terms, Settings, u32),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sent, PsiError> {
    let result = sending(channel, entries, agreed, rng, asked, progress);
    result.map_err(|error| part(channel, error, UNDERWAY))
}

/// Learns which of its entries the sender holds.
///
/// The channel is left open; close it to be sure that the peer has everything.
///
/// # Errors
/// [`PsiError`]: a failure of the channel, entries outside the own terms (which must have one section), or a
/// misstep of the peer. The peer is told that the run is over.
pub fn receive(
    channel: &mut dyn Channel,
    entries: &[Entry],
    terms: &Terms,
    settings: &Settings,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Received, PsiError> {
    receive_one_of(channel, entries, (terms, *settings, 1), rng, progress)
}

/// As [`receive`], in one of `runs` runs whose errors add up.
pub(crate) fn receive_one_of(
    channel: &mut dyn Channel,
    entries: &[Entry],
    agreed: (&Terms, Settings, u32),
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Received, PsiError> {
    let result = receiving(channel, entries, agreed, rng, progress);
    result.map_err(|error| part(channel, error, UNDERWAY))
}

fn sending(
    channel: &mut dyn Channel,
    entries: &[Entry],
    (terms, settings, runs): (&Terms, Settings, u32),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: Report<'_>,
) -> Result<Sent, PsiError> {
    terms.check()?;
    let tokens = sender::tokens(entries, terms)?;
    channel.phase("open");
    let frame = recv(channel, OpenPackage::BYTES)?;
    let open = blame(channel, OpenPackage::decode(&frame, terms, settings))?;
    let accepted = sender::accept(open.clone(), entries, tokens, terms, settings, rng);
    let (preparing, accept) = blame(channel, accepted)?;
    let preparing = preparing.one_of(runs);
    asked(&open).map_err(|detail| PsiError::Unrecorded { detail })?;
    channel.send(accept.encode())?;
    let mut showing = if preparing.small_values() {
        correct::<F64>(channel, preparing, settings.security, rng, progress)?
    } else {
        correct::<F128>(channel, preparing, settings.security, rng, progress)?
    };
    channel.phase("tokens");
    while let Some(frame) = showing.next_tokens() {
        channel.send(frame)?;
        let (done, total) = (showing.shown(), Some(showing.count()));
        progress(Progress { phase: Phase::Match, done, total });
    }
    match showing.finish()? {
        Shown::Done(sent) => Ok(sent),
        Shown::Awaiting(awaiting) => {
            channel.phase("matches");
            ecdh::hear(channel, awaiting, progress)
        }
    }
}

fn correct<A: Value>(
    channel: &mut dyn Channel,
    preparing: Preparing<'_>,
    security: Security,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Showing, PsiError> {
    channel.phase("correlation");
    let (mut prepared, mut correlation) = (None, None);
    rayon::in_place_scope(|scope| {
        scope.spawn(|_| prepared = Some(preparing.prepare::<A>()));
        correlation = Some(vole::send::<A>(channel, preparing.run(), preparing.columns(), security, rng));
    });
    let unfinished = || PsiError::OutOfStep { step: "the correlation" };
    let correlation = correlation.ok_or_else(unfinished)??;
    channel.phase("words");
    let mut correcting = preparing.correct(prepared.ok_or_else(unfinished)?, correlation)?;
    let total = correcting.due_in_all();
    while correcting.due() > 0 {
        let frame = recv(channel, WordsPackage::<A>::bytes(correcting.due()))?;
        let words = WordsPackage::decode(&frame, correcting.due());
        blame(channel, words.and_then(|words| correcting.absorb(&words)))?;
        let done = total - correcting.due_in_all();
        progress(Progress { phase: Phase::Points, done, total: Some(total) });
    }
    let mut theirs = None;
    if security == Security::Malicious {
        let frame = recv(channel, CoinPackage::BYTES)?;
        theirs = Some(blame(channel, CoinPackage::decode(&frame, Kind::ReceiverCoin))?);
        channel.send(correcting.coin().encode(Kind::SenderCoin))?;
    }
    correcting.evaluate(theirs, rng)
}

fn receiving(
    channel: &mut dyn Channel,
    entries: &[Entry],
    (terms, settings, runs): (&Terms, Settings, u32),
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Received, PsiError> {
    terms.check()?;
    channel.phase("open");
    let (awaiting, open) = receiver::open(entries, terms, settings, rng)?;
    channel.send(open.encode(settings))?;
    let encoding = answered(channel, awaiting.one_of(runs), settings.security)?;
    let mut matching = if encoding.small_values() {
        mask::<F64>(channel, encoding, settings.security, rng, progress)?
    } else {
        mask::<F128>(channel, encoding, settings.security, rng, progress)?
    };
    channel.phase("tokens");
    while matching.due() > 0 {
        let frame = recv(channel, matching.max_bytes().min(MAX_FRAME))?;
        let tokens = blame(channel, matching.decode(&frame))?;
        matching.vartime_absorb(&tokens);
        progress(Progress { phase: Phase::Match, done: matching.seen(), total: Some(matching.count()) });
    }
    ecdh::tell(channel, matching.finish()?, progress)
}

fn answered<'a>(
    channel: &mut dyn Channel,
    awaiting: AwaitingAccept<'a>,
    security: Security,
) -> Result<Encoding<'a>, PsiError> {
    let frame = recv(channel, AcceptPackage::bytes(security))?;
    let accept = AcceptPackage::decode(&frame, security);
    blame(channel, accept.and_then(|accept| awaiting.accept(accept)))
}

fn mask<A: Value>(
    channel: &mut dyn Channel,
    encoding: Encoding<'_>,
    security: Security,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Matching, PsiError> {
    channel.phase("correlation");
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    let mut filling = ChaCha20Rng::from_seed(seed);
    let (mut encoded, mut correlation) = (None, None);
    rayon::in_place_scope(|scope| {
        scope.spawn(|_| encoded = Some(encoding.vartime_encode::<A>(&mut filling)));
        correlation = Some(vole::receive::<A>(channel, encoding.run(), encoding.columns(), security, rng));
    });
    let unfinished = || PsiError::OutOfStep { step: "the correlation" };
    let correlation = correlation.ok_or_else(unfinished)??;
    let encoded: Encoded<A> = encoded.ok_or_else(unfinished)??;
    channel.phase("words");
    let total = encoding.columns() as u64;
    let mut masking = encoding.mask(encoded, correlation, rng)?;
    let mut done = 0;
    while let Some(words) = masking.next_words() {
        channel.send(words.encode())?;
        done += words.words.len() as u64;
        progress(Progress { phase: Phase::Points, done, total: Some(total) });
    }
    if let Some(coin) = masking.coin() {
        channel.send(coin.encode(Kind::ReceiverCoin))?;
    }
    let evaluating = masking.finish()?;
    let coins = hear_coin(channel, &evaluating, security)?;
    Ok(evaluating.evaluate(coins))
}

fn hear_coin(
    channel: &mut dyn Channel,
    evaluating: &Evaluating<'_>,
    security: Security,
) -> Result<F128, PsiError> {
    let mut theirs = None;
    if security == Security::Malicious {
        let frame = recv(channel, CoinPackage::BYTES)?;
        theirs = Some(blame(channel, CoinPackage::decode(&frame, Kind::SenderCoin))?);
    }
    blame(channel, evaluating.open(theirs))
}
