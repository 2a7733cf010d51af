pub(super) mod naive;

use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use yinshu_origin::DefectKind;
use yinshu_origin::truth::{Planted, Truth};

fn small(seed: u64) -> (tempfile::TempDir, Generated) {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings { seed, ..Settings::new(Profile::Small) };
    let made = generate(folder.path(), &settings, &mut |_, _| {}).expect("a scenario");
    (folder, made)
}

fn truth(made: &Generated) -> Vec<Planted> {
    let text = std::fs::read_to_string(&made.truth).expect("truth.json");
    serde_json::from_str::<Truth>(&text).expect("the schema").defects
}

fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                found.insert(name, std::fs::read(path).expect("a file"));
            }
        }
    }
    found
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_nothing_else_lies_about() {
    let (one, _) = small(7);
    let (two, _) = small(7);
    let (other, _) = small(8);
    let files = bytes(one.path());
    assert_eq!(files.len(), 7, "{:?}", files.keys());
    assert!(files == bytes(two.path()));
    assert_ne!(files["source.csv"], bytes(other.path())["source.csv"]);
}

#[test]
fn sizes_are_those_of_the_profile() {
    let (_folder, made) = small(DEFAULT_SEED);
    assert_eq!(made.rows, Rows { source: 48_000, returned: 4_800, residents: 4_300 });
    let source = naive::read(&made.source, 0);
    assert_eq!(source.len(), 48_000);
    let returned: usize = made.returned.iter().map(|path| naive::read(path, 0).len()).sum();
    assert_eq!(returned, 4_800);
    let residents = naive::read(&made.residents, 2);
    assert_eq!(residents.len(), 4_301);
    assert_eq!(residents.last().expect("a total row")[0], "合计");
    assert_eq!(made.period_end - made.period_start, jiff::Span::new().days(364).fieldwise());
}

#[test]
fn nobody_can_be_real_and_nobody_is_twice() {
    let (_folder, made) = small(DEFAULT_SEED);
    let mut keys = BTreeSet::new();
    let mut other_sex = 0;
    for row in naive::read(&made.source, 0) {
        let key = naive::key(&row[0]).expect("a valid key at the source");
        assert_eq!(key, row[0], "the source is clean");
        assert!(key.starts_with("99") && !key.ends_with("000"), "{key}");
        other_sex += usize::from(key.as_bytes()[16] % 2 != row[2].as_bytes()[0] % 2);
        assert!(keys.insert(key), "{row:?} is there twice");
    }
    assert_eq!(other_sex, 3, "only those the source changed after the cut");
}

#[test]
fn the_truth_is_what_a_naive_look_at_the_tables_finds() {
    for seed in [DEFAULT_SEED, 1, 2] {
        let (_folder, made) = small(seed);
        let planted: BTreeSet<Planted> = truth(&made).into_iter().collect();
        assert_eq!(planted.len(), truth(&made).len(), "seed {seed}: nothing is planted twice");
        let found = naive::defects(&made);
        let count = Planted::count(made.count_offset.division.clone(), made.count_offset.day.to_string());
        let expected: BTreeSet<Planted> = planted.iter().filter(|one| **one != count).cloned().collect();
        assert_eq!(expected.len() + 1, planted.len());
        let missed: Vec<_> = expected.difference(&found).collect();
        let invented: Vec<_> = found.difference(&expected).collect();
        assert!(missed.is_empty() && invented.is_empty(), "seed {seed}: {missed:?} {invented:?}");
    }
}

#[test]
fn defects_come_at_the_rates_of_the_scenario() {
    let (_folder, made) = small(DEFAULT_SEED);
    let mut counts: BTreeMap<DefectKind, usize> = BTreeMap::new();
    for planted in truth(&made) {
        *counts.entry(planted.kind).or_default() += 1;
    }
    let expected = [
        (DefectKind::CountMismatch, 1),
        (DefectKind::MissingResident, 173),
        (DefectKind::SurplusRow, 72),
        (DefectKind::SurplusColumn, 2),
        (DefectKind::DuplicateRow, 29),
        (DefectKind::DuplicateKey, 29),
        (DefectKind::BirthMismatch, 24),
        (DefectKind::InvalidKey, 37),
        (DefectKind::FieldDiffersLocal, 57),
        (DefectKind::FieldDiffersSource, 62),
        (DefectKind::StaleFile, 1),
        (DefectKind::GoneFromSource, 38),
    ];
    assert_eq!(counts, expected.into_iter().collect());
}

