//! Analyses of joined rows under a contract with `[query.analysis]`: each against the same in the clear, through the command.

use super::query::{PARTIES, World, contract};
use serde_json::Value;
use std::fs;
use yinshu_mpc::plain;

/// One person: age, kind, mark, income in fen, month, and whether there was an event in it.
type Row = [i64; 6];

/// Of those that both departments know.
fn people() -> Vec<Row> {
    (0..300i64)
        .map(|n| {
            let (age, kind) = (20 + n * 37 % 45, n / 2 % 3);
            let income = 300_000 + age * 2_000 + n * n * 97 % 400_001;
            let mark = i64::from((n * 7919) % 1000 + income / 1000 > 900);
            [age, kind, mark, income, n * 13 % 12, i64::from(n % 3 != 0)]
        })
        .collect()
}

const PLAN: &str = r#"{ "plan": {
    "inputs": [
        { "table": "insured", "owner": 2, "local": "SELECT …", "max_rows": 400, "columns": [
            { "name": "id", "values": "key" },
            { "name": "age", "values": { "integer": { "min": 18, "max": 67 } } },
            { "name": "kind", "values": { "code": { "of": ["A", "B", "C"] } } },
            { "name": "mark", "values": { "integer": { "min": 0, "max": 1 } } }
        ] },
        { "table": "incomes", "owner": 1, "local": "SELECT …", "max_rows": 400, "columns": [
            { "name": "id", "values": "key" },
            { "name": "income", "values": { "integer": { "min": 0, "max": 1000000, "decimals": 2 } } },
            { "name": "month", "values": { "integer": { "min": 0, "max": 11 } } },
            { "name": "event", "values": { "integer": { "min": 0, "max": 1 } } }
        ] }
    ],
    "from": { "join": { "one": { "input": 0 }, "many": { "input": 1 }, "kind": "inner",
        "on": [[{ "input": 0, "column": 0 }, { "input": 1, "column": 0 }]] } },
    "tell": { "analysis": ASKED }
}, "learns": [], "pushed": [] }"#;

/// Each analysis as a contract has it, and whether it is asked where a party may cheat.
const ASKED: [(&str, &str, bool); 10] = [
    ("correlations", "[\"age\", \"income\"]", true),
    ("linear", "{ target = \"income\", features = [\"age\", \"mark\"] }", false),
    ("logistic", "{ target = \"mark\", features = [\"age\"] }", false),
    ("survival", "{ time = \"month\", event = \"event\" }", false),
    ("difference", "{ of = \"income\", group = \"mark\" }", false),
    ("two-way", "[\"kind\", \"mark\"]", true),
    ("quantiles", "{ of = \"income\", per_mille = [250, 500, 900] }", false),
    ("inequality", "{ of = \"income\", greatest = 20 }", false),
    ("histogram", "{ of = \"income\", bounds = [5000, 5500, 6500] }", false),
    ("weighted-mean", "{ of = \"income\", weight = \"age\" }", false),
];

/// The same as the engine has it.
fn planned(kind: &str, asked: &str) -> String {
    let at = |name: &str| {
        let at = ["age", "kind", "mark", "income", "month", "event"].iter().position(|of| *of == name);
        let at = at.expect("a column");
        format!("{{ \"input\": {}, \"column\": {} }}", at / 3, at % 3 + 1)
    };
    let mut asked = asked.to_owned();
    for name in ["age", "kind", "mark", "income", "month", "event"] {
        asked = asked.replace(&format!("\"{name}\""), &at(name));
    }
    for key in
        ["target", "features", "time", "event", "of", "group", "per_mille", "greatest", "bounds", "weight"]
    {
        asked = asked.replace(&format!("{key} ="), &format!("\"{key}\":"));
    }
    // In units of the last digit.
    let asked = asked.replace("[5000, 5500, 6500]", "[500000, 550000, 650000]");
    PLAN.replace("ASKED", &format!("{{ \"{kind}\": {asked} }}"))
}

/// A world in which every analysis was agreed on.
fn agreed() -> World {
    let mut world = World::new();
    let rows = people();
    let column = |of: usize| rows.iter().map(|row| row[of]).collect::<Vec<_>>();
    // Of some only one of the two knows.
    let id = |n: usize| format!("id{n}");
    let more = |mut values: Vec<i64>, more: i64| {
        values.extend([more; 30]);
        values
    };
    let ids: Vec<String> = (0..330).map(id).collect();
    let others: Vec<String> = (0..300).chain(400..430).map(id).collect();
    world.table("insured", ids, &[more(column(0), 66), more(column(1), 1), more(column(2), 0)]);
    world.table("incomes", others, &[more(column(3), 7), more(column(4), 0), more(column(5), 1)]);
    world.program("analyst", "$(sed -n 's/^title = \"plan-\\(.*\\)\"$/\\1/p' \"$4\")");
    for (kind, asked, malicious) in ASKED {
        fs::write(world.path(&format!("{kind}.json")), planned(kind, asked)).expect("a plan");
        let security = if malicious { "malicious" } else { "semi-honest" };
        world.sign(kind, &agreement(&world, kind, asked, security));
    }
    world.serve(&["analyst", "analyst"]);
    world
}

