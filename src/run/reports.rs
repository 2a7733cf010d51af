//! Reports of many: a reporter splits what it says between two aggregators; the recipient leads, the provider helps.
//!
//! | who | does | recorded |
//! |---|---|---|
//! | reporter | reads its table, splits and seals each row: a file, which it hands to the recipient | — (it needs no node) |
//! | recipient | judges files of reports with the provider: bad ones are rejected, each of the others counts once | approval, session, what was judged |
//! | provider | answers | the same |
//! | recipient | opens the figures of a batch that is large enough, and begins the next | the release, before it asks |
//! | provider | tells its share of the sum | the release, before it tells |
//! | recipient | writes the figures of the last batch again | that it does |
//! | both | hand each other the state of their log | — |

mod figures;
mod file;

pub use figures::Figure;
pub use file::{FileJob, Filed, file_reports};

use super::session::Session;
use crate::cli::Ui;
use crate::config::{ConfigError, refuse_exposed};
use crate::contract::{Approved, ContractError, Draft, ReportsTerms, Scenario, Side};
use crate::node::{Actor, Deed, Node, outcome, randomness};
use crate::problem::Problem;
use serde::Serialize;
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use yinshu_audit::Stage;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;
use yinshu_net::{Channel as _, SessionId};
use yinshu_reports::{
    Aggregator, Collected, Judged, Ledger, OpenKey, PassedOver, Reports, ReportsError, Role, Tally, Task,
};

/// Judging reports.
#[derive(Debug, Clone)]
pub struct JudgeJob {
    /// The contract.
    pub contract: PathBuf,
    /// A file of reports, or a folder of them.
    pub input: PathBuf,
    /// A table of what was rejected so far, to write.
    pub rejected: Option<PathBuf>,
}

/// Opening the figures of a batch.
#[derive(Debug, Clone)]
pub struct CollectJob {
    /// The contract.
    pub contract: PathBuf,
    /// The CSV, Parquet or JSON file to write.
    pub out: PathBuf,
    /// Whether to write what was collected last once more, and open nothing.
    pub again: bool,
}

/// A run of judging.
#[derive(Debug, Clone, Serialize)]
pub struct JudgeRun {
    /// The session, in both logs.
    pub session: SessionId,
    /// What became of the reports.
    #[serde(flatten)]
    pub judged: Judged,
    /// The smallest batch of which figures are told.
    pub smallest: u64,
    /// Files of the folder that cannot be read, or are none of these reports.
    pub passed_over: Vec<PassedOver>,
    /// Bytes sent and received.
    pub bytes: u64,
}

/// A batch whose figures were opened.
#[derive(Debug, Clone, Serialize)]
pub struct CollectRun {
    /// The session, in both logs; none where they are written again.
    pub session: Option<SessionId>,
    /// The batch.
    pub batch: u32,
    /// What became of its reports.
    pub tally: Tally,
    /// The figures, by name.
    pub figures: Vec<Figure>,
    /// The file written.
    pub out: PathBuf,
}

/// The `[reports]` section, which a checked contract of this scenario has.
fn reports_terms(draft: &Draft) -> &ReportsTerms {
    draft.terms.reports.as_ref().expect("a checked contract has its scenario's section")
}

/// This node's key for reports.
fn key_path(node: &Node) -> PathBuf {
    node.folder.0.join("keys/reports.key")
}

/// This node's key for reports, made when first asked for.
pub fn reports_key(node: &Node) -> Result<OpenKey, Problem> {
    let path = key_path(node);
    if !path.exists() {
        let failed = |e: std::io::Error| Problem::writing(&path, &e);
        let text = OpenKey::generate(&mut randomness()).to_text();
        // Readable by its owner alone, as all temporary files are.
        let mut file =
            tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        match file.persist_noclobber(&path) {
            // Another run of this node made it meanwhile: that one is read below.
            Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => drop(made.map_err(|e| failed(e.error))?),
        }
    }
    read_reports_key(&path)
}

