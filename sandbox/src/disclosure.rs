//! Disclosure control: which figures of a computed table may be seen.
//!
//! What comes in is judged by the *persons* behind each figure, never by rows or by the words of a question.

pub mod cells;
mod complement;
pub mod history;
mod judged;
mod linked;
mod near;
mod primary;
pub mod released;
mod rounding;
pub mod rules;
mod sets;

pub(crate) use cells::common_divisor;
pub use cells::{Alike, Cell, Computed, FEW, Figure, LAYERS, Measure, Owned, Part, Rank, Shares, Side};
pub use history::{History, HistoryError, Waiting};
pub use judged::{JudgeError, judge};
pub use released::{Hidden, Released, Rule, Seen, Shown};
pub use rules::{BadRule, Dominance, Profile, Rules};
