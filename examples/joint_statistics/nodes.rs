//! Nodes on this machine, in a folder that goes when they do.

use crate::Asked;
use serde_json::Value;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use yinshu::card::Card;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// The recipient, who dials, and two providers.
const NAMES: [&str; 3] = ["bureau", "tax", "social"];

/// Statistics over rows that three parties hold.
pub(crate) struct Question {
    /// Its name here, and of the folder with what came out.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// `[[data.table.columns]]`: names and kinds, the person first.
    pub(crate) columns: &'static [(&'static str, &'static str)],
    pub(crate) minimum: u32,
    /// What follows `[stats]`.
    pub(crate) stats: String,
    /// Each party's table, as CSV.
    pub(crate) tables: [String; 3],
}

/// Nodes that know each other, the recipient first, each with the table it has.
pub(crate) struct Nodes {
    dir: TempDir,
    names: Vec<&'static str>,
    tables: Vec<Option<PathBuf>>,
    /// Where what the recipient gets is kept, if anywhere.
    keep: Option<PathBuf>,
}

/// A contract beside what every contract has.
pub(crate) struct Terms<'a> {
    pub(crate) title: &'a str,
    pub(crate) minimum: u32,
    /// What follows `[data.table]`.
    pub(crate) table: &'a str,
    /// The sections after that.
    pub(crate) question: &'a str,
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

/// A program beside the examples, built by this.
fn program(name: &str, build: &str) -> Outcome<PathBuf> {
    let here = std::env::current_exe()?;
    let program = here.parent().and_then(|folder| folder.parent()).map(|folder| folder.join(name));
    program.filter(|path| path.exists()).ok_or_else(|| format!("build the program first: {build}").into())
}

/// Runs the three parties' statistics, and gives what the recipient got.
pub(crate) fn answer(question: &Question, asked: &Asked) -> Outcome<Value> {
    let mut nodes = Nodes::new(&NAMES, asked)?;
    let names: Vec<&str> = question.columns.iter().map(|(name, _)| *name).collect();
    for (at, table) in question.tables.iter().enumerate() {
        let path = nodes.dir.path().join(format!("{}.csv", NAMES[at]));
        fs::write(&path, table)?;
        nodes.enter(at, "stats", path, &names)?;
    }
    let mut table = "test_region = true\n".to_owned();
    for (at, (name, kind)) in question.columns.iter().enumerate() {
        let required = at == 0;
        write!(
            table,
            "[[data.table.columns]]\nname = \"{name}\"\nkind = \"{kind}\"\nrequired = {required}\n"
        )?;
    }
    let stats = format!("[stats]\nperson = \"{}\"\nmax_runs = 1\n{}", question.columns[0].0, question.stats);
    let Question { name, title, minimum, .. } = *question;
    nodes.ask("run", &Terms { title, minimum, table: &table, question: &stats }, name)
}

