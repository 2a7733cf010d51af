//! The states by themselves: order, secrecy of order, and steps left too early.

use super::msg::{CountPackage, PointsPackage, WorkingPackage};
use super::sender::{Shown, accept};
use super::token::{self, batches};
use super::*;
use std::collections::BTreeSet;
use yinshu_crypto::group::{
    Base, Blinds, Element, Hasher, decode_unblind_encode_each, hash_blind_encode_each,
};

/// A sender that has computed the tokens of `y` after the receiver's points for `x`, and the receiver.
fn until_tokens(
    x: &[Entry],
    y: &[Entry],
    terms: &Terms,
) -> (receiver::AwaitingTokens, sender::Showing, PointsPackage) {
    let (mut blinding, open) = receiver::open(x, terms, &mut rng(1)).unwrap();
    let mut evaluating = accept(open, terms, &mut rng(2)).unwrap();
    let points = blinding.next_points(&mut rng(3)).unwrap();
    let mut unblinding = blinding.keys(evaluating.keys()).unwrap();
    unblinding.absorb(&evaluating.evaluate(&points).unwrap()).unwrap();
    let mut collecting = evaluating.finish().unwrap();
    collecting.add(y, terms).unwrap();
    (unblinding.finish().unwrap(), collecting.finish(terms, &mut rng(4)).unwrap(), points)
}

#[test]
fn tokens_ascend_whatever_the_order_of_the_table() {
    let terms = terms(Learns::Receiver, 1);
    let mut table = entries(0, 0..500);
    let (_, mut one, _) = until_tokens(&entries(0, [1]), &table, &terms);
    table.reverse();
    let (_, mut other, _) = until_tokens(&entries(0, [1]), &table, &terms);
    let tokens = one.next_tokens().unwrap();
    assert!(tokens.tokens.is_sorted_by(|a, b| a < b) && tokens.tokens.len() == 500);
    assert_eq!(Some(tokens), other.next_tokens());
}

#[test]
fn repeats_are_not_seen_by_the_peer() {
    let terms = terms(Learns::Receiver, 2);
    let x = [entries(0, [5, 5, 5, 6]), entries(1, [5, 6, 6])].concat();
    let (_, mut showing, points) = until_tokens(&x, &entries(0, [8, 8, 8, 9]), &terms);
    assert_eq!(
        points.points.iter().collect::<BTreeSet<_>>().len(),
        7,
        "repeats and sections show no equal points"
    );
    let tokens = showing.next_tokens().unwrap().tokens;
    assert_eq!(tokens.iter().collect::<BTreeSet<_>>().len(), 4);
}

#[test]
fn a_point_raised_in_one_section_is_useless_in_another() {
    // A receiver that has used up its quota in section 0 asks for an entry of section 0 in section 1.
    let terms = terms(Learns::Receiver, 2);
    let wanted = entry(0, 5);
    let (blinds, hasher) = (Blinds::random(1, &mut rng(1)), Hasher::new(token::DST));
    let messages = [token::message(&wanted)];
    let blinded = hash_blind_encode_each(&hasher, &messages, Base::generator(), blinds.part(0..1));
    let token_by = |counts: Vec<u64>, section: usize| {
        let (_, open) = receiver::open(&[], &terms, &mut rng(1)).unwrap();
        let open = msg::OpenPackage { counts, ..open };
        let mut evaluating = accept(open, &terms, &mut rng(2)).unwrap();
        let raised = evaluating.evaluate(&PointsPackage { points: blinded.clone() }).unwrap().points;
        let keys = evaluating.keys().keys;
        let base = Base::new(&Element::decode(&keys[section]).unwrap());
        let unblinded = decode_unblind_encode_each(&raised, &base, blinds.part(0..1)).unwrap();
        let mut collecting = evaluating.finish().unwrap();
        collecting.add(&[wanted], &terms).unwrap();
        let shown = collecting.finish(&terms, &mut rng(4)).unwrap().next_tokens().unwrap().tokens[0];
        [0, 1].map(|number| {
            let tokens = token::Tokens::new(number, &keys[number]);
            shown == token::cut(tokens.token(&wanted, &unblinded[0]), 10)
        })
    };
    assert_eq!(token_by(vec![1, 0], 0), [true, false], "asked in its own section it matches");
    assert_eq!(token_by(vec![0, 1], 1), [false, false], "asked in another it does not");
    assert_eq!(token_by(vec![0, 1], 0), [false, false], "nor when unblinded by the own section's key");
}

