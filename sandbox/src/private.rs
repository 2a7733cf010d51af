//! Differential privacy: answers with noise, paid of the budget of a data set.
//!
//! ```text
//! question ─▶ measurements ─▶ price ─charge▶ totals (bounded by person) ─▶ noise ─▶ figures
//! ```
//!
//! # What is promised
//! *Neighbours* are two registered data sets, in one of which all rows of one person are there, in all tables, and in the other
//! none of them. Whatever is answered under this mode about all data sets of one account (owner and catalogue code), to
//! whomever and under whatever policy, is ρ-zero-concentrated differentially private together, for the ρ of the budget, even to
//! somebody who knows all other rows. The answers' errors, types, groups and prices follow from the question, the description
//! and the policy alone: every group that the declared values allow is there, one that nobody is in too; where these are more
//! than 65,536, those are that a count with noise chooses (`choice`), for a δ that is charged.
//!
//! # What one may try
//! *Ask often*: each time is charged, and there is new noise. *Ask at the same time, under another name, in another project, of a
//! copy*: the charge is compared and written under the lock of the log, to the account. *Break off*: the charge is on disk
//! before the engine starts, and stays. *Learn from a refusal*: a price follows from the question alone, and what is left from
//! prices. *Be heavy*: of one person so many groups count, and so many rows in each; what counts depends on that person's rows
//! and on a secret, and on nobody else's. *Leave the bounds*: each value is cut to them where it is added up. *Look at low
//! bits*: noise is a whole number, exactly drawn (`noise`), on a grid of public steps (`scale`).
//!
//! # What is not
//! How long an answer takes, and that it took too long (9723). Exact figures that another policy releases of the same data:
//! a data set that says `mode = "dp"` has none.

mod choice;
mod ledger;
mod measured;
mod noise;
mod off;
mod ranges;
mod release;
mod scale;
mod terms;

pub use ledger::Spent;
pub(crate) use measured::PUT_TOGETHER;
pub use measured::{Bounding, Choice, Kind, Measured, Measurement, Size};
pub use noise::{System, Variance, gaussian};
pub use off::Off;
pub use release::{Quote, lines};
pub use scale::Scale;
pub use terms::{Allowance, Bound, Mode, Terms};
