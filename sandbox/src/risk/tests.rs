//! The estimate against counting by hand, against a population that is known, and who sees it.

use super::*;
use crate::engine::register;
use crate::world::{DATASET, POLICY, World};
use rand::{RngExt as _, SeedableRng as _};
use std::collections::{BTreeMap, BTreeSet};

async fn found(world: &World) -> Estimate {
    let registered = register(&world.dataset, world.folder.path(), [7; 32]).await.unwrap();
    estimate(&world.policy, &world.dataset, &registered).await.unwrap()
}

/// A person by the columns of residents and homes, in the order of the files, rows in any order.
type Person = (Vec<Vec<String>>, Vec<Vec<String>>);

/// The lines of a file without its head, as cells.
fn lines(world: &World, file: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(world.folder.path().join(file)).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// Everybody by the given columns of both tables.
fn people(world: &World, residents: &[usize], homes: &[usize]) -> Vec<Person> {
    let mut all: BTreeMap<String, Person> = BTreeMap::new();
    let some = |cells: &[String], of: &[usize]| of.iter().map(|at| cells[*at].clone()).collect::<Vec<_>>();
    for cells in lines(world, "residents.csv") {
        all.entry(cells[0].clone()).or_default().0.push(some(&cells, residents));
    }
    for cells in lines(world, "homes.csv") {
        let rows = &mut all.entry(cells[0].clone()).or_default().1;
        if !homes.is_empty() {
            rows.push(some(&cells, homes));
        }
        rows.sort();
    }
    all.into_values().collect()
}

fn sizes(people: &[Person]) -> Vec<usize> {
    let mut classes: BTreeMap<&Person, usize> = BTreeMap::new();
    people.iter().for_each(|person| *classes.entry(person).or_default() += 1);
    people.iter().map(|person| classes[person]).collect()
}

fn share(sizes: &[usize], below: usize) -> f64 {
    sizes.iter().filter(|size| **size < below).count() as f64 / sizes.len() as f64
}

/// A policy of few, coarse columns: classes of many sizes.
fn coarse(columns: &str) -> String {
    let head = POLICY.split("[[grant]]").next().unwrap();
    format!(
        "{head}[[grant]]\ntable = \"residents\"\n{columns}\n[[grant]]\ntable = \"homes\"\ncolumns = {{ use_of = \"group-key\", area = \"aggregate\" }}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn classes_are_those_that_counting_finds() {
    for seed in [1, 2, 3] {
        let mut world = World::new(seed);
        let columns = "columns = { town = \"group-key\", insured = \"compare\", wage = \"aggregate\" }";
        world.policy = Policy::parse(&coarse(columns)).unwrap();
        let found = found(&world).await;
        // town and insured, and the uses of all homes of somebody.
        let all = sizes(&people(&world, &[1, 5], &[2]));
        assert_eq!(found.persons, all.len() as u64);
        assert_eq!(found.least, *all.iter().min().unwrap() as u64);
        assert!((found.unique - share(&all, 2)).abs() < 1e-12);
        for (size, below) in &found.below {
            assert!((below - share(&all, *size as usize)).abs() < 1e-12, "{size}");
        }
        let mean = all.iter().map(|size| 1.0 / *size as f64).sum::<f64>() / all.len() as f64;
        assert!((found.prosecutor.mean - mean).abs() < 1e-12 && (found.marketer - mean).abs() < 1e-12);
        assert!((found.prosecutor.most - 1.0 / found.least as f64).abs() < 1e-12);
        assert_eq!((found.journalist, found.population_unique), (found.prosecutor, None));
        let without: BTreeMap<&str, f64> =
            found.columns.iter().map(|column| (&*column.column, column.unique_without)).collect();
        let expected = [
            ("residents.town", people(&world, &[5], &[2])),
            ("residents.insured", people(&world, &[1], &[2])),
            ("homes.use_of", people(&world, &[1, 5], &[])),
        ];
        assert_eq!(without.len(), expected.len());
        for (column, people) in expected {
            assert!((without[column] - share(&sizes(&people), 2)).abs() < 1e-12, "{column}");
        }
        assert!(found.columns.is_sorted_by(|a, b| a.unique_without <= b.unique_without));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_not_granted_and_what_masks_hide_find_nobody() {
    let mut world = World::new(4);
    let day = "columns = { born = \"group-key\" }";
    let mut unique = Vec::new();
    for more in ["", "masks = { born = \"year\" }", "masks = { born = \"decade\" }", "rows = \"insured = 2\""]
    {
        world.policy =
            Policy::parse(&coarse(&format!("{day}\n{more}")).replace("use_of = \"group-key\", ", ""))
                .unwrap();
        let found = found(&world).await;
        unique.push((found.persons, found.unique));
    }
    assert!(unique[0].1 > unique[1].1 && unique[1].1 > unique[2].1, "{unique:?}");
    // Of residents there is nobody then; owners of homes have nothing by which they are found.
    assert_eq!(unique[3].1, 0.0);
    assert!(unique[3].0 < unique[0].0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sensitive_values_are_looked_at_within_classes() {
    let mut world = World::new(5);
    let described = DATASET.replace("name = \"insured\",", "name = \"insured\", level = \"敏感\",");
    std::fs::write(world.folder.path().join("dataset.toml"), described).unwrap();
    world.dataset = Dataset::read(&world.folder.path().join("dataset.toml")).unwrap();
    let columns = "columns = { town = \"group-key\", age = \"compare\", insured = \"aggregate\" }";
    world.policy = Policy::parse(&coarse(columns).replace("use_of = \"group-key\", ", "")).unwrap();
    let found = found(&world).await;
    let mut classes: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for cells in lines(&world, "residents.csv") {
        classes.entry((cells[1].clone(), cells[2].clone())).or_default().push(cells[5].clone());
    }
    let alike = |values: &&Vec<String>| values.iter().collect::<BTreeSet<_>>().len() == 1;
    let persons: usize = classes.values().filter(alike).map(Vec::len).sum();
    let all: usize = classes.values().map(Vec::len).sum();
    let [only] = &found.diversity[..] else { panic!("{found:?}") };
    assert_eq!((&*only.column, only.least), ("residents.insured", 1));
    assert!((only.alike - persons as f64 / all as f64).abs() < 1e-12 && persons > 0);
}

#[test]
fn of_a_sample_the_population_is_estimated() {
    let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(11);
    println!("seed 11");
    for share in [0.1f64, 0.3, 0.7] {
        // Of classes of h there are as many as 1/h says, which is what both estimates take it to be.
        let sizes =
            (1..=300u64).flat_map(|size| std::iter::repeat_n(size, 3000 / usize::try_from(size).unwrap()));
        let population: Vec<u64> =
            (0..).zip(sizes).flat_map(|(key, size)| (0..size).map(move |_| key)).collect();
        let mut whole: BTreeMap<u64, u64> = BTreeMap::new();
        population.iter().for_each(|key| *whole.entry(*key).or_default() += 1);
        let sample: Vec<u64> = population.iter().copied().filter(|_| dice.random_bool(share)).collect();
        let mut some: BTreeMap<u64, u64> = BTreeMap::new();
        sample.iter().for_each(|key| *some.entry(*key).or_default() += 1);
        let unique: Vec<u64> = some.iter().filter(|(_, size)| **size == 1).map(|(key, _)| *key).collect();
        let truly = unique.iter().filter(|key| whole[key] == 1).count() as f64 / unique.len() as f64;
        let classes = Classes::of(sample.iter().map(|key| mixed(*key)).collect());
        let estimate = classes.unique_in_population(share);
        assert!((estimate - truly).abs() < 0.1, "{share}: {estimate} {truly}");
        let marketer = sample.iter().map(|key| 1.0 / whole[key] as f64).sum::<f64>() / sample.len() as f64;
        let risk = classes.risk(share);
        assert!((risk.mean - marketer).abs() < 0.02, "{share}: {} {marketer}", risk.mean);
        assert!(risk.mean < classes.risk(1.0).mean && risk.most <= classes.risk(1.0).most);
    }
}

#[test]
fn the_chance_of_one_is_the_mean_of_the_negative_binomial() {
    for share in [0.05f64, 0.2, 0.5, 0.9] {
        for size in 1..=3u64 {
            let classes = Classes::of((0..size).map(|_| 9).collect());
            // The sum of (1/h) C(h-1, f-1) p^f q^(h-f).
            let (mut term, mut mean) = (share.powi(i32::try_from(size).unwrap()), 0.0);
            for h in size..20_000 {
                mean += term / h as f64;
                term *= h as f64 / (h + 1 - size) as f64 * (1.0 - share);
            }
            let within = if size < 3 { 1e-9 } else { 0.02 };
            assert!((classes.risk(share).most - mean).abs() < within, "{share} {size}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: cargo test --release -p yinshu-sandbox --lib risk -- --ignored --nocapture"]
async fn a_million_rows_take_seconds() {
    use std::fmt::Write as _;
    let mut dice = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    let mut text = "id,town,age,wage,born,insured\n".to_owned();
    let towns = ["城东", "城西", "Old Town", "new town"];
    for n in 0..1_000_000u32 {
        let (town, age) = (towns[dice.random_range(0..4)], dice.random_range(0..100));
        let born = crate::answer::date(dice.random_range(-20_000..20_000));
        writeln!(text, "P{n:09},{town},{age},{},{born},{}", dice.random_range(0..9000), n % 2).unwrap();
    }
    let mut world = World::of([text, "owner,area,use_of\n".to_owned()]);
    let described = DATASET.replace("citizen-id", "code");
    std::fs::write(world.folder.path().join("dataset.toml"), described).unwrap();
    world.dataset = Dataset::read(&world.folder.path().join("dataset.toml")).unwrap();
    let registered = register(&world.dataset, world.folder.path(), [7; 32]).await.unwrap();
    let began = std::time::Instant::now();
    let found = estimate(&world.policy, &world.dataset, &registered).await.unwrap();
    println!("{:?}: {} unique of {}", began.elapsed(), found.unique, found.persons);
}
