//! Moves messages over a link, both directions at once, and decides nothing.

use super::Misstep;
use super::cipher::Cipher;
use super::exchange::{Incoming, Outgoing, Returning, Tail};
use super::handshake::{self, Agreed};
use super::msg::MAX_HANDSHAKE;
use super::{Suite, Terms};
use crate::{Phase, Progress, PsiError};
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use yinshu_net::interconn::{Code, Lane, Link};
use yinshu_net::meter::Traffic;

/// What a run gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// For each of our items, in order: does the peer have it? `None` where we do not learn.
    pub matched: Option<Vec<bool>>,
    /// How many different items we brought.
    pub own_items: u64,
    /// How many items the peer brought.
    pub peer_items: u64,
    /// The suite that was agreed.
    pub suite: Suite,
    /// What went over the link.
    pub traffic: Traffic,
}

/// The item of a row: its fields without ASCII blanks around them, joined with commas, as SecretFlow makes
/// it. Fields that hold commas are not quoted: `a,b` and `c` give what `a` and `b,c` give.
pub fn key<'a>(fields: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let blank = |c: char| c == '\u{b}' || c.is_ascii_whitespace();
    let mut key = Vec::new();
    for (at, field) in fields.into_iter().enumerate() {
        if at > 0 {
            key.push(b',');
        }
        key.extend_from_slice(field.trim_matches(blank).as_bytes());
    }
    key
}

type Report<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// Runs one intersection. `items` may repeat; each different one travels once, in random order.
///
/// # Errors
/// [`PsiError`]: a failure of the link, of the own terms, or a misstep of the peer, which is told.
pub fn run<K: AsRef<[u8]> + Sync>(
    link: &dyn Link,
    items: &[K],
    terms: &Terms,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Outcome, PsiError> {
    let result = running(link, items, terms, rng, progress);
    if let Err(error) = &result {
        part(link, error);
    }
    result
}

/// Ends the link, and lets the peer know what it did; what is ours stays ours.
fn part(link: &dyn Link, error: &PsiError) {
    let (code, reason) = match error {
        PsiError::Interconn { misstep, .. } => (handshake::code_of(misstep), misstep.to_string()),
        PsiError::Channel { cause } => (Code::of(cause), "the link failed".to_owned()),
        _ => (Code::Generic, "it failed for a reason of its own".to_owned()),
    };
    link.abort(code, &reason);
}

fn running<K: AsRef<[u8]> + Sync>(
    link: &dyn Link,
    items: &[K],
    terms: &Terms,
    rng: &mut impl CryptoRng,
    progress: Report<'_>,
) -> Result<Outcome, PsiError> {
    let distinct = Distinct::of(items, rng)?;
    let own = distinct.order.len();
    let agreed = agree(link, terms, own as u64)?;
    let cipher = Cipher::new(agreed.suite, rng);
    let outgoing = Outgoing {
        cipher: &cipher,
        items: distinct.order.iter().map(|at| items[*at as usize].as_ref()).collect(),
        profile: terms.profile,
        next: 0,
    };
    let incoming = Incoming::new(&cipher, terms.profile, agreed, terms.max_peer_items)
        .learning(terms.we_learn(), terms.they_learn());
    let returning = terms.we_learn().then(|| Returning::new(terms.profile, &agreed, own));
    let (peer_items, theirs, ours) = Streams { link, ended: Mutex::default(), report: Mutex::new(progress) }
        .flow(outgoing, incoming, returning)?;
    let matched = terms.we_learn().then(|| distinct.spread(&matching(&ours, theirs)));
    Ok(Outcome { matched, own_items: own as u64, peer_items, suite: agreed.suite, traffic: link.traffic() })
}

/// Rank 1 proposes, rank 0 chooses.
fn agree(link: &dyn Link, terms: &Terms, items: u64) -> Result<Agreed, PsiError> {
    if terms.suites.is_empty() {
        return Err(PsiError::NoSuite);
    }
    if !terms.handshake {
        return handshake::assumed(terms);
    }
    if terms.rank == 1 {
        link.send(Lane::Main, handshake::propose(terms, items))?;
        let response = link.recv(Lane::Main, MAX_HANDSHAKE)?;
        return handshake::accept(&response, terms, link.peer());
    }
    let request = link.recv(Lane::Main, MAX_HANDSHAKE)?;
    match handshake::choose(&request, terms, items) {
        Ok((agreed, answer)) => {
            link.send(Lane::Main, answer)?;
            Ok(agreed)
        }
        Err(misstep) => {
            // The run is over either way.
            let _ =
                link.send(Lane::Main, handshake::refuse(handshake::code_of(&misstep), &misstep.to_string()));
            Err(misstep.by(link.peer()))
        }
    }
}

/// Our different items in random order, and which of them each item is.
struct Distinct {
    /// For each different item, in the order in which it is sent: where it first stands.
    order: Vec<u32>,
    /// For each item: its place in `order`.
    place: Vec<u32>,
}

impl Distinct {
    fn of<K: AsRef<[u8]>>(items: &[K], rng: &mut impl CryptoRng) -> Result<Self, PsiError> {
        let max = crate::terms::MAX_ENTRIES;
        if items.len() as u64 > max {
            return Err(PsiError::TooManyEntries { found: items.len() as u64, max });
        }
        let mut seen: HashMap<&[u8], u32> = HashMap::with_capacity(items.len());
        let (mut order, mut place) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
        for (at, item) in (0u32..).zip(items) {
            let next = u32::try_from(order.len()).expect("there are no more than items");
            let found = *seen.entry(item.as_ref()).or_insert_with(|| {
                order.push(at);
                next
            });
            place.push(found);
        }
        drop(seen);
        let mut to: Vec<u32> = (0u32..).take(order.len()).collect();
        shuffle(&mut to, rng);
        let mut shuffled = vec![0; order.len()];
        for (from, to) in to.iter().enumerate() {
            shuffled[*to as usize] = order[from];
        }
        place.iter_mut().for_each(|place| *place = to[*place as usize]);
        Ok(Self { order: shuffled, place })
    }

    fn spread(&self, matched: &[bool]) -> Vec<bool> {
        self.place.iter().map(|place| matched[*place as usize]).collect()
    }
}

/// Fisher and Yates, with 64 random bits for each place (the bias is below 2^-32).
fn shuffle(list: &mut [u32], rng: &mut impl CryptoRng) {
    for last in (1..list.len()).rev() {
        let below = last as u128 + 1;
        let at = (u128::from(rng.next_u64()) * below) >> 64;
        list.swap(last, usize::try_from(at).expect("it is below the length"));
    }
}

/// Which of our second-stage points are among the peer's; in time that depends on them.
fn matching(ours: &[Tail], mut theirs: Vec<Tail>) -> Vec<bool> {
    theirs.par_sort_unstable();
    ours.par_iter().map(|tail| theirs.binary_search(tail).is_ok()).collect()
}

/// The streams of one run. The first failure ends all of them.
struct Streams<'a> {
    link: &'a dyn Link,
    ended: Mutex<Option<PsiError>>,
    report: Mutex<Report<'a>>,
}

