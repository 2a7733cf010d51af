//! A verifier that has an honest prover answer another challenge than the other verifier checks by.

use super::*;
use crate::araki16::multiply;
use crate::verified::verify;
use crate::{B64, Shares, Z64};
use std::sync::Mutex;

/// Products, and their check.
fn job<R: Ring>(context: &mut Context, len: usize) -> Result<(), MpcError> {
    let x: Shares<R> = context.random(len);
    let product = multiply(context, &x, &x)?;
    verify(context, product)?;
    Ok(())
}

/// Frames that each party has sent before it says anything about challenges, once for each of the two to whom it does.
fn before<R: Ring>(len: usize) -> [Vec<u64>; 3] {
    let ends = three_under(Security::Malicious, 4, |context| {
        context.deviation =
            Some(Deviation { place: Place::Challenge, nth: usize::MAX, ..Deviation::default() });
        job::<R>(context, len)?;
        Ok(context.deviation.take().unwrap().frames)
    });
    ends.map(Result::unwrap)
}

/// A cheater lies in each of its halves of challenges, once to the party after it and once to the one before it.
fn lies<R: Ring>(len: usize, kinds: usize) {
    let frames = before::<R>(len);
    for cheater in Role::ALL {
        assert_eq!(frames[cheater.number()].len(), 2 * kinds);
        for nth in 0..2 * kinds {
            let prover = if nth % 2 == 0 { cheater.next() } else { cheater.previous() };
            let other = Role::ALL.into_iter().find(|&role| role != prover && role != cheater).unwrap();
            let at_end = Mutex::new([0; 3]);
            let ends = three_under(Security::Malicious, 4, |context| {
                let role = context.role();
                if role == cheater {
                    let place = Place::Challenge;
                    let solves = true;
                    context.deviation =
                        Some(Deviation { place, nth, bit: 11, solves, ..Deviation::default() });
                }
                let outcome = job::<R>(context, len);
                at_end.lock().unwrap()[role.number()] = frames_sent(context);
                outcome
            });
            let what = format!("{len}, {nth} by {cheater:?}: {ends:?}");
            match &ends[prover.number()] {
                Err(MpcError::Cheated { check: "halves of a challenge", first, second }) => {
                    let named = [first.as_str(), second.as_str()];
                    assert!(named.contains(&NAMES[cheater.number()]), "{what}");
                }
                _ => panic!("{what}"),
            }
            // As verifier it has given its halves of the two other challenges, and as prover it sends nothing more.
            let said = at_end.lock().unwrap()[prover.number()] - frames[prover.number()][nth & !1];
            assert_eq!(said, 2, "{what}");
            // The run of the other verifier ends, too.
            assert!(ends[other.number()].is_err(), "{what}");
        }
    }
}

#[test]
fn a_prover_answers_no_challenge_but_that_of_both_verifiers() {
    // Weights, the prime, and points: of the first round, which has a record so large to itself, and of others.
    lies::<Z64>(3, 2);
    lies::<Z64>(1000, 3);
    lies::<Z64>(1 << 12, 4);
    // Weights and points of rows; points.
    lies::<B64>(1, 3);
    lies::<B64>(2000, 4);
}
