//! What the three parties compute together, on shares: nothing but which figures are hidden, and those that are not, is
//! ever opened.
//!
//! | step | room |
//! |---|---|
//! | each shares its aggregates ([`layout`]), those that do not compute with all three, which are held to the contract's bounds where a party may cheat | [`hide`] |
//! | which cells, totals and bins are hidden, for each receiver, who may be in league with those that do not compute | [`hide`] |
//! | with noise, in place of this: noise on every figure, which nobody knows; all wait until each owner has noted what it costs; what is hidden then follows from counts with noise | [`hide`] |
//! | the others open, to each receiver alone | [`shown`] |
//! | values by their rank, to all three | [`ranks`] |

mod hide;
pub(super) mod layout;
mod ranks;
mod shown;

pub(super) use shown::Shown;

use super::stats_terms;
use crate::contract::Draft;
use crate::problem::Problem;
use crate::run::several::lent;
use crate::run::several::mesh::Mesh;
use layout::Layout;
use std::cell::RefCell;
use yinshu_crypto::hash::Digest;
use yinshu_mpc::araki16::input;
use yinshu_mpc::noise::{laplace, noted_by_all};
use yinshu_mpc::outside::Intake;
use yinshu_mpc::release::declared::{not_negative, not_negative_of};
use yinshu_mpc::{Context, MpcError, Role, Shares, Z64};
use yinshu_net::SessionId;

/// For the measure with this number, and figures with bounds: how many of a party's values are at most that.
pub(super) type AtMost<'a> = &'a dyn Fn(usize, &[(usize, i64)]) -> Vec<Z64>;

/// What is hidden of a table with totals.
pub(super) struct Hidden {
    /// By figure: whether it is hidden.
    pub(super) hidden: Vec<bool>,
    /// By figure: whether it is a cell that the rule itself hides.
    pub(super) ruled: Vec<bool>,
}

/// What came out, at one party.
pub(super) struct Opened {
    pub(super) table: Hidden,
    pub(super) histograms: Vec<Hidden>,
    /// Nothing where this party receives nothing.
    pub(super) shown: Option<Shown>,
    /// Values by rank, by name, each with totals; those of figures with nobody mean nothing.
    pub(super) ranked: Vec<(String, Vec<Option<i64>>)>,
}

/// Is told which figures are hidden, of the table and then of each histogram.
pub(super) type Note<'a, E> = &'a mut dyn FnMut(&[bool]) -> Result<(), E>;

/// Charges the run to this party's data set, before anything with noise opens.
pub(super) type Pay<'a, E> = &'a mut dyn FnMut() -> Result<(), E>;

