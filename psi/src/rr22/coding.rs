//! Ascending tokens on the wire.
//!
//! A token is the upper bits of a word. Fast: its bytes, highest first. Compact: the difference to the one before
//! minus one, in a Golomb–Rice code (R. Rice, J. Plaunt, 1971; best for geometric gaps, which those of sorted
//! random numbers are): the upper part as so many ones and a zero, then the lower k bits, highest first; the last
//! byte is filled up with zeros.

use super::settings::Wire;
use crate::error::Misstep;

/// A token in the upper bits, zeros below.
pub type Token = u128;

/// The most tokens in one message.
pub const TOKENS_CHUNK: usize = 1 << 15;

/// How tokens of one run are written: from what both sides know before they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coding {
    wire: Wire,
    bits: u32,
    low: u32,
}

impl Coding {
    /// For up to 2^32 tokens of `bits` bits, 40 to 128 (whole bytes in [`Wire::Fast`]).
    pub fn new(wire: Wire, bits: u32, tokens: u64) -> Self {
        // A gap is 2^bits / tokens on average: with its logarithm rounded down, the upper part is 1 to 2.
        let log = u64::BITS - tokens.max(1).leading_zeros();
        Self { wire, bits, low: bits.saturating_sub(log) }
    }

    /// `word` with zeros below its first bits.
    pub fn cut(self, word: u128) -> Token {
        word >> (128 - self.bits) << (128 - self.bits)
    }

    /// Do tokens take exactly [`Self::max_bytes`]?
    pub(super) fn is_exact(self) -> bool {
        self.wire == Wire::Fast
    }

    /// The most bytes that `count` tokens take. Compact: all upper parts together count to 2^(bits − k) at most.
    pub fn max_bytes(self, count: usize) -> usize {
        match self.wire {
            Wire::Fast => count * self.bits as usize / 8,
            Wire::Compact => {
                let ones = 1usize << (self.bits - self.low).min(40);
                (count * (1 + self.low as usize)).saturating_add(ones).div_ceil(8)
            }
        }
    }

    /// About how many bytes `count` tokens take.
    pub(super) fn expected_bits(self, count: u64) -> u64 {
        match self.wire {
            Wire::Fast => count * u64::from(self.bits),
            Wire::Compact => {
                let gap = (f64::from(self.bits - self.low)).exp2() / count.max(1) as f64;
                // The sum of all ⌊gap / 2^k⌋ for exponential gaps: 1 / (e^(1/gap) − 1) each.
                let ones = count as f64 / ((1.0 / gap).exp() - 1.0);
                count * u64::from(1 + self.low) + ones as u64
            }
        }
    }

    /// Appends ascending tokens; `last` is the one before the first.
    pub fn encode(self, tokens: &[Token], mut last: Option<Token>, to: &mut Vec<u8>) {
        if self.wire == Wire::Fast {
            let bytes = self.bits as usize / 8;
            return tokens.iter().for_each(|token| to.extend_from_slice(&token.to_be_bytes()[..bytes]));
        }
        let mut writer = Writer { to, word: 0, free: 64 };
        for &token in tokens {
            let gap = self.gap(token, last);
            last = Some(token);
            let mut high = (gap >> self.low) as u64;
            while high >= 32 {
                writer.put(u64::from(u32::MAX), 32);
                high -= 32;
            }
            writer.put((1 << (high + 1)) - 2, high as u32 + 1);
            if self.low > 64 {
                writer.put_wide((gap >> 64) as u64, self.low - 64);
            }
            writer.put_wide(gap as u64, self.low.min(64));
        }
        writer.finish();
    }

    fn gap(self, token: Token, last: Option<Token>) -> u128 {
        let number = token >> (128 - self.bits);
        last.map_or(number, |last| number - (last >> (128 - self.bits)) - 1)
    }

