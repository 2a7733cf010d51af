//! The defect file: one defect a line, in JSON. It holds full keys and stays with the county.

use crate::defect::Defect;
use crate::error::VerifyError;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A defect file being written: beside its place, readable by its owner alone, and renamed into
/// place by [`DefectFile::finish`]. Dropped before that, it leaves nothing behind.
pub struct DefectFile {
    path: PathBuf,
    file: BufWriter<tempfile::NamedTempFile>,
    written: u64,
}

impl DefectFile {
    /// Begins a file.
    pub fn create(path: &Path) -> Result<Self, VerifyError> {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // A temporary file is created with mode 0600.
        let file =
            tempfile::NamedTempFile::new_in(folder).map_err(|error| VerifyError::file(path, &error))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file), written: 0 })
    }

    /// Adds one defect.
    pub fn push(&mut self, defect: &Defect) -> Result<(), VerifyError> {
        serde_json::to_writer(&mut self.file, defect)
            .map_err(std::io::Error::from)
            .and_then(|()| self.file.write_all(b"\n"))
            .map_err(|error| VerifyError::file(&self.path, &error))?;
        self.written += 1;
        Ok(())
    }

    /// Puts the file in its place. Returns how many defects it has.
    pub fn finish(self) -> Result<u64, VerifyError> {
        let Self { path, file, written } = self;
        let failed = |error: &std::io::Error| VerifyError::file(&path, error);
        let file = file.into_inner().map_err(|error| failed(error.error()))?;
        file.as_file().sync_all().map_err(|error| failed(&error))?;
        file.persist(&path).map_err(|error| failed(&error.error))?;
        Ok(written)
    }
}

/// Reads a defect file, line by line.
pub fn read_defects(path: &Path) -> Result<impl Iterator<Item = Result<Defect, VerifyError>>, VerifyError> {
    let file = std::fs::File::open(path).map_err(|error| VerifyError::file(path, &error))?;
    let path = path.to_owned();
    Ok(BufReader::new(file).lines().map(move |line| {
        let line = line.map_err(|error| VerifyError::file(&path, &error))?;
        serde_json::from_str(&line).map_err(|error| VerifyError::file(&path, &error.into()))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::defect::DefectKind;

    #[test]
    fn comes_back_and_is_private() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("defects.jsonl");
        let defects: Vec<Defect> = DefectKind::ALL.into_iter().map(Defect::new).collect();
        let mut file = DefectFile::create(&path).expect("created");
        for defect in &defects {
            file.push(defect).expect("written");
        }
        assert!(!path.exists(), "nothing half-written");
        assert_eq!(file.finish().expect("in place"), 13);
        let back: Result<Vec<Defect>, _> = read_defects(&path).expect("opened").collect();
        assert_eq!(back.expect("read"), defects);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        }
        drop(DefectFile::create(&folder.path().join("other.jsonl")).expect("created"));
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
        assert_eq!(DefectFile::create(Path::new("/nowhere/at/all")).err().expect("no folder").code(), 5121);
    }
}
