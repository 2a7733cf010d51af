//! Tables as a plan brings them in: what each owner selects, and which columns of it are wanted.

use super::refuse;
use super::terms::{Column, Terms};
use super::uses::Origin;
use crate::error::JointError;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::common::{Column as Name, TableReference};
use datafusion::logical_expr::{Expr, Volatility};
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{Expr as Sql, visit_expressions_mut};
use datafusion::sql::unparser::expr_to_sql;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use yinshu_data::ColumnKind;
use yinshu_mpc::query::{Column as Coming, Input, Values};

/// Values, differences and products stay below this.
pub(super) const MOST: i128 = 1 << 62;

/// What a value is, and so what can be done with it on shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An integer in units of 10^-decimals.
    Number { decimals: u32, min: i128, max: i128 },
    /// A number of no declared bounds: for its owner alone.
    Unbounded,
    /// One of a list.
    Code(Vec<String>),
    /// 0 or 1.
    Truth,
    /// What is only equal or not: keys, names, dates.
    Text,
    /// `NULL`.
    Nothing,
}

/// A column of a [`Table`], whether it is wanted or not.
#[derive(Debug, Clone)]
pub(super) struct Base {
    pub(super) name: String,
    pub(super) meaning: Meaning,
    pub(super) kind: Option<ColumnKind>,
    pub(super) nullable: bool,
    /// The columns of the contract that its values tell of.
    pub(super) origins: BTreeSet<Origin>,
}

/// What one owner contributes to a [`Table`].
#[derive(Debug, Clone)]
pub(super) struct Arm {
    /// The number of its table in the contract.
    pub(super) table: usize,
    /// What stands after FROM.
    pub(super) source: String,
    /// What stands after WHERE.
    pub(super) filters: Vec<Expr>,
    /// The columns of the [`Table`], in terms of the source.
    pub(super) columns: Vec<Expr>,
}

/// A table that comes in: of one owner, or of several, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) columns: Vec<Base>,
    pub(super) arms: Vec<Arm>,
    /// Whether a row of a join may have none of its rows: what is missing then cannot be worked out by its owner.
    pub(super) outer: bool,
    /// Where rows were added up by group: how many groups there can be, to which it is padded.
    pub(super) groups: Option<u64>,
    wanted: Vec<Wanted>,
}

#[derive(Debug, Clone)]
struct Wanted {
    expr: Expr,
    column: Coming,
}

/// The name under which expressions know a column of the table of this number.
pub(super) fn named(table: usize, column: &str) -> Expr {
    Expr::Column(Name::new(Some(TableReference::bare(format!("@{table}"))), column))
}

/// The table and column that [`named`] stands for.
pub(super) fn place(name: &Name) -> Option<(usize, &str)> {
    match &name.relation {
        Some(TableReference::Bare { table }) => Some((table.strip_prefix('@')?.parse().ok()?, &name.name)),
        _ => None,
    }
}

/// The columns in an expression.
pub(super) fn places(expr: &Expr) -> BTreeSet<(usize, String)> {
    let found = expr.column_refs().into_iter().filter_map(place);
    found.map(|(table, column)| (table, column.to_owned())).collect()
}

/// The tables in an expression.
pub(super) fn tables(expr: &Expr) -> BTreeSet<usize> {
    places(expr).into_iter().map(|(table, _)| table).collect()
}

/// Puts something in the place of every column.
pub(super) fn substitute(
    expr: &Expr,
    with: &dyn Fn(&Name) -> Result<Expr, JointError>,
) -> Result<Expr, JointError> {
    let mut failed = None;
    let put = expr.clone().transform_up(|inner| {
        let Expr::Column(name) = &inner else { return Ok(Transformed::no(inner)) };
        match with(name) {
            Ok(put) => Ok(Transformed::yes(put)),
            Err(error) => {
                failed.get_or_insert(error);
                Ok(Transformed::no(inner))
            }
        }
    });
    match (failed, put) {
        (Some(error), _) => Err(error),
        (None, put) => put.map(|put| put.data).map_err(|error| super::engine(&error)),
    }
}

