//! Figures: what is asked of a group, and what is made of released figures afterwards.

use super::bounds::Number;
use super::read::{Scope, unsupported};
use super::values::zero_or_one;
use super::{Meaning, Typed, Value};
use crate::disclosure::{Figure, Measure};
use crate::error::SandboxError;
use crate::policy::Use;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, UnaryOperator, Value as Literal,
};
use serde::{Deserialize, Serialize};

/// Figures of one question at most.
const MOST_FIGURES: usize = 64;

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
    /// The figure, by its number, that this one is judged for and hidden with: a count of the rows of which its value
    /// comes about in one way. It is shown to nobody.
    pub shadow_of: Option<usize>,
}

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
    /// `+`, `-`, `*`, `/`; missing where a part is missing or the divisor is zero.
    Arithmetic(char, Box<Formula>, Box<Formula>),
    /// Rounded to so many digits after the point.
    Round(Box<Formula>, i32),
    /// A comparison: 1 or 0, missing where a part is missing.
    Compare(super::Comparison, Box<Formula>, Box<Formula>),
    /// Both.
    And(Box<Formula>, Box<Formula>),
    /// One, at least.
    Or(Box<Formula>, Box<Formula>),
    /// Not.
    Not(Box<Formula>),
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

enum Argument<'a> {
    Rows,
    Of(&'a Expr),
}

type Parts<'a> = (String, Vec<Argument<'a>>, bool, Option<&'a Expr>);

fn taken_apart(function: &Function) -> Result<Parts<'_>, SandboxError> {
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
    if !within_group.is_empty() || !clauses.is_empty() {
        return Err(unsupported("function", function));
    }
    let arguments = args.iter().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(Argument::Of(expr)),
        FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => Ok(Argument::Rows),
        _ => Err(unsupported("function", function)),
    });
    let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
    let distinct = matches!(duplicate_treatment, Some(DuplicateTreatment::Distinct));
    Ok((name.to_string().to_lowercase(), arguments, distinct, filter.as_deref()))
}

fn is_figure(name: &str) -> bool {
    matches!(
        name,
        "count" | "sum" | "avg" | "mean" | "var" | "var_samp" | "variance" | "stddev" | "stddev_samp"
    )
}

/// The aggregates that would show a value of somebody, or of which nothing can be said here.
fn is_refused_figure(name: &str) -> Option<&'static str> {
    match name {
        "min" | "max" | "first_value" | "last_value" | "nth_value" | "any_value" | "mode" => Some("extreme"),
        "array_agg" | "string_agg" | "listagg" | "json_agg" | "group_concat" => Some("collect"),
        "median" | "percentile_cont" | "percentile_disc" | "approx_percentile_cont" => Some("quantile"),
        _ => None,
    }
}

