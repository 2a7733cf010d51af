use super::*;

/// One row a person, of these values.
fn rows(values: &[i64]) -> Vec<Valued> {
    values.iter().zip(0..).map(|(value, person)| Valued { value: *value, person, line: None }).collect()
}

fn around(values: &[i64], millionths: u32, persons: u64) -> (Vec<i64>, u64, Option<i64>) {
    let mut rows = rows(values);
    let around = Around::of(&mut rows, Rank { millionths, persons }, [0, 1000]);
    let window = rows[around.rows].iter().map(|row| row.value).collect();
    (window, around.beyond, around.level)
}

#[test]
fn a_value_of_many_is_shown_and_of_few_those_around() {
    let spread: Vec<i64> = (0..101).rev().collect();
    let (window, beyond, level) = around(&spread, 500_000, 10);
    // Ten and the 51st.
    assert_eq!((window, beyond, level), ((45..56).collect(), 50, None));
    let most: Vec<i64> = (0..100).map(|n| i64::from(n >= 30)).collect();
    let (window, beyond, level) = around(&most, 500_000, 10);
    assert_eq!((window.len(), beyond, level), (70, 49, Some(1)));
    // Of three each: as many values as make their mean say nothing of who has which.
    let ages: Vec<i64> = (0..300).map(|n| n / 3).collect();
    let (window, _, level) = around(&ages, 250_000, 10);
    assert_eq!((window.len(), level), (27, None));
    assert!((window.iter().sum::<i64>() - 27 * 24).abs() <= 27);
}

#[test]
fn at_the_ends_few_are_beyond_and_where_all_is_little_there_is_nothing() {
    let spread: Vec<i64> = (0..101).collect();
    assert_eq!(around(&spread, 0, 10).1, 0);
    assert_eq!(around(&spread, 1_000_000, 10).1, 0);
    assert_eq!(around(&spread, 50_000, 10).1, 5);
    // Eight values and no more: nothing stands for one of them that fewer have.
    let few: Vec<i64> = (0..80).map(|n| if n < 5 { 3 } else { n % 7 + 10 }).collect();
    assert_eq!(around(&few, 60_000, 11), (few_sorted(&few), 0, None));
    assert_eq!(around(&[], 500_000, 10), (vec![], 0, None));
    assert_eq!(around(&[7], 500_000, 10), (vec![7], 0, None));
}

fn few_sorted(few: &[i64]) -> Vec<i64> {
    let mut all = few.to_vec();
    all.sort_unstable();
    all
}

/// Whose rows they are and in which order they come is of no matter.
#[test]
fn the_same_values_have_the_same_rows_around() {
    let values: Vec<i64> = (0..200).map(|n| n * 37 % 61).collect();
    let first = around(&values, 300_000, 12);
    let mut turned = values;
    for _ in 0..20 {
        turned.rotate_left(7);
        assert_eq!(around(&turned, 300_000, 12), first);
    }
}
