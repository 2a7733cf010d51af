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
//! The weight enumeration of the paper, repeated in `code/tests/enumerate.rs`, gives a distance of 0.11·N, which is that of
//! a random code of this rate (Gilbert–Varshamov). The chance that a code drawn at random has words of much lower
//! weight is 2^-35 at N = 2,048 and halves whenever the length doubles; [`crate::shape`] begins at 32,768, makes all
//! blocks that entries come out of full, and says what is assumed of the code that is fixed for a length.
//! The expand-convolute code (S. Raghuraman, P. Rindal, T. Tanguy, CRYPTO 2023) with its 7 or 21 random reads for each
//! entry needs several times the memory accesses of the two permutations here. The Silver code is broken (the
//! same paper, section 5) and not used.
//!
//! # Speed
//!
//! Random access to tens of megabytes is what such a code costs. A uniform permutation is drawn in two steps (C. R.
//! Rao, 1961; M. Sandelius, 1962): every element goes to one of 256 buckets at random, and each bucket is
//! shuffled. So the first step writes 256 streams and the second reads within a bucket, which fits the second-level
//! cache. Accumulating happens in passing. What will be read or written next is asked for ahead, as nothing lies in order.
//! The sums of the block-diagonal step come from tables of 16 for each four inputs (V. Arlazarov, E. Dinic, M. Kronrod,
//! I. Faradzhev, 1970). Entries that are used up as they come are made piece by piece, on all cores, and lie nowhere.
//!
//! The code is public and the same in every run; only its length varies.

mod fold;
mod pieces;
mod places;

pub(crate) use fold::Outcome;
use fold::{Fold, FoldEach};
use pieces::Pieces;
use places::{Places, Store, touch};
use rayon::prelude::*;
use std::ops::{Add, Range};
use yinshu_crypto::field::F128;
use yinshu_crypto::permutation::Permutation;
use yinshu_crypto::prefetch::prefetch;
use yinshu_crypto::widest::{self, Work};
use zeroize::DefaultIsZeroes;

/// Entries that come out for each that goes in.
pub(crate) const RATE: f64 = 0.5;

/// σ: the size of the blocks of D.
pub(crate) const SIGMA: usize = 32;

const BUCKETS: usize = 256;

/// Entries that one core makes of a vector, where several do.
const PIECE: usize = 1 << 14;

/// How many elements before it is written the room for one is asked for.
const AHEAD: usize = 24;

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

/// The first step of a permutation: the bucket of each element, and where the buckets begin (and the last one ends).
struct Buckets {
    of: Vec<u8>,
    starts: [usize; BUCKETS + 1],
}

impl Buckets {
    fn new(purpose: u64, places: usize) -> Self {
        let mut stream = Stream::new(purpose, places);
        let mut of = vec![0; places.next_multiple_of(16)];
        let mut blocks = [F128::ZERO; 64];
        for bytes in of.chunks_mut(1024) {
            let blocks = &mut blocks[..bytes.len() / 16];
            stream.fill(blocks);
            for (to, block) in bytes.as_chunks_mut::<16>().0.iter_mut().zip(blocks) {
                *to = block.to_bytes();
            }
        }
        of.truncate(places);
        // Four counts at once: one alone would wait for itself.
        let mut counts = [[0; BUCKETS]; 4];
        for (i, &bucket) in of.iter().enumerate() {
            counts[i % 4][usize::from(bucket)] += 1;
        }
        let mut starts = [0; BUCKETS + 1];
        for bucket in 0..BUCKETS {
            starts[bucket + 1] = starts[bucket] + counts.iter().map(|counts| counts[bucket]).sum::<usize>();
        }
        Self { of, starts }
    }

    fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        self.starts.windows(2).map(|pair| pair[0]..pair[1])
    }
}

/// The second step: for each place, which element of its bucket it takes.
fn locals(purpose: u64, buckets: &Buckets) -> Vec<u16> {
    let mut stream = Stream::new(purpose, buckets.of.len());
    let mut locals = vec![0; buckets.of.len()];
    for range in buckets.ranges() {
        assert!(range.len() <= 1 << 16, "no bucket is three times as large as it should be");
        shuffle(&mut locals[range], &mut stream);
    }
    locals
}

/// The numbers from 0 in random order (Fisher, Yates; Durstenfeld 1964, inside-out).
fn shuffle(own: &mut [u16], stream: &mut Stream) {
    let mut blocks = [F128::ZERO; 64];
    for start in (0..own.len()).step_by(4 * blocks.len()) {
        let end = own.len().min(start + 4 * blocks.len());
        stream.fill(&mut blocks);
        for at in start..end {
            let random = (blocks[(at - start) / 4].0 >> (at % 4 * 32)) as u32;
            let other = ((u64::from(random) * (at as u64 + 1)) >> 32) as usize;
            own[at] = own[other];
            own[other] = at as u16;
        }
    }
}

