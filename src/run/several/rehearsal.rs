//! What a computation of three costs: it is done on this machine, among three threads, and one for each provider that does not
//! compute.

use crate::contract::Draft;
use crate::node::randomness;
use crate::problem::Problem;
use std::time::Instant;
use yinshu_crypto::hash::Digest;
use yinshu_mpc::outside::{Intake, Provider};
use yinshu_mpc::{Context, MpcError, Role, Security};
use yinshu_net::{Channel, memory};

/// What a rehearsal took.
#[derive(Clone, Copy)]
pub(in crate::run) struct Rehearsed {
    /// All threads together.
    pub(in crate::run) seconds: f64,
    /// Bytes to the two others, of the party of the three that sends most.
    pub(in crate::run) bytes: u64,
    /// Steps in which somebody may send.
    pub(in crate::run) rounds: u64,
}

/// The channels of each of the three: with the one before, the one after, and those that only provide; then those of each of
/// these with the three.
type Ends = ([Vec<Box<dyn Channel>>; 3], Vec<Vec<Box<dyn Channel>>>);

fn ends(draft: &Draft) -> Ends {
    let name = |party: usize| draft.terms.parties[party].name.clone();
    let mut before: [Option<Box<dyn Channel>>; 3] = Default::default();
    let mut three: [Vec<Box<dyn Channel>>; 3] = Default::default();
    for role in Role::ALL {
        let (mine, theirs) = memory::pair(name(role.number()), name(role.next().number()));
        three[role.number()].push(Box::new(mine));
        before[role.next().number()] = Some(Box::new(theirs));
    }
    for (ends, before) in three.iter_mut().zip(before) {
        before.into_iter().for_each(|before| ends.insert(0, before));
    }
    let outside = (0..draft.terms.parties.len()).filter(|&party| draft.is_outside(party));
    let outside = outside.map(|party| {
        let mut own: Vec<Box<dyn Channel>> = Vec::with_capacity(three.len());
        for (number, ends) in three.iter_mut().enumerate() {
            let (mine, theirs) = memory::pair(name(party), name(number));
            own.push(Box::new(mine));
            ends.push(Box::new(theirs));
        }
        own
    });
    let outside = outside.collect();
    (three, outside)
}

/// Has each of the three do `job`, and each party that only brings rows `provide`, which is told the party's number.
pub(in crate::run) fn rehearsed(
    draft: &Draft,
    (terms, security): (&Digest, Security),
    job: impl Fn(&mut Context, &mut [Intake]) -> Result<(), MpcError> + Sync,
    provide: impl Fn(&mut Provider, usize) -> Result<(), MpcError> + Sync,
) -> Result<Rehearsed, Problem> {
    let (three, outside) = ends(draft);
    let (job, provide) = (&job, &provide);
    let begun = Instant::now();
    let costs = std::thread::scope(|scope| {
        for (number, channels) in (Role::ALL.len()..).zip(outside) {
            scope.spawn(move || {
                // Where it fails, so do the three.
                let channels = channels.try_into().ok()?;
                let mut provider = Provider::meet(channels, terms, &mut randomness()).ok()?;
                provide(&mut provider, number).and_then(|()| provider.finish()).ok()
            });
        }
        let handles: Vec<_> = Role::ALL
            .into_iter()
            .zip(three)
            .map(|(role, channels)| scope.spawn(move || party(channels, role, (terms, security), job)))
            .collect();
        handles.into_iter().map(|handle| handle.join().ok().flatten()).collect::<Option<Vec<_>>>()
    });
    let costs = costs.ok_or_else(|| Problem::internal("a rehearsal broke off"))?;
    let costs = costs.into_iter().collect::<Result<Vec<_>, MpcError>>()?;
    let bytes = costs.iter().map(|(bytes, _)| *bytes).max().unwrap_or(0);
    let rounds = costs.iter().map(|(_, steps)| u64::from(*steps)).max().unwrap_or(0);
    Ok(Rehearsed { seconds: begun.elapsed().as_secs_f64(), bytes, rounds })
}

/// One of the three: bytes sent, and steps.
fn party(
    channels: Vec<Box<dyn Channel>>,
    role: Role,
    (terms, security): (&Digest, Security),
    job: &(impl Fn(&mut Context, &mut [Intake]) -> Result<(), MpcError> + Sync),
) -> Option<Result<(u64, u32), MpcError>> {
    let mut channels = channels.into_iter();
    let (previous, next) = channels.next().zip(channels.next())?;
    let mut outside = Vec::new();
    let joined = Context::join(role, previous, next, terms, security, &mut randomness());
    let done = joined.and_then(|context| {
        context.run(|context| {
            for channel in channels {
                outside.push(Intake::meet(channel, role, terms)?);
            }
            job(context, &mut outside)?;
            let sent = context.meters().iter().map(|meter| meter.total.bytes_sent).sum();
            Ok((sent, context.steps()))
        })
    });
    outside.into_iter().for_each(|provider| provider.part(&done));
    Some(done)
}
