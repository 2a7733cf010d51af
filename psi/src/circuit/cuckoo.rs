//! Cuckoo hashing with three hash functions and no stash: every item lies in one of its three bins, and no two in one.
//!
//! B. Pinkas, T. Schneider, M. Zohner, "Scalable Private Set Intersection Based on OT Extension", ACM TOPS 2018,
//! section 7.1, and PSTY19, section 6, take m = 1.27 n from experiments with failure extrapolated to 2^-40. [`security`]
//! bounds it here without experiments: it falls with n, so that few items take more bins, n + [`SPARE`].

use std::collections::{HashMap, VecDeque};
use yinshu_crypto::prefetch::prefetch;

/// How many bins more than items there are at least.
pub const SPARE: u64 = 400;

/// The most bins: tags then have 64 bits.
pub const MOST_BINS: u64 = 1 << 24;

/// The most items, for [`MOST_BINS`].
pub const MOST_ITEMS: u64 = MOST_BINS * 100 / 127;

/// How many bins there are for so many items: ⌈1.27 n⌉, or n + [`SPARE`] if that is more.
pub fn bins(items: u64) -> usize {
    usize::try_from((items * 127).div_ceil(100).max(items + SPARE)).expect("2^24 for the most items")
}

/// −log2 of a bound on the probability that `items` items have no place in `bins` bins, three distinct ones
/// uniform for each.
///
/// By Hall's theorem there is no place for all only if some t items have all their bins among b < t. Take such a set of
/// bins with t − b largest and no more bins than needed: then it has exactly t items inside, and each of its bins
/// belongs to two of them at least (one with fewer could be left out with its item). So the probability is at most
/// the sum over b and t > b of
///
/// C(m, b) · C(n, t) · W(b, t) / (m(m − 1)(m − 2))^t · (1 − p)^(n − t), where p = C(b, 3) / C(m, 3)
///
/// and W counts the ways to choose: at most (b(b − 1)(b − 2))^t, and at most those in which each of b bins is chosen
/// twice or more, (3t)! · (e^z − 1 − z)^b / z^(3t) for every z > 0 (the coefficients of its power series in z are
/// all positive).
///
/// For large `items` only every 64th b (and so on, in proportion) is computed and counted for those up to the next:
/// good to a few bits.
pub fn security(items: u64, bins: usize) -> f64 {
    let (n, m) = (items as f64, bins as f64);
    let falling = |x: f64| (x * (x - 1.0) * (x - 2.0)).ln();
    let factorials = Factorials::new();
    let mut probability = 0.0;
    let mut b = 3;
    while (b as u64) < items && b <= bins {
        let step = (b / 64).max(1);
        let inside = (falling(b as f64) - falling(m)).exp();
        let mut before = f64::NEG_INFINITY;
        for t in b + 1..=items as usize {
            let ways = (t as f64 * falling(b as f64)).min(twice_or_more(b, t, &factorials));
            let outside = if t as u64 == items { 0.0 } else { (n - t as f64) * (-inside).ln_1p() };
            let choices = factorials.choose(bins, b) + factorials.choose(items as usize, t);
            let term = choices + ways - t as f64 * falling(m) + outside;
            probability += term.exp() * step as f64;
            if term < before && term < probability.ln() - 20.0 {
                break;
            }
            before = term;
        }
        b += step;
    }
    -probability.log2()
}

/// ln of a bound on the sequences of length 3t over b bins with each bin twice or more.
fn twice_or_more(b: usize, t: usize, factorials: &Factorials) -> f64 {
    let (bins, balls) = (b as f64, 3.0 * t as f64);
    let excess = |z: f64| z.exp_m1() - z;
    // The least is where z·(e^z − 1) / (e^z − 1 − z) is the number of balls in a bin; any z gives a bound.
    let (mut low, mut high) = (1e-3, balls / bins + 1.0);
    for _ in 0..40 {
        let z = f64::midpoint(low, high);
        if z * z.exp_m1() / excess(z) < balls / bins { low = z } else { high = z }
    }
    factorials.ln(3 * t) + bins * excess(high).ln() - balls * high.ln()
}

