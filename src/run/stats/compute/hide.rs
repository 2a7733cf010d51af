//! What is hidden, and whether what each party shared can be.

use super::layout::{LIMBS, Layout, Sum, WIDTH};
use crate::contract::Scope;
use yinshu_mpc::araki16::open;
use yinshu_mpc::bits::{compose, less};
use yinshu_mpc::extreme::ordered;
use yinshu_mpc::release::pattern::{Pattern, Shape, State};
use yinshu_mpc::release::readers::Readers;
use yinshu_mpc::release::{Contributions, Rule, settle, states};
use yinshu_mpc::{Context, MpcError, Role, Shares, Z64, verify};

/// Of a party's own vector, all that no rows within the contract's bounds make negative: counts, and what is left to the most
/// rows of each and of all together (of all alone would not do: the sum of words may wrap around); of sums what is above the least and below the most that so many rows come to; of the greatest values what is
/// below the bound and below the sum (with a greatest value no value is below zero); and the bins of a histogram, which
/// are as many rows as the cells.
pub(super) fn differences(role: Role, layout: &Layout, own: &Shares<Z64>) -> Shares<Z64> {
    let counts = layout.counts(own);
    let total = counts.sum();
    let below = |most: u64, all: &Shares<Z64>| all.linear(|value| -value).plus_public(role, Z64(most));
    let rows = layout.rows[0];
    let mut all = vec![below(rows, &total), below(rows, &counts), counts.clone()];
    for sum in &layout.sums {
        match &sum.places[..] {
            [place] => {
                let sums = own.slice(place.clone());
                let persons = if sum.figure.scope == Scope::Cells { &counts } else { &total };
                let [least, most] = sum.bounds.map(|bound| Z64::from(bound as i64));
                all.push(sums.minus(&persons.times(least)));
                all.push(persons.times(most).minus(&sums));
            }
            _ => all.extend(limbs(role, layout, sum, own)),
        }
    }
    for (number, _, place) in &layout.compared {
        let (greatest, sum) = (own.slice(place.clone()), &layout.sums[*number]);
        all.push(below(sum.bounds[1] as u64, &greatest));
        all.push(own.slice(sum.places[0].clone()).minus(&greatest));
        all.push(greatest);
    }
    for place in &layout.histograms {
        let bins = own.slice(place.clone());
        all.push(bins.sum().minus(&total));
        all.push(total.minus(&bins.sum()));
        all.push(below(rows, &bins));
        all.push(bins);
    }
    Shares::concat(&all)
}

/// Of the words of a sum that needs several, that none is longer than it may be.
fn limbs(role: Role, layout: &Layout, sum: &Sum, own: &Shares<Z64>) -> Vec<Shares<Z64>> {
    let rows = i128::from(layout.rows[0]);
    let reach = sum.bounds.map(|bound| bound.saturating_mul(rows) >> (LIMBS as u32 * WIDTH - WIDTH));
    let mut all = Vec::new();
    for (limb, place) in sum.places.iter().enumerate() {
        let [least, most] = match limb + 1 == LIMBS {
            true => [reach[0].min(0) as i64 - 1, reach[1].max(0) as i64 + 1],
            false => [0, (1 << WIDTH) - 1],
        };
        let words = own.slice(place.clone());
        all.push(words.clone().plus_public(role, -Z64::from(least)));
        all.push(words.linear(|value| -value).plus_public(role, Z64::from(most)));
    }
    all
}

/// What each owner shared, those that do not compute after the three; and who subtracts whose rows.
pub(super) struct Owned<'a> {
    each: Vec<&'a Shares<Z64>>,
    readers: Readers,
}

impl<'a> Owned<'a> {
    pub(super) fn of(layout: &Layout, (each, outside): (&'a [Shares<Z64>; 3], &'a [Shares<Z64>])) -> Self {
        let each: Vec<_> = each.iter().chain(outside).collect();
        let readers = Readers::of((0..).zip(&each).map(|(owner, _)| owner), &layout.receivers);
        Self { each, readers }
    }

    /// For each reader, what is left of a vector of all.
    fn rests(&self, all: &Shares<Z64>) -> Vec<Shares<Z64>> {
        let rest = |set: &Vec<u8>| {
            set.iter().fold(all.clone(), |rest, &owner| rest.minus(self.each[usize::from(owner)]))
        };
        self.readers.sets().iter().map(rest).collect()
    }

    /// What is shared by all, and for each reader by those that are left.
    fn left(&self, of: impl Fn(&Shares<Z64>) -> Shares<Z64>) -> Vec<Vec<Shares<Z64>>> {
        let each: Vec<_> = self.each.iter().map(|shares| of(shares)).collect();
        let left = |set: &[u8]| {
            let left = (0..).zip(&each).filter(|(owner, _)| !set.contains(owner));
            left.map(|(_, shares)| shares.clone()).collect()
        };
        std::iter::once(left(&[])).chain(self.readers.sets().iter().map(|set| left(set))).collect()
    }
}

