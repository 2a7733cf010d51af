//! Sets that do not fit into the memory given: divided on disk ([`yinshu_psi::partition`]), intersected part by
//! part, and resumed after a kill.
//!
//! Once the way is agreed on:
//!
//! | from | what | bytes |
//! |---|---|---|
//! | recipient | the session of the run that it keeps (zeros for none), how far that is (0 none, 1 begun, 2 complete), and how many workers it has | 35 |
//! | provider | what follows (0 a run from the start, 1 the rest of it, 2 nothing: both have everything), and with how many workers | 3 |
//!
//! Workers share the parts, each over a strand of the session ([`strands`]).
//!
//! Keys are never held: the table is read once to count them, once to divide them, and once more to write those
//! that are shared, found by their positions. A digest of the whole column, taken each time, tells a table that
//! changed in between. Between counting, dividing and writing, that is refused (4082), and so is a recipient's
//! run that would go on with another table. A provider that learns nothing goes on with what it divided. One that
//! learns too begins afresh; and where the recipient has everything already, it has lost its own result, which is
//! put on record (`result.release`, refused) and said to its operator.
//!
//! Under `<node>/work/<contract>/` (0700, whatever the mask says) lie, until the run is finished, the encrypted parts
//! (`spill`), their key (`key`, 0600) and what the run began with (`run.json`): whoever can read them has read the table
//! itself, and the lengths of files alone tell how full each part is and how much of it is shared. What made no progress
//! for a week is deleted when the next run of any contract looks for its own ([`Work::of_kept`]).
//!
//! A run that failed is kept if it may go on ([`partition::resumable`]), and one run of a contract uses the folder
//! at a time: it holds the file `work/<contract>.lock`, which stays.

mod strands;

use super::keys::{Input, Keys, domain, next};
use super::way::Way;
use super::{Shown, matching, output, psi_terms};
use crate::contract::{Draft, Learn, PsiTerms};
use crate::node::{Node, randomness};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::run::work::Work;
use crate::tables::{KeyTable, Out};
use arrow_array::ArrayRef;
use arrow_array::builder::StringBuilder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_data::DataError;
use yinshu_net::grpc::GrpcChannel;
use yinshu_net::{Channel, Meter, NetError};
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
pub(super) type Open<'a> = &'a dyn Fn() -> Result<KeyTable, Problem>;

/// What a run began with.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Begun {
    way: Way,
    input: Digest,
}

/// A run that was begun: its sets are divided.
pub(super) struct Large {
    spill: Spill,
    begun: Begun,
    work: Work,
}

/// Divides the own table, which is as it was counted, into `work`.
fn begin(
    work: Work,
    plan: partition::Plan,
    role: Role,
    (table, psi): (KeyTable, &PsiTerms),
    begun: Begun,
) -> Result<Large, Problem> {
    let write = || -> Result<Spill, Problem> {
        work.renew()?;
        let key = Key::create(&work.key(), &mut randomness())?;
        let mut items = Items::new(table, psi);
        let spill = Spill::write(&work.spill(), key, plan, role, &mut items)?;
        unchanged(&mut items.input, begun)?;
        let told = serde_json::to_vec(&begun).map_err(|e| Problem::internal(e.to_string()))?;
        fs::write(work.told(), told).map_err(|e| Problem::writing(&work.told(), &e))?;
        Ok(spill)
    };
    match write() {
        Ok(spill) => Ok(Large { spill: spill.once(), begun, work }),
        Err(problem) => {
            // Half of it is of no use, and in the way of nobody if it cannot be deleted.
            let _ = work.discard();
            Err(problem)
        }
    }
}

fn unchanged(input: &mut Input, begun: Begun) -> Result<(), PsiError> {
    if input.finish() == begun.input { Ok(()) } else { Err(PsiError::ResumeDiffers { what: "the table" }) }
}

/// The items of a table, as they are read.
struct Items<'a> {
    table: KeyTable,
    psi: &'a PsiTerms,
    domain: Domain,
    held: std::vec::IntoIter<Entry>,
    input: Input,
}

