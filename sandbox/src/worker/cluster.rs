//! Questions on the machines of a Ballista cluster, some of the persons on each.
//!
//! ```text
//! the room             the courier                 the cluster: yinshu-joint scheduler, executor …
//! job, divided ──▶ yinshu-joint tasks ──plan──▶ scheduler ──part──▶ executor ─▶ yinshu-sandbox task AT OF
//!                      │                                                │             └▶ a worker behind its walls
//!                      ▼                                                ▼
//! a worker here ◀── files of frames ◀──────────────────────── what came of its persons
//! puts them together ─▶ frames, each looked at ─▶ judged, released, recorded
//! ```
//!
//! What a part of the plan does is what a worker does here: it is the same job, over the persons of that part alone
//! (`engine/divided.rs`), in the same program, behind the same walls. Ballista decides where it is done, does it again where a machine
//! died, and brings back what came of it; nothing is sent from one executor to another. A program's aggregate goes through
//! all rows in one order, and is worked out in a worker here.
//!
//! # Security
//! *What the cluster may learn.* What a worker may (`worker.rs`): the job, and of the registered tables that the question names
//! everything. On the network between, which Ballista does not encrypt, jobs and sums and sets of numbered persons can be read. Executors read them under the same paths. The room's key, its secrets and its policies are in no job; whoever mounts the room's
//! `data/` and nothing else on the machines of executors keeps them from there.
//!
//! *What a machine that was taken over may try.* Read the tables: it can. Lie: what it says is put together in a worker behind walls,
//! and what comes out is held against the question like any other reply. So it can put what it likes into figures of
//! questions, and so may whoever reaches the scheduler's port: Ballista proves nobody's identity, and a cluster
//! belongs on a network of its own. Say nothing, or too much: the time is up, or the files are full.
//!
//! *What the courier may do.* It alone speaks with the network, and takes apart what comes from there. So it is put behind Landlock before
//! it starts: it can open the programs of the system, and the folder for what it brings, and neither the room nor the tables; it
//! can connect, and not be connected to.
//!
//! *What whoever asked may learn.* That the scheduler was not reached, which is found out before it is given anything, has a
//! code of its own; everything later is told as if a worker had ended.

use super::job::Order;
use super::parent::{Ending, MOST_OF_A_REASON, STANDS};
use super::{courier, frames};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

/// The code by which `yinshu-joint` says that no scheduler answers.
const AWAY: u64 = 9010;

/// A cluster, and how questions are divided among its machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Where its scheduler listens: `host:port`.
    pub scheduler: String,
    /// How many parts a question is divided into.
    pub parts: usize,
    /// `yinshu-joint`; the one beside this program where nothing is said.
    pub program: Option<PathBuf>,
}

impl Cluster {
    /// Has a job worked out part by part; what came of each is in `out` afterwards, under its number.
    pub(super) async fn run(&self, worker: &Path, order: &Order, out: &Path) -> Result<(), Ending> {
        let uncalled = |error: std::io::Error| Ending::Uncalled(error.to_string());
        let mut sent = Vec::new();
        frames::send(&mut sent, &order.written()).map_err(uncalled)?;
        let program = match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe().map_err(uncalled)?.with_file_name("yinshu-joint"),
        };
        let most = order.bounds.spill_mib.saturating_mul(1 << 20);
        let mut courier = Command::new(worker)
            .arg(courier::NAME)
            .arg(order.walls.word())
            .arg(&program)
            .args([&self.scheduler, &self.parts.to_string(), &most.to_string()])
            .env_clear()
            .current_dir(out)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(uncalled)?;
        let pipes = (courier.stdin.take(), courier.stdout.take(), courier.stderr.take());
        let (Some(mut to), Some(first), Some(from)) = pipes else {
            return Err(Ending::Uncalled("it has no pipes".to_owned()));
        };
        let (mut stands, mut said) = (Vec::new(), Vec::new());
        let told = async {
            // What it does not read it does not do: that shows when it ends.
            drop(to.write_all(&sent).await);
            drop(to);
        };
        let (mut first, mut from) = (first.take(1), from.take(MOST_OF_A_REASON as u64));
        let heard = tokio::join!(told, first.read_to_end(&mut stands), from.read_to_end(&mut said));
        heard.1.and(heard.2).map_err(uncalled)?;
        let said = String::from_utf8_lossy(&said);
        match courier.wait().await.map_err(uncalled)?.success() {
            true => Ok(()),
            // Nothing was given to anybody yet.
            false if stands != [STANDS] => Err(Ending::Uncalled(said.into_owned())),
            false => Err(ending(&said)),
        }
    }
}

/// How it ended once the courier stood behind its wall, by what it said last.
fn ending(said: &str) -> Ending {
    let last = said.lines().last().unwrap_or_default();
    let told: serde_json::Value = serde_json::from_str(last).unwrap_or_default();
    let reason = told["error"]["message"].as_str().unwrap_or(said).trim().to_owned();
    match told["error"]["code"].as_u64() {
        Some(AWAY) => Ending::Away(reason),
        _ => Ending::Ended(reason),
    }
}

#[cfg(test)]
mod tests;
