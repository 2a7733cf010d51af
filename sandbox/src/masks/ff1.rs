//! FF1, format-preserving encryption, for decimal numerals: NIST SP 800-38G, algorithm 7, with AES-256 and radix 10.
//!
//! Numerals have 6 digits at least (revision 1 asks for a million of them) and 18 at most, so that each fits into 64 bits; what
//! is needed here is one direction alone. The steps are numbered as there.

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};

/// Digits of a numeral.
const DIGITS: std::ops::RangeInclusive<u32> = 6..=18;

/// Bytes of a tweak at most: with the round and half of the digits it fills one block.
const TWEAK: usize = 11;

/// FF1 under a key.
pub(super) struct Ff1(Aes256);

impl Ff1 {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(Aes256::new(&(*key).into()))
    }

    /// The numeral of so many digits that another becomes under a tweak; nothing where it is longer than that.
    pub(super) fn encrypt(&self, tweak: &[u8], digits: u32, numeral: u64) -> Option<u64> {
        if !DIGITS.contains(&digits) || numeral >= 10u64.pow(digits) || tweak.len() > TWEAK {
            return None;
        }
        // 1, 2
        let (u, v) = (digits / 2, digits - digits / 2);
        let (mut a, mut b) = (numeral / 10u64.pow(v), numeral % 10u64.pow(v));
        // 3, 4: up to v = 9 these are 4 bytes at most, and 8.
        let bytes = (10u64.pow(v) - 1).ilog2() as usize / 8 + 1;
        let taken = bytes.div_ceil(4) * 4 + 4;
        // 5
        let mut p = [1, 2, 1, 0, 0, 10, 10, u as u8, 0, 0, 0, digits as u8, 0, 0, 0, tweak.len() as u8];
        self.0.encrypt_block((&mut p).into());
        for round in 0..10u8 {
            // 6 i: the tweak, zeros, the round and the right half, in one block.
            let mut r = [0u8; 16];
            r[..tweak.len()].copy_from_slice(tweak);
            r[15 - bytes] = round;
            r[16 - bytes..].copy_from_slice(&b.to_be_bytes()[8 - bytes..]);
            // 6 ii
            r.iter_mut().zip(p).for_each(|(r, p)| *r ^= p);
            self.0.encrypt_block((&mut r).into());
            // 6 iii, iv
            let y = r[..taken].iter().fold(0u128, |y, byte| y << 8 | u128::from(*byte));
            // 6 v to ix
            let modulus = 10u64.pow(if round % 2 == 0 { u } else { v });
            let c = ((u128::from(a) + y) % u128::from(modulus)) as u64;
            (a, b) = (b, c);
        }
        // 7
        Some(a * 10u64.pow(v) + b)
    }
}

#[cfg(test)]
mod tests;
