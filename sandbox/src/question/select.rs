//! One SELECT, taken apart field by field.

use super::afterwards::{Afterwards, Level, Within, same_name};
use super::from::Named;
use super::read::{Held, Scope, folded, unsupported};
use super::words::{parser, roomy};
use super::{Asked, Key, Meaning, Order, Output, Question, Source, Typed, Value, bounds::boxed};
use crate::dataset::Dataset;
use crate::error::SandboxError;
use crate::policy::{Policy, Use};
use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Ident, LimitClause, Offset, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, Query,
    Select, SelectFlavor, SelectItem, SetExpr, Statement, TableWithJoins, Value as Literal, With,
};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::Token;
use std::collections::BTreeSet;
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
    let mut question = asked(&query, dataset, policy)?;
    if let Some(clause) = &query.limit_clause {
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

/// What is looked at of a question: everything else in it is refused.
pub(super) struct Selected<'a> {
    pub(super) projection: &'a [SelectItem],
    pub(super) from: &'a [TableWithJoins],
    pub(super) selection: Option<&'a Expr>,
    pub(super) group_by: &'a GroupByExpr,
    pub(super) having: Option<&'a Expr>,
}

type Queried<'a> = (Option<&'a With>, Selected<'a>, Option<&'a OrderBy>, Option<&'a LimitClause>);

/// A question taken apart.
pub(super) fn queried(query: &Query) -> Read<Queried<'_>> {
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
    } = query;
    if fetch.is_some() || for_clause.is_some() || settings.is_some() || format_clause.is_some() {
        return Err(unsupported("clause", &"FETCH, FOR, SETTINGS, FORMAT"));
    }
    if !locks.is_empty() || !pipe_operators.is_empty() {
        return Err(unsupported("clause", &"FOR UPDATE, |>"));
    }
    let SetExpr::Select(select) = &**body else { return Err(unsupported("union", body)) };
    Ok((with.as_ref(), selected(select)?, order_by.as_ref(), limit_clause.as_ref()))
}

/// A question, or one around another that only selects, filters and orders its lines.
fn asked(query: &Query, dataset: &Dataset, policy: &Policy) -> Read<Question> {
    let (with, select, order_by, _) = queried(query)?;
    let named = Named::of(with)?;
    let [TableWithJoins { relation, joins }] = select.from else {
        return Err(unsupported("from", &"FROM"));
    };
    let inside = named.inside(relation)?.filter(|_| joins.is_empty());
    let Some((inner, called)) = inside.filter(|(inner, _)| is_of_groups(inner)) else {
        let question = questioned(&select, &named, (dataset, policy), order_by, None)?;
        return named.all_used().map(|()| question);
    };
    let Selected { projection, from: _, selection, group_by, having } = &select;
    let no = || unsupported("subquery", relation);
    let (with, inner, inner_order, limit) = queried(inner)?;
    let alone = matches!(group_by, GroupByExpr::Expressions(grouped, modifiers) if grouped.is_empty() && modifiers.is_empty());
    if with.is_some() || limit.is_some() || having.is_some() || !alone {
        return Err(no());
    }
    let ordered = order_by.is_some();
    let around = Around { called, projection, selection: *selection, ordered };
    let order_by = order_by.or(inner_order);
    let question = questioned(&inner, &named, (dataset, policy), order_by, Some(around))?;
    named.all_used().map(|()| question)
}

/// What stands around a question.
struct Around<'a> {
    /// What its answer is called.
    called: String,
    projection: &'a [SelectItem],
    selection: Option<&'a Expr>,
    /// Whether it says an order of its own.
    ordered: bool,
}

/// Whether a question has groups or figures, and not rows.
fn is_of_groups(query: &Query) -> bool {
    let Ok((_, select, ..)) = queried(query) else { return false };
    let figure = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            !matches!(bare(expr), Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        }
        _ => false,
    };
    let grouped = !matches!(select.group_by, GroupByExpr::Expressions(grouped, _) if grouped.is_empty());
    grouped || select.projection.iter().any(figure)
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

pub(super) fn granted(text: &str, dataset: &Dataset, table: usize, held: Held) -> Read<Value> {
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

fn selected(select: &Select) -> Read<Selected<'_>> {
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
        ("SELECT AS", value_table_mode.is_some() || *flavor != SelectFlavor::Standard),
    ];
    if let Some((clause, _)) = refused.iter().find(|(_, found)| *found) {
        return Err(unsupported("clause", clause));
    }
    Ok(Selected { projection, from, selection: selection.as_ref(), group_by, having: having.as_ref() })
}

