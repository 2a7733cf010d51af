//! Connections that break, and peers that go.

use super::proxy::Proxy;
use super::*;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn a_session_outlives_its_connections() {
    let rig = rig();
    let proxy = Proxy::to(rig.listener.address());
    let (a, b) = rig.meet(&proxy.address(), 1);
    let done = AtomicBool::new(false);
    std::thread::scope(|s| {
        s.spawn(|| {
            let mut cuts = 0;
            while !done.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(120));
                proxy.cut();
                cuts += 1;
                if cuts > 8 {
                    break;
                }
            }
        });
        let (near, far) = exchange(a, b, 1200);
        done.store(true, Ordering::SeqCst);
        assert_eq!(near.phase("exchange").unwrap().frames_received, 1200);
        assert_eq!(far.total.bytes_received, near.total.bytes_sent);
    });
    assert!(proxy.connections() >= 3, "cut {} times only", proxy.connections() - 1);
    rig.notice(|n| matches!(n, Notice::Lost { .. }));
    rig.notice(|n| matches!(n, Notice::Resumed { .. }));
}

#[test]
fn a_full_window_survives_a_cut() {
    let rig = rig();
    let proxy = Proxy::to(rig.listener.address());
    let (mut a, mut b) = rig.meet(&proxy.address(), 1);
    let sender = std::thread::spawn(move || {
        for i in 0..30u8 {
            a.send(vec![i; MAX_FRAME]).unwrap();
        }
        a.close()
    });
    for i in 0..30u8 {
        if i % 10 == 3 {
            proxy.cut();
        }
        assert!(b.recv(MAX_FRAME).unwrap() == vec![i; MAX_FRAME]);
    }
    sender.join().unwrap().unwrap();
}

#[test]
fn a_connection_that_goes_quiet_is_made_anew() {
    let rig = rig();
    let proxy = Proxy::to(rig.listener.address());
    let (mut a, mut b) = rig.meet(&proxy.address(), 1);
    proxy.swallow(true);
    a.send(vec![5]).unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    proxy.swallow(false);
    assert_eq!(b.recv(1).unwrap(), [5]);
    b.send(vec![6]).unwrap();
    assert_eq!(a.recv(1).unwrap(), [6]);
}

#[test]
fn a_dead_listener_is_a_timeout_that_names_it() {
    let rig = rig_with(Settings { grace: Duration::from_millis(1500), ..quick() });
    let proxy = Proxy::to(rig.listener.address());
    let (mut a, mut b) = rig.meet(&proxy.address(), 1);
    proxy.refuse(true);
    proxy.cut();
    let near = a.recv(1).unwrap_err();
    assert!(matches!(&near, NetError::Timeout { peer, .. } if *peer == party("province")), "{near}");
    assert_eq!(near.fault(), Fault::Network);
    // The other side has not heard from the connector either.
    let far = b.recv(1).unwrap_err();
    assert!(matches!(&far, NetError::Timeout { peer, .. } if *peer == party("county")), "{far}");
    assert!(a.send(vec![]).is_err());
}

#[test]
fn a_killed_peer_is_a_timeout_that_names_it() {
    let rig = rig_with(Settings { grace: Duration::from_millis(1500), ..quick() });
    let (mut a, b) = rig.meet(&rig.address(), 1);
    let Rig { county, listener, .. } = rig;
    // Stops the listener's runtime at once, in the middle of everything, as the death of its process would.
    listener.kill();
    let e = a.recv(1).unwrap_err();
    assert!(matches!(&e, NetError::Timeout { peer, .. } if *peer == party("province")), "{e}");
    drop((county, b));
}

#[test]
fn who_cannot_be_reached_is_named_with_the_address() {
    let rig = rig_with(Settings { grace: Duration::from_millis(300), ..quick() });
    let nobody = std::net::TcpListener::bind(HERE).unwrap().local_addr().unwrap().to_string();
    let e = rig.county.connect(&nobody, &hello(1)).err().unwrap();
    assert!(
        matches!(&e, NetError::Unreachable { peer, address, .. } if *peer == party("province") && *address == nobody),
        "{e}"
    );
}

#[test]
fn a_restarted_listener_no_longer_knows_the_session() {
    let rig = rig();
    let again = super::rig();
    let proxy = Proxy::to(rig.listener.address());
    let (mut a, _b) = rig.meet(&proxy.address(), 1);
    proxy.turn_to(again.listener.address());
    proxy.cut();
    let e = a.recv(1).unwrap_err();
    assert_eq!(e, NetError::SessionLost { peer: party("province") });
}
