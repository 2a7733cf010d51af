//! Complementary suppression: a hidden figure must not follow from a total and the figures beside it.
//!
//! Along every line of a table (all keys but one fixed) and over the whole, whoever is hidden must together be at
//! least the least group, and in at least two groups: totals are public, or may be asked for next. Of amounts, what is
//! hidden together must pass the rules of the largest contributors as well, since the total less the rest is the sum of
//! all that is hidden: a works beside one small shop would be told as closely as alone. Where the total itself is
//! dominated it is never released, and nothing is hidden for its sake.

use std::cmp::Reverse;
use std::collections::HashMap;

use roaring::RoaringBitmap;

use super::cells::{Part, Shares};
use super::primary;
use super::rules::Rules;

/// A group as this rule sees it.
pub(super) struct Place<'a> {
    /// Its values of the keys.
    pub(super) labels: &'a [Option<String>],
    /// Whoever the figure tells of.
    pub(super) persons: &'a RoaringBitmap,
    /// Whether nobody at all is in the group.
    pub(super) empty: bool,
    /// What a sum is made of; nothing of other figures.
    pub(super) amounts: Option<&'a Part>,
    /// Whether it is hidden already.
    pub(super) hidden: bool,
    /// Whether that is by a rule about itself, and not for the sake of others.
    pub(super) itself: bool,
    /// Whether its set was released before, so that hiding it now hides little.
    pub(super) known: bool,
}

/// Groups of which all keys but one are the same, or all groups.
struct Line {
    places: Vec<usize>,
    /// Whether nobody is in two of them.
    apart: bool,
    /// Whether a few contributors make up most of all of it.
    dominated: bool,
}

