use super::*;
use crate::cost::Cost;
use crate::{Entry, Item, Learns, Section};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::time::Duration;
use yinshu_net::memory::{self, MemoryChannel};
use yinshu_net::{Channel, Meter, PartyId};

mod adversary;
mod bins;
mod costs;
mod mask;
mod oracle;
mod parameters;
mod wire;

const RECEIVER: &str = "county";
const SENDER: &str = "province";

type Row = (Entry, Vec<u8>);

fn entry(value: u32) -> Entry {
    Entry { section: 0, item: Item::new("test", &[&value.to_le_bytes()]) }
}

fn entries(values: impl IntoIterator<Item = u32>) -> Vec<Entry> {
    values.into_iter().map(entry).collect()
}

/// The payload that belongs to a value: `bytes` bytes that depend on it.
fn payload(value: u32, bytes: usize) -> Vec<u8> {
    let digest = Digest::sha256(&value.to_le_bytes()).0;
    digest[..bytes].to_vec()
}

fn rows(values: impl IntoIterator<Item = u32>, bytes: usize) -> Vec<Row> {
    values.into_iter().map(|value| (entry(value), payload(value, bytes))).collect()
}

/// Terms without limits that matter.
fn terms() -> Terms {
    Terms {
        learns: Learns::Receiver,
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

/// What came of a run on both sides.
struct Outcome {
    received: Result<Received, PsiError>,
    sent: Result<Sent, PsiError>,
    receiver_meter: Meter,
    sender_meter: Meter,
}

impl Outcome {
    fn unwrap(self) -> (Received, Sent) {
        let received = self.received.unwrap_or_else(|error| panic!("{error}"));
        (received, self.sent.unwrap_or_else(|error| panic!("{error}")))
    }

    /// Their stable codes, of the receiver and of the sender.
    fn codes(&self) -> [Option<u16>; 2] {
        [self.received.as_ref().err().map(PsiError::code), self.sent.as_ref().err().map(PsiError::code)]
    }
}

/// Both parties over the two channels, each under its own terms and length of payloads.
fn run_over(
    mut receiver: impl Channel,
    mut sender: impl Channel,
    (x, receiver_terms, receiver_bytes): (&[Entry], &Terms, usize),
    (y, sender_terms, sender_bytes): (&[Row], &Terms, usize),
) -> Outcome {
    let seed = 7;
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || {
            let sent = send(&mut sender, y, sender_terms, sender_bytes, &mut rng(seed), &mut |_| {});
            (sent, sender.meter())
        });
        let rng = &mut rng(seed + 1);
        let received = receive(&mut receiver, x, receiver_terms, receiver_bytes, rng, &mut |_| {});
        let receiver_meter = receiver.meter();
        drop(receiver);
        let (sent, sender_meter) = sending.join().unwrap();
        Outcome { received, sent, receiver_meter, sender_meter }
    })
}

/// Both parties under the same terms, undisturbed.
fn run(x: &[Entry], y: &[Row], terms: &Terms, bytes: usize) -> Outcome {
    let (receiver, sender) = pair(memory::PATIENCE);
    run_over(receiver, sender, (x, terms, bytes), (y, terms, bytes))
}

/// Both shares together: the bit and the payload of a bin.
fn opened(received: &Received, sent: &Sent, bin: usize) -> (bool, Vec<u8>) {
    let (one, two) = (&received.shares, &sent.shares);
    let of =
        |shares: &Shares| shares.unmasked()[bin * shares.payload_bytes..][..shares.payload_bytes].to_vec();
    let payload = of(one).into_iter().zip(of(two)).map(|(one, two)| one ^ two);
    (one.bit(bin) ^ two.bit(bin), payload.collect())
}

/// Do both shares make what the oracle says, in every bin?
fn check(received: &Received, sent: &Sent, x: &[Entry], y: &[Row], what: &str) {
    let (one, two) = (&received.shares, &sent.shares);
    assert_eq!((one.bins, one.payload_bytes), (two.bins, two.payload_bytes), "{what}");
    assert_eq!((one.membership.len(), two.membership.len()), (one.bins.div_ceil(64), one.bins.div_ceil(64)));
    assert_eq!(
        (one.unmasked().len(), two.unmasked().len()),
        (one.bins * one.payload_bytes, one.bins * one.payload_bytes)
    );
    assert_eq!(received.bins_of.len(), x.len(), "{what}");
    assert!(one.run == two.run && one.run != Digest::ZERO, "{what}");
    let mut entry_in = vec![None; one.bins];
    for (entry, &bin) in x.iter().zip(&*received.bins_of) {
        let before = entry_in[bin as usize].replace(*entry);
        assert!(before.is_none_or(|before| before == *entry), "{what}: two entries in bin {bin}");
    }
    for (bin, own) in entry_in.into_iter().enumerate() {
        let (bit, payload) = opened(received, sent, bin);
        let theirs = own.and_then(|own| y.iter().find(|(entry, _)| *entry == own));
        assert_eq!(bit, theirs.is_some(), "{what}: bin {bin}");
        if let Some((_, expected)) = theirs {
            assert_eq!(payload, *expected, "{what}: bin {bin}");
        }
    }
    // Nothing after the last bin.
    for shares in [one, two] {
        let used = (shares.bins - 1) % 64;
        assert_eq!(shares.membership.last().unwrap() >> used >> 1, 0, "{what}");
    }
}
