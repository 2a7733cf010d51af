//! Tables of owners that do not compute: the answer is the same as where these compute, and they learn nothing.

use super::random::question;
use super::*;
use crate::outside::{Intake, Provider};
use crate::release::Rule;
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
                    context.provided_by(["water", "school"].map(name).to_vec());
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
    // Where the three trust each other, too: the owner is none of them.
    for security in [Security::SemiHonest, Security::Malicious] {
        let (found, _) = answers_with_plans(security, (&plan, &wide), &tables, &terms(0));
        assert!(found.iter().all(|end| end.as_ref() == Err(&lie)), "{found:?}");
    }
}

/// Rows of police, water and school, one after the other, of which count and sum are asked.
fn one_after_the_other(values: [&[i64]; 3]) -> (Plan, Vec<Vec<Plain>>) {
    let owners = [("police", 1), ("water", 3), ("school", 4)];
    let inputs = owners.map(|(name, owner)| input(name, owner, vec![integer("v", 0, 10_000, false)]));
    let tables = values.map(|values| vec![Plain::Integers(values.iter().map(|v| Some(*v)).collect())]);
    let figures = vec![figure(Function::Count, None, None), figure(Function::Sum, Some(column(0, 0)), None)];
    let tell = Tell::Groups { keys: Vec::new(), figures, having: None, rows: None };
    let from = From::Union((0..3).map(From::Input).collect());
    (Plan { inputs: inputs.to_vec(), from, filter: None, tell, layout: None }, tables.to_vec())
}

#[test]
fn a_receiver_in_league_with_owners_that_do_not_compute_subtracts_no_person() {
    let bureau = |rule| Terms { rule, extremes: false, receivers: vec![Role::First] };
    let five = Rule::at_least(5);
    let counted = |plan: &Plan, tables: &[Vec<Plain>], rule: Rule| {
        let (found, _) = answers_with(Security::SemiHonest, plan, tables, &bureau(rule));
        found.map(Result::unwrap)[0].told.as_ref().map_or(0, Vec::len)
    };
    // Enough together: but who knows the rows of one or both outside sees a single other, or too few.
    for (police, water, school, told) in
        [(1, 4, 0, 0), (5, 4, 0, 1), (1, 2, 2, 0), (0, 4, 5, 0), (0, 5, 5, 1), (9, 0, 0, 1), (5, 1, 9, 1)]
    {
        let rows = [5; 20];
        let (plan, tables) = one_after_the_other([&rows[..police], &rows[..water], &rows[..school]]);
        assert_eq!(counted(&plan, &tables, five), told, "{police} {water} {school}");
    }
    // Those that do not count: one of the police, and five of the water.
    let (mut plan, tables) = one_after_the_other([&[1, 9, 9, 9, 9, 9], &[1, 1, 1, 1, 1, 9, 9, 9, 9, 9], &[]]);
    plan.filter = Some(binary(Op::Less, Expr::Integer(5), column(0, 0)));
    assert_eq!(counted(&plan, &tables, five), 0);
    // Without the water's, one value is most of the sum.
    let most = [1000, 1, 1, 1, 1];
    let rule = Rule { minimum: 5, percent: Some(50) };
    for (water, rule, told) in [([1000; 5], rule, 0), ([1000; 5], five, 1)] {
        let (mut plan, tables) = one_after_the_other([&most, &water, &[]]);
        if let Tell::Groups { figures, .. } = &mut plan.tell {
            figures.remove(0);
        }
        assert_eq!(counted(&plan, &tables, rule), told);
    }
    // An analysis looks at nothing of the kind.
    let (mut plan, _) = one_after_the_other([&[], &[], &[]]);
    plan.inputs.iter_mut().for_each(|input| input.owner = 3 + input.owner % 2);
    plan.tell = Tell::Analysis(Analysis::Quantiles { of: at(0, 0), per_mille: vec![500] });
    assert!(matches!(plan.check(&terms(5)), Err(MpcError::Unavailable { .. })));
}

#[test]
fn a_table_of_nobody_is_refused_before_anything_is_sent() {
    let (mut plan, tables) = one_after_the_other([&[5; 9], &[5; 9], &[5; 9]]);
    plan.inputs[2].owner = 5;
    assert!(matches!(plan.check(&terms(5)), Err(MpcError::Senseless { what }) if what == "school"));
    // Of a fourth, where there is none.
    plan.inputs[2].owner = 3;
    for end in answers(Security::SemiHonest, &plan, &tables, &terms(5)) {
        assert_eq!(end.unwrap_err(), MpcError::Senseless { what: "water".to_owned() });
    }
}
