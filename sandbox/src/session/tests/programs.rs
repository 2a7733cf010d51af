//! Scores in questions: what they give is a function of each person's granted rows, and is released as a condition is.

use super::{asked, number, room};
use crate::answer::{Answer, Field};
use crate::error::SandboxError;
use crate::policy::Policy;
use crate::program::approved;
use crate::program::tests::written::score_of;
use crate::room::Room;
use crate::session::submit;
use crate::world::{World, id, tables};

/// A manifest of a score over residents that reads age and wage and gives one column.
pub(super) fn manifest(name: &str, max: i64) -> String {
    format!(
        "[program]\nname = \"{name}\"\nkind = \"score\"\ntable = \"residents\"\nreads = [\"age\", \"wage\"]\n\
         [[column]]\nname = \"given\"\nkind = \"integer\"\nmin = 0\nmax = {max}\n"
    )
}

const AGE: &str = "(call $value (local.get $row) (i32.const 0))";

/// Tenths of the age.
pub(super) fn decades() -> Vec<u8> {
    score_of("", &format!("(i64.div_s {AGE} (i64.const 10))"))
}

/// A room in which programs may read residents and homes.
async fn open(world: &mut World) -> Room {
    for grant in &mut world.policy.grants {
        grant.programs = true;
    }
    room(world).await
}

/// Puts a program down and has it approved.
pub(super) fn put(room: &Room, component: &[u8], manifest: &str) {
    let (policy, dataset) = room.policy("study").unwrap();
    let (read, _) = approved::add(room, "li", (&policy, &dataset), component, manifest).unwrap();
    approve(room, &policy, "wang", &read.program.name).unwrap();
}

/// Approves a program as it lies there.
fn approve(room: &Room, policy: &Policy, by: &str, name: &str) -> Result<(), SandboxError> {
    let component = approved::of(room, "study", name).unwrap().approval.component;
    approved::approve(room, &crate::world::signer(room, by), policy, (name, &component)).map(drop)
}

async fn ran(room: &Room, program: &str, sql: &str) -> Result<Answer, SandboxError> {
    submit(room, ("study", "li"), program, sql, None).await
}

fn code<T: std::fmt::Debug>(result: Result<T, SandboxError>) -> u16 {
    result.unwrap_err().code()
}

