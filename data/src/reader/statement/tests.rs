use super::{Dialect, one_read};
use crate::error::DataError;

const READS: &[&str] = &[
    "SELECT 1",
    "select a, b from t where c = 'x;y' ;; ",
    "WITH q AS (SELECT 1) SELECT * FROM q",
    "(SELECT 1) UNION (SELECT 2)",
    "TABLE t",
    "VALUES (1), (2)",
    "/* why */ SELECT 1 -- the end",
    "SELECT t.into FROM t",
    "SELECT replace(a, 'x', 'y'), (replace(a, 'x', 'y')) FROM t",
    "SELECT '合计' FROM 参保信息",
];

const NO_READS: &[&str] = &[
    "",
    ";",
    "-- only a comment",
    "DELETE FROM t",
    "INSERT INTO t VALUES (1)",
    "SELECT 1; DROP TABLE t",
    "SELECT 1; COMMIT; DROP TABLE t",
    "SELECT * INTO u FROM t",
    "SELECT * FROM t FOR UPDATE",
    "SELECT * FROM t FOR NO KEY UPDATE",
    "SELECT * FROM t FOR SHARE",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "WITH x AS (/**/ update t SET a = 1 RETURNING *) SELECT * FROM x",
    "EXPLAIN ANALYZE SELECT 1",
    "COPY t TO PROGRAM 'sh'",
    "CALL p()",
    "DO $$ BEGIN END $$",
    "SELECT 'unclosed",
    "SELECT 1 /* unclosed",
    "BEGIN",
    "SET ROLE postgres",
];

#[test]
fn plain_reads_pass_and_nothing_else() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        for query in READS {
            assert!(one_read(query, dialect).is_ok(), "{query}");
        }
        for query in NO_READS {
            let refused = one_read(query, dialect).expect_err(query);
            assert!(matches!(refused, DataError::QueryRefused { .. }));
            assert_eq!(refused.code(), 2020);
        }
    }
}

#[test]
fn each_dialect_has_its_own_hiding_places() {
    for query in [
        "SELECT 1 /*! INTO OUTFILE '/tmp/x' */",
        "SELECT 1 /*M! INTO OUTFILE '/tmp/x' */",
        "SELECT 1 --1 INTO OUTFILE '/tmp/x'",
        "SELECT '\\'' INTO OUTFILE '/tmp/x' -- '",
        "SELECT 1 FROM t LOCK IN SHARE MODE",
        "SELECT 1 # '\n; DROP TABLE t",
    ] {
        assert!(one_read(query, Dialect::Mysql).is_err(), "{query}");
    }
    for query in [
        "SELECT '\\' INTO u --'",
        "SELECT $$ ' $$ INTO u",
        "SELECT /* /* */ 1 */ 1; DROP TABLE t",
        "SELECT $a$",
    ] {
        assert!(one_read(query, Dialect::Postgres).is_err(), "{query}");
    }
    assert!(one_read("SELECT $a$; INTO $a$", Dialect::Postgres).is_ok());
    assert!(one_read("SELECT E'\\'; INTO'", Dialect::Postgres).is_ok());
    assert!(one_read("SELECT `into` FROM t", Dialect::Mysql).is_ok());
}

#[test]
fn the_statement_ends_at_its_last_token() {
    assert_eq!(one_read("SELECT 1 ; -- done", Dialect::Postgres), Ok("SELECT 1"));
}
