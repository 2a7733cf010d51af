//! What is measured, and which sums of it are shared.

use super::StatsTerms;
use crate::contract::ContractError;
use serde::{Deserialize, Serialize};

/// Bits of a sum that is shared as one number.
pub(super) const WORD_BITS: u32 = 63;

/// Bits of whatever is worked out from sums: n Σxy and Σx Σy are compared exactly.
pub(super) const EXACT_BITS: u32 = 125;

/// `[[stats.measure]]`: a column of numbers, with its bounds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// The column.
    pub column: String,
    /// What is told of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statistics: Vec<Statistic>,
    /// Quantiles that are told, in thousandths: 250 for the lower quartile. As the median, to all three.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantiles: Vec<u16>,
    /// Where the bins of a histogram over all rows begin but the first, in the same units as `min` and `max`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub histogram: Vec<i64>,
    /// Digits after the point: 2 for yuan and fen.
    #[serde(default)]
    pub decimals: u32,
    /// The least value.
    pub min: i64,
    /// The greatest value.
    pub max: i64,
}

/// What is told of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// How many values there are.
    Count,
    /// Their sum, exactly.
    Sum,
    /// Their mean.
    Mean,
    /// Their variance, with n - 1.
    Variance,
    /// The root of it.
    Sd,
    /// The least value that at least half of the values do not exceed. Found by dividing ranges, each step of which all three
    /// learn: all three receive.
    Median,
    /// The least value but for so many that, with this one, they are the smallest group that may be shown. As the median.
    Min,
    /// The greatest but for as many. As the median.
    Max,
}

impl Statistic {
    /// The word for columns of results.
    pub fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Variance => "variance",
            Self::Sd => "sd",
            Self::Median => "median",
            Self::Min => "min",
            Self::Max => "max",
        }
    }

    /// Whether it can be told with noise.
    pub(super) fn noised(self) -> bool {
        matches!(self, Self::Count | Self::Sum | Self::Mean)
    }

    /// Whether it is the value of a rank.
    pub fn ranked(self) -> bool {
        matches!(self, Self::Median | Self::Min | Self::Max)
    }
}

impl Measure {
    /// The bounds in units of the last digit.
    pub fn bounds(&self) -> [i128; 2] {
        let unit = 10i128.pow(self.decimals);
        [i128::from(self.min) * unit, i128::from(self.max) * unit]
    }

    /// The greatest amount of a value, in units of the last digit.
    pub(super) fn most(&self) -> u128 {
        self.bounds().map(i128::unsigned_abs).into_iter().max().unwrap_or(0)
    }

    /// Whether the sum is opened for each cell.
    pub fn sums(&self) -> bool {
        self.squares() || self.statistics.iter().any(|s| matches!(s, Statistic::Sum | Statistic::Mean))
    }

    /// Whether values are told by their rank.
    pub fn ranked(&self) -> bool {
        !self.quantiles.is_empty() || self.statistics.iter().any(|statistic| statistic.ranked())
    }

    /// Whether the sum of squares is opened for each cell.
    pub fn squares(&self) -> bool {
        self.statistics.iter().any(|s| matches!(s, Statistic::Variance | Statistic::Sd))
    }

    /// Where the bins of the histogram begin and the last one ends, in units of the last digit.
    pub fn bins(&self) -> Vec<i128> {
        let unit = 10i128.pow(self.decimals);
        let [min, max] = self.bounds();
        let inner = self.histogram.iter().map(|&bound| i128::from(bound) * unit);
        std::iter::once(min).chain(inner).chain([max]).collect()
    }
}

/// The name of a quantile of so many thousandths: `p25`, `p97.5`.
pub fn quantile_name(thousandths: u16) -> String {
    match thousandths % 10 {
        0 => format!("p{}", thousandths / 10),
        tenths => format!("p{}.{tenths}", thousandths / 10),
    }
}

/// Of which rows something is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Of all together.
    #[default]
    All,
    /// Of each cell and total.
    Cells,
}

/// `[[stats.weighted_mean]]`: the mean of a measure, each row with the weight that another one has.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightedMean {
    /// The measure.
    pub column: String,
    /// The weights, none below zero.
    pub weight: String,
}

/// `[[stats.correlation]]`: covariances and correlations of each two of several measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// The measures.
    pub columns: Vec<String>,
    /// Of which rows.
    #[serde(default)]
    pub scope: Scope,
}

/// `[[stats.regression]]`: a linear regression.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regression {
    /// The measure that is explained.
    pub explained: String,
    /// By which.
    pub explaining: Vec<String>,
    /// Of which rows.
    #[serde(default)]
    pub scope: Scope,
}