    /// Reads exactly `count` ascending tokens that are all of `body`; `start` is the position of the first in
    /// the run and `last` the token before it.
    pub fn decode(
        self,
        body: &[u8],
        count: usize,
        start: u64,
        mut last: Option<Token>,
    ) -> Result<Vec<Token>, Misstep> {
        let mut tokens = Vec::with_capacity(count.min(1 + body.len()));
        if self.wire == Wire::Fast {
            let bytes = self.bits as usize / 8;
            for (cut, index) in body.chunks_exact(bytes).zip(start..) {
                let mut token = [0; 16];
                token[..bytes].copy_from_slice(cut);
                let token = Token::from_be_bytes(token);
                if last.is_some_and(|last| last >= token) {
                    return Err(Misstep::UnsortedToken { index });
                }
                last = Some(token);
                tokens.push(token);
            }
            return Ok(tokens);
        }
        let mut reader = Reader { body, at: 0 };
        for index in (start..).take(count) {
            let token = self.read(&mut reader, last).ok_or(Misstep::BadToken { index })?;
            last = Some(token);
            tokens.push(token);
        }
        if reader.finished() { Ok(tokens) } else { Err(Misstep::BadToken { index: start + count as u64 }) }
    }
}

impl Coding {
    /// One token in the Golomb–Rice code, after `last`.
    #[inline]
    fn read(self, reader: &mut Reader<'_>, last: Option<Token>) -> Option<Token> {
        let most = u128::MAX >> (128 - self.bits);
        let high = u128::from(reader.ones()?);
        let mut gap = high;
        if self.low > 64 {
            gap = gap << (self.low - 64) | u128::from(reader.take(self.low - 64)?);
        }
        let low = self.low.min(64);
        gap = gap << low | u128::from(reader.take(low)?);
        let next = last.map_or(Some(0), |last| (last >> (128 - self.bits)).checked_add(1))?;
        let number = gap.checked_add(next)?;
        (number <= most && high <= most >> self.low).then(|| number << (128 - self.bits))
    }
}

/// Bits into bytes, highest first.
struct Writer<'a> {
    to: &'a mut Vec<u8>,
    word: u64,
    free: u32,
}

impl Writer<'_> {
    /// The lowest `count` bits, up to 64; those above are ignored.
    fn put_wide(&mut self, bits: u64, count: u32) {
        if count > 32 {
            self.put(bits >> 32 & (u64::MAX >> (96 - count)), count - 32);
        }
        let low = count.min(32);
        self.put(bits & (u64::from(u32::MAX) >> (32 - low)), low);
    }

    /// `count` bits, up to 33, with zeros above them.
    fn put(&mut self, bits: u64, count: u32) {
        if count < self.free {
            self.free -= count;
            self.word |= bits << self.free;
            return;
        }
        let over = count - self.free;
        self.to.extend_from_slice(&(self.word | bits >> over).to_be_bytes());
        self.free = 64 - over;
        self.word = if over == 0 { 0 } else { bits << self.free };
    }

    fn finish(self) {
        let used = (64 - self.free).div_ceil(8) as usize;
        self.to.extend_from_slice(&self.word.to_be_bytes()[..used]);
    }
}

/// Bits from bytes, highest first.
struct Reader<'a> {
    body: &'a [u8],
    /// In bits.
    at: usize,
}

impl Reader<'_> {
    /// The next 57 bits or more, in the upper bits; zeros after the end.
    #[inline]
    fn peek(&self) -> u64 {
        let from = self.at / 8;
        let mut word = [0; 8];
        match self.body.get(from..from + 8) {
            Some(bytes) => word.copy_from_slice(bytes),
            None => {
                let rest = self.body.get(from..).unwrap_or_default();
                word[..rest.len()].copy_from_slice(rest);
            }
        }
        u64::from_be_bytes(word) << (self.at % 8)
    }

    /// How many ones come before the next zero, which is read too.
    #[inline]
    fn ones(&mut self) -> Option<u32> {
        let mut ones = 0;
        loop {
            // At most 56 of the bits are used, so that the zeros after them do not count.
            let run = self.peek().leading_ones().min(56);
            ones += run;
            self.at += run as usize;
            if self.at >= 8 * self.body.len() {
                return None;
            }
            if run < 56 {
                self.at += 1;
                return Some(ones);
            }
        }
    }

    /// The next `count` bits, up to 64.
    #[inline]
    fn take(&mut self, count: u32) -> Option<u64> {
        if self.at + count as usize > 8 * self.body.len() {
            return None;
        }
        let mut bits = 0;
        let mut left = count;
        while left > 0 {
            let some = left.min(56);
            bits = bits << some | self.peek() >> (64 - some);
            self.at += some as usize;
            left -= some;
        }
        Some(bits)
    }

    /// Is all read but zeros that fill up the last byte?
    fn finished(&self) -> bool {
        let left = 8 * self.body.len() - self.at;
        left < 8 && (left == 0 || self.peek() == 0)
    }
}
