//! Sets that do not fit into the memory given: divided on disk ([`yinshu_psi::partition`]), intersected part by
//! part, and resumed after a kill.
//!
//! Once the way is agreed on:
//!
//! | from | what | bytes |
//! |---|---|---|
//! | recipient | the session of the run that it keeps (zeros for none), and how far that is (0 none, 1 begun, 2 complete) | 33 |
//! | provider | what follows (0 a run from the start, 1 the rest of it, 2 nothing: both have everything) | 1 |
//!
//! Keys are never held: the table is read once to count them, once to divide them, and once more to write those
//! that are shared, found by their positions. A digest of the whole column, taken each time, tells a table that
//! changed in between, which is refused. Under `<node>/work/<contract>/` lie, until the run is finished, the
//! encrypted parts (`spill`), their key (`key`, 0600) and what the run began with (`run.json`): whoever can read
//! the node's folder can read them, as the table itself.

use super::keys::{Input, Keys, domain, next};
use super::way::Way;
use super::{Shown, matching, output, psi_terms};
use crate::contract::{Draft, Learn, PsiTerms};
use crate::node::{Node, randomness};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::tables::{CleanTable, Out};
use arrow_array::ArrayRef;
use arrow_array::builder::StringBuilder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_data::DataError;
use yinshu_net::{Channel, NetError};
use yinshu_psi::item::Domain;
use yinshu_psi::partition::{self, Key, Matches, Opening, Role, Settings, Spill};
use yinshu_psi::{Entry, Item, PsiError};

/// How far the recipient's kept run is: there is none, some parts are to be done, all are done.
const NOTHING: u8 = 0;
const BEGUN: u8 = 1;
const COMPLETE: u8 = 2;

/// What follows: a run from the start, the rest of the one kept, or nothing since both have everything.
const AFRESH: u8 = 0;
const RESUME: u8 = 1;
const NO_MORE: u8 = 2;

/// Opens the own table anew.
pub(super) type Open<'a> = &'a dyn Fn() -> Result<CleanTable, Problem>;

/// What a run began with.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Begun {
    way: Way,
    input: Digest,
}

/// The folder of a contract's unfinished run.
pub(super) struct Work(PathBuf);

/// A run that was begun: its sets are divided.
pub(super) struct Large {
    spill: Spill,
    begun: Begun,
    work: Work,
}

impl Work {
    pub(super) fn of(node: &Node, draft: &Draft) -> Self {
        Self(node.folder.work(&draft.digest))
    }

    fn key(&self) -> PathBuf {
        self.0.join("key")
    }

    fn told(&self) -> PathBuf {
        self.0.join("run.json")
    }

    /// The run that is kept here, if it can be resumed; waits so long for another that is using it.
    pub(super) fn kept(self, patience: Duration) -> Result<Option<Large>, Problem> {
        let until = Instant::now() + patience;
        loop {
            let Ok(key) = Key::load(&self.key()) else { return Ok(None) };
            match Spill::open(&self.0.join("spill"), key) {
                Ok(spill) => {
                    let begun =
                        fs::read(self.told()).ok().and_then(|text| serde_json::from_slice(&text).ok());
                    return Ok(begun.map(|begun| Large { spill: spill.once(), begun, work: self }));
                }
                Err(PsiError::InUse { .. }) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(error @ PsiError::InUse { .. }) => return Err(error.into()),
                // Broken off while it was divided: of no use.
                Err(_) => return Ok(None),
            }
        }
    }

    /// Deletes all of it.
    pub(super) fn discard(&self) -> Result<(), Problem> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Problem::writing(&self.0, &error))
            }
            _ => Ok(()),
        }
    }

    /// Divides the own table, which is `keys` as it was counted.
    fn begin(
        self,
        plan: partition::Plan,
        role: Role,
        (table, psi): (CleanTable, &PsiTerms),
        begun: Begun,
    ) -> Result<Large, Problem> {
        self.discard()?;
        let spill = self.0.join("spill");
        fs::create_dir_all(&spill).map_err(|e| Problem::writing(&spill, &e))?;
        let key = Key::create(&self.key(), &mut randomness())?;
        let mut items = Items::new(table, psi);
        let spill = Spill::write(&spill, key, plan, role, &mut items)?;
        unchanged(&mut items.input, begun)?;
        let told = serde_json::to_vec(&begun).map_err(|e| Problem::internal(e.to_string()))?;
        fs::write(self.told(), told).map_err(|e| Problem::writing(&self.told(), &e))?;
        Ok(Large { spill: spill.once(), begun, work: self })
    }
}

fn unchanged(input: &mut Input, begun: Begun) -> Result<(), PsiError> {
    if input.finish() == begun.input { Ok(()) } else { Err(PsiError::ResumeDiffers { what: "the table" }) }
}