#[test]
fn the_old_code_lost_about_eleven_in_a_hundred_of_the_merged_town() {
    let (_folder, made) = small(DEFAULT_SEED);
    let at_source = naive::read(&made.source, 0);
    let of = |code: &str| at_source.iter().filter(|row| row[4] == code).count() as f64;
    let lost = of(MERGED.0) / (of(MERGED.0) + of(MERGED.1));
    assert!((0.10..0.12).contains(&lost), "{lost}");
    let returned: Vec<_> = made.returned.iter().flat_map(|path| naive::read(path, 0)).collect();
    assert!(returned.iter().all(|row| row[4] != MERGED.0));
    let on_the_last_day = |row: &&Vec<String>| {
        row[4] == made.count_offset.division && row[9].starts_with(&made.count_offset.day.to_string())
    };
    assert!(returned.iter().filter(on_the_last_day).count() > 50);
}

#[test]
fn noise_comes_at_the_rates_of_the_catalogue() {
    let (_folder, made) = small(DEFAULT_SEED);
    let rows: Vec<_> = made.returned.iter().flat_map(|path| naive::read(path, 0)).collect();
    let share = |test: &dyn Fn(&Vec<String>) -> bool| {
        rows.iter().filter(|row| test(row)).count() as f64 / rows.len() as f64
    };
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let old = share(&|row| digits(&row[0], 15));
    assert!((0.005..0.03).contains(&old), "R01 {old}");
    let odd = share(&|row| naive::key(&row[0]).is_some_and(|key| key != row[0]) && !digits(&row[0], 15));
    assert!((0.03..0.05).contains(&odd), "R02, R03 {odd}");
    let lost =
        share(&|row| row[0].ends_with("E+17") || (row[0].ends_with("000") && naive::key(&row[0]).is_none()));
    assert!((0.0025..0.0035).contains(&lost), "R04 {lost}");
    let dotted: Vec<_> = rows.iter().filter(|row| naive::name(&row[1]).contains('\u{B7}')).collect();
    let other = dotted.iter().filter(|row| !row[1].contains('\u{B7}')).count() as f64 / dotted.len() as f64;
    assert!(dotted.len() > 100 && (0.01..0.15).contains(&other), "R07 {other} of {}", dotted.len());
    assert!(share(&|row| row[3].contains('年')) > 0.002, "R10");
    assert!(share(&|row| digits(&row[3], 5)) > 0.002, "R10, Excel's serial numbers");
    assert!(share(&|row| ["NULL", "\\N", "无", "-", "/", " "].contains(&row[8].as_str())) > 0.05, "R17");
    let raw: Vec<u8> = made.returned.iter().flat_map(|path| std::fs::read(path).expect("a file")).collect();
    assert!(std::str::from_utf8(&raw).is_err());
    assert!(std::fs::read(&made.residents).expect("a file").starts_with("\u{FEFF}".as_bytes()));
}

#[test]
fn progress_ends_at_the_whole_and_a_bad_period_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut heard = Vec::new();
    let settings = Settings::new(Profile::Small);
    generate(folder.path(), &settings, &mut |done, of| heard.push((done, of))).expect("a scenario");
    assert!(heard.len() > 5 && heard.is_sorted());
    assert_eq!(heard.last().map(|(done, _)| done), heard.last().map(|(_, of)| of));

    let settings = Settings { period_end: jiff::civil::date(1999, 12, 31), ..settings };
    let refused = generate(folder.path(), &settings, &mut |_, _| {}).expect_err("before 2000");
    assert_eq!(refused.code(), 1902);
    let file = folder.path().join("truth.json");
    let refused = generate(&file, &Settings::new(Profile::Small), &mut |_, _| {}).expect_err("a file");
    assert_eq!(refused.code(), 1901);
}

#[test]
fn larger_profiles_are_the_small_one_multiplied() {
    let mut dice = dice::Dice::new(3);
    let mut plan = plan::Plan::new(Profile::County.factor());
    let total = plan.left();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    while let Some(role) = plan.next(&mut dice) {
        *counts.entry(format!("{:?}", role.plant)).or_default() += 1;
    }
    assert_eq!(total, counts.values().sum::<u32>());
    assert_eq!((counts["OldCode"], counts["Surplus"], counts["Gone"]), (1_390, 720, 380));
}
