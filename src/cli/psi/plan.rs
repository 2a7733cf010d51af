//! `yinshu psi plan`: what a run would cost and tell, before anything is sent.

use crate::cli::{Done, Ui};
use crate::contract::{Draft, Duplicates, Learn, PsiProtocol, PsiResult, PsiTerms, Scenario};
use crate::problem::{CliError, Problem};
use crate::run::plan::{Estimate, Link, Speed, choose, estimates, stored};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;
use std::path::PathBuf;

/// Options of `yinshu psi plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// The contract; any contract where left out.
    #[arg(long, value_name = "FILE")]
    pub contract: Option<PathBuf>,
    /// The recipient's items; the contract's most where left out.
    #[arg(long, value_name = "N")]
    pub own: Option<u64>,
    /// The provider's items; the contract's most where left out.
    #[arg(long, value_name = "N")]
    pub peer: Option<u64>,
    /// The network's bandwidth.
    #[arg(long, value_name = "RATE", value_parser = bandwidth, default_value = "1gbit")]
    pub bandwidth: f64,
    /// The network's time there and back.
    #[arg(long, value_name = "TIME", value_parser = latency, default_value = "1ms")]
    pub latency: f64,
}

/// Bits a second: `10mbit`, `1gbit`, `800kbit`.
pub(in crate::cli) fn bandwidth(text: &str) -> Result<f64, String> {
    let units = [("gbit", 1e9), ("mbit", 1e6), ("kbit", 1e3)];
    number(text, &units).ok_or_else(|| "10mbit, 1gbit, 800kbit".to_owned())
}

/// Seconds: `20ms`, `0.5s`.
pub(in crate::cli) fn latency(text: &str) -> Result<f64, String> {
    number(text, &[("ms", 1e-3), ("s", 1.0)]).ok_or_else(|| "20ms, 0.5s".to_owned())
}

/// A positive number with one of the units.
fn number(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let text = text.to_ascii_lowercase();
    let (digits, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))?;
    let number: f64 = digits.trim().parse().ok()?;
    (number.is_finite() && number > 0.0).then_some(number * factor)
}

/// Prints every way, the one that would be chosen, why, and what each side would learn.
pub(super) fn run(args: &PlanArgs, ui: &mut Ui) -> Result<Done, Problem> {
    let draft = args.contract.as_ref().map(|path| Draft::read(path)?.only(Scenario::Psi)).transpose()?;
    if let Some(several) = draft.as_ref().filter(|draft| draft.is_several()) {
        return super::several::plan(args, several, ui);
    }
    let psi = draft.as_ref().and_then(|draft| draft.terms.psi.as_ref());
    let missing = |option: &str| CliError::BadValue {
        option: option.to_owned(),
        given: String::new(),
        expected: format!("{option} N | --contract FILE"),
    };
    let own = args.own.or(psi.map(|psi| psi.max_recipient_keys)).ok_or_else(|| missing("--own"))?;
    let peer = args.peer.or(psi.map(|psi| psi.max_provider_keys)).ok_or_else(|| missing("--peer"))?;
    let link = Link { bits_per_second: args.bandwidth, round_trip: args.latency };
    let speed = Speed::measure();
    // Each key of a row is an item, and so is each that is counted.
    let (own, peer) = psi.map_or((own, peer), |psi| items(psi, own, peer));
    let usual = estimates(psi, own, peer, link, &speed);
    let stored = stored(psi, own, peer, link, &speed);
    let estimates: Vec<Estimate> = usual.into_iter().chain(stored).collect();
    let chosen = choose(&estimates);
    let table = table(&estimates, ui);
    ui.print(&table);
    if let Some(best) = estimates.iter().find(|one| one.way == chosen) {
        why(best, &estimates, ui);
    }
    learns(psi, ui);
    Ok(Done::with(json!({
        "own": own, "peer": peer, "link": link, "speed": speed, "estimates": estimates, "chosen": chosen,
    })))
}

/// The items of so many rows, at most.
fn items(psi: &PsiTerms, own: u64, peer: u64) -> (u64, u64) {
    let (keys, cap) = (psi.alternatives().len() as u64, u64::from(psi.cap.unwrap_or(1)));
    let (left, right) = match (psi.result, psi.duplicates) {
        (PsiResult::Counts, _) => (2 * cap + 1, 2 * cap + 1),
        (_, Duplicates::Counted) => (cap, 1),
        (_, Duplicates::Once) => (1, 1),
    };
    (own.saturating_mul(keys * left), peer.saturating_mul(keys * right))
}

