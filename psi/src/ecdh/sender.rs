//! The sender: raises the receiver's blinded points to its keys, and shows the tokens of its own entries.
//!
//! ```text
//! accept ─▶ Evaluating ─▶ Collecting ─▶ Showing ─▶ Sent                      (Learns::Receiver)
//!                                              └─▶ AwaitingCount ─▶ AwaitingMatches ─▶ Sent   (Both)
//! ```
//!
//! Within a state packages stream in chunks; leaving a state consumes it.

use super::msg::{
    CountPackage, KeysPackage, Kind, MATCHES_CHUNK, MatchesPackage, OpenPackage, POINTS_CHUNK, PointsPackage,
    TOKENS_CHUNK, Token, TokensPackage,
};
use super::token::{self, Tokens, batches};
use crate::error::{Misstep, PsiError};
use crate::outcome::Sent;
use crate::terms::MAX_ENTRIES;
use crate::{Entry, Learns, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use yinshu_crypto::group::{
    ELEMENT_BYTES, Element, Exponent, Hasher, decode_raise_encode_each, hash_raise_encode_each,
};
use yinshu_crypto::hash::Digest;

/// What stays with the sender: keys, fresh in every run and wiped after it.
struct SecretPackage {
    keys: Vec<Key>,
    hasher: Hasher,
}

/// The key b of a section. The public key is that power of g², which the receiver blinds with; its own entries
/// go to 4b, since both the receiver's blinded points and its unblinded ones are encoded as their squares.
struct Key {
    evaluate: Exponent,
    own: Exponent,
    public: [u8; ELEMENT_BYTES],
    tokens: Tokens,
}

impl Key {
    fn random(section: usize, rng: &mut impl CryptoRng) -> Self {
        let evaluate = Exponent::random(rng);
        let twice = evaluate.doubled();
        let public = Element::generator().raise(&twice).encode();
        Self { evaluate, own: twice.doubled(), public, tokens: Tokens::new(section, &public) }
    }
}

/// What is known of the receiver.
struct Asked {
    counts: Vec<u64>,
    ends: Vec<usize>,
    commitment: Digest,
    /// One of so many runs is this.
    runs: u32,
}

impl Asked {
    fn total(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }
}

/// Checks an opening against the quotas and makes fresh keys.
pub fn accept(open: OpenPackage, terms: &Terms, rng: &mut impl CryptoRng) -> Result<Evaluating, Misstep> {
    for (section, &found) in terms.sections.iter().zip(&open.counts) {
        if found > section.max {
            let (section, max) = (section.name.clone(), section.max);
            return Err(Misstep::SectionQuota { section, max, found });
        }
    }
    let found = open.counts.iter().fold(0, |sum: u64, &count| sum.saturating_add(count));
    let max = terms.max_peer_items.min(MAX_ENTRIES);
    if found > max {
        return Err(Misstep::TooManyEntries { max, found });
    }
    let keys = (0..terms.sections.len()).map(|section| Key::random(section, rng)).collect();
    let ends = token::ends(&open.counts);
    let asked = Asked { ends, counts: open.counts, commitment: open.commitment, runs: 1 };
    Ok(Evaluating { secret: SecretPackage { keys, hasher: Hasher::new(token::DST) }, asked, done: 0 })
}

/// Raising the receiver's points.
pub struct Evaluating {
    secret: SecretPackage,
    asked: Asked,
    done: usize,
}

impl Evaluating {
    /// As one of `runs` runs, whose wrong matches add up; the same on both sides.
    #[must_use]
    pub fn one_of(mut self, runs: u32) -> Self {
        self.asked.runs = runs;
        self
    }

    /// The public keys, which the receiver needs to unblind.
    pub fn keys(&self) -> KeysPackage {
        KeysPackage { keys: self.secret.keys.iter().map(|key| key.public).collect() }
    }

    /// How many points are still to come.
    pub fn left(&self) -> usize {
        self.asked.total() - self.done
    }

    /// How many points the next package has; 0 after the last.
    pub fn due(&self) -> usize {
        self.left().min(POINTS_CHUNK)
    }

    /// Raises each point to the key of its section, in order and in constant time.
    pub fn evaluate(&mut self, blinded: &PointsPackage) -> Result<PointsPackage, Misstep> {
        let start = self.done;
        PointsPackage::check(blinded, Kind::Blinded, self.due())?;
        let batch = |(section, range): (usize, std::ops::Range<usize>)| {
            let encoded = &blinded.points[range.start - start..range.end - start];
            let raised = decode_raise_encode_each(encoded, &self.secret.keys[section].evaluate);
            raised.map_err(|bad| Misstep::BadPoint {
                index: (range.start + bad.index) as u64,
                cause: bad.cause,
            })
        };
        let batches = batches(start..start + blinded.points.len(), &self.asked.ends);
        let raised: Result<Vec<_>, Misstep> = batches.into_par_iter().map(batch).collect();
        let points = raised?.concat();
        self.done += points.len();
        Ok(PointsPackage { points })
    }

    /// On to the sender's own entries.
    pub fn finish(self) -> Result<Collecting, PsiError> {
        if self.left() > 0 {
            return Err(PsiError::OutOfStep { step: "the evaluation of points" });
        }
        Ok(Collecting { secret: self.secret, asked: self.asked, slots: Vec::new(), used: 0 })
    }
}

/// A token and the index of the entry it stands for: 20 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    token: Token,
    index: u32,
}

