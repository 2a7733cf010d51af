//! A base on one side's disk.

use super::state::{Changes, Journal, State, unpack};
use super::table::{FILLING, Table, ample};
use crate::partition::Role;
use crate::partition::disk::{self, Lock, damaged, failed};
use crate::{Entry, PsiError, Terms};
use chacha20::ChaCha20Rng;
use rand_core::{CryptoRng, SeedableRng};
use std::fs;
use std::path::{Path, PathBuf};
use yinshu_crypto::group::Exponent;
use yinshu_crypto::hash::Digest;
use zeroize::Zeroizing;

/// How many entries a base takes at most; its tables grow with what is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Own entries at any one time.
    pub own: u64,
    /// The sender's at any one time (the receiver's base only).
    pub peer: u64,
}

/// Values in the tables: an entry and, on the sender's side, whether the receiver said it holds it.
pub(super) const OWN_VALUE: usize = 35;
const MINE_VALUE: usize = 16;

/// What one side keeps between updates. Only one process has it open at a time.
pub struct Base {
    folder: PathBuf,
    pub(super) state: State,
    /// Token → own entry.
    pub(super) own: Table,
    /// Digest of an own entry → its token (receiver).
    pub(super) mine: Option<Table>,
    /// Tokens of the sender (receiver).
    pub(super) peer: Option<Table>,
    /// A key for each section (sender).
    pub(super) keys: Vec<Exponent>,
    pub(super) pending: Option<Journal>,
    #[expect(dead_code, reason = "held, not read")]
    lock: Lock,
}

impl Base {
    /// A new base in an empty or new `folder` (0700), with a fresh key on the sender's side (0600). It is
    /// empty on both sides until the first update.
    ///
    /// # Errors
    /// [`PsiError`]: of the disk or the terms.
    pub fn create(
        folder: &Path,
        role: Role,
        terms: &Terms,
        room: Room,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, PsiError> {
        terms.check()?;
        disk::make_folder(folder)?;
        let lock = Lock::take(folder)?;
        if folder.join("state").exists() {
            return Err(damaged(&folder.join("state"), "a base is here already"));
        }
        if role == Role::Sender {
            let mut seed = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut *seed);
            disk::replace(&folder.join("key"), &*seed)?;
        }
        let terms_digest = bound(terms);
        let state = State {
            role: role as u8,
            terms: terms_digest,
            version: 0,
            chain: Digest::of_parts("yinshu psi delta base v1", &[&terms_digest.0]),
            own: 0,
            peer: 0,
            own_room: room.own,
            peer_room: room.peer,
            own_size: ample(0),
            peer_size: ample(0),
            asked: vec![0; terms.sections.len()],
        };
        disk::replace(&folder.join("state"), &state.encode())?;
        Self::load(folder, state, lock)
    }

    /// Opens the base that [`Base::create`] made; completes an update that was final and broken off.
    ///
    /// # Errors
    /// [`PsiError`]: of the disk, or [`PsiError::ResumeDiffers`] under other terms or in another role.
    pub fn open(folder: &Path, role: Role, terms: &Terms) -> Result<Self, PsiError> {
        let lock = Lock::take(folder)?;
        let path = folder.join("state");
        let bytes = disk::read(&path, State::MAX_BYTES)?.ok_or_else(|| damaged(&path, "existence"))?;
        let state = State::decode(&bytes).map_err(|check| damaged(&path, check))?;
        if state.role != role as u8
            || state.terms != bound(terms)
            || state.asked.len() != terms.sections.len()
        {
            return Err(PsiError::ResumeDiffers { what: "the terms or the role" });
        }
        let mut base = Self::load(folder, state, lock)?;
        if let Some(journal) = base.journal("commit")? {
            base.apply(&journal)?;
        }
        base.pending = base.journal("pending")?;
        Ok(base)
    }

    fn load(folder: &Path, state: State, lock: Lock) -> Result<Self, PsiError> {
        // Before the first update is prepared the tables hold nothing, or the rest of one that was broken off.
        let kept = state.version > 0 || folder.join("pending").exists() || folder.join("commit").exists();
        let table = |name: &str, room, value| {
            let path = file(folder, name, room);
            if kept { Table::open(path, room, value) } else { Table::create(path, room, value) }
        };
        let (own_size, peer_size) = (state.own_size, state.peer_size);
        let own = table("own", own_size, OWN_VALUE)?;
        let receiver = state.role == Role::Receiver as u8;
        let mine = receiver.then(|| table("mine", own_size, MINE_VALUE)).transpose()?;
        let peer = receiver.then(|| table("peer", peer_size, 0)).transpose()?;
        let keys = if receiver { Vec::new() } else { keys(folder, state.asked.len())? };
        Ok(Self { folder: folder.to_path_buf(), state, own, mine, peer, keys, pending: None, lock })
    }

