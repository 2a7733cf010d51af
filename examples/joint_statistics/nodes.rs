//! Three nodes on this machine, in a folder that goes when they do.

use serde_json::Value;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use yinshu::card::Card;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// The recipient, who dials, and two providers.
const NAMES: [&str; 3] = ["bureau", "tax", "social"];

/// What three parties compute.
pub(crate) struct Question {
    pub(crate) title: &'static str,
    /// `[[data.table.columns]]`: names and kinds, the person first.
    pub(crate) columns: &'static [(&'static str, &'static str)],
    pub(crate) minimum: u32,
    /// What follows `[stats]`.
    pub(crate) stats: String,
    /// Each party's table, as CSV.
    pub(crate) tables: [String; 3],
}

/// The daemons end with this.
struct Serving(Vec<Child>);

impl Drop for Serving {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The program beside the examples.
fn program() -> Outcome<PathBuf> {
    let here = std::env::current_exe()?;
    let program = here.parent().and_then(|folder| folder.parent()).map(|folder| folder.join("yinshu"));
    program.filter(|path| path.exists()).ok_or_else(|| "build the program first: cargo build".into())
}

fn yinshu(dir: &TempDir, args: &[&str]) -> Outcome<String> {
    let ran = Command::new(program()?).current_dir(dir.path()).args(args).output()?;
    if ran.status.success() {
        return Ok(String::from_utf8(ran.stdout)?);
    }
    Err(format!("yinshu {args:?}: {}", String::from_utf8_lossy(&ran.stderr)).into())
}

/// Makes the nodes, signs the contract, computes, and gives what the recipient got.
pub(crate) fn answer(question: &Question) -> Outcome<Value> {
    let dir = tempfile::tempdir()?;
    let held = NAMES.map(|_| TcpListener::bind("127.0.0.1:0"));
    let ports = held.into_iter().map(|port| Ok(port?.local_addr()?.port())).collect::<Outcome<Vec<_>>>()?;
    let names: Vec<&str> = question.columns.iter().map(|(name, _)| *name).collect();
    for ((name, port), table) in NAMES.iter().zip(ports).zip(&question.tables) {
        let listen = format!("127.0.0.1:{port}");
        yinshu(&dir, &["-C", name, "init", "--name", name, "--title", name, "--listen", &listen])?;
        let folder = dir.path().join(name);
        fs::write(folder.join("table.csv"), table)?;
        let mut config = fs::read_to_string(folder.join("yinshu.toml"))?;
        let others: Vec<&&str> = NAMES.iter().filter(|other| *other != name).collect();
        write!(
            config,
            "\n[[dataset]]\ncatalogue = \"{name}-1\"\ntitle = \"t\"\nsource_system = \"s\"\nshare = \"conditional\"\n\
             scenarios = [\"stats\"]\nparties = {others:?}\ncolumns = {names:?}\nmin_group_size = 1\n\
             available_until = \"2099-12-31\"\n[dataset.source]\npath = \"table.csv\"\n"
        )?;
        fs::write(folder.join("yinshu.toml"), config)?;
    }
    for (name, other) in NAMES.iter().flat_map(|a| NAMES.iter().map(move |b| (a, b))).filter(|(a, b)| a != b)
    {
        yinshu(&dir, &["-C", name, "peer", "add", &format!("{other}/card.toml")])?;
    }
    fs::write(dir.path().join("contract.toml"), contract(&dir, question)?)?;
    for name in NAMES {
        yinshu(&dir, &["-C", name, "contract", "sign", "contract.toml"])?;
    }
    let mut serving = Serving(Vec::new());
    for name in &NAMES[1..] {
        let contracts = dir.path().join(name).join("contracts");
        fs::create_dir_all(&contracts)?;
        fs::copy(dir.path().join("contract.toml"), contracts.join("contract.toml"))?;
        let mut daemon = Command::new(program()?);
        let mut child =
            daemon.current_dir(dir.path()).args(["-C", name, "node"]).stdout(Stdio::piped()).spawn()?;
        let said = child.stdout.take();
        serving.0.push(child);
        // It says where it listens once it does.
        BufReader::new(said.ok_or("its output was piped")?).read_line(&mut String::new())?;
    }
    let run = ["--json", "-C", "bureau", "stats", "run", "--contract", "contract.toml"];
    let files = ["--input", "bureau/table.csv", "--out", "out.json"];
    Ok(serde_json::from_str(&yinshu(&dir, &[&run[..], &files].concat())?)?)
}

fn contract(dir: &TempDir, question: &Question) -> Outcome<String> {
    let mut text = format!(
        "[contract]\nformat = 1\nid = \"example\"\ntitle = \"{}\"\nscenario = \"stats\"\n\
         valid_from = \"2020-01-01\"\nvalid_until = \"2099-12-31\"\n[elements]\ncontent = \"c\"\nscope = \"s\"\n\
         period = \"p\"\ntransport = \"t\"\ncontrols = \"c\"\nreview = \"r\"\n",
        question.title
    );
    for (at, name) in NAMES.into_iter().enumerate() {
        let key = Card::read(&dir.path().join(name).join("card.toml"))?.admin_key;
        let role = if at == 0 { "recipient" } else { "provider" };
        write!(
            text,
            "[[party]]\nname = \"{name}\"\ntitle = \"{name}\"\nrole = \"{role}\"\nadmin_key = \"{key}\"\n\
             catalogue = \"{name}-1\"\n"
        )?;
    }
    let minimum = question.minimum;
    write!(
        text,
        "[data]\ncatalogue = \"-\"\npurpose = \"p\"\nmin_group_size = {minimum}\n[data.table]\ntest_region = true\n"
    )?;
    for (at, (name, kind)) in question.columns.iter().enumerate() {
        write!(
            text,
            "[[data.table.columns]]\nname = \"{name}\"\nkind = \"{kind}\"\nrequired = {}\n",
            at == 0
        )?;
    }
    write!(text, "[stats]\nperson = \"{}\"\nmax_runs = 1\n{}", question.columns[0].0, question.stats)?;
    Ok(text)
}