/// The items of a table, as they are read.
struct Items<'a> {
    table: CleanTable,
    psi: &'a PsiTerms,
    domain: Domain,
    held: std::vec::IntoIter<Entry>,
    input: Input,
}

impl<'a> Items<'a> {
    fn new(table: CleanTable, psi: &'a PsiTerms) -> Self {
        Self { table, psi, domain: domain(psi), held: Vec::new().into_iter(), input: Input::new() }
    }
}

impl Iterator for Items<'_> {
    type Item = Result<Entry, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.held.next() {
                self.input.push(&entry);
                return Some(Ok(entry));
            }
            let keys = match next(&mut self.table, self.psi) {
                Ok(keys) => keys?,
                Err(error) => return Some(Err(error)),
            };
            let entries = keys.iter().flatten().map(|key| Entry::from(self.domain.item(&[key.as_bytes()])));
            self.held = entries.collect::<Vec<_>>().into_iter();
        }
    }
}

impl Large {
    /// How it was begun, for a run with the same arguments.
    pub(super) fn way(&self) -> Way {
        self.begun.way
    }

    /// Refuses to go on with another table or another protocol.
    pub(super) fn same(&self, keys: &Keys, way: Option<Way>) -> Result<(), PsiError> {
        let differs = |what| Err(PsiError::ResumeDiffers { what });
        match way {
            _ if self.begun.input != keys.input => differs("the table"),
            Some(way) if way != self.begun.way => differs("the protocol"),
            _ => Ok(()),
        }
    }

    pub(super) fn discard(self) -> Result<(), Problem> {
        self.work.discard()
    }

    /// How many items this side said it has.
    pub(super) fn entries(&self) -> u64 {
        self.spill.entries()
    }

    fn matches(&self) -> Result<Matches<'_>, Problem> {
        let kept = Matches::kept(&self.spill)?;
        kept.ok_or_else(|| Problem::internal("the matches of a run that is not complete"))
    }

    /// How many different keys are shared.
    pub(super) fn count(&self) -> Result<u64, Problem> {
        Ok(Matches::count(&self.matches()?))
    }

    pub(super) fn salt(&self) -> Secret<[u8; 32]> {
        self.spill.salt()
    }

    /// Visits the shared keys in their order, each once, batch by batch.
    fn each(
        &self,
        mut table: CleanTable,
        psi: &PsiTerms,
        mut visit: impl FnMut(&[(&str, Entry)]) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let (domain, mut input, mut position) = (domain(psi), Input::new(), 0);
        let mut matches = self.matches()?;
        let mut wanted = matches.next().transpose()?;
        while let Some(keys) = next(&mut table, psi)? {
            let mut shared = Vec::new();
            for key in keys.iter().flatten() {
                let entry = Entry::from(domain.item(&[key.as_bytes()]));
                input.push(&entry);
                if wanted == Some(position) {
                    shared.push((key, entry));
                    wanted = matches.next().transpose()?;
                }
                position += 1;
            }
            visit(&shared)?;
        }
        Ok(unchanged(&mut input, self.begun)?)
    }

    /// Writes the shared keys.
    pub(super) fn write(&self, path: &Path, psi: &PsiTerms, open: Open<'_>) -> Result<(), Problem> {
        let column = psi.column.as_str();
        let mut out = Out::create(path, &[column])?;
        self.each(open()?, psi, |shared| {
            let mut builder = StringBuilder::new();
            shared.iter().for_each(|(key, _)| builder.append_value(key));
            if shared.is_empty() {
                return Ok(());
            }
            out.write(&output::batch([(column, Arc::new(builder.finish()) as ArrayRef)])?)
        })?;
        out.finish()
    }

    /// The shared items, for what needs them in memory: 32 bytes each.
    pub(super) fn items(&self, psi: &PsiTerms, open: Open<'_>) -> Result<HashSet<Item>, Problem> {
        let mut items = HashSet::new();
        self.each(open()?, psi, |shared| {
            items.extend(shared.iter().map(|(_, entry)| entry.item));
            Ok(())
        })?;
        Ok(items)
    }
}

fn settings(memory: u64) -> Settings {
    Settings { memory, workers: 1 }
}

/// What the recipient has of a run.
pub(super) struct Got {
    pub(super) large: Large,
    pub(super) peer_items: u64,
    pub(super) commitment: Digest,
}