fn agreement(world: &World, kind: &str, asked: &str, security: &str) -> String {
    contract(world.dir.path(), PARTIES, security)
        .replace("id = \"S5\"", &format!("id = \"{kind}\""))
        .replace("title = \"收入\"", &format!("title = \"plan-{kind}\""))
        .replace("receivers = [\"bureau\"]", "receivers = [\"bureau\", \"tax\", \"social\"]")
        .replace("max_runs = 3\n", &format!("max_runs = 3\n[query.analysis]\n{kind} = {asked}\n"))
}

fn close(found: &Value, expected: f64) {
    let found: f64 = found.as_str().expect("a figure").parse().expect("a number");
    assert!((found - expected).abs() <= 1e-6 * expected.abs(), "{found} for {expected}");
}

/// What the command says.
struct Found(Value);

impl Found {
    fn cell(&self, line: usize, column: usize) -> &Value {
        &self.0["table"][line][column]
    }

    fn figure(&self, name: &str) -> &Value {
        let figures = self.0["figures"].as_array().expect("figures");
        &figures.iter().find(|figure| figure[0] == name).unwrap_or_else(|| panic!("{name} in {}", self.0))[1]
    }
}

#[test]
fn every_analysis_is_as_in_the_clear() {
    let world = agreed();
    let rows = people();
    let of = |column: usize| {
        let unit = if column == 3 { 100.0 } else { 1.0 };
        rows.iter().map(|row| row[column] as f64 / unit).collect::<Vec<f64>>()
    };
    let (age, mark, income) = (of(0), of(2), of(3));
    let ask = |kind: &str| {
        let out = format!("answers/{kind}-out");
        let found = world.ask_of(kind, "sql", "analyst", &["--out", &out]);
        Found(found.exits(0).json())
    };
    fs::create_dir_all(world.path("answers")).expect("a folder");

    let found = ask("correlations");
    assert_eq!(found.figure("rows"), "300");
    close(found.cell(0, 2), plain::covariance(&age, &income));
    close(found.cell(0, 3), plain::correlation(&age, &income));
    close(found.figure("income.mean"), plain::mean(&income));
    close(found.figure("age.sd"), plain::covariance(&age, &age).sqrt());

    let found = ask("linear");
    let (values, errors, r_squared) = plain::least_squares(&[age.clone(), mark.clone()], &income);
    close(found.figure("r2"), r_squared);
    for (line, name) in ["intercept", "age", "mark"].into_iter().enumerate() {
        assert_eq!(found.cell(line, 0), name);
        close(found.cell(line, 1), values[line]);
        close(found.cell(line, 2), errors[line]);
    }

    let found = ask("logistic");
    let (values, errors) = plain::logistic(std::slice::from_ref(&age), &mark);
    for line in 0..2 {
        // Features have 16 bits of their declared range.
        let value: f64 = found.cell(line, 1).as_str().expect("a figure").parse().expect("a number");
        assert!((value - values[line]).abs() < 1e-3 * errors[line], "{value} for {}", values[line]);
        let [low, high] = [4, 5].map(|at| found.cell(line, at).as_str().expect("a figure").parse::<f64>());
        assert!(low.expect("a bound") < value && value < high.expect("a bound"));
    }

    let found = ask("survival");
    let (mut from, mut alive) = (0, 1.0);
    assert!(found.0["table"].as_array().is_some_and(|steps| steps.len() > 3), "{}", found.0);
    for step in found.0["table"].as_array().expect("steps") {
        let before: i64 = step[0].as_str().expect("a month").parse().expect("a number");
        let at_risk = rows.iter().filter(|row| row[4] >= from).count();
        let events = rows.iter().filter(|row| (from..before).contains(&row[4]) && row[5] == 1).count();
        assert_eq!(
            (step[1].clone(), step[2].clone()),
            (at_risk.to_string().into(), events.to_string().into())
        );
        alive *= 1.0 - events as f64 / at_risk as f64;
        close(&step[3], alive);
        from = before;
    }

    let found = ask("difference");
    let part = |of: f64| {
        let rows = income.iter().zip(&mark).filter(|(_, mark)| **mark == of);
        rows.map(|(income, _)| *income).collect::<Vec<f64>>()
    };
    let (ones, others) = (part(1.0), part(0.0));
    let [mean, rest] = [&ones, &others].map(|part| plain::mean(part));
    assert_eq!((found.cell(0, 0), found.cell(0, 1)), (&"1".into(), &ones.len().to_string().into()));
    close(found.cell(0, 2), mean);
    close(found.figure("difference"), mean - rest);
    let spread = [&ones, &others].map(|part| plain::covariance(part, part) / part.len() as f64);
    close(found.figure("t"), (mean - rest) / (spread[0] + spread[1]).sqrt());

    let found = ask("two-way");
    let count = |kind: i64, mark: i64| rows.iter().filter(|row| row[1] == kind && row[2] == mark).count();
    let (mut chi_square, all) = (0.0, rows.len() as f64);
    assert_eq!(found.0["heads"], serde_json::json!(["kind \\ mark", "0", "1", "total"]));
    for kind in 0..3 {
        let row = count(kind, 0) + count(kind, 1);
        for mark in 0..2 {
            assert_eq!(found.cell(kind as usize, 1 + mark as usize), &count(kind, mark).to_string());
            let column: usize = (0..3).map(|kind| count(kind, mark)).sum();
            let expected = row as f64 * column as f64 / all;
            chi_square += (count(kind, mark) as f64 - expected).powi(2) / expected;
        }
    }
    close(found.figure("chi_square"), chi_square);

    let found = ask("quantiles");
    let mut sorted = income.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    for (line, (name, p)) in [("p25", 0.25), ("p50", 0.5), ("p90", 0.9)].into_iter().enumerate() {
        assert_eq!(found.cell(line, 0), name);
        close(found.cell(line, 1), sorted[(p * sorted.len() as f64).ceil() as usize - 1]);
    }

    let found = ask("inequality");
    close(found.cell(2, 1), plain::gini(&income));
    close(found.cell(3, 1), sorted.iter().rev().take(20).sum::<f64>() / sorted.iter().sum::<f64>());

    let found = ask("histogram");
    for (line, range) in [0.0..5000.0, 5000.0..5500.0, 5500.0..6500.0, 6500.0..1e9].into_iter().enumerate() {
        let count = income.iter().filter(|income| range.contains(*income)).count();
        assert_eq!(found.cell(line, 2), &count.to_string(), "{range:?}");
    }

    let found = ask("weighted-mean");
    let sum: f64 = age.iter().zip(&income).map(|(weight, value)| weight * value).sum();
    close(found.cell(0, 2), sum / age.iter().sum::<f64>());

    // The folder has all forms; all three keep the answer, and have written down what opened.
    let page = fs::read_to_string(world.path("answers/linear-out/report.html")).expect("a report");
    assert!(page.contains("linear") && page.contains("r2"), "{page}");
    let beside = fs::read_to_string(world.path("answers/linear-out/table-further.csv")).expect("figures");
    assert!(beside.contains("r2,"), "{beside}");
    assert!(fs::read(world.path("answers/linear-out/table.xlsx")).expect("a workbook").starts_with(b"PK"));
    for party in ["tax", "social"] {
        assert!(fs::read_dir(world.path(party).join("results")).expect("a folder").count() >= ASKED.len());
        let told = |kind: &str| {
            world.log(party).iter().any(|record| {
                record.action == "result.release" && record.object == kind && record.result.starts_with("ok")
            })
        };
        assert!(ASKED.iter().all(|(kind, ..)| told(kind)));
    }
}

