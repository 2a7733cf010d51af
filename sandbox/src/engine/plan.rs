//! A question as a plan of DataFusion, and the plan run.
//!
//! Rows that the policy does not grant are left out right above the scan, below whatever was asked. The scan knows no
//! statistics and takes no conditions, so that nothing is answered from metadata and nothing moves below the policy.

use super::bounded::{Bounded, Counting, Shape, Totals};
use super::fold::{Fold, Folding, Layout};
use super::functions::{calendar, lookup};
use super::merged::merging;
use super::register::Registered;
use super::stored::{LINE, PERSON, Stored};
use super::whose::Whose;
use crate::dataset::Dataset;
use crate::disclosure::Computed;
use crate::error::SandboxError;
use crate::question::{Comparison, Question, Value};
use datafusion::common::{Column, JoinType, ScalarValue};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableSource, lit, when};
use datafusion::physical_plan::{ExecutionPlanProperties as _, execute_stream_partitioned};
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt as _;
use std::path::Path;
use std::sync::Arc;

type Run<T> = Result<T, SandboxError>;

/// What a question may use while it runs.
#[derive(Debug, Clone, Copy)]
pub struct Means<'a> {
    /// Memory of the engine, in MiB.
    pub memory_mib: u64,
    /// Where it puts down what has no room in memory.
    pub folder: &'a Path,
    /// How much of it, in MiB.
    pub spill_mib: u64,
}

/// Whether a question can be run at all, which follows from its words alone.
///
/// # Errors
/// [`SandboxError::TooLarge`].
pub(crate) fn possible(question: &Question) -> Run<()> {
    Layout::of(question, 0, false).map(drop)
}

/// Runs a question over registered tables; `largest` contributions are kept of every figure. Whose each row is, is not in it.
///
/// # Errors
/// [`SandboxError::Engine`], of which nothing is for whoever asked.
pub async fn run(
    question: &Question,
    dataset: &Dataset,
    registered: &Registered,
    means: &Means<'_>,
    largest: usize,
) -> Run<Computed> {
    Ok(folding(question, dataset, registered, means, largest).await?.computed(question))
}

/// The rows of a question, folded.
pub(super) async fn folding(
    question: &Question,
    dataset: &Dataset,
    registered: &Registered,
    means: &Means<'_>,
    largest: usize,
) -> Run<Folding> {
    let layout = Arc::new(Layout::of(question, largest, !dataset.single())?);
    let new = || Ok(Folding::new(Arc::clone(&layout)));
    let way = Way { cores: cores(), merging: false };
    Ok(Folding::together(folded(question, dataset, registered, (means, way), new).await?))
}

/// Runs a question with noise over registered tables: sums without noise, of each person what counts.
///
/// # Errors
/// As [`run`].
pub async fn totals(
    question: &Question,
    dataset: &Dataset,
    registered: &Registered,
    means: &Means<'_>,
    counting: &Counting,
) -> Run<Totals> {
    let shape = Arc::new(Shape::of(question, counting));
    let groups = question.keys.iter().fold(1, |all, key| all * (key.labels.len() as u64 + 1));
    let parts = counting.parts(groups, means.memory_mib.saturating_mul(1 << 20));
    let merging = question.tables.len() > 1;
    let way = Way { cores: if merging { 1 } else { cores().min(parts) }, merging };
    let several = !counting.bounding.single;
    let whose = || several.then(|| Whose::of(registered)).transpose();
    let new = || Ok(Bounded::new(Arc::clone(&shape), whose()?));
    Bounded::totals(folded(question, dataset, registered, (means, way), new).await?)
}

/// How rows are gone through.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// In how many parts at once.
    cores: usize,
    /// Whether tables are joined as they lie, in the order of persons: in one part.
    merging: bool,
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

