//! Rows split by person: each owner adds up its own by group, so that what is shared does not grow with rows.
//!
//! It is done where the question is about one table (or tables one after the other) and asks for counts, sums, means and
//! variances. Each owner then brings one row for each group it has rows in, padded to all groups there can be, so that
//! not even the number of its groups is told. Where a cell is hidden for one great contribution, single rows must be
//! seen on shares, and nothing is added up.

use super::tables::{Arm, Base, Meaning, Table, named, quoted, sql};
use super::{Planner, figures::Draft};
use crate::error::JointError;
use datafusion::common::Column as Name;
use datafusion::logical_expr::Expr;
use std::collections::{BTreeMap, BTreeSet};
use yinshu_data::ColumnKind;
use yinshu_mpc::query::Function;

/// Sums stay below this.
const MOST: i128 = 1 << 58;

/// What owners have added up.
pub(super) struct Beforehand {
    /// The table of it.
    pub(super) table: usize,
    /// What is grouped by.
    pub(super) keys: Vec<Expr>,
    /// How many rows a row stands for.
    pub(super) rows: Expr,
    /// What figures are made of, by their numbers.
    pub(super) sums: BTreeMap<usize, Sums>,
}

/// What a figure is made of.
pub(super) struct Sums {
    pub(super) of: Option<Expr>,
    pub(super) counted: Expr,
    pub(super) squares: Option<Expr>,
}

/// Columns of a table that is being made: their names, and their SQL for each arm.
struct Making<'a> {
    from: &'a Table,
    number: usize,
    columns: Vec<Base>,
    sql: Vec<Vec<String>>,
}

impl Making<'_> {
    /// One more column: `write` puts an arm's own expression into SQL.
    fn column(
        &mut self,
        base: Base,
        expr: &Expr,
        write: impl Fn(&str) -> String,
    ) -> Result<Expr, JointError> {
        let own = |arm: &Arm| Ok(write(&sql(&self.from.in_arm(arm, expr)?)?));
        let texts = self.from.arms.iter().map(own).collect::<Result<Vec<_>, JointError>>()?;
        for (all, text) in self.sql.iter_mut().zip(texts) {
            all.push(format!("{text} AS {}", quoted(&base.name)));
        }
        let column = named(self.number, &base.name);
        self.columns.push(base);
        Ok(column)
    }
}

fn whole(name: String, decimals: u32, min: i128, max: i128) -> Base {
    let kind = Some(ColumnKind::Integer);
    let meaning = Meaning::Number { decimals, min, max };
    Base { name, meaning, kind, nullable: false, origins: BTreeSet::new() }
}

impl Planner<'_> {
    /// Has owners add up their rows of a table by these keys, where these figures can be told from sums of so many groups.
    pub(super) fn beforehand(
        &mut self,
        table: usize,
        keys: &[Expr],
        figures: &[usize],
        groups: i128,
    ) -> Result<Option<Beforehand>, JointError> {
        let drafts: BTreeMap<usize, Draft> =
            figures.iter().map(|&at| (at, self.figures[at].clone())).collect();
        let from = self.tables[table].clone();
        let most = from.arms.iter().map(|arm| i128::from(self.terms.query.tables[arm.table].max_rows));
        let most = most.max().unwrap_or(0);
        let arms = from.arms.len() as i128;
        let fits = |draft: &Draft| {
            let Some([min, max]) = draft.bounds() else { return draft.function == Function::Count };
            let greatest = min.abs().max(max.abs());
            let square = if draft.function == Function::Sum { greatest } else { greatest * greatest };
            let sums = [Function::Count, Function::Sum, Function::Mean, Function::Variance, Function::Sd];
            let square = if draft.function == Function::Mean { greatest } else { square };
            sums.contains(&draft.function) && square.saturating_mul(most * groups * arms) < MOST
        };
        let worth = most > groups && self.terms.query.dominance_percent.is_none();
        if !worth || !drafts.values().all(fits) || most * groups * arms >= MOST {
            return Ok(None);
        }
        let number = self.tables.len();
        let mut making =
            Making { from: &from, number, columns: Vec::new(), sql: vec![Vec::new(); from.arms.len()] };
        let mut grouped = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            let base = Base { name: format!("k{}", at + 1), ..self.described(key)? };
            grouped.push(making.column(base, key, str::to_owned)?);
        }
        let one = datafusion::prelude::lit(1i64);
        let rows = making.column(whole("rows".to_owned(), 0, 0, most), &one, |_| "COUNT(*)".to_owned())?;
        let mut sums = BTreeMap::new();
        for (at, draft) in &drafts {
            sums.insert(*at, added(&mut making, draft, sums.len() + 1, most, &rows)?);
        }
        let arms = from.arms.iter().zip(&making.sql).map(|(arm, selected)| {
            let by: Vec<String> = (1..=keys.len()).map(|at| at.to_string()).collect();
            let by = if by.is_empty() { String::new() } else { format!(" GROUP BY {}", by.join(", ")) };
            let source = format!("(SELECT {} {}{by})", selected.join(", "), arm.from()?);
            let own = making.columns.iter().map(|c| Expr::Column(Name::new_unqualified(&c.name)));
            Ok(Arm { table: arm.table, source, filters: Vec::new(), columns: own.collect() })
        });
        let arms = arms.collect::<Result<Vec<_>, JointError>>()?;
        let mut made = Table::new(making.columns, arms);
        made.groups = u64::try_from(groups).ok();
        self.tables.push(made);
        Ok(Some(Beforehand { table: number, keys: grouped, rows, sums }))
    }
}

/// The sums that a figure is made of.
fn added(
    making: &mut Making<'_>,
    draft: &Draft,
    number: usize,
    most: i128,
    rows: &Expr,
) -> Result<Sums, JointError> {
    let Some(of) = &draft.local else { return Ok(Sums { of: None, counted: rows.clone(), squares: None }) };
    let counted = whole(format!("n{number}"), 0, 0, most);
    let counted = making.column(counted, of, |of| format!("COUNT({of})"))?;
    let Some([min, max]) = draft.bounds().filter(|_| draft.function != Function::Count) else {
        return Ok(Sums { of: None, counted, squares: None });
    };
    let decimals = draft.decimals();
    let sum = whole(format!("s{number}"), decimals, min.min(0) * most, max.max(0) * most);
    let sum = making.column(sum, of, |of| format!("COALESCE(SUM({of}), 0)"))?;
    let squares = matches!(draft.function, Function::Variance | Function::Sd).then(|| {
        let greatest = min.abs().max(max.abs());
        let squares = whole(format!("q{number}"), 2 * decimals, 0, greatest * greatest * most);
        making.column(squares, of, |of| format!("COALESCE(SUM(({of}) * ({of})), 0)"))
    });
    Ok(Sums { of: Some(sum), counted, squares: squares.transpose()? })
}
