//! What is refused, and how it is said.

use super::town::TABLES;
use yinshu_joint::JointError;
use yinshu_joint::sql::lower;
use yinshu_joint::sql::terms::Terms;

async fn refusal(sql: &str, tables: &str) -> JointError {
    let text = format!("[query]\nsql = '''{sql}'''\n{tables}");
    match Terms::parse(&text) {
        Ok(terms) => match lower(&terms).await {
            Ok(plan) => panic!("{sql}\n{plan:#?}"),
            Err(error) => error,
        },
        Err(error) => error,
    }
}

#[tokio::test]
async fn what_no_plan_can_say_is_named() {
    for (sql, construct) in [
        ("SELECT id FROM hr.insured", "rows"),
        ("SELECT * FROM hr.insured i JOIN tax.income t USING (id)", "rows"),
        ("SELECT DISTINCT town FROM hr.insured GROUP BY town", "distinct"),
        ("SELECT town FROM hr.insured GROUP BY town", "no-figure"),
        ("SELECT COUNT(*) FROM hr.insured i FULL JOIN tax.income t USING (id)", "full-join"),
        ("SELECT COUNT(*) FROM hr.insured, tax.income", "cross-join"),
        ("SELECT COUNT(*) FROM hr.insured i JOIN tax.income t ON i.age < t.income", "cross-join"),
        (
            "SELECT COUNT(*) FROM tax.income t LEFT JOIN hr.insured i ON t.id = i.id AND i.age < t.income",
            "join-condition",
        ),
        (
            "SELECT COUNT(*) FROM tax.income t LEFT JOIN hr.insured i ON t.id = i.id AND t.income > 5",
            "join-condition",
        ),
        ("SELECT SUM(age) / COUNT(*) FROM hr.insured", "figure-expression"),
        ("SELECT SUM(age / 2) FROM hr.insured i JOIN housing USING (id)", "division"),
        ("SELECT COUNT(DISTINCT town) FROM hr.insured", "aggregate-distinct"),
        ("SELECT VAR_POP(age) FROM hr.insured", "aggregate-function"),
        ("SELECT town, MAX(age) FROM hr.insured GROUP BY town", "min-by-group"),
        ("SELECT town, COUNT(*) FROM hr.insured GROUP BY ROLLUP (town)", "group-function"),
        ("SELECT wage, COUNT(*) FROM hr.insured GROUP BY wage", "group-decimal"),
        ("SELECT COUNT(*) OVER (PARTITION BY town) FROM hr.insured", "window"),
        ("SELECT COUNT(*) FROM (SELECT id FROM hr.insured LIMIT 5) x", "limit-inside"),
        (
            "SELECT COUNT(*) FROM hr.insured i WHERE age > 5 OR EXISTS (SELECT 1 FROM tax.income t WHERE t.id = i.id)",
            "subquery",
        ),
        ("SELECT COUNT(*) FROM hr.insured WHERE wage > (SELECT AVG(income) FROM tax.income)", "subquery"),
        ("SELECT COUNT(*) FROM hr.insured WHERE id NOT IN (SELECT id FROM tax.income)", "not-in-missing"),
        ("SELECT COUNT(*) FROM hr.insured WHERE random() < 0.5", "volatile"),
        ("SELECT COUNT(*) FROM hr.insured WHERE current_date > DATE '2025-01-01'", "volatile"),
        ("SELECT COUNT(*) FROM hr.insured i JOIN housing h USING (id) HAVING MEDIAN(age) > 5", "having"),
        (
            "SELECT SUM(n) FROM (SELECT i.town, COUNT(*) AS n FROM insured i JOIN housing h USING (id) GROUP BY i.town) x",
            "inner-aggregate",
        ),
        ("SELECT COUNT(*) FROM hr.insured UNION ALL SELECT COUNT(*) FROM tax.income", "union-of-figures"),
        (
            "SELECT COUNT(*) FROM (SELECT id, age FROM hr.insured UNION ALL SELECT id, town FROM housing) u",
            "union-columns",
        ),
        ("SELECT SUM(SQRT(i.age * h.rooms)) FROM insured i JOIN housing h USING (id)", "function"),
        ("CREATE TABLE x AS SELECT COUNT(*) FROM hr.insured", "statement"),
        ("SET datafusion.execution.batch_size = 1", "statement"),
        ("COPY (SELECT COUNT(*) FROM hr.insured) TO '/tmp/x.csv'", "statement"),
    ] {
        let error = refusal(sql, TABLES).await;
        match &error {
            JointError::Unsupported { construct: found, .. } => assert_eq!(found, construct, "{sql}"),
            other => panic!("{sql}\n{other}"),
        }
        assert_eq!((error.code(), error.exit()), (9502, 2));
    }
}

