//! Three and more departments: the sizes of all intersections by town and age, against the same in the clear; which
//! people all hold; and what happens when one of them dies or has signed something else.

use super::people;
use super::world::{Ran, command, copy, finished, ran};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
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

/// The recipient first. What each calls its columns, and whom it holds.
const PARTIES: [Register; 4] = [
    Register { name: "police", title: "公安户籍", key: "gmsfhm", town: "xzqh", holds: |n| n % 10 != 3 },
    Register {
        name: "social",
        title: "社保",
        key: "aac002",
        town: "aab301",
        holds: |n| n % 3 != 0 || n % 70 == 0,
    },
    Register {
        name: "medical",
        title: "医保",
        key: "id",
        town: "town",
        holds: |n| n % 4 != 0 || n % 90 == 0,
    },
    Register { name: "school", title: "学籍", key: "xsid", town: "xzqh", holds: |n| n % 7 == 0 },
];
const PEOPLE: u32 = 990;
const TOWNS: [&str; 2] = ["990101", "990102"];
const ON: &str = "2026-11-01";

struct Register {
    name: &'static str,
    title: &'static str,
    key: &'static str,
    town: &'static str,
    holds: fn(u32) -> bool,
}

impl Register {
    /// Its table, with a repeat, a row of another town and one with a wrong key.
    fn table(&self) -> String {
        let mut text = format!("{},{},note\n", self.key, self.town);
        for n in (0..PEOPLE).filter(|n| (self.holds)(*n)) {
            let _ = writeln!(text, "{},{},x", people::id(n), town(n));
        }
        let first = (0..PEOPLE).find(|n| (self.holds)(*n)).expect("somebody");
        let _ = writeln!(text, "{},{},again", people::id(first), TOWNS[1]);
        let _ = writeln!(text, "{},990106,elsewhere", people::id(995));
        let _ = writeln!(text, "{}0,{},wrong", &people::id(5)[..17], town(5));
        text
    }
}

fn town(n: u32) -> &'static str {
    TOWNS[(n % 2) as usize]
}

