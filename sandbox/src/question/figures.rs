//! Figures: what is asked of a group, taken apart into what the engine measures.

use super::Formula;
use super::bounds::Number;
use super::parts::{self, Column, Part, Plain, and};
use super::quantiles;
use super::read::{Scope, unsupported};
use super::values::zero_or_one;
use super::{Meaning, Typed, Value};
use crate::dataset::Domain;
use crate::disclosure::{Figure, Measure, Rank};
use crate::error::SandboxError;
use crate::policy::Use;
use crate::room::Room;
use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Value as Literal,
};
use serde::{Deserialize, Serialize};

/// How far apart the places of quantiles are, in millionths, where counts are rounded.
const ROUNDED: u32 = 50_000;

/// What is asked of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// What is measured, and in which units.
    pub figure: Figure,
    /// Of which values; of rows themselves where there is none.
    pub value: Option<Value>,
    /// Of which rows of the group.
    pub filter: Option<Value>,
    /// The least value there can be, in units.
    pub min: i64,
    /// The greatest value there can be, in units.
    pub max: i64,
}

/// The name and arguments of a function without anything else to it.
pub(super) fn plain(function: &Function) -> Result<(String, Vec<&Expr>), SandboxError> {
    let (name, arguments, distinct, filter) = taken_apart(function)?;
    let plain = arguments.into_iter().map(|argument| match argument {
        Argument::Of(expr) => Some(expr),
        Argument::Rows => None,
    });
    let arguments: Option<Vec<&Expr>> = if distinct || filter.is_some() { None } else { plain.collect() };
    if is_figure(&name) {
        return Err(unsupported("figure-inside", function));
    }
    arguments.map(|arguments| (name, arguments)).ok_or_else(|| unsupported("function", function))
}

pub(super) enum Argument<'a> {
    Rows,
    Of(&'a Expr),
}

pub(super) type Parts<'a> = (String, Vec<Argument<'a>>, bool, Option<&'a Expr>);

/// The name, arguments, `DISTINCT` and `FILTER` of a function, and of a quantile what stands after `WITHIN GROUP` in front of
/// the rest: `(ORDER BY x)`.
pub(super) fn taken_apart(function: &Function) -> Result<Parts<'_>, SandboxError> {
    let Function {
        name,
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment, args, clauses }),
        filter,
        null_treatment: None,
        over,
        within_group,
    } = function
    else {
        return Err(unsupported("function", function));
    };
    if over.is_some() {
        return Err(unsupported("window", function));
    }
    let quantile = quantiles::is_quantile(&name.to_string().to_lowercase());
    if (!within_group.is_empty() && !quantile) || !clauses.is_empty() {
        return Err(unsupported("function", function));
    }
    let ordered = quantiles::ordered(within_group).ok_or_else(|| unsupported("quantile", function))?;
    let arguments = args.iter().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(Argument::Of(expr)),
        FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => Ok(Argument::Rows),
        _ => Err(unsupported("function", function)),
    });
    let arguments = ordered.into_iter().map(|expr| Ok(Argument::Of(expr))).chain(arguments);
    let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
    let distinct = matches!(duplicate_treatment, Some(DuplicateTreatment::Distinct));
    Ok((name.to_string().to_lowercase(), arguments, distinct, filter.as_deref()))
}

fn is_figure(name: &str) -> bool {
    matches!(
        name,
        "count" | "sum" | "avg" | "mean" | "var" | "var_samp" | "variance" | "stddev" | "stddev_samp"
    ) || quantiles::is_quantile(name)
}

/// The aggregates that would show a value of somebody, or of which nothing can be said here.
pub(super) fn is_refused_figure(name: &str) -> Option<&'static str> {
    match name {
        "min" | "max" | "first_value" | "last_value" | "nth_value" | "any_value" | "mode" => Some("extreme"),
        "array_agg" | "string_agg" | "listagg" | "json_agg" | "group_concat" => Some("collect"),
        _ => None,
    }
}