/// The index of random tokens, above every entry's.
pub(crate) const PADDING: u32 = u32::MAX;

/// Computing the tokens of the sender's own entries.
pub struct Collecting {
    secret: SecretPackage,
    asked: Asked,
    slots: Vec<Slot>,
    used: u64,
}

impl Collecting {
    /// How many entries were added.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Computes the tokens of further entries: one multiplication each, constant-time in the keys, on all
    /// cores. 1,000 entries or more at a time keep the cores busy.
    pub fn add(&mut self, entries: &[Entry], terms: &Terms) -> Result<(), PsiError> {
        let max = terms.own_items.unwrap_or(u64::MAX);
        let found = self.used + entries.len() as u64;
        if found > max {
            return Err(PsiError::MoreThanDeclared { declared: max });
        }
        if found > MAX_ENTRIES {
            return Err(PsiError::TooManyEntries { found, max: MAX_ENTRIES });
        }
        let sections = self.secret.keys.len();
        let mut counts = vec![0; sections];
        for entry in entries {
            let count = counts.get_mut(usize::from(entry.section));
            *count.ok_or(PsiError::UnknownSection { section: entry.section, sections })? += 1;
        }
        let first = u32::try_from(self.used).expect("at most 2^32 - 2 by the check above");
        let mut order: Vec<(u32, &Entry)> = (first..).zip(entries).collect();
        order.sort_by_key(|(_, entry)| entry.section);
        let batches = batches(0..entries.len(), &token::ends(&counts));
        let slots: Vec<Vec<Slot>> = batches
            .into_par_iter()
            .map(|(section, range)| self.secret.slots(section, &order[range]))
            .collect();
        slots.iter().for_each(|slots| self.slots.extend(slots));
        self.used = found;
        Ok(())
    }

