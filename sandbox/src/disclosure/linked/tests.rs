//! The linked check alone, on larger tables.
//!
//! What it takes is printed by `cargo test -p yinshu-sandbox --release linked::tests::speed -- --ignored --nocapture`.

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
        atoms.add(set, &[]).unwrap();
    }
}

fn timed(before: &Atoms, table: &[RoaringBitmap]) -> (Vec<Verdict>, f64) {
    let new: Vec<New<'_>> = table.iter().map(|s| New { members: s, layers: &[], persons: s.len() }).collect();
    let start = Instant::now();
    let verdicts = judge(before, &new, 10, None, Field::drawn(&[1; 32]));
    (verdicts, start.elapsed().as_secs_f64())
}

fn free(verdicts: &[Verdict]) -> usize {
    verdicts.iter().filter(|v| **v == Verdict::Free).count()
}

/// Three tables of 4,000 persons by two of three keys each: everybody is in some class of a few.
fn crossed() -> (Vec<[usize; 3]>, Atoms) {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let who: Vec<[usize; 3]> = (0..4000)
        .map(|_| [rng.random_range(0..10), rng.random_range(0..12), rng.random_range(0..14)])
        .collect();
    let mut atoms = Atoms::default();
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        let table = partition(4000, 14 * 14, |p| who[p as usize][a] * 14 + who[p as usize][b]);
        let table: Vec<_> = table.into_iter().filter(|set| !set.is_empty()).collect();
        let (verdicts, _) = timed(&atoms, &table);
        assert_eq!(free(&verdicts), table.len(), "nobody can be singled out from all cells of three tables");
        add(&mut atoms, &table);
    }
    (who, atoms)
}

#[test]
fn one_set_that_is_off_by_a_few_is_found_among_hundreds() {
    let (who, atoms) = crossed();
    // Those with the first key below five, without three of them: five rows of one table add up to them and the three.
    let of =
        |missing: u32| -> RoaringBitmap { (missing..4000).filter(|p| who[*p as usize][0] < 5).collect() };
    let verdict = |set: &RoaringBitmap| timed(&atoms, std::slice::from_ref(set)).0[0];
    let missed = |n: u32| (0..n).filter(|p| who[*p as usize][0] < 5).count();
    let few = (1..).find(|n| missed(*n) == 3).unwrap();
    let many = (1..).find(|n| missed(*n) == 10).unwrap();
    assert_eq!(verdict(&of(few)), Verdict::Linked);
    assert_eq!(verdict(&of(0)), Verdict::Free, "it was known already");
    assert_eq!(verdict(&of(many)), Verdict::Free, "ten may be told apart");
}

#[test]
fn only_the_least_set_to_blame_is_hidden() {
    let (who, atoms) = crossed();
    let sets: Vec<RoaringBitmap> = vec![
        (5..4000).filter(|p| who[*p as usize][1] == 3).collect(),
        (0..4000).filter(|p| p % 7 == 0).collect(),
        (0..4000).filter(|p| p % 7 == 0 && *p != 700).collect(),
    ];
    let missing = (0..5).filter(|p| who[*p as usize][1] == 3).count();
    let expected = if missing > 0 { Verdict::Linked } else { Verdict::Free };
    assert_eq!(timed(&atoms, &sets).0, [expected, Verdict::Free, Verdict::Linked]);
}

#[test]
fn beyond_the_bounds_what_is_new_is_hidden() {
    let far: RoaringBitmap = (atoms::MOST_MEMBERS..atoms::MOST_MEMBERS + 50).collect();
    assert_eq!(timed(&Atoms::default(), &[far]).0, [Verdict::Bound]);
}

#[test]
fn persons_with_rows_in_several_classes_count_once() {
    // Rows 0..40 are of eight persons, five each: that is not ten persons, by however many rows.
    let owners: Vec<u32> = (0..40).map(|row| row / 5).chain(100..200).collect();
    let mut atoms = Atoms::default();
    atoms.add(&(0..140).collect(), &[]).unwrap();
    let less: RoaringBitmap = (40..140).collect();
    let new = [New { members: &less, layers: &[], persons: 100 }];
    let field = Field::drawn(&[1; 32]);
    assert_eq!(judge(&atoms, &new, 10, Some(&owners), field), [Verdict::Linked]);
    assert_eq!(judge(&atoms, &new, 8, Some(&owners), field), [Verdict::Free]);
}

#[test]
fn persons_with_rows_everywhere_are_not_spanning_again_and_again() {
    // Nine persons, each with a row in the first set alone, in the second alone, and in both.
    let owners: Vec<u32> = (0..27).map(|row| row % 9).collect();
    let sets: [RoaringBitmap; 2] = [(0..9).chain(18..27).collect(), (9..27).collect()];
    let new: Vec<New<'_>> = sets.iter().map(|s| New { members: s, layers: &[], persons: 9 }).collect();
    let judged = |least| judge(&Atoms::default(), &new, least, Some(&owners), Field::drawn(&[1; 32]));
    assert_eq!(judged(10), [Verdict::Linked; 2]);
    assert_eq!(judged(9), [Verdict::Free; 2]);
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
