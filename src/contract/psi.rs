//! What the terms of an intersection must be among themselves.

use super::{ContractError, Draft, Learn, PsiProtocol, PsiResult, PsiTerms, Security, Terms, Value};
use crate::config::Dataset;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use yinshu_psi::join::MAX_CAP;
use yinshu_psi::sum::value::MAX_COLUMNS;

/// What becomes of several rows of one key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duplicates {
    /// They are one.
    #[default]
    Once,
    /// The recipient learns with how many of the provider's rows each of its own makes a pair.
    Counted,
}

impl Duplicates {
    pub(super) fn is_once(&self) -> bool {
        *self == Self::Once
    }
}

/// The most keys, and columns of a key.
const MAX_KEYS: usize = 16;

impl PsiTerms {
    /// Whether sets can be divided and intersected part by part.
    pub fn divisible(&self) -> bool {
        self.result == PsiResult::Keys && self.protocol != PsiProtocol::Unbalanced && !self.joins()
    }

    /// Whether rows are matched by several keys, or their duplicates counted.
    pub fn joins(&self) -> bool {
        !self.keys.is_empty() || self.duplicates == Duplicates::Counted || self.result == PsiResult::Counts
    }

    /// The ways to match a row, in the order in which they are tried.
    pub fn alternatives(&self) -> Vec<Vec<String>> {
        if self.keys.is_empty() { vec![vec![self.column.clone()]] } else { self.keys.clone() }
    }
}

impl Draft {
    /// The most runs that are ever answered, where there is a limit.
    pub fn max_runs(&self) -> Option<u32> {
        let stats = self.terms.stats.as_ref().map(|stats| stats.max_runs);
        let stats = stats.or(self.terms.query.as_ref().map(|query| query.max_runs));
        self.terms.psi.as_ref().and_then(|psi| psi.max_runs).or(stats)
    }

    /// Refuses noise of which all runs together may spend more ε than the data set allows.
    pub(super) fn check_privacy(&self, set: &Dataset) -> Result<(), ContractError> {
        let Some(noise) = self.terms.psi.as_ref().and_then(|psi| psi.noise) else { return Ok(()) };
        let runs = f64::from(self.max_runs().unwrap_or(u32::MAX));
        // Without a quotient, so that ten times a tenth is one.
        let within = f64::from(noise.numerator) * runs <= set.max_epsilon * f64::from(noise.denominator);
        if within {
            return Ok(());
        }
        Err(ContractError::PrivacySpent {
            catalogue: set.catalogue.clone(),
            asked: format!("{:.3}", noise.epsilon() * runs),
            most: set.max_epsilon.to_string(),
        })
    }
}

