//! Rows in the order of persons, added up by group and person as they go by.
//!
//! How much of a sum is one person's is looked at in three ways, each by itself: by the values as they are, by how far they are
//! above the least there can be, and by how far below the greatest. So neither `SUM(x + 1000000)` nor `SUM(1000000 - x)` looks
//! less dominated than `SUM(x)`. Of variances squared deviations from the mean are a fourth ([`super::spread`]).

use super::around::{Around, Valued};
use super::spread::Spread;
use super::stored::{LINE, PERSON};
use crate::disclosure::{Alike, Cell, Computed, Measure, Owned, Part, Rank, Shares, common_divisor};
use crate::error::SandboxError;
use crate::question::Question;
use datafusion::arrow::array::{Array as _, AsArray as _, Int64Array};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::record_batch::RecordBatch;
use std::sync::Arc;

mod members;
use members::{Few, Members};

/// Values of which squares are added up stay below this.
const MOST_SQUARED: i64 = 1 << 45;

/// No group yet.
const NONE: u32 = u32::MAX;

/// What adds up batches.
pub(super) trait Fold: Send + 'static {
    /// Adds a batch.
    fn add(&mut self, batch: &RecordBatch) -> Result<(), SandboxError>;
}

/// A column of whole numbers.
pub(super) fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a Int64Array, SandboxError> {
    let found = batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Int64Type>());
    found.ok_or_else(|| SandboxError::engine(&format!("no column {name}")))
}

/// The group of every row, among all that there can be; for each key, how many labels it has.
pub(super) fn places(batch: &RecordBatch, keys: &[usize]) -> Result<Vec<usize>, SandboxError> {
    let mut places = vec![0usize; batch.num_rows()];
    for (at, labels) in keys.iter().enumerate() {
        let key = column(batch, &format!("k{at}"))?;
        for (row, place) in places.iter_mut().enumerate() {
            *place = *place * (labels + 1) + label(key, row, *labels);
        }
    }
    Ok(places)
}

/// Where everything stands in a batch.
pub(super) struct Layout {
    /// For each key, how many values it has beside the missing one.
    keys: Vec<usize>,
    /// For each figure how it is added up.
    figures: Vec<How>,
    /// How many of the greatest contributions are kept.
    largest: usize,
    /// Whether rows have numbers of their own.
    lines: bool,
}

/// How a figure is added up.
struct How {
    /// Whether it has a column of its own; every row counts as one otherwise.
    own: bool,
    /// The least and the greatest value there can be.
    bounds: [i128; 2],
    /// Whether rows are counted.
    counts: bool,
    /// Of a quantile, where it is.
    rank: Option<Rank>,
    /// Whether a variance is asked for.
    squared: bool,
}

impl How {
    /// The greatest absolute value there can be.
    fn bound(&self) -> u128 {
        self.bounds[0].unsigned_abs().max(self.bounds[1].unsigned_abs())
    }
}

impl Layout {
    pub(super) fn of(question: &Question, largest: usize, lines: bool) -> Result<Self, SandboxError> {
        let figures = question.figures.iter().map(|asked| {
            let squared = matches!(asked.figure.measure, Measure::Variance | Measure::Deviation);
            if squared && asked.min.min(-asked.max) <= -MOST_SQUARED {
                return Err(SandboxError::TooLarge { text: asked.figure.name.clone() });
            }
            let own = asked.value.is_some() || asked.filter.is_some();
            let counts = matches!(asked.figure.measure, Measure::Rows | Measure::Persons);
            let rank = match asked.figure.measure {
                Measure::Quantile(rank) => Some(rank),
                _ => None,
            };
            Ok(How { own, bounds: [asked.min.into(), asked.max.into()], counts, rank, squared })
        });
        let keys = question.keys.iter().map(|key| key.labels.len()).collect();
        Ok(Self { keys, figures: figures.collect::<Result<_, _>>()?, largest, lines })
    }
}

/// Rows added up.
pub(super) struct Folding {
    layout: Arc<Layout>,
    /// For each group there can be, where it is.
    slots: Vec<u32>,
    groups: Vec<Group>,
}

struct Group {
    index: usize,
    persons: Members,
    rows: u64,
    parts: Vec<Running>,
}

/// A figure of a group: what it came to so far, and what the last person contributes.
#[derive(Default)]
struct Running {
    persons: Members,
    telling: Members,
    /// Rows by number, where they have numbers.
    lines: Members,
    telling_lines: Members,
    rows: u64,
    sum: i128,
    squares: i128,
    contribution: i128,
    /// Rows of the last person.
    own_rows: u64,
    /// Squares of the last person's values, where a variance is asked for.
    own_squares: i128,
    /// What all values are multiples of.
    step: u64,
    /// What everybody's values come to, where a variance is asked for.
    spread: Spread,
    least: Option<(i128, u64)>,
    greatest: Option<(i128, u64)>,
    /// Who has which contribution, as long as there are few different ones.
    few: Few,
    /// Which rows have which value, likewise, where rows have numbers.
    few_lines: Few,
    /// Sizes of contributions: as they are, above the least value, below the greatest.
    sizes: [Sizes; 3],
    /// Of a quantile, all rows.
    rows_of: Vec<Valued>,
}

