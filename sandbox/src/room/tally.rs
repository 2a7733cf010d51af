//! What the log says that every request needs: how much was asked today, which policies are in force, who approves.
//!
//! The log only grows, so that what was read of it stays as it is: a request reads what was added since the one before. A log
//! that got shorter is another log, and is read from the beginning.

use super::{Room, day};
use crate::airlock::RELEASE;
use crate::airlock::review::REVIEW;
use crate::approval::approvers::{ADD, FIRST, REMOVE, Recorded};
use crate::approval::{APPROVE, WITHDRAW};
use crate::error::SandboxError;
use crate::room::ASK;
use jiff::civil::Date;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::PoisonError;
use yinshu_audit::Record;
use yinshu_crypto::hash::Digest;

/// What was read of a log.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Up to where, in bytes.
    read: u64,
    /// Questions by day, policy and user.
    asked: BTreeMap<(Date, String, String), u64>,
    /// Sets of rows that were released for the first time, by day and policy.
    sets: BTreeMap<(Date, String), u64>,
    /// The digests of the policies that were put in force last.
    in_force: BTreeMap<String, Digest>,
    /// Those of policies that were replaced or withdrawn.
    ended: BTreeSet<Digest>,
    approvers: Recorded,
    /// Records of results that were held and of what was decided, as far as the room signed them.
    held: Vec<Record>,
}

const COUNTED: [&str; 2] = [ASK, RELEASE];
const SIGNED: [&str; 5] = [APPROVE, WITHDRAW, FIRST, ADD, REMOVE];

/// Whether a record is of a result that waits, or of a decision on one.
fn is_held(record: &Record) -> bool {
    let how = (&*record.action, &*record.result);
    matches!(how, (RELEASE, "held") | (REVIEW, "released" | "rejected"))
}

impl Tally {
    /// Reads what was added to the log.
    fn read_on(&mut self, path: &Path, room: &Room) -> Result<(), SandboxError> {
        let files = SandboxError::files(path);
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                *self = Self::default();
                return Ok(());
            }
            Err(error) => return Err(files(error)),
        };
        let long = file.metadata().map_err(&files)?.len();
        if long < self.read {
            *self = Self::default();
        }
        if long == self.read {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.read)).map_err(&files)?;
        let (mut file, mut line) = (BufReader::new(file), Vec::new());
        loop {
            line.clear();
            let bytes = file.read_until(b'\n', &mut line).map_err(&files)?;
            // An unfinished line is of something that has not happened yet.
            if line.pop_if(|last| *last == b'\n').is_none() {
                return Ok(());
            }
            self.read += bytes as u64;
            // Most lines are of something else, and reading one takes longer than looking for a word.
            let Ok(text) = std::str::from_utf8(&line) else { continue };
            let has = |action: &&str| text.contains(*action);
            if !COUNTED.iter().chain(&SIGNED).chain(&[REVIEW]).any(has) {
                continue;
            }
            let Ok(record) = Record::from_line(&line) else { continue };
            if is_held(&record) && room.signed(&record)? {
                self.held.push(record.clone());
            }
            let action = &*record.action;
            if COUNTED.contains(&action) || SIGNED.contains(&action) && room.signed(&record)? {
                self.note(record);
            }
        }
    }

    fn note(&mut self, record: Record) {
        let Record { user, object, time, action, result, content, .. } = record;
        let told: Value = serde_json::from_str(&content).unwrap_or_default();
        let digest = |name: &str| told[name].as_str().and_then(|digest| digest.parse::<Digest>().ok());
        match &*action {
            ASK => *self.asked.entry((day(time), object, user)).or_default() += 1,
            RELEASE => {
                let sets = self.sets.entry((day(time), object)).or_default();
                *sets = sets.saturating_add(told["sets"].as_u64().unwrap_or(0));
            }
            APPROVE if result == "ok" => {
                let Some(policy) = digest("policy") else { return };
                if let Some(before) = self.in_force.insert(object, policy).filter(|before| *before != policy)
                {
                    self.ended.insert(before);
                }
            }
            WITHDRAW if result == "ok" => self.ended.extend(digest("policy")),
            FIRST => self.approvers.first = self.approvers.first.or_else(|| digest("approver")),
            ADD => self.approvers.added.extend(digest("approver").map(|approver| (approver, time))),
            REMOVE => self.approvers.removed.extend(digest("approver").map(|approver| (approver, time))),
            _ => {}
        }
    }
}

impl Room {
    fn tallied<T>(&self, of: impl FnOnce(&Tally) -> T) -> Result<T, SandboxError> {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.read_on(&self.log_path(), self)?;
        Ok(of(&tally))
    }

    /// How many sets of rows were released for the first time under a policy on the present day, in Beijing.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub fn sets_today(&self, policy: &str) -> Result<u64, SandboxError> {
        let of = (self.today(), policy.to_owned());
        self.tallied(|tally| tally.sets.get(&of).copied().unwrap_or(0))
    }

    /// How many questions a user asked under a policy on the present day, in Beijing.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub fn asked_today(&self, policy: &str, user: &str) -> Result<u64, SandboxError> {
        let of = (self.today(), policy.to_owned(), user.to_owned());
        self.tallied(|tally| tally.asked.get(&of).copied().unwrap_or(0))
    }

    /// The digest of the policy of this name that was put in force last.
    pub(crate) fn in_force(&self, policy: &str) -> Result<Option<Digest>, SandboxError> {
        self.tallied(|tally| tally.in_force.get(policy).copied())
    }

    /// Whether a policy of this digest was replaced or withdrawn.
    pub(crate) fn has_ended(&self, policy: &Digest) -> Result<bool, SandboxError> {
        self.tallied(|tally| tally.ended.contains(policy))
    }

    /// The records of results that were held, and of decisions on them, in their order: signed by the room.
    pub(crate) fn held(&self) -> Result<Vec<Record>, SandboxError> {
        self.tallied(|tally| tally.held.clone())
    }

    /// What the log says of approvers.
    pub(crate) fn recorded_approvers(&self) -> Result<Recorded, SandboxError> {
        self.tallied(|tally| tally.approvers.clone())
    }
}

#[cfg(test)]
mod tests;
