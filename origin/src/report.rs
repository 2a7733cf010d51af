//! What travels: counts under four headings, what each side learnt, and what it cost. No row, no
//! key, and no count of people smaller than the minimum group.
//!
//! A report is plain data in a stable JSON form; how it looks is somebody else's business.

use crate::defect::{DefectKind, Heading};
use crate::grid::ReleasedGrid;
use crate::here::agreement::FieldRate;
use crate::here::columns::ColumnCheck;
use crate::here::counts::CountCheck;
use crate::here::index::Delta;
use crate::here::staleness::{Ages, FileAge};
use crate::here::{Here, Sizes};
use crate::terms::{Period, Scope, Terms};
use crate::there::There;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use yinshu_crypto::hash::Digest;
use yinshu_net::Meter;

/// The version of the JSON form.
pub const FORMAT: u32 = 1;

/// A whole report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// What was verified, for whom, and when.
    pub about: About,
    /// How much was looked at.
    pub sizes: Sizes,
    /// 完整性.
    pub completeness: Completeness,
    /// 一致性.
    pub consistency: Consistency,
    /// 准确性.
    pub accuracy: Accuracy,
    /// 时效性.
    pub timeliness: Timeliness,
    /// The private half; none if only the half here was done.
    pub private: Option<PrivateHalf>,
    /// What each side learnt beside this report.
    pub learnt: Vec<Learnt>,
    /// What it cost.
    pub cost: Cost,
}

/// What was verified, for whom, and when. Taken from the contract and the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Digest of the contract.
    pub contract: Digest,
    /// Digest of the package's manifest.
    pub manifest: Digest,
    /// Catalogue code (目录编码).
    pub catalogue: String,
    /// Who returned the data.
    pub provider: String,
    /// To whom.
    pub recipient: String,
    /// What the batch covers.
    pub period: Period,
    /// When the report was made.
    pub made: Timestamp,
}

/// Defects of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What is wrong.
    pub kind: DefectKind,
    /// How many; none if it was not looked for, as the private half was not done.
    pub count: Option<u64>,
    /// Of how many: rows, people, compared values, cells, columns or files, as fits the kind.
    pub of: u64,
}

impl Finding {
    /// The share that is wrong; none if it was not looked for or there is nothing.
    pub fn rate(&self) -> Option<f64> {
        self.count.filter(|_| self.of > 0).map(|count| count as f64 / self.of as f64)
    }
}

/// 完整性: is everything there?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completeness {
    /// Count mismatches, missing residents, missing columns.
    pub findings: Vec<Finding>,
    /// The manifest's counts against the files'.
    pub counts: CountCheck,
    /// Residents by town and age band: how many were returned.
    pub coverage_of_local: ReleasedGrid,
    /// Returned people by division and age band: how many are residents.
    pub coverage_of_returned: ReleasedGrid,
    /// Residents by town and age band: how many the source holds and did not return.
    pub missing: Option<ReleasedGrid>,
}

/// 一致性: is it what the contract and the manifest say, and only that?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consistency {
    /// Surplus rows and columns, duplicates, birth mismatches.
    pub findings: Vec<Finding>,
    /// Columns too many and too few.
    pub columns: ColumnCheck,
    /// Rows that are not ours, by their division and age band.
    pub surplus: ReleasedGrid,
}

/// 准确性: is it right?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// Invalid keys, fields that differ.
    pub findings: Vec<Finding>,
    /// Rows without a usable key, by the rule that refused it.
    pub invalid_keys: BTreeMap<String, u64>,
    /// Rows refused for another column: `column rule` → rows.
    pub unusable_rows: BTreeMap<String, u64>,
    /// Agreement with the county's own table, on the shared people.
    pub with_local: Vec<FieldRate>,
    /// Agreement with the source, on the returned people whom it holds.
    pub with_source: Option<Vec<FieldRate>>,
}

