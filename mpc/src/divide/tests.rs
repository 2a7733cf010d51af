use super::*;
use crate::Security;
use crate::fixed::decode;
use crate::tests::agreed_under;
use crate::tests::given::{integers, random, signed};
use proptest::prelude::*;

fn values(context: &mut Context, x: &Fixed) -> Result<Vec<f64>, MpcError> {
    let words: Vec<Z64> = signed(context, x.shares().clone())?.into_iter().map(Z64::from).collect();
    Ok(decode(&words, x.fraction()))
}

/// Integers over all lengths, and edges.
fn positive(seed: u64, len: usize, bits: u32) -> Vec<i64> {
    let mut all = random(seed, len, 63);
    all.iter_mut().enumerate().for_each(|(at, x)| {
        *x = (x.unsigned_abs() >> (63 - bits) >> (at as u32 % bits)).max(1).cast_signed();
    });
    all.extend([1, 2, 3, (1 << bits) - 1, 1 << bits]);
    all
}

#[test]
fn reciprocals_and_quotients() {
    for (seed, bits, fraction) in [(1, 30, 0), (2, 10, 4), (3, 20, 6), (4, 1, 0)] {
        let x = positive(seed, 300, bits);
        let a = random(seed + 9, x.len(), 30);
        let (inverse, quotients) = agreed_under(Security::Malicious, seed, |context| {
            let (a, x) = (integers(context, &a)?, integers(context, &x)?);
            let (a, x) = (Fixed::new(a, 10, 30)?, Fixed::new(x, fraction, bits)?);
            let inverse = reciprocal(context, &x)?;
            let quotient = quotient(context, &a, &x, 20)?;
            Ok((values(context, &inverse)?, values(context, &quotient)?))
        });
        for (at, &x) in x.iter().enumerate() {
            let x = x as f64 / f64::from(fraction).exp2();
            assert!((inverse[at] * x - 1.0).abs() < 1e-7, "1/{x} gave {}", inverse[at]);
            let exact = a[at] as f64 / 1024.0 / x;
            let error = (quotients[at] - exact).abs();
            assert!(
                error < 1e-7 * exact.abs() + 4.5 / f64::from(1 << 20),
                "{exact} became {}",
                quotients[at]
            );
        }
    }
}

#[test]
fn nothing_divided_by_nothing_is_nothing() {
    let out = agreed_under(Security::Malicious, 5, |context| {
        let (a, x) = (integers(context, &[5, 0])?, integers(context, &[0, 0])?);
        let (a, x) = (Fixed::new(a, 0, 10)?, Fixed::new(x, 0, 20)?);
        let (quotient, root) = (quotient(context, &a, &x, 10)?, inverse_root(context, &x)?);
        Ok((values(context, &quotient)?, values(context, &root)?))
    });
    // Off by the truncation of a product that is exactly zero.
    assert!(out.0.iter().all(|value| value.abs() < 3.0 / 1024.0));
    assert_eq!(out.1, [0.0, 0.0]);
}

#[test]
fn reciprocal_roots() {
    for (seed, bits, fraction) in [(6, 30, 0), (7, 11, 5), (8, 57, 20), (9, 1, 0)] {
        let x = positive(seed, 300, bits);
        let out = agreed_under(Security::Malicious, seed, |context| {
            let x = integers(context, &x)?;
            let root = inverse_root(context, &Fixed::new(x, fraction, bits)?)?;
            values(context, &root)
        });
        for (&x, root) in x.iter().zip(out) {
            let x = x as f64 / f64::from(fraction).exp2();
            assert!((root * x.sqrt() - 1.0).abs() < 3e-7, "1/√{x} gave {root}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn quotients_of_any_numbers(seed: u64, a in -1_000_000_000i64..1_000_000_000, x in 1i64..1 << 30) {
        let out = agreed_under(Security::Malicious, seed >> 8, |context| {
            let (a, x) = (integers(context, &[a])?, integers(context, &[x])?);
            let quotient = quotient(context, &Fixed::new(a, 0, 30)?, &Fixed::new(x, 0, 30)?, 24)?;
            values(context, &quotient)
        });
        let exact = a as f64 / x as f64;
        prop_assert!((out[0] - exact).abs() < 1e-7 * exact.abs() + 4.5 / f64::from(1 << 24));
    }
}
