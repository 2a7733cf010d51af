//! The rules of a release, and profiles to start from.
//!
//! A rule can be made stricter than its profile, never looser. The rule book with sources and examples is
//! docs/rules.md.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a table must meet before any of it is seen.
///
/// Written as a profile's name and, where wanted, single rules that are stricter than the profile's:
///
/// ```toml
/// release = { profile = "uk-tre-10", least = 20, dominance = { largest = 1, percent = 60 } }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Rules {
    /// Where they started from.
    pub profile: Profile,
    /// The least number of persons behind any figure, and behind any combination of figures.
    pub least: u64,
    /// The least number of persons who have what is counted, and of those who have not: of a figure with a
    /// condition, of zeros and ones, and of values most of which are alike.
    pub numerator: u64,
    /// Whether a figure that says the same of everybody in its group (0 % or 100 %) is hidden.
    pub class: bool,
    /// The largest contributors must not make up more than a share of the whole: all of these hold, one of each
    /// number of contributors. One that is written is added to the profile's.
    pub dominance: Vec<Dominance>,
    /// How closely, in percent, nobody may be able to estimate the largest contribution: the second largest
    /// contributor knows the total and its own.
    pub closeness: u32,
    /// The least degrees of freedom (persons less one) of a variance.
    pub freedom: u64,
    /// What counts are rounded to: 1 is not at all.
    pub round: u64,
}

/// The rule of the largest contributors, known as (n, k).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dominance {
    /// How many contributors.
    pub largest: u32,
    /// The greatest share of the whole, in percent, that they may have together.
    pub percent: u32,
}

/// Named rules to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Profile {
    /// Trusted research environments of the United Kingdom.
    #[default]
    #[serde(rename = "uk-tre-10")]
    UkTre10,
    /// OpenSAFELY: counts of seven and less hidden, the rest rounded to five.
    #[serde(rename = "opensafely-7-5")]
    Opensafely75,
    /// The cell size suppression policy of the Centers for Medicare & Medicaid Services.
    #[serde(rename = "cms-11")]
    Cms11,
    /// The rule of ten of the Australian Bureau of Statistics' DataLab.
    #[serde(rename = "abs-10")]
    Abs10,
}

/// Rules as they are written down.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    profile: Profile,
    least: Option<u64>,
    numerator: Option<u64>,
    class: Option<bool>,
    dominance: Option<OneOrMore>,
    closeness: Option<u32>,
    freedom: Option<u64>,
    round: Option<u64>,
}

/// One rule of the largest contributors, or several.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Dominance),
    More(Vec<Dominance>),
}

/// The greatest number of persons, or base of rounding, that a rule may ask for.
const MOST_PERSONS: u64 = 1000;

/// A rule that was written looser than its profile has it, or that no table could ever meet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    /// Looser than the profile.
    #[error("`{rule}` is looser than `{profile}` has it: a rule can only be made stricter than its profile")]
    Looser {
        /// Its name as written.
        rule: &'static str,
        /// The profile's name.
        profile: &'static str,
    },
    /// Out of the range that has a meaning.
    #[error("`{rule}` is out of range: {range}")]
    Range {
        /// Its name as written.
        rule: &'static str,
        /// What would do.
        range: &'static str,
    },
}

impl Profile {
    /// All of them.
    pub const ALL: [Profile; 4] = [Profile::UkTre10, Profile::Opensafely75, Profile::Cms11, Profile::Abs10];

    /// Its name as written.
    pub fn name(self) -> &'static str {
        match self {
            Profile::UkTre10 => "uk-tre-10",
            Profile::Opensafely75 => "opensafely-7-5",
            Profile::Cms11 => "cms-11",
            Profile::Abs10 => "abs-10",
        }
    }

    /// Its rules. Sources: docs/rules.md.
    pub fn rules(self) -> Rules {
        let base = Rules {
            profile: self,
            least: 10,
            numerator: 10,
            class: true,
            dominance: vec![Dominance { largest: 2, percent: 90 }],
            closeness: 10,
            freedom: 10,
            round: 1,
        };
        match self {
            Profile::UkTre10 => base,
            Profile::Opensafely75 => Rules { least: 8, numerator: 8, round: 5, ..base },
            Profile::Cms11 => Rules { least: 11, numerator: 11, ..base },
            Profile::Abs10 => Rules {
                dominance: vec![Dominance { largest: 1, percent: 50 }, Dominance { largest: 2, percent: 67 }],
                ..base
            },
        }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Profile::default().rules()
    }
}

