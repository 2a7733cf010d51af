//! The port: TLS, HTTP/2, and how connections begin and end.

use super::Settings;
use super::flight::{Connection, House};
use arrow_flight::flight_service_server::FlightServiceServer;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// HTTP/2 flow-control windows: of a stream, and of a connection.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;

/// Takes connections until it is told to stop; then lets requests end that have begun, for a while.
pub(super) async fn receive(
    tcp: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    house: Arc<House>,
    settings: Settings,
    mut stop: watch::Receiver<bool>,
) {
    let tls = TlsAcceptor::from(tls);
    let all = Arc::new(Semaphore::new(settings.connections));
    let handshakes = Arc::new(Semaphore::new(settings.handshakes));
    let mut open = JoinSet::new();
    loop {
        let taken = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            taken = taken(&tcp, &all, &handshakes) => taken,
            Some(_) = open.join_next(), if !open.is_empty() => continue,
        };
        let Some((stream, address, place, handshake)) = taken else { continue };
        let (tls, stop, settings) = (tls.clone(), stop.clone(), settings.clone());
        let from = address.ip().to_canonical();
        let connection =
            Connection { house: Arc::clone(&house), from, known: Arc::new(AtomicBool::new(false)) };
        open.spawn(async move {
            let _place = place;
            let _ = stream.set_nodelay(true);
            let secured = tokio::time::timeout(settings.handshake, tls.accept(stream)).await;
            drop(handshake);
            if let Ok(Ok(secured)) = secured {
                serve(secured, connection, &settings, stop).await;
            }
        });
    }
    drop(tcp);
    let ended = async { while open.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(settings.farewell, ended).await;
    // Whatever still runs is dropped, and its questions with it.
    open.shutdown().await;
}

type Taken = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit, tokio::sync::OwnedSemaphorePermit);

async fn taken(tcp: &TcpListener, all: &Arc<Semaphore>, handshakes: &Arc<Semaphore>) -> Option<Taken> {
    let place = Arc::clone(all).acquire_owned().await.ok()?;
    let handshake = Arc::clone(handshakes).acquire_owned().await.ok()?;
    match tcp.accept().await {
        Ok((stream, address)) => Some((stream, address, place, handshake)),
        Err(_) => {
            // Out of file descriptors, or reset before it was taken: go on a little later.
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn serve(
    stream: tokio_rustls::server::TlsStream<TcpStream>,
    connection: Connection,
    settings: &Settings,
    mut stop: watch::Receiver<bool>,
) {
    let known = Arc::clone(&connection.known);
    let service = FlightServiceServer::new(connection).max_decoding_message_size(settings.message);
    let mut http = Builder::new(TokioExecutor::new()).http2_only();
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(settings.streams)
        .max_header_list_size(16 << 10);
    let served = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    tokio::pin!(served);
    let strangers = tokio::time::sleep(settings.strangers);
    tokio::pin!(strangers);
    let (mut stopping, mut waited) = (false, false);
    loop {
        tokio::select! {
            _ = &mut served => return,
            _ = stop.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                served.as_mut().graceful_shutdown();
            }
            () = &mut strangers, if !waited => {
                waited = true;
                if !known.load(Ordering::Relaxed) {
                    return;
                }
            }
        }
    }
}
