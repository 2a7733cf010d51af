//! Joint statistics of three parties, each with rows of its own.
//!
//! The recipient runs it: it dials the providers, and they, once both were met, dial each other. Every party aggregates its
//! own table by the contract's cells; only these aggregates are shared, so that cost does not grow with rows.
//!
//! | who | does | recorded |
//! |---|---|---|
//! | each | reads and aggregates its table; refuses it where the contract says so | — |
//! | recipient | dials the providers, tells them that the run begins | approval, session |
//! | provider | approves whoever dials under the contract; meets the other provider | all of them |
//! | each | says that a run is answered, within the contract's number of runs | what is asked |
//! | each | shares its aggregates, held to the contract's bounds; decides on shares which cells are hidden, by what groups are left and who dominates | — |
//! | each | with noise: charges what the run costs to its own data set, and waits until all have | the charge |
//! | each | hears which figures are hidden, and before it opens the others to the receivers, says so | the result |
//! | receivers | get the other figures; means and variances are worked out from exact sums | — |
//! | each | hands every other the state of its log | — |

mod compute;
mod error;
mod figures;
mod own;
mod page;
mod plan;

pub use error::StatsError;
pub use figures::{
    Bin, Histogram, Line, NoiseOf, NoiseUsed, Protection, Test, heads as stats_heads, noise as stats_noise,
};
pub use own::Rows;
pub use plan::{StatsEstimate, rehearse};

use super::several::Went;
use super::several::files::{Files, Form, Sheet, further};
use super::several::mesh::Mesh;
use crate::cli::Ui;
use crate::contract::{Approved, Draft, Side, StatsTerms};
use crate::lang::Texts;
use crate::node::{Actor, Deed, Node, now, outcome};
use crate::problem::Problem;
use crate::tables::beside;
use compute::layout::Layout;
use compute::{Opened, Phase, compute_over};
use own::Own;
use serde::Serialize;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use yinshu_audit::Stage;
use yinshu_data::Source;
use yinshu_net::{PartyId, SessionId};

/// What to compute.
#[derive(Debug, Clone)]
pub struct StatsJob {
    /// The contract.
    pub contract: PathBuf,
    /// The recipient's table; with noise that of the data set that is charged.
    pub input: Source,
    /// The CSV, Parquet, JSON or HTML file to write, or where it has no extension, a folder of all but Parquet.
    pub out: PathBuf,
}

/// The `[stats]` section, which a checked contract of this scenario has.
fn stats_terms(draft: &Draft) -> &StatsTerms {
    draft.terms.stats.as_ref().expect("a checked contract has its scenario's section")
}

/// A result, for its files.
struct Written<'a> {
    done: &'a StatsRun,
    draft: &'a Draft,
    texts: &'a Texts,
}

impl Files for Written<'_> {
    fn table(&self, path: &Path) -> Result<(), Problem> {
        figures::write(path, stats_terms(self.draft), &self.done.table)?;
        let beside = figures::further(self.done.noise.as_ref(), &self.done.histograms, &self.done.tests);
        figures::write_further(&further(path), &beside)
    }

    fn sheets(&self) -> Vec<Sheet> {
        figures::sheets(stats_terms(self.draft), self.done)
    }

    fn json(&self) -> serde_json::Result<Vec<u8>> {
        figures::json(self.done)
    }

    fn page(&self) -> String {
        page::page(self.done, self.draft, self.texts)
    }
}

/// Reads our table: what cannot be used or paid is said before anybody is met.
pub(super) fn read(node: &Node, approved: &Approved, job: &StatsJob, ui: &Ui) -> Result<Own, Problem> {
    Form::of(&job.out)?;
    let draft = approved.draft();
    node.affords(draft)?;
    let me = &draft.terms.parties[draft.recipient()];
    let rows = node.rows_of(draft, &job.input)?;
    let bar = ui.progress("read", 0);
    Own::read(own::open(&rows, draft, me)?, draft, me, |rows| bar.set(rows))
}

