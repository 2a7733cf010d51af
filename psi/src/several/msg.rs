//! What travels. Numbers are little-endian.
//!
//! | kind | message | from | bytes |
//! |---|---|---|---|
//! | 1 | [`OpenPackage`](crate::ecdh::msg::OpenPackage) | each to all | 1 + 1 + 32 + 32 + 8 × sections |
//! | 41 to 44 | points on the first to fourth part of their way around the ring | i to i + 1 | 1 + 32 × n |
//! | 31 | tokens | i to the comparer | 1 + t × n |
//! | 32 | [`SizesPackage`] | comparer to all | 1 + 8 × sections × numbers opened |
//! | 33 | a seed of zero shares | sender to sender | 1 + 32 |
//! | 34 | blinded points | receiver to sender | 1 + 32 × n |
//! | 35 | evaluated points | sender to receiver | 1 + 32 × n |
//! | 36 | the seed of a store | sender to receiver | 1 + 32 |
//! | 37 | a store's words | sender to receiver | 1 + 16 × n |
//! | 253 | "that party is silent" | any to any | 1 + 1 |
//! | 254 | "that party broke the run" | any to any | 1 + 1 |
//! | 255 | [refusal](crate::wire) | any to any | 1 + 1 |

use crate::Terms;
use crate::error::Misstep;
use crate::stream::{Message, number};

/// Points on part `step` of their way: a set cannot be taken for one of another step.
pub(super) fn ring(step: usize) -> Message {
    Message { kind: 40 + u8::try_from(step).expect("at most four steps"), name: "points in the ring" }
}

pub(super) const TOKENS: Message = Message { kind: 31, name: "tokens" };
const SIZES: Message = Message { kind: 32, name: "sizes" };
pub(super) const PAIR_SEED: Message = Message { kind: 33, name: "seed of zero shares" };
pub(super) const BLINDED: Message = Message { kind: 34, name: "blinded points" };
pub(super) const EVALUATED: Message = Message { kind: 35, name: "evaluated points" };
pub(super) const STORE_SEED: Message = Message { kind: 36, name: "seed of a store" };
pub(super) const STORE: Message = Message { kind: 37, name: "store" };

/// The sizes that the comparer opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizesPackage {
    /// The numbers, section after section.
    pub sizes: Vec<u64>,
}

impl SizesPackage {
    /// The length of a frame of `count` numbers.
    pub fn bytes(count: usize) -> usize {
        1 + 8 * count
    }

    /// As a frame.
    pub fn encode(&self) -> Vec<u8> {
        let body: Vec<u8> = self.sizes.iter().flat_map(|size| size.to_le_bytes()).collect();
        SIZES.frame(&body)
    }

    /// Reads exactly `count` numbers; whether they can be is checked by who knows the sets' sizes.
    pub fn decode(frame: &[u8], count: usize) -> Result<Self, Misstep> {
        let body = SIZES.body(frame, 8 * count)?;
        Ok(Self { sizes: body.chunks_exact(8).map(number).collect() })
    }
}

/// The terms under which the opening of a run of several is read.
pub(super) fn terms(agreement: &super::Agreement, purpose: &[u8]) -> Terms {
    Terms {
        learns: crate::Learns::Receiver,
        sections: agreement.sections.clone(),
        max_peer_items: crate::terms::MAX_ENTRIES,
        own_items: None,
        context: agreement.digest(purpose),
    }
}
