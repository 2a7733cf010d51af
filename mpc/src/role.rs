//! The three compute parties and their order.

use serde::{Deserialize, Serialize};

/// One of the three. Each holds its own part of a sharing and that of the party after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// P0.
    First,
    /// P1.
    Second,
    /// P2.
    Third,
}

impl Role {
    /// All three, in order.
    pub const ALL: [Self; 3] = [Self::First, Self::Second, Self::Third];

    /// 0, 1 or 2.
    pub fn number(self) -> usize {
        self as usize
    }

    /// The party after this one; after the third comes the first.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self.number() + 1) % 3]
    }

    /// The party before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        Self::ALL[(self.number() + 2) % 3]
    }
}