/// The recipient's side: resumes `kept` where the provider has its half, else begins.
pub(super) fn receive<C: Channel>(
    channel: &mut C,
    (draft, work): (&Draft, Work),
    (kept, keys, way): (Option<Large>, &Keys, Way),
    (memory, open): (u64, Open<'_>),
    bar: &Progress,
) -> Result<Got, Problem> {
    let psi = psi_terms(draft);
    let (terms, matcher) = (matching(draft, psi.max_provider_keys), way.matcher());
    let mut rng = randomness();
    let (session, far) = match &kept {
        None => (Digest::ZERO, NOTHING),
        Some(kept) => {
            let complete = Matches::kept(&kept.spill)?.is_some();
            (kept.spill.plan().session, if complete { COMPLETE } else { BEGUN })
        }
    };
    channel.send([&session.0[..], &[far]].concat())?;
    let answer = channel.recv(1)?;
    let large = match (kept, answer.as_slice()) {
        (Some(kept), [RESUME | NO_MORE]) => kept,
        (_, [AFRESH]) => {
            let (counts, settings) = ([keys.all], settings(memory));
            let plan = partition::agree_receiver(channel, &counts, &matcher, &terms, &settings, &mut rng)?;
            work.begin(plan, Role::Receiver, (open()?, psi), Begun { way, input: keys.input })?
        }
        _ => return Err(malformed(channel, "answer about a kept run")),
    };
    if answer != [NO_MORE] {
        let channels = std::slice::from_mut(channel);
        let report = &mut |progress: partition::Progress| show(bar, progress);
        partition::receive(channels, &large.spill, &matcher, &terms, &mut rng, report)?;
    } else if far != COMPLETE {
        return Err(malformed(channel, "answer about a kept run"));
    }
    let (peer_items, commitment) = (large.spill.plan().shown, large.spill.commitment());
    Ok(Got { large, peer_items, commitment })
}

/// Parts done, and between how long and how long the rest takes, as measured.
fn show(bar: &Progress, progress: partition::Progress) {
    bar.total(progress.partitions.into());
    bar.set(progress.complete.into());
    if let Some((least, most)) = progress.left {
        bar.left(least, most);
    }
}

fn malformed(channel: &dyn Channel, what: &str) -> Problem {
    NetError::Malformed { peer: channel.peer().clone(), what: what.to_owned() }.into()
}

/// What the provider answers from.
pub(super) struct Own<'a> {
    pub(super) kept: Option<Large>,
    /// Its keys as counted, where that was done.
    pub(super) counted: Option<(u64, Digest)>,
    pub(super) memory: u64,
    pub(super) open: Open<'a>,
}

/// What the provider did.
pub(super) struct Answered {
    pub(super) told: Value,
    /// Where it learns too: what, to be released and written.
    pub(super) large: Option<(Large, u64)>,
}

/// The provider's side.
pub(super) fn send<C: Channel>(
    channel: &mut C,
    (draft, work): (&Draft, Work),
    own: Own<'_>,
    way: Way,
    asked: &mut dyn FnMut(&Opening) -> Result<(), String>,
) -> Result<Answered, Problem> {
    let psi = psi_terms(draft);
    let (terms, matcher) = (matching(draft, psi.max_recipient_keys), way.matcher());
    let mut rng = randomness();
    let said = channel.recv(33)?;
    let Some((session, &[far @ NOTHING..=COMPLETE])) = said.split_first_chunk::<32>() else {
        return Err(malformed(channel, "kept run"));
    };
    let kept = own
        .kept
        .filter(|kept| far != NOTHING && kept.spill.plan().session.0 == *session && kept.begun.way == way);
    // Where we learn too, positions must still name the keys that they named.
    let kept = match kept {
        Some(kept) if psi.learn == Learn::Both => {
            let mut items = Items::new((own.open)()?, psi);
            items.by_ref().try_for_each(|entry| entry.map(drop))?;
            (items.input.finish() == kept.begun.input).then_some(kept)
        }
        kept => kept,
    };
    let large = match kept {
        Some(kept) => {
            channel.send(vec![RESUME])?;
            kept
        }
        None if far == COMPLETE => {
            channel.send(vec![NO_MORE])?;
            return Ok(Answered { told: json!({ "resumed": "complete" }), large: None });
        }
        None => {
            channel.send(vec![AFRESH])?;
            let (items, input) = match own.counted {
                Some(counted) => counted,
                None => {
                    let keys = Keys::read((own.open)()?, psi, 0, |_| {})?;
                    (keys.all, keys.input)
                }
            };
            let settings = settings(own.memory);
            let plan = partition::agree_sender(channel, items, &matcher, &terms, &settings, &mut rng)?;
            work.begin(plan, Role::Sender, ((own.open)()?, psi), Begun { way, input })?
        }
    };
    let channels = std::slice::from_mut(channel);
    let sent = partition::send(channels, &large.spill, &matcher, &terms, &mut rng, asked, &mut |_| {})?;
    let plan = large.spill.plan();
    let mut told = json!({
        "asked": sent.opening.counts, "own": large.spill.entries(), "commitment": sent.opening.commitment,
        "partitions": plan.partitions, "run": sent.opening.partitions,
    });
    if sent.matched.is_none() {
        large.discard()?;
        return Ok(Answered { told, large: None });
    }
    let count = large.count()?;
    told["matched"] = json!(Shown::of(count, draft.terms.data.min_group_size));
    Ok(Answered { told, large: Some((large, count)) })
}
