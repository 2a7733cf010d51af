//! A set divided into partitions on disk.
//!
//! # Format
//! A folder (0700) of files (0600). Numbers are little-endian; the keystreams and MACs are [`super::seal`]'s.
//!
//! | file | content |
//! |---|---|
//! | `spill` | the [`Plan`]; role (1 byte); entries (8); for each partition its records (8) and their MAC (32); the commitment (32); the MAC of all before (32) |
//! | `part-00000` … | records of one partition, encrypted, in ascending order of position |
//!
//! A record has 40 bytes: section (2), item (32), position in the input (6). Repeats are kept. The MAC of a
//! partition is `yinshu psi spill part` of its number (4) and the SHA-256 of its plain records; its keystream
//! `yinshu psi spill stream` of its number. `spill` is written last: a folder without it is no spill.
//! [`Spill::verify`] reads everything and checks all that a producer elsewhere could get wrong.

use super::disk::{self, damaged, failed};
use super::msg::Fields;
use super::plan::{Plan, Role};
use super::seal::{Key, Stream};
use crate::{Entry, Item, PsiError};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use std::fmt::Display;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;

/// Length of a record.
pub const RECORD_BYTES: usize = 40;

/// The most entries of a side: positions have 6 bytes.
pub const MAX_POSITIONS: u64 = 1 << 48;

/// How many entries are read while as many are hashed.
const BLOCK: usize = 1 << 14;

/// All buffers together, and one of them at most and at least.
const BUFFERS: usize = 32 << 20;
const BUFFER: std::ops::RangeInclusive<usize> = 4096..=256 << 10;

/// An entry and where it stood in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The entry.
    pub entry: Entry,
    /// Its position, from 0.
    pub position: u64,
}

impl Record {
    /// As in a partition.
    pub fn encode(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        bytes[..2].copy_from_slice(&self.entry.section.to_le_bytes());
        bytes[2..34].copy_from_slice(self.entry.item.as_bytes());
        bytes[34..].copy_from_slice(&self.position.to_le_bytes()[..6]);
        bytes
    }

    /// Reads one; every 40 bytes are a record.
    pub fn decode(bytes: &[u8; RECORD_BYTES]) -> Self {
        let mut fields = Fields::plain(bytes);
        let section = u16::from_le_bytes(fields.array());
        let item = Item::from_digest(fields.digest());
        Self { entry: Entry { section, item }, position: position(fields.array()) }
    }
}

/// A position of 6 bytes.
pub(super) fn position(bytes: [u8; 6]) -> u64 {
    let mut wide = [0; 8];
    wide[..6].copy_from_slice(&bytes);
    u64::from_le_bytes(wide)
}

/// A file that is hashed, encrypted and appended to in blocks; it is opened for each, so that thousands need
/// no more than one handle.
pub(super) struct Sealed {
    path: PathBuf,
    stream: Stream,
    hash: Sha256,
    buffer: Vec<u8>,
    room: usize,
    written: u64,
}