/// A question of what it asks, and of what stands around it.
fn questioned(
    select: &Selected<'_>,
    named: &Named<'_>,
    (dataset, policy): (&Dataset, &Policy),
    order_by: Option<&OrderBy>,
    around: Option<Around<'_>>,
) -> Read<Question> {
    let mut scope = Scope::new(dataset, Some(policy));
    let mut conditions = scope.tables(select.from, named)?;
    conditions.extend(select.selection.map(|selection| scope.condition(selection)).transpose()?);
    let filter = super::limits::joined(conditions, Value::And);
    let GroupByExpr::Expressions(grouped, modifiers) = select.group_by else {
        return Err(unsupported("group-all", &"GROUP BY ALL"));
    };
    if !modifiers.is_empty() {
        return Err(unsupported("grouping-sets", &"WITH ROLLUP, WITH CUBE"));
    }
    let items = select.projection.iter().map(item).collect::<Read<Vec<_>>>()?;
    // A name is that of a column of a table; of a column of the answer where there is no such one, or it is worked out.
    let grouped = grouped.iter().map(|expr| behind(expr, &items, &|name| scope.has(name)));
    let grouped = grouped.collect::<Read<Vec<_>>>()?;
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
    let own = Within { grouped: &grouped, keys: &keys, called: None, figures: true };
    let inside = [Level { items: &items, within: own }];
    let mut columns = Vec::new();
    for (name, expr) in &items {
        let formula = scope.formula(expr, &Afterwards { within: own, named: &[] }, &mut figures)?;
        columns.push(Output { name: name.clone(), formula });
    }
    // Further on a name may stand for a column of the answer.
    let further = Afterwards { within: own, named: &inside };
    let mut having = select.having.map(|having| scope.formula(having, &further, &mut figures)).transpose()?;
    let mut order = Vec::new();
    match around {
        None => scope.ordered((order_by, &items), &further, &mut figures, &mut order)?,
        Some(Around { called, projection, selection, ordered }) => {
            let outer = Within { grouped: &[], keys: &keys, called: Some(&called), figures: false };
            let beneath = Afterwards { within: outer, named: &inside };
            let names: BTreeSet<&String> = items.iter().map(|(name, _)| name).collect();
            if names.len() < items.len() {
                return Err(unsupported("subquery", &called));
            }
            let mut outer_items = Vec::new();
            for one in projection {
                match one {
                    SelectItem::Wildcard(options) if *options == Default::default() => outer_items.extend(
                        items
                            .iter()
                            .map(|(name, _)| (name.clone(), Expr::Identifier(Ident::with_quote('"', name)))),
                    ),
                    one => outer_items.push(item(one)?),
                }
            }
            columns.clear();
            for (name, expr) in &outer_items {
                columns.push(Output {
                    name: name.clone(),
                    formula: scope.formula(expr, &beneath, &mut figures)?,
                });
            }
            let shown = selection.map(|shown| scope.formula(shown, &beneath, &mut figures)).transpose()?;
            let both = having.into_iter().chain(shown).collect();
            having = super::limits::joined(both, super::Formula::And);
            let levels = [Level { items: &outer_items, within: outer }, Level { items: &items, within: own }];
            let after = Afterwards { within: outer, named: &levels };
            match ordered {
                true => scope.ordered((order_by, &outer_items), &after, &mut figures, &mut order)?,
                false => scope.ordered((order_by, &items), &further, &mut figures, &mut order)?,
            }
        }
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

fn in_order(order_by: Option<&OrderBy>) -> Read<&[OrderByExpr]> {
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

pub(super) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => bare(inner),
        other => other,
    }
}

/// What stands behind a number of a column of the answer, or behind its name.
fn behind(expr: &Expr, items: &[(String, Expr)], known: &dyn Fn(&Ident) -> bool) -> Read<Expr> {
    if let Expr::Value(literal) = bare(expr) {
        let Literal::Number(digits, false) = &literal.value else { return Ok(expr.clone()) };
        let at = digits.parse::<usize>().ok().and_then(|at| at.checked_sub(1));
        let found = at.and_then(|at| items.get(at));
        return found.map(|(_, expr)| expr.clone()).ok_or_else(|| unsupported("position", expr));
    }
    let Expr::Identifier(name) = bare(expr) else { return Ok(expr.clone()) };
    let named = |(other, of): &&(String, Expr)| {
        let plain = matches!(bare(of), Expr::Identifier(_) | Expr::CompoundIdentifier(_));
        same_name(other, name) && !(plain && known(name))
    };
    Ok(items.iter().find(named).map_or_else(|| expr.clone(), |(_, of)| of.clone()))
}

impl Scope<'_> {
    /// The order of an answer: a name is first that of a column of the answer, and a number that of its place.
    fn ordered(
        &self,
        (order_by, items): (Option<&OrderBy>, &[(String, Expr)]),
        of: &Afterwards<'_>,
        figures: &mut Vec<Asked>,
        order: &mut Vec<Order>,
    ) -> Read<()> {
        for OrderByExpr { expr, options: OrderByOptions { asc, nulls_first }, with_fill } in
            in_order(order_by)?
        {
            if with_fill.is_some() {
                return Err(unsupported("clause", &"WITH FILL"));
            }
            let falling = *asc == Some(false);
            let missing_first = nulls_first.unwrap_or(falling);
            let named = match bare(expr) {
                Expr::Identifier(name) => of.called(None, name),
                Expr::Value(_) => {
                    let expr = behind(expr, items, &|_| true)?;
                    // In the place of a column of the answer stands what its name stands for.
                    let inner = Afterwards { named: of.named.get(1..).unwrap_or_default(), ..*of };
                    order.push(Order { by: self.formula(&expr, &inner, figures)?, falling, missing_first });
                    continue;
                }
                _ => None,
            };
            let by = match named {
                Some((inside, inner)) => self.formula(inside, &inner, figures)?,
                None => self.formula(expr, of, figures)?,
            };
            order.push(Order { by, falling, missing_first });
        }
        Ok(())
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
