//! The sandbox: researchers ask about data that they never see, and get what a policy releases (可用不可见).
//!
//! ```text
//! policy ─sign, approve▶ question ─run▶ computed ─judge▶ released ─look through▶ answer, or a person first
//! ```

pub mod airlock;
pub mod answer;
pub mod approval;
pub mod cli;
pub mod dataset;
pub mod demo;
pub mod disclosure;
pub mod door;
pub mod dummy;
pub mod engine;
pub mod error;
pub mod lang;
pub mod masks;
pub mod policy;
pub mod private;
pub mod program;
pub mod question;
pub mod risk;
pub mod room;
pub mod session;
pub mod worker;

#[cfg(test)]
mod mutated;
#[cfg(test)]
mod world;
