//! Aggregates: a person looks at whatever they come to, and whoever asked is told the same of all.

use super::programs::put;
use super::room;
use crate::airlock::review::{Verdict, decide, fetch, show};
use crate::airlock::terms::{OnHit, Review};
use crate::answer::Field;
use crate::error::SandboxError;
use crate::program::tests::written::{aggregate_of, score_of};
use crate::room::Room;
use crate::session::{gather, submit};
use crate::world::{World, id, signer, tables};

const MANIFEST: &str = "[program]\nname = \"sums\"\nkind = \"aggregate\"\ntable = \"homes\"\nreads = [\"owner\", \"area\"]\n\
    [[column]]\nname = \"homes\"\nkind = \"integer\"\nmin = 0\nmax = 100000\n\
    [[column]]\nname = \"owners\"\nkind = \"integer\"\nmin = 0\nmax = 100000\n";

/// A table of two cells, which are at 16.
const FINISH: &str =
    "(i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 2)) (i32.const 0)";

/// How many rows there are and how many owners, by the greatest running number of an owner.
fn sums() -> Vec<u8> {
    let batch = r"(if (local.get $rows) (then
        (i64.store (i32.const 16) (i64.add (i64.load (i32.const 16)) (i64.extend_i32_u (local.get $rows))))
        (i64.store (i32.const 24) (i64.add (i64.const 1) (i64.load (i32.add (local.get $at)
          (i32.shl (i32.sub (local.get $rows) (i32.const 1)) (i32.const 3))))))))";
    aggregate_of("", batch, FINISH)
}

/// A world in which zhao looks at results of programs.
fn world(residents: usize) -> World {
    let [mut people, mut homes] = tables(31);
    for n in 700..700 + residents {
        people.push_str(&format!("{},城东,111,{n}.00,1915-01-01,1\n", id(n)));
        homes.push_str(&format!("{},999.9,自住\n", id(n)));
    }
    let mut world = World::of([people, homes]);
    world.policy.review = Review { reviewers: ["zhao".to_owned()].into(), ..Review::default() };
    for grant in &mut world.policy.grants {
        grant.programs = true;
    }
    world
}

async fn waits(room: &Room, program: &str) -> String {
    match gather(room, ("study", "li"), program).await {
        Err(SandboxError::Held { id }) => id,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_it_first() {
    let mut world = world(0);
    let grant = world.policy.grants.iter_mut().find(|grant| grant.table == "homes").unwrap();
    grant.rows = Some("use_of = '自住'".to_owned());
    let room = room(&world).await;
    put(&room, &sums(), MANIFEST);
    let id = waits(&room, "sums").await;
    let seen = show(&room, &signer(&room, "zhao"), &id).unwrap().held;
    let saw = seen.program.unwrap();
    assert!(saw.rows > saw.persons && saw.persons > 100 && saw.failed.is_none(), "{saw:?}");
    let numbers = [saw.rows, saw.persons].map(|n| Field::Number(n as f64)).to_vec();
    assert_eq!(seen.answer.rows[0], numbers, "running numbers are of the rows that are granted");
    assert!(seen.checks.iter().any(|check| check.check == "program" && !check.passed));
    // Asked again it is the same receipt, and nobody fetches what was not released.
    assert_eq!(waits(&room, "sums").await, id);
    assert_eq!(fetch(&room, "li", &id).unwrap_err().code(), 9795);
    decide(&room, &signer(&room, "zhao"), &id, Verdict::Release, "two counts").unwrap();
    assert_eq!(fetch(&room, "li", &id).unwrap().rows, [numbers]);
}

/// That it failed is a message of the program's, and may be about somebody.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_looks_like_a_table() {
    // It ends where somebody has a home of 999.9.
    let program = |how: &str| {
        let batch = format!(
            r"(local $next i32) (local $end i32)
              (local.set $next (i32.add (local.get $at) (i32.shl (local.get $rows) (i32.const 3))))
              (local.set $end (i32.add (local.get $at) (i32.shl (local.get $rows) (i32.const 4))))
              (block $done (loop $on
                (br_if $done (i32.ge_u (local.get $next) (local.get $end)))
                (if (i64.eq (i64.load (local.get $next)) (i64.const 9999)) (then {how}))
                (local.set $next (i32.add (local.get $next) (i32.const 8)))
                (br $on)))"
        );
        aggregate_of("", &batch, FINISH)
    };
    for (how, failed) in [("unreachable", true), ("(loop $ever (br $ever))", true), ("nop", false)] {
        let mut failures = Vec::new();
        for residents in [0, 1] {
            let mut world = world(residents);
            world.policy.limits.program.fuel_in_all = 5_000_000;
            let room = room(&world).await;
            put(&room, &program(how), MANIFEST);
            let id = waits(&room, "sums").await;
            failures.push(
                show(&room, &signer(&room, "zhao"), &id).unwrap().held.program.unwrap().failed.is_some(),
            );
        }
        // The reviewer sees it, and whoever asked was told the same.
        assert_eq!(failures, [false, failed], "{how}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_would_look_nothing_is_run() {
    for review in [
        Review::default(),
        Review { reviewers: ["zhao".to_owned()].into(), on_hit: Some(OnHit::Refuse), ..Review::default() },
    ] {
        let mut world = world(0);
        world.policy.review = review;
        let room = room(&world).await;
        put(&room, &sums(), MANIFEST);
        assert_eq!(gather(&room, ("study", "li"), "sums").await.unwrap_err().code(), 9775);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_is_asked_for_in_its_own_way_and_counts() {
    let mut world = world(0);
    world.policy.limits.questions_a_day = 3;
    let room = room(&world).await;
    put(&room, &sums(), MANIFEST);
    let score = "[program]\nname = \"one\"\nkind = \"score\"\ntable = \"homes\"\nreads = [\"area\"]\n\
        [[column]]\nname = \"one\"\nkind = \"integer\"\nmin = 0\nmax = 1\n";
    put(&room, &score_of("", "(i64.const 1)"), score);
    let sql = "SELECT COUNT(*) FROM homes";
    assert_eq!(gather(&room, ("study", "li"), "one").await.unwrap_err().code(), 9774);
    assert_eq!(submit(&room, ("study", "li"), "sums", sql, None).await.unwrap_err().code(), 9774);
    waits(&room, "sums").await;
    assert_eq!(gather(&room, ("study", "li"), "sums").await.unwrap_err().code(), 9722);
    assert_eq!(gather(&room, ("study", "wang"), "sums").await.unwrap_err().code(), 9720);
}
