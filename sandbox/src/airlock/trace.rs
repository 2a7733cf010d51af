//! Whose copy a file is: what it says of itself, and what its figures say.
//!
//! ```text
//! file ─▶ read ─▶ paired with a released table ─▶ weighed for the recipient ─▶ named, or not
//! ```
//!
//! # How sure it is
//! A file is paired with a table that was released (`pair`) by labels and by the released figures, without the mark: which
//! figure of the file belongs to which released one does not depend on the secret. For each pair it is asked whether
//! what the recipient had been given would be written so, to so many digits. A file that has nothing to do with him says yes
//! as often as by chance, and how often that is is known exactly: it is the share of the moves there were that would have
//! come out so. The likelihoods of "his" and "by chance" are divided and multiplied up (`weigh`). Of such a quotient, whatever
//! the file, the mean by chance is one, and so it is above k once in k times at most (Markov). It is an average
//! over several ways of rounding and of spoiling a file, so that the choice among them costs its share and no more.
//!
//! With as many recipients and tables as were tried, k is at least 2^20 times their number: else nobody is named. Over all files
//! that were ever looked at, one in a million is held to be somebody's whose it is not. A figure whose direction alone is left is
//! worth one bit at most: with three recipients it takes some 23 of them, and a table of ten counts can never be told
//! after it was rounded. Figures with all their digits are worth many bits, and three may do.

mod pair;
mod read;
mod weigh;

use super::RELEASE;
use super::mark::{Key, Unmarked};
use super::review::DOWNLOAD;
use crate::error::SandboxError;
use crate::room::{Deed, Room};
use read::Read;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Somebody is named if the odds against chance are this many bits, beside one for each doubling of those tried.
pub const BITS: f64 = 20.0;

/// What is said of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Traced {
    /// Its digest.
    pub file: String,
    /// Ids that stand in it, and whose results they are: no proof, as anybody can write them.
    pub says: Vec<(String, String)>,
    /// Those whose marks are in it, the clearest first.
    pub found: Vec<Found>,
    /// How many pairs of a recipient and a table were tried.
    pub tried: usize,
    /// The most figures that could be paired with those of any table and have a mark.
    pub figures: usize,
    /// The most bits that spoke for anybody.
    pub most: f64,
}

/// Somebody whose mark is in a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Whose copy it is.
    pub recipient: String,
    /// Under which policy he had it.
    pub policy: String,
    /// The ids under which it was handed out.
    pub ids: Vec<String>,
    /// How many figures were compared.
    pub figures: usize,
    /// A file that is not his is held to be his once in two to the power of this, at most.
    pub bits: f64,
}

/// Says whose copy a file is, if its figures say so.
///
/// # Errors
/// [`SandboxError`]: it cannot be read as a table, or it could not be recorded.
pub fn trace(room: &Room, user: &str, path: &Path) -> Result<Traced, SandboxError> {
    let bytes = std::fs::read(path).map_err(SandboxError::files(path))?;
    let file = hex::encode(Sha256::digest(&bytes));
    let read = Read::of(path, &bytes)?;
    let known = known(room)?;
    let mut candidates = Vec::new();
    for (digest, ids) in &known.marks {
        if let Some(unmarked) = Unmarked::kept(room, digest)? {
            candidates.push((unmarked, ids.clone()));
        }
    }
    let mut traced = attributed(&read, &candidates, &room.secret()?);
    traced.says = read.words(|word| Some((word.to_owned(), known.recipients.get(word)?.clone())));
    traced.file.clone_from(&file);
    let found: Vec<_> = traced.found.iter().map(|found| (&found.recipient, found.bits.floor())).collect();
    let result = if found.is_empty() { "untold" } else { "told" };
    let deed = Deed::new(user, "marks", "sandbox.trace", result);
    room.record(deed.with(json!({ "file": file, "found": found, "tried": traced.tried })))?;
    Ok(traced)
}

/// What the log says was handed out.
#[derive(Default)]
struct Known {
    /// Of tables that were kept, by digest, the ids under which they were handed out.
    marks: BTreeMap<String, BTreeSet<String>>,
    /// Whose each result is.
    recipients: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Particulars {
    id: String,
    marked: Option<String>,
}

fn known(room: &Room) -> Result<Known, SandboxError> {
    let (mut known, mut waiting) = (Known::default(), BTreeMap::new());
    let mut signed = Vec::new();
    room.records(&[RELEASE, DOWNLOAD], &mut |record| {
        let out = matches!((&*record.action, &*record.result), (RELEASE, "ok" | "held") | (DOWNLOAD, "ok"));
        if let (true, Ok(told)) = (out, serde_json::from_str::<Particulars>(&record.content)) {
            signed.push((record, told));
        }
    })?;
    for (record, Particulars { id, marked }) in signed {
        if !room.signed(&record)? {
            continue;
        }
        // What waited left with the first fetching.
        let marked = match (&*record.action, &*record.result) {
            (RELEASE, "held") => {
                waiting.insert(id, marked);
                continue;
            }
            (DOWNLOAD, _) => waiting.get(&id).cloned().flatten(),
            _ => marked,
        };
        known.recipients.insert(id.clone(), record.user);
        if let Some(marked) = marked {
            known.marks.entry(marked).or_default().insert(id);
        }
    }
    Ok(known)
}

/// Holds what was read against tables and their recipients.
fn attributed(read: &Read, candidates: &[(Unmarked, BTreeSet<String>)], secret: &[u8; 32]) -> Traced {
    let against = (candidates.len().max(1) as f64).log2();
    let (mut found, mut figures, mut most) = (Vec::new(), 0, f64::NEG_INFINITY);
    let read = pair::Prepared::of(read);
    // What is paired is the same for all who were given one table.
    let mut paired: Vec<(&Unmarked, Vec<weigh::Pair>)> = Vec::new();
    for (unmarked, ids) in candidates {
        let known = paired.iter().position(|(other, _)| other.same_table(unmarked));
        let at = known.unwrap_or_else(|| {
            paired.push((unmarked, pair::pairs(&read, unmarked)));
            paired.len() - 1
        });
        let pairs = &paired[at].1;
        let bits = weigh::bits(pairs, unmarked.millionths, &Key::of(secret, &unmarked.recipient)) - against;
        (figures, most) = (figures.max(pairs.len()), most.max(bits));
        if bits >= BITS {
            let (recipient, policy) = (unmarked.recipient.clone(), unmarked.policy.clone());
            let ids = ids.iter().cloned().collect();
            found.push(Found { recipient, policy, ids, figures: pairs.len(), bits });
        }
    }
    found.sort_by(|a, b| b.bits.total_cmp(&a.bits));
    let most = if candidates.is_empty() { 0.0 } else { most };
    Traced { file: String::new(), says: Vec::new(), found, tried: candidates.len(), figures, most }
}

#[cfg(test)]
mod tests;
