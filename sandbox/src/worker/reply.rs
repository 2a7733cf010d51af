//! A computed table, from a worker to the room: a frame that says how many groups come, and a frame for each.
//!
//! # Security
//! Whoever reads believes nothing. Groups come in the order of their numbers, each once, and every number is that of a group of
//! the question; their labels are the room's own. Numbers of persons and rows are those there are, sets are parts of the sets
//! they have to be parts of, sums are what so many rows can come to by the bounds of the question, and all of it together
//! is no larger than the worker's memory. So whatever comes, what is judged has the shape of a table over this data
//! set; whether it is the right one is the worker's word.

use super::frames::{Broken, Reply};
use crate::disclosure::{Alike, Cell, Computed, FEW, Figure, Measure, Owned, Part, Shares, Side};
use crate::question::Question;
use roaring::RoaringBitmap;
use std::sync::Arc;

mod bytes;
use bytes::{Reader, Sets};

/// What a table has to look like.
#[derive(Clone)]
pub(crate) struct Shape {
    keys: Vec<(String, Arc<[String]>)>,
    figures: Vec<(Figure, [i128; 2])>,
    persons: u64,
    /// Whose each row is, where rows have numbers.
    owners: Option<Arc<[u32]>>,
    largest: usize,
    /// Bytes of all frames at most.
    most: usize,
}

impl Shape {
    /// That of the table which a question asks for.
    pub(super) fn of(
        question: &Question,
        persons: u64,
        owners: Option<Arc<[u32]>>,
        largest: usize,
        most: usize,
    ) -> Self {
        let keys = question.keys.iter().map(|key| (key.name.clone(), Arc::clone(&key.labels)));
        let figures = question.figures.iter().map(|asked| {
            let bounds = [asked.min.into(), asked.max.into()];
            (asked.figure.clone(), bounds)
        });
        let (keys, figures) = (keys.collect(), figures.collect());
        Self { keys, figures, persons, owners, largest, most }
    }

    /// How many groups there can be.
    fn groups(&self) -> u64 {
        self.keys.iter().fold(1, |all, (_, labels)| all * (labels.len() as u64 + 1))
    }

    /// Rows of the data set that one table can have at most.
    fn rows(&self) -> u64 {
        self.owners.as_ref().map_or(self.persons, |owners| owners.len() as u64)
    }

    fn labels(&self, mut group: u64) -> Vec<Option<String>> {
        let mut labels = Vec::with_capacity(self.keys.len());
        for (_, known) in self.keys.iter().rev() {
            let many = known.len() as u64 + 1;
            labels.push(known.get((group % many) as usize).cloned());
            group /= many;
        }
        labels.reverse();
        labels
    }
}

/// Writes a table whose labels are their numbers; groups with so many values each.
pub(crate) fn written(
    computed: &Computed,
    keys: &[usize],
    mut send: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let odd = || std::io::Error::other("a label is no number");
    send(&(computed.cells.len() as u64).to_le_bytes())?;
    for Cell { labels, persons, rows, parts, undecided: _ } in &computed.cells {
        let mut group = 0u64;
        for (label, many) in labels.iter().zip(keys) {
            let at = match label {
                Some(label) => label.parse().map_err(|_| odd())?,
                None => *many as u64,
            };
            group = group * (*many as u64 + 1) + at;
        }
        let mut out = Vec::new();
        let mut sets = Sets::none();
        out.extend_from_slice(&group.to_le_bytes());
        out.extend_from_slice(&rows.to_le_bytes());
        sets.write(persons, &mut out)?;
        for part in parts {
            write_part(part, &mut sets, &mut out)?;
        }
        send(&out)?;
    }
    Ok(())
}

fn write_part<'a>(
    part: &'a Part,
    sets: &mut Sets<&'a RoaringBitmap>,
    out: &mut Vec<u8>,
) -> std::io::Result<()> {
    let Part {
        persons,
        telling,
        lines,
        telling_lines,
        rows,
        sum,
        squares,
        alike,
        largest,
        absolute,
        others,
        step,
        few,
        few_lines,
        // It follows from the rows.
        owned: _,
        beyond,
        level,
        sides,
    } = part;
    for set in [persons, telling, lines, telling_lines] {
        sets.write(set, out)?;
    }
    for number in [rows, alike, step] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    for number in [sum, squares] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    write_shares(*absolute, largest, out);
    for Shares { largest, absolute } in others {
        write_shares(*absolute, largest, out);
    }
    out.extend_from_slice(&(few.len() as u32).to_le_bytes());
    for set in few {
        sets.write(set, out)?;
    }
    out.extend_from_slice(&(few_lines.len() as u32).to_le_bytes());
    for alike in few_lines {
        sets.write(&alike.lines, out)?;
    }
    out.extend_from_slice(&beyond.to_le_bytes());
    out.extend_from_slice(&u32::from(level.is_some()).to_le_bytes());
    if let Some(level) = level {
        out.extend_from_slice(&i128::from(*level).to_le_bytes());
    }
    out.extend_from_slice(&(sides.len() as u32).to_le_bytes());
    for Side { persons, lines } in sides {
        sets.write(persons, out)?;
        sets.write(lines, out)?;
    }
    Ok(())
}

