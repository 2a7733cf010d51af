//! Which figure of a file is which released one: by labels where they are there, and by the released figures themselves.
//!
//! Nothing here knows the mark: what is paired is the same whoever is asked about.

use super::read::{Read, number};
use super::weigh::Pair;
use crate::airlock::mark::{Base, Part, Unmarked};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A file, as far as it is the same for every table that it is held against.
pub(super) struct Prepared<'a> {
    columns: &'a [String],
    /// Of every row its fields as labels are compared.
    labels: Vec<Vec<String>>,
    /// Of every row its fields as numbers.
    numbers: Vec<Vec<Option<f64>>>,
}

impl<'a> Prepared<'a> {
    pub(super) fn of(read: &'a Read) -> Self {
        let labels = read.rows.iter().map(|row| row.iter().map(|field| plain(field)).collect()).collect();
        let numbers = read.rows.iter().map(|row| row.iter().map(|field| number(field)).collect()).collect();
        Self { columns: &read.columns, labels, numbers }
    }
}

/// The pairs of a file and a table, each released figure once.
pub(super) fn pairs(read: &Prepared<'_>, unmarked: &Unmarked) -> Vec<Pair> {
    let labels = labels(read, unmarked);
    let lines = by_labels(read, unmarked, &labels);
    let mut seen: BTreeMap<Base, Pair> = BTreeMap::new();
    let mut taken: HashSet<usize> = labels.values().copied().collect();
    let figures = unmarked.columns.iter().filter_map(|(name, part)| match part {
        Part::Figure(at) => Some((name, *at)),
        _ => None,
    });
    for (name, figure) in figures {
        let free = (0..read.columns.len()).filter(|column| !taken.contains(column));
        let of = |column: usize| {
            let pairs = scaled_pairs(read, unmarked, lines.as_deref(), column, figure);
            // As many as fit; of as many, the column of the same name; then the first.
            ((pairs.len(), read.columns[column] == *name, usize::MAX - column), column, pairs)
        };
        let best = free.map(of).max_by_key(|(rank, ..)| *rank);
        let Some((_, column, pairs)) = best.filter(|(.., pairs)| !pairs.is_empty()) else { continue };
        taken.insert(column);
        for pair in pairs {
            seen.entry(pair.base).or_insert(pair);
        }
    }
    seen.into_values().collect()
}

/// Which column of the file has the labels of which key.
fn labels(read: &Prepared<'_>, unmarked: &Unmarked) -> BTreeMap<usize, usize> {
    let mut found: BTreeMap<usize, usize> = BTreeMap::new();
    for (name, part) in &unmarked.columns {
        let Part::Label(key) = part else { continue };
        let own = unmarked.lines.iter().filter_map(|(labels, _)| labels[*key].as_deref());
        let known: HashSet<String> = own.map(plain).collect();
        let of = |column: usize| {
            let fields = read.labels.iter().map(|row| &row[column]).filter(|field| known.contains(*field));
            let many = fields.collect::<BTreeSet<_>>().len();
            ((many, read.columns[column] == *name, usize::MAX - column), column)
        };
        let free = (0..read.columns.len()).filter(|column| !found.values().any(|taken| taken == column));
        if let Some((_, column)) = free.map(of).filter(|((many, ..), _)| *many > 0).max() {
            found.insert(*key, column);
        }
    }
    found
}

/// Of every row of the file its line in the table, if the labels say so.
fn by_labels(
    read: &Prepared<'_>,
    unmarked: &Unmarked,
    labels: &BTreeMap<usize, usize>,
) -> Option<Vec<Option<usize>>> {
    let mut lines: HashMap<Vec<String>, Option<usize>> = HashMap::new();
    for (at, (own, _)) in unmarked.lines.iter().enumerate() {
        let named = labels.keys().map(|key| own[*key].as_deref().map(plain).unwrap_or_default()).collect();
        // Labels that several lines have say nothing.
        lines.entry(named).and_modify(|line| *line = None).or_insert(Some(at));
    }
    let of = |row: &Vec<String>| {
        let named: Vec<String> = labels.values().map(|column| row[*column].clone()).collect();
        lines.get(&named).copied().flatten()
    };
    let found: Vec<Option<usize>> = read.labels.iter().map(of).collect();
    found.iter().any(Option::is_some).then_some(found)
}

/// What people write figures in: as they are, in thousands, in 万, in millions, in 亿, in percent.
const UNITS: [f64; 6] = [1.0, 1e3, 1e4, 1e6, 1e8, 0.01];

/// The pairs of one column and one figure, in the first unit in which most fit, or that in which as many do as in any.
fn scaled_pairs(
    read: &Prepared<'_>,
    unmarked: &Unmarked,
    lines: Option<&[Option<usize>]>,
    column: usize,
    figure: usize,
) -> Vec<Pair> {
    let mut best = Vec::new();
    for unit in UNITS {
        let pairs = column_pairs(read, unmarked, lines, (column, unit), figure);
        if pairs.len() > best.len() {
            best = pairs;
        }
        if best.len() * 2 > read.numbers.len() {
            break;
        }
    }
    best
}

/// How far a figure may be from the released one and still be taken for it, beside what the mark does.
const OFF: [f64; 2] = [0.05, 0.005];

/// The pairs of one column and one figure: those near enough.
fn column_pairs(
    read: &Prepared<'_>,
    unmarked: &Unmarked,
    lines: Option<&[Option<usize>]>,
    (column, unit): (usize, f64),
    figure: usize,
) -> Vec<Pair> {
    let strength = f64::from(unmarked.millionths) * 1e-6;
    let near = |found: f64, base: &Base, off: f64| {
        let released = base.moved(0);
        (found - released).abs() <= released.abs() * (strength + off)
    };
    let pair = |(at, row): (usize, &Vec<Option<f64>>)| {
        let found = row[column]? * unit;
        let base = match lines {
            // As far off as two digits are rounded.
            Some(lines) => unmarked.lines[lines[at]?].1[figure].filter(|base| near(found, base, OFF[0]))?,
            // Without labels, what is near one released figure and no other, as far off as three.
            None => {
                let bases = unmarked.lines.iter().filter_map(|(_, figures)| figures[figure]);
                let mut fitting = bases.filter(|base| near(found, base, OFF[1]));
                let first = fitting.next()?;
                fitting.all(|other| other == first).then_some(first)?
            }
        };
        Some(Pair { found, base })
    };
    read.numbers.iter().enumerate().filter_map(pair).collect()
}

/// A label as it is compared: numbers by value.
fn plain(text: &str) -> String {
    let text = text.trim();
    number(text).map_or_else(|| text.to_owned(), |number| number.to_string())
}
