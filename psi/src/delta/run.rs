//! The two sides of an update.

use super::base::{self, Base};
use super::msg::{self, Ask, Counts, Kind, Meet, POINTS_CHUNK, Prepared};
use super::state::{Changes, State, pack, unpack};
use super::table::Key;
use super::tape::Tape;
use super::token;
use super::wanted::Wanted;
use crate::error::{Misstep, PsiError};
use crate::partition::Role;
use crate::terms::commitment;
use crate::wire::part;
use crate::{Entry, Learns, Terms};
use rand_core::CryptoRng;
use std::collections::BTreeMap;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_net::Channel;

/// How many points the receiver has under way: four chunks.
const UNDERWAY: usize = 4 * POINTS_CHUNK;

/// Told what the receiver asks in an update, after it was checked and counted; an error ends it.
pub type Asked<'a> = &'a mut dyn FnMut(&Ask) -> Result<(), String>;

/// What an update came to.
#[derive(Debug)]
pub struct Updated {
    /// What an update changed that was prepared before, had not become final, and has now.
    pub resumed: Option<Changes>,
    /// How the intersection changed, as own entries; empty on the sender's side where it does not learn.
    pub changes: Changes,
    /// How many own entries were inserted and deleted in truth: those that were not there and those that were.
    pub net: (u64, u64),
    /// The receiver: its commitment to the entries asked about, and what opens it.
    pub committed: Option<(Digest, Secret<[u8; 32]>)>,
}

/// Own entries that change: sorted, without repeats, deletions undone by insertions taken out.
struct Net {
    inserted: Vec<(Entry, Key)>,
    deleted: Vec<(Entry, Key)>,
}

/// The sender's side of an update.
///
/// # Errors
/// [`PsiError`]: of the channel, the disk, the own entries, or a misstep of the peer, which is told. The base
/// stands where it stood, or the update is completed when both meet again.
pub fn update_sender<'a>(
    channel: &mut dyn Channel,
    base: &mut Base,
    wanted: impl Into<Wanted<'a>>,
    terms: &Terms,
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
) -> Result<Updated, PsiError> {
    let mut tape = Tape::new(channel);
    let result = sending(&mut tape, base, wanted.into(), terms, rng, asked);
    finish(channel, base, result)
}

/// The receiver's side of an update; as [`update_sender`].
///
/// # Errors
/// As [`update_sender`].
pub fn update_receiver<'a>(
    channel: &mut dyn Channel,
    base: &mut Base,
    wanted: impl Into<Wanted<'a>>,
    terms: &Terms,
    rng: &mut impl CryptoRng,
) -> Result<Updated, PsiError> {
    let mut tape = Tape::new(channel);
    let result = receiving(&mut tape, base, wanted.into(), terms, rng);
    finish(channel, base, result)
}

/// After an error nothing of the update stays unless it is prepared: then both decide when they meet again.
fn finish(
    channel: &mut dyn Channel,
    base: &mut Base,
    result: Result<Updated, PsiError>,
) -> Result<Updated, PsiError> {
    result.map_err(|error| {
        let error = part(channel, error, UNDERWAY / POINTS_CHUNK);
        let kept = if base.pending.is_none() { base.abandon() } else { Ok(()) };
        kept.err().unwrap_or(error)
    })
}

