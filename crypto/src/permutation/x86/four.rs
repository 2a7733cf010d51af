//! Whole lines of the cache with VAES: four blocks in a register of 512 bits, up to eight registers under way. Each
//! function says whether it ran: it does not where the processor cannot.

use super::Keys;
use crate::field::{F128, F128x4};
use crate::permutation::four::BITS_LINES;
use crate::permutation::{LEFT_LEAF, RIGHT_LEAF};
use std::arch::x86_64::*;

/// Parents, or pairs of leaves, under way.
const WAYS: usize = 4;

/// Registers under way where one bit of each hash is wanted.
const BITS_WAYS: usize = 8;

fn available() -> bool {
    is_x86_feature_detected!("vaes") && is_x86_feature_detected!("avx512bw")
}

#[allow(unsafe_code)]
pub(in crate::permutation) fn grow(
    keys: &Keys,
    parents: &[F128x4],
    children: &mut [F128x4],
) -> Option<F128x4> {
    // SAFETY: the processor has what the kernel is compiled for.
    available().then(|| unsafe { grow_kernel(keys, parents, children) })
}

#[allow(unsafe_code)]
pub(in crate::permutation) fn leaves(
    keys: &Keys,
    parents: &[F128x4],
    children: &mut [F128x4],
) -> Option<[F128x4; 2]> {
    // SAFETY: the processor has what the kernel is compiled for.
    available().then(|| unsafe { leaves_kernel(keys, parents, children) })
}

#[allow(unsafe_code)]
pub(in crate::permutation) fn bits<const M: usize>(
    keys: &Keys,
    groups: &[[F128x4; BITS_LINES]],
    offsets: &[F128; M],
    out: &mut [[u64; M]],
) -> bool {
    let available = available();
    if available {
        // SAFETY: the processor has what the kernel is compiled for.
        unsafe { bits_kernel(keys, groups, offsets, out) };
    }
    available
}

#[inline]
#[target_feature(enable = "vaes,avx512f,avx512bw")]
fn load(four: &F128x4) -> __m512i {
    let word = |at: usize| four.0[at] as i64;
    _mm512_set_epi64(word(7), word(6), word(5), word(4), word(3), word(2), word(1), word(0))
}

#[inline]
#[allow(unsafe_code)]
#[target_feature(enable = "vaes,avx512f,avx512bw")]
fn store(register: __m512i, to: &mut F128x4) {
    // SAFETY: there is room for the 64 bytes that are written; the address need not be aligned.
    unsafe { _mm512_storeu_si512(to.0.as_mut_ptr().cast(), register) };
}

#[inline]
#[target_feature(enable = "vaes,avx512f,avx512bw")]
fn broadcast(block: F128) -> __m512i {
    _mm512_broadcast_i32x4(_mm_set_epi64x((block.0 >> 64) as i64, block.0 as i64))
}

#[inline]
#[target_feature(enable = "vaes,avx512f,avx512bw")]
fn schedule(keys: &Keys) -> [__m512i; 11] {
    keys.map(|key| broadcast(F128::from_bytes(key)))
}

/// σ: the lower half becomes the sum of both, the higher the lower.
#[inline]
#[target_feature(enable = "vaes,avx512f,avx512bw")]
fn sigma(x: __m512i) -> __m512i {
    _mm512_xor_si512(_mm512_shuffle_epi32::<0x44>(x), _mm512_bsrli_epi128::<8>(x))
}

/// π(x) ⊕ x.
#[inline]
#[target_feature(enable = "vaes,avx512f,avx512bw")]
fn feed_forward<const W: usize>(schedule: &[__m512i; 11], inputs: [__m512i; W]) -> [__m512i; W] {
    let mut states = inputs;
    states.iter_mut().for_each(|state| *state = _mm512_xor_si512(*state, schedule[0]));
    for key in &schedule[1..10] {
        states.iter_mut().for_each(|state| *state = _mm512_aesenc_epi128(*state, *key));
    }
    for (state, input) in states.iter_mut().zip(&inputs) {
        *state = _mm512_xor_si512(_mm512_aesenclast_epi128(*state, schedule[10]), *input);
    }
    states
}

