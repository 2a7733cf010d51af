//! A private set intersection between two departments, from the recipient's side.

mod answer;
mod join;
mod keys;
mod large;
mod learned;
mod output;
pub mod plan;
mod stored;
pub(super) mod sums;
mod way;

pub(super) use answer::answer;
pub(super) use join::join;
pub use join::{ByKey, Joined};
pub(super) use keys::Keys;
pub(crate) use keys::domain as key_domain;
pub(super) use output::keys as written_keys;
pub(crate) use stored::rules as key_rules;
pub use sums::Sum;
pub use way::Way;

use super::bars::Bars;
use super::session::Session;
use super::verify::write_private;
use crate::cli::Ui;
use crate::contract::{Approved, ContractError, Draft, Learn, PsiProtocol, PsiTerms};
use crate::node::{Actor, Deed, Node, outcome};
use crate::problem::Problem;
use crate::tables::{KeyTable, Out};
use large::Large;
use learned::Learned;
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use yinshu_audit::Stage;
use yinshu_crypto::secret::Secret;
use yinshu_data::Source;
use yinshu_data::table::{ColumnSpec, TableSpec};
use yinshu_net::{Channel as _, Meter};
use yinshu_psi::{Learns, Section, Terms};

/// What to intersect.
#[derive(Debug, Clone)]
pub struct IntersectJob {
    /// The contract.
    pub contract: PathBuf,
    /// The recipient's table.
    pub input: Source,
    /// The column of it that holds the keys; empty where it has the contract's name.
    pub column: String,
    /// Names of columns in the contract and in our table, where they differ.
    pub map: Vec<(String, String)>,
    /// The CSV or Parquet file to write.
    pub out: PathBuf,
    /// The columns of the recipient's table to write; none for the keys alone.
    pub columns: Vec<String>,
    /// The protocol, where a person chose it.
    pub way: Option<Way>,
    /// Where the copy of a stored encoding is kept; none to look up in buckets.
    pub copy: Option<PathBuf>,
    /// What is known of the network, in bits a second.
    pub bandwidth: f64,
    /// Bytes of memory for the keys: sets that need more are divided on disk.
    pub memory: u64,
    /// Workers that share the parts of divided sets with as many of the provider.
    pub workers: u16,
    /// Whether an unfinished run of this contract is discarded rather than resumed.
    pub fresh: bool,
}

/// How many keys are shared, as far as the contract lets it be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// So many.
    Exactly(u64),
    /// Fewer than the smallest group.
    FewerThan(u32),
    /// About so many: with noise, so that it can be below zero.
    About(i64),
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

/// Opens our table and finds the key column under the contract's name or ours: what cannot be used is said
/// before anybody is met.
pub(super) fn open(approved: &Approved, job: &IntersectJob) -> Result<KeyTable, Problem> {
    Out::check(&job.out)?;
    let draft = approved.draft();
    if psi_terms(draft).incremental {
        return Err(ContractError::Incremental { contract: draft.terms.contract.id.clone() }.into());
    }
    fits(draft, job.way)?;
    let table = job.table(draft)?;
    output::check(table.headers(), &job.columns)?;
    Ok(table)
}

/// A stored encoding is asked, and nothing else is: how is for the person to say, since it tells different things.
fn fits(draft: &Draft, way: Option<Way>) -> Result<(), ContractError> {
    let contract = draft.terms.contract.id.clone();
    match (psi_terms(draft).protocol == PsiProtocol::Unbalanced, way.filter(|way| way.is_stored())) {
        (true, None) => Err(ContractError::AskStored { contract }),
        (false, Some(_)) => {
            Err(ContractError::ProtocolRefused { contract, protocol: "unbalanced".to_owned() })
        }
        _ => Ok(()),
    }
}

impl IntersectJob {
    fn table(&self, draft: &Draft) -> Result<KeyTable, Problem> {
        let psi = psi_terms(draft);
        let mut key = ColumnSpec::new(&psi.column, psi.kind).required();
        if !self.column.is_empty() && self.column != psi.column {
            key.aliases.push(self.column.clone());
        }
        let spec = TableSpec { columns: vec![key], ..draft.terms.data.table.clone() };
        Ok(KeyTable::open(&self.input, &spec, &psi.column)?)
    }
}

