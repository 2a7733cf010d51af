use super::*;
use yinshu_net::PartyId;

fn place(run: u8, joins: u32) -> Option<Place> {
    Some(Place { run: SessionId([run; 16]), joins })
}

fn said(origin: u8, places: [Option<Place>; STOPS]) -> Said {
    Said { origin: SessionId([origin; 16]), places }
}

#[test]
fn what_a_party_says_is_read_as_it_was_meant() {
    for meant in [said(0, [None; STOPS]), said(1, [place(1, 0), None]), said(1, [place(2, 3), place(1, 2)])] {
        let bytes = meant.bytes();
        assert_eq!(bytes.len(), SAID);
        assert_eq!(Said::of(&bytes), Some(meant));
        assert_eq!(Said::of(&bytes[1..]), None);
        assert_eq!(Said::of(&[&bytes[..], &[0]].concat()), None);
    }
}

#[test]
fn all_go_on_from_the_last_stop_that_the_three_have() {
    let ahead = said(1, [place(1, 2), place(1, 1)]);
    let behind = said(1, [place(1, 1), place(1, 0)]);
    let nothing = said(0, [None; STOPS]);
    assert_eq!(common(&[ahead, ahead, ahead]), place(1, 2));
    for all in [[ahead, ahead, behind], [behind, ahead, ahead], [ahead, behind, behind]] {
        assert_eq!(common(&all), place(1, 1), "{all:?}");
    }
    // Nobody has it, or not all; or it is of other runs.
    assert_eq!(common(&[nothing; 3]), None);
    assert_eq!(common(&[ahead, ahead, nothing]), None);
    assert_eq!(common(&[ahead, ahead, said(1, [place(1, 0), None])]), None);
    assert_eq!(common(&[ahead, ahead, said(2, ahead.places)]), None);
    assert_eq!(common(&[ahead, ahead, said(1, [place(2, 2), place(2, 1)])]), None);
    assert_eq!(common(&[ahead, ahead]), None);
    // Who does not compute has no stops, and must know the run.
    assert_eq!(common(&[ahead, ahead, ahead, said(1, [None; STOPS])]), place(1, 2));
    assert_eq!(common(&[ahead, ahead, ahead, nothing]), None);
    // What was kept anew counts once all have it.
    let anew = said(1, [place(2, 1), place(1, 1)]);
    assert_eq!(common(&[anew, anew, behind]), place(1, 1));
    assert_eq!(common(&[anew, anew, anew]), place(2, 1));
}

#[test]
fn every_cell_of_our_tables_is_in_their_digest() {
    let table = |ids: &[Option<&str>], values: &[Option<i64>]| {
        let ids = Cells::Texts(ids.iter().map(|id| id.map(str::to_owned)).collect());
        vec![None, Some(Table { rows: values.len(), columns: vec![ids, Cells::Integers(values.to_vec())] })]
    };
    let of = |ids: &[Option<&str>], values: &[Option<i64>]| digest(&table(ids, values));
    let all = [
        digest(&[None]),
        of(&[], &[]),
        of(&[Some("a"), Some("b")], &[Some(1), Some(2)]),
        of(&[Some("b"), Some("a")], &[Some(1), Some(2)]),
        of(&[Some("ab"), Some("")], &[Some(1), Some(2)]),
        of(&[Some("ab"), None], &[Some(1), Some(2)]),
        of(&[Some("a"), Some("b")], &[Some(1), None]),
        of(&[Some("a"), Some("b")], &[Some(1), Some(0)]),
        of(&[Some("a")], &[Some(1)]),
    ];
    for (at, a) in all.iter().enumerate() {
        assert!(all[at + 1..].iter().all(|b| a != b), "{at}");
    }
}

#[test]
fn who_cheats_has_one_attempt() {
    let peer = || PartyId::new("tax").expect("a name");
    let elsewhere = |reason| MpcError::Elsewhere { peer: peer(), culprit: peer(), reason };
    let closed = MpcError::Channel { cause: NetError::Closed { peer: peer() } };
    assert_eq!(closed.code(), CHANNEL);
    assert!(resumable(&closed) && resumable(&elsewhere(CHANNEL)));
    let cheated = MpcError::Cheated { check: "products", first: peer(), second: peer() };
    assert!(!resumable(&cheated) && !resumable(&elsewhere(cheated.code())));
    assert!(!resumable(&MpcError::KeptDiffers) && !resumable(&MpcError::RepeatedPersons));
    let malformed = NetError::Malformed { peer: peer(), what: String::new() };
    assert!(!resumable(&MpcError::Channel { cause: malformed }));
}