/// The code for vectors of one length: two permutations.
pub(crate) struct Code {
    places: usize,
    buckets: [Buckets; 2],
    locals: [Vec<u16>; 2],
}

/// A vector on its way through the code: what came so far is accumulated and lies in the first buckets.
pub(crate) struct Accumulated<E: Element> {
    sum: E,
    count: usize,
    free: [usize; BUCKETS],
    first: Vec<E>,
    second: Vec<E>,
}

impl<E: Element> Drop for Accumulated<E> {
    fn drop(&mut self) {
        wipe(&mut self.first);
        wipe(&mut self.second);
    }
}

impl Code {
    /// The code that halves vectors of `places` elements.
    pub(crate) fn new(places: usize) -> Self {
        let buckets = [Buckets::new(1, places), Buckets::new(3, places)];
        let locals = [locals(2, &buckets[0]), locals(4, &buckets[1])];
        Self { places, buckets, locals }
    }

    /// How long the vectors are.
    pub(crate) fn places(&self) -> usize {
        self.places
    }

    /// Begins with a vector, of which nothing came yet.
    pub(crate) fn begin<E: Element>(&self) -> Accumulated<E> {
        let mut state = Accumulated {
            sum: E::default(),
            count: 0,
            free: [0; BUCKETS],
            first: Vec::new(),
            second: Vec::new(),
        };
        self.restart(&mut state);
        state
    }

    /// Begins with another vector in the same room.
    pub(crate) fn restart<E: Element>(&self, state: &mut Accumulated<E>) {
        (state.sum, state.count, state.free) = (E::default(), 0, self.first_free(0));
        let room = pieces::room(self.places);
        if state.first.len() != room {
            wipe(&mut state.first);
            state.first = vec![E::default(); room];
        }
    }

    fn first_free(&self, permutation: usize) -> [usize; BUCKETS] {
        std::array::from_fn(|bucket| self.buckets[permutation].starts[bucket])
    }

    /// Takes in the next elements of the vector, at most as many as the code has places in all.
    pub(crate) fn take<E: Element>(&self, state: &mut Accumulated<E>, elements: &[E]) {
        widest::run(Take { code: self, state, elements });
    }

    /// Gives the elements that were taken in again, `batch` at a time and in order.
    pub(crate) fn replay<E: Element>(&self, state: &Accumulated<E>, batch: usize, mut to: impl FnMut(&[E])) {
        let mut free = self.first_free(0);
        let mut last = E::default();
        let mut elements = Vec::with_capacity(batch);
        for buckets in self.buckets[0].of.chunks(batch) {
            elements.clear();
            elements.extend(buckets.iter().map(|&bucket| {
                let at = &mut free[usize::from(bucket)];
                let sum = state.first[*at];
                *at += 1;
                std::mem::replace(&mut last, sum) + sum
            }));
            to(&elements);
        }
    }

    /// The first `n` entries of the product, when all elements were taken in; what follows them is of no meaning. May
    /// be taken out.
    pub(crate) fn finish<'a, E: Element>(&self, state: &'a mut Accumulated<E>, n: usize) -> &'a mut Vec<E> {
        self.second(state);
        // What is no longer needed becomes the room for the outcome.
        widest::run(Fold { code: self, second: state.second.as_slice(), out: &mut state.first[..n] });
        &mut state.first
    }

    /// As [`Self::finish`], but keeps no entry: on all cores, `to` makes the elements of `out` from them, each from `per`
    /// entries. It gets a few hundred entries at a time.
    pub(crate) fn finish_each<E: Element + Send + Sync, T: Send>(
        &self,
        state: &mut Accumulated<E>,
        (per, out): (usize, &mut [T]),
        to: impl Fn(&[E], &mut [T]) + Sync,
    ) {
        assert_eq!(fold::TOGETHER % per, 0, "all entries of an element come together");
        self.second(state);
        let second = &state.second;
        out.par_chunks_mut(PIECE / per).enumerate().for_each(|(piece, out)| {
            widest::run(FoldEach { code: self, second, start: piece * PIECE, per, out, to: &to });
        });
    }

    fn second<E: Element>(&self, state: &mut Accumulated<E>) {
        assert_eq!(state.count, self.places, "the whole vector was taken in");
        if state.second.len() != self.places {
            wipe(&mut state.second);
            state.second = vec![E::default(); self.places];
        }
        widest::run(Second { code: self, first: &state.first, second: &mut state.second });
    }

    /// As [`Self::finish`], with as little memory as possible, where no other vector needs the room.
    pub(crate) fn finish_one<E: Element>(&self, state: Accumulated<E>, n: usize) -> Vec<E> {
        let second = self.dealt(state);
        self.folded(&second, n)
    }

    /// As [`Self::finish_one`], where no other vector needs the code: what its first half takes is freed in between.
    pub(crate) fn finish_last<E: Element>(mut self, state: Accumulated<E>, n: usize) -> Vec<E> {
        let second = self.dealt(state);
        self.locals[0] = Vec::new();
        self.buckets.iter_mut().for_each(|buckets| buckets.of = Vec::new());
        self.folded(&second, n)
    }

    fn dealt<E: Element>(&self, mut state: Accumulated<E>) -> Pieces<E> {
        assert_eq!(state.count, self.places, "the whole vector was taken in");
        let second = Pieces::new(std::mem::take(&mut state.first), &self.buckets[1].starts);
        widest::run(Deal { code: self, second })
    }

    fn folded<E: Element>(&self, second: &Pieces<E>, n: usize) -> Vec<E> {
        let mut out = vec![E::default(); n];
        widest::run(Fold { code: self, second, out: &mut out });
        out
    }

    /// The elements that come to places from `start` on.
    #[inline(always)]
    fn places_from<'a, E: Element, S: Store<E> + ?Sized>(
        &'a self,
        start: usize,
        store: &'a S,
    ) -> Places<'a, E, S> {
        Places::from(start, (&self.buckets[1].starts, &self.locals[1]), store)
    }
}

