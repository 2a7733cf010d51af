//! Against the same function in the clear.

use super::super::{BATCH, Learner, Profile, Suite};
use super::{items, met, terms};
use proptest::prelude::*;
use std::collections::HashSet;

fn plain(own: &[Vec<u8>], other: &[Vec<u8>]) -> Vec<bool> {
    let held: HashSet<_> = other.iter().collect();
    own.iter().map(|item| held.contains(item)).collect()
}

fn distinct(items: &[Vec<u8>]) -> u64 {
    items.iter().collect::<HashSet<_>>().len() as u64
}

/// Both outcomes are what they should be.
fn holds(x: &[Vec<u8>], y: &[Vec<u8>], profile: Profile, learner: Learner, suite: Suite) {
    let mut terms = terms(profile, learner);
    terms.iter_mut().for_each(|terms| terms.suites = vec![suite]);
    let [zero, one] = met(x, y, &terms);
    assert_eq!(zero.matched, learner.includes(0).then(|| plain(x, y)), "{profile:?} {learner:?} {suite:?}");
    assert_eq!(one.matched, learner.includes(1).then(|| plain(y, x)), "{profile:?} {learner:?} {suite:?}");
    assert_eq!((zero.own_items, zero.peer_items), (distinct(x), distinct(y)));
    assert_eq!((one.own_items, one.peer_items), (distinct(y), distinct(x)));
    assert_eq!((zero.suite, one.suite), (suite, suite));
}

#[test]
fn every_profile_suite_and_learner() {
    let (x, y) = (items(0..40), items(30..50));
    for profile in [Profile::SecretFlow, Profile::Spu, Profile::Ppca] {
        for learner in [Learner::Zero, Learner::One, Learner::Both] {
            for suite in [Suite::Curve25519Sha256, Suite::Sm2Sha256, Suite::Sm2Sm3] {
                holds(&x, &y, profile, learner, suite);
                holds(&x, &[], profile, learner, suite);
                holds(&[], &[], profile, learner, suite);
            }
        }
    }
}

#[test]
fn sets_around_the_size_of_a_batch() {
    let batch = u32::try_from(BATCH).expect("small");
    for (x, y) in [(batch, batch), (batch + 1, 1), (1, 2 * batch), (2 * batch + 7, batch - 1)] {
        for profile in [Profile::SecretFlow, Profile::Ppca] {
            holds(&items(0..x), &items(x - 1..x - 1 + y), profile, Learner::Both, Suite::Curve25519Sha256);
        }
    }
}

#[test]
fn without_a_handshake() {
    let (x, y) = (items(0..10), items(5..25));
    let mut terms = terms(Profile::SecretFlow, Learner::Both);
    terms.iter_mut().for_each(|terms| terms.handshake = false);
    let [zero, one] = met(&x, &y, &terms);
    assert_eq!((zero.matched, one.matched), (Some(plain(&x, &y)), Some(plain(&y, &x))));
}

#[test]
fn long_items() {
    let x = vec![vec![7; 1 << 20], vec![], "张三".as_bytes().to_vec()];
    let y = vec![vec![7; 1 << 20], vec![8; 1 << 20], vec![]];
    holds(&x, &y, Profile::SecretFlow, Learner::Both, Suite::Curve25519Sha256);
    holds(&x, &y, Profile::Ppca, Learner::Both, Suite::Sm2Sm3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn sets_of_every_shape(x in prop::collection::vec(0u32..60, 0..80), y in prop::collection::vec(0u32..60, 0..80)) {
        let named = |list: &[u32]| list.iter().map(|i| i.to_le_bytes().to_vec()).collect::<Vec<_>>();
        holds(&named(&x), &named(&y), Profile::SecretFlow, Learner::Both, Suite::Curve25519Sha256);
    }
}