#[target_feature(enable = "vaes,avx512f,avx512bw")]
fn grow_kernel(keys: &Keys, parents: &[F128x4], children: &mut [F128x4]) -> F128x4 {
    let schedule = schedule(keys);
    let mut sum = _mm512_setzero_si512();
    let mut pair = |parent: __m512i, image: __m512i, children: &mut [F128x4]| {
        store(image, &mut children[0]);
        store(_mm512_xor_si512(image, parent), &mut children[1]);
        sum = _mm512_xor_si512(sum, image);
    };
    let (groups, rest) = parents.as_chunks::<WAYS>();
    let (wide, narrow) = children.split_at_mut(2 * WAYS * groups.len());
    for (group, children) in groups.iter().zip(wide.chunks_exact_mut(2 * WAYS)) {
        let mut parents = [_mm512_setzero_si512(); WAYS];
        parents.iter_mut().zip(group).for_each(|(parent, four)| *parent = load(four));
        let mut inputs = parents;
        inputs.iter_mut().for_each(|input| *input = sigma(*input));
        let images = feed_forward(&schedule, inputs);
        for ((parent, image), children) in parents.into_iter().zip(images).zip(children.chunks_exact_mut(2)) {
            pair(parent, image, children);
        }
    }
    for (four, children) in rest.iter().zip(narrow.chunks_exact_mut(2)) {
        let parent = load(four);
        let [image] = feed_forward(&schedule, [sigma(parent)]);
        pair(parent, image, children);
    }
    let mut total = F128x4::default();
    store(sum, &mut total);
    total
}

#[target_feature(enable = "vaes,avx512f,avx512bw")]
fn leaves_kernel(keys: &Keys, parents: &[F128x4], children: &mut [F128x4]) -> [F128x4; 2] {
    let schedule = schedule(keys);
    let tweaks = [sigma(broadcast(LEFT_LEAF)), sigma(broadcast(RIGHT_LEAF))];
    let mut sums = [_mm512_setzero_si512(); 2];
    let mut put = |images: &[__m512i], children: &mut [F128x4]| {
        for (at, (image, child)) in images.iter().zip(children).enumerate() {
            store(*image, child);
            sums[at % 2] = _mm512_xor_si512(sums[at % 2], *image);
        }
    };
    let (groups, rest) = parents.as_chunks::<WAYS>();
    let (wide, narrow) = children.split_at_mut(2 * WAYS * groups.len());
    for (group, children) in groups.iter().zip(wide.chunks_exact_mut(2 * WAYS)) {
        let mut inputs = [_mm512_setzero_si512(); 2 * WAYS];
        for (pair, four) in inputs.chunks_exact_mut(2).zip(group) {
            let parent = sigma(load(four));
            pair[0] = _mm512_xor_si512(parent, tweaks[0]);
            pair[1] = _mm512_xor_si512(parent, tweaks[1]);
        }
        put(&feed_forward(&schedule, inputs), children);
    }
    for (four, children) in rest.iter().zip(narrow.chunks_exact_mut(2)) {
        let parent = sigma(load(four));
        let inputs = [_mm512_xor_si512(parent, tweaks[0]), _mm512_xor_si512(parent, tweaks[1])];
        put(&feed_forward(&schedule, inputs), children);
    }
    let mut totals = [F128x4::default(); 2];
    totals.iter_mut().zip(sums).for_each(|(total, sum)| store(sum, total));
    totals
}

#[target_feature(enable = "vaes,avx512f,avx512bw")]
fn bits_kernel<const M: usize>(
    keys: &Keys,
    groups: &[[F128x4; BITS_LINES]],
    offsets: &[F128; M],
    out: &mut [[u64; M]],
) {
    let schedule = schedule(keys);
    let mut inputs = [_mm512_setzero_si512(); BITS_LINES];
    for (group, words) in groups.iter().zip(out) {
        inputs.iter_mut().zip(group).for_each(|(input, line)| *input = sigma(load(line)));
        for (word, &offset) in words.iter_mut().zip(offsets) {
            let offset = sigma(broadcast(offset));
            let mut bits = _mm512_setzero_si512();
            // Bit j of the lower half of a lane comes from register j.
            let mut wanted = _mm512_set4_epi64(0, 1, 0, 1);
            for inputs in inputs.as_chunks::<BITS_WAYS>().0 {
                let mut moved = *inputs;
                moved.iter_mut().for_each(|input| *input = _mm512_xor_si512(*input, offset));
                for hash in feed_forward(&schedule, moved) {
                    // bits | hash & wanted
                    bits = _mm512_ternarylogic_epi64::<0xf8>(bits, hash, wanted);
                    wanted = _mm512_add_epi64(wanted, wanted);
                }
            }
            *word = interleave(bits);
        }
    }
}

/// Bit j of lane l becomes bit 4j + l.
#[inline]
#[target_feature(enable = "vaes,avx512f,avx512bw")]
fn interleave(bits: __m512i) -> u64 {
    let mut spread = bits;
    for (by, mask) in [
        (24, 0x0000_00ff_0000_00ff),
        (12, 0x000f_000f_000f_000f),
        (6, 0x0303_0303_0303_0303),
        (3, 0x1111_1111_1111_1111),
    ] {
        let shifted = _mm512_sllv_epi64(spread, _mm512_set1_epi64(by));
        spread = _mm512_and_si512(_mm512_or_si512(spread, shifted), _mm512_set1_epi64(mask));
    }
    let placed = _mm512_sllv_epi64(spread, _mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0));
    _mm512_reduce_or_epi64(placed) as u64
}
