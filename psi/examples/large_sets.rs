//! Two departments with large tables in one process, by [`yinshu_psi::rr22`]: what it takes in each setting.
//! `cargo run --release -p yinshu-psi --example large_sets -- [ITEMS]`
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use rand::rngs::SysRng;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::time::Instant;
use yinshu_net::{Channel, PartyId, memory};
use yinshu_psi::rr22::{self, Security, Settings, Wire};
use yinshu_psi::{Entry, Item, Learns, Terms};

fn table(from: u64, count: u64) -> Vec<Entry> {
    (from..from + count).map(|value| Item::new("citizen-id", &[&value.to_le_bytes()]).into()).collect()
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::try_from_rng(&mut SysRng).expect("the system has randomness")
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = std::env::args().nth(1).map_or(Ok(1 << 20), |count| count.parse())?;
    let (county, province) = (table(0, count), table(count / 2, count));
    let terms = Terms::single(Learns::Receiver, count);
    for (security, wire) in [
        (Security::SemiHonest, Wire::Fast),
        (Security::SemiHonest, Wire::Compact),
        (Security::Malicious, Wire::Fast),
    ] {
        let settings = Settings { security, wire };
        let expected = rr22::cost(count, count, &settings);
        let (mut at_county, mut at_province) =
            memory::pair(PartyId::new("county")?, PartyId::new("province")?);
        let start = Instant::now();
        let received = std::thread::scope(|scope| {
            scope.spawn(|| {
                let asked = &mut |_: &rr22::msg::OpenPackage| Ok(());
                rr22::send(&mut at_province, &province, &terms, &settings, &mut rng(), asked, &mut |_| {})
            });
            rr22::receive(&mut at_county, &county, &terms, &settings, &mut rng(), &mut |_| {})
        })?;
        let traffic = at_county.meter().total;
        println!(
            "{security:?}, {wire:?}: {} of {count} in common; {:?}; {} bytes, {} expected; {} rounds",
            received.matched.iter().filter(|&&hit| hit).count(),
            start.elapsed(),
            traffic.bytes_sent + traffic.bytes_received,
            expected.bytes(),
            traffic.rounds,
        );
    }
    Ok(())
}
