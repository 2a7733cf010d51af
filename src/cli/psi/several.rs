//! `yinshu psi run` and `plan` among three to five parties.

use super::RunArgs;
use super::plan::{PlanArgs, bytes, time};
use crate::cli::{Done, Ui};
use crate::contract::{Draft, Learn, PsiResult, Role};
use crate::node::Node;
use crate::problem::{CliError, Problem};
use crate::run::plan::{Link, Speed};
use crate::run::{self, Several, SeveralJob, Shown, Way, estimate_several};
use crate::tables::named_source;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::json;
use std::path::Path;
use yinshu_psi::several::release::Released;

/// Whether this is a contract of three parties or more; what is wrong with it is said by the run.
pub(super) fn is_for(contract: &Path) -> bool {
    Draft::read(contract).is_ok_and(|draft| draft.is_several())
}

/// Runs it and says what came out.
pub(super) fn run(args: &RunArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let (columns, way) = (args.columns.join(","), args.protocol.filter(|way| *way != Way::Ecdh));
    if !columns.is_empty() || way.is_some() || args.workers > 1 {
        let option = match (way, args.workers) {
            (Some(_), _) => "--protocol",
            (None, 2..) => "--workers",
            _ => "--columns",
        };
        let option = option.to_owned();
        let expected = "yinshu psi run --contract FILE --input CSV --column NAME --out FILE".to_owned();
        return Err(CliError::BadValue { option, given: columns, expected }.into());
    }
    let node = Node::open(ui.dir())?;
    let job = SeveralJob {
        contract: args.contract.clone(),
        input: named_source(&args.input)?,
        column: args.column.clone().unwrap_or_default(),
        out: args.out.clone(),
    };
    let found = run::intersect_several(&node, &job, ui)?;
    let draft = Draft::read(&args.contract)?;
    show(&found, &draft, ui);
    Ok(Done::with(json!(found)))
}

fn show(found: &Several, draft: &Draft, ui: &mut Ui) {
    let sizes = found.parties.iter().map(|brought| format!("{} {}", brought.party, brought.items));
    ui.say("ui-psi-several-sizes", &[("sizes", sizes.collect::<Vec<_>>().join(", ").into())]);
    let path = found.out.as_ref().map_or_else(String::new, |out| out.display().to_string());
    match (&found.table, found.shared) {
        (Some(table), _) => {
            let totals = totals(table, draft, ui);
            ui.print(&totals);
            let minimum = draft.terms.data.min_group_size;
            let args = [("path", path.into()), ("hidden", table.hidden.into()), ("smallest", minimum.into())];
            ui.say("ui-psi-several-table", &args);
            if table.open_to_parties > 0 {
                ui.say("ui-psi-several-open", &[("count", table.open_to_parties.into())]);
            }
        }
        (None, Some(Shown::Exactly(shared))) => {
            ui.say("ui-psi-several-keys", &[("shared", shared.into()), ("path", path.into())]);
        }
        (None, Some(Shown::FewerThan(smallest))) => {
            ui.say("ui-psi-withheld", &[("smallest", smallest.into())]);
        }
        (None, _) => {}
    }
    if found.outside > 0 {
        ui.say("ui-psi-several-outside", &[("rows", found.outside.into())]);
    }
}

/// The figures of all cells together, by choice of parties.
fn totals(released: &Released, draft: &Draft, ui: &Ui) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    let heads = ["parties", "exactly", "all", "any"];
    table.set_header(heads.map(|head| ui.texts().say(&format!("ui-psi-several-head-{head}"), &[])));
    let all = released.shape.with_totals();
    if let Some(figures) = released.at(all.rows - 1, all.columns - 1) {
        for at in 0..figures.exactly.len() {
            let shown = |figure: &Vec<Option<u64>>| match figure.get(at) {
                Some(Some(number)) => number.to_string(),
                _ => "×".to_owned(),
            };
            let figures = [shown(&figures.exactly), shown(&figures.all), shown(&figures.any)];
            table.add_row([titles(draft, at + 1)].into_iter().chain(figures));
        }
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// The titles of the parties of a mask.
fn titles(draft: &Draft, mask: usize) -> String {
    let parties = draft.terms.parties.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1);
    parties.map(|(_, party)| party.title.as_str()).collect::<Vec<_>>().join(" + ")
}

/// Says what a run of several would cost, what each party would learn, and which of them together could not learn more.
pub(super) fn plan(args: &PlanArgs, draft: &Draft, ui: &mut Ui) -> Result<Done, Problem> {
    let psi =
        draft.terms.psi.as_ref().ok_or_else(|| Problem::internal("a checked contract has its section"))?;
    let (own, peer) =
        (args.own.unwrap_or(psi.max_recipient_keys), args.peer.unwrap_or(psi.max_provider_keys));
    let link = Link { bits_per_second: args.bandwidth, round_trip: args.latency };
    let estimate = estimate_several(draft, (own, peer), link, &Speed::measure());
    let (parties, cells) = (draft.terms.parties.len(), psi.cells().count());
    let cost = [
        ("parties", parties.into()),
        ("cells", cells.into()),
        ("time", time(estimate.seconds).into()),
        ("bytes", bytes(estimate.bytes).into()),
        ("rounds", estimate.rounds.into()),
        ("memory", bytes(estimate.memory).into()),
    ];
    ui.say("ui-psi-plan-several-cost", &cost);
    let recipient = draft.party(Role::Recipient).title.clone();
    let regions = psi.result == PsiResult::Regions;
    let kind = if regions { "regions" } else { "keys" };
    let args = [("recipient", recipient.into()), ("smallest", draft.terms.data.min_group_size.into())];
    ui.say(&format!("ui-psi-plan-several-{kind}"), &args);
    let others = if psi.learn == Learn::Both { "same" } else { "nothing" };
    ui.say(&format!("ui-psi-plan-several-others-{others}"), &[]);
    ui.say("ui-psi-plan-several-all", &[]);
    ui.say(&format!("ui-psi-plan-several-together-{kind}"), &[("others", (parties - 1).into())]);
    Ok(Done::with(json!({ "own": own, "peer": peer, "link": link, "estimate": estimate, "cells": cells })))
}
