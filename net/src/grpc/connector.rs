//! The side that dials, and dials again.

use hyper_util::rt::TokioIo;
use prost::bytes::Bytes;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};

use super::carry::{End, carry, explain};
use super::channel::Carried;
use super::codec::MAX_ENVELOPE;
use super::link::rejection;
use super::wire::wire_client::WireClient;
use super::wire::{Envelope, Kind};
use super::{CONNECTION_WINDOW, HTTP2_FRAME, Node, STREAM_WINDOW, secure};
use crate::session::{Hello, malformed};
use crate::tls::Verdict;
use crate::{NetError, PartyId};

/// Envelopes between the link and HTTP/2; what is beyond waits in the link.
const UNDERWAY: usize = 4;

/// Why an attempt failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Another attempt would fail alike.
    Fatal(NetError),
    /// Worth another attempt.
    Passing(String),
}

/// Keeps the session connected until it is over.
pub(super) async fn keep_connected(node: Arc<Node>, address: String, hello: Hello, carried: Arc<Carried>) {
    let mut answered = false;
    let (first_pause, longest_pause) = node.settings.backoff;
    let mut pause = first_pause;
    loop {
        let detail = match attempt(&node, &address, &hello, &carried, &mut answered, &mut pause).await {
            Ok(End::Finished) => String::new(),
            Ok(End::Lost(detail)) | Err(Trouble::Passing(detail)) => detail,
            Err(Trouble::Fatal(error)) => {
                carried.fail(error, false);
                return;
            }
        };
        let done = {
            let link = carried.link();
            link.over() || link.peer_is_done()
        };
        if done {
            carried.changed.notify_all();
            return;
        }
        if carried.silent_for() >= node.settings.grace {
            carried.fail(given_up(&carried, &address, answered, detail), false);
            return;
        }
        tracing::debug!(peer = %carried.peer, %address, %detail, "connection lost, will dial again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).clamp(first_pause, longest_pause);
    }
}

fn given_up(carried: &Carried, address: &str, answered: bool, detail: String) -> NetError {
    if answered {
        return carried.timeout();
    }
    let (peer, address) = (carried.peer.clone(), address.to_owned());
    NetError::Unreachable { peer, address, seconds: carried.silent_for().as_secs(), detail }
}

/// One connection from dialling to its end.
async fn attempt(
    node: &Node,
    address: &str,
    hello: &Hello,
    carried: &Carried,
    answered: &mut bool,
    pause: &mut Duration,
) -> Result<End, Trouble> {
    let verdict = Arc::new(Verdict::default());
    let judged = |trouble: Trouble| match verdict.refused.get() {
        Some(refused) => Trouble::Fatal(refused.clone()),
        None => trouble,
    };
    let (out, mut incoming) =
        open(node, address, hello, carried, *answered, &verdict).await.map_err(judged)?;
    let first = timeout(node.settings.handshake, incoming.message()).await;
    let reply = match first {
        Ok(Ok(Some(reply))) => reply,
        Ok(Ok(None)) => return Err(judged(passing("the stream ended before it began"))),
        Ok(Err(status)) => return Err(judged(passing(explain(&status)))),
        Err(_) => return Err(passing("no answer to the opening")),
    };
    let generation = match reply.kind() {
        Kind::Open => carried.link().attach(&reply).map_err(Trouble::Fatal)?,
        Kind::Reject => return Err(Trouble::Fatal(rejection(&carried.peer, &reply.frame))),
        _ => return Err(Trouble::Fatal(malformed(&carried.peer, "answer to an opening"))),
    };
    *answered = true;
    *pause = node.settings.backoff.0;
    carried.now_heard();
    carried.changed.notify_all();
    Ok(carry(carried, generation, out, incoming, &node.settings).await)
}

/// Dials: TCP, TLS, HTTP/2.
pub(super) async fn http2(
    node: &Node,
    peer: &PartyId,
    address: &str,
    verdict: &Arc<Verdict>,
) -> Result<Channel, Trouble> {
    let limit = node.settings.handshake;
    let stream = timeout(limit, secure::dial(node, peer, address, verdict))
        .await
        .map_err(|_| passing("no answer"))?
        .map_err(trouble)?;
    // Tonic dials by itself; it gets the connection we have, once.
    let ready = Arc::new(Mutex::new(Some(TokioIo::new(stream))));
    let connector = tower::service_fn(move |_| {
        let io = ready.lock().unwrap_or_else(PoisonError::into_inner).take();
        async move { io.ok_or_else(|| io::Error::other("used already")) }
    });
    let endpoint = Endpoint::from_static("http://yinshu.invalid")
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(HTTP2_FRAME);
    timeout(limit, endpoint.connect_with_connector(connector))
        .await
        .map_err(|_| passing("no HTTP/2"))?
        .map_err(|e| passing(e.to_string()))
}

/// Opens the stream with our greeting.
async fn open(
    node: &Node,
    address: &str,
    hello: &Hello,
    carried: &Carried,
    answered: bool,
    verdict: &Arc<Verdict>,
) -> Result<(mpsc::Sender<Envelope>, Streaming<Envelope>), Trouble> {
    let channel = http2(node, &hello.to, address, verdict).await?;
    let (out, outgoing) = mpsc::channel(UNDERWAY);
    let greeting = Bytes::from(hello.encode());
    let opening = carried.link().envelope(Kind::Open, u64::from(answered), greeting);
    out.send(opening).await.map_err(|_| passing("the stream was closed"))?;
    let mut client = WireClient::new(channel)
        .max_decoding_message_size(MAX_ENVELOPE)
        .max_encoding_message_size(MAX_ENVELOPE);
    let response = timeout(node.settings.handshake, client.carry(ReceiverStream::new(outgoing)))
        .await
        .map_err(|_| passing("no answer to the call"))?
        .map_err(|status: Status| passing(explain(&status)))?;
    Ok((out, response.into_inner()))
}

fn passing(detail: impl Into<String>) -> Trouble {
    Trouble::Passing(detail.into())
}

/// Certificates do not get better by trying again; networks do.
fn trouble(error: NetError) -> Trouble {
    match error {
        NetError::Handshake { detail, .. } => Trouble::Passing(detail),
        fatal => Trouble::Fatal(fatal),
    }
}
