//! What the server keeps between requests under names that nobody can guess: logins, tickets and prepared questions.
//!
//! A name is 256 random bits, handed out once; the server keeps its digest, so that whoever reads its memory cannot use it.
//! Everything belongs to a user, ends at a time, and each user has so many at most: the oldest goes first.

use super::users::Digest;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

struct Entry<T> {
    user: String,
    ends: Timestamp,
    /// The order in which they came.
    number: u64,
    value: T,
}

/// Things under names that nobody can guess.
pub(super) struct Kept<T> {
    entries: BTreeMap<Digest, Entry<T>>,
    next: u64,
    lasts: SignedDuration,
    of_one: usize,
    of_all: usize,
}

impl<T> Kept<T> {
    /// Things that last so long, of which a user has so many at most, and all together so many.
    pub(super) fn new(lasts: SignedDuration, of_one: usize, of_all: usize) -> Self {
        Self { entries: BTreeMap::new(), next: 0, lasts, of_one, of_all }
    }

    /// Keeps something under a name. Where all have too much, the oldest thing of anybody goes.
    pub(super) fn keep(&mut self, name: &[u8], user: &str, value: T, now: Timestamp) {
        self.entries.retain(|_, entry| entry.ends > now);
        let oldest = |kept: &Self, of: Option<&str>| {
            let own = kept.entries.iter().filter(|(_, entry)| of.is_none_or(|of| of == entry.user));
            own.min_by_key(|(_, entry)| entry.number).map(|(digest, _)| *digest)
        };
        let own = self.entries.values().filter(|entry| entry.user == user).count();
        let gone = match (own >= self.of_one, self.entries.len() >= self.of_all) {
            (true, _) => oldest(self, Some(user)),
            (false, true) => oldest(self, None),
            (false, false) => None,
        };
        if let Some(gone) = gone {
            self.entries.remove(&gone);
        }
        let ends = now.checked_add(self.lasts).unwrap_or(Timestamp::MAX);
        let entry = Entry { user: user.to_owned(), ends, number: self.next, value };
        self.next += 1;
        self.entries.insert(digest(name), entry);
    }

    /// Whose it is, and the thing, if it has not ended.
    pub(super) fn get(&mut self, name: &[u8], now: Timestamp) -> Option<(&str, &mut T)> {
        let entry = self.entries.get_mut(&digest(name)).filter(|entry| entry.ends > now)?;
        Some((&entry.user, &mut entry.value))
    }

    /// Takes it away, if it is this user's and has not ended.
    pub(super) fn take(&mut self, name: &[u8], user: &str, now: Timestamp) -> Option<T> {
        let known = self.entries.get(&digest(name))?;
        if known.user != user {
            return None;
        }
        self.entries.remove(&digest(name)).filter(|entry| entry.ends > now).map(|entry| entry.value)
    }
}

fn digest(name: &[u8]) -> Digest {
    Sha256::digest(name).into()
}

#[cfg(test)]
mod tests;
