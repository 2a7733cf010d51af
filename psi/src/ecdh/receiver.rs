//! The receiver: blinds its entries, unblinds their evaluations into tokens, and looks for them among the
//! sender's.
//!
//! ```text
//! open ─▶ Blinding ─▶ Unblinding ─▶ AwaitingTokens ─▶ Matching ─▶ Matched ─▶ Received
//! ```
//!
//! Within a state packages stream in chunks; leaving a state consumes it. The state of one entry is below
//! 40 bytes, that of a token of the peer none.

use super::msg::{
    CountPackage, KeysPackage, Kind, MATCHES_CHUNK, MatchesPackage, OpenPackage, POINTS_CHUNK, PointsPackage,
    TOKENS_CHUNK, Token, TokensPackage, WORKING_EVERY, WorkingPackage,
};
use super::token::{self, BATCH, Tokens, batches};
use crate::error::{Misstep, PsiError};
use crate::outcome::Received;
use crate::terms::{MAX_ENTRIES, commitment};
use crate::{Entry, Learns, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::collections::VecDeque;
use std::ops::Range;
use yinshu_crypto::group::{
    Base, Blinds, ELEMENT_BYTES, Element, Hasher, decode_unblind_encode_each, hash_blind_encode_each,
};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;

/// What stays with the receiver: its entries' order, and what blinds the points under way.
struct SecretPackage<'a> {
    entries: &'a [Entry],
    /// Entry indices in the order in which their points travel: by section.
    order: Vec<u32>,
    /// For each entry the first equal one; itself, unless it repeats another.
    leader: Vec<u32>,
    /// Where each section ends in that order.
    ends: Vec<usize>,
    hasher: Hasher,
    /// Of each chunk under way, the first first; fresh for every point, and wiped once used.
    blinds: VecDeque<Blinds>,
}

/// What the receiver knows beside its entries.
struct Facts {
    duplicates: u64,
    commitment: Digest,
    salt: Secret<[u8; 32]>,
    learns: Learns,
    max_peer_items: u64,
    /// One of so many runs is this.
    runs: u32,
}

/// Checks the own entries against the quotas and opens the run.
pub fn open<'a>(
    entries: &'a [Entry],
    terms: &Terms,
    rng: &mut impl CryptoRng,
) -> Result<(Blinding<'a>, OpenPackage), PsiError> {
    let counts = terms.count(entries)?;
    let end = u32::try_from(entries.len()).expect("counted above to be below 2^32");
    let mut order: Vec<u32> = (0..end).collect();
    order.sort_by_key(|&index| entries[index as usize].section);
    let leader = vartime_leaders(entries, end);
    let duplicates = (0u32..).zip(&leader).filter(|(index, leader)| index != *leader).count() as u64;
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let commitment = commitment(&salt, entries);
    let ends = token::ends(&counts);
    let package = OpenPackage { terms: terms.digest(), commitment, counts };
    let facts = Facts {
        duplicates,
        commitment,
        salt: Secret::new(salt),
        learns: terms.learns,
        max_peer_items: terms.max_peer_items.min(MAX_ENTRIES),
        runs: 1,
    };
    let hasher = Hasher::new(token::DST);
    let secret = SecretPackage { entries, order, leader, ends, hasher, blinds: VecDeque::new() };
    Ok((Blinding { secret, facts, blinded: 0, done: 0 }, package))
}

/// For each entry the first equal one. Its time depends on the own entries.
fn vartime_leaders(entries: &[Entry], end: u32) -> Vec<u32> {
    let mut sorted: Vec<u32> = (0..end).collect();
    sorted.par_sort_unstable_by_key(|&index| (&entries[index as usize], index));
    let mut leader = vec![0; entries.len()];
    // Equal entries are sorted by index: were entry 0 not the first of its equals, none would be.
    let mut first = 0;
    for &index in &sorted {
        if entries[first as usize] != entries[index as usize] {
            first = index;
        }
        leader[index as usize] = first;
    }
    leader
}