/// Hears where a computation has come to.
pub(super) type Phase<'a> = &'a mut dyn FnMut(&'static str);

/// The computation. `pay` is called before anything with noise opens, and `note` is told what is hidden before anything else
/// does.
pub(super) fn compute(
    context: &mut Context,
    layout: &Layout,
    (own, at_most, outside): (&[Z64], AtMost<'_>, &mut [Intake]),
    (pay, note, phase): (Pay<'_, MpcError>, Note<'_, MpcError>, Phase<'_>),
) -> Result<Opened, MpcError> {
    let mut enter = |context: &mut Context, name: &'static str| {
        context.phase(name);
        phase(name);
    };
    enter(context, "share");
    let role = context.role();
    let mut share = |owner| input(context, owner, (owner == role).then_some(own), layout.len);
    let each = [share(Role::First)?, share(Role::Second)?, share(Role::Third)?];
    let mut all = each[0].plus(&each[1]).plus(&each[2]);
    let mut others = Vec::with_capacity(outside.len());
    for provider in outside.iter_mut() {
        let shares = provider.shares(context, layout.len)?;
        all = all.plus(&shares);
        others.push(shares);
    }
    enter(context, "check");
    let differences = each.each_ref().map(|own| hide::differences(role, layout, own));
    not_negative(context, differences.each_ref())?;
    for (provider, shares) in outside.iter().zip(&others) {
        not_negative_of(context, provider.provider(), &hide::differences(role, layout, shares))?;
    }
    let (table, histograms) = match &layout.noise {
        None => {
            enter(context, "suppress");
            suppressed(context, layout, (&each, &others), &all)?
        }
        Some(noise) => {
            enter(context, "noise");
            all = all.plus(&laplace(context, &noise.scales)?);
            pay()?;
            noted_by_all(context, &noise.price)?;
            thresholded(context, layout, &all)?
        }
    };
    let bins: Vec<Vec<bool>> = histograms.iter().map(|bins| bins.hidden.clone()).collect();
    let hidden: Vec<bool> = table.hidden.iter().chain(bins.iter().flatten()).copied().collect();
    note(&hidden)?;
    enter(context, "open");
    let shown = shown::open(context, layout, &all, (&table.hidden, &bins))?;
    if !layout.wanted.is_empty() {
        enter(context, "ranks");
    }
    let places: Vec<usize> = (0..table.hidden.len()).filter(|&at| !table.hidden[at]).collect();
    let rows = each.each_ref().map(|own| layout.shape.totals_of(&layout.counts(own)).gather(&places));
    let mut ranked = Vec::with_capacity(layout.wanted.len());
    for wanted in &layout.wanted {
        let found = ranks::find(context, layout, (wanted, &places), &rows, at_most)?;
        let mut figures = vec![None; table.hidden.len()];
        places.iter().zip(found).for_each(|(&at, value)| figures[at] = Some(value));
        ranked.push((wanted.name.clone(), figures));
    }
    Ok(Opened { table, histograms, shown, ranked })
}

/// What is hidden of exact figures.
fn suppressed(
    context: &mut Context,
    layout: &Layout,
    (each, others): (&[Shares<Z64>; 3], &[Shares<Z64>]),
    all: &Shares<Z64>,
) -> Result<(Hidden, Vec<Hidden>), MpcError> {
    let owned = hide::Owned::of(layout, (each, others));
    let (pattern, states) = hide::pattern(context, layout, &owned, all)?;
    let ruled = hide::ruled(layout.shape, &states, pattern.hidden.len());
    let table = Hidden { hidden: pattern.hidden, ruled };
    let mut histograms = Vec::with_capacity(layout.histograms.len());
    for number in 0..layout.histograms.len() {
        let (pattern, states) = hide::bins(context, layout, number, (&owned, all))?;
        let ruled = hide::ruled(layout.bins(number), &states, pattern.hidden.len());
        histograms.push(Hidden { hidden: pattern.hidden, ruled });
    }
    Ok((table, histograms))
}

/// What is hidden of figures with noise.
fn thresholded(
    context: &mut Context,
    layout: &Layout,
    noised: &Shares<Z64>,
) -> Result<(Hidden, Vec<Hidden>), MpcError> {
    let of = |shape, few: Vec<bool>| Hidden { hidden: hide::beside(shape, &few), ruled: few };
    let few = hide::few(context, layout, (layout.shape, &layout.counts(noised)))?;
    let table = of(layout.shape, few);
    let mut histograms = Vec::with_capacity(layout.histograms.len());
    for (number, place) in layout.histograms.iter().enumerate() {
        let bins = noised.slice(place.clone());
        let shape = layout.bins(number);
        histograms.push(of(shape, hide::few(context, layout, (shape, &bins))?));
    }
    Ok((table, histograms))
}

/// The digest of all that is agreed on in a run.
pub(super) fn terms(draft: &Draft, run: SessionId) -> Digest {
    Digest::of_parts("yinshu stats run v1", &[&draft.digest.0, &run.0])
}

/// Computes with the two others of a mesh, whose channels are used and stay open.
pub(super) fn compute_over(
    mesh: &mut Mesh,
    layout: &Layout,
    (own, at_most): (&[Z64], AtMost<'_>),
    (pay, note, phase): (Pay<'_, Problem>, Note<'_, Problem>, Phase<'_>),
) -> Result<Opened, Problem> {
    let (approved, run) = (mesh.approved.clone(), mesh.run);
    let draft = approved.draft();
    let problem = RefCell::new(None);
    let kept = |found: Problem, what| {
        *problem.borrow_mut() = Some(found);
        MpcError::Undefined { what }
    };
    let under = (terms(draft, run), stats_terms(draft).security.into());
    let found = lent::over(mesh, under, |context, outside| {
        let mut pay = || pay().map_err(|found| kept(found, "a release that its budget does not allow"));
        let mut note =
            |hidden: &[bool]| note(hidden).map_err(|found| kept(found, "a result that cannot be recorded"));
        compute(context, layout, (own, at_most, outside), (&mut pay, &mut note, phase))
    })?;
    found.map_err(|error| problem.into_inner().unwrap_or_else(|| error.into()))
}

/// Shares with the three that compute, as a provider that does not.
pub(super) fn hand_over(mesh: &mut Mesh, own: &[Z64]) -> Result<(), Problem> {
    let terms = terms(mesh.approved.draft(), mesh.run);
    lent::hand_over(mesh, &terms, |provider| provider.share(own))
}

#[cfg(test)]
pub(super) mod tests;
