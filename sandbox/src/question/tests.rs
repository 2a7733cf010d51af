//! What cannot be asked is refused by name, and what is not granted as what does not exist.

use super::read;
use crate::dataset::Dataset;
use crate::policy::Policy;
use crate::world::{DATASET, POLICY};

fn refused(sql: &str) -> (u16, String) {
    let dataset = Dataset::parse(DATASET).unwrap();
    let policy = Policy::parse(POLICY).unwrap();
    match read(sql, &dataset, &policy) {
        Ok(_) => panic!("{sql} was read"),
        Err(error) => {
            let fields = serde_json::to_value(&error).unwrap();
            (error.code(), fields["construct"].as_str().unwrap_or_default().to_owned())
        }
    }
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    for (sql, construct) in [
        ("SELECT * FROM residents", "rows"),
        ("SELECT residents.* FROM residents", "rows"),
        ("SELECT 1", "from"),
        ("SELECT MIN(wage) FROM residents", "extreme"),
        ("SELECT MAX(age) FROM residents GROUP BY town", "extreme"),
        ("SELECT first_value(age) FROM residents", "extreme"),
        ("SELECT array_agg(age) FROM residents", "collect"),
        ("SELECT string_agg(town, ',') FROM residents", "collect"),
        ("SELECT PERCENTILE_CONT(wage, 1.5) FROM residents", "quantile"),
        ("SELECT COUNT(*) OVER () FROM residents", "window"),
        ("SELECT SUM(wage) OVER (ORDER BY age) FROM residents GROUP BY age", "window"),
        ("SELECT COUNT(*) FROM residents; SELECT COUNT(*) FROM homes", "statements"),
        ("SELECT COUNT(*) FROM residents; DROP TABLE residents", "statements"),
        ("EXPLAIN SELECT COUNT(*) FROM residents", "statement"),
        ("COPY residents TO 'x.csv'", "statement"),
        ("CREATE TABLE t AS SELECT * FROM residents", "statement"),
        ("SET datafusion.execution.batch_size = 1", "statement"),
        ("SHOW TABLES", "statement"),
        ("INSERT INTO residents SELECT * FROM residents", "statement"),
        (
            "WITH r AS (SELECT * FROM residents), s AS (SELECT * FROM homes) SELECT COUNT(*) FROM r",
            "subquery",
        ),
        ("WITH RECURSIVE r AS (SELECT * FROM residents) SELECT COUNT(*) FROM r", "subquery"),
        ("SELECT COUNT(*) FROM (SELECT * FROM residents LIMIT 10) r", "subquery"),
        ("SELECT COUNT(*) FROM (SELECT age AS a FROM residents) r", "subquery"),
        (
            "SELECT COUNT(*) FROM residents r LEFT JOIN (SELECT * FROM homes WHERE area > 50) h ON r.id = h.owner",
            "subquery",
        ),
        ("SELECT COUNT(*) FROM (SELECT town, COUNT(*) AS n FROM residents GROUP BY town) t", "subquery"),
        ("SELECT n FROM (SELECT town, COUNT(*) AS n FROM residents GROUP BY town LIMIT 1) t", "subquery"),
        ("SELECT COALESCE(SUM(wage), 0) FROM residents", "hidden-figure"),
        ("SELECT upper(town) FROM residents GROUP BY town", "afterwards"),
        ("SELECT COUNT(*) FROM residents WHERE age = (SELECT MAX(age) FROM residents)", "subquery"),
        ("SELECT COUNT(*) FROM residents WHERE EXISTS (SELECT 1 FROM homes)", "subquery"),
        ("SELECT COUNT(*) FROM residents WHERE id IN (SELECT owner FROM homes)", "subquery"),
        ("SELECT COUNT(*), (SELECT COUNT(*) FROM homes) FROM residents", "subquery"),
        ("SELECT COUNT(*) FROM residents UNION SELECT COUNT(*) FROM homes", "union"),
        ("SELECT COUNT(*) FROM residents, homes", "from"),
        ("SELECT COUNT(*) FROM residents CROSS JOIN homes", "join"),
        ("SELECT COUNT(*) FROM residents FULL JOIN homes ON id = owner", "join"),
        ("SELECT COUNT(*) FROM residents r JOIN residents s ON r.id = s.id", "self-join"),
        ("SELECT COUNT(*) FROM residents TABLESAMPLE BERNOULLI (1)", "from"),
        ("SELECT COUNT(*) FROM read_csv('/etc/passwd')", "from"),
        ("SELECT COUNT(*) FROM generate_series(1, 10)", "from"),
        ("SELECT town, COUNT(*) FROM residents GROUP BY ROLLUP (town)", "grouping-sets"),
        ("SELECT town, COUNT(*) FROM residents GROUP BY GROUPING SETS ((town), ())", "grouping-sets"),
        ("SELECT town, COUNT(*) FROM residents GROUP BY CUBE (town)", "grouping-sets"),
        ("SELECT DISTINCT town FROM residents", "clause"),
        ("SELECT COUNT(DISTINCT wage) FROM residents", "distinct"),
        ("SELECT SUM(DISTINCT wage) FROM residents", "distinct"),
        ("SELECT wage, COUNT(*) FROM residents GROUP BY wage", "wide-group"),
        ("SELECT id, COUNT(*) FROM residents GROUP BY id", "person"),
        ("SELECT COUNT(*) FROM residents WHERE id = '990101195001010011'", "person"),
        ("SELECT COUNT(*) FROM residents WHERE id LIKE '9901%'", "person"),
        ("SELECT SUM(random()) FROM residents", "function"),
        ("SELECT COUNT(*) FROM residents WHERE born < now()", "function"),
        ("SELECT SUM(CAST(town AS INT)) FROM residents", ""),
        ("SELECT COUNT(*) FROM residents WHERE town ~ '.*'", "expression"),
        ("SELECT COUNT(*) FROM residents WHERE town LIKE town", "pattern"),
        ("SELECT SUM(SUM(wage)) FROM residents", "figure-inside"),
        ("SELECT COUNT(*) FROM residents WHERE COUNT(*) > 3", "figure-inside"),
        ("SELECT COUNT(*) FROM residents FOR UPDATE", "clause"),
        ("SELECT COUNT(*) INTO t FROM residents", "clause"),
        ("SELECT COUNT(*) FROM residents LIMIT (SELECT 1)", "literal"),
        ("SELECT town, COUNT(*) FROM residents GROUP BY 7", "position"),
        ("SELECT $1 FROM residents", "literal"),
        ("SELECT SUM(wage * insured) FROM residents", "nonlinear"),
        ("SELECT VAR_SAMP(wage + age) FROM residents", "nonlinear"),
        ("SELECT AVG(age / 111) FROM residents", "nonlinear"),
        ("SELECT VAR_SAMP(floor(wage)) FROM residents", "nonlinear"),
        ("SELECT SUM(wage) FROM residents LEFT JOIN homes ON id = owner", "fan-out"),
        ("SELECT COUNT(DISTINCT owner) FROM residents LEFT JOIN homes ON id = owner", "person-of-another"),
    ] {
        let (code, found) = refused(sql);
        let expected = if construct.is_empty() { 9705 } else { 9701 };
        assert_eq!((code, &*found), (expected, construct), "{sql}");
    }
}

