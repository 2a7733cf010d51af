//! The code by which a long vector with little noise becomes a vector half as long that looks random.
//!
//! A Block-Diagonal (Block-Accumulate) code of rate 1/2: V. Kolesnikov, S. Peceny, S. Raghuraman, P. Rindal,
//! "Block-Accumulate Codes: Accelerated Linear Codes for PCGs and ZK", CRYPTO 2025, with blocks of σ = 32 and two
//! accumulators, the parameters that its authors use as the default of their library. A message x of n bits
//! becomes x‖Dx, D block-diagonal with random 32 × 32 blocks; is permuted and accumulated (every bit becomes the sum
//! of those up to it) twice. What runs here is the transpose, on N = 2n field elements:
//!
//! accumulate – permute – accumulate – permute – add D times the upper half to the lower half.
//!
//! The authors' weight enumeration gives a minimum distance near the Gilbert–Varshamov bound; `tests/enumerate.rs`
//! repeats it for the expectation over permutations. The expand-convolute code (S. Raghuraman, P. Rindal,
//! T. Tanguy, CRYPTO 2023) with its 7 or 21 random reads for each entry needs several times the memory accesses of
//! the two permutations here. The Silver code is broken (the same paper, section 5) and not used.
//!
//! # Speed
//!
//! Random access to tens of megabytes is what such a code costs. A uniform permutation is drawn in two steps (C. R.
//! Rao, 1961; M. Sandelius, 1962): every element goes to one of 256 buckets at random, and each bucket is
//! shuffled. So the first step writes 256 streams and the second reads within a bucket, which fits the second-level
//! cache. Accumulating happens in passing. The sums of the block-diagonal step come from tables of 16 for each four
//! inputs (V. Arlazarov, E. Dinic, M. Kronrod, I. Faradzhev, 1970).
//!
//! The code is public and the same in every run; only its length varies.

use std::ops::Add;
use yinshu_crypto::field::F128;
use yinshu_crypto::permutation::Permutation;

/// Entries that come out for each that goes in.
pub(crate) const RATE: f64 = 0.5;

/// σ: the size of the blocks of D.
const SIGMA: usize = 32;

/// Inputs of one table of sums.
const TABLE: usize = 4;

const BUCKETS: usize = 256;

/// The key of the permutation that all randomness of the code comes from.
const KEY: [u8; 16] = *b"Yinshu code v1  ";

/// A source of public random blocks.
struct Stream {
    permutation: Permutation,
    seed: F128,
    at: u64,
}

impl Stream {
    fn new(purpose: u64, places: usize) -> Self {
        let seed = F128(u128::from(purpose) << 120 | (places as u128) << 64);
        Self { permutation: Permutation::new(KEY), seed, at: 0 }
    }

    fn fill(&mut self, blocks: &mut [F128]) {
        self.permutation.stream(self.seed, self.at, blocks);
        self.at += blocks.len() as u64;
    }
}

/// A permutation in two steps: element i goes to the next free place of bucket `bucket[i]`; then place j takes what
/// lies at `source[j]`.
struct Shuffle {
    bucket: Vec<u8>,
    starts: [u32; BUCKETS],
    source: Vec<u32>,
}

impl Shuffle {
    fn new(purpose: u64, places: usize) -> Self {
        let mut stream = Stream::new(purpose, places);
        let mut bucket = vec![0; places.next_multiple_of(16)];
        let mut blocks = [F128::ZERO; 64];
        for bytes in bucket.chunks_mut(1024) {
            let blocks = &mut blocks[..bytes.len() / 16];
            stream.fill(blocks);
            for (to, block) in bytes.chunks_exact_mut(16).zip(blocks) {
                to.copy_from_slice(&block.to_bytes());
            }
        }
        bucket.truncate(places);
        let mut counts = [0; BUCKETS];
        bucket.iter().for_each(|&bucket| counts[usize::from(bucket)] += 1);
        let mut starts = [0; BUCKETS];
        let mut source = vec![0u32; places];
        let mut rest = &mut source[..];
        let mut start = 0;
        for (bucket, &count) in counts.iter().enumerate() {
            starts[bucket] = start;
            let (own, others) = rest.split_at_mut(count as usize);
            shuffle(own, start, &mut stream);
            rest = others;
            start += count;
        }
        Self { bucket, starts, source }
    }
}