fn read_reports_key(path: &Path) -> Result<OpenKey, Problem> {
    refuse_exposed(path)?;
    let text = Secret::new(fs::read_to_string(path).map_err(|e| Problem::reading(path, &e))?);
    let bad = |_| ConfigError::BadKeyFile { path: path.display().to_string() };
    Ok(text.expose().parse().map_err(bad)?)
}

/// What an aggregator needs: the task, its key, its folder.
struct Ready {
    task: Task,
    key: OpenKey,
    ledger: Ledger,
}

impl Ready {
    fn of(node: &Node, draft: &Draft, role: Role) -> Result<Self, Problem> {
        let task = draft.task()?;
        let key = read_reports_key(&key_path(node))?;
        let ledger = Ledger::open(&folder(node, &draft.digest), &task, role)?;
        Ok(Self { task, key, ledger })
    }
}

/// Where an aggregator keeps what it judged under a contract.
fn folder(node: &Node, contract: &Digest) -> PathBuf {
    node.folder.0.join("reports").join(contract.to_string())
}

/// The contract, approved, where this node leads.
fn approved(node: &Node, contract: &Path) -> Result<Approved, Problem> {
    let draft = Draft::read(contract)?.only(Scenario::Reports)?;
    let approved = node.approve(draft, Actor::Operator)?;
    match approved.side() {
        Side::Recipient => Ok(approved),
        Side::Provider(_) => Err(ContractError::WrongRole {
            contract: approved.draft().terms.contract.id.clone(),
            party: node.config.node.name.to_string(),
            role: "recipient".to_owned(),
        }
        .into()),
    }
}

/// As the recipient: judges reports with the provider.
pub(super) fn judge(node: &Node, job: &JudgeJob, ui: &Ui) -> Result<JudgeRun, Problem> {
    let approved = approved(node, &job.contract)?;
    if let Some(path) = &job.rejected {
        crate::tables::Out::check(path)?;
    }
    let mut ready = Ready::of(node, approved.draft(), Role::Leader)?;
    let mut reports = Reports::open(&job.input, &ready.task)?;
    let mut session = Session::open(node, approved)?;
    let found = judged(node, (&mut ready, &mut reports), (&mut session, job), ui);
    ended(session, found)
}

fn judged(
    node: &Node,
    (ready, reports): (&mut Ready, &mut Reports),
    (session, job): (&mut Session, &JudgeJob),
    ui: &Ui,
) -> Result<JudgeRun, Problem> {
    let bar = ui.progress("reports-judge", 0);
    let Ready { task, key, ledger } = ready;
    let mut leader = Aggregator::meet(&mut session.channel, task, key, ledger, &mut randomness())?;
    let going = reports.by_ref().map(|report| match ui.interrupted() {
        true => Err(ReportsError::Stopped { why: "Ctrl-C".to_owned() }),
        false => report,
    });
    let judged = leader.judge(going, &mut |read| bar.set(read));
    let judged = judged.map_err(|error| ui.go_on().err().unwrap_or_else(|| error.into()))?;
    leader.end()?;
    drop(bar);
    let passed_over = reports.passed_over().to_vec();
    let content = json!({ "session": session.id, "judged": judged, "files_passed_over": passed_over.len() });
    record(node, session, ("reports.judge", content, Stage::Processing), Actor::Operator)?;
    finish(node, session)?;
    if let Some(path) = &job.rejected {
        figures::rejected(path, &ready.ledger.rejected()?)?;
    }
    let total = session.channel.meter().total;
    let smallest = ready.task.terms().smallest;
    let bytes = total.bytes_sent + total.bytes_received;
    Ok(JudgeRun { session: session.id, judged, smallest, passed_over, bytes })
}