impl Nodes {
    /// Makes the nodes and lets them know each other.
    pub(crate) fn new(names: &[&'static str], asked: &Asked) -> Outcome<Self> {
        let dir = tempfile::tempdir()?;
        let nodes =
            Self { dir, names: names.to_vec(), tables: vec![None; names.len()], keep: asked.keep.clone() };
        let held: Vec<_> = names.iter().map(|_| TcpListener::bind("127.0.0.1:0")).collect();
        let ports =
            held.into_iter().map(|port| Ok(port?.local_addr()?.port())).collect::<Outcome<Vec<_>>>()?;
        for (name, port) in names.iter().zip(ports) {
            let listen = format!("127.0.0.1:{port}");
            nodes.run(&["-C", name, "init", "--name", name, "--title", name, "--listen", &listen])?;
        }
        for (name, other) in names.iter().flat_map(|a| names.iter().map(move |b| (a, b))) {
            if name != other {
                nodes.run(&["-C", name, "peer", "add", &format!("{other}/card.toml")])?;
            }
        }
        Ok(nodes)
    }

    /// Where a file of this name lies.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Enters a party's table among its data sets, for all others and this scenario.
    pub(crate) fn enter(
        &mut self,
        at: usize,
        scenario: &str,
        table: PathBuf,
        columns: &[&str],
    ) -> Outcome<()> {
        let name = self.names[at];
        let others: Vec<&str> = self.names.iter().copied().filter(|other| *other != name).collect();
        let mut config = fs::OpenOptions::new().append(true).open(self.path(name).join("yinshu.toml"))?;
        write!(
            config,
            "\n[[dataset]]\ncatalogue = \"{name}-{scenario}\"\ntitle = \"t\"\nsource_system = \"s\"\nshare = \"conditional\"\n\
             scenarios = [\"{scenario}\"]\nparties = {others:?}\ncolumns = {columns:?}\nmin_group_size = 1\n\
             available_until = \"2099-12-31\"\n[dataset.source]\npath = {table:?}\n"
        )?;
        if scenario == "stats" {
            self.tables[at] = Some(table);
        }
        Ok(())
    }

    /// Has all sign a contract, starts the providers' nodes, computes by `yinshu stats` with this command, and gives what
    /// the recipient got; what it wrote lies at `out`.
    pub(crate) fn ask(&self, command: &str, terms: &Terms<'_>, out: &str) -> Outcome<Value> {
        if command == "sql" {
            program("yinshu-joint", "cargo build -p yinshu-joint")?;
        }
        let file = format!("{out}.toml");
        let _serving = self.agreed(&file, "stats", &self.names, terms)?;
        let mut args =
            vec!["--json", "-C", self.names[0], "stats", command, "--contract", &file, "--out", out];
        let table = self.tables[0].as_ref().map(|path| path.display().to_string());
        args.extend(table.iter().flat_map(|path| ["--input", path]));
        let found = serde_json::from_str(&self.run(&args)?)?;
        if let Some(keep) = &self.keep {
            let keep = keep.join(out);
            fs::create_dir_all(&keep)?;
            for file in fs::read_dir(self.path(out))? {
                let file = file?;
                fs::copy(file.path(), keep.join(file.file_name()))?;
            }
        }
        Ok(found)
    }

    /// Has the recipient and one provider sign a contract and intersects their tables; `own` is the recipient's, with the
    /// columns of it that are told. Gives the list.
    pub(crate) fn intersect(
        &self,
        provider: usize,
        terms: &Terms<'_>,
        own: (&Path, &str),
        out: &str,
    ) -> Outcome<String> {
        let (file, list) = (format!("{out}.toml"), format!("{out}.csv"));
        let _serving = self.agreed(&file, "psi", &[self.names[0], self.names[provider]], terms)?;
        let input = own.0.display().to_string();
        let args =
            ["-C", self.names[0], "psi", "run", "--contract", &file, "--input", &input, "--out", &list];
        self.run(&[&args[..], &["--columns", own.1]].concat())?;
        Ok(fs::read_to_string(self.path(&list))?)
    }

    /// Has these parties sign a contract, and starts the nodes of all but the first.
    fn agreed(
        &self,
        file: &str,
        scenario: &str,
        parties: &[&'static str],
        terms: &Terms<'_>,
    ) -> Outcome<Serving> {
        fs::write(self.path(file), self.contract(file, scenario, parties, terms)?)?;
        for name in parties {
            self.run(&["-C", name, "contract", "sign", file])?;
        }
        let mut serving = Serving(Vec::new());
        for name in &parties[1..] {
            let contracts = self.path(name).join("contracts");
            fs::create_dir_all(&contracts)?;
            fs::copy(self.path(file), contracts.join(file))?;
            let mut node = self.command(&["-C", name, "node"])?;
            let mut child = node.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
            let said = child.stdout.take();
            serving.0.push(child);
            // It says where it listens once it does.
            BufReader::new(said.ok_or("its output was piped")?).read_line(&mut String::new())?;
        }
        Ok(serving)
    }

    fn command(&self, args: &[&str]) -> Outcome<Command> {
        let mut command = Command::new(program("yinshu", "cargo build")?);
        command.current_dir(self.dir.path()).args(args);
        Ok(command)
    }

    fn run(&self, args: &[&str]) -> Outcome<String> {
        let ran = self.command(args)?.output()?;
        if ran.status.success() {
            return Ok(String::from_utf8(ran.stdout)?);
        }
        Err(format!("yinshu {args:?}: {}", String::from_utf8_lossy(&ran.stderr)).into())
    }

    fn contract(
        &self,
        id: &str,
        scenario: &str,
        parties: &[&'static str],
        terms: &Terms<'_>,
    ) -> Outcome<String> {
        let Terms { title, minimum, table, question } = terms;
        let mut text = format!(
            "[contract]\nformat = 1\nid = \"{id}\"\ntitle = \"{title}\"\nscenario = \"{scenario}\"\n\
             valid_from = \"2020-01-01\"\nvalid_until = \"2099-12-31\"\n[elements]\ncontent = \"c\"\nscope = \"s\"\n\
             period = \"p\"\ntransport = \"t\"\ncontrols = \"c\"\nreview = \"r\"\n"
        );
        for (at, name) in parties.iter().enumerate() {
            let key = Card::read(&self.path(name).join("card.toml"))?.admin_key;
            let role = if at == 0 { "recipient" } else { "provider" };
            writeln!(
                text,
                "[[party]]\nname = \"{name}\"\ntitle = \"{name}\"\nrole = \"{role}\"\nadmin_key = \"{key}\""
            )?;
            // Of two, it is that of the data.
            if parties.len() > 2 {
                writeln!(text, "catalogue = \"{name}-{scenario}\"")?;
            }
        }
        let catalogue = if parties.len() > 2 { "-".to_owned() } else { format!("{}-{scenario}", parties[1]) };
        write!(
            text,
            "[data]\ncatalogue = \"{catalogue}\"\npurpose = \"p\"\nmin_group_size = {minimum}\n[data.table]\n{table}{question}"
        )?;
        Ok(text)
    }
}
