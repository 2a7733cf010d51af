//! The daemon: takes sessions from the port and answers each on a thread of its own.

use super::{Actor, Deed, Node, outcome};
use crate::config::ConfigError;
use crate::problem::Problem;
use crate::run;
use serde_json::json;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use yinshu_audit::Stage;
use yinshu_net::NetError;
use yinshu_net::grpc::{Listener, Network, Notice};
use yinshu_net::session::SessionId;

/// A node that listens.
pub struct Serving {
    node: Arc<Node>,
    listener: Listener,
    addresses: Arc<Mutex<HashMap<SessionId, IpAddr>>>,
    refusals: Mutex<mpsc::Receiver<(IpAddr, String, u16)>>,
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
    let addresses = Arc::new(Mutex::new(HashMap::new()));
    let (refuse, refusals) = mpsc::sync_channel(1024);
    let noted = Arc::clone(&addresses);
    let listener = network.listen(address, move |notice| match notice {
        Notice::Opened { session, address, .. } | Notice::Resumed { session, address, .. } => {
            noted.lock().unwrap_or_else(PoisonError::into_inner).insert(session, ip_of(&address));
        }
        Notice::Refused { party, address, error } => {
            let who = party.map_or_else(|| "?".to_owned(), |p| p.to_string());
            // A flood of strangers must not fill memory: what does not fit the queue is dropped.
            let _ = refuse.try_send((ip_of(&address), who, error.code()));
        }
        Notice::Lost { .. } => {}
    })?;
    node.record(Deed {
        action: "node.start",
        object: node.config.node.name.as_str(),
        content: json!({ "listen": listener.address().to_string() }),
        result: outcome(None),
        stage: Stage::Transfer,
        by: Actor::Operator,
    })?;
    Ok(Serving { node: Arc::new(node), listener, addresses, refusals: Mutex::new(refusals), _network: network })
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
    /// is told to `ended`. Every refused connection is recorded.
    pub fn run(
        self,
        sessions: Option<u64>,
        stop: &(dyn Fn() -> bool + Sync),
        ended: &(dyn Fn(Result<serde_json::Value, Problem>) + Sync),
    ) -> Result<u64, Problem> {
        let stopper = self.listener.stopper();
        let answered = AtomicU64::new(0);
        let over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop() && !over.load(Ordering::SeqCst) {
                    self.record_refusals();
                    std::thread::sleep(std::time::Duration::from_millis(100));
                }
                self.record_refusals();
                stopper.stop();
            });
            let mut taken = 0;
            while sessions.is_none_or(|most| taken < most) {
                let Ok((hello, channel)) = self.listener.accept() else { break };
                taken += 1;
                let (node, answered, addresses) = (&self.node, &answered, &self.addresses);
                scope.spawn(move || {
                    let mut known = addresses.lock().unwrap_or_else(PoisonError::into_inner);
                    let from = known.remove(&hello.session).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
                    drop(known);
                    let result = run::answer(node, &hello, channel, from);
                    answered.fetch_add(1, Ordering::SeqCst);
                    ended(result);
                });
            }
            while sessions.is_some_and(|most| answered.load(Ordering::SeqCst) < most) && !stop() {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            over.store(true, Ordering::SeqCst);
        });
        Ok(answered.into_inner())
    }

    fn record_refusals(&self) {
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        while let Ok((ip, who, code)) = refusals.try_recv() {
            // A log that cannot be written stops every session of itself; here there is nobody to tell.
            let _ = self.node.record(Deed {
                action: "connection.refuse",
                object: &who,
                content: json!({}),
                result: outcome(Some(code)),
                stage: Stage::Transfer,
                by: Actor::Stranger(ip),
            });
        }
    }
}
