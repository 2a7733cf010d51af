//! Moves messages over a channel and decides nothing. What needs nothing from the peer is computed while
//! correlations are made.

use super::equality::{Chooser, Keeper, first_groups, groups, words};
use super::msg::{
    AcceptPackage, ChoicesPackage, HintPackage, OpenPackage, TABLE, TABLES_CHUNK, TablesPackage, WordsPackage,
};
use super::receiver::{self, Encoding, Masking, Received, Tagged};
use super::sender::{self, Correcting, Hinting, Padded, Preparing, Rows, Sent};
use super::{bind, tag_bits};
use crate::error::PsiError;
use crate::okvs::Word;
use crate::wire::{blame, part, recv};
use crate::{Entry, Phase, Progress, Terms};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, SeedableRng};
use std::sync::Mutex;
use yinshu_crypto::field::F64;
use yinshu_crypto::hash::Digest;
use yinshu_net::Channel;
use yinshu_ot::sixteen::Chosen;
use yinshu_ot::{Security, sixteen, vole};
use zeroize::Zeroizing;

/// How many frames of the protocol may lie before a refusal: a window's worth.
const UNDERWAY: usize = 64;

/// For how many frames of tables choices are sent before the first of these is read: both fit into half a window.
pub(super) const AHEAD: usize = yinshu_net::WINDOW / 2 / (8 * TABLE * TABLES_CHUNK);

type Report<'a> = &'a mut dyn FnMut(Progress);

/// Told what the receiver asks, after it was checked; an error ends the run.
pub type Asked<'a> = &'a mut dyn FnMut(&OpenPackage) -> Result<(), String>;

