//! A private set intersection between two departments, from the recipient's side.

use super::bars::Bars;
use super::session::Session;
use super::verify::write_private;
use crate::cli::Ui;
use crate::contract::{Approved, Draft, Learn, PsiTerms};
use crate::node::{Actor, Deed, Node, outcome, randomness};
use crate::problem::Problem;
use crate::tables::CleanTable;
use arrow_array::Array as _;
use arrow_array::cast::AsArray as _;
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use yinshu_audit::Stage;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_data::table::{ColumnSpec, TableSpec};
use yinshu_data::write::{CsvStyle, CsvWriter};
use yinshu_data::{DataError, Source};
use yinshu_net::{Channel as _, Meter};
use yinshu_psi::{Entry, Item, Learns, Section, Terms};

/// What to intersect.
#[derive(Debug, Clone)]
pub struct IntersectJob {
    /// The contract.
    pub contract: PathBuf,
    /// The recipient's table.
    pub input: Source,
    /// The column of it that holds the keys.
    pub column: String,
    /// The CSV file to write.
    pub out: PathBuf,
}

/// How many keys are shared, as far as the contract lets it be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// So many.
    Exactly(u64),
    /// Fewer than the smallest group.
    FewerThan(u32),
}

impl Shown {
    /// What may be said of `count`.
    pub fn of(count: u64, smallest: u32) -> Self {
        if count < u64::from(smallest) { Self::FewerThan(smallest) } else { Self::Exactly(count) }
    }
}

/// The `[psi]` section, which a checked contract of this scenario has.
pub(super) fn psi_terms(draft: &Draft) -> &PsiTerms {
    draft.terms.psi.as_ref().expect("a checked contract has its scenario's section")
}

/// The protocol's terms under a contract, seen from the side that accepts `max_peer` items.
pub(super) fn matching(draft: &Draft, max_peer: u64) -> Terms {
    let psi = psi_terms(draft);
    Terms {
        learns: match psi.learn {
            Learn::Recipient => Learns::Receiver,
            Learn::Both => Learns::Both,
        },
        sections: vec![Section { name: psi.column.clone(), max: psi.max_recipient_keys }],
        max_peer_items: max_peer,
        own_items: None,
        context: draft.digest,
    }
}

/// The different keys of a table, cleaned, in the order in which they first stand there.
pub(super) struct Keys {
    keys: Vec<String>,
    rows: u64,
    unusable: u64,
}