/// As the recipient: writes the figures of the batch that was collected last once more, which this node keeps.
fn write_again(node: &Node, job: &CollectJob) -> Result<CollectRun, Problem> {
    let draft = Draft::read(&job.contract)?.only(Scenario::Reports)?;
    let ledger = Ledger::open(&folder(node, &draft.digest), &draft.task()?, Role::Leader)?;
    let Some(Collected { batch, tally, figures }) = ledger.last_collected() else {
        return Err(ReportsError::NotCollected.into());
    };
    let content = json!({ "batch": batch, "tally": tally });
    let noted = super::answer::noted(
        node,
        "reports.again",
        &draft.terms.contract.id,
        (content, None),
        Actor::Operator,
    );
    noted.map_err(|why| ReportsError::Stopped { why })?;
    let figures = figures::named(reports_terms(&draft), &figures, &tally);
    let done = CollectRun { session: None, batch, tally, figures, out: job.out.clone() };
    figures::write(&job.out, &done)?;
    Ok(done)
}

/// As the recipient: opens the figures of the open batch.
pub(super) fn collect(node: &Node, job: &CollectJob) -> Result<CollectRun, Problem> {
    figures::check(&job.out)?;
    if job.again {
        return write_again(node, job);
    }
    let approved = approved(node, &job.contract)?;
    let mut ready = Ready::of(node, approved.draft(), Role::Leader)?;
    let mut session = Session::open(node, approved)?;
    let found = collected(node, &mut ready, (&mut session, job));
    ended(session, found)
}

fn collected(
    node: &Node,
    ready: &mut Ready,
    (session, job): (&mut Session, &CollectJob),
) -> Result<CollectRun, Problem> {
    let draft = session.approved.clone();
    let (id, contract) = (session.id, draft.draft().terms.contract.id.clone());
    let Ready { task, key, ledger } = ready;
    let mut leader = Aggregator::meet(&mut session.channel, task, key, ledger, &mut randomness())?;
    let mut note = |batch: u32, tally: &Tally| {
        let content = json!({ "session": id, "batch": batch, "tally": tally });
        super::answer::noted(node, "result.release", &contract, (content, None), Actor::Operator)
    };
    let Collected { batch, tally, figures } = leader.collect(&mut note)?;
    let figures = figures::named(reports_terms(draft.draft()), &figures, &tally);
    let done = CollectRun { session: Some(id), batch, tally, figures, out: job.out.clone() };
    // The batch is closed on both sides: the figures are written before the other can fail. Where they cannot be, the ledger
    // has them.
    let written = figures::write(&job.out, &done);
    leader.end()?;
    written?;
    finish(node, session)?;
    Ok(done)
}

/// How long a farewell may take: it is sent by the network's own threads, which end with the process.
const PARTING: Duration = Duration::from_millis(200);

/// Tells the other of what went wrong, so that it holds no session open.
fn ended<T>(session: Session, found: Result<T, Problem>) -> Result<T, Problem> {
    if let Err(problem) = &found {
        session.channel.abort(problem.code(), &problem.for_peer());
        std::thread::sleep(PARTING);
    }
    found
}

fn record(
    node: &Node,
    session: &Session,
    (action, content, stage): (&'static str, Value, Stage),
    by: Actor<'_>,
) -> Result<(), Problem> {
    let object = &session.approved.draft().terms.contract.id;
    node.record(Deed { action, object, content, result: outcome(None), stage, by }).map(drop)
}

fn finish(node: &Node, session: &mut Session) -> Result<(), Problem> {
    session.exchange_checkpoints(node)?;
    Ok(session.channel.close()?)
}

/// As the provider: answers about reports, and tells its share of a batch once that is recorded.
pub(super) fn answer(node: &Node, session: &mut Session, by: Actor<'_>) -> Result<Value, Problem> {
    let approved = session.approved.clone();
    let draft = approved.draft();
    let mut ready = Ready::of(node, draft, Role::Helper)?;
    let id = session.id;
    let mut note = |batch: u32, tally: &Tally| {
        let content = json!({ "session": id, "batch": batch, "tally": tally });
        super::answer::noted(node, "result.release", &draft.terms.contract.id, (content, None), by)
    };
    let Ready { task, key, ledger } = &mut ready;
    let mut helper = Aggregator::meet(&mut session.channel, task, key, ledger, &mut randomness())?;
    let judged = helper.answer(&mut note, &mut |_| {})?;
    Ok(json!({ "reports": judged }))
}
