//! Sums come as they were, and what no question comes to is broken.

use super::*;
use crate::private::{Bounding, Kind, Measurement};

fn counting() -> Counting {
    let of = |kind| Measurement { column: Some(0), kind, least: 0, greatest: 7 };
    let kind = Kind::Ranges { step: 0, levels: 3 };
    Counting {
        measurements: vec![of(Kind::Rows), of(Kind::Sum(0)), of(kind)],
        bounding: Bounding { rows: 1, groups: 1, single: true },
        salt: [0; 32],
    }
}

fn sums(groups: u64) -> Sums {
    let question = Question {
        tables: Vec::new(),
        filter: None,
        keys: Vec::new(),
        figures: Vec::new(),
        columns: Vec::new(),
        having: None,
        order: Vec::new(),
        limit: None,
        offset: 0,
        asked_of: Vec::new(),
    };
    let sums = Sums { groups, ..Sums::new(&question, &counting(), 10, 4096) };
    assert_eq!(sums.most, [(10, 0), (70, 0), (10, 8)]);
    sums
}

fn totals() -> Totals {
    let total = |place, counts: [u64; 8]| Total {
        place,
        sums: vec![3, -12, counts.iter().sum::<u64>().into()],
        ranges: vec![Vec::new(), Vec::new(), counts.to_vec()],
    };
    let groups = [[1, 0, 0, 0, 0, 1, 0, 1], [0; 8], [0, 0, 1, 0, 0, 0, 0, 0]];
    Totals {
        groups: [0, 4, 1 << 39].into_iter().zip(groups).map(|(place, counts)| total(place, counts)).collect(),
    }
}

fn came(totals: &Totals, alter: &dyn Fn(usize, &mut Vec<u8>)) -> Result<Totals, Broken> {
    let mut sums = sums(1 << 40);
    let mut at = 0;
    let mut ended = Ok(false);
    let sent = written(totals, &counting(), |frame| {
        let mut frame = frame.to_vec();
        alter(at, &mut frame);
        at += 1;
        if ended.is_ok() {
            ended = match frame.len() > sums.most() {
                true => Err(Broken::Unfit("long")),
                false => sums.take(&frame),
            };
        }
        Ok(())
    });
    sent.unwrap();
    ended?;
    sums.whole()
}

#[test]
fn sums_come_as_they_were() {
    assert_eq!(came(&totals(), &|_, _| {}).unwrap(), totals());
    // Whatever is in a group, as many bytes come of it.
    let mut empty = totals();
    empty.groups[0] = Total { place: 0, sums: vec![0; 3], ranges: vec![Vec::new(); 3] };
    let lengths = |totals: &Totals| {
        let mut lengths = Vec::new();
        written(totals, &counting(), |frame| {
            lengths.push(frame.len());
            Ok(())
        })
        .unwrap();
        lengths
    };
    assert_eq!(lengths(&empty), lengths(&totals()));
}

#[test]
fn what_no_question_comes_to_is_broken() {
    // Which frame, and how it is altered.
    type Altered = (usize, fn(&mut Vec<u8>));
    let alterations: [Altered; 8] = [
        // A number of groups that is none, a frame too short, one too long.
        (0, |frame| frame[7] = 1),
        (1, |frame| frame.truncate(30)),
        (1, |frame| frame.push(0)),
        // A group that came before.
        (2, |frame| frame[0] = 0),
        // A sum that ten persons do not come to.
        (1, |frame| frame[8] = 11),
        // More rows than in ranges, more in ranges than rows, and more than there can be.
        (1, |frame| frame[8 + 32] = 2),
        (1, |frame| frame[8 + 48 + 8] = 1),
        (1, |frame| frame[8 + 48..8 + 56].fill(255)),
    ];
    for (number, (which, alter)) in alterations.into_iter().enumerate() {
        let altered = |at, frame: &mut Vec<u8>| {
            if at == which {
                alter(frame);
            }
        };
        assert!(came(&totals(), &altered).is_err(), "{number}");
    }
}
