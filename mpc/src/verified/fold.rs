//! Vectors as polynomials in a few variables, and what is left of them at one point.
//!
//! A vector of 2^k rows is what a polynomial of degree 1 in each of k variables takes at the points of {0, 1}^k. The sum of
//! the products of two such rows is a polynomial of degree 2 in each variable: it is known by 3^k values, those at {0, 1,
//! ∞}^k, where the value at ∞ is the highest coefficient (A. Karatsuba, Y. Ofman, 1962; A. L. Toom, 1963).

use super::field::Field;

/// Columns that are worked on at a time.
const COLUMNS: usize = 64;

/// Variables of one round, and how many values it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cube {
    pub(super) variables: u32,
}

impl Cube {
    /// 2^k.
    pub(super) fn corners(self) -> usize {
        1 << self.variables
    }

    /// 3^k.
    pub(super) fn points(self) -> usize {
        3usize.pow(self.variables)
    }

    /// The number of the corner that a point is, if it is one. The first variable is the highest digit.
    pub(super) fn corner(self, mut point: usize) -> Option<usize> {
        let mut corner = 0;
        for at in 0..self.variables {
            match point % 3 {
                2 => return None,
                digit => corner |= digit << at,
            }
            point /= 3;
        }
        Some(corner)
    }

    /// For each point what it is: a corner, or the difference of two points before it.
    pub(super) fn plan(self) -> Vec<Source> {
        (0..self.points())
            .map(|point| match self.corner(point) {
                Some(corner) => Source::Corner(corner),
                None => {
                    let mut place = 1;
                    while point / place % 3 != 2 {
                        place *= 3;
                    }
                    Source::Difference(point - place, point - 2 * place)
                }
            })
            .collect()
    }

    /// The factors of the corners at a point.
    pub(super) fn weights<F: Field>(self, field: &F, at: &[F::Element]) -> Vec<F::Element> {
        debug_assert_eq!(at.len(), self.variables as usize, "a coordinate for each variable");
        at.iter().fold(vec![field.one()], |weights, &x| {
            let rest = field.sub(field.one(), x);
            weights.iter().flat_map(|&weight| [field.mul(weight, rest), field.mul(weight, x)]).collect()
        })
    }

    /// The value at a point of the polynomial that has these at {0, 1, ∞}^k.
    pub(super) fn value<F: Field>(self, field: &F, values: &[F::Element], at: &[F::Element]) -> F::Element {
        let mut values = values.to_vec();
        for &x in at.iter().rev() {
            let factors = [field.sub(field.one(), x), x, field.sub(field.mul(x, x), x)];
            values = values.chunks_exact(3).map(|three| field.dot(three, &factors)).collect();
        }
        values[0]
    }
}

/// How a row comes about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// It is there.
    Corner(usize),
    /// The first less the second.
    Difference(usize, usize),
}

/// The sums of the products of vectors' rows, at all points.
pub(super) struct Products<F: Field> {
    field: F,
    cube: Cube,
    plan: Vec<Source>,
    rows: [Vec<F::Element>; 2],
    sums: Vec<F::Element>,
}

impl<F: Field> Products<F> {
    pub(super) fn new(field: F, cube: Cube) -> Self {
        let plan = cube.plan();
        let rows = [(); 2].map(|()| vec![F::Element::default(); plan.len() * COLUMNS]);
        let sums = vec![F::Element::default(); plan.len()];
        Self { field, cube, plan, rows, sums }
    }

    /// Adds those of two vectors.
    pub(super) fn add(&mut self, a: &[F::Element], b: &[F::Element]) {
        let (field, columns) = (self.field, a.len() / self.cube.corners());
        if self.cube.variables == 3
            && let Some(sums) = field.cube(a, b)
        {
            self.sums.iter_mut().zip(sums).for_each(|(sum, more)| *sum = field.add(*sum, more));
            return;
        }
        for from in (0..columns).step_by(COLUMNS) {
            let width = COLUMNS.min(columns - from);
            for (rows, vector) in self.rows.iter_mut().zip([a, b]) {
                spread(&field, &self.plan, rows, |corner| &vector[corner * columns + from..][..width]);
            }
            let [a, b] = &self.rows;
            for (at, sum) in self.sums.iter_mut().enumerate() {
                let row = at * COLUMNS..at * COLUMNS + width;
                *sum = field.add(*sum, field.dot(&a[row.clone()], &b[row]));
            }
        }
    }

