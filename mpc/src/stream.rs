//! Columns longer than memory, a piece at a time.
//!
//! An owner reads its column as it goes, every party gets its shares of one piece, does with them what is to be done, and lets
//! them go before the next: sums, counts and products that are added up, or comparisons, of which a bit of each value is left.
//! What a party holds at a time is a piece and what the work keeps, whatever the length. Rounds are those of the work, once
//! for each piece: operators on bits cut what they are given into pieces of this size anyway.
//!
//! # Memory
//!
//! What a party held at most for 10^7 values, in MB (`cargo bench -p yinshu-mpc --bench memory`), inputs among it:
//!
//! | work | all follow the protocol | one may cheat |
//! |---|---|---|
//! | share, whole column | 134 | 144 |
//! | sum, whole column | 143 | 152 |
//! | multiply two columns | 488 | 526 |
//! | compare two columns, 64 bits | 510 | 597 |
//! | share, piece by piece | 9 | 9 |
//! | sum of squares, piece by piece | 7 | 29 |
//! | count below zero, piece by piece | 35 | 121 |
//!
//! Piece by piece it does not grow with the column. Sorting, joining and grouping need their columns whole.

use crate::araki16;
use crate::context::{Context, blocks};
use crate::error::MpcError;
use crate::ring::Ring;
use crate::role::Role;
use crate::shares::Shares;
use std::ops::Range;

/// What an owner's column is read from: the values of these rows.
pub type Source<'a, R> = &'a mut dyn FnMut(Range<usize>) -> Result<Vec<R>, MpcError>;

/// Shares a column of `len` values that `owner` has, piece by piece, and has `each` of the parties work on every piece: it
/// gets which rows they are and the shares of these. `source` is there at the owner, `None` at the others.
///
/// # Cost
/// [`araki16::input`] of all values, and what `each` costs; memory for a piece of 2^18 values.
///
/// # Errors
/// [`MpcError::Lengths`]: not as many values from the source as there are rows; what the source gives, what `each` gives;
/// else a failure of a channel or a misstep of the owner. Where the source fails, the others are told.
pub fn input<R: Ring>(
    context: &mut Context,
    owner: Role,
    mut source: Option<Source<'_, R>>,
    len: usize,
    mut each: impl FnMut(&mut Context, Range<usize>, Shares<R>) -> Result<(), MpcError>,
) -> Result<(), MpcError> {
    for rows in blocks(len) {
        let values = source.as_mut().map(|source| source(rows.clone())).transpose()?;
        let shares = araki16::input(context, owner, values.as_deref(), rows.len())?;
        each(context, rows, shares)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::{count, sign};
    use crate::tests::given::signed;
    use crate::tests::{agreed, three};
    use crate::{B64, Z64};

    #[test]
    fn sums_and_comparisons_of_a_column_that_is_never_whole() {
        let len = (1 << 19) + 100;
        let value = |row: usize| (row as i64).wrapping_mul(0x9e37_79b9) % 1001 - 500;
        let found = agreed(1, |context| {
            let mut read = |rows: Range<usize>| Ok(rows.map(|row| Z64::from(value(row))).collect());
            let source: Option<Source<'_, Z64>> =
                if context.role() == Role::Second { Some(&mut read) } else { None };
            let (mut sum, mut negative, mut pieces) = (Shares::zeros(1), Vec::new(), 0);
            input(context, Role::Second, source, len, |context, rows, shares| {
                assert!(rows.len() == shares.len() && shares.len() <= 1 << 18);
                pieces += 1;
                sum.add_at(0, &shares.sum());
                let below: Shares<B64> = sign(context, &shares, 12)?;
                negative.push(count(context, &[below], rows.len())?);
                Ok(())
            })?;
            assert_eq!(pieces, 3);
            let negative = Shares::concat(&negative).sum();
            signed(context, Shares::concat([&sum, &negative]))
        });
        let expected = [(0..len).map(value).sum(), (0..len).filter(|&row| value(row) < 0).count() as i64];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_source_that_fails_ends_the_run_of_all() {
        let ends = three(2, |context| {
            let mut read = |rows: Range<usize>| match rows.start {
                0 => Ok(vec![Z64(1); rows.len()]),
                _ => Err(MpcError::OutOfRange { what: "a column", row: rows.start }),
            };
            let source: Option<Source<'_, Z64>> =
                if context.role() == Role::First { Some(&mut read) } else { None };
            input(context, Role::First, source, 1 << 19, |_, _, _| Ok(()))?;
            context.exchange(context.role().next(), &[Z64(1)], context.role().previous()).map(drop)
        });
        let codes = ends.map(|end| end.err().map(|error| error.code()));
        assert_eq!(codes[0], Some(9208));
        assert!(codes[1..].iter().all(|code| *code == Some(9202)), "{codes:?}");
    }
}