#[derive(Default)]
struct Sizes {
    largest: Vec<u128>,
    all: u128,
}

impl Sizes {
    fn add(&mut self, size: u128, most: usize) {
        self.all += size;
        self.keep(size, most);
    }

    /// Keeps the greatest, falling.
    fn keep(&mut self, size: u128, most: usize) {
        let kept = &mut self.largest;
        if kept.len() < most || kept.last().is_some_and(|last| *last < size) {
            let at = kept.partition_point(|known| *known >= size);
            kept.insert(at, size);
            kept.truncate(most);
        }
    }

    fn shares(self) -> Shares {
        Shares { largest: self.largest, absolute: self.all }
    }
}

impl Running {
    fn add(&mut self, person: u32, line: Option<u32>, value: i64, how: &How, largest: usize) {
        match how.rank {
            Some(_) => self.rows_of.push(Valued { value, person, line }),
            None => self.count(person, line, value, how, largest),
        }
    }

    /// A figure of the rows around a quantile.
    fn around(mut rows: Vec<Valued>, rank: Rank, how: &How, largest: usize) -> (Self, Around) {
        let around = Around::of(&mut rows, rank, how.bounds);
        let mut part = Self::default();
        let window = &mut rows[around.rows.clone()];
        window.sort_unstable_by_key(|row| (row.person, row.line));
        for row in window {
            part.count(row.person, row.line, row.value, how, largest);
        }
        part.end(how, largest);
        (part, around)
    }

    fn count(&mut self, person: u32, line: Option<u32>, value: i64, how: &How, largest: usize) {
        if self.persons.last() != Some(person) {
            self.end(how, largest);
            self.persons.push(person);
        }
        if let Some(line) = line {
            self.lines.push(line);
            if value != 0 {
                self.telling_lines.push(line);
            }
            if !how.counts {
                self.few_lines.push(value.into(), line);
            }
        }
        self.step = common_divisor(self.step, value.unsigned_abs());
        let value = i128::from(value);
        if how.squared {
            self.own_squares += value * value;
        }
        self.rows += 1;
        self.own_rows += 1;
        self.sum += value;
        self.contribution += value;
        // Exact where a variance is asked for; elsewhere it is looked at whether it is the sum.
        self.squares = self.squares.saturating_add(value * value);
    }

    /// The last person has no more rows.
    fn end(&mut self, how: &How, largest: usize) {
        let Some(person) = self.persons.last() else { return };
        let value = std::mem::take(&mut self.contribution);
        let own_rows = std::mem::take(&mut self.own_rows);
        let rows = i128::from(own_rows);
        if value != 0 {
            self.telling.push(person);
        }
        self.least = Some(match self.least {
            Some((least, persons)) if least < value => (least, persons),
            Some((least, persons)) if least == value => (least, persons + 1),
            _ => (value, 1),
        });
        self.greatest = Some(match self.greatest {
            Some((greatest, persons)) if greatest > value => (greatest, persons),
            Some((greatest, persons)) if greatest == value => (greatest, persons + 1),
            _ => (value, 1),
        });
        self.few.push(value, person);
        if how.squared {
            self.spread.add(own_rows, value, std::mem::take(&mut self.own_squares));
        }
        let [min, max] = how.bounds;
        let sizes = [value, value - rows * min, rows * max - value];
        for (known, size) in self.sizes.iter_mut().zip(sizes) {
            known.add(size.unsigned_abs(), largest);
        }
    }

    fn merge(&mut self, other: Self, largest: usize) {
        self.few.merge(other.few);
        self.few_lines.merge(other.few_lines);
        self.step = common_divisor(self.step, other.step);
        self.spread.merge(other.spread);
        self.rows += other.rows;
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
        self.rows_of.extend(other.rows_of);
        self.lines.extend(other.lines);
        self.telling_lines.extend(other.telling_lines);
        self.persons.extend(other.persons);
        self.telling.extend(other.telling);
        self.least = match (self.least, other.least) {
            (Some(a), Some(b)) if a.0 == b.0 => Some((a.0, a.1 + b.1)),
            (Some(a), Some(b)) => Some(if a.0 < b.0 { a } else { b }),
            (a, b) => a.or(b),
        };
        self.greatest = match (self.greatest, other.greatest) {
            (Some(a), Some(b)) if a.0 == b.0 => Some((a.0, a.1 + b.1)),
            (Some(a), Some(b)) => Some(if a.0 > b.0 { a } else { b }),
            (a, b) => a.or(b),
        };
        for (known, other) in self.sizes.iter_mut().zip(other.sizes) {
            known.all += other.all;
            for size in other.largest {
                known.keep(size, largest);
            }
        }
    }
}

