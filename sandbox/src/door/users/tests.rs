use super::*;
use rand::SeedableRng as _;

fn room(folder: &Path) -> (Room, rand_chacha::ChaCha20Rng) {
    let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(11);
    let root = folder.join("room");
    Room::make(&root, &mut dice).unwrap();
    (Room::open(&root, || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap(), dice)
}

#[test]
fn a_secret_is_known_by_its_digest_alone_until_it_is_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let (room, mut dice) = room(folder.path());
    let first = change(&room, "li.ming", Change::Add, &mut dice).unwrap().unwrap();
    let kept = fs::read_to_string(room.root().join("users.toml")).unwrap();
    assert!(kept.contains("li.ming") && !kept.contains(&**first));
    let users = Users::read(room.root()).unwrap();
    assert!(users.knows("li.ming", &first).is_some());
    assert!(users.knows("li.ming", "").is_none());
    assert!(users.knows("wang", &first).is_none());
    let second = change(&room, "li.ming", Change::Renew, &mut dice).unwrap().unwrap();
    let users = Users::read(room.root()).unwrap();
    assert!(users.knows("li.ming", &first).is_none());
    assert!(users.knows("li.ming", &second).is_some());
    assert_eq!(change(&room, "li.ming", Change::Remove, &mut dice).unwrap(), None);
    assert!(Users::read(room.root()).unwrap().list().is_empty());
}

#[test]
fn names_are_plain_and_stand_once() {
    let folder = tempfile::tempdir().unwrap();
    let (room, mut dice) = room(folder.path());
    for name in ["", "a:b", "a b", "a\nb", "../x", &"x".repeat(65)] {
        let refused = change(&room, name, Change::Add, &mut dice).unwrap_err();
        assert_eq!(refused.code(), 9794, "{name:?}");
    }
    change(&room, "李明", Change::Add, &mut dice).unwrap();
    assert_eq!(change(&room, "李明", Change::Add, &mut dice).unwrap_err().code(), 9794);
    assert_eq!(change(&room, "wang", Change::Renew, &mut dice).unwrap_err().code(), 9794);
    assert_eq!(change(&room, "wang", Change::Remove, &mut dice).unwrap_err().code(), 9794);
}

#[cfg(unix)]
#[test]
fn the_list_is_of_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (room, mut dice) = room(folder.path());
    change(&room, "li", Change::Add, &mut dice).unwrap();
    let mode = fs::metadata(room.root().join("users.toml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
