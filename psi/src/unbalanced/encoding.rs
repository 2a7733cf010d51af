//! The holder's stored encoding: made once from a table, updated with it, answered from.

use super::Output;
use super::copy;
use super::evaluate;
use super::file::{self, damaged};
use super::key::{Keys, Published};
use super::label::{self, MAX_PAYLOAD, NONCE_BYTES};
use super::store::merge::Merge;
use super::store::sorting::{Sorted, Sorter};
use super::store::{Changed, Limit, MAX_WIDTH, ROW_HEAD, Store};
use crate::error::PsiError;
use crate::terms::{MAX_ENTRIES, MAX_SECTIONS};
use crate::{Entry, Phase, Progress, Terms};
use rand_core::CryptoRng;
use rayon::prelude::*;
use serde::Serialize;
use std::fmt::Display;
use std::path::Path;
use yinshu_crypto::hash::Digest;

/// How many rows are read while as many are computed.
const BLOCK: usize = 1 << 14;

/// An entry of the large set, with what its asker gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is compared.
    pub entry: Entry,
    /// What goes to an asker that has the entry too; empty where there are no payloads.
    pub payload: Vec<u8>,
}

impl From<Entry> for Row {
    /// Without a payload.
    fn from(entry: Entry) -> Self {
        Self { entry, payload: Vec::new() }
    }
}

/// What an encoding is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The names of the sections, as in the terms.
    pub sections: Vec<String>,
    /// The digest of the rules by which keys become entries: their kind, how they are cleaned. What was made by
    /// others does not match, silently; see [`Encoding::is_of`].
    pub rules: Digest,
    /// The longest payload in bytes; `None` for no payloads.
    pub payload: Option<usize>,
    /// What the payload is: the name of its column. Empty where there are none, or it has none.
    pub column: String,
}

impl Layout {
    /// For the sections of `terms`, without payloads.
    pub fn of(terms: &Terms) -> Self {
        let sections = terms.sections.iter().map(|section| section.name.clone()).collect();
        Self { sections, rules: Digest::ZERO, payload: None, column: String::new() }
    }

    /// A digest of rules, name and length of payloads: a part of what is published.
    pub(super) fn subject(&self) -> Digest {
        let parts: [&[u8]; 3] = [&self.rules.0, self.column.as_bytes(), &self.label().to_le_bytes()];
        Digest::of_parts("yinshu unbalanced subject v1", &parts)
    }

    fn check(&self) -> Result<(), PsiError> {
        let found = self.sections.len();
        if found == 0 || found > MAX_SECTIONS {
            return Err(PsiError::BadSections { found, max: MAX_SECTIONS });
        }
        let mut names: Vec<&String> = self.sections.iter().collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(PsiError::SectionTwice { section: pair[0].clone() });
        }
        match self.payload {
            Some(found) if found > MAX_PAYLOAD => Err(PsiError::LongPayload { found, max: MAX_PAYLOAD }),
            _ => Ok(()),
        }
    }

    fn label(&self) -> u32 {
        let bytes = self.payload.map_or(0, label::sealed_bytes);
        u32::try_from(bytes).expect("checked to be short")
    }
}

/// What is known of a stored encoding without reading its entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// How many entries it has.
    pub entries: u64,
    /// Counts its changes.
    pub version: u64,
    /// The longest payload; `None` where items have none.
    pub payload: Option<usize>,
    /// Bytes of its entries on the disk.
    pub bytes: u64,
    /// How many files they are in.
    pub segments: usize,
    /// Epoch, sections and public keys.
    pub published: Published,
    /// [`Published::digest`]: what to put into a contract.
    pub key: Digest,
}

/// A stored encoding, as it was when it was opened or changed by this value.
pub struct Encoding {
    pub(super) store: Store,
    pub(super) keys: Keys,
}

impl Encoding {
    /// Makes the encoding of `rows` in `folder`, which is created if need be, under a fresh key.
    ///
    /// Rows are read once, while the cores compute; memory does not grow with their number.
    ///
    /// # Errors
    /// [`PsiError`]: an encoding that is there already, a failure of `rows` or of the disk, a row that does
    /// not fit `layout`.
    pub fn create<E: Display>(
        folder: &Path,
        layout: &Layout,
        rows: impl IntoIterator<Item = Result<Row, E>>,
        rng: &mut impl CryptoRng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Self, Changed), PsiError> {
        layout.check()?;
        file::make_folder(folder)?;
        let published = Published { epoch: 1, subject: layout.subject(), sections: Vec::new() };
        let mut store = Store::empty(folder, published, layout.label(), MAX_WIDTH);
        store.manifest.about(layout);
        let lock = store.lock()?;
        if Store::is_in(folder) {
            return Err(PsiError::StoreExists { path: folder.display().to_string() });
        }
        let keys = Keys::create(folder, 1, &layout.sections, rng)?;
        store.manifest.published = keys.published(1, layout.subject(), &layout.sections);
        let mut encoding = Self { store, keys };
        let changed = encoding.change(rows.into_iter(), false, rng, progress)?;
        drop(lock);
        Ok((encoding, changed))
    }