/// Met both others, with our rows aggregated before.
pub(super) struct Met {
    mesh: Mesh,
    own: Own,
}

/// Meets both others.
pub(super) fn meet(node: &Node, approved: Approved, own: Own) -> Result<Met, Problem> {
    Ok(Met { mesh: Mesh::dial(node, approved)?, own })
}

/// Recorded and opened.
pub(super) struct Recorded {
    mesh: Mesh,
    own: Own,
    opened: Opened,
}

impl Met {
    /// Computes with the others: what opens was recorded before.
    pub(super) fn run(self, node: &Node, ui: &Ui) -> Result<Recorded, Problem> {
        let Self { mut mesh, own } = self;
        let mut bar = None;
        let mut phase = |name: &'static str| {
            // The bar of the phase before ends first.
            drop(bar.take());
            bar = Some(ui.progress(&format!("stats-{name}"), 0));
        };
        let found = answered(node, &mut mesh, &own, (Actor::Operator, &mut phase));
        drop(bar);
        match found {
            Ok(opened) => Ok(Recorded { mesh, own, opened }),
            Err((problem, told)) => Err(mesh.part(problem, told)),
        }
    }
}

/// Notes that a run is answered, and computes. An error says whether the others know it from the protocol.
fn answered(
    node: &Node,
    mesh: &mut Mesh,
    own: &Own,
    (by, phase): (Actor<'_>, Phase<'_>),
) -> Result<Opened, (Problem, bool)> {
    noted(node, mesh, own, by)?;
    let (approved, run) = (mesh.approved.clone(), mesh.run);
    let draft = approved.draft();
    let layout = Layout::new(draft);
    let words = own.words(&layout);
    let mut note = |hidden: &[bool]| {
        let count = hidden.iter().filter(|hidden| **hidden).count();
        let receivers = &stats_terms(draft).receivers;
        let content =
            json!({ "session": run, "receivers": receivers, "figures": hidden.len(), "hidden": count });
        node.record(Deed {
            action: "result.release",
            object: &draft.terms.contract.id,
            content,
            result: outcome(None),
            stage: Stage::Exchange,
            by,
        })
        .map(drop)
    };
    let mut pay = || node.charge(draft, run, by);
    let at_most = |number: usize, bounds: &[(usize, i64)]| own.at_most(stats_terms(draft), number, bounds);
    compute_over(mesh, &layout, (&words, &at_most), (&mut pay, &mut note, phase))
        .map_err(|problem| (problem, true))
}

/// Notes that a run is answered, within the contract's number of runs.
fn noted(node: &Node, mesh: &Mesh, own: &Own, by: Actor<'_>) -> Result<(), (Problem, bool)> {
    let (draft, run) = (mesh.approved.draft(), mesh.run);
    let recipient = &draft.terms.parties[draft.recipient()].name;
    let asked = json!({ "party": recipient, "counted": own.rows.counted, "left_out": own.rows.left_out });
    super::answer::noted(
        node,
        "session.ask",
        &draft.terms.contract.id,
        (json!({ "session": run, "asked": asked }), None),
        by,
    )
    .map_err(|why| (Problem::internal(why), false))?;
    node.within_runs(draft).map_err(|refusal| (refusal.into(), false))
}

/// A finished computation.
#[derive(Debug, Clone, Serialize)]
pub struct StatsRun {
    /// The run's id, in all logs.
    pub run: SessionId,
    /// What became of our rows.
    pub rows: Rows,
    /// Who got the result.
    pub receivers: Vec<PartyId>,
    /// The cuts into cells.
    pub cuts: Vec<String>,
    /// The figures, line by line.
    pub table: Vec<Line>,
    /// Counts by ranges of values, over all rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub histograms: Vec<Histogram>,
    /// Tests of differences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<Test>,
    /// What noise the figures have, and what it cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseUsed>,
    /// How many lines are hidden.
    pub hidden: usize,
    /// The file or folder written.
    pub out: PathBuf,
    /// What went over the channel to each other party.
    pub traffic: Vec<Went>,
}

