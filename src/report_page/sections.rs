//! The sections of the page, top to bottom.

pub(super) mod details;

use super::Page;
use super::charts::{self, Bar, Tone};
use super::figures::{self, Line, bytes, grouped, percent};
use super::words::Words;
use maud::{Markup, PreEscaped, html};
use yinshu_origin::Heading;
use yinshu_origin::grid::ReleasedGrid;
use yinshu_origin::here::agreement::FieldRate;
use yinshu_origin::report::Finding;

/// Width of the text on the page, in pixels.
const WIDTH: u32 = 664;

/// Title, parties and digests.
pub(super) fn masthead(page: &Page<'_>, words: Words) -> Markup {
    let about = &page.report.about;
    html! {
        header {
            h1 { (words.title()) }
            p.subtitle { (words.subtitle()) }
        }
        div.rule {}
        dl.about {
            dt { (words.provider()) } dd { (page.name(&about.provider)) }
            dt { (words.recipient()) } dd { (page.name(&about.recipient)) }
            dt { (words.catalogue()) } dd { (about.catalogue) }
            dt { (words.period()) } dd { (about.period.from) " " (words.to()) " " (about.period.to) }
            dt { (words.contract()) } dd.wide { code { (about.contract) } }
            dt { (words.package()) } dd.wide { code { (about.manifest) } }
        }
    }
}

/// Passed, with objections, or not looked at.
fn state(page: &Page<'_>, heading: Heading, words: Words) -> (&'static str, &'static str) {
    let unseen = page.under(heading).iter().any(|finding| finding.count.is_none());
    match (page.sum(heading), unseen) {
        (0, false) => ("card", words.passed()),
        (0, true) => ("card open", words.partly()),
        _ => ("card bad", words.objected()),
    }
}

/// The four headings at a glance.
pub(super) fn verdict(page: &Page<'_>, words: Words) -> Markup {
    let (defects, kinds) = page.all();
    let sizes = &page.report.sizes;
    let mut tiles = vec![
        (sizes.returned_rows, words.returned_rows()),
        (sizes.returned_people, words.returned_people()),
        (sizes.local_people, words.local_people()),
        (sizes.shared_people, words.shared_people()),
    ];
    tiles.extend(page.report.private.as_ref().map(|private| (private.shown, words.shown())));
    html! {
        h2 { (words.summary()) }
        p.headline {
            @if defects == 0 { (words.all_passed()) } @else { (words.headline(defects, kinds)) }
        }
        div.cards {
            @for heading in Heading::ALL {
                @let (class, chip) = state(page, heading, words);
                div class=(class) {
                    span.chip { (chip) }
                    b { (words.heading(heading)) }
                    div.question { (words.question(heading)) }
                    div.number { (grouped(page.sum(heading))) small { " " (words.items()) } }
                }
            }
        }
        ul.tiles {
            @for (count, what) in tiles { li { b { (grouped(count)) } " " (what) } }
        }
    }
}

/// Every kind of defect under its heading, with what is known of it and what to ask for.
pub(super) fn findings(page: &Page<'_>, words: Words) -> Markup {
    html! {
        h2 { (words.findings()) }
        p.note { (words.local_only()) }
        div.scroll { table {
            thead { tr {
                th {} th { (words.defect()) } th { (words.how()) } th.n { (words.count()) } th.n { (words.among()) }
                th { (words.details()) }
            } }
            @for heading in Heading::ALL {
                tbody {
                    @for (index, finding) in page.under(heading).iter().enumerate() {
                        (finding_row(page, words, heading, index, finding))
                    }
                }
            }
        } }
        div.keep {
            h3 { (words.kinds_title()) }
            (kinds_chart(page, words))
        }
    }
}

