//! Reporters and aggregators that cheat: what they send is rejected, or the run ends, and no figure is wrong unseen.

use super::*;
use crate::report::Blank;
use crate::scheme::Shares;
use prio::field::{Field128, FieldElement as _};
use yinshu_net::testkit::{Action, Direction, Tamper};

fn histogram(world: &mut World, encoded: &[Field128]) -> (Blank, Shares) {
    let AnyPrio::Histogram(prio) = AnyPrio::new(world.task.kind(), world.task.context()) else {
        panic!("the world reports histograms")
    };
    let blank = Blank::new(&world.task, &mut world.rng).expect("good keys");
    let mut random = vec![0; prio.sizes().random];
    world.rng.fill_bytes(&mut random);
    let shares = prio.shard(encoded, blank.id(), &random);
    (blank, shares)
}

/// Properly sealed, whatever the shares are.
fn sealed(blank: Blank, shares: &Shares) -> Vec<u8> {
    blank.fill(NOON, shares).expect("good keys")
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
        let (blank, shares) = histogram(world, &encoded);
        reports.push(sealed(blank, &shares));
    }
    // Valid ones, of which one share was altered before it was sealed: the measurement, the proof, the blind; the
    // helper's seed and blind; both parts of the public share.
    let leader = histogram(world, &good).1.leader.len();
    for at in [0, 6 * 16, leader - 33, leader - 1] {
        let (blank, mut shares) = histogram(world, &good);
        shares.leader[at] ^= 1;
        reports.push(sealed(blank, &shares));
    }
    for at in [0, 32] {
        let (blank, mut shares) = histogram(world, &good);
        shares.helper[at] ^= 1;
        reports.push(sealed(blank, &shares));
        let (blank, mut shares) = histogram(world, &good);
        shares.public[at] ^= 1;
        reports.push(sealed(blank, &shares));
    }
    // Sharded for another id.
    let ((blank, _), (_, shares)) = (histogram(world, &good), histogram(world, &good));
    reports.push(sealed(blank, &shares));
    reports
}

/// A report whose share has a number that is not below the order of the field.
pub(super) fn malformed(world: &mut World) -> Vec<u8> {
    let (blank, mut shares) = histogram(world, &[Field128::one(); 6]);
    shares.leader[..16].fill(0xff);
    sealed(blank, &shares)
}

/// A report whose share for the helper is too short by its reporter's own doing: the leader opens its own.
pub(super) fn unopened_by_the_helper(world: &mut World) -> Vec<u8> {
    let (blank, shares) = histogram(world, &[Field128::one(); 6]);
    blank.fill_for_nobody(NOON, &shares).expect("good keys")
}

/// What both accepted, in the order of `measurements`.
fn accepted(world: &World, reports: &[Vec<u8>], measurements: &[Measurement]) -> Vec<Measurement> {
    let judged = |role: &str| -> std::collections::BTreeSet<[u8; 17]> {
        let bytes = std::fs::read(world.folder.path().join(role).join("judged")).expect("read");
        bytes.as_chunks().0.iter().filter(|entry| entry[16] == Outcome::Accepted as u8).copied().collect()
    };
    let marks = judged("Leader");
    assert_eq!(marks, judged("Helper"), "what is accepted is accepted by both");
    let both = reports.iter().zip(measurements);
    let counts = both.filter(|(report, _)| marks.iter().any(|mark| mark[..16] == report[..16]));
    counts.map(|(_, measurement)| measurement.clone()).collect()
}

/// Codes of what an altered frame that an aggregator wrote down as the other's keeps them apart by: it is as if the other
/// had cheated. The part was asked about otherwise; the accounts differ.
const APART: [u16; 3] = [9638, 9639, 9609];