#[tokio::test]
async fn what_would_be_wrong_has_its_own_code() {
    for (sql, code) in [
        ("SELECT COUNT(*) FROM nowhere", 9501),
        ("SELECT COUNT(nothing) FROM hr.insured", 9501),
        ("SELECT COUNT(*", 9501),
        ("SELECT COUNT(*) FROM '/etc/passwd.csv'", 9501),
        ("SELECT COUNT(*) FROM tax.income a JOIN tax.income b ON a.id = b.id", 9504),
        ("SELECT COUNT(*) FROM hr.insured i LEFT JOIN tax.income t USING (id)", 9504),
        ("SELECT SUM(wage * wage * wage * wage * wage * wage) FROM hr.insured", 9505),
        ("SELECT COUNT(*) FROM income t LEFT JOIN insured i USING (id) WHERE i.town = 'WEST'", 9508),
        (
            "SELECT age, rooms, income, COUNT(*) FROM insured JOIN housing USING (id) JOIN income USING (id) GROUP BY 1, 2, 3",
            9509,
        ),
        ("SELECT COUNT(*) FROM insured i JOIN housing h ON i.age = h.town", 9510),
        ("SELECT COUNT(*) FROM insured i JOIN housing h USING (id) WHERE i.id < h.id", 9507),
    ] {
        let error = refusal(sql, TABLES).await;
        assert_eq!(error.code(), code, "{sql}\n{error}");
    }
}

const OWNED: &str = r#"
[[party]]
name = "hr"
[[party]]
name = "tax"
[[query.table]]
name = "people"
party = "hr"
max_rows = 100
columns = [
  { name = "id", kind = "citizen-id", unique = true, use = "join-key" },
  { name = "town", kind = "division", values = ["990101", "990102"], use = "group-key" },
  { name = "age", kind = "integer", min = 0, max = 99, use = "compare" },
  { name = "wage", kind = "integer", min = 0, max = 999, nullable = true, use = "aggregate" },
  { name = "secret", kind = "integer", min = 0, max = 9, use = "never" },
  { name = "born", kind = "date", use = "compare" },
  { name = "loose", kind = "integer", use = ["aggregate", "compare"] },
]
[[query.table]]
name = "paid"
party = "tax"
max_rows = 100
columns = [
  { name = "id", kind = "citizen-id", use = "join-key" },
  { name = "paid", kind = "integer", min = 0, max = 999, use = ["aggregate", "compare"] },
  { name = "name", kind = "name", use = "join-key" },
]
"#;

