//! `yinshu demo`: the whole flow with two nodes on this machine.

use super::{Done, Ui};
use crate::config::Folder;
use crate::lang::Lang;
use crate::node::{Node, now};
use crate::problem::{CliError, Problem};
use crate::scenario::{self, Generated, RETURNED_COLUMNS, Settings, generate};
use serde_json::json;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use yinshu_origin::ledger::read_defects;
use yinshu_origin::package::Manifest;
use yinshu_origin::truth::{Score, Truth, score};

/// Options of `yinshu demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// How much data: 1 %, 10 % or 100 % of a prefecture city.
    #[arg(long, value_enum, default_value = "small")]
    pub profile: Profile,
    /// Where to put everything.
    #[arg(long, value_name = "DIR", default_value = "yinshu-demo")]
    pub out: PathBuf,
    /// The seed of the data.
    #[arg(long, value_name = "N", default_value_t = crate::scenario::DEFAULT_SEED)]
    pub seed: u64,
}

/// The size of the demonstration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// 4,800 rows returned.
    Small,
    /// 48,000 rows returned.
    County,
    /// 480,000 rows returned.
    City,
}

impl From<Profile> for scenario::Profile {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Small => Self::Small,
            Profile::County => Self::County,
            Profile::City => Self::City,
        }
    }
}

/// Plays the demonstration: every step is a command of this same program, run as people would run it.
pub fn run(args: &DemoArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let stage = Stage::prepare(args, ui)?;
    stage.data_for_both(ui)?;
    stage.two_nodes(ui)?;
    stage.contract(ui)?;
    stage.package(ui)?;
    let verified = stage.verify(ui)?;
    let logs = stage.audit(ui)?;
    let score = stage.score(&verified)?;
    ui.print("");
    let perfect = score.is_perfect();
    let planted: u64 = score.kinds.values().map(|kind| kind.planted).sum();
    let found: u64 = score.kinds.values().map(|kind| kind.found).sum();
    let wrong: u64 = score.kinds.values().map(|kind| kind.reported - kind.right).sum();
    ui.say("ui-demo-score", &[("planted", planted.into()), ("found", found.into()), ("wrong", wrong.into())]);
    ui.say(
        "ui-demo-next",
        &[
            ("dir", args.out.display().to_string().into()),
            ("html", stage.html().display().to_string().into()),
        ],
    );
    let json = json!({
        "profile": args.profile, "planted": planted, "found": found, "wrong": wrong, "perfect": perfect,
        "score": score, "html": stage.html(), "report": stage.report().join("report.json"),
        "audit_records": logs,
    });
    if perfect { Ok(Done::with(json)) } else { Ok(Done::found(json)) }
}

/// The folder everything happens in, and what was made for it.
struct Stage {
    root: PathBuf,
    program: PathBuf,
    lang: &'static str,
    made: Generated,
    port: u16,
    echo: bool,
}

/// Marks a folder as made by the demonstration, so that the next one may replace it.
const MARK: &str = ".yinshu-demo";
const PROVINCE: &str = "hr-province";
const COUNTY: &str = "county-990100";
const CATALOGUE: &str = "990000-HR-0001";

impl Stage {
    fn prepare(args: &DemoArgs, ui: &mut Ui) -> Result<Self, Problem> {
        let root = &args.out;
        if root.join(MARK).exists() {
            fs::remove_dir_all(root).map_err(|e| Problem::writing(root, &e))?;
        } else if root.exists() && fs::read_dir(root).is_ok_and(|mut inside| inside.next().is_some()) {
            return Err(CliError::Exists { path: root.display().to_string() }.into());
        }
        fs::create_dir_all(root).map_err(|e| Problem::writing(root, &e))?;
        fs::write(root.join(MARK), "").map_err(|e| Problem::writing(root, &e))?;
        ui.say("ui-demo-data", &[]);
        let settings = Settings { seed: args.seed, ..Settings::new(args.profile.into()) };
        let bar = ui.progress("generate", 0);
        let made = generate(&root.join("data"), &settings, &mut |done, total| {
            bar.total(total);
            bar.set(done);
        })?;
        drop(bar);
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = free.map_err(|e| Problem::internal(format!("no free port: {e}")))?.port();
        let program = std::env::current_exe().map_err(|e| Problem::internal(e.to_string()))?;
        let lang = match ui.texts().lang() {
            Lang::Zh => "zh",
            Lang::En => "en",
        };
        Ok(Self { root: root.clone(), program, lang, made, port, echo: !ui.is_json() })
    }

