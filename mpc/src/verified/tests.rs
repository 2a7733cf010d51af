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
    // Degree 2 in each variable, 30 variables for 2^30 entries, over the smaller field; and one more for the factors of sums.
    let points = 61.0 / (size.exp2() - 2.0);
    // An error modulo 2^64 is in the sum over a random subset or not; weights in GF(2^64).
    let weights = (-(super::integers::SUMS as f64)).exp2() + (-63f64).exp2();
    let error = factors / primes + points + weights;
    assert!(error < (-42f64).exp2(), "2^{}", error.log2());
    // And that is what the prover's sum is hidden by: 2^30 products of 129 bits.
    let hidden = 64.0 * super::integers::SHARE as f64 - 129.0 - 30.0;
    assert!(hidden >= 64.0);
    assert!(f64::from(TOTAL_BITS) > 64.0 * super::integers::SHARE as f64 + 1.0);
}
