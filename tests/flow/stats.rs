//! Statistics of three departments: counts and wages by town and age over their disjoint residents, against the same in
//! the clear; what is hidden; and what happens when a table cannot be used, a party dies or has signed something else.

#[path = "stats/models.rs"]
mod models;
#[path = "stats/noise.rs"]
mod noise;
#[path = "stats/runs.rs"]
mod runs;

use super::people;
use super::world::{Ran, command, copy, finished, ran};
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

/// Some more where wages are high.
fn hours(n: u32) -> i64 {
    i64::from(20 + n * 31 % 17) + wage(n) / 400_000
}

fn band(n: u32) -> String {
    let on = "2026-11-01".parse().expect("a day");
    yinshu_origin::band::band_name(yinshu_origin::band::band_of(&people::id_of_many(n), None, on).into())
}

/// The table of a party, with a row of another town and one with a wrong key.
fn table(at: usize) -> String {
    let [_, _, key, place, value] = PARTIES[at];
    let mut text = format!("{key},{place},{value},hours,note\n");
    for n in (0..PEOPLE).filter(|n| holder(*n) == at) {
        let _ = writeln!(
            text,
            "{},{},{}.{:02},{},x",
            people::id_of_many(n),
            town(n),
            wage(n) / 100,
            wage(n) % 100,
            hours(n)
        );
    }
    let _ = writeln!(text, "{},990106,1.00,1,elsewhere", people::id_of_many(3_990));
    let _ = writeln!(text, "{}0,{},1.00,1,wrong", &people::id_of_many(5)[..17], town(5));
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
             columns = [\"{key}\", \"{place}\", \"{value}\", \"hours\"]\nmin_group_size = 1\n\
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
         {{ name = \"wage\", kind = \"decimal\" }}, {{ name = \"hours\", kind = \"integer\" }}]\n[stats]\nperson = \"id\"\nmax_rows = 2000\nmax_runs = 9\n{lines}\n"
    );
    text
}

const CELLS: &str = "[[stats.group_by]]\ncolumn = \"town\"\nvalues = [\"990101\", \"990102\", \"990104\"]\n\
    [[stats.group_by]]\nage_on = \"2026-11-01\"\n[[stats.measure]]\ncolumn = \"wage\"\n\
    statistics = [\"sum\", \"mean\", \"sd\"]\ndecimals = 2\nmin = 0\nmax = 20001";
