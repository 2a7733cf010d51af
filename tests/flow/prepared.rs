//! `psi run` over sets that were prepared beforehand: the same result as over the tables.

use super::people::{id, keys};
use super::world::World;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use yinshu_crypto::hash::Digest;
use yinshu_data::clean::CleanReport;
use yinshu_data::prepared::{MANIFEST, Manifest, Part, VERSION};
use yinshu_data::table::{ColumnKind, ColumnSpec, TableSpec};

/// What `yinshu-joint prepare` would write of these keys, by these rules.
fn prepare(folder: &Path, rules: TableSpec, keys: &[String]) {
    fs::create_dir_all(folder).expect("a folder");
    let part = |(number, keys): (usize, &[String])| {
        let array: ArrayRef = Arc::new(StringArray::from_iter_values(keys));
        let batch = RecordBatch::try_from_iter([("id", array)]).expect("a batch");
        let file = format!("part-{number:05}.parquet");
        let mut writer =
            parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("written");
        let bytes = writer.into_inner().expect("bytes");
        fs::write(folder.join(&file), &bytes).expect("written");
        Part { file, keys: keys.len() as u64, sha256: Digest::sha256(&bytes).to_string() }
    };
    let rows = keys.len() as u64;
    let report = CleanReport {
        files: 2,
        rows_in: rows + 7,
        rows_out: rows + 4,
        rows_rejected: 3,
        ..Default::default()
    };
    let parts = keys.chunks(keys.len() / 2 + 1).enumerate().map(part).collect();
    let manifest = Manifest { version: VERSION, column: "id".into(), rules, keys: rows, parts, report };
    fs::write(folder.join(MANIFEST), serde_json::to_vec(&manifest).expect("JSON")).expect("written");
}

fn rules(world: &World) -> TableSpec {
    let contract: toml::Table = toml::from_str(&world.read("county/contracts/psi.toml")).expect("a contract");
    contract["data"]["table"].clone().try_into().expect("a table")
}

/// The recipient has one column of its own, of the contract's kind.
fn own(world: &World) -> TableSpec {
    TableSpec { columns: vec![ColumnSpec::new("id", ColumnKind::CitizenId).required()], ..rules(world) }
}

fn shared(world: &World) -> BTreeSet<String> {
    let text = world.read("county/shared.csv");
    text.trim_start_matches('\u{feff}').lines().skip(1).map(ToString::to_string).collect()
}

fn all(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(id).collect()
}

/// Both sides bring prepared sets, in memory or divided on disk.
fn both_prepared(partitioned: bool) {
    let world = World::new();
    if partitioned {
        world.resign("psi.toml", &["province", "county"], |text| {
            text.replace("[psi]\n", "[psi]\npartitioned = true\n")
        });
    }
    prepare(&world.path("ready"), own(&world), &all(20..60));
    prepare(&world.path("province/data/ready"), rules(&world), &all(0..40));
    fs::remove_file(world.path("keys.csv")).expect("removed");
    world.edit("province/yinshu.toml", |text| text.replace("data/keys.csv", "data/ready"));
    let _province = world.serve();
    let args =
        ["psi", "run", "--contract", "county/contracts/psi.toml", "--input", "ready", "--column", "id"];
    let json = world.of("county", &[&args[..], &["--out", "county/shared.csv"]].concat()).exits(0).json();
    assert_eq!(shared(&world), all(20..40).into_iter().collect());
    assert_eq!((&json["rows"], &json["unusable"], &json["own"]), (&47.into(), &3.into(), &40.into()));
    let answer = world.recorded_soon("province", "session.answer", "ok");
    assert_eq!(answer.content.contains("partitions"), partitioned, "{}", answer.content);
}

#[test]
fn both_sides_may_bring_prepared_sets() {
    both_prepared(false);
}

#[test]
fn prepared_sets_are_divided_on_disk_too() {
    both_prepared(true);
}

#[test]
fn a_set_prepared_by_other_rules_is_refused() {
    let world = World::new();
    let other = TableSpec { null_words: vec!["待补".into()], ..own(&world) };
    prepare(&world.path("ready"), other, &all(20..60));
    let args =
        ["psi", "run", "--contract", "county/contracts/psi.toml", "--input", "ready", "--column", "id"];
    world.of("county", &[&args[..], &["--out", "o.csv"]].concat()).fails(3, 2028);
    world.write("ready/prepared.json", "{}");
    world.of("county", &[&args[..], &["--out", "o.csv"]].concat()).fails(3, 2006);
    // A folder that is no prepared set is what it always was.
    fs::remove_file(world.path("ready/prepared.json")).expect("removed");
    world.of("county", &[&args[..], &["--out", "o.csv"]].concat()).fails(6, 2001);
    world.write("keys.csv", keys("id", all(20..60)));
}
