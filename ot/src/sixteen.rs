//! Random oblivious transfers of one bit out of sixteen: the sender gets sixteen random bits for each, the receiver a
//! random choice among them and the bit chosen.
//!
//! From a correlation over GF(2^4), C = A·Δ + B ([`crate::silent`]): the pads are hashes of B + a·Δ, one for each a of
//! the field, and that of C is the one of a = A (L. Roy, "SoftSpokenOT", CRYPTO 2022, figure 8; the same from vectors
//! of V. Kolesnikov, R. Kumaresan, "Improved OT Extension for Transferring Short Secrets", CRYPTO 2013, where codes
//! stand for the field). So a transfer costs one correlation, and the sender sixteen hashes.
//!
//! Everything comes 64 transfers at a time, bit by bit in words: whoever works on bits of many values needs it so.
//!
//! | # | from | what | bytes for each 2^19 transfers |
//! |---|---|---|---|
//! | 1–2 | both | base transfers, once | 17,410 in all |
//! | 2 | R → S | corrections of [`crate::silent`], four expansions side by side | about 109,000 |
//! | 3 | S → R | its trees | about 370,000 |
//!
//! # Security
//!
//! That of [`crate::silent`] for semi-honest parties: learning parity with regular noise over GF(2^4)
//! ([`crate::shape`]). The hash is fixed-key AES, under a key of each expansion; it must be correlation robust for the
//! fifteen differences a·Δ, each uniform but for zero, as a ≠ 0 has an inverse and Δ has 128 bits. With the AES of the
//! key an ideal permutation, q evaluations of it tell a pad from random with probability at most about
//! 2·15·2^19·q / 2^128 (C. Guo, J. Katz, X. Wang, Y. Yu, "Efficient and Secure Multiparty Computation from Fixed-Key
//! Block Ciphers", IEEE S&P 2020, section 4, with as many differences): 2^104 evaluations. Nothing is checked: a party
//! that deviates can spoil the transfers.

use crate::lanes::Four;
use crate::{Cost, OtError, Security, silent};
use rand_core::CryptoRng;
use yinshu_crypto::bits::planes;
use yinshu_crypto::field::{F16, F128, F128x4};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::permutation::{BITS_LINES, Permutation};
use yinshu_net::Channel;
use zeroize::{Zeroize, Zeroizing};

/// How many bits a sender has in each transfer.
pub const BITS: usize = 16;

/// Bits of a choice.
pub const CHOICE: usize = 4;

/// The most transfers of one run, in groups of 64.
pub const MOST_GROUPS: usize = 1 << 23;

/// Transfers that make a word of bits.
const GROUP: usize = 64;

/// The sender's part. Wiped on drop.
pub struct Pads {
    /// For each 64 transfers, a word for each choice: bit i belongs to transfer i.
    pub pads: Vec<[u64; BITS]>,
}

/// The receiver's part. Wiped on drop.
pub struct Chosen {
    /// For each 64 transfers, the choices bit by bit, the lowest first: bit i of each belongs to transfer i.
    pub choices: Vec<[u64; CHOICE]>,
    /// For each 64 transfers, the pads of the choices.
    pub pads: Vec<u64>,
}

impl Drop for Pads {
    fn drop(&mut self) {
        self.pads.as_flattened_mut().zeroize();
    }
}

impl Drop for Chosen {
    fn drop(&mut self) {
        self.choices.as_flattened_mut().zeroize();
        self.pads.zeroize();
    }
}

fn entries(groups: usize) -> Result<usize, OtError> {
    if groups > MOST_GROUPS {
        return Err(OtError::TooMany { found: groups.saturating_mul(GROUP), max: GROUP * MOST_GROUPS });
    }
    Ok(groups * GROUP)
}

