//! What whoever asked sees: released figures, put together as the question said.
//!
//! `HAVING`, `ORDER BY`, `LIMIT` and arithmetic on figures are done here, over what was released: a hidden figure is missing,
//! and so is whatever is worked out from it. Lines are in an order that follows from released labels and figures alone, and
//! the type of every column follows from the question alone.

use crate::airlock::Label;
use crate::question::{Comparison, Formula, Key, Question};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A group with its figures, hidden ones missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its value of every key.
    pub labels: Vec<Option<String>>,
    /// Its figures.
    pub figures: Vec<Option<f64>>,
}

/// The answer to a question.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The names of its columns, and whether numbers stand in them.
    pub columns: Vec<(String, bool)>,
    /// Its lines.
    pub rows: Vec<Vec<Field>>,
    /// Whose it is and what for: every answer that leaves has one.
    pub label: Option<Label>,
}

/// Answers are the same that say the same, to whomever.
impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        (&self.columns, &self.rows) == (&other.columns, &other.rows)
    }
}

/// What stands in a place of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Nothing: a label that is missing, or a figure that is hidden or has no value.
    Missing,
    /// A text.
    Text(String),
    /// A number.
    #[serde(with = "exact")]
    Number(f64),
}

/// Numbers as the shortest text that is read back to the same bits.
mod exact {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        let text = String::deserialize(from)?;
        text.parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .ok_or_else(|| D::Error::custom("no number"))
    }
}

impl Answer {
    /// Lays out released groups as a question said.
    #[must_use]
    pub fn of(question: &Question, lines: &[Line]) -> Self {
        let keys = &question.keys;
        let shown = |line: &&Line| match &question.having {
            None => true,
            Some(having) => value(having, line, keys) == Field::Number(1.0),
        };
        // What lines are ordered by is worked out once for each of them.
        let by = |line| question.order.iter().map(|order| value(&order.by, line, keys)).collect();
        let mut lines: Vec<(Vec<Field>, &Line)> =
            lines.iter().filter(shown).map(|line| (by(line), line)).collect();
        lines.sort_by(|(a, first), (b, second)| {
            let by = question.order.iter().zip(a.iter().zip(b)).map(|(order, (a, b))| {
                let missing = (*a == Field::Missing, *b == Field::Missing);
                match missing {
                    (false, false) if order.falling => compared(b, a),
                    (false, false) => compared(a, b),
                    (a, b) if order.missing_first => b.cmp(&a),
                    (a, b) => a.cmp(&b),
                }
            });
            by.fold(Ordering::Equal, Ordering::then).then_with(|| by_labels(first, second, keys))
        });
        let lines = lines.into_iter().map(|(_, line)| line);
        let lines = lines.skip(question.offset).take(question.limit.unwrap_or(usize::MAX));
        let row =
            |line: &Line| question.columns.iter().map(|column| value(&column.formula, line, keys)).collect();
        Self {
            columns: question
                .columns
                .iter()
                .map(|c| (c.name.clone(), c.formula.is_number(keys) != Some(false)))
                .collect(),
            rows: lines.map(row).collect(),
            label: None,
        }
    }
}

fn by_labels(a: &Line, b: &Line, keys: &[Key]) -> Ordering {
    let each = (0..keys.len()).map(|at| {
        let (a, b) = (value(&Formula::Key(at), a, keys), value(&Formula::Key(at), b, keys));
        (a == Field::Missing).cmp(&(b == Field::Missing)).then_with(|| compared(&a, &b))
    });
    each.fold(Ordering::Equal, Ordering::then)
}

fn compared(a: &Field, b: &Field) -> Ordering {
    match (a, b) {
        (Field::Number(a), Field::Number(b)) => a.total_cmp(b),
        (Field::Text(a), Field::Text(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

fn truth(truth: bool) -> Field {
    Field::Number(f64::from(u8::from(truth)))
}

/// The number of a field that has one; what is not finite is none.
fn finite(number: f64) -> Field {
    if number.is_finite() { Field::Number(number) } else { Field::Missing }
}

fn value(formula: &Formula, line: &Line, keys: &[Key]) -> Field {
    let of = |formula: &Formula| value(formula, line, keys);
    let known = |formula: &Formula| match of(formula) {
        Field::Number(number) => Some(number != 0.0),
        _ => None,
    };
    match formula {
        Formula::Key(at) => match &line.labels[*at] {
            None => Field::Missing,
            Some(label) if keys[*at].numbers => label.parse().map_or(Field::Missing, Field::Number),
            Some(label) => Field::Text(label.clone()),
        },
        Formula::Figure(at) => line.figures[*at].map_or(Field::Missing, finite),
        Formula::Number(number) => Field::Number(*number),
        Formula::Text(text) => Field::Text(text.clone()),
        Formula::Missing => Field::Missing,
        Formula::Arithmetic(sign, left, right) => match (of(left), of(right)) {
            (Field::Number(a), Field::Number(b)) => match sign {
                '+' => finite(a + b),
                '-' => finite(a - b),
                '*' => finite(a * b),
                _ => finite(a / b),
            },
            _ => Field::Missing,
        },
        Formula::Round(inner, digits) => match of(inner) {
            Field::Number(number) => {
                let unit = 10f64.powi(*digits);
                finite((number * unit).round() / unit)
            }
            _ => Field::Missing,
        },
        Formula::Floor(inner) => match of(inner) {
            Field::Number(number) => finite(number.floor()),
            _ => Field::Missing,
        },
        Formula::IsMissing(inner) => truth(of(inner) == Field::Missing),
        Formula::Case(cases, last) => {
            for (test, value) in cases {
                match known(test) {
                    Some(true) => return of(value),
                    // What is hidden is not taken for what does not hold.
                    None if test.has_figure() => return Field::Missing,
                    _ => {}
                }
            }
            of(last)
        }
        Formula::Compare(how, left, right) => {
            let (left, right) = (of(left), of(right));
            let comparable = matches!(
                (&left, &right),
                (Field::Number(_), Field::Number(_)) | (Field::Text(_), Field::Text(_))
            );
            let order = compared(&left, &right);
            match comparable {
                false => Field::Missing,
                true => truth(match how {
                    Comparison::Equal => order.is_eq(),
                    Comparison::Unequal => order.is_ne(),
                    Comparison::Less => order.is_lt(),
                    Comparison::AtMost => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::AtLeast => order.is_ge(),
                }),
            }
        }
        Formula::And(left, right) => match (known(left), known(right)) {
            (Some(false), _) | (_, Some(false)) => truth(false),
            (Some(true), Some(true)) => truth(true),
            _ => Field::Missing,
        },
        Formula::Or(left, right) => match (known(left), known(right)) {
            (Some(true), _) | (_, Some(true)) => truth(true),
            (Some(false), Some(false)) => truth(false),
            _ => Field::Missing,
        },
        Formula::Not(inner) => known(inner).map_or(Field::Missing, |known| truth(!known)),
    }
}

/// A whole number of units of 10^-decimals as people write it.
#[must_use]
pub fn written(units: i128, decimals: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = decimals as usize + 1);
    let (whole, point) = digits.split_at(digits.len() - decimals as usize);
    if point.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{point}") }
}

/// The date of a day since 1970-01-01.
#[must_use]
pub fn date(day: i64) -> String {
    let days = jiff::Span::new().try_days(day).unwrap_or_default();
    jiff::civil::date(1970, 1, 1).saturating_add(days).to_string()
}
