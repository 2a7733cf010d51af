//! Sorting, grouping and joining.

use super::{Clock, column, given, value};
use std::collections::{BTreeMap, HashMap};
use yinshu_mpc::araki16::open;
use yinshu_mpc::bits::Planes;
use yinshu_mpc::group::{self, Groups};
use yinshu_mpc::ring::Ring;
use yinshu_mpc::{B64, Context, MpcError, Role, Shares, Z64, sort, verify};

/// Bits of a key that is sorted or joined by.
const KEY: usize = 32;

fn words<R: Ring>(context: &mut Context, shares: Shares<R>) -> Result<Vec<u64>, MpcError> {
    let checked = verify(context, shares)?;
    Ok(open(context, &checked)?.into_iter().map(Ring::word).collect())
}

pub(super) fn sort(context: &mut Context, rows: usize, clock: &mut Clock) -> Result<(), MpcError> {
    let keys: Shares<B64> = given(context, Role::First, rows, column(0, rows, KEY as u32))?;
    let sorted = clock.time(context, |context| {
        let order = sort::order(context, &Planes::of_words(&keys, KEY))?;
        let sorted = order.apply(context, &keys)?;
        verify(context, sorted)
    })?;
    drop(keys);
    let found = open(context, &sorted)?;
    let mut expected: Vec<u64> = column(0, rows, KEY as u32).collect();
    expected.sort_unstable();
    clock.compare(found.iter().map(|word| word.0).eq(expected));
    Ok(())
}

/// How many groups there are, and the bits of their numbers.
const GROUPS: u64 = 100;
const GROUP: usize = 7;

fn group_of(rows: usize) -> impl Iterator<Item = u64> {
    column(0, rows, 32).map(|word| word % GROUPS)
}

/// Keys from one party, values from another.
fn grouped(context: &mut Context, rows: usize) -> Result<(Planes, Shares<Z64>), MpcError> {
    let keys: Shares<B64> = given(context, Role::First, rows, group_of(rows))?;
    let values = given(context, Role::Second, rows, column(1, rows, 30))?;
    Ok((Planes::of_words(&keys, GROUP), values))
}

/// Key, count and sum of each group, in the clear.
fn expected_groups(rows: usize) -> impl Iterator<Item = (u64, (u64, u64))> {
    let mut groups: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for (key, value) in group_of(rows).zip(column(1, rows, 30)) {
        let group = groups.entry(key).or_default();
        *group = (group.0 + 1, group.1 + value);
    }
    groups.into_iter()
}

pub(super) fn groups(context: &mut Context, rows: usize, clock: &mut Clock) -> Result<(), MpcError> {
    let (keys, values) = grouped(context, rows)?;
    let Groups { keys, counts, mut sums, .. } = clock.time(context, |context| {
        let groups = group::sums(context, &keys, &[&values])?;
        verify(context, groups.counts.clone())?;
        Ok(groups)
    })?;
    drop(values);
    let sums = words(context, sums.pop().unwrap_or_else(|| Shares::zeros(0)))?;
    let (keys, counts) = (words(context, keys)?, words(context, counts)?);
    let found = keys.into_iter().zip(counts.into_iter().zip(sums));
    clock.compare(found.eq(expected_groups(rows)));
    Ok(())
}

pub(super) fn released_groups(context: &mut Context, rows: usize, clock: &mut Clock) -> Result<(), MpcError> {
    let (keys, values) = grouped(context, rows)?;
    let mut groups = clock.time(context, |context| {
        let groups = group::released_sums(context, &keys, &[&values])?;
        for sums in &groups.sums {
            verify(context, sums.clone())?;
        }
        Ok(groups)
    })?;
    drop(values);
    let sums = words(context, groups.sums.pop().unwrap_or_else(|| Shares::zeros(0)))?;
    let found = groups.keys.into_iter().zip(groups.counts.into_iter().zip(sums));
    clock.compare(found.eq(expected_groups(rows)));
    Ok(())
}

/// Distinct keys: an odd factor permutes the words of 32 bits.
fn left_key(row: usize) -> u64 {
    u64::from((row as u32).wrapping_mul(0x9e37_79b1))
}

/// Of the rows on the right, half have a key of the left table.
fn right_key(row: usize, rows: usize) -> u64 {
    left_key((value(2, row, 32) % (2 * rows as u64)) as usize)
}

pub(super) fn join(context: &mut Context, rows: usize, clock: &mut Clock) -> Result<(), MpcError> {
    let left: Shares<B64> = given(context, Role::First, rows, (0..rows).map(left_key))?;
    let figures: Shares<Z64> = given(context, Role::First, rows, column(3, rows, 30))?;
    let right: Shares<B64> = given(context, Role::Second, rows, (0..rows).map(|row| right_key(row, rows)))?;
    let mut joined = clock.time(context, |context| {
        let (left, right) = (Planes::of_words(&left, KEY), Planes::of_words(&right, KEY));
        let joined = yinshu_mpc::join::join(context, &left, &[&figures], &right)?;
        verify(context, joined.matched.clone())?;
        Ok(joined)
    })?;
    drop((left, figures, right));
    let carried = words(context, joined.columns.pop().unwrap_or_else(|| Shares::zeros(0)))?;
    let matched = words(context, joined.matched)?;
    let table: HashMap<u64, u64> = (0..rows).map(left_key).zip(column(3, rows, 30)).collect();
    let found = matched.into_iter().zip(carried);
    let expected = (0..rows).map(|row| match table.get(&right_key(row, rows)) {
        Some(&figure) => (1, figure),
        None => (0, 0),
    });
    clock.compare(found.eq(expected));
    Ok(())
}
