//! Analyses of all rows together that count.
//!
//! A row counts where it passes joins and filter and no value of the analysis is missing. Nobody learns which rows
//! these are: others are masked. How many there are is part of most answers.
//!
//! All of these open to the three compute parties: see [`crate::stats`] for what each opens beside its answer. So an
//! analysis is refused where not all three receive it, and where tables of several owners stand one after the other, each of whom
//! could subtract its own rows.
//!
//! Where the rule hides anything, bits open first ([`View::may_be_told`]): whether a row that counts has the key of another
//! (which is an error); whether the rows that came in and do not count are few; whether the rows that count are fewer than
//! the least group, or than the sums that open of a matrix of products, or than leave a least group between each two of
//! the quantiles and beyond them; and whether in a column whose sums open nearly all rows have one value. Rows are taken for
//! persons where no table is joined.

use super::bounds::Bounds;
use super::cells::{few, none_opens, others_are_enough};
use super::check::Terms;
use super::tables::Relation;
use super::values::{Value, not};
use super::{Analysis, ColumnAt, Plan, Values};
use crate::araki16::multiply;
use crate::bits::{Planes, compose, decompose, equal_public};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::{bits_of, shift};
use crate::histogram::histogram;
use crate::release::pattern::Shape;
use crate::release::{Rule, enough, table};
use crate::ring::{B64, Z64};
use crate::role::Role;
use crate::shares::Shares;
use crate::stats::difference::{Difference, TwoWay, of_groups, two_way};
use crate::stats::inequality::{Inequality, inequality_among};
use crate::stats::logistic::rare::others;
use crate::stats::logistic::{self, FEATURE};
use crate::stats::order::quantiles_among;
use crate::stats::regression::{Coefficient, Linear, linear};
use crate::stats::survival::{Step, survival_among};
use crate::stats::{Column, Moments, moments};
use std::collections::BTreeSet;

/// Values of a category, or steps of time, at most.
const MOST: i64 = 256;

/// Quantiles, at most.
const QUANTILES: usize = 9;

/// What an analysis comes to; nothing where too few rows count.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Fewer rows than may be shown.
    TooFew,
    /// Sums of columns and of their products, with what follows from them.
    Moments(Moments),
    /// Least squares: the intercept first.
    Linear {
        /// How many rows.
        rows: u64,
        /// The fit.
        fit: Linear,
    },
    /// Logistic regression: the intercept first.
    Logistic(Vec<Coefficient>),
    /// A survival curve.
    Survival(Vec<Step>),
    /// A difference between the means of two groups: of those with 1, and those with 0.
    Difference(Difference),
    /// Counts of two categories.
    TwoWay(TwoWay),
    /// The quantiles, in the order asked for.
    Quantiles(Vec<f64>),
    /// How unequally values are distributed.
    Inequality(Inequality),
    /// For each range its count, where that may be shown: below the first bound, between each two, from the last on.
    Histogram(Vec<Option<u64>>),
    /// A weighted mean.
    WeightedMean {
        /// How many rows.
        rows: u64,
        /// The mean.
        mean: f64,
    },
}

impl<C: Clone> Analysis<C> {
    /// The columns that it is of, of a regression what is explained last.
    pub fn columns(&self) -> Vec<C> {
        match self {
            Self::Correlations(columns) => columns.clone(),
            Self::Linear { target, features } | Self::Logistic { target, features } => {
                features.iter().chain([target]).cloned().collect()
            }
            Self::Survival { time, event } => vec![time.clone(), event.clone()],
            Self::Difference { of, group } => vec![of.clone(), group.clone()],
            Self::TwoWay(both) => both.to_vec(),
            Self::Quantiles { of, .. } | Self::Inequality { of, .. } | Self::Histogram { of, .. } => {
                vec![of.clone()]
            }
            Self::WeightedMean { of, weight } => vec![of.clone(), weight.clone()],
        }
    }

