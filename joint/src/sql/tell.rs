//! From the top of the engine's logical plan: which figures are told of which groups, and how they are laid out.

use super::figures::figure_number;
use super::relation::{Relation, Tree, as_wide, once_each, resolve};
use super::tables::{Base, Meaning, Table, named, place, places, substitute};
use super::{Planner, refuse, refused};
use crate::error::JointError;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator, SortExpr};
use datafusion::prelude::lit;
use std::collections::BTreeMap;
use yinshu_mpc::query::{
    ColumnAt, Expr as Planned, From, Function, Layout, Order, Plan, Shown, Tell, Values,
};

/// The question from its aggregate upwards.
pub(super) struct Head {
    relation: Relation,
    /// What is grouped by.
    keys: Vec<Expr>,
    /// The columns, by keys (`k0`, …) and figures (`f0`, …).
    cells: Vec<Expr>,
    having: Vec<Expr>,
    order: Vec<SortExpr>,
    offset: u64,
    limit: Option<u64>,
}

impl Planner<'_> {
    /// The whole plan.
    pub(super) fn plan(&mut self, plan: &LogicalPlan) -> Result<Plan, JointError> {
        let head = self.head(plan)?;
        let names: Vec<String> = plan.schema().fields().iter().map(|field| field.name().clone()).collect();
        let (mut head, columns) = self.shown_columns(head)?;
        let name = |column: Shown| {
            columns.iter().position(|other| *other == column).and_then(|at| names.get(at)).cloned()
        };
        let order = self.order(&head)?;
        let having = self.having(&mut head)?;

        let mut groups = 1;
        let mut keys = Vec::new();
        for (at, key) in head.keys.iter().enumerate() {
            let name = name(Shown::Key(at)).unwrap_or_else(|| super::shown(self, key));
            keys.push(self.key(&name, key, &mut groups)?);
        }
        let told = |at: usize| {
            let column = Shown::Figure(at);
            columns.contains(&column) || order.iter().any(|order| order.by == column)
        };
        let kept: Vec<usize> =
            (0..self.figures.len()).filter(|&at| told(at) || self.used.contains(&at)).collect();
        if !kept.iter().any(|&at| told(at)) {
            return Err(refused("no-figure", "SELECT"));
        }
        let mut rows = None;
        let before = match head.relation.tree {
            Tree::Table(table) => self.beforehand(table, &head.keys, &kept, groups)?,
            Tree::Join { .. } => None,
        };
        if let Some(before) = &before {
            head.relation.tree = Tree::Table(before.table);
            for (key, of) in keys.iter_mut().zip(&before.keys) {
                *key = self.key(&key.name, of, &mut 1)?;
            }
            let value = self.value(&before.rows)?;
            rows = Some(self.compile(&value)?);
        }
        let mut figures = Vec::new();
        for &at in &kept {
            let name = name(Shown::Figure(at)).unwrap_or_else(|| format!("figure {}", at + 1));
            figures.push(match before.as_ref().and_then(|before| before.sums.get(&at)) {
                Some(sums) => self.told_of(&name, at, !told(at), sums)?,
                None => self.told(&name, at, !told(at))?,
            });
        }
        let filter = self.filter(&head.relation.filters)?;
        let from = self.from(&head.relation.tree)?;

        let figure = |at: usize| kept.iter().position(|&kept| kept == at).unwrap_or(at);
        let renumbered = |column: Shown| match column {
            Shown::Figure(at) => Shown::Figure(figure(at)),
            key => key,
        };
        let layout = Layout {
            columns: columns.iter().map(|&column| renumbered(column)).collect(),
            order: order.iter().map(|order| Order { by: renumbered(order.by), ..*order }).collect(),
            offset: head.offset,
            limit: head.limit,
        };
        let having = having.map(|having| moved(having, &|at| ColumnAt { column: figure(at.column), ..at }));
        let tell = Tell::Groups { keys, figures, having, rows };
        let plan = Plan { inputs: Vec::new(), from, filter, tell, layout: Some(layout) };
        self.numbered(plan, &head.relation.tree)
    }

    /// Which rows count, of those that owners bring.
    pub(super) fn filter(&mut self, filters: &[Expr]) -> Result<Option<Planned>, JointError> {
        let mut all: Option<Planned> = None;
        for held in filters {
            let held = self.truth(held, true)?;
            let held = self.compile(&held)?;
            all = Some(match all {
                None => held,
                Some(before) => {
                    let op = yinshu_mpc::query::Op::And;
                    Planned::Binary { op, left: Box::new(before), right: held.into() }
                }
            });
        }
        Ok(all)
    }

    /// Tables get the numbers of what comes in.
    pub(super) fn numbered(&self, mut plan: Plan, tree: &Tree) -> Result<Plan, JointError> {
        let mut first = BTreeMap::new();
        let mut in_order = tables_of(tree);
        in_order.sort_unstable();
        for at in in_order {
            first.insert(at, plan.inputs.len());
            plan.inputs.extend(self.tables[at].inputs(self.terms)?);
        }
        let at = |place: ColumnAt| ColumnAt { input: first.get(&place.input).copied().unwrap_or(0), ..place };
        let arms = |table: usize| {
            let start = first.get(&table).copied().unwrap_or(0);
            match self.tables[table].arms.len() {
                1 => From::Input(start),
                arms => From::Union((start..start + arms).map(From::Input).collect()),
            }
        };
        plan.from = joined(plan.from, &at, &arms);
        plan.filter = plan.filter.map(|filter| moved(filter, &at));
        if let Tell::Analysis(analysis) = &mut plan.tell {
            *analysis = analysis.named(|&place| Ok::<_, JointError>(at(place)))?;
        }
        if let Tell::Groups { keys, figures, rows, .. } = &mut plan.tell {
            *rows = rows.take().map(|rows| moved(rows, &at));
            for key in keys {
                key.of = moved(key.of.clone(), &at);
            }
            for figure in figures {
                figure.of = figure.of.take().map(|of| moved(of, &at));
                for of in [&mut figure.with, &mut figure.counted, &mut figure.squares] {
                    *of = of.take().map(|of| moved(of, &at));
                }
            }
        }
        Ok(plan)
    }

    fn head(&mut self, plan: &LogicalPlan) -> Result<Head, JointError> {
        let head = self.of_top(plan)?;
        as_wide(plan, &head.cells)?;
        Ok(head)
    }

    fn of_top(&mut self, plan: &LogicalPlan) -> Result<Head, JointError> {
        let on = |schema: &DFSchema, head: &Head, exprs: &[Expr]| {
            exprs.iter().map(|expr| resolve(schema, &head.cells, expr)).collect::<Result<Vec<_>, _>>()
        };
        match plan {
            LogicalPlan::Aggregate(aggregate) => {
                let relation = self.relation(&aggregate.input)?;
                let schema = aggregate.input.schema();
                let keys = once_each(&aggregate.group_expr);
                let keys = keys.iter().map(|expr| match expr {
                    Expr::GroupingSet(_) => Err(refuse("group-function", expr)),
                    expr => relation.resolve(schema, expr),
                });
                let keys = keys.collect::<Result<Vec<_>, _>>()?;
                let asked = aggregate.aggr_expr.iter().map(|expr| relation.resolve(schema, expr));
                let asked = asked.collect::<Result<Vec<_>, _>>()?;
                self.grouped_head(relation, keys, &asked)
            }
            LogicalPlan::Projection(projection) => {
                let head = self.head(&projection.input)?;
                let cells = on(projection.input.schema(), &head, &projection.expr)?;
                Ok(Head { cells, ..head })
            }
            LogicalPlan::Filter(filter) => {
                let mut head = self.head(&filter.input)?;
                if head.limit.is_some() || head.offset > 0 {
                    return Err(refused("limit-inside", "LIMIT"));
                }
                let held = resolve(filter.input.schema(), &head.cells, &filter.predicate)?;
                head.having.extend(split_conjunction(&held).into_iter().cloned());
                Ok(head)
            }
            LogicalPlan::Sort(sort) => {
                let mut head = self.head(&sort.input)?;
                if head.limit.is_some() || head.offset > 0 {
                    return Err(refused("limit-inside", "LIMIT"));
                }
                let exprs: Vec<Expr> = sort.expr.iter().map(|by| by.expr.clone()).collect();
                let exprs = on(sort.input.schema(), &head, &exprs)?;
                let by = exprs.into_iter().zip(&sort.expr);
                head.order = by.map(|(expr, by)| SortExpr { expr, ..by.clone() }).collect();
                head.limit = sort.fetch.map(|fetch| fetch as u64);
                Ok(head)
            }
            LogicalPlan::Limit(limit) => {
                let mut head = self.head(&limit.input)?;
                if head.limit.is_some() || head.offset > 0 {
                    return Err(refused("limit-inside", "LIMIT"));
                }
                head.offset = number(limit.skip.as_deref())?.unwrap_or(0);
                head.limit = number(limit.fetch.as_deref())?;
                Ok(head)
            }
            LogicalPlan::SubqueryAlias(alias) => self.head(&alias.input),
            LogicalPlan::Distinct(_) => Err(refused("distinct", "DISTINCT")),
            LogicalPlan::Window(_) => Err(refused("window", "OVER")),
            LogicalPlan::Union(_) => Err(refused("union-of-figures", "UNION ALL")),
            LogicalPlan::TableScan(_) | LogicalPlan::Join(_) => Err(refused("rows", "SELECT")),
            other => Err(refused("other", &other.display().to_string())),
        }
    }

    fn grouped_head(
        &mut self,
        relation: Relation,
        keys: Vec<Expr>,
        asked: &[Expr],
    ) -> Result<Head, JointError> {
        self.rows = self.rows_of(&relation.tree);
        let mut numbers = Vec::new();
        for expr in asked {
            let draft = self.figure(expr, self.rows, !keys.is_empty())?;
            numbers.push(self.asked(draft));
        }
        let group = self.tables.len();
        let key = |at: usize| Base {
            name: format!("k{at}"),
            meaning: Meaning::Text,
            kind: None,
            nullable: false,
            origins: std::collections::BTreeSet::new(),
        };
        self.tables.push(Table::new((0..keys.len()).map(key).collect(), Vec::new()));
        self.group = group;
        let keyed = (0..keys.len()).map(|at| named(group, &format!("k{at}")));
        let cells = keyed.chain(numbers.iter().map(|at| named(group, &format!("f{at}")))).collect();
        let (having, order) = (Vec::new(), Vec::new());
        Ok(Head { relation, keys, cells, having, order, offset: 0, limit: None })
    }

    /// Each column is a key or a figure as it is.
    fn shown_columns(&self, head: Head) -> Result<(Head, Vec<Shown>), JointError> {
        let columns = head.cells.iter().map(|cell| self.shown_column(cell)).collect::<Result<_, _>>()?;
        Ok((head, columns))
    }

    fn shown_column(&self, cell: &Expr) -> Result<Shown, JointError> {
        let Expr::Column(name) = cell else { return Err(refuse("figure-expression", cell)) };
        let (_, name) = place(name).ok_or_else(|| refuse("other", cell))?;
        match (figure_number(name), name.strip_prefix('k').and_then(|at| at.parse().ok())) {
            (Some(figure), _) => Ok(Shown::Figure(figure)),
            (None, Some(key)) => Ok(Shown::Key(key)),
            (None, None) => Err(refuse("other", cell)),
        }
    }

    fn order(&self, head: &Head) -> Result<Vec<Order>, JointError> {
        let order = |by: &SortExpr| {
            let shown = self.shown_column(&by.expr)?;
            Ok(Order { by: shown, descending: !by.asc, missing_first: by.nulls_first })
        };
        head.order.iter().map(order).collect()
    }

    /// Which groups are told. What is about keys alone is about rows.
    fn having(&mut self, head: &mut Head) -> Result<Option<Planned>, JointError> {
        let mut all: Option<super::value::Value> = None;
        for held in std::mem::take(&mut head.having) {
            let about = places(&held);
            if !about.is_empty() && about.iter().all(|(_, name)| name.starts_with('k')) {
                let rows = substitute(&held, &|name| {
                    let at = place(name).and_then(|(_, name)| name.strip_prefix('k')?.parse::<usize>().ok());
                    at.and_then(|at| head.keys.get(at).cloned()).ok_or_else(|| refuse("having", &held))
                })?;
                self.restrict(&mut head.relation, &rows)?;
                continue;
            }
            let held = self.without_means(&held)?;
            self.name_figures();
            let truth = self.truth(&held, true)?;
            all = Some(match all {
                None => truth,
                Some(before) => before.and(truth),
            });
        }
        all.map(|all| self.compile(&all)).transpose()
    }

    /// The table of figures has those asked so far.
    fn name_figures(&mut self) {
        let named = self.figures.iter().enumerate().map(|(at, draft)| draft.base(format!("f{at}")));
        let named: Vec<Base> = named.collect();
        let columns = &mut self.tables[self.group].columns;
        columns.retain(|column| column.name.starts_with('k'));
        columns.extend(named);
    }

    /// `AVG(x) > 3` is `SUM(x) > 3 * COUNT(x)`: on shares, sums and counts are exact and quick.
    fn without_means(&mut self, held: &Expr) -> Result<Expr, JointError> {
        let mut failed = None;
        let spread = held.clone().transform_up(|inner| {
            let Expr::Between(between) = inner else { return Ok(Transformed::no(inner)) };
            let low = BinaryExpr::new(between.expr.clone(), Operator::GtEq, between.low);
            let high = BinaryExpr::new(between.expr, Operator::LtEq, between.high);
            let both = Expr::BinaryExpr(low).and(Expr::BinaryExpr(high));
            Ok(Transformed::yes(if between.negated { Expr::Not(both.into()) } else { both }))
        });
        let spread = spread.map_err(|error| super::engine(&error))?.data;
        let put = spread.transform_up(|inner| {
            let Expr::BinaryExpr(BinaryExpr { left, op, right }) = &inner else {
                return Ok(Transformed::no(inner));
            };
            let turned = op.swap();
            let found = match (self.mean(left), self.mean(right), turned) {
                (Some(at), None, _) => Some((at, *op, right)),
                (None, Some(at), Some(turned)) => Some((at, turned, left)),
                _ => None,
            };
            match found {
                Some((at, op, other)) if compares(op) => match self.by_sum(at, op, other, &inner) {
                    Ok(put) => return Ok(Transformed::yes(put)),
                    Err(error) => failed = Some(error),
                },
                _ => {}
            }
            Ok(Transformed::no(inner))
        });
        match failed {
            Some(error) => Err(error),
            None => put.map(|put| put.data).map_err(|error| super::engine(&error)),
        }
    }

    fn mean(&self, expr: &Expr) -> Option<usize> {
        let Expr::Column(name) = expr else { return None };
        let (table, name) = place(name)?;
        let at = figure_number(name).filter(|_| table == self.group)?;
        (self.figures[at].function == Function::Mean).then_some(at)
    }

    fn by_sum(&mut self, mean: usize, op: Operator, other: &Expr, whole: &Expr) -> Result<Expr, JointError> {
        let sum = self.sum_of(mean, self.rows, whole)?;
        let count = self.count_of(mean, self.rows);
        let sum = named(self.group, &format!("f{sum}"));
        let count = named(self.group, &format!("f{count}"));
        let right = other.clone() * count;
        Ok(Expr::BinaryExpr(BinaryExpr::new(sum.into(), op, right.into())))
    }

    pub(super) fn rows_of(&self, tree: &Tree) -> i128 {
        match tree {
            Tree::Table(at) => self.tables[*at].max_rows(self.terms),
            Tree::Join { many, .. } => self.rows_of(many),
        }
    }

    /// How tables are put together, by their own numbers.
    pub(super) fn from(&mut self, tree: &Tree) -> Result<From, JointError> {
        match tree {
            Tree::Table(at) => {
                if self.tables[*at].is_unwanted() {
                    let one = Values::Integer { min: 1, max: 1, decimals: 0 };
                    self.tables[*at].want(&lit(1i64), &one, false)?;
                }
                Ok(From::Input(*at))
            }
            Tree::Join { one, many, on, kind } => {
                let mut pairs = Vec::new();
                for pair in on {
                    let mut at = [ColumnAt { input: 0, column: 0 }; 2];
                    for (at, (input, name)) in at.iter_mut().zip(pair) {
                        let nullable = self.tables[*input].base(name).is_some_and(|base| base.nullable);
                        let column =
                            self.tables[*input].want(&named(*input, name), &Values::Key, nullable)?;
                        *at = ColumnAt { input: *input, column };
                    }
                    pairs.push(at);
                }
                let (one, many) = (self.from(one)?.into(), self.from(many)?.into());
                Ok(From::Join { one, many, on: pairs, kind: *kind })
            }
        }
    }
}

