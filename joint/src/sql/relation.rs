//! From the engine's logical plan to tables, how they are joined, and which rows stay.

use super::tables::{Arm, Base, Meaning, Table, checked, named, place, quoted, sql, substitute, tables};
use super::uses::{Use, permit};
use super::{Planner, refuse, shown};
use crate::error::JointError;
use datafusion::common::{Column as Name, DFSchema, NullEquality};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Distinct, Expr, Join, JoinType, LogicalPlan, Operator};
use std::collections::BTreeSet;
use yinshu_data::ColumnKind;
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
    fn tables(&self) -> Vec<usize> {
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
    cells: Vec<Expr>,
    /// What must hold, and takes more than one table.
    pub(super) filters: Vec<Expr>,
    /// Columns that together occur once.
    unique: Vec<BTreeSet<Place>>,
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

/// What kinds of keys may be equal: each is a canonical form of its own.
fn comparable(left: ColumnKind, right: ColumnKind) -> bool {
    use ColumnKind::{CitizenId, CreditCode, OrgCode, OrgId, PersonId};
    let family = |kind| match kind {
        CitizenId | PersonId => PersonId,
        CreditCode | OrgCode | OrgId => OrgId,
        other => other,
    };
    family(left) == family(right)
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
    fn under(&mut self, plan: &LogicalPlan, held: &mut Vec<Expr>) -> Result<Relation, JointError> {
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
    fn grouped(&mut self, input: &Relation, keys: &[Expr], figures: &[Expr]) -> Result<Relation, JointError> {
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

    fn join(&mut self, join: &Join, held: &mut Vec<Expr>) -> Result<Relation, JointError> {
        let (mut left, mut right) = (self.under(&join.left, held)?, self.under(&join.right, held)?);
        let (mut on, mut also) = (Vec::new(), Vec::new());
        for (a, b) in &join.on {
            let (a, b) = (left.resolve(join.left.schema(), a)?, right.resolve(join.right.schema(), b)?);
            on.push(self.key_pair(&a, &b)?);
        }
        if let Some(filter) = &join.filter {
            let cells = [&left.cells[..], &right.cells].concat();
            // A semi-join's own schema lacks the right side.
            let schema = join.left.schema().join(join.right.schema()).map_err(|e| super::engine(&e))?;
            let held = resolve(&schema, &cells, filter)?;
            for part in split_conjunction(&held) {
                match self.equality(&left, &right, part) {
                    Some(pair) => on.push(pair),
                    None => also.push(part.clone()),
                }
            }
        }
        if on.is_empty() && join.join_type == JoinType::Inner {
            self.keys_among(held, join, (&left, &right), &mut on)?;
        }
        if on.is_empty() || join.null_equality != NullEquality::NullEqualsNothing {
            let found = join.filter.as_ref().map_or_else(|| join.join_type.to_string(), ToString::to_string);
            return Err(super::refused("cross-join", &found));
        }
        let one_table = |side: usize| on.iter().all(|pair| pair[side].0 == on[0][side].0);
        if !one_table(0) || !one_table(1) {
            return Err(super::refused("keys-of-tables", &join.join_type.to_string()));
        }
        let flip = |on: Vec<[Place; 2]>| on.into_iter().map(|[a, b]| [b, a]).collect::<Vec<_>>();
        let kind = match join.join_type {
            JoinType::Inner => return self.inner(left, right, on, &also),
            JoinType::Left | JoinType::Right => Kind::Left,
            JoinType::LeftSemi | JoinType::RightSemi => Kind::Semi,
            JoinType::LeftAnti | JoinType::RightAnti => Kind::Anti,
            JoinType::Full => return Err(super::refused("full-join", "FULL JOIN")),
            _ => return Err(super::refused("subquery", "IN, EXISTS")),
        };
        let turned = matches!(join.join_type, JoinType::Right | JoinType::RightSemi | JoinType::RightAnti);
        if turned {
            (left, right, on) = (right, left, flip(on));
        }
        if join.null_aware {
            self.never_missing(&on)?;
        }
        for held in also {
            let about = tables(&held);
            let all = |tree: &Tree| about.iter().all(|table| tree.tables().contains(table));
            if all(&right.tree) {
                self.restrict(&mut right, &held)?;
            } else if kind == Kind::Semi && all(&left.tree) {
                self.restrict(&mut left, &held)?;
            } else {
                return Err(refuse("join-condition", &held));
            }
        }
        self.outer_or_semi(left, right, on, (kind, turned))
    }

    /// Left, semi and anti: `left` is what stays, `right` what is looked for.
    fn outer_or_semi(
        &mut self,
        left: Relation,
        mut right: Relation,
        mut on: Vec<[Place; 2]>,
        (kind, turned): (Kind, bool),
    ) -> Result<Relation, JointError> {
        if kind != Kind::Left && !once(&right, on.iter().map(|[_, b]| b)) {
            (right, on) = self.distinct(right, on)?;
        }
        if !once(&right, on.iter().map(|[_, b]| b)) {
            return Err(not_unique(self, &on));
        }
        if !right.filters.is_empty() && kind != Kind::Semi {
            return Err(refuse("join-condition", &right.filters[0]));
        }
        if kind == Kind::Left {
            for table in right.tree.tables() {
                self.tables[table].outer = true;
            }
        }
        // A row that finds one finds exactly one: with filters to hold over both it is an inner join.
        let told = if kind == Kind::Semi && !right.filters.is_empty() { Kind::Inner } else { kind };
        let cells = match (kind, turned) {
            (Kind::Left, false) => [left.cells, right.cells].concat(),
            (Kind::Left, true) => [right.cells, left.cells].concat(),
            _ => left.cells,
        };
        let on = on.into_iter().map(|[many, one]| [one, many]).collect();
        let (one, many) = (Box::new(right.tree), Box::new(left.tree));
        Ok(Relation {
            tree: Tree::Join { one, many, on, kind: told },
            cells,
            filters: [left.filters, right.filters].concat(),
            unique: left.unique,
        })
    }

    fn inner(
        &mut self,
        left: Relation,
        right: Relation,
        on: Vec<[Place; 2]>,
        also: &[Expr],
    ) -> Result<Relation, JointError> {
        let (left_once, right_once) =
            (once(&left, on.iter().map(|[a, _]| a)), once(&right, on.iter().map(|[_, b]| b)));
        let mut unique = Vec::new();
        if right_once {
            unique.extend(left.unique.iter().cloned());
        }
        if left_once {
            unique.extend(right.unique.iter().cloned());
        }
        let mut turned = Vec::new();
        for set in &unique {
            let put = |place: &Place| {
                let other = on.iter().find_map(|[a, b]| match place {
                    place if place == a => Some(b),
                    place if place == b => Some(a),
                    _ => None,
                });
                other.unwrap_or(place).clone()
            };
            turned.push(set.iter().map(put).collect());
        }
        unique.extend(turned);
        let tree = match (right_once, left_once) {
            (true, _) => Tree::Join {
                one: Box::new(right.tree),
                many: Box::new(left.tree),
                on: on.into_iter().map(|[a, b]| [b, a]).collect(),
                kind: Kind::Inner,
            },
            (false, true) => {
                Tree::Join { one: Box::new(left.tree), many: Box::new(right.tree), on, kind: Kind::Inner }
            }
            (false, false) => return Err(not_unique(self, &on)),
        };
        let cells = [left.cells, right.cells].concat();
        let mut joined = Relation { tree, cells, filters: [left.filters, right.filters].concat(), unique };
        for held in also {
            self.restrict(&mut joined, held)?;
        }
        Ok(joined)
    }

    /// What is looked for once for each key: by its owner, where it is one owner's table.
    fn distinct(
        &mut self,
        right: Relation,
        on: Vec<[Place; 2]>,
    ) -> Result<(Relation, Vec<[Place; 2]>), JointError> {
        let single = matches!(&right.tree, Tree::Table(at) if self.tables[*at].arms.len() == 1);
        if !single || !right.filters.is_empty() {
            return Ok((right, on));
        }
        let mut keys: Vec<Expr> = Vec::new();
        for [_, (table, column)] in &on {
            let key = named(*table, column);
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let grouped = self.grouped(&right, &keys, &[])?;
        let moved = |[a, (table, column)]: [Place; 2]| {
            let at = keys.iter().position(|key| *key == named(table, &column)).unwrap_or(0);
            let place = match &grouped.cells[at] {
                Expr::Column(name) => place(name).map(|(table, name)| (table, name.to_owned())),
                _ => None,
            };
            [a, place.unwrap_or((table, column))]
        };
        let on = on.into_iter().map(moved).collect();
        Ok((grouped, on))
    }

    /// Takes the equalities of keys between both sides from among the conditions above a join.
    fn keys_among(
        &self,
        held: &mut Vec<Expr>,
        join: &Join,
        (left, right): (&Relation, &Relation),
        on: &mut Vec<[Place; 2]>,
    ) -> Result<(), JointError> {
        let cells = [&left.cells[..], &right.cells].concat();
        let schema = join.left.schema().join(join.right.schema()).map_err(|e| super::engine(&e))?;
        held.retain(|part| {
            let known = part.column_refs().into_iter().all(|name| schema.index_of_column(name).is_ok());
            let pair = known.then(|| resolve(&schema, &cells, part).ok()).flatten();
            let pair = pair.and_then(|part| self.equality(left, right, &part));
            pair.map(|pair| on.push(pair)).is_none()
        });
        Ok(())
    }

    /// The keys of an equality between both sides that they may be joined by; any other is a condition.
    fn equality(&self, left: &Relation, right: &Relation, held: &Expr) -> Option<[Place; 2]> {
        let Expr::BinaryExpr(BinaryExpr { left: a, op: Operator::Eq, right: b }) = held else { return None };
        let of = |expr: &Expr, side: &Relation| {
            let about = tables(expr);
            !about.is_empty() && about.is_subset(&side.tree.tables().into_iter().collect())
        };
        match (of(a, left) && of(b, right), of(b, left) && of(a, right)) {
            (true, _) => self.key_pair(a, b).ok(),
            (false, true) => self.key_pair(b, a).ok(),
            (false, false) => None,
        }
    }

    /// A pair of keys: columns, of kinds that can be equal, that may be joined by.
    fn key_pair(&self, a: &Expr, b: &Expr) -> Result<[Place; 2], JointError> {
        let mut found = Vec::new();
        for expr in [a, b] {
            let Expr::Column(name) = expr else { return Err(refuse("join-key", expr)) };
            let Some((table, column)) = place(name) else { return Err(refuse("join-key", expr)) };
            let base = self.tables[table].base(column).ok_or_else(|| refuse("join-key", expr))?;
            permit(self.terms, &base.origins, Use::JoinKey)?;
            found.push(((table, column.to_owned()), base));
        }
        let [(a, left), (b, right)] = &found[..] else { return Err(refuse("join-key", a)) };
        let decimals = |base: &Base| match base.meaning {
            Meaning::Number { decimals, .. } => decimals,
            _ => 0,
        };
        let fits = match (left.kind, right.kind) {
            (Some(left), Some(right)) => comparable(left, right),
            _ => false,
        };
        if !fits || decimals(left) != decimals(right) {
            let text = |(table, column): &Place| shown(self, &named(*table, column));
            return Err(JointError::KeyKinds { left: text(a), right: text(b) });
        }
        Ok([a.clone(), b.clone()])
    }

    fn never_missing(&self, on: &[[Place; 2]]) -> Result<(), JointError> {
        for (table, column) in on.iter().flatten() {
            let (table, expr) = (&self.tables[*table], named(*table, column));
            if table.outer || table.base(column).is_none_or(|base| base.nullable) {
                return Err(super::refused("not-in-missing", &shown(self, &expr)));
            }
        }
        Ok(())
    }
}

/// Whether no two rows agree in these columns.
fn once<'a>(relation: &Relation, keys: impl Iterator<Item = &'a Place>) -> bool {
    let keys: BTreeSet<Place> = keys.cloned().collect();
    relation.unique.iter().any(|set| set.is_subset(&keys))
}

fn not_unique(planner: &Planner<'_>, on: &[[Place; 2]]) -> JointError {
    let side = |at: usize| {
        let keys = on.iter().map(|pair| shown(planner, &named(pair[at].0, &pair[at].1)));
        keys.collect::<Vec<_>>().join(", ")
    };
    JointError::NotUnique { left: side(0), right: side(1) }
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
