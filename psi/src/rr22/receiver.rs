//! The receiver: encodes its items, masks the encoding, and looks for its tokens among the sender's.
//!
//! ```text
//! open ─▶ AwaitingAccept ─▶ Encoding ─▶ Masking ─▶ Evaluating ─▶ Matching ─▶ Matched ─▶ Received
//! ```
//!
//! Within a state packages stream in chunks; leaving a state consumes it.

use super::coding::{Coding, TOKENS_CHUNK, Token};
use super::hash::{Hashes, Value, coin_commitment};
use super::msg::{AcceptPackage, CoinPackage, Kind, OpenPackage, WORDS_CHUNK, WordsPackage};
use super::settings::{Security, Settings};
use crate::ecdh::receiver::Matched;
use crate::error::{Misstep, PsiError};
use crate::okvs::{Key, Params, Sorted, vartime_decode, vartime_encode};
use crate::outcome::Received;
use crate::radix::vartime_sort_of;
use crate::terms::{MAX_ENTRIES, commitment};
use crate::{Entry, Learns, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use yinshu_crypto::field::F128;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_ot::vole::{Subfield, VoleReceiver};
use zeroize::Zeroizing;

/// What the receiver knows from the start.
struct Facts<'a> {
    entries: &'a [Entry],
    settings: Settings,
    learns: Learns,
    max_tokens: u64,
    open: OpenPackage,
    salt: Secret<[u8; 32]>,
    store: Params,
    /// One of so many runs is this.
    runs: u32,
}

/// Checks the own entries against the quota, and opens the run.
pub fn open<'a>(
    entries: &'a [Entry],
    terms: &Terms,
    settings: Settings,
    rng: &mut impl CryptoRng,
) -> Result<(AwaitingAccept<'a>, OpenPackage), PsiError> {
    super::one_section(terms)?;
    let count = terms.count(entries)?.iter().sum();
    let (section, testable) = (&terms.sections[0], super::charged(count, &settings));
    if testable > section.max {
        let (section, max, found) = (section.name.clone(), section.max, count);
        return Err(PsiError::OwnTestable { section, max, found, testable });
    }
    let (mut salt, mut seed) = ([0; 32], [0; 16]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut seed);
    // One compression after another: the other cores sort the keys meanwhile.
    let (commitment, sorted) =
        rayon::join(|| commitment(&salt, entries), || Sorted::new(&Hashes::new(&seed).keys(entries)));
    let package = OpenPackage { terms: terms.digest(), commitment, count, seed };
    let facts = Facts {
        entries,
        settings,
        learns: terms.learns,
        max_tokens: terms.max_peer_items.min(MAX_ENTRIES),
        open: package.clone(),
        salt: Secret::new(salt),
        store: settings.store(count),
        runs: 1,
    };
    Ok((AwaitingAccept { facts, sorted }, package))
}

/// Awaiting the sender's answer.
pub struct AwaitingAccept<'a> {
    facts: Facts<'a>,
    sorted: Sorted,
}

impl<'a> AwaitingAccept<'a> {
    /// As one of `runs` runs, whose errors add up; the same on both sides.
    #[must_use]
    pub fn one_of(mut self, runs: u32) -> Self {
        self.facts.runs = runs;
        self
    }

    /// Takes the number of tokens and the commitment to the sender's coin.
    pub fn accept(self, package: AcceptPackage) -> Result<Encoding<'a>, Misstep> {
        let (max, found) = (self.facts.max_tokens, package.tokens);
        if found > max {
            return Err(Misstep::TooManyEntries { max, found });
        }
        let run = super::run_digest(&self.facts.open, self.facts.settings, found);
        Ok(Encoding { facts: self.facts, accepted: package, run, sorted: self.sorted })
    }
}

/// Encoding the own items: needs nothing from the sender, and the correlation nothing from it.
pub struct Encoding<'a> {
    facts: Facts<'a>,
    accepted: AcceptPackage,
    run: Digest,
    /// The own items' keys.
    sorted: Sorted,
}

/// The own items in a store P (figure 4, step 1).
pub struct Encoded<A> {
    /// In the place of the keys of [`Encoding`], where items repeat others.
    replaced: Option<Sorted>,
    repeats: Vec<(u32, u32)>,
    words: Vec<A>,
}

impl<'a> Encoding<'a> {
    /// Are values of GF(2^64)?
    pub fn small_values(&self) -> bool {
        self.facts.settings.small_values(self.accepted.tokens, self.facts.runs)
    }

    /// How many correlations are needed.
    pub fn columns(&self) -> usize {
        self.facts.store.columns()
    }

    /// The context of the correlation: all that was agreed on.
    pub fn run(&self) -> &Digest {
        &self.run
    }

