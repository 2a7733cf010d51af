//! A question: what was typed, parsed once and built anew from the operators there are. What was typed never runs.
//!
//! ```text
//! text ─▶ sqlparser: one SELECT ─▶ names: what is granted ─▶ Value: whole numbers and total operators ─▶ Question
//! ```
//!
//! # What a value is
//! The engine knows whole numbers, truths and nothing else. A decimal is a number of units, a text its place in the list that
//! the data set declares, a date a number of days. What is asked of texts (`SUBSTR`, `LIKE`, `UPPER`) is worked out for the
//! declared list when the question is read, and not over rows. So every operator is total: bounds are followed through
//! every expression, and what could leave 64 bits is refused before anything runs; a quotient by zero is missing; no cast
//! fails; there is no floating point, and so no NaN, no negative zero and no order of summation to see.
//!
//! # Security
//! Allow-lists throughout: the parser's structures are taken apart field by field, with none left out, so that a construct
//! that a later version of the parser knows does not compile here, rather than pass unseen. Names are looked up among what
//! the policy grants; the engine never sees a name that was typed. What is not granted and what does not exist are
//! refused in the same words. `HAVING`, `ORDER BY`, `LIMIT` and arithmetic on figures work on what was released.

mod afterwards;
mod bounds;
mod conditions;
mod dates;
mod figures;
mod from;
pub(crate) mod influence;
mod limits;
mod lists;
mod parts;
pub(crate) mod quantiles;
mod read;
mod select;
mod steps;
mod texts;
mod values;
mod words;

pub use afterwards::Formula;
pub(crate) use dates::part_of;
pub use figures::Asked;
pub use select::read;
pub(crate) use select::{condition, holds, rows_of};

use crate::dataset::{Dataset, Domain};
use crate::program::scored::Scored;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Groups that are told apart at most.
pub const MOST_GROUPS: u64 = 65_536;

/// Groups that there can be at most where those to tell are chosen privately.
pub const MOST_CHOSEN: u64 = 1 << 40;

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// The tables it is asked of, by their numbers in the data set, each once; rows of all of them are put together by
    /// person.
    pub tables: Vec<Source>,
    /// Which rows count.
    pub filter: Option<Value>,
    /// What rows are grouped by.
    pub keys: Vec<Key>,
    /// What is asked of each group.
    pub figures: Vec<Asked>,
    /// What figures are of as it was asked, before it was taken apart: rows of which condition, and which value.
    pub asked_of: Vec<(Option<Value>, Option<Value>)>,
    /// The columns of the answer.
    pub columns: Vec<Output>,
    /// Which released groups are shown.
    pub having: Option<Formula>,
    /// The order of the answer, the most important first.
    pub order: Vec<Order>,
    /// Lines at most.
    pub limit: Option<usize>,
    /// Lines left out at the beginning.
    pub offset: usize,
}

impl Question {
    /// No question: the rows of a table, for a program.
    pub(crate) fn of_rows(source: Source) -> Self {
        Self::over(vec![source])
    }

    /// No question yet, of these tables.
    fn over(tables: Vec<Source>) -> Self {
        Self {
            tables,
            filter: None,
            keys: Vec::new(),
            figures: Vec::new(),
            columns: Vec::new(),
            having: None,
            order: Vec::new(),
            limit: None,
            offset: 0,
            asked_of: Vec::new(),
        }
    }

    /// A digest of what it means: the same however it was typed and whatever its columns are called.
    #[must_use]
    pub fn meaning(&self) -> String {
        let keys: Vec<_> = self.keys.iter().map(|key| &key.value).collect();
        let figures = self.figures.iter().map(|asked| (asked.figure.measure, &asked.value, &asked.filter));
        let shown: Vec<_> = self.columns.iter().map(|column| &column.formula).collect();
        let asked = (&self.tables, &self.filter, keys, figures.collect::<Vec<_>>());
        let after = (shown, &self.having, &self.order, self.limit, self.offset);
        hex::encode(Sha256::digest(format!("{asked:?} {after:?}")))
    }