/// A token of an own entry and the entry's index: 20 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Own {
    token: Token,
    index: u32,
}

/// Blinding points, before the sender's keys are known.
pub struct Blinding<'a> {
    secret: SecretPackage<'a>,
    facts: Facts,
    blinded: usize,
    done: usize,
}

impl<'a> Blinding<'a> {
    /// As one of `runs` runs, whose wrong matches add up; the same on both sides.
    #[must_use]
    pub fn one_of(mut self, runs: u32) -> Self {
        self.facts.runs = runs;
        self
    }

    /// The next blinded points, `None` after the last: (H(x)·g^r)² with a fresh r for each, so that every point
    /// is uniform and independent of all others, whether or not entries repeat. Constant-time in r.
    pub fn next_points(&mut self, rng: &mut impl CryptoRng) -> Option<PointsPackage> {
        let secret = &mut self.secret;
        let end = secret.order.len().min(self.blinded + POINTS_CHUNK);
        let order = &secret.order[self.blinded..end];
        if order.is_empty() {
            return None;
        }
        self.blinded = end;
        let blinds = Blinds::random(order.len(), rng);
        let batch = |(at, order): (usize, &[u32])| {
            let message = |&index: &u32| token::message(&secret.entries[index as usize]);
            let messages: Vec<[u8; 34]> = order.iter().map(message).collect();
            let blinds = blinds.part(at * BATCH..at * BATCH + messages.len());
            hash_blind_encode_each(&secret.hasher, &messages, Base::generator(), blinds)
        };
        let points = order.par_chunks(BATCH).enumerate().flat_map_iter(batch).collect();
        secret.blinds.push_back(blinds);
        Some(PointsPackage { points })
    }

    /// How many points were sent and are not back yet.
    pub fn underway(&self) -> usize {
        self.blinded - self.done
    }

    /// On to what comes back, with the sender's public keys.
    pub fn keys(self, package: KeysPackage) -> Result<Unblinding<'a>, Misstep> {
        package.check(self.secret.ends.len())?;
        let own = Vec::with_capacity(self.secret.order.len());
        Ok(Unblinding { blinding: self, keys: package.keys, opened: Vec::new(), own })
    }
}

/// A section whose points are coming back.
struct Opened {
    section: usize,
    base: Base,
    tokens: Tokens,
}

/// Blinding further points and unblinding what came back.
pub struct Unblinding<'a> {
    blinding: Blinding<'a>,
    keys: Vec<[u8; ELEMENT_BYTES]>,
    /// Those of the latest points, ascending: points come back section by section.
    opened: Vec<Opened>,
    own: Vec<Own>,
}

