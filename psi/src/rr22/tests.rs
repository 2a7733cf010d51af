use super::*;
use crate::outcome::{Received, Sent};
use crate::{Entry, Item, Learns, Section};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::time::Duration;
use yinshu_net::memory::{self, MemoryChannel};
use yinshu_net::{Channel, Meter, PartyId};

mod adversary;
mod code;
mod costs;
mod oracle;
mod parameters;
mod wire;

const RECEIVER: &str = "county";
const SENDER: &str = "province";

const FAST: Settings = Settings { security: Security::SemiHonest, wire: Wire::Fast };
const COMPACT: Settings = Settings { security: Security::SemiHonest, wire: Wire::Compact };
const MALICIOUS: Settings = Settings { security: Security::Malicious, wire: Wire::Fast };
const MALICIOUS_COMPACT: Settings = Settings { security: Security::Malicious, wire: Wire::Compact };
const ALL: [Settings; 4] = [FAST, COMPACT, MALICIOUS, MALICIOUS_COMPACT];

fn entry(value: u32) -> Entry {
    Entry { section: 0, item: Item::new("test", &[&value.to_le_bytes()]) }
}

fn entries(values: impl IntoIterator<Item = u32>) -> Vec<Entry> {
    values.into_iter().map(entry).collect()
}

/// Terms without limits that matter.
fn terms(learns: Learns) -> Terms {
    Terms {
        learns,
        sections: vec![Section { name: "items".into(), max: 1 << 20 }],
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

/// What one party brings.
#[derive(Clone, Copy)]
struct Side<'a>(&'a [Entry], &'a Terms, Settings);

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
fn run_over(mut receiver: impl Channel, mut sender: impl Channel, x: Side<'_>, y: Side<'_>) -> Outcome {
    let seed = 7;
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || {
            let (rng, asked) = (&mut rng(seed), &mut |_: &msg::OpenPackage| Ok(()));
            let sent = send(&mut sender, y.0, y.1, &y.2, rng, asked, &mut |_| {});
            (sent, sender.meter())
        });
        let received = receive(&mut receiver, x.0, x.1, &x.2, &mut rng(seed + 1), &mut |_| {});
        let receiver_meter = receiver.meter();
        drop(receiver);
        let (sent, sender_meter) = sending.join().unwrap();
        Outcome { received, sent, receiver_meter, sender_meter }
    })
}

/// Both parties under the same terms, undisturbed.
fn run(x: &[Entry], y: &[Entry], terms: &Terms, settings: Settings) -> Outcome {
    let (receiver, sender) = pair(memory::PATIENCE);
    run_over(receiver, sender, Side(x, terms, settings), Side(y, terms, settings))
}
