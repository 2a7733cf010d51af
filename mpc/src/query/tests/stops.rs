//! Runs that are broken off and gone on from.

use super::*;
use std::sync::Mutex;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;

const BOTH: [Security; 2] = [Security::SemiHonest, Security::Malicious];

fn name(run: u8) -> Digest {
    Digest([run; 32])
}

fn copied(stop: &Stop) -> Stop {
    Stop { of: stop.of, joins: stop.joins, bytes: Secret::new(stop.bytes.expose().clone()) }
}

/// What each of three kept.
type Kept = [Vec<Stop>; 3];

/// A run with this number, which goes on from what each has.
fn stages(
    security: Security,
    (plan, tables): (&Plan, &[Vec<Plain>]),
    run: u8,
    from: &[Option<Stop>; 3],
) -> ([Result<Outcome, MpcError>; 3], Kept) {
    let kept: [Mutex<Vec<Stop>>; 3] = Default::default();
    let outcomes = three_under(security, run.into(), |context| {
        let party = context.role().number();
        let own = plan.inputs.iter().zip(tables);
        let own = own.map(|(input, columns)| (usize::from(input.owner) == party).then(|| table(columns)));
        let own: Vec<Option<Table>> = own.collect();
        let mut keep = |stop: Stop| {
            kept[party].lock().unwrap().push(stop);
            Ok(())
        };
        let stops = Stops { of: name(run), from: from[party].as_ref().map(copied), keep: &mut keep };
        let mut rng = ChaCha20Rng::seed_from_u64(party as u64);
        run_in_stages(context, plan, (&own, &mut [], &mut |_| Ok(())), (&terms(5), stops), &mut rng)
    });
    (outcomes, kept.map(|kept| kept.into_inner().unwrap()))
}

/// A question of two joins, by groups and with a filter; with values that may be missing.
fn asked(hidden: bool) -> (Plan, Vec<Vec<Plain>>) {
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    let (mut plan, tables) = example(&mut rng, 150, hidden);
    let figures = vec![figure(Function::Count, None, None), figure(Function::Sum, Some(column(1, 1)), None)];
    plan.tell = Tell::Groups { keys: kinds(), figures, having: None, rows: None };
    plan.filter = Some(binary(Op::Less, Expr::Integer(20_000), column(1, 1)));
    (plan, tables)
}

fn after(kept: &Kept, joins: usize) -> [Option<Stop>; 3] {
    std::array::from_fn(|party| kept[party].iter().find(|stop| stop.joins == joins).map(copied))
}

const NOTHING: [Option<Stop>; 3] = [None, None, None];

#[test]
fn a_run_goes_on_from_every_stop_to_the_same_answer() {
    for (security, hidden) in BOTH.into_iter().flat_map(|security| [(security, false), (security, true)]) {
        let (plan, tables) = asked(hidden);
        let expected = answers(security, &plan, &tables, &terms(5)).map(Result::unwrap);
        assert!(expected[0].told.as_ref().is_some_and(|told| !told.is_empty()), "something is told");
        let (first, kept) = stages(security, (&plan, &tables), 1, &NOTHING);
        assert_eq!(first.map(Result::unwrap), expected);
        for kept in &kept {
            assert_eq!(kept.iter().map(|stop| stop.joins).collect::<Vec<_>>(), [0, 1, 2]);
        }
        // Nothing is shared again: what stands in the tables now is not looked at.
        let (_, other) = example(&mut ChaCha20Rng::seed_from_u64(12), 7, hidden);
        for joins in 0..=2 {
            let (again, anew) = stages(security, (&plan, &other), 2, &after(&kept, joins));
            assert_eq!(again.map(Result::unwrap), expected, "{security:?}, after {joins}");
            for (kept, anew) in kept.iter().zip(&anew) {
                let places: Vec<_> = anew.iter().map(|stop| (stop.of, stop.joins)).collect();
                assert_eq!(places, (joins..=2).map(|joins| (name(2), joins)).collect::<Vec<_>>());
                // Shared anew: hardly a word is what it was.
                let [old, new] = [&kept[joins], &anew[0]].map(|stop| stop.bytes.expose().as_chunks::<8>().0);
                let same = old.iter().zip(new).filter(|(old, new)| old == new).count();
                assert!(old.len() == new.len() && same * 4 < old.len(), "{same} of {}", old.len());
            }
            let (third, _) = stages(security, (&plan, &other), 3, &after(&anew, 2));
            assert_eq!(third.map(Result::unwrap), expected, "{security:?}, a second time");
        }
    }
}

