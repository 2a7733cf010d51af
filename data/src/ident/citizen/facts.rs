//! What a valid number says about its holder.

use super::clean::kind_of;
use super::{Found, Limits, number};
use crate::ident::Reason;
use jiff::civil::Date;
use std::fmt;

/// The sex digit's meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sex {
    /// An odd sequence number.
    Male,
    /// An even sequence number.
    Female,
}

impl Sex {
    /// GB/T 2261.1: `1` or `2`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
        }
    }
}

/// A valid 18-character number that follows GB 11643: a citizen's, a residence permit's, or a foreign
/// resident's of 2023. Its text is not shown by `Debug`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CitizenId {
    text: [u8; 18],
    found: Found18,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Found18 {
    Citizen,
    Permit,
    Foreign,
}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CitizenId({})", crate::ident::masked(self.as_str()))
    }
}

impl CitizenId {
    /// Takes a canonical number.
    ///
    /// # Errors
    /// The reason it is none.
    pub fn new(id: &str, limits: &Limits) -> Result<Self, Reason> {
        let found = match kind_of(id, limits)? {
            Found::Citizen => Found18::Citizen,
            Found::ResidencePermit => Found18::Permit,
            Found::ForeignNew => Found18::Foreign,
            Found::ForeignOld => return Err(Reason::Length),
        };
        let text = id.as_bytes().try_into().map_err(|_| Reason::Length)?;
        Ok(Self { text, found })
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// Which kind of number it is.
    pub fn found(&self) -> Found {
        match self.found {
            Found18::Citizen => Found::Citizen,
            Found18::Permit => Found::ResidencePermit,
            Found18::Foreign => Found::ForeignNew,
        }
    }

    /// The birth date.
    pub fn birth(&self) -> Date {
        let birth = number(&self.text[6..14]);
        Date::new((birth / 10_000) as i16, (birth / 100 % 100) as i8, (birth % 100) as i8)
            .unwrap_or(Date::MIN)
    }

    /// The sex by the sequence number.
    pub fn sex(&self) -> Sex {
        if self.text[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// The division that issued the number first (GB/T 2260 of that time); `None` for a foreign
    /// resident, whose digits there are the province of application and the nationality.
    pub fn first_issue_division(&self) -> Option<&str> {
        match self.found {
            Found18::Foreign => None,
            _ => self.as_str().get(..6),
        }
    }

    /// Full years of age on `day`; `None` before birth.
    pub fn age(&self, day: Date) -> Option<u16> {
        let birth = self.birth();
        let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
        u16::try_from(i32::from(day.year()) - i32::from(birth.year()) - i32::from(!had_birthday)).ok()
    }

    /// The five-year age band on `day`; `None` before birth.
    pub fn age_band(&self, day: Date) -> Option<AgeBand> {
        self.age(day).map(AgeBand::of)
    }
}

/// Five years of age: `0-4`, `5-9`, up to `100+`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgeBand(u8);

impl AgeBand {
    /// The band of an age in full years.
    pub fn of(age: u16) -> Self {
        Self((age / 5).min(20) as u8)
    }

    /// The youngest age in the band.
    pub fn start(self) -> u16 {
        u16::from(self.0) * 5
    }
}

impl fmt::Display for AgeBand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            20.. => f.pad("100+"),
            _ => f.pad(&format!("{}-{}", self.start(), self.start() + 4)),
        }
    }
}