impl Unblinding<'_> {
    /// As [`Blinding::next_points`].
    pub fn next_points(&mut self, rng: &mut impl CryptoRng) -> Option<PointsPackage> {
        self.blinding.next_points(rng)
    }

    /// How many points were sent and are not back yet.
    pub fn underway(&self) -> usize {
        self.blinding.underway()
    }

    /// How many points came back.
    pub fn done(&self) -> u64 {
        self.own.len() as u64
    }

    /// How many points the next package from the sender has.
    pub fn due(&self) -> usize {
        (self.blinding.secret.order.len() - self.own.len()).min(POINTS_CHUNK)
    }

    /// Unblinds the next evaluations into tokens: v to (v·K^-r)², constant-time in r.
    pub fn absorb(&mut self, evaluated: &PointsPackage) -> Result<(), Misstep> {
        let start = self.own.len();
        PointsPackage::check(evaluated, Kind::Evaluated, self.due())?;
        let batches = batches(start..start + evaluated.points.len(), &self.blinding.secret.ends);
        self.open_sections(&batches)?;
        let secret = &mut self.blinding.secret;
        // Chunks come back as they went: these are the oldest under way.
        let Some(blinds) = secret.blinds.pop_front() else { return Ok(()) };
        let opened = &self.opened;
        let batch = |(section, range): (usize, Range<usize>)| {
            let at = opened.partition_point(|opened| opened.section < section);
            let part = range.start - start..range.end - start;
            let (encoded, blinds) = (&evaluated.points[part.clone()], blinds.part(part));
            let unblinded = decode_unblind_encode_each(encoded, &opened[at].base, blinds);
            let unblinded = unblinded.map_err(|bad| {
                let index = (range.start + bad.index) as u64;
                Misstep::BadPoint { index, cause: bad.cause }
            })?;
            let own = |(&index, unblinded)| {
                let token = opened[at].tokens.token(&secret.entries[index as usize], unblinded);
                Own { token, index }
            };
            Ok(secret.order[range].iter().zip(&unblinded).map(own).collect())
        };
        let unblinded: Result<Vec<Vec<Own>>, Misstep> = batches.into_par_iter().map(batch).collect();
        unblinded?.iter().for_each(|own| self.own.extend(own));
        self.blinding.done = self.own.len();
        Ok(())
    }

    /// Makes the tables of the sections of `batches`, and forgets those of others.
    fn open_sections(&mut self, batches: &[(usize, Range<usize>)]) -> Result<(), Misstep> {
        let mut sections: Vec<usize> = batches.iter().map(|(section, _)| *section).collect();
        sections.dedup();
        self.opened.retain(|opened| sections.contains(&opened.section));
        let known = self.opened.len();
        let open = |&section: &usize| {
            let key = &self.keys[section];
            let element = Element::decode(key).map_err(|cause| Misstep::BadKey { section, cause })?;
            Ok(Opened { section, base: Base::new(&element), tokens: Tokens::new(section, key) })
        };
        // At most one was open before: the first of these.
        let opened: Result<Vec<_>, Misstep> = sections[known..].par_iter().map(open).collect();
        self.opened.extend(opened?);
        Ok(())
    }

    /// On to the sender's tokens. What was blinding is wiped.
    pub fn finish(self) -> Result<AwaitingTokens, PsiError> {
        let secret = self.blinding.secret;
        if self.own.len() < secret.order.len() {
            return Err(PsiError::OutOfStep { step: "the blinding of points" });
        }
        let leader = secret.leader;
        let mut own = self.own;
        own.retain(|own| leader[own.index as usize] == own.index);
        Ok(AwaitingTokens { leader, own, facts: self.blinding.facts, working: 0 })
    }
}

/// Awaiting that the sender has computed its tokens.
pub struct AwaitingTokens {
    leader: Vec<u32>,
    own: Vec<Own>,
    facts: Facts,
    working: u64,
}

impl AwaitingTokens {
    /// How many entries the sender has worked through.
    pub fn working(&self) -> u64 {
        self.working
    }

    /// Takes a sign of life: the sender has worked through [`WORKING_EVERY`] more entries.
    pub fn still_working(&mut self, package: WorkingPackage) -> Result<(), Misstep> {
        let (expected, found) = (self.working + WORKING_EVERY, package.done);
        if found != expected {
            return Err(Misstep::BadProgress { expected, found });
        }
        if found > self.facts.max_peer_items {
            return Err(Misstep::TooManyEntries { max: self.facts.max_peer_items, found });
        }
        self.working = found;
        Ok(())
    }

    /// Takes the number of tokens.
    pub fn count(self, package: CountPackage) -> Result<Matching, Misstep> {
        let (max, found) = (self.facts.max_peer_items, package.count);
        if found > max {
            return Err(Misstep::TooManyEntries { max, found });
        }
        let token_bytes = token::token_bytes_of(self.leader.len() as u64, found, self.facts.runs);
        let mut own = self.own;
        own.par_iter_mut().for_each(|own| own.token = token::cut(own.token, token_bytes));
        own.par_sort_unstable();
        let hit = vec![false; self.leader.len()];
        Ok(Matching {
            leader: self.leader,
            own,
            facts: self.facts,
            count: found,
            token_bytes,
            seen: 0,
            last: None,
            cursor: 0,
            hit,
            positions: Vec::new(),
        })
    }
}

