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
