//! What is worked out of local sums of products, by rank and by ranges, against the same in the clear.

use super::{PEOPLE, World, band, hours, lines, ran, wage};
use serde_json::Value;
use std::fs;

/// In fen, where `counts` holds, in order.
fn wages(counts: impl Fn(u32) -> bool) -> Vec<i64> {
    let mut all: Vec<i64> = (0..PEOPLE).filter(|n| counts(*n)).map(wage).collect();
    all.sort_unstable();
    all
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    values.sum::<f64>() / f64::from(PEOPLE)
}

fn near(json: &Value, name: &str, truth: f64) {
    let found: f64 =
        json[name].as_str().unwrap_or_else(|| panic!("{name}: {json}")).parse().expect("a number");
    assert!((found - truth).abs() <= 1e-9 * truth.abs(), "{name}: {found} for {truth}");
}

/// The greatest wage is declared so high that squares need several words.
const TERMS: &str = "8\nsecurity = \"malicious\"\nreceivers = [\"bureau\", \"tax\", \"social\"]\nchi_square = true\n\
    [[stats.group_by]]\ncolumn = \"town\"\nvalues = [\"990101\", \"990102\", \"990104\"]\n\
    [[stats.group_by]]\nage_on = \"2026-11-01\"\n\
    [[stats.measure]]\ncolumn = \"wage\"\nstatistics = [\"sum\", \"sd\", \"median\", \"min\", \"max\"]\n\
    quantiles = [250, 975]\nhistogram = [2000, 5000, 20001]\ndecimals = 2\nmin = 0\nmax = 1000000000\n\
    [[stats.measure]]\ncolumn = \"hours\"\nstatistics = [\"mean\"]\nmin = 0\nmax = 168\n\
    [[stats.weighted_mean]]\ncolumn = \"wage\"\nweight = \"hours\"\n\
    [[stats.correlation]]\ncolumns = [\"wage\", \"hours\"]\nscope = \"cells\"\n\
    [[stats.regression]]\nexplained = \"hours\"\nexplaining = [\"wage\"]\n\
    [[stats.t_test]]\ncolumn = \"wage\"\ncut = \"age\"\nparts = [\"40-44\", \"50-54\"]";

