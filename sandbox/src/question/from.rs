//! `FROM`: tables, how they are joined, and questions in their place that say no more than a table and a condition.
//!
//! # Security
//! A question inside another one is not run: `SELECT * FROM t WHERE …` in the place of a table is that table, and its condition
//! one more of the question, judged with the others as if it stood after `WHERE`. Every part of it that is not known is
//! refused.

use super::read::{Held, Scope, folded, unsupported};
use super::select::{Selected, bare, queried};
use super::{Comparison, Source, Value};
use crate::error::SandboxError;
use crate::policy::Use;
use datafusion::sql::sqlparser::ast::{
    Cte, Expr, GroupByExpr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Query,
    SelectItem, TableAlias, TableFactor, TableWithJoins, With,
};
use std::cell::RefCell;
use std::collections::BTreeSet;

type Read<T> = Result<T, SandboxError>;

/// The questions that `WITH` names.
#[derive(Default)]
pub(super) struct Named<'a> {
    all: Vec<(String, &'a Query)>,
    /// Which of them were looked at.
    used: RefCell<BTreeSet<String>>,
}

impl<'a> Named<'a> {
    /// What stands after `WITH`.
    pub(super) fn of(with: Option<&'a With>) -> Read<Self> {
        let Some(With { with_token: _, recursive, cte_tables }) = with else { return Ok(Self::default()) };
        let mut all: Vec<(String, &Query)> = Vec::new();
        for Cte { alias, query, from, materialized, closing_paren_token: _ } in cte_tables {
            let name = plain_alias(alias).filter(|name| all.iter().all(|(known, _)| known != name));
            match name {
                Some(name) if !*recursive && from.is_none() && materialized.is_none() => {
                    all.push((name, query));
                }
                _ => return Err(unsupported("subquery", alias)),
            }
        }
        Ok(Self { all, used: RefCell::default() })
    }

    /// Refuses what nothing was asked of: nobody has looked at it.
    pub(super) fn all_used(&self) -> Read<()> {
        let used = self.used.borrow();
        match self.all.iter().find(|(name, _)| !used.contains(name)) {
            Some((name, _)) => Err(unsupported("subquery", name)),
            None => Ok(()),
        }
    }

    /// The question that stands in the place of a table, and what it is called there.
    pub(super) fn inside(&self, factor: &'a TableFactor) -> Read<Option<(&'a Query, String)>> {
        match factor {
            TableFactor::Derived { lateral: false, subquery, alias: Some(alias), sample: None } => {
                let called = plain_alias(alias).ok_or_else(|| unsupported("subquery", factor))?;
                Ok(Some((subquery, called)))
            }
            TableFactor::Derived { .. } => Err(unsupported("subquery", factor)),
            TableFactor::Table { name: ObjectName(parts), alias, args: None, .. } => {
                let [part] = &parts[..] else { return Ok(None) };
                let name = part.as_ident().map(folded);
                let found = self.all.iter().find(|(known, _)| Some(known) == name.as_ref());
                let Some((name, query)) = found else { return Ok(None) };
                self.used.borrow_mut().insert(name.clone());
                let called = match alias {
                    None => name.clone(),
                    Some(alias) => plain_alias(alias).ok_or_else(|| unsupported("subquery", factor))?,
                };
                Ok(Some((query, called)))
            }
            _ => Ok(None),
        }
    }
}

fn plain_alias(alias: &TableAlias) -> Option<String> {
    match alias {
        TableAlias { name, columns, explicit: _, at: None } if columns.is_empty() => Some(folded(name)),
        _ => None,
    }
}

/// Rows of a table for which a condition holds.
struct Rows<'a> {
    table: &'a TableFactor,
    selection: Option<&'a Expr>,
}

/// A question that only leaves out rows of one table: all columns of it, or some under their own names.
fn rows_of(query: &Query) -> Option<Rows<'_>> {
    let (None, Selected { projection, from, selection, group_by, having: None }, None, None) =
        queried(query).ok()?
    else {
        return None;
    };
    let plain = |item: &SelectItem| match item {
        SelectItem::Wildcard(options) => *options == Default::default(),
        SelectItem::UnnamedExpr(Expr::Identifier(_)) => true,
        _ => false,
    };
    let ([TableWithJoins { relation, joins }], GroupByExpr::Expressions(grouped, modifiers)) =
        (from, group_by)
    else {
        return None;
    };
    let rows = joins.is_empty() && grouped.is_empty() && modifiers.is_empty() && projection.iter().all(plain);
    rows.then_some(Rows { table: relation, selection })
}