/// What is hidden, by the rule of [`yinshu_mpc::release`], for whoever has no rows and for each receiver, who subtracts its own and
/// those of any owners that do not compute ([`yinshu_mpc::release::readers`]): counts, totals and greatest values are those
/// of the rest. The states of cells are none where they would say too much.
pub(super) fn pattern(
    context: &mut Context,
    layout: &Layout,
    owned: &Owned<'_>,
    all: &Shares<Z64>,
) -> Result<(Pattern, Vec<State>), MpcError> {
    let rest = owned.rests(all);
    let seen: Vec<&Shares<Z64>> = std::iter::once(all).chain(&rest).collect();
    let counts: Vec<_> = seen.iter().map(|all| layout.counts(all)).collect();
    let counts: Vec<&Shares<Z64>> = counts.iter().collect();
    let greatest = greatest(context, layout, owned)?;
    let mut compared = Vec::new();
    for (all, greatest) in seen.iter().zip(&greatest) {
        for (at, (number, bits, place)) in layout.compared.iter().enumerate() {
            let greatest = greatest.slice(at * place.len()..(at + 1) * place.len());
            compared.push((greatest, all.slice(layout.sums[*number].places[0].clone()), *bits));
        }
    }
    let contributions: Vec<_> = compared
        .iter()
        .map(|(greatest, totals, bits)| Contributions { greatest, totals, bits: *bits })
        .collect();
    let (rule, rows) = (&layout.rule, layout.rows[1] as usize);
    let seen = (&counts[..], owned.readers.spread());
    let states = states(context, seen, &contributions, rule, rows)?;
    let pattern = settle(context, layout.shape, seen, states.as_deref(), (rule, rows))?;
    Ok((pattern, states.unwrap_or_default()))
}

/// The greatest values of all owners, and of those that are left for each reader.
fn greatest(context: &mut Context, layout: &Layout, owned: &Owned<'_>) -> Result<Vec<Shares<Z64>>, MpcError> {
    let Some(bits) = layout.compared.iter().map(|(_, bits, _)| *bits as usize + 1).max() else {
        return Ok(Vec::new());
    };
    let mut left = owned.left(|shares| {
        let each: Vec<_> = layout.compared.iter().map(|(_, _, place)| shares.slice(place.clone())).collect();
        Shares::concat(&each)
    });
    // Of each the last one with the one before it, until one is left.
    while left.iter().any(|each| each.len() > 1) {
        let several: Vec<_> = left.iter_mut().filter(|each| each.len() > 1).collect();
        let side = |back: usize| Shares::concat(several.iter().map(|each| &each[each.len() - back]));
        let [_, greater] = ordered(context, &side(1), &side(2), bits)?;
        let len = several.first().map_or(0, |each| each[0].len());
        let greater = greater.split(vec![len; several.len()]);
        for (each, greater) in several.into_iter().zip(greater) {
            each.truncate(each.len() - 2);
            each.push(greater);
        }
    }
    Ok(left.into_iter().flatten().collect())
}

/// What is hidden of the bins of a histogram: a table of its own, by the same rule of small groups.
pub(super) fn bins(
    context: &mut Context,
    layout: &Layout,
    number: usize,
    (owned, all): (&Owned<'_>, &Shares<Z64>),
) -> Result<(Pattern, Vec<State>), MpcError> {
    let place = layout.histograms[number].clone();
    let seen: Vec<_> =
        std::iter::once(all.clone()).chain(owned.rests(all)).map(|all| all.slice(place.clone())).collect();
    let seen: Vec<&Shares<Z64>> = seen.iter().collect();
    let (rule, rows) = (Rule { percent: None, ..layout.rule }, layout.rows[1] as usize);
    let seen = (&seen[..], owned.readers.spread());
    let states = states(context, seen, &[], &rule, rows)?;
    let shape = Shape { rows: 1, columns: place.len() };
    let pattern = settle(context, shape, seen, states.as_deref(), (&rule, rows))?;
    Ok((pattern, states.unwrap_or_default()))
}

/// By figure with totals, whether it is a cell of state hidden.
pub(super) fn ruled(shape: Shape, states: &[State], figures: usize) -> Vec<bool> {
    let mut ruled = vec![false; figures];
    let across = shape.with_totals().columns;
    for at in (0..states.len()).filter(|&at| states[at] == State::Hidden) {
        ruled[at / shape.columns * across + at % shape.columns] = true;
    }
    ruled
}

/// By figure with totals, whether its count with noise is below the smallest group: all that decides over figures with noise,
/// so that what is hidden says no more than these counts do. Totals are those of the cells with their noise.
pub(super) fn few(
    context: &mut Context,
    layout: &Layout,
    (shape, noised): (Shape, &Shares<Z64>),
) -> Result<Vec<bool>, MpcError> {
    let counts = shape.totals_of(noised);
    if layout.rule.minimum < 2 {
        return Ok(vec![false; counts.len()]);
    }
    let least = Shares::public(context.role(), &vec![Z64(layout.rule.minimum); counts.len()]);
    let few = less(context, &counts, &least, 64)?;
    let few = compose(context, &few, counts.len())?;
    let few = verify(context, few)?;
    Ok(open(context, &few)?.into_iter().map(|few| few != Z64(0)).collect())
}

/// What is hidden where these figures with totals have too few with noise: they, and what goes with them so that no cell
/// follows from totals by subtraction. It follows from public bits alone. Totals are known, being sums of their cells with
/// noise, so that no move may change the grand total; and a total that is small itself while no move changes it might follow
/// from other totals: then nothing is shown.
pub(super) fn beside(shape: Shape, few: &[bool]) -> Vec<bool> {
    let across = shape.with_totals().columns;
    let state = |at: usize| match few[at / shape.columns * across + at % shape.columns] {
        true => State::Hidden,
        false => State::Shown,
    };
    let states: Vec<State> = (0..shape.rows * shape.columns).map(state).collect();
    let hidden = Pattern::under_known_total(shape, &states).hidden;
    match few.iter().zip(&hidden).all(|(few, hidden)| hidden >= few) {
        true => hidden,
        false => Pattern::everything(shape).hidden,
    }
}

#[cfg(test)]
mod tests;
