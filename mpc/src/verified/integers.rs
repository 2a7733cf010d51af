//! Claims modulo 2^64 as sums over the integers of random subsets of them, and these as one modulo a random prime.

use super::field::{Field, random};
use super::prime::{Prime, Residue};
use super::record::{Gram, Record, Seat, Side};
use crate::pool::{self, wipe};
use crate::products::{near, pairs};
use yinshu_crypto::keystream::KeyStream;

/// Subsets of claims that are drawn. A claim that is wrong modulo 2^64 leaves the sum of each of them wrong with 1/2.
pub(super) const SUMS: usize = 8 * BYTES;
/// Bytes of a claim's weight: bit k says whether it belongs to subset k.
const BYTES: usize = 6;

/// Bits of the sum over a subset, shared among the verifiers over the integers: [`SHARE`] words of the one hide it,
/// [`TOTAL`] of the other.
#[cfg_attr(not(test), expect(dead_code, reason = "a test compares it with the size of primes"))]
pub(super) const TOTAL_BITS: u32 = 64 * TOTAL as u32;
/// Words of the left verifier's share, in two's complement.
pub(super) const TOTAL: usize = 5;
/// Words of the right verifier's share, without sign. A sum of n products is below n·2^129: it is hidden up to n·2^-127.
pub(super) const SHARE: usize = 4;

/// Weights are made this many at a time.
const AHEAD: usize = 1024;

/// Products that are worked on at a time, so few that they stay in a core's cache.
const PIECE: usize = 1 << 10;

/// Streams of weights from here on are those of products of every two vectors; before are those of both banks and of moved rows.
const GRAMS: usize = 1 << 32;

/// For each output of a bank or of moved rows, a weight: its bits, or what they stand for modulo a prime.
struct Weights<'a> {
    stream: &'a KeyStream,
    bank: usize,
    factors: Option<&'a Factors>,
    drawn: usize,
    words: [u64; AHEAD],
}

impl<'a> Weights<'a> {
    fn new(stream: &'a KeyStream, bank: usize, factors: Option<&'a Factors>) -> Self {
        Self { stream, bank, factors, drawn: 0, words: [0; AHEAD] }
    }

    fn fill(&mut self, mut out: &mut [u64]) {
        while !out.is_empty() {
            let at = self.drawn % AHEAD;
            if at == 0 {
                self.stream.words(self.bank as u64, self.drawn as u64, &mut self.words);
                if let Some(factors) = self.factors {
                    self.words.iter_mut().for_each(|word| *word = factors.of(*word));
                }
            }
            let (now, later) = out.split_at_mut(out.len().min(AHEAD - at));
            now.copy_from_slice(&self.words[at..at + now.len()]);
            self.drawn += now.len();
            out = later;
        }
    }

    fn next(&mut self) -> u64 {
        let mut one = [0];
        self.fill(&mut one);
        one[0]
    }

    fn all(stream: &'a KeyStream, bank: usize, factors: Option<&'a Factors>, count: usize) -> Vec<u64> {
        let mut words = vec![0; count];
        Weights::new(stream, bank, factors).fill(&mut words);
        words
    }
}

/// A random factor for the sum over each subset, modulo a prime: then what is claimed about all of them is one claim, in which
/// the weight of a product is the sum of the factors of the subsets that it belongs to.
pub(super) struct Factors {
    each: [Residue; SUMS],
    /// For each byte of a weight the sum of its factors, below the prime.
    by_byte: Box<[[u64; 256]; BYTES]>,
}

impl Factors {
    pub(super) fn random(field: &Prime, stream: &KeyStream, nonce: u64) -> Self {
        let drawn = random(field, SUMS, |out| stream.words(nonce, 0, out));
        let mut by_byte = Box::new([[0; 256]; BYTES]);
        for (table, factors) in by_byte.iter_mut().zip(drawn.chunks(8)) {
            for byte in 1..256 {
                let rest = field.read(table[byte & (byte - 1)]);
                table[byte] = field.add(rest, factors[byte.trailing_zeros() as usize]).word();
            }
        }
        // What stands in the tables are integers.
        Self { each: std::array::from_fn(|sum| field.of(drawn[sum].word())), by_byte }
    }

