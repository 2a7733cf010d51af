//! Shares of "are these two words equal?" for many pairs, of which each party knows one word: 64 pairs at a time.
//!
//! O. Goldreich, S. Micali, A. Wigderson, STOC 1987, with the triples of D. Beaver, CRYPTO 1991. Bit i of one word plus
//! bit i of the other plus 1 is "bits i are equal", already shared; a tree multiplies them together.

use super::msg::BITS_CHUNK;
use crate::error::PsiError;
use yinshu_ot::triples::{Role, Triples};
use zeroize::{Zeroize, Zeroizing};

/// How many products, in words of 64, a comparison of `pairs` pairs of `bits` bits takes.
pub(super) fn products(pairs: usize, bits: u32) -> usize {
    pairs.div_ceil(64) * (bits.saturating_sub(1)) as usize
}

/// One party's side, between two levels.
pub(super) struct Equality {
    role: Role,
    pairs: usize,
    /// Shares of the factors that are left, each of all pairs.
    planes: Vec<Vec<u64>>,
    triples: Triples,
    /// How many words of triples are used up.
    used: usize,
}

impl Drop for Equality {
    fn drop(&mut self) {
        self.planes.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// One level under way: neighbours are multiplied.
pub(super) struct Level {
    equality: Equality,
    /// The factors to the left, then those to the right, each masked by a triple: own shares.
    left: Zeroizing<Vec<u64>>,
    right: Zeroizing<Vec<u64>>,
    products: Vec<u64>,
    opened: usize,
    done: usize,
}

impl Equality {
    /// With the own words, of which the lowest `bits` count.
    pub(super) fn new(words: &[u64], bits: u32, role: Role, triples: Triples) -> Result<Self, PsiError> {
        if triples.c.len() < products(words.len(), bits) {
            return Err(PsiError::OutOfStep { step: "the triples" });
        }
        let mut planes = vec![vec![0; words.len().div_ceil(64)]; bits as usize];
        let mut square = Zeroizing::new([0; 64]);
        for (at, chunk) in words.chunks(64).enumerate() {
            square.fill(0);
            square[..chunk.len()].copy_from_slice(chunk);
            transpose(&mut square);
            // One party adds the 1.
            let one = if role == Role::Sender { u64::MAX } else { 0 };
            planes.iter_mut().zip(&*square).for_each(|(plane, word)| plane[at] = word ^ one);
        }
        Ok(Self { role, pairs: words.len(), planes, triples, used: 0 })
    }

    /// The next level; or the shares, when one factor is left.
    pub(super) fn next(mut self) -> Result<Level, Vec<u64>> {
        if self.planes.len() < 2 {
            let mut shares = self.planes.pop().unwrap_or_default();
            if let Some(last) = shares.last_mut() {
                *last &= u64::MAX >> (64 * self.pairs.div_ceil(64) - self.pairs);
            }
            return Err(shares);
        }
        let pairs = self.planes.len() / 2;
        let words = pairs * self.pairs.div_ceil(64);
        let side = |first: usize| -> Vec<u64> {
            self.planes[..2 * pairs].iter().skip(first).step_by(2).flatten().copied().collect()
        };
        let (mut left, mut right) = (Zeroizing::new(side(0)), Zeroizing::new(side(1)));
        let masks = self.used..self.used + words;
        left.iter_mut().zip(&self.triples.a[masks.clone()]).for_each(|(word, mask)| *word ^= mask);
        right.iter_mut().zip(&self.triples.b[masks]).for_each(|(word, mask)| *word ^= mask);
        Ok(Level { equality: self, left, right, products: Vec::with_capacity(words), opened: 0, done: 0 })
    }
}

impl Level {
    /// How many words of products the next package to open has, and so that of the peer; 0 after the last.
    pub(super) fn due(&self) -> usize {
        (self.left.len() - self.done).min(BITS_CHUNK)
    }

    /// The next masked factors, `None` after the last.
    pub(super) fn open(&mut self) -> Option<Vec<u64>> {
        let range = self.opened..self.left.len().min(self.opened + BITS_CHUNK);
        self.opened = range.end;
        if range.is_empty() { None } else { Some([&self.left[range.clone()], &self.right[range]].concat()) }
    }

    /// Takes the peer's masked factors: with d = x + a and e = y + b opened, x·y = c + d·b + e·a + d·e.
    pub(super) fn absorb(&mut self, theirs: &[u64]) {
        let (d, e) = theirs.split_at(theirs.len() / 2);
        let Equality { triples, used, role, .. } = &self.equality;
        let both = if *role == Role::Sender { u64::MAX } else { 0 };
        for (at, (d, e)) in (self.done..).zip(d.iter().zip(e)) {
            let (d, e) = (d ^ self.left[at], e ^ self.right[at]);
            let (a, b, c) = (triples.a[used + at], triples.b[used + at], triples.c[used + at]);
            self.products.push(c ^ d & b ^ e & a ^ d & e & both);
        }
        self.done = self.products.len();
    }

    /// On to the next level.
    pub(super) fn finish(self) -> Result<Equality, PsiError> {
        if self.done < self.left.len() || self.opened < self.left.len() {
            return Err(PsiError::OutOfStep { step: "a level of products" });
        }
        let Self { mut equality, products, .. } = self;
        equality.used += products.len();
        let odd = if equality.planes.len() % 2 == 1 { equality.planes.pop() } else { None };
        equality.planes.iter_mut().for_each(Zeroize::zeroize);
        let words = equality.pairs.div_ceil(64).max(1);
        equality.planes = products.chunks(words).map(<[u64]>::to_vec).chain(odd).collect();
        Zeroizing::new(products);
        Ok(equality)
    }
}

/// Transposes a square of bits: bit j of word i becomes bit i of word j (H. Warren, "Hacker's Delight", 2nd edition,
/// section 7-3).
fn transpose(square: &mut [u64; 64]) {
    let mut mask = u64::MAX >> 32;
    let mut width = 32;
    while width > 0 {
        let mut row = 0;
        while row < 64 {
            let swap = (square[row] >> width ^ square[row + width]) & mask;
            square[row] ^= swap << width;
            square[row + width] ^= swap;
            row = (row + width + 1) & !width;
        }
        width /= 2;
        mask ^= mask << width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};
    use yinshu_ot::triples;

    #[test]
    fn a_square_is_transposed() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let before: [u64; 64] = std::array::from_fn(|_| rng.next_u64());
        let mut after = before;
        transpose(&mut after);
        for (i, word) in before.iter().enumerate() {
            for (j, column) in after.iter().enumerate() {
                assert_eq!(word >> j & 1, column >> i & 1);
            }
        }
    }

    fn compare(one: &[u64], two: &[u64], bits: u32) -> Vec<bool> {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let [first, second] = triples::ideal(64 * products(one.len(), bits), &mut rng);
        let mut one_side = Equality::new(one, bits, Role::Sender, first).unwrap();
        let mut two_side = Equality::new(two, bits, Role::Receiver, second).unwrap();
        loop {
            let (mut a, mut b) = match (one_side.next(), two_side.next()) {
                (Ok(a), Ok(b)) => (a, b),
                (Err(a), Err(b)) => {
                    let bit = |at: usize| (a[at / 64] ^ b[at / 64]) >> (at % 64) & 1 == 1;
                    return (0..one.len()).map(bit).collect();
                }
                _ => panic!("not at the same level"),
            };
            while let (Some(opened), Some(other)) = (a.open(), b.open()) {
                a.absorb(&other);
                b.absorb(&opened);
            }
            (one_side, two_side) = (a.finish().unwrap(), b.finish().unwrap());
        }
    }

    #[test]
    fn equal_words_are_found() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        for (pairs, bits) in [(0, 52), (1, 1), (1, 2), (63, 3), (64, 41), (65, 61), (300, 64)] {
            let mask = u64::MAX >> (64 - bits);
            let one: Vec<u64> = (0..pairs).map(|_| rng.next_u64() & mask).collect();
            let alter = |(at, word): (usize, &u64)| match at % 3 {
                0 => *word,
                1 => word ^ 1 << (at as u32 % bits),
                _ => !word & mask,
            };
            let two: Vec<u64> = one.iter().enumerate().map(alter).collect();
            let expected: Vec<bool> = one.iter().zip(&two).map(|(one, two)| one == two).collect();
            assert_eq!(compare(&one, &two, bits), expected, "{pairs} pairs of {bits} bits");
        }
    }
}
