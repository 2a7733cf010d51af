//! How large a partition may be, so that its size says nothing.
//!
//! n distinct entries fall into P partitions by a keyed hash whose key nobody knew when the entries were
//! chosen: the load X of one partition is binomial with mean n/P. Bernstein's inequality (S. Bernstein 1924;
//! S. Boucheron, G. Lugosi, P. Massart, "Concentration Inequalities", 2013, corollary 2.11) gives
//! Pr[X ≥ n/P + t] ≤ exp(−t² / (2(n/P + t/3))), which is 2^-λ for t = L/3 + √(L²/9 + 2·L·n/P), L = λ·ln 2.
//! A union bound over all partitions of both sides and of all sections asks for λ = 40 + log2 of their number.
//!
//! Integers only: both sides must come to the same number on any processor.

/// A run finds a partition too small for its entries with probability at most 2^-40.
pub const STATISTICAL_BITS: u64 = 40;

/// The most partitions of a run.
pub const MAX_PARTITIONS: u32 = 4096;

/// The public size of each of `partitions` partitions of `items` entries, where `bins` partitions in all
/// must hold. Never more than `items`.
pub fn capacity(items: u64, partitions: u32, bins: u64) -> u64 {
    if partitions <= 1 {
        return items;
    }
    let bits = u128::from(STATISTICAL_BITS) + u128::from(u64::BITS - bins.saturating_sub(1).leading_zeros());
    // ln 2 = 0.693147…, rounded up.
    let lambda = (bits * 693_148).div_ceil(1_000_000);
    let mean = u128::from(items.div_ceil(u64::from(partitions)));
    let root = (lambda * lambda + 18 * mean * lambda).isqrt() + 1;
    let bound = mean + (lambda + root).div_ceil(3);
    u64::try_from(bound).unwrap_or(u64::MAX).min(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// log2 of Pr[Bin(n, 1/p) > c], summed exactly from the recurrence of its terms.
    fn log2_tail(n: u64, p: u32, c: u64) -> f64 {
        let (n, q, c) = (n as f64, 1.0 / f64::from(p), c as f64);
        let ln_choose = |k: f64| ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
        let first = c + 1.0;
        if first > n {
            return f64::NEG_INFINITY;
        }
        let ln_first = ln_choose(first) + first * q.ln() + (n - first) * (-q).ln_1p();
        let (mut sum, mut term, mut k) = (1.0, 1.0, first);
        while k < n && term > 1e-18 {
            term *= (n - k) / (k + 1.0) * q / (1.0 - q);
            sum += term;
            k += 1.0;
        }
        (ln_first + f64::ln(sum)) / std::f64::consts::LN_2
    }

    /// Stirling's series, after shifting the argument above 16.
    fn ln_gamma(x: f64) -> f64 {
        if x < 16.0 {
            return ln_gamma(x + 1.0) - x.ln();
        }
        let series = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1260.0 * x.powi(5));
        (x - 0.5) * x.ln() - x + 0.5 * (std::f64::consts::TAU).ln() + series
    }

    #[test]
    fn security_is_not_lowered() {
        const { assert!(STATISTICAL_BITS >= 40) };
    }

    #[test]
    fn overflow_is_as_rare_as_stated() {
        for (items, partitions) in [
            (30, 2),
            (1_000, 4),
            (5_000, 64),
            (1 << 17, 4096),
            (1 << 20, 3),
            (1 << 24, 26),
            (1 << 27, 64),
            (1 << 32, 4096),
        ] {
            let bins = 2 * u64::from(partitions);
            let size = capacity(items, partitions, bins);
            let log2 = log2_tail(items, partitions, size) + (bins as f64).log2();
            assert!(log2 <= -40.0, "{items} in {partitions}: {size} fails with 2^{log2}");
        }
    }

    #[test]
    fn padding_is_small_where_partitions_are_large() {
        let overhead = |items: u64, partitions: u32| {
            let padded = capacity(items, partitions, 2 * u64::from(partitions)) * u64::from(partitions);
            (padded - items) as f64 / items as f64
        };
        assert!(overhead(1 << 27, 64) < 0.006, "{}", overhead(1 << 27, 64));
        assert!(overhead(1 << 24, 16) < 0.009, "{}", overhead(1 << 24, 16));
        assert_eq!(capacity(10, 1, 2), 10);
        assert_eq!(capacity(0, 8, 16), 0);
        assert_eq!(capacity(7, 100, 200), 7, "never more than there are");
        assert!(capacity(u64::MAX, 2, 4) > u64::MAX / 2);
    }
}