    /// The strictest level of the data set and of the columns it is asked of.
    #[must_use]
    pub fn level(&self, dataset: &Dataset) -> String {
        let mut columns = BTreeSet::new();
        let mut tell = |source: usize, column: usize| {
            columns.insert((self.tables[source].table, column));
        };
        let keys = self.keys.iter().map(|key| &key.value);
        let figures = self.figures.iter().flat_map(|asked| asked.value.iter().chain(&asked.filter));
        for value in keys.chain(figures).chain(&self.filter) {
            value.columns(&mut tell);
        }
        let levels = columns.into_iter().map(|(table, column)| &*dataset.tables[table].columns[column].level);
        crate::airlock::label::strictest(levels.chain([&*dataset.dataset.level]))
    }
}

/// A table in a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its number in the data set.
    pub table: usize,
    /// Whether persons without rows in it stay, all its columns missing.
    pub outer: bool,
    /// The rows that the policy grants: a condition about this table as if it were the only source.
    pub rows: Option<Value>,
    /// The score whose columns stand beside its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scored: Option<Arc<Scored>>,
}

/// What rows are grouped by.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// Its value of a row: a number from 0 on, less than there are labels.
    pub value: Value,
    /// What the values are called.
    pub labels: Arc<[String]>,
    /// Whether they are numbers.
    pub numbers: bool,
}

impl Question {
    /// How many groups there can be: each key has its labels, and may be missing.
    #[must_use]
    pub fn groups(&self) -> u64 {
        self.keys.iter().map(|key| key.labels.len() as u64 + 1).product()
    }

    /// Whether a column of a source can be missing, by the description.
    pub(crate) fn nullable(&self, dataset: &Dataset, source: usize, column: usize) -> bool {
        let source = &self.tables[source];
        source.outer || dataset.tables[source.table].columns.get(column).is_none_or(|column| column.nullable)
    }
}

impl Key {
    /// Whether every row has a value of it, by the description.
    #[must_use]
    pub fn always(&self, question: &Question, dataset: &Dataset) -> bool {
        !self.value.may_be_missing(&|source, column| question.nullable(dataset, source, column))
    }
}

/// A column of the answer.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// What stands in it.
    pub formula: Formula,
}

/// A part of the order of the answer.
#[derive(Debug, Clone)]
pub struct Order {
    /// By what.
    pub by: Formula,
    /// The greatest first.
    pub falling: bool,
    /// What is missing first.
    pub missing_first: bool,
}

/// What is worked out of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "steps::Steps", try_from = "steps::Steps")]
pub enum Value {
    /// A column: the number of the source in the question, and of the column in its table.
    Column(usize, usize),
    /// Whom a row of a source is about.
    Person(usize),
    /// A number.
    Number(i64),
    /// A truth.
    Truth(bool),
    /// A value that is missing.
    Missing,
    /// A truth that is missing.
    Unknown,
    /// The sum.
    Add(Box<Value>, Box<Value>),
    /// The difference.
    Subtract(Box<Value>, Box<Value>),
    /// The product.
    Multiply(Box<Value>, Box<Value>),
    /// The quotient towards zero, missing where the divisor is zero.
    Divide(Box<Value>, Box<Value>),
    /// The entry of a list at this place; missing where there is none.
    Lookup(Box<Value>, Arc<[Option<i64>]>),
    /// A part of a day.
    Calendar(Part, Box<Value>),
    /// How two values compare.
    Compare(Comparison, Box<Value>, Box<Value>),
    /// Both.
    And(Box<Value>, Box<Value>),
    /// One, at least.
    Or(Box<Value>, Box<Value>),
    /// Not.
    Not(Box<Value>),
    /// Whether it is missing.
    IsMissing(Box<Value>),
    /// The value of the first condition that holds, or the last value.
    Case(Vec<(Value, Value)>, Box<Value>),
}

