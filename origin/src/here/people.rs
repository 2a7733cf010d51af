//! The returned people: one packed row a key.

use super::index::Mark;
use super::texts::{Names, Texts};
use crate::terms::Terms;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use yinshu_crypto::hash::Digest;

/// The first returned row of a key that is ours.
pub(crate) struct Person {
    pub(crate) key: Mark,
    /// Mark of the row without its update time, to tell what changes between batches.
    pub(crate) content: Mark,
    pub(crate) digest: Digest,
    /// Where the key is in the texts; the private fields follow it.
    pub(crate) text: u64,
    pub(crate) row: u64,
    pub(crate) file: u32,
    /// Number of the division.
    pub(crate) division: u32,
    pub(crate) band: u8,
    /// A row of somebody else's division: kept only to find repetitions of it.
    pub(crate) surplus: bool,
}

/// Every key that was returned.
#[derive(Default)]
pub(crate) struct People {
    pub(crate) all: Vec<Person>,
    pub(crate) by_key: HashMap<Mark, u32, RandomState>,
    pub(crate) texts: Texts,
    pub(crate) divisions: Names,
    pub(crate) files: Vec<String>,
}

impl People {
    /// Those that are ours, with their numbers.
    pub(crate) fn ours(&self) -> impl Iterator<Item = &Person> {
        self.all.iter().filter(|person| !person.surplus)
    }

    pub(crate) fn marks(&self) -> impl Iterator<Item = (Mark, Mark)> {
        self.ours().map(|person| (person.key, person.content))
    }

    pub(crate) fn key(&self, person: &Person) -> &str {
        self.texts.key(person.text)
    }

    /// The private fields, with their columns, division codes as they are called now.
    pub(crate) fn fields<'a>(
        &'a self,
        person: &Person,
        terms: &'a Terms,
    ) -> impl Iterator<Item = (&'a String, Option<&'a str>)> {
        terms.private_fields.iter().zip(self.texts.from(person.text).skip(1))
    }

    pub(crate) fn file(&self, person: &Person) -> &str {
        self.files.get(person.file as usize).map_or("", |name| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_small() {
        // Beside it: about 60 bytes of text and 25 to 50 in the map by key.
        assert!(size_of::<Person>() <= 96, "{}", size_of::<Person>());
        assert!(size_of::<crate::here::local::Resident>() <= 16);
    }
}