    pub(super) fn sums(self) -> Vec<F::Element> {
        self.sums
    }
}

/// Fills the rows of all points from those of the corners.
fn spread<'a, F: Field>(
    field: &F,
    plan: &[Source],
    rows: &mut [F::Element],
    corner: impl Fn(usize) -> &'a [F::Element],
) where
    F::Element: 'a,
{
    let width = corner(0).len();
    for (at, source) in plan.iter().enumerate() {
        let (before, row) = rows.split_at_mut(at * COLUMNS);
        let row = &mut row[..width];
        match *source {
            Source::Corner(number) => row.copy_from_slice(corner(number)),
            Source::Difference(a, b) => {
                field.subtract(row, &before[a * COLUMNS..][..width], &before[b * COLUMNS..][..width]);
            }
        }
    }
}

/// Appends a vector at a point: one row of its 2^k.
pub(super) fn at_point<F: Field>(
    field: &F,
    vector: &[F::Element],
    weights: &[F::Element],
    out: &mut Vec<F::Element>,
) {
    let columns = vector.len() / weights.len();
    if columns > 0 {
        let from = out.len();
        out.resize(from + columns, F::Element::default());
        into_point(field, vector, weights, &mut out[from..]);
    }
}

/// As [`at_point`], in the place of what is there.
pub(super) fn into_point<F: Field>(
    field: &F,
    vector: &[F::Element],
    weights: &[F::Element],
    out: &mut [F::Element],
) {
    if !out.is_empty() {
        let rows: Vec<&[F::Element]> = vector.chunks_exact(out.len()).collect();
        field.combine(out, &rows, weights);
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::Binary;
    use super::super::prime::Prime;
    use super::*;
    use yinshu_crypto::keystream::KeyStream;
    use yinshu_crypto::secret::Secret;

    fn check<F: Field>(field: &F, stream: &KeyStream)
    where
        F::Element: std::fmt::Debug,
    {
        let element = |nonce, at| {
            let mut words = [0; 2];
            stream.words(nonce, 2 * at, &mut words);
            field.draw(words)
        };
        for (variables, columns) in [(0, 5), (1, 1), (2, 3), (3, 70), (3, 72), (6, 2)] {
            let cube = Cube { variables };
            let vector = |nonce| -> Vec<F::Element> {
                (0..cube.corners() * columns).map(|at| element(nonce, at as u64)).collect()
            };
            let (a, b) = (vector(1), vector(2));
            let mut sums = Products::new(*field, cube);
            sums.add(&a, &b);
            let sums = sums.sums();
            // At the corners, the sums themselves.
            let corners = (0..cube.points()).filter(|&point| cube.corner(point).is_some());
            let total = corners.fold(F::Element::default(), |sum, point| field.add(sum, sums[point]));
            assert_eq!(total, field.dot(&a, &b));
            // At any point, the product of what both are there.
            let point: Vec<F::Element> = (0..variables).map(|at| element(3, at.into())).collect();
            let weights = cube.weights(field, &point);
            let [a, b] = [a, b].map(|vector| {
                let mut out = Vec::new();
                at_point(field, &vector, &weights, &mut out);
                out
            });
            assert_eq!(cube.value(field, &sums, &point), field.dot(&a, &b), "{variables} variables");
        }
    }

    #[test]
    fn a_product_of_polynomials_is_known_by_its_values() {
        let stream = KeyStream::new(&Secret::new([5; 16]));
        check(&Binary, &stream);
        check(&Prime::random(&stream, 0), &stream);
    }
}
