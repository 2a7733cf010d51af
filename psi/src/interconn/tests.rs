//! Runs against ourselves, the oracle, known answers, and peers that misbehave.

mod adversary;
mod cost;
mod oracle;
mod vectors;

use super::{Learner, Outcome, Profile, Terms, run};
use crate::PsiError;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use yinshu_net::interconn::memory::{MemoryLink, pair};

/// One run over memory, rank 0 first.
fn both(
    x: &[Vec<u8>],
    y: &[Vec<u8>],
    terms: [&Terms; 2],
    links: (MemoryLink, MemoryLink),
) -> [Result<Outcome, PsiError>; 2] {
    let one = |link: MemoryLink, items: &[Vec<u8>], terms: &Terms| {
        let mut rng = ChaCha20Rng::seed_from_u64(u64::from(terms.rank) + 1);
        run(&link, items, terms, &mut rng, &mut |_| {})
    };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| one(links.0, x, terms[0]));
        let second = one(links.1, y, terms[1]);
        [first.join().expect("no panic"), second]
    })
}

/// The terms of both ranks.
fn terms(profile: Profile, learner: Learner) -> [Terms; 2] {
    [0, 1].map(|rank| Terms::new(profile, rank, learner))
}

fn met(x: &[Vec<u8>], y: &[Vec<u8>], [zero, one]: &[Terms; 2]) -> [Outcome; 2] {
    both(x, y, [zero, one], pair()).map(|result| result.expect("an honest run"))
}

fn items(range: std::ops::Range<u32>) -> Vec<Vec<u8>> {
    range.map(|i| format!("11010519491231{i:04}").into_bytes()).collect()
}