    fn journal(&self, name: &str) -> Result<Option<Journal>, PsiError> {
        let path = self.folder.join(name);
        let Some(bytes) = disk::read(&path, usize::MAX - 1)? else { return Ok(None) };
        Journal::decode(&bytes).map(Some).map_err(|check| damaged(&path, check))
    }

    /// Whose base it is.
    pub fn role(&self) -> Role {
        if self.state.role == Role::Receiver as u8 { Role::Receiver } else { Role::Sender }
    }

    /// How many updates there were, the first among them.
    pub fn version(&self) -> u64 {
        self.state.version
    }

    /// How many own entries there are.
    pub fn len(&self) -> u64 {
        self.state.own
    }

    /// Has it no own entries?
    pub fn is_empty(&self) -> bool {
        self.state.own == 0
    }

    /// How many entries the receiver asked about since the base began, in each section.
    pub fn asked(&self) -> &[u64] {
        &self.state.asked
    }

    /// What the last update changed, for who was stopped before keeping it; `None` before the first.
    ///
    /// # Errors
    /// [`PsiError`]: of the disk.
    pub fn last(&self) -> Result<Option<Changes>, PsiError> {
        Ok(self.journal("last")?.map(|journal| journal.changes))
    }

    /// What the updates after `version` changed, in their order, for who was stopped before keeping it. The last
    /// two are kept, which is as many as one meeting makes final.
    ///
    /// # Errors
    /// [`PsiError`]: of the disk, or [`PsiError::ResumeDiffers`] where more updates went by.
    pub fn since(&self, version: u64) -> Result<Vec<Changes>, PsiError> {
        let mut changes = Vec::new();
        for name in ["earlier", "last"] {
            let kept = self.journal(name)?.map(|journal| journal.changes);
            changes.extend(kept.filter(|changes| changes.version > version));
        }
        if changes.len() as u64 == self.state.version.saturating_sub(version) {
            return Ok(changes);
        }
        Err(PsiError::ResumeDiffers { what: "what was kept of earlier updates" })
    }

    /// All own entries, ascending.
    ///
    /// # Errors
    /// [`PsiError`]: of the disk.
    pub fn entries(&mut self) -> Result<Vec<Entry>, PsiError> {
        let mut entries = Vec::new();
        if self.state.own > 0 {
            self.own.scan(|_, value| {
                entries.extend(value.first_chunk().map(unpack));
                Ok(())
            })?;
            entries.sort_unstable();
        }
        Ok(entries)
    }

    /// Deletes the base and its key.
    ///
    /// # Errors
    /// [`PsiError::Storage`].
    pub fn discard(self) -> Result<(), PsiError> {
        fs::remove_dir_all(&self.folder).map_err(failed("deleting", &self.folder))
    }

    /// Counts what the receiver asks, durably, before it is answered.
    pub(super) fn charge(&mut self, counts: &[u64]) -> Result<(), PsiError> {
        self.state.asked.iter_mut().zip(counts).for_each(|(asked, count)| *asked += count);
        if let Some(pending) = &mut self.pending {
            pending.state.asked.clone_from(&self.state.asked);
        }
        disk::replace(&self.folder.join("state"), &self.state.encode())
    }

    /// Keeps memory small while the base is filled the first time: nothing is lost if that is broken off.
    pub(super) fn relieve(&mut self) -> Result<(), PsiError> {
        if self.state.version > 0 {
            return Ok(());
        }
        let tables = [Some(&mut self.own), self.mine.as_mut(), self.peer.as_mut()];
        tables.into_iter().flatten().try_for_each(|table| table.spill(FILLING))
    }

    /// Makes the tables large enough for so many entries, before any of an update is put into them: new files
    /// count once the state names them.
    pub(super) fn make_room(&mut self, own: u64, peer: u64) -> Result<(), PsiError> {
        let size = |needed: u64, now: u64| if needed > now { ample(needed) } else { now };
        let (own, peer) = (size(own, self.state.own_size), size(peer, self.state.peer_size));
        let (own_grows, peer_grows) = (own > self.state.own_size, peer > self.state.peer_size);
        let mut old = Vec::new();
        let folder = self.folder.clone();
        let mut grow = |table: &mut Table, name: &str, size: u64| {
            let fresh = table.rebuilt(file(&folder, name, size), size)?;
            old.push(std::mem::replace(table, fresh).path().to_path_buf());
            Ok::<_, PsiError>(())
        };
        if own_grows {
            grow(&mut self.own, "own", own)?;
            self.mine.as_mut().map_or(Ok(()), |table| grow(table, "mine", own))?;
        }
        if peer_grows {
            self.peer.as_mut().map_or(Ok(()), |table| grow(table, "peer", peer))?;
        }
        if own_grows || peer_grows {
            (self.state.own_size, self.state.peer_size) = (own, peer);
            disk::replace(&self.folder.join("state"), &self.state.encode())?;
        }
        old.iter().try_for_each(|path| fs::remove_file(path).map_err(failed("deleting", path)))
    }

