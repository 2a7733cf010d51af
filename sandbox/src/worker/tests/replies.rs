//! Replies of a worker that was taken over.

use super::super::frames::{Broken, Reply as _};
use super::super::reply::{Shape, Table, written};
use super::super::sums::{self, Sums};
use crate::disclosure::{Cell, Computed, Figure, Measure, Part, Shares};
use crate::engine::{Counting, Total, Totals};
use crate::private::{Bounding, Kind, Measurement};
use crate::question::{Asked, Key, Question};
use roaring::RoaringBitmap;

const PERSONS: u64 = 1000;
const LARGEST: usize = 2;

fn figure(measure: Measure) -> Figure {
    Figure { name: String::new(), measure, decimals: 0, column: None, condition: false }
}

/// A count and a sum of values from 0 to 10, by a key of two labels.
fn question() -> Question {
    let asked = |measure, min, max| Asked { figure: figure(measure), value: None, filter: None, min, max };
    let key = Key {
        name: "k".to_owned(),
        value: crate::question::Value::Number(0),
        labels: ["a".to_owned(), "b".to_owned()].into(),
        numbers: false,
    };
    Question {
        tables: Vec::new(),
        filter: None,
        keys: vec![key],
        figures: vec![asked(Measure::Rows, 1, 1), asked(Measure::Sum, 0, 10)],
        columns: Vec::new(),
        having: None,
        order: Vec::new(),
        limit: None,
        offset: 0,
        asked_of: Vec::new(),
    }
}

fn cell(label: Option<&str>, persons: std::ops::Range<u32>) -> Cell {
    let all: RoaringBitmap = persons.collect();
    let rows = all.len();
    let part = |value: i128| Part {
        persons: all.clone(),
        telling: all.clone(),
        rows,
        sum: i128::from(rows) * value,
        squares: i128::from(rows) * value * value,
        alike: rows,
        largest: vec![value.unsigned_abs(); LARGEST],
        absolute: u128::from(rows) * value.unsigned_abs(),
        step: value.unsigned_abs() as u64,
        few: vec![all.clone()],
        ..Part::default()
    };
    let way = |each: u128| Shares { largest: vec![each; LARGEST], absolute: u128::from(rows) * each };
    let sum = Part { others: vec![way(7), way(3)], ..part(7) };
    let labels = vec![label.map(str::to_owned)];
    Cell { labels, rows, parts: vec![part(1), sum], persons: all.clone(), undecided: false }
}

fn computed() -> Computed {
    Computed {
        keys: vec![String::new()],
        figures: question().figures.into_iter().map(|asked| asked.figure).collect(),
        cells: vec![cell(Some("0"), 0..40), cell(Some("1"), 40..100), cell(None, 100..1000)],
        owners: None,
    }
}

fn frames_of(computed: &Computed) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    written(computed, &[2], |frame| {
        frames.push(frame.to_vec());
        Ok(())
    })
    .unwrap();
    frames
}

fn read(frames: &[Vec<u8>]) -> Result<Computed, Broken> {
    let mut table = Table::new(Shape::of(&question(), PERSONS, None, LARGEST, 1 << 20));
    let mut last = false;
    for frame in frames {
        if last {
            return Err(Broken::Unfit("more came"));
        }
        if frame.len() > table.most() {
            return Err(Broken::Long { size: frame.len() as u64, most: table.most() });
        }
        last = table.take(frame)?;
    }
    table.whole()
}

#[test]
fn a_table_comes_as_it_was() {
    let read = read(&frames_of(&computed())).unwrap();
    let labels: Vec<_> = read.cells.iter().map(|cell| cell.labels[0].as_deref()).collect();
    assert_eq!(labels, [Some("a"), Some("b"), None]);
    assert_eq!(read.keys, ["k"]);
    let mut cells = computed().cells;
    for (cell, label) in cells.iter_mut().zip([Some("a"), Some("b"), None]) {
        cell.labels = vec![label.map(str::to_owned)];
    }
    assert_eq!(format!("{:?}", read.cells), format!("{cells:?}"));
}

/// Whatever is done to a frame, the reply is refused, or is another table of the same shape; nothing panics.
#[test]
fn frames_that_were_tampered_with_are_no_table_or_another_one() {
    let frames = frames_of(&computed());
    let (mut refused, mut other) = (0, 0);
    for at in 0..frames.len() {
        for byte in 0..frames[at].len() {
            for bit in [0, 3, 7] {
                let mut tampered = frames.clone();
                tampered[at][byte] ^= 1 << bit;
                match read(&tampered) {
                    Err(_) => refused += 1,
                    Ok(_) => other += 1,
                }
            }
        }
        for length in 0..frames[at].len() {
            let mut tampered = frames.clone();
            tampered[at].truncate(length);
            assert!(read(&tampered).is_err(), "frame {at} of {length} bytes");
        }
        let mut longer = frames.clone();
        longer[at].push(0);
        assert!(read(&longer).is_err(), "frame {at} and more");
        let mut twice = frames.clone();
        twice.insert(at, frames[at].clone());
        assert!(read(&twice).is_err(), "frame {at} twice");
        let mut less = frames.clone();
        less.remove(at);
        assert!(read(&less).is_err(), "without frame {at}");
    }
    let mut turned = frames.clone();
    turned.swap(1, 2);
    assert!(read(&turned).is_err());
    assert!(refused > other, "{refused} refused, {other} not");
}

