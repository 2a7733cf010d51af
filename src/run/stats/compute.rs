//! What the three parties compute together, on shares: nothing but which figures are hidden, and those that are not, is
//! ever opened.

mod ranks;

use super::stats_terms;
use crate::contract::{Draft, Security, StatsTerms};
use crate::node::randomness;
use crate::problem::Problem;
use crate::run::several::mesh::Mesh;
use ranks::{Rank, Wanted};
use std::sync::mpsc;
use yinshu_crypto::hash::Digest;
use yinshu_mpc::araki16::{input, open_to};
use yinshu_mpc::extreme::ordered;
use yinshu_mpc::release::declared::not_negative;
use yinshu_mpc::release::pattern::{Pattern, Shape, State};
use yinshu_mpc::release::{Contributions, Rule, settle, states};
use yinshu_mpc::{Context, MpcError, Role, Shares, Z64, verify};
use yinshu_net::grpc::GrpcChannel;
use yinshu_net::meter::Meter;
use yinshu_net::{Channel, NetError, PartyId, SessionId};

/// What is computed under a contract. Each party shares, cell after cell: counts; for each measure that is summed, sums
/// and (for a variance) sums of squares; with dominance, the greatest values of these measures.
#[derive(Clone)]
pub(super) struct Layout {
    /// The cells.
    pub(super) shape: Shape,
    /// Sums and sums of squares: what one row can add.
    pub(super) figures: Vec<[i64; 2]>,
    /// Which of the figures are compared with greatest values, and with how many bits.
    compared: Vec<(usize, u32)>,
    rule: Rule,
    /// Rows of one party, and of all together, at most.
    rows: [u64; 2],
    receivers: Vec<Role>,
    /// The values that are told by their rank.
    wanted: Vec<Wanted>,
}

impl Layout {
    pub(super) fn new(draft: &Draft) -> Self {
        let stats = stats_terms(draft);
        let cells = stats.cells();
        let (mut figures, mut compared) = (Vec::new(), Vec::new());
        for measure in stats.measures.iter().filter(|measure| measure.sums()) {
            if stats.dominance_percent.is_some() {
                compared.push((figures.len(), stats.sum_bits(measure).max(1)));
            }
            let bounds = measure.bounds().map(clamped);
            figures.push(bounds);
            let most = bounds.into_iter().map(i64::saturating_abs).max().unwrap_or(0);
            figures.extend(measure.squares().then(|| [0, most.saturating_mul(most)]));
        }
        let receives = |at: usize| stats.receivers.contains(&draft.terms.parties[at].name);
        Self {
            shape: Shape { rows: cells.rows.len(), columns: cells.columns.len() },
            figures,
            compared,
            rule: Rule {
                minimum: draft.terms.data.min_group_size.into(),
                percent: stats.dominance_percent.map(u64::from),
            },
            rows: [stats.max_rows, stats.all_rows()],
            wanted: wanted(stats),
            receivers: (0..3).filter(|&at| receives(at)).map(|at| Role::ALL[at]).collect(),
        }
    }

    fn cells(&self) -> usize {
        self.shape.rows * self.shape.columns
    }

    /// How many words each party shares.
    pub(super) fn len(&self) -> usize {
        (1 + self.figures.len() + self.compared.len()) * self.cells()
    }

    /// The vector with this number.
    fn pick(&self, shares: &Shares<Z64>, number: usize) -> Shares<Z64> {
        shares.slice(number * self.cells()..(number + 1) * self.cells())
    }
}

/// A bound of values whose median is told, which the contract's checks keep in range.
fn clamped(bound: i128) -> i64 {
    i64::try_from(bound).unwrap_or(if bound < 0 { i64::MIN } else { i64::MAX })
}

fn wanted(stats: &StatsTerms) -> Vec<Wanted> {
    let medians = stats.measures.iter().enumerate().filter(|(_, measure)| measure.median());
    let rank = Rank { thousandths: 500, more: 0 };
    medians.map(|(at, measure)| Wanted { measure: at, bounds: measure.bounds().map(clamped), rank }).collect()
}

/// For the measure with this number, and figures with bounds: how many of a party's values are at most that.
pub(super) type AtMost<'a> = &'a dyn Fn(usize, &[(usize, i64)]) -> Vec<Z64>;

/// What came out, at one party.
pub(super) struct Opened {
    /// By figure with totals: whether it is hidden.
    pub(super) hidden: Vec<bool>,
    /// By figure with totals: whether it is a cell that the rule itself hides.
    pub(super) ruled: Vec<bool>,
    /// Counts, then the figures, each with totals; nothing where this party receives nothing.
    pub(super) shown: Option<Vec<Vec<Option<i64>>>>,
    /// Medians by measure, each with totals; those of figures with nobody mean nothing.
    pub(super) medians: Vec<Vec<Option<i64>>>,
}

