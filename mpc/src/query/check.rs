//! Whether a question can be answered, by what is declared: nothing is shared before.

use super::bounds::{Bounds, Scope};
use super::figures::{Summand, having_bounds};
use super::groups::Domain;
use super::keys::{self, KeyColumns};
use super::{ColumnAt, Expr, Figure, From, Function, Join, Key, Plan, Tell, Values, exposure};
use crate::error::MpcError;
use crate::fixed::bits_of;
use crate::release::Rule;
use crate::release::readers::OUTSIDE;
use crate::role::Role;
use std::collections::{BTreeMap, BTreeSet};

/// What the parties agreed on beside the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The least group, and how much of a sum one row may be.
    pub rule: Rule,
    /// Whether the least and the greatest value may be told, which are those of single rows.
    pub extremes: bool,
    /// Who of the three learns the answer.
    pub receivers: Vec<Role>,
}

/// A question that was looked at.
pub(super) struct Checked {
    pub(super) keys: Vec<KeyColumns>,
    /// The columns that are computed with.
    pub(super) wanted: Vec<ColumnAt>,
    /// For each input the one that names its columns.
    pub(super) named_by: Vec<usize>,
}

impl Checked {
    /// The keys of joins that an input has.
    pub(super) fn keys_of(&self, input: usize) -> Vec<&KeyColumns> {
        self.keys.iter().filter(|key| key.input == self.named_by[input]).collect()
    }
}

impl Plan {
    /// Rows of each table, at most.
    fn most_rows(&self) -> Vec<usize> {
        self.inputs.iter().map(|input| usize::try_from(input.max_rows).unwrap_or(usize::MAX)).collect()
    }

    /// Whether the question can be answered under these terms, whatever the tables say: by declared bounds and the most rows.
    ///
    /// # Errors
    /// [`MpcError`]: what could overflow or would single out, what is not available, or what makes no sense; by name.
    pub fn check(&self, terms: &Terms) -> Result<(), MpcError> {
        self.checked(terms).map(drop)
    }

    pub(super) fn checked(&self, terms: &Terms) -> Result<Checked, MpcError> {
        checked(self, &self.most_rows(), terms)
    }
}

/// Looks at a question over tables of so many rows.
pub(super) fn checked(plan: &Plan, rows: &[usize], terms: &Terms) -> Result<Checked, MpcError> {
    terms.rule.checked()?;
    let mut seen = BTreeSet::new();
    let mut named_by: Vec<usize> = (0..plan.inputs.len()).collect();
    let (columns, total) = layout(plan, &plan.from, rows, &mut seen, &mut named_by)?;
    if let Some(unused) = (0..plan.inputs.len()).find(|at| !seen.contains(at)) {
        return Err(MpcError::Senseless { what: plan.inputs[unused].table.clone() });
    }
    let max = 1 << 28;
    if total > max {
        return Err(MpcError::TooMany { found: total, max });
    }
    let analysed = matches!(plan.tell, Tell::Analysis(_));
    if terms.rule.minimum > 1 {
        unions(plan, &plan.from, (terms, analysed))?;
    }
    let name = |at| plan.column_name(at);
    let scope = Scope { columns, name: &name };
    let mut wanted = BTreeSet::new();
    if let Some(filter) = &plan.filter {
        scope.truth(filter)?;
        used(filter, &mut wanted);
    }
    match &plan.tell {
        Tell::Groups { keys, figures, having, rows: weight } => {
            let rows = (total, weight.as_ref());
            groups(&scope, (keys, figures, having.as_ref()), rows, terms)?;
            if terms.rule.minimum > 1 {
                exposure::truths(&scope, figures)?;
                figures.iter().try_for_each(|figure| exposure::power(&scope, figure))?;
                let of = (&figures[..], weight.as_ref());
                exposure::sums(&scope, (plan, &named_by), of, terms.rule.minimum)?;
            }
            keys.iter().for_each(|key| used(&key.of, &mut wanted));
            weight.iter().for_each(|weight| used(weight, &mut wanted));
            figures.iter().flat_map(Figure::expressions).for_each(|of| used(of, &mut wanted));
        }
        Tell::Analysis(analysis) => {
            if terms.rule.percent.is_some() {
                let what = "an analysis where the greatest part of a sum is limited (dominance_percent)";
                return Err(MpcError::Unavailable { what: what.to_owned() });
            }
            analysis.check((plan, total), &|at| scope.of(&Expr::Column(at)), terms)?;
            wanted.extend(analysis.columns());
        }
    }
    // Those of other parts of a union go by the number of the first.
    let wanted = (0..plan.inputs.len())
        .flat_map(|at| {
            let of = named_by[at];
            let columns: Vec<_> =
                wanted.iter().filter(|column| column.input == of).map(|column| column.column).collect();
            columns.into_iter().map(move |column| ColumnAt { input: at, column })
        })
        .collect();
    Ok(Checked { keys: keys::all(plan)?, wanted, named_by })
}

