//! Other programs that come from the package index of Python, in a folder of their own.

use crate::cli::Ui;
use crate::problem::Problem;
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The Pythons for which all wheels exist.
const PYTHONS: [&str; 2] = ["python3.11", "python3.10"];

/// What is to be installed.
pub(super) struct Packages {
    /// Names with versions.
    pub(super) names: &'static [&'static str],
    /// Runs where they are there.
    pub(super) test: &'static str,
}

/// A Python that has the packages.
pub(super) struct Python {
    path: PathBuf,
}

impl Python {
    /// Installs packages into `venv` unless they are there; none where that is not possible, which is said.
    pub(super) fn with(
        packages: &Packages,
        venv: Option<&Path>,
        ui: &mut Ui,
    ) -> Result<Option<Self>, Problem> {
        ui.go_on()?;
        let folder = venv.map_or_else(|| std::env::temp_dir().join("yinshu-bench-peers"), Path::to_owned);
        let path = folder.join("bin/python");
        let quiet = |command: &mut Command| {
            let ran = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
            ran.is_ok_and(|status| status.success())
        };
        let ready = |python: &Path| quiet(Command::new(python).args(["-c", packages.test]));
        if !ready(&path) {
            ui.say("ui-bench-peers-install", &[("path", folder.display().to_string().into())]);
            let made = path.exists()
                || PYTHONS.iter().any(|name| quiet(Command::new(name).args(["-m", "venv"]).arg(&folder)));
            let installed = made
                && quiet(Command::new(&path).args(["-m", "pip", "install", "-q"]).args(packages.names))
                && ready(&path);
            if !installed {
                ui.say("ui-bench-peers-absent", &[]);
                return Ok(None);
            }
        }
        Ok(Some(Self { path }))
    }

    /// To run a script.
    pub(super) fn command(&self) -> Command {
        Command::new(&self.path)
    }
}

/// So many neighbouring free ports: the first.
pub(super) fn free_ports(count: u16) -> Result<u16, Problem> {
    let failed = |e: std::io::Error| Problem::internal(format!("no free port: {e}"));
    for _ in 0..32 {
        let first = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let port = first.local_addr().map_err(failed)?.port();
        let free =
            |port: Option<u16>| port.is_some_and(|port| TcpListener::bind(("127.0.0.1", port)).is_ok());
        if (1..count).all(|more| free(port.checked_add(more))) {
            return Ok(port);
        }
    }
    Err(Problem::internal("no free ports beside each other"))
}

/// Writes a script that is part of this program.
pub(super) fn script(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Problem> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(|e| Problem::writing(&path, &e))?;
    Ok(path)
}

/// The last line that is a JSON object with `seconds`, among whatever else was printed.
pub(super) fn last_object(printed: &[u8]) -> Option<Value> {
    let text = String::from_utf8_lossy(printed);
    let objects = text.lines().rev().filter(|line| line.starts_with('{'));
    objects.filter_map(|line| serde_json::from_str::<Value>(line).ok()).find(|json| json["seconds"].is_f64())
}
