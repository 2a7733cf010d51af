//! Draws have the distribution that they should, and moments as those of another implementation.

use super::*;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;

fn dice(seed: u64) -> ChaCha20Rng {
    println!("seed {seed}");
    ChaCha20Rng::seed_from_u64(seed)
}

/// χ² of counts over the probabilities of whole numbers around nought, in units of its standard deviation above its mean; what
/// is expected less than 10 times is put together.
fn excess(drawn: &[i128], weight: impl Fn(i128) -> f64) -> f64 {
    let far = 4000;
    let whole: f64 = (-far..=far).map(&weight).sum();
    let times = |x: i128| weight(x) / whole * drawn.len() as f64;
    let bins: Vec<i128> = (-far..=far).filter(|x| times(*x) >= 10.0).collect();
    let seen = |x: i128| drawn.iter().filter(|d| **d == x).count() as f64;
    let mut rest = (drawn.len() as f64, drawn.len() as f64);
    let mut chi = 0.0;
    for x in &bins {
        let (found, expected) = (seen(*x), times(*x));
        chi += (found - expected).powi(2) / expected;
        rest = (rest.0 - found, rest.1 - expected);
    }
    if rest.1 >= 1.0 {
        chi += (rest.0 - rest.1).powi(2) / rest.1;
    }
    let freedom = bins.len() as f64;
    (chi - freedom) / (2.0 * freedom).sqrt()
}

#[test]
fn a_gaussian_is_one() {
    for (seed, above, below_) in [(1, 1, 4), (2, 1, 1), (3, 5, 2), (4, 100, 1), (5, 2000, 3)] {
        let variance = Variance::at_least(above, below_).unwrap();
        let mut dice = dice(seed);
        let drawn: Vec<i128> = (0..60_000).map(|_| gaussian(variance, &mut dice)).collect();
        let exact = above as f64 / below_ as f64;
        let found = excess(&drawn, |x| (-(x as f64).powi(2) / (2.0 * exact)).exp());
        assert!(found < 5.0, "{above}/{below_}: {found}");
        // The test would see a tenth more.
        let other = excess(&drawn, |x| (-(x as f64).powi(2) / (2.2 * exact)).exp());
        assert!(other > 5.0, "{above}/{below_}: {other}");
    }
}

#[test]
fn a_laplace_is_one() {
    for (seed, t) in [(11, 1), (12, 3), (13, 20)] {
        let mut dice = dice(seed);
        let signed = |(negative, size): (bool, u128)| if negative { -(size as i128) } else { size as i128 };
        let drawn: Vec<i128> = (0..60_000).map(|_| signed(laplace(t, &mut dice))).collect();
        let found = excess(&drawn, |x| (-(x.unsigned_abs() as f64) / t as f64).exp());
        assert!(found < 5.0, "{t}: {found}");
        let other = excess(&drawn, |x| (-(x.unsigned_abs() as f64) / (t as f64 * 1.05)).exp());
        assert!(other > 5.0, "{t}: {other}");
    }
}

#[test]
fn an_exponential_decay_is_one() {
    for (seed, above, below_) in
        [(21, 0, 1), (22, 1, 3), (23, 1, 1), (24, 7, 2), (25, u128::MAX >> 4, u128::MAX >> 2)]
    {
        let mut dice = dice(seed);
        let times = 40_000;
        let found = (0..times).filter(|_| decays(above, below_, &mut dice)).count() as f64;
        let expected = (-(above as f64) / below_ as f64).exp();
        let deviation = (f64::from(times) * expected * (1.0 - expected)).sqrt();
        assert!((found - f64::from(times) * expected).abs() <= 5.0 * deviation, "{above}/{below_}: {found}");
    }
}

#[test]
fn a_uniform_number_is_below() {
    let mut dice = dice(31);
    for most in [1, 2, 3, 5, 1 << 64, (1 << 64) + 1, u128::MAX] {
        let drawn: Vec<u128> = (0..200).map(|_| below(most, &mut dice)).collect();
        assert!(drawn.iter().all(|drawn| *drawn < most));
        assert!(most < 6 || drawn.iter().any(|drawn| *drawn > most / 2), "{most}");
        assert!(most > 5 || (0..most).all(|wanted| drawn.contains(&wanted)), "{most}");
    }
}

#[test]
fn a_variance_is_never_less_than_asked() {
    let big = 10u128.pow(30);
    for (above, below_) in
        [(1, 3), (1, 1 << 40), (10, 7), (big, 10u128.pow(21)), (12345, 1), ((1 << 40) - 1, 1)]
    {
        let (numerator, bits) = Variance::at_least(above, below_).unwrap().fraction();
        // n / 2^k ≥ above / below
        let (n, d) = (u128::from(numerator), 1u128 << bits);
        assert!(n * below_ >= above * d, "{above}/{below_}");
        assert!((n - 1) * below_ <= above * d, "{above}/{below_}: more than asked");
        assert!(n < 1 << MOST_BITS);
    }
    assert_eq!(Variance::at_least(1 << 40, 1), None);
    assert_eq!(Variance::at_least(1, 0), None);
}

/// The largest noise there is has the deviation that it should.
#[test]
fn large_noise_has_its_moments() {
    let variance = Variance::at_least((1 << 40) - 1, 1).unwrap();
    let mut dice = dice(41);
    let drawn: Vec<f64> = (0..20_000).map(|_| gaussian(variance, &mut dice) as f64 / 2f64.powi(20)).collect();
    let moment = |power| drawn.iter().map(|x| x.powi(power)).sum::<f64>() / drawn.len() as f64;
    assert!(moment(1).abs() < 0.04, "{}", moment(1));
    assert!((moment(2) - 1.0).abs() < 0.05, "{}", moment(2));
    assert!((moment(4) - 3.0).abs() < 0.3, "{}", moment(4));
}

/// What the operating system gives is not the same twice.
#[test]
fn the_systems_generator_goes_on() {
    let (mut one, mut other) = (System::default(), System::default());
    let mut seen = std::collections::HashSet::new();
    for _ in 0..2000 {
        assert!(seen.insert(one.try_next_u64().unwrap()) && seen.insert(other.try_next_u64().unwrap()));
    }
}

/// OpenDP's sampler of the same distribution, over generators of its own, has the same moments.
#[test]
fn another_implementation_draws_alike() {
    use opendp::traits::samplers::sample_discrete_gaussian;
    let mut dice = dice(51);
    for sigma in [1u32, 7, 40] {
        let variance = Variance::at_least(u128::from(sigma * sigma), 1).unwrap();
        let ours: Vec<f64> = (0..20_000).map(|_| gaussian(variance, &mut dice) as f64).collect();
        let theirs = (0..20_000).map(|_| {
            let drawn = sample_discrete_gaussian(sigma.into()).unwrap();
            drawn.to_string().parse::<f64>().unwrap()
        });
        let theirs: Vec<f64> = theirs.collect();
        let moment = |drawn: &[f64], power| {
            drawn.iter().map(|x| (x / f64::from(sigma)).powi(power)).sum::<f64>() / drawn.len() as f64
        };
        for (power, apart) in [(1, 0.05), (2, 0.07), (4, 0.6)] {
            let (a, b) = (moment(&ours, power), moment(&theirs, power));
            assert!((a - b).abs() < apart, "{sigma}, {power}: {a} {b}");
        }
    }
}
