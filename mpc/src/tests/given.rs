//! Values in and out of tests.

use crate::araki16::{input, open};
use crate::bits::Planes;
use crate::verified::verify;
use crate::{B64, Context, MpcError, Ring, Role, Shares, Z64};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// Words that one party shares.
pub(crate) fn given<R: Ring>(context: &mut Context, words: &[u64]) -> Result<Shares<R>, MpcError> {
    let values: Vec<R> = words.iter().map(|&word| R::of(word)).collect();
    let ours = (context.role() == Role::Second).then_some(&values[..]);
    input(context, Role::Second, ours, values.len())
}

/// Signed integers.
pub(crate) fn integers(context: &mut Context, values: &[i64]) -> Result<Shares<Z64>, MpcError> {
    given(context, &values.iter().map(|value| value.cast_unsigned()).collect::<Vec<_>>())
}

/// Bits of words.
pub(crate) fn planes(context: &mut Context, words: &[u64], bits: usize) -> Result<Planes, MpcError> {
    Ok(Planes::of_words(&given::<B64>(context, words)?, bits))
}

/// Single bits, 64 in a word.
pub(crate) fn flags(context: &mut Context, flags: &[bool]) -> Result<Shares<B64>, MpcError> {
    let mut words = vec![0; flags.len().div_ceil(64)];
    flags.iter().enumerate().for_each(|(at, &flag)| words[at / 64] |= u64::from(flag) << (at % 64));
    given(context, &words)
}

/// What is opened.
pub(crate) fn words<R: Ring>(context: &mut Context, shares: Shares<R>) -> Result<Vec<u64>, MpcError> {
    let verified = verify(context, shares)?;
    Ok(open(context, &verified)?.into_iter().map(R::word).collect())
}

/// What is opened, as signed integers.
pub(crate) fn signed(context: &mut Context, shares: Shares<Z64>) -> Result<Vec<i64>, MpcError> {
    Ok(words(context, shares)?.into_iter().map(u64::cast_signed).collect())
}

/// The first `len` bits of words.
pub(crate) fn bits(words: &[u64], len: usize) -> Vec<bool> {
    (0..len).map(|at| words[at / 64] >> (at % 64) & 1 == 1).collect()
}

/// Random integers of -2^bits … 2^bits - 1.
pub(crate) fn random(seed: u64, len: usize, bits: u32) -> Vec<i64> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    (0..len).map(|_| rng.next_u64().cast_signed() >> (63 - bits)).collect()
}
