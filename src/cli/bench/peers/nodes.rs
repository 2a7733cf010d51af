//! This program's side: two nodes in a folder, a contract between them, and one run of it.

use super::Took;
use crate::cli::Ui;
use crate::cli::bench::shaped::pipe;
use crate::cli::bench::watch::Watch;
use crate::contract::Draft;
use crate::node::now;
use crate::problem::{CliError, Problem};
use crate::run::plan::Link;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

const PROVIDER: &str = "provider";
const RECIPIENT: &str = "recipient";

/// Two nodes that know each other, and a signed contract.
pub(in crate::cli::bench) struct Nodes {
    root: PathBuf,
    program: PathBuf,
}

impl Nodes {
    /// Makes both, with `table` in the provider's catalogue, under a contract that leaves the protocol open.
    pub(in crate::cli::bench) fn new(root: &Path, table: &Path) -> Result<Self, Problem> {
        let nodes = Self::met(root, table, "")?;
        nodes.sign(&[])?;
        Ok(nodes)
    }

    /// Makes both, and the provider's encoding of `table`: what that took.
    pub(super) fn prepared(root: &Path, table: &Path) -> Result<(Self, Took), Problem> {
        let nodes = Self::met(root, table, "encoding = \"store\"\n")?;
        let unbalanced = "protocol = \"unbalanced\"\nmax_total_keys = 200000000";
        nodes.sign(&[("protocol = \"auto\"", unbalanced)])?;
        let [store, contract] = [nodes.at(PROVIDER, "store"), nodes.contract(PROVIDER)];
        let paths = [&store, &contract, table].map(|path| path.display().to_string());
        let args = ["psi", "prepare", "--store", &paths[0], "--contract", &paths[1], "--input", &paths[2]];
        let (json, mut took) = nodes.timed(PROVIDER, &args, &[&["psi", "prepare"]])?;
        took.bytes = Some(stored_in(&store)?);
        let key = json.pointer("/stats/key").and_then(Value::as_str);
        let key = key.ok_or_else(|| Problem::internal("psi prepare did not say its key"))?;
        nodes.sign(&[("protocol = \"auto\"", &format!("{unbalanced}\nencoding_key = \"{key}\""))])?;
        Ok((nodes, took))
    }

    /// Makes both, who know each other.
    fn met(root: &Path, table: &Path, more: &str) -> Result<Self, Problem> {
        let program = std::env::current_exe().map_err(|e| Problem::internal(e.to_string()))?;
        let nodes = Self { root: root.to_owned(), program };
        let people = ["--administrator", "a", "--auditor", "b", "--operator", "c"];
        let init = |party: &'static str| ["init", "--name", party, "--title", party];
        let listen = ["--listen", "127.0.0.1:0"];
        nodes.step(PROVIDER, &[&init(PROVIDER)[..], &listen, &people].concat())?;
        nodes.step(RECIPIENT, &[&init(RECIPIENT)[..], &people].concat())?;
        nodes.register(table, more)?;
        for (party, other) in [(PROVIDER, RECIPIENT), (RECIPIENT, PROVIDER)] {
            let card = nodes.at(other, "card.toml").display().to_string();
            nodes.step(party, &["peer", "add", &card])?;
        }
        Ok(nodes)
    }

    fn at(&self, party: &str, file: &str) -> PathBuf {
        self.root.join(party).join(file)
    }

    fn contract(&self, party: &str) -> PathBuf {
        self.at(party, "contracts/psi.toml")
    }

    fn register(&self, table: &Path, more: &str) -> Result<(), Problem> {
        let path = self.at(PROVIDER, "yinshu.toml");
        let mut text = fs::read_to_string(&path).map_err(|e| Problem::reading(&path, &e))?;
        let source = toml::Value::String(table.display().to_string());
        text.push_str(&format!(
            "\n[[dataset]]\ncatalogue = \"C\"\ntitle = \"t\"\nsource_system = \"s\"\nshare = \"conditional\"\n\
             scenarios = [\"psi\"]\nparties = [\"{RECIPIENT}\"]\ncolumns = [\"id\"]\nmin_group_size = 1\n\
             available_until = \"2099-12-31\"\n{more}source = {{ path = {source} }}\n"
        ));
        fs::write(&path, text).map_err(|e| Problem::writing(&path, &e))
    }

    /// A contract from the template with other `terms` in it, signed by both.
    fn sign(&self, terms: &[(&str, &str)]) -> Result<(), Problem> {
        let path = self.contract(PROVIDER);
        if path.exists() {
            fs::remove_file(&path).map_err(|e| Problem::writing(&path, &e))?;
        }
        let shown = path.display().to_string();
        let new = ["contract", "new", "--from", "psi", "--catalogue", "C", "--test-region", "--id", "B-1"];
        self.step(PROVIDER, &[&new[..], &["--out", &shown]].concat())?;
        // Sets of any size, also against a party that cheats, whose quota is held against more than its items.
        let text = fs::read_to_string(&path).map_err(|e| Problem::reading(&path, &e))?;
        let raise = |line: &str| match line.split_once(" = ") {
            Some((key @ ("max_recipient_keys" | "max_provider_keys"), _)) => format!("{key} = 200000000\n"),
            _ => format!("{line}\n"),
        };
        let text: String = text.lines().map(raise).collect();
        let text = terms.iter().fold(text, |text, (usual, other)| text.replace(usual, other));
        fs::write(&path, text).map_err(|e| Problem::writing(&path, &e))?;
        let mut draft = Draft::read(&path)?;
        for party in [PROVIDER, RECIPIENT] {
            let key = self.at(party, "keys/admin.key");
            let key = crate::config::read_key(&key)?;
            let name = party.parse().map_err(|_| Problem::internal("a party's name"))?;
            draft.sign(&path, &name, "a", &key, now())?;
        }
        let copy = self.contract(RECIPIENT);
        fs::copy(&path, &copy).map(drop).map_err(|e| Problem::writing(&copy, &e))
    }