/// The age group of a person on the day of the contract.
fn band(n: u32) -> usize {
    let id = people::id(n);
    let birth = (id[6..10].parse::<i32>().expect("a year"), &id[10..14]);
    let age = 2026 - birth.0 - i32::from("1101" < birth.1);
    (age / 5).min(20) as usize
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
        for party in &PARTIES {
            let file = self.path(party.name).join("yinshu.toml");
            let mut text = fs::read_to_string(&file).expect("a configuration");
            for (at, port) in held.iter().enumerate() {
                let port = port.local_addr().expect("an address").port();
                text = text.replace(&format!("127.0.0.1:{}\"", 9_000 + at), &format!("127.0.0.1:{port}\""));
            }
            fs::write(file, text).expect("a configuration");
        }
    }

    /// Starts the daemon of a party.
    fn serve(&mut self, party: &str) {
        let mut command = command(self.dir.path(), &["-C", party, "node"]);
        let errors = fs::File::create(self.path(&format!("{party}.err"))).expect("a file for what it says");
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("the program starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("it was piped");
        BufReader::new(out).read_line(&mut line).expect("a line");
        self.serving.push(child);
        assert!(
            line.contains("127.0.0.1"),
            "{line}{:?}",
            fs::read_to_string(self.path(&format!("{party}.err")))
        );
    }

    fn serve_all(&mut self, count: usize) {
        PARTIES[1..count].iter().for_each(|party| self.serve(party.name));
    }

    /// A contract of the first `count` parties, signed by all and held by all.
    fn agree(&self, name: &str, count: usize, lines: &str) {
        self.agree_on(name, count, &contract(self.dir.path(), count, lines));
    }

    fn agree_on(&self, name: &str, count: usize, text: &str) {
        let file = format!("police/contracts/{name}");
        fs::write(self.path(&file), text).expect("a contract");
        for party in &PARTIES[..count] {
            ran(self.dir.path(), &["-C", party.name, "contract", "sign", &file]).exits(0);
        }
        for party in &PARTIES[1..count] {
            fs::copy(self.path(&file), self.path(party.name).join("contracts").join(name)).expect("a copy");
        }
    }

    fn running(&self, contract: &str) -> std::process::Command {
        let args = ["--json", "-C", "police", "psi", "run", "--input", "police/data/table.csv", "--column"];
        let mut command = command(self.dir.path(), &args);
        command.args(["gmsfhm", "--out", "out.csv", "--contract", &format!("police/contracts/{contract}")]);
        command
    }

    fn intersect(&self, contract: &str) -> Ran {
        finished(&self.running(contract).output().expect("the program starts"))
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

    fn out(&self) -> Vec<Vec<String>> {
        let text = fs::read_to_string(self.path("out.csv")).expect("a result");
        lines(&text)
    }
}

fn lines(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn make() -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let run = |args: &[&str]| drop(ran(dir.path(), args).exits(0));
    for (at, party) in PARTIES.iter().enumerate() {
        let listen = format!("127.0.0.1:{}", 9_000 + at);
        run(&["-C", party.name, "init", "--name", party.name, "--title", party.title, "--listen", &listen]);
        let folder = dir.path().join(party.name);
        fs::create_dir_all(folder.join("data")).expect("a folder");
        fs::write(folder.join("data/table.csv"), party.table()).expect("a table");
        let others: Vec<&str> = PARTIES.iter().map(|p| p.name).filter(|name| *name != party.name).collect();
        let mut text = fs::read_to_string(folder.join("yinshu.toml")).expect("a configuration");
        let _ = write!(
            text,
            "\n[limits]\npeer_timeout_seconds = 3\n\n[[dataset]]\ncatalogue = \"{}-1\"\ntitle = \"t\"\n\
             source_system = \"s\"\nshare = \"conditional\"\nscenarios = [\"psi\"]\nparties = {others:?}\n\
             columns = [\"{}\", \"{}\"]\nmin_group_size = 1\navailable_until = \"2099-12-31\"\n\
             [dataset.source]\npath = \"data/table.csv\"\n",
            party.name, party.key, party.town
        );
        fs::write(folder.join("yinshu.toml"), text).expect("a configuration");
    }
    for (party, other) in PARTIES.iter().flat_map(|a| PARTIES.iter().map(move |b| (a, b))) {
        if party.name != other.name {
            run(&["-C", party.name, "peer", "add", &format!("{}/card.toml", other.name)]);
        }
    }
    dir
}

/// A contract of the first `count` parties with these lines in `[psi]`.
fn contract(dir: &std::path::Path, count: usize, lines: &str) -> String {
    let (minimum, lines) = lines.split_once('\n').unwrap_or((lines, ""));
    let mut text = "[contract]\nformat = 1\nid = \"S4\"\ntitle = \"人口底数\"\nscenario = \"psi\"\n\
        valid_from = \"2020-01-01\"\nvalid_until = \"2099-12-31\"\n[elements]\ncontent = \"c\"\nscope = \"s\"\n\
        period = \"p\"\ntransport = \"t\"\ncontrols = \"c\"\nreview = \"r\"\n"
        .to_owned();
    for (at, party) in PARTIES[..count].iter().enumerate() {
        let card = Card::read(&dir.join(party.name).join("card.toml")).expect("a card");
        let role = if at == 0 { "recipient" } else { "provider" };
        let _ = write!(
            text,
            "[[party]]\nname = \"{}\"\ntitle = \"{}\"\nrole = \"{role}\"\nadmin_key = \"{}\"\n\
             catalogue = \"{}-1\"\ncolumns = {{ id = \"{}\", town = \"{}\" }}\n",
            party.name, party.title, card.admin_key, party.name, party.key, party.town
        );
    }
    let _ = write!(
        text,
        "[data]\ncatalogue = \"-\"\npurpose = \"p\"\nmin_group_size = {minimum}\n[data.table]\ntest_region = true\n\
         columns = [{{ name = \"id\", kind = \"citizen-id\", required = true }}, {{ name = \"town\", kind = \"division\" }}]\n\
         [psi]\ncolumn = \"id\"\nkind = \"citizen-id\"\nmax_recipient_keys = 2000\nmax_provider_keys = 2000\n{lines}\n"
    );
    text
}

const REGIONS: &str = "result = \"regions\"\n[[psi.by]]\ncolumn = \"town\"\nvalues = [\"990101\", \"990102\"]\n\
    [[psi.by]]\nage_on = \"2026-11-01\"";

/// The truth: by town, age group (or `total`) and parties, the three figures.
fn truth(count: usize) -> BTreeMap<(String, String, String), [u64; 3]> {
    assert_eq!(ON, "2026-11-01");
    let mut truth = BTreeMap::new();
    for n in 0..PEOPLE {
        let holds = (0..count).filter(|at| (PARTIES[*at].holds)(n)).fold(0u32, |mask, at| mask | 1 << at);
        for mask in 1u32..1 << count {
            let names = (0..count).filter(|at| mask >> at & 1 == 1).map(|at| PARTIES[at].name);
            let names = names.collect::<Vec<_>>().join("+");
            let bands = [yinshu_origin::band::band_name(band(n)), "total".to_owned()];
            for (town, band) in [town(n), "total"].iter().flat_map(|t| bands.iter().map(move |b| (*t, b))) {
                let figures: &mut [u64; 3] =
                    truth.entry((town.to_owned(), band.clone(), names.clone())).or_default();
                figures[0] += u64::from(holds == mask);
                figures[1] += u64::from(holds & mask == mask);
                figures[2] += u64::from(holds & mask != 0);
            }
        }
    }
    truth
}

/// Every figure that is written is right; those that are not, by line. Also how many are small.
fn compare(written: &[Vec<String>], count: usize, minimum: u64) -> (usize, usize) {
    let truth = truth(count);
    assert_eq!(
        written[0],
        ["990101", "age", "parties", "exactly", "all", "any"].map(|h| h.replace("990101", "town"))
    );
    let (mut hidden, mut shown) = (0, 0);
    for line in &written[1..] {
        let key = (line[0].clone(), line[1].clone(), line[2].clone());
        let figures = truth.get(&key).copied().unwrap_or_default();
        for (figure, said) in figures.iter().zip(&line[3..]) {
            if said.is_empty() {
                hidden += 1;
            } else {
                shown += 1;
                assert_eq!(said, &figure.to_string(), "{line:?}");
                assert!(*figure == 0 || *figure >= minimum, "{line:?}");
            }
        }
    }
    let cells = 3 * (yinshu_origin::band::BANDS + 1);
    assert_eq!(hidden + shown, cells * 3 * ((1 << count) - 1));
    (hidden, shown)
}

#[test]
fn all_regions_are_as_in_the_clear() {
    let mut world = World::new();
    world.agree("s4.toml", 3, &format!("1\nlearn = \"recipient\"\n{REGIONS}"));
    world.serve_all(3);
    let json = world.intersect("s4.toml").exits(0).json();
    assert_eq!(compare(&world.out(), 3, 1).0, 0, "nothing is hidden");
    let sizes: Vec<&Value> =
        json["parties"].as_array().expect("parties").iter().map(|p| &p["items"]).collect();
    let held = |at: usize| (0..PEOPLE).filter(|n| (PARTIES[at].holds)(*n)).count();
    assert_eq!(sizes, [held(0), held(1), held(2)]);
    assert_eq!((&json["outside"], &json["unusable"]), (&1.into(), &1.into()), "{json}");
    for provider in ["social", "medical"] {
        let record = world.recorded(provider, "session.answer", "ok");
        assert!(record.content.contains("commitments"), "{}", record.content);
        assert!(world.log(provider).iter().all(|r| r.action != "result.release"), "told nothing");
        assert_eq!(world.log(provider).iter().filter(|r| r.action == "session.ask").count(), 2);
        assert_eq!(world.log(provider).iter().filter(|r| r.action == "session.open").count(), 1);
        assert_eq!(world.log(provider).iter().filter(|r| r.action == "session.join").count(), 1);
    }
    world.recorded("police", "result.release", "ok");
}

#[test]
fn small_groups_are_hidden_from_all_and_told_to_all() {
    let mut world = World::new();
    world.agree("s4.toml", 4, &format!("10\nlearn = \"both\"\n{REGIONS}"));
    world.serve_all(4);
    let json = world.intersect("s4.toml").exits(0).json();
    let (hidden, shown) = compare(&world.out(), 4, 10);
    assert_eq!(json["table"]["hidden"], hidden, "{hidden} {shown}");
    assert!(hidden > 0 && shown > 0, "{hidden} {shown}");
    for provider in ["social", "medical", "school"] {
        world.recorded(provider, "session.answer", "ok");
        let mut files = fs::read_dir(world.path(provider).join("results")).expect("results").flatten();
        let text = fs::read_to_string(files.next().expect("a file").path()).expect("text");
        assert_eq!(lines(&text), world.out());
    }
}

/// A run of three is one run, though every party notes what each other one brings.
#[test]
fn one_run_is_one_run() {
    let mut world = World::new();
    world.agree("s4.toml", 3, &format!("1\nlearn = \"recipient\"\nmax_runs = 1\n{REGIONS}"));
    world.serve_all(3);
    world.intersect("s4.toml").exits(0);
    world.intersect("s4.toml").exits(5);
}

#[test]
fn the_recipient_learns_whom_all_hold() {
    let mut world = World::new();
    world.agree("all.toml", 3, "10\nlearn = \"recipient\"\nresult = \"keys\"");
    world.serve_all(3);
    let json = world.intersect("all.toml").exits(0).json();
    let expected: BTreeSet<String> = (0..PEOPLE)
        .filter(|n| PARTIES[..3].iter().all(|p| (p.holds)(*n)))
        .chain([995])
        .map(people::id)
        .collect();
    let written: BTreeSet<String> = world.out()[1..].iter().map(|line| line[0].clone()).collect();
    assert_eq!(written, expected);
    assert_eq!(json["shared"]["exactly"], expected.len(), "{json}");
}

#[test]
fn one_that_is_not_there_ends_it_for_all() {
    let mut world = World::new();
    world.agree("s4.toml", 3, &format!("10\nlearn = \"recipient\"\n{REGIONS}"));
    world.serve("social");
    let error = world.intersect("s4.toml").fails(4, 3016);
    assert_eq!(error["fields"]["peer"], "medical", "{error}");
    world.recorded("social", "session.answer", "refused");
    assert!(!world.path("out.csv").exists());
}

#[test]
fn other_terms_are_refused() {
    let mut world = World::new();
    world.agree("s4.toml", 3, &format!("10\nlearn = \"recipient\"\n{REGIONS}"));
    fs::remove_file(world.path("medical/contracts/s4.toml")).expect("it was there");
    world.serve_all(3);
    let error = world.intersect("s4.toml").fails(5, 3010);
    assert_eq!(
        (&error["fields"]["peer"], &error["fields"]["code"]),
        (&"medical".into(), &6117.into()),
        "{error}"
    );
    world.recorded("medical", "session.open", "refused 6117");
    world.recorded("social", "session.answer", "refused");
}

#[test]
fn one_that_cannot_read_its_table_is_named_at_all() {
    let mut world = World::new();
    world.agree("s4.toml", 3, &format!("10\nlearn = \"recipient\"\n{REGIONS}"));
    fs::write(world.path("medical/data/table.csv"), "nr\n1\n").expect("written");
    world.serve_all(3);
    let ran = world.intersect("s4.toml");
    assert!(ran.err.contains("medical"), "{}", ran.err);
    assert!(!world.path("out.csv").exists());
    world.recorded("medical", "session.answer", "refused 2101");
    let refused = world.recorded("social", "session.answer", "refused");
    assert!(!refused.result.is_empty());
}

#[test]
fn one_that_is_killed_is_named_at_all() {
    let mut world = World::new();
    world.agree("s4.toml", 3, &format!("10\nlearn = \"recipient\"\n{REGIONS}"));
    // A table that takes long to read: it is killed in the middle.
    let row = format!("{},990101\n", people::id(1));
    fs::write(world.path("medical/data/table.csv"), format!("id,town\n{}", row.repeat(2_000_000)))
        .expect("written");
    world.serve_all(3);
    let police =
        world.running("s4.toml").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    world.recorded("medical", "session.join", "ok");
    std::thread::sleep(Duration::from_millis(300));
    let medical = world.serving.last_mut().expect("it serves");
    medical.kill().expect("it runs");
    medical.wait().expect("it ended");
    let ran = finished(&police.wait_with_output().expect("it ends")).exits(4);
    assert!(ran.err.contains("medical"), "{}", ran.err);
    let ended = world.recorded("social", "session.answer", "refused");
    assert!(ended.result.starts_with("refused "), "{}", ended.result);
    assert!(!world.path("out.csv").exists());
}

/// The contract of three, in which one that nobody can dial is called by its name.
fn dialling(world: &World, who: &str) -> String {
    let text = contract(world.dir.path(), 3, &format!("10\nlearn = \"both\"\n{REGIONS}"));
    let says = |text: String, name: &str, listens: bool| {
        let name = format!("name = \"{name}\"\n");
        text.replace(&name, &format!("{name}listens = {listens}\n"))
    };
    says(says(text, who, false), "police", true)
}

#[test]
fn one_that_nobody_can_dial_takes_part() {
    for (who, other) in [("medical", "social"), ("social", "medical")] {
        let mut world = World::new();
        world.agree_on("s4.toml", 3, &dialling(&world, who));
        world.serve(other);
        let police =
            world.running("s4.toml").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        let file = format!("{who}/contracts/s4.toml");
        let joined = ran(world.dir.path(), &["--json", "-C", who, "psi", "join", "--contract", &file]);
        let police = finished(&police.wait_with_output().expect("it ends")).exits(0);
        assert!(joined.exits(0).json()["own"].as_u64().is_some_and(|own| own > 400));
        let hidden = compare(&world.out(), 3, 10).0;
        assert_eq!(police.json()["table"]["hidden"], hidden);
        world.recorded(other, "session.answer", "ok");
        world.recorded(who, "session.answer", "ok");
    }
}

#[test]
fn who_does_not_come_is_named() {
    let mut world = World::new();
    world.agree_on("s4.toml", 3, &dialling(&world, "medical"));
    world.serve("social");
    let error = world.intersect("s4.toml").exits(4);
    assert!(error.err.contains("medical"), "{}", error.err);
    let file = "police/contracts/s4.toml";
    ran(world.dir.path(), &["--json", "-C", "police", "psi", "join", "--contract", file]).fails(5, 6118);
}

#[test]
fn of_any_two_one_must_listen() {
    let world = World::new();
    let text = contract(world.dir.path(), 3, &format!("10\nlearn = \"both\"\n{REGIONS}"));
    let text = text.replace("name = \"medical\"\n", "name = \"medical\"\nlistens = false\n");
    fs::write(world.path("police/contracts/s4.toml"), text).expect("a contract");
    let error = world.intersect("s4.toml").fails(2, 6006);
    assert_eq!(error["fields"]["place"], "party.listens", "{error}");
}

#[test]
fn a_contract_is_written_from_the_template_and_planned() {
    let world = World::new();
    let new =
        ["-C", "police", "contract", "new", "--from", "several", "--role", "recipient", "--catalogue", "R-1"];
    let more = ["--peer", "social,medical,school", "--out", "new.toml", "--test-region"];
    ran(world.dir.path(), &[&new[..], &more].concat()).exits(0);
    ran(world.dir.path(), &[&new[..], &["--peer", "social", "--out", "two.toml"]].concat()).exits(2);
    let args = ["psi", "plan", "--contract", "new.toml", "--own", "65536", "--peer", "65536"];
    let json = ran(world.dir.path(), &[&["--json"], &args[..]].concat()).exits(0).json();
    // Three sets of points, at most 16 bytes of each token of the fourth, and the opening.
    let opening = 3 * (66 + 8 * 5 * yinshu_origin::band::BANDS as u64);
    assert_eq!(json["estimate"]["bytes"], (3 * 32 + 16) * 65_536 + opening, "{json}");
    let said = ran(world.dir.path(), &args).exits(0).out;
    assert!(said.contains("fewer than 10") && said.contains("Up to 3 parties"), "{said}");
}
