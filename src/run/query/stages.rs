//! What a run keeps on the way, so that one that is asked again after a kill goes on from there.
//!
//! After sharing and after each join, each of the three that compute writes its shares of the tables as they are then
//! ([`yinshu_mpc::query::Stop`]) under `<node>/work/<contract>/` (0700, files 0600), and keeps the last two: a party that died
//! may have written one less than the others. `run.json` says which run it was, of which plan and which own table, and holds a
//! digest of each file. A party that does not compute keeps that alone: what it shared need not be shared again.
//!
//! Beside the plan's digest every party tells every other:
//!
//! | what | bytes |
//! |---|---|
//! | the first run of those that it would go on with (zeros for none) | 16 |
//! | which run wrote the last stop, and after how many joins; the same of the one before | 2 · 20 |
//!
//! All go on from the last stop that the three have, where everybody names the same first run; else all begin anew. Where, is
//! part of the terms under which they compute: who told two others different things ends the run there, before anything of a
//! table is sent.
//!
//! # Security
//!
//! *Bound to* the contract, the plan, the own table and the run that wrote it: with another plan or table a party says that
//! it has nothing. The others' tables are theirs to compare. What was altered on disk no longer has its digest, and where
//! that was altered with it, not that of the other holder ([`yinshu_mpc::MpcError::KeptDiffers`]).
//! *Once:* what is kept is deleted before anything of the answer opens, for good where the disk keeps its word, and what was
//! gone on from is not gone on from again once all wrote the next. So the runs that go on from one another open one answer,
//! and count as one of the contract's runs. A party that has run after run broken off hears the same of each: what three
//! learn on the way ([`yinshu_mpc::query`]) follows from the shares that are kept, and no party can change its rows in
//! between, as it could by asking anew.
//! *At rest* one party's files are random; those of two parties together are the tables. What nobody asked for is deleted
//! after a week, when the next run of any contract looks.

use super::QueryError;
use crate::contract::Draft;
use crate::node::Node;
use crate::problem::Problem;
use crate::run::work::Work;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_mpc::query::{Cells, Stop, Table};
use yinshu_mpc::{MpcError, Role};
use yinshu_net::{NetError, SessionId};
use zeroize::{Zeroize as _, Zeroizing};

/// How many stops are kept.
const STOPS: usize = 2;

/// Bytes of a place.
const PLACE: usize = 16 + 4;

/// Bytes of what a party says that it has.
pub(super) const SAID: usize = 16 + STOPS * PLACE;

const NONE: SessionId = SessionId([0; 16]);

/// Where a run can be gone on from: which run wrote it, and after how many joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) run: SessionId,
    pub(super) joins: u32,
}

impl Place {
    pub(super) fn bytes(self) -> [u8; PLACE] {
        let mut bytes = [0; PLACE];
        bytes[..16].copy_from_slice(&self.run.0);
        bytes[16..].copy_from_slice(&self.joins.to_le_bytes());
        bytes
    }

    fn of(bytes: &[u8; PLACE]) -> Option<Self> {
        let (run, joins) = (bytes.first_chunk().copied()?, bytes.last_chunk().copied()?);
        Some(Self { run: SessionId(run), joins: u32::from_le_bytes(joins) }).filter(|place| place.run != NONE)
    }

    fn file(self) -> String {
        format!("{}-{}.stop", self.run, self.joins)
    }
}

/// What a party says that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// The first of the runs that went on from one another.
    origin: SessionId,
    places: [Option<Place>; STOPS],
}

impl Said {
    pub(super) fn bytes(self) -> Vec<u8> {
        let places = self.places.iter().flat_map(|place| place.map_or([0; PLACE], Place::bytes));
        self.origin.0.into_iter().chain(places).collect()
    }

    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let (origin, rest) = bytes.split_first_chunk()?;
        let (places, rest) = rest.as_chunks::<PLACE>();
        let places: &[[u8; PLACE]; STOPS] = places.try_into().ok()?;
        let places = places.each_ref().map(Place::of);
        rest.is_empty().then_some(Self { origin: SessionId(*origin), places })
    }
}

