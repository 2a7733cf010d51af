//! Four departments in one process: how many residents are in each intersection of their registers, so that those
//! missing from one can be estimated, without anybody learning who. `cargo run --release -p yinshu-psi --example
//! missing_residents`
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use rand::rngs::SysRng;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_crypto::hash::Digest;
use yinshu_net::memory::{self, MemoryChannel};
use yinshu_net::{Channel, PartyId};
use yinshu_psi::several::{self, Agreement, Circle, Opens, Sizes};
use yinshu_psi::{Entry, Item, PsiError, Section};

const NAMES: [&str; 4] = ["police", "social-security", "health-insurance", "schools"];

fn residents(numbers: std::ops::Range<u32>) -> Vec<Entry> {
    numbers.map(|number| Entry::from(Item::new("citizen-id", &[&number.to_le_bytes()]))).collect()
}

/// A channel between each two; in a deployment these are sessions over the network.
fn mesh(parties: &[PartyId]) -> Vec<Vec<MemoryChannel>> {
    let mut all: Vec<Vec<MemoryChannel>> = parties.iter().map(|_| Vec::new()).collect();
    for (one, name) in parties.iter().enumerate() {
        for (other, peer) in parties.iter().enumerate().skip(one + 1) {
            let (here, there) = memory::pair(name.clone(), peer.clone());
            all[one].push(here);
            all[other].push(there);
        }
    }
    all
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let parties = NAMES.iter().map(|name| PartyId::new(*name)).collect::<Result<Vec<_>, _>>()?;
    let registers = [0..600, 100..520, 50..640, 80..160].map(residents);
    let section = Section { name: "residents".into(), max: 10_000 };
    let agreement = Agreement {
        parties: parties.clone(),
        sections: vec![section],
        most: Vec::new(),
        context: Digest::ZERO,
    };
    let opens = Opens { comparer: 0, only: None };

    let results: Vec<Result<several::Sized, PsiError>> = std::thread::scope(|scope| {
        let start = |((name, register), mut channels): ((&PartyId, &Vec<Entry>), Vec<MemoryChannel>)| {
            let (name, register) = (name.clone(), register.clone());
            let (agreement, opens) = (&agreement, &opens);
            scope.spawn(move || {
                let borrowed = channels.iter_mut().map(|channel| channel as &mut dyn Channel);
                let mut circle = Circle::new(&name, &agreement.parties, borrowed)?;
                let mut rng = ChaCha20Rng::try_from_rng(&mut SysRng).expect("the system has randomness");
                let asked = &mut |_: &PartyId, _: &_| Ok(());
                several::sizes(&mut circle, &register, (agreement, opens), &mut rng, asked, &mut |_| {})
            })
        };
        let running: Vec<_> = parties.iter().zip(&registers).zip(mesh(&parties)).map(start).collect();
        running.into_iter().map(|party| party.join().expect("no party panics")).collect()
    });
    for (name, result) in NAMES.iter().zip(results) {
        let Sizes::All(regions) = result?.sizes else { continue };
        let all = regions[0].union(0b1111);
        println!("{name} learns: {all} residents in all, {} in every register", regions[0].exactly(0b1111));
        println!(
            "  in health insurance and not with the police: {}",
            regions[0].union(0b0101) - regions[0].union(0b0001)
        );
    }
    Ok(())
}
