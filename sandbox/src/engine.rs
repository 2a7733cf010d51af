//! The engine: registered tables, and questions run over them.
//!
//! ```text
//! table ─▶ register: cleaned, whole numbers, persons numbered, in their order ─▶ Parquet
//! question ─▶ plan: DataFusion scans, scores, filters, joins ─▶ fold: by group and person ─▶ Computed
//!                                                          └▶ bounded: by group, so much of each person ─▶ Totals
//! ```
//!
//! Where it is divided among many machines, some of the persons each: ranges of persons ─▶ the same plan, the same fold ─▶
//! divided: put together.
//!
//! A registered table holds no name of anybody: whom a row is about is a number that means nothing outside the folder.
//! Rows lie in the order of persons, and no person's rows lie in two parts of the file, so that what a person contributes
//! to a group is added up as rows go by.

mod around;
mod bounded;
mod declared;
mod described;
mod divided;
mod encode;
mod fold;
mod functions;
mod gathered;
mod merged;
mod plan;
mod register;
mod rows;
mod scored;
mod spread;
mod stored;
mod told;
mod whose;

pub(crate) use bounded::WAITING;
pub use bounded::{Counting, Total, Totals};
pub(crate) use divided::{Figured, Part, Whole, part, together};
pub(crate) use gathered::gathered;
pub(crate) use plan::possible;
pub use plan::{Means, run, totals};
pub use register::{Registered, register};
pub(crate) use rows::rows;
pub use told::Told;

#[cfg(test)]
pub(crate) mod tests;
