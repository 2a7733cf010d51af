//! The owner sees the estimate before approving, and whoever asks questions never does.

use crate::cli::{Cli, run};
use crate::error::SandboxError;
use crate::lang::texts;
use crate::world::{POLICY, World};
use clap::Parser as _;
use jiff::Timestamp;
use rand::SeedableRng as _;
use serde_json::Value;
use std::path::Path;
use yinshu_beside::Lang;

fn clock() -> Timestamp {
    Timestamp::from_second(1_795_000_000).unwrap()
}

async fn ran(room: &Path, user: &str, args: &[&str]) -> Result<Value, SandboxError> {
    let room = room.display().to_string();
    let all =
        ["yinshu-sandbox", "--json", "-C", &room, "--user", user].into_iter().chain(args.iter().copied());
    let cli = Cli::try_parse_from(all).unwrap();
    let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(3);
    let told = run(&cli, &texts(Lang::En), clock, &mut dice).await?;
    Ok(serde_json::from_str(&told.text).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_sees_it_before_approving_and_who_asks_does_not() {
    let world = World::new(6);
    let file = |name: &str| world.folder.path().join(name).display().to_string();
    let policy = POLICY.replacen("table = \"residents\"", "table = \"residents\"\nrows = \"insured = 1\"\nmasks = { town = { recode = { east = [\"城东\"] } } }", 1);
    let policy =
        policy.replacen("town = [\"group-key\", \"compare\", \"aggregate\"]", "town = \"group-key\"", 1);
    std::fs::write(file("policy.toml"), policy).unwrap();
    let room = world.folder.path().join("room");
    let (description, policy, out) = (file("dataset.toml"), file("policy.toml"), file("made-up"));
    ran(&room, "holder", &["init"]).await.unwrap();
    ran(&room, "holder", &["register", &description]).await.unwrap();
    let looked = ran(&room, "holder", &["risk", "housing", "--policy", &policy]).await.unwrap();
    let found = &looked["policies"][0];
    assert!(
        found["unique"].as_f64().unwrap() > 0.9 && found["columns"].as_array().unwrap().len() >= 6,
        "{found}"
    );
    let checked = ran(&room, "holder", &["check", &policy]).await.unwrap();
    assert_eq!(&checked["risk"], found);
    assert_eq!(checked["tables"][0]["rows"], "insured = 1");
    assert_eq!(&ran(&room, "holder", &["approve", &policy]).await.unwrap()["risk"], found);
    assert_eq!(ran(&room, "holder", &["risk", "housing"]).await.unwrap(), looked);
    // A user of the policy sees nothing that follows from rows, nor the owner's condition.
    for args in [&["risk", "housing"][..], &["risk", "housing", "--policy", &policy]] {
        assert_eq!(ran(&room, "li", args).await.unwrap_err().code(), 9690);
    }
    assert_eq!(ran(&room, "li", &["check", &policy]).await.unwrap().get("risk"), None);
    let tables = ran(&room, "li", &["tables", "--policy", "study"]).await.unwrap().to_string();
    assert!(
        tables.contains("east") && !tables.contains("城东") && !tables.contains("insured = 1"),
        "{tables}"
    );
    ran(&room, "li", &["dummy", "--policy", "study", "--out", &out]).await.unwrap();
    let read = |name: &str| std::fs::read_to_string(format!("{out}/{name}")).unwrap();
    let made = ["policy.toml", "dataset.toml", "residents.csv"].map(read).concat();
    assert!(made.contains("east") && !made.contains("城东") && !made.contains("insured = 1"));
    assert!(read("policy.toml").contains("users = [\"li\"]"));
    let log = std::fs::read_to_string(room.join("audit/log.jsonl")).unwrap();
    assert_eq!(log.matches("sandbox.risk").count(), 6, "four estimates and two refusals");
}
