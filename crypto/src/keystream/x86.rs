//! Counter mode with VAES: 32 blocks under way in eight registers of 512 bits.

use std::arch::x86_64::*;

/// AES-128's round keys (FIPS 197 section 5.2).
pub(super) type Keys = [[u8; 16]; 11];

/// Registers under way.
const WAYS: usize = 8;

/// Words that are made at a time.
pub(super) const GROUP: usize = 8 * WAYS;

/// The round keys, where the processor has what [`fill`] needs.
#[allow(unsafe_code)]
pub(super) fn expand(key: &[u8; 16]) -> Option<Keys> {
    let able = is_x86_feature_detected!("vaes")
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("aes")
        && is_x86_feature_detected!("sse4.1");
    // SAFETY: the processor has what the function is compiled for.
    able.then(|| unsafe { schedule(key) })
}

/// Fills groups with the blocks of these numbers on, under keys that [`expand`] made.
#[allow(unsafe_code)]
pub(super) fn fill(keys: &Keys, nonce: u64, block: u64, out: &mut [[u64; GROUP]]) {
    // SAFETY: only where the processor has what the kernel is compiled for are there keys.
    unsafe { kernel(keys, nonce, block, out) };
}

/// The key schedule, without a table: keys are secret.
#[allow(unsafe_code)]
#[target_feature(enable = "aes,sse4.1")]
fn schedule(key: &[u8; 16]) -> Keys {
    let low = |bytes: [u8; 8]| i64::from_le_bytes(bytes);
    let (halves, _) = key.as_chunks::<8>();
    let mut last = _mm_set_epi64x(low(halves[1]), low(halves[0]));
    let mut keys = [*key; 11];
    let mut constant = 1u8;
    for next in &mut keys[1..] {
        // The last word, rotated and through the S-box, stands in the highest place.
        let word = _mm_shuffle_epi32::<0xff>(_mm_aeskeygenassist_si128::<0>(last));
        let word = _mm_xor_si128(word, _mm_set1_epi32(constant.into()));
        constant = (constant << 1) ^ (0x1b & (constant >> 7).wrapping_neg());
        last = _mm_xor_si128(last, _mm_slli_si128::<4>(last));
        last = _mm_xor_si128(last, _mm_slli_si128::<8>(last));
        last = _mm_xor_si128(last, word);
        next[..8].copy_from_slice(&_mm_extract_epi64::<0>(last).to_le_bytes());
        next[8..].copy_from_slice(&_mm_extract_epi64::<1>(last).to_le_bytes());
    }
    keys
}

#[allow(unsafe_code)]
#[target_feature(enable = "vaes,avx512f")]
fn kernel(keys: &Keys, nonce: u64, block: u64, out: &mut [[u64; GROUP]]) {
    let mut schedule = [_mm512_setzero_si512(); 11];
    for (wide, key) in schedule.iter_mut().zip(keys) {
        // SAFETY: a key has the 16 bytes that are read.
        *wide = _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(key.as_ptr().cast()) });
    }
    let (nonce, at) = (nonce.cast_signed(), |number: u64| block.wrapping_add(number).cast_signed());
    let mut counters = _mm512_set_epi64(nonce, at(3), nonce, at(2), nonce, at(1), nonce, at(0));
    let four = _mm512_set_epi64(0, 4, 0, 4, 0, 4, 0, 4);
    for group in out {
        let mut states = [_mm512_setzero_si512(); WAYS];
        for state in &mut states {
            *state = _mm512_xor_si512(counters, schedule[0]);
            counters = _mm512_add_epi64(counters, four);
        }
        for key in &schedule[1..10] {
            states.iter_mut().for_each(|state| *state = _mm512_aesenc_epi128(*state, *key));
        }
        let (lines, _) = group.as_chunks_mut::<8>();
        for (line, state) in lines.iter_mut().zip(states) {
            let image = _mm512_aesenclast_epi128(state, schedule[10]);
            // SAFETY: a line has room for the 64 bytes that are written; the address need not be aligned.
            unsafe { _mm512_storeu_si512(line.as_mut_ptr().cast(), image) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 197 appendix A.1.
    #[test]
    fn schedule_of_the_standard() {
        let key = hex::decode("2b7e151628aed2a6abf7158809cf4f3c").unwrap().try_into().unwrap();
        if let Some(keys) = expand(&key) {
            assert_eq!(hex::encode(keys[1]), "a0fafe1788542cb123a339392a6c7605");
            assert_eq!(hex::encode(keys[10]), "d014f9a8c9ee2589e13f0cc8b6630ca6");
        }
    }
}
