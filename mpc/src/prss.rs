//! Randomness that two parties share without talking.
//!
//! Pseudo-random secret sharing (R. Cramer, I. Damgård, Y. Ishai, TCC 2005) for three parties: key i is known
//! to party i and to the party before it, exactly those that hold part i of a sharing.

use crate::pool;
use crate::ring::Ring;
use crate::shares::Shares;
use yinshu_crypto::hash::Digest;
use yinshu_crypto::keystream::KeyStream;
use yinshu_crypto::secret::Secret;

/// One party's two keys. Streams are named by the step of the computation, so that none is used twice.
pub(crate) struct Prss {
    own: KeyStream,
    next: KeyStream,
}

/// Words made at a time.
const BATCH: usize = 1024;

impl Prss {
    /// From what both holders of each key contributed, in the order of their roles.
    pub(crate) fn new(context: &Digest, own: [&Secret<[u8; 32]>; 2], next: [&Secret<[u8; 32]>; 2]) -> Self {
        let key = |of: [&Secret<[u8; 32]>; 2]| {
            let parts: [&[u8]; 3] = [&context.0, of[0].expose(), of[1].expose()];
            let digest = Secret::new(Digest::of_parts("yinshu mpc prss v1", &parts).0);
            let (half, _) = digest.expose().split_first_chunk::<16>().expect("a digest has 32 bytes");
            KeyStream::new(&Secret::new(*half))
        };
        Self { own: key(own), next: key(next) }
    }

    /// Adds to `out` this party's part of a sharing of zero: F(own) - F(next), and over all parties nothing remains
    /// (Araki et al. 2016, section 2.2).
    pub(crate) fn mask<R: Ring>(&self, step: u64, start: usize, out: &mut [R]) {
        let (mut ours, mut theirs) = ([0; BATCH], [0; BATCH]);
        for (chunk, at) in out.chunks_mut(BATCH).zip((start as u64..).step_by(BATCH)) {
            let (ours, theirs) = (&mut ours[..chunk.len()], &mut theirs[..chunk.len()]);
            self.own.words(step, at, ours);
            self.next.words(step, at, theirs);
            for ((value, &ours), &theirs) in chunk.iter_mut().zip(&*ours).zip(&*theirs) {
                *value = *value + R::of(ours) - R::of(theirs);
            }
        }
    }

    /// A sharing of random elements that nobody knows.
    pub(crate) fn random<R: Ring>(&self, step: u64, len: usize) -> Shares<R> {
        Shares::new(self.with_previous(step, len), self.with_next(step, len))
    }

    /// Words that this party and the one before it know, from a position on.
    pub(crate) fn with_previous_words(&self, step: u64, start: u64, out: &mut [u64]) {
        self.own.words(step, start, out);
    }

    /// Words that this party and the one after it know, from a position on.
    pub(crate) fn with_next_words(&self, step: u64, start: u64, out: &mut [u64]) {
        self.next.words(step, start, out);
    }

    /// What this party and the one before it know.
    pub(crate) fn with_previous<R: Ring>(&self, step: u64, len: usize) -> Vec<R> {
        stream(&self.own, step, len)
    }

    /// What this party and the one after it know.
    pub(crate) fn with_next<R: Ring>(&self, step: u64, len: usize) -> Vec<R> {
        stream(&self.next, step, len)
    }
}

fn stream<R: Ring>(key: &KeyStream, step: u64, len: usize) -> Vec<R> {
    let mut out = pool::empty(len);
    let mut words = [0; BATCH];
    for at in (0..len).step_by(BATCH) {
        let words = &mut words[..BATCH.min(len - at)];
        key.words(step, at as u64, words);
        out.extend(words.iter().map(|&word| R::of(word)));
    }
    out
}
