//! What is recorded: everything that is done in a room, before it is done.

use super::Room;
use crate::error::SandboxError;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::time::Duration;
use yinshu_audit::{Entry, Log, Record, Stage};

/// How long a record waits for another process that is writing one.
const PATIENCE: Duration = Duration::from_secs(10);

/// The action of a record of a question.
pub const ASK: &str = "sandbox.ask";

/// What was done, for the log.
#[derive(Debug)]
pub struct Deed<'a> {
    /// Who did it.
    pub user: &'a str,
    /// To what: a policy or a data set.
    pub object: &'a str,
    /// What.
    pub action: &'a str,
    /// How it ended.
    pub result: &'a str,
    /// The particulars.
    pub content: Value,
    /// The stage of the data's life.
    pub stage: Stage,
}

impl<'a> Deed<'a> {
    /// What was done to data that is worked on.
    #[must_use]
    pub fn new(user: &'a str, object: &'a str, action: &'a str, result: &'a str) -> Self {
        Self { user, object, action, result, content: json!({}), stage: Stage::Processing }
    }

    /// With particulars.
    #[must_use]
    pub fn with(self, content: Value) -> Self {
        Self { content, ..self }
    }
}

impl Room {
    pub(crate) fn log_path(&self) -> PathBuf {
        self.root.join("audit").join("log.jsonl")
    }

    /// Records what was done, durably, and says the number of the record; waits for another process that is recording
    /// something. Words from outside are made to fit.
    ///
    /// # Errors
    /// [`SandboxError::Audit`]: it could not be recorded, and so must not happen.
    pub fn record(&self, deed: Deed<'_>) -> Result<u64, SandboxError> {
        self.append(&mut self.log()?, deed)
    }

    /// Records a question that is one of so many a day. Counted and recorded while nobody else records: of two questions at
    /// once, one is the last.
    ///
    /// # Errors
    /// [`SandboxError::Quota`], which is recorded instead; [`SandboxError::Audit`].
    pub fn record_question(&self, deed: Deed<'_>, most: u64) -> Result<u64, SandboxError> {
        let mut log = self.log()?;
        if self.asked_today(deed.object, deed.user)? < most {
            return self.append(&mut log, deed);
        }
        let refusal = SandboxError::Quota { policy: deed.object.to_owned(), most };
        let mut content = deed.content.clone();
        content["code"] = json!(refusal.code());
        self.append(&mut log, Deed { result: "refused", content, ..deed })?;
        Err(refusal)
    }

    fn append(&self, log: &mut Log, deed: Deed<'_>) -> Result<u64, SandboxError> {
        let Deed { user, object, action, result, content, stage } = deed;
        let entry = Entry {
            user: user.to_owned(),
            ip: self.from,
            object: object.to_owned(),
            content: content.to_string(),
            action: action.to_owned(),
            result: result.to_owned(),
            stage,
        };
        let failed = |error: yinshu_audit::AuditError| SandboxError::Audit { reason: error.to_string() };
        log.append(&entry.fitted(), self.now()).map(|appended| appended.number).map_err(failed)
    }

    /// The log, held until it is dropped; waits for another process that is recording something.
    ///
    /// # Errors
    /// [`SandboxError::Audit`].
    pub(crate) fn log(&self) -> Result<Log, SandboxError> {
        let began = std::time::Instant::now();
        loop {
            match Log::open(&self.log_path(), self.key()?) {
                Err(yinshu_audit::AuditError::InUse { .. }) if began.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                opened => {
                    return opened.map_err(|error| SandboxError::Audit { reason: error.to_string() });
                }
            }
        }
    }

    /// Tells of every record of one of these actions, in their order; of every one where none is named.
    ///
    /// # Errors
    /// [`SandboxError::Files`].
    pub(crate) fn records(&self, actions: &[&str], tell: &mut dyn FnMut(Record)) -> Result<(), SandboxError> {
        let path = self.log_path();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(SandboxError::files(&path)(error)),
        };
        for line in BufReader::new(file).lines() {
            let line = line.map_err(SandboxError::files(&path))?;
            // Most lines are of something else, and reading one takes longer than looking for a word.
            if !actions.is_empty() && !actions.iter().any(|action| line.contains(action)) {
                continue;
            }
            // An unfinished line is of something that did not happen; any other is found when the next record is made.
            match Record::from_line(line.as_bytes()) {
                Ok(record) if actions.is_empty() || actions.contains(&&*record.action) => tell(record),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether the room signed this record.
    ///
    /// # Errors
    /// [`SandboxError::Files`]: the key cannot be read.
    pub(crate) fn signed(&self, record: &Record) -> Result<bool, SandboxError> {
        Ok(record.verify(&self.public_key()?).is_ok())
    }
}
