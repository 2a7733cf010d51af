//! How a data set was described when it was registered: the same as long as anything of it is known.
//!
//! What was released is judged by the rows and persons behind it, and by what they hold: with other columns, another order
//! of values, other kinds, digits or bounds, the same question would be of other values beside the old ones, over the same
//! sets, which are free. So a data set of which anything was released keeps its description; another one has a name of its
//! own. What columns are called in the file and how sensitive they are may change.

use crate::dataset::Dataset;
use crate::disclosure::History;
use crate::error::SandboxError;
use sha2::{Digest as _, Sha256};
use std::path::Path;

const DESCRIBED: &str = "described";

/// Refuses another description than that under which something was released.
///
/// # Errors
/// [`SandboxError::Redescribed`], [`SandboxError::History`].
pub(super) fn same(dataset: &Dataset, folder: &Path, released: &Path) -> Result<(), SandboxError> {
    let path = folder.join(DESCRIBED);
    let before = match std::fs::read_to_string(&path) {
        Ok(before) => before,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(SandboxError::files(&path)(error)),
    };
    if before.trim() == meaning(dataset) {
        return Ok(());
    }
    let history = History::open(released);
    let history = history.map_err(|error| SandboxError::History { reason: error.to_string() })?;
    match history.is_empty() {
        true => Ok(()),
        false => Err(SandboxError::Redescribed { dataset: dataset.dataset.name.clone() }),
    }
}

/// Keeps the description by which it is registered now.
///
/// # Errors
/// [`SandboxError::Files`].
pub(super) fn keep(dataset: &Dataset, folder: &Path) -> Result<(), SandboxError> {
    let path = folder.join(DESCRIBED);
    std::fs::write(&path, meaning(dataset)).map_err(SandboxError::files(&path))
}

/// A digest of what the description says of values and of whom rows are about.
fn meaning(dataset: &Dataset) -> String {
    let tables: Vec<_> = dataset
        .tables
        .iter()
        .map(|table| {
            let mut columns = table.columns.clone();
            for column in &mut columns {
                column.aliases.clear();
                column.level.clear();
            }
            (&table.name, &table.entity, table.single, columns)
        })
        .collect();
    let text = serde_json::to_vec(&tables).expect("a description can be written");
    hex::encode(Sha256::digest(text))
}
