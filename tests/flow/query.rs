//! A question in SQL over tables of three departments: the engine is a small program that says what it was given; the rest
//! are the built program and three nodes.

#[path = "query/resumed.rs"]
mod resumed;

use super::world::{Ran, command, finished, ran};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_ipc::writer::StreamWriter;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tempfile::TempDir;
use yinshu::card::Card;
use yinshu_audit::Record;

pub(super) type Parties = &'static [[&'static str; 2]];

/// The recipient, who has no table, first; who is insured is known to the last.
pub(super) const PARTIES: Parties = &[["bureau", "大数据局"], ["tax", "税务"], ["social", "社保"]];

/// The same with one that does not compute.
const FOUR: Parties = &[["bureau", "大数据局"], ["tax", "税务"], ["social", "社保"], ["medical", "医保"]];

/// Who is insured how; the last kind has few.
fn kind(n: i64) -> i64 {
    if n < 6 { 3 } else { n % 3 }
}

/// In fen; some people have none.
fn income(n: i64) -> Option<i64> {
    (n % 2 == 0).then_some(100_000 + n * n % 9973)
}

pub(super) struct World {
    parties: Parties,
    pub(super) dir: TempDir,
    serving: Vec<Child>,
}

impl Drop for World {
    fn drop(&mut self) {
        for child in &mut self.serving {
            // It may have ended; then there is nothing to end.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

const PLAN: &str = r#"{ "plan": {
    "inputs": [
        { "table": "insured", "owner": OWNER, "local": "SELECT id, kind FROM insured", "max_rows": 400, "columns": [
            { "name": "id", "values": "key" },
            { "name": "kind", "values": { "code": { "of": ["A", "B", "C", "D"] } } }
        ] },
        { "table": "incomes", "owner": 1, "local": "SELECT id, income FROM incomes", "max_rows": 400, "columns": [
            { "name": "id", "values": "key" },
            { "name": "income", "values": { "integer": { "min": 0, "max": 200000, "decimals": 2 } } }
        ] }
    ],
    "from": { "join": { "one": { "input": 0 }, "many": { "input": 1 }, "kind": "inner",
        "on": [[{ "input": 0, "column": 0 }, { "input": 1, "column": 0 }]] } },
    "tell": { "groups": {
        "keys": [{ "name": "kind", "of": { "column": { "input": 0, "column": 1 } }, "min": 0, "max": 3,
            "texts": ["A", "B", "C", "D"] }],
        "figures": [
            { "name": "persons", "function": "count" },
            { "name": "income", "function": "sum", "of": { "column": { "input": 1, "column": 1 } }, "decimals": 2 },
            { "name": "mean", "function": "mean", "of": { "column": { "input": 1, "column": 1 } }, "decimals": 2 }
        ]
    } }
}, "learns": [{ "who": "everybody", "what": "shape", "zh": "可能有哪些组", "en": "which groups there can be" }], "pushed": [] }"#;

impl World {
    pub(super) fn new() -> Self {
        Self::of(PARTIES)
    }

