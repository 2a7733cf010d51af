//! What an analysis comes to, laid out as a table and figures beside it.

use super::table::Laid;
use crate::contract::quantile_name;
use crate::run::intersect::sums::written;
use crate::run::several::files::TOTAL;
use yinshu_mpc::query::{Analysis, Answer, Column, Plan, Tell, Values};
use yinshu_mpc::stats::Moments;
use yinshu_mpc::stats::difference::{Difference, TwoWay};
use yinshu_mpc::stats::inequality::Inequality;
use yinshu_mpc::stats::regression::Coefficient;
use yinshu_mpc::stats::survival::Step;

type Line = Vec<Option<String>>;

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn real(value: f64) -> Option<String> {
    value.is_finite().then(|| value.to_string())
}

fn heads(heads: &[&str]) -> Vec<String> {
    heads.iter().map(|&head| head.to_owned()).collect()
}

/// Lays out an answer by the names of the contract; nothing where it is not of that analysis. Of too few rows there is a table
/// without lines.
pub(super) fn laid_out(asked: &Analysis<String>, plan: &Plan, answer: &Answer) -> Option<Laid> {
    let labels =
        if matches!(asked, Analysis::Correlations(_) | Analysis::WeightedMean { .. }) { 2 } else { 1 };
    laid(asked, plan, answer).map(|laid| Laid { labels, ..laid })
}

fn laid(asked: &Analysis<String>, plan: &Plan, answer: &Answer) -> Option<Laid> {
    let Tell::Analysis(planned) = &plan.tell else { return None };
    let columns: Vec<&Column> = planned
        .columns()
        .into_iter()
        .map(|at| plan.inputs.get(at.input)?.columns.get(at.column))
        .collect::<Option<_>>()?;
    if *answer == Answer::TooFew {
        return Some(Laid { heads: heads(&[asked.word()]), ..Laid::default() });
    }
    Some(match (asked, answer) {
        (Analysis::Correlations(names), Answer::Moments(found)) => correlations(names, found),
        (Analysis::Linear { features, .. }, Answer::Linear { rows, fit }) => Laid {
            figures: vec![
                ("rows".to_owned(), Some(rows.to_string())),
                ("r2".to_owned(), real(fit.r_squared)),
                ("residual_sd".to_owned(), real(fit.residual)),
                ("p".to_owned(), real(fit.p)),
            ],
            ..coefficients(features, &fit.coefficients)
        },
        (Analysis::Logistic { features, .. }, Answer::Logistic(found)) => coefficients(features, found),
        (Analysis::Survival { .. }, Answer::Survival(steps)) => survival(steps, decimals(columns[0])),
        (Analysis::Difference { of, group }, Answer::Difference(found)) => {
            difference(of, group, columns[1], found)
        }
        (Analysis::TwoWay(names), Answer::TwoWay(found)) => two_way(names, &columns, found)?,
        (Analysis::Quantiles { per_mille, .. }, Answer::Quantiles(found)) => {
            let line = |(&quantile, &value): (&u32, &f64)| {
                vec![Some(quantile_name(u16::try_from(quantile).unwrap_or(u16::MAX))), real(value)]
            };
            let table = per_mille.iter().zip(found).map(line).collect();
            Laid { heads: heads(&["quantile", "value"]), table, ..Laid::default() }
        }
        (Analysis::Inequality { greatest, .. }, Answer::Inequality(found)) => inequality(*greatest, found),
        (Analysis::Histogram { bounds, .. }, Answer::Histogram(counts)) => histogram(bounds, counts),
        (Analysis::WeightedMean { of, weight }, Answer::WeightedMean { rows, mean }) => Laid {
            heads: heads(&["mean of", "weighted by", "mean"]),
            table: vec![vec![text(of), text(weight), real(*mean)]],
            figures: vec![("rows".to_owned(), Some(rows.to_string()))],
            ..Laid::default()
        },
        _ => return None,
    })
}

fn decimals(column: &Column) -> u32 {
    match column.values {
        Values::Integer { decimals, .. } => decimals,
        _ => 0,
    }
}

/// What a column calls its least value and those after it.
fn labels(column: &Column) -> Vec<String> {
    match &column.values {
        Values::Code { of } => of.clone(),
        Values::Integer { min, max, decimals } => {
            (*min..=*max).map(|value| written(value.into(), *decimals as usize)).collect()
        }
        Values::Key => Vec::new(),
    }
}

