//! A vector oblivious linear evaluation of a few thousand words from the base transfers: SoftSpokenOT.
//!
//! L. Roy, "SoftSpokenOT: Quieter OT Extension from Small-Field Silent VOLE in the Minicrypt Model", CRYPTO 2022,
//! figures 5 (pseudorandom functions with one missing value), 7 (small-field VOLE) and 9 (the consistency check), with
//! fields of 16 elements: four base transfers make a tree of 16 keys, of which the side with Δ misses the one
//! that four bits of Δ name. Where IKNP sends 128 columns of corrections, this sends 32.
//!
//! The party with the vector u (of words) has for each bit p of Δ a *plane* `v_p`, the one with Δ has
//! `w_p` = `v_p` + `Δ_p`·u. Read across, bit by bit or element by element, planes become correlations v = w + u·Δ.
//!
//! # Security
//!
//! Malicious, with Fiat–Shamir for the challenge of the check: a holder that corrects the 32 columns to different u is
//! caught unless it guesses the four bits of Δ of every column that differs; what it guessed right it knows.

use crate::base::TRANSFERS;
use crate::error::Misstep;
use crate::transcript::Transcript;
use crate::wire::{self, elements};
use yinshu_crypto::bits::transpose;
use yinshu_crypto::field::{F64, F128, Subfield, inner_product};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::permutation::Permutation;
use zeroize::{Zeroize, Zeroizing};

/// k: bits of Δ that one tree stands for.
const BITS: usize = 4;

/// How many trees.
pub(crate) const COLUMNS: usize = TRANSFERS / BITS;

/// Leaves of a tree.
const LEAVES: usize = 1 << BITS;

/// Bytes with which the trees are opened: two sums for each level but the first, and the check of the leaves.
pub(crate) const OPENING_BYTES: usize = COLUMNS * (2 * (BITS - 1) * 16 + 2 * 32);

/// Words at the end of a vector that hide what the check reveals.
pub(crate) const MASK_WORDS: usize = 2;

/// Bytes of the answer of the check.
pub(crate) const PROOF_BYTES: usize = 16 * (1 + TRANSFERS);

/// What keeps the uses of a leaf apart: its check values, beyond every position of its stream.
const CHECK: [F128; 2] = [F128(1 << 100), F128(1 << 101)];

/// The keys of all trees of one party, and the hash of the run: its key comes from the transcript, so that whoever
/// searches for seeds searches in one run at a time.
pub(crate) struct Keys {
    hash: Permutation,
    trees: Vec<[F128; LEAVES]>,
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.trees.as_flattened_mut().zeroize();
    }
}

/// All ones if both numbers are equal, else zero, without a branch.
fn mask_if_equal(one: usize, other: usize) -> u128 {
    let differ = std::hint::black_box((one ^ other) as u128);
    (differ.wrapping_sub(1) >> 127).wrapping_neg()
}

/// The second of a pair if `step` is 1, else the first, without a branch.
fn choose(step: usize, [first, second]: [F128; 2]) -> F128 {
    F128(first.0 ^ (first.0 ^ second.0) & mask_if_equal(step, 1))
}

/// The next level of a tree from one.
fn grow(hash: &Permutation, nodes: &mut Vec<F128>) -> [F128; 2] {
    let mut next = vec![F128::ZERO; 2 * nodes.len()];
    let sums = hash.leaves(nodes, &mut next);
    nodes.as_mut_slice().zeroize();
    *nodes = next;
    sums
}

/// The check value of a leaf: 256 bits.
fn check_value(hash: &Permutation, leaf: F128) -> [F128; 2] {
    let mut value = CHECK.map(|tweak| leaf + tweak);
    hash.hash_each(&mut value);
    value
}

fn digest(values: &[[F128; 2]]) -> [u8; 32] {
    Digest::of_parts("yinshu ot tree check v1", &[&wire::bytes(values.as_flattened())]).0
}

