//! `yinshu stats sql`, and `yinshu stats plan` of a question.

use super::{PlanArgs, SqlArgs};
use crate::cli::psi::plan::{bytes, time};
use crate::cli::{Done, Ui};
use crate::contract::{Draft, Party, QueryTerms, Security};
use crate::lang::Lang;
use crate::node::Node;
use crate::problem::Problem;
use crate::run::plan::Link;
use crate::run::{self, Engine, HIDDEN, Lowered, QueryJob, QueryRun, rehearse_query};
use crate::tables::named_source;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::json;

/// The most lines that a terminal is given; the file has all.
const LINES: usize = 60;

fn terms(draft: &Draft) -> Result<&QueryTerms, Problem> {
    draft.terms.query.as_ref().ok_or_else(|| Problem::internal("a checked contract has its section"))
}

/// Answers a question under a contract.
pub(super) fn sql(args: &SqlArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let node = Node::open(ui.dir())?;
    let job = QueryJob {
        contract: args.contract.clone(),
        input: args.input.as_deref().map(named_source).transpose()?,
        out: args.out.clone(),
        fresh: args.fresh,
    };
    let found = run::question(&node, &job, ui)?;
    let smallest = Draft::read(&args.contract)?.terms.data.min_group_size;
    let shown = table(&found);
    ui.print(&shown);
    if let Some(resumed) = &found.resumed {
        ui.say("ui-query-resumed", &[("joins", resumed.joins.into())]);
    }
    for (name, value) in &found.answer.figures {
        ui.print(&format!("{name}: {}", value.as_deref().unwrap_or(HIDDEN)));
    }
    let path = found.out.display().to_string();
    if found.analysis.is_some() {
        let id = if found.hidden > 0 { "ui-query-too-few" } else { "ui-query-analysed" };
        ui.say(id, &[("path", path.into()), ("smallest", smallest.into())]);
        return Ok(Done::with(json!(found)));
    }
    let told = [
        ("groups", found.answer.table.len().into()),
        ("hidden", found.hidden.into()),
        ("withheld", found.withheld.into()),
        ("failed", found.failed.into()),
        ("smallest", smallest.into()),
        ("path", path.into()),
    ];
    ui.say("ui-query-written", &told);
    Ok(Done::with(json!(found)))
}

fn table(found: &QueryRun) -> String {
    let answer = &found.answer;
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(&answer.heads);
    for line in (0..answer.table.len()).take(LINES) {
        table.add_row((0..answer.heads.len()).map(|at| answer.cell(line, at)));
    }
    for line in answer.untold.iter().take(LINES.saturating_sub(answer.table.len())) {
        let cell = |(at, cell): (usize, &Option<String>)| match cell {
            Some(cell) => cell.clone(),
            None if at < answer.labels => String::new(),
            None => HIDDEN.to_owned(),
        };
        table.add_row(line.iter().enumerate().map(cell));
    }
    let number = |at: usize| {
        let cells = answer.table.iter().filter_map(|line| line[at].as_ref());
        cells.clone().next().is_some() && cells.into_iter().all(|cell| cell.parse::<f64>().is_ok())
    };
    for (at, column) in table.column_iter_mut().enumerate() {
        if number(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

/// Says what a question would cost, what each owner runs by itself, and what each party would learn.
pub(super) fn plan(draft: &Draft, args: &PlanArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let query = terms(draft)?;
    let lowered = Engine::find()?.lower(draft)?;
    let link = Link { bits_per_second: args.bandwidth, round_trip: args.latency };
    let estimate = rehearse_query(draft, &lowered, link)?;
    let cost = [
        ("rows", estimate.rows.into()),
        ("time", time(estimate.seconds).into()),
        ("bytes", bytes(estimate.bytes).into()),
        ("rounds", estimate.rounds.into()),
    ];
    ui.say("ui-query-plan-cost", &cost);
    owners(draft, &lowered, ui);
    for learns in &lowered.learns {
        let text = if ui.texts().lang() == Lang::Zh { &learns.zh } else { &learns.en };
        let text = text.clone();
        let whose = |party: &&Party| match learns.who.as_str() {
            "receivers" => query.receivers.contains(&party.name),
            name => party.name.as_str() == name,
        };
        let titles: Vec<&str> =
            draft.terms.parties.iter().filter(whose).map(|party| party.title.as_str()).collect();
        if titles.is_empty() {
            ui.say("ui-query-plan-all", &[("what", text.into())]);
        } else {
            ui.say("ui-query-plan-learns", &[("party", titles.join(", ").into()), ("what", text.into())]);
        }
    }
    super::outside(draft, ui);
    let smallest = draft.terms.data.min_group_size;
    let rule = if query.analysis.is_some() { "ui-query-plan-rule-analysis" } else { "ui-query-plan-rule" };
    ui.say(rule, &[("smallest", smallest.into())]);
    if let Some(percent) = query.dominance_percent {
        ui.say("ui-query-plan-dominance", &[("percent", percent.into())]);
    }
    let security = match query.security {
        Security::SemiHonest => "semi-honest",
        Security::Malicious => "malicious",
    };
    ui.say(&format!("ui-query-plan-{security}"), &[]);
    ui.say("ui-psi-plan-runs", &[("runs", query.max_runs.into())]);
    Ok(Done::with(json!({
        "link": link, "estimate": estimate, "plan": lowered.plan, "digest": lowered.digest,
        "learns": lowered.learns, "pushed": lowered.pushed,
    })))
}

/// What owners run by themselves, in the words of the engine.
fn owners(draft: &Draft, lowered: &Lowered, ui: &mut Ui) {
    for input in &lowered.plan.inputs {
        let owner = draft.terms.parties.get(usize::from(input.owner));
        let title = owner.map_or_else(String::new, |party| party.title.clone());
        let told = [
            ("party", title.into()),
            ("table", input.table.clone().into()),
            ("sql", input.local.clone().into()),
        ];
        ui.say("ui-query-plan-local", &told);
    }
}
