//! A party's own rows, aggregated: all that ever leaves its node, and that only as shares.

use super::compute::layout::{Layout, limb_of};
use super::{StatsError, stats_terms};
use crate::contract::{ContractError, Draft, Figure, Measure, Of, Party, Scope, StatsTerms, Unusable};
use crate::problem::Problem;
use crate::run::intersect::sums::{scaled, there};
use crate::run::several::set::Finder;
use crate::tables::CleanTable;
use arrow_array::cast::AsArray;
use arrow_array::{Array as _, StringArray};
use serde::Serialize;
use std::collections::HashSet;
use yinshu_data::Source;
use yinshu_data::clean::CleanBatch;
use yinshu_data::table::TableSpec;
use yinshu_mpc::Z64;

/// What became of the rows of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Rows read.
    pub read: u64,
    /// Rows that count.
    pub counted: u64,
    /// Rows in none of the agreed cells.
    pub outside: u64,
    /// Rows whose person or cell could not be read.
    pub unusable: u64,
    /// Rows that repeat a person or have no value within the bounds, where the contract leaves them out.
    pub left_out: u64,
}

/// Aggregates by cell.
pub(in crate::run) struct Own {
    /// What became of the rows.
    pub(super) rows: Rows,
    counts: Vec<i64>,
    /// Sums, in the order of the contract, of each cell or of all.
    sums: Vec<(Figure, Vec<i128>)>,
    /// By measure that is compared.
    greatest: Vec<(usize, Vec<i64>)>,
    /// By measure with a histogram, where its bins begin, and how many are in each.
    bins: Vec<(usize, Vec<i128>, Vec<i64>)>,
    /// Of measures with values told by their rank, all values: by measure and cell, in order.
    values: Vec<Vec<Vec<i64>>>,
}

/// The columns of its own table that a party reads.
fn columns(draft: &Draft, party: &Party) -> TableSpec {
    let stats = stats_terms(draft);
    let mut spec = party.table(&draft.terms.data.table);
    let cuts = stats.group_by.iter().filter_map(|cut| cut.column.as_deref());
    let needed: Vec<&str> = cuts.chain([stats.person.as_str()]).map(|column| party.own(column)).collect();
    let measured: Vec<&str> = stats.measures.iter().map(|measure| party.own(&measure.column)).collect();
    spec.columns.retain(|column| [&needed, &measured].iter().any(|all| all.contains(&column.name.as_str())));
    for column in &mut spec.columns {
        column.required = needed.contains(&column.name.as_str());
        column.birth_of = None;
    }
    spec
}

/// Opens a table, and refuses one without a column that is needed. With noise nothing that one person's rows hold may decide
/// on the rows of others, or one would count for many: values are judged each by itself, and no encoding is guessed.
pub(super) fn open(source: &Source, draft: &Draft, party: &Party) -> Result<CleanTable, Problem> {
    let mut table = CleanTable::open(source, &columns(draft, party))?;
    let stats = stats_terms(draft);
    let measures = stats.measures.iter().map(|measure| party.own(&measure.column));
    there(&table, &measures.collect::<Vec<_>>())?;
    if stats.noise.is_some() {
        if table.encoding_guessed(source) {
            return Err(StatsError::EncodingGuessed.into());
        }
        table.judge_alone();
    }
    Ok(table)
}

/// The value of a row in units of the last digit.
fn value(
    measure: &Measure,
    column: Option<&StringArray>,
    (row, number): (usize, u64),
) -> Result<i64, Problem> {
    let name = || measure.column.clone();
    let text = column.filter(|column| column.is_valid(row)).map(|column| column.value(row));
    let text = text.ok_or_else(|| StatsError::NoValue { column: name(), row: number })?;
    let unfit = || ContractError::ValueUnfit { column: name(), row: number, decimals: measure.decimals };
    let value = scaled(text, measure.decimals).ok_or_else(unfit)?;
    let [min, max] = measure.bounds();
    let within = (min..=max).contains(&value).then(|| i64::try_from(value).ok()).flatten();
    let (min, max) = (measure.min, measure.max);
    Ok(within.ok_or_else(|| StatsError::OutOfBounds { column: name(), row: number, min, max })?)
}

impl Own {
    fn new(stats: &StatsTerms) -> Self {
        let cells = stats.cells().count();
        let places = |figure: &Figure| if figure.scope == Scope::Cells { cells } else { 1 };
        let sums = stats.sums().into_iter().map(|figure| (figure, vec![0; places(&figure)])).collect();
        let greatest = stats.compared().into_iter().map(|at| (at, vec![0; cells])).collect();
        let histograms = stats.measures.iter().enumerate().filter(|(_, m)| !m.histogram.is_empty());
        let bins = histograms.map(|(at, measure)| {
            let mut bounds = measure.bins();
            // The greatest value is in the last bin.
            bounds.pop();
            let counts = vec![0; bounds.len()];
            (at, bounds, counts)
        });
        let values = vec![vec![Vec::new(); cells]; stats.measures.len()];
        Self { rows: Rows::default(), counts: vec![0; cells], sums, greatest, bins: bins.collect(), values }
    }