impl Sealed {
    /// A new file; one that is there is emptied only if `again`.
    pub(super) fn create(path: PathBuf, stream: Stream, room: usize, again: bool) -> Result<Self, PsiError> {
        let mut options = disk::private();
        options.write(true);
        if again {
            options.create(true).truncate(true)
        } else {
            options.create_new(true)
        };
        options.open(&path).map_err(failed("creating", &path))?;
        Ok(Self { path, stream, hash: Sha256::new(), buffer: Vec::with_capacity(room), room, written: 0 })
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), PsiError> {
        if self.buffer.len() + bytes.len() > self.room {
            self.flush()?;
        }
        self.buffer.extend(bytes);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PsiError> {
        self.hash.update(&self.buffer);
        self.stream.apply(self.written, &mut self.buffer).map_err(|check| damaged(&self.path, check))?;
        let append =
            File::options().append(true).open(&self.path).and_then(|mut f| f.write_all(&self.buffer));
        append.map_err(failed("writing", &self.path))?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Writes what is left, syncs, and gives the length and the digest of the plain bytes.
    pub(super) fn finish(mut self) -> Result<(u64, Digest), PsiError> {
        self.flush()?;
        let sync = File::options().append(true).open(&self.path).and_then(|file| file.sync_all());
        sync.map_err(failed("syncing", &self.path))?;
        Ok((self.written, Digest(self.hash.finalize().into())))
    }
}

/// Reads a sealed file in pieces of whole parts; gives the digest of the plain bytes.
pub(super) fn unseal(
    path: &Path,
    mut stream: Stream,
    part: usize,
    mut visit: impl FnMut(&[u8]) -> Result<(), PsiError>,
) -> Result<Digest, PsiError> {
    let mut file = File::open(path).map_err(failed("opening", path))?;
    let (mut buffer, mut at, mut hash) = (vec![0; part * BLOCK], 0, Sha256::new());
    loop {
        let mut filled = 0;
        while filled < buffer.len() {
            match file.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed("reading", path)(error)),
            }
        }
        if filled == 0 {
            return Ok(Digest(hash.finalize().into()));
        }
        if filled % part != 0 {
            return Err(damaged(path, "length"));
        }
        stream.apply(at, &mut buffer[..filled]).map_err(|check| damaged(path, check))?;
        hash.update(&buffer[..filled]);
        visit(&buffer[..filled])?;
        at += filled as u64;
    }
}

/// A set divided into partitions on disk, with its key.
#[derive(Debug)]
pub struct Spill {
    pub(super) folder: PathBuf,
    pub(super) key: Key,
    plan: Plan,
    role: Role,
    entries: u64,
    parts: Vec<(u64, Digest)>,
    commitment: Digest,
    /// Whether matches name each entry once.
    pub(super) once: bool,
    #[expect(dead_code, reason = "held, not read")]
    lock: disk::Lock,
}

fn part_path(folder: &Path, partition: u32) -> PathBuf {
    folder.join(format!("part-{partition:05}"))
}

impl Spill {
    /// Divides `entries` into the partitions of `plan`, in a `folder` that holds no spill yet. They are read
    /// once; memory does not grow with their number.
    ///
    /// # Errors
    /// [`PsiError`]: of the disk, of `entries`, or of more of them than the plan says.
    pub fn write<E: Display>(
        folder: &Path,
        key: Key,
        plan: Plan,
        role: Role,
        entries: impl IntoIterator<Item = Result<Entry, E>>,
    ) -> Result<Self, PsiError> {
        disk::make_folder(folder)?;
        let lock = disk::Lock::take(folder)?;
        let room = (BUFFERS / plan.partitions as usize).clamp(*BUFFER.start(), *BUFFER.end());
        let room = room / RECORD_BYTES * RECORD_BYTES;
        let create = |partition: u32| {
            let stream = key.stream("yinshu psi spill stream", &[&partition.to_le_bytes()]);
            Sealed::create(part_path(folder, partition), stream, room, false)
        };
        let mut files = (0..plan.partitions).map(create).collect::<Result<Vec<_>, _>>()?;
        let declared = declared(&plan, role);
        let (mut entries, mut next, sections) = (entries.into_iter(), 0u64, plan.asked.len());
        let mut block = read(&mut entries)?;
        while !block.is_empty() {
            let (mut homes, mut following) = (Vec::new(), Ok(Vec::new()));
            rayon::in_place_scope(|scope| {
                scope.spawn(|_| homes = block.par_iter().map(|entry| plan.partition_of(entry)).collect());
                following = read(&mut entries);
            });
            for (entry, &home) in block.iter().zip(&homes) {
                if usize::from(entry.section) >= sections {
                    return Err(PsiError::UnknownSection { section: entry.section, sections });
                }
                files[home as usize].push(&Record { entry: *entry, position: next }.encode())?;
                next += 1;
            }
            if next > declared.min(MAX_POSITIONS) {
                return Err(PsiError::MoreThanDeclared { declared });
            }
            block = following?;
        }
        let sealed = files.into_iter().map(Sealed::finish).collect::<Result<Vec<_>, _>>()?;
        let parts = sealed.into_iter().map(|(bytes, digest)| (bytes / RECORD_BYTES as u64, digest)).collect();
        Self::seal(folder.to_path_buf(), key, plan, role, parts, lock)
    }

