//! Figures with noise: near the truth, paid by every owner before anything opens, and refused when a budget is spent.

use super::super::world::{finished, ran as running};
use super::{PARTIES, PEOPLE, TOWNS, World, lines, town, wage};
use serde_json::Value;
use std::fs;
use std::process::Stdio;

/// Towns, with noise of ε 2: half for counts and half for sums, so that a run costs ρ = 1.
const NOISE: &str = "unusable = \"leave-out\"\nsecurity = \"malicious\"\nreceivers = [\"bureau\", \"tax\"]\n\
    [[stats.group_by]]\ncolumn = \"town\"\nvalues = [\"990101\", \"990102\", \"990104\"]\n[[stats.measure]]\n\
    column = \"wage\"\nstatistics = [\"sum\", \"mean\"]\ndecimals = 2\nmin = 0\nmax = 20001\n\
    [stats.noise]\nepsilon = \"2\"";

/// The third town has fewer, whatever the noise.
const SMALLEST: u32 = 300;

impl World {
    /// Gives the data set of a party a budget, and says how its text is encoded.
    fn budget(&self, party: &str, rho: &str) {
        let file = self.path(party).join("yinshu.toml");
        let text = fs::read_to_string(&file).expect("a configuration");
        let line = format!("privacy_budget = \"{rho}\"\nmin_group_size = 1\n");
        let source = "path = \"data/table.csv\"\n";
        let text = text.replace("min_group_size = 1\n", &line);
        let text = text.replace(source, &format!("{source}encoding = \"utf-8\"\n"));
        fs::write(&file, text).expect("a configuration");
    }

    /// What a party's log says of its budget.
    fn spent(&self, party: &str) -> Value {
        let json = running(self.dir.path(), &["--json", "-C", party, "audit", "budget"]).exits(0).json();
        json["budgets"][0].clone()
    }

    /// What a party did, in order.
    fn deeds(&self, party: &str) -> Vec<String> {
        self.log(party).iter().map(|record| format!("{} {}", record.action, record.result)).collect()
    }
}

/// How many and the wages in fen of a town, or of all.
fn truth(place: &str) -> (i64, i64) {
    let people = (0..PEOPLE).filter(|n| place == "total" || town(*n) == place);
    people.fold((0, 0), |(count, sum), n| (count + 1, sum + wage(n)))
}

fn number(text: &str) -> f64 {
    text.parse().expect("a number")
}

