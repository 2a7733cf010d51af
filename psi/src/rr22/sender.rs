//! The sender: corrects its part of the correlation by the receiver's masked store, and shows the tokens of its
//! own entries.
//!
//! ```text
//! accept ─▶ Preparing ─▶ Correcting ─▶ Evaluating ─▶ Showing ─▶ Sent                    (Learns::Receiver)
//!                                                          └─▶ AwaitingCount ─▶ … ─▶ Sent   (Both)
//! ```
//!
//! Within a state packages stream in chunks; leaving a state consumes it.

use super::coding::{Coding, TOKENS_CHUNK, Token};
use super::hash::{Hashed, Hashes, Value, coin_commitment};
use super::msg::{AcceptPackage, CoinPackage, Kind, OpenPackage, WORDS_CHUNK, WordsPackage};
use super::settings::{Security, Settings};
use crate::ecdh::sender::{AwaitingCount, PADDING, Shown};
use crate::error::{Misstep, PsiError};
use crate::okvs::{Params, Sorted, vartime_decode};
use crate::outcome::Sent;
use crate::radix::{vartime_sort, vartime_sort_of};
use crate::terms::MAX_ENTRIES;
use crate::{Entry, Learns, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use yinshu_crypto::field::{F128, mul_add_each};
use yinshu_crypto::hash::Digest;
use yinshu_ot::vole::VoleSender;

/// How many tokens this side shows, if it may.
pub(super) fn tokens(entries: &[Entry], terms: &Terms) -> Result<u64, PsiError> {
    super::one_section(terms)?;
    let used = entries.len() as u64;
    let tokens = terms.own_items.unwrap_or(used);
    if used > tokens {
        return Err(PsiError::MoreThanDeclared { declared: tokens });
    }
    if tokens > MAX_ENTRIES {
        return Err(PsiError::TooManyEntries { found: tokens, max: MAX_ENTRIES });
    }
    match entries.iter().find(|entry| entry.section != 0) {
        Some(entry) => Err(PsiError::UnknownSection { section: entry.section, sections: 1 }),
        None => Ok(tokens),
    }
}

/// Checks an opening against the quota, and answers it.
pub fn accept<'a>(
    open: OpenPackage,
    entries: &'a [Entry],
    tokens: u64,
    terms: &Terms,
    settings: Settings,
    rng: &mut impl CryptoRng,
) -> Result<(Preparing<'a>, AcceptPackage), Misstep> {
    let (found, section) = (open.count, &terms.sections[0]);
    if found > section.max {
        return Err(Misstep::SectionQuota { section: section.name.clone(), max: section.max, found });
    }
    // What a receiver that cheats can test counts, not what it says.
    let testable = super::charged(found, &settings);
    if testable > section.max {
        return Err(Misstep::Testable { section: section.name.clone(), max: section.max, found, testable });
    }
    let max = terms.max_peer_items.min(MAX_ENTRIES);
    if found > max {
        return Err(Misstep::TooManyEntries { max, found });
    }
    let run = super::run_digest(&open, settings, tokens);
    let mut coin = [0; 16];
    let mut committed = None;
    if settings.security == Security::Malicious {
        rng.fill_bytes(&mut coin);
        committed = Some(coin_commitment(&coin, &run));
    }
    let package = AcceptPackage { tokens, coin: committed };
    let (store, learns) = (settings.store(found), terms.learns);
    Ok((Preparing { entries, open, tokens, settings, learns, store, run, coin, runs: 1 }, package))
}

/// Hashing the own entries: needs nothing more from the receiver, and the correlation nothing from it.
pub struct Preparing<'a> {
    entries: &'a [Entry],
    open: OpenPackage,
    tokens: u64,
    settings: Settings,
    learns: Learns,
    store: Params,
    run: Digest,
    coin: [u8; 16],
    /// One of so many runs is this.
    runs: u32,
}

/// The own entries' keys, sorted, and values in the same order.
pub struct Prepared<A> {
    sorted: Sorted,
    values: Vec<A>,
}

impl<'a> Preparing<'a> {
    /// As one of `runs` runs, whose errors add up; the same on both sides.
    #[must_use]
    pub fn one_of(self, runs: u32) -> Self {
        Self { runs, ..self }
    }

