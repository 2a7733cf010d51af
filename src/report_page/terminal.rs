//! The report for a terminal: tables that line up Chinese and Latin text, without colour unless asked.

use super::figures::{self, grouped, percent};
use super::words::Words;
use super::{Page, sections};
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};
use std::fmt::Write as _;
use yinshu_origin::Heading;
use yinshu_origin::report::Finding;

/// How a terminal is written to.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns of the terminal.
    pub width: u16,
    /// Whether it is a terminal that shows colours; a pipe or a file does not.
    pub colour: bool,
}

impl Default for Layout {
    /// A pipe: no colour, 100 columns.
    fn default() -> Self {
        Self { width: 100, colour: false }
    }
}

/// The report as text; `lang` is `zh` or `en`.
pub fn terminal(page: &Page<'_>, lang: &str, layout: Layout) -> String {
    let words = Words::of(lang);
    let about = &page.report.about;
    let (defects, kinds) = page.all();
    let verdict = if defects == 0 { words.all_passed().to_owned() } else { words.headline(defects, kinds) };
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}", words.title());
    let _ = writeln!(
        out,
        "{} → {}   {}   {} {} {}",
        page.name(&about.provider),
        page.name(&about.recipient),
        about.catalogue,
        about.period.from,
        words.to(),
        about.period.to
    );
    let _ = writeln!(out, "{} {}", words.contract(), about.contract);
    let _ = writeln!(out, "\n{verdict}\n{}", findings(page, words, layout));
    let _ = writeln!(out, "\n{}\n{}", words.coverage_title(), coverage(page, words, layout));
    if let Some((name, digest)) = page.json {
        let _ = writeln!(out, "\n{name}  SHA-256 {digest}");
    }
    out
}

fn table(layout: Layout) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(layout.width);
    if layout.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table
}

fn findings(page: &Page<'_>, words: Words, layout: Layout) -> String {
    let mut table = table(layout);
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    table.set_header(["", words.defect(), words.how(), words.count(), words.among(), words.details()]);
    for heading in Heading::ALL {
        for (index, finding) in page.under(heading).iter().enumerate() {
            let name = if index == 0 { words.heading(heading) } else { "" };
            let private = finding.kind.is_private();
            table.add_row([
                Cell::new(name).add_attribute(Attribute::Bold),
                Cell::new(words.kind(finding.kind)),
                Cell::new(if private { words.privately() } else { words.here() }),
                counted(words, finding),
                right(grouped(finding.of)),
                Cell::new(sections::details::of(page, words, finding.kind)),
            ]);
        }
    }
    table.to_string()
}

fn counted(words: Words, finding: &Finding) -> Cell {
    let text = finding.count.map_or_else(|| words.unseen().to_owned(), grouped);
    let colour = match finding.count {
        Some(0) => Color::Green,
        Some(_) => Color::Red,
        None => Color::DarkGrey,
    };
    Cell::new(text).set_alignment(CellAlignment::Right).fg(colour)
}

fn coverage(page: &Page<'_>, words: Words, layout: Layout) -> String {
    /// Cells of a bar.
    const BAR: u64 = 24;
    let grid = &page.report.completeness.coverage_of_local;
    let mut table = table(layout);
    let divisions = figures::by_division(grid).into_iter().map(|(code, counts)| (page.named(code), counts));
    for (name, counts) in divisions.chain([(words.whole().to_owned(), figures::total(grid))]) {
        let Some((part, whole)) = counts else {
            table.add_row([name, words.suppressed().to_owned()]);
            continue;
        };
        let filled = (part * BAR).checked_div(whole).unwrap_or(0).min(BAR) as usize;
        let bar = "█".repeat(filled) + &"░".repeat(BAR as usize - filled);
        table.add_row([name, bar, percent((part, whole)), format!("{} / {}", grouped(part), grouped(whole))]);
    }
    table.to_string()
}