    fn dir(&self, party: &str) -> PathBuf {
        self.root.join(party)
    }
    fn contract_file(&self, party: &str) -> PathBuf {
        self.dir(party).join("contracts/return.toml")
    }
    fn package_folder(&self) -> PathBuf {
        self.root.join("exchange/batch-1")
    }
    fn report(&self) -> PathBuf {
        self.dir(COUNTY).join("results/batch-1")
    }
    fn html(&self) -> PathBuf {
        self.report().join("report.html")
    }

    fn data_for_both(&self, ui: &mut Ui) -> Result<(), Problem> {
        let rows = &self.made.rows;
        ui.say(
            "ui-demo-made",
            &[
                ("source", rows.source.into()),
                ("returned", rows.returned.into()),
                ("residents", rows.residents.into()),
            ],
        );
        ui.go_on()
    }

    fn two_nodes(&self, ui: &mut Ui) -> Result<(), Problem> {
        self.headline(ui, "ui-demo-nodes");
        let listen = format!("127.0.0.1:{}", self.port);
        let province = ["--title", "省人力资源和社会保障厅", "--listen", &listen];
        let people = ["--administrator", "李敏", "--auditor", "王芳", "--operator", "赵强"];
        self.step(ui, PROVINCE, &[&["init", "--name", PROVINCE][..], &province, &people].concat())?;
        let county = ["--title", "青石县大数据中心"];
        let people = ["--administrator", "陈静", "--auditor", "刘洋", "--operator", "孙磊"];
        self.step(ui, COUNTY, &[&["init", "--name", COUNTY][..], &county, &people].concat())?;
        self.register_dataset()?;
        let card = |party: &str| self.dir(party).join("card.toml").display().to_string();
        self.step(ui, PROVINCE, &["peer", "add", &card(COUNTY)])?;
        self.step(ui, COUNTY, &["peer", "add", &card(PROVINCE)])
    }

    /// The province enters its table in its own catalogue, as a person would by editing the file.
    fn register_dataset(&self) -> Result<(), Problem> {
        let path = self.dir(PROVINCE).join("yinshu.toml");
        let failed = |e: std::io::Error| Problem::writing(&path, &e);
        let mut text = fs::read_to_string(&path).map_err(failed)?;
        let source = self.made.source.canonicalize().map_err(|e| Problem::reading(&self.made.source, &e))?;
        let source = toml::Value::String(source.display().to_string());
        text.push_str(&format!(
            r#"
[[dataset]]
catalogue = "{CATALOGUE}"
title = "职工参保信息"
source_system = "省集中社保系统"
class = "社会保障"
level = "重要"
share = "conditional"
scenarios = ["origin-verify"]
parties = ["{COUNTY}"]
columns = {RETURNED_COLUMNS:?}
min_group_size = 10
available_until = "2099-12-31"
[dataset.source]
path = {source}
"#
        ));
        fs::write(&path, text).map_err(failed)
    }

    fn contract(&self, ui: &mut Ui) -> Result<(), Problem> {
        self.headline(ui, "ui-demo-contract");
        let (theirs, ours) = (self.contract_file(PROVINCE), self.contract_file(COUNTY));
        let shown = |path: &Path| path.display().to_string();
        let new = ["contract", "new", "--from", "origin", "--catalogue", CATALOGUE, "--test-region"];
        let out = ["--id", "HR-2026-0001", "--out", &shown(&theirs)];
        self.step(ui, PROVINCE, &[&new[..], &out].concat())?;
        self.step(ui, PROVINCE, &["contract", "sign", &shown(&theirs)])?;
        fs::copy(&theirs, &ours).map_err(|e| Problem::writing(&ours, &e))?;
        self.step(ui, COUNTY, &["contract", "sign", &shown(&ours)])?;
        fs::copy(&ours, &theirs).map_err(|e| Problem::writing(&theirs, &e))?;
        self.step(ui, COUNTY, &["contract", "show", &shown(&ours)])
    }

    fn package(&self, ui: &mut Ui) -> Result<(), Problem> {
        self.headline(ui, "ui-demo-package");
        let exchange = self.root.join("exchange");
        fs::create_dir_all(&exchange).map_err(|e| Problem::writing(&exchange, &e))?;
        let contract = self.contract_file(PROVINCE).display().to_string();
        let out = self.package_folder().display().to_string();
        let period = format!("{}..{}", self.made.period_start, self.made.period_end);
        let expires = crate::contract::day_of(now()).saturating_add(jiff::Span::new().days(30)).to_string();
        let files: Vec<String> = self.made.returned.iter().map(|f| f.display().to_string()).collect();
        let mut command = vec!["origin", "pack", "--contract", &contract, "--out", &out];
        command.extend(["--period", &period, "--expires", &expires, "--files"]);
        command.extend(files.iter().map(String::as_str));
        self.step(ui, PROVINCE, &command)?;
        self.plant_wrong_count()?;
        self.step(ui, COUNTY, &["origin", "open", &out])
    }

