//! What operators send, and in how many steps: the tables in their documentation.

use super::given::{given, planes};
use super::*;
use crate::bits::{Planes, compose, compose_planes, equal_public, highest, less_public};
use crate::fixed::Fixed;
use crate::quantile::{Among, by_rank};
use crate::release::Rule;
use crate::stats::{Column, moments};
use crate::{Shares, Z64};

/// Values of each measurement.
const N: usize = 640;

/// Bytes and steps at each party.
fn cost(
    work: impl Fn(&mut Context, &Shares<Z64>, &Planes) -> Result<(), MpcError> + Sync,
) -> [(u64, u32); 3] {
    let words: Vec<u64> = (1..=N as u64).collect();
    let ends = three(90, |context| {
        let (x, bits) = (given(context, &words)?, planes(context, &words, 32)?);
        let (before, step) = (sent(context), context.steps());
        work(context, &x, &bits)?;
        Ok((sent(context) - before, context.steps() - step))
    });
    ends.map(Result::unwrap)
}

/// The same at all three: words of 64 bits for so many planes and integers, and a head of 5 bytes for each step.
fn each(found: [(u64, u32); 3], planes: u64, integers: u64, steps: u32) {
    let n = N as u64;
    let bytes = planes * n / 8 + integers * 8 * n + 5 * u64::from(steps);
    assert_eq!(found, [(bytes, steps); 3]);
}

#[test]
fn of_bits() {
    each(cost(|context, _, bits| compose(context, &bits.plane(0), N).map(drop)), 0, 2, 2);
    each(cost(|context, _, bits| compose_planes(context, bits).map(drop)), 0, 64, 2);
    // 16 + 8 + 4 + 2 + 1 carries, and 15 + 7 + 3 + 1 propagations.
    each(cost(|context, _, bits| less_public(context, bits, 77).map(drop)), 57, 0, 5);
    each(cost(|context, _, bits| equal_public(context, bits, 77).map(drop)), 31, 0, 5);
    each(cost(|context, _, bits| highest(context, bits).map(drop)), 80, 0, 5);
}

#[test]
fn of_fixed_point() {
    let fixed = |x: &Shares<Z64>, bound| Fixed::new(x.clone(), 20, bound);
    each(cost(|context, x, _| crate::fixed::truncate(context, &fixed(x, 40)?, 10).map(drop)), 1, 4, 3);
    each(
        cost(|context, x, _| crate::fixed::multiply(context, &fixed(x, 30)?, &fixed(x, 30)?, 20).map(drop)),
        1,
        5,
        4,
    );
    // Two limbs of 24 bits: one truncation, two products, two truncations.
    let limbs =
        cost(|context, x, _| crate::fixed::multiply(context, &fixed(x, 40)?, &fixed(x, 34)?, 20).map(drop));
    each(limbs, 3, 14, 7);
}

#[test]
fn of_functions() {
    let fixed = |x: &Shares<Z64>| Fixed::new(x.clone(), 8, 20);
    let steps = |found: [(u64, u32); 3]| (found[0].0 / N as u64, found[0].1);
    let (bytes, rounds) =
        steps(cost(|context, x, _| crate::divide::reciprocal(context, &fixed(x)?).map(drop)));
    assert!(bytes < 620 && rounds <= 32, "{bytes} {rounds}");
    let (bytes, rounds) =
        steps(cost(|context, x, _| crate::divide::inverse_root(context, &fixed(x)?).map(drop)));
    assert!(bytes < 740 && rounds <= 46, "{bytes} {rounds}");
    let (bytes, rounds) =
        steps(cost(|context, x, _| crate::transcend::exp(context, &fixed(x)?, 3.0).map(drop)));
    assert!(bytes < 660 && rounds <= 48, "{bytes} {rounds}");
    let (bytes, rounds) = steps(cost(|context, x, _| crate::transcend::log(context, &fixed(x)?).map(drop)));
    assert!(bytes < 760 && rounds <= 34, "{bytes} {rounds}");
    let (bytes, rounds) =
        steps(cost(|context, x, _| crate::transcend::sigmoid(context, &fixed(x)?).map(drop)));
    assert!(bytes < 960 && rounds <= 64, "{bytes} {rounds}");
}

#[test]
fn of_statistics() {
    // A sum for each two columns, whatever the number of rows; the minimum is met by a public number of rows.
    let found = cost(|context, x, _| {
        let columns: Vec<Column> =
            (0..3).map(|_| Column::of(context, x.clone(), 20)).collect::<Result<_, _>>()?;
        moments(context, &columns.iter().collect::<Vec<_>>(), None, &Rule::at_least(5)).map(drop)
    });
    assert!(found.iter().all(|&(bytes, steps)| bytes < 500 && steps <= 14), "{found:?}");
    // A plane for each bit and rank, and what counting takes.
    let found = cost(|context, _, bits| {
        let rank = Shares::public(context.role(), &[Z64(9)]);
        by_rank(context, bits, Among::default(), &rank).map(drop)
    });
    assert!(found.iter().all(|&(bytes, steps)| bytes < 32 * 10_000 && steps <= 32 * 25), "{found:?}");
}
