//! What the operator of a room sets, in `room.toml`.
//!
//! ```toml
//! walls = "where-there-are"     # workers are shut in as far as this machine can: "all" where left out
//!
//! [[approver]]                  # written by `init` and `approver add`: see `approval::approvers`
//! ```

use crate::approval::approvers::Entry;
use crate::dataset::wrong;
use crate::error::SandboxError;
use crate::worker::walls::Strictness;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The settings of a room.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What happens where the machine cannot shut a worker in.
    pub walls: Strictness,
    /// Who approves policies, programs and results.
    #[serde(rename = "approver", skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Entry>,
}

impl Settings {
    /// Those of the room at `root`; without the file, what is there without it.
    pub(crate) fn read(root: &Path) -> Result<Self, SandboxError> {
        let path = root.join("room.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| wrong("room.toml", error.message())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(SandboxError::files(&path)(error)),
        }
    }
}
