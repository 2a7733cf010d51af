//! Sums that tell how many they are of.
//!
//! Whoever knows that all values are near 2,000 divides by it: the sum of birth years of those who are not 50 is a number of them.
//! Declared bounds do not say whether it is so, since a question chooses whose values it adds up. So the persons of *every* sum are
//! judged as a mean of them would be. Where values may be nought, a sum has no part of whoever has nought, and is a number of
//! the others where *these* have values near each other.
//!
//! How near follows from the sum S and the sum of squares Q: S²/Q is the number n of values other than nought if all are the
//! same (Cauchy and Schwarz), and n / (1 + c²) if their standard deviation is c times their mean. A sum over the mean errs by
//! about c·√n, so that where n − S²/Q ≈ n·c² is below one, it tells n. That is so wherever the range of values leaves fewer than
//! 2·√n numbers possible.

use super::cells::Part;

/// Whether values other than nought are so near each other that their sum is a number of them.
pub(super) fn tells_number(part: &Part) -> bool {
    let rows = if part.telling_lines.is_empty() { part.telling.len() } else { part.telling_lines.len() };
    // Squares that exceed what fits are no measure.
    if rows == 0 || part.squares == i128::MAX {
        return rows > 0;
    }
    let (sum, squares) = (part.sum as f64, part.squares as f64);
    rows as f64 - sum * (sum / squares) < 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(values: impl IntoIterator<Item = i64>) -> bool {
        let mut part = Part::default();
        for (person, value) in (0..).zip(values) {
            part.persons.insert(person);
            if value != 0 {
                part.telling.insert(person);
            }
            part.sum += i128::from(value);
            part.squares += i128::from(value) * i128::from(value);
        }
        tells_number(&part)
    }

    #[test]
    fn years_are_near_each_other_and_wages_are_not() {
        assert!(near((0..500).map(|n| 1990 + n % 30)));
        assert!(near((0..500).map(|n| -1990 - n % 30)));
        assert!(near((0..500).map(|n| if n % 9 == 0 { 0 } else { 1990 + n % 30 })), "and some have none");
        assert!(!near((0..500).map(|n| 2000 + 37 * n % 9000)));
        assert!(!near((0..500).map(|n| if n % 2 == 0 { 2000 } else { -2000 })));
        assert!(!near([0; 50]));
        assert!(!near([]));
    }

    /// Half have each of two values a and b, with 2·√n whole numbers from S/b to S/a.
    #[test]
    fn where_the_range_leaves_few_numbers_it_is_judged() {
        for rows in [12u32, 40, 300, 5000] {
            let of = |possible: f64| {
                // n (a + b) (b − a) / 2 a b = n (x − 1/x) / 2, where x = b / a.
                let half = possible / f64::from(rows);
                let b = (100_000.0 * (half + (half * half + 1.0).sqrt())) as i64;
                near((0..rows).map(|n| if n.is_multiple_of(2) { 100_000 } else { b }))
            };
            assert!(of(2.0 * f64::from(rows).sqrt() - 0.1), "{rows}");
            assert!(!of(2.5 * f64::from(rows).sqrt() + 2.0), "{rows}");
        }
    }
}
