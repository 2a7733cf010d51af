//! Columns of the files against those of the contract.

use crate::defect::{Defect, DefectKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which columns are too many and too few, over all files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnCheck {
    /// Columns that the contract does not allow.
    pub surplus: BTreeSet<String>,
    /// Columns of the contract that some file lacks.
    pub missing: BTreeSet<String>,
}

/// Compares the columns of one file.
pub(crate) fn check(file: &str, has: &[String], allowed: &[String], sum: &mut ColumnCheck) -> Vec<Defect> {
    let has: BTreeSet<_> = has.iter().collect();
    let allowed: BTreeSet<_> = allowed.iter().collect();
    let defect = |kind, column: &String| Defect {
        file: Some(file.to_owned()),
        column: Some(column.clone()),
        ..Defect::new(kind)
    };
    let surplus = has.difference(&allowed).map(|c| defect(DefectKind::SurplusColumn, c));
    let missing = allowed.difference(&has).map(|c| defect(DefectKind::MissingColumn, c));
    sum.surplus.extend(has.difference(&allowed).map(|c| (*c).clone()));
    sum.missing.extend(allowed.difference(&has).map(|c| (*c).clone()));
    surplus.chain(missing).collect()
}
