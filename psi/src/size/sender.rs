//! The sender: raises the receiver's points to its keys and shuffles them, and shows the tokens of its own
//! entries.
//!
//! ```text
//! accept ─▶ Evaluating ─▶ Returning ─▶ Collecting ─▶ Showing ─▶ Sent          (Learns::Receiver)
//!                                                          └─▶ AwaitingSizes ─▶ Sent   (Both)
//! ```

use super::msg::SizesPackage;
use super::{DST, Opens, Sizes, token};
use crate::ecdh::msg::{
    CountPackage, Kind, OpenPackage, POINTS_CHUNK, PointsPackage, TOKENS_CHUNK, Token, TokensPackage,
};
use crate::ecdh::token::token_bytes;
use crate::error::{Misstep, PsiError};
use crate::stream::{
    Point, by_section, elements, parts, raise_points, ranges, shuffle, shuffle_sections, vartime_firsts,
    within_quotas,
};
use crate::terms::MAX_ENTRIES;
use crate::{Entry, Learns, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::ops::Range;
use yinshu_crypto::group::{Exponent, Hasher};
use yinshu_crypto::hash::Digest;

/// How many own entries are computed between two signs of life at most.
const BLOCK: usize = 1 << 14;

/// What the sender learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// How many entries the receiver asked about, per section. Its own duplicates are among them.
    pub peer_items: Vec<u64>,
    /// The receiver's commitment to its entries ([`crate::terms::commitment`]), to be kept in the log.
    pub peer_commitment: Digest,
    /// How many own entries were used, duplicates included.
    pub own_items: u64,
    /// How many of them repeat another one.
    pub duplicates: u64,
    /// How many tokens were shown, dummies aside.
    pub tokens: u64,
    /// Where both learn: the sizes, as the receiver tells them.
    pub sizes: Option<Sizes>,
}

/// What stays with the sender: one key per section and one for dummies, fresh in every run and wiped after it.
struct SecretPackage {
    keys: Vec<Exponent>,
    hasher: Hasher,
}

/// What the sender knows all along.
struct Facts {
    opens: Opens,
    bound: u64,
    learns: Learns,
    asked: OpenPackage,
    sections: Vec<Range<usize>>,
}

/// Checks an opening against the quotas and makes fresh keys.
pub fn accept(
    open: OpenPackage,
    terms: &Terms,
    opens: Opens,
    rng: &mut impl CryptoRng,
) -> Result<Evaluating, Misstep> {
    within_quotas(&open, terms)?;
    // Opens that have no bound were refused before anything was read.
    let bound = opens.bound().unwrap_or(0);
    let sections = ranges(open.counts.iter().copied().chain([2 * bound]));
    let keys = sections.iter().map(|_| Exponent::random(rng)).collect();
    let facts = Facts { opens, bound, learns: terms.learns, asked: open, sections };
    let secret = SecretPackage { keys, hasher: Hasher::new(DST) };
    Ok(Evaluating { secret, facts, raised: Vec::new() })
}

/// Raising the receiver's points.
pub struct Evaluating {
    secret: SecretPackage,
    facts: Facts,
    raised: Vec<Point>,
}

impl Evaluating {
    /// How many points will have come in all.
    pub fn total(&self) -> usize {
        self.facts.sections.last().map_or(0, |last| last.end)
    }

    /// How many points came.
    pub fn done(&self) -> usize {
        self.raised.len()
    }

    /// How many points the next package has; 0 after the last.
    pub fn due(&self) -> usize {
        (self.total() - self.raised.len()).min(POINTS_CHUNK)
    }

    /// Raises each point to the key of its section, in constant time.
    pub fn absorb(&mut self, blinded: &PointsPackage) -> Result<(), Misstep> {
        blinded.check(Kind::Blinded, self.due())?;
        let start = self.raised.len();
        for (section, range) in parts(&self.facts.sections, &(start..start + blinded.points.len())) {
            let points = &blinded.points[range.start - start..range.end - start];
            self.raised.extend(raise_points(points, range.start, &self.secret.keys[section])?);
        }
        Ok(())
    }

