//! The two curves: items to points, and points times the own key, many at a time.

use super::Misstep;
use super::Suite;
use rand_core::CryptoRng;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use yinshu_crypto::secret::Secret;
use yinshu_crypto::sm2;

/// Points that one thread computes at a time: enough to share an inversion, few enough to stay in the cache.
const BLOCK: usize = 128;

/// A key of one run.
pub(crate) enum Cipher {
    X25519(Secret<[u8; 32]>),
    Sm2(sm2::Exponent, sm2::Hash),
}

impl Cipher {
    /// A fresh key.
    pub(crate) fn new(suite: Suite, rng: &mut impl CryptoRng) -> Self {
        match suite {
            Suite::Curve25519Sha256 => {
                let mut key = [0; 32];
                rng.fill_bytes(&mut key);
                Self::X25519(Secret::new(key))
            }
            Suite::Sm2Sha256 => Self::Sm2(sm2::Exponent::random(rng), sm2::Hash::Sha256),
            Suite::Sm2Sm3 => Self::Sm2(sm2::Exponent::random(rng), sm2::Hash::Sm3),
        }
    }

    fn point_bytes(&self) -> usize {
        match self {
            Self::X25519(_) => 32,
            Self::Sm2(..) => sm2::POINT_BYTES,
        }
    }

    /// The first stage: items to points times the key, one after the other.
    pub(crate) fn mask(&self, items: &[&[u8]]) -> Vec<u8> {
        items
            .par_chunks(BLOCK)
            .flat_map_iter(|items| match self {
                Self::X25519(key) => {
                    let points: Vec<[u8; 32]> =
                        items.iter().map(|item| Sha256::digest(item).into()).collect();
                    multiply_x25519(&points, key.expose()).concat()
                }
                Self::Sm2(key, hash) => {
                    let points: Vec<sm2::Point> =
                        items.iter().map(|item| sm2::vartime_hash_to_point(*hash, item)).collect();
                    sm2::raise_and_encode(&points, key).concat()
                }
            })
            .collect()
    }

    /// The second stage: the peer's points times the key. `from` is the number of the first among all.
    pub(crate) fn raise(&self, points: &[u8], from: u64) -> Result<Vec<u8>, Misstep> {
        let size = self.point_bytes();
        let blocks: Result<Vec<Vec<u8>>, Misstep> = points
            .par_chunks(BLOCK * size)
            .enumerate()
            .map(|(at, block)| self.raise_block(block, from + (at * BLOCK) as u64))
            .collect();
        Ok(blocks?.concat())
    }

    fn raise_block(&self, block: &[u8], from: u64) -> Result<Vec<u8>, Misstep> {
        let bad = |at: usize, why| Misstep::BadCurvePoint { index: from + at as u64, why };
        match self {
            Self::X25519(key) => {
                let (points, _) = block.as_chunks::<32>();
                if let Some(at) = points.iter().position(|point| !is_canonical(point)) {
                    return Err(bad(at, "its encoding is not canonical"));
                }
                let raised = multiply_x25519(points, key.expose());
                match raised.iter().position(|point| *point == [0; 32]) {
                    Some(at) => Err(bad(at, "it is of low order")),
                    None => Ok(raised.concat()),
                }
            }
            Self::Sm2(key, _) => {
                let (encoded, _) = block.as_chunks::<{ sm2::POINT_BYTES }>();
                let decode =
                    |(at, point)| sm2::Point::decode(point).ok_or_else(|| bad(at, "it is not on the curve"));
                let points: Vec<sm2::Point> =
                    encoded.iter().enumerate().map(decode).collect::<Result<_, _>>()?;
                Ok(sm2::raise_and_encode(&points, key).concat())
            }
        }
    }
}

/// X25519 (RFC 7748 section 5) of many abscissas with one clamped scalar.
fn multiply_x25519(points: &[[u8; 32]], key: &[u8; 32]) -> Vec<[u8; 32]> {
    yinshu_crypto::x25519::multiply_each(points, key)
}

/// Whether an abscissa is below 2^255 - 19. What an honest party sends is a product, and canonical.
fn is_canonical(point: &[u8; 32]) -> bool {
    let top = point[31];
    top < 0x7f || (top == 0x7f && (point[1..31].iter().any(|byte| *byte != 0xff) || point[0] < 0xed))
}

/// A key that a test chose.
#[cfg(test)]
pub(crate) fn with_key(suite: Suite, key: [u8; 32]) -> Cipher {
    match suite {
        Suite::Curve25519Sha256 => Cipher::X25519(Secret::new(key)),
        Suite::Sm2Sha256 => {
            Cipher::Sm2(sm2::Exponent::from_bytes(&key).expect("a test's key"), sm2::Hash::Sha256)
        }
        Suite::Sm2Sm3 => Cipher::Sm2(sm2::Exponent::from_bytes(&key).expect("a test's key"), sm2::Hash::Sm3),
    }
}
