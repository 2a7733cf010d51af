//! A logistic regression: how likely it is that somebody moves, in tenths.
//!
//! It reads `age` and `wage` and gives `moves`, from 0 to 9.

use yinshu_guest::{Person, exp};

const AGE: u32 = 0;
const WAGE: u32 = 1;

/// The probability of a row, in tenths.
pub fn moves(person: &impl Person, row: u32, _output: u32) -> Option<i64> {
    let age = person.value(row, AGE)? as f64;
    let wage = person.value(row, WAGE)? as f64 / 100.0;
    let logit = 1.5 - 0.06 * age + 0.000_1 * wage;
    let probability = 1.0 / (1.0 + exp(-logit));
    Some((probability * 10.0).clamp(0.0, 9.0) as i64)
}

yinshu_guest::score!(moves);

#[cfg(test)]
mod tests {
    use super::moves;
    use yinshu_guest::dry::{Column, Dry};

    #[test]
    fn the_young_move() {
        let columns = [Column::number("age", 0), Column::number("wage", 2)];
        let text = "id,age,wage\na,20,5000.00\nb,80,5000.00\nc,,1.00\n";
        let table = Dry::parse(text, "id", &columns).expect("it has both columns");
        assert_eq!(table.score(moves), [Some(6), Some(0), None]);
    }
}
