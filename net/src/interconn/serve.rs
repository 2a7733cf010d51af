//! The service: takes what the peer pushes.

use super::link::{Shared, channel};
use super::mailbox::{MAX_VALUE, Push, Taken};
use super::wire::ResponseHeader;
use super::wire::link::receiver_service_server::{ReceiverService, ReceiverServiceServer};
use super::wire::link::{PushRequest, PushResponse, TransType};
use super::{Code, Lane, key};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tonic::{Request, Response, Status};

/// Connections open at a time, and calls on each: with the longest value, what strangers can make us hold.
const CONNECTIONS: usize = 8;
const CALLS: u32 = 32;

/// Room for what stands around a value.
const AROUND: usize = 4 << 10;

/// The service of one link.
#[derive(Clone)]
pub(super) struct Door(pub(super) Arc<Shared>);

/// What is said to a push that is not taken.
type Refused = (Code, String);

impl Door {
    fn read(&self, request: PushRequest) -> Result<Option<Push>, Refused> {
        let shared = &self.0;
        let invalid = |reason: &str| (Code::InvalidRequest, reason.to_owned());
        if request.sender_rank != u64::from(shared.peer_rank) {
            return Err(invalid("the sender's rank is not that of the peer"));
        }
        let (key, seq) = key::read(&request.key).ok_or_else(|| invalid("the key cannot be read"))?;
        let mut state = shared.state();
        state.numbered |= request.key.contains("\u{1}\u{2}") && seq > 0;
        let (name, n) = match key {
            key::Key::Connect(rank) if rank == u64::from(shared.peer_rank) => {
                state.met = true;
                return Ok(None);
            }
            key::Key::Connect(_) => return Err(invalid("the key names another rank")),
            key::Key::Ack => return Ok(None),
            key::Key::Fin => {
                state.fin = true;
                return Ok(None);
            }
            key::Key::Message { from, to, .. }
                if (from, to) != (u64::from(shared.peer_rank), u64::from(shared.me)) =>
            {
                return Err(invalid("the key is for another direction"));
            }
            key::Key::Message { channel, n, .. } => (channel, n),
        };
        let lane = Lane::ALL.into_iter().find(|lane| channel(&shared.settings, *lane) == name);
        let lane = lane.ok_or_else(|| invalid("there is no such channel"))?;
        let chunk = match (TransType::try_from(request.trans_type), request.chunk_info) {
            (Ok(TransType::Mono), _) => None,
            (Ok(TransType::Chunked), Some(info)) => Some((info.message_length, info.chunk_offset)),
            _ => return Err(invalid("neither whole nor a chunk")),
        };
        Ok(Some(Push { lane, n, seq, value: request.value, chunk }))
    }

    async fn take(&self, request: PushRequest) -> Result<(), Refused> {
        let read = self.read(request);
        self.0.changed.notify_all();
        let Some(mut push) = read? else { return Ok(()) };
        let waiting = tokio::time::sleep(self.0.settings.hold);
        tokio::pin!(waiting);
        loop {
            let room = self.0.room.notified();
            tokio::pin!(room);
            // From here on a notification counts, also one that comes before the wait below.
            room.as_mut().enable();
            push = match self.put(push)? {
                None => return Ok(()),
                Some(push) => push,
            };
            tokio::select! {
                () = &mut waiting => return Err((Code::Network, "no room: too much is unread".to_owned())),
                () = room => {}
            }
        }
    }

    /// Puts it into the mailbox; gives it back where there is no room.
    fn put(&self, push: Push) -> Result<Option<Push>, Refused> {
        let mut state = self.0.state();
        if let Some(told) = state.told.clone() {
            state.heard = true;
            self.0.changed.notify_all();
            return Err(told);
        }
        let again = Push { value: push.value.clone(), ..push };
        match state.mailbox.put(push) {
            Ok(Taken::Kept) => {
                self.0.changed.notify_all();
                Ok(None)
            }
            // A call whose answer was lost is made again: its value is here already.
            Ok(Taken::Twice) => Ok(None),
            Ok(Taken::Full) => Ok(Some(again)),
            Err(error) => {
                drop(state);
                let told = (Code::of(&error), error.to_string());
                self.0.end(error, Some(told.clone()));
                Err(told)
            }
        }
    }
}

#[tonic::async_trait]
impl ReceiverService for Door {
    async fn push(&self, request: Request<PushRequest>) -> Result<Response<PushResponse>, Status> {
        let header = match self.take(request.into_inner()).await {
            Ok(()) => ResponseHeader { error_code: 0, error_msg: String::new() },
            Err((code, error_msg)) => ResponseHeader { error_code: code.number(), error_msg },
        };
        Ok(Response::new(PushResponse { header: Some(header) }))
    }
}

/// Takes connections until it is told to stop.
pub(super) async fn receive(tcp: TcpListener, door: Door, mut stop: watch::Receiver<bool>) {
    let (permits, stops) = (Arc::new(Semaphore::new(CONNECTIONS)), stop.clone());
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        let stopped = async { drop(stop.wait_for(|stop| *stop).await) };
        tokio::select! {
            () = stopped => return,
            accepted = tcp.accept() => match accepted {
                Ok((stream, _)) => {
                    let (door, stop) = (door.clone(), stops.clone());
                    tokio::spawn(async move {
                        serve(stream, door, stop).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot take a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
}

/// HTTP/2 until the connection ends, or we do.
async fn serve(stream: TcpStream, door: Door, mut stop: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = ReceiverServiceServer::new(door).max_decoding_message_size(MAX_VALUE + AROUND);
    let mut http = Builder::new(TokioExecutor::new()).http2_only();
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(8 << 20)
        .max_concurrent_streams(CALLS)
        .max_header_list_size(16 << 10);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    tokio::pin!(connection);
    let stopped = async { drop(stop.wait_for(|stop| *stop).await) };
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stopped => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "connection ended");
    }
}
