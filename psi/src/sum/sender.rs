//! The sender: owns the values; encrypts its rows, counts the matches among the shuffled ones, and opens their
//! sums where enough matched.
//!
//! ```text
//! accept ─▶ Evaluating ─▶ Sealing ─▶ Matching ─▶ Settled ─▶ Sent
//! ```

use super::msg::{OutcomePackage, SharesPackage, SumsPackage, ciphertext, row, row_bytes};
use super::value::Row;
use super::{Asks, DST, Opened};
use crate::ecdh::msg::{Kind, OpenPackage, POINTS_CHUNK, PointsPackage};
use crate::ecdh::token::message;
use crate::error::{Misstep, PsiError};
use crate::stream::{BATCH, Point, parts, raise, raise_points, ranges, shuffle, within_quotas};
use crate::terms::MAX_ENTRIES;
use crate::{Entry, Terms};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, SeedableRng};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use yinshu_crypto::group::lifted::{Ciphertext, Digits, JointKey, KeyShare};
use yinshu_crypto::group::{DecodeError, Element, Exponent, Hasher};
use yinshu_crypto::hash::Digest;

/// What the sender learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// How many entries the receiver asked about, per section. Its own duplicates are among them.
    pub peer_items: Vec<u64>,
    /// The receiver's commitment to its entries ([`crate::terms::commitment`]), to be kept in the log.
    pub peer_commitment: Digest,
    /// How many own rows were used, repeats included.
    pub own_rows: u64,
    /// How many of them were added to an earlier row of the same entry.
    pub duplicates: u64,
    /// How many entries both hold.
    pub count: u64,
    /// Whether sums were opened to the receiver: enough matched.
    pub opened: bool,
    /// Where both learn and enough matched: the sums, as the receiver tells them.
    pub told: Option<Opened>,
}

struct SecretPackage {
    keys: Vec<Exponent>,
    share: KeyShare,
}

struct Facts {
    asks: Asks,
    slots: usize,
    asked: OpenPackage,
    sections: Vec<Range<usize>>,
}

/// Checks an opening and the receiver's shares, and makes fresh keys.
pub fn accept(
    open: OpenPackage,
    shares: &SharesPackage,
    terms: &Terms,
    asks: &Asks,
    rng: &mut impl CryptoRng,
) -> Result<(Evaluating, SharesPackage), Misstep> {
    within_quotas(&open, terms)?;
    let slots = asks.columns.slots();
    let secret = SecretPackage {
        keys: terms.sections.iter().map(|_| Exponent::random(rng)).collect(),
        share: KeyShare::random(slots, rng),
    };
    let public = secret.share.public();
    let cause = DecodeError::Identity;
    let joint = JointKey::new(&public, &shares.shares).ok_or(Misstep::BadPoint { index: 0, cause })?;
    let sections = ranges(open.counts.iter().copied());
    let facts = Facts { asks: asks.clone(), slots, asked: open, sections };
    Ok((Evaluating { secret, facts, joint, raised: Vec::new() }, SharesPackage { shares: public }))
}

/// Raising the receiver's points.
pub struct Evaluating {
    secret: SecretPackage,
    facts: Facts,
    joint: JointKey,
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

    /// On to the own rows: checked, those of one entry added up, filled up with random ones of zeros to the
    /// number shown, and shuffled.
    pub fn finish(
        self,
        rows: Vec<Row>,
        terms: &Terms,
        rng: &mut impl CryptoRng,
    ) -> Result<Sealing, PsiError> {
        if self.due() > 0 {
            return Err(PsiError::OutOfStep { step: "the evaluation of points" });
        }
        let own_rows = rows.len() as u64;
        let shown = terms.own_items.unwrap_or(own_rows);
        if own_rows > shown {
            return Err(PsiError::MoreThanDeclared { declared: shown });
        }
        if shown > MAX_ENTRIES {
            return Err(PsiError::TooManyEntries { found: shown, max: MAX_ENTRIES });
        }
        let distinct = self.facts.vartime_merge(rows, terms.sections.len())?;
        let duplicates = own_rows - distinct.len() as u64;
        let padding = usize::try_from(shown).expect("below 2^32") - distinct.len();
        let mut rows: Vec<Option<Row>> = distinct.into_iter().map(Some).collect();
        rows.extend((0..padding).map(|_| None));
        shuffle(&mut rows, rng);
        let hasher = Hasher::new(DST);
        let (secret, facts, joint, raised) = (self.secret, self.facts, self.joint, self.raised);
        let digits = Digits::new();
        Ok(Sealing { secret, facts, joint, raised, digits, hasher, rows, sealed: 0, own_rows, duplicates })
    }
}

