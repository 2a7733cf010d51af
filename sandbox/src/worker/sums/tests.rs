//! Sums come as they were, and what no question comes to is broken.

use super::*;
use crate::private::{Bounding, Measurement};

fn sums(groups: u64) -> Sums {
    let of = |kind| Measurement { column: Some(0), kind, least: 0, greatest: 7 };
    let kinds = [(10, None), (70, None), (10, Some(8))];
    let kind = Kind::Ranges { step: 0, levels: 3 };
    let counting = Counting {
        measurements: vec![of(Kind::Rows), of(Kind::Sum(0)), of(kind)],
        bounding: Bounding { rows: 1, groups: 1, single: true },
        salt: [0; 32],
    };
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
    let sums = Sums { groups, ..Sums::new(&question, &counting, 10, 4096) };
    assert_eq!(sums.most, kinds.map(|(most, ranges)| (most, ranges)));
    sums
}

fn totals() -> Totals {
    let total = |place, range: &[u32]| Total {
        place,
        sums: vec![3, -12, range.len() as i128],
        ranges: vec![Vec::new(), Vec::new(), range.to_vec()],
    };
    Totals { groups: vec![total(0, &[0, 5, 7]), total(4, &[]), total(1 << 39, &[2])] }
}

fn came(totals: &Totals, alter: &dyn Fn(usize, &mut Vec<u8>)) -> Result<Totals, Broken> {
    let mut sums = sums(1 << 40);
    let mut at = 0;
    let mut ended = Ok(false);
    let sent = written(totals, |frame| {
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
        // More ranges than rows, one that is none, and one out of its order.
        (1, |frame| frame[8 + 32] = 2),
        (1, |frame| frame[8 + 48 + 8] = 8),
        (1, |frame| frame[8 + 48] = 6),
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
