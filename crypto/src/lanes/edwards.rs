//! The curve -x² + y² = 1 + dx²y² in lanes: extended coordinates and the formulas of H. Hisil, K. Wong,
//! G. Carter, E. Dawson, "Twisted Edwards Curves Revisited", ASIACRYPT 2008. They are complete: no pair of
//! points is a special case.

use super::{Field, Mask, Words};

pub(super) mod constants {
    //! Numbers of RFC 9496 section 4.1, for a = -1.
    use super::Words;

    /// d
    pub(crate) const D: Words =
        [0x75eb_4dca_1359_78a3, 0x0070_0a4d_4141_d8ab, 0x8cc7_4079_7779_e898, 0x5203_6cee_2b6f_fe73];
    /// 2d
    pub(crate) const D2: Words =
        [0xebd6_9b94_26b2_f159, 0x00e0_149a_8283_b156, 0x198e_80f2_eef3_d130, 0x2406_d9dc_56df_fce7];
    /// √-1
    pub(crate) const SQRT_M1: Words =
        [0xc4ee_1b27_4a0e_a0b0, 0x2f43_1806_ad2f_e478, 0x2b4d_0099_3dfb_d7a7, 0x2b83_2480_4fc1_df0b];
    /// 1 - d²
    pub(crate) const ONE_MINUS_D_SQ: Words =
        [0xe27c_09c1_945f_c176, 0x2c81_a138_cd5e_350f, 0x9994_abdd_be70_dfe4, 0x0290_72a8_b2b3_e0d7];
    /// (d - 1)²
    pub(crate) const D_MINUS_ONE_SQ: Words =
        [0x31ad_5aaa_44ed_4d20, 0xd29e_4a2c_b01e_1999, 0x4cdc_d32f_529b_4eeb, 0x5968_b37a_f66c_2241];
    /// √(ad - 1)
    pub(crate) const SQRT_AD_MINUS_ONE: Words =
        [0x7e97_f6a0_497b_2e1b, 0xaf9d_8e0c_1b78_54bd, 0x0f3c_fcc9_31f5_d1fd, 0x3769_31bf_2b83_48ac];
    /// 1/√(a - d)
    pub(crate) const INVSQRT_A_MINUS_D: Words =
        [0x99c8_fdaa_805d_40ea, 0x9d2f_1617_5a41_72be, 0x16c2_7b91_fe01_d840, 0x786c_8905_cfaf_fca2];
}

const ONE: Words = [1, 0, 0, 0];

/// A point (X : Y : Z : T) with T = XY/Z, one a lane. Coordinates are products, not sums.
#[derive(Clone, Copy)]
pub(crate) struct Point<F: Field> {
    pub(super) x: F::Wide,
    pub(super) y: F::Wide,
    pub(super) z: F::Wide,
    pub(super) t: F::Wide,
}

/// A point as what is added: (Y + X, Y - X, 2Z, 2dT).
#[derive(Clone, Copy)]
struct Addend<F: Field> {
    plus: F,
    minus: F,
    z2: F,
    t2d: F,
}

/// A point with Z = 1 as what is added: (y + x, y - x, 2dxy).
#[derive(Clone, Copy)]
pub(super) struct AffineAddend<F: Field> {
    pub(super) plus: F,
    pub(super) minus: F,
    pub(super) t2d: F,
}

impl<F: Field> Point<F> {
    #[inline(always)]
    pub(super) fn identity(any: F) -> Self {
        let (zero, one) = (any.like(&[0; 4]).wide(), any.like(&ONE).wide());
        Self { x: zero, y: one, z: one, t: zero }
    }

    /// From the four factors E, F, G, H that all formulas end with.
    #[inline(always)]
    pub(super) fn from_factors(e: F, f: F, g: F, h: F) -> Self {
        Self { x: e.mul_wide(f), y: g.mul_wide(h), z: f.mul_wide(g), t: e.mul_wide(h) }
    }

    /// 2^n times the point, n ≥ 1. T is not computed where nobody needs it.
    #[inline(always)]
    pub(super) fn doubled(mut self, n: u32) -> Self {
        for round in 1..=n {
            let (xx, yy) = (F::carry(self.x).square_wide(), F::carry(self.y).square_wide());
            let zz = F::carry(self.z).square_wide();
            let ss = F::sum(self.x, self.y).square_wide();
            let (h, g) = (F::sum(yy, xx), F::difference(yy, xx));
            let e = F::difference(ss, h.wide());
            let f = F::difference(F::add_wide(zz, zz), g.wide());
            self.x = e.mul_wide(f);
            self.y = g.mul_wide(h);
            self.z = f.mul_wide(g);
            if round == n {
                self.t = e.mul_wide(h);
            }
        }
        self
    }

