//! Kaplan–Meier curves.

use super::distributions::normal_point;
use crate::araki16::{open, same_length};
use crate::bits::{Planes, compose, less};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::{bits_of, within};
use crate::histogram::histogram;
use crate::release::{Rule, open_bits};
use crate::ring::{B64, Z64};
use crate::shares::Shares;
use crate::verified::verify;

/// A step of a survival curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The step ends before this time, and begins where the one before it ends.
    pub until: u64,
    /// Under observation when it begins.
    pub at_risk: u64,
    /// Events in it.
    pub events: u64,
    /// The part that has had no event at its end (E. L. Kaplan, P. Meier, 1958).
    pub survival: f64,
    /// 95 % confidence, by M. Greenwood's formula for ln(-ln S); the curve's own value where it is 0 or 1.
    pub interval: [f64; 2],
}

/// The survival curve of rows with a secret time, of which those with a bit in `events` (64 in a word) end in an event and
/// the others leave observation. Steps end before each of the public times `ends`, which rise; where each possible time has
/// a step of its own the curve is Kaplan's and Meier's, else that of the grouped times, in which those who leave count as
/// at risk in their last step.
///
/// A step opens when it holds at least the rule's minimum of events, and when those that leave observation in it without an
/// event, and those still there after it, are each nobody or at least the minimum; one that does not is joined with those
/// after it. So no figure of a step, and no difference between figures of neighbouring steps, is of 1 to minimum - 1 rows.
/// The curve ends where fewer than the minimum are at risk; those that leave after its last step are counted nowhere.
///
/// # Cost
/// Two [`histogram`]s; then a comparison of six values for each step, about 14 rounds.
///
/// *Opened:* for each step whether it opens, and whether fewer than the minimum are at risk; of those that open, events, and
/// who was at risk.
///
/// # Errors
/// [`MpcError::Lengths`], [`MpcError::Undefined`] where times do not rise; else a failure of a channel or a misstep of a
/// peer.
pub fn survival(
    context: &mut Context,
    times: &Planes,
    events: &Shares<B64>,
    ends: &[u64],
    rule: &Rule,
) -> Result<Vec<Step>, MpcError> {
    survival_among(context, times, (events, None), ends, rule)
}

/// As [`survival`], of the rows with a bit in the second vector; those with an event have one there, too.
pub(crate) fn survival_among(
    context: &mut Context,
    times: &Planes,
    (events, among): (&Shares<B64>, Option<&Shares<B64>>),
    ends: &[u64],
    rule: &Rule,
) -> Result<Vec<Step>, MpcError> {
    let rows = times.lanes();
    same_length("the events of rows", events.len(), rows.div_ceil(64))?;
    let leaving = histogram(context, times, ends, among)?;
    let ending = histogram(context, times, ends, Some(events))?;
    // At risk in a step: all that are not gone before. The last entry of the histogram is beyond the last step.
    let gone = leaving.prefix_sums();
    let all = leaving.sum();
    let mut steps: Vec<Step> = Vec::new();
    let (mut from, mut survival, mut variance) = (0, 1.0f64, 0.0);
    for (at, &until) in ends.iter().enumerate() {
        let held = ending.slice(from..at + 1).sum();
        let before = if from == 0 { Shares::zeros(1) } else { gone.slice(from - 1..from) };
        let risk = all.minus(&before);
        let rest = all.minus(&gone.slice(at..at + 1));
        let censored = risk.minus(&held).minus(&rest);
        match steps_open(context, [&held, &risk, &censored, &rest], rule, rows)? {
            [_, false] => break,
            [true, _] => {}
            _ => continue,
        }
        let both = Shares::concat([&held, &risk]);
        let both = verify(context, both)?;
        let opened = open(context, &both)?;
        let (count, at_risk) = (opened[0].0, opened[1].0);
        let (d, n) = (count as f64, at_risk as f64);
        survival *= 1.0 - d / n;
        variance += d / (n * (n - d));
        steps.push(Step { until, at_risk, events: count, survival, interval: greenwood(survival, variance) });
        from = at + 1;
    }
    Ok(steps)
}

/// Whether events are enough and those who leave without one, and those who stay, nobody or enough; and whether enough are at
/// risk. Only these two are opened.
fn steps_open(
    context: &mut Context,
    [held, risk, censored, rest]: [&Shares<Z64>; 4],
    rule: &Rule,
    rows: usize,
) -> Result<[bool; 2], MpcError> {
    let minimum = rule.minimum.max(1);
    let limits = [minimum, minimum, minimum, minimum, 1, 1].map(Z64);
    let limits = Shares::public(context.role(), &limits);
    let values = Shares::concat([held, risk, censored, rest, censored, rest]);
    let most = rows.max(usize::try_from(minimum).unwrap_or(usize::MAX));
    let bits = bits_of(most.saturating_add(1)) + 2;
    within("a minimum", bits, 61)?;
    let below = less(context, &values, &limits, bits as usize)?;
    let below = compose(context, &below, 6)?;
    // 1 to minimum - 1: below the minimum and not below 1.
    let part = |at: usize| below.slice(at..at + 1);
    let faults = part(0).plus(&part(2)).minus(&part(4)).plus(&part(3)).minus(&part(5));
    let both = Shares::concat([&faults, &part(1)]);
    let ones = Shares::public(context.role(), &[Z64(1); 2]);
    let none = less(context, &both, &ones, 4)?;
    let opened = open_bits(context, &none, 2)?;
    Ok([opened[0], opened[1]])
}

fn greenwood(survival: f64, variance: f64) -> [f64; 2] {
    if survival <= 0.0 || survival >= 1.0 {
        return [survival; 2];
    }
    let reach = normal_point(0.05) * variance.sqrt() / survival.ln().abs();
    [survival.powf(reach.exp()), survival.powf((-reach).exp())]
}
