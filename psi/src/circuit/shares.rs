//! What a party holds in the end.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// One party's exclusive-or shares, bin by bin. Alone they are random. Wiped on drop; take them out with
/// [`std::mem::take`].
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Shares {
    /// How many bins there are.
    pub bins: usize,
    /// Shares of "the receiver's entry in this bin is one of the sender's", 64 bins in a word, the first in the lowest
    /// bit; bits after the last bin are zero.
    pub membership: Vec<u64>,
    /// Bytes of a payload.
    pub payload_bytes: usize,
    /// Shares of the sender's payload of each bin, one after the other: of a random string where the shared bit is 0.
    pub payloads: Vec<u8>,
}

impl Shares {
    /// This party's share of the bit of a bin.
    ///
    /// # Panics
    /// Where there is no such bin.
    pub fn bit(&self, bin: usize) -> bool {
        self.membership[bin / 64] >> (bin % 64) & 1 == 1
    }

    /// This party's share of the payload of a bin.
    ///
    /// # Panics
    /// Where there is no such bin.
    pub fn payload(&self, bin: usize) -> &[u8] {
        &self.payloads[bin * self.payload_bytes..][..self.payload_bytes]
    }
}