fn finding_row(page: &Page<'_>, words: Words, heading: Heading, index: usize, finding: &Finding) -> Markup {
    let bad = finding.count.is_some_and(|count| count > 0);
    let details = details::of(page, words, finding.kind);
    html! {
        tr class=(if bad { "bad" } else { "none" }) {
            @if index == 0 {
                th scope="rowgroup" rowspan=(page.under(heading).len()) { (words.heading(heading)) }
            }
            td.kind { (words.kind(finding.kind)) }
            td { (how(words, finding.kind.is_private())) }
            td.n.count { (finding.count.map_or_else(|| words.unseen().to_owned(), grouped)) }
            td.n { (grouped(finding.of)) }
            td.detail {
                @if bad {
                    @if !details.is_empty() { (details) br; }
                    "→ " (words.advice(finding.kind))
                }
            }
        }
    }
}

fn how(words: Words, private: bool) -> Markup {
    html! {
        @if private { span.tag.private { (words.privately()) } } @else { span.tag { (words.here()) } }
    }
}

fn kinds_chart(page: &Page<'_>, words: Words) -> Markup {
    let counted = || page.report.findings().filter_map(|finding| Some((finding.kind, finding.count?)));
    let most = counted().map(|(_, count)| count).max().unwrap_or(0).max(1) as f64;
    let lines: Vec<Bar> = counted()
        .map(|(kind, count)| Bar {
            label: words.kind(kind).to_owned(),
            share: count as f64 / most,
            note: grouped(count),
            tone: if kind.is_private() { Tone::Second } else { Tone::First },
        })
        .collect();
    html! {
        (legend(words.here(), words.privately()))
        (PreEscaped(charts::bars(words.kinds_title(), &lines, WIDTH, words.label_width(), 60)))
    }
}

fn legend(first: &str, second: &str) -> Markup {
    html! { div.legend { span { (first) } span { (second) } } }
}

/// Who came back, by division and by age.
pub(super) fn coverage(page: &Page<'_>, words: Words) -> Markup {
    let grid = &page.report.completeness.coverage_of_local;
    let all = figures::total(grid);
    let back = figures::total(&page.report.completeness.coverage_of_returned);
    html! {
        h2 { (words.coverage_title()) }
        p {
            (words.coverage_note())
            @if let Some(all) = all { " " b { (percent(all)) } " (" (pair(all)) ")" }
        }
        @if let Some(back) = back {
            p.note { (words.returned_note()) (percent(back)) " (" (pair(back)) ")" }
        }
        div.keep {
            h3 { (words.by_division()) }
            (division_chart(page, words, grid, all))
        }
        div.keep {
            h3 { (words.by_band()) }
            (band_chart(words, grid))
        }
        @if grid.suppressed > 0 {
            p.note { "×  " (words.suppressed()) " (" (words.minimum()) " " (grid.minimum_group) ")" }
        }
    }
}

fn pair((part, whole): (u64, u64)) -> String {
    format!("{} / {}", grouped(part), grouped(whole))
}

fn share((part, whole): (u64, u64)) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn division_chart(page: &Page<'_>, words: Words, grid: &ReleasedGrid, all: Option<(u64, u64)>) -> Markup {
    /// So far below the whole county's rate a division is pointed out.
    const FAR_BELOW: f64 = 0.04;
    let usual = all.and_then(share).unwrap_or(1.0);
    let bar = |(code, counts): Line<'_>| {
        let rate = counts.and_then(share);
        Bar {
            label: page.named(code),
            share: rate.unwrap_or(0.0),
            note: counts
                .map_or_else(|| "×".to_owned(), |counts| format!("{} · {}", percent(counts), pair(counts))),
            tone: if rate.is_some_and(|rate| rate < usual - FAR_BELOW) { Tone::Warn } else { Tone::First },
        }
    };
    let bars: Vec<Bar> = figures::by_division(grid).into_iter().map(bar).collect();
    html! { (PreEscaped(charts::bars(words.by_division(), &bars, WIDTH, 150, 168))) }
}

