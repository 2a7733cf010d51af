//! What the contract says of a returned table, as plain data: the verification's only rulebook.
//!
//! Both sides hold the same terms, because both signed the contract they come from.

use crate::error::VerifyError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The terms of one returned table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Catalogue code (目录编码) of the table.
    pub catalogue: String,
    /// The columns that are shared: every file has these and no others.
    pub columns: Vec<String>,
    /// The key: usually one column.
    pub key: Vec<String>,
    /// The column that says to whom a row belongs (属地), such as 参保地区划.
    pub division: String,
    /// The recipient's own division codes, as they are now.
    pub divisions: BTreeSet<String>,
    /// Old division codes and what became of them.
    #[serde(default)]
    pub aliases: Aliases,
    /// The birth date column, if there is one; for age bands where the key does not tell.
    #[serde(default)]
    pub birth: Option<String>,
    /// The update time column, if there is one.
    #[serde(default)]
    pub update_time: Option<String>,
    /// An update is promised every so many days.
    pub cadence_days: u32,
    /// What the batch covers.
    pub period: Period,
    /// No cell of a breakdown that travels counts fewer people than this, unless none.
    pub minimum_group: u64,
    /// The columns that are compared with the source, privately.
    pub private_fields: Vec<String>,
    /// Which of the provider's rows are matched against.
    #[serde(default)]
    pub scope: Scope,
    /// The county's own table.
    pub local: LocalColumns,
    /// How much may be asked.
    pub quotas: Quotas,
}

/// Which of the provider's rows are matched against. See [`crate::there`] for what each lets the
/// county learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The whole table: finds a missing resident even if the provider files them under a code that
    /// nobody thought of, and tells the county that a resident of its own is insured elsewhere.
    #[default]
    WholeTable,
    /// Only rows whose division, after aliases, is the recipient's: tells the county nothing of
    /// people insured elsewhere, and cannot find a row filed under a code that no alias covers.
    OurDivisions,
}

/// The first and the last day of what a batch covers, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// The county's own table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalColumns {
    /// Its key columns, in the order of [`Terms::key`].
    pub key: Vec<String>,
    /// Returned column → local column, for each field compared on shared residents.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// The column that coverage is broken down by, such as the town or neighbourhood.
    pub town: String,
    /// Its birth date column, for age bands where the key does not tell.
    #[serde(default)]
    pub birth: Option<String>,
}

/// How much may be asked in one verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quotas {
    /// Key tokens: residents and returned rows together.
    pub keys: u64,
    /// Tokens of each private field: no more than one per returned row.
    pub per_field: u64,
    /// The most rows of the source that the county is ready to receive tokens of.
    pub source_rows: u64,
}

/// Old division codes and what became of them (撤县设区). A chain is followed to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Aliases(pub BTreeMap<String, String>);

impl Aliases {
    /// The code now used for `code`; itself, if it never changed.
    pub fn current<'a>(&'a self, code: &'a str) -> &'a str {
        let mut now = code;
        // A table with a loop in it still ends here.
        for _ in 0..=self.0.len() {
            match self.0.get(now) {
                Some(next) if next != now => now = next,
                _ => break,
            }
        }
        now
    }
}

impl Terms {
    /// Refuses terms that contradict themselves.
    pub fn check(&self) -> Result<(), VerifyError> {
        let columns: BTreeSet<&String> = self.columns.iter().collect();
        let roles = [("key", self.key.iter().collect::<Vec<_>>())].into_iter().chain([
            ("division", vec![&self.division]),
            ("birth", self.birth.iter().collect()),
            ("update time", self.update_time.iter().collect()),
            ("private field", self.private_fields.iter().collect()),
            ("field compared locally", self.local.fields.keys().collect()),
        ]);
        for (role, named) in roles {
            if let Some(&column) = named.iter().find(|column| !columns.contains(**column)) {
                return Err(VerifyError::TermsColumn { column: column.clone(), role: role.into() });
            }
        }
        let missing = |what: &str| Err(VerifyError::TermsMissing { what: what.into() });
        if self.key.is_empty() {
            return missing("key column");
        }
        if self.divisions.is_empty() {
            return missing("division code of the recipient");
        }
        let impossible =
            |what: &str, value: String| Err(VerifyError::TermsValue { what: what.into(), value });
        if self.local.key.len() != self.key.len() {
            return impossible("local key columns", self.local.key.join("|"));
        }
        if self.period.from > self.period.to {
            return impossible("period", format!("{}..{}", self.period.from, self.period.to));
        }
        let mut seen = BTreeSet::new();
        match self.private_fields.iter().find(|f| self.key.contains(f) || !seen.insert(*f)) {
            Some(field) => impossible("private fields", field.clone()),
            None => Ok(()),
        }
    }

    /// Whether a division code is the recipient's, old codes included.
    pub fn is_ours(&self, division: &str) -> bool {
        self.divisions.contains(self.aliases.current(division))
    }

    /// The value to compare: a division code is taken as it is called now.
    pub(crate) fn comparable<'a>(&'a self, column: &str, value: &'a str) -> &'a str {
        if column == self.division { self.aliases.current(value) } else { value }
    }

    /// The first day that is fresh enough for a file's newest row: a cadence of one day asks for a
    /// row of the period's last day.
    pub fn fresh_from(&self) -> Date {
        let back = jiff::Span::new().try_days(i64::from(self.cadence_days) - 1).unwrap_or_default();
        self.period.to.saturating_sub(back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn aliases_follow_chains_and_survive_loops() {
        let aliases = Aliases(
            [("1", "2"), ("2", "3"), ("8", "9"), ("9", "8"), ("7", "7")]
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .into(),
        );
        assert_eq!(aliases.current("1"), "3");
        assert_eq!(aliases.current("5"), "5");
        assert_eq!(aliases.current("7"), "7");
        assert!(["8", "9"].contains(&aliases.current("8")));
    }

    #[test]
    fn a_cadence_of_one_day_asks_for_the_last_day() {
        let mut terms = sample::terms();
        terms.cadence_days = 1;
        assert_eq!(terms.fresh_from(), terms.period.to);
        terms.cadence_days = 7;
        assert_eq!(terms.fresh_from().to_string(), "2026-11-14");
    }

    #[test]
    fn contradictions_are_refused() {
        assert!(sample::terms().check().is_ok());
        let code = |change: fn(&mut Terms)| {
            let mut terms = sample::terms();
            change(&mut terms);
            terms.check().expect_err("a contradiction").code()
        };
        assert_eq!(code(|t| t.private_fields.push("nothing".into())), 5101);
        assert_eq!(code(|t| t.private_fields.push("aac002".into())), 5103);
        assert_eq!(code(|t| t.private_fields.push("aac003".into())), 5103);
        assert_eq!(code(|t| t.division = "x".into()), 5101);
        assert_eq!(code(|t| t.key.clear()), 5102);
        assert_eq!(code(|t| t.divisions.clear()), 5102);
        assert_eq!(code(|t| t.local.key.push("x".into())), 5103);
        assert_eq!(code(|t| t.period.to = t.period.from.yesterday().expect("a day")), 5103);
    }
}
