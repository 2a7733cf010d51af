//! The sender: picks a tag and a mask for each bin, and hides them in a hint that opens, for one of its own entries, to
//! those of the entry's bins.
//!
//! ```text
//! accept ─▶ Preparing ─▶ Correcting ─▶ Hinting ─▶ Sent
//! ```
//!
//! Within a state packages stream in chunks; leaving a state consumes it.

use super::cell::Cell;
use super::cuckoo::{MOST_ITEMS, bins};
use super::hash::{BATCH, FUNCTIONS, HintHashes, HintKeys, PadHashes, bin};
use super::msg::{AcceptPackage, HintPackage, OpenPackage, WORDS_CHUNK, WordsPackage};
use super::receiver::check_payloads;
use super::shares::Side;
use super::{MOST_ROWS, Shares, run_digest, tag_bits};
use crate::error::{Misstep, PsiError};
use crate::okvs::{Key, Params, Sorted, Width, Word, vartime_decode_each, vartime_encode_sorted};
use crate::rr22::hash::{Hashed, Hashes};
use crate::{Entry, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use yinshu_crypto::field::{F64, mul_add_each};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::prefetch::prefetch;
use yinshu_ot::vole::VoleSender;
use zeroize::{Zeroize, Zeroizing};

/// How many keys before it is looked at what belongs to one is fetched.
const AHEAD: usize = 16;

/// What the sender holds after a run.
pub struct Sent {
    /// The own shares.
    pub shares: Shares,
    /// How many entries the receiver has, its duplicates among them.
    pub peer_items: u64,
    /// The receiver's commitment to its entries ([`crate::terms::commitment`]), to be kept in the log.
    pub peer_commitment: Digest,
    /// How many own rows were used, duplicates included.
    pub own_items: u64,
    /// How many of them repeat the entry of another one; that one's payload counts.
    pub duplicates: u64,
    /// How many rows were shown: own ones, with random ones in place of duplicates and, where
    /// [`crate::Terms::own_items`] asks for it, of rows that are not there.
    pub rows: u64,
}

/// The own rows, each an entry and its payload, checked; and how many to show.
pub(super) struct Rows<'a, P> {
    rows: &'a [(Entry, P)],
    shown: u64,
    payload_bytes: usize,
}

impl<'a, P: AsRef<[u8]>> Rows<'a, P> {
    pub(super) fn new(rows: &'a [(Entry, P)], payload_bytes: usize, terms: &Terms) -> Result<Self, PsiError> {
        let used = rows.len() as u64;
        let shown = terms.own_items.unwrap_or(used);
        if used > shown {
            return Err(PsiError::MoreThanDeclared { declared: shown });
        }
        if shown > MOST_ROWS {
            return Err(PsiError::TooManyEntries { found: shown, max: MOST_ROWS });
        }
        if let Some((entry, _)) = rows.iter().find(|(entry, _)| entry.section != 0) {
            return Err(PsiError::UnknownSection { section: entry.section, sections: 1 });
        }
        check_payloads(rows.iter().map(|(_, payload)| payload.as_ref()), payload_bytes)?;
        Ok(Self { rows, shown, payload_bytes })
    }
}

/// Checks an opening against the quota, and answers it.
pub(super) fn accept<'a, P>(
    open: OpenPackage,
    rows: Rows<'a, P>,
    terms: &Terms,
) -> Result<(Preparing<'a, P>, AcceptPackage), Misstep> {
    let (found, section) = (open.count, &terms.sections[0]);
    if found > section.max {
        return Err(Misstep::SectionQuota { section: section.name.clone(), max: section.max, found });
    }
    let max = terms.max_peer_items.min(MOST_ITEMS);
    if found > max {
        return Err(Misstep::TooManyEntries { max, found });
    }
    let store = Params::new(found, Width::Narrow);
    let package = AcceptPackage { rows: rows.shown };
    let run = run_digest(&open, &package);
    Ok((Preparing { bins: bins(found), run, open, rows, store }, package))
}

/// Hashing the own entries: needs nothing more from the receiver, and the correlation nothing from it.
pub(super) struct Preparing<'a, P> {
    open: OpenPackage,
    run: Digest,
    rows: Rows<'a, P>,
    store: Params,
    bins: usize,
}

/// The own rows' keys, three for each, and the value of each row.
pub(super) struct Prepared {
    sorted: Sorted,
    /// Zero where the row is not real.
    values: Zeroizing<Vec<F64>>,
    /// Is the row one of the own rows, and the first of its entry?
    real: Vec<bool>,
    duplicates: u64,
}