fn band_chart(words: Words, grid: &ReleasedGrid) -> Markup {
    let shares: Vec<_> =
        figures::by_band(grid).into_iter().map(|(band, counts)| (band, counts.and_then(share))).collect();
    html! { (PreEscaped(charts::columns(words.by_band(), &shares, WIDTH))) }
}

/// How often fields say the same, here and at the source.
pub(super) fn agreement(page: &Page<'_>, words: Words) -> Markup {
    let accuracy = &page.report.accuracy;
    // In the contract's order, as the source was asked.
    let mut columns: Vec<&str> = Vec::new();
    for rate in accuracy.with_source.iter().flatten().chain(&accuracy.with_local) {
        if !columns.contains(&rate.column.as_str()) {
            columns.push(&rate.column);
        }
    }
    let here = |column: &str| accuracy.with_local.iter().find(|rate| rate.column == column);
    let there = |column: &str| accuracy.with_source.iter().flatten().find(|rate| rate.column == column);
    let lines: Vec<_> = columns
        .iter()
        .map(|column| {
            let rate = |found: Option<&FieldRate>| found.and_then(FieldRate::rate);
            (page.named(column), rate(here(column)), rate(there(column)))
        })
        .collect();
    html! {
        section.keep {
            h2 { (words.agreement()) }
            (legend(words.with_local(), words.with_source()))
            (PreEscaped(charts::rates(words.agreement(), &lines, WIDTH, 150)))
            div.scroll { table {
                thead { tr {
                    th { (words.column()) } th.n { (words.with_local()) } th.n { (words.compared()) }
                    th.n { (words.with_source()) } th.n { (words.compared()) }
                } }
                tbody { @for column in &columns { tr {
                    td { (page.named(column)) }
                    @for found in [here(column), there(column)] {
                        td.n { (found.map_or_else(|| "–".to_owned(), |one| percent((one.same, one.compared)))) }
                        td.n { (found.map_or_else(|| "–".to_owned(), |one| grouped(one.compared))) }
                    }
                } } }
            } }
        }
    }
}

/// How old the rows and files are.
pub(super) fn staleness(page: &Page<'_>, words: Words) -> Markup {
    let timeliness = &page.report.timeliness;
    let ages = &timeliness.ages;
    let oldest = f64::from(ages.max.unwrap_or(0).max(1));
    let bars: Vec<Bar> = [
        (words.half(), ages.p50),
        (words.most(), ages.p90),
        (words.nearly(), ages.p99),
        (words.oldest(), ages.max),
    ]
    .into_iter()
    .filter_map(|(label, days)| {
        let days = days?;
        let tone = Tone::First;
        Some(Bar {
            label: label.to_owned(),
            share: f64::from(days) / oldest,
            note: words.in_days(days),
            tone,
        })
    })
    .collect();
    html! {
        section.keep {
            h2 { (words.staleness()) }
            p { (words.age_note()) " · " (words.cadence()) " " b { (words.in_days(timeliness.cadence_days)) } }
            (PreEscaped(charts::bars(words.staleness(), &bars, WIDTH, 150, 70)))
            div.scroll { table {
                thead { tr { th { (words.file()) } th.n { (words.rows()) } th.n { (words.newest()) } th {} } }
                tbody { @for file in &timeliness.files {
                    tr class=(if file.stale { "bad" } else { "" }) {
                        td { code { (file.file) } }
                        td.n { (grouped(file.rows)) }
                        td.n { (file.newest.map_or_else(|| "–".to_owned(), |day| day.to_string())) }
                        td { (if file.stale { words.stale() } else { words.fresh() }) }
                    }
                } }
            } }
            @if let Some(delta) = &timeliness.delta {
                p { (words.delta()) ": "
                    @for (count, what) in [
                        (delta.inserted, words.inserted()), (delta.updated, words.updated()),
                        (delta.deleted, words.deleted()), (delta.unchanged, words.unchanged()),
                    ] { (what) " " b { (grouped(count)) } "  " }
                }
            }
        }
    }
}