#[test]
fn figures_have_noise_and_every_owner_pays_before_they_open() {
    let mut world = World::new();
    world.agree(&format!("{SMALLEST}\n{NOISE}"));
    PARTIES.iter().for_each(|[party, ..]| world.budget(party, "2"));
    world.serve();
    // The price is said beforehand, and it is what is charged.
    let plan = ["--json", "stats", "plan", "--contract", "bureau/contracts/s5.toml"];
    let plan = running(world.dir.path(), &plan).exits(0).json();
    let price = plan["noise"]["price"].clone();
    assert_eq!((&price["rho"], &price["epsilon"]), (&"1".into(), &"2".into()), "{plan}");
    let said =
        running(world.dir.path(), &["stats", "plan", "--contract", "bureau/contracts/s5.toml"]).exits(0).out;
    assert!(said.contains("ρ = 1 ") && said.contains("wage.sum: discrete Laplace, ε = 1"), "{said}");
    let json = world.compute().exits(0).json();
    assert_eq!(json["noise"], plan["noise"], "{json}");
    for [party, ..] in PARTIES {
        let spent = world.spent(party);
        assert_eq!(spent["budget"]["spent"], price, "{party}: {spent}");
        assert_eq!((&spent["left"], &spent["budget"]["charges"]), (&"1".into(), &1.into()), "{spent}");
        assert_eq!(spent["catalogue"], format!("{party}-1"));
        let deeds = world.deeds(party);
        let at = |deed: &str| deeds.iter().position(|said| said == deed).expect(deed);
        assert!(at("budget.charge ok") < at("result.release ok"), "{deeds:?}");
    }
    let text = fs::read_to_string(world.path("out.csv")).expect("a result");
    let first = lines(&text);
    let widths = ["half_width95.count", "half_width95.wage.sum", "half_width95.wage.mean"];
    assert_eq!(first[0][..5], ["town", "hidden", "count", "wage.sum", "wage.mean"]);
    assert_eq!(first[0][5..], widths);
    for (line, place) in first[1..].iter().zip([TOWNS[0], TOWNS[1], TOWNS[2], "total"]) {
        // With the third goes the first, or it would follow from the total.
        let hidden = place == TOWNS[0] || place == TOWNS[2];
        assert_eq!((&line[0][..], &line[1][..]), (place, if hidden { "1" } else { "0" }));
        if line[1] == "1" {
            assert!(line[2..].iter().all(String::is_empty), "{line:?}");
            continue;
        }
        // Ten times as far from the truth as 95 of 100 are is not to be seen.
        let (count, sum) = truth(place);
        let (width, wide) = (number(&line[5]), number(&line[6]));
        assert!((number(&line[2]) - count as f64).abs() <= 10.0 * width, "{line:?} {count}");
        assert!((number(&line[3]) - sum as f64 / 100.0).abs() <= 10.0 * wide, "{line:?} {sum}");
        assert!((number(&line[4]) - number(&line[3]) / number(&line[2])).abs() < 1e-6, "{line:?}");
        assert_ne!(line[3], format!("{}.{:02}", sum / 100, sum % 100), "one in a million runs is exact");
        assert!(number(&line[7]) > 0.0);
    }
    // The total is that of its cells with their noise: it is known to fewer places.
    assert!(number(&first[4][5]) > number(&first[2][5]));
    let beside = fs::read_to_string(world.path("out-further.csv")).expect("what the noise is");
    let said = [
        "noise,count,mechanism,discrete-laplace",
        "noise,wage.sum,epsilon,1",
        "noise,wage.sum,sensitivity,20001.00",
    ];
    assert!(said.iter().all(|line| beside.contains(line)) && beside.contains("noise,run,rho,1"), "{beside}");
    assert!(world.kept("tax").contains(&text), "both receivers have one table");
    // A second run draws anew; there is no third.
    let args = ["-C", "bureau", "stats", "run", "--contract", "bureau/contracts/s5.toml", "--input"];
    let said = running(world.dir.path(), &[&args[..], &["bureau/data/table.csv", "--out", "all"]].concat())
        .exits(0)
        .out;
    assert!(said.contains(" ± ") && said.contains("with noise is below 300"), "{said}");
    let second = lines(&fs::read_to_string(world.path("all/table.csv")).expect("a result"));
    assert!((1..4).any(|at| first[at][3] != second[at][3]), "{first:?} {second:?}");
    let json = fs::read_to_string(world.path("all/result.json")).expect("a result");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&json["noise"], json.get("rows")),
        (&plan["noise"], None),
        "no exact figure in what may be handed on"
    );
    let page = fs::read_to_string(world.path("all/report.html")).expect("a report");
    assert!(
        page.contains("discrete-laplace")
            && page.contains("with noise")
            && page.contains("goes with another")
    );
    world.compute().fails(5, 7301);
    assert_eq!(world.spent("bureau")["left"], "0");
    assert_eq!(world.deeds("bureau").iter().filter(|deed| *deed == "result.release ok").count(), 2);
    let logs = PARTIES.map(|[party, ..]| world.path(party).join("audit/log.jsonl").display().to_string());
    for (log, [party, ..]) in logs.iter().zip(PARTIES) {
        let key = world.path(party).join("card.toml");
        let card = yinshu::card::Card::read(&key).expect("a card");
        let key = card.node_key.to_string();
        running(world.dir.path(), &["audit", "verify", log, "--key", &key]).exits(0);
    }
}

#[test]
fn a_provider_without_enough_left_refuses_before_anybody_pays() {
    let mut world = World::new();
    world.agree(&format!("{SMALLEST}\n{NOISE}"));
    world.budget("bureau", "2");
    world.budget("tax", "2");
    world.budget("social", "0.999999999999999999");
    world.serve();
    let ran = world.compute();
    assert!(ran.code != 0 && ran.err.contains("social"), "{}", ran.err);
    world.recorded("social", "session.answer", "refused 7301");
    for party in ["bureau", "tax", "social"] {
        assert_eq!(world.spent(party)["budget"]["charges"], 0, "{party}");
    }
    assert!(!world.path("out.csv").exists() && world.kept("tax").is_empty());
}

