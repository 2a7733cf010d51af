//! `[query]`: the terms of a question in SQL over tables of three to five parties, of which three compute.
//!
//! What a question may do with each column is checked by the engine that makes a plan of it (`yinshu-joint`), at every party; here
//! is checked what does not depend on the question.

use super::computing::PARTIES;
use super::{ContractError, Role, Security, Terms};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;
use yinshu_data::table::ColumnKind;
use yinshu_mpc::query::Analysis;
use yinshu_net::PartyId;

/// The most rows of a table.
const MAX_ROWS: u64 = 1 << 28;

/// `[query]`: what is asked of whose tables, and what may come out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryTerms {
    /// The question.
    pub sql: String,
    /// The parties that get the answer; the recipient is one of them.
    pub receivers: Vec<PartyId>,
    /// The parties that bring a table and do not compute, last among the contract's parties: the three before them compute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<PartyId>,
    /// What a party that breaks the protocol can do.
    #[serde(default)]
    pub security: Security,
    /// Most runs of this contract that are ever answered, counted in each party's log: two runs over tables that differ in
    /// one person tell about this person.
    pub max_runs: u32,
    /// A group is hidden where one row has more than so many per cent of a sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dominance_percent: Option<u8>,
    /// Whether least and greatest values may be told, which are those of single rows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub extremes: bool,
    /// An analysis of the rows that the question gives, in place of figures, by the names of its columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analysis: Option<Analysis<String>>,
    /// The tables, at most one of each party.
    #[serde(rename = "table")]
    pub tables: Vec<QueryTable>,
}

/// `[[query.table]]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryTable {
    /// Its name in the question.
    pub name: String,
    /// Its owner.
    pub party: PartyId,
    /// Its rows at most.
    pub max_rows: u64,
    /// Whether the number of rows is hidden from the others, by padding.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Its columns.
    pub columns: Vec<QueryColumn>,
}

/// A column of a [`QueryTable`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryColumn {
    /// Its name.
    pub name: String,
    /// What it holds, and how it is cleaned.
    pub kind: ColumnKind,
    /// Digits after the point.
    #[serde(default)]
    pub decimals: u32,
    /// The least value, without digits after the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The greatest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// The texts it can be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Whether values may be missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nullable: bool,
    /// Whether no value occurs twice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// What its owner allows: one word or a list.
    #[serde(rename = "use", deserialize_with = "one_or_more")]
    pub uses: Vec<Use>,
}

/// What an owner allows of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// Anything.
    Plaintext,
    /// To join by it.
    JoinKey,
    /// To group by it: its values name groups.
    GroupKey,
    /// To be inside a figure over a group.
    Aggregate,
    /// To be compared.
    Compare,
    /// Nothing.
    Never,
}

fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Use>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(Use),
        More(Vec<Use>),
    }
    let words = "use is one or more of plaintext, join-key, group-key, aggregate, compare, never";
    match OneOrMore::deserialize(from).map_err(|_| serde::de::Error::custom(words))? {
        OneOrMore::One(one) => Ok(vec![one]),
        OneOrMore::More(more) => Ok(more),
    }
}

impl QueryTable {
    /// The columns that its owner lets a question use.
    pub fn used(&self) -> impl Iterator<Item = &str> {
        let used = self.columns.iter().filter(|column| column.uses.iter().any(|of| *of != Use::Never));
        used.map(|column| column.name.as_str())
    }
}

impl QueryTerms {
    /// The table of a party.
    pub fn table_of(&self, party: &PartyId) -> Option<&QueryTable> {
        self.tables.iter().find(|table| &table.party == party)
    }

    /// Rows of all tables together, at most.
    pub fn all_rows(&self) -> u64 {
        self.tables.iter().fold(0, |sum, table| sum.saturating_add(table.max_rows))
    }
}

impl Terms {
    pub(super) fn check_query(&self, query: &QueryTerms) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        if query.sql.trim().is_empty() {
            return wrong("query.sql", "it is a question in SQL");
        }
        if !self.data.table.columns.is_empty() {
            return wrong(
                "data.table.columns",
                "for a question it is empty: tables are described under query.table",
            );
        }
        match (self.data.min_group_size, query.dominance_percent) {
            (2, _) => {
                let why = "of 2, a hidden group has exactly one row: 3 or more, or 1 for none";
                return wrong("data.min_group_size", why);
            }
            (0 | 1, Some(_)) => {
                return wrong("query.dominance_percent", "it goes with data.min_group_size of 3 or more");
            }
            (_, Some(percent)) if !(1..=99).contains(&percent) => {
                return wrong("query.dominance_percent", "it is 1 to 99");
            }
            _ => {}
        }
        self.check_computing("query", &query.receivers)?;
        if query.analysis.is_some() {
            if query.receivers.len() != PARTIES {
                return wrong(
                    "query.receivers",
                    "an analysis opens to the three parties that compute: all are receivers",
                );
            }
            if query.dominance_percent.is_some() || query.extremes {
                return wrong("query.analysis", "it goes with neither dominance_percent nor extremes");
            }
        }
        if query.max_runs == 0 {
            return wrong("query.max_runs", "it is at least 1");
        }
        let mut names = BTreeSet::new();
        for table in &query.tables {
            let place = format!("query.table.{}", table.name);
            if table.name.trim().is_empty() || !names.insert(&table.name) {
                return wrong(&place, "tables have different names, none of them blank");
            }
            if !self.parties.iter().any(|party| party.name == table.party) {
                return wrong(&place, "its party is one of the contract");
            }
            if query.tables.iter().filter(|other| other.party == table.party).count() > 1 {
                return wrong(&place, "a party has one table");
            }
            if !(1..=MAX_ROWS).contains(&table.max_rows) {
                return wrong(&place, "max_rows is at least 1 and at most 2^28");
            }
            self.check_query_columns(table, &place)?;
        }
        let mut providers = self.parties.iter().filter(|party| party.role == Role::Provider);
        if providers.any(|party| query.table_of(&party.name).is_none()) {
            return wrong("query.table", "every provider has a table");
        }
        Ok(())
    }

    fn check_query_columns(&self, table: &QueryTable, place: &str) -> Result<(), ContractError> {
        let wrong = |why: &str| Err(ContractError::incoherent(place, why));
        let mut names = BTreeSet::new();
        for column in &table.columns {
            if column.name.trim().is_empty() || !names.insert(&column.name) {
                return wrong("columns have different names, none of them blank");
            }
            if column.uses.is_empty() {
                return wrong("use says at least one word");
            }
            if column.min.is_some() != column.max.is_some() || column.min > column.max {
                return wrong("min and max go together, and min is at most max");
            }
        }
        let party = self.parties.iter().find(|party| party.name == table.party);
        let own = party.into_iter().flat_map(|party| party.columns.keys());
        match own.into_iter().find(|column| !names.contains(column)) {
            Some(_) => wrong("columns of its party are columns of this table"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