/// What each side learnt, and what bounds a side that guesses.
pub(super) fn learnt(page: &Page<'_>, words: Words) -> Markup {
    let report = page.report;
    html! {
        section.keep {
            h2 { (words.learnt()) }
            @if report.learnt.is_empty() { p { (words.learnt_none()) } } @else {
                table {
                    thead { tr { th { (words.party()) } th { (words.learns()) } th.n { (words.count()) } } }
                    tbody { @for one in &report.learnt { tr {
                        td { (words.side(one.side)) }
                        td { (words.what(one.what)) }
                        td.n { (grouped(one.count)) }
                    } } }
                }
                p.note { (words.learnt_more()) }
            }
            @if let Some(private) = &report.private {
                p.note {
                    (words.guessing()) ": "
                    (words.keys_asked()) " " (grouped(private.asked_keys)) " (" (words.quota()) " " (grouped(private.keys_quota)) ")"
                    (words.comma())
                    (words.values_asked()) " " (grouped(private.asked_per_field)) " (" (words.quota()) " " (grouped(private.per_field_quota)) ")"
                }
                dl.facts { dt { (words.commitment()) } dd { code { (private.commitment) } } }
            }
        }
    }
}

/// Bytes, rounds and seconds.
pub(super) fn cost(page: &Page<'_>, words: Words) -> Markup {
    let cost = &page.report.cost;
    html! {
        @if !cost.traffic.is_empty() || !cost.timings.is_empty() {
            section.keep {
                h2 { (words.sizes()) }
                @if !cost.traffic.is_empty() { table {
                    thead { tr {
                        th { (words.phase()) } th.n { (words.sent()) } th.n { (words.received()) } th.n { (words.rounds()) }
                    } }
                    tbody { @for line in &cost.traffic { tr {
                        td { (words.phase_name(&line.phase).unwrap_or_else(|| page.name(&line.phase))) }
                        td.n { (bytes(line.sent)) }
                        td.n { (bytes(line.received)) }
                        td.n { (grouped(line.rounds)) }
                    } } }
                } }
                @if !cost.timings.is_empty() {
                    ul.tiles { @for timing in &cost.timings {
                        li { (words.step_name(&timing.step).unwrap_or_else(|| page.name(&timing.step))) " " b { (format!("{:.1}", timing.seconds)) } " " (words.seconds()) }
                    } }
                }
            }
        }
    }
}

/// The five required fields.
pub(super) fn provenance(page: &Page<'_>, words: Words) -> Markup {
    html! {
        @if let Some(provenance) = page.provenance {
            section.keep {
                h2 { (words.provenance()) }
                dl.facts {
                    dt { (words.people()) } dd { (provenance.people.join(words.comma())) }
                    dt { (words.system()) } dd { (provenance.system) }
                    dt { (words.ip()) } dd { (provenance.ip) }
                    dt { (words.time()) } dd { (provenance.time) }
                    dt { (words.method()) } dd { (provenance.method) }
                }
            }
        }
    }
}

/// The audit logs' states, and how a reader checks the page.
pub(super) fn checking(page: &Page<'_>, words: Words) -> Markup {
    html! {
        @if !page.seals.is_empty() {
            section.keep {
                h2 { (words.audit()) }
                table {
                    thead { tr { th { (words.party()) } th.n { (words.records()) } th { (words.root()) } } }
                    tbody { @for seal in page.seals { tr {
                        td.kind { (page.name(&seal.party)) }
                        td.n { (grouped(seal.records)) }
                        td.root { code { (seal.root) } }
                    } } }
                }
            }
        }
        footer {
            @if let Some((name, digest)) = page.json {
                h3 { (words.verify()) }
                p.note { (words.verify_text()) }
                dl.facts {
                    dt { code { (name) } } dd { code { (digest) } }
                }
                p.note { code { "yinshu audit verify LOG" } "  ·  " code { "sha256sum " (name) } }
            }
            p.note { (words.made()) " " (page.report.about.made) }
        }
    }
}