impl Keys {
    /// Reads the first column of the cleaned table that is the contract's key column.
    pub(super) fn read(
        mut table: CleanTable,
        draft: &Draft,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, DataError> {
        let wanted = &psi_terms(draft).column;
        let (mut keys, mut seen) = (Vec::new(), std::collections::HashSet::new());
        while let Some(batch) = table.next_batch()? {
            let Some(column) = batch.batch.column_by_name(wanted) else { continue };
            let column = column.as_string::<i32>();
            for row in (0..column.len()).filter(|&row| column.is_valid(row)) {
                let key = column.value(row);
                if seen.insert(Digest::sha256(key.as_bytes())) {
                    keys.push(key.to_owned());
                }
            }
            progress(table.report().rows_in);
        }
        let report = table.report();
        Ok(Self { keys, rows: report.rows_in, unusable: report.rows_rejected })
    }

    /// What is compared: keys under the contract's kind of key.
    pub(super) fn entries(&self, draft: &Draft) -> Vec<Entry> {
        let kind = format!("{:?}", psi_terms(draft).kind);
        let item = |key: &String| Item::new("yinshu/psi/key/1", &[kind.as_bytes(), key.as_bytes()]);
        self.keys.iter().map(|key| item(key).into()).collect()
    }

    /// The keys at these places.
    pub(super) fn pick(&self, places: impl Iterator<Item = usize>) -> Vec<&str> {
        places.filter_map(|at| self.keys.get(at)).map(String::as_str).collect()
    }
}

/// Reads and cleans our keys, under the name the contract has for them.
pub(super) fn read(approved: &Approved, job: &IntersectJob, ui: &Ui) -> Result<Keys, Problem> {
    let draft = approved.draft();
    let psi = psi_terms(draft);
    let mut key = ColumnSpec::new(&psi.column, psi.kind).required();
    if job.column != psi.column {
        key.aliases.push(job.column.clone());
    }
    let spec = TableSpec { columns: vec![key], ..draft.terms.data.table.clone() };
    let bar = ui.progress("read", 0);
    Ok(Keys::read(CleanTable::open(&job.input, &spec)?, draft, |rows| bar.set(rows))?)
}

/// What the protocol gave us.
pub(super) struct Outcome {
    session: Session,
    keys: Keys,
    matched: Vec<bool>,
    peer_items: u64,
    commitment: Digest,
    salt: Secret<[u8; 32]>,
    meter: Meter,
}

/// Runs the protocol.
pub(super) fn run(node: &Node, mut session: Session, keys: Keys, ui: &Ui) -> Result<Outcome, Problem> {
    let draft = session.approved.draft();
    let terms = matching(draft, psi_terms(draft).max_provider_keys);
    let entries = keys.entries(draft);
    let mut bars = Bars::new(ui);
    let received = yinshu_psi::intersect::receive(
        &mut session.channel,
        &entries,
        &terms,
        &mut randomness(),
        &mut |progress| bars.show(progress),
    )?;
    drop(bars);
    session.exchange_checkpoints(node)?;
    session.channel.close()?;
    let meter = session.channel.meter();
    let yinshu_psi::ecdh::Received { matched, peer_items, commitment, salt, .. } = received;
    Ok(Outcome { session, keys, matched, peer_items, commitment, salt, meter })
}

/// What may be written: nothing where fewer keys are shared than the contract's smallest group.
pub(super) struct Released {
    outcome: Outcome,
    shown: Shown,
}

impl Outcome {
    /// Applies the contract's smallest group.
    pub(super) fn release(self) -> Result<Released, Problem> {
        let smallest = self.session.approved.draft().terms.data.min_group_size;
        let count = self.matched.iter().filter(|matched| **matched).count() as u64;
        Ok(Released { shown: Shown::of(count, smallest), outcome: self })
    }
}

/// Recorded, and ready to be written.
pub(super) struct Recorded(Released);

impl Released {
    /// Records what is about to be written.
    pub(super) fn record(self, node: &Node) -> Result<Recorded, Problem> {
        let Outcome { session, keys, peer_items, commitment, .. } = &self.outcome;
        node.record(Deed {
            action: "result.release",
            object: &session.approved.draft().terms.contract.id,
            content: json!({
                "session": session.id, "own": keys.keys.len(), "peer": peer_items, "shared": self.shown,
                "commitment": commitment,
            }),
            result: outcome(None),
            stage: Stage::Exchange,
            by: Actor::Operator,
        })?;
        Ok(Recorded(self))
    }
}

/// Where the opening of the commitment lies: beside the result, with `.opening.secret` added.
fn opening_of(out: &Path) -> PathBuf {
    let mut path = out.as_os_str().to_owned();
    path.push(".opening.secret");
    path.into()
}

/// A finished intersection.
#[derive(Debug, Clone, Serialize)]
pub struct Intersected {
    /// Rows read, and those whose key could not be used.
    pub rows: u64,
    /// Rows whose key could not be used.
    pub unusable: u64,
    /// Different keys brought.
    pub own: u64,
    /// Keys the other side showed.
    pub peer: u64,
    /// Keys shared, as far as the contract lets it be said.
    pub shared: Shown,
    /// The file written, if anything may be.
    pub out: Option<PathBuf>,
    /// Bytes, frames and rounds.
    pub meter: Meter,
}

impl Recorded {
    /// Writes the shared keys, if they may be, and what opens the commitment to our own.
    pub(super) fn publish(self, job: &IntersectJob) -> Result<Intersected, Problem> {
        let Released { outcome, shown } = self.0;
        let Outcome { session, keys, matched, peer_items, salt, meter, .. } = outcome;
        let mut written = None;
        // Opens the commitment in both logs, should an inspector ask; also where nothing may be shown.
        let opening = Secret::new(hex::encode(salt.expose()));
        write_private(&opening_of(&job.out), opening.expose().as_bytes())?;
        if matches!(shown, Shown::Exactly(_)) {
            let column = &psi_terms(session.approved.draft()).column;
            let mut out = CsvWriter::create(&job.out, &[column], CsvStyle::default())?;
            let places = (0..matched.len()).filter(|&at| matched[at]);
            for key in keys.pick(places) {
                out.row([key])?;
            }
            out.finish()?;
            written = Some(job.out.clone());
        }
        Ok(Intersected {
            rows: keys.rows,
            unusable: keys.unusable,
            own: keys.keys.len() as u64,
            peer: peer_items,
            shared: shown,
            out: written,
            meter,
        })
    }
}
