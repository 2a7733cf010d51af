//! Bytes and rounds.

use super::cuckoo::bins;
use super::equality::{groups, levels};
use super::hash::FUNCTIONS;
use super::msg::{
    AcceptPackage, ChoicesPackage, HintPackage, OpenPackage, TABLES_CHUNK, TablesPackage, WORDS_CHUNK,
};
use super::tag_bits;
use crate::cost::Cost;
use crate::okvs::{Params, Width};
use yinshu_crypto::field::F64;
use yinshu_ot::{Security, sixteen, vole};

/// What a run costs between `receiver_items` entries and `sender_rows` rows (or as many as the sender declares) with
/// payloads of so many bytes: exact.
pub fn cost(receiver_items: u64, sender_rows: u64, payload_bytes: usize) -> Cost {
    let bins = bins(receiver_items);
    let words = Params::new(receiver_items, Width::Narrow).columns();
    let cells = Params::new(FUNCTIONS as u64 * sender_rows, Width::Narrow).columns();
    let width = tag_bits(bins).div_ceil(8) as usize + payload_bytes;
    let hint = width * cells + cells.div_ceil(HintPackage::chunk(width));
    let (mut tables, mut choices, mut turns) = (0, 0, 0);
    for (level, pieces) in levels(tag_bits(bins)).into_iter().enumerate() {
        let pieces = pieces * bins.div_ceil(64);
        let frames = pieces.div_ceil(TABLES_CHUNK);
        // What has no piece in a frame is the byte that says which message it is.
        tables += TablesPackage::bytes(pieces) - 1 + frames;
        if level == 0 {
            turns += 1;
        } else {
            choices += ChoicesPackage::bytes(pieces) - 1 + frames;
            turns += 2 * frames as u64;
        }
    }
    let store = vole::cost::<F64>(words, Security::SemiHonest);
    let transfers = sixteen::cost(groups(bins, tag_bits(bins)));
    let parts = words.div_ceil(yinshu_ot::shape::LARGEST) as u64;
    Cost {
        bytes_to_sender: (OpenPackage::BYTES + 8 * words + words.div_ceil(WORDS_CHUNK) + tables) as u64
            + store.from_receiver
            + transfers.from_sender,
        bytes_to_receiver: (AcceptPackage::BYTES + hint + choices) as u64
            + store.from_sender
            + transfers.from_receiver,
        // Opening and answer, of which the first message of the correlation is a part; two for each of its
        // expansions, but what runs ahead; the words with the first message of the transfers, and the hint.
        rounds: 2 + 2 * (parts - u64::from(parts > 1)) + transfers.rounds + 1 + turns,
    }
}
