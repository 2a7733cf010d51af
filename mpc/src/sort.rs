//! Rows in the order of secret keys.
//!
//! Rows are shuffled first; then comparisons may be opened, as their outcomes say only which random order the rows are
//! in now: K. Hamada, R. Kikuchi, D. Ikarashi, K. Chida, K. Takahashi, "Practically Efficient Multi-Party Sorting
//! Protocols from Comparison Sort Algorithms", ICISC 2012. That needs keys of which no two are equal: the number of the
//! row is appended, which also makes the order stable. Splitters come from a sample, sorted first (W. D. Frazer, A. C.
//! McKellar, "Samplesort", JACM 1970), so that nearly log2 n comparisons a row suffice; all comparisons of a level go in
//! one batch.
//!
//! *Learnt:* the number of rows.

use crate::araki16::{open, same_length};
use crate::bits::{Planes, less_words};
use crate::context::{Context, blocks};
use crate::error::MpcError;
use crate::permute::Permutation;
use crate::pool;
use crate::ring::{B64, Ring};
use crate::shares::Shares;
use crate::verified::verify;

/// Segments of so many rows and fewer are sorted by comparing all with all, at once.
const SMALL: usize = 8;

/// An order of rows that no party knows: what [`order`] makes of keys.
pub struct Order {
    shuffle: Permutation,
    /// The shuffled rows in the order of their keys.
    rows: Vec<usize>,
}

impl Order {
    /// A column in the order of the keys.
    ///
    /// # Errors
    /// [`MpcError::Lengths`]; else a failure of a channel or a misstep of a peer.
    pub fn apply<R: Ring>(&self, context: &mut Context, column: &Shares<R>) -> Result<Shares<R>, MpcError> {
        Ok(self.shuffle.shuffle(context, column)?.gather(&self.rows))
    }

    /// A column in the order of the keys, back in the order of the rows.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn undo<R: Ring>(&self, context: &mut Context, column: &Shares<R>) -> Result<Shares<R>, MpcError> {
        same_length("a sorted column", column.len(), self.rows.len())?;
        let mut places = vec![0; self.rows.len()];
        self.rows.iter().enumerate().for_each(|(place, &row)| places[row] = place);
        self.shuffle.unshuffle(context, &column.gather(&places))
    }
}

/// Sorts by keys of few enough bits that the number of a row fits beside them in 64; equal keys stay in the order of their
/// rows.
///
/// # Errors
/// [`MpcError::TooManyBits`]; else a failure of a channel or a misstep of a peer.
pub fn order(context: &mut Context, keys: &Planes) -> Result<Order, MpcError> {
    let (rows, role) = (keys.lanes(), context.role());
    let number_bits = (usize::BITS - rows.saturating_sub(1).leading_zeros()) as usize;
    if keys.count() + number_bits > 64 {
        return Err(MpcError::TooManyBits { found: keys.count(), max: 64 - number_bits });
    }
    let numbers: Vec<u64> = (0..rows as u64).collect();
    let distinct = Planes::public(role, &numbers, number_bits).and_then(keys);
    let shuffle = Permutation::random(context, rows)?;
    let words = shuffle.shuffle(context, &distinct.to_words())?;
    let compared = Compared { words, bits: distinct.count() };
    let mut sorted = compared.sort(context, vec![(0..rows).collect()])?;
    Ok(Order { shuffle, rows: sorted.pop().unwrap_or_default() })
}

/// Distinct shuffled words, whose comparisons may be opened.
struct Compared {
    words: Shares<B64>,
    bits: usize,
}

impl Compared {
    /// Whether the first of each pair of rows is the lesser.
    fn less(&self, context: &mut Context, pairs: &[(usize, usize)]) -> Result<Vec<bool>, MpcError> {
        let mut outcomes = Vec::with_capacity(pairs.len());
        for block in blocks(pairs.len()) {
            let pairs = &pairs[block];
            let side = |row: fn(&(usize, usize)) -> usize| {
                let part = |words: &[B64]| pool::filled(pairs.iter().map(|pair| words[row(pair)]));
                let words = Shares::new(part(&self.words.own), part(&self.words.next));
                Planes::of_words(&words, self.bits)
            };
            let (left, right) = (side(|pair| pair.0), side(|pair| pair.1));
            let less = less_words(context, &left, &right)?;
            let less = verify(context, less)?;
            let words = open(context, &less)?;
            outcomes.extend((0..pairs.len()).map(|at| words[at / 64].0 >> (at % 64) & 1 == 1));
        }
        Ok(outcomes)
    }

