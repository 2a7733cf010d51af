use super::*;
use crate::Role;
use crate::tests::agreed;
use crate::tests::given::{flags, given, integers, planes, random};

#[test]
fn values_of_ranks_are_those_of_sorted_rows() {
    for (seed, rows, bits) in [(1, 1, 4), (2, 10, 4), (3, 500, 3), (4, 777, 20)] {
        let values: Vec<u64> =
            random(seed, rows, 63).iter().map(|v| v.cast_unsigned() >> (64 - bits)).collect();
        let ranks = [1, rows.div_ceil(2) as u64, rows as u64];
        let out = agreed(seed, |context| {
            let x = planes(context, &values, bits)?;
            let ranks = given(context, &ranks)?;
            by_rank(context, &x, Among::default(), &ranks)
        });
        let mut sorted = values.clone();
        sorted.sort_unstable();
        assert_eq!(out, ranks.map(|rank| sorted[rank as usize - 1]));
    }
}

#[test]
fn only_rows_that_count_do_and_nothing_opens_where_it_may_not() {
    let values = random(5, 300, 40);
    let some: Vec<bool> = (0..300).map(|at| at % 7 == 0).collect();
    let mut sorted: Vec<i64> = values.iter().zip(&some).filter(|(_, some)| **some).map(|(v, _)| *v).collect();
    sorted.sort_unstable();
    for allowed in [true, false] {
        let out = agreed(6, |context| {
            let (x, rows) = (integers(context, &values)?, flags(context, &some)?);
            let gate = flags(context, &[allowed])?;
            let ranks = given(context, &[1, 20, 43])?;
            let among = Among { rows: Some(&rows), allowed: Some(&gate) };
            of_integers(context, &x, 42, among, &ranks)
        });
        let expected = match allowed {
            true => vec![sorted[0], sorted[19], sorted[42]],
            false => vec![-(1 << 41); 3],
        };
        assert_eq!(out, expected);
    }
}

#[test]
fn public_ranks_and_negative_values() {
    let values = random(7, 129, 63);
    let out = agreed(8, |context| {
        let x = integers(context, &values)?;
        let ranks = Shares::public(context.role(), &[Z64(65)]);
        assert!(Role::ALL.contains(&context.role()));
        of_integers(context, &x, 64, Among::default(), &ranks)
    });
    let mut sorted = values;
    sorted.sort_unstable();
    assert_eq!(out, [sorted[64]]);
}
