//! What a party holds in the end.

use crate::error::PsiError;
use crate::wire::part;
use rand_core::CryptoRng;
use yinshu_crypto::hash::Digest;
use yinshu_net::Channel;
use yinshu_ot::{Cost, products};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How many frames may lie before a refusal: a window's worth.
const UNDERWAY: usize = 64;

/// Which party's shares they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Receiver,
    Sender,
}

/// One party's exclusive-or shares, bin by bin. Alone they are random. Wiped on drop; take them out with
/// [`std::mem::take`].
///
/// Payloads are not to be opened as they are: in bins without a match they are random strings, and two parties that
/// open them see which are which. [`Self::masked`] makes zeros of them.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Shares {
    /// The digest of all that both sides agreed on before the correlations: the same on both sides, and of this run
    /// alone. What follows on these shares binds itself to it.
    #[zeroize(skip)]
    pub run: Digest,
    /// How many bins there are.
    pub bins: usize,
    /// Shares of "the receiver's entry in this bin is one of the sender's", 64 bins in a word, the first in the lowest
    /// bit; bits after the last bin are zero.
    pub membership: Vec<u64>,
    /// Bytes of a payload.
    pub payload_bytes: usize,
    #[zeroize(skip)]
    side: Side,
    unmasked: Vec<u8>,
}

impl Shares {
    /// Without those of membership, which are to come.
    pub(super) fn new(
        side: Side,
        run: Digest,
        bins: usize,
        payload_bytes: usize,
        mut payloads: Zeroizing<Vec<u8>>,
    ) -> Self {
        let unmasked = std::mem::take(&mut *payloads);
        Self { run, bins, membership: Vec::new(), payload_bytes, side, unmasked }
    }

    /// This party's share of the bit of a bin.
    ///
    /// # Panics
    /// Where there is no such bin.
    pub fn bit(&self, bin: usize) -> bool {
        bit(&self.membership, bin)
    }

    /// Shares of the sender's payload of each bin, one after the other: of a **random** string where the shared bit is
    /// 0. For what multiplies in the bit itself; never to be opened before that.
    pub fn unmasked(&self) -> &[u8] {
        &self.unmasked
    }

    /// Multiplies the bits into the payloads, with the peer, who does so too: two products of a bit and a payload in
    /// each bin, in a run of [`yinshu_ot::products`] each way. Security is that of transfers there, for parties that
    /// follow the protocol.
    ///
    /// The channel is left open.
    ///
    /// # Errors
    /// [`PsiError`]: a failure of the channel, or a misstep of the peer, who is told that it is over.
    pub fn masked(self, channel: &mut dyn Channel, rng: &mut impl CryptoRng) -> Result<Masked, PsiError> {
        channel.phase("mask");
        self.multiply(channel, rng).map_err(|error| part(channel, error, UNDERWAY))
    }

    /// (b + b')·(v + v') = b·v + b'·v' + b·v' + b'·v: two terms each party knows, and has shares of the other two.
    fn multiply(mut self, channel: &mut dyn Channel, rng: &mut impl CryptoRng) -> Result<Masked, PsiError> {
        let mut payloads = Zeroizing::new(vec![0; self.unmasked.len()]);
        for (of, side) in [("receiver", Side::Receiver), ("sender", Side::Sender)] {
            let context = Digest::of_parts("yinshu psi circuit mask v1", &[of.as_bytes(), &self.run.0]);
            // `side` has the bits.
            let bytes = self.payload_bytes;
            let share = if side == self.side {
                products::choose(channel, &context, (&self.membership, self.bins), bytes, rng)?
            } else {
                products::give(channel, &context, &self.unmasked, bytes, rng)?
            };
            add(&mut payloads, &share);
        }
        if self.payload_bytes > 0 {
            let each = payloads.chunks_exact_mut(self.payload_bytes);
            for (bin, (to, own)) in each.zip(self.unmasked.chunks_exact(self.payload_bytes)).enumerate() {
                let mask = u8::from(bit(&self.membership, bin)).wrapping_neg();
                to.iter_mut().zip(own).for_each(|(to, own)| *to ^= own & mask);
            }
        }
        Ok(Masked {
            run: self.run,
            bins: self.bins,
            membership: std::mem::take(&mut self.membership),
            payload_bytes: self.payload_bytes,
            payloads: std::mem::take(&mut *payloads),
        })
    }
}

/// One party's shares, of zeros where nothing matches. Wiped on drop; take them out with [`std::mem::take`].
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Masked {
    /// As in [`Shares`].
    #[zeroize(skip)]
    pub run: Digest,
    /// How many bins there are.
    pub bins: usize,
    /// As in [`Shares`].
    pub membership: Vec<u64>,
    /// Bytes of a payload.
    pub payload_bytes: usize,
    /// Shares of the sender's payload of each bin, one after the other: of zeros where the shared bit is 0.
    pub payloads: Vec<u8>,
}

impl Masked {
    /// This party's share of the bit of a bin.
    ///
    /// # Panics
    /// Where there is no such bin.
    pub fn bit(&self, bin: usize) -> bool {
        bit(&self.membership, bin)
    }

    /// This party's share of the payload of a bin.
    ///
    /// # Panics
    /// Where there is no such bin.
    pub fn payload(&self, bin: usize) -> &[u8] {
        &self.payloads[bin * self.payload_bytes..][..self.payload_bytes]
    }
}

/// What [`Shares::masked`] costs in so many bins, exactly: bytes to the sender of the payloads and to the receiver,
/// and rounds.
pub fn cost_of_mask(bins: usize, payload_bytes: usize) -> crate::cost::Cost {
    let Cost { from_sender, from_receiver, rounds } = products::cost(bins, payload_bytes);
    let both = from_sender + from_receiver;
    crate::cost::Cost { bytes_to_sender: both, bytes_to_receiver: both, rounds: 2 * rounds }
}

fn bit(bits: &[u64], at: usize) -> bool {
    bits[at / 64] >> (at % 64) & 1 == 1
}

fn add(to: &mut [u8], other: &[u8]) {
    to.iter_mut().zip(other).for_each(|(to, other)| *to ^= other);
}
