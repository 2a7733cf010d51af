//! A signed tree head: what the log was, in five lines that can be kept elsewhere.
//!
//! # The text
//!
//! The form of a C2SP tlog-checkpoint in a C2SP signed-note (c2sp.org/tlog-checkpoint,
//! c2sp.org/signed-note):
//!
//! ```text
//! yinshu-audit/9f86d081884c7d65        origin: SHA-256 of the public key, first 16 hex characters
//! 1000                                 records
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — yinshu-audit/9f86d081884c7d65 Az3grlgtzPICa5OS8npVmf1Myq/…
//! ```
//!
//! The signature line holds, in base64, a four-byte key id and a 64-byte Ed25519 signature. As with
//! every signature here, what is signed is the domain `yinshu/audit/checkpoint/v1`, a zero byte and
//! the note's text; the key id says so by the signed-note escape for other algorithms: the first
//! four bytes of SHA-256 of the origin, `0x0A`, `0xFF`, the domain, `0x0A`, and the public key. A
//! generic note reader can show such a checkpoint and compare heads, and needs this rule to check
//! the signature.

use crate::error::AuditError;
use crate::merkle::{Head, MAX_LEAVES};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::fmt;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::{PublicKey, Signature, SigningKey};

/// The domain under which checkpoints are signed.
pub const DOMAIN: &str = "yinshu/audit/checkpoint/v1";

/// Longest text accepted, in bytes.
pub const MAX_TEXT: usize = 1024;

/// A signed tree head. One in hand has a well-formed text; [`Checkpoint::verify`] tells whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    head: Head,
    key_id: [u8; 4],
    signature: Signature,
}

impl Checkpoint {
    /// Signs a head.
    pub fn sign(head: Head, key: &SigningKey) -> Self {
        let public = key.public();
        let origin = origin_of(&public);
        let signature = key.sign(DOMAIN, note(&origin, &head).as_bytes());
        let key_id = key_id(&origin, &public);
        Self { origin, head, key_id, signature }
    }

    /// Checks origin, key id and signature.
    ///
    /// # Errors
    /// [`AuditError::CheckpointSignature`].
    pub fn verify(&self, key: &PublicKey) -> Result<Head, AuditError> {
        let ours = self.origin == origin_of(key) && self.key_id == key_id(&self.origin, key);
        let signed = key.verify(DOMAIN, note(&self.origin, &self.head).as_bytes(), &self.signature);
        if ours && signed.is_ok() { Ok(self.head) } else { Err(AuditError::CheckpointSignature) }
    }

    /// Size and root, as claimed.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The name of the log.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Reads a checkpoint file.
    ///
    /// # Errors
    /// [`AuditError::Io`], [`AuditError::BadCheckpoint`].
    pub fn load(path: &Path) -> Result<Self, AuditError> {
        let mut text = String::new();
        let file = fs::File::open(path).map_err(|e| AuditError::io("open", path, &e))?;
        let read = file.take(MAX_TEXT as u64 + 1).read_to_string(&mut text);
        match read {
            Ok(_) => text.parse(),
            Err(e) if e.kind() == std::io::ErrorKind::InvalidData => Err(bad("not text")),
            Err(e) => Err(AuditError::io("read", path, &e)),
        }
    }

    /// Writes the text to `path`, beside it first, then renamed: the file is the old one or the new
    /// one, never half of either.
    ///
    /// # Errors
    /// [`AuditError::Io`], [`AuditError::DiskFull`].
    pub fn save(&self, path: &Path) -> Result<(), AuditError> {
        let fail = |e: &std::io::Error| AuditError::io("write", path, e);
        let folder = folder_of(path);
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| fail(&e))?;
        file.write_all(self.to_string().as_bytes()).map_err(|e| fail(&e))?;
        file.as_file().sync_all().map_err(|e| fail(&e))?;
        file.persist(path).map_err(|e| fail(&e.error))?;
        sync_folder(folder).map_err(|e| fail(&e))
    }
}

/// Where a log keeps its latest checkpoint: its own path with `.checkpoint` added.
pub fn path_beside(log: &Path) -> PathBuf {
    let mut path = log.as_os_str().to_owned();
    path.push(".checkpoint");
    path.into()
}

/// The origin line for a key: `yinshu-audit/` and the first 16 hex characters of its SHA-256.
pub fn origin_of(key: &PublicKey) -> String {
    format!("yinshu-audit/{}", &Digest::sha256(key.as_bytes()).to_string()[..16])
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut signed = self.key_id.to_vec();
        signed.extend(hex::decode(self.signature.to_string()).expect("a signature prints as hex"));
        write!(f, "{}\n— {} {}\n", note(&self.origin, &self.head), self.origin, STANDARD.encode(signed))
    }
}

