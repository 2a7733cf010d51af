//! Who they are: human resources alone gets to know, by private intersections of persons with months.
//!
//! Of each death its owner writes a row for every month that may not be paid any more, and human resources has a row for every
//! payment. What both have is overpaid, and what any of the three finds is, whose date is the earliest. The others learn how
//! many payments there are.

use super::NAMES;
use crate::nodes::{Nodes, Outcome, Terms};
use arrow_array::Array as _;
use arrow_array::cast::AsArray as _;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use yinshu::scenario::pensions::{Pensions, Truth};
use yinshu_data::table::{ColumnKind, ColumnSpec, TableSpec};
use yinshu_data::{Cleaner, Source};

const COLUMNS: [&str; 4] = ["gmsfhm", "xm", "csrq", "ffny"];
const TABLE: &str = "test_region = true\ncolumns = [\n\
    { name = \"gmsfhm\", kind = \"citizen-id\" }, { name = \"xm\", kind = \"name\" },\n\
    { name = \"csrq\", kind = \"date\" }, { name = \"ffny\", kind = \"code\" }]\n";

/// The rows of a table, cleaned; what is missing is empty.
fn cleaned(path: &Path, columns: &[(&str, ColumnKind)]) -> Outcome<Vec<Vec<String>>> {
    let columns = columns.iter().map(|(name, kind)| ColumnSpec::new(name, *kind)).collect();
    let spec = TableSpec { test_region: true, ..TableSpec::new(columns) };
    let mut reader = yinshu_data::open(&Source::file(path))?;
    let mut cleaner = Cleaner::new(&spec, reader.columns())?;
    let mut rows = Vec::new();
    while let Some(raw) = reader.next_batch()? {
        let batch = cleaner.clean(&raw)?.batch;
        for row in 0..batch.num_rows() {
            let cell = |column: &arrow_array::ArrayRef| {
                if column.is_valid(row) {
                    column.as_string::<i32>().value(row).to_owned()
                } else {
                    String::new()
                }
            };
            rows.push(batch.columns().iter().map(cell).collect());
        }
    }
    Ok(rows)
}

/// A row for each month of the year that follows the one after a death: by the number, or by name and birth.
fn months(year: u16, dead: impl Iterator<Item = [String; 4]>) -> Outcome<String> {
    let mut text = COLUMNS.join(",") + "\n";
    for [number, name, birth, day] in dead {
        let (y, m): (i32, i32) = (day[..4].parse()?, day[5..7].parse()?);
        let died = (y - i32::from(year)) * 12 + m;
        for month in (died + 2).max(1)..=12 {
            writeln!(text, "{number},{name},{birth},{year}{month:02}")?;
        }
    }
    Ok(text)
}

/// The tables of deaths, in the order of their owners.
fn deaths(made: &Pensions) -> Outcome<[String; 3]> {
    use ColumnKind::{CitizenId, Date, Name, Text};
    let police = cleaned(&made.cancelled, &[("gmsfhm", CitizenId), ("zxrq", Date), ("zxyy", Text)])?;
    let civil = [("zjhm", CitizenId), ("xm", Name), ("csrq", Date), ("hhrq", Date)];
    let (civil, health) = (
        cleaned(&made.cremated, &civil)?,
        cleaned(&made.certified, &[("gmsfhm", CitizenId), ("swrq", Date)])?,
    );
    let numbered =
        |number: &String, day: &String| [number.clone(), String::new(), String::new(), day.clone()];
    let dead = police.iter().filter(|row| row[2] == "死亡").map(|row| numbered(&row[0], &row[1]));
    let cremated = civil.iter().map(|row| match &row[..] {
        [number, _, _, day] if !number.is_empty() => numbered(number, day),
        row => std::array::from_fn(|at| row[at].clone()),
    });
    let certified = health.iter().map(|row| numbered(&row[0], &row[1]));
    Ok([months(made.year, dead)?, months(made.year, cremated)?, months(made.year, certified)?])
}

/// The payments, with the day of birth that is in the number.
fn payments(made: &Pensions) -> Outcome<String> {
    let mut text = "gmsfhm,xm,csrq,ffny,je\n".to_owned();
    let columns = [
        ("gmsfhm", ColumnKind::CitizenId),
        ("xm", ColumnKind::Name),
        ("ffny", ColumnKind::Code),
        ("je", ColumnKind::Decimal),
    ];
    for row in cleaned(&made.paid, &columns)? {
        let [number, name, month, paid] = &row[..] else { return Err("four columns".into()) };
        let birth = [&number[6..10], &number[10..12], &number[12..14]].join("-");
        writeln!(text, "{number},{name},{birth},{month},{paid}")?;
    }
    Ok(text)
}

/// The list is that of the truth.
pub(super) fn run(nodes: &mut Nodes, made: &Pensions, truth: &Truth) -> Outcome<()> {
    let own = nodes.path("paid.csv");
    fs::write(&own, payments(made)?)?;
    let (mut firm, mut named) = (BTreeSet::new(), BTreeSet::new());
    for (at, table) in (1..).zip(deaths(made)?) {
        let path = nodes.path(&format!("dead-{}.csv", NAMES[at]));
        fs::write(&path, table)?;
        nodes.enter(at, "psi", path, &COLUMNS)?;
        let keys = if NAMES[at] == "mz" { ", [\"xm\", \"csrq\", \"ffny\"]" } else { "" };
        let question = &format!(
            "[psi]\ncolumn = \"gmsfhm\"\nkind = \"citizen-id\"\nlearn = \"recipient\"\nresult = \"keys\"\nmax_runs = 1\n\
             keys = [[\"gmsfhm\", \"ffny\"]{keys}]\nmax_recipient_keys = 10000000\nmax_provider_keys = 1000000\n"
        );
        let terms = Terms { title: "养老待遇与死亡：名单", minimum: 1, table: TABLE, question };
        let list =
            nodes.intersect(at, &terms, (&own, "gmsfhm,ffny,je"), &format!("pensions-list-{}", NAMES[at]))?;
        for line in list.lines().skip(1) {
            let [number, month, paid, by] = line.split(',').collect::<Vec<_>>()[..] else {
                return Err("four cells".into());
            };
            let found = (number.to_owned(), month.to_owned(), paid.replace('.', "").parse::<u64>()?);
            if by.starts_with("gmsfhm") {
                firm.insert(found)
            } else {
                named.insert(found)
            };
        }
    }
    let persons =
        |of: &BTreeSet<(String, String, u64)>| of.iter().map(|row| row.0.clone()).collect::<BTreeSet<_>>();
    assert_eq!((persons(&firm).len() as u64, firm.len() as u64), (truth.persons, truth.payments));
    assert_eq!(firm.iter().map(|row| row.2).sum::<u64>(), truth.fen);
    assert_eq!(persons(&named).difference(&persons(&firm)).count() as u64, truth.weaker);
    Ok(())
}
