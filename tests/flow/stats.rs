//! Statistics of three departments: counts and wages by town and age over their disjoint residents, against the same in
//! the clear; what is hidden; and what happens when a table cannot be used, a party dies or has signed something else.

use super::people;
use super::world::{Ran, command, copy, finished, ran};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use yinshu::card::Card;
use yinshu_audit::Record;

/// The recipient first; what each calls its columns.
const PARTIES: [[&str; 5]; 3] = [
    ["bureau", "大数据局", "id", "town", "wage"],
    ["tax", "税务", "sfzh", "xzqh", "gz"],
    ["social", "社保", "aac002", "aab301", "wage"],
];
const PEOPLE: u32 = 3_000;
const TOWNS: [&str; 3] = ["990101", "990102", "990104"];

/// Whose resident a person is: everybody is one party's alone.
fn holder(n: u32) -> usize {
    (n % 7 % 3) as usize
}

/// The third town has few: some of its age groups are small.
fn town(n: u32) -> &'static str {
    if n.is_multiple_of(11) { TOWNS[2] } else { TOWNS[(n % 2) as usize] }
}

/// In fen.
fn wage(n: u32) -> i64 {
    i64::from(n * 7919 % 40_000) * 50 + i64::from(n % 3)
}

fn band(n: u32) -> String {
    let on = "2026-11-01".parse().expect("a day");
    yinshu_origin::band::band_name(yinshu_origin::band::band_of(&people::id_of_many(n), None, on).into())
}

/// The table of a party, with a row of another town and one with a wrong key.
fn table(at: usize) -> String {
    let [_, _, key, place, value] = PARTIES[at];
    let mut text = format!("{key},{place},{value},note\n");
    for n in (0..PEOPLE).filter(|n| holder(*n) == at) {
        let _ =
            writeln!(text, "{},{},{}.{:02},x", people::id_of_many(n), town(n), wage(n) / 100, wage(n) % 100);
    }
    let _ = writeln!(text, "{},990106,1.00,elsewhere", people::id_of_many(3_990));
    let _ = writeln!(text, "{}0,{},1.00,wrong", &people::id_of_many(5)[..17], town(5));
    text
}

/// Departments in folders of their own, who know each other; a copy of what was made once.
struct World {
    dir: TempDir,
    _base: Arc<TempDir>,
    serving: Vec<Child>,
}

static BASE: Mutex<Weak<TempDir>> = Mutex::new(Weak::new());

