//! From evaluated elements to tokens, and the dummies: what both roles compute alike.

use crate::ecdh::msg::{TOKEN_BYTES, Token};
use crate::stream::{Point, Uniform, raise};
use rand_core::CryptoRng;
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

/// The first `count` of the tokens, and random ones in place of the others: as many steps for any `count`, without a
/// branch on it.
pub(super) fn first_or_random(mut tokens: Vec<Token>, count: u64, rng: &mut impl CryptoRng) -> Vec<Token> {
    for (at, token) in (0u64..).zip(&mut tokens) {
        let mut random = Token::default();
        rng.fill_bytes(&mut random);
        let keep = 0u8.wrapping_sub(u8::from(at < count));
        token.iter_mut().zip(random).for_each(|(byte, random)| *byte = (*byte & keep) | (random & !keep));
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng as _;

    /// Whatever the noise, all dummies are computed and as many random tokens drawn.
    #[test]
    fn the_work_does_not_depend_on_the_noise() {
        let tokens: Vec<Token> = (1..=28).map(|n| [n; TOKEN_BYTES]).collect();
        let after = [0, 13, 28].map(|count| {
            let mut rng = ChaCha20Rng::seed_from_u64(5);
            let made = first_or_random(tokens.clone(), count, &mut rng);
            let count = usize::try_from(count).unwrap();
            assert_eq!(made.len(), tokens.len());
            assert_eq!(made[..count], tokens[..count]);
            assert!(made[count..].iter().zip(&tokens[count..]).all(|(made, token)| made != token));
            rng.get_word_pos()
        });
        assert!(after[0] > 0 && after.iter().all(|&drawn| drawn == after[0]), "{after:?}");
    }
}