/// The numbers from `start` in random order (Fisher, Yates; Durstenfeld 1964, inside-out).
fn shuffle(own: &mut [u32], start: u32, stream: &mut Stream) {
    let mut blocks = [F128::ZERO; 64];
    for at in 0..own.len() {
        if at % 256 == 0 {
            let left = (own.len() - at).div_ceil(4).min(64);
            stream.fill(&mut blocks[..left]);
        }
        let random = (blocks[at % 256 / 4].0 >> (at % 4 * 32)) as u32;
        let other = ((u64::from(random) * (at as u64 + 1)) >> 32) as usize;
        own[at] = own[other];
        own[other] = start + at as u32;
    }
}

/// The code for vectors of one length.
pub(crate) struct Code {
    places: usize,
    shuffles: [Shuffle; 2],
}

impl Code {
    /// The code that halves vectors of `places` elements.
    pub(crate) fn new(places: usize) -> Self {
        Self { places, shuffles: [Shuffle::new(1, places), Shuffle::new(2, places)] }
    }

    /// How long the vectors are.
    pub(crate) fn places(&self) -> usize {
        self.places
    }

    /// Multiplies a vector of as many elements as the code has places; the first `n` of the product.
    pub(crate) fn compress<E>(&self, mut vector: Vec<E>, n: usize) -> Vec<E>
    where
        E: Copy + Default + Add<Output = E>,
    {
        let [first, second] = &self.shuffles;
        let mut other = vec![E::default(); self.places];
        scatter(vector.iter().copied(), first, &mut other);
        scatter(first.source.iter().map(|&at| other[at as usize]), second, &mut vector);
        let mut out = other;
        self.fold(&vector, n, &mut out);
        out.truncate(n);
        out
    }

    /// The lower half and D times the upper half, of the second permutation's outcome.
    fn fold<E>(&self, vector: &[E], n: usize, out: &mut [E])
    where
        E: Copy + Default + Add<Output = E>,
    {
        let mut stream = Stream::new(3, self.places);
        let (low, high) = self.shuffles[1].source.split_at(self.places / 2);
        let mut rows = [F128::ZERO; SIGMA / 4];
        let blocks = low.chunks(SIGMA).zip(high.chunks(SIGMA)).zip(out[..n].chunks_mut(SIGMA));
        for ((low, high), out) in blocks {
            stream.fill(&mut rows);
            let mut tables = [[E::default(); 1 << TABLE]; SIGMA / TABLE];
            for (table, inputs) in tables.iter_mut().zip(high.chunks(TABLE)) {
                for (bit, &at) in inputs.iter().enumerate() {
                    let input = vector[at as usize];
                    for sum in 0..1 << bit {
                        table[1 << bit | sum] = table[sum] + input;
                    }
                }
            }
            for (i, (out, &at)) in out.iter_mut().zip(low).enumerate() {
                let row = (rows[i / 4].0 >> (i % 4 * 32)) as u32;
                let sum = tables.iter().enumerate().fold(vector[at as usize], |sum, (group, table)| {
                    sum + table[(row >> (group * TABLE)) as usize % (1 << TABLE)]
                });
                *out = sum;
            }
        }
    }
}

/// Accumulates what comes and puts every sum into its bucket.
fn scatter<E>(elements: impl Iterator<Item = E>, shuffle: &Shuffle, to: &mut [E])
where
    E: Copy + Default + Add<Output = E>,
{
    let mut free = shuffle.starts;
    let mut sum = E::default();
    for (element, &bucket) in elements.zip(&shuffle.bucket) {
        sum = sum + element;
        let at = &mut free[usize::from(bucket)];
        to[*at as usize] = sum;
        *at += 1;
    }
}

#[cfg(test)]
mod tests;
