use super::*;

fn two() -> (MemoryChannel, MemoryChannel) {
    pair(PartyId::new("a").unwrap(), PartyId::new("b").unwrap())
}

#[test]
fn frames_arrive_in_order_from_another_thread() {
    let (mut a, mut b) = two();
    let far = std::thread::spawn(move || {
        for i in 0..1000u32 {
            assert_eq!(b.recv(4).unwrap(), i.to_le_bytes());
        }
        b.send(b"done".to_vec()).unwrap();
        b.meter()
    });
    for i in 0..1000u32 {
        a.send(i.to_le_bytes().to_vec()).unwrap();
    }
    assert_eq!(a.recv(4).unwrap(), b"done");
    let (ours, theirs) = (a.meter().total, far.join().unwrap().total);
    assert_eq!((ours.bytes_sent, ours.frames_sent, ours.rounds), (4000, 1000, 2));
    assert_eq!((theirs.bytes_received, theirs.frames_received, theirs.bytes_sent), (4000, 1000, 4));
}

#[test]
fn a_frame_longer_than_expected_is_the_peers_fault() {
    let (mut a, mut b) = two();
    a.send(vec![0; 5]).unwrap();
    let e = b.recv(4).unwrap_err();
    assert!(matches!(e, NetError::FrameTooLong { len: 5, max: 4, .. }), "{e}");
    assert_eq!(e.fault(), crate::Fault::Peer(PartyId::new("a").unwrap()));
    assert!(matches!(a.send(vec![0; MAX_FRAME + 1]), Err(NetError::SendTooLong { .. })));
}

#[test]
fn what_was_sent_before_closing_is_still_read() {
    let (mut a, mut b) = two();
    a.send(b"last".to_vec()).unwrap();
    a.close().unwrap();
    assert_eq!(b.recv(9).unwrap(), b"last");
    assert!(matches!(b.recv(9), Err(NetError::Closed { .. })));
    assert!(matches!(b.send(vec![]), Err(NetError::Closed { .. })));
}

#[test]
fn a_dropped_end_and_a_silent_end_are_told_apart() {
    let (mut a, b) = two();
    a.patience = Duration::from_millis(20);
    assert!(matches!(a.recv(1), Err(NetError::Timeout { .. })));
    drop(b);
    assert!(matches!(a.recv(1), Err(NetError::Closed { .. })));
}

#[test]
fn sending_waits_for_the_reader() {
    let (a, mut b) = two();
    let mut a = a.with_patience(Duration::from_millis(50));
    for _ in 0..WINDOW / MAX_FRAME {
        a.send(vec![0; MAX_FRAME]).unwrap();
    }
    assert!(matches!(a.send(vec![0]), Err(NetError::Timeout { .. })));
    b.recv(MAX_FRAME).unwrap();
    a.send(vec![0]).unwrap();
}
