//! TLS under a connection, and what its failures mean.

use rustls::{AlertDescription as Alert, Error};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use super::Node;
use crate::error::printable;
use crate::tls::Verdict;
use crate::{NetError, PartyId};

/// Dials `address`, which must be `expected`. In TLS 1.3 the listener judges our certificate after this
/// has returned; [`Watched`] sees its alert.
pub(super) async fn dial(
    node: &Node,
    expected: &PartyId,
    address: &str,
    verdict: &Arc<Verdict>,
) -> Result<Watched<client::TlsStream<TcpStream>>, NetError> {
    let handshake = |detail: String| NetError::Handshake { address: address.to_owned(), detail };
    let config = node.tls.client(expected, address, verdict)?;
    let tcp = TcpStream::connect(address).await.map_err(|e| handshake(e.to_string()))?;
    let _ = tcp.set_nodelay(true);
    // Never sent (SNI is off) and never checked: the pin says who it is.
    let name = rustls::pki_types::ServerName::try_from("yinshu.invalid").expect("a valid name");
    match TlsConnector::from(config).connect(name, tcp).await {
        Ok(stream) => Ok(Watched { stream, verdict: Arc::clone(verdict), address: address.to_owned() }),
        Err(e) => Err(failure(address, verdict, &e)),
    }
}

/// Takes the TLS handshake of an incoming connection. Who is refused gets to read why.
pub(super) async fn admit(
    node: &Node,
    tcp: TcpStream,
    address: &str,
    verdict: &Arc<Verdict>,
) -> Result<(PartyId, Watched<server::TlsStream<TcpStream>>), NetError> {
    let _ = tcp.set_nodelay(true);
    let config = node.tls.server(address, verdict)?;
    let stream = match TlsAcceptor::from(config).accept(tcp).into_fallible().await {
        Ok(stream) => stream,
        Err((e, tcp)) => {
            let error = failure(address, verdict, &e);
            part(tcp).await;
            return Err(error);
        }
    };
    let detail = "no certificate".to_owned();
    let party =
        verdict.party.get().cloned().ok_or(NetError::Handshake { address: address.to_owned(), detail })?;
    Ok((party, Watched { stream, verdict: Arc::clone(verdict), address: address.to_owned() }))
}

/// Closes so that the alert arrives: a socket dropped with unread input resets the connection, and the
/// other end may lose what it had not read yet.
async fn part(mut tcp: TcpStream) {
    let drain = async {
        let _ = tcp.shutdown().await;
        let mut sink = [0; 1024];
        for _ in 0..64 {
            if !matches!(tcp.read(&mut sink).await, Ok(1..)) {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_millis(500), drain).await;
}

/// What a failed handshake means: our own verdict on the certificate first, then the other end's on ours.
fn failure(address: &str, verdict: &Verdict, e: &io::Error) -> NetError {
    if let Some(refused) = verdict.refused.get() {
        return refused.clone();
    }
    if let Some(refused) = alert(address, e) {
        return refused;
    }
    NetError::Handshake { address: address.to_owned(), detail: printable(e.to_string().as_bytes(), 200) }
}

/// The alert by which the other end refused our certificate, if it is one (RFC 8446, section 6.2).
fn alert(address: &str, e: &io::Error) -> Option<NetError> {
    let Some(Error::AlertReceived(alert)) = e.get_ref()?.downcast_ref::<Error>() else { return None };
    let about_certificate = matches!(
        alert,
        Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::CertificateRequired
    );
    let (address, detail) = (address.to_owned(), format!("{alert:?}"));
    about_certificate.then_some(NetError::OurCertificateRefused { address, detail })
}

/// A TLS stream that keeps the alert it ends with, which HTTP/2 would lose.
pub(super) struct Watched<S> {
    stream: S,
    verdict: Arc<Verdict>,
    address: String,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        if let Some(refused) = result.as_ref().err().and_then(|e| alert(&self.address, e)) {
            let _ = self.verdict.refused.set(refused);
        }
        Poll::Ready(result)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
