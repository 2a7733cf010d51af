use super::*;
use proptest::prelude::*;

fn link() -> Link {
    Link::new(PartyId::new("peer").unwrap())
}

fn envelope(kind: Kind, sequence: u64, frame: &'static [u8]) -> Envelope {
    Envelope { kind: kind.into(), sequence, received: 0, consumed: 0, frame: frame.into() }
}

fn data(sequence: u64) -> Envelope {
    envelope(Kind::Data, sequence, b"x")
}

#[test]
fn a_gap_a_repetition_and_anything_after_the_close_are_out_of_sequence() {
    let off = |expected, found| {
        Err(NetError::OutOfSequence { peer: PartyId::new("peer").unwrap(), expected, found })
    };
    let mut l = link();
    assert_eq!(l.receive(data(2)), off(1, 2));
    assert_eq!(l.receive(data(1)), Ok(()));
    assert_eq!(l.receive(data(1)), off(2, 1));
    assert_eq!(l.receive(envelope(Kind::Close, 2, b"")), Ok(()));
    assert_eq!(l.receive(data(3)), off(3, 3));
    assert_eq!(l.receive(data(0)), off(3, 0));
}

#[test]
fn what_was_never_sent_cannot_be_acknowledged() {
    let mut l = link();
    l.put(vec![0; 10]);
    let ack = |received, consumed| Envelope { received, consumed, ..envelope(Kind::Ack, 0, b"") };
    for (received, consumed) in [(2, 0), (u64::MAX, 0), (1, 75), (0, u64::MAX)] {
        assert!(matches!(l.receive(ack(received, consumed)), Err(NetError::Malformed { .. })));
    }
    assert_eq!(l.receive(ack(1, 74)), Ok(()));
    // Neither goes back.
    assert!(matches!(l.receive(ack(0, 74)), Err(NetError::Malformed { .. })));
    assert!(matches!(l.receive(ack(1, 73)), Err(NetError::Malformed { .. })));
}

#[test]
fn envelopes_out_of_place_are_malformed() {
    for bad in [
        envelope(Kind::Open, 0, b""),
        envelope(Kind::Unspecified, 1, b""),
        Envelope { kind: 99, ..data(1) },
        envelope(Kind::Ack, 0, b"x"),
        envelope(Kind::Close, 1, b"x"),
        envelope(Kind::Reject, 0, b"x"),
    ] {
        assert!(matches!(link().receive(bad.clone()), Err(NetError::Malformed { .. })), "{bad:?}");
    }
}

#[test]
fn a_rejection_is_bounded_and_printable() {
    let frame: Bytes = [&[0x03, 0xe9][..], &[b'x'; 5000], b"\x1b"].concat().into();
    let e = link().receive(Envelope { frame, ..envelope(Kind::Reject, 0, b"") }).unwrap_err();
    let NetError::Refused { code: 1001, reason, .. } = e else { panic!("{e}") };
    assert_eq!(reason, "x".repeat(MAX_REASON));
    let lost = link().receive(envelope(Kind::Reject, 0, b"\x0b\xc9")).unwrap_err();
    assert!(matches!(lost, NetError::SessionLost { .. }));
}

#[test]
fn the_window_bounds_what_a_peer_can_make_us_keep() {
    let mut l = link();
    let whole: Bytes = vec![0; MAX_FRAME].into();
    let e = (1..=9).find_map(|n| l.receive(Envelope { frame: whole.clone(), ..data(n) }).err());
    assert!(matches!(e, Some(NetError::WindowExceeded { .. })), "{e:?}");
    let mut l = link();
    let e = (1..=1_000_000).find_map(|n| l.receive(envelope(Kind::Data, n, b"")).err());
    assert!(matches!(e, Some(NetError::WindowExceeded { .. })));
    let long: Bytes = vec![0; MAX_FRAME + 1].into();
    let e = link().receive(Envelope { frame: long, ..data(1) }).unwrap_err();
    assert!(matches!(e, NetError::FrameTooLong { .. }));
}

#[test]
fn an_older_connection_has_no_say() {
    let mut l = link();
    let open = envelope(Kind::Open, 0, b"");
    let first = l.attach(&open).unwrap();
    l.put(vec![1]);
    let second = l.attach(&open).unwrap();
    assert!(matches!(l.next(first), Next::Superseded));
    assert!(l.acknowledgement(first).is_none());
    assert!(matches!(l.next(second), Next::Send(e) if e.sequence == 1));
}

#[test]
fn what_came_before_an_error_is_read_first() {
    let mut l = link();
    l.receive(data(1)).unwrap();
    let e = NetError::Timeout { peer: PartyId::new("peer").unwrap(), seconds: 1 };
    l.fail(e.clone(), false);
    assert_eq!(l.take_frame().unwrap().as_deref(), Some(&b"x"[..]));
    assert_eq!(l.take_frame(), Err(e.clone()));
    assert_eq!(l.may_put(1), Err(e));
}

/// Two ends and a wire that is cut at will.
struct Pair {
    ends: [Link; 2],
    generations: [u64; 2],
    sent: [u8; 2],
    read: [Vec<u8>; 2],
}

impl Pair {
    fn connect(&mut self) {
        let [a, b] = &mut self.ends;
        let opening = a.envelope(Kind::Open, 0, Bytes::new());
        let there = b.attach(&opening).unwrap();
        let reply = b.envelope(Kind::Open, 0, Bytes::new());
        self.generations = [a.attach(&reply).unwrap(), there];
    }

    /// Moves at most `count` envelopes out of one end; those after `keep` are lost with the connection.
    fn carry(&mut self, from: usize, count: usize, keep: usize) {
        for i in 0..count {
            let Next::Send(e) = self.ends[from].next(self.generations[from]) else { break };
            if i < keep {
                self.ends[1 - from].receive(e).unwrap();
            }
        }
    }

    fn read(&mut self, at: usize) {
        while let Ok(Some(frame)) = self.ends[at].take_frame() {
            self.read[at].extend_from_slice(&frame);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// Whatever is cut, and whenever: each side reads all that was sent, in order, once.
    #[test]
    fn nothing_is_lost_or_doubled(steps in prop::collection::vec((0u8..5, 0usize..2, 0usize..6, 0usize..6), 0..80)) {
        let mut pair = Pair {
            ends: [link(), link()],
            generations: [0; 2],
            sent: [0; 2],
            read: Default::default(),
        };
        pair.connect();
        for (what, side, count, keep) in steps {
            match what {
                0 | 1 => {
                    for _ in 0..count {
                        if pair.ends[side].may_put(1) == Ok(true) {
                            pair.ends[side].put(vec![pair.sent[side]]);
                            pair.sent[side] = pair.sent[side].wrapping_add(1);
                        }
                    }
                }
                2 => pair.carry(side, count, count),
                3 => pair.read(side),
                _ => {
                    pair.carry(side, count, keep.min(count));
                    pair.connect();
                }
            }
        }
        pair.ends.iter_mut().for_each(Link::close);
        pair.connect();
        for side in [0, 1, 0, 1, 0, 1] {
            pair.carry(side, 2000, 2000);
            pair.read(0);
            pair.read(1);
            let number = pair.generations[side];
            if let Some(ack) = pair.ends[side].acknowledgement(number) {
                pair.ends[1 - side].receive(ack).unwrap();
            }
        }
        for side in [0, 1] {
            let sent: Vec<u8> = (0..pair.sent[1 - side]).collect();
            prop_assert_eq!(&pair.read[side], &sent);
            prop_assert!(pair.ends[side].over() && pair.ends[side].flushed() == Ok(true));
        }
    }
}
