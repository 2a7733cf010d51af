use super::*;
use crate::plain;
use crate::release::Rule;
use crate::tests::given::{flags, integers, planes, random};
use crate::tests::{agreed, sent, three};
use crate::{Context, MpcError, Role, Shares, Z64};
use proptest::prelude::*;

const ANY: Rule = Rule { minimum: 1, percent: None };

fn column(context: &mut Context, values: &[i64], bits: u32) -> Result<Column, MpcError> {
    let ours = (context.role() == Role::First).then_some(values);
    Column::input(context, "a column", Role::First, ours, values.len(), bits)
}

fn reals(values: &[i64]) -> Vec<f64> {
    values.iter().map(|&value| value as f64).collect()
}

fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs() + 1e-300, "{found} for {expected}");
}

fn opened(seed: u64, columns: &[(Vec<i64>, u32)]) -> Moments {
    let found = agreed(seed, |context| {
        let columns: Vec<Column> =
            columns.iter().map(|(values, bits)| column(context, values, *bits)).collect::<Result<_, _>>()?;
        moments(context, &columns.iter().collect::<Vec<_>>(), None, &ANY)
    });
    found.unwrap()
}

#[test]
fn sums_of_products_are_exact_however_long_the_values() {
    for (seed, bits) in [(1, [3, 10]), (2, [20, 24]), (3, [30, 40]), (4, [54, 20]), (5, [54, 54])] {
        let columns: Vec<(Vec<i64>, u32)> = bits
            .iter()
            .enumerate()
            .map(|(at, &bits)| (random(seed * 10 + at as u64, 60, bits), bits))
            .collect();
        let found = opened(seed, &columns);
        let sum = |f: &dyn Fn(usize) -> i128| (0..60).map(f).sum::<i128>();
        let at = |column: usize, row: usize| i128::from(columns[column].0[row]);
        assert_eq!(found.sums, [sum(&|r| at(0, r)), sum(&|r| at(1, r))]);
        let products = [(0, 0), (0, 1), (1, 1)].map(|(i, j)| sum(&|r| at(i, r) * at(j, r)));
        assert_eq!(found.products, products, "{bits:?}");
    }
}

#[test]
fn computed_columns_are_cut_into_limbs_exactly() {
    let values = random(6, 200, 50);
    let found = agreed(6, |context| {
        let shares = integers(context, &values)?;
        let column = Column::of(context, shares, 50)?;
        assert!(column.limbs.len() > 1);
        moments(context, &[&column], None, &ANY)
    });
    let found = found.unwrap();
    assert_eq!(found.sums[0], values.iter().map(|&v| i128::from(v)).sum::<i128>());
    assert_eq!(found.products[0], values.iter().map(|&v| i128::from(v) * i128::from(v)).sum::<i128>());
}

