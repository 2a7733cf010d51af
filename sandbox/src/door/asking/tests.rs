use super::super::desk::Caller;
use super::*;
use crate::room::Room;
use rand::SeedableRng as _;
use std::sync::atomic::{AtomicBool, Ordering};

/// Says when it is dropped.
struct Watched(Arc<AtomicBool>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn caller(folder: &std::path::Path) -> Caller {
    let root = folder.join("room");
    Room::make(&root, &mut rand_chacha::ChaCha20Rng::seed_from_u64(1)).unwrap();
    Caller::of("li", Room::open(&root, || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap())
}

async fn soon(done: impl Fn() -> bool) -> bool {
    for _ in 0..100 {
        if done() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_is_ended_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let caller = caller(folder.path());
    let turns = Arc::new(Turns::new(&Settings { questions: 1, ..Settings::default() }));
    let dropped = Arc::new(AtomicBool::new(false));
    let begun = Arc::new(AtomicBool::new(false));
    let waiting = {
        let (turns, caller) = (Arc::clone(&turns), caller.clone());
        let (watched, begun) = (Watched(Arc::clone(&dropped)), Arc::clone(&begun));
        tokio::spawn(async move {
            let place = turns.place("li").unwrap();
            let endless = async move {
                let _watched = watched;
                begun.store(true, Ordering::SeqCst);
                std::future::pending::<Result<(), SandboxError>>().await
            };
            turns.run(endless, (caller, "study".into(), "d".into()), place).await
        })
    };
    assert!(soon(|| begun.load(Ordering::SeqCst)).await);
    // It goes on as long as somebody waits.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!dropped.load(Ordering::SeqCst));
    waiting.abort();
    assert!(soon(|| dropped.load(Ordering::SeqCst)).await);
    let log = || std::fs::read_to_string(caller.room.root().join("audit/log.jsonl")).unwrap_or_default();
    assert!(soon(|| log().contains("cancelled")).await);
    // And the next has its turn.
    let place = turns.place("li").unwrap();
    let next = turns.run(async { Ok(1) }, (caller, "study".into(), "e".into()), place);
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), next).await.unwrap(), Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_so_many_at_once_and_no_longer_than_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { requests_of_one: 2, longest: Duration::from_millis(50), ..Settings::default() };
    let turns = Turns::new(&settings);
    let (first, second) = (turns.place("li").unwrap(), turns.place("li").unwrap());
    assert_eq!(turns.place("li").err().unwrap().code(), 9789);
    assert!(turns.place("wang").is_ok());
    drop(first);
    assert!(turns.place("li").is_ok());
    let endless = std::future::pending::<Result<(), SandboxError>>();
    let about = (caller(folder.path()), "study".to_owned(), "d".to_owned());
    assert_eq!(turns.run(endless, about, second).await.unwrap_err().code(), 9790);
}
