//! Shares of "are these two words equal?" for many pairs, of which each party knows one word: 64 pairs at a time.
//!
//! Bits of one party that are all to be equal to those of the other are compared four at a time by looking them up
//! in a table that comes by 1-out-of-16 transfer, as D. Rathee, M. Rathee, N. Kumar, N. Chandran, D. Gupta, A. Rastogi,
//! R. Sharma, "CrypTFlow2", CCS 2020, section 3.1, do in comparisons. Where they multiply the results, these are
//! looked up again: "four shared bits are all one" is "four bits of one party are the complement of four of the
//! other" (G. Couteau, "New Protocols for Secure Equality Test and Comparison", ACNS 2018, likewise reduces an equality
//! test to a shorter one). Of ℓ bits that takes (ℓ − 1)/3 transfers, 20 for 61; products of bits from multiplication
//! triples took 2·(ℓ − 1).
//!
//! # A level
//!
//! Each piece of up to four shared bits becomes one shared bit; a single bit left over goes on to the next level as it is.
//! With the pads `P_a` of a random transfer ([`yinshu_ot::sixteen`]) of which the chooser has the choice u and
//! `P_u`, the keeper, with the complement t of its shares, sends the table `E_a` = `P_a` + \[a = t\] + s for a from 1 to
//! 15, where s = `P_0` + \[0 = t\], so that `E_0` is zero and need not be sent. Then s and `E_u` + `P_u` are shares of
//! \[u = t\]. On the first level the chooser's word *is* what its transfers chose, u for u. On others it first sends
//! d = u + its shares, and the keeper takes t + d for t.

use super::msg::TABLE;
use yinshu_crypto::bits::transpose;
use yinshu_ot::sixteen::{CHOICE, Chosen, Pads, minterms, select};
use zeroize::{Zeroize, Zeroizing};

/// How many pieces a level has that begins with so many bits.
fn pieces(bits: usize) -> usize {
    if bits > 1 { bits / CHOICE + usize::from(bits % CHOICE > 1) } else { 0 }
}

/// How many pieces each level has, the first one first, for words of so many bits.
pub(super) fn levels(bits: u32) -> Vec<usize> {
    let next = |&bits: &usize| Some(pieces(bits) + usize::from(bits % CHOICE == 1)).filter(|_| bits > 1);
    let all = std::iter::successors(Some(bits as usize), next);
    all.map(pieces).filter(|pieces| *pieces > 0).collect()
}

/// How many groups of 64 transfers the first level of a comparison takes.
pub(super) fn first_groups(pairs: usize, bits: u32) -> usize {
    pairs.div_ceil(64) * pieces(bits as usize)
}

/// The words whose equality will be found, by the party whose transfers chose: see [`Chooser::new`] for `single`.
pub(super) fn words(
    pairs: usize,
    bits: u32,
    choices: &[[u64; CHOICE]],
    single: &[u64],
) -> Zeroizing<Vec<u64>> {
    let mut words = Zeroizing::new(Vec::with_capacity(pairs.next_multiple_of(64)));
    let mut square = Zeroizing::new([0; 64]);
    for (choices, single) in choices.chunks(pieces(bits as usize)).zip(single) {
        let row = choices.as_flattened();
        square.fill(0);
        square[..row.len()].copy_from_slice(row);
        if bits as usize % CHOICE == 1 {
            square[row.len()] = *single;
        }
        transpose(&mut square);
        words.extend_from_slice(&*square);
    }
    words.truncate(pairs);
    words
}

/// How many groups of 64 transfers a comparison of `pairs` pairs of `bits` bits takes.
pub(super) fn groups(pairs: usize, bits: u32) -> usize {
    pairs.div_ceil(64) * levels(bits).iter().sum::<usize>()
}

/// One party's shares on their way through the levels: for each 64 pairs a row of words, one for each bit that is left.
struct Walk {
    pairs: usize,
    each: usize,
    bits: Vec<u64>,
    /// Groups of transfers that the levels before used up.
    used: usize,
    /// Pieces of this level that are done, and their results.
    done: usize,
    results: Vec<u64>,
}

impl Drop for Walk {
    fn drop(&mut self) {
        self.bits.zeroize();
        self.results.zeroize();
    }
}

impl Walk {
    fn new(pairs: usize, bits: Vec<u64>) -> Self {
        let each = bits.len() / pairs.div_ceil(64).max(1);
        let mut walk = Self { pairs, each, bits, used: 0, done: 0, results: Vec::new() };
        walk.make_room();
        walk
    }

    fn make_room(&mut self) {
        self.results = Vec::with_capacity(self.pairs.div_ceil(64) * (pieces(self.each) + 1));
    }

