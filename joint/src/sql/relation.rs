//! From the engine's logical plan to tables, how they are joined, and which rows stay.

use super::joins::comparable;
use super::tables::{Arm, Base, Meaning, Table, checked, named, quoted, sql, substitute, tables};
use super::uses::{Use, permit};
use super::{Planner, refuse};
use crate::error::JointError;
use datafusion::common::{Column as Name, DFSchema};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Distinct, Expr, JoinType, LogicalPlan};
use std::collections::BTreeSet;
use yinshu_mpc::query::Join as Kind;

/// A column of a table, by the table's number and the column's name.
pub(super) type Place = (usize, String);

/// How tables are put together.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    /// A table.
    Table(usize),
    /// Two joined.
    Join { one: Box<Tree>, many: Box<Tree>, on: Vec<[Place; 2]>, kind: Kind },
}

impl Tree {
    pub(super) fn tables(&self) -> Vec<usize> {
        match self {
            Self::Table(at) => vec![*at],
            Self::Join { one, many, .. } => [one.tables(), many.tables()].concat(),
        }
    }
}

/// Rows of tables put together.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) tree: Tree,
    /// Its columns, by those of tables.
    pub(super) cells: Vec<Expr>,
    /// What must hold, and takes more than one table.
    pub(super) filters: Vec<Expr>,
    /// Columns that together occur once.
    pub(super) unique: Vec<BTreeSet<Place>>,
}

impl Relation {
    /// An expression over this relation, by the columns of tables.
    pub(super) fn resolve(&self, schema: &DFSchema, expr: &Expr) -> Result<Expr, JointError> {
        resolve(schema, &self.cells, expr)
    }
}

/// An expression over a plan's output, by what stands for its columns.
pub(super) fn resolve(schema: &DFSchema, cells: &[Expr], expr: &Expr) -> Result<Expr, JointError> {
    let put = substitute(expr, &|name: &Name| {
        let at = schema.index_of_column(name).map_err(|error| super::engine(&error))?;
        cells.get(at).cloned().ok_or_else(|| refuse("other", &Expr::Column(name.clone())))
    })?;
    Ok(put.unalias_nested().data)
}

/// The expressions by which a plan groups: the engine has one column for those written twice.
pub(super) fn once_each(exprs: &[Expr]) -> Vec<Expr> {
    let mut kept: Vec<Expr> = Vec::new();
    for expr in exprs {
        if !kept.contains(expr) {
            kept.push(expr.clone());
        }
    }
    kept
}

/// Columns are found by their place: there are as many as the engine's plan has.
pub(super) fn as_wide(plan: &LogicalPlan, cells: &[Expr]) -> Result<(), JointError> {
    if plan.schema().fields().len() == cells.len() {
        return Ok(());
    }
    Err(super::refused("other", &plan.display().to_string()))
}

