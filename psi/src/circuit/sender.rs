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
use super::hash::{BATCH, FUNCTIONS, HintHashes, HintKeys, bin};
use super::msg::{AcceptPackage, HintPackage, OpenPackage, WORDS_CHUNK, WordsPackage};
use super::receiver::check_payloads;
use super::{MOST_ROWS, Shares, tag_bits};
use crate::error::{Misstep, PsiError};
use crate::okvs::{Key, Params, Sorted, Width, Word, vartime_decode, vartime_encode};
use crate::rr22::hash::{Hashed, Hashes};
use crate::{Entry, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use yinshu_crypto::field::{F64, F128, mul_add_each};
use yinshu_crypto::hash::Digest;
use yinshu_ot::vole::VoleSender;
use zeroize::{Zeroize, Zeroizing};

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
    Ok((Preparing { bins: bins(found), open, rows, store }, package))
}

/// Hashing the own entries: needs nothing more from the receiver, and the correlation nothing from it.
pub(super) struct Preparing<'a, P> {
    open: OpenPackage,
    rows: Rows<'a, P>,
    store: Params,
    bins: usize,
}

/// The own entries' keys, sorted, and values in the same order.
pub(super) struct Prepared {
    keys: Vec<Key>,
    sorted: Sorted,
    values: Vec<F64>,
}

impl<'a, P: AsRef<[u8]> + Sync> Preparing<'a, P> {
    /// How many correlations are needed.
    pub(super) fn columns(&self) -> usize {
        self.store.columns()
    }