impl Facts {
    /// Adds up the rows of one entry. Its time depends on the own rows.
    fn vartime_merge(&self, rows: Vec<Row>, sections: usize) -> Result<Vec<Row>, PsiError> {
        let columns = &self.asks.columns;
        let mut at: HashMap<Entry, usize> = HashMap::with_capacity(rows.len());
        let mut distinct: Vec<Row> = Vec::with_capacity(rows.len());
        let mut last: Vec<u64> = Vec::with_capacity(rows.len());
        for (index, row) in (0u64..).zip(rows) {
            let section = row.entry.section;
            if usize::from(section) >= sections {
                return Err(PsiError::UnknownSection { section, sections });
            }
            columns.check(index, &row.values)?;
            match at.get(&row.entry) {
                Some(&earlier) => {
                    let sums = &mut distinct[earlier].values;
                    // Below 2^32 rows of 64 bits: no sum leaves an i128.
                    sums.iter_mut().zip(&row.values).for_each(|(sum, value)| *sum += value);
                    last[earlier] = index;
                }
                None => {
                    at.insert(row.entry, distinct.len());
                    distinct.push(row);
                    last.push(index);
                }
            }
        }
        // The sum of an entry's rows must fit, not every sum on the way to it.
        distinct.iter().zip(last).try_for_each(|(row, index)| columns.check(index, &row.values))?;
        Ok(distinct)
    }
}

/// How many rows one step seals.
const BLOCK: usize = 1 << 12;

/// Encrypting the own rows.
pub struct Sealing {
    secret: SecretPackage,
    facts: Facts,
    joint: JointKey,
    raised: Vec<Point>,
    digits: Digits,
    hasher: Hasher,
    rows: Vec<Option<Row>>,
    sealed: usize,
    own_rows: u64,
    duplicates: u64,
}

impl Sealing {
    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// How many rows are sealed.
    pub fn done(&self) -> u64 {
        self.sealed as u64
    }

    /// Bytes of a row.
    pub fn width(&self) -> usize {
        row_bytes(self.facts.slots)
    }

    /// The next rows as they travel, at most `most`, `None` after the last. In constant time, on all cores.
    pub fn next_rows(&mut self, most: usize, rng: &mut impl CryptoRng) -> Option<Vec<u8>> {
        let range = self.sealed..self.rows.len().min(self.sealed + most.min(BLOCK));
        let rows = &self.rows[range.clone()];
        let seeds: Vec<[u8; 32]> = rows
            .chunks(BATCH)
            .map(|_| {
                let mut seed = [0; 32];
                rng.fill_bytes(&mut seed);
                seed
            })
            .collect();
        let batch =
            |(rows, seed): (&[Option<Row>], [u8; 32])| self.seal(rows, &mut ChaCha20Rng::from_seed(seed));
        let sealed: Vec<Vec<u8>> = rows.par_chunks(BATCH).zip(seeds).map(batch).collect();
        self.sealed = range.end;
        if range.is_empty() { None } else { Some(sealed.concat()) }
    }

    fn seal(&self, rows: &[Option<Row>], rng: &mut impl CryptoRng) -> Vec<u8> {
        let keys = &self.secret.keys;
        let messages = rows.iter().map(|row| row.as_ref().map_or([0; 34], |row| message(&row.entry)));
        let mut elements = self.hasher.uniform_each(&messages.collect::<Vec<_>>());
        let filled = elements.iter_mut().zip(rows).filter(|(_, row)| row.is_none());
        filled.for_each(|(element, _)| rng.fill_bytes(element));
        let points = if let [key] = keys.as_slice() {
            raise(&elements, key)
        } else {
            let section = |row: &Option<Row>| row.as_ref().map_or(0, |row| usize::from(row.entry.section));
            let one =
                |(element, row)| Element::from_uniform_bytes(element).raise(&keys[section(row)]).encode();
            elements.iter().zip(rows).map(one).collect()
        };
        let columns = &self.facts.asks.columns;
        let limbs = |row: &Option<Row>| columns.limbs(row.as_ref());
        let seal = |row| self.joint.encrypt(&self.digits, &limbs(row), rng);
        let sealed = Ciphertext::double_and_encode(&rows.iter().map(seal).collect::<Vec<_>>());
        let per_row = Ciphertext::len(self.facts.slots);
        let join = |(point, sealed): (&Point, &[Point])| [point.as_slice(), sealed.as_flattened()].concat();
        points.iter().zip(sealed.chunks_exact(per_row)).flat_map(join).collect()
    }

    /// On to the shuffled rows.
    pub fn finish(self) -> Result<Matching, PsiError> {
        if self.sealed < self.rows.len() {
            return Err(PsiError::OutOfStep { step: "the sealing of rows" });
        }
        let sums = Sums::zero(self.facts.slots);
        let theirs = self.raised.into_iter().collect();
        Ok(Matching {
            share: self.secret.share,
            facts: self.facts,
            joint: self.joint,
            theirs,
            rows: self.rows.len(),
            seen: HashSet::with_capacity(self.rows.len()),
            sums,
            own_rows: self.own_rows,
            duplicates: self.duplicates,
        })
    }
}

