//! Rows per division and day: what the manifest promises and what the files hold.

use super::texts::Names;
use crate::defect::{Defect, DefectKind, Detail};
use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One division on one day of update.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Division code as the row has it; empty if it has none.
    pub division: String,
    /// Day of the update time, `YYYY-MM-DD`; empty if the row has none.
    pub day: String,
}

/// Rows of each cell.
pub type Counts = BTreeMap<Cell, u64>;

/// Counts rows per division and day: kept rows only, by the cleaned division code and the first ten
/// characters of the cleaned update time. A manifest that counts cleaned rows is made with this too,
/// so that both sides count alike.
#[derive(Default)]
pub struct Tally {
    divisions: Names,
    days: Names,
    cells: HashMap<(u32, u32), u64, RandomState>,
    last: Option<((u32, u32), String, String)>,
}

impl Tally {
    /// Counts one row.
    pub fn add(&mut self, division: Option<&str>, update_time: Option<&str>) {
        let division = division.unwrap_or_default();
        let time = update_time.unwrap_or_default();
        let day = time.get(..10).unwrap_or(time);
        let at = match &self.last {
            Some((at, d, t)) if d == division && t == day => *at,
            _ => {
                let at = (self.divisions.number(division), self.days.number(day));
                self.last = Some((at, division.to_owned(), day.to_owned()));
                at
            }
        };
        *self.cells.entry(at).or_default() += 1;
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        let name = |&(division, day): &(u32, u32)| Cell {
            division: self.divisions.name(division).to_owned(),
            day: self.days.name(day).to_owned(),
        };
        self.cells.iter().map(|(at, &count)| (name(at), count)).collect()
    }
}

/// The manifest's counts against the files'.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountCheck {
    /// Rows the manifest promises.
    pub promised: u64,
    /// Rows counted.
    pub found: u64,
    /// Cells compared: those that either side has.
    pub cells: u64,
    /// Cells that differ, the first [`CountCheck::LISTED`] of them. No more than the provider
    /// signed: the manifest holds every cell.
    pub wrong: Vec<WrongCount>,
}

/// A cell that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongCount {
    /// Division code as the row has it; empty for rows that have none.
    pub division: String,
    /// Day of the update time; empty for rows that have none.
    pub day: String,
    /// What the manifest says.
    pub promised: u64,
    /// What the files hold.
    pub found: u64,
}

impl CountCheck {
    /// How many differing cells a report lists; the defect file lists them all.
    pub const LISTED: usize = 100;
}

/// Compares, and names every cell that differs.
pub(crate) fn check(promised: &Counts, found: &Counts) -> (CountCheck, Vec<Defect>) {
    let cells: BTreeSet<&Cell> = promised.keys().chain(found.keys()).collect();
    let mut result = CountCheck { cells: cells.len() as u64, ..Default::default() };
    let mut defects = Vec::new();
    for cell in cells {
        let count = |counts: &Counts| counts.get(cell).copied().unwrap_or_default();
        let (promised, found) = (count(promised), count(found));
        result.promised += promised;
        result.found += found;
        if promised == found {
            continue;
        }
        let Cell { division, day } = cell.clone();
        defects.push(Defect {
            division: Some(division.clone()),
            day: Some(day.clone()),
            detail: Detail::Counts { promised, found },
            ..Defect::new(DefectKind::CountMismatch)
        });
        if result.wrong.len() < CountCheck::LISTED {
            result.wrong.push(WrongCount { division, day, promised, found });
        }
    }
    (result, defects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_defect_per_wrong_cell() {
        let mut tally = Tally::default();
        for (division, time) in
            [("1", "2026-11-01 10:00:00"), ("1", "2026-11-01 11:00:00"), ("2", "2026-11-01")]
        {
            tally.add(Some(division), Some(time));
        }
        tally.add(None, None);
        let found = tally.counts();
        assert_eq!(check(&found, &found).1, []);
        let mut promised = found.clone();
        let cell = |division: &str, day: &str| Cell { division: division.into(), day: day.into() };
        promised.insert(cell("1", "2026-11-01"), 39);
        promised.insert(cell("3", "2026-11-02"), 1);
        promised.remove(&cell("", ""));
        let (check, defects) = check(&promised, &found);
        assert_eq!((check.promised, check.found, check.cells), (41, 4, 4));
        assert_eq!(defects.len(), 3);
        let wrong = |division: &str, day: &str, promised, found| WrongCount {
            division: division.into(),
            day: day.into(),
            promised,
            found,
        };
        let all = [wrong("", "", 0, 1), wrong("1", "2026-11-01", 39, 2), wrong("3", "2026-11-02", 1, 0)];
        assert_eq!(check.wrong, all);
        assert_eq!(defects[1].detail, Detail::Counts { promised: 39, found: 2 });
    }
}