    /// Each segment in order, all at once.
    fn sort(&self, context: &mut Context, segments: Vec<Vec<usize>>) -> Result<Vec<Vec<usize>>, MpcError> {
        let (mut large, mut small) = (Vec::new(), Vec::new());
        let sizes: Vec<bool> = segments.iter().map(|segment| segment.len() > SMALL).collect();
        for segment in segments {
            if segment.len() > SMALL { large.push(segment) } else { small.push(segment) }
        }
        // Small segments wait for those that the large ones fall into.
        let mut counts = Vec::new();
        if !large.is_empty() {
            for (splitters, buckets) in self.divide(context, large)? {
                counts.push(splitters);
                small.extend(buckets);
            }
        }
        let mut sorted = if small.iter().any(|segment| segment.len() > SMALL) {
            self.sort(context, small)?
        } else {
            self.sort_small(context, small)?
        };
        // Put the buckets together again, with the splitters between them.
        let direct = sizes.iter().filter(|large| !**large).count();
        let mut buckets = sorted.split_off(direct).into_iter();
        let (mut sorted, mut counts) = (sorted.into_iter(), counts.into_iter());
        let joined = sizes.into_iter().map(|large| {
            if !large {
                return sorted.next().unwrap_or_default();
            }
            let splitters = counts.next().unwrap_or_default();
            let mut all = Vec::new();
            for splitter in splitters.into_iter().map(Some).chain([None]) {
                all.extend(buckets.next().unwrap_or_default());
                all.extend(splitter);
            }
            all
        });
        Ok(joined.collect())
    }

    /// Of each segment, 2^k - 1 splitters in order and the 2^k buckets between them.
    #[expect(clippy::type_complexity, reason = "two lists of rows")]
    fn divide(
        &self,
        context: &mut Context,
        segments: Vec<Vec<usize>>,
    ) -> Result<Vec<(Vec<usize>, Vec<Vec<usize>>)>, MpcError> {
        let levels: Vec<u32> = segments.iter().map(|segment| levels(segment.len())).collect();
        let (mut samples, mut others) = (Vec::new(), Vec::new());
        for (mut segment, &levels) in segments.into_iter().zip(&levels) {
            // Rows are shuffled: the first are as good a sample as any.
            others.push(segment.split_off((1 << levels) - 1));
            samples.push(segment);
        }
        let splitters = self.sort(context, samples)?;
        // Each row goes down the tree of splitters: `place` is the number of splitters known to be less.
        let mut places: Vec<Vec<usize>> = others.iter().map(|rows| vec![0; rows.len()]).collect();
        for level in 0..levels.iter().copied().max().unwrap_or(0) {
            let mut pairs = Vec::new();
            let going = |at: usize| levels[at].checked_sub(level + 1);
            for (at, rows) in others.iter().enumerate() {
                let Some(below) = going(at) else { continue };
                let splitter = |place: usize| splitters[at][place + (1 << below) - 1];
                pairs.extend(rows.iter().zip(&places[at]).map(|(&row, &place)| (splitter(place), row)));
            }
            let mut greater = self.less(context, &pairs)?.into_iter();
            for (at, places) in places.iter_mut().enumerate() {
                let Some(below) = going(at) else { continue };
                places
                    .iter_mut()
                    .zip(&mut greater)
                    .for_each(|(place, greater)| *place += usize::from(greater) << below);
            }
        }
        let divided = splitters.into_iter().zip(others.into_iter().zip(places));
        let divided = divided.map(|(splitters, (rows, places))| {
            let mut buckets = vec![Vec::new(); splitters.len() + 1];
            rows.into_iter().zip(places).for_each(|(row, place)| buckets[place].push(row));
            (splitters, buckets)
        });
        Ok(divided.collect())
    }

    /// All pairs of each segment are compared; a row's place is the number of those less than it.
    fn sort_small(
        &self,
        context: &mut Context,
        segments: Vec<Vec<usize>>,
    ) -> Result<Vec<Vec<usize>>, MpcError> {
        let pairs_of = |len: usize| (0..len).flat_map(move |i| (i + 1..len).map(move |j| (i, j)));
        let pairs: Vec<_> =
            segments.iter().flat_map(|rows| pairs_of(rows.len()).map(|(i, j)| (rows[i], rows[j]))).collect();
        let mut less = self.less(context, &pairs)?.into_iter();
        let sorted = segments.into_iter().map(|rows| {
            let mut places = vec![0; rows.len()];
            for ((i, j), first) in pairs_of(rows.len()).zip(&mut less) {
                places[if first { j } else { i }] += 1;
            }
            let mut sorted = rows.clone();
            rows.into_iter().zip(places).for_each(|(row, place)| sorted[place] = row);
            sorted
        });
        Ok(sorted.collect())
    }
}

/// How deep the tree of splitters is: buckets of about 64 rows where there are many, of about 4 where there are few.
fn levels(rows: usize) -> u32 {
    match (rows / 64).max(1).ilog2() {
        deep @ 3.. => deep,
        _ => (rows / 4).max(2).ilog2().min(3),
    }
}