    /// Pieces of this level in all.
    fn total(&self) -> usize {
        self.pairs.div_ceil(64) * pieces(self.each)
    }

    /// The bits of a piece, zeros after the last, and how many there are.
    #[inline]
    fn piece(&self, at: usize) -> ([u64; CHOICE], usize) {
        let (row, piece) = (at / pieces(self.each), at % pieces(self.each));
        let row = &self.bits[row * self.each..][..self.each];
        let own = &row[CHOICE * piece..row.len().min(CHOICE * (piece + 1))];
        let mut bits = [0; CHOICE];
        bits.iter_mut().zip(own).for_each(|(to, bit)| *to = *bit);
        (bits, own.len())
    }

    /// Takes the next piece's result.
    #[inline]
    fn put(&mut self, result: u64) {
        self.results.push(result);
        self.done += 1;
        if self.each % CHOICE == 1 && self.done.is_multiple_of(pieces(self.each)) {
            self.results.push(self.bits[self.done / pieces(self.each) * self.each - 1]);
        }
    }

    /// On to the next level, if this one is done.
    fn step(&mut self) {
        if self.done == self.total() && self.done > 0 {
            self.used += self.done;
            self.each = pieces(self.each) + usize::from(self.each % CHOICE == 1);
            self.bits.zeroize();
            self.bits = std::mem::take(&mut self.results);
            self.done = 0;
            self.make_room();
        }
    }

    /// The shares when one bit is left: zeros after the last pair.
    fn finish(mut self) -> Vec<u64> {
        let mut shares = std::mem::take(&mut self.bits);
        if let Some(last) = shares.last_mut() {
            *last &= u64::MAX >> (64 * self.pairs.div_ceil(64) - self.pairs);
        }
        shares
    }
}

/// The party that fills the tables.
pub(super) struct Keeper {
    walk: Walk,
    pads: Pads,
}

impl Keeper {
    /// With the own words, of which the lowest `bits` count, and the pads of [`groups`].
    pub(super) fn new(words: &[u64], bits: u32, pads: Pads) -> Self {
        let mut rows = Vec::with_capacity(words.len().div_ceil(64) * bits as usize);
        let mut square = Zeroizing::new([0; 64]);
        for chunk in words.chunks(64) {
            square.fill(0);
            square[..chunk.len()].copy_from_slice(chunk);
            transpose(&mut square);
            // One party adds 1: bits are equal where the sum of both is one.
            rows.extend(square[..bits as usize].iter().map(|bits| !bits));
        }
        Self { walk: Walk::new(words.len(), rows), pads }
    }

    /// How many tables this level still has; 0 after the last level.
    pub(super) fn due(&self) -> usize {
        self.walk.total() - self.walk.done
    }

    /// How many tables all levels have, before the first.
    pub(super) fn all(&self) -> usize {
        self.pads.pads.len()
    }

    /// Are choices of the peer needed for tables?
    pub(super) fn takes_choices(&self) -> bool {
        self.walk.used > 0
    }

    /// The next `count` tables, for as many choices where the level takes them.
    pub(super) fn tables(&mut self, count: usize, choices: &[[u64; CHOICE]]) -> Vec<[u64; TABLE]> {
        let start = self.walk.done;
        let mut tables = Vec::with_capacity(count);
        for at in start..start + count {
            let (mut own, bits) = self.walk.piece(at);
            own[..bits].iter_mut().for_each(|word| *word = !*word);
            if let Some(choice) = choices.get(at - start) {
                own.iter_mut().zip(choice).for_each(|(word, d)| *word ^= d);
            }
            let mut table = minterms(&own);
            let pads = &self.pads.pads[self.walk.used + at];
            table.iter_mut().zip(pads).for_each(|(entry, pad)| *entry ^= pad);
            let share = table[0];
            tables.push(std::array::from_fn(|a| table[a + 1] ^ share));
            self.walk.put(share);
        }
        self.walk.step();
        tables
    }

    /// The shares, after the last level.
    pub(super) fn finish(self) -> Vec<u64> {
        self.walk.finish()
    }
}

/// The party whose transfers chose.
pub(super) struct Chooser {
    walk: Walk,
    chosen: Chosen,
    /// Pieces of this level for which choices were sent.
    asked: usize,
}

impl Chooser {
    /// With what the transfers of [`groups`] chose. `single` are random bits, 64 pairs in a word, for the one bit of a word
    /// that no transfer chooses where the bits are one more than a multiple of four (and never two or three).
    pub(super) fn new(pairs: usize, bits: u32, chosen: Chosen, single: &[u64]) -> Self {
        let first = pieces(bits as usize);
        let mut rows = Vec::with_capacity(single.len() * bits as usize);
        for (choices, single) in chosen.choices.chunks(first).zip(single) {
            rows.extend_from_slice(choices.as_flattened());
            rows.extend((bits as usize % CHOICE == 1).then_some(*single));
        }
        Self { walk: Walk::new(pairs, rows), chosen, asked: 0 }
    }