    /// Opens the encoding in `folder`.
    ///
    /// # Errors
    /// [`PsiError`]: nothing is there, or it is damaged.
    pub fn open(folder: &Path) -> Result<Self, PsiError> {
        // Between the opening of the entries and of their keys a rotation may remove both.
        let mut tries = 0;
        loop {
            let store = Store::open(folder)?;
            tries += 1;
            match Keys::open(folder, &store.manifest.published) {
                Ok(keys) => return Ok(Self { store, keys }),
                Err(_) if tries < 4 && !store.is_current()? => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Adds rows; one that is there already gets the new payload.
    ///
    /// # Errors
    /// As [`Encoding::create`], and [`PsiError::StoreBusy`].
    pub fn insert<E: Display>(
        &mut self,
        rows: impl IntoIterator<Item = Result<Row, E>>,
        rng: &mut impl CryptoRng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Changed, PsiError> {
        let _lock = self.lock()?;
        self.change(rows.into_iter(), false, rng, progress)
    }

    /// Removes entries.
    ///
    /// # Errors
    /// As [`Encoding::insert`].
    pub fn delete<E: Display>(
        &mut self,
        entries: impl IntoIterator<Item = Result<Entry, E>>,
        rng: &mut impl CryptoRng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Changed, PsiError> {
        let _lock = self.lock()?;
        self.change(entries.into_iter().map(|entry| entry.map(Row::from)), true, rng, progress)
    }

    /// Makes the encoding anew from the whole table under a fresh key: the old key and all copies of the
    /// encoding are of no use afterwards.
    ///
    /// # Errors
    /// As [`Encoding::create`]. The old encoding stays until the new one is complete.
    pub fn rotate<E: Display>(
        &mut self,
        layout: &Layout,
        rows: impl IntoIterator<Item = Result<Row, E>>,
        rng: &mut impl CryptoRng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Changed, PsiError> {
        layout.check()?;
        let _lock = self.lock()?;
        let (folder, epoch) = (self.store.folder().to_path_buf(), self.store.manifest.published.epoch + 1);
        let keys = Keys::create(&folder, epoch, &layout.sections, rng)?;
        let mut store = Store::open(&folder)?;
        store.renew(keys.published(epoch, layout.subject(), &layout.sections), layout.label(), MAX_WIDTH);
        store.manifest.about(layout);
        let mut next = Self { store, keys };
        let changed = next.change(rows.into_iter(), false, rng, progress);
        if changed.is_err() {
            // The old encoding and its key stay; the new key goes.
            self.store.sweep();
            return changed;
        }
        *self = next;
        changed
    }

    /// Reads everything: digests, order and counts must hold.
    ///
    /// # Errors
    /// [`PsiError::DamagedStore`] says what does not.
    pub fn verify(&self) -> Result<Stats, PsiError> {
        self.store.check().map(|()| self.stats())
    }

    /// What is known without reading the entries.
    pub fn stats(&self) -> Stats {
        let manifest = &self.store.manifest;
        Stats {
            entries: manifest.entries,
            version: manifest.version,
            payload: label::payload_bytes(manifest.label as usize),
            bytes: self.store.bytes(),
            segments: manifest.parts.len(),
            published: manifest.published.clone(),
            key: manifest.published.digest(),
        }
    }

    /// Refuses an encoding that was made by other rules, or that gives another payload than the one named.
    ///
    /// # Errors
    /// [`PsiError::StoreSubject`].
    pub fn is_of(&self, rules: Digest, payload: Option<&str>) -> Result<(), PsiError> {
        let manifest = &self.store.manifest;
        let differs = |what, found: String, expected: String| {
            let path = self.store.folder().display().to_string();
            Err(PsiError::StoreSubject { path, what, found, expected })
        };
        if manifest.rules != rules {
            return differs("rules", manifest.rules.short(), rules.short());
        }
        let found = (manifest.label != 0).then_some(manifest.column.as_str());
        if found != payload {
            let (found, expected) = (found.unwrap_or("-"), payload.unwrap_or("-"));
            return differs("payload", found.into(), expected.into());
        }
        Ok(())
    }

    /// Refuses terms that this encoding is not for.
    pub(super) fn fits(&self, terms: &Terms) -> Result<(), PsiError> {
        copy::same_sections(&self.store.manifest.published, terms)
    }

    fn lock(&mut self) -> Result<file::Lock, PsiError> {
        let lock = self.store.lock()?;
        self.keys = Keys::open(self.store.folder(), &self.store.manifest.published)?;
        Ok(lock)
    }

    fn change<E: Display>(
        &mut self,
        rows: impl Iterator<Item = Result<Row, E>>,
        gone: bool,
        rng: &mut impl CryptoRng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Changed, PsiError> {
        let sorted = self.sort(rows, gone, rng, progress)?;
        let folder = self.store.folder().to_path_buf();
        let too_many = |found| match found > MAX_ENTRIES {
            true => Err(PsiError::TooManyEntries { found, max: MAX_ENTRIES }),
            false => Ok(()),
        };
        let version = self.store.manifest.version + 1;
        let mut merge = Merge::new(&sorted.segments);
        let limit = Limit { lineage: None, inserted: MAX_ENTRIES, confirm: &too_many };
        let changed = self.store.apply(&mut merge, version, &limit)?;
        let seen = changed.inserted + changed.replaced + changed.deleted + changed.unchanged;
        let duplicates =
            sorted.pushed.checked_sub(seen).ok_or_else(|| damaged(&folder, "rows came from nowhere"))?;
        Ok(Changed { duplicates, ..changed })
    }

    /// Computes the tokens of `rows` and sorts them on the disk.
    fn sort<E: Display>(
        &self,
        mut rows: impl Iterator<Item = Result<Row, E>>,
        gone: bool,
        rng: &mut impl CryptoRng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Sorted, PsiError> {
        let hint = rows.size_hint();
        let total = hint.1.filter(|&upper| upper == hint.0).map(|upper| upper as u64);
        let mut sorter = Sorter::new(self.store.folder(), self.store.manifest.shape());
        let mut done = 0;
        let mut block = self.read(&mut rows)?;
        while !block.is_empty() {
            let nonces = self.nonces(block.len(), rng);
            let (mut added, mut following) = (Ok(()), Ok(Vec::new()));
            rayon::in_place_scope(|scope| {
                scope.spawn(|_| added = self.add(&block, &nonces, gone, &mut sorter));
                following = self.read(&mut rows);
            });
            added?;
            done += block.len() as u64;
            progress(Progress { phase: Phase::Tokens, done, total });
            block = following?;
        }
        sorter.finish()
    }

    fn nonces(&self, count: usize, rng: &mut impl CryptoRng) -> Vec<[u8; NONCE_BYTES]> {
        let mut nonces = vec![[0; NONCE_BYTES]; if self.store.manifest.label == 0 { 0 } else { count }];
        rng.fill_bytes(nonces.as_flattened_mut());
        nonces
    }

    fn read<E: Display>(
        &self,
        rows: &mut impl Iterator<Item = Result<Row, E>>,
    ) -> Result<Vec<Row>, PsiError> {
        let max = label::payload_bytes(self.store.manifest.label as usize).unwrap_or(0);
        let sections = self.keys.keys.len();
        let mut block = Vec::with_capacity(rows.size_hint().0.min(BLOCK));
        for row in rows.take(BLOCK) {
            let row = row.map_err(|error| PsiError::Source { detail: error.to_string() })?;
            if usize::from(row.entry.section) >= sections {
                return Err(PsiError::UnknownSection { section: row.entry.section, sections });
            }
            if row.payload.len() > max {
                return Err(PsiError::LongPayload { found: row.payload.len(), max });
            }
            block.push(row);
        }
        Ok(block)
    }

    /// The sealed payloads that are there already, read in the order of the tokens.
    fn held(&self, outputs: &[Output]) -> Result<Vec<Option<Vec<u8>>>, PsiError> {
        let mut held = vec![None; outputs.len()];
        if self.store.manifest.parts.is_empty() {
            return Ok(held);
        }
        let mut order: Vec<_> = outputs.iter().map(evaluate::token).zip(0..).collect();
        order.sort_unstable();
        let (mut merge, mut row) = (self.store.merge(), Vec::new());
        for (token, at) in order {
            if merge.find(&token, &mut row)? {
                held[at] = Some(row[ROW_HEAD..].to_vec());
            }
        }
        Ok(held)
    }

    fn add(
        &self,
        rows: &[Row],
        nonces: &[[u8; NONCE_BYTES]],
        gone: bool,
        sorter: &mut Sorter,
    ) -> Result<(), PsiError> {
        let entries: Vec<Entry> = rows.iter().map(|row| row.entry).collect();
        let outputs = evaluate::outputs(&self.keys, &entries);
        let max = label::payload_bytes(self.store.manifest.label as usize);
        let labels: Vec<Vec<u8>> = match max.filter(|_| !gone) {
            Some(max) => {
                let held = self.held(&outputs)?;
                let all = rows.par_iter().zip(&outputs).zip(nonces).zip(held);
                all.map(|(((row, output), nonce), held)| {
                    // What is the same stays as it is, so that the change has nothing of it.
                    let same = held.filter(|held| label::open(output, held).as_ref() == Some(&row.payload));
                    same.unwrap_or_else(|| label::seal(output, *nonce, &row.payload, max))
                })
                .collect()
            }
            None => vec![Vec::new(); rows.len()],
        };
        outputs
            .iter()
            .zip(&labels)
            .try_for_each(|(output, label)| sorter.push(&evaluate::token(output), gone, label))
    }
}
