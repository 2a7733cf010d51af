//! Marked answers, and whose copy a file is.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_marked_answer_is_within_its_share_and_traced_from_its_file() {
    let world = World::new(35);
    let room = room(&world, "when = \"never\"").await;
    let sql = "SELECT town, insured, COUNT(*), SUM(age), AVG(age), SUM(wage), AVG(wage) AS w, SUM(age) / COUNT(*) AS q \
               FROM residents GROUP BY 1, 2";
    let plain = ask(&room, "study", "zhao", sql).await.unwrap();
    let text = toml::to_string(&crate::world::unsigned(&room, "study")).unwrap();
    crate::world::approve(&room, &format!("{text}\n[watermark]\nup_to = \"2 %\"\n"));
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
        let traced = crate::airlock::trace::trace(&room, "officer", &path).unwrap();
        let found: Vec<_> = traced.found.iter().map(|found| &*found.recipient).collect();
        assert_eq!(found, [whose], "{traced:?}");
        assert!(traced.found[0].ids.contains(&answer.label.as_ref().unwrap().id));
    }
    // What was released unmarked is nobody's copy; what a file says of itself is told, and proves nothing.
    let id = &zhao.label.as_ref().unwrap().id;
    std::fs::write(&path, format!("third,密级标识\n1,内部 · {id}\n")).unwrap();
    let traced = crate::airlock::trace::trace(&room, "officer", &path).unwrap();
    assert_eq!((traced.found, traced.says), (vec![], vec![(id.clone(), "zhao".to_owned())]));
    assert!(log(&room).contains("sandbox.trace"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_and_was_never_fetched_is_nobodys_copy() {
    let world = World::new(36);
    let room = room(&world, ALL).await;
    let text = toml::to_string(&crate::world::unsigned(&room, "study")).unwrap();
    crate::world::approve(&room, &format!("{text}\n[watermark]\nup_to = \"10 %\"\n"));
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
    let found = |room: &Room| crate::airlock::trace::trace(room, "officer", &path).unwrap().found;
    assert_eq!(found(&room), []);
    decide(&room, "wang", &id, Verdict::Release, "x").unwrap();
    assert_eq!(found(&room), []);
    fetch(&room, "li", &id).unwrap();
    assert_eq!(found(&room)[0].recipient, "li");
}
