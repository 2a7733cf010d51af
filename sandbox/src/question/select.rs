//! One SELECT, taken apart field by field.

use super::read::{Held, Scope, folded, unsupported};
use super::words::{parser, roomy};
use super::{Asked, Comparison, Key, Meaning, Order, Output, Question, Source, Typed, Value, bounds::boxed};
use crate::dataset::Dataset;
use crate::error::SandboxError;
use crate::policy::{Policy, Use};
use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Ident, Join, JoinConstraint, JoinOperator, LimitClause, ObjectName, ObjectNamePart,
    Offset, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, Query, Select, SelectFlavor, SelectItem,
    SetExpr, Statement, TableAlias, TableFactor, TableWithJoins, Value as Literal,
};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::Token;
use std::sync::Arc;

/// Numbers that rows are grouped by have this many values at most.
const MOST_VALUES: i128 = 4096;

type Read<T> = Result<T, SandboxError>;

/// Reads a question of whoever a policy grants something.
///
/// # Errors
/// [`SandboxError`] 9700 to 9709: it cannot be answered as it stands.
pub fn read(text: &str, dataset: &Dataset, policy: &Policy) -> Result<Question, SandboxError> {
    roomy(|| parsed(text, dataset, policy))
}

fn parsed(text: &str, dataset: &Dataset, policy: &Policy) -> Result<Question, SandboxError> {
    let syntax = |error: ParserError| match error {
        ParserError::RecursionLimitExceeded => unsupported("long", &text),
        error => SandboxError::Syntax { reason: error.to_string() },
    };
    let mut statements = parser(text)?.parse_statements().map_err(syntax)?;
    let query = match (statements.pop(), statements.is_empty()) {
        (Some(Statement::Query(query)), true) => query,
        (Some(_), false) => return Err(unsupported("statements", &"…;…")),
        (Some(other), true) => {
            let word = other.to_string().split_whitespace().next().unwrap_or_default().to_owned();
            return Err(unsupported("statement", &word));
        }
        (None, _) => return Err(SandboxError::Syntax { reason: "nothing was asked".to_owned() }),
    };
    let Query {
        with,
        body,
        order_by,
        limit_clause,
        fetch,
        locks,
        for_clause,
        settings,
        format_clause,
        pipe_operators,
    } = *query;
    if with.is_some() {
        return Err(unsupported("subquery", &"WITH"));
    }
    if fetch.is_some() || for_clause.is_some() || settings.is_some() || format_clause.is_some() {
        return Err(unsupported("clause", &"FETCH, FOR, SETTINGS, FORMAT"));
    }
    if !locks.is_empty() || !pipe_operators.is_empty() {
        return Err(unsupported("clause", &"FOR UPDATE, |>"));
    }
    let SetExpr::Select(select) = *body else { return Err(unsupported("union", &body)) };
    let mut question = selected(*select, dataset, policy, order_by.as_ref())?;
    if let Some(clause) = limit_clause {
        let LimitClause::LimitOffset { limit, offset, limit_by } = clause else {
            return Err(unsupported("clause", &"LIMIT a, b"));
        };
        if !limit_by.is_empty() {
            return Err(unsupported("clause", &"LIMIT BY"));
        }
        question.limit = limit.as_ref().map(lines).transpose()?;
        question.offset = offset.as_ref().map_or(Ok(0), |Offset { value, rows: _ }| lines(value))?;
    }
    super::limits::whole(&question)?;
    Ok(question)
}

fn lines(expr: &Expr) -> Read<usize> {
    match expr {
        Expr::Value(literal) => match &literal.value {
            Literal::Number(digits, false) => digits.parse().map_err(|_| unsupported("literal", expr)),
            _ => Err(unsupported("literal", expr)),
        },
        _ => Err(unsupported("literal", expr)),
    }
}

/// A condition on the rows of a table, as its owner wrote it.
pub(crate) fn condition(text: &str, dataset: &Dataset, table: usize) -> Read<Value> {
    roomy(|| granted(text, dataset, table, Held::None))
}

/// Refuses a condition of an owner that compares a column with what it can never be.
pub(crate) fn holds(text: &str, dataset: &Dataset, table: usize) -> Read<()> {
    roomy(|| granted(text, dataset, table, Held::All)).map(drop)
}

fn granted(text: &str, dataset: &Dataset, table: usize, held: Held) -> Read<Value> {
    let syntax = |reason: String| SandboxError::Syntax { reason };
    let mut parser = parser(text)?;
    let expr = parser.parse_expr().map_err(|error| syntax(error.to_string()))?;
    if parser.peek_token().token != Token::EOF {
        return Err(syntax(format!("more than a condition: {text}")));
    }
    let mut scope = Scope { held, ..Scope::new(dataset, None) };
    scope.sources.push(Source { table, outer: false, rows: None, scored: None });
    scope.names.push(dataset.tables[table].name.clone());
    scope.condition(&expr)
}

