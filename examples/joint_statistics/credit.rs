//! Credit and default in Taiwan, 2005: a bank knows the limits, a register the persons, a clearing house who failed to pay.

use crate::nodes::{Nodes, Outcome, Terms};
use crate::{Asked, firms, near_by};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use yinshu_mpc::plain;

const DATA: &str = include_str!("../data/credit_default.csv");
const MINIMUM: usize = 10;
/// How far figures may be off, relatively.
const NEAR: f64 = 1e-6;
const BANDS: [(&str, f64); 4] = [("21-29", 30.0), ("30-39", 40.0), ("40-49", 50.0), ("50-79", 80.0)];

const BY_GROUP: &str = "SELECT p.education,
  CASE WHEN p.age < 30 THEN '21-29' WHEN p.age < 40 THEN '30-39' WHEN p.age < 50 THEN '40-49' ELSE '50-79' END AS band,
  COUNT(*) AS persons, AVG(d.failed) AS rate, AVG(l.credit) AS credit
FROM bank.limits l JOIN register.persons p USING (id) JOIN clearing.outcomes d USING (id)
GROUP BY p.education, band ORDER BY p.education, band";

const ALL: &str =
    "SELECT COUNT(*) AS persons, CORR(l.credit, d.failed) AS correlation, STDDEV_SAMP(l.credit) AS sd
FROM bank.limits l JOIN clearing.outcomes d USING (id)";

/// A row: limit, age, education, failed.
type Row = [f64; 4];

fn rows() -> Outcome<Vec<Row>> {
    let row = |line: &str| -> Outcome<Row> {
        let cells = line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        Ok([cells[1], cells[3], cells[4], cells[9]])
    };
    DATA.lines().skip(1).map(row).collect()
}

fn terms(sql: &str) -> String {
    format!(
        "[query]\nsql = '''\n{sql}\n'''\nreceivers = [\"bank\"]\nsecurity = \"semi-honest\"\nmax_runs = 1\n\
         [[query.table]]\nname = \"limits\"\nparty = \"bank\"\nmax_rows = 30000\ncolumns = [\n\
         {{ name = \"id\", kind = \"org-code\", unique = true, use = \"join-key\" }},\n\
         {{ name = \"credit\", kind = \"integer\", min = 0, max = 1000000, use = \"aggregate\" }}]\n\
         [[query.table]]\nname = \"persons\"\nparty = \"register\"\nmax_rows = 30000\ncolumns = [\n\
         {{ name = \"id\", kind = \"org-code\", unique = true, use = \"join-key\" }},\n\
         {{ name = \"age\", kind = \"integer\", min = 18, max = 100, use = [\"group-key\", \"compare\"] }},\n\
         {{ name = \"education\", kind = \"integer\", min = 0, max = 6, use = \"group-key\" }}]\n\
         [[query.table]]\nname = \"outcomes\"\nparty = \"clearing\"\nmax_rows = 30000\ncolumns = [\n\
         {{ name = \"id\", kind = \"org-code\", unique = true, use = \"join-key\" }},\n\
         {{ name = \"failed\", kind = \"integer\", min = 0, max = 1, use = \"aggregate\" }}]\n"
    )
}

fn number(cell: &Value) -> f64 {
    cell.as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
}

pub(crate) fn run(asked: &Asked) -> Outcome<()> {
    let rows = rows()?;
    let mut nodes = Nodes::new(&["bank", "register", "clearing"], asked)?;
    let [mut limits, mut persons, mut outcomes] =
        ["id,credit\n", "id,age,education\n", "id,failed\n"].map(str::to_owned);
    for (at, [limit, age, education, failed]) in rows.iter().enumerate() {
        let id = firms::code(at as u64);
        writeln!(limits, "{id},{limit}")?;
        writeln!(persons, "{id},{age},{education}")?;
        writeln!(outcomes, "{id},{failed}")?;
    }
    let columns: [&[&str]; 3] = [&["id", "credit"], &["id", "age", "education"], &["id", "failed"]];
    for (at, (table, columns)) in [limits, persons, outcomes].iter().zip(columns).enumerate() {
        let path = nodes.path(&format!("{at}.csv"));
        fs::write(&path, table)?;
        nodes.enter(at, "stats", path, columns)?;
    }
    let ask = |name: &str, sql: &str| {
        let (table, question) = ("test_region = true\ncolumns = []\n", &terms(sql));
        nodes.ask(
            "sql",
            &Terms { title: "Credit and default", minimum: MINIMUM as u32, table, question },
            name,
        )
    };
    let (told, hidden) = by_group(&rows, &ask("credit-groups", BY_GROUP)?)?;
    let found = &ask("credit", ALL)?["table"][0];
    let [limits, failed] = [0, 3].map(|at| rows.iter().map(|row| row[at]).collect::<Vec<f64>>());
    assert_eq!(found[0], rows.len().to_string());
    near_by(number(&found[1]), plain::correlation(&limits, &failed), NEAR, "the correlation");
    near_by(number(&found[2]), plain::covariance(&limits, &limits).sqrt(), NEAR, "the deviation");
    println!(
        "  {} persons: {told} groups as in the clear, {hidden} hidden; limit and default correlate by {:.4}",
        rows.len(),
        number(&found[1])
    );
    Ok(())
}

fn by_group(rows: &[Row], found: &Value) -> Outcome<(usize, u64)> {
    let mut groups: BTreeMap<(String, &str), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let band = BANDS.iter().find(|(_, below)| row[1] < *below).ok_or("an age beyond all bands")?.0;
        groups.entry((row[2].to_string(), band)).or_default().push(row);
    }
    let lines = found["table"].as_array().ok_or("no table")?;
    let mut told = 0;
    for ((education, band), of) in &groups {
        let line = lines.iter().find(|line| line[0] == **education && line[1] == *band);
        let [credit, failed] = [0, 3].map(|at| of.iter().map(|row| row[at]).collect::<Vec<f64>>());
        let defaults = failed.iter().sum::<f64>() as usize;
        // A rate of few, or of all but few, would say of these who they are.
        let few = [of.len(), defaults, of.len() - defaults].iter().any(|n| (1..MINIMUM).contains(n));
        let Some(line) = line else { continue };
        assert!(!few, "{education} {band}");
        assert_eq!(line[2], of.len().to_string());
        near_by(number(&line[3]), plain::mean(&failed), NEAR, "the rate");
        near_by(number(&line[4]), plain::mean(&credit), NEAR, "the limit");
        told += 1;
    }
    let hidden = ["hidden", "withheld"].iter().filter_map(|name| found[name].as_u64()).sum::<u64>();
    assert!(told == lines.len() && told as u64 + hidden == groups.len() as u64 && hidden > 0);
    Ok((told, hidden))
}
