//! SHA-256's compression function (FIPS 180-4 section 6.2.2) of blocks that have nothing to do with each other.
//!
//! A block after the other waits for the processor's instructions for SHA-256, whose results take several cycles; four
//! side by side take half the time.

use sha2::block_api::compress256;

/// The state of each chain, and the block that comes next in it.
pub type Chain = ([u32; 8], [u8; 64]);

/// How many chains go on side by side.
pub const WAYS: usize = 4;

/// Takes the block of each chain into its state.
pub fn compress_each(chains: &mut [Chain; WAYS]) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("sha") && is_x86_feature_detected!("sse4.1") {
            #[allow(unsafe_code)]
            // SAFETY: the processor has what the kernel is compiled for (SSSE3 and SSE2 come with SSE4.1).
            unsafe {
                x86::kernel(chains);
            }
            return;
        }
    }
    one_by_one(chains);
}

fn one_by_one(chains: &mut [Chain; WAYS]) {
    chains.iter_mut().for_each(|(state, block)| compress256(state, std::slice::from_ref(block)));
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Chain, WAYS};
    use std::arch::x86_64::*;

    /// FIPS 180-4 section 4.2.2.
    const K: [[u32; 4]; 16] = [
        [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
        [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
        [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
        [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
        [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
        [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
        [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
        [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
        [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
        [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
        [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
        [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
        [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
        [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
        [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
        [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
    ];

    #[inline]
    #[target_feature(enable = "sse2")]
    fn words(words: [u32; 4]) -> __m128i {
        let [a, b, c, d] = words.map(u32::cast_signed);
        _mm_set_epi32(d, c, b, a)
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn block(bytes: [u8; 16]) -> __m128i {
        let both = u128::from_le_bytes(bytes);
        _mm_set_epi64x((both >> 64) as i64, both as i64)
    }

    /// All chains, four rounds of each at a time.
    #[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
    pub(super) fn kernel(chains: &mut [Chain; WAYS]) {
        let zero = _mm_setzero_si128();
        // The words a, b, e, f and c, d, g, h of each state, as the instructions want them, and the last 16 of the schedule.
        let (mut abef, mut cdgh, mut schedule) = ([zero; WAYS], [zero; WAYS], [[zero; 4]; WAYS]);
        let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
        for (way, (state, bytes)) in chains.iter().enumerate() {
            let [one, two] = *state.as_chunks::<4>().0 else { return };
            let (one, two) = (_mm_shuffle_epi32(words(one), 0xb1), _mm_shuffle_epi32(words(two), 0x1b));
            abef[way] = _mm_alignr_epi8(one, two, 8);
            cdgh[way] = _mm_blend_epi16(two, one, 0xf0);
            for (to, bytes) in schedule[way].iter_mut().zip(bytes.as_chunks().0) {
                *to = _mm_shuffle_epi8(block(*bytes), swap);
            }
        }
        let begun = (abef, cdgh);
        for (at, constants) in K.into_iter().enumerate() {
            let constants = words(constants);
            for way in 0..WAYS {
                let (m, [this, next, after, last]) =
                    (&mut schedule[way], [at % 4, (at + 1) % 4, (at + 2) % 4, (at + 3) % 4]);
                let input = _mm_add_epi32(m[this], constants);
                cdgh[way] = _mm_sha256rnds2_epu32(cdgh[way], abef[way], input);
                abef[way] = _mm_sha256rnds2_epu32(abef[way], cdgh[way], _mm_shuffle_epi32(input, 0x0e));
                if (3..15).contains(&at) {
                    let sum = _mm_sha256msg1_epu32(m[next], m[after]);
                    let sum = _mm_add_epi32(sum, _mm_alignr_epi8(m[this], m[last], 4));
                    m[next] = _mm_sha256msg2_epu32(sum, m[this]);
                }
            }
        }
        for (way, (state, _)) in chains.iter_mut().enumerate() {
            let feba = _mm_shuffle_epi32(_mm_add_epi32(abef[way], begun.0[way]), 0x1b);
            let dchg = _mm_shuffle_epi32(_mm_add_epi32(cdgh[way], begun.1[way]), 0xb1);
            let halves = [_mm_blend_epi16(feba, dchg, 0xf0), _mm_alignr_epi8(dchg, feba, 8)];
            for (to, half) in state.as_chunks_mut::<4>().0.iter_mut().zip(halves) {
                let (low, high) = (_mm_cvtsi128_si64(half), _mm_extract_epi64(half, 1));
                *to = [low as u32, (low >> 32) as u32, high as u32, (high >> 32) as u32];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};

    /// FIPS 180-4, appendix B.1 of its first edition: "abc".
    #[test]
    fn compresses_the_standards_example() {
        let mut block = [0; 64];
        block[..4].copy_from_slice(b"abc\x80");
        block[63] = 24;
        let begun = [
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ];
        let mut chains = [(begun, block); WAYS];
        compress_each(&mut chains);
        let digest = [
            0xba78_16bf,
            0x8f01_cfea,
            0x4141_40de,
            0x5dae_2223,
            0xb003_61a3,
            0x9617_7a9c,
            0xb410_ff61,
            0xf200_15ad,
        ];
        assert!(chains.iter().all(|(state, _)| *state == digest));
    }

    #[test]
    fn chains_go_on_as_one_by_one() {
        let mut rng = ChaCha20Rng::seed_from_u64(256);
        for _ in 0..100 {
            let mut chains = [([0; 8], [0; 64]); WAYS];
            for (state, block) in &mut chains {
                state.fill_with(|| rng.next_u32());
                rng.fill_bytes(block);
            }
            let mut portable = chains;
            compress_each(&mut chains);
            one_by_one(&mut portable);
            assert_eq!(chains, portable);
        }
    }
}
