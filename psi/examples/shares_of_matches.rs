//! Two departments in one process: shares of which residents a province pays a benefit to, and of the amounts. Neither
//! side learns who matched; here the shares are put together to show what they are.
//! `cargo run --release -p yinshu-psi --example shares_of_matches [n]`
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use rand::rngs::SysRng;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::time::Instant;
use yinshu_net::{Channel, PartyId, memory};
use yinshu_psi::{Entry, Item, Learns, Terms, circuit};

fn resident(number: u32) -> Entry {
    Entry::from(Item::new("citizen-id", &[&number.to_le_bytes()]))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let n: u32 = std::env::args().nth(1).map_or(Ok(1_000), |n| n.parse())?;
    // The county's residents are 0 to n; the province pays n/2 to 3n/2 as many yuan as their numbers.
    let county: Vec<Entry> = (0..n).map(resident).collect();
    let paid = n / 2..n / 2 + n;
    let province: Vec<(Entry, [u8; 8])> =
        paid.map(|number| (resident(number), u64::from(number).to_le_bytes())).collect();
    let terms = Terms::single(Learns::Receiver, n.into());

    let (mut at_county, mut at_province) = memory::pair(PartyId::new("county")?, PartyId::new("province")?);
    let start = Instant::now();
    let (received, sent) = std::thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let mut rng = ChaCha20Rng::try_from_rng(&mut SysRng).expect("the system has randomness");
            let sent = circuit::send(&mut at_province, &province, &terms, 8, &mut rng, &mut |_| {})?;
            // Zeros in place of the payloads of those who do not match.
            sent.shares.masked(&mut at_province, &mut rng)
        });
        let mut rng = ChaCha20Rng::try_from_rng(&mut SysRng).expect("the system has randomness");
        let received = circuit::receive(&mut at_county, &county, &terms, 8, &mut rng, &mut |_| {})
            .and_then(|received| received.shares.masked(&mut at_county, &mut rng));
        (received, sending.join().expect("the province does not panic"))
    });
    let (received, sent) = (received?, sent?);
    println!("{n} residents and {n} rows: {:.2?} for both sides on this machine", start.elapsed());

    // What a secure computation would do with shares, in the clear.
    let (mut matched, mut sum) = (0u64, 0u64);
    for bin in 0..received.bins {
        let halves = received.payload(bin).iter().zip(sent.payload(bin));
        let bytes: Vec<u8> = halves.map(|(one, two)| one ^ two).collect();
        matched += u64::from(received.bit(bin) ^ sent.bit(bin));
        sum += u64::from_le_bytes(bytes.try_into().expect("eight bytes of payload"));
    }
    println!("together the shares say: {matched} are paid, {sum} yuan in all");
    let meter = at_county.meter();
    println!(
        "{} bytes went to the province, {} came back",
        meter.total.bytes_sent, meter.total.bytes_received
    );
    for phase in meter.phases {
        println!(
            "  {:12} {:>10} to, {:>10} back",
            phase.name, phase.traffic.bytes_sent, phase.traffic.bytes_received
        );
    }
    Ok(())
}
