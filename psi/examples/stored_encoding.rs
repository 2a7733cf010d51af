//! A province encodes its large table once; a county asks it about a few residents, first in buckets, then in a
//! copy that it fetched, and the province updates the table in between.
//! `cargo run --release -p yinshu-psi --example stored_encoding`
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use rand::rngs::SysRng;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::hash::Digest;
use yinshu_net::{Channel, PartyId, memory};
use yinshu_psi::unbalanced::{self, Asked, Copy, Encoding, Layout, Query, Row, Where};
use yinshu_psi::{Entry, Item, Learns, PsiError, Terms};

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::try_from_rng(&mut SysRng).expect("the system has randomness")
}

fn resident(number: u32) -> Entry {
    Entry::from(Item::new("resident", &[&number.to_le_bytes()]))
}

/// What the province gives with each resident: the year of registration.
fn row(number: u32) -> Result<Row, String> {
    Ok(Row { entry: resident(number), payload: (1990 + number % 30).to_string().into_bytes() })
}

fn pair() -> (impl Channel, impl Channel) {
    memory::pair(PartyId::new("county").expect("a name"), PartyId::new("province").expect("a name"))
}

fn ask(encoding: &Encoding, terms: &Terms, own: &[Entry], query: &Query<'_>) -> Result<Asked, PsiError> {
    let (mut county, mut province) = pair();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The province notes what is asked before it answers, and could refuse.
            let record = &mut |open: &unbalanced::msg::OpenPackage| {
                println!("asked about {:?} residents, commitment {}", open.counts, open.commitment.short());
                Ok(())
            };
            unbalanced::answer(&mut province, encoding, terms, &mut rng(), record, &mut |_| {})
        });
        let asked = unbalanced::ask(&mut county, own, terms, query, &mut rng(), &mut |_| {});
        let traffic = county.meter().total;
        println!("{} bytes went out and {} came back", traffic.bytes_sent, traffic.bytes_received);
        asked
    })
}

fn fetch(
    encoding: &Encoding,
    terms: &Terms,
    folder: &std::path::Path,
    key: Digest,
) -> Result<Copy, PsiError> {
    let (mut county, mut province) = pair();
    std::thread::scope(|scope| {
        scope.spawn(|| unbalanced::offer(&mut province, encoding, terms, &mut |_| Ok(()), &mut |_| {}));
        let (copy, copied) = unbalanced::fetch(&mut county, folder, terms, Some(key), &mut |_| {})?;
        println!("copied {} rows, everything: {}", copied.rows, copied.whole);
        Ok(copy)
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let terms = Terms { max_peer_items: 1_000_000, ..Terms::single(Learns::Receiver, 1_000) };
    let (store, copies) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let layout = Layout { payload: Some(8), column: "year".into(), ..Layout::of(&terms) };
    let (mut encoding, made) =
        Encoding::create(store.path(), &layout, (0..20_000).map(row), &mut rng(), &mut |_| {})?;
    let key = encoding.stats().key;
    println!("{} residents encoded under the key {}", made.inserted, key.short());

    let own = [7, 19_999, 20_001, 50_000].map(resident);
    let show = |asked: &Asked| {
        for (held, payload) in asked.matched.iter().zip(asked.payloads.iter().flatten()) {
            let year = payload.as_deref().map(String::from_utf8_lossy);
            println!("  held: {held}, registered: {}", year.as_deref().unwrap_or("-"));
        }
    };
    let buckets = Query { find: Where::Buckets { least: 64 }, verify: true, key: Some(key) };
    show(&ask(&encoding, &terms, &own, &buckets)?);

    fetch(&encoding, &terms, copies.path(), key)?;
    encoding.insert((20_000..20_010).map(row), &mut rng(), &mut |_| {})?;
    encoding.delete([Ok::<_, String>(resident(7))], &mut rng(), &mut |_| {})?;
    let copy = fetch(&encoding, &terms, copies.path(), key)?;
    show(&ask(&encoding, &terms, &own, &Query { find: Where::Copy(&copy), ..buckets })?);
    Ok(())
}
