//! Every message altered in every way.

use super::*;
use yinshu_net::Fault;
use yinshu_net::testkit::Direction::{Received as In, Sent as Out};
use yinshu_net::testkit::{Action, Direction, Recorder, Tamper};

fn code(error: &PsiError) -> u16 {
    match error {
        PsiError::Channel { cause } => cause.code(),
        error => error.code(),
    }
}

/// A base of forty entries a side, twenty shared, and the steps of the update that is disturbed.
fn made(terms: &Terms) -> (Disk, (Step, Step)) {
    let disk = Disk::new(terms);
    let steps = ((entries(0..40), vec![]), (entries(20..60), vec![]));
    update((&mut disk.open(Role::Receiver), &mut disk.open(Role::Sender)), (&steps.0, &steps.1), terms, 3);
    (disk, ((entries(50..70), entries(20..25)), (entries(5..15), entries(30..35))))
}

fn disturbed(direction: Direction, nth: u64, action: Action, patience: u64) -> (Results, Disk) {
    let terms = terms(Learns::Both, 1);
    let (disk, steps) = made(&terms);
    let (mut x, mut y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    let (receiver, sender) = pair();
    let patience = Duration::from_millis(patience);
    let ends = (
        Tamper::new(receiver.with_patience(patience)).rule(direction, nth, action),
        sender.with_patience(patience),
    );
    let results = update_over(ends, (&mut x, &mut y), (&steps.0, &steps.1), &terms, 20);
    drop((x, y));
    (results, disk)
}

/// What goes out: meet, ask, points, match counts, vanished, appeared, prepared. What comes in: meet, points,
/// counts, removed, added, prepared.
const MESSAGES: [(&str, Direction, u64); 13] = [
    ("meet", Out, 0),
    ("ask", Out, 1),
    ("blinded", Out, 2),
    ("match counts", Out, 3),
    ("vanished", Out, 4),
    ("appeared", Out, 5),
    ("prepared", Out, 6),
    ("meet", In, 0),
    ("evaluated", In, 1),
    ("token counts", In, 2),
    ("removed", In, 3),
    ("added", In, 4),
    ("prepared", In, 5),
];

#[test]
fn every_message_altered_in_every_way() {
    let actions = [
        (Action::Flip { bit: 2 }, &[4101][..]),
        (Action::Truncate { keep: 0 }, &[4101]),
        (Action::Truncate { keep: 1 }, &[4102]),
        (Action::Oversize { extra: 1 }, &[3002, 4102]),
        (Action::Drop, &[3004, 3005, 4101, 4102, 3002]),
        (Action::Duplicate, &[4101, 4102, 3002, 4097]),
        (Action::Reorder, &[3004, 3005, 4101, 4102, 3002]),
    ];
    for (message, direction, nth) in MESSAGES {
        for (action, expected) in &actions {
            let last = message == "prepared";
            let ((received, sent), disk) = disturbed(direction, nth, action.clone(), 400);
            let (victim, peer) =
                if direction == Out { (sent.err(), RECEIVER) } else { (received.err(), SENDER) };
            match victim {
                Some(error) => {
                    assert!(expected.contains(&code(&error)), "{message} {direction:?} {action:?}: {error}");
                    let named = error.fault() == Fault::Peer(PartyId::new(peer).unwrap());
                    assert!(named || error.fault() == Fault::Network, "{error}");
                }
                None => assert!(last && *action == Action::Duplicate, "{message} {direction:?} {action:?}"),
            }
            // Whatever happened, both still agree.
            let terms = terms(Learns::Both, 1);
            let nothing = (vec![], vec![]);
            let (mut x, mut y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
            update((&mut x, &mut y), (&nothing, &nothing), &terms, 40);
            assert_eq!(x.state.chain, y.state.chain);
        }
    }
}

/// The frame of an undisturbed update, altered.
fn replaced(direction: Direction, nth: u64, alter: impl FnOnce(&mut Vec<u8>)) -> (u16, u16) {
    let terms = terms(Learns::Both, 1);
    let (disk, steps) = made(&terms);
    let (receiver, sender) = pair();
    let mut recorder = Recorder::new(receiver);
    let (mut x, mut y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
    let (received, sent) =
        update_over((&mut recorder, sender), (&mut x, &mut y), (&steps.0, &steps.1), &terms, 20);
    assert!(received.is_ok() && sent.is_ok());
    let steps = recorder.into_transcript().steps;
    let mut frame =
        steps.into_iter().filter(|step| step.direction == direction).nth(nth as usize).unwrap().frame;
    alter(&mut frame);
    let ((received, sent), _) = disturbed(direction, nth, Action::Replace { frame }, 400);
    let code = |result: Result<Updated, PsiError>| result.err().map_or(0, |error| code(&error));
    (code(received), code(sent))
}

#[test]
fn contents() {
    let put = |at: usize, bytes: &'static [u8]| {
        move |frame: &mut Vec<u8>| frame[at..at + bytes.len()].copy_from_slice(bytes)
    };
    assert_eq!(replaced(Out, 0, put(1, &[7])), (4010, 4103), "version");
    assert_eq!(replaced(Out, 0, put(2, &[7; 4])), (4010, 4104), "terms");
    assert_eq!(replaced(Out, 0, put(34, &[7; 4])).1, 4095, "chain");
    assert_eq!(replaced(In, 0, put(34, &[7; 4])), (4095, 4010), "chain");
    assert_eq!(replaced(Out, 1, put(33, &[0xff; 8])), (4010, 4098), "quota of the base");
    assert_eq!(replaced(Out, 2, put(1, &[0; 32])), (4010, 4107), "the identity");
    assert_eq!(replaced(In, 1, put(33, &[0xff; 32])), (4107, 4010), "no point");
    assert_eq!(replaced(In, 2, put(1, &[0xff; 8])), (4106, 4010), "more removed than there are");
    assert_eq!(replaced(In, 2, put(9, &[0xff; 8])), (4106, 4010), "more added than room");
    assert_eq!(replaced(In, 3, put(1, &[0; 16])), (4096, 4010), "removed what was not there");
    let twice = |frame: &mut Vec<u8>| frame.copy_within(1..17, 17);
    assert_eq!(replaced(In, 4, twice), (4108, 4010), "added twice");
    assert_eq!(replaced(Out, 3, put(1, &[0xff; 8])), (4010, 4110), "more vanished than there are");
    assert_eq!(replaced(Out, 3, put(9, &[0xff; 8])), (4010, 4110), "more appeared than there are");
    assert_eq!(replaced(Out, 4, put(1, &[0; 16])), (4010, 4096), "vanished what is not there");
    assert_eq!(replaced(Out, 5, put(1, &[0; 16])), (4010, 4096), "appeared what is not there");
    // What decodes and is possible, but was not sent: the digests differ.
    assert_eq!(replaced(Out, 1, put(1, &[7; 4])), (4010, 4097), "commitment");
    let point = yinshu_crypto::group::Element::generator().encode();
    let other = move |frame: &mut Vec<u8>| frame[1..33].copy_from_slice(&point);
    assert_eq!(replaced(Out, 2, other), (4010, 4097), "another point");
}

#[test]
fn bases_that_fell_apart_are_refused() {
    let terms = terms(Learns::Both, 1);
    let (disk, steps) = made(&terms);
    let backup: Vec<_> = std::fs::read_dir(disk.folder(Role::Receiver))
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    update((&mut disk.open(Role::Receiver), &mut disk.open(Role::Sender)), (&steps.0, &steps.1), &terms, 3);
    for (path, bytes) in backup {
        std::fs::write(path, bytes).unwrap();
    }
    let nothing = (vec![], vec![]);
    let ends = (disk.open(Role::Receiver), disk.open(Role::Sender));
    let (mut x, mut y) = ends;
    let (received, sent) = update_over(pair(), (&mut x, &mut y), (&nothing, &nothing), &terms, 5);
    assert_eq!((received.unwrap_err().code(), y.version()), (4095, 2));
    assert!([4095, 4010].contains(&sent.unwrap_err().code()));
}

#[test]
fn quotas_hold_for_the_life_of_a_base() {
    let mut tight = terms(Learns::Receiver, 1);
    tight.sections[0].max = 30;
    let loose = terms(Learns::Receiver, 1);
    let disk = Disk::new(&tight);
    let run = |step: Step, own: &Terms| {
        let (mut x, mut y) = (disk.open(Role::Receiver), disk.open(Role::Sender));
        std::thread::scope(|scope| {
            let (mut receiver, mut sender) = pair();
            let tight = &tight;
            let y = &mut y;
            let sending = scope.spawn(move || {
                update_sender(&mut sender, y, (&[], &[]), tight, &mut rng(1), &mut |_| Ok(())).err()
            });
            let received = update_receiver(&mut receiver, &mut x, (&step.0, &step.1), own, &mut rng(2)).err();
            drop(receiver);
            let code = |error: Option<PsiError>| error.map_or(0, |error| code(&error));
            (code(received), code(sending.join().unwrap()))
        })
    };
    assert_eq!(run((entries(0..20), vec![]), &tight), (0, 0));
    assert_eq!(run((vec![], entries(0..20)), &tight), (0, 0));
    assert_eq!(run((entries(0..10), vec![]), &tight), (0, 0));
    assert_eq!(run((entries(10..11), vec![]), &tight), (4006, 4010), "its own quota");
    assert_eq!(run((entries(10..11), vec![]), &loose), (4010, 4098), "the sender counts");
    // Room.
    let small = Disk::new(&loose);
    let folder = small.root.path().join("small");
    let room = Room { own: 3, peer: 3 };
    let mut x = Base::create(&folder, Role::Receiver, &loose, room, &mut rng(1)).unwrap();
    let mut y = small.open(Role::Sender);
    let (received, _) =
        update_over(pair(), (&mut x, &mut y), (&(entries(0..4), vec![]), &(vec![], vec![])), &loose, 1);
    assert_eq!(received.unwrap_err().code(), 4085);
    let (received, _) =
        update_over(pair(), (&mut x, &mut y), (&(vec![], vec![]), &(entries(0..4), vec![])), &loose, 1);
    assert_eq!(received.unwrap_err().code(), 4106);
}
