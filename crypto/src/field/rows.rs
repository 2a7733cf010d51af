//! Loops over rows of [`F64`]: what a proof about many products is made of.
//!
//! Each runs with VPCLMULQDQ on AVX-512 (eight products in two instructions), with PCLMULQDQ, or portably.

use super::{F64, portable};

#[cfg(target_arch = "x86_64")]
mod x86;

/// The sum of all `a[i]·b[i]`. Products are added before the one reduction.
///
/// # Panics
/// If the lengths differ.
pub fn dot(a: &[F64], b: &[F64]) -> F64 {
    assert_eq!(a.len(), b.len(), "as many factors on both sides");
    #[cfg(target_arch = "x86_64")]
    if let Some(sum) = x86::dot(a, b) {
        return sum;
    }
    portable_dot(a, b)
}

/// `out[i] = a[i]·by` for every i.
///
/// # Panics
/// If the lengths differ.
pub fn scale(out: &mut [F64], a: &[F64], by: F64) {
    combine(out, &[a], &[by]);
}

/// `out[i] *= by[i]` for every i.
///
/// # Panics
/// If the lengths differ.
pub fn mul_each(out: &mut [F64], by: &[F64]) {
    assert_eq!(out.len(), by.len(), "as many factors on both sides");
    #[cfg(target_arch = "x86_64")]
    if x86::mul_each(out, by) {
        return;
    }
    portable_mul_each(out, by);
}

/// `out[i]` = the sum of all `by[k]·rows[k][i]`, for every i.
///
/// # Panics
/// If the lengths differ.
pub fn combine(out: &mut [F64], rows: &[&[F64]], by: &[F64]) {
    assert_eq!(rows.len(), by.len(), "a factor for each row");
    assert!(rows.iter().all(|row| row.len() == out.len()), "rows of one length");
    #[cfg(target_arch = "x86_64")]
    if x86::combine(out, rows, by) {
        return;
    }
    portable_combine(out, rows, by);
}

/// Of two vectors of eight rows, each the values that polynomials of degree 1 in three variables (a polynomial for each column)
/// have at {0, 1}^3, the sums over the columns of the products of these polynomials at {0, 1, ∞}^3: ∞ stands for the highest
/// coefficient, the first variable is the highest digit. `None` where the processor has nothing to make this quicker than row
/// by row, or rows are not as long as a multiple of eight.
///
/// # Panics
/// Unless both vectors have one length, and that of eight rows.
pub fn cube(a: &[F64], b: &[F64]) -> Option<[F64; 27]> {
    assert!(a.len() == b.len() && a.len().is_multiple_of(8), "two vectors of eight rows");
    let columns = a.len() / 8;
    if columns == 0 || !columns.is_multiple_of(8) {
        return None;
    }
    #[cfg(target_arch = "x86_64")]
    {
        let rows: [_; 8] = std::array::from_fn(|row| row * columns..(row + 1) * columns);
        x86::cube(&rows.clone().map(|row| &a[row]), &rows.map(|row| &b[row]))
    }
    #[cfg(not(target_arch = "x86_64"))]
    None
}

/// For each column of a matrix of words, and each bit of it, the sum of the weights of the rows in which that bit is one.
/// The matrix has a row for each weight; words beyond the last are zero.
///
/// # Panics
/// Unless `out` has 64 places for each column.
pub fn by_bit(out: &mut [F64], words: &[u64], weights: &[F64]) {
    let (out, rest) = out.as_chunks_mut::<64>();
    assert!(rest.is_empty(), "64 places for each column");
    #[cfg(target_arch = "x86_64")]
    if x86::by_bit(out, words, weights) {
        return;
    }
    portable_by_bit(out, words, weights);
}

fn portable_by_bit(out: &mut [[F64; 64]], words: &[u64], weights: &[F64]) {
    let columns = out.len();
    for (column, out) in out.iter_mut().enumerate() {
        let mut sums = [0; 64];
        for (row, weight) in weights.iter().enumerate() {
            let word = words.get(row * columns + column).copied().unwrap_or(0);
            for (bit, sum) in sums.iter_mut().enumerate() {
                *sum ^= (word >> bit & 1).wrapping_neg() & weight.0;
            }
        }
        *out = sums.map(F64);
    }
}

fn portable_dot(a: &[F64], b: &[F64]) -> F64 {
    F64(portable::reduce(a.iter().zip(b).fold(0, |sum, (a, b)| sum ^ portable::clmul(a.0, b.0))))
}

