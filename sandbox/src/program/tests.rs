//! Programs written as text: what they come to, and what they cannot do.

mod aggregates;
mod attacks;
mod driver;
mod scores;
mod worlds;
pub(crate) mod written;