/// The computation. `note` is told the pattern before anything else opens.
pub(super) fn compute(
    context: &mut Context,
    layout: &Layout,
    (own, at_most): (&[Z64], AtMost<'_>),
    note: &mut dyn FnMut(&[bool]) -> Result<(), MpcError>,
) -> Result<Opened, MpcError> {
    context.phase("share");
    let role = context.role();
    let mut share = |owner| input(context, owner, (owner == role).then_some(own), layout.len());
    let each = [share(Role::First)?, share(Role::Second)?, share(Role::Third)?];
    let all = each[0].plus(&each[1]).plus(&each[2]);
    context.phase("check");
    let differences = each.each_ref().map(|own| differences(role, layout, own));
    not_negative(context, differences.each_ref())?;
    context.phase("suppress");
    let (pattern, states) = pattern(context, layout, &each, &all)?;
    note(&pattern.hidden)?;
    context.phase("open");
    let places: Vec<usize> = (0..pattern.hidden.len()).filter(|&at| !pattern.hidden[at]).collect();
    let picked: Vec<_> = (0..=layout.figures.len())
        .map(|number| layout.shape.totals_of(&layout.pick(&all, number)).gather(&places))
        .collect();
    let picked = verify(context, Shares::concat(&picked))?;
    let mut told = None;
    for &receiver in &layout.receivers {
        told = open_to(context, receiver, &picked)?.or(told);
    }
    let shown = told.map(|words| {
        let spread = |number: usize| {
            let mut figures = vec![None; pattern.hidden.len()];
            let words = &words[number * places.len()..(number + 1) * places.len()];
            places.iter().zip(words).for_each(|(&at, word)| figures[at] = Some(word.signed()));
            figures
        };
        (0..=layout.figures.len()).map(spread).collect()
    });
    let rows = each.each_ref().map(|own| layout.shape.totals_of(&layout.pick(own, 0)).gather(&places));
    context.phase("ranks");
    let mut medians = Vec::with_capacity(layout.wanted.len());
    for wanted in &layout.wanted {
        let found = ranks::find(context, layout, (wanted, &places), &rows, at_most)?;
        let mut figures = vec![None; pattern.hidden.len()];
        places.iter().zip(found).for_each(|(&at, median)| figures[at] = Some(median));
        medians.push(figures);
    }
    let mut ruled = vec![false; pattern.hidden.len()];
    let across = layout.shape.with_totals().columns;
    for at in (0..states.len()).filter(|&at| states[at] == State::Hidden) {
        ruled[at / layout.shape.columns * across + at % layout.shape.columns] = true;
    }
    Ok(Opened { hidden: pattern.hidden, ruled, shown, medians })
}

/// Of a party's own vector, all that no rows within the contract's bounds make negative: counts and what is left to the most
/// rows; of sums what is above the least and below the most that so many rows come to; of the greatest values what is
/// below the bound and below the sum. (With a greatest value no value is below zero.)
fn differences(role: Role, layout: &Layout, own: &Shares<Z64>) -> Shares<Z64> {
    let counts = layout.pick(own, 0);
    let rows = counts.sum().linear(|count| -count).plus_public(role, Z64(layout.rows[0]));
    let mut all = vec![rows, counts.clone()];
    for (number, [least, most]) in layout.figures.iter().enumerate() {
        let sums = layout.pick(own, 1 + number);
        all.push(sums.minus(&counts.times(Z64::from(*least))));
        all.push(counts.times(Z64::from(*most)).minus(&sums));
    }
    for (number, (figure, _)) in layout.compared.iter().enumerate() {
        let greatest = layout.pick(own, 1 + layout.figures.len() + number);
        let most = Z64::from(layout.figures[*figure][1]);
        all.push(greatest.linear(|value| -value).plus_public(role, most));
        all.push(layout.pick(own, 1 + figure).minus(&greatest));
        all.push(greatest);
    }
    Shares::concat(&all)
}

/// What is hidden, by the rule of [`yinshu_mpc::release`], for whoever has no rows and for each receiver, who subtracts its own:
/// counts, totals and greatest values are those of the rest. The states of cells are none where they would say too much.
fn pattern(
    context: &mut Context,
    layout: &Layout,
    each: &[Shares<Z64>; 3],
    all: &Shares<Z64>,
) -> Result<(Pattern, Vec<State>), MpcError> {
    let rest: Vec<_> = layout.receivers.iter().map(|receiver| all.minus(&each[receiver.number()])).collect();
    let seen: Vec<&Shares<Z64>> = std::iter::once(all).chain(&rest).collect();
    let counts: Vec<_> = seen.iter().map(|all| layout.pick(all, 0)).collect();
    let counts: Vec<&Shares<Z64>> = counts.iter().collect();
    let greatest = greatest(context, layout, each)?;
    let mut compared = Vec::new();
    for (all, greatest) in seen.iter().zip(&greatest) {
        for (number, (figure, bits)) in layout.compared.iter().enumerate() {
            compared.push((layout.pick(greatest, number), layout.pick(all, 1 + figure), *bits));
        }
    }
    let contributions: Vec<_> = compared
        .iter()
        .map(|(greatest, totals, bits)| Contributions { greatest, totals, bits: *bits })
        .collect();
    let (rule, rows) = (&layout.rule, layout.rows[1] as usize);
    let states = states(context, &counts, &contributions, rule, rows)?;
    let pattern = settle(context, layout.shape, &counts, states.as_deref(), (rule, rows))?;
    Ok((pattern, states.unwrap_or_default()))
}

/// The greatest values of all parties, and of those other than each receiver.
fn greatest(
    context: &mut Context,
    layout: &Layout,
    each: &[Shares<Z64>; 3],
) -> Result<Vec<Shares<Z64>>, MpcError> {
    let Some(bits) = layout.compared.iter().map(|(_, bits)| *bits as usize + 1).max() else {
        return Ok(Vec::new());
    };
    let from = (1 + layout.figures.len()) * layout.cells();
    let [a, b, c] = each.each_ref().map(|shares| shares.slice(from..shares.len()));
    let [_, greater] = ordered(context, &Shares::concat([&b, &c, &a]), &Shares::concat([&c, &a, &b]), bits)?;
    let without = greater.split([a.len(); 3]);
    let [_, of_all] = ordered(context, &without[0], &a, bits)?;
    let receivers = layout.receivers.iter().map(|receiver| without[receiver.number()].clone());
    Ok(std::iter::once(of_all).chain(receivers).collect())
}

/// The security of a contract, as the crate calls it.
pub(super) fn security(stats: &StatsTerms) -> yinshu_mpc::Security {
    match stats.security {
        Security::SemiHonest => yinshu_mpc::Security::SemiHonest,
        Security::Malicious => yinshu_mpc::Security::Malicious,
    }
}

/// The digest of all that is agreed on in a run.
pub(super) fn terms(draft: &Draft, run: SessionId) -> Digest {
    Digest::of_parts("yinshu stats run v1", &[&draft.digest.0, &run.0])
}

/// Computes with the two others of a mesh, whose channels are used and stay open.
pub(super) fn compute_over(
    mesh: &mut Mesh,
    own: (&[Z64], AtMost<'_>),
    note: &mut dyn FnMut(&[bool]) -> Result<(), Problem>,
) -> Result<Opened, Problem> {
    let (approved, run) = (mesh.approved.clone(), mesh.run);
    let draft = approved.draft();
    let role = Role::ALL[mesh.own];
    let (back, returned) = mpsc::channel();
    let mut lent: Vec<Lent> = std::mem::take(&mut mesh.channels)
        .into_iter()
        .map(|channel| Lent { channel: Some(channel), back: back.clone() })
        .collect();
    let mut take = |role: Role| {
        let name = &draft.terms.parties[role.number()].name;
        let at = lent.iter().position(|channel| channel.peer() == name);
        at.map(|at| Box::new(lent.swap_remove(at)) as Box<dyn Channel>)
    };
    let (Some(previous), Some(next)) = (take(role.previous()), take(role.next())) else {
        return Err(Problem::internal("a mesh without one of its parties"));
    };
    let mut problem = None;
    let found = Context::join(
        role,
        previous,
        next,
        &terms(draft, run),
        security(stats_terms(draft)),
        &mut randomness(),
    )
    .and_then(|context| {
        context.run(|context| {
            compute(context, &Layout::new(draft), own, &mut |hidden| {
                note(hidden).map_err(|found| {
                    problem = Some(found);
                    MpcError::Undefined { what: "a result that cannot be recorded" }
                })
            })
        })
    });
    drop(lent);
    mesh.channels = returned.try_iter().collect();
    mesh.channels.sort_by_key(|channel| draft.number(channel.peer()));
    found.map_err(|error| problem.unwrap_or_else(|| error.into()))
}

/// A channel that comes back when the computation is over: the states of the logs still go over it.
struct Lent {
    channel: Option<GrpcChannel>,
    back: mpsc::Sender<GrpcChannel>,
}

impl Lent {
    fn inner(&mut self) -> &mut GrpcChannel {
        self.channel.as_mut().expect("it is there until this is dropped")
    }
}

impl Channel for Lent {
    fn peer(&self) -> &PartyId {
        self.channel.as_ref().expect("it is there until this is dropped").peer()
    }
    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        self.inner().send(frame)
    }
    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        self.inner().recv(max)
    }
    fn phase(&mut self, name: &'static str) {
        self.inner().phase(name);
    }
    fn meter(&self) -> Meter {
        self.channel.as_ref().expect("it is there until this is dropped").meter()
    }
    /// The mesh closes it.
    fn close(&mut self) -> Result<(), NetError> {
        Ok(())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(channel) = self.channel.take() {
            // Where nobody takes it back, it is closed by being dropped.
            let _ = self.back.send(channel);
        }
    }
}

#[cfg(test)]
mod tests;
