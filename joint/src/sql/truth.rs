//! Truths of a row: the conditions of a question.
//!
//! SQL knows three truths, a plan two: each condition is lowered to the truth that it holds, or to the truth that its
//! contrary holds, and a missing operand makes both 0. What is about one table alone is left to its owner whole.

use super::tables::{Meaning, checked};
use super::uses::{Use, permit};
use super::value::{Value, What, condition};
use super::{Planner, refuse, shown};
use crate::error::JointError;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{BinaryExpr, Case, Expr, Operator};
use yinshu_mpc::query::Op;

impl Planner<'_> {
    /// The truth that a condition holds, or that its contrary does.
    pub(super) fn truth(&self, expr: &Expr, positive: bool) -> Result<Value, JointError> {
        if let Some(table) = self.own(expr) {
            permit(self.terms, &self.tables[table].origins(expr), Use::Compare)?;
            checked(expr)?;
            let holds = Box::new(expr.clone());
            let holds = if positive { Expr::IsTrue(holds) } else { Expr::IsFalse(holds) };
            return Ok(Value { source: Some((table, holds)), ..Value::truth(What::Own) });
        }
        match expr {
            Expr::Alias(alias) => self.truth(&alias.expr, positive),
            Expr::Not(inner) => self.truth(inner, !positive),
            Expr::Literal(ScalarValue::Boolean(Some(truth)), _) => Ok(Value::constant(*truth == positive)),
            Expr::Literal(ScalarValue::Boolean(None) | ScalarValue::Null, _) => Ok(Value::constant(false)),
            Expr::IsTrue(inner) => self.known(inner, true, positive),
            Expr::IsFalse(inner) => self.known(inner, false, positive),
            Expr::IsNotTrue(inner) => self.known(inner, true, !positive),
            Expr::IsNotFalse(inner) => self.known(inner, false, !positive),
            Expr::IsNull(inner) => self.is_missing(inner, positive),
            Expr::IsNotNull(inner) => self.is_missing(inner, !positive),
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (op, positive) {
                (Operator::And, true) | (Operator::Or, false) => {
                    Ok(self.truth(left, positive)?.and(self.truth(right, positive)?))
                }
                (Operator::Or, true) | (Operator::And, false) => {
                    Ok(self.truth(left, positive)?.or(self.truth(right, positive)?))
                }
                _ => {
                    let op = if positive { Some(*op) } else { op.negate() };
                    self.compared(left, op.ok_or_else(|| refuse("function", expr))?, right)
                }
            },
            Expr::Between(between) => {
                let low = BinaryExpr::new(between.expr.clone(), Operator::GtEq, between.low.clone());
                let high = BinaryExpr::new(between.expr.clone(), Operator::LtEq, between.high.clone());
                let both = Expr::BinaryExpr(low).and(Expr::BinaryExpr(high));
                self.truth(&both, positive != between.negated)
            }
            Expr::InList(list) => {
                let equal = |item: &Expr| (*list.expr).clone().eq(item.clone());
                let any = list.list.iter().map(equal).reduce(Expr::or);
                self.truth(&any.ok_or_else(|| refuse("other", expr))?, positive != list.negated)
            }
            Expr::Case(case) => self.case_truth(case, positive),
            other => {
                checked(other)?;
                Err(JointError::NotSecure { expression: shown(self, other) })
            }
        }
    }

    /// Whether a condition is known to hold (or its contrary is); the answer itself is always known.
    fn known(&self, inner: &Expr, holds: bool, positive: bool) -> Result<Value, JointError> {
        let truth = self.truth(inner, holds)?;
        Ok(if positive { truth } else { Value::truth(What::Not(truth.into())) })
    }

    /// Whether a value is missing, or is not.
    fn is_missing(&self, inner: &Expr, missing: bool) -> Result<Value, JointError> {
        let there = match self.table_of(inner) {
            Some((table, at, column)) if table.outer && !table.arms.is_empty() => {
                let origins = table.origins(inner);
                // Whether a row found one is what a join by the column tells anyway.
                permit(self.terms, &origins, Use::Compare)
                    .or_else(|refused| permit(self.terms, &origins, Use::JoinKey).map_err(|_| refused))?;
                let nullable = table.base(column).is_some_and(|base| base.nullable);
                self.marker(at, nullable.then_some(inner)).present()
            }
            _ => {
                let value = self.value(inner)?;
                permit(self.terms, &value.origins, Use::Compare)?;
                value.present()
            }
        };
        Ok(if missing { Value::truth(What::Not(there.into())) } else { there })
    }

    /// 1 in every row of a table (that has this column): what a join does not find is missing.
    pub(super) fn marker(&self, table: usize, has: Option<&Expr>) -> Value {
        let one = datafusion::prelude::lit(1i64);
        let expr = match has {
            None => one,
            Some(column) => Expr::Case(Case::new(
                None,
                vec![(Box::new(column.clone().is_not_null()), Box::new(one))],
                None,
            )),
        };
        let what = Value::integer(1);
        Value { nullable: true, source: Some((table, expr)), what: What::Own, ..what }
    }

    fn case_truth(&self, case: &Case, positive: bool) -> Result<Value, JointError> {
        let mut made = match &case.else_expr {
            Some(other) => self.truth(other, positive)?,
            None => Value::constant(false),
        };
        for (when, then) in case.when_then_expr.iter().rev() {
            let when = self.truth(&condition(case, when), true)?;
            let then = self.truth(then, positive)?;
            made = Value::truth(What::Case(Box::new([when, then, made])));
        }
        Ok(made)
    }

    fn compared(&self, left: &Expr, op: Operator, right: &Expr) -> Result<Value, JointError> {
        let whole = || Expr::BinaryExpr(BinaryExpr::new(left.clone().into(), op, right.clone().into()));
        let (a, b) = self.alike(self.value(left)?, self.value(right)?, &whole())?;
        permit(self.terms, &a.origins, Use::Compare)?;
        permit(self.terms, &b.origins, Use::Compare)?;
        if let (Meaning::Code(texts), false) = (&a.meaning, matches!(op, Operator::Eq | Operator::NotEq))
            && !texts.is_sorted()
        {
            return Err(refuse("order-of-texts", &whole()));
        }
        // Where an operand may be missing, the contrary of equality is not that it differs; a sum over a group has no
        // way to be missing at all.
        let mut there = Value::constant(true);
        for side in [&a, &b] {
            if side.nullable && (op == Operator::NotEq || self.over_groups(side)) {
                there = there.and(side.clone().present());
            }
        }
        let (a, b) = (Box::new(a), Box::new(b));
        let what = match op {
            Operator::Eq => What::Binary(Op::Equal, a, b),
            Operator::NotEq => What::Not(Value::truth(What::Binary(Op::Equal, a, b)).into()),
            Operator::Lt => What::Binary(Op::Less, a, b),
            Operator::LtEq => What::Binary(Op::AtMost, a, b),
            Operator::Gt => What::Binary(Op::Less, b, a),
            Operator::GtEq => What::Binary(Op::AtMost, b, a),
            _ => return Err(refuse("function", &whole())),
        };
        Ok(there.and(Value::truth(what)))
    }

    pub(super) fn over_groups(&self, value: &Value) -> bool {
        match &value.what {
            What::Column(table, _) => self.tables[*table].arms.is_empty(),
            What::Binary(_, a, b) => self.over_groups(a) || self.over_groups(b),
            _ => false,
        }
    }
}
