//! Sets larger than the memory given: divided on disk, then intersected partition by partition.
//!
//! `cargo run --release -p yinshu-psi --example larger_than_memory -- 20000 256`: entries a side, and
//! kilobytes of memory for the partitions.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use yinshu_net::{Channel, PartyId, memory};
use yinshu_psi::partition::{self, Ecdh, Key, Plan, Role, Settings, Spill};
use yinshu_psi::{Entry, Item, Learns, PsiError, Terms};

fn entries(values: std::ops::Range<u64>) -> impl Iterator<Item = Result<Entry, std::io::Error>> {
    values.map(|value| Ok(Entry::from(Item::new("citizen-id", &[&value.to_le_bytes()]))))
}

fn province(channel: impl Channel, n: u64, terms: &Terms, settings: &Settings) -> Result<(), PsiError> {
    let mut rng = ChaCha20Rng::seed_from_u64(1); // a system generator outside of examples
    let mut channels = [channel];
    let plan = partition::agree_sender(&mut channels[0], n, &Ecdh, terms, settings, &mut rng)?;
    let folder = std::env::temp_dir().join(format!("yinshu-example-{}-province", std::process::id()));
    let key = Key::random(&mut rng);
    let spill = Spill::write(&folder, key, plan, Role::Sender, entries(n / 2..n / 2 + n))?;
    let mut asked = |_: &partition::Opening| Ok(()); // a node writes it into its log
    partition::send(&mut channels, &spill, &Ecdh, terms, &mut rng, &mut asked, &mut |_| {})?;
    spill.discard()
}

fn county(
    channel: impl Channel,
    n: u64,
    terms: &Terms,
    settings: &Settings,
) -> Result<(Plan, u64), PsiError> {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let mut channels = [channel];
    let plan = partition::agree_receiver(&mut channels[0], &[n], &Ecdh, terms, settings, &mut rng)?;
    let folder = std::env::temp_dir().join(format!("yinshu-example-{}-county", std::process::id()));
    let key = Key::random(&mut rng);
    let spill = Spill::write(&folder, key, plan.clone(), Role::Receiver, entries(0..n))?;
    let mut report = |progress: partition::Progress| {
        if let (None, Some((from, to))) = (progress.inner, progress.left) {
            println!("{} of {}, {from:.1?} to {to:.1?} left", progress.complete, progress.partitions);
        }
    };
    let received = partition::receive(&mut channels, &spill, &Ecdh, terms, &mut rng, &mut report)?;
    let mut matched = 0;
    for position in received.matched {
        position?; // written out as it comes
        matched += 1;
    }
    spill.discard()?;
    Ok((plan, matched))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let number = |at, default| std::env::args().nth(at).map_or(Ok(default), |n| n.parse::<u64>());
    let (n, kilobytes) = (number(1, 20_000)?, number(2, 256)?);
    let settings = Settings { memory: kilobytes << 10, workers: 1 };
    // The quota holds for padding too.
    let terms = Terms::single(Learns::Receiver, 4 * n.max(1_000));
    let (here, there) = memory::pair("county".parse::<PartyId>()?, "province".parse::<PartyId>()?);
    let (plan, matched) = std::thread::scope(|scope| {
        let sending = scope.spawn(|| province(there, n, &terms, &settings));
        let received = county(here, n, &terms, &settings);
        sending.join().expect("no panic")?;
        received
    })?;
    println!("{matched} of {n} matched in {} partitions", plan.partitions);
    assert_eq!(matched, n - n / 2);
    Ok(())
}
