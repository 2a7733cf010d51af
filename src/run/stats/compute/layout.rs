//! What is computed under a contract, and where in a party's words it stands.

use super::ranks::{Rank, Wanted};
use crate::contract::{Draft, Figure, Measure, NoiseOn, Of, Scope, Statistic, StatsTerms, quantile_name};
use crate::run::stats::stats_terms;
use std::ops::Range;
use yinshu_crypto::hash::Digest;
use yinshu_mpc::noise::Scale;
use yinshu_mpc::release::Rule;
use yinshu_mpc::release::pattern::Shape;
use yinshu_mpc::{Role, Shares, Z64};

/// Bits between the words of a sum that needs several, and how many they are.
pub(in crate::run::stats) const WIDTH: u32 = 40;
pub(in crate::run::stats) const LIMBS: usize = 3;

/// A sum that is shared.
#[derive(Clone)]
pub(in crate::run::stats) struct Sum {
    /// Of what, and of which rows.
    pub(in crate::run::stats) figure: Figure,
    /// What a row can add.
    pub(super) bounds: [i128; 2],
    /// Where it stands: one place, or one for each limb.
    pub(in crate::run::stats) places: Vec<Range<usize>>,
}

/// Noise on all words that are shared.
#[derive(Clone)]
pub(super) struct Noise {
    /// The scale for each word.
    pub(super) scales: Vec<Scale>,
    /// What it costs, which all must have charged.
    pub(super) price: Digest,
}

/// Each party shares, one after the other: counts of cells; sums; where dominance is looked at, the greatest values of the
/// measures that are summed; counts of the bins of histograms.
#[derive(Clone)]
pub(in crate::run::stats) struct Layout {
    /// The cells.
    pub(in crate::run::stats) shape: Shape,
    pub(in crate::run::stats) sums: Vec<Sum>,
    /// The number of a sum that is compared with its greatest contribution, bits of totals, and where these stand.
    pub(super) compared: Vec<(usize, u32, Range<usize>)>,
    pub(in crate::run::stats) histograms: Vec<Range<usize>>,
    pub(super) rule: Rule,
    /// Rows of one party, and of all together, at most.
    pub(in crate::run::stats) rows: [u64; 2],
    pub(super) receivers: Vec<Role>,
    /// The values that are told by their rank.
    pub(in crate::run::stats) wanted: Vec<Wanted>,
    /// The noise that figures get before any of them opens.
    pub(super) noise: Option<Noise>,
    /// How many words each party shares.
    pub(in crate::run::stats) len: usize,
}

impl Layout {
    pub(in crate::run::stats) fn new(draft: &Draft) -> Self {
        let stats = stats_terms(draft);
        let cells = stats.cells();
        let shape = Shape { rows: cells.rows.len(), columns: cells.columns.len() };
        let rule = Rule {
            minimum: draft.terms.data.min_group_size.into(),
            percent: stats.dominance_percent.map(u64::from),
        };
        Self::of(stats, shape, rule, draft.roles(&stats.receivers))
    }

    pub(in crate::run::stats) fn of(
        stats: &StatsTerms,
        shape: Shape,
        rule: Rule,
        receivers: Vec<Role>,
    ) -> Self {
        let cells = shape.rows * shape.columns;
        let mut len = cells;
        let mut take = |words: usize| {
            len += words;
            len - words..len
        };
        let sums = stats.sums().into_iter().map(|figure| {
            let each = if figure.scope == Scope::Cells { cells } else { 1 };
            let limbs = if stats.is_wide(figure.of) { LIMBS } else { 1 };
            let places = (0..limbs).map(|_| take(each)).collect();
            Sum { figure, bounds: stats.row_bounds(figure.of), places }
        });
        let sums: Vec<Sum> = sums.collect();
        let number = |at: usize| sums.iter().position(|sum| sum.figure.of == Of::Values(at));
        let compared = stats.compared().into_iter().filter_map(|at| {
            let bits = stats.sum_bits(&stats.measures[at]).max(1);
            number(at).map(|number| (number, bits, take(cells)))
        });
        let compared = compared.collect();
        let histograms = stats.measures.iter().filter(|measure| !measure.histogram.is_empty());
        let histograms = histograms.map(|measure| take(measure.histogram.len() + 1)).collect();
        let rows = [stats.max_rows, stats.all_rows()];
        let wanted = wanted(stats, rule.minimum);
        let layout =
            Self { shape, sums, compared, histograms, rule, rows, receivers, wanted, noise: None, len };
        Self { noise: layout.noise(stats), ..layout }
    }