    /// What a weight stands for: an integer below 2^55, to be taken modulo the prime.
    #[inline]
    fn of(&self, weight: u64) -> u64 {
        self.by_byte.iter().zip(weight.to_le_bytes()).map(|(table, byte)| table[usize::from(byte)]).sum()
    }

    /// Shares of the sums, each of so many words in two's complement, times their factors.
    pub(super) fn combine(&self, field: &Prime, shares: &[u64], words: usize) -> Residue {
        let terms = shares.chunks(words).zip(&self.each);
        terms.fold(Residue::default(), |sum, (share, &factor)| {
            field.add(sum, field.mul(field.of_words(share), factor))
        })
    }
}

/// The weight of each product of a bank, in order.
struct Spread<'a> {
    weights: Weights<'a>,
    runs: std::slice::Iter<'a, (usize, usize)>,
    outputs: usize,
    width: usize,
    /// Products of the present output that are left.
    left: usize,
    weight: u64,
}

impl<'a> Spread<'a> {
    fn new(weights: Weights<'a>, runs: &'a [(usize, usize)]) -> Self {
        Self { weights, runs: runs.iter(), outputs: 0, width: 0, left: 0, weight: 0 }
    }

    fn fill(&mut self, out: &mut [u64]) {
        let mut out = out;
        while !out.is_empty() {
            while self.left == 0 {
                while self.outputs == 0 {
                    let Some(&(outputs, width)) = self.runs.next() else { return };
                    (self.outputs, self.width) = (outputs, width);
                }
                if self.width == 1 {
                    let (now, later) = out.split_at_mut(out.len().min(self.outputs));
                    self.weights.fill(now);
                    self.outputs -= now.len();
                    out = later;
                    if out.is_empty() {
                        return;
                    }
                } else {
                    self.outputs -= 1;
                    (self.left, self.weight) = (self.width, self.weights.next());
                }
            }
            let (now, later) = out.split_at_mut(out.len().min(self.left));
            now.fill(self.weight);
            self.left -= now.len();
            out = later;
        }
    }
}

/// Sums over all subsets. What is added goes to one place for each byte of a weight; which subsets that is, is seen to at the
/// end (as in V. L. Arlazarov and others, 1970).
struct Sums<const LIMBS: usize> {
    places: Vec<[[u64; LIMBS]; 256]>,
}

impl<const LIMBS: usize> Drop for Sums<LIMBS> {
    fn drop(&mut self) {
        self.places.iter_mut().for_each(|table| wipe(table.as_flattened_mut()));
    }
}

impl<const LIMBS: usize> Sums<LIMBS> {
    fn new() -> Self {
        Self { places: vec![[[0; LIMBS]; 256]; BYTES] }
    }

    #[inline(always)]
    fn add(&mut self, weight: u64, limbs: [u64; LIMBS]) {
        for (table, byte) in self.places.iter_mut().zip(weight.to_le_bytes()) {
            let place = &mut table[usize::from(byte)];
            *place = std::array::from_fn(|limb| place[limb].wrapping_add(limbs[limb]));
        }
    }

    /// Of each subset, limb by limb; no limb passes 2^64 where the places are small enough.
    fn each(&self) -> impl Iterator<Item = [u64; LIMBS]> {
        (0..SUMS).map(|sum| {
            let chosen = (0..256).filter(move |byte| byte >> (sum % 8) & 1 == 1);
            chosen.map(|byte| self.places[sum / 8][byte]).fold([0u64; LIMBS], |sum, place| {
                std::array::from_fn(|limb| sum[limb].wrapping_add(place[limb]))
            })
        })
    }
}

/// Bits of all limbs but the highest.
const LIMB: u32 = 43;
const MASK: u64 = (1 << LIMB) - 1;

/// So many numbers are added before carries move on.
const SETTLED: usize = 1 << 18;

/// Sums of numbers of 129 bits and more, of which no carry is lost.
struct Totals {
    sums: Sums<4>,
    added: usize,
}

impl Totals {
    fn new() -> Self {
        Self { sums: Sums::new(), added: 0 }
    }

