//! A link over gRPC, for threads that wait.

use super::mailbox::{MAX_VALUE, Mailbox};
use super::push::Pusher;
use super::serve::{self, Door};
use super::{Code, Lane, Link, Settings, key};
use crate::meter::Traffic;
use crate::{NetError, PartyId};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, watch};

/// How often a waiting read looks whether the peer's port is still open, and how many closed ones in a row
/// mean that it is gone.
const LOOK: (Duration, u32) = (Duration::from_secs(1), 2);

/// How long a link that is being closed waits for the peer's own end.
const LINGER: Duration = Duration::from_secs(5);

/// How long a link that was aborted waits for the peer to hear of it.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the calls and the service share.
pub(super) struct Shared {
    pub(super) me: u32,
    pub(super) peer_rank: u32,
    pub(super) peer: PartyId,
    pub(super) settings: Settings,
    state: Mutex<State>,
    /// Something changed that a waiting thread may want to see.
    pub(super) changed: Condvar,
    /// There is room again for a waiting push.
    pub(super) room: Notify,
}

/// What changes.
pub(super) struct State {
    pub(super) mailbox: Mailbox,
    /// The peer has said that it is there.
    pub(super) met: bool,
    /// The peer numbers its messages, and wants them confirmed.
    pub(super) numbered: bool,
    /// The peer will send no more.
    pub(super) fin: bool,
    /// The peer has been told that the link is over.
    pub(super) heard: bool,
    /// Why the link is over.
    pub(super) ended: Option<NetError>,
    /// What the peer is told from now on.
    pub(super) told: Option<(Code, String)>,
    pub(super) traffic: Traffic,
    next: [u64; 2],
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the link for this reason, if none ended it before.
    pub(super) fn end(&self, error: NetError, told: Option<(Code, String)>) {
        let mut state = self.state();
        state.ended.get_or_insert(error);
        if state.told.is_none() {
            state.told = told;
        }
        drop(state);
        self.changed.notify_all();
        self.room.notify_waiters();
    }
}

/// A link to one peer over gRPC. Dropping it closes the port; [`GrpcLink::close`] first sees to it that the
/// peer has everything.
pub struct GrpcLink {
    shared: Arc<Shared>,
    pusher: Arc<Pusher>,
    stop: watch::Sender<bool>,
    address: String,
    bound: SocketAddr,
    runtime: Option<Runtime>,
}

impl GrpcLink {
    /// Opens the port `listen`, and waits until the party at `peer` (`host:port`) and we have met: rank
    /// `me` here (0 or 1), the other there.
    ///
    /// # Errors
    /// [`NetError::CannotListen`], [`NetError::BadSetting`], [`NetError::Unreachable`],
    /// [`NetError::Timeout`] and [`NetError::PushRefused`].
    pub fn connect(me: u32, listen: SocketAddr, peer: &str, settings: Settings) -> Result<Self, NetError> {
        let link = Self::open(me, listen, peer, settings)?;
        link.meet()?;
        Ok(link)
    }

    /// Opens the port and meets nobody yet; [`GrpcLink::meet`] does.
    ///
    /// # Errors
    /// [`NetError::CannotListen`], [`NetError::BadSetting`].
    pub fn open(me: u32, listen: SocketAddr, peer: &str, settings: Settings) -> Result<Self, NetError> {
        let bad =
            |setting: &str, detail: String| NetError::BadSetting { setting: setting.to_owned(), detail };
        if me > 1 {
            return Err(bad("rank", "of two parties one is 0 and the other 1".to_owned()));
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("yinshu-interconn")
            .enable_all()
            .build()
            .map_err(|e| bad("runtime", e.to_string()))?;
        let name = PartyId::new(format!("rank-{}", 1 - me))?;
        let shared = Arc::new(Shared {
            me,
            peer_rank: 1 - me,
            peer: name.clone(),
            state: Mutex::new(State {
                mailbox: Mailbox::new(name, settings.first),
                met: false,
                numbered: false,
                fin: false,
                heard: false,
                ended: None,
                told: None,
                traffic: Traffic::default(),
                next: [settings.first; 2],
            }),
            settings,
            changed: Condvar::new(),
            room: Notify::new(),
        });
        let cannot =
            |e: std::io::Error| NetError::CannotListen { address: listen.to_string(), detail: e.to_string() };
        let tcp = runtime.block_on(TcpListener::bind(listen)).map_err(cannot)?;
        let bound = tcp.local_addr().map_err(cannot)?;
        let (stop, stopped) = watch::channel(false);
        runtime.spawn(serve::receive(tcp, Door(Arc::clone(&shared)), stopped));
        let pusher = {
            let _inside = runtime.enter();
            Pusher::new(Arc::clone(&shared), peer).map_err(|detail| bad("peer", detail))?
        };
        let (pusher, address) = (Arc::new(pusher), peer.to_owned());
        Ok(Self { shared, pusher, stop, address, bound, runtime: Some(runtime) })
    }

    /// The address of the open port; with the real port if 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.bound
    }

    /// Tells the peer that we are there, until it takes it, and waits for the same from it.
    ///
    /// # Errors
    /// [`NetError::Unreachable`], [`NetError::Timeout`], [`NetError::PushRefused`].
    pub fn meet(&self) -> Result<(), NetError> {
        let began = Instant::now();
        self.runtime().block_on(self.pusher.greet(&self.address))?;
        let limit = self.shared.settings.connect;
        let mut state = self.shared.state();
        while !state.met {
            let left = limit.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(self.timeout(limit));
            }
            let waited = self.shared.changed.wait_timeout(state, left.min(LOOK.0));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it is taken when the link is dropped, and not before")
    }

