//! A person with a key: who signs is known by the key, whatever name is said.

use super::{Approver, Role};
use crate::error::SandboxError;
use crate::room::{Room, own_alone, private};
use rand::CryptoRng;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::{Signature, SigningKey};

/// An approver with his key.
#[derive(Debug)]
pub struct Signer {
    approver: Approver,
    key: SigningKey,
}

impl Signer {
    /// Whoever has this key, if he is an approver of the room.
    ///
    /// # Errors
    /// [`SandboxError::NotApprover`]: it is nobody's, or not of whom it is said to be.
    pub fn of(room: &Room, name: &str, key: SigningKey) -> Result<Self, SandboxError> {
        let approver = room.approvers()?.one(name)?.clone();
        match approver.key == key.public() {
            true => Ok(Self { approver, key }),
            false => Err(SandboxError::not_approver(name)),
        }
    }

    /// Somebody who signs away from the room, which says whether he is one of its approvers.
    #[must_use]
    pub fn elsewhere(name: &str, role: Role, key: SigningKey) -> Self {
        Self { approver: Approver { name: name.to_owned(), role, key: key.public() }, key }
    }

    /// Who it is.
    #[must_use]
    pub fn approver(&self) -> &Approver {
        &self.approver
    }

    pub(super) fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Signs a digest.
    #[must_use]
    pub fn sign(&self, domain: &str, message: &Digest) -> Signature {
        self.key.sign(domain, &message.0)
    }
}

/// Where the key of an approver lies as long as nobody has taken it away.
#[must_use]
pub fn place(room: &Path, name: &str) -> PathBuf {
    room.join("keys").join(format!("{name}.key"))
}

/// Reads a key.
///
/// # Errors
/// [`SandboxError::Files`].
pub fn read(path: &Path) -> Result<SigningKey, SandboxError> {
    let text =
        std::fs::read_to_string(path).map(zeroize::Zeroizing::new).map_err(SandboxError::files(path))?;
    text.trim()
        .parse()
        .map_err(|error| SandboxError::Files { path: path.display().to_string(), reason: format!("{error}") })
}

/// Makes a key in a new file, of its owner alone.
///
/// # Errors
/// [`SandboxError::Files`].
pub fn make(path: &Path, dice: &mut impl CryptoRng) -> Result<SigningKey, SandboxError> {
    let files = SandboxError::files(path);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        std::fs::create_dir_all(folder).map_err(&files)?;
        own_alone(folder)?;
    }
    let key = SigningKey::generate(dice);
    let mut file = private(path).map_err(&files)?;
    file.write_all(key.to_text().as_bytes()).and_then(|()| file.sync_all()).map_err(&files)?;
    Ok(key)
}
