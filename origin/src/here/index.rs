//! The index of a batch, kept for the next one: who was in it and whether their content changes.
//!
//! A file of keyed digests: without the node's index secret it tells nobody's identifier, only how
//! many people there were.
//!
//! ```text
//! 16  "yinshu-index/1\0\0"
//! 16  keyed digest of nothing: tells another secret's file
//!  8  entries, little-endian
//! 32  per entry, in order of the first half: 16 of the key, 16 of the content
//! 32  SHA-256 of everything before
//! ```

use crate::error::VerifyError;
use serde::{Deserialize, Serialize};
use std::io::{BufWriter, Write};
use std::path::Path;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;

const MAGIC: &[u8; 16] = b"yinshu-index/1\0\0";
const HEAD: usize = 40;
const ENTRY: usize = 32;
const TAIL: usize = 32;

/// A keyed digest, cut to 128 bits.
pub(crate) type Mark = [u8; 16];

/// The secret that the county's node marks keys with; it never leaves the node.
pub struct IndexSecret(Secret<[u8; 32]>);

impl IndexSecret {
    /// Takes 32 random bytes, the same for every batch of one catalogue.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// The mark of `parts`: SHA-256 over the secret and the parts, each preceded by its length (so
    /// that, unlike a bare prefix, nothing can be appended), cut to 16 bytes.
    pub(crate) fn mark(&self, domain: &str, parts: &[&[u8]]) -> Mark {
        let mut keyed: Vec<&[u8]> = Vec::with_capacity(parts.len() + 1);
        keyed.push(self.0.expose());
        keyed.extend(parts);
        let [mark @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = Digest::of_parts(domain, &keyed).0;
        mark
    }

    fn check(&self) -> Mark {
        self.mark("yinshu/origin/index/check/1", &[])
    }
}

/// Who was in a batch, as marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Marks of key and content, in order of the first.
    entries: Vec<(Mark, Mark)>,
}

/// What changed since the last batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delta {
    /// People in the last batch.
    pub before: u64,
    /// People who are new.
    pub inserted: u64,
    /// People whose content, other than the update time, changed.
    pub updated: u64,
    /// People who are gone.
    pub deleted: u64,
    /// People with the same content.
    pub unchanged: u64,
}

impl Index {
    pub(crate) fn of(entries: impl Iterator<Item = (Mark, Mark)>) -> Self {
        let mut entries: Vec<_> = entries.collect();
        entries.sort_unstable();
        Self { entries }
    }

    /// How many people.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What changed from `before` to this one.
    pub fn delta(&self, before: &Self) -> Delta {
        let (mut old, mut new) = (before.entries.iter().peekable(), self.entries.iter().peekable());
        let mut delta = Delta { before: before.entries.len() as u64, ..Delta::default() };
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return delta,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(a), Some(b)) => a.0.cmp(&b.0),
            };
            let left = if order.is_le() { old.next() } else { None };
            let right = if order.is_ge() { new.next() } else { None };
            match (left, right) {
                (Some(a), Some(b)) if a.1 == b.1 => delta.unchanged += 1,
                (Some(_), Some(_)) => delta.updated += 1,
                (Some(_), None) => delta.deleted += 1,
                _ => delta.inserted += 1,
            }
        }
    }

    /// Writes the file, readable by its owner alone: beside its place, then renamed into it.
    pub fn write(&self, path: &Path, secret: &IndexSecret) -> Result<(), VerifyError> {
        let failed = |error: std::io::Error| VerifyError::file(path, &error);
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // A temporary file is created with mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        let bytes = self.encode(secret);
        let mut writer = BufWriter::new(file.as_file_mut());
        writer.write_all(&bytes).and_then(|()| writer.flush()).map_err(failed)?;
        drop(writer);
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// Reads a file written with the same secret.
    pub fn read(path: &Path, secret: &IndexSecret) -> Result<Self, VerifyError> {
        let bytes = std::fs::read(path).map_err(|error| VerifyError::file(path, &error))?;
        Self::decode(&bytes, secret).map_err(|reason| VerifyError::BadIndex {
            path: path.display().to_string(),
            reason: reason.into(),
        })
    }

    fn encode(&self, secret: &IndexSecret) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + self.entries.len() * ENTRY + TAIL);
        bytes.extend(MAGIC);
        bytes.extend(secret.check());
        bytes.extend((self.entries.len() as u64).to_le_bytes());
        for (key, content) in &self.entries {
            bytes.extend(key);
            bytes.extend(content);
        }
        let digest = Digest::sha256(&bytes);
        bytes.extend(digest.0);
        bytes
    }

    /// Decodes the content of a file; says in a few words what is wrong with it.
    pub fn decode(bytes: &[u8], secret: &IndexSecret) -> Result<Self, &'static str> {
        let body = bytes.len().checked_sub(TAIL).filter(|len| *len >= HEAD).ok_or("too short")?;
        let (body, digest) = bytes.split_at(body);
        if !body.starts_with(MAGIC) {
            return Err("not an index, or of another version");
        }
        if Digest::sha256(body).0 != digest {
            return Err("changed or cut short");
        }
        if body[16..32] != secret.check() {
            return Err("made with another secret");
        }
        let (entries, rest) = body[HEAD..].as_chunks::<ENTRY>();
        let count = u64::from_le_bytes(body[32..40].try_into().map_err(|_| "too short")?);
        if !rest.is_empty() || count != entries.len() as u64 {
            return Err("not as long as it says");
        }
        let mut index = Self { entries: Vec::with_capacity(entries.len()) };
        for entry in entries {
            let (key, content) = entry.split_at(16);
            let pair =
                (key.try_into().map_err(|_| "too short")?, content.try_into().map_err(|_| "too short")?);
            if index.entries.last().is_some_and(|last| last.0 >= pair.0) {
                return Err("out of order");
            }
            index.entries.push(pair);
        }
        Ok(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(n: u8) -> IndexSecret {
        IndexSecret::new([n; 32])
    }

    fn index(people: &[(&str, &str)]) -> Index {
        let mark = |text: &str| secret(1).mark("t", &[text.as_bytes()]);
        Index::of(people.iter().map(|(key, content)| (mark(key), mark(content))))
    }

    #[test]
    fn counts_what_changed() {
        let before = index(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let after = index(&[("b", "1"), ("c", "2"), ("d", "1"), ("e", "1")]);
        let delta = after.delta(&before);
        assert_eq!(delta, Delta { before: 3, inserted: 2, updated: 1, deleted: 1, unchanged: 1 });
        assert_eq!(before.delta(&before).unchanged, 3);
        assert_eq!(before.delta(&Index::default()).inserted, 3);
    }

    #[test]
    fn a_file_comes_back_and_a_changed_one_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("batch.index");
        let written = index(&[("a", "1"), ("b", "1")]);
        written.write(&path, &secret(1)).expect("written");
        assert_eq!(Index::read(&path, &secret(1)).expect("read"), written);
        assert_eq!(Index::read(&path, &secret(2)).expect_err("another secret").code(), 5122);
        let good = std::fs::read(&path).expect("read");
        assert!(!String::from_utf8_lossy(&good).contains("9901"));
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(Index::decode(&bad, &secret(1)).is_err(), "byte {at}");
            assert!(Index::decode(&good[..at], &secret(1)).is_err(), "cut at {at}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
