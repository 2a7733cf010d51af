//! Joins of two tables by secret keys.
//!
//! The keys of the left table are distinct; any number of rows of the right one may have the same key. Each right row gets
//! the columns of the left row with its key, and whether there is one. Rows of both tables are sorted together,
//! left ones first among equals, so that the last left row up to each place is the only one that can match. What
//! it has is carried along by prefix sums: left rows are found by shuffling all rows with the number that each left row has
//! among its like, and opening these: 1 … left, and zeros for the right ones, in random order. At their places the
//! differences between neighbouring left rows are laid down, zeros elsewhere, and shuffled back; the sum up to a row is then
//! what the last left row has. (Sorting both tables together, and sums along the order, as in G. Asharov et al.,
//! "Secure Statistical Analysis on Multiple Datasets: Join and Group-By", CCS 2023.)
//!
//! # Cost
//!
//! [`crate::sort::order`] of all rows; 2 shuffles of keys and 3 of flags; 4 shuffles and one product for each column; two
//! comparisons for equality.
//!
//! # Security
//!
//! *Learnt:* the number of rows of each table, and whether the keys on the left are distinct; neither which rows
//! match nor how many.

use crate::araki16::{multiply, open, same_length};
use crate::bits::{Planes, compose, equal, open_any};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::bits_of;
use crate::lexical::{self, Lexical};
use crate::permute::Permutation;
use crate::ring::{B64, Ring, Z64};
use crate::shares::Shares;
use crate::verified::verify;

/// What each row of the right table gets, in the order of its rows.
pub struct Joined {
    /// 1 where a left row has its key, else 0.
    pub matched: Shares<Z64>,
    /// The left columns; zero where nothing matched.
    pub columns: Vec<Shares<Z64>>,
}

/// Joins: one row on the left to many on the right.
///
/// # Errors
/// [`MpcError::Lengths`]; [`MpcError::TooManyBits`]: the key and the number of a row do not fit in 63 bits;
/// [`MpcError::Repeated`]: a key on the left is there twice; else a failure of a channel or a misstep of a peer.
pub fn join(
    context: &mut Context,
    left: &Planes,
    columns: &[&Shares<Z64>],
    right: &Planes,
) -> Result<Joined, MpcError> {
    let (lefts, rows, bits) = (left.lanes(), left.lanes() + right.lanes(), left.count());
    same_length("bits of the keys on the right", right.count(), bits)?;
    columns.iter().try_for_each(|column| same_length("a column of the left table", column.len(), lefts))?;
    let room = 63 - bits_of(rows) as usize;
    if bits > room {
        return Err(MpcError::TooManyBits { found: bits, max: room });
    }
    let words = Shares::concat([&left.to_words(), &right.to_words()]);
    let order = lexical::order(context, &[&Planes::of_words(&words, bits)])?;
    let sorted = order.apply(context, &words)?;
    let found = Lefts::find(context, &order, lefts, rows)?;
    // A bit above the key: before the first left row there is none.
    let role = context.role();
    let mark = B64(1 << bits);
    let keys = found.pick(context, &sorted)?;
    distinct(context, &keys, bits)?;
    let last = found.carry(context, &keys.plus_public(role, mark))?;
    let these = sorted.plus_public(role, mark);
    let same = equal(context, &Planes::of_words(&last, bits + 1), &Planes::of_words(&these, bits + 1))?;
    let matched = compose(context, &same, rows)?;
    let matched = order.undo(context, &matched)?.slice(lefts..rows);
    let mut carried = Vec::with_capacity(columns.len());
    for column in columns {
        let all = Shares::concat([column, &Shares::zeros(rows - lefts)]);
        let all = order.apply(context, &all)?;
        let picked = found.pick(context, &all)?;
        let last = found.carry(context, &picked)?;
        carried.push(order.undo(context, &last)?.slice(lefts..rows));
    }
    let masks = vec![&matched; carried.len()];
    let products = multiply(context, &Shares::concat(&carried), &Shares::concat(masks))?;
    let columns = products.split(vec![rows - lefts; carried.len()]);
    Ok(Joined { matched, columns })
}

/// Semi-join: for each row of the right table 1 where a left row has its key, else 0. Anti-join: one less that.
///
/// # Errors
/// As [`join`].
pub fn semi_join(context: &mut Context, left: &Planes, right: &Planes) -> Result<Shares<Z64>, MpcError> {
    Ok(join(context, left, &[], right)?.matched)
}

/// Where the left rows are among the sorted ones, shuffled.
pub(crate) struct Lefts {
    shuffle: Permutation,
    /// The shuffled place of each, in the order of keys.
    places: Vec<usize>,
    rows: usize,
}

