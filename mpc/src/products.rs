//! Which products make up the elements of a vector: what a party adds up, and what others check.

use crate::ring::Ring;
use crate::shares::Shares;
use crate::verified::record::Parts;
use std::ops::Range;

/// A vector of which each element is a sum of products of shares.
pub(crate) trait Products<R: Ring> {
    /// Whether the factors are the two parts that a party holds of one sharing, and not two sharings.
    const INNER: bool = false;

    /// How many elements.
    fn outputs(&self) -> usize;

    /// Of how many products each is the sum.
    fn width(&self) -> usize {
        1
    }

    /// Where the elements are the products of every two of some vectors, these.
    fn pairs(&self) -> Option<&Pairs<'_, R>> {
        None
    }

    /// This party's summand of some of the elements.
    fn summands(&self, range: Range<usize>, out: &mut [R]);

    /// Appends all factors of some of the elements: the left ones to x, the right ones to y.
    fn factors(&self, range: Range<usize>, x: &mut Parts, y: &mut Parts);
}

/// This party's summand of a product of two sharings: x0 y0 + x0 y1 + x1 y0 with its parts 0 and 1.
#[inline]
fn summand<R: Ring>(x: (R, R), y: (R, R)) -> R {
    (x.0 + x.1) * (y.0 + y.1) - x.1 * y.1
}

/// This party's summand of one dot product.
fn inner<R: Ring>(x: &Shares<R>, y: &Shares<R>, left: Range<usize>, right: Range<usize>) -> R {
    let left = x.own[left.clone()].iter().zip(&x.next[left]);
    let right = y.own[right.clone()].iter().zip(&y.next[right]);
    left.zip(right).fold(R::ZERO, |sum, ((&x0, &x1), (&y0, &y1))| sum + summand((x0, x1), (y0, y1)))
}

fn push<R: Ring>(parts: &mut Parts, shares: &Shares<R>, range: Range<usize>) {
    parts.push(&shares.own[range.clone()], &shares.next[range]);
}

/// Element by element.
pub(crate) struct Each<'a, R: Ring>(pub(crate) &'a Shares<R>, pub(crate) &'a Shares<R>);

impl<R: Ring> Products<R> for Each<'_, R> {
    fn outputs(&self) -> usize {
        self.0.len()
    }

    fn summands(&self, range: Range<usize>, out: &mut [R]) {
        let Self(x, y) = self;
        let left = x.own[range.clone()].iter().zip(&x.next[range.clone()]);
        let right = y.own[range.clone()].iter().zip(&y.next[range]);
        for ((out, (&x0, &x1)), (&y0, &y1)) in out.iter_mut().zip(left).zip(right) {
            *out = summand((x0, x1), (y0, y1));
        }
    }

    fn factors(&self, range: Range<usize>, x: &mut Parts, y: &mut Parts) {
        push(x, self.0, range.clone());
        push(y, self.1, range);
    }
}

/// Each so many elements.
pub(crate) struct Rows<'a, R: Ring> {
    pub(crate) x: &'a Shares<R>,
    pub(crate) y: &'a Shares<R>,
    pub(crate) width: usize,
}

impl<R: Ring> Products<R> for Rows<'_, R> {
    fn outputs(&self) -> usize {
        self.x.len() / self.width
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summands(&self, range: Range<usize>, out: &mut [R]) {
        for (out, row) in out.iter_mut().zip(range) {
            let row = row * self.width..(row + 1) * self.width;
            *out = inner(self.x, self.y, row.clone(), row);
        }
    }

    fn factors(&self, range: Range<usize>, x: &mut Parts, y: &mut Parts) {
        let range = range.start * self.width..range.end * self.width;
        push(x, self.x, range.clone());
        push(y, self.y, range);
    }
}

/// Every two of so many, in their order.
pub(crate) fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |i| (i..count).map(move |j| (i, j)))
}

/// Elements of vectors that are multiplied with those of all others before the next, so that a core's cache holds them.
pub(crate) fn near(len: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len).step_by(NEAR).map(move |from| from..len.min(from + NEAR))
}

const NEAR: usize = 1 << 10;

/// Every two of some vectors, whole: (0, 0), (0, 1), … (1, 1), ….
pub(crate) struct Pairs<'a, R: Ring> {
    pub(crate) vectors: &'a [&'a Shares<R>],
    pub(crate) pairs: Vec<(usize, usize)>,
}

impl<'a, R: Ring> Pairs<'a, R> {
    pub(crate) fn new(vectors: &'a [&'a Shares<R>]) -> Self {
        Self { vectors, pairs: pairs(vectors.len()).collect() }
    }

    /// The products of next parts alone.
    pub(crate) fn of_next(&self) -> Vec<R> {
        let mut out = vec![R::ZERO; self.pairs.len()];
        for rows in near(self.width()) {
            for (out, &(i, j)) in out.iter_mut().zip(&self.pairs) {
                let both = self.vectors[i].next[rows.clone()].iter().zip(&self.vectors[j].next[rows.clone()]);
                *out = both.fold(*out, |sum, (&x, &y)| sum + x * y);
            }
        }
        out
    }

    fn of(&self, at: usize) -> (&Shares<R>, &Shares<R>) {
        let (i, j) = self.pairs[at];
        (self.vectors[i], self.vectors[j])
    }
}

impl<R: Ring> Products<R> for Pairs<'_, R> {
    fn outputs(&self) -> usize {
        self.pairs.len()
    }

    fn width(&self) -> usize {
        self.vectors.first().map_or(0, |vector| vector.len())
    }

    fn pairs(&self) -> Option<&Pairs<'_, R>> {
        Some(self)
    }

    fn summands(&self, range: Range<usize>, out: &mut [R]) {
        out.fill(R::ZERO);
        for rows in near(self.width()) {
            for (out, at) in out.iter_mut().zip(range.clone()) {
                let (x, y) = self.of(at);
                *out = *out + inner(x, y, rows.clone(), rows.clone());
            }
        }
    }

    fn factors(&self, range: Range<usize>, x: &mut Parts, y: &mut Parts) {
        for at in range {
            let (left, right) = self.of(at);
            x.push_shares(left);
            y.push_shares(right);
        }
    }
}

/// An n × m matrix, row by row, times an m × p matrix, column by column.
pub(crate) struct Matrix<'a, R: Ring> {
    pub(crate) rows: &'a Shares<R>,
    pub(crate) columns: &'a Shares<R>,
    pub(crate) n: usize,
    pub(crate) m: usize,
    pub(crate) p: usize,
}

impl<R: Ring> Matrix<'_, R> {
    fn of(&self, at: usize) -> (Range<usize>, Range<usize>) {
        let (row, column) = (at / self.p, at % self.p);
        (row * self.m..(row + 1) * self.m, column * self.m..(column + 1) * self.m)
    }
}

impl<R: Ring> Products<R> for Matrix<'_, R> {
    fn outputs(&self) -> usize {
        self.n * self.p
    }

    fn width(&self) -> usize {
        self.m
    }

    fn summands(&self, range: Range<usize>, out: &mut [R]) {
        for (out, at) in out.iter_mut().zip(range) {
            let (row, column) = self.of(at);
            *out = inner(self.rows, self.columns, row, column);
        }
    }

    fn factors(&self, range: Range<usize>, x: &mut Parts, y: &mut Parts) {
        for at in range {
            let (row, column) = self.of(at);
            push(x, self.rows, row);
            push(y, self.columns, column);
        }
    }
}
