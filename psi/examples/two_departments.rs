//! Two departments in one process: a county asks which of its residents, and of their recorded statuses, a
//! province's table holds. `cargo run --release -p yinshu-psi --example two_departments`
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use rand::rngs::SysRng;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::hash::Digest;
use yinshu_net::{Channel, PartyId, memory};
use yinshu_psi::{Entry, Item, Learns, Section, Terms, intersect};

/// A resident's key and one field, each in its own section. The ids lie in no real division.
fn tokens(id: &str, status: &str) -> [Entry; 2] {
    let key = Item::new("citizen-id", &[id.as_bytes()]);
    let field = Item::new("status", &[id.as_bytes(), status.as_bytes()]);
    [Entry { section: 0, item: key }, Entry { section: 1, item: field }]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let county = [("990101199003070015", "1"), ("990101198511230021", "1"), ("990101197203140033", "2")];
    let province = [("990101199003070015", "1"), ("990101198511230021", "3"), ("990202196001010047", "1")];

    // What both signed: the county learns; at most three keys and three statuses may be asked about.
    let section = |name: &str| Section { name: name.into(), max: 3 };
    let terms = Terms {
        learns: Learns::Receiver,
        sections: vec![section("key"), section("status")],
        max_peer_items: 100,
        own_items: None,
        context: Digest::sha256(b"the contract that both signed"),
    };

    let (mut at_county, mut at_province) = memory::pair(PartyId::new("county")?, PartyId::new("province")?);
    let (received, sent) = std::thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let table = province.iter().flat_map(|(id, status)| tokens(id, status)).map(Ok::<_, String>);
            let mut rng = ChaCha20Rng::try_from_rng(&mut SysRng).expect("the system has randomness");
            intersect::send(&mut at_province, table, &terms, &mut rng, &mut |_| {})
        });
        let own: Vec<Entry> = county.iter().flat_map(|(id, status)| tokens(id, status)).collect();
        let mut rng = ChaCha20Rng::try_from_rng(&mut SysRng).expect("the system has randomness");
        let received = intersect::receive(&mut at_county, &own, &terms, &mut rng, &mut |_| {});
        (received, sending.join().expect("the province does not panic"))
    });
    let (received, sent) = (received?, sent?);

    for ((id, status), hits) in county.iter().zip(received.matched.as_chunks::<2>().0) {
        let finding = match hits {
            [true, true] => "held, with the same status",
            [true, false] => "held, with another status",
            [false, _] => "not held",
        };
        println!("{id} status {status}: {finding}");
    }
    let traffic = at_county.meter().total;
    println!(
        "the county asked about {:?} entries and committed to {}",
        sent.peer_items, sent.peer_commitment
    );
    println!("{} bytes went out and {} came back", traffic.bytes_sent, traffic.bytes_received);
    Ok(())
}