/// Shares the payloads of the own rows, and which of the receiver's entries are among them. Every row is an
/// entry and its payload of `payload_bytes` bytes, at most [`super::MOST_PAYLOAD`]; of rows of one entry the first counts.
///
/// The channel is left open; close it to be sure that the peer has everything.
///
/// # Errors
/// [`PsiError`]: a failure of the channel, of the own rows or terms (which must have one section), or a misstep of
/// the peer. The peer is told that the run is over.
pub fn send<P: AsRef<[u8]> + Sync>(
    channel: &mut dyn Channel,
    rows: &[(Entry, P)],
    terms: &Terms,
    payload_bytes: usize,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sent, PsiError> {
    send_recorded(channel, rows, (terms, payload_bytes), rng, &mut |_| Ok(()), progress)
}

/// As [`send`], and tells `asked` what the receiver opened the run with, before anything is answered. If
/// `asked` fails, nothing is answered.
///
/// # Errors
/// As [`send`], and [`PsiError::Unrecorded`].
pub fn send_recorded<P: AsRef<[u8]> + Sync>(
    channel: &mut dyn Channel,
    rows: &[(Entry, P)],
    agreed: (&Terms, usize),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Sent, PsiError> {
    let result = sending(channel, rows, agreed, rng, asked, progress);
    result.map_err(|error| part(channel, error, UNDERWAY))
}

/// Shares which of the own entries are among the sender's rows, and the payloads of these.
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
    payload_bytes: usize,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Received, PsiError> {
    let result = receiving(channel, entries, (terms, payload_bytes), rng, progress);
    result.map_err(|error| part(channel, error, UNDERWAY))
}

fn sending<P: AsRef<[u8]> + Sync>(
    channel: &mut dyn Channel,
    rows: &[(Entry, P)],
    (terms, payload_bytes): (&Terms, usize),
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
    progress: Report<'_>,
) -> Result<Sent, PsiError> {
    let terms = bind(terms, payload_bytes)?;
    let rows = Rows::new(rows, payload_bytes, &terms)?;
    channel.phase("open");
    let frame = recv(channel, OpenPackage::BYTES)?;
    let open = blame(channel, OpenPackage::decode(&frame, &terms))?;
    let (preparing, accept) = blame(channel, sender::accept(open.clone(), rows, &terms))?;
    asked(&open).map_err(|detail| PsiError::Unrecorded { detail })?;
    channel.send(accept.encode())?;
    let context = preparing.run();
    let correcting = correct(channel, &context, preparing, rng, progress)?;
    let (bins, bits) = (correcting.bins(), tag_bits(correcting.bins()));
    channel.phase("transfers");
    let single = Zeroizing::new(u64::random(bins.div_ceil(64), rng));
    let transfers = &transfers(&context);
    let (chosen, mut hinting) = match payload_bytes.div_ceil(8) {
        0 => choose::<P, 1>(channel, transfers, correcting, &single, rng),
        1 => choose::<P, 2>(channel, transfers, correcting, &single, rng),
        2 => choose::<P, 3>(channel, transfers, correcting, &single, rng),
        _ => choose::<P, 5>(channel, transfers, correcting, &single, rng),
    }?;
    let mut chooser = Chooser::new(bins, bits, chosen, &single);
    hint(channel, &mut hinting)?;
    channel.phase("equality");
    while chooser.due() > 0 {
        look_up(channel, &mut chooser)?;
        progress(Progress { phase: Phase::Match, done: 0, total: Some(bins as u64) });
    }
    Ok(hinting.finish(chooser.finish()))
}

/// What two threads bring, of which the second to come goes on with both.
struct Meeting<A, B>(Mutex<(Option<A>, Option<B>)>);

impl<A, B> Meeting<A, B> {
    fn new() -> Self {
        Self(Mutex::new((None, None)))
    }

    fn meet(&self, one: Option<A>, other: Option<B>) -> Option<(A, B)> {
        let mut met = self.0.lock().expect("nobody panics with it");
        met.0 = one.or(met.0.take());
        met.1 = other.or(met.1.take());
        if met.0.is_some() && met.1.is_some() { met.0.take().zip(met.1.take()) } else { None }
    }
}

/// Makes the transfers, and the hint as soon as those of the first level, whose choices are the tags, are there.
fn choose<P: AsRef<[u8]> + Sync, const N: usize>(
    channel: &mut dyn Channel,
    context: &Digest,
    correcting: Correcting<'_, P>,
    single: &[u64],
    rng: &mut impl CryptoRng,
) -> Result<(Chosen, Hinting), PsiError> {
    let (bins, bits) = (correcting.bins(), tag_bits(correcting.bins()));
    let (first, mut told) = (first_groups(bins, bits), false);
    let meeting = Meeting::new();
    let (masks, hinted) = (Mutex::new(fork(rng)), Mutex::new(None));
    let hint = |(padded, tags): (Padded<'_, P, N>, Zeroizing<Vec<u64>>)| {
        let rng = &mut *masks.lock().expect("nobody panics with it");
        let hinting = padded.vartime_hint(&tags, rng);
        *hinted.lock().expect("nobody panics with it") = Some(hinting);
    };
    let mut chosen = None;
    rayon::in_place_scope(|scope| {
        scope.spawn(|_| match correcting.vartime_evaluate() {
            Ok(padded) => meeting.meet(Some(padded), None).into_iter().for_each(hint),
            Err(error) => *hinted.lock().expect("nobody panics with it") = Some(Err(error)),
        });
        let groups = groups(bins, bits);
        chosen = Some(sixteen::receive_in_parts(channel, context, groups, rng, |chosen| {
            if !told && chosen.choices.len() >= first {
                told = true;
                let tags = words(bins, bits, &chosen.choices, single);
                if let Some(both) = meeting.meet(None, Some(tags)) {
                    scope.spawn(|_| hint(both));
                }
            }
        }));
    });
    let unfinished = || PsiError::OutOfStep { step: "the hint" };
    let chosen = chosen.ok_or_else(unfinished)??;
    let hinting = hinted.into_inner().expect("nobody panicked with it");
    Ok((chosen, hinting.ok_or_else(unfinished)??))
}

/// One level of the comparison by the party whose transfers chose.
fn look_up(channel: &mut dyn Channel, chooser: &mut Chooser) -> Result<(), PsiError> {
    let mut due = chooser.due();
    for _ in 0..AHEAD {
        ask(channel, chooser)?;
    }
    while due > 0 {
        let count = due.min(TABLES_CHUNK);
        let frame = recv(channel, TablesPackage::bytes(count))?;
        let package = blame(channel, TablesPackage::decode(&frame, count))?;
        due -= count;
        if due > 0 {
            ask(channel, chooser)?;
        }
        chooser.absorb(&package.tables);
    }
    Ok(())
}

/// Sends the next choices, if there are more.
fn ask(channel: &mut dyn Channel, chooser: &mut Chooser) -> Result<(), PsiError> {
    let count = chooser.unasked().min(TABLES_CHUNK);
    if count > 0 {
        let choices = chooser.choices(count);
        channel.send(ChoicesPackage { choices }.encode())?;
    }
    Ok(())
}

/// The comparison by the party that fills the tables.
fn fill(channel: &mut dyn Channel, mut keeper: Keeper, report: Report<'_>) -> Result<Vec<u64>, PsiError> {
    channel.phase("equality");
    let (mut done, total) = (0, keeper.all() as u64);
    while keeper.due() > 0 {
        let count = keeper.due().min(TABLES_CHUNK);
        let choices = if keeper.takes_choices() {
            let frame = recv(channel, ChoicesPackage::bytes(count))?;
            blame(channel, ChoicesPackage::decode(&frame, count))?.choices
        } else {
            Vec::new()
        };
        let tables = keeper.tables(count, &choices);
        channel.send(TablesPackage { tables }.encode())?;
        done += count as u64;
        report(Progress { phase: Phase::Match, done, total: Some(total) });
    }
    Ok(keeper.finish())
}

/// What the transfers hash besides their own messages.
fn transfers(context: &Digest) -> Digest {
    Digest::of_parts("yinshu psi circuit transfers v1", &[&context.0])
}

fn hint(channel: &mut dyn Channel, hinting: &mut Hinting) -> Result<(), PsiError> {
    channel.phase("hint");
    while let Some(frame) = hinting.next_frame() {
        channel.send(frame)?;
    }
    Ok(())
}

fn correct<'a, P: AsRef<[u8]> + Sync>(
    channel: &mut dyn Channel,
    context: &Digest,
    preparing: Preparing<'a, P>,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Correcting<'a, P>, PsiError> {
    channel.phase("correlation");
    let mut own_rng = fork(rng);
    let (correlation, prepared) = beside(
        || Ok(vole::send::<F64>(channel, context, preparing.columns(), Security::SemiHonest, rng)?),
        || Ok(preparing.prepare(&mut own_rng)),
    )?;
    channel.phase("words");
    let mut correcting = preparing.correct(prepared, correlation)?;
    while correcting.due() > 0 {
        let frame = recv(channel, WordsPackage::bytes(correcting.due()))?;
        let words = WordsPackage::decode(&frame, correcting.due());
        blame(channel, words.and_then(|words| correcting.absorb(&words)))?;
        let (done, total) = correcting.done();
        progress(Progress { phase: Phase::Points, done: done as u64, total: Some(total as u64) });
    }
    Ok(correcting)
}

fn receiving(
    channel: &mut dyn Channel,
    entries: &[Entry],
    (terms, payload_bytes): (&Terms, usize),
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Received, PsiError> {
    let terms = bind(terms, payload_bytes)?;
    channel.phase("open");
    let (awaiting, open) = receiver::open(entries, &terms, rng)?;
    channel.send(open.encode())?;
    let frame = recv(channel, AcceptPackage::BYTES)?;
    let accept = AcceptPackage::decode(&frame);
    let accept = blame(channel, accept)?;
    let encoding = blame(channel, awaiting.accept(accept))?;
    let context = encoding.run();
    let bins = encoding.bins();
    let masking = mask(channel, &context, (encoding, entries), rng, progress)?;
    channel.phase("transfers");
    let bits = tag_bits(bins);
    let pads = sixteen::send(channel, &transfers(&context), groups(bins, bits), rng)?;
    let tagged = match payload_bytes.div_ceil(8) {
        0 => take_hint::<1>(channel, masking, payload_bytes, rng),
        1 => take_hint::<2>(channel, masking, payload_bytes, rng),
        2 => take_hint::<3>(channel, masking, payload_bytes, rng),
        _ => take_hint::<5>(channel, masking, payload_bytes, rng),
    }?;
    let membership = fill(channel, Keeper::new(&tagged.tags, bits, pads), progress)?;
    Ok(tagged.finish(membership))
}

fn mask(
    channel: &mut dyn Channel,
    context: &Digest,
    (encoding, entries): (Encoding, &[Entry]),
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Masking, PsiError> {
    channel.phase("correlation");
    let mut filling = fork(rng);
    let (correlation, encoded) = beside(
        || Ok(vole::receive::<F64>(channel, context, encoding.columns(), Security::SemiHonest, rng)?),
        || encoding.vartime_encode(entries, &mut filling),
    )?;
    channel.phase("words");
    let total = encoding.columns() as u64;
    let mut masking = encoding.mask(encoded, correlation)?;
    let mut done = 0;
    while let Some(words) = masking.next_words() {
        channel.send(words.encode())?;
        done += words.words.len() as u64;
        progress(Progress { phase: Phase::Points, done, total: Some(total) });
    }
    Ok(masking)
}

/// Takes the hint, and finds a tag for each bin.
fn take_hint<const N: usize>(
    channel: &mut dyn Channel,
    masking: Masking,
    payload_bytes: usize,
    rng: &mut impl CryptoRng,
) -> Result<Tagged, PsiError> {
    channel.phase("hint");
    let mut awaiting = masking.finish::<N>(payload_bytes)?;
    while awaiting.due() > 0 {
        let frame = recv(channel, HintPackage::bytes(awaiting.due(), awaiting.width()))?;
        blame(channel, awaiting.absorb(&frame))?;
    }
    awaiting.finish(rng)
}

/// A generator of its own, for another thread.
fn fork(rng: &mut impl CryptoRng) -> ChaCha20Rng {
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    ChaCha20Rng::from_seed(seed)
}

/// `talk` on this thread, `compute` beside it.
fn beside<A, B: Send>(
    talk: impl FnOnce() -> Result<A, PsiError>,
    compute: impl FnOnce() -> Result<B, PsiError> + Send,
) -> Result<(A, B), PsiError> {
    let (mut said, mut computed) = (None, None);
    rayon::in_place_scope(|scope| {
        scope.spawn(|_| computed = Some(compute()));
        said = Some(talk());
    });
    let unfinished = || PsiError::OutOfStep { step: "the correlation" };
    Ok((said.ok_or_else(unfinished)??, computed.ok_or_else(unfinished)??))
}