    fn timeout(&self, limit: Duration) -> NetError {
        NetError::Timeout { peer: self.shared.peer.clone(), seconds: limit.as_secs() }
    }

    fn closed(&self) -> NetError {
        NetError::Closed { peer: self.shared.peer.clone() }
    }

    /// Whether nobody listens at the peer's address any more. Only a refusal says so.
    fn peer_is_gone(&self) -> bool {
        let connecting = TcpStream::connect(&self.address);
        let connected = self.runtime().block_on(async { tokio::time::timeout(LOOK.0, connecting).await });
        matches!(connected, Ok(Err(e)) if e.kind() == ErrorKind::ConnectionRefused)
    }

    /// Waits until the peer has taken everything, and ends well.
    ///
    /// # Errors
    /// What ended the link before, or kept the peer from taking what was sent.
    pub fn close(self) -> Result<(), NetError> {
        let limit = self.shared.settings.push;
        self.runtime().block_on(self.pusher.flush(limit))?;
        if self.shared.state().numbered {
            self.runtime().block_on(self.pusher.confirm(key::FIN.to_owned(), 0));
            let (began, mut state) = (Instant::now(), self.shared.state());
            while !state.fin && state.ended.is_none() && began.elapsed() < LINGER {
                let waited = self.shared.changed.wait_timeout(state, Duration::from_millis(100));
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        self.end_service();
        match self.shared.state().ended.clone() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Gives a peer that is still sending a moment to hear why the link was [aborted](Link::abort), and closes.
    pub fn part(self) {
        let (began, mut state) = (Instant::now(), self.shared.state());
        while state.told.is_some() && !state.heard && began.elapsed() < FAREWELL {
            let waited = self.shared.changed.wait_timeout(state, Duration::from_millis(100));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        self.end_service();
    }

    /// Lets the answers under way go out, and closes the port.
    fn end_service(&self) {
        self.stop.send_replace(true);
        let gone = Duration::from_secs(1);
        self.runtime().block_on(async {
            let _ = tokio::time::timeout(gone, self.stop.closed()).await;
        });
    }
}

impl Link for GrpcLink {
    fn peer(&self) -> &PartyId {
        &self.shared.peer
    }

    fn send(&self, lane: Lane, value: Vec<u8>) -> Result<(), NetError> {
        if value.len() > MAX_VALUE {
            let peer = self.shared.peer.clone();
            return Err(NetError::SendTooLong { peer, len: value.len(), max: MAX_VALUE });
        }
        let n = {
            let mut state = self.shared.state();
            if let Some(error) = &state.ended {
                return Err(error.clone());
            }
            state.traffic.bytes_sent += value.len() as u64;
            state.traffic.frames_sent += 1;
            state.next[lane as usize] += 1;
            state.next[lane as usize] - 1
        };
        let key = key::write(&channel(&self.shared.settings, lane), n, self.shared.me, self.shared.peer_rank);
        self.runtime().block_on(self.pusher.begin(key, value))
    }

    fn recv(&self, lane: Lane, max: usize) -> Result<Vec<u8>, NetError> {
        let (began, mut looked, mut misses) = (Instant::now(), Instant::now(), 0);
        let limit = self.shared.settings.patience;
        let mut state = self.shared.state();
        let (value, seq) = loop {
            match state.mailbox.take(lane, max) {
                Some(Ok(taken)) => break taken,
                Some(Err(error)) => {
                    drop(state);
                    self.shared.end(error.clone(), Some((Code::of(&error), error.to_string())));
                    return Err(error);
                }
                None => {}
            }
            if let Some(error) = &state.ended {
                return Err(error.clone());
            }
            if began.elapsed() >= limit {
                return Err(self.timeout(limit));
            }
            if looked.elapsed() >= LOOK.0 {
                drop(state);
                misses = if self.peer_is_gone() { misses + 1 } else { 0 };
                looked = Instant::now();
                state = self.shared.state();
                // What it pushed before it went is here by now.
                if misses >= LOOK.1 && !state.mailbox.due(lane) {
                    return Err(self.closed());
                }
                continue;
            }
            let waited = self.shared.changed.wait_timeout(state, LOOK.0);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        };
        state.traffic.bytes_received += value.len() as u64;
        state.traffic.frames_received += 1;
        drop(state);
        self.shared.room.notify_waiters();
        if seq > 0 {
            self.runtime().block_on(self.pusher.confirm(key::ACK.to_owned(), seq));
        }
        Ok(value)
    }

    fn waits(&self, lane: Lane) -> bool {
        self.shared.state().mailbox.waits(lane)
    }

    fn abort(&self, code: Code, reason: &str) {
        self.shared.end(self.closed(), Some((code, reason.to_owned())));
    }

    fn traffic(&self) -> Traffic {
        self.shared.state().traffic
    }
}

impl Drop for GrpcLink {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Does not wait, and is so safe from any thread.
            runtime.shutdown_background();
        }
    }
}

/// The name of a lane's channel.
pub(super) fn channel(settings: &Settings, lane: Lane) -> String {
    match lane {
        Lane::Main => settings.channel.clone(),
        Lane::Second => format!("{}-0", settings.channel),
    }
}
