//! Opening a package: every check, in an order in which nothing unsigned is believed.

use super::count::{add, count_raw};
use super::error::PackageError;
use super::manifest::{DivisionCounts, FileEntry, MAX_MANIFEST, Manifest, limit, read_signature};
use super::{DOMAIN, FILES, Keys, MANIFEST, SIGNATURE};
use jiff::{SignedDuration, Timestamp};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use yinshu_crypto::hash::{Digest, FileDigests};
use yinshu_crypto::sign::{PublicKey, Signature};
use yinshu_data::Source;
use yinshu_net::PartyId;

/// How far the provider's clock may run ahead of the recipient's.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);

/// A package that was checked: who signed it, that it is for the one who opened it, that it was in
/// date, and that its files are those of the manifest, byte for byte. Only [`open`] makes one.
///
/// It says what was on the disk when it was opened. Files are read later by their path: call
/// [`OpenedPackage::recheck`] after reading them if somebody else can write to the folder.
#[derive(Clone, Debug, Serialize)]
pub struct OpenedPackage {
    dir: PathBuf,
    manifest: Manifest,
    digest: Digest,
    signature: Signature,
    key: PublicKey,
}

/// A file of an opened package.
#[derive(Clone, Debug)]
pub struct OpenedFile<'a> {
    /// Where it is.
    pub path: PathBuf,
    /// What the manifest says of it.
    pub entry: &'a FileEntry,
}

impl OpenedPackage {
    /// What the provider says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the manifest's bytes: names the batch, in objections and in the next manifest.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The provider's signature over [`OpenedPackage::digest`].
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The key that signed.
    pub fn provider_key(&self) -> &PublicKey {
        &self.key
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The files, in the manifest's order.
    pub fn files(&self) -> impl ExactSizeIterator<Item = OpenedFile<'_>> {
        let path = |entry: &FileEntry| self.dir.join(FILES).join(&entry.name);
        self.manifest.files.iter().map(move |entry| OpenedFile { path: path(entry), entry })
    }

    /// Counts the rows of the files as they stand, as [`count_raw`] does: what a manifest that says
    /// [`Counting::Raw`](super::Counting::Raw) is held against. `options` says how the files are to be
    /// read; its path is not used.
    ///
    /// # Errors
    /// [`PackageError::NoColumn`], [`PackageError::Table`].
    pub fn recount(&self, options: &Source) -> Result<DivisionCounts, PackageError> {
        let mut all = DivisionCounts::new();
        for file in self.files() {
            let mut source = options.clone();
            source.path = Some(file.path);
            add(&mut all, count_raw(&source, &file.entry.name, &self.manifest.roles)?.counts);
        }
        Ok(all)
    }

    /// Checks again that the files are there and unchanged.
    ///
    /// # Errors
    /// As [`open`], of files.
    pub fn recheck(&self) -> Result<(), PackageError> {
        check_folder(&self.dir, &self.manifest)?;
        check_files(&self.dir, &self.manifest)
    }
}

/// Opens the package in `dir` as `me`, at the time `now`, if it comes from one of `providers`.
///
/// # Errors
/// One of [`PackageError`]'s refusals, the first that applies in this order: the folder's shape,
/// the signature, the manifest, the recipient, the dates, the set of files, each file's bytes.
pub fn open(
    dir: &Path,
    me: &PartyId,
    providers: &Keys,
    now: Timestamp,
) -> Result<OpenedPackage, PackageError> {
    if !fs::metadata(dir).is_ok_and(|m| m.is_dir()) {
        return Err(PackageError::NotAPackage { path: dir.display().to_string() });
    }
    let bytes = read_small(dir, MANIFEST, MAX_MANIFEST)?;
    let (key, signature) = read_signature(&read_small(dir, SIGNATURE, 1024)?)?;
    let signer = providers.iter().find(|(_, keys)| keys.contains(&key)).map(|(party, _)| party);
    let signer = signer.ok_or_else(|| PackageError::UnknownProvider { key: key.to_string() })?;
    let digest = Digest::sha256(&bytes);
    key.verify(DOMAIN, &digest.0, &signature).map_err(|_| PackageError::BadSignature)?;

    let manifest = Manifest::from_bytes(&bytes)?;
    // One key may stand under several parties only by mistake; whoever it is, the names must agree.
    if !providers.get(&manifest.provider).is_some_and(|keys| keys.contains(&key)) {
        let provider = manifest.provider.to_string();
        return Err(PackageError::WrongProvider { provider, signer: signer.to_string() });
    }
    if manifest.recipient != *me {
        let recipient = manifest.recipient.to_string();
        return Err(PackageError::WrongRecipient { recipient, me: me.to_string() });
    }
    if now >= manifest.expires {
        return Err(PackageError::Expired { expires: manifest.expires, now });
    }
    if manifest.issued.duration_since(now) > CLOCKS_DIFFER {
        return Err(PackageError::NotYetValid { issued: manifest.issued, now });
    }
    check_folder(dir, &manifest)?;
    check_files(dir, &manifest)?;
    Ok(OpenedPackage { dir: dir.into(), manifest, digest, signature, key })
}

