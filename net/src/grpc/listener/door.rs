//! The service behind the handshake: finds or makes the session that a stream is for.

use std::collections::HashMap;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

use super::{Arrival, Notice, Notify};
use crate::error::printable;
use crate::grpc::Node;
use crate::grpc::carry::{End, carry};
use crate::grpc::channel::Carried;
use crate::grpc::wire::wire_server::Wire;
use crate::grpc::wire::{Envelope, Kind};
use crate::session::{Hello, MAX_REASON, SessionId, Strand, malformed};
use crate::{NetError, PartyId};

/// Envelopes between the link and HTTP/2.
const UNDERWAY: usize = 4;

/// For each session that a party may have open, so many of its sessions are known at a time, those that
/// ended less than a grace ago included.
const REMEMBERED: usize = 16;

/// A strand by its session and its number.
type Place = (SessionId, u16);

/// A strand of a session that the listener knows.
struct Known {
    hello: Hello,
    carried: Arc<Carried>,
}

/// All sessions of a listener.
pub(super) struct Sessions {
    node: Arc<Node>,
    known: Mutex<HashMap<Place, Known>>,
    arrivals: Sender<Arrival>,
    notify: Notify,
}

impl Sessions {
    pub(super) fn new(node: Arc<Node>, arrivals: Sender<Arrival>, notify: Notify) -> Arc<Self> {
        Arc::new(Self { node, known: Mutex::default(), arrivals, notify })
    }

    pub(super) fn notify(&self, notice: Notice) {
        tracing::debug!(?notice);
        (self.notify)(notice);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Place, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of this greeting, which `party` has proven to be: known from before, or new (`true`).
    /// One lock from finding to making, so that two streams cannot both make it.
    fn enter(
        &self,
        party: &PartyId,
        hello: &Hello,
        address: &str,
        resuming: bool,
    ) -> Result<(Arc<Carried>, bool), NetError> {
        let mut known = self.known();
        let place = (hello.session, hello.strand.number);
        if let Some(session) = known.get(&place) {
            // `hello.from` is the certificate's party: an equal greeting is by the same party.
            if session.hello != *hello {
                return Err(NetError::SessionTaken { peer: party.clone() });
            }
            return Ok((Arc::clone(&session.carried), false));
        }
        if resuming {
            return Err(NetError::SessionLost { peer: self.node.me.clone() });
        }
        self.follows(&known, hello)?;
        if hello.strand.opens() {
            self.room(&known, party)?;
        }
        let carried = Carried::new(party.clone());
        known.insert(place, Known { hello: hello.clone(), carried: Arc::clone(&carried) });
        let arrived =
            self.arrivals.send(Arrival::Session(hello.clone(), Arc::clone(&carried), address.to_owned()));
        arrived.map_err(|_| NetError::ShuttingDown)?;
        Ok((carried, true))
    }

    /// Refuses a further strand where no session is open to which it belongs, under the same greeting but for its
    /// number. Whether it was agreed on is for those who run the session to say.
    fn follows(&self, known: &HashMap<Place, Known>, hello: &Hello) -> Result<(), NetError> {
        let Strand { number, of } = hello.strand;
        if hello.strand.opens() {
            return Ok(());
        }
        let (peer, agreed) = (hello.from.clone(), self.node.settings.max_strands);
        if number >= of || of > agreed {
            return Err(NetError::StrandNumber { peer, number, of, agreed });
        }
        let first = known.get(&(hello.session, Strand::FIRST.number));
        let open = first.is_some_and(|first| {
            first.hello == Hello { strand: Strand::FIRST, ..hello.clone() } && !first.carried.link().over()
        });
        if open { Ok(()) } else { Err(NetError::StrandWithoutSession { peer, number }) }
    }

    /// Refuses one session too many; strands are counted with the session they belong to.
    fn room(&self, known: &HashMap<Place, Known>, party: &PartyId) -> Result<(), NetError> {
        let sessions = || known.values().filter(|s| s.hello.strand.opens());
        let open = |s: &&Known| {
            let link = s.carried.link();
            !link.over() && !link.both_closed()
        };
        let (in_all, of_one) = self.node.settings.max_sessions;
        let too_many = |max| NetError::TooManySessions { peer: party.clone(), max };
        if sessions().filter(open).count() >= in_all {
            return Err(too_many(in_all));
        }
        if sessions().filter(open).filter(|s| s.hello.from == *party).count() >= of_one {
            return Err(too_many(of_one));
        }
        // One that has ended is kept for a while; opening and ending in a loop must not fill the memory.
        if sessions().filter(|s| s.hello.from == *party).count() >= of_one.saturating_mul(REMEMBERED) {
            return Err(too_many(of_one));
        }
        Ok(())
    }

    /// Waits for the session's next connection, and gives it up when none comes.
    async fn mourn(&self, place: Place, carried: &Arc<Carried>, generation: u64) {
        tokio::time::sleep(self.node.settings.grace).await;
        if carried.link().generation() != generation {
            return;
        }
        carried.fail(carried.timeout(), false);
        let mut known = self.known();
        if known.get(&place).is_some_and(|k| Arc::ptr_eq(&k.carried, carried)) {
            known.remove(&place);
        }
    }
}

/// The service of one connection, whose other end is `party` by its certificate.
pub(super) struct Door {
    pub(super) sessions: Arc<Sessions>,
    pub(super) party: PartyId,
    pub(super) address: String,
}

/// A stream that found its session.
struct Entered {
    place: Place,
    carried: Arc<Carried>,
    generation: u64,
    reply: Envelope,
}

impl Door {
    fn enter(&self, opening: &Envelope) -> Result<Entered, NetError> {
        if opening.kind() != Kind::Open {
            return Err(malformed(&self.party, "opening"));
        }
        let hello = Hello::decode(&opening.frame).map_err(|_| malformed(&self.party, "greeting"))?;
        hello.check_parties(&self.party, &self.sessions.node.me)?;
        let (carried, new) =
            self.sessions.enter(&self.party, &hello, &self.address, opening.sequence != 0)?;
        let (party, address, session) = (self.party.clone(), self.address.clone(), hello.session);
        let attached = {
            let mut link = carried.link();
            if let Some(error) = link.ended().filter(|_| link.over()) {
                tracing::debug!(%party, %error, "a session that has ended is asked for");
                return Err(NetError::SessionLost { peer: self.sessions.node.me.clone() });
            }
            link.attach(opening).map(|number| (number, link.envelope(Kind::Open, 0, Default::default())))
        };
        // Whoever acknowledges what was never sent is not the other end of this session.
        let (generation, reply) = attached.inspect_err(|e| carried.fail(e.clone(), true))?;
        // The connection that had the session lets go of it.
        carried.now_heard();
        carried.wake.notify_one();
        carried.changed.notify_all();
        self.sessions.notify(if new {
            Notice::Opened { party, address, session, purpose: hello.purpose }
        } else {
            Notice::Resumed { party, address, session }
        });
        Ok(Entered { place: (hello.session, hello.strand.number), carried, generation, reply })
    }

