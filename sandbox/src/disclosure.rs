//! Disclosure control: which figures of a computed table may be seen.
//!
//! What comes in is judged by the *persons* behind each figure, never by rows or by the words of a question.

pub mod cells;

pub use cells::{Cell, Computed, Figure, Measure, Part};
