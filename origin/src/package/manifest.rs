//! The manifest: what a package holds, for whom, from whom, until when.

use super::error::PackageError;
use super::name::{check_name, folded, shown};
use super::{DOMAIN, MANIFEST, SIGNATURE};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::sign::{PublicKey, Signature, SigningKey};
use yinshu_net::PartyId;

/// The format this version reads and writes.
pub(super) const FORMAT: u32 = 1;
/// Largest manifest, in bytes.
pub(super) const MAX_MANIFEST: u64 = 16 << 20;
const MAX_FILES: u64 = 1_000;
const MAX_COLUMNS: u64 = 4_096;
const MAX_DIVISIONS: u64 = 10_000;
const MAX_CELLS: u64 = 200_000;
const MAX_TEXT: u64 = 256;
/// Most rows in a file or a cell: a hundred times everybody.
const MAX_ROWS: u64 = 1 << 37;
const MAX_BYTES: u64 = 1 << 44;

/// Rows per day (`YYYY-MM-DD`, or empty for rows that name none).
pub type DayCounts = BTreeMap<String, u64>;
/// Rows per division (as the row has it, or empty for rows that name none) and day.
pub type DivisionCounts = BTreeMap<String, DayCounts>;

/// What a package says of itself. Public and plain: a manifest in hand proves nothing, an
/// [`OpenedPackage`](super::OpenedPackage) does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Format version: 1.
    pub format: u32,
    /// 目录编码: catalogue code of the table.
    pub catalogue: String,
    /// The system the rows come from.
    pub source_system: String,
    /// Who returns the data and signs.
    pub provider: PartyId,
    /// To whom.
    pub recipient: PartyId,
    /// Digest of the contract it is returned under, if there is one.
    pub contract: Option<Digest>,
    /// The provider's name for the batch.
    pub batch: String,
    /// Digest of the manifest of the batch before, if there was one.
    pub previous: Option<Digest>,
    /// What the batch covers.
    pub period: Period,
    /// When it was packed.
    pub issued: Timestamp,
    /// From when on it is refused.
    pub expires: Timestamp,
    /// The division codes it was cut by.
    pub divisions: BTreeSet<String>,
    /// The columns of the files, in order; a column that only some files have is here too.
    pub columns: Vec<String>,
    /// Which columns mean what.
    pub roles: Roles,
    /// The files, in the order in which they are to be read.
    pub files: Vec<FileEntry>,
    /// Which rows `counts` counts.
    pub counting: Counting,
    /// Rows per division and day.
    pub counts: DivisionCounts,
}

/// First and last day of what a batch covers, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// Which columns mean what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// The column that says to which division a row belongs (属地).
    pub division: String,
    /// The key, usually one column.
    pub key: Vec<String>,
    /// The update time, if there is one.
    pub update_time: Option<String>,
}

/// How rows were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counting {
    /// Every row, as it stands in the file: see [`count_raw`](super::count_raw).
    Raw,
    /// Rows that the cleaning rules kept, by their cleaned division and update time.
    Cleaned,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its name in `files/`.
    pub name: String,
    /// Length.
    pub bytes: u64,
    /// Rows, header not counted.
    pub rows: u64,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// SM3 of its bytes.
    pub sm3: Digest,
    /// Day of the newest update in it, if a row has one.
    pub newest: Option<Date>,
}

