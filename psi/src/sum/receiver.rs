//! The receiver: blinds its entries, raises and shuffles the sender's rows, and opens the sums.
//!
//! ```text
//! open ─▶ Blinding ─▶ Raising ─▶ Returning ─▶ AwaitingOutcome ─▶ Received
//! ```

use super::msg::{OutcomePackage, SharesPackage, SumsPackage, ciphertext, row, row_bytes};
use super::{Asks, DST, Opened};
use crate::ecdh::msg::{OpenPackage, POINTS_CHUNK, PointsPackage};
use crate::error::{Misstep, PsiError};
use crate::stream::{
    BATCH, Point, by_section, elements, raise, raise_points, ranges, shuffle, shuffle_sections,
    vartime_firsts,
};
use crate::terms::{MAX_ENTRIES, commitment};
use crate::{Entry, Terms};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, SeedableRng};
use rayon::prelude::*;
use yinshu_crypto::group::lifted::{Ciphertext, JointKey, KeyShare, Logs};
use yinshu_crypto::group::{Element, Exponent, Hasher};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;

/// What the receiver learns.
#[derive(Debug)]
pub struct Received {
    /// The sums; `None` where fewer entries matched than agreed.
    pub opened: Option<Opened>,
    /// How many rows the sender showed.
    pub peer_rows: u64,
    /// How many own entries repeat another one.
    pub duplicates: u64,
    /// The commitment to the own entries that the sender holds.
    pub commitment: Digest,
    /// What opens the commitment; to be kept, and kept secret until then.
    pub salt: Secret<[u8; 32]>,
}

/// What stays with the receiver, fresh in every run and wiped after it.
struct SecretPackage {
    key: Exponent,
    share: KeyShare,
}

struct Facts {
    asks: Asks,
    slots: usize,
    entries: u64,
    max_peer_items: u64,
    public: Vec<Element>,
    duplicates: u64,
    commitment: Digest,
    salt: Secret<[u8; 32]>,
}

/// Checks the own entries against the quotas, makes fresh keys, shuffles each section, and opens the run.
pub fn open(
    entries: &[Entry],
    terms: &Terms,
    asks: &Asks,
    rng: &mut impl CryptoRng,
) -> Result<(Blinding, OpenPackage, SharesPackage), PsiError> {
    terms.count(entries)?;
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let commitment = commitment(&salt, entries);
    let (mut entries, counts) = by_section(entries, terms.sections.len())?;
    // The sender finds its matches among these points: their places must say nothing of the own table's order.
    shuffle_sections(&mut entries, &ranges(counts.iter().copied()), rng);
    let fresh = vartime_firsts(&entries);
    let slots = asks.columns.slots();
    let secret = SecretPackage { key: Exponent::random(rng), share: KeyShare::random(slots, rng) };
    let facts = Facts {
        asks: asks.clone(),
        slots,
        entries: entries.len() as u64,
        max_peer_items: terms.max_peer_items.min(MAX_ENTRIES),
        public: secret.share.public(),
        duplicates: fresh.iter().filter(|&&fresh| !fresh).count() as u64,
        commitment,
        salt: Secret::new(salt),
    };
    let package = OpenPackage { terms: asks.bind(terms).digest(), commitment, counts };
    let shares = SharesPackage { shares: facts.public.clone() };
    Ok((Blinding { entries, fresh, secret, hasher: Hasher::new(DST), facts, blinded: 0 }, package, shares))
}

/// Blinding points.
pub struct Blinding {
    entries: Vec<Entry>,
    fresh: Vec<bool>,
    secret: SecretPackage,
    hasher: Hasher,
    facts: Facts,
    blinded: usize,
}

impl Blinding {
    /// The next blinded points, `None` after the last: H(x)^a, a random point where x came before.
    pub fn next_points(&mut self, rng: &mut impl CryptoRng) -> Option<PointsPackage> {
        let range = self.blinded..self.entries.len().min(self.blinded + POINTS_CHUNK);
        let elements = elements(&self.entries[range.clone()], &self.fresh[range], &self.hasher, rng);
        self.blinded += elements.len();
        let points = raise(&elements, &self.secret.key);
        if points.is_empty() { None } else { Some(PointsPackage { points }) }
    }

    /// How many points were blinded.
    pub fn done(&self) -> u64 {
        self.blinded as u64
    }

    /// Takes the sender's shares and its number of rows; on to the rows.
    pub fn finish(self, shares: &SharesPackage, rows: u64) -> Result<Raising, Misstep> {
        let max = self.facts.max_peer_items;
        if rows > max {
            return Err(Misstep::TooManyEntries { max, found: rows });
        }
        // Shares that cancel out are as unusable as the identity.
        let cause = yinshu_crypto::group::DecodeError::Identity;
        let joint = JointKey::new(&self.facts.public, &shares.shares);
        let joint = joint.ok_or(Misstep::BadPoint { index: 0, cause })?;
        let rows = usize::try_from(rows).expect("below 2^32 by the line above");
        Ok(Raising { secret: self.secret, facts: self.facts, joint, rows, records: Vec::new(), done: 0 })
    }
}

/// Raising and re-randomising the sender's rows.
pub struct Raising {
    secret: SecretPackage,
    facts: Facts,
    joint: JointKey,
    rows: usize,
    records: Vec<Vec<Point>>,
    done: usize,
}