impl<'a, P: AsRef<[u8]> + Sync> Preparing<'a, P> {
    /// The digest of the run.
    pub(super) fn run(&self) -> Digest {
        self.run
    }

    /// How many correlations are needed.
    pub(super) fn columns(&self) -> usize {
        self.store.columns()
    }

    /// Hashes the own entries. Rows that repeat others, and declared ones that are not there, get random keys.
    pub(super) fn prepare(&self, rng: &mut impl CryptoRng) -> Prepared {
        let (rows, shown) = (self.rows.rows, usize::try_from(self.rows.shown).expect("below 2^24"));
        let (items, hint) = (Hashes::new(&self.open.seed), HintHashes::new(&self.open.seed));
        let mut keys = vec![HintKeys::default(); shown];
        let mut values = Zeroizing::new(vec![F64::ZERO; shown]);
        let outputs = keys.par_chunks_mut(BATCH).zip(values.par_chunks_mut(BATCH));
        rows.par_chunks(BATCH).zip(outputs).for_each(|(rows, (keys, values))| {
            let entries: Vec<Entry> = rows.iter().map(|(entry, _)| *entry).collect();
            let Hashed { keys: own, values: mut found } = items.entries::<F64>(&entries);
            hint.batch(&own, self.bins, &mut keys[..own.len()]);
            values[..own.len()].copy_from_slice(&found);
            found.zeroize();
        });
        let mut real = vec![true; rows.len()];
        real.resize(shown, false);
        let mut random = || {
            let mut bytes = [[0; 16]; FUNCTIONS];
            rng.fill_bytes(bytes.as_flattened_mut());
            bytes.map(Key::from)
        };
        keys[rows.len()..].fill_with(&mut random);
        let mut sorted = Sorted::new(keys.as_flattened());
        let mut duplicates = 0;
        for (_, repeat) in sorted.repeats() {
            let row = repeat as usize / FUNCTIONS;
            // Rows of one entry have all their keys in common.
            if std::mem::take(&mut real[row]) {
                keys[row] = random();
                duplicates += 1;
            }
        }
        if duplicates > 0 {
            sorted = Sorted::new(keys.as_flattened());
        }
        Prepared { sorted, values, real, duplicates }
    }

    /// On to the receiver's words.
    pub(super) fn correct(
        self,
        prepared: Prepared,
        correlation: VoleSender,
    ) -> Result<Correcting<'a, P>, PsiError> {
        if correlation.b.len() != self.store.columns() {
            return Err(PsiError::OutOfStep { step: "the correlation" });
        }
        Ok(Correcting { own: self, prepared, correlation, done: 0 })
    }
}

/// Correcting the own part of the correlation: B + (A + P)·Δ.
pub(super) struct Correcting<'a, P> {
    own: Preparing<'a, P>,
    prepared: Prepared,
    correlation: VoleSender,
    done: usize,
}

impl<'a, P: AsRef<[u8]> + Sync> Correcting<'a, P> {
    /// How many words the next package has; 0 after the last.
    pub(super) fn due(&self) -> usize {
        (self.correlation.b.len() - self.done).min(WORDS_CHUNK)
    }

    /// How many words have come, and how many come in all.
    pub(super) fn done(&self) -> (usize, usize) {
        (self.done, self.correlation.b.len())
    }

    /// Takes the next words.
    pub(super) fn absorb(&mut self, package: &WordsPackage) -> Result<(), Misstep> {
        package.check(self.due())?;
        let end = self.done + package.words.len();
        let delta = self.correlation.delta;
        mul_add_each(&mut self.correlation.b[self.done..end], &package.words, delta);
        self.done = end;
        Ok(())
    }

    /// How many bins there are.
    pub(super) fn bins(&self) -> usize {
        self.own.bins
    }

    /// Evaluates F on the own rows, for a hint of cells of `N` words.
    pub(super) fn vartime_evaluate<const N: usize>(self) -> Result<Padded<'a, P, N>, PsiError> {
        if self.due() > 0 {
            return Err(PsiError::OutOfStep { step: "the correction" });
        }
        let Self { own, prepared, correlation, .. } = self;
        let cells = pad(&own, &prepared, &correlation);
        Ok(Padded { own, prepared, cells })
    }
}

