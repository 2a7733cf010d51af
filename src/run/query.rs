//! A question in SQL over tables of three to five parties, under a contract that all signed; three compute.
//!
//! | who | does | recorded |
//! |---|---|---|
//! | each | makes the plan of the question from the contract's own words, by the engine beside its program; has the engine read and clean its own table | — |
//! | recipient | dials the providers; they, once all were met, dial each other | approval, session |
//! | each | compares the plan's digest with the others': engines that differ stop here; says what it has of an earlier run | — |
//! | each | says that a run is answered, within the contract's number of runs | what is asked |
//! | each | shares its columns, unless all go on with an earlier run; the three compute on shares ([`yinshu_mpc::query`]) which groups may be told | — |
//! | each of the three | hears how many groups are hidden, and before the others open to the receivers, says so | the result |
//! | receivers | get keys and figures of the groups told, and lay them out | — |
//! | each | hands every other the state of its log | — |
//!
//! # Security
//!
//! A plan is never taken from another party: each makes it from what it signed, and what it says of its own columns was
//! checked by its own engine. The engine sees the own table alone, and runs as this node's own process. A plan that differs
//! at one party ends the run before anything is shared, and the digest is part of the terms under which shares are made.

mod analysis;
mod compute;
mod engine;
mod error;
mod page;
mod plan;
mod stages;
mod table;

pub use engine::{Engine, Lowered};
pub use error::QueryError;
pub use plan::{QueryEstimate, rehearse_query};
pub use table::{HIDDEN, Laid};

use super::several::Went;
use super::several::files::{Files, Form, Rows, Sheet, columns, further};
use super::several::mesh::Mesh;
use crate::cli::Ui;
use crate::contract::{Approved, Draft, QueryTerms, Side};
use crate::lang::Texts;
use crate::node::{Actor, Deed, Node, now, outcome};
use crate::problem::Problem;
use compute::compute_over;
use serde::Serialize;
use serde_json::{Value, json};
use stages::{Place, Stages, Who};
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use yinshu_audit::Stage;
use yinshu_data::Source;
use yinshu_mpc::query::{Analysis, Outcome, Plan, Table, Told};
use yinshu_net::{PartyId, SessionId};

/// What to ask.
#[derive(Debug, Clone)]
pub struct QueryJob {
    /// The contract.
    pub contract: PathBuf,
    /// The recipient's table, where it has one.
    pub input: Option<Source>,
    /// The CSV, XLSX, Parquet, JSON or HTML file to write, or where it has no extension, a folder of all but Parquet.
    pub out: PathBuf,
    /// Whether an unfinished run of this contract is discarded rather than gone on with.
    pub fresh: bool,
}

/// The `[query]` section, which a contract of a question has.
fn query_terms(draft: &Draft) -> &QueryTerms {
    draft.terms.query.as_ref().expect("a question's contract has its section")
}

/// The question, and our part of it.
pub(super) struct Own {
    lowered: Lowered,
    /// At each of the plan's inputs that is ours, its table.
    tables: Vec<Option<Table>>,
    /// What is kept on the way.
    stages: RefCell<Stages>,
}

impl Own {
    /// Makes the plan and reads our table: what cannot be asked or used is said before anybody is met.
    fn read(
        node: &Node,
        draft: &Draft,
        (own, source): (usize, Option<&Source>),
        who: Who,
    ) -> Result<Self, Problem> {
        let engine = Engine::find()?;
        let lowered = engine.lower(draft)?;
        lowered.plan.check(&compute::terms(draft))?;
        let me = &draft.terms.parties[own].name;
        let mut tables = Vec::with_capacity(lowered.plan.inputs.len());
        for (at, input) in lowered.plan.inputs.iter().enumerate() {
            if usize::from(input.owner) != own {
                tables.push(None);
                continue;
            }
            let source = source.ok_or_else(|| QueryError::TableNeeded { table: input.table.clone() })?;
            let table = engine.local(draft, (at, input), source)?;
            input.check(&table)?;
            tables.push(Some(table));
        }
        if query_terms(draft).table_of(me).is_none() && source.is_some() {
            return Err(QueryError::NoTableOfOurs { party: me.to_string() }.into());
        }
        let stages = RefCell::new(Stages::open(node, draft, (lowered.digest, &tables), who)?);
        Ok(Self { lowered, tables, stages })
    }

    /// How many of our rows take part, input by input.
    fn rows(&self) -> Vec<usize> {
        self.tables.iter().flatten().map(|table| table.rows).collect()
    }
}

/// Reads our table.
pub(super) fn read(node: &Node, approved: &Approved, job: &QueryJob) -> Result<Own, Problem> {
    Form::of(&job.out)?;
    let draft = approved.draft();
    Own::read(node, draft, (draft.recipient(), job.input.as_ref()), Who::Asks { fresh: job.fresh })
}

/// Met both others.
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
    outcome: Outcome,
    resumed: Option<Place>,
}

