//! The worker's side: one job, within walls.

use super::frames::send;
use super::job::{Job, Order};
use super::parent::{DONE, FAILED, MOST_OF_A_REASON, NAME, OPEN, STANDS};
use super::reply;
use super::sums;
use super::walls::{self, Yard};
use crate::disclosure::Computed;
use crate::engine::{self, Means, Totals};
use crate::error::SandboxError;
use crate::program::gathered::Gathered;
use std::io::{BufWriter, Read as _, Write};
use std::process::ExitCode;

/// Bytes of stack for planning what nests as deeply as questions may.
const STACK: usize = 64 << 20;

/// Of the memory of a worker, the part that the engine itself may use: the other is for what is added up beside it.
const ENGINE: u64 = 2;

/// What a job came to, or why it came to nothing.
pub(super) type Done = Result<Outcome, String>;

/// What a job came to.
pub(super) enum Outcome {
    /// The table of a question.
    Table(Computed),
    /// Sums by group.
    Totals(Totals),
    /// What an aggregate came to.
    Gathered(Gathered),
}

/// Whether this process was called as a worker; it is one then, and this says how it ends. A program that asks questions, be
/// it `yinshu-sandbox` or another over this library, begins with this: it is called again for every one.
#[must_use]
pub fn called() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let named = arguments.next().is_some_and(|name| name == NAME) && arguments.next().is_none();
    named.then(main)
}

/// Works. There is one thread, until the walls stand.
fn main() -> ExitCode {
    let mut out = BufWriter::new(std::io::stdout());
    let Ok(order) = Order::read(&mut std::io::stdin()) else { return ExitCode::FAILURE };
    let yard = Yard {
        files: &order.files,
        folder: &order.folder,
        seconds: order.bounds.seconds,
        memory_mib: order.bounds.memory_mib,
        spill_mib: order.bounds.spill_mib,
        compiles: match &order.job {
            Job::Question(wanted) | Job::Totals(wanted, _) => wanted.scores(),
            Job::Program(..) => true,
        },
    };
    let said = match walls::enter(&yard, order.walls) {
        Err(missing) => told(OPEN, &missing, &mut out),
        Ok(()) => within(&order, &mut out),
    };
    match said.and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Works within the walls.
fn within(order: &Order, out: &mut impl Write) -> std::io::Result<()> {
    send(out, &[STANDS])?;
    out.flush()?;
    // Nobody waits any longer: the pipe is closed from the other side, whatever became of it.
    std::thread::Builder::new().spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(1);
    })?;
    let working = std::thread::Builder::new().stack_size(STACK);
    let done = std::thread::scope(|scope| {
        let working = working.spawn_scoped(scope, || run(order)).map_err(|error| error.to_string())?;
        working.join().unwrap_or_else(|_| Err("it panicked".to_owned()))
    });
    answered(order, done, out)
}

fn run(order: &Order) -> Done {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build();
    runtime.map_err(|error| error.to_string())?.block_on(done(order))
}

/// Does a job.
pub(super) async fn done(order: &Order) -> Done {
    let means = Means {
        memory_mib: order.bounds.memory_mib.div_ceil(ENGINE),
        folder: &order.folder,
        spill_mib: order.bounds.spill_mib,
    };
    let failed = |error: SandboxError| match error.reason() {
        Some(reason) => reason.to_owned(),
        None => error.to_string(),
    };
    match &order.job {
        Job::Question(wanted) => {
            let (question, dataset, registered) = wanted.read();
            let computed = engine::run(&question, &dataset, &registered, &means, wanted.largest).await;
            computed.map(Outcome::Table).map_err(failed)
        }
        Job::Totals(wanted, counting) => {
            let (question, dataset, registered) = wanted.read();
            let totals = engine::totals(&question, &dataset, &registered, &means, counting).await;
            totals.map(Outcome::Totals).map_err(failed)
        }
        Job::Program(wanted, gathering) => {
            let (question, dataset, registered) = wanted.read();
            let gathered = engine::gathered(&dataset, &registered, &question.tables[0], gathering).await;
            gathered.map(Outcome::Gathered).map_err(failed)
        }
    }
}

/// Says what a job came to.
pub(super) fn answered(order: &Order, done: Done, out: &mut impl Write) -> std::io::Result<()> {
    match (done, &order.job) {
        (Ok(Outcome::Table(computed)), Job::Question(wanted)) => {
            send(out, &[DONE])?;
            reply::written(&computed, &wanted.labels(), |frame| send(out, frame))
        }
        (Ok(Outcome::Totals(totals)), Job::Totals(_, counting)) => {
            send(out, &[DONE])?;
            sums::written(&totals, counting, |frame| send(out, frame))
        }
        (Ok(Outcome::Gathered(gathered)), _) => {
            send(out, &[DONE])?;
            send(out, &super::sheet::written(&gathered))
        }
        (Ok(Outcome::Table(_) | Outcome::Totals(_)), _) => told(FAILED, "that was not asked for", out),
        (Err(reason), _) => told(FAILED, &reason, out),
    }
}

fn told(how: u8, reason: &str, out: &mut impl Write) -> std::io::Result<()> {
    let mut bytes = vec![how];
    bytes.extend(reason.bytes().take(MOST_OF_A_REASON));
    send(out, &bytes)
}
