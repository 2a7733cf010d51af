//! One element at a time in five limbs of 51 bits: the kernel of every processor, and the twin that the
//! vector kernels are compared with.

use super::{Field, Index, Mask, Row, Words};

const LOW: u64 = (1 << 51) - 1;

/// One element. Limbs of a reduced one are below 2^52, those of a wide one below 2^55.
#[derive(Clone, Copy)]
pub(crate) struct One([u64; 5]);

/// 16·(2^255 - 19), limb by limb: above every limb of a wide element.
const BIAS: [u64; 5] = [16 * (LOW - 18), 16 * LOW, 16 * LOW, 16 * LOW, 16 * LOW];

/// Splits a number into limbs of 51 bits; bit 255 is dropped.
#[inline(always)]
fn split(w: &Words) -> [u64; 5] {
    [
        w[0] & LOW,
        (w[0] >> 51 | w[1] << 13) & LOW,
        (w[1] >> 38 | w[2] << 26) & LOW,
        (w[2] >> 25 | w[3] << 39) & LOW,
        (w[3] >> 12) & LOW,
    ]
}

impl One {
    /// The limbs of the number below 2^255 - 19.
    #[inline(always)]
    fn freeze(self) -> [u64; 5] {
        let mut l = Self::carry(self).0;
        // Now below 2^255 + 2^206, hence below 2p: at least p when adding 19 carries out of bit 254.
        let mut over = 19;
        for limb in l {
            over = (limb + over) >> 51;
        }
        let mut carry = 19 * over;
        for limb in &mut l {
            *limb += carry;
            carry = *limb >> 51;
            *limb &= LOW;
        }
        l
    }
}

