//! One worker of each side to a strand of the session, and as many strands as both sides have room for.
//!
//! The recipient says how many workers it has, the provider how many there will be: no more, no more than its own
//! configuration allows (`[limits] psi_workers`), and, where a run goes on, no more than have room with parts as large
//! as they were planned. Then the recipient dials the further strands, while the provider expects them. The memory given
//! is for all workers together, so that more of them mean smaller parts. Approval, quota and records are the session's:
//! a strand has none of its own.

use crate::config::ConfigError;
use crate::node::Node;
use crate::problem::Problem;
use std::time::Duration;
use yinshu_net::grpc::GrpcChannel;
use yinshu_net::{Channel, NetError, Strand};
use yinshu_psi::partition::Matcher;

/// How many workers have room, each with a part of `size` entries; one always has.
pub(super) fn within(memory: u64, size: u64, matcher: &impl Matcher) -> u16 {
    let each = size.saturating_mul(matcher.bytes_per_entry()).max(1);
    u16::try_from(memory / each).unwrap_or(u16::MAX).max(1)
}

/// What the provider answered, and how many workers there are: 1 to `wanted`.
pub(super) fn agreed(answer: &[u8], wanted: u16) -> Option<(u8, u16)> {
    let &[what, low, high] = answer else { return None };
    let workers = u16::from_le_bytes([low, high]);
    (1..=wanted).contains(&workers).then_some((what, workers))
}

/// The recipient's side: dials the strands beyond the first, all at once.
pub(super) fn dial(node: &Node, first: &GrpcChannel, of: u16) -> Result<Vec<GrpcChannel>, Problem> {
    if of == 1 {
        return Ok(Vec::new());
    }
    let peer = node.config.peer(first.peer())?;
    let address = peer.address.as_ref();
    let address = address.ok_or_else(|| ConfigError::NoAddress { name: peer.name.to_string() })?;
    let dialled: Result<Vec<_>, NetError> = std::thread::scope(|scope| {
        let one = |number| scope.spawn(move || first.dial_strand(address, Strand { number, of }));
        let dialling: Vec<_> = (1..of).map(one).collect();
        let ended = |_| NetError::Closed { peer: first.peer().clone() };
        dialling.into_iter().map(|strand| strand.join().map_err(ended)?).collect()
    });
    Ok(dialled?)
}

/// The provider's side: answers, and waits for the strands beyond the first.
pub(super) fn hear(
    node: &Node,
    first: &mut GrpcChannel,
    (what, of): (u8, u16),
) -> Result<Vec<GrpcChannel>, Problem> {
    // Before the recipient can know how many there are.
    let expecting = node.arrivals.expect(first.theirs(), of);
    let [low, high] = of.to_le_bytes();
    first.send(vec![what, low, high])?;
    Ok(expecting.all(Duration::from_secs(node.config.limits.peer_timeout_seconds))?)
}

/// All strands in the order of their numbers.
pub(super) fn all<'a>(first: &'a mut GrpcChannel, more: &'a mut [GrpcChannel]) -> Vec<&'a mut GrpcChannel> {
    std::iter::once(first).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use yinshu_psi::partition::Ecdh;

    #[test]
    fn workers_have_room_in_the_memory_given() {
        let each = 1_000 * Ecdh.bytes_per_entry();
        let workers = |memory| within(memory, 1_000, &Ecdh);
        assert_eq!([workers(0), workers(each), workers(3 * each), workers(4 * each - 1)], [1, 1, 3, 3]);
        assert_eq!(within(u64::MAX, 0, &Ecdh), u16::MAX);
        assert_eq!(within(0, u64::MAX, &Ecdh), 1);
    }

    #[test]
    fn no_more_than_wanted_are_agreed_on() {
        assert_eq!(agreed(&[1, 3, 0], 4), Some((1, 3)));
        assert_eq!(agreed(&[0, 4, 0], 4), Some((0, 4)));
        for answer in [&[1, 0, 0][..], &[1, 5, 0], &[1, 4, 1], &[1, 4], &[], &[1, 4, 0, 0]] {
            assert_eq!(agreed(answer, 4), None, "{answer:?}");
        }
    }
}