    /// Are values of GF(2^64)?
    pub fn small_values(&self) -> bool {
        self.settings.small_values(self.tokens, self.runs)
    }

    /// How many correlations are needed.
    pub fn columns(&self) -> usize {
        self.store.columns()
    }

    /// The context of the correlation: all that was agreed on.
    pub fn run(&self) -> &Digest {
        &self.run
    }

    /// Hashes the own entries.
    pub fn prepare<A: Value>(&self) -> Prepared<A> {
        let Hashed { keys, values } = Hashes::new(&self.open.seed).entries::<A>(self.entries);
        let sorted = Sorted::new(&keys);
        drop(keys);
        let values = sorted.indices().map(|index| values[index]).collect();
        Prepared { sorted, values }
    }

    /// On to the receiver's words.
    pub fn correct<A: Value>(
        self,
        prepared: Prepared<A>,
        correlation: VoleSender,
    ) -> Result<Correcting<'a, A>, PsiError> {
        if correlation.b.len() != self.store.columns() {
            return Err(PsiError::OutOfStep { step: "the correlation" });
        }
        Ok(Correcting { own: self, prepared, correlation, done: 0 })
    }
}

/// Correcting the own part of the correlation: B' = B + A'·Δ (figure 4, step 3).
pub struct Correcting<'a, A> {
    own: Preparing<'a>,
    prepared: Prepared<A>,
    correlation: VoleSender,
    done: usize,
}

impl<'a, A: Value> Correcting<'a, A> {
    /// How many words the next package has; 0 after the last.
    pub fn due(&self) -> usize {
        (self.correlation.b.len() - self.done).min(WORDS_CHUNK)
    }

    /// How many words are still to come.
    pub(super) fn due_in_all(&self) -> u64 {
        (self.correlation.b.len() - self.done) as u64
    }

    /// Takes the next words.
    pub fn absorb(&mut self, package: &WordsPackage<A>) -> Result<(), Misstep> {
        let (expected, found) =
            (WordsPackage::<A>::bytes(self.due()), WordsPackage::<A>::bytes(package.words.len()));
        if expected != found {
            return Err(Misstep::WrongLength { message: Kind::Words.name(), expected, found });
        }
        let end = self.done + package.words.len();
        let delta = self.correlation.delta;
        mul_add_each(&mut self.correlation.b[self.done..end], &package.words, delta);
        self.done = end;
        Ok(())
    }

    /// Malicious: the own coin, once the receiver's was heard.
    pub fn coin(&self) -> CoinPackage {
        CoinPackage { coin: self.own.coin }
    }

    /// Computes the tokens (figure 4, step 4): F(y) = H^o(Decode(B', y) − Δ·H^B(y)), cut, sorted, so that their
    /// order says nothing of the table's, and with random tokens in the place of duplicates and of declared
    /// entries that are not there. `theirs` is the receiver's coin, if there is one.
    pub fn evaluate(
        self,
        theirs: Option<CoinPackage>,
        rng: &mut impl CryptoRng,
    ) -> Result<Showing, PsiError> {
        if self.due() > 0 {
            return Err(PsiError::OutOfStep { step: "the correction" });
        }
        let own = self.own;
        let Prepared { sorted, values } = self.prepared;
        let mut outputs = vartime_decode(&own.store, &sorted, &self.correlation.b);
        let delta = self.correlation.delta;
        drop(self.correlation);
        let hashes = Hashes::new(&own.open.seed);
        let coins =
            theirs.map_or(F128::ZERO, |theirs| F128::from_bytes(theirs.coin) + F128::from_bytes(own.coin));
        let chunks = outputs.par_chunks_mut(super::CHUNK).zip(values.par_chunks(super::CHUNK));
        chunks.enumerate().for_each(|(chunk, (outputs, values))| {
            let start = chunk * super::CHUNK;
            mul_add_each(outputs, values, delta);
            let entry = |at: usize| &own.entries[sorted.index(start + at)];
            hashes.outputs(own.settings.security, (&own.run, coins), outputs, entry);
        });
        let bits = own.settings.token_bits(own.open.count, own.tokens, own.runs);
        let coding = Coding::new(own.settings.wire, bits, own.tokens);
        drop(values);
        let slot = |at: usize| Slot::new(coding.cut(outputs[at].0), sorted.index(at) as u32);
        let slots = vartime_sort_of(outputs.len(), slot, Slot::head, Ord::cmp);
        drop((outputs, sorted));
        let (slots, repeats) = fill_up(slots, own.tokens, coding, rng);
        let sent = Sent {
            peer_items: vec![own.open.count],
            peer_commitment: own.open.commitment,
            own_items: own.entries.len() as u64,
            duplicates: repeats.len() as u64,
            tokens: own.tokens,
            matched: None,
        };
        Ok(Showing { sent, slots, repeats, coding, shown: 0, last: None, learns: own.learns })
    }
}

