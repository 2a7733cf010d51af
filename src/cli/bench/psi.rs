//! ECDH-PSI: both parties in this process over memory channels, sharing the cores.

use super::machine;
use crate::cli::Ui;
use crate::node::randomness;
use crate::problem::Problem;
use crate::progress::Progress;
use serde::Serialize;
use std::convert::Infallible;
use std::time::Instant;
use yinshu_net::{Channel as _, PartyId, memory};
use yinshu_psi::{Entry, Item, Learns, PsiError, Terms, intersect};

/// Items of the receiver and of the sender.
const SIZES: [(u64, u64); 2] = [(1 << 16, 1 << 16), (1 << 14, 1 << 18)];
const QUICK: [(u64, u64); 2] = [(1 << 12, 1 << 12), (1 << 10, 1 << 14)];

/// What an intersection took.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// Items of the side that learns the intersection.
    pub(super) receiver_items: u64,
    /// Items of the other side.
    pub(super) sender_items: u64,
    /// Items in common.
    pub(super) shared: u64,
    /// From the first message to the result.
    pub(super) seconds: f64,
    /// Processor time of both sides, all threads together.
    pub(super) cpu_seconds: Option<f64>,
    /// Items of both sides together, a second.
    pub(super) items_per_second: f64,
    /// Bytes of both directions together.
    pub(super) bytes: u64,
    /// Changes of direction.
    pub(super) rounds: u64,
}

/// Measures two shapes: equal sets, and a small one against a large one.
pub(super) fn run(quick: bool, ui: &Ui) -> Result<Vec<Figures>, Problem> {
    let sizes = if quick { QUICK } else { SIZES };
    let measured = sizes.into_iter().map(|size| {
        ui.go_on()?;
        one(size, ui)
    });
    measured.collect()
}

fn entry(value: u64) -> Entry {
    Entry::from(Item::new("yinshu/bench", &[&value.to_le_bytes()]))
}

fn one((x, y): (u64, u64), ui: &Ui) -> Result<Figures, Problem> {
    let party = |name: &str| PartyId::new(name).expect("a name of letters");
    let (mut receiver, mut sender) = memory::pair(party("receiver"), party("sender"));
    let terms = Terms::single(Learns::Receiver, x.max(y));
    let own: Vec<Entry> = (0..x).map(entry).collect();
    let bar: Progress = ui.progress("bench-psi", x + y);
    let (began, cpu) = (Instant::now(), machine::cpu("self"));
    let theirs = &terms;
    let (received, sent) = std::thread::scope(|scope| {
        // The sender's end lives in its thread: when that ends, whichever way, the receiver notices.
        let sent = scope.spawn(move || {
            // Half of the smaller set is shared.
            let from = x.min(y) / 2;
            let table = (from..from + y).map(|value| Ok::<_, Infallible>(entry(value)));
            intersect::send(&mut sender, table, theirs, &mut randomness(), &mut |_| {})
        });
        let mut told = 0;
        let received = intersect::receive(&mut receiver, &own, &terms, &mut randomness(), &mut |progress| {
            told = progress.done.max(told);
            bar.set(told);
        });
        (received, sent.join())
    });
    let seconds = began.elapsed().as_secs_f64();
    let cpu_seconds = cpu.and_then(|before| Some(machine::cpu("self")? - before));
    let received = received.map_err(Problem::from)?;
    sent.map_err(|_| Problem::internal("the sending thread of a measurement ended early"))?
        .map_err(|e: PsiError| Problem::from(e))?;
    let total = receiver.meter().total;
    Ok(Figures {
        receiver_items: x,
        sender_items: y,
        shared: received.matched.iter().filter(|matched| **matched).count() as u64,
        seconds,
        cpu_seconds,
        items_per_second: (x + y) as f64 / seconds,
        bytes: total.bytes_sent + total.bytes_received,
        rounds: total.rounds,
    })
}
