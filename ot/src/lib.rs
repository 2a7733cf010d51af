//! What set intersection and secure computation stand on: oblivious transfer (OT) and vector oblivious linear
//! evaluation (VOLE).
//!
//! | room | holds |
//! |---|---|
//! | [`vole`] | the correlation C = A·Δ + B of random vectors; the ideal functionality for tests |
//! | [`error`] | what goes wrong, and whose fault it is |
//!
//! Protocols here tell the peer nothing when they fail: whoever called them ends the run and says why.

pub mod error;
pub mod vole;

pub use error::{Misstep, OtError};

/// What a protocol withstands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Security {
    /// A peer that follows the protocol and looks at all it receives.
    SemiHonest,
    /// A peer that sends whatever it likes.
    Malicious,
}