    async fn serve(self, entered: Entered, out: mpsc::Sender<Envelope>, incoming: Streaming<Envelope>) {
        let Entered { place, carried, generation, .. } = entered;
        let end = carry(&carried, generation, out, incoming, &self.sessions.node.settings).await;
        let (newest, over) = {
            let link = carried.link();
            (link.generation() == generation, link.over())
        };
        if !newest {
            return;
        }
        carried.changed.notify_all();
        if let (End::Lost(detail), false) = (end, over) {
            let Self { sessions, party, address } = &self;
            let (party, address) = (party.clone(), address.clone());
            sessions.notify(Notice::Lost { party, address, session: place.0, detail });
        }
        // Also when it is over: the peer may come again for an acknowledgement it has not got.
        self.sessions.mourn(place, &carried, generation).await;
    }
}

/// The refusal as an envelope.
fn reject(error: &NetError) -> Envelope {
    let reason = printable(error.to_string().as_bytes(), MAX_REASON);
    let frame = [&error.code().to_be_bytes()[..], reason.as_bytes()].concat().into();
    Envelope { kind: Kind::Reject.into(), frame, ..Envelope::default() }
}

#[tonic::async_trait]
impl Wire for Door {
    type CarryStream = std::pin::Pin<Box<dyn Stream<Item = Result<Envelope, Status>> + Send>>;

    async fn carry(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::CarryStream>, Status> {
        let mut incoming = request.into_inner();
        let limit = self.sessions.node.settings.handshake;
        let opening = match tokio::time::timeout(limit, incoming.message()).await {
            Ok(Ok(Some(opening))) => Ok(opening),
            Ok(Err(_)) => Err(malformed(&self.party, "opening")),
            Ok(Ok(None)) | Err(_) => return Err(Status::deadline_exceeded("no opening")),
        };
        let (out, outgoing) = mpsc::channel(UNDERWAY);
        match opening.and_then(|opening| self.enter(&opening)) {
            Ok(entered) => {
                let _ = out.send(entered.reply.clone()).await;
                let door = Self {
                    sessions: Arc::clone(&self.sessions),
                    party: self.party.clone(),
                    address: self.address.clone(),
                };
                tokio::spawn(door.serve(entered, out, incoming));
            }
            Err(error) => {
                let _ = out.send(reject(&error)).await;
                let (party, address) = (Some(self.party.clone()), self.address.clone());
                self.sessions.notify(Notice::Refused { party, address, error });
            }
        }
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing).map(Ok))))
    }
}
