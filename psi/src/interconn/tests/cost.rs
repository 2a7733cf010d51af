//! Bytes and messages.

use super::super::{BATCH, Learner, Profile, Suite};
use super::{items, met, terms};

#[test]
fn bytes_are_as_documented() {
    let n = 2 * BATCH as u64;
    let mut terms = terms(Profile::SecretFlow, Learner::Both);
    terms.iter_mut().for_each(|terms| terms.suites = vec![Suite::Curve25519Sha256]);
    let [zero, one] = met(&items(0..8192), &items(4096..12288), &terms);
    for traffic in [zero.traffic, one.traffic] {
        // A handshake, and on each lane two batches and the end.
        assert_eq!((traffic.frames_sent, traffic.frames_received), (7, 7));
        let points = 32 * n + 12 * n;
        let around = traffic.bytes_sent - points;
        assert!(around < 400, "{around} bytes beside the points");
    }
}

#[test]
fn who_does_not_learn_gets_nothing_on_the_second_lane() {
    let [zero, one] = met(&items(0..100), &items(0..100), &terms(Profile::SecretFlow, Learner::Zero));
    assert!(zero.traffic.bytes_received - one.traffic.bytes_received > 12 * 100);
    assert_eq!(zero.traffic.frames_sent, 3);
    assert_eq!(one.traffic.frames_sent, 5);
}

#[test]
fn parameters_are_no_lower_than_they_must_be() {
    use super::super::handshake::{Agreed, Cut, assumed, choose, propose};
    // 40 bits beside the logarithms of both sizes.
    let [zero, mut one] = terms(Profile::Ppca, Learner::Both);
    one.max_peer_items = u64::MAX;
    for (ours, theirs, least) in
        [(1, 1, 12), (1 << 20, 1 << 20, 12), (1 << 27, 1 << 27, 12), (1 << 28, 1 << 28, 13)]
    {
        let (agreed, _) = choose(&propose(&one, theirs), &zero, ours).expect("a choice");
        let Agreed { cut: Cut::Low(bytes), .. } = agreed else { panic!("{agreed:?}") };
        assert_eq!(bytes, least);
    }
    let secretflow = &terms(Profile::SecretFlow, Learner::Both)[0];
    assert_eq!(assumed(secretflow).expect("a suite").cut, Cut::Last(12));
}
