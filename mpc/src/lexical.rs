//! Rows in the order of several keys, and what follows from an order: first rows of each key, and the greatest rows.

use crate::araki16::same_length;
use crate::bits::{Planes, compose, equal};
use crate::context::Context;
use crate::error::MpcError;
use crate::ring::{B64, Ring, Z64};
use crate::shares::Shares;
use crate::sort::{self, Order};

/// An order by several keys: what [`order`] makes.
pub struct Lexical {
    /// By the last keys first, each on top of those before.
    orders: Vec<Order>,
}

impl Lexical {
    /// A column in the order of the keys.
    ///
    /// # Errors
    /// As [`Order::apply`].
    pub fn apply<R: Ring>(&self, context: &mut Context, column: &Shares<R>) -> Result<Shares<R>, MpcError> {
        self.orders.iter().try_fold(column.clone(), |column, order| order.apply(context, &column))
    }

    /// A column in the order of the keys, back in the order of the rows.
    ///
    /// # Errors
    /// As [`Order::undo`].
    pub fn undo<R: Ring>(&self, context: &mut Context, column: &Shares<R>) -> Result<Shares<R>, MpcError> {
        self.orders.iter().rev().try_fold(column.clone(), |column, order| order.undo(context, &column))
    }
}

/// Sorts by the first key, rows that agree in it by the second, and so on; rows that agree in all stay as they were. Keys that
/// fit beside each other and the number of a row in 64 bits are sorted by at once.
///
/// # Cost
/// [`sort::order`] once for each group of keys that fit together, and one shuffled column for each key of the others.
///
/// # Errors
/// [`MpcError::Lengths`], [`MpcError::TooManyBits`] for a single key; else a failure of a channel or a misstep of a peer.
pub fn order(context: &mut Context, keys: &[&Planes]) -> Result<Lexical, MpcError> {
    let rows = keys.first().map_or(0, |key| key.lanes());
    keys.iter().try_for_each(|key| same_length("a key to sort by", key.lanes(), rows))?;
    let room = 64 - (usize::BITS - rows.saturating_sub(1).leading_zeros()) as usize;
    // From the last key on, as many at once as fit.
    let mut together: Vec<Planes> = Vec::new();
    for key in keys.iter().rev() {
        match together.last_mut() {
            Some(lower) if lower.count() + key.count() <= room => *lower = lower.and_then(key),
            _ => together.push((*key).clone()),
        }
    }
    let mut lexical = Lexical { orders: Vec::new() };
    for key in together {
        let key = match lexical.orders.is_empty() {
            true => key,
            false => Planes::of_words(&lexical.apply(context, &key.to_words())?, key.count()),
        };
        let order = sort::order(context, &key)?;
        lexical.orders.push(order);
    }
    Ok(lexical)
}

/// Whether each sorted row has the key of the row before it, as integers 0 or 1. Words of `bits` bits.
///
/// # Errors
/// A failure of a channel or a misstep of a peer.
pub fn repeats(context: &mut Context, sorted: &Shares<B64>, bits: usize) -> Result<Shares<Z64>, MpcError> {
    let rows = sorted.len();
    if rows == 0 {
        return Ok(Shares::zeros(0));
    }
    let (before, these) = (sorted.slice(0..rows - 1), sorted.slice(1..rows));
    let same = equal(context, &Planes::of_words(&before, bits), &Planes::of_words(&these, bits))?;
    Ok(Shares::concat([&Shares::zeros(1), &compose(context, &same, rows - 1)?]))
}

/// De-duplication: for each row, in the order of the rows, 1 if it is the first with its key and 0 otherwise. Their sum is
/// the number of distinct keys.
///
/// # Cost
/// [`sort::order`], two columns moved, one comparison of neighbours.
///
/// *Learnt:* nothing but the number of rows.
///
/// # Errors
/// [`MpcError::TooManyBits`]; else a failure of a channel or a misstep of a peer.
pub fn first_of_each(context: &mut Context, keys: &Planes) -> Result<Shares<Z64>, MpcError> {
    let order = sort::order(context, keys)?;
    let sorted = order.apply(context, &keys.to_words())?;
    let repeats = repeats(context, &sorted, keys.count())?;
    let first =
        repeats.linear(|value| -value).plus(&Shares::public(context.role(), &vec![Z64(1); keys.lanes()]));
    order.undo(context, &first)
}

/// Columns of the `most` rows with the greatest keys, greatest first; of equal keys the later row comes first.
///
/// # Cost
/// [`sort::order`], and one shuffled column for each.
///
/// # Errors
/// [`MpcError::Lengths`], [`MpcError::TooManyBits`]; else a failure of a channel or a misstep of a peer.
pub fn greatest<R: Ring>(
    context: &mut Context,
    keys: &Planes,
    most: usize,
    columns: &[&Shares<R>],
) -> Result<Vec<Shares<R>>, MpcError> {
    let order = sort::order(context, keys)?;
    let rows = keys.lanes();
    let places: Vec<usize> = (rows.saturating_sub(most)..rows).rev().collect();
    columns.iter().map(|column| Ok(order.apply(context, column)?.gather(&places))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::agreed;
    use crate::tests::given::{given, planes, random, words};

    #[test]
    fn by_two_keys_that_fit_and_that_do_not() {
        for bits in [5, 40] {
            let (a, b): (Vec<u64>, Vec<u64>) =
                random(1, 300, 63).iter().map(|v| (v.cast_unsigned() >> 62, v.cast_unsigned() & 7)).unzip();
            let numbers: Vec<u64> = (0..300).collect();
            let (moved, back) = agreed(2, |context| {
                let (first, second) = (planes(context, &a, bits)?, planes(context, &b, bits)?);
                let order = order(context, &[&first, &second])?;
                let column: Shares<Z64> = given(context, &numbers)?;
                let moved = order.apply(context, &column)?;
                let back = order.undo(context, &moved)?;
                Ok((words(context, moved)?, words(context, back)?))
            });
            let mut expected = numbers.clone();
            expected.sort_by_key(|&row| (a[row as usize], b[row as usize]));
            assert_eq!(moved, expected);
            assert_eq!(back, numbers);
        }
    }

    #[test]
    fn first_rows_and_greatest_rows() {
        for (rows, range) in [(0, 1), (1, 1), (200, 30), (200, 1 << 20)] {
            let keys: Vec<u64> = random(3, rows, 63).iter().map(|v| v.cast_unsigned() % range).collect();
            let (first, top) = agreed(4, |context| {
                let x = planes(context, &keys, 20)?;
                let first = first_of_each(context, &x)?;
                let top = greatest(context, &x, 5, &[&x.to_words()])?;
                Ok((words(context, first)?, words(context, top[0].clone())?))
            });
            let mut seen = std::collections::HashSet::new();
            assert_eq!(first, keys.iter().map(|key| u64::from(seen.insert(*key))).collect::<Vec<_>>());
            let mut sorted = keys.clone();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            sorted.truncate(5);
            assert_eq!(top, sorted);
        }
    }
}
