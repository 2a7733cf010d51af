//! What is made of released figures and labels afterwards: the columns of an answer, `HAVING`, `ORDER BY`.
//!
//! # Security
//! A formula holds figures and labels and nothing of rows, and is worked out over what was released ([`crate::answer`]): whatever
//! stands in it, whoever asks could work out himself from the figures he sees. A hidden figure is missing, and so is
//! whatever is worked out of it. `CASE` with a hidden figure in a condition is missing, where SQL would go on to the next case
//! as if the condition did not hold, and `COALESCE` is of labels alone: a number in the place of a hidden one would be
//! taken for the figure.

use super::figures::{Argument, Asked, is_refused_figure, taken_apart};
use super::limits::joined;
use super::read::{Scope, folded, told, unsupported};
use super::values::mixed;
use super::{Comparison, Key, Value};
use crate::error::SandboxError;
use crate::policy::Use;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, CeilFloorKind, DataType, DateTimeField, ExactNumberInfo, Expr,
    Function, Ident, UnaryOperator, Value as Literal,
};

/// Figures of one question at most.
const MOST_FIGURES: usize = 64;

type Read<T> = Result<T, SandboxError>;

/// What stands in a column of the answer, worked out from what was released.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// A key, by its number.
    Key(usize),
    /// A figure, by its number.
    Figure(usize),
    /// A number.
    Number(f64),
    /// A text, to compare a key with.
    Text(String),
    /// Nothing.
    Missing,
    /// `+`, `-`, `*`, `/`; missing where a part is missing or the divisor is zero.
    Arithmetic(char, Box<Formula>, Box<Formula>),
    /// Rounded to so many digits after the point.
    Round(Box<Formula>, i32),
    /// The whole number below.
    Floor(Box<Formula>),
    /// A comparison: 1 or 0, missing where a part is missing.
    Compare(Comparison, Box<Formula>, Box<Formula>),
    /// Both.
    And(Box<Formula>, Box<Formula>),
    /// One, at least.
    Or(Box<Formula>, Box<Formula>),
    /// Not.
    Not(Box<Formula>),
    /// Whether it is missing: 1 or 0.
    IsMissing(Box<Formula>),
    /// The value of the first condition that holds, or the last one; missing where a condition before it is missing because
    /// a figure is.
    Case(Vec<(Formula, Formula)>, Box<Formula>),
}

impl Formula {
    /// Whether numbers stand in it or texts; nothing where only what is missing does.
    pub(crate) fn is_number(&self, keys: &[Key]) -> Option<bool> {
        match self {
            Self::Key(at) => Some(keys[*at].numbers),
            Self::Text(_) => Some(false),
            Self::Missing => None,
            Self::Case(cases, last) => {
                let mut values = cases.iter().map(|(_, value)| value).chain([&**last]);
                values.find_map(|value| value.is_number(keys))
            }
            _ => Some(true),
        }
    }

    /// Whether a figure stands in it.
    pub(crate) fn has_figure(&self) -> bool {
        match self {
            Self::Figure(_) => true,
            Self::Key(_) | Self::Number(_) | Self::Text(_) | Self::Missing => false,
            Self::Round(a, _) | Self::Floor(a) | Self::Not(a) | Self::IsMissing(a) => a.has_figure(),
            Self::Arithmetic(_, a, b) | Self::Compare(_, a, b) => a.has_figure() || b.has_figure(),
            Self::And(a, b) | Self::Or(a, b) => a.has_figure() || b.has_figure(),
            Self::Case(cases, last) => {
                last.has_figure() || cases.iter().any(|(a, b)| a.has_figure() || b.has_figure())
            }
        }
    }
}

/// In which question a formula stands.
#[derive(Clone, Copy)]
pub(super) struct Within<'a> {
    /// What rows are grouped by, as it was written; nothing in a question around another.
    pub(super) grouped: &'a [Expr],
    /// The same, as it was read.
    pub(super) keys: &'a [Key],
    /// What the answer is called that it is asked of, where it is asked of one.
    pub(super) called: Option<&'a str>,
    /// Whether figures may stand in it: those of groups are no rows to be counted again.
    pub(super) figures: bool,
}

/// Columns of an answer by their names, and the question in which they stand.
pub(super) struct Level<'a> {
    pub(super) items: &'a [(String, Expr)],
    pub(super) within: Within<'a>,
}

/// What names mean in a formula.
#[derive(Clone, Copy)]
pub(super) struct Afterwards<'a> {
    /// Where it stands.
    pub(super) within: Within<'a>,
    /// What names of columns of answers stand for: those looked at first are first.
    pub(super) named: &'a [Level<'a>],
}

