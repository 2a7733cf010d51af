//! Hours, schooling and income of the Adult data set, its rows dealt out to three parties.

use crate::nodes::{Outcome, Question, answer};
use crate::{Asked, figure, near};
use yinshu_mpc::plain;

const DATA: &str = include_str!("../data/adult_test.csv");

pub(crate) fn run(asked: &Asked) -> Outcome<()> {
    let (head, rows) = DATA.split_once('\n').ok_or("no rows")?;
    let rows: Vec<&str> = rows.lines().collect();
    let part = |at: usize| {
        let own = rows.iter().skip(at).step_by(3).copied();
        std::iter::once(head).chain(own).map(|row| format!("{row}\n")).collect::<String>()
    };
    let stats = "receivers = [\"bureau\"]\nsecurity = \"malicious\"\nmax_rows = 5000\nchi_square = true\n\
        [[stats.group_by]]\ncolumn = \"sex\"\nvalues = [\"FEMALE\", \"MALE\"]\n\
        [[stats.group_by]]\ncolumn = \"income\"\nvalues = [\"LOW\", \"HIGH\"]\n\
        [[stats.measure]]\ncolumn = \"hours\"\nstatistics = [\"mean\", \"sd\"]\nhistogram = [20, 35, 45, 60]\nmin = 0\nmax = 99\n\
        [[stats.measure]]\ncolumn = \"age\"\nstatistics = [\"mean\"]\nmin = 0\nmax = 120\n\
        [[stats.measure]]\ncolumn = \"educ\"\nstatistics = [\"mean\"]\nmin = 0\nmax = 20\n\
        [[stats.correlation]]\ncolumns = [\"hours\", \"age\", \"educ\"]\n\
        [[stats.regression]]\nexplained = \"hours\"\nexplaining = [\"age\", \"educ\"]\n\
        [[stats.t_test]]\ncolumn = \"hours\"\ncut = \"sex\"\nparts = [\"FEMALE\", \"MALE\"]\n";
    let columns = &[
        ("id", "org-code"),
        ("age", "integer"),
        ("educ", "integer"),
        ("hours", "integer"),
        ("sex", "code"),
        ("income", "code"),
    ];
    let (tables, stats) = ([part(0), part(1), part(2)], stats.to_owned());
    let found =
        answer(&Question { name: "adult", title: "Adult", columns, minimum: 10, stats, tables }, asked)?;
    let lines = found["table"].as_array().ok_or("no table")?;
    let total = lines.last().ok_or("no total")?;

    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.split(',').collect()).collect();
    let column =
        |at: usize| -> Vec<f64> { rows.iter().map(|row| row[at].parse().unwrap_or(f64::NAN)).collect() };
    let (n, hours, age, educ) = (rows.len() as f64, column(3), column(1), column(2));
    assert_eq!(total["count"], rows.len());
    near(figure(total, "hours.sd"), plain::covariance(&hours, &hours).sqrt(), "the deviation");
    near(figure(total, "correlation.hours.educ"), plain::correlation(&hours, &educ), "the correlation");
    let (slopes, errors, r2) = plain::least_squares(&[age, educ], &hours);
    for (at, name) in (1..).zip(["age", "educ"]) {
        near(figure(total, &format!("regression.hours.{name}")), slopes[at], name);
        near(figure(total, &format!("regression.hours.{name}.se")), errors[at], name);
    }
    near(figure(total, "regression.hours.r2"), r2, "what is explained");

    let of = |sex: &str| -> Vec<f64> {
        rows.iter().zip(&hours).filter(|(row, _)| row[4] == sex).map(|(_, hours)| *hours).collect()
    };
    let (a, b) = (of("FEMALE"), of("MALE"));
    let square = |part: &[f64]| plain::covariance(part, part) / part.len() as f64;
    let t = (plain::mean(&a) - plain::mean(&b)) / (square(&a) + square(&b)).sqrt();
    near(test(&found, 0, "t"), t, "t");
    let counted = |sex: Option<&str>, income: Option<&str>| {
        let fits =
            |row: &&Vec<&str>| sex.is_none_or(|sex| row[4] == sex) && income.is_none_or(|i| row[5] == i);
        rows.iter().filter(fits).count() as f64
    };
    let cells = ["FEMALE", "MALE"].into_iter().flat_map(|sex| ["LOW", "HIGH"].map(|income| (sex, income)));
    let cell = |(sex, income): (&str, &str)| {
        let expected = counted(Some(sex), None) * counted(None, Some(income)) / n;
        (counted(Some(sex), Some(income)) - expected).powi(2) / expected
    };
    near(test(&found, 1, "chi_square"), cells.map(cell).sum(), "chi-square");
    println!(
        "  {} rows: hours = … {:+.4} age {:+.4} schooling, R² {r2:.4}; as in the clear",
        n, slopes[1], slopes[2]
    );
    Ok(())
}

/// A figure of a test.
fn test(found: &serde_json::Value, at: usize, name: &str) -> f64 {
    let figures = found["tests"][at]["figures"].as_array();
    let figure = figures.and_then(|figures| figures.iter().find(|figure| figure[0] == name));
    figure.and_then(|figure| figure[1].as_f64()).unwrap_or(f64::NAN)
}
