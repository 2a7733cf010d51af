//! What a data set and a policy say about noise: `mode`, `privacy_budget`, `[dp]`.
//!
//! ```toml
//! [dataset]
//! mode = "dp"                                        # the least: no policy over it may do without noise
//! privacy_budget = "1"                               # ρ, or { epsilon = "5", delta = 1e-6 }
//!
//! [policy]
//! mode = "dp"
//! [dp]
//! budget = "0.5"                                     # this policy's share at most
//! price = "0.01"                                     # of a question that names none
//! most = "0.1"                                       # of any question
//! delta = "0.000000001"                              # of one with more groups than are all told
//! rows = 4                                           # of one person in one group
//! groups = 2                                         # of one person
//! bounds = { "residents.wage" = { min = 0, max = 30000 } }   # narrower than declared
//! ```

use crate::dataset::{Dataset, Domain, wrong};
use crate::error::SandboxError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use yinshu_audit::{Amount, Price, Total};

/// How answers are made safe; the greater is the stricter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Disclosure control: exact figures, those that would give somebody away hidden.
    #[default]
    Control,
    /// Differential privacy: all figures, with noise.
    Dp,
}

/// The budget of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Allowance {
    /// ρ of zero-concentrated differential privacy.
    Rho(Amount),
    /// The greatest ρ that is (ε, δ)-differentially private, a tenth of δ being for tables of chosen groups.
    Approximate {
        /// ε.
        epsilon: Amount,
        /// δ.
        delta: f64,
    },
}

/// The greatest budget of a data set: ε is 19 at a δ of 10⁻⁶. (The census of 2020 of the United States told 2.56 of persons.)
const MOST_BUDGET: u128 = 4 * ONE;

/// The greatest price of one question.
const MOST_PRICE: u128 = ONE / 2;

/// The greatest δ of one question: a hundredth of what all may add.
const MOST_DELTA: Amount = Amount::MILLIONTH.part_of_100();

/// Of how many parts of a declared δ one is for choosing groups.
const CHOOSING: u128 = 10;

const ONE: u128 = 1_000_000_000_000_000_000;

impl Allowance {
    /// As ρ, rounded down to 10⁻⁹, and what choosing groups may add to a δ. Where δ is said, that is a part of it: all
    /// that is spent of both together is (ε, δ)-differentially private.
    ///
    /// # Errors
    /// [`SandboxError::Description`]: it promises nothing.
    pub fn total(&self) -> Result<Total, SandboxError> {
        let place = "dataset.privacy_budget";
        let total = match *self {
            Self::Rho(rho) => rho.into(),
            Self::Approximate { epsilon, delta } => {
                if !(delta > 0.0 && delta <= 1e-5) {
                    return Err(wrong(place, "delta is above 0 and at most 0.00001"));
                }
                // A millionth at most.
                let choosing =
                    Amount::of_units((delta * (ONE / CHOOSING) as f64) as u128).unwrap_or_default();
                let choosing = choosing.min(Amount::MILLIONTH);
                Total { rho: greatest(epsilon.to_f64(), delta, choosing), delta: choosing }
            }
        };
        match total.rho.units() {
            0 => Err(wrong(place, "it is above 0")),
            units if units > MOST_BUDGET => Err(wrong(place, "a budget above rho 4 promises nothing")),
            _ => Ok(total),
        }
    }
}

/// The greatest ρ, in steps of 10⁻⁹, of which ε at δ is no more than so much beside what choosing groups adds; 5 where it is more.
fn greatest(epsilon: f64, delta: f64, choosing: Amount) -> Amount {
    let rho = |step: u128| Amount::of_units(step * (ONE / 1_000_000_000)).unwrap_or_default();
    let price = |step: u128| Price { delta: choosing, ..Price::of_rho(rho(step)) };
    let fits = |step: u128| price(step).epsilon_at(delta).is_some_and(|found| found <= epsilon);
    let (mut low, mut high) = (0, 5_000_000_000);
    while high - low > 1 {
        let middle = (low + high) / 2;
        if fits(middle) { low = middle } else { high = middle }
    }
    if high == 5_000_000_000 { rho(high) } else { rho(low) }
}

