//! Four departments count residents: how many people each choice of departments knows, by district, and nobody learns
//! who. `cargo run --release -p yinshu-psi --example four_departments -- 20000`: residents in all.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use rand::rngs::SysRng;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::collections::BTreeMap;
use yinshu_crypto::hash::Digest;
use yinshu_net::memory::{self, MemoryChannel};
use yinshu_net::{Channel, PartyId};
use yinshu_psi::several::release::{Shape, release};
use yinshu_psi::several::{self, Agreement, Circle, Opens, Sized};
use yinshu_psi::{Entry, Item, PsiError, Section};

const NAMES: [&str; 4] = ["police", "social", "medical", "school"];
const DISTRICTS: u16 = 3;

/// Whether a department knows a resident: the police nearly all, the school every fourth.
fn knows(department: usize, resident: u64) -> bool {
    let drawn = resident.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (8 * department) & 0xff;
    drawn < [250, 200, 150, 64][department]
}

/// A resident's district is a section: only entries of one section can meet.
fn set(department: usize, residents: u64) -> Vec<Entry> {
    let entry = |resident: u64| {
        let item = Item::new("citizen-id", &[&resident.to_le_bytes()]);
        Entry { section: (resident % u64::from(DISTRICTS)) as u16, item }
    };
    (0..residents).filter(|&resident| knows(department, resident)).map(entry).collect()
}

/// A channel between every two.
fn mesh(parties: &[PartyId]) -> Vec<Vec<MemoryChannel>> {
    let mut all: Vec<Vec<MemoryChannel>> = parties.iter().map(|_| Vec::new()).collect();
    for one in 0..parties.len() {
        for other in one + 1..parties.len() {
            let (here, there) = memory::pair(parties[one].clone(), parties[other].clone());
            all[one].push(here);
            all[other].push(there);
        }
    }
    all
}

fn party(
    number: usize,
    channels: &mut [MemoryChannel],
    agreement: &Agreement,
    residents: u64,
) -> Result<Sized, PsiError> {
    let channels = channels.iter_mut().map(|channel| channel as &mut dyn Channel);
    let mut circle = Circle::new(&agreement.parties[number], &agreement.parties, channels)?;
    let mut rng = ChaCha20Rng::try_from_rng(&mut SysRng).expect("the system has randomness");
    // The police compare; what the others get is what was released, and comes after this.
    let opens = Opens { comparer: 0, only: Some(Vec::new()) };
    let own = set(number, residents);
    let mut asked = |_: &PartyId, _: &_| Ok(()); // a node writes it into its log
    several::sizes(&mut circle, &own, (agreement, &opens), &mut rng, &mut asked, &mut |_| {})
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let residents = std::env::args().nth(1).map_or(Ok(4_000), |n| n.parse::<u64>())?;
    let section = |number: u16| Section { name: format!("district {}", number + 1), max: residents };
    let agreement = Agreement {
        parties: NAMES.into_iter().map(PartyId::new).collect::<Result<_, _>>()?,
        sections: (0..DISTRICTS).map(section).collect(),
        most: Vec::new(),
        context: Digest::sha256(b"the contract that all four signed"),
    };
    let mut channels = mesh(&agreement.parties);
    let sized: Vec<_> = std::thread::scope(|scope| {
        let agreement = &agreement;
        let parties = channels.iter_mut().enumerate();
        let running: Vec<_> = parties
            .map(|(number, channels)| scope.spawn(move || party(number, channels, agreement, residents)))
            .collect();
        running.into_iter().map(|one| one.join().expect("no panic")).collect::<Result<_, _>>()
    })?;
    let regions = sized[0].regions.as_ref().expect("the police compare");

    let mut truth: BTreeMap<(u16, u8), u64> = BTreeMap::new();
    for resident in 0..residents {
        let mask = (0..NAMES.len()).fold(0, |mask, at| mask | u8::from(knows(at, resident)) << at);
        *truth.entry(((resident % u64::from(DISTRICTS)) as u16, mask)).or_default() += 1;
    }
    for (&(district, mask), &count) in truth.iter().filter(|((_, mask), _)| *mask > 0) {
        assert_eq!(regions[usize::from(district)].exactly(mask), count);
    }

    let released = release(regions, Shape { rows: DISTRICTS.into(), columns: 1 }, NAMES.len(), 10);
    for district in 0..usize::from(DISTRICTS) {
        let figures = released.at(district, 0).expect("a cell for each district");
        let shown = |number: Option<u64>| number.map_or("hidden".to_owned(), |number| number.to_string());
        let (all, any) = (shown(figures.all[14]), shown(figures.any[14]));
        println!("{}: {all} known to all four, {any} known to any", agreement.sections[district].name);
    }
    println!(
        "{} figures are hidden, since they are about fewer than ten or would tell such",
        released.hidden
    );
    Ok(())
}
