//! Against a real server when `YINSHU_TEST_POSTGRES` holds a connection string, such as
//! `host=127.0.0.1 port=55432 user=reader password=… dbname=postgres`; the account needs no more than CONNECT and
//! TEMPORARY is not used. A throw-away server: `initdb -D pg -U reader --pwfile pw -A scram-sha-256`, then
//! `postgres -D pg -p 55432 -k ''`. Passed so against PostgreSQL 15 on loopback.

use arrow_array::Array;
use arrow_array::cast::AsArray;

use crate::error::DataError;
use crate::reader::{RawBatch, open};
use crate::source::Source;

fn server() -> Option<String> {
    let dsn = std::env::var("YINSHU_TEST_POSTGRES").ok();
    if dsn.is_none() {
        println!("skipped: YINSHU_TEST_POSTGRES is not set");
    }
    dsn
}

fn cell(raw: &RawBatch, column: usize, row: usize) -> Option<&str> {
    let texts = raw.batch.column(column).as_string::<i32>();
    (!texts.is_null(row)).then(|| texts.value(row))
}

#[test]
fn every_type_has_its_text() {
    let Some(dsn) = server() else { return };
    let query = "SELECT 1::int AS n, '王·小'::text AS 姓名, NULL::text AS none, true AS yes, false AS no,
        DATE '1990-03-07' AS d, TIMESTAMP '2026-10-01 08:15:30' AS ts,
        TIMESTAMPTZ '2026-10-01 00:15:30+00' AS tz, 10.50::numeric AS m, '\\x00ff'::bytea AS b,
        ARRAY[1,2] AS a, 'aac'::char(5) AS c, 0.1::float8 AS f, '{\"k\":1}'::jsonb AS j; -- done";
    let mut reader = open(&Source::postgres(dsn, query)).unwrap();
    assert_eq!(reader.columns()[..2], ["n", "姓名"]);
    let raw = reader.next_batch().unwrap().unwrap();
    let texts: Vec<Option<&str>> = (0..raw.batch.num_columns()).map(|i| cell(&raw, i, 0)).collect();
    let expected = [
        "1",
        "王·小",
        "",
        "true",
        "false",
        "1990-03-07",
        "2026-10-01 08:15:30",
        "2026-10-01 08:15:30",
        "10.50",
        "\\x00ff",
        "{1,2}",
        "aac  ",
        "0.1",
        "{\"k\": 1}",
    ];
    assert_eq!(texts, expected.map(|text| Some(text).filter(|text| !text.is_empty())));
    assert!(reader.next_batch().unwrap().is_none());
}

#[test]
fn many_rows_come_in_order_and_the_limit_is_an_error() {
    let Some(dsn) = server() else { return };
    let query = "SELECT i, repeat('值', i % 50) AS t FROM generate_series(1, 60000) AS i";
    let mut source = Source::postgres(dsn, query);
    let mut reader = open(&source).unwrap();
    let (mut next, mut batches) = (1_u64, 0);
    while let Some(raw) = reader.next_batch().unwrap() {
        batches += 1;
        for (row, number) in raw.row_numbers.iter().enumerate() {
            assert_eq!((*number, cell(&raw, 0, row)), (next, Some(next.to_string().as_str())));
            next += 1;
        }
    }
    assert_eq!(next, 60_001);
    assert!(batches >= 8);
    source.max_rows = Some(60_000);
    assert!(drain(&source).is_ok());
    source.max_rows = Some(59_999);
    assert_eq!(drain(&source).unwrap_err(), DataError::RowLimit { limit: 59_999 });
}

fn drain(source: &Source) -> Result<u64, DataError> {
    let mut reader = open(source)?;
    while reader.next_batch()?.is_some() {}
    Ok(reader.found().rows)
}

#[test]
fn the_server_sees_who_reads_and_lets_nothing_be_written() {
    let Some(dsn) = server() else { return };
    let read = |query: &str| {
        let mut reader = open(&Source::postgres(dsn.clone(), query)).unwrap();
        let raw = reader.next_batch().unwrap().unwrap();
        cell(&raw, 0, 0).map(str::to_owned)
    };
    let name = "SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    assert_eq!(read(name).as_deref(), Some("yinshu"));
    assert_eq!(read("SELECT current_setting('transaction_read_only')").as_deref(), Some("on"));
    let mut named = Source::postgres(dsn.clone(), name);
    named.application_name = Some("yinshu-county-7".to_owned());
    let raw = open(&named).unwrap().next_batch().unwrap().unwrap();
    assert_eq!(cell(&raw, 0, 0), Some("yinshu-county-7"));
    // Refused by the server itself: leaving the read-only transaction, a write hidden in a function.
    for (query, state) in [
        ("SELECT set_config('transaction_read_only', 'off', true)", "25001"),
        ("SELECT query_to_xml('CREATE TABLE yinshu_no (a int)', true, true, '')", "0A000"),
    ] {
        let error = drain(&Source::postgres(dsn.clone(), query)).unwrap_err();
        assert!(matches!(&error, DataError::Query { reason, .. } if reason.contains(state)), "{error}");
    }
    // What an old server lets through (large objects, before 16) is rolled back: nothing is ever committed.
    let _ = drain(&Source::postgres(dsn.clone(), "SELECT lo_create(0)"));
    assert_eq!(read("SELECT count(*) FROM pg_largeobject_metadata").as_deref(), Some("0"));
    let mut slow = Source::postgres(dsn, "SELECT pg_sleep(30)::text");
    slow.timeout_seconds = Some(1);
    let error = drain(&slow).unwrap_err();
    assert!(matches!(&error, DataError::Query { reason, .. } if reason.contains("57014")), "{error}");
}

#[test]
fn server_refusals_quote_no_value() {
    let Some(dsn) = server() else { return };
    let error = drain(&Source::postgres(dsn.clone(), "SELECT '990101199003070015x'::int")).unwrap_err();
    assert!(!error.to_string().contains("9901"), "{error}");
    assert_eq!(error.code(), 2024);
    assert_eq!(drain(&Source::postgres(dsn.clone(), "SELECT 1 AS a, 2 AS a")).unwrap_err().code(), 2010);
    assert_eq!(drain(&Source::postgres(dsn.clone(), "SELECT $1::text")).unwrap_err().code(), 2020);
    let error = drain(&Source::postgres(dsn, "SELECT * FROM no_such_table")).unwrap_err();
    assert!(matches!(error, DataError::Query { reason, .. } if reason.contains("42P01")));
}

#[test]
fn connection_strings() {
    let code = |dsn: &str| open(&Source::postgres(dsn, "SELECT 1")).err().map(|e| (e.code(), e.to_string()));
    for (dsn, expected) in [
        ("host=127.0.0.1 sslmode=require password=hunter2", 2022),
        ("host=127.0.0.1 sslmode=verify-full password=hunter2", 2022),
        ("postgres://u:hunter2@127.0.0.1/d?sslmode=require", 2022),
        ("password=hunter2 dbname=d", 2021),
        ("hunter2", 2021),
        ("host=127.0.0.1 port=1 user=u password=hunter2", 2023),
    ] {
        let (code, text) = code(dsn).unwrap();
        assert_eq!(code, expected, "{dsn}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
