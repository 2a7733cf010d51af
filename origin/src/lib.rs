//! Return to origin (属地返还): signed return packages, their verification, and objections.
//!
//! | room | holds |
//! |---|---|
//! | [`package`] | the signed package: files and manifest |
//! | [`objection`] | an objection per defect, and its status track |
//! | [`terms`] | what the contract says, as plain data |
//! | [`defect`] | what can be wrong: thirteen kinds under four headings |
//! | [`truth`] | planted defects, and precision and recall against them |
//! | [`rows`] | cleaned rows as they are read, and the digest of one |
//! | [`here`] | the half done where the returned data lies |
//! | [`there`] | the half done with the provider, privately |
//! | [`grid`] | breakdowns by division and age band, and what of them may travel |
//! | [`report`] | what travels: counts under four headings |
//! | [`ledger`] | the defect file, which stays with the county |
//! | [`plain`] | the whole verification in the clear, for tests |

pub mod band;
pub mod defect;
mod error;
pub mod grid;
pub mod here;
pub mod ledger;
pub mod objection;
pub mod package;
pub mod plain;
pub mod report;
pub mod rows;
#[cfg(test)]
mod sample;
pub mod terms;
#[cfg(test)]
mod tests;
pub mod there;
pub mod truth;

pub use defect::{Defect, DefectKind, Detail, Heading};
pub use error::VerifyError;
pub use here::{Here, HereInput, ReturnedFile, verify_here};
pub use report::Report;
pub use rows::{Rows, row_digest};
pub use terms::Terms;
pub use there::{AnswerInput, Answered, Asked, There, answer, answer_recorded, ask};