/// Which groups more must be hidden. `places` stand in the order of their labels; where hiding what was released
/// before hides nothing, `keep_known` leaves it.
pub(super) fn more(places: &[Place<'_>], rules: &Rules, keep_known: bool) -> Vec<usize> {
    let mut hidden: Vec<bool> = places.iter().map(|p| p.hidden).collect();
    if !hidden.contains(&true) {
        return Vec::new();
    }
    let lines: Vec<Line> = lines(places).into_iter().map(|line| Line::of(line, places, rules)).collect();
    let mut of: Vec<Vec<usize>> = vec![Vec::new(); places.len()];
    for (l, line) in lines.iter().enumerate() {
        for i in &line.places {
            of[*i].push(l);
        }
    }
    let mut open: Vec<bool> = lines.iter().map(|line| line.lacks(places, &hidden, rules)).collect();
    let mut added = Vec::new();
    while let Some(l) = open.iter().position(|open| *open) {
        let stays = |i: usize| hidden[i] || keep_known && places[i].known;
        let candidates = lines[l].places.iter().filter(|i| !stays(**i));
        let mends = |i: usize| of[i].iter().filter(|l| open[**l]).count();
        // Whatever mends most lines, then the least loss, then the first. Of amounts, what is enough by itself comes
        // before all else, and then what brings the most.
        let together = lines[l].together(places, |i| hidden[i], rules);
        let by_amounts = |i: usize| {
            let mut with = together.clone();
            join(&mut with, places[i].amounts, lines[l].apart, rules.looks_at());
            let enough = lines[l].dominated || primary::concentrated(&with, rules).is_none();
            let amount = places[i].amounts.map_or(0, |part| part.absolute);
            (!enough, Reverse(if enough { 0 } else { amount }))
        };
        let best = candidates.min_by_key(|i| {
            let place = &places[**i];
            (place.known, by_amounts(**i), Reverse(mends(**i)), place.persons.len(), **i)
        });
        let Some(best) = best.copied() else {
            open[l] = false;
            continue;
        };
        hidden[best] = true;
        added.push(best);
        for l in &of[best] {
            open[*l] = lines[*l].lacks(places, &hidden, rules);
        }
    }
    added
}

/// The whole, and all groups that differ in one key alone.
pub(super) fn lines(places: &[Place<'_>]) -> Vec<Vec<usize>> {
    let mut lines = vec![(0..places.len()).collect::<Vec<_>>()];
    let keys = places.first().map_or(0, |p| p.labels.len());
    if keys > 1 {
        for key in 0..keys {
            let mut along: HashMap<Vec<&Option<String>>, usize> = HashMap::new();
            for (i, place) in places.iter().enumerate() {
                let fixed =
                    place.labels.iter().enumerate().filter(|(k, _)| *k != key).map(|(_, v)| v).collect();
                let line = *along.entry(fixed).or_insert_with(|| {
                    lines.push(Vec::new());
                    lines.len() - 1
                });
                lines[line].push(i);
            }
        }
    }
    lines
}

impl Line {
    fn of(of: Vec<usize>, places: &[Place<'_>], rules: &Rules) -> Self {
        let amounts = of.iter().any(|i| places[*i].amounts.is_some());
        let (mut all, mut apart) = (RoaringBitmap::new(), true);
        for i in of.iter().filter(|_| amounts) {
            apart &= all.is_disjoint(places[*i].persons);
            all |= places[*i].persons;
        }
        let mut line = Self { places: of, apart, dominated: false };
        let whole = line.together(places, |_| true, rules);
        line.dominated = amounts && primary::concentrated(&whole, rules).is_some();
        line
    }

    /// Whether something is hidden, but too little.
    fn lacks(&self, places: &[Place<'_>], hidden: &[bool], rules: &Rules) -> bool {
        let (mut groups, mut empty, mut itself) = (0, false, false);
        let mut persons = RoaringBitmap::new();
        for i in self.places.iter().filter(|i| hidden[**i]) {
            // A group in which nobody is left is one of few; but beside it another's own figure is not hidden.
            if places[*i].empty {
                empty = true;
                continue;
            }
            groups += 1;
            itself |= places[*i].itself;
            if persons.len() < rules.least {
                persons |= places[*i].persons;
            }
            if groups >= 2 && persons.len() >= rules.least {
                break;
            }
        }
        let several = groups >= 2 || groups == 1 && empty && !itself;
        if !several || persons.len() < rules.least {
            return groups > 0 || empty;
        }
        !self.dominated
            && primary::concentrated(&self.together(places, |i| hidden[i], rules), rules).is_some()
    }

    /// The contributions to some of it.
    fn together(&self, places: &[Place<'_>], of: impl Fn(usize) -> bool, rules: &Rules) -> Part {
        let mut all = Part::default();
        for i in self.places.iter().filter(|i| of(**i)) {
            join(&mut all, places[*i].amounts, self.apart, rules.looks_at());
        }
        all
    }
}

/// Adds contributions of others, or of perhaps the same: then the greatest are taken to be of one person, as none can be
/// greater than that.
fn join(all: &mut Part, more: Option<&Part>, apart: bool, looks_at: usize) {
    let Some(more) = more else { return };
    merge((&mut all.largest, &mut all.absolute), (&more.largest, more.absolute), apart, looks_at);
    all.others.resize(all.others.len().max(more.others.len()), Shares::default());
    for (all, more) in all.others.iter_mut().zip(&more.others) {
        merge((&mut all.largest, &mut all.absolute), (&more.largest, more.absolute), apart, looks_at);
    }
}

fn merge(all: (&mut Vec<u128>, &mut u128), more: (&[u128], u128), apart: bool, looks_at: usize) {
    let (largest, absolute) = all;
    *absolute = absolute.saturating_add(more.1);
    if apart {
        largest.extend_from_slice(more.0);
        largest.sort_unstable_by(|a, b| b.cmp(a));
        largest.truncate(looks_at);
        return;
    }
    largest.resize(largest.len().max(more.0.len()), 0);
    for (known, size) in largest.iter_mut().zip(more.0) {
        *known = known.saturating_add(*size);
    }
}