    /// Encodes. In the place of an item that repeats another goes a random key with a random value, so that as
    /// many are encoded as were announced.
    pub fn vartime_encode<A: Value>(&self, rng: &mut impl CryptoRng) -> Result<Encoded<A>, PsiError> {
        let entries = self.facts.entries;
        let mut values = Hashes::new(&self.facts.open.seed).values::<A>(entries);
        let repeats = self.sorted.repeats();
        if repeats.iter().any(|&(first, other)| entries[first as usize] != entries[other as usize]) {
            return Err(PsiError::Unencodable);
        }
        let mut replaced = None;
        if !repeats.is_empty() {
            let mut keys = self.sorted.keys();
            for &(_, repeat) in &repeats {
                let mut key = [0; 16];
                rng.fill_bytes(&mut key);
                keys[repeat as usize] = Key::from(key);
                values[repeat as usize] = Subfield::random(rng);
            }
            replaced = Some(Sorted::new(&keys));
        }
        let sorted = replaced.as_ref().unwrap_or(&self.sorted);
        let words = vartime_encode(&self.facts.store, sorted, values, rng);
        let words = words.map_err(|_| PsiError::Unencodable)?;
        Ok(Encoded { replaced, repeats, words })
    }

    /// Puts the store and the correlation together: A' = A − P.
    pub fn mask<A: Value>(
        self,
        mut encoded: Encoded<A>,
        mut correlation: VoleReceiver<A>,
        rng: &mut impl CryptoRng,
    ) -> Result<Masking<'a, A>, PsiError> {
        if correlation.a.len() != encoded.words.len() || correlation.c.len() != encoded.words.len() {
            return Err(PsiError::OutOfStep { step: "the correlation" });
        }
        let a = Zeroizing::new(std::mem::take(&mut correlation.a));
        encoded.words.iter_mut().zip(&*a).for_each(|(word, a)| *word += *a);
        drop(a);
        let mut coin = [0; 16];
        if self.facts.settings.security == Security::Malicious {
            rng.fill_bytes(&mut coin);
        }
        let Self { facts, accepted, run, sorted } = self;
        let sorted = encoded.replaced.take().unwrap_or(sorted);
        Ok(Masking { facts, accepted, run, sorted, encoded, correlation, coin, sent: 0 })
    }
}

/// Sending the masked store.
pub struct Masking<'a, A: Value> {
    facts: Facts<'a>,
    accepted: AcceptPackage,
    run: Digest,
    sorted: Sorted,
    encoded: Encoded<A>,
    correlation: VoleReceiver<A>,
    coin: [u8; 16],
    sent: usize,
}

impl<'a, A: Value> Masking<'a, A> {
    /// The next words, `None` after the last.
    pub fn next_words(&mut self) -> Option<WordsPackage<A>> {
        let end = self.encoded.words.len().min(self.sent + WORDS_CHUNK);
        let words = self.encoded.words[self.sent..end].to_vec();
        self.sent = end;
        if words.is_empty() { None } else { Some(WordsPackage { words }) }
    }

    /// Malicious: the own coin, after all words.
    pub fn coin(&self) -> Option<CoinPackage> {
        let malicious = self.facts.settings.security == Security::Malicious;
        malicious.then_some(CoinPackage { coin: self.coin })
    }

    /// On to the own tokens.
    pub fn finish(self) -> Result<Evaluating<'a>, PsiError> {
        if self.sent < self.encoded.words.len() {
            return Err(PsiError::OutOfStep { step: "the sending of words" });
        }
        let Encoded { repeats, words, .. } = self.encoded;
        drop(words);
        let sorted = self.sorted;
        let decoded = vartime_decode(&self.facts.store, &sorted, &self.correlation.c);
        let (facts, accepted, run, coin) = (self.facts, self.accepted, self.run, self.coin);
        Ok(Evaluating { facts, accepted, run, sorted, repeats, decoded, coin })
    }
}

/// Computing the own tokens (figure 4, step 5): semi-honest at once, malicious when both coins are known.
pub struct Evaluating<'a> {
    facts: Facts<'a>,
    accepted: AcceptPackage,
    run: Digest,
    sorted: Sorted,
    repeats: Vec<(u32, u32)>,
    decoded: Vec<F128>,
    coin: [u8; 16],
}

/// A token of an own entry and the entry's index.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Own {
    token: [u64; 2],
    index: u32,
}

