//! Shares that outlive a run: what a later one of the same three goes on from.
//!
//! Each party keeps its two parts, and nothing else; the next run has keys of its own, so that no mask is used twice. Before
//! it goes on, the parties compare digests of the parts that two of them hold, and of what these are of: where one kept
//! something else, or nothing, none of the three goes on.
//!
//! # Cost
//! Two rounds: 32 bytes, and 8, from each party to each of the others.
//!
//! # Security
//!
//! *Adversary.* As in [`crate::verified`]: only what is [`Verified`] is kept, so that a sharing is one and the right one when
//! it is; and a part that one party changes afterwards differs from that of its other holder. *Learnt:* whether all kept
//! the same, and nothing else: a holder knows the part of which it gets a digest. A party can make all begin anew, as it
//! can by leaving. What a party keeps is as secret as what it has in memory: with that of one other, it is
//! the data.

use crate::context::{Context, digest_of, words_of};
use crate::error::MpcError;
use crate::ring::{B64, Ring};
use crate::role::Role;
use crate::shares::Shares;
use crate::verified::Verified;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::secret::Secret;

/// Bytes before the parts: a digest of what they are of, the role, the number of elements.
const HEAD: usize = 32 + 1 + 8;

/// What a party keeps of a sharing. `of` names what it is of (the terms and the place in the computation): nothing else
/// takes it up.
pub fn keep<R: Ring>(role: Role, of: &Digest, values: &Verified<R>) -> Secret<Vec<u8>> {
    let shares = values.shares();
    let mut bytes = Vec::with_capacity(HEAD + 16 * shares.len());
    bytes.extend_from_slice(&of.0);
    bytes.push(role as u8);
    bytes.extend_from_slice(&(shares.len() as u64).to_le_bytes());
    for part in [&shares.own, &shares.next] {
        part.iter().for_each(|element| bytes.extend_from_slice(&element.word().to_le_bytes()));
    }
    Secret::new(bytes)
}

/// What was kept, if it is what belongs there.
fn read<R: Ring>(role: Role, of: &Digest, kept: &[u8], len: usize) -> Option<Shares<R>> {
    let (head, parts) = kept.split_at_checked(HEAD)?;
    let (found, head) = head.split_at(32);
    let (whose, count) = head.split_first()?;
    let fits = found == of.0 && *whose == role as u8 && count == (len as u64).to_le_bytes();
    let (words, rest) = parts.as_chunks::<8>();
    if !fits || !rest.is_empty() || words.len() != len.checked_mul(2)? {
        return None;
    }
    let part = |words: &[[u8; 8]]| words.iter().map(|&word| R::of(u64::from_le_bytes(word))).collect();
    Some(Shares::new(part(&words[..len]), part(&words[len..])))
}

/// Goes on from what was kept: `None` at all three where not all have the same.
///
/// # Errors
/// A failure of a channel or a misstep of a peer.
pub fn resume<R: Ring>(
    context: &mut Context,
    of: &Digest,
    kept: Option<&Secret<Vec<u8>>>,
    len: usize,
) -> Result<Option<Shares<R>>, MpcError> {
    let role = context.role();
    let shares = kept.and_then(|kept| read::<R>(role, of, kept.expose(), len));
    let empty = Shares::zeros(0);
    let found = shares.as_ref().unwrap_or(&empty);
    let named = |part: &[R]| words_of(&Digest::of_parts("yinshu mpc kept v1", &[&of.0, &digest_of(part).0]));
    let told = context.exchange(role.previous(), &named(&found.own), role.next())?;
    let same = shares.is_some() && told == named(&found.next);
    // Each tells both others, so that all do the same.
    let verdict = [B64(u64::from(same))];
    let before = context.exchange(role.next(), &verdict, role.previous())?;
    let after = context.exchange(role.previous(), &verdict, role.next())?;
    let all = same && before == [B64(1)] && after == [B64(1)];
    Ok(shares.filter(|_| all))
}

#[cfg(test)]
mod tests;