/// Both say where they stand; an update that one side or both prepared is made final or given up by both.
fn meet(
    tape: &mut Tape<'_>,
    base: &mut Base,
    terms: &Terms,
    rng: &mut impl CryptoRng,
) -> Result<Option<Changes>, PsiError> {
    terms.check()?;
    tape.channel.phase("meet");
    let mut nonce = [0; 32];
    rng.fill_bytes(&mut nonce);
    let pending = base.pending.as_ref().map_or(Digest::ZERO, |journal| journal.state.chain);
    let (chain, version) = (base.state.chain, base.state.version);
    let own = Meet { terms: base.state.terms, chain, pending, version, nonce };
    if base.role() == Role::Receiver {
        tape.send(own.encode())?;
    }
    let theirs = tape.recv(Meet::BYTES, |frame| Meet::decode(frame, own.terms))?;
    if base.role() == Role::Sender {
        // Sent before anything is decided, so that the peer can decide alike.
        tape.send(own.encode())?;
    }
    let prepared = pending != Digest::ZERO;
    if prepared && (theirs.chain == pending || (theirs.chain == chain && theirs.pending == pending)) {
        return base.commit().map(Some);
    }
    if theirs.chain == chain || (theirs.pending != Digest::ZERO && theirs.pending == chain) {
        base.abandon()?;
        return Ok(None);
    }
    tape.blame(Err(Misstep::BaseDiffers { version }))
}

/// The own number of entries after an update that inserts and deletes so many, within the room.
fn room(state: &State, inserted: usize, deleted: usize) -> Result<u64, PsiError> {
    let own = state.own - deleted as u64 + inserted as u64;
    let max = state.own_room;
    if own > max { Err(PsiError::BaseFull { side: "own side", max }) } else { Ok(own) }
}

fn sending(
    tape: &mut Tape<'_>,
    base: &mut Base,
    wanted: Wanted<'_>,
    terms: &Terms,
    rng: &mut impl CryptoRng,
    asked: Asked<'_>,
) -> Result<Updated, PsiError> {
    let resumed = meet(tape, base, terms, rng)?;
    let sections = terms.sections.len();
    let (inserted, deleted) = wanted.net(base, sections)?;
    let net = sender_net(base, inserted, deleted)?;
    let own = room(&base.state, net.inserted.len(), net.deleted.len())?;
    base.make_room(base.state.own + net.inserted.len() as u64, 0)?;
    tape.channel.phase("points");
    let ask = tape.recv(Ask::bytes(sections), |frame| Ask::decode(frame, sections))?;
    tape.blame(quota(&base.state, &ask, terms))?;
    base.charge(&ask.counts)?;
    asked(&ask).map_err(|detail| PsiError::Unrecorded { detail })?;
    answer(tape, base, &ask)?;
    tape.channel.phase("tokens");
    let counts = Counts { gone: net.deleted.len() as u64, come: net.inserted.len() as u64 };
    tape.send(counts.encode(Counts::TOKENS))?;
    let tokens = |entries: &[(Entry, Key)]| {
        let mut tokens: Vec<Key> = entries.iter().map(|(_, token)| *token).collect();
        tokens.sort_unstable();
        tokens
    };
    tape.send_tokens(Kind::Removed, &tokens(&net.deleted))?;
    tape.send_tokens(Kind::Added, &tokens(&net.inserted))?;
    let mut learnt = Changes { version: base.state.version + 1, ..Changes::default() };
    if terms.learns == Learns::Both {
        hear(tape, base, &net, &mut learnt)?;
    } else {
        store(base, &net)?;
    }
    let state = State { own, version: learnt.version, ..base.state.clone() };
    let changes = agree(tape, base, state, learnt)?;
    let net = (net.inserted.len() as u64, net.deleted.len() as u64);
    Ok(Updated { resumed, changes, net, committed: None })
}

/// Entries that are not there yet, and entries that are, with their tokens.
fn sender_net(base: &mut Base, inserted: Vec<Entry>, deleted: Vec<Entry>) -> Result<Net, PsiError> {
    let mut kept = |entries: Vec<Entry>, there: bool| {
        let tokens = token::own(&entries, &base.keys);
        let mut kept = Vec::new();
        for pair in entries.into_iter().zip(tokens) {
            if base.own.has(&pair.1)? == there {
                kept.push(pair);
            }
        }
        Ok::<_, PsiError>(kept)
    };
    Ok(Net { inserted: kept(inserted, false)?, deleted: kept(deleted, true)? })
}