impl<'a> Items<'a> {
    fn new(table: KeyTable, psi: &'a PsiTerms) -> Self {
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
    /// The run of a contract that is kept, if it can be resumed; waits so long for another that is using it.
    pub(super) fn kept(node: &Node, draft: &Draft, patience: Duration) -> Result<Option<Self>, Problem> {
        let Some(work) = Work::of_kept(node, draft, patience)? else { return Ok(None) };
        let Ok(key) = Key::load(&work.key()) else { return Ok(None) };
        match Spill::open(&work.spill(), key) {
            Ok(spill) => {
                let begun = fs::read(work.told()).ok().and_then(|text| serde_json::from_slice(&text).ok());
                Ok(begun.map(|begun| Self { spill: spill.once(), begun, work }))
            }
            Err(error @ PsiError::InUse { .. }) => Err(error.into()),
            // Broken off while it was divided: of no use.
            Err(_) => Ok(None),
        }
    }

    /// Keeps what may go on, and deletes what may not.
    fn ended(self, error: PsiError) -> Problem {
        let resumable = partition::resumable(&error);
        let discarded = if resumable { Ok(()) } else { self.discard() };
        discarded.err().unwrap_or_else(|| error.into())
    }

    /// How it was begun, for a run with the same arguments.
    pub(super) fn way(&self) -> Way {
        self.begun.way
    }

    /// Refuses to go on with another table or another protocol.
    pub(super) fn same(&self, keys: &Keys, way: Option<Way>) -> Result<(), PsiError> {
        let differs = |what| Err(PsiError::ResumeDiffers { what });
        match way {
            _ if self.begun.input != keys.input() => differs("the table"),
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
        mut table: KeyTable,
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

    /// How many workers the memory given lets go on with it: parts are as large as they were planned.
    fn workers(&self, memory: u64) -> u16 {
        strands::within(memory, self.spill.plan().size(self.spill.role()), &self.begun.way.matcher())
    }
}

/// What the recipient has of a run.
pub(super) struct Got {
    pub(super) large: Large,
    pub(super) peer_items: u64,
    pub(super) commitment: Digest,
    /// How many workers there were, and what went over the strands of all but the first.
    pub(super) workers: u16,
    pub(super) beside: Vec<Meter>,
}

/// What the recipient gives to a run.
#[derive(Clone, Copy)]
pub(super) struct Gives<'a> {
    pub(super) memory: u64,
    pub(super) workers: u16,
    pub(super) open: Open<'a>,
}

/// The recipient's side: resumes `kept` where the provider has its half, else begins.
pub(super) fn receive(
    channel: &mut GrpcChannel,
    (node, draft): (&Node, &Draft),
    (kept, keys, way): (Option<Large>, &Keys, Way),
    Gives { memory, workers, open }: Gives<'_>,
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
    let wanted = kept.as_ref().map_or(workers, |kept| workers.min(kept.workers(memory)));
    // Before the provider is told anything: another run may have begun since the keys were read.
    let (work, kept) = taken(kept, || Work::hold(node, draft, Duration::ZERO))?;
    channel.send([&session.0[..], &[far], &wanted.to_le_bytes()].concat())?;
    let answer = channel.recv(3)?;
    let Some((answer, workers)) = strands::agreed(&answer, wanted) else {
        return Err(malformed(channel, "answer about a kept run"));
    };
    let mut more = strands::dial(node, channel, workers)?;
    let large = match (kept, answer) {
        (Some((spill, begun)), RESUME | NO_MORE) => Large { spill, begun, work },
        (_, AFRESH) => {
            let (counts, settings) = ([keys.all], Settings { memory, workers: workers.into() });
            let plan = partition::agree_receiver(channel, &counts, &matcher, &terms, &settings, &mut rng)?;
            begin(work, plan, Role::Receiver, (open()?, psi), Begun { way, input: keys.input() })?
        }
        _ => return Err(malformed(channel, "answer about a kept run")),
    };
    if answer != NO_MORE {
        let mut channels = strands::all(channel, &mut more);
        let report = &mut |progress: partition::Progress| show(bar, progress);
        let done =
            partition::receive(&mut channels, &large.spill, &matcher, &terms, &mut rng, report).map(drop);
        if let Err(error) = done {
            return Err(large.ended(error));
        }
    } else if far != COMPLETE {
        return Err(malformed(channel, "answer about a kept run"));
    }
    let (peer_items, commitment) = (large.spill.plan().shown, large.spill.commitment());
    let beside = more.iter().map(Channel::meter).collect();
    Ok(Got { large, peer_items, commitment, workers, beside })
}

/// The folder, held, and what is kept in it.
fn taken(
    kept: Option<Large>,
    hold: impl FnOnce() -> Result<Work, Problem>,
) -> Result<(Work, Option<(Spill, Begun)>), Problem> {
    match kept {
        Some(Large { spill, begun, work }) => Ok((work, Some((spill, begun)))),
        None => Ok((hold()?, None)),
    }
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
    /// The most workers it has for a run.
    pub(super) workers: u16,
    pub(super) open: Open<'a>,
}

impl Own<'_> {
    /// How many keys it has, and their digest.
    fn counted(&self, psi: &PsiTerms) -> Result<(u64, Digest), Problem> {
        if let Some(counted) = self.counted {
            return Ok(counted);
        }
        let keys = Keys::read((self.open)()?, psi, 0, |_| {})?;
        Ok((keys.all, keys.input()))
    }
}

/// What the provider did.
pub(super) struct Answered {
    pub(super) told: Value,
    /// Where it learns too: what, to be released and written.
    pub(super) large: Option<(Large, u64)>,
    /// Where it was to learn too and cannot: its table changed after it was divided.
    pub(super) lost: Option<PsiError>,
}

/// How long the provider waits for a run that a killed recipient left behind.
pub(super) fn patience(node: &Node) -> Duration {
    Duration::from_secs(node.config.limits.peer_timeout_seconds + 5)
}

/// The provider's side.
pub(super) fn send(
    channel: &mut GrpcChannel,
    (node, draft): (&Node, &Draft),
    mut own: Own<'_>,
    way: Way,
    asked: &mut dyn FnMut(&Opening) -> Result<(), String>,
) -> Result<Answered, Problem> {
    let psi = psi_terms(draft);
    let (terms, matcher) = (matching(draft, psi.max_recipient_keys), way.matcher());
    let mut rng = randomness();
    let said = channel.recv(35)?;
    let Some((session, &[far @ NOTHING..=COMPLETE, low, high])) = said.split_first_chunk::<32>() else {
        return Err(malformed(channel, "kept run"));
    };
    let wanted = u16::from_le_bytes([low, high]).min(own.workers);
    if wanted == 0 {
        return Err(malformed(channel, "number of workers"));
    }
    let (work, kept) = taken(own.kept.take(), || Work::hold(node, draft, patience(node)))?;
    let kept = kept.filter(|(spill, begun)| spill.plan().session.0 == *session && begun.way == way);
    let kept = kept.filter(|_| far != NOTHING);
    // Where we learn too, positions must still name the keys that they named.
    let changed = match &kept {
        Some((_, begun)) if psi.learn == Learn::Both => named(own.open, psi)? != begun.input,
        _ => false,
    };
    let (large, mut more) = match kept {
        Some((spill, begun)) if !changed => {
            let large = Large { spill, begun, work };
            let workers = wanted.min(large.workers(own.memory));
            (large, strands::hear(node, channel, (RESUME, workers))?)
        }
        _ if far == COMPLETE => {
            strands::hear(node, channel, (NO_MORE, 1))?;
            work.discard()?;
            let lost = changed.then_some(PsiError::ResumeDiffers { what: "the table" });
            return Ok(Answered { told: json!({ "resumed": "complete" }), large: None, lost });
        }
        _ => {
            let more = strands::hear(node, channel, (AFRESH, wanted))?;
            let (items, input) = own.counted(psi)?;
            let settings = Settings { memory: own.memory, workers: wanted.into() };
            let plan = partition::agree_sender(channel, items, &matcher, &terms, &settings, &mut rng)?;
            (begin(work, plan, Role::Sender, ((own.open)()?, psi), Begun { way, input })?, more)
        }
    };
    let mut channels = strands::all(channel, &mut more);
    let workers = channels.len();
    let sent = partition::send(&mut channels, &large.spill, &matcher, &terms, &mut rng, asked, &mut |_| {});
    let (opening, learns) = match sent.map(|sent| (sent.opening, sent.matched.is_some())) {
        Ok(sent) => sent,
        Err(error) => return Err(large.ended(error)),
    };
    let plan = large.spill.plan();
    let mut told = json!({
        "asked": opening.counts, "own": large.spill.entries(), "commitment": opening.commitment,
        "partitions": plan.partitions, "run": opening.partitions, "workers": workers,
    });
    if !learns {
        large.discard()?;
        return Ok(Answered { told, large: None, lost: None });
    }
    let count = large.count()?;
    told["matched"] = json!(Shown::of(count, draft.terms.data.min_group_size));
    Ok(Answered { told, large: Some((large, count)), lost: None })
}

/// The digest of the keys that positions name now.
fn named(open: Open<'_>, psi: &PsiTerms) -> Result<Digest, Problem> {
    let mut items = Items::new(open()?, psi);
    items.by_ref().try_for_each(|entry| entry.map(drop))?;
    Ok(items.input.finish())
}