impl Planner<'_> {
    /// What a part of the logical plan is.
    pub(super) fn relation(&mut self, plan: &LogicalPlan) -> Result<Relation, JointError> {
        let relation = self.of_node(plan)?;
        as_wide(plan, &relation.cells)?;
        Ok(relation)
    }

    fn of_node(&mut self, plan: &LogicalPlan) -> Result<Relation, JointError> {
        match plan {
            LogicalPlan::TableScan(scan) => {
                let relation = self.scan(&scan.table_name.to_string(), scan.table_name.table())?;
                let cells = match &scan.projection {
                    Some(kept) => kept.iter().map(|&at| relation.cells[at].clone()).collect(),
                    None => relation.cells.clone(),
                };
                Ok(Relation { cells, ..relation })
            }
            LogicalPlan::SubqueryAlias(alias) => self.relation(&alias.input),
            LogicalPlan::Subquery(subquery) => self.relation(&subquery.subquery),
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => self.relation(&sort.input),
            LogicalPlan::Projection(projection) => {
                let input = self.relation(&projection.input)?;
                let cells = projection.expr.iter().map(|e| input.resolve(projection.input.schema(), e));
                Ok(Relation { cells: cells.collect::<Result<_, _>>()?, ..input })
            }
            LogicalPlan::Filter(filter) => {
                let mut held: Vec<Expr> = split_conjunction(&filter.predicate).into_iter().cloned().collect();
                let mut input = self.under(&filter.input, &mut held)?;
                for part in &held {
                    let part = input.resolve(filter.input.schema(), part)?;
                    self.restrict(&mut input, &part)?;
                }
                Ok(input)
            }
            LogicalPlan::Join(join) => self.join(join, &mut Vec::new()),
            LogicalPlan::Union(union) => self.union(&union.inputs),
            LogicalPlan::Aggregate(aggregate) => {
                let input = self.relation(&aggregate.input)?;
                let schema = aggregate.input.schema();
                let resolve = |exprs: &[Expr]| {
                    exprs.iter().map(|e| input.resolve(schema, e)).collect::<Result<Vec<_>, _>>()
                };
                let (keys, figures) =
                    (resolve(&once_each(&aggregate.group_expr))?, resolve(&aggregate.aggr_expr)?);
                self.grouped(&input, &keys, &figures)
            }
            LogicalPlan::Distinct(Distinct::All(input)) => {
                let input = self.relation(input)?;
                self.grouped(&input, &input.cells, &[])
            }
            LogicalPlan::Limit(_) | LogicalPlan::Sort(_) => Err(super::refused("limit-inside", "LIMIT")),
            LogicalPlan::Window(_) => Err(super::refused("window", "OVER")),
            LogicalPlan::Distinct(_) => Err(super::refused("distinct", "DISTINCT ON")),
            other => Err(super::refused("other", &other.display().to_string())),
        }
    }

    /// What stands under conditions, of which `FROM a, b` takes those that are its keys.
    pub(super) fn under(&mut self, plan: &LogicalPlan, held: &mut Vec<Expr>) -> Result<Relation, JointError> {
        match plan {
            LogicalPlan::Join(join) if join.join_type == JoinType::Inner => self.join(join, held),
            other => self.relation(other),
        }
    }

    fn scan(&mut self, full: &str, name: &str) -> Result<Relation, JointError> {
        let tables = &self.terms.query.tables;
        let at = tables.iter().position(|table| table.name == name);
        let at = at.ok_or_else(|| JointError::NoSuchTable {
            table: full.to_owned(),
            known: tables.iter().map(|table| table.name.clone()).collect(),
        })?;
        let number = self.tables.len();
        let unique = tables[at].columns.iter().filter(|column| column.unique);
        let unique = unique.map(|column| [(number, column.name.clone())].into()).collect();
        let relation = self.added(Table::of(self.terms, at), unique);
        Ok(relation)
    }

    /// A table by itself.
    fn added(&mut self, table: Table, unique: Vec<BTreeSet<Place>>) -> Relation {
        let number = self.tables.len();
        let cells = table.columns.iter().map(|column| named(number, &column.name)).collect();
        self.tables.push(table);
        Relation { tree: Tree::Table(number), cells, filters: Vec::new(), unique }
    }

    /// Leaves the rows for which it holds: at their owner where it is about one table.
    pub(super) fn restrict(&mut self, relation: &mut Relation, held: &Expr) -> Result<(), JointError> {
        checked(held)?;
        let about = tables(held);
        match about.first() {
            None if *held == datafusion::prelude::lit(true) => Ok(()),
            None => Err(refuse("constant", held)),
            Some(&table) if about.len() == 1 && !self.tables[table].outer => {
                permit(self.terms, &self.tables[table].origins(held), Use::Compare)?;
                self.tables[table].restrict(held)
            }
            Some(_) => {
                relation.filters.push(held.clone());
                Ok(())
            }
        }
    }

    fn union(&mut self, inputs: &[std::sync::Arc<LogicalPlan>]) -> Result<Relation, JointError> {
        let mut columns: Vec<Base> = Vec::new();
        let mut arms: Vec<Arm> = Vec::new();
        for input in inputs {
            let relation = self.relation(input)?;
            let (Tree::Table(at), true) = (&relation.tree, relation.filters.is_empty()) else {
                return Err(super::refused("union-parts", "UNION ALL"));
            };
            let cells = relation.cells.iter().map(|cell| self.described(cell));
            let described = cells.collect::<Result<Vec<_>, _>>()?;
            columns = match columns.is_empty() {
                true => described,
                false => merged(columns, described)?,
            };
            let table = &self.tables[*at];
            for arm in &table.arms {
                let own = relation.cells.iter().map(|cell| table.in_arm(arm, cell));
                arms.push(Arm { columns: own.collect::<Result<_, _>>()?, ..arm.clone() });
            }
        }
        for (at, column) in columns.iter_mut().enumerate() {
            column.name = format!("u{}", at + 1);
        }
        Ok(self.added(Table::new(columns, arms), Vec::new()))
    }

    /// Rows of one owner's table grouped by that owner.
    pub(super) fn grouped(
        &mut self,
        input: &Relation,
        keys: &[Expr],
        figures: &[Expr],
    ) -> Result<Relation, JointError> {
        let (Tree::Table(at), true) = (&input.tree, input.filters.is_empty()) else {
            return Err(super::refused("inner-aggregate", "GROUP BY"));
        };
        if self.tables[*at].arms.len() > 1 {
            return Err(super::refused("inner-aggregate", "GROUP BY"));
        }
        if keys.is_empty() {
            return Err(super::refused("inner-aggregate", "SELECT … without GROUP BY"));
        }
        let (mut columns, mut selected, mut unique) = (Vec::new(), Vec::new(), BTreeSet::new());
        let number = self.tables.len();
        for expr in keys.iter().chain(figures) {
            let mut column = match expr {
                Expr::AggregateFunction(function) => self.added_up(*at, function)?,
                other => self.described(other)?,
            };
            let table = &self.tables[*at];
            let own = sql(&table.in_arm(&table.arms[0], expr)?)?;
            let key = selected.len() < keys.len();
            let plain = match (key, expr) {
                (true, Expr::Column(name)) => name.name.clone(),
                _ => format!("g{}", selected.len() + 1),
            };
            let taken = columns.iter().any(|c: &Base| c.name == plain);
            column.name = if taken { format!("g{}", selected.len() + 1) } else { plain };
            if key {
                unique.insert((number, column.name.clone()));
            }
            selected.push((own, column.name.clone()));
            columns.push(column);
        }
        let arm = &self.tables[*at].arms[0];
        let list = selected.iter().map(|(own, name)| format!("{own} AS {}", quoted(name)));
        let by = selected[..keys.len()].iter().map(|(own, _)| own.clone()).collect::<Vec<_>>().join(", ");
        let source =
            format!("(SELECT {} {} GROUP BY {by})", list.collect::<Vec<_>>().join(", "), arm.from()?);
        let own = columns.iter().map(|c| Expr::Column(Name::new_unqualified(&c.name))).collect();
        let arm = Arm { table: arm.table, source, filters: Vec::new(), columns: own };
        Ok(self.added(Table::new(columns, vec![arm]), vec![unique]))
    }
}