fn quota(state: &State, ask: &Ask, terms: &Terms) -> Result<(), Misstep> {
    for ((section, count), asked) in terms.sections.iter().zip(&ask.counts).zip(&state.asked) {
        let found = asked.saturating_add(*count);
        if found > section.max {
            return Err(Misstep::BaseQuota { section: section.name.clone(), max: section.max, found });
        }
    }
    let found = ask.counts.iter().fold(0, |sum: u64, &count| sum.saturating_add(count));
    let max = terms.max_peer_items;
    if found > max { Err(Misstep::TooManyEntries { max, found }) } else { Ok(()) }
}

/// Raises the receiver's points as they come.
fn answer(tape: &mut Tape<'_>, base: &Base, ask: &Ask) -> Result<(), PsiError> {
    let mut total = 0;
    let ends: Vec<u64> = ask
        .counts
        .iter()
        .map(|count| {
            total += count;
            total
        })
        .collect();
    let section_of = |at: u64| ends.partition_point(|&end| end <= at);
    let mut done = 0;
    while done < total {
        let due = usize::try_from(total - done).unwrap_or(POINTS_CHUNK).min(POINTS_CHUNK);
        let points = tape.recv(1 + 32 * due, |frame| msg::decode_parts(frame, Kind::Blinded, due))?;
        let raised = tape.blame(token::evaluate(&points, done, section_of, &base.keys))?;
        tape.send(msg::encode_parts(Kind::Evaluated, &raised))?;
        done += due as u64;
    }
    Ok(())
}

/// Puts the own changes into the sender's table.
fn store(base: &mut Base, net: &Net) -> Result<(), PsiError> {
    for (_, token) in &net.deleted {
        base.own.remove(token)?;
    }
    for (entry, token) in &net.inserted {
        base.own.put(token, &[&pack(entry)[..], &[0]].concat())?;
        base.relieve()?;
    }
    Ok(())
}

/// Hears which matches vanished and appeared, and holds the receiver to what can be.
fn hear(tape: &mut Tape<'_>, base: &mut Base, net: &Net, learnt: &mut Changes) -> Result<(), PsiError> {
    tape.channel.phase("matches");
    let counts = tape.recv(Counts::BYTES, |frame| Counts::decode(frame, Counts::MATCHES))?;
    let (before, after) = (base.state.own, base.state.own + net.inserted.len() as u64);
    for (found, max) in [(counts.gone, before), (counts.come, after)] {
        if found > max {
            return tape.blame(Err(Misstep::TooManyMatches { max, found }));
        }
    }
    let flip = |base: &mut Base, index: u64, token: &Key, from: u8, to: &mut Vec<Entry>| {
        let found = base.own.find(token)?.filter(|value| value[34] == from);
        let Some(mut value) = found else { return Ok(Err(Misstep::BadChange { index })) };
        value[34] = 1 - from;
        to.push(unpack(value.first_chunk().expect("values have 35 bytes")));
        base.own.put(token, &value)?;
        Ok(Ok(()))
    };
    tape.recv_tokens(Kind::Vanished, counts.gone, |index, token| {
        flip(base, index, &token, 1, &mut learnt.vanished)
    })?;
    store(base, net)?;
    tape.recv_tokens(Kind::Appeared, counts.come, |index, token| {
        flip(base, index, &token, 0, &mut learnt.appeared)
    })?;
    learnt.vanished.sort_unstable();
    learnt.appeared.sort_unstable();
    Ok(())
}