#[test]
fn what_needs_more_than_can_be_held_is_refused_before_anything_is_sent() {
    let ends = three(7, |context| {
        let wide = Column::of(context, Shares::zeros(1000), 60)?;
        let before = sent(context);
        let refused = moments(context, &[&wide], None, &ANY).err().map(|error| error.code());
        let sum = inequality::inequality(context, &wide, &[], &ANY).err().map(|error| error.code());
        Ok((refused, sum, sent(context) - before))
    });
    ends.into_iter().for_each(|end| assert_eq!(end.unwrap(), (Some(9207), Some(9207), 0)));
    let [first, others @ ..] = three(8, |context| column(context, &[5, 9], 3).map(drop));
    assert_eq!(first.unwrap_err().code(), 9208);
    assert!(others.into_iter().all(|end| end.err().is_none_or(|error| error.code() == 9202)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn figures_are_those_in_the_clear(seed in 0u64..1 << 40, rows in 3usize..150, bits in 4u32..30) {
        let x = random(seed, rows, bits);
        let y: Vec<i64> = random(seed + 1, rows, bits - 2).iter().zip(&x).map(|(e, x)| e + x / 2).collect();
        let found = opened(seed, &[(x.clone(), bits), (y.clone(), bits)]);
        let (x, y) = (reals(&x), reals(&y));
        prop_assert_eq!(found.correlation(0, 0), 1.0);
        close(found.mean(0), plain::mean(&x), 1e-9);
        close(found.covariance(0, 1), plain::covariance(&x, &y), 1e-6);
        close(found.correlation(0, 1), plain::correlation(&x, &y), 1e-9);
        close(found.deviation(1), plain::covariance(&y, &y).sqrt(), 1e-9);
        prop_assert!(found.correlation(0, 1).abs() <= 1.0);
    }
}

#[test]
fn a_column_and_its_multiple_correlate_exactly() {
    let x = random(9, 100, 20);
    let twice: Vec<i64> = x.iter().map(|x| 7 - 2 * x).collect();
    let found = opened(9, &[(x.clone(), 22), (twice, 22), (x, 22), (vec![3; 100], 22)]);
    assert_eq!((found.correlation(0, 0), found.correlation(0, 2), found.correlation(0, 1)), (1.0, 1.0, -1.0));
    assert!(found.correlation(0, 3).is_nan());
}

/// Computed with products that were truncated, a correlation of a column with itself has come out as 1.14 elsewhere. Here
/// all sums are exact, whatever the offset and the range.
#[test]
fn correlations_stay_within_one_however_large_offset_and_range_are() {
    let shapes =
        [(0i64, 20u32, 21u32), (1 << 40, 3, 41), (1 << 53, 1, 54), (-(1 << 55), 40, 56), (0, 55, 56)];
    for (seed, (offset, range, bits)) in (20..).zip(shapes) {
        let off: Vec<i64> = random(seed, 64, range);
        let moved = |values: &[i64]| -> Vec<i64> { values.iter().map(|value| offset + value).collect() };
        // The same once more, all but the same, its mirror image, and something else.
        let mut near = off.clone();
        near[17] += 1;
        let mirrored: Vec<i64> = off.iter().map(|value| -value).collect();
        let other = random(seed + 100, 64, range);
        let all = [&off, &off, &near, &mirrored, &other];
        let found = opened(seed, &all.map(|values| (moved(values), bits)));
        for (i, x) in all.iter().enumerate() {
            assert!((found.correlation(i, i) - 1.0).abs() <= 1e-9, "{offset} {range}");
            for (j, y) in all.iter().enumerate() {
                let (found, expected) = (found.correlation(i, j), plain::correlation(&reals(x), &reals(y)));
                assert!((-1.0..=1.0).contains(&found), "{found}");
                assert!((found - expected).abs() <= 1e-9, "{found} for {expected}: {offset} {range} {i} {j}");
            }
        }
        assert_eq!((found.correlation(0, 1), found.correlation(0, 3)), (1.0, -1.0));
    }
}

#[test]
fn moments_are_exact_up_to_where_a_wrap_is_possible_and_refused_from_there() {
    // n Σx² of 64 rows needs 2 (56 + 6) + 1 bits.
    let edge: Vec<i64> = (0..64).map(|row| if row % 2 == 0 { 1 << 56 } else { -(1 << 56) }).collect();
    let other: Vec<i64> = (0..64).map(|row| if row == 0 { -(1 << 56) } else { edge[row] }).collect();
    let found = opened(26, &[(edge.clone(), 56), (edge.clone(), 56), (other.clone(), 56)]);
    assert_eq!((found.sums[0], found.products[0], found.centred(0, 0)), (0, 1 << 118, 1 << 124));
    assert_eq!((found.correlation(0, 0), found.correlation(0, 1)), (1.0, 1.0));
    let expected = plain::correlation(&reals(&edge), &reals(&other));
    assert!((found.correlation(0, 2) - expected).abs() <= 1e-9, "{expected}");
    let ends = three(27, |context| {
        let wide = column(context, &edge, 57)?;
        let before = sent(context);
        let refused = moments(context, &[&wide], None, &ANY).err().map(|error| error.code());
        Ok((refused, sent(context) - before))
    });
    ends.into_iter().for_each(|end| assert_eq!(end.unwrap(), (Some(9207), 0)));
}

#[test]
fn the_number_of_all_rows_is_compared_without_a_word() {
    let values = random(28, 40, 10);
    for (minimum, shown) in [(40, true), (41, false)] {
        let found = agreed(28, |context| {
            let column = column(context, &values, 10)?;
            moments(context, &[&column], None, &Rule::at_least(minimum))
        });
        assert_eq!(found.map(|found| found.count), shown.then_some(40));
    }
}

#[test]
fn weighted_means_and_units() {
    let (x, w) = (random(10, 50, 20), random(11, 50, 8).iter().map(|w| w.abs() + 1).collect::<Vec<_>>());
    let found = agreed(10, |context| {
        let x = column(context, &x, 20)?.in_units_of(0.01);
        let w = column(context, &w, 9)?;
        moments(context, &[&x, &w], None, &ANY)
    });
    let sum: f64 = x.iter().zip(&w).map(|(&x, &w)| x as f64 * 0.01 * w as f64).sum();
    close(found.unwrap().weighted_mean(0, 1), sum / reals(&w).iter().sum::<f64>(), 1e-12);
    assert_eq!(whole("income", &[12.34, f64::NAN], 0.01).unwrap_err().code(), 9208);
    assert_eq!(whole("income", &[12.34, -0.005], 0.01).unwrap(), [1234, -1]);
}

#[test]
fn small_groups_open_a_single_bit() {
    let (values, marks) = (random(12, 40, 10), (0..40).map(|at| i64::from(at < 4)).collect::<Vec<_>>());
    for (minimum, shown) in [(4, true), (5, false), (41, false)] {
        let found = agreed(12, |context| {
            let column = column(context, &values, 10)?;
            let among = integers(context, &marks)?;
            moments(context, &[&column], Some(&among), &Rule::at_least(minimum))
        });
        assert_eq!(
            found.map(|m| (m.count, m.sums[0])),
            shown.then(|| (4, values[..4].iter().map(|&v| i128::from(v)).sum()))
        );
    }
}

#[test]
fn a_small_rest_is_not_left_to_subtraction() {
    let values = random(18, 40, 10);
    // Of 40 rows, those with a mark: all, all but three, all but four.
    for (marked, shown) in [(40, true), (37, false), (36, true)] {
        let marks: Vec<bool> = (0..40).map(|at| at < marked).collect();
        let integers_of: Vec<i64> = marks.iter().map(|&mark| i64::from(mark)).collect();
        let found = agreed(18, |context| {
            let column = column(context, &values, 10)?;
            let (among, rows) = (integers(context, &integers_of)?, flags(context, &marks)?);
            let rule = Rule::at_least(4);
            let moments = moments(context, &[&column], Some(&among), &rule)?.is_some();
            Ok([moments, order::quantiles_among(context, &column, &rows, &[0.5], &rule)?.is_some()])
        });
        assert_eq!(found, [shown; 2], "{marked}");
    }
}

#[test]
fn linear_regression() {
    let (a, b) = (random(13, 200, 16), random(14, 200, 12));
    let noise = random(15, 200, 10);
    let y: Vec<i64> = (0..200).map(|row| 5 + 3 * a[row] - 7 * b[row] + noise[row]).collect();
    let found = opened(13, &[(a.clone(), 16), (b.clone(), 12), (y.clone(), 19)]);
    let fit = regression::linear(&found, &[0, 1], 2).unwrap();
    let (values, errors, r_squared) = plain::least_squares(&[reals(&a), reals(&b)], &reals(&y));
    for (at, coefficient) in fit.coefficients.iter().enumerate() {
        close(coefficient.value, values[at], 1e-6);
        close(coefficient.error, errors[at], 1e-6);
        assert!(coefficient.interval[0] < coefficient.value && coefficient.value < coefficient.interval[1]);
    }
    close(fit.r_squared, r_squared, 1e-9);
    assert!(fit.p < 1e-9 && fit.coefficients[1].p < 1e-9);
    let same = opened(14, &[(a.clone(), 16), (a, 16), (y, 19)]);
    assert_eq!(regression::linear(&same, &[0, 1], 2).unwrap_err().code(), 9210);
}

#[test]
fn quantiles_and_ranges() {
    let values = random(16, 101, 30);
    let some: Vec<bool> = (0..101).map(|at| at % 4 == 1).collect();
    let wanted = [0.05, 0.25, 0.5, 0.9];
    let (all, among, none, range) = agreed(16, |context| {
        let (column, rows) = (column(context, &values, 30)?, flags(context, &some)?);
        for end in [0.0, 1.0, 0.004] {
            let refused = order::quantiles(context, &column, &[end], &ANY);
            assert_eq!(refused.unwrap_err().code(), 9212);
        }
        assert!(order::quantiles_among(context, &column, &rows, &[1.0], &ANY).is_err());
        let all = order::quantiles(context, &column, &wanted, &ANY)?;
        let among = order::quantiles_among(context, &column, &rows, &wanted, &Rule::at_least(25))?;
        let none = order::quantiles_among(context, &column, &rows, &wanted, &Rule::at_least(26))?;
        Ok((all, among, none, order::range(context, &column, &ANY)?))
    });
    let x = reals(&values);
    assert_eq!(all.unwrap(), wanted.map(|p| plain::quantile(&x, p)));
    let mut part: Vec<f64> = x.iter().zip(&some).filter(|(_, some)| **some).map(|(x, _)| *x).collect();
    part.sort_unstable_by(f64::total_cmp);
    let expected = wanted.map(|p| part[((p * 25.0).ceil() as usize).max(1) - 1]);
    assert_eq!((among.unwrap(), none), (expected.to_vec(), None));
    assert_eq!(range.unwrap(), [plain::quantile(&x, 0.0), plain::quantile(&x, 1.0)]);
}

#[test]
fn inequality_is_that_of_all_pairs() {
    let values: Vec<i64> = random(17, 90, 20).iter().map(|v| v.abs() >> (v & 7)).collect();
    let found = agreed(17, |context| {
        let column = column(context, &values, 20)?.in_units_of(10.0);
        let near = inequality::inequality(context, &column, &[10, 11], &Rule::at_least(6));
        assert_eq!(near.unwrap_err().code(), 9212);
        inequality::inequality(context, &column, &[1, 10, 85, 90], &Rule::at_least(6))
    });
    let found = found.unwrap();
    let mut x = reals(&values);
    close(found.gini, plain::gini(&x), 1e-9);
    close(found.sum, 10.0 * x.iter().sum::<f64>(), 1e-12);
    x.sort_unstable_by(|a, b| b.total_cmp(a));
    let share = |most: usize| x[..most].iter().sum::<f64>() / x.iter().sum::<f64>();
    assert_eq!(found.concentration, [None, Some(share(10)), None, Some(1.0)]);
}

#[test]
fn two_groups_are_compared() {
    let values = random(18, 120, 12);
    let marks: Vec<i64> = (0..120).map(|at| i64::from(at % 3 == 0)).collect();
    let run = |minimum: u64| {
        agreed(18, |context| {
            let (column, marks) = (column(context, &values, 12)?, integers(context, &marks)?);
            difference::between(context, &column, &marks, &Rule::at_least(minimum))
        })
    };
    assert_eq!(run(41), None);
    let found = run(40).unwrap();
    let part = |mark: i64| -> Vec<f64> {
        values.iter().zip(&marks).filter(|(_, m)| **m == mark).map(|(v, _)| *v as f64).collect()
    };
    let (a, b) = (part(1), part(0));
    assert_eq!(found.counts, [40, 80]);
    let [u, v] = [&a, &b].map(|x| plain::covariance(x, x) / x.len() as f64);
    close(found.t, (plain::mean(&a) - plain::mean(&b)) / (u + v).sqrt(), 1e-6);
    close(found.degrees, (u + v).powi(2) / (u * u / 39.0 + v * v / 79.0), 1e-6);
    close(found.p, distributions::student_beyond(found.t, found.degrees), 1e-12);
}

#[test]
fn two_way_tables_hide_what_is_small() {
    let (a, b): (Vec<usize>, Vec<usize>) = random(19, 400, 62)
        .iter()
        .map(|v| ((*v & 15).min(2) as usize, (*v >> 9 & 15).min(3) as usize))
        .unzip();
    let run = |minimum: u64| {
        agreed(19, |context| {
            let marks = |context: &mut Context,
                         of: &[usize],
                         categories: usize|
             -> Result<Vec<Shares<Z64>>, MpcError> {
                (0..categories)
                    .map(|c| integers(context, &of.iter().map(|x| i64::from(*x == c)).collect::<Vec<_>>()))
                    .collect()
            };
            let (rows, columns) = (marks(context, &a, 3)?, marks(context, &b, 4)?);
            let (rows, columns): (Vec<_>, Vec<_>) = (rows.iter().collect(), columns.iter().collect());
            difference::two_way(context, &rows, &columns, &Rule::at_least(minimum))
        })
    };
    let cell = |row: usize, column: usize| {
        let row_fits = |x: usize| row == 3 || x == row;
        a.iter().zip(&b).filter(|(x, y)| row_fits(**x) && (column == 4 || **y == column)).count() as u64
    };
    let open = run(1);
    let expected: Vec<u64> =
        (0..4).flat_map(|row| (0..5).map(move |column| (row, column))).map(|(r, c)| cell(r, c)).collect();
    assert_eq!(open.table.counts, expected.iter().map(|&count| Some(count)).collect::<Vec<_>>());
    let (statistic, degrees, p) = open.chi_square.unwrap();
    let mut sum = 0.0;
    for (r, c) in (0..3).flat_map(|r| (0..4).map(move |c| (r, c))) {
        let e = cell(r, 4) as f64 * cell(3, c) as f64 / 400.0;
        sum += (cell(r, c) as f64 - e).powi(2) / e;
    }
    close(statistic, sum, 1e-9);
    assert!(degrees == 6 && p > 0.0 && p < 1.0);
    let small = run(10);
    assert!(small.chi_square.is_none());
    for (count, shown) in expected.iter().zip(&small.table.counts) {
        assert!(shown.is_none_or(|shown| shown == *count && (shown == 0 || shown >= 10)));
    }
}

#[test]
fn survival_is_kaplans_and_meiers() {
    let times: Vec<u64> = random(20, 150, 62).iter().map(|v| (v & 31).cast_unsigned()).collect();
    let events: Vec<bool> = times.iter().enumerate().map(|(at, _)| at % 3 != 0).collect();
    let ends: Vec<u64> = (1..=32).collect();
    let run = |minimum: u64| {
        agreed(20, |context| {
            let (times, events) = (planes(context, &times, 6)?, flags(context, &events)?);
            survival::survival(context, &times, &events, &ends, &Rule::at_least(minimum))
        })
    };
    let expected = plain::kaplan_meier(&times, &events);
    let found = run(1);
    assert_eq!(found.len(), expected.len());
    for (step, (time, at_risk, count, part)) in found.iter().zip(expected) {
        assert_eq!((step.until, step.at_risk, step.events), (time + 1, at_risk, count));
        close(step.survival, part, 1e-12);
        assert!(step.interval[0] <= step.survival && step.survival <= step.interval[1]);
    }
    let coarse = run(8);
    assert!(coarse.len() > 1 && coarse.iter().all(|step| step.events >= 8 && step.at_risk >= 8));
    // Nor can smaller groups be subtracted: those who leave, and those who stay.
    let large = |count: u64| count == 0 || count >= 8;
    let next = |at: usize| {
        let until = coarse[at].until;
        times.iter().filter(|&&time| time >= until).count() as u64
    };
    for (at, step) in coarse.iter().enumerate() {
        assert!(large(next(at)) && large(step.at_risk - step.events - next(at)), "{coarse:?}");
        assert!(coarse.get(at + 1).is_none_or(|after| after.at_risk == next(at)));
    }
}
