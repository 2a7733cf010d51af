//! What the three parties compute together, on shares: nothing but which figures are hidden, and those that are not, is
//! ever opened.

use super::stats_terms;
use crate::contract::{Draft, Security, StatsTerms};
use crate::node::randomness;
use crate::problem::Problem;
use crate::run::several::mesh::Mesh;
use std::sync::mpsc;
use yinshu_crypto::hash::Digest;
use yinshu_mpc::araki16::{input, multiply, open, open_to};
use yinshu_mpc::bits::{compose, less};
use yinshu_mpc::extreme::ordered;
use yinshu_mpc::release::pattern::{Pattern, Shape, State};
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
    /// Sums and sums of squares.
    pub(super) figures: usize,
    /// Which of the figures are compared with greatest values, and with how many bits.
    compared: Vec<(usize, u32)>,
    minimum: u64,
    percent: u64,
    /// Rows of all parties together, at most.
    rows: u64,
    receivers: Vec<Role>,
    /// The bounds of measures whose medians are told.
    medians: Vec<[i64; 2]>,
}

impl Layout {
    pub(super) fn new(draft: &Draft) -> Self {
        let stats = stats_terms(draft);
        let cells = stats.cells();
        let (mut figures, mut compared) = (0, Vec::new());
        for measure in stats.measures.iter().filter(|measure| measure.sums()) {
            if stats.dominance_percent.is_some() {
                compared.push((figures, stats.sum_bits(measure).max(1)));
            }
            figures += 1 + usize::from(measure.squares());
        }
        let receives = |at: usize| stats.receivers.contains(&draft.terms.parties[at].name);
        Self {
            shape: Shape { rows: cells.rows.len(), columns: cells.columns.len() },
            figures,
            compared,
            minimum: draft.terms.data.min_group_size.into(),
            percent: stats.dominance_percent.unwrap_or(100).into(),
            rows: stats.all_rows(),
            medians: stats.measures.iter().filter(|m| m.median()).map(|m| m.bounds().map(clamped)).collect(),
            receivers: (0..3).filter(|&at| receives(at)).map(|at| Role::ALL[at]).collect(),
        }
    }

    fn cells(&self) -> usize {
        self.shape.rows * self.shape.columns
    }

