//! `yinshu stats`: statistics over the rows of three parties.

mod sql;

use super::psi::plan::{bandwidth, bytes, latency, time};
use super::{Done, Ui};
use crate::contract::{Draft, Of, Scenario, Scope, Security, StatsTerms, quantile_name};
use crate::node::Node;
use crate::problem::Problem;
use crate::run::plan::Link;
use crate::run::{self, NoiseUsed, StatsJob, StatsRun, rehearse, stats_heads, stats_noise};
use crate::tables::named_source;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::json;
use std::path::PathBuf;

/// `yinshu stats …`.
#[derive(Debug, clap::Args)]
pub struct StatsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: StatsCommand,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum StatsCommand {
    /// Computes under a contract.
    Run(RunArgs),
    /// Answers a question in SQL over the tables of several parties, under a contract with `[query]`.
    Sql(SqlArgs),
    /// Says what a run would cost and tell, before anything is sent.
    Plan(PlanArgs),
}

/// Options of `yinshu stats run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The contract.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
    /// The table.
    #[arg(long, value_name = "CSV")]
    pub input: PathBuf,
    /// The figures: `.csv`, `.xlsx`, `.parquet`, `.json`, `.html`, or a folder.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Options of `yinshu stats sql`.
#[derive(Debug, clap::Args)]
pub struct SqlArgs {
    /// The contract.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
    /// Our table, where the contract has one of ours.
    #[arg(long, value_name = "CSV")]
    pub input: Option<PathBuf>,
    /// The answer: `.csv`, `.xlsx`, `.parquet`, `.json`, `.html`, or a folder.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Discards an unfinished run rather than going on with it.
    #[arg(long)]
    pub fresh: bool,
}

/// Options of `yinshu stats plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// The contract.
    #[arg(long, value_name = "FILE")]
    pub contract: PathBuf,
    /// The network's bandwidth.
    #[arg(long, value_name = "RATE", value_parser = bandwidth, default_value = "1gbit")]
    pub bandwidth: f64,
    /// The network's time there and back.
    #[arg(long, value_name = "TIME", value_parser = latency, default_value = "1ms")]
    pub latency: f64,
}

/// Does what was asked with statistics.
pub fn run(args: &StatsArgs, ui: &mut Ui) -> Result<Done, Problem> {
    match &args.command {
        StatsCommand::Run(args) => compute(args, ui),
        StatsCommand::Sql(args) => sql::sql(args, ui),
        StatsCommand::Plan(args) => plan(args, ui),
    }
}

fn terms(draft: &Draft) -> Result<&StatsTerms, Problem> {
    draft.terms.stats.as_ref().ok_or_else(|| Problem::internal("a checked contract has its section"))
}

fn compute(args: &RunArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let job = StatsJob {
        contract: args.contract.clone(),
        input: named_source(&args.input)?,
        out: args.out.clone(),
    };
    let found = run::statistics(&node, &job, ui)?;
    let draft = Draft::read(&args.contract)?;
    show(&found, &draft, ui)?;
    Ok(Done::with(json!(found)))
}

/// The most lines that a terminal is given; the file has all.
const LINES: usize = 60;

fn show(found: &StatsRun, draft: &Draft, ui: &mut Ui) -> Result<(), Problem> {
    let rows = found.rows;
    let counts = [("read", rows.read.into()), ("counted", rows.counted.into())];
    ui.say("ui-stats-rows", &counts);
    let left = rows.outside + rows.unusable + rows.left_out;
    if left > 0 {
        let counts = [
            ("outside", rows.outside.into()),
            ("unusable", rows.unusable.into()),
            ("left", rows.left_out.into()),
        ];
        ui.say("ui-stats-left", &counts);
    }
    let table = table(found, terms(draft)?, ui);
    ui.print(&table);
    further(found, ui);
    if let Some(noise) = &found.noise {
        told(noise, ui);
    }
    let smallest = draft.terms.data.min_group_size;
    let path = found.out.display().to_string();
    let args = [("path", path.into()), ("hidden", found.hidden.into()), ("smallest", smallest.into())];
    ui.say(if found.noise.is_some() { "ui-stats-written-noise" } else { "ui-stats-written" }, &args);
    Ok(())
}