fn receiving(
    tape: &mut Tape<'_>,
    base: &mut Base,
    wanted: Wanted<'_>,
    terms: &Terms,
    rng: &mut impl CryptoRng,
) -> Result<Updated, PsiError> {
    let resumed = meet(tape, base, terms, rng)?;
    let (inserted, deleted) = wanted.net(base, terms.sections.len())?;
    let (asked, gone) = receiver_net(base, inserted, deleted)?;
    // Before anything is asked: what has no room must not cost quota each time it is tried.
    let own = room(&base.state, asked.len(), gone.len())?;
    let counts = ask_counts(base, &asked, terms)?;
    tape.channel.phase("points");
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let ask = Ask { commitment: commitment(&salt, &asked), counts };
    base.charge(&ask.counts)?;
    tape.send(ask.encode())?;
    let tokens = look_up(tape, &asked, rng)?;
    tape.channel.phase("tokens");
    let told = tape.recv(Counts::BYTES, |frame| Counts::decode(frame, Counts::TOKENS))?;
    let (peer, limit) = (base.state.peer, base.state.peer_room.min(terms.max_peer_items));
    let after = peer.checked_sub(told.gone).and_then(|left| left.checked_add(told.come));
    let after = match after {
        Some(after) if after <= limit => after,
        _ => return tape.blame(Err(Misstep::TooManyEntries { max: limit, found: told.come.max(told.gone) })),
    };
    let net = Net { inserted: asked.into_iter().zip(tokens).collect(), deleted: gone };
    base.make_room(base.state.own + net.inserted.len() as u64, peer.saturating_add(told.come))?;
    let (vanished, appeared) = absorb(tape, base, &net, told)?;
    if terms.learns == Learns::Both {
        tape.channel.phase("matches");
        let tokens = |changes: &BTreeMap<Key, Entry>| changes.keys().copied().collect::<Vec<_>>();
        let counts = Counts { gone: vanished.len() as u64, come: appeared.len() as u64 };
        tape.send(counts.encode(Counts::MATCHES))?;
        tape.send_tokens(Kind::Vanished, &tokens(&vanished))?;
        tape.send_tokens(Kind::Appeared, &tokens(&appeared))?;
    }
    let entries = |changes: BTreeMap<Key, Entry>| {
        let mut entries: Vec<Entry> = changes.into_values().collect();
        entries.sort_unstable();
        entries
    };
    let version = base.state.version + 1;
    let learnt = Changes { version, appeared: entries(appeared), vanished: entries(vanished) };
    let state = State { own, peer: after, version, ..base.state.clone() };
    let changes = agree(tape, base, state, learnt)?;
    let net = (net.inserted.len() as u64, net.deleted.len() as u64);
    Ok(Updated { resumed, changes, net, committed: Some((ask.commitment, Secret::new(salt))) })
}

/// Entries to ask about, and entries that go, with their tokens.
type ReceiverNet = (Vec<Entry>, Vec<(Entry, Key)>);

fn receiver_net(base: &mut Base, inserted: Vec<Entry>, deleted: Vec<Entry>) -> Result<ReceiverNet, PsiError> {
    let mine = base.mine.as_mut().ok_or(PsiError::OutOfStep { step: "the receiver's tables" })?;
    let (mut asked, mut gone) = (Vec::new(), Vec::new());
    for entry in inserted {
        if !mine.has(&base::name(&entry))? {
            asked.push(entry);
        }
    }
    for entry in deleted {
        if let Some(token) = mine.find(&base::name(&entry))? {
            gone.push((entry, *token.first_chunk().expect("values have 16 bytes")));
        }
    }
    Ok((asked, gone))
}

fn ask_counts(base: &Base, asked: &[Entry], terms: &Terms) -> Result<Vec<u64>, PsiError> {
    let counts = terms.count(asked)?;
    for ((section, count), before) in terms.sections.iter().zip(&counts).zip(&base.state.asked) {
        let found = before + count;
        if found > section.max {
            return Err(PsiError::OwnQuota { section: section.name.clone(), max: section.max, found });
        }
    }
    Ok(counts)
}

