//! From evaluated elements to tokens, and the dummies: what both roles compute alike.

use crate::ecdh::msg::{TOKEN_BYTES, Token};
use crate::stream::{Point, Uniform, raise};
use yinshu_crypto::group::{Exponent, Hasher};
use yinshu_crypto::hash::Digest;

/// The token of an evaluation, uncut. The receiver does not know which entry a shuffled evaluation is of, so
/// that the entry is not hashed again; it is in the element.
pub(super) fn token(evaluated: &Point) -> Token {
    let digest = Digest::of_parts("yinshu psi size token", &[evaluated]);
    *digest.0.first_chunk::<TOKEN_BYTES>().expect("a digest has 32 bytes")
}

/// `token` with zeros from byte `bytes` on.
pub(super) fn cut(mut token: Token, bytes: usize) -> Token {
    token[bytes..].fill(0);
    token
}

/// The elements of the first `count` dummies. An entry hashes 34 bytes, a dummy 13: they never meet.
pub(super) fn dummies(hasher: &Hasher, count: u64) -> Vec<Uniform> {
    let message = |number: u64| [&b"dummy"[..], &number.to_le_bytes()].concat();
    hasher.uniform_each(&(0..count).map(message).collect::<Vec<_>>())
}

/// The tokens of elements under a key, uncut.
pub(super) fn tokens(elements: &[Uniform], key: &Exponent) -> Vec<Token> {
    raise(elements, key).iter().map(token).collect()
}
