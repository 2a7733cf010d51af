//! Groups of rows by secret keys.
//!
//! Rows are sorted by key ([`crate::sort`]); a row ends its group if the next one has another key. The rows that end
//! groups are found by shuffling all rows with the bit that says so and the number of the group, and opening these two:
//! bits in random order, and the numbers 1 … groups in random order. Of a group, the sum of a column is the difference of
//! two prefix sums.
//!
//! *Learnt:* the number of rows and the number of groups, by all three parties. Not how large a group is, nor its key.

use crate::araki16::{multiply, open, same_length};
use crate::bits::{Planes, compose, decompose, equal};
use crate::context::Context;
use crate::error::MpcError;
use crate::lexical;
use crate::permute::Permutation;
use crate::ring::{B64, Ring, Z64};
use crate::shares::Shares;
use crate::verified::verify;

mod released;

pub use released::{Released, released_sums};

/// Groups in the order of their keys.
pub struct Groups {
    /// The key of each, shared bit by bit.
    pub keys: Shares<B64>,
    /// How many rows each has.
    pub counts: Shares<Z64>,
    /// For each column, its sum over each group.
    pub sums: Vec<Shares<Z64>>,
    /// The greatest value of each group, where asked for.
    pub greatest: Option<Shares<Z64>>,
}

/// Values of which the greatest of each group is wanted: integers from 0 on and below 2^bits.
#[derive(Clone, Copy)]
pub struct Greatest<'a> {
    /// A value for each row.
    pub of: &'a Shares<Z64>,
    /// Bits of a value.
    pub bits: usize,
}

impl Groups {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// Counts the rows of each key and sums columns over them.
///
/// # Cost
/// That of [`crate::sort::order`], then 4 + ⌈log2 bits⌉ rounds and eight shuffled columns beside those that are summed.
///
/// # Errors
/// [`MpcError::Lengths`], [`MpcError::TooManyBits`]; else a failure of a channel or a misstep of a peer.
pub fn sums(context: &mut Context, keys: &Planes, columns: &[&Shares<Z64>]) -> Result<Groups, MpcError> {
    sums_and_greatest(context, keys, columns, None)
}

/// As [`sums`], and of each group the greatest of some values: rows are sorted by these within their group.
///
/// # Cost
/// As [`sums`]; the keys are longer by the bits of the values, which are decomposed first.
///
/// # Errors
/// As [`sums`].
pub fn sums_and_greatest(
    context: &mut Context,
    keys: &Planes,
    columns: &[&Shares<Z64>],
    greatest: Option<Greatest<'_>>,
) -> Result<Groups, MpcError> {
    let rows = keys.lanes();
    columns.iter().try_for_each(|column| same_length("a column of groups", column.len(), rows))?;
    let within = match greatest {
        Some(greatest) => Some(decompose(context, greatest.of, greatest.bits)?),
        None => None,
    };
    let by: Vec<&Planes> = std::iter::once(keys).chain(&within).collect();
    let order = lexical::order(context, &by)?;
    let sorted = order.apply(context, &keys.to_words())?;
    let sums = columns
        .iter()
        .map(|column| Ok(order.apply(context, column)?.prefix_sums()))
        .collect::<Result<Vec<_>, MpcError>>()?;
    let greatest = greatest.map(|greatest| order.apply(context, greatest.of)).transpose()?;
    let last = Last::find(context, &sorted, keys.count())?;

    let role = context.role();
    let row_numbers: Vec<Z64> = (1..=rows as u64).map(Z64).collect();
    let row_numbers = Shares::public(role, &row_numbers);
    let counts = differences(&last.pick(context, &row_numbers)?);
    let sums = sums
        .iter()
        .map(|column| Ok(differences(&last.pick(context, column)?)))
        .collect::<Result<Vec<_>, MpcError>>()?;
    let keys = last.pick(context, &sorted)?;
    let greatest = greatest.map(|column| last.pick(context, &column)).transpose()?;
    Ok(Groups { keys, counts, sums, greatest })
}

/// Where the last row of each group is among the sorted ones, shuffled.
struct Last {
    shuffle: Permutation,
    /// The shuffled place of each, in the order of keys.
    places: Vec<usize>,
}

impl Last {
    fn find(context: &mut Context, sorted: &Shares<B64>, bits: usize) -> Result<Self, MpcError> {
        let ends = ends(context, sorted, bits)?;
        // What a row that ends a group takes with it; what the others take is hidden by a factor of zero.
        let named = multiply(context, &ends.prefix_sums(), &ends)?;
        let shuffle = Permutation::random(context, sorted.len())?;
        let named = shuffle.shuffle(context, &named)?;
        let named = verify(context, named)?;
        let numbers = open(context, &named)?;
        let mut places: Vec<(u64, usize)> =
            numbers.iter().map(|number| number.0).zip(0..).filter(|&(n, _)| n > 0).collect();
        places.sort_unstable();
        Ok(Self { shuffle, places: places.into_iter().map(|(_, place)| place).collect() })
    }

    /// Of a sorted column, the last row of each group.
    fn pick<R: Ring>(&self, context: &mut Context, sorted: &Shares<R>) -> Result<Shares<R>, MpcError> {
        Ok(self.shuffle.shuffle(context, sorted)?.gather(&self.places))
    }
}

/// Whether a row is the last with its key, as an integer 0 or 1.
fn ends(context: &mut Context, sorted: &Shares<B64>, bits: usize) -> Result<Shares<Z64>, MpcError> {
    let rows = sorted.len();
    if rows == 0 {
        return Ok(Shares::zeros(0));
    }
    let role = context.role();
    let (these, following) = (sorted.slice(0..rows - 1), sorted.slice(1..rows));
    let same = equal(context, &Planes::of_words(&these, bits), &Planes::of_words(&following, bits))?;
    let same = compose(context, &same, rows - 1)?;
    let differs = Shares::public(role, &vec![Z64(1); rows - 1]).minus(&same);
    Ok(Shares::concat([&differs, &Shares::public(role, &[Z64(1)])]))
}

/// Each element less the one before it.
fn differences(sums: &Shares<Z64>) -> Shares<Z64> {
    let len = sums.len();
    if len == 0 {
        return Shares::zeros(0);
    }
    sums.minus(&Shares::concat([&Shares::zeros(1), &sums.slice(0..len - 1)]))
}

/// Sums of a column over groups that all know: `group[row]` is the number of the row's group. No messages.
///
/// # Errors
/// [`MpcError::Lengths`]: not a group for each row, or a group's number is not below `groups`.
pub fn sums_by_public(column: &Shares<Z64>, group: &[usize], groups: usize) -> Result<Shares<Z64>, MpcError> {
    same_length("the groups of rows", group.len(), column.len())?;
    if let Some(&beyond) = group.iter().find(|number| **number >= groups) {
        return Err(MpcError::Lengths { what: "the number of a group", found: beyond, expected: groups });
    }
    let mut sums = Shares::zeros(groups);
    for (to, from) in [(&mut sums.own, &column.own), (&mut sums.next, &column.next)] {
        group.iter().zip(from).for_each(|(&group, &value)| to[group] = to[group] + value);
    }
    Ok(sums)
}
