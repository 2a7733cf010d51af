//! Pseudonyms: whole numbers, and what each looks like.

use super::ff1::Ff1;
use super::names;
use crate::dataset::day_number;
use serde::{Deserialize, Serialize};
use yinshu_data::ident::citizen;

/// Of what an identity number keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// Nothing.
    Shape,
    /// The year of birth.
    BirthYear,
}

/// What a pseudonym looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// An identity number.
    Identity(Identity),
    /// A telephone number.
    Telephone,
    /// A name.
    Name,
}

/// Numbers under one date: four digits of the division and three of the sequence.
const A_DAY: i64 = 10_000_000;

/// The first and the last year of birth of an identity number that keeps nothing: a hundred years.
const YEARS: [i16; 2] = [1920, 2019];

/// The years of those that keep it; an earlier or later one is put down as the first or last.
const BIRTHS: [i16; 2] = [1900, 2099];

/// Telephone numbers: nine digits after 12.
const TELEPHONES: i64 = 1_000_000_000;

fn first_day(year: i16) -> i64 {
    day_number(jiff::civil::date(year, 1, 1))
}

/// Which numbers there are of a form, and in how many digits they are put through FF1.
struct Range {
    from: i64,
    size: i64,
    digits: u32,
}

impl Range {
    fn of_years(from: i16, to: i16) -> Self {
        let epoch = first_day(BIRTHS[0]);
        let size = (first_day(to + 1) - first_day(from)) * A_DAY;
        let digits = size.ilog10() + 1;
        Self { from: (first_day(from) - epoch) * A_DAY, size, digits }
    }
}

impl Form {
    /// As it looks.
    #[must_use]
    pub fn written(self, number: i64) -> String {
        match self {
            Self::Identity(_) => identity(number),
            Self::Telephone => format!("12{:09}", number.rem_euclid(TELEPHONES)),
            Self::Name => names::written(number),
        }
    }

    /// One of those there are, by chance.
    pub(crate) fn any(self, chance: u64) -> i64 {
        let within = |range: &Range| range.from + (chance % range.size.unsigned_abs()) as i64;
        match self {
            Self::Identity(_) => within(&Range::of_years(YEARS[0], YEARS[1])),
            Self::Telephone => (chance % TELEPHONES.unsigned_abs()) as i64,
            Self::Name => names::made_up(2 + (chance % 2) as usize, &chance.to_le_bytes().repeat(4)),
        }
    }
}

/// 99, four digits, a date, three digits and the check character.
fn identity(number: i64) -> String {
    let (day, rest) = (number.div_euclid(A_DAY), number.rem_euclid(A_DAY));
    let date = crate::answer::date(first_day(BIRTHS[0]) + day).replace('-', "");
    let text = format!("99{:04}{date}{:03}", rest / 1000, rest % 1000);
    let check = text.as_bytes().first_chunk::<17>().and_then(citizen::check_character);
    format!("{text}{}", char::from(check.unwrap_or(b'?')))
}

/// A permutation of the numbers of a form, under a key.
pub(super) struct Permutation(Ff1);

impl Permutation {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(Ff1::new(key))
    }

    /// The identity number that belongs to the `at`th that was met; nothing where there are no more.
    pub(super) fn identity(&self, kept: Identity, raw: &str, at: u32) -> Option<i64> {
        match kept {
            Identity::Shape => self.within(&Range::of_years(YEARS[0], YEARS[1]), b"shape", at),
            Identity::BirthYear => {
                let year: i16 = raw.get(6..10)?.parse().ok()?;
                let year = year.clamp(BIRTHS[0], BIRTHS[1]);
                self.within(&Range::of_years(year, year), &year.to_le_bytes(), at)
            }
        }
    }

    pub(super) fn telephone(&self, at: u32) -> Option<i64> {
        self.within(&Range { from: 0, size: TELEPHONES, digits: 9 }, b"telephone", at)
    }

    /// The number `at` put through FF1 until it is within the range: a permutation of it.
    fn within(&self, range: &Range, tweak: &[u8], at: u32) -> Option<i64> {
        let size = range.size.unsigned_abs();
        let mut number = Some(u64::from(at)).filter(|number| *number < size)?;
        loop {
            number = self.0.encrypt(tweak, range.digits, number)?;
            if number < size {
                return Some(range.from + number as i64);
            }
        }
    }
}
