use super::super::noise::Variance;
use super::*;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;

fn measurement(least: i64, greatest: i64, step: u32, levels: u32) -> Measurement {
    Measurement { column: Some(0), kind: Kind::Ranges { step, levels }, least, greatest }
}

fn scale(above: u128, below: u128) -> Scale {
    Scale { step: 0, variance: Variance::at_least(above, below).unwrap() }
}

/// Of values without noise to speak of.
fn found(measurement: &Measurement, values: &[i64], millionths: u32) -> f64 {
    let mut ranges = Vec::new();
    values.iter().for_each(|value| measurement.put(*value, &mut ranges));
    // A thousandth in each count.
    let mut tree = Tree::new(measurement, scale(1, 1_000_000), &ranges);
    let mut dice = ChaCha20Rng::seed_from_u64(1);
    tree.quantile(values.len() as f64, millionths, &mut dice).unwrap()
}

#[test]
fn without_noise_it_is_the_value_at_the_rank() {
    let one = measurement(-10, 117, 0, 7);
    let values: Vec<i64> = (0..101).map(|n| n - 5).collect();
    for (millionths, value) in [(500_000, 45.0), (250_000, 20.0), (10_000, -4.0), (1_000_000, 95.0)] {
        assert_eq!(found(&one, &values, millionths), value, "{millionths}");
    }
    // Values beyond count as the bounds.
    assert_eq!(found(&one, &[-500, -400, 2000, 4, 4, 4, 4], 500_000), 4.0);
    assert_eq!(found(&one, &[-500, -400, -300], 500_000), -10.0);
    // In steps of four.
    let four = measurement(0, 99, 2, 5);
    assert_eq!(found(&four, &(0..100).collect::<Vec<_>>(), 500_000), 49.5);
    assert_eq!(found(&four, &[99; 9], 500_000), 97.5);
    // A single value there can be.
    assert_eq!(found(&measurement(5, 5, 0, 0), &[5, 5], 500_000), 5.0);
}

/// A person moves the left ranges of a level by as many rows as count, over all small tables.
#[test]
fn a_person_moves_each_level_as_far_as_a_count() {
    let one = measurement(0, 7, 0, 3);
    let tables: Vec<[i64; 4]> = (0..8i64.pow(4)).map(|n| [n % 8, n / 8 % 8, n / 64 % 8, n / 512]).collect();
    for table in tables {
        // The last two rows are of one person.
        let of = |values: &[i64], size: u32| {
            let mut counts = [0u64; 8];
            values.iter().for_each(|value| counts[(one.range(*value).unwrap() >> size) as usize] += 1);
            counts
        };
        for size in 0..3 {
            let (with, without) = (of(&table, size), of(&table[..2], size));
            let left = with.iter().zip(&without).step_by(2).map(|(a, b)| a - b);
            let square: u64 = left.map(|moved| moved * moved).sum();
            assert!(u128::from(square) <= one.most(2).pow(2), "{table:?}");
        }
    }
    assert_eq!((one.most(2), one.sums()), (2, 4));
}

/// Asked twice, the same tree says the same, and quantiles share their counts.
#[test]
fn noise_of_a_range_is_drawn_once() {
    let one = measurement(0, 1023, 0, 10);
    let values = vec![1; 1000];
    let mut tree = Tree::new(&one, scale(400, 1), &values);
    let mut dice = ChaCha20Rng::seed_from_u64(3);
    let first = tree.quantile(1000.0, 500_000, &mut dice);
    let drawn = tree.drawn.len();
    assert_eq!(drawn, 10);
    assert_eq!(tree.quantile(1000.0, 500_000, &mut dice), first);
    assert_eq!(tree.drawn.len(), drawn);
    let mut last = f64::MIN;
    for millionths in (50_000..1_000_000).step_by(50_000) {
        let found = tree.quantile(1000.0, millionths, &mut dice).unwrap();
        assert!(found >= last);
        last = found;
    }
    assert!(tree.quantile(0.3, 500_000, &mut dice).is_none());
}
