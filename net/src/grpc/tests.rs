//! Over loopback: everyday use, lost connections, strangers.

mod liars;
mod lost;
mod proxy;
mod strands;
mod strangers;

use super::*;
use crate::session::{SessionId, Strand};
use crate::{Channel, Fault, MAX_FRAME};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use std::sync::mpsc;

const HERE: &str = "127.0.0.1:0";

fn party(name: &str) -> PartyId {
    PartyId::new(name).unwrap()
}

fn identity(name: &str, seed: u64) -> Identity {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let (from, to) = ("2026-01-01T00:00:00Z".parse().unwrap(), "2027-01-01T00:00:00Z".parse().unwrap());
    Identity::generate(&party(name), from, to, &mut rng).unwrap()
}

fn quick() -> Settings {
    Settings {
        keep_alive: Duration::from_millis(100),
        silence: Duration::from_millis(1000),
        grace: Duration::from_secs(20),
        patience: Duration::from_secs(60),
        answer: Duration::from_secs(30),
        backoff: (Duration::from_millis(10), Duration::from_millis(100)),
        ..Settings::default()
    }
}

fn clock(text: &str) -> Option<Clock> {
    let now = text.parse().unwrap();
    Some(Arc::new(move || now))
}

const NOW: &str = "2026-06-01T00:00:00Z";

fn network(
    name: &str,
    own: &Identity,
    peers: &[(&str, &Identity)],
    settings: Settings,
    now: &str,
) -> Network {
    let mut pinned = Peers::new();
    for (name, identity) in peers {
        pinned.pin(party(name), identity.fingerprint()).unwrap();
    }
    Network::with_clock(party(name), own, pinned, settings, clock(now)).unwrap()
}

type Notices = Arc<Mutex<Vec<Notice>>>;

/// The province listens, the county may connect.
struct Rig {
    county: Network,
    listener: Arc<Listener>,
    notices: Notices,
}

fn rig_with(settings: Settings) -> Rig {
    let (a, b) = (identity("county", 1), identity("province", 2));
    let county = network("county", &a, &[("province", &b)], settings.clone(), NOW);
    let province = network("province", &b, &[("county", &a), ("city", &identity("city", 3))], settings, NOW);
    let (listener, notices) = listen(&province);
    Rig { county, listener: Arc::new(listener), notices }
}

fn rig() -> Rig {
    rig_with(quick())
}

fn listen(network: &Network) -> (Listener, Notices) {
    let notices = Notices::default();
    let log = Arc::clone(&notices);
    let listener =
        network.listen(HERE.parse().unwrap(), move |n| log.lock().unwrap().push(n)).expect("a free port");
    (listener, notices)
}

fn hello(id: u8) -> Hello {
    Hello {
        from: party("county"),
        to: party("province"),
        session: SessionId([id; 16]),
        purpose: "origin-verify".into(),
        protocol: "ecdh-psi".into(),
        version: 1,
        contract: [9; 32],
        strand: Strand::FIRST,
    }
}

impl Rig {
    /// Connects through `address`; both ends of the session.
    fn meet(&self, address: &str, id: u8) -> (GrpcChannel, GrpcChannel) {
        std::thread::scope(|s| {
            let far = s.spawn(|| {
                let (theirs, mut channel) = self.listener.accept().unwrap();
                channel.welcome(&theirs.mirrored()).unwrap();
                channel
            });
            let near = self.county.connect(address, &hello(id)).unwrap();
            (near, far.join().unwrap())
        })
    }

    fn address(&self) -> String {
        self.listener.address().to_string()
    }

    /// Waits until the listener has told something like this.
    fn notice(&self, like: impl Fn(&Notice) -> bool) -> Notice {
        noticed(&self.notices, like)
    }
}

