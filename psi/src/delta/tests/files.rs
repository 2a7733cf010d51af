//! What lies on disk.

use super::*;
use proptest::prelude::*;
use rand::RngExt;
use std::collections::BTreeMap;
use table::Table;

#[test]
fn a_table_is_a_map() {
    let folder = root();
    let path = folder.path().join("t");
    let mut rng = rng(4);
    let (mut table, mut map) = (Table::create(path.clone(), 300, 35).unwrap(), BTreeMap::new());
    for round in 0..6_000 {
        let mut key = [0; 16];
        // Few homes, so that pages run over.
        key[0] = rng.random_range(0..4) * 60;
        key[15] = rng.random_range(0..75);
        if rng.random_bool(0.55) && map.len() < 300 {
            let value = vec![round as u8; 35];
            table.put(&key, &value).unwrap();
            map.insert(key, value);
        } else {
            assert_eq!(table.remove(&key).unwrap(), map.remove(&key).is_some());
        }
        assert_eq!(table.find(&key).unwrap(), map.get(&key).cloned());
        if round % 500 == 0 {
            table.spill(0).unwrap();
            table.sync().unwrap();
            table = Table::open(path.clone(), 300, 35).unwrap();
        }
    }
    for (key, value) in &map {
        assert_eq!(table.find(key).unwrap().as_ref(), Some(value));
    }
}

#[test]
fn damage_is_noticed() {
    let terms = terms(Learns::Receiver, 1);
    let disk = Disk::new(&terms);
    let steps = ((entries(0..40), vec![]), (entries(20..60), vec![]));
    update((&mut disk.open(Role::Receiver), &mut disk.open(Role::Sender)), (&steps.0, &steps.1), &terms, 3);
    let folder = disk.folder(Role::Sender);
    for name in ["state", "key", "own"] {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert_eq!(Base::open(&folder, Role::Sender, &terms).err().unwrap().code(), 4081, "{name}");
        std::fs::write(&path, &bytes).unwrap();
    }
    let path = folder.join("state");
    let bytes = std::fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1;
        std::fs::write(&path, &other).unwrap();
        assert_eq!(Base::open(&folder, Role::Sender, &terms).err().unwrap().code(), 4081);
    }
    std::fs::write(&path, &bytes).unwrap();
    let journal = std::fs::read(folder.join("last")).unwrap();
    std::fs::write(folder.join("commit"), &journal[..journal.len() - 7]).unwrap();
    assert_eq!(Base::open(&folder, Role::Sender, &terms).err().unwrap().code(), 4081);
    std::fs::remove_file(folder.join("commit")).unwrap();
    let held = disk.open(Role::Sender);
    assert_eq!(Base::open(&folder, Role::Sender, &terms).err().unwrap().code(), 4086);
    held.discard().unwrap();
    assert!(!folder.exists());
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let terms = terms(Learns::Receiver, 1);
    let disk = Disk::new(&terms);
    let steps = ((entries(0..4), vec![]), (entries(2..6), vec![]));
    update((&mut disk.open(Role::Receiver), &mut disk.open(Role::Sender)), (&steps.0, &steps.1), &terms, 3);
    for role in [Role::Receiver, Role::Sender] {
        for file in std::fs::read_dir(disk.folder(role)).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
        }
    }
    assert!(
        disk.folder(Role::Sender).join("key").exists() && !disk.folder(Role::Receiver).join("key").exists()
    );
}

#[test]
fn decoders_take_what_encoders_give() {
    let state = State {
        role: 2,
        terms: Digest::sha256(b"t"),
        version: 7,
        chain: Digest::sha256(b"c"),
        own: 1,
        peer: 2,
        own_room: 3,
        peer_room: 4,
        asked: vec![5, 6],
    };
    assert_eq!(State::decode(&state.encode()).as_ref(), Ok(&state));
    let changes = Changes { version: 7, appeared: entries(0..3), vanished: entries(3..4) };
    let journal = Journal { state, changes, pages: vec![(1, 9, [3; 512]), (0, 2, [4; 512])] };
    assert_eq!(Journal::decode(&journal.encode()), Ok(journal));
}

/// Keys follow from their seed for as long as a base lives: these tokens do not change.
#[test]
fn vectors() {
    let terms = terms(Learns::Receiver, 2);
    let folder = root();
    let base = Base::create(&folder.path().join("b"), Role::Sender, &terms, ROOM, &mut rng(5)).unwrap();
    let tokens = token::own(&[entry(0, 1), entry(1, 1)], &base.keys);
    let hex: Vec<String> = tokens.iter().map(hex::encode).collect();
    assert_eq!(hex.join(" "), "3800487c9d3f199ff0318cca0b6f2fc2 ee82436dde861746c277b86cb5a93210");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn decoders_never_panic(kind in 95u8..108, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let frame = [vec![kind], body].concat();
        let _ = msg::Meet::decode(&frame, Digest::ZERO);
        let _ = msg::Ask::decode(&frame, 2);
        let _ = msg::Counts::decode(&frame, msg::Counts::TOKENS);
        let _ = msg::Prepared::decode(&frame, Digest::ZERO);
        let _ = msg::decode_parts::<32>(&frame, msg::Kind::Blinded, 3);
        let _ = msg::decode_tokens(&frame, msg::Kind::Added, 4, 0, None);
        let _ = State::decode(&frame);
        let _ = Journal::decode(&frame);
    }
}