/// All keys of all trees from both keys of every base transfer, and the opening for the other party.
pub(crate) fn plant(hash: Permutation, pairs: &[[F128; 2]]) -> (Keys, Vec<u8>) {
    let mut opening = Vec::with_capacity(OPENING_BYTES);
    // No growing: that would leave copies behind.
    let mut trees = Vec::with_capacity(COLUMNS);
    trees.extend(pairs.chunks_exact(BITS).map(|pairs| {
        // The highest of the four bits first.
        let mut nodes = pairs[BITS - 1].to_vec();
        for pair in pairs[..BITS - 1].iter().rev() {
            let sums = grow(&hash, &mut nodes);
            opening.extend(wire::bytes(&[sums[0] + pair[0], sums[1] + pair[1]]));
        }
        let values: Vec<_> = nodes.iter().map(|&leaf| check_value(&hash, leaf)).collect();
        let sum = values.iter().fold([F128::ZERO; 2], |sum, value| [sum[0] + value[0], sum[1] + value[1]]);
        opening.extend(wire::bytes(&sum));
        opening.extend(digest(&values));
        let leaves: [F128; LEAVES] = nodes.as_slice().try_into().expect("four levels have 16 leaves");
        nodes.zeroize();
        leaves
    }));
    (Keys { hash, trees }, opening)
}

/// All keys but those that Δ names, from the keys chosen with the complement of Δ and the
/// [`OPENING_BYTES`] of the opening.
///
/// No branch and no address depends on Δ: what is put right is selected among all nodes of a level.
pub(crate) fn climb(
    hash: Permutation,
    delta: F128,
    chosen: &[F128],
    opening: &[u8],
) -> Result<Keys, Misstep> {
    let mut trees = Vec::with_capacity(COLUMNS);
    let openings = opening.chunks_exact(OPENING_BYTES / COLUMNS);
    for (column, (keys, opening)) in chosen.chunks_exact(BITS).zip(openings).enumerate() {
        let path = (delta.0 >> (column * BITS)) as usize % LEAVES;
        let (sums, check) = opening.split_at(2 * (BITS - 1) * 16);
        let mut nodes = open(&hash, path, keys, &elements(sums));
        let mut values: Vec<_> = nodes.iter().map(|&leaf| check_value(&hash, leaf)).collect();
        let (sum, expected) = check.split_at(32);
        let sum = elements(sum);
        let others = values.iter().enumerate().fold([sum[0], sum[1]], |sum, (leaf, value)| {
            let keep = !mask_if_equal(leaf, path);
            [F128(sum[0].0 ^ value[0].0 & keep), F128(sum[1].0 ^ value[1].0 & keep)]
        });
        for (leaf, value) in values.iter_mut().enumerate() {
            let hole = mask_if_equal(leaf, path);
            value.iter_mut().zip(others).for_each(|(v, other)| v.0 ^= (v.0 ^ other.0) & hole);
        }
        let matches = digest(&values) == expected;
        values.as_flattened_mut().zeroize();
        let leaves: [F128; LEAVES] = nodes.as_slice().try_into().expect("four levels have 16 leaves");
        nodes.zeroize();
        trees.push(leaves);
        if !matches {
            trees.as_flattened_mut().zeroize();
            return Err(Misstep::FailedCheck { check: "the check of the base trees" });
        }
    }
    Ok(Keys { hash, trees })
}

/// The leaves of one tree but the one at the end of `path`, which is zero.
fn open(hash: &Permutation, path: usize, keys: &[F128], sums: &[F128]) -> Vec<F128> {
    let mut hole = path >> (BITS - 1);
    let first = keys[BITS - 1];
    let mut nodes: Vec<_> = (0..2).map(|side| F128(first.0 & mask_if_equal(side, 1 - hole))).collect();
    for level in 1..BITS {
        // What grew from the hole is not of the tree: out of the sums with it.
        let mut sides = grow(hash, &mut nodes);
        for (parent, pair) in nodes.chunks_exact(2).enumerate() {
            let mask = mask_if_equal(parent, hole);
            sides.iter_mut().zip(pair).for_each(|(sum, node)| sum.0 ^= node.0 & mask);
        }
        let step = path >> (BITS - 1 - level) & 1;
        let sent = [sums[2 * (level - 1)], sums[2 * (level - 1) + 1]];
        let found = choose(1 - step, sides) + choose(1 - step, sent) + keys[BITS - 1 - level];
        let (next, sibling) = (2 * hole + step, 2 * hole + 1 - step);
        for (at, node) in nodes.iter_mut().enumerate() {
            let (gone, put) = (mask_if_equal(at, next), mask_if_equal(at, sibling));
            node.0 = node.0 & !(gone | put) | found.0 & put;
        }
        hole = next;
    }
    nodes
}