#[test]
fn what_is_not_granted_does_not_exist() {
    let dataset = Dataset::parse(DATASET).unwrap();
    let mut policy = Policy::parse(POLICY).unwrap();
    policy.grants.pop();
    policy.grants[0].columns.remove("wage");
    let told = |sql: &str| read(sql, &dataset, &policy).unwrap_err().to_string();
    for (real, made_up) in [("homes", "castles"), ("information_schema", "castles")] {
        let sql = |name: &str| format!("SELECT COUNT(*) FROM {name}");
        assert_eq!(told(&sql(real)).replace(real, "x"), told(&sql(made_up)).replace(made_up, "x"));
    }
    for sql in [
        "SELECT SUM(x) FROM residents",
        "SELECT COUNT(*) FROM residents WHERE x > 1",
        "SELECT x FROM residents",
    ] {
        let of = |name: &str| told(&sql.replace('x', name)).replace(name, "x");
        assert_eq!(of("wage"), of("wages"));
    }
    assert_eq!(
        told("SELECT COUNT(*) FROM information_schema.tables"),
        "there is no information_schema.tables"
    );
    // Letters that look like others are others.
    assert_eq!(told("SELECT SUM(аge) FROM residents"), "there is no аge");
}

#[test]
fn a_use_that_is_not_granted_is_named() {
    for sql in [
        "SELECT use_of, COUNT(*) FROM residents JOIN homes ON id = owner GROUP BY area, use_of",
        "SELECT SUM(CASE WHEN use_of = '自住' THEN 1 ELSE 0 END) FROM homes GROUP BY area",
        "SELECT AVG(date_part('year', born)) FROM residents",
    ] {
        assert_eq!(refused(sql).0, 9704, "{sql}");
    }
}