    /// Adds a number and `carries` times 2^128.
    #[inline(always)]
    fn add(&mut self, weight: u64, number: u128, carries: u64) {
        let upper = (number >> (2 * LIMB)) as u64 | (carries & 1) << (LIMB - 1);
        let limbs = [number as u64 & MASK, (number >> LIMB) as u64 & MASK, upper, carries >> 1];
        self.sums.add(weight, limbs);
        self.added += 1;
        if self.added == SETTLED {
            self.settle();
        }
    }

    /// Makes all limbs but the highest short again.
    #[cold]
    fn settle(&mut self) {
        self.added = 0;
        for place in self.sums.places.iter_mut().flatten() {
            for limb in 1..place.len() {
                place[limb] = place[limb].wrapping_add(place[limb - 1] >> LIMB);
                place[limb - 1] &= MASK;
            }
        }
    }

    /// Of each subset, [`TOTAL`] words.
    fn words(mut self) -> Vec<u64> {
        self.settle();
        let mut words = vec![0; SUMS * TOTAL];
        for (limbs, out) in self.sums.each().zip(words.chunks_mut(TOTAL)) {
            for (limb, shift) in limbs.into_iter().zip((0..).step_by(LIMB as usize)) {
                let summand = u128::from(limb) << (shift % 64);
                add_words(&mut out[shift / 64..], &[summand as u64, (summand >> 64) as u64]);
            }
        }
        words
    }
}

/// Adds the second number to the first, which has room.
fn add_words(out: &mut [u64], summand: &[u64]) {
    let mut carry = false;
    for (at, word) in out.iter_mut().enumerate() {
        let (once, first) = word.overflowing_add(summand.get(at).copied().unwrap_or(0));
        let (twice, second) = once.overflowing_add(u64::from(carry));
        (*word, carry) = (twice, first | second);
    }
}

/// As prover: the sums over the integers of the products of all subsets.
pub(super) fn totals(record: &Record, stream: &KeyStream) -> Vec<u64> {
    let mut totals = Totals::new();
    for (at, bank) in record.banks().into_iter().enumerate() {
        let [left, right] = [Side::Left, Side::Right].map(|side| bank.factors(Seat::Prover, side));
        let mut weights = Weights::new(stream, at, None);
        let mut from = 0;
        for &(outputs, width) in &bank.runs {
            add_run(&mut totals, &mut weights, [&left, &right], (from, outputs, width));
            from += outputs * width;
        }
    }
    for (gram, at) in record.grams.iter().zip(GRAMS..) {
        let mut weights = Weights::new(stream, at, None);
        each_pair(gram).into_iter().for_each(|(sum, carries)| totals.add(weights.next(), sum, carries));
    }
    for (moved, at) in record.moved[Seat::Prover as usize].iter().zip(2..) {
        let (Some(rows), Some(moves)) = (&moved.rows, &moved.moves) else { continue };
        let weights = Weights::all(stream, at, None, moved.len);
        let rows = moves.apply(rows);
        rows.iter().zip(weights).for_each(|(&row, weight)| totals.add(weight, row.into(), 0));
        pool::give(rows);
    }
    totals.words()
}

/// As prover: the sums over the integers of the products of every two vectors, and how often each passed 2^128.
fn each_pair(gram: &Gram) -> Vec<(u128, u64)> {
    let [left, right] = [Side::Left, Side::Right].map(|side| gram.factors(Seat::Prover, side));
    let mut sums = vec![(0u128, 0u64); gram.left.len()];
    for rows in near(left.first().map_or(0, |vector| vector.len())) {
        for ((sum, carries), (i, j)) in sums.iter_mut().zip(pairs(left.len())) {
            for (a, b) in [(left[i], right[j]), (left[j], right[i])] {
                for (&a, &b) in a[rows.clone()].iter().zip(&b[rows.clone()]) {
                    let (next, carried) = sum.overflowing_add(u128::from(a) * u128::from(b));
                    (*sum, *carries) = (next, *carries + u64::from(carried));
                }
            }
        }
    }
    sums
}

