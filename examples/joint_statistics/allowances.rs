//! People who draw an allowance and declare more income than the wage they are insured with: a question in SQL over tables
//! of three departments, by district and kind of allowance.

use crate::nodes::{Nodes, Outcome, Terms};
use crate::{Asked, Made, citizen, near, yuan};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const DISTRICTS: [&str; 4] = ["990101", "990102", "990104", "990105"];
const KINDS: [&str; 3] = ["低保", "临时救助", "特困"];
const PEOPLE: u64 = 4_000;
const MINIMUM: usize = 10;
/// In fen, as `HAVING` has it in yuan: groups that were paid no more are not asked for.
const LEAST: i64 = 20_000_000;

const SQL: &str =
    "SELECT i.district, a.kind, COUNT(*) AS persons, SUM(a.paid) AS paid, AVG(t.income) AS income
FROM civil.allowances a JOIN social.insured i USING (id) JOIN tax.incomes t USING (id)
WHERE a.months >= 3 AND t.income > i.wage * 12
GROUP BY i.district, a.kind HAVING SUM(a.paid) > 200000
ORDER BY persons DESC";

/// Of each group what was paid and declared, in fen.
type Groups = BTreeMap<[&'static str; 2], Vec<(i64, i64)>>;

fn tables() -> Outcome<([String; 3], Groups)> {
    let mut made = Made(2);
    let mut groups = Groups::new();
    let [mut civil, mut social, mut tax] =
        ["id,kind,months,paid\n", "id,district,wage\n", "id,income\n"].map(str::to_owned);
    for n in 0..PEOPLE {
        let district = DISTRICTS[made.below(4).min(made.below(5)) as usize];
        let id = citizen(district, 1950 + made.below(50), n);
        let kind = KINDS[(made.below(40) / 19) as usize];
        let (months, wage) = (made.below(13) as i64, 120_000 + made.below(300_000) as i64);
        let paid = months * (30_000 + made.below(40_000) as i64);
        let income = wage * 12 * (60 + made.below(70) as i64) / 100;
        // Not everybody is known to all.
        let [drawn, insured, taxed] = [0, 1, 2].map(|_| made.below(10) > 0);
        if drawn {
            writeln!(civil, "{id},{kind},{months},{}", yuan(paid))?;
        }
        if insured {
            writeln!(social, "{id},{district},{}", yuan(wage))?;
        }
        if taxed {
            writeln!(tax, "{id},{}", yuan(income))?;
        }
        if drawn && insured && taxed && months >= 3 && income > wage * 12 {
            groups.entry([district, kind]).or_default().push((paid, income));
        }
    }
    Ok(([civil, social, tax], groups))
}

/// What owners let be done with each column.
fn terms() -> String {
    format!(
        "[query]\nsql = '''{SQL}'''\nreceivers = [\"civil\"]\nsecurity = \"malicious\"\nmax_runs = 1\n\
         [[query.table]]\nname = \"allowances\"\nparty = \"civil\"\nmax_rows = 4000\ncolumns = [\n\
         {{ name = \"id\", kind = \"citizen-id\", unique = true, use = \"join-key\" }},\n\
         {{ name = \"kind\", kind = \"text\", values = {KINDS:?}, use = \"group-key\" }},\n\
         {{ name = \"months\", kind = \"integer\", min = 0, max = 12, use = \"compare\" }},\n\
         {{ name = \"paid\", kind = \"decimal\", decimals = 2, min = 0, max = 10000, use = \"aggregate\" }}]\n\
         [[query.table]]\nname = \"insured\"\nparty = \"social\"\nmax_rows = 4000\nhidden = true\ncolumns = [\n\
         {{ name = \"id\", kind = \"citizen-id\", unique = true, use = \"join-key\" }},\n\
         {{ name = \"district\", kind = \"division\", values = {DISTRICTS:?}, use = \"group-key\" }},\n\
         {{ name = \"wage\", kind = \"decimal\", decimals = 2, min = 0, max = 100000, use = \"compare\" }}]\n\
         [[query.table]]\nname = \"incomes\"\nparty = \"tax\"\nmax_rows = 4000\nhidden = true\ncolumns = [\n\
         {{ name = \"id\", kind = \"citizen-id\", unique = true, use = \"join-key\" }},\n\
         {{ name = \"income\", kind = \"decimal\", decimals = 2, min = 0, max = 1000000, use = [\"aggregate\", \"compare\"] }}]\n"
    )
}

pub(crate) fn run(asked: &Asked) -> Outcome<()> {
    let (tables, groups) = tables()?;
    let mut nodes = Nodes::new(&["civil", "social", "tax"], asked)?;
    let columns: [&[&str]; 3] =
        [&["id", "kind", "months", "paid"], &["id", "district", "wage"], &["id", "income"]];
    for (at, (table, columns)) in tables.iter().zip(columns).enumerate() {
        let path = nodes.path(&format!("{at}.csv"));
        fs::write(&path, table)?;
        nodes.enter(at, "stats", path, columns)?;
    }
    let table = "test_region = true\ncolumns = []\n";
    let question = &terms();
    let found = nodes.ask(
        "sql",
        &Terms { title: "救助对象核对", minimum: MINIMUM as u32, table, question },
        "allowances",
    )?;
    compare(&found, &groups, &nodes.path("allowances"))
}

/// What is told is as in the clear; what is not is nowhere in what was written.
fn compare(found: &Value, groups: &Groups, out: &Path) -> Outcome<()> {
    let number = |name: &str| found[name].as_u64().map_or(usize::MAX, |number| number as usize);
    let (hidden, withheld, failed) = (number("hidden"), number("withheld"), number("failed"));
    let lines = found["table"].as_array().ok_or("no table")?;
    let written = ["table.csv", "result.json", "report.html"].map(|name| fs::read_to_string(out.join(name)));
    let written = written.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (mut told, mut small) = (0, 0);
    for (place, rows) in groups {
        let (paid, income) = rows.iter().fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
        let line = lines.iter().find(|line| [&line[0], &line[1]] == *place);
        small += usize::from(rows.len() < MINIMUM);
        let Some(line) = line else {
            for figure in [yuan(paid), format!("{}", income as f64 / 100.0 / rows.len() as f64)] {
                assert!(written.iter().all(|text| !text.contains(&figure)), "{place:?}: {figure}");
            }
            continue;
        };
        told += 1;
        assert!(rows.len() >= MINIMUM && paid > LEAST, "{place:?}");
        assert_eq!([&line[2], &line[3]], [&rows.len().to_string(), &yuan(paid)]);
        let mean = line[4].as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN);
        near(mean, income as f64 / 100.0 / rows.len() as f64, "the mean");
    }
    let short = groups.values().filter(|rows| rows.iter().map(|row| row.0).sum::<i64>() <= LEAST);
    let short = short.filter(|rows| rows.len() >= MINIMUM).count();
    assert_eq!((told, hidden), (lines.len(), small));
    assert_eq!(told + hidden + withheld + failed, groups.len());
    assert!(small > 0 && withheld > 0 && failed > 0 && failed <= short, "{small} {withheld} {failed}");
    println!(
        "  {told} groups as in the clear; {hidden} of few people hidden, {withheld} withheld with them, {failed} not asked for"
    );
    Ok(())
}