fn write_shares(absolute: u128, largest: &[u128], out: &mut Vec<u8>) {
    out.extend_from_slice(&absolute.to_le_bytes());
    out.extend_from_slice(&(largest.len() as u32).to_le_bytes());
    for size in largest {
        out.extend_from_slice(&size.to_le_bytes());
    }
}

/// The greatest of the contributions of so many, and all of them.
fn shares(reader: &mut Reader<'_>, shape: &Shape, persons: u64) -> Result<Shares, Broken> {
    let unfit = |what| Err(Broken::Unfit(what));
    let absolute = reader.unsigned()?;
    let kept = reader.number()? as usize;
    if kept > shape.largest {
        return unfit("too many of the largest contributions");
    }
    if kept < shape.largest.min(usize::try_from(persons).unwrap_or(usize::MAX)) {
        return unfit("too few of the largest contributions");
    }
    let largest = (0..kept).map(|_| reader.unsigned()).collect::<Result<Vec<u128>, _>>()?;
    let together = largest.iter().fold(0u128, |all, size| all.saturating_add(*size));
    if together > absolute || !largest.is_sorted_by(|a, b| a >= b) {
        return unfit("the largest contributions are none");
    }
    Ok(Shares { largest, absolute })
}

/// A table while it comes.
pub(crate) struct Table {
    shape: Shape,
    /// How many groups are still to come, once that is known.
    left: Option<u64>,
    /// Groups from here on may come.
    next: u64,
    bytes: usize,
    cells: Vec<Cell>,
}

impl Table {
    /// Nothing of it came yet.
    pub(super) fn new(shape: Shape) -> Self {
        Self { shape, left: None, next: 0, bytes: 0, cells: Vec::new() }
    }

    fn cell(&mut self, frame: &[u8]) -> Result<(), Broken> {
        let shape = &self.shape;
        let mut reader =
            Reader::new(frame, shape.persons, shape.owners.as_ref().map_or(0, |all| all.len() as u64));
        let group = reader.whole()?;
        if group < self.next || group >= shape.groups() {
            return Err(Broken::Unfit("a group is none, or came before"));
        }
        self.next = group + 1;
        let rows = reader.whole()?;
        let persons = reader.persons()?;
        if persons.is_empty() || rows < persons.len() || rows > shape.rows() {
            return Err(Broken::Unfit("a group has not as many rows as it can have"));
        }
        let parts =
            shape.figures.iter().map(|(figure, bounds)| part(&mut reader, shape, (figure, bounds), &persons));
        let parts = parts.collect::<Result<_, Broken>>()?;
        reader.end()?;
        self.cells.push(Cell { labels: shape.labels(group), persons, rows, parts, undecided: false });
        Ok(())
    }
}

/// The most that so many rows within bounds can come to, by absolute value.
fn most(rows: u64, [min, max]: &[i128; 2]) -> u128 {
    let one = min.unsigned_abs().max(max.unsigned_abs()).max(max.abs_diff(*min));
    u128::from(rows).saturating_mul(one)
}