fn noticed(notices: &Notices, like: impl Fn(&Notice) -> bool) -> Notice {
    for _ in 0..1000 {
        if let Some(n) = notices.lock().unwrap().iter().find(|n| like(n)) {
            return n.clone();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("not told; but: {:?}", notices.lock().unwrap());
}

/// A frame that says which it is, of a length that depends on it.
fn numbered(i: u32) -> Vec<u8> {
    let len = 4 + (i as usize * 7919) % 40_000;
    let mut frame = i.to_be_bytes().to_vec();
    frame.resize(len, i as u8);
    frame
}

/// Both sides send `count` frames and check what comes; returns both meters.
fn exchange(mut a: GrpcChannel, mut b: GrpcChannel, count: u32) -> (crate::Meter, crate::Meter) {
    fn run(channel: &mut GrpcChannel, count: u32) -> crate::Meter {
        channel.phase("exchange");
        for i in 0..count {
            channel.send(numbered(i)).unwrap();
            assert!(channel.recv(MAX_FRAME).unwrap() == numbered(i), "frame {i} is another");
        }
        channel.close().unwrap();
        channel.meter()
    }
    std::thread::scope(|s| {
        let far = s.spawn(move || run(&mut b, count));
        (run(&mut a, count), far.join().unwrap())
    })
}

#[test]
fn many_frames_go_both_ways_and_are_counted() {
    let rig = rig();
    let (a, b) = rig.meet(&rig.address(), 1);
    assert_eq!((a.peer(), b.peer()), (&party("province"), &party("county")));
    let (near, far) = exchange(a, b, 500);
    let bytes: u64 = (0..500).map(|i| numbered(i).len() as u64).sum();
    let t = near.phase("exchange").unwrap();
    assert_eq!((t.bytes_sent, t.bytes_received, t.frames_sent, t.frames_received), (bytes, bytes, 500, 500));
    let h = near.phase("hello").unwrap();
    let greeting = hello(1).encode().len() as u64;
    assert_eq!((h.bytes_sent, h.bytes_received, h.rounds), (greeting, greeting + 1, 2));
    assert_eq!(far.total.bytes_received, near.total.bytes_sent);
    assert_eq!(far.total.frames_sent, near.total.frames_received);
    let n = rig.notice(|n| matches!(n, Notice::Opened { .. }));
    assert!(
        matches!(n, Notice::Opened { party: p, purpose, .. } if p == party("county") && purpose == "origin-verify")
    );
}

#[test]
fn one_direction_fills_the_window_and_flows_on() {
    let rig = rig();
    let (mut a, mut b) = rig.meet(&rig.address(), 1);
    let sender = std::thread::spawn(move || {
        for i in 0..40u8 {
            a.send(vec![i; MAX_FRAME]).unwrap();
        }
        a.close().unwrap();
        a.meter()
    });
    std::thread::sleep(Duration::from_millis(200));
    for i in 0..40u8 {
        let frame = b.recv(MAX_FRAME).unwrap();
        assert!(frame.len() == MAX_FRAME && frame.iter().all(|&x| x == i));
    }
    assert!(matches!(b.recv(1), Err(NetError::Closed { .. })));
    let sent = sender.join().unwrap().total;
    assert_eq!(sent.frames_sent, 41);
}

#[test]
fn sending_stops_at_the_window_when_nobody_reads() {
    let rig = rig_with(Settings { patience: Duration::from_millis(500), ..quick() });
    let (mut a, b) = rig.meet(&rig.address(), 1);
    let stopped = (0..100).find_map(|_| a.send(vec![0; MAX_FRAME]).err());
    assert!(matches!(stopped, Some(NetError::Timeout { .. })), "{stopped:?}");
    assert!(a.meter().total.frames_sent <= 1 + 8);
    drop(b);
}

#[test]
fn several_sessions_go_on_at_once() {
    let rig = rig();
    let pairs: Vec<_> = (1..=4).map(|id| rig.meet(&rig.address(), id)).collect();
    std::thread::scope(|s| {
        for (a, b) in pairs {
            s.spawn(move || exchange(a, b, 50));
        }
    });
}

#[test]
fn a_refusal_reaches_the_connector() {
    let rig = rig();
    let listener = Arc::clone(&rig.listener);
    let far = std::thread::spawn(move || listener.accept().unwrap().1.refuse(6003, "合同已过期"));
    let refused = rig.county.connect(&rig.address(), &hello(1)).err().unwrap();
    let want = NetError::Refused { peer: party("province"), code: 6003, reason: "合同已过期".into() };
    assert_eq!(refused, want);
    assert_eq!(refused.fault(), Fault::Peer(party("province")));
    far.join().unwrap().unwrap();
}

#[test]
fn a_mismatch_is_found_on_both_sides() {
    let rig = rig();
    let listener = Arc::clone(&rig.listener);
    let far = std::thread::spawn(move || {
        let (theirs, mut channel) = listener.accept().unwrap();
        channel.welcome(&Hello { contract: [1; 32], ..theirs.mirrored() }).unwrap_err()
    });
    let near = rig.county.connect(&rig.address(), &hello(1)).err().unwrap();
    let (ours, theirs, field) = (hex::encode([9; 32]), hex::encode([1; 32]), "contract".to_owned());
    let (o, t) = (ours.clone(), theirs.clone());
    assert_eq!(
        near,
        NetError::Mismatch { peer: party("province"), field: field.clone(), ours: o, theirs: t }
    );
    let seen_there = NetError::Mismatch { peer: party("county"), field, ours: theirs, theirs: ours };
    assert_eq!(far.join().unwrap(), seen_there);
}

#[test]
fn a_dropped_channel_is_closed_and_an_abort_says_why() {
    let rig = rig();
    let (mut a, mut b) = rig.meet(&rig.address(), 1);
    b.send(vec![1]).unwrap();
    drop(b);
    assert_eq!(a.recv(1).unwrap(), [1]);
    assert!(matches!(a.recv(1), Err(NetError::Closed { .. })));
    assert!(matches!(a.send(vec![]), Err(NetError::Closed { .. })));
    a.close().unwrap();

    let (mut a, b) = rig.meet(&rig.address(), 2);
    b.abort(2001, "disk full");
    let e = a.recv(1).unwrap_err();
    assert_eq!(e, NetError::Refused { peer: party("province"), code: 2001, reason: "disk full".into() });
    let (a, mut b) = rig.meet(&rig.address(), 3);
    a.abort(1007, "stopped by the operator");
    assert!(matches!(b.recv(1), Err(NetError::Refused { code: 1007, .. })));
}

#[test]
fn a_frame_longer_than_the_reader_expects_is_refused() {
    let rig = rig();
    let (mut a, mut b) = rig.meet(&rig.address(), 1);
    a.send(vec![0; 33]).unwrap();
    assert!(matches!(b.recv(32), Err(NetError::FrameTooLong { len: 33, max: 32, .. })));
    assert!(matches!(a.send(vec![0; MAX_FRAME + 1]), Err(NetError::SendTooLong { .. })));
}

#[test]
fn a_stopped_listener_lets_go_of_who_waits() {
    let rig = rig();
    let (tell, told) = mpsc::channel();
    let listener = Arc::clone(&rig.listener);
    std::thread::spawn(move || tell.send(listener.accept().err()));
    rig.listener.stopper().stop();
    assert_eq!(told.recv().unwrap(), Some(NetError::ShuttingDown));
    assert!(matches!(rig.listener.accept(), Err(NetError::ShuttingDown)));
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let rig = rig();
    let stranger = Hello { to: party("elsewhere"), ..hello(1) };
    assert!(matches!(rig.county.connect(HERE, &stranger), Err(NetError::BadSetting { .. })));
    let posing = Hello { from: party("city"), ..hello(1) };
    assert!(matches!(rig.county.connect(HERE, &posing), Err(NetError::BadSetting { .. })));
    let taken = rig.county.listen(rig.listener.address(), |_| {});
    assert!(matches!(taken, Err(NetError::CannotListen { .. })));
}

#[test]
fn a_network_may_be_dropped_inside_another_runtime() {
    let rig = rig();
    let (a, b) = rig.meet(&rig.address(), 1);
    let other = Builder::new_current_thread().build().unwrap();
    other.block_on(async move { drop((a, b, rig)) });
}

/// Not a test of speed: prints it. `cargo test --release -p yinshu-net -- --ignored --nocapture speed`
#[test]
#[ignore = "prints figures"]
fn speed() {
    let rig = rig_with(Settings::default());
    let (mut a, mut b) = rig.meet(&rig.address(), 1);
    let far = std::thread::spawn(move || {
        for _ in 0..2000 {
            let frame = b.recv(16).unwrap();
            b.send(frame).unwrap();
        }
        let begun = std::time::Instant::now();
        for _ in 0..1024 {
            b.recv(MAX_FRAME).unwrap();
        }
        let took = begun.elapsed();
        b.close().unwrap();
        took
    });
    let begun = std::time::Instant::now();
    for _ in 0..2000 {
        a.send(vec![0; 16]).unwrap();
        a.recv(16).unwrap();
    }
    println!("round trip: {:?}", begun.elapsed() / 2000);
    let frame = vec![7; MAX_FRAME];
    for _ in 0..1024 {
        a.send(frame.clone()).unwrap();
    }
    a.close().unwrap();
    let took = far.join().unwrap();
    println!("1 GiB one way in {took:?}: {:.0} MiB/s", 1024.0 / took.as_secs_f64());
}
