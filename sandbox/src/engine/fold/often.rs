//! How many have the value that most have.

use serde::{Deserialize, Serialize};

/// So many values are told apart. Where there are more, as many persons are apart from whichever value.
const MOST: usize = 64;

/// What most persons have: a contribution, or in all their rows a value, where rows have numbers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Usual {
    contributions: Often,
    values: Often,
    /// The value of all rows of the last person so far, where it is one.
    #[serde(skip)]
    own: Option<i64>,
}

impl Usual {
    /// A row of the last person, perhaps the first.
    pub(super) fn row(&mut self, value: i64, numbered: bool, first: bool) {
        self.own = match first {
            true => numbered.then_some(value),
            false => self.own.filter(|own| *own == value),
        };
    }

    /// The last person has no more rows, and contributes this.
    pub(super) fn end(&mut self, contribution: i128) {
        self.contributions.push(contribution);
        if let Some(own) = self.own {
            self.values.push(own.into());
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.contributions.merge(other.contributions);
        self.values.merge(other.values);
    }

    /// How many have what most have.
    pub(super) fn most(&self) -> u64 {
        self.contributions.most().max(self.values.most())
    }
}

/// Values, and how often each is there, as long as there are few different ones.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Often {
    /// In the order of values.
    of: Vec<(i128, u64)>,
    many: bool,
}

impl Often {
    /// This value is there once more.
    fn push(&mut self, value: i128) {
        self.add(value, 1);
    }

    fn merge(&mut self, other: Self) {
        if other.many {
            *self = other;
            return;
        }
        for (value, times) in other.of {
            self.add(value, times);
        }
    }

    /// How often the most frequent one is there; nought where there are many.
    fn most(&self) -> u64 {
        self.of.iter().map(|(_, times)| *times).max().unwrap_or(0)
    }

    fn add(&mut self, value: i128, times: u64) {
        if self.many {
            return;
        }
        match self.of.binary_search_by_key(&value, |(known, _)| *known) {
            Ok(at) => self.of[at].1 += times,
            Err(_) if self.of.len() == MOST => *self = Self { of: Vec::new(), many: true },
            Err(at) => self.of.insert(at, (value, times)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_value_is_counted_among_few() {
        let all = |values: std::ops::Range<i128>, times: usize| {
            let mut often = Often::default();
            values.for_each(|value| often.push(1000 + value * 37 % 101));
            (0..times).for_each(|_| often.push(50));
            often
        };
        assert_eq!(Often::default().most(), 0);
        assert_eq!(all(0..40, 900).most(), 900);
        let mut merged = all(0..30, 400);
        merged.merge(all(20..63, 500));
        assert_eq!((merged.most(), merged.of.len()), (900, 64));
        merged.merge(all(0..64, 0));
        assert_eq!(merged.most(), 0, "one more");
        let mut many = all(0..101, 900);
        many.merge(all(0..3, 5));
        assert_eq!(many.most(), 0);
        let mut few = all(0..3, 5);
        few.merge(all(0..101, 900));
        assert_eq!(few.most(), 0);
    }
}
