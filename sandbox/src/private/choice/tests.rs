use super::super::noise::{Variance, gaussian};
use super::*;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;

fn of(delta: &str, groups: u64, sigma: u128) -> (f64, Scale) {
    let choice = Choice { persons: 0, delta: delta.parse().unwrap() };
    let scale = Scale { step: 0, variance: Variance::at_least(sigma * sigma, 1).unwrap() };
    (choice.least(&scale, Bounding { rows: 1, groups, single: false }), scale)
}

/// The tail of the discrete Gaussian itself, added up.
#[test]
fn who_is_alone_is_told_with_less_than_delta() {
    for (delta, groups, sigma) in [("0.00000001", 1, 5), ("0.000000001", 4, 20), ("0.000000001", 4096, 100)] {
        let (least, _) = of(delta, groups, sigma);
        let weight = |x: f64| (-x * x / (2.0 * (sigma * sigma) as f64)).exp();
        let all: f64 = (-4000..=4000).map(|x| weight(f64::from(x))).sum();
        let tail: f64 = (0..4000).map(|more| weight(least - 1.0 + f64::from(more))).sum::<f64>() / all;
        let delta: f64 = delta.parse().unwrap();
        assert!(tail * groups as f64 <= delta, "{delta}: {tail}");
        // And not for the noise of twice the deviation.
        let half: f64 =
            (0..4000).map(|more| weight((least - 1.0 + f64::from(more)) / 2.0)).sum::<f64>() / all / 2.0;
        assert!(half * groups as f64 > delta, "{delta}: {half}");
    }
}

#[test]
fn at_a_delta_that_is_seen_it_is_as_seldom() {
    let (least, scale) = of("0.01", 1, 6);
    let mut dice = ChaCha20Rng::seed_from_u64(9);
    let told = (0..20_000).filter(|_| 1.0 + gaussian(scale.variance, &mut dice) as f64 >= least).count();
    assert!((1..=200).contains(&told), "{told}");
}