impl Recorded {
    /// Writes the result, and exchanges the states of the logs: whoever is lost by then takes no result away.
    pub(super) fn publish(self, node: &Node, job: &StatsJob, ui: &Ui) -> Result<StatsRun, Problem> {
        let written = self.written(job, ui);
        let path = written.is_ok().then_some(&*job.out);
        let ended = self.mesh.ended(node, (ui, path));
        Ok(StatsRun { traffic: ended?, ..written? })
    }

    fn written(&self, job: &StatsJob, ui: &Ui) -> Result<StatsRun, Problem> {
        let Self { mesh, own, opened } = self;
        let draft = mesh.approved.draft();
        let stats = stats_terms(draft);
        let table = figures::lines(stats, opened)
            .ok_or_else(|| Problem::internal("the recipient received nothing"))?;
        let done = StatsRun {
            run: mesh.run,
            rows: own.rows,
            receivers: stats.receivers.clone(),
            cuts: stats.group_by.iter().map(|cut| cut.name().to_owned()).collect(),
            hidden: table.iter().filter(|line| line.hidden).count(),
            histograms: figures::histograms(stats, opened),
            tests: figures::tests(stats, opened, &table),
            noise: figures::noise(stats),
            table,
            out: job.out.clone(),
            traffic: mesh.traffic(),
        };
        let written = Written { done: &done, draft, texts: ui.texts() };
        Form::of(&job.out)?.write(&job.out, &written)?;
        Ok(done)
    }
}

/// As a provider: reads our table, computes with the others, and keeps the result where it is for us.
pub(super) fn provide(node: &Node, mesh: &mut Mesh, by: Actor<'_>) -> Result<Value, (Problem, bool)> {
    let approved = mesh.approved.clone();
    let draft = approved.draft();
    let own = provided(node, &approved, mesh.own).map_err(|problem| (problem, false))?;
    let mut answer = json!({ "rows": own.rows });
    if draft.is_outside(mesh.own) {
        noted(node, mesh, &own, by)?;
        // What is shared may open whenever the three want: paid before.
        node.charge(draft, mesh.run, by).map_err(|problem| (problem, false))?;
        let words = own.words(&Layout::new(draft));
        compute::hand_over(mesh, &words).map_err(|problem| (problem, true))?;
        return Ok(answer);
    }
    let opened = answered(node, mesh, &own, (by, &mut |_| {}))?;
    let stats = stats_terms(draft);
    if let Some(table) = figures::lines(stats, &opened) {
        let name = format!("stats-{}-{}-{}.csv", draft.digest.short(), mesh.run, now().as_millisecond());
        let path = node.folder.results().join(name);
        let kept = fs::create_dir_all(node.folder.results()).map_err(|e| Problem::writing(&path, &e));
        kept.and_then(|()| figures::write(&path, stats, &table)).map_err(|problem| (problem, false))?;
        let noise = figures::noise(stats);
        let (histograms, tests) =
            (figures::histograms(stats, &opened), figures::tests(stats, &opened, &table));
        let beside = figures::further(noise.as_ref(), &histograms, &tests);
        figures::write_further(&further(&path), &beside).map_err(|problem| (problem, false))?;
        answer["file"] = json!(path);
    }
    Ok(answer)
}

/// Our rows, from our catalogue.
fn provided(node: &Node, approved: &Approved, own: usize) -> Result<Own, Problem> {
    let Side::Provider(dataset) = approved.side() else {
        return Err(Problem::internal("a recipient was asked to answer"));
    };
    let draft = approved.draft();
    node.affords(draft)?;
    let party = &draft.terms.parties[own];
    let source = beside(dataset.source.clone(), &node.folder.0);
    Own::read(own::open(&source, draft, party)?, draft, party, |_| {})
}
