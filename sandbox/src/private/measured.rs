//! What is measured with noise for the figures of a question, and how far one person moves it.
//!
//! A figure is put together from sums of whole numbers by group: a count, a sum, a sum of squares. Sums that several figures
//! need are measured once. Of means and variances values are counted from the middle of their bounds, and squares from the
//! middle of theirs, which halves how far somebody can move them.

use super::Terms;
use crate::dataset::Dataset;
use crate::disclosure::Measure;
use crate::engine::WAITING;
use crate::error::SandboxError;
use crate::policy::Limits;
use crate::question::{Asked, MOST_GROUPS, Question, Value};
use serde::{Deserialize, Serialize};
use yinshu_audit::Amount;

/// Squares are taken in steps of a power of two, so that there are no more than this many.
const MOST_STEPS: u32 = 40;

/// Levels of a tree of ranges: the smallest are a 65,536th of the bounds, or one value.
const MOST_LEVELS: u32 = 16;

/// Smallest ranges of all groups and trees together.
const MOST_RANGES: u64 = 1 << 22;

/// While parts are put together there are so many copies of all groups beside one a part.
pub(crate) const PUT_TOGETHER: u64 = 2;

/// What a question measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The sums, each by group.
    pub measurements: Vec<Measurement>,
    /// What each figure of the question is made of.
    pub(super) made: Vec<Made>,
    /// How much of one person counts.
    pub bounding: Bounding,
    /// Where there are more groups than are all told, how those that are told are chosen.
    pub choice: Option<Choice>,
}

/// How groups are chosen: those of which persons with noise are at least so many. See `choice`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The measurement of persons.
    pub persons: usize,
    /// With what probability anybody is seen who is in a group alone.
    pub delta: Amount,
}

/// How much of one person counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounding {
    /// Rows in one group at most.
    pub rows: u64,
    /// Groups at most.
    pub groups: u64,
    /// Whether nobody has a second row anyway, as the description says and registering has made sure.
    pub single: bool,
}

/// A sum over the rows of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// The figure of which the engine has a column of values; each row counts where there is none.
    pub column: Option<usize>,
    /// What is added up.
    pub kind: Kind,
    /// The least value: what is below counts as this.
    pub least: i64,
    /// The greatest.
    pub greatest: i64,
}

/// What is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// One for each row with a value.
    Rows,
    /// One for each person with such a row.
    Persons,
    /// Values, from here on.
    Sum(i64),
    /// Squares of values from here on, in steps of a power of two, from the middle of all there can be.
    Squares {
        /// From where values are counted.
        from: i64,
        /// The power.
        step: u32,
        /// From where steps are counted.
        middle: i128,
    },
    /// One for each row in every part of a tree of ranges that its value is in: halves, quarters and so on of the bounds.
    Ranges {
        /// The smallest ranges have 2^this values each,
        step: u32,
        /// and are 2^this many.
        levels: u32,
    },
}

/// What a figure is made of: measurements by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    Count(usize),
    Sum(usize),
    Mean { sum: usize, count: usize },
    Spread { squares: usize, sum: usize, count: usize, root: bool },
    Quantile { ranges: usize, millionths: u32 },
}

impl Measurement {
    /// What a value adds.
    #[must_use]
    pub fn adds(&self, value: i64) -> i128 {
        let value = i128::from(value.clamp(self.least, self.greatest));
        match self.kind {
            Kind::Rows | Kind::Persons | Kind::Ranges { .. } => 1,
            Kind::Sum(from) => value - i128::from(from),
            Kind::Squares { from, step, middle } => {
                let apart = value.abs_diff(from.into());
                ((apart * apart) >> step) as i128 - middle
            }
        }
    }

    /// The smallest range that a value is in.
    #[must_use]
    pub fn range(&self, value: i64) -> Option<u32> {
        let Kind::Ranges { step, .. } = self.kind else { return None };
        let above = i128::from(value.clamp(self.least, self.greatest)) - i128::from(self.least);
        u32::try_from(above >> step).ok()
    }

    /// How many of the smallest ranges there are.
    #[must_use]
    pub fn ranges(&self) -> usize {
        match self.kind {
            Kind::Ranges { levels, .. } => 1 << levels,
            _ => 0,
        }
    }

