//! Whom a party names when it ends a run.

use super::Ends;
use crate::error::MpcError;
use crate::msg::{Culprit, decode_refusal, encode_refusal};
use crate::role::Role;
use yinshu_net::{Channel as _, NetError, PartyId, memory};

fn name(name: &str) -> PartyId {
    name.parse().unwrap()
}

/// Whom the second of three names to the first when this befalls it.
fn named(error: NetError) -> Option<Culprit> {
    let (previous, mut first) = memory::pair(name("tax"), name("bureau"));
    let (next, _third) = memory::pair(name("tax"), name("social"));
    let mut ends = Ends::new(Role::Second, Box::new(previous), Box::new(next));
    ends.providers = vec![name("water")];
    ends.part(MpcError::from(error));
    let frame = first.recv(64).unwrap();
    decode_refusal(&frame).unwrap().1
}

#[test]
fn who_is_lost_is_named_and_not_the_one_that_noticed() {
    let lost = |peer: &str| NetError::Unreachable {
        peer: name(peer),
        address: "127.0.0.1:1".to_owned(),
        seconds: 1,
        detail: String::new(),
    };
    assert_eq!(named(lost("social")), Some(Culprit::Computing(Role::Third)));
    assert_eq!(named(lost("water")), Some(Culprit::Provider(0)));
    assert_eq!(named(NetError::Closed { peer: name("water") }), Some(Culprit::Provider(0)));
}

#[test]
fn of_one_that_is_silent_nobody_knows_whom_it_waits_for() {
    let silent = |peer: &str| NetError::Timeout { peer: name(peer), seconds: 1 };
    assert_eq!(named(silent("social")), None);
    assert_eq!(named(silent("water")), Some(Culprit::Provider(0)));
}

#[test]
fn a_party_names_itself_where_it_is_at_fault() {
    assert_eq!(named(NetError::ShuttingDown), Some(Culprit::Computing(Role::Second)));
}

/// What the second of three says, and whom it names to the first, when the first ended the run and named nobody; `third` is
/// what the third party does.
fn beside<T>(third: impl FnOnce(memory::MemoryChannel) -> T) -> (MpcError, Option<Culprit>) {
    let (previous, mut first) = memory::pair(name("tax"), name("bureau"));
    let (next, other) = memory::pair(name("tax"), name("social"));
    let next = next.with_patience(std::time::Duration::from_millis(20));
    let ends = Ends::new(Role::Second, Box::new(previous), Box::new(next));
    let _stays = third(other);
    let error = ends.part(MpcError::Unproven { peer: name("bureau"), reason: 9201 });
    let frame = first.recv(64).unwrap();
    (error, decode_refusal(&frame).unwrap().1)
}

#[test]
fn who_is_gone_is_named_though_another_that_waited_for_it_names_nobody() {
    let (error, named) = beside(drop);
    assert_eq!(error, MpcError::from(NetError::Closed { peer: name("social") }));
    assert_eq!(named, Some(Culprit::Computing(Role::Third)));
    // So is one that says nothing though it was told.
    let (error, named) = beside(|third| third);
    assert_eq!((error.code(), named), (9201, Some(Culprit::Computing(Role::Third))));
    // One that is there and names nobody either is not named.
    let (error, named) = beside(|mut third| {
        third.send(encode_refusal(9201, None)).unwrap();
        third
    });
    assert_eq!(error, MpcError::Unproven { peer: name("bureau"), reason: 9201 });
    assert_eq!(named, None);
    let (error, named) = beside(|mut third| {
        third.send(encode_refusal(9201, Some(Culprit::Computing(Role::First)))).unwrap();
        third
    });
    let elsewhere = MpcError::Elsewhere { peer: name("social"), culprit: name("bureau"), reason: 9201 };
    assert_eq!((error, named), (elsewhere, Some(Culprit::Computing(Role::First))));
}
