//! Making a package.

use super::count::{FileCount, add};
use super::error::PackageError;
use super::manifest::{Counting, DivisionCounts, FileEntry, Manifest, Period, Roles};
use super::name::check_name;
use super::{FILES, manifest};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use yinshu_crypto::hash::{Digest, FileDigests};
use yinshu_crypto::sign::SigningKey;
use yinshu_data::Source;
use yinshu_net::PartyId;

/// A file to pack.
#[derive(Clone, Debug)]
pub struct PackFile {
    /// Where it is and how to read it; a file, not a database.
    pub source: Source,
    /// Its name in the package; by default the one it has.
    pub name: Option<String>,
}

/// What the packer says of the batch; the rest of the manifest comes from the files.
#[derive(Clone, Debug)]
pub struct PackTerms {
    /// Catalogue code of the table.
    pub catalogue: String,
    /// The system the rows come from.
    pub source_system: String,
    /// Who returns the data.
    pub provider: PartyId,
    /// To whom.
    pub recipient: PartyId,
    /// Digest of the contract, if there is one.
    pub contract: Option<Digest>,
    /// The provider's name for the batch.
    pub batch: String,
    /// Digest of the manifest of the batch before, if there was one.
    pub previous: Option<Digest>,
    /// What the batch covers.
    pub period: Period,
    /// From when on the package is refused.
    pub expires: Timestamp,
    /// The division codes it was cut by.
    pub divisions: BTreeSet<String>,
    /// Which columns mean what, by the names they have in the files.
    pub roles: Roles,
    /// How the rows are counted: what the `count` given to [`pack`] does.
    pub counting: Counting,
}

/// Counts one file: its source (already within the package), its name there, the roles.
pub type Count<'a> = &'a mut dyn FnMut(&Source, &str, &Roles) -> Result<FileCount, PackageError>;

/// Copies `files` into a new folder `out`, counts their rows with `count` (with
/// [`count_raw`](super::count_raw), or a function that cleans first when [`PackTerms::counting`] says
/// so), writes the manifest and signs it. All of it is made beside `out` and renamed at the end: `out`
/// appears whole or not at all.
///
/// What is digested, counted and signed is the copy, so a file that changes meanwhile cannot make
/// the manifest wrong.
///
/// # Errors
/// [`PackageError::Exists`] when there is an `out`, [`PackageError::BadTerms`],
/// [`PackageError::UnsafeName`], [`PackageError::DuplicateName`], [`PackageError::NoColumn`],
/// [`PackageError::Table`], [`PackageError::Io`].
pub fn pack(
    files: &[PackFile],
    terms: &PackTerms,
    count: Count<'_>,
    key: &SigningKey,
    now: Timestamp,
    out: &Path,
) -> Result<Manifest, PackageError> {
    if out.symlink_metadata().is_ok() {
        return Err(PackageError::Exists { path: out.display().to_string() });
    }
    if terms.expires <= now {
        return Err(PackageError::BadTerms { detail: "the package would be expired when it is made".into() });
    }
    let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let making = tempfile::Builder::new().prefix(".yinshu-pack-").tempdir_in(parent);
    let making = making.map_err(|e| PackageError::io(parent, &e))?;
    let folder = making.path().join(FILES);
    fs::create_dir(&folder).map_err(|e| PackageError::io(&folder, &e))?;

    let mut manifest = begin(terms, now);
    for file in files {
        let (entry, counted) = take_in(file, terms, count, &folder)?;
        manifest.files.push(entry);
        add(&mut manifest.counts, counted.counts);
        for column in counted.columns {
            if !manifest.columns.contains(&column) {
                manifest.columns.push(column);
            }
        }
    }
    manifest.sign_into(making.path(), key).map_err(|error| match error {
        PackageError::MalformedManifest { detail } => PackageError::BadTerms { detail },
        other => other,
    })?;
    for made in [&folder, making.path()] {
        sync_folder(made).map_err(|e| PackageError::io(made, &e))?;
    }
    publish(making, out)?;
    sync_folder(parent).map_err(|e| PackageError::io(parent, &e))?;
    Ok(manifest)
}

fn begin(terms: &PackTerms, now: Timestamp) -> Manifest {
    Manifest {
        format: manifest::FORMAT,
        catalogue: terms.catalogue.clone(),
        source_system: terms.source_system.clone(),
        provider: terms.provider.clone(),
        recipient: terms.recipient.clone(),
        contract: terms.contract,
        batch: terms.batch.clone(),
        previous: terms.previous,
        period: terms.period,
        issued: now,
        expires: terms.expires,
        divisions: terms.divisions.clone(),
        columns: Vec::new(),
        roles: terms.roles.clone(),
        files: Vec::new(),
        counting: terms.counting,
        counts: DivisionCounts::new(),
    }
}

fn take_in(
    file: &PackFile,
    terms: &PackTerms,
    count: Count<'_>,
    folder: &Path,
) -> Result<(FileEntry, FileCount), PackageError> {
    let no_file = || PackageError::BadTerms { detail: "only files can be packed".into() };
    let from = file.source.path.as_ref().ok_or_else(no_file)?;
    let own = from.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let name = file.name.clone().unwrap_or(own);
    check_name(&name)?;
    let to = folder.join(&name);
    if to.symlink_metadata().is_ok() {
        return Err(PackageError::DuplicateName { file: name });
    }
    let digests = copy(from, &to)?;
    let mut source = file.source.clone();
    source.path = Some(to);
    let counted = count(&source, &name, &terms.roles)?;
    let FileDigests { bytes, sha256, sm3 } = digests;
    Ok((FileEntry { name, bytes, rows: counted.rows, sha256, sm3, newest: counted.newest }, counted))
}

/// Copies and digests in one pass, and waits for the disk.
fn copy(from: &Path, to: &Path) -> Result<FileDigests, PackageError> {
    struct Tee<R, W>(R, W);
    impl<R: Read, W: Write> Read for Tee<R, W> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.0.read(into)?;
            self.1.write_all(&into[..n])?;
            Ok(n)
        }
    }
    let input = File::open(from).map_err(|e| PackageError::io(from, &e))?;
    let output = File::create_new(to).map_err(|e| PackageError::io(to, &e))?;
    let digests = FileDigests::of(Tee(input, &output)).map_err(|e| PackageError::io(from, &e))?;
    output.sync_all().map_err(|e| PackageError::io(to, &e))?;
    Ok(digests)
}

/// Renames the finished folder to where it is wanted; it is removed again if that fails.
fn publish(making: tempfile::TempDir, out: &Path) -> Result<(), PackageError> {
    readable(making.path()).map_err(|e| PackageError::io(making.path(), &e))?;
    fs::rename(making.path(), out).map_err(|e| PackageError::io(out, &e))?;
    // The folder is no longer where the guard would look for it; nothing is left to remove.
    drop(making.keep());
    Ok(())
}

/// A temporary folder is its owner's alone; a package is carried on by others.
fn readable(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
        for name in [super::MANIFEST, super::SIGNATURE] {
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o644))?;
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
