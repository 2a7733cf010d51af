use super::*;
use crate::{Entry, Item};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::time::Duration;
use yinshu_net::memory::{self, MemoryChannel};
use yinshu_net::{Channel, Meter};

mod adversary;
mod cost;
mod oracle;
mod wire;

const NAMES: [&str; 5] = ["police", "social", "medical", "school", "tax"];

fn entries(section: u16, values: impl IntoIterator<Item = u32>) -> Vec<Entry> {
    let entry = |value: u32| Entry { section, item: Item::new("test", &[&value.to_le_bytes()]) };
    values.into_iter().map(entry).collect()
}

fn agreement(parties: usize, sections: usize) -> Agreement {
    let section = |number| Section { name: format!("s{number}"), max: 1 << 20 };
    Agreement {
        parties: NAMES[..parties].iter().map(|name| PartyId::new(*name).unwrap()).collect(),
        sections: (0..sections).map(section).collect(),
        most: Vec::new(),
        context: Digest::sha256(b"contract"),
    }
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// A full mesh: for each party its channels to the others, in order.
fn mesh(parties: usize, patience: Duration) -> Vec<Vec<MemoryChannel>> {
    let name = |party: usize| PartyId::new(NAMES[party]).unwrap();
    let mut all: Vec<Vec<Option<MemoryChannel>>> =
        (0..parties).map(|_| (0..parties).map(|_| None).collect()).collect();
    let pairs = (0..parties).flat_map(|one| (one + 1..parties).map(move |other| (one, other)));
    for (one, other) in pairs {
        let (here, there) = memory::pair(name(one), name(other));
        all[one][other] = Some(here.with_patience(patience));
        all[other][one] = Some(there.with_patience(patience));
    }
    all.into_iter().map(|channels| channels.into_iter().flatten().collect()).collect()
}

/// What a party does in a run.
#[derive(Clone)]
enum Task {
    Sizes(Opens),
    Intersection(usize),
}

/// What came of it.
#[derive(Debug)]
enum Done {
    Sized(Sized),
    Intersected(Intersected),
}

fn party(
    number: usize,
    channels: Vec<Box<dyn Channel>>,
    set: &[Entry],
    agreement: &Agreement,
    task: &Task,
) -> (Result<Done, PsiError>, Vec<Meter>) {
    let mut channels = channels;
    let own = agreement.parties[number].clone();
    let mut rng = rng(40 + number as u64);
    let result = (|| {
        let borrowed = channels.iter_mut().map(|channel| &mut **channel as &mut dyn Channel);
        let mut circle = Circle::new(&own, &agreement.parties, borrowed)?;
        let (asked, progress) = (&mut |_: &PartyId, _: &_| Ok(()), &mut |_| {});
        match task {
            Task::Sizes(opens) => {
                sizes(&mut circle, set, (agreement, opens), &mut rng, asked, progress).map(Done::Sized)
            }
            Task::Intersection(receiver) => {
                let agreed = (agreement, *receiver);
                intersection(&mut circle, set, agreed, &mut rng, asked, progress).map(Done::Intersected)
            }
        }
    })();
    (result, channels.iter().map(Channel::meter).collect())
}

type Wrap<'a> = &'a (dyn Fn(usize, usize, MemoryChannel) -> Box<dyn Channel> + Sync);

/// All parties at once; `wrap` is given party, peer and the party's channel to it. A party in `absent` does
/// nothing but hold its channels.
fn run_over(
    sets: &[Vec<Entry>],
    agreement: &Agreement,
    task: &Task,
    (patience, absent): (Duration, Option<usize>),
    wrap: Wrap<'_>,
) -> Vec<(Result<Done, PsiError>, Vec<Meter>)> {
    let parties = sets.len();
    std::thread::scope(|scope| {
        let start = |(number, channels): (usize, Vec<MemoryChannel>)| {
            let set = &sets[number];
            scope.spawn(move || {
                let peers = (0..parties).filter(|&peer| peer != number);
                let channels: Vec<_> =
                    peers.zip(channels).map(|(peer, channel)| wrap(number, peer, channel)).collect();
                if absent == Some(number) {
                    std::thread::sleep(4 * patience);
                    return (Err(PsiError::BadCircle { detail: "absent" }), Vec::new());
                }
                party(number, channels, set, agreement, task)
            })
        };
        let running: Vec<_> = mesh(parties, patience).into_iter().enumerate().map(start).collect();
        running.into_iter().map(|party| party.join().unwrap()).collect()
    })
}

fn run(sets: &[Vec<Entry>], agreement: &Agreement, task: &Task) -> Vec<(Done, Vec<Meter>)> {
    let all = run_over(sets, agreement, task, (memory::PATIENCE, None), &|_, _, channel| Box::new(channel));
    all.into_iter().map(|(result, meters)| (result.unwrap(), meters)).collect()
}
