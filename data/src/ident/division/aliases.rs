//! What became of old division codes (撤县设区, mergers, renumbering).
//!
//! ```toml
//! [[alias]]
//! old = "990103"
//! new = "990105"
//! from = "2021-04-09"     # the first day on which `new` stands; left out, it always does
//! note = "merged"
//! ```
//!
//! Several entries may have one `old`: a code that was divided. It then stands for all of its `new` codes, and
//! [`DivisionAliases::current`] answers `None`, since which one is meant depends on more than the code. Codes that
//! changed twice are followed to the end. An entry whose `new` leads back to its `old` on the same day is refused.

use crate::DataError;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasEntry {
    /// The code that ended.
    pub old: String,
    /// The code that stands for it.
    pub new: String,
    /// The first day of `new`; none: always.
    pub from: Option<Date>,
    /// For readers of the table.
    pub note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    alias: Vec<AliasEntry>,
}

/// One change of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The code that stands from then on.
    pub new: String,
    /// Since when; none: always.
    pub from: Option<Date>,
}

/// Old codes and what they became. Used on request only: cleaning never changes a division code.
#[derive(Clone, Debug, Default)]
pub struct DivisionAliases {
    steps: BTreeMap<String, Vec<Step>>,
}

impl DivisionAliases {
    /// Reads a table.
    ///
    /// # Errors
    /// [`DataError::Aliases`]: no TOML, an unknown key, a code that is not 6 digits, a circle.
    pub fn from_toml(text: &str) -> Result<Self, DataError> {
        let table: Table = toml::from_str(text)
            .map_err(|error| DataError::Aliases { reason: error.message().to_owned() })?;
        Self::new(table.alias)
    }

    /// Takes entries.
    ///
    /// # Errors
    /// [`DataError::Aliases`]: a code that is not 6 digits, a circle.
    pub fn new(entries: Vec<AliasEntry>) -> Result<Self, DataError> {
        let mut aliases = Self::default();
        for entry in entries {
            for code in [&entry.old, &entry.new] {
                if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(DataError::Aliases { reason: format!("{code} is not 6 digits") });
                }
            }
            let step = Step { new: entry.new, from: entry.from };
            aliases.steps.entry(entry.old).or_default().push(step);
        }
        for code in aliases.steps.keys() {
            if aliases.leads_back(code) {
                return Err(DataError::Aliases { reason: format!("the aliases of {code} lead back to it") });
            }
        }
        Ok(aliases)
    }

    fn leads_back(&self, start: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = vec![start];
        while let Some(code) = open.pop() {
            for step in self.steps.get(code).into_iter().flatten() {
                if step.new == start {
                    return true;
                }
                if seen.insert(step.new.as_str()) {
                    open.push(&step.new);
                }
            }
        }
        false
    }

    /// All codes that stand for `code` on `day`: itself, if it has not changed by then. Sorted.
    pub fn successors(&self, code: &str, day: Date) -> Vec<String> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![code];
        while let Some(code) = open.pop() {
            if !seen.insert(code) {
                continue;
            }
            let steps = self.steps.get(code).into_iter().flatten();
            let due: Vec<&str> = steps
                .filter(|step| step.from.is_none_or(|from| from <= day))
                .map(|step| step.new.as_str())
                .collect();
            if due.is_empty() {
                found.insert(code.to_owned());
            }
            open.extend(due);
        }
        found.into_iter().collect()
    }

    /// The one code that stands for `code` on `day`; `None` if it was divided among several.
    pub fn current(&self, code: &str, day: Date) -> Option<String> {
        let mut found = self.successors(code, day);
        if found.len() == 1 { found.pop() } else { None }
    }

    /// `codes` and every old code that stands for one of them on `day`: what to cut a table by, so that rows under
    /// old codes are not left out. Sorted.
    pub fn with_predecessors<'a>(&self, codes: impl IntoIterator<Item = &'a str>, day: Date) -> Vec<String> {
        let mut wanted: BTreeSet<String> = codes.into_iter().map(str::to_owned).collect();
        let old: Vec<&String> = self
            .steps
            .keys()
            .filter(|old| self.successors(old, day).iter().any(|code| wanted.contains(code)))
            .collect();
        wanted.extend(old.into_iter().cloned());
        wanted.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TABLE: &str = r#"
        [[alias]]
        old = "990103"
        new = "990105"
        from = "2021-04-09"
        [[alias]]
        old = "990101"
        new = "990103"
        from = "2015-01-01"
        [[alias]]
        old = "990110"
        new = "990111"
        [[alias]]
        old = "990110"
        new = "990112"
        note = "divided"
    "#;

    #[test]
    fn follows_chains_by_date() {
        let aliases = DivisionAliases::from_toml(TABLE).unwrap();
        let current = |code, y| aliases.current(code, date(y, 6, 1));
        assert_eq!(current("990101", 2014).as_deref(), Some("990101"));
        assert_eq!(current("990101", 2015).as_deref(), Some("990103"));
        assert_eq!(current("990101", 2022).as_deref(), Some("990105"));
        assert_eq!(aliases.current("990103", date(2021, 4, 8)).as_deref(), Some("990103"));
        assert_eq!(aliases.current("990103", date(2021, 4, 9)).as_deref(), Some("990105"));
        assert_eq!(current("990110", 2022), None);
        assert_eq!(aliases.successors("990110", date(2022, 1, 1)), ["990111", "990112"]);
        assert_eq!(aliases.with_predecessors(["990105"], date(2022, 1, 1)), ["990101", "990103", "990105"]);
        assert_eq!(aliases.with_predecessors(["990105"], date(2020, 1, 1)), ["990105"]);
    }

    #[test]
    fn refuses_bad_tables() {
        for text in [
            "[[alias]]\nold = \"1\"\nnew = \"990101\"",
            "[[alias]]\nold = \"990101\"\nnew = \"990102\"\n[[alias]]\nold = \"990102\"\nnew = \"990101\"",
            "[[alias]]\nold = \"990101\"\nnew = \"990102\"\nform = \"2020-01-01\"",
            "alias = 3",
        ] {
            assert!(DivisionAliases::from_toml(text).is_err(), "{text}");
        }
    }
}
