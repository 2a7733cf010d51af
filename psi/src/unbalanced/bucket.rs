//! Buckets: the tokens that share their leading bits.

use super::evaluate::token_bits;
use super::store::{TOKEN_BYTES, Token};

/// How an asker divides the holder's tokens, and what travels of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Division {
    /// How many leading bits of a token are the number of its bucket.
    pub(super) bits: u8,
    /// Which bytes of a token travel: those that the bucket's number says already do not.
    pub(super) from: usize,
    pub(super) until: usize,
    /// The most entries that a bucket can have.
    pub(super) most: u64,
}

impl Division {
    /// For an asker of `asked` entries against `entries`, so that a bucket has 2·`least` to 4·`least` on
    /// average (all of them, where there are no more).
    pub(super) fn choose(asked: u64, entries: u64, least: u32) -> Self {
        let buckets = entries / (2 * u64::from(least.max(1)));
        let bits = u8::try_from(buckets.checked_ilog2().unwrap_or(0).min(32)).expect("at most 32");
        Self::new(bits, asked, entries)
    }

    /// As both sides compute it from what they told each other.
    ///
    /// Tokens are pseudorandom, so that sizes of buckets are close to Poisson with mean λ = entries / 2^bits. By
    /// Chernoff's bound one has x = 4λ + 64 entries with probability at most e^-λ · (eλ/x)^x, which is below
    /// 2^-128 for every λ.
    pub(super) fn new(bits: u8, asked: u64, entries: u64) -> Self {
        let most = entries.min(4 * ((entries >> bits) + 1) + 64);
        let from = usize::from(bits / 8);
        let needed = u64::from(bits % 8) + token_bits(asked, most);
        let bytes = usize::try_from(needed.div_ceil(8)).expect("at most 112 bits");
        Self { bits, from, until: (from + bytes).min(TOKEN_BYTES), most }
    }

    /// The number of a token's bucket.
    pub(super) fn bucket(&self, token: &Token) -> u32 {
        let front = u32::from_be_bytes(*token.first_chunk().expect("a token has 15 bytes"));
        if self.bits == 0 { 0 } else { front >> (32 - self.bits) }
    }

    /// The lowest token that a bucket can have.
    pub(super) fn first(&self, bucket: u32) -> Token {
        let mut token = [0; TOKEN_BYTES];
        let front = if self.bits == 0 { 0 } else { bucket << (32 - self.bits) };
        token[..4].copy_from_slice(&front.to_be_bytes());
        token
    }

    /// What travels of a token.
    pub(super) fn part<'a>(&self, token: &'a [u8]) -> &'a [u8] {
        &token[self.from..self.until]
    }

    /// How many bytes that is.
    pub(super) fn part_bytes(&self) -> usize {
        self.until - self.from
    }
}

/// Bits of a token in a copy of `entries`: neither an asked item and an entry nor two entries are equal, with
/// probability at least 1 - 2^-40 each.
fn copy_bits(items: u64, entries: u64) -> u64 {
    token_bits(items.max(entries), entries)
}

/// Bytes of a token in a copy, such that one run of `items` entries against up to four times `entries` sees a
/// wrong match with probability at most 2^-40, and so that two of `entries` are equal.
pub(super) fn copy_width(items: u64, entries: u64) -> u8 {
    u8::try_from((copy_bits(items, entries) + 2).div_ceil(8).min(TOKEN_BYTES as u64)).expect("at most 15")
}

/// Whether a copy whose tokens have `width` bytes is fine enough.
pub(super) fn fine_enough(width: u8, items: u64, entries: u64) -> bool {
    8 * u64::from(width) >= copy_bits(items, entries).min(8 * TOKEN_BYTES as u64)
}

const _: () = assert!(TOKEN_BYTES * 8 >= 40 + 32 + 32, "a whole token is fine enough for the largest sets");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unbalanced::evaluate::log2;

    #[test]
    fn divisions() {
        let division = Division::choose(1 << 10, 1 << 20, 64);
        assert_eq!((division.bits, division.from), (13, 1));
        assert_eq!(division.most, 4 * 129 + 64);
        // 5 bits of the number, and 40 + 10 + 10.
        assert_eq!(division.part_bytes(), 9);
        assert_eq!(Division::choose(5, 100, 64).bits, 0);
        assert_eq!(Division::choose(5, 0, 64).bits, 0);
        assert_eq!(Division::choose(5, 0, 0).most, 0);
        let token = *b"\xab\xcd\xef\x01-----------";
        assert_eq!(division.bucket(&token), 0xabcd >> 3);
        assert_eq!(division.first(0xabcd >> 3)[..4], [0xab, 0xc8, 0, 0]);
        let widest = Division::new(32, u64::from(u32::MAX), u64::from(u32::MAX));
        // 40 + 32 + log2(4 · 1 + 64)
        assert_eq!((widest.from, widest.until), (4, 14));
        assert_eq!(widest.bucket(&widest.first(77)), 77);
    }

    #[test]
    fn statistical_security_is_40_bits() {
        for (items, entries) in [(1u64, 1u64), (1 << 10, 1 << 20), (1 << 16, 1 << 24), (1 << 31, 1 << 31)] {
            // Against what is asked, and of the entries among themselves.
            let bits = log2(items.max(entries)) + log2(entries) + 40;
            let width = copy_width(items, entries);
            assert!(u64::from(width) * 8 >= bits && fine_enough(width, items, entries));
            assert!(!fine_enough((bits.div_ceil(8) - 1) as u8, items, entries));
            for least in [16, 64, 1000] {
                let division = Division::choose(items, entries, least);
                let sent = 8 * division.part_bytes() as u64 - u64::from(division.bits % 8);
                assert!(sent >= log2(items) + log2(division.most) + 40, "{division:?}");
                assert!(entries >> division.bits >= 2 * u64::from(least) || division.bits == 0);
            }
        }
    }
}
