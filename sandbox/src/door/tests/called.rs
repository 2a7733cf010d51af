//! Programs through the door: scores as columns in a question, aggregates as results that wait and are fetched.

use super::*;
use crate::airlock::review::{Verdict, decide, results};
use crate::program::approved;
use crate::program::tests::written::{aggregate_of, score_of};
use crate::world::signer;

const NEED: &str = "[program]\nname = \"need\"\nkind = \"score\"\ntable = \"residents\"\nreads = [\"age\"]\n\
    [[column]]\nname = \"need\"\nkind = \"integer\"\nmin = 0\nmax = 12\n";

const ROWS: &str = "[program]\nname = \"counted\"\nkind = \"aggregate\"\ntable = \"homes\"\nreads = [\"area\"]\n\
    [[column]]\nname = \"homes\"\nkind = \"integer\"\nmin = 0\nmax = 100000\n";

const BY_NEED: &str = "SELECT need, COUNT(*) AS n FROM residents WHERE town <> 'Old Town' GROUP BY need";
const SAME: &str =
    "SELECT age / 10 AS need, COUNT(*) AS n FROM residents WHERE town <> 'Old Town' GROUP BY 1";

/// Tenths of the age.
fn need() -> Vec<u8> {
    score_of("", "(i64.div_s (call $value (local.get $row) (i32.const 0)) (i64.const 10))")
}

/// How many rows there are.
fn counted() -> Vec<u8> {
    let batch =
        "(i64.store (i32.const 16) (i64.add (i64.load (i32.const 16)) (i64.extend_i32_u (local.get $rows))))";
    let finish =
        "(i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 1)) (i32.const 0)";
    aggregate_of("", batch, finish)
}

async fn house() -> House {
    let mut world = World::new(21);
    world.policy.grants.iter_mut().for_each(|grant| grant.programs = true);
    world.policy.review.reviewers = ["wang".to_owned()].into();
    let house = House::of(world, Settings::default(), clock).await;
    let (policy, dataset) = house.room.policy("study").unwrap();
    for (component, manifest) in [(need(), NEED), (counted(), ROWS)] {
        let (read, _) = approved::add(&house.room, "li", (&policy, &dataset), &component, manifest).unwrap();
        let name = read.program.name;
        let digest = approved::of(&house.room, "study", &name).unwrap().approval.component;
        approved::approve(&house.room, &signer(&house.room, "holder"), &policy, (&name, &digest)).unwrap();
    }
    let waits = NEED.replace("name = \"need\"\nkind = \"score\"", "name = \"waits\"\nkind = \"score\"");
    approved::add(&house.room, "li", (&policy, &dataset), &need(), &waits).unwrap();
    house
}

