use super::*;
use crate::package::tests::{key, now, opened, party, providers};
use jiff::SignedDuration;
use std::fs;
use yinshu_audit::merkle::{Head, Tree};

fn defect(n: u64) -> Defect {
    Defect {
        file: Some("one.csv".into()),
        row: Some(n),
        key: Some(format!("99010119900307{n:04}")),
        row_digest: Some(Digest::sha256(&n.to_le_bytes())),
        ..Defect::new(DefectKind::SurplusRow)
    }
}

/// Keys of both sides: the provider's are those of its packages, the county's is key 5.
fn keys() -> Keys {
    let mut keys = providers();
    keys.insert(party("county"), vec![key(5).public()]);
    keys
}

fn raised(defects: impl IntoIterator<Item = Defect>) -> Vec<Objection> {
    let (_dir, package) = opened();
    raise(&package, defects, KeyForm::Masked, &key(5), now()).expect("raised")
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn corrected() -> Objection {
    let mut objection = raised([defect(7)]).remove(0);
    let provider = party("hr-province");
    objection.advance(State::Accepted, &provider, "", &key(1), later(1)).expect("allowed");
    objection.advance(State::Corrected, &provider, "批次 2026-12", &key(1), later(2)).expect("allowed");
    objection
}

#[test]
fn raised_advanced_saved_loaded_verified() {
    let mut objection = corrected();
    let standing = objection.verify(&keys()).expect("sound");
    assert_eq!((standing.state, standing.since, standing.defects), (State::Corrected, later(2), 1));
    let dir = tempfile::tempdir().expect("a folder");
    let path = save(dir.path(), &objection).expect("saved");
    assert_eq!(load(&path).expect("loaded"), objection);
    objection.advance(State::Raised, &party("county"), "仍有误", &key(5), later(3)).expect("allowed");
    save(dir.path(), &objection).expect("a longer track");
    let older = corrected();
    assert!(matches!(save(dir.path(), &older), Err(ObjectionError::Conflict { .. })));
    assert_eq!(load(&path).expect("loaded").track.len(), 4);
    assert_eq!(objection.of_row(&Digest::sha256(&7u64.to_le_bytes())).count(), 1);
}

#[test]
fn keys_are_masked_unless_asked_for_and_values_never_travel() {
    let (_dir, package) = opened();
    let mut private = defect(7);
    private.detail =
        crate::Detail::Values { returned: Some("买买提".into()), local: Some("阿里木".into()) };
    for (form, shown) in [(KeyForm::Masked, "990101********0007"), (KeyForm::Full, "990101199003070007")] {
        let objections = raise(&package, [private.clone()], form, &key(5), now()).expect("raised");
        assert_eq!(objections[0].claim.about.subjects()[0].key.as_deref(), Some(shown));
        let text = String::from_utf8(objections[0].to_bytes()).expect("UTF-8");
        assert!(!text.contains("买买提") && !text.contains("阿里木"));
    }
}

/// Every transition from every state by either party: exactly the drawn ones are allowed.
#[test]
fn only_the_drawn_steps_are_allowed() {
    use State::{Accepted, Corrected, Raised, Rejected, Withdrawn};
    let (county, province) = (party("county"), party("hr-province"));
    let paths: [&[State]; 5] = [&[], &[Accepted], &[Rejected], &[Accepted, Corrected], &[Withdrawn]];
    let allowed = [
        (Raised, Accepted),
        (Raised, Rejected),
        (Raised, Withdrawn),
        (Accepted, Corrected),
        (Accepted, Withdrawn),
        (Rejected, Raised),
        (Rejected, Withdrawn),
        (Corrected, Raised),
        (Corrected, Withdrawn),
    ];
    for path in paths {
        let mut objection = raised([defect(1)]).remove(0);
        for step in path {
            let (by, k) = if step.is_the_providers() { (&province, key(1)) } else { (&county, key(5)) };
            objection.advance(*step, by, "", &k, later(1)).expect("on the way");
        }
        let from = objection.state().expect("raised");
        for to in [Raised, Accepted, Rejected, Corrected, Withdrawn] {
            for by in [&county, &province, &party("other")] {
                let mut trial = objection.clone();
                let right_party =
                    *by == if to.is_the_providers() { province.clone() } else { county.clone() };
                let expected = right_party && allowed.contains(&(from, to));
                let k = if by == &province { key(1) } else { key(5) };
                assert_eq!(
                    trial.advance(to, by, "", &k, later(2)).is_ok(),
                    expected,
                    "{from} to {to} by {by}"
                );
                assert!(trial.verify(&keys()).is_ok());
                // A forged step of the same kind, signed by the one who forges it.
                let prev = objection.track.last().expect("raised").digest();
                let mut forged = objection.clone();
                forged.track.push(Status::sign(to, later(2), by, "", prev, &key(6)));
                assert!(forged.verify(&keys()).is_err(), "{from} to {to} by {by}");
            }
        }
    }
    let mut objection = raised([defect(1)]).remove(0);
    let error =
        objection.advance(Withdrawn, &county, "", &key(5), later(-1)).expect_err("before it was raised");
    assert_eq!(error.code(), 5202);
    let error =
        objection.advance(Withdrawn, &county, &"长".repeat(2000), &key(5), later(1)).expect_err("long");
    assert_eq!(error.code(), 5203);
}

/// Every byte of an objection's file, changed: it does not load, or does not verify.
#[test]
fn every_changed_byte_is_refused() {
    let objection = corrected();
    let whole = objection.to_bytes();
    assert!(Objection::from_bytes(&whole).expect("own form").verify(&keys()).is_ok());
    for at in 0..whole.len() {
        for flip in [1u8, 0x20] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let verified = Objection::from_bytes(&bytes).map(|o| o.verify(&keys()).is_ok());
            assert!(!verified.unwrap_or(false), "byte {at} ^ {flip}");
        }
    }
}

