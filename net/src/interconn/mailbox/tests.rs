use super::*;
use proptest::prelude::*;

fn mailbox() -> Mailbox {
    Mailbox::new(PartyId::new("rank-1").expect("a name"), 1)
}

fn whole(n: u64, value: &[u8]) -> Push {
    Push { lane: Lane::Main, n, seq: 0, value: Bytes::copy_from_slice(value), chunk: None }
}

fn chunk(n: u64, total: u64, offset: u64, value: &[u8]) -> Push {
    Push { chunk: Some((total, offset)), ..whole(n, value) }
}

fn next(mailbox: &mut Mailbox) -> Option<Vec<u8>> {
    mailbox.take(Lane::Main, MAX_VALUE).map(|taken| taken.expect("a short value").0)
}

#[test]
fn values_come_out_in_order_whatever_the_order_in() {
    let mut mailbox = mailbox();
    for n in [3, 1, 2] {
        assert_eq!(mailbox.put(whole(n, &[n as u8])), Ok(Taken::Kept));
    }
    assert_eq!(
        [next(&mut mailbox), next(&mut mailbox), next(&mut mailbox)],
        [1, 2, 3].map(|n| Some(vec![n]))
    );
    assert_eq!(next(&mut mailbox), None);
    assert!(!mailbox.waits(Lane::Main) && !mailbox.waits(Lane::Second));
}

#[test]
fn a_value_that_comes_again_changes_nothing() {
    let mut mailbox = mailbox();
    assert_eq!(mailbox.put(whole(1, b"a")), Ok(Taken::Kept));
    assert_eq!(mailbox.put(whole(1, b"b")), Ok(Taken::Twice));
    assert_eq!(next(&mut mailbox), Some(b"a".to_vec()));
    assert_eq!(mailbox.put(whole(1, b"c")), Ok(Taken::Twice));
    assert_eq!(mailbox.put(whole(0, b"d")), Ok(Taken::Twice));
    assert_eq!(next(&mut mailbox), None);
}

proptest! {
    #[test]
    fn chunks_in_any_order_make_the_value(value in prop::collection::vec(any::<u8>(), 1..200), size in 1usize..50, seed: u64) {
        let mut parts: Vec<(usize, &[u8])> = value.chunks(size).enumerate().map(|(i, part)| (i * size, part)).collect();
        parts.sort_by_key(|(at, _)| (*at as u64).wrapping_mul(seed | 1));
        let mut mailbox = mailbox();
        for (at, part) in parts {
            prop_assert!(!mailbox.due(Lane::Main));
            prop_assert_eq!(mailbox.put(chunk(1, value.len() as u64, at as u64, part)), Ok(Taken::Kept));
        }
        prop_assert_eq!(next(&mut mailbox), Some(value));
        prop_assert_eq!(mailbox.lanes[0].held, 0);
    }
}

#[test]
fn chunks_that_do_not_fit_are_refused() {
    let put = |pushes: Vec<Push>| {
        let mut mailbox = mailbox();
        pushes.into_iter().map(|push| mailbox.put(push)).last().expect("one push")
    };
    let malformed = |result: Result<Taken, NetError>| matches!(result, Err(NetError::Malformed { peer, .. }) if peer.as_str() == "rank-1");
    assert!(malformed(put(vec![chunk(1, 4, 0, b"")])), "empty");
    assert!(malformed(put(vec![chunk(1, 4, 3, b"ab")])), "beyond the end");
    assert!(malformed(put(vec![chunk(1, 4, u64::MAX, b"ab")])), "far beyond the end");
    assert!(malformed(put(vec![chunk(1, 4, 0, b"ab"), chunk(1, 4, 1, b"bc")])), "overlaps the one before");
    assert!(malformed(put(vec![chunk(1, 4, 2, b"cd"), chunk(1, 4, 1, b"bc")])), "overlaps the one after");
    assert!(malformed(put(vec![chunk(1, 4, 0, b"ab"), chunk(1, 4, 0, b"abc")])), "longer than before");
    assert!(malformed(put(vec![chunk(1, 4, 0, b"ab"), chunk(1, 5, 2, b"cd")])), "another length");
    assert!(malformed(put(vec![chunk(1, 4, 0, b"ab"), whole(1, b"abcd")])), "whole and in chunks");
    assert_eq!(put(vec![chunk(1, 4, 0, b"ab"), chunk(1, 4, 0, b"ab")]), Ok(Taken::Twice));
    let many = (0..=MAX_CHUNKS as u64).map(|at| chunk(1, 1 << 20, at, b"a"));
    assert!(malformed(put(many.collect())), "too many");
}

#[test]
fn what_is_held_is_bounded() {
    let mut mailbox = mailbox();
    let long = |n| whole(n, &[0; 1 << 20]);
    let too_long = mailbox.put(chunk(1, 1 << 40, 0, b"a"));
    assert!(matches!(too_long, Err(NetError::FrameTooLong { .. })));
    let far = mailbox.put(whole(AHEAD + 2, b""));
    assert!(matches!(far, Err(NetError::OutOfSequence { expected: 1, .. })));
    let taken = (2..40).take_while(|n| mailbox.put(long(*n)) == Ok(Taken::Kept)).count();
    assert!(taken < 16, "{taken} MiB were taken");
    assert_eq!(mailbox.put(whole(1, b"due")), Ok(Taken::Kept), "what is due always has room");
    assert!(mailbox.lanes[0].held <= LANE_WINDOW + MAX_VALUE);
    assert_eq!(next(&mut mailbox), Some(b"due".to_vec()));
    let short = mailbox.take(Lane::Main, 10);
    assert!(matches!(short, Some(Err(NetError::FrameTooLong { max: 10, .. }))));
    // Empty values cost something too.
    let mut mailbox = self::mailbox();
    let taken = (2..AHEAD).take_while(|n| mailbox.put(whole(*n, b"")) == Ok(Taken::Kept)).count();
    assert!(taken <= LANE_WINDOW / OVERHEAD);
}
