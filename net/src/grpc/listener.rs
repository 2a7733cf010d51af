//! The side that is dialled.

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

use super::channel::{Carried, GrpcChannel};
use super::codec::MAX_ENVELOPE;
use super::wire::wire_server::WireServer;
use super::{CONNECTION_WINDOW, Engine, HTTP2_FRAME, Node, STREAM_WINDOW, secure};
use crate::session::{Hello, SessionId};
use crate::tls::Verdict;
use crate::{NetError, PartyId};
use door::{Door, Sessions};

mod door;

/// What happened at the port, for the log. Addresses are `ip:port` as the operating system gives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Notice {
    /// A party opened a session.
    Opened {
        /// Who, by certificate.
        party: PartyId,
        /// From where.
        address: String,
        /// Which session.
        session: SessionId,
        /// What for.
        purpose: String,
    },
    /// A session went on over a new connection.
    Resumed {
        /// Who, by certificate.
        party: PartyId,
        /// From where.
        address: String,
        /// Which session.
        session: SessionId,
    },
    /// The connection of a session broke; it may be resumed.
    Lost {
        /// Who, by certificate.
        party: PartyId,
        /// From where.
        address: String,
        /// Which session.
        session: SessionId,
        /// How.
        detail: String,
    },
    /// A connection or an opening was refused.
    Refused {
        /// Who, by certificate, if it got so far.
        party: Option<PartyId>,
        /// From where.
        address: String,
        /// Why.
        error: NetError,
    },
}

pub(super) type Notify = Arc<dyn Fn(Notice) + Send + Sync>;

/// What waits to be accepted.
pub(super) enum Arrival {
    /// Its greeting, its session, and the address it came from.
    Session(Hello, Arc<Carried>, String),
    Stop,
}

/// An open port. Dropping it closes the port: sessions accepted from it go on over the connections they
/// have, but can no longer be resumed.
pub struct Listener {
    engine: Arc<Engine>,
    address: SocketAddr,
    arrivals: Mutex<Receiver<Arrival>>,
    stopper: Stopper,
}

/// Stops a [`Listener`] from another thread.
#[derive(Clone)]
pub struct Stopper {
    arrivals: Sender<Arrival>,
    task: AbortHandle,
}

impl Stopper {
    /// Closes the port; a waiting [`Listener::accept`] returns [`NetError::ShuttingDown`].
    pub fn stop(&self) {
        self.task.abort();
        // Fails only when the listener is gone, which is what was wanted.
        let _ = self.arrivals.send(Arrival::Stop);
    }
}

impl Listener {
    pub(super) fn open(engine: Arc<Engine>, address: SocketAddr, notify: Notify) -> Result<Self, NetError> {
        let cannot = |e: std::io::Error| NetError::CannotListen {
            address: address.to_string(),
            detail: e.to_string(),
        };
        let tcp = engine.handle.block_on(TcpListener::bind(address)).map_err(cannot)?;
        let bound = tcp.local_addr().map_err(cannot)?;
        let (queue, arrivals) = channel();
        let sessions = Sessions::new(Arc::clone(&engine.node), queue.clone(), notify);
        let task = engine.handle.spawn(receive(Arc::clone(&engine.node), tcp, sessions)).abort_handle();
        let stopper = Stopper { arrivals: queue, task };
        Ok(Self { engine, address: bound, arrivals: Mutex::new(arrivals), stopper })
    }

    /// The address the port is open on; with the real port if 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the next session: its greeting, whose `from` is proven by certificate and whose `to` is
    /// us, and its channel. Answer with [`GrpcChannel::welcome`] or [`GrpcChannel::refuse`]; a channel
    /// that is dropped unanswered is closed. Any number of sessions go on at once.
    ///
    /// # Errors
    /// [`NetError::ShuttingDown`] after [`Stopper::stop`].
    pub fn accept(&self) -> Result<(Hello, GrpcChannel), NetError> {
        let arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        match arrivals.recv() {
            Ok(Arrival::Session(hello, carried, address)) => {
                let patience = self.engine.node.settings.patience;
                let engine = Arc::clone(&self.engine);
                let mut channel = GrpcChannel::new(carried, hello.clone(), patience, engine);
                channel.count_greeting(false, &hello);
                channel.came_from(address);
                Ok((hello, channel))
            }
            Ok(Arrival::Stop) => {
                // For every other thread that waits, and for every later call.
                let _ = self.stopper.arrivals.send(Arrival::Stop);
                Err(NetError::ShuttingDown)
            }
            Err(_) => Err(NetError::ShuttingDown),
        }
    }

    /// Stops everything on this side's runtime, as the death of the process would.
    #[cfg(test)]
    pub(super) fn kill(&self) {
        self.engine.stop();
    }

    /// A handle to stop it by.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}

/// Takes connections for ever.
async fn receive(node: Arc<Node>, tcp: TcpListener, sessions: Arc<Sessions>) {
    let permits = Arc::new(Semaphore::new(node.settings.max_handshakes));
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        match tcp.accept().await {
            Ok((stream, address)) => {
                let (node, sessions) = (Arc::clone(&node), Arc::clone(&sessions));
                tokio::spawn(async move {
                    let admitted = handshake(&node, stream, address, &sessions).await;
                    drop(permit);
                    if let Some((party, stream)) = admitted {
                        serve(stream, Door { sessions, party, address: address.to_string() }).await;
                    }
                });
            }
            // Out of file descriptors, or a connection reset before it was taken: go on a little later.
            Err(e) => {
                tracing::warn!(error = %e, "cannot take a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

type Secured = secure::Watched<tokio_rustls::server::TlsStream<TcpStream>>;

/// Finds out who it is; a refusal is told to the log.
async fn handshake(
    node: &Node,
    stream: TcpStream,
    address: SocketAddr,
    sessions: &Sessions,
) -> Option<(PartyId, Secured)> {
    let address = address.to_string();
    let verdict = Arc::new(Verdict::default());
    let limit = node.settings.handshake;
    let error = match tokio::time::timeout(limit, secure::admit(node, stream, &address, &verdict)).await {
        Ok(Ok(admitted)) => return Some(admitted),
        Ok(Err(error)) => error,
        Err(_) => {
            let detail = format!("not finished after {} s", limit.as_secs());
            NetError::Handshake { address: address.clone(), detail }
        }
    };
    sessions.notify(Notice::Refused { party: None, address, error });
    None
}

/// HTTP/2 until the connection ends.
async fn serve(stream: Secured, door: Door) {
    let (party, address) = (door.party.clone(), door.address.clone());
    let service =
        WireServer::new(door).max_decoding_message_size(MAX_ENVELOPE).max_encoding_message_size(MAX_ENVELOPE);
    let mut http = Builder::new(TokioExecutor::new()).http2_only();
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(HTTP2_FRAME)
        .max_concurrent_streams(16)
        .max_header_list_size(16 << 10);
    let served = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).await;
    if let Err(error) = served {
        tracing::debug!(%party, %address, %error, "connection ended");
    }
}
