//! For tests: a channel that tampers, one that records, and one that replays.
//!
//! ```
//! use yinshu_net::testkit::{Action, Direction, Tamper};
//! use yinshu_net::{Channel, PartyId, memory};
//!
//! let (a, mut b) = memory::pair("a".parse()?, "b".parse()?);
//! let mut a = Tamper::new(a).rule(Direction::Sent, 1, Action::Flip { bit: 0 });
//! a.send(vec![0])?;
//! a.send(vec![0])?;
//! assert_eq!((b.recv(1)?, b.recv(1)?), (vec![0], vec![1]));
//! # Ok::<(), yinshu_net::NetError>(())
//! ```

mod record;
mod tamper;

pub use record::{Recorder, Replay, Step, Transcript};
pub use tamper::{Action, Tamper};

use serde::{Deserialize, Serialize};

/// Which way a frame goes, seen from the channel's own end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To the peer.
    Sent,
    /// From the peer.
    Received,
}

#[cfg(test)]
mod tests;