impl Met {
    /// Computes with the others: what opens was recorded before.
    pub(super) fn run(self, node: &Node, ui: &Ui) -> Result<Recorded, Problem> {
        let Self { mut mesh, own } = self;
        let bar = ui.progress("query-compute", 0);
        let found = answered(node, &mut mesh, &own, Actor::Operator);
        drop(bar);
        match found {
            Ok((outcome, resumed)) => Ok(Recorded { mesh, own, outcome, resumed }),
            Err((problem, told)) => Err(mesh.part(problem, told)),
        }
    }
}

/// Compares plans, and notes that a run is answered, and whether it goes on with an earlier one: from where. An error says
/// whether the others know it from the protocol.
fn noted(node: &Node, mesh: &mut Mesh, own: &Own, by: Actor<'_>) -> Result<Option<Place>, (Problem, bool)> {
    let (approved, run) = (mesh.approved.clone(), mesh.run);
    let draft = approved.draft();
    let said = own.stages.borrow().said();
    let from = compute::agree(mesh, &own.lowered.digest, said).map_err(|problem| (problem, false))?;
    let recipient = &draft.terms.parties[draft.recipient()].name;
    let mut asked = json!({ "party": recipient, "plan": own.lowered.digest, "rows": own.rows() });
    if let Some(place) = from {
        asked["resumes"] = json!(own.stages.borrow().origin());
        asked["joins"] = json!(place.joins);
    }
    super::answer::noted(
        node,
        "session.ask",
        &draft.terms.contract.id,
        (json!({ "session": run, "asked": asked }), None),
        by,
    )
    .map_err(|why| (Problem::internal(why), false))?;
    if from.is_none() {
        // One that goes on was within them when it began.
        node.within_runs(draft).map_err(|refusal| (refusal.into(), false))?;
    }
    let begun = own.stages.borrow_mut().begin(run, from);
    begun.map(|()| from).map_err(|problem| (problem, false))
}

/// Computes with the others, once that is noted.
fn answered(
    node: &Node,
    mesh: &mut Mesh,
    own: &Own,
    by: Actor<'_>,
) -> Result<(Outcome, Option<Place>), (Problem, bool)> {
    let resumed = noted(node, mesh, own, by)?;
    let (approved, run) = (mesh.approved.clone(), mesh.run);
    let draft = approved.draft();
    let mut note = |told: Told| {
        // From here on something opens: nothing goes on from what was before.
        own.stages.borrow_mut().discard()?;
        let query = query_terms(draft);
        let mut content = json!({
            "session": run, "receivers": query.receivers, "plan": own.lowered.digest, "groups": told.groups,
            "hidden": told.hidden, "withheld": told.withheld, "failed": told.failed,
        });
        if let Some(analysis) = &query.analysis {
            content = json!({
                "session": run, "receivers": query.receivers, "plan": own.lowered.digest,
                "analysis": analysis.word(),
            });
        }
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
    let outcome = compute_over(mesh, own, resumed, &mut note)?;
    Ok((outcome, resumed))
}

/// An earlier run that was gone on with.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Resumed {
    /// That run.
    pub run: SessionId,
    /// After how many joins.
    pub joins: u32,
}

/// An answered question.
#[derive(Debug, Clone, Serialize)]
pub struct QueryRun {
    /// The run's id, in all logs.
    pub run: SessionId,
    /// Where it went on from, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Resumed>,
    /// The digest of the plan that all parties made.
    pub plan: yinshu_crypto::hash::Digest,
    /// How many of our own rows took part, input by input.
    pub rows: Vec<usize>,
    /// Who got the answer.
    pub receivers: Vec<PartyId>,
    /// The analysis that the contract names, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analysis: Option<&'static str>,
    /// What was told.
    #[serde(flatten)]
    pub answer: Laid,
    /// How many groups the rule hides; 1 where it lets an analysis tell nothing.
    pub hidden: usize,
    /// How many are withheld so that these do not follow.
    pub withheld: usize,
    /// How many fail the condition on groups.
    pub failed: usize,
    /// The file or folder written.
    pub out: PathBuf,
    /// What went over the channel to each other party.
    pub traffic: Vec<Went>,
}

impl Recorded {
    /// Writes the answer, and exchanges the states of the logs: whoever is lost by then takes no answer away.
    pub(super) fn publish(self, node: &Node, job: &QueryJob, ui: &Ui) -> Result<QueryRun, Problem> {
        let written = self.written(job, ui);
        let path = written.is_ok().then_some(&*job.out);
        let ended = self.mesh.ended(node, (ui, path));
        Ok(QueryRun { traffic: ended?, ..written? })
    }

    fn written(&self, job: &QueryJob, ui: &Ui) -> Result<QueryRun, Problem> {
        let Self { mesh, own, outcome, resumed } = self;
        let draft = mesh.approved.draft();
        let query = query_terms(draft);
        let answer = laid_out(draft, &own.lowered.plan, outcome)?
            .ok_or_else(|| Problem::internal("the recipient received nothing"))?;
        let done = QueryRun {
            run: mesh.run,
            resumed: resumed.map(|Place { run, joins }| Resumed { run, joins }),
            plan: own.lowered.digest,
            rows: own.rows(),
            receivers: query.receivers.clone(),
            analysis: query.analysis.as_ref().map(Analysis::word),
            answer,
            hidden: outcome.hidden,
            withheld: outcome.withheld,
            failed: outcome.failed,
            out: job.out.clone(),
            traffic: mesh.traffic(),
        };
        let written = Written { done: &done, draft, texts: ui.texts() };
        Form::of(&job.out)?.write(&job.out, &written)?;
        Ok(done)
    }
}