/// What an owner may be asked to work out: nothing that depends on the moment, or on other rows.
pub(super) fn checked(expr: &Expr) -> Result<(), JointError> {
    let mut found = None;
    let seen = expr.apply(|inner| {
        let construct = match inner {
            Expr::ScalarFunction(function)
                if function.func.signature().volatility != Volatility::Immutable =>
            {
                Some("volatile")
            }
            Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_) | Expr::SetComparison(_) => {
                Some("subquery")
            }
            Expr::OuterReferenceColumn(..) => Some("subquery"),
            Expr::WindowFunction(_) => Some("window"),
            Expr::AggregateFunction(_) => Some("figure-expression"),
            Expr::Placeholder(_) | Expr::ScalarVariable(..) => Some("other"),
            _ => None,
        };
        if let Some(construct) = construct {
            found.get_or_insert_with(|| refuse(construct, inner));
        }
        Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
    });
    seen.map_err(|error| super::engine(&error))?;
    found.map_or(Ok(()), Err)
}

/// SQL of an expression, with every part of it in brackets that could bind to a neighbour: the engine's own writer leaves
/// out those of `(NOT a) IS TRUE`.
pub(super) fn sql(expr: &Expr) -> Result<String, JointError> {
    let mut written = expr_to_sql(expr).map_err(|_| refuse("other", expr))?;
    let _: ControlFlow<()> = visit_expressions_mut(&mut written, |part| {
        let whole = std::mem::replace(part, Sql::Wildcard(AttachedToken::empty()));
        *part = match whole {
            Sql::Nested(inner) if matches!(*inner, Sql::Nested(_)) => *inner,
            Sql::Identifier(_) | Sql::CompoundIdentifier(_) | Sql::Value(_) | Sql::TypedString(_) => whole,
            Sql::Nested(_) | Sql::Function(_) | Sql::Case { .. } | Sql::Cast { .. } => whole,
            other => Sql::Nested(Box::new(other)),
        };
        ControlFlow::Continue(())
    });
    Ok(written.to_string())
}

/// A name in SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What the engine takes a column of a contract for.
pub(super) fn data_type(column: &Column) -> DataType {
    match (column.is_number(), column.decimals, column.kind) {
        (true, 0, _) => DataType::Int64,
        (true, decimals, _) => DataType::Decimal128(19, i8::try_from(decimals).unwrap_or(0)),
        (false, _, ColumnKind::Date) if column.values.is_empty() => DataType::Date32,
        _ => DataType::Utf8,
    }
}

/// The columns of a table of the contract, for the engine.
pub(super) fn schema(table: &super::terms::Table) -> Schema {
    let field = |column: &Column| Field::new(&column.name, data_type(column), column.nullable);
    Schema::new(table.columns.iter().map(field).collect::<Vec<_>>())
}

impl Table {
    pub(super) fn new(columns: Vec<Base>, arms: Vec<Arm>) -> Self {
        Self { columns, arms, outer: false, groups: None, wanted: Vec::new() }
    }

    /// A table of the contract.
    pub(super) fn of(terms: &Terms, at: usize) -> Self {
        let table = &terms.query.tables[at];
        let base = |(number, column): (usize, &Column)| Base {
            name: column.name.clone(),
            meaning: match (column.is_number(), column.bounds()) {
                (true, Some([min, max])) => Meaning::Number { decimals: column.decimals, min, max },
                (true, None) => Meaning::Unbounded,
                (false, _) if column.values.is_empty() => Meaning::Text,
                (false, _) => Meaning::Code(column.values.clone()),
            },
            kind: Some(column.kind),
            nullable: column.nullable,
            origins: [(at, number)].into(),
        };
        let own = |column: &Column| Expr::Column(Name::new_unqualified(&column.name));
        let arm = Arm {
            table: at,
            source: quoted(&table.name),
            filters: Vec::new(),
            columns: table.columns.iter().map(own).collect(),
        };
        Self::new(table.columns.iter().enumerate().map(base).collect(), vec![arm])
    }

    pub(super) fn base(&self, name: &str) -> Option<&Base> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns of the contract that an expression tells of.
    pub(super) fn origins(&self, expr: &Expr) -> BTreeSet<Origin> {
        let places = places(expr);
        let bases = places.iter().filter_map(|(_, name)| self.base(name));
        bases.flat_map(|base| base.origins.iter().copied()).collect()
    }

