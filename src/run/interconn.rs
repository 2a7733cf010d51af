//! The standard interconnection with a party of another make, which knows no contract.
//!
//! There is no session and nobody on the other side to match a digest with: what was agreed is on paper. A
//! node keeps the same record all the same, one before anything is sent and one before anything is written.

use crate::cli::Ui;
use crate::node::{Actor, Deed, Node, outcome, randomness};
use crate::problem::Problem;
use crate::tables::Out;
use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, ArrayRef, RecordBatch};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use yinshu_audit::Stage;
use yinshu_crypto::hash::Digest;
use yinshu_data::{DataError, RawBatch, Source, TableReader};
use yinshu_net::interconn::{GrpcLink, Settings};
use yinshu_net::meter::Traffic;
use yinshu_psi::interconn::{self, Suite, Terms};
use yinshu_psi::{Phase, Progress};

/// What to intersect, and with whom.
#[derive(Debug, Clone)]
pub struct InterconnJob {
    /// Our table.
    pub input: Source,
    /// The columns whose values, joined, are compared.
    pub columns: Vec<String>,
    /// The CSV or Parquet file for our rows in common.
    pub out: PathBuf,
    /// Where we listen.
    pub listen: SocketAddr,
    /// Where the peer listens.
    pub peer: String,
    /// What is spoken.
    pub terms: Terms,
}

/// A finished interconnection.
#[derive(Debug, Clone, Serialize)]
pub struct Interconnected {
    /// Rows read.
    pub rows: u64,
    /// Rows without a value in any of the columns, left out.
    pub empty: u64,
    /// Different items brought.
    pub own: u64,
    /// Items the peer brought.
    pub peer: u64,
    /// Our items that are shared; none where we do not learn.
    pub shared: Option<u64>,
    /// The suite that was agreed.
    pub suite: Suite,
    /// The file written, if we learn.
    pub out: Option<PathBuf>,
    /// Bytes and messages.
    pub traffic: Traffic,
}

/// Intersects by the standard; recorded where there is a node.
pub fn interconnect(node: Option<&Node>, job: &InterconnJob, ui: &Ui) -> Result<Interconnected, Problem> {
    let ended = interconnecting(node, job, ui);
    if let Err(problem) = &ended {
        // Where not even this can be recorded, the first problem is the one to tell.
        let said = json!({ "problem": problem.kind() });
        let _ = record(node, job, "run.end", said, outcome(Some(problem.code())));
    }
    ended
}

fn interconnecting(node: Option<&Node>, job: &InterconnJob, ui: &Ui) -> Result<Interconnected, Problem> {
    Out::check(&job.out)?;
    let keys = Keys::read(job, ui)?;
    ui.go_on()?;
    let brought = json!({ "terms": job.terms, "columns": job.columns, "items": keys.keys.len() });
    record(node, job, "interconn.start", brought, outcome(None))?;
    let (found, traffic) = meet(job, &keys.keys, ui)?;
    let shared = found.matched.as_ref().map(|matched| keys.shared(matched));
    let done = json!({
        "own": found.own_items, "peer": found.peer_items, "suite": found.suite,
        "shared": shared.as_ref().map(HashSet::len),
    });
    record(node, job, "interconn.end", done, outcome(None))?;
    let out = match &shared {
        Some(shared) => {
            write(job, shared)?;
            Some(job.out.clone())
        }
        None => None,
    };
    Ok(Interconnected {
        rows: keys.rows,
        empty: keys.empty,
        own: found.own_items,
        peer: found.peer_items,
        shared: shared.map(|shared| shared.len() as u64),
        suite: found.suite,
        out,
        traffic,
    })
}

fn record(
    node: Option<&Node>,
    job: &InterconnJob,
    action: &'static str,
    content: Value,
    result: String,
) -> Result<(), Problem> {
    let Some(node) = node else { return Ok(()) };
    let stage = if action == "interconn.start" { Stage::Transfer } else { Stage::Exchange };
    node.record(Deed { action, object: &job.peer, content, result, stage, by: Actor::Operator })?;
    Ok(())
}

