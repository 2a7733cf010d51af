use super::given::{bits, flags, planes, random, words};
use super::*;
use crate::bits::{compose_planes, count, equal_public, highest, less_public};

#[test]
fn ones_are_counted() {
    for len in [0, 1, 63, 64, 65, 1000, 12_345] {
        let some: Vec<bool> = random(len as u64, len, 1).iter().map(|v| v & 1 == 1).collect();
        let every: Vec<bool> = vec![true; len];
        let out = agreed(1, |context| {
            let (some, every) = (flags(context, &some)?, flags(context, &every)?);
            let inverted = some.clone().not(context.role());
            let counts = count(context, &[some, every, inverted], len)?;
            words(context, counts)
        });
        let ones = some.iter().filter(|bit| **bit).count();
        assert_eq!(out, [ones, len, len - ones].map(|count| count as u64));
    }
}

#[test]
fn counting_a_bit_costs_about_a_bit() {
    let len = 1 << 17;
    let ends = three(2, |context| {
        let plane = flags(context, &vec![true; len])?;
        let (before, step) = (sent(context), context.steps());
        count(context, &[plane], len)?;
        Ok((sent(context) - before, context.steps() - step))
    });
    for end in ends {
        let (bytes, rounds) = end.unwrap();
        assert!(bytes < len as u64 / 8 + 26_000 && rounds <= 22, "{bytes} bytes, {rounds} rounds");
    }
}

#[test]
fn constants_are_compared_and_highest_bits_found() {
    for count in [1, 2, 5, 13, 64] {
        let mask = u64::MAX >> (64 - count);
        let values: Vec<u64> = random(3, 200, 63)
            .iter()
            .enumerate()
            .map(|(at, v)| (v.cast_unsigned() & mask) >> (at % count))
            .collect();
        for constant in [0, 1, 2, 9, mask, mask >> 1, values[7], u64::MAX] {
            let out = agreed(4, |context| {
                let x = planes(context, &values, count)?;
                let less = less_public(context, &x, constant)?;
                let equal = equal_public(context, &x, constant)?;
                Ok((words(context, less)?, words(context, equal)?))
            });
            assert_eq!(bits(&out.0, 200), values.iter().map(|x| *x < constant).collect::<Vec<_>>());
            assert_eq!(bits(&out.1, 200), values.iter().map(|x| *x == constant).collect::<Vec<_>>());
        }
        let (top, ones) = agreed(5, |context| {
            let x = planes(context, &values, count)?;
            let top = highest(context, &x)?;
            let ones = compose_planes(context, &top)?;
            Ok((words(context, top.to_words())?, words(context, ones)?))
        });
        let expected: Vec<u64> = values.iter().map(|x| x.checked_ilog2().map_or(0, |at| 1 << at)).collect();
        assert_eq!(top, expected);
        for (at, one) in ones.iter().enumerate() {
            assert_eq!(*one, expected[at % 200] >> (at / 200) & 1);
        }
    }
}
