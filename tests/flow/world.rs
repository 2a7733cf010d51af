//! Two nodes that know each other, a signed contract of each scenario, and an issued package.

use super::people;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use yinshu::config::{Folder, read_key};
use yinshu::contract::Draft;
use yinshu_audit::Record;
use yinshu_crypto::sign::SigningKey;

pub(crate) const PROVINCE: &str = "hr-province";
pub(crate) const COUNTY: &str = "county-990100";
pub(crate) const SOURCE: &str = "990000-HR-0001";
pub(crate) const KEYS: &str = "990000-HR-0002";

/// A world of its own for each test: a copy of one that was made once.
pub(crate) struct World {
    dir: TempDir,
    _base: Arc<TempDir>,
}

/// What a run left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

static BASE: Mutex<Weak<TempDir>> = Mutex::new(Weak::new());

impl World {
    pub(crate) fn new() -> Self {
        let mut kept = BASE.lock().unwrap_or_else(PoisonError::into_inner);
        let base = kept.upgrade().unwrap_or_else(|| Arc::new(make()));
        *kept = Arc::downgrade(&base);
        drop(kept);
        let dir = tempfile::tempdir().expect("a temporary folder");
        copy(base.path(), dir.path());
        Self { dir, _base: base }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        // Beside and renamed, as a program that has the old file open expects.
        let beside = self.path(&format!("{name}.new"));
        fs::write(&beside, bytes).expect(name);
        fs::rename(beside, self.path(name)).expect(name);
    }

    pub(crate) fn edit(&self, name: &str, change: impl FnOnce(String) -> String) {
        let before = self.read(name);
        let after = change(before.clone());
        assert_ne!(before, after, "the edit of {name} changes something");
        fs::write(self.path(name), after).expect(name);
    }

