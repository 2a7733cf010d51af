//! Rows in the order of persons, added up by group and person as they go by.
//!
//! How much of a sum is one person's is looked at in three ways, each by itself: by the values as they are, by how far they are
//! above the least there can be, and by how far below the greatest. So neither `SUM(x + 1000000)` nor `SUM(1000000 - x)` looks
//! less dominated than `SUM(x)`. Of variances squared deviations from the mean are a fourth ([`super::spread`]).

use super::around::{Around, Valued};
use super::spread::Spread;
use super::stored::{LINE, PERSON};
use crate::disclosure::{Alike, Cell, Computed, Measure, Owned, Part, Rank, common_divisor};
use crate::error::SandboxError;
use crate::question::{Asked, Question};
use datafusion::arrow::array::{Array as _, AsArray as _, Int64Array};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

mod carried;
mod members;
mod often;
mod sizes;
use members::{Few, Members, Of};
use often::Usual;
use sizes::Sizes;

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
    /// What is added up.
    sums: Vec<How>,
    /// For each figure, which of them it is of.
    figures: Vec<usize>,
    /// How many of the greatest contributions are kept.
    largest: usize,
    /// Whether rows have numbers of their own.
    lines: bool,
}

/// How values are added up. Figures of the same values have it together: a sum, and the mean beside it.
#[derive(PartialEq)]
struct How {
    /// The column of the values; every row counts as one where there is none.
    column: Option<String>,
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
    fn of(question: &Question, asked: &Asked) -> Result<Self, SandboxError> {
        let squared = matches!(asked.figure.measure, Measure::Variance | Measure::Deviation);
        if squared && asked.min.min(-asked.max) <= -MOST_SQUARED {
            return Err(SandboxError::TooLarge { text: asked.figure.name.clone() });
        }
        // The first figure that is of these values.
        let same = |other: &&Asked| other.value == asked.value && other.filter == asked.filter;
        let at = question.figures.iter().take_while(|other| !same(other)).count();
        let own = asked.value.is_some() || asked.filter.is_some();
        let rank = match asked.figure.measure {
            Measure::Quantile(rank) => Some(rank),
            _ => None,
        };
        Ok(Self {
            column: own.then(|| format!("f{at}")),
            bounds: [asked.min.into(), asked.max.into()],
            counts: matches!(asked.figure.measure, Measure::Rows | Measure::Persons),
            rank,
            squared,
        })
    }

    /// The greatest absolute value there can be.
    fn bound(&self) -> u128 {
        self.bounds[0].unsigned_abs().max(self.bounds[1].unsigned_abs())
    }
}

impl Layout {
    pub(super) fn of(question: &Question, largest: usize, lines: bool) -> Result<Self, SandboxError> {
        let (mut sums, mut figures): (Vec<How>, Vec<usize>) = (Vec::new(), Vec::new());
        for asked in &question.figures {
            let how = How::of(question, asked)?;
            let at = sums.iter().position(|known| *known == how).unwrap_or(sums.len());
            if at == sums.len() {
                sums.push(how);
            }
            figures.push(at);
        }
        let keys = question.keys.iter().map(|key| key.labels.len()).collect();
        Ok(Self { keys, sums, figures, largest, lines })
    }
}

/// Rows added up.
pub(super) struct Folding {
    layout: Arc<Layout>,
    /// For each group there can be, where it is.
    slots: Vec<u32>,
    groups: Vec<Group>,
}

#[derive(Serialize, Deserialize)]
struct Group {
    index: usize,
    whole: Whole,
    rows: u64,
    parts: Vec<Running>,
}

/// Whoever is in a group, and its rows by number, where they have numbers.
#[derive(Default, Serialize, Deserialize)]
struct Whole {
    persons: Members,
    lines: Members,
}

/// What the values of a group came to so far, and what the last person contributes.
#[derive(Default, Serialize, Deserialize)]
struct Running {
    #[serde(skip)]
    last: Option<u32>,
    /// Of the persons of the group.
    persons: Of,
    /// Of these.
    telling: Of,
    /// Of the rows of the group.
    lines: Of,
    /// Of these.
    telling_lines: Of,
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
    /// How many have what most have.
    usual: Usual,
    /// Sizes of contributions: as they are, above the least value, below the greatest.
    sizes: [Sizes; 3],
    /// Of a quantile, all rows.
    rows_of: Vec<Valued>,
}

impl Running {
    /// A row, before it is in the group.
    fn add(&mut self, row: Valued, how: &How, largest: usize, whole: &Whole) {
        match how.rank {
            Some(_) => self.rows_of.push(row),
            None => self.count(row, how, largest, whole),
        }
    }

    /// A row of the group without a value, before it is in the group.
    fn pass_over(&mut self, whole: &Whole) {
        self.persons.part(&whole.persons);
        self.lines.part(&whole.lines);
    }

    /// A figure of the rows around a quantile.
    fn around(mut rows: Vec<Valued>, rank: Rank, how: &How, largest: usize) -> (Self, Around) {
        let around = Around::of(&mut rows, rank, how.bounds);
        let none = Whole::default();
        let mut part = Self::default();
        part.pass_over(&none);
        let window = &mut rows[around.rows.clone()];
        window.sort_unstable_by_key(|row| (row.person, row.line));
        for row in window {
            part.count(*row, how, largest, &none);
        }
        part.end(how, largest, &none);
        (part, around)
    }

