//! Three parties on three threads.

use crate::{Context, MpcError, Role};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::hash::Digest;
use yinshu_net::{Channel, PartyId, memory};

mod adversary;
mod circuits;
mod engine;
pub(crate) mod given;
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

/// Runs the same computation at all three.
pub(crate) fn three<T: Send>(
    seed: u64,
    job: impl Fn(&mut Context) -> Result<T, MpcError> + Sync,
) -> [Result<T, MpcError>; 3] {
    println!("seed {seed}");
    let mut ends = Role::ALL.into_iter().zip(ring());
    let ends: [_; 3] = std::array::from_fn(|_| ends.next().unwrap());
    std::thread::scope(|scope| {
        let handles = ends.map(|(role, [previous, next])| {
            let job = &job;
            scope.spawn(move || {
                let mut rng = ChaCha20Rng::seed_from_u64(seed * 3 + role as u64);
                let context = Context::join(role, previous, next, &Digest::sha256(b"terms"), &mut rng)?;
                context.run(job)
            })
        });
        handles.map(|handle| handle.join().unwrap())
    })
}

/// The outcome, which must be the same at all three.
pub(crate) fn agreed<T: Send + PartialEq + std::fmt::Debug>(
    seed: u64,
    job: impl Fn(&mut Context) -> Result<T, MpcError> + Sync,
) -> T {
    let [first, second, third] = three(seed, job).map(Result::unwrap);
    assert_eq!(first, second);
    assert_eq!(second, third);
    first
}
