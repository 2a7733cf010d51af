//! Rows matched by several keys, their duplicates counted, and sizes of joins; the right answer is computed in the
//! clear, row against row.

use super::people::id;
use super::world::World;
use serde_json::Value;
use std::fmt::Write as _;

/// What a row says, cleaned: the citizen number, name and date of birth, each of which may be missing.
type Row = (Option<String>, String, String);

fn name(n: u32) -> String {
    ["王敏", "李静", "张强", "刘磊", "陈洋", "杨艳", "赵勇"][n as usize % 7].to_owned()
}

/// Unlike that in the citizen number, which nobody compares here.
fn birth(n: u32) -> String {
    format!("19{:02}-{:02}-{:02}", 40 + n % 55, 1 + n % 12, 1 + n % 28)
}

fn row(n: u32, with_id: bool) -> Row {
    (with_id.then(|| id(n)), name(n), birth(n))
}

/// The county: 20 to 79, every third without a number, every tenth twice.
fn left() -> Vec<Row> {
    let mut rows: Vec<Row> = (20..80).map(|n| row(n, n % 3 != 0)).collect();
    rows.extend((20..80).step_by(10).map(|n| row(n, true)));
    rows
}

/// The province: 0 to 59, every fifth without a number, every fourth three times.
fn right() -> Vec<Row> {
    let mut rows: Vec<Row> = (0..60).map(|n| row(n, n % 5 != 0)).collect();
    for _ in 0..2 {
        rows.extend((0..60).step_by(4).map(|n| row(n, true)));
    }
    rows
}

/// The same values as people write them.
fn dirty(headers: &str, rows: &[Row]) -> String {
    let mut text = format!("{headers}\n");
    let wide = |text: &str| -> String {
        let shift = |c: char| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0) } else { None };
        text.chars().map(|c| shift(c).unwrap_or(c)).collect()
    };
    for (at, (id, name, birth)) in rows.iter().enumerate() {
        let id = match (id, at % 4) {
            (None, 0) => "无".to_owned(),
            (None, _) => String::new(),
            (Some(id), 0) => wide(id),
            (Some(id), 1) => format!(" {} ", id.to_lowercase()),
            (Some(id), _) => id.clone(),
        };
        let birth = match at % 3 {
            0 => birth.replace('-', ""),
            1 => birth.replace('-', "/"),
            _ => birth.clone(),
        };
        let name = if at % 5 == 0 { format!(" {name}　") } else { name.clone() };
        let _ = writeln!(text, "{id},{name},{birth},{at}");
    }
    text
}

fn world(psi: &str) -> World {
    let world = World::new();
    world.write("keys.csv", dirty("身份证号,姓名,生日,序号", &left()));
    world.write("province/data/keys.csv", dirty("id,name,birth,nr", &right()));
    world.edit("province/yinshu.toml", |text| {
        text.replace("columns = [\"id\", ", "columns = [\"id\", \"name\", \"birth\", ")
            .replace("columns = [\"id\"]", "columns = [\"id\", \"name\", \"birth\"]")
    });
    world.resign("psi.toml", &["province", "county"], |text| {
        text.replace(
            "columns = [{ name = \"id\", kind = \"citizen-id\", required = true }]",
            "columns = [{ name = \"id\", kind = \"citizen-id\", required = true }, \
             { name = \"name\", kind = \"name\" }, { name = \"birth\", kind = \"date\" }]",
        )
        .replace("result = \"keys\"", &format!("keys = [[\"id\"], [\"name\", \"birth\"]]\n{psi}"))
    });
    world
}

fn run(world: &World, more: &[&str]) -> Value {
    let args = ["psi", "run", "--contract", "county/contracts/psi.toml", "--input", "keys.csv"];
    let names = ["--map", "id=身份证号,name=姓名", "--map", "birth=生日", "--out", "county/shared.csv"];
    world.of("county", &[&args[..], &names, more].concat()).exits(0).json()
}

/// Of which rows `row` is a partner, by the number or by name and birth.
fn partners<'a>(row: &Row, others: &'a [Row], by_id: bool) -> Vec<&'a Row> {
    let equal = |other: &&Row| {
        if by_id { row.0.is_some() && row.0 == other.0 } else { (&row.1, &row.2) == (&other.1, &other.2) }
    };
    others.iter().filter(equal).collect()
}

/// For each row of the county its number in the table, the key that matches it, and the pairs it makes.
fn oracle(cap: usize) -> Vec<(usize, &'static str, usize)> {
    let right = right();
    let found = |(at, row): (usize, &Row)| {
        let keys = [(true, "id"), (false, "name + birth")];
        keys.into_iter().find_map(|(by_id, key)| {
            let pairs = partners(row, &right, by_id).len();
            (pairs > 0).then_some((at, key, pairs.min(cap)))
        })
    };
    left().iter().enumerate().filter_map(found).collect()
}

fn written(world: &World) -> Vec<String> {
    let text = world.read("county/shared.csv");
    text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect()
}