/// 时效性: is it fresh?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeliness {
    /// Stale files, people gone from the source.
    pub findings: Vec<Finding>,
    /// Age of the rows.
    pub ages: Ages,
    /// The promise: an update every so many days.
    pub cadence_days: u32,
    /// Newest row of each file.
    pub files: Vec<FileAge>,
    /// What changed since the last batch; none if there was none.
    pub delta: Option<Delta>,
    /// Returned people by division and age band: how many are gone from the source.
    pub gone: Option<ReleasedGrid>,
}

/// How the private half went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateHalf {
    /// Which rows of the source were matched against.
    pub scope: Scope,
    /// Identifiers asked about.
    pub asked_keys: u64,
    /// How many may be.
    pub keys_quota: u64,
    /// Values asked about, of each field.
    pub asked_per_field: u64,
    /// How many may be.
    pub per_field_quota: u64,
    /// The fields.
    pub fields: Vec<String>,
    /// Returned people whom the source holds.
    pub still_held: u64,
    /// Tokens that the provider showed.
    pub shown: u64,
    /// The commitment to everything that was asked: the same as in the provider's log.
    pub commitment: Digest,
}

/// A side of the verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The recipient, a county.
    County,
    /// Who returned the data.
    Provider,
}

/// Something a side learnt; the text in each language belongs to who shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Which of these residents of its own the source holds.
    OwnResidentsInSource,
    /// Which of these returned rows the source still holds.
    OwnRowsInSource,
    /// Which of these returned values the source has too; never what it has instead.
    OwnValuesInSource,
    /// That a resident in the source may belong to another county's rows.
    ResidentInsuredElsewhere,
    /// How many tokens the source makes: this many rows and fields, padding included.
    SourceSize,
    /// How many people the county asked about.
    PeopleAsked,
    /// How many values of each field the county asked about.
    ValuesAsked,
}

/// What a side learnt, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Learnt {
    /// Who.
    pub side: Side,
    /// What.
    pub what: What,
    /// Of how many, or how many.
    pub count: u64,
}

/// What a run cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Traffic as the county saw it: `total` first, then phases in their order.
    pub traffic: Vec<Traffic>,
    /// Seconds of each step, in order; measured by who called.
    pub timings: Vec<Timing>,
}

/// Traffic of one phase.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// Its name.
    pub phase: String,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// Changes of direction.
    pub rounds: u64,
}

/// How long a step took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Its name.
    pub step: String,
    /// Seconds.
    pub seconds: f64,
}

impl Cost {
    /// From a channel's meter and measured times.
    pub fn new(meter: Option<&Meter>, timings: Vec<Timing>) -> Self {
        let line = |phase: &str, t: &yinshu_net::meter::Traffic| Traffic {
            phase: phase.into(),
            sent: t.bytes_sent,
            received: t.bytes_received,
            rounds: t.rounds,
        };
        let lines = |meter: &Meter| {
            let phases = meter.phases.iter().map(|phase| line(phase.name, &phase.traffic));
            std::iter::once(line("total", &meter.total)).chain(phases).collect()
        };
        Self { traffic: meter.map(lines).unwrap_or_default(), timings }
    }
}

impl Report {
    /// Puts a report together: the only way from what was found to what may travel. Every breakdown
    /// goes through [`crate::grid::Grid::release`] under the terms' minimum group.
    pub fn assemble(about: About, terms: &Terms, here: &Here, there: Option<&There>, cost: Cost) -> Self {
        let release = |grid: &crate::grid::Grid| grid.release(terms.minimum_group);
        let findings = |heading| findings(heading, terms, here, there);
        Self {
            format: FORMAT,
            about,
            sizes: here.sizes,
            completeness: Completeness {
                findings: findings(Heading::Completeness),
                counts: here.counts.clone(),
                coverage_of_local: release(&here.coverage_of_local),
                coverage_of_returned: release(&here.coverage_of_returned),
                missing: there.map(|there| release(&there.missing)),
            },
            consistency: Consistency {
                findings: findings(Heading::Consistency),
                columns: here.columns.clone(),
                surplus: release(&here.surplus),
            },
            accuracy: Accuracy {
                findings: findings(Heading::Accuracy),
                invalid_keys: here.invalid_keys.clone(),
                unusable_rows: here.unusable_rows.clone(),
                with_local: here.agreement.clone(),
                with_source: there.map(|there| there.agreement.clone()),
            },
            timeliness: Timeliness {
                findings: findings(Heading::Timeliness),
                ages: here.ages.clone(),
                cadence_days: terms.cadence_days,
                files: here.files.clone(),
                delta: here.delta,
                gone: there.map(|there| release(&there.gone)),
            },
            private: there.map(|there| private(terms, there)),
            learnt: there.map(|there| learnt(terms, here, there)).unwrap_or_default(),
            cost,
        }
    }