/// The columns that an expression names.
fn used(expr: &Expr, into: &mut BTreeSet<ColumnAt>) {
    match expr {
        Expr::Column(at) => {
            into.insert(*at);
        }
        Expr::Integer(_) | Expr::Missing => {}
        Expr::Not(of) | Expr::Present(of) => used(of, into),
        Expr::Case { when, then, otherwise } => {
            for part in [when, then, otherwise] {
                used(part, into);
            }
        }
        Expr::Binary { left, right, .. } => {
            used(left, into);
            used(right, into);
        }
    }
}

/// Whether values mean the same, whatever their bounds.
fn alike(a: &Values, b: &Values) -> bool {
    match (a, b) {
        (Values::Key, Values::Key) => true,
        (Values::Integer { decimals: a, .. }, Values::Integer { decimals: b, .. }) => a == b,
        (Values::Code { of: a }, Values::Code { of: b }) => a == b,
        _ => false,
    }
}

type Together = (BTreeMap<ColumnAt, Bounds>, usize);

/// The columns of tables put together, and how many rows.
fn layout(
    plan: &Plan,
    from: &From,
    rows: &[usize],
    seen: &mut BTreeSet<usize>,
    named_by: &mut [usize],
) -> Result<Together, MpcError> {
    match from {
        From::Input(at) => input(plan, *at, rows, seen),
        From::Union(parts) => {
            let mut all = Vec::new();
            inputs(parts, &mut all)?;
            let first = *all.first().ok_or(MpcError::Senseless { what: "a union of nothing".to_owned() })?;
            let (mut columns, mut total) = input(plan, first, rows, seen)?;
            for &at in &all[1..] {
                let (more, count) = input(plan, at, rows, seen)?;
                total = total.saturating_add(count);
                named_by[at] = first;
                let table = || MpcError::Senseless { what: plan.inputs[at].table.clone() };
                if plan.inputs[at].columns.len() != plan.inputs[first].columns.len()
                    || more.len() != columns.len()
                {
                    return Err(table());
                }
                let both = plan.inputs[at].columns.iter().zip(&plan.inputs[first].columns);
                if both.into_iter().any(|(a, b)| !alike(&a.values, &b.values)) {
                    return Err(table());
                }
                for (column, bounds) in more {
                    let to = columns.get_mut(&ColumnAt { input: first, column: column.column });
                    let to = to.ok_or_else(table)?;
                    *to = to.either(bounds);
                }
            }
            Ok((columns, total))
        }
        From::Join { one, many, kind, .. } => {
            let (left, lefts) = layout(plan, one, rows, seen, named_by)?;
            let (mut columns, count) = layout(plan, many, rows, seen, named_by)?;
            let sum = lefts.saturating_add(count);
            if sum > 1 << 28 {
                return Err(MpcError::TooMany { found: sum, max: 1 << 28 });
            }
            if matches!(kind, Join::Inner | Join::Left) {
                let nullable =
                    |bounds: Bounds| Bounds { nullable: bounds.nullable || *kind == Join::Left, ..bounds };
                columns.extend(left.into_iter().map(|(at, bounds)| (at, nullable(bounds))));
            }
            Ok((columns, count))
        }
    }
}

/// Refuses tables of several owners, one after the other, where one who learns the answer and has rows among them, or is in league
/// with an owner that does not compute and has some, could subtract these and nobody looks at what is left: in an analysis, and on a side whose columns are looked up.
fn unions(plan: &Plan, from: &From, (terms, looked_at): (&Terms, bool)) -> Result<(), MpcError> {
    match from {
        From::Input(_) => Ok(()),
        From::Union(parts) => {
            let mut all = Vec::new();
            inputs(parts, &mut all)?;
            let owners: BTreeSet<u8> =
                all.iter().filter_map(|&at| plan.inputs.get(at)).map(|input| input.owner).collect();
            let reads = terms.receivers.iter().any(|role| owners.contains(&(*role as u8)))
                || owners.iter().any(|owner| usize::from(*owner) >= Role::ALL.len());
            if looked_at && owners.len() > 1 && reads {
                let name = |at: &usize| plan.inputs.get(*at).map_or_else(String::new, |of| of.table.clone());
                let tables: Vec<String> = all.iter().map(name).collect();
                let what = format!("this of tables of several owners together: {}", tables.join(", "));
                return Err(MpcError::Unavailable { what });
            }
            Ok(())
        }
        From::Join { one, many, kind, .. } => {
            let carried = matches!(kind, Join::Inner | Join::Left);
            unions(plan, one, (terms, looked_at || carried))?;
            unions(plan, many, (terms, looked_at))
        }
    }
}

fn inputs(parts: &[From], all: &mut Vec<usize>) -> Result<(), MpcError> {
    parts.iter().try_for_each(|part| match part {
        From::Input(at) => {
            all.push(*at);
            Ok(())
        }
        From::Union(parts) => inputs(parts, all),
        From::Join { .. } => Err(MpcError::Senseless { what: "a union of joins".to_owned() }),
    })
}