    fn of(parties: Parties) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let run = |args: &[&str]| drop(ran(dir.path(), args).exits(0));
        let ports: Vec<TcpListener> =
            parties.iter().map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
        for ([name, title], port) in parties.iter().zip(&ports) {
            let listen = port.local_addr().expect("an address").to_string();
            run(&["-C", name, "init", "--name", name, "--title", title, "--listen", &listen]);
            let others: Vec<&str> = parties.iter().map(|p| p[0]).filter(|other| other != name).collect();
            let file = dir.path().join(name).join("yinshu.toml");
            let mut text = fs::read_to_string(&file).expect("a configuration");
            let _ = write!(
                text,
                "\n[limits]\npeer_timeout_seconds = 60\nsessions = 16\n\n[[dataset]]\ncatalogue = \"{name}-1\"\ntitle = \"t\"\n\
                 source_system = \"s\"\nshare = \"conditional\"\nscenarios = [\"stats\"]\nparties = {others:?}\n\
                 columns = [\"id\", \"kind\", \"income\"]\nmin_group_size = 1\navailable_until = \"2099-12-31\"\n\
                 [dataset.source]\npath = \"data/table.csv\"\n"
            );
            fs::write(file, text).expect("a configuration");
        }
        drop(ports);
        for ([name, _], [other, _]) in parties.iter().flat_map(|a| parties.iter().map(move |b| (a, b))) {
            if name != other {
                run(&["-C", name, "peer", "add", &format!("{other}/card.toml")]);
            }
        }
        let world = Self { parties, dir, serving: Vec::new() };
        world.engine("joint", &PLAN.replace("OWNER", &(parties.len() - 1).to_string()));
        let (mut ids, mut kinds, mut incomes) = (Vec::new(), Vec::new(), [Vec::new(), Vec::new()]);
        for n in 0..300 {
            ids.push(format!("id{n}"));
            kinds.push(kind(n));
            if let Some(income) = income(n) {
                incomes[0].push(n);
                incomes[1].push(income);
            }
        }
        world.table("insured", ids, &[kinds]);
        let [earning, incomes] = incomes;
        world.table("incomes", earning.iter().map(|n| format!("id{n}")).collect(), &[incomes]);
        world
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What the engine says of a table: keys, and columns of numbers.
    pub(super) fn table(&self, name: &str, ids: Vec<String>, values: &[Vec<i64>]) {
        let ids: (String, ArrayRef) = ("id".to_owned(), Arc::new(StringArray::from(ids)));
        let values = values.iter().enumerate().map(|(at, values)| {
            (format!("value{at}"), Arc::new(Int64Array::from(values.clone())) as ArrayRef)
        });
        let columns = std::iter::once(ids).chain(values);
        let batch = RecordBatch::try_from_iter(columns).expect("a batch");
        let file = fs::File::create(self.path(&format!("{name}.arrow"))).expect("a file");
        let mut writer = StreamWriter::try_new(file, &batch.schema()).expect("a stream");
        writer.write(&batch).and_then(|()| writer.finish()).expect("written");
    }

    /// A program in the place of the engine, that makes this plan.
    fn engine(&self, name: &str, plan: &str) {
        fs::write(self.path(&format!("{name}.json")), plan).expect("a plan");
        self.program(name, name);
    }

    /// A program in the place of the engine; of which plan, is what the shell makes of `plan`.
    pub(super) fn program(&self, name: &str, plan: &str) {
        let dir = self.dir.path().display();
        let script = format!(
            "#!/bin/sh\ncase \"$2\" in\nlower) cat \"{dir}/{plan}.json\" ;;\nlocal) cat \"{dir}/$4.arrow\" ;;\n\
             *) echo '{{\"error\":{{\"code\":9500,\"message\":\"no\"}}}}' >&2; exit 2 ;;\nesac\n"
        );
        let path = self.path(name);
        fs::write(&path, script).expect("a program");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it can be run");
    }

    /// Starts the daemons of the providers, each with its engine.
    pub(super) fn serve(&mut self, engines: &[&str]) {
        for ([party, _], engine) in self.parties[1..].iter().zip(engines) {
            let child = self.daemon(party, engine);
            self.serving.push(child);
        }
    }

