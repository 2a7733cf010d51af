//! One of the three parties: this program once more, started by the one that measures.
//!
//! What the two say to each other, a line of JSON each, the party on its standard output:
//!
//! | # | who | what |
//! |---|---|---|
//! | 1 | party | the fingerprint of a certificate that it just made: the key never leaves it |
//! | 2 | starter | the work, and the three fingerprints |
//! | 3 | party | where it listens |
//! | 4 | starter | where the others are, from this party's place in the network |
//! | 5 | party | what the work took |
//! | 6 | starter | ends the party, once all three have said so: until then it answers for what the others sent last |

use super::work::{Job, Took, run_job};
use crate::cli::Ui;
use crate::node::{now, randomness};
use crate::problem::Problem;
use jiff::ToSpan as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::BufRead as _;
use std::net::SocketAddr;
use yinshu_crypto::hash::Digest;
use yinshu_mpc::{Context, Role};
use yinshu_net::grpc::{GrpcChannel, Network, Settings};
use yinshu_net::tls::{Fingerprint, Identity, Peers};
use yinshu_net::{Hello, PartyId, SessionId, Strand};

/// Line 2.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) job: Job,
    /// By role.
    pub(super) certificates: [Fingerprint; 3],
}

/// Line 4, by role; the one of the party itself is not used.
pub(super) type Addresses = [SocketAddr; 3];

/// Its name as a party.
pub(super) fn name(role: Role) -> PartyId {
    PartyId::new(["first", "second", "third"][role.number()]).expect("names of letters")
}

/// Plays a party to the end of one work.
pub(super) fn play(role: Role, ui: &mut Ui) -> Result<(), Problem> {
    let me = name(role);
    let (from, to) = (now(), now());
    let day = |at: jiff::Timestamp, hours: i64| at.checked_add(hours.hours()).unwrap_or(at);
    let identity = Identity::generate(&me, day(from, -24), day(to, 24), &mut randomness())?;
    tell(&identity.fingerprint(), ui);
    let order: Order = hear()?;
    let mut peers = Peers::new();
    for other in [role.previous(), role.next()] {
        peers.pin(name(other), order.certificates[other.number()])?;
    }
    let network = Network::new(me, &identity, peers, Settings::default())?;
    let listener = network.listen(SocketAddr::from(([127, 0, 0, 1], 0)), |_| {})?;
    tell(&listener.address(), ui);
    let addresses: Addresses = hear()?;
    let [mut previous, mut next] = [None, None];
    // Who comes later in the order dials who comes earlier.
    let mut earlier = Role::ALL.into_iter().filter(|other| *other < role);
    earlier.try_for_each(|other| {
        let channel = dial(&network, role, other, addresses[other.number()])?;
        *place(role, other, &mut previous, &mut next) = Some(channel);
        Ok::<_, Problem>(())
    })?;
    for _ in Role::ALL.into_iter().filter(|other| *other > role) {
        let (hello, mut channel) = listener.accept()?;
        channel.welcome(&hello.mirrored())?;
        let other = Role::ALL.into_iter().find(|other| name(*other) == hello.from);
        let other = other.ok_or_else(|| lost("a party that nobody started"))?;
        *place(role, other, &mut previous, &mut next) = Some(channel);
    }
    let (Some(previous), Some(next)) = (previous, next) else { return Err(lost("a party met twice")) };
    let terms = Digest::of_parts("yinshu bench mpc v1", &[]);
    let security = order.job.security;
    let (previous, next) = (Box::new(previous), Box::new(next));
    let context = Context::join(role, previous, next, &terms, security, &mut randomness())?;
    let took: Took = run_job(context, &order.job)?;
    tell(&took, ui);
    let mut line = String::new();
    // Nothing comes: it is ended, or who started it is gone.
    let _ = std::io::stdin().lock().read_line(&mut line);
    drop((listener, network));
    Ok(())
}

fn place<'c>(
    role: Role,
    other: Role,
    previous: &'c mut Option<GrpcChannel>,
    next: &'c mut Option<GrpcChannel>,
) -> &'c mut Option<GrpcChannel> {
    if other == role.next() { next } else { previous }
}

fn dial(network: &Network, role: Role, other: Role, address: SocketAddr) -> Result<GrpcChannel, Problem> {
    let hello = Hello {
        from: name(role),
        to: name(other),
        session: SessionId::random(&mut randomness()),
        purpose: "bench".to_owned(),
        protocol: "mpc".to_owned(),
        version: 1,
        contract: [0; 32],
        strand: Strand::FIRST,
    };
    Ok(network.connect(&address.to_string(), &hello)?)
}

fn tell(what: &impl Serialize, ui: &mut Ui) {
    let line = serde_json::to_string(what).unwrap_or_default();
    ui.print(&line);
}

fn hear<T: DeserializeOwned>() -> Result<T, Problem> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.ok().and_then(|_| serde_json::from_str(&line).ok()).ok_or_else(|| lost("nobody who measures"))
}

fn lost(what: &str) -> Problem {
    Problem::internal(format!("bench mpc: {what}"))
}