impl Value {
    /// How many parts it has, if no more than so many.
    pub(crate) fn size(&self, most: usize) -> Option<usize> {
        let left = most.checked_sub(1)?;
        let both = |a: &Self, b: &Self| {
            let first = a.size(left)?;
            Some(1 + first + b.size(left - first)?)
        };
        match self {
            Self::Column(..) | Self::Person(_) | Self::Number(_) | Self::Truth(_) => Some(1),
            Self::Missing | Self::Unknown => Some(1),
            Self::Lookup(a, _) | Self::Calendar(_, a) | Self::Not(a) | Self::IsMissing(a) => {
                Some(1 + a.size(left)?)
            }
            Self::Add(a, b) | Self::Subtract(a, b) | Self::Multiply(a, b) | Self::And(a, b) => both(a, b),
            Self::Compare(_, a, b) | Self::Or(a, b) => both(a, b),
            // The divisor is looked at twice.
            Self::Divide(a, b) => {
                let first = both(a, b)?;
                Some(first + b.size(most.checked_sub(first)?)?)
            }
            Self::Case(cases, last) => {
                let mut all = 1 + last.size(left)?;
                for (test, value) in cases {
                    all += test.size(most.checked_sub(all)?)?;
                    all += value.size(most.checked_sub(all)?)?;
                }
                (all <= most).then_some(all)
            }
        }
    }

    /// The value with parts of it changed: whatever `change` says something else of, and then not what is in that.
    pub(crate) fn rebuilt(&self, change: &dyn Fn(&Self) -> Option<Self>) -> Self {
        if let Some(changed) = change(self) {
            return changed;
        }
        let of = |value: &Self| Box::new(value.rebuilt(change));
        match self {
            Self::Column(..) | Self::Person(_) | Self::Number(_) | Self::Truth(_) => self.clone(),
            Self::Missing | Self::Unknown => self.clone(),
            Self::Lookup(a, table) => Self::Lookup(of(a), Arc::clone(table)),
            Self::Calendar(part, a) => Self::Calendar(*part, of(a)),
            Self::Not(a) => Self::Not(of(a)),
            Self::IsMissing(a) => Self::IsMissing(of(a)),
            Self::Add(a, b) => Self::Add(of(a), of(b)),
            Self::Subtract(a, b) => Self::Subtract(of(a), of(b)),
            Self::Multiply(a, b) => Self::Multiply(of(a), of(b)),
            Self::Divide(a, b) => Self::Divide(of(a), of(b)),
            Self::Compare(how, a, b) => Self::Compare(*how, of(a), of(b)),
            Self::And(a, b) => Self::And(of(a), of(b)),
            Self::Or(a, b) => Self::Or(of(a), of(b)),
            Self::Case(cases, last) => {
                let cases = cases.iter().map(|(test, value)| (*of(test), *of(value)));
                Self::Case(cases.collect(), of(last))
            }
        }
    }

    /// Tells of the values that it is made of.
    pub(crate) fn parts(&self, tell: &mut dyn FnMut(&Self)) {
        match self {
            Self::Column(..) | Self::Person(_) | Self::Number(_) | Self::Truth(_) => {}
            Self::Missing | Self::Unknown => {}
            Self::Lookup(a, _) | Self::Calendar(_, a) | Self::Not(a) | Self::IsMissing(a) => tell(a),
            Self::Add(a, b) | Self::Subtract(a, b) | Self::Multiply(a, b) | Self::Divide(a, b) => {
                tell(a);
                tell(b);
            }
            Self::Compare(_, a, b) | Self::And(a, b) | Self::Or(a, b) => {
                tell(a);
                tell(b);
            }
            Self::Case(cases, last) => {
                for (test, value) in cases {
                    tell(test);
                    tell(value);
                }
                tell(last);
            }
        }
    }