    /// One run, from CSV to CSV, over a slow network where one is given. The provider's node is up before, as
    /// a node is.
    pub(in crate::cli::bench) fn intersect(
        &self,
        own: &Path,
        link: Option<Link>,
        more: &[&str],
        ui: &Ui,
    ) -> Result<Took, Problem> {
        ui.go_on()?;
        self.ask(&["psi", "run"], (own, link), more)
    }

    /// Keys against the provider's encoding, of which the copy is fetched or updated first.
    pub(super) fn query(&self, own: &Path, ui: &Ui) -> Result<Took, Problem> {
        ui.go_on()?;
        let copy = self.at(RECIPIENT, "copy").display().to_string();
        self.ask(&["psi", "query"], (own, None), &["--copy", &copy])
    }

    fn ask(&self, what: &[&str], (own, link): (&Path, Option<Link>), more: &[&str]) -> Result<Took, Problem> {
        let out = self.root.join("ours.csv").display().to_string();
        let mut provider = self.provider(link)?;
        let contract = self.contract(RECIPIENT).display().to_string();
        let own = own.display().to_string();
        let args = &["--contract", &contract, "--input", &own, "--column", "id", "--out", &out];
        let args = [what, &args[..], more].concat();
        let (json, mut took) = self.timed(RECIPIENT, &args, &[what, &["node", "--sessions"]])?;
        provider.0.wait().map_err(no_process)?;
        let figure = |pointer: &str| json.pointer(pointer).and_then(Value::as_u64);
        took.bytes = figure("/meter/total/bytes_sent")
            .and_then(|sent| Some(sent + figure("/meter/total/bytes_received")?));
        took.shared = figure("/shared/exactly");
        Ok(took)
    }

    /// Runs a command to its end: what it printed, and what it and the other children with these words took.
    fn timed(&self, party: &str, args: &[&str], children: &[&[&str]]) -> Result<(Value, Took), Problem> {
        let watch = Watch::begin();
        let began = Instant::now();
        let ran = self.command(party, args).output().map_err(no_process)?;
        let seconds = began.elapsed().as_secs_f64();
        let used = watch.end();
        if !ran.status.success() {
            return Err(CliError::StepFailed { command: args.join(" "), exit: ran.status.code() }.into());
        }
        let json = serde_json::from_slice(&ran.stdout)
            .map_err(|e| Problem::internal(format!("what {} printed: {e}", args.join(" "))))?;
        let parties: Vec<_> = children.iter().map(|words| used(words)).collect();
        let took = Took {
            seconds,
            cpu_seconds: parties.iter().map(|used| used.map(|used| used.cpu)).sum(),
            bytes: None,
            peak_bytes: parties.iter().flatten().map(|used| used.peak).max(),
            shared: None,
        };
        Ok((json, took))
    }

    /// Starts the provider's node, and tells the recipient where it listens.
    fn provider(&self, link: Option<Link>) -> Result<Ended, Problem> {
        // In words: under --json it would say nothing before it ends.
        let mut command = Command::new(&self.program);
        command.arg("-C").arg(self.root.join(PROVIDER)).args(["node", "--sessions", "1"]);
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let mut child = Ended(command.stdout(Stdio::piped()).spawn().map_err(no_process)?);
        let out = child.0.stdout.take().ok_or_else(|| Problem::internal("the node's output is not there"))?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).map_err(no_process)?;
        let address = line.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'));
        let address = address.map(|word| word.trim_matches('.')).find(|word| word.starts_with("127.0.0.1:"));
        let address = address.ok_or_else(|| Problem::internal("the node did not say where it listens"))?;
        let address = match link {
            None => address.to_owned(),
            Some(link) => {
                let to = address.parse().map_err(|_| Problem::internal("the node's address"))?;
                pipe::open(to, link)?.to_string()
            }
        };
        let path = self.at(RECIPIENT, "yinshu.toml");
        let text = fs::read_to_string(&path).map_err(|e| Problem::reading(&path, &e))?;
        let lines = text.lines().map(|line| match line.starts_with("address = ") {
            true => format!("address = \"{address}\"\n"),
            false => format!("{line}\n"),
        });
        fs::write(&path, lines.collect::<String>()).map_err(|e| Problem::writing(&path, &e))?;
        Ok(child)
    }

    fn step(&self, party: &str, args: &[&str]) -> Result<(), Problem> {
        let ran = self.command(party, args).output().map_err(no_process)?;
        if ran.status.success() {
            return Ok(());
        }
        Err(CliError::StepFailed { command: args.join(" "), exit: ran.status.code() }.into())
    }

    fn command(&self, party: &str, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("-C").arg(self.root.join(party)).args(["--lang", "en", "--json"]).args(args);
        command.stdin(Stdio::null());
        command
    }
}

/// Bytes of all files in a folder.
fn stored_in(folder: &Path) -> Result<u64, Problem> {
    let failed = |e: std::io::Error| Problem::reading(folder, &e);
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(failed)? {
        bytes += entry.and_then(|entry| entry.metadata()).map_err(failed)?.len();
    }
    Ok(bytes)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
pub(in crate::cli::bench) fn no_process(e: std::io::Error) -> Problem {
    Problem::internal(format!("no process: {e}"))
}

/// A child that is ended with us, whatever happens.
pub(in crate::cli::bench) struct Ended(pub(in crate::cli::bench) Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
