//! The party with A.

use super::equation::{self, Factors, commit};
use super::msg::{self, Layout, SEED_BYTES, TREES_AT_ONCE};
use crate::code::{Accumulated, Code};
use crate::error::{Misstep, OtError};
use crate::small::{self, Keys, Planes};
use crate::transcript::Transcript;
use crate::{Security, base, tree, wire};
use rand_core::CryptoRng;
use rayon::prelude::*;
use yinshu_crypto::field::{F128, Subfield};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::permutation::Permutation;
use yinshu_net::Channel;
use zeroize::Zeroizing;

/// Runs the receiver's side for `n` entries: `each` gets A and C of one expansion after the other, and a public key
/// that belongs to it alone.
pub(crate) fn receive_each<A: Subfield>(
    channel: &mut dyn Channel,
    context: &Digest,
    n: usize,
    security: Security,
    rng: &mut impl CryptoRng,
    mut each: impl FnMut(Vec<A>, Vec<F128>, [u8; 16]),
) -> Result<(), OtError> {
    let parts = msg::parts(n);
    if parts.is_empty() {
        return Ok(());
    }
    let mut run = begin(channel, context, security, rng)?;
    let mut code: Option<Code> = None;
    for part in parts {
        let layout = Layout::new::<A>(part);
        let places = layout.shape.places();
        let code = match &mut code {
            Some(code) if code.places() == places => code,
            other => other.insert(Code::new(places)),
        };
        let (noise, held) = run.expand::<A>(channel, &layout, code, rng)?;
        let (a, c) =
            rayon::join(|| code.finish(noise.spread(&layout, code), part), || code.finish(held, part));
        each(a, c, run.transcript.key("output"));
    }
    Ok(())
}

/// One noisy place in each block, and its value.
struct Noise<A: Subfield> {
    places: Zeroizing<Vec<usize>>,
    values: Zeroizing<Vec<A>>,
}

impl<A: Subfield> Noise<A> {
    fn new(layout: &Layout, rng: &mut impl CryptoRng) -> Self {
        let (trees, leaves) = (layout.shape.trees, layout.shape.leaves() as u64);
        // 64 bits for a range of at most 25: the deviation from uniform is below 2^-39 of one in `leaves`.
        let place = |rng: &mut _| ((u128::from(word(rng)) * u128::from(leaves)) >> 64) as usize;
        let places = (0..trees).map(|_| place(rng)).collect();
        let value = |rng: &mut _| if layout.per == 0 { A::ONE } else { A::random(rng) };
        let values = (0..trees).map(|_| value(rng)).collect();
        Self { places: Zeroizing::new(places), values: Zeroizing::new(values) }
    }

    /// The vector for the base transfers: choices for trees, values, masks.
    fn vector(&self, layout: &Layout, rng: &mut impl CryptoRng) -> Zeroizing<Vec<u64>> {
        let mut vector = Zeroizing::new(vec![0; layout.words()]);
        let depth = layout.shape.depth();
        for (tree, &place) in self.places.iter().enumerate() {
            let choices = tree::choices(&layout.shape, place);
            for level in 0..depth {
                let at = tree * depth + level;
                vector[at / 64] |= (choices >> level & 1) << (at % 64);
            }
        }
        if layout.per > 0 {
            let mut bytes = Zeroizing::new(Vec::with_capacity(self.values.len() * A::BYTES));
            self.values.iter().for_each(|value| value.write(&mut bytes));
            vector[layout.values()..layout.mask()].copy_from_slice(&Zeroizing::new(wire::words(&bytes)));
        }
        vector[layout.mask()..].iter_mut().for_each(|mask| *mask = word(rng));
        vector
    }

    /// All places, those without noise zero, into the code.
    fn spread(&self, layout: &Layout, code: &Code) -> Accumulated<A> {
        let mut state = code.begin();
        let mut block = Zeroizing::new(vec![A::ZERO; layout.shape.leaves()]);
        for (&place, &value) in self.places.iter().zip(&*self.values) {
            block[place] = value;
            code.take(&mut state, &block);
            block[place] = A::ZERO;
        }
        state
    }
}

fn word(rng: &mut impl CryptoRng) -> u64 {
    rng.next_u64()
}

/// What lasts through all expansions of a run.
struct Run {
    security: Security,
    keys: Keys,
    transcript: Transcript,
    /// How much of the streams of the keys is used up.
    at: u64,
}

/// Messages 1 and 2.
fn begin(
    channel: &mut dyn Channel,
    context: &Digest,
    security: Security,
    rng: &mut impl CryptoRng,
) -> Result<Run, OtError> {
    let mut transcript = Transcript::new(context);
    let choices = wire::recv(channel, msg::CHOICES, base::CHOICES_BYTES)?;
    transcript.absorb(&choices);
    let (pairs, answers) =
        base::deal(context, &choices, rng).map_err(|misstep| misstep.by(channel.peer()))?;
    let (keys, opening) = small::plant(Permutation::new(transcript.key("seeds")), &pairs);
    let message = [answers, opening].concat();
    transcript.absorb(&message);
    wire::send(channel, msg::KEYS, &[&message])?;
    Ok(Run { security, keys, transcript, at: 0 })
}

