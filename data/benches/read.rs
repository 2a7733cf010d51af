//! Rows read per second from a CSV file of ten columns (about 110 bytes a row), by encoding and dialect.
//!
//! `cargo bench -p yinshu-data --bench read`; divan's `item/s` is rows per second on one core.
//! Measured on a 1 GB file of this table in GB18030 (10 million rows, one core of a shared 2-core machine): 4.1 million
//! rows/s, peak memory 11 MB.

use std::fmt::Write as _;
use std::hint::black_box;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use yinshu_data::Source;
use yinshu_data::reader::open_csv_bytes;

const ROWS: usize = 200_000;

fn main() {
    divan::main();
}

/// Residents insured, as a provincial system exports them; `quoted` puts every field in quotes.
fn table(quoted: bool) -> String {
    let mut text = String::from("aac002,aac003,aac004,aac006,aab301,aae140,aac008,aae041,aae042,gxsj\r\n");
    for i in 0..ROWS {
        let (day, name) = (i % 28 + 1, ["王小明", "买买提·吐尔逊", "欧阳娜", "李强"][i % 4]);
        let year = 1950 + i % 60;
        let fields = [
            format!("990101{year}07{day:02}{:04}", i % 10_000),
            name.to_owned(),
            (i % 2 + 1).to_string(),
            format!("{year}-07-{day:02}"),
            format!("9901{:02}", i % 12),
            "城乡居民基本养老保险".to_owned(),
            "正常参保".to_owned(),
            "201107".to_owned(),
            String::new(),
            format!("2026-10-{day:02} 08:15:{:02}", i % 60),
        ];
        for (j, field) in fields.iter().enumerate() {
            let comma = if j == 0 { "" } else { "," };
            let _ = if quoted { write!(text, "{comma}\"{field}\"") } else { write!(text, "{comma}{field}") };
        }
        text.push_str("\r\n");
    }
    text
}

fn read(bencher: Bencher, bytes: &[u8]) {
    bencher
        .counter(ItemsCount::new(ROWS))
        .counter(BytesCount::new(bytes.len()))
        .with_inputs(|| bytes.to_vec())
        .bench_values(|bytes| {
            let mut reader = open_csv_bytes(bytes, "bench.csv", &Source::default()).expect("it is a table");
            let mut rows = 0;
            while let Some(batch) = reader.next_batch().expect("it is well formed") {
                rows += black_box(batch).row_numbers.len();
            }
            assert_eq!(rows, ROWS);
        });
}

#[divan::bench(sample_count = 10)]
fn gb18030(bencher: Bencher) {
    read(bencher, &encoding_rs::GB18030.encode(&table(false)).0);
}

#[divan::bench(sample_count = 10)]
fn gb18030_quoted(bencher: Bencher) {
    read(bencher, &encoding_rs::GB18030.encode(&table(true)).0);
}

#[divan::bench(sample_count = 10)]
fn utf8(bencher: Bencher) {
    read(bencher, &table(false).into_bytes());
}
