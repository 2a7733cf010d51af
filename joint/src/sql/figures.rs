//! Figures and groups: what an aggregate of the question asks of the rows.

use super::beforehand::Sums;
use super::tables::{Base, MOST, Meaning, checked, places};
use super::uses::{Use, permit};
use super::value::{Value, What, exact};
use super::{Planner, refuse, refused, shown};
use crate::error::JointError;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::AggregateFunction;
use std::collections::BTreeSet;
use yinshu_data::ColumnKind;
use yinshu_mpc::query::{Expr as Planned, Figure, Function, Key};

/// The most values of one key.
const MOST_VALUES: i128 = 4096;

/// The most groups.
const MOST_GROUPS: i128 = 1 << 16;

/// A figure before columns are numbered.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) function: Function,
    pub(super) of: Option<Value>,
    with: Option<Value>,
    /// Whether a group may have no value to work it out from.
    pub(super) may_lack: bool,
    /// The values as the question has them, where it has any.
    pub(super) local: Option<Expr>,
    meaning: Meaning,
}

impl Draft {
    /// What it is, where `having` asks: an integer, or nothing it could compare.
    pub(super) fn base(&self, name: String) -> Base {
        Base {
            name,
            meaning: self.meaning.clone(),
            kind: None,
            nullable: self.may_lack,
            origins: BTreeSet::new(),
        }
    }

    /// The bounds of a value.
    pub(super) fn bounds(&self) -> Option<[i128; 2]> {
        match self.of.as_ref()?.meaning {
            Meaning::Number { min, max, .. } => Some([min, max]),
            _ => None,
        }
    }

    /// Digits after the point of a value.
    pub(super) fn decimals(&self) -> u32 {
        match self.of.as_ref().map(|of| &of.meaning) {
            Some(Meaning::Number { decimals, .. }) if self.function != Function::Count => *decimals,
            _ => 0,
        }
    }

    fn same(&self, other: &Self) -> bool {
        let text = |value: &Option<Value>| format!("{value:?}");
        self.function == other.function
            && text(&self.of) == text(&other.of)
            && text(&self.with) == text(&other.with)
    }
}

