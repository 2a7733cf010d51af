use super::*;
use crate::{Entry, Item, Learns, PsiError, Section, Terms};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::time::Duration;
use yinshu_crypto::hash::Digest;
use yinshu_net::memory::{self, MemoryChannel};
use yinshu_net::{Channel, Meter, PartyId};

mod adversary;
mod cost;
mod oracle;
mod refusals;
mod steps;
mod wire;

const RECEIVER: &str = "county";
const SENDER: &str = "province";

fn entry(section: u16, value: u32) -> Entry {
    Entry { section, item: Item::new("test", &[&value.to_le_bytes()]) }
}

fn entries(section: u16, values: impl IntoIterator<Item = u32>) -> Vec<Entry> {
    values.into_iter().map(|value| entry(section, value)).collect()
}

/// Terms of `sections` sections without limits that matter.
fn terms(learns: Learns, sections: usize) -> Terms {
    let section = |number| Section { name: format!("s{number}"), max: 1 << 20 };
    Terms {
        learns,
        sections: (0..sections).map(section).collect(),
        max_peer_items: 1 << 20,
        own_items: None,
        context: Digest::sha256(b"contract"),
    }
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn pair(patience: Duration) -> (MemoryChannel, MemoryChannel) {
    let name = |name: &str| PartyId::new(name).unwrap();
    let (receiver, sender) = memory::pair(name(RECEIVER), name(SENDER));
    (receiver.with_patience(patience), sender.with_patience(patience))
}

/// What came of a run on both sides.
struct Outcome {
    received: Result<Received, PsiError>,
    sent: Result<Sent, PsiError>,
    receiver_meter: Meter,
    sender_meter: Meter,
}

impl Outcome {
    fn unwrap(self) -> (Received, Sent) {
        (self.received.unwrap(), self.sent.unwrap())
    }
}

/// Both parties over the two channels, each under its own terms.
fn run_over(
    mut receiver: impl Channel,
    mut sender: impl Channel,
    (x, receiver_terms): (&[Entry], &Terms),
    (y, sender_terms): (&[Entry], &Terms),
) -> Outcome {
    let seed = 7;
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || {
            let source = y.iter().map(|entry| Ok::<_, String>(*entry));
            let sent = send(&mut sender, source, sender_terms, &mut rng(seed), &mut |_| {});
            (sent, sender.meter())
        });
        let received = receive(&mut receiver, x, receiver_terms, &mut rng(seed + 1), &mut |_| {});
        let receiver_meter = receiver.meter();
        drop(receiver);
        let (sent, sender_meter) = sending.join().unwrap();
        Outcome { received, sent, receiver_meter, sender_meter }
    })
}

/// Both parties under the same terms, undisturbed.
fn run(x: &[Entry], y: &[Entry], terms: &Terms) -> Outcome {
    let (receiver, sender) = pair(memory::PATIENCE);
    run_over(receiver, sender, (x, terms), (y, terms))
}
