//! Sums and sums of products of columns, and what follows from them.

use super::column::{Column, limb_bits};
use super::wide::open_sum;
use crate::araki16::{gram, same_length};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::{bits_of, within};
use crate::release::{Rule, enough_and_rest};
use crate::ring::Z64;
use crate::shares::Shares;

/// Exact sums over the rows, and what follows from them. Columns are counted from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// How many rows.
    pub count: u64,
    /// The sum of each column, in its units.
    pub sums: Vec<i128>,
    /// The sums of products of each two, (0, 0), (0, 1), … (1, 1), …, in their units.
    pub products: Vec<i128>,
    /// What an integer 1 of each column stands for.
    pub units: Vec<f64>,
}

/// Opens the number of rows, the sums of columns and the sums of their products; `None` where there are fewer rows than the
/// rule's minimum. Rows whose `among` (an integer, 0 or 1) is zero do not count; where there are such rows, but fewer than the
/// minimum, the outcome is `None`, too: their moments would follow from these and those of all rows.
///
/// # Cost
/// One element for each sum and each product of limbs, whatever the number of rows, in 2 rounds with the opening. With `among`
/// a comparison before that, and one product for each value. Columns of several limbs: 13 rounds for each limb more, and a
/// kilobyte for each product, sum and limb.
///
/// # Errors
/// [`MpcError::Lengths`]; [`MpcError::TooLarge`]: more than 125 bits; else a failure of a channel or a misstep of a peer.
pub fn moments(
    context: &mut Context,
    columns: &[&Column],
    among: Option<&Shares<Z64>>,
    rule: &Rule,
) -> Result<Option<Moments>, MpcError> {
    let rows = columns.first().map_or(0, |column| column.len());
    columns.iter().try_for_each(|column| same_length("a column", column.len(), rows))?;
    for column in columns {
        // What follows has n Σxy - Σx Σy.
        within("a sum of products", 2 * (column.bits + bits_of(rows)) + 1, 125)?;
    }
    let enough = match among {
        Some(among) => enough_and_rest(context, &among.sum(), rule, rows)?,
        // All rows, whose number everybody knows, and none beside them.
        None => rows as u64 >= rule.minimum.max(1),
    };
    if !enough {
        return Ok(None);
    }
    let masked: Option<Vec<Column>> = match among {
        Some(among) => {
            Some(columns.iter().map(|column| column.only(context, among)).collect::<Result<_, _>>()?)
        }
        None => None,
    };
    let kept: Vec<&Column> = masked.as_ref().map_or(columns.to_vec(), |masked| masked.iter().collect());
    let width = limb_bits(rows);
    let limbs: Vec<&Shares<Z64>> = kept.iter().flat_map(|column| &column.limbs).collect();
    let grams = gram(context, &limbs)?;
    let mut parts = Products { grams, limbs: limbs.len() }.parts(&kept);
    // The sums of the limbs, beside the products that belong to the same place.
    for (limb, part) in parts.iter_mut().enumerate() {
        let sum = |column: &&Column| column.limbs.get(limb).map_or(Shares::zeros(1), Shares::sum);
        let sums: Vec<_> = kept.iter().map(sum).collect();
        *part = Shares::concat(std::iter::once(&*part).chain(&sums).collect::<Vec<_>>());
    }
    if let Some(among) = among {
        // The number of rows belongs to the lowest place.
        let none = Shares::zeros(1);
        let counts = std::iter::once(among.sum()).chain(std::iter::repeat(none));
        parts.iter_mut().zip(counts).for_each(|(part, count)| *part = Shares::concat([&*part, &count]));
    }
    let mut products = open_sum(context, &parts, width)?;
    let mut sums = products.split_off(columns.len() * (columns.len() + 1) / 2);
    let counted = sums.split_off(columns.len()).pop();
    let count = counted.map_or(rows as u64, |count| count as u64);
    Ok(Some(Moments { count, sums, products, units: columns.iter().map(|column| column.unit).collect() }))
}

/// The upper half of the matrix of products of all limbs.
struct Products {
    grams: Shares<Z64>,
    limbs: usize,
}

impl Products {
    fn at(&self, i: usize, j: usize) -> Shares<Z64> {
        let (i, j) = (i.min(j), i.max(j));
        let place = i * self.limbs - i * (i + 1) / 2 + j;
        self.grams.slice(place..place + 1)
    }

