use super::*;
use crate::Security;
use crate::tests::given::{given, integers, random, signed};
use crate::tests::{agreed, agreed_under, sent, three};

#[test]
fn truncation_is_within_a_unit_and_a_half_for_every_bound() {
    for (seed, bits) in [(1, 1), (2, 20), (3, 30), (4, 59), (5, 60)] {
        let mut values = random(seed, 500, 60);
        values.extend([0, 1, -1, 1 << 60, -(1 << 60), (1 << 60) - 1]);
        let out = agreed_under(Security::Malicious, seed, |context| {
            let x = integers(context, &values)?;
            let cut = shift(context, &x, bits, 60)?;
            signed(context, cut)
        });
        for (&x, &y) in values.iter().zip(&out) {
            // |y 2^bits - x| ≤ 1.5 2^bits.
            let off = (i128::from(y) << bits) - i128::from(x);
            assert!(2 * off.abs() <= 3 << bits, "{x} >> {bits} gave {y}");
        }
    }
}

#[test]
fn truncation_costs_what_is_said() {
    let ends = three(6, |context| {
        let x = given(context, &[5; 640])?;
        let (before, step) = (sent(context), context.steps());
        shift(context, &x, 16, 40)?;
        Ok((sent(context) - before, context.steps() - step))
    });
    for end in ends {
        assert_eq!(end.unwrap(), (640 * 32 + 640 / 8 + 3 * 5, 3));
    }
}

#[test]
fn products_with_and_without_limbs() {
    for (seed, bits) in [(10, 30), (11, 38)] {
        let (a, b) = (random(seed, 300, bits), random(seed + 100, 300, bits));
        let cut = bits;
        let out = agreed_under(Security::Malicious, seed, |context| {
            let (x, y) = (integers(context, &a)?, integers(context, &b)?);
            let (x, y) = (Fixed::new(x, bits, bits)?, Fixed::new(y, bits, bits)?);
            let product = multiply(context, &x, &y, bits)?;
            assert_eq!((product.fraction(), product.bound()), (bits, bits + 1));
            signed(context, product.shares)
        });
        for ((&x, &y), &z) in a.iter().zip(&b).zip(&out) {
            let off = (i128::from(z) << cut) - i128::from(x) * i128::from(y);
            assert!(off.abs() <= 3 << cut, "{x} * {y} gave {z}");
        }
    }
}

#[test]
fn what_could_overflow_is_refused_before_anything_is_sent() {
    let ends = three(12, |context| {
        let x = given(context, &[1, 2])?;
        let before = sent(context);
        let wide = Fixed::new(x.clone(), 20, 58)?;
        let codes = [
            multiply(context, &wide, &wide, 40).err().map(|error| error.code()),
            multiply(context, &wide, &wide, 20).err().map(|error| error.code()),
            dot(context, &wide, &wide, 2, 20).err().map(|error| error.code()),
            wide.plus(&wide).and_then(|sum| sum.plus(&wide)).err().map(|error| error.code()),
            wide.plus(&wide)
                .and_then(|sum| sum.plus(&sum))
                .and_then(|sum| sum.plus(&sum))
                .err()
                .map(|e| e.code()),
            wide.times_integer(-9).err().map(|error| error.code()),
            Fixed::new(x, 0, 61).err().map(|error| error.code()),
        ];
        Ok((codes, sent(context) - before))
    });
    for end in ends {
        let (codes, bytes) = end.unwrap();
        assert_eq!(bytes, 0);
        let expected = [true, true, true, false, true, true, true].map(|refused| refused.then_some(9207));
        assert_eq!(codes, expected);
    }
}

#[test]
fn numbers_that_are_none_are_refused_where_they_are_encoded() {
    for (value, good) in [(1.5, true), (f64::NAN, false), (f64::INFINITY, false), (1e9, false), (-64.0, true)]
    {
        let encoded = encode("income", &[0.0, value], 10, 16);
        assert_eq!(encoded.as_ref().err().map(MpcError::code), (!good).then_some(9208), "{value}");
        if let Ok(words) = encoded {
            assert_eq!(decode(&words, 10)[1], value);
        }
    }
}

#[test]
fn scales_are_aligned() {
    let out = agreed(13, |context| {
        let (x, y) = (integers(context, &[3, -5])?, integers(context, &[100, 1])?);
        let (x, y) = (Fixed::new(x, 2, 10)?, Fixed::new(y, 5, 10)?);
        let sum = x.plus(&y)?.plus_public(context.role(), 0.25)?;
        let less = x.minus(&y)?;
        let total = y.sum()?;
        assert_eq!((sum.fraction(), less.fraction()), (5, 5));
        Ok([sum.shares, less.shares, total.shares].map(|shares| signed(context, shares)).map(Result::unwrap))
    });
    assert_eq!(out, [vec![132, -31], vec![-76, -41], vec![101]]);
}
