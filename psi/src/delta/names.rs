//! What a side calls its items, on disk: a base holds digests, and what changed must be named.
//!
//! A table ([`super::table`]) of item → place of the text, when the item was last said to have changed, and
//! whether it was said to be gone; the texts stand one after another in a file beside it. Looking one up and
//! putting one in cost the same however many there are. What is put in counts once it is synced ([`Names::sync`]);
//! to put in the same again does no harm, which is what one does after a crash.

use super::table::{FILLING, Table, ample};
use crate::partition::disk::{self, damaged, failed};
use crate::{Item, PsiError};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Place (8), length (4), time (8), whether there is a time (1), whether it is gone (1).
const VALUE: usize = 22;

/// The longest text, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// What is known of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its text; empty once it is forgotten.
    pub text: String,
    /// When it last changed, in whatever order the caller counts.
    pub time: Option<i64>,
    /// Whether it was said to be gone.
    pub gone: bool,
}

/// Texts of items.
pub struct Names {
    folder: PathBuf,
    table: Table,
    path: PathBuf,
    texts: File,
    end: u64,
    /// How many there are, and how many the table has room for.
    count: u64,
    size: u64,
}

struct Place {
    start: u64,
    length: u32,
    time: Option<i64>,
    gone: bool,
}

impl Place {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = self.start.to_le_bytes().to_vec();
        bytes.extend(self.length.to_le_bytes());
        bytes.extend(self.time.unwrap_or_default().to_le_bytes());
        bytes.extend([u8::from(self.time.is_some()), u8::from(self.gone)]);
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (start, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (time, rest) = rest.split_first_chunk()?;
        let &[timed, gone] = rest else { return None };
        let time = (timed == 1).then(|| i64::from_le_bytes(*time));
        Some(Self {
            start: u64::from_le_bytes(*start),
            length: u32::from_le_bytes(*length),
            time,
            gone: gone == 1,
        })
    }
}

/// How many there are, and for how many there is room.
fn numbers(bytes: &[u8]) -> Option<(u64, u64)> {
    let (count, size) = bytes.split_first_chunk()?;
    Some((u64::from_le_bytes(*count), u64::from_le_bytes(size.try_into().ok()?)))
}

fn key(item: &Item) -> &[u8; 16] {
    item.as_bytes().first_chunk().expect("an item has 32 bytes")
}

impl Names {
    /// Those in `folder`, made there (0700, 0600) where there are none.
    ///
    /// # Errors
    /// [`PsiError`]: of the disk.
    pub fn open(folder: &Path) -> Result<Self, PsiError> {
        disk::make_folder(folder)?;
        let (state, path) = (folder.join("state"), folder.join("texts"));
        let known = disk::read(&state, 16)?;
        let (count, size) = match known.as_deref() {
            Some(bytes) => numbers(bytes).ok_or_else(|| damaged(&state, "length"))?,
            None => (0, ample(0)),
        };
        let index = folder.join(format!("index-{size}"));
        let table = if known.is_some() {
            Table::open(index, size, VALUE)?
        } else {
            Table::create(index, size, VALUE)?
        };
        let options = disk::private().read(true).write(true).create(true).truncate(false).open(&path);
        let texts = options.map_err(failed("opening", &path))?;
        let end = texts.metadata().map_err(failed("reading", &path))?.len();
        let mut names = Self { folder: folder.to_path_buf(), table, path, texts, end, count, size };
        names.sync()?;
        Ok(names)
    }

    /// Makes room for `more`: a new table counts once the state names it.
    fn make_room(&mut self, more: u64) -> Result<(), PsiError> {
        let needed = self.count.saturating_add(more);
        if needed <= self.size {
            return Ok(());
        }
        self.table.spill(0)?;
        let size = ample(needed);
        let fresh = self.table.rebuilt(self.folder.join(format!("index-{size}")), size)?;
        let old = std::mem::replace(&mut self.table, fresh).path().to_path_buf();
        self.size = size;
        self.note()?;
        fs::remove_file(&old).map_err(failed("deleting", &old))
    }

    fn note(&self) -> Result<(), PsiError> {
        let bytes = [self.count.to_le_bytes(), self.size.to_le_bytes()].concat();
        disk::replace(&self.folder.join("state"), &bytes)
    }

