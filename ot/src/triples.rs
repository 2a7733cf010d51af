//! Multiplication triples of bits: shares of random a, b and of c = a·b, for secure computation with shares of bits
//! (D. Beaver, "Efficient Multiparty Protocols Using Circuit Randomization", CRYPTO 1991).
//!
//! From silent random oblivious transfers ([`crate::silent`] over GF(2)), two for each triple (G. Asharov, Y. Lindell,
//! T. Schneider, M. Zohner, "More Efficient Oblivious Transfer", CCS 2013, section 5.1): transfer of `m_0`, `m_1` to
//! the receiver's choice r gives it `m_r` = `m_0` + r·(`m_0` + `m_1`), so that the parties share the product of r and
//! `m_0` + `m_1`. The messages are the lowest bits of hashes of the correlated blocks.
//!
//! | # | from | what | bytes for each 2^20 triples |
//! |---|---|---|---|
//! | 1–2 | both | base transfers, once | 17,410 in all |
//! | 2 | R → S | corrections of [`crate::silent`] | about 12,000 |
//! | 3 | S → R | its trees | about 49,000 |
//!
//! # Security
//!
//! That of [`crate::silent`] for semi-honest parties, and correlation robustness of the hash. Nothing is checked: a
//! party that deviates can spoil the triples.

use crate::{OtError, Security, silent};
use rand_core::CryptoRng;
use yinshu_crypto::field::{F2, F128};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::permutation::Permutation;
use yinshu_net::Channel;
use zeroize::{Zeroize, Zeroizing};

/// The most triples of one run.
pub const MOST: usize = 1 << 27;

/// Blocks that are hashed at a time.
const BATCH: usize = 1 << 10;

/// Which side of the transfers a party is: one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Sends in the transfers; speaks first.
    Sender,
    /// Chooses in the transfers.
    Receiver,
}

/// One party's shares, 64 triples in a word, the first in the lowest bit. The last word may hold more triples than
/// asked for: they are as good as the others. Wiped on drop.
pub struct Triples {
    /// Shares of a.
    pub a: Vec<u64>,
    /// Shares of b.
    pub b: Vec<u64>,
    /// Shares of c = a·b.
    pub c: Vec<u64>,
}

impl Drop for Triples {
    fn drop(&mut self) {
        [&mut self.a, &mut self.b, &mut self.c].into_iter().for_each(Zeroize::zeroize);
    }
}

/// Makes at least `n` triples with the peer, who calls this with the same `context` (as in
/// [`crate::vole::send`]) and `n` and the other role.
///
/// # Errors
/// [`OtError`]: too many triples, a failure of the channel, or a misstep of the peer. The peer is told nothing.
pub fn bit_triples(
    channel: &mut dyn Channel,
    context: &Digest,
    role: Role,
    n: usize,
    rng: &mut impl CryptoRng,
) -> Result<Triples, OtError> {
    if n > MOST {
        return Err(OtError::TooMany { found: n, max: MOST });
    }
    let words = n.div_ceil(64);
    let products = match role {
        Role::Sender => send(channel, context, 128 * words, rng)?,
        Role::Receiver => receive(channel, context, 128 * words, rng)?,
    };
    // The first half multiplies the receiver's a by the sender's b, the second the receiver's b by the sender's a.
    let (first, second) = products.factors.split_at(words);
    let (a, b) = if role == Role::Receiver { (first, second) } else { (second, first) };
    let (cross, other_cross) = products.shares.split_at(words);
    let own = a.iter().zip(b).map(|(a, b)| a & b);
    let c = own.zip(cross).zip(other_cross).map(|((own, cross), other)| own ^ cross ^ other);
    Ok(Triples { a: a.to_vec(), b: b.to_vec(), c: c.collect() })
}

/// One party's factors of many products of bits, and its shares of the products.
struct Products {
    factors: Zeroizing<Vec<u64>>,
    shares: Zeroizing<Vec<u64>>,
}

/// Bits, gathered one at a time.
struct Bits {
    words: Zeroizing<Vec<u64>>,
    count: usize,
}

impl Bits {
    fn with_room(bits: usize) -> Self {
        Self { words: Zeroizing::new(Vec::with_capacity(bits.div_ceil(64))), count: 0 }
    }

    fn push(&mut self, bits: impl Iterator<Item = u64>) {
        for bit in bits {
            match self.words.last_mut() {
                Some(word) if !self.count.is_multiple_of(64) => *word |= bit << (self.count % 64),
                _ => self.words.push(bit),
            }
            self.count += 1;
        }
    }
}

fn lowest(block: &F128) -> u64 {
    block.0 as u64 & 1
}

fn send(
    channel: &mut dyn Channel,
    context: &Digest,
    n: usize,
    rng: &mut impl CryptoRng,
) -> Result<Products, OtError> {
    let (mut factors, mut shares) = (Bits::with_room(n), Bits::with_room(n));
    silent::send_each::<F2, F128>(channel, context, n, Security::SemiHonest, rng, |delta, part, b, key| {
        let hash = Permutation::new(key);
        let mut other = Zeroizing::new([F128::ZERO; BATCH]);
        for zero in b.whole()[..part].chunks_mut(BATCH) {
            let one = &mut other[..zero.len()];
            one.iter_mut().zip(&*zero).for_each(|(one, &zero)| *one = zero + delta);
            hash.hash_each(zero);
            hash.hash_each(one);
            shares.push(zero.iter().map(lowest));
            factors.push(zero.iter().zip(&*one).map(|(zero, one)| lowest(zero) ^ lowest(one)));
        }
    })?;
    Ok(Products { factors: factors.words, shares: shares.words })
}

fn receive(
    channel: &mut dyn Channel,
    context: &Digest,
    n: usize,
    rng: &mut impl CryptoRng,
) -> Result<Products, OtError> {
    let (mut factors, mut shares) = (Bits::with_room(n), Bits::with_room(n));
    silent::receive_each::<F2, F128>(channel, context, n, Security::SemiHonest, rng, |part, a, c, key| {
        let (a, c) = rayon::join(|| a.whole(), || c.whole());
        let (a, c) = (&a[..part], &mut c[..part]);
        Permutation::new(key).hash_each(c);
        shares.push(c.iter().map(lowest));
        factors.push(a.iter().map(|a| a.bit().into()));
    })?;
    Ok(Products { factors: factors.words, shares: shares.words })
}

/// The ideal functionality, for tests of what stands on it: both parties' shares from one hand.
pub fn ideal(n: usize, rng: &mut impl CryptoRng) -> [Triples; 2] {
    let words = n.div_ceil(64);
    let mut random = || -> Vec<u64> { (0..words).map(|_| rng.next_u64()).collect() };
    let (one, mut two) = (
        Triples { a: random(), b: random(), c: random() },
        Triples { a: random(), b: random(), c: Vec::new() },
    );
    two.c = (0..words).map(|i| (one.a[i] ^ two.a[i]) & (one.b[i] ^ two.b[i]) ^ one.c[i]).collect();
    [one, two]
}

#[cfg(test)]
mod tests;
