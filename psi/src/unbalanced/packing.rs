//! Tokens in ascending order, packed: differences in the code of Golomb and Rice.
//!
//! R. F. Rice, "Some Practical Universal Noiseless Coding Techniques", JPL 79-22, 1979. The tokens of n random
//! entries are n increasing numbers of 8w bits; their differences are geometric with mean 2^(8w)/n, so that
//! with k = 8w − ⌈log2 n⌉ low bits as they are and the rest in unary each costs about k + 2 bits. The
//! information-theoretic bound is k + 1.44.
//!
//! Of each row: quotient (that many ones, then a zero; 48 ones are followed by the whole number), k low
//! bits, one bit that says whether the token was deleted. Most significant bits first; the last byte is filled
//! up with zeros.

use super::evaluate::log2;
use super::store::segment::GONE;
use super::store::{ROW_HEAD, TOKEN_BYTES, Token};

/// From this quotient on a difference is written as it is.
const ESCAPE: u32 = 48;

/// How tokens of `width` bytes are packed where there are `rows` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packing {
    width: u32,
    low: u32,
}

impl Packing {
    /// `width` is 1 to 15.
    pub fn new(width: u8, rows: u64) -> Self {
        let bits = 8 * u32::from(width);
        let low = bits.saturating_sub(u32::try_from(log2(rows)).expect("at most 64"));
        Self { width: bits, low }
    }

    /// The most bytes that `count` rows take.
    pub fn max_bytes(&self, count: usize) -> usize {
        (count * (ESCAPE + self.width + 1) as usize).div_ceil(8)
    }

    fn number(&self, token: &Token) -> u128 {
        let mut bytes = [0; 16];
        bytes[1..].copy_from_slice(token);
        u128::from_be_bytes(bytes) >> (8 * TOKEN_BYTES as u32 - self.width)
    }

    fn token(&self, number: u128) -> Token {
        let bytes = (number << (8 * TOKEN_BYTES as u32 - self.width)).to_be_bytes();
        *bytes.last_chunk().expect("sixteen bytes end in fifteen")
    }

    /// Packs heads of rows, of ascending tokens that are zero beyond the width, after `last`; `None` where two
    /// tokens are the same as far as the width goes.
    pub fn pack(&self, heads: &[[u8; ROW_HEAD]], mut last: Option<Token>) -> Option<Vec<u8>> {
        let mut bits = BitWriter::default();
        for head in heads {
            let token: Token = *head.first_chunk().expect("a head is longer than a token");
            let number = self.number(&token);
            // Differences are at least one: what is written is one less.
            let gap =
                last.map_or(Some(number), |last| number.checked_sub(self.number(&last))?.checked_sub(1))?;
            match u32::try_from(gap >> self.low).ok().filter(|&quotient| quotient < ESCAPE) {
                Some(quotient) => {
                    (0..quotient).for_each(|_| bits.put(1, 1));
                    bits.put(0, 1);
                    bits.put(gap, self.low);
                }
                None => {
                    (0..ESCAPE).for_each(|_| bits.put(1, 1));
                    bits.put(gap, self.width);
                }
            }
            bits.put(u128::from(head[TOKEN_BYTES] == GONE), 1);
            last = Some(token);
        }
        Some(bits.bytes)
    }

    /// Unpacks exactly `count` heads and says how many bytes they took; the number of the first row that is
    /// none otherwise.
    pub fn unpack(
        &self,
        bytes: &[u8],
        count: usize,
        last: Option<Token>,
    ) -> Result<(Vec<[u8; ROW_HEAD]>, usize), usize> {
        let mut bits = BitReader { bytes, at: 0 };
        let mut heads = Vec::with_capacity(count.min(8 * bytes.len()));
        let mut last = last.map(|token| self.number(&token));
        for row in 0..count {
            let (number, gone) = self.row(&mut bits, last).ok_or(row)?;
            let mut head = [0; ROW_HEAD];
            head[..TOKEN_BYTES].copy_from_slice(&self.token(number));
            head[TOKEN_BYTES] = if gone { GONE } else { 0 };
            heads.push(head);
            last = Some(number);
        }
        let used = bits.at.div_ceil(8);
        // There is one encoding only: what fills the last byte is zero.
        let clean = (bits.at..8 * used).all(|_| bits.take(1) == Some(0));
        if clean { Ok((heads, used)) } else { Err(count) }
    }