    /// Hashes the own entries.
    pub(super) fn prepare(&self) -> Prepared {
        let entries: Vec<Entry> = self.rows.rows.iter().map(|(entry, _)| *entry).collect();
        let Hashed { keys, values } = Hashes::new(&self.open.seed).entries::<F64>(&entries);
        let sorted = Sorted::new(&keys);
        let values = sorted.indices().map(|index| values[index]).collect();
        Prepared { keys, sorted, values }
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

impl<P: AsRef<[u8]> + Sync> Correcting<'_, P> {
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

    /// Evaluates F on the own entries, picks tags and masks, and makes the hint. Rows that repeat others, and declared
    /// ones that are not there, get random keys and values.
    pub(super) fn vartime_hint<const N: usize>(self, rng: &mut impl CryptoRng) -> Result<Hinting, PsiError> {
        if self.due() > 0 {
            return Err(PsiError::OutOfStep { step: "the correction" });
        }
        let Self { own, prepared, mut correlation, .. } = self;
        let evaluations = evaluate(&own.store, &prepared, &mut correlation);
        drop(correlation);
        let targets = Zeroizing::new(Cell::<N>::random(own.bins, rng));
        let hashes = HintHashes::new(&own.open.seed, N);
        let (mut keys, mut values) = pairs(&hashes, &own, &prepared, &evaluations, &targets);
        let repeats = prepared.sorted.repeats();
        let missing = own.rows.shown as usize - own.rows.rows.len();
        randomise(&mut keys, &mut values, (&repeats, &prepared.sorted), missing, rng);
        let store = Params::new((FUNCTIONS * keys.len()) as u64, Width::Narrow);
        let sorted = Sorted::new(keys.as_flattened());
        drop(keys);
        let cells = vartime_encode(&store, &sorted, values.as_flattened(), rng);
        let cells = cells.map_err(|_| PsiError::Unencodable)?;
        values.as_flattened_mut().zeroize();
        let mask = u64::MAX >> (u64::BITS - tag_bits(own.bins));
        let tags = Zeroizing::new(targets.iter().map(|cell| cell.tag() & mask).collect());
        let payload_bytes = own.rows.payload_bytes;
        let mut payloads = vec![0; own.bins * payload_bytes];
        if payload_bytes > 0 {
            let each = payloads.par_chunks_mut(payload_bytes).zip(&*targets);
            each.for_each(|(bytes, cell)| cell.write_payload(bytes));
        }
        let sent = Sent {
            shares: Shares { bins: own.bins, membership: Vec::new(), payload_bytes, payloads },
            peer_items: own.open.count,
            peer_commitment: own.open.commitment,
            own_items: own.rows.rows.len() as u64,
            duplicates: repeats.len() as u64,
            rows: own.rows.shown,
        };
        let tag_bytes = tag_bits(own.bins).div_ceil(8) as usize;
        let mut bytes = Vec::with_capacity(cells.len() * (tag_bytes + payload_bytes));
        cells.iter().for_each(|cell| cell.write(tag_bytes, payload_bytes, &mut bytes));
        Ok(Hinting { sent, tags, cells: bytes, width: tag_bytes + payload_bytes, shown: 0 })
    }
}

/// F of the own entries, as they are sorted: Decode(B') + Δ·value (RR22, figure 4, step 4, without the last hash).
fn evaluate(store: &Params, prepared: &Prepared, correlation: &mut VoleSender) -> Zeroizing<Vec<F128>> {
    let mut evaluations = vartime_decode(store, &prepared.sorted, &correlation.b);
    let chunks = evaluations.par_chunks_mut(1 << 12).zip(prepared.values.par_chunks(1 << 12));
    chunks.for_each(|(outputs, values)| mul_add_each(outputs, values, correlation.delta));
    Zeroizing::new(evaluations)
}

/// What the hint is to give for each own entry, as they are sorted.
fn pairs<const N: usize, P: AsRef<[u8]> + Sync>(
    hashes: &HintHashes,
    own: &Preparing<'_, P>,
    prepared: &Prepared,
    evaluations: &[F128],
    targets: &[Cell<N>],
) -> (Vec<HintKeys>, Vec<[Cell<N>; FUNCTIONS]>) {
    let mut keys = vec![HintKeys::default(); evaluations.len()];
    let mut values = vec![[Cell::<N>::default(); FUNCTIONS]; evaluations.len()];
    let outputs = keys.par_chunks_mut(BATCH).zip(values.par_chunks_mut(BATCH));
    evaluations.par_chunks(BATCH).zip(outputs).enumerate().for_each(
        |(batch, (evaluations, (keys, values)))| {
            let index = |at: usize| prepared.sorted.index(batch * BATCH + at);
            let items: Vec<Key> = (0..evaluations.len()).map(|at| prepared.keys[index(at)]).collect();
            keys.copy_from_slice(&hashes.keys(&items, own.bins));
            hashes.pads(evaluations, values);
            for (at, (keys, values)) in keys.iter().zip(values).enumerate() {
                let payload = Cell::payload(own.rows.rows[index(at)].1.as_ref());
                for (value, &key) in values.iter_mut().zip(keys) {
                    *value = value.xor(payload).xor(targets[bin(key, own.bins) as usize]);
                }
            }
        },
    );
    (keys, values)
}

/// Random keys and values in the place of rows that repeat others, and for `missing` rows more.
fn randomise<const N: usize>(
    keys: &mut Vec<HintKeys>,
    values: &mut Vec<[Cell<N>; FUNCTIONS]>,
    (repeats, sorted): (&[(u32, u32)], &Sorted),
    missing: usize,
    rng: &mut impl CryptoRng,
) {
    let mut random = || {
        let mut bytes = [[0; 16]; FUNCTIONS];
        rng.fill_bytes(bytes.as_flattened_mut());
        let cells = Cell::<N>::random(FUNCTIONS, rng);
        (bytes.map(Key::from), std::array::from_fn(|at| cells[at]))
    };
    if !repeats.is_empty() {
        let mut places = vec![0u32; sorted.len()];
        sorted.indices().zip(0..).for_each(|(index, place)| places[index] = place);
        for &(_, repeat) in repeats {
            let place = places[repeat as usize] as usize;
            (keys[place], values[place]) = random();
        }
    }
    for _ in 0..missing {
        let (key, value) = random();
        keys.push(key);
        values.push(value);
    }
}

/// Sending the hint.
pub(super) struct Hinting {
    sent: Sent,
    pub(super) tags: Zeroizing<Vec<u64>>,
    cells: Vec<u8>,
    width: usize,
    shown: usize,
}

impl Hinting {
    /// The next cells, `None` after the last.
    pub(super) fn next_cells(&mut self) -> Option<HintPackage> {
        let end = self.cells.len().min(self.shown + self.width * HintPackage::chunk(self.width));
        let cells = self.cells[self.shown..end].to_vec();
        self.shown = end;
        if cells.is_empty() { None } else { Some(HintPackage { cells }) }
    }

    /// With the shares of which tags are equal.
    pub(super) fn finish(self, membership: Vec<u64>) -> Sent {
        let mut sent = self.sent;
        sent.shares.membership = membership;
        sent
    }
}