/// The rows that are granted of a table, for a program.
pub(crate) fn rows_of(policy: &Policy, dataset: &Dataset, table: usize) -> Read<Source> {
    let grant = policy.grant(&dataset.tables[table].name);
    let rows = grant.and_then(|grant| grant.rows.as_deref());
    let rows = rows.map(|rows| condition(rows, dataset, table)).transpose()?;
    Ok(Source { table, outer: false, rows, scored: None })
}

fn selected(
    select: Select,
    dataset: &Dataset,
    policy: &Policy,
    order_by: Option<&OrderBy>,
) -> Read<Question> {
    let Select {
        select_token: _,
        optimizer_hints,
        distinct,
        select_modifiers,
        top,
        top_before_distinct: _,
        projection,
        exclude,
        into,
        from,
        lateral_views,
        prewhere,
        selection,
        connect_by,
        group_by,
        cluster_by,
        distribute_by,
        sort_by,
        having,
        named_window,
        qualify,
        window_before_qualify: _,
        value_table_mode,
        flavor,
    } = select;
    let refused = [
        ("DISTINCT", distinct.is_some()),
        ("hints", !optimizer_hints.is_empty() || select_modifiers.is_some()),
        ("TOP", top.is_some()),
        ("EXCLUDE", exclude.is_some()),
        ("INTO", into.is_some()),
        ("LATERAL VIEW", !lateral_views.is_empty()),
        ("PREWHERE", prewhere.is_some()),
        ("CONNECT BY", !connect_by.is_empty()),
        (
            "CLUSTER, DISTRIBUTE, SORT BY",
            !(cluster_by.is_empty() && distribute_by.is_empty() && sort_by.is_empty()),
        ),
        ("WINDOW, QUALIFY", !named_window.is_empty() || qualify.is_some()),
        ("SELECT AS", value_table_mode.is_some() || flavor != SelectFlavor::Standard),
    ];
    if let Some((clause, _)) = refused.iter().find(|(_, found)| *found) {
        return Err(unsupported("clause", clause));
    }
    let mut scope = Scope::new(dataset, Some(policy));
    scope.tables(&from)?;
    let filter = selection.as_ref().map(|selection| scope.condition(selection)).transpose()?;
    let GroupByExpr::Expressions(grouped, modifiers) = group_by else {
        return Err(unsupported("group-all", &"GROUP BY ALL"));
    };
    if !modifiers.is_empty() {
        return Err(unsupported("grouping-sets", &"WITH ROLLUP, WITH CUBE"));
    }
    let items = projection.iter().map(item).collect::<Read<Vec<_>>>()?;
    let grouped = grouped.iter().map(|expr| behind(expr, &items)).collect::<Read<Vec<_>>>()?;
    let keys = grouped.iter().map(|expr| scope.key(expr, &items)).collect::<Read<Vec<_>>>()?;
    let groups = keys.iter().try_fold(1u64, |all, key| all.checked_mul(key.labels.len() as u64 + 1));
    match groups {
        Some(groups) if groups <= scope.most_groups() => {}
        groups => {
            let groups = groups.unwrap_or(u64::MAX);
            return Err(SandboxError::TooManyGroups { groups, most: scope.most_groups() });
        }
    }
    let mut figures = Vec::new();
    let key = |expr: &Expr| grouped.iter().position(|grouped| bare(grouped) == bare(expr));
    let mut columns = Vec::new();
    for (name, expr) in &items {
        let formula = scope.formula(expr, &key, &mut figures)?;
        columns.push(Output { name: name.clone(), formula });
    }
    // Further on a name may stand for a column of the answer.
    let mut further = |expr: &Expr| {
        let expr = behind(expr, &items)?;
        scope.formula(&expr, &key, &mut figures)
    };
    let having = having.as_ref().map(&mut further).transpose()?;
    let mut order = Vec::new();
    for OrderByExpr { expr, options: OrderByOptions { asc, nulls_first }, with_fill } in ordered(order_by)? {
        if with_fill.is_some() {
            return Err(unsupported("clause", &"WITH FILL"));
        }
        let falling = *asc == Some(false);
        let missing_first = nulls_first.unwrap_or(falling);
        order.push(Order { by: further(expr)?, falling, missing_first });
    }
    if figures.is_empty() {
        if keys.is_empty() {
            return Err(unsupported("rows", &"SELECT"));
        }
        figures.push(Asked::presence());
    }
    Ok(Question {
        tables: scope.sources,
        filter,
        keys,
        figures,
        columns,
        having,
        order,
        limit: None,
        offset: 0,
        asked_of: scope.asked_of.take(),
    })
}

fn ordered(order_by: Option<&OrderBy>) -> Read<&[OrderByExpr]> {
    match order_by {
        None => Ok(&[]),
        Some(OrderBy { kind: OrderByKind::Expressions(all), interpolate: None }) => Ok(all),
        Some(other) => Err(unsupported("clause", other)),
    }
}