/// Meets the peer and runs the protocol.
fn meet(job: &InterconnJob, keys: &[Vec<u8>], ui: &Ui) -> Result<(interconn::Outcome, Traffic), Problem> {
    let settings = Settings { first: job.terms.profile.first(), ..Settings::default() };
    let link = GrpcLink::connect(job.terms.rank, job.listen, &job.peer, settings)?;
    let bar = ui.progress("psi-tokens", 0);
    let mut progress = |progress: Progress| {
        if progress.phase == Phase::Tokens {
            bar.set(progress.done);
        }
    };
    match interconn::run(&link, keys, &job.terms, &mut randomness(), &mut progress) {
        Ok(found) => {
            link.close()?;
            let traffic = found.traffic;
            Ok((found, traffic))
        }
        Err(error) => {
            link.part();
            Err(error.into())
        }
    }
}

/// Our items, one a row, and what was left out.
struct Keys {
    keys: Vec<Vec<u8>>,
    rows: u64,
    empty: u64,
}

impl Keys {
    fn read(job: &InterconnJob, ui: &Ui) -> Result<Self, Problem> {
        let mut table = yinshu_data::open(&job.input)?;
        let places = places(table.as_ref(), &job.columns)?;
        let (mut keys, mut rows, mut empty) = (Vec::new(), 0, 0);
        let bar = ui.progress("read", 0);
        while let Some(raw) = table.next_batch()? {
            for key in of_rows(&raw, &places) {
                rows += 1;
                match key {
                    Some(key) => keys.push(key),
                    None => empty += 1,
                }
            }
            bar.set(rows);
            ui.go_on()?;
        }
        Ok(Self { keys, rows, empty })
    }

    /// Digests of the items that matched: by them their rows are found again.
    fn shared(&self, matched: &[bool]) -> HashSet<[u8; 32]> {
        let shared = self.keys.iter().zip(matched).filter(|(_, matched)| **matched);
        shared.map(|(key, _)| Digest::sha256(key).0).collect()
    }
}

/// Where the columns stand in the table.
fn places(table: &dyn TableReader, columns: &[String]) -> Result<Vec<usize>, DataError> {
    let headers = table.columns();
    let place = |column: &String| {
        headers.iter().position(|header| header == column).ok_or_else(|| DataError::MissingColumn {
            column: column.clone(),
            near: crate::problem::nearest(column, headers.iter().map(String::as_str))
                .map(str::to_owned)
                .into_iter()
                .collect(),
            present: headers.iter().take(100).cloned().collect(),
        })
    };
    columns.iter().map(place).collect()
}

/// The item of each row; none where every column is empty.
fn of_rows(raw: &RawBatch, places: &[usize]) -> impl Iterator<Item = Option<Vec<u8>>> {
    let columns: Vec<_> = places.iter().map(|place| raw.batch.column(*place).as_string::<i32>()).collect();
    (0..raw.batch.num_rows()).map(move |row| {
        let fields = columns.iter().map(|column| if column.is_valid(row) { column.value(row) } else { "" });
        let key = interconn::key(fields);
        key.iter().any(|byte| *byte != b',').then_some(key)
    })
}

/// Writes the rows in common, as they stand in the table: it is read a second time.
fn write(job: &InterconnJob, shared: &HashSet<[u8; 32]>) -> Result<(), Problem> {
    let mut table = yinshu_data::open(&job.input)?;
    let places = places(table.as_ref(), &job.columns)?;
    let names: Vec<String> = table.columns().to_vec();
    let mut out = Out::create(&job.out, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
    while let Some(raw) = table.next_batch()? {
        let kept: Vec<usize> = of_rows(&raw, &places)
            .enumerate()
            .filter(|(_, key)| key.as_ref().is_some_and(|key| shared.contains(&Digest::sha256(key).0)))
            .map(|(row, _)| row)
            .collect();
        if !kept.is_empty() {
            out.write(&pick(&raw, &kept, &names)?)?;
        }
    }
    out.finish()
}

fn pick(raw: &RawBatch, rows: &[usize], names: &[String]) -> Result<RecordBatch, Problem> {
    let columns = names.iter().zip(raw.batch.columns()).map(|(name, column)| {
        let (column, mut picked) = (column.as_string::<i32>(), StringBuilder::new());
        rows.iter().for_each(|row| picked.append_option(column.is_valid(*row).then(|| column.value(*row))));
        (name, Arc::new(picked.finish()) as ArrayRef, true)
    });
    RecordBatch::try_from_iter_with_nullable(columns)
        .map_err(|_| Problem::internal("columns of unequal length in the output"))
}