/// What this party received, laid out.
fn laid_out(draft: &Draft, plan: &Plan, outcome: &Outcome) -> Result<Option<Laid>, Problem> {
    let Some(asked) = &query_terms(draft).analysis else { return Ok(table::groups(plan, outcome)) };
    let Some(answer) = &outcome.analysis else { return Ok(None) };
    let laid = analysis::laid_out(asked, plan, answer);
    laid.map(Some).ok_or_else(|| Problem::internal("another analysis was answered than was asked"))
}

/// The figures beside a table, as rows.
fn beside(answer: &Laid) -> Rows {
    answer.figures.iter().map(|(name, value)| vec![Some(name.clone()), value.clone()]).collect()
}

/// What [`beside`] has.
const BESIDE: [&str; 2] = ["figure", "value"];

/// Writes what was told as a table, and the figures beside it.
fn write(path: &Path, answer: &Laid) -> Result<(), Problem> {
    columns(path, &answer.heads, &answer.table)?;
    let rows = beside(answer);
    if rows.is_empty() { Ok(()) } else { columns(&further(path), &BESIDE.map(str::to_owned), &rows) }
}

/// An answer, for its files.
struct Written<'a> {
    done: &'a QueryRun,
    draft: &'a Draft,
    texts: &'a Texts,
}

impl Files for Written<'_> {
    fn table(&self, path: &Path) -> Result<(), Problem> {
        write(path, &self.done.answer)
    }

    /// The table with what is not told, and how each line is protected; and the figures beside it.
    fn sheets(&self) -> Vec<Sheet> {
        let answer = &self.done.answer;
        let heads = answer.heads.iter().cloned().chain(["protection".to_owned()]).collect();
        let marked = |line: &Vec<Option<String>>, word: &str| {
            line.iter().cloned().chain([Some(word.to_owned())]).collect::<Vec<_>>()
        };
        let hides = |at: usize| answer.hidden_cells.iter().any(|[line, _]| *line == at);
        let told = answer.table.iter().enumerate();
        let told = told.map(|(at, line)| marked(line, if hides(at) { "shown in part" } else { "shown" }));
        let rows = told.chain(answer.untold.iter().map(|line| marked(line, "not told"))).collect();
        let further = BESIDE.map(str::to_owned).to_vec();
        vec![
            Sheet { name: "table", heads, rows, texts: answer.labels },
            Sheet { name: "further", heads: further, rows: beside(answer), texts: 1 },
        ]
    }

    fn json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec_pretty(self.done)
    }

    fn page(&self) -> String {
        page::page(self.done, self.draft, self.texts)
    }
}

/// As a provider: reads our table, computes with the others, and keeps the answer where it is for us.
pub(super) fn provide(node: &Node, mesh: &mut Mesh, by: Actor<'_>) -> Result<Value, (Problem, bool)> {
    let approved = mesh.approved.clone();
    let draft = approved.draft();
    let own = provided(node, &approved, mesh.own).map_err(|problem| (problem, false))?;
    let mut answer = json!({ "plan": own.lowered.digest, "rows": own.rows() });
    if draft.is_outside(mesh.own) {
        let resumed = noted(node, mesh, &own, by)?;
        compute::hand_over(mesh, &own, resumed).map_err(|problem| (problem, true))?;
        own.stages.borrow_mut().discard().map_err(|problem| (problem, true))?;
        return Ok(answer);
    }
    let (outcome, resumed) = answered(node, mesh, &own, by)?;
    if let Some(place) = resumed {
        answer["resumed"] = json!({ "run": place.run, "joins": place.joins });
    }
    let laid = laid_out(draft, &own.lowered.plan, &outcome).map_err(|problem| (problem, false))?;
    let receives = query_terms(draft).receivers.contains(&draft.terms.parties[mesh.own].name);
    if let Some(laid) = laid.filter(|_| receives) {
        let name = format!("query-{}-{}-{}.csv", draft.digest.short(), mesh.run, now().as_millisecond());
        let path = node.folder.results().join(name);
        let kept = fs::create_dir_all(node.folder.results()).map_err(|e| Problem::writing(&path, &e));
        kept.and_then(|()| write(&path, &laid)).map_err(|problem| (problem, false))?;
        answer["file"] = json!(path);
    }
    Ok(answer)
}

/// Our rows, from our catalogue.
fn provided(node: &Node, approved: &Approved, own: usize) -> Result<Own, Problem> {
    let Side::Provider(dataset) = approved.side() else {
        return Err(Problem::internal("a recipient was asked to answer"));
    };
    let source = crate::tables::beside(dataset.source.clone(), &node.folder.0);
    Own::read(node, approved.draft(), (own, Some(&source)), Who::Answers)
}