/// `[dp]` of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Terms {
    /// The most ρ of the data set's budget that is spent under this policy; all of it where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// The price of a question that names none.
    pub price: Amount,
    /// The greatest price of a question.
    pub most: Amount,
    /// What a question with more groups than are all told adds to every δ.
    pub delta: Amount,
    /// Rows of one person that count in one group at most.
    pub rows: u64,
    /// Groups of one question in which one person counts at most.
    pub groups: u64,
    /// Bounds of columns of numbers, as `table.column`, where they are narrower than declared: values beyond count as the
    /// bound.
    pub bounds: BTreeMap<String, Bound>,
}

/// Bounds of a column, without digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The least value.
    pub min: i64,
    /// The greatest.
    pub max: i64,
}

/// Rows and groups of one person at most.
const MOST_COUNTED: u64 = 4096;

/// Rows of one person in all groups together: they wait until all of the person's rows have gone by.
const MOST_TOGETHER: u64 = 1 << 15;

impl Default for Terms {
    fn default() -> Self {
        let amount = |units| Amount::of_units(units).unwrap_or_default();
        Self {
            budget: None,
            price: amount(ONE / 100),
            most: amount(ONE / 10),
            delta: amount(ONE / 1_000_000_000),
            rows: 1,
            groups: 1,
            bounds: BTreeMap::new(),
        }
    }
}

impl Terms {
    /// Holds them against a data set.
    ///
    /// # Errors
    /// [`SandboxError::Description`].
    pub fn check(&self, dataset: &Dataset) -> Result<(), SandboxError> {
        let place = |name: &str| format!("dp.{name}");
        let Some(total) = &dataset.dataset.privacy_budget else {
            return Err(wrong("policy.mode", "the data set has no privacy_budget"));
        };
        let total = total.total()?.rho;
        if self.budget.is_some_and(|budget| budget == Amount::ZERO || budget > total) {
            return Err(wrong(&place("budget"), "it is above 0 and no more than the data set's"));
        }
        for (name, price) in [("price", self.price), ("most", self.most)] {
            if price == Amount::ZERO || price.units() > MOST_PRICE {
                return Err(wrong(&place(name), "a price is above 0, and rho 0.5 at most"));
            }
        }
        if self.price > self.most {
            return Err(wrong(&place("price"), "it is no more than most"));
        }
        if self.delta == Amount::ZERO || self.delta > MOST_DELTA {
            return Err(wrong(&place("delta"), "it is above 0, and 0.00000001 at most"));
        }
        for (name, count) in [("rows", self.rows), ("groups", self.groups)] {
            if count == 0 || count > MOST_COUNTED {
                return Err(wrong(&place(name), "it is from 1 to 4096"));
            }
        }
        if self.rows * self.groups > MOST_TOGETHER {
            return Err(wrong(&place("rows"), "rows times groups are at most 32768"));
        }
        for (name, bound) in &self.bounds {
            let place = place(&format!("bounds.{name}"));
            let (table, column) =
                dataset.end(name).map_err(|_| wrong(&place, "it is table.column, both of the data set"))?;
            let Domain::Number { decimals, min, max } = dataset.tables[table].domain(column) else {
                return Err(wrong(&place, "bounds are of a column of numbers"));
            };
            let unit = 10i128.pow(decimals);
            let (low, high) = (i128::from(bound.min) * unit, i128::from(bound.max) * unit);
            if low > high || low < i128::from(min) || high > i128::from(max) {
                return Err(wrong(&place, "they are narrower than the data set's, the least first"));
            }
        }
        Ok(())
    }

    /// The bounds of a column in units of its last digit, where they are narrower than declared.
    #[must_use]
    pub fn bounds(&self, table: &str, column: &str, decimals: u32) -> Option<(i64, i64)> {
        let bound = self.bounds.get(&format!("{table}.{column}"))?;
        let unit = 10i64.checked_pow(decimals)?;
        Some((bound.min.checked_mul(unit)?, bound.max.checked_mul(unit)?))
    }

    /// The price of a question, of what was named.
    ///
    /// # Errors
    /// [`SandboxError::PriceTooHigh`], [`SandboxError::PriceTooSmall`].
    pub fn price(&self, named: Option<Amount>) -> Result<Amount, SandboxError> {
        let price = named.unwrap_or(self.price);
        match price {
            Amount::ZERO => Err(SandboxError::PriceTooSmall { price: price.to_string() }),
            _ if price > self.most => {
                Err(SandboxError::PriceTooHigh { price: price.to_string(), most: self.most.to_string() })
            }
            _ => Ok(price),
        }
    }
}

#[cfg(test)]
mod tests;
