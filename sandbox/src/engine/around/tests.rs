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
    // The fifth block of eleven.
    assert_eq!((window, beyond, level), ((44..55).collect(), 50, None));
    let most: Vec<i64> = (0..100).map(|n| i64::from(n >= 30)).collect();
    let (window, beyond, level) = around(&most, 500_000, 10);
    assert_eq!((window.len(), beyond, level), (70, 49, Some(1)));
    // Of three each: as many values as make their mean say nothing of who has which.
    let ages: Vec<i64> = (0..300).map(|n| n / 3).collect();
    let (window, _, level) = around(&ages, 250_000, 10);
    assert_eq!((window.len(), level), (27, None));
    assert_eq!((window[0], window[26]), (18, 26));
}

#[test]
fn at_the_ends_few_are_beyond_and_where_all_is_little_there_is_nothing() {
    let spread: Vec<i64> = (0..101).collect();
    assert_eq!(around(&spread, 0, 10).1, 0);
    assert_eq!(around(&spread, 1_000_000, 10).1, 0);
    assert_eq!(around(&spread, 50_000, 10).1, 5);
    // Eight values and no more: nothing stands for one of them that fewer have.
    let few: Vec<i64> = (0..80).map(|n| if n < 5 { 3 } else { n % 7 + 10 }).collect();
    assert_eq!(around(&few, 60_000, 11), (vec![3; 5], 0, None));
    assert_eq!(around(&[], 500_000, 10), (vec![], 0, None));
    assert_eq!(around(&[7], 500_000, 10), (vec![7], 0, None));
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

/// Answers change from block to block, wherever one looks: never with a value that few have.
#[test]
fn every_place_of_a_block_has_the_same_rows_around() {
    // Nought of forty, then ages of three each, then nine of 300 and thirty of 400.
    let ages = (0..300).flat_map(|age| std::iter::repeat_n(10 + age / 2, 1 + (age % 2) as usize));
    let mut values: Vec<i64> = std::iter::repeat_n(0, 40).chain(ages).collect();
    values.extend(std::iter::repeat_n(300, 9).chain(std::iter::repeat_n(400, 30)));
    let rows = rows(&values);
    let mut at = 0;
    let mut kinds = Vec::new();
    while at < rows.len() {
        let block = blocks::around(&rows, at, 10);
        assert!(block.rows.clone().all(|at| blocks::around(&rows, at, 10) == block), "{at}");
        assert_eq!(block.rows.start, at, "blocks are side by side");
        if block.kind == Kind::Mean {
            assert!(block.rows.len() >= 10);
            let distinct = rows[block.rows.clone()].chunk_by(|a, b| a.value == b.value).count();
            assert!(distinct > crate::disclosure::FEW, "{distinct}");
        }
        kinds.push(block.kind);
        at = block.rows.end;
    }
    assert_eq!((kinds[0], kinds.last()), (Kind::Level, Some(&Kind::Level)));
    assert!(
        kinds.len() > 10 && kinds[1..kinds.len() - 1].iter().all(|kind| *kind == Kind::Mean),
        "{kinds:?}"
    );
    // With little between two values of many, nothing stands for it.
    let little: Vec<i64> = [[1; 20], [3; 20]].concat().into_iter().chain([2; 5]).collect();
    let mut rows = self::rows(&little);
    rows.sort_unstable_by_key(|row| row.value);
    assert_eq!(blocks::around(&rows, 22, 10), Block { rows: 20..25, kind: Kind::Little });
}