#[test]
fn without_a_budget_nothing_is_told_with_noise() {
    let mut world = World::new();
    world.agree(&format!("{SMALLEST}\n{NOISE}"));
    world.budget("tax", "2");
    world.serve();
    let error = world.compute().fails(5, 6132);
    assert_eq!(error["fields"]["catalogue"], "bureau-1", "{error}");
    world.budget("bureau", "2");
    let ran = world.compute();
    assert!(ran.code != 0, "{}", ran.err);
    world.recorded("social", "contract.approve", "refused 6132");
    assert!(!world.path("out.csv").exists());
    let said = running(world.dir.path(), &["-C", "social", "audit", "budget"]).exits(0).out;
    assert!(said.contains("privacy_budget"), "{said}");
}

#[test]
fn what_was_charged_stays_where_a_run_breaks_off() {
    let mut world = World::new();
    world.agree(&format!("{SMALLEST}\n{NOISE}"));
    PARTIES.iter().for_each(|[party, ..]| world.budget(party, "1"));
    // A provider cannot keep what it receives: all was opened by then.
    let results = world.path("tax/results");
    drop(fs::remove_dir_all(&results));
    fs::write(&results, "in the way").expect("a file");
    world.serve();
    let ran = world.compute();
    world.recorded("tax", "session.answer", "refused");
    assert!(ran.code != 0, "{}", ran.out);
    for [party, ..] in PARTIES {
        assert_eq!(world.spent(party)["left"], "0", "{party}");
    }
    fs::remove_file(&results).expect("it was there");
    world.compute().fails(5, 7301);
}

#[test]
fn runs_at_once_share_one_budget() {
    let mut world = World::new();
    world.agree(&format!("{SMALLEST}\n{NOISE}"));
    PARTIES.iter().for_each(|[party, ..]| world.budget(party, "1"));
    world.serve();
    let charges =
        || PARTIES.map(|[party, ..]| world.spent(party)["budget"]["charges"].as_u64().expect("a number"));
    let mut well = 0;
    // On a busy machine all may end before anybody is to pay; then they begin anew.
    for _ in 0..4 {
        let begin = || world.running().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        let begun: Vec<_> = (0..3).map(|_| begin()).collect();
        let ended = begun.into_iter().map(|run| finished(&run.wait_with_output().expect("it ends")));
        well += ended.filter(|ran| ran.code == 0).count();
        if charges() != [0; 3] {
            break;
        }
    }
    assert!(well <= 1, "one budget pays one run");
    let charges = charges();
    // Each may have paid for another run, which then all break off; the first that was to pay did.
    assert!(charges.iter().all(|&charges| charges <= 1) && charges.contains(&1), "{charges:?}");
    assert!(well == 0 || charges == [1; 3], "{charges:?}");
    for [party, ..] in PARTIES {
        let deeds = world.deeds(party);
        let released = deeds.iter().filter(|deed| *deed == "result.release ok").count();
        assert!(
            released <= 1 && (released == 0 || deeds.contains(&"budget.charge ok".to_owned())),
            "{deeds:?}"
        );
    }
}

#[test]
fn rows_of_no_charged_set_and_guessed_encodings_are_refused() {
    let world = World::new();
    world.agree(&format!("{SMALLEST}\n{NOISE}"));
    world.budget("bureau", "2");
    let args = ["--json", "-C", "bureau", "stats", "run", "--contract", "bureau/contracts/s5.toml", "--out"];
    let other = [&args[..], &["out.csv", "--input", "tax/data/table.csv"]].concat();
    let error = running(world.dir.path(), &other).fails(5, 6133);
    assert_eq!(error["fields"]["catalogue"], "bureau-1", "{error}");
    let file = world.path("bureau/yinshu.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    fs::write(&file, text.replace("encoding = \"utf-8\"\n", "")).expect("a configuration");
    world.compute().fails(3, 9334);
}
