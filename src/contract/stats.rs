//! `[stats]`: the terms of joint statistics over rows that are split among three parties.

mod measures;
mod models;
mod noise;

pub use measures::{
    Correlation, Figure, Measure, Of, Regression, Scope, Statistic, TTest, WeightedMean, quantile_name,
};
pub use noise::{NoiseOn, NoiseTerms, Noised};

use super::computing::PARTIES;
use super::several::{Cells, Cut, MAX_FIGURES};
use super::{ContractError, Security, Terms};
use serde::{Deserialize, Serialize};
use yinshu_data::table::ColumnKind;
use yinshu_net::PartyId;

/// The most rows that one party may bring.
const MAX_ROWS: u64 = 1 << 40;

/// The most digits after the point.
const MAX_DECIMALS: u32 = 9;

/// The most bins of a histogram.
const MAX_BINS: usize = 256;

/// Bits of a total that can be compared with its greatest contribution ([`yinshu_mpc::release`]).
const COMPARED_BITS: u32 = 53;

/// `[stats]`: what is asked about all parties' rows together, and what may come out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatsTerms {
    /// The column that names the person of a row: a person has one row in a party's table, and rows in one table alone.
    pub person: String,
    /// The parties that get the result; the recipient is one of them.
    pub receivers: Vec<PartyId>,
    /// The parties that bring rows and do not compute, last among the contract's parties: the three before them compute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<PartyId>,
    /// What a party that breaks the protocol can do.
    #[serde(default)]
    pub security: Security,
    /// Most rows that count in one party's table.
    pub max_rows: u64,
    /// Most runs of this contract that are ever answered, counted in each party's log: two runs over tables that differ in
    /// one person tell about this person.
    pub max_runs: u32,
    /// What becomes of a table with rows that cannot be used.
    #[serde(default)]
    pub unusable: Unusable,
    /// A cell is hidden where one person has more than so many per cent of the sum of a measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dominance_percent: Option<u8>,
    /// The cuts into cells, none to two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_by: Vec<Cut>,
    /// What is measured; how many persons there are is always told.
    #[serde(default, rename = "measure", skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure>,
    /// Means weighted by another measure, of each cell and total.
    #[serde(default, rename = "weighted_mean", skip_serializing_if = "Vec::is_empty")]
    pub weighted_means: Vec<WeightedMean>,
    /// Covariances and correlations.
    #[serde(default, rename = "correlation", skip_serializing_if = "Vec::is_empty")]
    pub correlations: Vec<Correlation>,
    /// Linear regressions.
    #[serde(default, rename = "regression", skip_serializing_if = "Vec::is_empty")]
    pub regressions: Vec<Regression>,
    /// Tests whether two parts of a cut differ.
    #[serde(default, rename = "t_test", skip_serializing_if = "Vec::is_empty")]
    pub t_tests: Vec<TTest>,
    /// Whether the two cuts are tested for independence.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chi_square: bool,
    /// Noise: what is told is differentially private, and paid of each owner's budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseTerms>,
}

/// What becomes of a table with a row that names its person again, or has no value within the bounds of a measure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unusable {
    /// Nothing is computed.
    #[default]
    Refuse,
    /// The row is left out, in counts too, and counted for its own party.
    LeaveOut,
}

impl StatsTerms {
    /// The cells.
    pub fn cells(&self) -> Cells {
        Cells::of(&self.group_by)
    }

    /// Rows of all parties together, at most.
    pub fn all_rows(&self) -> u64 {
        (PARTIES + self.outside.len()) as u64 * self.max_rows
    }

    /// The measures of whose sums the greatest contributions are compared, where the contract has such a rule.
    pub fn compared(&self) -> Vec<usize> {
        let cells = |figure: &Figure| match (figure.of, figure.scope) {
            (Of::Values(at), Scope::Cells) => Some(at),
            _ => None,
        };
        if self.dominance_percent.is_none() {
            Vec::new()
        } else {
            self.sums().iter().filter_map(cells).collect()
        }
    }

    /// How many figures are shared for each cell: the count, sums, sums of products, greatest values.
    pub fn columns(&self) -> usize {
        1 + self.sums().len() + self.compared().len()
    }

    /// How many figures may be opened.
    pub fn figures(&self) -> usize {
        let all = self.cells().shape().with_totals();
        all.rows.saturating_mul(all.columns).saturating_mul(self.columns())
    }

    /// Bits of the sum of a measure over all rows, without sign.
    pub fn sum_bits(&self, measure: &Measure) -> u32 {
        measures::bits(measure.most().saturating_mul(self.all_rows().into()))
    }
}

