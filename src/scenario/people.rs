//! People: an identifier nobody else has, a name, and what an insurance record says of them.

use super::calendar::{Calendar, push_date, push_padded};
use super::dice::Dice;
use super::names::Names;
use super::{DIVISIONS, MERGED};

/// Counties of the province that the source table covers; the first one is ours.
const COUNTIES: u32 = 10;
/// Divisions of each county, our old one included.
const DIVISIONS_EACH: u32 = 6;
/// Shares of our current divisions, in the order of [`DIVISIONS`].
const OUR_SHARES: [u32; DIVISIONS.len()] = [30, 24, 19, 15, 12];
/// People per five-year age band from 0, in about 0.1 %, insured and not.
const AGES_INSURED: [u32; 20] = [30, 45, 48, 46, 52, 70, 92, 74, 70, 86, 92, 78, 60, 58, 38, 24, 15, 8, 3, 1];
const AGES_UNINSURED: [u32; 20] =
    [240, 90, 60, 70, 90, 60, 50, 40, 35, 35, 35, 30, 25, 25, 22, 20, 18, 14, 8, 4];
/// Weights of GB 11643-1999 for the first seventeen digits.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check characters of GB 11643-1999, by the weighted sum modulo 11.
const CHECKS: &[u8; 11] = b"10X98765432";

/// The check character of seventeen digits (GB 11643-1999).
pub(super) fn check_character(digits: &[u8]) -> u8 {
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize]
}

/// Where a person is insured, or lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// In one of our current divisions.
    Ours,
    /// In the merged division, still under its old code.
    OldCode,
    /// In the county next door.
    NextDoor,
    /// In any other county.
    Elsewhere,
}

/// One made-up person and their record.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: [u8; 18],
    pub(super) name: String,
    pub(super) male: bool,
    /// Day of birth, by the scenario's calendar.
    pub(super) birth: u32,
    pub(super) year: u16,
    pub(super) division: u32,
    /// Insurance kind `aae140`: 110, 120 (pension), 310, 390 (health).
    pub(super) kind: u16,
    /// Status `aac008`: 1 insured, 2 suspended, 3 ended.
    pub(super) status: u8,
    pub(super) start: (u16, u8),
    pub(super) end: Option<(u16, u8)>,
    /// Day and second of the last update.
    pub(super) updated: (u32, u32),
}

impl Person {
    /// The identifier as text.
    pub(super) fn key(&self) -> &str {
        std::str::from_utf8(&self.id).expect("an identifier is ASCII digits and X")
    }

    /// Which of the three files the record is returned in; the second one is the stale one.
    pub(super) fn file(&self) -> usize {
        match self.kind {
            110 | 120 => 0,
            310 => 1,
            _ => 2,
        }
    }

    /// Appends `1990-03-07 08:15:00`.
    pub(super) fn push_updated(&self, out: &mut String, calendar: &Calendar) {
        let (day, second) = self.updated;
        push_date(out, calendar.civil(day), "-");
        for (unit, between) in [(second / 3600, ' '), (second / 60 % 60, ':'), (second % 60, ':')] {
            out.push(between);
            push_padded(out, unit, 2);
        }
    }
}

/// Makes people. Identifiers are unique by counting births per division, day and sex.
pub(super) struct People {
    births: Vec<u16>,
    pub(super) names: Names,
    pub(super) calendar: Calendar,
}

impl People {
    pub(super) fn new(calendar: Calendar) -> Self {
        let cells = (COUNTIES * DIVISIONS_EACH) as usize * calendar.len() * 2;
        Self { births: vec![0; cells], names: Names::new(), calendar }
    }

    /// A new person with a home; `insured` people are older.
    pub(super) fn draw(&mut self, dice: &mut Dice, home: Home, insured: bool) -> Person {
        let division = division(dice, home);
        let male = dice.chance(5_120);
        let (id, birth) = self.identifier(dice, division, male, insured);
        let (year, ..) = self.calendar.civil(birth);
        let name = self.names.draw(dice, year, male, division == 990_105);
        let (this_year, ..) = self.calendar.civil(self.calendar.period_end());
        let kind = kind(dice, this_year.saturating_sub(year));
        let status = [1, 2, 3][dice.weighted(&[88, 7, 5])];
        let first = u32::from(if kind == 390 { year.max(2007) } else { (year + 18).max(1995) });
        let start_year = first + dice.below(u32::from(this_year).saturating_sub(first).max(1));
        let start = (start_year.min(u32::from(this_year)) as u16, 1 + dice.below(12) as u8);
        let end = (status == 3).then(|| (this_year, 1 + dice.below(9) as u8));
        let updated = self.updated(dice, kind);
        Person { id, name, male, birth, year, division, kind, status, start, end, updated }
    }