#[test]
fn nothing_leaves_64_bits() {
    for sql in [
        "SELECT SUM(wage * wage * wage) FROM residents",
        "SELECT SUM(wage * 99999999999999) FROM residents",
        "SELECT SUM(wage) FROM residents WHERE age > 99999999999999999999999",
        "SELECT VAR_SAMP(wage * wage) FROM residents WHERE wage * wage * age * age * age * age > 3",
    ] {
        assert_eq!(refused(sql).0, 9706, "{sql}");
    }
}

#[test]
fn what_grows_without_end_is_refused() {
    let nested =
        |depth: usize| (0..depth).fold("wage".to_owned(), |inner, _| format!("ABS(NULLIF({inner}, 3) - 1)"));
    let sql = |depth| format!("SELECT COUNT(*) FROM residents WHERE {} > 0", nested(depth));
    assert_eq!(refused(&sql(6)), (9701, "long".to_owned()));
    assert_eq!(refused(&sql(20)).0, 9700);
}

/// So many, one after another.
fn chain(of: &str, between: &str, times: usize) -> String {
    vec![of; times].join(between)
}

#[test]
fn what_is_deep_is_refused_before_it_is_run() {
    let count = |condition: &str| format!("SELECT COUNT(*) FROM residents WHERE {condition}");
    let cases = |depth: usize| {
        (0..depth).fold("age".to_owned(), |inner, _| format!("CASE WHEN age > 1 THEN {inner} ELSE 0 END"))
    };
    let numbers: Vec<String> = (0..1500).map(|n| (3 * n).to_string()).collect();
    let greatest: Vec<String> = (0..200).map(|n| format!("age + {n}")).collect();
    for sql in [
        count(&format!("{} > 3", chain("age", " + ", 100))),
        count(&format!("{} > 3", chain("age", " - ", 4000))),
        count(&format!("{} > 3", chain("1", " + ", 4000))),
        count(&chain("age > 3", " AND ", 1500)),
        count(&chain("age > 3", " OR ", 1500)),
        count(&format!("wage + age IN ({})", numbers.join(", "))),
        count(&format!("GREATEST({}) > 3", greatest.join(", "))),
        count(&format!("CASE wage + age {} END = 1", chain("WHEN 1 THEN 1", " ", 2000))),
        format!("SELECT COUNT(*) FROM residents HAVING {} > 3", chain("1", " + ", 4000)),
        format!("SELECT COUNT(*) FROM residents HAVING COUNT(*) > {}", chain("1", " - ", 100)),
        format!("SELECT COUNT(*) AS n FROM residents ORDER BY {}", chain("n", ", ", 4000)),
        format!("SELECT {} FROM residents", chain("COUNT(*) + 1", ", ", 2000)),
        count(&chain("age > 3", " AND ", 5000)),
    ] {
        assert_eq!(refused(&sql), (9701, "long".to_owned()), "{}", &sql[..60]);
    }
    // What the parser itself does not go into.
    for sql in [
        count(&format!("{} > 3", cases(60))),
        count(&format!("{} age > 3", chain("NOT", " ", 60))),
        count(&format!("{}age > 3", "- ".repeat(60))),
    ] {
        assert!([9700, 9701].contains(&refused(&sql).0), "{}", &sql[..60]);
    }
    // What is refused is not told again as a whole.
    let dataset = Dataset::parse(DATASET).unwrap();
    let policy = Policy::parse(POLICY).unwrap();
    let said = read(&count(&chain("age", " + ", 4000)), &dataset, &policy).unwrap_err().to_string();
    assert!(said.chars().count() < 400, "{said}");
}

