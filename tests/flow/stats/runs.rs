//! What is shown is right and nothing small is; what cannot be used is refused; and who dies is named.

use super::super::world::{finished, ran};
use super::{CELLS, PEOPLE, TOWNS, World, band, contract, holder, lines, people, table, town, wage};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

/// The truth of everybody for whom `counts` holds: by town and age group (or `total`), the wages in fen.
fn truth(counts: impl Fn(u32) -> bool) -> BTreeMap<(String, String), Vec<i64>> {
    let mut truth: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    for n in (0..PEOPLE).filter(|n| counts(*n)) {
        let bands = [band(n), "total".to_owned()];
        for (town, band) in [town(n), "total"].iter().flat_map(|t| bands.iter().map(move |b| (*t, b))) {
            truth.entry((town.to_owned(), band.clone())).or_default().push(wage(n));
        }
    }
    truth
}

fn near(said: &str, expected: f64) {
    let said: f64 = said.parse().expect("a number");
    assert!((said - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{said} for {expected}");
}

/// Every line that is written is right, and none is of a small group, be it without the rows of a receiver. How many are
/// hidden, and how many of these are small.
fn compare(
    written: &[Vec<String>],
    (counts, receivers): (&dyn Fn(u32) -> bool, &[usize]),
    minimum: usize,
) -> (usize, usize) {
    let all = truth(counts);
    let without = receivers.iter().map(|at| truth(|n| counts(n) && holder(n) != *at));
    let without: Vec<_> = without.collect();
    assert_eq!(written[0], ["town", "age", "hidden", "count", "wage.sum", "wage.mean", "wage.sd"]);
    assert_eq!(written.len() - 1, 4 * (yinshu_origin::band::BANDS + 1));
    let (mut hidden, mut small) = (0, 0);
    for line in &written[1..] {
        let place = (line[0].clone(), line[1].clone());
        let wages = all.get(&place).cloned().unwrap_or_default();
        let n = wages.len();
        let few = |n: usize| n > 0 && n < minimum;
        let few = few(n) || without.iter().any(|rest| few(rest.get(&place).map_or(0, Vec::len)));
        if line[2] == "1" {
            hidden += 1;
            small += usize::from(few);
            assert!(n > 0 && line[3..].iter().all(String::is_empty), "{line:?}");
            continue;
        }
        assert!(!few, "{line:?}");
        let sum: i64 = wages.iter().sum();
        assert_eq!(line[3..5], [n.to_string(), format!("{}.{:02}", sum / 100, sum % 100)], "{line:?}");
        if n > 1 {
            let mean = sum as f64 / 100.0 / n as f64;
            near(&line[5], mean);
            let squares: f64 = wages.iter().map(|wage| (*wage as f64 / 100.0 - mean).powi(2)).sum();
            near(&line[6], (squares / (n - 1) as f64).sqrt());
        }
    }
    (hidden, small)
}

#[test]
fn figures_are_as_in_the_clear_and_small_groups_are_hidden() {
    for (minimum, security) in [(1, "semi-honest"), (8, "semi-honest"), (8, "malicious")] {
        let mut world = World::new();
        world.agree(&format!(
            "{minimum}\nsecurity = \"{security}\"\nreceivers = [\"bureau\", \"tax\"]\n{CELLS}"
        ));
        world.serve();
        let json = world.compute().exits(0).json();
        let text = fs::read_to_string(world.path("out.csv")).expect("a result");
        let (hidden, small) = compare(&lines(&text), (&|_| true, &[0, 1]), minimum);
        assert_eq!(json["hidden"], hidden, "{json}");
        assert_eq!(small > 0, minimum > 1, "some groups are small");
        assert!(hidden > small || minimum == 1, "totals give nothing away");
        let held = (0..PEOPLE).filter(|n| holder(*n) == 0).count() as u64;
        let rows = ["read", "counted", "outside", "unusable", "left_out"].map(|name| &json["rows"][name]);
        assert_eq!(rows, [held + 2, held, 1, 1, 0].map(Value::from).each_ref(), "{json}");
        for provider in ["tax", "social"] {
            world.recorded(provider, "session.answer", "ok");
            let released = world.recorded(provider, "result.release", "ok");
            assert!(released.content.contains("receivers"), "{}", released.content);
        }
        assert_eq!(world.kept("tax"), [text], "both receivers have one table");
        assert!(world.kept("social").is_empty(), "who receives nothing keeps nothing");
    }
}

#[test]
fn a_party_may_have_nobody() {
    let mut world = World::new();
    world.agree(&format!("5\nreceivers = [\"bureau\"]\n{CELLS}"));
    world.give("social", "aac002,aab301,wage\n");
    world.serve();
    let args = ["-C", "bureau", "stats", "run", "--contract", "bureau/contracts/s5.toml", "--input"];
    let said =
        ran(world.dir.path(), &[&args[..], &["bureau/data/table.csv", "--out", "all"]].concat()).exits(0).out;
    let text = fs::read_to_string(world.path("all/table.csv")).expect("a result");
    let (hidden, small) = compare(&lines(&text), (&|n| holder(n) != 2, &[0]), 5);
    assert!(small > 0 && said.contains(&format!("{hidden} cells and totals")), "{said}");
    let json = fs::read_to_string(world.path("all/result.json")).expect("a result");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let by = |word: &str| {
        json["table"].as_array().expect("lines").iter().filter(|l| l["protection"] == word).count()
    };
    assert_eq!((json["hidden"].as_u64(), by("rule") + by("complement")), (Some(hidden as u64), hidden));
    let page = fs::read_to_string(world.path("all/report.html")).expect("a report");
    assert!(page.contains("<svg") && page.matches("goes with another").count() == by("complement"), "{page}");
    world.give("tax", "sfzh,xzqh,gz\n");
    world.give("bureau", "id,town,wage\n");
    let json = world.compute().exits(0).json();
    let text = fs::read_to_string(world.path("out.csv")).expect("a result");
    assert_eq!((compare(&lines(&text), (&|_| false, &[0]), 5), &json["hidden"]), ((0, 0), &0.into()));
}

#[test]
fn what_cannot_be_used_is_refused_before_anything_is_shared() {
    let mut world = World::new();
    world.agree(&format!("8\nreceivers = [\"bureau\"]\n{CELLS}"));
    world.serve();
    let (good, id, other) = (table(0), people::id_of_many(3_950), people::id_of_many(3_951));
    for (rows, code) in [
        (format!("{id},990101,20001.01,1,x\n"), 9330),
        (format!("{id},990101,-0.01,1,x\n"), 9330),
        (format!("{id},990101,,1,x\n"), 9331),
        (format!("{id},990101,1e400,1,x\n"), 9331),
        (format!("{id},990101,NaN,1,x\n"), 9331),
        (format!("{id},990101,1.234,1,x\n"), 6010),
        (format!("{id},990101,1,1,x\n{id},990102,2,1,x\n"), 9332),
    ] {
        world.give("bureau", &format!("{good}{rows}"));
        world.compute().fails(3, code);
    }
    world.give("bureau", &format!("{good}{other},990106,,1,x\n"));
    world.compute().exits(0);
    fs::remove_file(world.path("out.csv")).expect("it was written");
    // A provider's: the others learn who, and not what.
    world.give("tax", &format!("{}{id},990101,99999,1,x\n", table(1)));
    let ran = world.compute();
    assert!(ran.err.contains("tax") && !ran.err.contains("99999"), "{}", ran.err);
    world.recorded("tax", "session.answer", "refused 9330");
    world.recorded("social", "session.answer", "refused");
    assert!(!world.path("out.csv").exists());
}

#[test]
fn rows_are_left_out_where_the_contract_says_so() {
    let mut world = World::new();
    world.agree(
        &format!("8\nunusable = \"leave-out\"\nreceivers = [\"bureau\", \"tax\", \"social\"]\n{CELLS}")
            .replace("\"sd\"]", "\"sd\", \"median\"]"),
    );
    let first = (0..PEOPLE).find(|n| holder(*n) == 0).expect("somebody");
    let (again, id, other) =
        (people::id_of_many(first), people::id_of_many(3_950), people::id_of_many(3_951));
    world.give(
        "bureau",
        &format!("{}{again},990102,5,1,x\n{id},990101,99999,1,x\n{other},990101,,1,x\n", table(0)),
    );
    world.serve();
    let json = world.compute().exits(0).json();
    assert_eq!(json["rows"]["left_out"], 3, "{json}");
    let text = fs::read_to_string(world.path("out.csv")).expect("a result");
    let mut written = lines(&text);
    let medians: Vec<String> = written.iter_mut().filter_map(Vec::pop).collect();
    compare(&written, (&|_| true, &[0, 1, 2]), 8);
    for (line, median) in written.iter().zip(medians).skip(1).filter(|(line, _)| line[2] == "0") {
        let mut wages = truth(|_| true).remove(&(line[0].clone(), line[1].clone())).unwrap_or_default();
        wages.sort_unstable();
        let truth = wages.get(wages.len().div_ceil(2).saturating_sub(1));
        let truth = truth.map(|wage| format!("{}.{:02}", wage / 100, wage % 100));
        assert_eq!(median, truth.unwrap_or_default(), "{line:?}");
    }
}

#[test]
fn a_cell_that_one_person_dominates_is_hidden() {
    let mut world = World::new();
    let terms = "receivers = [\"bureau\"]\ndominance_percent = 50\nsecurity = \"malicious\"\n\
        [[stats.group_by]]\ncolumn = \"town\"\nvalues = [\"990101\", \"990102\", \"990104\"]\n\
        [[stats.measure]]\ncolumn = \"wage\"\nstatistics = [\"sum\"]\ndecimals = 2\nmin = 0\nmax = 20001";
    world.agree(&format!("3\n{terms}"));
    let rows = |from: u32, places: &[(usize, u32, usize)]| {
        let people = places.iter().flat_map(|&(town, wage, many)| std::iter::repeat_n((town, wage), many));
        let row = |(n, (town, wage))| format!("{},{},{wage},x\n", people::id_of_many(n), TOWNS[town]);
        (from..).zip(people).map(row).collect::<String>()
    };
    // 400 of 1280, but without the bureau's own 60 of 80.
    world.give("bureau", &format!("id,town,wage,x\n{}", rows(0, &[(0, 400, 3)])));
    world.give("tax", &format!("sfzh,xzqh,gz,x\n{}", rows(100, &[(0, 60, 1), (1, 10, 6), (2, 10, 6)])));
    let social = rows(200, &[(0, 10, 2), (1, 10, 6), (2, 10, 6)]);
    world.give("social", &format!("aac002,aab301,wage,x\n{social}"));
    world.serve();
    let json = world.compute().exits(0).json();
    let protections: Vec<&str> =
        json["table"].as_array().expect("lines").iter().filter_map(|l| l["protection"].as_str()).collect();
    // With it goes another; the total is shown.
    assert_eq!((protections[0], protections[3]), ("rule", "shown"), "{json}");
    assert_eq!(protections.iter().filter(|word| **word == "complement").count(), 1, "{json}");
    assert!(json["table"][0]["figures"].is_null() && json["table"][0]["count"].is_null(), "{json}");
}

#[test]
fn the_runs_of_a_contract_are_counted() {
    let mut world = World::new();
    let text = contract(world.dir.path(), &format!("8\nreceivers = [\"bureau\"]\n{CELLS}"));
    world.agree_on(&text.replace("max_runs = 9", "max_runs = 2"));
    world.serve();
    world.compute().exits(0);
    world.compute().exits(0);
    world.compute().fails(5, 6126);
}

#[test]
fn other_terms_are_refused() {
    let mut world = World::new();
    world.agree(&format!("8\nreceivers = [\"bureau\"]\n{CELLS}"));
    let file = world.path("bureau/contracts/s5.toml");
    let text = fs::read_to_string(&file).expect("a contract");
    // Of 2, "hidden" would say how many: no contract.
    fs::write(&file, text.replace("min_group_size = 8", "min_group_size = 2")).expect("written");
    assert_eq!(world.compute().fails(2, 6006)["fields"]["place"], "data.min_group_size");
    fs::write(&file, text.replace("min_group_size = 8", "min_group_size = 3")).expect("written");
    world.serve();
    world.compute().fails(5, 6102);
    fs::write(&file, text).expect("written");
    fs::remove_file(world.path("social/contracts/s5.toml")).expect("it was there");
    let error = world.compute().fails(5, 3010);
    assert_eq!(error["fields"]["peer"], "social", "{error}");
    world.recorded("tax", "session.answer", "refused");
}

#[test]
fn one_that_is_killed_is_named_at_all() {
    let mut world = World::new();
    world.agree(&format!("8\nreceivers = [\"bureau\"]\n{CELLS}"));
    // A table that takes long to read: it is killed in the middle.
    let row = format!("{},990106,1\n", people::id_of_many(1));
    world.give("social", &format!("aac002,aab301,wage\n{}", row.repeat(2_000_000)));
    world.serve();
    let bureau = world.running().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    world.recorded("social", "session.join", "ok");
    std::thread::sleep(Duration::from_millis(300));
    let social = world.serving.last_mut().expect("it serves");
    social.kill().expect("it runs");
    social.wait().expect("it ended");
    let ran = finished(&bureau.wait_with_output().expect("it ends")).exits(4);
    assert!(ran.err.contains("social"), "{}", ran.err);
    world.recorded("tax", "session.answer", "refused ");
    assert!(!world.path("out.csv").exists());
}

#[test]
fn a_contract_is_written_from_the_template_and_planned() {
    let world = World::new();
    let new =
        ["-C", "bureau", "contract", "new", "--from", "stats", "--role", "recipient", "--catalogue", "R-1"];
    let more = ["--peer", "tax,social", "--out", "new.toml", "--test-region"];
    ran(world.dir.path(), &[&new[..], &more].concat()).exits(0);
    ran(world.dir.path(), &[&new[..], &["--peer", "social", "--out", "two.toml"]].concat()).exits(2);
    let args = ["stats", "plan", "--contract", "new.toml"];
    let json = ran(world.dir.path(), &[&["--json"], &args[..]].concat()).exits(0).json();
    let cells = 5 * yinshu_origin::band::BANDS as u64;
    assert_eq!((&json["cells"], &json["opened"]), (&cells.into(), &"count, wage.sum".into()), "{json}");
    let bytes = json["estimate"]["bytes"].as_u64().expect("a number");
    assert!((16 * cells..1_000 * cells).contains(&bytes), "{json}");
    let said = ran(world.dir.path(), &args).exits(0).out;
    assert!(said.contains("fewer than 10") && said.contains("Two parties that collude"), "{said}");
}
