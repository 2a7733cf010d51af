//! Bits of many values at once: bit j of all values is a plane, 64 values in a word.
//!
//! [`sign`] and [`decompose`] go from integers to bits, [`compose`] from bits to integers. A sharing x0 + x1 + x2 of an
//! integer gives, bit by bit, a sharing of x0 ⊕ x1 ⊕ x2 for nothing; the carries of this sum are majorities x0 x1 ⊕ x1 x2
//! ⊕ x2 x0, of which each party knows one summand: one exchange. What is left is to add two words that are shared bit by
//! bit (the carry-save form of P. Mohassel, P. Rindal, "ABY3", CCS 2018, section 5.3).

mod adder;
mod biased;
mod compare;
mod compose;
mod count;
mod highest;
mod planes;
mod transpose;

pub use adder::decompose;
pub(crate) use biased::biased;
pub(crate) use compare::all;
pub use compare::{equal, equal_public, less, less_public, less_words, sign};
pub use compose::{bits_of_integers, compose, compose_planes, either, select};
pub use count::count;
pub(crate) use count::open_any;
pub use highest::highest;
pub use planes::Planes;
pub(crate) use planes::majority;
