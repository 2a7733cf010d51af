//! Yinshu (隐数): government data, used and never seen (可用不可见).
//!
//! This is the root package: the command line and the node. The engines live in the crates beside
//! it (`data`, `net`, `psi`, `audit`, `origin`, `crypto`).
//!
//! | room | holds |
//! |---|---|
//! | [`cli`] | commands, their options, what they print |
//! | [`lang`] | every sentence people read, in Chinese and English |
//! | [`problem`] | every failure: code, what happened, what to try, exit code |
//! | [`progress`] | bars on anything longer than two seconds |

pub mod card;
pub mod cli;
pub mod config;
pub mod contract;
pub mod lang;
pub mod node;
pub mod problem;
pub mod progress;
pub mod report_page;
pub mod run;
pub mod scenario;
pub mod tables;
