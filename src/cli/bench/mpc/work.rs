//! What is measured. Each work prepares shares, is timed from the moment when all three parties are ready, and compares what
//! came out with the same in the clear: all parties know the made values, which only their owner gives.

mod logistic;
mod tables;

pub(super) use logistic::TABLE;

use crate::cli::bench::machine;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use yinshu_mpc::araki16::{input, multiply, open};
use yinshu_mpc::bits::less;
use yinshu_mpc::quantile::{Among, of_integers};
use yinshu_mpc::release::Rule;
use yinshu_mpc::ring::Ring;
use yinshu_mpc::stats::{Column, Moments, moments};
use yinshu_mpc::{B64, Context, MpcError, Role, Security, Shares, Z64, verify};

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::cli::bench) enum Work {
    /// A column of 64-bit values from one party.
    Share,
    /// Count, sum, mean and variance of a column.
    Moments,
    /// Products of two columns.
    Multiply,
    /// Comparisons of two columns of 64 bits.
    Less64,
    /// The same of 32 bits.
    Less32,
    /// Keys of 32 bits in their order.
    Sort,
    /// The median of 32-bit integers.
    Median,
    /// Counts and sums of 100 secret groups whose sizes stay hidden.
    Groups,
    /// The same where keys and sizes of groups are released.
    ReleasedGroups,
    /// Rows of two tables of so many rows each by secret 32-bit keys.
    Join,
    /// All correlations of ten columns.
    Correlation,
    /// Ten epochs of eight batches on the breast cancer data.
    Logistic,
}

impl Work {
    /// As in the options and in the texts.
    pub(super) fn word(self) -> String {
        let word = serde_json::to_value(self).unwrap_or_default();
        word.as_str().unwrap_or_default().to_owned()
    }
}

/// One work at one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) work: Work,
    pub(super) rows: usize,
    pub(super) security: Security,
    /// How often it is run; the quickest counts.
    pub(super) runs: usize,
}

/// What it took one party.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Took {
    /// From when all were ready to when this party had its part of the outcome.
    pub(super) seconds: f64,
    /// Processor time of this party.
    pub(super) cpu_seconds: Option<f64>,
    /// Bytes of the frames sent to the party before and to the one after.
    pub(super) bytes_sent: [u64; 2],
    /// Steps taken: rounds, but for those that need no message.
    pub(super) steps: u32,
    /// Peak memory of the process up to the end of the work, its inputs and program included.
    pub(super) peak_bytes: Option<u64>,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

/// What is to be looked at of an outcome, where there is something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::cli::bench) struct Outcome {
    /// The largest error where the outcome is no whole number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<f64>,
    /// The correlation that came out of a column with itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) of_itself: Option<f64>,
    /// The area under the curve of the rows that were not trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) auc: Option<f64>,
}

/// Runs a job to its end.
pub(super) fn run_job(context: Context, job: &Job) -> Result<Took, Problem> {
    let mut clock = Clock { took: None, right: true };
    context.run(|context| (0..job.runs.max(1)).try_for_each(|_| once(context, job, &mut clock)))?;
    outcome(clock, job)
}

/// What a job took, if it came out right.
fn outcome(clock: Clock, job: &Job) -> Result<Took, Problem> {
    match clock.took {
        Some(took) if clock.right => Ok(took),
        _ => Err(Problem::internal(format!("bench mpc: {} came out wrong", job.work.word()))),
    }
}

fn once(context: &mut Context, job: &Job, clock: &mut Clock) -> Result<(), MpcError> {
    let rows = job.rows;
    match job.work {
        Work::Share => share(context, rows, clock),
        Work::Moments => sum(context, rows, clock),
        Work::Multiply => products(context, rows, clock),
        Work::Less64 => comparisons(context, rows, 64, clock),
        Work::Less32 => comparisons(context, rows, 32, clock),
        Work::Sort => tables::sort(context, rows, clock),
        Work::Median => median(context, rows, clock),
        Work::Groups => tables::groups(context, rows, clock),
        Work::ReleasedGroups => tables::released_groups(context, rows, clock),
        Work::Join => tables::join(context, rows, clock),
        Work::Correlation => correlation(context, rows, clock),
        Work::Logistic => logistic::train(context, clock),
    }
}

/// Times, and keeps what the quickest run took.
struct Clock {
    took: Option<Took>,
    right: bool,
}