    /// The noise on each word: of a count, a sum or a bin. With noise nothing else is shared.
    fn noise(&self, stats: &StatsTerms) -> Option<Noise> {
        let checked = "the contract's noise was checked with it";
        let price = stats.price().expect(checked)?;
        let noised = stats.noised().expect(checked);
        let words = |on: NoiseOn| match on {
            NoiseOn::Count => self.cells(),
            NoiseOn::Sum(at) => {
                let sums = self.sums.iter().filter(|sum| sum.figure.of == Of::Values(at));
                sums.flat_map(|sum| &sum.places).map(Range::len).sum()
            }
            NoiseOn::Histogram(at) => stats.measures[at].histogram.len() + 1,
        };
        let scales: Vec<Scale> =
            noised.iter().flat_map(|one| std::iter::repeat_n(one.scale, words(one.on))).collect();
        assert_eq!(scales.len(), self.len, "nothing is shared that gets no noise");
        let each: Vec<String> = noised.iter().map(|one| format!("{}={}", one.figure, one.epsilon)).collect();
        let said = format!("{} {}", price.rho, each.join(" "));
        Some(Noise { scales, price: Digest::of_parts("yinshu stats price v1", &[said.as_bytes()]) })
    }

    pub(in crate::run::stats) fn cells(&self) -> usize {
        self.shape.rows * self.shape.columns
    }

    /// The bins of a histogram, as a table of one row.
    pub(super) fn bins(&self, number: usize) -> Shape {
        Shape { rows: 1, columns: self.histograms[number].len() }
    }

    pub(super) fn counts(&self, shares: &Shares<Z64>) -> Shares<Z64> {
        shares.slice(0..self.cells())
    }

    /// Words of a party with so many persons in each cell, all with the least values.
    pub(in crate::run::stats) fn made_up(&self, each: u64) -> Vec<Z64> {
        let mut words = vec![Z64(0); self.len];
        words[..self.cells()].fill(Z64(each));
        let all = i128::from(each) * self.cells() as i128;
        for sum in &self.sums {
            let rows = if sum.figure.scope == Scope::Cells { each.into() } else { all };
            for (limb, place) in sum.places.iter().enumerate() {
                words[place.clone()].fill(limb_of(rows * sum.bounds[0], (limb, sum.places.len())));
            }
        }
        for (number, _, place) in &self.compared {
            let least = limb_of(self.sums[*number].bounds[0].max(0), (0, 1));
            words[place.clone()].fill(least);
        }
        for place in &self.histograms {
            words[place.start] = limb_of(all, (0, 1));
        }
        words
    }
}

/// A word of a sum: all of it, or one of several limbs, the highest with the sign.
pub(in crate::run::stats) fn limb_of(sum: i128, (limb, limbs): (usize, usize)) -> Z64 {
    let upper = sum >> (limb as u32 * WIDTH);
    let word = if limb + 1 == limbs { upper } else { upper & ((1 << WIDTH) - 1) };
    Z64::from(word as i64)
}

/// A bound of values whose ranks are asked for, which the contract's checks keep in range.
pub(super) fn clamped(bound: i128) -> i64 {
    i64::try_from(bound).unwrap_or(if bound < 0 { i64::MIN } else { i64::MAX })
}

/// The values that are told by their rank, in the order in which they are told.
fn wanted(stats: &StatsTerms, minimum: u64) -> Vec<Wanted> {
    let least = 1000 * minimum.max(1).cast_signed();
    let of = |(at, measure): (usize, &Measure)| {
        let wanted = |word: String, thousandths: u64, more: i64| Wanted {
            name: format!("{}.{word}", measure.column),
            measure: at,
            bounds: measure.bounds().map(clamped),
            rank: Rank { thousandths, more },
        };
        let ranked = measure.statistics.iter().filter_map(|statistic| match statistic {
            Statistic::Median => Some(wanted(statistic.word().to_owned(), 500, 0)),
            Statistic::Min => Some(wanted(statistic.word().to_owned(), 0, least)),
            Statistic::Max => Some(wanted(statistic.word().to_owned(), 1000, 1000 - least)),
            _ => None,
        });
        let quantiles = measure.quantiles.iter().map(|&q| wanted(quantile_name(q), q.into(), 0));
        ranked.chain(quantiles).collect::<Vec<_>>()
    };
    stats.measures.iter().enumerate().flat_map(of).collect()
}
