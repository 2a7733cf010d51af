//! The last step: the lower half of what the second permutation gives, and D times the upper half.

use super::{Accumulated, Code, Element, PIECE, Places, SIGMA, Store, Stream, wipe};
use rayon::prelude::*;
use yinshu_crypto::field::F128;
use yinshu_crypto::widest::Work;

/// Inputs of one table of sums.
const TABLE: usize = 4;

/// Blocks of D that are drawn at a time.
const ROWS: usize = 8;

/// Entries that were computed, or a vector that has been taken in; and how many entries are wanted.
pub(crate) enum Outcome<'a, E: Element> {
    /// To be computed, in room that is kept.
    Due { code: &'a Code, state: &'a mut Accumulated<E>, n: usize },
    /// Computed.
    Made(&'a mut Vec<E>, usize),
}

impl<'a, E: Element + Send + Sync> Outcome<'a, E> {
    /// All entries; what follows them is of no meaning. May be taken out.
    pub(crate) fn whole(self) -> &'a mut Vec<E> {
        match self {
            Self::Due { code, state, n } => code.finish(state, n),
            Self::Made(entries, _) => entries,
        }
    }

    /// [`Code::finish_each`], of as many entries as are wanted.
    pub(crate) fn each<T: Send>(self, per: usize, out: &mut [T], to: impl Fn(&[E], &mut [T]) + Sync) {
        let (Self::Due { n, .. } | Self::Made(_, n)) = &self;
        assert_eq!(per * out.len(), *n, "all entries are wanted");
        match self {
            Self::Due { code, state, .. } => code.finish_each(state, (per, out), to),
            Self::Made(entries, n) => {
                let entries = entries[..n].par_chunks(PIECE);
                out.par_chunks_mut(PIECE / per).zip(entries).for_each(|(out, entries)| to(entries, out));
            }
        }
    }
}

/// The lower half and D times the upper half, of the second permutation's outcome.
pub(super) struct Fold<'a, E, S: ?Sized> {
    pub(super) code: &'a Code,
    pub(super) second: &'a S,
    pub(super) out: &'a mut [E],
}

impl<E: Element, S: Store<E> + ?Sized> Work for Fold<'_, E, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        Blocks::new(self.code, self.second, 0).fill(self.out);
    }
}

/// How many entries [`Code::finish_each`] gives at a time: what is drawn together.
pub(super) const TOGETHER: usize = ROWS * SIGMA;

/// As [`Fold`], entries from `start` on, a multiple of [`TOGETHER`], given away as they come.
pub(super) struct FoldEach<'a, E, T, F> {
    pub(super) code: &'a Code,
    pub(super) second: &'a [E],
    pub(super) start: usize,
    /// How many entries make an element of `out`.
    pub(super) per: usize,
    pub(super) out: &'a mut [T],
    pub(super) to: F,
}

impl<E: Element, T, F: Fn(&[E], &mut [T])> Work for FoldEach<'_, E, T, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { code, second, start, per, out, to } = self;
        let mut blocks = Blocks::new(code, second, start);
        let mut entries = [E::default(); TOGETHER];
        for out in out.chunks_mut(TOGETHER / per) {
            let entries = &mut entries[..per * out.len()];
            blocks.fill(entries);
            to(entries, out);
        }
        wipe(&mut entries);
    }
}

/// Where folding is, block by block of D.
struct Blocks<'a, E: Element, S: ?Sized> {
    stream: Stream,
    low: Places<'a, E, S>,
    high: Places<'a, E, S>,
    /// Places of the upper half that are left.
    left: usize,
    tables: [[E; 1 << TABLE]; SIGMA / TABLE],
}

impl<E: Element, S: ?Sized> Drop for Blocks<'_, E, S> {
    fn drop(&mut self) {
        wipe(self.tables.as_flattened_mut());
    }
}

impl<'a, E: Element, S: Store<E> + ?Sized> Blocks<'a, E, S> {
    #[inline(always)]
    fn new(code: &'a Code, second: &'a S, start: usize) -> Self {
        let half = code.places / 2;
        let mut stream = Stream::new(5, code.places);
        stream.at = (start / 4) as u64;
        Self {
            stream,
            low: code.places_from(start, second),
            high: code.places_from(half + start, second),
            left: half - start,
            tables: [[E::default(); 1 << TABLE]; SIGMA / TABLE],
        }
    }

    /// The next entries; as many as are drawn together, or the last ones.
    #[inline(always)]
    fn fill(&mut self, out: &mut [E]) {
        let mut rows = [F128::ZERO; ROWS * SIGMA / 4];
        for (block, out) in out.chunks_mut(SIGMA).enumerate() {
            if block % ROWS == 0 {
                self.stream.fill(&mut rows);
            }
            let rows = &rows[block % ROWS * SIGMA / 4..][..SIGMA / 4];
            let inputs = SIGMA.min(self.left);
            self.left -= inputs;
            let mut column = [E::default(); SIGMA];
            for input in &mut column[..inputs] {
                *input = self.high.next();
            }
            for (table, inputs) in self.tables.iter_mut().zip(column.as_chunks::<TABLE>().0) {
                for (bit, &input) in inputs.iter().enumerate() {
                    for sum in 0..1 << bit {
                        table[1 << bit | sum] = table[sum] + input;
                    }
                }
            }
            for (i, out) in out.iter_mut().enumerate() {
                let row = (rows[i / 4].0 >> (i % 4 * 32)) as u32;
                let mut sum = self.low.next();
                for (group, table) in self.tables.iter().enumerate() {
                    sum = sum + table[(row >> (group * TABLE)) as usize % (1 << TABLE)];
                }
                *out = sum;
            }
        }
    }
}
