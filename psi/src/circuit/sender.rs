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
use super::hash::{BATCH, FUNCTIONS, HintHashes, PadHashes, bin};
use super::msg::{AcceptPackage, HintPackage, OpenPackage, WORDS_CHUNK, WordsPackage};
use super::receiver::check_payloads;
use super::shares::Side;
use super::{MOST_ROWS, Shares, run_digest, tag_bits};
use crate::error::{Misstep, PsiError};
use crate::okvs::{Key, Params, Sorted, Width, Word, vartime_decode, vartime_encode_sorted};
use crate::rr22::hash::{Hashed, Hashes};
use crate::{Entry, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use yinshu_crypto::field::{F64, F128, mul_add_each};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::prefetch::prefetch;
use yinshu_ot::vole::VoleSender;
use zeroize::Zeroizing;

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
        let entries: Vec<Entry> = self.rows.rows.iter().map(|(entry, _)| *entry).collect();
        let Hashed { keys, values } = Hashes::new(&self.open.seed).entries::<F64>(&entries);
        let mut values = Zeroizing::new(values);
        let mut keys = HintHashes::new(&self.open.seed).keys(&keys, self.bins);
        let shown = usize::try_from(self.rows.shown).expect("below 2^24");
        let mut real = vec![true; entries.len()];
        let mut random = || {
            let mut bytes = [[0; 16]; FUNCTIONS];
            rng.fill_bytes(bytes.as_flattened_mut());
            bytes.map(Key::from)
        };
        keys.resize_with(shown, &mut random);
        values.resize(shown, F64::ZERO);
        real.resize(shown, false);
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

    /// Evaluates F on the own rows.
    pub(super) fn vartime_evaluate(self) -> Result<Evaluated<'a, P>, PsiError> {
        if self.due() > 0 {
            return Err(PsiError::OutOfStep { step: "the correction" });
        }
        let Self { own, prepared, mut correlation, .. } = self;
        let evaluations = evaluate(&own.store, &prepared, &mut correlation);
        Ok(Evaluated { own, prepared, evaluations })
    }
}

/// F of all keys.
pub(super) struct Evaluated<'a, P> {
    own: Preparing<'a, P>,
    prepared: Prepared,
    evaluations: Zeroizing<Vec<F128>>,
}

impl<P: AsRef<[u8]> + Sync> Evaluated<'_, P> {
    /// Makes the hint, of payloads of so many bytes.
    pub(super) fn vartime_hint_of(
        self,
        payload_bytes: usize,
        tags: &[u64],
        rng: &mut impl CryptoRng,
    ) -> Result<Hinting, PsiError> {
        match payload_bytes.div_ceil(8) {
            0 => self.vartime_hint::<1>(tags, rng),
            1 => self.vartime_hint::<2>(tags, rng),
            2 => self.vartime_hint::<3>(tags, rng),
            _ => self.vartime_hint::<5>(tags, rng),
        }
    }

    /// Makes the hint: the tags are random already, the masks are drawn here.
    fn vartime_hint<const N: usize>(
        self,
        tags: &[u64],
        rng: &mut impl CryptoRng,
    ) -> Result<Hinting, PsiError> {
        let Self { own, prepared, evaluations } = self;
        let mut targets = Zeroizing::new(Cell::<N>::random(own.bins, rng));
        targets.iter_mut().zip(tags).for_each(|(target, tag)| target.0[0] = *tag);
        let mut values = pairs(&own, &prepared, &evaluations, &targets);
        drop(evaluations);
        if prepared.real.contains(&false) {
            for (value, index) in values.iter_mut().zip(prepared.sorted.indices()) {
                if !prepared.real[index / FUNCTIONS] {
                    *value = Cell::random(1, rng)[0];
                }
            }
        }
        let store = Params::new(values.len() as u64, Width::Narrow);
        let cells = vartime_encode_sorted::<Cell<N>>(&store, &prepared.sorted, values, rng);
        let cells = cells.map_err(|_| PsiError::Unencodable)?;
        let payload_bytes = own.rows.payload_bytes;
        let mut payloads = Zeroizing::new(vec![0; own.bins * payload_bytes]);
        if payload_bytes > 0 {
            let each = payloads.par_chunks_mut(payload_bytes).zip(&*targets);
            each.for_each(|(bytes, cell)| cell.write_payload(bytes));
        }
        let sent = Sent {
            shares: Shares::new(Side::Sender, own.run, own.bins, payload_bytes, payloads),
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

/// F of all keys, as they are sorted: Decode(B') + Δ·value (RR22, figure 4, step 4, without the last hash).
fn evaluate(store: &Params, prepared: &Prepared, correlation: &mut VoleSender) -> Zeroizing<Vec<F128>> {
    let sorted = &prepared.sorted;
    let last = sorted.len().saturating_sub(1);
    let mut evaluations = vartime_decode(store, sorted, &correlation.b);
    evaluations.par_chunks_mut(BATCH).enumerate().for_each(|(batch, outputs)| {
        let mut values = [F64::ZERO; BATCH];
        let values = &mut values[..outputs.len()];
        for (at, value) in values.iter_mut().enumerate() {
            let ahead = (batch * BATCH + at + AHEAD).min(last);
            prefetch(&prepared.values, sorted.index(ahead) / FUNCTIONS);
            *value = prepared.values[sorted.index(batch * BATCH + at) / FUNCTIONS];
        }
        mul_add_each(outputs, values, correlation.delta);
    });
    Zeroizing::new(evaluations)
}

/// What the hint is to give for each key, as they are sorted: the pad, and the tag and the masked payload of the key's bin.
fn pairs<const N: usize, P: AsRef<[u8]> + Sync>(
    own: &Preparing<'_, P>,
    prepared: &Prepared,
    evaluations: &[F128],
    targets: &[Cell<N>],
) -> Zeroizing<Vec<Cell<N>>> {
    let hashes = PadHashes::new(&own.run, N);
    let last = evaluations.len().saturating_sub(1);
    let mut sorted = Zeroizing::new(vec![Cell::<N>::default(); evaluations.len()]);
    sorted.par_chunks_mut(BATCH).zip(evaluations.par_chunks(BATCH)).enumerate().for_each(
        |(batch, (cells, evaluations))| {
            hashes.pads(evaluations, cells);
            for (at, cell) in cells.iter_mut().enumerate() {
                let at = batch * BATCH + at;
                prefetch(own.rows.rows, prepared.sorted.index((at + AHEAD).min(last)) / FUNCTIONS);
                if let Some((_, payload)) = own.rows.rows.get(prepared.sorted.index(at) / FUNCTIONS) {
                    let target = targets[bin(prepared.sorted.key(at), own.bins) as usize];
                    *cell = cell.xor(Cell::payload(payload.as_ref())).xor(target);
                }
            }
        },
    );
    sorted
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
