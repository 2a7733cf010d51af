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

fn entry(section: u16, value: u32) -> Entry {
    Entry { section, item: Item::new("test", &[&value.to_le_bytes()]) }
}

fn entries(values: impl IntoIterator<Item = u32>) -> Vec<Entry> {
    values.into_iter().map(|value| entry(0, value)).collect()
}

/// Rows whose values are made from the entries' numbers.
fn rows(values: impl IntoIterator<Item = u32>) -> Vec<Row> {
    let row =
        |n: u32| Row { entry: entry(0, n), values: vec![i128::from(n) - 20, i128::from(n) * 1_000_003] };
    values.into_iter().map(row).collect()
}

fn column(name: &str, bits: u32, signed: bool) -> Column {
    Column { name: name.into(), bits, signed }
}

/// A signed column of 40 bits and one of 64 without a sign: seven limbs.
fn asks(least: u64) -> Asks {
    let columns = vec![column("balance", 40, true), column("wages", 64, false)];
    Asks { columns: columns.try_into().unwrap(), least }
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
    (x, y): (&[Entry], &[Row]),
    (ours, theirs): ((&Terms, &Asks), (&Terms, &Asks)),
) -> Outcome {
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || {
            let source = y.iter().map(|row| Ok::<_, String>(row.clone()));
            let sent = send(&mut sender, source, theirs.0, theirs.1, &mut rng(7), &mut |_| {});
            drop(sender);
            sent
        });
        let received = receive(&mut receiver, x, ours.0, ours.1, &mut rng(8), &mut |_| {});
        let meter = receiver.meter();
        drop(receiver);
        Outcome { received, sent: sending.join().unwrap(), meter }
    })
}

fn run(x: &[Entry], y: &[Row], terms: &Terms, asks: &Asks) -> Outcome {
    run_over(pair(memory::PATIENCE), (x, y), ((terms, asks), (terms, asks)))
}