fn table(found: &StatsRun, stats: &StatsTerms, ui: &Ui) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    let heads = stats_heads(stats);
    let cuts = found.cuts.len();
    let names: Vec<&String> = heads[cuts + 2..].iter().collect();
    let count = ui.texts().say("ui-stats-head-count", &[]);
    table.set_header(heads[..cuts].iter().cloned().chain([count]).chain(names.iter().copied().cloned()));
    // With noise a count of 0 says nothing about who is there.
    let empty = |line: &&run::Line| line.hidden || line.count != Some(0) || found.noise.is_some();
    for line in found.table.iter().filter(empty).take(LINES) {
        let hidden = || "×".to_owned();
        let with = |name: &str, figure: String| match line.half_widths.get(name) {
            Some(width) => format!("{figure} ± {width}"),
            None => figure,
        };
        let count = line.count.map_or_else(hidden, |count| with("count", count.to_string()));
        let figure = |name: &&String| match (line.hidden, line.figures.get(*name)) {
            (true, _) => hidden(),
            (false, figure) => {
                let figure = figure.cloned().flatten();
                figure.map_or_else(String::new, |figure| with(name, short(name, figure)))
            }
        };
        table.add_row(line.place.iter().cloned().chain([count]).chain(names.iter().map(figure)));
    }
    for column in table.column_iter_mut().skip(cuts) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// A figure for the terminal: counts, sums and values as they are, what is worked out with four digits.
fn short(name: &str, figure: String) -> String {
    let word = name.split_once('.').map_or(name, |(_, word)| word);
    let ranked =
        word.strip_prefix('p').is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()));
    let exact = ranked || ["count", "sum", "median", "min", "max"].contains(&word);
    match figure.parse::<f64>() {
        Ok(number) if !exact && number != 0.0 && number.abs() < 0.01 => format!("{number:.3e}"),
        Ok(number) if !exact => format!("{number:.4}"),
        _ => figure,
    }
}

/// Histograms and tests, below the table.
fn further(found: &StatsRun, ui: &mut Ui) {
    for histogram in &found.histograms {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header([histogram.column.clone(), ui.texts().say("ui-stats-head-count", &[])]);
        for bin in &histogram.bins {
            let count = bin.count.map_or_else(|| "×".to_owned(), |count| count.to_string());
            let count = bin.half_width.iter().fold(count, |count, width| format!("{count} ± {width}"));
            table.add_row([format!("{} – {}", bin.from, bin.to), count]);
        }
        ui.print(&table.to_string());
    }
    for test in &found.tests {
        let figures: Vec<String> = test
            .figures
            .iter()
            .map(|(name, value)| {
                let value = value.map_or_else(|| "×".to_owned(), |value| short(name, value.to_string()));
                format!("{name} {value}")
            })
            .collect();
        ui.print(&format!("{} {}: {}", test.kind, test.of, figures.join(", ")));
    }
}

/// What noise there is in figures, and what it costs each owner.
fn told(noise: &NoiseUsed, ui: &mut Ui) {
    let epsilon = noise.price.epsilon.unwrap_or_default();
    let price = [("rho", noise.price.rho.to_string().into()), ("epsilon", epsilon.to_string().into())];
    ui.say("ui-stats-noise", &price);
    for figure in &noise.figures {
        let said = [
            ("figure", figure.figure.clone().into()),
            ("epsilon", figure.epsilon.to_string().into()),
            ("sensitivity", figure.sensitivity.clone().into()),
            ("width", figure.half_width.clone().into()),
        ];
        ui.say("ui-stats-noise-figure", &said);
    }
}

