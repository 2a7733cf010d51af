//! Stopped at every frame on either side, and met again.

use super::*;
use crate::partition::tests::crash::Mortal;

/// One update during which a side's channel dies at a frame; then both meet again with the same changes.
/// Says whether anything was broken off.
fn stopped(victim: Role, frames: u64, first: bool) -> bool {
    let terms = terms(Learns::Both, 1);
    let disk = Disk::new(&terms);
    let (mut x, mut y) = (BTreeSet::new(), BTreeSet::new());
    if !first {
        let steps = ((entries(0..40), vec![]), (entries(20..60), vec![]));
        update(
            (&mut disk.open(Role::Receiver), &mut disk.open(Role::Sender)),
            (&steps.0, &steps.1),
            &terms,
            3,
        );
        apply(&mut x, &steps.0);
        apply(&mut y, &steps.1);
    }
    let before = shared(&x, &y);
    let steps = ((entries(50..70), entries(10..25)), (entries(5..15), entries(30..35)));
    apply(&mut x, &steps.0);
    apply(&mut y, &steps.1);
    let expected = change(&before, &shared(&x, &y));
    let (mut base_x, mut base_y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    let (receiver, sender) = pair();
    let mortal = |channel, role| Mortal::new(channel, if role == victim { frames } else { u64::MAX });
    let ends = (mortal(receiver, Role::Receiver), mortal(sender, Role::Sender));
    let (received, sent) = update_over(ends, (&mut base_x, &mut base_y), (&steps.0, &steps.1), &terms, 20);
    let whole = (received.is_ok(), sent.is_ok());
    drop((base_x, base_y));
    let (mut base_x, mut base_y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    let (again_x, again_y) = update((&mut base_x, &mut base_y), (&steps.0, &steps.1), &terms, 30);
    // Each side hears of every change exactly once: then, on meeting again, or in what it repeats.
    for (ok, then, again) in [(whole.0, received, again_x), (whole.1, sent, again_y)] {
        let told: Vec<Changes> = then
            .ok()
            .map(|updated| updated.changes)
            .into_iter()
            .chain(again.resumed)
            .chain([again.changes])
            .collect();
        let appeared: Vec<Entry> = told.iter().flat_map(|changes| changes.appeared.clone()).collect();
        let vanished: Vec<Entry> = told.iter().flat_map(|changes| changes.vanished.clone()).collect();
        assert_eq!((appeared, vanished), expected, "{victim:?} stopped at frame {frames}, done before: {ok}");
    }
    assert_eq!(
        (base_x.len(), base_y.len(), base_x.state.peer),
        (x.len() as u64, y.len() as u64, y.len() as u64)
    );
    assert_eq!(base_x.state.chain, base_y.state.chain);
    assert!(base_y.asked()[0] >= base_x.len());
    whole != (true, true)
}

#[test]
fn at_every_frame_of_either_side() {
    for victim in [Role::Receiver, Role::Sender] {
        for first in [true, false] {
            let mut frames = 0;
            while stopped(victim, frames, first) {
                frames += 1;
            }
            println!("{victim:?}: {frames} frames");
            assert!(frames >= 10);
        }
    }
}

#[test]
fn a_final_update_is_applied_again_after_a_power_cut() {
    let terms = terms(Learns::Both, 1);
    let disk = Disk::new(&terms);
    let steps = ((entries(0..40), vec![]), (entries(20..60), vec![]));
    update((&mut disk.open(Role::Receiver), &mut disk.open(Role::Sender)), (&steps.0, &steps.1), &terms, 3);
    let folder = disk.folder(Role::Receiver);
    let before: Vec<_> = ["state", "own-1000", "mine-1000", "peer-1000"]
        .map(|name| (name, std::fs::read(folder.join(name)).unwrap()))
        .into();
    let steps = ((entries(40..50), entries(0..30)), (vec![], vec![]));
    let (done, _) = update(
        (&mut disk.open(Role::Receiver), &mut disk.open(Role::Sender)),
        (&steps.0, &steps.1),
        &terms,
        5,
    );
    let after = std::fs::read(folder.join("own-1000")).unwrap();
    // As if power failed after the update was final: the journal is there, some pages are not written.
    before.iter().for_each(|(name, bytes)| std::fs::write(folder.join(name), bytes).unwrap());
    std::fs::rename(folder.join("last"), folder.join("commit")).unwrap();
    let base = disk.open(Role::Receiver);
    assert_eq!((base.version(), base.last().unwrap().unwrap()), (2, done.changes));
    assert_eq!(std::fs::read(folder.join("own-1000")).unwrap(), after);
}

#[test]
fn what_is_final_on_disk_is_not_given_up() {
    let disk = Disk::new(&terms(Learns::Receiver, 1));
    let mut base = disk.open(Role::Receiver);
    let own = disk.folder(Role::Receiver).join("own-1000");
    let filled: Vec<u8> = std::fs::read(&own).unwrap().iter().map(|_| 1).collect();
    std::fs::write(&own, &filled).unwrap();
    // As if renaming had gone well and making it durable had not.
    std::fs::write(disk.folder(Role::Receiver).join("commit"), b"journal").unwrap();
    base.abandon().unwrap();
    assert_eq!(std::fs::read(&own).unwrap(), filled);
    std::fs::remove_file(disk.folder(Role::Receiver).join("commit")).unwrap();
    base.abandon().unwrap();
    assert_ne!(std::fs::read(&own).unwrap(), filled);
}

#[test]
fn what_has_no_room_costs_no_quota() {
    let terms = terms(Learns::Receiver, 1);
    let disk = Disk::new(&terms);
    let mut base = disk.open(Role::Receiver);
    let room = ROOM.own;
    let (mut receiver, mut sender) = pair();
    let many = entries(0..room + 1);
    let error = std::thread::scope(|scope| {
        let answering = scope.spawn(|| {
            let nothing = Wanted::Changes { inserted: &[], deleted: &[] };
            update_sender(
                &mut sender,
                &mut disk.open(Role::Sender),
                nothing,
                &terms,
                &mut rng(1),
                &mut |_| Ok(()),
            )
        });
        let wanted = Wanted::Changes { inserted: &many, deleted: &[] };
        let error = update_receiver(&mut receiver, &mut base, wanted, &terms, &mut rng(2)).unwrap_err();
        drop(receiver);
        answering.join().unwrap().unwrap_err();
        error
    });
    assert!(matches!(error, PsiError::BaseFull { .. }), "{error}");
    assert_eq!(base.asked(), [0]);
}