    /// How many words each party shares.
    pub(super) fn len(&self) -> usize {
        (1 + self.figures + self.compared.len()) * self.cells()
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

/// For the measure with this number among those whose medians are told, and figures with bounds: how many of a party's values
/// are at most that.
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
    context.phase("suppress");
    let states = states(context, layout, &each, &all)?;
    let pattern = Pattern::of(layout.shape, &states);
    note(&pattern.hidden)?;
    context.phase("open");
    let places: Vec<usize> = (0..pattern.hidden.len()).filter(|&at| !pattern.hidden[at]).collect();
    let picked: Vec<_> = (0..=layout.figures)
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
        (0..=layout.figures).map(spread).collect()
    });
    let groups = layout.shape.totals_of(&layout.pick(&all, 0)).gather(&places);
    let mut medians = Vec::with_capacity(layout.medians.len());
    for number in 0..layout.medians.len() {
        let found = median(context, layout, (number, &places), &groups, at_most)?;
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

/// Into how many parts a range is divided at a time when a median is looked for.
const PARTS: i128 = 16;

/// The bounds that divide a range: each is less than its end.
fn bounds([low, high]: [i64; 2]) -> impl Iterator<Item = i64> {
    let width = i128::from(high) - i128::from(low);
    (1..PARTS).map(move |part| clamped(i128::from(low) + width * part / PARTS))
}

/// The medians of figures that are shown, by dividing ranges: at each bound every party shares how many of its values are at
/// most that, and whether these are half of the group is all that opens, which the median says too.
fn median(
    context: &mut Context,
    layout: &Layout,
    (number, places): (usize, &[usize]),
    groups: &Shares<Z64>,
    at_most: AtMost<'_>,
) -> Result<Vec<i64>, MpcError> {
    context.phase("median");
    let role = context.role();
    let bits = u64::BITS - layout.rows.leading_zeros() + 3;
    let mut left = vec![layout.medians[number]; places.len()];
    while left.iter().any(|[low, high]| low < high) {
        let asked = places.iter().zip(&left).flat_map(|(&at, &range)| bounds(range).map(move |b| (at, b)));
        let asked: Vec<(usize, i64)> = asked.collect();
        let own = at_most(number, &asked);
        let mut below = Shares::zeros(asked.len());
        for owner in Role::ALL {
            let theirs = input(context, owner, (owner == role).then_some(own.as_slice()), asked.len())?;
            below = below.plus(&theirs);
        }
        let each = asked.len() / places.len();
        let whose: Vec<usize> = (0..asked.len()).map(|at| at / each).collect();
        let few = less(context, &below.times(Z64(2)), &groups.gather(&whose), bits as usize)?;
        let few = compose(context, &few, asked.len())?;
        let few = verify(context, few)?;
        let few = open(context, &few)?;
        for (range, (asked, few)) in left.iter_mut().zip(asked.chunks(each).zip(few.chunks(each))) {
            if range[0] < range[1] {
                let enough = few.iter().position(|few| few.0 == 0).unwrap_or(each);
                range[1] = asked.get(enough).map_or(range[1], |(_, bound)| *bound);
                let low = enough.checked_sub(1).map_or(range[0], |before| asked[before].1 + 1);
                // Of honest counts it never lies above.
                range[0] = low.min(range[1]);
            }
        }
    }
    Ok(left.into_iter().map(|[low, _]| low).collect())
}

/// Of each cell: *hidden* where there is a group of 1 to the minimum less one, in all or without the rows of a receiver, who
/// would subtract its own; or where one person has too much of a measure. *Empty* where a group has nobody, so that there is no
/// room for one less. *Tight* where one has fewer than twice the minimum less one: it is shown, and never withheld for another,
/// since what it cannot fall below would bound that one. One of four values is opened, from which no reason follows.
fn states(
    context: &mut Context,
    layout: &Layout,
    each: &[Shares<Z64>; 3],
    all: &Shares<Z64>,
) -> Result<Vec<State>, MpcError> {
    let (role, counts) = (context.role(), layout.pick(all, 0));
    let without = |receiver: &Role| counts.minus(&layout.pick(&each[receiver.number()], 0));
    let groups: Vec<_> =
        std::iter::once(counts.clone()).chain(layout.receivers.iter().map(without)).collect();
    let groups = Shares::concat(&groups);
    let limit = |least: u64| Shares::public(role, &vec![Z64(least); groups.len()]);
    let floor = (2 * layout.minimum.max(1)) - 1;
    let limits = Shares::concat([&limit(1), &limit(layout.minimum), &limit(floor)]);
    let bits = u64::BITS - layout.rows.max(floor).leading_zeros() + 2;
    let below = less(context, &Shares::concat([&groups, &groups, &groups]), &limits, bits as usize)?;
    let below = compose(context, &below, 3 * groups.len())?;
    let part = |number: usize| below.slice(number * groups.len()..(number + 1) * groups.len());
    let (nobody, few, scarce) = (part(0), part(1), part(2));
    let mut reasons = few.minus(&nobody);
    if let Some(dominated) = dominated(context, layout, each, all)? {
        reasons = Shares::concat([&reasons, &dominated]);
    }
    let shown = none(context, &reasons, layout.cells())?;
    let room = none(context, &nobody, layout.cells())?;
    let ample = none(context, &scarce, layout.cells())?;
    // 0 shown, 1 hidden, 2 without room, 3 tight; what is ample has room.
    let both = multiply(context, &Shares::concat([&shown, &shown]), &Shares::concat([&room, &ample]))?;
    let (with_room, with_ample) = (both.slice(0..layout.cells()), both.slice(layout.cells()..both.len()));
    let state = shown.plus(&with_room).minus(&with_ample.times(Z64(3))).plus_public(role, Z64(1));
    let state = verify(context, state)?;
    let opened = open(context, &state)?;
    let state = |word: Z64| match word.0 {
        0 => State::Shown,
        1 => State::Hidden,
        3 => State::Tight,
        _ => State::Empty,
    };
    Ok(opened.into_iter().map(state).collect())
}

/// For each measure that is compared, cell by cell: whether one person has more than the contract's per cent of its sum.
fn dominated(
    context: &mut Context,
    layout: &Layout,
    each: &[Shares<Z64>; 3],
    all: &Shares<Z64>,
) -> Result<Option<Shares<Z64>>, MpcError> {
    if layout.compared.is_empty() {
        return Ok(None);
    }
    let bits = layout.compared.iter().map(|(_, bits)| *bits as usize).max().unwrap_or(1);
    let from = (1 + layout.figures) * layout.cells();
    let [a, b, c] = each.each_ref().map(|shares| shares.slice(from..shares.len()));
    let [_, greater] = ordered(context, &a, &b, bits + 1)?;
    let [_, greatest] = ordered(context, &greater, &c, bits + 1)?;
    let totals: Vec<_> = layout.compared.iter().map(|(figure, _)| layout.pick(all, 1 + figure)).collect();
    let totals = Shares::concat(&totals);
    // Both sides have at most 7 bits more than a total.
    let sides = [totals.times(Z64(layout.percent)), greatest.times(Z64(100))];
    let dominated = less(context, &sides[0], &sides[1], bits + 8)?;
    Ok(Some(compose(context, &dominated, totals.len())?))
}

/// For each cell, of bits that stand `cells` apart: whether none of them is set.
fn none(context: &mut Context, bits: &Shares<Z64>, cells: usize) -> Result<Shares<Z64>, MpcError> {
    let mut not = bits.linear(|bit| -bit).plus_public(context.role(), Z64(1));
    while not.len() > cells {
        let half = not.len() / cells / 2 * cells;
        let product = multiply(context, &not.slice(0..half), &not.slice(half..2 * half))?;
        not = Shares::concat([&product, &not.slice(2 * half..not.len())]);
    }
    Ok(not)
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
