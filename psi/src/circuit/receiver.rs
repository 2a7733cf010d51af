//! The receiver: puts its entries into bins, masks their store, and finds a tag for each bin in the hint.
//!
//! ```text
//! open ─▶ AwaitingAccept ─▶ Encoding ─▶ Masking ─▶ AwaitingHint ─▶ Tagged ─▶ Received
//!                               └──▶ Encoded ──▲
//! ```
//!
//! Within a state packages stream in chunks; leaving a state consumes it.

use super::cell::Cell;
use super::cuckoo::{MOST_ITEMS, NONE, bins, vartime_place};
use super::hash::{BATCH, FUNCTIONS, HintHashes, HintKeys, PadHashes, bin, vartime_repeats};
use super::msg::{AcceptPackage, HintPackage, OpenPackage, WORDS_CHUNK, WordsPackage};
use super::shares::Side;
use super::{MOST_ROWS, Shares, run_digest, tag_bits};
use crate::error::{Misstep, PsiError};
use crate::okvs::{Key, Params, Sorted, Width, Word, vartime_decode, vartime_encode};
use crate::rr22::hash::{Hashed, Hashes};
use crate::terms::commitment;
use crate::{Entry, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use yinshu_crypto::field::{F64, F128};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_ot::vole::VoleReceiver;
use zeroize::{Zeroize, Zeroizing};

/// What the receiver holds after a run.
pub struct Received {
    /// The own shares.
    pub shares: Shares,
    /// The bin of each own entry, in the order given; an entry that repeats another is in the same bin. To be kept
    /// from the sender.
    pub bins_of: Zeroizing<Vec<u32>>,
    /// How many rows the sender showed.
    pub peer_items: u64,
    /// How many own entries repeat another one.
    pub duplicates: u64,
    /// The commitment to the own entries that the sender holds.
    pub commitment: Digest,
    /// What opens the commitment; to be kept, and kept secret until then.
    pub salt: Secret<[u8; 32]>,
}

impl Received {
    /// Own payloads of `bytes` bytes by bin, as the receiver's shares of them (the sender's are zero): that of the
    /// first of equal entries, zero in empty bins.
    ///
    /// # Errors
    /// [`PsiError::BadPayload`]: not one payload of this length for each own entry.
    pub fn place<P: AsRef<[u8]>>(&self, payloads: &[P], bytes: usize) -> Result<Vec<u8>, PsiError> {
        check_payloads(payloads.iter().map(AsRef::as_ref), bytes)?;
        if payloads.len() != self.bins_of.len() {
            return Err(PsiError::BadPayload {
                index: payloads.len().min(self.bins_of.len()) as u64,
                expected: bytes,
                found: 0,
            });
        }
        let mut placed = vec![0; self.shares.bins * bytes];
        // From the last to the first, so that the first of equal entries stays.
        for (payload, &bin) in payloads.iter().zip(&*self.bins_of).rev() {
            placed[bin as usize * bytes..][..bytes].copy_from_slice(payload.as_ref());
        }
        Ok(placed)
    }
}

/// Refuses payloads of another length.
pub(super) fn check_payloads<'a>(
    payloads: impl Iterator<Item = &'a [u8]>,
    expected: usize,
) -> Result<(), PsiError> {
    let wrong = payloads.map(<[u8]>::len).enumerate().find(|&(_, found)| found != expected);
    match wrong {
        Some((index, found)) => Err(PsiError::BadPayload { index: index as u64, expected, found }),
        None => Ok(()),
    }
}

/// What the receiver knows from the start.
struct Facts {
    open: OpenPackage,
    salt: Secret<[u8; 32]>,
    max_rows: u64,
    store: Params,
    bins: usize,
}