    /// Sorts the tokens, so that their order says nothing of the table's, and puts random tokens in the
    /// place of duplicates and of declared entries that are not there. Keys are wiped here.
    pub fn finish(mut self, terms: &Terms, rng: &mut impl CryptoRng) -> Result<Showing, PsiError> {
        drop(self.secret);
        let tokens = terms.own_items.unwrap_or(self.used);
        if tokens > MAX_ENTRIES {
            return Err(PsiError::TooManyEntries { found: tokens, max: MAX_ENTRIES });
        }
        let token_bytes = token::token_bytes_of(self.asked.total() as u64, tokens, self.asked.runs);
        self.slots.par_iter_mut().for_each(|slot| slot.token = token::cut(slot.token, token_bytes));
        let mut repeats = Vec::new();
        loop {
            vartime_sort_distinct(&mut self.slots, &mut repeats);
            let missing = usize::try_from(tokens).expect("below 2^32") - self.slots.len();
            if missing == 0 {
                break;
            }
            self.slots.extend((0..missing).map(|_| random_slot(token_bytes, rng)));
        }
        let learns = terms.learns;
        Ok(Showing {
            asked: self.asked,
            slots: self.slots,
            repeats,
            used: self.used,
            token_bytes,
            shown: 0,
            learns,
        })
    }
}

impl SecretPackage {
    fn slots(&self, section: usize, entries: &[(u32, &Entry)]) -> Vec<Slot> {
        let messages: Vec<[u8; 34]> = entries.iter().map(|(_, entry)| token::message(entry)).collect();
        let key = &self.keys[section];
        let evaluated = hash_raise_encode_each(&self.hasher, &messages, &key.own);
        let slot = |(&(index, entry), evaluated)| Slot { token: key.tokens.token(entry, evaluated), index };
        entries.iter().zip(&evaluated).map(slot).collect()
    }
}

fn random_slot(token_bytes: usize, rng: &mut impl CryptoRng) -> Slot {
    let mut token = Token::default();
    rng.fill_bytes(&mut token[..token_bytes]);
    Slot { token, index: PADDING }
}

/// Sorts and keeps the first of equal tokens; the indices of the kept and the dropped go to `repeats`.
/// Its time depends on the tokens, which the receiver will see, and on which entries repeat.
fn vartime_sort_distinct(slots: &mut Vec<Slot>, repeats: &mut Vec<(u32, u32)>) {
    slots.par_sort_unstable();
    slots.dedup_by(|slot, kept| {
        let same = slot.token == kept.token;
        if same && slot.index != PADDING {
            repeats.push((kept.index, slot.index));
        }
        same
    });
}

/// Showing the tokens.
pub struct Showing {
    asked: Asked,
    slots: Vec<Slot>,
    repeats: Vec<(u32, u32)>,
    used: u64,
    token_bytes: usize,
    shown: usize,
    learns: Learns,
}

impl Showing {
    /// How many tokens there are.
    pub fn count(&self) -> CountPackage {
        CountPackage { count: self.slots.len() as u64 }
    }

    /// Bytes of a token on the wire.
    pub fn token_bytes(&self) -> usize {
        self.token_bytes
    }

    /// The next tokens, `None` after the last.
    pub fn next_tokens(&mut self) -> Option<TokensPackage> {
        let end = self.slots.len().min(self.shown + TOKENS_CHUNK);
        let tokens: Vec<Token> = self.slots[self.shown..end].iter().map(|slot| slot.token).collect();
        self.shown = end;
        if tokens.is_empty() { None } else { Some(TokensPackage { tokens }) }
    }

    /// On to what comes back, if anything does.
    pub fn finish(self) -> Result<Shown, PsiError> {
        if self.shown < self.slots.len() {
            return Err(PsiError::OutOfStep { step: "the showing of tokens" });
        }
        let sent = Sent {
            peer_items: self.asked.counts,
            peer_commitment: self.asked.commitment,
            own_items: self.used,
            duplicates: self.repeats.len() as u64,
            tokens: self.slots.len() as u64,
            matched: None,
        };
        match self.learns {
            Learns::Receiver => Ok(Shown::Done(sent)),
            Learns::Both => {
                let indices = self.slots.into_iter().map(|slot| slot.index).collect();
                Ok(Shown::Awaiting(AwaitingCount::new(sent, indices, self.repeats)))
            }
        }
    }
}

/// What follows the tokens.
pub enum Shown {
    /// Nothing: the receiver alone learns.
    Done(Sent),
    /// The matches.
    Awaiting(AwaitingCount),
}