/// Says what a run would cost, and what each party would learn.
fn plan(args: &PlanArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let draft = Draft::read(&args.contract)?.only(Scenario::Stats)?;
    if draft.terms.query.is_some() {
        return sql::plan(&draft, args, ui);
    }
    let stats = terms(&draft)?;
    let link = Link { bits_per_second: args.bandwidth, round_trip: args.latency };
    let estimate = rehearse(&draft, link)?;
    let cells = stats.cells().count();
    let cost = [
        ("cells", cells.into()),
        ("time", time(estimate.seconds).into()),
        ("bytes", bytes(estimate.bytes).into()),
        ("rounds", estimate.rounds.into()),
    ];
    ui.say("ui-stats-plan-cost", &cost);
    let titled = |receives: bool| {
        let all = draft.terms.parties.iter().filter(|party| !draft.terms.outside().contains(&party.name));
        let all = all.filter(|party| stats.receivers.contains(&party.name) == receives);
        all.map(|party| party.title.clone()).collect::<Vec<_>>().join(", ")
    };
    let smallest = draft.terms.data.min_group_size;
    let noise = stats_noise(stats);
    match &noise {
        Some(noise) => {
            ui.say("ui-stats-plan-noise", &[("smallest", smallest.into())]);
            told(noise, ui);
        }
        None => ui.say("ui-stats-plan-all", &[("smallest", smallest.into())]),
    }
    if let Some(percent) = stats.dominance_percent {
        ui.say("ui-stats-plan-dominance", &[("percent", percent.into())]);
    }
    let opened = opened(stats);
    ui.say(
        "ui-stats-plan-receivers",
        &[("parties", titled(true).into()), ("figures", opened.clone().into())],
    );
    if !titled(false).is_empty() {
        ui.say("ui-stats-plan-others", &[("parties", titled(false).into())]);
    }
    outside(&draft, ui);
    let security = match stats.security {
        Security::SemiHonest => "semi-honest",
        Security::Malicious => "malicious",
    };
    ui.say(&format!("ui-stats-plan-{security}"), &[]);
    ui.say("ui-psi-plan-runs", &[("runs", stats.max_runs.into())]);
    let said =
        json!({ "link": link, "estimate": estimate, "cells": cells, "opened": opened, "noise": noise });
    Ok(Done::with(said))
}

/// What those learn who only bring rows.
fn outside(draft: &Draft, ui: &mut Ui) {
    let all = draft.terms.parties.iter().filter(|party| draft.terms.outside().contains(&party.name));
    let titles = all.map(|party| party.title.clone()).collect::<Vec<_>>().join(", ");
    if !titles.is_empty() {
        ui.say("ui-stats-plan-outside", &[("parties", titles.into())]);
    }
}

/// What opens: the count, sums and sums of products, from which the rest is worked out, values by rank, and bins.
fn opened(stats: &StatsTerms) -> String {
    let column = |at: usize| stats.measures[at].column.as_str();
    let sums = stats.sums().into_iter().map(|figure| {
        let name = match figure.of {
            Of::Values(at) => format!("{}.sum", column(at)),
            Of::Products(i, j) if i == j => format!("{}.sum_of_squares", column(i)),
            Of::Products(i, j) => format!("{}·{}.sum_of_products", column(i), column(j)),
        };
        if figure.scope == Scope::All { format!("{name} (total)") } else { name }
    });
    let ranked = stats.measures.iter().flat_map(|measure| {
        let words = measure.statistics.iter().filter(|statistic| statistic.ranked());
        let words = words.map(|statistic| statistic.word().to_owned());
        let words = words.chain(measure.quantiles.iter().map(|&quantile| quantile_name(quantile)));
        let words = words.chain((!measure.histogram.is_empty()).then(|| "histogram".to_owned()));
        words.map(|word| format!("{}.{word}", measure.column)).collect::<Vec<_>>()
    });
    std::iter::once("count".to_owned()).chain(sums).chain(ranked).collect::<Vec<_>>().join(", ")
}