fn portable_mul_each(out: &mut [F64], by: &[F64]) {
    out.iter_mut().zip(by).for_each(|(out, by)| *out = F64(portable::reduce(portable::clmul(out.0, by.0))));
}

fn portable_combine(out: &mut [F64], rows: &[&[F64]], by: &[F64]) {
    for (at, out) in out.iter_mut().enumerate() {
        let sum = rows.iter().zip(by).fold(0, |sum, (row, by)| sum ^ portable::clmul(row[at].0, by.0));
        *out = F64(portable::reduce(sum));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn products_of_polynomials_in_three_variables() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        for columns in [8, 24, 160] {
            let mut vector = || -> Vec<F64> { (0..8 * columns).map(|_| F64::random(&mut rng)).collect() };
            let (a, b) = (vector(), vector());
            let Some(found) = cube(&a, &b) else { return };
            for (point, found) in found.into_iter().enumerate() {
                let at = |vector: &[F64], column: usize| {
                    let mut values: Vec<F64> = (0..8).map(|row| vector[row * columns + column]).collect();
                    for digit in [point / 9, point / 3 % 3, point % 3] {
                        let (low, high) = values.split_at(values.len() / 2);
                        let value = |(&low, &high): (&F64, &F64)| [low, high, low + high][digit];
                        values = low.iter().zip(high).map(value).collect();
                    }
                    values[0]
                };
                let sum = (0..columns).fold(F64::ZERO, |sum, column| sum + at(&a, column) * at(&b, column));
                assert_eq!(found, sum, "{columns} columns, point {point}");
            }
            assert_eq!(cube(&a[..24], &b[..24]), None);
        }
        assert_eq!(cube(&[], &[]), None);
    }

    #[test]
    fn bits_choose_weights() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        for (rows, columns, missing) in
            [(1, 1, 0), (2, 3, 0), (64, 5, 7), (3, 21, 30), (3, 0, 0), (64, 40, 9), (33, 17, 0)]
        {
            let words: Vec<u64> = (0..rows * columns - missing).map(|_| F64::random(&mut rng).0).collect();
            let weights: Vec<F64> = (0..rows).map(|_| F64::random(&mut rng)).collect();
            let mut out = vec![F64::ONE; 64 * columns];
            by_bit(&mut out, &words, &weights);
            for (at, &found) in out.iter().enumerate() {
                let (column, bit) = (at / 64, at % 64);
                let one =
                    |row: usize| words.get(row * columns + column).is_some_and(|word| word >> bit & 1 == 1);
                let chosen = weights.iter().enumerate().filter(|&(row, _)| one(row));
                assert_eq!(found, chosen.fold(F64::ZERO, |sum, (_, &weight)| sum + weight));
            }
            let mut twin = vec![[F64::ONE; 64]; columns];
            portable_by_bit(&mut twin, &words, &weights);
            assert_eq!(twin.as_flattened(), out);
        }
    }

    #[test]
    fn all_kernels_agree_with_single_products() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for len in [0, 1, 2, 7, 8, 9, 16, 100] {
            let mut row = || (0..len).map(|_| F64::random(&mut rng)).collect::<Vec<_>>();
            let rows = [row(), row(), row()];
            let by = [F64(3), F64(u64::MAX), F64::random(&mut rng)];
            let expected = rows[0].iter().zip(&rows[1]).fold(F64::ZERO, |sum, (&a, &b)| sum + a * b);
            assert_eq!(dot(&rows[0], &rows[1]), expected);
            assert_eq!(portable_dot(&rows[0], &rows[1]), expected);
            let expected: Vec<F64> = (0..len)
                .map(|at| rows.iter().zip(&by).fold(F64::ZERO, |sum, (row, &by)| sum + row[at] * by))
                .collect();
            let views: Vec<&[F64]> = rows.iter().map(|row| &row[..]).collect();
            let mut out = vec![F64::ONE; len];
            combine(&mut out, &views, &by);
            assert_eq!(out, expected);
            portable_combine(&mut out, &views, &by);
            assert_eq!(out, expected);
            let expected_each: Vec<F64> = rows[0].iter().zip(&rows[1]).map(|(&a, &b)| a * b).collect();
            for kernel in [mul_each, portable_mul_each] {
                let mut out = rows[0].clone();
                kernel(&mut out, &rows[1]);
                assert_eq!(out, expected_each);
            }
            #[cfg(target_arch = "x86_64")]
            x86::tests::narrow_agrees(&views, &by, &expected);
        }
    }
}
