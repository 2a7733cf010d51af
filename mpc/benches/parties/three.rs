//! Three parties on three threads, joined in memory and without encryption.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::hash::Digest;
use yinshu_mpc::{Context, MpcError, Role, Security};
use yinshu_net::{PartyId, memory};

/// Runs the same computation at all three: what it comes to at each.
pub(crate) fn three<T: Send>(
    security: Security,
    job: impl Fn(&mut Context) -> Result<T, MpcError> + Sync,
) -> [T; 3] {
    let name = |role: Role| PartyId::new(["first", "second", "third"][role as usize]).expect("a name");
    let mut before: [Option<_>; 3] = Default::default();
    let mut after: [Option<_>; 3] = Default::default();
    for role in Role::ALL {
        let (mine, theirs) = memory::pair(name(role), name(role.next()));
        after[role.number()] = Some(mine);
        before[role.next().number()] = Some(theirs);
    }
    std::thread::scope(|scope| {
        let handles = Role::ALL.map(|role| {
            let previous = Box::new(before[role.number()].take().expect("one each"));
            let next = Box::new(after[role.number()].take().expect("one each"));
            let job = &job;
            scope.spawn(move || {
                let mut rng = ChaCha20Rng::seed_from_u64(role as u64);
                let context = Context::join(role, previous, next, &Digest::ZERO, security, &mut rng);
                context.expect("they meet").run(job).expect("it runs")
            })
        });
        handles.map(|handle| handle.join().expect("no panic"))
    })
}
