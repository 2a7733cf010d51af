//! The fields in which proofs are checked: GF(2^64) for bits, and integers modulo a random prime for integers.

use yinshu_crypto::field::{F64, rows};
use yinshu_crypto::keystream::KeyStream;
use zeroize::DefaultIsZeroes;

/// Arithmetic of a field, the loops of a proof among it.
pub(super) trait Field: Copy {
    /// What it is made of; the default is zero.
    type Element: DefaultIsZeroes + PartialEq + 'static;

    fn one(&self) -> Self::Element;
    fn add(&self, a: Self::Element, b: Self::Element) -> Self::Element;
    fn sub(&self, a: Self::Element, b: Self::Element) -> Self::Element;
    fn mul(&self, a: Self::Element, b: Self::Element) -> Self::Element;

    /// From two uniform words, an element at most 2^-64 from uniform.
    fn draw(&self, words: [u64; 2]) -> Self::Element;
    /// As it travels. Every word is read as some element.
    fn word(&self, element: Self::Element) -> u64;
    fn read(&self, word: u64) -> Self::Element;

    /// The sum of all `a[i]·b[i]`.
    fn dot(&self, a: &[Self::Element], b: &[Self::Element]) -> Self::Element;
    /// `out[i]` = the sum of all `by[k]·rows[k][i]`: 64 rows at most.
    fn combine(&self, out: &mut [Self::Element], rows: &[&[Self::Element]], by: &[Self::Element]);
    /// Of two vectors of eight rows the sums of products at the 27 points of [`super::fold::Cube`], where the processor has
    /// something for it.
    fn cube(&self, a: &[Self::Element], b: &[Self::Element]) -> Option<[Self::Element; 27]>;
    /// `out[i] = a[i] - b[i]`.
    fn subtract(&self, out: &mut [Self::Element], a: &[Self::Element], b: &[Self::Element]);
}

/// A challenge: an element other than 0 and 1, so that no summand of a line through values at 0 and 1 vanishes.
pub(super) fn challenge<F: Field>(field: &F, stream: &KeyStream, nonce: u64) -> F::Element {
    let mut words = [0; 2];
    let mut at = 0;
    loop {
        stream.words(nonce, at, &mut words);
        let element = field.draw(words);
        if element != F::Element::default() && element != field.one() {
            return element;
        }
        at += 2;
    }
}

/// Uniform elements, from two words each.
pub(super) fn random<F: Field>(field: &F, count: usize, words: impl Fn(&mut [u64])) -> Vec<F::Element> {
    let mut random = vec![0; 2 * count];
    words(&mut random);
    let (pairs, _) = random.as_chunks::<2>();
    pairs.iter().map(|&pair| field.draw(pair)).collect()
}

/// GF(2^64).
#[derive(Clone, Copy)]
pub(super) struct Binary;

impl Field for Binary {
    type Element = F64;

    fn one(&self) -> F64 {
        F64::ONE
    }

    fn add(&self, a: F64, b: F64) -> F64 {
        a + b
    }

    fn sub(&self, a: F64, b: F64) -> F64 {
        a + b
    }

    fn mul(&self, a: F64, b: F64) -> F64 {
        rows::dot(&[a], &[b])
    }

    fn draw(&self, words: [u64; 2]) -> F64 {
        F64(words[0])
    }

    fn word(&self, element: F64) -> u64 {
        element.0
    }

    fn read(&self, word: u64) -> F64 {
        F64(word)
    }

    fn dot(&self, a: &[F64], b: &[F64]) -> F64 {
        rows::dot(a, b)
    }

    fn combine(&self, out: &mut [F64], rows: &[&[F64]], by: &[F64]) {
        rows::combine(out, rows, by);
    }

    fn cube(&self, a: &[F64], b: &[F64]) -> Option<[F64; 27]> {
        rows::cube(a, b)
    }

    fn subtract(&self, out: &mut [F64], a: &[F64], b: &[F64]) {
        out.iter_mut().zip(a).zip(b).for_each(|((out, &a), &b)| *out = a + b);
    }
}
