use super::*;
use crate::policy::Policy;
use crate::world::{World, id};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sandbox.md");

const DATASET: &str = r#"
    [dataset]
    name = "d"
    title = "d"
    owner = "990100"
    catalogue = "RK-1"
    test_region = true
    [[table]]
    name = "t"
    source = { path = "t.csv" }
    entity = "id"
    columns = [
      { name = "id", kind = "citizen-id" },
      { name = "sex", kind = "sex", values = ["男", "女"], nullable = true },
      { name = "wage", kind = "decimal", decimals = 2, min = 0, max = 100000, nullable = true },
      { name = "age", kind = "integer", min = 0, max = 120 },
    ]
"#;

async fn registered(text: &str, rows: &str) -> Result<Registered, SandboxError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("d.toml"), text).unwrap();
    std::fs::write(folder.path().join("t.csv"), rows).unwrap();
    let dataset = Dataset::read(&folder.path().join("d.toml"))?;
    register(&dataset, folder.path(), [7; 32]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer_is_told_and_not_a_panic() {
    // A port nobody listens at: it was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for source in [
        format!("postgres = \"host=127.0.0.1 port={port} dbname=p user=reader\""),
        format!("mysql = \"mysql://reader@127.0.0.1:{port}/p\""),
    ] {
        let source = format!("{{ {source}, query = \"SELECT * FROM t\" }}");
        let text = DATASET.replace("{ path = \"t.csv\" }", &source);
        assert!(text.contains("query"));
        let error = registered(&text, "").await.unwrap_err();
        assert_eq!(error.code(), 2023, "{source}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_told_what_became_of_every_row_and_value() {
    let rows = format!(
        "id,sex,wage,age\n{},男,1234.50,20\n{},M,1234.50元,30\n{},2,面议,40\n{},女,200000,50\n{},无,,\n,男,1,20\n123,男,1,20\n{},男\n",
        id(1),
        id(2),
        id(3),
        id(4),
        id(5),
        id(6),
    );
    let told = registered(DATASET, &rows).await.unwrap().tables.remove("t").unwrap();
    assert_eq!((told.rows, told.left_out, told.nobody, told.ragged), (4, 4, 1, 1));
    assert_eq!(told.undeclared, [("wage".to_owned(), 1)].into());
    assert_eq!(told.without, [("age".to_owned(), 1)].into());
    let unread: Vec<_> = told.reasons().map(|(column, reason, n)| (column, reason.as_str(), n)).collect();
    assert_eq!(unread, [("id", "length", 1), ("wage", "not-number", 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_which_no_row_goes_in_is_refused_with_the_reason() {
    let why = async |text: &str, rows: &str| match registered(text, rows).await.unwrap_err() {
        SandboxError::NoRows { column, cause, values, .. } => (column, cause.to_owned(), values),
        other => panic!("{other}"),
    };
    let real = DATASET.replace("test_region = true", "");
    let one = format!("id,sex,wage,age\n{},男,1,20\n", id(1));
    assert_eq!(why(&real, &one).await, ("id".to_owned(), "test-region".to_owned(), 1));
    assert_eq!(registered(DATASET, &one).await.unwrap().tables["t"].rows, 1);
    let old = format!("id,sex,wage,age\n{},男,1,150\n", id(1));
    assert_eq!(why(DATASET, &old).await, ("age".to_owned(), "undeclared".to_owned(), 1));
    let nobody = "id,sex,wage,age\n,男,1,20\n,男,1,20\n";
    assert_eq!(why(DATASET, nobody).await, (String::new(), "nobody".to_owned(), 2));
    let error = registered(&DATASET.replace("\"wage\"", "\"pay\""), &one).await.unwrap_err().to_string();
    assert!(error.contains("table.t.pay") && error.contains("wage") && error.contains("aliases"), "{error}");
    let error = registered(&DATASET.replace("\"decimal\"", "\"int\""), &one).await.unwrap_err().to_string();
    assert!(error.contains("d.toml: line 15"), "{error}");
}

#[test]
fn granted_rows_are_compared_with_what_there_can_be() {
    let world = World::new(1);
    let held = |rows: &str| {
        let mut policy = world.policy.clone();
        policy.grants[0].rows = Some(rows.to_owned());
        // What was approved before is not looked at again.
        policy.check(&world.dataset).unwrap();
        policy.rows_hold(&world.dataset).map_err(|error| error.code())
    };
    for rows in [
        "town <> '城东'",
        "town IN ('城东', '城西')",
        "age BETWEEN 0 AND 120",
        "wage >= -1000.00",
        "born < '2000-01-01'",
    ] {
        assert_eq!(held(rows), Ok(()), "{rows}");
    }
    for rows in [
        "town <> '城冬'",
        "town NOT IN ('城东', '城 西')",
        "age < 121",
        "wage <> 100000.01",
        "born < '1899-12-31'",
        "CASE town WHEN 'x' THEN TRUE ELSE FALSE END",
    ] {
        assert_eq!(held(rows), Err(9710), "{rows}");
    }
}

/// Blocks of a language in a page.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let begins = format!("```{language}\n");
    page.split(begins.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_followed_literally() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, rows) in ["residents.csv", "homes.csv"].into_iter().zip(blocks(&page, "csv")) {
        std::fs::write(folder.path().join(name), rows).unwrap();
    }
    let toml = blocks(&page, "toml");
    let path = folder.path().join("housing.toml");
    std::fs::write(&path, toml[0]).unwrap();
    let dataset = Dataset::read(&path).unwrap();
    let registered = register(&dataset, folder.path(), [7; 32]).await.unwrap();
    for (table, rows) in [("residents", 3), ("homes", 4)] {
        let told = &registered.tables[table];
        assert_eq!((told.rows, told.left_out), (rows, 0), "{told:?}");
        assert!(told.undeclared.is_empty() && told.unread.is_empty(), "{told:?}");
    }
    let policy = toml.iter().find(|text| text.starts_with("[policy]\nname = \"study\"")).unwrap();
    let policy = Policy::parse(policy).unwrap();
    policy.check(&dataset).unwrap();
    policy.rows_hold(&dataset).unwrap();
    // Sources elsewhere stand there as they are written.
    let databases = toml.iter().find(|text| text.contains("postgres =")).unwrap();
    for source in databases.lines() {
        let text =
            toml[0].replacen("source = { path = \"residents.csv\" }", source.split('#').next().unwrap(), 1);
        let source = Dataset::parse(&text).unwrap().tables[0].source.clone();
        assert!(source.path.is_none());
        source.validate().unwrap();
    }
}
