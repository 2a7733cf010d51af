//! Kernels with PCLMULQDQ. Each function says whether it ran: it does not where the processor cannot.

use super::{F64, F128};
use std::arch::x86_64::*;

/// Defines the door to a kernel: the only `unsafe` is the call after the processor was asked.
macro_rules! door {
    ($name:ident($($arg:ident: $type:ty),*) -> $result:ty, $kernel:path, $wrap:expr, $none:expr) => {
        #[allow(unsafe_code)]
        pub(super) fn $name($($arg: $type),*) -> $result {
            if is_x86_feature_detected!("pclmulqdq") && is_x86_feature_detected!("sse4.1") {
                // SAFETY: the processor has what the kernel is compiled for.
                $wrap(unsafe { $kernel($($arg),*) })
            } else {
                $none
            }
        }
    };
}

door!(mul_add_each_64(out: &mut [F128], a: &[F64], by: F128) -> bool, each_64, |()| true, false);
door!(mul_add_each_128(out: &mut [F128], a: &[F128], by: F128) -> bool, each_128, |()| true, false);
door!(inner_product_64(a: &[F64], b: &[F128]) -> Option<F128>, inner_64, Some, None);
door!(inner_product_128(a: &[F128], b: &[F128]) -> Option<F128>, inner_128, Some, None);

#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn load(element: F128) -> __m128i {
    _mm_set_epi64x(element.high().0 as i64, element.low().0 as i64)
}

#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn store(value: __m128i) -> F128 {
    F128::new(F64(_mm_cvtsi128_si64(value) as u64), F64(_mm_extract_epi64::<1>(value) as u64))
}

/// Two products of 128 bits modulo x^64 + x^4 + x^3 + x + 1, side by side. `0x1b` is the polynomial's tail;
/// what the first folding leaves above 64 bits has 4 bits, and folds without a rest.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn reduce(low: __m128i, high: __m128i) -> __m128i {
    let tail = _mm_set_epi64x(0, 0x1b);
    let low_once = _mm_clmulepi64_si128::<0x01>(low, tail);
    let high_once = _mm_clmulepi64_si128::<0x01>(high, tail);
    let above = _mm_unpackhi_epi64(low_once, high_once);
    // The polynomial has few terms: for 4 bits shifts are as good as a product.
    let twice = _mm_xor_si128(
        _mm_xor_si128(above, _mm_slli_epi64::<1>(above)),
        _mm_xor_si128(_mm_slli_epi64::<3>(above), _mm_slli_epi64::<4>(above)),
    );
    let once = _mm_unpacklo_epi64(_mm_xor_si128(low, low_once), _mm_xor_si128(high, high_once));
    _mm_xor_si128(once, twice)
}

/// The unreduced sums of which an element of F128 is made: low, high and middle products.
#[derive(Clone, Copy)]
struct Products {
    low: __m128i,
    high: __m128i,
    both: __m128i,
}

#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn products(a: __m128i, b: __m128i) -> Products {
    let fold = |x| _mm_xor_si128(x, _mm_unpackhi_epi64(x, x));
    Products {
        low: _mm_clmulepi64_si128::<0x00>(a, b),
        high: _mm_clmulepi64_si128::<0x11>(a, b),
        both: _mm_clmulepi64_si128::<0x00>(fold(a), fold(b)),
    }
}

/// As in the portable twin: (low + x^61·high) + (both + low)·X.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn assemble(products: Products) -> __m128i {
    let Products { low, high, both } = products;
    let high = reduce(high, high);
    let times_c = _mm_clmulepi64_si128::<0x00>(high, _mm_set_epi64x(0, 1 << 61));
    reduce(_mm_xor_si128(low, times_c), _mm_xor_si128(both, low))
}

#[target_feature(enable = "pclmulqdq,sse4.1")]
fn each_64(out: &mut [F128], a: &[F64], by: F128) {
    let by = load(by);
    for (out, a) in out.iter_mut().zip(a) {
        let a = _mm_cvtsi64_si128(a.0 as i64);
        let low = _mm_clmulepi64_si128::<0x00>(a, by);
        let high = _mm_clmulepi64_si128::<0x10>(a, by);
        *out += store(reduce(low, high));
    }
}

#[target_feature(enable = "pclmulqdq,sse4.1")]
fn each_128(out: &mut [F128], a: &[F128], by: F128) {
    let by = load(by);
    for (out, a) in out.iter_mut().zip(a) {
        *out += store(assemble(products(load(*a), by)));
    }
}

#[target_feature(enable = "pclmulqdq,sse4.1")]
fn inner_64(a: &[F64], b: &[F128]) -> F128 {
    let (mut low, mut high) = (_mm_setzero_si128(), _mm_setzero_si128());
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (_mm_cvtsi64_si128(a.0 as i64), load(*b));
        low = _mm_xor_si128(low, _mm_clmulepi64_si128::<0x00>(a, b));
        high = _mm_xor_si128(high, _mm_clmulepi64_si128::<0x10>(a, b));
    }
    store(reduce(low, high))
}

#[target_feature(enable = "pclmulqdq,sse4.1")]
fn inner_128(a: &[F128], b: &[F128]) -> F128 {
    let zero = _mm_setzero_si128();
    let mut sum = Products { low: zero, high: zero, both: zero };
    for (a, b) in a.iter().zip(b) {
        let next = products(load(*a), load(*b));
        sum.low = _mm_xor_si128(sum.low, next.low);
        sum.high = _mm_xor_si128(sum.high, next.high);
        sum.both = _mm_xor_si128(sum.both, next.both);
    }
    store(assemble(sum))
}