/// Logarithms of factorials: from a table, and of large numbers by Stirling's series, of which what is left out is below
/// 2^-60 there.
struct Factorials([f64; 1 << 10]);

impl Factorials {
    fn new() -> Self {
        let mut all = [0.0; 1 << 10];
        (1..all.len()).for_each(|n| all[n] = all[n - 1] + (n as f64).ln());
        Self(all)
    }

    fn ln(&self, n: usize) -> f64 {
        let x = n as f64;
        let series = || 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1_260.0 * x.powi(5));
        let stirling = || x * (x.ln() - 1.0) + (std::f64::consts::TAU * x).ln() / 2.0 + series();
        self.0.get(n).copied().unwrap_or_else(stirling)
    }

    fn choose(&self, n: usize, k: usize) -> f64 {
        self.ln(n) - self.ln(k) - self.ln(n - k)
    }
}

/// An empty bin, and an item without one.
pub(super) const NONE: u32 = u32::MAX;

/// How often items are moved at random before a place is looked for everywhere.
const MOST_MOVES: u64 = 200;

/// How many items before one is placed its bins are fetched.
const AHEAD: usize = 16;

/// Puts items into `bins` bins; `choices` are the three bins of each, none for an item that takes no place. Returns the
/// item in each bin, or [`NONE`]. `None` if, and only if, there is no way to place them all.
///
/// Its time depends on the items.
pub(super) fn vartime_place(choices: &[Option<[u32; 3]>], bins: usize) -> Option<Vec<u32>> {
    let mut table = vec![NONE; bins];
    for (item, choice) in (0u32..).zip(choices) {
        if let Some(Some(later)) = choices.get(item as usize + AHEAD) {
            later.iter().for_each(|&bin| prefetch(&table, bin as usize));
        }
        if choice.is_none() {
            continue;
        }
        if let Some(homeless) = walk(choices, &mut table, item) {
            search(choices, &mut table, homeless)?;
        }
    }
    Some(table)
}

fn of(choices: &[Option<[u32; 3]>], item: u32) -> [u32; 3] {
    choices[item as usize].expect("only items with bins are placed")
}

/// Places an item where a bin is empty, else moves another one; returns the one that has no place in the end.
fn walk(choices: &[Option<[u32; 3]>], table: &mut [u32], mut item: u32) -> Option<u32> {
    let mut came_from = NONE;
    for moves in 0..MOST_MOVES {
        let own = of(choices, item);
        if let Some(&empty) = own.iter().find(|&&bin| table[bin as usize] == NONE) {
            table[empty as usize] = item;
            return None;
        }
        // Any of the three but the one it was put out of.
        let mixed = (u64::from(item) << 32 | moves).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let mut at = mixed as usize % 3;
        if own[at] == came_from {
            at = (at + 1) % 3;
        }
        came_from = own[at];
        item = std::mem::replace(&mut table[own[at] as usize], item);
    }
    Some(item)
}

/// Looks, breadth first, for a chain of moves that ends in an empty bin, and makes it.
fn search(choices: &[Option<[u32; 3]>], table: &mut [u32], homeless: u32) -> Option<()> {
    let mut reached_by = HashMap::new();
    let mut next = VecDeque::from([homeless]);
    while let Some(item) = next.pop_front() {
        for bin in of(choices, item) {
            if reached_by.contains_key(&bin) {
                continue;
            }
            reached_by.insert(bin, item);
            match table[bin as usize] {
                NONE => {
                    make_moves(table, &reached_by, bin, homeless);
                    return Some(());
                }
                other => next.push_back(other),
            }
        }
    }
    None
}

/// From the empty bin back: each item goes where it was reached from.
fn make_moves(table: &mut [u32], reached_by: &HashMap<u32, u32>, empty: u32, homeless: u32) {
    let home: HashMap<u32, u32> =
        reached_by.keys().map(|&bin| (table[bin as usize], bin)).filter(|&(item, _)| item != NONE).collect();
    let mut bin = empty;
    loop {
        let item = reached_by[&bin];
        table[bin as usize] = item;
        if item == homeless {
            return;
        }
        bin = home[&item];
    }
}