#[test]
fn steps_removed_or_reordered_are_refused() {
    let objection = corrected();
    for at in 0..2 {
        let mut less = objection.clone();
        less.track.remove(at);
        assert!(less.verify(&keys()).is_err(), "without step {at}");
    }
    let mut swapped = objection.clone();
    swapped.track.swap(1, 2);
    assert!(swapped.verify(&keys()).is_err());
    let mut none = objection.clone();
    none.track.clear();
    assert_eq!(none.verify(&keys()), Err(ObjectionError::NeverRaised));
    // Steps of another objection do not fit.
    let mut other = raised([defect(8)]).remove(0);
    other.track.extend(objection.track[1..].iter().cloned());
    assert_eq!(other.verify(&keys()), Err(ObjectionError::BrokenTrack { step: 2 }));
}

#[test]
fn what_the_provider_did_not_sign_is_not_theirs() {
    let objection = corrected();
    let mut nobody = keys();
    nobody.remove(&party("hr-province"));
    assert_eq!(objection.verify(&nobody).expect_err("refused").code(), 5206);
    let mut forged = objection.claim.clone();
    forged.package.manifest = Digest::sha256(b"another batch");
    let mut track = Objection { id: forged.id(), claim: forged, track: Vec::new() };
    track.advance(State::Raised, &party("county"), "", &key(5), later(1)).expect("allowed");
    assert_eq!(track.verify(&keys()).expect_err("refused").code(), 5206);
    let mut id = objection;
    id.id = "00".repeat(16);
    assert_eq!(id.verify(&keys()).expect_err("refused").code(), 5204);
    id.id = "../x".into();
    let dir = tempfile::tempdir().expect("a folder");
    assert_eq!(save(dir.path(), &id).expect_err("refused").code(), 5204);
}

#[test]
fn very_many_of_a_kind_go_into_one_file() {
    let many = (0..SINGLY as u64 + 1).map(defect);
    let count = Defect {
        detail: crate::Detail::Counts { promised: 39, found: 2 },
        ..Defect::new(DefectKind::CountMismatch)
    };
    let objections = raised(many.chain([count]));
    assert_eq!(objections.len(), 2);
    assert_eq!(objections[0].claim.about.subjects()[0].promised, Some(39));
    let group = &objections[1];
    let standing = group.verify(&keys()).expect("sound");
    assert_eq!(standing.defects, SINGLY as u64 + 1);
    // One of them, argued about alone.
    let About::Many { root, subjects, count, .. } = &group.claim.about else { panic!("a group") };
    let mut tree = Tree::new();
    subjects.iter().for_each(|s| tree.push(s.digest()));
    let path = tree.prove_inclusion(500).expect("there");
    let head = Head { size: *count, root: *root };
    assert_eq!(head.verify_inclusion(&subjects[500].digest(), 500, &path), Ok(()));
    // A group that lost one, or holds another kind, is not the one that was raised.
    let mut less = group.clone();
    if let About::Many { subjects, .. } = &mut less.claim.about {
        subjects.pop();
    }
    assert_eq!(less.verify(&keys()), Err(ObjectionError::WrongGroup));
    assert_eq!(raised((0..SINGLY as u64).map(defect)).len(), SINGLY);
}

#[test]
fn garbage_is_no_objection() {
    for bytes in [&b""[..], b"{}", b"null", b"\xff", &b"[".repeat(10_000)] {
        assert_eq!(Objection::from_bytes(bytes).expect_err("refused").code(), 5210);
    }
    let dir = tempfile::tempdir().expect("a folder");
    assert_eq!(load(&dir.path().join("none")).expect_err("refused").code(), 5212);
    let path = dir.path().join("x.json");
    fs::write(&path, corrected().to_bytes().trim_ascii_end()).expect("written");
    assert_eq!(load(&path).expect_err("refused").code(), 5210);
}
