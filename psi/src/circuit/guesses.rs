//! How much a receiver that deviates can test.

use crate::okvs::{Params, Width};

/// How many entries a receiver that announces `items` can test without any search, if it does not follow the protocol:
/// one for each word that it sends, against which no quota helps.
///
/// It puts into its store whatever entries share bins, each under its key of that bin: see [`super`], *Security*. It
/// is a bound on what it has chosen itself. A receiver that hashes Q candidates to find sets whose values fit by
/// chance can test more.
pub fn most_guesses(items: u64) -> u64 {
    Params::new(items, Width::Narrow).columns() as u64
}

/// The least n' for which 64·(n' − ℓ) ≥ log2 C(3Q, n') + 40, where 2^`candidates` is Q and ℓ what [`most_guesses`]
/// gives: that more of 3Q keys, one for each candidate and bin, have their values in one store is less probable than 2^-40
/// (as [`crate::rr22::most_guesses`], with values of 64 bits).
#[cfg(test)]
fn among(candidates: f64, items: u64) -> u64 {
    let words = most_guesses(items);
    // C(3Q, n) is at most (3e·Q/n)^n.
    let per_key = candidates + 3f64.log2() + std::f64::consts::LOG2_E;
    let enough = |n: u64| 64.0 * (n - words) as f64 >= n as f64 * (per_key - (n as f64).log2()) + 40.0;
    let (mut low, mut high) = (words, 64 * words);
    while low < high {
        let middle = low + (high - low) / 2;
        if enough(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_each() {
        assert_eq!((most_guesses(0), most_guesses(1_000), most_guesses(1 << 20)), (128, 1_277, 1_239_107));
    }

    /// As the documentation says.
    #[test]
    fn a_million() {
        let times = |candidates| among(candidates, 1 << 20) as f64 / f64::from(1 << 20);
        assert!((1.68..1.70).contains(&times(37.0)), "{}", times(37.0));
        assert!((3.95..4.0).contains(&times(64.0)), "{}", times(64.0));
    }
}
