//! The exponential without a place in memory.

use core::f64::consts::LOG2_E;

/// ln 2 in two parts, the first with zeros at its end, so that a whole multiple of it is exact.
const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];

/// 1/13!, 1/12! and so on: beyond ln(2)/2 the rest is less than a digit.
const FACTORS: [f64; 14] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

/// e to the power of x, as `f64::exp` within some units of the last digit. That one writes to memory where it is compiled for
/// wasm32, and a score that uses it is scored in an instance for every person.
#[must_use]
pub fn exp(x: f64) -> f64 {
    if x > 710.0 {
        return f64::INFINITY;
    }
    if x < -746.0 {
        return 0.0;
    }
    let turns = nearest(x * LOG2_E);
    let rest = (x - turns * LN_2[0]) - turns * LN_2[1];
    let polynomial = FACTORS.iter().fold(0.0, |sum, factor| sum * rest + factor);
    // In two steps: what is smallest and what is greatest is no power of two of its own.
    let half = nearest(turns / 2.0);
    polynomial * two_to(half) * two_to(turns - half)
}

/// The nearest whole number of one that is far below 2^51: adding it takes the digits after the point away.
fn nearest(x: f64) -> f64 {
    const WHOLE: f64 = 6_755_399_441_055_744.0;
    (x + WHOLE) - WHOLE
}

fn two_to(power: f64) -> f64 {
    f64::from_bits(((power as i64 + 1023) << 52) as u64)
}

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn it_is_the_exponential() {
        for step in -74_600..71_000 {
            let x = f64::from(step) / 100.0 + 0.003;
            let (own, known) = (exp(x), x.exp());
            let off = if known > 1e-300 { (own - known).abs() / known } else { (own - known).abs() };
            assert!(own == known || off < 1e-15, "{x}: {own} and {known}");
        }
        for x in [0.0, -0.0, 1.0, -1.0, 709.78, 710.5, f64::INFINITY, f64::NEG_INFINITY, -745.1, -800.0] {
            assert!((exp(x) - x.exp()).abs() <= 1e-15 * x.exp() || exp(x) == x.exp(), "{x}");
        }
        assert!(exp(f64::NAN).is_nan());
    }
}
