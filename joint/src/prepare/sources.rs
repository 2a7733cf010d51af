//! Which tables are read, and which task reads which.

use super::Engine;
use crate::error::JointError;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use yinshu_data::Source;

/// A table and its number, as a task gets it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Numbered {
    pub(crate) number: usize,
    pub(crate) source: Source,
}

/// The table a person names: a file, a folder of files, or a `.toml` that says where it is and how to read it.
///
/// # Errors
/// [`JointError`] for a description that cannot be read, or a folder without tables.
pub fn named(path: &Path) -> Result<Vec<Source>, JointError> {
    if path.is_dir() {
        return tables_in(path);
    }
    if path.extension().is_none_or(|ending| ending != "toml") {
        return Ok(vec![Source::file(path)]);
    }
    let text = fs::read_to_string(path).map_err(JointError::files(path))?;
    let mut source: Source = toml::from_str(&text).map_err(|error| JointError::Description {
        path: path.display().to_string(),
        reason: error.message().to_owned(),
    })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    for inner in [&mut source.path, &mut source.password_file].into_iter().flatten() {
        *inner = folder.join(&*inner);
    }
    Ok(vec![source])
}

/// The tables of a folder by the order of their names; not those of folders in it.
///
/// # Errors
/// [`JointError::NoTables`] and [`JointError::Files`].
pub fn tables_in(folder: &Path) -> Result<Vec<Source>, JointError> {
    const ENDINGS: [&str; 7] = ["csv", "tsv", "txt", "xlsx", "xlsm", "parquet", "pq"];
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(JointError::files(folder))? {
        let path = entry.map_err(JointError::files(folder))?.path();
        let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        if path.is_file() && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(JointError::NoTables { path: folder.display().to_string() });
    }
    paths.sort();
    Ok(paths.into_iter().map(Source::file).collect())
}

/// The sources under paths that do not depend on where a process stands, numbered.
pub(super) fn located(sources: &[Source], engine: &Engine) -> Result<Vec<Numbered>, JointError> {
    let locate = |(number, source): (usize, &Source)| {
        let mut source = source.clone();
        source.validate()?;
        let database = [("postgres", &source.postgres), ("mysql", &source.mysql)];
        let database = database.iter().find(|(_, dsn)| dsn.is_some()).map(|(kind, _)| (*kind).to_owned());
        if let (Some(source_kind), Engine::Cluster(_)) = (database, engine) {
            return Err(JointError::NotOnCluster { source_kind });
        }
        if let Some(path) = &mut source.path {
            *path = fs::canonicalize(&*path).map_err(|error| yinshu_data::DataError::CannotOpen {
                path: path.display().to_string(),
                reason: error.to_string(),
            })?;
        }
        Ok(Numbered { number, source })
    };
    sources.iter().enumerate().map(locate).collect()
}

/// At most `most` groups of about the same size, larger tables first: each is one task's work.
pub(super) fn groups(sources: &[Numbered], most: usize) -> Vec<Vec<Numbered>> {
    let size = |source: &Numbered| {
        let file = source.source.path.as_ref().and_then(|path| fs::metadata(path).ok());
        file.map_or(u64::MAX / 2, |file| file.len())
    };
    let mut sized: Vec<(u64, &Numbered)> = sources.iter().map(|source| (size(source), source)).collect();
    sized.sort_by_key(|(size, source)| (std::cmp::Reverse(*size), source.number));
    let mut groups = vec![(0u64, Vec::new()); most.clamp(1, sources.len().max(1))];
    for (size, source) in sized {
        if let Some(lightest) = groups.iter_mut().min_by_key(|(load, _)| *load) {
            lightest.0 = lightest.0.saturating_add(size.max(1));
            lightest.1.push(source.clone());
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}
