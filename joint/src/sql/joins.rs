//! Joins: which side has each key once, what is a key and what a condition, what stays.

use super::relation::{Place, Relation, Tree, resolve};
use super::tables::{Base, Meaning, named, place, tables};
use super::uses::{Use, permit};
use super::{Planner, refuse, shown};
use crate::error::JointError;
use datafusion::common::NullEquality;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Join, JoinType, Operator};
use std::collections::BTreeSet;
use yinshu_data::ColumnKind;
use yinshu_mpc::query::Join as Kind;

/// What kinds of keys may be equal: each is a canonical form of its own.
pub(super) fn comparable(left: ColumnKind, right: ColumnKind) -> bool {
    use ColumnKind::{CitizenId, CreditCode, OrgCode, OrgId, PersonId};
    let family = |kind| match kind {
        CitizenId | PersonId => PersonId,
        CreditCode | OrgCode | OrgId => OrgId,
        other => other,
    };
    family(left) == family(right)
}

impl Planner<'_> {
    pub(super) fn join(&mut self, join: &Join, held: &mut Vec<Expr>) -> Result<Relation, JointError> {
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
