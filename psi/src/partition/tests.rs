use super::*;
use crate::{Entry, Item, Learns, PsiError, Section, Terms};
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use yinshu_crypto::hash::Digest;
use yinshu_net::memory::{self, MemoryChannel};
use yinshu_net::{Channel, PartyId};

mod adversary;
mod clear;
mod cost;
pub(crate) mod crash;
mod files;
mod large;
mod oracle;

use clear::Clear;

const RECEIVER: &str = "county";
const SENDER: &str = "province";

fn entry(section: u16, value: u64) -> Entry {
    Entry { section, item: Item::new("test", &[&value.to_le_bytes()]) }
}

fn entries(section: u16, values: impl IntoIterator<Item = u64>) -> Vec<Entry> {
    values.into_iter().map(|value| entry(section, value)).collect()
}

fn terms(learns: Learns, sections: usize) -> Terms {
    let section = |number| Section { name: format!("s{number}"), max: 1 << 40 };
    Terms {
        learns,
        sections: (0..sections).map(section).collect(),
        max_peer_items: 1 << 40,
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

/// A folder in memory where there is one: thousands of syncs are quick there.
pub(crate) fn root() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Both sides' folders, keys beside them.
struct Disk {
    root: TempDir,
}

impl Disk {
    fn new() -> Self {
        Self { root: root() }
    }

    fn folder(&self, role: Role) -> PathBuf {
        self.root.path().join(format!("{role:?}"))
    }

    fn key(&self, role: Role, seed: u64) -> Key {
        let path = self.root.path().join(format!("{role:?}.key"));
        Key::load(&path).unwrap_or_else(|_| Key::create(&path, &mut rng(seed)).unwrap())
    }

    fn spill(&self, plan: &Plan, role: Role, set: &[Entry]) -> Result<Spill, PsiError> {
        let source = set.iter().map(|entry| Ok::<_, String>(*entry));
        Spill::write(&self.folder(role), self.key(role, role as u64), plan.clone(), role, source)
    }

    fn open(&self, role: Role) -> Spill {
        let spill = Spill::open(&self.folder(role), self.key(role, 0)).unwrap();
        spill.verify().unwrap();
        spill
    }
}

fn counts(set: &[Entry], terms: &Terms) -> Vec<u64> {
    let count = |section| set.iter().filter(|entry| usize::from(entry.section) == section).count() as u64;
    (0..terms.sections.len()).map(count).collect()
}

/// Settings under which a partition has about `most` entries of `matcher`.
fn room(most: u64, workers: u32, matcher: &impl Matcher) -> Settings {
    Settings { memory: most * u64::from(workers) * matcher.bytes_per_entry(), workers }
}

fn agree(
    (x, y): (&[Entry], &[Entry]),
    (terms_x, terms_y): (&Terms, &Terms),
    matcher: &impl Matcher,
    settings: Settings,
) -> (Result<Plan, PsiError>, Result<Plan, PsiError>) {
    let (mut receiver, mut sender) = pair();
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || {
            agree_sender(&mut sender, y.len() as u64, matcher, terms_y, &settings, &mut rng(31))
        });
        let counts = counts(x, terms_x);
        let plan = agree_receiver(&mut receiver, &counts, matcher, terms_x, &settings, &mut rng(32));
        drop(receiver);
        (plan, sending.join().unwrap())
    })
}

/// What both sides learn, as positions.
type Learnt = (Result<Vec<u64>, PsiError>, Result<Option<Vec<u64>>, PsiError>);

fn positions(matches: Matches<'_>) -> Result<Vec<u64>, PsiError> {
    matches.collect()
}

/// Both sides over the given channels from their spills.
fn run_over<R: Channel, S: Channel>(
    (mut receivers, mut senders): (Vec<R>, Vec<S>),
    (spill_x, spill_y): (&Spill, &Spill),
    matcher: &impl Matcher,
    terms: &Terms,
    seed: u64,
) -> Learnt {
    std::thread::scope(|scope| {
        let sending = scope.spawn(move || {
            let mut asked = |_: &Opening| Ok(());
            let sent = send(&mut senders, spill_y, matcher, terms, &mut rng(seed), &mut asked, &mut |_| {})?;
            sent.matched.map(positions).transpose()
        });
        let received = receive(&mut receivers, spill_x, matcher, terms, &mut rng(seed + 1), &mut |_| {});
        let received = received.and_then(|received| positions(received.matched));
        drop(receivers);
        (received, sending.join().unwrap())
    })
}

fn channels(count: u32) -> (Vec<MemoryChannel>, Vec<MemoryChannel>) {
    (0..count).map(|_| pair()).unzip()
}

/// From sets to results, undisturbed.
fn whole(
    x: &[Entry],
    y: &[Entry],
    terms: &Terms,
    matcher: &impl Matcher,
    settings: Settings,
) -> (Plan, Learnt) {
    let (plan, other) = agree((x, y), (terms, terms), matcher, settings);
    let plan = plan.unwrap();
    assert_eq!(plan, other.unwrap());
    let disk = Disk::new();
    let spill_x = disk.spill(&plan, Role::Receiver, x).unwrap();
    let spill_y = disk.spill(&plan, Role::Sender, y).unwrap();
    let learnt = run_over(channels(settings.workers), (&spill_x, &spill_y), matcher, terms, 5);
    (plan, learnt)
}

/// What they should learn.
fn oracle(x: &[Entry], y: &[Entry], terms: &Terms) -> (Vec<u64>, Option<Vec<u64>>) {
    let plain = crate::plain::intersect(x, y);
    let hits = (0..).zip(&plain.receiver).filter(|(_, hit)| **hit).map(|(at, _)| at).collect();
    (hits, (terms.learns == Learns::Both).then_some(plain.sender))
}

fn check(x: &[Entry], y: &[Entry], terms: &Terms, matcher: &impl Matcher, settings: Settings) -> Plan {
    let (plan, (received, sent)) = whole(x, y, terms, matcher, settings);
    assert_eq!((received.unwrap(), sent.unwrap()), oracle(x, y, terms));
    plan
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}
