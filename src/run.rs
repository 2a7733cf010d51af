//! What happens, in order.
//!
//! ```text
//! config ─▶ contract ─approve▶ session ─run▶ outcome ─release▶ result ─record▶ audit log
//! ```
//!
//! Each step consumes what the one before made, so none can be left out: only an [`Approved`] opens a
//! [`Session`], only a session has an outcome, only what was released can be recorded, and only what
//! was recorded can be published. Refusals are recorded where they happen, and a run that ends early has
//! a last record that says with which code.
//!
//! [`Approved`]: crate::contract::Approved

mod answer;
mod arrivals;
mod bars;
mod delta;
mod interconn;
mod intersect;
mod pack;
mod page;
mod query;
mod reports;
mod session;
mod several;
mod stats;
mod verify;
mod work;

pub use answer::{answer, follow};
pub(crate) use arrivals::Arrivals;
pub use delta::{Packages, Tables, UpdateError, UpdateJob, Updated};
pub use interconn::{InterconnJob, Interconnected, interconnect};
pub use intersect::plan;
pub use intersect::{ByKey, IntersectJob, Intersected, Joined, Shown, Sum, Way};
pub(crate) use intersect::{key_domain, key_rules};
pub use pack::{issue, pack};
pub use page::print_page;
pub use query::{
    Engine, HIDDEN, Laid, Lowered, QueryError, QueryEstimate, QueryJob, QueryRun, Resumed, rehearse_query,
};
pub use reports::{
    CollectJob, CollectRun, Figure, FileJob, Filed, JudgeJob, JudgeRun, file_reports, reports_key,
};
pub use session::{Session, network};
pub use several::{Brought, Several, SeveralEstimate, SeveralJob, Went, estimate_several};
pub use stats::{
    Bin, Histogram, Line, NoiseOf, NoiseUsed, Protection, Rows, StatsError, StatsEstimate, StatsJob,
    StatsRun, Test, rehearse, stats_heads, stats_noise,
};
pub use verify::{Verified, VerifyJob, open_package, terms_of};

use crate::cli::Ui;
use crate::contract::{Draft, Scenario};
use crate::node::{Actor, Node};
use crate::problem::Problem;
use serde_json::Value;
use std::path::Path;

/// A county verifies what was returned to it: alone, and then with the provider.
pub fn verify_return(node: &Node, job: &VerifyJob, ui: &Ui) -> Result<Verified, Problem> {
    node.recording_failure(&job.contract, || {
        let draft = Draft::read(&job.contract)?.only(Scenario::OriginVerify)?;
        let approved = node.approve(draft, Actor::Operator)?;
        let opened = verify::open(node, approved, job)?;
        let looked = opened.look_here(node, job, ui)?;
        let outcome = looked.ask_there(node, job, ui)?;
        let released = outcome.release(node, job)?;
        let recorded = released.record(node)?;
        recorded.publish(node, job, ui)
    })
}

/// Two departments find the keys they share.
pub fn intersect(node: &Node, job: &IntersectJob, ui: &Ui) -> Result<Intersected, Problem> {
    node.recording_failure(&job.contract, || {
        let draft = Draft::read(&job.contract)?.only(Scenario::Psi)?.of_several(false)?;
        let approved = node.approve(draft, Actor::Operator)?;
        if let Some(joining) = intersect::join(&approved, job)? {
            return joining.run(node, approved, job)?.release()?.record(node)?.publish(job);
        }
        let table = intersect::open(&approved, job)?;
        let met = intersect::meet(node, approved, table, job, ui)?;
        let outcome = met.run(node, job, ui)?;
        let released = outcome.release()?;
        let recorded = released.record(node)?;
        recorded.publish(job)
    })
}

/// Three to five departments: what all hold, or how much is in each intersection.
pub fn intersect_several(node: &Node, job: &SeveralJob, ui: &Ui) -> Result<Several, Problem> {
    node.recording_failure(&job.contract, || {
        let draft = Draft::read(&job.contract)?.only(Scenario::Psi)?.of_several(true)?;
        let approved = node.approve(draft, Actor::Operator)?;
        let table = several::open(&approved, job)?;
        let met = several::meet(node, approved, table, ui)?;
        let outcome = met.run(node, ui)?;
        let released = outcome.release()?;
        let recorded = released.record(node)?;
        recorded.publish(node, job)
    })
}

/// Three departments answer a question over their rows together.
pub fn statistics(node: &Node, job: &StatsJob, ui: &Ui) -> Result<StatsRun, Problem> {
    node.recording_failure(&job.contract, || {
        let draft = Draft::read(&job.contract)?.only(Scenario::Stats)?.asking(false)?;
        let approved = node.approve(draft, Actor::Operator)?;
        let own = stats::read(node, &approved, job, ui)?;
        let met = stats::meet(node, approved, own)?;
        let recorded = met.run(node, ui)?;
        recorded.publish(node, job, ui)
    })
}

/// A recipient judges reports of many, with the provider.
pub fn judge_reports(node: &Node, job: &JudgeJob, ui: &Ui) -> Result<JudgeRun, Problem> {
    node.recording_failure(&job.contract, || reports::judge(node, job, ui))
}

/// A recipient opens the figures of a batch of reports, with the provider.
pub fn collect_reports(node: &Node, job: &CollectJob) -> Result<CollectRun, Problem> {
    node.recording_failure(&job.contract, || reports::collect(node, job))
}

/// Three departments answer a question in SQL over their tables.
pub fn question(node: &Node, job: &QueryJob, ui: &Ui) -> Result<QueryRun, Problem> {
    node.recording_failure(&job.contract, || {
        let draft = Draft::read(&job.contract)?.only(Scenario::Stats)?.asking(true)?;
        let approved = node.approve(draft, Actor::Operator)?;
        let own = query::read(node, &approved, job)?;
        let met = query::meet(node, approved, own)?;
        let recorded = met.run(node, ui)?;
        recorded.publish(node, job, ui)
    })
}

/// A recipient brings an intersection up to date.
pub fn update(node: &Node, job: &UpdateJob, ui: &Ui) -> Result<Updated, Problem> {
    node.recording_failure(&job.contract, || {
        let draft = Draft::read(&job.contract)?.only(Scenario::Psi)?.of_several(false)?;
        let approved = node.approve(draft, Actor::Operator)?;
        let ready = delta::ready(node, approved, job)?;
        let done = ready.run(node, ui)?;
        done.publish(node, &job.out)
    })
}

/// A provider that nobody can dial takes part in a run of several.
pub fn join_several(node: &Node, contract: &Path) -> Result<Value, Problem> {
    node.recording_failure(contract, || {
        let draft = Draft::read(contract)?.only(Scenario::Psi)?.of_several(true)?;
        let approved = node.approve(draft, Actor::Operator)?;
        several::join(node, approved)
    })
}
