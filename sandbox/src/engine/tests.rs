//! Questions over a registered table come to what the same words come to in DataFusion over the table as it is.

use super::{Means, register, run};
use crate::answer::{Answer, Field, Line};
use crate::disclosure::{Cell, Measure, Part};
use crate::question::{self, Question};
use crate::world::World;
use datafusion::arrow::array::{Array as _, AsArray as _};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::prelude::{CsvReadOptions, SessionContext};

/// Every figure as it is, before anything is judged.
pub(crate) fn clear(question: &Question, cells: &[Cell]) -> Vec<Line> {
    let figure = |(asked, (cell, part)): (&question::Asked, (&Cell, &Part))| {
        let unit = 10f64.powi(asked.figure.decimals.try_into().unwrap());
        let rows = part.rows as f64;
        let variance = || {
            let spread = part.squares as f64 - part.sum as f64 * part.sum as f64 / rows;
            (rows > 1.0).then(|| spread / (rows - 1.0) / unit / unit)
        };
        match asked.figure.measure {
            Measure::Rows => Some(rows),
            Measure::Persons if asked.filter.is_none() => Some(cell.persons.len() as f64),
            Measure::Persons => Some(part.persons.len() as f64),
            Measure::Sum => (part.rows > 0).then(|| part.sum as f64 / unit),
            Measure::Mean => (part.rows > 0).then(|| part.sum as f64 / unit / rows),
            Measure::Variance => variance(),
            Measure::Deviation => variance().map(f64::sqrt),
            // What is shown of a quantile is no value in the clear.
            Measure::Quantile(_) => match part.level {
                Some(level) => Some(level as f64 / unit),
                None => (part.rows > 0).then(|| part.sum as f64 / unit / rows),
            },
        }
    };
    let line = |cell: &Cell| Line {
        labels: cell.labels.clone(),
        figures: question
            .figures
            .iter()
            .zip(cell.parts.iter().map(|part| (cell, part)))
            .map(figure)
            .collect(),
    };
    cells.iter().map(line).collect()
}

/// What DataFusion makes of the words, each field as text or as a number.
async fn oracle(context: &SessionContext, sql: &str) -> Vec<Vec<Field>> {
    let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
    let mut rows = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let field = |column: &datafusion::arrow::array::ArrayRef| match column.data_type() {
                _ if column.is_null(row) => Field::Missing,
                DataType::Utf8 | DataType::Utf8View | DataType::Boolean | DataType::Date32 => Field::Text(
                    cast(column, &DataType::Utf8).unwrap().as_string::<i32>().value(row).to_owned(),
                ),
                _ => Field::Number(
                    cast(column, &DataType::Float64).unwrap().as_primitive::<Float64Type>().value(row),
                ),
            };
            rows.push(batch.columns().iter().map(field).collect());
        }
    }
    rows
}