    #[inline(always)]
    fn addend(self) -> Addend<F> {
        let t = F::carry(self.t);
        Addend {
            plus: F::sum(self.y, self.x),
            minus: F::difference(self.y, self.x),
            z2: F::sum(self.z, self.z),
            t2d: t.mul(t.like(&constants::D2)),
        }
    }

    /// Adds the point in the lanes outside `negative`, subtracts it in those of `negative`: the negative of a
    /// point is that with plus and minus exchanged and T of the other sign, which exchanges F and G.
    #[inline(always)]
    fn add_signed(self, other: &Addend<F>, negative: Mask) -> Self {
        let z = F::carry(self.z).mul_wide(other.z2);
        self.finish(other.plus, other.minus, other.t2d, z, negative)
    }

    /// As `add_signed`.
    #[inline(always)]
    pub(super) fn add_affine_signed(self, other: &AffineAddend<F>, negative: Mask) -> Self {
        let z = F::carry(self.z).wide();
        self.finish(other.plus, other.minus, other.t2d, F::add_wide(z, z), negative)
    }

    #[inline(always)]
    fn finish(self, plus: F, minus: F, t2d: F, zz: F::Wide, negative: Mask) -> Self {
        let (plus, minus) = (plus.select(minus, negative), minus.select(plus, negative));
        let a = F::difference(self.y, self.x).mul_wide(minus);
        let b = F::sum(self.y, self.x).mul_wide(plus);
        let c = F::carry(self.t).mul_wide(t2d);
        let (e, h) = (F::difference(b, a), F::sum(b, a));
        let (f, g) = (F::difference(zz, c), F::carry(F::add_wide(zz, c)));
        let (f, g) = (f.select(g, negative), g.select(f, negative));
        Self::from_factors(e, f, g, h)
    }

    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        self.add_signed(&other.addend(), 0)
    }

    /// The point times the number whose signed digits in base 16 are given, the lowest first.
    ///
    /// All lanes have the same number: a digit chooses the same multiple in each, by a scan of all eight.
    /// Which instructions run and which addresses are read does not depend on the digits.
    #[inline(always)]
    pub(crate) fn times(self, digits: &[i8; 64]) -> Self {
        let any = F::carry(self.x);
        let once = self.addend();
        let mut multiples = [once; 8];
        let mut multiple = self;
        for further in &mut multiples[1..] {
            multiple = multiple.add_signed(&once, 0);
            *further = multiple.addend();
        }
        let mut sum = Self::identity(any);
        for (round, &digit) in digits.iter().rev().enumerate() {
            if round > 0 {
                sum = sum.doubled(4);
            }
            let (chosen, negative) = choose(&multiples, digit, any);
            sum = sum.add_signed(&chosen, negative);
        }
        sum
    }
}

/// The multiple for a digit's magnitude, and the lanes in which to subtract it: all or none.
#[inline(always)]
fn choose<F: Field>(multiples: &[Addend<F>; 8], digit: i8, any: F) -> (Addend<F>, Mask) {
    let sign = std::hint::black_box(digit >> 7);
    let magnitude = std::hint::black_box(((digit ^ sign) - sign).cast_unsigned());
    let one = any.like(&ONE);
    let zero = any.like(&[0; 4]);
    let mut chosen = Addend { plus: one, minus: one, z2: any.like(&[2, 0, 0, 0]), t2d: zero };
    for (multiple, number) in multiples.iter().zip(1u8..) {
        // All ones where the numbers are equal: only then is their difference 0, and 0 - 1 negative.
        let equal = ((u16::from(magnitude ^ number).wrapping_sub(1)) >> 8) as Mask;
        chosen.plus = chosen.plus.select(multiple.plus, equal);
        chosen.minus = chosen.minus.select(multiple.minus, equal);
        chosen.z2 = chosen.z2.select(multiple.z2, equal);
        chosen.t2d = chosen.t2d.select(multiple.t2d, equal);
    }
    (chosen, sign.cast_unsigned())
}
