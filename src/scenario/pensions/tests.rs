use super::super::tests::naive;
use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn made(profile: Profile, seed: u64) -> (tempfile::TempDir, Pensions, Truth) {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings { seed, ..Settings::new(profile) };
    let made = generate(folder.path(), &settings, &mut |_, _| {}).expect("a scenario");
    let truth = std::fs::read_to_string(&made.truth).expect("truth.json");
    (folder, made, serde_json::from_str(&truth).expect("the schema"))
}

/// Months since the beginning of our era.
fn months(date: &str) -> i32 {
    let mut parts = date.split('-').map(|part| part.parse::<i32>().expect("a number"));
    parts.next().expect("a year") * 12 + parts.next().expect("a month")
}

/// What comes out, by other code than made it.
fn naively(made: &Pensions) -> Truth {
    let mut earliest: BTreeMap<String, i32> = BTreeMap::new();
    let mut names: BTreeMap<(String, String), i32> = BTreeMap::new();
    let mut truth = Truth::default();
    let tables =
        [&made.paid, &made.cancelled, &made.cremated, &made.certified].map(|path| naive::read(path, 0));
    truth.rows = tables.each_ref().map(|rows| rows.len() as u64);
    let [paid, cancelled, cremated, certified] = tables;
    let least = |known: &mut i32, month: i32| *known = month.min(*known);
    let numbered = |row: &[String], date: usize| (naive::key(&row[0]), months(&naive::date(&row[date])));
    let firm = cancelled.iter().filter(|row| row[2] == "死亡").map(|row| numbered(row, 1));
    let firm = firm.chain(cremated.iter().map(|row| numbered(row, 3)));
    for (key, month) in firm.chain(certified.iter().map(|row| numbered(row, 1))) {
        if let Some(key) = key {
            least(earliest.entry(key).or_insert(month), month);
        }
    }
    for row in cremated.iter().filter(|row| naive::key(&row[0]).is_none()) {
        let month = months(&naive::date(&row[3]));
        least(names.entry((naive::name(&row[1]), naive::date(&row[2]))).or_insert(month), month);
        truth.without_number += 1;
    }
    let [mut persons, mut weaker] = [BTreeSet::new(), BTreeSet::new()];
    for row in &paid {
        let key = naive::key(&row[0]).expect("a number");
        let month = months(&format!("{}-{}", &row[2][..4], &row[2][4..]));
        let birth = format!("{}-{}-{}", &key[6..10], &key[10..12], &key[12..14]);
        if names.get(&(naive::name(&row[1]), birth)).is_some_and(|died| month > died + 1) {
            weaker.insert(key.clone());
        }
        if earliest.get(&key).is_some_and(|died| month > died + 1) {
            truth.payments += 1;
            truth.fen += row[3].replace('.', "").parse::<u64>().expect("an amount");
            persons.insert(key);
        }
    }
    truth.persons = persons.len() as u64;
    truth.weaker = weaker.difference(&persons).count() as u64;
    truth
}

#[test]
fn the_truth_is_what_a_naive_look_at_the_tables_finds() {
    for seed in [super::super::DEFAULT_SEED, 1, 2] {
        let (_folder, made, truth) = made(Profile::Small, seed);
        assert_eq!(truth, naively(&made), "seed {seed}");
        assert_eq!((truth.persons, truth.without_number), (31, 34));
        assert!(truth.weaker >= 14 && truth.payments > truth.persons);
    }
}

#[test]
fn the_tables_are_as_dirty_as_the_scenario_says() {
    let (folder, made, truth) = made(Profile::Small, 9);
    for (rows, usual) in truth.rows.into_iter().zip([70_000, 550, 480, 510]) {
        assert!(rows.abs_diff(usual) * 20 < usual, "{rows} for {usual}");
    }
    let cremated = naive::read(&made.cremated, 0);
    let old = cremated.iter().filter(|row| row[0].len() == 15).count();
    assert!((100..200).contains(&old), "{old} of fifteen digits");
    let keys = |rows: &[Vec<String>]| rows.iter().filter_map(|row| naive::key(&row[0])).collect::<Vec<_>>();
    let certified = naive::read(&made.certified, 0);
    let all = keys(&certified);
    assert!(all.len() > all.iter().collect::<BTreeSet<_>>().len(), "some come twice");
    let by_key = |rows: &[Vec<String>], date: usize| -> BTreeMap<String, i32> {
        rows.iter().filter_map(|row| Some((naive::key(&row[0])?, months(&naive::date(&row[date]))))).collect()
    };
    let (ours, theirs) = (by_key(&naive::read(&made.cancelled, 0), 1), by_key(&certified, 1));
    let differing = ours.iter().filter(|(key, month)| theirs.get(*key).is_some_and(|other| other != *month));
    assert!(differing.count() > 50, "different dates by source");
    assert!(std::str::from_utf8(&std::fs::read(&made.cancelled).expect("a table")).is_err());
    let again = generate(
        folder.path().join("again").as_path(),
        &Settings { seed: 9, ..Settings::new(Profile::Small) },
        &mut |_, _| {},
    );
    let again = again.expect("a scenario");
    assert_eq!(std::fs::read(&made.paid).expect("a table"), std::fs::read(&again.paid).expect("a table"));
}
