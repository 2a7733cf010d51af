//! A folder of tokens, of the holder or of an asker's copy: sorted segments, and a manifest that names them.
//!
//! A log-structured merge tree (O'Neil, Cheng, Gawlick, O'Neil, Acta Informatica 1996): a change writes one new
//! segment of what it changes, deletions as rows of their own, and merges it with those older ones that are at
//! most four times as long, so that a change costs in proportion to itself and each of its rows is written
//! again O(log n) times at most. New segments are written and synchronised, then the manifest is replaced by a
//! rename, then what it no longer names is removed: after a crash at any point the folder is as it was before
//! the change or as it is after it. What is removed is decided by the manifest on the disk alone, whatever a
//! program that failed has in mind.

pub(super) mod manifest;
pub(super) mod merge;
pub(super) mod segment;
pub(super) mod sorting;

use super::file::{self, Lock, damaged, failed};
use super::key::{self, Published};
use crate::error::PsiError;
pub use manifest::{Manifest, Part, Past};
pub use segment::Facts;
use yinshu_crypto::hash::Digest;

use manifest::MAX_PARTS;
use merge::{Merge, Rows};
use segment::{GONE, Segment, Shape, Writer};
use std::path::{Path, PathBuf};

/// Bytes of a token in a store: the first of an OPRF output. 120 bits: for up to 2^32 entries against 2^32 a
/// wrong match has probability below 2^-56.
pub const TOKEN_BYTES: usize = 15;

/// The same as a number on the wire.
pub(super) const MAX_WIDTH: u8 = TOKEN_BYTES as u8;

/// A token with one byte that says whether it was deleted.
pub(super) const ROW_HEAD: usize = TOKEN_BYTES + 1;

/// The first bytes of an OPRF output.
pub type Token = [u8; TOKEN_BYTES];

/// What a change did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Changed {
    /// Entries that are new.
    pub inserted: u64,
    /// Entries that were there, and have another payload now.
    pub replaced: u64,
    /// Entries that are gone.
    pub deleted: u64,
    /// Entries that were to be inserted and were there already, or to be deleted and were not there.
    pub unchanged: u64,
    /// Entries that repeat another of the same change.
    pub duplicates: u64,
}

/// How far a change may go.
pub(super) struct Limit<'a> {
    /// The lineage of which a copy is; a holder's own grows.
    pub(super) lineage: Option<Digest>,
    /// The most entries that it may insert; one more is taken to `confirm`.
    pub(super) inserted: u64,
    /// Refuses a number of entries.
    pub(super) confirm: &'a dyn Fn(u64) -> Result<(), PsiError>,
}

/// A folder of tokens as it was when it was opened; it stays readable as such while the folder changes.
pub(super) struct Store {
    folder: PathBuf,
    pub(super) manifest: Manifest,
    segments: Vec<Segment>,
}

fn manifest_path(folder: &Path) -> PathBuf {
    folder.join("manifest")
}

fn segment_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("segment-{number:06}"))
}

impl Store {
    /// Whether there is a store in `folder`.
    pub(super) fn is_in(folder: &Path) -> bool {
        manifest_path(folder).exists()
    }

    /// A store without entries that nothing was written of yet. Its segments get numbers that no file in the
    /// folder has.
    pub(super) fn empty(folder: &Path, published: Published, label: u32, width: u8) -> Self {
        let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let number = |name: std::ffi::OsString| name.to_str()?.strip_prefix("segment-")?.parse().ok();
        let next = names.filter_map(number).fold(0, |most: u64, number| most.max(number)).saturating_add(1);
        let manifest = Manifest {
            version: 0,
            lineage: Digest::ZERO,
            past: Vec::new(),
            rules: Digest::ZERO,
            column: String::new(),
            entries: 0,
            label,
            width,
            published,
            next,
            parts: Vec::new(),
        };
        Self { folder: folder.into(), manifest, segments: Vec::new() }
    }

