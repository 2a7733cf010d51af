//! The field GF(2^255 - 19) in lanes: as many elements side by side as the processor's vectors hold.
//!
//! `Field` is one vector of field elements, one a lane. Three kernels implement it, and everything above
//! (curve, maps, encodings, ladder) is written once over it:
//!
//! | kernel | lanes | limbs | needs |
//! |---|---|---|---|
//! | [`Kernel::Ifma`] | 8 | 5 of 52 bits | AVX-512 IFMA |
//! | [`Kernel::Avx2`] | 4 | 10 of 25 or 26 bits | AVX2 |
//! | [`Kernel::Plain`] | 1 | 5 of 51 bits | nothing |
//!
//! The kernel is chosen at run time. A whole loop (a `Job`) runs inside one function compiled for the
//! processor features of its kernel, so that every field operation is inlined into it; for this, everything
//! between that function and the intrinsics is `#[inline(always)]`.
//!
//! No operation branches on, or addresses memory by, the value of a lane: all are constant-time.

#[cfg(target_arch = "x86_64")]
mod avx2;
pub(crate) mod comb;
pub(crate) mod edwards;
pub(crate) mod field;
#[cfg(target_arch = "x86_64")]
mod ifma;
pub(crate) mod plain;
pub(crate) mod ristretto;
#[cfg(target_arch = "x86_64")]
mod sha512;

/// Which arithmetic computes many curve operations at once. Results are the same with all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// One element at a time, on any processor.
    Plain,
    /// Four at a time with AVX2 (x86-64).
    Avx2,
    /// Eight at a time with AVX-512 IFMA (x86-64).
    Ifma,
}

impl Kernel {
    /// All, the slowest first.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Avx2, Self::Ifma];

    /// The fastest this processor runs. The processor is asked once; asking again costs a load.
    pub fn best() -> Self {
        let best = Self::ALL.into_iter().rev().find(|kernel| kernel.is_available());
        best.unwrap_or(Self::Plain)
    }

    /// Does this processor run it? One that it does not run is replaced by [`Kernel::Plain`].
    pub fn is_available(self) -> bool {
        match self {
            Self::Plain => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::Proof::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma => ifma::Proof::detect().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Ifma => false,
        }
    }
}

/// A computation over any kernel. `run` must be `#[inline(always)]`, as must all it calls with `F`.
pub(crate) trait Job {
    type Output;
    fn run<F: Field>(self, proof: F::Proof) -> Self::Output;
}

