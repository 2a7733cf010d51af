//! Looks through an answer for numbers that identify somebody, and for what would mislead whoever reads it.
//!
//! Texts are looked at as people write numbers: in full width, in Chinese or other digits, with blanks, hyphens, points or
//! brackets between groups, amid other words. Check digits are those of [`yinshu_data::ident`]. What has none (an old
//! identity number, a telephone) must have the form alone in its groups, so that a band of incomes is no telephone.
//!
//! Figures are not looked at: they are sums and counts of declared types that the rules of disclosure judged, and one in ten
//! of them is a bank card by its check digit. Labels are of declared lists, and names of columns were typed by whoever
//! asked; both are.

mod numbers;
mod text;

use crate::answer::{Answer, Field};
use std::collections::BTreeSet;

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An identity number, of 18 places or of 15.
    Identity,
    /// A unified social credit code.
    CreditCode,
    /// A telephone number, mobile or not.
    Telephone,
    /// The number of a bank card.
    BankCard,
    /// An address of e-mail.
    Mail,
    /// Characters that are not seen or turn the direction of writing.
    Unprintable,
    /// The beginning of a formula, which a spreadsheet would run.
    Formula,
    /// A text that nobody reads to its end.
    Long,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Identity,
        Self::CreditCode,
        Self::Telephone,
        Self::BankCard,
        Self::Mail,
        Self::Unprintable,
        Self::Formula,
        Self::Long,
    ];

    /// Its name, as in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::CreditCode => "credit-code",
            Self::Telephone => "telephone",
            Self::BankCard => "bank-card",
            Self::Mail => "e-mail",
            Self::Unprintable => "unprintable",
            Self::Formula => "formula",
            Self::Long => "long",
        }
    }
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What.
    pub kind: Kind,
    /// In which line, from 1; none where it is the name of the column.
    pub row: Option<usize>,
    /// In which column, from 1.
    pub column: usize,
}

/// The longest text that nobody is asked about.
const MOST: usize = 1000;

/// Everything in an answer that should be looked at before it leaves.
#[must_use]
pub fn scan(answer: &Answer) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut found = |row: Option<usize>, at: usize, text: &str| {
        hits.extend(kinds(text).into_iter().map(|kind| Hit { kind, row, column: at + 1 }));
    };
    for (at, (name, _)) in answer.columns.iter().enumerate() {
        found(None, at, name);
    }
    for (row, fields) in answer.rows.iter().enumerate() {
        for (at, field) in fields.iter().enumerate() {
            if let Field::Text(text) = field {
                found(Some(row + 1), at, text);
            }
        }
    }
    hits
}

/// What is found in a text.
#[must_use]
pub fn kinds(text: &str) -> BTreeSet<Kind> {
    let mut found = BTreeSet::new();
    for run in text::runs(text) {
        numbers::found(&run, &mut found);
    }
    let plain = text::ascii(text);
    let checks = [
        (Kind::Mail, numbers::is_mail(&plain)),
        (Kind::Unprintable, text.chars().any(text::misleading)),
        (Kind::Formula, plain.trim_start().starts_with(['=', '@'])),
        (Kind::Long, text.chars().count() > MOST),
    ];
    found.extend(checks.into_iter().filter(|(_, there)| *there).map(|(kind, _)| kind));
    found
}

/// The text without anything that a terminal would obey.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().map(|letter| if text::misleading(letter) { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests;