    /// An expression over this table, in terms of an arm's source.
    pub(super) fn in_arm(&self, arm: &Arm, expr: &Expr) -> Result<Expr, JointError> {
        substitute(expr, &|name| {
            let at = place(name).and_then(|(_, name)| self.columns.iter().position(|c| c.name == name));
            at.map(|at| arm.columns[at].clone()).ok_or_else(|| refuse("other", &Expr::Column(name.clone())))
        })
    }

    /// Leaves only the rows for which it holds.
    pub(super) fn restrict(&mut self, expr: &Expr) -> Result<(), JointError> {
        checked(expr)?;
        let own = self.arms.iter().map(|arm| self.in_arm(arm, expr)).collect::<Result<Vec<_>, _>>()?;
        for (arm, own) in self.arms.iter_mut().zip(own) {
            if !arm.filters.contains(&own) {
                arm.filters.push(own);
            }
        }
        Ok(())
    }

    /// The number of the column that has these values, which comes in from now on.
    pub(super) fn want(&mut self, expr: &Expr, values: &Values, nullable: bool) -> Result<usize, JointError> {
        let known = |wanted: &Wanted| wanted.expr == *expr && wanted.column.values == *values;
        if let Some(at) = self.wanted.iter().position(known) {
            return Ok(at);
        }
        checked(expr)?;
        let own = match expr {
            Expr::Column(name) => name.name.clone(),
            _ => format!("c{}", self.wanted.len() + 1),
        };
        let taken = |name: &str| self.wanted.iter().any(|wanted| wanted.column.name == name);
        let name = match (taken(&own), values) {
            (false, _) => own,
            (true, _) => (2..).map(|n| format!("{own}_{n}")).find(|name| !taken(name)).unwrap_or(own),
        };
        let column = Coming { name, values: values.clone(), nullable };
        self.wanted.push(Wanted { expr: expr.clone(), column });
        Ok(self.wanted.len() - 1)
    }

    /// Whether no column of it is wanted.
    pub(super) fn is_unwanted(&self) -> bool {
        self.wanted.is_empty()
    }

    /// What comes in, one of each arm.
    pub(super) fn inputs(&self, terms: &Terms) -> Result<Vec<Input>, JointError> {
        self.arms.iter().map(|arm| self.input(terms, arm)).collect()
    }

    fn input(&self, terms: &Terms, arm: &Arm) -> Result<Input, JointError> {
        let table = &terms.query.tables[arm.table];
        let selected = |wanted: &Wanted| {
            let own = sql(&self.in_arm(arm, &wanted.expr)?)?;
            let name = quoted(&wanted.column.name);
            Ok(if own == name { own } else { format!("{own} AS {name}") })
        };
        let selected = self.wanted.iter().map(selected).collect::<Result<Vec<_>, JointError>>()?;
        Ok(Input {
            table: table.name.clone(),
            owner: terms.owner(table).unwrap_or_default(),
            local: format!("SELECT {} {}", selected.join(", "), arm.from()?),
            max_rows: self.groups.unwrap_or(table.max_rows).min(table.max_rows),
            hidden: table.hidden || self.groups.is_some(),
            columns: self.wanted.iter().map(|wanted| wanted.column.clone()).collect(),
        })
    }

    /// Rows at most.
    pub(super) fn max_rows(&self, terms: &Terms) -> i128 {
        self.arms.iter().map(|arm| i128::from(terms.query.tables[arm.table].max_rows)).sum()
    }
}

impl Arm {
    /// `FROM` and `WHERE`.
    pub(super) fn from(&self) -> Result<String, JointError> {
        let filters = self.filters.iter().map(|filter| Ok(format!("({})", sql(filter)?)));
        let filters = filters.collect::<Result<Vec<_>, JointError>>()?;
        Ok(match filters.is_empty() {
            true => format!("FROM {}", self.source),
            false => format!("FROM {} WHERE {}", self.source, filters.join(" AND ")),
        })
    }
}