#[test]
fn an_analysis_of_too_few_rows_is_not_told_and_what_contradicts_itself_is_refused() {
    let mut world = World::new();
    let ids = |from: usize, to: usize| (from..to).map(|n| format!("id{n}")).collect::<Vec<_>>();
    world.table("insured", ids(0, 60), &[vec![30; 60], vec![0; 60], vec![1; 60]]);
    world.table("incomes", ids(55, 115), &[(0..60).collect(), vec![1; 60], vec![0; 60]]);
    let (kind, asked, _) = ASKED[0];
    world.program("analyst", kind);
    fs::write(world.path(&format!("{kind}.json")), planned(kind, asked)).expect("a plan");
    let text = agreement(&world, kind, asked, "semi-honest");
    world.sign(kind, &text);
    world.serve(&["analyst", "analyst"]);
    let plan = world.ask_of(kind, "plan", "analyst", &[]).exits(0).json();
    assert!(plan["estimate"]["bytes"].as_u64().is_some_and(|bytes| bytes > 10_000), "{plan}");
    let found = world.ask_of(kind, "sql", "analyst", &["--out", "few.json"]).exits(0).json();
    assert_eq!((&found["hidden"], &found["table"]), (&1.into(), &serde_json::json!([])), "{found}");

    let line = format!("{kind} = {asked}\n");
    for (from, to) in [
        // Who computes learns it.
        ("receivers = [\"bureau\", \"tax\", \"social\"]", "receivers = [\"bureau\", \"tax\"]"),
        ("max_runs = 3\n", "max_runs = 3\nextremes = true\n"),
        ("max_runs = 3\n", "max_runs = 3\ndominance_percent = 80\n"),
    ] {
        fs::write(world.path("c.toml"), text.replace(from, to)).expect("a contract");
        world.sign_fails("c.toml", 6006);
    }
    for to in ["", "means = [\"age\"]\n", "linear = { target = \"a\", features = [\"b\"], more = 1 }\n"] {
        fs::write(world.path("c.toml"), text.replace(&line, to)).expect("a contract");
        world.sign_fails("c.toml", 6004);
    }
    let both = format!("{line}weighted-mean = {{ of = \"age\", weight = \"income\" }}\n");
    fs::write(world.path("c.toml"), text.replace(&line, &both)).expect("a contract");
    world.sign_fails("c.toml", 6004);
}