    /// Opens what is in `folder`.
    pub(super) fn open(folder: &Path) -> Result<Self, PsiError> {
        // Between the reading of the manifest and the opening of segments a change may remove some of them.
        let mut tries = 0;
        loop {
            let manifest = read_manifest(folder)?;
            let open =
                |part: &Part| Segment::open(&segment_path(folder, part.number), manifest.shape(), part.facts);
            let segments: Result<Vec<Segment>, PsiError> = manifest.parts.iter().map(open).collect();
            tries += 1;
            match segments {
                Ok(segments) => return Ok(Self { folder: folder.into(), manifest, segments }),
                Err(_) if tries < 4 && read_manifest(folder)? != manifest => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether the folder is still what this is.
    pub(super) fn is_current(&self) -> Result<bool, PsiError> {
        Ok(read_manifest(&self.folder)? == self.manifest)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Everything there is, deletions among it.
    pub(super) fn merge(&self) -> Merge<'_> {
        Merge::new(&self.segments)
    }

    /// What changed after `version`; `None` where that is not kept apart from the rest any more.
    pub(super) fn since(&self, version: u64) -> Option<Merge<'_>> {
        let from = self.manifest.parts.partition_point(|part| part.until <= version);
        (from > 0).then(|| Merge::new(&self.segments[from..]))
    }

    /// Bytes on the disk.
    pub(super) fn bytes(&self) -> u64 {
        let stride = self.manifest.shape().stride() as u64;
        self.manifest.parts.iter().map(|part| part.facts.rows * stride).sum()
    }

    /// Reads everything and checks it.
    pub(super) fn check(&self) -> Result<(), PsiError> {
        self.segments.iter().try_for_each(Segment::check)?;
        let (mut merge, mut row, mut live) = (self.merge(), Vec::new(), 0);
        while merge.next_row(&mut row)? {
            live += u64::from(row[TOKEN_BYTES] != GONE);
        }
        if live == self.manifest.entries {
            return Ok(());
        }
        let stated = self.manifest.entries;
        Err(damaged(&self.folder, format!("it has {live} entries, where its manifest says {stated}")))
    }

    /// Locks the folder for a change, brings this up to date and removes what an interrupted change left.
    pub(super) fn lock(&mut self) -> Result<Lock, PsiError> {
        let lock = Lock::take(&self.folder)?;
        if Self::is_in(&self.folder) && read_manifest(&self.folder)? != self.manifest {
            *self = Self::open(&self.folder)?;
        }
        self.sweep();
        Ok(lock)
    }

    /// Removes files that the manifest on the disk does not name; this one's, where there is none.
    pub(super) fn sweep(&self) {
        let held = match Self::is_in(&self.folder).then(|| read_manifest(&self.folder)) {
            None => self.manifest.clone(),
            Some(Ok(held)) => held,
            // What it named cannot be told from what it did not.
            Some(Err(_)) => return,
        };
        let named = |name: &str| {
            let segment = |part: &Part| segment_path(Path::new(""), part.number) == Path::new(name);
            name == key::name(held.published.epoch) || held.parts.iter().any(segment)
        };
        let ours = ["segment-", "run-", "tmp-", "key-"];
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if ours.iter().any(|prefix| name.starts_with(prefix)) && !named(&name) {
                // What cannot be removed today does no harm, and is tried again at the next change.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// Adds what changes of `incoming` (sorted, each token once) as `version`, and commits it once `limit`
    /// agrees to the number of entries there will be. Where it fails the folder stays as it was.
    pub(super) fn apply(
        &mut self,
        incoming: &mut dyn Rows,
        version: u64,
        limit: &Limit<'_>,
    ) -> Result<Changed, PsiError> {
        let applied = self.try_apply(incoming, version, limit);
        if applied.is_err() {
            self.sweep();
        }
        applied
    }

    fn try_apply(
        &mut self,
        incoming: &mut dyn Rows,
        version: u64,
        limit: &Limit<'_>,
    ) -> Result<Changed, PsiError> {
        let (facts, changed) = self.write_delta(incoming, limit)?;
        let mut next = self.manifest.clone();
        next.version = version;
        next.entries = next.entries + changed.inserted - changed.deleted;
        (limit.confirm)(next.entries)?;
        let index = (facts.rows > 0).then_some(facts.index);
        next.lineage = limit.lineage.unwrap_or_else(|| next.grown(version, index));
        if facts.rows > 0 {
            let after = next.parts.last().map_or(0, |part| part.until);
            next.parts.push(Part { number: next.next, after, until: version, facts });
            next.next += 1;
            self.compact(&mut next)?;
        }
        if limit.lineage.is_none() {
            next.remember();
        }
        file::sync_folder(&self.folder).map_err(|error| failed(&self.folder, &error))?;
        self.commit(&next)?;
        Ok(changed)
    }

    /// Makes `next` what the folder holds.
    fn commit(&mut self, next: &Manifest) -> Result<(), PsiError> {
        file::replace(&manifest_path(&self.folder), &next.encode())?;
        *self = Self::open(&self.folder)?;
        self.sweep();
        Ok(())
    }

    /// Writes a segment of what changes. It has no more rows than `limit` lets be inserted and there are entries
    /// to replace or delete.
    fn write_delta(&self, incoming: &mut dyn Rows, limit: &Limit<'_>) -> Result<(Facts, Changed), PsiError> {
        let shape = self.manifest.shape();
        let mut writer = Writer::create(&segment_path(&self.folder, self.manifest.next), shape)?;
        let (mut held, mut row, mut old) = (self.merge(), Vec::new(), Vec::new());
        let mut changed = Changed::default();
        while incoming.next_row(&mut row)? {
            let token = *row.first_chunk().expect("a row is longer than a token");
            let there = !self.segments.is_empty() && held.find(&token, &mut old)?;
            let count = match (row[TOKEN_BYTES] == GONE, there) {
                (true, true) => &mut changed.deleted,
                (false, false) => &mut changed.inserted,
                (false, true) if row != old => &mut changed.replaced,
                _ => {
                    changed.unchanged += 1;
                    continue;
                }
            };
            *count += 1;
            if changed.inserted > limit.inserted {
                (limit.confirm)(changed.inserted)?;
            }
            writer.push(&row)?;
        }
        Ok((writer.finish(true)?, changed))
    }

    /// Merges the newest part with the older ones that are at most four times as long.
    fn compact(&self, next: &mut Manifest) -> Result<(), PsiError> {
        let rows: Vec<u64> = next.parts.iter().map(|part| part.facts.rows).collect();
        let mut from = rows.len() - 1;
        let mut total = rows[from];
        while from > 0 && (rows[from - 1] <= 4 * total || from >= MAX_PARTS) {
            from -= 1;
            total += rows[from];
        }
        if from + 1 == rows.len() {
            return Ok(());
        }
        let shape = next.shape();
        let newest = next.parts.last().expect("there is the one just written");
        let newest = Segment::open(&segment_path(&self.folder, newest.number), shape, newest.facts)?;
        let mut merge = Merge::new(self.segments[from..].iter().chain([&newest]));
        let mut writer = Writer::create(&segment_path(&self.folder, next.next), shape)?;
        let mut row = Vec::new();
        while merge.next_row(&mut row)? {
            // Below the base there is nothing left to delete.
            if from > 0 || row[TOKEN_BYTES] != GONE {
                writer.push(&row)?;
            }
        }
        let facts = writer.finish(true)?;
        let (number, after, until) = (next.next, next.parts[from].after, next.version);
        next.next += 1;
        next.parts.truncate(from);
        next.parts.push(Part { number, after, until, facts });
        Ok(())
    }

    /// Of a copy: if `error` says that it is damaged, removes its manifest, so that it is made anew.
    pub(super) fn forget_damaged(&self, error: &PsiError) {
        if matches!(error, PsiError::DamagedStore { .. }) && self.is_current().is_ok_and(|current| current) {
            // Where it cannot be removed it stays damaged, which is said each time.
            let _ = std::fs::remove_file(manifest_path(&self.folder));
        }
    }

    /// Forgets everything: what is applied next is the whole, under `published`. Nothing is written yet.
    pub(super) fn renew(&mut self, published: Published, label: u32, width: u8) {
        let (version, next) = (self.manifest.version, self.manifest.next);
        self.manifest = Self::empty(&self.folder, published, label, width).manifest;
        (self.manifest.version, self.manifest.next) = (version, self.manifest.next.max(next));
        self.segments.clear();
    }
}

/// Reads the bytes of a segment as far as its own digests, order and counts tell whether it can be one: of `rows`
/// rows, `gone` of them deletions, with sealed payloads of `label` bytes.
///
/// # Errors
/// [`PsiError::DamagedStore`] says what does not hold.
pub fn check_segment(bytes: Vec<u8>, label: u16, rows: u64, gone: u64) -> Result<(), PsiError> {
    let shape = Shape { label: usize::from(label) };
    let index = segment::index_digest(&bytes, shape, rows);
    let facts = Facts { rows, gone, index };
    Segment::read(Box::new(std::io::Cursor::new(bytes)), Path::new("segment"), shape, facts)?.check()
}

fn read_manifest(folder: &Path) -> Result<Manifest, PsiError> {
    let path = manifest_path(folder);
    let bytes = std::fs::read(&path).map_err(|error| failed(&path, &error))?;
    Manifest::decode(&bytes).map_err(|wrong| damaged(&path, wrong))
}