impl Streams<'_> {
    fn flow(
        self,
        outgoing: Outgoing<'_>,
        incoming: Incoming<'_>,
        returning: Option<Returning>,
    ) -> Result<(u64, Vec<Tail>, Vec<Tail>), PsiError> {
        let own = outgoing.items.len() as u64;
        let streams = &self;
        let (came, back) = std::thread::scope(|scope| {
            scope.spawn(|| streams.watch(streams.send(outgoing, own)));
            let back = scope.spawn(|| streams.watch(streams.bring_back(returning)));
            let came = streams.watch(streams.receive(incoming));
            (came, back.join().unwrap_or(None))
        });
        match (self.ended.into_inner().unwrap_or_else(PoisonError::into_inner), came, back) {
            (None, Some((items, theirs)), Some(ours)) => Ok((items, theirs, ours)),
            (Some(error), ..) => Err(error),
            _ => Err(PsiError::OutOfStep { step: "streams" }),
        }
    }

    fn watch<T>(&self, result: Result<T, PsiError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
                if ended.is_none() {
                    part(self.link, &error);
                    *ended = Some(error);
                }
                None
            }
        }
    }

    fn told(&self, phase: Phase, done: u64, total: Option<u64>) {
        (self.report.lock().unwrap_or_else(PoisonError::into_inner))(Progress { phase, done, total });
    }

    fn blame<T>(&self, result: Result<T, Misstep>) -> Result<T, PsiError> {
        result.map_err(|misstep| misstep.by(self.link.peer()))
    }

    fn send(&self, mut outgoing: Outgoing<'_>, own: u64) -> Result<(), PsiError> {
        while let Some(batch) = outgoing.next() {
            self.link.send(Lane::Main, batch)?;
            let done = (outgoing.next * super::BATCH as u64).min(own);
            self.told(Phase::Points, done, Some(own));
        }
        Ok(())
    }

    fn receive(&self, mut incoming: Incoming<'_>) -> Result<(u64, Vec<Tail>), PsiError> {
        while !incoming.done() {
            let bytes = self.link.recv(Lane::Main, incoming.max_bytes())?;
            if let Some(answer) = self.blame(incoming.take(&bytes))? {
                self.link.send(Lane::Second, answer)?;
            }
            self.told(Phase::Tokens, incoming.items(), None);
        }
        self.nothing_more(Lane::Main)?;
        Ok(incoming.finish())
    }

    fn bring_back(&self, returning: Option<Returning>) -> Result<Vec<Tail>, PsiError> {
        let Some(mut returning) = returning else {
            return Ok(Vec::new());
        };
        while !returning.done() {
            let bytes = self.link.recv(Lane::Second, returning.max_bytes())?;
            self.blame(returning.take(&bytes))?;
        }
        self.nothing_more(Lane::Second)?;
        Ok(returning.finish())
    }

    fn nothing_more(&self, lane: Lane) -> Result<(), PsiError> {
        let stage = if lane == Lane::Main { "enc" } else { "dual.enc" };
        self.blame(if self.link.waits(lane) { Err(Misstep::AfterTheEnd { stage }) } else { Ok(()) })
    }
}
