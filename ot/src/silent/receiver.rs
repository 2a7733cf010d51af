//! The party with A.

use super::equation::{self, Factors, commit};
use super::msg::{self, Layout, SEED_BYTES};
use crate::code::{self, Accumulated, Code, Element, Outcome};
use crate::error::{Misstep, OtError};
use crate::lanes::Lanes;
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

/// Runs the receiver's side for `n` entries: `each` gets A and C of one expansion after the other (or of as many as there
/// are lanes, one of each in a line), to be computed by it, and a public key that belongs to them alone.
///
/// Where nothing is to be proven, the corrections of the next expansion are sent before the trees of one are awaited,
/// so that neither party waits for the other.
pub(crate) fn receive_each<A: Subfield, E: Lanes>(
    channel: &mut dyn Channel,
    context: &Digest,
    n: usize,
    security: Security,
    rng: &mut impl CryptoRng,
    mut each: impl FnMut(usize, Side<'_, A, E>, Outcome<'_, E>, [u8; 16]),
) -> Result<(), OtError> {
    let mut parts = msg::parts::<E>(n).into_iter();
    let Some(first) = parts.next() else { return Ok(()) };
    let mut run = begin(channel, context, security, rng)?;
    if parts.len() == 0 {
        return run.only::<A, E>(channel, first, rng, each);
    }
    let mut room: Option<(Code, Accumulated<E>)> = None;
    let mut side: Option<Accumulated<E::Side<A>>> = None;
    let mut next = Some(run.prepare::<A, E>(channel, first, rng)?);
    while let Some(prepared) = next.take() {
        let part = prepared.part;
        if security == Security::SemiHonest
            && let Some(part) = parts.next()
        {
            next = Some(run.prepare::<A, E>(channel, part, rng)?);
        }
        let (code, held) = code::room(&mut room, prepared.layout.shape.places());
        let noise = run.expand::<A, E>(channel, prepared, (code, held), rng)?;
        let spread = side.get_or_insert_with(|| code.begin());
        let count = part.div_ceil(E::COUNT);
        let a = Side::Due { noise, code, state: spread, n: count };
        each(part, a, Outcome::Due { code, state: held, n: count }, run.transcript.key("output"));
        if next.is_none()
            && let Some(part) = parts.next()
        {
            next = Some(run.prepare::<A, E>(channel, part, rng)?);
        }
    }
    Ok(())
}

/// A of one expansion, or of several side by side.
pub(crate) enum Side<'a, A: Subfield, E: Lanes> {
    /// To be computed, in room that is kept.
    Due { noise: Noise<A>, code: &'a Code, state: &'a mut Accumulated<E::Side<A>>, n: usize },
    /// Computed.
    Made(&'a mut Vec<E::Side<A>>),
}

impl<'a, A: Subfield, E: Lanes> Side<'a, A, E> {
    /// Its entries; what follows them is of no meaning. May be taken out.
    pub(crate) fn whole(self) -> &'a mut Vec<E::Side<A>> {
        match self {
            Self::Due { noise, code, state, n } => {
                code.restart(state);
                noise.spread::<E>(code, state);
                code.finish(state, n)
            }
            Self::Made(entries) => entries,
        }
    }
}

/// One noisy place in each block, and its value.
pub(crate) struct Noise<A: Subfield> {
    places: Zeroizing<Vec<usize>>,
    values: Zeroizing<Vec<A>>,
}

impl<A: Subfield> Noise<A> {
    fn new(layout: &Layout, rng: &mut impl CryptoRng) -> Self {
        let (trees, leaves) = (layout.trees(), layout.shape.leaves() as u64);
        // 64 bits for a range of at most 25: the deviation from uniform is below 2^-39 of one in `leaves`.
        let place = |rng: &mut _| ((u128::from(word(rng)) * u128::from(leaves)) >> 64) as usize;
        let places = (0..trees).map(|_| place(rng)).collect();
        let value = |rng: &mut _| if layout.bits == 0 { A::ONE } else { A::random(rng) };
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
        if layout.bits > 0 {
            small::write(&self.values, &mut vector[layout.values()..layout.mask()]);
        }
        vector[layout.mask()..].iter_mut().for_each(|mask| *mask = word(rng));
        vector
    }

