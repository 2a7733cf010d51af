//! The greatest of some amounts, and all of them, while they come.

use crate::disclosure::Shares;
use serde::{Deserialize, Serialize};

/// Amounts as they come.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Sizes {
    pub(super) largest: Vec<u128>,
    pub(super) all: u128,
}

impl Sizes {
    pub(super) fn add(&mut self, size: u128, most: usize) {
        self.all += size;
        self.keep(size, most);
    }

    /// Keeps the greatest, falling.
    pub(super) fn keep(&mut self, size: u128, most: usize) {
        let kept = &mut self.largest;
        if kept.len() < most || kept.last().is_some_and(|last| *last < size) {
            let at = kept.partition_point(|known| *known >= size);
            kept.insert(at, size);
            kept.truncate(most);
        }
    }

    pub(super) fn shares(self) -> Shares {
        Shares { largest: self.largest, absolute: self.all }
    }
}