    /// The same of columns by other names.
    ///
    /// # Errors
    /// The first that `name` has.
    pub fn named<D, E>(&self, mut name: impl FnMut(&C) -> Result<D, E>) -> Result<Analysis<D>, E> {
        let all = |of: &[C], name: &mut dyn FnMut(&C) -> Result<D, E>| {
            of.iter().map(name).collect::<Result<Vec<D>, E>>()
        };
        Ok(match self {
            Self::Correlations(columns) => Analysis::Correlations(all(columns, &mut name)?),
            Self::Linear { target, features } => {
                Analysis::Linear { target: name(target)?, features: all(features, &mut name)? }
            }
            Self::Logistic { target, features } => {
                Analysis::Logistic { target: name(target)?, features: all(features, &mut name)? }
            }
            Self::Survival { time, event } => Analysis::Survival { time: name(time)?, event: name(event)? },
            Self::Difference { of, group } => Analysis::Difference { of: name(of)?, group: name(group)? },
            Self::TwoWay([a, b]) => Analysis::TwoWay([name(a)?, name(b)?]),
            Self::Quantiles { of, per_mille } => {
                Analysis::Quantiles { of: name(of)?, per_mille: per_mille.clone() }
            }
            Self::Inequality { of, greatest } => Analysis::Inequality { of: name(of)?, greatest: *greatest },
            Self::Histogram { of, bounds } => Analysis::Histogram { of: name(of)?, bounds: bounds.clone() },
            Self::WeightedMean { of, weight } => {
                Analysis::WeightedMean { of: name(of)?, weight: name(weight)? }
            }
        })
    }
}

impl<C> Analysis<C> {
    /// The word for it in contracts and plans.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Correlations(_) => "correlations",
            Self::Linear { .. } => "linear",
            Self::Logistic { .. } => "logistic",
            Self::Survival { .. } => "survival",
            Self::Difference { .. } => "difference",
            Self::TwoWay(_) => "two-way",
            Self::Quantiles { .. } => "quantiles",
            Self::Inequality { .. } => "inequality",
            Self::Histogram { .. } => "histogram",
            Self::WeightedMean { .. } => "weighted-mean",
        }
    }
}

impl Analysis {
    /// Whether it can be answered, by the bounds of its columns.
    pub(super) fn check(
        &self,
        (plan, rows): (&Plan, usize),
        bounds: &dyn Fn(ColumnAt) -> Result<Bounds, MpcError>,
        terms: &Terms,
    ) -> Result<(), MpcError> {
        let all = self.columns().into_iter().map(|at| bounds(at).map(|bounds| (at, bounds)));
        let all = all.collect::<Result<Vec<_>, MpcError>>()?;
        let senseless = |at: ColumnAt| Err(MpcError::Senseless { what: plan.column_name(at) });
        if Role::ALL.iter().any(|role| !terms.receivers.contains(role)) {
            return Err(MpcError::Unavailable {
                what: "an analysis of which not all three learn the answer".to_owned(),
            });
        }
        let different: BTreeSet<ColumnAt> = all.iter().map(|(at, _)| *at).collect();
        if let Some((at, _)) = all.first().filter(|_| different.len() < all.len()) {
            // One that stands twice: what is opened could not be solved.
            return senseless(*at);
        }
        let truth = match self {
            Self::Logistic { target: at, .. }
            | Self::Survival { event: at, .. }
            | Self::Difference { group: at, .. } => Some(*at),
            _ => None,
        };
        let small = |&(at, bounds): &(ColumnAt, Bounds)| bounds.max - bounds.min < MOST && Some(at) != truth;
        let positive = |&(_, bounds): &(ColumnAt, Bounds)| bounds.min >= 0;
        if let Some(at) = truth.filter(|&at| !bounds(at).is_ok_and(Bounds::is_truth)) {
            return senseless(at);
        }
        let fits = match self {
            Self::Survival { .. } => small(&all[0]) && positive(&all[0]),
            Self::TwoWay(_) => all.iter().all(small),
            Self::Inequality { .. } => positive(&all[0]),
            Self::WeightedMean { .. } => positive(&all[1]),
            Self::Histogram { bounds, .. } => {
                bounds.is_sorted_by(|a, b| a < b) && bounds.iter().all(|bound| *bound > all[0].1.min)
            }
            Self::Quantiles { per_mille, .. } => {
                let different: BTreeSet<u32> = per_mille.iter().copied().collect();
                let found = per_mille.len();
                let once = different.len() == found && different.iter().all(|p| (1..1000).contains(p));
                if !once || !(1..=QUANTILES).contains(&found) {
                    return Err(MpcError::TooManyQuantiles { found, max: QUANTILES });
                }
                true
            }
            _ => !all.is_empty(),
        };
        if !fits {
            return senseless(all.first().map_or(ColumnAt { input: 0, column: 0 }, |first| first.0));
        }
        if let (Self::Inequality { of, .. }, Some((_, bounds))) = (self, all.first()) {
            let found = bounds.bits() + 2 * bits_of(rows) + 1;
            if found > 62 {
                return Err(MpcError::Overflow { expression: plan.column_name(*of), found, max: 62 });
            }
        }
        for (at, bounds) in all {
            let found = 2 * (bounds.bits() + bits_of(rows)) + 1;
            if found > 125 {
                return Err(MpcError::Overflow { expression: plan.column_name(at), found, max: 125 });
            }
        }
        Ok(())
    }
}

