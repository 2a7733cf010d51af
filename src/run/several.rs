//! An intersection of three to five parties.
//!
//! The recipient runs it: it dials the providers, and they, once all were met, dial each other. What a provider
//! brings is what its catalogue holds under the contract; what the recipient brings is the table it names.
//!
//! | who | does | recorded |
//! |---|---|---|
//! | recipient | approves, reads its table, dials every provider, tells all that the run begins | approval, session |
//! | provider | approves whoever dials under the contract; meets the other providers; reads its table | all of them |
//! | each | runs `psi::several`: hears how many keys each of the others brings | what each other brought |
//! | recipient | hides small groups and what would give them away; tells all, where the contract says so | the result |
//! | each | hands every other the state of its log | — |

mod answer;
pub(super) mod files;
pub(super) mod lent;
pub(super) mod mesh;
mod output;
pub(super) mod page;
mod plan;
pub(super) mod rehearsal;
pub(super) mod set;

pub(super) use answer::{answer, join};
pub use plan::{SeveralEstimate, estimate_several};

use super::bars::Bars;
use super::intersect::{Shown, opening_of};
use super::verify::write_private;
use crate::cli::Ui;
use crate::contract::{Approved, Draft, Learn, PsiResult, PsiTerms};
use crate::node::{Actor, Deed, Node, outcome, randomness};
use crate::problem::Problem;
use crate::tables::{CleanTable, Out};
use mesh::Mesh;
use serde::Serialize;
use serde_json::json;
use set::Set;
use std::path::PathBuf;
use yinshu_audit::Stage;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_data::Source;
use yinshu_net::meter::Traffic;
use yinshu_net::{Channel as _, PartyId, SessionId};
use yinshu_psi::several::release::{Released as Table, release};
use yinshu_psi::several::{self, Agreement, Circle, Facts, Opens};
use yinshu_psi::{Progress, PsiError, Section};

/// What to intersect.
#[derive(Debug, Clone)]
pub struct SeveralJob {
    /// The contract.
    pub contract: PathBuf,
    /// The recipient's table.
    pub input: Source,
    /// The column of it that holds the keys.
    pub column: String,
    /// The CSV or Parquet file to write.
    pub out: PathBuf,
}

/// The `[psi]` section, which a checked contract of this scenario has.
fn psi_terms(draft: &Draft) -> &PsiTerms {
    draft.terms.psi.as_ref().expect("a checked contract has its scenario's section")
}

/// The protocol's terms under a contract.
fn agreement(draft: &Draft, run: SessionId) -> Agreement {
    let (psi, recipient) = (psi_terms(draft), draft.recipient());
    let most = |party| if party == recipient { psi.max_recipient_keys } else { psi.max_provider_keys };
    let most: Vec<u64> = (0..draft.terms.parties.len()).map(most).collect();
    let (cells, max) = (psi.cells(), most.iter().copied().max().unwrap_or(0));
    Agreement {
        parties: draft.terms.parties.iter().map(|party| party.name.clone()).collect(),
        sections: (0..cells.count()).map(|cell| Section { name: cells.name(cell), max }).collect(),
        most,
        context: Digest::of_parts("yinshu psi several run v1", &[&draft.digest.0, &run.0]),
    }
}

/// What the protocol told this party.
enum Told {
    /// The recipient's keys that all others hold, by number.
    Keys(Vec<bool>),
    /// All regions, to the recipient.
    Regions(Vec<several::Regions>),
    /// Nothing but sizes.
    Nothing,
}

/// Runs the protocol; `asked` is told what each other party brings.
fn compute(
    circle: &mut Circle<'_>,
    draft: &Draft,
    (set, run): (&Set, SessionId),
    asked: several::Asked<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Told, Facts), PsiError> {
    let (agreement, recipient) = (agreement(draft, run), draft.recipient());
    let mut rng = randomness();
    if psi_terms(draft).result == PsiResult::Keys {
        let agreed = (&agreement, recipient);
        let found = several::intersection(circle, &set.entries, agreed, &mut rng, asked, progress)?;
        return Ok((found.matched.map_or(Told::Nothing, Told::Keys), found.facts));
    }
    // What the others may learn is released by the recipient, once small groups are hidden.
    let opens = Opens { comparer: recipient, only: Some(Vec::new()) };
    let found = several::sizes(circle, &set.entries, (&agreement, &opens), &mut rng, asked, progress)?;
    Ok((found.regions.map_or(Told::Nothing, Told::Regions), found.facts))
}

