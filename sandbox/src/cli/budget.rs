//! Prices and privacy budgets, for people and as JSON.

use super::{Cli, plain, recorded};
use crate::error::SandboxError;
use crate::private::{Off, Quote, Spent};
use crate::room::Room;
use crate::session;
use comfy_table::CellAlignment;
use serde_json::{Value, json};
use yinshu_audit::{Amount, Budget, Price};
use yinshu_beside::Texts;

/// The δ at which ε is said.
const DELTA: f64 = 1e-6;

/// An amount that was typed.
pub(super) fn amount(text: Option<&str>) -> Result<Option<Amount>, SandboxError> {
    let read =
        |text: &str| text.parse().map_err(|_| SandboxError::Usage { reason: format!("--spend {text}") });
    text.map(read).transpose()
}

/// What a question would cost.
pub(super) fn quote(
    room: &Room,
    cli: &Cli,
    texts: &Texts,
    (policy, sql): (&str, &str),
    spend: Option<Amount>,
) -> Result<String, SandboxError> {
    Ok(told(&session::quote(room, policy, cli.asker(room)?, sql, spend)?, cli, texts))
}

/// A price, for whoever asked for it.
pub(super) fn told(quote: &Quote, cli: &Cli, texts: &Texts) -> String {
    if cli.json { quote_json(quote).to_string() } else { quoted(quote, texts) }
}

/// What is spent of every budget of the room.
pub(super) fn run(room: &Room, cli: &Cli, texts: &Texts) -> Result<String, SandboxError> {
    let all = room.spent();
    recorded(cli, room, "budget", "sandbox.budget", all.as_ref().err())?;
    let all = all?;
    Ok(if cli.json { spent_json(&all).to_string() } else { spent(&all, texts) })
}

/// The ε of a price, for people: rounded up.
fn epsilon(price: &Price) -> String {
    price
        .epsilon_at(DELTA)
        .map_or_else(|| "–".to_owned(), |epsilon| format!("{:.3}", (epsilon * 1e3).ceil() / 1e3))
}

fn quote_json(quote: &Quote) -> Value {
    let noise = quote.noise.iter().map(|(name, off)| match off {
        Off::By(off) => json!({ "figure": name, "off": off }),
        Off::OverRows(off) => json!({ "figure": name, "off_times_rows": off }),
        Off::OverRowsAndItself(off) => json!({ "figure": name, "off_times_rows_and_itself": off }),
        Off::Rank { rows, steps } => json!({ "figure": name, "rank_off": rows, "steps": steps }),
    });
    json!({ "price": quote.price.rho, "epsilon": quote.price.epsilon_at(DELTA), "delta": DELTA,
        "left": quote.budget.left(), "left_of_policy": quote.share.map(|share| share.left()),
        "delta_added": quote.price.delta, "least": quote.least, "rows": quote.counted.0, "groups": quote.counted.1,
        "noise": noise.collect::<Vec<_>>() })
}

fn quoted(quote: &Quote, texts: &Texts) -> String {
    let left = quote.share.map_or(quote.budget.left(), |share| share.left().min(quote.budget.left()));
    let named = [
        ("price", quote.price.rho.to_string().into()),
        ("epsilon", epsilon(&quote.price).into()),
        ("left", left.to_string().into()),
        ("rows", quote.counted.0.into()),
        ("groups", quote.counted.1.into()),
    ];
    let mut table = plain();
    table.set_header(["figure", "off"].map(|id| texts.own(&format!("head-{id}"), &[])));
    let mut of_rows = false;
    for (name, off) in &quote.noise {
        of_rows |= matches!(off, Off::OverRows(_) | Off::OverRowsAndItself(_));
        let off = match off {
            Off::By(off) => format!("± {off:.1}"),
            Off::OverRows(off) => format!("± {off:.1} / n"),
            Off::OverRowsAndItself(off) => format!("± {off:.1} / (n · s)"),
            Off::Rank { rows, steps } => {
                let steps = format!("{steps:.3}").trim_end_matches('0').trim_end_matches('.').to_owned();
                let named = [("rows", format!("{rows:.1}").into()), ("steps", steps.into())];
                texts.own("price-rank", &named)
            }
        };
        table.add_row([name.clone(), off]);
    }
    let table = match of_rows {
        true => format!("{table}\n{}", texts.own("price-rows", &[])),
        false => table.to_string(),
    };
    let least = quote.least.map(|least| {
        let named = [("least", least.into()), ("delta", quote.price.delta.to_string().into())];
        texts.own("price-chosen", &named)
    });
    format!("{}\n{}{table}", texts.own("price", &named), least.map_or_else(String::new, |least| least + "\n"))
}

fn one(name: &str, budget: &Budget) -> Value {
    json!({ "name": name, "total": budget.total, "spent": budget.spent.rho, "left": budget.left(),
        "epsilon": budget.spent.epsilon_at(DELTA), "delta": DELTA, "charges": budget.charges })
}

fn spent_json(all: &[Spent]) -> Value {
    let account = |spent: &Spent| {
        let policies = spent.shares.iter().map(|(name, budget)| one(name, budget));
        let mut told = one(&spent.account.catalogue, &spent.budget);
        told["owner"] = json!(spent.account.owner);
        told["policies"] = policies.collect();
        told
    };
    json!({ "budgets": all.iter().map(account).collect::<Vec<_>>() })
}

fn spent(all: &[Spent], texts: &Texts) -> String {
    if all.is_empty() {
        return texts.own("no-budget", &[]);
    }
    let mut table = plain();
    let heads = ["whose", "total", "spent", "left", "epsilon", "charges"];
    table.set_header(heads.map(|id| texts.own(&format!("head-{id}"), &[])));
    for account in all {
        let whole = format!("{} {}", account.account.owner, account.account.catalogue);
        let shares = account.shares.iter().map(|(name, budget)| (format!("  {name}"), budget));
        for (name, budget) in std::iter::once((whole, &account.budget)).chain(shares) {
            let rho = [budget.total, budget.spent.rho, budget.left()].map(|amount| amount.to_string());
            let [total, spent, left] = rho;
            table.add_row([name, total, spent, left, epsilon(&budget.spent), budget.charges.to_string()]);
        }
    }
    for at in 1..heads.len() {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}
