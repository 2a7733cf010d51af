//! Against everything released before: what combinations of released sets say of few persons.
//!
//! A released figure of a set of rows is a sum over that set of something nobody but the holder knows: ones for a
//! count, amounts for a sum. Whoever has several can add and subtract them with any factors. Such a combination
//! says something of exactly the persons whose factors do not cancel. **Guaranteed** is: no combination of
//! released sets, of all tables of all users in this history, in which a set of this release has a share, has
//! between one and `least` − 1 persons. That is over the rationals: what holds for them holds modulo a prime,
//! unless it divides some minor of the matrix of sets; the prime has 61 bits and is drawn from the secret, so
//! that it cannot be aimed at.
//!
//! Counts are taken together, and amounts of one column, or of columns that are declared to hold the same amounts or multiples
//! of them: counts with counts, amounts with amounts, which are counts as well where they are noughts and ones.
//! **Not guaranteed**: what follows from more than adding (counts are whole and not negative, so that sums near a
//! bound say more; two values fit the same variance), from knowledge from elsewhere, from data that changed
//! between two releases, from what was released under a lower `least`, and from a set of fewer than `least`
//! persons who already know their own figures.
//!
//! Memory is bounded (see [`atoms`]) and so is work; where a bound is met, what is new is hidden.

pub(super) mod atoms;
mod bands;
pub(super) mod field;
mod grow;
mod robust;
mod search;
mod span;

use roaring::RoaringBitmap;

use atoms::{Atoms, Full};
use field::Field;
use robust::{Robust, parts};
use span::{Row, TooMuch, Work};

/// The most terms that are looked at for one table, and in the search of one part.
const MOST_WORK: u64 = 400_000_000;
const MOST_SEARCH: u64 = 2_000_000;

/// A set that would be released.
pub(super) struct New<'a> {
    /// Its members.
    pub(super) members: &'a RoaringBitmap,
    /// Those who count twice, three times and so on.
    pub(super) layers: &'a [RoaringBitmap],
    /// How many persons: of several that could be hidden, the least is.
    pub(super) persons: u64,
}

/// What became of a set that would be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may be.
    Free,
    /// With it few persons could be singled out.
    Linked,
    /// Whether that is so could not be found out.
    Bound,
}

/// Judges the new sets together against those there are. The order of `new` decides among equals.
pub(super) fn judge(
    before: &Atoms,
    new: &[New<'_>],
    least: u64,
    owners: Option<&[u32]>,
    field: Field,
) -> Vec<Verdict> {
    let mut verdicts = vec![Verdict::Free; new.len()];
    if new.is_empty() || least < 2 {
        return verdicts;
    }
    let least = usize::try_from(least).unwrap_or(usize::MAX);
    if let Err(Spent) = judged(before, new, least, owners, field, &mut verdicts) {
        for verdict in verdicts.iter_mut().filter(|v| **v == Verdict::Free) {
            *verdict = Verdict::Bound;
        }
    }
    verdicts
}

/// A bound was met.
struct Spent;

impl From<Full> for Spent {
    fn from(_: Full) -> Self {
        Spent
    }
}

impl From<TooMuch> for Spent {
    fn from(_: TooMuch) -> Self {
        Spent
    }
}

fn judged(
    before: &Atoms,
    new: &[New<'_>],
    least: usize,
    owners: Option<&[u32]>,
    field: Field,
    verdicts: &mut [Verdict],
) -> Result<(), Spent> {
    let mut trial = before.clone();
    let mut columns = Vec::with_capacity(new.len());
    for set in new {
        columns.push(trial.add(set.members, set.layers)?);
    }
    let mut work = Work(MOST_WORK);
    let mut robust = Robust::new(&trial, least, owners, field);
    'again: loop {
        let live = robust.settle(&mut work)?;
        if live.is_empty() {
            return Ok(());
        }
        let one = field.one();
        let rows: Vec<Row> =
            columns.iter().map(|c| robust.span.resolve(&[(*c, one)], &mut work)).collect::<Result<_, _>>()?;
        for part in parts(&live) {
            let mut search = Work(MOST_SEARCH.min(work.0));
            let found = search::Search::run(&part, &rows, least, field, &mut search);
            work.spend((MOST_SEARCH.min(work.0) - search.0) as usize)?;
            let (shares, verdict) = match found {
                Ok(None) => continue,
                Ok(Some(shares)) => (shares, Verdict::Linked),
                Err(TooMuch) => (touching(&part, &rows), Verdict::Bound),
            };
            let Some(least_loss) = shares.into_iter().min_by_key(|i| (new[*i].persons, *i)) else { continue };
            // A combination in which this set has no share is orthogonal to its own column.
            robust.span.contract(&rows[least_loss]);
            verdicts[least_loss] = verdict;
            continue 'again;
        }
        return Ok(());
    }
}

/// The new sets that could have a share in a combination that sees this part.
fn touching(part: &[robust::Live], rows: &[Row]) -> Vec<usize> {
    let columns: std::collections::HashSet<u32> =
        part.iter().flat_map(|l| l.row.iter().map(|(c, _)| *c)).collect();
    (0..rows.len()).filter(|i| rows[*i].iter().any(|(c, _)| columns.contains(c))).collect()
}

#[cfg(test)]
mod tests;
