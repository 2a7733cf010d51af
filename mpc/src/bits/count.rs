//! How many bits are one.

use super::compare::sign;
use super::compose::compose;
use crate::araki16::{multiply, open};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::bits_of;
use crate::ring::{B64, Z64};
use crate::shares::Shares;
use crate::verified::verify;

/// Words of one weight that are left to the composition.
const LEFT: usize = 2;

/// Of each vector, how many of its first `len` bits are one, as integers.
///
/// Words of 64 bits are added like the bits of numbers, three into two (C. S. Wallace, "A Suggestion for a Fast
/// Multiplier", IEEE Transactions on Electronic Computers, 1964), all weights in one round; what is left at the end
/// becomes integers.
///
/// # Cost
/// 2 + ⌈log1.5 (len / 128)⌉ rounds about; from each party 1 bit a bit, and some 2 KiB for each doubling of `len` beyond 64.
///
/// # Errors
/// [`MpcError`]: a failure of a channel or a misstep of a peer.
pub fn count(context: &mut Context, vectors: &[Shares<B64>], len: usize) -> Result<Shares<Z64>, MpcError> {
    let words = len.div_ceil(64);
    // For each vector, the words of each weight.
    let mut sums: Vec<Vec<Shares<B64>>> =
        vectors.iter().map(|vector| vec![clear_tail(vector.slice(0..words), len)]).collect();
    while sums.iter().flatten().any(|words| words.len() > LEFT) {
        sums = level(context, &sums)?;
    }
    let all = Shares::concat(&sums.iter().flatten().cloned().collect::<Vec<_>>());
    let ones = compose(context, &all, 64 * all.len())?;
    let mut at = 0;
    let counts: Vec<Shares<Z64>> = sums
        .iter()
        .map(|weights| {
            let mut total = Shares::zeros(1);
            for (weight, words) in weights.iter().enumerate() {
                let sum = ones.slice(at..at + 64 * words.len()).sum();
                total.add_at(0, &sum.times(Z64(1 << weight)));
                at += 64 * words.len();
            }
            total
        })
        .collect();
    Ok(Shares::concat(&counts))
}

/// Whether any of the first `len` bits of a plane is one. Only that is opened.
pub(crate) fn open_any(context: &mut Context, plane: &Shares<B64>, len: usize) -> Result<bool, MpcError> {
    let ones = count(context, std::slice::from_ref(plane), len)?;
    let any = sign(context, &ones.linear(|value| -value), bits_of(len) as usize + 2)?;
    let any = verify(context, any.linear(|word| B64(word.0 & 1)))?;
    Ok(open(context, &any)?.first().is_some_and(|word| word.0 & 1 == 1))
}

/// Bits beyond the last mean nothing: here they are zero.
fn clear_tail(mut words: Shares<B64>, len: usize) -> Shares<B64> {
    if !len.is_multiple_of(64) {
        let mask = B64(u64::MAX >> (64 - len % 64));
        for part in [&mut words.own, &mut words.next] {
            if let Some(word) = part.last_mut() {
                *word = *word * mask;
            }
        }
    }
    words
}

/// Full adders wherever there are three words of one weight: the sum stays, the majority goes one weight higher. The
/// majority of a, b, c is (a ⊕ b)(a ⊕ c) ⊕ a.
fn level(context: &mut Context, sums: &[Vec<Shares<B64>>]) -> Result<Vec<Vec<Shares<B64>>>, MpcError> {
    let (mut left, mut right, mut first) = (Vec::new(), Vec::new(), Vec::new());
    for words in sums.iter().flatten() {
        let third = words.len() / 3;
        let [a, b, c] = [0, 1, 2].map(|part| words.slice(part * third..(part + 1) * third));
        left.push(a.plus(&b));
        right.push(a.plus(&c));
        first.push(a);
    }
    let products = multiply(context, &Shares::concat(&left), &Shares::concat(&right))?;
    let carries = products.plus(&Shares::concat(&first));
    let mut carries = carries.split(first.iter().map(Shares::len)).into_iter();
    let mut parts = left.iter().zip(&right).zip(&first);
    let next = sums.iter().map(|weights| {
        let mut next: Vec<Shares<B64>> = vec![Shares::zeros(0); weights.len() + 1];
        for (weight, words) in weights.iter().enumerate() {
            let ((left, right), a) = parts.next().expect("one for each weight");
            // a ⊕ b ⊕ c, and what was left over.
            let sum = left.plus(right).plus(a);
            let rest = words.slice(3 * a.len()..words.len());
            let carried = carries.next().expect("one for each weight");
            next[weight] = Shares::concat([&next[weight], &sum, &rest]);
            next[weight + 1] = carried;
        }
        if next.last().is_some_and(Shares::is_empty) {
            next.pop();
        }
        next
    });
    Ok(next.collect())
}