/// What an analysis is done with.
struct View<'a> {
    plan: &'a Plan,
    relation: &'a Relation,
    /// 1 where a row counts.
    among: Shares<Z64>,
    terms: &'a Terms,
}

/// Answers an analysis.
pub(super) fn answer(
    context: &mut Context,
    plan: &Plan,
    relation: &Relation,
    analysis: &Analysis,
    terms: &Terms,
) -> Result<Answer, MpcError> {
    let mut among = relation.validity(context);
    let columns: BTreeSet<ColumnAt> = analysis.columns().into_iter().collect();
    for at in columns {
        if let Some(present) = relation.columns.get(&at).and_then(|value| value.present.as_ref()) {
            among = multiply(context, &among, present)?;
        }
    }
    let view = View { plan, relation, among, terms };
    if terms.rule.minimum > 1 && !view.may_be_told(context, analysis)? {
        return Ok(Answer::TooFew);
    }
    let found = match analysis {
        Analysis::Correlations(columns) => view.moments(context, columns)?.map(Answer::Moments),
        Analysis::Linear { .. } => view.linear(context, &analysis.columns())?,
        Analysis::WeightedMean { of, weight } => view.weighted(context, *of, *weight)?,
        Analysis::Logistic { target, features } => Some(view.logistic(context, *target, features)?),
        Analysis::Survival { time, event } => Some(view.survival(context, *time, *event)?),
        Analysis::Difference { of, group } => view.difference(context, *of, *group)?,
        Analysis::TwoWay([rows, columns]) => Some(view.two_way(context, *rows, *columns)?),
        Analysis::Quantiles { of, per_mille } => {
            let wanted: Vec<f64> = per_mille.iter().map(|p| f64::from(*p) / 1000.0).collect();
            let column = view.column(context, *of)?;
            quantiles_among(context, &column, &view.bits(), &wanted, &terms.rule)?.map(Answer::Quantiles)
        }
        Analysis::Inequality { of, greatest } => {
            let column = view.column(context, *of)?;
            let greatest = [*greatest as usize];
            let greatest = if greatest[0] == 0 { &[][..] } else { &greatest[..] };
            inequality_among(context, &column, Some(&view.among), greatest, &terms.rule)?
                .map(Answer::Inequality)
        }
        Analysis::Histogram { of, bounds } => Some(view.histogram(context, *of, bounds)?),
    };
    Ok(found.unwrap_or(Answer::TooFew))
}

/// How many rows an analysis must be of at least.
fn least(analysis: &Analysis, minimum: u64) -> u64 {
    match analysis {
        // Sums of p columns and their p(p + 1)/2 products open: of as many rows all values could follow.
        Analysis::Correlations(_) | Analysis::Linear { .. } | Analysis::WeightedMean { .. } => {
            let columns = analysis.columns().len() as u64;
            minimum.max(columns * (columns + 3) / 2 + 1)
        }
        Analysis::Quantiles { per_mille, .. } => {
            let mut edges: Vec<u32> = per_mille.iter().copied().chain([0, 1000]).collect();
            edges.sort_unstable();
            let gap = edges.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(1000).max(1);
            (1000 * minimum).div_ceil(gap.into())
        }
        _ => minimum,
    }
}

