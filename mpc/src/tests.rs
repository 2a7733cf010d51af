//! Three parties on three threads.

use crate::verified::Place;
use crate::{Context, MpcError, Ring, Role, Security};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::hash::Digest;
use yinshu_net::{Channel, PartyId, memory};

pub(crate) mod adversary;
mod challenges;
mod cheating;
mod circuits;
mod circuits_at_random;
mod costs;
mod ended;
mod engine;
pub(crate) mod given;
mod operators;
mod rows;
mod words;

pub(crate) const NAMES: [&str; 3] = ["tax", "social", "bureau"];

/// The channels of three parties: each with the one before and the one after it.
pub(crate) fn ring() -> [[Box<dyn Channel>; 2]; 3] {
    let name = |role: Role| PartyId::new(NAMES[role.number()]).unwrap();
    let mut before: [Option<Box<dyn Channel>>; 3] = Default::default();
    let mut after: [Option<Box<dyn Channel>>; 3] = Default::default();
    for role in Role::ALL {
        let (mine, theirs) = memory::pair(name(role), name(role.next()));
        after[role.number()] = Some(Box::new(mine));
        before[role.next().number()] = Some(Box::new(theirs));
    }
    Role::ALL.map(|role| [before[role.number()].take().unwrap(), after[role.number()].take().unwrap()])
}

/// Bytes sent so far.
pub(crate) fn sent(context: &Context) -> u64 {
    context.meters().iter().map(|meter| meter.total.bytes_sent).sum()
}

/// Frames sent so far.
pub(crate) fn frames_sent(context: &Context) -> u64 {
    context.meters().iter().map(|meter| meter.total.frames_sent).sum()
}

/// One lie: at the `nth` occasion at a place, a word is another.
#[derive(Default)]
pub(crate) struct Deviation {
    pub(crate) place: Place,
    pub(crate) nth: usize,
    pub(crate) bit: u32,
    /// How many occasions there were.
    pub(crate) seen: usize,
    /// Which word, where not one by the number of the occasion.
    pub(crate) word: Option<usize>,
    /// Whether it then fits what it shows as a verifier to what the other one has shown.
    pub(crate) solves: bool,
    /// Whether a prover that lied about its only product says sums of subsets that fit the lie modulo 2^64.
    pub(crate) adapts: bool,
    /// In how many subsets the product then was.
    pub(crate) adapted: usize,
    /// How many frames were sent before each occasion.
    pub(crate) frames: Vec<u64>,
}

impl Deviation {
    /// `share`: what hides the sums of subsets in the first message of a proof.
    pub(crate) fn apply<R: Ring>(
        &mut self,
        place: Place,
        words: &mut [R],
        (frames, share): (u64, impl FnOnce(&mut [u64])),
    ) {
        if self.adapts && place == Place::Proof && self.seen > self.nth && self.adapted == 0 {
            self.adapt(words, share);
        }
        if place != self.place || words.is_empty() {
            return;
        }
        if self.seen == self.nth {
            let at = self.word.unwrap_or(self.nth * 7) % words.len();
            words[at] = words[at] + R::of(1 << self.bit);
        }
        self.seen += 1;
        self.frames.push(frames);
    }

    /// Adds the error to each sum that is not zero: those of the subsets that the only product is in.
    fn adapt<R: Ring>(&mut self, words: &mut [R], share: impl FnOnce(&mut [u64])) {
        assert_eq!(words.len(), SUBSETS * SUM, "the sums of subsets");
        let mut hidden_by = vec![0; SUBSETS * (SUM - 1)];
        share(&mut hidden_by);
        for (words, share) in words.chunks_mut(SUM).zip(hidden_by.chunks(SUM - 1)) {
            let mut sum: Vec<u64> = words.iter().map(|word| word.word()).collect();
            let hidden = sum.clone();
            add_words(&mut sum, share);
            if sum.iter().any(|word| *word != 0) {
                let mut sum = hidden;
                add_words(&mut sum, &[1 << self.bit]);
                words.iter_mut().zip(sum).for_each(|(word, sum)| *word = R::of(sum));
                self.adapted += 1;
            }
        }
    }
}

/// Subsets of claims about integers, and words of the sum of one.
const SUBSETS: usize = 48;
const SUM: usize = 5;

/// Adds the second number to the first, which has room or runs over.
fn add_words(number: &mut [u64], summand: &[u64]) {
    let mut carry = 0;
    for (at, word) in number.iter_mut().enumerate() {
        let sum = u128::from(*word) + u128::from(summand.get(at).copied().unwrap_or(0)) + carry;
        (*word, carry) = (sum as u64, sum >> 64);
    }
}

/// Runs the same computation at all three, who follow the protocol.
pub(crate) fn three<T: Send>(
    seed: u64,
    job: impl Fn(&mut Context) -> Result<T, MpcError> + Sync,
) -> [Result<T, MpcError>; 3] {
    three_under(Security::SemiHonest, seed, job)
}

/// Runs the same computation at all three.
pub(crate) fn three_under<T: Send>(
    security: Security,
    seed: u64,
    job: impl Fn(&mut Context) -> Result<T, MpcError> + Sync,
) -> [Result<T, MpcError>; 3] {
    println!("seed {seed}, {security:?}");
    let mut ends = Role::ALL.into_iter().zip(ring());
    let ends: [_; 3] = std::array::from_fn(|_| ends.next().unwrap());
    std::thread::scope(|scope| {
        let handles = ends.map(|(role, [previous, next])| {
            let job = &job;
            scope.spawn(move || {
                let mut rng = ChaCha20Rng::seed_from_u64(seed * 3 + role as u64);
                let terms = Digest::sha256(b"terms");
                let context = Context::join(role, previous, next, &terms, security, &mut rng)?;
                context.run(job)
            })
        });
        handles.map(|handle| handle.join().unwrap())
    })
}

/// The outcome, which must be the same at all three, whether parties may cheat or not.
pub(crate) fn agreed<T: Send + PartialEq + std::fmt::Debug>(
    seed: u64,
    job: impl Fn(&mut Context) -> Result<T, MpcError> + Sync,
) -> T {
    let semi_honest = agreed_under(Security::SemiHonest, seed, &job);
    assert_eq!(agreed_under(Security::Malicious, seed, &job), semi_honest);
    semi_honest
}

/// The outcome, which must be the same at all three.
pub(crate) fn agreed_under<T: Send + PartialEq + std::fmt::Debug>(
    security: Security,
    seed: u64,
    job: impl Fn(&mut Context) -> Result<T, MpcError> + Sync,
) -> T {
    let [first, second, third] = three_under(security, seed, job).map(Result::unwrap);
    assert_eq!(first, second);
    assert_eq!(second, third);
    first
}