fn part(
    reader: &mut Reader<'_>,
    shape: &Shape,
    (figure, bounds): (&Figure, &[i128; 2]),
    group: &RoaringBitmap,
) -> Result<Part, Broken> {
    let unfit = |what| Err(Broken::Unfit(what));
    let (persons, telling) = (reader.persons()?, reader.persons()?);
    let (lines, telling_lines) = (reader.lines()?, reader.lines()?);
    let (rows, alike, step) = (reader.whole()?, reader.whole()?, reader.whole()?);
    let (sum, squares) = (reader.signed()?, reader.signed()?);
    if !persons.is_subset(group) || !telling.is_subset(&persons) || !telling_lines.is_subset(&lines) {
        return unfit("a part is no part of its group");
    }
    let named = if shape.owners.is_some() { lines.len() } else { persons.len() };
    if named != rows || rows < persons.len() || (shape.owners.is_none() && !lines.is_empty()) {
        return unfit("rows of a part are not named one by one");
    }
    if alike > persons.len() {
        return unfit("more are alike than there are");
    }
    let count = i128::from(rows);
    let all = most(rows, bounds);
    if sum < count.saturating_mul(bounds[0]) || sum > count.saturating_mul(bounds[1]) {
        return unfit("a sum is not within its bounds");
    }
    let one = most(1, bounds);
    let square = all.saturating_mul(one).min(i128::MAX.unsigned_abs());
    if squares < 0 || squares.unsigned_abs() > square {
        return unfit("a sum of squares is not within its bounds");
    }
    let Shares { largest, absolute } = shares(reader, shape, telling.len())?;
    if absolute > all {
        return unfit("contributions are more than there can be");
    }
    // Above the least, below the greatest, off the mean.
    let ways = match figure.measure {
        Measure::Rows | Measure::Persons => 0,
        Measure::Sum | Measure::Mean | Measure::Quantile(_) => 2,
        Measure::Variance | Measure::Deviation => 3,
    };
    let others = (0..ways).map(|_| shares(reader, shape, persons.len())).collect::<Result<Vec<_>, _>>()?;
    let few = reader.number()? as usize;
    if few > FEW {
        return unfit("too many contributions are few");
    }
    let few = (0..few).map(|_| reader.persons()).collect::<Result<Vec<_>, _>>()?;
    let mut apart = RoaringBitmap::new();
    for set in &few {
        if !set.is_disjoint(&apart) {
            return unfit("somebody has two contributions");
        }
        apart |= set;
    }
    if !few.is_empty() && apart != persons {
        return unfit("somebody has no contribution");
    }
    let few_lines = reader.number()? as usize;
    if few_lines > FEW {
        return unfit("too many values are few");
    }
    let few_lines = (0..few_lines).map(|_| Ok(Alike { lines: reader.lines()?, owned: Owned::default() }));
    let few_lines = few_lines.collect::<Result<Vec<_>, Broken>>()?;
    let mut apart = RoaringBitmap::new();
    for alike in &few_lines {
        if !alike.lines.is_disjoint(&apart) {
            return unfit("a row has two values");
        }
        apart |= &alike.lines;
    }
    if !few_lines.is_empty() && apart != lines {
        return unfit("a row has no value");
    }
    let beyond = reader.whole()?;
    if beyond > shape.persons {
        return unfit("more are beyond a quantile than there are");
    }
    let level = match reader.number()? {
        0 => None,
        _ => {
            let level = reader.signed()?;
            if level.checked_mul(count) != Some(sum) || level < bounds[0] || level > bounds[1] {
                return unfit("a value of all rows is not that of all rows");
            }
            i64::try_from(level).ok()
        }
    };
    let sides = sides(reader, shape, group)?;
    Ok(Part {
        few_lines,
        owned: Owned::default(),
        persons,
        telling,
        lines,
        telling_lines,
        rows,
        sum,
        squares,
        alike,
        largest,
        absolute,
        others,
        step,
        few,
        beyond,
        level,
        sides,
    })
}

/// The rows below those around a quantile, and above them.
fn sides(reader: &mut Reader<'_>, shape: &Shape, group: &RoaringBitmap) -> Result<Vec<Side>, Broken> {
    let many = reader.number()?;
    if many > 2 {
        return Err(Broken::Unfit("there are more than two sides"));
    }
    let one = |_| {
        let side = Side { persons: reader.persons()?, lines: reader.lines()? };
        let named = if shape.owners.is_some() { side.lines.len() >= side.persons.len() } else { true };
        match named && side.persons.is_subset(group) && (shape.owners.is_some() || side.lines.is_empty()) {
            true => Ok(side),
            false => Err(Broken::Unfit("a side of a quantile is no part of its group")),
        }
    };
    (0..many).map(one).collect()
}

impl Reply for Table {
    type Whole = Computed;

    fn most(&self) -> usize {
        if self.left.is_none() { 8 } else { self.shape.most - self.bytes }
    }

    fn take(&mut self, frame: &[u8]) -> Result<bool, Broken> {
        self.bytes = self.bytes.saturating_add(frame.len());
        if self.bytes > self.shape.most {
            return Err(Broken::Unfit("a table is larger than the worker's memory"));
        }
        let Some(left) = self.left else {
            let count = <[u8; 8]>::try_from(frame).map_err(|_| Broken::Unfit("groups are not counted"))?;
            let count = u64::from_le_bytes(count);
            if count > self.shape.groups() {
                return Err(Broken::Unfit("more groups than there can be"));
            }
            self.left = Some(count);
            return Ok(count == 0);
        };
        let after = left.checked_sub(1).ok_or(Broken::Unfit("more came than was counted"))?;
        self.cell(frame)?;
        self.left = Some(after);
        Ok(after == 0)
    }

    fn whole(self) -> Result<Computed, Broken> {
        if self.left != Some(0) {
            return Err(Broken::Short);
        }
        let computed = Computed {
            keys: self.shape.keys.into_iter().map(|(name, _)| name).collect(),
            figures: self.shape.figures.into_iter().map(|(figure, _)| figure).collect(),
            cells: self.cells,
            owners: None,
        };
        Ok(computed.owned(self.shape.owners))
    }
}
