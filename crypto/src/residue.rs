//! Integers modulo an odd number of 52 bits, by the million.
//!
//! An element a stands as a·2^52 mod p: P. L. Montgomery, "Modular Multiplication Without Trial Division", Mathematics of
//! Computation 44 (1985). With AVX-512 IFMA, which multiplies numbers of 52 bits and adds either half of the product, loops run
//! eight elements at a time; elsewhere portably, with the same outcome. Everything is constant-time in the elements.

#[cfg(target_arch = "x86_64")]
mod x86;

use zeroize::DefaultIsZeroes;

/// Bits of a modulus.
pub const BITS: u32 = 52;

const MASK: u64 = (1 << BITS) - 1;

/// a·2^52 mod p, below p.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Residue(u64);

impl DefaultIsZeroes for Residue {}

impl Residue {
    /// As it stands: below 2^52.
    pub fn word(self) -> u64 {
        self.0
    }
}

/// An odd number p between 2^51 and 2^52, and what follows from it.
#[derive(Clone, Copy, Debug)]
pub struct Modulus {
    p: u64,
    /// -1/p modulo 2^52.
    inverse: u64,
    /// 2^52, 2^104 and 2^156 modulo p.
    powers: [u64; 3],
}

impl Modulus {
    /// Arithmetic modulo p.
    ///
    /// # Panics
    /// Unless p is odd and has [`BITS`] bits.
    pub fn new(p: u64) -> Self {
        assert!(p % 2 == 1 && p >> (BITS - 1) == 1, "an odd number of 52 bits");
        // Newton's iteration doubles the right bits: p·p = 1 modulo 8.
        let inverse = (0..5).fold(p, |x: u64, _| x.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(x))));
        let modulus = u128::from(p);
        let once = (1u128 << BITS) % modulus;
        let twice = (1u128 << (2 * BITS)) % modulus;
        let thrice = twice * once % modulus;
        let powers = [once, twice, thrice].map(|power| power as u64);
        Self { p, inverse: inverse.wrapping_neg() & MASK, powers }
    }

    /// p itself.
    pub fn value(&self) -> u64 {
        self.p
    }

    /// 1.
    pub fn one(&self) -> Residue {
        Residue(self.powers[0])
    }

    /// t / 2^52 mod p, for t below 2^116.
    #[inline]
    fn reduce(&self, t: u128) -> u64 {
        // What is above 2^104 is folded once; then what is reduced is below 2^52 + 2^13 + p, and p is above 2^51.
        let top = (t >> (2 * BITS)) as u64;
        let t = (t & ((1 << (2 * BITS)) - 1)) + u128::from(top) * u128::from(self.powers[1]);
        let m = (t as u64).wrapping_mul(self.inverse) & MASK;
        let reduced = ((t + u128::from(m) * u128::from(self.p)) >> BITS) as u64;
        (0..3).fold(reduced, |value, _| value.min(value.wrapping_sub(self.p)))
    }

    /// a + b.
    #[inline]
    pub fn add(&self, a: Residue, b: Residue) -> Residue {
        let sum = a.0 + b.0;
        Residue(sum.min(sum.wrapping_sub(self.p)))
    }

    /// a - b.
    #[inline]
    pub fn sub(&self, a: Residue, b: Residue) -> Residue {
        let difference = a.0.wrapping_sub(b.0);
        Residue(difference.min(difference.wrapping_add(self.p)))
    }

    /// a·b.
    #[inline]
    pub fn mul(&self, a: Residue, b: Residue) -> Residue {
        Residue(self.reduce(u128::from(a.0) * u128::from(b.0)))
    }

    /// An integer of 64 bits.
    #[inline]
    pub fn of(&self, word: u64) -> Residue {
        let (low, high) = (word & MASK, word >> BITS);
        let [_, twice, thrice] = self.powers.map(u128::from);
        Residue(self.reduce(u128::from(low) * twice + u128::from(high) * thrice))
    }

    /// What stands for an element, whatever it is.
    pub fn read(&self, word: u64) -> Residue {
        Residue(word % self.p)
    }

    /// `out[i]` = the integer `words[i]`.
    ///
    /// # Panics
    /// If the lengths differ, as all that follow.
    pub fn of_each(&self, out: &mut [Residue], words: &[u64]) {
        assert_eq!(out.len(), words.len(), "an element for each word");
        #[cfg(target_arch = "x86_64")]
        let done = x86::of_each(self, out, words);
        #[cfg(not(target_arch = "x86_64"))]
        let done = 0;
        out[done..].iter_mut().zip(&words[done..]).for_each(|(out, &word)| *out = self.of(word));
    }

    /// `out[i]` = the integer `words[i]` times `by[i]`.
    pub fn weigh_each(&self, out: &mut [Residue], words: &[u64], by: &[Residue]) {
        assert!(out.len() == words.len() && out.len() == by.len(), "a factor for each word");
        #[cfg(target_arch = "x86_64")]
        let done = x86::weigh_each(self, out, words, by);
        #[cfg(not(target_arch = "x86_64"))]
        let done = 0;
        let factors = words[done..].iter().zip(&by[done..]);
        out[done..]
            .iter_mut()
            .zip(factors)
            .for_each(|(out, (&word, &by))| *out = self.mul(self.of(word), by));
    }

    /// `out[i] = a[i] - b[i]`.
    pub fn subtract(&self, out: &mut [Residue], a: &[Residue], b: &[Residue]) {
        assert!(out.len() == a.len() && out.len() == b.len(), "as many on both sides");
        #[cfg(target_arch = "x86_64")]
        let done = x86::subtract(self, out, a, b);
        #[cfg(not(target_arch = "x86_64"))]
        let done = 0;
        let both = a[done..].iter().zip(&b[done..]);
        out[done..].iter_mut().zip(both).for_each(|(out, (&a, &b))| *out = self.sub(a, b));
    }

    /// The sum of all `a[i]·b[i]`.
    pub fn dot(&self, a: &[Residue], b: &[Residue]) -> Residue {
        assert_eq!(a.len(), b.len(), "as many factors on both sides");
        a.chunks(TOGETHER).zip(b.chunks(TOGETHER)).fold(Residue(0), |sum, (a, b)| {
            #[cfg(target_arch = "x86_64")]
            let (done, products) = x86::dot(a, b);
            #[cfg(not(target_arch = "x86_64"))]
            let (done, products) = (0, 0);
            let rest = a[done..].iter().zip(&b[done..]);
            let products = rest.fold(products, |sum, (a, b)| sum + u128::from(a.0) * u128::from(b.0));
            self.add(sum, Residue(self.reduce(products)))
        })
    }

    /// Of two vectors of eight rows, each the values that polynomials of degree 1 in three variables (a polynomial for each
    /// column) have at {0, 1}^3, the sums over the columns of the products of these polynomials at {0, 1, ∞}^3: ∞ stands for the
    /// highest coefficient, the first variable is the highest digit. `None` where the processor has nothing to make this quicker
    /// than row by row, or rows are not as long as a multiple of eight.
    ///
    /// # Panics
    /// Unless both vectors have one length, and that of eight rows.
    pub fn cube(&self, a: &[Residue], b: &[Residue]) -> Option<[Residue; 27]> {
        assert!(a.len() == b.len() && a.len().is_multiple_of(8), "two vectors of eight rows");
        let columns = a.len() / 8;
        if columns == 0 || !columns.is_multiple_of(8) {
            return None;
        }
        #[cfg(target_arch = "x86_64")]
        {
            x86::cube(self, &eight_rows(a), &eight_rows(b))
        }
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// `out[i]` = the sum of all `by[k]·rows[k][i]`: [`TOGETHER`] rows at most.
    pub fn combine(&self, out: &mut [Residue], rows: &[&[Residue]], by: &[Residue]) {
        assert!(rows.len() == by.len() && rows.len() <= TOGETHER, "a factor for each of few rows");
        assert!(rows.iter().all(|row| row.len() == out.len()), "rows of one length");
        #[cfg(target_arch = "x86_64")]
        let done = x86::combine(self, out, rows, by);
        #[cfg(not(target_arch = "x86_64"))]
        let done = 0;
        for (at, out) in out.iter_mut().enumerate().skip(done) {
            let products = rows.iter().zip(by).map(|(row, by)| u128::from(row[at].0) * u128::from(by.0));
            *out = Residue(self.reduce(products.sum()));
        }
    }
}

