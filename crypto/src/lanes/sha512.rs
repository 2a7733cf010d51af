//! SHA-512 (FIPS 180-4) of eight messages side by side with AVX-512, a word of each in every vector.
//!
//! For hashing to the group, where many messages of one length are hashed; the twin is the `sha2` crate.

#![allow(unsafe_code)]

use super::ifma::Proof;
use std::arch::x86_64::*;

/// Bytes of a block.
const BLOCK: usize = 128;

/// One word of eight messages.
type Lanes = __m512i;

/// Hashes eight messages of one length; `None` where the processor cannot, or the lengths differ. Where
/// `padded` says so, a block of zeros precedes each message, as in expand_message_xmd of RFC 9380.
pub(crate) fn hash_eight(padded: bool, messages: &[&[u8]; 8]) -> Option<[[u8; 64]; 8]> {
    let length = messages[0].len();
    Proof::detect().filter(|_| messages.iter().all(|message| message.len() == length))?;
    // SAFETY: AVX-512 F was found in the line above.
    Some(unsafe { hash(padded, messages, length) })
}

/// Section 5.3.5 of FIPS 180-4: square roots of the first eight primes.
const START: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// What [`START`] becomes by a block of zeros.
const PADDED: [u64; 8] = [
    0xcf78_81d5_774a_cbe8,
    0x5333_62e0_fbc7_8070,
    0x0267_639d_8746_0eda,
    0x3086_cb40_e859_31b0,
    0x717d_c952_88a0_23a3,
    0x96ba_b2c1_4ce0_b5e0,
    0x6fc4_fe04_eae3_3e0b,
    0x91f4_d80c_bd66_8bee,
];

/// Section 4.2.3: cube roots of the first eighty.
#[rustfmt::skip]
const ROUNDS: [u64; 80] = [
    0x428a_2f98_d728_ae22, 0x7137_4491_23ef_65cd, 0xb5c0_fbcf_ec4d_3b2f, 0xe9b5_dba5_8189_dbbc,
    0x3956_c25b_f348_b538, 0x59f1_11f1_b605_d019, 0x923f_82a4_af19_4f9b, 0xab1c_5ed5_da6d_8118,
    0xd807_aa98_a303_0242, 0x1283_5b01_4570_6fbe, 0x2431_85be_4ee4_b28c, 0x550c_7dc3_d5ff_b4e2,
    0x72be_5d74_f27b_896f, 0x80de_b1fe_3b16_96b1, 0x9bdc_06a7_25c7_1235, 0xc19b_f174_cf69_2694,
    0xe49b_69c1_9ef1_4ad2, 0xefbe_4786_384f_25e3, 0x0fc1_9dc6_8b8c_d5b5, 0x240c_a1cc_77ac_9c65,
    0x2de9_2c6f_592b_0275, 0x4a74_84aa_6ea6_e483, 0x5cb0_a9dc_bd41_fbd4, 0x76f9_88da_8311_53b5,
    0x983e_5152_ee66_dfab, 0xa831_c66d_2db4_3210, 0xb003_27c8_98fb_213f, 0xbf59_7fc7_beef_0ee4,
    0xc6e0_0bf3_3da8_8fc2, 0xd5a7_9147_930a_a725, 0x06ca_6351_e003_826f, 0x1429_2967_0a0e_6e70,
    0x27b7_0a85_46d2_2ffc, 0x2e1b_2138_5c26_c926, 0x4d2c_6dfc_5ac4_2aed, 0x5338_0d13_9d95_b3df,
    0x650a_7354_8baf_63de, 0x766a_0abb_3c77_b2a8, 0x81c2_c92e_47ed_aee6, 0x9272_2c85_1482_353b,
    0xa2bf_e8a1_4cf1_0364, 0xa81a_664b_bc42_3001, 0xc24b_8b70_d0f8_9791, 0xc76c_51a3_0654_be30,
    0xd192_e819_d6ef_5218, 0xd699_0624_5565_a910, 0xf40e_3585_5771_202a, 0x106a_a070_32bb_d1b8,
    0x19a4_c116_b8d2_d0c8, 0x1e37_6c08_5141_ab53, 0x2748_774c_df8e_eb99, 0x34b0_bcb5_e19b_48a8,
    0x391c_0cb3_c5c9_5a63, 0x4ed8_aa4a_e341_8acb, 0x5b9c_ca4f_7763_e373, 0x682e_6ff3_d6b2_b8a3,
    0x748f_82ee_5def_b2fc, 0x78a5_636f_4317_2f60, 0x84c8_7814_a1f0_ab72, 0x8cc7_0208_1a64_39ec,
    0x90be_fffa_2363_1e28, 0xa450_6ceb_de82_bde9, 0xbef9_a3f7_b2c6_7915, 0xc671_78f2_e372_532b,
    0xca27_3ece_ea26_619c, 0xd186_b8c7_21c0_c207, 0xeada_7dd6_cde0_eb1e, 0xf57d_4f7f_ee6e_d178,
    0x06f0_67aa_7217_6fba, 0x0a63_7dc5_a2c8_98a6, 0x113f_9804_bef9_0dae, 0x1b71_0b35_131c_471b,
    0x28db_77f5_2304_7d84, 0x32ca_ab7b_40c7_2493, 0x3c9e_be0a_15c9_bebc, 0x431d_67c4_9c10_0d4c,
    0x4cc5_d4be_cb3e_42b6, 0x597f_299c_fc65_7e2a, 0x5fcb_6fab_3ad6_faec, 0x6c44_198c_4a47_5817,
];