impl Terms {
    pub(super) fn check_stats(&self, stats: &StatsTerms) -> Result<(), ContractError> {
        let wrong = |place: &str, why: &str| Err(ContractError::incoherent(place, why));
        let person = self.data.table.columns.iter().find(|column| column.name == stats.person);
        let Some(kind) = person.map(|column| column.kind).filter(|kind| kind.is_identifier()) else {
            return wrong("stats.person", "it is a column of data.table that identifies");
        };
        if self.data.min_group_size == 2 {
            return wrong(
                "data.min_group_size",
                "of 2, a hidden cell has exactly one person: 3 or more, or 1 for none",
            );
        }
        if self.data.min_group_size < 3 && stats.dominance_percent.is_some() {
            return wrong(
                "data.min_group_size",
                "with dominance_percent it is 3 or more: a cell of one or two is dominated by one of them",
            );
        }
        self.check_computing("stats", &stats.receivers)?;
        if !stats.outside.is_empty() && stats.measures.iter().any(Measure::ranked) {
            return wrong(
                "stats.outside",
                "a median, quantile, min or max is looked for step by step among parties that compute",
            );
        }
        if !(1..=MAX_ROWS).contains(&stats.max_rows) {
            return wrong("stats.max_rows", "it is at least 1 and at most 2^40");
        }
        if stats.max_runs == 0 {
            return wrong("stats.max_runs", "it is at least 1");
        }
        self.check_cuts(&stats.group_by, "stats.group_by", (&stats.person, kind))?;
        if stats.cells().count() > yinshu_psi::MAX_SECTIONS || stats.figures() > MAX_FIGURES {
            return wrong("stats.group_by", "there are too many cells");
        }
        stats.measures.iter().try_for_each(|measure| self.check_measure(stats, measure))?;
        stats.check_models()?;
        stats.check_bits()?;
        stats.check_noise()
    }

    fn check_measure(&self, stats: &StatsTerms, measure: &Measure) -> Result<(), ContractError> {
        let place = format!("stats.measure {}", measure.column);
        let wrong = |why: &str| Err(ContractError::incoherent(&place, why));
        let column = self.data.table.columns.iter().find(|column| column.name == measure.column);
        if column.is_none_or(|column| !matches!(column.kind, ColumnKind::Integer | ColumnKind::Decimal)) {
            return wrong("it is a column of data.table, of kind integer or decimal");
        }
        let same = stats.measures.iter().filter(|other| other.column == measure.column).count();
        let cut = stats.group_by.iter().any(|cut| cut.column.as_ref() == Some(&measure.column));
        if same > 1 || cut {
            return wrong("a column is measured once, and makes no cells");
        }
        let twice = (1..measure.statistics.len())
            .any(|at| measure.statistics[..at].contains(&measure.statistics[at]));
        if twice || !stats.is_told(measure) {
            return wrong("something is told of it, and nothing twice");
        }
        let rising = |all: &[i128]| all.windows(2).all(|pair| pair[0] < pair[1]);
        let quantiles: Vec<i128> = measure.quantiles.iter().map(|&q| q.into()).collect();
        if !rising(&quantiles) || quantiles.iter().any(|q| !(1..=999).contains(q)) {
            return wrong("quantiles are thousandths of 1 to 999, in rising order");
        }
        if measure.ranked() && stats.receivers.len() != PARTIES {
            return wrong("a median, quantile, min or max is told to all three parties: all are receivers");
        }
        let [min, max] =
            measure.bounds().map(|bound| i64::try_from(bound).ok().filter(|b| b.abs() < 1 << 62));
        if measure.ranked() && min.and(max).is_none() {
            return wrong("values that are told by rank are below 2^62, in units of the last digit");
        }
        if measure.min > measure.max || measure.decimals > MAX_DECIMALS {
            return wrong("min is at most max, and there are at most 9 decimals");
        }
        if !measure.histogram.is_empty() && (!rising(&measure.bins()) || measure.histogram.len() >= MAX_BINS)
        {
            return wrong("the bounds of a histogram rise from above min to below max, and are at most 255");
        }
        let compared = stats.measure(&measure.column).is_some_and(|at| stats.compared().contains(&at));
        match stats.dominance_percent {
            Some(percent) if !(1..=99).contains(&percent) => return wrong("dominance_percent is 1 to 99"),
            Some(_) if compared && measure.min < 0 => {
                return wrong("with dominance_percent no value is below zero");
            }
            _ => {}
        }
        let (rows, most, bits) = (stats.all_rows(), COMPARED_BITS, stats.sum_bits(measure));
        if compared && bits > most {
            return Err(ContractError::StatsOverflow { place, rows, bits, most });
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
