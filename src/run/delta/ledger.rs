//! What the recipient's node keeps beside a base: what its keys are called, the packages of an update that is
//! under way, and changes that could not be released yet.
//!
//! | file | content |
//! |---|---|
//! | `names/` | key by item, with the time of the latest row about it ([`yinshu_psi::delta::Names`]) |
//! | `ledger.json` | [`Kept`]: as long as what changed, not as the base |
//!
//! An update that is broken off may have become part of the base or not; the base knows. Its packages stay in
//! the ledger until it has, and what it changed is taken in once, by its number.

use super::error::UpdateError;
use super::package::{Row, Said, digest};
use crate::problem::Problem;
use crate::run::intersect::Shown;
use crate::tables::file_beside;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use yinshu_psi::delta::{Base, Changes, Names};
use yinshu_psi::item::Domain;
use yinshu_psi::{Entry, Item};

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Change {
    Appeared,
    Vanished,
}

impl Change {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::Vanished => "vanished",
        }
    }
}

/// As in the file.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// The update whose changes were taken in last.
    version: u64,
    /// Changes not yet released.
    changes: BTreeMap<String, Change>,
    /// What the packages of an update said that is not known to be in the base.
    unfinished: Vec<Row>,
    /// A file of all these changes that is about to be put in its place, and its digest.
    placing: Option<(PathBuf, String)>,
}

pub(super) struct Ledger {
    path: PathBuf,
    domain: Domain,
    names: Names,
    kept: Kept,
}

impl Ledger {
    /// The ledger in `folder`, empty where there is none.
    pub(super) fn open(folder: &Path, domain: Domain) -> Result<Self, Problem> {
        let path = folder.join("ledger.json");
        let kept = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| UpdateError::LedgerDamaged {
                path: path.display().to_string(),
                reason: e.to_string(),
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Kept::default(),
            Err(error) => return Err(Problem::reading(&path, &error)),
        };
        let names = Names::open(&folder.join("names"))?;
        Ok(Self { path, domain, names, kept })
    }

    /// Readable by its owner alone, in one step.
    fn save(&self) -> Result<(), Problem> {
        let failed = |e: std::io::Error| Problem::writing(&self.path, &e);
        let mut file = file_beside(&self.path).map_err(failed)?;
        let bytes = serde_json::to_vec(&self.kept).map_err(|e| Problem::internal(e.to_string()))?;
        file.write_all(&bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        file.persist(&self.path).map_err(|e| failed(e.error))?;
        // The name must last too, not only the bytes.
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    /// Takes in, once, what updates changed whose result was not taken in before we were stopped; and notices
    /// whether a file of changes was put in its place.
    pub(super) fn catch_up(&mut self, base: &Base) -> Result<(), Problem> {
        if let Some((path, expected)) = self.kept.placing.take() {
            if digest(&path).is_ok_and(|found| found == expected) {
                self.kept.changes.clear();
            }
            self.save()?;
        }
        if base.version() > self.kept.version {
            for changes in base.since(self.kept.version)? {
                self.join(&changes)?;
            }
            self.kept.version = base.version();
            self.save()?;
        }
        Ok(())
    }

    /// What appears and vanishes again is no change.
    fn join(&mut self, changes: &Changes) -> Result<(), Problem> {
        let appeared = changes.appeared.iter().map(|entry| (entry, Change::Appeared));
        let vanished = changes.vanished.iter().map(|entry| (entry, Change::Vanished));
        for (entry, change) in vanished.chain(appeared) {
            let key = self.name(entry)?;
            match self.kept.changes.get(&key) {
                Some(before) if *before != change => drop(self.kept.changes.remove(&key)),
                _ => drop(self.kept.changes.insert(key, change)),
            }
        }
        Ok(())
    }

    fn name(&mut self, entry: &Entry) -> Result<String, Problem> {
        let known = self.names.find(&entry.item)?.map(|known| known.text).filter(|text| !text.is_empty());
        let damaged = || UpdateError::LedgerDamaged {
            path: self.path.with_file_name("names").display().to_string(),
            reason: "a key of the base has no name".to_owned(),
        };
        Ok(known.ok_or_else(damaged)?)
    }

    /// Notes keys of the whole table before the base takes them. Packages that were under way are in the table.
    pub(super) fn know<'a>(&mut self, keys: impl Iterator<Item = (Item, &'a str)>) -> Result<(), Problem> {
        self.names.put(keys.map(|(item, key)| (item, key, None, false)))?;
        self.names.sync()?;
        if !self.kept.unfinished.is_empty() {
            self.kept.unfinished.clear();
            self.save()?;
        }
        Ok(())
    }

    /// What the packages of an update said that was broken off.
    pub(super) fn unfinished(&self) -> Said {
        let keyed = |row: &Row| (self.domain.item(&[row.key.as_bytes()]), row.clone());
        Said { rows: self.kept.unfinished.iter().map(keyed).collect(), ..Said::default() }
    }

    /// Passes over what is older than what is known, and notes the rest before the base takes it.
    pub(super) fn take(&mut self, said: &mut Said) -> Result<(), Problem> {
        let mut late = Vec::new();
        for (item, row) in &said.rows {
            if let Some(known) = self.names.find(item)?
                && !row.holds_over(known.time, known.gone)
            {
                late.push(*item);
            }
        }
        said.late += late.len() as u64;
        late.iter().for_each(|item| drop(said.rows.remove(item)));
        self.kept.unfinished = said.rows.values().cloned().collect();
        self.save()?;
        self.names.put(said.rows.iter().map(|(item, row)| (*item, row.key.as_str(), row.time, row.gone)))?;
        Ok(self.names.sync()?)
    }

    /// The update is in the base; names of keys that went are wiped.
    pub(super) fn settle(&mut self, gone: Vec<Item>) -> Result<(), Problem> {
        if !self.kept.unfinished.is_empty() {
            self.kept.unfinished.clear();
            self.save()?;
        }
        self.names.forget(gone)?;
        Ok(self.names.sync()?)
    }

    /// Changes not yet released, by key, and what may be said of their number.
    pub(super) fn unreleased(&self, smallest: u32) -> (Vec<(String, Change)>, Shown) {
        let changes: Vec<_> = self.kept.changes.iter().map(|(key, change)| (key.clone(), *change)).collect();
        let shown = match changes.len() as u64 {
            // That nothing changed is about nobody.
            0 => Shown::Exactly(0),
            count => Shown::of(count, smallest),
        };
        (changes, shown)
    }

    /// Puts a file of all changes in its place: after a crash it is there and they are released, or neither.
    pub(super) fn place(&mut self, fresh: &Path, out: &Path) -> Result<(), Problem> {
        let digest = digest(fresh).map_err(|e| Problem::reading(fresh, &e))?;
        let full = std::path::absolute(out).map_err(|e| Problem::writing(out, &e))?;
        self.kept.placing = Some((full, digest));
        self.save()?;
        std::fs::rename(fresh, out).map_err(|e| Problem::writing(out, &e))?;
        self.kept.placing = None;
        self.kept.changes.clear();
        self.save()
    }
}