    fn tables(&mut self) -> [(u8, Option<&mut Table>); 3] {
        [(0, Some(&mut self.own)), (1, self.mine.as_mut()), (2, self.peer.as_mut())]
    }

    /// Makes an update durable without making it final.
    pub(super) fn prepare(&mut self, state: State, changes: Changes) -> Result<(), PsiError> {
        let filling = self.state.version == 0;
        let mut pages = Vec::new();
        for (number, table) in self.tables() {
            let Some(table) = table else { continue };
            if filling {
                table.spill(0)?;
                table.sync()?;
            }
            pages.extend(table.changed().iter().map(|(&at, page)| (number, at, *page)));
            table.forget();
        }
        let journal = Journal { state, changes, pages };
        disk::replace(&self.folder.join("pending"), &journal.encode())?;
        self.pending = Some(journal);
        Ok(())
    }

    /// Makes the prepared update final, and says what it changed.
    pub(super) fn commit(&mut self) -> Result<Changes, PsiError> {
        let journal = self.pending.take().ok_or(PsiError::OutOfStep { step: "the preparation" })?;
        if let Err(error) = self.rename("pending", "commit") {
            self.pending = Some(journal);
            return Err(error);
        }
        self.apply(&journal)?;
        Ok(journal.changes)
    }

    /// Gives up the prepared update, if there is one, and what is not prepared. One that is final on disk stays: whoever
    /// opens the base next writes what is left of it.
    pub(super) fn abandon(&mut self) -> Result<(), PsiError> {
        if self.folder.join("commit").exists() {
            return Ok(());
        }
        for (_, table) in self.tables() {
            table.into_iter().for_each(Table::forget);
        }
        let path = self.folder.join("pending");
        if self.pending.take().is_some() {
            fs::remove_file(&path).map_err(failed("deleting", &path))?;
            disk::sync_folder(&self.folder)?;
        }
        if self.state.version == 0 {
            let (own, peer) = (self.state.own_size, self.state.peer_size);
            self.own = Table::create(file(&self.folder, "own", own), own, OWN_VALUE)?;
            if self.mine.is_some() {
                self.mine = Some(Table::create(file(&self.folder, "mine", own), own, MINE_VALUE)?);
                self.peer = Some(Table::create(file(&self.folder, "peer", peer), peer, 0)?);
            }
        }
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), PsiError> {
        let path = self.folder.join(to);
        fs::rename(self.folder.join(from), &path).map_err(failed("renaming", &path))?;
        disk::sync_folder(&self.folder)
    }

    /// Writes the pages and the state of a final update; to do so again does no harm.
    fn apply(&mut self, journal: &Journal) -> Result<(), PsiError> {
        for (number, table) in self.tables() {
            let Some(table) = table else { continue };
            let own = journal.pages.iter().filter(|(of, ..)| *of == number);
            table.write(own.map(|(_, at, page)| (*at, page)))?;
            table.sync()?;
        }
        // Evaluations may have been counted since the update was prepared.
        let most = |(before, after): (&u64, &u64)| *before.max(after);
        let asked = self.state.asked.iter().zip(&journal.state.asked).map(most).collect();
        self.state = State { asked, ..journal.state.clone() };
        disk::replace(&self.folder.join("state"), &self.state.encode())?;
        if self.folder.join("last").exists() {
            self.rename("last", "earlier")?;
        }
        self.rename("commit", "last")
    }
}

/// A table's file.
fn file(folder: &Path, name: &str, size: u64) -> PathBuf {
    folder.join(format!("{name}-{size}"))
}

/// The digest of the terms under which a base holds.
fn bound(terms: &Terms) -> Digest {
    Digest::of_parts("yinshu psi delta terms v1", &[&terms.digest().0])
}

/// A key for each section, from the seed on disk.
fn keys(folder: &Path, sections: usize) -> Result<Vec<Exponent>, PsiError> {
    let path = folder.join("key");
    let bytes = Zeroizing::new(disk::read(&path, 32)?.ok_or_else(|| damaged(&path, "existence"))?);
    let seed: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| damaged(&path, "length"))?;
    let key = |section: u64| {
        let parts: [&[u8]; 2] = [seed, &section.to_le_bytes()];
        let seed = Zeroizing::new(Digest::of_parts("yinshu psi delta key v1", &parts).0);
        Exponent::random(&mut ChaCha20Rng::from_seed(*seed))
    };
    Ok((0..sections as u64).map(key).collect())
}

/// The name of an own entry in the receiver's second table.
pub(super) fn name(entry: &Entry) -> [u8; 16] {
    let digest =
        Digest::of_parts("yinshu psi delta entry", &[&entry.section.to_le_bytes(), entry.item.as_bytes()]);
    *digest.0.first_chunk().expect("a digest has 32 bytes")
}