/// Says in the log what each party brings.
fn noting<'a>(
    node: &'a Node,
    draft: &'a Draft,
    run: SessionId,
    by: Actor<'a>,
) -> impl FnMut(&PartyId, &yinshu_psi::ecdh::msg::OpenPackage) -> Result<(), String> + 'a {
    move |party, open| {
        let items = open.counts.iter().sum::<u64>();
        let asked = json!({ "party": party, "items": items, "commitment": open.commitment });
        super::answer::note(node, run, draft, &asked, by)
    }
}

/// Opens our table: what cannot be used is said before anybody is met.
pub(super) fn open(approved: &Approved, job: &SeveralJob) -> Result<CleanTable, Problem> {
    Out::check(&job.out)?;
    let draft = approved.draft();
    let me = &draft.terms.parties[draft.recipient()];
    Ok(CleanTable::open(
        &job.input,
        &set::columns(draft, me, Some(job.column.as_str()).filter(|name| !name.is_empty())),
    )?)
}

/// Met all others, with our keys read before.
pub(super) struct Met {
    mesh: Mesh,
    set: Set,
}

/// Reads our keys and meets all others.
pub(super) fn meet(node: &Node, approved: Approved, table: CleanTable, ui: &Ui) -> Result<Met, Problem> {
    let bar = ui.progress("read", 0);
    let draft = approved.draft();
    let keep = psi_terms(draft).result == PsiResult::Keys;
    let set = Set::read(table, draft, &draft.terms.parties[draft.recipient()], keep, |rows| bar.set(rows))?;
    Ok(Met { mesh: Mesh::dial(node, approved)?, set })
}

/// What the protocol gave us.
pub(super) struct Outcome {
    mesh: Mesh,
    set: Set,
    told: Told,
    facts: Facts,
}

impl Met {
    /// Runs the protocol with all others.
    pub(super) fn run(self, node: &Node, ui: &Ui) -> Result<Outcome, Problem> {
        let Self { mut mesh, set } = self;
        let (approved, run, mut bars) = (mesh.approved.clone(), mesh.run, Bars::new(ui));
        let mut asked = noting(node, approved.draft(), run, Actor::Operator);
        let progress = &mut |progress| bars.show(progress);
        let found = mesh
            .circle()
            .and_then(|mut circle| compute(&mut circle, approved.draft(), (&set, run), &mut asked, progress));
        match found {
            Ok((told, facts)) => Ok(Outcome { mesh, set, told, facts }),
            // The protocol has told the others.
            Err(error) => Err(mesh.part(error.into(), true)),
        }
    }
}

/// What may be told.
enum Findings {
    Keys(Vec<bool>, Shown),
    Regions(Box<Table>),
}

/// Without small groups, and without what gives them away.
pub(super) struct Released {
    outcome: Outcome,
    result: Findings,
}

impl Outcome {
    /// Applies the contract's smallest group.
    pub(super) fn release(mut self) -> Result<Released, Problem> {
        let draft = self.mesh.approved.draft();
        let smallest = draft.terms.data.min_group_size;
        let result = match std::mem::replace(&mut self.told, Told::Nothing) {
            Told::Keys(matched) => {
                let count = matched.iter().filter(|matched| **matched).count() as u64;
                Findings::Keys(matched, Shown::of(count, smallest))
            }
            Told::Regions(cells) => {
                let (shape, parties) = (psi_terms(draft).cells().shape(), draft.terms.parties.len());
                Findings::Regions(Box::new(release(&cells, shape, parties, u64::from(smallest))))
            }
            Told::Nothing => return Err(Problem::internal("the recipient was told nothing")),
        };
        Ok(Released { outcome: self, result })
    }
}

/// Recorded, and ready to be told.
pub(super) struct Recorded(Released);

