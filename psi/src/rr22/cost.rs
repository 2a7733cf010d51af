//! Bytes and rounds.

use super::coding::{Coding, TOKENS_CHUNK};
use super::msg::{AcceptPackage, CoinPackage, OpenPackage, WORDS_CHUNK};
use super::settings::{Security, Settings, Wire};
use crate::cost::Cost;
use yinshu_ot::shape::{LARGEST, Noise, Shape};

/// What a run between `receiver_items` and `sender_items` entries (or as many as the sender declares) costs: exact
/// in [`Wire::Fast`], the bytes to the receiver within 1 % and 64 bytes in [`Wire::Compact`].
pub fn cost(receiver_items: u64, sender_items: u64, settings: &Settings) -> Cost {
    let malicious = settings.security == Security::Malicious;
    let words = settings.store(receiver_items).columns();
    let per_word = if settings.small_values(sender_items, 1) { 8 } else { 16 };
    let vole = vole(words, per_word, malicious);
    let coin = if malicious { CoinPackage::BYTES as u64 } else { 0 };
    let bits = settings.token_bits(receiver_items, sender_items, 1);
    let coding = Coding::new(settings.wire, bits, sender_items);
    let frames = sender_items.div_ceil(TOKENS_CHUNK as u64);
    // Half a byte of each message fills it up.
    let filling = if settings.wire == Wire::Compact { frames / 2 } else { 0 };
    let tokens = frames + filling + coding.expected_bits(sender_items) / 8;
    let own = OpenPackage::BYTES as u64 + (per_word * words + words.div_ceil(WORDS_CHUNK)) as u64;
    Cost {
        bytes_to_sender: own + vole.bytes_to_sender + coin,
        bytes_to_receiver: AcceptPackage::bytes(settings.security) as u64
            + vole.bytes_to_receiver
            + tokens
            + coin,
        rounds: 3 + vole.rounds + u64::from(malicious || sender_items > 0),
    }
}

/// How many bytes of memory a party's run takes at its peak for each entry of the larger set, the entries themselves not
/// counted: 128 bytes were measured for 2^20 entries a side at the larger party, the receiver, 139 with compact tokens and
/// 156 in the malicious case (`yinshu bench psi --peers`, without the program and its keys).
pub fn bytes_per_entry(settings: &Settings) -> u64 {
    match settings.security {
        Security::SemiHonest => 150,
        Security::Malicious => 180,
    }
}

/// [`yinshu_ot::silent`]: its first message joins the sender's answer, and its last from the receiver (malicious)
/// joins the words.
fn vole(words: usize, per_word: usize, malicious: bool) -> Cost {
    let parts = words.div_ceil(LARGEST);
    let mut cost = Cost { bytes_to_sender: 9_217, bytes_to_receiver: 8_193, rounds: 0 };
    for part in 0..parts {
        let shape = Shape::new(words / parts + usize::from(part < words % parts), Noise::Field);
        let (trees, depth) = (shape.trees, shape.depth());
        let vector = (trees * depth).div_ceil(64) + trees * per_word / 8 + 4;
        cost.bytes_to_sender += (1 + 256 * vector + if malicious { 2_096 + 97 + 49 } else { 0 }) as u64;
        cost.bytes_to_receiver += (1 + 16 * trees * (depth + 2) + if malicious { 16 + 17 } else { 0 }) as u64;
        // Semi-honest, the corrections of the second part are sent with those of the first, and so on.
        cost.rounds += if malicious { 4 } else { 2 * u64::from(part != 1) };
    }
    cost
}