/// One vector for each bit of Δ, all as long as the vector they belong to.
pub(crate) struct Planes {
    words: usize,
    planes: Vec<u64>,
}

impl Drop for Planes {
    fn drop(&mut self) {
        self.planes.zeroize();
    }
}

impl Planes {
    /// Plane number p.
    pub(crate) fn plane(&self, p: usize) -> &[u64] {
        &self.planes[p * self.words..][..self.words]
    }

    /// The first `count` rows, each the correlation of one bit of the vector.
    pub(crate) fn rows(&self, count: usize) -> Zeroizing<Vec<F128>> {
        Zeroizing::new(self.rows_of(0, count))
    }

    /// `count` rows from the first bit of word `start` on: the planes, transposed 64 bits at a time.
    fn rows_of(&self, start: usize, count: usize) -> Vec<F128> {
        let mut rows = Vec::with_capacity(count.next_multiple_of(64));
        let mut halves = [[0; 64]; TRANSFERS / 64];
        for word in start..start + count.div_ceil(64) {
            for (half, square) in halves.iter_mut().enumerate() {
                for (p, bits) in square.iter_mut().enumerate() {
                    *bits = self.planes[(64 * half + p) * self.words + word];
                }
                transpose(square);
            }
            rows.extend((0..64).map(|bit| F128::new(F64(halves[0][bit]), F64(halves[1][bit]))));
        }
        halves.as_flattened_mut().zeroize();
        rows.truncate(count);
        rows
    }

    /// Rows of field elements, `count` of them from word `start` on: the sums of all planes' elements by their bit's
    /// place in the field. Elements of fewer than 64 bits lie side by side in words.
    pub(crate) fn elements<A: Subfield>(&self, start: usize, count: usize) -> Vec<F128> {
        if A::BITS < 64 {
            let rows = Zeroizing::new(self.rows_of(start, count * A::BITS));
            let basis: Vec<F128> = (0..A::BITS).map(|bit| A::read(&[1 << bit]).into()).collect();
            return rows.chunks_exact(A::BITS).map(|rows| inner_product(&basis, rows)).collect();
        }
        let words = A::BYTES / 8;
        let mut rows = vec![F128::ZERO; count];
        for p in 0..TRANSFERS {
            let elements = Zeroizing::new(read::<A>(&self.plane(p)[start..][..count * words]));
            A::mul_add_each(&mut rows, &elements, F128(1 << p));
        }
        rows
    }
}

/// Field elements into their words, lowest first; those of fewer than 64 bits side by side.
pub(crate) fn write<A: Subfield>(elements: &[A], words: &mut [u64]) {
    let mut bytes = Zeroizing::new(Vec::with_capacity(elements.len() * A::BYTES));
    elements.iter().for_each(|element| element.write(&mut bytes));
    if A::BITS < 64 {
        for (at, &byte) in bytes.iter().enumerate() {
            words[at * A::BITS / 64] |= u64::from(byte) << (at * A::BITS % 64);
        }
    } else {
        words.copy_from_slice(&Zeroizing::new(wire::words(&bytes)));
    }
}

/// Field elements from their words, lowest first.
pub(crate) fn read<A: Subfield>(words: &[u64]) -> Vec<A> {
    let bytes: Zeroizing<Vec<u8>> =
        Zeroizing::new(words.iter().flat_map(|word| word.to_le_bytes()).collect());
    bytes.chunks_exact(A::BYTES).map(A::read).collect()
}

/// The streams of one tree, folded: four planes, each the sum of the streams whose numbers have its bit, and the sum
/// of all streams.
fn fold(hash: &Permutation, keys: &[F128; LEAVES], at: u64, words: usize) -> [Zeroizing<Vec<u64>>; 5] {
    let mut folded: [Zeroizing<Vec<u64>>; 5] = std::array::from_fn(|_| Zeroizing::new(vec![0; words]));
    let mut stream = Zeroizing::new(vec![F128::ZERO; words.div_ceil(2)]);
    for (leaf, &key) in keys.iter().enumerate() {
        hash.stream(key, at, &mut stream);
        let number = leaf | LEAVES;
        for (_, plane) in folded.iter_mut().enumerate().filter(|(bit, _)| number >> bit & 1 == 1) {
            for (pair, block) in plane.chunks_mut(2).zip(&*stream) {
                pair[0] ^= block.low().0;
                if let Some(high) = pair.get_mut(1) {
                    *high ^= block.high().0;
                }
            }
        }
    }
    folded
}