impl Lefts {
    /// Finds the first `lefts` of the rows among those in order.
    pub(crate) fn find(
        context: &mut Context,
        order: &Lexical,
        lefts: usize,
        rows: usize,
    ) -> Result<Self, MpcError> {
        let flags: Vec<Z64> = (0..rows).map(|row| Z64(u64::from(row < lefts))).collect();
        let flags = Shares::public(context.role(), &flags);
        let flags = order.apply(context, &flags)?;
        let numbers = multiply(context, &flags.prefix_sums(), &flags)?;
        let shuffle = Permutation::random(context, rows)?;
        let numbers = shuffle.shuffle(context, &numbers)?;
        let numbers = verify(context, numbers)?;
        let numbers = open(context, &numbers)?;
        let mut places: Vec<(u64, usize)> =
            numbers.iter().map(|number| number.0).zip(0..).filter(|&(number, _)| number > 0).collect();
        places.sort_unstable();
        let places: Vec<usize> = places.into_iter().map(|(_, place)| place).collect();
        same_length("the left rows found", places.len(), lefts)?;
        Ok(Self { shuffle, places, rows })
    }

    /// Of a sorted column, the left rows in the order of keys.
    pub(crate) fn pick<R: Ring>(
        &self,
        context: &mut Context,
        sorted: &Shares<R>,
    ) -> Result<Shares<R>, MpcError> {
        Ok(self.shuffle.shuffle(context, sorted)?.gather(&self.places))
    }

    /// For each sorted row, what the last left row up to it has; zero before the first.
    pub(crate) fn carry<R: Ring>(
        &self,
        context: &mut Context,
        lefts: &Shares<R>,
    ) -> Result<Shares<R>, MpcError> {
        let mut laid = Shares::zeros(self.rows);
        for part in [(&mut laid.own, &lefts.own), (&mut laid.next, &lefts.next)] {
            let (to, from) = part;
            let mut before = R::ZERO;
            for (&place, &value) in self.places.iter().zip(from) {
                to[place] = value - before;
                before = value;
            }
        }
        Ok(self.shuffle.unshuffle(context, &laid)?.prefix_sums())
    }
}

/// Whether sorted keys are distinct: only that is opened.
fn distinct(context: &mut Context, sorted: &Shares<B64>, bits: usize) -> Result<(), MpcError> {
    let pairs = sorted.len().saturating_sub(1);
    let side = |from: usize| Planes::of_words(&sorted.slice(from..from + pairs), bits);
    let (lower, upper) = (side(0), side(sorted.len() - pairs));
    let same = equal(context, &lower, &upper)?;
    match open_any(context, &same, pairs)? {
        false => Ok(()),
        true => Err(MpcError::Repeated { what: "the keys of the left table" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::given::{given, planes, random, words};
    use crate::tests::{agreed, three};

    fn joined(seed: u64, left: &[u64], values: &[u64], right: &[u64], bits: usize) -> (Vec<u64>, Vec<u64>) {
        agreed(seed, |context| {
            let (l, r) = (planes(context, left, bits)?, planes(context, right, bits)?);
            let column = given(context, values)?;
            let mut joined = join(context, &l, &[&column], &r)?;
            let column = joined.columns.pop().unwrap();
            Ok((words(context, joined.matched)?, words(context, column)?))
        })
    }

    #[test]
    fn rows_get_what_the_left_row_with_their_key_has() {
        for (seed, lefts, rights, range) in
            [(1, 0, 0, 1), (2, 0, 5, 9), (3, 5, 0, 9), (4, 1, 1, 1), (5, 60, 300, 80), (6, 300, 60, 1 << 40)]
        {
            let mut left: Vec<u64> =
                random(seed, lefts, 63).iter().map(|v| v.cast_unsigned() % range).collect();
            left.sort_unstable();
            left.dedup();
            left.reverse();
            let values =
                random(seed + 10, left.len(), 63).iter().map(|v| v.cast_unsigned()).collect::<Vec<_>>();
            let mut right: Vec<u64> =
                random(seed + 20, rights, 63).iter().map(|v| v.cast_unsigned() % range).collect();
            right.extend(left.iter().take(7));
            right.push(0);
            let (matched, column) = joined(seed, &left, &values, &right, 40);
            let table: std::collections::HashMap<_, _> = left.iter().zip(&values).collect();
            let expected: Vec<_> = right.iter().map(|key| table.get(key).map(|value| **value)).collect();
            assert_eq!(matched, expected.iter().map(|value| u64::from(value.is_some())).collect::<Vec<_>>());
            assert_eq!(column, expected.iter().map(|value| value.unwrap_or(0)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn repeated_keys_on_the_left_are_refused() {
        let ends = three(7, |context| {
            let (l, r) = (planes(context, &[3, 4, 3], 8)?, planes(context, &[3], 8)?);
            semi_join(context, &l, &r).map(drop)
        });
        assert!(ends.iter().all(|end| end.as_ref().err().map(MpcError::code) == Some(9209)));
    }
}