    /// Reads a table to its end.
    pub(super) fn read(
        mut table: CleanTable,
        draft: &Draft,
        party: &Party,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, Problem> {
        let stats = stats_terms(draft);
        let finders: Vec<Finder> = stats.group_by.iter().map(|cut| Finder::new(cut, party)).collect();
        let (mut own, mut seen) = (Self::new(stats), HashSet::new());
        while let Some(batch) = table.next_batch()? {
            own.batch(&batch, (stats, party), &finders, &mut seen)?;
            progress(table.report().rows_in);
        }
        own.values.iter_mut().flatten().for_each(|values| values.sort_unstable());
        (own.rows.read, own.rows.unusable) = (table.report().rows_in, table.report().rows_rejected);
        Ok(own)
    }

    fn batch(
        &mut self,
        batch: &CleanBatch,
        (stats, party): (&StatsTerms, &Party),
        finders: &[Finder],
        seen: &mut HashSet<Box<str>>,
    ) -> Result<(), Problem> {
        let column = |name: &str| batch.batch.column_by_name(party.own(name)).map(AsArray::as_string::<i32>);
        let Some(persons) = column(&stats.person) else { return Ok(()) };
        let places: Vec<_> = finders.iter().map(|finder| finder.column(&batch.batch)).collect();
        let measured: Vec<_> = stats.measures.iter().map(|measure| column(&measure.column)).collect();
        let across = stats.cells().columns.len();
        for row in (0..persons.len()).filter(|&row| persons.is_valid(row)) {
            let (person, number) = (persons.value(row), batch.row_numbers[row]);
            let parts = finders.iter().zip(&places).map(|(finder, place)| finder.part(person, *place, row));
            let Some(parts) = parts.collect::<Option<Vec<usize>>>() else {
                self.rows.outside += 1;
                continue;
            };
            let at = |cut: usize| parts.get(cut).copied().unwrap_or(0);
            let values = stats.measures.iter().zip(&measured);
            let values = values.map(|(measure, column)| value(measure, *column, (row, number)));
            let usable = match seen.insert(person.into()) {
                true => values.collect::<Result<Vec<i64>, Problem>>(),
                false => Err(StatsError::Repeated { row: number }.into()),
            };
            match (usable, stats.unusable) {
                (Ok(values), _) => self.add(at(0) * across + at(1), stats, &values)?,
                (Err(_), Unusable::LeaveOut) => self.rows.left_out += 1,
                (Err(problem), Unusable::Refuse) => return Err(problem),
            }
        }
        Ok(())
    }

    /// One more row. Nothing overflows: the contract's bounds leave room for so many rows.
    fn add(&mut self, cell: usize, stats: &StatsTerms, values: &[i64]) -> Result<(), StatsError> {
        if self.rows.counted == stats.max_rows {
            return Err(StatsError::TooManyRows { max: stats.max_rows });
        }
        self.rows.counted += 1;
        self.counts[cell] += 1;
        for (figure, sums) in &mut self.sums {
            let at = if figure.scope == Scope::Cells { cell } else { 0 };
            sums[at] += match figure.of {
                Of::Values(at) => i128::from(values[at]),
                Of::Products(i, j) => i128::from(values[i]) * i128::from(values[j]),
            };
        }
        for (at, greatest) in &mut self.greatest {
            greatest[cell] = greatest[cell].max(values[*at]);
        }
        for (at, bounds, counts) in &mut self.bins {
            let bin = bounds.partition_point(|&bound| bound <= values[*at].into());
            counts[bin.saturating_sub(1)] += 1;
        }
        for ((measure, &value), cells) in stats.measures.iter().zip(values).zip(&mut self.values) {
            if measure.ranked() {
                cells[cell].push(value);
            }
        }
        Ok(())
    }

    /// For figures of a table with totals, how many of our values are at most the bound that goes with each; of the measure
    /// with this number.
    pub(super) fn at_most(&self, stats: &StatsTerms, number: usize, bounds: &[(usize, i64)]) -> Vec<Z64> {
        let shape = stats.cells().shape();
        let across = shape.with_totals().columns;
        let Some(cells) = self.values.get(number) else { return vec![Z64(0); bounds.len()] };
        let lines = |at: usize, all: usize| if at < all { at..at + 1 } else { 0..all };
        let count = |&(figure, bound): &(usize, i64)| {
            let (rows, columns) = (lines(figure / across, shape.rows), lines(figure % across, shape.columns));
            let covered =
                rows.flat_map(|row| columns.clone().map(move |column| row * shape.columns + column));
            let within = |cell: usize| cells[cell].partition_point(|&value| value <= bound) as u64;
            Z64(covered.map(within).sum())
        };
        bounds.iter().map(count).collect()
    }

    /// What is shared, in the order of [`Layout`].
    pub(super) fn words(&self, layout: &Layout) -> Vec<Z64> {
        let mut words: Vec<Z64> = self.counts.iter().map(|&count| Z64::from(count)).collect();
        for ((_, sums), of) in self.sums.iter().zip(&layout.sums) {
            let limbs = of.places.len();
            words
                .extend((0..limbs).flat_map(|limb| sums.iter().map(move |&sum| limb_of(sum, (limb, limbs)))));
        }
        words.extend(self.greatest.iter().flat_map(|(_, greatest)| greatest).map(|&value| Z64::from(value)));
        words.extend(self.bins.iter().flat_map(|(_, _, counts)| counts).map(|&count| Z64::from(count)));
        words
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
impl Own {
    /// Of rows of one cell, each with a value of each measure.
    pub(super) fn of_rows(stats: &StatsTerms, rows: impl IntoIterator<Item = Vec<i64>>) -> Self {
        let mut own = Self::new(stats);
        rows.into_iter().for_each(|values| own.add(0, stats, &values).expect("within the contract's rows"));
        own.values.iter_mut().flatten().for_each(|values| values.sort_unstable());
        own
    }
}