#[test]
fn what_is_long_and_flat_is_read() {
    let dataset = Dataset::parse(DATASET).unwrap();
    let policy = Policy::parse(POLICY).unwrap();
    let numbers: Vec<String> = (0..600).map(|n| (2 * n).to_string()).collect();
    let towns: Vec<String> = (0..2000).map(|n| format!("'{}'", ["城东", "城西"][n % 2])).collect();
    for condition in [
        format!("age IN ({})", numbers.join(", ")),
        format!("age NOT IN ({}, NULL)", numbers.join(", ")),
        format!("town IN ({})", towns.join(", ")),
        chain("age <> 3", " AND ", 1000),
        format!("{} > 3", chain("age", " - ", 50)),
        format!("born - DATE '2000-01-01' - {} > 3", chain("1", " - ", 40)),
        "GREATEST(age, wage, 3, -4, age + 1, age + 2, age + 3, age + 4, age + 5, age + 6) > 3".to_owned(),
        "width_bucket(wage, -500, +500, 10) = 3".to_owned(),
        "width_bucket(wage, 2 * -250, 1000 / 2, 10) = 3".to_owned(),
    ] {
        let sql = format!("SELECT COUNT(*) FROM residents WHERE {condition}");
        let question = read(&sql, &dataset, &policy).unwrap_or_else(|error| panic!("{error}"));
        assert!(question.filter.is_some());
    }
}

#[test]
fn tables_are_joined_as_declared() {
    for sql in [
        "SELECT COUNT(*) FROM residents JOIN homes ON age = area",
        "SELECT COUNT(*) FROM residents JOIN homes ON id > owner",
        "SELECT COUNT(*) FROM residents JOIN homes ON id = owner OR TRUE",
        "SELECT COUNT(*) FROM residents JOIN homes ON id = id",
        "SELECT COUNT(*) FROM residents JOIN homes ON TRUE",
        "SELECT COUNT(*) FROM residents NATURAL JOIN homes",
    ] {
        assert_eq!(refused(sql).0, 9709, "{sql}");
    }
}

#[test]
fn a_table_is_named_alone_or_as_lists_have_it() {
    let dataset = Dataset::parse(DATASET).unwrap();
    let policy = Policy::parse(POLICY).unwrap();
    let read =
        |from: &str| read(&format!("SELECT COUNT(*) FROM {from} WHERE residents.age > 3"), &dataset, &policy);
    for from in
        ["residents", "housing.residents", "study.housing.residents", "\"study\".\"housing\".\"residents\""]
    {
        assert!(read(from).is_ok(), "{from}");
    }
    for from in [
        "other.residents",
        "study.residents",
        "other.housing.residents",
        "x.study.housing.residents",
        "pg_catalog.residents",
    ] {
        assert_eq!(read(from).unwrap_err().code(), 9702, "{from}");
    }
}