    /// Whether another value is in it, or is it.
    pub(crate) fn has(&self, other: &Self) -> bool {
        let mut found = self == other;
        self.parts(&mut |part| found = found || part.has(other));
        found
    }

    /// Whether anything in it is of this source.
    pub(crate) fn is_of(&self, source: usize) -> bool {
        let mut found = false;
        self.leaves(&mut |leaf| {
            found |= matches!(leaf, Self::Column(of, _) | Self::Person(of) if *of == source);
        });
        found
    }

    /// Whether it can be missing, where it is known which columns can be.
    pub(crate) fn may_be_missing(&self, column: &dyn Fn(usize, usize) -> bool) -> bool {
        let of = |value: &Self| value.may_be_missing(column);
        match self {
            Self::Column(source, at) => column(*source, *at),
            Self::Number(_) | Self::Truth(_) | Self::IsMissing(_) => false,
            Self::Add(a, b) | Self::Subtract(a, b) | Self::Multiply(a, b) => of(a) || of(b),
            Self::Compare(_, a, b) | Self::And(a, b) | Self::Or(a, b) => of(a) || of(b),
            Self::Calendar(_, a) | Self::Not(a) => of(a),
            Self::Case(cases, last) => of(last) || cases.iter().any(|(_, value)| of(value)),
            // A divisor of zero, a place without an entry, a person of a table without rows.
            Self::Divide(..) | Self::Lookup(..) | Self::Person(_) | Self::Missing | Self::Unknown => true,
        }
    }

    /// Tells of every column in it.
    pub(crate) fn columns(&self, tell: &mut dyn FnMut(usize, usize)) {
        self.leaves(&mut |leaf| {
            if let Self::Column(source, column) = leaf {
                tell(*source, *column);
            }
        });
    }

    /// Tells of everything in it that is not made of other values.
    pub(crate) fn leaves(&self, tell: &mut dyn FnMut(&Self)) {
        let mut whole = true;
        self.parts(&mut |part| {
            whole = false;
            part.leaves(tell);
        });
        if whole {
            tell(self);
        }
    }
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// Whether it holds of these.
    pub(crate) fn holds(self, a: i128, b: i128) -> bool {
        match self {
            Self::Equal => a == b,
            Self::Unequal => a != b,
            Self::Less => a < b,
            Self::AtMost => a <= b,
            Self::Greater => a > b,
            Self::AtLeast => a >= b,
        }
    }
}

/// A part of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Part {
    /// The year.
    Year,
    /// The quarter, from 1.
    Quarter,
    /// The month, from 1.
    Month,
    /// The day of the month, from 1.
    Day,
    /// The day of the week, from 0 for Sunday.
    Weekday,
}

/// What a value means, and what it can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A number in units of 10^-decimals, within bounds.
    Number {
        /// Digits after the point.
        decimals: u32,
        /// The least there can be.
        min: i128,
        /// The greatest there can be.
        max: i128,
    },
    /// A text, by its place in a list.
    Text(Arc<[String]>),
    /// Days since 1970-01-01.
    Day {
        /// The first there can be.
        from: i64,
        /// The last there can be.
        to: i64,
    },
    /// A truth.
    Truth,
    /// Whom a row is about.
    Person,
    /// What stands for something that identifies somebody.
    Pseudonym,
    /// Missing.
    Nothing,
}

impl Meaning {
    fn of(domain: Domain) -> Self {
        match domain {
            Domain::Number { decimals, min, max } => {
                Self::Number { decimals, min: min.into(), max: max.into() }
            }
            Domain::Text(list) => Self::Text(list.into()),
            Domain::Day { from, to } => Self::Day { from, to },
            Domain::Person => Self::Person,
            Domain::Pseudonym(_) => Self::Pseudonym,
        }
    }
}

/// A value with what it means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Typed {
    pub(crate) value: Value,
    pub(crate) meaning: Meaning,
}

#[cfg(test)]
mod tests;