/// Ends at all three, before anything is told, with what was kept or with another's word of it.
fn refused(security: Security, asked: (&Plan, &[Vec<Plain>]), from: &[Option<Stop>; 3], what: &str) {
    let (ends, kept) = stages(security, asked, 9, from);
    assert!(kept.iter().all(Vec::is_empty), "{what}");
    let ends = ends.map(Result::unwrap_err);
    assert!(ends.contains(&MpcError::KeptDiffers), "{what}: {ends:?}");
    for end in ends {
        let told = matches!(end, MpcError::Unproven { reason: 9436, .. }) || end == MpcError::KeptDiffers;
        assert!(told, "{what}: {end:?}");
    }
}

#[test]
fn what_one_party_altered_is_found_out() {
    let (plan, tables) = asked(true);
    for security in BOTH {
        let (_, kept) = stages(security, (&plan, &tables), 1, &NOTHING);
        for party in 0..3 {
            let altered = |what: &str, change: &dyn Fn(&mut Vec<u8>)| {
                let mut from = after(&kept, 1);
                if let Some(stop) = &mut from[party] {
                    let mut bytes = stop.bytes.expose().clone();
                    change(&mut bytes);
                    stop.bytes = Secret::new(bytes);
                }
                refused(security, (&plan, &tables), &from, &format!("{what} at {party}"));
            };
            altered("a length", &|bytes| bytes[0] ^= 1);
            altered("the shape", &|bytes| bytes[20] ^= 1);
            altered("the last byte", &|bytes| *bytes.last_mut().unwrap() ^= 1);
            for at in 1..8 {
                altered("a share", &|bytes| {
                    let at = bytes.len() * at / 8;
                    bytes[at] ^= 0x80;
                });
            }
            altered("the end", &|bytes| bytes.truncate(bytes.len() - 8));
            altered("all", &|bytes| bytes.clear());
            altered("more", &|bytes| bytes.push(0));
        }
    }
}

#[test]
fn a_bound_that_one_party_altered_is_found_out() {
    let (plan, tables) = asked(false);
    let (_, kept) = stages(Security::Malicious, (&plan, &tables), 1, &NOTHING);
    let mut from = after(&kept, 0);
    let mut bytes = from[1].as_ref().unwrap().bytes.expose().clone();
    let at =
        bytes.windows(5).position(|text| text == b"70000").expect("the greatest income stands in the shape");
    bytes[at] = b'6';
    from[1].as_mut().unwrap().bytes = Secret::new(bytes);
    refused(Security::Malicious, (&plan, &tables), &from, "a bound");
}

#[test]
fn what_another_run_kept_is_refused() {
    let (plan, tables) = asked(false);
    for security in BOTH {
        let (_, kept) = stages(security, (&plan, &tables), 1, &NOTHING);
        let (_, again) = stages(security, (&plan, &tables), 2, &after(&kept, 1));
        for party in 0..3 {
            // What was gone on from is not what is gone on from once more.
            let mut mixed = after(&again, 1);
            mixed[party] = after(&kept, 1)[party].take();
            refused(security, (&plan, &tables), &mixed, "an earlier run");
            if let Some(stop) = &mut mixed[party] {
                stop.of = name(2);
            }
            refused(security, (&plan, &tables), &mixed, "an earlier run by the name of a later one");
            let mut mixed = after(&kept, 1);
            mixed[party] = after(&kept, 2)[party].take();
            refused(security, (&plan, &tables), &mixed, "another stop");
            // Of another's shares, one's own are not made.
            let mut mixed = after(&kept, 1);
            mixed[party] = after(&kept, 1)[(party + 1) % 3].take();
            refused(security, (&plan, &tables), &mixed, "another party's");
        }
    }
}
