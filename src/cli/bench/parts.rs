//! What the others are made of, each on one core.

use super::machine;
use crate::cli::Ui;
use crate::node::{now, randomness};
use crate::problem::Problem;
use serde::Serialize;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};
use yinshu_audit::{Entry, Log, Stage};
use yinshu_crypto::group::{Element, Exponent, Hasher, raise_and_encode};
use yinshu_crypto::sign::SigningKey;

/// A part and how often a second one core does it.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// Which: `hash-to-group`, `raise`, `audit-append`.
    pub(super) part: &'static str,
    /// Times done.
    pub(super) count: u64,
    /// Time for all of them.
    pub(super) seconds: f64,
    /// Processor time of that; the rest went to other programs, or to waiting for the disk.
    pub(super) cpu_seconds: Option<f64>,
    /// Times a second.
    pub(super) per_second: f64,
}

/// As many as share one inversion in the protocol.
const BATCH: u64 = 128;

/// Measures each part for a second, or for a tenth of one.
pub(super) fn run(quick: bool, ui: &Ui) -> Result<Vec<Figures>, Problem> {
    let long = Duration::from_millis(if quick { 100 } else { 1000 });
    let hasher = Hasher::new(b"yinshu/bench");
    let mut next = 0u64;
    let hash = measure("hash-to-group", long, BATCH, || {
        for _ in 0..BATCH {
            next += 1;
            black_box(hasher.hash(&[&next.to_le_bytes()]));
        }
        Ok(())
    })?;
    ui.go_on()?;
    let mut rng = randomness();
    let elements: Vec<Element> = (0..BATCH).map(|_| Element::random(&mut rng)).collect();
    let by = Exponent::random(&mut rng);
    let raise = measure("raise", long, BATCH, || {
        black_box(raise_and_encode(black_box(&elements), &by));
        Ok(())
    })?;
    ui.go_on()?;
    Ok(vec![hash, raise, append(long)?])
}

/// Records appended to a log and on disk, one after another.
fn append(long: Duration) -> Result<Figures, Problem> {
    let folder = tempfile::tempdir().map_err(|e| Problem::writing(&std::env::temp_dir(), &e))?;
    let mut log = Log::open(&folder.path().join("log.jsonl"), SigningKey::generate(&mut randomness()))?;
    let entry = Entry {
        user: "张三".to_owned(),
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        object: "sb_cbxx".to_owned(),
        content: "属地返还核验".to_owned(),
        action: "bench".to_owned(),
        result: "ok".to_owned(),
        stage: Stage::Processing,
    };
    measure("audit-append", long, 1, || {
        log.append(&entry, now())?;
        Ok(())
    })
}

fn measure(
    part: &'static str,
    long: Duration,
    each: u64,
    mut work: impl FnMut() -> Result<(), Problem>,
) -> Result<Figures, Problem> {
    let (began, cpu, mut count) = (Instant::now(), machine::thread_cpu(), 0);
    while began.elapsed() < long {
        work()?;
        count += each;
    }
    let seconds = began.elapsed().as_secs_f64();
    let cpu_seconds = cpu.and_then(|before| Some(machine::thread_cpu()? - before));
    Ok(Figures { part, count, seconds, cpu_seconds, per_second: count as f64 / seconds })
}
