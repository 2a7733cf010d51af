//! How long an encoding is, and how improbable its failure.
//!
//! Both parties compute the length, so this is integer arithmetic: floating-point functions round differently on
//! different machines. [`Params::security`] recomputes in floating point what it gives, for tests and reports.

use super::STATISTICAL_BITS;

/// How wide the band of a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// 128 bits: fast; 1.18 n words for 2^20 items.
    Narrow,
    /// 256 bits: short; 1.09 n words for 2^20 items.
    Wide,
}

impl Width {
    /// How many bits.
    pub const fn bits(self) -> u64 {
        match self {
            Self::Narrow => 128,
            Self::Wide => 256,
        }
    }
}

/// The length of an encoding of a number of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    items: u64,
    width: Width,
    columns: usize,
}

impl Params {
    /// The most items: indices of keys have 32 bits.
    pub const MAX_ITEMS: u64 = u32::MAX as u64;

    /// For `items` items, at most [`Self::MAX_ITEMS`].
    pub fn new(items: u64, width: Width) -> Self {
        assert!(items <= Self::MAX_ITEMS, "indices have 32 bits");
        let columns = items + slack(items, width) + width.bits();
        Self { items, width, columns: usize::try_from(columns).expect("at most 2^33") }
    }

    /// How many items are encoded.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// How wide bands are.
    pub fn width(&self) -> Width {
        self.width
    }

    /// How many words an encoding has.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Where a band may start: from 0 to below this.
    pub(super) fn starts(&self) -> u64 {
        self.columns as u64 - self.width.bits() + 1
    }

    /// How many bits of statistical security an encoding has: −log2 of the probability that it fails.
    ///
    /// BPSY23 (section 6) measured λ = a·w − b with a and b for each ε and n, such as a = 0.2691, b = 15.21 for
    /// ε = 0.1 and n = 2^20. What a is can be calculated: rows wait for a free column as in a queue in which
    /// 1 / (1 + ε) rows arrive for every column, and a row is lost that waits for more than w columns. Its length
    /// exceeds w with probability about 2^(-a·w) where a = θ / ln 2 and e^θ = 1 + (1 + ε)·θ (the adjustment
    /// coefficient of Cramér and Lundberg; it is 0.2708 for ε = 0.1). There are n places where that can happen,
    /// so that λ = a·w − log2 n + c. Measured, c is 2.0 for ε = 0.17 and 5.5 for ε = 0.08 at n = 2^14, more for
    /// fewer items; by BPSY23 it is 4.8 for ε = 0.1 at n = 2^20. Counted here is c = 0.
    pub fn security(&self) -> f64 {
        if self.items == 0 {
            return f64::INFINITY;
        }
        let items = self.items as f64;
        let load = (self.columns as u64 - self.width.bits()) as f64 / items;
        // The fixed point above zero, from far above.
        let theta = (0..500).fold(10.0, |theta: f64, _| (load * theta).ln_1p());
        theta / std::f64::consts::LN_2 * self.width.bits() as f64 - items.log2()
    }
}

/// ⌈log2 n⌉, 0 for 0.
fn log2_ceil(n: u64) -> u64 {
    u64::from(u64::BITS - n.saturating_sub(1).leading_zeros())
}

/// ⌈ε n⌉ for λ = 40: ε = (e^θ − 1) / θ − 1 = θ/2 + θ²/6 + θ³/24 + … with θ = (40 + ⌈log2 n⌉)·ln 2 / w, in
/// millionths, rounded up. θ is below 0.4, so that what follows θ^5 is below a millionth.
fn slack(items: u64, width: Width) -> u64 {
    const ONE: u64 = 1_000_000;
    let theta = ((u64::from(STATISTICAL_BITS) + log2_ceil(items)) * 693_148).div_ceil(width.bits());
    let mut power = ONE;
    let mut epsilon = 1;
    for factorial in [2, 6, 24, 120, 720] {
        power = (power * theta).div_ceil(ONE);
        epsilon += power.div_ceil(factorial);
    }
    (items * epsilon).div_ceil(ONE)
}
