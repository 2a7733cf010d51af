use super::integers::TOTAL_BITS;
use super::prime;

/// What remains of 2^-40 where every step errs as much as it can.
#[test]
fn soundness() {
    // A wrong sum of integers has so many prime factors of the size at most, out of so many: π(2x) - π(x) > 3x / (5 ln x)
    // (J. B. Rosser, L. Schoenfeld, Illinois Journal of Mathematics 6 (1962), corollary 3).
    let size = f64::from(prime::BITS);
    let factors = (f64::from(TOTAL_BITS) / size).floor();
    let primes = 3.0 * size.exp2() / (5.0 * size * std::f64::consts::LN_2);
    // Degree 2 in each variable, 30 variables for 2^30 entries, over the smaller field.
    let points = 2.0 * 30.0 / (size.exp2() - 2.0);
    // Odd weights modulo 2^128 of errors modulo 2^64; weights in GF(2^64).
    let weights = 2.0 * (-63f64).exp2();
    let error = factors / primes + points + weights;
    assert!(error < (-42f64).exp2(), "2^{}", error.log2());
    // And that is what the prover's sum is hidden by: 2^30 products of 192 bits.
    let hidden = 64.0 * super::integers::SHARE as f64 - 192.0 - 30.0;
    assert!(hidden >= 64.0);
}
