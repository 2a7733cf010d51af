//! FF1 against the samples of NIST, and as a permutation.

use super::Ff1;
use std::collections::BTreeSet;

/// The key of samples 7 to 9 of NIST's examples of FF1 with AES-256.
const KEY: &str = "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94";

#[test]
fn the_samples_of_nist_come_out() {
    let cipher = Ff1::new(&hex::decode(KEY).unwrap().try_into().unwrap());
    assert_eq!(cipher.encrypt(b"", 10, 123_456_789), Some(6_657_667_009));
    assert_eq!(cipher.encrypt(b"9876543210", 10, 123_456_789), Some(1_001_623_463));
}

#[test]
fn it_is_a_permutation_of_numerals_of_each_length() {
    let cipher = Ff1::new(&[7; 32]);
    for digits in [6, 7, 9, 12, 17, 18] {
        let all: BTreeSet<u64> = (0..3000).filter_map(|at| cipher.encrypt(b"t", digits, at)).collect();
        assert_eq!(all.len(), 3000, "{digits}");
        assert!(all.iter().all(|numeral| *numeral < 10u64.pow(digits)));
        let other =
            (0..3000).filter(|at| cipher.encrypt(b"u", digits, *at) == cipher.encrypt(b"t", digits, *at));
        assert!(other.count() < 5, "{digits}");
    }
    // All of them, once.
    let mut met = vec![false; 1_000_000];
    (0..1_000_000)
        .filter_map(|at| cipher.encrypt(b"", 6, at))
        .for_each(|numeral| met[numeral as usize] = true);
    assert!(!met.contains(&false));
}

#[test]
fn what_is_too_short_or_too_long_is_none() {
    let cipher = Ff1::new(&[7; 32]);
    assert_eq!(cipher.encrypt(b"", 5, 1), None);
    assert_eq!(cipher.encrypt(b"", 19, 1), None);
    assert_eq!(cipher.encrypt(b"", 6, 1_000_000), None);
    assert_eq!(cipher.encrypt(b"twelve bytes", 6, 1), None);
}