/// Adds outputs of one width. Products of two sharings are in two pairs of vectors.
fn add_run(
    totals: &mut Totals,
    weights: &mut Weights<'_>,
    [left, right]: [&[&[u64]]; 2],
    (from, outputs, width): (usize, usize, usize),
) {
    let product = |u: u64, v: u64| u128::from(u) * u128::from(v);
    let mut drawn = [0; AHEAD];
    for first in (0..outputs).step_by(AHEAD) {
        let drawn = &mut drawn[..AHEAD.min(outputs - first)];
        weights.fill(drawn);
        let places = from + first * width..from + (first + drawn.len()) * width;
        let [left, right] = [left, right]
            .map(|side| -> Vec<&[u64]> { side.iter().map(|words| &words[places.clone()]).collect() });
        match (&left[..], &right[..]) {
            ([u], [v]) if width == 1 => {
                drawn
                    .iter()
                    .zip(*u)
                    .zip(*v)
                    .for_each(|((&weight, &u), &v)| totals.add(weight, product(u, v), 0));
            }
            ([u, s], [v, t]) if width == 1 => {
                let pairs = u.iter().zip(*v).zip(s.iter().zip(*t));
                drawn.iter().zip(pairs).for_each(|(&weight, ((&u, &v), (&s, &t)))| {
                    let (sum, carried) = product(u, v).overflowing_add(product(s, t));
                    totals.add(weight, sum, u64::from(carried));
                });
            }
            _ => {
                for (at, &weight) in drawn.iter().enumerate() {
                    let output = at * width..(at + 1) * width;
                    let (mut sum, mut carries) = (0u128, 0u64);
                    for (u, v) in left.iter().zip(&right) {
                        for (&u, &v) in u[output.clone()].iter().zip(&v[output.clone()]) {
                            let (next, carried) = sum.overflowing_add(product(u, v));
                            (sum, carries) = (next, carries + u64::from(carried));
                        }
                    }
                    totals.add(weight, sum, carries);
                }
            }
        }
    }
}

/// `totals - shares`: the left verifier's shares of the sums.
pub(super) fn differences(totals: &[u64], shares: &[u64]) -> Vec<u64> {
    let mut out = totals.to_vec();
    for (out, share) in out.chunks_mut(TOTAL).zip(shares.chunks(SHARE)) {
        let mut borrow = false;
        for (at, word) in out.iter_mut().enumerate() {
            let (once, first) = word.overflowing_sub(share.get(at).copied().unwrap_or(0));
            let (twice, second) = once.overflowing_sub(u64::from(borrow));
            (*word, borrow) = (twice, first | second);
        }
    }
    out
}

/// As verifier: the sums of all L or of all r of the subsets, modulo 2^64.
pub(super) fn known(record: &Record, seat: Seat, stream: &KeyStream) -> Vec<u64> {
    let mut sums: Sums<1> = Sums::new();
    let mut add = |known: &[u64], bank: usize| {
        let (mut weights, mut drawn) = (Weights::new(stream, bank, None), [0; AHEAD]);
        for known in known.chunks(AHEAD) {
            let drawn = &mut drawn[..known.len()];
            weights.fill(drawn);
            drawn.iter().zip(known).for_each(|(&weight, &word)| sums.add(weight, [word]));
        }
    };
    for (at, bank) in record.banks().into_iter().enumerate() {
        add(bank.known(seat).unwrap_or_default(), at);
    }
    for (gram, at) in record.grams.iter().zip(GRAMS..) {
        add(if seat == Seat::Left { &gram.left } else { &gram.right }, at);
    }
    record.moved[seat as usize].iter().zip(2..).for_each(|(moved, at)| add(&moved.known, at));
    sums.each().map(|[sum]| sum).collect()
}

