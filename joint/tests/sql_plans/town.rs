//! Three departments with made tables; a question asked of the plan and of the engine.

use datafusion::arrow::array::{ArrayRef, AsArray as _, Decimal128Array, Int64Array, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::{MemTable, MemorySchemaProvider};
use datafusion::prelude::{SessionConfig, SessionContext};
use rand::RngExt as _;
use rand_chacha::ChaCha20Rng;
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;
use yinshu_joint::JointError;
use yinshu_joint::sql::terms::Terms;
use yinshu_joint::sql::{local, lower};
use yinshu_mpc::query::{
    Cells, ColumnAt, Expr, Figure, Function, Number, Plan, Shown, Table, Tell, Values, plain,
};

/// A cell of a result: a label, or a number if there is one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Label(String),
    Number(Option<f64>),
}

pub(crate) const TOWNS: [&str; 3] = ["EAST", "NORTH", "SOUTH"];

/// The tables, all columns of which may be used for anything.
pub(crate) const TABLES: &str = r#"
[[party]]
name = "hr"
[[party]]
name = "tax"
[[party]]
name = "bureau"
[[query.table]]
name = "insured"
party = "hr"
max_rows = 100
columns = [
  { name = "id", kind = "code", unique = true, use = "plaintext" },
  { name = "town", kind = "code", values = ["EAST", "NORTH", "SOUTH"], nullable = true, use = "plaintext" },
  { name = "age", kind = "integer", min = 0, max = 99, use = "plaintext" },
  { name = "wage", kind = "decimal", decimals = 2, min = 0, max = 1000, nullable = true, use = "plaintext" },
]
[[query.table]]
name = "income"
party = "tax"
max_rows = 100
columns = [
  { name = "id", kind = "code", nullable = true, use = "plaintext" },
  { name = "year", kind = "integer", min = 2023, max = 2025, use = "plaintext" },
  { name = "income", kind = "integer", min = -500, max = 900, nullable = true, use = "plaintext" },
  { name = "source", kind = "code", values = ["WORK", "RENT"], use = "plaintext" },
]
[[query.table]]
name = "housing"
party = "bureau"
max_rows = 100
columns = [
  { name = "id", kind = "code", unique = true, use = "plaintext" },
  { name = "town", kind = "code", values = ["EAST", "NORTH", "SOUTH"], use = "plaintext" },
  { name = "rooms", kind = "integer", min = 0, max = 9, nullable = true, use = "plaintext" },
  { name = "area", kind = "decimal", decimals = 1, min = 0, max = 300, use = "plaintext" },
]
"#;

pub(crate) struct Town {
    folder: tempfile::TempDir,
    engine: SessionContext,
}

