//! The other programs: installed from the package index of Python, run by the scripts in `benches/peers/`.

use super::nodes::Ended;
use super::{Case, Took};
use crate::cli::Ui;
use crate::cli::bench::python::{Packages, Python, free_ports, last_object, script};
use crate::problem::Problem;
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;

/// The packages, at the versions that the figures speak of.
const PACKAGES: Packages = Packages {
    names: &["spu==0.9.5", "openmined-psi==2.0.6"],
    test: "import spu.psi, private_set_intersection.python",
};
const SECRETFLOW: &str = include_str!("../../../../benches/peers/secretflow.py");
const OPENMINED: &str = include_str!("../../../../benches/peers/openmined.py");

/// Another program.
#[derive(Clone, Copy, Debug)]
pub(super) enum Peer {
    /// SecretFlow's PSI, by the name of its protocol in `benches/peers/secretflow.py`.
    SecretFlow(&'static str),
    /// OpenMined's PSI: both parties in one process.
    OpenMined,
}

impl Peer {
    /// Its name and what of it is run.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SecretFlow("rr22") => "SecretFlow spu 0.9.5, RR22",
            Self::SecretFlow("rr22-low") => "SecretFlow spu 0.9.5, RR22 low communication",
            Self::SecretFlow("kkrt") => "SecretFlow spu 0.9.5, KKRT",
            Self::SecretFlow("sm2") => "SecretFlow spu 0.9.5, ECDH on SM2",
            Self::SecretFlow("ub-offline" | "ub-online") => "SecretFlow spu 0.9.5, unbalanced",
            Self::SecretFlow(_) => "SecretFlow spu 0.9.5, ECDH on Curve25519",
            Self::OpenMined => "openmined-psi 2.0.6",
        }
    }
}

/// Where they are installed.
pub(super) struct Peers {
    python: Python,
}

impl Peers {
    /// Installs them into `venv` unless they are there; none where that is not possible, which is said.
    pub(super) fn install(venv: Option<&Path>, ui: &mut Ui) -> Result<Option<Self>, Problem> {
        Ok(Python::with(&PACKAGES, venv, ui)?.map(|python| Self { python }))
    }

    /// Runs a case; none where this peer failed at it, which is its answer.
    pub(super) fn run(
        &self,
        case: &Case,
        folder: &Path,
        own: &Path,
        other: &Path,
        ui: &Ui,
    ) -> Result<Option<Took>, Problem> {
        ui.go_on()?;
        match case.peer {
            Peer::SecretFlow("ub-online") => match self.secretflow("ub-offline", folder, own, other)? {
                Some(_) => self.secretflow("ub-online", folder, own, other),
                None => Ok(None),
            },
            Peer::SecretFlow(protocol) => self.secretflow(protocol, folder, own, other),
            Peer::OpenMined => {
                let script = script(folder, "openmined.py", OPENMINED)?;
                let mut command = self.python.command();
                let ran = command.arg(script).arg(own).arg(other).stderr(Stdio::null()).output();
                Ok(ran.ok().and_then(|ran| last_object(&ran.stdout)).map(|json| took(&[json])))
            }
        }
    }

    fn secretflow(
        &self,
        protocol: &str,
        folder: &Path,
        own: &Path,
        other: &Path,
    ) -> Result<Option<Took>, Problem> {
        let script = script(folder, "secretflow.py", SECRETFLOW)?;
        let port = free_ports(2)?;
        let command = |rank: usize, table: &Path| {
            let mut command = self.python.command();
            command.arg(&script).arg(rank.to_string()).arg(protocol).arg(table);
            command.arg(folder.join(format!("theirs-{rank}.csv"))).arg(port.to_string());
            command.arg("--cache").arg(folder);
            command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
            command
        };
        let started = |rank, table| command(rank, table).spawn().map(Ended);
        let (Ok(mut one), Ok(zero)) = (started(1, other), command(0, own).output()) else { return Ok(None) };
        let Some(zero) = last_object(&zero.stdout) else { return Ok(None) };
        let mut text = Vec::new();
        if let Some(out) = &mut one.0.stdout {
            // What the other rank printed is for its memory and time alone.
            let _ = std::io::Read::read_to_end(out, &mut text);
        }
        let both: Vec<Value> = std::iter::once(zero).chain(last_object(&text)).collect();
        Ok(Some(took(&both)))
    }
}

/// The figures of one party or two, the recipient's first.
fn took(parties: &[Value]) -> Took {
    let figure = |name: &str| parties.iter().filter_map(|json| json[name].as_f64()).collect::<Vec<_>>();
    let sent: Vec<u64> = parties.iter().filter_map(|json| json["sent"].as_u64()).collect();
    let shared = parties.first().and_then(|json| json["shared"].as_u64());
    Took {
        seconds: figure("seconds").into_iter().fold(0.0, f64::max),
        cpu_seconds: Some(figure("cpu").iter().sum()),
        bytes: (!sent.is_empty()).then(|| sent.iter().sum()),
        peak_bytes: figure("peak").into_iter().map(|peak| peak as u64).max(),
        shared: shared.filter(|_| parties.iter().all(|json| json["tells"] != false)),
    }
}
