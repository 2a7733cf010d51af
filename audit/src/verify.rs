//! Checking a log offline, with the public key alone.
//!
//! The file is read once, as a stream. Checked, in this order, for each record: that the line is the
//! one spelling of a record, that the key signed it, that it names the record before it. Then the
//! Merkle root against a checkpoint, if one is given. The first record that does not fit is named by
//! its number, with how it does not fit ([`Break`](crate::Break)). What was verified is a value:
//! [`Verified`] has no other maker.

use crate::chain::{Against, Chain, Each};
use crate::checkpoint::Checkpoint;
use crate::error::AuditError;
use crate::merkle::Head;
use crate::record::Record;
use jiff::Timestamp;
use serde::Serialize;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::PublicKey;

/// A log that was read to its end and holds together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verified {
    /// Number of records.
    pub records: u64,
    /// Time of the first record.
    pub first: Option<Timestamp>,
    /// Time of the last record.
    pub last: Option<Timestamp>,
    /// Digest of the last record, zero when there is none.
    pub tip: Digest,
    /// Size and root of the Merkle tree, to be compared with any checkpoint.
    pub head: Head,
    /// Records under the checkpoint that was given.
    pub checkpoint: Option<u64>,
    /// Warning: numbers of records that claim a time before their predecessor's (the first hundred).
    pub backwards: Vec<u64>,
    /// How many such records there are.
    pub backwards_count: u64,
}

/// Verifies the log at `path`. With a checkpoint, also that the log still begins with what the
/// checkpoint was made of; keep the checkpoint somewhere else than the log.
///
/// # Errors
/// [`AuditError::Broken`] at the first record that does not fit, [`AuditError::Truncated`],
/// [`AuditError::Rewritten`], [`AuditError::CheckpointSignature`], [`AuditError::Io`].
pub fn verify(path: &Path, key: &PublicKey, checkpoint: Option<&Checkpoint>) -> Result<Verified, AuditError> {
    verify_each(path, key, checkpoint, &mut |_, _| Ok(()))
}

/// The same, handing each good record and its number (from 1) to `each`. What `each` saw is verified
/// only up to that record; the whole only when this returns.
///
/// # Errors
/// As [`verify`], and whatever `each` returns.
pub fn verify_each(
    path: &Path,
    key: &PublicKey,
    checkpoint: Option<&Checkpoint>,
    each: &mut dyn FnMut(u64, &Record) -> Result<(), AuditError>,
) -> Result<Verified, AuditError> {
    // Checked before the file is touched: a foreign checkpoint says nothing about this log.
    let head = checkpoint.map(|c| c.verify(key)).transpose()?;
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => match head {
            Some(head) if head.size > 0 => {
                return Err(AuditError::Truncated { records: 0, checkpoint: head.size });
            }
            _ => return Err(AuditError::io("open", path, &e)),
        },
        Err(e) => return Err(AuditError::io("open", path, &e)),
    };
    verify_stream(BufReader::with_capacity(64 << 10, file), path, key, head, each)
}

/// Verifies bytes in memory: the same checks, without a file.
///
/// # Errors
/// As [`verify`].
pub fn verify_bytes(
    log: &[u8],
    key: &PublicKey,
    checkpoint: Option<&Checkpoint>,
) -> Result<Verified, AuditError> {
    let head = checkpoint.map(|c| c.verify(key)).transpose()?;
    verify_stream(log, Path::new("-"), key, head, &mut |_, _| Ok(()))
}

fn verify_stream(
    input: impl BufRead,
    path: &Path,
    key: &PublicKey,
    head: Option<Head>,
    each: Each<'_>,
) -> Result<Verified, AuditError> {
    let against = Against { path, key, head, trust_head: false, whole: true };
    let chain = Chain::read(input, &against, each)?;
    Ok(Verified {
        records: chain.tree.len(),
        first: chain.first,
        last: chain.last,
        tip: chain.tip(),
        head: chain.tree.head(),
        checkpoint: head.map(|h| h.size),
        backwards: chain.backwards,
        backwards_count: chain.backwards_count,
    })
}

#[cfg(test)]
mod tests;
