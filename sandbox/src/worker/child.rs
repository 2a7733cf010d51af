//! The worker's side: one job, within walls.

use super::courier;
use super::frames::{self, send};
use super::job::{Job, Order};
use super::parent::{DONE, FAILED, MOST_OF_A_REASON, NAME, OPEN, STANDS};
use super::reply;
use super::sums;
use super::task;
use super::walls::{self, Yard};
use crate::disclosure::Computed;
use crate::engine::{self, Means, Part, Totals, Whole};
use crate::error::SandboxError;
use crate::program::gathered::Gathered;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Write};
use std::path::Path;
use std::process::ExitCode;

/// Bytes of stack for planning what nests as deeply as questions may.
const STACK: usize = 64 << 20;

/// Of the memory of a worker, the part that the engine itself may use: the other is for what is added up beside it.
const ENGINE: u64 = 2;

/// What a part begins with: those of another version may mean something else.
const VERSION: &[u8] = concat!("yinshu-sandbox ", env!("CARGO_PKG_VERSION"), " 1").as_bytes();

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
    /// What came of some of the persons.
    Part(Part),
}

/// Whether this process was called as a worker; it is one then, and this says how it ends. A program that asks questions, be
/// it `yinshu-sandbox` or another over this library, begins with this: it is called again for every one.
#[must_use]
pub fn called() -> Option<ExitCode> {
    let arguments: Option<Vec<String>> =
        std::env::args_os().skip(1).map(|word| word.into_string().ok()).collect();
    let arguments = arguments?;
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [NAME] => Some(main()),
        [courier::NAME, ref words @ ..] => words.try_into().ok().map(courier::main),
        [task::NAME, at, parts] => Some(task::main(at.parse().ok()?, parts.parse().ok()?)),
        _ => None,
    }
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
        compiles: order.job.compiles(),
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
            let (of, source) = ((&registered, &means), &question.tables[0]);
            let gathered = engine::gathered(&dataset, of, source, gathering).await;
            gathered.map(Outcome::Gathered).map_err(failed)
        }
        job @ Job::Part { at, parts, .. } => {
            let (wanted, figured) = job.divided().ok_or("it cannot be divided")?;
            let (question, dataset, registered) = wanted.read();
            let registered = registered.only(wanted.persons(*at, *parts));
            let part = engine::part(&question, &dataset, &registered, &means, figured).await;
            part.map(Outcome::Part).map_err(failed)
        }
        job @ Job::Together { parts, .. } => {
            let (wanted, figured) = job.divided().ok_or("it cannot be divided")?;
            let (question, dataset, _) = wanted.read();
            let frames = (0..*parts).flat_map(|at| {
                let persons = wanted.persons(at, *parts);
                arrived(&order.folder.join(at.to_string())).map(move |frame| Ok((persons, frame?)))
            });
            match engine::together(&question, &dataset, figured, frames).map_err(failed)? {
                Whole::Table(computed) => Ok(Outcome::Table(computed)),
                Whole::Totals(totals) => Ok(Outcome::Totals(totals)),
            }
        }
    }
}

/// The frames of a part that lies in a file: all of them, or an error at the end.
fn arrived(path: &Path) -> impl Iterator<Item = Result<Vec<u8>, SandboxError>> + use<> {
    let begun = |file: File| {
        let mut file = BufReader::new(file);
        match frames::receive(&mut file, VERSION.len()) {
            Ok(version) if version == VERSION => Ok(file),
            _ => Err(SandboxError::engine(&"a part is of another version, or is none")),
        }
    };
    let mut file = match File::open(path) {
        Ok(file) => Some(begun(file)),
        Err(_) => Some(Err(SandboxError::engine(&"a part did not arrive"))),
    };
    std::iter::from_fn(move || {
        let mut open = match file.take()? {
            Ok(open) => open,
            Err(error) => return Some(Err(error)),
        };
        match frames::receive(&mut open, usize::MAX) {
            // The empty one says that no other follows.
            Ok(frame) if frame.is_empty() => None,
            Ok(frame) => {
                file = Some(Ok(open));
                Some(Ok(frame))
            }
            Err(broken) => Some(Err(SandboxError::engine(&broken))),
        }
    })
}

/// Says what a job came to.
pub(super) fn answered(order: &Order, done: Done, out: &mut impl Write) -> std::io::Result<()> {
    let asked = match &order.job {
        Job::Together { of, .. } => of,
        job => job,
    };
    match (done, asked) {
        (Ok(Outcome::Table(computed)), Job::Question(wanted)) => {
            send(out, &[DONE])?;
            reply::written(&computed, &wanted.labels(), |frame| send(out, frame))
        }
        (Ok(Outcome::Part(part)), _) => {
            send(out, &[DONE])?;
            send(out, VERSION)?;
            for frame in part.frames() {
                send(out, &frame.map_err(std::io::Error::other)?)?;
            }
            send(out, &[])
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