    /// Counts a value in the smallest range that it is in.
    pub fn put(&self, value: i64, counts: &mut Vec<u64>) {
        if let Some(range) = self.range(value) {
            counts.resize(self.ranges(), 0);
            counts[range as usize] += 1;
        }
    }

    /// Whether its numbers go together.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let kind = match self.kind {
            Kind::Ranges { step, levels } => step < 64 && levels <= MOST_LEVELS,
            Kind::Squares { step, .. } => step < 128,
            _ => true,
        };
        kind && self.least <= self.greatest
    }

    /// Into how many sums ρ of this measurement is divided: each level of a tree is one, and the whole.
    #[must_use]
    pub fn sums(&self) -> u64 {
        match self.kind {
            Kind::Ranges { levels, .. } => u64::from(levels) + 1,
            _ => 1,
        }
    }

    /// How far one person moves the sum of one group at most, with so many rows in it.
    #[must_use]
    pub fn most(&self, rows: u64) -> u128 {
        match self.kind {
            Kind::Persons => 1,
            _ => {
                // Both are greatest at an end: of squares the least is at 0.
                let ends = [self.least, self.greatest].map(|end| self.adds(end).unsigned_abs());
                let inside = match self.kind {
                    Kind::Squares { middle, .. } => middle.unsigned_abs(),
                    _ => 0,
                };
                u128::from(rows) * ends[0].max(ends[1]).max(inside)
            }
        }
    }
}

impl Measured {
    /// What a question measures.
    #[must_use]
    pub fn of(question: &Question, dataset: &Dataset, terms: &Terms) -> Self {
        let single = question.tables.iter().all(|source| dataset.tables[source.table].single);
        let (rows, groups) = if single { (1, 1) } else { (terms.rows, terms.groups) };
        let bounding = Bounding { rows, groups, single };
        let mut list = List { question, dataset, known: Vec::new(), measurements: Vec::new(), single };
        let made = (0..question.figures.len()).map(|at| list.made(at)).collect();
        let choice =
            (question.groups() > MOST_GROUPS).then(|| Choice { persons: list.persons(), delta: terms.delta });
        let mut measurements = list.measurements;
        narrowed(&mut measurements, question.groups());
        Self { measurements, made, bounding, choice }
    }

    /// Holds what sums of all groups come to against the memory of a policy.
    ///
    /// # Errors
    /// [`SandboxError::NoRoom`], which follows from the question and the policy alone.
    pub fn fits(&self, question: &Question, limits: &Limits) -> Result<(), SandboxError> {
        let Size { all, waiting } = Size::of(&self.measurements, self.bounding, question.groups());
        let needs = (1 + PUT_TOGETHER).saturating_mul(all).saturating_add(waiting);
        // The other half is the engine's.
        let needs = needs.div_ceil(1 << 20).saturating_mul(2);
        match needs <= limits.memory_mib {
            true => Ok(()),
            false => Err(SandboxError::NoRoom { needs_mib: needs, memory_mib: limits.memory_mib }),
        }
    }
}

/// Where there are many groups, ranges are so few that of all of them there are no more than [`MOST_RANGES`].
fn narrowed(measurements: &mut [Measurement], groups: u64) {
    let trees = measurements.iter().filter(|measurement| measurement.ranges() > 0).count() as u64;
    let most = (MOST_RANGES / (trees.max(1) * groups.clamp(1, MOST_GROUPS))).max(2).ilog2();
    for measurement in measurements {
        if let Kind::Ranges { step, levels } = &mut measurement.kind {
            *step += levels.saturating_sub(most);
            *levels = (*levels).min(most);
        }
    }
}

/// What sums of a question come to at most, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// All groups.
    pub all: u64,
    /// The rows of one person that wait.
    pub waiting: u64,
}

impl Size {
    /// Of these measurements.
    #[must_use]
    pub fn of(measurements: &[Measurement], bounding: Bounding, groups: u64) -> Self {
        let many = measurements.len() as u64;
        let ranges: u64 = measurements.iter().map(|measurement| measurement.ranges() as u64 * 8).sum();
        // A sum, and where its ranges are; and as much again for where the group is.
        let group = 128 + many * (16 + 24) + ranges;
        // A value and its place, twice while it is chosen.
        let row = 128 + 2 * 16 * many;
        let waiting = if bounding.single { 0 } else { WAITING as u64 * row };
        Self { all: groups.min(MOST_GROUPS) * group, waiting }
    }
}