#[test]
fn steps_cannot_be_left_early() {
    let (x, y, both) = (entries(0, 0..3), entries(0, 0..4), terms(Learns::Both, 1));
    let out_of_step = |result: Result<(), PsiError>| {
        assert!(matches!(result, Err(PsiError::OutOfStep { .. })), "{result:?}");
    };
    let (blinding, open) = receiver::open(&x, &both, &mut rng(1)).unwrap();
    let evaluating = accept(open, &both, &mut rng(2)).unwrap();
    out_of_step(blinding.keys(evaluating.keys()).unwrap().finish().map(drop));
    out_of_step(evaluating.finish().map(drop));
    let (awaiting, showing, _) = until_tokens(&x, &y, &both);
    let count = showing.count();
    out_of_step(showing.finish().map(drop));
    out_of_step(awaiting.count(count).unwrap().finish().map(drop));

    let (awaiting, mut showing, _) = until_tokens(&x, &y, &both);
    let mut matching = awaiting.count(count).unwrap();
    matching.vartime_absorb(&showing.next_tokens().unwrap());
    out_of_step(matching.finish().unwrap().finish().map(drop));
    let Ok(Shown::Awaiting(awaiting)) = showing.finish() else { panic!("both learn") };
    out_of_step(awaiting.count(CountPackage { count: 2 }).unwrap().finish().map(drop));
}

#[test]
fn packages_of_another_size_than_due_are_refused() {
    let (x, terms) = (entries(0, 0..3), terms(Learns::Receiver, 1));
    let (mut blinding, open) = receiver::open(&x, &terms, &mut rng(1)).unwrap();
    let mut evaluating = accept(open, &terms, &mut rng(2)).unwrap();
    let mut points = blinding.next_points(&mut rng(3)).unwrap();
    let evaluated = evaluating.evaluate(&points).unwrap();
    assert!(evaluating.evaluate(&points).is_err(), "nothing is due any more");
    points.points = [evaluated.points.clone(), evaluated.points].concat();
    let mut unblinding = blinding.keys(evaluating.keys()).unwrap();
    assert_eq!(unblinding.absorb(&points).unwrap_err().code(), 4102);
    let (blinding, _) = receiver::open(&x, &terms, &mut rng(1)).unwrap();
    let keys = msg::KeysPackage { keys: [evaluating.keys().keys, evaluating.keys().keys].concat() };
    assert_eq!(blinding.keys(keys).map(drop).unwrap_err().code(), 4102);
}

#[test]
fn signs_of_life_are_bounded() {
    let terms = Terms { max_peer_items: 100_000, ..terms(Learns::Receiver, 1) };
    let (mut awaiting, ..) = until_tokens(&entries(0, [1]), &[], &terms);
    let bad = awaiting.still_working(WorkingPackage { done: 1 });
    assert_eq!(bad, Err(crate::error::Misstep::BadProgress { expected: 65_536, found: 1 }));
    awaiting.still_working(WorkingPackage { done: 65_536 }).unwrap();
    let beyond = awaiting.still_working(WorkingPackage { done: 131_072 });
    assert_eq!(beyond, Err(crate::error::Misstep::TooManyEntries { max: 100_000, found: 131_072 }));
}

#[test]
fn batches_stay_within_a_section() {
    let ends = token::ends(&[3, 0, 300, 1, 0]);
    assert_eq!(ends, [3, 3, 303, 304, 304]);
    assert_eq!(batches(0..304, &ends), [(0, 0..3), (2, 3..259), (2, 259..303), (3, 303..304)]);
    assert_eq!(batches(2..4, &ends), [(0, 2..3), (2, 3..4)]);
    assert_eq!(batches(304..304, &ends), []);
    assert_eq!(batches(0..0, &token::ends(&[0])), []);
}