#[inline(always)]
fn wide(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

/// Carries the columns of a product into limbs below 2^51 + 2^14.
#[inline(always)]
fn collect(mut columns: [u128; 5]) -> One {
    let mut limbs = [0; 5];
    for at in 0..5 {
        limbs[at] = columns[at] as u64 & LOW;
        let carry = columns[at] >> 51;
        match at {
            // A column is below 2^111, the carry below 2^60, and 19 times it carries at most 2^14 on.
            4 => {
                let folded = u128::from(limbs[0]) + 19 * carry;
                limbs[0] = folded as u64 & LOW;
                limbs[1] += (folded >> 51) as u64;
            }
            _ => columns[at + 1] += carry,
        }
    }
    One(limbs)
}

impl Field for One {
    type Proof = ();
    type Wide = Self;
    const LANES: usize = 1;

    #[inline(always)]
    fn splat((): (), number: &Words) -> Self {
        Self(split(number))
    }

    #[inline(always)]
    fn like(self, number: &Words) -> Self {
        Self(split(number))
    }

    #[inline(always)]
    fn load((): (), numbers: &[Words]) -> Self {
        Self(numbers.first().map_or([0; 5], split))
    }

    #[inline(always)]
    fn store(self, numbers: &mut [Words]) {
        let l = self.freeze();
        if let Some(number) = numbers.first_mut() {
            *number = [
                l[0] | l[1] << 51,
                l[1] >> 13 | l[2] << 38,
                l[2] >> 26 | l[3] << 25,
                l[3] >> 39 | l[4] << 12,
            ];
        }
    }

    #[inline(always)]
    fn wide(self) -> Self {
        self
    }

    #[inline(never)] // a copy for every use would overflow the instruction cache
    fn mul_wide(self, by: Self) -> Self {
        let (a, b) = (self.0, by.0);
        let n = [19 * b[0], 19 * b[1], 19 * b[2], 19 * b[3], 19 * b[4]];
        collect([
            wide(a[0], b[0]) + wide(a[1], n[4]) + wide(a[2], n[3]) + wide(a[3], n[2]) + wide(a[4], n[1]),
            wide(a[0], b[1]) + wide(a[1], b[0]) + wide(a[2], n[4]) + wide(a[3], n[3]) + wide(a[4], n[2]),
            wide(a[0], b[2]) + wide(a[1], b[1]) + wide(a[2], b[0]) + wide(a[3], n[4]) + wide(a[4], n[3]),
            wide(a[0], b[3]) + wide(a[1], b[2]) + wide(a[2], b[1]) + wide(a[3], b[0]) + wide(a[4], n[4]),
            wide(a[0], b[4]) + wide(a[1], b[3]) + wide(a[2], b[2]) + wide(a[3], b[1]) + wide(a[4], b[0]),
        ])
    }

    #[inline(never)] // a copy for every use would overflow the instruction cache
    fn square_wide(self) -> Self {
        let a = self.0;
        let (n3, n4) = (19 * a[3], 19 * a[4]);
        collect([
            wide(a[0], a[0]) + 2 * (wide(a[1], n4) + wide(a[2], n3)),
            wide(a[3], n3) + 2 * (wide(a[0], a[1]) + wide(a[2], n4)),
            wide(a[1], a[1]) + 2 * (wide(a[0], a[2]) + wide(a[3], n4)),
            wide(a[4], n4) + 2 * (wide(a[0], a[3]) + wide(a[1], a[2])),
            wide(a[2], a[2]) + 2 * (wide(a[0], a[4]) + wide(a[1], a[3])),
        ])
    }

    #[inline(always)]
    fn add_wide(to: Self, this: Self) -> Self {
        let mut sum = to.0;
        for (limb, more) in sum.iter_mut().zip(this.0) {
            *limb += more;
        }
        Self(sum)
    }

    #[inline(always)]
    fn sub_wide(from: Self, this: Self) -> Self {
        let mut difference = from.0;
        for (limb, (bias, less)) in difference.iter_mut().zip(BIAS.into_iter().zip(this.0)) {
            *limb += bias - less;
        }
        Self(difference)
    }

    #[inline(always)]
    fn carry(this: Self) -> Self {
        let l = this.0;
        Self([
            (l[0] & LOW) + 19 * (l[4] >> 51),
            (l[1] & LOW) + (l[0] >> 51),
            (l[2] & LOW) + (l[1] >> 51),
            (l[3] & LOW) + (l[2] >> 51),
            (l[4] & LOW) + (l[3] >> 51),
        ])
    }

    #[inline(always)]
    fn select_wide(this: Self, other: Self, mask: Mask) -> Self {
        this.select(other, mask)
    }

    #[inline(always)]
    fn mul_small(self, by: u32) -> Self {
        let a = self.0;
        let by = u64::from(by);
        collect([wide(a[0], by), wide(a[1], by), wide(a[2], by), wide(a[3], by), wide(a[4], by)])
    }

    #[inline(always)]
    fn select(self, other: Self, mask: Mask) -> Self {
        let every = std::hint::black_box(u64::from(mask & 1).wrapping_neg());
        let mut chosen = self.0;
        for (limb, other) in chosen.iter_mut().zip(other.0) {
            *limb ^= every & (*limb ^ other);
        }
        Self(chosen)
    }

    #[inline(always)]
    fn zero_lanes(self) -> Mask {
        let l = self.freeze();
        let any = l[0] | l[1] | l[2] | l[3] | l[4];
        // The top bit of any - 1 is set for 0 alone: limbs are below 2^51.
        (any.wrapping_sub(1) >> 63) as Mask
    }

    #[inline(always)]
    fn negative_lanes(self) -> Mask {
        (self.freeze()[0] & 1) as Mask
    }

    fn pack(numbers: &[Words; 16]) -> Row {
        let mut row = [0; 80];
        for (limbs, number) in row.as_chunks_mut().0.iter_mut().zip(numbers) {
            *limbs = split(number);
        }
        Row(row)
    }

    #[inline(always)]
    fn look_up((): (), row: &Row, index: Index, neutral: u32) -> Self {
        let mut found = [0; 5];
        for (limbs, number) in row.0.as_chunks::<5>().0.iter().zip(1u8..) {
            let equal = std::hint::black_box(same(index[0], number));
            for (limb, entry) in found.iter_mut().zip(limbs) {
                *limb |= equal & entry;
            }
        }
        found[0] |= same(index[0], 0) & u64::from(neutral);
        Self(found)
    }
}

/// All ones if two bytes are the same, zero if not.
#[inline(always)]
fn same(a: u8, b: u8) -> u64 {
    (u64::from(a ^ b).wrapping_sub(1).cast_signed() >> 63).cast_unsigned()
}
