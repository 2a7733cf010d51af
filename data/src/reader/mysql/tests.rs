//! Against a real server when `YINSHU_TEST_MYSQL` holds a URL, such as `mysql://reader:…@127.0.0.1:53306/mysql`. A
//! throw-away server: `mariadb-install-db --datadir=my --auth-root-authentication-method=normal`, then `mariadbd
//! --datadir=my --port=53306 --bind-address=127.0.0.1 --socket=my.sock`. Passed so against MariaDB 10.11 on loopback.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use mysql::Value;
use mysql::consts::ColumnType;

use super::text;
use crate::error::DataError;
use crate::reader::{RawBatch, open};
use crate::source::Source;

fn server() -> Option<String> {
    let url = std::env::var("YINSHU_TEST_MYSQL").ok();
    if url.is_none() {
        println!("skipped: YINSHU_TEST_MYSQL is not set");
    }
    url
}

fn cell(raw: &RawBatch, column: usize, row: usize) -> Option<&str> {
    let texts = raw.batch.column(column).as_string::<i32>();
    (!texts.is_null(row)).then(|| texts.value(row))
}

fn drain(source: &Source) -> Result<u64, DataError> {
    let mut reader = open(source)?;
    while reader.next_batch()?.is_some() {}
    Ok(reader.found().rows)
}

#[test]
fn values_have_their_text() {
    let plain = ColumnType::MYSQL_TYPE_VAR_STRING;
    for (value, kind, expected) in [
        (Value::NULL, plain, None),
        (Value::Bytes("王".into()), plain, Some("王")),
        (Value::Bytes(vec![0xFF, 0]), plain, Some("0xff00")),
        (Value::Bytes(vec![1, 0]), ColumnType::MYSQL_TYPE_BIT, Some("256")),
        (Value::Int(-3), plain, Some("-3")),
        (Value::Float(0.1), plain, Some("0.1")),
        (Value::Date(1990, 3, 7, 0, 0, 0, 0), ColumnType::MYSQL_TYPE_DATE, Some("1990-03-07")),
        (
            Value::Date(1990, 3, 7, 0, 0, 0, 5),
            ColumnType::MYSQL_TYPE_DATETIME,
            Some("1990-03-07 00:00:00.000005"),
        ),
        (Value::Time(true, 1, 2, 3, 4, 0), ColumnType::MYSQL_TYPE_TIME, Some("-26:03:04")),
    ] {
        assert_eq!(text(value, kind).map(|t| String::from_utf8(t).unwrap()).as_deref(), expected);
    }
}

#[test]
fn rows_come_as_text() {
    let Some(url) = server() else { return };
    let query = "SELECT 1 AS n, '王·小' AS 姓名, NULL AS none, DATE '1990-03-07' AS d,
        TIMESTAMP '2026-10-01 08:15:30' AS ts, CAST(10.50 AS DECIMAL(10,2)) AS m, CAST(0.1 AS DOUBLE) AS f,
        TIME '26:03:04' AS t;";
    let mut reader = open(&Source::mysql(url, query)).unwrap();
    assert_eq!(reader.columns()[..2], ["n", "姓名"]);
    let raw = reader.next_batch().unwrap().unwrap();
    let texts: Vec<Option<&str>> = (0..8).map(|i| cell(&raw, i, 0)).collect();
    let expected =
        ["1", "王·小", "", "1990-03-07", "2026-10-01 08:15:30", "10.50", "0.1", "26:03:04"].map(Some);
    assert_eq!(texts, expected.map(|text| text.filter(|text| !text.is_empty())));
    assert!(reader.next_batch().unwrap().is_none());
}

#[test]
fn many_rows_limits_and_giving_up() {
    let Some(url) = server() else { return };
    let query = "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 900)
        SELECT (a.i - 1) * 900 + b.i AS i FROM s a, s b LIMIT 100000";
    let mut source = Source::mysql(url, query);
    assert_eq!(drain(&source).unwrap(), 100_000);
    let mut reader = open(&source).unwrap();
    assert_eq!(reader.next_batch().unwrap().unwrap().row_numbers[0], 1);
    drop(reader);
    source.max_rows = Some(100_000);
    assert_eq!(drain(&source).unwrap(), 100_000);
    source.max_rows = Some(99_999);
    assert_eq!(drain(&source).unwrap_err(), DataError::RowLimit { limit: 99_999 });
}

#[test]
fn the_server_sees_who_reads_and_lets_nothing_be_written() {
    let Some(url) = server() else { return };
    let query = "SELECT info FROM information_schema.processlist WHERE id = connection_id()";
    let raw = open(&Source::mysql(url.clone(), query)).unwrap().next_batch().unwrap().unwrap();
    assert!(cell(&raw, 0, 0).unwrap().starts_with("/* yinshu */"));
    let error = drain(&Source::mysql(url.clone(), "SELECT * FROM no_such_table")).unwrap_err();
    assert!(matches!(&error, DataError::Query { reason, .. } if reason.contains("1146")), "{error}");
    let mut slow = Source::mysql(
        url,
        "SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c",
    );
    slow.timeout_seconds = Some(1);
    assert_eq!(drain(&slow).unwrap_err().code(), 2024);
}

#[test]
fn connection_strings() {
    for (url, expected) in [
        ("mysql://u:hunter2@127.0.0.1/d?require_ssl=true", 2022),
        ("mysql://u:hunter2@127.0.0.1/d?ssl-mode=REQUIRED", 2022),
        ("mysql://u:hunter2@127.0.0.1/d?hunter=1", 2021),
        ("hunter2", 2021),
        ("mysql://u:hunter2@127.0.0.1:1/d", 2023),
    ] {
        let error = open(&Source::mysql(url, "SELECT 1")).err().unwrap();
        assert_eq!(error.code(), expected, "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
