//! How many values a receiver that cheats can test.

use super::settings::{Security, Settings};
use crate::terms::MAX_ENTRIES;

/// log2 of how many candidates a cheating receiver can hash.
const CANDIDATES_LOG2: f64 = 64.0;

/// Bits of a value in the malicious case: each value more than there are words fits by chance with 2^-128.
const VALUE_BITS: f64 = 128.0;

/// How many values a receiver that announces `items` can test at most in one run: what to hold against a quota that has to
/// bind a receiver that cheats.
///
/// In the malicious case the least n' for which 128·(n' − ℓ) ≥ log2 C(2^64, n') + 40, where ℓ is the number of
/// words it sends: more fit with probability below 2^-40, whatever it computes. It is at least ℓ, which is more
/// than `items`, and 128 or 256 where `items` is 0. In the semi-honest case nothing holds for a receiver that
/// deviates; ℓ is what it tests without any search. More than [`MAX_ENTRIES`] items are in no run and count as that many.
pub fn most_guesses(items: u64, settings: &Settings) -> u64 {
    let items = items.min(MAX_ENTRIES);
    match settings.security {
        Security::SemiHonest => settings.store(items).columns() as u64,
        Security::Malicious => among(CANDIDATES_LOG2, items, settings),
    }
}

/// What a receiver that announces `items` is charged against a quota: `items` where it follows the protocol,
/// [`most_guesses`] where it may not.
pub fn charged(items: u64, settings: &Settings) -> u64 {
    match settings.security {
        Security::SemiHonest => items,
        Security::Malicious => most_guesses(items, settings),
    }
}

/// As [`most_guesses`] of 2^`candidates` values that were hashed.
fn among(candidates: f64, items: u64, settings: &Settings) -> u64 {
    let words = settings.store(items).columns() as u64;
    // C(Q, n) is at most (e·Q/n)^n.
    let enough = |n: u64| {
        let sets = n as f64 * (candidates + std::f64::consts::LOG2_E - (n as f64).log2());
        VALUE_BITS * (n - words) as f64 >= sets + f64::from(crate::okvs::STATISTICAL_BITS)
    };
    let (mut low, mut high) = (words, 4 * words + 64);
    while low < high {
        let middle = low + (high - low) / 2;
        if enough(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rr22::Wire;

    #[test]
    fn as_the_bound_says() {
        for (wire, width) in [(Wire::Fast, 128), (Wire::Compact, 256)] {
            let malicious = Settings { security: Security::Malicious, wire };
            let semi_honest = Settings { security: Security::SemiHonest, wire };
            for items in [0, 1, 1_000, 1 << 20, MAX_ENTRIES, u64::MAX] {
                let words = malicious.store(items.min(MAX_ENTRIES)).columns() as u64;
                assert!(words >= items.min(MAX_ENTRIES) + width, "{items}: {words}");
                assert_eq!(most_guesses(items, &semi_honest), words);
                let most = most_guesses(items, &malicious);
                assert!(most > words && most <= 3 * words, "{items}: {most} of {words}");
                assert!(most >= among(37.0, items.min(MAX_ENTRIES), &malicious));
            }
        }
    }

    #[test]
    fn a_million() {
        let fast = Settings { security: Security::Malicious, wire: Wire::Fast };
        let times = |candidates| among(candidates, 1 << 20, &fast) as f64 / f64::from(1 << 20);
        assert!((1.35..1.38).contains(&times(37.0)), "{}", times(37.0));
        assert!((1.75..1.82).contains(&times(64.0)), "{}", times(64.0));
    }
}