/// Some of 111 years.
fn world(old: usize) -> World {
    let [mut residents, homes] = tables(21);
    for n in 700..700 + old {
        residents.push_str(&format!("{},城东,111,{n}.00,1915-01-01,1\n", id(n)));
    }
    World::of([residents, homes])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_score_gives_is_released_as_the_same_in_sql() {
    let mut world = world(0);
    let room = open(&mut world).await;
    put(&room, &decades(), &manifest("decades", 12));
    let of = |answer: Answer| answer.rows;
    for (program, sql) in [
        (
            "SELECT given, COUNT(*) FROM residents GROUP BY given",
            "SELECT age / 10, COUNT(*) FROM residents GROUP BY 1",
        ),
        (
            "SELECT town, SUM(wage) FROM residents WHERE given >= 5 GROUP BY town",
            "SELECT town, SUM(wage) FROM residents WHERE age / 10 >= 5 GROUP BY town",
        ),
        (
            "SELECT COUNT(DISTINCT id) FROM residents JOIN homes ON id = owner WHERE given = 3",
            "SELECT COUNT(DISTINCT id) FROM residents JOIN homes ON id = owner WHERE age / 10 = 3",
        ),
    ] {
        let (given, plain) =
            (of(ran(&room, "decades", program).await.unwrap()), of(asked(&room, sql).await.unwrap()));
        assert!(!given.is_empty(), "{program}");
        assert_eq!(given, plain, "{program}");
    }
    let log = std::fs::read_to_string(room.root().join("audit/log.jsonl")).unwrap();
    assert!(log.contains("sandbox.program.add") && log.contains("sandbox.program.approve"));
    assert!(log.contains("\\\"name\\\":\\\"decades\\\""), "which program ran is on record");
}

/// A weight, a flag, or a value of one person hidden among those of all.
#[tokio::test(flavor = "multi_thread")]
async fn sums_of_scores_single_out_nobody() {
    let flag = score_of("", &format!("(i64.extend_i32_u (i64.eq {AGE} (i64.const 111)))"));
    let weight =
        score_of("", &format!("(i64.add (i64.const 1) (i64.extend_i32_u (i64.eq {AGE} (i64.const 111))))"));
    for (old, shown) in [(3, false), (60, true)] {
        let mut world = world(old);
        let room = open(&mut world).await;
        put(&room, &flag, &manifest("flag", 1));
        put(&room, &weight, &manifest("weight", 2).replace("min = 0", "min = 1"));
        for (program, sql) in [
            ("flag", "SELECT SUM(given) FROM residents"),
            ("weight", "SELECT SUM(given) FROM residents"),
            ("weight", "SELECT AVG(given * 2 + 1) FROM residents"),
            ("flag", "SELECT COUNT(*) FROM residents WHERE given = 0"),
        ] {
            let _ = asked(&room, "SELECT COUNT(*) FROM residents").await.unwrap();
            let answer = ran(&room, program, sql).await.unwrap();
            assert_eq!(number(&answer, 0, 0).is_some(), shown, "{old}: {program}: {sql}");
        }
        // Of more values than are judged one by one there is no sum.
        put(&room, &decades(), &manifest("wide", 1000));
        assert_eq!(code(ran(&room, "wide", "SELECT SUM(given) FROM residents").await), 9704);
        assert!(ran(&room, "wide", "SELECT given, COUNT(*) FROM residents GROUP BY given").await.is_ok());
    }
}

/// It says the wage of whoever came before, if it can.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_by_another() {
    let carrying = score_of(
        "(global $last (mut i64) (i64.const 0)) (memory 1)",
        &format!(
            "(local $before i64) (local.set $before (global.get $last)) (global.set $last {AGE})
             (i64.store (i32.const 0) {AGE}) (local.get $before)"
        ),
    );
    let mut world = world(0);
    let room = open(&mut world).await;
    put(&room, &carrying, &manifest("carrying", 200));
    let rows =
        ran(&room, "carrying", "SELECT given, COUNT(*) FROM residents GROUP BY given").await.unwrap().rows;
    let all = asked(&room, "SELECT COUNT(*) FROM residents").await.unwrap();
    assert_eq!(rows, [vec![Field::Number(0.0), Field::Number(number(&all, 0, 0).unwrap())]]);
    // The control: one that says the person's own.
    put(&room, &score_of("", AGE), &manifest("own", 200));
    let own = ran(&room, "own", "SELECT given > 50, COUNT(*) FROM residents GROUP BY 1").await.unwrap().rows;
    assert_eq!(own.len(), 2);
}