    fn count(&mut self, row: Valued, how: &How, largest: usize, whole: &Whole) {
        let Valued { value, person, line } = row;
        if self.last != Some(person) {
            self.end(how, largest, whole);
            self.persons.push(person);
            self.last = Some(person);
        }
        if let Some(line) = line {
            match value {
                0 => self.telling_lines.part(self.lines.so_far(&whole.lines)),
                _ => self.telling_lines.push(line),
            }
            self.lines.push(line);
            if !how.counts {
                self.few_lines.push(value.into(), line);
            }
        }
        self.usual.row(value, line.is_some(), self.own_rows == 0);
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
    fn end(&mut self, how: &How, largest: usize, whole: &Whole) {
        let Some(person) = self.last else { return };
        let value = std::mem::take(&mut self.contribution);
        let own_rows = std::mem::take(&mut self.own_rows);
        let rows = i128::from(own_rows);
        match value {
            0 => self.telling.part_without_last(self.persons.so_far(&whole.persons)),
            _ => self.telling.push(person),
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
        if !how.counts {
            self.usual.end(value);
        }
        if how.squared {
            self.spread.add(own_rows, value, std::mem::take(&mut self.own_squares));
        }
        let [min, max] = how.bounds;
        let sizes = [value, value - rows * min, rows * max - value];
        for (known, size) in self.sizes.iter_mut().zip(sizes) {
            known.add(size.unsigned_abs(), largest);
        }
    }

    /// With that of another group, before both groups are one.
    fn merge(&mut self, other: Self, largest: usize, whole: &Whole, others: &Whole) {
        let (persons, lines) = (self.persons.so_far(&whole.persons), self.lines.so_far(&whole.lines));
        self.telling.join(persons, other.telling, other.persons.so_far(&others.persons));
        self.telling_lines.join(lines, other.telling_lines, other.lines.so_far(&others.lines));
        self.persons.join(&whole.persons, other.persons, &others.persons);
        self.lines.join(&whole.lines, other.lines, &others.lines);
        self.few.merge(other.few);
        self.few_lines.merge(other.few_lines);
        self.usual.merge(other.usual);
        self.step = common_divisor(self.step, other.step);
        self.spread.merge(other.spread);
        self.rows += other.rows;
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
        self.rows_of.extend(other.rows_of);
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
        let own = |how: &How| how.column.as_deref().map(|name| column(batch, name)).transpose();
        let values = layout.sums.iter().map(own).collect::<Result<Vec<_>, _>>()?;
        for (row, place) in places.into_iter().enumerate() {
            let person = u32::try_from(persons.value(row)).map_err(|error| SandboxError::engine(&error))?;
            let line = lines.map(|lines| u32::try_from(lines.value(row))).transpose();
            let line = line.map_err(|error| SandboxError::engine(&error))?;
            let Group { whole, rows, parts, .. } = self.group(place);
            for ((running, values), how) in parts.iter_mut().zip(&values).zip(&layout.sums) {
                let value = match values {
                    Some(values) if values.is_null(row) => {
                        running.pass_over(whole);
                        continue;
                    }
                    Some(values) => values.value(row),
                    None => 1,
                };
                running.add(Valued { value, person, line }, how, layout.largest, whole);
            }
            *rows += 1;
            if whole.persons.last() != Some(person) {
                whole.persons.push(person);
            }
            if let Some(line) = line {
                whole.lines.push(line);
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
            let parts = self.layout.sums.iter().map(|_| Running::default()).collect();
            self.groups.push(Group { index, whole: Whole::default(), rows: 0, parts });
        }
        &mut self.groups[self.slots[index] as usize]
    }

    /// Everything together: no person is in two of them.
    pub(super) fn together(parts: Vec<Self>) -> Self {
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_else(|| {
            let (keys, sums, figures) = (Vec::new(), Vec::new(), Vec::new());
            Self::new(Arc::new(Layout { keys, sums, figures, largest: 0, lines: false }))
        });
        all.end();
        for mut part in parts {
            part.end();
            part.groups.into_iter().for_each(|group| all.merge(group));
        }
        all
    }

    /// Adds a group of other persons, of whom none has more rows.
    fn merge(&mut self, group: Group) {
        let largest = self.layout.largest;
        let into = self.group(group.index);
        for (running, other) in into.parts.iter_mut().zip(group.parts) {
            running.merge(other, largest, &into.whole, &group.whole);
        }
        into.rows += group.rows;
        into.whole.persons.extend(group.whole.persons);
        into.whole.lines.extend(group.whole.lines);
    }

    /// What it comes to, of persons none of whom has more rows. Whose each row is, the room knows.
    pub(super) fn computed(self, question: &Question) -> Computed {
        let mut all = self;
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
            for (running, how) in group.parts.iter_mut().zip(&self.layout.sums) {
                running.end(how, self.layout.largest, &group.whole);
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
    let (persons, lines) = (group.whole.persons.set(), group.whole.lines.set());
    let sums = group.parts.into_iter().zip(&layout.sums).map(|(running, how)| {
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
        let ends = [running.least, running.greatest].map(|end| end.map_or(0, |(_, persons)| persons));
        let alike = |(_, lines): (i128, Members)| Alike { lines: lines.set(), owned: Owned::default() };
        let (persons, lines) = (running.persons.set(&persons), running.lines.set(&lines));
        Part {
            few_lines: running.few_lines.of.into_iter().map(alike).collect(),
            telling: running.telling.set(&persons),
            telling_lines: running.telling_lines.set(&lines),
            persons,
            lines,
            rows: running.rows,
            sum: running.sum,
            squares: running.squares,
            alike: ends.into_iter().fold(running.usual.most(), u64::max),
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
    let sums: Vec<Part> = sums.collect();
    let parts = layout.figures.iter().map(|at| sums[*at].clone()).collect();
    Cell { labels, rows: group.rows, parts, persons, undecided: false }
}

#[cfg(test)]
mod tests;