impl Scope<'_> {
    /// The tables of a question and how they are joined; the conditions of those that stand there narrowed.
    pub(super) fn tables(&mut self, from: &[TableWithJoins], named: &Named<'_>) -> Read<Vec<Value>> {
        let [TableWithJoins { relation, joins }] = from else {
            return Err(unsupported("from", &"FROM"));
        };
        let mut narrowed = Vec::new();
        self.relation(relation, false, named, &mut narrowed)?;
        for Join { relation, global: _, join_operator } in joins {
            let (constraint, outer) = match join_operator {
                JoinOperator::Join(on) | JoinOperator::Inner(on) => (on, false),
                JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (on, true),
                _ => return Err(unsupported("join", relation)),
            };
            self.relation(relation, outer, named, &mut narrowed)?;
            self.joined(constraint, relation)?;
        }
        Ok(narrowed)
    }

    /// A table, or a question that only leaves out rows of one.
    fn relation(
        &mut self,
        factor: &TableFactor,
        outer: bool,
        named: &Named<'_>,
        narrowed: &mut Vec<Value>,
    ) -> Read<()> {
        let Some((query, called)) = named.inside(factor)? else { return self.table(factor, outer) };
        let rows = rows_of(query).ok_or_else(|| unsupported("subquery", factor))?;
        // Beside a table that may have no row of somebody a condition does not leave him out.
        if outer {
            return Err(unsupported("subquery", factor));
        }
        self.table(rows.table, false)?;
        if let Some(selection) = rows.selection {
            narrowed.push(self.condition(selection)?);
        }
        match self.names.pop() {
            Some(_) if !self.names.contains(&called) => self.names.push(called),
            _ => return Err(unsupported("self-join", factor)),
        }
        Ok(())
    }

    fn table(&mut self, factor: &TableFactor, outer: bool) -> Read<()> {
        let TableFactor::Table {
            name,
            alias,
            args: None,
            with_hints,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample: None,
            index_hints,
        } = factor
        else {
            return Err(unsupported("from", factor));
        };
        if !(with_hints.is_empty() && partitions.is_empty() && index_hints.is_empty()) {
            return Err(unsupported("from", factor));
        }
        let none = || SandboxError::NoSuch { name: name.to_string() };
        let ObjectName(parts) = name;
        let named = self.named(parts).ok_or_else(none)?;
        let granted = self.policy.and_then(|policy| policy.grant(&named)).ok_or_else(none)?;
        let table = self.dataset.table(&named).ok_or_else(none)?;
        let called = match alias {
            None => named,
            Some(TableAlias { name, columns, explicit: _, at: None }) if columns.is_empty() => folded(name),
            Some(_) => return Err(unsupported("from", factor)),
        };
        if self.names.contains(&called) || self.sources.iter().any(|known| known.table == table) {
            return Err(unsupported("self-join", factor));
        }
        let rows = granted
            .rows
            .as_deref()
            .map(|rows| super::select::granted(rows, self.dataset, table, Held::None))
            .transpose()?;
        let several = |at: usize| !self.dataset.tables[at].single;
        if several(table) && self.sources.iter().any(|known| several(known.table)) {
            return Err(unsupported("many-to-many", factor));
        }
        self.sources.push(Source { table, outer, rows, scored: None });
        self.names.push(called);
        Ok(())
    }

    /// The table of a name: alone, after the data set, or after the policy and the data set, as lists of tables have it.
    fn named(&self, parts: &[ObjectNamePart]) -> Option<String> {
        let (table, above) = parts.split_last()?;
        let policy = self.policy.map(|policy| policy.policy.name.as_str());
        let mut known = [self.dataset.dataset.name.as_str()].into_iter().chain(policy);
        let all = above
            .iter()
            .rev()
            .all(|part| part.as_ident().zip(known.next()).is_some_and(|(part, known)| folded(part) == known));
        table.as_ident().filter(|_| all).map(folded)
    }

    /// Tables are put together by person, in ways that the data set declares.
    fn joined(&self, constraint: &JoinConstraint, relation: &TableFactor) -> Read<()> {
        let last = self.sources.len() - 1;
        let no = || SandboxError::NotJoinable { text: relation.to_string() };
        let key = |name: &Ident, table: Option<&Ident>| {
            let at = match table {
                Some(table) => {
                    vec![self.names.iter().position(|known| *known == folded(table)).ok_or_else(no)?]
                }
                None => (0..=last).collect(),
            };
            let holds = |source: &usize| {
                let of = &self.dataset.tables[self.sources[*source].table];
                let granted = self.policy.and_then(|policy| policy.grant(&of.name));
                let granted = granted.and_then(|grant| grant.columns.get(&folded(name)));
                granted.is_some_and(|uses| uses.0.contains(&Use::JoinKey)) && of.entity == folded(name)
            };
            Ok::<Vec<usize>, SandboxError>(at.into_iter().filter(holds).collect())
        };
        let pairs: Vec<(usize, usize)> = match constraint {
            JoinConstraint::Using(names) => {
                let [ObjectName(parts)] = &names[..] else { return Err(no()) };
                let [part] = &parts[..] else { return Err(no()) };
                let of = key(part.as_ident().ok_or_else(no)?, None)?;
                match of.contains(&last) {
                    true => of.into_iter().filter(|at| *at < last).map(|at| (at, last)).collect(),
                    false => Vec::new(),
                }
            }
            JoinConstraint::On(on) => {
                let Expr::BinaryOp { left, op, right } = bare(on) else { return Err(no()) };
                if super::conditions::comparison(op) != Some(Comparison::Equal) {
                    return Err(no());
                }
                let end = |expr: &Expr| match bare(expr) {
                    Expr::Identifier(name) => key(name, None),
                    Expr::CompoundIdentifier(names) => match &names[..] {
                        [table, name] => key(name, Some(table)),
                        _ => Err(no()),
                    },
                    _ => Err(no()),
                };
                let (left, right) = (end(left)?, end(right)?);
                match (&left[..], &right[..]) {
                    ([a], [b]) if *a == last => vec![(*b, last)],
                    ([a], [b]) if *b == last => vec![(*a, last)],
                    _ => Vec::new(),
                }
            }
            _ => return Err(no()),
        };
        let declared = |(a, b): &(usize, usize)| {
            // A table that may have no row of somebody is no table to join another to.
            a != b
                && !self.sources[*a].outer
                && self.dataset.joinable(self.sources[*a].table, self.sources[*b].table)
        };
        match pairs.iter().any(declared) {
            true => Ok(()),
            false => Err(no()),
        }
    }
}
