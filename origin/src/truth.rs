//! `truth.json`: the defects planted in a synthetic batch, and how well a report found them.
//!
//! A planted defect is named by its kind and these fields:
//!
//! | kind | fields |
//! |---|---|
//! | surplus-row, duplicate-row, duplicate-key, birth-mismatch, invalid-key | `file`, `row` |
//! | missing-resident, gone-from-source | `key` |
//! | field-differs-local, field-differs-source | `key`, `column` (the returned table's name for it) |
//! | count-mismatch | `division`, `day` |
//! | surplus-column, missing-column | `column` (and `file`, if only one file has it) |
//! | stale-file | `file` |
//!
//! `row` is the physical record number in the file, header included, from 1. `key` is the cleaned
//! key. A planted defect may name fewer fields: a reported one matches it when it agrees on every
//! field the planted one names.
//!
//! What the verification counts as a defect, exactly, so that a generator can tell the truth:
//! - Of rows with the same key, the **later** one (in the order of the manifest's files, then of
//!   rows) is the duplicate: `duplicate-row` if every cleaned column is the same as in the **first**
//!   row with that key, `duplicate-key` otherwise. Only the first row of a key is compared further
//!   (birth, local, source).
//! - A row whose key is invalid is that defect and no other but `surplus-row`.
//! - A surplus row is neither compared with the local table nor asked about: those people are not
//!   ours to ask about.
//! - `missing-resident`: in the local table, in the source, and in no returned row with a valid key.
//! - `field-differs-source` is reported only for keys that the source still holds.
//! - A null on either side of a local comparison is no difference; a null that the source does not
//!   have is one.

