//! The protocol of [`yinshu_psi::rr22`] alone, with items in memory, each party in a process of its own:
//! `cargo bench -p yinshu-psi --bench processes -- [EXPONENT…] [--runs N] [--semi-honest | --malicious]`.
//!
//! Both processes share this machine's cores and talk over a connection to this machine, without encryption. A
//! time runs from when both hold their items to when both are done, its least of all runs is shown; processor time
//! and memory are those of the same run.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;
use yinshu_net::meter::Counter;
use yinshu_net::{Channel, Meter, NetError, PartyId, WINDOW};
use yinshu_psi::item::Domain;
use yinshu_psi::rr22::{self, Security, Settings, Wire};
use yinshu_psi::{Entry, Learns, Terms};

/// Frames of the usual length in a window.
const FRAMES: usize = WINDOW >> 18;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if args.first().is_some_and(|first| first == "party") {
        return party(&args[1], &args[2], &args[3], args[4].parse().expect("an exponent"));
    }
    let runs =
        args.iter().position(|arg| arg == "--runs").map_or(7, |at| args[at + 1].parse().expect("runs"));
    let mut exponents: Vec<u32> = args.iter().map_while(|arg| arg.parse().ok()).collect();
    if exponents.is_empty() {
        exponents = vec![16, 20];
    }
    println!("items        security     seconds  cpu s (R, S)   bytes/item  peak MiB (R, S)  of it items");
    for exponent in exponents {
        for security in ["semi-honest", "malicious"] {
            let other = if security == "malicious" { "--semi-honest" } else { "--malicious" };
            if !args.iter().any(|arg| arg == other) {
                let best = (0..runs).map(|_| both(security, exponent));
                let best = best.min_by(|one, other| one[0].total_cmp(&other[0])).expect("a run");
                let [seconds, cpu_r, cpu_s, bytes, peak_r, peak_s, base] = best;
                let each = bytes / f64::from(exponent).exp2();
                println!(
                    "2^{exponent:<10} {security:<12} {seconds:7.3}  {cpu_r:6.3} {cpu_s:6.3}  {each:10.2}  \
                     {peak_r:7.0} {peak_s:7.0}  {base:8.0}"
                );
            }
        }
    }
}

/// Runs both parties: seconds, processor time of each, bytes, peak memory of each, and memory before in MiB.
fn both(security: &str, exponent: u32) -> [f64; 7] {
    let program = std::env::current_exe().expect("this program");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port().to_string();
    drop(listener);
    let start = |role: &str| {
        let args = ["party", role, &port, security, &exponent.to_string()].map(str::to_owned);
        let mut command = Command::new(&program);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.spawn().expect("a process")
    };
    let mut parties = [start("sender"), start("receiver")];
    let mut lines =
        parties.each_mut().map(|party| BufReader::new(party.stdout.take().expect("piped")).lines());
    for lines in &mut lines {
        assert_eq!(lines.next().expect("a line").expect("text"), "ready");
    }
    let began = Instant::now();
    for party in &mut parties {
        party.stdin.take().expect("piped").write_all(b"go\n").expect("it listens");
    }
    let told = lines.each_mut().map(|lines| {
        let line = lines.next().expect("a line").expect("text");
        line.split(' ').map(|figure| figure.parse().expect("a figure")).collect::<Vec<f64>>()
    });
    let seconds = began.elapsed().as_secs_f64();
    parties.iter_mut().for_each(|party| assert!(party.wait().expect("it ends").success()));
    let [sender, receiver] = told;
    [seconds, receiver[0], sender[0], receiver[1], receiver[2], sender[2], receiver[3]]
}