/// A trap, a loop without end, no stack: all are missing values of that person, and look the same.
#[tokio::test(flavor = "multi_thread")]
async fn failures_look_alike() {
    let failing = |how: &str| {
        let inside = "(func $deep (call $deep))";
        score_of(inside, &format!("(if (i64.eq {AGE} (i64.const 111)) (then {how})) (i64.const 1)"))
    };
    let sql = "SELECT given, COUNT(*) FROM residents GROUP BY given";
    for old in [3, 60] {
        let mut world = world(old);
        let room = open(&mut world).await;
        let mut seen = Vec::new();
        for (name, how) in [
            ("trap", "unreachable"),
            ("fuel", "(loop $on (br $on))"),
            ("stack", "(call $deep)"),
            ("outside", "(return (i64.const 77))"),
        ] {
            put(&room, &failing(how), &manifest(name, 1));
            seen.push(ran(&room, name, sql).await.unwrap().rows);
        }
        assert!(seen.iter().all(|rows| *rows == seen[0]), "{seen:?}");
        let lines = if old == 3 { 0 } else { 2 };
        assert_eq!(seen[0].len(), lines, "{seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_is_not_approved() {
    let mut world = world(0);
    let room = open(&mut world).await;
    let sql = "SELECT COUNT(*) FROM residents WHERE given > 1";
    let folder = room.root().join("programs/study/decades");
    let (wasm, toml) = (folder.join("program.wasm"), folder.join("manifest.toml"));
    let with = |text: &str, from: &str, to: &str| {
        assert!(text.contains(from));
        text.replace(from, to)
    };
    put(&room, &decades(), &manifest("decades", 12));
    assert!(ran(&room, "decades", sql).await.is_ok());
    let kept = std::fs::read(&wasm).unwrap();
    std::fs::write(&wasm, score_of("", AGE)).unwrap();
    assert_eq!(code(ran(&room, "decades", sql).await), 9770);
    std::fs::write(&wasm, kept).unwrap();
    assert!(ran(&room, "decades", sql).await.is_ok());
    let kept = std::fs::read_to_string(&toml).unwrap();
    std::fs::write(&toml, with(&kept, "max = 12", "max = 13")).unwrap();
    assert_eq!(code(ran(&room, "decades", sql).await), 9770);
    std::fs::write(&toml, kept).unwrap();
    // Somebody else's name on the approval.
    let path = folder.join("approval.json");
    let kept = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, with(&kept, "\"wang\"", "\"zhao\"")).unwrap();
    assert_eq!(code(ran(&room, "decades", sql).await), 9770);
    std::fs::write(&path, kept).unwrap();
    assert!(ran(&room, "decades", sql).await.is_ok());
    // Other terms.
    world.policy.limits.questions_a_day += 1;
    crate::world::approve_policy(&room, &world.policy);
    assert_eq!(code(ran(&room, "decades", sql).await), 9770);
    // Put down again and not approved, or not there at all: the same.
    let (policy, dataset) = room.policy("study").unwrap();
    approved::add(&room, "li", (&policy, &dataset), &decades(), &manifest("decades", 12)).unwrap();
    assert_eq!(code(ran(&room, "decades", sql).await), 9770);
    assert_eq!(code(ran(&room, "nothing", sql).await), 9770);
    assert_eq!(code(ran(&room, "../study/decades", sql).await), 9770);
    approve(&room, &policy, "wang", "decades").unwrap();
    assert!(ran(&room, "decades", sql).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_his_own() {
    let mut world = world(0);
    let room = open(&mut world).await;
    let (policy, dataset) = room.policy("study").unwrap();
    crate::world::signer(&room, "wang");
    approved::add(&room, "wang", (&policy, &dataset), &decades(), &manifest("decades", 12)).unwrap();
    for user in ["wang", "li"] {
        assert_eq!(code(approve(&room, &policy, user, "decades")), 9773);
        assert_eq!(code(ran(&room, "decades", "SELECT COUNT(*) FROM residents").await), 9770);
    }
    approve(&room, &policy, "zhao", "decades").unwrap();
    assert!(ran(&room, "decades", "SELECT COUNT(*) FROM residents").await.is_ok());
}

/// li puts another component in the place of the one that wang looked at, and strangers put none down at all.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_looked_at_is_not_approved() {
    let mut world = world(0);
    let room = open(&mut world).await;
    let (policy, dataset) = room.policy("study").unwrap();
    let add = |user: &str, component: &[u8]| {
        approved::add(&room, user, (&policy, &dataset), component, &manifest("decades", 12)).map(drop)
    };
    add("li", &decades()).unwrap();
    let looked_at = approved::of(&room, "study", "decades").unwrap().approval.component;
    let other = score_of("", "(i64.const 3)");
    add("li", &other).unwrap();
    let wang = crate::world::signer(&room, "wang");
    let approve = |digest: &str| approved::approve(&room, &wang, &policy, ("decades", digest)).map(drop);
    for digest in [&*looked_at, "", &looked_at[..12]] {
        assert_eq!(code(approve(digest)), 9776, "{digest}");
    }
    assert_eq!(code(ran(&room, "decades", "SELECT COUNT(*) FROM residents").await), 9770);
    assert_eq!(code(add("bob", &decades())), 9720);
    add("li", &decades()).unwrap();
    approve(&looked_at[..24]).unwrap();
    assert!(ran(&room, "decades", "SELECT COUNT(*) FROM residents").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_granted_is_not_read() {
    let mut world = world(0);
    let grant = world.policy.grants.iter_mut().find(|grant| grant.table == "residents").unwrap();
    grant.columns.remove("born");
    let aggregate = crate::policy::Uses([crate::policy::Use::Aggregate].into());
    grant.columns.insert("wage".to_owned(), aggregate);
    let room = open(&mut world).await;
    let (policy, dataset) = room.policy("study").unwrap();
    let reads = |reads: &str| {
        let manifest = manifest("reads", 1).replace("\"age\", \"wage\"", reads);
        approved::add(&room, "li", (&policy, &dataset), &decades(), &manifest).map(drop)
    };
    assert_eq!(reads("\"age\""), Ok(()));
    assert_eq!(code(reads("\"born\"")), 9702);
    assert_eq!(code(reads("\"made_up\"")), 9702);
    // Whoever may sum wages up may not have conditions on them, by a program neither.
    assert_eq!(code(reads("\"wage\"")), 9704);
    assert_eq!(code(reads("\"id\"")), 9704);
    // What is shown more coarsely, by the policy or by the data set, is not read as it is.
    let mut coarse = policy.clone();
    coarse.grants.iter_mut().for_each(|grant| {
        grant.masks.insert("age".to_owned(), crate::masks::Coarse::Band(10));
    });
    let mut shown = dataset.clone();
    shown
        .tables
        .iter_mut()
        .flat_map(|table| &mut table.columns)
        .filter(|column| column.name == "age")
        .for_each(|column| column.shown = Some(crate::masks::Coarse::Band(10)));
    let age = manifest("reads", 1).replace("\"age\", \"wage\"", "\"age\"");
    for (policy, dataset) in [(&coarse, &dataset), (&policy, &shown)] {
        assert_eq!(code(approved::add(&room, "li", (policy, dataset), &decades(), &age)), 9704);
    }
    let mut shut = policy.clone();
    shut.grants.iter_mut().for_each(|grant| grant.programs = false);
    let added = approved::add(&room, "li", (&shut, &dataset), &decades(), &manifest("shut", 1));
    assert_eq!(code(added), 9771);
    let taken = manifest("taken", 1).replace("\"given\"", "\"born\"").replace(", \"wage\"", "");
    assert_eq!(code(approved::add(&room, "li", (&policy, &dataset), &decades(), &taken)), 9740);
}

/// A person's other rows are not there for a score, either.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_not_granted_are_not_seen() {
    let manifest = "[program]\nname = \"many\"\nkind = \"score\"\ntable = \"homes\"\nreads = [\"area\"]\neach = \"person\"\n\
        [[column]]\nname = \"given\"\nkind = \"integer\"\nmin = 0\nmax = 9\n";
    let many = score_of("", "(i64.extend_i32_u (call $rows))");
    let counted = |answer: Answer| -> Vec<(u64, u64)> {
        let line = |row: &Vec<Field>| match row[..] {
            [Field::Number(many), Field::Number(rows)] => (many as u64, rows as u64),
            _ => panic!("{row:?}"),
        };
        answer.rows.iter().map(line).collect()
    };
    let mut of = Vec::new();
    for rows in [None, Some("use_of = '自住'".to_owned())] {
        let mut world = world(0);
        world.policy.grants.iter_mut().find(|grant| grant.table == "homes").unwrap().rows = rows;
        let room = open(&mut world).await;
        put(&room, &many, manifest);
        let sql = "SELECT given, COUNT(*) FROM homes GROUP BY given";
        let found = counted(ran(&room, "many", sql).await.unwrap());
        assert!(found.len() >= 2, "{found:?}");
        // Of persons with so many rows there is a multiple of so many.
        assert!(found.iter().all(|(many, rows)| rows % many == 0), "{found:?}");
        of.push(found);
    }
    assert_ne!(of[0], of[1]);
}

/// Everything that is seen of a session differs by what a person adds to large groups, and by nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn one_person_more_or_less_shows_in_large_groups_alone() {
    let trap =
        format!("(if (i64.eq {AGE} (i64.const 111)) (then unreachable)) (i64.div_s {AGE} (i64.const 10))");
    let mut all = Vec::new();
    for old in [3, 2] {
        let mut world = world(old);
        let room = open(&mut world).await;
        put(&room, &score_of("", &trap), &manifest("trap", 12));
        let mut seen = Vec::new();
        for sql in [
            "SELECT given, COUNT(*) FROM residents WHERE given < 9 GROUP BY given",
            "SELECT COUNT(*) FROM residents WHERE given IS NULL",
            "SELECT COUNT(*), SUM(wage) FROM residents WHERE given < 9",
            "SELECT SUM(given) FROM residents WHERE age > 105",
            "SELECT nothing FROM residents",
        ] {
            seen.push(
                ran(&room, "trap", sql).await.map(|answer| answer.rows).map_err(|error| error.to_string()),
            );
        }
        all.push(seen);
    }
    assert_eq!(all[0], all[1]);
    assert!(all[0][0].as_ref().is_ok_and(|rows| rows.len() > 5), "{:?}", all[0]);
}