/// What comes of a run in which one frame is altered: the exact sum of the reports that both accepted; or an error, and
/// then the same from a run in which nothing is altered, or one of the errors that keep the two apart. Whether the run
/// itself ended well, and whether they are apart.
fn altered(kind: Kind, direction: Direction, nth: u64, action: Action) -> (bool, bool) {
    let what = format!("{kind:?} {direction:?} {nth} {action:?}");
    let mut world = World::new(kind, 3, 20);
    let measurements: Vec<_> = (0..6)
        .map(|at| match kind {
            Kind::Sum { .. } => Measurement::Number(100 + (1 << at)),
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
    let well = led.is_ok();
    let last = world.ledger(Role::Leader).last_collected();
    let collected = led.or_else(|_| match last {
        Some(collected) => Ok(collected),
        None => match world.judge(&reports) {
            Ok(_) | Err(ReportsError::CollectFirst | ReportsError::Refused { reason: 9610, .. }) => {
                world.collect()
            }
            Err(error) => Err(error),
        },
    });
    let collected = match collected {
        Ok(collected) => collected,
        Err(ReportsError::TooFew { found, .. }) => {
            assert!(found < 3 && !well, "{what}");
            return (well, false);
        }
        Err(ReportsError::Refused { reason: code, .. }) if APART.contains(&code) => return (well, true),
        Err(error) if APART.contains(&error.code()) => return (well, true),
        Err(error) => panic!("{what}: then {error}"),
    };
    let counted = accepted(&world, &reports, &measurements);
    assert_eq!(collected.tally.of(Outcome::Accepted), counted.len() as u64, "{what}");
    assert_eq!(counted.len() as u64 + collected.tally.rejected(), 6, "{what}");
    // An aggregator may say what it likes of its share of the sum, and then only what cannot be is seen.
    if (direction, nth) != SHARE {
        assert_eq!(collected.figures, plain::aggregate(kind, &counted).0, "{what}");
    }
    (well, false)
}

/// Frames of the leader: 0 hello, 1 commitment, 2 piece, 3 turn, 4 turn, 5 collection, 6 end; of the helper: 0 hello, 1
/// piece, 2 confirmation, 3 answer, 4 answer, 5 share, 6 end.
const FRAMES: [(Direction, u64); 2] = [(Direction::Sent, 7), (Direction::Received, 7)];

/// Where the helper's share of the sum is.
const SHARE: (Direction, u64) = (Direction::Received, 5);

/// How many runs ended well, and how many ended in errors that keep the two apart.
fn counted(runs: impl Iterator<Item = (bool, bool)>) -> [u32; 3] {
    runs.fold([0; 3], |[all, well, apart], one| [all + 1, well + u32::from(one.0), apart + u32::from(one.1)])
}

#[test]
fn an_altered_bit_in_any_frame_rejects_or_ends() {
    let mut runs = Vec::new();
    for kind in [SUM, Kind::Histogram { buckets: 3 }] {
        for (direction, frames) in FRAMES {
            for nth in 0..frames {
                for bit in [0, 8, 77, 500, 1234, 8191] {
                    runs.push(altered(kind, direction, nth, Action::Flip { bit }));
                }
            }
        }
    }
    let [all, well, apart] = counted(runs.into_iter());
    assert!(well > 0 && apart > 0 && well + apart < all, "{well} well, {apart} apart of {all}");
}

#[test]
fn a_frame_cut_lengthened_lost_repeated_or_replaced_rejects_or_ends() {
    let mut runs = Vec::new();
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
                runs.push(altered(SUM, direction, nth, action));
            }
        }
    }
    let [all, well, apart] = counted(runs.into_iter());
    assert!(well > 0 && apart == 0 && well < all, "{well} well, {apart} apart of {all}");
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
            (Tamper::new(a.with_patience(short)).rule(Direction::Received, 3, Action::Drop), b)
        },
        |mut leader| leader.judge(first.into_iter().map(Ok), &mut |_| {}),
    );
    assert!(led.is_err());
    let kept = world.folder.path().join("Leader/asked-1");
    let good = std::fs::read(&kept).expect("kept");
    let other: Vec<u8> = reports[..4].concat();
    std::fs::write(&kept, other).expect("written");
    // An honest leader does not even ask.
    let again = world.judge(&reports);
    assert!(matches!(again, Err(ReportsError::Damaged { .. })), "{again:?}");
    let mut leader = world.ledger(Role::Leader);
    let asked = leader.state.begun.take().expect("it was noted before it was asked");
    leader.save().expect("written");
    drop(leader);
    let again = world.judge(&reports);
    assert!(matches!(again, Err(ReportsError::Refused { reason: 9638, .. })), "{again:?}");
    std::fs::write(&kept, good).expect("written");
    let mut leader = world.ledger(Role::Leader);
    leader.state.begun = Some(asked);
    leader.save().expect("written");
    drop(leader);
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

