use super::*;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn f128() -> impl Strategy<Value = F128> {
    any::<u128>().prop_map(F128)
}

fn f64() -> impl Strategy<Value = F64> {
    any::<u64>().prop_map(F64)
}

/// Multiplication as in a textbook: shift, add, and fold x^64.
fn slow_64(a: F64, b: F64) -> F64 {
    let (mut sum, mut shifted) = (0, a.0);
    for i in 0..64 {
        if b.0 >> i & 1 == 1 {
            sum ^= shifted;
        }
        shifted = shifted << 1 ^ if shifted >> 63 == 1 { 0b1_1011 } else { 0 };
    }
    F64(sum)
}

fn slow_128(a: F128, b: F128) -> F128 {
    let c = F64(1 << 61);
    let high = slow_64(a.high(), b.high());
    let cross = slow_64(a.low(), b.high()) + slow_64(a.high(), b.low());
    F128::new(slow_64(a.low(), b.low()) + slow_64(c, high), cross + high)
}

proptest! {
    #[test]
    fn products_are_those_of_the_textbook(a in f128(), b in f128(), s in f64(), t in f64()) {
        prop_assert_eq!(a * b, slow_128(a, b));
        prop_assert_eq!(s * t, slow_64(s, t));
        prop_assert_eq!(s * b, slow_128(s.into(), b));
        prop_assert_eq!(F128::from(s) * F128::from(t), F128::from(s * t), "a subfield");
    }

    #[test]
    fn inverses(a in f128(), s in f64()) {
        prop_assert_eq!(a * a.inverse(), if a == F128::ZERO { a } else { F128::ONE });
        prop_assert_eq!(s * s.inverse(), if s == F64::ZERO { s } else { F64::ONE });
    }

    #[test]
    fn bytes_and_back(a in f128(), s in f64()) {
        prop_assert_eq!(F128::from_bytes(a.to_bytes()), a);
        prop_assert_eq!(F64::from_bytes(s.to_bytes()), s);
        prop_assert_eq!(F128::new(a.low(), a.high()), a);
    }

    #[test]
    fn kernels_agree_with_their_twin(seed in any::<u64>(), n in 0usize..70) {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let a: Vec<F64> = (0..n).map(|_| F64::random(&mut rng)).collect();
        let w: Vec<F128> = (0..n).map(|_| F128::random(&mut rng)).collect();
        let start: Vec<F128> = (0..n).map(|_| F128::random(&mut rng)).collect();
        let by = F128::random(&mut rng);
        let (mut ours, mut theirs) = (start.clone(), start.clone());
        mul_add_each(&mut ours, &a, by);
        portable::mul_add_each_64(&mut theirs, &a, by);
        prop_assert_eq!(&ours, &theirs);
        mul_add_each(&mut ours, &w, by);
        portable::mul_add_each_128(&mut theirs, &w, by);
        prop_assert_eq!(&ours, &theirs);
        prop_assert_eq!(inner_product(&a, &start), portable::inner_product_64(&a, &start));
        prop_assert_eq!(inner_product(&w, &start), portable::inner_product_128(&w, &start));
        let sum = w.iter().zip(&start).fold(F128::ZERO, |sum, (&w, &s)| sum + w * s);
        prop_assert_eq!(inner_product(&w, &start), sum);
    }
}

/// The modulus of F64 is irreducible (Rabin's test: x^(2^64) = x, and x^(2^32) + x is a unit), and that of
/// F128 over it is because X is no element of F64: Frobenius moves it.
#[test]
fn these_are_fields() {
    let frobenius = |mut x: F64, times: u32| {
        for _ in 0..times {
            x = x * x;
        }
        x
    };
    let x = F64(2);
    assert_eq!(frobenius(x, 64), x);
    let moved = frobenius(x, 32) + x;
    assert_eq!(moved * moved.inverse(), F64::ONE);
    let trace = (0..64).fold(F64::ZERO, |sum, i| sum + frobenius(F64(1 << 61), i));
    assert_eq!(trace, F64::ONE);
    let big = F128::new(F64::ZERO, F64::ONE);
    assert_eq!((0..64).fold(big, |x, _| x * x), big + F128::ONE);
}

#[test]
fn powers_are_powers() {
    let by = F128(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
    for count in [0, 1, 2, 3, 7, 64, 100] {
        let all = powers(by, count);
        assert_eq!(all.len(), count);
        for (i, &power) in all.iter().enumerate() {
            assert_eq!(power, by.power(i as u128));
        }
    }
}