/// Measurements while they are put together.
struct List<'a> {
    question: &'a Question,
    dataset: &'a Dataset,
    /// Of each measurement: of which values, of which rows, and what.
    known: Vec<(Option<Value>, Option<Value>, Kind)>,
    measurements: Vec<Measurement>,
    single: bool,
}

impl List<'_> {
    fn made(&mut self, at: usize) -> Made {
        let asked = &self.question.figures[at];
        let (min, max) = (i128::from(asked.min), i128::from(asked.max));
        let from = ((min + max).div_euclid(2)) as i64;
        match asked.figure.measure {
            Measure::Rows => Made::Count(self.add(at, Kind::Rows)),
            Measure::Persons => Made::Count(self.add(at, Kind::Persons)),
            Measure::Quantile(rank) => {
                // Wide enough for the greatest value above the least.
                let wide = 128 - (max - min).unsigned_abs().leading_zeros();
                let levels = wide.min(MOST_LEVELS);
                let kind = Kind::Ranges { step: wide - levels, levels };
                Made::Quantile { ranges: self.add(at, kind), millionths: rank.millionths }
            }
            Measure::Sum => Made::Sum(self.add(at, Kind::Sum(0))),
            Measure::Mean => {
                Made::Mean { sum: self.add(at, Kind::Sum(from)), count: self.add(at, Kind::Rows) }
            }
            measure @ (Measure::Variance | Measure::Deviation) => {
                let far = (max - i128::from(from)).max(i128::from(from) - min).unsigned_abs();
                let top = far * far;
                let step = (128 - top.leading_zeros()).saturating_sub(MOST_STEPS);
                let middle = (top >> step) as i128 / 2;
                Made::Spread {
                    squares: self.add(at, Kind::Squares { from, step, middle }),
                    sum: self.add(at, Kind::Sum(from)),
                    count: self.add(at, Kind::Rows),
                    root: measure == Measure::Deviation,
                }
            }
        }
    }

    /// The number of the measurement of all persons of a group.
    fn persons(&mut self) -> usize {
        let kind = if self.single { Kind::Rows } else { Kind::Persons };
        self.added((None, None, kind), Measurement { column: None, kind, least: 0, greatest: 1 })
    }

    /// The number of a measurement of the values of a figure.
    fn add(&mut self, at: usize, kind: Kind) -> usize {
        let asked = &self.question.figures[at];
        let kind = if self.single && kind == Kind::Persons { Kind::Rows } else { kind };
        let counts = matches!(kind, Kind::Rows | Kind::Persons);
        let value = asked.value.as_ref().map(|value| if counts { counted(value) } else { value });
        // Of what always has a value all rows are counted.
        let value = value.filter(|value| !(counts && self.always(value)));
        let known = (value.cloned(), asked.filter.clone(), kind);
        let own = known.0.is_some() || known.1.is_some();
        let (least, greatest) = if counts { (0, 1) } else { (asked.min, asked.max) };
        self.added(known, Measurement { column: own.then_some(at), kind, least, greatest })
    }

    /// The number of a measurement: of one that is known already its own.
    fn added(&mut self, what: (Option<Value>, Option<Value>, Kind), measurement: Measurement) -> usize {
        if let Some(found) = self.known.iter().position(|other| *other == what) {
            return found;
        }
        self.known.push(what);
        self.measurements.push(measurement);
        self.measurements.len() - 1
    }

    fn always(&self, value: &Value) -> bool {
        !value.may_be_missing(&|source, column| self.question.nullable(self.dataset, source, column))
    }
}

/// What is counted by `COUNT(x)`, which the question has as a one wherever x has a value.
fn counted(value: &Value) -> &Value {
    let Value::Case(cases, last) = value else { return value };
    match (&cases[..], &**last) {
        ([(Value::Not(test), Value::Number(1))], Value::Missing) => match &**test {
            Value::IsMissing(inner) => inner,
            _ => value,
        },
        _ => value,
    }
}

impl Asked {
    /// Its unit: a value of so many is one.
    pub(super) fn unit(&self) -> f64 {
        10f64.powi(self.figure.decimals as i32)
    }
}

#[cfg(test)]
mod tests;