impl<'a> Afterwards<'a> {
    /// A column of an answer by its name, and what names mean in it.
    pub(super) fn called(&self, table: Option<&Ident>, name: &Ident) -> Option<(&'a Expr, Self)> {
        if table.is_some_and(|table| Some(folded(table).as_str()) != self.within.called) {
            return None;
        }
        self.named.iter().enumerate().find_map(|(at, level)| {
            let (_, expr) = level.items.iter().find(|(known, _)| same_name(known, name))?;
            Some((expr, Self { within: level.within, named: &self.named[at + 1..] }))
        })
    }

    fn key(&self, expr: &Expr) -> Option<usize> {
        let grouped = self.within.grouped;
        grouped.iter().position(|grouped| super::select::bare(grouped) == super::select::bare(expr))
    }
}

/// Whether a column of an answer has this name, however letters without quotes are written.
pub(super) fn same_name(known: &str, name: &Ident) -> bool {
    known == name.value || name.quote_style.is_none() && known.to_lowercase() == name.value.to_lowercase()
}

impl Scope<'_> {
    /// A formula over keys and figures; figures that it asks for are added.
    pub(super) fn formula(
        &self,
        expr: &Expr,
        of: &Afterwards<'_>,
        figures: &mut Vec<Asked>,
    ) -> Read<Formula> {
        let _inside = self.reading.enter(expr)?;
        if let Some(at) = of.key(expr) {
            return Ok(Formula::Key(at));
        }
        match expr {
            Expr::Nested(inner) => self.formula(inner, of, figures),
            Expr::Value(literal) => match &literal.value {
                Literal::Number(digits, false) => {
                    digits.parse().map(Formula::Number).map_err(|_| unsupported("literal", expr))
                }
                Literal::SingleQuotedString(text) => Ok(Formula::Text(text.clone())),
                Literal::Boolean(truth) => Ok(Formula::Number(f64::from(u8::from(*truth)))),
                Literal::Null => Ok(Formula::Missing),
                _ => Err(unsupported("literal", expr)),
            },
            // Labels of dates are texts in the order of the dates.
            Expr::TypedString(_) => match self.value(expr, Use::GroupKey)?.value {
                Value::Number(day) => Ok(Formula::Text(crate::answer::date(day))),
                _ => Err(mixed(expr)),
            },
            Expr::UnaryOp { op: UnaryOperator::Minus, expr: inner } => {
                Ok(negated(self.number_after(inner, of, figures)?))
            }
            Expr::UnaryOp { op: UnaryOperator::Plus, expr: inner } => self.number_after(inner, of, figures),
            Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } => {
                Ok(Formula::Not(Box::new(self.formula(inner, of, figures)?)))
            }
            Expr::BinaryOp { left, op, right } => self.combined(left, op, right, (of, expr), figures),
            Expr::Case { case_token: _, end_token: _, operand, conditions, else_result } => {
                let parts = (operand.as_deref(), &conditions[..], else_result.as_deref());
                self.case_after(parts, (of, expr), figures)
            }
            Expr::Between { expr: inner, negated, low, high } => {
                let inner = self.formula(inner, of, figures)?;
                let (low, high) = (self.formula(low, of, figures)?, self.formula(high, of, figures)?);
                let least = compared(Comparison::AtLeast, inner.clone(), low, (of, expr))?;
                let most = compared(Comparison::AtMost, inner, high, (of, expr))?;
                Ok(maybe_not(*negated, Formula::And(Box::new(least), Box::new(most))))
            }
            Expr::InList { expr: inner, list, negated } => {
                let inner = self.formula(inner, of, figures)?;
                let same = list.iter().map(|one| {
                    let one = self.formula(one, of, figures)?;
                    compared(Comparison::Equal, inner.clone(), one, (of, expr))
                });
                let any = joined(same.collect::<Read<Vec<_>>>()?, Formula::Or);
                Ok(maybe_not(*negated, any.unwrap_or(Formula::Number(0.0))))
            }
            Expr::IsNull(inner) => Ok(Formula::IsMissing(Box::new(self.formula(inner, of, figures)?))),
            Expr::IsNotNull(inner) => {
                Ok(Formula::Not(Box::new(Formula::IsMissing(Box::new(self.formula(inner, of, figures)?)))))
            }
            Expr::Floor { expr: inner, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                Ok(Formula::Floor(Box::new(self.number_after(inner, of, figures)?)))
            }
            Expr::Ceil { expr: inner, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                let below = Formula::Floor(Box::new(negated(self.number_after(inner, of, figures)?)));
                Ok(negated(below))
            }
            Expr::Cast {
                kind: CastKind::Cast | CastKind::DoubleColon,
                expr: inner,
                data_type,
                array: false,
                format: None,
            } => {
                let inner = self.formula(inner, of, figures)?;
                cast(inner, data_type, of).ok_or_else(|| unsupported("cast", expr))
            }
            Expr::Function(function) => self.function_after(function, (of, expr), figures),
            Expr::Identifier(name) => self.named_after(None, name, (of, expr), figures),
            Expr::CompoundIdentifier(names) => match &names[..] {
                [table, name] => self.named_after(Some(table), name, (of, expr), figures),
                _ => Err(SandboxError::NoSuch { name: expr.to_string() }),
            },
            Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => {
                Err(unsupported("subquery", expr))
            }
            Expr::Extract { .. } | Expr::Substring { .. } | Expr::Trim { .. } | Expr::Like { .. } => {
                Err(unsupported("afterwards", expr))
            }
            _ => Err(SandboxError::NotGrouped { text: expr.to_string() }),
        }
    }

    fn named_after(
        &self,
        table: Option<&Ident>,
        name: &Ident,
        (of, expr): (&Afterwards<'_>, &Expr),
        figures: &mut Vec<Asked>,
    ) -> Read<Formula> {
        if let Some((inside, inner)) = of.called(table, name) {
            return self.formula(inside, &inner, figures);
        }
        if !of.within.figures {
            return Err(SandboxError::NoSuch { name: expr.to_string() });
        }
        // What is not granted is not told apart from what is not grouped by.
        self.value(expr, Use::GroupKey)?;
        Err(SandboxError::NotGrouped { text: expr.to_string() })
    }

    /// A formula of which texts cannot stand in the place.
    fn number_after(&self, expr: &Expr, of: &Afterwards<'_>, figures: &mut Vec<Asked>) -> Read<Formula> {
        let formula = self.formula(expr, of, figures)?;
        match formula.is_number(of.within.keys) {
            Some(false) => Err(mixed(expr)),
            _ => Ok(formula),
        }
    }

    fn combined(
        &self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        (of, expr): (&Afterwards<'_>, &Expr),
        figures: &mut Vec<Asked>,
    ) -> Read<Formula> {
        let sign = match op {
            BinaryOperator::Plus => '+',
            BinaryOperator::Minus => '-',
            BinaryOperator::Multiply => '*',
            BinaryOperator::Divide => '/',
            _ => {
                let (left, right) = (self.formula(left, of, figures)?, self.formula(right, of, figures)?);
                return match (op, super::conditions::comparison(op)) {
                    (BinaryOperator::And, _) => Ok(Formula::And(Box::new(left), Box::new(right))),
                    (BinaryOperator::Or, _) => Ok(Formula::Or(Box::new(left), Box::new(right))),
                    (_, Some(how)) => compared(how, left, right, (of, expr)),
                    _ => Err(unsupported("expression", expr)),
                };
            }
        };
        let left = self.number_after(left, of, figures)?;
        let right = self.number_after(right, of, figures)?;
        Ok(Formula::Arithmetic(sign, Box::new(left), Box::new(right)))
    }

    fn case_after(
        &self,
        (operand, conditions, otherwise): (Option<&Expr>, &[CaseWhen], Option<&Expr>),
        (of, expr): (&Afterwards<'_>, &Expr),
        figures: &mut Vec<Asked>,
    ) -> Read<Formula> {
        let operand = operand.map(|operand| self.formula(operand, of, figures)).transpose()?;
        let mut cases = Vec::new();
        for CaseWhen { condition, result } in conditions {
            let condition = self.formula(condition, of, figures)?;
            let test = match &operand {
                Some(operand) => compared(Comparison::Equal, operand.clone(), condition, (of, expr))?,
                None => condition,
            };
            cases.push((test, self.formula(result, of, figures)?));
        }
        let last = otherwise.map_or(Ok(Formula::Missing), |last| self.formula(last, of, figures))?;
        let values = cases.iter().map(|(_, value)| value).chain([&last]);
        let kinds: Vec<bool> = values.filter_map(|value| value.is_number(of.within.keys)).collect();
        match kinds.windows(2).all(|pair| pair[0] == pair[1]) {
            true => Ok(Formula::Case(cases, Box::new(last))),
            false => Err(mixed(expr)),
        }
    }

    fn function_after(
        &self,
        function: &Function,
        (of, expr): (&Afterwards<'_>, &Expr),
        figures: &mut Vec<Asked>,
    ) -> Read<Formula> {
        let (name, arguments, distinct, filter) = taken_apart(function)?;
        if let Some(why) = is_refused_figure(&name) {
            return Err(unsupported(why, expr));
        }
        let plain = !distinct && filter.is_none();
        match (&*name, &arguments[..]) {
            ("round", [Argument::Of(value), digits @ ..]) if plain => {
                let digits = match digits {
                    [] => 0,
                    [Argument::Of(digits)] => {
                        digits.to_string().parse().map_err(|_| unsupported("literal", expr))?
                    }
                    _ => return Err(unsupported("function", expr)),
                };
                Ok(Formula::Round(Box::new(self.number_after(value, of, figures)?), digits))
            }
            ("abs", [Argument::Of(value)]) if plain => {
                let value = self.number_after(value, of, figures)?;
                let below = compared(Comparison::Less, value.clone(), Formula::Number(0.0), (of, expr))?;
                Ok(Formula::Case(vec![(below, negated(value.clone()))], Box::new(value)))
            }
            ("nullif", [Argument::Of(value), Argument::Of(other)]) if plain => {
                let value = self.formula(value, of, figures)?;
                let other = self.formula(other, of, figures)?;
                let same = compared(Comparison::Equal, value.clone(), other, (of, expr))?;
                Ok(Formula::Case(vec![(same, Formula::Missing)], Box::new(value)))
            }
            ("coalesce" | "ifnull" | "nvl", [_, ..]) if plain => {
                let all = arguments.iter().map(|argument| match argument {
                    Argument::Of(argument) => self.formula(argument, of, figures),
                    Argument::Rows => Err(unsupported("function", expr)),
                });
                let mut all = all.collect::<Read<Vec<_>>>()?;
                let last = all.pop().unwrap_or(Formula::Missing);
                if all.iter().any(Formula::has_figure) {
                    return Err(unsupported("hidden-figure", expr));
                }
                let kind = last.is_number(of.within.keys);
                if all.iter().any(|one| one.is_number(of.within.keys).zip(kind).is_some_and(|(a, b)| a != b))
                {
                    return Err(mixed(expr));
                }
                let there =
                    |one: Formula| (Formula::Not(Box::new(Formula::IsMissing(Box::new(one.clone())))), one);
                Ok(Formula::Case(all.into_iter().map(there).collect(), Box::new(last)))
            }
            _ if is_of_values(&name) => Err(unsupported("afterwards", expr)),
            _ if !of.within.figures => Err(unsupported("subquery", expr)),
            _ => {
                let figure = self.figure(&name, &arguments, distinct, filter, expr, figures)?;
                match figures.len() <= MOST_FIGURES {
                    true => Ok(figure),
                    false => Err(unsupported("many-figures", expr)),
                }
            }
        }
    }
}

/// Whether a function is known of values of rows, and not of figures.
fn is_of_values(name: &str) -> bool {
    matches!(
        name,
        "greatest"
            | "least"
            | "mod"
            | "upper"
            | "lower"
            | "left"
            | "substr"
            | "date_part"
            | "date_trunc"
            | "width_bucket"
    )
}

fn negated(formula: Formula) -> Formula {
    Formula::Arithmetic('-', Box::new(Formula::Number(0.0)), Box::new(formula))
}

fn maybe_not(negated: bool, formula: Formula) -> Formula {
    if negated { Formula::Not(Box::new(formula)) } else { formula }
}

/// A comparison of two formulas of one kind; a label is not compared with what it can never be.
fn compared(
    how: Comparison,
    left: Formula,
    right: Formula,
    (of, expr): (&Afterwards<'_>, &Expr),
) -> Read<Formula> {
    if let (Some(a), Some(b)) = (left.is_number(of.within.keys), right.is_number(of.within.keys))
        && a != b
    {
        return Err(mixed(expr));
    }
    if let (Formula::Key(at), Formula::Text(text)) | (Formula::Text(text), Formula::Key(at)) = (&left, &right)
        && matches!(how, Comparison::Equal | Comparison::Unequal)
        && !of.within.keys[*at].labels.contains(text)
    {
        let Key { name, labels, .. } = &of.within.keys[*at];
        let values = told(labels.join(", "));
        return Err(SandboxError::NoValue {
            text: told(format!("'{text}'")),
            of: told(name.clone()),
            values,
        });
    }
    Ok(Formula::Compare(how, Box::new(left), Box::new(right)))
}

fn cast(formula: Formula, to: &DataType, of: &Afterwards<'_>) -> Option<Formula> {
    let number = formula.is_number(of.within.keys) != Some(false);
    match to {
        DataType::Int(None) | DataType::Integer(None) | DataType::BigInt(None) if number => {
            Some(Formula::Round(Box::new(formula), 0))
        }
        DataType::Double(_) | DataType::DoublePrecision | DataType::Real | DataType::Float(_) if number => {
            Some(formula)
        }
        DataType::Numeric(digits) | DataType::Decimal(digits) if number => match digits {
            ExactNumberInfo::None => Some(formula),
            ExactNumberInfo::Precision(_) => Some(Formula::Round(Box::new(formula), 0)),
            ExactNumberInfo::PrecisionAndScale(_, digits) => Some(Formula::Round(
                Box::new(formula),
                i32::try_from(*digits).ok().filter(|digits| *digits <= 15)?,
            )),
        },
        DataType::Varchar(None) | DataType::Text if !number => Some(formula),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
