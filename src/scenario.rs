//! Scenario S1, 属地返还核验: made-up people, the tables two parties hold of them, and the truth
//! about every defect planted in between.
//!
//! A provincial department (省人社厅) keeps the live table `sb_cbxx` of ten counties. It cuts the
//! rows of one county by division code, writes them to three GB18030 CSV files and returns them.
//! The county keeps its own residents' table `syrk`. [`generate`] writes all of it:
//!
//! ```text
//! province/source.csv                 sb_cbxx, live, every county's rows, UTF-8
//! province/batch/sb_cbxx_{1,2,3}.csv  the returned batch, GB18030, ten columns and two surplus ones
//! county/residents.csv                syrk, UTF-8 with BOM, title rows, header in row 3, a total row
//! county/division_aliases.toml        which old division code became which
//! truth.json                          every planted defect and everything that follows from it
//! ```
//!
//! Nobody in it can be real: every identifier lies in the test region 99xxxx, which GB/T 2260 does
//! not assign, no mobile number begins with 12 and no bank card with 9999 00.
//!
//! The same settings give the same bytes. Rows are written as they are made, so memory holds a
//! counter per division and day of birth and the list of planted defects, never a table.

mod calendar;
mod dice;
mod files;
mod names;
mod noise;
pub mod pensions;
mod people;
mod plan;
mod rows;
mod run;
mod views;

#[cfg(test)]
mod tests;

use serde::Serialize;
use std::path::PathBuf;

pub use run::generate;

/// The seed used when none is asked for.
pub const DEFAULT_SEED: u64 = 9901;

/// How far the planted row count in the manifest is off.
pub const COUNT_OFFSET: i64 = 37;

/// The ten columns of `sb_cbxx` the contract names, in file order.
pub const RETURNED_COLUMNS: [&str; 10] =
    ["aac002", "aac003", "aac004", "aac006", "aab301", "aae140", "aac008", "aae041", "aae042", "gxsj"];

/// The two columns the batch carries although no contract names them.
pub const SURPLUS_COLUMNS: [&str; 2] = ["手机号", "银行账号"];

/// The residents' columns as `syrk` calls them, and as the county's export heads them (R15).
pub const RESIDENT_COLUMNS: [(&str, &str); 7] = [
    ("gmsfhm", "身份证号"),
    ("xm", "姓名"),
    ("xb", "性别"),
    ("csrq", "出生日期"),
    ("xzqh", "行政区划"),
    ("jwh", "居委会"),
    ("gxsj", "更新时间"),
];

/// The divisions the county owns today, with their (invented) names.
pub const DIVISIONS: [(&str, &str); 5] = [
    ("990101", "青石街道"),
    ("990102", "柳河镇"),
    ("990104", "白塔镇"),
    ("990105", "云岭民族乡"),
    ("990106", "东湖镇"),
];

/// The old division code that was merged, and the current one that took it over.
pub const MERGED: (&str, &str) = ("990103", "990102");

/// How large a scenario is: 1 %, 10 % or 100 % of a prefecture city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// 4,800 returned rows, 4,300 residents, 48,000 source rows.
    Small,
    /// 48,000 returned rows, 43,000 residents, 480,000 source rows.
    County,
    /// 480,000 returned rows, 430,000 residents, 4,800,000 source rows.
    City,
}

impl Profile {
    /// How many times the small profile this one is.
    pub fn factor(self) -> u32 {
        match self {
            Self::Small => 1,
            Self::County => 10,
            Self::City => 100,
        }
    }
}

/// What to generate.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The size.
    pub profile: Profile,
    /// The seed of the ChaCha20 stream every choice is drawn from.
    pub seed: u64,
    /// The last day the returned batch covers.
    pub period_end: jiff::civil::Date,
}

impl Settings {
    /// The usual scenario of this size: the default seed, a batch that ends on 2026-11-19.
    pub fn new(profile: Profile) -> Self {
        Self { profile, seed: DEFAULT_SEED, period_end: jiff::civil::date(2026, 11, 19) }
    }
}

/// What [`generate`] wrote.
#[derive(Clone, Debug, Serialize)]
pub struct Generated {
    /// The live source table.
    pub source: PathBuf,
    /// The folder of the returned batch.
    pub batch: PathBuf,
    /// The three returned files, in order.
    pub returned: Vec<PathBuf>,
    /// The county's residents.
    pub residents: PathBuf,
    /// The county's table of old division codes.
    pub aliases: PathBuf,
    /// The planted defects.
    pub truth: PathBuf,
    /// Rows (headers and totals not counted) in the source, in all returned files, in the residents' table.
    pub rows: Rows,
    /// First day any row was updated.
    pub period_start: jiff::civil::Date,
    /// Last day the batch covers.
    pub period_end: jiff::civil::Date,
    /// The defect the caller has to plant itself.
    pub count_offset: CountOffset,
}

/// How many rows each table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Rows of the source table.
    pub source: u64,
    /// Rows of the three returned files together.
    pub returned: u64,
    /// Rows of the residents' table.
    pub residents: u64,
}

/// A defect that lies in the manifest and not in a file: whoever packs the batch adds `offset` to
/// the row count of `division` on `day` before the manifest is signed. `truth.json` counts on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountOffset {
    /// The division whose count is to be wrong.
    pub division: String,
    /// The day whose count is to be wrong.
    pub day: jiff::civil::Date,
    /// What to add to the true count.
    pub offset: i64,
}

/// Why a scenario was not written.
#[derive(Debug, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ScenarioError {
    /// A file could not be written; nothing half-written stays under its final name.
    #[error("cannot write {path}: {reason}")]
    Write {
        /// The file.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// The period ends on a day the made-up calendar does not reach.
    #[error("a scenario cannot end on {day}: choose a day from 2000 to 2099")]
    Period {
        /// The day asked for.
        day: String,
    },
}

impl ScenarioError {
    /// The stable four-digit code.
    pub fn code(&self) -> u16 {
        match self {
            Self::Write { .. } => 1901,
            Self::Period { .. } => 1902,
        }
    }
}