/// That the folder holds what the manifest names and nothing else.
fn check_folder(dir: &Path, manifest: &Manifest) -> Result<(), PackageError> {
    let outer = BTreeSet::from([MANIFEST, SIGNATURE, FILES]);
    if let Some(extra) = names(dir)?.into_iter().find(|n| !outer.contains(n.as_str())) {
        return Err(PackageError::ExtraFile { file: extra });
    }
    let folder = dir.join(FILES);
    match folder.symlink_metadata() {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(PackageError::NotAFile { file: FILES.into() }),
        Err(_) => return Err(PackageError::MissingFile { file: FILES.into() }),
    }
    let there = names(&folder)?;
    let named: BTreeSet<&str> = manifest.files.iter().map(|f| f.name.as_str()).collect();
    if let Some(extra) = there.iter().find(|n| !named.contains(n.as_str())) {
        return Err(PackageError::ExtraFile { file: format!("{FILES}/{extra}") });
    }
    match named.iter().find(|n| !there.contains(**n)) {
        Some(missing) => Err(PackageError::MissingFile { file: format!("{FILES}/{missing}") }),
        None => Ok(()),
    }
}

/// Every file's bytes; the first fault in the manifest's order. Files are read on all cores.
fn check_files(dir: &Path, manifest: &Manifest) -> Result<(), PackageError> {
    let checks: Vec<_> = manifest.files.par_iter().map(|entry| check_file(dir, entry)).collect();
    checks.into_iter().collect()
}

fn check_file(dir: &Path, entry: &FileEntry) -> Result<(), PackageError> {
    let file = format!("{FILES}/{}", entry.name);
    let open = plain(dir, &file)?;
    // One byte more than expected is enough to know, however long the file is.
    let found =
        FileDigests::of(open.take(entry.bytes + 1)).map_err(|e| PackageError::io(&dir.join(&file), &e))?;
    if found.bytes != entry.bytes {
        return Err(PackageError::ChangedLength { file, expected: entry.bytes, actual: found.bytes });
    }
    if found.sha256 != entry.sha256 {
        return Err(PackageError::ChangedFile { file, expected: entry.sha256, actual: found.sha256 });
    }
    if found.sm3 != entry.sm3 {
        return Err(PackageError::ChangedFile { file, expected: entry.sm3, actual: found.sm3 });
    }
    Ok(())
}

fn names(folder: &Path) -> Result<BTreeSet<String>, PackageError> {
    let fail = |e: &io::Error| PackageError::io(folder, e);
    let entries = fs::read_dir(folder).map_err(|e| fail(&e))?;
    entries.map(|e| e.map(|e| e.file_name().to_string_lossy().into_owned()).map_err(|e| fail(&e))).collect()
}

/// Opens a plain file: not a link, not a folder, not a device.
fn plain(dir: &Path, name: &str) -> Result<File, PackageError> {
    let path = dir.join(name);
    match path.symlink_metadata() {
        Ok(found) if found.is_file() => File::open(&path).map_err(|e| PackageError::io(&path, &e)),
        Ok(_) => Err(PackageError::NotAFile { file: name.into() }),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(PackageError::MissingFile { file: name.into() }),
        Err(e) => Err(PackageError::io(&path, &e)),
    }
}

fn read_small(dir: &Path, name: &str, max: u64) -> Result<Vec<u8>, PackageError> {
    let mut bytes = Vec::new();
    let file = plain(dir, name)?.take(max + 1);
    { file }.read_to_end(&mut bytes).map_err(|e| PackageError::io(&dir.join(name), &e))?;
    limit(&format!("the length of {name} in bytes"), bytes.len() as u64, max)?;
    Ok(bytes)
}
