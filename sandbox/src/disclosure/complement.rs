//! Complementary suppression: a hidden figure must not follow from a total and the figures beside it.
//!
//! Along every line of a table (all keys but one fixed) and over the whole, whoever is hidden must together be at
//! least the least group, and in at least two groups: totals are public, or may be asked for next.

use std::collections::HashMap;

use roaring::RoaringBitmap;

/// A group as this rule sees it.
pub(super) struct Place<'a> {
    /// Its values of the keys.
    pub(super) labels: &'a [Option<String>],
    /// Whoever the figure tells of.
    pub(super) persons: &'a RoaringBitmap,
    /// Whether it is hidden already.
    pub(super) hidden: bool,
    /// Whether its set was released before, so that hiding it now hides little.
    pub(super) known: bool,
}

/// Which groups more must be hidden. `places` stand in the order of their labels; where hiding what was released
/// before hides nothing, `keep_known` leaves it.
pub(super) fn more(places: &[Place<'_>], least: u64, keep_known: bool) -> Vec<usize> {
    let mut hidden: Vec<bool> = places.iter().map(|p| p.hidden).collect();
    let lines = lines(places);
    let mut of: Vec<Vec<usize>> = vec![Vec::new(); places.len()];
    for (l, line) in lines.iter().enumerate() {
        for i in line {
            of[*i].push(l);
        }
    }
    let mut open: Vec<bool> = lines.iter().map(|line| lacks(line, places, &hidden, least)).collect();
    let mut added = Vec::new();
    while let Some(l) = open.iter().position(|o| *o) {
        // Whatever mends most lines, then the least loss, then the first.
        let stays = |i: usize| hidden[i] || keep_known && places[i].known;
        let candidates = lines[l].iter().filter(|i| !stays(**i));
        let mends = |i: usize| of[i].iter().filter(|l| open[**l]).count();
        let best = candidates.min_by_key(|i| {
            let place = &places[**i];
            (place.known, std::cmp::Reverse(mends(**i)), place.persons.len(), **i)
        });
        let Some(best) = best.copied() else {
            open[l] = false;
            continue;
        };
        hidden[best] = true;
        added.push(best);
        for l in &of[best] {
            open[*l] = lacks(&lines[*l], places, &hidden, least);
        }
    }
    added
}

/// The whole, and all groups that differ in one key alone.
fn lines(places: &[Place<'_>]) -> Vec<Vec<usize>> {
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

/// Whether something is hidden in a line, but too little.
fn lacks(line: &[usize], places: &[Place<'_>], hidden: &[bool], least: u64) -> bool {
    let (mut groups, mut persons) = (0, RoaringBitmap::new());
    for i in line.iter().filter(|i| hidden[**i]) {
        groups += 1;
        if persons.len() < least {
            persons |= places[*i].persons;
        }
        if groups >= 2 && persons.len() >= least {
            return false;
        }
    }
    groups > 0
}