impl Scope<'_> {
    /// A formula over keys and figures; figures that it asks for are added.
    pub(super) fn formula(
        &self,
        expr: &Expr,
        keys: &dyn Fn(&Expr) -> Option<usize>,
        figures: &mut Vec<Asked>,
    ) -> Result<Formula, SandboxError> {
        let _inside = self.reading.enter(expr)?;
        if let Some(at) = keys(expr) {
            return Ok(Formula::Key(at));
        }
        let mut both = |left: &Expr, right: &Expr| {
            let left = self.formula(left, keys, figures)?;
            Ok::<_, SandboxError>((Box::new(left), Box::new(self.formula(right, keys, figures)?)))
        };
        match expr {
            Expr::Nested(inner) => self.formula(inner, keys, figures),
            Expr::Value(literal) => match &literal.value {
                Literal::Number(digits, false) => {
                    digits.parse().map(Formula::Number).map_err(|_| unsupported("literal", expr))
                }
                Literal::SingleQuotedString(text) => Ok(Formula::Text(text.clone())),
                _ => Err(unsupported("literal", expr)),
            },
            Expr::UnaryOp { op: UnaryOperator::Minus, expr: inner } => {
                let inner = self.formula(inner, keys, figures)?;
                Ok(Formula::Arithmetic('-', Box::new(Formula::Number(0.0)), Box::new(inner)))
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } => {
                Ok(Formula::Not(Box::new(self.formula(inner, keys, figures)?)))
            }
            Expr::BinaryOp { left, op, right } => {
                let (left, right) = both(left, right)?;
                let sign = match op {
                    BinaryOperator::Plus => '+',
                    BinaryOperator::Minus => '-',
                    BinaryOperator::Multiply => '*',
                    BinaryOperator::Divide => '/',
                    BinaryOperator::And => return Ok(Formula::And(left, right)),
                    BinaryOperator::Or => return Ok(Formula::Or(left, right)),
                    _ => {
                        let how = super::conditions::comparison(op);
                        let how = how.ok_or_else(|| unsupported("expression", expr))?;
                        return Ok(Formula::Compare(how, left, right));
                    }
                };
                Ok(Formula::Arithmetic(sign, left, right))
            }
            Expr::Function(function) => {
                let (name, arguments, distinct, filter) = taken_apart(function)?;
                if let (false, "round", [Argument::Of(value), digits @ ..]) =
                    (distinct, &*name, &arguments[..])
                {
                    let digits = match digits {
                        [] => 0,
                        [Argument::Of(digits)] => {
                            digits.to_string().parse().map_err(|_| unsupported("literal", expr))?
                        }
                        _ => return Err(unsupported("function", expr)),
                    };
                    return Ok(Formula::Round(Box::new(self.formula(value, keys, figures)?), digits));
                }
                if let Some(why) = is_refused_figure(&name) {
                    return Err(unsupported(why, expr));
                }
                let asked = self.asked(&name, &arguments, distinct, filter, expr)?;
                let shadows = asked.shadows(figures.len(), self, expr)?;
                let known = figures.iter().position(|known| known.same(&asked));
                let at = known.unwrap_or_else(|| {
                    figures.push(asked);
                    figures.extend(shadows);
                    figures.iter().rposition(|figure| figure.shadow_of.is_none()).unwrap_or_default()
                });
                let shown = figures.iter().filter(|figure| figure.shadow_of.is_none());
                match shown.count() <= MOST_FIGURES {
                    true => Ok(Formula::Figure(at)),
                    false => Err(unsupported("many-figures", expr)),
                }
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                // What is not granted is not told apart from what is not grouped by.
                self.value(expr, Use::GroupKey)?;
                Err(SandboxError::NotGrouped { text: expr.to_string() })
            }
            Expr::Subquery(_) => Err(unsupported("subquery", expr)),
            _ => Err(SandboxError::NotGrouped { text: expr.to_string() }),
        }
    }

    fn asked(
        &self,
        name: &str,
        arguments: &[Argument<'_>],
        distinct: bool,
        filter: Option<&Expr>,
        expr: &Expr,
    ) -> Result<Asked, SandboxError> {
        let filter = filter.map(|filter| self.condition(filter)).transpose()?;
        let named = expr.to_string();
        let of = |measure, value: Option<Number>| {
            let (min, max) = value.as_ref().map_or((1, 1), |value| (value.min, value.max));
            let narrow = |bound: i128| i64::try_from(bound).unwrap_or_default();
            let decimals = value.as_ref().map_or(0, |value| value.decimals);
            let value = value.map(|value| value.value);
            // What a value depends on is judged by its shadows.
            let condition = filter.is_some() || (measure == Measure::Rows && value.is_some());
            let figure = Figure { name: named.clone(), measure, decimals, condition, shadow: false };
            let (min, max) = (narrow(min), narrow(max));
            Asked { figure, value, filter: filter.clone(), min, max, shadow_of: None }
        };
        let argument = match arguments {
            [Argument::Rows] if name == "count" && !distinct => return Ok(of(Measure::Rows, None)),
            [Argument::Of(argument)] => *argument,
            _ => return Err(unsupported("function", expr)),
        };
        let measure = match (name, distinct) {
            ("count", true) => match self.person(argument)? {
                // The first table's person is never missing; that of a joined one may be.
                Some(Value::Person(0)) => return Ok(of(Measure::Persons, None)),
                Some(_) => return Err(unsupported("person-of-another", expr)),
                None => return Err(unsupported("distinct", expr)),
            },
            (_, true) => return Err(unsupported("distinct", expr)),
            ("count", false) => {
                let counted = match self.person(argument)? {
                    Some(value) => value,
                    None => match literal(argument) || self.never_missing(argument) {
                        true => return Ok(of(Measure::Rows, None)),
                        false => self.value(argument, Use::Aggregate)?.value,
                    },
                };
                let there = Value::Not(Box::new(Value::IsMissing(Box::new(counted))));
                let one = Value::Case(vec![(there, Value::Number(1))], Box::new(Value::Missing));
                let one = Number { value: one, decimals: 0, min: 1, max: 1 };
                return Ok(of(Measure::Rows, Some(one)));
            }
            ("sum", false) => Measure::Sum,
            ("avg" | "mean", false) => Measure::Mean,
            ("var" | "var_samp" | "variance", false) => Measure::Variance,
            ("stddev" | "stddev_samp", false) => Measure::Deviation,
            _ => return Err(unsupported("function", expr)),
        };
        let Typed { value, meaning } = self.value(argument, Use::Aggregate)?;
        let value = match meaning {
            Meaning::Number { decimals, min, max } => Number { value, decimals, min, max },
            Meaning::Truth => zero_or_one(value),
            _ => return Err(super::values::mixed(expr)),
        };
        Ok(of(measure, Some(value)))
    }
}