/// Where all go on from, by what all say, in the order of the contract: the last of the first party's stops that all three have.
pub(super) fn common(all: &[Said]) -> Option<Place> {
    let three = all.get(..Role::ALL.len())?;
    let origin = three[0].origin;
    let same = origin != NONE && all.iter().all(|said| said.origin == origin);
    let everywhere = |place: &&Place| three.iter().all(|said| said.places.contains(&Some(**place)));
    three[0].places.iter().flatten().find(everywhere).copied().filter(|_| same)
}

/// A stop on disk.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Held {
    run: SessionId,
    joins: u32,
    digest: Digest,
}

impl Held {
    fn place(&self) -> Place {
        Place { run: self.run, joins: self.joins }
    }
}

/// What a run began with, and what it has kept, the last first.
#[derive(Serialize, Deserialize)]
struct Begun {
    origin: SessionId,
    plan: Digest,
    input: Digest,
    held: Vec<Held>,
}

/// Who opens what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The recipient, who may discard it.
    Asks { fresh: bool },
    /// A provider.
    Answers,
}

/// A run's folder, which no other run of the contract uses meanwhile.
pub(super) struct Stages {
    work: Work,
    contract: Digest,
    plan: Digest,
    input: Digest,
    begun: Option<Begun>,
}

impl Stages {
    /// What an earlier run kept that had this plan and these tables of ours.
    pub(super) fn open(
        node: &Node,
        draft: &Draft,
        (plan, tables): (Digest, &[Option<Table>]),
        who: Who,
    ) -> Result<Self, Problem> {
        // A run whose recipient was killed ends here only when nothing was heard for so long.
        let patience = match who {
            Who::Asks { .. } => Duration::ZERO,
            Who::Answers => Duration::from_secs(node.config.limits.peer_timeout_seconds + 5),
        };
        let kept = Work::of_kept(node, draft, patience)?;
        let work = kept.map_or_else(|| Work::hold(node, draft, patience), Ok)?;
        let mut stages = Self { work, contract: draft.digest, plan, input: digest(tables), begun: None };
        if who == (Who::Asks { fresh: true }) {
            return Ok(stages);
        }
        let found = fs::read(stages.work.told()).ok();
        let found: Option<Begun> = found.and_then(|text| serde_json::from_slice(&text).ok());
        let Some(mut begun) = found.filter(|begun| begun.plan == plan) else { return Ok(stages) };
        if begun.input != stages.input {
            return match who {
                Who::Asks { .. } => {
                    Err(QueryError::TableChanged { contract: draft.terms.contract.id.clone() }.into())
                }
                Who::Answers => Ok(stages),
            };
        }
        begun.held.truncate(STOPS);
        begun.held.retain(|held| stages.read(held).is_some());
        stages.begun = Some(begun);
        Ok(stages)
    }

    fn path(&self, place: Place) -> PathBuf {
        self.work.file(&place.file())
    }

    /// What lies there, where it is what was written.
    fn read(&self, held: &Held) -> Option<Secret<Vec<u8>>> {
        let bytes = Secret::new(fs::read(self.path(held.place())).ok()?);
        (Digest::sha256(bytes.expose()) == held.digest).then_some(bytes)
    }

    /// What the others are told.
    pub(super) fn said(&self) -> Said {
        let Some(begun) = &self.begun else { return Said { origin: NONE, places: [None; STOPS] } };
        let places = std::array::from_fn(|at| begun.held.get(at).map(Held::place));
        Said { origin: begun.origin, places }
    }

    /// The first of the runs that went on from one another.
    pub(super) fn origin(&self) -> Option<SessionId> {
        self.begun.as_ref().map(|begun| begun.origin)
    }

    /// Begins a run: goes on with what is kept there, or deletes what is kept.
    pub(super) fn begin(&mut self, run: SessionId, from: Option<Place>) -> Result<(), Problem> {
        match (&mut self.begun, from) {
            (Some(begun), Some(from)) => {
                let gone: Vec<Held> = begun.held.extract_if(.., |held| held.place() != from).collect();
                self.save(&gone)
            }
            _ => {
                self.work.renew()?;
                let (plan, input) = (self.plan, self.input);
                self.begun = Some(Begun { origin: run, plan, input, held: Vec::new() });
                self.save(&[])
            }
        }
    }