/// Checks the own entries against the quota, and opens the run. Terms are as bound.
pub fn open(
    entries: &[Entry],
    terms: &Terms,
    rng: &mut impl CryptoRng,
) -> Result<(AwaitingAccept, OpenPackage), PsiError> {
    let count = terms.count(entries)?.iter().sum();
    if count > MOST_ITEMS {
        return Err(PsiError::TooManyEntries { found: count, max: MOST_ITEMS });
    }
    let (mut salt, mut seed) = ([0; 32], [0; 16]);
    rng.fill_bytes(&mut salt);
    // After the entries are fixed: whoever knew it before could choose entries that have no place.
    rng.fill_bytes(&mut seed);
    let commitment = commitment(&salt, entries);
    let package = OpenPackage { terms: terms.digest(), commitment, count, seed };
    let facts = Facts {
        open: package.clone(),
        salt: Secret::new(salt),
        max_rows: terms.max_peer_items.min(MOST_ROWS),
        store: Params::new(count, Width::Narrow),
        bins: bins(count),
    };
    Ok((AwaitingAccept { facts }, package))
}

/// The own entries in their bins.
struct Placed {
    duplicates: u64,
    /// Values of the own entries; of those that repeat others, random ones.
    values: Zeroizing<Vec<F64>>,
    /// The own entries' keys, each that of the bin the entry is in.
    sorted: Sorted,
    bins_of: Zeroizing<Vec<u32>>,
    /// The entry in each bin.
    table: Zeroizing<Vec<u32>>,
}

impl Facts {
    /// Puts the own entries into bins.
    fn vartime_place(&self, entries: &[Entry], rng: &mut impl CryptoRng) -> Result<Placed, PsiError> {
        if entries.len() as u64 != self.open.count {
            return Err(PsiError::OutOfStep { step: "the opening" });
        }
        let Hashed { mut keys, values } = Hashes::new(&self.open.seed).entries::<F64>(entries);
        let mut values = Zeroizing::new(values);
        let repeats = vartime_repeats(&keys);
        if repeats.iter().any(|&(first, other)| entries[first as usize] != entries[other as usize]) {
            return Err(PsiError::Unencodable);
        }
        let hashes = HintHashes::new(&self.open.seed);
        let mut choices = vec![None; keys.len()];
        keys.par_chunks(BATCH).zip(choices.par_chunks_mut(BATCH)).for_each(|(items, choices)| {
            let mut keys = [HintKeys::default(); BATCH];
            hashes.batch(items, self.bins, &mut keys[..items.len()]);
            choices
                .iter_mut()
                .zip(keys)
                .for_each(|(to, keys)| *to = Some(keys.map(|key| bin(key, self.bins))));
        });
        repeats.iter().for_each(|&(_, repeat)| choices[repeat as usize] = None);
        let table = vartime_place(&choices, self.bins).ok_or(PsiError::Unplaced { attempts: 1 })?;
        let table = Zeroizing::new(table);
        let mut bins_of = Zeroizing::new(vec![NONE; entries.len()]);
        for (&entry, home) in table.iter().zip(0..).filter(|(entry, _)| **entry != NONE) {
            bins_of[entry as usize] = home;
        }
        drop(choices);
        // Made once more, as the two others of each are not needed: each item's key gives way to that of its bin.
        keys.par_chunks_mut(BATCH).zip(bins_of.par_chunks(BATCH)).for_each(|(items, homes)| {
            let mut keys = [HintKeys::default(); BATCH];
            hashes.batch(items, self.bins, &mut keys[..items.len()]);
            for ((item, keys), home) in items.iter_mut().zip(keys).zip(homes) {
                *item = keys.into_iter().find(|&key| bin(key, self.bins) == *home).unwrap_or_default();
            }
        });
        for &(first, repeat) in &repeats {
            bins_of[repeat as usize] = bins_of[first as usize];
            let mut key = [0; 16];
            rng.fill_bytes(&mut key);
            keys[repeat as usize] = Key::from(key);
            values[repeat as usize] = F64::random(rng);
        }
        let duplicates = repeats.len() as u64;
        Ok(Placed { duplicates, values, sorted: Sorted::new(&keys), bins_of, table })
    }
}