/// Columns of two arms as one: within the bounds of either.
fn merged(one: Vec<Base>, other: Vec<Base>) -> Result<Vec<Base>, JointError> {
    let pair = |(mut a, b): (Base, Base)| {
        let found = format!("{} / {}", a.name, b.name);
        a.meaning = match (a.meaning, b.meaning) {
            (
                Meaning::Number { decimals: d, min, max },
                Meaning::Number { decimals: e, min: least, max: greatest },
            ) => {
                let decimals = d.max(e);
                let (up, other) = (10i128.pow(decimals - d), 10i128.pow(decimals - e));
                let (min, max) = ((min * up).min(least * other), (max * up).max(greatest * other));
                Meaning::Number { decimals, min, max }
            }
            (Meaning::Code(mut texts), Meaning::Code(more)) => {
                let new: Vec<String> = more.into_iter().filter(|text| !texts.contains(text)).collect();
                texts.extend(new);
                Meaning::Code(texts)
            }
            (Meaning::Nothing, some) | (some, Meaning::Nothing) => some,
            (a, b) if a == b => a,
            _ => return Err(super::refused("union-columns", &found)),
        };
        let same = matches!((a.kind, b.kind), (Some(a), Some(b)) if comparable(a, b));
        a.kind = a.kind.filter(|_| same);
        a.nullable |= b.nullable;
        a.origins.extend(b.origins);
        Ok(a)
    };
    one.into_iter().zip(other).map(pair).collect()
}
