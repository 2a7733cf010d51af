//! Small populations, and tables over them as an engine would compute them.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use crate::disclosure::{
    Cell, Computed, Figure, History, Measure, Part, Released, Rules, common_divisor, judge,
};

/// What a group is made of: whose row, and its value.
pub(super) type Lines = Vec<(u32, i64)>;

pub(super) fn figure(measure: Measure) -> Figure {
    Figure { name: format!("{measure:?}"), measure, decimals: 0, column: None, condition: false }
}

pub(super) fn under_condition(measure: Measure) -> Figure {
    Figure { condition: true, ..figure(measure) }
}

/// What these rows make up.
pub(super) fn part(lines: &[(u32, i64)]) -> Part {
    let mut of: BTreeMap<u32, i64> = BTreeMap::new();
    for (person, value) in lines {
        *of.entry(*person).or_default() += value;
    }
    let mut largest: Vec<u128> = of.values().map(|v| u128::from(v.unsigned_abs())).collect();
    largest.sort_unstable_by(|a, b| b.cmp(a));
    let mut values: Vec<i64> = of.values().copied().collect();
    values.sort_unstable();
    Part {
        persons: of.keys().copied().collect(),
        telling: of.iter().filter(|(_, v)| **v != 0).map(|(p, _)| *p).collect(),
        rows: lines.len() as u64,
        sum: lines.iter().map(|(_, v)| i128::from(*v)).sum(),
        squares: lines.iter().map(|(_, v)| i128::from(*v) * i128::from(*v)).sum(),
        alike: values.chunk_by(|a, b| a == b).map(|same| same.len() as u64).max().unwrap_or(0),
        absolute: largest.iter().sum(),
        step: lines.iter().fold(0, |step, (_, value)| common_divisor(step, value.unsigned_abs())),
        largest,
        ..Part::default()
    }
}

/// A table of groups with these labels and rows, and the same figures of each.
pub(super) fn table(figures: &[Measure], cells: &[(&[&str], Lines)]) -> Computed {
    let keys = cells.first().map_or(0, |(labels, _)| labels.len());
    Computed {
        keys: (0..keys).map(|k| format!("k{k}")).collect(),
        figures: figures.iter().map(|m| figure(*m)).collect(),
        cells: cells.iter().map(|(labels, lines)| cell(labels, lines, figures.len())).collect(),
        owners: None,
    }
}

fn cell(labels: &[&str], lines: &Lines, figures: usize) -> Cell {
    let part = part(lines);
    Cell {
        labels: labels.iter().map(|l| (!l.is_empty()).then(|| (*l).to_owned())).collect(),
        persons: part.persons.clone(),
        rows: part.rows,
        parts: vec![part; figures],
        undecided: false,
    }
}

/// A count of these persons, as a table of one figure.
pub(super) fn count(persons: impl IntoIterator<Item = u32>) -> Computed {
    table(&[Measure::Rows], &[(&[], persons.into_iter().map(|p| (p, 1)).collect())])
}

/// Counts by group.
pub(super) fn counts(groups: &[(&str, std::ops::Range<u32>)]) -> Computed {
    let cells: Vec<_> =
        groups.iter().map(|(label, p)| ([*label], p.clone().map(|p| (p, 1)).collect())).collect();
    let cells: Vec<(&[&str], Lines)> =
        cells.iter().map(|(l, lines): &([&str; 1], Lines)| (&l[..], lines.clone())).collect();
    table(&[Measure::Rows], &cells)
}

/// A history that nothing stands in, in a folder of its own.
pub(super) fn fresh() -> (tempfile::TempDir, History) {
    let folder = tempfile::tempdir().unwrap();
    let history = History::create(&folder.path().join("history")).unwrap();
    (folder, history)
}

pub(super) const SECRET: [u8; 32] = [7; 32];

/// What is seen of a table in a history.
pub(super) fn see(computed: &Computed, rules: &Rules, history: &mut History) -> Released {
    judge(computed, rules, history, &SECRET).unwrap()
}

/// What is seen of a table of which nothing was released before.
pub(super) fn alone(computed: &Computed, rules: &Rules) -> Released {
    see(computed, rules, &mut fresh().1)
}

/// The first figure of every group that is seen, by its first label.
pub(super) fn first(released: &Released) -> Vec<(String, Option<f64>)> {
    let label = |l: &Option<String>| l.clone().unwrap_or_default();
    released
        .table
        .cells
        .iter()
        .map(|c| (c.labels.first().map_or_else(String::new, label), c.values[0]))
        .collect()
}

/// Whether anything at all is seen.
pub(super) fn nothing(released: &Released) -> bool {
    released.table.cells.is_empty()
}

pub(super) fn members(persons: impl IntoIterator<Item = u32>) -> RoaringBitmap {
    persons.into_iter().collect()
}