#[test]
fn models_are_as_in_the_clear() {
    let mut world = World::new();
    world.agree(TERMS);
    world.serve();
    let json = world.compute().exits(0).json();
    let table = json["table"].as_array().expect("lines");
    let total = &table.last().expect("a total")["figures"];
    let all = wages(|_| true);
    let value = |rank: usize| format!("{}.{:02}", all[rank - 1] / 100, all[rank - 1] % 100);
    let n = all.len();
    let ranks =
        [("median", n / 2), ("min", 8), ("max", n - 7), ("p25", n / 4), ("p97.5", (n * 39).div_ceil(40))];
    for (word, rank) in ranks {
        assert_eq!(total[format!("wage.{word}")], value(rank), "{word}");
    }
    let (x, y) = (|n: u32| wage(n) as f64 / 100.0, |n: u32| hours(n) as f64);
    let [p, q] = [mean((0..PEOPLE).map(x)), mean((0..PEOPLE).map(y))];
    let moment = |f: &dyn Fn(u32) -> f64| (0..PEOPLE).map(f).sum::<f64>() / f64::from(PEOPLE - 1);
    let (xx, yy) = (moment(&|n| (x(n) - p).powi(2)), moment(&|n| (y(n) - q).powi(2)));
    let xy = moment(&|n| (x(n) - p) * (y(n) - q));
    near(total, "wage.sd", xx.sqrt());
    near(total, "covariance.wage.hours", xy);
    near(total, "correlation.wage.hours", xy / (xx * yy).sqrt());
    near(total, "weighted_mean.wage.hours", mean((0..PEOPLE).map(|n| x(n) * y(n))) / q);
    near(total, "regression.hours.wage", xy / xx);
    near(total, "regression.hours.intercept", q - p * xy / xx);
    near(total, "regression.hours.r2", xy * xy / xx / yy);
    // The slope's error from the residuals.
    let (slope, free) = (xy / xx, f64::from(PEOPLE - 2));
    let left: f64 = (0..PEOPLE).map(|n| (y(n) - q - slope * (x(n) - p)).powi(2)).sum::<f64>() / free;
    near(total, "regression.hours.wage.se", (left / xx / f64::from(PEOPLE - 1)).sqrt());
    near(total, "regression.hours.residual_sd", left.sqrt());
    // Of cells only what is asked of cells.
    let cell = table
        .iter()
        .find(|line| line["hidden"] == false && line["place"][1] != "total" && line["count"] != 0);
    let cell = &cell.expect("some cell is shown")["figures"];
    assert!(
        cell["correlation.wage.hours"].is_string() && cell.get("regression.hours.r2").is_none(),
        "{cell}"
    );

    let bins = json["histograms"][0]["bins"].as_array().expect("bins");
    let counted =
        |from: i64, to: i64| all.iter().filter(|wage| (from * 100..to * 100).contains(wage)).count();
    let expected = [counted(0, 2000), counted(2000, 5000), counted(5000, 20_001), 0, n];
    let found: Vec<Option<u64>> = bins.iter().map(|bin| bin["count"].as_u64()).collect();
    assert_eq!(found, expected.map(|count| Some(count as u64)), "{bins:?}");

    let [a, b] = ["40-44", "50-54"].map(|part| wages(|n| band(n) == part));
    let of = |wages: &[i64]| {
        let n = wages.len() as f64;
        let mean = wages.iter().map(|wage| *wage as f64 / 100.0).sum::<f64>() / n;
        let squares: f64 = wages.iter().map(|wage| (*wage as f64 / 100.0 - mean).powi(2)).sum();
        (mean, squares / (n - 1.0) / n)
    };
    let ((p, s), (q, t)) = (of(&a), of(&b));
    let test = &json["tests"][0];
    let figure = |name: &str| {
        let found = test["figures"].as_array().expect("figures").iter().find(|figure| figure[0] == name);
        found.and_then(|figure| figure[1].as_f64()).unwrap_or_else(|| panic!("{name}: {test}"))
    };
    assert!(
        (figure("difference") - (p - q)).abs() < 1e-6
            && (figure("t") - (p - q) / (s + t).sqrt()).abs() < 1e-9
    );
    // Some cell is hidden: there is no chi-square.
    let chi = &json["tests"][1];
    assert!(chi["kind"] == "chi-square" && chi["figures"][0][1].is_null(), "{chi}");

    let beside = fs::read_to_string(world.path("out-further.csv")).expect("what stands beside");
    assert!(lines(&beside).len() == 1 + 5 + 6 + 3, "{beside}");
    assert_eq!(world.kept("tax").len(), 2, "all receivers keep both");
}

#[test]
fn a_workbook_and_a_folder_have_it_all() {
    let mut world = World::new();
    let terms = TERMS.replace("malicious", "semi-honest").replace("quantiles = [250, 975]\n", "");
    world.agree(&terms.replace(", \"median\", \"min\", \"max\"", ""));
    world.serve();
    let args = ["-C", "bureau", "stats", "run", "--contract", "bureau/contracts/s5.toml", "--input"];
    let run =
        |out| ran(world.dir.path(), &[&args[..], &["bureau/data/table.csv", "--out", out]].concat()).exits(0);
    run("out.xlsx");
    let book = fs::read(world.path("out.xlsx")).expect("a workbook");
    assert!(book.starts_with(b"PK") && book.len() > 5_000);
    let said = run("all").out;
    assert!(said.contains("t-test wage: age 40-44 – 50-54"), "{said}");
    let names = ["table.csv", "table-further.csv", "table.xlsx", "result.json", "report.html"];
    names.iter().for_each(|name| assert!(world.path("all").join(name).exists(), "{name}"));
    let page = fs::read_to_string(world.path("all/report.html")).expect("a report");
    assert!(page.contains("Histograms") && page.contains("chi-square"), "{page}");
}
