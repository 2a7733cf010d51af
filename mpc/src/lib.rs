//! Computation on secret shares among three parties, of whom at most one is corrupt.
//!
//! | room | holds |
//! |---|---|
//! | [`context`] | what every protocol is given: role, step, shared randomness, channels |
//! | [`shares`] | one party's part of shared vectors, and what it can do alone |
//! | [`ring`] | what is shared: Z_2^64, and 64 bits at a time |
//! | [`araki16`] | input, products, opening |
//! | [`kept`] | shares that outlive a run |
//! | [`outside`] | values of a provider that does not compute |
//! | [`stream`] | columns longer than memory, a piece at a time |
//! | [`bits`] | planes of bits: comparison, equality, counting, from integers to bits and back |
//! | [`fixed`] | numbers with a scale and a bound, and their products |
//! | [`divide`], [`transcend`] | reciprocals, quotients, roots; exponential, logarithm, logistic function |
//! | [`permute`] | shuffles that nobody knows |
//! | [`sort`], [`lexical`] | rows in the order of secret keys, of one or several |
//! | [`group`] | counts and sums by keys |
//! | [`join`] | two tables by secret keys |
//! | [`quantile`], [`histogram`], [`extreme`] | what can be said of a column without sorting it |
//! | [`stats`] | the figures that a department asks for |
//! | [`query`] | questions over tables of several owners |
//! | [`release`] | what of them may be shown: small groups, dominance, complementary suppression |
//! | [`noise`] | noise that nobody knows, for differential privacy |
//! | [`plain`] | the same in the clear |
//! | [`verified`] | what may be opened |
//! | [`msg`] | what travels |

pub mod araki16;
pub mod bits;
pub mod context;
pub mod divide;
mod ends;
pub mod error;
pub mod extreme;
pub mod fixed;
pub mod group;
pub mod histogram;
pub mod join;
pub mod kept;
pub mod lexical;
pub mod msg;
pub mod noise;
pub mod outside;
pub mod permute;
pub mod plain;
mod pool;
mod products;
mod prss;
pub mod quantile;
pub mod query;
pub mod release;
pub mod ring;
pub mod role;
pub mod shares;
pub mod sort;
pub mod stats;
pub mod stream;
pub mod transcend;
pub mod verified;

pub use context::Context;
pub use error::{Misstep, MpcError};
pub use ring::{B64, Ring, Z64};
pub use role::Role;
pub use shares::Shares;
pub use verified::{Security, Verified, verify};

#[cfg(test)]
mod tests;
