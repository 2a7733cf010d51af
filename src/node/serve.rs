//! The daemon: takes sessions from the port and answers each on a thread of its own.

use super::refusals::{Refusal, Refusals, Rest};
use super::{Actor, Deed, Node, now, outcome};
use crate::config::ConfigError;
use crate::problem::Problem;
use crate::run;
use serde_json::json;
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use yinshu_audit::Stage;
use yinshu_net::grpc::{GrpcChannel, Listener, Network, Notice};
use yinshu_net::{Hello, NetError};

/// Refusals that wait to be recorded.
const QUEUE: usize = 1024;

/// Who never said who it was.
const STRANGER: &str = "?";

/// A session that came in, and from where.
type Came = (Hello, GrpcChannel, IpAddr);

/// Sessions that wait to be answered, and how many are.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<(VecDeque<Came>, usize)>>);

impl Line {
    fn held(&self) -> MutexGuard<'_, (VecDeque<Came>, usize)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a session in line; says whether one more of at most `most` threads is due.
    fn joined(&self, came: Came, most: usize) -> bool {
        let mut held = self.held();
        held.0.push_back(came);
        let due = held.1 < most;
        held.1 += usize::from(due);
        due
    }

    /// The session that has waited longest; a thread that gets none ends.
    fn next(&self) -> Option<Came> {
        let mut held = self.held();
        let next = held.0.pop_front();
        held.1 -= usize::from(next.is_none());
        next
    }
}

/// A node that listens.
pub struct Serving {
    node: Arc<Node>,
    listener: Listener,
    refusals: Mutex<(mpsc::Receiver<Refusal>, Refusals)>,
    /// Refusals that did not even fit the queue.
    dropped: Arc<AtomicU64>,
    // Keeps the runtime alive for as long as the port is open.
    _network: Network,
}

/// Opens the port that `[node] listen` names.
pub fn serve(node: Node) -> Result<Serving, Problem> {
    let listen = node.config.node.listen.clone().ok_or(ConfigError::NoListen)?;
    let unusable = |detail: String| NetError::CannotListen { address: listen.clone(), detail };
    let mut found = listen.to_socket_addrs().map_err(|e| unusable(e.to_string()))?;
    let address = found.next().ok_or_else(|| unusable("no address".to_owned()))?;
    let network = run::network(&node)?;
    let (refuse, refusals) = mpsc::sync_channel(QUEUE);
    let dropped = Arc::new(AtomicU64::new(0));
    let lost = Arc::clone(&dropped);
    let listener = network.listen(address, move |notice| match notice {
        Notice::Refused { party, address, error } => {
            // A certificate that ran out is one we were given for somebody; that they showed it is not proven.
            let party = party.or_else(|| match &error {
                NetError::ExpiredCertificate { party, .. } => Some(party.clone()),
                _ => None,
            });
            let who = party.map_or_else(|| STRANGER.to_owned(), |p| p.to_string());
            // A flood of strangers must not fill memory: what does not fit the queue is only counted.
            if refuse.try_send(Refusal { ip: ip_of(&address), who, code: error.code() }).is_err() {
                lost.fetch_add(1, Ordering::SeqCst);
            }
        }
        Notice::Opened { .. } | Notice::Resumed { .. } | Notice::Lost { .. } => {}
    })?;
    node.record(Deed {
        action: "node.start",
        object: node.config.node.name.as_str(),
        content: json!({ "listen": listener.address().to_string() }),
        result: outcome(None),
        stage: Stage::Transfer,
        by: Actor::Operator,
    })?;
    let refusals = Mutex::new((refusals, Refusals::default()));
    Ok(Serving { node: Arc::new(node), listener, refusals, dropped, _network: network })
}

fn ip_of(address: &str) -> IpAddr {
    address.parse::<SocketAddr>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |a| a.ip())
}

impl Serving {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Answers sessions until `stop` says so, or until `sessions` of them have ended. Each ended session
    /// is told to `ended`. Refused connections are recorded, singly while they are few.
    pub fn run(
        self,
        sessions: Option<u64>,
        stop: &(dyn Fn() -> bool + Sync),
        ended: &(dyn Fn(Result<serde_json::Value, Problem>) + Sync),
    ) -> Result<u64, Problem> {
        let stopper = self.listener.stopper();
        let answered = AtomicU64::new(0);
        let over = AtomicBool::new(sessions == Some(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop() && !over.load(Ordering::SeqCst) {
                    self.record_refusals(false);
                    std::thread::sleep(std::time::Duration::from_millis(100));
                }
                self.record_refusals(true);
                stopper.stop();
            });
            let (mut taken, line) = (0, Line::default());
            while let Ok((hello, channel)) = self.listener.accept() {
                let from = channel.address().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), ip_of);
                if !hello.strand.opens() {
                    // It belongs to a session that is being answered, and waits for no place of its own.
                    if let Err(problem) = run::follow(&self.node, &hello, channel, from) {
                        ended(Err(problem));
                    }
                    continue;
                }
                if sessions.is_some_and(|most| taken >= most) {
                    let last = NetError::ShuttingDown;
                    channel.abort(last.code(), &last.to_string());
                    continue;
                }
                taken += 1;
                // A peer that opens and leaves in a loop gets no more threads than one that stays.
                if !line.joined((hello, channel, from), self.node.config.limits.sessions.max(1)) {
                    continue;
                }
                let (node, line, answered, over) = (&self.node, line.clone(), &answered, &over);
                scope.spawn(move || {
                    while let Some((hello, channel, from)) = line.next() {
                        let result = run::answer(node, &hello, channel, from);
                        let done = answered.fetch_add(1, Ordering::SeqCst) + 1;
                        ended(result);
                        if sessions.is_some_and(|most| done >= most) {
                            over.store(true, Ordering::SeqCst);
                        }
                    }
                });
            }
            line.held().0.clear();
            over.store(true, Ordering::SeqCst);
        });
        Ok(answered.into_inner())
    }

    /// Records what was refused since the last time; at the `end`, also what was only counted.
    fn record_refusals(&self, end: bool) {
        let mut guard = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        let (queue, refusals) = &mut *guard;
        // No more than the queue holds, so that a flood cannot keep us here.
        for refusal in queue.try_iter().take(QUEUE) {
            if refusals.singly(&refusal, now()) {
                self.record_refusal(&refusal.who, refusal.ip, json!({}), outcome(Some(refusal.code)));
            }
        }
        for Rest { who, ip, codes, addresses } in refusals.rest((!end).then(now)) {
            let dropped = if who == STRANGER { self.dropped.swap(0, Ordering::SeqCst) } else { 0 };
            let refused = codes.values().sum::<u64>() + dropped;
            let content = json!({ "refused": refused, "codes": codes, "addresses": addresses });
            let ip = ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
            self.record_refusal(&who, ip, content, format!("refused {refused} times"));
        }
    }

    fn record_refusal(&self, who: &str, ip: IpAddr, content: serde_json::Value, result: String) {
        // A log that cannot be written stops every session of itself; here there is nobody to tell.
        let _ = self.node.record(Deed {
            action: "connection.refuse",
            object: who,
            content,
            result,
            stage: Stage::Transfer,
            by: Actor::Stranger(ip),
        });
    }
}
