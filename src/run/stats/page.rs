//! A result as one self-contained page: figures, charts, and for each figure how it was protected.

use super::figures::{Line, TOTAL, heads};
use super::{Bin, Histogram, NoiseUsed, StatsRun, stats_terms};
use crate::contract::{Draft, Security};
use crate::lang::{Named, Texts};
use crate::report_page::charts::{Bar, Tone, bars};
use crate::run::several::page::page as around;
use maud::{Markup, PreEscaped, html};

/// The page.
pub(super) fn page(done: &StatsRun, draft: &Draft, texts: &Texts) -> String {
    let say = |id: &str| texts.say(&format!("ui-stats-page-{id}"), &[]);
    let body = html! {
        (charts(done, draft, texts))
        h2 { (say("figures")) }
        (table(done, draft, texts))
        @if done.noise.is_none() { p.note { (say("empty")) } }
        (further(done, texts))
        h2 { (say("protected")) }
        @if let Some(noise) = &done.noise { (of_noise(noise, texts)) }
        (protected(draft, texts))
    };
    around((draft, done.run, &done.receivers), &[], &body, texts)
}

/// What a line of the first cut's totals says of a figure: its name and the number.
fn number(line: &Line, name: &str) -> Option<f64> {
    match name {
        "count" => line.count.map(|count| count as f64),
        name => line.figures.get(name)?.as_ref()?.parse().ok(),
    }
}

/// Of each figure, a bar for each part of the first cut.
fn charts(done: &StatsRun, draft: &Draft, texts: &Texts) -> Markup {
    let stats = stats_terms(draft);
    let Some(cut) = done.cuts.first() else { return html! {} };
    let total = |line: &&Line| line.place[1..].iter().all(|part| part == TOTAL) && line.place[0] != TOTAL;
    let lines: Vec<&Line> = done.table.iter().filter(total).collect();
    let names = heads(stats).split_off(done.cuts.len() + 1);
    let chart = |name: &String| {
        let numbers: Vec<Option<f64>> = lines.iter().map(|line| number(line, name)).collect();
        let most = numbers.iter().flatten().copied().fold(0.0, f64::max);
        let bar = |(line, number): (&&Line, &Option<f64>)| Bar {
            label: line.place[0].clone(),
            share: number.map_or(0.0, |number| if most > 0.0 { (number / most).max(0.0) } else { 0.0 }),
            note: number.map_or_else(|| "×".to_owned(), short),
            tone: if line.hidden { Tone::Warn } else { Tone::First },
        };
        let drawn: Vec<Bar> = lines.iter().zip(&numbers).map(bar).collect();
        html! { h3 { (title(name, texts)) } (PreEscaped(bars(name, &drawn, 720, 120, 130))) }
    };
    html! {
        h2 { (texts.say("ui-stats-page-charts", &[("cut", cut.clone().into())])) }
        @for name in &names { (chart(name)) }
    }
}

/// A number for people: whole, or with two digits after the point.
fn short(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.2}") }
}

fn title(name: &str, texts: &Texts) -> String {
    if name == "count" { texts.say("ui-stats-head-count", &[]) } else { name.to_owned() }
}

fn table(done: &StatsRun, draft: &Draft, texts: &Texts) -> Markup {
    let heads = heads(stats_terms(draft));
    let names = &heads[done.cuts.len() + 2..];
    html! { div.scroll { table {
        thead { tr {
            @for cut in &done.cuts { th { (cut) } }
            th.n { (texts.say("ui-stats-head-count", &[])) }
            @for name in names { th.n { (name) } }
            th { (texts.say("ui-stats-page-protection", &[])) }
        } }
        tbody { @for line in done.table.iter().filter(|line| line.count != Some(0) || done.noise.is_some()) {
            tr class=[line.hidden.then_some("none")] {
                @for part in &line.place { td { (part) } }
                td.n { (line.count.map_or_else(|| "×".to_owned(), |count| noised(&count.to_string(), line.half_widths.get("count")))) }
                @for name in names {
                    td.n { @if line.hidden { "×" } @else {
                        (line.figures.get(name).cloned().flatten().map_or_else(String::new, |figure| noised(&figure, line.half_widths.get(name))))
                    } }
                }
                td.kind { (texts.say(&format!("ui-stats-page-{}", line.protection.word()), &[])) }
            }
        } }
    } } }
}

