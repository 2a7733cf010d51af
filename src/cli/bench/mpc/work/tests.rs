use super::*;
use crate::cli::bench::mpc::cases::CASES;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use yinshu_crypto::hash::Digest;
use yinshu_net::{Channel, PartyId, memory};

/// A job between three threads.
fn three(job: &Job) -> [Took; 3] {
    let name = |role: Role| PartyId::new(["first", "second", "third"][role.number()]).unwrap();
    let mut ends: [[Option<Box<dyn Channel>>; 2]; 3] = Default::default();
    for role in Role::ALL {
        let (mine, theirs) = memory::pair(name(role), name(role.next()));
        ends[role.number()][1] = Some(Box::new(mine));
        ends[role.next().number()][0] = Some(Box::new(theirs));
    }
    std::thread::scope(|scope| {
        let handles = Role::ALL.map(|role| {
            let [previous, next] = ends[role.number()].each_mut().map(|end| end.take().unwrap());
            scope.spawn(move || {
                let mut rng = ChaCha20Rng::seed_from_u64(role as u64);
                let context =
                    Context::join(role, previous, next, &Digest::ZERO, job.security, &mut rng).unwrap();
                run_job(context, job).unwrap()
            })
        });
        handles.map(|handle| handle.join().unwrap())
    })
}

#[test]
fn every_work_comes_out_as_in_the_clear() {
    for case in CASES {
        let rows = if case.job.work == Work::Logistic { 455 } else { 300 };
        let job = Job { rows, runs: 1, ..case.job };
        // An outcome that is not that in the clear is an error.
        let took = three(&job);
        assert!(took.iter().any(|took| took.bytes_sent != [0, 0]), "{job:?}");
        let [first, ..] = took;
        match job.work {
            Work::Correlation => {
                assert_eq!(first.outcome.of_itself, Some(1.0));
                assert!(first.outcome.error.unwrap() < 1e-9, "{first:?}");
            }
            Work::Logistic => assert!(first.outcome.auc.unwrap() > 0.99, "{first:?}"),
            _ => assert_eq!(first.outcome, Outcome::default()),
        }
    }
}

#[test]
fn a_wrong_outcome_is_an_error() {
    let job = Job { work: Work::Share, rows: 1, security: Security::SemiHonest, runs: 1 };
    assert!(outcome(Clock { took: Some(Took::default()), right: false }, &job).is_err());
    assert!(outcome(Clock { took: Some(Took::default()), right: true }, &job).is_ok());
}
