//! What both sides choose together, and what follows from it.

use crate::okvs::{Params, STATISTICAL_BITS, Width};
pub use yinshu_ot::Security;

/// What counts more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    /// Time: narrow bands and tokens of whole bytes.
    Fast,
    /// Bytes: wide bands, and tokens as differences in a Golomb–Rice code.
    Compact,
}

/// What both sides of a run choose together; another choice of the peer ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// What the run withstands.
    pub security: Security,
    /// What counts more.
    pub wire: Wire,
}

impl Settings {
    /// As one byte of the opening.
    pub(super) fn to_byte(self) -> u8 {
        u8::from(self.security == Security::Malicious) | u8::from(self.wire == Wire::Compact) << 1
    }

    /// The store's parameters for a receiver of `items` items.
    pub(super) fn store(self, items: u64) -> Params {
        let width = match self.wire {
            Wire::Fast => Width::Narrow,
            Wire::Compact => Width::Wide,
        };
        Params::new(items, width)
    }

    /// Is GF(2^64) enough for the values, where the sender shows `tokens` tokens?
    ///
    /// A value H^B(y) of one of the sender's entries that the receiver does not have equals what the store
    /// decodes to with probability 2^-64; then the receiver could compute that entry's token. Over all of them
    /// that is at most 2^-40 up to 2^24 tokens, where log2 |B| = λ + log2 n_y. (RR22, section 4, asks for
    /// λ + log2(n_x n_y) and says why: collisions of x with y. Those are counted in the length of tokens.) Above
    /// that, and where the receiver may cheat, values are of GF(2^128).
    ///
    /// The run is one of `runs`, whose errors add up: so do their tokens.
    pub(super) fn small_values(self, tokens: u64, runs: u32) -> bool {
        let all = tokens.saturating_mul(runs.into());
        self.security == Security::SemiHonest && all <= 1 << (64 - STATISTICAL_BITS)
    }

    /// Bits of a token between sets of `x` and `y` entries: λ + ⌈log2 x⌉ + ⌈log2 y⌉, so that any two different
    /// entries collide with probability at most 2^-40 (RR22, section 4). 128 in the malicious case: there a
    /// sender must not find two entries with one token (RS21, theorem 4, out = κ). In one of `runs` runs, whose
    /// errors add up, ⌈log2 runs⌉ more.
    pub(super) fn token_bits(self, x: u64, y: u64, runs: u32) -> u32 {
        let log2 = |n: u64| u64::BITS - n.saturating_sub(1).leading_zeros();
        let bits = match self.security {
            Security::SemiHonest => (STATISTICAL_BITS + log2(x) + log2(y) + log2(runs.into())).min(128),
            Security::Malicious => 128,
        };
        match self.wire {
            Wire::Fast => bits.next_multiple_of(8),
            Wire::Compact => bits,
        }
    }
}