impl Run {
    /// One expansion: messages 3 and 4, and the equation; returns what goes through the code.
    fn expand<A: Subfield>(
        &mut self,
        channel: &mut dyn Channel,
        layout: &Layout,
        code: &Code,
        rng: &mut impl CryptoRng,
    ) -> Result<(Noise<A>, Accumulated<F128>), OtError> {
        let noise = Noise::<A>::new(layout, rng);
        let vector = noise.vector(layout, rng);
        let (planes, corrections) = small::correct(&self.keys, self.at, &vector);
        self.at += layout.stream_blocks();
        let mut message = Vec::with_capacity(layout.corrections_bytes(self.security));
        wire::words_to_bytes(&corrections, &mut message);
        self.transcript.absorb(&message);
        let (mut seed, mut nonce) = ([0; SEED_BYTES], [0; msg::NONCE_BYTES]);
        rng.fill_bytes(&mut seed);
        rng.fill_bytes(&mut nonce);
        let body = message.len();
        if self.security == Security::Malicious {
            message.extend(small::prove(&self.transcript, &vector, &planes));
            message.extend(commit(equation::SEED, &seed, &nonce));
        }
        self.transcript.absorb(&message[body..]);
        wire::send(channel, msg::CORRECTIONS, &[&message])?;
        let trees = wire::recv(channel, msg::TREES, layout.trees_bytes(self.security))?;
        let (corrections, share) = trees.split_at(layout.shape.trees * layout.tree_blocks() * 16);
        let held = self.hold(layout, &noise, &planes, (corrections, code));
        self.transcript.absorb(corrections);
        if self.security == Security::Malicious {
            let factors = Factors::new([share, &seed]);
            let mask = (&vector[layout.mask()..][..2], &planes.elements::<F128>(layout.mask(), 1)[0]);
            self.compare(channel, [&seed, &nonce], &factors, mask, (&noise, code, &held), rng)?;
        }
        Ok((noise, held))
    }

    /// All trees but one leaf of each, which is set so that it differs from the sender's by the noisy value's product.
    fn hold<A: Subfield>(
        &self,
        layout: &Layout,
        noise: &Noise<A>,
        planes: &Planes,
        (corrections, code): (&[u8], &Code),
    ) -> Accumulated<F128> {
        let shape = &layout.shape;
        let hash = Permutation::new(self.transcript.key("trees"));
        let products = match layout.per {
            0 => vec![F128::ZERO; shape.trees],
            _ => planes.elements::<A>(layout.values(), shape.trees),
        };
        let blocks = wire::elements(corrections);
        let mut state = code.begin();
        let mut leaves = Zeroizing::new(vec![F128::ZERO; TREES_AT_ONCE * shape.leaves()]);
        for (batch, blocks) in blocks.chunks(TREES_AT_ONCE * layout.tree_blocks()).enumerate() {
            let blocks = blocks.par_chunks(layout.tree_blocks());
            let leaves = &mut leaves[..blocks.len() * shape.leaves()];
            let trees = leaves.par_chunks_mut(shape.leaves()).zip(blocks);
            trees.enumerate().for_each(|(tree, (leaves, blocks))| {
                let (tree, depth) = (batch * TREES_AT_ONCE + tree, shape.depth());
                let place = noise.places[tree];
                let rows = (0..depth).map(|level| planes.row(tree * depth + level));
                let keys: Zeroizing<Vec<F128>> = Zeroizing::new(rows.collect());
                let sum = tree::hold(&hash, shape, place, (&keys, blocks), leaves);
                leaves[place] = sum + blocks[layout.tree_blocks() - 1] + products[tree];
            });
            code.take(&mut state, leaves);
        }
        state
    }

    /// Messages 5 to 7.
    fn compare<A: Subfield>(
        &mut self,
        channel: &mut dyn Channel,
        [seed, nonce]: [&[u8]; 2],
        factors: &Factors,
        (mask, mask_row): (&[u64], &F128),
        (noise, code, held): (&Noise<A>, &Code, &Accumulated<F128>),
        rng: &mut impl CryptoRng,
    ) -> Result<(), OtError> {
        let leaves = code.places() / noise.places.len();
        let noisy = noise.places.iter().zip(&*noise.values).enumerate();
        let sum = noisy.fold(F128::ZERO, |sum, (tree, (&place, &value))| {
            sum + factors.factor(tree * leaves + place) * value.into()
        });
        let masked = sum + small::read::<F128>(mask)[0];
        let value = (factors.sum(code, held) + *mask_row).to_bytes();
        let mut value_nonce = [0; msg::NONCE_BYTES];
        rng.fill_bytes(&mut value_nonce);
        let commitment = commit(equation::VALUE, &value, &value_nonce);
        wire::send(channel, msg::CHALLENGE, &[seed, nonce, &masked.to_bytes(), &commitment])?;
        let theirs = wire::recv(channel, msg::VALUE, msg::VALUE_BYTES)?;
        if theirs != value {
            let check = "the equation of the correlation";
            return Err(Misstep::FailedCheck { check }.by(channel.peer()));
        }
        wire::send(channel, msg::OPENING, &[&value, &value_nonce])
    }
}
