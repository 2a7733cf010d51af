//! A set of tokens on disk, each with a value of fixed length: pages of 512 bytes, of which one entry touches
//! one or two. Tokens are uniform, so that their first bytes say in which page they lie.
//!
//! A page: number of records (1 byte), whether records went on to the next page (1), records of token and
//! value. What changes is kept in memory until it is applied, so that it can be journalled before.

use crate::PsiError;
use crate::partition::disk::{self, damaged, failed};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Length of a page: what disks write whole.
pub(super) const PAGE: usize = 512;
const HEAD: usize = 2;

/// How many changed pages are kept in memory while a table is filled: 32 MB.
pub(super) const FILLING: usize = 1 << 16;

/// The room to make for `needed` records, so that a table is seldom rebuilt.
pub(super) fn ample(needed: u64) -> u64 {
    needed.saturating_add(needed / 4).saturating_add(1_000)
}

/// A token, or the digest of an entry.
pub(super) type Key = [u8; 16];

/// The content of a page.
pub(super) type Page = [u8; PAGE];

pub(super) struct Table {
    path: PathBuf,
    file: File,
    value: usize,
    pages: u64,
    changed: BTreeMap<u64, Page>,
}

impl Table {
    fn slots(value: usize) -> usize {
        (PAGE - HEAD) / (16 + value)
    }

    /// How many pages `room` records with values of `value` bytes need, six tenths full.
    fn pages(room: u64, value: usize) -> u64 {
        (room.saturating_mul(10)).div_ceil(6 * Self::slots(value) as u64).max(1)
    }

    /// An empty table in place of what there was.
    pub(super) fn create(path: PathBuf, room: u64, value: usize) -> Result<Self, PsiError> {
        let pages = Self::pages(room, value);
        let open = disk::private().read(true).write(true).create(true).truncate(true).open(&path);
        let file = open.map_err(failed("creating", &path))?;
        let length = pages.checked_mul(PAGE as u64).ok_or_else(|| damaged(&path, "room"))?;
        file.set_len(length).map_err(failed("sizing", &path))?;
        Ok(Self { path, file, value, pages, changed: BTreeMap::new() })
    }

    /// The table that [`Table::create`] made.
    pub(super) fn open(path: PathBuf, room: u64, value: usize) -> Result<Self, PsiError> {
        let open = disk::private().read(true).write(true).open(&path);
        let file = open.map_err(failed("opening", &path))?;
        let (pages, found) =
            (Self::pages(room, value), file.metadata().map_err(failed("reading", &path))?.len());
        if pages.checked_mul(PAGE as u64) != Some(found) {
            return Err(damaged(&path, "length"));
        }
        Ok(Self { path, file, value, pages, changed: BTreeMap::new() })
    }

