use super::*;
use crate::Security;
use crate::fixed::{decode, encode};
use crate::tests::agreed_under;
use crate::tests::given::{integers, random, signed};

fn values(context: &mut Context, x: &Fixed) -> Result<Vec<f64>, MpcError> {
    let words: Vec<Z64> = signed(context, x.shares().clone())?.into_iter().map(Z64::from).collect();
    Ok(decode(&words, x.fraction()))
}

/// Numbers of -`most` … `most`, with edges.
fn numbers(seed: u64, most: f64) -> Vec<f64> {
    let mut all: Vec<f64> = random(seed, 400, 52).iter().map(|&v| v as f64 / 52f64.exp2() * most).collect();
    all.extend([0.0, most, -most, 1e-6, -1e-6, 1.0, -1.0]);
    all
}

fn applied(
    seed: u64,
    x: &[f64],
    (fraction, bound): (u32, u32),
    f: impl Fn(&mut Context, &Fixed) -> Result<Fixed, MpcError> + Sync,
) -> Vec<(f64, f64)> {
    let words = encode("x", x, fraction, bound).unwrap();
    let integers_of: Vec<i64> = words.iter().map(|word| word.signed()).collect();
    let out = agreed_under(Security::Malicious, seed, |context| {
        let shares = integers(context, &integers_of)?;
        let x = Fixed::new(shares, fraction, bound)?;
        let y = f(context, &x)?;
        values(context, &y)
    });
    decode(&words, fraction).into_iter().zip(out).collect()
}

#[test]
fn exponentials() {
    for (seed, most, fraction) in [(1, 0.0, 20), (2, 10.0, 28), (3, 19.0, 10), (4, 1.0, 33)] {
        let x: Vec<f64> = numbers(seed, 30.0).into_iter().map(|x| most - x.abs()).collect();
        for (x, y) in applied(seed, &x, (fraction, fraction + 5), |context, x| exp(context, x, most)) {
            assert!(
                (y - x.exp()).abs() < 4e-8 * most.exp() * if most > 0.0 { 2.0 } else { 1.0 },
                "e^{x} gave {y}"
            );
        }
    }
}

#[test]
fn exponents_beyond_what_is_declared_are_refused() {
    for (x, refused) in [(1.0, false), (1.386, false), (1.387, true), (30.0, true), (-31.0, false)] {
        let words = encode("x", &[x, 0.5, 1.0, -30.0], 20, 25).unwrap();
        let integers_of: Vec<i64> = words.iter().map(|word| word.signed()).collect();
        let code = agreed_under(Security::Malicious, 14, |context| {
            let x = Fixed::new(integers(context, &integers_of)?, 20, 25)?;
            Ok(exp(context, &x, 1.0).err().map(|error| error.code()))
        });
        assert_eq!(code, refused.then_some(9210), "e^{x}");
    }
}

#[test]
fn logarithms() {
    for (seed, fraction, bound) in [(5, 0, 30), (6, 20, 40), (7, 28, 28), (8, 10, 59)] {
        let most = f64::from(bound - fraction).exp2();
        let unit = f64::from(fraction).exp2().recip();
        let x: Vec<f64> = numbers(seed, 1.0)
            .into_iter()
            .enumerate()
            .map(|(at, x)| (x.abs() * most / ((at % 20) as f64).exp2()).max(unit))
            .collect();
        for (x, y) in applied(seed, &x, (fraction, bound), log) {
            assert!((y - x.ln()).abs() < 6e-8, "ln {x} gave {y}");
        }
    }
    let zero = applied(9, &[0.0], (4, 10), log);
    assert!((zero[0].1 - (1f64 / 32.0).ln()).abs() < 6e-8);
}

#[test]
fn logistic_function() {
    for (seed, most, fraction) in [(10, 8f64, 20), (11, 1000.0, 16), (12, 0.5, 28), (13, 6e7, 10)] {
        let bound = fraction + (most.log2().ceil() as u32).max(1);
        for (x, y) in applied(seed, &numbers(seed, most), (fraction, bound), sigmoid) {
            assert!((y - 1.0 / (1.0 + (-x).exp())).abs() < 6e-8, "{x} gave {y}");
        }
    }
}
