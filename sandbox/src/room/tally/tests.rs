//! What is counted of a log that grows, and of one that was cut.

use super::*;
use crate::room::Deed;
use rand::SeedableRng as _;
use serde_json::json;

#[test]
fn a_log_is_read_once_and_counted_as_if_it_were_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    Room::make(folder.path(), &mut rand_chacha::ChaCha20Rng::seed_from_u64(1)).unwrap();
    let clock = || "2026-11-22T00:00:00Z".parse().unwrap();
    let room = Room::open(folder.path(), clock).unwrap();
    let anew = || Room::open(folder.path(), clock).unwrap();
    assert_eq!(room.asked_today("study", "li").unwrap(), 0, "there is no log yet");
    for asked in 1..=3 {
        room.record(Deed::new("li", "study", ASK, "ok")).unwrap();
        room.record(Deed::new("wang", "study", ASK, "refused")).unwrap();
        room.record(Deed::new("li", "study", RELEASE, "ok").with(json!({ "sets": 7 }))).unwrap();
        for room in [&room, &anew()] {
            assert_eq!(room.asked_today("study", "li").unwrap(), asked);
            assert_eq!(room.asked_today("other", "li").unwrap(), 0);
            assert_eq!(room.sets_today("study").unwrap(), asked * 7);
        }
    }
    // Of another day.
    let later = Room::open(folder.path(), || "2026-11-22T16:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(later.asked_today("study", "li").unwrap(), 0, "it is the next day in Beijing");
    // Half a line is nothing yet; when it is whole it is counted once.
    let path = room.log_path();
    let whole = std::fs::read(&path).unwrap();
    let cut = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    std::fs::write(&path, &whole[..cut]).unwrap();
    assert_eq!(room.sets_today("study").unwrap(), 14, "a shorter log is another one");
    std::fs::write(&path, &whole[..cut + 40]).unwrap();
    assert_eq!(room.sets_today("study").unwrap(), 14);
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(room.sets_today("study").unwrap(), 21);
}