#[tokio::test]
async fn every_use_is_its_owners() {
    let both = "FROM people p JOIN paid t USING (id)";
    for (sql, allowed) in [
        (
            "SELECT town, COUNT(*), AVG(wage), SUM(wage * paid) $ WHERE age > 18 AND paid > 3 GROUP BY town",
            None,
        ),
        ("SELECT COUNT(*) $ WHERE born < DATE '2000-01-01'", None),
        ("SELECT SUM(CASE WHEN age > 18 THEN wage END) $", None),
        ("SELECT CASE WHEN age > 18 THEN 1 ELSE 0 END, COUNT(*) $ GROUP BY 1", None),
        ("SELECT age, COUNT(*) $ GROUP BY age", Some(("people.age", "hr", "compare", "group-key"))),
        ("SELECT SUM(age) $", Some(("people.age", "hr", "compare", "aggregate"))),
        ("SELECT SUM(wage + age) $", Some(("people.age", "hr", "compare", "aggregate"))),
        ("SELECT COUNT(*) $ WHERE wage > 3", Some(("people.wage", "hr", "aggregate", "compare"))),
        ("SELECT COUNT(*) $ WHERE wage > paid", Some(("people.wage", "hr", "aggregate", "compare"))),
        (
            "SELECT COUNT(*) $ WHERE COALESCE(wage, 0) = 3 AND paid > 1",
            Some(("people.wage", "hr", "aggregate", "compare")),
        ),
        (
            "SELECT SUM(CASE WHEN wage > 3 THEN 1 ELSE 0 END) $",
            Some(("people.wage", "hr", "aggregate", "compare")),
        ),
        ("SELECT COUNT(*) $ WHERE town = '990101'", Some(("people.town", "hr", "group-key", "compare"))),
        ("SELECT COUNT(town) $", Some(("people.town", "hr", "group-key", "aggregate"))),
        ("SELECT COUNT(p.id) $", Some(("people.id", "hr", "join-key", "aggregate"))),
        ("SELECT COUNT(*) $ WHERE p.id LIKE '99%'", Some(("people.id", "hr", "join-key", "compare"))),
        ("SELECT SUM(secret) $", Some(("people.secret", "hr", "never", "aggregate"))),
        ("SELECT COUNT(*) $ WHERE secret > 1", Some(("people.secret", "hr", "never", "compare"))),
        (
            "SELECT COUNT(*) FROM people p JOIN (SELECT id, SUM(paid) AS s FROM paid GROUP BY id) x USING (id) WHERE s > age",
            None,
        ),
        (
            "SELECT COUNT(*) FROM paid t JOIN (SELECT id, SUM(wage) AS s FROM people GROUP BY id) x USING (id) WHERE s > 5",
            Some(("people.wage", "hr", "aggregate", "compare")),
        ),
        (
            "SELECT SUM(s) FROM paid t JOIN (SELECT id, SUM(age) AS s FROM people GROUP BY id) x USING (id)",
            Some(("people.age", "hr", "compare", "aggregate")),
        ),
        ("SELECT town, COUNT(*) FROM people GROUP BY town HAVING AVG(wage) > 5", None),
        (
            "SELECT COUNT(*) FROM (SELECT wage FROM people UNION ALL SELECT paid FROM paid) u WHERE wage > 5",
            Some(("people.wage", "hr", "aggregate", "compare")),
        ),
        ("SELECT COUNT(*) FROM paid t LEFT JOIN people p USING (id) WHERE p.id IS NULL", None),
        (
            "SELECT COUNT(*) FROM paid t LEFT JOIN people p USING (id) WHERE p.wage IS NULL",
            Some(("people.wage", "hr", "aggregate", "compare")),
        ),
    ] {
        let sql = sql.replace('$', both);
        let terms = Terms::parse(&format!("[query]\nsql = \"\"\"{sql}\"\"\"\n{OWNED}")).unwrap();
        let found = match lower(&terms).await {
            Ok(_) => None,
            Err(JointError::NotAllowed { column, owner, constraint, wanted }) => {
                Some((column, owner, constraint, wanted))
            }
            Err(other) => panic!("{sql}\n{other}"),
        };
        let expected = allowed.map(|(a, b, c, d)| [a, b, c, d].map(str::to_owned).into());
        assert_eq!(found, expected, "{sql}");
    }
    let error = refusal("SELECT SUM(loose) FROM people", OWNED).await;
    assert_eq!(error, JointError::NoBounds { column: "people.loose".to_owned() });
}

