//! Numbers modulo p = 2^256 - 2^224 - 2^96 + 2^64 - 1, in Montgomery's form (times 2^256), below p.
//!
//! p is -1 modulo 2^64, so that Montgomery's factor is the lowest limb itself; and p + 1 over 2^64,
//! 2^192 - 2^160 - 2^32 + 1, is two shifts and a few subtractions. Everything but [`Field::sqrt`] and
//! comparisons of public values is constant-time.

use std::sync::LazyLock;
use subtle::{Choice, ConditionallySelectable};

/// The prime, least significant limb first.
pub(super) const P: [u64; 4] =
    [0xffff_ffff_ffff_ffff, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0xffff_fffe_ffff_ffff];

/// 2^256 modulo p: one, in Montgomery's form.
const ONE: [u64; 4] = [1, 0xffff_ffff, 0, 0x1_0000_0000];

/// 2^512 modulo p.
static SQUARED: LazyLock<Field> = LazyLock::new(|| (0..256).fold(Field(ONE), |power, _| power.double()));

/// Whether a < b; for public numbers.
pub(super) fn less(a: &[u64; 4], b: &[u64; 4]) -> bool {
    subtract(a, b).1 != 0
}

/// a - b modulo 2^256, and all ones if a < b.
#[inline(always)]
fn subtract(a: &[u64; 4], b: &[u64; 4]) -> ([u64; 4], u64) {
    let (mut out, mut borrow) = ([0; 4], false);
    for (i, limb) in out.iter_mut().enumerate() {
        (*limb, borrow) = a[i].borrowing_sub(b[i], borrow);
    }
    (out, 0u64.wrapping_sub(u64::from(borrow)))
}

/// A number modulo p.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Field([u64; 4]);

impl Field {
    pub(super) const ZERO: Self = Self([0; 4]);
    pub(super) const ONE: Self = Self(ONE);

    /// The number of these limbs, which must be below p.
    pub(super) fn new(limbs: [u64; 4]) -> Self {
        Self(limbs).mul(&SQUARED)
    }

    /// The number of these limbs, any.
    pub(super) fn reduced(limbs: [u64; 4]) -> Self {
        // p is above 2^255: one subtraction is enough.
        Self::new(Self::below(limbs, 0).0)
    }

    /// The number as limbs.
    pub(super) fn value(&self) -> [u64; 4] {
        let [a, b, c, d] = self.0;
        reduce([a, b, c, d, 0, 0, 0, 0]).0
    }

    /// Whether the number is odd.
    pub(super) fn is_odd(&self) -> bool {
        self.value()[0] & 1 == 1
    }

    pub(super) fn is_zero(&self) -> Choice {
        use subtle::ConstantTimeEq as _;
        self.0.ct_eq(&[0; 4])
    }

    /// `limbs` with a carry of 0 or 1 above them, below 2p, brought below p.
    #[inline(always)]
    fn below(limbs: [u64; 4], carry: u64) -> Self {
        let (less, borrow) = subtract(&limbs, &P);
        // Kept as it is where nothing was carried and p was too much.
        let keep = borrow & !0u64.wrapping_sub(carry);
        Self(std::array::from_fn(|i| (limbs[i] & keep) | (less[i] & !keep)))
    }

    #[inline(always)]
    pub(super) fn add(&self, other: &Self) -> Self {
        let (mut out, mut carry) = ([0; 4], false);
        for (i, limb) in out.iter_mut().enumerate() {
            (*limb, carry) = self.0[i].carrying_add(other.0[i], carry);
        }
        Self::below(out, u64::from(carry))
    }

    #[inline(always)]
    pub(super) fn double(&self) -> Self {
        self.add(self)
    }

    #[inline(always)]
    pub(super) fn sub(&self, other: &Self) -> Self {
        let (difference, borrow) = subtract(&self.0, &other.0);
        let (mut out, mut carry) = ([0; 4], false);
        for (i, limb) in out.iter_mut().enumerate() {
            (*limb, carry) = difference[i].carrying_add(P[i] & borrow, carry);
        }
        Self(out)
    }