/// A figure with its half-width, where it has noise.
fn noised(figure: &str, width: Option<&String>) -> String {
    width.map_or_else(|| figure.to_owned(), |width| format!("{figure} ± {width}"))
}

/// What the noise of each figure is, and what the run costs each owner.
fn of_noise(noise: &NoiseUsed, texts: &Texts) -> Markup {
    let say = |id: &str| texts.say(&format!("ui-stats-page-noise-{id}"), &[]);
    let epsilon = noise.price.epsilon.unwrap_or_default();
    let price = [("rho", noise.price.rho.to_string().into()), ("epsilon", epsilon.to_string().into())];
    html! {
        h2 { (say("title")) }
        p { (texts.say("ui-stats-page-noise-long", &price)) }
        div.scroll { table {
            thead { tr {
                th { (say("figure")) } th { (say("mechanism")) } th.n { "ε" } th.n { (say("sensitivity")) } th.n { (say("width")) }
            } }
            tbody { @for of in &noise.figures { tr {
                td { (title(&of.figure, texts)) } td { (noise.mechanism) } td.n { (of.epsilon.to_string()) }
                td.n { (of.sensitivity) } td.n { "± " (of.half_width) }
            } } }
        } }
    }
}

/// Histograms, each with a bar for each bin, and tests.
fn further(done: &StatsRun, texts: &Texts) -> Markup {
    let say = |id: &str| texts.say(&format!("ui-stats-page-{id}"), &[]);
    let histogram = |histogram: &Histogram| {
        // The last one is the total.
        let bins = histogram.bins.split_last().map_or(&[][..], |(_, bins)| bins);
        let most = bins.iter().filter_map(|bin| bin.count).max().unwrap_or(0).max(1) as f64;
        let bar = |bin: &Bin| Bar {
            label: format!("{} – {}", bin.from, bin.to),
            share: bin.count.map_or(0.0, |count| (count as f64 / most).max(0.0)),
            note: bin
                .count
                .map_or_else(|| "×".to_owned(), |count| noised(&count.to_string(), bin.half_width.as_ref())),
            tone: if bin.count.is_none() { Tone::Warn } else { Tone::First },
        };
        let drawn: Vec<Bar> = bins.iter().map(bar).collect();
        html! { h3 { (histogram.column) } (PreEscaped(bars(&histogram.column, &drawn, 720, 200, 130))) }
    };
    html! {
        @if !done.histograms.is_empty() {
            h2 { (say("histograms")) }
            @for one in &done.histograms { (histogram(one)) }
        }
        @if !done.tests.is_empty() {
            h2 { (say("tests")) }
            @for test in &done.tests {
                h3 { (test.kind) " · " (test.of) }
                dl.facts { @for (name, value) in &test.figures {
                    dt { (name) } dd { (value.map_or_else(|| "×".to_owned(), |value| format!("{value:.6}"))) }
                } }
            }
        }
    }
}

fn protected(draft: &Draft, texts: &Texts) -> Markup {
    let stats = stats_terms(draft);
    let say = |id: &str, named: &[Named<'_>]| texts.say(&format!("ui-stats-page-{id}"), named);
    let smallest = draft.terms.data.min_group_size;
    let security = match stats.security {
        Security::SemiHonest => "semi-honest",
        Security::Malicious => "malicious",
    };
    html! {
        p { (say("rows", &[])) }
        @if stats.noise.is_some() {
            p { (say("noised-long", &[("smallest", smallest.into())])) }
        } @else {
            p { (say("shown-long", &[])) }
            p { (say("rule-long", &[("smallest", smallest.into())])) }
        }
        @if stats.measures.iter().any(crate::contract::Measure::ranked) {
            p { (say("ranked-long", &[("smallest", smallest.into())])) }
        }
        @if let Some(percent) = stats.dominance_percent {
            p { (say("dominance-long", &[("percent", percent.into())])) }
        }
        p { (say("complement-long", &[])) }
        p { (say(security, &[])) }
    }
}
