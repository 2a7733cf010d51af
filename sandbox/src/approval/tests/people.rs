//! Who approves: from the first one on, each on the word of one before; what was written by hand is not taken.

use super::*;
use crate::room::Settings;

fn settings(room: &Room) -> PathBuf {
    room.root().join("room.toml")
}

fn names(room: &Room) -> Vec<String> {
    room.approvers().unwrap().now().map(|one| one.name.clone()).collect()
}

#[test]
fn approvers_are_added_by_those_of_the_holder() {
    let (_world, room) = room();
    let holder = signer(&room, "holder");
    assert_eq!(refused(first(&room, "another", &mut ChaCha20Rng::seed_from_u64(3))), 9736);
    add(&room, ("qian", Role::Holder, key(5).public()), &holder).unwrap();
    let qian = Signer::of(&room, "qian", key(5)).unwrap();
    add(&room, ("chen", Role::Purpose, key(6).public()), &qian).unwrap();
    assert_eq!(names(&room), ["holder", "qian", "chen"]);
    // Others add nobody; nobody has two names or two keys, and a name is one that can be written.
    let chen = Signer::of(&room, "chen", key(6)).unwrap();
    assert_eq!(refused(add(&room, ("sun", Role::Holder, key(8).public()), &chen)), 9732);
    assert_eq!(refused(remove(&room, "qian", &chen)), 9732);
    assert_eq!(refused(may_add(&room, "chen", None)), 9736);
    assert_eq!(refused(add(&room, ("chen2", Role::Purpose, key(6).public()), &holder)), 9736);
    for name in ["", "a b", "../key", "a\nb"] {
        assert_eq!(refused(add(&room, (name, Role::Holder, key(8).public()), &holder)), 9736, "{name:?}");
    }
    // What the operator sets beside them stays as he wrote it.
    let text = std::fs::read_to_string(settings(&room)).unwrap();
    std::fs::write(settings(&room), format!("# of 2026\nwalls = \"all\"\n{text}")).unwrap();
    add(&room, ("sun", Role::Reviewer, key(8).public()), &holder).unwrap();
    assert!(std::fs::read_to_string(settings(&room)).unwrap().starts_with("# of 2026\nwalls"));
    assert_eq!(names(&room), ["holder", "qian", "chen", "sun"]);
    std::fs::write(settings(&room), format!("{text}\n[[approver]]\nname = \"x\"\nrank = 1\n")).unwrap();
    assert_eq!(refused(room.approvers()), 9740, "a key that is not known");
}

#[test]
fn whoever_is_removed_stays_so() {
    let (_world, room) = room();
    let holder = signer(&room, "holder");
    assert_eq!(refused(remove(&room, "holder", &holder)), 9736, "the last");
    add(&room, ("qian", Role::Holder, key(5).public()), &holder).unwrap();
    let qian = Signer::of(&room, "qian", key(5)).unwrap();
    approve(&room, TEXT, &qian).unwrap();
    assert_eq!(code(&room), 0, "the control");
    remove(&room, "qian", &holder).unwrap();
    assert_eq!(code(&room), 9732, "what he signed alone is not in force any more");
    assert_eq!(names(&room), ["holder"]);
    assert_eq!(refused(Signer::of(&room, "qian", key(5))), 9732);
    // He comes back by no name and no key, and adds nobody with what he signed before.
    assert_eq!(refused(add(&room, ("qian", Role::Holder, key(5).public()), &holder)), 9736);
    assert_eq!(refused(add(&room, ("qian2", Role::Holder, key(5).public()), &holder)), 9736);
    assert_eq!(refused(add(&room, ("qian", Role::Holder, key(4).public()), &holder)), 9736);
    let later = Room::open(room.root(), || "2026-11-23T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(refused(add(&later, ("sun", Role::Holder, key(8).public()), &qian)), 9732);
}

/// What an operator can do who writes files: he lacks a signature, or a record.
#[test]
fn an_entry_written_by_hand_is_none() {
    let (_world, room) = room();
    let holder = signer(&room, "holder");
    let before = std::fs::read_to_string(settings(&room)).unwrap();
    let try_with = |text: String| {
        std::fs::write(settings(&room), text).unwrap();
        names(&room)
    };
    let own = |name: &str| {
        format!("\n[[approver]]\nname = \"{name}\"\nrole = \"holder\"\nkey = \"{}\"\n", key(9).public())
    };
    // As the first, beside the first, and in the place of the first.
    assert_eq!(try_with(format!("{before}{}", own("eve"))), ["holder"]);
    assert_eq!(try_with(format!("{}{before}", own("eve"))), ["holder"]);
    assert_eq!(try_with(own("eve")), Vec::<String>::new());
    assert_eq!(try_with(own("holder")), Vec::<String>::new());
    // With a record that the room signed, and no signature of an approver, or his own.
    std::fs::write(settings(&room), &before).unwrap();
    add(&room, ("wu", Role::Reviewer, key(8).public()), &holder).unwrap();
    let added = std::fs::read_to_string(settings(&room)).unwrap();
    assert_eq!(try_with(added.clone()), ["holder", "wu"], "the control");
    assert_eq!(try_with(added.replace("role = \"reviewer\"", "role = \"holder\"")), ["holder"]);
    let (theirs, own_key) = (key(8).public().to_string(), key(9).public().to_string());
    assert_eq!(try_with(added.replace(&theirs, &own_key)), ["holder"]);
    assert_eq!(try_with(added.replace("name = \"wu\"", "name = \"eve\"")), ["holder"]);
    // Signed by an approver, and not recorded: the log was cut, or it was another room's.
    let log = room.root().join("audit/log.jsonl");
    let whole = std::fs::read_to_string(&log).unwrap();
    let cut: String =
        whole.lines().filter(|line| !line.contains("approver.add")).map(|line| format!("{line}\n")).collect();
    std::fs::write(&log, cut).unwrap();
    assert_eq!(try_with(added.clone()), ["holder"]);
    std::fs::write(&log, &whole).unwrap();
    assert_eq!(try_with(added), ["holder", "wu"], "the control");
    // A record that the room did not sign is none.
    let forged = whole.replace("\\\"role\\\":\\\"reviewer\\\"", "\\\"role\\\":\\\"holder\\\"");
    assert_ne!(forged, whole);
    std::fs::write(&log, forged).unwrap();
    let anew = Room::open(room.root(), || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(names(&anew), ["holder"]);
    assert_eq!(Settings::read(room.root()).unwrap().approvers.len(), 2);
}

#[test]
fn keys_lie_where_nobody_else_reads_them() {
    let (_world, room) = room();
    let path = signer::place(room.root(), "holder");
    assert_eq!(signer::read(&path).unwrap().public(), signer(&room, "holder").approver().key);
    assert_eq!(refused(signer::make(&path, &mut ChaCha20Rng::seed_from_u64(3))), 9741, "none is overwritten");
    assert_eq!(refused(signer::read(&settings(&room))), 9741);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }
}
