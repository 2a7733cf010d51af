//! Results on their way out.

mod leaving;
mod marked;
mod reviewed;

use super::ledger::Standing;
use super::ledger::State;
use super::review::{self, Shown, Verdict, fetch, results};
use super::{Held, queue, requests};
use crate::answer::{Answer, Field};
use crate::engine::register;
use crate::error::SandboxError;
use crate::room::Room;
use crate::session::ask;
use crate::world::{POLICY, World, id, signer, tables};
use rand::SeedableRng as _;

const SQL: &str = "SELECT town, COUNT(*) AS people, AVG(wage) FROM residents GROUP BY town";

/// A room with the policy of the made-up world and what is said here of review.
async fn room(world: &World, review: &str) -> Room {
    let root = world.folder.path().join("room");
    Room::make(&root, &mut rand_chacha::ChaCha20Rng::seed_from_u64(1)).unwrap();
    let room = Room::open(&root, || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
    register(&world.dataset, room.root(), room.secret().unwrap()).await.unwrap();
    room.describe(&world.dataset).unwrap();
    approve(&room, review);
    room
}

fn approve(room: &Room, review: &str) {
    let text = format!("{}\n[review]\n{review}\n", POLICY.replace("[\"li\"]", "[\"li\", \"zhao\"]"));
    let policy = crate::policy::Policy::parse(&text).unwrap();
    policy.check(&room.dataset("housing").unwrap()).unwrap();
    crate::world::approve(room, &text);
}

const ALL: &str = "when = \"always\"\nreviewers = [\"wang\", \"li\", \"sun\"]";

async fn held(room: &Room, user: &str, sql: &str) -> String {
    match ask(room, "study", user, sql).await.unwrap_err() {
        SandboxError::Held { id } => id,
        other => panic!("{sql}: {other}"),
    }
}

/// What a reviewer does, with his own key.
fn decide(room: &Room, who: &str, id: &str, verdict: Verdict, reason: &str) -> Result<(), SandboxError> {
    review::decide(room, &signer(room, who), id, verdict, reason)
}

fn show(room: &Room, who: &str, id: &str) -> Result<Shown, SandboxError> {
    review::show(room, &signer(room, who), id)
}

fn waiting(room: &Room, who: &str) -> Result<Vec<Standing>, SandboxError> {
    review::waiting(room, &signer(room, who))
}

fn code<T: std::fmt::Debug>(done: Result<T, SandboxError>) -> u16 {
    done.unwrap_err().code()
}

fn log(room: &Room) -> String {
    std::fs::read_to_string(room.root().join("audit/log.jsonl")).unwrap()
}
