//! An answer as one self-contained page: the question, the groups told, charts, and how what is not told is protected.

use super::{HIDDEN, QueryRun, query_terms};
use crate::contract::{Draft, Security};
use crate::lang::{Named, Texts};
use crate::report_page::charts::{Bar, Tone, bars};
use crate::run::several::page::page as around;
use maud::{Markup, PreEscaped, html};

/// Bars of a chart at most.
const BARS: usize = 60;

/// The page.
pub(super) fn page(done: &QueryRun, draft: &Draft, texts: &Texts) -> String {
    let say = |id: &str| texts.say(&format!("ui-stats-page-{id}"), &[]);
    let body = html! {
        h2 { (texts.say("ui-query-page-question", &[])) }
        pre { code { (query_terms(draft).sql.trim()) } }
        h2 { (say("figures")) @if let Some(analysis) = done.analysis { " · " (analysis) } }
        (table(done, texts))
        (beside(done))
        (charts(done))
        h2 { (say("protected")) }
        (protected(done, draft, texts))
    };
    let plan = [(texts.say("ui-query-page-plan", &[]), done.plan.to_string())];
    around((draft, done.run, &done.receivers), &plan, &body, texts)
}

fn number(cell: Option<&String>) -> Option<f64> {
    cell?.parse().ok().filter(|number: &f64| *number >= 0.0)
}

/// Whether a column is of figures that a chart can show.
fn is_number(done: &QueryRun, at: usize) -> bool {
    at > 0 && done.answer.table.iter().all(|line| line[at].is_none() || number(line[at].as_ref()).is_some())
}

/// Of each figure, a bar for each group; groups go by their first column.
fn charts(done: &QueryRun) -> Markup {
    if !(2..=BARS).contains(&done.answer.table.len()) {
        return html! {};
    }
    let chart = |at: usize| {
        let numbers: Vec<Option<f64>> =
            done.answer.table.iter().map(|line| number(line[at].as_ref())).collect();
        let most = numbers.iter().flatten().copied().fold(0.0, f64::max);
        let bar = |(line, number): (&Vec<Option<String>>, &Option<f64>)| Bar {
            label: line[0].clone().unwrap_or_else(|| "—".to_owned()),
            share: number.map_or(0.0, |number| if most > 0.0 { number / most } else { 0.0 }),
            note: line[at].clone().unwrap_or_default(),
            tone: Tone::First,
        };
        let drawn: Vec<Bar> = done.answer.table.iter().zip(&numbers).map(bar).collect();
        html! { h3 { (done.answer.heads[at]) } (PreEscaped(bars(&done.answer.heads[at], &drawn, 720, 120, 130))) }
    };
    html! { @for at in (1..done.answer.heads.len()).filter(|&at| is_number(done, at)) { (chart(at)) } }
}

/// The lines told, and those that are not, with how each is protected.
fn table(done: &QueryRun, texts: &Texts) -> Markup {
    let answer = &done.answer;
    let say = |id: &str| texts.say(&format!("ui-query-page-{id}"), &[]);
    let class = |at: usize| is_number(done, at).then_some("n");
    let hides = |line: usize| answer.hidden_cells.iter().any(|[at, _]| *at == line);
    html! { div.scroll { table {
        thead { tr {
            @for (at, head) in answer.heads.iter().enumerate() { th class=[class(at)] { (head) } }
            th { (texts.say("ui-stats-page-protection", &[])) }
        } }
        tbody {
            @for line in 0..answer.table.len() { tr {
                @for at in 0..answer.heads.len() { td class=[class(at)] { (answer.cell(line, at)) } }
                td.kind { (say(if hides(line) { "in-part" } else { "shown" })) }
            } }
            @for line in &answer.untold { tr.none {
                @for (at, cell) in line.iter().enumerate() {
                    td class=[class(at)] { (cell.as_deref().unwrap_or(if at < answer.labels { "" } else { HIDDEN })) }
                }
                td.kind { (say("untold")) }
            } }
        }
    } } }
}

/// Figures beside the table.
fn beside(done: &QueryRun) -> Markup {
    let figures = &done.answer.figures;
    html! { @if !figures.is_empty() {
        dl.facts { @for (name, value) in figures {
            dt { (name) } dd { (value.as_deref().unwrap_or(HIDDEN)) }
        } }
    } }
}

fn protected(done: &QueryRun, draft: &Draft, texts: &Texts) -> Markup {
    let query = query_terms(draft);
    let say = |id: &str, named: &[Named<'_>]| texts.say(&format!("ui-query-page-{id}"), named);
    let smallest = draft.terms.data.min_group_size;
    let security = match query.security {
        Security::SemiHonest => "semi-honest",
        Security::Malicious => "malicious",
    };
    let counts =
        [("hidden", done.hidden.into()), ("withheld", done.withheld.into()), ("failed", done.failed.into())];
    html! {
        @if query.analysis.is_some() {
            p { (say("analysis-rule", &[("smallest", smallest.into())])) }
        } @else {
            p { (say("rule", &[("smallest", smallest.into())])) }
            p { (say("untold-long", &[])) }
        }
        @if let Some(percent) = query.dominance_percent {
            p { (texts.say("ui-stats-page-dominance-long", &[("percent", percent.into())])) }
        }
        @if query.analysis.is_none() { p { (say("counts", &counts)) } }
        @else if done.hidden > 0 { p { (say("too-few", &[])) } }
        p { (texts.say(&format!("ui-stats-page-{security}"), &[])) }
    }
}
