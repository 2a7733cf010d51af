//! Values by their rank, found by dividing ranges.
//!
//! At each bound every party shares how many of its values are at most that; whether all together are as many as the rank asks
//! is all that opens, to all three. Of the value that is found each of these bits follows, so that they tell no more. Where a
//! party may cheat, its numbers must not fall as the bounds rise, nor be more than its rows: at every step it is held to what it
//! said before, and it can do no more than a party that chose its table while the values were being found.

use super::AtMost;
use super::layout::{Layout, clamped};
use yinshu_mpc::araki16::{input, open};
use yinshu_mpc::bits::{compose, less};
use yinshu_mpc::release::declared::not_negative;
use yinshu_mpc::{Context, MpcError, Role, Shares, Z64, verify};

/// A value that is looked for: the least of which `thousandths` · n + `more` thousandths of a row are at most that, of n rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run::stats) struct Rank {
    pub(in crate::run::stats) thousandths: u64,
    pub(in crate::run::stats) more: i64,
}

/// Of a measure whose values have these bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::run::stats) struct Wanted {
    /// `column.word`, as results have it.
    pub(in crate::run::stats) name: String,
    /// The number of the measure among all of the contract.
    pub(in crate::run::stats) measure: usize,
    pub(in crate::run::stats) bounds: [i64; 2],
    pub(in crate::run::stats) rank: Rank,
}

/// Into how many parts a range is divided at a time.
const PARTS: i128 = 16;

/// How many bounds divide it.
const BOUNDS: usize = PARTS as usize - 1;

/// The bounds that divide a range: each is less than its end.
fn bounds([low, high]: [i64; 2]) -> impl Iterator<Item = i64> {
    let width = i128::from(high) - i128::from(low);
    (1..PARTS).map(move |part| clamped(i128::from(low) + width * part / PARTS))
}

/// Where a search has come to, by figure.
struct Search {
    ranges: Vec<[i64; 2]>,
    /// Of each party: how many of its values are below the range, and how many are at most its end.
    known: [[Shares<Z64>; 2]; 3],
}

impl Search {
    fn open(&self) -> bool {
        self.ranges.iter().any(|[low, high]| low < high)
    }

    /// With what was said of the bounds, and for each figure the first of them that is enough.
    fn narrow(&mut self, asked: &[(usize, i64)], said: &[Shares<Z64>; 3], enough: &[usize]) {
        let figures = self.ranges.len();
        // Places in: what is known of the lower ends, of the bounds, of the upper ends.
        let (mut lower, mut upper) = (Vec::new(), Vec::new());
        let each = self.ranges.iter_mut().zip(asked.chunks(BOUNDS)).zip(enough).enumerate();
        for (figure, ((range, asked), &enough)) in each {
            let at = figures + figure * BOUNDS;
            let (mut low, mut high) = (figure, figures * (1 + BOUNDS) + figure);
            if range[0] < range[1] {
                if let Some((_, bound)) = asked.get(enough) {
                    (range[1], high) = (*bound, at + enough);
                }
                if let Some(before) = enough.checked_sub(1) {
                    // Of honest counts it never lies above.
                    (range[0], low) = ((asked[before].1 + 1).min(range[1]), at + before);
                }
            }
            lower.push(low);
            upper.push(high);
        }
        for ([low, high], said) in self.known.iter_mut().zip(said) {
            let all = Shares::concat([&*low, said, &*high]);
            (*low, *high) = (all.gather(&lower), all.gather(&upper));
        }
    }

    /// Of a party, by how much each number is above the one before.
    fn steps(&self, party: usize, said: &Shares<Z64>) -> Shares<Z64> {
        let ([low, high], figures) = (&self.known[party], self.ranges.len());
        let all = Shares::concat([low, said, high]);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for figure in 0..figures {
            let bounds = (0..BOUNDS).map(|bound| figures + figure * BOUNDS + bound);
            before.extend(std::iter::once(figure).chain(bounds.clone()));
            after.extend(bounds.chain([figures * (1 + BOUNDS) + figure]));
        }
        all.gather(&after).minus(&all.gather(&before))
    }
}

/// The values of figures that are shown (`places`), of which `each` party has so many rows.
pub(super) fn find(
    context: &mut Context,
    layout: &Layout,
    (wanted, places): (&Wanted, &[usize]),
    each: &[Shares<Z64>; 3],
    at_most: AtMost<'_>,
) -> Result<Vec<i64>, MpcError> {
    let role = context.role();
    let rows = each[0].plus(&each[1]).plus(&each[2]);
    let limits = rows.times(Z64(wanted.rank.thousandths)).plus_public(role, Z64::from(wanted.rank.more));
    // Both sides are at most a thousand times the rows, and the rank's own.
    let most = (layout.rows[1] + wanted.rank.more.unsigned_abs() / 1000 + 1).saturating_mul(1000);
    let bits = (u64::BITS - most.leading_zeros() + 2) as usize;
    let known = each.each_ref().map(|own| [Shares::zeros(own.len()), own.clone()]);
    let mut search = Search { ranges: vec![wanted.bounds; places.len()], known };
    while search.open() {
        let asked = places.iter().zip(&search.ranges);
        let asked = asked.flat_map(|(&at, &range)| bounds(range).map(move |bound| (at, bound)));
        let asked: Vec<(usize, i64)> = asked.collect();
        let own = at_most(wanted.measure, &asked);
        let mut share = |owner| input(context, owner, (owner == role).then_some(own.as_slice()), asked.len());
        let said = [share(Role::First)?, share(Role::Second)?, share(Role::Third)?];
        let steps = [0, 1, 2].map(|party| search.steps(party, &said[party]));
        not_negative(context, steps.each_ref())?;
        let below = said[0].plus(&said[1]).plus(&said[2]).times(Z64(1000));
        let whose: Vec<usize> = (0..asked.len()).map(|at| at / BOUNDS).collect();
        let few = less(context, &below, &limits.gather(&whose), bits)?;
        let few = compose(context, &few, asked.len())?;
        let few = verify(context, few)?;
        let few = open(context, &few)?;
        let enough = |few: &[Z64]| few.iter().position(|few| few.0 == 0).unwrap_or(BOUNDS);
        let enough: Vec<usize> = few.chunks(BOUNDS).map(enough).collect();
        search.narrow(&asked, &said, &enough);
    }
    Ok(search.ranges.into_iter().map(|[low, _]| low).collect())
}