/// The code that halves vectors of `places` elements, with room for one, from the run's before if it has the same length.
pub(crate) fn room<E: Element>(
    room: &mut Option<(Code, Accumulated<E>)>,
    places: usize,
) -> (&Code, &mut Accumulated<E>) {
    if room.as_ref().is_none_or(|(code, _)| code.places != places) {
        *room = None;
    }
    let (code, state) = room.get_or_insert_with(|| {
        let code = Code::new(places);
        let state = code.begin();
        (code, state)
    });
    code.restart(state);
    (code, state)
}

/// The first accumulator and the first step of the first permutation.
struct Take<'a, E: Element> {
    code: &'a Code,
    state: &'a mut Accumulated<E>,
    elements: &'a [E],
}

impl<E: Element> Work for Take<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Accumulated { sum, count, free, first, .. } = self.state;
        let buckets = &self.code.buckets[0].of[*count..];
        *count += self.elements.len();
        let mut running = *sum;
        for (i, (&element, &bucket)) in self.elements.iter().zip(buckets).enumerate() {
            if let Some(&later) = buckets.get(i + AHEAD) {
                prefetch(first, free[usize::from(later)]);
            }
            running = running + element;
            let at = &mut free[usize::from(bucket)];
            first[*at] = running;
            *at += 1;
        }
        *sum = running;
    }
}

/// The second step of the first permutation, the second accumulator and the first step of the second permutation.
struct Second<'a, E> {
    code: &'a Code,
    first: &'a [E],
    second: &'a mut [E],
}

impl<E: Element> Work for Second<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { code, first, second } = self;
        let mut free = code.first_free(1);
        let mut sum = E::default();
        touch(&first[..code.buckets[0].starts[1]]);
        for range in code.buckets[0].ranges() {
            let bucket = &first[range.clone()];
            let (next, tos) = (&first[range.end..], &code.buckets[1].of[range.start..]);
            for (i, (&local, &to)) in code.locals[0][range].iter().zip(tos).enumerate() {
                prefetch(next, i);
                if let Some(&later) = tos.get(i + AHEAD) {
                    prefetch(second, free[usize::from(later)]);
                }
                sum = sum + bucket[usize::from(local)];
                let at = &mut free[usize::from(to)];
                second[*at] = sum;
                *at += 1;
            }
        }
    }
}

/// As [`Second`], in the room of the first permutation.
struct Deal<'a, E: Element> {
    code: &'a Code,
    second: Pieces<E>,
}

impl<E: Element> Work for Deal<'_, E> {
    type Output = Pieces<E>;

    #[inline(always)]
    fn run(self) -> Pieces<E> {
        let Self { code, mut second } = self;
        let (mut bucket, mut sum) = (Vec::new(), E::default());
        for range in code.buckets[0].ranges() {
            bucket.clear();
            bucket.extend_from_slice(second.unread(range.clone()));
            for (&local, &to) in code.locals[0][range.clone()].iter().zip(&code.buckets[1].of[range]) {
                sum = sum + bucket[usize::from(local)];
                second.put(usize::from(to), sum);
            }
        }
        wipe(&mut bucket);
        second
    }
}

/// Overwrites what nobody may find. As thorough as the optimiser leaves it, which [`Zeroize`] would force, an element at
/// a time and several times as long: this is for the tens of megabytes on the way, not for outcomes.
pub(crate) fn wipe<E: Element>(elements: &mut [E]) {
    elements.fill(E::default());
    std::hint::black_box(elements);
}

/// What vectors are made of.
pub(crate) trait Element: Copy + DefaultIsZeroes + Add<Output = Self> {}

impl<E: Copy + DefaultIsZeroes + Add<Output = E>> Element for E {}

#[cfg(test)]
mod tests;