    #[inline(always)]
    pub(super) fn mul(&self, other: &Self) -> Self {
        let mut wide = [0; 8];
        for i in 0..4 {
            let mut carry = 0;
            for j in 0..4 {
                (wide[i + j], carry) = step(wide[i + j], self.0[i], other.0[j], carry);
            }
            wide[i + 4] = carry;
        }
        reduce(wide)
    }

    #[inline(always)]
    pub(super) fn square(&self) -> Self {
        let [a, b, c, d] = self.0;
        let mut wide = [0u64; 8];
        let mut carry;
        (wide[1], carry) = step(0, a, b, 0);
        (wide[2], carry) = step(0, a, c, carry);
        (wide[3], wide[4]) = step(0, a, d, carry);
        (wide[3], carry) = step(wide[3], b, c, 0);
        (wide[4], wide[5]) = step(wide[4], b, d, carry);
        (wide[5], wide[6]) = step(wide[5], c, d, 0);
        wide[7] = wide[6] >> 63;
        for i in (2..7).rev() {
            wide[i] = (wide[i] << 1) | (wide[i - 1] >> 63);
        }
        wide[1] <<= 1;
        let mut over = false;
        for (i, limb) in [a, b, c, d].into_iter().enumerate() {
            let squared = u128::from(limb) * u128::from(limb);
            (wide[2 * i], over) = wide[2 * i].carrying_add(squared as u64, over);
            (wide[2 * i + 1], over) = wide[2 * i + 1].carrying_add((squared >> 64) as u64, over);
        }
        reduce(wide)
    }

    /// This to the power of a public exponent, four bits at a time.
    fn power(&self, exponent: [u64; 4]) -> Self {
        let mut table = [Self::ONE; 16];
        for i in 1..16 {
            table[i] = table[i - 1].mul(self);
        }
        let mut power = Self::ONE;
        for i in (0..64).rev() {
            if i != 63 {
                power = power.square().square().square().square();
            }
            power = power.mul(&table[(exponent[i / 16] >> (4 * (i % 16))) as usize & 15]);
        }
        power
    }

    /// 1 over this; zero of zero (Fermat).
    pub(super) fn invert(&self) -> Self {
        self.power([P[0] - 2, P[1], P[2], P[3]])
    }

    /// A root, if there is one: p is 3 modulo 4, so that it is the power of (p + 1) / 4. In time that does
    /// not depend on the number but for whether there is one.
    pub(super) fn sqrt(&self) -> Option<Self> {
        let root = self.power([
            0x4000_0000_0000_0000,
            0xffff_ffff_c000_0000,
            0xffff_ffff_ffff_ffff,
            0x3fff_ffff_bfff_ffff,
        ]);
        (root.square() == *self).then_some(root)
    }
}

impl ConditionallySelectable for Field {
    #[inline(always)]
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self(<[u64; 4]>::conditional_select(&a.0, &b.0, choice))
    }
}

/// sum + a·b + carry: the low limb and the carry.
#[inline(always)]
fn step(sum: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(a) * u128::from(b) + u128::from(sum) + u128::from(carry);
    (wide as u64, (wide >> 64) as u64)
}

/// Montgomery's reduction: wide over 2^256, for wide below p·2^256.
#[inline(always)]
fn reduce(mut wide: [u64; 8]) -> Field {
    let mut above = false;
    for i in 0..4 {
        let m = wide[i];
        let (low, high) = (m << 32, m >> 32);
        // m·(p + 1) / 2^64; with m·2^64 from the limb that becomes zero.
        let (r0, b) = m.borrowing_sub(low, false);
        let (r1, b) = 0u64.borrowing_sub(high, b);
        let (r2, b) = 0u64.borrowing_sub(low, b);
        let (r3, _) = m.borrowing_sub(high, b);
        let mut carry = false;
        for (j, r) in [r0, r1, r2, r3].into_iter().enumerate() {
            (wide[i + 1 + j], carry) = wide[i + 1 + j].carrying_add(r, carry);
        }
        if i < 3 {
            for limb in &mut wide[i + 5..] {
                (*limb, carry) = limb.carrying_add(0, carry);
            }
        }
        above |= carry;
    }
    Field::below([wide[4], wide[5], wide[6], wide[7]], u64::from(above))
}

#[cfg(test)]
mod tests;