fn close(a: &Field, b: &Field) -> bool {
    match (a, b) {
        (Field::Number(a), Field::Number(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
        (a, b) => a == b,
    }
}

/// Lines in one order, whichever it was.
fn sorted(mut rows: Vec<Vec<Field>>) -> Vec<Vec<Field>> {
    rows.sort_by_key(|row| {
        let text = |field: &Field| match field {
            Field::Missing => "~".to_owned(),
            Field::Text(text) => text.clone(),
            Field::Number(number) => format!("{number:020.4}"),
        };
        row.iter().map(text).collect::<Vec<_>>()
    });
    rows
}

/// What the engine that is compared with has no function for, in other words.
fn in_other_words(sql: &str) -> String {
    let cases = |all: Vec<String>| format!("CASE {} END", all.join(" "));
    let year = |y| format!("WHEN born BETWEEN DATE '{y}-01-01' AND DATE '{y}-12-31' THEN {y}");
    let bucket = || {
        let within = (1..=5).map(|n| format!("WHEN wage < {}.{} THEN {n}", 16001 * n / 10, 16001 * n % 10));
        let low = ["WHEN wage < 0 THEN 0".to_owned()].into_iter();
        format!(
            "CASE WHEN wage IS NULL THEN NULL {} ELSE 6 END",
            low.chain(within).collect::<Vec<_>>().join(" ")
        )
    };
    let first = |step: &str| {
        let months = match step {
            "monthly" => 1,
            "quarterly" => 3,
            _ => 12,
        };
        let begins =
            (1930..2021).flat_map(|y| (1..13).step_by(months).map(move |m| format!("{y}-{m:02}-01")));
        let begins: Vec<String> = begins.collect();
        let case = |pair: &[String]| format!("WHEN born < DATE '{}' THEN DATE '{}'", pair[1], pair[0]);
        cases(begins.windows(2).map(case).collect())
    };
    let month = |m| format!("WHEN CAST(born AS VARCHAR) LIKE '____-{m:02}-__' THEN {m}");
    sql.replace("EXTRACT(YEAR FROM born)", &cases((1930..2020).map(year).collect()))
        .replace("date_part('month', born)", &cases((1..13).map(month).collect()))
        .replace("upper(town)", "CASE town WHEN 'Old Town' THEN 'OLD TOWN' WHEN 'new town' THEN 'NEW TOWN' END")
        .replace(
            "substr(town, 1, 1)",
            "CASE WHEN town LIKE '城%' THEN '城' WHEN town = 'Old Town' THEN 'O' WHEN town = 'new town' THEN 'n' END",
        )
        .replace("mod(age, 7)", "age % 7")
        .replace("wage::int", "CAST(round(wage) AS BIGINT)")
        .replace("town ILIKE 'OLD%'", "town LIKE 'Old%'")
        .replace("width_bucket(wage, 0, 8000.50, 5)", &bucket())
        .replace("DATE '2026-01-01' - born", "20454 - CAST(CAST(born AS INT) AS BIGINT)")
        .replace("EXTRACT(DOW FROM born)", "(CAST(CAST(born AS INT) AS BIGINT) + 36404) % 7")
        .replace("date_trunc('week', born)", "CAST(CAST((CAST(CAST(born AS INT) AS BIGINT) + 36403) / 7 * 7 - 36403 AS INT) AS DATE)")
        .replace("date_trunc('year', born)", &first("yearly"))
        .replace("date_trunc('quarter', born)", &first("quarterly"))
        .replace("date_trunc('month', born)", &first("monthly"))
}

const QUESTIONS: &[&str] = &[
    "SELECT town AS t, COUNT(*) AS n FROM residents GROUP BY t HAVING n > 100",
    "SELECT town, COUNT(*) FROM residents GROUP BY town HAVING COUNT(*) BETWEEN 20 AND 130 AND town IS NOT NULL",
    "SELECT town, COUNT(*) FROM residents GROUP BY town HAVING town IN ('城东', 'Old Town') ORDER BY CASE town WHEN '城东' THEN 2 ELSE 1 END",
    "SELECT town, ABS(AVG(wage) - 3000), CASE WHEN COUNT(*) > 120 THEN 'many' ELSE 'few' END FROM residents GROUP BY town",
    "SELECT town, NULLIF(COUNT(*), 3), FLOOR(AVG(wage)), CEIL(AVG(wage)), CAST(COUNT(*) AS DOUBLE) / 600 FROM residents GROUP BY town",
    "WITH r AS (SELECT * FROM residents WHERE age >= 18) SELECT town, COUNT(*) FROM r GROUP BY town",
    "SELECT t, n FROM (SELECT town AS t, COUNT(*) AS n FROM residents GROUP BY town) AS g WHERE n > 100 ORDER BY n",
    "WITH g AS (SELECT town AS t, AVG(wage) AS w FROM residents GROUP BY town) SELECT t, w * 2 AS v FROM g WHERE t IS NOT NULL ORDER BY v DESC",
    "SELECT use_of, COUNT(DISTINCT owner) FROM residents JOIN homes ON id = owner GROUP BY use_of",
    "SELECT COUNT(*) FROM residents",
    "SELECT town, COUNT(*) AS n FROM residents GROUP BY town",
    "SELECT town, COUNT(*), COUNT(wage), SUM(wage), AVG(wage), VAR_SAMP(wage), STDDEV(wage) FROM residents GROUP BY town",
    "SELECT town, insured, COUNT(DISTINCT id) FROM residents WHERE age >= 18 GROUP BY town, insured ORDER BY town, insured",
    "SELECT COUNT(*) FILTER (WHERE wage > 5000.50) AS high, COUNT(*) AS n FROM residents WHERE town IN ('城东', 'Old Town')",
    "SELECT CASE WHEN age < 18 THEN 'young' WHEN age < 60 THEN 'middle' ELSE 'old' END AS band, AVG(wage) FROM residents GROUP BY 1",
    "SELECT floor(age / 10) * 10 AS decade, COUNT(*) FROM residents GROUP BY floor(age / 10) * 10",
    "SELECT town, SUM(wage) / COUNT(wage) AS mean FROM residents GROUP BY town HAVING COUNT(*) > 100",
    "SELECT town, AVG(CASE WHEN insured = 1 THEN 1 ELSE 0 END) AS rate FROM residents WHERE town IS NOT NULL GROUP BY town",
    "SELECT SUM(wage * 12 - 100) FROM residents WHERE wage BETWEEN 0 AND 3000",
    "SELECT EXTRACT(YEAR FROM born) AS y, COUNT(*) FROM residents WHERE born >= DATE '1990-01-01' GROUP BY 1 ORDER BY 1",
    "SELECT date_part('month', born) AS m, COUNT(*) FROM residents GROUP BY 1 ORDER BY m",
    "SELECT upper(town) AS t, COUNT(*) FROM residents WHERE town LIKE '%own' GROUP BY upper(town)",
    "SELECT substr(town, 1, 1) AS t, COUNT(*) FROM residents GROUP BY 1",
    "SELECT town, COUNT(*) FROM residents WHERE NOT (town = '城东') GROUP BY town",
    "SELECT town, COUNT(*) FROM residents WHERE town <> '城东' OR town IS NULL GROUP BY town",
    "SELECT COUNT(*) FROM residents WHERE (wage > 100) IS NOT TRUE",
    "SELECT COUNT(*) FROM residents WHERE town NOT IN ('城东', 'new town')",
    "SELECT COUNT(*) FROM residents WHERE wage NOT BETWEEN 100 AND 2000 AND age % 2 = 1",
    "SELECT SUM(COALESCE(wage, 0)), SUM(ABS(wage)), SUM(GREATEST(wage, 1000)) FROM residents",
    "SELECT SUM(NULLIF(age, 30)), COUNT(NULLIF(age, 30)) FROM residents",
    "SELECT COUNT(*) FROM residents WHERE round(wage) > 100 AND round(wage, 1) < 5000 AND floor(wage) <> ceil(wage)",
    "SELECT age / 7 AS sevens, COUNT(*) FROM residents WHERE mod(age, 7) < 3 GROUP BY age / 7",
    "SELECT town, SUM(wage * 2 + age), SUM(age - wage) FROM residents GROUP BY town",
    "SELECT SUM(CAST(insured = 1 AS INT)) FROM residents",
    "SELECT age > 50 AS older, COUNT(*) FROM residents GROUP BY age > 50",
    "SELECT r.town, h.use_of, COUNT(*), SUM(h.area), COUNT(DISTINCT r.id) FROM residents r JOIN homes h ON r.id = h.owner GROUP BY r.town, h.use_of",
    "SELECT r.town, COUNT(*), COUNT(h.area), SUM(h.area) FROM residents r LEFT JOIN homes h ON h.owner = r.id GROUP BY r.town",
    "SELECT COUNT(*) FROM residents r LEFT JOIN homes h ON r.id = h.owner WHERE h.owner IS NULL AND r.age > 20",
    "SELECT use_of, COUNT(wage), AVG(area * 2) FROM residents JOIN homes ON id = owner WHERE wage > area GROUP BY use_of",
    "SELECT town, ROUND(100.0 * SUM(insured) / COUNT(*), 1) AS pct FROM residents GROUP BY town ORDER BY pct DESC",
    "SELECT COUNT(*) FROM residents WHERE town IS NULL AND NULL",
    "SELECT COUNT(*) FROM residents WHERE age / 2.0 > 10.4 AND wage * 1.50 > 20",
    "SELECT SUM(CASE town WHEN '城东' THEN 1 WHEN '城西' THEN 2 END) FROM residents",
    "SELECT width_bucket(wage, 0, 8000.50, 5) AS b, COUNT(*), SUM(wage) FROM residents GROUP BY 1 ORDER BY 1",
    "SELECT date_trunc('year', born) AS y, COUNT(*) FROM residents GROUP BY 1 ORDER BY 1",
    "SELECT date_trunc('quarter', born) AS q, COUNT(*) FROM residents WHERE born > DATE '2000-05-05' GROUP BY 1 ORDER BY q",
    "SELECT date_trunc('month', born) AS m, COUNT(*) FROM residents GROUP BY date_trunc('month', born)",
    "SELECT COUNT(*) FROM residents WHERE date_trunc('week', born) < DATE '1961-08-09' AND born - date_trunc('week', born) > 2",
    "SELECT EXTRACT(DOW FROM born) AS d, COUNT(*) FROM residents GROUP BY 1",
    "SELECT COUNT(*) FROM residents WHERE DATE '2026-01-01' - born > 18000",
    "SELECT COUNT(*) FROM residents WHERE date_trunc('year', born) >= DATE '1990-01-01' AND wage::int > 100",
    "SELECT COUNT(*) FROM residents WHERE town ILIKE 'OLD%'",
    "SELECT COUNT(*) FROM residents WHERE age IN (3, 1, 2, 17, 17.0, 90, 200) OR wage IN (12.34, 100)",
    "SELECT COUNT(*) FROM residents WHERE age NOT IN (3, 4, 5, 60)",
    "SELECT COUNT(*) FROM residents WHERE age NOT IN (3, NULL)",
    "SELECT COUNT(*) FROM residents WHERE (wage IN (1, 2, 3)) IS NULL OR born IN (DATE '1990-01-01')",
    "SELECT town IN ('城东', '城西') AS east, COUNT(*) FROM residents GROUP BY 1",
    "SELECT COUNT(*) FROM residents WHERE GREATEST(wage, age, 50, 2.5 * age) > 100 AND LEAST(wage, 3000, age * 40) < 2000",
    "SELECT COUNT(*) FROM residents WHERE ABS(wage - 2000) > 500 AND ABS(age) < 50 AND ABS(-age - 1) > 20",
    "SELECT COUNT(*) FROM residents WHERE 100 - age - 20 - 10 - 5 - 1 - 1 - 1 - 1 - 1 - 1 - 1 - 1 - 1 - 1 > 2",
    "SELECT COUNT(*) FROM residents WHERE age > 3 AND age > 4 AND wage > 3 AND age < 90 AND wage < 9000 OR age = 7",
    "SELECT born, COUNT(*) FROM residents WHERE born BETWEEN '2015-01-01' AND '2019-12-31' AND age = 3 GROUP BY town, age, insured",
];

#[tokio::test(flavor = "multi_thread")]
async fn words_mean_what_they_mean_in_sql() {
    let World { folder, dataset, policy } = World::new(7);
    let registered = register(&dataset, folder.path(), [7; 32]).await.unwrap();
    let context = SessionContext::new_with_config(
        datafusion::prelude::SessionConfig::new()
            .set_bool("datafusion.sql_parser.parse_float_as_decimal", true),
    );
    for table in ["residents", "homes"] {
        let path = folder.path().join(format!("{table}.csv"));
        let path = path.to_str().unwrap();
        context.register_csv(table, path, CsvReadOptions::new()).await.unwrap();
    }
    let means = Means { memory_mib: 1024, folder: folder.path(), spill_mib: 1024 };
    for sql in QUESTIONS {
        let question = question::read(sql, &dataset, &policy);
        if sql.starts_with("SELECT born") {
            // Grouped by other columns than it shows.
            assert_eq!(question.unwrap_err().code(), 9708);
            continue;
        }
        let question = question.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let computed = run(&question, &dataset, &registered, &means, 2).await.unwrap();
        let answer = Answer::of(&question, &clear(&question, &computed.cells));
        let expected = oracle(&context, &in_other_words(sql)).await;
        // Without groups SQL has a line even of nothing; here nothing is released of nobody.
        let expected: Vec<_> = match computed.cells.is_empty() && question.keys.is_empty() {
            true => Vec::new(),
            false => expected,
        };
        let (found, expected) = match question.order.is_empty() {
            true => (sorted(answer.rows), sorted(expected)),
            false => (answer.rows, expected),
        };
        assert_eq!(found.len(), expected.len(), "{sql}\n{found:?}\n{expected:?}");
        for (found, expected) in found.iter().zip(&expected) {
            let same = found.iter().zip(expected).all(|(a, b)| close(a, b));
            assert!(same, "{sql}\n{found:?}\n{expected:?}");
        }
    }
}
