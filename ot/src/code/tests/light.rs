//! The lightest words that linear algebra alone finds: those that `shape::LIGHTEST` has to lie below.
//!
//! An accumulator is constant between the places where something comes in. Let a fifth of D's blocks take nothing:
//! then 0.8·N places come into the first accumulator, and every run of two and more equal outcomes is made zero at the
//! price of one equation. So 0.64·N places come into the second, and what freedom is left makes its longest runs
//! zero. About half of the rest are ones: 0.20·N.

use super::super::{Buckets, Code, SIGMA, Stream, locals};
use super::compress;
use crate::shape::LIGHTEST;
use yinshu_crypto::field::F128;

const PLACES: usize = 2_048;
const HALF: usize = PLACES / 2;

/// A word and its state between the accumulators, for one input of one bit.
#[derive(Clone)]
struct Word {
    between: Vec<bool>,
    last: Vec<bool>,
}

impl Word {
    fn add(&mut self, other: &Self) {
        let add = |to: &mut [bool], from: &[bool]| to.iter_mut().zip(from).for_each(|(to, from)| *to ^= from);
        add(&mut self.between, &other.between);
        add(&mut self.last, &other.last);
    }
}

/// For each of the two permutations, where the places of its outcome come from.
fn permutations() -> [Vec<usize>; 2] {
    [1, 3].map(|purpose| {
        let buckets = Buckets::new(purpose, PLACES);
        let locals = locals(purpose + 1, &buckets);
        let mut sorted: Vec<usize> = (0..PLACES).collect();
        sorted.sort_by_key(|&i| buckets.of[i]);
        let place = |range: std::ops::Range<usize>| {
            let start = range.start;
            locals[range].iter().map(move |&local| start + usize::from(local)).collect::<Vec<_>>()
        };
        buckets.ranges().flat_map(place).map(|at| sorted[at]).collect()
    })
}

/// The transposed permutation, and the transposed accumulator after it.
fn back(vector: &[bool], from: &[usize]) -> Vec<bool> {
    let mut out = vec![false; PLACES];
    vector.iter().zip(from).for_each(|(&bit, &at)| out[at] = bit);
    for i in (1..PLACES).rev() {
        out[i - 1] ^= out[i];
    }
    out
}

/// Where ones can come in at all, as the places after which an accumulator of transposed order may change.
fn runs(open: &[bool]) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let mut end = PLACES;
    for at in (0..PLACES).rev() {
        // What comes in at `at` is in the sums of all places up to it.
        if open[at] {
            runs.push(at + 1..end);
            end = at + 1;
        }
    }
    runs.push(0..end);
    runs.retain(|run| !run.is_empty());
    runs
}

/// Makes one place zero in all words but one, which is given up; says whether there was one to give up.
fn clear(words: &mut Vec<Word>, bit: impl Fn(&Word) -> bool) -> bool {
    let Some(at) = words.iter().position(&bit) else { return true };
    if words.len() == 1 {
        return false;
    }
    let pivot = words.swap_remove(at);
    words.iter_mut().filter(|word| bit(word)).for_each(|word| word.add(&pivot));
    true
}

#[test]
fn the_known_light_words_are_heavier_than_what_is_given() {
    let [first, second] = permutations();
    let mut blocks = Stream::new(5, PLACES);
    let mut words = Vec::new();
    let mut comes_in = vec![false; PLACES];
    let mut rows = vec![F128::ZERO; HALF * SIGMA / 128];
    blocks.fill(&mut rows);
    for bit in (0..HALF).filter(|bit| bit / SIGMA % 5 != 4) {
        let (block, row) = (bit / SIGMA * SIGMA, bit % SIGMA);
        let mut input = vec![false; PLACES];
        input[bit] = true;
        for column in 0..SIGMA {
            let word = rows[block * SIGMA / 128 + row / 4].0;
            input[HALF + block + column] = word >> (row % 4 * 32 + column) & 1 == 1;
        }
        for (place, &at) in second.iter().enumerate() {
            comes_in[at] |= place % HALF / SIGMA == block / SIGMA;
        }
        let between = back(&input, &second);
        let last = back(&between, &first);
        words.push(Word { between, last });
    }
    agrees(&Code::new(PLACES), &words[77].last, 77 + 77 / (4 * SIGMA) * SIGMA);
    let mut open = vec![true; PLACES];
    for run in runs(&comes_in).into_iter().filter(|run| run.len() > 1) {
        assert!(clear(&mut words, |word| word.between[run.start]), "there is freedom left");
        open[run].fill(false);
    }
    let mut support = vec![false; PLACES];
    open.iter().zip(&first).for_each(|(&open, &at)| support[at] = open);
    let mut longest = runs(&support);
    longest.sort_by_key(|run| std::cmp::Reverse(run.len()));
    for run in longest {
        if !clear(&mut words, |word| word.last[run.start]) {
            break;
        }
    }
    let weight = words[0].last.iter().filter(|bit| **bit).count() as f64 / PLACES as f64;
    println!("a word of weight {weight:.4}·N");
    assert!(weight > LIGHTEST && weight < 0.23, "{weight}");
}

/// The word is the one that this entry is the product with.
fn agrees(code: &Code, word: &[bool], entry: usize) {
    for place in (0..PLACES).step_by(41) {
        let mut unit = vec![F128::ZERO; PLACES];
        unit[place] = F128::ONE;
        assert_eq!(compress(code, &unit, HALF)[entry] == F128::ONE, word[place], "place {place}");
    }
}
