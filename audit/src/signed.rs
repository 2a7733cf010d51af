//! What people sign: a text, and after it in the same file who signed it.
//!
//! What is signed is the file's own bytes up to its first `[[signature]]` line, so that what somebody reads is what he signs:
//!
//! ```toml
//! [[signature]]
//! party = "county-b"
//! by = "zhao.min"
//! at = "2026-11-22T08:00:00Z"
//! signature = "…"
//! ```
//!
//! The two parts are read apart: nothing that stands after the first signature can change what was agreed. A signature is over
//! the digest of the text, for whom it was given, by whom and when, under the domain of the kind of text: one is never
//! another's, of another text, for somebody else or of another time.

use jiff::{Timestamp, Unit};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::Path;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::{PublicKey, Signature, SigningKey};

const MARK: &str = "[[signature]]";

/// `[[signature]]`: one signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed<P> {
    /// For whom, or as what.
    pub party: P,
    /// The person who signed.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Over the digest, the party, the person and the time.
    pub signature: Signature,
}

impl<P: Display> Signed<P> {
    /// Signs a text by its digest.
    pub fn make(
        domain: &str,
        digest: &Digest,
        (party, by): (P, &str),
        key: &SigningKey,
        now: Timestamp,
    ) -> Self {
        let at = now.round(Unit::Second).unwrap_or(now);
        let signature = key.sign(domain, &message(domain, digest, &party, by, at));
        Self { party, by: by.to_owned(), at, signature }
    }

    /// Whether it is by this key, over this text, as it says.
    pub fn fits(&self, domain: &str, digest: &Digest, key: &PublicKey) -> bool {
        let message = message(domain, digest, &self.party, &self.by, self.at);
        key.verify(domain, &message, &self.signature).is_ok()
    }
}

fn message(domain: &str, digest: &Digest, party: &impl Display, by: &str, at: Timestamp) -> Vec<u8> {
    let (party, at) = (party.to_string(), at.to_string());
    let parts = [&digest.0, party.as_bytes(), by.as_bytes(), at.as_bytes()];
    Digest::of_parts(domain, &parts).0.to_vec()
}

/// A file at its first `[[signature]]` line: what is signed, and the signatures.
pub fn split(text: &str) -> (&str, &str) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim() == MARK {
            return text.split_at(at);
        }
        at += line.len();
    }
    (text, "")
}

/// Reads the signatures of a file.
///
/// # Errors
/// It is no list of signatures.
pub fn signatures<P: DeserializeOwned>(tail: &str) -> Result<Vec<Signed<P>>, toml::de::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tail<P> {
        #[serde(default = "Vec::new")]
        signature: Vec<Signed<P>>,
    }
    toml::from_str::<Tail<P>>(tail).map(|tail| tail.signature)
}

/// A whole file: what is signed, and after it the signatures.
///
/// # Errors
/// A party that cannot be written.
pub fn joined<P: Serialize>(body: &str, signatures: &[Signed<P>]) -> Result<String, toml::ser::Error> {
    #[derive(Serialize)]
    struct Tail<'a, P> {
        signature: &'a [Signed<P>],
    }
    if signatures.is_empty() {
        return Ok(body.to_owned());
    }
    Ok(format!("{body}{}", toml::to_string(&Tail { signature: signatures })?))
}

/// Writes such a file anew, beside and renamed.
///
/// # Errors
/// What the operating system said.
pub fn write<P: Serialize>(path: &Path, body: &str, signatures: &[Signed<P>]) -> io::Result<()> {
    let text = joined(body, signatures).map_err(io::Error::other)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests;
