//! What is listed, and for whom.

use super::*;
use arrow_flight::sql::{
    CommandGetCatalogs, CommandGetDbSchemas, CommandGetImportedKeys, CommandGetPrimaryKeys,
    CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables, CommandGetXdbcTypeInfo,
};
use datafusion::arrow::array::{Array as _, AsArray as _};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::record_batch::RecordBatch;

fn column(batches: &[RecordBatch], name: &str) -> Vec<String> {
    let values = |batch: &RecordBatch| -> Vec<String> {
        let column = batch.column_by_name(name).unwrap().as_string::<i32>().clone();
        (0..column.len()).map(|row| column.value(row).to_owned()).collect()
    };
    batches.iter().flat_map(values).collect()
}

fn tables(pattern: Option<&str>) -> CommandGetTables {
    CommandGetTables {
        catalog: None,
        db_schema_filter_pattern: None,
        table_name_filter_pattern: pattern.map(str::to_owned),
        table_types: Vec::new(),
        include_schema: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_own_policies_grant_is_listed() {
    let house = House::new(Settings::default(), clock).await;
    let (mut li, mut wang, mut none) =
        (house.client("li").await, house.client("wang").await, house.client("nobody").await);
    let catalogues = CommandGetCatalogs {};
    assert_eq!(column(&li.get(&catalogues).await.unwrap(), "catalog_name"), ["study"]);
    assert_eq!(column(&wang.get(&catalogues).await.unwrap(), "catalog_name"), ["other"]);
    assert_eq!(column(&none.get(&catalogues).await.unwrap(), "catalog_name"), Vec::<String>::new());
    let schemas = CommandGetDbSchemas { catalog: None, db_schema_filter_pattern: None };
    assert_eq!(column(&li.get(&schemas).await.unwrap(), "db_schema_name"), ["housing", "yinshu"]);
    let own = ["budget", "grants", "programs", "requests"];
    let listed = column(&li.get(&tables(None)).await.unwrap(), "table_name");
    assert_eq!(listed, [&["homes", "residents"][..], &own].concat());
    let listed = column(&wang.get(&tables(None)).await.unwrap(), "table_name");
    assert_eq!(listed, [&["homes"][..], &own].concat());
    assert!(none.get(&tables(None)).await.unwrap().iter().all(|batch| batch.num_rows() == 0));
    // A name that is not granted is as one that is not there.
    let residents = wang.get(&tables(Some("residents"))).await.unwrap();
    assert_eq!(residents, wang.get(&tables(Some("no_such_table"))).await.unwrap());
    assert!(li.get(&tables(Some("residents"))).await.unwrap()[0].num_rows() == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_have_types_and_only_the_granted_ones_are_there() {
    let house = House::new(Settings::default(), clock).await;
    let schema = |batches: &[RecordBatch]| {
        let bytes = batches[0].column_by_name("table_schema").unwrap().as_binary::<i32>().value(0).to_vec();
        datafusion::arrow::datatypes::Schema::try_from(arrow_flight::IpcMessage(bytes.into())).unwrap()
    };
    let of_li = schema(&house.client("li").await.get(&tables(Some("residents"))).await.unwrap());
    let kinds: Vec<(&str, &DataType)> =
        of_li.fields().iter().map(|field| (field.name().as_str(), field.data_type())).collect();
    assert_eq!(
        kinds,
        [
            ("id", &DataType::Utf8),
            ("town", &DataType::Utf8),
            ("age", &DataType::Int64),
            ("wage", &DataType::Decimal128(18, 2)),
            ("born", &DataType::Date32),
            ("insured", &DataType::Int64),
        ]
    );
    let of_wang = schema(&house.client("wang").await.get(&tables(Some("homes"))).await.unwrap());
    let names: Vec<&str> = of_wang.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["owner", "use_of"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_driver_asks_of_a_server_is_answered() {
    let house = House::new(Settings::default(), clock).await;
    let mut client = house.client("li").await;
    let rows = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
    let info = client.get(&CommandGetSqlInfo { info: vec![0, 1, 3] }).await.unwrap();
    assert_eq!(rows(&info), 3);
    assert!(rows(&client.get(&CommandGetSqlInfo { info: Vec::new() }).await.unwrap()) > 10);
    assert_eq!(rows(&client.get(&CommandGetXdbcTypeInfo { data_type: None }).await.unwrap()), 5);
    let kinds = client.get(&CommandGetTableTypes {}).await.unwrap();
    assert_eq!(column(&kinds, "table_type"), ["TABLE", "VIEW"]);
    let keys = CommandGetPrimaryKeys { catalog: None, db_schema: None, table: "residents".into() };
    assert_eq!(rows(&client.get(&keys).await.unwrap()), 0);
    let keys = CommandGetImportedKeys { catalog: None, db_schema: None, table: "residents".into() };
    assert_eq!(rows(&client.get(&keys).await.unwrap()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_logins_are_recorded_with_the_address() {
    let house = House::new(Settings::default(), clock).await;
    house.client("li").await.get(&tables(None)).await.unwrap();
    house.client_with("li", "wrong").await.err().unwrap();
    let mut records = Vec::new();
    house.room.records(&["sandbox.login", "sandbox.list"], &mut |record| records.push(record)).unwrap();
    let told: Vec<(&str, &str)> = records.iter().map(|record| (&*record.action, &*record.result)).collect();
    assert_eq!(told, [("sandbox.login", "ok"), ("sandbox.list", "ok"), ("sandbox.login", "refused")]);
    assert!(records.iter().all(|record| record.user == "li" && record.ip.to_string() == "127.0.0.1"));
}

/// Everything that is listed and described for somebody, and what refusals say, as bytes and text.
async fn described(house: &House) -> Vec<String> {
    let mut client = house.client("li").await;
    let mut all = Vec::new();
    let everything = CommandGetTables { table_types: Vec::new(), ..tables(None) };
    all.push(format!("{:?}", client.get(&everything).await.unwrap()));
    all.push(format!("{:?}", client.get(&CommandGetSqlInfo { info: Vec::new() }).await.unwrap()));
    let info = client.query(SQL).await.unwrap();
    all.push(format!("{:?} {} {}", info.schema, info.total_records, info.total_bytes));
    for sql in [
        "SELECT * FROM information_schema.tables",
        "SELECT COUNT(*) FROM pg_catalog.pg_class",
        "EXPLAIN SELECT COUNT(*) FROM residents",
        "EXPLAIN ANALYZE SELECT COUNT(*) FROM residents",
        "SHOW TABLES",
        "SHOW ALL",
        "DESCRIBE residents",
        "SET datafusion.execution.batch_size = 1",
        "SELECT COUNT(*) FROM residents; SELECT COUNT(*) FROM homes",
        "SELECT MIN(wage), MAX(wage) FROM residents",
        "SELECT version()",
        "SELECT arrow_typeof(wage) FROM residents",
        "CREATE TABLE x AS SELECT * FROM residents",
        "COPY residents TO 'x.csv'",
        "SELECT COUNT(*) FROM 'residents.csv'",
    ] {
        let refused = client.query(sql).await.unwrap_err();
        all.push(format!("{sql}: {} {:?}", refused.message(), refused.details()));
    }
    all.push(format!("{:?}", house.ask("li", None, "SELECT * FROM yinshu.grants").await.unwrap()));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_described_tells_whether_somebody_is_in_the_data() {
    let [residents, homes] = crate::world::tables(21);
    let whom = residents.lines().nth(40).unwrap();
    let id = whom.split(',').next().unwrap();
    let without = |table: &str| -> String {
        table.lines().filter(|line| !line.starts_with(id)).map(|line| format!("{line}\n")).collect()
    };
    let without = World::of([without(&residents), without(&homes)]);
    let house = House::of(World::of([residents, homes]), Settings::default(), clock).await;
    let neighbour = House::of(without, Settings::default(), clock).await;
    for (one, other) in described(&house).await.into_iter().zip(described(&neighbour).await) {
        assert_eq!(one, other);
    }
    // The control: what the mode releases is not the same.
    let count = "SELECT COUNT(*) FROM residents";
    let (whole, less) =
        (house.ask("li", None, count).await.unwrap(), neighbour.ask("li", None, count).await.unwrap());
    assert_ne!(whole, less);
}