impl Manifest {
    /// Reads a manifest: its one spelling, within all limits. Says nothing of who wrote it.
    ///
    /// # Errors
    /// [`PackageError::MalformedManifest`], [`PackageError::UnknownFormat`],
    /// [`PackageError::TooLarge`], [`PackageError::UnsafeName`], [`PackageError::DuplicateName`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PackageError> {
        #[derive(Deserialize)]
        struct Version {
            format: u64,
        }
        limit("the manifest's length in bytes", bytes.len() as u64, MAX_MANIFEST)?;
        let version: Version =
            serde_json::from_slice(bytes).map_err(|e| PackageError::malformed(e.to_string()))?;
        if version.format != u64::from(FORMAT) {
            return Err(PackageError::UnknownFormat { found: version.format, known: FORMAT });
        }
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|e| PackageError::malformed(e.to_string()))?;
        manifest.check()?;
        if manifest.to_bytes() != bytes {
            return Err(PackageError::malformed("it is not spelled the way a manifest is written"));
        }
        Ok(manifest)
    }

    /// The exact bytes of `manifest.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("text, numbers and maps by text serialise");
        bytes.push(b'\n');
        bytes
    }

    /// SHA-256 of [`Manifest::to_bytes`]: what is signed, and what names the batch.
    pub fn digest(&self) -> Digest {
        Digest::sha256(&self.to_bytes())
    }

    /// Writes `manifest.json` and `manifest.sig` into a package's folder, each beside and renamed.
    /// What the manifest says is not held against the files: [`pack`](super::pack()) does that.
    ///
    /// # Errors
    /// [`PackageError::Io`], and what [`Manifest::from_bytes`] would refuse.
    pub fn sign_into(&self, dir: &Path, key: &SigningKey) -> Result<(), PackageError> {
        self.check()?;
        let bytes = self.to_bytes();
        limit("the manifest's length in bytes", bytes.len() as u64, MAX_MANIFEST)?;
        let signature = key.sign(DOMAIN, &Digest::sha256(&bytes).0);
        write(dir, MANIFEST, &bytes)?;
        write(dir, SIGNATURE, signature_text(&key.public(), &signature).as_bytes())
    }

    /// Rows that `counts` counts.
    pub fn counted(&self) -> u64 {
        self.counts.values().flat_map(BTreeMap::values).sum()
    }

    fn check(&self) -> Result<(), PackageError> {
        self.check_sizes()?;
        let mut names = BTreeSet::new();
        for file in &self.files {
            check_name(&file.name)?;
            if !names.insert(folded(&file.name)) {
                return Err(PackageError::DuplicateName { file: shown(&file.name) });
            }
        }
        let columns: BTreeSet<&String> = self.columns.iter().collect();
        let roles = [&self.roles.division].into_iter().chain(&self.roles.key).chain(&self.roles.update_time);
        let lost = roles.into_iter().find(|c| !columns.contains(c));
        let days = self.counts.values().flat_map(BTreeMap::keys).filter(|d| !d.is_empty());
        let fault = if self.format != FORMAT {
            return Err(PackageError::UnknownFormat { found: self.format.into(), known: FORMAT });
        } else if self.files.is_empty() {
            "it names no file".to_owned()
        } else if self.roles.key.is_empty() {
            "it names no key column".into()
        } else if columns.len() != self.columns.len() {
            "it names a column twice".into()
        } else if let Some(column) = lost {
            format!("{column} has a role and is not among the columns")
        } else if self.period.from > self.period.to {
            "its period ends before it begins".into()
        } else if self.issued >= self.expires {
            "it expires before it was issued".into()
        } else if let Some(day) = days.into_iter().find(|d| !is_day(d)) {
            format!("{} is not a day", shown(day))
        } else {
            return Ok(());
        };
        Err(PackageError::malformed(fault))
    }

    fn check_sizes(&self) -> Result<(), PackageError> {
        limit("the number of files", self.files.len() as u64, MAX_FILES)?;
        limit("the number of columns", self.columns.len() as u64, MAX_COLUMNS)?;
        limit("the number of division codes", self.divisions.len() as u64, MAX_DIVISIONS)?;
        limit("the number of divisions counted", self.counts.len() as u64, MAX_CELLS)?;
        let cells = self.counts.values().map(|days| days.len() as u64).sum();
        limit("the number of divisions and days counted", cells, MAX_CELLS)?;
        // Together these bound every sum of counts far below 2^64.
        for count in self.counts.values().flat_map(BTreeMap::values) {
            limit("a count of rows", *count, MAX_ROWS)?;
        }
        for file in &self.files {
            limit("a file's rows", file.rows, MAX_ROWS)?;
            limit("a file's bytes", file.bytes, MAX_BYTES)?;
        }
        let texts = [&self.catalogue, &self.source_system, &self.batch].into_iter();
        for text in texts.chain(&self.columns).chain(&self.divisions).chain(self.counts.keys()) {
            limit("the length of a text in bytes", text.len() as u64, MAX_TEXT)?;
        }
        Ok(())
    }
}

fn is_day(text: &str) -> bool {
    text.parse::<Date>().is_ok_and(|day| day.to_string() == text)
}

pub(super) fn limit(what: &str, found: u64, limit: u64) -> Result<(), PackageError> {
    if found <= limit { Ok(()) } else { Err(PackageError::TooLarge { what: what.into(), found, limit }) }
}

/// `manifest.sig`: the key on one line, the signature on the next.
fn signature_text(key: &PublicKey, signature: &Signature) -> String {
    format!("{key}\n{signature}\n")
}

/// Reads `manifest.sig`; its one spelling only.
pub(super) fn read_signature(bytes: &[u8]) -> Result<(PublicKey, Signature), PackageError> {
    let bad = |detail: &str| PackageError::MalformedSignature { detail: detail.into() };
    let text = str::from_utf8(bytes).map_err(|_| bad("not text"))?;
    let (key, signature) = text.split_once('\n').ok_or_else(|| bad("one line"))?;
    let key: PublicKey = key.parse().map_err(|_| bad("no key on its first line"))?;
    let signature: Signature =
        signature.trim_end().parse().map_err(|_| bad("no signature on its second line"))?;
    if signature_text(&key, &signature) != text {
        return Err(bad("not spelled the way one is written"));
    }
    Ok((key, signature))
}

fn write(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), PackageError> {
    let path = dir.join(name);
    let fail = |e: &std::io::Error| PackageError::io(&path, e);
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(|e| fail(&e))?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|e| fail(&e))?;
    file.persist(&path).map_err(|e| fail(&e.error))?;
    Ok(())
}