impl Rules {
    /// Rules that are at least as strict as either, in everything.
    #[must_use]
    pub fn strictest(&self, other: &Rules) -> Rules {
        Rules {
            profile: self.profile,
            least: self.least.max(other.least),
            numerator: self.numerator.max(other.numerator),
            class: self.class || other.class,
            dominance: merged(&self.dominance, &other.dominance),
            closeness: self.closeness.max(other.closeness),
            freedom: self.freedom.max(other.freedom),
            round: self.round.max(other.round),
        }
    }

    /// How many of the largest contributions of a part ([`super::Part::largest`]) these rules look at.
    pub fn looks_at(&self) -> usize {
        let most = self.dominance.iter().map(|d| d.largest as usize).max().unwrap_or(0);
        if self.closeness > 0 { most.max(2) } else { most }
    }
}

/// Of each number of contributors the lesser share.
fn merged(a: &[Dominance], b: &[Dominance]) -> Vec<Dominance> {
    let mut all = BTreeMap::new();
    for d in a.iter().chain(b) {
        let percent = all.entry(d.largest).or_insert(d.percent);
        *percent = d.percent.min(*percent);
    }
    all.into_iter().map(|(largest, percent)| Dominance { largest, percent }).collect()
}

/// A value that is there must be at least the profile's.
fn at_least<T: PartialOrd>(
    rule: &'static str,
    written: Option<T>,
    of: T,
    profile: Profile,
) -> Result<T, BadRule> {
    match written {
        Some(value) if value < of => Err(BadRule::Looser { rule, profile: profile.name() }),
        Some(value) => Ok(value),
        None => Ok(of),
    }
}

impl TryFrom<Written> for Rules {
    type Error = BadRule;

    fn try_from(written: Written) -> Result<Self, BadRule> {
        let profile = written.profile;
        let base = profile.rules();
        let added = match written.dominance {
            None => Vec::new(),
            Some(OneOrMore::One(one)) => vec![one],
            Some(OneOrMore::More(more)) => more,
        };
        for d in &added {
            if !(1..=100).contains(&d.largest) || !(1..=100).contains(&d.percent) {
                return Err(BadRule::Range {
                    rule: "dominance",
                    range: "`largest` and `percent` from 1 to 100",
                });
            }
            if base.dominance.iter().any(|b| b.largest == d.largest && d.percent > b.percent) {
                return Err(BadRule::Looser { rule: "dominance", profile: profile.name() });
            }
        }
        let rules = Rules {
            profile,
            least: at_least("least", written.least, base.least, profile)?,
            numerator: at_least("numerator", written.numerator, base.numerator, profile)?,
            class: at_least("class", written.class, base.class, profile)?,
            dominance: merged(&base.dominance, &added),
            closeness: at_least("closeness", written.closeness, base.closeness, profile)?,
            freedom: at_least("freedom", written.freedom, base.freedom, profile)?,
            round: at_least("round", written.round, base.round, profile)?,
        };
        let most = [("least", rules.least), ("numerator", rules.numerator), ("freedom", rules.freedom)];
        if let Some((rule, _)) = most.into_iter().find(|(_, value)| *value > MOST_PERSONS) {
            return Err(BadRule::Range { rule, range: "at most 1000" });
        }
        if rules.round > MOST_PERSONS {
            return Err(BadRule::Range { rule: "round", range: "at most 1000" });
        }
        if rules.closeness > 100 {
            return Err(BadRule::Range { rule: "closeness", range: "at most 100" });
        }
        Ok(rules)
    }
}

impl From<Rules> for Written {
    fn from(rules: Rules) -> Self {
        Written {
            profile: rules.profile,
            least: Some(rules.least),
            numerator: Some(rules.numerator),
            class: Some(rules.class),
            dominance: Some(OneOrMore::More(rules.dominance)),
            closeness: Some(rules.closeness),
            freedom: Some(rules.freedom),
            round: Some(rules.round),
        }
    }
}

#[cfg(test)]
mod tests;
