//! Tables of owners that do not compute: the answer is the same as where these compute, and they learn nothing.

use super::random::question;
use super::*;
use crate::outside::{Intake, Provider};
use crate::tests::{NAMES, ring};
use yinshu_crypto::hash::Digest;
use yinshu_net::{Channel, PartyId, memory};

const TERMS: Digest = Digest([8; 32]);

/// How it ended for the three, and for those that only provide.
type Ends = ([Result<Outcome, MpcError>; 3], Vec<Result<(), MpcError>>);

fn name(text: &str) -> PartyId {
    PartyId::new(text).unwrap()
}

fn tables_of(plan: &Plan, tables: &[Vec<Plain>], owner: usize) -> Vec<Option<Table>> {
    let own = plan.inputs.iter().zip(tables);
    own.map(|(input, columns)| (usize::from(input.owner) == owner).then(|| table(columns))).collect()
}

/// What three parties come to with two that only provide, and how it ended for these.
fn answers_with(security: Security, plan: &Plan, tables: &[Vec<Plain>], terms: &Terms) -> Ends {
    answers_with_plans(security, (plan, plan), tables, terms)
}

/// The same, where those that only provide go by another plan.
fn answers_with_plans(
    security: Security,
    (plan, brought): (&Plan, &Plan),
    tables: &[Vec<Plain>],
    terms: &Terms,
) -> Ends {
    let mut theirs: [Vec<Box<dyn Channel>>; 3] = Default::default();
    let ours: Vec<Vec<Box<dyn Channel>>> = ["water", "school"]
        .into_iter()
        .map(|provider| {
            let ends = theirs.iter_mut().zip(NAMES).map(|(theirs, party)| {
                let (mine, other) = memory::pair(name(provider), name(party));
                theirs.push(Box::new(other));
                Box::new(mine) as Box<dyn Channel>
            });
            ends.collect()
        })
        .collect();
    std::thread::scope(|scope| {
        let providers: Vec<_> = (3..)
            .zip(ours)
            .map(|(owner, channels)| {
                scope.spawn(move || {
                    let mut rng = ChaCha20Rng::seed_from_u64(u64::from(owner));
                    let channels = channels.try_into().unwrap_or_else(|_| unreachable!());
                    let mut provider = Provider::meet(channels, &TERMS, &mut rng)?;
                    let own = tables_of(brought, tables, owner.into());
                    provide(&mut provider, brought, (owner, &own), terms, &mut rng)?;
                    provider.finish()
                })
            })
            .collect();
        let three = Role::ALL.into_iter().zip(ring()).zip(theirs).map(|((role, [previous, next]), links)| {
            scope.spawn(move || {
                let mut rng = ChaCha20Rng::seed_from_u64(role as u64);
                let context = Context::join(role, previous, next, &TERMS, security, &mut rng)?;
                let mut outside = Vec::new();
                let outcome = context.run(|context| {
                    for link in links {
                        outside.push(Intake::meet(link, role, &TERMS)?);
                    }
                    let own = tables_of(plan, tables, role.number());
                    run(context, plan, (&own, &mut outside, &mut |_| Ok(())), terms, &mut rng)
                });
                outside.into_iter().for_each(|provider| provider.part(&outcome));
                outcome
            })
        });
        let three: Vec<_> = three.collect();
        let three: Vec<_> = three.into_iter().map(|party| party.join().unwrap()).collect();
        let ended = providers.into_iter().map(|provider| provider.join().unwrap()).collect();
        (three.try_into().unwrap_or_else(|_| unreachable!()), ended)
    })
}

#[test]
fn an_owner_that_does_not_compute_counts_like_one_that_does() {
    for seed in 0..10 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let (plan, tables) = question(&mut rng, seed);
        let terms = terms(if seed % 2 == 0 { 0 } else { 3 });
        if plan.check(&terms).is_err() {
            continue;
        }
        let mut lent = plan.clone();
        for (at, input) in lent.inputs.iter_mut().enumerate() {
            input.owner = [3, 4, 2, 3][at];
        }
        let security = if seed % 3 == 0 { Security::Malicious } else { Security::SemiHonest };
        let expected = answers(security, &plan, &tables, &terms).map(Result::unwrap);
        let (found, ended) = answers_with(security, &lent, &tables, &terms);
        assert_eq!(found.map(Result::unwrap), expected, "{seed}");
        ended.into_iter().for_each(|end| end.unwrap());
    }
}

#[test]
fn one_that_shares_beyond_what_is_declared_ends_the_run() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (mut plan, mut tables) = example(&mut rng, 20, false);
    plan.inputs[0].owner = 3;
    plan.filter = Some(binary(Op::Less, Expr::Integer(20), column(0, 2)));
    plan.from = From::Join {
        one: Box::new(From::Input(2)),
        many: Box::new(From::Join {
            one: Box::new(From::Input(0)),
            many: Box::new(From::Input(1)),
            on: vec![[at(0, 0), at(1, 0)]],
            kind: Join::Inner,
        }),
        on: vec![[at(2, 0), at(1, 0)]],
        kind: Join::Semi,
    };
    if let Plain::Integers(ages) = &mut tables[0][2] {
        ages[3] = Some(1000);
    }
    // Its own node looks first, and the three hear that it ended the run.
    let (found, ended) = answers_with(Security::Malicious, &plan, &tables, &terms(0));
    assert!(found.iter().all(Result::is_err));
    let beyond = MpcError::CellOutOfRange { table: "insured".to_owned(), column: "age".to_owned(), row: 3 };
    assert_eq!(ended[0], Err(beyond));
    // Past its own node: the others find it on shares.
    let wide = {
        let mut wide = plan.clone();
        wide.inputs[0].columns[2] = integer("age", 18, 2000, false);
        wide
    };
    let lie = MpcError::SharedOutOfRange { table: "insured".to_owned() };
    let (found, _) = answers_with_plans(Security::Malicious, (&plan, &wide), &tables, &terms(0));
    assert!(found.iter().all(|end| end.as_ref() == Err(&lie)), "{found:?}");
}
