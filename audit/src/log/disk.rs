//! The few things a log asks of its file, so that tests can make each of them fail.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

pub(super) trait Disk: Send {
    /// Appends.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Waits until what was written is on the medium.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file to `len` bytes.
    fn cut(&mut self, len: u64) -> io::Result<()>;
    /// Whether the file is still the one at its path, and `len` bytes long.
    fn unmoved(&self, len: u64) -> io::Result<bool>;
}

pub(super) struct OnDisk {
    path: PathBuf,
    file: File,
}

impl OnDisk {
    pub(super) fn new(path: &Path, file: File) -> Self {
        Self { path: path.into(), file }
    }
}

impl Disk for OnDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::End(0))?;
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn unmoved(&self, len: u64) -> io::Result<bool> {
        let open = self.file.metadata()?;
        let named = match std::fs::metadata(&self.path) {
            Ok(named) => named,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(e) => return Err(e),
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            if (open.dev(), open.ino()) != (named.dev(), named.ino()) {
                return Ok(false);
            }
        }
        Ok(open.len() == len && named.len() == len)
    }
}