impl Scope<'_> {
    /// A figure as a formula over those that are asked of the engine.
    pub(super) fn figure(
        &self,
        name: &str,
        arguments: &[Argument<'_>],
        distinct: bool,
        filter: Option<&Expr>,
        expr: &Expr,
        figures: &mut Vec<Asked>,
    ) -> Result<Formula, SandboxError> {
        let filter = filter.map(|filter| self.condition(filter)).transpose()?;
        let named = expr.to_string();
        let of = |value: Option<Value>| self.asked_of.borrow_mut().push((filter.clone(), value));
        let argument = match arguments {
            [Argument::Rows] if name == "count" && !distinct => {
                of(None);
                return Ok(asked(figures, Asked::rows(&named, None, filter)));
            }
            [Argument::Of(argument)] => *argument,
            [Argument::Of(argument), Argument::Of(_)] if quantiles::is_quantile(name) => *argument,
            _ => return Err(unsupported("function", expr)),
        };
        let measure = match (name, distinct) {
            ("count", true) => match self.person(argument)? {
                // By inner joins it is the same person; that of a table without rows of him is missing.
                Some(Value::Person(at)) if !self.sources[at].outer => {
                    of(None);
                    let mut persons = Asked::rows(&named, None, filter);
                    persons.figure.measure = Measure::Persons;
                    return Ok(asked(figures, persons));
                }
                Some(_) => return Err(unsupported("person-of-another", expr)),
                None => return Err(unsupported("distinct", expr)),
            },
            (_, true) => return Err(unsupported("distinct", expr)),
            ("count", false) => {
                let counted = self.counted(argument)?.map(there);
                of(counted.clone());
                return Ok(asked(figures, Asked::rows(&named, counted, filter)));
            }
            ("sum", false) => Measure::Sum,
            ("avg" | "mean", false) => Measure::Mean,
            ("var" | "var_samp" | "variance", false) => Measure::Variance,
            ("stddev" | "stddev_samp", false) => Measure::Deviation,
            (name, false) if quantiles::is_quantile(name) => {
                let part = match arguments {
                    [_, Argument::Of(part)] => Some(*part),
                    _ => None,
                };
                Measure::Quantile(self.rank(quantiles::part(name, part, expr)?, expr)?)
            }
            _ => return Err(unsupported("function", expr)),
        };
        let Typed { value, meaning } = self.value(argument, Use::Aggregate)?;
        let Number { value, decimals, min, max } = match meaning {
            Meaning::Number { decimals, min, max } => Number { value, decimals, min, max },
            Meaning::Truth => zero_or_one(value),
            _ => return Err(super::values::mixed(expr)),
        };
        of(Some(value.clone()));
        // Noise hides whoever a weight singles out: it is drawn for all that one person can add.
        if self.private() {
            let narrow = |bound: i128| i64::try_from(bound).unwrap_or_default();
            let figure = Figure { measure, decimals, ..Asked::rows(&named, None, filter.clone()).figure };
            let (value, min, max) = (Some(value), narrow(min), narrow(max));
            return Ok(asked(figures, Asked { figure, value, filter, min, max }));
        }
        let unit = 10f64.powi(-(decimals as i32));
        let conditional = parts::left_out(&value);
        let plain = parts::plain(&value).filter(|_| measure != Measure::Sum);
        match plain {
            Some(Plain { column, factor, constant, guard }) => {
                // Of falling values what was above is below.
                let measure = match measure {
                    Measure::Quantile(rank) if factor < 0 => Measure::Quantile(rank.turned()),
                    measure => measure,
                };
                let (one, digits) =
                    self.of_column(measure, column, (guard.is_some(), guard), &filter, expr)?;
                let factor = factor as f64 * unit * digits;
                let one = asked(figures, one);
                let one = match measure {
                    Measure::Quantile(_) => {
                        // A quantile is of the rows around it and tells of all that have a value: it is there where their
                        // number could be.
                        let mut rows = Asked::rows(&named, Some(there(value)), filter.clone());
                        rows.figure.condition = filter.is_some() || conditional;
                        let none = times(asked(figures, rows), 0.0);
                        Formula::Arithmetic('+', Box::new(one), Box::new(none))
                    }
                    _ => one,
                };
                Ok(match measure {
                    Measure::Variance => times(one, factor * factor),
                    Measure::Deviation => times(one, factor.abs()),
                    _ => plus(times(one, factor), constant as f64 * unit),
                })
            }
            None if matches!(measure, Measure::Sum | Measure::Mean) => {
                let missing = |column: &Column| self.may_be_missing(*column);
                let parts = parts::parts(&value, &missing).ok_or_else(|| unsupported("nonlinear", expr))?;
                let mut sum: Option<Formula> = None;
                for Part { column, factor, guard, condition } in parts {
                    let factor = factor as f64 * unit;
                    let part = match column {
                        Some(column) => {
                            let (one, digits) =
                                self.of_column(Measure::Sum, column, (condition, guard), &filter, expr)?;
                            times(asked(figures, one), factor * digits)
                        }
                        None => {
                            let mut rows = Asked::rows(&named, None, and(filter.clone(), guard));
                            rows.figure.condition = condition || filter.is_some();
                            times(asked(figures, rows), factor)
                        }
                    };
                    sum = Some(match sum {
                        Some(sum) => Formula::Arithmetic('+', Box::new(sum), Box::new(part)),
                        None => part,
                    });
                }
                let sum = sum.ok_or_else(|| unsupported("nonlinear", expr))?;
                if measure == Measure::Sum {
                    return Ok(sum);
                }
                // Of all rows that have a value: that some have none is no condition of the question's.
                let mut rows = Asked::rows(&named, Some(there(value)), filter.clone());
                rows.figure.condition = filter.is_some() || conditional;
                Ok(Formula::Arithmetic('/', Box::new(sum), Box::new(asked(figures, rows))))
            }
            None => Err(unsupported("nonlinear", expr)),
        }
    }

    /// What is looked at by `COUNT(x)`, unless it is there in every row.
    fn counted(&self, argument: &Expr) -> Result<Option<Value>, SandboxError> {
        if let Some(value) = self.person(argument)? {
            return Ok(Some(value));
        }
        if literal(argument) {
            return Ok(None);
        }
        // Whether a column has a value is one thing, what can be found out of it by whether an expression has one another.
        let column = matches!(argument, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
        let value = match self.value(argument, if column { Use::Aggregate } else { Use::Compare }) {
            // What may be compared may be asked whether it is there.
            Err(SandboxError::NotGranted { .. }) if column => self.value(argument, Use::Compare)?,
            value => value?,
        }
        .value;
        Ok(match value {
            Value::Column(source, column) if !self.may_be_missing((source, column)) => None,
            value => Some(value),
        })
    }

    /// Where a quantile is, and of how many persons what is shown for it is made. Where counts are rounded, places near each
    /// other would tell how many there are, by where one value follows another.
    fn rank(&self, millionths: u32, expr: &Expr) -> Result<Rank, SandboxError> {
        let rules = self.policy.map(|policy| Room::rules(policy, self.dataset));
        let rounded = rules.as_ref().is_some_and(|rules| rules.round > 1) && !self.private();
        if rounded && !millionths.is_multiple_of(ROUNDED) {
            return Err(unsupported("quantile-rounded", expr));
        }
        Ok(Rank { millionths, persons: rules.map_or(1, |rules| rules.least.max(rules.numerator)) })
    }

    fn may_be_missing(&self, (source, column): Column) -> bool {
        let of = &self.sources[source];
        of.outer || self.dataset.tables[of.table].columns[column].nullable
    }

    /// A figure of one column, and one in the units of the figure.
    fn of_column(
        &self,
        measure: Measure,
        (source, column): Column,
        (condition, guard): (bool, Option<Value>),
        filter: &Option<Value>,
        expr: &Expr,
    ) -> Result<(Asked, f64), SandboxError> {
        let table = &self.dataset.tables[self.sources[source].table];
        // Each would be added as often as the person has rows in the other table.
        if table.single && self.sources.iter().any(|other| !self.dataset.tables[other.table].single) {
            return Err(unsupported("fan-out", expr));
        }
        let (decimals, min, max) = match table.domain(column) {
            Domain::Number { decimals, min, max } => (decimals, min, max),
            Domain::Day { from, to } => (0, from, to),
            _ => return Err(super::values::mixed(expr)),
        };
        let condition = condition || filter.is_some();
        let number = Some(self.dataset.amounts(self.sources[source].table, column));
        let figure = Figure { name: expr.to_string(), measure, decimals, column: number, condition };
        let (value, filter) = (Some(Value::Column(source, column)), and(filter.clone(), guard));
        Ok((Asked { figure, value, filter, min, max }, 10f64.powi(decimals as i32)))
    }
}

/// The figure, which may be asked for already.
fn asked(figures: &mut Vec<Asked>, one: Asked) -> Formula {
    let same = |known: &Asked| {
        (&known.value, &known.filter, known.figure.measure, known.figure.condition)
            == (&one.value, &one.filter, one.figure.measure, one.figure.condition)
    };
    let known = figures.iter().position(same);
    Formula::Figure(known.unwrap_or_else(|| {
        figures.push(one);
        figures.len() - 1
    }))
}

fn times(figure: Formula, factor: f64) -> Formula {
    // Powers of ten apart and together again may miss one by the last digit.
    if (factor - 1.0).abs() < 1e-12 {
        return figure;
    }
    Formula::Arithmetic('*', Box::new(figure), Box::new(Formula::Number(factor)))
}

fn plus(figure: Formula, constant: f64) -> Formula {
    if constant == 0.0 {
        return figure;
    }
    Formula::Arithmetic('+', Box::new(figure), Box::new(Formula::Number(constant)))
}

/// One where there is a value, and nothing elsewhere.
fn there(value: Value) -> Value {
    let there = Value::Not(Box::new(Value::IsMissing(Box::new(value))));
    Value::Case(vec![(there, Value::Number(1))], Box::new(Value::Missing))
}

fn literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(literal) if matches!(literal.value, Literal::Number(..)))
}

impl Asked {
    /// How many rows have this value, or how many there are.
    fn rows(name: &str, value: Option<Value>, filter: Option<Value>) -> Self {
        let condition = filter.is_some() || value.is_some();
        let figure =
            Figure { name: name.to_owned(), measure: Measure::Rows, decimals: 0, column: None, condition };
        Self { figure, value, filter, min: 1, max: 1 }
    }

    /// How many there are for whom a condition holds.
    pub(super) fn decided(measure: Measure, condition: Value) -> Self {
        let mut asked = Self::rows("", None, Some(condition));
        asked.figure.measure = measure;
        asked
    }

    /// How many rows a group has, where nothing else is asked of it: that it is there says that it has some.
    pub(super) fn presence() -> Self {
        Self::rows("", None, None)
    }
}