    /// Writes down what is held, and deletes what no longer is.
    fn save(&self, gone: &[Held]) -> Result<(), Problem> {
        let text = serde_json::to_vec(&self.begun).map_err(|e| Problem::internal(e.to_string()))?;
        self.work.write("run.json", &text)?;
        gone.iter().map(|held| self.path(held.place())).try_for_each(|path| match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Problem::writing(&path, &e)),
            _ => Ok(()),
        })
    }

    /// The name under which a run keeps its stops.
    pub(super) fn name(&self, run: SessionId) -> Digest {
        let origin = self.origin().unwrap_or(NONE);
        Digest::of_parts("yinshu query stops v1", &[&self.contract.0, &self.plan.0, &origin.0, &run.0])
    }

    /// What is kept there.
    pub(super) fn load(&self, place: Place) -> Result<Stop, Problem> {
        let held = self.begun.iter().flat_map(|begun| &begun.held).find(|held| held.place() == place);
        let bytes = held.and_then(|held| self.read(held));
        let bytes = bytes.ok_or_else(|| Problem::internal("what was kept a moment ago is gone"))?;
        Ok(Stop { of: self.name(place.run), joins: place.joins as usize, bytes })
    }

    /// Keeps a stop of a run.
    pub(super) fn keep(&mut self, run: SessionId, stop: &Stop) -> Result<(), Problem> {
        let joins = u32::try_from(stop.joins).map_err(|e| Problem::internal(e.to_string()))?;
        let held = Held { run, joins, digest: Digest::sha256(stop.bytes.expose()) };
        self.work.write(&held.place().file(), stop.bytes.expose())?;
        let Some(begun) = &mut self.begun else { return Err(Problem::internal("a run that was not begun")) };
        begun.held.insert(0, held);
        let gone = begun.held.split_off(begun.held.len().min(STOPS));
        self.save(&gone)
    }

    /// Deletes all that is kept.
    pub(super) fn discard(&mut self) -> Result<(), Problem> {
        self.begun = None;
        self.work.discard()
    }
}

/// Of our tables, whose cells it is taken of some at a time.
fn digest(tables: &[Option<Table>]) -> Digest {
    let chain =
        |before: Digest, bytes: &[u8]| Digest::of_parts("yinshu query tables v1", &[&before.0, bytes]);
    let mut all = Digest::ZERO;
    for (at, table) in tables.iter().enumerate().filter_map(|(at, table)| Some((at, table.as_ref()?))) {
        let sizes = [at, table.rows, table.columns.len()];
        all = chain(all, &sizes.map(|size| (size as u64).to_le_bytes()).concat());
        for cells in &table.columns {
            let mut bytes = Zeroizing::new(Vec::new());
            for row in 0..table.rows {
                match cells {
                    Cells::Integers(cells) => {
                        let cell = cells[row].map(i64::to_le_bytes);
                        put(&mut bytes, cell.as_ref().map(<[u8; 8]>::as_slice));
                    }
                    Cells::Texts(cells) => put(&mut bytes, cells[row].as_ref().map(String::as_bytes)),
                }
                if bytes.len() > 1 << 20 {
                    all = chain(all, &bytes);
                    bytes.zeroize();
                }
            }
            all = chain(all, &bytes);
        }
    }
    all
}

/// A cell, after whether it is there and how long it is.
fn put(bytes: &mut Vec<u8>, cell: Option<&[u8]>) {
    bytes.push(u8::from(cell.is_some()));
    let cell = cell.unwrap_or_default();
    bytes.extend_from_slice(&(cell.len() as u64).to_le_bytes());
    bytes.extend_from_slice(cell);
}

/// The code of a channel that failed, as another party tells it.
const CHANNEL: u16 = 9201;

/// May a run that ended so be gone on from? What failed without being anybody's doing (a connection, a process that was
/// killed, here or elsewhere) changes nothing about what all have. Whoever cheats or breaks the protocol has one attempt.
pub(super) fn resumable(error: &MpcError) -> bool {
    match error {
        MpcError::Channel { cause } => matches!(
            cause,
            NetError::Closed { .. }
                | NetError::Timeout { .. }
                | NetError::SessionLost { .. }
                | NetError::Unreachable { .. }
                | NetError::Refused { .. }
                | NetError::ShuttingDown
        ),
        MpcError::Elsewhere { reason, .. }
        | MpcError::Accused { reason, .. }
        | MpcError::Unproven { reason, .. } => *reason == CHANNEL,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
