//! A policy as its people have it: signed in the room, signed elsewhere, put in force, looked at, withdrawn.

use crate::cli::{Cli, run};
use crate::error::SandboxError;
use crate::lang::texts;
use crate::world::{POLICY, World};
use clap::Parser as _;
use jiff::Timestamp;
use rand::SeedableRng as _;
use serde_json::{Value, json};
use yinshu_beside::Lang;

fn clock() -> Timestamp {
    Timestamp::from_second(1_795_000_000).unwrap()
}

async fn ran(args: &[&str], seed: u64) -> Result<Value, SandboxError> {
    let all = ["yinshu-sandbox", "--json"].into_iter().chain(args.iter().copied());
    let cli = Cli::try_parse_from(all).unwrap();
    let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
    let told = run(&cli, &texts(Lang::En), clock, &mut dice).await?;
    Ok(serde_json::from_str(&told.text).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_of_two_sides_is_signed_in_and_out_of_the_room() {
    let world = World::new(64);
    let file = |name: &str| world.folder.path().join(name).display().to_string();
    let (room, policy, chen) = (file("room"), file("policy.toml"), file("chen.key"));
    let text = format!("{POLICY}\n[review]\nreviewers = [\"wang\"]\n[approval]\npurpose = [\"chen\"]\n");
    std::fs::write(&policy, text).unwrap();
    let here =
        async |user: &str, args: &[&str]| ran(&[&["-C", &room, "--user", user], args].concat(), 3).await;
    let code = |done: Result<Value, SandboxError>| done.unwrap_err().code();
    let made = here("zhao", &["init"]).await.unwrap();
    assert_eq!(made["approver"], "zhao");
    here("zhao", &["register", &file("dataset.toml")]).await.unwrap();
    // Whom the policy names the room does not know yet.
    assert_eq!(code(here("zhao", &["policy", "check", &policy]).await), 9740);
    let public = ran(&["approver", "key", &chen], 4).await.unwrap()["public"].as_str().unwrap().to_owned();
    let add = ["approver", "add", "chen", "--role", "purpose", "--public", &public];
    assert_eq!(code(here("chen", &add).await), 9732);
    assert_eq!(code(here("zhao", &[&add[..6], &["ed25519:00"]].concat()).await), 9746);
    here("zhao", &add).await.unwrap();
    let checked = here("zhao", &["policy", "check", &policy]).await.unwrap();
    assert_eq!(checked["signatures"]["missing"], json!(["zhao", "chen"]));
    assert_eq!(checked["no_key"], json!(["wang"]));
    // Elsewhere it is bound to nothing yet; in the room it is, and chen signs what stands in the file then.
    let elsewhere = ["--user", "chen", "policy", "sign", &policy, "--key", &chen];
    assert_eq!(code(ran(&elsewhere, 5).await), 9734);
    let signed = here("zhao", &["policy", "sign", &policy]).await.unwrap();
    assert_eq!(signed["signatures"]["missing"], json!(["chen"]));
    assert_eq!(code(here("zhao", &["approve", &policy]).await), 9730);
    assert_eq!(code(here("zhao", &["policy", "sign", &policy]).await), 9737);
    ran(&elsewhere, 5).await.unwrap();
    // A file that was opened and saved with another end of line is another one.
    let whole = std::fs::read_to_string(&policy).unwrap();
    std::fs::write(&policy, whole.replacen('\n', "\r\n", 1)).unwrap();
    assert_eq!(code(here("zhao", &["approve", &policy]).await), 9731);
    std::fs::write(&policy, &whole).unwrap();
    here("zhao", &["approve", &policy]).await.unwrap();
    let listed = here("zhao", &["policy", "list"]).await.unwrap();
    assert_eq!(
        (&listed["policies"][0]["signed"], &listed["policies"][0]["in_force"]),
        (&json!(["zhao", "chen"]), &json!(true))
    );
    let verified = here("zhao", &["policy", "verify", "study"]).await.unwrap();
    assert_eq!((&verified["in_force"], &verified["signatures"]["missing"]), (&json!(true), &json!([])));
    let ask = ["query", "--policy", "study", "SELECT COUNT(*) FROM residents"];
    assert!(here("li", &ask).await.is_ok());
    // Either side withdraws, with its own key; nobody else.
    let withdraw = ["policy", "withdraw", "study", "--reason", "用途已变"];
    assert_eq!(code(here("li", &withdraw).await), 9732);
    assert_eq!(code(here("chen", &withdraw).await), 9741, "the key is not in the room");
    here("chen", &[&withdraw[..], &["--key", &chen]].concat()).await.unwrap();
    assert_eq!(code(here("li", &ask).await), 9733);
    assert_eq!(code(here("zhao", &["approve", &policy]).await), 9733);
    let listed = here("zhao", &["policy", "list"]).await.unwrap();
    assert_eq!(
        (&listed["policies"][0]["in_force"], &listed["policies"][0]["code"]),
        (&json!(false), &json!(9733))
    );
    let log = std::fs::read_to_string(world.folder.path().join("room/audit/log.jsonl")).unwrap();
    for action in ["approver.first", "approver.add", "policy.sign", "sandbox.approve", "policy.withdraw"] {
        assert!(log.contains(action), "{action}");
    }
}

#[test]
fn what_is_refused_is_told_in_both_languages() {
    let text = || "x".to_owned();
    let mut all = vec![
        SandboxError::Unsigned { policy: text(), missing: vec![text()] },
        SandboxError::BadSignature { policy: text(), by: text() },
        SandboxError::NotApprover { by: text() },
        SandboxError::Withdrawn { policy: text() },
        SandboxError::OwnPolicy { user: text() },
        SandboxError::AlreadySigned { policy: text(), by: text() },
    ];
    let what = |what: &str| SandboxError::Unbound { policy: text(), what: what.to_owned() };
    all.extend(["room", "dataset", "record", "nothing"].map(what));
    let reason = |reason: &str| SandboxError::Approver { name: text(), reason: reason.to_owned() };
    all.extend(["first", "name", "there", "key", "last"].map(reason));
    for lang in [Lang::Zh, Lang::En] {
        let texts = texts(lang);
        let mut told = Vec::new();
        for error in &all {
            let (what, remedy) = texts.explain(error);
            assert!(what != error.to_string() && remedy.is_some(), "{lang:?} {error}: {what}");
            told.push(what);
        }
        told.sort();
        told.dedup();
        assert_eq!(told.len(), all.len(), "{lang:?}: each in words of its own");
    }
}
