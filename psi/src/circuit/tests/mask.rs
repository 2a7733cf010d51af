//! Payloads of what does not match become zeros.

use super::*;
use crate::circuit::cost_of_mask;
use crate::circuit::shares::Side;
use yinshu_net::Fault;
use yinshu_net::testkit::{Action, Direction, Tamper};

/// Both parties' masked shares of a run, over a channel of their own in which something may be altered at the receiver.
fn masked(
    (received, sent): (Shares, Shares),
    alter: Option<(Direction, u64, Action)>,
) -> ([Result<Masked, PsiError>; 2], Meter) {
    let (mut receiver, mut sender) = pair(Duration::from_millis(if alter.is_some() { 300 } else { 60_000 }));
    std::thread::scope(|scope| {
        let two = scope.spawn(move || sent.masked(&mut sender, &mut rng(3)));
        let (one, meter) = match alter {
            Some((direction, nth, action)) => {
                let mut receiver = Tamper::new(receiver).rule(direction, nth, action);
                (received.masked(&mut receiver, &mut rng(4)), receiver.meter())
            }
            None => (received.masked(&mut receiver, &mut rng(4)), receiver.meter()),
        };
        ([one, two.join().unwrap()], meter)
    })
}

#[test]
fn zeros_where_nothing_matches() {
    for (n, bytes) in [(0, 8), (5, 1), (700, 8), (300, 17), (300, 32), (40, 0)] {
        let (x, y) = (entries(0..n), rows(n / 3..2 * n, bytes));
        let both = run(&x, &y, &terms(), bytes).unwrap();
        let (run, bins, bins_of) = (both.0.shares.run, both.0.shares.bins, both.0.bins_of.to_vec());
        let (shares, meter) = masked((both.0.shares, both.1.shares), None);
        let [one, two] = shares.map(|share| share.unwrap_or_else(|error| panic!("{error}")));
        assert_eq!((one.run, two.run, one.bins, two.bins), (run, run, bins, bins));
        let mut expected = vec![vec![0; bytes]; bins];
        let mut shared = vec![false; bins];
        for (value, &bin) in (0..n).zip(&bins_of).filter(|(value, _)| *value >= n / 3) {
            expected[bin as usize] = payload(value, bytes);
            shared[bin as usize] = true;
        }
        for bin in 0..bins {
            let sum: Vec<u8> = one.payload(bin).iter().zip(two.payload(bin)).map(|(a, b)| a ^ b).collect();
            assert_eq!((one.bit(bin) ^ two.bit(bin), &sum), (shared[bin], &expected[bin]), "bin {bin}");
        }
        // Shares of zeros are random too.
        if bytes > 0 {
            let ones: u32 = one.payloads.iter().map(|byte| byte.count_ones()).sum();
            assert!(ones.abs_diff(4 * one.payloads.len() as u32) < 10 * (one.payloads.len() as u32).isqrt());
        }
        let found = Cost {
            bytes_to_sender: meter.total.bytes_sent,
            bytes_to_receiver: meter.total.bytes_received,
            rounds: meter.total.rounds,
        };
        assert_eq!(found, cost_of_mask(bins, bytes), "{n}, {bytes} bytes");
    }
}

#[test]
fn altered_messages_end_it() {
    for direction in [Direction::Sent, Direction::Received] {
        let liar = if direction == Direction::Sent { RECEIVER } else { SENDER };
        for nth in 0..6 {
            for action in
                [Action::Flip { bit: 3 }, Action::Truncate { keep: 1 }, Action::Oversize { extra: 1 }]
            {
                let share = |side| {
                    let mut shares = Shares::new(side, Digest::ZERO, 100, 8, vec![7; 800].into());
                    shares.membership = vec![5; 2];
                    shares
                };
                let both = (share(Side::Receiver), share(Side::Sender));
                let what = format!("{direction:?} {nth}, {action:?}");
                let ([one, two], _) = masked(both, Some((direction, nth, action)));
                let victim = if direction == Direction::Sent { two } else { one };
                let error = victim.err().unwrap_or_else(|| panic!("{what}: not noticed"));
                assert_eq!(error.fault(), Fault::Peer(PartyId::new(liar).unwrap()), "{what}: {error}");
            }
        }
    }
}

/// Shares of two runs do not fit together.
#[test]
fn shares_of_one_run_only() {
    let (x, y) = (entries(0..3), rows(1..5, 8));
    let (received, _) = run(&x, &y, &terms(), 8).unwrap();
    let other = Terms { context: Digest::sha256(b"another"), ..terms() };
    let (_, sent) = run(&x, &y, &other, 8).unwrap();
    let ([one, two], _) = masked((received.shares, sent.shares), None);
    assert!(
        one.is_err() || two.is_err() || {
            let (one, two) = (one.unwrap(), two.unwrap());
            one.run != two.run
        }
    );
}