fn table(estimates: &[Estimate], ui: &Ui) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    let heads = ["way", "time", "bytes", "rounds", "memory", "allowed"];
    table.set_header(heads.map(|head| ui.texts().say(&format!("ui-psi-plan-head-{head}"), &[])));
    for one in estimates {
        let allowed = if one.allowed { "ui-psi-plan-yes" } else { "ui-psi-plan-no" };
        table.add_row([
            way(one, ui),
            time(one.seconds),
            bytes(one.bytes),
            one.rounds.to_string(),
            bytes(one.memory),
            ui.texts().say(allowed, &[]),
        ]);
    }
    table.to_string()
}

fn way(one: &Estimate, ui: &Ui) -> String {
    let word = serde_json::to_value(one.way).unwrap_or_default();
    ui.texts().say(&format!("ui-psi-way-{}", word.as_str().unwrap_or_default()), &[])
}

pub(in crate::cli) fn time(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.2} s") } else { format!("{seconds:.0} s") }
}

pub(in crate::cli) fn bytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// The quickest that is allowed, and what the next one would take.
fn why(best: &Estimate, estimates: &[Estimate], ui: &mut Ui) {
    let others = estimates.iter().filter(|one| one.allowed && one.way != best.way);
    let next = others.min_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let (name, seconds) = (way(best, ui), time(best.seconds));
    match next {
        Some(next) => {
            let (other, more) = (way(next, ui), time(next.seconds));
            let args = [("way", name.into()), ("time", seconds.into()), ("other", other.into())];
            let args: Vec<_> = args.into_iter().chain([("more", more.into())]).collect();
            ui.say("ui-psi-plan-chosen", &args);
        }
        None => ui.say("ui-psi-plan-only", &[("way", name.into()), ("time", seconds.into())]),
    }
}

/// What each side would learn.
fn learns(psi: Option<&PsiTerms>, ui: &mut Ui) {
    let result = psi.map_or(PsiResult::Keys, |psi| psi.result);
    let noisy = psi.is_some_and(|psi| psi.noise.is_some());
    let both = psi.is_some_and(|psi| psi.learn == Learn::Both);
    let what = match result {
        PsiResult::Keys if psi.is_some_and(|psi| psi.duplicates == Duplicates::Counted) => "pairs",
        PsiResult::Keys if psi.is_some_and(PsiTerms::joins) => "rows",
        PsiResult::Keys => "keys",
        PsiResult::Size if noisy => "noisy",
        PsiResult::Size => "size",
        PsiResult::Sums => "sums",
        PsiResult::Counts => "counts",
        // Of several parties alone, which have a plan of their own.
        PsiResult::Regions => "size",
    };
    ui.say(&format!("ui-psi-plan-recipient-{what}"), &[]);
    let provider = match (result, both) {
        (PsiResult::Sums, false) => "ui-psi-plan-provider-count",
        (PsiResult::Sums, true) => "ui-psi-plan-provider-same-count",
        (_, false) => "ui-psi-plan-provider-nothing",
        (_, true) => "ui-psi-plan-provider-same",
    };
    ui.say(provider, &[]);
    // Without a contract, too: the table has them.
    if psi.is_none_or(|psi| psi.protocol == PsiProtocol::Unbalanced) {
        ui.say("ui-psi-plan-copy", &[]);
        ui.say("ui-psi-plan-buckets", &[]);
    }
    let Some(psi) = psi else { return };
    if let Some(runs) = psi.max_runs {
        match psi.noise {
            Some(noise) => {
                let (each, all) = (noise.epsilon(), noise.epsilon() * f64::from(runs));
                let (each, all) = (format!("{each:.3}"), format!("{all:.3}"));
                let args = [("runs", runs.into()), ("each", each.into()), ("all", all.into())];
                ui.say("ui-psi-plan-privacy", &args);
            }
            None => ui.say("ui-psi-plan-runs", &[("runs", runs.into())]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_times_have_units() {
        assert_eq!((bandwidth("10mbit"), bandwidth("1GBIT")), (Ok(1e7), Ok(1e9)));
        assert_eq!((latency("20ms"), latency("0.5s")), (Ok(0.02), Ok(0.5)));
        for bad in ["10", "mbit", "-1mbit", "0mbit", "NaNmbit", "infgbit", "10mb"] {
            assert!(bandwidth(bad).is_err(), "{bad}");
        }
        for bad in ["20", "ms", "-1ms", "0s", "1h"] {
            assert!(latency(bad).is_err(), "{bad}");
        }
    }
}
