//! A policy: who may ask what of a data set, what for, until when, and under which rules answers are released.
//!
//! ```toml
//! [policy]
//! name = "housing-2026"
//! dataset = "housing"
//! purpose = "住房保障研究"
//! users = ["li.ming"]
//! expires = "2026-12-31"
//! release = { profile = "uk-tre-10", dominance = { largest = 1, percent = 60 } }
//!
//! [review]                          # which results a person sees first: `airlock::terms`
//! when = "flagged"
//! reviewers = ["wang.fang"]
//!
//! [approval]                        # who has to sign it: `approval`
//! purpose = ["chen.jie"]
//!
//! [limits]
//! seconds = 60                      # a question runs no longer
//! memory_mib = 1024
//! questions_a_day = 200
//! new_sets_a_question = 8192        # sets of rows that a question adds to what was released
//! new_sets_a_day = 16384            # the same of all questions of a day
//!
//! [[grant]]
//! table = "residents"
//! rows = "town IN ('990101')"       # no question ever sees another row
//! columns = { town = ["group-key", "compare"], wage = "aggregate", id = "join-key" }
//! masks = { town = "county" }       # what is shown of a column, see [`crate::masks`]
//! ```
//!
//! What is not granted does not exist for whoever asks: the same answer is given as for a name that was made up. Of the
//! rules of the data set and of the policy, the stricter holds.

use crate::airlock::{Review, Watermark};
use crate::approval::{Approval, Bound};
use crate::dataset::{Dataset, plain_name, wrong};
use crate::disclosure::Rules;
use crate::error::SandboxError;
use crate::masks::{self, Coarse};
use crate::private::{self, Mode};
use crate::program;
use jiff::civil::Date;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What may be done with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// Tables are joined by it, and persons counted.
    JoinKey,
    /// Rows are grouped by it: its values are labels of groups.
    GroupKey,
    /// It is summed up over groups.
    Aggregate,
    /// It stands in conditions.
    Compare,
}

impl Use {
    /// As it stands in a policy.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JoinKey => "join-key",
            Self::GroupKey => "group-key",
            Self::Aggregate => "aggregate",
            Self::Compare => "compare",
        }
    }
}

/// What may be done with a column: one word or a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Uses(pub BTreeSet<Use>);

impl<'de> Deserialize<'de> for Uses {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum OneOrMore {
            One(Use),
            More(BTreeSet<Use>),
        }
        match OneOrMore::deserialize(from) {
            Ok(OneOrMore::One(one)) => Ok(Self([one].into())),
            Ok(OneOrMore::More(more)) if !more.is_empty() => Ok(Self(more)),
            _ => Err(D::Error::custom(
                "a column's uses are one or more of join-key, group-key, aggregate, compare",
            )),
        }
    }
}

/// A policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Who, what for, until when.
    pub policy: Terms,
    /// How much.
    #[serde(default)]
    pub limits: Limits,
    /// Which results a person sees first.
    #[serde(default)]
    pub review: Review,
    /// What noise costs, and how much of one person counts: under `mode = "dp"` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dp: Option<private::Terms>,
    /// Whether figures are altered a little, so that a file tells whose copy it is.
    #[serde(default)]
    pub watermark: Option<Watermark>,
    /// Of what.
    #[serde(rename = "grant")]
    pub grants: Vec<Grant>,
    /// Who has to sign it.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub approval: Approval,
    /// What it is signed for: written by whoever signs it first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
}

fn is_usual(approval: &Approval) -> bool {
    *approval == Approval::default()
}

/// `[policy]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Its name.
    pub name: String,
    /// The data set.
    pub dataset: String,
    /// What answers are for.
    pub purpose: String,
    /// Who may ask.
    pub users: BTreeSet<String>,
    /// The last day.
    pub expires: Date,
    /// Under which rules answers are released, where they are stricter than those of the data set.
    #[serde(default)]
    pub release: Rules,
    /// How answers are made safe: by disclosure control or by differential privacy.
    #[serde(default)]
    pub mode: Mode,
}

/// `[limits]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// A question runs no longer.
    pub seconds: u64,
    /// Memory of the process in which it runs, in MiB.
    pub memory_mib: u64,
    /// Files of that process, in MiB: where it puts down what has no room in memory.
    pub spill_mib: u64,
    /// Questions of one user on one day.
    pub questions_a_day: u64,
    /// Sets of rows that one question adds to what was released: of more, nothing new is shown.
    pub new_sets_a_question: u64,
    /// The same of all questions under the policy on one day.
    pub new_sets_a_day: u64,
    /// Of programs.
    pub program: program::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            seconds: 60,
            memory_mib: 1024,
            spill_mib: 4096,
            questions_a_day: 200,
            new_sets_a_question: 8192,
            new_sets_a_day: 16_384,
            program: program::Limits::default(),
        }
    }
}

/// `[[grant]]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// A table of the data set.
    pub table: String,
    /// Which rows: a condition in SQL over any columns of the table.
    #[serde(default)]
    pub rows: Option<String>,
    /// Which columns, and what may be done with each.
    pub columns: BTreeMap<String, Uses>,
    /// Whether programs may read it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub programs: bool,
    /// What is shown of columns of which less is shown than is registered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub masks: BTreeMap<String, Coarse>,
}