#[test]
fn a_table_that_there_cannot_be_is_refused() {
    let change = |change: &dyn Fn(&mut Cell)| {
        let mut changed = computed();
        change(&mut changed.cells[0]);
        read(&frames_of(&changed)).map(drop)
    };
    assert_eq!(change(&|_| {}), Ok(()));
    let sum = |change: fn(&mut Part)| move |cell: &mut Cell| change(&mut cell.parts[1]);
    type Change<'a> = &'a dyn Fn(&mut Cell);
    let unfit: [(&str, Change<'_>); 17] = [
        ("a person that is none", &|cell| assert!(cell.persons.insert(1000))),
        ("rows without number", &|cell| cell.rows = 2000),
        ("fewer rows than persons", &|cell| cell.rows = 3),
        ("nobody", &|cell| *cell = Cell { rows: 0, ..super::replies::cell(Some("0"), 0..0) }),
        ("a label that is none", &|cell| cell.labels = vec![Some("4".to_owned())]),
        ("a part of others", &sum(|part| assert!(part.persons.insert(999)))),
        ("others tell", &sum(|part| assert!(part.telling.insert(999)))),
        ("rows where there are none", &sum(|part| assert!(part.lines.insert(1)))),
        ("more rows than persons", &sum(|part| part.rows += 1)),
        ("too great a sum", &sum(|part| part.sum = 401)),
        ("too great squares", &sum(|part| part.squares = 40 * 101)),
        ("negative squares", &sum(|part| part.squares = -1)),
        ("more than all", &sum(|part| part.largest = vec![300, 7])),
        ("too few of the largest", &sum(|part| part.largest = vec![7])),
        ("looked at in fewer ways", &sum(|part| _ = part.others.pop())),
        ("more than all in another way", &sum(|part| part.others[1].largest = vec![300, 3])),
        ("somebody twice among few", &sum(|part| part.few.push([1].into()))),
    ];
    for (name, unfit) in unfit {
        assert!(change(unfit).is_err(), "{name}");
    }
    // A count counts: its sum is its rows.
    assert!(change(&|cell| cell.parts[0].sum = 39).is_err());
    // As many more groups as it says, and as large as it says.
    let mut many = frames_of(&computed());
    many[0] = 4u64.to_le_bytes().to_vec();
    assert!(read(&many).is_err());
    let mut large = Table::new(Shape::of(&question(), PERSONS, None, LARGEST, 100));
    large.take(&1u64.to_le_bytes()).unwrap();
    assert_eq!(large.most(), 92);
    assert!(large.take(&[0; 93]).is_err());
}

/// Rows, of which two count of each of ten persons, and values from -3 to 5.
fn counting() -> Counting {
    let of = |kind, least, greatest| Measurement { column: None, kind, least, greatest };
    Counting {
        measurements: vec![of(Kind::Rows, 0, 1), of(Kind::Sum(0), -3, 5)],
        bounding: Bounding { rows: 2, groups: 1, single: false },
        salt: [0; 32],
    }
}

fn summed(totals: &Totals, change: &dyn Fn(&mut Vec<Vec<u8>>)) -> Result<Totals, Broken> {
    let mut frames = Vec::new();
    sums::written(totals, &counting(), |frame| {
        frames.push(frame.to_vec());
        Ok(())
    })
    .unwrap();
    change(&mut frames);
    let mut sums = Sums::new(&question(), &counting(), 10, 1 << 10);
    for frame in &frames {
        assert!(frame.len() <= sums.most() || sums.take(frame).is_err());
        sums.take(frame)?;
    }
    sums.whole()
}

#[test]
fn sums_come_as_they_were_and_within_bounds() {
    let total = |place, rows, sum| Total { place, sums: vec![rows, sum], ranges: vec![Vec::new(); 2] };
    let totals = |groups: Vec<Total>| Totals { groups };
    let good = totals(vec![total(0, 20, -100), total(2, 0, 100)]);
    assert_eq!(summed(&good, &|_| {}).unwrap(), good);
    assert_eq!(summed(&totals(Vec::new()), &|_| {}).unwrap(), totals(Vec::new()));
    let bad = [
        ("a group that is none", vec![total(3, 1, 1)]),
        ("a group twice", vec![total(1, 1, 1), total(1, 1, 1)]),
        ("groups in another order", vec![total(1, 1, 1), total(0, 1, 1)]),
        ("more rows than count", vec![total(0, 21, 0)]),
        ("too great a sum", vec![total(0, 1, 101)]),
        ("too small a sum", vec![total(0, 1, -101)]),
        ("the least there is", vec![total(0, 1, i128::MIN)]),
        ("ranges where there are none", vec![Total { place: 0, sums: vec![1, 1], ranges: vec![vec![1]] }]),
        ("a sum too few", vec![Total { place: 0, sums: vec![1], ranges: Vec::new() }]),
        ("a sum too many", vec![Total { place: 0, sums: vec![1, 1, 1], ranges: Vec::new() }]),
    ];
    for (name, bad) in bad {
        assert!(summed(&totals(bad), &|_| {}).is_err(), "{name}");
    }
    type Change = fn(&mut Vec<Vec<u8>>);
    let changes: [(&str, Change); 5] = [
        ("less", |frames| drop(frames.pop())),
        ("more", |frames| frames.push(frames[1].clone())),
        ("cut", |frames| frames[1].truncate(30)),
        ("longer", |frames| frames[1].push(0)),
        ("more than counted", |frames| frames[0] = 9u64.to_le_bytes().to_vec()),
    ];
    for (name, change) in changes {
        assert!(summed(&good, &change).is_err(), "{name}");
    }
}
