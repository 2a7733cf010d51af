//! Figures drawn from a report, and how numbers are written.

use super::Page;
use yinshu_origin::Heading;
use yinshu_origin::grid::ReleasedGrid;
use yinshu_origin::report::Finding;

/// Part and whole of one line of a breakdown; none where they are suppressed.
pub(super) type Line<'a> = (&'a str, Option<(u64, u64)>);

fn cell(grid: &ReleasedGrid, row: usize, column: usize) -> Option<(u64, u64)> {
    let at = |table: &[Vec<Option<u64>>]| table.get(row)?.get(column).copied().flatten();
    Some((at(&grid.part)?, at(&grid.whole)?))
}

/// A grid by division, all ages together.
pub(super) fn by_division(grid: &ReleasedGrid) -> Vec<Line<'_>> {
    let all = grid.bands.len();
    grid.divisions.iter().enumerate().map(|(row, name)| (name.as_str(), cell(grid, row, all))).collect()
}

/// A grid by age band, all divisions together.
pub(super) fn by_band(grid: &ReleasedGrid) -> Vec<Line<'_>> {
    let all = grid.divisions.len();
    grid.bands.iter().enumerate().map(|(column, name)| (name.as_str(), cell(grid, all, column))).collect()
}

/// Everybody in a grid.
pub(super) fn total(grid: &ReleasedGrid) -> Option<(u64, u64)> {
    cell(grid, grid.divisions.len(), grid.bands.len())
}

impl<'a> Page<'a> {
    /// The findings under a heading.
    pub(super) fn under(&self, heading: Heading) -> &'a [Finding] {
        let report = self.report;
        match heading {
            Heading::Completeness => &report.completeness.findings,
            Heading::Consistency => &report.consistency.findings,
            Heading::Accuracy => &report.accuracy.findings,
            Heading::Timeliness => &report.timeliness.findings,
        }
    }

    /// All defects under a heading.
    pub(super) fn sum(&self, heading: Heading) -> u64 {
        self.under(heading).iter().filter_map(|finding| finding.count).sum()
    }

    /// All defects, and of how many kinds.
    pub(super) fn all(&self) -> (u64, usize) {
        let counts = || self.report.findings().filter_map(|finding| finding.count).filter(|count| *count > 0);
        (counts().sum(), counts().count())
    }

    /// A code's name, or the code.
    pub(super) fn name<'c>(&'c self, code: &'c str) -> &'c str {
        self.captions.get(code).map_or(code, String::as_str)
    }

    /// A code with its name before it, where it has one.
    pub(super) fn named(&self, code: &str) -> String {
        match self.captions.get(code) {
            Some(name) => format!("{name} {code}"),
            None => code.to_owned(),
        }
    }
}

/// `12,345`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `98.76%`, rounded down, so that only the whole is 100%.
pub(super) fn percent((part, whole): (u64, u64)) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    match u128::from(part) * 10_000 / u128::from(whole) {
        10_000 => "100%".to_owned(),
        hundredths => format!("{}.{:02}%", hundredths / 100, hundredths % 100),
    }
}

/// `1.2 MiB`
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut size = count as f64 / 1024.0;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}
