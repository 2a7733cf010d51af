//! Channels that came in and wait for the run that takes them: sessions of other providers in a run of several, and
//! further strands of a session that is being answered.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use yinshu_net::grpc::GrpcChannel;
use yinshu_net::session::Hello;
use yinshu_net::{NetError, PartyId, SessionId, Strand};

/// Channels that this node has welcomed, until their run takes them.
pub(crate) struct Arrivals<C = GrpcChannel> {
    held: Mutex<Held<C>>,
    came: Condvar,
}

struct Held<C> {
    waiting: HashMap<(SessionId, u16), (Instant, C)>,
    expected: HashMap<SessionId, Expected>,
}

/// The further strands that both sides of a session have agreed on.
struct Expected {
    /// How the session was greeted.
    hello: Hello,
    /// By its number, whether a strand has come; the first has, since it opened the session.
    came: Vec<bool>,
}

impl<C> Default for Arrivals<C> {
    fn default() -> Self {
        let held = Held { waiting: HashMap::new(), expected: HashMap::new() };
        Self { held: Mutex::new(held), came: Condvar::new() }
    }
}

impl<C> Arrivals<C> {
    fn held(&self) -> MutexGuard<'_, Held<C>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a channel; those that nobody took for so long are dropped, and so closed.
    pub(super) fn put(&self, hello: &Hello, channel: C, patience: Duration) {
        let mut held = self.held();
        held.waiting.retain(|_, (since, _)| since.elapsed() < patience);
        held.waiting.insert((hello.session, hello.strand.number), (Instant::now(), channel));
        self.came.notify_all();
    }

    /// Waits for a channel.
    pub(super) fn take(&self, id: SessionId, strand: u16, patience: Duration) -> Option<C> {
        let (begun, mut held) = (Instant::now(), self.held());
        loop {
            if let Some((_, channel)) = held.waiting.remove(&(id, strand)) {
                return Some(channel);
            }
            let left = patience.checked_sub(begun.elapsed())?;
            held = self.came.wait_timeout(held, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Lets `of` strands of the session greeted so come in, its first among them, until what this returns is dropped.
    /// Call it before the peer is told how many there may be: what comes unexpected is refused.
    pub(super) fn expect(&self, hello: &Hello, of: u16) -> Expecting<'_, C> {
        let came = (0..of).map(|number| number == Strand::FIRST.number).collect();
        self.held().expected.insert(hello.session, Expected { hello: hello.clone(), came });
        Expecting { arrivals: self, peer: hello.from.clone(), id: hello.session, of }
    }

    /// Admits a strand that was agreed on, once, before it is welcomed and [`Arrivals::put`].
    pub(super) fn admit(&self, hello: &Hello) -> Result<(), NetError> {
        let (peer, Strand { number, of }) = (hello.from.clone(), hello.strand);
        let mut held = self.held();
        let expected = held.expected.get_mut(&hello.session);
        let same = |e: &&mut Expected| e.hello == Hello { strand: e.hello.strand, ..hello.clone() };
        let Some(expected) = expected.filter(same) else {
            return Err(NetError::StrandWithoutSession { peer, number });
        };
        let agreed = u16::try_from(expected.came.len()).unwrap_or(u16::MAX);
        match expected.came.get_mut(usize::from(number)) {
            Some(came) if of == agreed => match std::mem::replace(came, true) {
                false => Ok(()),
                true => Err(NetError::StrandTaken { peer, number }),
            },
            _ => Err(NetError::StrandNumber { peer, number, of, agreed }),
        }
    }
}

/// Strands that may come in.
pub(super) struct Expecting<'a, C = GrpcChannel> {
    arrivals: &'a Arrivals<C>,
    peer: PartyId,
    id: SessionId,
    of: u16,
}

impl<C> Expecting<'_, C> {
    /// Waits until all have come, and gives them in the order of their numbers.
    pub(super) fn all(&self, patience: Duration) -> Result<Vec<C>, NetError> {
        let begun = Instant::now();
        let absent = || NetError::Timeout { peer: self.peer.clone(), seconds: patience.as_secs() };
        let one = |number| {
            let left = patience.saturating_sub(begun.elapsed());
            self.arrivals.take(self.id, number, left).ok_or_else(absent)
        };
        (1..self.of).map(one).collect()
    }
}

impl<C> Drop for Expecting<'_, C> {
    fn drop(&mut self) {
        let mut held = self.arrivals.held();
        held.expected.remove(&self.id);
        held.waiting.retain(|(id, _), _| *id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(50);

    fn hello(session: u8, number: u16, of: u16) -> Hello {
        Hello {
            from: "county".parse().expect("a name"),
            to: "province".parse().expect("a name"),
            session: SessionId([session; 16]),
            purpose: "psi".to_owned(),
            protocol: "ecdh-psi".to_owned(),
            version: 1,
            contract: [9; 32],
            strand: if number == 0 { Strand::FIRST } else { Strand { number, of } },
        }
    }

    #[test]
    fn strands_are_given_in_order_however_they_come() {
        let arrivals = Arrivals::default();
        let expecting = arrivals.expect(&hello(1, 0, 1), 4);
        let come = |number: u16| {
            let hello = hello(1, number, 4);
            assert_eq!(arrivals.admit(&hello), Ok(()));
            arrivals.put(&hello, number, SHORT);
        };
        std::thread::scope(|scope| {
            scope.spawn(|| [3, 1, 2].map(come));
            assert_eq!(expecting.all(Duration::from_secs(60)), Ok(vec![1, 2, 3]));
        });
    }

    #[test]
    fn what_was_not_agreed_on_is_refused() {
        let arrivals = Arrivals::<u16>::default();
        let code = |hello: &Hello| arrivals.admit(hello).err().map(|error| error.code());
        assert_eq!(code(&hello(1, 1, 3)), Some(3026), "nothing is expected");
        let expecting = arrivals.expect(&hello(1, 0, 1), 3);
        let (good, other) = (hello(1, 1, 3), "city".parse().expect("a name"));
        assert_eq!(code(&hello(2, 1, 3)), Some(3026), "another session");
        assert_eq!(code(&Hello { from: other, ..good.clone() }), Some(3026), "another party");
        assert_eq!(code(&Hello { contract: [8; 32], ..good.clone() }), Some(3026), "another contract");
        assert_eq!(code(&Hello { version: 2, ..good.clone() }), Some(3026), "another version");
        assert_eq!(code(&hello(1, 1, 2)), Some(3028), "fewer than agreed");
        assert_eq!(code(&hello(1, 1, 4)), Some(3028), "more than agreed");
        assert_eq!(code(&hello(1, 3, 3)), Some(3028), "number 3 of 3");
        assert_eq!(code(&good), None);
        assert_eq!(code(&good), Some(3027), "twice");
        arrivals.put(&good, 1, SHORT);
        let error = expecting.all(SHORT).expect_err("one is missing");
        assert!(matches!(error, NetError::Timeout { peer, .. } if peer == good.from));
        drop(expecting);
        assert_eq!(code(&hello(1, 2, 3)), Some(3026), "the run is over");
        assert!(arrivals.held().waiting.is_empty(), "nothing is kept of it");
    }
}
