//! What is kept of a run after each partition, so that a killed one resumes.
//!
//! The file `run`: kind and version (9), session (32), own commitment (32), the peer's (32), the digest of the
//! peer's name (32), for each partition complete (1), matches (8), attempt (32), MAC of the matches (32); the
//! MAC of all before (32). It is replaced in one step after every partition.

use super::disk::{self, damaged};
use super::msg::{Fields, VERSION};
use super::seal::Key;
use super::size::MAX_PARTITIONS;
use super::spill::Spill;
use crate::PsiError;
use std::path::PathBuf;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_net::PartyId;

const MAGIC: &[u8; 8] = b"YNSHPRUN";

/// A complete partition: how many of its records matched, in which attempt, and the MAC of its matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Complete {
    /// How many matched.
    pub matches: u64,
    /// The attempt that completed it.
    pub attempt: Digest,
    /// The MAC of the file of matches.
    pub mac: Digest,
}

/// The content of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The session of the plan.
    pub session: Digest,
    /// The commitment to the own set.
    pub own: Digest,
    /// The peer's commitment to its set.
    pub theirs: Digest,
    /// The digest of the peer's name.
    pub peer: Digest,
    /// For each partition what was found, once it is complete.
    pub parts: Vec<Option<Complete>>,
}

impl Checkpoint {
    const FIXED: usize = 9 + 4 * 32;
    const PART: usize = 1 + 8 + 64;

    /// As in the file, without the MAC.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        [self.session, self.own, self.theirs, self.peer].iter().for_each(|digest| bytes.extend(digest.0));
        for part in &self.parts {
            let zero = Complete { matches: 0, attempt: Digest::ZERO, mac: Digest::ZERO };
            bytes.push(u8::from(part.is_some()));
            let part = part.unwrap_or(zero);
            bytes.extend(part.matches.to_le_bytes());
            bytes.extend(part.attempt.0);
            bytes.extend(part.mac.0);
        }
        bytes
    }

    /// Reads the file without its MAC.
    ///
    /// # Errors
    /// The check that failed.
    pub fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let parts = bytes.len().checked_sub(Self::FIXED).ok_or("length")?;
        if parts % Self::PART != 0 || parts / Self::PART > MAX_PARTITIONS as usize {
            return Err("length");
        }
        let mut fields = Fields::plain(bytes);
        if fields.array() != *MAGIC || fields.byte() != VERSION {
            return Err("kind and version");
        }
        let [session, own, theirs, peer] = [(); 4].map(|()| fields.digest());
        let mut part = || {
            let complete = fields.byte();
            let part = Complete { matches: fields.u64(), attempt: fields.digest(), mac: fields.digest() };
            match complete {
                0 => Ok(None),
                1 => Ok(Some(part)),
                _ => Err("state of a partition"),
            }
        };
        let parts = (0..parts / Self::PART).map(|_| part()).collect::<Result<_, _>>()?;
        Ok(Self { session, own, theirs, peer, parts })
    }

    /// The digest under which a peer is known here.
    fn name(peer: &PartyId) -> Digest {
        Digest::of_parts("yinshu psi partition peer", &[peer.as_str().as_bytes()])
    }

    fn path(spill: &Spill) -> PathBuf {
        spill.folder.join("run")
    }

    /// The run kept in the spill's folder, if one began there; refuses another peer, plan or set.
    pub(super) fn load(spill: &Spill, peer: &PartyId) -> Result<Option<Self>, PsiError> {
        let kept = Self::read(spill)?;
        match kept.as_ref().filter(|kept| kept.peer != Self::name(peer)) {
            Some(_) => Err(PsiError::ResumeDiffers { what: "the peer" }),
            None => Ok(kept),
        }
    }

    /// As [`Checkpoint::load`], whoever the peer was.
    pub(super) fn read(spill: &Spill) -> Result<Option<Self>, PsiError> {
        let path = Self::path(spill);
        let max = Self::FIXED + Self::PART * MAX_PARTITIONS as usize + 32;
        let Some(bytes) = disk::read(&path, max)? else { return Ok(None) };
        let (body, mac) = bytes.split_last_chunk::<32>().ok_or_else(|| damaged(&path, "length"))?;
        if !Secret::new(*mac).same(&Secret::new(seal(&spill.key, body).0)) {
            return Err(damaged(&path, "key or MAC"));
        }
        let kept = Self::decode(body).map_err(|check| damaged(&path, check))?;
        let plan = spill.plan();
        let same = [
            ("the session", kept.session == plan.session && kept.parts.len() == plan.partitions as usize),
            ("the own set", kept.own == spill.commitment()),
        ];
        match same.into_iter().find(|(_, same)| !same) {
            Some((what, _)) => Err(PsiError::ResumeDiffers { what }),
            None => Ok(Some(kept)),
        }
    }

    /// A run that begins.
    pub(super) fn begin(spill: &Spill, peer: &PartyId, theirs: Digest) -> Self {
        let parts = vec![None; spill.plan().partitions as usize];
        Self { session: spill.plan().session, own: spill.commitment(), theirs, peer: Self::name(peer), parts }
    }

    /// Makes it durable.
    pub(super) fn save(&self, spill: &Spill) -> Result<(), PsiError> {
        let mut bytes = self.encode();
        let mac = seal(&spill.key, &bytes);
        bytes.extend(mac.0);
        disk::replace(&Self::path(spill), &bytes)
    }
}

fn seal(key: &Key, body: &[u8]) -> Digest {
    key.mac("yinshu psi partition run", &[body])
}