fn input(plan: &Plan, at: usize, rows: &[usize], seen: &mut BTreeSet<usize>) -> Result<Together, MpcError> {
    let table = plan.inputs.get(at).ok_or_else(|| MpcError::Senseless { what: format!("table {at}") })?;
    if !seen.insert(at) {
        return Err(MpcError::Senseless { what: table.table.clone() });
    }
    if usize::from(table.owner) >= Role::ALL.len() + OUTSIDE {
        return Err(MpcError::Senseless { what: table.table.clone() });
    }
    let mut columns = BTreeMap::new();
    for (number, column) in table.columns.iter().enumerate() {
        let Some([min, max]) = column.bounds() else { continue };
        let at = ColumnAt { input: at, column: number };
        let most = min.unsigned_abs().max(max.unsigned_abs());
        let found = u64::BITS - most.leading_zeros();
        if min > max {
            return Err(MpcError::Senseless { what: plan.column_name(at) });
        }
        if most > 1 << 60 {
            return Err(MpcError::Overflow { expression: plan.column_name(at), found, max: 60 });
        }
        columns.insert(at, Bounds::new(min, max, column.nullable));
    }
    Ok((columns, rows.get(at).copied().unwrap_or(0)))
}

/// Groups, their figures and the condition on them.
fn groups(
    scope: &Scope<'_>,
    (keys, figures, having): (&[Key], &[Figure], Option<&Expr>),
    (rows, weight): (usize, Option<&Expr>),
    terms: &Terms,
) -> Result<(), MpcError> {
    Domain::of(scope, keys, rows)?;
    if let Some(weight) = weight {
        behind(scope, weight, rows)?;
        if terms.rule.percent.is_some() {
            let what = "the greatest part of a sum that owners added up beforehand".to_owned();
            return Err(MpcError::Unavailable { what });
        }
    }
    for figure in figures {
        let name = || figure.name.clone();
        let ranked = matches!(figure.function, Function::Min | Function::Max | Function::Median);
        if ranked && !keys.is_empty() {
            return Err(MpcError::OnlyTogether { figure: name() });
        }
        if matches!(figure.function, Function::Min | Function::Max) && !terms.extremes {
            return Err(MpcError::SingleRow { figure: name() });
        }
        let needs = figure.needs(scope, weight)?;
        needs.iter().try_for_each(|summand: &Summand| summand.fits(scope, rows))?;
        if let Some(counted) = &figure.counted
            && scope.of(counted)?.min < 0
        {
            return Err(MpcError::Senseless { what: scope.describe(counted) });
        }
        if figure.function == Function::Correlation && terms.rule.percent.is_some() {
            let what = "a correlation where the greatest part of a sum is limited (dominance_percent)";
            return Err(MpcError::Unavailable { what: what.to_owned() });
        }
        if let Some(of) = contributed(figure, &terms.rule) {
            let bounds = scope.of(of)?;
            if bounds.min < 0 {
                return Err(MpcError::Negative { figure: name() });
            }
            let found = bounds.bits() + bits_of(rows);
            if found > 52 {
                return Err(MpcError::Overflow { expression: scope.describe(of), found, max: 52 });
            }
        }
    }
    if let Some(having) = having {
        condition(scope, (figures, having), (rows, weight))?;
    }
    Ok(())
}

impl Figure {
    /// All expressions in it.
    fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.of.iter().chain(&self.with).chain(&self.counted).chain(&self.squares)
    }
}

/// Looks at a condition on groups: figures stand in it in the place of columns.
fn condition(
    scope: &Scope<'_>,
    (figures, having): (&[Figure], &Expr),
    rows: (usize, Option<&Expr>),
) -> Result<(), MpcError> {
    let mut named = BTreeSet::new();
    used(having, &mut named);
    let mut columns = BTreeMap::new();
    for at in named {
        let figure = figures.get(at.column).filter(|_| at.input == 0);
        let figure = figure.ok_or_else(|| MpcError::Senseless { what: format!("figure {}", at.column) })?;
        columns.insert(at, having_bounds(figure, scope, rows)?);
    }
    let name = |at: ColumnAt| figures.get(at.column).map_or_else(String::new, |figure| figure.name.clone());
    Scope { columns, name: &name }.truth(having).map(drop)
}

/// How many rows can be behind so many, of which each stands for some.
pub(super) fn behind(scope: &Scope<'_>, weight: &Expr, rows: usize) -> Result<usize, MpcError> {
    let bounds = scope.of(weight)?;
    if bounds.min < 0 {
        return Err(MpcError::Senseless { what: scope.describe(weight) });
    }
    let most = u128::from(bounds.max.unsigned_abs()).saturating_mul(rows.max(1) as u128);
    match usize::try_from(most) {
        Ok(most) if most <= 1 << 40 => Ok(most),
        _ => {
            let found = u128::BITS - most.leading_zeros();
            Err(MpcError::Overflow { expression: scope.describe(weight), found, max: 40 })
        }
    }
}

/// Of what one row may contribute too much.
pub(super) fn contributed<'a>(figure: &'a Figure, rule: &Rule) -> Option<&'a Expr> {
    let sums = matches!(figure.function, Function::Sum | Function::Mean | Function::Variance | Function::Sd);
    figure.of.as_ref().filter(|_| sums && rule.percent.is_some())
}