/// Runs a job with a kernel.
pub(crate) fn run<J: Job>(kernel: Kernel, job: J) -> J::Output {
    #[cfg(target_arch = "x86_64")]
    match kernel {
        Kernel::Plain => {}
        Kernel::Avx2 => {
            if let Some(proof) = avx2::Proof::detect() {
                return proof.run(job);
            }
        }
        Kernel::Ifma => {
            if let Some(proof) = ifma::Proof::detect() {
                return proof.run(job);
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = kernel;
    job.run::<plain::One>(())
}

/// *Twice* the sum of encoded elements, each times its number below 2^255, encoded. Time depends on both. What is
/// given as encodings are even numbers below p; where one of them encodes nothing the sum is `None`. Outer `None`
/// where the processor has no kernel for this.
#[cfg(target_arch = "x86_64")]
pub(crate) fn vartime_sum(encoded: &[[u8; 32]], numbers: &[[u8; 32]]) -> Option<Option<[u8; 32]>> {
    ifma::Proof::detect().map(|proof| proof.vartime_sum(encoded, numbers))
}

/// As where there are vectors: none here.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn vartime_sum(_: &[[u8; 32]], _: &[[u8; 32]]) -> Option<Option<[u8; 32]>> {
    None
}

/// SHA-512 of eight messages of one length side by side, each behind a block of zeros where `padded` says so;
/// `None` where the processor cannot, or the lengths differ.
#[cfg(target_arch = "x86_64")]
pub(crate) fn sha512_eight(padded: bool, messages: &[&[u8]; 8]) -> Option<[[u8; 64]; 8]> {
    sha512::hash_eight(padded, messages)
}

/// As where there are vectors: none here.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn sha512_eight(_: bool, _: &[&[u8]; 8]) -> Option<[[u8; 64]; 8]> {
    None
}

/// A number below 2^256 as four words, the least significant first.
pub(crate) type Words = [u64; 4];

/// The words of 32 little-endian bytes.
#[inline(always)]
pub(crate) fn words(bytes: &[u8; 32]) -> Words {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// The little-endian bytes of four words.
#[inline(always)]
pub(crate) fn bytes(words: &Words) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    bytes
}

/// Sixteen field elements, laid out so that a kernel looks one up in each lane.
#[repr(align(64))]
pub(crate) struct Row([u64; 80]);

/// For each lane a number from 0 to 16.
pub(crate) type Index = [u8; 8];

/// Element by element, a choice among lanes: bit i stands for lane i.
pub(crate) type Mask = u8;

/// One element of GF(2^255 - 19) in each lane.
///
/// A value is reduced: fit to be multiplied. Products, sums and differences may first be left wide, and
/// added to or subtracted from each other, before one [`Field::carry`] reduces them. [`Field::sub_wide`]
/// takes a reduced element or an unadded product as what is subtracted; at most two additions or
/// subtractions come before a carry.
pub(crate) trait Field: Copy {
    /// Evidence that the processor runs this kernel; whoever holds an element has had it.
    type Proof: Copy;
    /// A sum, difference or product before carries.
    type Wide: Copy;
    /// How many elements there are, at most 8.
    const LANES: usize;

    /// The same number, below 2^255, in every lane.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        allow(dead_code, reason = "the sums in buckets need it, which are for x86-64")
    )]
    fn splat(proof: Self::Proof, number: &Words) -> Self;
    /// Further numbers with the evidence of this element.
    fn like(self, number: &Words) -> Self;
    /// One number a lane; bit 255 of each is ignored. Lanes that are not given are zero.
    fn load(proof: Self::Proof, numbers: &[Words]) -> Self;
    /// The lanes as numbers below 2^255 - 19; as many as asked for.
    fn store(self, numbers: &mut [Words]);

    fn wide(self) -> Self::Wide;
    fn mul_wide(self, by: Self) -> Self::Wide;
    fn square_wide(self) -> Self::Wide;
    fn add_wide(to: Self::Wide, this: Self::Wide) -> Self::Wide;
    fn sub_wide(from: Self::Wide, this: Self::Wide) -> Self::Wide;
    fn carry(this: Self::Wide) -> Self;
    /// As [`Field::select`].
    fn select_wide(this: Self::Wide, other: Self::Wide, mask: Mask) -> Self::Wide;

    /// Times a number below 2^17.
    fn mul_small(self, by: u32) -> Self;
    /// `other` in the lanes of `mask`, `self` in the others.
    fn select(self, other: Self, mask: Mask) -> Self;
    /// The lanes that are zero.
    fn zero_lanes(self) -> Mask;
    /// The lanes that are negative in the sense of RFC 9496: odd as numbers below 2^255 - 19.
    fn negative_lanes(self) -> Mask;

    /// Lays sixteen numbers below 2^255 out for `look_up`.
    fn pack(numbers: &[Words; 16]) -> Row;
    /// In each lane the number with that lane's index, counted from 1; `neutral` where it is 0. Which addresses
    /// are read does not depend on the indices.
    fn look_up(proof: Self::Proof, row: &Row, index: Index, neutral: u32) -> Self;

    /// Every lane.
    const ALL: Mask = ((1u16 << Self::LANES) - 1) as Mask;

    #[inline(always)]
    fn mul(self, by: Self) -> Self {
        Self::carry(self.mul_wide(by))
    }
    #[inline(always)]
    fn square(self) -> Self {
        Self::carry(self.square_wide())
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self::sum(self.wide(), other.wide())
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self::difference(self.wide(), other.wide())
    }
    /// The sum of wide elements, neither of them a sum.
    #[inline(always)]
    fn sum(this: Self::Wide, other: Self::Wide) -> Self {
        Self::carry(Self::add_wide(this, other))
    }
    /// The difference of wide elements; what is subtracted is neither a sum nor a difference.
    #[inline(always)]
    fn difference(this: Self::Wide, other: Self::Wide) -> Self {
        Self::carry(Self::sub_wide(this, other))
    }
    #[inline(always)]
    fn neg(self) -> Self {
        self.like(&[0; 4]).sub(self)
    }
    /// The negative in the lanes of `mask`.
    #[inline(always)]
    fn negate(self, mask: Mask) -> Self {
        self.select(self.neg(), mask)
    }
    /// The lanes in which both are the same element.
    #[inline(always)]
    fn equal_lanes(self, other: Self) -> Mask {
        self.sub(other).zero_lanes()
    }
}

#[cfg(test)]
mod tests;