/// The rows of a vector of eight.
#[cfg(target_arch = "x86_64")]
fn eight_rows(vector: &[Residue]) -> [&[Residue]; 8] {
    let columns = vector.len() / 8;
    std::array::from_fn(|row| &vector[row * columns..(row + 1) * columns])
}

/// Products that are added before they are reduced.
pub const TOGETHER: usize = 1 << 11;

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};

    /// The greatest and the least modulus, and some between.
    const MODULI: [u64; 4] = [MASK, (1 << 51) + 1, 0x000a_bcde_f012_3457, 0x000f_0000_0000_0001];

    fn value(field: &Modulus, element: Residue) -> u128 {
        u128::from(field.reduce(u128::from(element.0)))
    }

    #[test]
    fn arithmetic_is_that_of_residues() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for p in MODULI {
            let (field, modulus) = (Modulus::new(p), u128::from(p));
            assert_eq!(value(&field, field.one()), 1);
            let edges = [0, 1, p - 1, p, u64::MAX, MASK, 1 << 52];
            let words: Vec<u64> = edges.into_iter().chain((0..30).map(|_| rng.next_u64())).collect();
            for (&a, &b) in words.iter().zip(words.iter().rev()) {
                let (x, y, a, b) = (field.of(a), field.of(b), u128::from(a), u128::from(b));
                assert!(x.0 < p && field.read(x.0) == x);
                assert_eq!(value(&field, x), a % modulus);
                assert_eq!(value(&field, field.mul(x, y)), (a % modulus) * (b % modulus) % modulus);
                assert_eq!(value(&field, field.add(x, y)), (a + b) % modulus);
                assert_eq!(value(&field, field.sub(x, y)), (a % modulus + modulus - b % modulus) % modulus);
            }
            let most = (1u128 << 116) - 1;
            let found = u128::from(field.reduce(most));
            assert_eq!(found * ((1 << 52) % modulus) % modulus, most % modulus);
        }
    }

    #[test]
    fn loops_agree_with_single_elements() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        for (p, len) in MODULI.into_iter().zip([0, 7, 100, 5000]) {
            let field = Modulus::new(p);
            let words: Vec<u64> = (0..len).map(|_| rng.next_u64()).collect();
            let one_by_one: Vec<Residue> = words.iter().map(|&word| field.of(word)).collect();
            let mut x = vec![Residue(1); len];
            field.of_each(&mut x, &words);
            assert_eq!(x, one_by_one);
            let y: Vec<Residue> = x.iter().rev().copied().collect();
            let both = || x.iter().zip(&y);
            let mut out = vec![Residue(1); len];
            field.weigh_each(&mut out, &words, &y);
            assert_eq!(out, both().map(|(&x, &y)| field.mul(x, y)).collect::<Vec<_>>());
            field.subtract(&mut out, &x, &y);
            assert_eq!(out, both().map(|(&x, &y)| field.sub(x, y)).collect::<Vec<_>>());
            let sum = both().fold(Residue(0), |sum, (&x, &y)| field.add(sum, field.mul(x, y)));
            assert_eq!(field.dot(&x, &y), sum);
            let by: Vec<Residue> = (0..9).map(|_| field.of(rng.next_u64())).collect();
            let rows = [&x[..], &y, &x, &x, &y, &y, &x, &y, &x];
            field.combine(&mut out, &rows, &by);
            let row = |at: usize| {
                rows.iter().zip(&by).fold(Residue(0), |sum, (r, &by)| field.add(sum, field.mul(r[at], by)))
            };
            assert_eq!(out, (0..len).map(row).collect::<Vec<_>>());
        }
    }

    #[test]
    fn products_of_polynomials_in_three_variables() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        for (p, columns) in MODULI.into_iter().zip([8, 24, 8 * 2049, 16]) {
            let field = Modulus::new(p);
            let mut vector = |most| -> Vec<Residue> {
                (0..8 * columns)
                    .map(|_| if most { Residue(p - 1) } else { field.of(rng.next_u64()) })
                    .collect()
            };
            for most in [false, true] {
                let (a, b) = (vector(most), vector(most));
                let Some(found) = field.cube(&a, &b) else { return };
                for (point, found) in found.into_iter().enumerate() {
                    // At ∞, the value at 1 less that at 0.
                    let at = |vector: &[Residue], column: usize| {
                        let mut values: Vec<Residue> =
                            (0..8).map(|row| vector[row * columns + column]).collect();
                        for digit in [point / 9, point / 3 % 3, point % 3] {
                            let (low, high) = values.split_at(values.len() / 2);
                            values = low
                                .iter()
                                .zip(high)
                                .map(|(&low, &high)| match digit {
                                    0 => low,
                                    1 => high,
                                    _ => field.sub(high, low),
                                })
                                .collect();
                        }
                        values[0]
                    };
                    let sum = (0..columns).fold(Residue(0), |sum, column| {
                        field.add(sum, field.mul(at(&a, column), at(&b, column)))
                    });
                    assert_eq!(found, sum, "{columns} columns, point {point}");
                }
            }
            assert_eq!(field.cube(&[], &[]), None);
            assert_eq!(field.cube(&vector(true)[..24], &vector(true)[..24]), None);
        }
    }

    #[test]
    fn the_greatest_sums_do_not_overflow() {
        for p in MODULI {
            let field = Modulus::new(p);
            let (most, minus_one) = (Residue(p - 1), field.sub(Residue(0), field.one()));
            let many = vec![most; TOGETHER];
            let square = field.mul(most, most);
            let expected = field.mul(square, field.of(TOGETHER as u64));
            assert_eq!(field.dot(&many, &many), expected);
            let rows = vec![&many[..9]; TOGETHER];
            let mut out = [Residue(0); 9];
            field.combine(&mut out, &rows, &many);
            assert_eq!(out, [expected; 9]);
            assert_eq!(field.add(minus_one, field.one()), Residue(0));
        }
    }
}
