//! A port whose other end is slow and far.

use crate::problem::Problem;
use crate::run::plan::Link;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Bytes taken up at once.
const PIECE: usize = 16 << 10;
/// Pieces under way each way: a megabyte, as a router would hold.
const UNDERWAY: usize = 64;

/// Opens a port, and passes what comes to it on to `to` over a network like `link`. The threads end with the
/// connections.
pub(in crate::cli::bench) fn open(to: SocketAddr, link: Link) -> Result<SocketAddr, Problem> {
    let failed = |e: std::io::Error| Problem::internal(format!("no port for a slow network: {e}"));
    let port = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
    let address = port.local_addr().map_err(failed)?;
    std::thread::spawn(move || {
        // One connection a run; a second one is a reconnection and slow alike.
        while let Ok((near, _)) = port.accept() {
            let Ok(far) = TcpStream::connect(to) else { return };
            let (Ok(near_out), Ok(far_out)) = (near.try_clone(), far.try_clone()) else { return };
            carry(near, far_out, link);
            carry(far, near_out, link);
        }
    });
    Ok(address)
}

/// One direction.
fn carry(from: TcpStream, to: TcpStream, link: Link) {
    let (put, take) = sync_channel(UNDERWAY);
    std::thread::spawn(move || take_up(from, &put, link));
    std::thread::spawn(move || deliver(to, &take));
}

/// Reads, and says when each piece has come through the wire.
fn take_up(mut from: TcpStream, put: &SyncSender<(Instant, Vec<u8>)>, link: Link) {
    let mut free = Instant::now();
    let mut piece = vec![0; PIECE];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        let wire = Duration::from_secs_f64(length as f64 * 8.0 / link.bits_per_second);
        free = free.max(Instant::now()) + wire;
        let due = free + Duration::from_secs_f64(link.round_trip / 2.0);
        if put.send((due, piece[..length].to_vec())).is_err() {
            return;
        }
    }
}

fn deliver(mut to: TcpStream, take: &Receiver<(Instant, Vec<u8>)>) {
    // Small frames are not to wait for others: the delay is the network's alone.
    let _ = to.set_nodelay(true);
    for (due, piece) in take {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&piece).is_err() {
            return;
        }
    }
    // The other side reads the end; it may be gone already.
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_through_in_order_and_late() {
        let far = TcpListener::bind("127.0.0.1:0").expect("a port");
        let link = Link { bits_per_second: 8e6, round_trip: 0.1 };
        let near = open(far.local_addr().expect("an address"), link).expect("a port");
        let sent: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
        let mut out = TcpStream::connect(near).expect("connected");
        let begun = Instant::now();
        let (mut into, _) = far.accept().expect("a connection");
        out.write_all(&sent).expect("sent");
        out.shutdown(Shutdown::Write).expect("closed");
        let mut got = Vec::new();
        into.read_to_end(&mut got).expect("received");
        assert!(got == sent);
        // 100 kB at 1 MB/s and 50 ms: not sooner, however slow the machine.
        assert!(begun.elapsed() >= Duration::from_millis(149));
    }
}
