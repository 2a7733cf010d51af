//! Both aggregators in one process: against the oracle, stopped, cheated, and asked for too much.

mod cheating;
mod stopped;

use super::msg::PART;
use super::*;
use crate::kind::{Kind, Measurement};
use crate::ledger::Outcome;
use crate::plain;
use crate::report::Reporter;
use crate::task::Terms;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use yinshu_net::Meter;
use yinshu_net::memory::{self, MemoryChannel};

const NOON: u64 = 1_800_000_000;

/// Two aggregators with folders, and a generator of everything random.
struct World {
    task: Task,
    keys: [OpenKey; 2],
    folder: tempfile::TempDir,
    rng: ChaCha20Rng,
}

type Memory = MemoryChannel;

impl World {
    fn new(kind: Kind, smallest: u64, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let keys = [OpenKey::generate(&mut rng), OpenKey::generate(&mut rng)];
        let terms = Terms {
            agreement: Digest([1; 32]),
            kind,
            smallest,
            from: NOON - 1000,
            until: NOON + 1000,
            leader: keys[0].public(),
            helper: keys[1].public(),
        };
        let task = Task::new(terms).expect("a good task");
        Self { task, keys, folder: tempfile::tempdir().expect("a folder"), rng }
    }

    fn report(&mut self, measurement: &Measurement) -> Vec<u8> {
        Reporter::new(&self.task).report(measurement, NOON, &mut self.rng).expect("it is admitted")
    }

    fn reports(&mut self, measurements: &[Measurement]) -> Vec<Vec<u8>> {
        Reporter::new(&self.task).reports(measurements, NOON, &mut self.rng).expect("all are admitted")
    }

    fn ledger(&self, role: Role) -> Ledger {
        let folder = self.folder.path().join(format!("{role:?}"));
        Ledger::open(&folder, &self.task, role).expect("the ledger opens")
    }

