//! Who may come in: names, and digests of their secrets, in `users.toml` of the room (of its owner alone).
//!
//! A secret is 256 random bits that the room drew, never a word that somebody chose. Its SHA-256 digest is kept and compared in
//! constant time: there is no dictionary of 2²⁵⁶ words to try, so that a slow salted hash would protect nothing here, and
//! would let a stranger make the server work hard for every wrong attempt. The secret is shown once, when it is drawn.
//!
//! The file is read at every request: who is removed, or whose secret was renewed, is outside at the next one.

use crate::error::SandboxError;
use crate::room::Room;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// What is kept of a secret.
pub(crate) type Digest = [u8; 32];

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The name, as policies have it.
    pub name: String,
    /// Since when there is this secret.
    pub since: Timestamp,
    /// SHA-256 of the secret, in hexadecimal digits.
    digest: String,
}

impl User {
    pub(crate) fn digest(&self) -> Digest {
        let mut digest = [0; 32];
        // A digest that cannot be read is that of no secret.
        let _ = hex::decode_to_slice(&self.digest, &mut digest);
        digest
    }
}

/// Everybody who may come in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Users {
    #[serde(rename = "user", default)]
    users: Vec<User>,
}

/// What to do with the list of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Somebody new.
    Add,
    /// A new secret for somebody who has one.
    Renew,
    /// Somebody goes.
    Remove,
}

impl Users {
    /// Those of a room.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn read(root: &Path) -> Result<Self, SandboxError> {
        let path = root.join("users.toml");
        match fs::read_to_string(&path) {
            Ok(text) => {
                toml::from_str(&text).map_err(|error| crate::dataset::wrong("users.toml", error.message()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(SandboxError::files(&path)(error)),
        }
    }

    /// All of them, by name.
    #[must_use]
    pub fn list(&self) -> &[User] {
        &self.users
    }

    /// The digest kept for a name.
    pub(crate) fn digest(&self, name: &str) -> Option<Digest> {
        self.users.iter().find(|user| user.name == name).map(User::digest)
    }

    /// Whether this is the secret of this user. As much is done for a name that is not there.
    pub(crate) fn knows(&self, name: &str, secret: &str) -> Option<Digest> {
        let given: Digest = Sha256::digest(secret.as_bytes()).into();
        let kept = self.digest(name);
        let same = given.ct_eq(&kept.unwrap_or_default());
        kept.filter(|_| same.into())
    }

    fn write(&self, root: &Path) -> Result<(), SandboxError> {
        let (path, beside) = (root.join("users.toml"), root.join("users.toml.new"));
        let text =
            toml::to_string(self).map_err(|error| crate::dataset::wrong("users.toml", &error.to_string()))?;
        // What an interrupted change left behind was never in force.
        let _ = fs::remove_file(&beside);
        let mut file = crate::room::private(&beside).map_err(SandboxError::files(&beside))?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&beside, &path))
            .map_err(SandboxError::files(&path))
    }
}

/// Changes the list of users, and says the new secret where there is one.
///
/// # Errors
/// [`SandboxError::User`]: the name cannot be one, or is there already, or is not.
pub fn change(
    room: &Room,
    name: &str,
    change: Change,
    dice: &mut impl CryptoRng,
) -> Result<Option<Zeroizing<String>>, SandboxError> {
    let wrong = |reason: &str| SandboxError::User { user: name.to_owned(), reason: reason.to_owned() };
    if !plain(name) {
        return Err(wrong("name"));
    }
    let path = room.root().join("users.lock");
    let lock = File::create(&path).and_then(|file| file.lock().map(|()| file));
    let _lock = lock.map_err(SandboxError::files(&path))?;
    let mut users = Users::read(room.root())?;
    let known = users.users.iter().any(|user| user.name == name);
    match (change, known) {
        (Change::Add, true) => return Err(wrong("there")),
        (Change::Renew | Change::Remove, false) => return Err(wrong("not-there")),
        _ => users.users.retain(|user| user.name != name),
    }
    let mut secret = None;
    if change != Change::Remove {
        let drawn = drawn(dice);
        let digest = hex::encode(Sha256::digest(drawn.as_bytes()));
        users.users.push(User { name: name.to_owned(), since: room.now(), digest });
        users.users.sort_by(|a, b| a.name.cmp(&b.name));
        secret = Some(drawn);
    }
    users.write(room.root())?;
    Ok(secret)
}

/// 256 random bits as text.
pub(crate) fn drawn(dice: &mut (impl CryptoRng + ?Sized)) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; 32]);
    dice.fill_bytes(&mut *bytes);
    Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes))
}

/// Names stand before a colon when somebody logs in, and in records.
pub(crate) fn plain(name: &str) -> bool {
    let allowed = |letter: char| letter.is_alphanumeric() || ['_', '-', '.'].contains(&letter);
    !name.is_empty() && name.chars().count() <= 64 && name.chars().all(allowed)
}

#[cfg(test)]
mod tests;