/// What the hint is to give for each key, as they are sorted, without the tag and the mask of the key's bin: the pad of F
/// of the key, Decode(B') + Δ·value (RR22, figure 4, step 4, without the last hash), and the payload.
fn pad<const N: usize, P: AsRef<[u8]> + Sync>(
    own: &Preparing<'_, P>,
    prepared: &Prepared,
    correlation: &VoleSender,
) -> Zeroizing<Vec<Cell<N>>> {
    let (sorted, hashes) = (&prepared.sorted, PadHashes::new(&own.run, N));
    let last = sorted.len().saturating_sub(1);
    let mut cells = Zeroizing::new(vec![Cell::<N>::default(); sorted.len()]);
    vartime_decode_each(&own.store, sorted, &correlation.b, &mut cells, |start, evaluations, cells| {
        let batches = evaluations.chunks_mut(BATCH).zip(cells.chunks_mut(BATCH));
        for (batch, (evaluations, cells)) in batches.enumerate() {
            let start = start + batch * BATCH;
            let mut values = [F64::ZERO; BATCH];
            let values = &mut values[..cells.len()];
            for (at, value) in values.iter_mut().enumerate() {
                let ahead = sorted.index((start + at + AHEAD).min(last)) / FUNCTIONS;
                prefetch(&prepared.values, ahead);
                prefetch(own.rows.rows, ahead);
                *value = prepared.values[sorted.index(start + at) / FUNCTIONS];
            }
            mul_add_each(evaluations, values, correlation.delta);
            hashes.pads(evaluations, cells);
            for (at, cell) in cells.iter_mut().enumerate() {
                if let Some((_, payload)) = own.rows.rows.get(sorted.index(start + at) / FUNCTIONS) {
                    *cell = cell.xor(Cell::payload(payload.as_ref()));
                }
            }
            values.zeroize();
            evaluations.zeroize();
        }
    });
    cells
}

/// Pads and payloads for all keys.
pub(super) struct Padded<'a, P, const N: usize> {
    own: Preparing<'a, P>,
    prepared: Prepared,
    cells: Zeroizing<Vec<Cell<N>>>,
}

impl<P: AsRef<[u8]> + Sync, const N: usize> Padded<'_, P, N> {
    /// Makes the hint: the tags are random already, the masks are drawn here.
    pub(super) fn vartime_hint(self, tags: &[u64], rng: &mut impl CryptoRng) -> Result<Hinting, PsiError> {
        let Self { own, prepared, mut cells } = self;
        let payload_bytes = own.rows.payload_bytes;
        let mut masks = Zeroizing::new(vec![0; own.bins * payload_bytes]);
        rng.fill_bytes(&mut masks);
        cells.par_chunks_mut(BATCH).enumerate().for_each(|(batch, cells)| {
            for (at, cell) in (batch * BATCH..).zip(cells) {
                // Of keys in ascending order, bins ascend.
                let bin = bin(prepared.sorted.key(at), own.bins) as usize;
                *cell = cell.xor(Cell::payload(&masks[bin * payload_bytes..][..payload_bytes]));
                cell.0[0] ^= tags[bin];
            }
        });
        if prepared.real.contains(&false) {
            for (cell, index) in cells.iter_mut().zip(prepared.sorted.indices()) {
                if !prepared.real[index / FUNCTIONS] {
                    *cell = Cell::random(1, rng)[0];
                }
            }
        }
        let store = Params::new(cells.len() as u64, Width::Narrow);
        let cells = vartime_encode_sorted::<Cell<N>>(&store, &prepared.sorted, cells, rng);
        let cells = cells.map_err(|_| PsiError::Unencodable)?;
        let sent = Sent {
            shares: Shares::new(Side::Sender, own.run, own.bins, payload_bytes, masks),
            peer_items: own.open.count,
            peer_commitment: own.open.commitment,
            own_items: own.rows.rows.len() as u64,
            duplicates: prepared.duplicates,
            rows: own.rows.shown,
        };
        let tag_bytes = tag_bits(own.bins).div_ceil(8) as usize;
        let frames = cells.par_chunks(HintPackage::chunk(tag_bytes + payload_bytes));
        let frames: Vec<_> =
            frames.map(|cells| HintPackage::frame(cells, tag_bytes, payload_bytes)).collect();
        Ok(Hinting { sent, frames: frames.into_iter() })
    }
}

/// Sending the hint.
pub(super) struct Hinting {
    sent: Sent,
    frames: std::vec::IntoIter<Vec<u8>>,
}

impl Hinting {
    /// The next cells as a frame, `None` after the last.
    pub(super) fn next_frame(&mut self) -> Option<Vec<u8>> {
        self.frames.next()
    }

    /// With the shares of which tags are equal.
    pub(super) fn finish(self, membership: Vec<u64>) -> Sent {
        let mut sent = self.sent;
        sent.shares.membership = membership;
        sent
    }
}