    /// A division's identifier nobody has yet, and the day of birth in it.
    fn identifier(&mut self, dice: &mut Dice, home: u32, male: bool, insured: bool) -> ([u8; 18], u32) {
        let issued = if dice.chance(1_500) {
            (1 + dice.below(COUNTIES)) * 100 + 1 + dice.below(DIVISIONS_EACH)
        } else {
            home / 100 % 100 * 100 + 1 + dice.below(DIVISIONS_EACH)
        };
        loop {
            let birth = self.birth(dice, insured);
            let Some(sequence) = self.sequence(issued, birth, male) else { continue };
            let mut text = String::with_capacity(18);
            push_padded(&mut text, 990_000 + issued, 6);
            push_date(&mut text, self.calendar.civil(birth), "");
            push_padded(&mut text, sequence, 3);
            let mut id = [0; 18];
            id[..17].copy_from_slice(text.as_bytes());
            id[17] = check_character(&id[..17]);
            // An identifier that ends in 000 looks like one that a spreadsheet has rounded (R04).
            if !id.ends_with(b"000") {
                return (id, birth);
            }
        }
    }

    fn birth(&self, dice: &mut Dice, insured: bool) -> u32 {
        let band = dice.weighted(if insured { &AGES_INSURED } else { &AGES_UNINSURED }) as u32;
        let days = band * 1826 + dice.below(1826);
        // Nobody is born in the last thirty days, nor before the calendar.
        self.calendar.period_end().saturating_sub(30 + days).max(400)
    }

    /// The next three-digit sequence of a division's births on a day: even for women, odd for men,
    /// never 000 and never 996 to 999, which are for people over a hundred.
    fn sequence(&mut self, issued: u32, birth: u32, male: bool) -> Option<u32> {
        let division = (issued / 100 - 1) * DIVISIONS_EACH + issued % 100 - 1;
        let cell = (division as usize * self.calendar.len() + birth as usize) * 2 + usize::from(male);
        loop {
            let nth = u32::from(self.births[cell]);
            if nth == 498 {
                return None;
            }
            self.births[cell] += 1;
            let start = (birth * 31 + issued * 17) % 498;
            let sequence = (start + nth * 137) % 498 * 2 + u32::from(male);
            if sequence != 0 {
                return Some(sequence);
            }
        }
    }

    /// Day and second of the last update: the last day of the period changes most, and what goes to
    /// the second file was cut a day too early.
    fn updated(&self, dice: &mut Dice, kind: u16) -> (u32, u32) {
        let back = match dice.below(100) {
            0..15 => 0,
            15..25 => 1,
            _ => {
                let far = dice.below(1000);
                2 + far * far * 362 / 1_000_000
            }
        };
        let back = if kind == 310 { back.max(1) } else { back };
        (self.calendar.period_end() - back, 8 * 3600 + dice.below(10 * 3600))
    }
}

/// The six-digit code of a division with that home.
fn division(dice: &mut Dice, home: Home) -> u32 {
    let code = |text: &str| text.parse().expect("a division code is six digits");
    match home {
        Home::Ours => code(DIVISIONS[dice.weighted(&OUR_SHARES)].0),
        Home::OldCode => code(MERGED.0),
        Home::NextDoor => 990_201 + dice.below(DIVISIONS_EACH),
        Home::Elsewhere => 990_201 + dice.below(COUNTIES - 1) * 100 + dice.below(DIVISIONS_EACH),
    }
}

fn kind(dice: &mut Dice, age: u16) -> u16 {
    let weights = match age {
        0..18 => [0, 0, 0, 100],
        18..60 => [32, 4, 30, 34],
        _ => [28, 5, 14, 53],
    };
    [110, 120, 310, 390][dice.weighted(&weights)]
}
