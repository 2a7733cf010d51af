//! How far one person moves what is measured: looked at over all small data sets.

use super::*;
use crate::private::Scale;
use yinshu_audit::Amount;

fn measurements(least: i64, greatest: i64) -> Vec<Measurement> {
    let from = (least + greatest).div_euclid(2);
    let far = (greatest - from).max(from - least).unsigned_abs().pow(2);
    let squares = |step: u32| Kind::Squares { from, step, middle: i128::from(far >> step) / 2 };
    let kinds = [Kind::Rows, Kind::Persons, Kind::Sum(0), Kind::Sum(from), squares(0), squares(2)];
    let of = |kind| {
        let (least, greatest) =
            if matches!(kind, Kind::Rows | Kind::Persons) { (0, 1) } else { (least, greatest) };
        Measurement { column: Some(0), kind, least, greatest }
    };
    kinds.map(of).into()
}

/// No value, however far beyond the bounds, adds more than is said; some value adds it.
#[test]
fn a_value_adds_no_more_than_is_said() {
    for (least, greatest) in [(0, 1), (-3, 4), (-7, -2), (5, 5), (0, 9), (-1000, 100_000)] {
        for measurement in measurements(least, greatest) {
            for rows in [1, 3] {
                let most = measurement.most(rows);
                let ends = [i64::MIN, least - 10, greatest + 10, i64::MAX];
                let values = ends.into_iter().chain(least..=greatest.min(least + 200));
                let adds = values.map(|value| measurement.adds(value).unsigned_abs()).max().unwrap();
                let times = if measurement.kind == Kind::Persons { 1 } else { u128::from(rows) };
                assert!(adds * times <= most, "{measurement:?}");
                let tight = adds * times == most || (greatest - least > 200);
                assert!(tight, "{measurement:?}: {adds} and {most}");
            }
        }
    }
}

/// Sums taken in steps are as far apart as noise is drawn for, and no further.
#[test]
fn steps_move_no_further_than_noise_is_drawn_for() {
    let rho: Amount = "0.5".parse().unwrap();
    for most in [1u128, 5, 1000, (1 << 40) + 3, 1 << 70, u128::MAX >> 4] {
        let scale = Scale::of(most, 1, rho, 1).unwrap();
        let steps = most.div_ceil(1 << scale.step);
        let (n, bits) = scale.variance.fraction();
        // σ² ≥ Δ² / (2ρ), and ρ is a half.
        assert!(u128::from(n) >= (steps * steps) << bits, "{most}");
        let most = i128::try_from(most.min(1 << 120)).unwrap();
        for start in [0, -1, 7, -most, most / 3, (1 << scale.step) - 1] {
            let apart = scale.steps(start + most) - scale.steps(start);
            assert!(apart.unsigned_abs() <= steps, "{most} from {start}");
        }
    }
}

#[test]
fn a_price_too_small_is_refused_and_more_money_is_less_noise() {
    let rho = |text: &str| text.parse::<Amount>().unwrap();
    assert_eq!(Scale::of(1, 1, rho("0.000000000000000001"), 64).unwrap_err().code(), 9752);
    let off = |text: &str| Scale::of(1, 4, rho(text), 2).unwrap().deviation();
    // σ² = 4 · 1 / (2 ρ / 2)
    assert!((off("0.01") - 20.0).abs() < 1e-3 && (off("0.04") - 10.0).abs() < 1e-3);
}