    /// A run: the leader does something, the helper answers. The channels may be tampered with.
    fn run_with<R, A: Channel, B: Channel>(
        &mut self,
        wrap: impl FnOnce(Memory, Memory) -> (A, B),
        lead: impl FnOnce(Aggregator<'_, A>) -> Result<R, ReportsError>,
    ) -> (Result<R, ReportsError>, Result<Judged, ReportsError>) {
        let (a, b) = memory::pair("leader".parse().expect("a name"), "helper".parse().expect("a name"));
        let patience = std::time::Duration::from_secs(20);
        let (a, b) = wrap(a.with_patience(patience), b.with_patience(patience));
        let (mut ours, mut theirs) = (self.ledger(Role::Leader), self.ledger(Role::Helper));
        let mut rngs = [0, 1].map(|_| {
            let mut seed = [0; 32];
            self.rng.fill_bytes(&mut seed);
            ChaCha20Rng::from_seed(seed)
        });
        let (task, keys) = (&self.task, &self.keys);
        let [first, second] = &mut rngs;
        std::thread::scope(|scope| {
            let helper = scope.spawn(move || {
                let mut met = Aggregator::meet(b, task, &keys[1], &mut theirs, second)?;
                met.answer(&mut |_, _| Ok(()), &mut |_| {})
            });
            let led = Aggregator::meet(a, task, &keys[0], &mut ours, first).and_then(lead);
            (led, helper.join().expect("the helper does not panic"))
        })
    }

    fn judge(&mut self, reports: &[Vec<u8>]) -> Result<Judged, ReportsError> {
        let reports = reports.to_vec();
        let (led, answered) = self.run_with(
            |a, b| (a, b),
            |mut leader| {
                let judged = leader.judge(reports.into_iter().map(Ok), &mut |_| {})?;
                leader.end().map(|_| judged)
            },
        );
        if led.is_ok() {
            assert!(answered.is_ok(), "{answered:?}");
        }
        led
    }

    fn collect(&mut self) -> Result<Collected, ReportsError> {
        let collect = |mut leader: Aggregator<'_, Memory>| leader.collect(&mut |_, _| Ok(()));
        self.run_with(|a, b| (a, b), collect).0
    }
}

fn numbers(count: u64) -> Vec<Measurement> {
    (0..count).map(|at| Measurement::Number(at * 37 % 1000)).collect()
}

const SUM: Kind = Kind::Sum { max: 1000 };

#[test]
fn figures_are_those_of_the_oracle_for_every_kind() {
    let kinds = [Kind::Count, SUM, Kind::Histogram { buckets: 9 }, Kind::Vector { length: 5, bits: 7 }];
    for (seed, kind) in kinds.into_iter().enumerate() {
        let mut world = World::new(kind, 3, seed as u64);
        let measured = |at: u64| match kind {
            Kind::Count => Measurement::Yes(at.is_multiple_of(3)),
            Kind::Sum { max } => Measurement::Number(at * 77 % (max + 1)),
            Kind::Histogram { buckets } => Measurement::Bucket((at * at) as u32 % buckets),
            Kind::Vector { .. } => Measurement::Numbers((0..5).map(|i| (at * i) % 128).collect()),
        };
        let measurements: Vec<_> = (0..40).map(measured).collect();
        let reports = world.reports(&measurements);
        let judged = world.judge(&reports).expect("it runs");
        assert_eq!((judged.tally.of(Outcome::Accepted), judged.tally.rejected(), judged.passed), (40, 0, 0));
        let collected = world.collect().expect("there are enough");
        assert_eq!(collected.figures, plain::aggregate(kind, &measurements).0, "{kind:?}");
        assert_eq!(collected.batch, 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn whatever_is_reported_is_added_up(numbers in prop::collection::vec(0..=u64::from(u32::MAX), 3..30), seed: u64) {
        let kind = Kind::Sum { max: u32::MAX.into() };
        let mut world = World::new(kind, 3, seed);
        let measurements: Vec<_> = numbers.iter().map(|n| Measurement::Number(*n)).collect();
        let reports = world.reports(&measurements);
        // In two runs, the second with some of the first again.
        let half = reports.len() / 2;
        world.judge(&reports[..half]).expect("it runs");
        let judged = world.judge(&reports[half / 2..]).expect("it runs");
        prop_assert_eq!(judged.passed, (half - half / 2) as u64);
        prop_assert_eq!(world.collect().expect("enough").figures.0, vec![numbers.iter().sum::<u64>()]);
    }
}

#[test]
fn several_parts_go_through_in_the_rounds_and_bytes_that_are_said() {
    let mut world = World::new(Kind::Count, 3, 5);
    let reports = world.reports(&vec![Measurement::Yes(true); 2500]);
    let (led, _) = world.run_with(
        |a, b| (a, b),
        |mut leader| {
            let judged = leader.judge(reports.into_iter().map(Ok), &mut |_| {})?;
            let collected = leader.collect(&mut |_, _| Ok(()))?;
            let meter: Meter = leader.channel.meter();
            leader.end()?;
            Ok((judged, collected, meter))
        },
    );
    let (judged, collected, meter) = led.expect("it runs");
    assert_eq!((judged.tally.of(Outcome::Accepted), collected.figures.0), (2500, vec![2500]));
    // Count: 16 + 8, the helper's seed sealed, 4 numbers of 8 bytes of the verifier.
    let asked = 16 + 8 + (48 + 32) + 4 * 8;
    let settled = 3 * (8 + 32 + 2) + 2500usize.div_ceil(8);
    let turns = 4 * 2 + 3 * 10 + 2500 * asked + settled;
    let sent = msg::HELLO_BYTES + 2 * 33 + turns + 45;
    assert_eq!(meter.total.bytes_sent, sent as u64);
    let received = msg::HELLO_BYTES + 2 * 33 + 4 * 9 + 2500 + 9;
    assert_eq!(meter.total.bytes_received, received as u64);
}

#[test]
fn each_bad_report_is_rejected_for_its_reason_and_spoils_nothing() {
    let mut world = World::new(Kind::Histogram { buckets: 6 }, 3, 6);
    let reporter = Reporter::new(&world.task).report_bytes();
    let good: Vec<_> = (0..5).map(|at| Measurement::Bucket(at % 3)).collect();
    let mut reports = world.reports(&good);
    let one = |world: &mut World| world.report(&Measurement::Bucket(5));
    let mut expected = std::collections::BTreeMap::new();
    let mut bad = |report: Vec<u8>, outcome: Outcome| {
        *expected.entry(outcome).or_insert(0) += 1;
        reports.push(report);
    };
    let sizes = AnyPrio::new(world.task.kind(), vec![]).sizes();
    let (public, leader) = (24, 24 + sizes.public);
    let helper = leader + 48 + sizes.leader;
    // Every field of a report: id, time, public share, both sealed shares, at both ends.
    for at in [
        0,
        15,
        16,
        public,
        leader - 1,
        leader,
        leader + 31,
        leader + 32,
        helper - 1,
        helper,
        helper + 40,
        reporter - 1,
    ] {
        let mut altered = one(&mut world);
        altered[at] ^= 1;
        bad(altered, Outcome::Unopened);
    }
    let mut swapped = one(&mut world);
    let other = one(&mut world);
    swapped[helper..].copy_from_slice(&other[helper..]);
    bad(swapped, Outcome::Unopened);
    let mut cut = one(&mut world);
    cut.truncate(reporter - 1);
    bad(cut, Outcome::CutOff);
    let reporter = |task: &Task, time, rng: &mut ChaCha20Rng| {
        Reporter::new(task).report(&Measurement::Bucket(5), time, rng).expect("it is admitted")
    };
    for time in [NOON - 1001, NOON + 1000] {
        bad(reporter(&world.task, time, &mut world.rng), Outcome::OutOfTime);
    }
    let other = World::new(Kind::Histogram { buckets: 6 }, 4, 6);
    bad(reporter(&other.task, NOON, &mut world.rng), Outcome::Unopened);
    for report in cheating::by_reporters(&mut world) {
        bad(report, Outcome::Invalid);
    }
    bad(cheating::malformed(&mut world), Outcome::Malformed);
    bad(cheating::unopened_by_the_helper(&mut world), Outcome::Unopened);
    let judged = world.judge(&reports).expect("it runs");
    for (outcome, count) in expected {
        assert_eq!(judged.tally.of(outcome), count, "{outcome:?}");
    }
    let collected = world.collect().expect("there are enough");
    assert_eq!(collected.figures, plain::aggregate(world.task.kind(), &good).0);
    // All were judged: nothing changes when they come again.
    let again = world.judge(&reports).expect("it runs");
    assert_eq!((again.passed, again.tally), (reports.len() as u64, Tally::default()));
    assert_eq!(world.ledger(Role::Leader).rejected().expect("read").len() as u64, judged.tally.rejected());
}

#[test]
fn a_replayed_report_counts_once() {
    let mut world = World::new(SUM, 3, 7);
    let mut reports = world.reports(&numbers(10));
    // In one part, and in another run, and after the batch was collected.
    reports.extend(reports.clone());
    assert_eq!(world.judge(&reports).map(|judged| judged.passed), Ok(10));
    assert_eq!(world.judge(&reports).map(|judged| judged.passed), Ok(20));
    let total = plain::aggregate(SUM, &numbers(10)).0;
    assert_eq!(world.collect().expect("enough").figures, total);
    assert_eq!(world.judge(&reports).map(|judged| judged.passed), Ok(20));
    assert_eq!(world.collect(), Err(ReportsError::TooFew { found: 0, smallest: 3 }));
}

#[test]
fn too_few_are_not_told_and_no_batch_is_collected_twice() {
    let mut world = World::new(SUM, 5, 9);
    let reports = world.reports(&numbers(9));
    world.judge(&reports[..4]).expect("it runs");
    assert_eq!(world.collect(), Err(ReportsError::TooFew { found: 4, smallest: 5 }));
    world.judge(&reports[4..5]).expect("it runs");
    assert_eq!(world.collect().expect("enough").figures, plain::aggregate(SUM, &numbers(5)).0);
    // The next batch is empty: its figures never overlap with those told.
    world.judge(&reports[5..]).expect("it runs");
    assert_eq!(world.collect(), Err(ReportsError::TooFew { found: 4, smallest: 5 }));
    assert_eq!(world.ledger(Role::Helper).batch(), 2);
}

#[test]
fn what_cannot_be_measured_is_no_report_and_a_wrong_task_is_none() {
    let mut world = World::new(SUM, 3, 10);
    let reporter = Reporter::new(&world.task);
    for bad in [Measurement::Number(1001), Measurement::Yes(true), Measurement::Bucket(0)] {
        let made = reporter.report(&bad, NOON, &mut world.rng);
        assert!(matches!(made, Err(ReportsError::BadMeasurement { .. })));
    }
    let terms = world.task.terms().clone();
    let wrong = [
        Terms { smallest: 2, ..terms.clone() },
        // With accepted reports too many for another part, and too few to be collected, nothing could go on.
        Terms { smallest: SUM.most_reports() - 1023, ..terms.clone() },
        Terms { kind: Kind::Sum { max: 0 }, ..terms.clone() },
        Terms { kind: Kind::Histogram { buckets: 1 }, ..terms.clone() },
        Terms { kind: Kind::Vector { length: 65_537, bits: 1 }, ..terms.clone() },
        Terms { kind: Kind::Vector { length: 4, bits: 33 }, ..terms.clone() },
        Terms { until: terms.from, ..terms.clone() },
        Terms { helper: terms.leader, ..terms },
    ];
    for terms in wrong {
        assert!(matches!(Task::new(terms), Err(ReportsError::BadTask { .. })));
    }
}

/// What was told is kept: whatever fails afterwards, it can be had again.
#[test]
fn the_figures_of_the_last_batch_can_be_had_again() {
    let mut world = World::new(SUM, 3, 11);
    let reports = world.reports(&numbers(7));
    assert_eq!(world.ledger(Role::Leader).last_collected(), None);
    world.judge(&reports[..4]).expect("it runs");
    let first = world.collect().expect("enough");
    assert_eq!(world.ledger(Role::Leader).last_collected().as_ref(), Some(&first));
    assert_eq!(world.ledger(Role::Helper).last_collected(), None);
    world.judge(&reports[4..]).expect("it runs");
    assert_eq!(world.ledger(Role::Leader).last_collected().as_ref(), Some(&first));
    let second = world.collect().expect("enough");
    assert_eq!(second.figures, plain::aggregate(SUM, &numbers(7)[4..]).0);
    assert_eq!(world.ledger(Role::Leader).last_collected(), Some(second));
}

/// What is in memory is ahead of the disk where something failed in between.
#[test]
fn a_ledger_is_not_used_after_an_error() {
    let mut world = World::new(SUM, 3, 12);
    let reports = world.reports(&numbers(5));
    let mut ledger = world.ledger(Role::Leader);
    let (task, keys) = (&world.task, &world.keys);
    let (mut first, mut second) = (ChaCha20Rng::seed_from_u64(1), ChaCha20Rng::seed_from_u64(2));
    let mut theirs = world.ledger(Role::Helper);
    let (a, b) = memory::pair("leader".parse().expect("a name"), "helper".parse().expect("a name"));
    std::thread::scope(|scope| {
        let helper = scope.spawn(move || {
            let mut helper = Aggregator::meet(b, task, &keys[1], &mut theirs, &mut second)?;
            helper.answer(&mut |_, _| Ok(()), &mut |_| {})
        });
        let mut leader = Aggregator::meet(a, task, &keys[0], &mut ledger, &mut first).expect("they meet");
        // What the other does is not what this one does, and no harm.
        let wrong = leader.answer(&mut |_, _| Ok(()), &mut |_| {});
        assert_eq!(wrong, Err(ReportsError::WrongRole { found: Role::Leader }));
        // The source fails while reports are taken in: they are known in memory and not on disk.
        let stop = Err(ReportsError::Stopped { why: "here".to_owned() });
        let mut source = reports.iter().cloned().map(Ok).collect::<Vec<_>>();
        source.resize(PART, source[0].clone());
        source.push(stop);
        assert!(leader.judge(source.into_iter(), &mut |_| {}).is_err());
        let again = leader.judge(reports.iter().cloned().map(Ok), &mut |_| {});
        assert!(matches!(again, Err(ReportsError::Reopen { .. })), "{again:?}");
        assert!(helper.join().expect("it does not panic").is_err());
    });
    let (a, _b) = memory::pair("leader".parse().expect("a name"), "helper".parse().expect("a name"));
    let met = Aggregator::meet(a, &world.task, &world.keys[0], &mut ledger, &mut first).map(|_| ());
    assert!(matches!(met, Err(ReportsError::Reopen { .. })), "{met:?}");
    drop(ledger);
    let judged = world.judge(&reports).expect("opened again");
    assert_eq!((judged.tally.of(Outcome::Accepted), judged.passed), (5, 0));
}

/// No sum of the most reports overflows the field or 64 bits.
#[test]
fn bounds_hold() {
    for kind in [Kind::Count, Kind::Sum { max: 1 << 48 }, Kind::Vector { length: 3, bits: 32 }] {
        let total = u128::from(kind.most()) * u128::from(kind.most_reports());
        assert!(total < 0xffff_ffff_0000_0001, "{kind:?}");
    }
    assert_eq!(Kind::Sum { max: 1 << 48 }.most_reports(), (1 << 16) - 1);
}