impl Evaluating<'_> {
    /// Malicious: checks the sender's coin against its commitment. Semi-honest there is none.
    pub fn open(&self, theirs: Option<CoinPackage>) -> Result<F128, Misstep> {
        match (theirs, self.accepted.coin) {
            (None, None) => Ok(F128::ZERO),
            (Some(CoinPackage { coin }), Some(committed))
                if coin_commitment(&coin, &self.run) == committed =>
            {
                Ok(F128::from_bytes(coin) + F128::from_bytes(self.coin))
            }
            _ => Err(Misstep::BadCoin),
        }
    }

    /// Computes and sorts the own tokens; `coins` is what [`Self::open`] gave.
    pub fn evaluate(mut self, coins: F128) -> Matching {
        let (settings, entries) = (self.facts.settings, self.facts.entries);
        let hashes = Hashes::new(&self.facts.open.seed);
        let bits = settings.token_bits(entries.len() as u64, self.accepted.tokens, self.facts.runs);
        let coding = Coding::new(settings.wire, bits, self.accepted.tokens);
        let (sorted, run) = (&self.sorted, &self.run);
        self.decoded.par_chunks_mut(super::CHUNK).enumerate().for_each(|(chunk, evaluations)| {
            let start = chunk * super::CHUNK;
            let entry = |at: usize| &entries[sorted.index(start + at)];
            hashes.outputs(settings.security, (run, coins), evaluations, entry);
        });
        let own = |at: usize| {
            let index = sorted.index(at) as u32;
            Own { token: halves(coding.cut(self.decoded[at].0)), index }
        };
        let own = vartime_sort_of(self.decoded.len(), own, |own| own.token[0], Ord::cmp);
        drop((self.decoded, self.sorted));
        let mut repeated = vec![false; if self.repeats.is_empty() { 0 } else { entries.len() }];
        self.repeats.iter().for_each(|&(_, repeat)| repeated[repeat as usize] = true);
        Matching {
            own,
            repeated,
            repeats: self.repeats,
            hit: vec![false; entries.len()],
            commitment: self.facts.open.commitment,
            salt: self.facts.salt,
            learns: self.facts.learns,
            coding,
            count: self.accepted.tokens,
            seen: 0,
            last: None,
            cursor: 0,
            positions: Vec::new(),
        }
    }
}

fn halves(token: Token) -> [u64; 2] {
    [(token >> 64) as u64, token as u64]
}

/// Looking for the own tokens among the sender's: a merge of two ascending lists.
pub struct Matching {
    own: Vec<Own>,
    /// Entries in whose place something random was encoded; empty where there are none.
    repeated: Vec<bool>,
    repeats: Vec<(u32, u32)>,
    hit: Vec<bool>,
    commitment: Digest,
    salt: Secret<[u8; 32]>,
    learns: Learns,
    coding: Coding,
    count: u64,
    seen: u64,
    last: Option<Token>,
    cursor: usize,
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

    /// How many tokens the next message has; 0 after the last.
    pub fn due(&self) -> usize {
        usize::try_from(self.count - self.seen).unwrap_or(TOKENS_CHUNK).min(TOKENS_CHUNK)
    }

    /// The most bytes that the next message has.
    pub fn max_bytes(&self) -> usize {
        1 + self.coding.max_bytes(self.due())
    }

    /// Reads the next message.
    pub fn decode(&self, frame: &[u8]) -> Result<Vec<Token>, Misstep> {
        let body = if self.coding.is_exact() {
            Kind::Tokens.exact(frame, self.max_bytes())?
        } else {
            Kind::Tokens.body(frame)?
        };
        self.coding.decode(body, self.due(), self.seen, self.last)
    }

    /// Looks the own tokens up in the next tokens of the sender. Its time depends on which are there: the
    /// receiver's own result, on its own machine.
    pub fn vartime_absorb(&mut self, tokens: &[Token]) {
        for &token in tokens {
            let sought = halves(token);
            while self.own.get(self.cursor).is_some_and(|own| own.token < sought) {
                self.cursor += 1;
            }
            let mut found = false;
            while let Some(own) = self.own.get(self.cursor).filter(|own| own.token == sought) {
                // What was encoded in place of a repeated entry matches nothing.
                if !self.repeated.get(own.index as usize).is_some_and(|&repeated| repeated) {
                    self.hit[own.index as usize] = true;
                    found = true;
                }
                self.cursor += 1;
            }
            if found {
                self.positions.push(self.seen);
            }
            self.seen += 1;
            self.last = Some(token);
        }
    }

    /// On to the result.
    pub fn finish(mut self) -> Result<Matched, PsiError> {
        if self.seen < self.count {
            return Err(PsiError::OutOfStep { step: "the matching of tokens" });
        }
        for &(first, repeat) in &self.repeats {
            self.hit[repeat as usize] = self.hit[first as usize];
        }
        let received = Received {
            matched: self.hit,
            peer_items: self.count,
            duplicates: self.repeats.len() as u64,
            commitment: self.commitment,
            salt: self.salt,
        };
        Ok(Matched::new(received, self.learns, self.positions))
    }
}
