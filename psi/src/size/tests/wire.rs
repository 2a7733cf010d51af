//! The wire of version 1, by digest of all frames, and decoders under arbitrary bytes.

use super::super::msg::SizesPackage;
use super::*;
use proptest::prelude::*;
use yinshu_net::testkit::{Direction, Recorder};

#[test]
fn the_wire_is_what_it_was() {
    let x = [entries(0, [1, 2, 1]), entries(1, [2, 5])].concat();
    let y = [entries(1, [5, 6, 5]), entries(0, [2, 9])].concat();
    let terms = Terms { own_items: Some(6), ..terms(Learns::Both, 2) };
    let found = [Opens::Total, Opens::Sections, Opens::Noisy(NOISE)].map(|opens| {
        let (receiver, sender) = pair(memory::PATIENCE);
        let mut recorder = Recorder::new(receiver);
        run_over((&mut recorder, sender), (&x, &y), (&terms, &terms), opens, 7).unwrap();
        let steps = recorder.into_transcript().steps;
        let frames = steps.iter().flat_map(|step| {
            let direction: &[u8] = if step.direction == Direction::Sent { b"sent" } else { b"received" };
            [direction, step.frame.as_slice()]
        });
        Digest::of_parts("wire", &frames.collect::<Vec<_>>()).short()
    });
    assert_eq!(
        found,
        ["dbb78cfd", "68cb223e", "8683918e"],
        "the wire changed: raise the version, or undo it"
    );
}

#[test]
fn sizes_are_read_as_written() {
    let sizes = SizesPackage { sizes: vec![0, 7, u64::MAX] };
    assert_eq!(SizesPackage::decode(&sizes.encode(), 3), Ok(sizes));
}

proptest! {
    #[test]
    fn decoders_never_panic(body in proptest::collection::vec(any::<u8>(), 0..40)) {
        let _ = SizesPackage::decode(&[vec![9], body.clone()].concat(), 2);
        let _ = SizesPackage::decode(&body, 2);
    }
}
