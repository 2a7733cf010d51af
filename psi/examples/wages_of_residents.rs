//! Two departments in one process: a county learns how many of its registered residents a province insures, and
//! the sum of their wages, and neither learns which. `cargo run --release -p yinshu-psi --example wages_of_residents`
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use rand::rngs::SysRng;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yinshu_net::{PartyId, memory};
use yinshu_psi::noise::Privacy;
use yinshu_psi::size::{self, Opens};
use yinshu_psi::sum::{self, Asks, Column, Row};
use yinshu_psi::{Entry, Item, Learns, Terms};

fn resident(number: u32) -> Entry {
    Entry::from(Item::new("citizen-id", &[format!("9901011990{number:08}").as_bytes()]))
}

fn generator() -> ChaCha20Rng {
    ChaCha20Rng::try_from_rng(&mut SysRng).expect("the system has randomness")
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let county: Vec<Entry> = (0..400).map(resident).collect();
    let insured =
        |number: u32| Row { entry: resident(number), values: vec![i128::from(500_000 + 10 * number)] };
    let province: Vec<Row> = (250..900).map(insured).collect();
    let terms = Terms::single(Learns::Receiver, 10_000);

    // Wages in cents, 32 bits; nothing is opened for fewer than ten people.
    let column = Column { name: "wages".into(), bits: 32, signed: false };
    let asks = Asks { columns: vec![column].try_into()?, least: 10 };
    let (mut here, mut there) = memory::pair(PartyId::new("county")?, PartyId::new("province")?);
    let received = std::thread::scope(|scope| {
        scope.spawn(|| {
            let rows = province.iter().cloned().map(Ok::<_, String>);
            sum::send(&mut there, rows, &terms, &asks, &mut generator(), &mut |_| {})
        });
        sum::receive(&mut here, &county, &terms, &asks, &mut generator(), &mut |_| {})
    })?;
    match received.opened {
        Some(opened) => println!("{} are insured; their wages sum to {}", opened.count, opened.sums[0]),
        None => println!("fewer than {} are insured", asks.least),
    }

    // How many alone, with noise: epsilon 1, delta below 2^-40.
    let opens = Opens::Noisy(Privacy::ONE);
    let received = std::thread::scope(|scope| {
        scope.spawn(|| {
            let entries = province.iter().map(|row| Ok::<_, String>(row.entry));
            size::send(&mut there, entries, &terms, opens, &mut generator(), &mut |_| {})
        });
        size::receive(&mut here, &county, &terms, opens, &mut generator(), &mut |_| {})
    })?;
    println!("with noise: {:?}", received.sizes);
    Ok(())
}
