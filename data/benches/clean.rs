//! Rows cleaned per second on one core: scenario S1's table of ten columns, as it should be and with the usual dirt.
//!
//! `cargo bench -p yinshu-data --bench clean`; divan's `item/s` is rows per second. `read_and_clean` starts from the
//! bytes of a GB18030 CSV file, the others from batches that are read already.

use std::fmt::Write as _;
use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
use yinshu_data::clean::Duplicates;
use yinshu_data::ident::citizen::check_character;
use yinshu_data::reader::open_csv_bytes;
use yinshu_data::{Cleaner, ColumnKind, ColumnSpec, RawBatch, Source, TableReader, TableSpec};

const ROWS: usize = 200_000;
const COLUMNS: [(&str, ColumnKind); 10] = [
    ("aac002", ColumnKind::CitizenId),
    ("aac003", ColumnKind::Name),
    ("aac004", ColumnKind::Sex),
    ("aac006", ColumnKind::Date),
    ("aab301", ColumnKind::Division),
    ("aae140", ColumnKind::Code),
    ("aac008", ColumnKind::Text),
    ("aae041", ColumnKind::Month),
    ("aae042", ColumnKind::Month),
    ("gxsj", ColumnKind::Timestamp),
];

fn main() {
    divan::main();
}

fn spec() -> TableSpec {
    let mut columns: Vec<ColumnSpec> =
        COLUMNS.iter().map(|(name, kind)| ColumnSpec::new(name, *kind)).collect();
    columns[0].required = true;
    columns[3].birth_of = Some("aac002".to_owned());
    TableSpec { test_region: true, ..TableSpec::new(columns) }
}

/// One row in `dirt` per mille has each of the usual defects (0: the table is canonical).
fn table(dirt: usize) -> String {
    let mut text = COLUMNS.map(|(name, _)| name).join(",") + "\r\n";
    for i in 0..ROWS {
        let hit = |salt: usize, rate: usize| (i * 7919 + salt * 104_729) % 1000 < rate * dirt / 10;
        let (year, month, day) = (1950 + i % 60, i / 60 % 12 + 1, i % 28 + 1);
        let first_17 = format!("9901{:02}{year}{month:02}{day:02}{:03}", i % 12, i % 998 + 1);
        let check = check_character(first_17.as_bytes().try_into().expect("17 digits")).expect("digits");
        let id = match () {
            () if hit(1, 8) => format!("{}{}", &first_17[..6], &first_17[8..]),
            () if hit(2, 40) => format!("{first_17}{}\t", char::from(check).to_ascii_lowercase()),
            () if hit(3, 3) => format!("{}000", &first_17[..15]),
            () if hit(4, 4) => String::new(),
            () => format!("{first_17}{}", char::from(check)),
        };
        let name = match () {
            () if hit(5, 10) => "买买提•吐尔逊",
            () if hit(6, 10) => "王芳（女）",
            () => ["王小明", "买买提·吐尔逊", "欧阳娜", "李强"][i % 4],
        };
        let sex = if hit(7, 500) { ["男", "女"][i % 2] } else { ["1", "2"][i % 2] };
        let birth = if hit(8, 300) {
            format!("{year}{month:02}{day:02}")
        } else {
            format!("{year}-{month:02}-{day:02}")
        };
        let start = if dirt > 0 { "201107" } else { "2011-07" };
        let _ = write!(text, "{id},{name},{sex},{birth},9901{:02},110,正常参保,{start},,", i % 12);
        let _ = write!(text, "2026-10-{day:02} 08:15:{:02}\r\n", i % 60);
    }
    text
}

fn reader(bytes: Vec<u8>) -> Box<dyn TableReader + Send> {
    open_csv_bytes(bytes, "bench.csv", &Source::default()).expect("it is a table")
}

fn batches(dirt: usize) -> (Vec<String>, Vec<RawBatch>) {
    let mut reader = reader(table(dirt).into_bytes());
    let columns = reader.columns().to_vec();
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch().expect("it is well formed") {
        batches.push(batch);
    }
    (columns, batches)
}

fn clean(bencher: Bencher, spec: &TableSpec, dirt: usize) {
    let (columns, batches) = batches(dirt);
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let mut cleaner = Cleaner::new(spec, &columns).expect("the columns are there");
        for batch in &batches {
            black_box(cleaner.clean(batch).expect("it is not garbled"));
        }
    });
}

#[divan::bench(sample_count = 20)]
fn canonical(bencher: Bencher) {
    clean(bencher, &spec(), 0);
}

#[divan::bench(sample_count = 20)]
fn dirty(bencher: Bencher) {
    clean(bencher, &spec(), 10);
}

/// Each column of the dirty table by itself.
#[divan::bench(sample_count = 20, args = COLUMNS.map(|(name, _)| name))]
fn dirty_column(bencher: Bencher, name: &str) {
    let mut spec = spec();
    spec.columns.retain(|column| column.name == name);
    spec.columns[0].birth_of = None;
    clean(bencher, &spec, 10);
}

#[divan::bench(sample_count = 10)]
fn read_and_clean(bencher: Bencher) {
    let bytes = encoding_rs::GB18030.encode(&table(10)).0.into_owned();
    bencher.counter(ItemsCount::new(ROWS)).with_inputs(|| bytes.clone()).bench_local_values(|bytes| {
        let mut reader = reader(bytes);
        let mut cleaner = Cleaner::new(&spec(), reader.columns()).expect("the columns are there");
        while let Some(batch) = reader.next_batch().expect("it is well formed") {
            black_box(cleaner.clean(&batch).expect("it is not garbled"));
        }
    });
}

#[divan::bench(sample_count = 10)]
fn duplicates(bencher: Bencher) {
    let (columns, batches) = batches(10);
    let mut cleaner = Cleaner::new(&spec(), &columns).expect("the columns are there");
    let cleaned: Vec<_> =
        batches.iter().map(|batch| cleaner.clean(batch).expect("it is not garbled")).collect();
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let mut duplicates =
            Duplicates::new(&COLUMNS.map(|(name, _)| name), &["aac002"], [1, 2]).expect("a key");
        for batch in &cleaned {
            duplicates.add(batch).expect("the same columns");
        }
        black_box(duplicates.finish())
    });
}
