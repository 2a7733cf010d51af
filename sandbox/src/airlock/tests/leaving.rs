//! What is looked for on the way out, what the policy says of it, and what whoever asked is told.

use super::*;

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
    // A few lines of many groups are no way round it.
    held(&room, "li", &format!("{SQL} ORDER BY 1 LIMIT 1")).await;
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
