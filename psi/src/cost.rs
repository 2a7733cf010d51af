//! What a run costs on the wire, before it is run: for choosing a protocol.

/// Bytes of all frames in each direction, and rounds as the receiver's [`yinshu_net::Meter`] counts them: how often
/// the direction changes, the first frame counting as one. What [`crate::Learns::Both`] adds is not in it: for keys 9
/// bytes and 1 to 5 for each match, and a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// From the receiver.
    pub bytes_to_sender: u64,
    /// From the sender.
    pub bytes_to_receiver: u64,
    /// In all.
    pub rounds: u64,
}

impl Cost {
    /// Bytes in both directions.
    pub fn bytes(&self) -> u64 {
        self.bytes_to_sender + self.bytes_to_receiver
    }
}

/// [`crate::ecdh`] between `receiver_items` and `sender_items` entries in `sections` sections: exact.
pub(crate) fn ecdh(receiver_items: u64, sender_items: u64, sections: u64) -> Cost {
    use crate::ecdh::msg::{POINTS_CHUNK, TOKENS_CHUNK, WORKING_EVERY};
    let chunks = receiver_items.div_ceil(POINTS_CHUNK as u64);
    let points = 32 * receiver_items + chunks;
    let token_bytes = crate::ecdh::token::token_bytes(receiver_items, sender_items) as u64;
    let tokens = 9 * (sender_items / WORKING_EVERY + 1)
        + token_bytes * sender_items
        + sender_items.div_ceil(TOKENS_CHUNK as u64);
    Cost {
        bytes_to_sender: 66 + 8 * sections + points,
        bytes_to_receiver: 1 + 32 * sections + points + tokens,
        // Four chunks are under way at once.
        rounds: 2 + 2 * chunks.saturating_sub(4),
    }
}