/// The planes of a vector and the corrections that let the other party follow: a word for each column and
/// word. `at` is where in the streams of the keys this vector begins; streams are used once.
pub(crate) fn correct(keys: &Keys, at: u64, vector: &[u64]) -> (Planes, Vec<u64>) {
    let words = vector.len();
    let mut planes = Vec::with_capacity(TRANSFERS * words);
    let mut corrections = Vec::with_capacity(COLUMNS * words);
    for tree in &keys.trees {
        let [columns @ .., sum] = fold(&keys.hash, tree, at, words);
        columns.iter().for_each(|column| planes.extend_from_slice(column));
        corrections.extend(sum.iter().zip(vector).map(|(sum, word)| sum ^ word));
    }
    (Planes { words, planes }, corrections)
}

/// The planes of the party with Δ, from the corrections.
///
/// With leaves numbered from the missing one (their numbers ⊕ its), plane b would be the sum of the streams with bit
/// b, and the correction where the missing number has it. The same from leaves in place: if the missing number has
/// bit b, that takes the sum of all streams as well. What stands for the missing leaf then counts twice or not
/// at all, so that its key may be anything, and neither branch nor address depends on Δ.
pub(crate) fn follow(keys: &Keys, delta: F128, at: u64, corrections: &[u64]) -> Planes {
    let words = corrections.len() / COLUMNS;
    let mut planes = Vec::with_capacity(TRANSFERS * words);
    for (column, (tree, corrections)) in keys.trees.iter().zip(corrections.chunks_exact(words)).enumerate() {
        let [columns @ .., sum] = fold(&keys.hash, tree, at, words);
        for (bit, plane) in columns.iter().enumerate() {
            let mask = ((delta.0 >> (column * BITS + bit)) as u64 & 1).wrapping_neg();
            let others = sum.iter().zip(corrections).map(|(sum, correction)| (sum ^ correction) & mask);
            planes.extend(plane.iter().zip(others).map(|(word, other)| word ^ other));
        }
    }
    Planes { words, planes }
}

/// The universal hash of a vector: its words by random factors, the mask added.
fn universal(challenge: &[F128], vector: &[u64]) -> F128 {
    let (body, mask) = vector.split_at(vector.len() - MASK_WORDS);
    let body: Zeroizing<Vec<F64>> = Zeroizing::new(body.iter().map(|&word| F64(word)).collect());
    inner_product(&body, challenge) + F128::new(F64(mask[0]), F64(mask[1]))
}

fn challenge(transcript: &Transcript, words: usize) -> Vec<F128> {
    let mut challenge = vec![F128::ZERO; words - MASK_WORDS];
    let seed = transcript.challenge("consistency of corrections");
    Permutation::new(seed[..16].try_into().expect("half of 32 bytes")).stream(F128::ZERO, 0, &mut challenge);
    challenge
}

/// Proof that all columns were corrected to one vector, after everything sent so far is in the transcript.
pub(crate) fn prove(transcript: &Transcript, vector: &[u64], planes: &Planes) -> Vec<u8> {
    let challenge = challenge(transcript, vector.len());
    let hashes = (0..TRANSFERS).map(|p| universal(&challenge, planes.plane(p)));
    wire::bytes(&std::iter::once(universal(&challenge, vector)).chain(hashes).collect::<Vec<_>>())
}

/// Checks that proof, of [`PROOF_BYTES`].
pub(crate) fn verify(
    transcript: &Transcript,
    delta: F128,
    planes: &Planes,
    proof: &[u8],
) -> Result<(), Misstep> {
    let challenge = challenge(transcript, planes.words);
    let proof = elements(proof);
    let (vector, hashes) = (proof[0], &proof[1..]);
    let wrong = hashes.iter().enumerate().fold(0, |wrong, (p, hash)| {
        let mask = (delta.0 >> p & 1).wrapping_neg();
        wrong | (universal(&challenge, planes.plane(p)).0 ^ vector.0 & mask ^ hash.0)
    });
    if wrong == 0 { Ok(()) } else { Err(Misstep::FailedCheck { check: "the check of the corrections" }) }
}

#[cfg(test)]
mod tests;