fn code<T: std::fmt::Debug>(asked: Result<T, SandboxError>) -> u16 {
    asked.unwrap_err().code()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_score_is_called_with_a_question() {
    let house = house().await;
    let ask = async |user: &str, text: &str| house.ask(user, Some("study"), text).await;
    let called = ask("li", &call::program("need", Some(BY_NEED))).await.unwrap();
    let same = ask("li", SAME).await.unwrap();
    assert_eq!((&called.columns, &called.rows), (&same.columns, &same.rows));
    assert!(called.rows.len() > 5);
    assert_eq!(called, ask("li", &format!("CALL study.need($${BY_NEED}$$);")).await.unwrap());
    // Both counted as questions, and the own view has them as they were asked.
    let budget = ask("li", "SELECT spent FROM yinshu.budget").await.unwrap();
    assert_eq!(budget.rows[0], [Field::Number(3.0)]);
    let own = ask("li", "SELECT state, question FROM yinshu.requests LIMIT 1").await.unwrap();
    assert_eq!(own.rows[0], ["answered", BY_NEED].map(|text| Field::Text(text.to_owned())));
    // Which there are: approved ones, with what they give.
    let programs =
        ask("li", "SELECT program, kind, table_name, column_name FROM yinshu.programs").await.unwrap();
    let text = |texts: [&str; 4]| texts.map(|text| Field::Text(text.to_owned())).to_vec();
    let expected =
        [text(["counted", "aggregate", "homes", "homes"]), text(["need", "score", "residents", "need"])];
    assert_eq!(programs.rows, expected);
    assert!(house.log().contains("\\\"name\\\":\\\"need\\\""), "which program ran is on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_an_error_with_its_code() {
    let house = house().await;
    for (text, expected) in [
        // Not there, not approved, and not by another spelling: the same.
        ("CALL nothing('SELECT COUNT(*) FROM residents')", 9770),
        ("CALL waits('SELECT COUNT(*) FROM residents')", 9770),
        ("CALL \"../study/need\"('SELECT COUNT(*) FROM residents')", 9770),
        ("CALL counted('SELECT COUNT(*) FROM residents')", 9774),
        ("CALL need()", 9774),
        ("CALL need('SELECT need FROM residents')", 9708),
        ("CALL need('SELECT secret, COUNT(*) FROM residents GROUP BY 1')", 9702),
        ("CALL need('CALL need()')", 9701),
        ("CALL need(1)", 9701),
        ("CALL other.need('SELECT COUNT(*) FROM residents')", 9720),
        ("CALL yinshu.fetch('0123456789ab')", 9798),
        ("CALL yinshu.fetch('../../key')", 9798),
    ] {
        assert_eq!(code(house.ask("li", Some("study"), text).await), expected, "{text}");
    }
    assert_eq!(code(house.ask("wang", Some("study"), "CALL counted()").await), 9720);
    // As a status, for drivers.
    let mut client = house.client("li").await;
    let status = client.query("CALL waits('SELECT COUNT(*) FROM residents')").await.err().unwrap();
    assert_eq!(status.code(), Code::NotFound);
    assert!(status.message().starts_with("9770: "), "{}", status.message());
    // A quota is one for all: what was refused counted.
    let mut policy = crate::world::unsigned(&house.room, "study");
    policy.limits.questions_a_day = 3;
    crate::world::approve_policy(&house.room, &policy);
    assert_eq!(code(house.ask("li", Some("study"), "CALL counted()").await), 9722);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_aggregate_gives_is_fetched_when_somebody_released_it() {
    let house = house().await;
    let ask = async |user: &str, text: &str| house.ask(user, Some("study"), text).await;
    let waits = ask("li", "CALL counted()").await.unwrap_err();
    assert_eq!(waits.code(), 9795);
    let id = results(&house.room, "li").unwrap().remove(0).id;
    assert!(format!("{waits:?}").contains(&id));
    // Asked again, it is the same receipt; nobody fetches it, and nobody learns of what is in it.
    assert_eq!(ask("li", "CALL counted()").await.unwrap_err(), waits);
    assert_eq!(code(ask("li", &call::fetch(&id)).await), 9795);
    assert_eq!(code(ask("zhao", &call::fetch(&id)).await), 9798);
    let wang = signer(&house.room, "wang");
    let shown = crate::airlock::review::show(&house.room, &wang, &id).unwrap().held.answer;
    decide(&house.room, &wang, &id, Verdict::Release, "one count").unwrap();
    let fetched = ask("li", &call::fetch(&id)).await.unwrap();
    assert_eq!((&fetched.columns, &fetched.rows), (&shown.columns, &shown.rows));
    let [Field::Number(rows)] = fetched.rows[0][..] else { panic!("{fetched:?}") };
    assert!(rows > 500.0);
    assert_eq!(fetched.label.unwrap().recipient, "li");
    assert_eq!(code(ask("zhao", &call::fetch(&id)).await), 9798);
    let own = ask("li", "SELECT result, state FROM yinshu.requests WHERE").await;
    assert_eq!(code(own), 9701, "the control: one form");
    let own = ask("li", "SELECT result, state, question FROM yinshu.requests").await.unwrap();
    let row = [&id, "released", "program counted"].map(|text| Field::Text(text.to_owned()));
    assert!(own.rows.contains(&row.to_vec()), "{own:?}");
    assert_eq!(house.log().matches("sandbox.download").count(), 4, "refused thrice, and once handed out");
    // With its policy it ends.
    crate::approval::withdraw(&house.room, "study", &signer(&house.room, "holder"), "over").unwrap();
    assert_eq!(code(ask("li", &call::fetch(&id)).await), 9733);
}
