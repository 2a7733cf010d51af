//! Answers a question: see [`super`].

use super::analysis::{Answer, answer};
use super::bounds::Scope;
use super::cells::{Cells, Parts, difference, others_are_enough};
use super::check::{Checked, Terms, behind, checked, contributed};
use super::exposure::truths;
use super::figures::{Number, Summand, having_bounds, number, part_bits};
use super::groups::{Domain, Grouped, grouped, together};
use super::owner::{self, Owner};
use super::release::{Checks, Condition, Note, Opened, Opening, tell};
use super::stops::{self, Stop, Stops};
use super::tables::{Relation, Table, row_counts, share};
use super::together::Tables;
use super::values::{Rows, Value};
use super::{ColumnAt, Expr, Figure, Key, Plan, Tell, keys};
use crate::araki16::multiply;
use crate::bits::{open_any, sign};
use crate::context::Context;
use crate::error::MpcError;
use crate::fixed::bits_of;
use crate::outside::Intake;
use crate::release::readers::Readers;
use crate::ring::Z64;
use crate::shares::Shares;
use rand_core::CryptoRng;
use std::collections::BTreeMap;
use yinshu_crypto::hash::Digest;

/// A group that is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What its rows agree in; `None` where that is missing.
    pub keys: Vec<Option<i64>>,
    /// How many rows.
    pub rows: u64,
    /// Its figures.
    pub figures: Vec<Number>,
}

/// What is known of an answer before it opens; nothing of an analysis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Groups told.
    pub groups: usize,
    /// Groups that the rule hides.
    pub hidden: usize,
    /// Groups withheld so that these cannot be worked out.
    pub withheld: usize,
    /// Groups that fail the condition on groups.
    pub failed: usize,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Groups that the rule hides; 1 where it does not let the question be answered at all.
    pub hidden: usize,
    /// Groups withheld so that these cannot be worked out.
    pub withheld: usize,
    /// Groups that fail the condition on groups, of those that the rule shows.
    pub failed: usize,
    /// The groups told, in the order of their keys, at receivers.
    pub told: Option<Vec<Group>>,
    /// What an analysis comes to, which all three learn.
    pub analysis: Option<Answer>,
}

