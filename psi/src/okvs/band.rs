//! Rows of random bits in a band (BPSY23, section 4).
//!
//! Rows are sorted by where their bands start and added one by one; each takes the first column in which it has
//! a one and which no row before it took, after the rows it meets on the way were added to it (as in P. Dillinger,
//! S. Walzer, "Ribbon Filter: Practically Smaller Than Bloom and Xor", 2021). Sorted, a row meets 1/ε
//! others or so, however wide the band.
//!
//! Sums of columns are looked up four at a time in tables of the sums of all subsets of four columns.

use super::sorted::Slot;
use super::{Failed, Key, Params, Sorted, Word, scale};
use rand_core::CryptoRng;
use rayon::prelude::*;

/// Columns that share a table.
const NIBBLE: usize = 4;

/// Keys that are decoded together: they share tables.
const STRIP: usize = 512;

/// A row: where its band starts, and its bits.
#[inline]
fn row<const L: usize>(key: Key, starts: u64) -> (usize, [u64; L]) {
    let mut bits = [0; L];
    let (mut a, mut b) = (key.row, key.more());
    for word in &mut bits {
        *word = a;
        (a, b) = (b, fold(a ^ 0x1319_8a2e_0370_7344, b ^ 0xa409_3822_299f_31d0));
    }
    (scale(key.place, starts).0 as usize, bits)
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Shifts right by fewer than 64.
#[inline]
fn shift_right<const L: usize>(bits: &mut [u64; L], by: u32) {
    for at in 0..L {
        let above = if at + 1 < L { bits[at + 1] } else { 0 };
        bits[at] = bits[at] >> by | (above << 1) << (63 - by);
    }
}

/// Sums of all subsets of four columns.
#[inline]
fn sums<W: Word>(columns: [W; NIBBLE]) -> [W; 1 << NIBBLE] {
    let mut sums = [W::default(); 1 << NIBBLE];
    for (bit, column) in columns.iter().enumerate() {
        for at in 0..1 << bit {
            sums[at | 1 << bit] = sums[at].xor(*column);
        }
    }
    sums
}

/// As [`super::vartime_encode`]; `of` says which of the values is that of a key, by its number in the order of `sorted` and in
/// the one given.
pub(super) fn vartime_encode<W: Word, const L: usize>(
    params: &Params,
    sorted: &Sorted,
    (values, of): (impl AsRef<[W]>, impl Fn(usize, usize) -> usize),
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<W>, Failed> {
    let given = values.as_ref();
    let mut system = System::<W, L>::new(params.columns());
    let starts = params.starts();
    for (at, slot) in sorted.slots().iter().enumerate() {
        let (start, bits) = row::<L>(slot.key, starts);
        system.add(start, bits, given[of(at, slot.index as usize)])?;
    }
    drop(values);
    let free = params.columns().checked_sub(sorted.len()).ok_or(Failed)?;
    Ok(system.vartime_solve(&W::random(free, rng)))
}

/// A triangular system: a row begins with the bit of its own column, or is zero.
struct System<W, const L: usize> {
    rows: Vec<[u64; L]>,
    values: Vec<W>,
}

impl<W: Word, const L: usize> System<W, L> {
    fn new(columns: usize) -> Self {
        Self { rows: vec![[0; L]; columns], values: vec![W::default(); columns] }
    }

    /// Adds a row, after others that started no later.
    #[inline]
    fn add(&mut self, mut at: usize, mut bits: [u64; L], mut value: W) -> Result<(), Failed> {
        loop {
            if bits[0] == 0 {
                if bits == [0; L] {
                    return Err(Failed);
                }
                bits.rotate_left(1);
                at += 64;
                continue;
            }
            let zeros = bits[0].trailing_zeros();
            shift_right(&mut bits, zeros);
            at += zeros as usize;
            let row = &mut self.rows[at];
            if row[0] == 0 {
                *row = bits;
                self.values[at] = value;
                return Ok(());
            }
            bits.iter_mut().zip(row).for_each(|(bits, row)| *bits ^= *row);
            value = value.xor(self.values[at]);
        }
    }

    /// Back-substitution from the last column on.
    fn vartime_solve(mut self, free: &[W]) -> Vec<W> {
        let mut free = free.iter();
        let mut solved = std::mem::take(&mut self.values);
        let columns = solved.len();
        let mut window = Window::<W, L>::new();
        let mut nibble = [W::default(); NIBBLE];
        for at in (0..columns).rev() {
            let within = at % NIBBLE;
            let bits = self.rows[at];
            if bits[0] == 0 {
                solved[at] = *free.next().expect("as many as there are columns above rows");
            } else {
                // The columns of this nibble after this one, then those of the following nibbles.
                let mut sum = solved[at];
                for (word, bit) in nibble[within + 1..].iter().zip(1..) {
                    sum = sum.xor(word.masked(bits[0] >> bit & 1));
                }
                solved[at] = window.sum(sum, at / NIBBLE + 1, bits, (NIBBLE - within) as u32);
            }
            nibble[within] = solved[at];
            if within == 0 {
                window.put(at / NIBBLE, sums(nibble));
                nibble = [W::default(); NIBBLE];
            }
        }
        solved
    }
}

/// The tables of the nibbles that a band can reach, in a ring.
struct Window<W, const L: usize> {
    tables: Vec<[W; 1 << NIBBLE]>,
}

impl<W: Word, const L: usize> Window<W, L> {
    const RING: usize = 32 * L;

    fn new() -> Self {
        Self { tables: vec![[W::default(); 1 << NIBBLE]; Self::RING] }
    }

    fn put(&mut self, nibble: usize, sums: [W; 1 << NIBBLE]) {
        self.tables[nibble % Self::RING] = sums;
    }

    /// `start` and the sum of the columns from `nibble` on at the ones of `bits` after the first `skip`.
    #[inline]
    fn sum(&self, start: W, nibble: usize, mut bits: [u64; L], skip: u32) -> W {
        shift_right(&mut bits, skip);
        let tables = &self.tables[..Self::RING];
        let mut sum = start;
        for (word, at) in bits.iter().zip(0..) {
            for digit in 0..16 {
                let table = &tables[(nibble + 16 * at + digit) % Self::RING];
                sum = sum.xor(table[(word >> (4 * digit) & 15) as usize]);
            }
        }
        sum
    }
}

/// As [`super::vartime_decode`].
pub(super) fn vartime_decode<W: Word, const L: usize>(
    params: &Params,
    sorted: &Sorted,
    encoding: &[W],
) -> Vec<W> {
    let mut values = vec![W::default(); sorted.len()];
    let starts = params.starts();
    let strips = sorted.slots().par_chunks(STRIP).zip(values.par_chunks_mut(STRIP));
    strips.for_each_init(Vec::new, |tables, (slots, out)| {
        decode_strip::<W, L>(tables, slots, starts, encoding, out);
    });
    values
}

/// As [`super::vartime_decode_each`].
pub(super) fn vartime_decode_each<W: Word, V: Send, const L: usize>(
    params: &Params,
    sorted: &Sorted,
    encoding: &[W],
    out: &mut [V],
    each: impl Fn(usize, &mut [W], &mut [V]) + Sync,
) {
    let starts = params.starts();
    let strips = sorted.slots().par_chunks(STRIP).zip(out.par_chunks_mut(STRIP)).enumerate();
    strips.for_each_init(
        || (Vec::new(), [W::default(); STRIP]),
        |(tables, values), (strip, (slots, out))| {
            let values = &mut values[..slots.len()];
            decode_strip::<W, L>(tables, slots, starts, encoding, values);
            each(strip * STRIP, values, out);
        },
    );
}

fn decode_strip<W: Word, const L: usize>(
    tables: &mut Vec<[W; 1 << NIBBLE]>,
    slots: &[Slot],
    starts: u64,
    encoding: &[W],
    out: &mut [W],
) {
    let place = |slot: &Slot| scale(slot.key.place, starts).0 as usize;
    let Some((first, last)) = slots.first().map(place).zip(slots.last().map(place)) else { return };
    // One nibble more than the band has, because a band may start within one.
    let first = first / NIBBLE * NIBBLE;
    let reach = (last + 64 * L + NIBBLE).min(encoding.len());
    tables.clear();
    tables.extend(encoding[first..reach].chunks(NIBBLE).map(|columns| {
        let mut nibble = [W::default(); NIBBLE];
        nibble[..columns.len()].copy_from_slice(columns);
        sums(nibble)
    }));
    tables.resize(tables.len() + 1, [W::default(); 1 << NIBBLE]);
    for (slot, out) in slots.iter().zip(out) {
        let (start, bits) = row::<L>(slot.key, starts);
        let (nibble, skip) = ((start - first) / NIBBLE, (start % NIBBLE) as u32);
        let tables = &tables[nibble..nibble + 16 * L + 1];
        let mut below = 0;
        let mut sum = W::default();
        for (word, at) in bits.iter().zip(0..) {
            let shifted = word << skip | below;
            below = (word >> 1) >> (63 - skip);
            for digit in 0..16 {
                sum = sum.xor(tables[16 * at + digit][(shifted >> (4 * digit) & 15) as usize]);
            }
        }
        *out = sum.xor(tables[16 * L][below as usize]);
    }
}

/// Is a random matrix of bands of `width` bits, at most 64, solvable? What the formula for security is tried with.
#[cfg(test)]
pub(super) fn solvable(items: usize, columns: usize, width: usize, rng: &mut impl CryptoRng) -> bool {
    solvable_of(
        (0..items).map(|_| Key { place: rng.next_u64(), row: rng.next_u64() }).collect(),
        columns,
        width,
    )
}

/// As [`solvable`], of the bands of these keys.
#[cfg(test)]
pub(crate) fn solvable_of(mut keys: Vec<Key>, columns: usize, width: usize) -> bool {
    let mut system = System::<u64, 1>::new(columns + width);
    keys.sort_unstable();
    keys.iter().all(|key| {
        let (start, [bits]) = row::<1>(*key, columns as u64 + 1);
        system.add(start, [bits & u64::MAX >> (64 - width)], 0).is_ok()
    })
}