    /// All findings, in order.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let parts = [
            &self.completeness.findings,
            &self.consistency.findings,
            &self.accuracy.findings,
            &self.timeliness.findings,
        ];
        parts.into_iter().flatten()
    }
}

fn findings(heading: Heading, terms: &Terms, here: &Here, there: Option<&There>) -> Vec<Finding> {
    let one = |kind: DefectKind| Finding {
        kind,
        count: if kind.is_private() {
            there.map(|there| there.found.get(&kind).copied().unwrap_or_default())
        } else {
            Some(here.found.get(&kind).copied().unwrap_or_default())
        },
        of: of_how_many(kind, terms, here, there),
    };
    DefectKind::ALL.into_iter().filter(|kind| kind.heading() == heading).map(one).collect()
}

fn of_how_many(kind: DefectKind, terms: &Terms, here: &Here, there: Option<&There>) -> u64 {
    let compared = |rates: &[FieldRate]| rates.iter().map(|rate| rate.compared).sum();
    match kind {
        DefectKind::CountMismatch => here.counts.cells,
        DefectKind::MissingResident => here.sizes.local_people,
        DefectKind::MissingColumn => here.sizes.files * terms.columns.len() as u64,
        DefectKind::SurplusColumn => {
            here.sizes.files * (terms.columns.len() + here.columns.surplus.len()) as u64
        }
        DefectKind::SurplusRow | DefectKind::DuplicateRow | DefectKind::DuplicateKey => here.sizes.kept_rows,
        DefectKind::BirthMismatch | DefectKind::GoneFromSource => here.sizes.returned_people,
        DefectKind::InvalidKey => here.sizes.returned_rows,
        DefectKind::FieldDiffersLocal => compared(&here.agreement),
        DefectKind::FieldDiffersSource => there.map_or(0, |there| compared(&there.agreement)),
        DefectKind::StaleFile => here.sizes.files,
    }
}

fn private(terms: &Terms, there: &There) -> PrivateHalf {
    PrivateHalf {
        scope: terms.scope,
        asked_keys: there.asked_keys,
        keys_quota: terms.quotas.keys,
        asked_per_field: there.asked_per_field,
        per_field_quota: terms.quotas.per_field,
        fields: terms.private_fields.clone(),
        still_held: there.still_held,
        shown: there.shown,
        commitment: there.commitment,
    }
}

fn learnt(terms: &Terms, here: &Here, there: &There) -> Vec<Learnt> {
    let residents = there.asked_keys - here.sizes.returned_people.min(there.asked_keys);
    let values = there.asked_per_field * terms.private_fields.len() as u64;
    let mut learnt = Vec::new();
    let mut push = |side, what, count| learnt.push(Learnt { side, what, count });
    push(Side::County, What::OwnResidentsInSource, residents);
    if terms.scope == Scope::WholeTable {
        push(Side::County, What::ResidentInsuredElsewhere, residents);
    }
    push(Side::County, What::OwnRowsInSource, here.sizes.returned_people);
    push(Side::County, What::OwnValuesInSource, values);
    push(Side::County, What::SourceSize, there.shown);
    push(Side::Provider, What::PeopleAsked, there.asked_keys);
    push(Side::Provider, What::ValuesAsked, values);
    learnt
}