/// Answers a question. `own` has a table at each input that this party owns, `outside` are the providers that do not compute, in
/// the order of the contract ([`provide`](super::provide)); `note` is told what opens before it does. `rng` is for what this party
/// draws alone.
///
/// # Errors
/// [`MpcError`], most of them before anything is sent: see [`super`].
pub fn run(
    context: &mut Context,
    plan: &Plan,
    with: (&[Option<Table>], &mut [Intake], Note<'_>),
    terms: &Terms,
    rng: &mut impl CryptoRng,
) -> Result<Outcome, MpcError> {
    let mut nothing = |_: Stop| Ok(());
    let stops = Stops { of: Digest::ZERO, from: None, keep: &mut nothing };
    answered(context, plan, with, (terms, stops, false), rng)
}

/// The same, but what there is after sharing and after each join is kept, and where an earlier run kept something, this one goes
/// on from it: nothing is shared again then, and of providers that do not compute nothing is awaited. See [`Stops`].
///
/// # Errors
/// As [`run`]; [`MpcError::KeptDiffers`] where not all three kept the same.
pub fn run_in_stages(
    context: &mut Context,
    plan: &Plan,
    with: (&[Option<Table>], &mut [Intake], Note<'_>),
    (terms, stops): (&Terms, Stops<'_>),
    rng: &mut impl CryptoRng,
) -> Result<Outcome, MpcError> {
    answered(context, plan, with, (terms, stops, true), rng)
}

fn answered(
    context: &mut Context,
    plan: &Plan,
    (own, outside, note): (&[Option<Table>], &mut [Intake], Note<'_>),
    (terms, mut stops, keeps): (&Terms, Stops<'_>, bool),
    rng: &mut impl CryptoRng,
) -> Result<Outcome, MpcError> {
    plan.check(terms)?;
    let own = owner::own(plan, own, context.role() as u8)?;
    owner::known(plan, outside.len())?;
    let (mut tables, joins) = match stops.from.take() {
        Some(stop) => (stops::resume(context, &stop)?, stop.joins),
        None => {
            let rows = row_counts(context, plan, (&own, outside))?;
            let checked = checked(plan, &rows, terms)?;
            (shared(context, plan, (&own, outside, rows), &checked, rng)?, 0)
        }
    };
    // By what was found of rows, also where an earlier run found it.
    checked(plan, &tables.rows, terms)?;
    let stops = keeps.then_some(&mut stops);
    let mut relation = tables.put_together(context, plan, (joins, terms.rule.minimum > 1), stops)?;
    let name = |at| plan.column_name(at);
    context.phase("filter");
    if let Some(filter) = &plan.filter {
        let view = Rows { len: relation.rows, columns: &relation.columns, name: &name };
        let truths = view.truths(context, filter)?;
        relation.keep(context, &truths)?;
    }
    match &plan.tell {
        Tell::Groups { keys, figures, having, rows } => {
            let (having, weight) = (having.as_ref(), rows.as_ref());
            Groups { keys, figures, having, weight, terms, name: &name }.told(context, &relation, note)
        }
        Tell::Analysis(analysis) => {
            context.phase("analyse");
            note(Told::default())?;
            let answer = answer(context, plan, &relation, analysis, terms)?;
            let few = usize::from(answer == Answer::TooFew);
            Ok(Outcome { hidden: few, withheld: 0, failed: 0, told: None, analysis: Some(answer) })
        }
    }
}

/// What there is once all inputs are shared.
fn shared(
    context: &mut Context,
    plan: &Plan,
    (own, outside, rows): (&[Option<&Table>], &mut [Intake], Vec<usize>),
    checked: &Checked,
    rng: &mut impl CryptoRng,
) -> Result<Tables, MpcError> {
    context.phase("share");
    let salt = if checked.keys.is_empty() { Vec::new() } else { keys::salt(context)? };
    outside.iter_mut().filter(|_| !salt.is_empty()).try_for_each(|provider| provider.tell(context, &salt))?;
    let mut waiting = Vec::with_capacity(plan.inputs.len());
    for at in 0..plan.inputs.len() {
        let mut owner = Owner::of(&plan.inputs[at], outside)?;
        let mut relation = share(context, plan, (at, own[at], &mut owner), rows[at], &checked.wanted)?;
        let keys = (&mut relation, &checked.keys_of(at)[..]);
        keys::share(context, plan, (at, own[at]), keys, (&mut owner, &salt, rng))?;
        waiting.push(Some(relation));
    }
    Ok(Tables { rows, waiting, made: Vec::new() })
}

/// Whether rows can have zero and something else that is not one value alone.
fn sometimes_zero(scope: &Scope<'_>, of: &Expr) -> bool {
    scope.of(of).is_ok_and(|bounds| bounds.min <= 0 && bounds.max >= 0 && bounds.max - bounds.min > 1)
}

/// Whether both are columns of one table.
fn same_table(a: &Expr, b: &Expr) -> bool {
    matches!((a, b), (Expr::Column(a), Expr::Column(b)) if a.input == b.input)
}

/// What is told by group.
struct Groups<'a> {
    keys: &'a [Key],
    figures: &'a [Figure],
    having: Option<&'a Expr>,
    weight: Option<&'a Expr>,
    terms: &'a Terms,
    name: &'a dyn Fn(ColumnAt) -> String,
}

/// What is added up, and where each of its parts stands among the columns.
#[derive(Default)]
struct Added {
    summands: Vec<(Summand, Vec<usize>)>,
    columns: Vec<Shares<Z64>>,
    /// Single values, of all rows together.
    ready: Vec<(usize, Shares<Z64>)>,
}

impl Added {
    fn places(&self, of: &Summand) -> Option<&Vec<usize>> {
        self.summands.iter().find(|(summand, _)| summand == of).map(|(_, places)| places)
    }
}

impl Groups<'_> {
    fn told(&self, context: &mut Context, relation: &Relation, note: Note<'_>) -> Result<Outcome, MpcError> {
        context.phase("group");
        let columns = relation.columns.iter().map(|(&at, value)| (at, value.bounds)).collect();
        let scope = Scope { columns, name: self.name };
        let rows = Rows { len: relation.rows, columns: &relation.columns, name: self.name };
        let valid = relation.validity(context);
        let domain = Domain::of(&scope, self.keys, relation.rows)?;
        let mut added = Added::default();
        let mut opened = Vec::new();
        for figure in self.figures {
            let needs = figure.needs(&scope, self.weight)?;
            for summand in &needs {
                self.add(context, &mut added, &rows, (summand, &valid))?;
            }
            for summand in needs {
                if !figure.hidden && !opened.contains(&summand) {
                    opened.push(summand);
                }
            }
        }
        let weight = self.weight.map(|weight| Summand::Of(weight.clone()));
        weight.iter().try_for_each(|weight| self.add(context, &mut added, &rows, (weight, &valid)))?;
        let place = |added: &Added, summand: &Summand| added.places(summand).cloned().unwrap_or_default();
        let weights = weight.as_ref().map(|weight| added.columns[place(&added, weight)[0]].clone());
        let most = match self.weight {
            Some(weight) => behind(&scope, weight, relation.rows)?,
            None => relation.rows,
        };
        let least = self.terms.rule.minimum;
        self.counted_fit(context, &rows, (&valid, weights.as_ref()))?;
        let readers = relation.readers(&self.terms.receivers);
        let others = (weights.as_ref(), &readers);
        if !others_are_enough(context, (relation, relation.valid.as_ref()), others, (least, most))? {
            let told = self.terms.receivers.contains(&context.role()).then(Vec::new);
            return Ok(Outcome { hidden: 1, withheld: 0, failed: 0, told, analysis: None });
        }
        let (contributions, dominated) =
            self.contributions(context, (relation, &rows), (&scope, &mut added), &readers)?;
        let first = added.columns.len();
        let cells = match least > 1 {
            true => {
                let parts = self.parts(&scope)?;
                Some(Cells::of(context, (relation, &rows), (&parts, self.weight), (&readers, first))?)
            }
            false => None,
        };
        added.columns.extend(cells.iter().flat_map(|cells| cells.columns.iter().cloned()));
        let mut groups = self.grouped(context, (&domain, &rows, &valid), &added, &contributions)?;
        context.phase("release");
        if let Some(weight) = &weight {
            groups.counts = groups.sums[place(&added, weight)[0]].clone();
        }
        let parts = opened.iter().map(|summand| place(&added, summand)).collect();
        let open = Opened { parts, width: part_bits(relation.rows) };
        let spread = readers.spread();
        let checks = Checks { cells: cells.as_ref(), first, dominated: &dominated, spread };
        let condition = |context: &mut Context, groups: &Grouped| {
            self.condition(context, groups, (&scope, &added), relation.rows)
        };
        let having = self.having.map(|_| &condition as Condition<'_>);
        let rule = (&self.terms.rule, most, &self.terms.receivers[..]);
        let opening = tell(context, groups, (&checks, &open, note), having, rule)?;
        self.outcome(opening, (&scope, &domain), &opened)
    }

    /// What figures divide groups into.
    fn parts(&self, scope: &Scope<'_>) -> Result<Parts, MpcError> {
        let mut parts = Parts { truths: truths(scope, self.figures)?, ..Parts::default() };
        let mut columns = Vec::new();
        for figure in self.figures {
            if let Some(counted) = figure.counted.as_ref().filter(|counted| !parts.counted.contains(counted))
            {
                parts.counted.push(counted.clone());
            }
            for summand in figure.needs(scope, self.weight)? {
                let values: Vec<Expr> = summand.values().into_iter().cloned().collect();
                let counts = matches!((&summand, &figure.counted), (Summand::Of(a), Some(b)) if a == b);
                if counts || matches!(summand, Summand::Ranked(..)) {
                    continue;
                }
                // A truth is looked at with all others, and what is never zero is not missing in a row of its own.
                let sometimes: Vec<Expr> =
                    values.iter().filter(|of| sometimes_zero(scope, of)).cloned().collect();
                if !sometimes.is_empty() && !parts.sometimes.contains(&sometimes) {
                    parts.sometimes.push(sometimes);
                }
                columns.extend(values.into_iter().filter(|of| matches!(of, Expr::Column(_))));
            }
        }
        columns.sort_unstable_by_key(|of| format!("{of:?}"));
        columns.dedup();
        for (at, a) in columns.iter().enumerate() {
            for b in &columns[at + 1..] {
                if same_table(a, b) {
                    parts.sometimes.push(vec![difference(a, b)]);
                }
            }
        }
        Ok(parts)
    }

    /// Refuses where of what owners added up beforehand more values are said to be than rows, or the like.
    fn counted_fit(
        &self,
        context: &mut Context,
        rows: &Rows<'_>,
        (valid, weights): (&Shares<Z64>, Option<&Shares<Z64>>),
    ) -> Result<(), MpcError> {
        let Some(weights) = weights else { return Ok(()) };
        for figure in self.figures {
            let Some(counted) = &figure.counted else { continue };
            let rest = weights.minus(&rows.evaluate(context, counted)?.shares);
            let rest = multiply(context, &rest, valid)?;
            let below = sign(context, &rest, 64)?;
            if open_any(context, &below, rows.len)? {
                return Err(MpcError::MoreValuesThanRows { figure: figure.name.clone() });
            }
        }
        Ok(())
    }

    fn add(
        &self,
        context: &mut Context,
        added: &mut Added,
        rows: &Rows<'_>,
        (summand, valid): (&Summand, &Shares<Z64>),
    ) -> Result<(), MpcError> {
        if added.places(summand).is_some() {
            return Ok(());
        }
        let parts = summand.of_rows(context, rows, valid)?;
        let from = added.columns.len();
        if matches!(summand, Summand::Ranked(..)) {
            // A place among the columns, which are added up, for what is ready.
            added.columns.push(Shares::zeros(rows.len));
            added.ready.push((from, parts.into_iter().next().unwrap_or_default()));
        } else {
            added.columns.extend(parts);
        }
        added.summands.push((summand.clone(), (from..added.columns.len()).collect()));
        Ok(())
    }

    /// What rows contribute to sums, and to which: of all rows, and of those that a reader does not subtract.
    #[expect(clippy::type_complexity, reason = "two lists of one length")]
    fn contributions(
        &self,
        context: &mut Context,
        (relation, rows): (&Relation, &Rows<'_>),
        (scope, added): (&Scope<'_>, &mut Added),
        readers: &Readers,
    ) -> Result<(Vec<Value>, Vec<(usize, u32)>), MpcError> {
        let (mut values, mut totals) = (Vec::new(), Vec::<(usize, u32)>::new());
        for figure in self.figures {
            let Some(of) = contributed(figure, &self.terms.rule) else { continue };
            let Some(&place) = added.places(&Summand::Of(of.clone())).and_then(|places| places.first())
            else {
                continue;
            };
            if totals.iter().any(|&(total, _)| total == place) {
                continue;
            }
            let bits = scope.of(of)?.bits() + bits_of(rows.len);
            totals.push((place, bits));
            let value = rows.evaluate(context, of)?;
            let rests: Vec<_> =
                readers.sets().iter().map(|reader| relation.without(reader, &value.shares)).collect();
            let bounds = value.bounds;
            values.push(value);
            for shares in rests {
                totals.push((added.columns.len(), bits));
                added.columns.push(shares.clone());
                values.push(Value { shares, present: None, bounds });
            }
        }
        Ok((values, totals))
    }

    fn grouped(
        &self,
        context: &mut Context,
        (domain, rows, valid): (&Domain, &Rows<'_>, &Shares<Z64>),
        added: &Added,
        contributions: &[Value],
    ) -> Result<Grouped, MpcError> {
        if !self.keys.is_empty() {
            let numbers = domain.numbers(context, rows, self.keys, valid)?;
            return grouped(context, domain, &numbers, &added.columns, contributions);
        }
        let mut groups = together(context, valid, &added.columns, contributions)?;
        for (place, value) in &added.ready {
            groups.sums[*place] = value.clone();
        }
        Ok(groups)
    }

    /// The condition on groups, for some of them.
    fn condition(
        &self,
        context: &mut Context,
        groups: &Grouped,
        (scope, added): (&Scope<'_>, &Added),
        rows: usize,
    ) -> Result<Shares<Z64>, MpcError> {
        let len = groups.counts.len();
        let mut columns = BTreeMap::new();
        for (column, figure) in self.figures.iter().enumerate() {
            let Ok(bounds) = having_bounds(figure, scope, (rows, self.weight)) else { continue };
            let needs = figure.needs(scope, self.weight)?;
            // A count's own is that of how many values there are.
            let places = needs.first().and_then(|summand| added.places(summand));
            let shares = places.map_or(&groups.counts, |places| &groups.sums[places[0]]).clone();
            columns.insert(ColumnAt { input: 0, column }, Value { shares, present: None, bounds });
        }
        let name =
            |at: ColumnAt| self.figures.get(at.column).map_or_else(String::new, |figure| figure.name.clone());
        let view = Rows { len, columns: &columns, name: &name };
        match self.having {
            Some(having) => view.truths(context, having),
            None => Ok(Shares::public(context.role(), &vec![Z64(1); len])),
        }
    }

    fn outcome(
        &self,
        opening: Opening,
        (scope, domain): (&Scope<'_>, &Domain),
        opened: &[Summand],
    ) -> Result<Outcome, MpcError> {
        let Opening { hidden, withheld, failed, told } = opening;
        let group = |(key, rows, sums): (u64, u64, Vec<i128>)| {
            let sum = |of: &Summand| {
                let place = opened.iter().position(|summand| summand == of);
                place.and_then(|place| sums.get(place).copied()).unwrap_or(0)
            };
            let figures = self.figures.iter().map(|figure| number(figure, scope, rows, &sum));
            Ok(Group { keys: domain.values(key), rows, figures: figures.collect::<Result<_, MpcError>>()? })
        };
        let told = told
            .map(|mut groups| {
                groups.sort_unstable_by_key(|group| group.0);
                groups.into_iter().map(group).collect::<Result<Vec<_>, MpcError>>()
            })
            .transpose()?;
        Ok(Outcome { hidden, withheld, failed, told, analysis: None })
    }
}
