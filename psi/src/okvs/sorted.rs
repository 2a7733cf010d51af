//! Keys sorted by where their bands start, once for encoding and decoding.

use super::Key;
use crate::radix::vartime_sort_of;

/// A key, and which of the keys given it is.
#[derive(Clone, Copy, Default)]
pub(super) struct Slot {
    pub(super) key: Key,
    pub(super) index: u32,
}

/// Keys in ascending order, and where each came from.
pub struct Sorted {
    slots: Vec<Slot>,
}

impl Sorted {
    /// Sorts keys; equal ones by where they come from.
    ///
    /// # Panics
    /// Where there are 2^32 keys or more.
    pub fn new(keys: &[Key]) -> Self {
        assert!(u32::try_from(keys.len()).is_ok(), "indices have 32 bits");
        let slot = |at: usize| Slot { key: keys[at], index: at as u32 };
        let order = |one: &Slot, other: &Slot| (one.key, one.index).cmp(&(other.key, other.index));
        Self { slots: vartime_sort_of(keys.len(), slot, |slot| slot.key.place, order) }
    }

    /// The keys in the order given.
    pub fn keys(&self) -> Vec<Key> {
        let mut keys = vec![Key::default(); self.slots.len()];
        self.slots.iter().for_each(|slot| keys[slot.index as usize] = slot.key);
        keys
    }

    /// For each key in this order, its place in the order given.
    pub fn indices(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.slots.iter().map(|slot| slot.index as usize)
    }

    /// Where each key `at` in this order came from.
    pub fn index(&self, at: usize) -> usize {
        self.slots[at].index as usize
    }

    /// Key number `at` in this order.
    pub fn key(&self, at: usize) -> Key {
        self.slots[at].key
    }

    /// Of equal keys, the first one's place in the order given and that of each other.
    pub fn repeats(&self) -> Vec<(u32, u32)> {
        let mut repeats = Vec::new();
        let mut first = None::<&Slot>;
        for slot in &self.slots {
            match first {
                Some(first) if first.key == slot.key => repeats.push((first.index, slot.index)),
                _ => first = Some(slot),
            }
        }
        repeats
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Are there no keys?
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }
}
