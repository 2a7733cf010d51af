//! A TCP proxy that misbehaves on command.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
struct State {
    open: Mutex<Vec<TcpStream>>,
    connections: AtomicUsize,
    swallow: AtomicBool,
    refuse: AtomicBool,
    target: Mutex<Option<SocketAddr>>,
}

pub(super) struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

impl Proxy {
    pub(super) fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let near = near.unwrap();
                if shared.refuse.load(Ordering::SeqCst) {
                    continue;
                }
                let target = shared.target.lock().unwrap().unwrap_or(target);
                let Ok(far) = TcpStream::connect(target) else { continue };
                near.set_nodelay(true).unwrap();
                far.set_nodelay(true).unwrap();
                shared.connections.fetch_add(1, Ordering::SeqCst);
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let state = Arc::clone(&shared);
                    std::thread::spawn(move || pump(from, to, &state));
                }
                shared.open.lock().unwrap().extend([near, far]);
            }
        });
        Self { address, state }
    }

    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    pub(super) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Breaks every connection.
    pub(super) fn cut(&self) {
        for stream in self.state.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Takes bytes and passes none on, as a firewall that lost its table.
    pub(super) fn swallow(&self, on: bool) {
        self.state.swallow.store(on, Ordering::SeqCst);
    }

    /// Sends later connections elsewhere.
    pub(super) fn turn_to(&self, target: SocketAddr) {
        *self.state.target.lock().unwrap() = Some(target);
    }

    /// Hangs up on whoever comes.
    pub(super) fn refuse(&self, on: bool) {
        self.state.refuse.store(on, Ordering::SeqCst);
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, state: &State) {
    let mut chunk = vec![0; 16 << 10];
    while let Ok(n @ 1..) = from.read(&mut chunk) {
        while state.swallow.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        if to.write_all(&chunk[..n]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