/// Blinds entries, has them evaluated, and unblinds them into tokens.
fn look_up(tape: &mut Tape<'_>, asked: &[Entry], rng: &mut impl CryptoRng) -> Result<Vec<Key>, PsiError> {
    let (key, inverse) = token::blinding(rng);
    let (mut sent, mut tokens) = (0, Vec::with_capacity(asked.len()));
    while tokens.len() < asked.len() {
        while sent < asked.len() && sent - tokens.len() < UNDERWAY {
            let chunk = &asked[sent..asked.len().min(sent + POINTS_CHUNK)];
            tape.send(msg::encode_parts(Kind::Blinded, &token::blind(chunk, &key)))?;
            sent += chunk.len();
        }
        let done = tokens.len();
        let chunk = &asked[done..asked.len().min(done + POINTS_CHUNK)];
        let decode = |frame: &[u8]| msg::decode_parts(frame, Kind::Evaluated, chunk.len());
        let evaluated = tape.recv(1 + 32 * chunk.len(), decode)?;
        tokens.extend(tape.blame(token::unblind(chunk, &evaluated, done as u64, &inverse))?);
    }
    Ok(tokens)
}

/// What vanished and what appeared.
type Shifts = (BTreeMap<Key, Entry>, BTreeMap<Key, Entry>);

/// Takes both sides' changes into the tables: first what goes, then what comes.
fn absorb(tape: &mut Tape<'_>, base: &mut Base, net: &Net, told: Counts) -> Result<Shifts, PsiError> {
    let (mut vanished, mut appeared) = (BTreeMap::new(), BTreeMap::new());
    let entry = |value: Vec<u8>| unpack(value.first_chunk().expect("values have 35 bytes"));
    let filled = |base: &mut Base| base.relieve();
    for (gone, token) in &net.deleted {
        let Base { own, mine: Some(mine), peer: Some(peer), .. } = &mut *base else { break };
        if peer.has(token)? {
            vanished.insert(*token, *gone);
        }
        own.remove(token)?;
        mine.remove(&base::name(gone))?;
    }
    tape.recv_tokens(Kind::Removed, told.gone, |index, token| {
        let Base { own, peer: Some(peer), .. } = &mut *base else { return Ok(Ok(())) };
        if !peer.remove(&token)? {
            return Ok(Err(Misstep::BadChange { index }));
        }
        if let Some(value) = own.find(&token)? {
            vanished.insert(token, entry(value));
        }
        Ok(Ok(()))
    })?;
    for (come, token) in &net.inserted {
        let Base { own, mine: Some(mine), peer: Some(peer), .. } = &mut *base else { break };
        own.put(token, &[&pack(come)[..], &[0]].concat())?;
        mine.put(&base::name(come), token)?;
        if peer.has(token)? {
            appeared.insert(*token, *come);
        }
        filled(base)?;
    }
    tape.recv_tokens(Kind::Added, told.come, |index, token| {
        let Base { own, peer: Some(peer), .. } = &mut *base else { return Ok(Ok(())) };
        if peer.has(&token)? {
            return Ok(Err(Misstep::BadChange { index }));
        }
        peer.put(&token, &[])?;
        if let Some(value) = own.find(&token)? {
            appeared.insert(token, entry(value));
        }
        filled(base)?;
        Ok(Ok(()))
    })?;
    Ok((vanished, appeared))
}

/// Both put the update on disk, say so, and make it final.
fn agree(tape: &mut Tape<'_>, base: &mut Base, state: State, learnt: Changes) -> Result<Changes, PsiError> {
    tape.channel.phase("agree");
    let role = base.role();
    let chain = tape.chain(base.state.chain, role);
    base.prepare(State { chain, ..state }, learnt)?;
    let prepared = Prepared { chain }.encode();
    if role == Role::Receiver {
        tape.send(prepared.clone())?;
    }
    tape.recv(Prepared::BYTES, |frame| Prepared::decode(frame, chain))?;
    if role == Role::Sender {
        tape.send(prepared)?;
    }
    base.commit()
}
