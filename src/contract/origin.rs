//! `[origin]`: the terms of a verification of returned data.

use super::{ContractError, Terms};
use serde::{Deserialize, Serialize};
use yinshu_data::table::TableSpec;

/// `[origin]`: the terms of a verification of returned data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginTerms {
    /// Columns that together name a row and its person.
    pub key: Vec<String>,
    /// Columns compared with the source privately.
    pub private_fields: Vec<String>,
    /// Column that says whose row it is (属地).
    pub division_column: String,
    /// Division codes that are the recipient's.
    pub divisions: Vec<String>,
    /// Old code → present code (撤县设区).
    #[serde(default)]
    pub division_aliases: std::collections::BTreeMap<String, String>,
    /// Column with the time of the last update.
    pub update_column: String,
    /// The provider promises that no file is older than this many days at the end of the period.
    pub cadence_days: u32,
    /// Which of the provider's rows are matched against.
    #[serde(default)]
    pub scope: yinshu_origin::terms::Scope,
    /// Most residents and returned rows one run may ask about.
    pub max_keys: u64,
    /// Most rows the provider's table may have.
    pub max_source_rows: u64,
    /// How the recipient's own table is read and cleaned.
    pub local: TableSpec,
    /// Returned column → the recipient's column that holds the same thing (key, name, sex, …).
    pub same_as: std::collections::BTreeMap<String, String>,
    /// The recipient's column by which coverage is broken down (town).
    pub local_division_column: String,
}

impl Terms {
    pub(super) fn check_origin(&self, origin: &OriginTerms) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        let named = [&origin.division_column, &origin.update_column];
        let lists = [&origin.key, &origin.private_fields];
        let returned = named.into_iter().chain(lists.into_iter().flatten()).chain(origin.same_as.keys());
        for column in returned {
            if !self.has_column(column) {
                return wrong("origin", &format!("data.table has no column {column}"));
            }
        }
        let local: Vec<&str> = origin.local.columns.iter().map(|c| c.name.as_str()).collect();
        let ours = origin.same_as.values().chain([&origin.local_division_column]);
        for column in ours {
            if !local.contains(&column.as_str()) {
                return wrong("origin", &format!("origin.local has no column {column}"));
            }
        }
        if origin.key.is_empty() || origin.divisions.is_empty() {
            return wrong("origin", "key and divisions name at least one each");
        }
        if let Some(column) = origin.key.iter().find(|column| !origin.same_as.contains_key(*column)) {
            return wrong("origin.same_as", &format!("the key column {column} has no local counterpart"));
        }
        Ok(())
    }
}
