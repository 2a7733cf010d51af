//! What travels: the messages of [`crate::ecdh::msg`] up to the tokens, and the sizes.
//!
//! | kind | message | from | bytes |
//! |---|---|---|---|
//! | 1 | [`OpenPackage`](crate::ecdh::msg::OpenPackage) | receiver | 1 + 1 + 32 + 32 + 8 × sections |
//! | 2 | [`PointsPackage`](crate::ecdh::msg::PointsPackage), blinded | receiver | 1 + 32 × n |
//! | 3 | [`PointsPackage`](crate::ecdh::msg::PointsPackage), evaluated and shuffled | sender | 1 + 32 × n |
//! | 4 | [`WorkingPackage`](crate::ecdh::msg::WorkingPackage) | sender | 1 + 8 |
//! | 5 | [`CountPackage`](crate::ecdh::msg::CountPackage), of tokens | sender | 1 + 8 |
//! | 6 | [`TokensPackage`](crate::ecdh::msg::TokensPackage) | sender | 1 + t × n |
//! | 9 | [`SizesPackage`] | receiver | 1 + 8 × numbers opened |
//! | 255 | [refusal](crate::wire) | either | 1 + 1 |

use crate::error::Misstep;
use crate::stream::{Message, number};

const SIZES: Message = Message { kind: 9, name: "sizes" };

/// The sizes as the receiver tells them; with noise, one number and the largest noise added so that none is
/// below zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizesPackage {
    /// The numbers.
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

    /// Reads exactly `count` numbers; limits are checked by who knows them.
    pub fn decode(frame: &[u8], count: usize) -> Result<Self, Misstep> {
        let body = SIZES.body(frame, 8 * count)?;
        Ok(Self { sizes: body.chunks_exact(8).map(number).collect() })
    }
}
