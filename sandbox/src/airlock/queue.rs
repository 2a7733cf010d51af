//! Results that wait for a person: one folder each, on the disk before its receipt is given.
//!
//! A folder comes into its place whole or not at all. What it holds counts only as far as the log says: the record of the
//! result has the digest of the file, so that one that was changed, or put there by hand, is not shown to anybody.

use super::{Check, Saw};
use crate::answer::Answer;
use crate::error::SandboxError;
use crate::room::{Room, own_alone};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

/// The longest file that is read back.
const MOST: u64 = 1 << 30;

/// A result that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Its id.
    pub id: String,
    /// Who asked.
    pub user: String,
    /// Under which policy.
    pub policy: String,
    /// The digest of what was typed.
    pub question: String,
    /// The digest of what it means.
    pub meaning: String,
    /// What was typed.
    pub text: String,
    /// The result, as it would leave.
    pub answer: Answer,
    /// What was looked for in it.
    pub checks: Vec<Check>,
    /// How many figures each rule hid.
    pub hidden: BTreeMap<String, u64>,
    /// What an aggregate saw that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Saw>,
}

/// Whether a text has the form of an id. Nothing else becomes part of a path.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn place(room: &Room, id: &str) -> Result<PathBuf, SandboxError> {
    if !is_id(id) {
        return Err(SandboxError::no_result(id));
    }
    Ok(room.folder("queue")?.join(id))
}

/// Puts a result down, durably; its digest.
pub(crate) fn put(room: &Room, held: &Held) -> Result<String, SandboxError> {
    let text = serde_json::to_vec(held).map_err(|error| SandboxError::engine(&error))?;
    let place = place(room, &held.id)?;
    // A folder that a crash left behind belongs to no record, and so to no receipt.
    let new = place.with_extension("new");
    let files = |error: std::io::Error| SandboxError::files(&new)(error);
    match fs::remove_dir_all(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(files(error)),
        _ => fs::create_dir(&new).map_err(files)?,
    }
    own_alone(&new)?;
    let mut file = File::create(new.join("held.json")).map_err(files)?;
    file.write_all(&text).and_then(|()| file.sync_all()).map_err(files)?;
    synced(&new).map_err(files)?;
    fs::rename(&new, &place).map_err(files)?;
    synced(&room.folder("queue")?).map_err(files)?;
    Ok(hex::encode(Sha256::digest(&text)))
}

/// A result as it was put down.
///
/// # Errors
/// [`SandboxError::Altered`]: it is not what the digest says.
pub(crate) fn take(room: &Room, id: &str, digest: &str) -> Result<Held, SandboxError> {
    let altered = || SandboxError::Altered { id: id.to_owned() };
    let path = place(room, id)?.join("held.json");
    let mut text = Vec::new();
    let file = File::open(&path).map_err(|_| altered())?;
    file.take(MOST).read_to_end(&mut text).map_err(|_| altered())?;
    if hex::encode(Sha256::digest(&text)) != digest {
        return Err(altered());
    }
    let held: Held = serde_json::from_slice(&text).map_err(|_| altered())?;
    if held.id == id { Ok(held) } else { Err(altered()) }
}

/// Does something while nobody else decides.
pub(crate) fn locked<T>(
    room: &Room,
    act: impl FnOnce() -> Result<T, SandboxError>,
) -> Result<T, SandboxError> {
    let path = room.folder("queue")?.join("lock");
    let files = SandboxError::files(&path);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(&files)?;
    file.lock().map_err(&files)?;
    act()
}

fn synced(folder: &std::path::Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}