    /// How many tables this level still awaits; 0 after the last level.
    pub(super) fn due(&self) -> usize {
        self.walk.total() - self.walk.done
    }

    /// For how many pieces of this level choices are still to be sent.
    pub(super) fn unasked(&self) -> usize {
        if self.walk.used > 0 { self.walk.total() - self.asked } else { 0 }
    }

    /// The next `count` choices.
    pub(super) fn choices(&mut self, count: usize) -> Vec<[u64; CHOICE]> {
        let pieces = self.asked..self.asked + count;
        self.asked += count;
        let choice = |at: usize| {
            let (mut own, _) = self.walk.piece(at);
            let chosen = &self.chosen.choices[self.walk.used + at];
            own.iter_mut().zip(chosen).for_each(|(word, u)| *word ^= u);
            own
        };
        pieces.map(choice).collect()
    }

    /// Takes the next tables, at most as many as are due.
    pub(super) fn absorb(&mut self, tables: &[[u64; TABLE]]) {
        for table in tables {
            let at = self.walk.used + self.walk.done;
            let mut entries = [0; TABLE + 1];
            entries[1..].copy_from_slice(table);
            self.walk.put(select(&entries, &self.chosen.choices[at]) ^ self.chosen.pads[at]);
        }
        self.walk.step();
        if self.walk.done == 0 {
            self.asked = 0;
        }
    }

    /// The shares, after the last level.
    pub(super) fn finish(self) -> Vec<u64> {
        self.walk.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};
    use yinshu_ot::sixteen;

    /// Both parties' words and shares; `alter` makes the keeper's word of the chooser's.
    fn compare(
        pairs: usize,
        bits: u32,
        alter: impl Fn((usize, &u64)) -> u64,
    ) -> (Vec<u64>, Vec<u64>, Vec<bool>) {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let (pads, chosen) = sixteen::ideal(groups(pairs, bits), &mut rng);
        let single: Vec<u64> = (0..pairs.div_ceil(64)).map(|_| rng.next_u64()).collect();
        let one = words(pairs, bits, &chosen.choices, &single).to_vec();
        let mut chooser = Chooser::new(pairs, bits, chosen, &single);
        let two: Vec<u64> = one.iter().enumerate().map(alter).collect();
        let mut keeper = Keeper::new(&two, bits, pads);
        while keeper.due() > 0 {
            assert_eq!(keeper.due(), chooser.due());
            let count = keeper.due().min(5);
            let choices = if keeper.takes_choices() { chooser.choices(count) } else { Vec::new() };
            chooser.absorb(&keeper.tables(count, &choices));
        }
        assert_eq!(chooser.due(), 0);
        let (a, b) = (keeper.finish(), chooser.finish());
        let equal = (0..pairs).map(|at| (a[at / 64] ^ b[at / 64]) >> (at % 64) & 1 == 1).collect();
        (one, two, equal)
    }

    #[test]
    fn equal_words_are_found() {
        for (pairs, bits) in [(0, 52), (1, 4), (1, 5), (63, 8), (64, 49), (65, 61), (300, 64), (129, 60)] {
            let mask = u64::MAX >> (64 - bits);
            let (one, two, equal) = compare(pairs, bits, |(at, word)| match at % 3 {
                0 => *word,
                1 => word ^ 1 << (at as u32 % bits),
                _ => !word & mask,
            });
            assert!(one.iter().all(|word| word & !mask == 0));
            let expected: Vec<bool> = one.iter().zip(&two).map(|(one, two)| one == two).collect();
            assert_eq!(equal, expected, "{pairs} pairs of {bits} bits");
        }
    }

    /// A difference in any bit counts.
    #[test]
    fn every_bit_is_compared() {
        for bits in [49, 52, 61, 64] {
            let (_, _, equal) = compare(64, bits, |(at, word)| word ^ 1 << (at as u32 % bits));
            assert!(equal.iter().all(|equal| !equal), "{bits}");
        }
    }

    #[test]
    fn pieces_of_each_level() {
        assert_eq!(levels(61), [15, 4, 1]);
        assert_eq!(levels(64), [16, 4, 1]);
        assert_eq!(levels(49), [12, 3, 1]);
        assert_eq!(levels(60), [15, 4, 1]);
        assert_eq!(levels(1), [0; 0]);
        assert_eq!(groups(65, 61), 40);
    }
}
