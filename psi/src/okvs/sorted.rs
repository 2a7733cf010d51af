//! Keys sorted into strips by where their bands start, once for encoding and decoding.

use super::{Key, Params, scale};
use std::ops::Range;

/// Keys by strip, and where each came from. Within a strip they keep their order.
pub struct Sorted {
    pub(super) keys: Vec<Key>,
    index: Vec<u32>,
    ends: Vec<usize>,
}

impl Sorted {
    /// Sorts keys into the strips of `params`: two passes.
    ///
    /// # Panics
    /// Where there are 2^32 keys or more.
    pub fn new(keys: &[Key], params: &Params) -> Self {
        assert!(u32::try_from(keys.len()).is_ok(), "indices have 32 bits");
        let strips = params.strips();
        let strip = |key: &Key| scale(key.place, strips as u64).0 as usize;
        let mut next = vec![0; strips + 1];
        keys.iter().for_each(|key| next[strip(key) + 1] += 1);
        for at in 1..=strips {
            next[at] += next[at - 1];
        }
        let ends = next[1..].to_vec();
        let mut sorted = vec![Key { place: 0, row: 0 }; keys.len()];
        let mut index = vec![0; keys.len()];
        for (key, at) in keys.iter().zip(0u32..) {
            let next = &mut next[strip(key)];
            sorted[*next] = *key;
            index[*next] = at;
            *next += 1;
        }
        Self { keys: sorted, index, ends }
    }

    /// For each key in this order, its place in the order given.
    pub fn index(&self) -> &[u32] {
        &self.index
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Are there no keys?
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys of each strip, as ranges.
    pub(super) fn strips(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| start..end)
    }
}