    /// Shuffles the evaluations: within sections where sections are opened, else all together.
    pub fn finish(mut self, rng: &mut impl CryptoRng) -> Result<Returning, PsiError> {
        if self.due() > 0 {
            return Err(PsiError::OutOfStep { step: "the evaluation of points" });
        }
        match self.facts.opens {
            Opens::Sections => shuffle_sections(&mut self.raised, &self.facts.sections, rng),
            Opens::Total | Opens::Noisy(_) => shuffle(&mut self.raised, rng),
        }
        Ok(Returning { secret: self.secret, facts: self.facts, raised: self.raised, returned: 0 })
    }
}

/// Returning the shuffled evaluations.
pub struct Returning {
    secret: SecretPackage,
    facts: Facts,
    raised: Vec<Point>,
    returned: usize,
}

impl Returning {
    /// The next evaluations, `None` after the last.
    pub fn next_points(&mut self) -> Option<PointsPackage> {
        let end = self.raised.len().min(self.returned + POINTS_CHUNK);
        let points = self.raised[self.returned..end].to_vec();
        self.returned = end;
        if points.is_empty() { None } else { Some(PointsPackage { points }) }
    }

    /// On to the own entries.
    pub fn finish(
        self,
        entries: &[Entry],
        terms: &Terms,
        rng: &mut impl CryptoRng,
    ) -> Result<Collecting, PsiError> {
        if self.returned < self.raised.len() {
            return Err(PsiError::OutOfStep { step: "the return of points" });
        }
        let used = entries.len() as u64;
        let shown = terms.own_items.unwrap_or(used);
        if used > shown {
            return Err(PsiError::MoreThanDeclared { declared: shown });
        }
        if shown > MAX_ENTRIES {
            return Err(PsiError::TooManyEntries { found: shown, max: MAX_ENTRIES });
        }
        let (entries, counts) = by_section(entries, terms.sections.len())?;
        let fresh = vartime_firsts(&entries);
        let noise = match self.facts.opens {
            Opens::Noisy(privacy) => privacy.vartime_shifted(rng).ok_or(PsiError::BadPrivacy)?,
            Opens::Total | Opens::Sections => 0,
        };
        let (secret, facts) = (self.secret, self.facts);
        Ok(Collecting { secret, facts, entries, fresh, counts, shown, noise, tokens: Vec::new() })
    }
}

/// Computing the tokens of the own entries.
pub struct Collecting {
    secret: SecretPackage,
    facts: Facts,
    entries: Vec<Entry>,
    fresh: Vec<bool>,
    counts: Vec<u64>,
    shown: u64,
    noise: u64,
    tokens: Vec<Token>,
}

impl Collecting {
    /// How many own entries were worked through.
    pub fn done(&self) -> u64 {
        self.tokens.len() as u64
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Computes some more tokens, in constant time; those of repeats are random points'. False when done.
    pub fn step(&mut self, rng: &mut impl CryptoRng) -> bool {
        let start = self.tokens.len();
        let range = start..self.entries.len().min(start + BLOCK);
        let sections = ranges(self.counts.iter().copied());
        for (section, range) in parts(&sections, &range) {
            let (entries, fresh) = (&self.entries[range.clone()], &self.fresh[range]);
            let elements = elements(entries, fresh, &self.secret.hasher, rng);
            self.tokens.extend(token::tokens(&elements, &self.secret.keys[section]));
        }
        self.tokens.len() > start
    }

    /// Adds tokens of `noise` dummies, random ones for all others and for declared entries that are not
    /// there, and sorts. The tokens of all dummies are computed, so that the time does not tell the noise. Keys are
    /// wiped here.
    pub fn finish(mut self, rng: &mut impl CryptoRng) -> Result<Showing, PsiError> {
        if self.done() < self.total() {
            return Err(PsiError::OutOfStep { step: "the computing of tokens" });
        }
        let own_items = self.total();
        let key = self.secret.keys.last().expect("one for the dummies is always there");
        // All of them, whatever the noise is: the time that this takes must not tell it.
        let dummies = token::dummies(&self.secret.hasher, 2 * self.facts.bound);
        let dummies = token::tokens(&dummies, key);
        self.tokens.extend(token::first_or_random(dummies, self.noise, rng));
        let total = self.shown + 2 * self.facts.bound;
        let count = usize::try_from(total).expect("below 2^33");
        let asked = self.facts.sections.last().map_or(0, |last| last.end) as u64;
        let token_bytes = token_bytes(asked, total);
        self.tokens.par_iter_mut().for_each(|one| *one = token::cut(*one, token_bytes));
        loop {
            self.tokens.par_sort_unstable();
            self.tokens.dedup();
            if self.tokens.len() == count {
                break;
            }
            let missing = count - self.tokens.len();
            self.tokens.extend((0..missing).map(|_| random_token(token_bytes, rng)));
        }
        let sent = Sent {
            peer_items: self.facts.asked.counts.clone(),
            peer_commitment: self.facts.asked.commitment,
            own_items,
            duplicates: self.fresh.iter().filter(|&&fresh| !fresh).count() as u64,
            tokens: self.shown,
            sizes: None,
        };
        Ok(Showing { facts: self.facts, tokens: self.tokens, token_bytes, noise: self.noise, shown: 0, sent })
    }
}

fn random_token(token_bytes: usize, rng: &mut impl CryptoRng) -> Token {
    let mut token = Token::default();
    rng.fill_bytes(&mut token[..token_bytes]);
    token
}

/// Showing the tokens.
pub struct Showing {
    facts: Facts,
    tokens: Vec<Token>,
    token_bytes: usize,
    noise: u64,
    shown: usize,
    sent: Sent,
}

impl Showing {
    /// How many tokens there are.
    pub fn count(&self) -> CountPackage {
        CountPackage { count: self.tokens.len() as u64 }
    }