/// Rows that pass, folded in as many parts as they come in: no person is in two.
async fn folded<F: Fold>(
    question: &Question,
    dataset: &Dataset,
    registered: &Registered,
    (means, way): (&Means<'_>, Way),
    new: impl Fn() -> Run<F>,
) -> Run<Vec<F>> {
    let context = session(means, way.cores)?;
    let single = question.tables.len() == 1;
    let scored = super::scored::sources(question, dataset, registered, way.cores, &context).await?;
    let plan = planned(question, dataset, registered, way, &scored)?;
    let state = if way.merging { merging(&context) } else { context.state() };
    let physical = state.create_physical_plan(&plan).await.map_err(|e| SandboxError::engine(&e))?;
    let partitions = physical.output_partitioning().partition_count();
    if !single && partitions != 1 {
        return Err(SandboxError::engine(&"rows of several tables come in one order"));
    }
    let streams = execute_stream_partitioned(physical, context.task_ctx());
    let mut folding = Vec::new();
    for mut stream in streams.map_err(|error| SandboxError::engine(&error))? {
        let mut part = new()?;
        // Ends with its handle: nothing computes on for a question that was given up.
        folding.push(Task(tokio::spawn(async move {
            while let Some(batch) = stream.next().await {
                part.add(&batch.map_err(|error| SandboxError::engine(&error))?)?;
            }
            Ok::<F, SandboxError>(part)
        })));
    }
    let mut parts = Vec::new();
    for part in folding {
        parts.push(part.joined().await?);
    }
    Ok(parts)
}

/// A task that ends when nobody waits for it any longer.
struct Task<T>(tokio::task::JoinHandle<Run<T>>);

impl<T> Task<T> {
    async fn joined(mut self) -> Run<T> {
        match (&mut self.0).await {
            Ok(ended) => ended,
            Err(error) => Err(SandboxError::engine(&error)),
        }
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The engine as it is set here: no catalogue, no functions by name, memory bounded, order kept.
pub(super) fn session(means: &Means<'_>, cores: usize) -> Run<SessionContext> {
    let memory = usize::try_from(means.memory_mib.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(memory)))
        .with_temp_file_path(means.folder)
        .with_max_temp_directory_size(means.spill_mib.saturating_mul(1 << 20));
    let runtime = runtime.build_arc().map_err(|error| SandboxError::engine(&error))?;
    let config = SessionConfig::new()
        .with_target_partitions(cores)
        .with_round_robin_repartition(false)
        .with_repartition_file_scans(false)
        .with_information_schema(false)
        .with_batch_size(8192);
    Ok(SessionContext::new_with_config_rt(config, runtime))
}

fn planned(
    question: &Question,
    dataset: &Dataset,
    registered: &Registered,
    way: Way,
    scored: &[Option<Arc<dyn TableSource>>],
) -> Run<LogicalPlan> {
    let engine = |error: datafusion::error::DataFusionError| SandboxError::engine(&error);
    let mut plan: Option<LogicalPlanBuilder> = None;
    for (at, source) in question.tables.iter().enumerate() {
        let name = format!("s{at}");
        let granted = match (scored.get(at).cloned().flatten(), &source.rows) {
            // What is not granted was left out below the score.
            (Some(scored), _) => LogicalPlanBuilder::scan(name, scored, None).map_err(engine)?,
            (None, rows) => {
                let needed = needed(question, at);
                let stored = Stored::open(registered, dataset, source.table, &needed, way.cores)?;
                let scanned = LogicalPlanBuilder::scan(name, stored.provider(), None).map_err(engine)?;
                match rows {
                    Some(rows) => scanned.filter(expr(rows, at)).map_err(engine)?,
                    None => scanned,
                }
            }
        };
        plan = Some(match plan {
            None => granted,
            Some(before) => {
                let how = if source.outer { JoinType::Left } else { JoinType::Inner };
                let keys = (vec![person(0)], vec![person(at)]);
                before.join(granted.build().map_err(engine)?, how, keys, None).map_err(engine)?
            }
        });
    }
    let mut plan = plan.ok_or_else(|| SandboxError::engine(&"no table"))?;
    if let Some(filter) = &question.filter {
        plan = plan.filter(expr(filter, usize::MAX)).map_err(engine)?;
    }
    let mut columns = vec![Expr::Column(person(0)).alias(PERSON)];
    if !dataset.single() {
        columns.push(line(question, dataset).alias(LINE));
    }
    for (at, key) in question.keys.iter().enumerate() {
        columns.push(expr(&key.value, usize::MAX).alias(format!("k{at}")));
    }
    for (at, asked) in question.figures.iter().enumerate() {
        let value = match (&asked.value, &asked.filter) {
            (None, None) => continue,
            (Some(value), None) => expr(value, usize::MAX),
            (value, Some(filter)) => {
                let value = value.as_ref().map_or_else(|| lit(1i64), |value| expr(value, usize::MAX));
                when(expr(filter, usize::MAX), value).end().map_err(engine)?
            }
        };
        columns.push(value.alias(format!("f{at}")));
    }
    let mut plan = plan.project(columns).map_err(engine)?;
    if question.tables.len() > 1 {
        plan = plan
            .sort(vec![Expr::Column(Column::new_unqualified(PERSON)).sort(true, true)])
            .map_err(engine)?;
    }
    plan.build().map_err(engine)
}

pub(super) fn person(source: usize) -> Column {
    Column::new(Some(format!("s{source}")), PERSON)
}

/// Which row it is: the one of the table of which a person has several, or the first table's.
fn line(question: &Question, dataset: &Dataset) -> Expr {
    let of = |source: usize| Expr::Column(Column::new(Some(format!("s{source}")), LINE));
    let several = question.tables.iter().position(|source| !dataset.tables[source.table].single);
    match several {
        None | Some(0) => of(0),
        Some(at) => Expr::Case(datafusion::logical_expr::Case {
            expr: None,
            when_then_expr: vec![(Box::new(of(at).is_null()), Box::new(of(0)))],
            else_expr: Some(Box::new(of(at))),
        }),
    }
}

/// The columns of a source that a question needs.
pub(super) fn needed(question: &Question, source: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut all: Vec<&Value> = question.filter.iter().collect();
    all.extend(question.keys.iter().map(|key| &key.value));
    all.extend(question.figures.iter().flat_map(|asked| asked.value.iter().chain(&asked.filter)));
    for value in all {
        value.columns(&mut |of, column| {
            if of == source {
                found.push(column);
            }
        });
    }
    if let Some(rows) = &question.tables[source].rows {
        rows.columns(&mut |_, column| found.push(column));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A value as an expression of the engine; where `only` is a source, columns are of that one.
pub(super) fn expr(value: &Value, only: usize) -> Expr {
    let of = |value: &Value| expr(value, only);
    match value {
        Value::Column(source, column) => {
            let source = if only == usize::MAX { *source } else { only };
            Expr::Column(Column::new(Some(format!("s{source}")), super::stored::named(*column)))
        }
        Value::Person(source) => Expr::Column(person(*source)),
        Value::Number(number) => lit(*number),
        Value::Truth(truth) => lit(*truth),
        Value::Missing => Expr::Literal(ScalarValue::Int64(None), None),
        Value::Unknown => Expr::Literal(ScalarValue::Boolean(None), None),
        Value::Add(a, b) => of(a) + of(b),
        Value::Subtract(a, b) => of(a) - of(b),
        Value::Multiply(a, b) => of(a) * of(b),
        Value::Divide(a, b) => {
            let zero = of(b).eq(lit(0i64));
            let divisor = Expr::Case(datafusion::logical_expr::Case {
                expr: None,
                when_then_expr: vec![(Box::new(zero), Box::new(expr(&Value::Missing, only)))],
                else_expr: Some(Box::new(of(b))),
            });
            of(a) / divisor
        }
        Value::Lookup(a, table) => lookup(table, of(a)),
        Value::Calendar(part, a) => calendar(*part, of(a)),
        Value::Compare(how, a, b) => {
            let (a, b) = (of(a), of(b));
            match how {
                Comparison::Equal => a.eq(b),
                Comparison::Unequal => a.not_eq(b),
                Comparison::Less => a.lt(b),
                Comparison::AtMost => a.lt_eq(b),
                Comparison::Greater => a.gt(b),
                Comparison::AtLeast => a.gt_eq(b),
            }
        }
        Value::And(a, b) => of(a).and(of(b)),
        Value::Or(a, b) => of(a).or(of(b)),
        Value::Not(a) => Expr::Not(Box::new(of(a))),
        Value::IsMissing(a) => of(a).is_null(),
        Value::Case(cases, last) => Expr::Case(datafusion::logical_expr::Case {
            expr: None,
            when_then_expr: cases
                .iter()
                .map(|(test, value)| (Box::new(of(test)), Box::new(of(value))))
                .collect(),
            else_expr: Some(Box::new(of(last))),
        }),
    }
}