impl Released {
    /// Records what is about to be told and written.
    pub(super) fn record(self, node: &Node) -> Result<Recorded, Problem> {
        let Outcome { mesh, set, facts, .. } = &self.outcome;
        let draft = mesh.approved.draft();
        let result = match &self.result {
            Findings::Keys(_, shown) => json!({ "shared": shown }),
            Findings::Regions(table) => json!({ "table": digest(table), "hidden": table.hidden }),
        };
        node.record(Deed {
            action: "result.release",
            object: &draft.terms.contract.id,
            content: json!({
                "session": mesh.run, "own": set.entries.len(), "parties": brought(draft, facts),
                "result": result, "commitment": facts.commitments[mesh.own],
            }),
            result: outcome(None),
            stage: Stage::Exchange,
            by: Actor::Operator,
        })?;
        Ok(Recorded(self))
    }
}

/// The digest of a table as all parties have it.
fn digest(table: &Table) -> Digest {
    Digest::sha256(&serde_json::to_vec(table).unwrap_or_default())
}

/// How many keys each party brought.
fn brought(draft: &Draft, facts: &Facts) -> Vec<Brought> {
    let items = |(party, counts): (&crate::contract::Party, &Vec<u64>)| Brought {
        party: party.name.clone(),
        items: counts.iter().sum(),
    };
    draft.terms.parties.iter().zip(&facts.counts).map(items).collect()
}

/// What a party brought.
#[derive(Debug, Clone, Serialize)]
pub struct Brought {
    /// The party.
    pub party: PartyId,
    /// Its different keys.
    pub items: u64,
}

/// What went over the channel to another party.
#[derive(Debug, Clone, Serialize)]
pub struct Went {
    /// The other party.
    pub party: PartyId,
    /// Bytes and frames.
    #[serde(flatten)]
    pub traffic: Traffic,
}

/// A finished intersection of several.
#[derive(Debug, Clone, Serialize)]
pub struct Several {
    /// The run's id, in all logs.
    pub run: SessionId,
    /// Rows read.
    pub rows: u64,
    /// Rows whose key could not be used.
    pub unusable: u64,
    /// Rows in none of the agreed cells.
    pub outside: u64,
    /// What each party brought, in the order of the contract.
    pub parties: Vec<Brought>,
    /// Keys that all hold, where the contract tells keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<Shown>,
    /// The figures, where the contract tells regions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Box<Table>>,
    /// The file written, if anything may be.
    pub out: Option<PathBuf>,
    /// What went over the channel to each other party.
    pub traffic: Vec<Went>,
}

impl Recorded {
    /// Tells the others what they may know, exchanges the states of the logs, and writes the result.
    pub(super) fn publish(self, node: &Node, job: &SeveralJob) -> Result<Several, Problem> {
        let Released { outcome: Outcome { mut mesh, set, facts, .. }, result } = self.0;
        let (approved, run) = (mesh.approved.clone(), mesh.run);
        let draft = approved.draft();
        let ended = tell(&mut mesh, &result).and_then(|()| mesh.end(node));
        let traffic = mesh.traffic();
        if let Err(problem) = ended {
            return Err(mesh.part(problem, false));
        }
        // Opens the commitment in all logs, should an inspector ask; also where nothing may be shown.
        let opening = Secret::new(hex::encode(facts.salt.expose()));
        write_private(&opening_of(&job.out), opening.expose().as_bytes())?;
        let (mut shared, mut table, mut out) = (None, None, None);
        match result {
            Findings::Keys(matched, shown) => {
                if let Shown::Exactly(_) = shown {
                    let places = (0..matched.len()).filter(|&at| matched[at]);
                    output::keys(&job.out, &psi_terms(draft).column, set.pick(places))?;
                    out = Some(job.out.clone());
                }
                shared = Some(shown);
            }
            Findings::Regions(figures) => {
                output::table(&job.out, draft, &figures)?;
                (table, out) = (Some(figures), Some(job.out.clone()));
            }
        }
        let (rows, unusable, outside) = (set.rows, set.unusable, set.outside);
        let parties = brought(draft, &facts);
        Ok(Several { run, rows, unusable, outside, parties, shared, table, out, traffic })
    }
}

/// Hands the released table to all others, where the contract says so.
fn tell(mesh: &mut Mesh, result: &Findings) -> Result<(), Problem> {
    let psi = psi_terms(mesh.approved.draft());
    if let (Findings::Regions(table), Learn::Both) = (result, psi.learn) {
        let text = serde_json::to_vec(table)
            .map_err(|e| Problem::internal(format!("a table does not serialise: {e}")))?;
        for channel in &mut mesh.channels {
            channel.phase("release");
            channel.send(text.clone())?;
        }
    }
    Ok(())
}