impl View<'_> {
    /// Whether so many rows count, and so many do not, that their analysis says little of single ones.
    fn may_be_told(&self, context: &mut Context, analysis: &Analysis) -> Result<bool, MpcError> {
        let (relation, minimum) = (self.relation, self.terms.rule.minimum);
        if let Some(first) = &relation.first {
            let repeated = multiply(context, &self.among, &not(context, first))?;
            if !none_opens(context, &repeated.sum(), relation.rows)? {
                return Err(MpcError::RepeatedPersons);
            }
        }
        let readers = relation.readers(&self.terms.receivers);
        let readers = (None, &readers);
        let least = least(analysis, minimum);
        if !others_are_enough(context, (relation, Some(&self.among)), readers, (minimum, relation.rows))?
            || !enough(context, &self.among.sum(), &Rule::at_least(least), relation.rows)?[0]
        {
            return Ok(false);
        }
        let groups = match analysis {
            Analysis::Correlations(columns) => vec![(columns.clone(), self.among.clone())],
            Analysis::Linear { .. } | Analysis::WeightedMean { .. } => {
                vec![(analysis.columns(), self.among.clone())]
            }
            Analysis::Difference { of, group } => {
                let marks = multiply(context, &self.value(*group)?.shares, &self.among)?;
                let others = self.among.minus(&marks);
                vec![(vec![*of], marks), (vec![*of], others)]
            }
            _ => Vec::new(),
        };
        let mut each = Vec::new();
        for (columns, among) in groups {
            for at in columns {
                let Value { shares, bounds, .. } = self.value(at)?;
                let kept = multiply(context, shares, &among)?;
                each.push(others(context, &kept, &among, bounds.difference_bits(*bounds))?);
            }
        }
        if each.is_empty() {
            return Ok(true);
        }
        let each = Shares::concat(&each);
        let few = few(context, [&each, &each], (minimum, relation.rows))?;
        none_opens(context, &few.sum(), each.len())
    }

    fn value(&self, at: ColumnAt) -> Result<&Value, MpcError> {
        let value = self.relation.columns.get(&at);
        value.ok_or_else(|| MpcError::Senseless { what: self.plan.column_name(at) })
    }

    /// What an integer 1 of a column stands for.
    fn unit(&self, at: ColumnAt) -> f64 {
        match &self.plan.inputs[at.input].columns[at.column].values {
            Values::Integer { decimals, .. } => 10f64.powi(-(*decimals as i32)),
            _ => 1.0,
        }
    }

    fn column(&self, context: &mut Context, at: ColumnAt) -> Result<Column, MpcError> {
        let value = self.value(at)?;
        let column = Column::of(context, value.shares.clone(), value.bounds.bits())?;
        Ok(column.in_units_of(self.unit(at)))
    }

    /// Which rows count, 64 in a word.
    fn bits(&self) -> Shares<B64> {
        lowest(&self.among)
    }

    /// A column less its least value, bit by bit; anything where it is missing.
    fn planes(&self, context: &mut Context, at: ColumnAt) -> Result<Planes, MpcError> {
        let Value { shares, bounds, .. } = self.value(at)?;
        let bits = bounds.difference_bits(*bounds);
        decompose(context, &shares.clone().plus_public(context.role(), -Z64::from(bounds.min)), bits)
    }

    fn moments(&self, context: &mut Context, columns: &[ColumnAt]) -> Result<Option<Moments>, MpcError> {
        let columns =
            columns.iter().map(|&at| self.column(context, at)).collect::<Result<Vec<_>, MpcError>>()?;
        moments(context, &columns.iter().collect::<Vec<_>>(), Some(&self.among), &self.terms.rule)
    }

    fn linear(&self, context: &mut Context, columns: &[ColumnAt]) -> Result<Option<Answer>, MpcError> {
        let Some(moments) = self.moments(context, columns)? else { return Ok(None) };
        let explaining: Vec<usize> = (0..columns.len() - 1).collect();
        let fit = linear(&moments, &explaining, columns.len() - 1)?;
        Ok(Some(Answer::Linear { rows: moments.count, fit }))
    }

    fn weighted(
        &self,
        context: &mut Context,
        of: ColumnAt,
        weight: ColumnAt,
    ) -> Result<Option<Answer>, MpcError> {
        let moments = self.moments(context, &[of, weight])?;
        let answer = |moments: Moments| Answer::WeightedMean {
            rows: moments.count,
            mean: moments.weighted_mean(0, 1),
        };
        Ok(moments.map(answer))
    }

    fn difference(
        &self,
        context: &mut Context,
        of: ColumnAt,
        group: ColumnAt,
    ) -> Result<Option<Answer>, MpcError> {
        let column = self.column(context, of)?;
        let marks = multiply(context, &self.value(group)?.shares, &self.among)?;
        let others = self.among.minus(&marks);
        let found = of_groups(context, &column, [&marks, &others], &self.terms.rule)?;
        Ok(found.map(Answer::Difference))
    }

    /// For each value of a category, 1 where a row has it.
    fn marks(&self, context: &mut Context, at: ColumnAt) -> Result<Vec<Shares<Z64>>, MpcError> {
        let bounds = self.value(at)?.bounds;
        let planes = self.planes(context, at)?;
        let marks = (0..=bounds.max.abs_diff(bounds.min)).map(|value| {
            let bits = equal_public(context, &planes, value)?;
            compose(context, &bits, planes.lanes())
        });
        marks.collect()
    }

    fn two_way(&self, context: &mut Context, rows: ColumnAt, columns: ColumnAt) -> Result<Answer, MpcError> {
        let marks = self.marks(context, rows)?;
        let masks = vec![&self.among; marks.len()];
        let kept = multiply(context, &Shares::concat(&marks), &Shares::concat(masks))?;
        let rows = kept.split(vec![self.relation.rows; marks.len()]);
        let columns = self.marks(context, columns)?;
        let (rows, columns) = (rows.iter().collect::<Vec<_>>(), columns.iter().collect::<Vec<_>>());
        Ok(Answer::TwoWay(two_way(context, &rows, &columns, &self.terms.rule)?))
    }

    fn survival(&self, context: &mut Context, time: ColumnAt, event: ColumnAt) -> Result<Answer, MpcError> {
        let events = multiply(context, &self.value(event)?.shares, &self.among)?;
        let bounds = self.value(time)?.bounds;
        let times = self.planes(context, time)?;
        let ends: Vec<u64> = (1..=bounds.max.abs_diff(bounds.min) + 1).collect();
        let rows = (&lowest(&events), Some(&self.bits()));
        let mut steps = survival_among(context, &times, rows, &ends, &self.terms.rule)?;
        // From differences to the least time back to times.
        steps.iter_mut().for_each(|step| step.until = step.until.wrapping_add_signed(bounds.min));
        Ok(Answer::Survival(steps))
    }

    fn histogram(&self, context: &mut Context, of: ColumnAt, bounds: &[i64]) -> Result<Answer, MpcError> {
        let least = self.value(of)?.bounds.min;
        let planes = self.planes(context, of)?;
        let edges: Vec<u64> = bounds.iter().map(|bound| bound.abs_diff(least)).collect();
        let counts = histogram(context, &planes, &edges, Some(&self.bits()))?;
        let shape = Shape { rows: 1, columns: counts.len() };
        let released = table(context, shape, &counts, &[], None, (&self.terms.rule, self.relation.rows))?;
        Ok(Answer::Histogram(released.counts[..counts.len()].to_vec()))
    }

    /// Features are brought to -1 … 1 by their declared bounds, with 16 bits after the point; the fit is brought back.
    fn logistic(
        &self,
        context: &mut Context,
        target: ColumnAt,
        features: &[ColumnAt],
    ) -> Result<Answer, MpcError> {
        let role = context.role();
        let labels = multiply(context, &self.value(target)?.shares, &self.among)?;
        let (mut columns, mut scales) = (Vec::new(), Vec::new());
        for &at in features {
            let Value { shares, bounds, .. } = self.value(at)?;
            let middle = bounds.min + (bounds.max - bounds.min) / 2;
            let half = (bounds.max - middle).max(middle - bounds.min).max(1).unsigned_abs();
            let bits = u64::BITS - (half - 1).leading_zeros();
            let centred = shares.clone().plus_public(role, -Z64::from(middle));
            let centred = multiply(context, &centred, &self.among)?;
            columns.push(match FEATURE.checked_sub(bits) {
                Some(more) => centred.times(Z64(1 << more)),
                None => shift(context, &centred, bits - FEATURE, bits + 1)?,
            });
            scales.push((middle as f64 * self.unit(at), f64::from(bits).exp2() * self.unit(at)));
        }
        let columns = columns
            .iter()
            .map(|column| multiply(context, column, &self.among))
            .collect::<Result<Vec<_>, MpcError>>()?;
        let columns: Vec<&Shares<Z64>> = columns.iter().collect();
        let rows = logistic::Rows::among(&columns, &labels, &self.among, 1)?;
        let (at, information) = logistic::maximum(context, &rows, 30, &self.terms.rule)?;
        let (at, information) = information.rescaled(&at, &scales);
        Ok(Answer::Logistic(information.coefficients(&at)?))
    }
}

/// The lowest bits of integers, 64 in a word.
fn lowest(bits: &Shares<Z64>) -> Shares<B64> {
    Planes::of_parts(&bits.own, &bits.next, 1).plane(0)
}
