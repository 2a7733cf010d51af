//! Shares of products of a bit and a string: one party has the bits, the other the strings, and both come to hold
//! exclusive-or shares of the string where the bit is 1, of zeros where it is 0.
//!
//! From silent random oblivious transfers ([`crate::silent`] over GF(2)), one for each product: C = A·Δ + B with bits A,
//! so that the hash of C is one of those of B and B + Δ (G. Asharov, Y. Lindell, T. Schneider, M. Zohner, "More Efficient
//! Oblivious Transfer", CCS 2013, section 5.1). With these, `k_0` and `k_1`, and the random choice c of the party with
//! the bit b: it says d = b + c, and the other, whose string is w, says e = `k_0` + `k_1` + w. Then `k_d` is the share of
//! the one and `k_c` + b·e that of the other (D. Beaver, "Precomputing Oblivious Transfer", CRYPTO 1995).
//!
//! | # | from | what | bytes |
//! |---|---|---|---|
//! | 1–4 | both | [`crate::silent`], of which the party with the strings is the sender | 80,000 for 2^21 |
//! | 4 | bits → strings | d | a bit each |
//! | 5 | strings → bits | e, up to 256 KiB a message | a string each |
//!
//! # Security
//!
//! That of [`crate::silent`] for semi-honest parties, and correlation robustness of the hash. d is uniform, as c is; e
//! is masked by the one of two pads that the other party does not have. Nothing is checked: a party that deviates can
//! spoil the shares.

use crate::wire::{self, Kind};
use crate::{Cost, OtError, Security, silent};
use rand_core::CryptoRng;
use yinshu_crypto::field::{F2, F128};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::permutation::Permutation;
use yinshu_net::Channel;
use zeroize::{Zeroize, Zeroizing};

/// The most products of one run.
pub const MOST: usize = 1 << 27;

/// The most bytes of a string.
pub const MOST_BYTES: usize = 64;

/// Blocks that are hashed at a time.
const BATCH: usize = 1 << 10;

/// Bytes of a block.
const BLOCK: usize = 16;

/// About how many bytes of a message of strings.
const FRAME_BYTES: usize = 1 << 18;

const CHOICES: Kind = Kind { byte: 8, name: "the choices of products" };
const STRINGS: Kind = Kind { byte: 9, name: "the masked strings" };

fn check(n: usize, bytes: usize) -> Result<(), OtError> {
    if n > MOST {
        return Err(OtError::TooMany { found: n, max: MOST });
    }
    if bytes > MOST_BYTES {
        return Err(OtError::TooMany { found: bytes, max: MOST_BYTES });
    }
    Ok(())
}

/// One key for each block of a string, of the public key of an expansion.
fn hashes(key: [u8; 16], bytes: usize) -> Vec<Permutation> {
    let derive = |block: u8| {
        let digest = Digest::of_parts("yinshu ot products v1", &[&key, &[block]]);
        Permutation::new(*digest.0.first_chunk().expect("a digest has 32 bytes"))
    };
    (0..bytes.div_ceil(BLOCK) as u8).map(derive).collect()
}

/// The string that each block stretches to, one after the other.
fn stretch(hashes: &[Permutation], blocks: &[F128], bytes: usize, out: &mut [u8]) {
    let mut copy = Zeroizing::new([F128::ZERO; BATCH]);
    for (at, hash) in hashes.iter().enumerate() {
        let copy = &mut copy[..blocks.len()];
        copy.copy_from_slice(blocks);
        hash.hash_each(copy);
        for (string, block) in out.chunks_exact_mut(bytes).zip(&*copy) {
            let to = &mut string[BLOCK * at..];
            to.iter_mut().zip(block.to_bytes()).for_each(|(to, byte)| *to = byte);
        }
    }
}

fn add(to: &mut [u8], other: &[u8]) {
    to.iter_mut().zip(other).for_each(|(to, other)| *to ^= other);
}

fn bit(words: &[u64], at: usize) -> u64 {
    words[at / 64] >> (at % 64) & 1
}

