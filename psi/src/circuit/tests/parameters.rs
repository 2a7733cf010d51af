//! Parameters that nobody may lower unnoticed.

use super::*;
use crate::circuit::cuckoo::{MOST_BINS, MOST_ITEMS, bins, security, vartime_place};
use rand_core::Rng;

#[test]
fn tables_exist_but_for_one_in_2_to_the_40() {
    for items in [0, 1, 4, 10, 50, 100, 256, 512, 850, 1_024, 1_200, 1_481, 1_482, 2_048, 5_000, 1 << 14] {
        let bits = security(items, bins(items));
        assert!(bits >= 40.0, "{items} items: {bits}");
    }
    for items in [1 << 17, MOST_ITEMS] {
        let bits = security(items, bins(items));
        assert!(bits >= 40.0, "{items} items: {bits}");
    }
    // What the bound counts first: four items in the same three bins.
    assert!((54.0..55.5).contains(&security(2_048, 2_601)));
    // And it says when there are too few bins.
    assert!(security(512, 650) < 20.0);
    assert!(security(1 << 14, 19_000) < 40.0);
}

#[test]
fn sizes() {
    assert_eq!((bins(0), bins(1), bins(1_000), bins(2_048)), (400, 401, 1_400, 2_601));
    assert_eq!(bins(1 << 20), 1_331_692);
    assert!(bins(MOST_ITEMS) as u64 <= MOST_BINS);
    assert_eq!((tag_bits(400), tag_bits(bins(1 << 20)), tag_bits(bins(MOST_ITEMS))), (49, 61, 64));
    assert_eq!((tag_bits(1 << 10), tag_bits(1 << 12), tag_bits(1 << 13)), (52, 52, 53));
    for bins in [400, 1 << 16, (1 << 16) + 1, 1 << 24] {
        // The union bound over bins.
        assert!(f64::from(tag_bits(bins)) - (bins as f64).log2() >= 40.0);
    }
    const { assert!(3 * MOST_ROWS <= 1 << (64 - STATISTICAL_BITS)) };
}

#[test]
fn items_lie_in_their_bins() {
    let mut rng = rng(1);
    for (items, bins) in [(0, 5), (1, 3), (3, 3), (2_000, 2_540), (2_000, 2_250)] {
        let choices: Vec<_> = (0..items)
            .map(|_| {
                let mut of = || rng.next_u32() % bins;
                let first = of();
                let second = (0..).map(|_| of()).find(|bin| *bin != first).unwrap();
                let third = (0..).map(|_| of()).find(|bin| *bin != first && *bin != second).unwrap();
                Some([first, second, third])
            })
            .collect();
        // 2,000 of 2,250 is close to the threshold, so that many moves are needed.
        let table = vartime_place(&choices, bins as usize).unwrap();
        let mut placed = vec![0; items];
        for (item, bin) in table.iter().zip(0..).filter(|(item, _)| **item != u32::MAX) {
            assert!(choices[*item as usize].unwrap().contains(&bin));
            placed[*item as usize] += 1;
        }
        assert!(placed.iter().all(|&times| times == 1));
    }
}

#[test]
fn what_has_no_place_is_said() {
    let crowd = vec![Some([5, 7, 9]); 4];
    assert!(vartime_place(&crowd, 100).is_none());
    assert!(vartime_place(&crowd[..3], 100).is_some());
    // A chain: the last one fits only if all others move.
    let chain: Vec<_> = (0..50).map(|at| Some([at, at + 1, at + 2])).chain([Some([0, 1, 2]); 2]).collect();
    assert!(vartime_place(&chain, 52).is_some());
    assert!(vartime_place(&chain, 51 + 1).is_some());
    let none = vec![None; 4];
    assert_eq!(vartime_place(&none, 3), Some(vec![u32::MAX; 3]));
}