    /// Writes the file that makes the folder a spill.
    fn seal(
        folder: PathBuf,
        key: Key,
        plan: Plan,
        role: Role,
        plain: Vec<(u64, Digest)>,
        lock: disk::Lock,
    ) -> Result<Self, PsiError> {
        let flat: Vec<u8> =
            plain.iter().flat_map(|(n, digest)| [&n.to_le_bytes()[..], &digest.0].concat()).collect();
        let salt = key.derive("yinshu psi spill salt", &[]);
        let commitment = Digest::of_parts("yinshu psi spill commitment v1", &[&*salt, &flat]);
        let entries = plain.iter().map(|(records, _)| records).sum();
        let mac = |(at, (n, digest)): (u32, (u64, Digest))| (n, part_mac(&key, at, &digest));
        let parts: Vec<_> = (0..).zip(plain).map(mac).collect();
        let mut bytes = plan.encode();
        bytes.push(role as u8);
        bytes.extend(u64::to_le_bytes(entries));
        parts.iter().for_each(|(n, mac)| bytes.extend([&n.to_le_bytes()[..], &mac.0].concat()));
        bytes.extend(commitment.0);
        let mac = key.mac("yinshu psi spill", &[&bytes]);
        bytes.extend(mac.0);
        disk::replace(&folder.join("spill"), &bytes)?;
        Ok(Self { folder, key, plan, role, entries, parts, commitment, once: false, lock })
    }

    /// Opens a spill that [`Spill::write`] (or another producer of the format) completed.
    ///
    /// # Errors
    /// [`PsiError::Storage`] and [`PsiError::Damaged`].
    pub fn open(folder: &Path, key: Key) -> Result<Self, PsiError> {
        let lock = disk::Lock::take(folder)?;
        let path = folder.join("spill");
        let max = Plan::MAX_BYTES + super::size::MAX_PARTITIONS as usize * 40 + 128;
        let bytes = disk::read(&path, max)?.ok_or_else(|| damaged(&path, "existence"))?;
        let told = Manifest::decode(&bytes).map_err(|check| damaged(&path, check))?;
        let (body, mac) = bytes.split_last_chunk::<32>().expect("decoded above");
        if !Secret::new(*mac).same(&Secret::new(key.mac("yinshu psi spill", &[body]).0)) {
            return Err(damaged(&path, "key or MAC"));
        }
        for (partition, &(records, _)) in (0..).zip(&told.parts) {
            let path = part_path(folder, partition);
            let found = std::fs::metadata(&path).map_err(failed("opening", &path))?.len();
            if Some(found) != records.checked_mul(RECORD_BYTES as u64) {
                return Err(damaged(&path, "length"));
            }
        }
        let Manifest { plan, role, entries, parts, commitment } = told;
        let folder = folder.to_path_buf();
        Ok(Self { folder, key, plan, role, entries, parts, commitment, once: false, lock })
    }

    /// Reads every record, and checks MACs, sections, order, and that each lies in the partition it belongs
    /// to, and that no position is used twice within one.
    ///
    /// # Errors
    /// [`PsiError::Damaged`] naming the file and the check.
    pub fn verify(&self) -> Result<(), PsiError> {
        for partition in 0..self.plan.partitions {
            self.each(partition, |records| {
                let home = |record: &Record| self.plan.partition_of(&record.entry) == partition;
                if records.par_iter().all(home) {
                    Ok(())
                } else {
                    Err(damaged(&part_path(&self.folder, partition), "partition of an entry"))
                }
            })?;
        }
        Ok(())
    }