    /// Someone at the province mistyped a count before signing.
    fn plant_wrong_count(&self) -> Result<(), Problem> {
        let node = Node::open(&self.dir(PROVINCE))?;
        let path = self.package_folder().join("manifest.json");
        let bytes = fs::read(&path).map_err(|e| Problem::reading(&path, &e))?;
        let mut manifest = Manifest::from_bytes(&bytes)?;
        let planted = &self.made.count_offset;
        let days = manifest.counts.entry(planted.division.clone()).or_default();
        let count = days.entry(planted.day.to_string()).or_default();
        *count = count.saturating_add_signed(planted.offset);
        manifest.sign_into(&self.package_folder(), &node.key()?)?;
        crate::run::issue(&node, &manifest)
    }

    fn verify(&self, ui: &mut Ui) -> Result<PathBuf, Problem> {
        self.headline(ui, "ui-demo-verify");
        let mut province = self.command(PROVINCE, &["node", "--sessions", "1"]);
        self.show(ui, PROVINCE, &["node"]);
        province.stdout(Stdio::null()).stdin(Stdio::null());
        let province = province.spawn().map_err(|e| Problem::internal(format!("no second process: {e}")))?;
        let mut province = Ended(province);
        let shown = |path: &Path| path.display().to_string();
        let package = shown(&self.package_folder());
        let (contract, local) = (shown(&self.contract_file(COUNTY)), shown(&self.made.residents));
        let out = shown(&self.report());
        let command =
            ["origin", "verify", &package, "--contract", &contract, "--local", &local, "--out", &out];
        self.step(ui, COUNTY, &command)?;
        let status = province.0.wait().map_err(|e| Problem::internal(e.to_string()))?;
        if !status.success() {
            return Err(CliError::StepFailed { command: "node".to_owned(), exit: status.code() }.into());
        }
        Ok(self.report())
    }

    fn audit(&self, ui: &mut Ui) -> Result<u64, Problem> {
        self.headline(ui, "ui-demo-audit");
        let mut records = 0;
        for party in [PROVINCE, COUNTY] {
            let node = Node::open(&self.dir(party))?;
            let key = node.key()?.public();
            let log = node.folder.audit_log();
            // The state of the log that the other side was handed: a cut-off tail would not fit it.
            let other = if party == PROVINCE { COUNTY } else { PROVINCE };
            let handed = Folder(self.dir(other)).peer_checkpoint(party).display().to_string();
            let (log, key) = (log.display().to_string(), key.to_string());
            self.step(ui, party, &["audit", "verify", &log, "--key", &key, "--checkpoint", &handed])?;
            records += node.open_log()?.len();
        }
        Ok(records)
    }

    fn score(&self, verified: &Path) -> Result<Score, Problem> {
        let bytes = fs::read(&self.made.truth).map_err(|e| Problem::reading(&self.made.truth, &e))?;
        let truth: Truth =
            serde_json::from_slice(&bytes).map_err(|e| Problem::internal(format!("truth.json: {e}")))?;
        let defects: Vec<_> = read_defects(&verified.join("defects.jsonl"))?.collect::<Result<_, _>>()?;
        Ok(score(&defects, &truth))
    }

    /// Runs one command of this program in a party's folder, showing it first.
    fn step(&self, ui: &mut Ui, party: &str, args: &[&str]) -> Result<(), Problem> {
        ui.go_on()?;
        self.show(ui, party, args);
        let mut command = self.command(party, args);
        if !self.echo {
            command.stdout(Stdio::null());
        }
        let status = command.status().map_err(|e| Problem::internal(format!("no process: {e}")))?;
        if status.success() {
            return Ok(());
        }
        Err(CliError::StepFailed { command: args.join(" "), exit: status.code() }.into())
    }

    fn command(&self, party: &str, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("-C").arg(self.dir(party)).args(["--lang", self.lang]).args(args);
        command
    }

    fn headline(&self, ui: &mut Ui, id: &str) {
        if self.echo {
            ui.print("");
        }
        ui.say(id, &[]);
    }

    fn show(&self, ui: &mut Ui, party: &str, args: &[&str]) {
        let quoted =
            args.iter().map(|arg| if arg.contains(' ') { format!("'{arg}'") } else { (*arg).to_owned() });
        let line = quoted.collect::<Vec<_>>().join(" ");
        ui.print(&format!("\n$ yinshu -C {party} {line}"));
    }
}

/// A child that is ended with us, whatever happens.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
