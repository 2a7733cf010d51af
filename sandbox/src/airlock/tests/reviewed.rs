//! What waits: who may see it, who decides, and what somebody who cheats gets.

use super::*;

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

/// The operator has the room's key and can have anything recorded; a decision is its reviewer's, of this result, for this reason.
#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_its_reviewer_did_not_sign_is_none() {
    let world = World::new(29);
    let room = room(&world, ALL).await;
    let (id, other) =
        (held(&room, "li", SQL).await, held(&room, "li", "SELECT COUNT(*) FROM residents").await);
    decide(&room, "wang", &other, Verdict::Release, "x").unwrap();
    let digest = review::show(&room, &signer(&room, "wang"), &id).unwrap().standing.digest;
    let (here, elsewhere) = (room.public_key().unwrap(), signer(&room, "sun").approver().key);
    let signature = |key, by: &str, verdict, reason| {
        let of = review::Decision { id: &id, digest: &digest, user: "li", verdict, reason };
        signer(&room, by).sign(review::DOMAIN, &of.message(key)).to_string()
    };
    let good = signature(&here, "wang", Verdict::Release, "x");
    let of_another = {
        let line = log(&room)
            .lines()
            .find(|line| line.contains("sandbox.review") && line.contains("released"))
            .unwrap()
            .to_owned();
        let record = yinshu_audit::Record::from_line(line.as_bytes()).unwrap();
        serde_json::from_str::<serde_json::Value>(&record.content).unwrap()["signature"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (by, signature, reason) in [
        ("wang", String::new(), "x"),
        ("wang", of_another, "x"),
        ("wang", good.clone(), "another reason"),
        ("sun", good.clone(), "x"),
        ("li", good.clone(), "x"),
        ("wang", signature(&here, "wang", Verdict::Reject, "x"), "x"),
        ("wang", signature(&here, "sun", Verdict::Release, "x"), "x"),
        ("wang", signature(&elsewhere, "wang", Verdict::Release, "x"), "x"),
    ] {
        let mut content = serde_json::json!({ "id": id, "digest": digest, "for": "li", "reason": reason });
        if !signature.is_empty() {
            content["signature"] = signature.into();
        }
        let deed = crate::room::Deed::new(by, "study", "sandbox.review", "released");
        room.record(deed.with(content)).unwrap();
        assert_eq!(code(fetch(&room, "li", &id)), 9795, "{by}: {reason}");
    }
    // The control: the same record with his signature of it.
    let content =
        serde_json::json!({ "id": id, "digest": digest, "for": "li", "reason": "x", "signature": good });
    room.record(crate::room::Deed::new("wang", "study", "sandbox.review", "released").with(content)).unwrap();
    assert!(fetch(&room, "li", &id).is_ok());
    // A decision outlasts whoever made it; what he would decide afterwards does not count.
    crate::approval::approvers::remove(&room, "wang", &signer(&room, "holder")).unwrap();
    assert!(fetch(&room, "li", &id).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_for_a_purpose_decides_nothing() {
    use crate::approval::{Role, Signer, approvers};
    let world = World::new(30);
    let room = room(&world, ALL).await;
    let key = yinshu_crypto::sign::SigningKey::generate(&mut rand_chacha::ChaCha20Rng::seed_from_u64(9));
    approvers::add(&room, ("sun", Role::Purpose, key.public()), &signer(&room, "holder")).unwrap();
    let sun = Signer::of(&room, "sun", key).unwrap();
    let id = held(&room, "li", SQL).await;
    assert!(review::waiting(&room, &sun).unwrap().is_empty());
    assert_eq!(code(review::show(&room, &sun, &id)), 9799);
    assert_eq!(code(review::decide(&room, &sun, &id, Verdict::Release, "ours")), 9799);
    // The control: another of those whom the policy names.
    decide(&room, "wang", &id, Verdict::Release, "x").unwrap();
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
        program: None,
    };
    queue::put(&room, &left).unwrap();
    std::fs::create_dir(room.root().join("queue/ffeeddccbbaa.new")).unwrap();
    assert!(results(&room, "li").unwrap().is_empty());
    assert!(waiting(&room, "wang").unwrap().is_empty());
    held(&room, "li", SQL).await;
    assert_eq!(waiting(&room, "wang").unwrap().len(), 1);
}

/// Everything that somebody sees who asks and waits: receipts, states, refusals, and what is fetched but for its figures.
async fn seen(without_one: bool) -> Vec<String> {
    let [mut residents, homes] = tables(38);
    for n in 700..710 - usize::from(without_one) {
        residents.push_str(&format!("{},城东,111,1000.00,1915-01-01,1\n", id(n)));
    }
    let world = World::of([residents, homes]);
    let room = room(&world, "reviewers = [\"wang\", \"sun\"]\nfirst = true\nlines = 40").await;
    let mut seen = Vec::new();
    for sql in [
        SQL,
        "SELECT age, COUNT(*) FROM residents WHERE age > 105 GROUP BY age",
        "SELECT COUNT(*) FROM residents WHERE age = 111",
        "SELECT COUNT(*) AS \"13812345678\" FROM residents WHERE age = 111",
        "SELECT age / 10, COUNT(*) FROM residents GROUP BY 1",
        "SELECT nothing FROM residents",
    ] {
        let asked = ask(&room, "study", "li", sql).await;
        seen.push(format!("{:?}", asked.as_ref().map(|_| ()).map_err(ToString::to_string)));
        if let Err(SandboxError::Held { id }) = asked {
            seen.push(fetch(&room, "li", &id).unwrap_err().to_string());
            decide(&room, "wang", &id, Verdict::Release, "x").unwrap();
            let fetched = fetch(&room, "li", &id).unwrap();
            seen.push(format!("{:?} {:?}", fetched.columns, fetched.label));
        }
    }
    seen.push(format!(
        "{:?}",
        results(&room, "li").unwrap().iter().map(|held| (&held.id, held.state)).collect::<Vec<_>>()
    ));
    seen.push(format!("{:?}", requests::of(&room, "li").unwrap()));
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_more_or_less_does_not_decide_what_waits() {
    let (with, without) = (seen(false).await, seen(true).await);
    assert_eq!(with, without);
    assert!(
        with.iter().any(|line| line.contains("waits")) && with.iter().any(|line| line.contains("Ok(())"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_changed_later_decide_who_reviews_and_who_fetches() {
    let world = World::new(39);
    let room = room(&world, ALL).await;
    let id = held(&room, "li", SQL).await;
    approve(&room, "when = \"always\"\nreviewers = [\"sun\", \"wu\"]");
    assert_eq!(code(decide(&room, "wang", &id, Verdict::Release, "x")), 9799);
    decide(&room, "sun", &id, Verdict::Release, "x").unwrap();
    let path = room.root().join("policies/study.toml");
    let before = crate::world::unsigned(&room, "study");
    let mut without = before.clone();
    without.policy.users.remove("li");
    crate::world::approve_policy(&room, &without);
    assert_eq!(code(fetch(&room, "li", &id)), 9720);
    crate::world::approve(&room, &format!("# as before\n{}", toml::to_string(&before).unwrap()));
    assert!(fetch(&room, "li", &id).is_ok());
    // Without the policy nobody gets anything, and is told no more.
    std::fs::remove_file(&path).unwrap();
    assert!(fetch(&room, "li", &id).is_err());
}