/// A column of the answer and its name.
fn item(item: &SelectItem) -> Read<(String, Expr)> {
    match item {
        SelectItem::UnnamedExpr(expr) => {
            let name = match bare(expr) {
                Expr::Identifier(name) => folded(name),
                Expr::CompoundIdentifier(names) => names.last().map(folded).unwrap_or_default(),
                other => other.to_string(),
            };
            Ok((name, expr.clone()))
        }
        SelectItem::ExprWithAlias { expr, alias } => Ok((alias.value.clone(), expr.clone())),
        _ => Err(unsupported("rows", item)),
    }
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => bare(inner),
        other => other,
    }
}

/// What stands behind a number of a column of the answer, or behind its name.
fn behind(expr: &Expr, items: &[(String, Expr)]) -> Read<Expr> {
    if let Expr::Value(literal) = bare(expr) {
        let Literal::Number(digits, false) = &literal.value else { return Ok(expr.clone()) };
        let at = digits.parse::<usize>().ok().and_then(|at| at.checked_sub(1));
        let found = at.and_then(|at| items.get(at));
        return found.map(|(_, expr)| expr.clone()).ok_or_else(|| unsupported("position", expr));
    }
    let Expr::Identifier(name) = bare(expr) else { return Ok(expr.clone()) };
    let named = |(known, of): &&(String, Expr)| {
        *known == name.value && !matches!(bare(of), Expr::Identifier(_) | Expr::CompoundIdentifier(_))
    };
    Ok(items.iter().find(named).map_or_else(|| expr.clone(), |(_, of)| of.clone()))
}

impl Scope<'_> {
    fn tables(&mut self, from: &[TableWithJoins]) -> Read<()> {
        let [TableWithJoins { relation, joins }] = from else {
            return Err(unsupported("from", &"FROM"));
        };
        self.table(relation, false)?;
        for Join { relation, global: _, join_operator } in joins {
            let (constraint, outer) = match join_operator {
                JoinOperator::Join(on) | JoinOperator::Inner(on) => (on, false),
                JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (on, true),
                _ => return Err(unsupported("join", relation)),
            };
            self.table(relation, outer)?;
            self.joined(constraint, relation)?;
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
            .map(|rows| self::granted(rows, self.dataset, table, Held::None))
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

    fn key(&self, expr: &Expr, items: &[(String, Expr)]) -> Read<Key> {
        if let Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_) = bare(expr) {
            return Err(unsupported("grouping-sets", expr));
        }
        let named = items.iter().find(|(_, of)| bare(of) == bare(expr)).map(|(name, _)| name.clone());
        let name = named.unwrap_or_else(|| expr.to_string());
        let Typed { value, meaning } = self.value(expr, Use::GroupKey)?;
        let numbers = matches!(meaning, Meaning::Number { .. });
        if let (Value::Lookup(..), Some(write)) = (&value, few(&meaning)) {
            return listed(name, value, &write, numbers).ok_or_else(|| unsupported("wide-group", expr));
        }
        let (value, labels): (Value, Vec<String>) = match meaning {
            Meaning::Text(list) => return Ok(Key { name, value, labels: list, numbers: false }),
            Meaning::Truth => {
                (super::values::zero_or_one(value).value, vec!["false".to_owned(), "true".to_owned()])
            }
            Meaning::Number { decimals, min, max } if max - min < MOST_VALUES => {
                let low = i64::try_from(min).map_err(|_| super::values::mixed(expr))?;
                let labels = (min..=max).map(|value| crate::answer::written(value, decimals));
                (Value::Subtract(boxed(value), boxed(Value::Number(low))), labels.collect())
            }
            Meaning::Day { from, to } if i128::from(to) - i128::from(from) < MOST_VALUES => {
                let labels = (from..=to).map(crate::answer::date);
                (Value::Subtract(boxed(value), boxed(Value::Number(from))), labels.collect())
            }
            Meaning::Number { .. } | Meaning::Day { .. } => return Err(unsupported("wide-group", expr)),
            _ => return Err(super::values::mixed(expr)),
        };
        Ok(Key { name, value, labels: Arc::from(labels), numbers })
    }
}

/// How a value of a list is written, where it is a number or a day.
fn few(meaning: &Meaning) -> Option<Box<dyn Fn(i64) -> String>> {
    match *meaning {
        Meaning::Number { decimals, .. } => {
            Some(Box::new(move |value| crate::answer::written(value.into(), decimals)))
        }
        Meaning::Day { .. } => Some(Box::new(crate::answer::date)),
        _ => None,
    }
}

/// A key of which the values stand in a list.
fn listed(name: String, value: Value, write: &dyn Fn(i64) -> String, numbers: bool) -> Option<Key> {
    let Value::Lookup(at, list) = value else { return None };
    let mut values: Vec<i64> = list.iter().copied().flatten().collect();
    values.sort_unstable();
    values.dedup();
    if values.len() as i128 > MOST_VALUES {
        return None;
    }
    let place = |value: &Option<i64>| value.and_then(|value| values.binary_search(&value).ok());
    let places = list.iter().map(|value| place(value).map(|at| at as i64)).collect();
    let labels = values.iter().map(|value| write(*value)).collect();
    Some(Key { name, value: Value::Lookup(at, places), labels, numbers })
}
