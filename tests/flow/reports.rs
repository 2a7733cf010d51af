//! Reports of many, through the program: two nodes, several reporters, bad reports, a batch that is too small.

use super::world::{Ran, command, finished, ran};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use tempfile::TempDir;
use yinshu_audit::Record;

struct World {
    dir: TempDir,
    helper: Option<Child>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop();
    }
}

const CONTRACT: &str = "leader/contracts/r.toml";

impl World {
    /// Two nodes that know each other, and a contract signed by both with this in place of the template's section.
    fn new(change: impl FnOnce(String) -> String) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let run = |args: &[&str]| ran(dir.path(), args).exits(0);
        let port =
            TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port();
        let listen = format!("127.0.0.1:{port}");
        run(&["-C", "leader", "init", "--name", "leader", "--title", "主", "--listen", "127.0.0.1:9180"]);
        run(&["-C", "helper", "init", "--name", "helper", "--title", "辅", "--listen", &listen]);
        run(&["-C", "leader", "peer", "add", "helper/card.toml"]);
        run(&["-C", "helper", "peer", "add", "leader/card.toml"]);
        let path = dir.path().join("helper/yinshu.toml");
        let mut text = fs::read_to_string(&path).expect("a configuration");
        let _ = write!(
            text,
            "\n[limits]\npeer_timeout_seconds = 5\n\n[[dataset]]\ncatalogue = \"R-1\"\ntitle = \"t\"\nsource_system = \"s\"\n\
             share = \"conditional\"\nscenarios = [\"reports\"]\nparties = [\"leader\"]\n\
             columns = [\"minutes\", \"answer\"]\nmin_group_size = 3\navailable_until = \"2099-12-31\"\n\
             [dataset.source]\npath = \"none\"\n"
        );
        fs::write(&path, text).expect("a configuration");
        let mut world = Self { dir, helper: None };
        let key = world.run(&["--json", "-C", "helper", "reports", "key"]).exits(0).json();
        let key = key["key"].as_str().expect("a key").to_owned();
        let new = ["--json", "-C", "leader", "contract", "new", "--from", "reports", "--role", "recipient"];
        let new = [&new[..], &["--catalogue", "R-1", "--out", CONTRACT]].concat();
        world.run(&new).fails(2, 1003);
        world.run(&[&new[..], &["--reports-key", &key]].concat()).exits(0);
        let path = world.path(CONTRACT);
        let text = fs::read_to_string(&path).expect("a contract");
        fs::write(&path, change(text.replace("min_group_size = 10", "min_group_size = 5")))
            .expect("a contract");
        for name in ["leader", "helper"] {
            world.run(&["-C", name, "contract", "sign", CONTRACT]).exits(0);
        }
        fs::copy(&path, world.path("helper/contracts/r.toml")).expect("a copy");
        world.serve();
        world
    }

    fn serve(&mut self) {
        let mut node = command(self.dir.path(), &["-C", "helper", "node"]);
        let mut node = node.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(node.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        self.helper = Some(node);
    }

    fn stop(&mut self) {
        if let Some(mut helper) = self.helper.take() {
            // It may have ended; then there is nothing to end.
            let _ = helper.kill();
            let _ = helper.wait();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Ran {
        finished(&command(self.dir.path(), args).output().expect("the program starts"))
    }

    /// As a reporter, without a node.
    fn file(&self, more: &[&str]) -> Ran {
        self.run(&[&["--json", "reports", "file", "--contract", CONTRACT], more].concat())
    }

    fn judge(&self) -> Ran {
        let args = ["--json", "-C", "leader", "reports", "judge", "--contract", CONTRACT, "--input", "in"];
        self.run(&[&args[..], &["--rejected", "rejected.csv"]].concat())
    }

    fn collect(&self, out: &str) -> Ran {
        self.run(&["--json", "-C", "leader", "reports", "collect", "--contract", CONTRACT, "--out", out])
    }

    fn collect_again(&self, out: &str) -> Ran {
        let args = ["--json", "-C", "leader", "reports", "collect", "--again", "--contract", CONTRACT];
        self.run(&[&args[..], &["--out", out]].concat())
    }

    fn logged(&self, party: &str, action: &str) -> Vec<Record> {
        let text = fs::read(self.path(party).join("audit/log.jsonl")).unwrap_or_default();
        let records = text.split(|b| *b == b'\n').filter_map(|line| Record::from_line(line).ok());
        records.filter(|record| record.action == action).collect()
    }
}

#[test]
fn reports_are_filed_judged_and_collected() {
    let mut world = World::new(|text| text);
    fs::create_dir(world.path("in")).expect("a folder");
    fs::write(world.path("a.csv"), "minutes\n10\n20\n480\n0\n").expect("written");
    fs::write(world.path("b.csv"), "minutes\n10\n481\n").expect("written");
    let filed = world.file(&["--input", "a.csv", "--out", "in/a.reports"]).exits(0).json();
    assert_eq!(filed["reports"], 4);
    world.file(&["--value", "5", "--out", "in/b.reports"]).exits(0);
    // Nothing is written of a table with a row that cannot be; nor over a file.
    let error = world.file(&["--input", "b.csv", "--out", "in/c.reports"]).fails(3, 9617);
    assert_eq!(error["fields"]["row"], 3, "as a spreadsheet counts: {error}");
    world.file(&["--value", "481", "--out", "in/c.reports"]).fails(3, 9617);
    assert!(!world.path("in/c.reports").exists());
    world.file(&["--value", "7", "--out", "in/b.reports"]).exits(2);
    // One that was altered on its way, and one again under another name.
    world.file(&["--value", "9", "--out", "in/d.reports"]).exits(0);
    let mut bytes = fs::read(world.path("in/d.reports")).expect("read");
    *bytes.last_mut().expect("bytes") ^= 1;
    fs::write(world.path("in/d.reports"), bytes).expect("written");
    fs::copy(world.path("in/b.reports"), world.path("in/e.reports")).expect("a copy");

    let judged = world.judge().exits(0).json();
    assert_eq!(
        (&judged["tally"]["accepted"], &judged["tally"]["unopened"]),
        (&5.into(), &1.into()),
        "{judged}"
    );
    assert_eq!(judged["passed"], 1);
    let rejected = fs::read_to_string(world.path("rejected.csv")).expect("a table");
    assert!(rejected.lines().count() == 2 && rejected.contains(",unopened"), "{rejected}");

    // The helper begins anew, and all goes on.
    world.stop();
    world.serve();
    let judged = world.judge().exits(0).json();
    assert_eq!((&judged["tally"]["accepted"], &judged["passed"]), (&5.into(), &7.into()), "{judged}");
    let collected = world.collect("sum.csv").exits(0).json();
    assert_eq!(
        (&collected["figures"][0]["total"], &collected["tally"]["accepted"]),
        (&515.into(), &5.into())
    );
    let table = fs::read_to_string(world.path("sum.csv")).expect("a table");
    assert!(table.contains("minutes,515,103.000000"), "{table}");
    world.collect("again.csv").fails(5, 9607);
    // What was collected is kept, and written once more without the helper.
    world.stop();
    let again = world.collect_again("again.csv").exits(0).json();
    assert_eq!((&again["figures"], &again["batch"]), (&collected["figures"], &1.into()), "{again}");
    assert_eq!(fs::read_to_string(world.path("again.csv")).expect("a table"), table);
    assert_eq!(world.logged("leader", "reports.again").len(), 1);

    for party in ["leader", "helper"] {
        assert_eq!(world.logged(party, "result.release").len(), 1, "{party}");
    }
    assert_eq!(world.logged("leader", "reports.judge").len(), 2);
    assert!(world.logged("helper", "session.answer").len() >= 3);
    // No figure stands in the log of who does not get them.
    let log = fs::read_to_string(world.path("helper/audit/log.jsonl")).expect("a log");
    assert!(!log.contains("figures") && !log.contains("total"), "{log}");
}

#[test]
fn a_histogram_is_collected_and_others_are_refused() {
    let world = World::new(|text| {
        text.replace("\"minutes\", kind = \"integer\"", "\"answer\", kind = \"text\"")
            .replace("[\"minutes\"]", "[\"answer\"]")
            .replace("kind = \"sum\"", "kind = \"histogram\"")
            .replace("max = 480", "buckets = [\"很满意\", \"满意\", \"不满意\"]")
    });
    fs::create_dir(world.path("in")).expect("a folder");
    fs::write(world.path("a.csv"), "answer\n满意\n很满意\n满意\n").expect("written");
    world.file(&["--input", "a.csv", "--out", "in/a.reports"]).exits(0);
    world.file(&["--value", "还行", "--out", "in/b.reports"]).fails(3, 9617);
    world.judge().exits(0);
    world.collect("few.json").fails(5, 9607);
    world.collect_again("none.json").fails(2, 9642);
    fs::write(world.path("a.csv"), "answer\n不满意\n满意\n").expect("written");
    world.file(&["--input", "a.csv", "--out", "in/c.reports"]).exits(0);
    world.judge().exits(0);
    let collected = world.collect("all.json").exits(0).json();
    let totals: Vec<_> =
        collected["figures"].as_array().expect("a list").iter().map(|f| &f["total"]).collect();
    assert_eq!(totals, [1, 3, 1]);
    assert_eq!(collected["figures"][0]["name"], "很满意");
    // The provider does not lead; a file of another kind is none.
    let args = [
        "--json",
        "-C",
        "helper",
        "reports",
        "collect",
        "--contract",
        "helper/contracts/r.toml",
        "--out",
        "x.csv",
    ];
    world.run(&args).fails(5, 6118);
    fs::write(world.path("in/z.reports"), "answer\n满意\n").expect("written");
    // In a folder it is passed over and listed; by its name it is refused.
    let judged = world.judge().exits(0).json();
    let passed_over = judged["passed_over"].as_array().expect("a list");
    assert!(passed_over.len() == 1 && passed_over[0]["file"] == "in/z.reports", "{judged}");
    let args = ["--json", "-C", "leader", "reports", "judge", "--contract", CONTRACT, "--input"];
    world.run(&[&args[..], &["in/z.reports"]].concat()).fails(3, 9604);
}