    fn row(&self, bits: &mut BitReader<'_>, last: Option<u128>) -> Option<(u128, bool)> {
        let mut quotient = 0;
        while quotient < ESCAPE && bits.take(1)? == 1 {
            quotient += 1;
        }
        let gap = if quotient == ESCAPE {
            let gap = bits.take(self.width)?;
            (gap >> self.low >= u128::from(ESCAPE)).then_some(gap)?
        } else {
            (u128::from(quotient) << self.low) | bits.take(self.low)?
        };
        let number = last.map_or(Some(gap), |last| last.checked_add(gap)?.checked_add(1))?;
        let gone = bits.take(1)? == 1;
        (number >> self.width == 0).then_some((number, gone))
    }
}

#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    /// Bits of the last byte that are used.
    used: u32,
}

impl BitWriter {
    /// Appends the lowest `count` bits of `value`.
    fn put(&mut self, value: u128, mut count: u32) {
        while count > 0 {
            if self.used == 0 {
                self.bytes.push(0);
            }
            let now = count.min(8 - self.used);
            let bits = (value >> (count - now)) as u8 & (0xff >> (8 - now));
            *self.bytes.last_mut().expect("pushed above") |= bits << (8 - self.used - now);
            self.used = (self.used + now) % 8;
            count -= now;
        }
    }
}

struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl BitReader<'_> {
    /// The next `count` bits, at most 120; `None` where there are fewer.
    fn take(&mut self, mut count: u32) -> Option<u128> {
        let mut value = 0;
        while count > 0 {
            let byte = *self.bytes.get(self.at / 8)?;
            let used = (self.at % 8) as u32;
            let now = count.min(8 - used);
            value = value << now | u128::from(byte << used >> (8 - now));
            self.at += now as usize;
            count -= now;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn heads(width: u8, mut tokens: Vec<([u8; 15], bool)>) -> Vec<[u8; 16]> {
        tokens.iter_mut().for_each(|(token, _)| token[usize::from(width)..].fill(0));
        tokens.sort_unstable();
        tokens.dedup_by_key(|(token, _)| *token);
        let head = |(token, gone): ([u8; 15], bool)| {
            let mut head = [0; 16];
            head[..15].copy_from_slice(&token);
            head[15] = u8::from(gone);
            head
        };
        tokens.into_iter().map(head).collect()
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            width in 1u8..=15,
            tokens in prop::collection::vec(any::<([u8; 15], bool)>(), 0..60),
            rows in 0u64..1 << 33,
            split in 0usize..60,
        ) {
            let heads = heads(width, tokens);
            let packing = Packing::new(width, rows);
            let split = split.min(heads.len());
            let mut last = None;
            for part in [&heads[..split], &heads[split..]] {
                let mut packed = packing.pack(part, last).unwrap();
                prop_assert!(packed.len() <= packing.max_bytes(part.len()));
                let used = packed.len();
                packed.extend(b"labels");
                prop_assert_eq!(packing.unpack(&packed, part.len(), last), Ok((part.to_vec(), used)));
                last = part.last().map(|head| *head.first_chunk().unwrap()).or(last);
            }
        }

        #[test]
        fn anything_is_refused_or_packs_to_itself(
            width in 1u8..=15,
            bytes in prop::collection::vec(any::<u8>(), 0..80),
            count in 0usize..8,
        ) {
            let packing = Packing::new(width, 5);
            if let Ok((heads, used)) = packing.unpack(&bytes, count, None) {
                prop_assert_eq!(packing.pack(&heads, None), Some(bytes[..used].to_vec()));
            }
        }
    }

    #[test]
    fn tokens_that_do_not_ascend_are_not_packed() {
        let packing = Packing::new(9, 100);
        let (one, two) = ([7; 16], [8; 16]);
        assert!(packing.pack(&[one, two], None).is_some());
        assert_eq!(packing.pack(&[one, one], None), None);
        assert_eq!(packing.pack(&[two, one], None), None);
        assert_eq!(packing.pack(&[one], one.first_chunk().copied()), None);
        assert_eq!(packing.pack(&[[0; 16]], Some([255; 15])), None);
    }

    #[test]
    fn random_tokens_cost_two_bits_more_than_their_low_ones() {
        use rand_chacha::{
            ChaCha20Rng,
            rand_core::{Rng, SeedableRng},
        };
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let mut token = || {
            let mut token = [0; 15];
            rng.fill_bytes(&mut token);
            (token, false)
        };
        let heads = heads(10, (0..1 << 14).map(|_| token()).collect());
        let packed = Packing::new(10, 1 << 14).pack(&heads, None).unwrap();
        // 80 − 14 low bits, a bit for deletions, and below 2 for the quotient.
        assert!(packed.len() * 8 <= (1 << 14) * (66 + 1 + 2), "{}", packed.len());
    }
}