/// A token and the index of the entry it stands for.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    token: [u64; 2],
    index: u32,
}

impl Slot {
    fn new(token: Token, index: u32) -> Self {
        Self { token: [(token >> 64) as u64, token as u64], index }
    }

    fn head(&self) -> u64 {
        self.token[0]
    }

    fn token(&self) -> Token {
        u128::from(self.token[0]) << 64 | u128::from(self.token[1])
    }
}

/// Of sorted slots, keeps the first of equal tokens, and puts random ones in their place until there are `tokens`.
/// Returns the indices of the kept and the dropped too. Its time depends on the tokens, which the receiver will see, and
/// on which entries repeat.
fn fill_up(
    mut slots: Vec<Slot>,
    tokens: u64,
    coding: Coding,
    rng: &mut impl CryptoRng,
) -> (Vec<Slot>, Vec<(u32, u32)>) {
    let mut repeats = Vec::new();
    loop {
        slots.dedup_by(|slot, kept| {
            let same = slot.token == kept.token;
            if same && slot.index != PADDING {
                repeats.push((kept.index, slot.index));
            }
            same
        });
        let missing = usize::try_from(tokens).expect("below 2^32") - slots.len();
        if missing == 0 {
            return (slots, repeats);
        }
        slots.extend((0..missing).map(|_| {
            let mut token = [0; 16];
            rng.fill_bytes(&mut token);
            Slot::new(coding.cut(Token::from_le_bytes(token)), PADDING)
        }));
        slots = vartime_sort(&slots, Slot::head, Ord::cmp);
    }
}

/// Showing the tokens.
pub struct Showing {
    sent: Sent,
    slots: Vec<Slot>,
    repeats: Vec<(u32, u32)>,
    coding: Coding,
    shown: usize,
    last: Option<Token>,
    learns: Learns,
}

impl Showing {
    /// How many tokens there are.
    pub fn count(&self) -> u64 {
        self.slots.len() as u64
    }

    /// How many were shown.
    pub fn shown(&self) -> u64 {
        self.shown as u64
    }

    /// The next tokens as a frame, `None` after the last.
    pub fn next_tokens(&mut self) -> Option<Vec<u8>> {
        let end = self.slots.len().min(self.shown + TOKENS_CHUNK);
        if self.shown == end {
            return None;
        }
        let tokens: Vec<Token> = self.slots[self.shown..end].iter().map(Slot::token).collect();
        let bits = self.coding.expected_bits(tokens.len() as u64);
        let mut frame = Kind::Tokens.frame(usize::try_from(bits / 8).unwrap_or(0));
        self.coding.encode(&tokens, self.last, &mut frame);
        (self.shown, self.last) = (end, tokens.last().copied());
        Some(frame)
    }

    /// On to what comes back, if anything does.
    pub fn finish(self) -> Result<Shown, PsiError> {
        if self.shown < self.slots.len() {
            return Err(PsiError::OutOfStep { step: "the showing of tokens" });
        }
        match self.learns {
            Learns::Receiver => Ok(Shown::Done(self.sent)),
            Learns::Both => {
                let indices = self.slots.into_iter().map(|slot| slot.index).collect();
                Ok(Shown::Awaiting(AwaitingCount::new(self.sent, indices, self.repeats)))
            }
        }
    }
}
