//! Masks: what is registered in the place of a cell that would say who somebody is, or say it too exactly.
//!
//! ```toml
//! columns = [
//!   { name = "spouse", kind = "citizen-id", mask = { identity = "birth-year" } },
//!   { name = "phone", kind = "text", mask = "telephone" },
//!   { name = "name", kind = "name", mask = "surname" },
//!   { name = "address", kind = "text", mask = "place", values = ["城东县", "城西区"] },
//!   { name = "born", kind = "date", mask = { shift = 30 }, from = "1900-01-01", to = "2026-12-31" },
//!   { name = "wage", kind = "decimal", decimals = 2, mask = { noise = 100 }, min = 0, max = 1000000 },
//! ]
//! ```
//!
//! | mask | what is registered | keeps | questions |
//! |---|---|---|---|
//! | `identity = "shape"` | an identity number that nobody has | who is the same as who | no: see below |
//! | `identity = "birth-year"` | the same | that, and the year of birth | no |
//! | `telephone` | a number of eleven digits that nobody has | who is the same as who | no |
//! | `made-up-name` | a name of as many letters | the length | no |
//! | `surname` | `张**`: one of a public list of surnames, or 其他 | surname, length up to 4 | yes |
//! | `place` | the declared place that stands in an address | that | yes |
//! | `week`, `month`, `quarter`, `year`, `decade` | its first day | it | yes |
//! | `shift = n` | a date, at most n days earlier or later, the same for all dates of a person | intervals within a person | yes |
//! | `band = n` | the least amount of its band of n | the band | yes |
//! | `noise = n` | an amount, at most n more or less | sums, nearly | yes |
//!
//! What stands in the room is the masked value, as a whole number like everything else: the cell itself is read from its
//! source, masked while the table is registered and never written. A *pseudonym* (the first three) is for programs and for
//! the owner to look at ([`Form::written`]); no question groups by it, compares it or adds it up.
//!
//! # Construction
//! Keys come from the room's secret by HMAC-SHA-256, one for each data set and kind of mask, so that pseudonyms of two data
//! sets cannot be held against each other. *Identity numbers and telephones*: the room numbers what it meets in the order
//! in which it comes (it keeps a keyed digest of it, so that it has the same number when it is registered again), and the
//! number is put through FF1 (NIST SP 800-38G, AES-256) onto a range of the form. FF1 is a permutation, and what falls outside a range
//! that is no power of ten is put through again (cycle walking): two people never get the same pseudonym. An
//! identity number has a division under 99, which GB/T 2260 gives to no province and the card of foreigners to
//! no issuer, a date and a valid check character; a telephone begins with 12, which no line with eleven digits does. So none is
//! anybody's, and `yinshu` itself refuses the former but in a test region. *Names, dates and amounts* take what they need
//! from HMAC-SHA-256 under the key over whom the row is about (and the value, where two of one person differ).
//!
//! # Security
//! *Whoever has the masked values and not the room's secret* undoes none of them by trying all numbers there are: that
//! needs the key. What is left: equal cells have equal pseudonyms of identity numbers and telephones (one that is in many
//! rows shows in as many, so that frequency may tell it); made-up names are by person, so that a frequent name does not
//! show; who knows some dates of a person and finds them by their intervals knows the shift, and with it the person's other
//! dates; the sum of several noisy amounts of a person that are equal is not averaged away, since their noise is equal, but the
//! mean over many persons is close to the true one. Surname, place, band and year are true, only less exact: the rules of
//! release judge them like any other label. *Whoever has the room's folder* has its secret, and can try identity numbers
//! until a digest fits: masks keep nothing from the operator.

mod coarse;
mod ff1;
mod names;
mod pseudonym;
mod register;

pub use coarse::{Coarse, Level};
pub use pseudonym::{Form, Identity};
pub(crate) use register::Masker;

use crate::dataset::{Column, Dataset, Domain, Table, wrong};
use crate::error::SandboxError;
use crate::policy::{Grant, Use, Uses};
use crate::question::Value;
use serde::{Deserialize, Serialize};
use yinshu_data::ColumnKind;

/// What is registered in the place of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mask {
    /// An identity number that nobody has.
    Identity(Identity),
    /// A telephone number that nobody has.
    Telephone,
    /// A name of the same length.
    MadeUpName,
    /// The surname and the length.
    Surname,
    /// The declared place that stands in an address.
    Place,
    /// The first day of the week.
    Week,
    /// The first day of the month.
    Month,
    /// The first day of the quarter.
    Quarter,
    /// The first day of the year.
    Year,
    /// The first day of the decade.
    Decade,
    /// A date, at most so many days earlier or later.
    Shift(u32),
    /// The least amount of its band.
    Band(u32),
    /// An amount, at most so much more or less.
    Noise(u32),
}

/// Days by which dates are shifted at most.
const MOST_SHIFT: u32 = 366;

impl Mask {
    /// How dates are truncated, where it is such a mask.
    fn level(self) -> Option<Level> {
        self.coarse()?.level()
    }

    /// What it is where it is shown: the same of values that are coarse already.
    pub(crate) fn coarse(self) -> Option<Coarse> {
        Some(match self {
            Self::Week => Coarse::Week,
            Self::Month => Coarse::Month,
            Self::Quarter => Coarse::Quarter,
            Self::Year => Coarse::Year,
            Self::Decade => Coarse::Decade,
            Self::Band(width) => Coarse::Band(width),
            _ => return None,
        })
    }

