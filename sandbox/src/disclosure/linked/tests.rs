//! The linked check alone, on larger tables.

use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use roaring::RoaringBitmap;

use super::atoms::Atoms;
use super::*;

/// The groups of so many persons by a number each has.
fn partition(persons: u32, groups: usize, of: impl Fn(u32) -> usize) -> Vec<RoaringBitmap> {
    let mut all = vec![RoaringBitmap::new(); groups];
    for person in 0..persons {
        all[of(person)].insert(person);
    }
    all
}

fn add(atoms: &mut Atoms, table: &[RoaringBitmap]) {
    for set in table {
        atoms.add(set).unwrap();
    }
}

fn timed(before: &Atoms, table: &[RoaringBitmap]) -> (Vec<Verdict>, f64) {
    let new: Vec<New<'_>> = table.iter().map(|s| New { members: s, persons: s.len() }).collect();
    let start = Instant::now();
    let verdicts = judge(before, &new, 10, None, Field::drawn(&[1; 32]));
    (verdicts, start.elapsed().as_secs_f64())
}

fn free(verdicts: &[Verdict]) -> usize {
    verdicts.iter().filter(|v| **v == Verdict::Free).count()
}

#[test]
#[ignore = "measures"]
fn speed() {
    for (name, persons) in [("1M", 1_000_000u32), ("200k", 200_000)] {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let who: Vec<[usize; 4]> = (0..persons)
            .map(|_| {
                [
                    rng.random_range(0..40),
                    rng.random_range(0..50),
                    rng.random_range(0..40),
                    rng.random_range(0..50),
                ]
            })
            .collect();
        let by = |a: usize, b: usize| {
            partition(persons, 2500, |p| who[p as usize][a] * 50 + who[p as usize][b])
                .into_iter()
                .filter(|s| s.len() >= 10)
                .collect::<Vec<_>>()
        };
        let mut atoms = Atoms::default();
        for (a, b) in [(0, 1), (0, 2), (1, 2), (0, 3), (2, 3), (1, 3)] {
            let table = by(a, b);
            let (verdicts, seconds) = timed(&atoms, &table);
            println!("{name} crossed {a}{b}: {} of {} free, {seconds:.3} s", free(&verdicts), table.len());
            add(&mut atoms, &table);
        }
        let mut atoms = Atoms::default();
        for round in 0..4 {
            let groups: Vec<usize> = (0..persons).map(|_| rng.random_range(0..2000)).collect();
            let table = partition(persons, 2000, |p| groups[p as usize]);
            let (verdicts, seconds) = timed(&atoms, &table);
            println!("{name} random {round}: {} of {} free, {seconds:.3} s", free(&verdicts), table.len());
            add(&mut atoms, &table);
        }
    }
}