#[test]
fn rows_are_matched_by_the_first_key_that_does() {
    let world = world("result = \"keys\"");
    let _province = world.serve();
    let json = run(&world, &["--columns", "序号"]);
    let expected: Vec<String> = oracle(1).iter().map(|(at, key, _)| format!("{at},{key}")).collect();
    let lines = written(&world);
    assert_eq!((lines[0].as_str(), &lines[1..]), ("序号,matched_by", &expected[..]), "{json}");
    assert!(expected.iter().any(|line| line.ends_with("birth")), "both keys match some");
    let by = |key: &str| oracle(1).iter().filter(|(_, one, _)| *one == key).count();
    assert_eq!(json["by"][0], serde_json::json!({ "key": "id", "rows": by("id") }), "{json}");
    assert_eq!(json["by"][1]["rows"], by("name + birth"), "{json}");
    // By the other protocol too, and with the keys as they were compared.
    let json = run(&world, &["--protocol", "ecdh"]);
    assert_eq!(
        (&json["protocol"], written(&world)[0].as_str()),
        (&"ecdh".into(), "id,name,birth,matched_by")
    );
    assert_eq!(written(&world).len(), expected.len() + 1);
    world.recorded_soon("province", "session.answer", "ok");
}

#[test]
fn duplicates_are_kept_as_multiplicities() {
    let world = world("result = \"keys\"\nduplicates = \"counted\"\ncap = 2");
    let _province = world.serve();
    let json = run(&world, &["--columns", "序号"]);
    let line = |(at, key, pairs): &(usize, &str, usize)| format!("{at},{key},{pairs}");
    let expected: Vec<String> = oracle(2).iter().map(line).collect();
    let lines = written(&world);
    assert_eq!((lines[0].as_str(), &lines[1..]), ("序号,matched_by,pairs", &expected[..]), "{json}");
    assert!(expected.iter().any(|line| line.ends_with(",2")), "some are there more than once");
}

#[test]
fn joins_are_counted_and_nothing_is_named() {
    let world = world("result = \"counts\"\ncap = 6");
    let _province = world.serve();
    let json = run(&world, &[]);
    let (left, right) = (left(), right());
    for (at, by_id) in [(0, true), (1, false)] {
        let inner: usize = left.iter().map(|row| partners(row, &right, by_id).len()).sum();
        let semi = |rows: &[Row], others: &[Row]| {
            rows.iter().filter(|row| !partners(row, others, by_id).is_empty()).count()
        };
        let (own, other) = (semi(&left, &right), semi(&right, &left));
        let (lonely, others) = (left.len() - own, right.len() - other);
        let expected = serde_json::json!({
            "key": if by_id { "id" } else { "name + birth" }, "inner": inner, "left": inner + lonely,
            "right": inner + others, "full": inner + lonely + others, "left-semi": own, "right-semi": other,
            "left-anti": lonely, "right-anti": others,
        });
        // Forty rows of at most six a key may be seven persons: too few to be told.
        let told = own.min(other).div_ceil(6) >= 10;
        let shown = if told { expected } else { serde_json::json!({ "key": expected["key"] }) };
        assert_eq!(json["joins"][at], shown, "{json}");
    }
    assert!(!world.path("county/shared.csv").exists());
}

#[test]
fn what_cannot_be_combined_is_refused() {
    let world = World::new();
    let text = world.read("county/contracts/psi.toml");
    let body = text.split("[[signature]]").next().expect("text");
    for (place, lines) in [
        ("psi.cap", "result = \"counts\""),
        ("psi.cap", "result = \"keys\"\ncap = 3"),
        ("psi.cap", "result = \"counts\"\ncap = 2000"),
        ("psi.keys", "result = \"keys\"\nkeys = [[\"id\"], [\"phone\"]]"),
        ("psi.keys", "result = \"keys\"\nkeys = [[\"id\"], [\"id\"]]"),
        ("psi.keys", "result = \"keys\"\nkeys = [[\"id\"], []]"),
        ("psi.column", "result = \"keys\"\nkeys = [[\"phone\"]]"),
        ("psi.keys", "result = \"size\"\nkeys = [[\"id\"]]"),
        ("psi.keys", "result = \"keys\"\nkeys = [[\"id\"]]\npartitioned = true"),
        ("psi.keys", "result = \"keys\"\nkeys = [[\"id\"]]\nincremental = true"),
    ] {
        world.write("bad.toml", body.replace("result = \"keys\"", lines));
        let show = world.of("county", &["contract", "show", "bad.toml"]);
        assert_eq!(show.fails(2, 6006)["fields"]["place"], place, "{lines}");
    }
    for (place, from, to) in [
        ("psi.keys", "learn = \"recipient\"", "learn = \"both\""),
        ("psi.keys", "protocol = \"auto\"", "protocol = \"unbalanced\""),
        ("psi.security", "security = \"semi-honest\"", "security = \"malicious\""),
    ] {
        let lines = "result = \"keys\"\nduplicates = \"counted\"\ncap = 3\nkeys = [[\"id\"]]";
        world.write("bad.toml", body.replace("result = \"keys\"", lines).replace(from, to));
        let show = world.of("county", &["contract", "show", "bad.toml"]);
        assert_eq!(show.fails(2, 6006)["fields"]["place"], place, "{to}");
    }
}

#[test]
fn a_plan_says_what_is_learnt_of_rows() {
    let world = world("result = \"counts\"\ncap = 4");
    let args = ["psi", "plan", "--contract", "county/contracts/psi.toml", "--own", "1000", "--peer", "1000"];
    let ran = world.run(&[&["-C", "county"], &args[..]].concat()).exits(0);
    assert!(ran.out.contains("how many pairs of rows"), "{}{}", ran.out, ran.err);
    let json = world.of("county", &args).exits(0).json();
    assert_eq!((&json["own"], &json["chosen"]), (&18_000.into(), &"ecdh".into()), "{json}");
}
