//! The day ends as it must, in both languages and as JSON; and where something shows that must not, it fails.

use super::*;
use crate::cli::Command;
use crate::lang::texts;
use clap::Parser as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use yinshu_beside::Lang;

async fn day(args: &[&str], lang: Lang) -> (Result<String, SandboxError>, Vec<String>) {
    let typed = ["yinshu-sandbox", "demo", "--people", "3000"].iter().chain(args);
    let cli = Cli::try_parse_from(typed).unwrap();
    let Command::Demo(demo) = &cli.command else { panic!() };
    let (mut told, mut dice) = (Vec::new(), ChaCha20Rng::seed_from_u64(5));
    let clock = || "2026-11-22T00:00:00Z".parse().unwrap();
    let mut tell = |text: &str| told.push(text.to_owned());
    let ended = play(demo, &cli, &texts(lang), clock, &mut dice, &mut tell).await;
    (ended, told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_ends_as_it_must() {
    let out = tempfile::tempdir().unwrap();
    let place = out.path().display().to_string();
    let (ended, told) = day(&["--out", &place], Lang::Zh).await;
    println!("{}", told.join("\n"));
    assert!(ended.unwrap().contains(&place));
    let all = told.join("\n");
    for word in ["9701", "9690", "9795", "9732", "█", "MIN(wage)", "audit verify"] {
        assert!(all.contains(word), "{word}");
    }
    assert!(!all.contains("demo-"), "a step has no text");
    // The folder is taken now.
    assert_eq!(day(&["--out", &place], Lang::Zh).await.0.unwrap_err().code(), 9741);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_is_one_object() {
    let (ended, told) = day(&["--json"], Lang::En).await;
    let ended: serde_json::Value = serde_json::from_str(&ended.unwrap()).unwrap();
    let told: Vec<serde_json::Value> = told.iter().map(|step| serde_json::from_str(step).unwrap()).collect();
    assert_eq!(ended["steps"], told.len());
    assert_eq!(ended["folder"], serde_json::Value::Null, "a temporary folder is removed");
    for (step, at) in told.iter().zip(1..) {
        assert_eq!(step["step"], at);
        assert!(!step["why"].as_str().unwrap().starts_with("sandbox-"), "{step}");
        assert!(step["output"].is_object(), "{step}");
    }
}

/// Assembles it anew where `YINSHU_ASSEMBLE` is set.
#[test]
fn what_is_assembled_is_what_is_written() {
    let bytes = wat::parse_str(include_str!("county/need.wat")).unwrap();
    if std::env::var_os("YINSHU_ASSEMBLE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/county/need.wasm");
        std::fs::write(path, &bytes).unwrap();
    }
    assert!(bytes == county::NEED, "YINSHU_ASSEMBLE=1 assembles it anew");
}

#[test]
fn a_group_of_few_that_shows_is_found() {
    use crate::answer::{Answer, Field};
    let group =
        |town: &str, people| vec![Field::Text(town.to_owned()), Field::Text("低保".to_owned()), people];
    let answer = |rows| Answer { columns: Vec::new(), rows, label: None };
    let truth = [("东", 40), ("西", 9)].map(|(town, people)| ([town.to_owned(), "低保".to_owned()], people));
    let truth = truth.into_iter().collect();
    let right = answer(vec![group("东", Field::Number(40.0)), group("西", Field::Missing)]);
    assert_eq!(day::compared(&right, &truth), Some((1, 1)));
    let wrong = answer(vec![group("东", Field::Number(40.0)), group("西", Field::Number(9.0))]);
    assert_eq!(day::compared(&wrong, &truth), None);
}
