//! How unequal wages are: the Gini coefficient in thousandths, from a histogram, and how many wages there are.
//!
//! It reads `wage` and gives `gini` (decimal, 3 digits) and `persons`.

use yinshu_guest::{Aggregate, Batch, Table};

/// Bins of a hundredth of the greatest wage each.
const BINS: usize = 100;

/// The greatest wage, in the units of the column.
const MOST: i64 = 1_000_000;

/// Persons and sums of wages by bin.
pub struct Gini {
    persons: [i64; BINS],
    sums: [f64; BINS],
}

impl Default for Gini {
    fn default() -> Self {
        Self { persons: [0; BINS], sums: [0.0; BINS] }
    }
}

impl Aggregate for Gini {
    fn batch(&mut self, batch: &Batch<'_>) {
        for wage in batch.column(0).flatten() {
            let wage = wage.clamp(0, MOST - 1);
            let bin = (wage as usize * BINS) / MOST as usize;
            self.persons[bin] += 1;
            self.sums[bin] += wage as f64;
        }
    }

    fn finish(&mut self, table: &mut Table) {
        let (all, sum) = (self.persons.iter().sum::<i64>() as f64, self.sums.iter().sum::<f64>());
        let (mut below, mut area) = (0.0, 0.0);
        for (persons, part) in self.persons.iter().zip(self.sums) {
            area += *persons as f64 / all * (2.0 * below + part / sum);
            below += part / sum;
        }
        let gini = (sum > 0.0).then(|| ((1.0 - area) * 1000.0).round() as i64);
        table.row(&[gini, Some(all as i64)]);
    }
}

yinshu_guest::aggregate!(Gini);

#[cfg(test)]
mod tests {
    use super::Gini;
    use yinshu_guest::dry::{Column, Dry};

    fn of(rows: impl Iterator<Item = i64>) -> Vec<Option<i64>> {
        let lines: String = rows.enumerate().map(|(at, wage)| format!("p{at},{wage}.00\n")).collect();
        let table = Dry::parse(&format!("id,wage\n{lines}"), "id", &[Column::number("wage", 2)]);
        table.expect("it has the column").aggregate::<Gini>()
    }

    #[test]
    fn equal_wages_are_not_unequal() {
        assert_eq!(of((0..50).map(|_| 3000)), [Some(0), Some(50)]);
        assert_eq!(of(std::iter::empty()), [None, Some(0)]);
    }

    #[test]
    fn one_of_two_has_nearly_all() {
        let [Some(gini), Some(2)] = of([0, 9000].into_iter())[..] else { panic!() };
        assert_eq!(gini, 500);
    }
}
