use super::*;
use crate::partition::Role;
use crate::partition::tests::root;
use crate::{Entry, Item, Learns, PsiError, Section, Terms};
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use yinshu_crypto::hash::Digest;
use yinshu_net::memory::{self, MemoryChannel};
use yinshu_net::{Channel, PartyId};

mod adversary;
mod cost;
mod crash;
mod files;
mod oracle;

const RECEIVER: &str = "county";
const SENDER: &str = "province";

fn entry(section: u16, value: u64) -> Entry {
    Entry { section, item: Item::new("test", &[&value.to_le_bytes()]) }
}

fn entries(values: impl IntoIterator<Item = u64>) -> Vec<Entry> {
    values.into_iter().map(|value| entry(0, value)).collect()
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

fn pair() -> (MemoryChannel, MemoryChannel) {
    let name = |name: &str| PartyId::new(name).unwrap();
    let (receiver, sender) = memory::pair(name(RECEIVER), name(SENDER));
    let patience = Duration::from_secs(10);
    (receiver.with_patience(patience), sender.with_patience(patience))
}

const ROOM: Room = Room { own: 5_000, peer: 5_000 };

struct Disk {
    root: TempDir,
    terms: Terms,
}

impl Disk {
    fn new(terms: &Terms) -> Self {
        let disk = Self { root: root(), terms: terms.clone() };
        for role in [Role::Receiver, Role::Sender] {
            Base::create(&disk.folder(role), role, terms, ROOM, &mut rng(role as u64)).unwrap();
        }
        disk
    }

    fn folder(&self, role: Role) -> PathBuf {
        self.root.path().join(format!("{role:?}"))
    }

    fn open(&self, role: Role) -> Base {
        Base::open(&self.folder(role), role, &self.terms).unwrap()
    }
}

/// Insertions and deletions of one side.
type Step = (Vec<Entry>, Vec<Entry>);
type Results = (Result<Updated, PsiError>, Result<Updated, PsiError>);

fn update_over(
    (mut receiver, mut sender): (impl Channel, impl Channel),
    (x, y): (&mut Base, &mut Base),
    (step_x, step_y): (&Step, &Step),
    terms: &Terms,
    seed: u64,
) -> Results {
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || {
            let step = (&step_y.0[..], &step_y.1[..]);
            update_sender(&mut sender, y, step, terms, &mut rng(seed), &mut |_| Ok(()))
        });
        let step = (&step_x.0[..], &step_x.1[..]);
        let received = update_receiver(&mut receiver, x, step, terms, &mut rng(seed + 1));
        drop(receiver);
        (received, sending.join().unwrap())
    })
}

fn update(
    bases: (&mut Base, &mut Base),
    steps: (&Step, &Step),
    terms: &Terms,
    seed: u64,
) -> (Updated, Updated) {
    let (received, sent) = update_over(pair(), bases, steps, terms, seed);
    (received.unwrap(), sent.unwrap())
}

/// A side's set in the clear.
fn apply(set: &mut BTreeSet<Entry>, (inserted, deleted): &Step) {
    set.retain(|entry| !deleted.contains(entry));
    set.extend(inserted);
}

fn shared(x: &BTreeSet<Entry>, y: &BTreeSet<Entry>) -> BTreeSet<Entry> {
    x.intersection(y).copied().collect()
}

/// What should have appeared and vanished.
fn change(before: &BTreeSet<Entry>, after: &BTreeSet<Entry>) -> (Vec<Entry>, Vec<Entry>) {
    (after.difference(before).copied().collect(), before.difference(after).copied().collect())
}

fn changes(changes: &Changes) -> (Vec<Entry>, Vec<Entry>) {
    (changes.appeared.clone(), changes.vanished.clone())
}