/// `[[stats.t_test]]`: whether the mean of a measure differs between two parts of a cut.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TTest {
    /// The measure.
    pub column: String,
    /// The cut, by its name in results.
    pub cut: String,
    /// The two parts.
    pub parts: [String; 2],
}

/// A sum that is shared. Measures are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Of the values of a measure.
    Values(usize),
    /// Of the products of two; the first is not after the second.
    Products(usize, usize),
}

/// A sum that is shared and, where it may be, shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// Of what.
    pub of: Of,
    /// Of each cell and total, or of all together.
    pub scope: Scope,
}

/// Bits of a number without sign.
pub(super) fn bits(number: u128) -> u32 {
    u128::BITS - number.leading_zeros()
}

impl StatsTerms {
    /// The number of the measure of a column.
    pub fn measure(&self, column: &str) -> Option<usize> {
        self.measures.iter().position(|measure| measure.column == column)
    }

    /// All sums that are shared, in the order in which they are.
    pub fn sums(&self) -> Vec<Figure> {
        let mut all: Vec<Figure> = Vec::new();
        let mut need = |of: Of, scope: Scope| match all.iter_mut().find(|figure| figure.of == of) {
            Some(figure) if scope == Scope::Cells => figure.scope = scope,
            Some(_) => {}
            None => all.push(Figure { of, scope }),
        };
        for (at, measure) in self.measures.iter().enumerate() {
            if measure.sums() {
                need(Of::Values(at), Scope::Cells);
            }
            if measure.squares() {
                need(Of::Products(at, at), Scope::Cells);
            }
        }
        let mut moments = |columns: &mut dyn Iterator<Item = &String>, scope: Scope| {
            let numbers: Vec<usize> = columns.filter_map(|column| self.measure(column)).collect();
            numbers.iter().for_each(|&at| need(Of::Values(at), scope));
            for (&a, &b) in
                numbers.iter().enumerate().flat_map(|(i, a)| numbers[i..].iter().map(move |b| (a, b)))
            {
                need(Of::Products(a.min(b), a.max(b)), scope);
            }
        };
        for model in &self.correlations {
            moments(&mut model.columns.iter(), model.scope);
        }
        for model in &self.regressions {
            moments(&mut std::iter::once(&model.explained).chain(&model.explaining), model.scope);
        }
        for test in &self.t_tests {
            moments(&mut std::iter::once(&test.column), Scope::Cells);
        }
        for mean in &self.weighted_means {
            let pair = [&mean.column, &mean.weight].map(|column| self.measure(column));
            if let [Some(column), Some(weight)] = pair {
                need(Of::Values(weight), Scope::Cells);
                need(Of::Products(column.min(weight), column.max(weight)), Scope::Cells);
            }
        }
        all
    }

    /// What one row can add to a sum.
    pub fn row_bounds(&self, of: Of) -> [i128; 2] {
        match of {
            Of::Values(at) => self.measures[at].bounds(),
            Of::Products(i, j) => {
                let [a, b] = [i, j].map(|at| self.measures[at].bounds());
                let corners = a.map(|x| b.map(|y| x.saturating_mul(y)));
                let corners = corners.as_flattened();
                let least = corners.iter().copied().min().unwrap_or(0);
                let least = if i == j && a[0] < 0 && a[1] > 0 { 0 } else { least };
                [if i == j { least.max(0) } else { least }, corners.iter().copied().max().unwrap_or(0)]
            }
        }
    }

    /// Bits of a sum over all rows, without sign.
    pub fn bits_of(&self, of: Of) -> u32 {
        let most = self.row_bounds(of).map(i128::unsigned_abs).into_iter().max().unwrap_or(0);
        bits(most.saturating_mul(self.all_rows().into()))
    }

    /// Whether a sum needs more than one word.
    pub fn is_wide(&self, of: Of) -> bool {
        self.bits_of(of) > WORD_BITS
    }

    /// Whether sums fit: of values one word, of products as much as can be worked with exactly.
    pub(super) fn check_bits(&self) -> Result<(), ContractError> {
        let rows = self.all_rows();
        for figure in self.sums() {
            let (place, most) = match figure.of {
                Of::Values(at) => (format!("stats.measure {}", self.measures[at].column), WORD_BITS),
                Of::Products(i, j) => {
                    let [a, b] = [i, j].map(|at| self.measures[at].column.as_str());
                    let place = if i == j { a.to_owned() } else { format!("{a} × {b}") };
                    (format!("stats.measure {place}"), EXACT_BITS - bits(rows.into()))
                }
            };
            let bits = self.bits_of(figure.of);
            if bits > most {
                return Err(ContractError::StatsOverflow { place, rows, bits, most });
            }
        }
        Ok(())
    }
}