    /// For each place, of each two columns the products of limbs that belong there.
    fn parts(&self, columns: &[&Column]) -> Vec<Shares<Z64>> {
        let firsts: Vec<usize> = columns
            .iter()
            .scan(0, |first, column| {
                *first += column.limbs.len();
                Some(*first - column.limbs.len())
            })
            .collect();
        let pairs: Vec<_> =
            (0..columns.len()).flat_map(|i| (i..columns.len()).map(move |j| (i, j))).collect();
        let deepest = columns.iter().map(|column| column.limbs.len()).max().unwrap_or(0);
        let places = (2 * deepest).saturating_sub(1);
        let mut parts = vec![Vec::with_capacity(pairs.len()); places];
        for &(i, j) in &pairs {
            let mut sums = vec![Shares::zeros(1); places];
            for a in 0..columns[i].limbs.len() {
                for b in 0..columns[j].limbs.len() {
                    sums[a + b].add_at(0, &self.at(firsts[i] + a, firsts[j] + b));
                }
            }
            parts.iter_mut().zip(sums).for_each(|(part, sum)| part.push(sum));
        }
        parts.iter().map(Shares::concat).collect()
    }
}

impl Moments {
    /// Of figures that were opened elsewhere: sums, and those products that are known, the first of two columns not after
    /// the second. The others count as 0; what depends on them means nothing.
    pub fn of(count: u64, sums: Vec<i128>, known: &[(usize, usize, i128)], units: Vec<f64>) -> Self {
        let columns = sums.len();
        let mut moments = Self { count, sums, products: vec![0; columns * (columns + 1) / 2], units };
        for &(i, j, product) in known {
            moments.products[i * columns - i * (i + 1) / 2 + j] = product;
        }
        moments
    }

    /// Σ x_i x_j.
    pub fn product(&self, i: usize, j: usize) -> i128 {
        let (i, j) = (i.min(j), i.max(j));
        self.products[i * self.sums.len() - i * (i + 1) / 2 + j]
    }

    /// n² times the covariance that divides by n: n Σ x_i x_j - Σ x_i Σ x_j, exactly.
    pub(super) fn centred(&self, i: usize, j: usize) -> i128 {
        i128::from(self.count) * self.product(i, j) - self.sums[i] * self.sums[j]
    }

    /// The sum of a column.
    pub fn sum(&self, column: usize) -> f64 {
        self.sums[column] as f64 * self.units[column]
    }

    /// The mean of a column; not a number where there are no rows.
    pub fn mean(&self, column: usize) -> f64 {
        self.sum(column) / self.count as f64
    }

    /// The covariance of two columns, over n - 1.
    pub fn covariance(&self, i: usize, j: usize) -> f64 {
        let n = self.count as f64;
        self.centred(i, j) as f64 / n / (n - 1.0) * self.units[i] * self.units[j]
    }

    /// The variance of a column, over n - 1.
    pub fn variance(&self, column: usize) -> f64 {
        self.covariance(column, column)
    }

    /// The standard deviation of a column.
    pub fn deviation(&self, column: usize) -> f64 {
        self.variance(column).sqrt()
    }

    /// The correlation of two columns: exactly 1 of a column with itself or with a multiple; not a number where one is
    /// constant.
    pub fn correlation(&self, i: usize, j: usize) -> f64 {
        let (both, a, b) = (self.centred(i, j), self.centred(i, i), self.centred(j, j));
        if a == 0 || b == 0 {
            return f64::NAN;
        }
        // Where both² = ab the columns are multiples, up to a constant.
        let exact = both.checked_mul(both).is_some_and(|square| Some(square) == a.checked_mul(b));
        if exact || i == j || (a == b && both.abs() == a) {
            return if both > 0 { 1.0 } else { -1.0 };
        }
        (both as f64 / (a as f64).sqrt() / (b as f64).sqrt()).clamp(-1.0, 1.0)
    }

    /// The mean of one column weighted by another.
    pub fn weighted_mean(&self, values: usize, weights: usize) -> f64 {
        self.product(values, weights) as f64 / self.sums[weights] as f64 * self.units[values]
    }
}