fn compares(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

fn tables_of(tree: &Tree) -> Vec<usize> {
    match tree {
        Tree::Table(at) => vec![*at],
        Tree::Join { one, many, .. } => [tables_of(one), tables_of(many)].concat(),
    }
}

fn joined(from: From, at: &dyn Fn(ColumnAt) -> ColumnAt, arms: &dyn Fn(usize) -> From) -> From {
    match from {
        From::Input(table) => arms(table),
        From::Join { one, many, on, kind } => From::Join {
            one: joined(*one, at, arms).into(),
            many: joined(*many, at, arms).into(),
            on: on.into_iter().map(|pair| pair.map(at)).collect(),
            kind,
        },
        From::Union(parts) => From::Union(parts),
    }
}

/// The same expression with other columns.
fn moved(expr: Planned, at: &dyn Fn(ColumnAt) -> ColumnAt) -> Planned {
    let inner = |inner: Box<Planned>| Box::new(moved(*inner, at));
    match expr {
        Planned::Column(place) => Planned::Column(at(place)),
        Planned::Integer(_) | Planned::Missing => expr,
        Planned::Binary { op, left, right } => Planned::Binary { op, left: inner(left), right: inner(right) },
        Planned::Not(of) => Planned::Not(inner(of)),
        Planned::Present(of) => Planned::Present(inner(of)),
        Planned::Case { when, then, otherwise } => {
            Planned::Case { when: inner(when), then: inner(then), otherwise: inner(otherwise) }
        }
    }
}

fn number(expr: Option<&Expr>) -> Result<Option<u64>, JointError> {
    match expr {
        None => Ok(None),
        Some(Expr::Literal(datafusion::common::ScalarValue::Int64(value), _)) => value
            .map(|value| u64::try_from(value).map_err(|_| refused("literal", &value.to_string())))
            .transpose(),
        Some(other) => Err(refuse("literal", other)),
    }
}