impl Scope<'_> {
    /// Whether it is a granted column of the first table that has a value in every row, by the description.
    fn never_missing(&self, expr: &Expr) -> bool {
        let Ok(Typed { value: Value::Column(0, column), .. }) = self.value(expr, Use::Aggregate) else {
            return false;
        };
        !self.dataset.tables[self.sources[0].table].columns[column].nullable
    }
}

fn literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(literal) if matches!(literal.value, Literal::Number(..)))
}

impl Asked {
    /// How many rows a group has, where nothing else is asked of it: that it is there says that it has some.
    pub(super) fn presence() -> Self {
        let figure = Figure {
            name: String::new(),
            measure: Measure::Rows,
            decimals: 0,
            condition: false,
            shadow: false,
        };
        Self { figure, value: None, filter: None, min: 1, max: 1, shadow_of: None }
    }

    /// Counts of the rows of which the value comes about in one way each, where there are several.
    fn shadows(&self, at: usize, scope: &Scope<'_>, expr: &Expr) -> Result<Vec<Self>, SandboxError> {
        let (Some(value), true) = (&self.value, self.figure.measure != Measure::Rows) else {
            return Ok(Vec::new());
        };
        // Noise hides whoever a weight singles out: it is drawn for all that one person can add.
        if scope.private() {
            return Ok(Vec::new());
        }
        let guards = super::outcomes::outcomes(value).ok_or_else(|| unsupported("nonlinear", expr))?;
        let single = |(source, _): &(usize, usize)| scope.dataset.tables[scope.sources[*source].table].single;
        let several = scope.sources.iter().any(|source| !scope.dataset.tables[source.table].single);
        // Each would be added as often as the person has rows in the other table.
        if several && super::outcomes::columns(value).is_some_and(|columns| columns.iter().any(single)) {
            return Err(unsupported("fan-out", expr));
        }
        let there = Value::Not(Box::new(Value::IsMissing(Box::new(value.clone()))));
        let shadow = |guard: Value| {
            let counted = Value::And(Box::new(guard), Box::new(there.clone()));
            let value = Value::Case(vec![(counted, Value::Number(1))], Box::new(Value::Missing));
            let name = String::new();
            let figure = Figure { name, measure: Measure::Rows, decimals: 0, condition: true, shadow: true };
            let (value, filter) = (Some(value), self.filter.clone());
            Self { figure, value, filter, min: 1, max: 1, shadow_of: Some(at) }
        };
        Ok(guards.into_iter().map(shadow).collect())
    }

    /// The same figure, whatever it is called.
    fn same(&self, other: &Self) -> bool {
        self.shadow_of == other.shadow_of
            && (&self.value, &self.filter, self.figure.measure)
                == (&other.value, &other.filter, other.figure.measure)
    }
}