impl Raising {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of a row.
    pub fn width(&self) -> usize {
        row_bytes(self.facts.slots)
    }

    /// Raises each row's point to the own key and re-randomises its values, in constant time, on all cores.
    pub fn absorb(&mut self, records: &[u8], rng: &mut impl CryptoRng) -> Result<(), Misstep> {
        let (width, start) = (self.width(), self.done);
        // Generators of their own, so that batches can go on all cores.
        let seeds: Vec<[u8; 32]> = records
            .chunks(width * BATCH)
            .map(|_| {
                let mut seed = [0; 32];
                rng.fill_bytes(&mut seed);
                seed
            })
            .collect();
        let batch = |((at, records), seed): ((usize, &[u8]), [u8; 32])| {
            let mut rng = ChaCha20Rng::from_seed(seed);
            self.raise(start + at * BATCH, records, &mut rng)
        };
        let batches = records.par_chunks(width * BATCH).enumerate().zip(seeds).map(batch);
        let raised: Vec<Vec<Vec<Point>>> = batches.collect::<Result<_, _>>()?;
        self.done += records.len() / width;
        self.records.extend(raised.into_iter().flatten());
        Ok(())
    }

    fn raise(
        &self,
        first: usize,
        records: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Vec<Point>>, Misstep> {
        let per_row = self.width() / 32;
        let (mut points, mut fresh) = (Vec::new(), Vec::new());
        for (index, record) in (first..).zip(records.chunks_exact(self.width())) {
            let (point, sealed) = row(record);
            points.push(*point);
            let sealed = ciphertext(sealed, index * per_row + 1)?;
            fresh.push(self.joint.rerandomise(&sealed, rng));
        }
        let points = raise_points(&points, first * per_row, &self.secret.key)?;
        let sealed = Ciphertext::double_and_encode(&fresh);
        let join = |(point, sealed): (&Point, &[Point])| [std::slice::from_ref(point), sealed].concat();
        Ok(points.iter().zip(sealed.chunks_exact(per_row - 1)).map(join).collect())
    }

    /// Shuffles the rows: all that keeps the sender from knowing which are which.
    pub fn finish(mut self, rng: &mut impl CryptoRng) -> Result<Returning, PsiError> {
        if self.done < self.rows {
            return Err(PsiError::OutOfStep { step: "the raising of rows" });
        }
        shuffle(&mut self.records, rng);
        let awaiting =
            AwaitingOutcome { share: self.secret.share, facts: self.facts, rows: self.rows as u64 };
        Ok(Returning { records: self.records, awaiting })
    }
}

/// Returning the rows.
pub struct Returning {
    records: Vec<Vec<Point>>,
    awaiting: AwaitingOutcome,
}

impl Returning {
    /// The rows as they travel, and the state after they did.
    pub fn finish(self) -> (Vec<u8>, AwaitingOutcome) {
        let bytes = self.records.iter().flat_map(|row| row.as_flattened()).copied().collect();
        (bytes, self.awaiting)
    }
}

/// How often a ciphertext's numbers were doubled on their way: when S, R and S again encoded it.
const DOUBLINGS: u32 = 3;

/// Awaiting what came of the matching.
pub struct AwaitingOutcome {
    share: KeyShare,
    facts: Facts,
    rows: u64,
}

impl AwaitingOutcome {
    /// How many slots the sums have.
    pub fn slots(&self) -> usize {
        self.facts.slots
    }

    /// Opens the sums. Its time depends on them.
    pub fn vartime_open(self, outcome: &OutcomePackage) -> Result<Received, Misstep> {
        let opened = match outcome {
            OutcomePackage::TooFew => None,
            OutcomePackage::Enough { count, sums } => Some(self.open(*count, sums)?),
        };
        let facts = self.facts;
        Ok(Received {
            opened,
            peer_rows: self.rows,
            duplicates: facts.duplicates,
            commitment: facts.commitment,
            salt: facts.salt,
        })
    }

    fn open(&self, count: u64, sums: &[Point]) -> Result<Opened, Misstep> {
        let (asks, max) = (&self.facts.asks, self.facts.entries.min(self.rows));
        if count > max {
            return Err(Misstep::TooManyMatches { max, found: count });
        }
        if count < asks.least {
            return Err(Misstep::GroupTooSmall { min: asks.least, found: count });
        }
        let stripped = self.share.strip(&ciphertext(sums, 0)?);
        let layout = asks.columns.layout();
        let most = layout.iter().map(|&slot| asks.columns.bound(slot, count)).max();
        let logs = Logs::new(most.unwrap_or(0));
        let open = |(at, &slot): (usize, &super::value::Slot)| {
            let log = logs.vartime_log(&stripped.opened(at, DOUBLINGS), asks.columns.bound(slot, count));
            log.ok_or(Misstep::BadSum { column: slot.column, count })
        };
        let limbs: Vec<u64> = layout.par_iter().enumerate().map(open).collect::<Result<_, _>>()?;
        Ok(Opened { count, sums: asks.columns.sums(&limbs, count) })
    }
}

impl Received {
    /// What the sender is told, where both learn and enough matched.
    pub fn told(&self) -> Option<SumsPackage> {
        self.opened.as_ref().map(|opened| SumsPackage { sums: opened.sums.clone() })
    }
}
