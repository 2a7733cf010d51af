//! Distribution functions, in the clear: for the p-values and intervals of opened figures.
//!
//! Incomplete gamma and beta functions by series and continued fractions (M. Abramowitz, I. A. Stegun, *Handbook of
//! Mathematical Functions*, 6.5.29, 6.5.31, 26.5.8; continued fractions after W. J. Lentz, 1976).

const TINY: f64 = 1e-300;
const TERMS: usize = 10_000;

/// ln Γ(x) of x > 0, by Stirling's series after moving up to 15.
pub fn ln_gamma(x: f64) -> f64 {
    let (mut shifted, mut below) = (x, 0.0);
    while shifted < 15.0 {
        below += shifted.ln();
        shifted += 1.0;
    }
    let square = shifted * shifted;
    let series = 1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / 1680.0 / square) / square) / square;
    (shifted - 0.5) * shifted.ln() - shifted + 0.5 * (2.0 * std::f64::consts::PI).ln() + series / shifted
        - below
}

/// The part of the gamma distribution of this shape above x.
fn gamma_above(shape: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let front = (shape * x.ln() - x - ln_gamma(shape)).exp();
    if x < shape + 1.0 {
        let (mut term, mut sum) = (1.0 / shape, 1.0 / shape);
        for n in 1..TERMS {
            term *= x / (shape + n as f64);
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        return 1.0 - front * sum;
    }
    let b = |n: usize| x + 2.0 * n as f64 + 1.0 - shape;
    front / fraction(b(0), |n| (-(n as f64) * (n as f64 - shape), b(n)))
}

/// b0 + a1/(b1 + a2/(b2 + …)).
fn fraction(first: f64, terms: impl Fn(usize) -> (f64, f64)) -> f64 {
    let mut value = if first == 0.0 { TINY } else { first };
    let (mut c, mut d) = (value, 0.0);
    for n in 1..TERMS {
        let (a, b) = terms(n);
        d = 1.0 / Some(b + a * d).filter(|d: &f64| *d != 0.0).unwrap_or(TINY);
        c = Some(b + a / c).filter(|c: &f64| *c != 0.0).unwrap_or(TINY);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The regularised incomplete beta function.
fn beta_below(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_below(b, a, 1.0 - x);
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    let term = |n: usize| {
        let m = (n / 2) as f64;
        let numerator = match n % 2 {
            0 => m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            _ => -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        };
        (numerator, 1.0)
    };
    front / a / fraction(1.0, term)
}

/// The probability that a chi-square variable with these degrees of freedom is above x.
pub fn chi_square_above(x: f64, degrees: f64) -> f64 {
    gamma_above(degrees / 2.0, x / 2.0)
}

/// The probability that a variable of Student's distribution is further than t from 0.
pub fn student_beyond(t: f64, degrees: f64) -> f64 {
    beta_below(degrees / 2.0, 0.5, degrees / (degrees + t * t))
}

/// The probability that a variable of Fisher's F distribution is above x.
pub fn fisher_above(x: f64, numerator: f64, denominator: f64) -> f64 {
    beta_below(denominator / 2.0, numerator / 2.0, denominator / (denominator + numerator * x.max(0.0)))
}

/// The probability that a standard normal variable is further than z from 0.
pub fn normal_beyond(z: f64) -> f64 {
    gamma_above(0.5, z * z / 2.0)
}

/// How far from 0 a variable is with this probability, by bisection of a falling function.
fn point(beyond: impl Fn(f64) -> f64, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while beyond(high) > probability && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if beyond(middle) > probability { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The z beyond which, on both sides, a standard normal variable is with this probability: 1.96 for 0.05.
pub fn normal_point(probability: f64) -> f64 {
    point(normal_beyond, probability)
}

/// The t beyond which, on both sides, a variable of Student's distribution is with this probability.
pub fn student_point(probability: f64, degrees: f64) -> f64 {
    point(|t| student_beyond(t, degrees), probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-10 * expected.abs().max(1e-3), "{found} for {expected}");
    }

    #[test]
    fn closed_forms() {
        near(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln());
        near(ln_gamma(10.0), 362_880f64.ln());
        for x in [0.1, 1.0, 3.0, 20.0, 200.0] {
            // Two degrees of freedom: exponential. Four: with one term more.
            near(chi_square_above(x, 2.0), (-x / 2.0).exp());
            near(chi_square_above(x, 4.0), (-x / 2.0).exp() * (1.0 + x / 2.0));
            // One: Cauchy. Two: algebraic.
            near(student_beyond(x, 1.0), 1.0 - 2.0 / std::f64::consts::PI * x.atan());
            near(student_beyond(x, 2.0), 1.0 - x / (2.0 + x * x).sqrt());
            near(fisher_above(x, 2.0, 6.0), (1.0 + x / 3.0).powi(-3));
            near(fisher_above(x * x, 1.0, 7.0), student_beyond(x, 7.0));
        }
    }

    #[test]
    fn points_of_tables() {
        near(normal_point(0.05), 1.959_963_984_540_054);
        near(normal_beyond(1.0), 0.317_310_507_862_914);
        // A. Hald, tables: t of 5 % with 10 degrees of freedom.
        assert!((student_point(0.05, 10.0) - 2.228_138_851_964_939).abs() < 1e-9);
        assert!((chi_square_above(3.841_458_820_694_124, 1.0) - 0.05).abs() < 1e-10);
    }
}