    /// The same records in a new table with another room, durable.
    pub(super) fn rebuilt(&mut self, path: PathBuf, room: u64) -> Result<Self, PsiError> {
        let mut fresh = Self::create(path, room, self.value)?;
        self.scan(|key, value| {
            fresh.put(key, value)?;
            fresh.spill(FILLING)
        })?;
        fresh.spill(0)?;
        fresh.sync()?;
        Ok(fresh)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn home(&self, key: &Key) -> u64 {
        let head = u64::from_be_bytes(*key.first_chunk().expect("a key has 16 bytes"));
        u64::try_from((u128::from(head) * u128::from(self.pages)) >> 64).expect("below the pages")
    }

    fn page(&mut self, at: u64) -> Result<Page, PsiError> {
        if let Some(page) = self.changed.get(&at) {
            return Ok(*page);
        }
        let mut page = [0; PAGE];
        let read =
            self.file.seek(SeekFrom::Start(at * PAGE as u64)).and_then(|_| self.file.read_exact(&mut page));
        read.map_err(failed("reading", &self.path))?;
        if usize::from(page[0]) > Self::slots(self.value) || page[1] > 1 {
            return Err(damaged(&self.path, "a page"));
        }
        Ok(page)
    }

    fn record(&self, slot: usize) -> std::ops::Range<usize> {
        let size = 16 + self.value;
        HEAD + slot * size..HEAD + (slot + 1) * size
    }

    /// The page and slot of a key.
    fn seek(&mut self, key: &Key) -> Result<Option<(u64, usize, Page)>, PsiError> {
        let mut at = self.home(key);
        for _ in 0..self.pages {
            let page = self.page(at)?;
            let hit = (0..usize::from(page[0])).find(|&slot| page[self.record(slot)].starts_with(key));
            if let Some(slot) = hit {
                return Ok(Some((at, slot, page)));
            }
            if page[1] == 0 {
                return Ok(None);
            }
            at = (at + 1) % self.pages;
        }
        Ok(None)
    }

    /// Shows every key with its value, page after page; only where nothing waits to be written.
    pub(super) fn scan(
        &mut self,
        mut visit: impl FnMut(&Key, &[u8]) -> Result<(), PsiError>,
    ) -> Result<(), PsiError> {
        let reading = || failed("reading", &self.path);
        self.file.seek(SeekFrom::Start(0)).map_err(reading())?;
        let mut pages = vec![0; PAGE * 256];
        let mut left = self.pages;
        while left > 0 {
            let bytes = PAGE * usize::try_from(left.min(256)).expect("at most 256");
            self.file.read_exact(&mut pages[..bytes]).map_err(reading())?;
            for page in pages[..bytes].as_chunks::<PAGE>().0 {
                if usize::from(page[0]) > Self::slots(self.value) {
                    return Err(damaged(&self.path, "a page"));
                }
                for slot in 0..usize::from(page[0]) {
                    let (key, value) = page[self.record(slot)].split_at(16);
                    visit(key.first_chunk().expect("split there"), value)?;
                }
            }
            left -= (bytes / PAGE) as u64;
        }
        Ok(())
    }

    /// The value of a key.
    pub(super) fn find(&mut self, key: &Key) -> Result<Option<Vec<u8>>, PsiError> {
        let found = self.seek(key)?;
        Ok(found.map(|(_, slot, page)| page[self.record(slot)][16..].to_vec()))
    }

    /// Is the key there?
    pub(super) fn has(&mut self, key: &Key) -> Result<bool, PsiError> {
        Ok(self.seek(key)?.is_some())
    }

    /// Puts a value under a key, in place of the one it had.
    pub(super) fn put(&mut self, key: &Key, value: &[u8]) -> Result<(), PsiError> {
        let record = [key.as_slice(), value].concat();
        if let Some((at, slot, mut page)) = self.seek(key)? {
            page[self.record(slot)].copy_from_slice(&record);
            self.changed.insert(at, page);
            return Ok(());
        }
        let mut at = self.home(key);
        for _ in 0..self.pages {
            let mut page = self.page(at)?;
            let count = usize::from(page[0]);
            if count < Self::slots(self.value) {
                page[self.record(count)].copy_from_slice(&record);
                page[0] += 1;
                self.changed.insert(at, page);
                return Ok(());
            }
            page[1] = 1;
            self.changed.insert(at, page);
            at = (at + 1) % self.pages;
        }
        Err(damaged(&self.path, "room"))
    }

    /// Takes a key out; says whether it was there.
    pub(super) fn remove(&mut self, key: &Key) -> Result<bool, PsiError> {
        let Some((at, slot, mut page)) = self.seek(key)? else { return Ok(false) };
        let last = usize::from(page[0]) - 1;
        page.copy_within(self.record(last), self.record(slot).start);
        page[self.record(last)].fill(0);
        page[0] -= 1;
        self.changed.insert(at, page);
        Ok(true)
    }

    /// What changed since it was last applied or forgotten.
    pub(super) fn changed(&self) -> &BTreeMap<u64, Page> {
        &self.changed
    }

    /// Forgets what changed.
    pub(super) fn forget(&mut self) {
        self.changed.clear();
    }

    /// Writes pages; to write them again does no harm.
    pub(super) fn write<'a>(&mut self, pages: impl Iterator<Item = (u64, &'a Page)>) -> Result<(), PsiError> {
        for (at, page) in pages {
            if at >= self.pages {
                return Err(damaged(&self.path, "length"));
            }
            let write =
                self.file.seek(SeekFrom::Start(at * PAGE as u64)).and_then(|_| self.file.write_all(page));
            write.map_err(failed("writing", &self.path))?;
        }
        Ok(())
    }

    /// Writes what changed without a journal, while a base is being filled; keeps memory small.
    pub(super) fn spill(&mut self, above: usize) -> Result<(), PsiError> {
        if self.changed.len() > above {
            let changed = std::mem::take(&mut self.changed);
            self.write(changed.iter().map(|(&at, page)| (at, page)))?;
        }
        Ok(())
    }

    /// Makes what was written durable.
    pub(super) fn sync(&self) -> Result<(), PsiError> {
        self.file.sync_all().map_err(failed("syncing", &self.path))
    }
}