impl Clock {
    /// Runs what is timed, once all parties are there.
    fn time<T>(
        &mut self,
        context: &mut Context,
        job: impl FnOnce(&mut Context) -> Result<T, MpcError>,
    ) -> Result<T, MpcError> {
        // After two rounds round the ring each party knows that all have begun.
        for _ in 0..2 {
            let nothing = verify(context, Shares::<Z64>::zeros(1))?;
            open(context, &nothing)?;
        }
        let (before, step, cpu) = (sent(context), context.steps(), machine::cpu("self"));
        let began = Instant::now();
        let outcome = job(context)?;
        let seconds = began.elapsed().as_secs_f64();
        let after = sent(context);
        let took = Took {
            seconds,
            cpu_seconds: cpu.and_then(|before| Some(machine::cpu("self")? - before)),
            bytes_sent: [after[0] - before[0], after[1] - before[1]],
            steps: context.steps() - step,
            peak_bytes: machine::peak("self"),
            ..Took::default()
        };
        // A peak holds the runs before, too: that of the first is the work's.
        let peak = self.took.as_ref().map_or(took.peak_bytes, |first| first.peak_bytes);
        let quicker = self.took.take().filter(|best| best.seconds <= seconds).unwrap_or(took);
        self.took = Some(Took { peak_bytes: peak, ..quicker });
        Ok(outcome)
    }

    /// Whether an outcome is what it should be.
    fn compare(&mut self, right: bool) {
        self.right &= right;
    }

    /// Says more of the outcome.
    fn note(&mut self, say: impl FnOnce(&mut Outcome)) {
        if let Some(took) = &mut self.took {
            say(&mut took.outcome);
        }
    }
}

fn sent(context: &Context) -> [u64; 2] {
    context.meters().map(|meter| meter.total.bytes_sent)
}