impl Drop for World {
    fn drop(&mut self) {
        for child in &mut self.serving {
            // It may have ended; then there is nothing to end.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl World {
    fn new() -> Self {
        let mut kept = BASE.lock().unwrap_or_else(PoisonError::into_inner);
        let base = kept.upgrade().unwrap_or_else(|| Arc::new(make()));
        *kept = Arc::downgrade(&base);
        drop(kept);
        let dir = tempfile::tempdir().expect("a temporary folder");
        copy(base.path(), dir.path());
        let world = Self { dir, _base: base, serving: Vec::new() };
        world.move_ports();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Every world has ports of its own.
    fn move_ports(&self) {
        let held: Vec<TcpListener> =
            PARTIES.iter().map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
        for [name, ..] in PARTIES {
            let file = self.path(name).join("yinshu.toml");
            let mut text = fs::read_to_string(&file).expect("a configuration");
            for (at, port) in held.iter().enumerate() {
                let port = port.local_addr().expect("an address").port();
                text = text.replace(&format!("127.0.0.1:{}\"", 9_100 + at), &format!("127.0.0.1:{port}\""));
            }
            fs::write(file, text).expect("a configuration");
        }
    }

    /// Starts the daemons of both providers.
    fn serve(&mut self) {
        for [party, ..] in &PARTIES[1..] {
            let mut command = command(self.dir.path(), &["-C", party, "node"]);
            let errors = fs::File::create(self.path(&format!("{party}.err"))).expect("a file");
            let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("it starts");
            let mut line = String::new();
            let out = child.stdout.take().expect("it was piped");
            BufReader::new(out).read_line(&mut line).expect("a line");
            self.serving.push(child);
            let said = fs::read_to_string(self.path(&format!("{party}.err")));
            assert!(line.contains("127.0.0.1"), "{line}{said:?}");
        }
    }

    /// A contract signed by all and held by all.
    fn agree(&self, terms: &str) {
        self.agree_on(&contract(self.dir.path(), terms));
    }

    fn agree_on(&self, text: &str) {
        let file = "bureau/contracts/s5.toml";
        fs::write(self.path(file), text).expect("a contract");
        for [party, ..] in PARTIES {
            ran(self.dir.path(), &["-C", party, "contract", "sign", file]).exits(0);
        }
        for [party, ..] in &PARTIES[1..] {
            fs::copy(self.path(file), self.path(party).join("contracts/s5.toml")).expect("a copy");
        }
    }

    fn running(&self) -> std::process::Command {
        let args = ["--json", "-C", "bureau", "stats", "run", "--input", "bureau/data/table.csv", "--out"];
        let mut command = command(self.dir.path(), &args);
        command.args(["out.csv", "--contract", "bureau/contracts/s5.toml"]);
        command
    }

    fn compute(&self) -> Ran {
        finished(&self.running().output().expect("the program starts"))
    }

    fn log(&self, party: &str) -> Vec<Record> {
        let text = fs::read(self.path(party).join("audit/log.jsonl")).unwrap_or_default();
        text.split(|b| *b == b'\n').filter_map(|line| Record::from_line(line).ok()).collect()
    }

    /// Waits for a record of another process.
    #[track_caller]
    fn recorded(&self, party: &str, action: &str, result: &str) -> Record {
        let begun = Instant::now();
        loop {
            let log = self.log(party);
            let found = log.iter().rev().find(|r| r.action == action && r.result.starts_with(result));
            if let Some(found) = found {
                return found.clone();
            }
            let shown: Vec<String> = log.iter().map(|r| format!("{} {}", r.action, r.result)).collect();
            assert!(begun.elapsed() < Duration::from_secs(60), "{party}: no {action} {result}: {shown:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The results that a provider keeps.
    fn kept(&self, party: &str) -> Vec<String> {
        let files = fs::read_dir(self.path(party).join("results")).into_iter().flatten().flatten();
        files.map(|file| fs::read_to_string(file.path()).expect("a result")).collect()
    }

    /// A table of a party, in place of its own.
    fn give(&self, party: &str, text: &str) {
        fs::write(self.path(party).join("data/table.csv"), text).expect("written");
    }
}

fn lines(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn make() -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let run = |args: &[&str]| drop(ran(dir.path(), args).exits(0));
    for (at, [name, title, key, place, value]) in PARTIES.into_iter().enumerate() {
        let listen = format!("127.0.0.1:{}", 9_100 + at);
        run(&["-C", name, "init", "--name", name, "--title", title, "--listen", &listen]);
        let folder = dir.path().join(name);
        fs::create_dir_all(folder.join("data")).expect("a folder");
        fs::write(folder.join("data/table.csv"), table(at)).expect("a table");
        let others: Vec<&str> = PARTIES.iter().map(|p| p[0]).filter(|other| *other != name).collect();
        let mut text = fs::read_to_string(folder.join("yinshu.toml")).expect("a configuration");
        let _ = write!(
            text,
            "\n[limits]\npeer_timeout_seconds = 3\n\n[[dataset]]\ncatalogue = \"{name}-1\"\ntitle = \"t\"\n\
             source_system = \"s\"\nshare = \"conditional\"\nscenarios = [\"stats\"]\nparties = {others:?}\n\
             columns = [\"{key}\", \"{place}\", \"{value}\"]\nmin_group_size = 1\n\
             available_until = \"2099-12-31\"\n[dataset.source]\npath = \"data/table.csv\"\n"
        );
        fs::write(folder.join("yinshu.toml"), text).expect("a configuration");
    }
    for ([name, ..], [other, ..]) in PARTIES.iter().flat_map(|a| PARTIES.iter().map(move |b| (a, b))) {
        if name != other {
            run(&["-C", name, "peer", "add", &format!("{other}/card.toml")]);
        }
    }
    dir
}

/// A contract with this smallest group and these lines of `[stats]`.
fn contract(dir: &std::path::Path, lines: &str) -> String {
    let (minimum, lines) = lines.split_once('\n').unwrap_or((lines, ""));
    let mut text = "[contract]\nformat = 1\nid = \"S5\"\ntitle = \"工资\"\nscenario = \"stats\"\n\
        valid_from = \"2020-01-01\"\nvalid_until = \"2099-12-31\"\n[elements]\ncontent = \"c\"\nscope = \"s\"\n\
        period = \"p\"\ntransport = \"t\"\ncontrols = \"c\"\nreview = \"r\"\n"
        .to_owned();
    for (at, [name, title, key, place, value]) in PARTIES.into_iter().enumerate() {
        let card = Card::read(&dir.join(name).join("card.toml")).expect("a card");
        let role = if at == 0 { "recipient" } else { "provider" };
        let _ = write!(
            text,
            "[[party]]\nname = \"{name}\"\ntitle = \"{title}\"\nrole = \"{role}\"\nadmin_key = \"{}\"\n\
             catalogue = \"{name}-1\"\ncolumns = {{ id = \"{key}\", town = \"{place}\", wage = \"{value}\" }}\n",
            card.admin_key
        );
    }
    let _ = write!(
        text,
        "[data]\ncatalogue = \"-\"\npurpose = \"p\"\nmin_group_size = {minimum}\n[data.table]\ntest_region = true\n\
         columns = [{{ name = \"id\", kind = \"citizen-id\", required = true }}, {{ name = \"town\", kind = \"division\" }}, \
         {{ name = \"wage\", kind = \"decimal\" }}]\n[stats]\nperson = \"id\"\nmax_rows = 2000\nmax_runs = 9\n{lines}\n"
    );
    text
}

const CELLS: &str = "[[stats.group_by]]\ncolumn = \"town\"\nvalues = [\"990101\", \"990102\", \"990104\"]\n\
    [[stats.group_by]]\nage_on = \"2026-11-01\"\n[[stats.measure]]\ncolumn = \"wage\"\n\
    statistics = [\"sum\", \"mean\", \"sd\"]\ndecimals = 2\nmin = 0\nmax = 20001";

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
        (format!("{id},990101,20001.01,x\n"), 9330),
        (format!("{id},990101,-0.01,x\n"), 9330),
        (format!("{id},990101,,x\n"), 9331),
        (format!("{id},990101,1e400,x\n"), 9331),
        (format!("{id},990101,NaN,x\n"), 9331),
        (format!("{id},990101,1.234,x\n"), 6010),
        (format!("{id},990101,1,x\n{id},990102,2,x\n"), 9332),
    ] {
        world.give("bureau", &format!("{good}{rows}"));
        world.compute().fails(3, code);
    }
    world.give("bureau", &format!("{good}{other},990106,,x\n"));
    world.compute().exits(0);
    fs::remove_file(world.path("out.csv")).expect("it was written");
    // A provider's: the others learn who, and not what.
    world.give("tax", &format!("{}{id},990101,99999,x\n", table(1)));
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
    world
        .give("bureau", &format!("{}{again},990102,5,x\n{id},990101,99999,x\n{other},990101,,x\n", table(0)));
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
