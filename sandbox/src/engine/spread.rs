//! How much of a variance is one person's: squared deviations from the mean, in whole numbers.
//!
//! One firm of a thousand times the others' turnover is most of a variance long before it is most of the sum: its deviation
//! is squared. So of variances the rules of the largest contributors look at what each person's values are off the mean, squared
//! and added up, as well.
//!
//! The mean is a fraction. Values and mean are taken times the number of values, so that it is a whole number, as long as
//! everything fits in 127 bits; else times the greatest power of two with which it fits, and the mean to the nearest.

use serde::{Deserialize, Serialize};

/// What was added up of each person.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Spread {
    /// Of whoever has one value, that.
    ones: Vec<i64>,
    /// Of others how many values, their sum, and the sum of their squares.
    several: Vec<(u64, i128, i128)>,
}

impl Spread {
    /// Adds a person.
    pub(super) fn add(&mut self, values: u64, sum: i128, squares: i128) {
        match i64::try_from(sum) {
            Ok(value) if values == 1 => self.ones.push(value),
            _ => self.several.push((values, sum, squares)),
        }
    }

    /// Adds others.
    pub(super) fn merge(&mut self, other: Self) {
        self.ones.extend(other.ones);
        self.several.extend(other.several);
    }

    /// The sum of each person's squared deviations from the mean of all values, which stay within the bound by absolute
    /// value: all of them in units that are the same for everybody.
    pub(super) fn deviations(&self, bound: u128) -> impl Iterator<Item = u128> {
        let values: u64 = self.persons().map(|(values, ..)| values).sum();
        let sum: i128 = self.persons().map(|(_, sum, _)| sum).sum();
        let factor = factor(values, bound);
        let count = i128::from(values.max(1));
        // The nearest whole number to factor · sum / count; exactly that where the factor is the count.
        let mean = (2 * factor * sum + count).div_euclid(2 * count);
        self.persons().map(move |(values, sum, squares)| {
            // Σ (f·x − m)² = f²·Σx² − 2·f·m·Σx + n·m²
            let whole =
                factor * factor * squares - 2 * factor * mean * sum + i128::from(values) * mean * mean;
            whole.unsigned_abs()
        })
    }

    fn persons(&self) -> impl Iterator<Item = (u64, i128, i128)> {
        let one = |value: &i64| (1, i128::from(*value), i128::from(*value) * i128::from(*value));
        self.ones.iter().map(one).chain(self.several.iter().copied())
    }
}

/// What values are multiplied by: their number, or the greatest power of two with which nothing leaves 127 bits.
fn factor(values: u64, bound: u128) -> i128 {
    // Each of the three terms is at most n·f²·b², the middle one twice that.
    let fits = |factor: u128| {
        let one = factor.checked_mul(bound.max(1));
        let all =
            one.and_then(|one| one.checked_mul(one)).and_then(|one| one.checked_mul(values.max(1).into()));
        all.is_some_and(|all| all < 1 << 124)
    };
    if fits(values.max(1).into()) {
        return i128::from(values.max(1));
    }
    (0..64).rev().map(|power| 1u128 << power).find(|factor| fits(*factor)).map_or(1, |factor| factor as i128)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[i128]) -> Vec<u128> {
        let mut spread = Spread::default();
        values.iter().for_each(|value| spread.add(1, *value, value * value));
        let bound = values.iter().map(|value| value.unsigned_abs()).max().unwrap();
        spread.deviations(bound).collect()
    }

    #[test]
    fn small_ones_are_exact() {
        // The mean is 7/3; thrice the deviations are -4, -1 and 5.
        assert_eq!(of(&[1, 2, 4]), [16, 1, 25]);
        assert_eq!(of(&[5, 5, 5]), [0, 0, 0]);
        assert_eq!(of(&[0, 1]), [1, 1]);
    }

    #[test]
    fn several_rows_of_a_person_are_one_contribution() {
        let mut spread = Spread::default();
        spread.add(2, 10, 52); // 4 and 6
        spread.add(1, 1, 1);
        // The mean is 11/3: thrice the deviations are 1, 7 and -8.
        assert_eq!(spread.deviations(6).collect::<Vec<_>>(), [64, 50]);
    }

    #[test]
    fn large_ones_keep_their_shares() {
        let bound = 1i128 << 45;
        let mut values: Vec<i128> = (0..100_000).map(|n| bound - n).collect();
        values.push(-bound);
        let found = of(&values);
        let (last, all) = (found[100_000], found.iter().sum::<u128>());
        // One against so many alike is n/(n+1) of all of it, less what the others are apart.
        assert!(last * 1000 > all * 999, "{last} of {all}");
        assert!(
            of(&values[..100_000]).iter().max().unwrap() * 10_000
                < of(&values[..100_000]).iter().sum::<u128>()
        );
    }
}