/// Value `at` of a made column, of so many bits: the same in every run (the finaliser of `SplitMix64`, G. L. Steele, D. Lea,
/// C. H. Flood, OOPSLA 2014).
fn value(column: u64, at: usize, bits: u32) -> u64 {
    let mut word = (column << 48 ^ at as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (word ^ word >> 31) >> (64 - bits)
}

fn column(number: u64, rows: usize, bits: u32) -> impl Iterator<Item = u64> {
    (0..rows).map(move |at| value(number, at, bits))
}

/// Shares what a party has.
fn given<R: Ring>(
    context: &mut Context,
    owner: Role,
    rows: usize,
    values: impl Iterator<Item = u64>,
) -> Result<Shares<R>, MpcError> {
    let values: Option<Vec<R>> = (context.role() == owner).then(|| values.map(R::of).collect());
    input(context, owner, values.as_deref(), rows)
}

fn share(context: &mut Context, rows: usize, clock: &mut Clock) -> Result<(), MpcError> {
    let own = context.role() == Role::First;
    let values: Option<Vec<Z64>> = own.then(|| column(0, rows, 64).map(Z64).collect());
    let shares = clock.time(context, |context| {
        let shares = input(context, Role::First, values.as_deref(), rows)?;
        verify(context, shares)
    })?;
    drop(values);
    let found = open(context, &shares)?;
    clock.compare(found.iter().map(|word| word.0).eq(column(0, rows, 64)));
    Ok(())
}

/// What is looked at of columns: the groups are large enough for any contract.
const RULE: Rule = Rule { minimum: 10, percent: None };

/// Bits of what sums are made of.
const BITS: u32 = 20;

/// Columns that have something in common with the first.
fn figures(number: u64, rows: usize) -> impl Iterator<Item = i64> {
    let common = (0..rows).map(|at| value(0, at, BITS));
    common.zip(column(number, rows, BITS)).map(|(a, b)| u64::midpoint(a, b).cast_signed())
}

fn summed(context: &mut Context, number: u64, rows: usize) -> Result<Column, MpcError> {
    let owner = Role::ALL[number as usize % 3];
    let values: Option<Vec<i64>> = (context.role() == owner).then(|| figures(number, rows).collect());
    Column::input(context, "a column", owner, values.as_deref(), rows, BITS)
}

fn sum(context: &mut Context, rows: usize, clock: &mut Clock) -> Result<(), MpcError> {
    let values = summed(context, 0, rows)?;
    let found = clock.time(context, |context| moments(context, &[&values], None, &RULE))?;
    clock.compare(found == Some(in_the_clear(1, rows)));
    Ok(())
}

/// The moments of the first made columns.
fn in_the_clear(columns: usize, rows: usize) -> Moments {
    let each: Vec<Vec<i128>> =
        (0..columns as u64).map(|at| figures(at, rows).map(i128::from).collect()).collect();
    let product = |a: &[i128], b: &[i128]| a.iter().zip(b).map(|(a, b)| a * b).sum();
    Moments {
        count: rows as u64,
        sums: each.iter().map(|column| column.iter().sum()).collect(),
        products: each
            .iter()
            .enumerate()
            .flat_map(|(at, one)| each[at..].iter().map(|other| product(one, other)).collect::<Vec<_>>())
            .collect(),
        units: vec![1.0; columns],
    }
}

fn products(context: &mut Context, rows: usize, clock: &mut Clock) -> Result<(), MpcError> {
    let x: Shares<Z64> = given(context, Role::First, rows, column(0, rows, 64))?;
    let y: Shares<Z64> = given(context, Role::Second, rows, column(1, rows, 64))?;
    let shares = clock.time(context, |context| {
        let products = multiply(context, &x, &y)?;
        verify(context, products)
    })?;
    drop((x, y));
    let expected = column(0, rows, 64).zip(column(1, rows, 64)).map(|(x, y)| x.wrapping_mul(y));
    let found = open(context, &shares)?;
    clock.compare(found.iter().map(|word| word.0).eq(expected));
    Ok(())
}

fn comparisons(context: &mut Context, rows: usize, bits: u32, clock: &mut Clock) -> Result<(), MpcError> {
    // One bit is the sign.
    let x: Shares<Z64> = given(context, Role::First, rows, column(0, rows, bits - 1))?;
    let y: Shares<Z64> = given(context, Role::Second, rows, column(1, rows, bits - 1))?;
    let shares = clock.time(context, |context| {
        let bits = less(context, &x, &y, bits as usize)?;
        verify(context, bits)
    })?;
    drop((x, y));
    let found: Vec<B64> = open(context, &shares)?;
    let mut expected =
        column(0, rows, bits - 1).zip(column(1, rows, bits - 1)).map(|(x, y)| x < y).enumerate();
    clock.compare(expected.all(|(at, less)| (found[at / 64].0 >> (at % 64) & 1 == 1) == less));
    Ok(())
}

fn median(context: &mut Context, rows: usize, clock: &mut Clock) -> Result<(), MpcError> {
    let values: Shares<Z64> = given(context, Role::First, rows, column(0, rows, 31))?;
    let rank = rows.div_ceil(2);
    let ranks = Shares::public(context.role(), &[Z64(rank as u64)]);
    let found = clock.time(context, |context| of_integers(context, &values, 32, Among::default(), &ranks))?;
    let mut expected: Vec<u64> = column(0, rows, 31).collect();
    let (_, median, _) = expected.select_nth_unstable(rank - 1);
    clock.compare(found == [median.cast_signed()]);
    Ok(())
}

/// How many columns are correlated.
const COLUMNS: usize = 10;

fn correlation(context: &mut Context, rows: usize, clock: &mut Clock) -> Result<(), MpcError> {
    let columns = (0..COLUMNS as u64).map(|at| summed(context, at, rows)).collect::<Result<Vec<_>, _>>()?;
    let columns: Vec<&Column> = columns.iter().collect();
    let (found, matrix) = clock.time(context, |context| {
        let found = moments(context, &columns, None, &RULE)?;
        let matrix = found.as_ref().map(|found| each_two(|i, j| found.correlation(i, j)));
        Ok((found, matrix.unwrap_or_default()))
    })?;
    clock.compare(found == Some(in_the_clear(COLUMNS, rows)));
    let centred: Vec<Vec<f64>> = (0..COLUMNS as u64).map(|at| standardised(figures(at, rows))).collect();
    let expected = each_two(|i, j| centred[i].iter().zip(&centred[j]).map(|(a, b)| a * b).sum());
    let error =
        matrix.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f64::max);
    let of_itself = found.map(|found| found.correlation(3, 3));
    clock.note(|outcome| (outcome.error, outcome.of_itself) = (Some(error), of_itself));
    Ok(())
}

fn each_two(f: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..COLUMNS).flat_map(|i| (0..COLUMNS).map(move |j| (i, j))).map(|(i, j)| f(i, j)).collect()
}

/// Less their mean, over the root of their sum of squares.
fn standardised(values: impl Iterator<Item = i64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.map(|value| value as f64).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|value| *value -= mean);
    let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
    values.iter_mut().for_each(|value| *value /= length);
    values
}

#[cfg(test)]
mod tests;