    /// All places, those without noise zero, into the code.
    fn spread<E: Lanes>(&self, code: &Code, state: &mut Accumulated<E::Side<A>>) {
        let trees = self.places.len() / E::COUNT;
        let mut block = vec![E::Side::<A>::default(); code.places() / trees];
        for (places, values) in self.places.chunks(E::COUNT).zip(self.values.chunks(E::COUNT)) {
            for (lane, (&place, &value)) in places.iter().zip(values).enumerate() {
                E::set_side(&mut block[place], lane, value);
            }
            code.take(state, &block);
            places.iter().for_each(|&place| block[place] = Default::default());
        }
    }
}

/// An expansion whose corrections were sent.
struct Prepared<A: Subfield> {
    /// How many entries come of it.
    part: usize,
    layout: Layout,
    noise: Noise<A>,
    vector: Zeroizing<Vec<u64>>,
    planes: Planes,
    message: Vec<u8>,
    seed: [u8; SEED_BYTES],
    nonce: [u8; msg::NONCE_BYTES],
}

/// A vector that is wiped unless it is taken out.
struct Made<E: Element>(Vec<E>);

impl<E: Element> Drop for Made<E> {
    fn drop(&mut self) {
        code::wipe(&mut self.0);
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
    /// Message 3. Semi-honest: the transcript takes it in only when the trees for it are due, because the message may
    /// run ahead of those before.
    fn prepare<A: Subfield, E: Lanes>(
        &mut self,
        channel: &mut dyn Channel,
        part: usize,
        rng: &mut impl CryptoRng,
    ) -> Result<Prepared<A>, OtError> {
        let layout = Layout::new::<A, E>(part);
        let noise = Noise::<A>::new(&layout, rng);
        let vector = noise.vector(&layout, rng);
        let (planes, corrections) = small::correct(&self.keys, self.at, &vector);
        self.at += layout.stream_blocks();
        let mut message = Vec::with_capacity(layout.corrections_bytes(self.security));
        wire::words_to_bytes(&corrections, &mut message);
        let (mut seed, mut nonce) = ([0; SEED_BYTES], [0; msg::NONCE_BYTES]);
        rng.fill_bytes(&mut seed);
        rng.fill_bytes(&mut nonce);
        if self.security == Security::Malicious {
            let mut transcript = self.transcript.clone();
            transcript.absorb(&message);
            message.extend(small::prove(&transcript, &vector, &planes));
            message.extend(commit(equation::SEED, &seed, &nonce));
        }
        wire::send(channel, msg::CORRECTIONS, &[&message])?;
        Ok(Prepared { part, layout, noise, vector, planes, message, seed, nonce })
    }

    /// An expansion that no other follows, with as little memory as possible: A is made while the sender makes its
    /// trees, and C in the room that it left.
    fn only<A: Subfield, E: Lanes>(
        &mut self,
        channel: &mut dyn Channel,
        part: usize,
        rng: &mut impl CryptoRng,
        mut each: impl FnMut(usize, Side<'_, A, E>, Outcome<'_, E>, [u8; 16]),
    ) -> Result<(), OtError> {
        let prepared = self.prepare::<A, E>(channel, part, rng)?;
        let (code, count) = (Code::new(prepared.layout.shape.places()), part.div_ceil(E::COUNT));
        let mut spread = code.begin();
        prepared.noise.spread::<E>(&code, &mut spread);
        // Wiped on every way out.
        let mut a = Made(code.finish_one(spread, count));
        let mut held = code.begin();
        self.expand::<A, E>(channel, prepared, (&code, &mut held), rng)?;
        let mut c = code.finish_last(held, count);
        each(part, Side::Made(&mut a.0), Outcome::Made(&mut c, count), self.transcript.key("output"));
        Ok(())
    }

    /// The rest of one expansion: message 4, and the equation. What goes through the code is taken in.
    fn expand<A: Subfield, E: Lanes>(
        &mut self,
        channel: &mut dyn Channel,
        prepared: Prepared<A>,
        (code, held): (&Code, &mut Accumulated<E>),
        rng: &mut impl CryptoRng,
    ) -> Result<Noise<A>, OtError> {
        let Prepared { layout, noise, vector, planes, message, seed, nonce, .. } = prepared;
        let (corrections, extra) = message.split_at(layout.corrections_bytes(Security::SemiHonest));
        self.transcript.absorb(corrections);
        self.transcript.absorb(extra);
        let trees = wire::recv(channel, msg::TREES, layout.trees_bytes(self.security))?;
        let (corrections, share) = trees.split_at(layout.trees_bytes(Security::SemiHonest));
        self.hold(&layout, &noise, &planes, corrections, (code, held));
        self.transcript.absorb(corrections);
        if self.security == Security::Malicious {
            let factors = Factors::new([share, &seed]);
            let mask = (&vector[layout.mask()..][..2], &planes.elements::<F128>(layout.mask(), 1)[0]);
            self.compare(channel, [&seed, &nonce], &factors, mask, (&noise, code, held), rng)?;
        }
        Ok(noise)
    }

    /// All trees but one leaf of each, which is set so that it differs from the sender's by the noisy value's product.
    fn hold<A: Subfield, E: Lanes>(
        &self,
        layout: &Layout,
        noise: &Noise<A>,
        planes: &Planes,
        corrections: &[u8],
        (code, state): (&Code, &mut Accumulated<E>),
    ) {
        let (shape, depth) = (&layout.shape, layout.shape.depth());
        let hash = Permutation::new(self.transcript.key("trees"));
        let rows = planes.rows(layout.trees() * depth);
        let products = match layout.bits {
            0 => vec![E::default(); shape.trees],
            _ => E::gather(&planes.elements::<A>(layout.values(), layout.trees())),
        };
        let blocks = E::gather(&wire::elements(corrections));
        let at_once = msg::at_once::<E>();
        let mut leaves = Zeroizing::new(vec![E::default(); at_once * shape.leaves()]);
        for (batch, blocks) in blocks.chunks(at_once * layout.tree_blocks()).enumerate() {
            let blocks = blocks.par_chunks(layout.tree_blocks());
            let leaves = &mut leaves[..blocks.len() * shape.leaves()];
            let trees = leaves.par_chunks_mut(shape.leaves()).zip(blocks);
            trees.enumerate().for_each(|(tree, (leaves, blocks))| {
                let tree = batch * at_once + tree;
                let places = &noise.places[tree * E::COUNT..][..E::COUNT];
                let keys = Zeroizing::new(msg::keys::<E>(&rows, tree, depth));
                let sum = tree::hold(&hash, shape, places, (&keys, blocks), leaves);
                let missing = sum + blocks[layout.tree_blocks() - 1] + products[tree];
                for (lane, &place) in places.iter().enumerate() {
                    leaves[place].set_lane(lane, missing.lane(lane));
                }
            });
            code.take(state, leaves);
        }
    }

    /// Messages 5 to 7.
    fn compare<A: Subfield, E: Lanes>(
        &mut self,
        channel: &mut dyn Channel,
        [seed, nonce]: [&[u8]; 2],
        factors: &Factors,
        (mask, mask_row): (&[u64], &F128),
        (noise, code, held): (&Noise<A>, &Code, &Accumulated<E>),
        rng: &mut impl CryptoRng,
    ) -> Result<(), OtError> {
        let leaves = code.places() / (noise.places.len() / E::COUNT);
        let noisy = noise.places.iter().zip(&*noise.values).enumerate();
        let sum = noisy.fold(F128::ZERO, |sum, (tree, (&place, &value))| {
            let line = tree / E::COUNT * leaves + place;
            sum + factors.factor(line * E::COUNT + tree % E::COUNT) * value.into()
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