    fn place(&mut self, item: &Item) -> Result<Option<Place>, PsiError> {
        let Some(value) = self.table.find(key(item))? else { return Ok(None) };
        Place::decode(&value).map(Some).ok_or_else(|| damaged(&self.path, "a place"))
    }

    /// What is known of an item.
    ///
    /// # Errors
    /// [`PsiError`]: of the disk.
    pub fn find(&mut self, item: &Item) -> Result<Option<Known>, PsiError> {
        let Some(place) = self.place(item)? else { return Ok(None) };
        let length = place.length as usize;
        if length > MAX_TEXT {
            return Err(damaged(&self.path, "length"));
        }
        let mut text = vec![0; length];
        let read =
            self.texts.seek(SeekFrom::Start(place.start)).and_then(|_| self.texts.read_exact(&mut text));
        read.map_err(failed("reading", &self.path))?;
        let text = String::from_utf8(text).map_err(|_| damaged(&self.path, "a text"))?;
        Ok(Some(Known { text, time: place.time, gone: place.gone }))
    }

    /// Puts items in with their texts, when they changed, and whether they are gone; where a time is left out, the
    /// one known stays.
    ///
    /// # Errors
    /// [`PsiError`]: of the disk.
    pub fn put<'a>(
        &mut self,
        items: impl IntoIterator<Item = (Item, &'a str, Option<i64>, bool)>,
    ) -> Result<(), PsiError> {
        let mut items: Vec<_> = items.into_iter().collect();
        // In the order of their pages, so that each is read and written once.
        items.sort_unstable_by_key(|(item, ..)| *item.as_bytes());
        self.make_room(items.len() as u64)?;
        self.texts.seek(SeekFrom::Start(self.end)).map_err(failed("writing", &self.path))?;
        let (mut block, start) = (Vec::new(), self.end);
        for (item, text, time, gone) in items {
            let known = self.place(&item)?;
            self.count += u64::from(known.is_none());
            let time = time.or(known.as_ref().and_then(|known| known.time));
            let place = match known.filter(|known| known.length as usize == text.len()) {
                Some(known) => Place { time, gone, ..known },
                None => {
                    let length = u32::try_from(text.len()).ok().filter(|_| text.len() <= MAX_TEXT);
                    let length = length.ok_or_else(|| damaged(&self.path, "a text longer than 1 MiB"))?;
                    block.extend(text.as_bytes());
                    let place = start + block.len() as u64 - u64::from(length);
                    Place { start: place, length, time, gone }
                }
            };
            self.table.put(key(&item), &place.encode())?;
            self.table.spill(FILLING)?;
        }
        self.texts.write_all(&block).map_err(failed("writing", &self.path))?;
        self.end += block.len() as u64;
        Ok(())
    }

    /// Wipes the texts of items that are gone for good. That one changed stays known where it has a time.
    ///
    /// # Errors
    /// [`PsiError`]: of the disk.
    pub fn forget(&mut self, items: impl IntoIterator<Item = Item>) -> Result<(), PsiError> {
        let mut places = Vec::new();
        for item in items {
            let Some(place) = self.place(&item)? else { continue };
            if place.time.is_some() {
                self.table.put(key(&item), &Place { length: 0, gone: true, ..place }.encode())?;
            } else {
                self.table.remove(key(&item))?;
                self.count = self.count.saturating_sub(1);
            }
            places.push(place);
        }
        // No place points at a text that is wiped.
        self.table.spill(0)?;
        self.table.sync()?;
        for place in places {
            let zeros = vec![0; place.length as usize];
            let wiped =
                self.texts.seek(SeekFrom::Start(place.start)).and_then(|_| self.texts.write_all(&zeros));
            wiped.map_err(failed("writing", &self.path))?;
        }
        Ok(())
    }

    /// Makes durable what was put in and forgotten.
    ///
    /// # Errors
    /// [`PsiError`]: of the disk.
    pub fn sync(&mut self) -> Result<(), PsiError> {
        self.texts.sync_all().map_err(failed("syncing", &self.path))?;
        self.table.spill(0)?;
        self.table.sync()?;
        self.note()
    }
}
