use super::*;
use crate::araki16::open;
use crate::tests::{NAMES, ring};
use crate::verified::{Security, verify};
use crate::{Context, Z64};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::time::Duration;
use yinshu_net::memory;
use yinshu_net::testkit::{Action, Direction, Tamper};

const TERMS: Digest = Digest([5; 32]);

fn name(text: &str) -> PartyId {
    PartyId::new(text).unwrap()
}

type Ends = [Box<dyn Channel>; 3];

/// The provider's ends and the three parties'.
fn links(tamper: Option<&(Role, u64, Action)>) -> [Ends; 2] {
    let pairs = Role::ALL.map(|role| {
        let (provider, party) = memory::pair(name("water"), name(NAMES[role.number()]));
        let party = party.with_patience(Duration::from_millis(300));
        let party: Box<dyn Channel> = match tamper {
            Some((at, nth, action)) if *at == role => {
                Box::new(Tamper::new(party).rule(Direction::Received, *nth, action.clone()))
            }
            _ => Box::new(party),
        };
        (Box::new(provider) as Box<dyn Channel>, party)
    });
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (provider, party) in pairs {
        ours.push(provider);
        theirs.push(party);
    }
    [ours, theirs].map(|ends| ends.try_into().unwrap_or_else(|_| unreachable!()))
}

/// What each of the three opened, and how it ended for the provider.
type Outcome = ([Result<Vec<Z64>, MpcError>; 3], Result<(), MpcError>);

/// What the three open of a provider's values; `provide` is what the provider does.
fn run(
    tamper: Option<&(Role, u64, Action)>,
    provide: impl FnOnce(Ends) -> Result<(), MpcError> + Send,
    len: usize,
) -> Outcome {
    let [ours, theirs] = links(tamper);
    std::thread::scope(|scope| {
        let provider = scope.spawn(move || provide(ours));
        let parties = Role::ALL.into_iter().zip(ring()).zip(theirs);
        let parties: Vec<_> = parties
            .map(|((role, [previous, next]), link)| {
                scope.spawn(move || {
                    let mut rng = ChaCha20Rng::seed_from_u64(role as u64);
                    let context = Context::join(role, previous, next, &TERMS, Security::Malicious, &mut rng)?;
                    let mut intake = None;
                    let outcome = context.run(|context| {
                        context.provided_by(vec![name("water")]);
                        let intake = intake.insert(Intake::meet(link, role, &TERMS)?);
                        let none = intake.shares::<Z64>(context, 0)?;
                        assert!(none.is_empty());
                        let shares = intake.shares(context, len)?;
                        let shares = verify(context, shares)?;
                        open(context, &shares)
                    });
                    if let Some(intake) = intake {
                        intake.part(&outcome);
                    }
                    outcome
                })
            })
            .collect();
        let outcomes: Vec<_> = parties.into_iter().map(|party| party.join().unwrap()).collect();
        (outcomes.try_into().unwrap(), provider.join().unwrap())
    })
}

