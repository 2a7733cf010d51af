use super::*;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use yinshu_net::testkit::{Action, Direction, Tamper};
use yinshu_net::{Fault, Meter, PartyId, memory};

fn context() -> Digest {
    Digest::sha256(b"contract")
}

fn name(name: &str) -> PartyId {
    PartyId::new(name).unwrap()
}

type Shares = Result<Zeroizing<Vec<u8>>, OtError>;

/// Both parties; `alter` may come between, at the party with the bits.
fn over(
    alter: Option<(Direction, u64, Action)>,
    bits: &[u64],
    strings: &[u8],
    n: usize,
    bytes: usize,
) -> (Shares, Shares, Meter) {
    let patience = std::time::Duration::from_millis(if alter.is_some() { 500 } else { 60_000 });
    let (giver, chooser) = memory::pair(name("province"), name("county"));
    let (mut giver, chooser) = (giver.with_patience(patience), chooser.with_patience(patience));
    std::thread::scope(|scope| {
        let given = scope.spawn(move || {
            let given = give(&mut giver, &context(), strings, bytes, &mut ChaCha20Rng::seed_from_u64(1));
            (given, giver.meter())
        });
        let mut chooser = Tamper::new(chooser);
        if let Some((direction, nth, action)) = alter {
            chooser = chooser.rule(direction, nth, action);
        }
        let chosen = choose(&mut chooser, &context(), (bits, n), bytes, &mut ChaCha20Rng::seed_from_u64(2));
        drop(chooser);
        let (given, meter) = given.join().unwrap();
        (given, chosen, meter)
    })
}

fn sides(n: usize, bytes: usize) -> (Vec<u64>, Vec<u8>) {
    let mut rng = ChaCha20Rng::seed_from_u64(n as u64);
    let bits = (0..n.div_ceil(64)).map(|_| rng.next_u64()).collect();
    let mut strings = vec![0; n * bytes];
    rng.fill_bytes(&mut strings);
    (bits, strings)
}

#[test]
fn shares_of_products() {
    for (n, bytes) in [(0, 8), (1, 1), (5, 0), (64, 16), (100, 17), (1_000, MOST_BYTES), (40_000, 8)] {
        let (bits, strings) = sides(n, bytes);
        let (given, chosen, meter) = over(None, &bits, &strings, n, bytes);
        let (given, chosen) = (given.unwrap(), chosen.unwrap());
        assert_eq!((given.len(), chosen.len()), (n * bytes, n * bytes));
        for at in 0..n * bytes {
            let mask = (bit(&bits, at / bytes) as u8).wrapping_neg();
            assert_eq!(given[at] ^ chosen[at], strings[at] & mask, "{n} of {bytes} bytes: {at}");
        }
        let total = meter.total;
        let Cost { from_sender, from_receiver, rounds } = cost(n, bytes);
        assert_eq!(
            (total.bytes_sent, total.bytes_received, total.rounds),
            (from_sender, from_receiver, rounds),
            "{n} of {bytes}"
        );
        if n > 10_000 {
            for shares in [&given, &chosen] {
                let ones: u32 = shares.iter().map(|byte| byte.count_ones()).sum();
                assert!(ones.abs_diff((4 * n * bytes) as u32) < 8_000, "{ones}");
            }
        }
    }
}

/// As many as take several expansions.
#[test]
#[ignore = "takes long"]
fn more_than_one_expansion() {
    let n = crate::shape::LARGEST + 70;
    let (bits, strings) = sides(n, 3);
    let (given, chosen, meter) = over(None, &bits, &strings, n, 3);
    let (given, chosen) = (given.unwrap(), chosen.unwrap());
    assert!(
        (0..3 * n)
            .all(|at| { given[at] ^ chosen[at] == strings[at] & (bit(&bits, at / 3) as u8).wrapping_neg() })
    );
    let Cost { from_sender, from_receiver, rounds } = cost(n, 3);
    let total = meter.total;
    assert_eq!((total.bytes_sent, total.bytes_received, total.rounds), (from_sender, from_receiver, rounds));
}

#[test]
fn what_is_too_large_is_refused() {
    let (mut giver, mut chooser) = memory::pair(name("province"), name("county"));
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    let long = give(&mut giver, &context(), &[0; MOST_BYTES + 1], MOST_BYTES + 1, rng);
    assert_eq!(long.err().map(|error| error.code()), Some(4251));
    let many = choose(&mut chooser, &context(), (&[], MOST + 1), 1, rng);
    assert_eq!(many.err().map(|error| error.code()), Some(4251));
}

/// Messages of this protocol, after those of the correlation: of another kind or length, or lost.
#[test]
fn altered_messages_end_the_run() {
    let (n, bytes) = (100, 8);
    let (bits, strings) = sides(n, bytes);
    for direction in [Direction::Sent, Direction::Received] {
        let liar = if direction == Direction::Sent { "county" } else { "province" };
        for action in [
            Action::Flip { bit: 3 },
            Action::Truncate { keep: 0 },
            Action::Truncate { keep: 10 },
            Action::Oversize { extra: 1 },
            Action::Drop,
        ] {
            for nth in 0..3 {
                let what = format!("{direction:?} {nth}, {action:?}");
                let lost = action == Action::Drop;
                let (given, chosen, _) =
                    over(Some((direction, nth, action.clone())), &bits, &strings, n, bytes);
                let victim = if direction == Direction::Sent { given } else { chosen };
                match (victim.err().map(|error| error.fault()), lost) {
                    (Some(Fault::Peer(peer)), _) => assert_eq!(peer, name(liar), "{what}"),
                    (Some(_), true) => {}
                    // There are no more messages of this direction.
                    (None, _) if nth == 2 => {}
                    (other, _) => panic!("{what}: {other:?}"),
                }
            }
        }
    }
}