impl FromStr for Checkpoint {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        if text.len() > MAX_TEXT {
            return Err(bad("too long"));
        }
        let (note, signatures) = text.split_once("\n\n").ok_or_else(|| bad("no signature"))?;
        let mut lines = note.split('\n');
        let mut line = |what| lines.next().filter(|l| !l.is_empty()).ok_or_else(|| bad(what));
        let origin = line("no origin")?.to_owned();
        let size: u64 = line("no size")?.parse().map_err(|_| bad("the size is not a number"))?;
        let root = STANDARD.decode(line("no root")?).ok().and_then(|b| b.try_into().ok());
        let root = Digest(root.ok_or_else(|| bad("the root is not 32 bytes in base64"))?);
        if size > MAX_LEAVES {
            return Err(bad("the size is out of range"));
        }
        let signature = signatures.strip_prefix("— ").and_then(|s| s.strip_suffix('\n'));
        let (name, signed) = signature.and_then(|s| s.split_once(' ')).ok_or_else(|| bad("no signature"))?;
        let signed = STANDARD.decode(signed).map_err(|_| bad("the signature is not base64"))?;
        let (key_id, signed) =
            signed.split_first_chunk::<4>().ok_or_else(|| bad("the signature is short"))?;
        let signature = hex::encode(signed).parse().map_err(|_| bad("the signature is not 64 bytes"))?;
        let checkpoint = Self { origin, head: Head { size, root }, key_id: *key_id, signature };
        // One spelling only: further lines, leading zeros and another name are refused here.
        if name != checkpoint.origin || checkpoint.to_string() != text {
            return Err(bad("not spelled the way a checkpoint is written"));
        }
        Ok(checkpoint)
    }
}

/// The signed part: three lines, each ended by a newline.
fn note(origin: &str, head: &Head) -> String {
    format!("{origin}\n{}\n{}\n", head.size, STANDARD.encode(head.root.0))
}

fn key_id(origin: &str, key: &PublicKey) -> [u8; 4] {
    let hashed = [origin.as_bytes(), b"\n\xff", DOMAIN.as_bytes(), b"\n", key.as_bytes()].concat();
    let [a, b, c, d, ..] = Digest::sha256(&hashed).0;
    [a, b, c, d]
}

fn bad(detail: &str) -> AuditError {
    AuditError::BadCheckpoint { detail: detail.into() }
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a rename or a new name in `folder` durable.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    fn sample() -> (SigningKey, Checkpoint) {
        let key = SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(1));
        let checkpoint = Checkpoint::sign(Head { size: 1000, root: Digest::sha256(b"root") }, &key);
        (key, checkpoint)
    }

    #[test]
    fn text_round_trip_and_signature() {
        let (key, checkpoint) = sample();
        let again: Checkpoint = checkpoint.to_string().parse().expect("own text");
        assert_eq!(again, checkpoint);
        assert_eq!(again.verify(&key.public()), Ok(checkpoint.head()));
        let other = SigningKey::generate(&mut ChaCha20Rng::seed_from_u64(2));
        assert_eq!(again.verify(&other.public()), Err(AuditError::CheckpointSignature));
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let (key, checkpoint) = sample();
        let text = checkpoint.to_string().into_bytes();
        for at in 0..text.len() {
            for flip in 1..=255u8 {
                let mut bytes = text.clone();
                bytes[at] ^= flip;
                let read = str::from_utf8(&bytes).ok().and_then(|t| t.parse::<Checkpoint>().ok());
                assert!(read.is_none_or(|c| c.verify(&key.public()).is_err()), "byte {at} ^ {flip}");
            }
        }
    }

    #[test]
    fn saved_and_loaded() {
        let (_, checkpoint) = sample();
        let dir = tempfile::tempdir().expect("a folder");
        let path = path_beside(&dir.path().join("audit.jsonl"));
        checkpoint.save(&path).expect("saved");
        checkpoint.save(&path).expect("saved over");
        assert_eq!(Checkpoint::load(&path), Ok(checkpoint));
        fs::write(&path, [0xff; 10]).expect("written");
        assert!(matches!(Checkpoint::load(&path), Err(AuditError::BadCheckpoint { .. })));
        fs::write(&path, "a".repeat(5000)).expect("written");
        assert!(matches!(Checkpoint::load(&path), Err(AuditError::BadCheckpoint { .. })));
    }
}
