//! Reporters and aggregators that cheat: what they send is rejected, or the run ends, and no figure is wrong unseen.

use super::*;
use crate::scheme::{NONCE, Shares};
use prio::field::{Field128, FieldElement as _};
use yinshu_net::testkit::{Action, Direction, Tamper};

/// A report of shares that are properly sealed, whatever they are.
fn sealed(world: &mut World, id: [u8; NONCE], shares: &Shares) -> Vec<u8> {
    let mut out = [id.as_slice(), &NOON.to_le_bytes(), &shares.public].concat();
    let (about, task) = (out.clone(), world.task.digest());
    for (role, share) in [(Role::Leader, &shares.leader), (Role::Helper, &shares.helper)] {
        let key = world.keys[role as usize].public();
        out.extend(key.seal((&task, role), &about, share, &mut world.rng).expect("a good key"));
    }
    out
}

fn histogram(world: &mut World, encoded: &[Field128]) -> ([u8; NONCE], Shares) {
    let AnyPrio::Histogram(prio) = AnyPrio::new(world.task.kind(), world.task.context()) else {
        panic!("the world reports histograms")
    };
    let (mut id, mut random) = ([0; NONCE], vec![0; prio.sizes().random]);
    world.rng.fill_bytes(&mut id);
    world.rng.fill_bytes(&mut random);
    (id, prio.shard(encoded, &id, &random))
}

/// Reports of six buckets that open, and are of nothing that may be reported.
pub(super) fn by_reporters(world: &mut World) -> Vec<Vec<u8>> {
    let (zero, one) = (Field128::zero(), Field128::one());
    let mut good = [zero; 6];
    good[2] = one;
    let mut reports = Vec::new();
    for encoded in
        [[zero; 6], [one; 6], [one, one, zero, zero, zero, zero], [one + one, -one, zero, zero, zero, zero]]
    {
        let (id, shares) = histogram(world, &encoded);
        reports.push(sealed(world, id, &shares));
    }
    // Valid ones, of which one share was altered before it was sealed: the measurement, the proof, the blind; the
    // helper's seed and blind; both parts of the public share.
    let bytes = |shares: &Shares| shares.leader.len();
    let (_, shares) = histogram(world, &good);
    let leader = bytes(&shares);
    for at in [0, 6 * 16, leader - 33, leader - 1] {
        let (id, mut shares) = histogram(world, &good);
        shares.leader[at] ^= 1;
        reports.push(sealed(world, id, &shares));
    }
    for at in [0, 32] {
        let (id, mut shares) = histogram(world, &good);
        shares.helper[at] ^= 1;
        reports.push(sealed(world, id, &shares));
        let (id, mut shares) = histogram(world, &good);
        shares.public[at] ^= 1;
        reports.push(sealed(world, id, &shares));
    }
    // Sharded for another id.
    let (mut id, shares) = histogram(world, &good);
    id[0] ^= 1;
    reports.push(sealed(world, id, &shares));
    reports
}

/// A report whose share has a number that is not below the order of the field.
pub(super) fn malformed(world: &mut World) -> Vec<u8> {
    let (id, mut shares) = histogram(world, &[Field128::one(); 6]);
    shares.leader[..16].fill(0xff);
    sealed(world, id, &shares)
}

/// What comes of runs in which one frame is altered: nothing, a figure that is right, or one that misses reports which
/// were rejected.
fn altered(kind: Kind, direction: Direction, nth: u64, action: Action) {
    let what = format!("{kind:?} {direction:?} {nth} {action:?}");
    let mut world = World::new(kind, 3, 20);
    let measurements: Vec<_> = (0..6)
        .map(|at| match kind {
            Kind::Sum { .. } => Measurement::Number(100 + at),
            _ => Measurement::Bucket(u32::try_from(at).expect("small") % 3),
        })
        .collect();
    let reports = world.reports(&measurements);
    let (led, _) = world.run_with(
        |a, b| {
            let short = std::time::Duration::from_millis(150);
            (Tamper::new(a.with_patience(short)).rule(direction, nth, action), b.with_patience(short))
        },
        |mut leader| {
            leader.judge(reports.iter().cloned().map(Ok), &mut |_| {})?;
            let collected = leader.collect(&mut |_, _| Ok(()))?;
            leader.end().map(|_| collected)
        },
    );
    // An aggregator may say what it likes of its share of the sum, and then only what cannot be is seen.
    let share = (direction, nth) == (Direction::Received, 4);
    if let (Ok(collected), false) = (led, share) {
        let accepted = collected.tally.of(Outcome::Accepted);
        let right = plain::aggregate(kind, &measurements).0;
        assert!(accepted < 6 || collected.figures == right, "{what}: {collected:?}");
        assert_eq!(accepted + collected.tally.rejected(), 6, "{what}");
        if let Kind::Histogram { .. } = kind {
            assert_eq!(collected.figures.0.iter().sum::<u64>(), accepted, "{what}");
        } else {
            assert!((100 * accepted..=105 * accepted).contains(&collected.figures.0[0]), "{what}");
        }
    }
}

