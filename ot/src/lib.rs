//! What set intersection and secure computation stand on: oblivious transfer (OT) and vector oblivious linear
//! evaluation (VOLE).
//!
//! | room | holds |
//! |---|---|
//! | [`vole`] | the correlation C = A·Δ + B of random vectors; the ideal functionality for tests |
//! | [`silent`] | how it is made: a little noise, dealt with trees, and a code that makes it look random |
//! | [`sixteen`] | random transfers of one bit out of sixteen |
//! | [`triples`] | multiplication triples of bits |
//! | [`products`] | shares of products of bits and strings |
//! | [`shape`] | the sizes, and why they are secure |
//! | `base` | oblivious transfers of keys by elliptic curves (Masny, Rindal 2019) |
//! | `small` | a few thousand correlations from the base transfers (SoftSpokenOT) |
//! | `tree` | all leaves of a tree but one (half-tree) |
//! | `code` | the Block-Accumulate code |
//! | `lanes` | one expansion, or four side by side |
//! | [`error`] | what goes wrong, and whose fault it is |
//!
//! Protocols here tell the peer nothing when they fail: whoever called them ends the run and says why.

mod base;
mod code;
pub mod error;
mod lanes;
pub mod products;
pub mod shape;
pub mod silent;
pub mod sixteen;
mod small;
mod transcript;
mod tree;
pub mod triples;
pub mod vole;
mod wire;

pub use error::{Misstep, OtError};

/// What a protocol withstands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Security {
    /// A peer that follows the protocol and looks at all it receives.
    SemiHonest,
    /// A peer that sends whatever it likes.
    Malicious,
}

/// Bytes of all frames in each direction, and rounds as the sender's [`yinshu_net::Meter`] counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// From the party with Δ.
    pub from_sender: u64,
    /// From the other.
    pub from_receiver: u64,
    /// In all.
    pub rounds: u64,
}