/// The shares of the party with the strings, of `bytes` bytes each, one after the other. The peer calls [`choose`] with the
/// same `context` (as in [`crate::vole::send`]), number and length of strings.
///
/// # Errors
/// [`OtError`]: too many products or too long ones, a failure of the channel, or a misstep of the peer. The peer is
/// told nothing.
pub fn give(
    channel: &mut dyn Channel,
    context: &Digest,
    strings: &[u8],
    bytes: usize,
    rng: &mut impl CryptoRng,
) -> Result<Zeroizing<Vec<u8>>, OtError> {
    let n = strings.len().checked_div(bytes).unwrap_or(0);
    check(n, bytes)?;
    let mut shares = Zeroizing::new(Vec::with_capacity(n * bytes));
    // The sums of both pads.
    let mut sums = Zeroizing::new(Vec::with_capacity(n * bytes));
    silent::send_each::<F2, F128>(channel, context, n, Security::SemiHonest, rng, |delta, part, b, key| {
        let hashes = hashes(key, bytes);
        for zero in b.whole()[..part].chunks_mut(BATCH) {
            let done = shares.len();
            shares.resize(done + zero.len() * bytes, 0);
            sums.resize(shares.len(), 0);
            stretch(&hashes, zero, bytes, &mut shares[done..]);
            zero.iter_mut().for_each(|block| *block += delta);
            stretch(&hashes, zero, bytes, &mut sums[done..]);
            add(&mut sums[done..], &shares[done..]);
        }
    })?;
    if n == 0 {
        return Ok(shares);
    }
    let choices = wire::words(&wire::recv(channel, CHOICES, 8 * n.div_ceil(64))?);
    for (at, (share, sum)) in shares.chunks_exact_mut(bytes).zip(sums.chunks_exact(bytes)).enumerate() {
        let mask = (bit(&choices, at) as u8).wrapping_neg();
        share.iter_mut().zip(sum).for_each(|(to, sum)| *to ^= sum & mask);
    }
    add(&mut sums, strings);
    for frame in sums.chunks(FRAME_BYTES / bytes * bytes) {
        wire::send(channel, STRINGS, &[frame])?;
    }
    Ok(shares)
}

/// The shares of the party with the bits, `n` of them, 64 in a word.
///
/// # Errors
/// As [`give`].
///
/// # Panics
/// Where there are fewer bits.
pub fn choose(
    channel: &mut dyn Channel,
    context: &Digest,
    (bits, n): (&[u64], usize),
    bytes: usize,
    rng: &mut impl CryptoRng,
) -> Result<Zeroizing<Vec<u8>>, OtError> {
    let n = if bytes == 0 { 0 } else { n };
    check(n, bytes)?;
    let words = n.div_ceil(64);
    let mut choices = Zeroizing::new(bits[..words].to_vec());
    if let Some(last) = choices.last_mut() {
        *last &= u64::MAX >> (64 * words - n);
    }
    let mut shares = Zeroizing::new(Vec::with_capacity(n * bytes));
    let mut at = 0;
    silent::receive_each::<F2, F128>(channel, context, n, Security::SemiHonest, rng, |part, a, c, key| {
        let hashes = hashes(key, bytes);
        let (a, c) = rayon::join(|| a.whole(), || c.whole());
        for (a, c) in a[..part].iter().zip(at..) {
            choices[c / 64] ^= u64::from(a.bit()) << (c % 64);
        }
        at += part;
        for c in c[..part].chunks_mut(BATCH) {
            let done = shares.len();
            shares.resize(done + c.len() * bytes, 0);
            stretch(&hashes, c, bytes, &mut shares[done..]);
            c.zeroize();
        }
    })?;
    if n == 0 {
        return Ok(shares);
    }
    let mut frame = Vec::with_capacity(8 * words);
    wire::words_to_bytes(&choices, &mut frame);
    wire::send(channel, CHOICES, &[&frame])?;
    let each = FRAME_BYTES / bytes;
    for (chunk, shares) in shares.chunks_mut(each * bytes).enumerate() {
        let frame = wire::recv(channel, STRINGS, shares.len())?;
        let strings = shares.chunks_exact_mut(bytes).zip(frame.chunks_exact(bytes));
        for (at, (share, sum)) in (chunk * each..).zip(strings) {
            let mask = (bit(bits, at) as u8).wrapping_neg();
            share.iter_mut().zip(sum).for_each(|(to, sum)| *to ^= sum & mask);
        }
    }
    Ok(shares)
}

/// What a run of `n` products with strings of so many bytes costs, exactly: the sender is the party with the strings.
pub fn cost(n: usize, bytes: usize) -> Cost {
    let n = if bytes == 0 { 0 } else { n };
    let mut cost = silent::msg::cost::<F2, F128>(n, Security::SemiHonest);
    if n > 0 {
        cost.from_receiver += 1 + 8 * n.div_ceil(64) as u64;
        cost.from_sender += (n * bytes + n.div_ceil(FRAME_BYTES / bytes)) as u64;
        cost.rounds += 2;
    }
    cost
}

#[cfg(test)]
mod tests;
