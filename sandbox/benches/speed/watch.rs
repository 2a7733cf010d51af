//! A question that is given up, and its process.

use super::county::County;
use std::time::{Duration, Instant};
use yinshu_sandbox::session;

/// Asks, gives it up once a process works on it, and says how long that lives on.
pub(super) async fn given_up(county: &County, text: &str) -> Duration {
    let (room, text) = (county.room().clone(), text.to_owned());
    let asking = tokio::spawn(async move { session::ask(&room, "visits", "li", &text).await.map(drop) });
    while workers() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(workers(), 1, "it was done before it was given up");
    let began = Instant::now();
    asking.abort();
    while workers() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    began.elapsed()
}

/// Processes that this one started and that run.
fn workers() -> usize {
    let own = std::process::id().to_string();
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let of_us = |entry: std::fs::DirEntry| {
        let text = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        // After the name: the state and the parent.
        let mut rest = text.rsplit_once(')')?.1.split_whitespace();
        let (state, parent) = (rest.next()?, rest.next()?);
        (parent == own && state != "Z").then_some(())
    };
    entries.filter_map(of_us).count()
}