/// Awaiting the sender's answer.
pub struct AwaitingAccept {
    facts: Facts,
}

impl AwaitingAccept {
    /// Takes the number of rows.
    pub fn accept(self, package: AcceptPackage) -> Result<Encoding, Misstep> {
        let (max, found) = (self.facts.max_rows, package.rows);
        if found > max {
            return Err(Misstep::TooManyEntries { max, found });
        }
        let run = run_digest(&self.facts.open, &package);
        Ok(Encoding { facts: self.facts, rows: found, run })
    }
}

/// Encoding the own items: needs nothing from the sender, and the correlation nothing from it.
pub struct Encoding {
    facts: Facts,
    rows: u64,
    run: Digest,
}

/// The own items in their bins, and their store.
pub struct Encoded {
    placed: Placed,
    pub(super) words: Vec<F64>,
}

impl Encoding {
    /// The digest of the run.
    pub fn run(&self) -> Digest {
        self.run
    }

    /// How many correlations are needed.
    pub fn columns(&self) -> usize {
        self.facts.store.columns()
    }

    /// How many bins there are.
    pub fn bins(&self) -> usize {
        self.facts.bins
    }

    /// Puts the entries that the run was opened with into bins, and encodes them.
    pub fn vartime_encode(&self, entries: &[Entry], rng: &mut impl CryptoRng) -> Result<Encoded, PsiError> {
        let placed = self.facts.vartime_place(entries, rng)?;
        let words = vartime_encode(&self.facts.store, &placed.sorted, &placed.values, rng);
        Ok(Encoded { words: words.map_err(|_| PsiError::Unencodable)?, placed })
    }

    /// Puts the store and the correlation together: A + P.
    pub fn mask(self, encoded: Encoded, mut correlation: VoleReceiver<F64>) -> Result<Masking, PsiError> {
        let Encoded { placed, mut words } = encoded;
        if correlation.a.len() != words.len() || correlation.c.len() != self.facts.store.columns() {
            return Err(PsiError::OutOfStep { step: "the correlation" });
        }
        words.iter_mut().zip(&correlation.a).for_each(|(word, a)| *word += *a);
        let mut c = std::mem::take(&mut correlation.c);
        let evaluations = vartime_decode(&self.facts.store, &placed.sorted, &c);
        c.as_mut_slice().zeroize();
        Ok(Masking { own: self, placed, evaluations: Zeroizing::new(evaluations), words, sent: 0 })
    }
}

/// Sending the masked store.
pub struct Masking {
    own: Encoding,
    placed: Placed,
    /// F of the own items, as they are sorted.
    evaluations: Zeroizing<Vec<F128>>,
    words: Vec<F64>,
    sent: usize,
}

impl Masking {
    /// The next words, `None` after the last.
    pub fn next_words(&mut self) -> Option<WordsPackage> {
        let end = self.words.len().min(self.sent + WORDS_CHUNK);
        let words = self.words[self.sent..end].to_vec();
        self.sent = end;
        if words.is_empty() { None } else { Some(WordsPackage { words }) }
    }

    /// On to the hint, of payloads of `payload_bytes` bytes.
    pub(super) fn finish<const N: usize>(self, payload_bytes: usize) -> Result<AwaitingHint<N>, PsiError> {
        if self.sent < self.words.len() {
            return Err(PsiError::OutOfStep { step: "the sending of words" });
        }
        let store = Params::new(FUNCTIONS as u64 * self.own.rows, Width::Narrow);
        let tag_bytes = tag_bits(self.own.facts.bins).div_ceil(8) as usize;
        let cells = Vec::with_capacity(store.columns());
        Ok(AwaitingHint { own: self, store, tag_bytes, payload_bytes, cells })
    }
}