/// Makes 64 transfers for each of `groups` with the peer, who calls [`receive`] with the same `context` (as in
/// [`crate::vole::send`]) and `groups`.
///
/// # Errors
/// [`OtError`]: too many transfers, a failure of the channel, or a misstep of the peer. The peer is told nothing.
pub fn send(
    channel: &mut dyn Channel,
    context: &Digest,
    groups: usize,
    rng: &mut impl CryptoRng,
) -> Result<Pads, OtError> {
    let n = entries(groups)?;
    let mut all = Pads { pads: Vec::with_capacity(groups) };
    silent::send_each::<F16, F128x4>(
        channel,
        context,
        n,
        Security::SemiHonest,
        rng,
        |delta, part, b, key| {
            let done = all.pads.len();
            all.pads.resize(done + part / GROUP, [0; BITS]);
            let (hash, multiples) = (Permutation::new(key), F16::multiples(delta));
            b.each(BITS_LINES, &mut all.pads[done..], |lines, pads| {
                hash.bits_of_multiples(lines, &multiples, pads);
            });
        },
    )?;
    Ok(all)
}

/// The other side of [`send`].
///
/// # Errors
/// As [`send`].
pub fn receive(
    channel: &mut dyn Channel,
    context: &Digest,
    groups: usize,
    rng: &mut impl CryptoRng,
) -> Result<Chosen, OtError> {
    receive_in_parts(channel, context, groups, rng, |_| {})
}

/// As [`receive`]; `told` is shown what there is whenever it became more.
///
/// # Errors
/// As [`send`].
pub fn receive_in_parts(
    channel: &mut dyn Channel,
    context: &Digest,
    groups: usize,
    rng: &mut impl CryptoRng,
    mut told: impl FnMut(&Chosen),
) -> Result<Chosen, OtError> {
    let n = entries(groups)?;
    let mut all = Chosen { choices: Vec::with_capacity(groups), pads: Vec::with_capacity(groups) };
    silent::receive_each::<F16, F128x4>(
        channel,
        context,
        n,
        Security::SemiHonest,
        rng,
        |part, a, c, key| {
            let hash = Permutation::new(key);
            let done = all.pads.len();
            all.pads.resize(done + part / GROUP, 0);
            let (pads, choices) = (all.pads[done..].as_chunks_mut::<1>().0, &mut all.choices);
            rayon::join(
                || c.each(BITS_LINES, pads, |lines, pads| hash.bits_of_multiples(lines, &[F128::ZERO], pads)),
                || choose(&a.whole()[..part / F128x4::LANES], choices),
            );
            told(&all);
        },
    )?;
    Ok(all)
}

/// The choices that lie in lines, bit by bit.
fn choose(lines: &[Four<F16>], to: &mut Vec<[u64; CHOICE]>) {
    let mut bytes = Zeroizing::new([0; GROUP]);
    for lines in lines.as_chunks::<BITS_LINES>().0 {
        for (bytes, line) in bytes.as_chunks_mut().0.iter_mut().zip(lines) {
            *bytes = line.0.map(F16::bits);
        }
        to.push(planes(&bytes));
    }
}

/// What a run costs: exact.
pub fn cost(groups: usize) -> Cost {
    silent::msg::cost::<F16, F128x4>(groups * GROUP, Security::SemiHonest)
}

/// The ideal functionality, for tests of what stands on it: both parties' parts from one hand.
pub fn ideal(groups: usize, rng: &mut impl CryptoRng) -> (Pads, Chosen) {
    let mut words = [0; BITS + CHOICE];
    let (mut pads, mut choices, mut chosen) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..groups {
        words.fill_with(|| rng.next_u64());
        let (own, choice) = words.split_first_chunk::<BITS>().expect("enough words");
        let choice: &[u64; CHOICE] = choice.first_chunk().expect("enough words");
        chosen.push(select(own, choice));
        pads.push(*own);
        choices.push(*choice);
    }
    (Pads { pads }, Chosen { choices, pads: chosen })
}

/// Of sixteen words, bit by bit, the one that the bits of four words name.
pub fn select(words: &[u64; BITS], choice: &[u64; CHOICE]) -> u64 {
    let masks = minterms(choice);
    words.iter().zip(masks).fold(0, |sum, (word, mask)| sum ^ word & mask)
}

/// For each number below sixteen, where the bits of four words name it.
pub fn minterms(choice: &[u64; CHOICE]) -> [u64; BITS] {
    let [a, b, c, d] = *choice;
    let low = [!a & !b, a & !b, !a & b, a & b];
    let high = [!c & !d, c & !d, !c & d, c & d];
    std::array::from_fn(|number| low[number % 4] & high[number / 4])
}

#[cfg(test)]
mod tests;