    /// Lets matches name each entry once, where it first stands; without it they name its repeats too. To be
    /// said anew each time the spill is opened, before the run.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// The plan it was divided by.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whose set it is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// How many entries it has, repeats included.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// A commitment to the set, hidden by [`Spill::salt`]: SHA-256 of the salt and, for each partition, the
    /// number and the SHA-256 of its records.
    pub fn commitment(&self) -> Digest {
        self.commitment
    }

    /// What opens the commitment.
    pub fn salt(&self) -> Secret<[u8; 32]> {
        Secret::new(*self.key.derive("yinshu psi spill salt", &[]))
    }

    /// Deletes the folder with all that was kept of the run.
    ///
    /// # Errors
    /// [`PsiError::Storage`].
    pub fn discard(self) -> Result<(), PsiError> {
        std::fs::remove_dir_all(&self.folder).map_err(failed("deleting", &self.folder))
    }

    /// Visits the records of one partition in pieces, checked for section and order; the MAC is checked at
    /// the end, so that nothing may leave the process before this returns.
    pub(super) fn each(
        &self,
        partition: u32,
        mut visit: impl FnMut(&[Record]) -> Result<(), PsiError>,
    ) -> Result<(), PsiError> {
        let path = part_path(&self.folder, partition);
        let stream = self.key.stream("yinshu psi spill stream", &[&partition.to_le_bytes()]);
        let (mut next, mut seen) = (0, 0);
        let digest = unseal(&path, stream, RECORD_BYTES, |bytes| {
            let records: Vec<Record> = bytes.as_chunks().0.iter().map(Record::decode).collect();
            for record in &records {
                if usize::from(record.entry.section) >= self.plan.asked.len() || record.position < next {
                    return Err(damaged(&path, "section and order of entries"));
                }
                next = record.position + 1;
            }
            seen += records.len() as u64;
            visit(&records)
        })?;
        let (records, mac) = &self.parts[partition as usize];
        if seen != *records || part_mac(&self.key, partition, &digest) != *mac {
            return Err(damaged(&path, "MAC"));
        }
        Ok(())
    }
}

fn part_mac(key: &Key, partition: u32, digest: &Digest) -> Digest {
    key.mac("yinshu psi spill part", &[&partition.to_le_bytes(), &digest.0])
}

fn declared(plan: &Plan, role: Role) -> u64 {
    match role {
        Role::Receiver => plan.asked.iter().fold(0, |sum: u64, &count| sum.saturating_add(count)),
        Role::Sender => plan.shown,
    }
}

fn read<E: Display>(entries: &mut impl Iterator<Item = Result<Entry, E>>) -> Result<Vec<Entry>, PsiError> {
    let block: Result<_, E> = entries.take(BLOCK).collect();
    block.map_err(|error| PsiError::Source { detail: error.to_string() })
}

/// What the file `spill` says, apart from its own MAC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The plan.
    pub plan: Plan,
    /// Whose set it is.
    pub role: Role,
    /// How many entries there are.
    pub entries: u64,
    /// For each partition the number of its records and their MAC.
    pub parts: Vec<(u64, Digest)>,
    /// The commitment to the set.
    pub commitment: Digest,
}

impl Manifest {
    /// Reads the file; its MAC is checked by who has the key.
    ///
    /// # Errors
    /// The check that failed.
    pub fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let (plan, rest) = Plan::decode(bytes)?;
        let partitions = plan.partitions as usize;
        if rest.len() != 1 + 8 + 40 * partitions + 32 + 32 {
            return Err("length");
        }
        let mut fields = Fields::plain(rest);
        let role = match fields.byte() {
            1 => Role::Receiver,
            2 => Role::Sender,
            _ => return Err("role"),
        };
        let entries = fields.u64();
        let parts: Vec<_> = (0..partitions).map(|_| (fields.u64(), fields.digest())).collect();
        let sum = parts.iter().try_fold(0, |sum: u64, &(records, _)| sum.checked_add(records));
        if sum != Some(entries) || entries > MAX_POSITIONS || entries > declared(&plan, role) {
            return Err("number of entries");
        }
        Ok(Self { plan, role, entries, parts, commitment: fields.digest() })
    }
}
