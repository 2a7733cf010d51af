//! Rows in the order of persons, added up by group and person as they go by.

use super::stored::PERSON;
use crate::disclosure::{Cell, Computed, Measure, Part};
use crate::error::SandboxError;
use crate::question::Question;
use datafusion::arrow::array::{Array as _, AsArray as _, Int64Array};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::record_batch::RecordBatch;
use roaring::RoaringBitmap;
use std::sync::Arc;

/// Values of which squares are added up stay below this.
const MOST_SQUARED: i64 = 1 << 45;

/// No group yet.
const NONE: u32 = u32::MAX;

/// Where everything stands in a batch.
pub(super) struct Layout {
    /// For each key, how many values it has beside the missing one.
    keys: Vec<usize>,
    /// For each figure, whether it has a column of its own, and whether squares are added up.
    figures: Vec<(bool, bool)>,
    /// How many of the greatest contributions are kept.
    largest: usize,
}

impl Layout {
    pub(super) fn of(question: &Question, largest: usize) -> Result<Self, SandboxError> {
        let figures = question.figures.iter().map(|asked| {
            let squared = matches!(asked.figure.measure, Measure::Variance | Measure::Deviation);
            if squared && asked.min.min(-asked.max) <= -MOST_SQUARED {
                return Err(SandboxError::TooLarge { text: asked.figure.name.clone() });
            }
            Ok((asked.value.is_some() || asked.filter.is_some(), squared))
        });
        let keys = question.keys.iter().map(|key| key.labels.len()).collect();
        Ok(Self { keys, figures: figures.collect::<Result<_, _>>()?, largest })
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
    persons: Vec<u32>,
    rows: u64,
    parts: Vec<Running>,
}

/// A figure of a group: what it came to so far, and what the last person contributes.
#[derive(Default)]
struct Running {
    persons: Vec<u32>,
    telling: Vec<u32>,
    rows: u64,
    sum: i128,
    squares: i128,
    contribution: i128,
    least: Option<(i128, u64)>,
    greatest: Option<(i128, u64)>,
    largest: Vec<u128>,
    absolute: u128,
}

impl Running {
    fn add(&mut self, person: u32, value: i64, squared: bool, largest: usize) {
        if self.persons.last() != Some(&person) {
            self.end(largest);
            self.persons.push(person);
        }
        let value = i128::from(value);
        self.rows += 1;
        self.sum += value;
        self.contribution += value;
        if squared {
            self.squares += value * value;
        }
    }

    /// The last person has no more rows.
    fn end(&mut self, largest: usize) {
        let Some(person) = self.persons.last().copied() else { return };
        let value = std::mem::take(&mut self.contribution);
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
        let size = value.unsigned_abs();
        self.absolute += size;
        keep(&mut self.largest, size, largest);
    }

    fn merge(&mut self, other: Self, largest: usize) {
        self.rows += other.rows;
        self.sum += other.sum;
        self.squares += other.squares;
        self.absolute += other.absolute;
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
        for size in other.largest {
            keep(&mut self.largest, size, largest);
        }
    }
}

/// Keeps the greatest, falling.
fn keep(kept: &mut Vec<u128>, size: u128, most: usize) {
    if kept.len() < most || kept.last().is_some_and(|last| *last < size) {
        let at = kept.partition_point(|known| *known >= size);
        kept.insert(at, size);
        kept.truncate(most);
    }
}

impl Folding {
    pub(super) fn new(layout: Arc<Layout>) -> Self {
        let groups = layout.keys.iter().map(|labels| labels + 1).product();
        Self { layout, slots: vec![NONE; groups], groups: Vec::new() }
    }

    pub(super) fn add(&mut self, batch: &RecordBatch) -> Result<(), SandboxError> {
        let column = |name: &str| {
            let found = batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Int64Type>());
            found.ok_or_else(|| SandboxError::engine(&format!("no column {name}")))
        };
        let persons = column(PERSON)?;
        let layout = Arc::clone(&self.layout);
        let mut places = vec![0usize; batch.num_rows()];
        for (at, labels) in layout.keys.iter().enumerate() {
            let key = column(&format!("k{at}"))?;
            for (row, place) in places.iter_mut().enumerate() {
                *place = *place * (labels + 1) + label(key, row, *labels);
            }
        }
        let mut values = Vec::new();
        for (at, (own, _)) in layout.figures.iter().enumerate() {
            values.push(if *own { Some(column(&format!("f{at}"))?) } else { None });
        }
        for (row, place) in places.into_iter().enumerate() {
            let person = u32::try_from(persons.value(row)).map_err(|error| SandboxError::engine(&error))?;
            let group = self.group(place);
            group.rows += 1;
            if group.persons.last() != Some(&person) {
                group.persons.push(person);
            }
            for ((running, values), (_, squared)) in group.parts.iter_mut().zip(&values).zip(&layout.figures) {
                if let Some(values) = values
                    && values.is_valid(row)
                {
                    running.add(person, values.value(row), *squared, layout.largest);
                }
            }
        }
        Ok(())
    }

    fn group(&mut self, index: usize) -> &mut Group {
        if self.slots[index] == NONE {
            self.slots[index] = u32::try_from(self.groups.len()).unwrap_or(NONE);
            let parts = self.layout.figures.iter().map(|_| Running::default()).collect();
            self.groups.push(Group { index, persons: Vec::new(), rows: 0, parts });
        }
        &mut self.groups[self.slots[index] as usize]
    }

    /// Everything together: no person is in two of them.
    pub(super) fn computed(parts: Vec<Self>, question: &Question) -> Computed {
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_else(|| {
            Self::new(Arc::new(Layout { keys: Vec::new(), figures: Vec::new(), largest: 0 }))
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
        }
    }

    fn end(&mut self) {
        for running in self.groups.iter_mut().flat_map(|group| &mut group.parts) {
            running.end(self.layout.largest);
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

fn set(mut persons: Vec<u32>) -> RoaringBitmap {
    persons.sort_unstable();
    RoaringBitmap::from_sorted_iter(persons).expect("persons are sorted, each once")
}

fn cell(group: Group, layout: &Layout, question: &Question) -> Cell {
    let mut index = group.index;
    let mut labels: Vec<Option<String>> = Vec::new();
    for (key, many) in question.keys.iter().zip(&layout.keys).rev() {
        labels.push(key.labels.get(index % (many + 1)).cloned());
        index /= many + 1;
    }
    labels.reverse();
    let persons = set(group.persons);
    let parts = group.parts.into_iter().zip(&layout.figures).map(|(running, (own, _))| match own {
        false => Part {
            telling: persons.clone(),
            persons: persons.clone(),
            rows: group.rows,
            ..Part::default()
        },
        true => Part {
            persons: set(running.persons),
            telling: set(running.telling),
            rows: running.rows,
            sum: running.sum,
            squares: running.squares,
            at_least: running.least.map_or(0, |(_, persons)| persons),
            at_greatest: running.greatest.map_or(0, |(_, persons)| persons),
            largest: running.largest,
            absolute: running.absolute,
        },
    });
    Cell { labels, rows: group.rows, parts: parts.collect(), persons: persons.clone() }
}
