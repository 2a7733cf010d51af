//! Wages, schooling and experience of the census of 2000: each of three offices holds a third of the states.

use crate::nodes::{Outcome, Question, answer};
use crate::{Asked, figure, firms, near_by};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use yinshu_mpc::plain;

const DATA: &str = include_str!("../data/census2000_wages.csv");
/// How far figures may be off, relatively.
const NEAR: f64 = 1e-6;

pub(crate) fn run(asked: &Asked) -> Outcome<()> {
    let rows: Vec<Vec<&str>> = DATA.lines().skip(1).map(|row| row.split(',').collect()).collect();
    let mut states: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        states.entry(row[0]).or_default().push(at);
    }
    let mut tables: [String; 3] = std::array::from_fn(|_| "id,state,educ,wage,exper,expersq\n".to_owned());
    for (holder, own) in states.values().enumerate() {
        for &at in own {
            let [state, _, educ, wage, exper, square] = rows[at][..] else {
                return Err("six columns".into());
            };
            writeln!(
                tables[holder % 3],
                "{},{state},{educ},{wage},{exper},{square}",
                firms::code(at as u64)
            )?;
        }
    }
    let names: Vec<&str> = states.keys().copied().collect();
    let stats = format!(
        "receivers = [\"bureau\", \"tax\", \"social\"]\nsecurity = \"malicious\"\nmax_rows = 20000\n\
         [[stats.group_by]]\ncolumn = \"state\"\nvalues = {names:?}\n\
         [[stats.measure]]\ncolumn = \"wage\"\nstatistics = [\"mean\", \"sd\", \"median\"]\nquantiles = [250, 750]\n\
         decimals = 7\nmin = -5\nmax = 15\n\
         [[stats.measure]]\ncolumn = \"educ\"\nstatistics = [\"mean\"]\nmin = 0\nmax = 20\n\
         [[stats.measure]]\ncolumn = \"exper\"\nstatistics = [\"mean\"]\nmin = 0\nmax = 60\n\
         [[stats.measure]]\ncolumn = \"expersq\"\nstatistics = [\"mean\"]\nmin = 0\nmax = 3600\n\
         [[stats.weighted_mean]]\ncolumn = \"wage\"\nweight = \"educ\"\n\
         [[stats.correlation]]\ncolumns = [\"wage\", \"educ\"]\n\
         [[stats.regression]]\nexplained = \"wage\"\nexplaining = [\"educ\", \"exper\", \"expersq\"]\n"
    );
    let columns = &[
        ("id", "org-code"),
        ("state", "text"),
        ("educ", "integer"),
        ("wage", "decimal"),
        ("exper", "integer"),
        ("expersq", "integer"),
    ];
    let question = Question { name: "wages", title: "Wages", columns, minimum: 10, stats, tables };
    let found = answer(&question, asked)?;
    let lines = found["table"].as_array().ok_or("no table")?;
    let column = |of: &[usize], column: usize| -> Vec<f64> {
        of.iter().map(|&at| rows[at][column].parse().unwrap_or(f64::NAN)).collect()
    };
    let mut told = 0;
    for (line, (state, of)) in lines.iter().zip(&states) {
        assert_eq!(line["place"][0], *state);
        assert_eq!(line["count"], of.len());
        let mut wages = column(of, 3);
        near_by(figure(line, "wage.mean"), plain::mean(&wages), NEAR, "the mean");
        near_by(figure(line, "wage.sd"), plain::covariance(&wages, &wages).sqrt(), NEAR, "the deviation");
        wages.sort_unstable_by(f64::total_cmp);
        for (name, thousandths) in [("wage.p25", 250), ("wage.median", 500), ("wage.p75", 750)] {
            let value = wages[(wages.len() * thousandths).div_ceil(1000) - 1];
            near_by(figure(line, name), value, NEAR, name);
        }
        told += 1;
    }
    assert_eq!((told, lines.len()), (states.len(), states.len() + 1));
    let (total, all) = (lines.last().ok_or("no total")?, (0..rows.len()).collect::<Vec<_>>());
    let [educ, wage, exper, square] = [2, 3, 4, 5].map(|at| column(&all, at));
    let weighted = wage.iter().zip(&educ).map(|(w, e)| w * e).sum::<f64>() / educ.iter().sum::<f64>();
    near_by(figure(total, "weighted_mean.wage.educ"), weighted, NEAR, "the weighted mean");
    near_by(
        figure(total, "correlation.wage.educ"),
        plain::correlation(&wage, &educ),
        NEAR,
        "the correlation",
    );
    let (slopes, errors, r2) = plain::least_squares(&[educ, exper, square], &wage);
    for (at, name) in ["intercept", "educ", "exper", "expersq"].into_iter().enumerate() {
        near_by(figure(total, &format!("regression.wage.{name}")), slopes[at], NEAR, name);
        if at > 0 {
            near_by(figure(total, &format!("regression.wage.{name}.se")), errors[at], NEAR, name);
        }
    }
    near_by(figure(total, "regression.wage.r2"), r2, NEAR, "what is explained");
    println!(
        "  {} rows of {told} states: a year of schooling is worth {:.4} ± {:.4} of the logarithm of weekly income, R² {r2:.4}; \
         as in the clear",
        rows.len(),
        slopes[1],
        errors[1]
    );
    Ok(())
}
