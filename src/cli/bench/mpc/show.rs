//! The figures as tables for people.

use super::Figures;
use super::work::{Job, Outcome};
use crate::cli::bench::show::{grouped, none, size};
use crate::lang::Texts;
use comfy_table::{ContentArrangement, Table, presets};
use yinshu_mpc::Security;

/// How wide a table is where stdout is no terminal, in columns.
const WIDTH: u16 = 160;

/// A table without rows yet, with these heads.
pub(super) fn empty(heads: &[&str], texts: &Texts) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    table.set_header(heads.iter().map(|head| texts.say(&format!("ui-bench-mpc-head-{head}"), &[])));
    table
}

/// A job in a few words.
pub(super) fn case(job: &Job, texts: &Texts) -> String {
    let what = texts.say(&format!("ui-bench-mpc-{}", job.work.word()), &[]);
    format!("{what}, {}, {}", grouped(job.rows as u64), security(job.security, texts))
}

pub(super) fn security(security: Security, texts: &Texts) -> String {
    let word = serde_json::to_value(security).unwrap_or_default();
    texts.say(&format!("ui-bench-mpc-{}", word.as_str().unwrap_or_default()), &[])
}

/// Seconds to three digits.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        ..0.1 => format!("{seconds:.4} s"),
        ..10.0 => format!("{seconds:.2} s"),
        _ => format!("{seconds:.1} s"),
    }
}

/// What was measured, figure beside aim.
pub(in crate::cli::bench) fn table(figures: &[Figures], texts: &Texts) -> String {
    let heads = ["work", "rows", "security", "time", "cpu", "bytes", "steps", "memory", "aim", "met"];
    let mut table = empty(&heads, texts);
    for row in figures {
        let what = texts.say(&format!("ui-bench-mpc-{}", row.work.word()), &[]);
        table.add_row([
            std::iter::once(what).chain(notes(&row.outcome, texts)).collect::<Vec<_>>().join("\n"),
            grouped(row.rows as u64),
            security(row.security, texts),
            seconds(row.seconds),
            row.cpu_seconds.map_or_else(none, |cpu| format!("{cpu:.2} s")),
            row.bytes_sent.iter().max().map_or_else(none, |bytes| decimal(*bytes)),
            grouped(row.steps.into()),
            row.peak_bytes.map_or_else(none, size),
            aim(row, texts),
            met(row, texts),
        ]);
    }
    table.to_string()
}

/// Bytes as networks count them.
pub(super) fn decimal(bytes: u64) -> String {
    match bytes as f64 / 1e6 {
        megabytes @ ..0.1 => format!("{:.1} kB", megabytes * 1e3),
        megabytes @ ..100.0 => format!("{megabytes:.1} MB"),
        megabytes => format!("{megabytes:.0} MB"),
    }
}

/// What came out, where it is no whole number.
pub(super) fn notes(outcome: &Outcome, texts: &Texts) -> Vec<String> {
    let notes = [
        outcome.error.map(|error| ("error", format!("{error:.1e}"))),
        outcome.of_itself.map(|figure| ("itself", format!("{figure}"))),
        outcome.auc.map(|auc| ("auc", format!("{auc:.4}"))),
    ];
    let say = |(note, n): (&str, String)| texts.say(&format!("ui-bench-mpc-{note}"), &[("n", n.into())]);
    notes.into_iter().flatten().map(say).collect()
}

fn aim(row: &Figures, texts: &Texts) -> String {
    let times = |times: f64| texts.say("ui-bench-mpc-times", &[("n", times.to_string().into())]);
    let aims = [
        row.aim.seconds.map(|aim| format!("{aim} s")),
        row.aim.bytes.map(decimal),
        row.aim.of_semi_honest.map(times),
    ];
    aims.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// Of each aim whether it was met, else by how much it was missed; and what it costs that a party may cheat.
fn met(row: &Figures, texts: &Texts) -> String {
    let said = |over: f64| match over {
        ..=1.0 => texts.say("ui-bench-mpc-met", &[]),
        over => texts.say("ui-bench-mpc-missed", &[("n", format!("{over:.1}").into())]),
    };
    let bytes = row.bytes_sent.iter().max().copied().unwrap_or(0) as f64;
    // Frames have heads: a thousandth is none.
    let bytes = row.aim.bytes.map(|aim| said(bytes / (aim as f64 * 1.001)));
    let times = row.of_semi_honest.map(|times| {
        let n = texts.say("ui-bench-mpc-times", &[("n", format!("{times:.1}").into())]);
        match row.aim.of_semi_honest {
            Some(aim) => format!("{n}: {}", said(times / aim)),
            None => n,
        }
    });
    [row.of_aim.map(said), bytes, times].into_iter().flatten().collect::<Vec<_>>().join("\n")
}
