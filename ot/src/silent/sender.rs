//! The party with Δ.

use super::equation::{self, Factors, commit};
use super::msg::{self, Layout, SEED_BYTES};
use crate::base::{self, Choosing};
use crate::code::{self, Accumulated, Code, Outcome};
use crate::error::{Misstep, OtError};
use crate::lanes::{Lanes, line_of};
use crate::small::{self, Keys, Planes};
use crate::transcript::Transcript;
use crate::{Security, tree, wire};
use rand_core::CryptoRng;
use rayon::prelude::*;
use yinshu_crypto::field::{F128, Subfield};
use yinshu_crypto::hash::Digest;
use yinshu_crypto::permutation::Permutation;
use yinshu_net::Channel;
use zeroize::Zeroizing;

/// Runs the sender's side for `n` entries: `each` gets those of one expansion after the other (or of as many as there are
/// lanes, one of each in a line), to be computed by it, and a public key that belongs to them alone. Returns Δ.
pub(crate) fn send_each<A: Subfield, E: Lanes>(
    channel: &mut dyn Channel,
    context: &Digest,
    n: usize,
    security: Security,
    rng: &mut impl CryptoRng,
    mut each: impl FnMut(F128, usize, Outcome<'_, E>, [u8; 16]),
) -> Result<F128, OtError> {
    let delta = F128::random(rng);
    let parts = msg::parts::<E>(n);
    if parts.is_empty() {
        return Ok(delta);
    }
    let mut run = begin(channel, context, delta, security, rng)?;
    if let [part] = parts[..] {
        let layout = Layout::new::<A, E>(part);
        let code = Code::new(layout.shape.places());
        let mut dealt = code.begin();
        run.expand::<A, E>(channel, &layout, (&code, &mut dealt), rng)?;
        let mut b = code.finish_last(dealt, part.div_ceil(E::COUNT));
        each(delta, part, Outcome::Made(&mut b, part.div_ceil(E::COUNT)), run.transcript.key("output"));
        return Ok(delta);
    }
    let mut room: Option<(Code, Accumulated<E>)> = None;
    for part in parts {
        let layout = Layout::new::<A, E>(part);
        let (code, dealt) = code::room(&mut room, layout.shape.places());
        run.expand::<A, E>(channel, &layout, (code, dealt), rng)?;
        let b = Outcome::Due { code, state: dealt, n: part.div_ceil(E::COUNT) };
        each(delta, part, b, run.transcript.key("output"));
    }
    Ok(delta)
}

/// What lasts through all expansions of a run.
struct Run {
    security: Security,
    delta: F128,
    keys: Keys,
    transcript: Transcript,
    /// How much of the streams of the keys is used up.
    at: u64,
}

/// Messages 1 and 2.
fn begin(
    channel: &mut dyn Channel,
    context: &Digest,
    delta: F128,
    security: Security,
    rng: &mut impl CryptoRng,
) -> Result<Run, OtError> {
    let mut transcript = Transcript::new(context);
    let (choosing, choices) = Choosing::new(context, F128(!delta.0), rng);
    transcript.absorb(&choices);
    let hash = Permutation::new(transcript.key("seeds"));
    wire::send(channel, msg::CHOICES, &[&choices])?;
    let message = wire::recv(channel, msg::KEYS, base::ANSWERS_BYTES + small::OPENING_BYTES)?;
    transcript.absorb(&message);
    let (answers, opening) = message.split_at(base::ANSWERS_BYTES);
    let keys = choosing.finish(answers).and_then(|chosen| small::climb(hash, delta, &chosen, opening));
    let keys = keys.map_err(|misstep| misstep.by(channel.peer()))?;
    Ok(Run { security, delta, keys, transcript, at: 0 })
}

impl Run {
    /// One expansion: messages 3 and 4, and the equation; returns what goes through the code.
    fn expand<A: Subfield, E: Lanes>(
        &mut self,
        channel: &mut dyn Channel,
        layout: &Layout,
        (code, dealt): (&Code, &mut Accumulated<E>),
        rng: &mut impl CryptoRng,
    ) -> Result<(), OtError> {
        let message = wire::recv(channel, msg::CORRECTIONS, layout.corrections_bytes(self.security))?;
        let (corrections, extra) = message.split_at(layout.words() * small::COLUMNS * 8);
        self.transcript.absorb(corrections);
        let planes = small::follow(&self.keys, self.delta, self.at, &wire::words(corrections));
        self.at += layout.stream_blocks();
        if self.security == Security::Malicious {
            let proof = &extra[..small::PROOF_BYTES];
            small::verify(&self.transcript, self.delta, &planes, proof)
                .map_err(|misstep| misstep.by(channel.peer()))?;
        }
        self.transcript.absorb(extra);
        let corrections = self.deal::<A, E>(layout, &planes, (code, dealt), rng);
        let mut seed = [0; SEED_BYTES];
        rng.fill_bytes(&mut seed);
        let extra = if self.security == Security::Malicious { &seed[..] } else { &[] };
        wire::send(channel, msg::TREES, &[&corrections, extra])?;
        self.transcript.absorb(&corrections);
        if self.security == Security::Malicious {
            let committed = message[message.len() - 32..].try_into().expect("32 bytes");
            let mask = planes.elements::<F128>(layout.mask(), 1)[0];
            self.compare(channel, (seed, committed), mask, (code, dealt))?;
        }
        Ok(())
    }

    /// All trees, and the message that lets the other party follow.
    fn deal<A: Subfield, E: Lanes>(
        &self,
        layout: &Layout,
        planes: &Planes,
        (code, state): (&Code, &mut Accumulated<E>),
        rng: &mut impl CryptoRng,
    ) -> Vec<u8> {
        let (shape, depth) = (&layout.shape, layout.shape.depth());
        let hash = Permutation::new(self.transcript.key("trees"));
        let roots: Vec<E> =
            (0..shape.trees).map(|_| line_of((0..E::COUNT).map(|_| F128::random(rng)))).collect();
        let rows = planes.rows(layout.trees() * depth);
        // A noisy one needs no value of its own: its product with Δ is Δ.
        let products = match layout.bits {
            0 => vec![E::splat(self.delta); shape.trees],
            _ => E::gather(&planes.elements::<A>(layout.values(), layout.trees())),
        };
        let mut corrections = Vec::with_capacity(shape.trees * layout.tree_blocks());
        let at_once = msg::at_once::<E>();
        let mut leaves = Zeroizing::new(vec![E::default(); at_once * shape.leaves()]);
        for first in (0..shape.trees).step_by(at_once) {
            let count = at_once.min(shape.trees - first);
            let leaves = &mut leaves[..count * shape.leaves()];
            let trees = leaves.par_chunks_mut(shape.leaves()).enumerate().map(|(tree, leaves)| {
                let tree = first + tree;
                let keys = Zeroizing::new(msg::keys::<E>(&rows, tree, depth));
                let (mut blocks, sum) = tree::deal(&hash, shape, (roots[tree], self.delta), &keys, leaves);
                blocks.push(sum + products[tree]);
                blocks
            });
            corrections.extend(trees.collect::<Vec<_>>().into_iter().flatten());
            code.take(state, leaves);
        }
        wire::bytes(&E::spread(&corrections))
    }

    /// Messages 5 to 7.
    fn compare<E: Lanes>(
        &mut self,
        channel: &mut dyn Channel,
        (seed, committed): ([u8; SEED_BYTES], [u8; 32]),
        mask: F128,
        (code, dealt): (&Code, &Accumulated<E>),
    ) -> Result<(), OtError> {
        let message = wire::recv(channel, msg::CHALLENGE, msg::CHALLENGE_BYTES)?;
        let failed = |check| Err(Misstep::FailedCheck { check }.by(channel.peer()));
        let (theirs, rest) = message.split_at(SEED_BYTES);
        let (nonce, rest) = rest.split_at(msg::NONCE_BYTES);
        let (masked, value_committed) = rest.split_at(16);
        if commit(equation::SEED, theirs.try_into().expect("16 bytes"), nonce) != committed {
            return failed("the commitment to its seed");
        }
        let factors = Factors::new([&seed, theirs]);
        let masked = F128::from_bytes(masked.try_into().expect("16 bytes"));
        let value = factors.sum(code, dealt) + mask + masked * self.delta;
        wire::send(channel, msg::VALUE, &[&value.to_bytes()])?;
        let opening = wire::recv(channel, msg::OPENING, msg::OPENING_BYTES)?;
        let (theirs, nonce) = opening.split_at(16);
        let failed = |check| Err(Misstep::FailedCheck { check }.by(channel.peer()));
        if commit(equation::VALUE, theirs.try_into().expect("16 bytes"), nonce) != value_committed {
            return failed("the commitment to its value");
        }
        if theirs != value.to_bytes() {
            return failed("the equation of the correlation");
        }
        Ok(())
    }
}
