//! Named parties, sessions, bounded frames and their transports.
//!
//! | room | holds |
//! |---|---|
//! | [`channel`] | what protocols stand on: ordered, reliable, bounded frames to one [`PartyId`] |
//! | [`meter`] | bytes, frames and rounds, in total and per phase |
//! | [`memory`] | two channel ends in one process |

pub mod channel;
pub mod error;
pub mod fault;
pub mod memory;
pub mod meter;
pub mod party;

pub use channel::{Channel, MAX_FRAME, WINDOW};
pub use error::NetError;
pub use fault::Fault;
pub use meter::Meter;
pub use party::PartyId;
