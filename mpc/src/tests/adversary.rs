//! Every frame altered in every way: the run ends at all three, and names the party where its frame shows it.

use super::*;
use crate::araki16::{input, multiply, open, open_to};
use crate::bits::sign;
use crate::permute::Permutation;
use crate::verified::verify;
use crate::{Shares, Z64};
use std::time::Duration;
use yinshu_net::memory::MemoryChannel;
use yinshu_net::testkit::{Action, Direction, Tamper};

const PATIENCE: Duration = Duration::from_millis(300);

/// Something of everything that sends.
fn job(context: &mut Context) -> Result<(), MpcError> {
    let ours = (context.role() == Role::Second).then_some(&[Z64(5), Z64(u64::MAX)][..]);
    let x = input(context, Role::Second, ours, 2)?;
    let y = multiply(context, &x, &x)?;
    sign(context, &y, 8)?;
    let shuffle = Permutation::random(context, 2)?;
    let y: Shares<Z64> = shuffle.shuffle(context, &y)?;
    let y = verify(context, y)?;
    open_to(context, Role::First, &y)?;
    open(context, &y)?;
    Ok(())
}

/// What the three end with where frame `nth` between the first and the third party is altered on its way.
pub(crate) fn run(
    security: Security,
    job: impl Fn(&mut Context) -> Result<(), MpcError> + Sync,
    direction: Direction,
    nth: u64,
    action: &Action,
) -> [Option<MpcError>; 3] {
    let name = |role: Role| PartyId::new(NAMES[role.number()]).unwrap();
    let mut before: [Option<MemoryChannel>; 3] = Default::default();
    let mut after: [Option<MemoryChannel>; 3] = Default::default();
    for role in Role::ALL {
        let (mine, theirs) = memory::pair(name(role), name(role.next()));
        after[role.number()] = Some(mine.with_patience(PATIENCE));
        before[role.next().number()] = Some(theirs.with_patience(PATIENCE));
    }
    std::thread::scope(|scope| {
        let handles = Role::ALL.map(|role| {
            let job = &job;
            let (previous, next) =
                (before[role.number()].take().unwrap(), after[role.number()].take().unwrap());
            scope.spawn(move || {
                let mut rng = ChaCha20Rng::seed_from_u64(role as u64);
                let previous: Box<dyn Channel> = match role {
                    Role::First => Box::new(Tamper::new(previous).rule(direction, nth, action.clone())),
                    _ => Box::new(previous),
                };
                let terms = Digest::ZERO;
                let context = Context::join(role, previous, Box::new(next), &terms, security, &mut rng);
                context.and_then(|context| context.run(job)).err()
            })
        });
        handles.map(|handle| handle.join().unwrap())
    })
}

/// How many frames go each way in an undisturbed run.
fn frames() -> [u64; 2] {
    let meters = three(90, |context| {
        job(context)?;
        Ok(context.meters()[0].total)
    });
    let traffic = meters.map(Result::unwrap)[0];
    [traffic.frames_sent, traffic.frames_received]
}

#[test]
fn every_frame_altered_ends_the_run_and_names_who_sent_it() {
    use Action::{Drop, Duplicate, Flip, Oversize, Reorder, Truncate};
    let actions = [
        (Flip { bit: 4 }, 9301),
        (Truncate { keep: 0 }, 9301),
        (Truncate { keep: 1 }, 9302),
        (Oversize { extra: 1 }, 9201),
        (Drop, 0),
        (Duplicate, 0),
        (Reorder, 0),
    ];
    let [sent, received] = frames();
    assert!(sent > 5 && received > 2, "{sent} and {received} frames are too few to test");
    for (direction, count) in [(Direction::Sent, sent), (Direction::Received, received)] {
        let (culprit, victim) = match direction {
            Direction::Sent => (Role::First, Role::Third),
            Direction::Received => (Role::Third, Role::First),
        };
        for nth in 0..count {
            for (action, expected) in &actions {
                let errors = run(Security::SemiHonest, job, direction, nth, action);
                let what = format!("{direction:?} {nth} {action:?}: {errors:?}");
                // The last frame twice: the second is never read.
                let harmless = *action == Duplicate && nth + 1 == count;
                let error = match &errors[victim.number()] {
                    Some(error) => error,
                    None if harmless => continue,
                    None => panic!("{what}"),
                };
                if *expected != 0 {
                    assert_eq!(error.code(), *expected, "{what}");
                }
                // Where the victim saw it in a frame, both it and the third party name the sender.
                if let MpcError::Peer { peer, .. } = error {
                    assert_eq!(peer.as_str(), NAMES[culprit.number()], "{what}");
                }
                for error in errors.iter().flatten() {
                    if let MpcError::Elsewhere { culprit: named, .. } = error {
                        let involved = [NAMES[culprit.number()], NAMES[victim.number()]];
                        assert!(involved.contains(&named.as_str()), "{what}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_party_that_vanishes_ends_the_run_for_the_others() {
    for lost in Role::ALL {
        let ends = three(91, |context| {
            if context.role() == lost {
                return Ok(());
            }
            job(context)
        });
        for (role, end) in Role::ALL.into_iter().zip(ends) {
            assert_eq!(end.is_ok(), role == lost);
        }
    }
}

#[test]
fn where_parties_may_cheat_no_altered_frame_leads_to_an_opening() {
    use Action::{Drop, Duplicate, Flip, Truncate};
    let all = |context: &mut Context| cheating::job(context).map(drop);
    let meters = three_under(Security::Malicious, 0, |context| {
        all(context)?;
        Ok(context.meters()[0].total)
    });
    let traffic = meters.map(Result::unwrap)[0];
    for (direction, count) in
        [(Direction::Sent, traffic.frames_sent), (Direction::Received, traffic.frames_received)]
    {
        let victim = if direction == Direction::Sent { Role::Third } else { Role::First };
        for nth in 0..count {
            // In the head, in the first element, in its highest bit; a frame of data starts with five bytes.
            let actions =
                [Flip { bit: 9 }, Flip { bit: 40 }, Flip { bit: 103 }, Truncate { keep: 5 }, Drop, Duplicate];
            for action in actions {
                let lost = matches!(action, Drop | Duplicate) && nth % 8 != 0;
                if lost {
                    continue;
                }
                let errors = run(Security::Malicious, all, direction, nth, &action);
                let harmless = action == Duplicate && nth + 1 == count;
                assert!(
                    harmless || errors[victim.number()].is_some(),
                    "{direction:?} {nth} {action:?}: {errors:?}"
                );
            }
        }
    }
}