    /// Bytes of a token on the wire.
    pub fn token_bytes(&self) -> usize {
        self.token_bytes
    }

    /// The next tokens, `None` after the last.
    pub fn next_tokens(&mut self) -> Option<TokensPackage> {
        let end = self.tokens.len().min(self.shown + TOKENS_CHUNK);
        let tokens = self.tokens[self.shown..end].to_vec();
        self.shown = end;
        if tokens.is_empty() { None } else { Some(TokensPackage { tokens }) }
    }

    /// On to what comes back, if anything does.
    pub fn finish(self) -> Result<Shown, PsiError> {
        if self.shown < self.tokens.len() {
            return Err(PsiError::OutOfStep { step: "the showing of tokens" });
        }
        Ok(match self.facts.learns {
            Learns::Receiver => Shown::Done(self.sent),
            Learns::Both => {
                Shown::Awaiting(AwaitingSizes { facts: self.facts, noise: self.noise, sent: self.sent })
            }
        })
    }
}

/// What follows the tokens.
pub enum Shown {
    /// Nothing: the receiver alone learns.
    Done(Sent),
    /// The sizes.
    Awaiting(AwaitingSizes),
}

/// Awaiting the sizes.
pub struct AwaitingSizes {
    facts: Facts,
    noise: u64,
    sent: Sent,
}

impl AwaitingSizes {
    /// How many numbers are due.
    pub fn due(&self) -> usize {
        self.facts.opens.count(self.facts.asked.counts.len())
    }

    /// Takes the sizes: none above what both sets and both noises allow. With noise, what cannot be is taken for the
    /// nearest that can.
    pub fn absorb(self, package: &SizesPackage) -> Result<Sent, Misstep> {
        let asked = &self.facts.asked.counts;
        let total: u64 = package.sizes.iter().fold(0, |sum, &size| sum.saturating_add(size));
        let most = asked.iter().sum::<u64>().min(self.sent.tokens);
        let refuse = |max: u64, found: u64| {
            if found > max { Err(Misstep::TooManyMatches { max, found }) } else { Ok(()) }
        };
        let sizes = match self.facts.opens {
            Opens::Total => {
                refuse(most, total)?;
                Sizes::Total(total)
            }
            Opens::Sections => {
                refuse(most, total)?;
                package.sizes.iter().zip(asked).try_for_each(|(&size, &max)| refuse(max, size))?;
                Sizes::Sections(package.sizes.clone())
            }
            Opens::Noisy(_) => {
                // The bound does not depend on the own noise: a refusal that did would tell the receiver of it.
                refuse(most + 4 * self.facts.bound, total)?;
                let signed = |size: u64| i64::try_from(size).expect("below 2^34 by the check above");
                let bound = signed(self.facts.bound);
                let noisy = signed(total) - signed(self.noise) - bound;
                Sizes::Noisy(noisy.clamp(-bound, signed(most) + bound))
            }
        };
        Ok(Sent { sizes: Some(sizes), ..self.sent })
    }
}
