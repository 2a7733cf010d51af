//! Which is less, and what is equal.

use super::adder::{Carries, add, carry_out, carry_save};
use super::planes::{Planes, and_each};
use crate::araki16::same_length;
use crate::context::{Context, blocks};
use crate::error::MpcError;
use crate::ring::{B64, Z64};
use crate::shares::Shares;

/// Whether shared integers are below zero, 64 of them in a word. They lie in -2^(bits - 1) … 2^(bits - 1) - 1: the fewer
/// bits, the cheaper.
///
/// # Cost
/// 3 + ⌈log2 (bits - 2)⌉ rounds. From each party, bits a value: 4·bits - 8 - 2⌈log2 bits⌉ about, 30 bytes for 64 bits and
/// 14 for 32.
///
/// # Errors
/// [`MpcError`]: a failure of a channel or a misstep of a peer.
///
/// # Panics
/// Unless there are 1 to 64 bits.
pub fn sign(context: &mut Context, x: &Shares<Z64>, bits: usize) -> Result<Shares<B64>, MpcError> {
    assert!((1..=64).contains(&bits), "a word has 1 to 64 bits");
    let mut signs = Shares::zeros(x.len().div_ceil(64));
    for lanes in blocks(x.len()) {
        let from = lanes.start / 64;
        let [sums, carries] = carry_save(context, x, lanes, bits)?;
        let mut sign = sums.plane(bits - 1);
        if bits > 1 {
            sign = sign.plus(&carries.plane(bits - 2));
        }
        if bits > 2 {
            // The carry out of places 1 to bits - 2 comes into the highest.
            let added = add(context, (&sums, 1..bits - 1), (&carries, 0..bits - 2))?;
            sign.add_at(0, &carry_out(context, added)?);
        }
        signs.set_at(from, &sign);
    }
    Ok(signs)
}

/// Whether x < y for shared integers whose difference has `bits` bits at most, its sign among them.
///
/// # Errors
/// [`MpcError::Lengths`]; else as [`sign`].
///
/// # Panics
/// As [`sign`].
pub fn less(
    context: &mut Context,
    x: &Shares<Z64>,
    y: &Shares<Z64>,
    bits: usize,
) -> Result<Shares<B64>, MpcError> {
    same_length("the right sides of comparisons", y.len(), x.len())?;
    sign(context, &x.minus(y), bits)
}

/// Whether x < y for words without sign that are shared bit by bit.
///
/// # Cost
/// 1 + ⌈log2 count⌉ rounds; from each party about 3·count bits a pair.
///
/// # Errors
/// As [`less`].
pub fn less_words(context: &mut Context, x: &Planes, y: &Planes) -> Result<Shares<B64>, MpcError> {
    same_length("the right sides of comparisons", y.lanes(), x.lanes())?;
    same_length("bits of the right sides", y.count(), x.count())?;
    // A borrow: x + ¬… is not needed, ¬x + y carries exactly where x < y, without the one that a difference adds.
    if x.count() == 0 {
        return Ok(Shares::zeros(x.words()));
    }
    let role = context.role();
    let carries = add(context, (&x.not(role), 0..x.count()), (y, 0..y.count()))?;
    carry_out(context, carries)
}

/// Whether shared words are equal, 64 pairs in a word: all bits of the exclusive-or are zero.
///
/// # Cost
/// ⌈log2 count⌉ rounds; from each party count - 1 bits a pair.
///
/// # Errors
/// As [`less`].
pub fn equal(context: &mut Context, x: &Planes, y: &Planes) -> Result<Shares<B64>, MpcError> {
    same_length("the right sides of comparisons", y.lanes(), x.lanes())?;
    same_length("bits of the right sides", y.count(), x.count())?;
    all(context, x.xor(y).not(context.role()))
}

/// Whether x < c for words without sign that are shared bit by bit and a constant that all know.
///
/// # Cost
/// ⌈log2 count⌉ rounds; from each party about 2·count bits a value: the first products of [`less_words`] cost nothing here.
///
/// # Errors
/// As [`sign`].
pub fn less_public(context: &mut Context, x: &Planes, constant: u64) -> Result<Shares<B64>, MpcError> {
    let (role, count) = (context.role(), x.count());
    if count < 64 && constant >> count != 0 {
        return Ok(Shares::zeros(x.words()).not(role));
    }
    if count == 0 {
        return Ok(Shares::zeros(x.words()));
    }
    let inverted = x.not(role);
    let ones = Shares::zeros(x.words()).not(role);
    let at = |place: usize| constant >> place & 1 == 1;
    let generate = (0..count).map(|j| if at(j) { inverted.plane(j) } else { Shares::zeros(x.words()) });
    let propagate = (0..count).map(|j| if at(j) { inverted.plane(j).plus(&ones) } else { inverted.plane(j) });
    let planes = |planes: Vec<Shares<B64>>| Planes::new(x.lanes(), count, Shares::concat(&planes));
    let carries = Carries { generate: planes(generate.collect()), propagate: planes(propagate.collect()) };
    carry_out(context, carries)
}

/// Whether shared words are equal to a constant that all know.
///
/// # Cost
/// As [`equal`].
///
/// # Errors
/// As [`equal`].
pub fn equal_public(context: &mut Context, x: &Planes, constant: u64) -> Result<Shares<B64>, MpcError> {
    let count = x.count();
    if count < 64 && constant >> count != 0 {
        return Ok(Shares::zeros(x.words()));
    }
    let ones = Shares::zeros(x.words()).not(context.role());
    let planes = (0..count).map(|j| match constant >> j & 1 {
        1 => x.plane(j),
        _ => x.plane(j).plus(&ones),
    });
    all(context, Planes::new(x.lanes(), count, Shares::concat(&planes.collect::<Vec<_>>())))
}

/// Whether all bits of a lane are one: ⌈log2 count⌉ rounds.
pub(crate) fn all(context: &mut Context, mut bits: Planes) -> Result<Shares<B64>, MpcError> {
    while bits.count() > 1 {
        let pairs: Vec<_> =
            (0..bits.count() / 2).map(|at| (bits.view(2 * at), bits.view(2 * at + 1))).collect();
        let products = and_each(context, bits.lanes(), &pairs)?;
        bits = match bits.count() % 2 {
            0 => products,
            _ => products.and_then(&bits.some(bits.count() - 1..bits.count())),
        };
    }
    if bits.count() == 0 {
        return Ok(Shares::zeros(bits.words()).not(context.role()));
    }
    Ok(bits.plane(0))
}
