//! `yinshu stats`: statistics over the rows of three parties.

use super::psi::plan::{bandwidth, bytes, latency, time};
use super::{Done, Ui};
use crate::contract::{Draft, Scenario, Security, Statistic, StatsTerms};
use crate::node::Node;
use crate::problem::Problem;
use crate::run::plan::Link;
use crate::run::{self, StatsJob, StatsRun, rehearse, stats_heads};
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
    /// The figures: `.csv`, `.parquet`, `.json`, `.html`, or a folder.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
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
    let smallest = draft.terms.data.min_group_size;
    let path = found.out.display().to_string();
    let args = [("path", path.into()), ("hidden", found.hidden.into()), ("smallest", smallest.into())];
    ui.say("ui-stats-written", &args);
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
    let empty = |line: &&run::Line| line.hidden || line.count != Some(0);
    for line in found.table.iter().filter(empty).take(LINES) {
        let hidden = || "×".to_owned();
        let count = line.count.map_or_else(hidden, |count| count.to_string());
        let figure = |name: &&String| match (line.hidden, line.figures.get(*name)) {
            (true, _) => hidden(),
            (false, figure) => {
                figure.cloned().flatten().map_or_else(String::new, |figure| short(name, figure))
            }
        };
        table.add_row(line.place.iter().cloned().chain([count]).chain(names.iter().map(figure)));
    }
    for column in table.column_iter_mut().skip(cuts) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// A figure for the terminal: counts and sums as they are, what is worked out with four digits.
fn short(name: &str, figure: String) -> String {
    let exact = [Statistic::Count, Statistic::Sum, Statistic::Median]
        .iter()
        .any(|s| name.rsplit('.').next() == Some(s.word()));
    match figure.parse::<f64>() {
        Ok(number) if !exact => format!("{number:.4}"),
        _ => figure,
    }
}

/// Says what a run would cost, and what each party would learn.
fn plan(args: &PlanArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let draft = Draft::read(&args.contract)?.only(Scenario::Stats)?;
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
        let all =
            draft.terms.parties.iter().filter(|party| stats.receivers.contains(&party.name) == receives);
        all.map(|party| party.title.clone()).collect::<Vec<_>>().join(", ")
    };
    let smallest = draft.terms.data.min_group_size;
    ui.say("ui-stats-plan-all", &[("smallest", smallest.into())]);
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
    let security = match stats.security {
        Security::SemiHonest => "semi-honest",
        Security::Malicious => "malicious",
    };
    ui.say(&format!("ui-stats-plan-{security}"), &[]);
    ui.say("ui-psi-plan-runs", &[("runs", stats.max_runs.into())]);
    Ok(Done::with(json!({ "link": link, "estimate": estimate, "cells": cells, "opened": opened })))
}

/// The statistics that open: the count, and for each measure the moments from which the rest is worked out.
fn opened(stats: &StatsTerms) -> String {
    let moments = stats.measures.iter().flat_map(|measure| {
        let sum = measure.sums().then(|| format!("{}.{}", measure.column, Statistic::Sum.word()));
        let squares = measure.squares().then(|| format!("{}.sum_of_squares", measure.column));
        let median = measure.median().then(|| format!("{}.{}", measure.column, Statistic::Median.word()));
        sum.into_iter().chain(squares).chain(median)
    });
    std::iter::once("count".to_owned()).chain(moments).collect::<Vec<_>>().join(", ")
}