/// Looking for the own tokens among the sender's: a merge of two ascending lists.
pub struct Matching {
    leader: Vec<u32>,
    own: Vec<Own>,
    facts: Facts,
    count: u64,
    token_bytes: usize,
    seen: u64,
    last: Option<Token>,
    cursor: usize,
    hit: Vec<bool>,
    positions: Vec<u64>,
}

impl Matching {
    /// How many tokens there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many came.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Bytes of a token on the wire.
    pub fn token_bytes(&self) -> usize {
        self.token_bytes
    }

    /// How many tokens the next package has; 0 after the last.
    pub fn due(&self) -> usize {
        usize::try_from(self.count.saturating_sub(self.seen)).unwrap_or(TOKENS_CHUNK).min(TOKENS_CHUNK)
    }

    /// Reads the next package.
    pub fn decode(&self, frame: &[u8]) -> Result<TokensPackage, Misstep> {
        TokensPackage::decode(frame, self.due(), self.token_bytes, self.seen, self.last)
    }

    /// Looks the own tokens up in the next tokens of the sender. Its time depends on which are there: the
    /// receiver's own result, on its own machine.
    pub fn vartime_absorb(&mut self, package: &TokensPackage) {
        for token in &package.tokens {
            while self.own.get(self.cursor).is_some_and(|own| own.token < *token) {
                self.cursor += 1;
            }
            let matched = self.cursor;
            while let Some(own) = self.own.get(self.cursor).filter(|own| own.token == *token) {
                self.hit[own.index as usize] = true;
                self.cursor += 1;
            }
            if self.cursor > matched {
                self.positions.push(self.seen);
            }
            self.seen += 1;
            self.last = Some(*token);
        }
    }

    /// On to the result.
    pub fn finish(self) -> Result<Matched, PsiError> {
        if self.seen < self.count {
            return Err(PsiError::OutOfStep { step: "the matching of tokens" });
        }
        let matched = self.leader.iter().map(|&leader| self.hit[leader as usize]).collect();
        let received = Received {
            matched,
            peer_items: self.count,
            duplicates: self.facts.duplicates,
            commitment: self.facts.commitment,
            salt: self.facts.salt,
        };
        Ok(Matched::new(received, self.facts.learns, self.positions))
    }
}

/// Telling the sender, where both learn.
pub struct Matched {
    received: Received,
    learns: Learns,
    positions: Vec<u64>,
    returned: usize,
}

impl Matched {
    /// What was found, in the positions of the sender's tokens: for every protocol that shows tokens.
    pub(crate) fn new(received: Received, learns: Learns, positions: Vec<u64>) -> Self {
        Self { received, learns, positions, returned: 0 }
    }

    /// How many matches the sender is told of; `None` where it is not told.
    pub fn count(&self) -> Option<CountPackage> {
        match self.learns {
            Learns::Receiver => None,
            Learns::Both => Some(CountPackage { count: self.positions.len() as u64 }),
        }
    }

    /// The next matches as a frame, `None` after the last.
    pub fn next_matches(&mut self) -> Option<Vec<u8>> {
        self.count()?;
        let start = self.returned;
        let end = self.positions.len().min(start + MATCHES_CHUNK);
        if start == end {
            return None;
        }
        let next = start.checked_sub(1).map_or(0, |before| self.positions[before] + 1);
        self.returned = end;
        Some(MatchesPackage { positions: self.positions[start..end].to_vec() }.encode(next))
    }

    /// What the receiver learns.
    pub fn finish(self) -> Result<Received, PsiError> {
        if self.learns == Learns::Both && self.returned < self.positions.len() {
            return Err(PsiError::OutOfStep { step: "the return of matches" });
        }
        Ok(self.received)
    }
}
