use crate::vole::{self, Subfield, VoleReceiver, VoleSender};
use crate::{OtError, Security};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::time::Duration;
use yinshu_crypto::field::{F2, F16, F64, F128};
use yinshu_crypto::hash::Digest;
use yinshu_net::memory::{self, MemoryChannel};
use yinshu_net::{Channel, Meter, PartyId};

mod adversary;
mod cost;

pub(super) const SENDER: &str = "province";
pub(super) const RECEIVER: &str = "county";

pub(super) struct Outcome<A: Subfield> {
    pub(super) sent: Result<VoleSender, OtError>,
    pub(super) received: Result<VoleReceiver<A>, OtError>,
    pub(super) meter: Meter,
}

pub(super) fn pair(patience: Duration) -> (MemoryChannel, MemoryChannel) {
    let name = |name: &str| PartyId::new(name).unwrap();
    let (sender, receiver) = memory::pair(name(SENDER), name(RECEIVER));
    (sender.with_patience(patience), receiver.with_patience(patience))
}

pub(super) fn run_over<A: Subfield>(
    sender: impl Channel,
    receiver: impl Channel,
    n: usize,
    security: Security,
) -> Outcome<A> {
    run_under(sender, receiver, n, security, [Digest::sha256(b"contract"); 2])
}

/// As [`run_over`], each party under a context of its own.
fn run_under<A: Subfield>(
    mut sender: impl Channel,
    mut receiver: impl Channel,
    n: usize,
    security: Security,
    contexts: [Digest; 2],
) -> Outcome<A> {
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || {
            let sent =
                vole::send::<A>(&mut sender, &contexts[0], n, security, &mut ChaCha20Rng::seed_from_u64(1));
            (sent, sender.meter())
        });
        let received =
            vole::receive(&mut receiver, &contexts[1], n, security, &mut ChaCha20Rng::seed_from_u64(2));
        drop(receiver);
        let (sent, meter) = sending.join().unwrap();
        Outcome { sent, received, meter }
    })
}

fn correct<A: Subfield>(n: usize, security: Security) -> Meter {
    let (sender, receiver) = pair(memory::PATIENCE);
    let outcome = run_over::<A>(sender, receiver, n, security);
    let (sent, received) = (outcome.sent.unwrap(), outcome.received.unwrap());
    assert_eq!((sent.b.len(), received.a.len(), received.c.len()), (n, n, n));
    let mut expected = sent.b.clone();
    A::mul_add_each(&mut expected, &received.a, sent.delta);
    assert!(expected == received.c, "n = {n}");
    if n > 0 {
        let zeros = received.a.iter().filter(|&&a| a == A::ZERO).count();
        assert!(zeros < 4 || A::BYTES == 1 && zeros < n * 6 / 10 + 10, "{zeros} zeros of {n}");
    }
    outcome.meter
}

#[test]
fn entries_are_correlated() {
    for n in [0, 1, 1000, 20_011] {
        for security in [Security::SemiHonest, Security::Malicious] {
            correct::<F2>(n, security);
            correct::<F16>(n, security);
            correct::<F64>(n, security);
            correct::<F128>(n, security);
        }
    }
}

#[test]
fn another_session_ends_the_run() {
    let contexts = [Digest::sha256(b"today"), Digest::sha256(b"yesterday")];
    for security in [Security::SemiHonest, Security::Malicious] {
        let (sender, receiver) = pair(Duration::from_secs(1));
        let outcome = run_under::<F64>(sender, receiver, 100, security, contexts);
        assert!(matches!(outcome.sent, Err(OtError::Peer { .. })), "{security:?}");
        assert!(outcome.received.is_err(), "{security:?}");
    }
}
