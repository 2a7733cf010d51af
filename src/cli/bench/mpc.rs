//! `yinshu bench mpc`: joint computation of three parties, each a process of its own on this machine, over mutual TLS as
//! between nodes; against parties that only look, and against one that cheats.
//!
//! All outcomes are compared with the same in the clear ([`work`]). A time runs from when all three are ready to when the last
//! of them has its part of the outcome; sharing the inputs is measured by itself. Where a party may cheat, the proofs are in
//! the time. Memory is the peak of a whole process that did nothing else.

mod cases;
pub(super) mod growth;
mod party;
pub(super) mod peers;
mod rig;
pub(super) mod shaped;
mod show;
mod work;

pub(super) use show::table;

use crate::cli::Ui;
use crate::problem::Problem;
use crate::run::plan::Link;
use cases::{Aim, CASES};
use serde::Serialize;
use work::{Job, Outcome, Took, Work};
use yinshu_mpc::{Role, Security};

/// One work as it went.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figures {
    pub(super) work: Work,
    pub(super) rows: usize,
    pub(super) security: Security,
    /// Until the last party was done.
    pub(super) seconds: f64,
    /// Processor time of the three together.
    pub(super) cpu_seconds: Option<f64>,
    /// Bytes that each party sent.
    pub(super) bytes_sent: [u64; 3],
    /// The most that one party sent another.
    pub(super) widest_bytes: u64,
    /// Steps of the protocol.
    pub(super) steps: u32,
    /// Peak memory of the largest party.
    pub(super) peak_bytes: Option<u64>,
    /// What is aimed at on the reference machine of two idle cores.
    #[serde(skip_serializing_if = "Aim::is_none")]
    pub(super) aim: Aim,
    /// Seconds over those aimed at: met up to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of_aim: Option<f64>,
    /// Seconds over those where parties only look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of_semi_honest: Option<f64>,
    /// What came out, where it is no whole number.
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

/// Plays one of the three, for the process that measures.
pub(super) fn play(role: u8, ui: &mut Ui) -> Result<(), Problem> {
    let role = Role::ALL.get(usize::from(role)).copied();
    party::play(role.ok_or_else(|| Problem::internal("there are three parties"))?, ui)
}

/// Measures the table.
pub(super) fn run(quick: bool, large: bool, ui: &mut Ui) -> Result<Vec<Figures>, Problem> {
    let mut figures: Vec<Figures> = Vec::new();
    for case in CASES.iter().filter(|case| large || !case.large) {
        let mut case = *case;
        if quick && case.job.work != Work::Logistic {
            // Aims are those of the whole size.
            (case.job.rows, case.aim) = (case.job.rows / 10, Aim::NONE);
        }
        let mut found = one(&case.job, None, ui)?;
        found.aim = case.aim;
        found.of_aim = case.aim.seconds.map(|aim| found.seconds / aim);
        if found.security == Security::Malicious {
            let mut same = figures.iter().filter(|one| (one.work, one.rows) == (found.work, found.rows));
            found.of_semi_honest = same.next().map(|one| found.seconds / one.seconds);
        }
        figures.push(found);
    }
    Ok(figures)
}

/// Measures one work.
fn one(job: &Job, link: Option<Link>, ui: &mut Ui) -> Result<Figures, Problem> {
    let case = show::case(job, ui.texts());
    ui.say("ui-bench-mpc-case", &[("case", case.into())]);
    Ok(Figures::of(job, &rig::run(job, link, ui)?))
}

impl Figures {
    fn of(job: &Job, parties: &[Took; 3]) -> Self {
        let [first, ..] = parties;
        Self {
            work: job.work,
            rows: job.rows,
            security: job.security,
            seconds: parties.iter().map(|party| party.seconds).fold(0.0, f64::max),
            cpu_seconds: parties.iter().map(|party| party.cpu_seconds).sum(),
            bytes_sent: parties.each_ref().map(|party| party.bytes_sent.iter().sum()),
            widest_bytes: parties.iter().flat_map(|party| party.bytes_sent).max().unwrap_or(0),
            steps: parties.iter().map(|party| party.steps).max().unwrap_or(0),
            peak_bytes: parties.iter().map(|party| party.peak_bytes).max().flatten(),
            aim: Aim::NONE,
            of_aim: None,
            of_semi_honest: None,
            outcome: first.outcome,
        }
    }
}
