//! What the operator of a room sets, in `room.toml`.
//!
//! ```toml
//! walls = "where-there-are"     # workers are shut in as far as this machine can: "all" where left out
//! engine = "ballista"           # questions run on a cluster: "embedded", on this machine, where left out
//!
//! [cluster]
//! scheduler = "10.0.0.5:50050"  # where its scheduler listens
//! parts = 16                    # how many parts a question is divided into; 16 where left out
//! program = "/opt/yinshu-joint" # what speaks with it; the one beside this program where left out
//!
//! [[approver]]                  # written by `init` and `approver add`: see `approval::approvers`
//! ```

use crate::approval::approvers::Entry;
use crate::dataset::wrong;
use crate::error::SandboxError;
use crate::worker::walls::Strictness;
use crate::worker::{Cluster, MOST_DIVIDED};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FILE: &str = "room.toml";

/// The settings of a room.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What happens where the machine cannot shut a worker in.
    pub walls: Strictness,
    /// Where questions run.
    pub engine: Engine,
    /// The cluster that they run on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Machines>,
    /// Who approves policies, programs and results.
    #[serde(rename = "approver", skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Entry>,
}

/// Where questions run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// On this machine.
    #[default]
    Embedded,
    /// On the machines of a Ballista cluster.
    Ballista,
}

/// A cluster as it is set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machines {
    /// Where its scheduler listens: `host:port`.
    pub scheduler: String,
    /// How many parts a question is divided into.
    #[serde(default = "parts")]
    pub parts: usize,
    /// What speaks with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<PathBuf>,
}

fn parts() -> usize {
    16
}

impl Settings {
    /// Those of the room at `root`; without the file, what is there without it.
    pub(crate) fn read(root: &Path) -> Result<Self, SandboxError> {
        let path = root.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| wrong(FILE, error.message())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(SandboxError::files(&path)(error)),
        }
    }

    /// The cluster that questions run on, where they do.
    pub(super) fn cluster(&self) -> Result<Option<Cluster>, SandboxError> {
        let machines = match (self.engine, &self.cluster) {
            (Engine::Embedded, None) => return Ok(None),
            (Engine::Ballista, Some(machines)) => machines,
            (Engine::Ballista, None) => {
                return Err(wrong(FILE, "engine = \"ballista\" needs [cluster] with its scheduler"));
            }
            (Engine::Embedded, Some(_)) => {
                return Err(wrong(FILE, "there is a [cluster], and engine = \"ballista\" is missing"));
            }
        };
        let Machines { scheduler, parts, program } = machines.clone();
        let port = scheduler.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        if port.and_then(|(_, port)| port.parse::<u16>().ok()).is_none() {
            return Err(wrong("room.toml: cluster.scheduler", "it is written host:port"));
        }
        if !(1..=MOST_DIVIDED).contains(&parts) {
            let range = format!("1 to {MOST_DIVIDED} parts");
            return Err(wrong("room.toml: cluster.parts", &range));
        }
        if program.as_ref().is_some_and(|program| !program.is_absolute()) {
            return Err(wrong("room.toml: cluster.program", "it is written as an absolute path"));
        }
        Ok(Some(Cluster { scheduler, parts, program }))
    }
}

#[cfg(test)]
mod tests;