use crate::defect::{Defect, DefectKind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The whole of `truth.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// What was planted.
    pub defects: Vec<Planted>,
}

/// One planted defect: its kind and the fields that name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planted {
    /// What is wrong.
    pub kind: DefectKind,
    /// Name of the file within the package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Physical record number, from 1, header included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// Column, by its canonical name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Division code, six digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<String>,
    /// Day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// The cleaned key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Planted {
    /// A planted defect that names nothing but its kind.
    pub fn new(kind: DefectKind) -> Self {
        Self { kind, file: None, row: None, column: None, division: None, day: None, key: None }
    }

    /// A defect of one row.
    pub fn row(kind: DefectKind, file: impl Into<String>, row: u64) -> Self {
        Self { file: Some(file.into()), row: Some(row), ..Self::new(kind) }
    }

    /// A defect of one person.
    pub fn key(kind: DefectKind, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..Self::new(kind) }
    }

    /// A defect of one person's field.
    pub fn field(kind: DefectKind, key: impl Into<String>, column: impl Into<String>) -> Self {
        Self { column: Some(column.into()), ..Self::key(kind, key) }
    }

    /// A count that is off.
    pub fn count(division: impl Into<String>, day: impl Into<String>) -> Self {
        Self {
            division: Some(division.into()),
            day: Some(day.into()),
            ..Self::new(DefectKind::CountMismatch)
        }
    }

    /// A defect of a column.
    pub fn column(kind: DefectKind, column: impl Into<String>) -> Self {
        Self { column: Some(column.into()), ..Self::new(kind) }
    }

    /// A stale file.
    pub fn stale(file: impl Into<String>) -> Self {
        Self { file: Some(file.into()), ..Self::new(DefectKind::StaleFile) }
    }

    /// Which fields it names, one bit each.
    fn mask(&self) -> u8 {
        u8::from(self.file.is_some())
            | u8::from(self.row.is_some()) << 1
            | u8::from(self.column.is_some()) << 2
            | u8::from(self.division.is_some()) << 3
            | u8::from(self.day.is_some()) << 4
            | u8::from(self.key.is_some()) << 5
    }

    /// What of `defect` is named under `mask`.
    fn projected(defect: &Defect, mask: u8) -> Self {
        let on = |bit: u8| mask & (1 << bit) != 0;
        Self {
            kind: defect.kind,
            file: defect.file.clone().filter(|_| on(0)),
            row: defect.row.filter(|_| on(1)),
            column: defect.column.clone().filter(|_| on(2)),
            division: defect.division.clone().filter(|_| on(3)),
            day: defect.day.clone().filter(|_| on(4)),
            key: defect.key.clone().filter(|_| on(5)),
        }
    }
}

/// How well one kind was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Planted defects.
    pub planted: u64,
    /// Planted defects that were reported.
    pub found: u64,
    /// Reported defects.
    pub reported: u64,
    /// Reported defects that were planted.
    pub right: u64,
}

impl Found {
    /// The share of reported defects that were planted; 1 if none was reported.
    pub fn precision(&self) -> f64 {
        share(self.right, self.reported)
    }

    /// The share of planted defects that were reported; 1 if none was planted.
    pub fn recall(&self) -> f64 {
        share(self.found, self.planted)
    }

    /// Everything planted was found, and nothing else.
    pub fn is_perfect(&self) -> bool {
        self.found == self.planted && self.right == self.reported
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Precision and recall of each kind that was planted or reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// By kind.
    pub kinds: BTreeMap<DefectKind, Found>,
}

impl Score {
    /// Everything planted was found, and nothing else.
    pub fn is_perfect(&self) -> bool {
        self.kinds.values().all(Found::is_perfect)
    }
}

/// Compares reported defects with planted ones.
pub fn score<'a>(defects: impl IntoIterator<Item = &'a Defect>, truth: &Truth) -> Score {
    let mut masks: HashMap<DefectKind, HashSet<u8>> = HashMap::new();
    let mut planted: HashMap<&Planted, bool> = HashMap::new();
    for one in &truth.defects {
        masks.entry(one.kind).or_default().insert(one.mask());
        planted.insert(one, false);
    }
    let mut score = Score::default();
    for defect in defects {
        let mut right = false;
        for &mask in masks.get(&defect.kind).into_iter().flatten() {
            if let Some(found) = planted.get_mut(&Planted::projected(defect, mask)) {
                (*found, right) = (true, true);
            }
        }
        let kind = score.kinds.entry(defect.kind).or_default();
        kind.reported += 1;
        kind.right += u64::from(right);
    }
    for (one, found) in planted {
        let kind = score.kinds.entry(one.kind).or_default();
        kind.planted += 1;
        kind.found += u64::from(found);
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_on_what_the_truth_names() {
        let mut a = Defect::new(DefectKind::SurplusColumn);
        (a.column, a.file) = (Some("yhzh".into()), Some("a.csv".into()));
        let b = Defect { file: Some("b.csv".into()), ..a.clone() };
        let other = Defect { column: Some("sjh".into()), ..a.clone() };
        let truth = Truth {
            defects: vec![
                Planted::column(DefectKind::SurplusColumn, "yhzh"),
                Planted::stale("c.csv"),
                Planted::stale("c.csv"),
            ],
        };
        let score = score(&[a, b, other], &truth);
        let columns = score.kinds[&DefectKind::SurplusColumn];
        assert_eq!(columns, Found { planted: 1, found: 1, reported: 3, right: 2 });
        let stale = score.kinds[&DefectKind::StaleFile];
        assert_eq!(stale, Found { planted: 1, found: 0, reported: 0, right: 0 });
        assert_eq!((stale.precision(), stale.recall()), (1.0, 0.0));
        assert!(!score.is_perfect());
    }

    #[test]
    fn reads_the_documented_schema() {
        let text = r#"{"defects":[
            {"kind":"surplus-row","file":"sb_1.csv","row":123},
            {"kind":"missing-resident","key":"990101199003070015"},
            {"kind":"count-mismatch","division":"990103","day":"2026-11-01"},
            {"kind":"field-differs-source","key":"990101199003070015","column":"aac008"}]}"#;
        let truth: Truth = serde_json::from_str(text).expect("the schema");
        assert_eq!(truth.defects[0], Planted::row(DefectKind::SurplusRow, "sb_1.csv", 123));
        assert_eq!(truth.defects[2], Planted::count("990103", "2026-11-01"));
        assert!(serde_json::from_str::<Truth>(r#"{"defects":[{"kind":"surplus-row","line":1}]}"#).is_err());
    }
}