    /// Replaces `from`, which must be there, in a file.
    #[track_caller]
    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        assert!(self.read(name).contains(from), "{name} has {from}");
        self.edit(name, |text| text.replacen(from, to, 1));
    }

    /// Runs `yinshu` in this folder, in English unless the arguments say otherwise.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        ran(self.dir.path(), args)
    }

    /// A command of one party with `--json`.
    pub(crate) fn of(&self, party: &str, args: &[&str]) -> Ran {
        self.run(&[&["--json", "-C", party], args].concat())
    }

    /// The county verifies the package into `county/results/out`.
    pub(crate) fn verify(&self, more: &[&str]) -> Ran {
        self.verify_under("county/contracts/return.toml", more)
    }

    pub(crate) fn verify_under(&self, contract: &str, more: &[&str]) -> Ran {
        let args = ["origin", "verify", "package", "--contract", contract, "--local", "residents.csv"];
        self.of("county", &[&args[..], &["--out", "county/results/out"], more].concat())
    }

    /// The command of [`World::verify`], not yet run.
    pub(crate) fn verifying(&self) -> Command {
        let args = ["--json", "-C", "county", "origin", "verify", "package", "--out", "county/results/out"];
        let mut command = command(self.dir.path(), &args);
        command.args(["--contract", "county/contracts/return.toml", "--local", "residents.csv"]);
        command
    }

    pub(crate) fn intersect(&self, more: &[&str]) -> Ran {
        let args = ["psi", "run", "--contract", "county/contracts/psi.toml", "--input", "keys.csv"];
        self.of("county", &[&args[..], &["--column", "id", "--out", "county/shared.csv"], more].concat())
    }

    /// Starts a party's daemon; the county dials where it listens.
    pub(crate) fn serve(&self) -> Serving {
        let mut command = command(self.dir.path(), &["-C", "province", "node"]);
        let errors = fs::File::create(self.path("province.err")).expect("a file for what it says");
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("the program starts");
        let out = child.stdout.take().expect("it was piped");
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).expect("a line");
        let address = line.split_whitespace().find_map(|w| w.trim_end_matches('.').parse().ok());
        let serving = Serving { child };
        let address: std::net::SocketAddr =
            address.unwrap_or_else(|| panic!("no address: {line}{}", self.read("province.err")));
        self.edit("county/yinshu.toml", |text| {
            let lines = text.lines().map(|line| match line.starts_with("address = ") {
                true => format!("address = \"{address}\"\n"),
                false => format!("{line}\n"),
            });
            lines.collect()
        });
        serving
    }

    /// Where the county dials.
    pub(crate) fn address(&self) -> String {
        let config = self.read("county/yinshu.toml");
        let line = config.lines().find_map(|line| line.strip_prefix("address = "));
        line.expect("a peer with an address").trim_matches('"').to_owned()
    }

    pub(crate) fn key(&self, party: &str, admin: bool) -> SigningKey {
        let folder = Folder(self.path(party));
        read_key(&if admin { folder.admin_key() } else { folder.node_key() }).expect("a key")
    }

    /// A contract changed before anybody signs, then signed by these parties and given to both.
    pub(crate) fn resign(&self, name: &str, by: &[&str], change: impl FnOnce(String) -> String) {
        let file = format!("county/contracts/{name}");
        let text = self.read(&file);
        let body = text.split("[[signature]]").next().expect("something").to_owned();
        let changed = change(body.clone());
        fs::write(self.path(&file), changed).expect("the contract");
        for party in by {
            let mut draft = Draft::read(&self.path(&file)).expect("a contract");
            let name = if *party == "province" { PROVINCE } else { COUNTY };
            let (key, now) = (self.key(party, true), yinshu::node::now());
            draft
                .sign(&self.path(&file), &name.parse().expect("a name"), "管理员", &key, now)
                .expect("signed");
        }
        self.share(name);
    }

    /// Gives the province the county's copy of a contract.
    pub(crate) fn share(&self, name: &str) {
        let from = self.path(&format!("county/contracts/{name}"));
        fs::copy(from, self.path(&format!("province/contracts/{name}"))).expect("a copy");
    }

    /// Packs anew, for a contract that changed: the manifest names its digest.
    pub(crate) fn repack(&self) {
        fs::remove_dir_all(self.path("package")).expect("the old package");
        pack(self.dir.path()).exits(0);
    }

    pub(crate) fn log(&self, party: &str) -> Vec<Record> {
        let text = fs::read(self.path(&format!("{party}/audit/log.jsonl"))).unwrap_or_default();
        let lines = text.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| Record::from_line(line).expect("a record")).collect()
    }

    /// Asserts that the log of a party has a record of this, and that the log holds.
    #[track_caller]
    pub(crate) fn recorded(&self, party: &str, action: &str, result: &str) -> Record {
        self.log_holds(party);
        let log = self.log(party);
        let shown: Vec<String> = log.iter().map(|r| format!("{} {}", r.action, r.result)).collect();
        let found = log.into_iter().rev().find(|r| r.action == action && r.result == result);
        found.unwrap_or_else(|| panic!("{party} has no record {action} {result}: {shown:?}"))
    }

    /// As [`World::recorded`], of something that another process writes in its own time.
    #[track_caller]
    pub(crate) fn recorded_soon(&self, party: &str, action: &str, result: &str) -> Record {
        self.wait_for(&format!("{party} {action} {result}"), || {
            self.lines(party).any(|r| r.action == action && r.result == result)
        });
        self.recorded(party, action, result)
    }

    /// The log while somebody may be writing it.
    fn lines(&self, party: &str) -> impl Iterator<Item = Record> {
        let text = fs::read(self.path(&format!("{party}/audit/log.jsonl"))).unwrap_or_default();
        let lines: Vec<Vec<u8>> = text.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
        lines.into_iter().filter_map(|line| Record::from_line(&line).ok())
    }

    #[track_caller]
    pub(crate) fn wait_for(&self, what: &str, mut ready: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !ready() {
            assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    pub(crate) fn log_holds(&self, party: &str) {
        let log = self.path(&format!("{party}/audit/log.jsonl"));
        let key = self.key(party, false).public();
        if let Err(broken) = yinshu_audit::verify(&log, &key, None) {
            panic!("the log of {party}: {broken}");
        }
    }

    /// Nothing was published, and nothing is left of the attempt.
    #[track_caller]
    pub(crate) fn nothing_left(&self) {
        let results = self.path("county/results");
        let left: Vec<_> = fs::read_dir(&results).into_iter().flatten().flatten().map(|e| e.path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }

    pub(crate) fn result(&self, name: &str) -> PathBuf {
        self.path("county/results/out").join(name)
    }

    /// The result is whole.
    #[track_caller]
    pub(crate) fn published(&self) {
        for part in
            ["report.json", "report.html", "defects.jsonl", "objections", "provenance.json", "batch.index"]
        {
            assert!(self.result(part).exists(), "no {part}");
        }
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// The one JSON object on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("not one JSON value: {e}\n{}", self.out))
    }

    /// Ended with this exit and this error code; the error object.
    #[track_caller]
    pub(crate) fn fails(self, exit: i32, code: u16) -> Value {
        let ran = self.exits(exit);
        let value: Value =
            serde_json::from_str(&ran.err).unwrap_or_else(|e| panic!("stderr is not JSON: {e}\n{}", ran.err));
        assert_eq!(value["error"]["code"], code, "{}", ran.err);
        assert_eq!(value["error"]["exit"], exit, "{}", ran.err);
        assert!(value["error"]["try"].is_string(), "says what to try: {}", ran.err);
        assert!(ran.out.is_empty(), "{}", ran.out);
        value["error"].clone()
    }

    /// The provider refused with this code, and the asker was told so.
    #[track_caller]
    pub(crate) fn refused_by_province(self, code: u16) {
        let error = self.fails(5, 3010);
        assert_eq!(error["fields"]["code"], code, "{error}");
        assert_eq!(error["fault"], PROVINCE, "{error}");
    }

    /// The provider ended the session with this code, and the asker was told so.
    #[track_caller]
    pub(crate) fn refused_mid_run(self, code: u16) {
        let error = self.fails(4, 5132);
        assert!(error["message"].as_str().is_some_and(|m| m.contains(&code.to_string())), "{error}");
        assert_eq!(error["fault"], PROVINCE, "{error}");
    }
}

/// A daemon that is killed, by its id, when the test is over.
pub(crate) struct Serving {
    child: Child,
}

impl Serving {
    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ended");
    }

    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yinshu"));
    command.args(args).current_dir(dir).stdin(Stdio::null());
    for name in ["LC_MESSAGES", "LANG", "YINSHU_LOG"] {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C");
    command
}

pub(crate) fn ran(dir: &Path, args: &[&str]) -> Ran {
    finished(&command(dir, args).output().expect("the program starts"))
}

pub(crate) fn finished(output: &std::process::Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() { copy(&from, &to) } else { fs::copy(&from, &to).map(|_| ()).expect("a copy") }
    }
}

fn make() -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| dir.path().join(name);
    let run = |args: &[&str]| drop(ran(dir.path(), args).exits(0));
    run(&["-C", "province", "init", "--name", PROVINCE, "--title", "省厅", "--listen", "127.0.0.1:0"]);
    run(&["-C", "county", "init", "--name", COUNTY, "--title", "县中心"]);
    catalogue(&at("province/yinshu.toml"));
    run(&["-C", "province", "peer", "add", "county/card.toml"]);
    run(&["-C", "county", "peer", "add", "province/card.toml"]);
    fs::write(at("province/data/source.csv"), people::source(10)).expect("the source");
    fs::write(at("province/data/keys.csv"), people::keys("id", (0..40).map(people::id))).expect("keys");
    fs::write(at("residents.csv"), people::residents()).expect("residents");
    fs::write(at("keys.csv"), people::keys("id", (20..60).map(people::id))).expect("keys");
    fs::write(at("returned.csv"), people::returned()).expect("the batch");
    for (template, name, catalogue) in [("origin", "return.toml", SOURCE), ("psi", "psi.toml", KEYS)] {
        let (theirs, ours) = (format!("province/contracts/{name}"), format!("county/contracts/{name}"));
        let new = ["contract", "new", "--from", template, "--catalogue", catalogue, "--test-region"];
        let until = (yinshu::contract::day_of(yinshu::node::now()) + jiff::Span::new().days(90)).to_string();
        let filled = ["--id", name, "--until", &until, "--out", &theirs];
        run(&[&["-C", "province"], &new[..], &filled].concat());
        run(&["-C", "province", "contract", "sign", &theirs]);
        fs::copy(at(&theirs), at(&ours)).expect("a copy");
        run(&["-C", "county", "contract", "sign", &ours]);
        fs::copy(at(&ours), at(&theirs)).expect("a copy");
    }
    drop(pack(dir.path()).exits(0));
    dir
}

