//! Return to origin (属地返还): signed return packages, their verification, and objections.
//!
//! | room | holds |
//! |---|---|
//! | [`package`] | the signed package: files and manifest |
//! | [`objection`] | an objection per defect, and its status track |
//! | [`terms`] | what the contract says, as plain data |
//! | [`defect`] | what can be wrong: thirteen kinds under four headings |
//! | [`truth`] | planted defects, and precision and recall against them |

pub mod defect;
pub mod objection;
pub mod package;
pub mod truth;

pub use defect::{Defect, DefectKind, Detail, Heading};
