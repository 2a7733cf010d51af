use super::*;
use crate::Security;
use crate::fixed::{decode, encode};
use crate::plain;
use crate::tests::given::{integers, random, signed};
use crate::tests::{agreed_under, three};

/// Features of about -2 … 2, and labels that follow from them with chance.
fn data(seed: u64, rows: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
    let column = |seed| -> Vec<f64> {
        let words = random(seed, rows, 16);
        // To the bits that a feature has.
        words.iter().map(|&v| v as f64 / f64::from(FEATURE).exp2() * 2.0).collect()
    };
    let columns = vec![column(seed), column(seed + 1), column(seed + 2)];
    let chance = random(seed + 3, rows, 52);
    let labels = (0..rows)
        .map(|row| {
            let linear = 0.3 + 1.2 * columns[0][row] - 0.7 * columns[1][row];
            let chance = chance[row] as f64 / 53f64.exp2() + 0.5;
            f64::from(u8::from(chance < 1.0 / (1.0 + (-linear).exp())))
        })
        .collect();
    (columns, labels)
}

fn shared(context: &mut Context, columns: &[Vec<f64>], labels: &[f64]) -> Result<Rows, MpcError> {
    let column = |context: &mut Context, values: &[f64]| {
        let words = encode("a feature", values, FEATURE, FEATURE + 2)?;
        integers(context, &words.iter().map(|word| word.signed()).collect::<Vec<_>>())
    };
    let columns = columns.iter().map(|values| column(context, values)).collect::<Result<Vec<_>, _>>()?;
    let labels = integers(context, &labels.iter().map(|&label| label as i64).collect::<Vec<_>>())?;
    Rows::new(context, &columns.iter().collect::<Vec<_>>(), &labels, 2)
}

#[test]
fn the_maximum_of_the_likelihood_is_that_in_the_clear() {
    let (columns, labels) = data(1, 400);
    let found = agreed_under(Security::Malicious, 1, |context| {
        let rows = shared(context, &columns, &labels)?;
        newton(context, &rows, 12, &Rule::at_least(5))
    });
    let (values, errors) = plain::logistic(&columns, &labels);
    for (at, found) in found.iter().enumerate() {
        assert!(
            (found.value - values[at]).abs() < 1e-6 * values[at].abs().max(0.1),
            "{found:?} {}",
            values[at]
        );
        assert!((found.error - errors[at]).abs() < 1e-6 * errors[at], "{found:?} {}", errors[at]);
    }
}

#[test]
fn descent_goes_as_in_the_clear() {
    let (columns, labels) = data(5, 203);
    let schedule = Schedule { epochs: 3, batches: 4, rate: 0.5 };
    let found = agreed_under(Security::Malicious, 5, |context| {
        let rows = shared(context, &columns, &labels)?;
        let weights = train(context, &rows, schedule)?;
        let words: Vec<Z64> = signed(context, weights.shares().clone())?.into_iter().map(Z64::from).collect();
        Ok(decode(&words, weights.fraction()))
    });
    let mut weights = [0.0; 4];
    for step in 0..12 {
        let range = step % 4 * 203 / 4..(step % 4 + 1) * 203 / 4;
        let mut gradient = [0.0; 4];
        for row in range.clone() {
            let x = [1.0, columns[0][row], columns[1][row], columns[2][row]];
            let linear: f64 = x.iter().zip(&weights).map(|(x, w)| x * w).sum();
            let off = 1.0 / (1.0 + (-linear).exp()) - labels[row];
            gradient.iter_mut().zip(x).for_each(|(sum, x)| *sum += off * x);
        }
        weights.iter_mut().zip(gradient).for_each(|(w, g)| *w -= 0.5 * g / range.len() as f64);
    }
    for (found, expected) in found.iter().zip(weights) {
        assert!((found - expected).abs() < 1e-4, "{found} for {expected}");
    }
}

#[test]
fn what_could_overflow_or_has_no_answer_is_refused() {
    let (columns, labels) = data(9, 50);
    let codes = three(9, |context| {
        let rows = shared(context, &columns, &labels)?;
        let wild = Schedule { epochs: 100_000, batches: 50, rate: 1000.0 };
        let none = Schedule { epochs: 1, batches: 51, rate: 0.1 };
        let same = shared(context, &[columns[0].clone(), columns[0].clone()], &labels)?;
        Ok([
            train(context, &rows, wild).err().map(|error| error.code()),
            train(context, &rows, none).err().map(|error| error.code()),
            information(context, &rows, &[1e4; 4], &Rule::at_least(5)).err().map(|error| error.code()),
            newton(context, &same, 9, &Rule::at_least(5)).err().map(|error| error.code()),
        ])
    });
    codes.into_iter().for_each(|codes| {
        assert_eq!(codes.unwrap(), [Some(9207), Some(9210), Some(9207), Some(9210)]);
    });
}

#[test]
fn few_rows_of_a_label_open_nothing_else() {
    let (columns, _) = data(11, 50);
    let labels: Vec<f64> = (0..50).map(|row| f64::from(u8::from(row < 4))).collect();
    let codes = three(11, |context| {
        let rows = shared(context, &columns, &labels)?;
        let of = |minimum| Rule::at_least(minimum);
        Ok([
            information(context, &rows, &[0.0; 4], &of(5)).err().map(|error| error.code()),
            newton(context, &rows, 9, &of(26)).err().map(|error| error.code()),
            information(context, &rows, &[0.0; 4], &of(4)).err().map(|error| error.code()),
        ])
    });
    codes.into_iter().for_each(|codes| assert_eq!(codes.unwrap(), [Some(9212), Some(9212), None]));
}

#[test]
fn rare_values_of_a_feature_open_nothing_else() {
    let (columns, labels) = data(15, 70);
    let marked = |rare: usize, some: f64, most: f64| -> Vec<f64> {
        (0..70).map(|row| if row % 17 == 3 && row / 17 < rare { some } else { most }).collect()
    };
    // Marks of few rows, of all but few, and as they are once scaled; one with half of the rows.
    let cases = [
        (marked(4, 1.0, 0.0), true),
        (marked(4, 0.0, 1.0), true),
        (marked(4, 3.5, -0.25), true),
        (marked(3, 1.0, 0.0), false),
        ((0..70).map(|row| f64::from(row % 2)).collect(), true),
    ];
    for (mark, shown) in cases {
        let code = agreed_under(Security::SemiHonest, 15, |context| {
            let rows = shared(context, &[columns[0].clone(), mark.clone()], &labels)?;
            Ok(information(context, &rows, &[0.0; 3], &Rule::at_least(4)).err().map(|error| error.code()))
        });
        assert_eq!(code, (!shown).then_some(9212), "{mark:?}");
    }
}
