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
    for name in ["state", "key", "own-1000"] {
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
        own_size: 7,
        peer_size: 8,
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

#[test]
fn names_are_a_map_that_forgets() {
    let folder = root();
    let item = |n: u64| Item::new("name", &[&n.to_le_bytes()]);
    let mut names = Names::open(&folder.path().join("n")).unwrap();
    let texts: Vec<String> = (0..500).map(|n| format!("人{n}")).collect();
    let all =
        || (0..500).map(|n| (item(n), texts[n as usize].as_str(), n.is_multiple_of(2).then_some(7), false));
    names.put(all()).unwrap();
    names.put(all()).unwrap();
    names.sync().unwrap();
    drop(names);
    let mut names = Names::open(&folder.path().join("n")).unwrap();
    let known = |n: u64| {
        Some(Known { text: texts[n as usize].clone(), time: n.is_multiple_of(2).then_some(7), gone: false })
    };
    assert!((0..500).all(|n| names.find(&item(n)).unwrap() == known(n)));
    names.forget([item(2), item(3), item(999)]).unwrap();
    names.sync().unwrap();
    // The one had a time, which stays known; the text of neither does.
    let tombstone = Known { text: String::new(), time: Some(7), gone: true };
    assert_eq!((names.find(&item(2)).unwrap(), names.find(&item(3)).unwrap()), (Some(tombstone), None));
    let kept = std::fs::read(folder.path().join("n/texts")).unwrap();
    let kept = String::from_utf8(kept).unwrap();
    assert!(!kept.contains("人2人") && !kept.contains("人3人") && kept.contains("人4人"));
    names.put([(item(2), "人2", Some(8), false)]).unwrap();
    assert_eq!(names.find(&item(2)).unwrap().unwrap().text, "人2");
    // The table grows, and knows what it knew.
    names.put((1_000..4_000).map(|n| (item(n), "x", None, false))).unwrap();
    names.sync().unwrap();
    let mut names = Names::open(&folder.path().join("n")).unwrap();
    assert!((4..500).all(|n| names.find(&item(n)).unwrap() == known(n)));
    assert!((1_000..4_000).all(|n| names.find(&item(n)).unwrap().is_some_and(|known| known.text == "x")));
    assert_eq!(std::fs::read_dir(folder.path().join("n")).unwrap().count(), 3);
}

/// What two updates of one meeting changed is there for who was stopped before keeping either.
#[test]
fn the_last_two_updates_are_kept() {
    let terms = terms(Learns::Receiver, 1);
    let disk = Disk::new(&terms);
    let (mut x, mut y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    assert_eq!(x.since(0).unwrap(), []);
    for step in 0..3u64 {
        let steps = ((entries(step * 5..step * 5 + 5), vec![]), (entries(0..100), vec![]));
        update((&mut x, &mut y), (&steps.0, &steps.1), &terms, step);
    }
    let since: Vec<_> = x.since(1).unwrap().iter().map(|changes| changes.appeared.clone()).collect();
    assert_eq!(
        since,
        [entries(5..10), entries(10..15)].map(|mut e| {
            e.sort_unstable();
            e
        })
    );
    assert_eq!((x.since(2).unwrap().len(), x.since(3).unwrap().len()), (1, 0));
    assert_eq!(x.since(0).unwrap_err().code(), 4082);
}

/// Whole tables on both sides, an update of which is prepared and not final: what changes is found after that.
#[test]
fn whole_tables_are_compared_with_the_base() {
    let terms = terms(Learns::Receiver, 1);
    let disk = Disk::new(&terms);
    let (mut x, mut y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    let mut before = BTreeSet::new();
    for (mine, theirs) in [(0..40, 20..60), (10..50, 20..60), (10..50, 0..0), (0..0, 0..0), (5..9, 0..30)] {
        let (mine, theirs) = (entries(mine), entries(theirs));
        let (mut here, mut there) = pair();
        let (received, sent) = std::thread::scope(|scope| {
            let sending = scope.spawn(|| {
                let own = Wanted::Whole(&theirs);
                update_sender(&mut there, &mut y, own, &terms, &mut rng(1), &mut |_| Ok(()))
            });
            let received = update_receiver(&mut here, &mut x, Wanted::Whole(&mine), &terms, &mut rng(2));
            (received.unwrap(), sending.join().unwrap().unwrap())
        });
        let after = shared(&mine.iter().copied().collect(), &theirs.iter().copied().collect());
        assert_eq!(changes(&received.changes), change(&before, &after));
        let sorted =
            |entries: &[Entry]| entries.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let (own, other): (Vec<Entry>, Vec<Entry>) = (sorted(&mine), sorted(&theirs));
        assert_eq!((x.entries().unwrap(), y.entries().unwrap()), (own, other));
        assert_eq!(sent.changes.appeared, []);
        before = after;
    }
}

/// Tables begin small and grow with what is in them, over a first update and later ones.
#[test]
fn tables_grow() {
    let terms = terms(Learns::Receiver, 1);
    let disk = Disk::new(&terms);
    let (mut x, mut y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    let mut sizes = Vec::new();
    for step in 0..4u64 {
        let new = || entries(step * 700..step * 700 + 700);
        update((&mut x, &mut y), (&(new(), vec![]), &(new(), vec![])), &terms, step);
        sizes.push((x.state.own_size, x.state.peer_size, y.state.own_size));
    }
    assert_eq!(
        sizes,
        [(1_000, 1_000, 1_000), (2_750, 2_750, 2_750), (2_750, 2_750, 2_750), (4_500, 4_500, 4_500)]
    );
    drop((x, y));
    let (mut x, mut y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    assert_eq!((x.entries().unwrap().len(), y.entries().unwrap().len()), (2_800, 2_800));
    let gone = (vec![], entries(0..2_800));
    let (received, _) = update((&mut x, &mut y), (&gone, &(vec![], vec![])), &terms, 9);
    assert_eq!(received.changes.vanished.len(), 2_800);
}
