//! Ten thousand reporters, some of whom cheat: `cargo run --release --example many_reporters`.
//!
//! Each says how many minutes it waited, 0 to 480. Two aggregators learn the sum of the reports that are in order, and
//! nothing else; the truth is worked out beside it and compared.
#![allow(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use rand::Rng as _;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use std::time::Instant;
use yinshu_crypto::hash::Digest;
use yinshu_net::memory;
use yinshu_reports::{
    Aggregator, Kind, Ledger, Measurement, OpenKey, Outcome, Reporter, ReportsError, Role, Task, Terms, plain,
};

const REPORTERS: usize = 10_000;
const SEED: u64 = 20_261_122;
const NOON: u64 = 1_795_320_000;
const WAITED: Kind = Kind::Sum { max: 480 };

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("seed {SEED}");
    let mut rng = ChaCha20Rng::seed_from_u64(SEED);
    let keys = [OpenKey::generate(&mut rng), OpenKey::generate(&mut rng)];
    let task = Task::new(Terms {
        agreement: Digest::sha256("窗口等候时长填报".as_bytes()),
        kind: WAITED,
        smallest: 1000,
        from: NOON - 86_400,
        until: NOON + 86_400,
        leader: keys[0].public(),
        helper: keys[1].public(),
    })?;

    let measured: Vec<Measurement> =
        (0..REPORTERS).map(|_| Measurement::Number(rng.next_u64() % 481)).collect();
    let (truth, _) = plain::aggregate(WAITED, &measured);
    let reporter = Reporter::new(&task);
    let begun = Instant::now();
    let mut reports = reporter.reports(&measured, NOON, &mut rng).map_err(|(_, error)| error)?;
    println!("{REPORTERS} reports of {} bytes in {:.2?}", reporter.report_bytes(), begun.elapsed());

    let fine = reports.clone();
    for (at, whole) in fine.iter().enumerate().take(100) {
        // Altered on the way, behind the id and the time.
        let mut altered = reporter.report(&Measurement::Number(480), NOON, &mut rng)?;
        let byte = 24 + at * 4 % (altered.len() - 24);
        altered[byte] ^= 0x40;
        reports.push(altered);
        // Of last week, and cut off.
        reports.push(reporter.report(&Measurement::Number(480), NOON - 7 * 86_400, &mut rng)?);
        let mut cut = reporter.report(&Measurement::Number(480), NOON, &mut rng)?;
        cut.truncate(at);
        reports.push(cut);
        // Sent again.
        reports.push(whole.clone());
    }

    let folder = tempfile::tempdir()?;
    let (a, b) = memory::pair("leader".parse()?, "helper".parse()?);
    let begun = Instant::now();
    let collected = std::thread::scope(|scope| {
        let (task, key, folder) = (&task, &keys[1], folder.path().join("helper"));
        let helping = scope.spawn(move || -> Result<(), ReportsError> {
            let mut ledger = Ledger::open(&folder, task, Role::Helper)?;
            let mut helper = Aggregator::meet(b, task, key, &mut ledger, &mut yinshu::node::randomness())?;
            helper.answer(&mut |_, _| Ok(()), &mut |_| {}).map(drop)
        });
        let led = lead(task, &keys[0], (a, reports));
        helping.join().expect("the helper does not panic")?;
        led
    });
    let (judged, collected) = collected?;
    let took = begun.elapsed();
    for outcome in Outcome::ALL {
        println!("{:<12} {:>6}", outcome.word(), judged.tally.of(outcome));
    }
    println!("{:<12} {:>6}", "judged before", judged.passed);
    println!("sum {}, truth {}, judged and collected in {took:.2?}", collected.figures.0[0], truth.0[0]);
    assert_eq!(collected.figures, truth);
    assert_eq!(judged.tally.of(Outcome::Accepted), REPORTERS as u64);
    assert_eq!((judged.tally.rejected(), judged.passed), (300, 100));
    assert_eq!(judged.tally.of(Outcome::OutOfTime), 100);
    Ok(())
}

/// The leader: takes the reports in, and opens their sum.
fn lead(
    task: &Task,
    key: &OpenKey,
    (channel, reports): (memory::MemoryChannel, Vec<Vec<u8>>),
) -> Result<(yinshu_reports::Judged, yinshu_reports::Collected), ReportsError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut ledger = Ledger::open(folder.path(), task, Role::Leader)?;
    let mut leader = Aggregator::meet(channel, task, key, &mut ledger, &mut yinshu::node::randomness())?;
    let judged = leader.judge(reports.into_iter().map(Ok), &mut |_| {})?;
    let collected = leader.collect(&mut |_, _| Ok(()))?;
    leader.end()?;
    Ok((judged, collected))
}