/// A helper that plays its own part and keeps what it is asked.
fn ask_of(world: &mut World, reports: &[Vec<u8>]) -> (Result<Judged, ReportsError>, Option<Vec<u8>>) {
    let (a, mut b) = memory::pair("leader".parse().expect("a name"), "helper".parse().expect("a name"));
    let mut ledger = world.ledger(Role::Leader);
    let (task, key) = (&world.task, &world.keys[0]);
    let mut rng = ChaCha20Rng::from_rng(&mut world.rng);
    let empty = Hello {
        role: Role::Helper,
        task: task.digest(),
        parts: 0,
        batch: 1,
        account: ledger.state.account,
        key: Digest::ZERO,
    };
    std::thread::scope(|scope| {
        let helper = scope.spawn(move || {
            // The hello says that it has no key: one is made.
            let mut next = || b.recv(MAX_FRAME).ok().filter(|frame| msg::decode_refusal(frame).is_none());
            next()?;
            b.send(msg::encode_hello(&empty)).ok()?;
            let mut next = || b.recv(MAX_FRAME).ok().filter(|frame| msg::decode_refusal(frame).is_none());
            next()?;
            b.send(msg::encode_seed(msg::PIECE, &[7; SEED])).ok()?;
            let piece = msg::decode_seed(msg::PIECE, &b.recv(MAX_FRAME).ok()?).ok()?;
            let key = Digest::of_parts("yinshu reports key v1", &[&empty.task.0, &piece, &[7; SEED]]).0;
            b.send(msg::encode_seed(msg::CONFIRMATION, &key_id(&key).0)).ok()?;
            let asked = b.recv(MAX_FRAME).ok();
            let _ = b.close();
            asked
        });
        let led = Aggregator::meet(a, task, key, &mut ledger, &mut rng)
            .and_then(|mut leader| leader.judge(reports.iter().cloned().map(Ok), &mut |_| {}));
        (led, helper.join().expect("it does not panic"))
    })
}

/// Two shares of verifiers of one report under two keys may show what it says: a helper that forgets its key after it was
/// asked is refused.
#[test]
fn a_helper_is_not_asked_about_the_same_reports_under_two_keys() {
    let mut world = World::new(SUM, 3, 24);
    let reports = world.reports(&numbers(5));
    let (first, asked) = ask_of(&mut world, &reports);
    assert!(first.is_err() && asked.is_some_and(|frame| msg::kind(&frame) == msg::TURN));
    let (second, asked) = ask_of(&mut world, &reports);
    assert!(matches!(second, Err(ReportsError::Peer { misstep: Misstep::OtherKey, .. })), "{second:?}");
    assert_eq!(asked, None);
}

/// Halves of the key that differ are found before anything is asked, and use up no report.
#[test]
fn keys_that_differ_are_found_before_anything_is_asked() {
    let mut world = World::new(SUM, 3, 25);
    let reports = world.reports(&numbers(5));
    let (led, _) = world.run_with(
        |a, b| (Tamper::new(a).rule(Direction::Received, 1, Action::Flip { bit: 80 }), b),
        |mut leader| leader.judge(reports.iter().cloned().map(Ok), &mut |_| {}),
    );
    assert!(matches!(led, Err(ReportsError::Peer { misstep: Misstep::OtherKey, .. })), "{led:?}");
    let judged = world.judge(&reports).expect("another key is made");
    assert_eq!((judged.tally.of(Outcome::Accepted), judged.passed), (5, 0));
}

/// Whoever sees a report can copy and alter it, and seal anything to either aggregator; none of it uses up the id.
#[test]
fn no_copy_uses_up_an_id() {
    let mut world = World::new(SUM, 3, 8);
    let reports = world.reports(&numbers(4));
    let layout = Layout::of(&AnyPrio::new(SUM, vec![]).sizes());
    let (about, task) = (reports[0][..24].to_vec(), world.task.digest());
    let helper = layout.report() - 48 - 32;
    let mut copies = Vec::new();
    // A bit of every part.
    for at in [16, 24, 24 + 32, helper - 1, helper, helper + 32, layout.report() - 1] {
        let mut copy = reports[0].clone();
        copy[at] ^= 1;
        copies.push(copy);
    }
    // The share of either aggregator, or both, in the forger's own seal.
    let mut own = |role: Role, about: &[u8], length: usize| {
        let key = world.keys[role as usize].public();
        key.seal((&task, role), about, &vec![1; length], &mut world.rng).expect("a good key")
    };
    let theirs = own(Role::Helper, &about, 32);
    copies.push([&reports[0][..helper], &theirs].concat());
    let tied = [about.as_slice(), &Digest::sha256(&theirs).0].concat();
    let ours = own(Role::Leader, &tied, helper - 24 - 48);
    copies.push([about.as_slice(), &ours, &theirs].concat());
    let tied = [about.as_slice(), &Digest::sha256(&reports[0][helper..]).0].concat();
    let ours = own(Role::Leader, &tied, helper - 24 - 48);
    copies.push([about.as_slice(), &ours, &reports[0][helper..]].concat());
    for copy in &copies {
        assert!(copy.len() == layout.report() && copy[..16] == reports[0][..16]);
    }
    let judged = world.judge(&copies).expect("it runs");
    assert_eq!(judged.tally.of(Outcome::Unopened), copies.len() as u64);
    assert_eq!(world.judge(&reports).expect("it runs").tally.of(Outcome::Accepted), 4);
}