/// Awaiting how many matches there are.
pub struct AwaitingCount {
    sent: Sent,
    indices: Vec<u32>,
    repeats: Vec<(u32, u32)>,
}

impl AwaitingCount {
    /// Takes the number of matches: at most as many as the smaller set has entries.
    pub fn count(self, package: CountPackage) -> Result<AwaitingMatches, Misstep> {
        let asked = self.sent.peer_items.iter().sum();
        let (max, found) = (self.sent.tokens.min(asked), package.count);
        if found > max {
            return Err(Misstep::TooManyMatches { max, found });
        }
        Ok(AwaitingMatches { state: self, matches: found, done: 0, next: 0, matched: Vec::new(), foul: None })
    }
}

impl AwaitingCount {
    /// For every protocol that shows tokens: `indices` are those of the entries that the tokens stand for,
    /// [`PADDING`] where they stand for none, and `repeats` of the kept and the dropped of equal entries.
    pub(crate) fn new(sent: Sent, indices: Vec<u32>, repeats: Vec<(u32, u32)>) -> Self {
        Self { sent, indices, repeats }
    }
}

/// Awaiting the matches.
pub struct AwaitingMatches {
    state: AwaitingCount,
    matches: u64,
    done: u64,
    next: u64,
    matched: Vec<u32>,
    /// The first match with a random token.
    foul: Option<u64>,
}

impl AwaitingMatches {
    /// How many matches the next package has; 0 after the last.
    pub fn due(&self) -> usize {
        usize::try_from(self.matches.saturating_sub(self.done)).unwrap_or(MATCHES_CHUNK).min(MATCHES_CHUNK)
    }

    /// Reads the next package.
    pub fn decode(&self, frame: &[u8]) -> Result<MatchesPackage, Misstep> {
        MatchesPackage::decode(frame, self.due(), self.done, self.next, self.state.sent.tokens)
    }

    /// Takes the next matches, finds the entries they stand for, and says how many they were. A match with a random
    /// token changes nothing yet: a receiver that were told of it would learn which tokens are random, and so how
    /// many entries there are. See [`Self::check`].
    pub fn absorb(&mut self, package: &MatchesPackage) -> Result<u64, Misstep> {
        for &position in &package.positions {
            let known = usize::try_from(position).ok().and_then(|at| self.state.indices.get(at));
            match known {
                Some(&PADDING) => self.foul = self.foul.or(Some(self.done)),
                Some(&index) => self.matched.push(index),
                None => return Err(Misstep::BadMatch { index: self.done }),
            }
            self.done += 1;
            self.next = position + 1;
        }
        Ok(package.positions.len() as u64)
    }

    /// After the last match: did the receiver report a random token, which nobody can hold? This is for the own side
    /// alone. Whatever follows a run that the receiver can see must not depend on it.
    pub fn check(&self) -> Result<(), Misstep> {
        self.foul.map_or(Ok(()), |index| Err(Misstep::MatchedPadding { index }))
    }

    /// What the sender learns, if [`Self::check`] finds nothing: duplicates of matched entries match too.
    pub fn finish(self) -> Result<Sent, PsiError> {
        if self.done < self.matches {
            return Err(PsiError::OutOfStep { step: "the return of matches" });
        }
        if self.foul.is_some() {
            return Err(PsiError::OutOfStep { step: "the check of matches" });
        }
        let mut matched = self.matched;
        matched.sort_unstable();
        let is_repeat = |&&(kept, _): &&(u32, u32)| matched.binary_search(&kept).is_ok();
        let repeats: Vec<u32> =
            self.state.repeats.iter().filter(is_repeat).map(|&(_, dropped)| dropped).collect();
        matched.extend(repeats);
        matched.sort_unstable();
        Ok(Sent { matched: Some(matched.into_iter().map(u64::from).collect()), ..self.state.sent })
    }
}