/// The most keys, repeats included, that are held in memory.
fn held(psi: &PsiTerms, memory: u64) -> u64 {
    if psi.divisible() { Way::most(memory) } else { u64::MAX }
}

/// Met the other party, with our keys read meanwhile.
pub(super) struct Met {
    session: Session,
    keys: Keys,
    kept: Option<Large>,
}

/// Reads our keys while the other party is met and reads its own.
pub(super) fn meet(
    node: &Node,
    approved: Approved,
    table: KeyTable,
    job: &IntersectJob,
    ui: &Ui,
) -> Result<Met, Problem> {
    let psi = psi_terms(approved.draft()).clone();
    let (draft, most) = (approved.draft(), held(&psi, job.memory));
    let looks = psi.divisible() && !job.fresh;
    let kept = if looks { Large::kept(node, draft, Duration::ZERO)? } else { None };
    let bar = ui.progress("read", 0);
    if let Some(kept) = kept {
        // Whether it can go on is said before anybody is met.
        let keys = Keys::read(table, &psi, most, |rows| bar.set(rows))?;
        kept.same(&keys, job.way)?;
        return Ok(Met { session: Session::open(node, approved)?, keys, kept: Some(kept) });
    }
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || Keys::read(table, &psi, most, |rows| bar.set(rows)));
        let session = Session::open(node, approved);
        let keys = reading.join().map_err(|_| Problem::internal("the thread that reads keys ended early"))?;
        Ok(Met { session: session?, keys: keys?, kept: None })
    })
}

/// What the protocol gave us.
pub(super) struct Outcome {
    session: Session,
    keys: Keys,
    way: Way,
    got: learned::Outcome,
    meter: Meter,
}

impl Met {
    /// Agrees on the protocol and runs it.
    pub(super) fn run(self, node: &Node, job: &IntersectJob, ui: &Ui) -> Result<Outcome, Problem> {
        let Self { mut session, mut keys, kept } = self;
        let draft = session.approved.draft();
        let (psi, own) = (psi_terms(draft), keys.len());
        let link = plan::Link { bits_per_second: job.bandwidth, round_trip: session.round_trip };
        let (way, divided) = way::propose(&mut session.channel, |peer, over| {
            let usual =
                || plan::choose(&plan::estimates(Some(psi), own, peer, link, &plan::Speed::REFERENCE));
            let way = kept.as_ref().map(Large::way).or(job.way).unwrap_or_else(usual);
            let large = psi.partitioned || over || keys.over || peer > Way::most(job.memory);
            (way, kept.is_some() || (psi.divisible() && large))
        })?;
        let got = if divided {
            keys.let_go();
            let open = || job.table(draft);
            let bar = ui.progress("psi-parts", 0);
            let channel = &mut session.channel;
            let gives = large::Gives { memory: job.memory, workers: job.workers.max(1), open: &open };
            let got = large::receive(channel, (node, draft), (kept, &keys, way), gives, &bar);
            learned::Outcome::of(got?)?
        } else {
            let mut bars = Bars::new(ui);
            let progress = &mut |progress| bars.show(progress);
            learned::receive(&mut session.channel, draft, &keys, (way, job.copy.as_deref()), progress)?
        };
        session.exchange_checkpoints(node)?;
        session.channel.close()?;
        let meter = got.beside.iter().fold(session.channel.meter(), Meter::beside);
        Ok(Outcome { session, keys, way, got, meter })
    }
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
        Ok(Released { shown: self.got.learned.shown(smallest), outcome: self })
    }
}

/// Recorded, and ready to be written.
pub(super) struct Recorded(Released);

impl Released {
    /// Records what is about to be written.
    pub(super) fn record(self, node: &Node) -> Result<Recorded, Problem> {
        let Outcome { session, keys, way, got, .. } = &self.outcome;
        node.record(Deed {
            action: "result.release",
            object: &session.approved.draft().terms.contract.id,
            content: json!({
                "session": session.id, "own": keys.len(), "peer": got.peer_items, "shared": self.shown,
                "protocol": way, "commitment": got.commitment, "unreadable": got.learned.unreadable(),
            }),
            result: outcome(None),
            stage: Stage::Exchange,
            by: Actor::Operator,
        })?;
        Ok(Recorded(self))
    }
}