impl Fold for Folding {
    fn add(&mut self, batch: &RecordBatch) -> Result<(), SandboxError> {
        let persons = column(batch, PERSON)?;
        let lines = if self.layout.lines { Some(column(batch, LINE)?) } else { None };
        let layout = Arc::clone(&self.layout);
        let places = places(batch, &layout.keys)?;
        let mut values = Vec::new();
        for (at, how) in layout.figures.iter().enumerate() {
            values.push(if how.own { Some(column(batch, &format!("f{at}"))?) } else { None });
        }
        for (row, place) in places.into_iter().enumerate() {
            let person = u32::try_from(persons.value(row)).map_err(|error| SandboxError::engine(&error))?;
            let line = lines.map(|lines| u32::try_from(lines.value(row))).transpose();
            let line = line.map_err(|error| SandboxError::engine(&error))?;
            let group = self.group(place);
            group.rows += 1;
            if group.persons.last() != Some(person) {
                group.persons.push(person);
            }
            for ((running, values), how) in group.parts.iter_mut().zip(&values).zip(&layout.figures) {
                match values {
                    Some(values) if values.is_null(row) => {}
                    Some(values) => running.add(person, line, values.value(row), how, layout.largest),
                    None => running.add(person, line, 1, how, layout.largest),
                }
            }
        }
        Ok(())
    }
}

impl Folding {
    pub(super) fn new(layout: Arc<Layout>) -> Self {
        let groups = layout.keys.iter().map(|labels| labels + 1).product();
        Self { layout, slots: vec![NONE; groups], groups: Vec::new() }
    }

    fn group(&mut self, index: usize) -> &mut Group {
        if self.slots[index] == NONE {
            self.slots[index] = u32::try_from(self.groups.len()).unwrap_or(NONE);
            let parts = self.layout.figures.iter().map(|_| Running::default()).collect();
            self.groups.push(Group { index, persons: Members::default(), rows: 0, parts });
        }
        &mut self.groups[self.slots[index] as usize]
    }

    /// Everything together: no person is in two of them. Whose each row is, the room knows.
    pub(super) fn computed(parts: Vec<Self>, question: &Question) -> Computed {
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_else(|| {
            Self::new(Arc::new(Layout { keys: Vec::new(), figures: Vec::new(), largest: 0, lines: false }))
        });
        let largest = all.layout.largest;
        all.end();
        for mut part in parts {
            part.end();
            for group in part.groups {
                let into = all.group(group.index);
                into.rows += group.rows;
                into.persons.extend(group.persons);
                for (running, other) in into.parts.iter_mut().zip(group.parts) {
                    running.merge(other, largest);
                }
            }
        }
        let layout = Arc::clone(&all.layout);
        all.groups.sort_unstable_by_key(|group| group.index);
        let cells = all.groups.into_iter().map(|group| cell(group, &layout, question));
        Computed {
            keys: question.keys.iter().map(|key| key.name.clone()).collect(),
            figures: question.figures.iter().map(|asked| asked.figure.clone()).collect(),
            cells: cells.collect(),
            owners: None,
        }
    }

    fn end(&mut self) {
        for group in &mut self.groups {
            for (running, how) in group.parts.iter_mut().zip(&self.layout.figures) {
                running.end(how, self.layout.largest);
            }
        }
    }
}

/// The place of a value among its key's labels, the missing one last.
fn label(key: &Int64Array, row: usize, labels: usize) -> usize {
    match key.is_null(row) {
        true => labels,
        false => usize::try_from(key.value(row)).map_or(labels, |at| at.min(labels)),
    }
}

fn cell(group: Group, layout: &Layout, question: &Question) -> Cell {
    let mut index = group.index;
    let mut labels: Vec<Option<String>> = Vec::new();
    for (key, many) in question.keys.iter().zip(&layout.keys).rev() {
        labels.push(key.labels.get(index % (many + 1)).cloned());
        index /= many + 1;
    }
    labels.reverse();
    let persons = group.persons.set();
    let parts = group.parts.into_iter().zip(&layout.figures).map(|(running, how)| {
        let (running, around) = match how.rank {
            Some(rank) => Running::around(running.rows_of, rank, how, layout.largest),
            None => (running, Around::default()),
        };
        let [plain, above, below] = running.sizes;
        let mut others = if how.counts { Vec::new() } else { vec![above.shares(), below.shares()] };
        if how.squared {
            let mut off = Sizes::default();
            running.spread.deviations(how.bound()).for_each(|size| off.add(size, layout.largest));
            others.push(off.shares());
        }
        let alike = |(_, lines): (i128, Members)| Alike { lines: lines.set(), owned: Owned::default() };
        Part {
            few_lines: running.few_lines.of.into_iter().map(alike).collect(),
            persons: running.persons.set(),
            telling: running.telling.set(),
            lines: running.lines.set(),
            telling_lines: running.telling_lines.set(),
            rows: running.rows,
            sum: running.sum,
            squares: running.squares,
            at_least: running.least.map_or(0, |(_, persons)| persons),
            at_greatest: running.greatest.map_or(0, |(_, persons)| persons),
            few: running.few.of.into_iter().map(|(_, persons)| persons.set()).collect(),
            beyond: around.beyond,
            level: around.level,
            largest: plain.largest,
            absolute: plain.all,
            others,
            step: running.step,
            owned: Owned::default(),
            sides: around.sides,
        }
    });
    Cell { labels, rows: group.rows, parts: parts.collect(), persons, undecided: false }
}
