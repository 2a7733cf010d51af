//! Makes a vector oblivious linear evaluation between two threads and says what it cost each of them.
//!
//! `cargo run --release -p yinshu-ot --example vole -- 1300000 [malicious]`
#![allow(clippy::print_stdout, reason = "it reports")]

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::time::Instant;
use yinshu_crypto::field::F64;
use yinshu_crypto::hash::Digest;
use yinshu_net::{Channel, PartyId, memory};
use yinshu_ot::{Security, vole};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let n = arguments.next().map_or(Ok(1 << 20), |n| n.parse())?;
    let malicious = arguments.next().is_some_and(|word| word == "malicious");
    let security = if malicious { Security::Malicious } else { Security::SemiHonest };
    let (mut province, mut county) = memory::pair(PartyId::new("province")?, PartyId::new("county")?);
    // Generators that are seeded by the operating system belong here in earnest.
    let (mut one, mut two) = (ChaCha20Rng::seed_from_u64(1), ChaCha20Rng::seed_from_u64(2));
    // What both agreed on before: the contract, and the messages that opened the session.
    let context = Digest::sha256(b"example");
    let start = Instant::now();
    let sending =
        std::thread::spawn(move || vole::send::<F64>(&mut province, &context, n, security, &mut one));
    let received = vole::receive::<F64>(&mut county, &context, n, security, &mut two)?;
    let sent = sending.join().map_err(|_| "the sender's thread ended early")??;
    let time = start.elapsed();
    let holds = (0..n).all(|i| received.c[i] == received.a[i] * sent.delta + sent.b[i]);
    let traffic = county.meter().total;
    println!("{n} entries: {time:.1?}, C = A·Δ + B holds: {holds}");
    println!(
        "{} bytes sent, {} received, {} rounds",
        traffic.bytes_sent, traffic.bytes_received, traffic.rounds
    );
    Ok(())
}