    fn daemon(&self, party: &str, engine: &str) -> Child {
        let mut command = command(self.dir.path(), &["-C", party, "node"]);
        command.env("YINSHU_JOINT", self.path(engine));
        let errors = fs::File::create(self.path(&format!("{party}.err"))).expect("a file");
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("it starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("it was piped");
        BufReader::new(out).read_line(&mut line).expect("a line");
        if !line.contains("127.0.0.1") {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{line}");
        }
        child
    }

    fn agree(&self, security: &str) {
        self.sign("s5", &contract(self.dir.path(), self.parties, security));
    }

    /// Has all parties sign a contract, which each then has.
    pub(super) fn sign(&self, name: &str, text: &str) {
        let file = format!("bureau/contracts/{name}.toml");
        fs::write(self.path(&file), text).expect("a contract");
        for [party, _] in self.parties {
            ran(self.dir.path(), &["-C", party, "contract", "sign", &file]).exits(0);
        }
        for [party, _] in &self.parties[1..] {
            let copy = self.path(party).join(format!("contracts/{name}.toml"));
            fs::copy(self.path(&file), copy).expect("a copy");
        }
    }

    /// That a contract is none.
    pub(super) fn sign_fails(&self, file: &str, code: u16) {
        ran(self.dir.path(), &["--json", "-C", "bureau", "contract", "sign", file]).fails(2, code);
    }

    fn ask(&self, command_name: &str, engine: &str, more: &[&str]) -> Ran {
        self.ask_of("s5", command_name, engine, more)
    }

    pub(super) fn ask_of(&self, name: &str, command_name: &str, engine: &str, more: &[&str]) -> Ran {
        finished(&self.asking(name, command_name, engine, more).output().expect("the program starts"))
    }

    fn asking(&self, name: &str, command_name: &str, engine: &str, more: &[&str]) -> Command {
        let file = format!("bureau/contracts/{name}.toml");
        let args = ["--json", "-C", "bureau", "stats", command_name, "--contract", &file];
        let mut command = command(self.dir.path(), &[&args[..], more].concat());
        command.env("YINSHU_JOINT", self.path(engine));
        command
    }

    pub(super) fn log(&self, party: &str) -> Vec<Record> {
        let text = fs::read(self.path(party).join("audit/log.jsonl")).unwrap_or_default();
        text.split(|b| *b == b'\n').filter_map(|line| Record::from_line(line).ok()).collect()
    }
}

pub(super) fn contract(dir: &Path, parties: Parties, security: &str) -> String {
    let mut text = "[contract]\nformat = 1\nid = \"S5\"\ntitle = \"收入\"\nscenario = \"stats\"\n\
        valid_from = \"2020-01-01\"\nvalid_until = \"2099-12-31\"\n[elements]\ncontent = \"c\"\nscope = \"s\"\n\
        period = \"p\"\ntransport = \"t\"\ncontrols = \"c\"\nreview = \"r\"\n"
        .to_owned();
    for (at, [name, title]) in parties.iter().enumerate() {
        let card = Card::read(&dir.join(name).join("card.toml")).expect("a card");
        let role = if at == 0 { "recipient" } else { "provider" };
        let _ = write!(
            text,
            "[[party]]\nname = \"{name}\"\ntitle = \"{title}\"\nrole = \"{role}\"\nadmin_key = \"{}\"\n\
             catalogue = \"{name}-1\"\n",
            card.admin_key
        );
    }
    let outside: Vec<&str> = parties.iter().skip(3).map(|party| party[0]).collect();
    let insured = parties[parties.len() - 1][0];
    let _ = write!(
        text,
        "[data]\ncatalogue = \"-\"\npurpose = \"p\"\nmin_group_size = 10\n[data.table]\ncolumns = []\n[query]\n\
         sql = \"SELECT kind, COUNT(*) FROM insured JOIN incomes USING (id) GROUP BY kind\"\n\
         receivers = [\"bureau\"]\noutside = {outside:?}\nsecurity = \"{security}\"\nmax_runs = 3\n\
         [[query.table]]\nname = \"insured\"\nparty = \"{insured}\"\nmax_rows = 400\ncolumns = [\n\
         {{ name = \"id\", kind = \"text\", unique = true, use = \"join-key\" }},\n\
         {{ name = \"kind\", kind = \"text\", values = [\"A\", \"B\", \"C\", \"D\"], use = \"group-key\" }}]\n\
         [[query.table]]\nname = \"incomes\"\nparty = \"tax\"\nmax_rows = 400\ncolumns = [\n\
         {{ name = \"id\", kind = \"text\", use = [\"join-key\"] }},\n\
         {{ name = \"income\", kind = \"decimal\", decimals = 2, min = 0, max = 2000, use = \"aggregate\" }}]\n"
    );
    if parties.len() > 3 {
        text.push_str(
            "[[query.table]]\nname = \"unasked\"\nparty = \"social\"\nmax_rows = 9\n\
             columns = [{ name = \"id\", kind = \"text\", use = \"never\" }]\n",
        );
    }
    text
}

/// The last kind has three incomes, and another is withheld for it; the others are what they are.
fn as_in_the_clear(found: &serde_json::Value) {
    assert_eq!((found["hidden"].as_u64(), found["withheld"].as_u64()), (Some(1), Some(1)), "{found}");
    assert_eq!(found["heads"], serde_json::json!(["kind", "persons", "income", "mean"]));
    let lines = found["table"].as_array().expect("lines");
    assert_eq!(lines.len(), 2);
    for line in lines {
        let of = ["A", "B", "C", "D"].iter().position(|text| line[0] == *text).expect("a kind") as i64;
        let incomes: Vec<i64> = (0..300).filter(|n| kind(*n) == of).filter_map(income).collect();
        let sum: i64 = incomes.iter().sum();
        assert_eq!(line[1], incomes.len().to_string());
        assert_eq!(line[2], format!("{}.{:02}", sum / 100, sum % 100));
        let mean: f64 = line[3].as_str().expect("a mean").parse().expect("a number");
        assert!((mean - sum as f64 / 100.0 / incomes.len() as f64).abs() < 1e-9);
    }
}

#[test]
fn a_question_is_answered_by_three_nodes_and_small_groups_stay_hidden() {
    for security in ["semi-honest", "malicious"] {
        let mut world = World::new();
        world.agree(security);
        world.serve(&["joint", "joint"]);
        let found = world.ask("sql", "joint", &["--out", "out"]).exits(0).json();
        as_in_the_clear(&found);
        let page = fs::read_to_string(world.path("out/report.html")).expect("a report");
        assert!(page.contains("USING (id)"));
        // Of the four kinds two are told and two are not, and it is not said which of these is the small one.
        let told = |kind: &str| page.contains(&format!("<tr><td>{kind}</td>"));
        let hidden =
            |kind: &str| page.contains(&format!("<tr class=\"none\"><td>{kind}</td><td class=\"n\">×</td>"));
        assert_eq!(["A", "B", "C", "D"].iter().filter(|kind| told(kind)).count(), 2, "{page}");
        assert_eq!(["A", "B", "C", "D"].iter().filter(|kind| hidden(kind)).count(), 2, "{page}");
        assert!(hidden("D"));
        assert_eq!(found["untold"].as_array().map(Vec::len), Some(2));
        let book = fs::read(world.path("out/table.xlsx")).expect("a workbook");
        assert!(book.starts_with(b"PK"));
        let csv = fs::read_to_string(world.path("out/table.csv")).expect("a table");
        assert_eq!(csv.lines().count(), 3);
        // Who is no receiver keeps nothing; all have written down what was asked and what opened.
        for party in ["bureau", "tax", "social"] {
            let log = world.log(party);
            for action in ["session.ask", "result.release"] {
                assert!(log.iter().any(|record| record.action == action), "{party} {action}");
            }
        }
        assert!(
            !world.path("tax/results").exists()
                || fs::read_dir(world.path("tax/results")).expect("a folder").count() == 0
        );
    }
}

#[test]
fn a_department_that_does_not_compute_has_its_table_asked() {
    for security in ["semi-honest", "malicious"] {
        let mut world = World::of(FOUR);
        world.agree(security);
        let plan = world.ask("plan", "joint", &[]).exits(0).json();
        assert!(plan["estimate"]["bytes"].as_u64().is_some_and(|bytes| bytes > 10_000), "{plan}");
        world.serve(&["joint", "joint", "joint"]);
        as_in_the_clear(&world.ask("sql", "joint", &["--out", "out.json"]).exits(0).json());
        let done = |party: &str, action: &str| {
            world.log(party).iter().any(|r| r.action == action && r.result.starts_with("ok"))
        };
        assert!(done("medical", "session.ask"), "that it gave is on record there");
        assert!(!done("medical", "result.release"), "and it learns nothing of the result");
        assert!(done("tax", "result.release"));
        assert!(!world.path("medical/results").exists());
    }
    // Who does not compute receives nothing.
    let world = World::of(FOUR);
    let text = contract(world.dir.path(), FOUR, "malicious");
    let text = text.replace("receivers = [\"bureau\"]", "receivers = [\"bureau\", \"medical\"]");
    fs::write(world.path("c.toml"), text).expect("a contract");
    world.sign_fails("c.toml", 6006);
}

#[test]
fn a_plan_is_shown_before_anything_is_sent() {
    let world = World::new();
    world.agree("semi-honest");
    let found = world.ask("plan", "joint", &[]).exits(0).json();
    assert!(found["estimate"]["bytes"].as_u64().is_some_and(|bytes| bytes > 10_000), "{found}");
    assert_eq!(found["learns"][0]["en"], "which groups there can be");
    assert_eq!(found["plan"]["inputs"][0]["local"], "SELECT id, kind FROM insured");
    // A question is not asked as statistics are.
    let out = ["--input", "x.csv", "--out", "out.csv"];
    world.ask("run", "joint", &out).fails(2, 6009);
}

#[test]
fn without_its_engine_or_with_another_nothing_is_asked() {
    let mut world = World::new();
    world.agree("semi-honest");
    let out = ["--out", "out.csv"];
    world.ask("sql", "nowhere", &out).fails(6, 9450);
    let other = PLAN.replace("OWNER", "2").replace("\"max_rows\": 400", "\"max_rows\": 399");
    world.engine("other", &other);
    world.engine("broken", "{");
    world.ask("sql", "broken", &out).fails(3, 9452);
    world.serve(&["joint", "other"]);
    world.ask("sql", "joint", &out).fails(4, 9453);
    assert!(!world.path("out.csv").exists());
    assert!(world.log("bureau").iter().all(|record| record.action != "result.release"));
}