/// Awaiting the hint.
pub(super) struct AwaitingHint<const N: usize> {
    own: Masking,
    store: Params,
    tag_bytes: usize,
    payload_bytes: usize,
    /// What came so far.
    cells: Vec<Cell<N>>,
}

impl<const N: usize> AwaitingHint<N> {
    /// Bytes of a cell.
    pub(super) fn width(&self) -> usize {
        self.tag_bytes + self.payload_bytes
    }

    /// How many cells the next package has; 0 after the last.
    pub(super) fn due(&self) -> usize {
        (self.store.columns() - self.cells.len()).min(HintPackage::chunk(self.width()))
    }

    /// Takes the next cells.
    pub(super) fn absorb(&mut self, frame: &[u8]) -> Result<(), Misstep> {
        let cells = HintPackage::body(frame, self.due(), self.width())?;
        self.cells.extend(cells.chunks_exact(self.width()).map(|cell| Cell::read(self.tag_bytes, cell)));
        Ok(())
    }

    /// Finds a tag and a payload for each bin: what the hint gives and the pad, or random ones for an empty bin.
    pub(super) fn finish(self, rng: &mut impl CryptoRng) -> Result<Tagged, PsiError> {
        if self.due() > 0 {
            return Err(PsiError::OutOfStep { step: "the hint" });
        }
        let Self { own, store, payload_bytes, cells: hint, .. } = self;
        let Masking { own: Encoding { facts, rows, run }, placed, evaluations, .. } = own;
        let hashes = PadHashes::new(&run, N);
        // Random for empty bins.
        let mut tags = Zeroizing::new(u64::random(facts.bins, rng));
        let mut payloads = Zeroizing::new(vec![0; facts.bins * payload_bytes]);
        rng.fill_bytes(&mut payloads);
        let mask = u64::MAX >> (u64::BITS - tag_bits(facts.bins));
        let mut decoded = Zeroizing::new(vartime_decode(&store, &placed.sorted, &hint));
        drop(hint);
        let batches = decoded.par_chunks_mut(BATCH).zip(evaluations.par_chunks(BATCH));
        batches.for_each(|(cells, evaluations)| {
            let mut pads = [Cell::default(); BATCH];
            hashes.pads(evaluations, &mut pads);
            cells.iter_mut().zip(&pads).for_each(|(cell, pad)| *cell = cell.xor(*pad));
            pads.as_mut_slice().zeroize();
        });
        for (at, (&cell, index)) in decoded.iter().zip(placed.sorted.indices()).enumerate() {
            // Of keys in ascending order, bins ascend. An entry that repeats another has a random key, and no bin.
            let home = bin(placed.sorted.key(at), facts.bins) as usize;
            if placed.table[home] as usize == index {
                tags[home] = cell.tag();
                cell.write_payload(&mut payloads[home * payload_bytes..][..payload_bytes]);
            }
        }
        tags.iter_mut().for_each(|tag| *tag &= mask);
        Ok(Tagged {
            shares: Shares::new(Side::Receiver, run, facts.bins, payload_bytes, payloads),
            tags,
            bins_of: placed.bins_of,
            rows,
            duplicates: placed.duplicates,
            commitment: facts.open.commitment,
            salt: facts.salt,
        })
    }
}

/// A tag and a share of a payload for each bin.
pub(super) struct Tagged {
    pub(super) tags: Zeroizing<Vec<u64>>,
    /// Of which those of membership are to come.
    shares: Shares,
    bins_of: Zeroizing<Vec<u32>>,
    rows: u64,
    duplicates: u64,
    commitment: Digest,
    salt: Secret<[u8; 32]>,
}

impl Tagged {
    /// With the shares of which tags are equal.
    pub(super) fn finish(self, membership: Vec<u64>) -> Received {
        let mut shares = self.shares;
        shares.membership = membership;
        Received {
            shares,
            bins_of: self.bins_of,
            peer_items: self.rows,
            duplicates: self.duplicates,
            commitment: self.commitment,
            salt: self.salt,
        }
    }
}