/// The sums of rows that match and of the others.
struct Sums {
    matching: Ciphertext,
    others: Ciphertext,
    count: u64,
}

impl Sums {
    fn zero(slots: usize) -> Self {
        Self { matching: Ciphertext::zero(slots), others: Ciphertext::zero(slots), count: 0 }
    }

    fn merge(&mut self, other: &Self) {
        self.matching.add(&other.matching);
        self.others.add(&other.others);
        self.count += other.count;
    }
}

/// Looking for the receiver's points among the shuffled rows, and adding up those that match.
pub struct Matching {
    share: KeyShare,
    facts: Facts,
    joint: JointKey,
    theirs: HashSet<Point>,
    rows: usize,
    seen: HashSet<Point>,
    sums: Sums,
    own_rows: u64,
    duplicates: u64,
}

impl Matching {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of a row.
    pub fn width(&self) -> usize {
        row_bytes(self.facts.slots)
    }

    /// Adds up those of the next rows that match, on all cores. Every row is checked and added, whether it
    /// matches or not: neither a refusal nor the number of additions tells the receiver which do.
    pub fn absorb(&mut self, records: &[u8]) -> Result<(), Misstep> {
        let (width, start) = (self.width(), self.seen.len());
        let batch = |(at, records): (usize, &[u8])| self.add(start + at * BATCH, records);
        let batches = records.par_chunks(width * BATCH).enumerate().map(batch);
        let sums: Vec<Sums> = batches.collect::<Result<_, _>>()?;
        sums.iter().for_each(|sums| self.sums.merge(sums));
        for record in records.chunks_exact(width) {
            let index = (self.seen.len() * (width / 32)) as u64;
            if !self.seen.insert(*row(record).0) {
                return Err(Misstep::RepeatedPoint { index });
            }
        }
        Ok(())
    }

    /// Decodes all points of all rows, and only then looks at which match.
    fn add(&self, first: usize, records: &[u8]) -> Result<Sums, Misstep> {
        let per_row = self.width() / 32;
        let decode = |(index, record): (usize, _)| {
            let ((point, sealed), at) = (row(record), index * per_row);
            Element::decode(point).map_err(|cause| Misstep::BadPoint { index: at as u64, cause })?;
            Ok((*point, ciphertext(sealed, at + 1)?))
        };
        let rows = (first..).zip(records.chunks_exact(self.width()));
        let rows: Vec<(Point, Ciphertext)> = rows.map(decode).collect::<Result<_, _>>()?;
        let mut sums = Sums::zero(self.facts.slots);
        for (point, sealed) in &rows {
            let matches = self.theirs.contains(point);
            if matches { &mut sums.matching } else { &mut sums.others }.add(sealed);
            sums.count += u64::from(matches);
        }
        Ok(sums)
    }

    /// Opens the sums to the receiver where enough matched.
    pub fn finish(self, rng: &mut impl CryptoRng) -> Result<(Settled, OutcomePackage), PsiError> {
        if self.seen.len() < self.rows {
            return Err(PsiError::OutOfStep { step: "the matching of rows" });
        }
        let count = self.sums.count;
        let opened = count >= self.facts.asks.least;
        let outcome = if opened {
            let fresh = self.joint.rerandomise(&self.sums.matching, rng);
            let sums = Ciphertext::double_and_encode(&[self.share.strip(&fresh)]);
            OutcomePackage::Enough { count, sums }
        } else {
            OutcomePackage::TooFew
        };
        let sent = Sent {
            peer_items: self.facts.asked.counts.clone(),
            peer_commitment: self.facts.asked.commitment,
            own_rows: self.own_rows,
            duplicates: self.duplicates,
            count,
            opened,
            told: None,
        };
        Ok((Settled { asks: self.facts.asks, sent }, outcome))
    }
}

/// The outcome is sent.
pub struct Settled {
    asks: Asks,
    sent: Sent,
}

impl Settled {
    /// How many sums will be told, where both learn; 0 where too few matched.
    pub fn due(&self) -> usize {
        if self.sent.opened { self.asks.columns.list().len() } else { 0 }
    }

    /// Takes the sums, if they are possible.
    pub fn absorb(self, package: SumsPackage) -> Result<Sent, Misstep> {
        let count = self.sent.count;
        let possible = |(column, &sum): (usize, &i128)| !self.asks.columns.possible(column, sum, count);
        if let Some(column) = package.sums.iter().enumerate().position(possible) {
            return Err(Misstep::BadSum { column, count });
        }
        Ok(Sent { told: Some(Opened { count, sums: package.sums }), ..self.sent })
    }

    /// What the sender learns where it is not told.
    pub fn finish(self) -> Sent {
        self.sent
    }
}
