//! Two departments find the people they share: `cargo run --example private_intersection`.
#![allow(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::convert::Infallible;
use yinshu_net::{Channel as _, PartyId, memory};
use yinshu_psi::{Entry, Item, Learns, Terms, intersect};

fn entry(key: &str) -> Entry {
    Item::new("citizen-id", &[key.as_bytes()]).into()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let terms = Terms::single(Learns::Receiver, 1_000);
    let (mut county, mut province) = memory::pair(PartyId::new("county")?, PartyId::new("province")?);
    let residents = ["990101199003070015", "990101198501010012", "99010120100101001X"];

    let received = std::thread::scope(|scope| {
        scope.spawn(|| {
            let insured = ["990101198501010012", "990201197001010019"];
            let entries = insured.map(|key| Ok::<_, Infallible>(entry(key)));
            intersect::send(&mut province, entries, &terms, &mut yinshu::node::randomness(), &mut |_| {})
        });
        let asked = residents.map(entry);
        intersect::receive(&mut county, &asked, &terms, &mut yinshu::node::randomness(), &mut |_| {})
    })?;

    for (resident, insured) in residents.iter().zip(&received.matched) {
        println!("{}… insured: {insured}", &resident[..6]);
    }
    let traffic = county.meter().total;
    println!("{} bytes out, {} in, {} rounds", traffic.bytes_sent, traffic.bytes_received, traffic.rounds);
    assert_eq!(received.matched, [false, true, false]);
    Ok(())
}