fn correlations(names: &[String], found: &Moments) -> Laid {
    let mut figures = vec![("rows".to_owned(), Some(found.count.to_string()))];
    for (at, name) in names.iter().enumerate() {
        figures.push((format!("{name}.mean"), real(found.mean(at))));
        figures.push((format!("{name}.sd"), real(found.deviation(at))));
    }
    let pairs = (0..names.len()).flat_map(|a| (a + 1..names.len()).map(move |b| (a, b)));
    let line = |(a, b): (usize, usize)| {
        vec![text(&names[a]), text(&names[b]), real(found.covariance(a, b)), real(found.correlation(a, b))]
    };
    let table = pairs.map(line).collect();
    Laid { heads: heads(&["column", "with", "covariance", "correlation"]), table, figures, ..Laid::default() }
}

fn coefficients(features: &[String], found: &[Coefficient]) -> Laid {
    let names = std::iter::once("intercept").chain(features.iter().map(String::as_str));
    let line = |(name, of): (&str, &Coefficient)| {
        vec![
            text(name),
            real(of.value),
            real(of.error),
            real(of.p),
            real(of.interval[0]),
            real(of.interval[1]),
        ]
    };
    let table = names.zip(found).map(line).collect();
    Laid { heads: heads(&["term", "coefficient", "se", "p", "low95", "high95"]), table, ..Laid::default() }
}

fn survival(steps: &[Step], decimals: u32) -> Laid {
    let line = |step: &Step| {
        vec![
            Some(written(step.until.into(), decimals as usize)),
            Some(step.at_risk.to_string()),
            Some(step.events.to_string()),
            real(step.survival),
            real(step.interval[0]),
            real(step.interval[1]),
        ]
    };
    let table = steps.iter().map(line).collect();
    Laid {
        heads: heads(&["before", "at_risk", "events", "survival", "low95", "high95"]),
        table,
        ..Laid::default()
    }
}

fn difference(of: &str, group: &str, column: &Column, found: &Difference) -> Laid {
    let labels = labels(column);
    // Those with the mark come first.
    let line = |at: usize| {
        let label = labels.get(1 - at).map_or("", String::as_str);
        vec![
            text(label),
            Some(found.counts[at].to_string()),
            real(found.means[at]),
            real(found.deviations[at]),
        ]
    };
    let figure = |name: &str, value: f64| (name.to_owned(), real(value));
    Laid {
        heads: vec![group.to_owned(), "rows".to_owned(), format!("{of}.mean"), format!("{of}.sd")],
        table: vec![line(0), line(1)],
        figures: vec![
            figure("difference", found.difference),
            figure("t", found.t),
            figure("degrees", found.degrees),
            figure("p", found.p),
            figure("low95", found.interval[0]),
            figure("high95", found.interval[1]),
        ],
        ..Laid::default()
    }
}

fn two_way(names: &[String; 2], columns: &[&Column], found: &TwoWay) -> Option<Laid> {
    let of = |at: usize| labels(columns[at]).into_iter().chain([TOTAL.to_owned()]);
    let all = found.table.shape.with_totals();
    let mut laid = Laid {
        heads: std::iter::once(names.join(" \\ ")).chain(of(1)).collect(),
        figures: vec![
            ("chi_square".to_owned(), found.chi_square.and_then(|found| real(found.0))),
            ("degrees".to_owned(), found.chi_square.map(|found| found.1.to_string())),
            ("p".to_owned(), found.chi_square.and_then(|found| real(found.2))),
        ],
        ..Laid::default()
    };
    for (row, label) in of(0).enumerate() {
        let counts = found.table.counts.get(row * all.columns..(row + 1) * all.columns)?;
        laid.counted(Some(label), counts);
    }
    Some(laid)
}

fn inequality(greatest: u32, found: &Inequality) -> Laid {
    let mut table: Vec<Line> =
        [("rows", Some(found.count.to_string())), ("sum", real(found.sum)), ("gini", real(found.gini))]
            .map(|(name, value)| vec![text(name), value])
            .to_vec();
    let mut hidden_cells = Vec::new();
    for share in &found.concentration {
        if share.is_none() {
            hidden_cells.push([table.len(), 1]);
        }
        table.push(vec![Some(format!("share_of_greatest.{greatest}")), share.and_then(real)]);
    }
    Laid { heads: heads(&["figure", "value"]), table, hidden_cells, ..Laid::default() }
}

/// Ranges begin at a bound and end before the next; the first and the last are open.
fn histogram(bounds: &[i64], counts: &[Option<u64>]) -> Laid {
    let bound = |bound: &i64| bound.to_string();
    let mut laid = Laid { heads: heads(&["from", "to", "rows"]), ..Laid::default() };
    for (at, count) in counts.iter().enumerate() {
        let from = at.checked_sub(1).and_then(|at| bounds.get(at)).map(bound);
        let line = vec![from, bounds.get(at).map(bound), count.map(|count| count.to_string())];
        if count.is_none() {
            laid.hidden_cells.push([at, 2]);
        }
        laid.table.push(line);
    }
    laid
}
