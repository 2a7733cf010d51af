use super::*;
use crate::{Entry, Item, Learns, PsiError, Section};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::time::Duration;
use yinshu_net::memory::{self, MemoryChannel};
use yinshu_net::{Channel, Meter, PartyId};

mod adversary;
mod cost;
mod oracle;
mod wire;

const RECEIVER: &str = "county";
const SENDER: &str = "province";

/// ε = 2 and δ below 2^-40: fourteen either way.
const NOISE: Privacy = Privacy { numerator: 2, denominator: 1, delta_bits: 40 };

fn entries(section: u16, values: impl IntoIterator<Item = u32>) -> Vec<Entry> {
    let entry = |value: u32| Entry { section, item: Item::new("test", &[&value.to_le_bytes()]) };
    values.into_iter().map(entry).collect()
}

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

struct Outcome {
    received: Result<Received, PsiError>,
    sent: Result<Sent, PsiError>,
    meter: Meter,
}

impl Outcome {
    fn unwrap(self) -> (Received, Sent) {
        (self.received.unwrap(), self.sent.unwrap())
    }
}

fn run_over(
    (mut receiver, mut sender): (impl Channel, impl Channel),
    (x, y): (&[Entry], &[Entry]),
    (ours, theirs): (&Terms, &Terms),
    opens: Opens,
    seed: u64,
) -> Outcome {
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || {
            let source = y.iter().map(|entry| Ok::<_, String>(*entry));
            let sent = send(&mut sender, source, theirs, opens, &mut rng(seed), &mut |_| {});
            drop(sender);
            sent
        });
        let received = receive(&mut receiver, x, ours, opens, &mut rng(seed + 1), &mut |_| {});
        let meter = receiver.meter();
        drop(receiver);
        Outcome { received, sent: sending.join().unwrap(), meter }
    })
}

fn run(x: &[Entry], y: &[Entry], terms: &Terms, opens: Opens) -> Outcome {
    run_over(pair(memory::PATIENCE), (x, y), (terms, terms), opens, 7)
}