fn values(len: usize) -> Vec<Z64> {
    (0..len as u64).map(|at| Z64(at.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect()
}

fn honest(len: usize) -> impl FnOnce(Ends) -> Result<(), MpcError> + Send {
    move |ends| {
        let mut provider = Provider::meet(ends, &TERMS, &mut ChaCha20Rng::seed_from_u64(9))?;
        provider.share::<Z64>(&[])?;
        provider.share(&values(len))?;
        provider.finish()
    }
}

#[test]
fn what_is_provided_arrives() {
    for len in [0, 1, 1000, 2 * CHUNK + 3] {
        let (opened, provider) = run(None, honest(len), len);
        for opened in opened {
            assert_eq!(opened.unwrap(), values(len));
        }
        provider.unwrap();
    }
}

#[test]
fn another_part_for_one_of_two_is_noticed() {
    let unlike = |ends: Ends| {
        let mut provider = Provider::meet(ends, &TERMS, &mut ChaCha20Rng::seed_from_u64(9))?;
        provider.share::<Z64>(&[])?;
        let mut part = values(3);
        for role in [Role::First, Role::Third] {
            provider.channels[role.number()].send(msg::encode_data(1, &part))?;
            part[2] = part[2] + Z64(1);
        }
        provider.finish()
    };
    let (opened, provider) = run(None, unlike, 3);
    let named = opened
        .into_iter()
        .any(|opened| matches!(opened, Err(MpcError::Cheated { first, .. }) if first.as_str() == "water"));
    assert!(named, "the provider is one of the two named");
    assert!(matches!(provider, Err(MpcError::Unproven { .. })));
}

#[test]
fn every_message_of_a_provider_altered_ends_the_run() {
    use Action::{Drop, Duplicate, Flip, Oversize, Truncate};
    for role in Role::ALL {
        // An offer, and where there is data, that.
        let frames = if role == Role::Second { 1 } else { 2 };
        for nth in 0..frames {
            for action in [
                Flip { bit: 4 },
                Flip { bit: 300 },
                Truncate { keep: 0 },
                Drop,
                Duplicate,
                Oversize { extra: 8 },
            ] {
                if nth + 1 == frames && action == Duplicate {
                    continue; // Nothing reads it.
                }
                let (opened, provider) = run(Some(&(role, nth, action.clone())), honest(40), 40);
                assert!(opened.iter().all(Result::is_err), "{role:?} {nth} {action:?} {opened:?}");
                assert!(provider.is_err(), "{role:?} {nth} {action:?}");
            }
        }
    }
}

#[test]
fn a_provider_that_refuses_is_named() {
    let refusing = |ends: Ends| {
        Provider::meet(ends, &TERMS, &mut ChaCha20Rng::seed_from_u64(9))?.refuse(9208);
        Ok(())
    };
    let (opened, _) = run(None, refusing, 3);
    let first = opened[0].as_ref().unwrap_err();
    assert!(
        matches!(first, MpcError::Elsewhere { culprit: peer, reason: 9208, .. } if peer.as_str() == "water"),
        "{first}"
    );
}

/// What a provider hears where each of the three says this.
fn heard(said: [u64; 3]) -> Result<Vec<Z64>, MpcError> {
    let [ours, theirs] = links(None);
    std::thread::scope(|scope| {
        let provider = scope.spawn(move || {
            let mut provider = Provider::meet(ours, &TERMS, &mut ChaCha20Rng::seed_from_u64(9))?;
            let heard = provider.hear(2);
            match &heard {
                Ok(_) => provider.finish()?,
                Err(error) => provider.refuse(error.code()),
            }
            heard
        });
        for (((role, [previous, next]), link), word) in
            Role::ALL.into_iter().zip(ring()).zip(theirs).zip(said)
        {
            scope.spawn(move || {
                let mut rng = ChaCha20Rng::seed_from_u64(role as u64);
                let context = Context::join(role, previous, next, &TERMS, Security::Malicious, &mut rng)?;
                let mut intake = None;
                let outcome = context.run(|context| {
                    let intake = intake.insert(Intake::meet(link, role, &TERMS)?);
                    intake.tell(context, &[Z64(3), Z64(word)])
                });
                intake.into_iter().for_each(|intake| intake.part(&outcome));
                outcome
            });
        }
        provider.join().unwrap()
    })
}

#[test]
fn a_provider_names_the_one_that_says_something_else() {
    assert_eq!(heard([7, 7, 7]), Ok(vec![Z64(3), Z64(7)]));
    for (said, at) in [([8, 7, 7], 0), ([7, 8, 7], 1), ([7, 7, 8], 2)] {
        assert_eq!(heard(said), Err(Misstep::Dissents.by(&name(NAMES[at]))));
    }
    assert!(matches!(heard([1, 2, 3]), Err(MpcError::Cheated { .. })));
}

/// Whether an error says that the provider is at fault.
fn names_the_provider(error: &MpcError) -> bool {
    match error {
        MpcError::Channel { cause: NetError::Closed { peer } | NetError::Timeout { peer, .. } }
        | MpcError::Elsewhere { culprit: peer, .. } => peer.as_str() == "water",
        _ => false,
    }
}

#[test]
fn a_provider_that_dies_is_named_by_all_and_none_of_the_three() {
    fn before(ends: Ends) -> Result<(), MpcError> {
        drop(ends);
        Ok(())
    }
    fn met(ends: Ends) -> Result<(), MpcError> {
        Provider::meet(ends, &TERMS, &mut ChaCha20Rng::seed_from_u64(9)).map(drop)
    }
    fn shared_with_one(ends: Ends) -> Result<(), MpcError> {
        let mut provider = Provider::meet(ends, &TERMS, &mut ChaCha20Rng::seed_from_u64(9))?;
        provider.share::<Z64>(&[])?;
        Ok(provider.channels[0].send(msg::encode_data(1, &values(3)))?)
    }
    for dying in [before, met, shared_with_one] {
        let (opened, _) = run(None, dying, 3);
        let errors = opened.map(Result::unwrap_err);
        assert!(errors.iter().all(names_the_provider), "{errors:?}");
    }
    // One that is there and says nothing.
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let silent = move |ends: Ends| {
        let provider = met_and_kept(ends)?;
        let _ = receiver.recv_timeout(Duration::from_secs(5));
        drop(provider);
        Ok(())
    };
    let (opened, _) = run(None, silent, 3);
    drop(sender);
    let errors = opened.map(Result::unwrap_err);
    assert!(errors.iter().all(names_the_provider), "{errors:?}");
}

fn met_and_kept(ends: Ends) -> Result<Provider, MpcError> {
    Provider::meet(ends, &TERMS, &mut ChaCha20Rng::seed_from_u64(9))
}

/// How it ends for a provider with patience for a second, where each of the three says this after so many milliseconds; who
/// says nothing stays.
fn waited(said: [Option<(u64, Vec<u8>)>; 3]) -> Result<(), MpcError> {
    let mut theirs = Vec::new();
    let ours = NAMES.map(|party| {
        let (provider, party) = memory::pair(name("water"), name(party));
        theirs.push(party);
        Box::new(provider.with_patience(Duration::from_secs(1))) as Box<dyn Channel>
    });
    std::thread::scope(|scope| {
        let provider = scope.spawn(move || met_and_kept(ours)?.finish());
        for (party, said) in theirs.iter_mut().zip(said) {
            scope.spawn(move || {
                let Some((after, frame)) = said else { return };
                std::thread::sleep(Duration::from_millis(after));
                party.send(frame).unwrap();
            });
        }
        provider.join().unwrap()
    })
}

#[test]
fn a_provider_waits_as_long_as_the_three_compute() {
    let done = |after| Some((after, msg::encode_done()));
    let refused = Some((1200, msg::encode_refusal(9212, None)));
    std::thread::scope(|scope| {
        let [long, ended, lost] = [
            [done(2300), done(2300), done(2300)],
            // The first hangs, and hears of no end.
            [None, None, refused],
            [done(0), None, done(0)],
        ]
        .map(|said| scope.spawn(|| waited(said)));
        assert_eq!(long.join().unwrap(), Ok(()));
        let third = name(NAMES[2]);
        assert_eq!(ended.join().unwrap(), Err(MpcError::Unproven { peer: third, reason: 9212 }));
        let second = NetError::Timeout { peer: name(NAMES[1]), seconds: 1 };
        assert_eq!(lost.join().unwrap(), Err(second.into()));
    });
}