/// Where the opening of the commitment lies: beside the result, with `.opening.secret` added.
pub(super) fn opening_of(out: &Path) -> PathBuf {
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
    /// How it was computed.
    pub protocol: Way,
    /// Keys shared, as far as the contract lets it be said.
    pub shared: Shown,
    /// Shared keys whose payload from the provider does not open; the provider does not learn of it.
    pub unreadable: u64,
    /// Sums over the shared keys, where the contract asks for them and enough are shared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sums: Vec<Sum>,
    /// Rows matched, by the key that matched them, where there are several and enough are matched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<ByKey>,
    /// Sizes of joins, key by key, where the contract asks for counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub joins: Vec<Joined>,
    /// Own rows left out because their key had more than the contract's cap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<u64>,
    /// The file written, if anything may be.
    pub out: Option<PathBuf>,
    /// Worker pairs that shared the parts of divided sets; 1 where nothing was divided.
    pub workers: u16,
    /// Bytes, frames and rounds.
    pub meter: Meter,
}

impl Recorded {
    /// Writes the shared keys, if they may be, and what opens the commitment to our own.
    pub(super) fn publish(self, job: &IntersectJob) -> Result<Intersected, Problem> {
        let Released { outcome, shown } = self.0;
        let Outcome { session, keys, way, got, meter } = outcome;
        let mut written = None;
        // Opens the commitment in both logs, should an inspector ask; also where nothing may be shown.
        let opening = Secret::new(hex::encode(got.salt.expose()));
        write_private(&opening_of(&job.out), opening.expose().as_bytes())?;
        if let (Shown::Exactly(_), Learned::Keys(matched) | Learned::Labelled(matched, _)) =
            (shown, &got.learned)
        {
            let draft = session.approved.draft();
            let column = &psi_terms(draft).column;
            if let Learned::Labelled(_, payloads) = &got.learned {
                output::labelled(&job.out, column, &keys, (matched, payloads))?;
            } else if job.columns.is_empty() {
                let places = (0..matched.len()).filter(|&at| matched[at]);
                output::keys(&job.out, column, keys.pick(places))?;
            } else {
                let shared = keys.entries.iter().zip(matched).filter(|(_, matched)| **matched);
                output::rows(job, draft, &shared.map(|(entry, _)| entry.item).collect())?;
            }
            written = Some(job.out.clone());
        }
        if let Learned::Large(large, _) = got.learned {
            if let Shown::Exactly(_) = shown {
                let draft = session.approved.draft();
                let (psi, open) = (psi_terms(draft), || job.table(draft));
                if job.columns.is_empty() {
                    large.write(&job.out, psi, &open)?;
                } else {
                    output::rows(job, draft, &large.items(psi, &open)?)?;
                }
                written = Some(job.out.clone());
            }
            large.discard()?;
            let sums = Vec::new();
            let done = done(sums, &keys, (got.peer_items, way), (shown, written), meter);
            return Ok(Intersected { workers: got.workers, ..done });
        }
        let draft = session.approved.draft();
        let sums = match &got.learned {
            Learned::Sums(Some(opened)) => sums::told(opened, psi_terms(draft)),
            _ => Vec::new(),
        };
        let unreadable = got.learned.unreadable();
        let done = done(sums, &keys, (got.peer_items, way), (shown, written), meter);
        Ok(Intersected { unreadable, ..done })
    }
}

fn done(
    sums: Vec<Sum>,
    keys: &Keys,
    (peer, protocol): (u64, Way),
    (shared, out): (Shown, Option<PathBuf>),
    meter: Meter,
) -> Intersected {
    let (rows, unusable, own) = (keys.rows, keys.unusable, keys.len());
    let (by, joins, unreadable) = (Vec::new(), Vec::new(), 0);
    Intersected {
        rows,
        unusable,
        own,
        peer,
        protocol,
        shared,
        unreadable,
        sums,
        by,
        joins,
        over: None,
        out,
        workers: 1,
        meter,
    }
}