#[tokio::test]
async fn a_contract_that_contradicts_itself_is_refused() {
    let column = "{ name = \"age\", kind = \"integer\", min = 0, max = 99, use = \"compare\" }";
    for (bad, place) in [
        (
            "{ name = \"age\", kind = \"integer\", min = 9, max = 0, use = \"compare\" }",
            "query.table.people.age",
        ),
        ("{ name = \"age\", kind = \"integer\", decimals = 2, use = \"compare\" }", "query.table.people.age"),
        ("{ name = \"age\", kind = \"integer\", use = [] }", "query.table.people.age"),
        (
            "{ name = \"age\", kind = \"date\", min = 0, max = 1, use = \"compare\" }",
            "query.table.people.age",
        ),
        ("{ name = \"id\", kind = \"integer\", use = \"compare\" }", "query.table.people.id"),
        ("{ name = \"age\", kind = \"integer\", use = \"anything\" }", "query"),
        ("{ name = \"age\", kind = \"integer\", used = \"compare\" }", "query"),
    ] {
        match refusal("SELECT COUNT(*) FROM people", &OWNED.replace(column, bad)).await {
            JointError::Terms { place: found, .. } => assert_eq!(found, place, "{bad}"),
            other => panic!("{bad}\n{other}"),
        }
    }
    let after =
        format!("[query]\nsql = 'SELECT COUNT(*) FROM people'\n{OWNED}\n[[signature]]\nnot = toml = at all");
    assert!(lower(&Terms::parse(&after).unwrap()).await.is_ok(), "what follows signatures is not read");
}

/// The plan of an analysis over the tables of the town, or why there is none.
async fn analysed(sql: &str, asked: &str) -> Result<yinshu_mpc::query::Plan, JointError> {
    let text = format!("[query]\nsql = '''{sql}'''\n[query.analysis]\n{asked}\n{TABLES}");
    lower(&Terms::parse(&text)?).await
}

#[tokio::test]
async fn an_analysis_is_of_the_columns_that_the_question_gives() {
    use yinshu_mpc::query::{Analysis, Tell};
    let sql = "SELECT t.income AS y, i.age FROM hr.insured i JOIN tax.income t USING (id) WHERE i.age > 20";
    let plan = analysed(sql, "linear = { target = \"y\", features = [\"age\"] }").await.unwrap();
    let Tell::Analysis(Analysis::Linear { target, features }) = &plan.tell else { panic!("{plan:#?}") };
    let name = |at: &yinshu_mpc::query::ColumnAt| plan.inputs[at.input].columns[at.column].name.clone();
    assert_eq!(
        (name(target), features.iter().map(name).collect::<Vec<_>>()),
        ("income".into(), vec!["age".into()])
    );
    assert!(plan.inputs.iter().any(|input| input.local.contains("WHERE")));
    // Truths are 0 and 1, and bounds whole.
    let truth = "SELECT age > 40 AS old, wage FROM hr.insured";
    let plan = analysed(truth, "difference = { of = \"wage\", group = \"old\" }").await.unwrap();
    assert!(matches!(plan.tell, Tell::Analysis(Analysis::Difference { .. })), "{plan:#?}");
    let plan = analysed("SELECT wage FROM hr.insured", "histogram = { of = \"wage\", bounds = [5, 10] }")
        .await
        .unwrap();
    let Tell::Analysis(Analysis::Histogram { of, bounds }) = &plan.tell else { panic!("{plan:#?}") };
    let yinshu_mpc::query::Values::Integer { decimals, .. } = plan.inputs[of.input].columns[of.column].values
    else {
        panic!("{plan:#?}")
    };
    assert_eq!(*bounds, [5 * 10i64.pow(decimals), 10 * 10i64.pow(decimals)]);
    let linear = "linear = { target = \"income\", features = [\"age\"] }";
    for (sql, construct) in [
        ("SELECT t.income, i.age FROM insured i JOIN income t USING (id) ORDER BY 1", "analysis-order"),
        ("SELECT t.income, i.age FROM insured i JOIN income t USING (id) LIMIT 5", "analysis-order"),
        ("SELECT t.income, i.age, i.wage FROM insured i JOIN income t USING (id)", "analysis-unused"),
        ("SELECT t.income FROM insured i JOIN income t USING (id)", "analysis-column"),
        (
            "SELECT t.income - i.wage AS income, i.age FROM insured i JOIN income t USING (id)",
            "analysis-across",
        ),
    ] {
        let error = analysed(sql, linear).await.unwrap_err();
        assert!(
            matches!(&error, JointError::Unsupported { construct: found, .. } if found == construct),
            "{sql} {error}"
        );
    }
}