    /// What the values of a masked column are to the engine; a sentence about what is wrong otherwise. `plain` is what they
    /// would be without the mask, where the description says enough for that.
    pub(crate) fn domain(
        self,
        column: &Column,
        plain: impl FnOnce() -> Result<Domain, &'static str>,
    ) -> Result<Domain, &'static str> {
        let bare = column.values.is_empty() && column.min.is_none() && column.max.is_none();
        let bare = bare && column.from.is_none() && column.to.is_none() && column.decimals == 0;
        let free = |form| match bare {
            true => Ok(Domain::Pseudonym(form)),
            false => Err("a pseudonym has neither values nor bounds"),
        };
        let text = matches!(column.kind, ColumnKind::Name | ColumnKind::Text);
        match self {
            Self::Identity(kept) if matches!(column.kind, ColumnKind::CitizenId | ColumnKind::PersonId) => {
                free(Form::Identity(kept))
            }
            Self::Identity(_) => Err("this mask is for columns of the kinds citizen-id and person-id"),
            Self::Telephone if matches!(column.kind, ColumnKind::Text | ColumnKind::Code) => {
                free(Form::Telephone)
            }
            Self::Telephone => Err("this mask is for columns of the kinds text and code"),
            Self::MadeUpName if text => free(Form::Name),
            Self::Surname if text && bare => Ok(Domain::Text(names::masked_surnames())),
            Self::MadeUpName | Self::Surname if text => Err("a masked name has neither values nor bounds"),
            Self::MadeUpName | Self::Surname => Err("this mask is for columns of the kinds name and text"),
            Self::Place if column.kind == ColumnKind::Text => plain(),
            Self::Place => Err("this mask is for columns of the kind text, with values: the places"),
            _ => self.bounded(plain()?),
        }
    }

    /// The same of dates and amounts.
    fn bounded(self, plain: Domain) -> Result<Domain, &'static str> {
        match (self, plain) {
            (Self::Shift(days), Domain::Day { from, to }) if (1..=MOST_SHIFT).contains(&days) => {
                Ok(Domain::Day { from: from - i64::from(days), to: to + i64::from(days) })
            }
            (Self::Shift(_), Domain::Day { .. }) => Err("dates are shifted by 1 to 366 days"),
            (Self::Band(width), Domain::Number { decimals, min, max }) => {
                let width = units(width, decimals).ok_or("a band is at least 1 wide")?;
                Ok(Domain::Number {
                    decimals,
                    min: coarse::floor(min, width),
                    max: coarse::floor(max, width),
                })
            }
            (Self::Noise(most), Domain::Number { decimals, min, max }) => {
                units(most, decimals).ok_or("noise is at least 1")?;
                // What would leave the bounds is put back at them.
                Ok(Domain::Number { decimals, min, max })
            }
            (mask, Domain::Day { from, to }) => {
                let level = mask.level().ok_or("this mask is not for dates")?;
                Ok(Domain::Day { from: level.begins(from), to: level.begins(to) })
            }
            (_, Domain::Number { .. }) => Err("this mask is not for numbers"),
            _ => Err("this mask is not for texts"),
        }
    }
}

/// What is shown of a column under a grant, made of `value`: the stricter of what the data set and the policy say of it.
pub(crate) fn shown(
    grant: &Grant,
    table: &Table,
    column: usize,
    value: Value,
) -> Result<(Value, Domain), SandboxError> {
    let (domain, of) = (table.domain(column), &table.columns[column]);
    let wrong = |why| wrong(&format!("grant.{}.masks.{}", table.name, of.name), why);
    let coarse = match (&of.shown, grant.masks.get(&of.name)) {
        (Some(a), Some(b)) => {
            let why = "it and what the data set shows of the column do not go together";
            Some(a.strictest(b).ok_or_else(|| wrong(why))?)
        }
        (a, b) => a.as_ref().or(b).cloned(),
    };
    match coarse {
        Some(coarse) => coarse.of(&domain, value).map_err(wrong),
        None => Ok((value, domain)),
    }
}

/// What values a column has for whoever asks under a grant.
pub(crate) fn domain(grant: &Grant, table: &Table, column: usize) -> Result<Domain, SandboxError> {
    shown(grant, table, column, Value::Missing).map(|(_, domain)| domain)
}

/// Whether less is shown of a column under a grant than is registered.
pub(crate) fn is_coarse(grant: &Grant, column: &Column) -> bool {
    column.shown.is_some() || grant.masks.contains_key(&column.name)
}

/// Holds the masks of a grant against the table.
pub(crate) fn check(grant: &Grant, dataset: &Dataset, place: &str) -> Result<(), SandboxError> {
    let Some(table) = dataset.table(&grant.table).map(|at| &dataset.tables[at]) else { return Ok(()) };
    if let Some(name) = grant.masks.keys().find(|name| !grant.columns.contains_key(*name)) {
        return Err(wrong(&format!("{place}.masks.{name}"), "the column is not granted"));
    }
    for (name, uses) in &grant.columns {
        let Some(column) = table.column(name) else { continue };
        let place = format!("{place}.{name}");
        if is_coarse(grant, &table.columns[column]) && uses.0.contains(&Use::Aggregate) {
            return Err(wrong(&place, "a column that is shown more coarsely is for groups and conditions"));
        }
        let pseudonym = matches!(table.domain(column), Domain::Pseudonym(_));
        if pseudonym && *uses != Uses([Use::JoinKey].into()) {
            return Err(wrong(
                &place,
                "a pseudonym is granted as join-key: programs tell by it what is the same",
            ));
        }
        shown(grant, table, column, Value::Missing)?;
    }
    Ok(())
}

/// A whole number in units of 10^-decimals; nothing for none.
pub(crate) fn units(whole: u32, decimals: u32) -> Option<i64> {
    i64::from(whole).checked_mul(10i64.checked_pow(decimals)?).filter(|units| *units > 0)
}

#[cfg(test)]
mod tests;
