//! Results on their way out: who sees what, who decides, and what somebody who cheats gets.

use super::ledger::State;
use super::review::{Verdict, decide, fetch, results, show, waiting};
use super::{Held, queue, requests};
use crate::answer::{Answer, Field};
use crate::engine::register;
use crate::error::SandboxError;
use crate::room::Room;
use crate::session::ask;
use crate::world::{POLICY, World, id, tables};
use rand::SeedableRng as _;

const SQL: &str = "SELECT town, COUNT(*) AS people, AVG(wage) FROM residents GROUP BY town";

/// A room with the policy of the made-up world and what is said here of review.
async fn room(world: &World, review: &str) -> Room {
    let root = world.folder.path().join("room");
    Room::make(&root, &mut rand_chacha::ChaCha20Rng::seed_from_u64(1)).unwrap();
    let room = Room::open(&root, || "2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
    register(&world.dataset, room.root(), room.secret().unwrap()).await.unwrap();
    room.keep("datasets", "housing", &toml::to_string(&world.dataset).unwrap()).unwrap();
    approve(&room, review);
    room
}

fn approve(room: &Room, review: &str) {
    let text = format!("{}\n[review]\n{review}\n", POLICY.replace("[\"li\"]", "[\"li\", \"zhao\"]"));
    let policy = crate::policy::Policy::parse(&text).unwrap();
    policy.check(&room.dataset("housing").unwrap()).unwrap();
    room.keep("policies", "study", &text).unwrap();
}

const ALL: &str = "when = \"always\"\nreviewers = [\"wang\", \"li\", \"sun\"]";

async fn held(room: &Room, user: &str, sql: &str) -> String {
    match ask(room, "study", user, sql).await.unwrap_err() {
        SandboxError::Held { id } => id,
        other => panic!("{sql}: {other}"),
    }
}

fn code<T: std::fmt::Debug>(done: Result<T, SandboxError>) -> u16 {
    done.unwrap_err().code()
}

fn log(room: &Room) -> String {
    std::fs::read_to_string(room.root().join("audit/log.jsonl")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_released_once_by_somebody_else() {
    let (world, plain) = (World::new(21), World::new(21));
    let room = room(&world, ALL).await;
    let id = held(&room, "li", SQL).await;
    // The receipt does not say what is in it; asked again, it is the same.
    assert_eq!(held(&room, "li", SQL).await, id);
    let renamed = SQL.replace("people", "n").to_lowercase();
    assert_eq!(held(&room, "li", &renamed).await, id);
    assert_eq!(code(fetch(&room, "li", &id)), 9795);
    // Whoever asked does not review, though the policy names him; nor does anybody whom it does not name.
    assert!(waiting(&room, "li").unwrap().is_empty());
    assert_eq!(code(show(&room, "li", &id)), 9799);
    assert_eq!(code(decide(&room, "li", &id, Verdict::Release, "mine")), 9799);
    assert_eq!(code(decide(&room, "zhao", &id, Verdict::Release, "why not")), 9799);
    assert_eq!(code(fetch(&room, "zhao", &id)), 9798);
    // A reason, and not too long a one.
    for reason in ["", " \n", &"x".repeat(501)] {
        assert_eq!(code(decide(&room, "wang", &id, Verdict::Release, reason)), 9682);
    }
    let shown = show(&room, "wang", &id).unwrap();
    assert_eq!((&*shown.held.user, &*shown.held.text), ("li", SQL));
    assert!(shown.held.answer.rows.len() >= 4);
    assert!(shown.earlier.iter().any(|one| one.action == "sandbox.ask" && one.result == "ok"));
    assert_eq!(waiting(&room, "wang").unwrap().len(), 1);
    decide(&room, "wang", &id, Verdict::Release, "大组，无风险").unwrap();
    // Final.
    for (reviewer, verdict) in [("wang", Verdict::Release), ("sun", Verdict::Reject)] {
        assert_eq!(code(decide(&room, reviewer, &id, verdict, "again")), 9680);
    }
    let fetched = fetch(&room, "li", &id).unwrap();
    assert_eq!(fetched, shown.held.answer);
    assert_eq!(code(fetch(&room, "zhao", &id)), 9798);
    assert_eq!(code(fetch(&room, "wang", &id)), 9798);
    // Asked again, the released figures come at once; to somebody else they do not.
    assert_eq!(ask(&room, "study", "li", SQL).await.unwrap(), fetched);
    assert_ne!(held(&room, "zhao", SQL).await, id);
    // The same figures as without review.
    let other = self::room(&plain, "when = \"never\"").await;
    assert_eq!(ask(&other, "study", "li", SQL).await.unwrap(), fetched);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_rejected_is_not_had_by_asking_again() {
    let world = World::new(22);
    let room = room(&world, ALL).await;
    let id = held(&room, "li", SQL).await;
    decide(&room, "sun", &id, Verdict::Reject, "用途不符").unwrap();
    assert_eq!(code(fetch(&room, "li", &id)), 9797);
    for (user, sql) in [("li", SQL.to_owned()), ("li", SQL.replace("people", "p")), ("zhao", SQL.to_owned())]
    {
        assert_eq!(code(ask(&room, "study", user, &sql).await), 9797);
    }
    // What is another question to the program is another result to the reviewer, and waits.
    held(&room, "li", "SELECT town, COUNT(*), AVG(wage) FROM residents WHERE age >= 0 GROUP BY town").await;
    // Judged as known nevertheless: three less than all who were shown to nobody.
    let own = requests::of(&room, "li").unwrap();
    let states: Vec<_> = own.iter().map(|own| own.state).collect();
    assert_eq!(states, ["rejected", "refused", "refused", "waiting"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_waits_counts_as_released() {
    for review in [ALL, "when = \"never\""] {
        let [mut residents, homes] = tables(23);
        for n in 700..703 {
            residents.push_str(&format!("{},城东,111,1000.00,1915-01-01,1\n", id(n)));
        }
        let world = World::of([residents, homes]);
        let room = room(&world, review).await;
        let first = ask(&room, "study", "li", "SELECT COUNT(*) FROM residents").await;
        if let Err(SandboxError::Held { id }) = &first {
            decide(&room, "wang", id, Verdict::Reject, "no").unwrap();
        }
        let rest = "SELECT COUNT(*) FROM residents WHERE age <> 111";
        let rows = match ask(&room, "study", "zhao", rest).await {
            Err(SandboxError::Held { id }) => show(&room, "wang", &id).unwrap().held.answer.rows,
            other => other.unwrap().rows,
        };
        assert_eq!(rows, Vec::<Vec<Field>>::new(), "{review}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_put_or_changed_by_hand_are_nobodys_results() {
    let world = World::new(24);
    let room = room(&world, ALL).await;
    let id = held(&room, "li", SQL).await;
    let place = |id: &str| room.root().join("queue").join(id).join("held.json");
    let text = std::fs::read_to_string(place(&id)).unwrap();
    // A file of one's own making, well-formed and with a digest of its own.
    let mut forged: Held = serde_json::from_str(&text).unwrap();
    forged.id = "0123456789ab".to_owned();
    queue::put(&room, &forged).unwrap();
    for done in [code(show(&room, "wang", &forged.id)), code(fetch(&room, "li", &forged.id))] {
        assert_eq!(done, 9798);
    }
    assert_eq!(waiting(&room, "wang").unwrap().len(), 1);
    // One that was changed after it was put down: neither shown nor released; rejected it can be.
    std::fs::write(place(&id), text.replace("城东", "城南")).unwrap();
    assert_eq!(code(show(&room, "wang", &id)), 9681);
    assert_eq!(code(decide(&room, "wang", &id, Verdict::Release, "fine")), 9681);
    std::fs::write(place(&id), &text).unwrap();
    decide(&room, "wang", &id, Verdict::Release, "fine").unwrap();
    // And after it was released.
    std::fs::write(place(&id), text.replace("城东", "城南")).unwrap();
    assert_eq!(code(fetch(&room, "li", &id)), 9681);
    std::fs::remove_file(place(&id)).unwrap();
    assert_eq!(code(fetch(&room, "li", &id)), 9681);
    // Asked again while the released file is gone, it goes to a reviewer again.
    assert_ne!(held(&room, "li", SQL).await, id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_the_room_did_not_sign_is_none() {
    let world = World::new(25);
    let room = room(&world, ALL).await;
    let id = held(&room, "li", SQL).await;
    let path = room.root().join("audit/log.jsonl");
    let before = log(&room);
    let last: serde_json::Value = serde_json::from_str(before.lines().last().unwrap()).unwrap();
    let digest =
        serde_json::from_str::<serde_json::Value>(last["content"].as_str().unwrap()).unwrap()["digest"]
            .clone();
    let content = serde_json::json!({ "id": id, "digest": digest, "for": "li", "reason": "x" }).to_string();
    // As the room would write it, but for the signature, which is another record's.
    let mut forged = yinshu_audit::Record::from_line(before.lines().last().unwrap().as_bytes()).unwrap();
    (forged.user, forged.action, forged.result, forged.content) =
        ("wang".to_owned(), "sandbox.review".to_owned(), "released".to_owned(), content);
    std::fs::write(&path, format!("{before}{}", forged.to_line())).unwrap();
    assert!(fetch(&room, "li", &id).is_err());
    std::fs::write(&path, &before).unwrap();
    assert_eq!(code(fetch(&room, "li", &id)), 9795);
    // The control: signed by the room, the same words decide.
    decide(&room, "wang", &id, Verdict::Release, "x").unwrap();
    assert!(fetch(&room, "li", &id).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_no_paths() {
    let world = World::new(26);
    let room = room(&world, ALL).await;
    let id = held(&room, "li", SQL).await;
    for odd in [
        "",
        ".",
        "..",
        "../queue",
        "../../key",
        "/etc/passwd",
        "lock",
        "key",
        "0123456789AB",
        "0123456789ab/",
        "0123456789a",
        "０１２３４５６７８９ab",
        "\u{1b}[2J",
        &format!("../queue/{id}"),
        &format!("{id}\0"),
        &format!("{id} "),
        &"a".repeat(100_000),
    ] {
        assert_eq!(code(fetch(&room, "li", odd)), 9798, "{odd:?}");
        assert_eq!(code(show(&room, "wang", odd)), 9798, "{odd:?}");
        assert_eq!(code(decide(&room, "wang", odd, Verdict::Release, "x")), 9798, "{odd:?}");
    }
    assert!(!log(&room).contains('\u{1b}'));
    assert_eq!(results(&room, "li").unwrap()[0].state, State::Waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_reviewers_at_once_one_decides() {
    let world = World::new(27);
    let room = room(&world, ALL).await;
    for sql in [SQL, "SELECT COUNT(*) FROM residents", "SELECT AVG(wage) FROM residents"] {
        let id = held(&room, "li", sql).await;
        let start = std::sync::Barrier::new(4);
        let deciding = |reviewer: &'static str, verdict| {
            let (room, id, start) = (&room, &id, &start);
            move || {
                start.wait();
                decide(room, reviewer, id, verdict, "at once")
            }
        };
        let decided = std::thread::scope(|scope| {
            let racing = [
                ("wang", Verdict::Release),
                ("sun", Verdict::Reject),
                ("wang", Verdict::Reject),
                ("sun", Verdict::Release),
            ]
            .map(|(reviewer, verdict)| scope.spawn(deciding(reviewer, verdict)));
            racing.map(|one| one.join().unwrap())
        });
        assert_eq!(decided.iter().filter(|done| done.is_ok()).count(), 1, "{decided:?}");
        assert!(decided.iter().all(|done| done.as_ref().err().is_none_or(|error| error.code() == 9680)));
        let records =
            log(&room).lines().filter(|line| line.contains("sandbox.review") && line.contains(&id)).count();
        assert_eq!(records, 1 + 3, "one decision and three refusals");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_released_ends_with_its_policy() {
    let world = World::new(28);
    let room = room(&world, ALL).await;
    let (first, second) =
        (held(&room, "li", SQL).await, held(&room, "li", "SELECT COUNT(*) FROM residents").await);
    decide(&room, "wang", &first, Verdict::Release, "x").unwrap();
    let later = Room::open(room.root(), || "2100-01-02T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(code(fetch(&later, "li", &first)), 9721);
    assert_eq!(code(decide(&later, "wang", &second, Verdict::Release, "late")), 9721);
    decide(&later, "wang", &second, Verdict::Reject, "late").unwrap();
    assert!(fetch(&room, "li", &first).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_column_is_called_is_looked_through() {
    let world = World::new(29);
    let names = [
        id(3),
        "138-1234-5678".to_owned(),
        "１３８１２３４５６７８".to_owned(),
        "a\u{202e}b".to_owned(),
        "n".repeat(1001),
    ];
    // Nobody is named who could look: refused. The control: the same question under a plain name.
    let room = room(&world, "when = \"flagged\"").await;
    for name in &names {
        let sql = format!("SELECT COUNT(*) AS \"{name}\" FROM residents");
        assert_eq!(code(ask(&room, "study", "li", &sql).await), 9796, "{name}");
    }
    // It was not even run.
    assert!(!log(&room).contains("sandbox.release"));
    assert!(ask(&room, "study", "li", "SELECT COUNT(*) AS people FROM residents").await.is_ok());
    // Where somebody is, it waits for him; what was typed is shown to him, and does nothing to his terminal.
    approve(&room, "when = \"flagged\"\nreviewers = [\"wang\"]");
    let seen = ask(&room, "study", "li", "SELECT COUNT(*) AS people FROM residents").await.unwrap();
    assert_eq!(seen.label.unwrap().recipient, "li");
    let waits = held(&room, "li", &format!("SELECT COUNT(*) AS \"{}\" FROM residents", names[0])).await;
    let shown = show(&room, "wang", &waits).unwrap();
    let failed: Vec<_> = shown
        .held
        .checks
        .iter()
        .filter(|check| !check.passed)
        .map(|check| (&*check.check, &*check.at))
        .collect();
    assert_eq!(failed, [("identity", &[(None, 1)][..])]);
    // Or it is refused, where the policy says so.
    approve(&room, "reviewers = [\"wang\"]\non_hit = \"refuse\"");
    let sql = format!("SELECT SUM(wage) AS \"{}\" FROM residents", names[1]);
    assert_eq!(code(ask(&room, "study", "li", &sql).await), 9796);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_results_of_a_user_and_long_ones_are_looked_at() {
    let world = World::new(30);
    let room = room(&world, "reviewers = [\"wang\"]\nfirst = true\nlines = 3").await;
    let count = "SELECT COUNT(*) FROM residents";
    let id = held(&room, "li", count).await;
    // Before somebody looked at the first there is no second.
    let more = held(&room, "li", "SELECT AVG(wage) FROM residents").await;
    decide(&room, "wang", &more, Verdict::Reject, "x").unwrap();
    held(&room, "li", "SELECT SUM(wage) FROM residents").await;
    decide(&room, "wang", &id, Verdict::Release, "x").unwrap();
    assert!(ask(&room, "study", "li", "SELECT SUM(wage) FROM residents WHERE age > 20").await.is_ok());
    assert!(matches!(ask(&room, "study", "zhao", count).await, Err(SandboxError::Held { .. })));
    let long = held(&room, "li", SQL).await;
    let checks = show(&room, "wang", &long).unwrap().held.checks;
    let failed: Vec<_> = checks.iter().filter(|check| !check.passed).map(|check| &*check.check).collect();
    assert_eq!(failed, ["lines"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_view_shows_nothing_that_was_not_told() {
    let world = World::new(31);
    let room = room(&world, ALL).await;
    let few = "SELECT age, COUNT(*) FROM residents GROUP BY age";
    let waits = held(&room, "li", few).await;
    held(&room, "zhao", "SELECT COUNT(*) FROM homes").await;
    assert_eq!(code(ask(&room, "study", "li", "SELECT secret FROM residents").await), 9702);
    decide(&room, "wang", &waits, Verdict::Reject, "a reason of the reviewer").unwrap();
    // Something was hidden, and its reviewer sees how much.
    let shown = show(&room, "wang", &waits).unwrap();
    assert!(shown.held.hidden.values().sum::<u64>() > 0);
    let own = serde_json::to_string(&requests::of(&room, "li").unwrap()).unwrap();
    for secret in ["hidden", "least", "groups", "a reason", "wang", "zhao", "homes", "digest"] {
        assert!(!own.contains(secret), "{secret}: {own}");
    }
    assert!(own.contains(few) && own.contains("rejected") && own.contains("9702"));
    let told = format!("{:?}", results(&room, "li").unwrap());
    assert!(!told.contains("zhao") && !told.contains("wang"));
    assert_eq!(requests::of(&room, "nobody").unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_put_down_without_a_record_was_never_promised() {
    let world = World::new(32);
    let room = room(&world, ALL).await;
    // As after a crash between the file and its record, and amid the file.
    let answer = Answer { columns: vec![], rows: vec![], label: None };
    let left = Held {
        id: "00112233aabb".to_owned(),
        user: "li".to_owned(),
        policy: "study".to_owned(),
        question: String::new(),
        meaning: String::new(),
        text: String::new(),
        answer,
        checks: vec![],
        hidden: [].into(),
    };
    queue::put(&room, &left).unwrap();
    std::fs::create_dir(room.root().join("queue/ffeeddccbbaa.new")).unwrap();
    assert!(results(&room, "li").unwrap().is_empty());
    assert!(waiting(&room, "wang").unwrap().is_empty());
    held(&room, "li", SQL).await;
    assert_eq!(waiting(&room, "wang").unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_say_how_sensitive_what_for_whose_and_when() {
    let mut world = World::new(33);
    world.dataset.dataset.level = "公开".to_owned();
    let wage = world.dataset.tables[0].column("wage").unwrap();
    world.dataset.tables[0].columns[wage].level = "敏感".to_owned();
    let room = room(&world, "when = \"never\"").await;
    let label = |answer: Answer| answer.label.unwrap();
    let open = label(ask(&room, "study", "li", "SELECT COUNT(*) FROM residents").await.unwrap());
    assert_eq!((&*open.level, &*open.purpose, &*open.recipient), ("公开", "研究", "li"));
    for sql in ["SELECT AVG(wage) FROM residents", "SELECT COUNT(*) FROM residents WHERE wage > 10"] {
        assert_eq!(label(ask(&room, "study", "li", sql).await.unwrap()).level, "敏感", "{sql}");
    }
    assert!(open.line().starts_with("公开 · 研究 · li · 2026-11-22 08:00 · "));
    assert!(log(&room).contains(&open.id));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let world = World::new(34);
    let check = |review: &str| {
        let policy = crate::policy::Policy::parse(&format!("{POLICY}\n[review]\n{review}\n"))?;
        policy.check(&world.dataset)
    };
    for good in [
        "",
        "when = \"never\"",
        "reviewers = [\"wang\"]",
        ALL,
        "first = true\nreviewers = [\"li\", \"wang\"]",
    ] {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for bad in [
        "when = \"always\"",
        "reviewers = [\"li\"]",
        "first = true",
        "lines = 10",
        "on_hit = \"hold\"",
        "reviewers = [\" \", \"wang\"]",
        "when = \"never\"\nreviewers = [\"wang\"]",
        "when = \"never\"\nfirst = true",
        "when = \"always\"\nreviewers = [\"wang\"]\nfirst = true",
        "when = \"sometimes\"",
        "reviewer = [\"wang\"]",
    ] {
        assert_eq!(check(bad).map_err(|error| error.code()), Err(9740), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marked_answer_is_within_its_share_and_traced_from_its_file() {
    let world = World::new(35);
    let room = room(&world, "when = \"never\"").await;
    let sql = "SELECT town, insured, COUNT(*), SUM(age), AVG(age), SUM(wage), AVG(wage) AS w, SUM(age) / COUNT(*) AS q \
               FROM residents GROUP BY 1, 2";
    let plain = ask(&room, "study", "zhao", sql).await.unwrap();
    let text = std::fs::read_to_string(room.root().join("policies/study.toml")).unwrap();
    room.keep("policies", "study", &format!("{text}\n[watermark]\nup_to = \"2 %\"\n")).unwrap();
    let li = ask(&room, "study", "li", sql).await.unwrap();
    let zhao = ask(&room, "study", "zhao", sql).await.unwrap();
    // Each his own, the same again, in another order of words, and never further off than it says.
    assert_ne!(li, zhao);
    assert_eq!(ask(&room, "study", "li", sql).await.unwrap(), li);
    assert_eq!(li.label.as_ref().unwrap().altered.as_deref(), Some("2 %"));
    let (mut moved, mut all) = (0, 0);
    for (one, other) in plain.rows.iter().flatten().zip(li.rows.iter().flatten()) {
        let (Field::Number(one), Field::Number(other)) = (one, other) else {
            assert_eq!(one, other);
            continue;
        };
        // A quotient of two is off by both.
        assert!((one - other).abs() <= one.abs() * 0.0401, "{one} {other}");
        (moved, all) = (moved + usize::from(one != other), all + 1);
    }
    assert!(moved * 2 > all, "{moved} of {all}");
    // Having and order go by what is shown: no way to the released figure.
    let having = |least: f64| format!("SELECT SUM(wage) FROM residents HAVING SUM(wage) >= {least}");
    let shown = ask(&room, "study", "li", "SELECT SUM(wage) FROM residents").await.unwrap();
    let Field::Number(sum) = shown.rows[0][0] else { panic!("{shown:?}") };
    assert_eq!(ask(&room, "study", "li", &having(sum)).await.unwrap().rows.len(), 1);
    assert_eq!(ask(&room, "study", "li", &having(sum + 0.01)).await.unwrap().rows.len(), 0);
    let path = world.folder.path().join("passed-on.csv");
    for (whose, answer) in [("li", &li), ("zhao", &zhao)] {
        let mut out = "place,i,a,b,c,d,e,f\n".to_owned();
        for row in answer.rows.iter().rev() {
            let fields = row.iter().map(|field| match field {
                Field::Number(number) => number.to_string(),
                Field::Text(text) => text.clone(),
                Field::Missing => String::new(),
            });
            out.push_str(&(fields.collect::<Vec<_>>().join(",") + "\n"));
        }
        std::fs::write(&path, out).unwrap();
        let traced = super::trace::trace(&room, "officer", &path).unwrap();
        let found: Vec<_> = traced.found.iter().map(|found| &*found.recipient).collect();
        assert_eq!(found, [whose], "{traced:?}");
        assert!(traced.found[0].ids.contains(&answer.label.as_ref().unwrap().id));
    }
    // What was released unmarked is nobody's copy; what a file says of itself is told, and proves nothing.
    let id = &zhao.label.as_ref().unwrap().id;
    std::fs::write(&path, format!("third,密级标识\n1,内部 · {id}\n")).unwrap();
    let traced = super::trace::trace(&room, "officer", &path).unwrap();
    assert_eq!((traced.found, traced.says), (vec![], vec![(id.clone(), "zhao".to_owned())]));
    assert!(log(&room).contains("sandbox.trace"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_and_was_never_fetched_is_nobodys_copy() {
    let world = World::new(36);
    let room = room(&world, ALL).await;
    let text = std::fs::read_to_string(room.root().join("policies/study.toml")).unwrap();
    room.keep("policies", "study", &format!("{text}\n[watermark]\nup_to = \"10 %\"\n")).unwrap();
    let sql = "SELECT age / 5 AS fifth, SUM(wage), SUM(age), AVG(wage) FROM residents GROUP BY 1";
    let id = held(&room, "li", sql).await;
    let waits = show(&room, "wang", &id).unwrap().held.answer;
    let path = world.folder.path().join("seen.json");
    let field = |field: &Field| match field {
        Field::Number(number) => serde_json::json!(number),
        _ => serde_json::Value::Null,
    };
    let rows: Vec<Vec<_>> = waits.rows.iter().map(|row| row.iter().map(field).collect()).collect();
    let names: Vec<_> = waits.columns.iter().map(|(name, _)| serde_json::json!({ "name": name })).collect();
    std::fs::write(&path, serde_json::json!({ "columns": names, "rows": rows }).to_string()).unwrap();
    let found = |room: &Room| super::trace::trace(room, "officer", &path).unwrap().found;
    assert_eq!(found(&room), []);
    decide(&room, "wang", &id, Verdict::Release, "x").unwrap();
    assert_eq!(found(&room), []);
    fetch(&room, "li", &id).unwrap();
    assert_eq!(found(&room)[0].recipient, "li");
}