fn party(role: &str, port: &str, security: &str, exponent: u32) {
    let security = if security == "malicious" { Security::Malicious } else { Security::SemiHonest };
    let settings = Settings { security, wire: Wire::Fast };
    // In the malicious case the quota binds what a receiver that cheats can test.
    let terms = Terms::single(Learns::Receiver, 1024 << exponent);
    let (count, domain) = (1u64 << exponent, Domain::new("bench"));
    let from = if role == "sender" { count / 2 } else { 0 };
    let entries = (from..from + count).map(|value| Entry::from(domain.item(&[&value.to_le_bytes()])));
    let entries: Vec<Entry> = entries.collect();
    rayon::broadcast(|_| ());
    println!("ready");
    io::stdin().read_line(&mut String::new()).expect("a line");
    let (cpu, base) = (cpu(), memory("VmRSS:"));
    let mut rng = ChaCha20Rng::seed_from_u64(exponent.into());
    let address = format!("127.0.0.1:{port}");
    let mut channel = if role == "sender" {
        let listener = TcpListener::bind(&address).expect("the port");
        Socket::new("receiver", listener.accept().expect("a connection").0)
    } else {
        let dial = || TcpStream::connect(&address).ok();
        Socket::new("sender", std::iter::repeat_with(dial).flatten().next().expect("a connection"))
    };
    if role == "sender" {
        let sent =
            rr22::send(&mut channel, &entries, &terms, &settings, &mut rng, &mut |_| Ok(()), &mut |_| {});
        sent.expect("it runs");
    } else {
        let received = rr22::receive(&mut channel, &entries, &terms, &settings, &mut rng, &mut |_| {});
        let shared = received.expect("it runs").matched.iter().filter(|matched| **matched).count() as u64;
        assert_eq!(shared, count / 2);
    }
    let total = channel.meter().total;
    let bytes = total.bytes_sent + total.bytes_received;
    println!("{} {bytes} {} {base}", self::cpu() - cpu, memory("VmHWM:"));
}

/// Processor time of all threads so far, in seconds.
fn cpu() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux");
    let spent = tasks.flatten().filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    spent.sum::<f64>() / 1e9
}

/// A line of proc_pid_status(5), in MiB.
fn memory(line: &str) -> f64 {
    let text = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find_map(|text| text.strip_prefix(line)).expect("it is there");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
}

/// Frames over a connection, each after its length; a thread reads ahead by a window.
struct Socket {
    peer: PartyId,
    stream: TcpStream,
    frames: Receiver<Vec<u8>>,
    counter: Counter,
}

impl Socket {
    fn new(peer: &str, stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("an option of it");
        let (queue, frames) = sync_channel(FRAMES);
        let mut from = stream.try_clone().expect("a second handle");
        std::thread::spawn(move || {
            let mut length = [0; 4];
            while from.read_exact(&mut length).is_ok() {
                let mut frame = vec![0; u32::from_le_bytes(length) as usize];
                if from.read_exact(&mut frame).is_err() || queue.send(frame).is_err() {
                    return;
                }
            }
        });
        Self { peer: PartyId::new(peer).expect("a name"), stream, frames, counter: Counter::default() }
    }
}

impl Channel for Socket {
    fn peer(&self) -> &PartyId {
        &self.peer
    }

    fn send(&mut self, frame: Vec<u8>) -> Result<(), NetError> {
        self.counter.sent(frame.len());
        let length = u32::try_from(frame.len()).expect("a short frame").to_le_bytes();
        let sent = self.stream.write_all(&length).and_then(|()| self.stream.write_all(&frame));
        sent.map_err(|_| NetError::Closed { peer: self.peer.clone() })
    }

    fn recv(&mut self, max: usize) -> Result<Vec<u8>, NetError> {
        let frame = self.frames.recv().map_err(|_| NetError::Closed { peer: self.peer.clone() })?;
        self.counter.received(frame.len());
        let len = frame.len();
        if len > max { Err(NetError::FrameTooLong { peer: self.peer.clone(), len, max }) } else { Ok(frame) }
    }

    fn phase(&mut self, name: &'static str) {
        self.counter.phase(name);
    }

    fn meter(&self) -> Meter {
        self.counter.snapshot()
    }

    fn close(&mut self) -> Result<(), NetError> {
        Ok(())
    }
}
