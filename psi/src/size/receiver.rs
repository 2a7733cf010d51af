//! The receiver: blinds its entries, unblinds their shuffled evaluations into tokens, and counts those among
//! the sender's.
//!
//! ```text
//! open ─▶ Blinding ─▶ Unblinding ─▶ AwaitingTokens ─▶ Counting ─▶ Counted ─▶ Received
//! ```

use super::msg::SizesPackage;
use super::{DST, Opens, Sizes, token};
use crate::ecdh::msg::{
    CountPackage, Kind, OpenPackage, POINTS_CHUNK, PointsPackage, TOKENS_CHUNK, Token, TokensPackage,
    WORKING_EVERY, WorkingPackage,
};
use crate::ecdh::token::token_bytes;
use crate::error::{Misstep, PsiError};
use crate::stream::{Uniform, by_section, elements, parts, raise, raise_points, ranges, vartime_firsts};
use crate::terms::{MAX_ENTRIES, commitment};
use crate::{Entry, Learns, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::ops::Range;
use yinshu_crypto::group::{Exponent, Hasher};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;

/// What the receiver learns.
#[derive(Debug)]
pub struct Received {
    /// The sizes.
    pub sizes: Sizes,
    /// How many tokens the sender showed, dummies aside.
    pub peer_items: u64,
    /// How many own entries repeat another one.
    pub duplicates: u64,
    /// The commitment to the own entries that the sender holds.
    pub commitment: Digest,
    /// What opens the commitment; to be kept, and kept secret until then.
    pub salt: Secret<[u8; 32]>,
}

/// What the receiver knows all along.
struct Facts {
    opens: Opens,
    bound: u64,
    learns: Learns,
    sections: Vec<Range<usize>>,
    max_peer_items: u64,
    duplicates: u64,
    commitment: Digest,
    salt: Secret<[u8; 32]>,
}

impl Facts {
    /// How many points travel: entries and dummies.
    fn points(&self) -> usize {
        self.sections.last().map_or(0, |last| last.end)
    }
}

/// Checks the own entries against the quotas, makes a fresh key, and opens the run.
pub fn open(
    entries: &[Entry],
    terms: &Terms,
    opens: Opens,
    rng: &mut impl CryptoRng,
) -> Result<(Blinding, OpenPackage), PsiError> {
    let bound = opens.bound()?;
    let counts = terms.count(entries)?;
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let commitment = commitment(&salt, entries);
    let (entries, _) = by_section(entries, terms.sections.len())?;
    let fresh = vartime_firsts(&entries);
    let facts = Facts {
        opens,
        bound,
        learns: terms.learns,
        // The dummies lie behind the sections.
        sections: ranges(counts.iter().copied().chain([2 * bound])),
        max_peer_items: terms.max_peer_items.min(MAX_ENTRIES),
        duplicates: fresh.iter().filter(|&&fresh| !fresh).count() as u64,
        commitment,
        salt: Secret::new(salt),
    };
    let package = OpenPackage { terms: opens.bind(terms).digest(), commitment, counts };
    let (key, hasher) = (Exponent::random(rng), Hasher::new(DST));
    let dummies = token::dummies(&hasher, 2 * bound);
    Ok((Blinding { entries, fresh, key, hasher, dummies, facts, blinded: 0 }, package))
}

/// Blinding points.
pub struct Blinding {
    entries: Vec<Entry>,
    fresh: Vec<bool>,
    key: Exponent,
    hasher: Hasher,
    dummies: Vec<Uniform>,
    facts: Facts,
    blinded: usize,
}

impl Blinding {
    /// How many points were blinded.
    pub fn done(&self) -> u64 {
        self.blinded as u64
    }

    /// The next blinded points, `None` after the last: H(x)^a, a random point where x came before, dummies at
    /// the end. Constant-time in the key.
    pub fn next_points(&mut self, rng: &mut impl CryptoRng) -> Option<PointsPackage> {
        let (start, own) = (self.blinded, self.entries.len());
        let (end, from) = (self.facts.points().min(start + POINTS_CHUNK), start.min(own));
        let range = from..end.clamp(from, own);
        let mut elements = elements(&self.entries[range.clone()], &self.fresh[range], &self.hasher, rng);
        elements.extend_from_slice(&self.dummies[start.max(own) - own..end.max(own) - own]);
        self.blinded += elements.len();
        if elements.is_empty() { None } else { Some(PointsPackage { points: raise(&elements, &self.key) }) }
    }

    /// On to the evaluations.
    pub fn finish(self) -> Result<Unblinding, PsiError> {
        if self.blinded < self.facts.points() {
            return Err(PsiError::OutOfStep { step: "the blinding of points" });
        }
        let tokens = Vec::with_capacity(self.blinded);
        Ok(Unblinding { inverse: self.key.inverse(), facts: self.facts, tokens })
    }
}

/// Unblinding the shuffled evaluations.
pub struct Unblinding {
    inverse: Exponent,
    facts: Facts,
    tokens: Vec<(Token, u16)>,
}

impl Unblinding {
    /// How many points the next package from the sender has; 0 after the last.
    pub fn due(&self) -> usize {
        (self.facts.points() - self.tokens.len()).min(POINTS_CHUNK)
    }

    /// Unblinds the next evaluations into tokens, constant-time in the key.
    pub fn absorb(&mut self, evaluated: &PointsPackage) -> Result<(), Misstep> {
        evaluated.check(Kind::Evaluated, self.due())?;
        let start = self.tokens.len();
        let raised = raise_points(&evaluated.points, start, &self.inverse)?;
        for (section, range) in parts(&self.facts.sections, &(start..start + raised.len())) {
            let section = u16::try_from(section).expect("at most 1,025 sections");
            let own = raised[range.start - start..range.end - start].iter();
            self.tokens.extend(own.map(|evaluated| (token::token(evaluated), section)));
        }
        Ok(())
    }

    /// On to the sender's tokens. Keys are wiped here.
    pub fn finish(self) -> Result<AwaitingTokens, PsiError> {
        if self.due() > 0 {
            return Err(PsiError::OutOfStep { step: "the unblinding of points" });
        }
        Ok(AwaitingTokens { facts: self.facts, own: self.tokens, working: 0 })
    }
}

/// Awaiting that the sender has computed its tokens.
pub struct AwaitingTokens {
    facts: Facts,
    own: Vec<(Token, u16)>,
    working: u64,
}

impl AwaitingTokens {
    /// How many entries the sender has worked through.
    pub fn working(&self) -> u64 {
        self.working
    }

    /// Takes a sign of life: the sender has worked through [`WORKING_EVERY`] more entries.
    pub fn still_working(&mut self, package: WorkingPackage) -> Result<(), Misstep> {
        let (expected, found, max) = (self.working + WORKING_EVERY, package.done, self.facts.max_peer_items);
        if found != expected {
            return Err(Misstep::BadProgress { expected, found });
        }
        if found > max {
            return Err(Misstep::TooManyEntries { max, found });
        }
        self.working = found;
        Ok(())
    }

    /// Takes the number of tokens: the dummies' are among them.
    pub fn count(self, package: CountPackage) -> Result<Counting, Misstep> {
        let (dummies, count) = (2 * self.facts.bound, package.count);
        let max = self.facts.max_peer_items + dummies;
        if count > max {
            return Err(Misstep::TooManyEntries { max, found: count });
        }
        let found = count.checked_sub(dummies).ok_or(Misstep::TooFewTokens { min: dummies, found: count })?;
        let token_bytes = token_bytes(self.own.len() as u64, count);
        let mut own = self.own;
        own.par_iter_mut().for_each(|own| own.0 = token::cut(own.0, token_bytes));
        own.par_sort_unstable();
        let sizes = vec![0; self.facts.sections.len()];
        Ok(Counting {
            facts: self.facts,
            own,
            found,
            count,
            token_bytes,
            seen: 0,
            last: None,
            cursor: 0,
            sizes,
        })
    }
}

/// Counting the own tokens among the sender's: a merge of two ascending lists.
pub struct Counting {
    facts: Facts,
    own: Vec<(Token, u16)>,
    found: u64,
    count: u64,
    token_bytes: usize,
    seen: u64,
    last: Option<Token>,
    cursor: usize,
    sizes: Vec<u64>,
}

impl Counting {
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
        usize::try_from(self.count - self.seen).unwrap_or(TOKENS_CHUNK).min(TOKENS_CHUNK)
    }

    /// Counts the own tokens in the next package. Its time depends on which are there.
    pub fn vartime_absorb(&mut self, frame: &[u8]) -> Result<(), Misstep> {
        let package = TokensPackage::decode(frame, self.due(), self.token_bytes, self.seen, self.last)?;
        for token in &package.tokens {
            while self.own.get(self.cursor).is_some_and(|own| own.0 < *token) {
                self.cursor += 1;
            }
            while let Some(own) = self.own.get(self.cursor).filter(|own| own.0 == *token) {
                self.sizes[usize::from(own.1)] += 1;
                self.cursor += 1;
            }
        }
        self.seen += package.tokens.len() as u64;
        self.last = package.tokens.last().copied().or(self.last);
        Ok(())
    }

    /// On to the result; `rng` gives the noise of what the sender is told.
    pub fn finish(self, rng: &mut impl CryptoRng) -> Result<Counted, PsiError> {
        if self.seen < self.count {
            return Err(PsiError::OutOfStep { step: "the counting of tokens" });
        }
        let facts = self.facts;
        let total: u64 = self.sizes.iter().sum();
        let (sizes, mut told) = match facts.opens {
            Opens::Total => (Sizes::Total(total), vec![total]),
            Opens::Noisy(privacy) => {
                let noise = privacy.vartime_shifted(rng).ok_or(PsiError::BadPrivacy)?;
                let signed = |size: u64| i64::try_from(size).expect("below 2^34");
                (Sizes::Noisy(signed(total) - signed(facts.bound)), vec![total + noise])
            }
            Opens::Sections => {
                let mut sizes = self.sizes;
                sizes.pop();
                (Sizes::Sections(sizes.clone()), sizes)
            }
        };
        if facts.learns == Learns::Receiver {
            told.clear();
        }
        let received = Received {
            sizes,
            peer_items: self.found,
            duplicates: facts.duplicates,
            commitment: facts.commitment,
            salt: facts.salt,
        };
        Ok(Counted { received, told })
    }
}

/// Telling the sender, where both learn.
pub struct Counted {
    received: Received,
    told: Vec<u64>,
}

impl Counted {
    /// What the receiver learns, and what the sender is told, if anything.
    pub fn finish(self) -> (Received, Option<SizesPackage>) {
        let sizes = (!self.told.is_empty()).then_some(SizesPackage { sizes: self.told });
        (self.received, sizes)
    }
}