type Columns = Vec<(&'static str, u32, Vec<Option<String>>)>;

/// A column of texts (decimals 99), or of numbers.
const TEXT: u32 = 99;

fn cells(
    rng: &mut ChaCha20Rng,
    rows: usize,
    missing: bool,
    of: impl Fn(&mut ChaCha20Rng) -> String,
) -> Vec<Option<String>> {
    (0..rows).map(|_| if missing && pick(rng, 5) == 0 { None } else { Some(of(rng)) }).collect()
}

fn pick(rng: &mut ChaCha20Rng, most: usize) -> usize {
    rng.random_range(0..most)
}

/// Ids, none of them twice.
fn distinct(rng: &mut ChaCha20Rng, rows: usize) -> Vec<Option<String>> {
    let mut left: Vec<usize> = (0..40).collect();
    (0..rows).map(|_| Some(format!("P{:02}", left.swap_remove(pick(rng, left.len()))))).collect()
}

fn made(rng: &mut ChaCha20Rng) -> [(&'static str, &'static str, Columns); 3] {
    let (rows, incomes) = (8 + pick(rng, 22), 5 + pick(rng, 40));
    let town = |rng: &mut ChaCha20Rng| TOWNS[pick(rng, 3)].to_owned();
    let hr = vec![
        ("id", TEXT, distinct(rng, rows)),
        ("town", TEXT, cells(rng, rows, true, town)),
        ("age", 0, cells(rng, rows, false, |rng| pick(rng, 100).to_string())),
        ("wage", 2, cells(rng, rows, true, |rng| format!("{}.{:02}", pick(rng, 1000), pick(rng, 100)))),
    ];
    let tax = vec![
        ("id", TEXT, cells(rng, incomes, true, |rng| format!("P{:02}", pick(rng, 40)))),
        ("year", 0, cells(rng, incomes, false, |rng| (2023 + pick(rng, 3)).to_string())),
        ("income", 0, cells(rng, incomes, true, |rng| (pick(rng, 1400) as i64 - 500).to_string())),
        ("source", TEXT, cells(rng, incomes, false, |rng| ["WORK", "RENT"][pick(rng, 2)].to_owned())),
    ];
    let bureau = vec![
        ("id", TEXT, distinct(rng, rows)),
        ("town", TEXT, cells(rng, rows, false, town)),
        ("rooms", 0, cells(rng, rows, true, |rng| pick(rng, 10).to_string())),
        ("area", 1, cells(rng, rows, false, |rng| format!("{}.{}", pick(rng, 300), pick(rng, 10)))),
    ];
    [("hr", "insured", hr), ("tax", "income", tax), ("bureau", "housing", bureau)]
}

fn array(decimals: u32, cells: &[Option<String>]) -> ArrayRef {
    match decimals {
        TEXT => Arc::new(StringArray::from(cells.to_vec())),
        0 => Arc::new(
            cells.iter().map(|cell| cell.as_ref().map(|c| c.parse().unwrap())).collect::<Int64Array>(),
        ),
        decimals => {
            let scaled = |cell: &String| cell.replace('.', "").parse::<i128>().unwrap();
            let values = cells.iter().map(|cell| cell.as_ref().map(scaled)).collect::<Decimal128Array>();
            Arc::new(values.with_precision_and_scale(19, decimals as i8).unwrap())
        }
    }
}

impl Town {
    pub(crate) async fn new(rng: &mut ChaCha20Rng) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = SessionConfig::new()
            .set_bool("datafusion.sql_parser.parse_float_as_decimal", true)
            .with_target_partitions(1)
            .with_default_catalog_and_schema("town", "public");
        let engine = SessionContext::new_with_config(config);
        for (party, name, columns) in made(rng) {
            let rows = columns[0].2.len();
            let mut csv = columns.iter().map(|c| c.0).collect::<Vec<_>>().join(",") + "\n";
            for row in 0..rows {
                let cells = columns.iter().map(|c| c.2[row].clone().unwrap_or_default());
                writeln!(csv, "{}", cells.collect::<Vec<_>>().join(",")).unwrap();
            }
            std::fs::write(folder.path().join(format!("{name}.csv")), csv).unwrap();
            let arrays: Vec<ArrayRef> = columns.iter().map(|c| array(c.1, &c.2)).collect();
            let fields = columns.iter().zip(&arrays);
            let fields: Vec<Field> =
                fields.map(|(c, array)| Field::new(c.0, array.data_type().clone(), true)).collect();
            let schema = Arc::new(Schema::new(fields));
            let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
            let table = Arc::new(MemTable::try_new(schema, vec![vec![batch]]).unwrap());
            let party_schema = Arc::new(MemorySchemaProvider::new());
            engine.catalog("town").unwrap().register_schema(party, party_schema).unwrap();
            engine.register_table(format!("{party}.{name}"), table.clone()).unwrap();
            engine.register_table(name, table).unwrap();
        }
        Self { folder, engine }
    }

    /// The rows of a result, by the plan and by the engine, both ordered.
    pub(crate) async fn both(&self, sql: &str) -> Result<(Vec<Vec<Cell>>, Vec<Vec<Cell>>), JointError> {
        let terms = Terms::parse(&format!("[query]\nsql = '''{sql}'''\n{TABLES}"))?;
        let plan = lower(&terms).await?;
        let again = lower(&terms).await?;
        assert_eq!(serde_json::to_string(&plan).unwrap(), serde_json::to_string(&again).unwrap());
        let mut tables = Vec::new();
        for input in &plan.inputs {
            let path: PathBuf = self.folder.path().join(format!("{}.csv", input.table));
            let mut out = Vec::new();
            let rows = local::run(&terms, input, &path, &mut out).await?;
            let table = read(&out);
            assert_eq!(table.rows as u64, rows);
            input.check(&table).unwrap();
            tables.push(table);
        }
        let (mut ours, mut theirs) = (told(&plan, &tables), self.engine_rows(sql).await);
        let text = |row: &Vec<Cell>| row.iter().map(|cell| format!("{cell:?}")).collect::<Vec<_>>();
        ours.sort_by_key(text);
        theirs.sort_by_key(text);
        Ok((ours, theirs))
    }

    async fn engine_rows(&self, sql: &str) -> Vec<Vec<Cell>> {
        let frame = self.engine.sql(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
        let batches = frame.collect().await.unwrap_or_else(|error| panic!("{sql}\n{error}"));
        let mut rows = Vec::new();
        for batch in &batches {
            for row in 0..batch.num_rows() {
                rows.push(batch.columns().iter().map(|array| cell(array, row)).collect());
            }
        }
        rows
    }
}

fn cell(array: &ArrayRef, row: usize) -> Cell {
    let text = cast(array, &DataType::Utf8).unwrap();
    let text = text.as_string::<i32>();
    let text = array.is_valid(row).then(|| text.value(row).to_owned());
    match array.data_type() {
        DataType::Utf8 | DataType::Utf8View | DataType::Boolean => Cell::Label(text.unwrap_or_default()),
        _ => Cell::Number(text.and_then(|text| text.parse().ok()).filter(|value: &f64| value.is_finite())),
    }
}

/// A table as its owner's part gives it.
pub(crate) fn read(bytes: &[u8]) -> Table {
    let reader = StreamReader::try_new(Cursor::new(bytes), None).unwrap();
    let schema = reader.schema();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let column = |at: usize| match schema.field(at).data_type() {
        DataType::Utf8 => {
            let all = batches.iter().flat_map(|batch| batch.column(at).as_string::<i32>().iter());
            Cells::Texts(all.map(|text| text.map(str::to_owned)).collect())
        }
        _ => {
            let all = batches.iter().flat_map(|batch| batch.column(at).as_primitive::<Int64Type>().iter());
            Cells::Integers(all.collect())
        }
    };
    Table { rows, columns: (0..schema.fields().len()).map(column).collect() }
}

/// The groups of a plan; where owners added up theirs beforehand, from their sums.
fn added_up(plan: &Plan, tables: &[Table]) -> Vec<plain::PlainGroup> {
    let Tell::Groups { keys, figures, having, rows } = &plan.tell else { panic!() };
    if rows.is_none() {
        return plain::groups(plan, tables);
    }
    let sum = |of: &Option<Expr>| Figure {
        name: String::new(),
        function: Function::Sum,
        hidden: false,
        counted: None,
        squares: None,
        of: Some(of.clone().unwrap_or(Expr::Integer(0))),
        with: None,
        decimals: 0,
        with_decimals: 0,
    };
    let parts = figures.iter().flat_map(|f| [&f.counted, &f.of, &f.squares].map(sum)).collect();
    // A condition asks for counts and sums.
    let place = |at: usize| 3 * at + usize::from(figures[at].function == Function::Sum);
    let text = having.as_ref().map(|having| serde_json::to_value(having).unwrap());
    let having = text.map(|mut text| {
        moved(&mut text, &place);
        serde_json::from_value(text).unwrap()
    });
    let tell = Tell::Groups { keys: keys.clone(), figures: parts, having, rows: None };
    let mut groups = plain::groups(&Plan { tell, ..plan.clone() }, tables);
    for group in &mut groups {
        let whole = |at: usize| match group.figures[at] {
            Number::Exact { value, .. } => value as f64,
            _ => 0.0,
        };
        let figure = |(at, figure): (usize, &Figure)| {
            let unit = 10f64.powi(-(figure.decimals as i32));
            let (n, s, q) = (whole(3 * at), whole(3 * at + 1) * unit, whole(3 * at + 2) * unit * unit);
            let variance = (q - s * s / n) / (n - 1.0);
            match figure.function {
                Function::Count => Number::Exact { value: n as i128, decimals: 0 },
                Function::Sum | Function::Mean if n == 0.0 => Number::Missing,
                Function::Sum => Number::Real(s),
                Function::Mean => Number::Real(s / n),
                Function::Variance if n > 1.0 => Number::Real(variance),
                Function::Sd if n > 1.0 => Number::Real(variance.max(0.0).sqrt()),
                _ => Number::Missing,
            }
        };
        group.figures = figures.iter().enumerate().map(figure).collect();
    }
    groups
}

/// The same condition over other figures.
fn moved(condition: &mut serde_json::Value, place: &dyn Fn(usize) -> usize) {
    if let Ok(at) = serde_json::from_value::<ColumnAt>(condition.clone()) {
        condition["column"] = place(at.column).into();
    } else if let Some(inner) = condition.as_object_mut() {
        inner.values_mut().for_each(|inner| moved(inner, place));
    }
}

/// What receivers see, by the plan.
fn told(plan: &Plan, tables: &[Table]) -> Vec<Vec<Cell>> {
    let (Tell::Groups { keys, figures, .. }, Some(layout)) = (&plan.tell, &plan.layout) else { panic!() };
    for (input, table) in plan.inputs.iter().zip(tables) {
        assert!(input.columns.len() == table.columns.len());
        assert!(input.columns.iter().all(|c| !matches!(&c.values, Values::Code { of } if of.is_empty())));
    }
    let groups = added_up(plan, tables);
    let shown = |group: &plain::PlainGroup, column: &Shown| match *column {
        Shown::Key(at) => {
            let (key, value) = (&keys[at], group.keys[at].unwrap());
            assert!(key.min <= value && value <= key.max);
            match key.texts.get((value - key.min) as usize) {
                // A number's own text, where a list is made for what is missing.
                Some(text) if text.parse::<f64>().is_ok() => Cell::Number(text.parse().ok()),
                Some(text) if key.texts[0].parse::<f64>().is_ok() && text.is_empty() => Cell::Number(None),
                Some(text) => Cell::Label(text.clone()),
                None => Cell::Number(Some(value as f64)),
            }
        }
        Shown::Figure(at) => {
            assert!(!figures[at].hidden);
            Cell::Number(match group.figures[at] {
                Number::Exact { value, decimals } => Some(value as f64 / 10f64.powi(decimals as i32)),
                Number::Real(value) => Some(value).filter(|value| value.is_finite()),
                _ => None,
            })
        }
    };
    let row = |group: &plain::PlainGroup| layout.columns.iter().map(|column| shown(group, column)).collect();
    groups.iter().filter(|group| group.passes).map(row).collect()
}

/// The same rows, numbers within what the engine's own rounding leaves.
pub(crate) fn same(ours: &[Vec<Cell>], theirs: &[Vec<Cell>]) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= 2e-5 + 1e-7 * a.abs().max(b.abs());
    let cells = |a: &Cell, b: &Cell| match (a, b) {
        (Cell::Number(Some(a)), Cell::Number(Some(b))) => near(*a, *b),
        (a, b) => a == b,
    };
    let mut left: Vec<&Vec<Cell>> = theirs.iter().collect();
    let found = ours.iter().all(|row| {
        let at = left
            .iter()
            .position(|other| row.len() == other.len() && row.iter().zip(*other).all(|(a, b)| cells(a, b)));
        at.map(|at| left.swap_remove(at)).is_some()
    });
    found && left.is_empty()
}
