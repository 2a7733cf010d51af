//! Order statistics without sorting: the value of a rank, bit by bit from the top.
//!
//! Let r be the rank that is sought. Of the rows whose upper bits are those found so far, c have a zero next. Where r ≤ c the
//! next bit is 0, else it is 1 and r becomes r - c. Rows that no longer agree drop out of the count.
//!
//! # Cost
//!
//! [`crate::bits::decompose`] once; then for each bit of a value 7 + ⌈log1.5 (rows / 128)⌉ + ⌈log2 log2 rows⌉ rounds about, and
//! from each party 2 bits a row and rank, and 40 KiB at most for the rest.
//!
//! # Security
//!
//! The bits of the outcome are opened as they are found, to all three parties: they say nothing beyond the outcome, from
//! which each of them follows. Where `allowed` is given and zero, all bits are zero before they open. *Learnt:* the
//! number of rows, of ranks and of bits, and the outcome.

use crate::araki16::{multiply, open, same_length};
use crate::bits::{Planes, count, decompose, less};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::bits_of;
use crate::ring::{B64, Z64};
use crate::shares::Shares;
use crate::verified::verify;

/// Which rows count, and whether anything may open: both shared bits.
#[derive(Clone, Copy, Default)]
pub struct Among<'a> {
    /// A bit for each row, 64 in a word: the others are as if they were not there.
    pub rows: Option<&'a Shares<B64>>,
    /// Bit 0 of one word: without it the outcome is zero.
    pub allowed: Option<&'a Shares<B64>>,
}

/// For each rank (a shared integer, 1 for the least), the value of that rank among words without sign.
///
/// A rank beyond the number of rows gives the greatest word that there is room for; a rank below 1 gives zero.
///
/// # Errors
/// [`MpcError::Lengths`]; else a failure of a channel or a misstep of a peer.
pub fn by_rank(
    context: &mut Context,
    values: &Planes,
    among: Among<'_>,
    ranks: &Shares<Z64>,
) -> Result<Vec<u64>, MpcError> {
    let (rows, words, wanted) = (values.lanes(), values.lanes().div_ceil(64), ranks.len());
    let all = match among.rows {
        Some(rows) => rows.clone(),
        None => Shares::zeros(words).not(context.role()),
    };
    same_length("the rows that count", all.len(), words)?;
    let allowed = among.allowed.map(|word| word.gather(&vec![0; wanted]));
    let mut active = vec![all; wanted];
    let mut ranks = ranks.clone();
    let mut found = vec![0; wanted];
    for at in (0..values.count()).rev() {
        let plane = values.plane(at);
        let planes = vec![&plane; wanted];
        let ones = multiply(context, &Shares::concat(&active), &Shares::concat(planes))?;
        let ones = ones.split(vec![words; wanted]);
        let zeros: Vec<_> = active.iter().zip(&ones).map(|(active, ones)| active.plus(ones)).collect();
        let counts = count(context, &zeros, rows)?;
        let beyond = less(context, &counts, &ranks, bits_of(rows) as usize + 2)?;
        let bits = bits_if(context, &beyond, wanted, allowed.as_ref())?;
        let mut fewer = Vec::with_capacity(wanted);
        for (rank, (ones, zeros)) in ones.into_iter().zip(zeros).enumerate() {
            found[rank] |= u64::from(bits[rank]) << at;
            active[rank] = if bits[rank] { ones } else { zeros };
            let dropped = counts.slice(rank..rank + 1);
            fewer.push(dropped.times(Z64(u64::from(bits[rank]))));
        }
        ranks = ranks.minus(&Shares::concat(&fewer));
    }
    Ok(found)
}

/// Opens the first bits of a plane, each only where allowed.
fn bits_if(
    context: &mut Context,
    bits: &Shares<B64>,
    len: usize,
    allowed: Option<&Shares<B64>>,
) -> Result<Vec<bool>, MpcError> {
    let gated = match allowed {
        // Bit 0 of each word, one word for each bit.
        Some(allowed) => {
            let each: Vec<_> = (0..len)
                .map(|at| bits.gather(&[at / 64]).linear(|word| B64(word.0 >> (at % 64) & 1)))
                .collect();
            multiply(context, &Shares::concat(&each), allowed)?
        }
        None => bits.slice(0..len.div_ceil(64)),
    };
    // Bits beyond the last mean nothing, and are not opened.
    let tail = match allowed {
        Some(_) => gated,
        None => {
            let tails = (0..gated.len()).map(|word| {
                let left = (len - 64 * word).min(64);
                gated.gather(&[word]).linear(|value| B64(value.0 & u64::MAX >> (64 - left)))
            });
            Shares::concat(&tails.collect::<Vec<_>>())
        }
    };
    let tail = verify(context, tail)?;
    let words = open(context, &tail)?;
    Ok(match allowed {
        Some(_) => words.iter().map(|word| word.0 & 1 == 1).collect(),
        None => (0..len).map(|at| words[at / 64].0 >> (at % 64) & 1 == 1).collect(),
    })
}

/// For each rank, the value of that rank among shared integers of -2^(bits - 1) … 2^(bits - 1) - 1.
///
/// # Errors
/// As [`by_rank`].
///
/// # Panics
/// Unless there are 1 to 64 bits.
pub fn of_integers(
    context: &mut Context,
    values: &Shares<Z64>,
    bits: usize,
    among: Among<'_>,
    ranks: &Shares<Z64>,
) -> Result<Vec<i64>, MpcError> {
    assert!((1..=64).contains(&bits), "a word has 1 to 64 bits");
    let lowest = 1u64 << (bits - 1);
    let positive = values.clone().plus_public(context.role(), Z64(lowest));
    let planes = decompose(context, &positive, bits)?;
    let words = by_rank(context, &planes, among, ranks)?;
    Ok(words.into_iter().map(|word| word.wrapping_sub(lowest).cast_signed()).collect())
}

#[cfg(test)]
mod tests;
