//! Tax paid and electricity used by firms, by industry and district.

use crate::nodes::{Outcome, Question, answer};
use crate::{Asked, Made, figure, near};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const INDUSTRIES: [&str; 4] = ["C", "E", "F", "I"];
const DISTRICTS: [&str; 3] = ["990101", "990102", "990104"];
const FIRMS: u64 = 9_000;

/// An organisation code (GB 11714).
pub(crate) fn code(n: u64) -> String {
    let body = format!("{n:08}");
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from(b'0' + digit as u8),
    };
    format!("{body}{check}")
}

/// Tax in fen, and kilowatt hours.
type Firms = BTreeMap<(String, String), Vec<(i64, i64)>>;

fn tables() -> Outcome<([String; 3], Firms)> {
    let mut made = Made(5);
    let mut truth = Firms::new();
    let mut tables: [String; 3] = std::array::from_fn(|_| "code,industry,district,tax,kwh\n".to_owned());
    for n in 0..FIRMS {
        let (industry, district) = (INDUSTRIES[made.below(4) as usize], DISTRICTS[made.below(3) as usize]);
        // One industry has few firms in one district, and of these one is much larger than the others.
        let rare = industry == "I" && district == "990104";
        if rare && n % 15 != 0 {
            continue;
        }
        let kwh = made.below(100_000) as i64 + 1;
        let giant = rare && !truth.contains_key(&(industry.to_owned(), district.to_owned()));
        let tax = kwh * (2_000 + made.below(6_000) as i64) / 100 * if giant { 900 } else { 1 };
        let table = &mut tables[made.below(3) as usize];
        writeln!(table, "{},{industry},{district},{}.{:02},{kwh}", code(n), tax / 100, tax % 100)?;
        for place in [industry, "total"] {
            for part in [district, "total"] {
                truth.entry((place.to_owned(), part.to_owned())).or_default().push((tax, kwh));
            }
        }
    }
    Ok((tables, truth))
}

pub(crate) fn run(asked: &Asked) -> Outcome<()> {
    let (tables, truth) = tables()?;
    let stats = format!(
        "receivers = [\"bureau\", \"tax\", \"social\"]\nmax_rows = 5000\ndominance_percent = 85\n\
         [[stats.group_by]]\ncolumn = \"industry\"\nvalues = {INDUSTRIES:?}\n\
         [[stats.group_by]]\ncolumn = \"district\"\nvalues = {DISTRICTS:?}\n\
         [[stats.measure]]\ncolumn = \"tax\"\nstatistics = [\"sum\", \"mean\", \"variance\", \"median\"]\n\
         quantiles = [250, 750]\nhistogram = [10000, 30000]\ndecimals = 2\nmin = 0\nmax = 100000000\n\
         [[stats.measure]]\ncolumn = \"kwh\"\nstatistics = [\"sum\"]\nmin = 0\nmax = 1000000\n\
         [[stats.correlation]]\ncolumns = [\"tax\", \"kwh\"]\nscope = \"cells\"\n"
    );
    let columns = &[
        ("code", "org-code"),
        ("industry", "code"),
        ("district", "division"),
        ("tax", "decimal"),
        ("kwh", "integer"),
    ];
    let question = Question { name: "firms", title: "经济运行", columns, minimum: 3, stats, tables };
    let found = answer(&question, asked)?;
    let (mut shown, mut hidden) = (0, 0);
    for line in found["table"].as_array().ok_or("no table")? {
        let place = [0, 1].map(|at| line["place"][at].as_str().unwrap_or_default().to_owned());
        let firms = truth.get(&(place[0].clone(), place[1].clone())).cloned().unwrap_or_default();
        let Some(count) = line["count"].as_u64() else {
            hidden += 1;
            continue;
        };
        shown += 1;
        assert_eq!(count, firms.len() as u64, "{place:?}");
        compare(line, firms);
    }
    assert!(hidden > 0 && shown > hidden, "{shown} {hidden}");
    println!("  {shown} cells and totals as in the clear, {hidden} hidden");
    Ok(())
}

fn compare(line: &serde_json::Value, mut firms: Vec<(i64, i64)>) {
    let n = firms.len() as f64;
    // Exactly.
    let sum: i64 = firms.iter().map(|(tax, _)| tax).sum();
    assert_eq!(line["figures"]["tax.sum"], format!("{}.{:02}", sum / 100, sum % 100));
    assert_eq!(line["figures"]["kwh.sum"], firms.iter().map(|(_, kwh)| kwh).sum::<i64>().to_string());
    let pairs: Vec<(f64, f64)> = firms.iter().map(|&(tax, kwh)| (tax as f64 / 100.0, kwh as f64)).collect();
    let [p, q] =
        [pairs.iter().map(|pair| pair.0).sum::<f64>() / n, pairs.iter().map(|pair| pair.1).sum::<f64>() / n];
    let moment = |f: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>() / (n - 1.0);
    let (xx, yy) = (moment(&|pair| (pair.0 - p).powi(2)), moment(&|pair| (pair.1 - q).powi(2)));
    near(figure(line, "tax.mean"), p, "the mean");
    near(figure(line, "tax.variance"), xx, "the variance");
    let both = moment(&|pair| (pair.0 - p) * (pair.1 - q));
    near(figure(line, "correlation.tax.kwh"), both / (xx * yy).sqrt(), "the correlation");
    firms.sort_unstable();
    for (name, thousandths) in [("tax.p25", 250), ("tax.median", 500), ("tax.p75", 750)] {
        let rank = (firms.len() * thousandths).div_ceil(1000);
        let value = firms[rank - 1].0;
        assert_eq!(line["figures"][name], format!("{}.{:02}", value / 100, value % 100), "{name}");
    }
}
