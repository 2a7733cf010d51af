//! Named parties, sessions, bounded frames and their transports.
//!
//! | room | holds |
//! |---|---|
//! | [`session`] | how parties meet: greeting, comparing, welcoming, refusing |
//! | [`channel`] | what protocols stand on: ordered, reliable, bounded frames to one [`PartyId`] |
//! | [`frame`] | reading the insides of frames, bounded |
//! | [`meter`] | bytes, frames and rounds, in total and per phase |
//! | [`memory`] | two channel ends in one process |
//! | [`grpc`] | sessions over gRPC and mutual TLS 1.3, surviving lost connections |
//! | [`interconn`] | the link of the interconnection standard, to parties of other makes |
//! | [`tls`] | certificates and pins |
//! | [`testkit`] | a channel that tampers, one that records, one that replays |

pub mod channel;
pub mod error;
pub mod fault;
pub mod frame;
pub mod grpc;
pub mod interconn;
pub mod memory;
pub mod meter;
pub mod party;
pub mod session;
pub mod testkit;
pub mod tls;

pub use channel::{Channel, MAX_FRAME, WINDOW};
pub use error::NetError;
pub use fault::Fault;
pub use meter::Meter;
pub use party::PartyId;
pub use session::{Hello, SessionId, Strand};
