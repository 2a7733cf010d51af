//! The wire of version 1, by digest of all frames, and decoders under arbitrary bytes.

use super::msg::{OutcomePackage, SharesPackage, SumsPackage};
use super::*;
use proptest::prelude::*;
use yinshu_crypto::group::Element;
use yinshu_net::testkit::{Direction, Recorder};

#[test]
fn the_wire_is_what_it_was() {
    let (x, y) = (entries([1, 2, 1, 7]), rows([2, 5, 7, 7]));
    let terms = Terms { own_items: Some(6), ..terms(Learns::Both, 2) };
    let found = [1, 3].map(|least| {
        let (receiver, sender) = pair(memory::PATIENCE);
        let (mut recorder, asks) = (Recorder::new(receiver), asks(least));
        run_over((&mut recorder, sender), (&x, &y), ((&terms, &asks), (&terms, &asks))).unwrap();
        let steps = recorder.into_transcript().steps;
        let frames = steps.iter().flat_map(|step| {
            let direction: &[u8] = if step.direction == Direction::Sent { b"sent" } else { b"received" };
            [direction, step.frame.as_slice()]
        });
        Digest::of_parts("wire", &frames.collect::<Vec<_>>()).short()
    });
    assert_eq!(found, ["f9ca60ec", "f0cd032b"], "the wire changed: raise the version, or undo it");
}

#[test]
fn decoders_take_what_encoders_give() {
    let shares = SharesPackage { shares: vec![Element::generator(); 3] };
    assert_eq!(SharesPackage::decode(&shares.encode(), 3), Ok(shares));
    let sums = SumsPackage { sums: vec![0, -1, i128::MAX, i128::MIN] };
    assert_eq!(SumsPackage::decode(&sums.encode(), 4), Ok(sums));
    let enough = OutcomePackage::Enough { count: 9, sums: vec![[7; 32]; 4] }.encode();
    assert!(matches!(OutcomePackage::decode(&enough, 3), Ok(OutcomePackage::Enough { count: 9, .. })));
    assert!(matches!(
        OutcomePackage::decode(&OutcomePackage::TooFew.encode(), 3),
        Ok(OutcomePackage::TooFew)
    ));
}

proptest! {
    #[test]
    fn decoders_never_panic(kind in 9u8..18, body in proptest::collection::vec(any::<u8>(), 0..140)) {
        let frame = [vec![kind], body].concat();
        let _ = SharesPackage::decode(&frame, 2);
        let _ = OutcomePackage::decode(&frame, 2);
        let _ = SumsPackage::decode(&frame, 2);
    }
}