/// Gives the factors of all products modulo the prime, piece by piece: those on the left times their weights; none of a
/// side that this party does not know. A piece is as long as a multiple of `corners`, filled up with zeros.
pub(super) fn pieces(
    (record, seat): (&Record, Seat),
    corners: usize,
    (field, stream, factors): (&Prime, &KeyStream, &Factors),
    mut each: impl FnMut(&[Residue], &[Residue]),
) {
    let (knows_left, knows_right) = (seat != Seat::Right, seat != Seat::Left);
    let mut buffers = [[Residue::default(); PIECE]; 2];
    let mut weights = [0; PIECE];
    let mut weighed = [Residue::default(); PIECE];
    let mut give = |buffers: &mut [[Residue; PIECE]; 2], len: usize| {
        let filled = len.next_multiple_of(corners);
        buffers.iter_mut().for_each(|buffer| buffer[len..filled].fill(Residue::default()));
        let [left, right] = buffers;
        each(&left[..if knows_left { filled } else { 0 }], &right[..if knows_right { filled } else { 0 }]);
    };
    for (at, bank) in record.banks().into_iter().enumerate() {
        let sides = [(knows_left, Side::Left), (knows_right, Side::Right)];
        let [left, right] =
            sides.map(|(knows, side)| if knows { bank.factors(seat, side) } else { Vec::new() });
        let len = bank.x.own.len();
        let mut spread = Spread::new(Weights::new(stream, at, Some(factors)), &bank.runs);
        for from in (0..len).step_by(PIECE) {
            let range = from..len.min(from + PIECE);
            let weights = &mut weights[..range.len()];
            if knows_left {
                spread.fill(weights);
                field.of_each(&mut weighed[..range.len()], weights);
            }
            for vector in 0..left.len().max(right.len()) {
                let [left_out, right_out] = &mut buffers;
                if let Some(words) = left.get(vector) {
                    let (out, by) = (&mut left_out[..range.len()], &weighed[..range.len()]);
                    field.weigh_each(out, &words[range.clone()], by);
                }
                if let Some(words) = right.get(vector) {
                    field.of_each(&mut right_out[..range.len()], &words[range.clone()]);
                }
                give(&mut buffers, range.len());
            }
        }
    }
    for (gram, at) in record.grams.iter().zip(GRAMS..) {
        let by = pair_weights(gram, field, &mut Weights::new(stream, at, Some(factors)));
        let [lefts, rights] = [Side::Left, Side::Right].map(|side| gram.factors(seat, side));
        let mut elements = vec![Residue::default(); if knows_left { lefts.len() * PIECE } else { 0 }];
        for rows in near(lefts.first().map_or(0, |vector| vector.len())) {
            let mut known: Vec<&[Residue]> = Vec::with_capacity(lefts.len());
            if knows_left {
                for (out, words) in elements.chunks_mut(PIECE).zip(&lefts) {
                    field.of_each(&mut out[..rows.len()], &words[rows.clone()]);
                }
                known.extend(elements.chunks(PIECE).map(|vector| &vector[..rows.len()]));
            }
            for (by, right) in by.iter().zip(&rights) {
                let [left_out, right_out] = &mut buffers;
                if knows_left {
                    field.combine(&mut left_out[..rows.len()], &known, by);
                }
                if knows_right {
                    field.of_each(&mut right_out[..rows.len()], &right[rows.clone()]);
                }
                give(&mut buffers, rows.len());
            }
        }
    }
    for (moved, at) in record.moved[seat as usize].iter().zip(2..) {
        let (rows, moves) = (moved.rows.as_deref(), moved.moves.as_ref());
        let weights: Option<Vec<u64>> =
            moves.map(|moves| moves.undo(&Weights::all(stream, at, Some(factors), moved.len)));
        let [left, right] = match moved.rows_on {
            Side::Left => [rows, weights.as_deref()],
            Side::Right => [weights.as_deref(), rows],
        };
        for from in (0..moved.len).step_by(PIECE) {
            let range = from..moved.len.min(from + PIECE);
            for (buffer, words) in buffers.iter_mut().zip([left, right]) {
                if let Some(words) = words {
                    field.of_each(&mut buffer[..range.len()], &words[range.clone()]);
                }
            }
            give(&mut buffers, range.len());
        }
    }
}

/// The sum of all products of a_i and b_j, and of a_j and b_i, times the weight of the pair, is that of the products of b_j and
/// of a combination of all a. Its weights, for each j: those of the pairs, and that of (j, j) twice.
fn pair_weights(gram: &Gram, field: &Prime, weights: &mut Weights<'_>) -> Vec<Vec<Residue>> {
    let count = gram.vectors.len();
    let mut by = vec![vec![Residue::default(); count]; count];
    for (i, j) in pairs(count) {
        let weight = field.of(weights.next());
        by[j][i] = field.add(by[j][i], weight);
        by[i][j] = field.add(by[i][j], weight);
    }
    by
}