#[target_feature(enable = "avx512f")]
fn every(value: u64) -> __m512i {
    _mm512_set1_epi64(value.cast_signed())
}

#[target_feature(enable = "avx512f")]
fn sum(a: __m512i, b: __m512i) -> __m512i {
    _mm512_add_epi64(a, b)
}

#[target_feature(enable = "avx512f")]
fn xor(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi64::<0x96>(a, b, c)
}

#[target_feature(enable = "avx512f")]
fn hash(padded: bool, messages: &[&[u8]; 8], length: usize) -> [[u8; 64]; 8] {
    let mut state = [every(0); 8];
    for (word, start) in state.iter_mut().zip(if padded { PADDED } else { START }) {
        *word = every(start);
    }
    let before = if padded { BLOCK } else { 0 };
    // Section 5.1.2: a one, zeros, and the length in bits in the last 16 bytes of a block.
    let blocks = (length + 17).div_ceil(BLOCK);
    for at in 0..blocks {
        let mut block = [[0; BLOCK]; 8];
        for (block, message) in block.iter_mut().zip(messages) {
            let part = &message[length.min(at * BLOCK)..length.min((at + 1) * BLOCK)];
            block[..part.len()].copy_from_slice(part);
            if at == length / BLOCK {
                block[length % BLOCK] = 0x80;
            }
            if at == blocks - 1 {
                let bits = 8 * (before + length) as u128;
                block[BLOCK - 16..].copy_from_slice(&bits.to_be_bytes());
            }
        }
        compress(&mut state, &block);
    }
    let mut digests = [[0; 64]; 8];
    for (at, word) in state.into_iter().enumerate() {
        let mut lanes = [0u64; 8];
        // SAFETY: `lanes` has the 64 bytes that are written.
        unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), word) };
        for (digest, lane) in digests.iter_mut().zip(lanes) {
            digest[8 * at..8 * at + 8].copy_from_slice(&lane.to_be_bytes());
        }
    }
    digests
}

/// Section 6.4.2, with a window of sixteen words of the message schedule.
#[target_feature(enable = "avx512f")]
fn compress(state: &mut [Lanes; 8], blocks: &[[u8; BLOCK]; 8]) {
    let mut w = [every(0); 16];
    for (at, w) in w.iter_mut().enumerate() {
        let mut lanes = [0; 8];
        for (lane, block) in lanes.iter_mut().zip(blocks) {
            *lane = u64::from_be_bytes(block.as_chunks().0[at]);
        }
        // SAFETY: `lanes` has the 64 bytes that are read.
        *w = unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) };
    }
    let mut v = *state;
    for (sixteen, constants) in ROUNDS.as_chunks::<16>().0.iter().enumerate() {
        for at in 0..16 {
            if sixteen > 0 {
                let (near, far) = (w[(at + 14) % 16], w[(at + 1) % 16]);
                let near = xor(
                    _mm512_ror_epi64::<19>(near),
                    _mm512_ror_epi64::<61>(near),
                    _mm512_srli_epi64::<6>(near),
                );
                let far =
                    xor(_mm512_ror_epi64::<1>(far), _mm512_ror_epi64::<8>(far), _mm512_srli_epi64::<7>(far));
                w[at] = sum(sum(w[at], near), sum(w[(at + 9) % 16], far));
            }
            let [a, b, c, d, e, f, g, h] = v;
            let ones = xor(_mm512_ror_epi64::<14>(e), _mm512_ror_epi64::<18>(e), _mm512_ror_epi64::<41>(e));
            // Ch: f where e has a one, g where not. Maj: what two of three have.
            let choice = _mm512_ternarylogic_epi64::<0xca>(e, f, g);
            let first = sum(sum(h, ones), sum(choice, sum(every(constants[at]), w[at])));
            let ones = xor(_mm512_ror_epi64::<28>(a), _mm512_ror_epi64::<34>(a), _mm512_ror_epi64::<39>(a));
            let second = sum(ones, _mm512_ternarylogic_epi64::<0xe8>(a, b, c));
            v = [sum(first, second), a, b, c, sum(d, first), e, f, g];
        }
    }
    for (word, more) in state.iter_mut().zip(v) {
        *word = sum(*word, more);
    }
}

#[cfg(test)]
mod tests {
    use super::hash_eight;
    use sha2::{Digest as _, Sha512};

    #[test]
    fn every_length_is_as_the_twin() {
        for length in 0..300 {
            let messages: Vec<Vec<u8>> = (1..9)
                .map(|seed| (0..length).map(|at| (at as u8).wrapping_mul(seed) ^ seed).collect())
                .collect();
            let parts: [&[u8]; 8] = std::array::from_fn(|lane| messages[lane].as_slice());
            for padded in [false, true] {
                let Some(got) = hash_eight(padded, &parts) else { return };
                for (message, got) in messages.iter().zip(got) {
                    let zeros: &[u8] = if padded { &[0; 128] } else { &[] };
                    let expected: [u8; 64] =
                        Sha512::new().chain_update(zeros).chain_update(message).finalize().into();
                    assert_eq!(got, expected, "{length} {padded}");
                }
            }
        }
    }

    #[test]
    fn other_lengths_are_not_taken() {
        assert!(hash_eight(false, &[b"", b"", b"", b"", b"", b"", b"", b"1"]).is_none());
    }
}
