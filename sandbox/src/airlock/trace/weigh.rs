//! How much more likely a file is if it is a recipient's than by chance.

use crate::airlock::mark::{Base, Key, Steps};

/// A figure of a file, and the released one that it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    pub(super) found: f64,
    pub(super) base: Base,
}

/// In which way a file may be inexact.
#[derive(Debug, Clone, Copy)]
enum Spoilt {
    /// Rounded to so many significant digits.
    Digits(i32),
    /// Rounded to so many digits after the point.
    Decimals(i32),
    /// Off by up to a share of the strength of the mark.
    Share(f64),
    /// Only on which side of the released figure it is.
    Side,
}

const WAYS: [Spoilt; 13] = [
    Spoilt::Digits(2),
    Spoilt::Digits(3),
    Spoilt::Digits(4),
    Spoilt::Digits(5),
    Spoilt::Digits(6),
    Spoilt::Digits(9),
    Spoilt::Decimals(0),
    Spoilt::Decimals(1),
    Spoilt::Decimals(2),
    Spoilt::Decimals(4),
    Spoilt::Share(0.1),
    Spoilt::Share(0.4),
    Spoilt::Side,
];

/// How many of a recipient's figures are as he had them, if it is his file.
const KEPT: [f64; 3] = [0.99, 0.9, 0.7];

/// A figure of a file, with what the recipient had been given for it.
struct Given {
    found: f64,
    /// The released figure.
    released: f64,
    /// One step.
    step: f64,
    /// A unit of its own.
    unit: f64,
    /// The power of ten of what was found.
    exponent: i32,
    steps: Steps,
    moved: i64,
}

impl Given {
    fn of(pair: &Pair, millionths: u32, key: &Key) -> Option<Self> {
        let Pair { found, base } = *pair;
        let steps = base.steps(millionths)?;
        let unit = 10f64.powi(-i32::try_from(base.decimals).ok()?);
        let (released, step) = (base.moved(0), base.step as f64 * unit);
        let (exponent, moved) = (exponent(found), key.moves(base, steps));
        Some(Self { found, released, step, unit, exponent, steps, moved })
    }

    /// The steps that would be written as what was found.
    fn window(&self, way: Spoilt) -> (i64, i64) {
        let most = self.steps.most;
        let half = match way {
            Spoilt::Digits(digits) => 0.5 * 10f64.powi(self.exponent - digits + 1),
            Spoilt::Decimals(decimals) => 0.5 * 10f64.powi(-decimals),
            Spoilt::Share(share) => share * most as f64 * self.step,
            Spoilt::Side if self.found > self.released => return (1, most),
            Spoilt::Side if self.found < self.released => return (-most, -1),
            Spoilt::Side => return (1, 0),
        };
        // A unit of its own is never divided, and the last bit of a floating-point number is no difference.
        let half = half.max(0.5 * self.unit) * (1.0 + 1e-9);
        let step = |offset: f64| (self.found - self.released + offset) / self.step;
        #[allow(clippy::cast_possible_truncation, reason = "saturates, and is cut to the steps there are")]
        let (low, high) = (step(-half).ceil() as i64, step(half).floor() as i64);
        (low.max(-most), high.min(most))
    }
}

fn exponent(number: f64) -> i32 {
    #[allow(clippy::cast_possible_truncation, reason = "of a finite number")]
    let exponent = number.abs().max(f64::MIN_POSITIVE).log10().floor() as i32;
    exponent
}

/// How many steps from `low` to `high` there were to choose from.
fn choices(low: i64, high: i64, steps: Steps) -> i64 {
    let within = |from: i64, to: i64| (high.min(to) - low.max(from) + 1).max(0);
    within(steps.least, steps.most) + within(-steps.most, -steps.least)
}

/// The odds, in bits, that figures are those of a recipient and not what they are by chance.
///
/// Pairs of the same released figure count once: they are moved together.
pub(super) fn bits(pairs: &[Pair], millionths: u32, key: &Key) -> f64 {
    let given: Vec<Given> = pairs.iter().filter_map(|pair| Given::of(pair, millionths, key)).collect();
    let all: Vec<f64> = WAYS.iter().flat_map(|way| odds(&given, *way)).collect();
    // The mean of the odds, without leaving the range of what a number can be.
    let top = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = all.iter().map(|one| (one - top).exp2()).sum();
    top + sum.log2() - (all.len() as f64).log2()
}

/// The odds under one way of spoiling a file, for each share of figures that were kept.
fn odds(given: &[Given], way: Spoilt) -> [f64; KEPT.len()] {
    let mut odds = [0.0; KEPT.len()];
    for one in given {
        let (low, high) = one.window(way);
        let all = 2 * (one.steps.most - one.steps.least + 1);
        let chance = choices(low, high, one.steps) as f64 / all as f64;
        let fits = (low..=high).contains(&one.moved);
        for (odds, kept) in odds.iter_mut().zip(KEPT) {
            // Where it would come out so either way, or could not, it says nothing.
            if chance > 0.0 && chance < kept {
                *odds += if fits { kept / chance } else { (1.0 - kept) / (1.0 - chance) }.log2();
            }
        }
    }
    odds
}
