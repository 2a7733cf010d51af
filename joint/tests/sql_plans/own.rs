//! An owner's own part: what it reads, what it refuses, what comes out.

use super::town::read;
use std::path::Path;
use yinshu_joint::JointError;
use yinshu_joint::sql::terms::Terms;
use yinshu_joint::sql::{local, lower};
use yinshu_mpc::query::{Cells, Table};

const CONTRACT: &str = r#"
[query]
sql = "SELECT town, COUNT(*), SUM(wage), SUM(rate) FROM people JOIN paid USING (id) WHERE born < DATE '2000-01-01' GROUP BY town"
[[party]]
name = "hr"
[party.columns]
town = "乡镇"
[[party]]
name = "tax"
[data.table]
test_region = true
columns = [{ name = "id", kind = "citizen-id" }]
[[query.table]]
name = "people"
party = "hr"
max_rows = 3
columns = [
  { name = "id", kind = "citizen-id", unique = true, use = "join-key" },
  { name = "town", kind = "text", values = ["东乡", "西乡"], use = "group-key" },
  { name = "born", kind = "date", use = "compare" },
  { name = "wage", kind = "decimal", decimals = 2, min = 0, max = 1000, nullable = true, use = "aggregate" },
  { name = "rate", kind = "integer", min = -5, max = 5, use = "aggregate" },
]
[[query.table]]
name = "paid"
party = "tax"
max_rows = 10
columns = [{ name = "id", kind = "citizen-id", use = "join-key" }]
"#;

const HEAD: &str = "身份证号,乡镇,born,wage,rate\n";

async fn own(rows: &str) -> Result<Table, JointError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    std::fs::write(&path, format!("{}{rows}", HEAD.replace("身份证号", "id"))).unwrap();
    part(&path).await
}

async fn part(path: &Path) -> Result<Table, JointError> {
    let terms = Terms::parse(CONTRACT)?;
    let plan = lower(&terms).await?;
    let input = local::meant(&plan, "people", None)?;
    let mut out = Vec::new();
    local::run(&terms, input, path, &mut out).await?;
    Ok(read(&out))
}

/// Ids with a right check digit, in the made-up division.
fn id(number: u32) -> String {
    let body = format!("99010119900307{number:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", b"10X98765432"[sum as usize % 11] as char)
}

#[tokio::test]
async fn comes_cleaned_and_scaled() {
    let rows = format!(
        "{},东乡,1990-03-07,12.5,-5\n {} ,西乡,1999/12/31,,3\n{},西乡,2001-01-01,7,1\n",
        id(1),
        id(2).to_lowercase(),
        id(3)
    );
    let table = own(&rows).await.unwrap();
    assert_eq!(table.rows, 2, "who was born later is left out by the owner");
    let texts: Vec<&Cells> = table.columns.iter().collect();
    assert!(texts.iter().any(|c| matches!(c, Cells::Texts(t) if *t == [Some(id(1)), Some(id(2))])));
    assert!(texts.iter().any(|c| matches!(c, Cells::Integers(v) if *v == [Some(0), Some(1)])));
    assert!(texts.iter().any(|c| matches!(c, Cells::Integers(v) if *v == [Some(1250), None])));
    assert!(texts.iter().any(|c| matches!(c, Cells::Integers(v) if *v == [Some(-5), Some(3)])));
}

#[tokio::test]
async fn another_encoding_is_read_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    // 身份证号 id, 乡镇 and 东乡 in GB 18030.
    let mut bytes = b"id,".to_vec();
    bytes.extend([0xCF, 0xE7, 0xD5, 0xF2]);
    bytes.extend(b",born,wage,rate\n");
    for number in 0..3 {
        bytes.extend(id(number).bytes());
        bytes.extend([b',', 0xB6, 0xAB, 0xCF, 0xE7]);
        bytes.extend(b",1990-03-07,1,1\n");
    }
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(part(&path).await.unwrap().rows, 3);
}

#[tokio::test]
async fn bad_cells_are_named() {
    let row = |town: &str, wage: &str, rate: &str| {
        format!("{},东乡,1990-03-07,1,1\n{},{town},1990-03-07,{wage},{rate}\n", id(1), id(2))
    };
    for (rows, code, column) in [
        (row("东乡", "NaN", "1"), 9522, "wage"),
        (row("东乡", "inf", "1"), 9522, "wage"),
        (row("东乡", "1e400", "1"), 9522, "wage"),
        (row("东乡", "1.234", "1"), 9522, "wage"),
        (row("东乡", "1000.01", "1"), 9521, "wage"),
        (row("东乡", "-0.01", "1"), 9521, "wage"),
        (row("东乡", "99999999999999999999999999999999", "1"), 9522, "wage"),
        (row("东乡", "1", "6"), 9521, "rate"),
        (row("东乡", "1", ""), 9520, "rate"),
        (row("东乡", "1", "many"), 9522, "rate"),
        (row("北乡", "1", "1"), 9523, "town"),
        (row("", "1", "1"), 9520, "town"),
        (format!("{},东乡,1990-03-07,1,1\n99010119900307001X,东乡,1990-03-07,1,1\n", id(1)), 9522, "id"),
    ] {
        let error = own(&rows).await.err().unwrap_or_else(|| panic!("{rows}"));
        let fields = serde_json::to_value(&error).unwrap();
        assert_eq!(
            (error.code(), fields["column"].as_str(), fields["row"].as_u64()),
            (code, Some(column), Some(3)),
            "{rows}\n{error}"
        );
        assert_eq!(error.exit(), 3);
    }
}

#[tokio::test]
async fn more_rows_than_agreed_or_no_such_column() {
    let rows: String = (0..4).map(|number| format!("{},东乡,1990-03-07,1,1\n", id(number))).collect();
    assert_eq!(own(&rows).await.err().unwrap().code(), 9524);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    std::fs::write(&path, format!("id,乡镇,born,rate\n{},东乡,1990-03-07,1\n", id(1))).unwrap();
    match part(&path).await.err().unwrap() {
        JointError::Table { inner, .. } => assert_eq!(inner, 2101),
        other => panic!("{other}"),
    }
    assert_eq!(part(Path::new("/nowhere.csv")).await.err().unwrap().shown_code(), 2001);
}

#[tokio::test]
async fn the_input_meant_must_be_clear() {
    let sql = "SELECT COUNT(*) FROM people p WHERE EXISTS (SELECT 1 FROM people q WHERE q.id = p.id AND q.born < DATE '1999-01-01')";
    let contract = CONTRACT.lines().map(|line| match line.starts_with("sql") {
        true => format!("sql = \"{sql}\""),
        false => line.to_owned(),
    });
    let terms = Terms::parse(&contract.collect::<Vec<_>>().join("\n")).unwrap();
    let plan = lower(&terms).await.unwrap();
    assert_eq!(local::meant(&plan, "people", None).unwrap_err().code(), 9512);
    assert!(local::meant(&plan, "people", Some(1)).is_ok());
    assert_eq!(local::meant(&plan, "paid", None).unwrap_err().code(), 9511);
}