fn pack(dir: &Path) -> Ran {
    let expires = (yinshu::contract::day_of(yinshu::node::now()) + jiff::Span::new().days(30)).to_string();
    let args = ["origin", "pack", "--contract", "province/contracts/return.toml", "--out", "package"];
    let batch = ["--period", "2026-11-01..2026-11-20", "--expires", &expires, "--files", "returned.csv"];
    ran(dir, &[&["-C", "province"], &args[..], &batch].concat())
}

/// What the province shares, and with whom.
fn catalogue(config: &Path) {
    let columns = yinshu::scenario::RETURNED_COLUMNS;
    let mut text = fs::read_to_string(config).expect("a configuration");
    for (code, scenario, columns, file) in [
        (SOURCE, "origin-verify", &columns[..], "source.csv"),
        (KEYS, "psi", &["id", "amount"][..], "keys.csv"),
    ] {
        text.push_str(&format!(
            "\n[[dataset]]\ncatalogue = \"{code}\"\ntitle = \"参保\"\nsource_system = \"社保\"\n\
             share = \"conditional\"\nscenarios = [\"{scenario}\"]\nparties = [\"{COUNTY}\"]\n\
             columns = {columns:?}\nmin_group_size = 10\navailable_until = \"2099-12-31\"\n\
             [dataset.source]\npath = \"data/{file}\"\n"
        ));
    }
    fs::write(config, text).expect("a configuration");
}
