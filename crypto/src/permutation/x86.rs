//! H with VAES: sixteen blocks under way in four registers of 512 bits.

pub(super) mod four;

use crate::field::F128;
use std::arch::x86_64::*;

/// AES-128's round keys (FIPS 197 section 5.2).
pub(super) type Keys = [[u8; 16]; 11];

/// Registers under way, and blocks in one.
const WAYS: usize = 4;
const LANES: usize = 4;

/// Replaces every block of whole groups of sixteen by its hash and returns how many those were; none where
/// the processor cannot.
#[allow(unsafe_code)]
pub(super) fn hash_groups(keys: &Keys, blocks: &mut [F128]) -> usize {
    if is_x86_feature_detected!("vaes") && is_x86_feature_detected!("avx512bw") {
        let (groups, _) = blocks.as_chunks_mut();
        // SAFETY: the processor has what the kernel is compiled for.
        unsafe { kernel(keys, groups) };
        groups.len() * WAYS * LANES
    } else {
        0
    }
}

#[allow(unsafe_code)]
#[target_feature(enable = "vaes,avx512f,avx512bw")]
fn kernel(keys: &Keys, groups: &mut [[F128; WAYS * LANES]]) {
    let mut schedule = [_mm512_setzero_si512(); 11];
    for (wide, key) in schedule.iter_mut().zip(keys) {
        // SAFETY: a key has the 16 bytes that are read.
        *wide = _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(key.as_ptr().cast()) });
    }
    for group in groups {
        let mut inputs = [_mm512_setzero_si512(); WAYS];
        for (input, lanes) in inputs.iter_mut().zip(group.as_chunks::<LANES>().0) {
            // SAFETY: four blocks have the 64 bytes that are read; the address need not be aligned.
            let x = unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) };
            // σ: the lower half becomes the sum of both, the higher the lower.
            *input = _mm512_xor_si512(_mm512_shuffle_epi32::<0x44>(x), _mm512_bsrli_epi128::<8>(x));
        }
        let mut states = inputs;
        states.iter_mut().for_each(|state| *state = _mm512_xor_si512(*state, schedule[0]));
        for key in &schedule[1..10] {
            states.iter_mut().for_each(|state| *state = _mm512_aesenc_epi128(*state, *key));
        }
        for ((state, input), lanes) in states.iter().zip(&inputs).zip(group.as_chunks_mut::<LANES>().0) {
            let hash = _mm512_xor_si512(_mm512_aesenclast_epi128(*state, schedule[10]), *input);
            // SAFETY: four blocks have room for the 64 bytes that are written.
            unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), hash) };
        }
    }
}

/// The key schedule. Keys are public here: a table is fine.
pub(super) fn expand(key: [u8; 16]) -> Keys {
    let sbox = sbox();
    let mut keys = [key; 11];
    let mut constant = 1;
    for round in 1..keys.len() {
        let last = keys[round - 1];
        let mut word = [13, 14, 15, 12].map(|at| sbox[usize::from(last[at])]);
        word[0] ^= constant;
        constant = double(constant);
        for at in 0..16 {
            word[at % 4] ^= last[at];
            keys[round][at] = word[at % 4];
        }
    }
    keys
}

/// Twice an element of GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
fn double(byte: u8) -> u8 {
    (byte << 1) ^ (0x1b & (byte >> 7).wrapping_neg())
}

/// The S-box of FIPS 197 section 5.1.1: the inverse in GF(2^8), then an affine map. The powers of 3 are all units, and
/// those of its inverse, 0xf6, their inverses.
fn sbox() -> [u8; 256] {
    let mut sbox = [0x63; 256];
    let (mut unit, mut inverse) = (1u8, 1u8);
    for _ in 0..255 {
        sbox[usize::from(unit)] = (0..5).fold(0x63, |sum, turn| sum ^ inverse.rotate_left(turn));
        unit ^= double(unit);
        let powers = std::iter::successors(Some(inverse), |&power| Some(double(power))).enumerate().take(8);
        inverse = powers.filter(|(bit, _)| 0xf6u8 >> bit & 1 == 1).fold(0, |sum, (_, power)| sum ^ power);
    }
    sbox
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permutation::{Permutation, sigma};

    /// FIPS 197 appendix A.1.
    #[test]
    fn schedule() {
        let key = hex::decode("2b7e151628aed2a6abf7158809cf4f3c").unwrap().try_into().unwrap();
        assert_eq!(hex::encode(expand(key)[10]), "d014f9a8c9ee2589e13f0cc8b6630ca6");
    }

    /// The kernel and its twin, which never sees a group of sixteen.
    #[test]
    fn agrees_with_its_twin() {
        let key = *b"any key will do.";
        let permutation = Permutation::new(key);
        for n in [0, 15, 16, 17, 64, 100] {
            let x: Vec<F128> = (0..n).map(|i| F128(i << 100 | (i * i * i) << 3)).collect();
            let mut ours = x.clone();
            let done = hash_groups(&expand(key), &mut ours);
            assert!(done == 0 || done == x.len() / 16 * 16);
            let theirs: Vec<F128> = x.iter().map(|&x| permutation.hash(x)).collect();
            assert_eq!(ours[..done], theirs[..done]);
            assert_eq!(ours[done..], x[done..]);
        }
    }

    #[test]
    fn sigma_is_what_the_kernel_does() {
        assert_eq!(sigma(F128(5 << 64 | 3)), F128(3 << 64 | (5 ^ 3)));
    }
}
