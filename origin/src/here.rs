//! The half of a verification that is done where the returned data lies: the opened package against
//! the contract, its manifest and the county's own table. Nothing leaves the county here.
//!
//! The county's table is read first and packed; then the files are streamed past it, in
//! the manifest's order. What is kept of a returned row is about 170 bytes (480,000 rows beside 430,000 residents: 150 MB): who it is, the fields
//! that will be compared with the source, and digests.

pub mod agreement;
pub mod columns;
pub mod counts;
pub mod index;
mod local;
mod people;
pub mod staleness;
mod texts;
mod walk;

use crate::defect::{Defect, DefectKind};
use crate::error::VerifyError;
use crate::grid::Grid;
use crate::rows::Rows;
use crate::terms::Terms;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(crate) use local::Local;
pub(crate) use people::People;

/// A table, batch by batch.
pub type RowStream<'a> = Box<dyn Iterator<Item = Result<Rows, VerifyError>> + 'a>;

/// Where defects go as they are found.
pub type Sink<'a> = dyn FnMut(Defect) -> Result<(), VerifyError> + 'a;

/// One opened file of the package.
pub struct ReturnedFile<'a> {
    /// Its name within the package.
    pub name: String,
    /// The columns it has, by canonical name where they have one.
    pub columns: Vec<String>,
    /// Its cleaned rows.
    pub rows: RowStream<'a>,
}

/// The files of the package, in the manifest's order, each opened when its turn comes.
pub type FileStream<'a> = Box<dyn Iterator<Item = Result<ReturnedFile<'a>, VerifyError>> + 'a>;

/// What the half done here works on.
pub struct HereInput<'a, 'f> {
    /// What the contract says.
    pub terms: &'a Terms,
    /// Rows per division and day, as the manifest promises.
    pub promised: &'a counts::Counts,
    /// Where the manifest counts rows as they stand in the files: the same count of the files that
    /// came. None where it counts cleaned rows, which are counted here.
    pub counted: Option<&'a counts::Counts>,
    /// The county's own table.
    pub local: RowStream<'f>,
    /// The files of the package.
    pub files: FileStream<'f>,
    /// The index of the last batch, if there was one.
    pub previous: Option<&'a index::Index>,
    /// What keys are marked with.
    pub secret: &'a index::IndexSecret,
}

/// What is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The county's own table.
    Local,
    /// The returned files.
    Returned,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    /// Files of the package.
    pub files: u64,
    /// Returned rows, rejected ones included.
    pub returned_rows: u64,
    /// Returned rows that could be kept.
    pub kept_rows: u64,
    /// Different people in the returned rows that are ours.
    pub returned_people: u64,
    /// Rows of the county's own table, rejected ones included.
    pub local_rows: u64,
    /// Different residents in it.
    pub local_people: u64,
    /// Rows of it that cleaning rejected or that have no key.
    pub local_unusable: u64,
    /// Rows of it with the key of an earlier one.
    pub local_repeated: u64,
    /// People in both.
    pub shared_people: u64,
}

/// What was found here. The counts and grids are for the [`crate::Report`]; the people are what
/// [`crate::ask`] asks about.
pub struct Here {
    /// Defects of each kind.
    pub found: BTreeMap<DefectKind, u64>,
    /// How much was looked at.
    pub sizes: Sizes,
    /// The manifest's counts against the files'.
    pub counts: counts::CountCheck,
    /// The columns against the contract's.
    pub columns: columns::ColumnCheck,
    /// Rows without a usable key, by rule; `null` for those with none.
    pub invalid_keys: BTreeMap<String, u64>,
    /// Rows rejected for another column than the key: `column rule` → rows. They are in no count.
    pub unusable_rows: BTreeMap<String, u64>,
    /// Agreement with the county's own table.
    pub agreement: Vec<agreement::FieldRate>,
    /// Age of the rows.
    pub ages: staleness::Ages,
    /// Newest row of each file.
    pub files: Vec<staleness::FileAge>,
    /// What changed since the last batch.
    pub delta: Option<index::Delta>,
    /// Residents by town and age band: how many were returned.
    pub coverage_of_local: Grid,
    /// Returned people by division and age band: how many are residents.
    pub coverage_of_returned: Grid,
    /// Rows that are not ours, by division and age band.
    pub surplus: Grid,
    pub(crate) people: People,
    pub(crate) local: Local,
}

impl Here {
    /// The index of this batch, to be kept for the next one.
    pub fn index(&self) -> index::Index {
        index::Index::of(self.people.marks())
    }
}

/// Does the half that is done here. Defects go to `sink` as they are found; `progress` is told how
/// many rows have been read.
///
/// # Errors
/// Terms that contradict themselves, a table that cannot be read or lacks a column, and whatever
/// `sink` returns. A defect of the data is never an error.
pub fn verify_here(
    input: HereInput<'_, '_>,
    sink: &mut Sink<'_>,
    progress: &mut dyn FnMut(Stage, u64),
) -> Result<Here, VerifyError> {
    input.terms.check()?;
    let local = Local::read(input.terms, input.secret, input.local, progress)?;
    let mut walk = walk::Walk::new(input.terms, input.secret, local, sink);
    for file in input.files {
        walk.file(file?, progress)?;
    }
    walk.finish(input.promised, input.counted, input.previous)
}

/// A 32-bit number for the next of `have` things.
fn number_of(what: &str, have: usize) -> Result<u32, VerifyError> {
    u32::try_from(have).ok().filter(|n| *n != u32::MAX).ok_or_else(|| VerifyError::TooMany {
        what: what.into(),
        found: have as u64,
        limit: u64::from(u32::MAX),
    })
}
