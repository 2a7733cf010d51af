//! Decoders under arbitrary bytes, sizes that cannot be, and circles that cannot.

use super::msg::SizesPackage;
use super::*;
use proptest::prelude::*;
use yinshu_net::testkit::Recorder;

/// All that a party sent and received in a run of fixed seeds, by digest.
fn snapshot(task: &Task) -> String {
    use std::sync::Mutex;
    struct Tap<C>(Recorder<C>, &'static Mutex<Vec<String>>, String);
    impl<C: Channel> Channel for Tap<C> {
        fn peer(&self) -> &PartyId {
            self.0.peer()
        }
        fn send(&mut self, frame: Vec<u8>) -> Result<(), yinshu_net::NetError> {
            self.1.lock().unwrap().push(format!("{} sent {}", self.2, hex::encode(&frame)));
            self.0.send(frame)
        }
        fn recv(&mut self, max: usize) -> Result<Vec<u8>, yinshu_net::NetError> {
            self.0.recv(max)
        }
        fn phase(&mut self, name: &'static str) {
            self.0.phase(name);
        }
        fn meter(&self) -> Meter {
            self.0.meter()
        }
        fn close(&mut self) -> Result<(), yinshu_net::NetError> {
            self.0.close()
        }
    }
    let log: &'static Mutex<Vec<String>> = Box::leak(Box::default());
    let sets = [entries(0, [1, 2, 3, 3]), entries(0, [3, 2, 7]), entries(0, [9, 3])];
    run_over(&sets, &agreement(3, 1), task, (memory::PATIENCE, None), &|party, peer, channel| {
        Box::new(Tap(Recorder::new(channel), log, format!("{party} to {peer}")))
    });
    let mut lines = log.lock().unwrap().clone();
    // Each channel's frames are in order; which channel comes first is not.
    lines.sort_by_key(|line| line[..6].to_owned());
    Digest::sha256(lines.join("\n").as_bytes()).short()
}

#[test]
fn the_wire_is_what_it_was() {
    let sizes = snapshot(&Task::Sizes(Opens { comparer: 1, only: None }));
    let intersection = snapshot(&Task::Intersection(0));
    assert_eq!(
        [sizes.as_str(), intersection.as_str()],
        ["07897f35", "1629edfb"],
        "the wire changed: raise the version, or undo it"
    );
}

#[test]
fn sizes_are_read_as_written_and_must_be_possible() {
    let sizes = SizesPackage { sizes: vec![1, 2, u64::MAX] };
    assert_eq!(SizesPackage::decode(&sizes.encode(), 3), Ok(sizes));
    let counts = vec![vec![3], vec![2], vec![1]];
    let all = Opens { comparer: 0, only: None };
    assert!(Sizes::read(&[2, 1, 0, 0, 0, 0, 1], &all, &counts).is_ok());
    for wrong in [[3, 1, 0, 0, 0, 0, 1], [2, 1, 0, 1, 0, 0, 1], [u64::MAX, 1, 0, 0, 0, 0, 4]] {
        assert!(Sizes::read(&wrong, &all, &counts).is_err());
    }
    let only = Opens { comparer: 0, only: Some(vec![0b011, 0b111]) };
    assert!(Sizes::read(&[2, 1], &only, &counts).is_ok());
    assert!(Sizes::read(&[2, 2], &only, &counts).is_err());
}

#[test]
fn circles_that_cannot_be() {
    let name = |name: &str| PartyId::new(name).unwrap();
    let agreed = agreement(3, 1).parties;
    let circle = |own: &str, parties: &[PartyId], peers: &[&str]| {
        let mut channels: Vec<_> = peers.iter().map(|peer| memory::pair(name("x"), name(peer)).0).collect();
        let borrowed = channels.iter_mut().map(|channel| channel as &mut dyn Channel);
        Circle::new(&name(own), parties, borrowed).map(|circle| circle.own()).map_err(|error| error.code())
    };
    assert_eq!(circle("social", &agreed, &["medical", "police"]), Ok(1));
    assert_eq!(circle("social", &agreed, &["police"]), Err(4051));
    assert_eq!(circle("social", &agreed, &["police", "police"]), Err(4051));
    assert_eq!(circle("social", &agreed, &["police", "tax"]), Err(4051));
    assert_eq!(circle("tax", &agreed, &["police", "social"]), Err(4051));
    let twice = [agreed[0].clone(), agreed[1].clone(), agreed[1].clone()];
    assert_eq!(circle("police", &twice, &["social", "social"]), Err(4051));
    assert!(agreement(2, 1).check().is_err() && agreement(3, 0).check().is_err());
    for opens in [
        Opens { comparer: 3, only: None },
        Opens { comparer: 0, only: Some(vec![8]) },
        Opens { comparer: 0, only: Some(vec![0]) },
    ] {
        assert_eq!(opens.check(3).unwrap_err().code(), 4051);
    }
}

proptest! {
    #[test]
    fn decoders_never_panic(numbers in proptest::collection::vec(any::<u64>(), 14), body in proptest::collection::vec(any::<u8>(), 0..60)) {
        let counts = vec![vec![3, 1], vec![2, 9], vec![1, 0]];
        let _ = Sizes::read(&numbers, &Opens { comparer: 0, only: None }, &counts);
        let _ = SizesPackage::decode(&[vec![32], body].concat(), 3);
    }
}
