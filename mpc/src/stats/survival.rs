//! Kaplan–Meier curves.

use super::distributions::normal_point;
use crate::araki16::{open, same_length};
use crate::bits::Planes;
use crate::context::Context;
use crate::error::MpcError;
use crate::histogram::histogram;
use crate::release::{Rule, enough};
use crate::ring::B64;
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
/// A step opens when it holds at least the rule's minimum of events; one that does not is joined with those after it. The curve
/// ends where fewer than the minimum are at risk.
///
/// # Cost
/// Two [`histogram`]s; then a comparison of one value for each step, about 14 rounds.
///
/// *Opened:* for each step whether it holds enough; of those that do, events, and who was at risk.
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
    let rows = times.lanes();
    same_length("the events of rows", events.len(), rows.div_ceil(64))?;
    let leaving = histogram(context, times, ends, None)?;
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
        let both = Shares::concat([&held, &risk]);
        match enough(context, &both, rule, rows)?[..] {
            [_, false] => break,
            [true, _] => {}
            _ => continue,
        }
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

fn greenwood(survival: f64, variance: f64) -> [f64; 2] {
    if survival <= 0.0 || survival >= 1.0 {
        return [survival; 2];
    }
    let reach = normal_point(0.05) * variance.sqrt() / survival.ln().abs();
    [survival.powf(reach.exp()), survival.powf((-reach).exp())]
}