impl Terms {
    pub(super) fn check_psi(&self, psi: &PsiTerms) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        let keys = psi.result == PsiResult::Keys;
        self.check_joins(psi)?;
        self.check_limits(psi)?;
        if self.is_several() && (psi.joins() || psi.incremental) {
            return wrong("psi", "joins and updates are between two parties");
        }
        if self.is_several() || psi.result == PsiResult::Regions {
            return self.check_several(psi);
        }
        if !psi.by.is_empty() {
            return wrong("psi.by", "it goes with the result regions");
        }
        self.check_figures(psi)?;
        if psi.encoding_key.is_some() && psi.protocol != PsiProtocol::Unbalanced {
            return wrong("psi.encoding_key", "it goes with the unbalanced protocol");
        }
        let plain = psi.divisible() && psi.learn == Learn::Recipient && psi.security == Security::SemiHonest;
        if psi.incremental && (!plain || psi.partitioned || psi.protocol == PsiProtocol::Rr22) {
            return wrong("psi.incremental", "it tells keys to the recipient alone, semi-honest, by ecdh");
        }
        if psi.partitioned && !psi.divisible() {
            return wrong(
                "psi.partitioned",
                "only keys, by another protocol than unbalanced, can be divided",
            );
        }
        match (psi.protocol, psi.security) {
            (PsiProtocol::Auto | PsiProtocol::Rr22, Security::Malicious) if keys => Ok(()),
            (_, Security::Malicious) => {
                wrong("psi.security", "only rr22 for keys withstands malicious parties")
            }
            (PsiProtocol::Auto | PsiProtocol::Ecdh, _) => Ok(()),
            (PsiProtocol::Unbalanced, _) if keys && psi.learn == Learn::Recipient => Ok(()),
            (PsiProtocol::Unbalanced, _) => {
                wrong("psi.protocol", "the unbalanced protocol tells keys to the recipient alone")
            }
            (PsiProtocol::Rr22, _) if keys => Ok(()),
            (PsiProtocol::Rr22, _) => wrong("psi.protocol", "rr22 tells keys; leave the protocol at auto"),
        }
    }

    fn check_joins(&self, psi: &PsiTerms) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        let counted = psi.duplicates == Duplicates::Counted || psi.result == PsiResult::Counts;
        match (counted, psi.cap) {
            (true, Some(1..=MAX_CAP)) | (false, None) => {}
            (true, _) => return wrong("psi.cap", "where rows are counted it is there, 1 to 1024"),
            (false, Some(_)) => return wrong("psi.cap", "it goes with counted duplicates or with counts"),
        }
        if !psi.joins() {
            return Ok(());
        }
        if !psi.keys.is_empty() && psi.keys[0].first() != Some(&psi.column) {
            return wrong("psi.column", "it is the first of the keys");
        }
        if psi.keys.len() > MAX_KEYS
            || psi.alternatives().iter().any(|key| key.is_empty() || key.len() > MAX_KEYS)
        {
            return wrong("psi.keys", "there are 1 to 16 keys, each of 1 to 16 columns");
        }
        let mut known = BTreeSet::new();
        for key in psi.alternatives() {
            if let Some(column) = key.iter().find(|column| !self.has_column(column)) {
                return wrong("psi.keys", &format!("data.table has no column {column}"));
            }
            let columns: BTreeSet<String> = key.iter().cloned().collect();
            if columns.len() != key.len() || !known.insert(columns) {
                return wrong("psi.keys", "a key names each column once, and no two keys are the same");
            }
        }
        let kind = |column: &&yinshu_data::table::ColumnSpec| column.name == psi.column;
        if self.data.table.columns.iter().find(kind).is_some_and(|column| column.kind != psi.kind) {
            return wrong("psi.kind", "it is that of the column in data.table");
        }
        let told = matches!(psi.result, PsiResult::Keys | PsiResult::Counts) && psi.learn == Learn::Recipient;
        if !told || (psi.result == PsiResult::Counts && psi.duplicates == Duplicates::Counted) {
            return wrong(
                "psi.keys",
                "joins tell the recipient alone: rows (keys), or counts, which count duplicates",
            );
        }
        if psi.protocol == PsiProtocol::Unbalanced || psi.partitioned || psi.incremental {
            return wrong(
                "psi.keys",
                "joins are not computed from an encoding, in partitions, or by updates",
            );
        }
        if counted && psi.security == Security::Malicious {
            return wrong("psi.security", "a provider that breaks the protocol can claim any number of rows");
        }
        Ok(())
    }

    /// What goes with sizes and sums.
    fn check_figures(&self, psi: &PsiTerms) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        if psi.values.is_empty() == (psi.result == PsiResult::Sums) {
            return wrong("psi.values", "it names columns where the result is sums, and only there");
        }
        if psi.values.len() > MAX_COLUMNS {
            return wrong("psi.values", "at most 8 columns are summed in one run");
        }
        for (at, Value { name, bits, decimals, .. }) in psi.values.iter().enumerate() {
            if psi.values[..at].iter().any(|earlier| earlier.name == *name) {
                return wrong("psi.values", &format!("the column {name} stands twice"));
            }
            if !self.has_column(name) {
                return wrong("psi.values", &format!("data.table has no column {name}"));
            }
            if !(1..=64).contains(bits) || *decimals > 9 {
                return wrong("psi.values", "bits are 1 to 64, decimals at most 9");
            }
        }
        if psi.noise.is_some_and(|noise| psi.result != PsiResult::Size || noise.bound().is_none()) {
            let why = "it goes with a size; epsilon is above zero and at most 4, delta_bits at least 40";
            return wrong("psi.noise", why);
        }
        Ok(())
    }

    /// What bounds all runs together, and the payload, among two parties or several.
    fn check_limits(&self, psi: &PsiTerms) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        if let Some(payload) = &psi.payload {
            if psi.protocol != PsiProtocol::Unbalanced {
                return wrong("psi.payload", "it goes with the unbalanced protocol");
            }
            if !self.has_column(payload) || *payload == psi.column {
                return wrong("psi.payload", &format!("data.table has no other column {payload}"));
            }
        }
        if psi.max_total_keys.is_some() != (psi.incremental || psi.protocol == PsiProtocol::Unbalanced) {
            return wrong(
                "psi.max_total_keys",
                "the unbalanced protocol and a base that is kept need it (the most keys asked about in all runs), and \
                 nothing else has it",
            );
        }
        let every_run_tells_more = psi.noise.is_some() || psi.result == PsiResult::Sums;
        if psi.max_runs == Some(0) || (psi.max_runs.is_none() && every_run_tells_more) {
            return wrong(
                "psi.max_runs",
                "sums and noise need a number of runs, 1 or more, for the whole contract",
            );
        }
        Ok(())
    }
}