impl Policy {
    /// Reads the policy of `path`, signed or not.
    ///
    /// # Errors
    /// [`SandboxError::Files`], [`SandboxError::Description`].
    pub fn read(path: &Path) -> Result<Self, SandboxError> {
        Ok(crate::approval::read(path)?.policy)
    }

    /// Reads a policy without its signatures; [`Self::check`] holds it against its data set.
    ///
    /// # Errors
    /// [`SandboxError::Description`].
    pub fn parse(text: &str) -> Result<Self, SandboxError> {
        toml::from_str(text).map_err(|error| crate::dataset::no_toml(text, &error))
    }

    /// Holds it against its data set.
    ///
    /// # Errors
    /// [`SandboxError::Description`]: what it grants is not there, or it does not go together.
    pub fn check(&self, dataset: &Dataset) -> Result<(), SandboxError> {
        plain_name("policy.name", &self.policy.name)?;
        if self.policy.dataset != dataset.dataset.name {
            return Err(wrong("policy.dataset", "it is the name of the data set"));
        }
        if self.policy.users.is_empty() {
            return Err(wrong("policy.users", "nobody may ask"));
        }
        self.review.check(&self.policy.users)?;
        if let Some(watermark) = &self.watermark {
            watermark.millionths()?;
        }
        if self.policy.purpose.trim().is_empty() {
            return Err(wrong("policy.purpose", "it is blank"));
        }
        for (name, value) in [
            ("seconds", self.limits.seconds),
            ("memory_mib", self.limits.memory_mib),
            ("questions_a_day", self.limits.questions_a_day),
            ("new_sets_a_question", self.limits.new_sets_a_question),
            ("new_sets_a_day", self.limits.new_sets_a_day),
        ] {
            if value == 0 {
                return Err(wrong(&format!("limits.{name}"), "it is at least 1"));
            }
        }
        self.check_mode(dataset)?;
        let mut granted = BTreeSet::new();
        for grant in &self.grants {
            let place = format!("grant.{}", grant.table);
            let table = dataset.table(&grant.table).map(|at| &dataset.tables[at]);
            let table = table.ok_or_else(|| wrong(&place, "the data set has no such table"))?;
            if !granted.insert(&grant.table) {
                return Err(wrong(&place, "a table is granted once"));
            }
            if let (Some(rows), Some(at)) = (&grant.rows, dataset.table(&grant.table)) {
                crate::question::condition(rows, dataset, at)?;
            }
            for (name, uses) in &grant.columns {
                let place = format!("{place}.{name}");
                let column = table.column(name);
                let column = column.ok_or_else(|| wrong(&place, "the table has no such column"))?;
                let pseudonym = matches!(table.domain(column), crate::dataset::Domain::Pseudonym(_));
                if !pseudonym && table.is_entity(column) != uses.0.contains(&Use::JoinKey)
                    || uses.0.len() > 1 && table.is_entity(column)
                {
                    return Err(wrong(
                        &place,
                        "join-key is for the column that says whom a row is about, and nothing else is",
                    ));
                }
            }
            masks::check(grant, dataset, &place)?;
        }
        match granted.is_empty() {
            true => Err(wrong("grant", "nothing is granted")),
            false => Ok(()),
        }
    }

    /// Refuses conditions on granted rows that compare a column with what it can never be: with a slip of the pen `<>` grants
    /// every row. What was approved before is not looked at again.
    ///
    /// # Errors
    /// [`SandboxError::NoValue`].
    pub fn rows_hold(&self, dataset: &Dataset) -> Result<(), SandboxError> {
        for grant in &self.grants {
            if let (Some(rows), Some(at)) = (&grant.rows, dataset.table(&grant.table)) {
                crate::question::holds(rows, dataset, at)?;
            }
        }
        Ok(())
    }

    fn check_mode(&self, dataset: &Dataset) -> Result<(), SandboxError> {
        let Some(terms) = self.private(dataset.dataset.mode) else {
            return match self.dp {
                None => Ok(()),
                Some(_) => Err(wrong("dp", "it is for mode = \"dp\"")),
            };
        };
        if self.policy.release != Rules::default() {
            return Err(wrong("policy.release", "rules of disclosure control are for mode = \"control\""));
        }
        let granted = |name: &String| {
            let (table, column) = name.split_once('.')?;
            self.grant(table)?.columns.get(column)
        };
        match terms.bounds.keys().find(|name| granted(name).is_none()) {
            Some(name) => Err(wrong(&format!("dp.bounds.{name}"), "it is not granted")),
            None => terms.check(dataset),
        }
    }

    /// The terms of noise, where this policy or something stricter asks for it.
    #[must_use]
    pub fn private(&self, least: Mode) -> Option<private::Terms> {
        match least.max(self.policy.mode) {
            Mode::Control => None,
            Mode::Dp => Some(self.dp.clone().unwrap_or_default()),
        }
    }

    /// What of a table is granted.
    #[must_use]
    pub fn grant(&self, table: &str) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.table == table)
    }
}
