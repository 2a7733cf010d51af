//! A base, then an hour's changes: what the update costs does not depend on the base.
//!
//! `cargo run --release -p yinshu-psi --example hourly_delta -- 20000 400`: entries a side, changes a side.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use std::path::Path;
use std::time::Instant;
use yinshu_net::{Channel, PartyId, memory};
use yinshu_psi::delta::{self, Base, Room, Updated};
use yinshu_psi::partition::Role;
use yinshu_psi::{Entry, Item, Learns, PsiError, Terms};

fn entries(values: std::ops::Range<u64>) -> Vec<Entry> {
    values.map(|value| Entry::from(Item::new("citizen-id", &[&value.to_le_bytes()]))).collect()
}

/// Insertions and deletions.
type Step = (Vec<Entry>, Vec<Entry>);

fn update(
    county: &mut Base,
    province: &mut Base,
    x: &Step,
    y: &Step,
    terms: &Terms,
) -> Result<Updated, PsiError> {
    let party = |name| PartyId::new(name).expect("a name");
    let (mut here, mut there) = memory::pair(party("county"), party("province"));
    let started = Instant::now();
    let updated = std::thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let mut rng = ChaCha20Rng::seed_from_u64(1); // a system generator outside of examples
            let mut asked = |_: &delta::msg::Ask| Ok(()); // a node writes it into its log
            delta::update_sender(&mut there, province, (&y.0, &y.1), terms, &mut rng, &mut asked)
        });
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let updated = delta::update_receiver(&mut here, county, (&x.0, &x.1), terms, &mut rng);
        sending.join().expect("no panic")?;
        updated
    })?;
    let (changes, traffic) = (&updated.changes, here.meter().total);
    println!(
        "version {}: {} appeared, {} vanished; {} bytes, {:.2?}",
        changes.version,
        changes.appeared.len(),
        changes.vanished.len(),
        traffic.bytes_sent + traffic.bytes_received,
        started.elapsed(),
    );
    Ok(updated)
}

fn run(folder: &Path, n: u64, changes: u64) -> Result<(), PsiError> {
    // The quota holds for the life of the base.
    let terms = Terms::single(Learns::Receiver, 2 * n + 10 * changes);
    let room = Room { own: n + 10 * changes, peer: n + 10 * changes };
    let rng = &mut ChaCha20Rng::seed_from_u64(3);
    let mut county = Base::create(&folder.join("county"), Role::Receiver, &terms, room, rng)?;
    let mut province = Base::create(&folder.join("province"), Role::Sender, &terms, room, rng)?;
    let first = ((entries(0..n), Vec::new()), (entries(n / 2..n / 2 + n), Vec::new()));
    update(&mut county, &mut province, &first.0, &first.1, &terms)?;
    for hour in 0..3 {
        // The county's new entries are the province's already; the province deletes some that were shared.
        let (new, gone) = (n + hour * changes, n / 2 + hour * changes);
        let x = (entries(new..new + changes), Vec::new());
        let y = (Vec::new(), entries(gone..gone + changes));
        let updated = update(&mut county, &mut province, &x, &y, &terms)?;
        assert_eq!(updated.changes.vanished.len() as u64, changes);
    }
    county.discard()?;
    province.discard()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let number = |at, default| std::env::args().nth(at).map_or(Ok(default), |n| n.parse::<u64>());
    let folder = std::env::temp_dir().join(format!("yinshu-delta-{}", std::process::id()));
    run(&folder, number(1, 5_000)?, number(2, 200)?)?;
    Ok(std::fs::remove_dir_all(&folder)?)
}