/// Frames of the leader: 0 hello, 1 commitment, 2 piece, 3 turn, 4 turn, 5 collection, 6 end; of the helper: 0 hello, 1
/// piece, 2 answer, 3 answer, 4 share, 5 end.
const FRAMES: [(Direction, u64); 2] = [(Direction::Sent, 7), (Direction::Received, 6)];

#[test]
fn an_altered_bit_in_any_frame_rejects_or_ends() {
    for kind in [SUM, Kind::Histogram { buckets: 3 }] {
        for (direction, frames) in FRAMES {
            for nth in 0..frames {
                for bit in [0, 8, 77, 500, 1234, 8191] {
                    altered(kind, direction, nth, Action::Flip { bit });
                }
            }
        }
    }
}

#[test]
fn a_frame_cut_lengthened_lost_repeated_or_replaced_rejects_or_ends() {
    for (direction, frames) in FRAMES {
        for nth in 0..frames {
            let actions = [
                Action::Truncate { keep: 0 },
                Action::Truncate { keep: 5 },
                Action::Oversize { extra: 3 },
                Action::Drop,
                Action::Duplicate,
                Action::Reorder,
                Action::Replace { frame: vec![255, 1, 2] },
                Action::Replace { frame: vec![9; 40] },
            ];
            for action in actions {
                altered(SUM, direction, nth, action);
            }
        }
    }
}

/// A share of the sum is a number of the field: altered blindly it leads to figures that cannot be.
#[test]
fn a_share_of_the_sum_that_is_altered_blindly_is_found() {
    let mut world = World::new(SUM, 3, 21);
    let reports = world.reports(&numbers(5));
    world.judge(&reports).expect("it runs");
    let (led, _) = world.run_with(
        |a, b| (Tamper::new(a).rule(Direction::Received, 1, Action::Flip { bit: 8 + 50 }), b),
        |mut leader| leader.collect(&mut |_, _| Ok(())),
    );
    assert!(matches!(led, Err(ReportsError::Impossible { .. })), "{led:?}");
    // Nothing was lost: the helper tells the same share again.
    assert_eq!(world.collect().expect("again").figures, plain::aggregate(SUM, &numbers(5)).0);
}

/// A leader that asks about the same reports in other words, to learn from several answers, gets none.
#[test]
fn a_part_is_answered_about_in_one_way_only() {
    let mut world = World::new(SUM, 3, 22);
    let reports = world.reports(&numbers(5));
    let first = reports.clone();
    // The answer is lost: both stand before part 1, and the helper has noted what was asked.
    let (led, _) = world.run_with(
        |a, b| {
            let short = std::time::Duration::from_millis(300);
            (Tamper::new(a.with_patience(short)).rule(Direction::Received, 2, Action::Drop), b)
        },
        |mut leader| leader.judge(first.into_iter().map(Ok), &mut |_| {}),
    );
    assert!(led.is_err());
    let kept = world.folder.path().join("Leader/asked-1");
    let good = std::fs::read(&kept).expect("kept");
    let other: Vec<u8> = reports[..4].concat();
    std::fs::write(&kept, other).expect("written");
    let again = world.judge(&reports);
    assert!(matches!(again, Err(ReportsError::Refused { reason: 9638, .. })), "{again:?}");
    std::fs::write(&kept, good).expect("written");
    let judged = world.judge(&reports).expect("in the same words");
    assert_eq!((judged.tally.of(Outcome::Accepted), judged.passed), (5, 5));
}

#[test]
fn aggregators_that_differ_do_not_begin() {
    let mut world = World::new(SUM, 3, 23);
    let reports = world.reports(&numbers(5));
    world.judge(&reports).expect("it runs");
    // The helper's folder is lost: it has another key and has judged nothing.
    std::fs::remove_dir_all(world.folder.path().join("Helper")).expect("removed");
    let judged = world.judge(&reports);
    assert!(matches!(judged, Err(ReportsError::Peer { misstep: Misstep::OtherKey, .. })), "{judged:?}");
}
