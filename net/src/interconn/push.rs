//! The client: pushes values, a few at a time, and again where the network failed.

use super::key;
use super::link::Shared;
use super::wire::link::receiver_service_client::ReceiverServiceClient;
use super::wire::link::{ChunkInfo, PushRequest, TransType};
use super::{Code, code};
use crate::NetError;
use prost::bytes::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tonic::transport::{Channel, Endpoint};

/// How many pushes are under way at once.
const UNDERWAY: u32 = 4;

/// Longer values go in chunks of this many bytes: HTTP/2's own limit of the other implementations.
const CHUNK: usize = (1 << 20) - (4 << 10);

/// How long a push is tried again when the network fails.
const GRACE: Duration = Duration::from_secs(10);

/// Pauses between attempts: the first and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Pushes to the peer.
pub(super) struct Pusher {
    shared: Arc<Shared>,
    client: ReceiverServiceClient<Channel>,
    slots: Arc<Semaphore>,
}

/// How a push went wrong.
enum Trouble {
    Passing(String),
    Fatal(NetError),
}

impl Pusher {
    /// Dials when there is something to push; must be called on a runtime.
    pub(super) fn new(shared: Arc<Shared>, address: &str) -> Result<Self, String> {
        let endpoint = Endpoint::from_shared(format!("http://{address}"))
            .map_err(|e| e.to_string())?
            .connect_timeout(Duration::from_secs(5))
            .tcp_nodelay(true)
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(8 << 20);
        let client = ReceiverServiceClient::new(endpoint.connect_lazy()).max_decoding_message_size(64 << 10);
        Ok(Self { shared, client, slots: Arc::new(Semaphore::new(UNDERWAY as usize)) })
    }

    /// Says that we are there, until the peer takes it.
    pub(super) async fn greet(&self, address: &str) -> Result<(), NetError> {
        let (began, limit) = (Instant::now(), self.shared.settings.connect);
        let mut pause = PAUSE.0;
        loop {
            let detail = match self.once(self.request(key::connect(self.shared.me), Bytes::new())).await {
                Ok(()) => return Ok(()),
                // Another service may hold the port for a moment; a peer that is starting may refuse.
                Err(Trouble::Passing(detail)) => detail,
                Err(Trouble::Fatal(error)) => error.to_string(),
            };
            if began.elapsed() >= limit {
                let (peer, address) = (self.shared.peer.clone(), address.to_owned());
                return Err(NetError::Unreachable { peer, address, seconds: limit.as_secs(), detail });
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// Begins to push a value; waits while too many are under way. A failure ends the link.
    pub(super) async fn begin(self: &Arc<Self>, key: String, value: Vec<u8>) -> Result<(), NetError> {
        let waiting = Arc::clone(&self.slots).acquire_owned();
        let Ok(Ok(slot)) = timeout(self.shared.settings.push + GRACE, waiting).await else {
            return Err(self.silent());
        };
        if let Some(error) = &self.shared.state().ended {
            return Err(error.clone());
        }
        let pusher = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = pusher.whole(key, Bytes::from(value)).await {
                pusher.shared.end(error, None);
            }
            drop(slot);
        });
        Ok(())
    }

    /// Tells the peer a number under a key of its own. Nothing depends on its arrival but the peer's pace.
    pub(super) async fn confirm(self: &Arc<Self>, key: String, number: u64) {
        if let Err(error) = self.begin(key, number.to_string().into_bytes()).await {
            tracing::debug!(%error, "not confirmed");
        }
    }

    /// Waits until nothing is under way.
    pub(super) async fn flush(&self, limit: Duration) -> Result<(), NetError> {
        match timeout(limit + GRACE, self.slots.acquire_many(UNDERWAY)).await {
            Ok(_) => match &self.shared.state().ended {
                Some(error) => Err(error.clone()),
                None => Ok(()),
            },
            Err(_) => Err(self.silent()),
        }
    }

    fn silent(&self) -> NetError {
        NetError::Timeout { peer: self.shared.peer.clone(), seconds: self.shared.settings.push.as_secs() }
    }

    fn request(&self, key: String, value: Bytes) -> PushRequest {
        let sender_rank = u64::from(self.shared.me);
        PushRequest { sender_rank, key, value, trans_type: TransType::Mono.into(), chunk_info: None }
    }

    async fn whole(&self, key: String, value: Bytes) -> Result<(), NetError> {
        if value.len() <= CHUNK {
            return self.surely(self.request(key, value)).await;
        }
        let message_length = value.len() as u64;
        for at in (0..value.len()).step_by(CHUNK) {
            let part = value.slice(at..value.len().min(at + CHUNK));
            let chunk_info = Some(ChunkInfo { message_length, chunk_offset: at as u64 });
            let trans_type = TransType::Chunked.into();
            let request = PushRequest { trans_type, chunk_info, ..self.request(key.clone(), part) };
            self.surely(request).await?;
        }
        Ok(())
    }

    /// Pushes until it is taken, refused, or the network has failed for too long.
    async fn surely(&self, request: PushRequest) -> Result<(), NetError> {
        let (began, mut pause) = (Instant::now(), PAUSE.0);
        loop {
            match self.once(request.clone()).await {
                Ok(()) => return Ok(()),
                Err(Trouble::Fatal(error)) => return Err(error),
                Err(Trouble::Passing(detail)) if began.elapsed() >= GRACE => {
                    tracing::debug!(%detail, key = %request.key, "given up");
                    return Err(NetError::Closed { peer: self.shared.peer.clone() });
                }
                Err(Trouble::Passing(_)) => {}
            }
            if let Some(error) = &self.shared.state().ended {
                return Err(error.clone());
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    async fn once(&self, request: PushRequest) -> Result<(), Trouble> {
        let mut client = self.client.clone();
        let Ok(answer) = timeout(self.shared.settings.push, client.push(request)).await else {
            return Err(Trouble::Fatal(self.silent()));
        };
        let answer = answer.map_err(|status| Trouble::Passing(status.message().to_owned()))?.into_inner();
        match answer.header.map(|header| (Code::from_number(header.error_code), header)) {
            Some((Some(_), header)) => {
                let refused = code::refused(&self.shared.peer, header.error_code, &header.error_msg);
                Err(Trouble::Fatal(refused))
            }
            // An answer without a header has the header's defaults: success.
            _ => Ok(()),
        }
    }
}