impl Planner<'_> {
    /// What an aggregate of the question asks, over so many rows at most.
    pub(super) fn figure(&mut self, expr: &Expr, rows: i128, grouped: bool) -> Result<Draft, JointError> {
        let Expr::AggregateFunction(asked) = expr.clone().unalias() else {
            return Err(refuse("figure-expression", expr));
        };
        let function = named_function(&asked).ok_or_else(|| refuse("aggregate-function", expr))?;
        let params = &asked.params;
        if params.distinct || !params.order_by.is_empty() || params.null_treatment.is_some() {
            return Err(refuse("aggregate-distinct", expr));
        }
        if grouped && matches!(function, Function::Min | Function::Max | Function::Median) {
            return Err(refuse("min-by-group", expr));
        }
        let filter = params.filter.as_ref().map(|filter| self.truth(filter, true)).transpose()?;
        let mut values = Vec::new();
        for arg in &params.args {
            values.push(self.measured(arg, function)?);
        }
        let mut values = values.into_iter();
        let (mut of, mut with) = (values.next().flatten(), values.next().flatten());
        if function == Function::Correlation {
            (of, with) = both(of, with);
        }
        let mut draft = self.draft(function, of, (rows, grouped), expr)?;
        draft.with = with;
        draft.local = params.args.first().filter(|_| draft.of.is_some()).map(exact);
        if let (Some(truth), Some(filter)) = (filter, &params.filter) {
            let counted = draft.local.take().unwrap_or_else(|| datafusion::prelude::lit(1i64));
            let when = vec![(filter.clone(), Box::new(counted))];
            draft.local = Some(Expr::Case(datafusion::logical_expr::Case::new(None, when, None)));
            let counted = draft.of.unwrap_or_else(|| Value::integer(1));
            draft.of = Some(counted.only_if(truth));
            draft.may_lack = function != Function::Count;
        }
        Ok(draft)
    }

    /// What is measured of a row; nothing where all rows count.
    fn measured(&self, arg: &Expr, function: Function) -> Result<Option<Value>, JointError> {
        if function != Function::Count {
            let value = self.value(arg)?;
            permit(self.terms, &value.origins, Use::Aggregate)?;
            return match value.meaning {
                Meaning::Number { .. } => Ok(Some(value)),
                _ => Err(JointError::NotSecure { expression: shown(self, arg) }),
            };
        }
        for table in super::tables::tables(arg) {
            permit(self.terms, &self.tables[table].origins(arg), Use::Aggregate)?;
        }
        let there = self.truth_of_presence(arg)?;
        Ok(match there.what {
            What::Integer(1) => None,
            _ => Some(Value::integer(1).only_if(there)),
        })
    }

    /// Whether a value is there, for whoever may count it.
    fn truth_of_presence(&self, arg: &Expr) -> Result<Value, JointError> {
        if let Expr::Column(_) = arg
            && let [(table, name)] = &places(arg).into_iter().collect::<Vec<_>>()[..]
            && let Some(base) = self.tables[*table].base(name)
            && matches!(base.meaning, Meaning::Text | Meaning::Unbounded)
        {
            let outer = self.tables[*table].outer;
            return Ok(match (base.nullable, outer) {
                (false, false) => Value::integer(1).present(),
                (nullable, _) => self.marker(*table, nullable.then_some(arg)).present(),
            });
        }
        Ok(self.value(arg)?.present())
    }

    /// A figure of values, within 64 bits.
    fn draft(
        &self,
        function: Function,
        of: Option<Value>,
        (rows, grouped): (i128, bool),
        expr: &Expr,
    ) -> Result<Draft, JointError> {
        let mut meaning = Meaning::Text;
        if function == Function::Count {
            meaning = Meaning::Number { decimals: 0, min: 0, max: rows };
        } else if let Some(Meaning::Number { decimals, min, max }) = of.as_ref().map(|of| of.meaning.clone())
        {
            let (least, greatest) = (min.min(min * rows).min(0), max.max(max * rows).max(0));
            if least <= -MOST || greatest >= MOST {
                let (least, greatest) = (least.to_string(), greatest.to_string());
                return Err(JointError::Overflow { expression: shown(self, expr), least, greatest });
            }
            if function == Function::Sum {
                meaning = Meaning::Number { decimals, min: least, max: greatest };
            }
        }
        let may_lack = function != Function::Count && (!grouped || of.as_ref().is_some_and(|of| of.nullable));
        Ok(Draft { function, of, with: None, may_lack, local: None, meaning })
    }

    /// The number of a figure, which is asked from now on.
    pub(super) fn asked(&mut self, draft: Draft) -> usize {
        if let Some(at) = self.figures.iter().position(|known| known.same(&draft)) {
            return at;
        }
        self.figures.push(draft);
        self.figures.len() - 1
    }

    /// The number of the figure that counts the values of another.
    pub(super) fn count_of(&mut self, at: usize, rows: i128) -> usize {
        let of = self.figures[at].of.clone().filter(|of| of.nullable);
        let of = of.map(|of| Value::integer(1).only_if(of.present()));
        let meaning = Meaning::Number { decimals: 0, min: 0, max: rows };
        let local = self.figures[at].local.clone().filter(|_| of.is_some());
        self.asked(Draft { function: Function::Count, of, with: None, may_lack: false, local, meaning })
    }

    /// The number of the figure that is the sum of another's values.
    pub(super) fn sum_of(&mut self, at: usize, rows: i128, expr: &Expr) -> Result<usize, JointError> {
        let (of, may_lack) = (self.figures[at].of.clone(), self.figures[at].may_lack);
        let mut draft = self.draft(Function::Sum, of, (rows, true), expr)?;
        draft.may_lack = may_lack;
        draft.local = self.figures[at].local.clone();
        Ok(self.asked(draft))
    }

    /// A figure as plans say it.
    pub(super) fn told(&mut self, name: &str, at: usize, hidden: bool) -> Result<Figure, JointError> {
        let draft = self.figures[at].clone();
        let with_decimals = match draft.with.as_ref().map(|with| &with.meaning) {
            Some(Meaning::Number { decimals, .. }) => *decimals,
            _ => 0,
        };
        Ok(Figure {
            name: name.to_owned(),
            function: draft.function,
            hidden,
            counted: None,
            squares: None,
            of: draft.of.as_ref().map(|of| self.compile(of)).transpose()?,
            with: draft.with.as_ref().map(|with| self.compile(with)).transpose()?,
            decimals: draft.decimals(),
            with_decimals,
        })
    }

    /// A figure of what owners have added up, as plans say it.
    pub(super) fn told_of(
        &mut self,
        name: &str,
        at: usize,
        hidden: bool,
        sums: &Sums,
    ) -> Result<Figure, JointError> {
        let draft = self.figures[at].clone();
        let column = |planner: &mut Self, expr: &Expr| {
            let value = planner.value(expr)?;
            planner.compile(&value)
        };
        let counted = Some(column(self, &sums.counted)?);
        let of = sums.of.as_ref().map(|of| column(self, of)).transpose()?;
        let squares = sums.squares.as_ref().map(|squares| column(self, squares)).transpose()?;
        let (name, function, decimals) = (name.to_owned(), draft.function, draft.decimals());
        Ok(Figure { name, function, hidden, counted, squares, of, with: None, decimals, with_decimals: 0 })
    }

    /// What rows of a group agree in.
    pub(super) fn key(&mut self, name: &str, expr: &Expr, groups: &mut i128) -> Result<Key, JointError> {
        if places(expr).is_empty() {
            return Err(refuse("constant", expr));
        }
        let value = self.value(expr)?;
        permit(self.terms, &value.origins, Use::GroupKey)?;
        let (min, max, mut texts) = match &value.meaning {
            Meaning::Number { decimals: 0, min, max } => (*min, *max, Vec::new()),
            Meaning::Number { .. } => return Err(refuse("group-decimal", expr)),
            Meaning::Truth => (0, 1, vec!["false".to_owned(), "true".to_owned()]),
            Meaning::Code(of) => (0, of.len() as i128 - 1, of.clone()),
            _ => return Err(JointError::NotSecure { expression: shown(self, expr) }),
        };
        *groups = groups.saturating_mul(max - min + 1 + i128::from(value.nullable));
        if max - min >= MOST_VALUES || *groups > MOST_GROUPS {
            let whole = u64::try_from(*groups).unwrap_or(u64::MAX);
            let most = u64::try_from(MOST_GROUPS.min(MOST_VALUES)).unwrap_or(u64::MAX);
            return Err(JointError::TooManyGroups { key: shown(self, expr), groups: whole, most });
        }
        let small = |number: i128| i64::try_from(number).unwrap_or_default();
        let mut of = self.compile(&value)?;
        let mut last = max;
        if value.nullable {
            last += 1;
            if texts.is_empty() {
                texts = (min..=max).map(|number| number.to_string()).collect();
            }
            texts.push(String::new());
            let when = Planned::Present(of.clone().into()).into();
            of = Planned::Case { when, then: of.into(), otherwise: Planned::Integer(small(last)).into() };
        }
        Ok(Key { name: name.to_owned(), of, min: small(min), max: small(last), texts })
    }

    /// What a column is that an owner works out, row by row.
    pub(super) fn described(&self, expr: &Expr) -> Result<Base, JointError> {
        let of: Vec<_> = places(expr).into_iter().collect();
        let (name, kind) = (expr.schema_name().to_string(), None);
        if let (Expr::Column(_), [(table, column)]) = (expr, &of[..])
            && let Some(base) = self.tables[*table].base(column)
        {
            return Ok(base.clone());
        }
        checked(expr)?;
        match self.value(expr) {
            Ok(Value { meaning, nullable, origins, .. }) => {
                let kind = match meaning {
                    Meaning::Number { decimals: 0, .. } => Some(ColumnKind::Integer),
                    Meaning::Number { .. } => Some(ColumnKind::Decimal),
                    _ => kind,
                };
                Ok(Base { name, meaning, kind, nullable, origins })
            }
            // It is for its owner's filters alone, and as a key of groups to join by: both sides of an equality are of one type.
            Err(JointError::Unsupported { .. } | JointError::NotSecure { .. }) => {
                let kind = Some(ColumnKind::Text);
                let tables = super::tables::tables(expr).into_iter();
                let origins = tables.flat_map(|table| self.tables[table].origins(expr)).collect();
                Ok(Base { name, meaning: Meaning::Text, kind, nullable: true, origins })
            }
            Err(error) => Err(error),
        }
    }

    /// What a column is that an owner adds up by its own groups.
    pub(super) fn added_up(&self, table: usize, asked: &AggregateFunction) -> Result<Base, JointError> {
        let whole = || Expr::AggregateFunction(asked.clone());
        let rows = self.tables[table].max_rows(self.terms);
        let mut origins = BTreeSet::new();
        for arg in &asked.params.args {
            checked(arg)?;
            origins.extend(self.tables[table].origins(arg));
        }
        if let Some(filter) = &asked.params.filter {
            checked(filter)?;
            permit(self.terms, &self.tables[table].origins(filter), Use::Compare)?;
        }
        let filtered = asked.params.filter.is_some();
        if !asked.params.order_by.is_empty() {
            return Err(refuse("inner-function", &whole()));
        }
        let name = whole().schema_name().to_string();
        if asked.func.name() == "count" {
            let meaning = Meaning::Number { decimals: 0, min: 0, max: rows };
            return Ok(Base { name, meaning, kind: Some(ColumnKind::Integer), nullable: false, origins });
        }
        let value =
            self.value(asked.params.args.first().ok_or_else(|| refuse("inner-function", &whole()))?)?;
        let Meaning::Number { decimals, min, max } = value.meaning else {
            return Err(refuse("inner-function", &whole()));
        };
        let meaning = match asked.func.name() {
            "min" | "max" => value.meaning.clone(),
            "sum" => Meaning::Number { decimals, min: min.min(min * rows), max: max.max(max * rows) },
            _ => return Err(refuse("inner-function", &whole())),
        };
        if let Meaning::Number { min, max, .. } = meaning
            && (min <= -MOST || max >= MOST)
        {
            let (least, greatest) = (min.to_string(), max.to_string());
            return Err(JointError::Overflow { expression: shown(self, &whole()), least, greatest });
        }
        let kind = Some(if decimals == 0 { ColumnKind::Integer } else { ColumnKind::Decimal });
        Ok(Base { name, meaning, kind, nullable: value.nullable || filtered, origins: value.origins })
    }

    /// Whether a group has a value of this figure.
    pub(super) fn figure_there(&mut self, name: &str) -> Result<Planned, JointError> {
        let at = figure_number(name).ok_or_else(|| refused("having", name))?;
        let count = self.count_of(at, self.rows);
        self.used.insert(count);
        let column = yinshu_mpc::query::ColumnAt { input: 0, column: count };
        Ok(Planned::Binary {
            op: yinshu_mpc::query::Op::Less,
            left: Planned::Integer(0).into(),
            right: Planned::Column(column).into(),
        })
    }

    /// A figure, in a condition over groups.
    pub(super) fn figure_named(&mut self, expr: &Expr) -> Result<Planned, JointError> {
        let place = places(expr).into_iter().next();
        let at = place.and_then(|(_, name)| figure_number(&name)).ok_or_else(|| refuse("having", expr))?;
        if !matches!(self.figures[at].function, Function::Count | Function::Sum) {
            return Err(refuse("having", expr));
        }
        self.used.insert(at);
        Ok(Planned::Column(yinshu_mpc::query::ColumnAt { input: 0, column: at }))
    }
}

/// The number in the name of a figure.
pub(super) fn figure_number(name: &str) -> Option<usize> {
    name.strip_prefix('f')?.parse().ok()
}

fn named_function(asked: &AggregateFunction) -> Option<Function> {
    Some(match asked.func.name() {
        "count" => Function::Count,
        "sum" => Function::Sum,
        "avg" => Function::Mean,
        "min" => Function::Min,
        "max" => Function::Max,
        "var" => Function::Variance,
        "stddev" => Function::Sd,
        "median" => Function::Median,
        "corr" => Function::Correlation,
        _ => return None,
    })
}

/// Two values, of the rows that have both.
fn both(of: Option<Value>, with: Option<Value>) -> (Option<Value>, Option<Value>) {
    let (Some(of), Some(with)) = (of, with) else { return (None, None) };
    if !of.nullable && !with.nullable {
        return (Some(of), Some(with));
    }
    let there = of.clone().present().and(with.clone().present());
    (Some(of.only_if(there.clone())), Some(with.only_if(there)))
}
